//! Households that demand several places at once: two earners and a home. They take the dearest wish that every place would grant, whoever is put out looks again, and
//! so does whoever could use what was left. As in A. E. Roth and E. Peranson, The Redesign of the Matching Market for American Physicians, American Economic Review 89
//! (1999), the couples come after everybody else.
//!
//! It may turn in a circle, where no stable matching exists. A household that has moved often only goes down its list from then on, so every run ends.

use std::collections::VecDeque;

use super::{
    Demand, HouseholdId, Market, Outcome, PlaceId, at, check,
    deferred::Deferred,
    holders::{Holder, Holders},
    number,
};

/// Moves after which a household no longer goes up its list.
const PATIENCE: u32 = 25;

/// Orders in which couples come, tried until nobody can complain: by their numbers, backwards, and neither.
const ORDERS: [fn(HouseholdId) -> HouseholdId; 3] = [|number| number, |number| !number, HouseholdId::reverse_bits];

/// Matches all households of a market in which no place is shared.
pub fn solve(market: &Market) -> Outcome {
    let is_plain = |household: &HouseholdId| market.parts(*household).iter().all(|part| !part.goes_on());
    let everybody = (0..market.ends.len()).filter_map(|household| number(household).ok());
    let (plain, couples): (Vec<_>, Vec<_>) = everybody.partition(is_plain);
    let begun = Deferred::of_some(market, plain);
    if couples.is_empty() {
        return begun.outcome();
    }
    let interested = Interested::of(market);
    let mut best: Option<((usize, std::cmp::Reverse<usize>), Outcome)> = None;
    for order in ORDERS {
        let mut couples = couples.clone();
        couples.sort_by_key(|couple| order(*couple));
        let mut run = Run::new(market, &interested, &begun);
        run.settle(couples.into());
        let outcome = Outcome { granted: run.granted };
        let complaints = check(market, &outcome).complaints.len();
        let worth = (complaints, std::cmp::Reverse(outcome.placed()));
        if best.as_ref().is_none_or(|(known, _)| worth < *known) {
            best = Some((worth, outcome));
        }
        if complaints == 0 {
            break;
        }
    }
    best.map(|(_, outcome)| outcome).unwrap_or_default()
}

/// Whom it concerns that a place becomes free.
struct Interested(Vec<Vec<HouseholdId>>);

impl Interested {
    fn of(market: &Market) -> Self {
        let mut interested: Vec<Vec<HouseholdId>> = vec![Vec::new(); market.places.len()];
        for household in (0..market.ends.len()).filter_map(|household| number(household).ok()) {
            for part in market.parts(household) {
                for place in market.chain(part.demand().place) {
                    if let Some(known) = interested.get_mut(at(place)).filter(|known| known.last() != Some(&household)) {
                        known.push(household);
                    }
                }
            }
        }
        Self(interested)
    }

    fn in_place(&self, place: PlaceId) -> &[HouseholdId] {
        self.0.get(at(place)).map(Vec::as_slice).unwrap_or_default()
    }
}

struct Run<'a> {
    market: &'a Market,
    interested: &'a Interested,
    holders: Holders,
    granted: Vec<Option<u32>>,
    /// The dearest wish that a household may still go up to.
    dearest: Vec<u32>,
    moves: Vec<u32>,
}

impl<'a> Run<'a> {
    fn new(market: &'a Market, interested: &'a Interested, begun: &Deferred) -> Self {
        let none = vec![0; market.ends.len()];
        let (holders, granted) = (begun.holders().clone(), begun.outcome().granted);
        Self { market, interested, holders, granted, dearest: none.clone(), moves: none }
    }

