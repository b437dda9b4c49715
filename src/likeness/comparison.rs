//! Two records side by side: a level for each field. What the levels weigh is `scoring`'s.

use std::fmt;

use crate::names::Fold;
use serde::Deserialize;
use strum::{Display, EnumCount, EnumIter, EnumString, IntoEnumIterator as _, IntoStaticStr};

use super::{Document, Name, Record, Sex, birth, spelling};

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Display, EnumIter, EnumString, IntoStaticStr, Deserialize)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Field {
    /// Identity documents of one kind and country.
    Document,
    /// The individual identification number.
    Iin,
    /// The family name.
    FamilyName,
    /// The given names.
    GivenName,
    /// The patronymic.
    Patronymic,
    /// Family name and given name, each compared with the other one's.
    SwappedNames,
    /// The birth date.
    BirthDate,
    /// The sex.
    Sex,
    /// The region of stay.
    Region,
    /// The phone number.
    Phone,
    /// The e-mail address.
    Email,
}

/// How near two values are; the nearer, the smaller. Each field has some of them.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Display, EnumCount, EnumIter, EnumString, IntoStaticStr, Deserialize,
)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Level {
    /// One record does not have it: it says nothing.
    #[default]
    Missing,
    /// The same; of a name, the same in one of its readings, in whatever script.
    Equal,
    /// The same 1 January, which often means that only the year is known.
    SameFirstOfJanuary,
    /// One edit apart; of a name also: nearly the same, or one part of a double name.
    VerySimilar,
    /// A birth date with day and month exchanged.
    Exchanged,
    /// A birth date apart by another slip that clerks are known to make.
    Slip,
    /// A birth date of 1 January against another day of the same year.
    FirstOfJanuary,
    /// A name that is somewhat alike, or an initial that fits.
    Similar,
    /// A birth date of the same year, or of the same day of another year.
    Partly,
    /// Another family name of a woman, as after a marriage.
    Married,
    /// Not the same.
    Different,
    /// Not the same, though one person has only one: two documents of one kind and country, both in force; two identification numbers.
    Contradicting,
}

impl Field {
    /// The levels that a comparison of this field can have, besides missing, from near to far.
    pub fn levels(self) -> &'static [Level] {
        match self {
            Self::Document => &[Level::Equal, Level::VerySimilar, Level::Different, Level::Contradicting],
            Self::Iin => &[Level::Equal, Level::Contradicting],
            Self::FamilyName => &[Level::Equal, Level::VerySimilar, Level::Similar, Level::Married, Level::Different],
            Self::GivenName | Self::Patronymic => &[Level::Equal, Level::VerySimilar, Level::Similar, Level::Different],
            Self::SwappedNames => &[Level::Equal, Level::Similar],
            Self::BirthDate => &[
                Level::Equal,
                Level::SameFirstOfJanuary,
                Level::Exchanged,
                Level::Slip,
                Level::FirstOfJanuary,
                Level::Partly,
                Level::Different,
            ],
            Self::Sex | Self::Region | Self::Phone | Self::Email => &[Level::Equal, Level::Different],
        }
    }
}

/// A level for each field.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Comparison {
    document: Level,
    iin: Level,
    family: Level,
    given: Level,
    patronymic: Level,
    swapped: Level,
    birth: Level,
    sex: Level,
    region: Level,
    phone: Level,
    email: Level,
}

impl Comparison {
    /// The level of a field.
    pub fn level(mut self, field: Field) -> Level {
        *self.level_mut(field)
    }

    /// The same with one level set.
    #[must_use]
    pub fn with(mut self, field: Field, level: Level) -> Self {
        *self.level_mut(field) = level;
        self
    }

    /// All fields with their levels.
    pub fn levels(self) -> impl Iterator<Item = (Field, Level)> {
        Field::iter().map(move |field| (field, self.level(field)))
    }

    fn level_mut(&mut self, field: Field) -> &mut Level {
        match field {
            Field::Document => &mut self.document,
            Field::Iin => &mut self.iin,
            Field::FamilyName => &mut self.family,
            Field::GivenName => &mut self.given,
            Field::Patronymic => &mut self.patronymic,
            Field::SwappedNames => &mut self.swapped,
            Field::BirthDate => &mut self.birth,
            Field::Sex => &mut self.sex,
            Field::Region => &mut self.region,
            Field::Phone => &mut self.phone,
            Field::Email => &mut self.email,
        }
    }
}

impl fmt::Debug for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.levels().filter(|(_, level)| *level != Level::Missing)).finish()
    }
}

