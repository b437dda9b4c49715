//! Matches between people and vacancies: who fits and why, proposed to both, held while they think, kept once they arrive. Employers see what somebody can do,
//! and who it is only with a consent.

pub mod api;
pub mod disclosure;
pub mod disclosure_operations;
pub mod operations;
mod ranking;
pub mod round_operations;
pub mod rounds;
pub mod rules;
pub mod store;
pub mod table;

use chrono::NaiveDate;
use strum::{Display, EnumIter, EnumString, IntoStaticStr};
use uuid::Uuid;

use crate::{
    classifiers::Region,
    ids::{EmployerId, MatchId, RelocantId, VacancyId},
    time::Instant,
};

pub use self::ranking::{Assessment, Missing, ScoreReason, assess};

/// A match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// The match's id.
    pub id: MatchId,
    /// The vacancy.
    pub vacancy: VacancyId,
    /// The employer.
    pub employer: EmployerId,
    /// The person.
    pub relocant: RelocantId,
    /// The home that is held or taken.
    pub home: Option<Uuid>,
    /// The vacancy's region.
    pub region: Region,
    /// Where it stands, as last written; see `rules::state_on`.
    pub state: MatchState,
    /// What the person said.
    pub relocant_answer: Answer,
    /// What the employer said.
    pub employer_answer: Answer,
    /// Why it ended.
    pub end_reason: Option<EndReason>,
    /// Why the person fits.
    pub reasons: Vec<(String, i32)>,
    /// When the hold runs out.
    pub lapses_at: Instant,
    /// The last day of arrival.
    pub arrive_by: NaiveDate,
    /// The day of arrival.
    pub arrived_on: Option<NaiveDate>,
    /// Counts the changes, from 1.
    pub version: i64,
    /// When it was proposed.
    pub created_at: Instant,
    /// When it was changed last.
    pub updated_at: Instant,
}

/// Where a match stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumString, EnumIter, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum MatchState {
    /// Waits for one or both sides.
    Proposed,
    /// Both sides said yes.
    Accepted,
    /// The person has arrived.
    Arrived,
    /// Ended after arrival.
    Ended,
    /// One side said no.
    Declined,
    /// Taken back.
    Withdrawn,
    /// The hold ran out.
    Lapsed,
}

/// What one side said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumString, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum Answer {
    /// Nothing yet.
    Pending,
    /// Yes.
    Yes,
    /// No.
    No,
}

/// A side of a match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumIter, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum Side {
    /// The person.
    Relocant,
    /// The employer.
    Employer,
}

/// Why a match ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumString, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum EndReason {
    /// The contract ran out.
    ContractEnded,
    /// The person left.
    Left,
    /// The employer ended the contract.
    Dismissed,
    /// Another reason.
    Other,
}
