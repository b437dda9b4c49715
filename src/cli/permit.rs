//! `relocreg permit`: which permits there are, without a server and without a record.

use std::fmt::Write as _;

use strum::IntoEnumIterator as _;

use super::say;
use crate::{
    law::Law,
    messages::Language,
    permits::catalogue::{PermitApplicant, PermitKind, PermitType, PermitTypes},
    time::{Clock, civil_day},
};

/// What can be asked.
#[derive(Debug, clap::Subcommand)]
pub enum Question {
    /// Lists the kinds of permits and statuses; with --kind, says all that is known of one.
    Types {
        /// One kind only, for example `TEMPORARY_RESIDENCE_WORK`.
        #[arg(long, value_parser = read_kind)]
        kind: Option<PermitKind>,
        /// The language of the names.
        #[arg(long, value_enum, default_value = "en")]
        lang: Language,
    },
}

fn read_kind(text: &str) -> Result<PermitKind, String> {
    let known = || PermitKind::iter().map(|kind| kind.to_string()).collect::<Vec<_>>().join(", ");
    text.to_uppercase().parse().map_err(|_| format!("there are {}", known()))
}

/// Answers a question under the law of this installation.
pub fn run(question: Question, law_file: Option<&std::path::Path>) -> Result<(), String> {
    let law = Law::load(law_file)?;
    let Question::Types { kind, lang } = question;
    match kind {
        None => say(&table(&law.permit_types, lang)),
        Some(kind) => {
            let versions: Vec<String> = law.permit_types.listed(Some(kind), None).into_iter().map(|version| sheet(version, lang)).collect();
            say(&versions.join("\n\n"));
        }
    }
    Ok(())
}

fn name(version: &PermitType, lang: Language) -> &str {
    match lang {
        Language::Kazakh => &version.name_kk,
        Language::Russian => &version.name_ru,
        Language::English => &version.name_en,
    }
}

fn applicant(version: &PermitType) -> &'static str {
    match version.applicant {
        PermitApplicant::Host => "host",
        PermitApplicant::Person => "person",
        PermitApplicant::Authority => "authority",
    }
}

/// What is in force today, a line a kind.
fn table(types: &PermitTypes, lang: Language) -> String {
    let today = civil_day(Clock::default().now());
    let number = |number: Option<i32>| number.map_or_else(|| "?".to_owned(), |number| number.to_string());
    let mut text = format!("{:<40} {:<9} {:>6} {:>7}  {}\n", "kind", "applies", "months", "review", "name");
    for version in types.listed(None, Some(today)) {
        let mark = if version.information_only_because.is_some() { " [i]" } else { "" };
        let (months, review) = (number(version.max_months), number(version.review_working_days));
        let kind = version.kind.to_string();
        // Writing into a string cannot fail.
        let _written = writeln!(text, "{kind:<40} {:<9} {months:>6} {review:>7}  {}{mark}", applicant(version), name(version, lang));
    }
    text.push_str(
        "\n  months: the longest validity   review: working days   ?: not known   [i]: for information only   --kind KIND says more",
    );
    text
}

