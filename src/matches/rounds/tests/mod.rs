//! Rounds of a few people and vacancies, and what holds for any.

mod towns;

use std::collections::HashMap;

use proptest::prelude::*;

use super::{
    super::{Applicant, Matter, ScoreReason, assess, weights::Rankings},
    *,
};
use crate::{
    classifiers::Region,
    homes::{Check, Home, HomeKind},
    ids::EmployerId,
    relocants::LicenceState,
    vacancies::{Allowances, Pay, VacancyStatus},
};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn measure() -> Measure {
    let weights = Rankings::with(vec![]).unwrap().in_force(day("2026-02-01")).clone();
    Measure { weights, today: day("2026-02-01"), start_by: Some(day("2026-06-01")), permitted_on: day("2026-03-01") }
}

fn seeker(number: u8, occupation: &str, years: i32) -> Seeker {
    let card = Card {
        occupations: vec![(occupation.parse().unwrap(), years)],
        languages: vec![],
        licence: LicenceState::None,
        wished_regions: vec![],
        household_size: 1,
        earliest_start_on: None,
        looking: true,
        ..Default::default()
    };
    Seeker {
        relocant: RelocantId::new(),
        couple: None,
        only_in: None,
        card,
        citizenship: "RUS".parse().unwrap(),
        resides_until: None,
        lot: u64::from(number) << 40,
    }
}

fn wishing(seeker: Seeker, regions: &[Region]) -> Seeker {
    Seeker { card: Card { wished_regions: regions.to_vec(), ..seeker.card }, ..seeker }
}

/// A vacancy with homes, each for so many people and so often.
fn opening(number: u8, occupation: &str, region: Region, free: i32, homes: &[(i32, i32)]) -> Opening {
    let at = "2026-01-01T00:00:00Z".parse().unwrap();
    let home = |(people, count): &(i32, i32)| Home {
        id: Uuid::from_u128(u128::from(number) << 64 | u128::from(people.unsigned_abs())),
        kind: HomeKind::Apartment,
        count: *count,
        rooms: 2,
        people: *people,
        rent_minor: 0,
        available_from: day("2026-01-01"),
        available_until: None,
        step_free: false,
        children_allowed: true,
        pets_allowed: false,
        check: Check::Unchecked,
    };
    let vacancy = Vacancy {
        id: VacancyId::new(),
        employer: EmployerId::new(),
        occupation: occupation.parse().unwrap(),
        region,
        settlement: "Аягөз".to_owned(),
        openings: free,
        pay: Pay { min_minor: 1, max_minor: 2, currency: "KZT".to_owned() },
        languages: vec![],
        licence_required: false,
        closes_on: day("2026-12-31"),
        status: VacancyStatus::Open,
        homes: homes.iter().map(home).collect(),
        version: 1,
        created_at: at,
        updated_at: at,
        external_ref: None,
        allowances: Allowances::default(),
        import: None,
    };
    Opening { vacancy, free, free_homes: homes.iter().map(|(_, count)| *count).collect(), is_in_need: false, lot: u64::from(number) }
}

fn planned(seekers: &[Seeker], openings: &[Opening]) -> Round {
    planned_with(seekers, openings, &[])
}

fn planned_with(seekers: &[Seeker], openings: &[Opening], homes: &[TownHomes]) -> Round {
    plan(seekers, openings, homes, &[], &measure(), day("2026-06-01")).unwrap()
}

/// Where each person works, and whether with a home.
fn told(round: &Round, seekers: &[Seeker]) -> Vec<Option<(VacancyId, bool)>> {
    let of = |seeker: &Seeker| round.placements.iter().find(|placement| placement.relocant == seeker.relocant);
    seekers.iter().map(|seeker| of(seeker).map(|placement| (placement.vacancy, placement.home.is_some()))).collect()
}

const DOCTOR: &str = "2212";
const NURSE: &str = "3221";
const TEACHER: &str = "2330";

#[test]
fn the_more_experienced_gets_the_only_opening_and_the_other_is_told_that_it_is_taken() {
    let seekers = [seeker(1, DOCTOR, 2), seeker(2, DOCTOR, 8), seeker(3, TEACHER, 9)];
    let openings = [opening(1, DOCTOR, Region::Abai, 1, &[])];
    let round = planned(&seekers, &openings);
    assert_eq!(told(&round, &seekers), [None, Some((openings[0].vacancy.id, false)), None]);
    assert_eq!(round.unplaced, [(seekers[0].relocant, Unplaced::AllTaken), (seekers[2].relocant, Unplaced::NothingFits)]);
    assert_eq!((round.complaints, round.advice), (vec![], None));
}

