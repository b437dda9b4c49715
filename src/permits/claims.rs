//! An officer's claim on an application: a lease that lapses by itself, so that what nobody works on is free again without anybody giving it back.

use chrono::Duration;

use super::{Claim, PermitState, refusals::Refusal};
use crate::time::Instant;

/// How long a claim holds from the last time that it was asked for.
const MINUTES: i64 = 30;

/// Whether an application waits for an officer: before that nobody has to act, after that it is decided.
pub fn can_be_claimed(state: PermitState) -> bool {
    matches!(state, PermitState::Submitted | PermitState::Accepted | PermitState::UnderReview)
}

/// Whether a claim holds at an instant.
pub fn holds(claim: &Claim, now: Instant) -> bool {
    now < claim.lapses_at
}

/// When a claim lapses that is asked for now.
pub fn lapses_at(now: Instant) -> Instant {
    now + Duration::minutes(MINUTES)
}

/// Nobody else's claim stands in the way. Whose it is is not told.
pub fn is_free_for(claim: Option<&Claim>, subject: &str, now: Instant) -> Result<(), Refusal> {
    let others = claim.filter(|claim| claim.subject != subject && holds(claim, now));
    others.map_or(Ok(()), |claim| Err(Refusal::ApplicationClaimed { until: claim.lapses_at }))
}

/// An application can be claimed by whoever comes first; the holder's own claim is made to last longer.
pub fn claim(state: PermitState, claim: Option<&Claim>, subject: &str, now: Instant) -> Result<(), Refusal> {
    if can_be_claimed(state) { is_free_for(claim, subject, now) } else { Err(Refusal::WrongPermitState { state }) }
}

/// Only what the caller holds can be given back.
pub fn release(claim: Option<&Claim>, subject: &str, now: Instant) -> Result<(), Refusal> {
    is_free_for(claim, subject, now)?;
    let own = claim.filter(|claim| claim.subject == subject && holds(claim, now));
    own.map_or(Err(Refusal::ClaimNotHeld), |_| Ok(()))
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator as _;

    use super::{claim as claimed, *};
    use crate::ids::PermitId;

    fn at(minute: i64) -> Instant {
        "2026-03-02T09:00:00Z".parse::<Instant>().unwrap() + Duration::minutes(minute)
    }

    fn aigul() -> Claim {
        Claim { permit: PermitId::new(), subject: "aigul".to_owned(), claimed_at: at(0), lapses_at: lapses_at(at(0)) }
    }

    #[test]
    fn a_claim_holds_for_thirty_minutes_and_is_told_without_its_holder() {
        let (state, held) = (PermitState::Accepted, aigul());
        assert_eq!(claimed(state, None, "bolat", at(0)), Ok(()));
        assert_eq!(claimed(state, Some(&held), "bolat", at(29)), Err(Refusal::ApplicationClaimed { until: at(30) }));
        assert_eq!(claimed(state, Some(&held), "aigul", at(29)), Ok(()), "one's own is made to last longer");
        assert_eq!(claimed(state, Some(&held), "bolat", at(30)), Ok(()), "it has lapsed by itself");
        assert!(!Refusal::ApplicationClaimed { until: at(30) }.to_string().contains("aigul"));
    }

    #[test]
    fn only_what_waits_for_an_officer_is_claimed() {
        for state in PermitState::iter() {
            let waits = [PermitState::Submitted, PermitState::Accepted, PermitState::UnderReview].contains(&state);
            assert_eq!(claimed(state, None, "aigul", at(0)).is_ok(), waits, "{state}");
        }
    }

    #[test]
    fn only_ones_own_claim_that_holds_is_given_back() {
        let held = aigul();
        assert_eq!(release(Some(&held), "aigul", at(29)), Ok(()));
        assert_eq!(release(Some(&held), "aigul", at(30)), Err(Refusal::ClaimNotHeld));
        assert_eq!(release(Some(&held), "bolat", at(29)), Err(Refusal::ApplicationClaimed { until: at(30) }));
        assert_eq!(release(None, "bolat", at(0)), Err(Refusal::ClaimNotHeld));
    }
}