/// All that is known of a version.
fn sheet(version: &PermitType, lang: Language) -> String {
    let mut lines = vec![format!("{}: {}", version.kind, name(version, lang))];
    let mut line = |label: &str, text: String| {
        if !text.is_empty() {
            // A label once, and the text beside it in lines that fit a window.
            for (at, part) in wrapped(&text).into_iter().enumerate() {
                lines.push(format!("  {:<18} {part}", if at == 0 { label } else { "" }));
            }
        }
    };
    let number = |number: Option<i32>, unit: &str| number.map_or_else(|| "not known".to_owned(), |number| format!("{number} {unit}"));
    line("for information", version.information_only_because.clone().map(|because| format!("only. {because}")).unwrap_or_default());
    line(
        "in force",
        match (version.effective_from, version.effective_until) {
            (None, None) => "as far as known".to_owned(),
            (Some(from), None) => format!("from {from}"),
            (None, Some(until)) => format!("until {until}"),
            (Some(from), Some(until)) => format!("from {from} until {until}"),
        },
    );
    line("applies", applicant(version).to_owned());
    line("lasts at most", number(version.max_months, "months"));
    line("not beyond", version.bounded_by.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "));
    line("can be renewed", version.renewable.map_or("not known", |renewable| if renewable { "yes" } else { "no" }).to_owned());
    line("review", number(version.review_working_days, "working days"));
    line("passport", version.passport_min_days.map(|days| format!("{days} days left")).unwrap_or_default());
    line("children", version.children_exempt_under_years.map(|years| format!("below {years} do without")).unwrap_or_default());
    line("apply within", version.application_due_days.map(|days| format!("{days} days")).unwrap_or_default());
    line("EAEU citizens", if version.eaeu_exempt { "do without" } else { "" }.to_owned());
    let papers = version.documents.iter().map(|paper| match paper.valid_days {
        Some(days) => format!("{} ({days} days)", paper.code),
        None => paper.code.clone(),
    });
    line("to bring", papers.collect::<Vec<_>>().join(", "));
    line("asked", version.criteria.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "));
    line("refused for", version.refusal_grounds.join(", "));
    line("revoked for", version.revocation_grounds.join(", "));
    for check in &version.officer_checks {
        line("officer", check.clone());
    }
    line("law", format!("{} (confidence {})", version.legal_basis, version.confidence));
    line("source", version.source_url.clone());
    line("open", version.open.clone());
    lines.join("\n")
}

/// The words of a text in lines of 100 letters, or longer where one word is.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + word.chars().count() < 100 => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn types() -> PermitTypes {
        Law::load(None).unwrap().permit_types
    }

    #[test]
    fn a_tired_clerk_reads_every_kind_in_one_table_in_each_language() {
        let text = table(&types(), Language::English);
        assert_eq!(text.lines().filter(|line| line.starts_with(|letter: char| letter.is_ascii_uppercase())).count(), 25, "{text}");
        for line in [
            "TEMPORARY_RESIDENCE_WORK                 host          12       5  Temporary residence permit (work)",
            "VISA_C5                                  person         ?       ?  Visa C5 (business immigrant)",
            "REFUGEE_STATUS                           person        12       ?  Refugee status [i]",
        ] {
            assert!(text.lines().any(|found| found == line), "{line:?} in:\n{text}");
        }
        assert!(table(&types(), Language::Kazakh).contains("Босқын мәртебесі [i]"));
        assert!(table(&types(), Language::Russian).contains("Гражданство Республики Казахстан"));
    }

    #[test]
    fn one_kind_is_told_with_both_its_versions_and_what_is_open() {
        let types = types();
        let sheets: Vec<String> = types
            .listed(Some(PermitKind::PermanentResidencePermit), None)
            .into_iter()
            .map(|version| sheet(version, Language::English))
            .collect();
        let [before, pilot] = sheets.as_slice() else { panic!("two versions") };
        assert!(before.contains("  in force           from 2015-12-04 until 2026-02-12"), "{before}");
        let words = pilot.split_whitespace().collect::<Vec<_>>().join(" ");
        for part in ["from 2026-02-13", "181 days left", "SOLVENCY_PROOF (180 days)", "QUESTIONNAIRE_400_POINTS", " open ", "not known"] {
            assert!(words.contains(part), "{part} in:\n{pilot}");
        }
        assert!(pilot.lines().all(|line| line.chars().count() <= 121), "{pilot}");
    }

    #[test]
    fn a_kind_is_read_in_small_letters_too_and_an_unknown_one_is_answered_with_those_there_are() {
        assert_eq!(read_kind("visa_b12_1"), Ok(PermitKind::VisaB121));
        assert!(read_kind("VISA_Q9").unwrap_err().contains("VISA_C3, ATA_ZHOLY_CARD"));
    }
}
