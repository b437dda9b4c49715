//! Weights as dated data, read from `weights.toml` and checked at start. An installation may override the thresholds.

use std::collections::BTreeMap;

use serde::Deserialize;
use strum::{EnumCount as _, IntoEnumIterator as _};

use super::{Field, Level};

/// The weights that come with the registry.
const BUILT_IN: &str = include_str!("weights.toml");

/// No single piece of evidence weighs more than this, for or against.
const MOST_BITS: f64 = 40.0;

/// Weights and thresholds in force.
#[derive(Debug, Clone)]
pub struct Model {
    pub(super) version: String,
    pub(super) expected_duplicates: f64,
    pub(super) same_from: f64,
    pub(super) look_from: f64,
    pub(super) fewest_people: u64,
    pub(super) rarest_bits: f64,
    pub(super) fields: Vec<Weights>,
    pub(super) caps: Vec<Cap>,
}

/// What the levels of one field weigh.
#[derive(Debug, Clone)]
pub(super) struct Weights {
    pub(super) field: Field,
    pub(super) agreement: Option<f64>,
    bits: [f64; Level::COUNT],
}

impl Weights {
    /// What a level weighs; nothing for one that the field does not have.
    pub(super) fn of(&self, level: Level) -> f64 {
        Level::iter().zip(self.bits).find(|(known, _)| *known == level).map_or(0.0, |(_, bits)| bits)
    }
}

/// Fields that one reason can make agree together, and the most that they weigh together.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cap {
    pub(super) fields: Vec<Field>,
    pub(super) most: f64,
}

/// What an installation may set for itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Overrides {
    /// How many earlier records a new registration is expected to have.
    pub expected_duplicates: Option<f64>,
    /// From this probability on, two records count as one person's.
    pub same_from: Option<f64>,
    /// From this one on, somebody should look.
    pub look_from: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: String,
    expected_duplicates: f64,
    same_from: f64,
    look_from: f64,
    fewest_people: u64,
    rarest_bits: f64,
    field: Vec<Written>,
    cap: Vec<Cap>,
}

/// The weights of a field as they are written down.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    field: Field,
    agreement: Option<f64>,
    #[serde(default = "least")]
    least: f64,
    bits: BTreeMap<Level, f64>,
}

fn least() -> f64 {
    -MOST_BITS
}

impl Model {
    /// The weights that come with the registry, with the thresholds of an installation put in.
    ///
    /// # Errors
    /// Every fault, one a line, with the field that it lies in.
    pub fn with(overrides: Overrides) -> Result<Self, String> {
        Self::read(BUILT_IN, overrides)
    }

    /// Weights in the form of `weights.toml`, as a re-estimation writes them.
    ///
    /// # Errors
    /// Every fault, one a line, with the field that it lies in.
    pub fn read(text: &str, overrides: Overrides) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|failed| format!("the weights of duplicate detection cannot be read: {failed}"))?;
        let mut faults = Vec::new();
        let fields = file.field.iter().map(|written| checked(written, &mut faults)).collect();
        let model = Self {
            version: file.version,
            expected_duplicates: overrides.expected_duplicates.unwrap_or(file.expected_duplicates),
            same_from: overrides.same_from.unwrap_or(file.same_from),
            look_from: overrides.look_from.unwrap_or(file.look_from),
            fewest_people: file.fewest_people,
            rarest_bits: file.rarest_bits,
            fields,
            caps: file.cap,
        };
        model.check(&mut faults);
        if faults.is_empty() { Ok(model) } else { Err(faults.join("\n")) }
    }

    /// Names the weights beside every decision that used them.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// What a level of a field weighs, before frequencies and caps.
    pub fn bits(&self, field: Field, level: Level) -> f64 {
        self.fields.iter().find(|weights| weights.field == field).map_or(0.0, |weights| weights.of(level))
    }

    fn check(&self, faults: &mut Vec<String>) {
        let mut fault = |field: &str, what: &str| faults.push(format!("{field}: {what}"));
        if self.version.is_empty() || self.version.len() > 32 {
            fault("version", "must be 1 to 32 letters");
        }
        if !(self.expected_duplicates > 0.0 && self.expected_duplicates <= 1.0) {
            fault("expected_duplicates", "must be more than 0 and at most 1");
        }
        if !(self.same_from >= 0.9 && self.same_from < 1.0) {
            fault("same_from", "must be at least 0.9 and less than 1");
        }
        if !(self.look_from > 0.0 && self.look_from <= self.same_from) {
            fault("look_from", "must be more than 0 and at most same_from");
        }
        if !(0.0..=MOST_BITS).contains(&self.rarest_bits) {
            fault("rarest_bits", "must be 0 to 40");
        }
        for field in Field::iter() {
            if self.fields.iter().filter(|weights| weights.field == field).count() != 1 {
                fault(field.into(), "must be there once");
            }
        }
        for cap in &self.caps {
            if !(0.0..=MOST_BITS).contains(&cap.most) || cap.fields.len() < 2 {
                fault("cap", "must name several fields and lie between 0 and 40 bits");
            }
        }
    }
}

