//! Permits: the temporary residence permits by work, by study and for a worker's family, from their application on. Every transition is kept; nothing is
//! overwritten. A permit knows what it stands on, and is at risk when that ends. Whether a permit has expired follows from the day and is never stored. Which kinds
//! there are is in `catalogue`; how long somebody may stay without a permit is not here.
//!
//! A child under 16 needs no permit of its own beside its parents'; no birth date is kept here to say so.

pub mod api;
pub mod bases;
pub mod catalogue;
pub mod claim_operations;
pub mod claims;
pub mod host_store;
pub mod operations;
mod reasons;
mod refusals;
pub mod risk_operations;
pub mod risks;
pub mod rules;
pub mod store;
pub mod table;
pub mod terms;
pub mod wire;

use chrono::NaiveDate;
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use crate::{
    classifiers::Region,
    ids::{EmployerId, PermitId, PermitRiskId, RelocantId},
    time::Instant,
};

pub use self::{
    catalogue::PermitKind,
    reasons::{ApplicationDocument, RefusalGround, ReturnGround, RevocationGround},
};

/// What a permit stands on. When it ends, the permit is at risk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum Basis {
    /// A contract with the host, an employer.
    Contract,
    /// An enrolment with the host, an organisation that teaches.
    Enrolment,
    /// A relative's permit.
    Relative(PermitId),
    /// The consent of the host, an organisation.
    HostConsent,
}

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
    /// Issued; the contract or enrolment it stands on has ended.
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
    /// Returned, and not handed in again in time.
    Lapsed,
}

impl PermitState {
    /// States from which nothing leads anywhere.
    pub const FINAL: [Self; 6] = [Self::Withdrawn, Self::Renewed, Self::Cancelled, Self::Revoked, Self::Superseded, Self::Lapsed];

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
    /// Where it stands, as last written; see `terms::state_on`.
    pub state: PermitState,
    /// The host.
    pub employer: EmployerId,
    /// The region of the authority.
    pub region: Region,
    /// The day of application.
    pub applied_on: NaiveDate,
    /// The last day of the contract or enrolment it stands on; of the relative's for family.
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
    /// What it stands on.
    pub basis: Basis,
    /// The day on which the application was returned last, unless it was handed in again.
    pub returned_on: Option<NaiveDate>,
    /// The day on which the application was accepted: the review's clock starts.
    pub accepted_on: Option<NaiveDate>,
    /// The day on which the application was decided or withdrawn: the review's clock stops.
    pub review_ended_on: Option<NaiveDate>,
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
    /// The documents that the ground is about; each once.
    pub documents: Vec<ApplicationDocument>,
    /// The legal basis.
    pub legal_basis: &'static str,
    /// The version of the rules.
    pub policy_version: &'static str,
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
    /// The documents that the ground is about.
    pub documents: Vec<ApplicationDocument>,
    /// The legal basis.
    pub legal_basis: String,
    /// The version of the rules; `None` for steps from before it was kept.
    pub policy_version: Option<String>,
    /// The day from which it holds.
    pub effective_on: NaiveDate,
}

/// Why a permit is at risk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum RiskCause {
    /// The contract ended: of the permit's own, or of the relative whose permit it stands on.
    ContractEnded,
    /// The enrolment ended: of the permit's own, or of the relative whose permit it stands on.
    EnrolmentEnded,
    /// The last day of the relative's permit was moved forward, and the permit lasts longer.
    RelativeShortened,
    /// The relative's permit was cancelled.
    RelativeCancelled,
    /// The relative's permit was revoked.
    RelativeRevoked,
    /// The relative's permit was replaced by one of another host.
    RelativeSuperseded,
}

/// Something that a permit is, or was, at risk by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Risk {
    /// The risk's id.
    pub id: PermitRiskId,
    /// The permit at risk.
    pub permit: PermitId,
    /// The person who holds it.
    pub relocant: RelocantId,
    /// Why.
    pub cause: RiskCause,
    /// The relative's permit at which it began; `None` when the permit's own basis ended.
    pub cause_permit: Option<PermitId>,
    /// The day on which the basis ended, or will.
    pub since_on: NaiveDate,
    /// The last day to act, where the law sets one.
    pub due_on: Option<NaiveDate>,
    /// The day since which it is over.
    pub cleared_on: Option<NaiveDate>,
}

/// An officer's claim on an application. It lapses by itself, because time is asked when it is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The application.
    pub permit: PermitId,
    /// The officer: the subject of the caller's token.
    pub subject: String,
    /// When it was claimed first.
    pub claimed_at: Instant,
    /// When it lapses.
    pub lapses_at: Instant,
}
