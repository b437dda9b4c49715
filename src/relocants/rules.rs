//! Who may be registered, how a record may change, and what a machine-readable zone says.

use chrono::{Datelike as _, Duration, NaiveDate};

use super::{Card, Document, DocumentKind, Evidence, Identity, Names, Relocant, RelocantStatus, WithdrawalGround};
use crate::{
    classifiers::Country,
    error::{Reason, Violation, Why},
    ids::{DocumentId, RelocantId},
    mrz,
    names::{self, Script},
    seal::Personal,
    time::Instant,
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
    /// The record stands for nobody any more.
    #[error("the record was merged; {into} stands for the person")]
    AlreadyMerged {
        /// The record that stands for the person.
        into: RelocantId,
    },
    /// The document is on the record already.
    #[error("the document is on this record already")]
    DocumentKnown,
    /// The document was withdrawn before.
    #[error("the document was withdrawn before")]
    DocumentWithdrawn,
    /// Names are changed by two clerks from the day after the registration.
    #[error("names are changed by two clerks from the day after the registration; propose a correction")]
    NeedsSecondClerk,
    /// The card does not say that work is looked for.
    #[error("the card says that no work is looked for")]
    NotLooking,
}

impl Refusal {
    /// Every reason that these rules can give.
    pub const REASONS: &[&str] = &[
        "ALREADY_DEPARTED",
        "DEPARTURE_IN_FUTURE",
        "ALREADY_MERGED",
        "DOCUMENT_KNOWN",
        "DOCUMENT_WITHDRAWN",
        "NEEDS_SECOND_CLERK",
        "NOT_LOOKING",
    ];
}

impl Reason for Refusal {
    fn reason(&self) -> &'static str {
        match self {
            Self::AlreadyDeparted { .. } => "ALREADY_DEPARTED",
            Self::DepartureInFuture { .. } => "DEPARTURE_IN_FUTURE",
            Self::AlreadyMerged { .. } => "ALREADY_MERGED",
            Self::DocumentKnown => "DOCUMENT_KNOWN",
            Self::DocumentWithdrawn => "DOCUMENT_WITHDRAWN",
            Self::NeedsSecondClerk => "NEEDS_SECOND_CLERK",
            Self::NotLooking => "NOT_LOOKING",
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::AlreadyDeparted { on } => vec![("on", on.to_string())],
            Self::DepartureInFuture { on, today } => vec![("on", on.to_string()), ("today", today.to_string())],
            Self::AlreadyMerged { into } => vec![("into", into.to_string())],
            Self::DocumentKnown | Self::DocumentWithdrawn | Self::NeedsSecondClerk | Self::NotLooking => vec![],
        }
    }
}

/// By how much clocks may differ.
const CLOCKS_DIFFER: Duration = Duration::minutes(5);

/// How old a capture may be: as long as a request is remembered.
const OLDEST_CAPTURE: Duration = Duration::days(30);

/// When the person stood at the counter, if the client's clock can be right. A counter without a network goes on with whatever clock its machine has, so a wrong one is
/// no reason to refuse a person.
pub fn captured(at: Instant, now: Instant) -> Option<Instant> {
    (now - OLDEST_CAPTURE..=now + CLOCKS_DIFFER).contains(&at).then(|| at.min(now))
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
    match not_merged(relocant)? {
        Relocant { status: RelocantStatus::Departed, departed_on, .. } => {
            Err(Refusal::AlreadyDeparted { on: departed_on.unwrap_or_default() })
        }
        relocant => Ok(relocant),
    }
}

/// Nothing new is written under a record for which another one stands.
pub fn not_merged(relocant: Relocant) -> Result<Relocant, Refusal> {
    match relocant.merged_into {
        Some(into) => Err(Refusal::AlreadyMerged { into }),
        None => Ok(relocant),
    }
}

