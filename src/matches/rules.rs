//! The life of a match: proposed, answered by both sides, arrived, ended. A hold that has run out is over, whether or not anybody has written it down.

use chrono::{Days, NaiveDate};

use super::{Answer, EndReason, Match, MatchState, Side};
use crate::{
    error::{Reason, Violation, Why},
    time::Instant,
};

/// Why a match cannot be made or go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Its state does not allow it.
    #[error("a match that is {state} cannot make this step")]
    WrongMatchState {
        /// The state.
        state: MatchState,
    },
    /// The hold has run out.
    #[error("the hold ran out at {at}")]
    MatchLapsed {
        /// When.
        at: Instant,
    },
    /// This side has answered.
    #[error("the side {side} has answered already")]
    AlreadyAnswered {
        /// The side.
        side: Side,
    },
    /// No opening is free.
    #[error("all {openings} openings are held or taken")]
    VacancyFull {
        /// How many there are.
        openings: i32,
    },
    /// No home of this kind is free.
    #[error("all {homes} homes of this kind are held or taken")]
    HomeFull {
        /// How many there are.
        homes: i32,
    },
    /// The person lacks something that the vacancy needs.
    #[error("the person is not eligible: {missing}")]
    CandidateNotEligible {
        /// What is missing, as codes.
        missing: String,
    },
    /// The person has an open match with this vacancy.
    #[error("there is an open match between this person and this vacancy")]
    MatchExists,
    /// More is to be looked at together than one round can hold.
    #[error("a round holds at most {most} {of}")]
    RoundTooLarge {
        /// `vacancies`, `people` or `pairs` of both.
        of: &'static str,
        /// How many it holds.
        most: u64,
    },
    /// The day has not come yet.
    #[error("the arrival on {on} lies in the future; today is {today}")]
    ArrivalInFuture {
        /// The day of arrival.
        on: NaiveDate,
        /// Today.
        today: NaiveDate,
    },
}

impl Refusal {
    /// Every reason that these rules can give.
    pub const REASONS: &[&str] = &[
        "WRONG_MATCH_STATE",
        "MATCH_LAPSED",
        "ALREADY_ANSWERED",
        "VACANCY_FULL",
        "HOME_FULL",
        "CANDIDATE_NOT_ELIGIBLE",
        "MATCH_EXISTS",
        "ROUND_TOO_LARGE",
        "ARRIVAL_IN_FUTURE",
    ];
}

impl Reason for Refusal {
    fn reason(&self) -> &'static str {
        match self {
            Self::WrongMatchState { .. } => "WRONG_MATCH_STATE",
            Self::MatchLapsed { .. } => "MATCH_LAPSED",
            Self::AlreadyAnswered { .. } => "ALREADY_ANSWERED",
            Self::VacancyFull { .. } => "VACANCY_FULL",
            Self::HomeFull { .. } => "HOME_FULL",
            Self::CandidateNotEligible { .. } => "CANDIDATE_NOT_ELIGIBLE",
            Self::MatchExists => "MATCH_EXISTS",
            Self::RoundTooLarge { .. } => "ROUND_TOO_LARGE",
            Self::ArrivalInFuture { .. } => "ARRIVAL_IN_FUTURE",
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::WrongMatchState { state } => vec![("state", state.to_string())],
            Self::MatchLapsed { at } => vec![("at", at.to_rfc3339())],
            Self::AlreadyAnswered { side } => vec![("side", side.to_string())],
            Self::VacancyFull { openings } => vec![("openings", openings.to_string())],
            Self::HomeFull { homes } => vec![("homes", homes.to_string())],
            Self::CandidateNotEligible { missing } => vec![("missing", missing.clone())],
            Self::MatchExists => vec![],
            Self::RoundTooLarge { of, most } => vec![("of", of.to_uppercase()), ("most", most.to_string())],
            Self::ArrivalInFuture { on, today } => vec![("on", on.to_string()), ("today", today.to_string())],
        }
    }
}

/// What is wrong with the terms of a proposal.
pub fn terms(hold_days: i32, arrive_by: NaiveDate, today: NaiveDate) -> Vec<Violation> {
    let mut found = Vec::new();
    if !(1..=30).contains(&hold_days) {
        found.push(Violation { field: "hold_days".to_owned(), why: Why::Range("1 to 30") });
    }
    found.extend(self::arrive_by(arrive_by, today));
    found
}

