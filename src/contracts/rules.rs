//! How long a contract may be, when it is over, and which two cannot be at once.

use chrono::{Days, Months, NaiveDate};

use super::Contract;
use crate::{
    error::{Reason, Violation, Why},
    ids::ContractId,
    matches::EndReason,
    permits::{Basis, Permit},
};

/// Months from the first day to the last at most: five years, longer than any permit for work. An unlimited contract has no last day.
const LONGEST_MONTHS: u32 = 60;

/// Days ahead that a contract may begin at most.
const EARLIEST_DAYS: u64 = 366;

/// Why a contract cannot be recorded or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The person has another contract with this employer on some of these days.
    #[error("another contract of this person with this employer covers some of these days: {contract}")]
    ContractOverlaps {
        /// The other one.
        contract: ContractId,
    },
    /// It is over.
    #[error("the contract ended on {on}")]
    ContractAlreadyEnded {
        /// Its last day.
        on: NaiveDate,
    },
}

impl Refusal {
    /// Every reason that these rules can give.
    pub const REASONS: &[&str] = &["CONTRACT_OVERLAPS", "CONTRACT_ALREADY_ENDED"];
}

impl Reason for Refusal {
    fn reason(&self) -> &'static str {
        match self {
            Self::ContractOverlaps { .. } => "CONTRACT_OVERLAPS",
            Self::ContractAlreadyEnded { .. } => "CONTRACT_ALREADY_ENDED",
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::ContractOverlaps { contract } => vec![("contract", contract.to_string())],
            Self::ContractAlreadyEnded { on } => vec![("on", on.to_string())],
        }
    }
}

/// What is wrong with the days of a contract that is to be recorded.
pub fn days(starts_on: NaiveDate, ends_on: Option<NaiveDate>, today: NaiveDate) -> Vec<Violation> {
    let mut found = Vec::new();
    if starts_on > today + Days::new(EARLIEST_DAYS) {
        found.push(Violation { field: "start_date".to_owned(), why: Why::Range("at most 366 days ahead") });
    }
    found.extend(last_day(starts_on, ends_on));
    found
}

/// What is wrong with the last day of a contract.
fn last_day(starts_on: NaiveDate, ends_on: Option<NaiveDate>) -> Option<Violation> {
    let ends_on = ends_on?;
    let why = if ends_on < starts_on {
        Why::Contradicts("lies before start_date")
    } else if starts_on.checked_add_months(Months::new(LONGEST_MONTHS)).is_some_and(|most| ends_on >= most) {
        Why::Range("within five years from start_date")
    } else {
        return None;
    };
    Some(Violation { field: "end_date".to_owned(), why })
}

/// The last day of a contract that is over on a day: as written, or as agreed when that day has passed.
pub fn ended_on(contract: &Contract, today: NaiveDate) -> Option<NaiveDate> {
    contract.ended_on.or(contract.ends_on.filter(|ends_on| *ends_on < today))
}

/// A contract that is over is not changed any more.
pub fn goes_on(contract: Contract, today: NaiveDate) -> Result<Contract, Refusal> {
    match ended_on(&contract, today) {
        Some(on) => Err(Refusal::ContractAlreadyEnded { on }),
        None => Ok(contract),
    }
}

/// What is wrong with a last day that is agreed anew. What has passed is an end, and no amendment.
pub fn new_last_day(contract: &Contract, ends_on: Option<NaiveDate>, today: NaiveDate) -> Option<Violation> {
    let past = ends_on.filter(|ends_on| *ends_on < today).map(|_| Why::Range("from today on"));
    past.map(|why| Violation { field: "end_date".to_owned(), why }).or_else(|| last_day(contract.starts_on, ends_on))
}

/// What is wrong with the day on which a contract is said to have ended. One that has not begun ends today.
pub fn end_day(contract: &Contract, on: NaiveDate, today: NaiveDate) -> Option<Violation> {
    let fits = (contract.starts_on.min(today)..=today).contains(&on);
    (!fits).then(|| Violation { field: "ended_date".to_owned(), why: Why::Range("from start_date until today") })
}

