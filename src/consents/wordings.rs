//! The wordings of consents as dated data: what a person agrees to, in three languages, by version. A text that was published never changes; a new text is a new
//! version with a later first day.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::Deserialize;
use strum::IntoEnumIterator as _;

use super::ConsentPurpose;

/// The wordings that come with the registry.
const BUILT_IN: &str = include_str!("wordings.toml");

/// What stands in every text for what the consent names.
const NAMED: [&str; 3] = ["{employer}", "{fields}", "{until_date}"];

/// Characters of one text at most: it is read on a telephone.
const MOST_CHARACTERS: usize = 1500;

/// One wording.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wording {
    /// From 1, growing with the first day.
    pub version: i32,
    /// The first day in force; until the next version's.
    pub from: NaiveDate,
    /// One text for each purpose, by the purpose's name.
    pub texts: BTreeMap<String, Text>,
}

/// One text in three languages. `{employer}`, `{fields}` and `{until_date}` stand for what the consent names.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// In Kazakh.
    pub kk: String,
    /// In Russian.
    pub ru: String,
    /// In English.
    pub en: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    wording: Vec<Wording>,
}

/// All wordings, the oldest first.
#[derive(Debug, Clone)]
pub struct Wordings(Vec<Wording>);

impl Wordings {
    /// The wordings that come with the registry, with an operator's further versions behind them. None that is there is replaced: somebody may have agreed to it.
    ///
    /// # Errors
    /// Every fault, one a line, with its version.
    pub fn with(own: Vec<Wording>) -> Result<Self, String> {
        let file: File = toml::from_str(BUILT_IN).map_err(|failed| format!("the built-in wordings cannot be read: {failed}"))?;
        let all: Vec<Wording> = file.wording.into_iter().chain(own).collect();
        let mut faults: Vec<String> = all.iter().flat_map(faults_of).collect();
        for pair in all.windows(2) {
            let [one, next] = pair else { continue };
            if next.version <= one.version || next.from <= one.from {
                faults.push(format!(
                    "consent_wording {}: must have a later first day and a higher number than version {}",
                    next.version, one.version
                ));
            }
        }
        if faults.is_empty() { Ok(Self(all)) } else { Err(faults.join("\n")) }
    }

    /// All of them, the oldest first.
    pub fn all(&self) -> &[Wording] {
        &self.0
    }

    /// The one in force on a day; `None` before the first.
    pub fn in_force(&self, on: NaiveDate) -> Option<&Wording> {
        self.0.iter().rev().find(|wording| wording.from <= on)
    }

    /// Whether a version was in force before a day or is on it.
    pub fn was_in_force(&self, version: i32, on: NaiveDate) -> bool {
        self.0.iter().any(|wording| wording.version == version && wording.from <= on)
    }
}