/// What is wrong with a last day of arrival.
pub fn arrive_by(day: NaiveDate, today: NaiveDate) -> Option<Violation> {
    let fits = (today..=today + Days::new(180)).contains(&day);
    (!fits).then(|| Violation { field: "arrive_by_date".to_owned(), why: Why::Range("from today to 180 days ahead") })
}

/// Where a match stands at an instant: what is written, unless its hold has run out since.
pub fn state_on(found: &Match, now: Instant) -> MatchState {
    let holds = matches!(found.state, MatchState::Proposed | MatchState::Accepted);
    if holds && now >= found.lapses_at { MatchState::Lapsed } else { found.state }
}

/// Whether a match still binds its opening, home and people.
pub fn is_open(found: &Match, now: Instant) -> bool {
    matches!(state_on(found, now), MatchState::Proposed | MatchState::Accepted | MatchState::Arrived)
}

fn waiting(found: Match, now: Instant, allowed: &[MatchState]) -> Result<Match, Refusal> {
    let state = state_on(&found, now);
    if state != found.state {
        Err(Refusal::MatchLapsed { at: found.lapses_at })
    } else if allowed.contains(&state) {
        Ok(found)
    } else {
        Err(Refusal::WrongMatchState { state })
    }
}

/// One side says yes. When both have, the match is accepted and its hold runs until `arrive_until`, the end of the last day of arrival.
pub fn accept(found: Match, side: Side, arrive_until: Instant, now: Instant) -> Result<Match, Refusal> {
    let found = waiting(found, now, &[MatchState::Proposed])?;
    let mut found = answered(found, side, Answer::Yes)?;
    if found.relocant_answer == Answer::Yes && found.employer_answer == Answer::Yes {
        found.state = MatchState::Accepted;
        found.lapses_at = arrive_until;
    }
    Ok(found)
}

/// One side says no; also after a yes, as long as nobody has arrived.
pub fn decline(found: Match, side: Side, now: Instant) -> Result<Match, Refusal> {
    let mut found = waiting(found, now, &[MatchState::Proposed, MatchState::Accepted])?;
    match side {
        Side::Relocant => found.relocant_answer = Answer::No,
        Side::Employer => found.employer_answer = Answer::No,
    }
    Ok(Match { state: MatchState::Declined, ..found })
}

fn answered(mut found: Match, side: Side, answer: Answer) -> Result<Match, Refusal> {
    let said = match side {
        Side::Relocant => &mut found.relocant_answer,
        Side::Employer => &mut found.employer_answer,
    };
    if *said != Answer::Pending {
        return Err(Refusal::AlreadyAnswered { side });
    }
    *said = answer;
    Ok(found)
}

/// A match is taken back before anybody has arrived.
pub fn withdraw(found: Match, now: Instant) -> Result<Match, Refusal> {
    let found = waiting(found, now, &[MatchState::Proposed, MatchState::Accepted])?;
    Ok(Match { state: MatchState::Withdrawn, ..found })
}

/// The person has arrived, on a day that has come.
pub fn confirm_arrival(found: Match, on: NaiveDate, today: NaiveDate, now: Instant) -> Result<Match, Refusal> {
    let found = waiting(found, now, &[MatchState::Accepted])?;
    if on > today {
        return Err(Refusal::ArrivalInFuture { on, today });
    }
    Ok(Match { state: MatchState::Arrived, arrived_on: Some(on), ..found })
}

/// Whether the contract ended with the match. Of another reason that is not known, and whoever knows reports it of the permit.
pub fn ends_contract(reason: EndReason) -> bool {
    match reason {
        EndReason::ContractEnded | EndReason::Left | EndReason::Dismissed => true,
        EndReason::Other => false,
    }
}

