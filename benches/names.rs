//! How many spellings of a name share a reading with it, how many other names do, and what a fold costs.
//!
//! `cargo bench --bench names` prints all of it. The names are `names.py`'s, which needs `python3` and fetches two packages into `target/names-python`.
//! Every fifth name and six conventions are held out: the tables were made without looking at what they miss there. `MISSES=20 cargo bench --bench names` shows
//! so many misses of the others.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::float_cmp,
    missing_docs,
    reason = "a benchmark that fails should say where"
)]
#![allow(clippy::disallowed_methods, reason = "a benchmark is told by the environment")]

use std::{
    collections::{BTreeSet, HashMap},
    hint::black_box,
    process::Command,
    time::Instant,
};

use relocation_registry::names::{Fold, to_cyrillic, to_latin};

/// How often a spelling met in the register is assumed to follow a convention, in percent; the others are not counted in the weighted share.
const COMMON: &[(&str, f64)] = &[
    ("ICAO_DOC_9303", 40.0),
    ("WIKIPEDIA", 10.0),
    ("MVD_782", 8.0),
    ("MVD_310", 8.0),
    ("MVD_310_FR", 8.0),
    ("BGN_PCGN", 8.0),
    ("GOST_52535", 5.0),
    ("TELEGRAM", 5.0),
    ("YANDEX_MONEY", 5.0),
    ("SCIENTIFIC", 3.0),
    ("passport", 45.0),
    ("icao", 20.0),
    ("latin-2021", 15.0),
    ("bgn-pcgn", 10.0),
    ("latin-2018", 10.0),
];

const HELD_OUT: &[&str] = &["BS_2979", "ISO_9_1968_ALT", "MOSMETRO", "YANDEX_MAPS", "iso-9", "latin-2017"];

/// One name as one convention writes it.
struct Pair {
    name: String,
    spelling: String,
    convention: String,
    held_out: bool,
}

impl Pair {
    fn is_native(&self) -> bool {
        self.convention == "native"
    }
}

fn pairs(language: &str, tsv: &str) -> Vec<Pair> {
    let lines = tsv.lines().map(|line| line.split('\t').map(str::to_owned).collect::<Vec<_>>());
    let (mut pairs, mut nth) = (Vec::new(), 0_usize);
    for line in lines {
        let [of, name, spelling, convention] = line.try_into().unwrap();
        if of == language {
            nth += usize::from(convention == "native");
            let held_out = nth.is_multiple_of(5) || HELD_OUT.contains(&convention.as_str());
            pairs.push(Pair { name, spelling, convention, held_out });
        }
    }
    pairs
}

/// What of a name is compared.
type Key = fn(&str) -> Vec<String>;

const KEYS: [(&str, Key); 4] = [
    ("fold", |name| Fold::of(name).readings().to_vec()),
    ("skeleton", |name| Fold::of(name).skeletons()),
    ("fold as a family name (so that sisters meet brothers)", |name| Fold::of_family_name(name).readings().to_vec()),
    ("fold as a patronymic", |name| Fold::of_patronymic(name).readings().to_vec()),
];

/// The names of a list by their keys.
struct Index<'a> {
    key: Key,
    names: HashMap<String, BTreeSet<&'a str>>,
}

impl<'a> Index<'a> {
    fn new(key: Key, pairs: &'a [Pair]) -> Self {
        let mut names: HashMap<String, BTreeSet<&str>> = HashMap::new();
        for name in native_names(pairs) {
            for key in key(name) {
                names.entry(key).or_default().insert(name);
            }
        }
        Self { key, names }
    }

    /// All names that share a key with a spelling.
    fn met(&self, spelling: &str) -> BTreeSet<&'a str> {
        (self.key)(spelling).iter().filter_map(|key| self.names.get(key)).flatten().copied().collect()
    }
}

