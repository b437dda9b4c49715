//! Who may be registered, how a record may change, and what a machine-readable zone says.

use chrono::{Datelike as _, NaiveDate};

use super::{Card, Document, DocumentKind, Identity, Relocant, RelocantStatus};
use crate::{
    classifiers::Country,
    error::{Reason, Violation, Why},
    seal::Personal,
};

/// Why a record cannot change as asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The registration is closed.
    #[error("the person was reported to have left for good on {on}")]
    AlreadyDeparted {
        /// The day of departure.
        on: NaiveDate,
    },
    /// The day has not come yet.
    #[error("the departure on {on} lies in the future; today is {today}")]
    DepartureInFuture {
        /// The day of departure.
        on: NaiveDate,
        /// Today.
        today: NaiveDate,
    },
}

impl Refusal {
    /// Every reason that these rules can give.
    pub const REASONS: &[&str] = &["ALREADY_DEPARTED", "DEPARTURE_IN_FUTURE"];
}

impl Reason for Refusal {
    fn reason(&self) -> &'static str {
        match self {
            Self::AlreadyDeparted { .. } => "ALREADY_DEPARTED",
            Self::DepartureInFuture { .. } => "DEPARTURE_IN_FUTURE",
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::AlreadyDeparted { on } => vec![("on", on.to_string())],
            Self::DepartureInFuture { on, today } => vec![("on", on.to_string()), ("today", today.to_string())],
        }
    }
}

/// A departure for good closes the registration, once, and not ahead of time.
pub fn report_departure(relocant: Relocant, on: NaiveDate, today: NaiveDate) -> Result<Relocant, Refusal> {
    let relocant = still_here(relocant)?;
    if on > today {
        return Err(Refusal::DepartureInFuture { on, today });
    }
    Ok(Relocant { status: RelocantStatus::Departed, departed_on: Some(on), ..relocant })
}

/// A closed registration is not changed any more.
pub fn still_here(relocant: Relocant) -> Result<Relocant, Refusal> {
    match (relocant.status, relocant.departed_on) {
        (RelocantStatus::Departed, on) => Err(Refusal::AlreadyDeparted { on: on.unwrap_or_default() }),
        (RelocantStatus::Registered, _) => Ok(relocant),
    }
}

/// What is wrong with an identity, all at once. `at` is the path of the identity in the request.
pub fn identity(identity: &Identity, at: &str, today: NaiveDate) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut fault = |field: &str, why: Why| found.push(Violation { field: format!("{at}{field}"), why });
    if identity.family_name.expose().trim().is_empty() {
        fault("family_name", Why::Required);
    } else if !is_name(identity.family_name.expose()) {
        fault("family_name", NAME);
    }
    if !identity.given_names.expose().is_empty() && !is_name(identity.given_names.expose()) {
        fault("given_names", NAME);
    }
    let birth_on = *identity.birth_on.expose();
    if birth_on > today || birth_on.year() < 1900 {
        fault("birth_date", Why::Range("from 1900 until today"));
    }
    if document_number(identity.document.number.expose()).is_none() {
        fault("document.number", NUMBER);
    }
    found
}

/// What is wrong with how a person can be reached.
pub fn contacts(phone: Option<&str>, email: Option<&str>) -> Vec<Violation> {
    let mut found = Vec::new();
    let is_phone = |text: &str| {
        text.strip_prefix('+').is_some_and(|digits| (8..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()))
    };
    if phone.is_some_and(|phone| !is_phone(phone)) {
        found.push(Violation { field: "phone".to_owned(), why: Why::Format("+ and 8 to 15 digits") });
    }
    let is_email = |text: &str| {
        text.len() <= 254
            && !text.contains(char::is_whitespace)
            && text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.') && !host.contains('@'))
    };
    if email.is_some_and(|email| !is_email(email)) {
        found.push(Violation { field: "email".to_owned(), why: Why::Format("an e-mail address") });
    }
    found
}

/// What is wrong with a card.
pub fn card(card: &Card) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut fault = |field: String, why: Why| found.push(Violation { field, why });
    for (name, count, most, range) in [
        ("occupations", card.occupations.len(), 10, "at most 10"),
        ("languages", card.languages.len(), 10, "at most 10"),
        ("wished_regions", card.wished_regions.len(), 20, "at most 20"),
    ] {
        if count > most {
            fault(format!("card.{name}"), Why::Range(range));
        }
    }
    for (at, (_, years)) in card.occupations.iter().enumerate() {
        if !(0..=70).contains(years) {
            fault(format!("card.occupations[{at}].years"), Why::Range("0 to 70"));
        }
    }
    if !(0..=20).contains(&card.household_size) {
        fault("card.household_size".to_owned(), Why::Range("0 to 20"));
    }
    found
}

