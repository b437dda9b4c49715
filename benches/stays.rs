//! The stay engine: one status, a long life, and a sweep over a million people beside the same questions answered by vectorised numpy in the same run.
//!
//! `cargo bench --bench stays` prints all of it. The numpy side needs `python3` with numpy, or the one that `NUMPY_PYTHON` names; without it the sweep stands alone.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a benchmark that fails should say where"
)]
#![allow(clippy::disallowed_methods, reason = "a benchmark is told by the environment")]

use std::{hint::black_box, process::Command, time::Instant};

use chrono::NaiveDate;
use criterion::Criterion;
use relocation_registry::stays::{Policies, Stay, StayPolicy, engine::evaluate};

const PEOPLE: usize = 1_000_000;

fn day(number: i32) -> NaiveDate {
    NaiveDate::from_num_days_from_ce_opt(number).unwrap()
}

/// Numbers that look random and are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: i32) -> i32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i32::try_from((self.0 >> 33) % u64::try_from(bound).unwrap()).unwrap()
    }
}

/// So many stays one after the other, over about so many days before a day.
fn life(numbers: &mut Numbers, stays: usize, days: i32, on: i32) -> Vec<(i32, i32)> {
    let (mut at, each) = (on - days, days / i32::try_from(stays).unwrap());
    (0..stays)
        .map(|_| {
            let entry = at + numbers.below(each);
            let exit = entry + numbers.below(each);
            at = exit + 1;
            (entry, exit)
        })
        .collect()
}

fn stays(life: &[(i32, i32)]) -> Vec<Stay> {
    life.iter().map(|(entry, exit)| Stay { entry_on: day(*entry), exit_on: Some(day(*exit)) }).collect()
}

/// Answers everybody, and sums what was answered: used, longest stay, earliest entry, days in breach.
fn sweep(policy: &StayPolicy, people: &[[Stay; 5]], on: NaiveDate) -> [i64; 4] {
    people.iter().fold([0; 4], |[used, longest, entry, breach], stays| {
        let status = evaluate(policy, stays, &[], on);
        let until_entry = (status.earliest_entry_on - on).num_days();
        [
            used + i64::from(status.days_used),
            longest + i64::from(status.max_stay_days),
            entry + until_entry,
            breach + i64::from(status.days_in_breach),
        ]
    })
}

fn main() {
    let policies = Policies::with(vec![]).unwrap();
    let policy = policies.by_id("kz.eaeu.2023").unwrap();
    let mut numbers = Numbers(2023);
    let on = 739_000;

    let mut criterion = Criterion::default().configure_from_args();
    let (short, long) = (stays(&life(&mut numbers, 5, 400, on)), stays(&life(&mut numbers, 250, 20 * 365, on)));
    criterion.bench_function("status of 10 crossings", |b| b.iter(|| evaluate(policy, black_box(&short), &[], day(on))));
    criterion.bench_function("status of 500 crossings in 20 years", |b| b.iter(|| evaluate(policy, black_box(&long), &[], day(on))));
    criterion.final_summary();

    let lives: Vec<Vec<(i32, i32)>> = (0..PEOPLE).map(|_| life(&mut numbers, 5, 400, on)).collect();
    let people: Vec<[Stay; 5]> = lives.iter().map(|life| stays(life).try_into().unwrap()).collect();
    let begun = Instant::now();
    let ours = sweep(policy, &people, day(on));
    let seconds = begun.elapsed().as_secs_f64();
    println!("sweep of {PEOPLE} people x 10 crossings, one core: {seconds:.3} s, {:.0} ns each", seconds * 1e9 / 1e6);

    let file = tempfile::NamedTempFile::new().unwrap();
    let bytes: Vec<u8> = lives.iter().flatten().flat_map(|(entry, exit)| [entry.to_le_bytes(), exit.to_le_bytes()].concat()).collect();
    std::fs::write(file.path(), bytes).unwrap();
    let python = std::env::var("NUMPY_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/sweep.py");
    match Command::new(&python).arg(script).arg(file.path()).arg(on.to_string()).output() {
        Ok(output) if output.status.success() => {
            let said = String::from_utf8(output.stdout).unwrap();
            let numbers: Vec<f64> = said.split_whitespace().map(|number| number.parse().unwrap()).collect();
            println!("the same in numpy, one core:                       {:.3} s; ratio {:.1}", numbers[0], numbers[0] / seconds);
            let sums: Vec<i64> = said.split_whitespace().skip(1).map(|number| number.parse().unwrap()).collect();
            assert_eq!(ours.as_slice(), sums.as_slice(), "used, longest stay, earliest entry, days in breach");
            println!("both answer the same: {ours:?}");
        }
        Ok(output) => println!("numpy: not measured: {}", String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or_default()),
        Err(failed) => println!("numpy: not measured: {python}: {failed}"),
    }
}