/// The mean of something over pairs that weigh differently.
fn mean<'a>(
    pairs: &[(&'a Pair, BTreeSet<&str>)],
    weight: impl Fn(&'a Pair) -> f64,
    what: impl Fn(&'a Pair, &BTreeSet<&str>) -> f64,
) -> f64 {
    let sum: f64 = pairs.iter().map(|(pair, met)| weight(pair) * what(pair, met)).sum();
    sum / pairs.iter().map(|(pair, _)| weight(pair)).sum::<f64>()
}

fn is_met(pair: &Pair, met: &BTreeSet<&str>) -> f64 {
    f64::from(u8::from(met.contains(pair.name.as_str())))
}

fn others(pair: &Pair, met: &BTreeSet<&str>) -> f64 {
    met.iter().filter(|name| **name != pair.name).count() as f64
}

fn common(pair: &Pair) -> f64 {
    COMMON.iter().find(|(convention, _)| *convention == pair.convention).map_or(0.0, |(_, weight)| *weight)
}

fn report(pairs: &[Pair], shown: usize) {
    for (title, key) in KEYS {
        let index = Index::new(key, pairs);
        let (native, spelt): (Vec<_>, Vec<_>) =
            pairs.iter().map(|pair| (pair, index.met(&pair.spelling))).partition(|(pair, _)| pair.is_native());
        let missed: Vec<&Pair> = spelt.iter().filter(|(pair, met)| is_met(pair, met) == 0.0).map(|(pair, _)| *pair).collect();
        println!("  {title}");
        println!(
            "    equal: {:.5} ({} missed), tuned on {:.5}, held out {:.5}, weighted by common conventions {:.5}",
            mean(&spelt, |_| 1.0, is_met),
            missed.len(),
            mean(&spelt, |pair| f64::from(u8::from(!pair.held_out)), is_met),
            mean(&spelt, |pair| f64::from(u8::from(pair.held_out)), is_met),
            mean(&spelt, common, is_met),
        );
        println!(
            "    foreign names: {:.3} per native name, {:.3} per spelling",
            mean(&native, |_| 1.0, others),
            mean(&spelt, |_| 1.0, others)
        );
        let keys: Vec<usize> = pairs.iter().map(|pair| key(&pair.spelling).len()).collect();
        println!(
            "    keys: {:.2} per spelling, at most {}",
            keys.iter().sum::<usize>() as f64 / keys.len() as f64,
            keys.iter().max().unwrap()
        );
        for Pair { name, spelling, convention, .. } in missed.into_iter().filter(|pair| !pair.held_out).take(shown) {
            println!("    {convention}: {name} {:?}, {spelling} {:?}", key(name), key(spelling));
        }
    }
    let names: Vec<&str> = native_names(pairs).collect();
    let share = |kept: &dyn Fn(&str, &str) -> bool| {
        names.iter().filter(|name| kept(name, &to_cyrillic(&to_latin(name)))).count() as f64 / names.len() as f64
    };
    println!(
        "  to Latin and back: {:.4} the same, {:.4} read alike",
        share(&|name, back| name == back),
        share(&|name, back| Fold::of(name).meets(&Fold::of(back)))
    );
}

fn native_names(pairs: &[Pair]) -> impl Iterator<Item = &str> {
    pairs.iter().filter(|pair| pair.is_native()).map(|pair| pair.name.as_str())
}

fn cost(title: &str, spellings: &[&str], work: impl Fn(&str)) {
    let once = || {
        let started = Instant::now();
        for spelling in spellings {
            work(spelling);
        }
        started.elapsed().as_secs_f64() / spellings.len() as f64 * 1e6
    };
    let best = (0..5).map(|_| once()).fold(f64::INFINITY, f64::min);
    println!("{title}: {best:.2} us each");
}

fn main() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/names.py");
    let home = concat!(env!("CARGO_MANIFEST_DIR"), "/target/names-python");
    let printed = Command::new("python3").args([script, home]).output().unwrap();
    assert!(printed.status.success(), "{}", String::from_utf8_lossy(&printed.stderr));
    let tsv = String::from_utf8(printed.stdout).unwrap();
    let shown = std::env::var("MISSES").map_or(0, |count| count.parse().unwrap());

    let both = [("Russian", pairs("ru", &tsv)), ("Kazakh", pairs("kk", &tsv))];
    for (language, pairs) in &both {
        println!("{language}: {} names, {} spellings", native_names(pairs).count(), pairs.len());
        report(pairs, shown);
    }
    let all: Vec<&Pair> = both.iter().flat_map(|(_, pairs)| pairs).collect();
    let native: Vec<&str> = all.iter().filter(|pair| pair.is_native()).map(|pair| pair.name.as_str()).collect();
    let latin: Vec<&str> = all.iter().filter(|pair| !pair.is_native()).map(|pair| pair.spelling.as_str()).collect();
    for (script, spellings) in [("Cyrillic", &native), ("Latin", &latin)] {
        cost(&format!("fold, {script}"), spellings, |spelling| drop(black_box(Fold::of(black_box(spelling)))));
    }
    cost("to_latin", &native, |spelling| drop(black_box(to_latin(black_box(spelling)))));
    cost("to_cyrillic", &latin, |spelling| drop(black_box(to_cyrillic(black_box(spelling)))));
}
