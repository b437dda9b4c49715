//! What is told of an import: a short table for people, or JSON for programs.

use std::fmt::Write as _;

use serde_json::json;

use super::{Posting, job_postings::shortened};
use crate::{messages::Language, occupations, proto::VacancyImport};

/// Lines that are named one by one, before the rest is counted.
const NAMED: usize = 12;

/// What has become of a posting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is a vacancy, by its id.
    Done(VacancyImport, String),
    /// The server refuses it: the reason, and the reason in words.
    Refused(String, String),
}

impl Outcome {
    fn word(&self) -> &'static str {
        match self {
            Self::Done(VacancyImport::Opened, _) => "opened",
            Self::Done(VacancyImport::Amended, _) => "amended",
            Self::Done(VacancyImport::Unchanged, _) => "unchanged",
            Self::Done(VacancyImport::Unspecified, _) => "done",
            Self::Refused(..) => "refused",
        }
    }
}

/// A table with a line for each posting that is not as it was, and the counts.
pub fn table(done: &[(&Posting, Outcome)], check: bool) -> String {
    let mut text = String::new();
    for (posting, outcome) in done.iter().filter(|(_, outcome)| outcome.word() != "unchanged") {
        let (at, reference) = (&posting.at, &posting.said.external_ref);
        let work = occupations::label(&posting.said.occupation, Language::English).unwrap_or_default();
        let more = match outcome {
            // An id of which nothing is kept is nobody's.
            Outcome::Done(..) if check => String::new(),
            Outcome::Done(_, id) => format!("  {id}"),
            Outcome::Refused(reason, why) => format!("  {reason}: {why}"),
        };
        // Writing into a string cannot fail.
        let _written = writeln!(text, "{:<9}  {at:<12}  {reference:<20}  {} {work}{more}", outcome.word(), posting.said.occupation);
    }
    let count = |word: &str| done.iter().filter(|(_, outcome)| outcome.word() == word).count();
    let would = if check { "would be " } else { "" };
    let counts = ["opened", "amended", "unchanged", "refused"].map(|word| format!("{} {word}", count(word))).join(", ");
    text + &format!("{would}{counts}")
}

/// The same as JSON.
pub fn as_json(done: &[(&Posting, Outcome)]) -> String {
    let one = |(posting, outcome): &(&Posting, Outcome)| {
        let (id, reason, message) = match outcome {
            Outcome::Done(_, id) => (Some(id), None, None),
            Outcome::Refused(reason, why) => (None, Some(reason), Some(why)),
        };
        json!({
            "at": posting.at,
            "external_ref": posting.said.external_ref,
            "occupation": posting.said.occupation,
            "occupation_title": occupations::label(&posting.said.occupation, Language::English),
            "outcome": outcome.word(),
            "vacancy_id": id,
            "reason": reason,
            "message": message,
        })
    };
    done.iter().map(one).collect::<serde_json::Value>().to_string()
}

/// What was passed over, told once.
pub fn passed_over(names: &std::collections::BTreeMap<String, usize>) -> Option<String> {
    if names.is_empty() {
        return None;
    }
    let shown = names.iter().take(NAMED).map(|(name, times)| format!("{} ({times})", shortened(name))).collect::<Vec<_>>().join(", ");
    let more = if names.len() > NAMED { format!(" and {} more", names.len() - NAMED) } else { String::new() };
    Some(format!("fields that are not known, passed over: {shown}{more}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto;

    fn posting(at: &str, external_ref: &str) -> Posting {
        let said =
            proto::ImportVacancyRequest { external_ref: external_ref.to_owned(), occupation: "2212".to_owned(), ..Default::default() };
        Posting { at: at.to_owned(), said }
    }

    #[test]
    fn a_table_names_what_has_changed_and_counts_all() {
        let (one, two, three) = (posting("line 2", "A-1"), posting("line 3", "A-2"), posting("line 4", "A-3"));
        let done = [
            (&one, Outcome::Done(VacancyImport::Opened, "v1".to_owned())),
            (&two, Outcome::Done(VacancyImport::Unchanged, "v2".to_owned())),
            (&three, Outcome::Refused("VACANCY_CLOSED".to_owned(), "the vacancy is closed".to_owned())),
        ];
        let text = table(&done, false);
        let lines: Vec<&str> = text.lines().collect();
        assert!(
            lines[0].starts_with("opened     line 2        A-1 ") && lines[0].ends_with("2212 Specialist medical practitioners  v1"),
            "{text}"
        );
        assert!(lines[1].ends_with("VACANCY_CLOSED: the vacancy is closed"), "{text}");
        assert_eq!(lines[2..], ["1 opened, 0 amended, 1 unchanged, 1 refused"]);
        let text = table(&done, true);
        assert!(!text.contains("v1") && text.ends_with("would be 1 opened, 0 amended, 1 unchanged, 1 refused"), "{text}");
        let json: serde_json::Value = serde_json::from_str(&as_json(&done)).unwrap();
        assert_eq!(
            (json[0]["vacancy_id"].as_str(), json[1]["outcome"].as_str(), json[2]["reason"].as_str()),
            (Some("v1"), Some("unchanged"), Some("VACANCY_CLOSED"))
        );
    }

    #[test]
    fn what_was_passed_over_is_told_once_with_its_count() {
        assert_eq!(passed_over(&std::collections::BTreeMap::new()), None);
        let names = (0..14).map(|at| (format!("x{at:02}"), at + 1)).collect();
        let text = passed_over(&names).unwrap();
        assert!(text.contains("\"x00\" (1), \"x01\" (2)") && text.ends_with("and 2 more"), "{text}");
    }
}
