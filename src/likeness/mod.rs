//! Whether two records speak of one person: by names in any script and spelling, the birth date, documents and contacts. Nothing here reads or writes; what it
//! answers is a weight with its reasons, and one of three bands. A link never blocks a registration.
//!
//! The weights add up as in I. P. Fellegi and A. B. Sunter, A Theory for Record Linkage, Journal of the American Statistical Association 64 (1969).

pub mod birth;
pub mod comparison;
pub mod keys;
pub mod scoring;
pub mod spelling;
#[cfg(test)]
mod tests;
pub mod weights;

use std::fmt;

use crate::names::{Fold, to_latin};
use chrono::NaiveDate;

pub use self::{
    comparison::{Comparison, Field, Level, compare},
    keys::{Key, KeyKind, keys},
    scoring::{Band, Frequencies, Frequency, Veto, Weighed},
    weights::{Model, Overrides},
};
pub use crate::classifiers::Sex;

/// What is compared of a person. All of it is personal: `Debug` prints the type's name only.
#[derive(Clone, Default)]
pub struct Record {
    /// The family name.
    pub family: Name,
    /// The given names; empty for somebody with one name.
    pub given: Name,
    /// The patronymic.
    pub patronymic: Name,
    /// The day of birth.
    pub birth_on: Option<NaiveDate>,
    /// Every identity document that is known, of today and of earlier days.
    pub documents: Vec<Document>,
    /// The individual identification number of Kazakhstan: one person has one, for life.
    pub iin: Option<String>,
    /// The sex as printed in the document.
    pub sex: Option<Sex>,
    /// The region of stay.
    pub region: Option<String>,
    /// In the form `+77011234567`.
    pub phone: Option<String>,
    /// In small letters.
    pub email: Option<String>,
}

impl Record {
    /// The family and given names, in the letters that they are counted in.
    pub fn counted_names(&self) -> Vec<(Field, String)> {
        let of = |field: Field, name: &Name| name.letters().iter().map(|letters| (field, letters.clone())).collect::<Vec<_>>();
        [of(Field::FamilyName, &self.family), of(Field::GivenName, &self.given)].concat()
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Record")
    }
}

/// One name in every spelling that is known of it: as printed, in Cyrillic, in Latin letters. `Debug` prints the type's name only.
#[derive(Clone, Default)]
pub struct Name {
    wholes: Vec<Fold>,
    parts: Vec<Fold>,
    letters: Vec<String>,
    is_initial: bool,
}

impl Name {
    /// A family name; the feminine ending does not matter.
    pub fn family<'a>(spellings: impl IntoIterator<Item = &'a str>) -> Self {
        Self::folded(spellings, Fold::of_family_name)
    }

    /// Given names.
    pub fn given<'a>(spellings: impl IntoIterator<Item = &'a str>) -> Self {
        Self::folded(spellings, Fold::of)
    }

    /// A patronymic; its suffix does not matter.
    pub fn patronymic<'a>(spellings: impl IntoIterator<Item = &'a str>) -> Self {
        Self::folded(spellings, Fold::of_patronymic)
    }

    fn folded<'a>(spellings: impl IntoIterator<Item = &'a str>, fold: impl Fn(&str) -> Fold) -> Self {
        let mut name = Self { is_initial: true, ..Self::default() };
        for spelling in spellings {
            add(&mut name.wholes, fold(spelling));
            let letters = letters(spelling);
            if !letters.is_empty() && !name.letters.contains(&letters) {
                name.letters.push(letters);
            }
            name.is_initial &= spelling.chars().filter(|letter| letter.is_alphabetic()).count() <= 1;
            let parts = spelling.split(is_between_parts).filter(|part| part.chars().count() > LONGEST_PARTICLE).map(&fold);
            let parts: Vec<Fold> =
                parts.filter(|part| !part.readings().iter().any(|reading| KINSHIP.contains(&reading.as_str()))).collect();
            if parts.len() > 1 {
                for part in parts {
                    add(&mut name.parts, part);
                }
            }
        }
        name
    }

    /// Whether nothing is known of it.
    pub fn is_empty(&self) -> bool {
        self.wholes.is_empty()
    }

    /// The whole name, one fold for each spelling.
    pub fn wholes(&self) -> &[Fold] {
        &self.wholes
    }

    /// Each spelling letter by letter in Latin: what the frequency of a name is kept under.
    pub fn letters(&self) -> &[String] {
        &self.letters
    }

    /// The parts of a double name, each of which may stand for all of it in another document; none for a single name.
    pub fn parts(&self) -> &[Fold] {
        &self.parts
    }
}

fn add(folds: &mut Vec<Fold>, fold: Fold) {
    if !fold.readings().is_empty() && !folds.contains(&fold) {
        folds.push(fold);
    }
}

/// A spelling letter by letter in the alphabet of passports. A fold leaves out what conventions disagree about, so that one wrong letter can change it in several
/// places; here it changes one.
fn letters(spelling: &str) -> String {
    let mut letters = String::with_capacity(spelling.len());
    for letter in to_latin(spelling).to_lowercase().chars() {
        match letter {
            'y' => letters.push('i'),
            letter if letter.is_ascii_alphabetic() => letters.push(letter),
            letter if letter.is_alphabetic() => {
                letters.extend(Fold::of(letter.encode_utf8(&mut [0; 4])).readings().first().map(String::as_str));
            }
            _ => {}
        }
    }
    letters
}

/// Words of kinship that follow a name, as they are read: қызы, оглы, uulu, zade. Two people who have one in common share nothing.
const KINSHIP: &[&str] = &["kizi", "ogli", "oglu", "uli", "ulu", "zade"];

/// Parts of a name up to this length say nothing by themselves: initials, `де`, `фон`, `аль`.
const LONGEST_PARTICLE: usize = 3;

fn is_between_parts(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '-' | '\u{2010}'..='\u{2015}')
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Name")
    }
}

/// An identity document as far as it is compared. `Debug` prints the type's name only.
#[derive(Clone, PartialEq, Eq)]
pub struct Document {
    /// The kind, as coded in the registry.
    pub kind: String,
    /// The issuing country, ISO 3166-1 alpha-3.
    pub country: String,
    /// Normalised: upper case, letters and digits only.
    pub number: String,
    /// Whether it is known to be in force on the day of the comparison.
    pub in_force: bool,
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Document")
    }
}
