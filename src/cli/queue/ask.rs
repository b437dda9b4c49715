//! Asks for a person at the terminal, field by field, and again for what cannot be right. What is asked and how it is read is the same as for a sheet.

use std::io::{BufRead, Write};

use crate::{
    api::Fields,
    cli::import::{
        columns::{COLUMNS, Column, Draft, Texts, by_field},
        rows::put,
        sheet::Value,
    },
    error::{Error, Violation},
    intake::{api::read_operation, operations::RegisterRelocant},
    messages::Language,
    proto::{RegisterRelocantRequest, register_relocant_request::Source},
};

/// What is asked when there is a machine-readable zone, and what without one. The rest can follow when there is a network.
const WITH_ZONE: [&str; 3] = ["region", "entry_date", "phone"];
const WITHOUT_ZONE: [&str; 12] = [
    "family_name",
    "given_names",
    "birth_date",
    "sex",
    "citizenship",
    "document_kind",
    "document_country",
    "document_number",
    "document_expiry_date",
    "region",
    "entry_date",
    "phone",
];

const ZONE: Texts = Texts {
    kk: "Құжаттың машинамен оқылатын жолдары (болмаса – Enter)",
    ru: "Машиночитаемые строки документа (нет – Enter)",
    en: "Machine-readable lines of the document (none: Enter)",
};

/// The registration that somebody enters, which the registry would take today. `None`: the input ended.
///
/// # Errors
/// The terminal fails.
pub fn ask(
    input: &mut impl BufRead,
    output: &mut impl Write,
    language: Language,
    today: chrono::NaiveDate,
) -> std::io::Result<Option<RegisterRelocantRequest>> {
    let Some(zone) = ask_zone(input, output, language)? else { return Ok(None) };
    let columns: &[&str] = if zone.is_empty() { &WITHOUT_ZONE } else { &WITH_ZONE };
    let columns: Vec<&'static Column> = COLUMNS.iter().filter(|column| columns.contains(&column.name)).collect();
    let mut answers = vec![String::new(); columns.len()];
    let mut to_ask: Vec<usize> = (0..columns.len()).collect();
    loop {
        for at in std::mem::take(&mut to_ask) {
            let (Some(column), Some(answer)) = (columns.get(at), answers.get_mut(at)) else { continue };
            match ask_column(input, output, column, language)? {
                Some(given) => *answer = given,
                None => return Ok(None),
            }
        }
        let mut draft = Draft::default();
        for (column, answer) in columns.iter().zip(&answers) {
            // Each was read before it was kept.
            let _read = put(&mut draft, column, &value(answer));
        }
        let mut registration = draft.finish();
        if !zone.is_empty() {
            registration.source = Some(Source::Mrz(zone.clone()));
        }
        let faults = faults(&registration, today, language);
        if faults.is_empty() {
            return Ok(Some(registration));
        }
        for Found { field, text, .. } in faults {
            let column = by_field(&field);
            writeln!(output, "  ! {}: {text}", column.map_or(field.as_str(), |column| column.captions.in_language(language)))?;
            to_ask.extend(columns.iter().position(|asked| column.is_some_and(|column| column.name == asked.name)));
        }
        to_ask.sort_unstable();
        to_ask.dedup();
        if to_ask.is_empty() {
            // It is no single field: the zone cannot be read, or two fields do not go together.
            return ask(input, output, language, today);
        }
    }
}

/// What is wrong with a field.
#[derive(Debug)]
pub struct Found {
    /// The field, as the contract names it; empty when it is none.
    pub field: String,
    /// For whoever has just entered it; may name days.
    pub text: String,
    /// For a terminal on which others' rows are told of: nothing that was entered.
    pub told: String,
}

/// What the registry would say is wrong, by field, without one.
pub fn faults(registration: &RegisterRelocantRequest, today: chrono::NaiveDate, language: Language) -> Vec<Found> {
    let mut fields = Fields::default();
    let operation = read_operation(&mut fields, registration.clone());
    let outcome = fields.done().and_then(|()| operation.map_or(Ok(()), |operation: RegisterRelocant| operation.check(today)));
    match outcome {
        Ok(()) => vec![],
        Err(Error::Invalid(violations)) => {
            let found = |violation: &Violation| {
                let text = language.fault(&violation.why).unwrap_or_default();
                Found { field: violation.field.clone(), told: text.clone(), text }
            };
            violations.0.iter().map(found).collect()
        }
        Err(other) => {
            let facts = if let Error::Refused(refusals) = &other { refusals.first().facts() } else { vec![] };
            let told = other.reason().to_lowercase().replace('_', " ");
            let text = language.reason(other.reason(), facts.iter().map(|(key, value)| (*key, value.as_str())));
            let field = if other.reason().starts_with("CROSSING_") { "entry_date" } else { "" };
            vec![Found { field: field.to_owned(), text: text.unwrap_or_else(|| told.clone()), told }]
        }
    }
}