fn faults_of(wording: &Wording) -> Vec<String> {
    let mut found = Vec::new();
    let mut fault = |what: String| found.push(format!("consent_wording {}: {what}", wording.version));
    if wording.version < 1 {
        fault("version: must be 1 or more".to_owned());
    }
    if !crate::time::is_plausible(wording.from) {
        fault("from: must lie between 1900 and 2200".to_owned());
    }
    let purposes: BTreeSet<String> = ConsentPurpose::iter().map(|purpose| purpose.to_string()).collect();
    if wording.texts.keys().cloned().collect::<BTreeSet<_>>() != purposes {
        fault(format!("texts: must be one for each of {}", purposes.into_iter().collect::<Vec<_>>().join(", ")));
    }
    for (purpose, text) in &wording.texts {
        for (language, text) in [("kk", &text.kk), ("ru", &text.ru), ("en", &text.en)] {
            for named in NAMED.iter().filter(|named| text.matches(*named).count() != 1) {
                fault(format!("texts.{purpose}.{language}: must say {named} once"));
            }
            if text.chars().count() > MOST_CHARACTERS || text.contains(char::is_control) {
                fault(format!("texts.{purpose}.{language}: must be {MOST_CHARACTERS} characters at most, on one line"));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};

    use super::*;

    /// The first bytes of SHA-256 of every text that was ever published. A line is added with a version and never changed: people have agreed to these very words.
    const PUBLISHED: &[&str] = &[
        "1 2026-01-01 CONTRACT kk 963eafee33605d22",
        "1 2026-01-01 CONTRACT ru 9e783239e0202ecb",
        "1 2026-01-01 CONTRACT en f880bd731ba84bcb",
        "1 2026-01-01 HOUSING kk b0cb9ce9cb1054df",
        "1 2026-01-01 HOUSING ru d686ed896ea0ef99",
        "1 2026-01-01 HOUSING en 1474e33a1dcc5e06",
        "1 2026-01-01 RECRUITMENT kk 8498644ff2631ed7",
        "1 2026-01-01 RECRUITMENT ru c03f5afcf5fcb030",
        "1 2026-01-01 RECRUITMENT en cbb1a61285707c4e",
    ];

    fn wording(version: i32, from: &str) -> Wording {
        Wording { version, from: from.parse().unwrap(), ..Wordings::with(vec![]).unwrap().0[0].clone() }
    }

    #[test]
    fn no_text_that_was_published_has_changed() {
        let built_in = Wordings::with(vec![]).unwrap();
        let told: Vec<String> = built_in
            .all()
            .iter()
            .flat_map(|wording| {
                wording.texts.iter().flat_map(move |(purpose, text)| {
                    [("kk", &text.kk), ("ru", &text.ru), ("en", &text.en)].map(|(language, text)| {
                        let digest = u64::from_be_bytes(*Sha256::digest(text).first_chunk().unwrap());
                        format!("{} {} {purpose} {language} {digest:016x}", wording.version, wording.from)
                    })
                })
            })
            .collect();
        assert_eq!(told, PUBLISHED);
    }

    #[test]
    fn every_purpose_has_a_text_in_every_language_that_says_who_what_until_when_and_that_it_can_be_withdrawn() {
        let withdrawn = ["қайтарып ала аламын", "отозвать согласие в любое время", "withdraw this consent at any time"];
        for wording in Wordings::with(vec![]).unwrap().all() {
            for text in wording.texts.values() {
                for (text, withdrawn) in [&text.kk, &text.ru, &text.en].into_iter().zip(withdrawn) {
                    assert!(text.contains(withdrawn), "{text}");
                    assert!(NAMED.iter().all(|named| text.contains(named)), "{text}");
                }
            }
        }
    }

    #[test]
    fn a_wording_is_in_force_from_its_first_day_until_the_next_begins() {
        let all = Wordings::with(vec![wording(2, "2027-01-01")]).unwrap();
        let version = |on: &str| all.in_force(on.parse().unwrap()).map(|wording| wording.version);
        assert_eq!(
            [version("2025-12-31"), version("2026-01-01"), version("2026-12-31"), version("2027-01-01")],
            [None, Some(1), Some(1), Some(2)]
        );
        let was = |version, on: &str| all.was_in_force(version, on.parse().unwrap());
        assert_eq!([was(1, "2027-06-01"), was(2, "2026-12-31"), was(3, "2027-06-01")], [true, false, false]);
    }

    #[test]
    fn an_operators_wording_stands_behind_the_others_and_replaces_none() {
        assert!(
            Wordings::with(vec![wording(1, "2027-01-01")])
                .unwrap_err()
                .contains("consent_wording 1: must have a later first day and a higher number")
        );
        assert!(Wordings::with(vec![wording(2, "2026-01-01")]).is_err());
        let mut wrong = wording(2, "2027-01-01");
        wrong.texts.remove("HOUSING");
        wrong.texts.get_mut("CONTRACT").unwrap().ru = "Согласен.".to_owned();
        let told = Wordings::with(vec![wrong]).unwrap_err();
        assert!(told.contains("texts: must be one for each of CONTRACT, HOUSING, RECRUITMENT"), "{told}");
        assert_eq!(told.matches("texts.CONTRACT.ru: must say").count(), 3, "{told}");
    }
}
