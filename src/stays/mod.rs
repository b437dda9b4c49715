//! Stays: entries and exits as a ledger of facts, and what the law makes of them. The ledger is never rewritten: a correction is a further line, so that what was
//! believed before can be read. Which permits a person holds is not here.

pub mod api;
pub mod operations;
mod policies;
pub mod rules;
pub mod store;
pub mod table;

use chrono::NaiveDate;
use strum::{Display, EnumString, IntoStaticStr};

use crate::{
    ids::{CrossingId, RelocantId},
    time::Instant,
};

pub use self::policies::{POLICIES, StayPolicy};

/// Which way a border was crossed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumString, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum Direction {
    /// Into the country.
    Entry,
    /// Out of the country.
    Exit,
}

/// One line of a person's ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crossing {
    /// The line's id; ids grow in the order of recording.
    pub id: CrossingId,
    /// The person.
    pub relocant: RelocantId,
    /// Which way.
    pub direction: Direction,
    /// The civil day of the crossing.
    pub crossed_on: NaiveDate,
    /// The line that this one corrects.
    pub corrects: Option<CrossingId>,
    /// A correction that says: it did not happen.
    pub void: bool,
    /// When it was recorded.
    pub created_at: Instant,
}

/// From an entry to an exit, both days included. Without an exit the person is still present.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stay {
    /// The day of entry.
    pub entry_on: NaiveDate,
    /// The day of exit, not before the entry.
    pub exit_on: Option<NaiveDate>,
}

/// What a ledger amounts to once corrections are applied.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    /// The stays, by day of entry. A crossing without its counterpart counts as presence on its own day, since that much is known.
    pub stays: Vec<Stay>,
    /// Entries that another entry followed, and exits that no entry came before: told, never guessed at.
    pub unpaired: Vec<CrossingId>,
    /// Days of the unpaired entries.
    pub unpaired_entries_on: Vec<NaiveDate>,
    /// The day since which the person has been present.
    pub open_since: Option<NaiveDate>,
}

/// What a policy says about stays on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StayStatus {
    /// The rule version that produced this answer.
    pub policy_id: &'static str,
    /// The day asked about.
    pub on: NaiveDate,
    /// The first day of the window that ends on that day.
    pub window_start_on: NaiveDate,
    /// Days of presence in that window.
    pub days_used: i32,
    /// Limit minus used, never below 0.
    pub days_remaining: i32,
    /// The longest lawful unbroken stay that begins, or goes on, on that day, that day counted.
    pub max_stay_days: i32,
    /// The last day of that stay; `None` when not even that day is lawful.
    pub last_lawful_on: Option<NaiveDate>,
    /// The first day from then on at which an entry is lawful.
    pub earliest_entry_on: Option<NaiveDate>,
    /// Used minus limit on that day, as border services state it; never below 0.
    pub overstay_days: i32,
    /// Days of presence up to then on which the limit was exceeded. Not the same number as the overstay.
    pub days_in_breach: i32,
    /// Whether presence on that day is within the limit.
    pub lawful: bool,
}
