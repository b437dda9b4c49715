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
    /// The birth date with the first consonants of one name: after a change of the other.
    BirthAndName,
    /// The birth year with the consonants of the family name: with a slip in the birth date.
    YearAndFamily,
    /// The birth year with the consonants of the given name.
    YearAndGiven,
    /// The birth year with day and month in either order, and the sex.
    DayAndMonth,
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

/// Consonants of a name that go with a full birth date.
const FIRST: usize = 3;

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
        let (date, year) = (birth_on.to_string(), birth_on.year().to_string());
        for name in families.union(&givens) {
            let first = name.get(..FIRST).unwrap_or(name);
            add(KeyKind::BirthAndName, &[&date, first]);
        }
        for (kind, names) in [(KeyKind::YearAndFamily, &families), (KeyKind::YearAndGiven, &givens)] {
            for name in names {
                add(kind, &[&year, name]);
            }
        }
        if let Some(sex) = record.sex {
            let (day, month) = (birth_on.day(), birth_on.month());
            add(KeyKind::DayAndMonth, &[&year, &day.min(month).to_string(), &day.max(month).to_string(), sex.into()]);
        }
    }
    keys.into_iter().collect()
}

/// The consonant skeletons of a name and of its parts.
fn skeletons(name: &Name) -> BTreeSet<String> {
    name.wholes().iter().chain(name.parts()).flat_map(Fold::skeletons).collect()
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
        assert_eq!(keys(&one).len(), 10, "one more for the second name with the birth date");
        assert!(keys(&Record::default()).is_empty());
        assert!(keys(&Record { family: one.family, sex: one.sex, ..Record::default() }).is_empty(), "no bare name, no bare sex");
    }

    #[test]
    fn a_slip_in_one_value_leaves_other_keys() {
        let only_names =
            |family, given, birth_on| Record { documents: vec![], iin: None, phone: None, email: None, ..record(family, given, birth_on) };
        let one = only_names("Жұмабаев", "Ерлан", "1984-03-05");
        let kinds = |other: Record| shared(&one, &other).into_iter().collect::<Vec<_>>();
        assert_eq!(
            kinds(only_names("Zhumabayev", "Yerlan", "1984-05-03")),
            [KeyKind::Names, KeyKind::YearAndFamily, KeyKind::YearAndGiven, KeyKind::DayAndMonth]
        );
        assert_eq!(
            kinds(only_names("Сидоров", "Ерлан", "1984-03-05")),
            [KeyKind::BirthAndName, KeyKind::YearAndGiven, KeyKind::DayAndMonth]
        );
        assert_eq!(kinds(only_names("Ерлан", "Жумабаев", "1991-11-27")), [KeyKind::Names]);
    }
}
