//! Matches between people and vacancies: who fits and why, proposed to both, held while they think, kept once they arrive. Employers see what somebody can do,
//! and who it is only with a consent.

pub mod api;
pub mod disclosure;
pub mod disclosure_operations;
pub mod operations;
pub mod proposal_operations;
pub mod publishing_operations;
mod ranking;
pub mod ranking_operations;
pub mod removal_operations;
pub mod round_operations;
pub mod round_store;
pub mod round_wire;
pub mod rounds;
pub mod rules;
pub mod store;
pub mod table;
pub mod weights;
pub mod wire;

use chrono::NaiveDate;
use strum::{Display, EnumIter, EnumString, IntoStaticStr};
use uuid::Uuid;

use crate::{
    classifiers::{Occupation, Region},
    ids::{EmployerId, MatchId, PlacementId, RelocantId, RoundId, VacancyId},
    time::Instant,
};

pub use self::ranking::{Applicant, Assessment, Matter, Measure, Missing, ScoreReason, assess};

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
    /// Why it is over.
    pub end_reason: Option<EndReason>,
    /// What the matches of one family have in common, who come together or not at all.
    pub together: Option<Uuid>,
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

/// Why a match is over. Coded, so that nothing personal can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumIter, EnumString, IntoStaticStr)]
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
    /// The person wants other work.
    Work,
    /// The pay is too low.
    Pay,
    /// The place does not suit.
    Place,
    /// The home does not suit.
    Home,
    /// It does not suit the family.
    Family,
    /// The person has found other work.
    FoundOther,
    /// The employer needs other skills.
    Skills,
    /// The employer needs a language better known.
    Language,
    /// The dates do not suit.
    Dates,
    /// The employer has found somebody.
    Filled,
    /// It was proposed by mistake.
    Mistaken,
    /// Another match of the family is over, and they come together or not at all.
    Together,
}

/// A matching round that was published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedRound {
    /// The round's id.
    pub id: RoundId,
    /// Vacancies of one region.
    pub region: Option<Region>,
    /// Vacancies of one occupation.
    pub occupation: Option<Occupation>,
    /// The last day of arrival.
    pub arrive_by: NaiveDate,
    /// How long its holds last.
    pub hold_days: i32,
    /// What follows from the plan.
    pub plan_id: Uuid,
    /// Vacancies that were looked at.
    pub vacancies: i32,
    /// People who were looked at and get nothing.
    pub unplaced: i32,
    /// Families who can complain.
    pub complaints: i32,
    /// When it was published.
    pub created_at: Instant,
}

/// What a round planned for one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedPlacement {
    /// The placement's id.
    pub id: PlacementId,
    /// The number of the family in the round; who has the same is proposed together.
    pub family: i32,
    /// The person.
    pub relocant: RelocantId,
    /// The vacancy.
    pub vacancy: VacancyId,
    /// The home.
    pub home: Option<Uuid>,
    /// The family's how many-th wish it is, from 1.
    pub wish: i32,
    /// What it came to.
    pub outcome: PlacementOutcome,
    /// Why it is not held: a name of the proto enum `ErrorReason` without its prefix.
    pub reason: Option<String>,
    /// The match that was proposed.
    pub proposed: Option<MatchId>,
}

/// What a placement came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumString, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum PlacementOutcome {
    /// Not carried out yet.
    Planned,
    /// Proposed, with what it needs held.
    Proposed,
    /// Somebody else was quicker, or something has changed meanwhile; nothing of the family is held.
    NotHeld,
}