#[test]
fn among_equals_the_lot_decides_and_never_who_came_first() {
    let openings = [opening(1, DOCTOR, Region::Abai, 1, &[])];
    let (mut seekers, first) = (vec![seeker(9, DOCTOR, 5), seeker(4, DOCTOR, 5)], 1);
    let lucky = seekers[first].relocant;
    assert_eq!(planned(&seekers, &openings).placements[0].relocant, lucky);
    seekers.reverse();
    assert_eq!(planned(&seekers, &openings).placements[0].relocant, lucky);
}

#[test]
fn people_in_the_same_situation_do_not_all_ask_for_the_same_few() {
    let seekers: Vec<_> = (0..100).map(|number| seeker(number, NURSE, 5)).collect();
    let openings: Vec<_> = (0..100).map(|number| opening(number, NURSE, Region::Abai, 1, &[])).collect();
    let round = planned(&seekers, &openings);
    assert_eq!(round.placements.len(), 100);
    assert!(round.placements.iter().filter(|placement| placement.wish == 1).count() > 30, "first wishes differ");
    let openings: Vec<_> = (0..10).map(|number| opening(number, NURSE, Region::Abai, 10, &[(1, 1)])).collect();
    let round = planned(&seekers, &openings);
    assert_eq!((round.placements.len(), round.placements.iter().filter(|placement| placement.home.is_some()).count()), (100, 10));
}

#[test]
fn an_occupation_that_a_card_names_twice_is_wished_once() {
    let mut twice = seeker(1, NURSE, 3);
    twice.card.occupations.push((NURSE.parse().unwrap(), 3));
    // The first wish is taken by somebody with more years.
    let seekers = [wishing(twice, &[Region::Abai]), wishing(seeker(2, NURSE, 9), &[Region::Abai])];
    let openings = [opening(1, NURSE, Region::Abai, 1, &[]), opening(2, NURSE, Region::Astana, 1, &[])];
    let round = planned(&seekers, &openings);
    let of =
        |seeker: &Seeker| round.placements.iter().find(|placement| placement.relocant == seeker.relocant).map(|placement| placement.wish);
    assert_eq!([of(&seekers[0]), of(&seekers[1])], [Some(2), Some(1)]);
}

#[test]
fn who_has_a_partner_at_work_is_placed_in_that_region_or_not() {
    let seekers = [Seeker { only_in: Some(Region::Astana), ..seeker(1, NURSE, 5) }];
    let openings = [opening(1, NURSE, Region::Abai, 1, &[(4, 1)]), opening(2, NURSE, Region::Astana, 1, &[])];
    assert_eq!(told(&planned(&seekers, &openings), &seekers), [Some((openings[1].vacancy.id, false))]);
    assert_eq!(planned(&seekers, &openings[..1]).unplaced, [(seekers[0].relocant, Unplaced::NothingFits)]);
}

#[test]
fn the_reasons_tell_of_the_home_that_is_given() {
    let mut rented = opening(1, NURSE, Region::Abai, 2, &[(2, 1)]);
    rented.vacancy.homes[0].rent_minor = 5;
    let seekers = [seeker(1, NURSE, 5), seeker(2, NURSE, 4)];
    let round = planned(&seekers, &[rented]);
    let reasons = |placement: &Placement| {
        placement
            .assessment
            .reasons
            .iter()
            .map(|(reason, _)| *reason)
            .filter(|reason| matches!(reason, ScoreReason::HomeFits | ScoreReason::HomeFree))
            .collect::<Vec<_>>()
    };
    for placement in &round.placements {
        assert_eq!(reasons(placement), if placement.home.is_some() { vec![ScoreReason::HomeFits] } else { vec![] });
    }
    assert_eq!(round.placements.iter().filter(|placement| placement.home.is_some()).count(), 1);
}

