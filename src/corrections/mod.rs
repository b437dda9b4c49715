//! Corrections that take two clerks: what decides who somebody is changes, from the day after the registration, only when another clerk than the one who asks has seen
//! the document too. Every proposal is kept, with what was before and who decided. The values are sealed as the record is.

pub mod api;
pub mod operations;
pub mod rules;
pub mod store;
pub mod table;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr};
use uuid::Uuid;

use crate::{
    ids::{CorrectionId, DocumentId, RelocantId},
    relocants::Names,
    seal::Personal,
    time::Instant,
};

/// A correction, without what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// The correction's id.
    pub id: CorrectionId,
    /// Whose record.
    pub relocant: RelocantId,
    /// Which fields.
    pub fields: Vec<DecisiveField>,
    /// Where it stands.
    pub state: CorrectionState,
    /// Who proposed it.
    pub proposed_by: String,
    /// When.
    pub proposed_at: Instant,
    /// Who decided, and when.
    pub decided: Option<(String, Instant)>,
    /// Why it was turned down.
    pub ground: Option<RejectionGround>,
    /// Who looks at it.
    pub claim: Option<Claim>,
    /// Counts the changes, from 1.
    pub version: i64,
}

/// A clerk looks at a correction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// What holds it, as reservations know it.
    pub holder: Uuid,
    /// Who.
    pub subject: String,
    /// Until when.
    pub lapses_at: Instant,
}

/// Where a correction stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumString, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum CorrectionState {
    /// Waits for another clerk.
    Proposed,
    /// Was carried out.
    Approved,
    /// Was turned down.
    Rejected,
    /// Was taken back.
    Withdrawn,
}

/// Why a correction was turned down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumString, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum RejectionGround {
    /// No document shows it.
    NotProven,
    /// The document shows what the record already says.
    RecordIsRight,
    /// It is somebody else's record.
    WrongPerson,
}

/// A field that takes two clerks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumString, IntoStaticStr, Serialize, Deserialize)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DecisiveField {
    /// The family name as printed.
    FamilyName,
    /// The given names as printed.
    GivenNames,
    /// The patronymic as printed.
    Patronymic,
    /// The names in Cyrillic.
    Cyrillic,
    /// The names in Latin letters.
    Latin,
    /// The birth date.
    BirthDate,
    /// The number of a document.
    DocumentNumber,
}

/// Values of the fields that a correction is about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Values {
    /// The family name as printed.
    pub family_name: Option<Personal<String>>,
    /// The given names as printed.
    pub given_names: Option<Personal<String>>,
    /// The patronymic as printed.
    pub patronymic: Option<Personal<String>>,
    /// The names in Cyrillic; without a family name: there are none.
    pub cyrillic: Option<Names>,
    /// The names in Latin letters, likewise.
    pub latin: Option<Names>,
    /// The birth date.
    pub birth_on: Option<Personal<NaiveDate>>,
    /// A document and its number.
    pub document: Option<(DocumentId, Personal<String>)>,
}

/// What a correction holds, as it is sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contents {
    /// The correction that these are of: one sealed text cannot stand for another.
    pub of: CorrectionId,
    /// What was before.
    pub before: Values,
    /// What is proposed.
    pub after: Values,
}
