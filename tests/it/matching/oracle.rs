//! Small markets of every kind, and every outcome that they can have: told by definition, sharing nothing with the engine but the market that is handed to it.
#![allow(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "small numbers, and instances that are defined by rounding"
)]

use relocation_registry::matching::{Demand, Market, Outcome, Place};

/// Numbers that look random and are the same in every run: `SplitMix64`.
pub struct Numbers(pub u64);

impl Numbers {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn rank(&mut self) -> u32 {
        // Few ranks, so that some are equal.
        u32::try_from(self.below(12)).unwrap()
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

/// What a small market is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One place a wish, none within another.
    Plain,
    /// Openings, and homes of several sizes that lie within them; all within the most that a region takes.
    Nested,
    /// The same with couples, who demand two openings and a home.
    Couples,
    /// Openings, and homes of a landlord that ranks people by itself.
    Shared,
}

pub const KINDS: [Kind; 4] = [Kind::Plain, Kind::Nested, Kind::Couples, Kind::Shared];

/// A market as lists: capacities with what they lie within, and of each household its wishes as demands of a place and a rank.
#[derive(Debug, Clone)]
pub struct Small {
    pub places: Vec<(u32, Option<u32>, bool)>,
    pub households: Vec<Vec<Vec<(u32, u32)>>>,
}

impl Small {
    /// Two to five households with up to four wishes each.
    pub fn random(kind: Kind, seed: u64) -> Self {
        let mut numbers = Numbers(seed.wrapping_mul(0x9e37_79b9) ^ 0x5151);
        let mut places: Vec<(u32, Option<u32>, bool)> = Vec::new();
        let mut openings = Vec::new();
        let region = (kind == Kind::Nested && numbers.below(2) == 0).then(|| {
            places.push((2 + u32::try_from(numbers.below(3)).unwrap(), None, false));
            0
        });
        for _ in 0..2 + numbers.below(2) {
            let opening = u32::try_from(places.len()).unwrap();
            places.push((u32::try_from(numbers.below(8) / 3).unwrap() + u32::from(kind != Kind::Plain), region, false));
            let mut inner = vec![opening];
            if matches!(kind, Kind::Nested | Kind::Couples) {
                for _ in 0..numbers.below(3) {
                    let around = *inner.last().unwrap();
                    inner.push(u32::try_from(places.len()).unwrap());
                    let most = places[usize::try_from(around).unwrap()].0;
                    places.push((u32::try_from(numbers.below(u64::from(most) + 1)).unwrap(), Some(around), false));
                }
            }
            openings.push(inner);
        }
        let pool = u32::try_from(places.len()).unwrap();
        if kind == Kind::Shared {
            places.push((1 + u32::try_from(numbers.below(2)).unwrap(), None, true));
        }
        let mut households = Vec::new();
        // A region ranks a household alike wherever in it that works; otherwise nothing is promised.
        for _ in 0..2 + numbers.below(4) {
            let of_region = numbers.rank();
            let ranks: Vec<u32> = openings.iter().map(|_| if region.is_some() { of_region } else { numbers.rank() }).collect();
            let of_pool = numbers.rank();
            let is_couple = kind == Kind::Couples && numbers.below(3) == 0;
            let other: Vec<u32> = openings.iter().map(|_| numbers.rank()).collect();
            let mut wishes: Vec<Vec<(u32, u32)>> = Vec::new();
            for _ in 0..=numbers.below(4) {
                let work = usize::try_from(numbers.below(openings.len() as u64)).unwrap();
                let inner = &openings[work];
                let size = usize::try_from(numbers.below(inner.len() as u64)).unwrap();
                let mut wish = vec![(inner[size], ranks[work])];
                if is_couple && numbers.below(4) != 0 {
                    let second = usize::try_from(numbers.below(openings.len() as u64)).unwrap();
                    wish.push((openings[second][0], other[second]));
                }
                if kind == Kind::Shared && numbers.below(3) != 0 {
                    wish.push((pool, of_pool));
                }
                if !wishes.contains(&wish) {
                    wishes.push(wish);
                }
            }
            households.push(wishes);
        }
        Self { places, households }
    }

    pub fn market(&self) -> Market {
        let mut market = Market::default();
        for (capacity, within, is_shared) in &self.places {
            market.add_place(Place { capacity: *capacity, within: *within, is_shared: *is_shared }).unwrap();
        }
        for wishes in &self.households {
            let wishes: Vec<Vec<Demand>> =
                wishes.iter().map(|wish| wish.iter().map(|(place, rank)| Demand { place: *place, rank: *rank }).collect()).collect();
            market.add_household(wishes.iter().map(Vec::as_slice)).unwrap();
        }
        market
    }

    fn within(&self, place: u32, around: u32) -> bool {
        place == around || self.places[place as usize].1.is_some_and(|outer| self.within(outer, around))
    }

    /// Everybody who is in a place, by rank.
    fn in_place(&self, granted: &[Option<u32>], place: usize) -> Vec<(u32, usize)> {
        let mut held = Vec::new();
        for (household, wish) in granted.iter().enumerate() {
            for (demanded, rank) in wish.iter().flat_map(|wish| &self.households[household][*wish as usize]) {
                if self.within(*demanded, place as u32) {
                    held.push((*rank, household));
                }
            }
        }
        held.sort_unstable();
        held
    }

    pub fn is_feasible(&self, granted: &[Option<u32>]) -> bool {
        (0..self.places.len()).all(|place| self.in_place(granted, place).len() <= self.places[place].0 as usize)
    }

    /// Who could have something dearer: with it put in the place of what they have, every place that is too full then still keeps all of theirs when it sends away
    /// whom it ranks lowest.
    pub fn who_complains(&self, granted: &[Option<u32>]) -> Vec<usize> {
        let could_have = |household: usize, wish: usize| {
            let mut changed = granted.to_vec();
            changed[household] = Some(wish as u32);
            (0..self.places.len()).all(|place| {
                let mut held = self.in_place(&changed, place);
                let before = held.iter().filter(|(_, holder)| *holder == household).count();
                held.truncate(self.places[place].0 as usize);
                held.iter().filter(|(_, holder)| *holder == household).count() == before
            })
        };
        (0..self.households.len())
            .filter(|household| {
                let until = granted[*household].map_or(self.households[*household].len(), |wish| wish as usize);
                (0..until).any(|wish| could_have(*household, wish))
            })
            .collect()
    }

    /// Every outcome in which nobody complains and no place is overfull.
    pub fn stable(&self) -> Vec<Outcome> {
        let mut found = Vec::new();
        let mut granted = vec![None; self.households.len()];
        loop {
            if self.is_feasible(&granted) && self.who_complains(&granted).is_empty() {
                found.push(Outcome { granted: granted.clone() });
            }
            // The next outcome, as the next number is counted.
            let Some(household) = (0..granted.len()).find(|household| {
                let next = granted[*household].map_or(0, |wish| wish + 1);
                let goes_on = (next as usize) < self.households[*household].len();
                granted[*household] = goes_on.then_some(next);
                goes_on
            }) else {
                return found;
            };
            let _ = household;
        }
    }
}
