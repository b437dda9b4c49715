//! People with siblings and twins, written in two scripts: earlier and later registrations, of which half are of people known already.

use std::{
    collections::{BTreeSet, HashMap},
    hint::black_box,
    time::Instant,
};

use relocation_registry::likeness::{
    Band, Comparison, Document, Field, Frequencies, Frequency, Key, Level, Model, Name, Overrides, Record, Weighed, compare, keys,
    scoring::probability,
};
use strum::IntoEnumIterator as _;

use crate::{
    Numbers,
    em::{Learned, Vector},
    figure, quality,
};

/// How often band same has to be right.
const PRECISION: f64 = 0.999;
/// Pairs with the same document, or with both names and the birth date equal, are assumed to be this share of all.
const SURE: f64 = 0.7;
const RANDOM_PAIRS: usize = 400_000;

struct Person {
    number: u32,
    record: Record,
}

fn people(lines: &str, side: &str) -> Vec<Person> {
    let person = |line: &str| {
        let cells: Vec<&str> = line.split('\t').collect();
        let known = |at: usize| Some(cells[at]).filter(|cell| !cell.is_empty());
        let document =
            |number: &str| Document { kind: number[..1].to_owned(), country: "KAZ".to_owned(), number: number.to_owned(), in_force: false };
        let record = Record {
            family: Name::family(known(2)),
            given: Name::given(known(3)),
            patronymic: Name::patronymic(known(4)),
            birth_on: known(5).map(|day| day.parse().unwrap()),
            sex: known(6).map(|sex| sex.parse().unwrap()),
            region: known(7).map(str::to_owned),
            documents: known(8).map(document).into_iter().collect(),
            phone: known(9).map(str::to_owned),
            ..Record::default()
        };
        Person { number: cells[1].parse().unwrap(), record }
    };
    lines.lines().filter(|line| line.starts_with(side)).map(person).collect()
}

/// How many earlier records have a family name, and a given name.
struct Counts(HashMap<String, u64>, HashMap<String, u64>);

impl Counts {
    fn of(people: &[Person]) -> Self {
        let mut counts = Self(HashMap::new(), HashMap::new());
        for Person { record, .. } in people {
            for (counts, name) in [(&mut counts.0, &record.family), (&mut counts.1, &record.given)] {
                for letters in name.letters() {
                    *counts.entry(letters.clone()).or_default() += 1;
                }
            }
        }
        counts
    }

    fn frequencies(&self, one: &Record, other: &Record) -> Frequencies {
        let of = |counts: &HashMap<String, u64>, one: &Name, other: &Name| {
            let most = |name: &Name| name.letters().iter().filter_map(|letters| counts.get(letters)).max().copied().unwrap_or(0);
            let shared = one.wholes().iter().any(|one| other.wholes().iter().any(|other| one.meets(other)));
            let (one, other) = (most(one), most(other));
            Some(Frequency { people: one.max(other), rarer: (!shared).then_some(one.min(other)) })
        };
        Frequencies { family: of(&self.0, &one.family, &other.family), given: of(&self.1, &one.given, &other.given) }
    }
}

struct Pair {
    at: (usize, usize),
    is_right: bool,
    comparison: Comparison,
    weighed: Weighed,
}

/// Earlier and later registrations with all pairs that share a key.
struct Register {
    model: Model,
    earlier: Vec<Person>,
    later: Vec<Person>,
    pairs: Vec<Pair>,
    /// How many pairs are of one person.
    all: usize,
    keys: usize,
}

impl Register {
    fn of(lines: &str) -> Self {
        let model = Model::with(Overrides::default()).unwrap();
        let (earlier, later) = (people(lines, "A"), people(lines, "B"));
        let mut index: HashMap<Key, Vec<usize>> = HashMap::new();
        for (at, person) in earlier.iter().enumerate() {
            for key in keys(&person.record) {
                index.entry(key).or_default().push(at);
            }
        }
        let counts = Counts::of(&earlier);
        let mut pairs = Vec::new();
        for (at, person) in later.iter().enumerate() {
            let found: BTreeSet<usize> = keys(&person.record).iter().filter_map(|key| index.get(key)).flatten().copied().collect();
            for known in found {
                let one = &earlier[known];
                let comparison = compare(&one.record, &person.record);
                let frequencies = counts.frequencies(&one.record, &person.record);
                let weighed = model.weigh(&comparison, frequencies, u64::try_from(earlier.len()).unwrap());
                pairs.push(Pair { at: (known, at), is_right: one.number == person.number, comparison, weighed });
            }
        }
        let numbers: BTreeSet<u32> = earlier.iter().map(|person| person.number).collect();
        let all = later.iter().filter(|person| numbers.contains(&person.number)).count();
        let keys = index.values().map(Vec::len).sum();
        Self { model, earlier, later, pairs, all, keys }
    }

    /// Precision and recall of what is taken.
    fn quality(&self, is_taken: impl Fn(&Pair) -> bool) -> (f64, f64) {
        let taken = || self.pairs.iter().filter(|pair| is_taken(pair));
        let (precision, recall, _) = quality(taken().count(), taken().filter(|pair| pair.is_right).count(), self.all);
        (precision, recall)
    }

    /// The recall that is reached while the precision holds, taking pairs by weight.
    fn reachable(&self, is_allowed: impl Fn(&Pair) -> bool) -> f64 {
        let mut pairs: Vec<&Pair> = self.pairs.iter().filter(|pair| is_allowed(pair)).collect();
        pairs.sort_by(|one, other| other.weighed.bits.total_cmp(&one.weighed.bits));
        let (mut right, mut reached) = (0, 0);
        for (taken, pair) in (1..).zip(pairs) {
            right += usize::from(pair.is_right);
            if right as f64 >= PRECISION * f64::from(taken) {
                reached = right;
            }
        }
        reached as f64 / self.all as f64
    }

