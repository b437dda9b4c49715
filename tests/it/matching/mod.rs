//! The matching engine against small markets of which every outcome is tried, and against instances that other programs have solved.
#![allow(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "small numbers, and instances that are defined by rounding"
)]

#[path = "instances.rs"]
mod instances;
#[path = "oracle.rs"]
mod oracle;

use relocation_registry::matching::{Demand, Fault, Market, Outcome, Place, advice, check, deferred::Deferred, solve};

use self::{
    instances::{Homes, couples, fingerprint, plain},
    oracle::{KINDS, Kind, Numbers, Small},
};

/// Whether nobody gets less by the first outcome than by the other.
fn is_best(one: &Outcome, other: &Outcome) -> bool {
    one.granted.iter().zip(&other.granted).all(|(one, other)| one.unwrap_or(u32::MAX) <= other.unwrap_or(u32::MAX))
}

fn granted(outcome: &Outcome) -> Vec<usize> {
    (0..outcome.granted.len()).filter(|household| outcome.granted[*household].is_some()).collect()
}

#[test]
fn where_a_stable_matching_exists_nobody_complains_and_nowhere_is_more_given_than_there_is() {
    for kind in KINDS {
        let mut unstable = 0;
        for seed in 0..1500 {
            let small = Small::random(kind, seed);
            let (market, stable) = (small.market(), small.stable());
            let outcome = solve(&market);
            assert!(small.is_feasible(&outcome.granted), "{kind:?} {seed}");
            let complains = small.who_complains(&outcome.granted);
            assert!(complains.is_empty() || stable.is_empty(), "{kind:?} {seed}: {complains:?}, and {stable:?}");
            let told: Vec<_> = check(&market, &outcome).complaints.iter().map(|complaint| complaint.household as usize).collect();
            assert_eq!(told, complains, "{kind:?} {seed}");
            unstable += usize::from(stable.is_empty());
            if matches!(kind, Kind::Plain | Kind::Nested) {
                assert!(stable.iter().all(|other| is_best(&outcome, other)), "{kind:?} {seed}: not the best for everybody");
                assert!(stable.iter().all(|other| granted(other) == granted(&outcome)), "{kind:?} {seed}: others get something elsewhere");
            }
        }
        assert_eq!(unstable > 0, matches!(kind, Kind::Couples | Kind::Shared), "{kind:?}");
    }
}

#[test]
fn the_check_finds_what_is_wrong_with_any_outcome() {
    for kind in KINDS {
        for seed in 0..500 {
            let (small, mut numbers) = (Small::random(kind, seed), Numbers(seed));
            let wishes = |wishes: &Vec<Vec<(u32, u32)>>| wishes.len() as u64;
            let any = small
                .households
                .iter()
                .map(|list| u32::try_from(numbers.below(wishes(list) + 1)).ok().filter(|wish| u64::from(*wish) < wishes(list)));
            let outcome = Outcome { granted: any.collect() };
            let verdict = check(&small.market(), &outcome);
            assert_eq!(verdict.is_feasible(), small.is_feasible(&outcome.granted), "{kind:?} {seed}");
            let told: Vec<_> = verdict.complaints.iter().map(|complaint| complaint.household as usize).collect();
            assert_eq!(told, small.who_complains(&outcome.granted), "{kind:?} {seed}");
        }
    }
    let overfull = check(
        &Small { places: vec![(0, None, false)], households: vec![vec![vec![(0, 1)]]] }.market(),
        &Outcome { granted: vec![Some(0)] },
    );
    assert_eq!((overfull.overfull.len(), overfull.feasible().err()), (1, Some(Fault::Infeasible)));
    let small = Small::random(Kind::Plain, 1);
    let never_wished = check(&small.market(), &Outcome { granted: vec![Some(9); small.households.len()] });
    assert_eq!((never_wished.unwished.len(), never_wished.is_feasible()), (small.households.len(), false));
}

/// Everybody with a rank of their own, so that the order of numbers decides nothing.
fn with_own_ranks(kind: Kind, seed: u64) -> Small {
    let mut small = Small::random(kind, seed);
    for (household, wishes) in (0..).zip(&mut small.households) {
        for (_, rank) in wishes.iter_mut().flatten() {
            *rank = *rank * 16 + household;
        }
    }
    small
}

