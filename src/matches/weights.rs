//! What speaks for a person and a vacancy, in points: versions that follow one another by date, the built-in ones in `weights.toml`.

use chrono::NaiveDate;
use serde::Deserialize;

use crate::versions;

/// The points of one version. All are whole and none is negative, so that a sum can be checked by hand.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    /// Names the version in answers.
    pub id: String,
    /// The first day; none: as far back as anybody asks.
    pub effective_from: Option<NaiveDate>,
    /// The card names the vacancy's unit group: four digits of ISCO-08.
    pub occupation: i32,
    /// The card names another unit of its minor group: three digits.
    pub near_occupation: i32,
    /// The card names another unit of its sub-major group: two digits.
    pub far_occupation: i32,
    /// Each year of practice in that occupation.
    pub year: i32,
    /// All years at most.
    pub years_most: i32,
    /// The licence is recognised.
    pub licence_recognised: i32,
    /// Each level of the Common European Framework above what is needed, over all languages.
    pub language_level: i32,
    /// All levels at most.
    pub languages_most: i32,
    /// The region is wished, or none in particular is.
    pub wished_region: i32,
    /// In a round, for whoever wishes no region in particular: more people are sought there than look for the work.
    pub region_in_need: i32,
    /// A home comes with it that the household fits into.
    pub home_fits: i32,
    /// Such a home is free of rent.
    pub home_free: i32,
}

impl Weights {
    fn points(&self) -> [(&'static str, i32); 14] {
        [
            ("occupation", self.occupation),
            ("near_occupation", self.near_occupation),
            ("far_occupation", self.far_occupation),
            ("year", self.year),
            ("years_most", self.years_most),
            ("licence_recognised", self.licence_recognised),
            ("language_level", self.language_level),
            ("languages_most", self.languages_most),
            ("wished_region", self.wished_region),
            ("region_in_need", self.region_in_need),
            ("home_fits", self.home_fits),
            ("home_free", self.home_free),
            ("occupation", self.occupation - self.near_occupation),
            ("near_occupation", self.near_occupation - self.far_occupation),
        ]
    }
}

#[derive(Deserialize)]
struct File {
    ranking: Vec<Weights>,
}

/// All versions: one that holds from the beginning, and those that follow it, the earliest first.
#[derive(Debug, Clone)]
pub struct Rankings {
    first: Weights,
    later: Vec<Weights>,
}

impl Rankings {
    /// The built-in versions, with those of an operator put in.
    ///
    /// # Errors
    /// Every fault, one a line.
    pub fn with(own: Vec<Weights>) -> Result<Self, String> {
        let built_in: File = toml::from_str(include_str!("weights.toml")).map_err(|fault| format!("the built-in ranking: {fault}"))?;
        let mut all = built_in.ranking;
        let mut faults = Vec::new();
        for weights in own {
            if all.iter().any(|known| known.id == weights.id) {
                faults.push(format!("ranking {}: there is one of this id", weights.id));
            }
            all.push(weights);
        }
        all.sort_by_key(|weights| weights.effective_from);
        for weights in &all {
            let mut fault = |field, what| faults.push(format!("ranking {}: {field} {what}", weights.id));
            for (field, what) in versions::faults_of((weights.effective_from, None), "A") {
                fault(field, what);
            }
            for (field, points) in weights.points() {
                if !(0..=1000).contains(&points) {
                    fault(
                        field,
                        if field == "occupation" { "must be 0 to 1000, and not below what is farther" } else { "must be 0 to 1000" },
                    );
                }
            }
        }
        for (one, next) in all.iter().zip(all.iter().skip(1)) {
            let fault = versions::fault_between((one.effective_from, None), (next.effective_from, None));
            faults.extend(fault.map(|fault| format!("ranking {} and {}: {fault}", one.id, next.id)));
        }
        let mut all = all.into_iter();
        match all.next().filter(|first| first.effective_from.is_none()) {
            Some(first) if faults.is_empty() => return Ok(Self { first, later: all.collect() }),
            Some(_) => {}
            None => faults.push("ranking: the first version must have no effective_from".to_owned()),
        }
        Err(faults.join("\n"))
    }

    /// The version in force on a day.
    pub fn in_force(&self, on: NaiveDate) -> &Weights {
        let begun = |weights: &&Weights| weights.effective_from.is_none_or(|from| from <= on);
        self.later.iter().rfind(begun).unwrap_or(&self.first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn version(id: &str, from: Option<&str>) -> Weights {
        let built_in = Rankings::with(vec![]).unwrap();
        Weights { id: id.to_owned(), effective_from: from.map(day), ..built_in.in_force(day("2026-11-27")).clone() }
    }

    #[test]
    fn a_version_holds_from_its_day_until_the_next_begins() {
        let rankings = Rankings::with(vec![version("2027-03", Some("2027-03-01")), version("2027-01", Some("2027-01-01"))]).unwrap();
        for (on, id) in [("1999-01-01", "2026-11"), ("2026-12-31", "2026-11"), ("2027-01-01", "2027-01"), ("2027-03-01", "2027-03")] {
            assert_eq!(rankings.in_force(day(on)).id, id, "{on}");
        }
    }

    #[test]
    fn every_fault_of_a_version_is_told() {
        let wrong = Weights { year: -1, near_occupation: 41, ..version("x", Some("2027-01-01")) };
        let told = Rankings::with(vec![wrong, version("2026-11", Some("2027-01-01"))]).unwrap_err();
        for fault in ["ranking x: year must be", "ranking x: occupation must be", "there is one of this id", "both begin on 2027-01-01"] {
            assert!(told.contains(fault), "{fault} in: {told}");
        }
        assert!(Rankings::with(vec![version("y", None)]).unwrap_err().contains("overlap"));
    }
}
