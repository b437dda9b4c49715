//! What an employer sees of a person, at which stage of a match: decided here and nowhere else. Law 94-V of 21 May 2013, art. 7 and 8: with the person's consent and no
//! further than the purpose needs.
//!
//! | the match | without a consent | with one that is open |
//! | --- | --- | --- |
//! | waits for an answer | the coded card | name and birth date too |
//! | is accepted, or the person has arrived | the coded card with what the household needs of a home; after arrival that alone | telephone, e-mail and document too |
//! | is over | nothing | nothing |

use uuid::Uuid;

use super::{Answer, EndReason, Match, MatchState};
use crate::{consents::ConsentField, ids::RelocantId, relocants::Card};

/// How far a match has come, as far as showing a person goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Nothing is shown any more.
    Over,
    /// One side or both have not answered.
    Proposed,
    /// Both sides have said yes.
    Agreed,
}

/// The stage of a match in a state.
pub fn stage(state: MatchState) -> Stage {
    match state {
        MatchState::Proposed => Stage::Proposed,
        MatchState::Accepted | MatchState::Arrived => Stage::Agreed,
        MatchState::Ended | MatchState::Declined | MatchState::Withdrawn | MatchState::Lapsed => Stage::Over,
    }
}

/// The stage from which on a field may be shown to an employer whom the person has allowed it.
fn from(field: ConsentField) -> Stage {
    match field {
        ConsentField::Name | ConsentField::BirthDate => Stage::Proposed,
        ConsentField::Phone | ConsentField::Email | ConsentField::Document => Stage::Agreed,
    }
}

/// Fields that a person allows, parted by what the stage allows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parted {
    /// Shown now.
    pub shown: Vec<ConsentField>,
    /// Shown once both sides have said yes.
    pub waiting: Vec<ConsentField>,
}

/// Which of the fields that a person allows are shown at a stage, and which wait. After a match is over nothing is shown and nothing waits.
pub fn parted(stage: Stage, allowed: Vec<ConsentField>) -> Parted {
    if stage == Stage::Over {
        return Parted::default();
    }
    let (shown, waiting) = allowed.into_iter().partition(|field| from(*field) <= stage);
    Parted { shown, waiting }
}

/// Who looks at a match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Viewer {
    /// The employer, or a program that follows from outside.
    Employer,
    /// An employer that was removed: it sees of nobody anything.
    Removed,
    /// Anybody else who can reach the match: the person, a clerk, a matcher.
    Registry,
}

/// What a viewer sees of the person of a match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sight {
    /// Where the match stands; to an employer, what the person has declined was taken back.
    pub state: MatchState,
    /// Which record it is.
    pub person: Option<RelocantId>,
    /// What the person said; to an employer nothing yet, where it may not learn more.
    pub answer: Answer,
    /// What the person can do.
    pub card: Option<Card>,
    /// Why the person fits.
    pub reasons: Vec<(String, i32)>,
    /// Why it is over, as far as the viewer may know.
    pub end_reason: Option<EndReason>,
    /// What the matches of the family have in common.
    pub together: Option<Uuid>,
}

/// What a viewer sees of the person of a match, which is in the state that it has now. An employer is never told which record it is, nor that it was the person who
/// said no or why, nor that there is a family whose matches stand or fall together; nor the least pay, which would be what is offered. What the household needs of a
/// home, from which something about its members follows, is shown once both sides have said yes.
pub fn sight(viewer: Viewer, found: &Match, card: Card) -> Sight {
    let stage = if viewer == Viewer::Removed { Stage::Over } else { stage(found.state) };
    match viewer {
        Viewer::Registry => {
            let (person, answer) = (Some(found.relocant), found.relocant_answer);
            Sight {
                state: found.state,
                person,
                answer,
                card: Some(card),
                reasons: found.reasons.clone(),
                end_reason: found.end_reason,
                together: found.together,
            }
        }
        Viewer::Employer | Viewer::Removed => {
            let home_needs = card.home_needs.filter(|_| stage == Stage::Agreed);
            let open = stage != Stage::Over;
            // What somebody looks for who works here is nobody's business here.
            let card =
                if found.state == MatchState::Arrived { Card { household_size: card.household_size, ..Card::default() } } else { card };
            let by_person = found.state == MatchState::Declined && found.relocant_answer == Answer::No;
            let waits_for_others = found.state == MatchState::Proposed && found.together.is_some();
            let is_silent = found.relocant_answer == Answer::No || waits_for_others;
            Sight {
                state: if by_person { MatchState::Withdrawn } else { found.state },
                person: None,
                answer: if is_silent { Answer::Pending } else { found.relocant_answer },
                card: open.then_some(Card { least_pay: None, home_needs, ..card }),
                reasons: if open { found.reasons.clone() } else { vec![] },
                end_reason: found.end_reason.filter(|reason| employer_may_know(found, *reason)),
                together: None,
            }
        }
    }
}

