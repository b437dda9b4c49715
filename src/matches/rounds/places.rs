//! Openings and homes as a market knows them, and which home it is in the end.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;
use uuid::Uuid;

use super::{
    super::weights::Weights,
    Advice, More, Opening, Quota, TownHomes,
    families::{Family, Fitting, Wish},
};
use crate::{
    classifiers::Region,
    homes::{
        Home,
        rules::{Town, is_there_on},
    },
    ids::HomeOfferId,
    matching::{self, Demand, Market, Place, PlaceId, advice},
};

/// Openings and homes as places of a market.
pub(super) struct Places {
    pub market: Market,
    openings: Vec<PlaceId>,
    /// Of each opening the homes that come with it.
    homes: Vec<Sizes>,
    /// Of each town the homes that come with no vacancy.
    towns: Vec<Sizes>,
    /// Of each opening its town, where that has such homes.
    town_of: Vec<Option<usize>>,
    /// What a home is worth that fits, and beside it one that is free of rent.
    home: (i32, i32),
}

/// Homes by size, the smallest first: for how many people, the place of all homes for so many or more, and whether one for so many is free of rent.
struct Sizes(Vec<(i32, PlaceId, bool)>);

impl Sizes {
    /// Adds homes to a market, the larger ones within those that are smaller or as large, and those within what is around all.
    fn add(market: &mut Market, homes: &[Free], around: Option<PlaceId>) -> Result<Self, matching::Fault> {
        let people: BTreeSet<i32> = homes.iter().map(|home| home.people).collect();
        let (mut within, mut sizes) = (around, Vec::with_capacity(people.len()));
        for people in people {
            let enough = || homes.iter().filter(move |home| home.people >= people);
            let capacity = enough().map(|home| home.left).sum();
            let place = market.add_place(Place { is_shared: around.is_none(), ..place(capacity, within) })?;
            within = Some(place);
            sizes.push((people, place, enough().any(|home| home.rent_minor == 0)));
        }
        Ok(Self(sizes))
    }

    fn size(&self, people: i32) -> Option<&(i32, PlaceId, bool)> {
        self.0.iter().find(|(size, _, _)| *size >= people)
    }

    fn place(&self, people: i32) -> Option<PlaceId> {
        self.size(people).map(|(_, place, _)| *place)
    }

    /// For how many people the homes of a place are.
    fn people(&self, place: PlaceId) -> Option<i32> {
        self.0.iter().find(|(_, known, _)| *known == place).map(|(people, _, _)| *people)
    }
}

/// Where a home is taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Lodging {
    /// It comes with the vacancy of this opening.
    Own(usize),
    /// It comes with none and is in this town.
    Town(usize),
}

impl Places {
    pub fn of(
        openings: &[Opening],
        towns: &Towns,
        quotas: &[Quota],
        arrive_by: NaiveDate,
        weights: &Weights,
    ) -> Result<Self, matching::Fault> {
        let mut market = Market::default();
        let mut regions = Vec::with_capacity(quotas.len());
        for quota in quotas {
            regions.push((quota.region, market.add_place(Place { capacity: quota.most, within: None, is_shared: false })?));
        }
        let (mut works, mut homes) = (Vec::with_capacity(openings.len()), Vec::with_capacity(openings.len()));
        for opening in openings {
            let region = regions.iter().find(|(region, _)| *region == opening.vacancy.region).map(|(_, place)| *place);
            let work = market.add_place(place(opening.free, region))?;
            works.push(work);
            homes.push(Sizes::add(&mut market, &own_homes(opening, arrive_by), Some(work))?);
        }
        let of_towns = towns.homes.iter().map(|homes| Sizes::add(&mut market, homes, None)).collect::<Result<_, _>>()?;
        let home = (weights.home_fits, weights.home_free);
        Ok(Self { market, openings: works, homes, towns: of_towns, town_of: towns.of_openings.clone(), home })
    }

    /// Where somebody who works at an opening can live.
    pub fn lodgings(&self, opening: usize) -> impl Iterator<Item = Lodging> {
        let town = self.town_of.get(opening).copied().flatten();
        std::iter::once(Lodging::Own(opening)).chain(town.map(Lodging::Town))
    }

    fn sizes(&self, lodging: Lodging) -> Option<&Sizes> {
        match lodging {
            Lodging::Own(opening) => self.homes.get(opening),
            Lodging::Town(town) => self.towns.get(town),
        }
    }

    /// What a home for so many people speaks for a wish, if there is one. It counts as free of rent when one of those is.
    pub fn home_points(&self, lodging: Lodging, people: i32) -> Option<i32> {
        self.sizes(lodging)?.size(people).map(|(_, _, is_free)| self.home.0 + if *is_free { self.home.1 } else { 0 })
    }

    pub fn add(&mut self, family: &Family<'_>) -> Result<(), matching::Fault> {
        let size = family.size();
        let demands = |wish: &Wish| {
            let mut home = wish.home;
            let demand = |(_, work): (usize, &Fitting)| {
                // A home that comes with a vacancy lies within its openings, and stands for one of them.
                let own = home.take_if(|lodging| *lodging == Lodging::Own(work.opening)).and_then(|own| self.sizes(own)?.place(size));
                Some(Demand { place: own.or_else(|| self.openings.get(work.opening).copied())?, rank: work.rank })
            };
            let mut demands: Vec<Demand> = family.works(wish).filter_map(demand).collect();
            // A home of the town asks nothing of whoever lives there: the lot decides.
            let of_town = home.and_then(|lodging| self.sizes(lodging)?.place(size));
            demands.extend(of_town.map(|place| Demand { place, rank: 0 }));
            demands
        };
        let wishes: Vec<Vec<Demand>> = family.wishes.iter().map(demands).collect();
        self.market.add_household(wishes.iter().map(Vec::as_slice)).map(drop)
    }

