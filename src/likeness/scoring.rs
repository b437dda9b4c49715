//! What a comparison weighs, and what follows from it. Bits add up, and with the number of people they make a probability: in a larger register more strangers agree.

use strum::{Display, EnumString, IntoStaticStr};

use super::{Comparison, Field, Level, Model, Name, Record};

/// What is known of how frequent the names of two records are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Frequencies {
    /// The family names.
    pub family: Option<Frequency>,
    /// The given names.
    pub given: Option<Frequency>,
}

/// How many people have a name, or either of two names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frequency {
    /// People with the name, or with the more frequent of two.
    pub people: u64,
    /// People with the rarer one of two that share no reading.
    pub rarer: Option<u64>,
}

impl Frequency {
    /// From this many people on, a spelling may be a name.
    const NAME_FROM: u64 = 3;
    /// Every misspelling is more than so many times rarer than the name.
    const MISSPELT: u64 = 20;

    /// Whether the rarer one is a name of its own, and not the other misspelt: Лина and Дина are one letter apart, and two names.
    fn are_two_names(self) -> bool {
        self.rarer.is_some_and(|rarer| rarer >= Self::NAME_FROM && rarer.saturating_mul(Self::MISSPELT) >= self.people)
    }
}

impl Frequencies {
    /// How frequent the names of two records are, from how many people have each spelling, in the letters of [`Name::letters`].
    pub fn of_names(one: &Record, other: &Record, people_with: impl Fn(Field, &str) -> u64) -> Self {
        let of = |field: Field, one: &Name, other: &Name| {
            let most = |name: &Name| name.letters().iter().map(|letters| people_with(field, letters)).max().unwrap_or(0);
            let shared = one.wholes().iter().any(|one| other.wholes().iter().any(|other| one.meets(other)));
            let (one, other) = (most(one), most(other));
            Some(Frequency { people: one.max(other), rarer: (!shared).then_some(one.min(other)) })
        };
        Self { family: of(Field::FamilyName, &one.family, &other.family), given: of(Field::GivenName, &one.given, &other.given) }
    }

    /// How frequent the names of one record are. No other record makes a name that both have rarer, so that with these a pair weighs the most that it can.
    pub fn of_own_names(one: &Record, people_with: impl Fn(Field, &str) -> u64) -> Self {
        Self::of_names(one, one, people_with)
    }

    fn of(self, field: Field) -> Option<Frequency> {
        [(Field::FamilyName, self.family), (Field::GivenName, self.given)].into_iter().find(|(known, _)| *known == field)?.1
    }
}

/// What follows from a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Display, EnumString, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum Band {
    /// Two people, as far as one can see.
    Different,
    /// Somebody should look.
    Look,
    /// One person.
    Same,
}

/// Why two records cannot count as one person's before somebody has looked, whatever else agrees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumString, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum Veto {
    /// Two documents of one kind and country are both in force.
    Documents,
    /// Two identification numbers.
    Iin,
}

/// What a comparison weighs.
#[derive(Debug, Clone, PartialEq)]
pub struct Weighed {
    /// The weight of the evidence.
    pub bits: f64,
    /// The weight before any evidence; negative, and the more so the more people there are.
    pub prior_bits: f64,
    /// The probability that both records are one person's.
    pub posterior: f64,
    /// What each field that both records have weighs, after the caps; together it is `bits`.
    pub reasons: Vec<(Field, Level, f64)>,
    /// Whether a number that only one person has is equal: the identification number, or a document together with the birth date.
    pub is_identified: bool,
    /// Whether a document or an identification number is equal, whatever else is not: one of the two records is wrong at least.
    pub shares_number: bool,
    /// Whether something agrees that relatives do not share: a document, or the given name together with the birth date.
    pub is_own: bool,
    /// What stands against it.
    pub veto: Option<Veto>,
}

impl Weighed {
    /// The weight in thousandths of a bit, as it is kept.
    pub fn millibits(&self) -> i32 {
        whole(self.bits * 1e3)
    }

    /// The probability in millionths, as it is kept.
    pub fn posterior_ppm(&self) -> i32 {
        whole(self.posterior * 1e6)
    }
}

/// The nearest whole number.
#[expect(clippy::as_conversions, clippy::cast_possible_truncation, reason = "rounded on purpose, and weights are small")]
pub fn whole(number: f64) -> i32 {
    number.round() as i32
}

