//! Which days are due for a person. All of it follows from facts and law; the clock is not asked.

use chrono::{Days, NaiveDate};

use super::{DueKind, Facts, Person, Planned};
use crate::{
    law::Law,
    matches::MatchState,
    permits::{Permit, PermitState, Risk, terms},
    relocants::{DocumentKind, RelocantStatus, looking},
    stays,
    time::civil_day,
};

/// Everything due for a person; nothing for somebody who has left for good, or for whom another record stands.
pub fn dues(person: &Person, facts: &Facts, law: &Law) -> Vec<Planned> {
    if person.status != RelocantStatus::Registered {
        return vec![];
    }
    let mut dues = stay(person, facts, law);
    dues.extend(facts.permits.iter().flat_map(|one| permit(one, &facts.risks, law)));
    dues.extend(passport(facts));
    dues.extend(facts.matches.iter().filter(|found| matches!(found.state, MatchState::Proposed | MatchState::Accepted)).map(|found| {
        Planned { kind: DueKind::MatchLapses, subject: found.id.0, employer: Some(found.employer), due_on: civil_day(found.lapses_at) }
    }));
    dues.extend(person.looking_confirmed_on.map(|confirmed_on| Planned {
        kind: DueKind::LookingLapses,
        subject: person.id.0,
        employer: None,
        due_on: looking::shown_until(confirmed_on),
    }));
    dues
}

/// The day on which the lead time of a due day is reached.
pub fn warn_on(planned: &Planned, law: &Law) -> NaiveDate {
    planned.due_on - Days::new(law.lead_days.of(planned.kind).into())
}

/// The present stay: its last lawful day, and the arrival that the host has not notified. A stay that was not lawful from its first day on was due then. What a
/// former stay left open is nobody's to do any more.
fn stay(person: &Person, facts: &Facts, law: &Law) -> Vec<Planned> {
    let ledger = stays::rules::ledger(&facts.crossings);
    let (Some(since), Some((entry, _))) = (ledger.open_since, ledger.entries.last()) else { return vec![] };
    let covered = stays::rules::covers(&facts.permits);
    let mut dues = Vec::new();
    // Asked on its first day, a stay that goes on says when it ends, whatever day it is now.
    if let Ok(status) = stays::rules::status_in_kazakhstan(&law.stay_policies, person.citizenship, &ledger, &covered, since)
        && !status.unlimited
    {
        let due_on = status.last_lawful_on.unwrap_or(since);
        dues.push(Planned { kind: DueKind::StayEnds, subject: entry.0, employer: None, due_on });
    }
    let notices = stays::rules::arrival_notices(&facts.crossings, &facts.notices, &law.working_days, since);
    dues.extend(notices.last().filter(|notice| notice.notified_on.is_none()).map(|notice| Planned {
        kind: DueKind::ArrivalNotice,
        subject: notice.entry.0,
        employer: None,
        due_on: notice.due_on,
    }));
    dues
}

/// A permit in force: its last day, and the first of the days by which something must be done when what it stands on has ended. An application: the end of its
/// review, or the last day to hand it in again.
fn permit(permit: &Permit, risks: &[Risk], law: &Law) -> Vec<Planned> {
    let due = |kind, due_on| Planned { kind, subject: permit.id.0, employer: Some(permit.employer), due_on };
    let mut dues = Vec::new();
    if let Some(until) = permit.valid_until.filter(|_| permit.state.is_in_force()) {
        dues.push(due(DueKind::PermitExpires, until));
        let open = risks.iter().filter(|risk| risk.permit == permit.id && risk.cleared_on.is_none());
        dues.extend(open.filter_map(|risk| risk.due_on).min().map(|due_on| due(DueKind::PermitAtRisk, due_on)));
    }
    dues.extend(terms::return_due_on(permit).map(|due_on| due(DueKind::ApplicationReturned, due_on)));
    if permit.review_ended_on.is_none() && matches!(permit.state, PermitState::Accepted | PermitState::UnderReview) {
        // Asked on the day of acceptance, since lateness is not looked at.
        let review = permit.accepted_on.and_then(|accepted_on| terms::review(permit, &law.working_days, accepted_on));
        dues.extend(review.map(|review| due(DueKind::ReviewEnds, review.due_on)));
    }
    dues
}

