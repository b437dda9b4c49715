//! What becomes of the permits that stand on something when it ends. The rows are found by `risk_operations`; here it is said which of them are reached, and why.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::{Basis, Permit, PermitState, Risk, RiskCause, rules, rules::Command};
use crate::ids::PermitId;

/// A basis that ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ending {
    /// Why.
    pub cause: RiskCause,
    /// The day on which it ended, or will.
    pub since_on: NaiveDate,
    /// The last day to act, where the law sets one.
    pub due_on: Option<NaiveDate>,
    /// Whether it is the basis of the permit itself that ended, and not the permit.
    pub of_itself: bool,
}

/// Which basis ends with a step that was made; `permit` as it is after it. A renewal ends none: the former runs to its last day and the new one follows.
pub fn ending(permit: &Permit, command: Command, today: NaiveDate) -> Option<Ending> {
    let of_permit = |cause| Some(Ending { cause, since_on: today, due_on: None, of_itself: false });
    match command {
        Command::ReportHostChange { ended_on } => {
            Some(Ending { cause: RiskCause::ContractEnded, since_on: ended_on, due_on: permit.host_change_due_on, of_itself: true })
        }
        Command::ReportEnrolmentEnd { ended_on } => {
            Some(Ending { cause: RiskCause::EnrolmentEnded, since_on: ended_on, due_on: None, of_itself: true })
        }
        Command::Shorten { until } => Some(Ending { cause: RiskCause::RelativeShortened, since_on: until, due_on: None, of_itself: false }),
        Command::Cancel => of_permit(RiskCause::RelativeCancelled),
        Command::Revoke(_) => of_permit(RiskCause::RelativeRevoked),
        Command::Supersede => of_permit(RiskCause::RelativeSuperseded),
        Command::Submit
        | Command::Accept
        | Command::Return(_)
        | Command::StartReview
        | Command::Approve
        | Command::Refuse(_)
        | Command::Withdraw
        | Command::Appeal
        | Command::DecideAppeal(_)
        | Command::Issue { .. }
        | Command::Renew
        | Command::Lapse => None,
    }
}

/// The EAEU treaty, art. 97, and order 992: somebody's work for a host ended on a day; 15 days run, for the family too.
pub fn employment_ended(on: NaiveDate) -> Ending {
    Ending { cause: RiskCause::ContractEnded, since_on: on, due_on: Some(rules::host_change_due_on(on)), of_itself: true }
}

/// What a permit's basis comes to when its host is removed: a contract ends as work does, with the 15 days; an enrolment ends without a term. A relative's permit, and what
/// no application names, are not the host's to end.
pub fn host_removed(basis: Basis, on: NaiveDate) -> Option<Ending> {
    match basis {
        Basis::Contract => Some(employment_ended(on)),
        Basis::Enrolment => Some(Ending { cause: RiskCause::EnrolmentEnded, since_on: on, due_on: None, of_itself: true }),
        Basis::Relative(_) | Basis::HostConsent => None,
    }
}

/// Whether a permit is good, or will be: in force, or renewed and still running.
pub fn runs(permit: &Permit, today: NaiveDate) -> bool {
    let issued = permit.state.is_in_force() || permit.state == PermitState::Renewed;
    issued && permit.valid_until.is_some_and(|until| today <= until)
}

/// Whether a permit outlasts what it stands on. One that ends no later loses nothing.
pub fn outlasts(permit: &Permit, ending: &Ending, today: NaiveDate) -> bool {
    runs(permit, today) && permit.valid_until.is_some_and(|until| ending.since_on < until)
}

/// Of the permits that stand on those reached so far, those that are reached now. Each is reached once, so that the search ends however relatives stand on each
/// other.
pub fn reached(before: &mut BTreeSet<PermitId>, found: Vec<Permit>, ending: &Ending, today: NaiveDate) -> Vec<Permit> {
    found.into_iter().filter(|permit| outlasts(permit, ending, today) && before.insert(permit.id)).collect()
}

