//! The clocks of an application: how long the authority may review it, and how long the applicant may take to hand it in again. Terms of an issued permit are in
//! `rules`.

use chrono::{Days, NaiveDate};

use super::{Permit, PermitState};
use crate::time::WorkingDays;

/// Working days from the acceptance to the decision: order 992, "1 to 5 working days". The day of acceptance does not count itself.
const REVIEW_WORKING_DAYS: u32 = 5;

/// Days after which a returned application that was not handed in again lapses. Open point: the law's term is not confirmed; 30 days is an assumption.
const RETURN_DAYS: u64 = 30;

/// Where an application stands on a day: what is written, unless its term to be handed in again has passed since.
pub fn state_on(permit: &Permit, today: NaiveDate) -> PermitState {
    if return_due_on(permit).is_some_and(|due_on| today > due_on) { PermitState::Lapsed } else { permit.state }
}

/// The last day on which a returned application can, or could, be handed in again.
pub fn return_due_on(permit: &Permit) -> Option<NaiveDate> {
    let waits = matches!(permit.state, PermitState::Returned | PermitState::Lapsed);
    permit.returned_on.filter(|_| waits).map(|returned_on| returned_on + Days::new(RETURN_DAYS))
}

/// The review's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Review {
    /// The last day for the decision.
    pub due_on: NaiveDate,
    /// Working days after that day: until the decision, or until today; 0 when it is in time.
    pub late_working_days: i32,
}

/// Order 992: the review of an application that was accepted is due 5 working days later.
pub fn review(permit: &Permit, calendar: &WorkingDays, today: NaiveDate) -> Option<Review> {
    let due_on = calendar.after(permit.accepted_on?, REVIEW_WORKING_DAYS);
    let late_working_days = calendar.between(due_on, permit.review_ended_on.unwrap_or(today));
    Some(Review { due_on, late_working_days })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        classifiers::Region,
        ids::{EmployerId, PermitId, RelocantId},
        permits::{Basis, PermitKind},
    };

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn application(state: PermitState) -> Permit {
        let at = "2026-03-01T00:00:00Z".parse().unwrap();
        Permit {
            id: PermitId::new(),
            relocant: RelocantId::new(),
            kind: PermitKind::TemporaryResidenceWork,
            state,
            employer: EmployerId::new(),
            region: Region::Abai,
            applied_on: day("2026-03-01"),
            contract_until: day("2027-12-31"),
            passport_until: day("2030-01-01"),
            valid_from: None,
            valid_until: None,
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

    #[test]
    fn order_992_the_review_is_due_five_working_days_after_the_acceptance() {
        let calendar = WorkingDays::with(vec![]).unwrap();
        // Friday 13 March 2026; the 21st to the 25th are Nauryz and a weekend.
        let accepted = Permit { accepted_on: Some(day("2026-03-13")), ..application(PermitState::Accepted) };
        let on = |today: &str| review(&accepted, &calendar, day(today)).unwrap();
        assert_eq!(on("2026-03-13"), Review { due_on: day("2026-03-20"), late_working_days: 0 });
        assert_eq!(on("2026-03-20").late_working_days, 0, "the last day in time");
        assert_eq!(on("2026-03-26").late_working_days, calendar.between(day("2026-03-20"), day("2026-03-26")));
        let decided = Permit { review_ended_on: Some(day("2026-03-19")), ..accepted };
        assert_eq!(review(&decided, &calendar, day("2026-06-01")).unwrap().late_working_days, 0, "decided in time for good");
        assert_eq!(review(&application(PermitState::Submitted), &calendar, day("2026-06-01")), None);
    }

    #[test]
    fn a_returned_application_has_thirty_days_and_lapses_on_the_next() {
        let returned = Permit { returned_on: Some(day("2026-03-01")), ..application(PermitState::Returned) };
        assert_eq!(return_due_on(&returned), Some(day("2026-03-31")));
        assert_eq!(state_on(&returned, day("2026-03-31")), PermitState::Returned);
        assert_eq!(state_on(&returned, day("2026-04-01")), PermitState::Lapsed);
        let written = Permit { state: PermitState::Lapsed, ..returned.clone() };
        assert_eq!((return_due_on(&written), state_on(&written, day("2026-12-31"))), (Some(day("2026-03-31")), PermitState::Lapsed));
        let handed_in = Permit { state: PermitState::Submitted, ..returned };
        assert_eq!(state_on(&handed_in, day("2026-12-31")), PermitState::Submitted);
    }
}