/// A match that has arrived comes to its end.
pub fn end(found: Match, reason: EndReason, now: Instant) -> Result<Match, Refusal> {
    let found = waiting(found, now, &[MatchState::Arrived])?;
    Ok(Match { state: MatchState::Ended, end_reason: Some(reason), ..found })
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator as _;

    use super::*;
    use crate::{
        classifiers::Region,
        ids::{EmployerId, MatchId, RelocantId, VacancyId},
    };

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    fn found(state: MatchState) -> Match {
        Match {
            id: MatchId::new(),
            vacancy: VacancyId::new(),
            employer: EmployerId::new(),
            relocant: RelocantId::new(),
            home: None,
            region: Region::Abai,
            state,
            relocant_answer: Answer::Pending,
            employer_answer: Answer::Pending,
            end_reason: None,
            reasons: vec![],
            lapses_at: at("2026-01-08T00:00:00Z"),
            arrive_by: "2026-02-01".parse().unwrap(),
            arrived_on: None,
            version: 1,
            created_at: at("2026-01-01T00:00:00Z"),
            updated_at: at("2026-01-01T00:00:00Z"),
        }
    }

    const NOW: &str = "2026-01-02T00:00:00Z";
    const UNTIL: &str = "2026-02-01T19:00:00Z";

    #[test]
    fn a_match_is_accepted_when_both_sides_said_yes_and_its_hold_runs_to_the_arrival() {
        let one = accept(found(MatchState::Proposed), Side::Relocant, at(UNTIL), at(NOW)).unwrap();
        assert_eq!(one.state, MatchState::Proposed);
        assert_eq!(accept(one.clone(), Side::Relocant, at(UNTIL), at(NOW)), Err(Refusal::AlreadyAnswered { side: Side::Relocant }));
        let both = accept(one, Side::Employer, at(UNTIL), at(NOW)).unwrap();
        assert_eq!((both.state, both.lapses_at), (MatchState::Accepted, at(UNTIL)));
    }

    #[test]
    fn a_hold_that_has_run_out_is_over_for_everybody() {
        let late = at("2026-01-08T00:00:00Z");
        assert_eq!(state_on(&found(MatchState::Proposed), late), MatchState::Lapsed);
        assert!(!is_open(&found(MatchState::Accepted), late));
        let lapsed = Refusal::MatchLapsed { at: late };
        assert_eq!(accept(found(MatchState::Proposed), Side::Employer, at(UNTIL), late), Err(lapsed.clone()));
        assert_eq!(
            confirm_arrival(found(MatchState::Accepted), "2026-01-02".parse().unwrap(), "2026-01-08".parse().unwrap(), late),
            Err(lapsed)
        );
        assert!(is_open(&found(MatchState::Arrived), late), "who has arrived stays");
    }

    #[test]
    fn every_step_is_possible_in_its_states_only() {
        use MatchState as S;
        let today: NaiveDate = "2026-01-02".parse().unwrap();
        for state in MatchState::iter() {
            assert_eq!(accept(found(state), Side::Employer, at(UNTIL), at(NOW)).is_ok(), state == S::Proposed, "accept {state}");
            assert_eq!(
                decline(found(state), Side::Employer, at(NOW)).is_ok(),
                matches!(state, S::Proposed | S::Accepted),
                "decline {state}"
            );
            assert_eq!(withdraw(found(state), at(NOW)).is_ok(), matches!(state, S::Proposed | S::Accepted), "withdraw {state}");
            assert_eq!(confirm_arrival(found(state), today, today, at(NOW)).is_ok(), state == S::Accepted, "arrive {state}");
            assert_eq!(end(found(state), EndReason::Left, at(NOW)).is_ok(), state == S::Arrived, "end {state}");
        }
    }

    #[test]
    fn nobody_arrives_tomorrow() {
        let (today, tomorrow): (NaiveDate, NaiveDate) = ("2026-01-02".parse().unwrap(), "2026-01-03".parse().unwrap());
        let refused = confirm_arrival(found(MatchState::Accepted), tomorrow, today, at(NOW));
        assert_eq!(refused, Err(Refusal::ArrivalInFuture { on: tomorrow, today }));
    }

    #[test]
    fn terms_out_of_bounds_are_all_told() {
        assert_eq!(terms(31, "2025-01-01".parse().unwrap(), "2026-01-01".parse().unwrap()).len(), 2);
        assert!(terms(7, "2026-06-30".parse().unwrap(), "2026-01-01".parse().unwrap()).is_empty());
    }
}
