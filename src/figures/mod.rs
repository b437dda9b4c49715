//! Figures that reveal nobody: three fixed tables, made once a civil day and the same for everybody who may ask. Where people are missing, how many came, what
//! becomes of matches. Counts of people are protected before they are written down; what a small count was is never stored.
//!
//! ## Why fixed tables, once a day?
//!
//! Who may choose a filter asks twice, with a person and without, and has the person as the difference. Who may ask at any moment asks before and after somebody
//! walks in. With fixed tables of whole days neither can be asked.

pub mod api;
pub mod counting;
pub mod operations;
pub mod protection;
pub mod rules;
pub mod store;
pub mod table;

use std::{collections::HashMap, fmt};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use self::protection::Protected;
use crate::{classifiers::Region, time::Instant};

/// Which table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Display, EnumIter, EnumString, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum FigureTable {
    /// Region by occupation group: openings and homes that are offered, and people who look for the work.
    Shortage,
    /// Region by week: people registered.
    Arrivals,
    /// Region by state: matches.
    MatchFunnel,
}

/// A table of a civil day as everybody may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// Which table.
    pub table: FigureTable,
    /// The civil day that it was made on.
    pub day: NaiveDate,
    /// When.
    pub made_at: Instant,
    /// Its rows, in order.
    pub regions: Vec<Region>,
    /// Its columns, in order: sub-major groups of ISCO-08, ISO weeks or states of matches.
    pub columns: Vec<String>,
    /// How many people or matches, protected.
    pub people: Protected,
    /// What is on offer, by row and column; in [`FigureTable::Shortage`] alone.
    pub offers: Option<Vec<Vec<Offer>>>,
}

/// What is offered, exactly: facts about vacancies, not about people. What of it is held or taken is no part of it, since that tells of matches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// Openings of open vacancies.
    pub openings: i32,
    /// Homes of open vacancies that somebody can be sent to.
    pub homes: i32,
}

/// How many there are of something by region and column, as counted. Its `Debug` prints no number, and it is never stored.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Counted(pub HashMap<(Region, String), i64>);

impl Counted {
    /// How many there are in one place.
    pub fn at(&self, region: Region, column: &str) -> i64 {
        self.0.get(&(region, column.to_owned())).copied().unwrap_or(0)
    }
}

impl fmt::Debug for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Counted")
    }
}

/// What vacancies offer.
#[derive(Debug, Clone, Default)]
pub struct Offered {
    /// Openings.
    pub openings: Counted,
    /// Homes.
    pub homes: Counted,
}
