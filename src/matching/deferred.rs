//! Deferred acceptance, the households proposing: each demands the dearest place that has not refused it, and a place keeps the best ranked of those who ever asked.
//! Whoever comes first changes nothing in the outcome, so it goes on from where it stands when another household arrives.

use super::{
    Demand, HouseholdId, Market, Outcome, PlaceId, at,
    holders::{Holders, Offered},
    number,
};

/// From so many proposals on the places that they ask do not fit into the fast memory of a machine.
const MANY: usize = 20_000;

/// Proposals whose places are fetched at once.
const AT_ONCE: usize = 64;

/// Where deferred acceptance stands. Only for markets in which each wish demands one place.
#[derive(Debug, Clone, Default)]
pub struct Deferred {
    holders: Holders,
    /// The next wish of each household.
    next: Vec<u32>,
    proposals: u64,
}

impl Deferred {
    /// Matches all households of a market.
    pub fn of(market: &Market) -> Self {
        Self::of_some(market, (0..market.ends.len()).filter_map(|household| number(household).ok()))
    }

    /// Matches some households of a market, as if the others had no wishes.
    pub fn of_some(market: &Market, households: impl IntoIterator<Item = HouseholdId>) -> Self {
        let mut run = Self { holders: Holders::nobody(market), next: vec![0; market.ends.len()], proposals: 0 };
        run.propose(market, households.into_iter().collect());
        run
    }

    /// A household has been added to the market, and arrives, once: the outcome is that of all together.
    pub fn arrive(&mut self, market: &Market, household: HouseholdId) {
        self.next.resize(market.ends.len(), 0);
        self.propose(market, vec![household]);
    }

    /// Everybody free proposes once in each round. What they demand is gathered first: it lies anywhere in memory, and the machine fetches many at a time as long as
    /// none waits for what becomes of another.
    fn propose(&mut self, market: &Market, mut free: Vec<HouseholdId>) {
        let mut proposed: Vec<(HouseholdId, Demand)> = Vec::with_capacity(free.len());
        while !free.is_empty() {
            proposed.clear();
            if free.len() > MANY {
                free.sort_unstable();
            }
            for household in free.drain(..) {
                if let Some(next) = self.next.get_mut(at(household))
                    && let Some(part) = market.parts(household).get(at(*next))
                {
                    *next += 1;
                    proposed.push((household, part.demand()));
                }
            }
            for together in proposed.chunks(AT_ONCE) {
                std::hint::black_box(together.iter().fold(0, |read, (_, demand)| read ^ self.holders.touch(demand.place)));
                for (household, demand) in together {
                    let demanded = |other| demanded(market, &self.next, other);
                    match self.holders.offer(*household, *demand, demanded) {
                        Offered::Free => {}
                        Offered::InsteadOf(other) => free.push(other),
                        Offered::Refused => free.push(*household),
                    }
                }
            }
            self.proposals += u64::try_from(proposed.len()).unwrap_or_default();
        }
    }

    /// How many proposals it took, which does not depend on who came first either.
    pub fn proposals(&self) -> u64 {
        self.proposals
    }

    /// What each household gets now.
    pub fn outcome(&self) -> Outcome {
        let mut granted = vec![None; self.next.len()];
        for household in self.holders.all().map(at) {
            if let (Some(granted), Some(next)) = (granted.get_mut(household), self.next.get(household)) {
                *granted = next.checked_sub(1);
            }
        }
        Outcome { granted }
    }

    /// The holders, to go on from.
    pub(super) fn holders(&self) -> &Holders {
        &self.holders
    }
}

/// The place that a household has asked last.
fn demanded(market: &Market, next: &[u32], household: HouseholdId) -> Option<PlaceId> {
    let asked = next.get(at(household))?.checked_sub(1)?;
    Some(market.parts(household).get(at(asked))?.demand().place)
}