/// What decides who somebody is may be amended by one clerk on the day of the registration, when a slip is noticed at the counter; afterwards it takes two. A script
/// that the record did not have yet is no correction.
pub fn amend(former: &Identity, amended: &Identity, registered_on: NaiveDate, today: NaiveDate) -> Result<(), Refusal> {
    let replaced = |former: &Option<Names>, amended: &Option<Names>| former.is_some() && former != amended;
    let decisive =
        former.names != amended.names || replaced(&former.cyrillic, &amended.cyrillic) || replaced(&former.latin, &amended.latin);
    if decisive && today != registered_on { Err(Refusal::NeedsSecondClerk) } else { Ok(()) }
}

/// What is wrong with an identity, all at once. `at` is the path of the identity in the request.
pub fn identity(identity: &Identity, at: &str, today: NaiveDate) -> Vec<Violation> {
    let mut found = spelling(&identity.names, at);
    for (names_of, field) in [(&identity.cyrillic, "cyrillic."), (&identity.latin, "latin.")] {
        found.extend(names_of.iter().flat_map(|names| spelling(names, &format!("{at}{field}"))));
    }
    let mut fault = |field: &str, why: Why| found.push(Violation { field: format!("{at}{field}"), why });
    let birth_on = *identity.birth_on.expose();
    if birth_on > today || birth_on.year() < 1900 {
        fault("birth_date", Why::Range("from 1900 until today"));
    }
    if identity.documents.len() > MOST_DOCUMENTS {
        fault("document", Why::Range("one of 50 at most"));
    }
    let sex = identity.sex.as_ref().map(|sex| *sex.expose());
    for contradiction in identity.iin.iter().flat_map(|iin| iin.expose().contradictions(birth_on, sex)) {
        fault("iin", contradiction.into());
    }
    for document in &identity.documents {
        let issued_on = document.issued_on.as_ref().map(|day| *day.expose());
        if issued_on.is_some_and(|issued_on| issued_on > today || issued_on < birth_on) {
            fault("document.issue_date", Why::Range("from the birth date until today"));
        }
        if issued_on
            .zip(document.expires_on.as_ref().map(|day| *day.expose()))
            .is_some_and(|(issued_on, expires_on)| expires_on < issued_on)
        {
            fault("document.expiry_date", Why::Contradicts("lies before the day of issue"));
        }
    }
    found
}

/// Documents that one record holds at most.
pub const MOST_DOCUMENTS: usize = 50;

fn spelling(names: &Names, at: &str) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut fault = |field: &str, why: Why| found.push(Violation { field: format!("{at}{field}"), why });
    if names.family.expose().trim().is_empty() {
        fault("family_name", Why::Required);
    } else if !is_name(names.family.expose()) {
        fault("family_name", NAME);
    }
    for (name, field) in [(&names.given, "given_names"), (&names.patronymic, "patronymic")] {
        if !name.expose().is_empty() && !is_name(name.expose()) {
            fault(field, NAME);
        }
    }
    found
}

/// A further document. One that the person has shown before and that is in use is not added twice.
pub fn add_document(identity: Identity, document: Document) -> Result<Identity, Refusal> {
    if identity.documents.iter().any(|known| known.key() == document.key() && known.withdrawn.is_none()) {
        return Err(Refusal::DocumentKnown);
    }
    Ok(Identity { documents: [identity.documents, vec![document]].concat(), ..identity })
}

