//! Vacancies, and the homes that come with them: one offer that can be searched, held and kept. Who fits is in `matches`.

pub mod api;
pub mod import_operations;
pub mod operations;
pub mod rules;
pub mod store;
pub mod table;

use chrono::NaiveDate;
use strum::{Display, EnumString, IntoStaticStr};
use uuid::Uuid;

use crate::{
    classifiers::{Cefr, Language, Occupation, Region},
    homes::{Home, rules::Town},
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
    /// The employer's own reference, which no other vacancy of the employer has.
    pub external_ref: Option<String>,
    /// What is given besides the pay.
    pub allowances: Allowances,
    /// The import that opened or amended it last.
    pub import: Option<Uuid>,
}

impl Vacancy {
    /// Where the work is.
    pub fn town(&self) -> Town {
        Town::of(self.region, &self.settlement)
    }
}

/// What is given besides the pay.
///
/// The programme "With a diploma to the village" (Law 66-III of 8 July 2005, art. 18) gives specialists who come to a village a lifting allowance of 100 monthly
/// calculation indices and a housing loan of up to 2,500, and asks for at least three years of service; the Labour Code, art. 139, gives state-paid specialists in
/// a village at least 25 percent more. Regions and employers give more or other things, so what is offered is said by whoever offers it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Allowances {
    /// A lifting allowance for moving there, in monthly calculation indices (MCI), 0 to 2,500.
    pub lifting_mci: i32,
    /// A supplement for work in a village, in percent of the pay, 0 to 100.
    pub rural_percent: i32,
    /// Whether a housing loan is offered.
    pub housing_loan: bool,
    /// Years of service that are owed in return, 0 to 10.
    pub service_years: i32,
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

/// Whether a vacancy is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumString, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum VacancyStatus {
    /// Open.
    Open,
    /// Closed.
    Closed,
}
