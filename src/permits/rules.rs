//! Which transition is lawful, and how long a permit may last.
//!
//! The states and transitions are a synthesis of the procedures of Interior Ministry order 992 of 4 December 2015; the order draws no such scheme itself.

use chrono::{Days, Months, NaiveDate};

pub use super::refusals::Refusal;
use super::{Basis, Permit, PermitState, RefusalGround, ReturnGround, RevocationGround, Step, Validity, terms};
use crate::ids::PermitId;

/// The legal basis of every step.
const ORDER_992: &str = "Interior Ministry order 992 of 4 December 2015";

/// The version of these rules, kept with every step: the order as amended in March 2024.
pub const POLICY_VERSION: &str = "kz.order992.2024-03";

/// Days that a passport must have left on the day of application; so since February 2023.
const PASSPORT_DAYS: u64 = 180;

/// Days for a new application after the contract ended.
const HOST_CHANGE_DAYS: u64 = 15;

/// A permit with so many days left, or fewer, is expiring.
const EXPIRING_DAYS: i64 = 30;

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
        /// The last day of the relative's permit, for one that stands on it.
        basis_until: Option<NaiveDate>,
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
    /// Note that the enrolment has ended.
    ReportEnrolmentEnd {
        /// The enrolment's last day.
        ended_on: NaiveDate,
    },
    /// Be replaced by a permit of another host.
    Supersede,
    /// Be written down as not handed in again in time.
    Lapse,
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
        (C::ReportHostChange { .. } | C::ReportEnrolmentEnd { .. }, S::Issued) => Some(S::HostChanged),
        (C::Supersede, S::HostChanged | S::Shortened) => Some(S::Superseded),
        (C::Lapse, S::Returned) => Some(S::Lapsed),
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
            | C::ReportEnrolmentEnd { .. }
            | C::Supersede
            | C::Lapse,
            _,
        ) => None,
    }
}

/// Order 992: carries out a command, or says why it is not lawful. Who may ask is not a question of this rule.
pub fn carry_out(permit: Permit, command: Command, today: NaiveDate) -> Result<(Permit, Step), Refusal> {
    let from = permit.state;
    // What has lapsed is over, whether or not anybody has written it down; and only what has lapsed is written down so.
    let now = terms::state_on(&permit, today);
    if (now != from) != (command == Command::Lapse) {
        return Err(Refusal::WrongPermitState { state: now });
    }
    let to = next(from, command).ok_or(Refusal::WrongPermitState { state: from })?;
    stands_on_what_ended(&permit, command)?;
    let mut step = Step { from: Some(from), ..first_step(to, today) };
    let mut permit = Permit { state: to, ..permit };
    match command {
        // A draft may lie for months: what held when it was written must hold on the day it is handed in, which is the day of application.
        Command::Submit => {
            passport_lasts(permit.passport_until, today)?;
            contract_runs(permit.contract_until, today)?;
            permit.applied_on = today;
            permit.returned_on = None;
        }
        Command::Accept => permit.accepted_on = Some(today),
        Command::Return(ground) => {
            step.reason = Some(ground.into());
            permit.returned_on = Some(today);
        }
        Command::Approve => permit.review_ended_on = Some(today),
        Command::Refuse(ground) => {
            step.reason = Some(ground.into());
            permit.review_ended_on = Some(today);
        }
        Command::Withdraw => permit.review_ended_on = permit.accepted_on.map(|_| today),
        Command::Lapse => step.effective_on = terms::return_due_on(&permit).map_or(today, |due_on| due_on + Days::new(1)),
        Command::DecideAppeal(Some(ground)) => step.reason = Some(ground.into()),
        Command::Revoke(ground) => {
            step.reason = Some(ground.into());
            permit.ended_on = Some(today);
        }
        Command::Cancel | Command::Supersede => permit.ended_on = Some(today),
        Command::Issue { from, until, basis_until } => {
            // A pending application makes no stay lawful, so a permit does not reach back before it.
            if from < permit.applied_on {
                return Err(Refusal::ValidityInPast { from, until, today });
            }
            lasts(&permit, from, until, basis_until, today)?;
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
            ended_within(&permit, ended_on, today)?;
            permit.host_change_due_on = Some(host_change_due_on(ended_on));
            step.effective_on = ended_on;
        }
        // The law gives a student whose enrolment ended no term of its own.
        Command::ReportEnrolmentEnd { ended_on } => {
            ended_within(&permit, ended_on, today)?;
            step.effective_on = ended_on;
        }
        Command::Renew => {
            in_force_until(&permit, today)?;
        }
        Command::StartReview | Command::Appeal | Command::DecideAppeal(None) => {}
    }
    Ok((permit, step))
}

