//! The life of a match: proposed, answered by both sides, arrived, ended. A hold that has run out is over, whether or not anybody has written it down.

use chrono::{Days, NaiveDate};
use uuid::Uuid;

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
    /// They are not members of one household today.
    #[error("they are not members of one household today")]
    NotOneHousehold,
    /// The person has a match elsewhere that waits or has arrived.
    #[error("the person has another match that waits or has arrived")]
    CandidateBound,
    /// The plan is another one now.
    #[error("what was planned has changed; the plan is {plan} now")]
    RoundChanged {
        /// The plan as it is now.
        plan: Uuid,
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
        "NOT_ONE_HOUSEHOLD",
        "CANDIDATE_BOUND",
        "ROUND_CHANGED",
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
            Self::NotOneHousehold => "NOT_ONE_HOUSEHOLD",
            Self::CandidateBound => "CANDIDATE_BOUND",
            Self::RoundChanged { .. } => "ROUND_CHANGED",
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
            Self::MatchExists | Self::NotOneHousehold | Self::CandidateBound => vec![],
            Self::RoundChanged { plan } => vec![("plan", plan.to_string())],
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

/// One side says yes.
pub fn accept(found: Match, side: Side, now: Instant) -> Result<Match, Refusal> {
    answered(waiting(found, now, &[MatchState::Proposed])?, side, Answer::Yes)
}

/// When both sides of all matches of a family have said yes, they are accepted at once and held until `arrive_until`, the end of the last day of arrival. Until then
/// none is: nobody gives up what they have for half of it.
pub fn agree(together: Vec<Match>, arrive_until: Instant, now: Instant) -> Option<Vec<Match>> {
    let agreed = |found: &Match| found.relocant_answer == Answer::Yes && found.employer_answer == Answer::Yes;
    let waits = |found: &Match| state_on(found, now) == MatchState::Proposed;
    if together.is_empty() || !together.iter().all(|found| agreed(found) && waits(found)) {
        return None;
    }
    Some(together.into_iter().map(|found| Match { state: MatchState::Accepted, lapses_at: arrive_until, ..found }).collect())
}

/// What falls with a match of the family that was declined or taken back: whatever waits. Who has arrived stays.
pub fn fall(together: Vec<Match>, now: Instant) -> Vec<Match> {
    let waits = |found: &Match| matches!(state_on(found, now), MatchState::Proposed | MatchState::Accepted);
    let fallen = |found| Match { state: MatchState::Withdrawn, end_reason: Some(EndReason::Together), ..found };
    together.into_iter().filter(waits).map(fallen).collect()
}

/// One side says no; also after a yes, as long as nobody has arrived. Why is said or not.
pub fn decline(found: Match, side: Side, reason: Option<EndReason>, now: Instant) -> Result<Match, Refusal> {
    let mut found = waiting(found, now, &[MatchState::Proposed, MatchState::Accepted])?;
    match side {
        Side::Relocant => found.relocant_answer = Answer::No,
        Side::Employer => found.employer_answer = Answer::No,
    }
    Ok(Match { state: MatchState::Declined, end_reason: reason, ..found })
}

/// The step that a reason is given for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// One side says no.
    Decline(Side),
    /// A matcher or an employer takes it back.
    Withdraw,
    /// It ends after arrival.
    End,
}