#[test]
fn who_comes_first_changes_nothing() {
    for kind in [Kind::Plain, Kind::Nested] {
        for seed in 0..500 {
            let small = with_own_ranks(kind, seed);
            let mut backwards = small.clone();
            backwards.households.reverse();
            let mut outcome = solve(&backwards.market()).granted;
            outcome.reverse();
            assert_eq!(outcome, solve(&small.market()).granted, "{kind:?} {seed}");
        }
    }
}

#[test]
fn a_household_that_arrives_leads_to_the_outcome_of_all_together() {
    for kind in [Kind::Plain, Kind::Nested] {
        for seed in 0..500 {
            let small = Small::random(kind, seed);
            let none = Small { households: vec![], ..small.clone() };
            let mut market = none.market();
            let mut run = Deferred::of(&market);
            for wishes in &small.households {
                let wishes: Vec<Vec<Demand>> =
                    wishes.iter().map(|wish| wish.iter().map(|(place, rank)| Demand { place: *place, rank: *rank }).collect()).collect();
                let household = market.add_household(wishes.iter().map(Vec::as_slice)).unwrap();
                run.arrive(&market, household);
            }
            assert_eq!(run.outcome(), solve(&small.market()), "{kind:?} {seed}");
        }
    }
}

#[test]
fn nobody_gains_by_another_list_and_nobody_loses_by_one_place_more() {
    for kind in [Kind::Plain, Kind::Nested] {
        for seed in 0..300 {
            let small = Small::random(kind, seed);
            let market = small.market();
            let truly = solve(&market);
            for household in 0..small.households.len() {
                let mut numbers = Numbers(seed);
                for _ in 0..4 {
                    // Any order of some of the wishes; what comes of it is judged by the true ones.
                    let mut told: Vec<usize> = (0..small.households[household].len()).collect();
                    told.sort_by_key(|_| numbers.next());
                    told.truncate(1 + usize::try_from(numbers.below(4)).unwrap());
                    let mut lied = small.clone();
                    lied.households[household] = told.iter().map(|wish| small.households[household][*wish].clone()).collect();
                    let got = solve(&lied.market()).granted[household].map(|wish| told[wish as usize] as u32);
                    assert!(truly.granted[household].unwrap_or(u32::MAX) <= got.unwrap_or(u32::MAX), "{kind:?} {seed} {household}");
                }
            }
            for place in 0..small.places.len() as u32 {
                assert!(is_best(&solve(&market.with_one_more(place)), &truly), "{kind:?} {seed} {place}");
            }
        }
    }
}

#[test]
fn instances_that_other_programs_have_solved_have_their_outcome() {
    // Residents, how popular the popular hospitals are; proposals, matched, first choices, and a sum over who got what, as the Python package `matching` 1.4.3, a plain
    // loop in Python and one in Rust have them.
    for (residents, skew, proposals, matched, first, sum) in [
        (1000, 1, 1816, 999, 546, 0xf308_75da_620c_a325),
        (1000, 2, 2788, 995, 374, 0x31c3_d41c_8330_bbd7),
        (10_000, 1, 19_434, 9993, 5131, 0x5265_9bed_4e8e_13da),
    ] {
        let market = plain(residents, residents / 10, 10, 20_240_501, skew);
        let run = Deferred::of(&market);
        let outcome = run.outcome();
        let firsts = outcome.granted.iter().filter(|granted| **granted == Some(0)).count();
        assert_eq!(
            (run.proposals(), outcome.placed(), firsts, fingerprint(&market, &outcome)),
            (proposals, matched, first, sum),
            "{residents} {skew}"
        );
        assert!(check(&market, &outcome).is_stable());
    }
}