/// Whether an employer may know why a match is over: not what the person said, and not that it fell with a match elsewhere.
fn employer_may_know(found: &Match, reason: EndReason) -> bool {
    reason != EndReason::Together && (found.state != MatchState::Declined || found.relocant_answer != Answer::No)
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator as _;

    use super::*;
    use crate::{
        classifiers::Region,
        ids::{EmployerId, MatchId, VacancyId},
        relocants::{HomeNeeds, LeastPay},
    };

    fn found(state: MatchState) -> Match {
        let at = "2026-01-01T00:00:00Z".parse().unwrap();
        Match {
            id: MatchId::new(),
            vacancy: VacancyId::new(),
            employer: EmployerId::new(),
            relocant: RelocantId::new(),
            home: None,
            region: Region::Abai,
            state,
            relocant_answer: Answer::No,
            employer_answer: Answer::Pending,
            end_reason: None,
            together: Some(Uuid::now_v7()),
            reasons: vec![("OCCUPATION".to_owned(), 40)],
            lapses_at: at,
            arrive_by: "2026-02-01".parse().unwrap(),
            arrived_on: None,
            version: 1,
            created_at: at,
            updated_at: at,
        }
    }

    fn card() -> Card {
        let home_needs = Some(HomeNeeds { rooms: 2, step_free: true, children: 1, pets: false });
        Card { looking: true, least_pay: Some(LeastPay { minor: 1, currency: "KZT".parse().unwrap() }), home_needs, ..Card::default() }
    }

    #[test]
    fn name_and_birth_date_are_shown_before_acceptance_and_how_to_reach_somebody_after_it() {
        use ConsentField as F;
        let all: Vec<F> = F::iter().collect();
        let before = parted(stage(MatchState::Proposed), all.clone());
        assert_eq!((before.shown, before.waiting), (vec![F::Name, F::BirthDate], vec![F::Phone, F::Email, F::Document]));
        for state in [MatchState::Accepted, MatchState::Arrived] {
            assert_eq!(parted(stage(state), all.clone()), Parted { shown: all.clone(), waiting: vec![] });
        }
        let contact_only = parted(stage(MatchState::Proposed), vec![F::Phone]);
        assert_eq!((contact_only.shown, contact_only.waiting), (vec![], vec![F::Phone]));
    }

    #[test]
    fn an_employer_does_not_learn_why_a_person_said_no_or_that_there_is_a_family() {
        let why = |state, relocant_answer, reason| {
            let found = Match { relocant_answer, end_reason: Some(reason), ..found(state) };
            let (employer, registry) = (sight(Viewer::Employer, &found, card()), sight(Viewer::Registry, &found, card()));
            assert_eq!((employer.together, registry.together, registry.end_reason), (None, found.together, Some(reason)));
            employer.end_reason
        };
        assert_eq!(why(MatchState::Declined, Answer::No, EndReason::Pay), None);
        assert_eq!(why(MatchState::Declined, Answer::Yes, EndReason::Skills), Some(EndReason::Skills), "its own reason");
        assert_eq!(why(MatchState::Withdrawn, Answer::Yes, EndReason::Together), None);
        assert_eq!(why(MatchState::Withdrawn, Answer::No, EndReason::Mistaken), Some(EndReason::Mistaken));
        assert_eq!(why(MatchState::Ended, Answer::Yes, EndReason::Left), Some(EndReason::Left));
    }

    #[test]
    fn after_a_match_is_over_an_employer_sees_nothing_and_the_registry_what_it_saw() {
        for state in [MatchState::Ended, MatchState::Declined, MatchState::Withdrawn, MatchState::Lapsed] {
            assert_eq!(parted(stage(state), ConsentField::iter().collect()), Parted::default(), "{state}");
            let employer = sight(Viewer::Employer, &found(state), card());
            assert_eq!((employer.person, employer.card, employer.reasons.len()), (None, None, 0), "{state}");
            assert_eq!(sight(Viewer::Registry, &found(state), card()).card, Some(card()), "{state}");
        }
    }

    #[test]
    fn to_an_employer_what_a_person_declines_was_taken_back_and_nobody_of_a_family_has_answered_before_all_have() {
        let seen = |state, relocant_answer, together| {
            let found = Match { relocant_answer, together, ..found(state) };
            let employer = sight(Viewer::Employer, &found, card());
            (employer.state, employer.answer)
        };
        let family = Some(Uuid::now_v7());
        assert_eq!(seen(MatchState::Declined, Answer::No, None), (MatchState::Withdrawn, Answer::Pending));
        assert_eq!(seen(MatchState::Declined, Answer::Yes, None), (MatchState::Declined, Answer::Yes), "its own no");
        assert_eq!(seen(MatchState::Proposed, Answer::Yes, None), (MatchState::Proposed, Answer::Yes));
        assert_eq!(seen(MatchState::Proposed, Answer::Yes, family), (MatchState::Proposed, Answer::Pending));
        assert_eq!(seen(MatchState::Accepted, Answer::Yes, family), (MatchState::Accepted, Answer::Yes));
    }

    #[test]
    fn an_employer_sees_neither_who_it_is_nor_the_least_pay_and_the_homes_needs_once_both_have_agreed() {
        let before = sight(Viewer::Employer, &found(MatchState::Proposed), card());
        let seen = before.card.unwrap();
        assert_eq!((before.person, before.reasons.len()), (None, 1));
        assert_eq!((seen.least_pay, seen.home_needs, seen.looking), (None, None, true));
        let agreed = sight(Viewer::Employer, &found(MatchState::Accepted), card()).card.unwrap();
        assert_eq!((agreed.least_pay, agreed.home_needs), (None, card().home_needs));
    }

    #[test]
    fn an_employer_does_not_see_whether_who_works_there_looks_for_something_else_and_a_removed_one_sees_nothing() {
        let at_work = sight(Viewer::Employer, &found(MatchState::Arrived), card()).card.unwrap();
        assert_eq!(at_work, Card { home_needs: card().home_needs, household_size: card().household_size, ..Card::default() });
        for state in MatchState::iter() {
            let removed = sight(Viewer::Removed, &found(state), card());
            assert_eq!((removed.card, removed.reasons.len(), removed.person), (None, 0, None), "{state}");
        }
    }
}