/// A contract ends before its last day, or on it.
pub fn end(contract: Contract, on: NaiveDate, reason: EndReason) -> Contract {
    Contract { ended_on: Some(on), end_reason: Some(reason), ..contract }
}

/// A contract whose last day has passed has ended on it, whether or not anybody says so.
pub fn run_out(contract: Contract, today: NaiveDate) -> Option<Contract> {
    let on = contract.ends_on.filter(|ends_on| *ends_on < today && contract.ended_on.is_none())?;
    Some(end(contract, on, EndReason::ContractEnded))
}

/// The first and the last day on which a contract holds, or held; no last day without an end. Nothing of one that ended before it began.
fn holds(contract: &Contract) -> Option<(NaiveDate, NaiveDate)> {
    let last = contract.ended_on.or(contract.ends_on).unwrap_or(NaiveDate::MAX);
    (contract.starts_on <= last).then_some((contract.starts_on, last))
}

/// One person has one contract with one employer on a day. `others` may hold the contract itself.
pub fn no_other(contract: &Contract, others: &[Contract]) -> Result<(), Refusal> {
    let Some((first, last)) = holds(contract) else { return Ok(()) };
    let overlaps = |other: &&Contract| other.id != contract.id && holds(other).is_some_and(|(from, until)| from <= last && first <= until);
    match others.iter().find(overlaps) {
        Some(other) => Err(Refusal::ContractOverlaps { contract: other.id }),
        None => Ok(()),
    }
}

/// Whether work goes on after a day under another contract of the same person and employer: one that covers the next day.
pub fn work_goes_on(after: NaiveDate, ended: ContractId, others: &[Contract]) -> bool {
    let next = after.succ_opt().unwrap_or(after);
    others.iter().any(|other| other.id != ended && holds(other).is_some_and(|(from, until)| from <= next && next <= until))
}

