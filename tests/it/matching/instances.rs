//! The instances that other programs have solved too, made anew from a seed: hospitals and residents, couples, and homes that several vacancies share.
#![allow(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "small numbers, and instances that are defined by rounding"
)]

use relocation_registry::matching::{Demand, Market, Outcome, Place};

/// The finaliser of `SplitMix64`.
pub fn mix(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

pub fn hash(seed: u64, one: u64, other: u64) -> u64 {
    mix(mix(mix(seed) ^ one) ^ other)
}

fn share(number: u64) -> f64 {
    (number >> 11) as f64 * 2_f64.powi(-53)
}

/// The hospitals that a resident lists, the dearest first: `wanted` of `hospitals`, those with low numbers more popular with a higher skew.
pub fn list(resident: u64, hospitals: usize, wanted: usize, seed: u64, skew: i32) -> Vec<u32> {
    let mut list = Vec::with_capacity(wanted);
    for draw in 0.. {
        let drawn = (share(hash(seed, resident, draw)).powi(skew) * hospitals as f64) as usize;
        let hospital = drawn.min(hospitals - 1) as u32;
        if !list.contains(&hospital) {
            list.push(hospital);
        }
        if list.len() == wanted {
            break;
        }
    }
    list
}

/// How a hospital ranks a resident: the smaller, the better.
pub fn rank(hospital: u32, resident: u64, seed: u64) -> u32 {
    (!hash(seed ^ 0x9e37_79b9_7f4a_7c15, u64::from(hospital), resident) >> 32) as u32
}

/// Hospitals and residents: lists of ten, ten posts each.
pub fn plain(residents: usize, hospitals: usize, posts: u32, seed: u64, skew: i32) -> Market {
    let mut market = Market::with_capacity(residents, residents * 10);
    for _ in 0..hospitals {
        market.add_place(Place { capacity: posts, within: None, is_shared: false }).unwrap();
    }
    for resident in 0..residents as u64 {
        let wishes: Vec<[Demand; 1]> = list(resident, hospitals, 10, seed, skew)
            .into_iter()
            .map(|hospital| [Demand { place: hospital, rank: rank(hospital, resident, seed) }])
            .collect();
        market.add_household(wishes.iter().map(<[Demand; 1]>::as_slice)).unwrap();
    }
    market
}

/// A sum over who got which hospital, in whatever order.
pub fn fingerprint(market: &Market, outcome: &Outcome) -> u64 {
    (0..market.households() as u32).fold(0_u64, |sum, resident| {
        let granted = outcome.of(resident).and_then(|wish| market.wishes(resident).nth(wish as usize)).and_then(|mut wish| wish.next());
        sum.wrapping_add(hash(1, u64::from(resident), granted.map_or(0, |demand| u64::from(demand.place) + 1)))
    })
}

/// How homes are ranked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Homes {
    /// There are none.
    None,
    /// Homes of a region, which ranks people by itself.
    OfRegion,
    /// Homes that come with each vacancy and rank people as it does.
    OfVacancy,
    /// One ranking of people for a region, its vacancies and its homes.
    OneRanking,
}

