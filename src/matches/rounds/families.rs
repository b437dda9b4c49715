//! Who is placed together, and what they wish.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{
    super::{Applicant, Assessment, Matter, Measure, ScoreReason, assess, weights::Weights},
    Opening, Placement, Round, Seeker, Unplaced, group,
    places::{Homes, Lodging, Places},
};
use crate::ids::{HouseholdId, RelocantId};

/// Works of one person that pairs in one region are made of at most.
const MOST_IN_REGION: usize = 5;

/// Pairs of works that a couple wishes at most, each with what homes there are and without.
const MOST_PAIRS: usize = 25;

/// Points that nobody reaches, however an operator weighs: a rank is what is missing to them.
const ALL_POINTS: i32 = 10_000;

/// One or two people who are placed together.
pub(super) struct Family<'a> {
    pub members: Vec<&'a Seeker>,
    /// What each member is eligible for, the dearest first.
    pub fitting: Vec<Vec<Fitting>>,
    pub wishes: Vec<Wish>,
}

/// A member for an opening.
pub(super) struct Fitting {
    /// The opening, by its number.
    pub opening: usize,
    /// What speaks for the vacancy, apart from homes.
    points: i32,
    /// Drawn for this person and this vacancy: what tells equally dear vacancies apart. Were it the same for everybody, all would ask for the same few.
    lot: u64,
    /// How the vacancy ranks the person.
    pub rank: u32,
    assessment: Assessment,
}

/// What a family wishes.
pub(super) struct Wish {
    points: i32,
    /// Which member has which of the works that fit, by their numbers.
    works: Vec<(usize, usize)>,
    /// The home that it has.
    pub home: Option<Lodging>,
}

/// Everybody who is placed together, in the order of their lots: the two of a couple, and whoever else looks alone.
pub(super) fn families(seekers: &[Seeker]) -> Vec<Family<'_>> {
    let mut by_lot: Vec<&Seeker> = seekers.iter().collect();
    by_lot.sort_by_key(|seeker| (seeker.lot, seeker.relocant));
    let mut together: BTreeMap<HouseholdId, usize> = BTreeMap::new();
    let mut families: Vec<Family<'_>> = Vec::with_capacity(seekers.len());
    for seeker in by_lot {
        let known = seeker.couple.and_then(|household| together.get(&household)).and_then(|number| families.get_mut(*number));
        if let Some(family) = known.filter(|family| family.members.len() == 1) {
            family.members.push(seeker);
        } else {
            if let Some(household) = seeker.couple {
                together.entry(household).or_insert(families.len());
            }
            families.push(Family { members: vec![seeker], fitting: vec![], wishes: vec![] });
        }
    }
    families
}

