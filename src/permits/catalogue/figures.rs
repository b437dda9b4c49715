//! Figures that change by date: the monthly calculation index, and the points of the knowledge test for citizenship.

use chrono::NaiveDate;
use serde::Deserialize;

/// The monthly calculation index (айлық есептік көрсеткіш, месячный расчётный показатель) that duties, fines and the proof of solvency are counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mci {
    /// The first day in force.
    pub from: NaiveDate,
    /// Its worth in tenge.
    pub kzt: i64,
}

/// Points of 100 that each part of the knowledge test for citizenship needs.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Naturalisation {
    /// The first day in force.
    pub from: NaiveDate,
    /// The order that set them.
    pub legal_basis: String,
    /// Kazakh.
    pub language: i64,
    /// The constitution.
    pub constitution: i64,
    /// History.
    pub history: i64,
}

/// All figures, each in force from its first day until the next begins.
#[derive(Debug, Clone)]
pub struct Figures {
    mci: Vec<Mci>,
    naturalisation: Vec<Naturalisation>,
}

impl Figures {
    /// The built-in rows with an operator's put in: one with a known first day replaces that row, another is added.
    pub(super) fn with(built_in: (Vec<Mci>, Vec<Naturalisation>), own: (Vec<Mci>, Vec<Naturalisation>), faults: &mut Vec<String>) -> Self {
        let mci = merged(built_in.0, own.0, |row| row.from);
        let naturalisation = merged(built_in.1, own.1, |row| row.from);
        for row in &mci {
            if !crate::time::is_plausible(row.from) {
                faults.push(format!("mci {}: from: must lie between 1900 and 2200", row.from));
            }
            if !(1..=1_000_000).contains(&row.kzt) {
                faults.push(format!("mci {}: kzt: must be 1 to 1000000", row.from));
            }
        }
        for row in &naturalisation {
            let mut fault = |field: &str, what: &str| faults.push(format!("naturalisation {}: {field}: {what}", row.from));
            if !crate::time::is_plausible(row.from) {
                fault("from", "must lie between 1900 and 2200");
            }
            if row.legal_basis.is_empty() {
                fault("legal_basis", "is required");
            }
            for (field, points) in [("language", row.language), ("constitution", row.constitution), ("history", row.history)] {
                if !(1..=100).contains(&points) {
                    fault(field, "must be 1 to 100");
                }
            }
        }
        Self { mci, naturalisation }
    }

    /// The index in force on a day; `None` before the first that is known.
    pub fn mci(&self, on: NaiveDate) -> Option<Mci> {
        self.mci.iter().rev().find(|row| row.from <= on).copied()
    }

    /// The points in force on a day; `None` before the first that are known.
    pub fn naturalisation(&self, on: NaiveDate) -> Option<&Naturalisation> {
        self.naturalisation.iter().rev().find(|row| row.from <= on)
    }
}

/// The rows by first day, the oldest first.
fn merged<T>(mut rows: Vec<T>, own: Vec<T>, from: fn(&T) -> NaiveDate) -> Vec<T> {
    for row in own {
        match rows.iter_mut().find(|known| from(known) == from(&row)) {
            Some(known) => *known = row,
            None => rows.push(row),
        }
    }
    rows.sort_by_key(from);
    rows
}

#[cfg(test)]
mod tests {
    use crate::law::Law;

    fn day(text: &str) -> chrono::NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn the_index_is_that_of_the_year() {
        let law = Law::load(None).unwrap();
        let kzt = |on: &str| law.figures.mci(day(on)).map(|mci| mci.kzt);
        assert_eq!(
            [kzt("2021-12-31"), kzt("2022-06-01"), kzt("2025-12-31"), kzt("2026-01-01")],
            [None, Some(3063), Some(3932), Some(4325)]
        );
    }

    #[test]
    fn the_points_of_the_knowledge_test_are_those_of_the_order_in_force() {
        let law = Law::load(None).unwrap();
        let points = |on: &str| law.figures.naturalisation(day(on)).map(|row| [row.language, row.constitution, row.history]);
        assert_eq!(points("2024-10-11"), None);
        assert_eq!(points("2025-08-25"), Some([36, 9, 15]));
        assert_eq!(points("2025-08-26"), Some([15, 20, 15]));
    }
}