/// Of a person's permits, the one that an employer must check: of those that stand on work with it the one that was named for the contract or renews it, else the latest
/// that was issued, else the latest.
pub fn permit_of<'a>(contract: &Contract, permits: &'a [Permit]) -> Option<&'a Permit> {
    let own = || permits.iter().filter(|permit| permit.employer == contract.employer && permit.basis == Basis::Contract);
    let mut named = own().find(|permit| Some(permit.id) == contract.permit);
    // As often as there are permits at most, so that the search ends whatever the rows say.
    for _ in permits {
        let Some(renewal) = named.and_then(|former| own().find(|permit| permit.predecessor == Some(former.id))) else { break };
        named = Some(renewal);
    }
    named
        .or_else(|| own().filter(|permit| permit.state.is_in_force()).max_by_key(|permit| permit.id))
        .or_else(|| own().max_by_key(|permit| permit.id))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        classifiers::Region,
        contracts::ContractKind,
        ids::{EmployerId, PermitId, RelocantId},
        permits::{PermitKind, PermitState},
    };

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn contract(starts: &str, ends: Option<&str>) -> Contract {
        let at = "2026-01-01T00:00:00Z".parse().unwrap();
        Contract {
            id: ContractId::new(),
            employer: EmployerId::default(),
            relocant: RelocantId::default(),
            kind: ContractKind::Labour,
            occupation: "2212".parse().unwrap(),
            region: Region::Abai,
            starts_on: day(starts),
            ends_on: ends.map(day),
            ended_on: None,
            end_reason: None,
            permit: None,
            version: 1,
            created_at: at,
            updated_at: at,
        }
    }

    fn named(found: Vec<Violation>) -> Vec<String> {
        found.into_iter().map(|fault| fault.field).collect()
    }

    #[test]
    fn a_contract_ends_no_earlier_than_it_begins_and_within_five_years() {
        let check = |starts: &str, ends: Option<&str>| named(days(day(starts), ends.map(day), day("2026-01-01")));
        assert!(check("2026-01-01", Some("2026-01-01")).is_empty(), "a day's work");
        assert!(check("2026-01-01", None).is_empty());
        assert!(check("2026-01-01", Some("2030-12-31")).is_empty());
        assert_eq!(check("2026-01-01", Some("2031-01-01")), ["end_date"]);
        assert_eq!(check("2026-01-02", Some("2026-01-01")), ["end_date"]);
        assert!(check("2027-01-02", None).is_empty());
        assert_eq!(check("2027-01-03", Some("2027-01-02")), ["start_date", "end_date"]);
    }

    #[test]
    fn a_contract_that_has_run_out_is_over_whether_or_not_it_is_written() {
        let ends = contract("2026-01-01", Some("2026-03-31"));
        assert_eq!(ended_on(&ends, day("2026-03-31")), None, "its last day is one of work");
        assert_eq!(ended_on(&ends, day("2026-04-01")), Some(day("2026-03-31")));
        assert_eq!(goes_on(ends.clone(), day("2026-04-01")), Err(Refusal::ContractAlreadyEnded { on: day("2026-03-31") }));
        let written = run_out(ends.clone(), day("2026-04-01")).unwrap();
        assert_eq!((written.ended_on, written.end_reason), (Some(day("2026-03-31")), Some(EndReason::ContractEnded)));
        assert_eq!(run_out(written, day("2026-04-01")), None, "once");
        assert_eq!(run_out(ends.clone(), day("2026-03-31")), None);
        let left = end(ends, day("2026-02-01"), EndReason::Left);
        assert_eq!((run_out(left.clone(), day("2026-04-01")), ended_on(&left, day("2026-04-01"))), (None, Some(day("2026-02-01"))));
        assert_eq!(ended_on(&contract("2026-01-01", None), day("2040-01-01")), None);
    }

    #[test]
    fn an_end_has_happened_since_the_first_day() {
        let (begun, to_come) = (contract("2026-01-10", None), contract("2026-03-01", None));
        let today = day("2026-02-01");
        for (on, fits) in [("2026-01-09", false), ("2026-01-10", true), ("2026-02-01", true), ("2026-02-02", false)] {
            assert_eq!(end_day(&begun, day(on), today).is_none(), fits, "{on}");
        }
        for (on, fits) in [("2026-01-31", false), ("2026-02-01", true), ("2026-03-01", false)] {
            assert_eq!(end_day(&to_come, day(on), today).is_none(), fits, "{on}");
        }
    }

    #[test]
    fn a_last_day_that_is_agreed_anew_lies_ahead_and_within_five_years() {
        let begun = contract("2026-01-10", Some("2026-06-01"));
        let today = day("2026-02-01");
        for (ends, fits) in [("2026-01-31", false), ("2026-02-01", true), ("2031-01-09", true), ("2031-01-10", false)] {
            assert_eq!(new_last_day(&begun, Some(day(ends)), today).is_none(), fits, "{ends}");
        }
        assert_eq!(new_last_day(&begun, None, today), None);
        assert!(new_last_day(&contract("2026-03-01", None), Some(day("2026-02-15")), today).is_some(), "before it begins");
    }

    #[test]
    fn one_person_has_one_contract_with_one_employer_on_a_day() {
        let first = contract("2026-01-01", Some("2026-03-31"));
        let overlaps = |other: Contract| no_other(&other, std::slice::from_ref(&first)).is_err();
        assert!(overlaps(contract("2026-03-31", None)));
        assert!(!overlaps(contract("2026-04-01", None)));
        assert!(overlaps(contract("2025-01-01", Some("2026-01-01"))));
        assert!(!overlaps(contract("2025-01-01", Some("2025-12-31"))));
        assert!(overlaps(contract("2025-01-01", None)));
        assert_eq!(no_other(&first, std::slice::from_ref(&first)), Ok(()), "itself");
        let left = end(first.clone(), day("2026-02-01"), EndReason::Left);
        assert!(no_other(&contract("2026-02-02", None), &[left]).is_ok(), "what ended early covers its days only");
        let never = end(contract("2026-03-01", None), day("2026-02-01"), EndReason::Other);
        assert!(no_other(&contract("2026-01-01", None), &[never]).is_ok(), "what ended before it began covers none");
    }

    #[test]
    fn work_goes_on_under_a_contract_that_covers_the_next_day() {
        let ended = contract("2026-01-01", Some("2026-03-31"));
        let after = |next: Contract| work_goes_on(day("2026-03-31"), ended.id, &[ended.clone(), next]);
        assert!(after(contract("2026-04-01", None)));
        assert!(!after(contract("2026-04-02", None)), "a day without work");
        assert!(!after(contract("2025-01-01", Some("2025-12-31"))));
        assert!(!work_goes_on(day("2026-03-01"), ended.id, std::slice::from_ref(&ended)), "not under itself");
    }

    fn permit(employer: EmployerId, basis: Basis, state: PermitState) -> Permit {
        let at = "2026-01-01T00:00:00Z".parse().unwrap();
        Permit {
            id: PermitId::new(),
            relocant: RelocantId::default(),
            kind: PermitKind::TemporaryResidenceWork,
            state,
            employer,
            region: Region::Abai,
            applied_on: day("2026-01-01"),
            contract_until: day("2026-12-31"),
            passport_until: day("2030-01-01"),
            valid_from: None,
            valid_until: None,
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

    #[test]
    fn an_employer_checks_the_permit_that_stands_on_work_with_it_and_no_other() {
        let of = contract("2026-01-01", None);
        let own = |state| permit(of.employer, Basis::Contract, state);
        let foreign = permit(EmployerId::new(), Basis::Contract, PermitState::Issued);
        let study = permit(of.employer, Basis::Enrolment, PermitState::Issued);
        assert_eq!(permit_of(&of, &[foreign.clone(), study.clone()]), None);
        let (issued, applied) = (own(PermitState::Issued), own(PermitState::Submitted));
        let all = [issued.clone(), applied.clone(), foreign.clone(), study];
        assert_eq!(permit_of(&of, &all), Some(&issued), "what is in force before what is asked for");
        assert_eq!(permit_of(&of, std::slice::from_ref(&applied)), Some(&applied));
        let renewed = Permit { predecessor: Some(issued.id), ..own(PermitState::Issued) };
        let named = Contract { permit: Some(issued.id), ..of.clone() };
        let all = [Permit { state: PermitState::Renewed, ..issued }, applied.clone(), renewed.clone()];
        assert_eq!(permit_of(&named, &all), Some(&renewed), "the renewal of the one that was named");
        assert_eq!(permit_of(&Contract { permit: Some(applied.id), ..of.clone() }, &all), Some(&applied));
        let round = Permit { predecessor: Some(renewed.id), ..renewed.clone() };
        assert!(
            permit_of(&Contract { permit: Some(renewed.id), ..of.clone() }, &[round]).is_some(),
            "its own renewal, as a wrong row could say"
        );
        assert_eq!(permit_of(&Contract { permit: Some(foreign.id), ..of }, &[foreign]), None, "named or not");
    }

    proptest! {
        #[test]
        fn two_contracts_overlap_if_and_only_if_they_share_a_day(starts in 0_u64..20, lasts in 0_u64..20, other in 0_u64..20, lasts_too in 0_u64..20) {
            let first = day("2026-01-01");
            let of = |starts: u64, lasts: u64| Contract {
                starts_on: first + Days::new(starts),
                ends_on: Some(first + Days::new(starts + lasts)),
                ..contract("2026-01-01", None)
            };
            let (one, two) = (of(starts, lasts), of(other, lasts_too));
            let share = (starts..=starts + lasts).any(|at| (other..=other + lasts_too).contains(&at));
            prop_assert_eq!(no_other(&one, std::slice::from_ref(&two)).is_err(), share);
            prop_assert_eq!(no_other(&two, std::slice::from_ref(&one)).is_err(), share);
        }
    }
}
