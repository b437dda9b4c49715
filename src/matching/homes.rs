//! Places that rank people otherwise than the further places of a wish: homes of a region or a landlord that serve several vacancies.
//!
//! Each such place has a limit on its own ranking, as boarding schools have in the French admission to universities (Parcoursup): only whoever is ranked up to it may
//! have one. All limits are open at first; the rest is matched without them; a place with more holders than it takes closes its limit behind the last one that fits;
//! again, until none is overfull. Nobody is refused a home that somebody ranked lower gets. A home that stays empty behind a closed limit is then opened for whoever
//! claims it best, as long as nothing overflows.

use super::{Demand, HouseholdId, Market, Outcome, Place, PlaceId, at, couples, number};

/// Demands that are looked at to fill homes that stayed empty, at most.
const REFILLED: usize = 400_000_000;

/// Times that homes which stayed empty are opened at most.
const REFILLS: usize = 400;

/// Matches all households of a market, some of whose places are shared.
pub fn solve(market: &Market) -> Outcome {
    let shared: Vec<PlaceId> = ids(market).filter(|place| is_shared(market, *place)).collect();
    let mut limits = Limits(vec![Some(LAST); market.places.len()]);
    for empty in shared.iter().filter(|place| capacity(market, **place) == 0) {
        limits.set(*empty, None);
    }
    let mut tried = Tried::with(market, &limits);
    while !tried.overfull.is_empty() {
        for (place, limit) in &tried.overfull {
            limits.set(*place, *limit);
        }
        tried = Tried::with(market, &limits);
    }
    refilled(market, &shared, limits, tried).outcome
}

/// Somebody as a place ranks them.
type Ranked = (u32, HouseholdId);

/// Everybody is ranked up to here.
const LAST: Ranked = (u32::MAX, HouseholdId::MAX);

/// How far down each place goes in its own ranking; nobody is taken where it takes none.
#[derive(Clone)]
struct Limits(Vec<Option<Ranked>>);

impl Limits {
    fn of(&self, place: PlaceId) -> Option<Ranked> {
        self.0.get(at(place)).copied().flatten()
    }

    fn set(&mut self, place: PlaceId, limit: Option<Ranked>) {
        if let Some(known) = self.0.get_mut(at(place)) {
            *known = limit;
        }
    }
}

fn ids(market: &Market) -> impl Iterator<Item = PlaceId> + use<> {
    (0..market.places.len()).filter_map(|place| number(place).ok())
}

fn is_shared(market: &Market, place: PlaceId) -> bool {
    market.places.get(at(place)).is_some_and(|place| place.is_shared)
}

fn capacity(market: &Market, place: PlaceId) -> usize {
    market.places.get(at(place)).map_or(0, |place| at(place.capacity))
}

/// A matching under limits.
struct Tried {
    outcome: Outcome,
    /// How many hold each place.
    used: Vec<usize>,
    /// Shared places with too many holders, and the last one that fits, if one does.
    overfull: Vec<(PlaceId, Option<Ranked>)>,
}

impl Tried {
    fn with(market: &Market, limits: &Limits) -> Self {
        // Within the limits a shared place is no scarcer than its ranking: what is left of the market has none.
        let mut rest = Market { places: market.places.clone(), ..Market::with_capacity(market.ends.len(), market.demands.len()) };
        for place in rest.places.iter_mut().filter(|place| place.is_shared) {
            *place = Place { capacity: u32::MAX, ..*place };
        }
        let mut kept: Vec<Vec<u32>> = Vec::with_capacity(market.ends.len());
        let mut wish_left: Vec<Demand> = Vec::new();
        for household in (0..market.ends.len()).filter_map(|household| number(household).ok()) {
            let mut numbers = Vec::new();
            for (wish, known) in market.wishes(household).zip(0..) {
                let is_within = |demand: Demand| {
                    market.chain(demand.place).all(|place| limits.of(place).is_some_and(|limit| (demand.rank, household) <= limit))
                };
                if wish.clone().filter(|demand| is_shared(market, demand.place)).all(is_within) {
                    wish_left.clear();
                    wish_left.extend(wish.clone().filter(|demand| !is_shared(market, demand.place)));
                    if wish_left.is_empty() {
                        wish_left.extend(wish);
                    }
                    rest.push_wish(&wish_left);
                    numbers.push(known);
                }
            }
            rest.ends.push(number(rest.demands.len()).unwrap_or(u32::MAX));
            kept.push(numbers);
        }
        let of_rest = couples::solve(&rest);
        let granted = of_rest.granted.iter().zip(&kept).map(|(granted, numbers)| numbers.get(at((*granted)?)).copied()).collect();
        Self::judged(market, Outcome { granted })
    }

