//! What two records must have in common, one of it at least, to be compared at all. Only compound keys: how many people share a bare name, sex or region must not
//! be seen in the store, even under a secret. A store keeps keyed hashes of them.

use std::collections::BTreeSet;

use crate::names::Fold;
use chrono::Datelike as _;
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use super::{Name, Record};

/// What a key is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Display, EnumIter, EnumString, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum KeyKind {
    /// Kind, country and number of a document.
    Document,
    /// The individual identification number.
    Iin,
    /// The phone number. Families share it: it never decides alone.
    Phone,
    /// The e-mail address.
    Email,
    /// Consonants of family name and given name, in either order: whatever the script, with most typing errors, and swapped.
    Names,
    /// The birth date, day and month in either order, with the first consonant of one name: after a change of the other.
    BirthAndName,
    /// The birth year with the consonants of the family name: with a slip in the birth date.
    YearAndFamily,
}

/// A key before it is hashed. `Debug` prints the kind only.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// What it is made of.
    pub kind: KeyKind,
    /// The canonical bytes.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Key").field(&self.kind).finish()
    }
}

/// Consonants of a name that go with a full birth date. More of them would lose whoever has a slip in the name as well.
const FIRST: usize = 1;

/// Every key of a record, in order and once each.
pub fn keys(record: &Record) -> Vec<Key> {
    let mut keys = BTreeSet::new();
    let mut add = |kind, parts: &[&str]| {
        keys.insert(Key { kind, bytes: parts.join("|").into_bytes() });
    };
    for document in &record.documents {
        add(KeyKind::Document, &[&document.kind, &document.country, &document.number]);
    }
    for (kind, value) in [(KeyKind::Iin, &record.iin), (KeyKind::Phone, &record.phone), (KeyKind::Email, &record.email)] {
        if let Some(value) = value {
            add(kind, &[value]);
        }
    }
    let (families, givens) = (skeletons(&record.family), skeletons(&record.given));
    for family in &families {
        for given in &givens {
            add(KeyKind::Names, &[family.min(given), family.max(given)]);
        }
    }
    if let Some(birth_on) = record.birth_on {
        let (year, day, month) = (birth_on.year().to_string(), birth_on.day(), birth_on.month());
        let date = [year.clone(), day.min(month).to_string(), day.max(month).to_string()].join("-");
        for name in families.union(&givens) {
            let first = name.get(..FIRST).unwrap_or(name);
            add(KeyKind::BirthAndName, &[&date, first]);
        }
        for family in &families {
            add(KeyKind::YearAndFamily, &[&year, family]);
        }
    }
    keys.into_iter().collect()
}

/// Skeletons of one name that keys are made of at most: a whole name has priority over its parts. The pairs of two names are the square of it.
const MOST_SKELETONS: usize = 6;

/// The consonant skeletons of a name and of its parts.
fn skeletons(name: &Name) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for skeleton in name.wholes().iter().chain(name.parts()).flat_map(Fold::skeletons) {
        if found.len() < MOST_SKELETONS {
            found.insert(skeleton);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator as _;

    use super::*;
    use crate::likeness::{Document, Sex};

    fn record(family: &str, given: &str, birth_on: &str) -> Record {
        let number = |number: &str| Some(number.to_owned());
        let document = Document { kind: "PASSPORT".to_owned(), country: "RUS".to_owned(), number: "N1".to_owned(), in_force: true };
        Record {
            family: Name::family([family]),
            given: Name::given([given]),
            birth_on: Some(birth_on.parse().unwrap()),
            documents: vec![document],
            iin: number("840305300123"),
            phone: number("+77011234567"),
            email: number("a@example.org"),
            sex: Some(Sex::Male),
            ..Record::default()
        }
    }

    fn shared(one: &Record, other: &Record) -> BTreeSet<KeyKind> {
        let others = keys(other);
        keys(one).into_iter().filter(|key| others.contains(key)).map(|key| key.kind).collect()
    }

    #[test]
    fn a_full_record_has_a_key_of_each_kind() {
        let one = record("Жұмабаев", "Ерлан", "1984-03-05");
        assert_eq!(shared(&one, &record("Zhumabayev", "Yerlan", "1984-03-05")), KeyKind::iter().collect());
        assert_eq!(keys(&one).len(), 8, "one more for the second name with the birth date");
        assert!(keys(&Record::default()).is_empty());
        assert!(keys(&Record { family: one.family, sex: one.sex, ..Record::default() }).is_empty(), "no bare name, no bare sex");
    }

    #[test]
    fn a_name_of_many_words_has_a_bounded_number_of_keys() {
        let words = |letters: &str| letters.chars().map(|letter| format!("{letter}ar{letter}oman")).collect::<Vec<_>>().join(" ");
        let long = record(&words("bcdfghklm"), &words("npqrstvwz"), "1984-03-05");
        assert!(keys(&long).len() <= 4 + MOST_SKELETONS * MOST_SKELETONS + 3 * MOST_SKELETONS, "{}", keys(&long).len());
    }

    #[test]
    fn a_slip_in_one_value_leaves_other_keys() {
        let only_names =
            |family, given, birth_on| Record { documents: vec![], iin: None, phone: None, email: None, ..record(family, given, birth_on) };
        let one = only_names("Жұмабаев", "Ерлан", "1984-03-05");
        let kinds = |other: Record| shared(&one, &other).into_iter().collect::<Vec<_>>();
        assert_eq!(
            kinds(only_names("Zhumabayev", "Yerlan", "1984-05-03")),
            [KeyKind::Names, KeyKind::BirthAndName, KeyKind::YearAndFamily]
        );
        assert_eq!(kinds(only_names("Сидоров", "Ерлан", "1984-03-05")), [KeyKind::BirthAndName]);
        assert_eq!(kinds(only_names("Ерлан", "Жумабаев", "1991-11-27")), [KeyKind::Names]);
    }
}
