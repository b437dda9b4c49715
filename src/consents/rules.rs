//! When a consent holds, and what it opens. Law 94-V of 21 May 2013: a consent names its recipient, purpose, term and fields, and can be withdrawn.

use chrono::{Days, NaiveDate};

use super::{Consent, ConsentEnd, ConsentField, ConsentPurpose};
use crate::{
    error::{Reason, Violation, Why},
    ids::EmployerId,
    time::Instant,
};

/// Days that a consent may hold at most; then the person is asked again.
const LONGEST_DAYS: u64 = 366;

/// Why nothing is disclosed or withdrawn.
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
}

impl Refusal {
    /// Every reason that these rules can give.
    pub const REASONS: &[&str] = &["CONSENT_WITHDRAWN", "NO_CONSENT"];
}

impl Reason for Refusal {
    fn reason(&self) -> &'static str {
        match self {
            Self::ConsentWithdrawn => "CONSENT_WITHDRAWN",
            Self::NoConsent { .. } => "NO_CONSENT",
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::ConsentWithdrawn => vec![],
            Self::NoConsent { purpose } => vec![("purpose", purpose.to_string())],
        }
    }
}

/// What is wrong with a consent that is to be given.
pub fn give(fields: &[ConsentField], until: NaiveDate, today: NaiveDate) -> Vec<Violation> {
    let mut found = Vec::new();
    if fields.is_empty() {
        found.push(Violation { field: "fields".to_owned(), why: Why::Required });
    }
    if until < today || until > today + Days::new(LONGEST_DAYS) {
        found.push(Violation { field: "until_date".to_owned(), why: Why::Range("from today to 366 days ahead") });
    }
    found
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

/// The fields that an employer may see for a purpose today: what all open consents name, and nothing else.
pub fn disclose(
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
    use crate::ids::{ConsentId, RelocantId};

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
            version: 1,
        }
    }

    #[test]
    fn only_what_an_open_consent_names_is_disclosed_to_that_employer_for_that_purpose() {
        let (own, other) = (EmployerId::new(), EmployerId::new());
        let given = [consent(own, &[ConsentField::Phone]), consent(own, &[ConsentField::Name]), consent(other, &[ConsentField::Document])];
        let ask = |employer, purpose, on: &str| disclose(&given, employer, purpose, day(on));
        assert_eq!(ask(own, ConsentPurpose::Recruitment, "2026-06-01"), Ok(vec![ConsentField::Name, ConsentField::Phone]));
        assert!(ask(own, ConsentPurpose::Housing, "2026-06-01").is_err());
        assert!(ask(own, ConsentPurpose::Recruitment, "2026-06-02").is_err());
        assert!(ask(EmployerId::new(), ConsentPurpose::Recruitment, "2026-06-01").is_err());
    }

    #[test]
    fn a_withdrawn_consent_opens_nothing_and_is_withdrawn_once() {
        let own = EmployerId::new();
        let withdrawn = withdraw(consent(own, &[ConsentField::Name]), "2026-02-01T00:00:00Z".parse().unwrap()).unwrap();
        assert!(disclose(std::slice::from_ref(&withdrawn), own, ConsentPurpose::Recruitment, day("2026-02-01")).is_err());
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
        assert_eq!(give(&[], day("2028-01-01"), day("2026-01-01")).len(), 2);
        assert!(give(&[ConsentField::Name], day("2027-01-01"), day("2026-01-01")).is_empty());
    }
}