fn value(text: &str) -> Value {
    if text.is_empty() { Value::Empty } else { Value::Text(text.to_owned()) }
}

/// Reads lines until an empty one; a zone has two or three. `None`: the input ended.
fn ask_zone(input: &mut impl BufRead, output: &mut impl Write, language: Language) -> std::io::Result<Option<String>> {
    let mut lines: Vec<String> = Vec::new();
    while lines.len() < 3 {
        let prompt = if lines.is_empty() { ZONE.in_language(language) } else { "" };
        match line(input, output, prompt)? {
            None if lines.is_empty() => return Ok(None),
            Some(text) if !text.is_empty() => {
                let ends = lines.len() == 1 && text.chars().count() > 30;
                lines.push(text);
                if ends {
                    break;
                }
            }
            Some(_) | None => break,
        }
    }
    Ok(Some(lines.join("\n")))
}

/// Asks until it can be read. `None`: the input ended.
fn ask_column(input: &mut impl BufRead, output: &mut impl Write, column: &Column, language: Language) -> std::io::Result<Option<String>> {
    let mark = if column.required { "*" } else { "" };
    loop {
        let Some(text) = line(input, output, &format!("{}{mark}", column.captions.in_language(language)))? else { return Ok(None) };
        match put(&mut Draft::default(), column, &value(&text)) {
            Ok(()) => return Ok(Some(text)),
            Err(what) => writeln!(output, "  ! {}. {}", what.text(language), column.help.in_language(language))?,
        }
    }
}

fn line(input: &mut impl BufRead, output: &mut impl Write, prompt: &str) -> std::io::Result<Option<String>> {
    write!(output, "{prompt}> ")?;
    output.flush()?;
    let mut text = String::new();
    if input.read_line(&mut text)? == 0 {
        return Ok(None);
    }
    Ok(Some(text.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(typed: &str) -> (Option<RegisterRelocantRequest>, String) {
        let (mut input, mut output) = (typed.as_bytes(), Vec::new());
        let registration = ask(&mut input, &mut output, Language::Russian, "2026-11-24".parse().unwrap()).unwrap();
        (registration, String::from_utf8(output).unwrap())
    }

    #[test]
    fn a_zone_and_two_answers_are_a_person() {
        let (registration, _) = asked(
            "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10\nАлматы\n20.11.2026\n8 701 000 00 01\n",
        );
        let registration = registration.unwrap();
        assert!(matches!(registration.source, Some(Source::Mrz(lines)) if lines.lines().count() == 2));
        assert_eq!((registration.region_code.as_str(), registration.phone.as_str()), ("KZ-75", "+77010000001"));
    }

    #[test]
    fn what_cannot_be_right_is_asked_again_and_nothing_else() {
        let (registration, told) = asked("\nИванова\nАнна\n31.02.1990\n01.02.1990\nж\nРоссия\n\n\n\n\nАлматы\n25.11.2026\n\n24.11.2026\n");
        let registration = registration.unwrap();
        assert_eq!(registration.entry_date.map(|date| date.day), Some(24));
        assert_eq!(told.matches("  ! ").count(), 2, "{told}");
        assert!(told.contains("не дата") && told.contains("! Дата въезда: "), "{told}");
    }

    #[test]
    fn an_input_that_ends_registers_nobody() {
        assert!(asked("").0.is_none() && asked("\nИванова\nАнна\n").0.is_none());
    }

    #[test]
    fn a_zone_with_a_wrong_digit_is_told_and_asked_again_as_a_whole() {
        let (registration, told) =
            asked("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C37UTO7408122F1204159ZE184226B<<<<<10\nАлматы\n\n\n\nИванова\n");
        assert!(registration.is_none() && told.contains("  ! mrz"), "{told}");
    }
}
