//! Why a step on a permit is refused: one word for each rule that says no, with what the reader needs.

use chrono::NaiveDate;

use super::PermitState;
use crate::{error::Reason, ids::PermitId, time::Instant};

/// Why a step is not lawful.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The permit's state does not allow it.
    #[error("a permit that is {state} cannot make this step")]
    WrongPermitState {
        /// The state.
        state: PermitState,
    },
    /// The passport ends too soon.
    #[error("the passport is valid until {until}; it must be valid until {needed} at least")]
    PassportTooShort {
        /// The passport's last day.
        until: NaiveDate,
        /// The last day that is needed.
        needed: NaiveDate,
    },
    /// The contract has ended already.
    #[error("the contract ended on {on}")]
    ContractEnded {
        /// The contract's last day.
        on: NaiveDate,
    },
    /// The person holds another permit.
    #[error("the permit {permit} is active; it must be cancelled or shortened first")]
    PermitActive {
        /// The other permit.
        permit: PermitId,
    },
    /// The validity goes beyond what it stands on.
    #[error("the permit can be valid until {latest} at most: one year, the contract, the passport and a relative's permit bound it")]
    ValidityTooLong {
        /// The last day that is possible.
        latest: NaiveDate,
    },
    /// The validity would end before it begins, has ended, or reaches back before the application.
    #[error("a permit cannot be valid from {from} until {until}: these days are out of order or have passed; today is {today}")]
    ValidityInPast {
        /// The first day.
        from: NaiveDate,
        /// The last day.
        until: NaiveDate,
        /// Today.
        today: NaiveDate,
    },
    /// The new last day is not earlier.
    #[error("the new last day must lie before {until}")]
    NotShorter {
        /// The last day as it is.
        until: NaiveDate,
    },
    /// The permit has expired.
    #[error("the permit expired on {on}")]
    PermitExpired {
        /// Its last day.
        on: NaiveDate,
    },
    /// The day has not come yet.
    #[error("{on} lies in the future; today is {today}")]
    EventInFuture {
        /// The day.
        on: NaiveDate,
        /// Today.
        today: NaiveDate,
    },
    /// The day lies before the permit was good.
    #[error("{on} lies before the permit's first day {valid_from}")]
    EventBeforeValidity {
        /// The day.
        on: NaiveDate,
        /// The permit's first day.
        valid_from: NaiveDate,
    },
    /// The permit stands on something else than what is reported.
    #[error("the permit stands on {basis}")]
    WrongPermitBasis {
        /// What it stands on, as a code.
        basis: &'static str,
    },
    /// The relative's permit does not carry another.
    #[error("the relative's permit {permit} is not in force")]
    BasisNotInForce {
        /// The relative's permit.
        permit: PermitId,
    },
    /// Another officer has claimed the application. Who it is is not told.
    #[error("the application is claimed by another officer until {until}")]
    ApplicationClaimed {
        /// When the claim lapses.
        until: Instant,
    },
    /// The caller has no claim that holds.
    #[error("there is no claim of the caller's on the application, or it has lapsed")]
    ClaimNotHeld,
}

impl Refusal {
    /// Every reason that these rules can give.
    pub const REASONS: &[&str] = &[
        "WRONG_PERMIT_STATE",
        "PASSPORT_TOO_SHORT",
        "CONTRACT_ENDED",
        "PERMIT_ACTIVE",
        "VALIDITY_TOO_LONG",
        "VALIDITY_IN_PAST",
        "NOT_SHORTER",
        "PERMIT_EXPIRED",
        "EVENT_IN_FUTURE",
        "EVENT_BEFORE_VALIDITY",
        "WRONG_PERMIT_BASIS",
        "BASIS_NOT_IN_FORCE",
        "APPLICATION_CLAIMED",
        "CLAIM_NOT_HELD",
    ];
}

impl Reason for Refusal {
    fn reason(&self) -> &'static str {
        match self {
            Self::WrongPermitState { .. } => "WRONG_PERMIT_STATE",
            Self::PassportTooShort { .. } => "PASSPORT_TOO_SHORT",
            Self::ContractEnded { .. } => "CONTRACT_ENDED",
            Self::PermitActive { .. } => "PERMIT_ACTIVE",
            Self::ValidityTooLong { .. } => "VALIDITY_TOO_LONG",
            Self::ValidityInPast { .. } => "VALIDITY_IN_PAST",
            Self::NotShorter { .. } => "NOT_SHORTER",
            Self::PermitExpired { .. } => "PERMIT_EXPIRED",
            Self::EventInFuture { .. } => "EVENT_IN_FUTURE",
            Self::EventBeforeValidity { .. } => "EVENT_BEFORE_VALIDITY",
            Self::WrongPermitBasis { .. } => "WRONG_PERMIT_BASIS",
            Self::BasisNotInForce { .. } => "BASIS_NOT_IN_FORCE",
            Self::ApplicationClaimed { .. } => "APPLICATION_CLAIMED",
            Self::ClaimNotHeld => "CLAIM_NOT_HELD",
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::WrongPermitState { state } => vec![("state", state.to_string())],
            Self::PassportTooShort { until, needed } => vec![("until", until.to_string()), ("needed", needed.to_string())],
            Self::ContractEnded { on } | Self::PermitExpired { on } => vec![("on", on.to_string())],
            Self::PermitActive { permit } | Self::BasisNotInForce { permit } => vec![("permit", permit.to_string())],
            Self::ValidityTooLong { latest } => vec![("latest", latest.to_string())],
            Self::ValidityInPast { from, until, today } => {
                vec![("from", from.to_string()), ("until", until.to_string()), ("today", today.to_string())]
            }
            Self::NotShorter { until } => vec![("until", until.to_string())],
            Self::EventInFuture { on, today } => vec![("on", on.to_string()), ("today", today.to_string())],
            Self::EventBeforeValidity { on, valid_from } => vec![("on", on.to_string()), ("valid_from", valid_from.to_string())],
            Self::WrongPermitBasis { basis } => vec![("basis", (*basis).to_owned())],
            Self::ApplicationClaimed { until } => vec![("until", until.to_rfc3339())],
            Self::ClaimNotHeld => vec![],
        }
    }
}