    fn judged(market: &Market, outcome: Outcome) -> Self {
        let mut held: Vec<Vec<Ranked>> = vec![Vec::new(); market.places.len()];
        for household in (0..market.ends.len()).filter_map(|household| number(household).ok()) {
            for demand in outcome.of(household).and_then(|granted| market.wishes(household).nth(at(granted))).into_iter().flatten() {
                for place in market.chain(demand.place) {
                    if let Some(held) = held.get_mut(at(place)) {
                        held.push((demand.rank, household));
                    }
                }
            }
        }
        let mut overfull = Vec::new();
        for place in ids(market).filter(|place| is_shared(market, *place)) {
            if let Some(held) = held.get_mut(at(place)).filter(|held| held.len() > capacity(market, place)) {
                held.sort_unstable();
                // A household that holds two of the last ones has none: each time somebody more is beyond the limit.
                let first_beyond = held.get(capacity(market, place)).copied();
                overfull.push((place, held.iter().rev().copied().find(|holder| Some(*holder) < first_beyond)));
            }
        }
        Self { outcome, used: held.iter().map(Vec::len).collect(), overfull }
    }
}

/// How often a market with shared places is matched anew to fill what stayed empty, at most.
fn refills(market: &Market) -> usize {
    REFILLS.min(REFILLED / market.demands.len().max(1))
}

/// Demands that matching a market looks at, as far as it is known before: with shared places everybody is matched again and again.
pub(crate) fn effort(market: &Market) -> usize {
    let often = if market.places.iter().any(|place| place.is_shared) { 1 + refills(market) } else { 1 };
    market.demands.len().saturating_mul(often)
}

/// Opens homes that stayed empty behind their limits, each for whoever claims it best.
fn refilled(market: &Market, shared: &[PlaceId], mut limits: Limits, mut tried: Tried) -> Tried {
    let mut closed = vec![false; market.places.len()];
    for _ in 0..refills(market) {
        let has_room = |place: &PlaceId| tried.used.get(at(*place)).is_some_and(|used| *used < capacity(market, *place));
        let mut open = shared
            .iter()
            .copied()
            .filter(|place| closed.get(at(*place)) == Some(&false) && has_room(place) && limits.of(*place) != Some(LAST));
        let Some(place) = open.next() else { break };
        let mut wider = limits.clone();
        if let Some(claim) = best_claim(market, &tried.outcome, place, &limits) {
            wider.set(place, Some(claim));
            let next = Tried::with(market, &wider);
            if next.overfull.is_empty() {
                (limits, tried) = (wider, next);
                continue;
            }
        }
        if let Some(closed) = closed.get_mut(at(place)) {
            *closed = true;
        }
    }
    tried
}

/// Of those beyond the limit of a place who would have it rather than what they have, the one that it ranks best.
fn best_claim(market: &Market, outcome: &Outcome, place: PlaceId, limits: &Limits) -> Option<Ranked> {
    let everybody = (0..market.ends.len()).filter_map(|household| number(household).ok());
    let claims = everybody.flat_map(|household| {
        let dearer = market.wishes(household).take(outcome.of(household).map_or(usize::MAX, at));
        dearer
            .flatten()
            .filter(move |demand| market.chain(demand.place).any(|around| around == place))
            .map(move |demand| (demand.rank, household))
    });
    claims.filter(|claim| limits.of(place).is_some_and(|limit| *claim > limit)).min()
}