impl Model {
    /// Weighs a comparison in a register of so many people.
    pub fn weigh(&self, comparison: &Comparison, frequencies: Frequencies, people: u64) -> Weighed {
        let is_small = people < self.fewest_people;
        let (frequencies, people) = if is_small { (Frequencies::default(), self.fewest_people) } else { (frequencies, people) };
        let comparison = apart_if_two_names(*comparison, frequencies.given);
        let mut reasons: Vec<(Field, Level, f64)> = Vec::with_capacity(self.fields.len());
        for weights in &self.fields {
            let level = comparison.level(weights.field);
            if level != Level::Missing {
                let equal = weights.agreement.zip(frequencies.of(weights.field));
                let most = equal.map(|(agreement, frequency)| self.bits_of_name(agreement, frequency.people, people));
                let bits = match (level, most) {
                    (Level::Equal, Some(most)) => most,
                    (level, most) => weights.of(level).min(most.unwrap_or(f64::INFINITY)),
                };
                reasons.push((weights.field, level, bits));
            }
        }
        for cap in &self.caps {
            limit(&mut reasons, &cap.fields, cap.most);
        }
        let bits = reasons.iter().map(|(_, _, bits)| bits).sum();
        let prior_bits = prior_bits(self.expected_duplicates, people);
        let (iin, document) = (comparison.level(Field::Iin), comparison.level(Field::Document));
        Weighed {
            bits,
            prior_bits,
            posterior: probability(prior_bits + bits),
            reasons,
            is_identified: iin == Level::Equal || (document == Level::Equal && is_equal_birth(comparison.level(Field::BirthDate))),
            shares_number: iin == Level::Equal || document == Level::Equal,
            is_own: document == Level::Equal || is_own(&comparison),
            veto: match (iin, document) {
                (Level::Contradicting, _) => Some(Veto::Iin),
                // Somebody may hold two passports, and has one identification number.
                (Level::Missing, Level::Contradicting) => Some(Veto::Documents),
                (_, _) => None,
            },
        }
    }

    /// What follows: one person only without a veto, and with an equal number or with evidence that relatives do not share. One number on two records is always
    /// looked at.
    pub fn band(&self, weighed: &Weighed) -> Band {
        let is_sure = weighed.is_identified || (weighed.is_own && weighed.posterior >= self.same_from);
        if is_sure && weighed.veto.is_none() {
            Band::Same
        } else if is_sure || weighed.shares_number || weighed.posterior >= self.look_from {
            Band::Look
        } else {
            Band::Different
        }
    }

    /// Whether somebody with this record and another of whom everything but the names is known could have to be looked at: whatever the other's names are, they
    /// agree no better than if they were the same, or the same exchanged. `own` is how frequent the names of this one are.
    pub fn could_be_looked_at(&self, one: &Record, without_names: Comparison, own: Frequencies, people: u64) -> bool {
        let patronymic = if one.patronymic.is_empty() { Level::Missing } else { Level::Equal };
        let at_best = without_names.with(Field::Patronymic, patronymic);
        let same = at_best.with(Field::FamilyName, Level::Equal).with(Field::GivenName, Level::Equal);
        let exchanged = at_best.with(Field::SwappedNames, Level::Equal);
        [same, exchanged].iter().any(|comparison| self.band(&self.weigh(comparison, own, people)) != Band::Different)
    }

    /// What an equal name weighs that so many people have.
    fn bits_of_name(&self, agreement: f64, with_name: u64, people: u64) -> f64 {
        let share = number(with_name.max(1)) / number(people.max(1));
        (agreement / share.min(1.0)).log2().clamp(0.0, self.rarest_bits)
    }
}

/// The weight before any evidence, in a register of so many people where a new registration has so many earlier records.
pub fn prior_bits(expected_duplicates: f64, people: u64) -> f64 {
    (expected_duplicates / number(people.max(1))).log2()
}

/// The probability that bits stand for.
pub fn probability(bits: f64) -> f64 {
    1.0 / (1.0 + (-bits).exp2())
}

/// Given names that are nearly the same count as similar only, where both are names: twins have such.
fn apart_if_two_names(comparison: Comparison, given: Option<Frequency>) -> Comparison {
    let is_near = comparison.level(Field::GivenName) == Level::VerySimilar;
    if is_near && given.is_some_and(Frequency::are_two_names) { comparison.with(Field::GivenName, Level::Similar) } else { comparison }
}

/// Relatives share surname, patronymic, phone and region, and siblings can be twins: a link needs the person's own given name and birth date, up to a known slip.
fn is_own(comparison: &Comparison) -> bool {
    let given = matches!(comparison.level(Field::GivenName), Level::Equal | Level::VerySimilar);
    let swapped = comparison.level(Field::SwappedNames) == Level::Equal;
    let birth = comparison.level(Field::BirthDate);
    (given || swapped) && (is_equal_birth(birth) || matches!(birth, Level::Exchanged | Level::Slip | Level::FirstOfJanuary))
}

fn is_equal_birth(level: Level) -> bool {
    matches!(level, Level::Equal | Level::SameFirstOfJanuary)
}

/// Takes what goes beyond a cap from what speaks for it, in proportion.
fn limit(reasons: &mut [(Field, Level, f64)], fields: &[Field], most: f64) {
    let under = |field: &Field| fields.contains(field);
    let (mut above, mut below) = (0.0, 0.0);
    for (_, _, bits) in reasons.iter().filter(|(field, _, _)| under(field)) {
        if *bits > 0.0 { above += bits } else { below += bits }
    }
    if above + below > most {
        let kept = (most - below) / above;
        reasons.iter_mut().filter(|(field, _, bits)| under(field) && *bits > 0.0).for_each(|(_, _, bits)| *bits *= kept);
    }
}

/// A count as a number to calculate with; beyond four billion the difference does not matter.
fn number(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
