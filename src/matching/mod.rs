//! Who gets which place when many want the same: stable matching of households with openings and homes. Nothing here reads or writes, and nothing here knows what a
//! vacancy is: there are households with wishes, and places that rank whoever demands them.
//!
//! A matching is *stable* when nobody can complain: no household has a wish that it prefers, and of which every place is free or held by somebody it ranks lower.
//!
//! ## What is proven, and what is not?
//!
//! Where every wish demands one place ([`deferred`]), a stable matching exists; so it does where places lie within places, if a household has one rank with all that lie
//! within an outermost one. This one is the best stable one for every household at once, and no household gains by listing other wishes than its true ones: D. Gale and L. S. Shapley, College Admissions and the Stability of Marriage, The American
//! Mathematical Monthly 69 (1962); for places within places P. Biró, T. Fleiner, R. W. Irving and D. F. Manlove, The College Admissions problem with lower and common
//! quotas, Theoretical Computer Science 411 (2010). No stable matching fills a place that others leave empty: pay and homes do that, by changing the lists.
//!
//! Where couples demand two places at once ([`couples`]), or homes rank people otherwise than the vacancy does ([`homes`]), a stable matching may not exist, and
//! somebody may gain by other wishes than the true ones. Then as few households as can be found may complain; [`check`](check()) names each, and [`advice`] says
//! which one place more would help.
//!
//! Everything is whole numbers in a fixed order: the same market has the same outcome.

pub mod advice;
pub mod check;
pub mod couples;
pub mod deferred;
pub mod every;
mod holders;
pub mod homes;

pub use self::check::{Complaint, Verdict, check};

/// A place, by its number in the market.
pub type PlaceId = u32;

/// A household, by its number in the market.
pub type HouseholdId = u32;

/// What is scarce: the openings of a vacancy, its homes for so many people, the most that a region takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Demands that it can meet.
    pub capacity: u32,
    /// The place that this one lies within, which was added before it: whoever has this one takes room in that one too, at the same rank. Homes for four lie within
    /// the homes for two or more, those within the openings of their vacancy, and those within what the region takes.
    pub within: Option<PlaceId>,
    /// Whether it ranks people otherwise than the further places of a wish do, as a landlord's homes that serve several vacancies.
    pub is_shared: bool,
}

/// A place that a wish needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Demand {
    /// The place.
    pub place: PlaceId,
    /// How the place ranks whoever demands it: the smaller, the better. Of equal ranks the smaller number of a household is better, everywhere alike: whoever numbers
    /// the households draws one lot for each.
    pub rank: u32,
}

/// Households with their wishes, and the places.
#[derive(Debug, Clone, Default)]
pub struct Market {
    places: Vec<Place>,
    /// The demands of all wishes of all households, and whether the next one belongs to the same wish.
    demands: Vec<Part>,
    /// Where the demands of each household end.
    ends: Vec<u32>,
}

/// A demand in eight bytes: a matching reads millions of them.
#[derive(Debug, Clone, Copy)]
struct Part {
    rank: u32,
    /// The place, and in the highest bit whether the next demand belongs to the same wish.
    place: u32,
}

/// The highest bit of a number.
const HIGHEST: u32 = 1 << 31;

/// Why something is no part of a market.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A place lies within one, or a wish demands one, that was not added before.
    #[error("there is no place {0}")]
    NoPlace(PlaceId),
    /// A wish demands nothing.
    #[error("a wish demands nothing")]
    NothingDemanded,
    /// A place that is shared lies within one that is not, or the other way round.
    #[error("a place and the one that it lies within are shared both, or neither")]
    SharedInPart,
    /// An outcome gives more than there is.
    #[error("more is given than there is")]
    Infeasible,
    /// Numbers have 32 bits, those of places 31.
    #[error("the market is too large")]
    TooLarge,
}

impl Market {
    /// A market without households and places, with room for so many demands.
    pub fn with_capacity(households: usize, demands: usize) -> Self {
        Self { places: Vec::new(), demands: Vec::with_capacity(demands), ends: Vec::with_capacity(households) }
    }

    /// Adds a place.
    ///
    /// # Errors
    /// When the one that it lies within is not there, or one of the two is shared.
    pub fn add_place(&mut self, place: Place) -> Result<PlaceId, Fault> {
        if let Some(within) = place.within {
            let around = self.places.get(at(within)).ok_or(Fault::NoPlace(within))?;
            if around.is_shared != place.is_shared {
                return Err(Fault::SharedInPart);
            }
        }
        let id = number(self.places.len()).ok().filter(|id| *id < HIGHEST - 1).ok_or(Fault::TooLarge)?;
        self.places.push(place);
        Ok(id)
    }

