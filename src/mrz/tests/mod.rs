//! Specimens and properties of whole zones.

mod properties;
mod specimens;

use chrono::NaiveDate;

use super::*;

/// ICAO Doc 9303-5, appendix.
const TD1: &str = "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<";
/// A number of twelve characters in the same card. ICAO Doc 9303-5, note j to 4.2.2.
const TD1_LONG: &str = "I<UTOD23145890<XYZ5<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<0\nERIKSSON<<ANNA<MARIA<<<<<<<<<<";
/// ICAO Doc 9303-6, appendix.
const TD2: &str = "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nD231458907UTO7408122F1204159<<<<<<<6";
/// ICAO Doc 9303-4, appendix.
const TD3: &str = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10";
/// ICAO Doc 9303-7, appendix.
const MRV_A: &str = "V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C<3UTO6908061F9406236ZE184226B<<<<<<<";
/// ICAO Doc 9303-7, appendix.
const MRV_B: &str = "V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nL898902C<3UTO6908061F9406236ZE184226";
/// A passport of Russia for travelling abroad, of nobody.
const RUSSIAN_FOREIGN: &str = "P<RUSSHCHELOKOVA<<IULIIA<<<<<<<<<<<<<<<<<<<<\n7500000015RUS9901317F3302141<<<<<<<<<<<<<<06";
/// A passport of Russia for use inside Russia, of nobody.
const RUSSIAN_INTERNAL: &str = "PNRUSIVANOV<<ALEKSEQ<IL9I3<<<<<<<<<<<<<<<<<<\n4511234569RUS8502289M<<<<<<<0110701770001<76";
/// Another, whose names need the digits of the coding.
const RUSSIAN_INTERNAL_2: &str = "PNRUSW2LOKOVA<<7LI8<6DUARDOVNA<<<<<<<<<<<<<<\n0400000013RUS9901317F<<<<<<<4190215240002<66";

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn today() -> NaiveDate {
    day("2026-11-24")
}

fn zone(text: &str) -> Zone {
    read(text, today()).unwrap()
}

/// What the violations say; all are of the field `mrz`.
fn told(text: &str) -> Vec<String> {
    let found = read(text, today()).unwrap_err();
    assert!(!found.is_empty());
    assert!(found.iter().all(|violation| violation.field == "mrz"));
    found.into_iter().map(|violation| violation.why.to_string()).collect()
}

/// The zone with this put at a position of a line, both counted from one.
fn with(text: &str, line: usize, position: usize, put: &str) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines[line - 1].replace_range(position - 1..position - 1 + put.len(), put);
    lines.join("\n")
}

fn digit_of(field: &str) -> String {
    ::mrz::check_digit(field).unwrap().to_string()
}

/// Line, first and last position.
type Field = (usize, usize, usize);

fn at(text: &str, (line, first, last): Field) -> &str {
    &text.lines().nth(line - 1).unwrap()[first - 1..last]
}

/// The zone with all its check digits computed anew: that of each field right after it, and that of the whole, which is over `parts`, at `whole`.
fn with_digits(text: &str, fields: &[Field], whole: (usize, usize), parts: &[Field]) -> String {
    let text = fields.iter().fold(text.to_owned(), |text, field| with(&text, field.0, field.2 + 1, &digit_of(at(&text, *field))));
    let over: String = parts.iter().map(|part| at(&text, *part)).collect();
    with(&text, whole.0, whole.1, &digit_of(&over))
}

/// All check digits of a zone with the lines of a passport book, computed anew.
fn book(text: &str) -> String {
    with_digits(text, &[(2, 1, 9), (2, 14, 19), (2, 22, 27), (2, 29, 42)], (2, 44), &[(2, 1, 10), (2, 14, 20), (2, 22, 43)])
}

/// All check digits of a card of three lines, computed anew.
fn card(text: &str) -> String {
    with_digits(text, &[(1, 6, 14), (2, 1, 6), (2, 9, 14)], (2, 30), &[(1, 6, 30), (2, 1, 7), (2, 9, 15), (2, 19, 29)])
}
