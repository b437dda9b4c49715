//! FEBRL: Australian records of one script, without families, as other systems were measured on them. Fields and blocks are those of that measurement and its address
//! fields; the shares, the prior and the cut are set without looking at who is who.

use std::{
    collections::{BTreeSet, HashMap},
    time::Instant,
};

use relocation_registry::likeness::{Level, scoring::probability, spelling};

use crate::{
    Numbers,
    em::{Learned, Vector},
    figure, quality,
};

// given_name, surname, street_number, address_1, address_2, suburb, postcode, state, date_of_birth, soc_sec_id
const GIVEN: usize = 0;
const SURNAME: usize = 1;
const STATE: usize = 7;
const BIRTH: usize = 8;
const NUMBER: usize = 9;
/// After the fields: whether the names are swapped; yes and no are both levels.
const SWAPPED: usize = 10;
/// Missing, equal, one and two edits apart or very similar and similar, different.
const LEVELS: [usize; 11] = [5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 3];
/// Compared as names are; the others by edits.
const NAMES: [usize; 5] = [GIVEN, SURNAME, 3, 4, 5];
/// Records that have one of these in common are compared.
const BLOCKS: [usize; 8] = [GIVEN, SURNAME, 3, 4, 5, 6, BIRTH, NUMBER];
/// Pairs that agree in the number, or in both names and the birth date, are assumed to be this share of all.
const SURE: f64 = 0.8;
const RANDOM_PAIRS: usize = 500_000;

struct Person {
    is_later: bool,
    number: u32,
    fields: Vec<String>,
}

fn people(lines: &str) -> Vec<Person> {
    let person = |line: &str| {
        let mut cells = line.split('\t');
        let (side, number) = (cells.next().unwrap(), cells.next().unwrap().parse().unwrap());
        Person { is_later: side == "B", number, fields: cells.map(|cell| cell.replace(' ', "")).collect() }
    };
    lines.lines().map(person).collect()
}

fn level(one: &str, other: &str, is_name: bool) -> u8 {
    if one.is_empty() || other.is_empty() {
        return 0;
    }
    if is_name {
        let levels = [Level::Equal, Level::VerySimilar, Level::Similar, Level::Different];
        return (1..).zip(levels).find(|(_, level)| *level == spelling::level(one, other)).unwrap().0;
    }
    let args = rapidfuzz::distance::osa::Args::default().score_cutoff(2);
    let edits = rapidfuzz::distance::osa::distance_with_args(one.bytes(), other.bytes(), &args);
    edits.map_or(4, |edits| 1 + u8::try_from(edits).unwrap())
}

fn compare(one: &Person, other: &Person, with_number: bool) -> Vector {
    let level = |mine: usize, theirs: usize| level(&one.fields[mine], &other.fields[theirs], NAMES.contains(&mine));
    let mut vector: Vector = (0..SWAPPED).map(|field| level(field, field)).collect();
    vector.push(1);
    let crossed = || matches!(level(GIVEN, SURNAME), 1 | 2) && matches!(level(SURNAME, GIVEN), 1 | 2);
    if vector[GIVEN] >= 3 && vector[SURNAME] >= 3 && crossed() {
        (vector[GIVEN], vector[SURNAME], vector[SWAPPED]) = (0, 0, 2);
    }
    if !with_number {
        vector[NUMBER] = 0;
    }
    vector
}

/// Whether two records can be a pair: of two lists in linking, of one in finding duplicates.
fn can_pair(one: &Person, other: &Person, linking: bool) -> bool {
    !std::ptr::eq(one, other) && (!linking || one.is_later != other.is_later)
}

fn candidates(people: &[Person], with_number: bool, linking: bool) -> Vec<(usize, usize)> {
    let mut blocks: HashMap<(usize, &str), Vec<usize>> = HashMap::new();
    for (at, person) in people.iter().enumerate() {
        for field in BLOCKS {
            let value = person.fields[field].as_str();
            if !value.is_empty() && (with_number || field != NUMBER) {
                blocks.entry((field, value)).or_default().push(at);
            }
        }
    }
    let mut pairs = BTreeSet::new();
    for block in blocks.values() {
        for (order, one) in block.iter().enumerate() {
            let others = block[order + 1..].iter().filter(|other| can_pair(&people[*one], &people[**other], linking));
            pairs.extend(others.map(|other| (*one, *other)));
        }
    }
    pairs.into_iter().collect()
}

