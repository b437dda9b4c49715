//! How rounds are written on the wire.

use super::{
    Assessment, PlacementOutcome, PublishedPlacement, PublishedRound, ScoreReason,
    publishing_operations::Published,
    round_operations::Planned,
    rounds::{Advice, More, Placement, Unplaced},
};
use crate::{
    api::{date, timestamp},
    proto,
};

/// A plan, for the wire.
pub fn write_round(planned: Planned) -> proto::PlanMatchingRoundResponse {
    let placement = |placement: Placement| proto::Placement {
        relocant_id: placement.relocant.to_string(),
        vacancy_id: placement.vacancy.to_string(),
        home_id: placement.home.map(|home| home.to_string()).unwrap_or_default(),
        wish: count(placement.wish),
        score: placement.assessment.score(),
        reasons: write_reasons(&placement.assessment),
    };
    let reason = |why: Unplaced| match why {
        Unplaced::NothingFits => proto::UnplacedReason::NothingFits,
        Unplaced::AllTaken => proto::UnplacedReason::AllTaken,
        Unplaced::ComesAlong => proto::UnplacedReason::ComesAlong,
    };
    let round = planned.round;
    proto::PlanMatchingRoundResponse {
        plan_id: round.plan_id().to_string(),
        placements: round.placements.into_iter().map(placement).collect(),
        unplaced: round
            .unplaced
            .into_iter()
            .map(|(relocant, why)| proto::Unplaced { relocant_id: relocant.to_string(), reason: reason(why).into() })
            .collect(),
        complaints: round
            .complaints
            .into_iter()
            .map(|people| proto::RoundComplaint { relocant_ids: people.iter().map(ToString::to_string).collect() })
            .collect(),
        advice: round.advice.map(write_advice),
        vacancies: count(planned.vacancies),
    }
}

fn write_advice(advice: Advice) -> proto::RoundAdvice {
    let (vacancy, home_for_people, home_offer) = match advice.more {
        More::Opening(vacancy) => (Some(vacancy), 0, None),
        More::OpeningWithHome(vacancy, people) => (Some(vacancy), people, None),
        More::Home(offer, people) => (None, people, Some(offer)),
    };
    proto::RoundAdvice {
        vacancy_id: vacancy.map(|id| id.to_string()).unwrap_or_default(),
        home_for_people,
        complaints_left: count(advice.complaints),
        home_offer_id: home_offer.map(|id| id.to_string()).unwrap_or_default(),
    }
}

/// A published round and what became of each placement, for the wire.
pub fn write_published(published: Published) -> (proto::MatchingRound, Vec<proto::PublishedPlacement>) {
    let outcome = |outcome| match outcome {
        PlacementOutcome::Planned => proto::PlacementOutcome::Planned,
        PlacementOutcome::Proposed => proto::PlacementOutcome::Proposed,
        PlacementOutcome::NotHeld => proto::PlacementOutcome::NotHeld,
    };
    let placement = |placement: PublishedPlacement| proto::PublishedPlacement {
        family: placement.family,
        relocant_id: placement.relocant.to_string(),
        vacancy_id: placement.vacancy.to_string(),
        home_id: placement.home.map(|home| home.to_string()).unwrap_or_default(),
        wish: placement.wish,
        outcome: outcome(placement.outcome).into(),
        reason: placement.reason.unwrap_or_default(),
        match_id: placement.proposed.map(|found| found.to_string()).unwrap_or_default(),
    };
    (write_published_round(published.round), published.placements.into_iter().map(placement).collect())
}

/// A published round, for the wire.
pub fn write_published_round(round: PublishedRound) -> proto::MatchingRound {
    proto::MatchingRound {
        id: round.id.to_string(),
        create_time: Some(timestamp(round.created_at)),
        region_code: round.region.map(|region| region.to_string()).unwrap_or_default(),
        occupation: round.occupation.map(|occupation| occupation.to_string()).unwrap_or_default(),
        arrive_by_date: Some(date(round.arrive_by)),
        hold_days: round.hold_days,
        plan_id: round.plan_id.to_string(),
        vacancies: round.vacancies,
        unplaced: round.unplaced,
        complaints: round.complaints,
    }
}

/// What speaks for somebody, without words, for the wire.
pub fn write_reasons(assessment: &Assessment) -> Vec<proto::ScoreReason> {
    let reason = |(reason, points): &(ScoreReason, i32)| proto::ScoreReason {
        code: <&str>::from(*reason).to_owned(),
        points: *points,
        text: String::new(),
    };
    assessment.reasons.iter().map(reason).collect()
}

/// A number for the wire.
pub fn count(number: impl TryInto<i32>) -> i32 {
    number.try_into().unwrap_or(i32::MAX)
}
