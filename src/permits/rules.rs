//! Which transition is lawful, and how long a permit may last.
//!
//! The states and transitions are a synthesis of the procedures of Interior Ministry order 992 of 4 December 2015; the order draws no such scheme itself.

use chrono::{Days, Months, NaiveDate};

use super::{Permit, PermitState, RefusalGround, ReturnGround, RevocationGround, Step, Validity};
use crate::{error::Reason, ids::PermitId};

/// The legal basis of every step.
const ORDER_992: &str = "Interior Ministry order 992 of 4 December 2015";

/// Days that a passport must have left on the day of application; so since February 2023.
const PASSPORT_DAYS: u64 = 180;

/// Days for a new application after the contract ended.
const HOST_CHANGE_DAYS: u64 = 15;

/// A permit with so many days left, or fewer, is expiring.
const EXPIRING_DAYS: i64 = 30;

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
    #[error("the permit can be valid until {latest} at most: one year, the contract and the passport bound it")]
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
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::WrongPermitState { state } => vec![("state", state.to_string())],
            Self::PassportTooShort { until, needed } => vec![("until", until.to_string()), ("needed", needed.to_string())],
            Self::ContractEnded { on } | Self::PermitExpired { on } => vec![("on", on.to_string())],
            Self::PermitActive { permit } => vec![("permit", permit.to_string())],
            Self::ValidityTooLong { latest } => vec![("latest", latest.to_string())],
            Self::ValidityInPast { from, until, today } => {
                vec![("from", from.to_string()), ("until", until.to_string()), ("today", today.to_string())]
            }
            Self::NotShorter { until } => vec![("until", until.to_string())],
            Self::EventInFuture { on, today } => vec![("on", on.to_string()), ("today", today.to_string())],
            Self::EventBeforeValidity { on, valid_from } => vec![("on", on.to_string()), ("valid_from", valid_from.to_string())],
        }
    }
}

/// What can be asked of a permit, with what it needs to be decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Submit a draft or a returned application.
    Submit,
    /// Accept as complete.
    Accept,
    /// Return as incomplete.
    Return(ReturnGround),
    /// Begin the review.
    StartReview,
    /// Decide for the applicant.
    Approve,
    /// Decide against the applicant.
    Refuse(RefusalGround),
    /// Take back before it is decided.
    Withdraw,
    /// Appeal a refusal.
    Appeal,
    /// Decide an appeal: granted, or refused again on a ground.
    DecideAppeal(Option<RefusalGround>),
    /// Issue for these days.
    Issue {
        /// The first day.
        from: NaiveDate,
        /// The last day.
        until: NaiveDate,
    },
    /// Be replaced by a renewal.
    Renew,
    /// Move the last day forward.
    Shorten {
        /// The new last day.
        until: NaiveDate,
    },
    /// End at the host's request.
    Cancel,
    /// End by decision of the authority.
    Revoke(RevocationGround),
    /// Note that the contract has ended.
    ReportHostChange {
        /// The contract's last day.
        ended_on: NaiveDate,
    },
    /// Be replaced by a permit of another host.
    Supersede,
}