    /// Adds a household with its wishes, the dearest first. One without wishes gets nothing.
    ///
    /// # Errors
    /// When a wish demands nothing, or a place that is not there; then the household was not added.
    pub fn add_household<'a>(&mut self, wishes: impl IntoIterator<Item = &'a [Demand]>) -> Result<HouseholdId, Fault> {
        let begin = self.demands.len();
        let added = self.add_wishes(wishes).and_then(|()| Ok((number(self.ends.len())?, number(self.demands.len())?)));
        match added {
            Ok((id, end)) => {
                self.ends.push(end);
                Ok(id)
            }
            Err(fault) => {
                self.demands.truncate(begin);
                Err(fault)
            }
        }
    }

    fn add_wishes<'a>(&mut self, wishes: impl IntoIterator<Item = &'a [Demand]>) -> Result<(), Fault> {
        for wish in wishes {
            if wish.is_empty() {
                return Err(Fault::NothingDemanded);
            }
            if let Some(unknown) = wish.iter().find(|demand| at(demand.place) >= self.places.len()) {
                return Err(Fault::NoPlace(unknown.place));
            }
            self.push_wish(wish);
        }
        Ok(())
    }

    fn push_wish(&mut self, wish: &[Demand]) {
        self.demands.extend(wish.iter().map(|demand| Part { rank: demand.rank, place: demand.place | HIGHEST }));
        if let Some(last) = self.demands.last_mut() {
            last.place &= !HIGHEST;
        }
    }

    /// How many households there are.
    pub fn households(&self) -> usize {
        self.ends.len()
    }

    /// How many demands all wishes have together.
    pub fn demands(&self) -> usize {
        self.demands.len()
    }

    /// The places.
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// The same market with one place more of a kind, and of each that it lies within.
    #[must_use]
    pub fn with_one_more(&self, place: PlaceId) -> Self {
        let mut market = self.clone();
        for place in self.chain(place) {
            if let Some(place) = market.places.get_mut(at(place)) {
                place.capacity = place.capacity.saturating_add(1);
            }
        }
        market
    }

    /// The wishes of a household, the dearest first.
    pub fn wishes(&self, household: HouseholdId) -> impl Iterator<Item = impl Iterator<Item = Demand> + Clone> {
        self.parts(household).split_inclusive(|part| !part.goes_on()).map(|wish| wish.iter().copied().map(Part::demand))
    }

    /// A place and those that it lies within, the innermost first.
    pub fn chain(&self, place: PlaceId) -> impl Iterator<Item = PlaceId> + Clone + use<'_> {
        std::iter::successors(Some(place), |place| self.places.get(at(*place))?.within)
    }

    fn parts(&self, household: HouseholdId) -> &[Part] {
        self.demands.get(self.bounds(household)).unwrap_or_default()
    }

    fn bounds(&self, household: HouseholdId) -> std::ops::Range<usize> {
        let end = |household: usize| self.ends.get(household).copied().map_or(self.demands.len(), at);
        let begin = at(household).checked_sub(1).map_or(0, end);
        begin..end(at(household))
    }
}

impl Part {
    fn demand(self) -> Demand {
        Demand { place: self.place & !HIGHEST, rank: self.rank }
    }

    fn goes_on(self) -> bool {
        self.place & HIGHEST != 0
    }
}

/// What each household gets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The number of the wish that is granted, counted from nought; none for whoever gets nothing.
    pub granted: Vec<Option<u32>>,
}

impl Outcome {
    /// How many households get something.
    pub fn placed(&self) -> usize {
        self.granted.iter().flatten().count()
    }

    /// The number of the wish that is granted to a household.
    pub fn of(&self, household: HouseholdId) -> Option<u32> {
        self.granted.get(at(household)).copied().flatten()
    }
}

/// Matches all households of a market. [`check`](check()) tells who can complain, if anybody can.
pub fn solve(market: &Market) -> Outcome {
    judged(market).0
}

/// Matches all households of a market, and says what is wrong with it.
pub fn judged(market: &Market) -> (Outcome, Verdict) {
    let is_shared = market.places.iter().any(|place| place.is_shared);
    let outcome = if is_shared { homes::solve(market) } else { couples::solve(market) };
    let verdict = check(market, &outcome);
    let stable = if verdict.is_stable() { None } else { every::search(market) };
    stable.map_or((outcome, verdict), |stable| (stable, Verdict::default()))
}

/// A number as an index. Pointers have 32 bits at least wherever this runs.
fn at(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn number(index: usize) -> Result<u32, Fault> {
    u32::try_from(index).map_err(|_| Fault::TooLarge)
}
