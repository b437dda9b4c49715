//! People: who is registered, how they can be found, what they can do. What is personal is sealed and reaches memory only while a call needs it; what statistics
//! and matching need is coded and lies open. Where a person stays and on which permit is not here.

pub mod api;
mod code;
pub mod operations;
pub mod rules;
pub mod store;
pub mod table;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr};

use crate::{
    classifiers::{Cefr, Country, Language, Occupation, Region},
    ids::RelocantId,
    seal::Personal,
    time::Instant,
};

pub use self::code::ShortCode;

/// A person in the registry, as far as it lies open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relocant {
    /// The person's id.
    pub id: RelocantId,
    /// What is read out.
    pub code: ShortCode,
    /// The citizenship that the stay law asks for.
    pub citizenship: Country,
    /// The registration centre that made the record.
    pub center: String,
    /// The region of stay.
    pub region: Region,
    /// Whether the person is here.
    pub status: RelocantStatus,
    /// The day of departure for good.
    pub departed_on: Option<NaiveDate>,
    /// Skills and wishes.
    pub card: Card,
    /// Counts the changes, from 1.
    pub version: i64,
    /// When it was registered.
    pub created_at: Instant,
    /// When it was changed last.
    pub updated_at: Instant,
}

/// A person as far as lists over everybody ask.
#[derive(Debug, Clone)]
pub struct Outline {
    /// The person's id.
    pub id: RelocantId,
    /// The citizenship.
    pub citizenship: Country,
    /// The registration centre.
    pub center: String,
    /// The region of stay.
    pub region: Region,
    /// Whether the person is here.
    pub status: RelocantStatus,
}

/// Whether a person is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumString, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum RelocantStatus {
    /// Registered.
    Registered,
    /// Reported to have left for good.
    Departed,
}

/// What is sealed: who the person is and how to reach them. Its `Debug` prints no value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// As printed; not empty.
    pub family_name: Personal<String>,
    /// As printed; empty for somebody with one name.
    pub given_names: Personal<String>,
    /// The day of birth.
    pub birth_on: Personal<NaiveDate>,
    /// The document shown last.
    pub document: Document,
    /// In the form `+77011234567`.
    pub phone: Option<Personal<String>>,
    /// As given.
    pub email: Option<Personal<String>>,
}

/// An identity document. No scan, ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// The kind.
    pub kind: DocumentKind,
    /// ISO 3166-1 alpha-3.
    pub issuing_country: String,
    /// Normalised: upper case, letters and digits only.
    pub number: Personal<String>,
    /// The last day of validity.
    pub expires_on: Option<Personal<NaiveDate>>,
}

impl Document {
    /// What its blind tag is made of. One document has one such text, however it was typed.
    pub fn key(&self) -> Personal<String> {
        Personal::new(format!("{}|{}|{}", self.kind, self.issuing_country, self.number.expose()))
    }
}

/// The kind of an identity document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumString, IntoStaticStr, Serialize, Deserialize)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DocumentKind {
    /// For travelling abroad.
    Passport,
    /// A passport or identity card of the home country.
    InternalPassport,
    /// A residence card.
    ResidenceCard,
    /// Of a stateless person or refugee.
    TravelDocument,
}

/// What a person can do and is looking for: codes only.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Card {
    /// Occupations and years of practice, the main one first.
    pub occupations: Vec<(Occupation, i32)>,
    /// Languages.
    pub languages: Vec<(Language, Cefr)>,
    /// The licence that the main occupation needs.
    pub licence: LicenceState,
    /// Wished regions; none: any.
    pub wished_regions: Vec<Region>,
    /// People who need a home, the person included; 0 counts as 1.
    pub household_size: i32,
    /// The earliest day on which work can begin.
    pub earliest_start_on: Option<NaiveDate>,
    /// Whether the person is looking for work now.
    pub looking: bool,
}

/// The state of a licence or diploma.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Display, EnumString, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum LicenceState {
    /// There is none.
    #[default]
    None,
    /// Recognition was asked for.
    Pending,
    /// Recognised in Kazakhstan.
    Recognised,
}