const NAME: Why = Why::Format("1 to 100 letters, spaces, hyphens, apostrophes or full stops");
const NUMBER: Why = Why::Format("3 to 20 letters and digits");

fn is_name(text: &str) -> bool {
    let is_letter = |letter: char| letter.is_alphabetic() || matches!(letter, ' ' | '-' | '\'' | '’' | 'ʹ' | '.' | '\u{300}'..='\u{36f}');
    (1..=100).contains(&text.chars().count()) && text.chars().all(is_letter) && text.contains(char::is_alphabetic)
}

/// The one spelling of a document number: upper case, no spaces or hyphens, Latin letters for the Cyrillic ones that look the same.
pub fn document_number(typed: &str) -> Option<String> {
    let number: Option<String> = typed
        .to_uppercase()
        .chars()
        .filter(|letter| !matches!(letter, ' ' | '-' | '№' | '/'))
        .map(|letter| {
            let latin = LOOK_ALIKES.iter().find(|(cyrillic, _)| *cyrillic == letter).map_or(letter, |(_, latin)| *latin);
            latin.is_alphanumeric().then_some(latin)
        })
        .collect();
    number.filter(|number| (3..=20).contains(&number.chars().count()))
}

const LOOK_ALIKES: [(char, char); 12] = [
    ('А', 'A'),
    ('В', 'B'),
    ('Е', 'E'),
    ('К', 'K'),
    ('М', 'M'),
    ('Н', 'H'),
    ('О', 'O'),
    ('Р', 'P'),
    ('С', 'C'),
    ('Т', 'T'),
    ('У', 'Y'),
    ('Х', 'X'),
];

/// ICAO Doc 9303-3, 4.9: the check digit that the machine-readable zone prints after the number.
pub fn number_check_digit(number: &str, digit: &str) -> Option<Why> {
    let padded = format!("{number:<<9}");
    let mut digits = digit.chars();
    match (digits.next(), digits.next()) {
        (Some(digit), None) if digit.is_ascii_digit() && mrz::verify(&padded, digit) => None,
        _ => Some(Why::CheckDigit("of the document number")),
    }
}

/// What the machine-readable zone of a passport says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MrzIdentity {
    /// The identity, without contacts.
    pub identity: Identity,
    /// The nationality.
    pub citizenship: Country,
}

/// ICAO Doc 9303-4: two lines of 44 characters (TD3). Every check digit must fit. `today` tells which century a birth year belongs to.
///
/// # Errors
/// One violation per wrong check digit, or one that says what the lines are not.
pub fn identity_from_mrz(lines: &str, today: NaiveDate) -> Result<MrzIdentity, Vec<Violation>> {
    let fault = |why: Why| Violation { field: "mrz".to_owned(), why };
    let shape = || vec![fault(Why::Format("two lines of 44 letters, digits and <"))];
    let mut parts = lines.lines().map(str::trim).filter(|line| !line.is_empty());
    let (Some(first), Some(second), None) = (parts.next(), parts.next(), parts.next()) else { return Err(shape()) };
    // The parser's error quotes the input, so it is dropped.
    let zone = mrz::parse_td3(first, second).map_err(|_| shape())?;
    let checks = &zone.checks;
    let wrong: Vec<Violation> = [
        (checks.document_number, "of the document number, line 2 position 10"),
        (checks.date_of_birth, "of the birth date, line 2 position 20"),
        (checks.date_of_expiry, "of the expiry date, line 2 position 28"),
        (checks.personal_number, "of the personal number, line 2 position 43"),
        (checks.composite, "of the whole line, line 2 position 44"),
    ]
    .into_iter()
    .filter(|(verified, _)| *verified == Some(false))
    .map(|(_, which)| fault(Why::CheckDigit(which)))
    .collect();
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let day =
        |columns: std::ops::Range<usize>, latest: Option<NaiveDate>| second.get(columns).and_then(|digits| two_digit_year(digits, latest));
    let (Some(birth_on), Some(expires_on)) = (day(13..19, Some(today)), day(21..27, None)) else {
        return Err(vec![fault(Why::NoSuchDate)]);
    };
    let citizenship = zone.nationality.parse().map_err(|_| vec![fault(Why::Format("a zone with a nationality of three letters"))])?;
    let number = document_number(zone.document_number.trim_end_matches('<')).ok_or_else(|| vec![fault(NUMBER)])?;
    let identity = Identity {
        family_name: Personal::new(zone.surname.clone()),
        given_names: Personal::new(zone.given_names.clone()),
        birth_on: Personal::new(birth_on),
        document: Document {
            kind: DocumentKind::Passport,
            issuing_country: zone.issuing_country.clone(),
            number: Personal::new(number),
            expires_on: Some(Personal::new(expires_on)),
        },
        phone: None,
        email: None,
    };
    Ok(MrzIdentity { identity, citizenship })
}

