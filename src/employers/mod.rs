//! Employers and other organisations that host people. What they offer is in `vacancies`.

pub mod api;
mod bin;
pub mod operations;
pub mod rules;
pub mod store;
pub mod table;

use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use crate::{classifiers::Region, ids::EmployerId, time::Instant};

pub use self::bin::Bin;

/// An organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Employer {
    /// The employer's id.
    pub id: EmployerId,
    /// Its business identification number.
    pub bin: Bin,
    /// Its legal name; an organisation's, never a person's.
    pub name: String,
    /// Where it is.
    pub region: Region,
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
}
