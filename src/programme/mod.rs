//! What whoever runs the registry sees of the programme: how many came today, how long the queues are, what is due, what is offered. Counted in the database every
//! quarter of an hour, alike by every replica; counts of people are protected as in [`crate::figures`] before they leave it.
//!
//! ## Why every quarter of an hour, when figures are made once a day?
//!
//! Whoever runs a centre must see a surge while it lasts. These numbers have no dimension that describes people: a region or a state, never both with an occupation
//! or a day, rounded, and still for a quarter of an hour, so that nobody is counted while being watched.
//!
//! How often a method was called is counted exactly, registering among them: it says how many were registered through a process since it began, nothing of whom.

pub mod operations;
pub mod readings;
pub mod rules;
mod store;

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use strum::EnumIter;

use crate::time::Instant;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter)]
pub enum Measure {
    /// People registered.
    Registrations,
    /// People registered today, by region of stay.
    Arrivals,
    /// Today's tickets, by region and state.
    Tickets,
    /// What is due, by kind and days within which.
    Dues,
    /// Permits, by state.
    Permits,
    /// Matches, by state.
    Matches,
    /// Openings of open vacancies, by region.
    Openings,
    /// Homes that come with open vacancies, by region.
    Homes,
}

/// How many there are of something by row and column, as counted. Its `Debug` prints no number.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Counts(pub HashMap<(String, String), i64>);

impl std::fmt::Debug for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Counts")
    }
}

/// The numbers of one measure as everybody may see them; nothing where one is withheld.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbers {
    /// What was counted.
    pub measure: Measure,
    /// Regions, kinds or states.
    pub rows: Vec<&'static str>,
    /// States or days; one without a name where the measure has one dimension.
    pub columns: Vec<&'static str>,
    /// By row and column.
    pub cells: Vec<Vec<Option<i32>>>,
    /// The sums of the columns; of people, of those counts that are shown.
    pub sums: Vec<Option<i32>>,
}

impl Numbers {
    /// What is shown in a row and a column.
    pub fn at(&self, row: &str, column: &str) -> Option<i32> {
        let (row, column) = (self.rows.iter().position(|name| *name == row)?, self.columns.iter().position(|name| *name == column)?);
        *self.cells.get(row)?.get(column)?
    }

    /// The sum of a column.
    pub fn sum(&self, column: &str) -> Option<i32> {
        *self.sums.get(self.columns.iter().position(|name| *name == column)?)?
    }
}

/// The numbers of one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Programme {
    /// When they were counted.
    pub counted_at: Instant,
    /// One of each measure, in order.
    pub numbers: Vec<Numbers>,
}

impl Programme {
    /// The numbers of a measure.
    pub fn of(&self, measure: Measure) -> Option<&Numbers> {
        self.numbers.iter().find(|numbers| numbers.measure == measure)
    }
}

/// The newest numbers, for whoever tells them. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Newest(Arc<RwLock<Option<Arc<Programme>>>>);

impl Newest {
    /// The newest; nothing before they were counted for the first time.
    pub fn get(&self) -> Option<Arc<Programme>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts newer ones in their place.
    pub fn set(&self, programme: Programme) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(programme));
    }
}
