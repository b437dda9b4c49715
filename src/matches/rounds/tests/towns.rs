//! Homes that come with no vacancy.

use super::*;

/// Homes of a town, each for so many people and so often.
fn town(number: u8, region: Region, settlement: &str, people: i32, free: i32) -> TownHomes {
    let home = opening(number, NURSE, region, 0, &[(people, free)]).vacancy.homes.remove(0);
    TownHomes { town: Town::of(region, settlement), home: Home { id: Uuid::from_u128(1 << 100 | u128::from(number)), ..home }, free }
}

#[test]
fn a_home_of_the_town_goes_to_whoever_is_placed_there_and_has_none() {
    let seekers = [seeker(1, NURSE, 5), seeker(2, NURSE, 4), seeker(3, NURSE, 3)];
    let openings = [opening(1, NURSE, Region::Abai, 3, &[(4, 1)])];
    let homes = [town(1, Region::Abai, "Ayagoz", 4, 1), town(2, Region::Abai, "Семей", 4, 9), town(3, Region::Astana, "Аягөз", 4, 9)];
    let round = planned_with(&seekers, &openings, &homes);
    let mut given: Vec<_> = round.placements.iter().map(|placement| placement.home).collect();
    given.sort();
    assert_eq!(given, [None, Some(openings[0].vacancy.homes[0].id), Some(homes[0].home.id)]);
    assert!(round.complaints.is_empty());
}

#[test]
fn a_home_of_the_town_goes_by_the_lot_and_not_by_what_the_work_asks() {
    // The vacancy ranks the second higher; the home of the town asks nothing, and the first has the better lot.
    let seekers = [seeker(1, NURSE, 2), seeker(2, NURSE, 9)];
    let openings = [opening(1, NURSE, Region::Abai, 2, &[])];
    let round = planned_with(&seekers, &openings, &[town(1, Region::Abai, "Аягөз", 4, 1)]);
    assert_eq!(told(&round, &seekers), [Some((openings[0].vacancy.id, true)), Some((openings[0].vacancy.id, false))]);
}

#[test]
fn a_couple_has_one_home_of_the_town() {
    let couple = Some(HouseholdId::new());
    let seekers = [Seeker { couple, ..seeker(1, NURSE, 5) }, Seeker { couple, ..seeker(2, DOCTOR, 5) }];
    let openings = [opening(1, NURSE, Region::Abai, 1, &[]), opening(2, DOCTOR, Region::Abai, 1, &[])];
    let round = planned_with(&seekers, &openings, &[town(1, Region::Abai, "Аягөз", 4, 2)]);
    assert_eq!(round.placements.iter().filter(|placement| placement.home.is_some()).count(), 1);
    // For two there is none where all are for one.
    let round = planned_with(&seekers, &openings, &[town(1, Region::Abai, "Аягөз", 1, 2)]);
    assert_eq!(round.placements.iter().filter(|placement| placement.home.is_some()).count(), 0);
}

#[test]
fn homes_of_one_town_are_one_stock_however_its_name_is_spelled() {
    // Whoever is alone takes the small home, and the family finds the large one.
    let family = Seeker { card: Card { household_size: 4, ..seeker(9, NURSE, 5).card }, ..seeker(9, NURSE, 5) };
    let seekers = [seeker(1, NURSE, 5), family];
    let openings = [opening(1, NURSE, Region::Abai, 2, &[])];
    let homes = [town(1, Region::Abai, "Аягоз", 4, 1), town(2, Region::Abai, "Ayagoz", 1, 1)];
    let round = planned_with(&seekers, &openings, &homes);
    let home = |seeker: &Seeker| round.placements.iter().find(|placement| placement.relocant == seeker.relocant).unwrap().home;
    assert_eq!([home(&seekers[0]), home(&seekers[1])], [Some(homes[1].home.id), Some(homes[0].home.id)]);
}

#[test]
fn a_home_whose_town_could_be_either_is_given_in_one_of_them_only() {
    // Jarkent is read as Жаркент and as Яркент, which are not one town.
    let town_of = |name: &str| Town::of(Region::Jetisu, name);
    let (one, either, other) = (town_of("Жаркент"), town_of("Jarkent"), town_of("Яркент"));
    assert!(one.is(&either) && either.is(&other) && !one.is(&other));
    let homes = [town(1, Region::Jetisu, "Jarkent", 4, 1), town(2, Region::Jetisu, "Яркент", 4, 1)];
    for name in ["Жаркент", "Яркент"] {
        let mut opening = opening(1, NURSE, Region::Jetisu, 2, &[]);
        name.clone_into(&mut opening.vacancy.settlement);
        let round = planned_with(&[seeker(1, NURSE, 5), seeker(2, NURSE, 5)], &[opening], &homes);
        for home in round.placements.iter().filter_map(|placement| placement.home) {
            let given = homes.iter().find(|homes| homes.home.id == home).unwrap();
            assert!(given.town.is(&town_of(name)), "{name}");
        }
    }
}

#[test]
fn a_couple_works_without_a_home_where_there_are_too_few() {
    let couples: Vec<_> = (0..2).map(|_| Some(HouseholdId::new())).collect();
    let seekers: Vec<_> = (0..4_u8).map(|number| Seeker { couple: couples[usize::from(number / 2)], ..seeker(number, NURSE, 5) }).collect();
    let openings: Vec<_> = (0..8).map(|number| opening(number, NURSE, Region::Abai, 1, &[(2, 1)])).collect();
    let openings: Vec<_> = openings.into_iter().map(|opening| Opening { free_homes: vec![0], ..opening }).collect();
    let round = planned_with(&seekers, &openings, &[town(1, Region::Abai, "Аягөз", 2, 1)]);
    assert_eq!((round.placements.len(), round.placements.iter().filter(|placement| placement.home.is_some()).count()), (4, 1));
}