/// Compares two records; which comes first does not matter.
pub fn compare(one: &Record, other: &Record) -> Comparison {
    let (mut family, mut given) = (names(&one.family, &other.family), names(&one.given, &other.given));
    let swapped = if family >= Level::Similar && given >= Level::Similar { swapped(one, other) } else { Level::Missing };
    if swapped != Level::Missing {
        (family, given) = (Level::Missing, Level::Missing);
    }
    if family == Level::Different && one.sex == Some(Sex::Female) && other.sex == Some(Sex::Female) {
        family = Level::Married;
    }
    let births = one.birth_on.zip(other.birth_on).map(|(one, other)| birth::level(one, other));
    Comparison {
        document: documents(&one.documents, &other.documents),
        iin: values(one.iin.as_ref(), other.iin.as_ref(), Level::Contradicting),
        family,
        given,
        patronymic: names(&one.patronymic, &other.patronymic),
        swapped,
        birth: births.unwrap_or_default(),
        sex: values(one.sex.as_ref(), other.sex.as_ref(), Level::Different),
        region: values(one.region.as_ref(), other.region.as_ref(), Level::Different),
        phone: values(one.phone.as_ref(), other.phone.as_ref(), Level::Different),
        email: values(one.email.as_ref(), other.email.as_ref(), Level::Different),
    }
}

fn readings(folds: &[Fold]) -> impl Iterator<Item = &str> {
    folds.iter().flat_map(|fold| fold.readings().iter().map(String::as_str))
}

/// Each name against the other one's: very near both, or one of them only somewhat.
fn swapped(one: &Record, other: &Record) -> Level {
    let (mine, theirs) = (names(&one.family, &other.given), names(&one.given, &other.family));
    match (mine.min(theirs), mine.max(theirs)) {
        (Level::Equal | Level::VerySimilar, Level::Equal | Level::VerySimilar) => Level::Equal,
        (Level::Equal | Level::VerySimilar, Level::Similar) => Level::Similar,
        (_, _) => Level::Missing,
    }
}

/// The nearest of all spellings and readings. A double name is very similar to another of which one part is the same.
///
/// An initial can speak against, and never for: where it fits it counts as similar.
fn names(one: &Name, other: &Name) -> Level {
    if one.is_empty() || other.is_empty() {
        return Level::Missing;
    }
    if one.is_initial || other.is_initial {
        let fits = |mine: &str| readings(&other.wholes).any(|theirs| mine.as_bytes().first() == theirs.as_bytes().first());
        return if readings(&one.wholes).any(fits) { Level::Similar } else { Level::Different };
    }
    if meet(&one.wholes, &other.wholes) {
        return equal(one, other);
    }
    if is_spelt(one, other, spelling::is_slip) || share_a_part(one, other) {
        return Level::VerySimilar;
    }
    let pairs = readings(&one.wholes).flat_map(|mine| readings(&other.wholes).map(move |theirs| (mine, theirs)));
    let nearest = pairs.map(|(mine, theirs)| spelling::level(mine, theirs)).min().unwrap_or(Level::Different);
    // Two folds can be nearer than the names that they come from: Таисия and Тара.
    if nearest == Level::VerySimilar && !is_spelt(one, other, spelling::are_alike) { Level::Similar } else { nearest }
}

/// Names that share a reading are equal. One letter alone is the reading of many: Ая, Ай and Ия.
fn equal(one: &Name, other: &Name) -> Level {
    let says_something = readings(&one.wholes).any(|mine| mine.len() > 1 && readings(&other.wholes).any(|theirs| mine == theirs));
    if says_something || is_spelt(one, other, |mine, theirs| mine == theirs) {
        Level::Equal
    } else if is_spelt(one, other, spelling::is_slip) {
        Level::VerySimilar
    } else {
        Level::Similar
    }
}

fn is_spelt(one: &Name, other: &Name, alike: impl Fn(&[u8], &[u8]) -> bool) -> bool {
    one.letters().iter().any(|mine| other.letters().iter().any(|theirs| alike(mine.as_bytes(), theirs.as_bytes())))
}

fn share_a_part(one: &Name, other: &Name) -> bool {
    meet(&one.parts, &other.wholes) || meet(&one.wholes, &other.parts) || meet(&one.parts, &other.parts)
}

fn meet(some: &[Fold], others: &[Fold]) -> bool {
    some.iter().any(|one| others.iter().any(|other| one.meets(other)))
}

/// One document in common is enough. Otherwise two numbers one edit apart count, then two documents of one kind and country that are both in force.
fn documents(some: &[Document], others: &[Document]) -> Level {
    let pairs = || some.iter().flat_map(|one| others.iter().map(move |other| (one, other)));
    let mut nearest = Level::Missing;
    for (one, other) in pairs().filter(|(one, other)| one.kind == other.kind && one.country == other.country) {
        let level = if one.number == other.number {
            Level::Equal
        } else if spelling::is_one_edit(one.number.as_bytes(), other.number.as_bytes()) {
            Level::VerySimilar
        } else if one.in_force && other.in_force {
            Level::Contradicting
        } else {
            Level::Different
        };
        nearest = match (nearest, level) {
            (Level::Missing, level) => level,
            (Level::Contradicting, Level::Different) | (Level::Different, Level::Contradicting) => Level::Contradicting,
            (nearest, level) => nearest.min(level),
        };
    }
    nearest
}

fn values<T: PartialEq>(one: Option<&T>, other: Option<&T>, apart: Level) -> Level {
    one.zip(other).map_or(Level::Missing, |(one, other)| if one == other { Level::Equal } else { apart })
}