/// The passport that lasts longest of those shown and in use; where none was, the one that the latest permit in force names.
fn passport(facts: &Facts) -> Option<Planned> {
    let in_use = facts.documents.iter().filter(|document| document.kind == DocumentKind::Passport && document.withdrawn_on.is_none());
    let shown = in_use.filter_map(|document| Some((document.expires_on?, document.id.0))).max();
    let (due_on, subject) = shown.or_else(|| {
        let in_force = facts.permits.iter().filter(|permit| permit.state.is_in_force());
        in_force.max_by_key(|permit| permit.valid_until).map(|permit| (permit.passport_until, permit.id.0))
    })?;
    Some(Planned { kind: DueKind::PassportExpires, subject, employer: None, due_on })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        classifiers::Region,
        ids::{CrossingId, DocumentId, EmployerId, PermitId, PermitRiskId, RelocantId},
        permits::{Basis, PermitKind, RiskCause},
        relocants::DocumentOutline,
        stays::{Crossing, Direction, Notified},
    };

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn person() -> Person {
        Person {
            id: RelocantId::new(),
            citizenship: "RUS".parse().unwrap(),
            center: "ala-01".to_owned(),
            region: Region::Abai,
            status: RelocantStatus::Registered,
            looking_confirmed_on: None,
        }
    }

    fn crossing(direction: Direction, on: &str) -> Crossing {
        let created_at = "2026-01-01T00:00:00Z".parse().unwrap();
        let relocant = RelocantId::default();
        Crossing { id: CrossingId::new(), relocant, direction, crossed_on: day(on), corrects: None, void: false, created_at }
    }

    fn issued(from: &str, until: &str) -> Permit {
        let at = "2026-01-01T00:00:00Z".parse().unwrap();
        Permit {
            id: PermitId::new(),
            relocant: RelocantId::new(),
            kind: PermitKind::TemporaryResidenceWork,
            state: PermitState::Issued,
            employer: EmployerId::new(),
            region: Region::Abai,
            applied_on: day(from),
            contract_until: day(until),
            passport_until: day("2030-01-01"),
            valid_from: Some(day(from)),
            valid_until: Some(day(until)),
            ended_on: None,
            predecessor: None,
            host_change_due_on: None,
            basis: Basis::Contract,
            returned_on: None,
            accepted_on: None,
            review_ended_on: None,
            version: 1,
            created_at: at,
            updated_at: at,
        }
    }

    fn due(facts: &Facts) -> Vec<(DueKind, NaiveDate)> {
        let mut dues: Vec<_> = dues(&person(), facts, &Law::load(None).unwrap()).iter().map(|due| (due.kind, due.due_on)).collect();
        dues.sort_unstable();
        dues
    }

    #[test]
    fn a_stay_ends_on_its_last_lawful_day_and_the_host_has_three_working_days() {
        let facts = Facts { crossings: vec![crossing(Direction::Entry, "2026-09-01")], ..Facts::default() };
        assert_eq!(due(&facts), [(DueKind::StayEnds, day("2026-11-29")), (DueKind::ArrivalNotice, day("2026-09-04"))]);
        let notified = Facts { notices: vec![Notified { entry: facts.crossings[0].id, notified_on: day("2026-09-02") }], ..facts.clone() };
        assert_eq!(due(&notified), [(DueKind::StayEnds, day("2026-11-29"))]);
        let mut gone = facts;
        gone.crossings.push(crossing(Direction::Exit, "2026-09-20"));
        assert_eq!(due(&gone), []);
    }

    #[test]
    fn earlier_days_make_a_stay_end_sooner_and_one_that_was_never_lawful_was_due_at_once() {
        let before = [crossing(Direction::Entry, "2026-06-01"), crossing(Direction::Exit, "2026-08-09")];
        let facts = Facts { crossings: [&before[..], &[crossing(Direction::Entry, "2026-09-01")]].concat(), ..Facts::default() };
        assert_eq!(due(&facts)[0], (DueKind::StayEnds, day("2026-09-20")), "twenty days were left, and none has left the window by then");
        let used_up = [crossing(Direction::Entry, "2026-06-01"), crossing(Direction::Exit, "2026-08-29")];
        let facts = Facts { crossings: [&used_up[..], &[crossing(Direction::Entry, "2026-09-01")]].concat(), ..Facts::default() };
        assert_eq!(due(&facts)[0], (DueKind::StayEnds, day("2026-09-01")));
    }

    #[test]
    fn a_permit_moves_the_end_of_the_stay_and_is_due_itself_with_its_passport() {
        let facts = Facts {
            crossings: vec![crossing(Direction::Entry, "2026-09-01")],
            permits: vec![issued("2026-10-01", "2027-09-30")],
            ..Facts::default()
        };
        let due = due(&facts);
        assert_eq!(due[0], (DueKind::StayEnds, day("2027-12-29")), "the days before the permit have left the window by its end");
        assert!(due.contains(&(DueKind::PermitExpires, day("2027-09-30"))) && due.contains(&(DueKind::PassportExpires, day("2030-01-01"))));
    }

    #[test]
    fn the_passport_that_lasts_longest_is_due_and_one_that_was_shown_stands_before_the_one_a_permit_names() {
        let passport = |expires_on: &str, withdrawn_on: Option<&str>| DocumentOutline {
            id: DocumentId::new(),
            relocant: RelocantId::new(),
            kind: DocumentKind::Passport,
            expires_on: Some(day(expires_on)),
            withdrawn_on: withdrawn_on.map(day),
        };
        let card = DocumentOutline { kind: DocumentKind::InternalPassport, ..passport("2040-01-01", None) };
        let documents = vec![passport("2027-03-01", None), passport("2029-03-01", None), passport("2031-03-01", Some("2026-10-01")), card];
        let facts = Facts { documents, permits: vec![issued("2026-10-01", "2027-09-30")], ..Facts::default() };
        let passports: Vec<_> = due(&facts).into_iter().filter(|(kind, _)| *kind == DueKind::PassportExpires).collect();
        assert_eq!(passports, [(DueKind::PassportExpires, day("2029-03-01"))]);
    }

    #[test]
    fn a_permit_that_lost_its_host_is_due_for_a_new_application_and_an_ended_one_for_nothing() {
        let lost = Permit { state: PermitState::HostChanged, ..issued("2026-01-01", "2026-12-31") };
        let risk = |due: Option<&str>| Risk {
            id: PermitRiskId::new(),
            permit: lost.id,
            relocant: lost.relocant,
            cause: RiskCause::ContractEnded,
            cause_permit: None,
            since_on: day("2026-10-31"),
            due_on: due.map(day),
            cleared_on: None,
        };
        let over = Risk { cleared_on: Some(day("2026-11-01")), ..risk(Some("2026-11-02")) };
        let risks = vec![risk(Some("2026-11-20")), risk(None), risk(Some("2026-11-15")), over];
        let facts = Facts { permits: vec![lost], risks, ..Facts::default() };
        assert!(due(&facts).contains(&(DueKind::PermitAtRisk, day("2026-11-15"))), "the first day by which something must be done");
        let cancelled = Permit { state: PermitState::Cancelled, ..issued("2026-01-01", "2026-12-31") };
        assert_eq!(due(&Facts { permits: vec![cancelled], ..Facts::default() }), []);
    }

    #[test]
    fn a_review_ends_after_five_working_days_and_a_returned_application_waits_for_thirty_days() {
        let application = |state| Permit { state, valid_from: None, valid_until: None, ..issued("2026-03-19", "2027-03-18") };
        // Friday before Nauryz, which is moved into the week after.
        let accepted = Permit { accepted_on: Some(day("2026-03-20")), ..application(PermitState::UnderReview) };
        assert_eq!(due(&Facts { permits: vec![accepted.clone()], ..Facts::default() }), [(DueKind::ReviewEnds, day("2026-04-01"))]);
        let decided = Permit { state: PermitState::Approved, review_ended_on: Some(day("2026-03-26")), ..accepted };
        assert_eq!(due(&Facts { permits: vec![decided], ..Facts::default() }), []);
        let returned = Permit { returned_on: Some(day("2026-03-20")), ..application(PermitState::Returned) };
        assert_eq!(due(&Facts { permits: vec![returned], ..Facts::default() }), [(DueKind::ApplicationReturned, day("2026-04-19"))]);
    }

    #[test]
    fn who_looks_for_work_is_told_fourteen_days_before_nobody_is_shown_it_any_more() {
        let looks = Person { looking_confirmed_on: Some(day("2026-01-01")), ..person() };
        let law = Law::load(None).unwrap();
        let due = dues(&looks, &Facts::default(), &law);
        assert_eq!(due.iter().map(|due| (due.kind, due.due_on)).collect::<Vec<_>>(), [(DueKind::LookingLapses, day("2026-03-31"))]);
        assert_eq!(warn_on(&due[0], &law), day("2026-03-17"));
    }

    #[test]
    fn nothing_is_due_for_somebody_who_has_left_for_good() {
        let left = Person { status: RelocantStatus::Departed, ..person() };
        let facts = Facts { crossings: vec![crossing(Direction::Entry, "2026-09-01")], ..Facts::default() };
        assert_eq!(dues(&left, &facts, &Law::load(None).unwrap()), []);
    }
}