fn learn(people: &[Person], vectors: &[Vector], with_number: bool, linking: bool) -> Learned {
    let mut numbers = Numbers(4);
    let mut random = Vec::new();
    while random.len() < RANDOM_PAIRS {
        let (one, other) = (&people[numbers.below(people.len())], &people[numbers.below(people.len())]);
        if can_pair(one, other, linking) {
            random.push(compare(one, other, with_number));
        }
    }
    let is_sure = |vector: &&Vector| vector[NUMBER] == 1 || (vector[GIVEN] == 1 && vector[SURNAME] == 1 && vector[BIRTH] == 1);
    let count = people.len() as f64;
    let pairs = if linking { count * count / 4.0 } else { count * (count - 1.0) / 2.0 };
    let prior = (vectors.iter().filter(is_sure).count() as f64 / SURE / pairs).log2();
    Learned::from(vectors, &random, &LEVELS, prior)
}

/// Links two lists or finds duplicates in one, and prints how well.
pub fn measure(set: &str, lines: &str, with_number: bool, bar: f64) {
    let begun = Instant::now();
    let people = people(lines);
    let linking = people.iter().any(|person| person.is_later);
    let candidates = candidates(&people, with_number, linking);
    let vectors: Vec<Vector> = candidates.iter().map(|(one, other)| compare(&people[*one], &people[*other], with_number)).collect();
    let learned = learn(&people, &vectors, with_number, linking);
    let mut frequencies: HashMap<(usize, &str), f64> = HashMap::new();
    for person in &people {
        for (field, value) in person.fields.iter().enumerate() {
            *frequencies.entry((field, value)).or_default() += 1.0 / people.len() as f64;
        }
    }
    // An equal value weighs the more, the rarer it is.
    let weight = |at: usize, field: usize| match vectors[at][field] {
        1 if field <= STATE => (learned.one[field][1] / frequencies[&(field, people[candidates[at].0].fields[field].as_str())]).log2(),
        level => learned.weight(field, level),
    };
    let bits = |at: usize| learned.prior + (0..LEVELS.len()).map(|field| weight(at, field)).sum::<f64>();
    let mut found: Vec<(f64, usize)> =
        (0..candidates.len()).map(|at| (bits(at), at)).filter(|(bits, _)| probability(*bits) >= 0.5).collect();
    found.sort_by(|one, other| other.0.total_cmp(&one.0));
    let seconds = begun.elapsed().as_secs_f64();

    let mut counts: HashMap<u32, usize> = HashMap::new();
    for person in &people {
        *counts.entry(person.number).or_default() += 1;
    }
    let all: usize = counts.values().map(|count| count * (count - 1) / 2).sum();
    let is_right = |at: &usize| people[candidates[*at].0].number == people[candidates[*at].1].number;
    let blocked = (0..candidates.len()).filter(is_right).count();
    let number = if with_number { "" } else { ", no document number" };
    println!("{set}{number}: {} candidates with {blocked} of {all} pairs, {seconds:.2} s", candidates.len());
    let print = |what: &str, found: &[(f64, usize)]| {
        let right = found.iter().filter(|(_, at)| is_right(at)).count();
        let (precision, recall, f1) = quality(found.len(), right, all);
        figure(what, f1, bar);
        println!("    precision {precision:.4}, recall {recall:.4}: {} wrong, {} missed", found.len() - right, all - right);
    };
    print("F1", &found);
    if linking {
        // Everybody is in each list once.
        let mut taken = BTreeSet::new();
        found.retain(|(_, at)| {
            let (one, other) = candidates[*at];
            !taken.contains(&one) && !taken.contains(&other) && taken.insert(one) && taken.insert(other)
        });
        print("F1, one to one", &found);
    }
}
