//! How a group of occupations is found: by the beginning of its code, or by the beginnings of words of its title in any of the three languages.

use super::{DIGITS, Group, all};
use crate::error::{Violation, Why};

/// Groups that one answer holds at most.
pub const MOST: usize = 50;

/// Characters of the words at most.
const LONGEST: usize = 100;

/// What is looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sought {
    /// The first digits of the code, 0 to 4 of them.
    pub code_prefix: String,
    /// Beginnings of words that all stand in one title; in any order, in capitals or not.
    pub words: String,
}

/// What is wrong with what is looked for, all at once.
pub fn fields(sought: &Sought) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut fault = |field: &str, why| found.push(Violation { field: field.to_owned(), why });
    if sought.code_prefix.len() > DIGITS || !sought.code_prefix.bytes().all(|digit| digit.is_ascii_digit()) {
        fault("code_prefix", Why::Format("up to four digits of an ISCO-08 code"));
    }
    if sought.words.chars().count() > LONGEST || sought.words.chars().any(char::is_control) {
        fault("words", Why::Format("1 to 100 characters on one line"));
    }
    found
}

/// The groups in the order of their codes, at most [`MOST`], and whether there are more. Nothing is looked for: the ten major groups.
pub fn find(sought: &Sought) -> (Vec<&'static Group>, bool) {
    let asked = words(&sought.words);
    let nothing = sought.code_prefix.is_empty() && asked.is_empty();
    let is_meant = |group: &&Group| {
        (!nothing || group.code.len() == 1) && group.code.starts_with(&sought.code_prefix) && (asked.is_empty() || has(group, &asked))
    };
    let mut found: Vec<&'static Group> = all().iter().filter(is_meant).take(MOST + 1).collect();
    let more = found.len() > MOST;
    found.truncate(MOST);
    (found, more)
}

/// Whether one title of a group has all of these beginnings of words.
fn has(group: &Group, asked: &[String]) -> bool {
    group.words.iter().any(|title| asked.iter().all(|start| title.iter().any(|word| word.starts_with(start))))
}

/// The words of a text as they are compared: in small letters, and with е for ё, which people write either way.
pub fn words(text: &str) -> Vec<String> {
    let small = text.to_lowercase().replace('ё', "е");
    small.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(code_prefix: &str, words: &str) -> Vec<&'static str> {
        find(&Sought { code_prefix: code_prefix.to_owned(), words: words.to_owned() }).0.iter().map(|group| group.code).collect()
    }

    #[test]
    fn a_word_is_found_by_its_beginning_in_any_language_in_capitals_or_not() {
        for asked in ["specialist medical", "MEDICAL spec", "Врачи-специалисты", "ВРАЧИ СПЕЦ", "маман дәрігер", "ДӘРІГЕР МАМАН"]
        {
            assert!(codes("", asked).contains(&"2212"), "{asked}");
        }
        assert_eq!(codes("", "режиссёры"), ["2654"], "also with ё");
        assert!(codes("", "дәрігер").len() > 3);
    }

    #[test]
    fn what_stands_within_a_word_or_in_two_languages_is_not_found() {
        assert_eq!(codes("", "рачи"), Vec::<&str>::new());
        assert_eq!(codes("", "doctors врачи"), Vec::<&str>::new());
    }

    #[test]
    fn the_beginning_of_a_code_finds_all_that_lies_within() {
        assert_eq!(codes("222", ""), ["222", "2221", "2222"]);
        assert_eq!(codes("22", "nurs"), ["222", "2221"], "both narrow");
        assert_eq!(codes("2213", ""), Vec::<&str>::new());
    }

    #[test]
    fn nothing_looked_for_is_the_major_groups() {
        for words in ["", "  -"] {
            assert_eq!(codes("", words), ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
        }
    }

    #[test]
    fn an_answer_holds_fifty_and_says_that_there_are_more() {
        let (found, more) = find(&Sought { code_prefix: "2".to_owned(), words: String::new() });
        assert_eq!((found.len(), more), (MOST, true));
        assert!(!find(&Sought { code_prefix: "25".to_owned(), words: String::new() }).1);
    }

    #[test]
    fn every_field_at_fault_is_told() {
        let at = |code_prefix: &str, words: &str| {
            let sought = Sought { code_prefix: code_prefix.to_owned(), words: words.to_owned() };
            fields(&sought).into_iter().map(|violation| violation.field).collect::<Vec<_>>()
        };
        assert_eq!(at("22a", &"ж".repeat(101)), ["code_prefix", "words"]);
        assert_eq!(at("22123", "a\nb"), ["code_prefix", "words"]);
        assert!(at("2212", &"ж".repeat(100)).is_empty() && at("", "").is_empty());
    }
}