    /// An advice in words of vacancies and homes.
    pub fn told(&self, openings: &[Opening], towns: &Towns, advice: advice::Advice) -> Option<Advice> {
        let at_work = openings.iter().zip(&self.openings).zip(&self.homes).find_map(|((opening, work), homes)| {
            let vacancy = opening.vacancy.id;
            let with_home = homes.people(advice.place).map(|people| More::OpeningWithHome(vacancy, people));
            with_home.or_else(|| (*work == advice.place).then_some(More::Opening(vacancy)))
        });
        let in_town = || {
            self.towns.iter().zip(&towns.homes).find_map(|(sizes, homes)| {
                let people = sizes.people(advice.place)?;
                homes.iter().find(|home| home.people >= people).map(|home| More::Home(HomeOfferId(home.id), people))
            })
        };
        at_work.or_else(in_town).map(|more| Advice { more, complaints: advice.complaints })
    }
}

fn place(capacity: i32, within: Option<PlaceId>) -> Place {
    Place { capacity: u32::try_from(capacity).unwrap_or_default(), within, is_shared: false }
}

/// Homes of one kind, as far as they are free.
pub(super) struct Free {
    id: Uuid,
    people: i32,
    rent_minor: i64,
    left: i32,
}

/// Homes that can be moved into by a day, the smallest first, of equally large ones those with the lowest rent.
fn free<'a>(homes: impl Iterator<Item = (&'a Home, i32)>, arrive_by: NaiveDate) -> Vec<Free> {
    let in_time = homes.filter(|(home, left)| is_there_on(home, arrive_by) && *left > 0);
    let mut homes: Vec<Free> =
        in_time.map(|(home, left)| Free { id: home.id, people: home.people, rent_minor: home.rent_minor, left }).collect();
    homes.sort_by_key(|home| (home.people, home.rent_minor, home.id));
    homes
}

fn own_homes(opening: &Opening, arrive_by: NaiveDate) -> Vec<Free> {
    free(opening.vacancy.homes.iter().zip(opening.free_homes.iter().copied()), arrive_by)
}

/// Towns with homes that come with no vacancy, as far as somebody can be placed there.
pub(super) struct Towns {
    /// Of each town its homes.
    homes: Vec<Vec<Free>>,
    /// Of each opening its town, where that has such homes.
    of_openings: Vec<Option<usize>>,
}

impl Towns {
    /// A name in Latin letters may be that of two towns: whatever is given out together, each home and each opening of it, has names that may all be one town's.
    pub fn of(openings: &[Opening], homes: &[TownHomes], arrive_by: NaiveDate) -> Self {
        // A town may have thousands of homes, and its name few spellings: those are compared.
        let mut towns: Vec<(Vec<&Town>, Vec<&TownHomes>)> = Vec::new();
        let is_in = |town: &Town, names: &[&Town]| names.iter().all(|name| name.is(town));
        for home in homes {
            match towns.iter_mut().find(|(names, _)| is_in(&home.town, names)) {
                Some((names, known)) => {
                    if !names.contains(&&home.town) {
                        names.push(&home.town);
                    }
                    known.push(home);
                }
                None => towns.push((vec![&home.town], vec![home])),
            }
        }
        let mut found: HashMap<(Region, &str), Option<usize>> = HashMap::new();
        let mut of_openings = Vec::with_capacity(openings.len());
        for Opening { vacancy, .. } in openings {
            let look = || {
                let town = vacancy.town();
                towns.iter().position(|(names, _)| is_in(&town, names))
            };
            of_openings.push(*found.entry((vacancy.region, vacancy.settlement.as_str())).or_insert_with(look));
        }
        let free_in = |(town, (_, homes)): (usize, &(Vec<&Town>, Vec<&TownHomes>))| {
            // Nobody is placed in the others, and they would only be looked at for nothing.
            let homes = homes.iter().filter(|_| of_openings.contains(&Some(town)));
            free(homes.map(|home| (&home.home, home.free)), arrive_by)
        };
        Self { homes: towns.iter().enumerate().map(free_in).collect(), of_openings }
    }
}

/// What is left of homes while they are given out. Whoever takes the smallest that is large enough leaves enough for whoever comes later.
pub(super) struct Homes {
    own: Vec<Vec<Free>>,
    towns: Towns,
}

impl Homes {
    pub fn of(openings: &[Opening], towns: Towns, arrive_by: NaiveDate) -> Self {
        Self { own: openings.iter().map(|opening| own_homes(opening, arrive_by)).collect(), towns }
    }

    /// Whether a home is where somebody works.
    pub fn is_at(&self, lodging: Lodging, opening: usize) -> bool {
        match lodging {
            Lodging::Own(own) => own == opening,
            Lodging::Town(town) => self.towns.of_openings.get(opening) == Some(&Some(town)),
        }
    }

    /// The home, and its rent.
    pub fn take(&mut self, lodging: Lodging, people: i32) -> Option<(Uuid, i64)> {
        let homes = match lodging {
            Lodging::Own(opening) => self.own.get_mut(opening)?,
            Lodging::Town(town) => self.towns.homes.get_mut(town)?,
        };
        let home = homes.iter_mut().find(|home| home.people >= people && home.left > 0)?;
        home.left -= 1;
        Some((home.id, home.rent_minor))
    }
}
