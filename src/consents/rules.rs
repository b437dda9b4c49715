//! When a consent holds, and what it opens. Law 94-V of 21 May 2013: a consent names its recipient, purpose, term and fields, and can be withdrawn.

use chrono::{Days, NaiveDate};

use super::{Consent, ConsentEnd, ConsentField, ConsentPurpose, wordings::Wordings};
use crate::{
    error::{Reason, Violation, Why},
    ids::EmployerId,
    time::{Instant, local},
};

/// Days that a consent may hold at most; then the person is asked again.
const LONGEST_DAYS: u64 = 366;

/// People whom an employer is shown on one civil day at most: as many as a day of interviews can use, and no list of everybody.
pub const MOST_SHOWN: u64 = 50;

/// Why nothing is given, disclosed or withdrawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The consent was withdrawn before.
    #[error("the consent was withdrawn before")]
    ConsentWithdrawn,
    /// There is no consent that holds today for this employer and purpose.
    #[error("there is no consent that holds today for this employer and the purpose {purpose}")]
    NoConsent {
        /// The purpose.
        purpose: ConsentPurpose,
    },
    /// The person was shown a wording that another one has replaced.
    #[error("the wording is not in force any longer; {current} is")]
    WordingOutdated {
        /// The version in force.
        current: i32,
    },
    /// The employer has been shown as many people today as a day allows.
    #[error("an employer is shown {most} people a day at most; it is possible again at {}", local(*again_at))]
    DisclosureCapReached {
        /// How many a day allows.
        most: u64,
        /// When the next day begins.
        again_at: Instant,
    },
}

impl Refusal {
    /// Every reason that these rules can give.
    pub const REASONS: &[&str] = &["CONSENT_WITHDRAWN", "NO_CONSENT", "WORDING_OUTDATED", "DISCLOSURE_CAP_REACHED"];
}

impl Reason for Refusal {
    fn reason(&self) -> &'static str {
        match self {
            Self::ConsentWithdrawn => "CONSENT_WITHDRAWN",
            Self::NoConsent { .. } => "NO_CONSENT",
            Self::WordingOutdated { .. } => "WORDING_OUTDATED",
            Self::DisclosureCapReached { .. } => "DISCLOSURE_CAP_REACHED",
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::ConsentWithdrawn => vec![],
            Self::NoConsent { purpose } => vec![("purpose", purpose.to_string())],
            Self::WordingOutdated { current } => vec![("current", current.to_string())],
            Self::DisclosureCapReached { most, again_at } => vec![("most", most.to_string()), ("again_at", local(*again_at))],
        }
    }
}

/// What is wrong with a consent that is to be given.
pub fn give(fields: &[ConsentField], until: NaiveDate, wording: i32, wordings: &Wordings, today: NaiveDate) -> Vec<Violation> {
    let mut found = Vec::new();
    if fields.is_empty() {
        found.push(Violation { field: "fields".to_owned(), why: Why::Required });
    }
    if until < today || until > today + Days::new(LONGEST_DAYS) {
        found.push(Violation { field: "until_date".to_owned(), why: Why::Range("from today to 366 days ahead") });
    }
    if !wordings.was_in_force(wording, today) {
        found.push(Violation {
            field: "wording_version".to_owned(),
            why: Why::Unknown("a version that ListConsentWordings lists as in force"),
        });
    }
    found
}

/// Law 94-V, art. 7 and 8: who consents knows to what. A person agrees to the wording of the day and not to an older one.
pub fn agreed(wording: i32, wordings: &Wordings, today: NaiveDate) -> Result<(), Refusal> {
    match wordings.in_force(today) {
        Some(current) if current.version != wording => Err(Refusal::WordingOutdated { current: current.version }),
        Some(_) | None => Ok(()),
    }
}

