//! One person, several records: pairs that are likely one person, what a clerk says about them, and merging, which can be undone. The counter is never hindered:
//! a pair is found beside registering, and nothing is merged by itself. How alike two records are is `likeness`'s.

pub mod api;
mod checked;
pub mod merge_operations;
pub mod operations;
pub mod rules;
pub mod store;
pub mod table;

use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use crate::{
    ids::{DocumentId, DuplicateId, MergeId, RelocantId},
    likeness::{Band, Field, Level},
    time::Instant,
};

/// How alike two records are, and why. It says much about two people, so it is sealed with the first one's key.
#[derive(Debug, Clone, PartialEq)]
pub struct Likeness {
    /// What follows.
    pub band: Band,
    /// The probability that both are one person's, in millionths.
    pub probability_ppm: i32,
    /// Each field that both have, how near it is, and what that weighs, in thousandths of a bit.
    pub reasons: Vec<Reason>,
    /// Names the weights that were used.
    pub model: String,
}

/// What one field weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reason {
    /// The field.
    pub field: Field,
    /// How near it is.
    pub level: Level,
    /// What that weighs, in thousandths of a bit; negative against.
    pub millibits: i32,
}

/// Another record that is likely the same person's.
#[derive(Debug, Clone, PartialEq)]
pub struct Likely {
    /// The other record.
    pub other: RelocantId,
    /// Its short code, by which a clerk finds it.
    pub code: crate::short_code::ShortCode,
    /// Its registration centre.
    pub center: String,
    /// How alike.
    pub likeness: Likeness,
}

/// Two records that somebody should look at, or has.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    /// The pair's id.
    pub id: DuplicateId,
    /// The record registered first.
    pub first: RelocantId,
    /// The other.
    pub second: RelocantId,
    /// How alike; nothing for a pair that was decided without having been found.
    pub likeness: Option<Likeness>,
    /// What was said about it.
    pub state: PairState,
    /// Who said so.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<Instant>,
    /// When it was found.
    pub created_at: Instant,
}

/// What was said about a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumString, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum PairState {
    /// Nothing yet.
    Open,
    /// One person; they can be merged.
    Same,
    /// Two people; not asked again.
    Different,
}

/// One record merged into another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merge {
    /// The merge.
    pub id: MergeId,
    /// The record that stands for the person.
    pub kept: RelocantId,
    /// The one that was merged into it.
    pub merged: RelocantId,
    /// What the kept identity took over.
    pub absorbed: Absorbed,
    /// When.
    pub merged_at: Instant,
    /// When it was undone.
    pub undone_at: Option<Instant>,
}

/// What a kept identity took over from a merged one, so that undoing can give it back: which, never the values.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Absorbed {
    /// Documents.
    pub documents: Vec<DocumentId>,
    /// Fields that the kept identity did not have.
    pub fields: Vec<AbsorbedField>,
}

/// A field that an identity can take over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "each is the field of `Identity` of its name")]
pub enum AbsorbedField {
    Cyrillic,
    Latin,
    Sex,
    Iin,
    Phone,
    Email,
}

/// What moves with a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumIter, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
#[expect(missing_docs, reason = "each is the table of its name")]
pub enum Moved {
    Relocant,
    Crossing,
    ArrivalNotice,
    Permit,
    PermitRisk,
    Match,
    MatchingPlacement,
    Consent,
    Contract,
    Disclosure,
    Certificate,
    HouseholdMember,
    Due,
}