/// A document that is no longer used; the person can still be found by it, unless it was somebody else's.
pub fn withdraw_document(identity: Identity, id: DocumentId, ground: WithdrawalGround, today: NaiveDate) -> Result<Identity, Refusal> {
    let mut documents = identity.documents;
    for document in documents.iter_mut().filter(|document| document.id == id) {
        if document.withdrawn.is_some() {
            return Err(Refusal::DocumentWithdrawn);
        }
        document.withdrawn = Some((today, ground));
    }
    Ok(Identity { documents, ..identity })
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

/// Minor units of a month's pay at most, in any currency.
const MOST_PAY: i64 = 1_000_000_000_000;

/// What is wrong with a card, as far as it can be told on any day.
pub fn card(card: &Card) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut fault = |field: String, why: Why| found.push(Violation { field, why });
    for (name, count, most, why) in [
        ("occupations", card.occupations.len(), 10, Why::Range("at most 10")),
        ("languages", card.languages.len(), 10, Why::Range("at most 10")),
        ("wished_regions", card.wished_regions.len(), 20, Why::Range("at most 20")),
        ("diplomas", card.diplomas.len(), 10, Why::Range("at most 10")),
    ] {
        if count > most {
            fault(format!("card.{name}"), why);
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
    if card.least_pay.is_some_and(|pay| !(1..=MOST_PAY).contains(&pay.minor)) {
        fault("card.minimum_pay.minor".to_owned(), Why::Range("1 to 1000000000000"));
    }
    for (name, count) in card.home_needs.iter().flat_map(|needs| [("rooms", needs.rooms), ("children", needs.children)]) {
        if !(0..=20).contains(&count) {
            fault(format!("card.home_needs.{name}"), Why::Range("0 to 20"));
        }
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
        (Some(digit), None) if digit.is_ascii_digit() && ::mrz::verify(&padded, digit) => None,
        _ => Some(Why::CheckDigit("of the document number")),
    }
}

/// What the machine-readable zone of a document says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MrzIdentity {
    /// The identity, without contacts. Without a document when the zone is a visa's.
    pub identity: Identity,
    /// The nationality.
    pub citizenship: Country,
    /// How the lines are laid out.
    pub format: mrz::Format,
    /// The names fill their field and may have been cut.
    pub names_may_be_cut: bool,
}

/// Reads a zone as an identity: names in the script that the zone is in, nothing transliterated.
///
/// # Errors
/// One violation of `mrz` per wrong check digit, or one that says what the lines are not.
pub fn identity_from_mrz(lines: &str, today: NaiveDate) -> Result<MrzIdentity, Vec<Violation>> {
    let fault = |why: Why| vec![Violation { field: "mrz".to_owned(), why }];
    let zone = mrz::read(lines, today)?;
    let citizenship = mrz::three_letters(&zone.nationality).parse().map_err(|_| fault(Why::Format("a zone with a nationality")))?;
    let names = zone.cyrillic.or(zone.latin).ok_or_else(|| fault(Why::Format("a zone with names")))?;
    let kind = match zone.kind {
        mrz::Kind::Passport => Some(DocumentKind::Passport),
        mrz::Kind::InternalPassport | mrz::Kind::IdentityCard => Some(DocumentKind::InternalPassport),
        mrz::Kind::ResidenceCard => Some(DocumentKind::ResidenceCard),
        mrz::Kind::TravelDocument => Some(DocumentKind::TravelDocument),
        // Its number is not that of a document which tells who somebody is.
        mrz::Kind::Visa => None,
    };
    let number = document_number(zone.number.expose()).ok_or_else(|| fault(NUMBER))?;
    let document = kind.map(|kind| Document {
        id: DocumentId::new(),
        kind,
        issuing_country: mrz::three_letters(&zone.issuing_country).to_owned(),
        number: Personal::new(number),
        issued_on: zone.issued_on,
        expires_on: zone.expires_on,
        evidence: Evidence::Seen,
        withdrawn: None,
    });
    let identity = Identity {
        names: Names {
            family: names.family,
            given: names.given,
            patronymic: names.patronymic.unwrap_or_else(|| Personal::new(String::new())),
        },
        cyrillic: None,
        latin: None,
        birth_on: zone.birth_on,
        sex: zone.sex,
        iin: zone.iin.map(Personal::new),
        evidence: Evidence::Seen,
        documents: document.into_iter().collect(),
        phone: None,
        email: None,
    };
    Ok(MrzIdentity { identity, citizenship, format: zone.format, names_may_be_cut: zone.truncated })
}

/// The names of a zone with a proposal in the other script: a help for whoever types, never stored unseen.
pub fn with_proposals(identity: Identity) -> Identity {
    let spelled = |names: &Names, spell: fn(&str) -> String| Names {
        family: Personal::new(spell(names.family.expose())),
        given: Personal::new(spell(names.given.expose())),
        patronymic: Personal::new(spell(names.patronymic.expose())),
    };
    match names::script(identity.names.family.expose()) {
        Script::Cyrillic => Identity { latin: Some(spelled(&identity.names, names::to_latin)), ..identity },
        Script::Latin => Identity { cyrillic: Some(spelled(&identity.names, names::to_cyrillic)), ..identity },
        Script::Mixed | Script::Other => identity,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_capture_is_kept_when_the_clock_can_be_right_and_never_lies_after_the_registration() {
        let now: Instant = "2026-11-24T12:00:00Z".parse().unwrap();
        for (at, kept) in [
            ("2026-11-22T08:00:00Z", Some("2026-11-22T08:00:00Z")),
            ("2026-11-24T12:05:00Z", Some("2026-11-24T12:00:00Z")),
            ("2026-11-24T12:05:01Z", None),
            ("2026-10-25T12:00:00Z", Some("2026-10-25T12:00:00Z")),
            ("2026-10-25T11:59:59Z", None),
            ("2000-01-01T00:00:00Z", None),
        ] {
            assert_eq!(captured(at.parse().unwrap(), now), kept.map(|at| at.parse().unwrap()), "{at}");
        }
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    const SPECIMEN: &str = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10";

    #[test]
    fn the_icao_specimen_becomes_an_identity_with_names_as_printed_and_cyrillic_only_proposed() {
        let read = identity_from_mrz(SPECIMEN, day("2026-11-24")).unwrap();
        let identity = read.identity;
        assert_eq!((identity.names.family.expose().as_str(), identity.names.given.expose().as_str()), ("ERIKSSON", "ANNA MARIA"));
        assert_eq!(*identity.birth_on.expose(), day("1974-08-12"));
        assert_eq!(identity.passport().unwrap().number.expose(), "L898902C3");
        assert_eq!((read.citizenship.code(), read.format, identity.cyrillic.is_none()), ("UTO", mrz::Format::Td3, true));
        let proposed = with_proposals(identity);
        assert_eq!((proposed.names.family.expose().as_str(), proposed.cyrillic.is_some(), proposed.latin), ("ERIKSSON", true, None));
    }

    #[test]
    fn an_internal_passport_is_read_in_cyrillic_with_its_patronymic_and_latin_only_proposed() {
        let zone = "PNRUSIVANOV<<ALEKSEQ<IL9I3<<<<<<<<<<<<<<<<<<\n4511234569RUS8502289M<<<<<<<0110701770001<76";
        let identity = with_proposals(identity_from_mrz(zone, day("2026-11-24")).unwrap().identity);
        assert_eq!(identity.names.patronymic.expose(), "Ильич");
        assert_eq!(identity.documents[0].number.expose(), "4510123456");
        assert_eq!(identity.latin.unwrap().given.expose().to_uppercase(), "ALEKSEI");
    }

    #[test]
    fn a_document_is_added_once_and_withdrawn_once() {
        let identity = identity_from_mrz(SPECIMEN, day("2026-11-24")).unwrap().identity;
        let (known, other) = (
            identity.documents[0].clone(),
            Document { id: DocumentId::new(), kind: DocumentKind::InternalPassport, ..identity.documents[0].clone() },
        );
        assert_eq!(add_document(identity.clone(), Document { id: DocumentId::new(), ..known.clone() }), Err(Refusal::DocumentKnown));
        let both = add_document(identity, other.clone()).unwrap();
        assert_eq!(both.main_document().unwrap().id, known.id, "the passport counts");
        let one = withdraw_document(both, known.id, WithdrawalGround::Lost, day("2026-11-24")).unwrap();
        assert_eq!(one.main_document().unwrap().id, other.id);
        assert_eq!(withdraw_document(one.clone(), known.id, WithdrawalGround::Lost, day("2026-11-24")), Err(Refusal::DocumentWithdrawn));
        assert!(add_document(one, Document { id: DocumentId::new(), ..known }).is_ok(), "one that was lost can be found again");
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