/// A contract that ends is reported of a permit that stands on one, and an enrolment likewise.
fn stands_on_what_ended(permit: &Permit, command: Command) -> Result<(), Refusal> {
    let reported = if matches!(command, Command::ReportHostChange { .. }) {
        Basis::Contract
    } else if matches!(command, Command::ReportEnrolmentEnd { .. }) {
        Basis::Enrolment
    } else {
        return Ok(());
    };
    if permit.basis == reported { Ok(()) } else { Err(Refusal::WrongPermitBasis { basis: permit.basis.into() }) }
}

/// Order 992, and the EAEU treaty, art. 97: the last day for a new application, or a new contract, after a contract ended.
pub fn host_change_due_on(ended_on: NaiveDate) -> NaiveDate {
    ended_on + Days::new(HOST_CHANGE_DAYS)
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
    let documents = vec![];
    Step { from: None, to: state, reason: None, documents, legal_basis: ORDER_992, policy_version: POLICY_VERSION, effective_on: today }
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
    /// The relative's permit as it is now and its last day, for one that stands on it: a renewal of the relative's comes in the place of the former.
    pub basis: Option<(PermitId, NaiveDate)>,
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
        basis: renewal.basis.map_or(ended.basis, |(relative, _)| Basis::Relative(relative)),
        host_change_due_on: None,
        returned_on: None,
        accepted_on: None,
        review_ended_on: None,
        version: 1,
        ..ended.clone()
    };
    lasts(&renewed, begins, renewal.until, renewal.basis.map(|(_, until)| until), today)?;
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

/// What a permit stands on has ended on a day that has come, while the permit was good.
fn ended_within(permit: &Permit, ended_on: NaiveDate, today: NaiveDate) -> Result<(), Refusal> {
    in_force_until(permit, today)?;
    if ended_on > today {
        return Err(Refusal::EventInFuture { on: ended_on, today });
    }
    let before = permit.valid_from.filter(|valid_from| ended_on < *valid_from);
    before.map_or(Ok(()), |valid_from| Err(Refusal::EventBeforeValidity { on: ended_on, valid_from }))
}

fn contract_runs(until: NaiveDate, today: NaiveDate) -> Result<(), Refusal> {
    if until < today { Err(Refusal::ContractEnded { on: until }) } else { Ok(()) }
}

fn passport_lasts(until: NaiveDate, today: NaiveDate) -> Result<(), Refusal> {
    let needed = today + Days::new(PASSPORT_DAYS);
    if until < needed { Err(Refusal::PassportTooShort { until, needed }) } else { Ok(()) }
}