/// Whether an employer may be shown one more person today. Another look at somebody shown today is no further person. `shown` counts the people of today.
pub fn within_cap(shown: u64, shown_before: bool, again_at: Instant) -> Result<(), Refusal> {
    if shown_before || shown < MOST_SHOWN { Ok(()) } else { Err(Refusal::DisclosureCapReached { most: MOST_SHOWN, again_at }) }
}

/// Law 94-V, art. 8: a consent can be withdrawn at any time, once.
pub fn withdraw(consent: Consent, now: Instant) -> Result<Consent, Refusal> {
    end(consent, ConsentEnd::Withdrawn, now)
}

/// A consent to an employer that is removed has nobody to be for. That is not the person's withdrawal, and is told apart from it.
pub fn recipient_removed(consent: Consent, now: Instant) -> Result<Consent, Refusal> {
    end(consent, ConsentEnd::EmployerRemoved, now)
}

fn end(consent: Consent, end: ConsentEnd, now: Instant) -> Result<Consent, Refusal> {
    match consent.withdrawn_at {
        None => Ok(Consent { withdrawn_at: Some(now), end: Some(end), ..consent }),
        Some(_) => Err(Refusal::ConsentWithdrawn),
    }
}

/// Whether a consent holds on a day.
pub fn is_open(consent: &Consent, today: NaiveDate) -> bool {
    consent.withdrawn_at.is_none() && today <= consent.until
}

/// Whether one of these consents holds for a purpose on a day.
pub fn holds(consents: &[Consent], purpose: ConsentPurpose, today: NaiveDate) -> bool {
    consents.iter().any(|consent| consent.purpose == purpose && is_open(consent, today))
}

/// Whether one of these consents holds for a purpose on a day and was given to words that are kept. Consents from before wordings were kept open what they name, and
/// nothing that only the words tell of.
pub fn holds_in_words(consents: &[Consent], purpose: ConsentPurpose, today: NaiveDate) -> bool {
    consents.iter().any(|consent| consent.purpose == purpose && is_open(consent, today) && consent.wording.is_some())
}