/// Lists by letters: each household's, then each place's with its capacity.
fn by_letters(households: &[(&str, &[&str])], places: &[(&str, u32, &[&str])]) -> Vec<Option<String>> {
    let mut market = Market::default();
    for (_, capacity, _) in places {
        market.add_place(Place { capacity: *capacity, within: None, is_shared: false }).unwrap();
    }
    for (household, wishes) in households {
        let demands: Vec<[Demand; 1]> = wishes
            .iter()
            .filter_map(|wish| {
                let place = places.iter().position(|(name, _, _)| name == wish).unwrap();
                let rank = places[place].2.iter().position(|ranked| ranked == household)?;
                Some([Demand { place: place as u32, rank: rank as u32 }])
            })
            .collect();
        market.add_household(demands.iter().map(<[Demand; 1]>::as_slice)).unwrap();
    }
    let outcome = solve(&market);
    (0..households.len() as u32)
        .map(|household| {
            let place = market.wishes(household).nth(outcome.of(household)? as usize)?.next()?.place;
            Some(places[place as usize].0.to_owned())
        })
        .collect()
}

#[test]
fn known_answers() {
    // The example of the documentation of the Python package `matching`.
    let students: [(&str, &[&str]); 5] =
        [("A", &["C"]), ("S", &["C", "M"]), ("D", &["C", "M", "G"]), ("L", &["M", "C", "G"]), ("J", &["C", "G", "M"])];
    let hospitals: [(&str, u32, &[&str]); 3] =
        [("M", 2, &["D", "L", "S", "J"]), ("C", 2, &["D", "A", "S", "L", "J"]), ("G", 2, &["D", "J", "L"])];
    let found = by_letters(&students, &hospitals);
    let found: Vec<_> = found.iter().map(Option::as_deref).collect();
    assert_eq!(found, [Some("C"), Some("M"), Some("C"), Some("M"), Some("G")]);
    // A chain in which each puts out the next; another library gave one place to two (J-DM/Roth-Peranson, issue 5).
    let doctors: [(&str, &[&str]); 4] = [("A", &["U", "C", "G"]), ("B", &["C", "G", "U"]), ("C", &["G", "U", "C"]), ("D", &["U"])];
    let hospitals: [(&str, u32, &[&str]); 3] = [("U", 1, &["C", "D", "B", "A"]), ("C", 1, &["A", "B", "C"]), ("G", 1, &["B", "C", "A"])];
    let found = by_letters(&doctors, &hospitals);
    assert_eq!(found.iter().map(Option::as_deref).collect::<Vec<_>>(), [Some("C"), Some("G"), Some("U"), None]);
}

#[test]
fn couples_are_placed_together_wherever_that_can_be_and_who_can_complain_is_named() {
    // Of the instances in which a solver of constraints has proven that a stable matching exists, none is missed; in the others at most three households can complain.
    for (load, percent, stable) in [(70, 10, 16), (70, 20, 11), (80, 5, 17), (90, 10, 14)] {
        let mut found = 0;
        for seed in 1000..1020 {
            let (market, _) = couples(1000, percent, seed, Homes::None, load);
            let verdict = check(&market, &solve(&market));
            assert!(verdict.is_feasible() && verdict.complaints.len() <= 3, "{load} {percent} {seed}: {verdict:?}");
            found += usize::from(verdict.is_stable());
        }
        assert_eq!(found, stable, "{load} {percent}");
    }
}

#[test]
fn homes_that_several_vacancies_share_are_never_given_twice() {
    for (load, seed) in [(85, 1000), (95, 1001), (120, 1002)] {
        let (market, _) = couples(1000, 0, seed, Homes::OfRegion, load);
        assert!(check(&market, &solve(&market)).is_stable(), "{load} {seed}");
    }
    // Homes that come with a vacancy, and one ranking for a region, its vacancies and its homes, cross nothing.
    for homes in [Homes::OfVacancy, Homes::OneRanking] {
        for seed in 1000..1003 {
            let (market, _) = couples(1000, 0, seed, homes, 110);
            assert!(check(&market, &solve(&market)).is_stable(), "{homes:?} {seed}");
        }
    }
    // One home is left that two hundred and more claim, whoever has it; with one more nobody does.
    let (market, _) = couples(1000, 0, 1017, Homes::OfRegion, 95);
    let verdict = check(&market, &solve(&market));
    let complaining: Vec<_> = verdict.complaints.iter().map(|complaint| complaint.household).collect();
    assert!(verdict.is_feasible() && !complaining.is_empty());
    let advised = advice::against_complaints(&market, &complaining, 300).unwrap();
    assert_eq!(advised.complaints, 0);
    let more = market.with_one_more(advised.place);
    assert!(check(&more, &solve(&more)).is_stable());
}

