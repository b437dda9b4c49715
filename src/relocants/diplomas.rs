//! Diplomas on a card, and whether work needs them recognised.

use chrono::{Datelike as _, NaiveDate};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use crate::{
    classifiers::{Country, Occupation},
    error::{Violation, Why},
};

/// The earliest year of graduation.
const FIRST_YEAR: i32 = 1940;

/// A diploma: codes only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Diploma {
    /// What of.
    pub kind: DiplomaKind,
    /// The country that gave it.
    pub country: Country,
    /// The year of graduation.
    pub year: i32,
    /// Whether it is recognised in Kazakhstan.
    pub recognition: Recognition,
}

/// What a diploma is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumIter, EnumString, IntoStaticStr, Serialize, Deserialize)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DiplomaKind {
    /// Secondary vocational education.
    SecondaryVocational,
    /// A bachelor's degree.
    Bachelor,
    /// A specialist's degree of five or six years.
    Specialist,
    /// A master's degree.
    Master,
    /// A doctorate.
    Doctorate,
    /// A medical residency.
    Residency,
}

/// Whether a diploma is recognised in Kazakhstan.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Display, EnumIter, EnumString, IntoStaticStr, Serialize, Deserialize)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Recognition {
    /// Nobody has asked.
    #[default]
    None,
    /// Recognition was asked for.
    Applied,
    /// Recognised.
    Recognised,
    /// Recognition was refused.
    Refused,
    /// Recognised without a procedure.
    Automatic,
}

/// Treaty on the Eurasian Economic Union of 29 May 2014, art. 97(3): diplomas of a member state are recognised without a procedure, except for pedagogical, legal,
/// medical and pharmaceutical work. Whether work in an occupation needs a diploma of a country recognised by a procedure; one of Kazakhstan itself never does.
///
/// Which occupations the four kinds of work are is read from ISCO-08: 22 and 32 health professionals and their associates, pharmacists among them, without
/// veterinarians (225, 324), whose work is not named; 23 and 5312 teachers and their aides; 261 and 3411 lawyers and their associates.
pub fn recognition_needed(occupation: Occupation, country: Country) -> bool {
    if country.code() == "KAZ" {
        return false;
    }
    let code = occupation.code();
    let among = |groups: &[&str]| groups.iter().any(|group| code.starts_with(group));
    let excepted = among(&["22", "32", "23", "5312", "261", "3411"]) && !among(&["225", "324"]);
    excepted || !country.is_eaeu()
}

/// What is wrong with a diploma, whatever day it is. `at` is its path.
pub fn fault(diploma: &Diploma, at: &str) -> Option<Violation> {
    let cannot_be = diploma.recognition == Recognition::Automatic && !diploma.country.is_eaeu();
    let why = Why::Contradicts("is for diplomas of the Eurasian Economic Union only");
    cannot_be.then(|| Violation { field: format!("{at}.recognition"), why })
}

/// What is wrong with the years of graduation on a day. `at` is the path of the list.
pub fn years(diplomas: &[Diploma], at: &str, today: NaiveDate) -> Vec<Violation> {
    let wrong = diplomas.iter().enumerate().filter(|(_, diploma)| !(FIRST_YEAR..=today.year()).contains(&diploma.year));
    wrong.map(|(index, _)| Violation { field: format!("{at}[{index}].year"), why: Why::Range("from 1940 until this year") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needed(occupation: &str, country: &str) -> bool {
        recognition_needed(occupation.parse().unwrap(), country.parse().unwrap())
    }

    fn diploma(country: &str, year: i32, recognition: Recognition) -> Diploma {
        Diploma { kind: DiplomaKind::Specialist, country: country.parse().unwrap(), year, recognition }
    }

    #[test]
    fn a_diploma_of_the_union_needs_no_procedure_except_for_teachers_lawyers_doctors_and_pharmacists() {
        for occupation in ["2211", "2212", "2221", "2261", "2262", "3213", "3256", "2310", "2341", "5312", "2611", "2619", "3411"] {
            assert!(needed(occupation, "RUS") && needed(occupation, "BLR"), "{occupation}");
        }
        for occupation in ["2512", "2142", "2250", "3240", "2631", "5311", "8332"] {
            assert!(!needed(occupation, "RUS") && !needed(occupation, "ARM"), "{occupation}");
        }
    }

    #[test]
    fn a_diploma_of_another_country_needs_a_procedure_and_one_of_kazakhstan_none() {
        assert!(needed("2512", "DEU") && needed("2212", "UKR"));
        assert!(!needed("2512", "KAZ") && !needed("2212", "KAZ"));
    }

    #[test]
    fn only_a_diploma_of_the_union_is_recognised_without_a_procedure() {
        assert_eq!(fault(&diploma("RUS", 2010, Recognition::Automatic), "card.diplomas[0]"), None);
        let found = fault(&diploma("DEU", 2010, Recognition::Automatic), "card.diplomas[1]").unwrap();
        assert_eq!(found.field, "card.diplomas[1].recognition");
        assert_eq!(fault(&diploma("DEU", 2010, Recognition::Refused), "card.diplomas[1]"), None);
    }

    #[test]
    fn nobody_graduates_next_year() {
        let today = "2026-11-27".parse().unwrap();
        let diplomas = [1939, 1940, 2026, 2027].map(|year| diploma("RUS", year, Recognition::None));
        let found = years(&diplomas, "card.diplomas", today);
        assert_eq!(found.iter().map(|fault| fault.field.as_str()).collect::<Vec<_>>(), ["card.diplomas[0].year", "card.diplomas[3].year"]);
    }
}
