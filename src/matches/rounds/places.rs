//! Openings and homes as a market knows them, and which home it is in the end.

use chrono::NaiveDate;
use uuid::Uuid;

use super::{
    super::weights::Weights,
    Advice, Opening, Quota,
    families::{Family, Fitting, Wish},
};
use crate::{
    ids::VacancyId,
    matching::{self, Demand, Market, Place, PlaceId, advice},
    vacancies::rules::is_there_on,
};

/// Openings and homes as places of a market.
pub(super) struct Places {
    pub market: Market,
    openings: Vec<PlaceId>,
    /// Of each opening its homes by size, the smallest first: for how many people, the place of all homes for so many or more, and whether one for so many is free of rent.
    homes: Vec<Vec<(i32, PlaceId, bool)>>,
    /// What a home is worth that fits, and beside it one that is free of rent.
    home: (i32, i32),
}

impl Places {
    pub fn of(openings: &[Opening], quotas: &[Quota], arrive_by: NaiveDate, weights: &Weights) -> Result<Self, matching::Fault> {
        let home = (weights.home_fits, weights.home_free);
        let mut places = Self { market: Market::default(), openings: Vec::new(), homes: Vec::new(), home };
        let mut regions = Vec::with_capacity(quotas.len());
        for quota in quotas {
            regions.push((quota.region, places.market.add_place(Place { capacity: quota.most, within: None, is_shared: false })?));
        }
        for opening in openings {
            let region = regions.iter().find(|(region, _)| *region == opening.vacancy.region).map(|(_, place)| *place);
            let work = places.market.add_place(place(opening.free, region))?;
            let (mut within, mut sizes) = (work, Vec::new());
            let homes: Vec<Home> = homes(opening, arrive_by);
            let people: std::collections::BTreeSet<i32> = homes.iter().map(|home| home.people).collect();
            for people in people {
                let enough = || homes.iter().filter(move |home| home.people >= people);
                within = places.market.add_place(place(enough().map(|home| home.left).sum(), Some(within)))?;
                sizes.push((people, within, enough().any(|home| home.rent_minor == 0)));
            }
            places.openings.push(work);
            places.homes.push(sizes);
        }
        Ok(places)
    }

    fn size(&self, opening: usize, people: i32) -> Option<&(i32, PlaceId, bool)> {
        self.homes.get(opening)?.iter().find(|(size, _, _)| *size >= people)
    }

    /// The place of the homes of an opening for so many people.
    fn home(&self, opening: usize, people: i32) -> Option<PlaceId> {
        self.size(opening, people).map(|(_, place, _)| *place)
    }

    /// What a home for so many people speaks for the opening, if there is one. It counts as free of rent when one of those is.
    pub fn home_points(&self, opening: usize, people: i32) -> Option<i32> {
        self.size(opening, people).map(|(_, _, is_free)| self.home.0 + if *is_free { self.home.1 } else { 0 })
    }

    pub fn add(&mut self, family: &Family<'_>) -> Result<(), matching::Fault> {
        let size = family.size();
        let demands = |wish: &Wish| {
            let mut home = wish.home;
            let demand = |(_, work): (usize, &Fitting)| {
                // A home lies within the openings of its vacancy, and stands for one of them.
                let own = home.take_if(|opening| *opening == work.opening).and_then(|opening| self.home(opening, size));
                Some(Demand { place: own.or_else(|| self.openings.get(work.opening).copied())?, rank: work.rank })
            };
            family.works(wish).filter_map(demand).collect::<Vec<_>>()
        };
        let wishes: Vec<Vec<Demand>> = family.wishes.iter().map(demands).collect();
        self.market.add_household(wishes.iter().map(Vec::as_slice)).map(drop)
    }

    /// An advice in words of vacancies and homes.
    pub fn told(&self, openings: &[Opening], advice: advice::Advice) -> Option<Advice> {
        let advised = |vacancy: VacancyId, home_for| Advice { vacancy, home_for, complaints: advice.complaints };
        openings.iter().zip(&self.openings).zip(&self.homes).find_map(|((opening, work), homes)| {
            let home = homes.iter().find(|(_, place, _)| *place == advice.place).map(|(people, _, _)| *people);
            (*work == advice.place || home.is_some()).then_some(advised(opening.vacancy.id, home))
        })
    }
}

fn place(capacity: i32, within: Option<PlaceId>) -> Place {
    Place { capacity: u32::try_from(capacity).unwrap_or_default(), within, is_shared: false }
}

/// Homes of one kind, as far as they are free.
struct Home {
    id: Uuid,
    people: i32,
    rent_minor: i64,
    left: i32,
}

/// The homes of an opening that can be moved into by a day, the smallest first, of equally large ones those with the lowest rent.
fn homes(opening: &Opening, arrive_by: NaiveDate) -> Vec<Home> {
    let in_time = opening.vacancy.homes.iter().zip(&opening.free_homes).filter(|(home, left)| is_there_on(home, arrive_by) && **left > 0);
    let mut homes: Vec<Home> =
        in_time.map(|(home, left)| Home { id: home.id, people: home.people, rent_minor: home.rent_minor, left: *left }).collect();
    homes.sort_by_key(|home| (home.people, home.rent_minor, home.id));
    homes
}

/// What is left of homes while they are given out. Whoever takes the smallest that is large enough leaves enough for whoever comes later.
pub(super) struct Homes(Vec<Vec<Home>>);

impl Homes {
    pub fn of(openings: &[Opening], arrive_by: NaiveDate) -> Self {
        Self(openings.iter().map(|opening| homes(opening, arrive_by)).collect())
    }

    /// The home, and its rent.
    pub fn take(&mut self, opening: usize, people: i32) -> Option<(Uuid, i64)> {
        let home = self.0.get_mut(opening)?.iter_mut().find(|home| home.people >= people && home.left > 0)?;
        home.left -= 1;
        Some((home.id, home.rent_minor))
    }
}