/// The fields that a person lets an employer see for a purpose today: what all open consents name, and nothing else. Which of them are shown at the stage of a match
/// is decided by `matches::disclosure`.
pub fn consented(
    consents: &[Consent],
    employer: EmployerId,
    purpose: ConsentPurpose,
    today: NaiveDate,
) -> Result<Vec<ConsentField>, Refusal> {
    let open = consents.iter().filter(|consent| consent.employer == employer && consent.purpose == purpose && is_open(consent, today));
    let mut fields: Vec<ConsentField> = open.flat_map(|consent| consent.fields.iter().copied()).collect();
    fields.sort_unstable();
    fields.dedup();
    if fields.is_empty() { Err(Refusal::NoConsent { purpose }) } else { Ok(fields) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        consents::wordings::Wording,
        ids::{ConsentId, RelocantId},
    };

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn consent(employer: EmployerId, fields: &[ConsentField]) -> Consent {
        Consent {
            id: ConsentId::new(),
            relocant: RelocantId::new(),
            employer,
            purpose: ConsentPurpose::Recruitment,
            fields: fields.to_vec(),
            until: day("2026-06-01"),
            given_at: "2026-01-01T00:00:00Z".parse().unwrap(),
            withdrawn_at: None,
            end: None,
            wording: Some(1),
            version: 1,
        }
    }

    #[test]
    fn only_what_an_open_consent_names_is_disclosed_to_that_employer_for_that_purpose() {
        let (own, other) = (EmployerId::new(), EmployerId::new());
        let given = [consent(own, &[ConsentField::Phone]), consent(own, &[ConsentField::Name]), consent(other, &[ConsentField::Document])];
        let ask = |employer, purpose, on: &str| consented(&given, employer, purpose, day(on));
        assert_eq!(ask(own, ConsentPurpose::Recruitment, "2026-06-01"), Ok(vec![ConsentField::Name, ConsentField::Phone]));
        assert!(ask(own, ConsentPurpose::Housing, "2026-06-01").is_err());
        assert!(ask(own, ConsentPurpose::Recruitment, "2026-06-02").is_err());
        assert!(ask(EmployerId::new(), ConsentPurpose::Recruitment, "2026-06-01").is_err());
    }

    #[test]
    fn a_withdrawn_consent_opens_nothing_and_is_withdrawn_once() {
        let own = EmployerId::new();
        let withdrawn = withdraw(consent(own, &[ConsentField::Name]), "2026-02-01T00:00:00Z".parse().unwrap()).unwrap();
        assert!(consented(std::slice::from_ref(&withdrawn), own, ConsentPurpose::Recruitment, day("2026-02-01")).is_err());
        assert_eq!(withdrawn.end, Some(ConsentEnd::Withdrawn));
        assert_eq!(withdraw(withdrawn, "2026-02-02T00:00:00Z".parse().unwrap()), Err(Refusal::ConsentWithdrawn));
    }

    #[test]
    fn a_consent_whose_recipient_is_gone_opens_nothing_and_was_not_withdrawn_by_the_person() {
        let (own, now) = (EmployerId::new(), "2026-02-01T00:00:00Z".parse().unwrap());
        let ended = recipient_removed(consent(own, &[ConsentField::Name]), now).unwrap();
        assert_eq!((ended.end, is_open(&ended, day("2026-02-01"))), (Some(ConsentEnd::EmployerRemoved), false));
        assert_eq!(withdraw(ended, now), Err(Refusal::ConsentWithdrawn));
    }

    #[test]
    fn what_is_open_for_a_purpose_is_asked_without_fields() {
        let (own, today) = (EmployerId::new(), day("2026-06-01"));
        let given = [consent(own, &[ConsentField::Phone])];
        assert!(holds(&given, ConsentPurpose::Recruitment, today));
        assert!(!holds(&given, ConsentPurpose::Contract, today));
        assert!(!holds(&given, ConsentPurpose::Recruitment, day("2026-06-02")));
    }

    #[test]
    fn a_consent_names_fields_and_ends() {
        let wordings = Wordings::with(vec![]).unwrap();
        assert_eq!(give(&[], day("2028-01-01"), 7, &wordings, day("2026-01-01")).len(), 3);
        assert!(give(&[ConsentField::Name], day("2027-01-01"), 1, &wordings, day("2026-01-01")).is_empty());
    }

    #[test]
    fn who_was_shown_an_older_wording_is_told_which_one_is_in_force() {
        let first = Wordings::with(vec![]).unwrap().all()[0].clone();
        let wordings = Wordings::with(vec![Wording { version: 2, from: day("2026-12-01"), ..first }]).unwrap();
        assert_eq!(agreed(1, &wordings, day("2026-11-30")), Ok(()));
        assert_eq!(agreed(1, &wordings, day("2026-12-01")), Err(Refusal::WordingOutdated { current: 2 }));
        assert_eq!(agreed(2, &wordings, day("2026-12-01")), Ok(()));
        let ahead = give(&[ConsentField::Name], day("2026-12-31"), 2, &wordings, day("2026-11-30"));
        assert_eq!(ahead.len(), 1, "one that is not in force yet is unknown");
    }

    #[test]
    fn the_fifty_first_person_of_a_day_waits_for_the_next_and_the_fifty_do_not() {
        let again_at: Instant = "2026-11-27T19:00:00Z".parse().unwrap();
        assert_eq!(within_cap(49, false, again_at), Ok(()));
        let full = Refusal::DisclosureCapReached { most: 50, again_at };
        assert_eq!(within_cap(50, false, again_at), Err(full));
        assert_eq!(full.facts()[1], ("again_at", "2026-11-28T00:00:00+05:00".to_owned()));
        assert_eq!(within_cap(50, true, again_at), Ok(()));
    }
}
