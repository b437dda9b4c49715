//! What would help: the one place more with which fewest could complain. Small changes of capacity
//! are enough wherever couples make a stable matching impossible: T. Nguyen and R. Vohra, Near-Feasible Stable Matchings with Couples, American Economic Review 108
//! (2018). Whether one place alone is enough, is tried: each trial matches everybody anew.

use std::collections::BTreeSet;

use super::{HouseholdId, Market, PlaceId, judged, number};

/// A place of which one more would help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Advice {
    /// Of which place one more, and of each that it lies within.
    pub place: PlaceId,
    /// Households that could still complain.
    pub complaints: usize,
}

/// The place of which one more leaves fewest who can complain, if that is fewer than now. Places that those who complain wish are tried first, `trials` at most.
pub fn against_complaints(market: &Market, complaining: &[HouseholdId], trials: usize) -> Option<Advice> {
    let wished = complaining.iter().flat_map(|household| places_of(market, *household));
    let others = (0..market.places().len()).filter_map(|place| number(place).ok());
    let mut best: Option<Advice> = None;
    for place in once_each(wished.chain(others)).take(trials) {
        let complaints = judged(&market.with_one_more(place)).1.complaints.len();
        if complaints < best.map_or(complaining.len(), |best| best.complaints) {
            best = Some(Advice { place, complaints });
        }
        if complaints == 0 {
            break;
        }
    }
    best
}

fn places_of(market: &Market, household: HouseholdId) -> impl Iterator<Item = PlaceId> {
    market.wishes(household).flatten().map(|demand| demand.place)
}

fn once_each(places: impl Iterator<Item = PlaceId>) -> impl Iterator<Item = PlaceId> {
    let mut seen = BTreeSet::new();
    places.filter(move |place| seen.insert(*place))
}