/// Whether a reason can be given for a step. That a match fell with another is never said by anybody.
pub fn is_reason_for(step: Step, reason: EndReason) -> bool {
    use EndReason as R;
    match reason {
        R::ContractEnded | R::Left | R::Dismissed => step == Step::End,
        R::Other => true,
        R::Work | R::Pay | R::Place | R::Home | R::Family | R::FoundOther => step == Step::Decline(Side::Relocant),
        R::Skills | R::Language => step == Step::Decline(Side::Employer),
        R::Dates => matches!(step, Step::Decline(_)),
        R::Filled => matches!(step, Step::Decline(Side::Employer) | Step::Withdraw),
        R::Mistaken => step == Step::Withdraw,
        R::Together => false,
    }
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
pub fn withdraw(found: Match, reason: Option<EndReason>, now: Instant) -> Result<Match, Refusal> {
    let found = waiting(found, now, &[MatchState::Proposed, MatchState::Accepted])?;
    Ok(Match { state: MatchState::Withdrawn, end_reason: reason, ..found })
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
    matches!(reason, EndReason::ContractEnded | EndReason::Left | EndReason::Dismissed)
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
            together: None,
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

    fn agreed(found: Match) -> Match {
        let one = accept(found, Side::Relocant, at(NOW)).unwrap();
        accept(one, Side::Employer, at(NOW)).unwrap()
    }

    #[test]
    fn a_match_is_accepted_when_both_sides_said_yes_and_its_hold_runs_to_the_arrival() {
        let one = accept(found(MatchState::Proposed), Side::Relocant, at(NOW)).unwrap();
        assert_eq!(agree(vec![one.clone()], at(UNTIL), at(NOW)), None);
        assert_eq!(accept(one.clone(), Side::Relocant, at(NOW)), Err(Refusal::AlreadyAnswered { side: Side::Relocant }));
        let both = accept(one, Side::Employer, at(NOW)).unwrap();
        let accepted = agree(vec![both], at(UNTIL), at(NOW)).unwrap();
        assert_eq!((accepted[0].state, accepted[0].lapses_at), (MatchState::Accepted, at(UNTIL)));
    }

    #[test]
    fn a_family_is_accepted_when_the_last_of_all_sides_has_said_yes() {
        let half = accept(found(MatchState::Proposed), Side::Employer, at(NOW)).unwrap();
        assert_eq!(agree(vec![agreed(found(MatchState::Proposed)), half.clone()], at(UNTIL), at(NOW)), None);
        let whole = vec![agreed(found(MatchState::Proposed)), accept(half, Side::Relocant, at(NOW)).unwrap()];
        let accepted = agree(whole.clone(), at(UNTIL), at(NOW)).unwrap();
        assert!(accepted.iter().all(|found| found.state == MatchState::Accepted && found.lapses_at == at(UNTIL)));
        assert_eq!(agree(whole, at(UNTIL), at("2026-01-08T00:00:00Z")), None, "what has lapsed is not accepted");
    }

    #[test]
    fn what_waits_falls_with_a_match_of_the_family_and_who_has_arrived_stays() {
        for state in MatchState::iter() {
            let fallen = fall(vec![found(state)], at(NOW));
            let waits = matches!(state, MatchState::Proposed | MatchState::Accepted);
            assert_eq!(fallen.len(), usize::from(waits), "{state}");
            assert!(fallen.iter().all(|found| (found.state, found.end_reason) == (MatchState::Withdrawn, Some(EndReason::Together))));
        }
        assert!(fall(vec![found(MatchState::Proposed)], at("2026-01-08T00:00:00Z")).is_empty(), "what has lapsed is over already");
    }

    #[test]
    fn every_reason_belongs_to_a_step_and_what_fell_with_another_to_none() {
        let steps = [Step::Decline(Side::Relocant), Step::Decline(Side::Employer), Step::Withdraw, Step::End];
        for reason in EndReason::iter() {
            assert_eq!(steps.iter().any(|step| is_reason_for(*step, reason)), reason != EndReason::Together, "{reason}");
        }
        assert!(!is_reason_for(Step::Decline(Side::Employer), EndReason::Pay), "an employer does not say why a person would");
    }

    #[test]
    fn a_hold_that_has_run_out_is_over_for_everybody() {
        let late = at("2026-01-08T00:00:00Z");
        assert_eq!(state_on(&found(MatchState::Proposed), late), MatchState::Lapsed);
        assert!(!is_open(&found(MatchState::Accepted), late));
        let lapsed = Refusal::MatchLapsed { at: late };
        assert_eq!(accept(found(MatchState::Proposed), Side::Employer, late), Err(lapsed.clone()));
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
            assert_eq!(accept(found(state), Side::Employer, at(NOW)).is_ok(), state == S::Proposed, "accept {state}");
            assert_eq!(
                decline(found(state), Side::Employer, None, at(NOW)).is_ok(),
                matches!(state, S::Proposed | S::Accepted),
                "decline {state}"
            );
            assert_eq!(withdraw(found(state), None, at(NOW)).is_ok(), matches!(state, S::Proposed | S::Accepted), "withdraw {state}");
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