    fn learned(&self) -> Learned {
        let vectors: Vec<Vector> = self.pairs.iter().map(|pair| vector(&pair.comparison)).collect();
        let mut numbers = Numbers(7);
        let mut random = || {
            let (one, other) = (numbers.below(self.earlier.len()), numbers.below(self.later.len()));
            vector(&compare(&self.earlier[one].record, &self.later[other].record))
        };
        let random: Vec<Vector> = (0..RANDOM_PAIRS).map(|_| random()).collect();
        let is_sure = |pair: &&Pair| {
            let equal = |field| pair.comparison.level(field) == Level::Equal;
            equal(Field::Document) || (equal(Field::FamilyName) && equal(Field::GivenName) && equal(Field::BirthDate))
        };
        let sure = self.pairs.iter().filter(is_sure).count() as f64;
        let prior = (sure / SURE / (self.earlier.len() * self.later.len()) as f64).log2();
        let levels: Vec<usize> = Field::iter().map(|field| usize::from(number_of(field, None)) + 1).collect();
        Learned::from(&vectors, &random, &levels, prior)
    }
}

/// The number of a level among those of its field, from near to far and from 1; of the last one for none. Names that are not swapped are a level too, the first.
fn number_of(field: Field, level: Option<Level>) -> u8 {
    let at = field.levels().iter().position(|known| Some(*known) == level).map(|at| at + 1);
    let at = at.unwrap_or(if level.is_none() { field.levels().len() } else { 0 });
    u8::try_from(at).unwrap() + u8::from(field == Field::SwappedNames)
}

fn vector(comparison: &Comparison) -> Vector {
    comparison.levels().map(|(field, level)| number_of(field, Some(level))).collect()
}

/// Finds who is known already, and prints how well.
pub fn measure(name: &str, lines: &str, bar: f64) {
    let register = Register::of(lines);
    let band = |pair: &Pair| register.model.band(&pair.weighed);
    println!("{name}: {:.2} candidates a record, {:.1} keys", register.pairs.len() as f64 / 5000.0, register.keys as f64 / 5000.0);
    let (precision, recall) = register.quality(|pair| band(pair) == Band::Same);
    figure("precision", precision, PRECISION);
    figure("recall", recall, bar);
    let (_, blocked) = register.quality(|_| true);
    figure("recall of the keys", blocked, 0.99);
    let (guarded, unguarded) = (register.reachable(|pair| pair.weighed.is_own), register.reachable(|_| true));
    figure("recall in reach, family guard on", guarded, unguarded);
    let (precision, recall) = register.quality(|pair| pair.weighed.is_identified || pair.weighed.posterior >= 0.999);
    println!("  without the guard: precision {precision:.4}, recall {recall:.4}, in reach {unguarded:.4}");
    let look = register.pairs.iter().filter(|pair| band(pair) == Band::Look);
    println!("  to look at: {}, of one person {}", look.clone().count(), look.filter(|pair| pair.is_right).count());
    let learned = register.learned();
    let probable = |pair: &Pair| probability(learned.prior + learned.bits(&vector(&pair.comparison)));
    let (precision, recall) = register.quality(|pair| pair.weighed.is_own && probable(pair) >= 0.99);
    println!("  learned weights and prior, from 0.99 on, with the guard: precision {precision:.4}, recall {recall:.4}");
}

/// Prints the weights that are shipped beside those that are learned.
pub fn weights(with_documents: &str, without: &str) {
    let registers = [Register::of(with_documents), Register::of(without)];
    let learned = registers.each_ref().map(Register::learned);
    for (at, field) in Field::iter().enumerate() {
        for level in field.levels() {
            let weights = registers.iter().zip(&learned).map(|(register, learned)| {
                let is_seen = register.pairs.iter().any(|pair| pair.comparison.level(field) == *level);
                if is_seen { format!("{:>7.1}", learned.weight(at, number_of(field, Some(*level)))) } else { format!("{:>7}", "-") }
            });
            let weights: String = weights.collect();
            println!("  {:<14} {:<22} {:>7.1}{weights}", field.to_string(), level.to_string(), registers[0].model.bits(field, *level));
        }
    }
}

/// Prints what one comparison costs, with its candidates just read, and what else a new registration costs.
pub fn speed(lines: &str) {
    let register = Register::of(lines);
    let records = |pair: &Pair| (&register.earlier[pair.at.0].record, &register.later[pair.at.1].record);
    let rounds = 50_u32;
    let each = |what: &str, count: usize, work: &mut dyn FnMut()| {
        let begun = Instant::now();
        work();
        println!("  {what:<34} {:.0} ns", begun.elapsed().as_secs_f64() * 1e9 / f64::from(rounds) / count as f64);
    };
    each("comparing", register.pairs.len(), &mut || {
        for pairs in register.pairs.chunks(50) {
            for pair in (0..rounds).flat_map(|_| pairs) {
                let (one, other) = records(pair);
                black_box(compare(one, other));
            }
        }
    });
    each("weighing", register.pairs.len(), &mut || {
        for pair in (0..rounds).flat_map(|_| &register.pairs) {
            black_box(register.model.weigh(&pair.comparison, Frequencies::default(), 1_000_000));
        }
    });
    each("keys of a record", register.later.len(), &mut || {
        for person in (0..rounds).flat_map(|_| &register.later) {
            black_box(keys(&person.record));
        }
    });
}