#[test]
fn a_couple_works_in_one_region_though_each_alone_would_go_elsewhere() {
    let couple = Some(HouseholdId::new());
    let doctor = Seeker { couple, ..wishing(seeker(1, DOCTOR, 5), &[Region::Astana]) };
    let teacher = Seeker { couple, ..wishing(seeker(2, TEACHER, 5), &[Region::AlmatyCity]) };
    let openings = [
        opening(1, DOCTOR, Region::Astana, 1, &[]),
        opening(2, TEACHER, Region::AlmatyCity, 1, &[]),
        opening(3, DOCTOR, Region::Abai, 1, &[]),
        opening(4, TEACHER, Region::Abai, 1, &[]),
    ];
    let seekers = [doctor, teacher];
    let together = [Some((openings[2].vacancy.id, false)), Some((openings[3].vacancy.id, false))];
    assert_eq!(told(&planned(&seekers, &openings), &seekers), together);
    let strangers = seekers.clone().map(|seeker| Seeker { couple: None, ..seeker });
    let apart = [Some((openings[0].vacancy.id, false)), Some((openings[1].vacancy.id, false))];
    assert_eq!(told(&planned(&strangers, &openings), &strangers), apart);
}

#[test]
fn who_comes_along_is_told_so() {
    let couple = Some(HouseholdId::new());
    let seekers = [Seeker { couple, ..seeker(1, DOCTOR, 5) }, Seeker { couple, ..seeker(2, TEACHER, 5) }];
    let openings = [opening(1, DOCTOR, Region::Abai, 1, &[(4, 1)])];
    let round = planned(&seekers, &openings);
    assert_eq!(told(&round, &seekers), [Some((openings[0].vacancy.id, true)), None]);
    assert_eq!(round.unplaced, [(seekers[1].relocant, Unplaced::ComesAlong)]);
}

#[test]
fn a_couple_at_one_hospital_has_one_home() {
    let couple = Some(HouseholdId::new());
    let seekers = [Seeker { couple, ..seeker(1, NURSE, 5) }, Seeker { couple, ..seeker(2, NURSE, 3) }];
    let openings = [opening(1, NURSE, Region::Abai, 2, &[(2, 2)])];
    let round = planned(&seekers, &openings);
    assert_eq!(round.placements.iter().filter(|placement| placement.home.is_some()).count(), 1);
    assert_eq!((round.placements.len(), round.placements[0].wish, round.placements[1].wish), (2, 1, 1));
}

#[test]
fn a_large_family_gets_the_large_home_whoever_is_told_first() {
    let of_size = |seeker: Seeker, household_size| Seeker { card: Card { household_size, ..seeker.card }, ..seeker };
    for (first, second) in [(1, 2), (2, 1)] {
        let seekers = [of_size(seeker(first, NURSE, 5), 1), of_size(seeker(second, NURSE, 5), 4)];
        let openings = [opening(1, NURSE, Region::Abai, 2, &[(4, 1), (2, 1)])];
        let round = planned(&seekers, &openings);
        let home = |seeker: &Seeker| round.placements.iter().find(|placement| placement.relocant == seeker.relocant).unwrap().home.unwrap();
        assert_eq!([home(&seekers[0]), home(&seekers[1])], [openings[0].vacancy.homes[1].id, openings[0].vacancy.homes[0].id]);
    }
}

#[test]
fn a_home_that_is_ready_too_late_is_none() {
    let seekers = [seeker(1, NURSE, 5)];
    let mut late = opening(1, NURSE, Region::Abai, 1, &[(2, 1)]);
    late.vacancy.homes[0].available_from = day("2026-06-02");
    let openings = [late];
    assert_eq!(told(&planned(&seekers, &openings), &seekers), [Some((openings[0].vacancy.id, false))]);
}