impl Family<'_> {
    pub fn people(&self) -> impl Iterator<Item = RelocantId> {
        self.members.iter().map(|member| member.relocant)
    }

    /// People who need a home together.
    pub fn size(&self) -> i32 {
        let (stated, here) = (self.members.iter().map(|member| member.card.household_size).max(), i32::try_from(self.members.len()));
        stated.unwrap_or_default().max(here.unwrap_or(1))
    }

    /// The work of each member who has one in a wish.
    pub fn works<'f>(&'f self, wish: &'f Wish) -> impl Iterator<Item = (usize, &'f Fitting)> {
        self.fitting_of(&wish.works)
    }

    /// Lists what the family wishes: for two who look first both in one region, then one of them alone, in `most` vacancies each.
    pub fn wish(&mut self, openings: &[Opening], by_group: &HashMap<[u8; 2], Vec<usize>>, places: &Places, measure: &Measure, most: usize) {
        self.fitting = self.members.iter().map(|member| fitting(member, openings, by_group, measure, most)).collect();
        let alone = self.fitting.iter().enumerate().flat_map(|(member, works)| (0..works.len()).map(move |work| vec![(member, work)]));
        let (pairs, alone) = (self.listed(self.pairs(openings), places), self.listed(alone, places));
        self.wishes = pairs.into_iter().chain(alone).collect();
    }

    /// Works of both in one region, the dearest few of each there; of all those the dearest.
    fn pairs(&self, openings: &[Opening]) -> Vec<Vec<(usize, usize)>> {
        let [first, second] = self.fitting.as_slice() else { return vec![] };
        let by_region = |works: &[Fitting]| {
            let mut by_region: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
            for (work, fitting) in works.iter().enumerate() {
                let region = openings.get(fitting.opening).map_or("", |opening| opening.vacancy.region.code());
                let few = by_region.entry(region).or_default();
                if few.len() < MOST_IN_REGION {
                    few.push(work);
                }
            }
            by_region
        };
        let (ones, others) = (by_region(first), by_region(second));
        let mut pairs = Vec::new();
        for (region, ones) in ones {
            for one in ones {
                pairs.extend(others.get(region).into_iter().flatten().map(|other| vec![(0, one), (1, *other)]));
            }
        }
        pairs.sort_by_cached_key(|pair| (-self.points(pair), self.lot(pair), pair.clone()));
        pairs.truncate(MOST_PAIRS);
        pairs
    }

    fn fitting_of(&self, works: &[(usize, usize)]) -> impl Iterator<Item = (usize, &Fitting)> {
        works.iter().filter_map(|(member, work)| Some((*member, self.fitting.get(*member)?.get(*work)?)))
    }

    fn points(&self, works: &[(usize, usize)]) -> i32 {
        self.fitting_of(works).map(|(_, work)| work.points).sum()
    }

    fn lot(&self, works: &[(usize, usize)]) -> u64 {
        self.fitting_of(works).fold(0_u64, |lot, (_, work)| lot.rotate_left(1) ^ work.lot)
    }

    /// Each with a home of either vacancy or of either town that is large enough, and without; the dearest first.
    fn listed(&self, works: impl IntoIterator<Item = Vec<(usize, usize)>>, places: &Places) -> Vec<Wish> {
        let size = self.size();
        let mut wishes: Vec<Wish> = Vec::new();
        for works in works {
            let points = self.points(&works);
            let lodgings: BTreeSet<Lodging> = self.fitting_of(&works).flat_map(|(_, work)| places.lodgings(work.opening)).collect();
            for lodging in lodgings {
                if let Some(more) = places.home_points(lodging, size) {
                    wishes.push(Wish { points: points + more, works: works.clone(), home: Some(lodging) });
                }
            }
            wishes.push(Wish { points, works, home: None });
        }
        wishes.sort_by_cached_key(|wish| (-wish.points, self.lot(&wish.works), wish.works.clone(), wish.home.is_none(), wish.home));
        wishes
    }

    /// Tells what the family gets.
    pub fn tell(
        &self,
        family: usize,
        granted: Option<(u32, &Wish)>,
        openings: &[Opening],
        weights: &Weights,
        homes: &mut Homes,
        round: &mut Round,
    ) {
        let works: Vec<(usize, &Fitting)> = granted.map(|(_, wish)| self.works(wish).collect()).unwrap_or_default();
        for (number, member) in self.members.iter().enumerate() {
            let work = works.iter().find(|(worker, _)| *worker == number).map(|(_, work)| *work);
            let opening = work.and_then(|work| openings.get(work.opening));
            if let (Some((wish, granted)), Some(work), Some(opening)) = (granted, work, opening) {
                // Both may work where the home is: it is told of once.
                let is_here = |work: &Fitting| granted.home.is_some_and(|lodging| homes.is_at(lodging, work.opening));
                let first = works.iter().find(|(_, work)| is_here(work)).map(|(worker, _)| *worker);
                let home = granted.home.filter(|_| first == Some(number)).and_then(|lodging| homes.take(lodging, self.size()));
                round.placements.push(Placement {
                    family,
                    relocant: member.relocant,
                    vacancy: opening.vacancy.id,
                    home: home.map(|(home, _)| home),
                    wish: wish + 1,
                    assessment: work.assessment.clone().with_home(home.map(|(_, rent_minor)| rent_minor), weights),
                });
            } else {
                let fits = self.fitting.get(number).is_some_and(|works| !works.is_empty());
                let why = match (granted, fits) {
                    (Some(_), _) => Unplaced::ComesAlong,
                    (None, true) => Unplaced::AllTaken,
                    (None, false) => Unplaced::NothingFits,
                };
                round.unplaced.push((member.relocant, why));
            }
        }
    }
}

/// What somebody is eligible for, the `most` dearest.
fn fitting(seeker: &Seeker, openings: &[Opening], by_group: &HashMap<[u8; 2], Vec<usize>>, measure: &Measure, most: usize) -> Vec<Fitting> {
    let applicant = Applicant { card: &seeker.card, citizenship: seeker.citizenship, resides_until: seeker.resides_until };
    let mut numbers: Vec<usize> =
        seeker.card.occupations.iter().filter_map(|(occupation, _)| by_group.get(&group(*occupation))).flatten().copied().collect();
    // A card may name several occupations of a group.
    numbers.sort_unstable();
    numbers.dedup();
    let found = numbers.into_iter().filter_map(|number| {
        let opening = openings.get(number).filter(|opening| seeker.only_in.is_none_or(|region| region == opening.vacancy.region))?;
        let mut assessment = assess(&opening.vacancy, &[], applicant, measure);
        if opening.is_in_need && seeker.card.wished_regions.is_empty() && measure.weights.region_in_need != 0 {
            assessment.reasons.push((ScoreReason::RegionInNeed, measure.weights.region_in_need));
        }
        let of = |matter: Matter| {
            assessment.reasons.iter().filter(|(reason, _)| reason.matter() == matter).map(|(_, points)| points).sum::<i32>()
        };
        let (points, rank) = (of(Matter::Wish), u32::try_from(ALL_POINTS - of(Matter::Merit)).unwrap_or_default());
        let lot = drawn(seeker.lot, opening.lot);
        assessment.is_eligible().then_some(Fitting { opening: number, points, lot, rank, assessment })
    });
    let mut found: Vec<Fitting> = found.collect();
    found.sort_unstable_by_key(|fitting| (-fitting.points, fitting.lot, fitting.opening));
    found.truncate(most);
    found.shrink_to_fit();
    found
}

/// A lot for a person and a vacancy out of the lots of both: the finaliser of `SplitMix64`.
fn drawn(person: u64, vacancy: u64) -> u64 {
    let mut mixed = person ^ vacancy.rotate_left(32);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
