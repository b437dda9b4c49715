//! What publishing a matching round does, and who may. The plan is made outside the write path and kept with the round; then one family after the other is proposed,
//! each in a transaction of its own, so that nobody waits for a whole round and nothing is sold twice by whoever calls in between. Whoever comes too late is told so
//! in the record of the round. A call does its part of a large round; the same request again goes on.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::{
    PlacementOutcome, PublishedPlacement, PublishedRound,
    proposal_operations::{Proposal, Terms, propose_family},
    round_operations::{PlanMatchingRound, Planned, region_of},
    round_store,
    rules::{self, Refusal},
    store,
};
use crate::{
    auth::Permission,
    error::{Error, Result, none_at_fault},
    events::Event,
    gate::{Call, Change, Operation, Query, Registry, Tx, View},
    households,
    ids::{PlacementId, RelocantId, RoundId, derived},
    page::Page,
    seal::TagField,
};

/// Families that one call proposes at most; the same request again goes on.
const MOST_FAMILIES: usize = 500;

/// A round as it is asked for.
#[derive(Debug, Clone)]
pub struct Order {
    /// Of which vacancies, until when people arrive.
    pub of: PlanMatchingRound,
    /// How long its holds last.
    pub hold_days: i32,
    /// The plan that was looked at; none: whatever it is now.
    pub plan_id: Option<Uuid>,
}

/// A published round with what it planned.
#[derive(Debug)]
pub struct Published {
    /// The round.
    pub round: PublishedRound,
    /// Who was to get what, and what it came to.
    pub placements: Vec<PublishedPlacement>,
}

impl Published {
    /// Families that nothing has been done about yet.
    pub fn unsettled(&self) -> usize {
        let planned = self.placements.iter().filter(|placement| placement.outcome == PlacementOutcome::Planned);
        planned.map(|placement| placement.family).collect::<BTreeSet<_>>().len()
    }
}

async fn published(view: &View, round: PublishedRound) -> Result<Published> {
    Ok(Published { placements: round_store::placements(view, round.id).await?, round })
}

/// Publishes a round, and carries it out.
///
/// # Errors
/// As [`PlanMatchingRound`]; `ROUND_CHANGED`. When it is broken off, what was carried out stays, and the same request again goes on.
pub async fn run_matching_round(registry: &Registry, call: &Call, change: Change, order: Order) -> Result<Published> {
    let origin = derived(&[call.caller.subject.as_bytes(), change.request_id.as_bytes()].concat());
    let (request_id, is_tried) = (change.request_id, change.validate_only);
    let known = registry.fetch(call, FindRound { origin }).await?;
    // A plan that was published is not made again.
    let planned = if known.is_some() { None } else { Some(registry.fetch(call, order.of.clone()).await?) };
    let written = registry.execute(call, change, RunMatchingRound { order, origin, planned }).await?;
    if is_tried {
        return Ok(written);
    }
    let round = written.round.id;
    for family in registry.fetch(call, Unsettled { round }).await?.into_iter().take(MOST_FAMILIES) {
        let step = |what: &str| {
            let of = [request_id.as_bytes().as_slice(), round.0.as_bytes(), &family.to_be_bytes(), what.as_bytes()].concat();
            Change { request_id: derived(&of), validate_only: false, fingerprint: registry.vault().tag(TagField::Request, &of) }
        };
        match registry.execute(call, step("place"), PlaceFamily { round, family }).await {
            Ok(()) => {}
            // What was refused is settled; whatever else fails can be tried again.
            Err(refused @ (Error::Refused(_) | Error::NotFound { .. } | Error::Invalid(_))) => {
                registry.execute(call, step("leave"), LeaveFamily { round, family, reason: refused.reason() }).await?;
            }
            Err(failed) => return Err(failed),
        }
    }
    registry.fetch(call, GetMatchingRound { id: round }).await
}

/// The round of a request that has come before.
#[derive(Debug)]
struct FindRound {
    origin: Uuid,
}

impl Query for FindRound {
    const NAME: &'static str = "RunMatchingRound";
    const NEEDS: Permission = Permission::RunMatchingRound;
    type Output = Option<PublishedRound>;

    async fn run(&self, view: &View) -> Result<Option<PublishedRound>> {
        round_store::of_origin(view, self.origin).await
    }
}

/// Families that nothing has been done about.
#[derive(Debug)]
struct Unsettled {
    round: RoundId,
}

impl Query for Unsettled {
    const NAME: &'static str = "RunMatchingRound";
    const NEEDS: Permission = Permission::RunMatchingRound;
    type Output = Vec<i32>;

    async fn run(&self, view: &View) -> Result<Vec<i32>> {
        round_store::unsettled(view, self.round).await
    }
}

/// Writes a plan down as a round.
#[derive(Debug)]
struct RunMatchingRound {
    order: Order,
    origin: Uuid,
    planned: Option<Planned>,
}

impl Operation for RunMatchingRound {
    const NAME: &'static str = "RunMatchingRound";
    const NEEDS: Permission = Permission::RunMatchingRound;
    type Output = Published;

