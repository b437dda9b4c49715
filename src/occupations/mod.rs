//! The occupations of ISCO-08: every group of the International Standard Classification of Occupations (ILO, 2012) with its title in English, Russian and Kazakh.
//! A code is four digits at most; each digit less is the wider group: `2212` specialist doctors, `221` doctors, `22` health professionals, `2` professionals.
//!
//! ## Whose titles are these?
//! `isco08.tsv` was written from knowledge of the classifications, not copied from a file of theirs, and was not compared with them letter by letter. The codes
//! and the English titles are those of ISCO-08. The Russian ones are in the manner of ОКЗ (ОК 010-2014, МСКЗ-08), which has the same codes; the few groups that it
//! leaves out are ours. The Kazakh ones are in the manner of the national classifier НК РК 01-2017, which stands on the same groups and has some of its own;
//! where that has no title for a group, and wherever it words one differently, the Kazakh title is ours and not official. They await the reading of a native speaker.

pub mod api;
pub mod operations;
pub mod rules;

use std::sync::LazyLock;

use crate::messages::Language;

/// The table, one line for each group: code, English, Russian, Kazakh; in the order of the codes.
const TABLE: &str = include_str!("isco08.tsv");

/// Digits of a unit group, the narrowest there is.
pub const DIGITS: usize = 4;

/// A group of occupations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its code, one to four digits.
    pub code: &'static str,
    en: &'static str,
    ru: &'static str,
    kk: &'static str,
    /// The words of the titles as they are looked for, one list for each language.
    words: [Vec<String>; 3],
}

impl Group {
    /// Its title.
    pub fn title(&self, language: Language) -> &'static str {
        match language {
            Language::Kazakh => self.kk,
            Language::Russian => self.ru,
            Language::English => self.en,
        }
    }

    /// A line of the table. `None` when it is none.
    fn read(line: &'static str) -> Option<Self> {
        let mut cells = line.split('\t');
        let (code, en, ru, kk) = (cells.next()?, cells.next()?, cells.next()?, cells.next()?);
        let is_code = (1..=DIGITS).contains(&code.len()) && code.bytes().all(|digit| digit.is_ascii_digit());
        let words = [en, ru, kk].map(rules::words);
        (is_code && cells.next().is_none()).then_some(Self { code, en, ru, kk, words })
    }
}

/// A line that cannot be read is left out here, and a test counts the groups.
static GROUPS: LazyLock<Vec<Group>> = LazyLock::new(|| TABLE.lines().skip(1).filter_map(Group::read).collect());

/// Every group, in the order of the codes: a group stands before those within it.
pub fn all() -> &'static [Group] {
    &GROUPS
}

/// The group of a code of one to four digits. `None` when ISCO-08 has none.
pub fn get(code: &str) -> Option<&'static Group> {
    let all = all();
    all.binary_search_by(|group| group.code.cmp(code)).ok().and_then(|at| all.get(at))
}

/// Whether a code is one of a unit group: four digits that ISCO-08 has.
pub fn is_unit_group(code: &str) -> bool {
    code.len() == DIGITS && get(code).is_some()
}

/// The title of a code of one to four digits. `None` when ISCO-08 has no such group.
pub fn label(code: &str, language: Language) -> Option<&'static str> {
    get(code).map(|group| group.title(language))
}

/// The wider group that a code lies in: its first so many digits, 1 to 4. `None` when ISCO-08 has no such group.
pub fn group(code: &str, digits: usize) -> Option<&'static Group> {
    get(code)?;
    code.get(..digits).and_then(get)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use strum::IntoEnumIterator as _;

    use super::*;

    #[test]
    fn every_level_has_as_many_groups_as_isco_08_says() {
        let count = |digits| all().iter().filter(|group| group.code.len() == digits).count();
        assert_eq!([1, 2, 3, 4].map(count), [10, 43, 130, 436]);
        assert_eq!(TABLE.lines().count(), all().len() + 1, "no line is left out");
    }

    #[test]
    fn every_group_lies_in_wider_ones_and_every_wider_one_has_some_within() {
        for found in all() {
            for digits in 1..=found.code.len() {
                assert!(group(found.code, digits).is_some(), "{} has no group of {digits} digits", found.code);
            }
            let within = |other: &Group| other.code.len() == found.code.len() + 1 && other.code.starts_with(found.code);
            assert_eq!(all().iter().any(within), found.code.len() < DIGITS, "{}", found.code);
        }
    }

    #[test]
    fn no_code_is_there_twice_and_all_are_in_order() {
        let codes: Vec<&str> = all().iter().map(|group| group.code).collect();
        assert_eq!(codes, codes.iter().copied().collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn no_two_groups_of_a_level_have_one_title() {
        for language in Language::iter() {
            for digits in 1..=DIGITS {
                let level: Vec<&str> = all().iter().filter(|group| group.code.len() == digits).map(|group| group.title(language)).collect();
                assert_eq!(level.len(), level.iter().collect::<BTreeSet<_>>().len(), "{language:?}, {digits} digits");
            }
        }
    }

    #[test]
    fn every_title_is_there_and_in_the_letters_of_its_language() {
        let kazakh = "әғқңөұүһі";
        let mut own_letters = 0;
        for group in all() {
            let letters = |title: &str| title.to_lowercase().chars().filter(|letter| letter.is_alphabetic()).collect::<String>();
            let (en, ru, kk) = (letters(group.en), letters(group.ru), letters(group.kk));
            assert!(en.len() > 3 && en.is_ascii(), "{} {}", group.code, group.en);
            let web = ru.replace("web", "");
            assert!(web.chars().count() > 3 && web.chars().all(|letter| ('а'..='я').contains(&letter)), "{} {}", group.code, group.ru);
            let is_kazakh = |letter: char| ('а'..='я').contains(&letter) || kazakh.contains(letter);
            assert!(kk.chars().count() > 3 && kk.chars().all(is_kazakh), "{} {}", group.code, group.kk);
            own_letters += usize::from(kk.chars().any(|letter| kazakh.contains(letter)));
            for title in [group.en, group.ru, group.kk] {
                assert!(title.starts_with(char::is_uppercase) && title == title.trim() && !title.contains("  "), "{title}");
            }
        }
        assert!(own_letters > 560, "{own_letters}");
    }

    #[test]
    fn a_code_is_labelled_in_three_languages_and_knows_its_groups() {
        assert_eq!(label("2212", Language::English), Some("Specialist medical practitioners"));
        assert_eq!(label("2212", Language::Russian), Some("Врачи-специалисты"));
        assert_eq!(label("2212", Language::Kazakh), Some("Маман дәрігерлер"));
        assert_eq!(group("2212", 2).map(|group| group.code), Some("22"));
        assert_eq!((group("2212", 0), group("2212", 5), group("2213", 2)), (None, None, None));
        for wrong in ["", "2213", "22120", "22.1", "２212", "22 "] {
            assert_eq!(get(wrong), None, "{wrong}");
        }
        assert!(is_unit_group("0110") && !is_unit_group("221"));
    }
}
