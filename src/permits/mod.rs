//! Permits: the temporary residence permit by work, from its application on. Every transition is kept; nothing is overwritten. Whether a permit has expired
//! follows from the day and is never stored. Which kinds there are is in `catalogue`; how long somebody may stay without a permit is not here.

pub mod api;
pub mod catalogue;
pub mod operations;
mod reasons;
pub mod rules;
pub mod store;
pub mod table;

use chrono::NaiveDate;
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use crate::{
    classifiers::Region,
    ids::{EmployerId, PermitId, RelocantId},
    time::Instant,
};

pub use self::{
    catalogue::PermitKind,
    reasons::{RefusalGround, ReturnGround, RevocationGround},
};

/// Where a permit stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Display, EnumString, EnumIter, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum PermitState {
    /// Being prepared.
    Draft,
    /// Submitted.
    Submitted,
    /// Returned as incomplete.
    Returned,
    /// Accepted as complete.
    Accepted,
    /// Being reviewed.
    UnderReview,
    /// Approved, not yet issued.
    Approved,
    /// Refused; may be appealed.
    Refused,
    /// The refusal is appealed.
    Appealed,
    /// Withdrawn by the applicant.
    Withdrawn,
    /// Issued.
    Issued,
    /// Issued; the contract it stands on has ended.
    HostChanged,
    /// Issued; the last day was moved forward.
    Shortened,
    /// Replaced by its renewal.
    Renewed,
    /// Cancelled by the host.
    Cancelled,
    /// Revoked by the authority.
    Revoked,
    /// Replaced by a permit of another host.
    Superseded,
}

impl PermitState {
    /// States from which nothing leads anywhere.
    pub const FINAL: [Self; 5] = [Self::Withdrawn, Self::Renewed, Self::Cancelled, Self::Revoked, Self::Superseded];

    /// Whether the permit was issued and not ended; whether it is still good also asks for the day.
    pub fn is_in_force(self) -> bool {
        matches!(self, Self::Issued | Self::HostChanged | Self::Shortened)
    }
}

/// Whether a permit is good on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validity {
    /// Not issued.
    NotIssued,
    /// Good.
    Valid,
    /// Good, with 30 days or fewer left.
    Expiring,
    /// The last day has passed.
    Expired,
    /// Ended before its last day.
    Ended,
}

/// A permit, from its application on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permit {
    /// The permit's id.
    pub id: PermitId,
    /// The person.
    pub relocant: RelocantId,
    /// The kind.
    pub kind: PermitKind,
    /// Where it stands.
    pub state: PermitState,
    /// The host.
    pub employer: EmployerId,
    /// The region of the authority.
    pub region: Region,
    /// The day of application.
    pub applied_on: NaiveDate,
    /// The last day of the contract it stands on.
    pub contract_until: NaiveDate,
    /// The last day of the passport.
    pub passport_until: NaiveDate,
    /// The first day of validity, once issued.
    pub valid_from: Option<NaiveDate>,
    /// The last day of validity, once issued.
    pub valid_until: Option<NaiveDate>,
    /// The day on which it ended before its last day: cancelled, revoked or replaced.
    pub ended_on: Option<NaiveDate>,
    /// The permit that this one renews.
    pub predecessor: Option<PermitId>,
    /// The last day for a new application after the contract ended.
    pub host_change_due_on: Option<NaiveDate>,
    /// Counts the changes, from 1.
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it was changed last.
    pub updated_at: Instant,
}

/// What a transition records beside who and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Before; `None` for the first.
    pub from: Option<PermitState>,
    /// After.
    pub to: PermitState,
    /// The ground, as a code.
    pub reason: Option<&'static str>,
    /// The legal basis.
    pub legal_basis: &'static str,
    /// The day from which it holds.
    pub effective_on: NaiveDate,
}

/// A transition as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transition {
    /// Counts from 1.
    pub number: i32,
    /// Before; `None` for the first.
    pub from: Option<PermitState>,
    /// After.
    pub to: PermitState,
    /// When.
    pub at: Instant,
    /// Who: the subject of the caller's token.
    pub actor: String,
    /// As what.
    pub role: String,
    /// The ground, as a code.
    pub reason: Option<String>,
    /// The legal basis.
    pub legal_basis: String,
    /// The day from which it holds.
    pub effective_on: NaiveDate,
}
