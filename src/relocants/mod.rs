//! People: who is registered, how they can be found, what they can do. What is personal is sealed and reaches memory only while a call needs it; what statistics
//! and matching need is coded and lies open. Where a person stays and on which permit is not here.

pub mod api;
mod card_column;
mod card_wire;
pub mod diplomas;
pub mod finding;
pub mod likeness;
pub mod looking;
pub mod operations;
pub mod rules;
pub mod seeking;
pub mod store;
pub mod table;
pub mod wire;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr};

pub use self::diplomas::{Diploma, DiplomaKind, Recognition};
use crate::{
    classifiers::{Cefr, Country, Currency, Language, Occupation, Region, Sex},
    ids::{DocumentId, RelocantId},
    iin::Iin,
    seal::Personal,
    short_code::ShortCode,
    time::Instant,
};

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
    /// The record that stands for the person, where this one was merged into it.
    pub merged_into: Option<RelocantId>,
    /// Skills and wishes.
    pub card: Card,
    /// The civil day on which it was last said that the person looks for work; nothing for somebody who does not.
    pub looking_confirmed_on: Option<NaiveDate>,
    /// Counts the changes, from 1.
    pub version: i64,
    /// When the person stood at the counter, by the client's clock, where that was before the registry heard of it. Nothing follows from it.
    pub captured_at: Option<Instant>,
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
    /// The day on which it was last said that the person looks for work.
    pub looking_confirmed_on: Option<NaiveDate>,
}

/// Whether a person is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumString, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum RelocantStatus {
    /// Registered.
    Registered,
    /// Reported to have left for good.
    Departed,
    /// Another record of the same person stands for this one.
    Merged,
}

/// What is sealed: who the person is and how to reach them. Its `Debug` prints no value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// As printed in the document shown first. No transliteration ever replaces it.
    pub names: Names,
    /// In Cyrillic, from another document or as the person writes it; where it is not what `names` holds.
    pub cyrillic: Option<Names>,
    /// In Latin letters, likewise.
    pub latin: Option<Names>,
    /// The day of birth.
    pub birth_on: Personal<NaiveDate>,
    /// As in the document, where it says so.
    pub sex: Option<Personal<Sex>>,
    /// The individual identification number.
    pub iin: Option<Personal<Iin>>,
    /// How the identity was established, where no document says more.
    pub evidence: Evidence,
    /// Every document that was shown, the latest last; withdrawn ones too.
    pub documents: Vec<Document>,
    /// In the form `+77011234567`.
    pub phone: Option<Personal<String>>,
    /// As given.
    pub email: Option<Personal<String>>,
}

impl Identity {
    /// The document that counts: of those in use the passport that lasts longest, else the one shown last.
    pub fn main_document(&self) -> Option<&Document> {
        self.passport().or_else(|| self.documents.iter().rfind(|document| document.withdrawn.is_none()))
    }

    /// The passport in use that lasts longest.
    pub fn passport(&self) -> Option<&Document> {
        let in_use = self.documents.iter().filter(|document| document.kind == DocumentKind::Passport && document.withdrawn.is_none());
        in_use.max_by_key(|passport| passport.expires_on.as_ref().map(|day| *day.expose()))
    }
}

/// A person's names in one spelling.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Names {
    /// Not empty.
    pub family: Personal<String>,
    /// Empty for somebody with one name.
    pub given: Personal<String>,
    /// Empty where there is none or the document has none.
    pub patronymic: Personal<String>,
}

/// How an identity was established. It never hinders a registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumString, IntoStaticStr, Serialize, Deserialize)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Evidence {
    /// A clerk has seen the document.
    Seen,
    /// The document's chip was read.
    ChipRead,
    /// Only the person says so.
    SelfStated,
    /// Another registered person vouches.
    Vouched,
}

/// An identity document. No scan, ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// The document's id in the registry.
    pub id: DocumentId,
    /// The kind.
    pub kind: DocumentKind,
    /// ISO 3166-1 alpha-3.
    pub issuing_country: String,
    /// Normalised: upper case, letters and digits only.
    pub number: Personal<String>,
    /// The day of issue.
    pub issued_on: Option<Personal<NaiveDate>>,
    /// The last day of validity.
    pub expires_on: Option<Personal<NaiveDate>>,
    /// How it was seen.
    pub evidence: Evidence,
    /// Since when it is no longer used, and why. The person can still be found by it.
    pub withdrawn: Option<(NaiveDate, WithdrawalGround)>,
}

/// Why a document is no longer used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumString, IntoStaticStr, Serialize, Deserialize)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum WithdrawalGround {
    /// Lost or stolen.
    Lost,
    /// A newer one took its place.
    Replaced,
    /// It was recorded by mistake, and belongs to somebody else.
    Mistaken,
}

impl Document {
    /// What its blind tag is made of. One document has one such text, however it was typed.
    pub fn key(&self) -> Personal<String> {
        document_key(self.kind, &self.issuing_country, &self.number)
    }
}

/// What the blind tag of a document is made of.
pub fn document_key(kind: DocumentKind, issuing_country: &str, number: &Personal<String>) -> Personal<String> {
    Personal::new(format!("{kind}|{issuing_country}|{}", number.expose()))
}

/// A document as far as lists ask: nothing of it tells whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DocumentOutline {
    /// The document.
    pub id: DocumentId,
    /// The person.
    pub relocant: RelocantId,
    /// The kind.
    pub kind: DocumentKind,
    /// The last day of validity.
    pub expires_on: Option<NaiveDate>,
    /// Since when it is no longer used.
    pub withdrawn_on: Option<NaiveDate>,
}

/// An identity's documents as far as lists ask.
pub fn outlines(relocant: RelocantId, identity: &Identity) -> Vec<DocumentOutline> {
    let outline = |document: &Document| DocumentOutline {
        id: document.id,
        relocant,
        kind: document.kind,
        expires_on: document.expires_on.as_ref().map(|day| *day.expose()),
        withdrawn_on: document.withdrawn.map(|(on, _)| on),
    };
    identity.documents.iter().map(outline).collect()
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
    /// Diplomas.
    pub diplomas: Vec<Diploma>,
    /// The least pay a month that the person would work for.
    pub least_pay: Option<LeastPay>,
    /// What the household needs of a home.
    pub home_needs: Option<HomeNeeds>,
}

/// The least pay a month that somebody would work for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeastPay {
    /// In minor units, at least 1.
    pub minor: i64,
    /// The currency.
    pub currency: Currency,
}

/// What a household needs of a home: counts and codes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HomeNeeds {
    /// Rooms at least; 0: any number.
    pub rooms: i32,
    /// Whether it must be reached without steps.
    pub step_free: bool,
    /// Children who move in.
    pub children: i32,
    /// Whether animals move in.
    pub pets: bool,
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
