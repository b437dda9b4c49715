//! Permits: the temporary residence permit by work, from the first draft of the application to the permit's end. What happened is kept as transitions that are
//! never rewritten; whether a permit is good on a day is computed from that day and never stored. How long a person may stay without a permit is not here: an
//! application, however far it has come, does not add a day to that.

mod reasons;
pub mod rules;
mod transitions;

use chrono::NaiveDate;
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use crate::{
    classifiers::Region,
    ids::{EmployerId, PermitId, RelocantId},
    time::Instant,
};

pub use self::{
    reasons::{Ground, RefusalGround, ReturnGround, RevocationGround},
    transitions::{Command, next},
};

/// What is applied for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumString, EnumIter, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum PermitKind {
    /// A temporary residence permit on the ground of work; the host applies for it.
    TemporaryResidenceWork,
}

/// Where a permit stands. Expiry is no state: it follows from the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Display, EnumString, EnumIter, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum PermitState {
    /// Being prepared; nobody has been asked for anything.
    Draft,
    /// With the authority, not looked at yet.
    Submitted,
    /// Given back as incomplete.
    Returned,
    /// Taken as complete.
    Accepted,
    /// Being examined.
    UnderReview,
    /// Decided for the applicant, not issued yet.
    Approved,
    /// Decided against the applicant, who may appeal.
    Refused,
    /// The refusal is being looked at again.
    Appealed,
    /// Taken back before it was decided.
    Withdrawn,
    /// Issued.
    Issued,
    /// Issued; the contract it stands on has ended and 15 days run for a new application by a new host.
    HostChanged,
    /// Issued; its last day was moved to an earlier one.
    Shortened,
    /// Replaced by its renewal.
    Renewed,
    /// Ended at the host's request.
    Cancelled,
    /// Ended by the authority.
    Revoked,
    /// Replaced by a permit of another host.
    Superseded,
}

impl PermitState {
    /// States from which nothing leads anywhere.
    pub const FINAL: &[Self] = &[Self::Withdrawn, Self::Renewed, Self::Cancelled, Self::Revoked, Self::Superseded];

    /// States of a permit that was issued and not ended; whether its last day has passed is another question.
    pub const ACTIVE: &[Self] = &[Self::Issued, Self::HostChanged, Self::Shortened];
}

/// What a permit is good for on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumString, EnumIter, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum Validity {
    /// Nothing yet: it was not issued, or its first day has not come.
    NotIssued,
    /// Residence, for more than 30 further days.
    Valid,
    /// Residence, for 30 further days or fewer.
    Expiring,
    /// Nothing any more: the last day has passed.
    Expired,
    /// Nothing any more: it was ended or replaced, whatever its last day says.
    Ended,
}

/// From the first to the last day of validity, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    /// The first day.
    pub valid_from: NaiveDate,
    /// The last day, not before the first.
    pub valid_until: NaiveDate,
}

/// A permit, from its application on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permit {
    /// The permit's id; a renewal has its own.
    pub id: PermitId,
    /// The person.
    pub relocant: RelocantId,
    /// What is applied for.
    pub kind: PermitKind,
    /// Where it stands.
    pub state: PermitState,
    /// The host, who has the contract with the person.
    pub employer: EmployerId,
    /// The region of stay.
    pub region: Region,
    /// The day on which it was drafted or, from then on, submitted last.
    pub applied_on: NaiveDate,
    /// The last day of the contract it stands on.
    pub contract_until: NaiveDate,
    /// The last day of the person's passport.
    pub passport_valid_until: NaiveDate,
    /// When it is good; there from the issue on.
    pub term: Option<Term>,
    /// The permit that this one renews.
    pub predecessor: Option<PermitId>,
    /// The last day for an application by a new host, once the contract has ended.
    pub host_change_due_on: Option<NaiveDate>,
    /// Counts the changes, from 1. The store counts, not the rules.
    pub version: i64,
    /// When it was drafted or submitted first.
    pub created_at: Instant,
    /// When it was changed last. The store writes it, not the rules.
    pub updated_at: Instant,
}

impl Permit {
    /// How many days before the last one a permit counts as expiring.
    pub const EXPIRING_DAYS: i64 = 30;

    /// What the permit is good for on a day.
    pub fn validity(&self, on: NaiveDate) -> Validity {
        use PermitState as S;
        match (self.state, self.term) {
            (S::Draft | S::Submitted | S::Returned | S::Accepted | S::UnderReview | S::Approved | S::Refused | S::Appealed | S::Withdrawn, _)
            | (S::Issued | S::HostChanged | S::Shortened, None) => Validity::NotIssued,
            (S::Issued | S::HostChanged | S::Shortened, Some(term)) => match (term.valid_until - on).num_days() {
                ..0 => Validity::Expired,
                _ if on < term.valid_from => Validity::NotIssued,
                0..=Self::EXPIRING_DAYS => Validity::Expiring,
                _ => Validity::Valid,
            },
            (S::Renewed | S::Cancelled | S::Revoked | S::Superseded, _) => Validity::Ended,
        }
    }

    /// Whether the permit stands in the way of another: issued, not ended, and its last day has not passed. Its first day may be still to come.
    pub fn is_active(&self, on: NaiveDate) -> bool {
        PermitState::ACTIVE.contains(&self.state) && self.term.is_some_and(|term| on <= term.valid_until)
    }
}

/// One step in the life of a permit, as a rule decides it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transition {
    /// Where it stood; `None` for the first step.
    pub from: Option<PermitState>,
    /// Where it stands after.
    pub to: PermitState,
    /// The ground, when the step needs one: the name of a [`ReturnGround`], [`RefusalGround`] or [`RevocationGround`].
    pub reason_code: Option<String>,
    /// The legal basis; at most 200 characters.
    pub legal_basis: String,
    /// The day from which it holds.
    pub effective_on: NaiveDate,
}

/// A transition as the registry keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedTransition {
    /// Counts the permit's steps, from 1.
    pub n: i32,
    /// What was decided.
    pub transition: Transition,
    /// The subject of the caller's token.
    pub actor: String,
    /// What the caller was, as the role's stable name.
    pub role: String,
    /// When.
    pub at: Instant,
}

#[cfg(test)]
mod tests {
    use std::str::FromStr as _;

    use strum::IntoEnumIterator as _;

    use super::*;

    #[test]
    fn the_states_are_named_as_on_the_wire_and_read_back() {
        assert_eq!((PermitState::UnderReview.to_string(), PermitState::iter().count()), ("UNDER_REVIEW".to_owned(), 16));
        for state in PermitState::iter() {
            assert_eq!(PermitState::from_str(&state.to_string()), Ok(state));
        }
    }

    #[test]
    fn no_state_is_both_active_and_final() {
        assert!(PermitState::ACTIVE.iter().all(|state| !PermitState::FINAL.contains(state)));
    }
}