#[test]
fn who_can_complain_is_named_and_what_would_help() {
    // Couples and singles for few openings, drawn until some cannot be settled, as one in some fifty cannot.
    let mut state = 1_u64;
    let mut below = |bound: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % bound
    };
    let (mut unsettled, mut advised) = (0, 0);
    for _ in 0..3000 {
        let couples: Vec<_> = (0..2).map(|_| Some(HouseholdId::new())).collect();
        let mut seekers = Vec::new();
        for number in 0..6_u8 {
            let (years, lot) = (i32::try_from(below(10)).unwrap(), u8::try_from(below(250)).unwrap());
            let work = [DOCTOR, NURSE][usize::try_from(below(2)).unwrap()];
            let couple = couples.get(usize::from(number / 2)).copied().flatten();
            seekers.push(Seeker { couple, ..seeker(lot, work, years) });
        }
        let mut openings: Vec<_> = (0..4_u8)
            .map(|number| {
                let work = [DOCTOR, NURSE][usize::from(number % 2)];
                let homes: &[(i32, i32)] = if below(2) == 0 { &[(2, 1)] } else { &[] };
                let opening = opening(number, work, [Region::Abai, Region::Astana][usize::from(number / 2)], 1, homes);
                Opening { lot: below(1 << 30), ..opening }
            })
            .collect();
        let round = planned(&seekers, &openings);
        let named = |people: &Vec<RelocantId>| people.iter().all(|person| seekers.iter().any(|seeker| seeker.relocant == *person));
        assert!(round.complaints.iter().all(|people| !people.is_empty() && named(people)));
        unsettled += usize::from(!round.complaints.is_empty());
        let Some(advice) = round.advice else { continue };
        let (vacancy, home) = match advice.more {
            More::Opening(vacancy) => (vacancy, false),
            More::OpeningWithHome(vacancy, _) => (vacancy, true),
            More::Home(..) => panic!("no town has homes"),
        };
        let more = openings.iter_mut().find(|opening| opening.vacancy.id == vacancy).unwrap();
        more.free += 1;
        if home {
            more.free_homes[0] += 1;
        }
        assert!(advice.complaints < round.complaints.len());
        assert_eq!(planned(&seekers, &openings).complaints.len(), advice.complaints);
        advised += 1;
    }
    assert!(unsettled > 0 && advised > 0, "{unsettled} {advised}");
}

#[test]
fn whoever_wishes_no_region_goes_where_people_are_missing_and_a_stated_wish_is_not_bent() {
    let (open, wishing) = (seeker(1, NURSE, 5), wishing(seeker(2, NURSE, 5), &[Region::Astana]));
    let openings = [opening(1, NURSE, Region::Astana, 2, &[]), Opening { is_in_need: true, ..opening(2, NURSE, Region::Abai, 2, &[]) }];
    let round = planned(&[open.clone(), wishing.clone()], &openings);
    let of = |seeker: &Seeker| round.placements.iter().find(|placement| placement.relocant == seeker.relocant).unwrap();
    assert_eq!((of(&open).vacancy, of(&wishing).vacancy), (openings[1].vacancy.id, openings[0].vacancy.id));
    assert!(of(&open).assessment.reasons.contains(&(ScoreReason::RegionInNeed, 5)));
}

#[test]
fn a_region_takes_what_its_quota_says_and_the_rest_goes_where_there_is_room() {
    let seekers: Vec<Seeker> = (1..=5).map(|lot| wishing(seeker(lot, NURSE, 5), &[Region::Astana])).collect();
    let openings = [
        opening(1, NURSE, Region::Astana, 3, &[(1, 3)]),
        opening(2, NURSE, Region::Astana, 3, &[]),
        opening(3, NURSE, Region::Abai, 2, &[]),
    ];
    let placed = |quotas: &[Quota]| {
        let round = plan(&seekers, &openings, &[], quotas, &measure(), day("2026-06-01")).unwrap();
        assert!(round.complaints.is_empty());
        openings.each_ref().map(|opening| round.placements.iter().filter(|placement| placement.vacancy == opening.vacancy.id).count())
    };
    assert_eq!(placed(&[]), [3, 2, 0]);
    assert_eq!(placed(&[Quota { region: Region::Astana, most: 4 }]), [3, 1, 1]);
    assert_eq!(placed(&[Quota { region: Region::Astana, most: 0 }, Quota { region: Region::Abai, most: 1 }]), [0, 0, 1]);
}

/// Whether nobody can complain of a round, told anew: no family has a vacancy with a free opening, or with somebody whom it ranks lower, that it prefers to nothing.
fn check_alone(seekers: &[Seeker], openings: &[Opening], round: &Round) -> bool {
    let unplaced =
        |seeker: &&Seeker| round.unplaced.iter().any(|(relocant, why)| *relocant == seeker.relocant && *why != Unplaced::ComesAlong);
    let merit = |assessment: &Assessment| {
        assessment.reasons.iter().filter(|(reason, _)| reason.matter() == Matter::Merit).map(|(_, points)| points).sum::<i32>()
    };
    !seekers.iter().filter(unplaced).any(|seeker| {
        openings.iter().any(|opening| {
            let assessed = assess(
                &opening.vacancy,
                &[],
                Applicant { card: &seeker.card, citizenship: seeker.citizenship, resides_until: None },
                &measure(),
            );
            let held: Vec<_> = round.placements.iter().filter(|placement| placement.vacancy == opening.vacancy.id).collect();
            let is_free = i32::try_from(held.len()).unwrap() < opening.free;
            assessed.is_eligible()
                && opening.free > 0
                && (is_free || held.iter().any(|placement| merit(&placement.assessment) < merit(&assessed)))
        })
    })
}