#[test]
fn a_shared_place_that_a_wish_demands_twice_ends_nothing_in_a_circle() {
    // A household that wants two homes of one, at one rank; and homes of several sizes that are shared.
    let twice =
        Small { places: vec![(2, None, false), (1, None, true)], households: vec![vec![vec![(0, 1), (1, 5), (1, 5)], vec![(0, 1)]]] };
    assert_eq!(solve(&twice.market()).granted, [Some(1)]);
    let sizes = Small {
        places: vec![(3, None, false), (2, None, true), (1, Some(1), true)],
        households: [(2, 1), (2, 2), (1, 3)].iter().map(|(home, rank)| vec![vec![(0, *rank), (*home, *rank)]]).collect(),
    };
    assert_eq!(solve(&sizes.market()).granted, [Some(0), None, Some(0)]);
    assert_eq!(sizes.stable(), [solve(&sizes.market())]);
}

#[test]
fn many_households_without_wishes_are_no_depth_to_fall_into() {
    let couple = |one: u32, other: u32| vec![vec![(0, one), (1, other)]];
    let mut households = vec![couple(1, 2), vec![vec![(0, 2)], vec![(1, 1)]]];
    households.resize(200_000, vec![]);
    let small = Small { places: vec![(1, None, false), (1, None, false)], households };
    assert_eq!(check(&small.market(), &solve(&small.market())).complaints.len(), 1);
}

#[test]
fn a_household_with_two_ranks_in_one_region_may_have_to_complain_and_is_named() {
    // The region takes one; the household ranks low with the place that it wishes most, and high with the other.
    let small = Small {
        places: vec![(1, None, false), (1, Some(0), false), (1, Some(0), false)],
        households: vec![vec![vec![(1, 10)], vec![(2, 2)]], vec![vec![(2, 5)]]],
    };
    assert!(small.stable().is_empty());
    let outcome = solve(&small.market());
    assert_eq!(check(&small.market(), &outcome).complaints.len(), small.who_complains(&outcome.granted).len());
    assert!(!check(&small.market(), &outcome).is_stable());
}

#[test]
fn a_couple_that_cannot_be_settled_is_told_what_would_help() {
    // The couple takes both openings or none; the second one prefers the single, who prefers the first, which prefers the couple.
    let mut market = Market::default();
    let place = |market: &mut Market| market.add_place(Place { capacity: 1, within: None, is_shared: false }).unwrap();
    let (first, second) = (place(&mut market), place(&mut market));
    let demand = |place, rank| Demand { place, rank };
    let couple = market.add_household([&[demand(first, 1), demand(second, 2)][..]]).unwrap();
    let single = market.add_household([&[demand(first, 2)][..], &[demand(second, 1)][..]]).unwrap();
    let verdict = check(&market, &solve(&market));
    assert!(verdict.is_feasible() && verdict.complaints.len() == 1, "{verdict:?}");
    let complaining = verdict.complaints[0].household;
    assert_eq!(advice::against_complaints(&market, &[complaining], 10).map(|advice| advice.complaints), Some(0));
    let settled = solve(&market.with_one_more(second));
    assert_eq!([couple, single].map(|household| settled.of(household)), [Some(0), Some(1)]);
}

#[test]
fn a_market_takes_only_what_it_knows() {
    let mut market = Market::default();
    assert_eq!(market.add_place(Place { capacity: 1, within: Some(0), is_shared: false }), Err(Fault::NoPlace(0)));
    let place = market.add_place(Place { capacity: 1, within: None, is_shared: false }).unwrap();
    assert_eq!(market.add_place(Place { capacity: 1, within: Some(place), is_shared: true }), Err(Fault::SharedInPart));
    let known = [Demand { place, rank: 0 }];
    assert_eq!(market.add_household([&known[..], &[][..]]), Err(Fault::NothingDemanded));
    assert_eq!(market.add_household([&known[..], &[Demand { place: 7, rank: 0 }][..]]), Err(Fault::NoPlace(7)));
    assert_eq!((market.households(), market.add_household([&known[..]])), (0, Ok(0)));
    assert_eq!(solve(&market).granted, [Some(0)]);
    assert_eq!(market.wishes(0).count(), 1, "nothing is left of what was refused");
}