#[test]
fn a_quota_lies_around_those_who_live_in_homes_of_the_town_too() {
    let seekers: Vec<_> = (1..=4).map(|lot| seeker(lot, NURSE, 5)).collect();
    let openings = [opening(1, NURSE, Region::Abai, 4, &[(1, 1)])];
    let quota = Quota { region: Region::Abai, most: 2 };
    let round = plan(&seekers, &openings, &[town(1, Region::Abai, "Аягөз", 4, 9)], &[quota], &measure(), day("2026-06-01")).unwrap();
    assert_eq!((round.placements.len(), round.placements.iter().filter(|placement| placement.home.is_some()).count()), (2, 2));
}

#[test]
fn one_home_more_is_advised_where_it_settles_what_homes_of_a_town_leave_open() {
    // Drawn until some cannot be settled and a home is what helps.
    let mut state = 1_u64;
    let mut below = |bound: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % bound
    };
    let mut advised = 0;
    for _ in 0..4000 {
        let couples: Vec<_> = (0..2).map(|_| Some(HouseholdId::new())).collect();
        let mut seekers = Vec::new();
        for number in 0..6_u8 {
            let (years, lot) = (i32::try_from(below(10)).unwrap(), u8::try_from(below(250)).unwrap());
            let work = [DOCTOR, NURSE][usize::try_from(below(2)).unwrap()];
            let couple = couples.get(usize::from(number / 2)).copied().flatten();
            seekers.push(Seeker { couple, ..seeker(lot, work, years) });
        }
        let openings: Vec<_> = (0..4_u8)
            .map(|number| {
                let work = [DOCTOR, NURSE][usize::from(number % 2)];
                Opening { lot: below(1 << 30), ..opening(number, work, [Region::Abai, Region::Astana][usize::from(number / 2)], 1, &[]) }
            })
            .collect();
        let mut homes = vec![town(1, Region::Abai, "Аягөз", 2, 1), town(2, Region::Astana, "Аягөз", 2, 1)];
        let round = planned_with(&seekers, &openings, &homes);
        let Some(Advice { more: More::Home(offer, people), complaints }) = round.advice else { continue };
        let more = homes.iter_mut().find(|homes| homes.home.id == offer.0).unwrap();
        assert_eq!(people, more.home.people);
        more.free += 1;
        assert!(complaints < round.complaints.len());
        assert_eq!(planned_with(&seekers, &openings, &homes).complaints.len(), complaints);
        advised += 1;
    }
    assert!(advised > 0);
}

fn town_homes() -> impl Strategy<Value = Vec<TownHomes>> {
    let one = (0..3_usize, any::<bool>(), 1..5, 0..3);
    prop::collection::vec(one, 0..5).prop_map(|all| {
        let regions = [Region::Abai, Region::Astana, Region::AlmatyCity];
        let settlement = |is_there| if is_there { "Аягөз" } else { "Семей" };
        let each = all.into_iter().zip(0_u8..);
        each.map(|((region, is_there, people, free), number)| town(number, regions[region], settlement(is_there), people, free)).collect()
    })
}

proptest! {
    #[test]
    fn homes_of_towns_are_given_once_to_whoever_works_there_and_fits(seekers in seekers(), openings in openings(), homes in town_homes()) {
        let round = planned_with(&seekers, &openings, &homes);
        prop_assert_eq!(round.placements.len() + round.unplaced.len(), seekers.len());
        let mut given: HashMap<Uuid, i32> = HashMap::new();
        for placement in &round.placements {
            let Some(id) = placement.home else { continue };
            *given.entry(id).or_default() += 1;
            let opening = openings.iter().find(|opening| opening.vacancy.id == placement.vacancy).unwrap();
            let seeker = seekers.iter().find(|seeker| seeker.relocant == placement.relocant).unwrap();
            let of_town = homes.iter().find(|homes| homes.home.id == id);
            let home = of_town.map(|homes| &homes.home).or_else(|| opening.vacancy.homes.iter().find(|home| home.id == id)).unwrap();
            prop_assert!(home.people >= seeker.card.household_size);
            prop_assert!(of_town.is_none_or(|homes| homes.town.is(&Town::of(opening.vacancy.region, "Аягөз"))));
        }
        for homes in &homes {
            prop_assert!(given.get(&homes.home.id).copied().unwrap_or_default() <= homes.free);
        }
        for family in families(&seekers) {
            let own = round.placements.iter().filter(|placement| family.people().any(|person| person == placement.relocant));
            prop_assert!(own.filter(|placement| placement.home.is_some()).count() <= 1);
        }
        // Whoever is placed there without a home, though one is left that is large enough, would have taken it.
        if round.complaints.is_empty() {
            for family in families(&seekers) {
                let own: Vec<_> = round.placements.iter().filter(|placement| family.people().any(|person| person == placement.relocant)).collect();
                if own.is_empty() || own.iter().any(|placement| placement.home.is_some()) {
                    continue;
                }
                let regions = own.iter().map(|placement| openings.iter().find(|opening| opening.vacancy.id == placement.vacancy).unwrap().vacancy.region);
                let towns: Vec<Town> = regions.map(|region| Town::of(region, "Аягөз")).collect();
                let left = homes.iter().find(|homes| {
                    towns.iter().any(|town| town.is(&homes.town))
                        && homes.home.people >= family.size()
                        && given.get(&homes.home.id).copied().unwrap_or_default() < homes.free
                });
                prop_assert!(left.is_none(), "{:?}", left);
            }
        }
        prop_assert_eq!(&round, &planned_with(&seekers, &openings, &homes));
    }
}
