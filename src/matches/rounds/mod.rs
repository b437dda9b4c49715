//! A matching round: everybody who looks for work and everything that is open are looked at together, whole families at once. What it gives is a plan; nobody is told
//! and nothing is held before somebody proposes it.
//!
//! What a vacancy is ranked by for a person is what the person wishes: region, home, rent. What a person is ranked by for a vacancy is what the work asks: practice,
//! licence, languages. Who is equal in that is told apart by a lot, the same everywhere: never by who came first or by name.

mod families;
mod places;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use chrono::NaiveDate;
use strum::{Display, IntoStaticStr};
use uuid::Uuid;

use self::{
    families::families,
    places::{Homes, Places, Towns},
};
use super::{Assessment, Measure};
use crate::{
    classifiers::{Country, Occupation, Region},
    homes::{Home, rules::Town},
    ids::{HomeOfferId, HouseholdId, RelocantId, VacancyId, derived},
    matching::{self, advice, judged},
    relocants::Card,
    vacancies::Vacancy,
};

/// Vacancies that everybody together wishes at most, and everybody alone at least.
const WISHED: usize = 500_000;
const FEWEST_WISHES: usize = 30;

/// Trials to find the one place more that would settle complaints, at most.
const TRIALS: usize = 30;

/// Demands that all trials together look at, at most: each matches everybody anew.
const TRIED: usize = 3_000_000;

/// What a region takes in a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// The region.
    pub region: Region,
    /// People who are placed there at most.
    pub most: u32,
}

/// Somebody who looks for work.
#[derive(Debug, Clone)]
pub struct Seeker {
    /// The person.
    pub relocant: RelocantId,
    /// The household whose couple the person is one of: if the other one looks too, both are placed in one region, or one comes along.
    pub couple: Option<HouseholdId>,
    /// The region where the other one of the couple has work already: nothing elsewhere fits.
    pub only_in: Option<Region>,
    /// What the person can do and wishes.
    pub card: Card,
    /// The citizenship.
    pub citizenship: Country,
    /// The last day of a residence card of Kazakhstan.
    pub resides_until: Option<NaiveDate>,
    /// Drawn by a keyed hash; the smaller one comes first among equals.
    pub lot: u64,
}

/// A vacancy with what is free of it.
#[derive(Debug, Clone)]
pub struct Opening {
    /// The vacancy.
    pub vacancy: Vacancy,
    /// Openings that are neither held nor taken.
    pub free: i32,
    /// Homes that are neither held nor taken, in the order of the vacancy's homes.
    pub free_homes: Vec<i32>,
    /// Whether more people are sought in its region than look for such work.
    pub is_in_need: bool,
    /// Drawn by a keyed hash; with a person's it draws what tells equally dear vacancies apart.
    pub lot: u64,
}

/// Homes that come with no vacancy: whoever is placed in their town can have one.
#[derive(Debug, Clone)]
pub struct TownHomes {
    /// The town.
    pub town: Town,
    /// The homes.
    pub home: Home,
    /// How many are neither held nor taken.
    pub free: i32,
}

/// What a round comes to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Round {
    /// Who gets what, families together, in the order of their lots.
    pub placements: Vec<Placement>,
    /// Who gets nothing, and why.
    pub unplaced: Vec<(RelocantId, Unplaced)>,
    /// Families who prefer something that everybody concerned would rather give them; none where the matching is stable.
    pub complaints: Vec<Vec<RelocantId>>,
    /// What would leave fewer complaints.
    pub advice: Option<Advice>,
}

impl Round {
    /// The id that follows from what the plan comes to: whoever has looked at a plan can ask for this one and no other.
    pub fn plan_id(&self) -> Uuid {
        let mut plan = Vec::with_capacity(self.placements.len() * 56);
        for placement in &self.placements {
            plan.extend_from_slice(&u64::try_from(placement.family).unwrap_or(u64::MAX).to_be_bytes());
            for id in [placement.relocant.0, placement.vacancy.0, placement.home.unwrap_or_default()] {
                plan.extend_from_slice(id.as_bytes());
            }
        }
        derived(&plan)
    }
}