/// Whether a permit's own risks are over with this state: it was replaced, or has ended.
pub fn are_over(state: PermitState) -> bool {
    matches!(state, PermitState::Renewed | PermitState::Cancelled | PermitState::Revoked | PermitState::Superseded)
}

/// The day since which a risk is over: as written, or the day after the permit's last.
pub fn cleared_on(risk: &Risk, permit: &Permit, today: NaiveDate) -> Option<NaiveDate> {
    let expired = permit.valid_until.filter(|until| *until < today).and_then(|until| until.succ_opt());
    risk.cleared_on.or(expired)
}

/// What is to be done about the open risks of a permit when one comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// It is known already.
    Before,
    /// It is new; these it replaces, because the same ending was reported with other days.
    Anew(Vec<Risk>),
}

/// Whether an ending is known already: the same cause, at the same permit.
pub fn told(open: &[Risk], ending: &Ending, at: Option<PermitId>) -> Told {
    let same: Vec<Risk> = open.iter().filter(|risk| risk.cause == ending.cause && risk.cause_permit == at).copied().collect();
    if same.iter().any(|risk| risk.since_on == ending.since_on && risk.due_on == ending.due_on) { Told::Before } else { Told::Anew(same) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        classifiers::Region,
        ids::{EmployerId, PermitRiskId, RelocantId},
        permits::{PermitKind, RevocationGround},
    };

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn permit(basis: Basis, until: &str) -> Permit {
        let at = "2026-01-01T00:00:00Z".parse().unwrap();
        Permit {
            id: PermitId::new(),
            relocant: RelocantId::new(),
            kind: PermitKind::TemporaryResidenceFamilyOfWorker,
            state: PermitState::Issued,
            employer: EmployerId::new(),
            region: Region::Abai,
            applied_on: day("2026-01-01"),
            contract_until: day(until),
            passport_until: day("2030-01-01"),
            valid_from: Some(day("2026-01-10")),
            valid_until: Some(day(until)),
            ended_on: None,
            predecessor: None,
            host_change_due_on: None,
            basis,
            returned_on: None,
            accepted_on: None,
            review_ended_on: None,
            version: 1,
            created_at: at,
            updated_at: at,
        }
    }

    /// Follows the family as `risk_operations` does.
    fn spread(all: &[Permit], root: PermitId, ending: &Ending, today: NaiveDate) -> Vec<PermitId> {
        let (mut before, mut ring, mut found) = (BTreeSet::from([root]), vec![root], Vec::new());
        while !ring.is_empty() {
            assert!(found.len() <= all.len(), "a permit is reached more than once");
            let on_ring = |permit: &&Permit| matches!(permit.basis, Basis::Relative(on) if ring.contains(&on));
            let next = reached(&mut before, all.iter().filter(on_ring).cloned().collect(), ending, today);
            ring = next.iter().map(|permit| permit.id).collect();
            found.extend(&ring);
        }
        found
    }

    #[test]
    fn a_whole_family_is_reached_and_each_once_also_in_a_circle() {
        let today = day("2026-06-01");
        let worker = permit(Basis::Contract, "2026-12-31");
        let spouse = permit(Basis::Relative(worker.id), "2026-12-31");
        let child = permit(Basis::Relative(spouse.id), "2026-12-31");
        let stranger = permit(Basis::Contract, "2026-12-31");
        let ending = employment_ended(today);
        assert_eq!(spread(&[worker.clone(), spouse.clone(), child.clone(), stranger], worker.id, &ending, today), [spouse.id, child.id]);
        // Two who stand on each other, as no application can make them but a wrong row could.
        let mut one = permit(Basis::Contract, "2026-12-31");
        let other = permit(Basis::Relative(one.id), "2026-12-31");
        one.basis = Basis::Relative(other.id);
        assert_eq!(spread(&[one.clone(), other.clone()], one.id, &ending, today), [other.id]);
        one.basis = Basis::Relative(one.id);
        assert!(spread(&[one.clone()], one.id, &ending, today).is_empty(), "on itself");
    }

    #[test]
    fn a_permit_that_ends_no_later_than_what_it_stands_on_loses_nothing() {
        let today = day("2026-06-01");
        let worker = permit(Basis::Contract, "2026-12-31");
        let shortened = ending(&worker, Command::Shorten { until: day("2026-08-31") }, today).unwrap();
        assert_eq!((shortened.cause, shortened.since_on, shortened.due_on), (RiskCause::RelativeShortened, day("2026-08-31"), None));
        assert!(outlasts(&permit(Basis::Relative(worker.id), "2026-09-01"), &shortened, today));
        assert!(!outlasts(&permit(Basis::Relative(worker.id), "2026-08-31"), &shortened, today));
        let cancelled = ending(&worker, Command::Cancel, today).unwrap();
        let expired = permit(Basis::Relative(worker.id), "2026-05-31");
        assert!(!outlasts(&expired, &cancelled, today));
        let pending = Permit { state: PermitState::UnderReview, valid_until: None, ..permit(Basis::Relative(worker.id), "2026-12-31") };
        assert!(!outlasts(&pending, &cancelled, today), "an application is no permit yet");
    }

    #[test]
    fn art_97_fifteen_days_run_for_the_worker_and_a_student_has_no_term() {
        let worker = Permit { host_change_due_on: Some(day("2026-06-15")), ..permit(Basis::Contract, "2026-12-31") };
        let contract = ending(&worker, Command::ReportHostChange { ended_on: day("2026-05-31") }, day("2026-06-01")).unwrap();
        assert_eq!((contract.due_on, contract.of_itself), (Some(day("2026-06-15")), true));
        assert_eq!(employment_ended(day("2026-05-31")), contract);
        let study = ending(&worker, Command::ReportEnrolmentEnd { ended_on: day("2026-05-31") }, day("2026-06-01")).unwrap();
        assert_eq!((study.cause, study.due_on, study.of_itself), (RiskCause::EnrolmentEnded, None, true));
        assert_eq!(ending(&worker, Command::Renew, day("2026-06-01")), None, "a renewal follows the former");
        let revoked = ending(&worker, Command::Revoke(RevocationGround::LeftForGood), day("2026-06-01")).unwrap();
        assert_eq!((revoked.cause, revoked.of_itself), (RiskCause::RelativeRevoked, false));
    }

    #[test]
    fn a_host_that_is_removed_ends_its_contracts_and_enrolments_and_no_relatives_permit() {
        let today = day("2026-06-01");
        assert_eq!(host_removed(Basis::Contract, today), Some(employment_ended(today)));
        let study = host_removed(Basis::Enrolment, today).unwrap();
        assert_eq!((study.cause, study.due_on, study.of_itself), (RiskCause::EnrolmentEnded, None, true));
        assert_eq!(host_removed(Basis::Relative(PermitId::new()), today), None);
    }

    #[test]
    fn an_ending_that_is_known_is_not_told_again_and_other_days_replace_it() {
        let worker = permit(Basis::Contract, "2026-12-31");
        let first = employment_ended(day("2026-06-01"));
        let risk = Risk {
            id: PermitRiskId::new(),
            permit: worker.id,
            relocant: worker.relocant,
            cause: first.cause,
            cause_permit: None,
            since_on: first.since_on,
            due_on: first.due_on,
            cleared_on: None,
        };
        assert_eq!(told(&[risk], &first, None), Told::Before);
        assert_eq!(told(&[risk], &employment_ended(day("2026-05-31")), None), Told::Anew(vec![risk]));
        assert_eq!(told(&[risk], &first, Some(PermitId::new())), Told::Anew(vec![]), "another permit's end is another risk");
        assert_eq!(cleared_on(&risk, &worker, day("2026-12-31")), None);
        assert_eq!(cleared_on(&risk, &worker, day("2027-01-02")), Some(day("2027-01-01")), "the permit has expired by itself");
    }
}