/// People of whom some are couples, vacancies with ten openings, ten vacancies a region. A couple lists twenty pairs within four regions, then five openings for one of
/// the two. With homes there are nine for ten openings.
pub fn couples(people: usize, percent: usize, seed: u64, homes: Homes, load: usize) -> (Market, usize) {
    const OPENINGS: u32 = 10;
    const REGION: usize = 10;
    let vacancies = ((people as f64 * 100.0 / load as f64 / f64::from(OPENINGS)).round_ties_even() as usize).max(10);
    let regions = vacancies.div_ceil(REGION);
    let mut market = Market::default();
    for _ in 0..vacancies {
        market.add_place(Place { capacity: OPENINGS, within: None, is_shared: false }).unwrap();
    }
    match homes {
        Homes::None => {}
        Homes::OfVacancy => {
            for vacancy in 0..vacancies as u32 {
                market.add_place(Place { capacity: OPENINGS * 9 / 10, within: Some(vacancy), is_shared: false }).unwrap();
            }
        }
        Homes::OfRegion | Homes::OneRanking => {
            for _ in 0..regions {
                let capacity = REGION as u32 * OPENINGS * 9 / 10;
                market.add_place(Place { capacity, within: None, is_shared: homes == Homes::OfRegion }).unwrap();
            }
        }
    }
    // The larger the better in the instances, the smaller the better here.
    let ranked = |place: usize, who: u64| {
        let by = match homes {
            Homes::OneRanking if place < vacancies => 1_000_000 + (place / REGION) as u64,
            Homes::OneRanking => 1_000_000 + (place - vacancies) as u64,
            Homes::None | Homes::OfRegion | Homes::OfVacancy => place as u64,
        };
        (!hash(seed ^ 0x5151, by, who) >> 32) as u32
    };
    let home_of = |work: usize, who: u64, best: u32| match homes {
        Homes::None => None,
        Homes::OfVacancy => Some((vacancies + work, best)),
        Homes::OneRanking => Some((vacancies + work / REGION, best)),
        Homes::OfRegion => Some((vacancies + work / REGION, ranked(vacancies + work / REGION, who))),
    };
    let demand = |(place, rank): (usize, u32)| Demand { place: place as u32, rank };
    // A home within a vacancy stands for the opening too.
    let with_home = |mut works: Vec<(usize, u32)>, home: Option<(usize, u32)>| {
        if let (Homes::OfVacancy, Some(home)) = (homes, home) {
            works[0] = home;
        } else {
            works.extend(home);
        }
        works.into_iter().map(demand).collect::<Vec<_>>()
    };
    let pairs = people * percent / 100 / 2;
    for couple in 0..pairs as u64 {
        let (one, other) = (2 * couple, 2 * couple + 1);
        let mut chosen: Vec<usize> = Vec::new();
        for draw in 0.. {
            if chosen.len() == regions.min(4) {
                break;
            }
            let region = (share(hash(seed ^ 0x77, couple, draw)) * regions as f64) as usize;
            if !chosen.contains(&region) {
                chosen.push(region);
            }
        }
        let mut pairs = Vec::new();
        for (order, region) in chosen.into_iter().enumerate() {
            let dearest = |who: u64| {
                let mut works: Vec<usize> = (region * REGION..vacancies.min((region + 1) * REGION)).collect();
                works.sort_by_key(|work| hash(seed ^ 1, *work as u64, who));
                works.truncate(5);
                works
            };
            for (first, mine) in dearest(one).into_iter().enumerate() {
                for (second, theirs) in dearest(other).into_iter().enumerate() {
                    pairs.push((order * 3 + first + second, first, mine, theirs));
                }
            }
        }
        pairs.sort_unstable();
        pairs.truncate(20);
        let mut wishes = Vec::new();
        for (_, _, mine, theirs) in &pairs {
            let works = vec![(*mine, ranked(*mine, one)), (*theirs, ranked(*theirs, other))];
            let best = works[0].1.min(works[1].1);
            let home = home_of(*mine, one, best);
            wishes.push(with_home(works, home));
        }
        for (_, _, mine, _) in pairs.iter().take(5) {
            let rank = ranked(*mine, one);
            wishes.push(with_home(vec![(*mine, rank)], home_of(*mine, one, rank)));
        }
        market.add_household(wishes.iter().map(Vec::as_slice)).unwrap();
    }
    for person in 2 * pairs as u64..people as u64 {
        let wishes: Vec<Vec<Demand>> = list(person, vacancies, 10, seed, 1)
            .into_iter()
            .map(|work| {
                let rank = ranked(work as usize, person);
                with_home(vec![(work as usize, rank)], home_of(work as usize, person, rank))
            })
            .collect();
        market.add_household(wishes.iter().map(Vec::as_slice)).unwrap();
    }
    (market, pairs)
}