/// A person for a vacancy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    /// The number of the family in the order of lots; who has the same is placed together.
    pub family: usize,
    /// The person.
    pub relocant: RelocantId,
    /// The vacancy.
    pub vacancy: VacancyId,
    /// The home, of this vacancy or of its town; a family has one.
    pub home: Option<Uuid>,
    /// The family's how many-th wish it is, from 1.
    pub wish: u32,
    /// Why the person fits.
    pub assessment: Assessment,
}

/// Why somebody gets nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum Unplaced {
    /// There is no vacancy that the person is eligible for.
    NothingFits,
    /// What fits and was asked for went to people whom it ranks higher.
    AllTaken,
    /// The other one of the couple has work; this one comes along.
    ComesAlong,
}

/// One place more that would leave fewest complaints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Advice {
    /// Of what one more.
    pub more: More,
    /// Complaints that would be left.
    pub complaints: usize,
}

/// Of what one more would help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum More {
    /// An opening of a vacancy.
    Opening(VacancyId),
    /// An opening of a vacancy with a home for so many people.
    OpeningWithHome(VacancyId, i32),
    /// A home for so many people in the town of this offer.
    Home(HomeOfferId, i32),
}

/// The first two digits of an occupation: its sub-major group, beyond which nothing is near.
pub(super) fn group(occupation: Occupation) -> [u8; 2] {
    occupation.code().as_bytes().first_chunk().copied().unwrap_or_default()
}

/// Plans a round. Homes count that can be moved into by `arrive_by`; those of a town go to whoever has the better lot of those who are placed there. A quota lies around the openings of its region as those lie around their homes: with equals told apart by
/// one lot everywhere it is the lever on crowded regions that leaves nobody a complaint where people have one rank in all of a region; where
/// vacancies of a region rank somebody differently, or the homes of a town otherwise than the vacancies there, whoever can complain is named.
///
/// # Errors
/// When the market is larger than numbers have room for, or when what was found gives more than there is: a fault of ours, which is never told as a plan.
pub fn plan(
    seekers: &[Seeker],
    openings: &[Opening],
    homes: &[TownHomes],
    quotas: &[Quota],
    measure: &Measure,
    arrive_by: NaiveDate,
) -> Result<Round, matching::Fault> {
    let mut by_group: HashMap<[u8; 2], Vec<usize>> = HashMap::new();
    for (number, opening) in openings.iter().enumerate() {
        by_group.entry(group(opening.vacancy.occupation)).or_default().push(number);
    }
    let towns = Towns::of(openings, homes, arrive_by);
    let (mut families, mut places) = (families(seekers), Places::of(openings, &towns, quotas, arrive_by, &measure.weights)?);
    let most = (WISHED / seekers.len().max(1)).max(FEWEST_WISHES);
    for family in &mut families {
        family.wish(openings, &by_group, &places, measure, most);
        places.add(family)?;
    }
    let (outcome, verdict) = judged(&places.market);
    let verdict = verdict.feasible()?;
    let complaining: Vec<u32> = verdict.complaints.iter().map(|complaint| complaint.household).collect();
    let trials = TRIALS.min(TRIED / matching::homes::effort(&places.market).max(1));
    let advised = if complaining.is_empty() { None } else { advice::against_complaints(&places.market, &complaining, trials) };
    let mut round = Round { advice: advised.and_then(|advice| places.told(openings, &towns, advice)), ..Round::default() };
    let of = |number: u32| usize::try_from(number).ok().and_then(|number| families.get(number));
    round.complaints = complaining.iter().filter_map(|number| Some(of(*number)?.people().collect())).collect();
    let mut free_homes = Homes::of(openings, towns, arrive_by);
    for (number, (family, granted)) in families.iter().zip(&outcome.granted).enumerate() {
        let wish = granted.and_then(|granted| Some((granted, family.wishes.get(usize::try_from(granted).ok()?)?)));
        family.tell(number, wish, openings, &measure.weights, &mut free_homes, &mut round);
    }
    Ok(round)
}
