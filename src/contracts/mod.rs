//! Contracts between people and employers: the list of staff that an employer keeps. An employer names a person by the code that the person gave and with the person's
//! consent, and sees of the person what it must check and no more. When a contract ends or runs out, the permits that stand on the work are at risk.

pub mod api;
pub mod operations;
pub mod rules;
pub mod store;
pub mod table;
pub mod term_operations;

use chrono::NaiveDate;
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use crate::{
    classifiers::{Country, Occupation, Region},
    ids::{ContractId, EmployerId, PermitId, RelocantId},
    matches::EndReason,
    permits::{PermitKind, PermitState},
    short_code::ShortCode,
    time::Instant,
};

/// A contract. It has no number and no text: who needs those has the paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contract {
    /// The contract's id.
    pub id: ContractId,
    /// The employer.
    pub employer: EmployerId,
    /// The person.
    pub relocant: RelocantId,
    /// Of which law it is.
    pub kind: ContractKind,
    /// What is done.
    pub occupation: Occupation,
    /// Where.
    pub region: Region,
    /// The first day.
    pub starts_on: NaiveDate,
    /// The last day that was agreed; none for an unlimited one.
    pub ends_on: Option<NaiveDate>,
    /// The day on which it ended, as written; one that has run out is over whether or not that is written, see `rules::ended_on`.
    pub ended_on: Option<NaiveDate>,
    /// Why it ended.
    pub end_reason: Option<EndReason>,
    /// The person's permit that was named for it.
    pub permit: Option<PermitId>,
    /// Counts the changes, from 1.
    pub version: i64,
    /// When it was recorded.
    pub created_at: Instant,
    /// When it was changed last.
    pub updated_at: Instant,
}

/// Of which law a contract is. The Treaty on the EAEU of 29 May 2014, art. 96, knows both as work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumIter, EnumString, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum ContractKind {
    /// Of labour law.
    Labour,
    /// Of civil law, for works or services.
    CivilLaw,
}

/// What an employer sees of a person who works for it, while the consent holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worker {
    /// What the person reads out.
    pub code: ShortCode,
    /// The citizenship, which decides whether work needs a permit.
    pub citizenship: Country,
    /// The permit that stands on the work.
    pub permit: Option<WorkPermit>,
}

/// As much of a permit as an employer must check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkPermit {
    /// The kind.
    pub kind: PermitKind,
    /// Where it stands today.
    pub state: PermitState,
    /// The last day, once issued.
    pub valid_until: Option<NaiveDate>,
}
