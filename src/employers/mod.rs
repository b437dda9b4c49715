//! Employers and other organisations that host people. What they offer is in `vacancies`.

mod activity;
pub mod api;
mod bin;
pub mod operations;
pub mod rules;
pub mod store;
pub mod table;

use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use crate::{
    classifiers::{Country, Region},
    ids::EmployerId,
    time::Instant,
};

pub use self::{activity::Activity, bin::Bin};

/// An organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Employer {
    /// The employer's id.
    pub id: EmployerId,
    /// Its business identification number; a company that relocates gets one after it has come.
    pub bin: Option<Bin>,
    /// Its legal name; an organisation's, never a person's.
    pub name: String,
    /// Where it is.
    pub region: Region,
    /// From where it relocates, if it does.
    pub relocation: Option<Relocation>,
    /// Where it stands.
    pub status: EmployerStatus,
    /// Counts the changes, from 1.
    pub version: i64,
    /// When it was registered.
    pub created_at: Instant,
    /// When it was changed last.
    pub updated_at: Instant,
}

/// Where an employer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumIter, EnumString, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum EmployerStatus {
    /// Registered, not yet verified.
    Registered,
    /// Verified; may host and hire.
    Verified,
    /// Suspended; nothing new can stand on it.
    Suspended,
    /// Removed for good; nothing can stand on it any longer.
    Removed,
}

/// A company that comes from another country.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Relocation {
    /// In which form.
    pub kind: RelocationKind,
    /// From where.
    pub origin: Country,
    /// What it does.
    pub activity: Activity,
}

/// In which form a company comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumIter, EnumString, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum RelocationKind {
    /// A branch or representative office of the company abroad.
    Branch,
    /// A company that the one abroad owns.
    Subsidiary,
    /// The company itself, which moves its seat.
    Redomiciled,
    /// A new company of the same people.
    NewCompany,
}