    fn settle(&mut self, mut waiting: VecDeque<HouseholdId>) {
        let mut waits = vec![false; self.market.ends.len()];
        let set = |waits: &mut Vec<bool>, household: HouseholdId, now: bool| {
            waits.get_mut(at(household)).is_some_and(|waits| std::mem::replace(waits, now) != now)
        };
        for household in &waiting {
            set(&mut waits, *household, true);
        }
        while let Some(household) = waiting.pop_front() {
            set(&mut waits, household, false);
            let Some((number, wish)) = self.best(household) else { continue };
            let (put_out, left) = self.take(household, number, &wish);
            for other in put_out {
                if set(&mut waits, other, true) {
                    waiting.push_front(other);
                }
            }
            // Every place that somebody has left, also when it is full again: who holds it now may be ranked lower.
            for place in left {
                for other in self.interested.in_place(place) {
                    if self.granted.get(at(*other)) != Some(&Some(0)) && set(&mut waits, *other, true) {
                        waiting.push_back(*other);
                    }
                }
            }
        }
    }

    /// The dearest wish that every place would grant, dearer than what the household has.
    fn best(&self, household: HouseholdId) -> Option<(u32, Vec<Demand>)> {
        let from = at(self.dearest.get(at(household)).copied().unwrap_or_default());
        let until = self.granted.get(at(household)).copied().flatten().map_or(usize::MAX, at);
        let mut wishes = self.market.wishes(household).enumerate().take(until).skip(from);
        let (found, wish) = wishes.find(|(_, wish)| self.fits(household, wish.clone()))?;
        Some((number(found).ok()?, wish.collect()))
    }

    /// Whether every place would keep what the household demands of it, once that has given up what it has.
    fn fits(&self, household: HouseholdId, wish: impl Iterator<Item = Demand> + Clone) -> bool {
        let mut places = wish.clone().flat_map(|demand| self.market.chain(demand.place));
        places.all(|place| {
            let demanded = wish.clone().filter(|demand| self.market.chain(demand.place).any(|within| within == place));
            let (needed, lowest) = demanded.fold((0, 0), |(count, lowest), demand| (count + 1, demand.rank.max(lowest)));
            let others = || self.holders.of(place).iter().filter(|holder| holder.household() != household);
            let kept = self.capacity(place).checked_sub(needed);
            kept.is_some_and(|kept| others().nth(kept).is_none_or(|put_out| *put_out > Holder::new(household, lowest)))
        })
    }

    fn capacity(&self, place: PlaceId) -> usize {
        self.market.places.get(at(place)).map_or(0, |place| at(place.capacity))
    }

    /// Takes a wish that fits. Gives who was put out, and the places that somebody has left.
    fn take(&mut self, household: HouseholdId, number: u32, wish: &[Demand]) -> (Vec<HouseholdId>, Vec<PlaceId>) {
        let (mut put_out, mut left) = (Vec::new(), Vec::new());
        self.release(household, &mut left);
        for place in wish.iter().flat_map(|demand| self.market.chain(demand.place)) {
            let needed = wish.iter().filter(|demand| self.market.chain(demand.place).any(|within| within == place)).count();
            while self.holders.of(place).len() + needed > self.capacity(place) {
                let Some(last) = self.holders.of(place).last().map(|last| last.household()) else { break };
                let had = self.granted.get(at(last)).copied().flatten();
                self.release(last, &mut left);
                if let Some(dearest) = self.dearest.get_mut(at(last))
                    && self.moves.get(at(last)).is_some_and(|moves| *moves > PATIENCE)
                {
                    *dearest = had.map_or(*dearest, |had| had + 1);
                }
                put_out.push(last);
            }
        }
        for demand in wish {
            self.holders.insert(demand.place, Holder::new(household, demand.rank));
        }
        if let Some(granted) = self.granted.get_mut(at(household)) {
            *granted = Some(number);
        }
        if let (Some(moves), Some(dearest)) = (self.moves.get_mut(at(household)), self.dearest.get_mut(at(household))) {
            *moves += 1;
            if *moves > PATIENCE {
                *dearest = number;
            }
        }
        (put_out, left)
    }

    /// A household gives up all that it has.
    fn release(&mut self, household: HouseholdId, left: &mut Vec<PlaceId>) {
        let Some(had) = self.granted.get_mut(at(household)).and_then(Option::take) else { return };
        if let Some(wish) = self.market.wishes(household).nth(at(had)) {
            for demand in wish {
                self.holders.remove(demand.place, Holder::new(household, demand.rank));
                left.extend(self.market.chain(demand.place));
            }
        }
    }
}
