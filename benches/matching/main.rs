//! The matching engine: against every outcome of small markets, and against the instances that other programs have solved, which run beside it.
//!
//! `cargo bench --bench matching` prints the tables. The Python package is fetched into `target/matching-python`; without `python3` its column stays empty.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    missing_docs,
    reason = "a benchmark that fails should say where, and its figures are rounded"
)]

#[path = "../../tests/it/matching/instances.rs"]
mod instances;
#[path = "../../tests/it/matching/oracle.rs"]
mod oracle;

use std::{collections::HashMap, process::Command, time::Instant};

use chrono::NaiveDate;
use relocation_registry::{
    classifiers::{Occupation, Region},
    homes::{Check, Home, HomeKind, rules::Town},
    ids::{EmployerId, HouseholdId, RelocantId, VacancyId},
    matches::{
        Measure,
        rounds::{Opening, Seeker, TownHomes, plan},
        weights::Rankings,
    },
    matching::{Demand, Market, Verdict, advice, check, deferred::Deferred, solve},
    relocants::{Card, LicenceState},
    vacancies::{Allowances, Pay, Vacancy, VacancyStatus},
};
use uuid::Uuid;

use self::{
    instances::{Homes, couples, fingerprint, list, plain, rank},
    oracle::{KINDS, Kind, Numbers, Small},
};

const SEED: u64 = 20_240_501;

/// The middle of several times, in milliseconds.
fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let begun = Instant::now();
    let done = work();
    (begun.elapsed().as_secs_f64() * 1e3, done)
}

/// Small markets, every outcome of which is tried.
fn small_markets() {
    const EACH: u64 = 30_000;
    println!("Small markets, every outcome tried, {EACH} of each kind");
    for kind in KINDS {
        let (mut unstable, mut missed, mut overfull, mut not_best, mut complaints) = (0, 0, 0, 0, 0);
        for seed in 0..EACH {
            let small = Small::random(kind, seed);
            let outcome = solve(&small.market());
            let (exist, complaining) = (small.stable(), small.who_complains(&outcome.granted).len());
            overfull += u32::from(!small.is_feasible(&outcome.granted));
            unstable += u32::from(exist.is_empty());
            missed += u32::from(!exist.is_empty() && complaining > 0);
            complaints += complaining;
            let better = |other: &u32, mine: Option<u32>| mine.is_none_or(|mine| *other < mine);
            let beats = |one: &relocation_registry::matching::Outcome| {
                one.granted.iter().zip(&outcome.granted).any(|(other, mine)| other.is_some_and(|other| better(&other, *mine)))
            };
            not_best += u32::from(matches!(kind, Kind::Plain | Kind::Nested) && exist.iter().any(beats));
        }
        println!(
            "  {:<8} no stable outcome exists in {unstable:>4} ({complaints} complain there); missed {missed}, overfull {overfull}, not the best for everybody {not_best}",
            format!("{kind:?}")
        );
    }
}

/// Seconds to build and to solve, and the sum, by residents.
fn peer() -> HashMap<usize, (f64, f64, String)> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/matching/peer.py");
    let home = concat!(env!("CARGO_MANIFEST_DIR"), "/target/matching-python");
    let Ok(printed) = Command::new("python3").args([script, home]).output() else { return HashMap::new() };
    let text = String::from_utf8_lossy(&printed.stdout).into_owned();
    let line = |line: &str| {
        let mut words = line.split(' ');
        let mut next = || words.next().unwrap();
        (next().parse().unwrap(), (next().parse().unwrap(), next().parse().unwrap(), next().to_owned()))
    };
    text.lines().map(line).collect()
}

/// Lists of ten, ten posts each. With how popular the popular hospitals are, and the sum over who got what that other programs have.
fn hospitals_and_residents() {
    let peer = peer();
    println!("Hospitals and residents, lists of ten, ten posts each, one core; beside it the Python package `matching`");
    for (residents, skew, sum) in [
        (1000, 1, 0xf308_75da_620c_a325),
        (1000, 2, 0x31c3_d41c_8330_bbd7),
        (10_000, 1, 0x5265_9bed_4e8e_13da),
        (10_000, 2, 0x5be3_d2cb_2bb0_8a1b),
        (100_000, 1, 0x8a12_38ee_f517_3087),
        (100_000, 2, 0xd630_bf64_6bf8_9e84),
        (1_000_000, 1, 0xf117_2ba5_74e2_d6c7),
        (1_000_000, 2, 0x6ca0_10af_32bd_3015),
    ] {
        let (built, market) = timed(|| plain(residents, residents / 10, 10, SEED, skew));
        let (mut run, mut times) = (Deferred::default(), Vec::new());
        for _ in 0..9 {
            let (took, done) = timed(|| Deferred::of(&market));
            times.push(took);
            run = done;
        }
        let outcome = run.outcome();
        let (checked, verdict) = timed(|| check(&market, &outcome));
        let found = fingerprint(&market, &outcome);
        assert!(verdict.is_stable() && found == sum, "{residents} {skew}: {found:016x}");
        let solved = median(&mut times);
        let beside = peer.get(&residents).filter(|_| skew == 1).map_or_else(String::new, |(build, solve, theirs)| {
            assert_eq!(*theirs, format!("{found:016x}"));
            format!(", `matching` {:.0} + {:.0} ms: {:.0} times", build * 1e3, solve * 1e3, (build + solve) * 1e3 / (built + solved))
        });
        println!(
            "  {residents:>7} skew {skew}: lists and scores {built:.2} ms, solved {solved:.3} ms ({:.0} ns a proposal), checked {checked:.2} ms, {} proposals, {} matched{beside}",
            solved * 1e6 / run.proposals() as f64,
            run.proposals(),
            outcome.placed(),
        );
    }
}