    async fn run(&self, tx: &mut Tx) -> Result<Published> {
        // Published long ago, and the request forgotten since: it goes on.
        let Some(planned) = &self.planned else { return self.replay(tx).await };
        let Order { of, hold_days, plan_id } = &self.order;
        none_at_fault(rules::terms(*hold_days, of.arrive_by, tx.today))?;
        let plan = planned.round.plan_id();
        if plan_id.is_some_and(|seen| seen != plan) {
            return Err(Refusal::RoundChanged { plan }.into());
        }
        let count = |number: usize| i32::try_from(number).map_err(|_| Error::internal("a round larger than can be"));
        let round = PublishedRound {
            id: RoundId(tx.reserved()),
            region: region_of(&tx.caller.reach, of.region),
            occupation: of.occupation,
            arrive_by: of.arrive_by,
            hold_days: *hold_days,
            plan_id: plan,
            vacancies: count(planned.vacancies)?,
            unplaced: count(planned.round.unplaced.len())?,
            complaints: count(planned.round.complaints.len())?,
            created_at: tx.now,
        };
        let mut placements = Vec::with_capacity(planned.round.placements.len());
        for placement in &planned.round.placements {
            placements.push(PublishedPlacement {
                id: PlacementId::new(),
                family: count(placement.family)?,
                relocant: placement.relocant,
                vacancy: placement.vacancy,
                home: placement.home,
                wish: i32::try_from(placement.wish).map_err(|_| Error::internal("more wishes than can be"))?,
                outcome: PlacementOutcome::Planned,
                reason: None,
                proposed: None,
            });
        }
        round_store::insert(tx, &round, self.origin, &placements).await?;
        tx.record(Event::RoundRun { round: round.id });
        Ok(Published { round, placements })
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Published> {
        let round = round_store::of_origin(tx, self.origin).await?.ok_or(Error::NotFound { resource: "round" })?;
        published(tx, round).await
    }
}

/// Proposes what a round planned for a family.
#[derive(Debug)]
struct PlaceFamily {
    round: RoundId,
    family: i32,
}

impl Operation for PlaceFamily {
    const NAME: &'static str = "RunMatchingRound";
    const NEEDS: Permission = Permission::RunMatchingRound;
    type Output = ();

    async fn run(&self, tx: &mut Tx) -> Result<()> {
        let round = round_store::get(tx, self.round).await?;
        let placements = round_store::of_family(tx, self.round, self.family).await?;
        let people: Vec<RelocantId> = placements.iter().map(|placement| placement.relocant).collect();
        if !store::bound_regions(tx, &people).await?.is_empty() {
            return Err(Refusal::CandidateBound.into());
        }
        if people.len() > 1 && !households::store::live_together(tx, &people).await? {
            return Err(Refusal::NotOneHousehold.into());
        }
        let proposal =
            |placement: &PublishedPlacement| Proposal { vacancy: placement.vacancy, relocant: placement.relocant, home: placement.home };
        let proposals: Vec<Proposal> = placements.iter().map(proposal).collect();
        let terms = Terms { hold_days: round.hold_days, arrive_by: round.arrive_by };
        let proposed = propose_family(tx, &proposals, terms).await?;
        for (placement, found) in placements.iter().zip(proposed) {
            round_store::settle(tx, placement, PlacementOutcome::Proposed, None, Some(found.id)).await?;
        }
        Ok(())
    }

    async fn replay(&self, _: &mut Tx) -> Result<()> {
        Ok(())
    }
}

/// Writes down why what a round planned for a family is not held.
#[derive(Debug)]
struct LeaveFamily {
    round: RoundId,
    family: i32,
    reason: &'static str,
}

impl Operation for LeaveFamily {
    const NAME: &'static str = "RunMatchingRound";
    const NEEDS: Permission = Permission::RunMatchingRound;
    type Output = ();

    async fn run(&self, tx: &mut Tx) -> Result<()> {
        for placement in round_store::of_family(tx, self.round, self.family).await? {
            round_store::settle(tx, &placement, PlacementOutcome::NotHeld, Some(self.reason), None).await?;
        }
        Ok(())
    }

    async fn replay(&self, _: &mut Tx) -> Result<()> {
        Ok(())
    }
}

/// Answers a published round with what it planned and what that came to.
#[derive(Debug)]
pub struct GetMatchingRound {
    /// The round.
    pub id: RoundId,
}

impl Query for GetMatchingRound {
    const NAME: &'static str = "GetMatchingRound";
    const NEEDS: Permission = Permission::GetMatchingRound;
    type Output = Published;

    async fn run(&self, view: &View) -> Result<Published> {
        published(view, round_store::get(view, self.id).await?).await
    }
}

/// Lists published rounds in reach, the newest first.
#[derive(Debug)]
pub struct ListMatchingRounds {
    /// Which page.
    pub page: Page,
}

impl Query for ListMatchingRounds {
    const NAME: &'static str = "ListMatchingRounds";
    const NEEDS: Permission = Permission::ListMatchingRounds;
    type Output = Vec<PublishedRound>;

    async fn run(&self, view: &View) -> Result<Vec<PublishedRound>> {
        round_store::list(view, self.page).await
    }
}