/// Order 992: as long as the contract or enrolment, one year at most, and never beyond the passport; that of a worker's family as long as the worker's own.
fn lasts(permit: &Permit, from: NaiveDate, until: NaiveDate, basis_until: Option<NaiveDate>, today: NaiveDate) -> Result<(), Refusal> {
    if until < from || until < today {
        return Err(Refusal::ValidityInPast { from, until, today });
    }
    let one_year = from.checked_add_months(Months::new(12)).unwrap_or(from) - Days::new(1);
    let own = one_year.min(permit.contract_until).min(permit.passport_until);
    let latest = basis_until.map_or(own, |basis_until| own.min(basis_until));
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
            basis: Basis::Contract,
            returned_on: (state == PermitState::Returned).then(|| day("2026-01-20")),
            accepted_on: None,
            review_ended_on: None,
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
            Command::Issue { from: day("2026-02-01"), until: day("2026-12-31"), basis_until: None },
            Command::Renew,
            Command::Shorten { until: day("2026-06-01") },
            Command::Cancel,
            Command::Revoke(RevocationGround::ContractEnded),
            Command::ReportHostChange { ended_on: day("2026-01-31") },
            Command::ReportEnrolmentEnd { ended_on: day("2026-01-31") },
            Command::Supersede,
            Command::Lapse,
        ]
    }

    #[test]
    fn every_state_and_command_is_in_the_table_or_refused() {
        for state in PermitState::iter() {
            for command in commands() {
                let basis = if matches!(command, Command::ReportEnrolmentEnd { .. }) { Basis::Enrolment } else { Basis::Contract };
                // What was returned on 20 January lapses after 19 February.
                let today = if command == Command::Lapse && state == PermitState::Returned { "2026-02-20" } else { "2026-02-01" };
                let outcome = carry_out(Permit { basis, ..permit(state) }, command, day(today));
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
            carry_out(permit, Command::Issue { from: day("2026-02-01"), until: day(until), basis_until: None }, day("2026-02-01"))
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
        let renewal = Renewal {
            id: PermitId::new(),
            until: day("2027-12-31"),
            contract_until: day("2027-12-31"),
            passport_until: day("2030-01-01"),
            basis: None,
        };
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
            carry_out(
                permit(PermitState::Approved),
                Command::Issue { from: day(from), until: day("2026-08-01"), basis_until: None },
                day("2026-02-01"),
            )
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

    #[test]
    fn the_family_of_a_worker_is_permitted_as_long_as_the_worker() {
        let issue = |until: &str| {
            let command = Command::Issue { from: day("2026-02-01"), until: day(until), basis_until: Some(day("2026-07-31")) };
            carry_out(permit(PermitState::Approved), command, day("2026-02-01"))
        };
        assert!(issue("2026-07-31").is_ok());
        assert_eq!(issue("2026-08-01").unwrap_err(), Refusal::ValidityTooLong { latest: day("2026-07-31") });
        let relative = PermitId::new();
        let renewal = |until: &str| Renewal {
            id: PermitId::new(),
            until: day(until),
            contract_until: day("2029-01-01"),
            passport_until: day("2030-01-01"),
            basis: Some((relative, day("2027-06-30"))),
        };
        let family = Permit { basis: Basis::Relative(PermitId::new()), ..permit(PermitState::Issued) };
        let (_, _, renewed, _) = renew(family.clone(), renewal("2027-06-30"), day("2026-12-15")).unwrap();
        assert_eq!(renewed.basis, Basis::Relative(relative), "a renewed basis comes in the place of the former");
        let refused = renew(family, renewal("2027-07-01"), day("2026-12-15")).unwrap_err();
        assert_eq!(refused, Refusal::ValidityTooLong { latest: day("2027-06-30") });
    }

    #[test]
    fn a_contract_ends_of_a_permit_that_stands_on_one_and_an_enrolment_of_one_by_study() {
        let report =
            |basis: Basis, command: Command| carry_out(Permit { basis, ..permit(PermitState::Issued) }, command, day("2026-06-01"));
        let (host, study) =
            (Command::ReportHostChange { ended_on: day("2026-05-31") }, Command::ReportEnrolmentEnd { ended_on: day("2026-05-31") });
        assert_eq!(report(Basis::Enrolment, host).unwrap_err(), Refusal::WrongPermitBasis { basis: "ENROLMENT" });
        assert_eq!(report(Basis::Relative(PermitId::new()), study).unwrap_err(), Refusal::WrongPermitBasis { basis: "RELATIVE" });
        let (ended, step) = report(Basis::Enrolment, study).unwrap();
        assert_eq!((ended.state, ended.host_change_due_on, step.effective_on), (PermitState::HostChanged, None, day("2026-05-31")));
    }

    #[test]
    fn a_returned_application_is_handed_in_within_thirty_days_or_is_over() {
        let returned = permit(PermitState::Returned);
        let submit = |today: &str| carry_out(returned.clone(), Command::Submit, day(today));
        assert_eq!(submit("2026-02-19").unwrap().0.returned_on, None);
        assert_eq!(submit("2026-02-20").unwrap_err(), Refusal::WrongPermitState { state: PermitState::Lapsed });
        let lapse = |today: &str| carry_out(returned.clone(), Command::Lapse, day(today));
        assert_eq!(lapse("2026-02-19").unwrap_err(), Refusal::WrongPermitState { state: PermitState::Returned });
        let (lapsed, step) = lapse("2026-04-01").unwrap();
        assert_eq!(
            (lapsed.state, step.effective_on),
            (PermitState::Lapsed, day("2026-02-20")),
            "from the day after the last, whenever it is written"
        );
    }

    #[test]
    fn the_review_runs_from_the_acceptance_to_the_decision_or_the_withdrawal() {
        let (accepted, _) = carry_out(permit(PermitState::Submitted), Command::Accept, day("2026-02-01")).unwrap();
        assert_eq!((accepted.accepted_on, accepted.review_ended_on), (Some(day("2026-02-01")), None));
        let (withdrawn, _) = carry_out(accepted.clone(), Command::Withdraw, day("2026-02-03")).unwrap();
        assert_eq!(withdrawn.review_ended_on, Some(day("2026-02-03")));
        let (reviewed, _) = carry_out(accepted, Command::StartReview, day("2026-02-02")).unwrap();
        let (refused, step) = carry_out(reviewed, Command::Refuse(RefusalGround::OtherLegalGround), day("2026-02-04")).unwrap();
        assert_eq!((refused.review_ended_on, step.policy_version), (Some(day("2026-02-04")), POLICY_VERSION));
        let (appealed, _) = carry_out(refused, Command::Appeal, day("2026-02-05")).unwrap();
        let (granted, _) = carry_out(appealed, Command::DecideAppeal(None), day("2026-03-01")).unwrap();
        assert_eq!(granted.review_ended_on, Some(day("2026-02-04")), "an appeal has no clock of the review's");
        assert_eq!(carry_out(permit(PermitState::Submitted), Command::Withdraw, day("2026-02-03")).unwrap().0.review_ended_on, None);
    }
}
