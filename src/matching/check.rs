//! Whether a matching holds, told from the market and the outcome alone: nothing here is shared with what found it. No round is published that does not pass.

use super::{Fault, HouseholdId, Market, Outcome, PlaceId, at, number};

/// A household that prefers a wish of which every place is free or held by somebody it ranks lower.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Complaint {
    /// Who.
    pub household: HouseholdId,
    /// The number of the dearest such wish.
    pub wish: u32,
}

/// What is wrong with an outcome.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Places with more holders than they take. Never published.
    pub overfull: Vec<PlaceId>,
    /// Households that were granted a wish that they never had. Never published.
    pub unwished: Vec<HouseholdId>,
    /// Who can complain. Of none the matching is stable.
    pub complaints: Vec<Complaint>,
}

impl Verdict {
    /// Whether the outcome gives nobody what is not there or not wished.
    pub fn is_feasible(&self) -> bool {
        self.overfull.is_empty() && self.unwished.is_empty()
    }

    /// The verdict, unless more was given than there is.
    ///
    /// # Errors
    /// [`Fault::Infeasible`].
    pub fn feasible(self) -> Result<Self, Fault> {
        if self.is_feasible() { Ok(self) } else { Err(Fault::Infeasible) }
    }

    /// Whether nobody can complain either.
    pub fn is_stable(&self) -> bool {
        self.is_feasible() && self.complaints.is_empty()
    }
}

/// Judges an outcome.
pub fn check(market: &Market, outcome: &Outcome) -> Verdict {
    let everybody = || (0..market.households()).filter_map(|household| number(household).ok());
    let (mut verdict, mut held) = (Verdict::default(), vec![Vec::new(); market.places().len()]);
    for household in everybody() {
        let Some(granted) = outcome.of(household) else { continue };
        let Some(wish) = market.wishes(household).nth(at(granted)) else {
            verdict.unwished.push(household);
            continue;
        };
        for demand in wish {
            for place in market.chain(demand.place) {
                if let Some(held) = held.get_mut(at(place)) {
                    held.push((demand.rank, household));
                }
            }
        }
    }
    for (place, (held, known)) in held.iter_mut().zip(market.places()).enumerate() {
        held.sort_unstable();
        if held.len() > at(known.capacity) {
            verdict.overfull.extend(number(place));
        }
    }
    for household in everybody() {
        let granted = outcome.of(household).map_or(usize::MAX, at);
        let mut dearer = market.wishes(household).enumerate().take(granted);
        let could_have = dearer.find(|(_, wish)| {
            // All that the wish needs of one place is kept when with everybody ranked higher than the lowest of it the place is not overfull.
            wish.clone().flat_map(|demand| market.chain(demand.place)).all(|place| {
                let needed = wish.clone().filter(|demand| market.chain(demand.place).any(|around| around == place));
                let (count, lowest) = needed.fold((0, 0), |(count, lowest), demand| (count + 1, demand.rank.max(lowest)));
                let (Some(held), Some(known)) = (held.get(at(place)), market.places().get(at(place))) else { return false };
                let higher = held.partition_point(|holder| *holder < (lowest, household));
                let own = held.get(..higher).unwrap_or_default().iter().filter(|(_, holder)| *holder == household).count();
                higher - own + count <= at(known.capacity)
            })
        });
        if let Some(wish) = could_have.and_then(|(wish, _)| number(wish).ok()) {
            verdict.complaints.push(Complaint { household, wish });
        }
    }
    verdict
}