/// The whole transition table: where a command leads from a state, if anywhere.
pub fn next(state: PermitState, command: Command) -> Option<PermitState> {
    use Command as C;
    use PermitState as S;
    match (command, state) {
        (C::Submit, S::Draft | S::Returned) => Some(S::Submitted),
        (C::Accept, S::Submitted) => Some(S::Accepted),
        (C::Return(_), S::Submitted) => Some(S::Returned),
        (C::StartReview, S::Accepted) => Some(S::UnderReview),
        (C::Approve, S::UnderReview) | (C::DecideAppeal(None), S::Appealed) => Some(S::Approved),
        (C::Refuse(_), S::UnderReview) | (C::DecideAppeal(Some(_)), S::Appealed) => Some(S::Refused),
        (C::Withdraw, S::Draft | S::Submitted | S::Returned | S::Accepted | S::UnderReview) => Some(S::Withdrawn),
        (C::Appeal, S::Refused) => Some(S::Appealed),
        (C::Issue { .. }, S::Approved) => Some(S::Issued),
        (C::Renew, S::Issued) => Some(S::Renewed),
        (C::Shorten { .. }, S::Issued | S::HostChanged) => Some(S::Shortened),
        (C::Cancel, S::Issued | S::HostChanged | S::Shortened) => Some(S::Cancelled),
        (C::Revoke(_), S::Issued | S::HostChanged | S::Shortened) => Some(S::Revoked),
        (C::ReportHostChange { .. }, S::Issued) => Some(S::HostChanged),
        (C::Supersede, S::HostChanged | S::Shortened) => Some(S::Superseded),
        (
            C::Submit
            | C::Accept
            | C::Return(_)
            | C::StartReview
            | C::Approve
            | C::Refuse(_)
            | C::Withdraw
            | C::Appeal
            | C::DecideAppeal(_)
            | C::Issue { .. }
            | C::Renew
            | C::Shorten { .. }
            | C::Cancel
            | C::Revoke(_)
            | C::ReportHostChange { .. }
            | C::Supersede,
            _,
        ) => None,
    }
}

/// Order 992: carries out a command, or says why it is not lawful. Who may ask is not a question of this rule.
pub fn carry_out(permit: Permit, command: Command, today: NaiveDate) -> Result<(Permit, Step), Refusal> {
    let from = permit.state;
    let to = next(from, command).ok_or(Refusal::WrongPermitState { state: from })?;
    let mut step = Step { from: Some(from), to, reason: None, legal_basis: ORDER_992, effective_on: today };
    let mut permit = Permit { state: to, ..permit };
    match command {
        // A draft may lie for months: what held when it was written must hold on the day it is handed in, which is the day of application.
        Command::Submit => {
            passport_lasts(permit.passport_until, today)?;
            contract_runs(permit.contract_until, today)?;
            permit.applied_on = today;
        }
        Command::Return(ground) => step.reason = Some(ground.into()),
        Command::Refuse(ground) | Command::DecideAppeal(Some(ground)) => step.reason = Some(ground.into()),
        Command::Revoke(ground) => {
            step.reason = Some(ground.into());
            permit.ended_on = Some(today);
        }
        Command::Cancel | Command::Supersede => permit.ended_on = Some(today),
        Command::Issue { from, until } => {
            // A pending application makes no stay lawful, so a permit does not reach back before it.
            if from < permit.applied_on {
                return Err(Refusal::ValidityInPast { from, until, today });
            }
            lasts(&permit, from, until, today)?;
            (permit.valid_from, permit.valid_until) = (Some(from), Some(until));
            step.effective_on = from;
        }
        Command::Shorten { until } => {
            let last = in_force_until(&permit, today)?;
            if until >= last {
                return Err(Refusal::NotShorter { until: last });
            }
            let from = permit.valid_from.unwrap_or(today);
            if until < today.max(from) {
                return Err(Refusal::ValidityInPast { from, until, today });
            }
            permit.valid_until = Some(until);
        }
        Command::ReportHostChange { ended_on } => {
            in_force_until(&permit, today)?;
            if ended_on > today {
                return Err(Refusal::EventInFuture { on: ended_on, today });
            }
            if let Some(valid_from) = permit.valid_from.filter(|valid_from| ended_on < *valid_from) {
                return Err(Refusal::EventBeforeValidity { on: ended_on, valid_from });
            }
            permit.host_change_due_on = Some(ended_on + Days::new(HOST_CHANGE_DAYS));
            step.effective_on = ended_on;
        }
        Command::Renew => {
            in_force_until(&permit, today)?;
        }
        Command::Accept | Command::StartReview | Command::Approve | Command::Withdraw | Command::Appeal | Command::DecideAppeal(None) => {}
    }
    Ok((permit, step))
}

/// Order 992: one active permit at a time. A further application is possible when the active one has lost its host or was shortened, or by way of renewal.
pub fn none_in_the_way(others: &[Permit], today: NaiveDate) -> Result<(), Refusal> {
    let active = others.iter().find(|other| other.state == PermitState::Issued && other.valid_until.is_some_and(|until| today <= until));
    active.map_or(Ok(()), |other| Err(Refusal::PermitActive { permit: other.id }))
}