/// `YYMMDD`. With a latest day, the century is the last that gives a day not after it; without, it is the 21st.
fn two_digit_year(digits: &str, latest: Option<NaiveDate>) -> Option<NaiveDate> {
    let part = |columns: std::ops::Range<usize>| digits.get(columns).and_then(|part| part.parse::<u32>().ok());
    let (year, month, day) = (i32::try_from(part(0..2)?).ok()?, part(2..4)?, part(4..6)?);
    let this_century = NaiveDate::from_ymd_opt(2000 + year, month, day);
    match latest {
        Some(latest) if this_century.is_none_or(|day| day > latest) => NaiveDate::from_ymd_opt(1900 + year, month, day),
        Some(_) | None => this_century,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    const SPECIMEN: &str = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10";

    #[test]
    fn the_icao_specimen_is_read() {
        let read = identity_from_mrz(SPECIMEN, day("2026-11-24")).unwrap();
        assert_eq!(read.identity.family_name.expose(), "ERIKSSON");
        assert_eq!(read.identity.given_names.expose(), "ANNA MARIA");
        assert_eq!(*read.identity.birth_on.expose(), day("1974-08-12"));
        assert_eq!(read.identity.document.number.expose(), "L898902C3");
        assert_eq!(read.citizenship.code(), "UTO");
    }

    #[test]
    fn every_wrong_check_digit_of_the_zone_is_told() {
        let wrong = SPECIMEN.replace("L898902C36", "L898902C37").replace("1204159", "1204158");
        let found = identity_from_mrz(&wrong, day("2026-11-24")).unwrap_err();
        let told: Vec<String> = found.iter().map(|violation| violation.why.to_string()).collect();
        assert!(told.iter().any(|why| why.contains("document number")), "{told:?}");
        assert!(told.iter().any(|why| why.contains("expiry date")), "{told:?}");
    }

    #[test]
    fn what_is_not_a_zone_is_refused_without_quoting_it() {
        for text in ["", "P<UTO", "a\nb\nc", "Иванова"] {
            let found = identity_from_mrz(text, day("2026-11-24")).unwrap_err();
            assert!(text.is_empty() || found.iter().all(|violation| !violation.why.to_string().contains(text)));
        }
    }

    #[test]
    fn a_birth_year_belongs_to_the_century_that_has_been() {
        assert_eq!(two_digit_year("050115", Some(day("2026-11-24"))), Some(day("2005-01-15")));
        assert_eq!(two_digit_year("270115", Some(day("2026-11-24"))), Some(day("1927-01-15")));
        assert_eq!(two_digit_year("990231", Some(day("2026-11-24"))), None);
    }

    #[test]
    fn one_document_has_one_spelling() {
        for typed in ["45 10 123456", "4510-123456", "4510123456"] {
            assert_eq!(document_number(typed).unwrap(), "4510123456");
        }
        assert_eq!(document_number("ав 12").unwrap(), "AB12");
        for wrong in ["", "12", "1234567890123456789012", "12_3"] {
            assert_eq!(document_number(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_check_digit_of_a_number_is_verified() {
        assert_eq!(number_check_digit("L898902C3", "6"), None);
        for wrong in ["7", "", "66", "x"] {
            assert!(number_check_digit("L898902C3", wrong).is_some(), "{wrong}");
        }
    }

    #[test]
    fn names_may_be_in_any_script_and_hold_nothing_but_a_name() {
        for good in ["Щелокова", "O’Connor", "Жұмабай-Әбілқызы", "de la Cruz", "Ли"] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", "-", "x1", "a@b", "line\nbreak", &"я".repeat(101)] {
            assert!(!is_name(bad), "{bad}");
        }
    }

    #[test]
    fn contacts_are_checked_and_all_faults_told() {
        assert!(contacts(Some("+77011234567"), Some("a@b.kz")).is_empty());
        assert_eq!(contacts(Some("87011234567"), Some("a b@c.kz")).len(), 2);
    }
}
