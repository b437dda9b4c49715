//! Small markets: every outcome is tried. Where nobody needs to complain, in a village with three couples and a landlord, it must not be the method that lets them.

use std::cmp::Reverse;

use super::{Demand, HouseholdId, Market, Outcome, at, check, number};

/// Households and places that are looked at in all outcomes together, at most.
const MOST: usize = 20_000_000;

/// The stable outcome that places most households, and of those the one that grants the dearest wishes. None where there is none, or too many outcomes to try.
pub fn search(market: &Market) -> Option<Outcome> {
    let everybody = (0..market.households()).filter_map(|household| number(household).ok());
    let wishing: Vec<HouseholdId> = everybody.filter(|household| market.wishes(*household).next().is_some()).collect();
    let most = MOST / (market.households() + market.places.len()).max(1);
    let mut choices = wishing.iter().map(|household| market.wishes(*household).count() + 1);
    choices.try_fold(1_usize, |product, choices| product.checked_mul(choices).filter(|product| *product <= most))?;
    let outcome = Outcome { granted: vec![None; market.households()] };
    let mut search = Search { market, used: vec![0; market.places.len()], outcome, best: None };
    search.among(&wishing);
    search.best.map(|(_, outcome)| outcome)
}

struct Search<'a> {
    market: &'a Market,
    used: Vec<u32>,
    outcome: Outcome,
    best: Option<((Reverse<usize>, u32), Outcome)>,
}

impl Search<'_> {
    /// Tries whatever is left for these households.
    fn among(&mut self, wishing: &[HouseholdId]) {
        let Some((household, others)) = wishing.split_first() else {
            let wishes = self.outcome.granted.iter().flatten().sum();
            let worth = (Reverse(self.outcome.placed()), wishes);
            if self.best.as_ref().is_none_or(|(known, _)| worth < *known) && check(self.market, &self.outcome).is_stable() {
                self.best = Some((worth, self.outcome.clone()));
            }
            return;
        };
        let market = self.market;
        for (wish, number) in market.wishes(*household).zip(0..) {
            let parts: Vec<Demand> = wish.collect();
            if self.take(&parts) {
                self.grant(*household, Some(number));
                self.among(others);
            }
            self.leave(&parts);
        }
        self.grant(*household, None);
        self.among(others);
    }

    fn grant(&mut self, household: HouseholdId, wish: Option<u32>) {
        if let Some(granted) = self.outcome.granted.get_mut(at(household)) {
            *granted = wish;
        }
    }

    /// Counts a wish in, and says whether no place is overfull.
    fn take(&mut self, wish: &[Demand]) -> bool {
        let mut fits = true;
        for place in wish.iter().flat_map(|demand| self.market.chain(demand.place)) {
            if let (Some(used), Some(known)) = (self.used.get_mut(at(place)), self.market.places.get(at(place))) {
                *used += 1;
                fits &= *used <= known.capacity;
            }
        }
        fits
    }

    fn leave(&mut self, wish: &[Demand]) {
        for place in wish.iter().flat_map(|demand| self.market.chain(demand.place)) {
            if let Some(used) = self.used.get_mut(at(place)) {
                *used -= 1;
            }
        }
    }
}
