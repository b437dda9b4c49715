//! Who is placed together, and what they wish.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;

use super::{
    super::{Assessment, ScoreReason, assess},
    Opening, Placement, Round, Seeker, Unplaced,
    places::{Homes, Places},
};
use crate::{
    classifiers::Occupation,
    ids::{HouseholdId, RelocantId},
    relocants::Card,
};

/// Wishes of one person at most.
const MOST_WISHES: usize = 30;

/// Pairs that a couple wishes at most.
const MOST_PAIRS: usize = 60;

/// Points that nobody reaches: a rank is what is missing to them.
const ALL_POINTS: i32 = 1000;

/// One or two people who are placed together.
pub(super) struct Family<'a> {
    pub members: Vec<&'a Seeker>,
    /// What each member is eligible for, the dearest first.
    pub fitting: Vec<Vec<Fitting>>,
    pub wishes: Vec<Wish>,
}

/// A member for an opening.
#[derive(Clone)]
pub(super) struct Fitting {
    pub opening: usize,
    /// What speaks for the vacancy, apart from homes.
    points: i32,
    /// How the vacancy ranks the person.
    pub rank: u32,
    assessment: Assessment,
}

/// What a family wishes.
pub(super) struct Wish {
    points: i32,
    /// Which member works where, by their numbers.
    pub works: Vec<(usize, Fitting)>,
    /// The opening whose home it has.
    pub home: Option<usize>,
}

/// Everybody who is placed together, in the order of their lots. Of a household the two with the smallest lots go together, whoever else looks goes alone.
pub(super) fn families(seekers: &[Seeker]) -> Vec<Family<'_>> {
    let mut by_lot: Vec<&Seeker> = seekers.iter().collect();
    by_lot.sort_by_key(|seeker| (seeker.lot, seeker.relocant));
    let mut together: BTreeMap<HouseholdId, usize> = BTreeMap::new();
    let mut families: Vec<Family<'_>> = Vec::with_capacity(seekers.len());
    for seeker in by_lot {
        let known = seeker.household.and_then(|household| together.get(&household)).and_then(|number| families.get_mut(*number));
        if let Some(family) = known.filter(|family| family.members.len() == 1) {
            family.members.push(seeker);
        } else {
            if let Some(household) = seeker.household {
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

    /// Lists what the family wishes: for two who look first both in one region, then one of them alone.
    pub fn wish(&mut self, openings: &[Opening], by_occupation: &HashMap<Occupation, Vec<usize>>, places: &Places, today: NaiveDate) {
        self.fitting = self.members.iter().map(|member| fitting(&member.card, openings, by_occupation, today)).collect();
        let size = self.size();
        let order = |wishes: &mut Vec<Wish>, most: usize| {
            let lot = |opening: usize| openings.get(opening).map(|opening| opening.lot);
            wishes.sort_by_cached_key(|wish| {
                (-wish.points, wish.works.iter().map(|(_, work)| lot(work.opening)).collect::<Vec<_>>(), wish.home.is_none())
            });
            wishes.truncate(most);
        };
        let with_homes = |works: Vec<(usize, Fitting)>| {
            let points: i32 = works.iter().map(|(_, work)| work.points).sum();
            let homes: Vec<usize> =
                works.iter().map(|(_, work)| work.opening).filter(|opening| places.home(*opening, size).is_some()).collect();
            let with = homes.into_iter().map(|opening| (Some(opening), places.home_points(opening, size)));
            let wishes = with.chain([(None, 0)]).map(|(home, more)| Wish { points: points + more, works: works.clone(), home });
            wishes.collect::<Vec<_>>()
        };
        let mut pairs = Vec::new();
        if let [first, second] = self.fitting.as_slice() {
            let region = |work: &Fitting| openings.get(work.opening).map(|opening| opening.vacancy.region);
            for one in first {
                for other in second.iter().filter(|other| region(other) == region(one)) {
                    pairs.extend(with_homes(vec![(0, one.clone()), (1, other.clone())]));
                }
            }
        }
        order(&mut pairs, MOST_PAIRS);
        let alone = self.fitting.iter().enumerate().flat_map(|(member, works)| works.iter().map(move |work| (member, work.clone())));
        let mut alone = alone.flat_map(|work| with_homes(vec![work])).collect();
        order(&mut alone, MOST_WISHES);
        self.wishes = pairs.into_iter().chain(alone).collect();
    }

    /// Tells what the family gets.
    pub fn tell(&self, granted: Option<(u32, &Wish)>, openings: &[Opening], homes: &mut Homes, round: &mut Round) {
        for (number, member) in self.members.iter().enumerate() {
            let work =
                granted.and_then(|(wish, granted)| Some((wish, granted, granted.works.iter().find(|(worker, _)| *worker == number)?)));
            let opening = work.and_then(|(_, _, (_, work))| openings.get(work.opening));
            if let (Some((wish, granted, (_, work))), Some(opening)) = (work, opening) {
                // Both may work at one place: the home is told of once.
                let is_told =
                    granted.works.iter().take_while(|(worker, _)| *worker != number).any(|(_, other)| other.opening == work.opening);
                let has_home = granted.home == Some(work.opening) && !is_told;
                round.placements.push(Placement {
                    relocant: member.relocant,
                    vacancy: opening.vacancy.id,
                    home: if has_home { homes.take(work.opening, self.size()) } else { None },
                    wish: wish + 1,
                    assessment: work.assessment.clone(),
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

/// What somebody is eligible for, the dearest first.
fn fitting(card: &Card, openings: &[Opening], by_occupation: &HashMap<Occupation, Vec<usize>>, today: NaiveDate) -> Vec<Fitting> {
    let start_on = card.earliest_start_on.map_or(today, |day| day.max(today));
    let numbers = card.occupations.iter().filter_map(|(occupation, _)| by_occupation.get(occupation)).flatten();
    let found = numbers.filter_map(|number| {
        let opening = openings.get(*number)?;
        let assessment = assess(&opening.vacancy, card, start_on);
        let of = |is: fn(ScoreReason) -> bool| {
            assessment.reasons.iter().filter(|(reason, _)| is(*reason)).map(|(_, points)| points).sum::<i32>()
        };
        let (points, rank) = (of(is_wish), u32::try_from(ALL_POINTS - of(is_merit)).unwrap_or_default());
        assessment.is_eligible().then_some(Fitting { opening: *number, points, rank, assessment })
    });
    let mut found: Vec<Fitting> = found.collect();
    found.sort_by_cached_key(|fitting| (-fitting.points, openings.get(fitting.opening).map(|opening| opening.lot)));
    found.truncate(MOST_WISHES);
    found
}

/// What a person wishes of a vacancy; homes are a matter of the whole family.
fn is_wish(reason: ScoreReason) -> bool {
    match reason {
        ScoreReason::WishedRegion => true,
        ScoreReason::Occupation
        | ScoreReason::Experience
        | ScoreReason::LicenceRecognised
        | ScoreReason::LanguageAboveNeed
        | ScoreReason::HomeFits
        | ScoreReason::HomeFree => false,
    }
}

/// What the work asks of a person.
fn is_merit(reason: ScoreReason) -> bool {
    match reason {
        ScoreReason::Occupation | ScoreReason::Experience | ScoreReason::LicenceRecognised | ScoreReason::LanguageAboveNeed => true,
        ScoreReason::WishedRegion | ScoreReason::HomeFits | ScoreReason::HomeFree => false,
    }
}
