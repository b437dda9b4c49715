//! Consents: what a person allows one employer to see, for one purpose, until a day. An employer can be a recipient and nobody else: there is no way to name an
//! authority of another country. Refusing every consent changes nothing else about the service.

pub mod api;
pub mod operations;
pub mod rules;
pub mod store;
pub mod table;
pub mod wordings;

use chrono::NaiveDate;
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use crate::{
    ids::{ConsentId, DisclosureId, EmployerId, MatchId, RelocantId},
    time::Instant,
};

/// A consent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// The consent's id.
    pub id: ConsentId,
    /// Who consents.
    pub relocant: RelocantId,
    /// To whom.
    pub employer: EmployerId,
    /// What for.
    pub purpose: ConsentPurpose,
    /// Which fields.
    pub fields: Vec<ConsentField>,
    /// The last day.
    pub until: NaiveDate,
    /// When it was given.
    pub given_at: Instant,
    /// When it ended before its last day.
    pub withdrawn_at: Option<Instant>,
    /// Why it did.
    pub end: Option<ConsentEnd>,
    /// The version of the wording that the person agreed to; nothing for consents from before wordings were kept.
    pub wording: Option<i32>,
    /// Counts the changes, from 1.
    pub version: i64,
}

/// Why a consent ended before its last day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumIter, EnumString, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum ConsentEnd {
    /// It was withdrawn, by the person or for the person.
    Withdrawn,
    /// The employer was removed.
    EmployerRemoved,
}

/// That fields of a person were shown to an employer. No values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disclosure {
    /// The disclosure's id.
    pub id: DisclosureId,
    /// Whose fields.
    pub relocant: RelocantId,
    /// To whom.
    pub employer: EmployerId,
    /// For which match.
    pub r#match: MatchId,
    /// What for.
    pub purpose: ConsentPurpose,
    /// Which fields; at least one.
    pub fields: Vec<ConsentField>,
    /// The civil day on which it counts.
    pub on: NaiveDate,
    /// When.
    pub at: Instant,
}

/// What an employer may use the fields for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumIter, EnumString, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum ConsentPurpose {
    /// Getting to know each other.
    Recruitment,
    /// Making a contract, and keeping it: while it holds, the employer's list of contracts shows the short code, the citizenship, and what permit there is.
    Contract,
    /// Handing over a home.
    Housing,
}

/// A field that can be disclosed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Display, EnumIter, EnumString, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum ConsentField {
    /// Family and given names.
    Name,
    /// Day of birth.
    BirthDate,
    /// Telephone.
    Phone,
    /// E-mail address.
    Email,
    /// The document's kind, country, number and expiry.
    Document,
}