/// One household more, at several numbers of people for a hundred posts.
fn arrivals() {
    println!("One household arrives, 100,000 were there, 1,000 arrivals");
    for load in [70, 90, 95, 100, 110] {
        let (people, more) = (100_000_usize, 1000_u64);
        let hospitals = (people * 10).div_ceil(load);
        let mut market = plain(people, hospitals, 10, SEED, 1);
        let mut run = Deferred::of(&market);
        let mut times = Vec::new();
        for resident in people as u64..people as u64 + more {
            let wishes: Vec<[Demand; 1]> = list(resident, hospitals, 10, SEED, 1)
                .into_iter()
                .map(|hospital| [Demand { place: hospital, rank: rank(hospital, resident, SEED) }])
                .collect();
            let household = market.add_household(wishes.iter().map(<[Demand; 1]>::as_slice)).unwrap();
            times.push(timed(|| run.arrive(&market, household)).0 * 1e3);
        }
        assert!(run.outcome() == Deferred::of(&market).outcome(), "as if all had come together");
        let middle = median(&mut times);
        println!(
            "  {load:>3} people for 100 posts: median {middle:.2} us, p99 {:.1} us; the outcome is that of all together",
            times[times.len() * 99 / 100]
        );
    }
}

/// Couples, and homes: how many of the instances come out stable, who can complain in the others, and whether one place more would settle it.
fn couples_and_homes() {
    println!("Couples and homes; in the rest: who can complain, and who still could with one place more");
    let none = [
        (70, 10, 1000, 20),
        (70, 20, 1000, 20),
        (80, 5, 1000, 20),
        (80, 10, 1000, 20),
        (80, 20, 1000, 20),
        (90, 5, 1000, 20),
        (90, 10, 1000, 20),
    ];
    let tight = [(100, 5, 200, 20), (100, 10, 200, 20), (100, 20, 200, 10), (100, 5, 1000, 6), (100, 10, 1000, 20), (120, 10, 1000, 20)];
    let regional = [(85, 0, 1000, 20), (95, 0, 1000, 20), (105, 0, 1000, 20), (120, 0, 1000, 20), (85, 5, 1000, 6), (95, 5, 1000, 4)];
    let bound = [(95, 0, 1000, 10), (110, 0, 1000, 10), (85, 5, 1000, 6)];
    let one = [(95, 0, 1000, 10), (110, 0, 1000, 10)];
    let all = none.iter().chain(&tight).map(|row| (Homes::None, row)).chain(regional.iter().map(|row| (Homes::OfRegion, row)));
    for (homes, (load, percent, people, instances)) in
        all.chain(bound.iter().map(|row| (Homes::OfVacancy, row))).chain(one.iter().map(|row| (Homes::OneRanking, row)))
    {
        let (mut stable, mut rest, mut times) = (0, Vec::new(), Vec::new());
        for seed in 1000..1000 + instances {
            let (market, _) = couples(*people, *percent, seed, homes, *load);
            let (took, outcome) = timed(|| solve(&market));
            times.push(took);
            let verdict = check(&market, &outcome);
            assert!(verdict.is_feasible(), "more is given than there is");
            if verdict.is_stable() { stable += 1 } else { rest.push(told(&market, &verdict)) }
        }
        println!(
            "  {:<10} {load:>3} people for 100 posts, {percent:>2} % in couples of {people:>4}: stable {stable} of {instances}, median {:.2} ms; rest {}",
            format!("{homes:?}"),
            median(&mut times),
            rest.join(" ")
        );
    }
}

fn told(market: &Market, verdict: &Verdict) -> String {
    let complaining: Vec<_> = verdict.complaints.iter().map(|complaint| complaint.household).collect();
    let advised = advice::against_complaints(market, &complaining, 60);
    format!("{}→{}", complaining.len(), advised.map_or_else(|| "-".to_owned(), |advice| advice.complaints.to_string()))
}

