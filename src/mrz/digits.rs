//! The check digits of each format: where they are, and which of them do not fit.

use ::mrz::{Checks, MrzData};

use super::{Format, lines::Lines};

/// What a check digit stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    Number,
    Birth,
    Expiry,
    Personal,
    Whole,
}

/// What it stands for, its line and position, and how a violation names it.
type Digit = (Of, usize, usize, &'static str);

/// ICAO Doc 9303-5, 4.2.2 and 4.2.4.
const TD1: [Digit; 4] = [
    (Of::Number, 1, 15, "of the document number, line 1 position 15"),
    (Of::Birth, 2, 7, "of the birth date, line 2 position 7"),
    (Of::Expiry, 2, 15, "of the expiry date, line 2 position 15"),
    (Of::Whole, 2, 30, "of the upper and middle lines, line 2 position 30"),
];

/// ICAO Doc 9303-6, 4.2.2 and 4.2.4.
const TD2: [Digit; 4] = [
    (Of::Number, 2, 10, "of the document number, line 2 position 10"),
    (Of::Birth, 2, 20, "of the birth date, line 2 position 20"),
    (Of::Expiry, 2, 28, "of the expiry date, line 2 position 28"),
    (Of::Whole, 2, 36, "of the whole line, line 2 position 36"),
];

/// ICAO Doc 9303-4, 4.2.2 and 4.2.4.
const TD3: [Digit; 5] = [
    (Of::Number, 2, 10, "of the document number, line 2 position 10"),
    (Of::Birth, 2, 20, "of the birth date, line 2 position 20"),
    (Of::Expiry, 2, 28, "of the expiry date, line 2 position 28"),
    (Of::Personal, 2, 43, "of the personal number, line 2 position 43"),
    (Of::Whole, 2, 44, "of the whole line, line 2 position 44"),
];

/// FMS order 279 of 30 June 2011.
const RUSSIAN_INTERNAL: [Digit; 5] = [
    (Of::Number, 2, 10, "of the first three digits of the series and the number, line 2 position 10"),
    (Of::Birth, 2, 20, "of the birth date, line 2 position 20"),
    (Of::Expiry, 2, 28, "of the expiry date, which is left open, line 2 position 28"),
    (Of::Personal, 2, 43, "of the last digit of the series, the day of issue and the department code, line 2 position 43"),
    (Of::Whole, 2, 44, "of the whole line, line 2 position 44"),
];

/// ICAO Doc 9303-7, 4.2.2.2 and 7.2.2.2: a visa of either size has no digit over the whole line.
const VISA: [Digit; 3] = [
    (Of::Number, 2, 10, "of the document number, line 2 position 10"),
    (Of::Birth, 2, 20, "of the birth date, line 2 position 20"),
    (Of::Expiry, 2, 28, "of the expiry date, line 2 position 28"),
];

/// ICAO Doc 9303-5, note j to 4.2.2, and Doc 9303-6, likewise: the number goes on in the optional data, and its digit stands after its end there.
const LONG_NUMBER: [(Format, &str); 2] = [
    (Format::Td1, "of the long document number, line 1 after the number's end in the optional data, which begins at position 16"),
    (Format::Td2, "of the long document number, line 2 after the number's end in the optional data, which begins at position 29"),
];

/// The names of all check digits that do not fit, in the order of the zone.
pub(super) fn wrong_digits(lines: &Lines, parsed: &MrzData) -> Vec<&'static str> {
    let digits: &[Digit] = match lines.format {
        Format::Td1 => &TD1,
        Format::Td2 => &TD2,
        Format::Td3 => &TD3,
        Format::RussianInternal => &RUSSIAN_INTERNAL,
        Format::MrvA | Format::MrvB => &VISA,
    };
    digits.iter().filter_map(|digit| wrong(*digit, lines, parsed)).collect()
}

fn wrong((of, line, position, name): Digit, lines: &Lines, parsed: &MrzData) -> Option<&'static str> {
    let printed_filler = lines.is_blank(line, position..=position);
    let long_number = LONG_NUMBER.iter().find_map(|(format, name)| (*format == lines.format).then_some(*name));
    match long_number {
        Some(name) if of == Of::Number && printed_filler => (!long_number_fits(parsed)).then_some(name),
        _ => {
            let fits = verified(of, &parsed.checks) && (!printed_filler || may_be_filler(of, lines));
            (!fits).then_some(name)
        }
    }
}

fn verified(of: Of, checks: &Checks) -> bool {
    let check = match of {
        Of::Number => checks.document_number,
        Of::Birth => checks.date_of_birth,
        Of::Expiry => checks.date_of_expiry,
        Of::Personal => checks.personal_number,
        Of::Whole => checks.composite,
    };
    check == Some(true)
}

/// All nine positions of the number's field and its rest in the optional data fit the digit after that rest. The parser would also take a form that keeps
/// only eight positions; no issuer is known to print it.
fn long_number_fits(parsed: &MrzData) -> bool {
    parsed.document_number_full.is_some() && !parsed.document_number_legacy_encoding && parsed.checks.document_number == Some(true)
}

/// A filler counts as zero in the sums, yet it is a check digit only where the rules let it be one.
fn may_be_filler(of: Of, lines: &Lines) -> bool {
    match (of, lines.format) {
        // ICAO Doc 9303-4, 4.2.2.2: zero or filler when there is no personal number.
        (Of::Personal, Format::Td3) => lines.is_blank(2, 29..=42),
        (Of::Expiry, Format::RussianInternal | Format::Td2) => lines.is_blank(2, 22..=27),
        (Of::Expiry, Format::Td1) => lines.is_blank(2, 9..=14),
        _ => false,
    }
}