/// A field weighs what it has levels for, and never more when it is farther apart.
fn checked(written: &Written, faults: &mut Vec<String>) -> Weights {
    let mut fault = |what: &str| faults.push(format!("{}: {what}", written.field));
    let levels = written.field.levels();
    if levels.len() != written.bits.len() || !levels.iter().all(|level| written.bits.contains_key(level)) {
        fault("must have the bits of each of its levels");
    }
    if !written.bits.values().all(|bits| bits.abs() <= MOST_BITS) {
        fault("must weigh at most 40 bits for or against");
    }
    let in_order: Vec<f64> = levels.iter().filter_map(|level| written.bits.get(level)).copied().collect();
    if !in_order.is_sorted_by(|near, far| near >= far) {
        fault("must not weigh more when it is farther apart");
    }
    if written.agreement.is_some_and(|share| !(share > 0.0 && share <= 1.0)) {
        fault("the share that agrees must be more than 0 and at most 1");
    }
    if !(-MOST_BITS..=0.0).contains(&written.least) {
        fault("the least that it weighs must lie between -40 and 0 bits");
    }
    let mut bits = [0.0; Level::COUNT];
    for (slot, level) in bits.iter_mut().zip(Level::iter()) {
        *slot = written.bits.get(&level).map_or(0.0, |bits| bits.max(written.least));
    }
    Weights { field: written.field, agreement: written.agreement, bits }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(change: impl Fn(&str) -> String) -> String {
        Model::read(&change(BUILT_IN), Overrides::default()).unwrap_err()
    }

    #[test]
    fn an_installation_overrides_thresholds() {
        let overrides: Overrides = toml::from_str("expected_duplicates = 0.5\nsame_from = 0.9999").unwrap();
        let model = Model::with(overrides).unwrap();
        assert_eq!((model.expected_duplicates, model.same_from, model.look_from), (0.5, 0.9999, 0.10));
        assert!(toml::from_str::<Overrides>("same_form = 0.9999").is_err());
    }

    #[test]
    fn faults_are_told_all_at_once() {
        let overrides = Overrides { expected_duplicates: Some(f64::NAN), same_from: Some(0.5), look_from: Some(0.6) };
        let told = Model::with(overrides).unwrap_err();
        assert_eq!(
            told,
            "expected_duplicates: must be more than 0 and at most 1\nsame_from: must be at least 0.9 and less than 1\n\
             look_from: must be more than 0 and at most same_from"
        );
    }

    #[test]
    fn weights_are_checked() {
        assert_eq!(
            faults(|text| text.replace("VERY_SIMILAR = 6.8", "VERY_SIMILAR = 10.4")),
            "FAMILY_NAME: must not weigh more when it is farther apart"
        );
        assert_eq!(faults(|text| text.replace("EQUAL = 1.0, ", "")), "SEX: must have the bits of each of its levels");
        assert_eq!(faults(|text| text.replace("field = \"IIN\"", "field = \"SEX\"")).lines().count(), 3);
        assert!(faults(|text| text.replace("EQUAL = 24.0", "EQUAL = nan")).starts_with("IIN: must weigh at most 40 bits"));
    }

    #[test]
    fn what_was_learned_is_limited() {
        let model = Model::with(Overrides::default()).unwrap();
        assert_eq!((model.bits(Field::Sex, Level::Different), model.bits(Field::Region, Level::Different)), (-6.0, -2.0));
    }
}