/// Rounds as a matcher plans them: people with cards, vacancies with homes, from assessing them to who gets what.
fn rounds() {
    println!("Rounds of people with cards, one in five of a couple, and vacancies with homes");
    for (people, vacancies, occupations) in [(500, 100, 5), (5000, 400, 1), (5000, 2000, 10)] {
        let mut numbers = Numbers(SEED);
        let codes = ["2212", "2221", "2330", "2512", "2142", "2261", "2320", "5120", "7231", "8332"];
        let mut work = || codes[numbers.below(occupations) as usize].parse().unwrap();
        let works: Vec<Occupation> = (0..people + vacancies).map(|_| work()).collect();
        let regions = [Region::Abai, Region::Astana, Region::AlmatyCity, Region::Kostanay];
        let seekers: Vec<Seeker> = (0..people)
            .map(|number| {
                let (drawn, wished) = (numbers.next(), numbers.below(6) as usize);
                let card = Card {
                    occupations: vec![(works[number], (drawn % 12) as i32)],
                    languages: vec![],
                    licence: LicenceState::None,
                    wished_regions: regions.get(wished..=wished).unwrap_or_default().to_vec(),
                    household_size: 1 + (drawn >> 8) as i32 % 4,
                    earliest_start_on: None,
                    looking: true,
                    ..Default::default()
                };
                let couple = (number < people / 5).then(|| HouseholdId(Uuid::from_u128(number as u128 / 2)));
                Seeker {
                    relocant: RelocantId(Uuid::from_u128(number as u128)),
                    couple,
                    only_in: None,
                    card,
                    citizenship: "RUS".parse().unwrap(),
                    resides_until: None,
                    lot: drawn,
                }
            })
            .collect();
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let openings: Vec<Opening> = (0..vacancies)
            .map(|number| {
                let (drawn, free) = (numbers.next(), 1 + (people as u64 / vacancies as u64) as i32);
                let home = |people: i32, at: u128| Home {
                    id: Uuid::from_u128((number as u128) << 8 | at),
                    kind: HomeKind::Apartment,
                    count: 1,
                    rooms: 2,
                    people,
                    rent_minor: i64::from(people) - 2,
                    available_from: day("2026-01-01"),
                    available_until: None,
                    step_free: false,
                    children_allowed: true,
                    pets_allowed: false,
                    check: Check::Unchecked,
                };
                let vacancy = Vacancy {
                    id: VacancyId(Uuid::from_u128(number as u128)),
                    employer: EmployerId(Uuid::nil()),
                    occupation: works[people + number],
                    region: regions[drawn as usize % regions.len()],
                    settlement: "Аягөз".to_owned(),
                    openings: free,
                    pay: Pay { min_minor: 1, max_minor: 2, currency: "KZT".to_owned() },
                    languages: vec![],
                    licence_required: false,
                    closes_on: day("2026-12-31"),
                    status: VacancyStatus::Open,
                    homes: vec![home(2, 0), home(4, 1)],
                    version: 1,
                    created_at: chrono::DateTime::UNIX_EPOCH,
                    updated_at: chrono::DateTime::UNIX_EPOCH,
                    external_ref: None,
                    allowances: Allowances::default(),
                    import: None,
                };
                Opening { vacancy, free, free_homes: vec![1, 1], is_in_need: false, lot: drawn }
            })
            .collect();
        let weights = Rankings::with(vec![]).unwrap().in_force(day("2026-02-01")).clone();
        let measure = Measure { weights, today: day("2026-02-01"), start_by: None, permitted_on: day("2026-03-01") };
        // Beside the homes that come with the vacancies, homes of the regions' towns for every tenth person.
        let of_town = |(number, region): (usize, &Region)| TownHomes {
            town: Town::of(*region, "Аягөз"),
            home: Home { id: Uuid::from_u128(1 << 100 | number as u128), ..openings[0].vacancy.homes[number % 2].clone() },
            free: i32::try_from(people / 10 / regions.len()).unwrap().max(1),
        };
        let homes: Vec<TownHomes> = regions.iter().enumerate().map(of_town).collect();
        for (what, homes) in [("without homes of towns", &[][..]), ("with homes of towns", &homes)] {
            let (took, round) = timed(|| plan(&seekers, &openings, homes, &[], &measure, day("2026-06-01")).unwrap());
            println!(
                "  {people:>5} people, {vacancies:>4} vacancies of {occupations:>2} occupations, {what}: {took:.0} ms; {} placed, {} with a home, {} families can complain, {:?}",
                round.placements.len(),
                round.placements.iter().filter(|placement| placement.home.is_some()).count(),
                round.complaints.len(),
                round.advice.map(|advice| advice.complaints)
            );
        }
    }
}

fn main() {
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    small_markets();
    hospitals_and_residents();
    arrivals();
    couples_and_homes();
    rounds();
}