/// Order 992 with the passport rule of February 2023: whether an application can be made.
pub fn apply(permit: &Permit, others: &[Permit], today: NaiveDate) -> Vec<Refusal> {
    let mut found = Vec::new();
    found.extend(passport_lasts(permit.passport_until, today).err());
    found.extend(contract_runs(permit.contract_until, today).err());
    found.extend(none_in_the_way(others, today).err());
    found
}

/// The first step of an application.
pub fn first_step(state: PermitState, today: NaiveDate) -> Step {
    Step { from: None, to: state, reason: None, legal_basis: ORDER_992, effective_on: today }
}

/// What a renewal brings that the permit did not have.
#[derive(Debug, Clone, Copy)]
pub struct Renewal {
    /// The id of the new permit.
    pub id: PermitId,
    /// Its last day.
    pub until: NaiveDate,
    /// The last day of the contract as it is now.
    pub contract_until: NaiveDate,
    /// The last day of the passport as it is now.
    pub passport_until: NaiveDate,
}

/// Order 992: a renewal is a new permit that begins when the former ends, under the same bounds.
pub fn renew(former: Permit, renewal: Renewal, today: NaiveDate) -> Result<(Permit, Step, Permit, Step), Refusal> {
    let begins = in_force_until(&former, today)? + Days::new(1);
    if let Some(valid_from) = former.valid_from.filter(|valid_from| *valid_from > today) {
        // One renewal ahead: what has not begun cannot be renewed yet.
        return Err(Refusal::EventBeforeValidity { on: today, valid_from });
    }
    passport_lasts(renewal.passport_until, today)?;
    let (ended, ending) = carry_out(former, Command::Renew, today)?;
    let renewed = Permit {
        id: renewal.id,
        state: PermitState::Issued,
        applied_on: today,
        contract_until: renewal.contract_until,
        passport_until: renewal.passport_until,
        valid_from: Some(begins),
        valid_until: Some(renewal.until),
        predecessor: Some(ended.id),
        host_change_due_on: None,
        version: 1,
        ..ended.clone()
    };
    lasts(&renewed, begins, renewal.until, today)?;
    let beginning = Step { effective_on: begins, ..first_step(PermitState::Issued, today) };
    Ok((ended, ending, renewed, beginning))
}

/// Whether a permit is good on a day. One whose first day has not come is good for nothing yet.
pub fn validity(permit: &Permit, on: NaiveDate) -> Validity {
    match permit.valid_until {
        None => Validity::NotIssued,
        Some(_) if permit.state.is_in_force() && permit.valid_from.is_some_and(|from| on < from) => Validity::NotIssued,
        // A renewed permit runs to its last day; the renewal follows it.
        Some(until) if permit.state.is_in_force() || permit.state == PermitState::Renewed => match (until - on).num_days() {
            left if left < 0 => Validity::Expired,
            left if left <= EXPIRING_DAYS => Validity::Expiring,
            _ => Validity::Valid,
        },
        Some(_) => Validity::Ended,
    }
}

/// The first and last day on which a permit makes a stay lawful, once it was issued. One that was ended early is good until that day.
pub fn covers(permit: &Permit) -> Option<(NaiveDate, NaiveDate)> {
    let (from, until) = permit.valid_from.zip(permit.valid_until)?;
    let last = permit.ended_on.map_or(until, |ended_on| ended_on.min(until));
    (from <= last).then_some((from, last))
}

fn in_force_until(permit: &Permit, today: NaiveDate) -> Result<NaiveDate, Refusal> {
    match permit.valid_until {
        Some(until) if until >= today => Ok(until),
        Some(until) => Err(Refusal::PermitExpired { on: until }),
        None => Err(Refusal::WrongPermitState { state: permit.state }),
    }
}

fn contract_runs(until: NaiveDate, today: NaiveDate) -> Result<(), Refusal> {
    if until < today { Err(Refusal::ContractEnded { on: until }) } else { Ok(()) }
}