fn seekers() -> impl Strategy<Value = Vec<Seeker>> {
    let one = (0..3_usize, 0..10, 0..4_usize, 1..5, prop::option::of(0..4_usize), any::<u8>());
    prop::collection::vec(one, 0..12).prop_map(|all| {
        let households: Vec<HouseholdId> = (0..4).map(|_| HouseholdId::new()).collect();
        let regions = [Region::Abai, Region::Astana, Region::AlmatyCity];
        let each = all.into_iter().map(|(work, years, region, household_size, household, lot)| {
            let seeker = wishing(seeker(lot, [DOCTOR, NURSE, TEACHER][work], years), regions.get(region..=region).unwrap_or_default());
            Seeker { couple: household.map(|number| households[number]), card: Card { household_size, ..seeker.card }, ..seeker }
        });
        each.collect()
    })
}

fn openings() -> impl Strategy<Value = Vec<Opening>> {
    let one = (0..3_usize, 0..3_usize, 0..4, prop::collection::vec((1..5, 0..3), 0..3), any::<u8>());
    prop::collection::vec(one, 0..6).prop_map(|all| {
        let regions = [Region::Abai, Region::Astana, Region::AlmatyCity];
        let each = all.into_iter().zip(0_u8..).map(|((work, region, free, homes, lot), number)| {
            let mut opening = opening(number, [DOCTOR, NURSE, TEACHER][work], regions[region], free, &homes);
            opening.lot = u64::from(lot);
            for (at, home) in opening.vacancy.homes.iter_mut().enumerate() {
                home.id = Uuid::from_u128(u128::from(number) << 64 | u128::try_from(at).unwrap());
            }
            opening
        });
        each.collect()
    })
}

proptest! {
    #[test]
    fn a_round_gives_nobody_what_is_not_there_and_parts_no_family(seekers in seekers(), openings in openings()) {
        let round = planned(&seekers, &openings);
        prop_assert_eq!(round.placements.len() + round.unplaced.len(), seekers.len());
        let mut used: HashMap<VacancyId, i32> = HashMap::new();
        let mut homes: HashMap<Uuid, i32> = HashMap::new();
        for placement in &round.placements {
            *used.entry(placement.vacancy).or_default() += 1;
            let opening = openings.iter().find(|opening| opening.vacancy.id == placement.vacancy).unwrap();
            let seeker = seekers.iter().find(|seeker| seeker.relocant == placement.relocant).unwrap();
            prop_assert!(placement.assessment.is_eligible());
            prop_assert!(seeker.card.occupations.iter().any(|(occupation, _)| group(*occupation) == group(opening.vacancy.occupation)));
            if let Some(id) = placement.home {
                *homes.entry(id).or_default() += 1;
                let home = opening.vacancy.homes.iter().find(|home| home.id == id).unwrap();
                prop_assert!(home.people >= seeker.card.household_size);
            }
        }
        // The two of a couple are in one region, and have one home; of whoever is alone nobody complains without need.
        for family in families(&seekers) {
            let own: Vec<_> = round.placements.iter().filter(|placement| family.people().any(|person| person == placement.relocant)).collect();
            let region = |placement: &&Placement| openings.iter().find(|opening| opening.vacancy.id == placement.vacancy).unwrap().vacancy.region;
            prop_assert!(own.iter().map(region).collect::<std::collections::BTreeSet<_>>().len() <= 1);
            prop_assert!(own.iter().filter(|placement| placement.home.is_some()).count() <= 1);
            prop_assert!(own.iter().all(|placement| placement.wish == own[0].wish));
        }
        for opening in &openings {
            prop_assert!(used.get(&opening.vacancy.id).copied().unwrap_or_default() <= opening.free);
            for (home, free) in opening.vacancy.homes.iter().zip(&opening.free_homes) {
                prop_assert!(homes.get(&home.id).copied().unwrap_or_default() <= *free);
            }
        }
        prop_assert!(!round.complaints.is_empty() || check_alone(&seekers, &openings, &round));
        prop_assert_eq!(&round, &planned(&seekers, &openings));
    }
}
