//! Vacancies, and the homes that come with them: one offer that can be searched, held and kept. Who fits is in `matches`.

pub mod api;
pub mod operations;
pub mod rules;
pub mod store;
pub mod table;

use chrono::NaiveDate;
use strum::{Display, EnumString, IntoStaticStr};
use uuid::Uuid;

use crate::{
    classifiers::{Cefr, Language, Occupation, Region},
    ids::{EmployerId, VacancyId},
    time::Instant,
};

/// A vacancy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vacancy {
    /// The vacancy's id.
    pub id: VacancyId,
    /// Whose it is.
    pub employer: EmployerId,
    /// What is to be done.
    pub occupation: Occupation,
    /// Where.
    pub region: Region,
    /// In which town or village.
    pub settlement: String,
    /// How many people are sought.
    pub openings: i32,
    /// What is paid a month.
    pub pay: Pay,
    /// Languages that are needed.
    pub languages: Vec<(Language, Cefr)>,
    /// Whether a recognised licence is needed.
    pub licence_required: bool,
    /// The last day on which a match can be proposed.
    pub closes_on: NaiveDate,
    /// Whether it is open.
    pub status: VacancyStatus,
    /// The homes that come with it.
    pub homes: Vec<Home>,
    /// Counts the changes, from 1.
    pub version: i64,
    /// When it was opened.
    pub created_at: Instant,
    /// When it was changed last.
    pub updated_at: Instant,
}

/// Pay a month, in minor units of a currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pay {
    /// Least.
    pub min_minor: i64,
    /// Most.
    pub max_minor: i64,
    /// ISO 4217.
    pub currency: String,
}

/// Homes of one kind that come with a vacancy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    /// The id of this kind of home.
    pub id: Uuid,
    /// The kind.
    pub kind: HomeKind,
    /// How many there are.
    pub count: i32,
    /// Rooms of each.
    pub rooms: i32,
    /// People that each is for.
    pub people: i32,
    /// Rent a month in the vacancy's currency, in minor units; 0: free.
    pub rent_minor: i64,
    /// The first day on which it can be moved into.
    pub available_from: NaiveDate,
}

/// The kind of a home.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumString, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum HomeKind {
    /// A flat.
    Apartment,
    /// A house.
    House,
    /// A room.
    Room,
    /// A place in a dormitory.
    Dormitory,
}

/// Whether a vacancy is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumString, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum VacancyStatus {
    /// Open.
    Open,
    /// Closed.
    Closed,
}