fn passport_lasts(until: NaiveDate, today: NaiveDate) -> Result<(), Refusal> {
    let needed = today + Days::new(PASSPORT_DAYS);
    if until < needed { Err(Refusal::PassportTooShort { until, needed }) } else { Ok(()) }
}

/// Order 992: as long as the contract, one year at most, and never beyond the passport.
fn lasts(permit: &Permit, from: NaiveDate, until: NaiveDate, today: NaiveDate) -> Result<(), Refusal> {
    if until < from || until < today {
        return Err(Refusal::ValidityInPast { from, until, today });
    }
    let one_year = from.checked_add_months(Months::new(12)).unwrap_or(from) - Days::new(1);
    let latest = one_year.min(permit.contract_until).min(permit.passport_until);
    if until > latest { Err(Refusal::ValidityTooLong { latest }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator as _;

    use super::*;
    use crate::{
        ids::{EmployerId, RelocantId},
        permits::PermitKind,
    };

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn permit(state: PermitState) -> Permit {
        let at = "2026-01-01T00:00:00Z".parse().unwrap();
        let issued = state.is_in_force();
        Permit {
            id: PermitId::new(),
            relocant: RelocantId::new(),
            kind: PermitKind::TemporaryResidenceWork,
            state,
            employer: EmployerId::new(),
            region: crate::classifiers::Region::Abai,
            applied_on: day("2026-01-01"),
            contract_until: day("2027-12-31"),
            passport_until: day("2030-01-01"),
            valid_from: issued.then(|| day("2026-01-10")),
            valid_until: issued.then(|| day("2027-01-09")),
            ended_on: None,
            predecessor: None,
            host_change_due_on: None,
            version: 1,
            created_at: at,
            updated_at: at,
        }
    }

    fn commands() -> Vec<Command> {
        vec![
            Command::Submit,
            Command::Accept,
            Command::Return(ReturnGround::DocumentMissing),
            Command::StartReview,
            Command::Approve,
            Command::Refuse(RefusalGround::OtherLegalGround),
            Command::Withdraw,
            Command::Appeal,
            Command::DecideAppeal(None),
            Command::DecideAppeal(Some(RefusalGround::OtherLegalGround)),
            Command::Issue { from: day("2026-02-01"), until: day("2026-12-31") },
            Command::Renew,
            Command::Shorten { until: day("2026-06-01") },
            Command::Cancel,
            Command::Revoke(RevocationGround::ContractEnded),
            Command::ReportHostChange { ended_on: day("2026-01-31") },
            Command::Supersede,
        ]
    }

    #[test]
    fn every_state_and_command_is_in_the_table_or_refused() {
        for state in PermitState::iter() {
            for command in commands() {
                let outcome = carry_out(permit(state), command, day("2026-02-01"));
                match next(state, command) {
                    Some(to) => assert_eq!(outcome.unwrap().0.state, to, "{state} {command:?}"),
                    None => assert_eq!(outcome.unwrap_err(), Refusal::WrongPermitState { state }, "{state} {command:?}"),
                }
            }
        }
    }

    #[test]
    fn a_state_is_final_exactly_when_nothing_leads_out_of_it() {
        for state in PermitState::iter() {
            let ends = commands().into_iter().all(|command| next(state, command).is_none());
            assert_eq!(ends, PermitState::FINAL.contains(&state), "{state}");
        }
    }

    #[test]
    fn a_permit_lasts_as_long_as_contract_year_and_passport_allow() {
        let issue = |permit: Permit, until: &str| {
            carry_out(permit, Command::Issue { from: day("2026-02-01"), until: day(until) }, day("2026-02-01"))
        };
        assert!(issue(permit(PermitState::Approved), "2027-01-31").is_ok());
        assert_eq!(issue(permit(PermitState::Approved), "2027-02-01").unwrap_err(), Refusal::ValidityTooLong { latest: day("2027-01-31") });
        let short_contract = Permit { contract_until: day("2026-08-31"), ..permit(PermitState::Approved) };
        assert_eq!(issue(short_contract, "2026-09-01").unwrap_err(), Refusal::ValidityTooLong { latest: day("2026-08-31") });
        let short_passport = Permit { passport_until: day("2026-10-31"), ..permit(PermitState::Approved) };
        assert_eq!(issue(short_passport, "2026-11-01").unwrap_err(), Refusal::ValidityTooLong { latest: day("2026-10-31") });
        assert!(matches!(issue(permit(PermitState::Approved), "2026-01-31").unwrap_err(), Refusal::ValidityInPast { .. }));
    }

    #[test]
    fn a_passport_needs_a_hundred_and_eighty_days_on_the_day_of_application() {
        let today = day("2026-01-01");
        let with = |until: &str| Permit { passport_until: day(until), ..permit(PermitState::Draft) };
        assert!(apply(&with("2026-06-30"), &[], today).is_empty());
        assert_eq!(
            apply(&with("2026-06-29"), &[], today),
            [Refusal::PassportTooShort { until: day("2026-06-29"), needed: day("2026-06-30") }]
        );
    }

    #[test]
    fn all_that_stands_against_an_application_is_told_at_once() {
        let active = permit(PermitState::Issued);
        let hopeless = Permit { passport_until: day("2026-02-02"), contract_until: day("2026-01-31"), ..permit(PermitState::Draft) };
        assert_eq!(apply(&hopeless, &[active], day("2026-02-01")).len(), 3);
    }

    #[test]
    fn one_permit_is_active_at_a_time_until_its_host_or_its_days_are_gone() {
        let today = day("2026-06-01");
        let active = permit(PermitState::Issued);
        assert_eq!(none_in_the_way(std::slice::from_ref(&active), today), Err(Refusal::PermitActive { permit: active.id }));
        assert_eq!(none_in_the_way(&[active], day("2027-01-10")), Ok(()));
        for state in [PermitState::HostChanged, PermitState::Shortened, PermitState::Revoked, PermitState::Draft] {
            assert_eq!(none_in_the_way(&[permit(state)], today), Ok(()), "{state}");
        }
    }

    #[test]
    fn a_lost_host_leaves_fifteen_days_for_a_new_application() {
        let (changed, _) =
            carry_out(permit(PermitState::Issued), Command::ReportHostChange { ended_on: day("2026-05-31") }, day("2026-06-01")).unwrap();
        assert_eq!(changed.host_change_due_on, Some(day("2026-06-15")));
    }

    #[test]
    fn a_renewal_begins_when_the_former_permit_ends_and_keeps_its_bounds() {
        let today = day("2026-12-15");
        let renewal =
            Renewal { id: PermitId::new(), until: day("2027-12-31"), contract_until: day("2027-12-31"), passport_until: day("2030-01-01") };
        let former = permit(PermitState::Issued);
        let (ended, _, renewed, _) = renew(former.clone(), renewal, today).unwrap();
        assert_eq!((ended.state, renewed.predecessor), (PermitState::Renewed, Some(former.id)));
        assert_eq!(renewed.valid_from, Some(day("2027-01-10")));
        assert_eq!(validity(&ended, today), Validity::Expiring);
        let beyond = Renewal { until: day("2028-01-09"), contract_until: day("2029-01-01"), ..renewal };
        assert!(renew(former.clone(), beyond, today).is_ok());
        let too_long = Renewal { until: day("2028-01-10"), contract_until: day("2029-01-01"), ..renewal };
        assert_eq!(renew(former.clone(), too_long, today).unwrap_err(), Refusal::ValidityTooLong { latest: day("2028-01-09") });
        assert_eq!(renew(former, renewal, day("2027-01-10")).unwrap_err(), Refusal::PermitExpired { on: day("2027-01-09") });
        assert!(matches!(renew(renewed, too_long, today).unwrap_err(), Refusal::EventBeforeValidity { .. }), "renewals do not stack");
    }

    #[test]
    fn expiry_follows_from_the_day() {
        let issued = permit(PermitState::Issued);
        assert_eq!(validity(&issued, day("2026-12-09")), Validity::Valid);
        assert_eq!(validity(&issued, day("2026-12-10")), Validity::Expiring);
        assert_eq!(validity(&issued, day("2027-01-09")), Validity::Expiring);
        assert_eq!(validity(&issued, day("2027-01-10")), Validity::Expired);
        assert_eq!(validity(&permit(PermitState::Draft), day("2026-12-10")), Validity::NotIssued);
    }

    #[test]
    fn a_permit_is_shortened_only_forward_and_not_into_the_past() {
        let shorten = |until: &str| carry_out(permit(PermitState::Issued), Command::Shorten { until: day(until) }, day("2026-06-01"));
        assert_eq!(shorten("2027-01-09").unwrap_err(), Refusal::NotShorter { until: day("2027-01-09") });
        assert!(shorten("2026-06-01").is_ok());
        assert!(matches!(shorten("2026-05-31").unwrap_err(), Refusal::ValidityInPast { .. }));
    }

    #[test]
    fn a_permit_does_not_reach_back_before_its_application() {
        let issue = |from: &str| {
            carry_out(permit(PermitState::Approved), Command::Issue { from: day(from), until: day("2026-08-01") }, day("2026-02-01"))
        };
        assert!(issue("2026-01-01").is_ok());
        assert!(matches!(issue("2025-12-31").unwrap_err(), Refusal::ValidityInPast { .. }));
    }

    #[test]
    fn a_draft_is_applied_for_on_the_day_it_is_submitted_while_its_contract_runs() {
        let draft = Permit { contract_until: day("2026-05-31"), ..permit(PermitState::Draft) };
        let submit = |today: &str| carry_out(draft.clone(), Command::Submit, day(today));
        assert_eq!(submit("2026-05-31").unwrap().0.applied_on, day("2026-05-31"));
        assert_eq!(submit("2026-06-01").unwrap_err(), Refusal::ContractEnded { on: day("2026-05-31") });
    }

    #[test]
    fn a_permit_is_good_from_its_first_day_and_stands_in_the_way_before_it() {
        let coming = permit(PermitState::Issued);
        assert_eq!(validity(&coming, day("2026-01-09")), Validity::NotIssued);
        assert_eq!(validity(&coming, day("2026-01-10")), Validity::Valid);
        assert!(none_in_the_way(&[coming], day("2026-01-09")).is_err());
    }

    #[test]
    fn a_permit_is_not_shortened_to_a_day_before_its_first() {
        let shorten = |until: &str| carry_out(permit(PermitState::Issued), Command::Shorten { until: day(until) }, day("2026-01-02"));
        assert!(shorten("2026-01-10").is_ok());
        assert!(matches!(shorten("2026-01-09").unwrap_err(), Refusal::ValidityInPast { .. }));
    }

    #[test]
    fn a_permit_covers_its_days_and_none_after_it_was_ended() {
        let issued = permit(PermitState::Issued);
        assert_eq!(covers(&issued), Some((day("2026-01-10"), day("2027-01-09"))));
        let (cancelled, _) = carry_out(issued.clone(), Command::Cancel, day("2026-05-01")).unwrap();
        assert_eq!(covers(&cancelled), Some((day("2026-01-10"), day("2026-05-01"))));
        let (revoked, _) = carry_out(issued, Command::Revoke(RevocationGround::LeftForGood), day("2026-01-09")).unwrap();
        assert_eq!(covers(&revoked), None, "it ended before it began");
        for state in [PermitState::Draft, PermitState::Submitted, PermitState::UnderReview, PermitState::Approved] {
            assert_eq!(covers(&permit(state)), None, "a pending application makes no stay lawful: {state}");
        }
    }

    #[test]
    fn a_contract_cannot_end_before_the_permit_begins() {
        let ended = |on: &str| carry_out(permit(PermitState::Issued), Command::ReportHostChange { ended_on: day(on) }, day("2026-02-01"));
        assert!(ended("2026-01-10").is_ok());
        assert_eq!(ended("2026-01-09").unwrap_err(), Refusal::EventBeforeValidity { on: day("2026-01-09"), valid_from: day("2026-01-10") });
    }
}
