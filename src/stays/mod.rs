//! Stays: entries and exits as a ledger of facts, and what the law makes of them. The ledger is never rewritten: a correction is a further line, so that what was
//! believed before can be read. Which permits a person holds is not here.

pub mod api;
pub mod engine;
pub mod operations;
mod policies;
pub mod rules;
pub mod store;
pub mod table;

use std::sync::Arc;

use chrono::NaiveDate;
use strum::{Display, EnumString, IntoStaticStr};

use crate::{
    ids::{CrossingId, RelocantId},
    time::Instant,
};

pub use self::policies::{AfterPermit, Citizens, Kind, Policies, StayPolicy, Written};

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

impl Stay {
    /// Whether a day lies in the stay, as far as is known.
    pub fn includes(self, on: NaiveDate) -> bool {
        self.entry_on <= on && self.exit_on.is_none_or(|exit_on| on <= exit_on)
    }
}

/// Days under a visa or permit, both included. The rule on visa-free stays leaves them out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cover {
    /// The first day.
    pub first_on: NaiveDate,
    /// The last day, not before the first.
    pub last_on: NaiveDate,
}

/// That a host has told the authorities of an arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Notified {
    /// The entry, in the line that stood when it was noted.
    pub entry: CrossingId,
    /// The day on which the host did.
    pub notified_on: NaiveDate,
}

/// An arrival that a host must notify, or has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArrivalNotice {
    /// The entry.
    pub entry: CrossingId,
    /// The day of arrival.
    pub arrived_on: NaiveDate,
    /// The last day to notify in time.
    pub due_on: NaiveDate,
    /// The day on which the host did.
    pub notified_on: Option<NaiveDate>,
    /// Working days after the last day in time: until the host did, or until today; 0 when it is in time.
    pub late_working_days: i32,
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
    /// Every entry as it stands after corrections, and its day; in order.
    pub entries: Vec<(CrossingId, NaiveDate)>,
}

/// What a policy says about stays on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StayStatus {
    /// The rule version that produced this answer.
    pub policy_id: Arc<str>,
    /// The day asked about.
    pub on: NaiveDate,
    /// The first day that is counted: of the window that ends on that day, of its year, or of the stay.
    pub window_start_on: NaiveDate,
    /// Days counted from then to that day.
    pub days_used: i32,
    /// Limit minus used, or what a cap on the present stay leaves when that is less; never below 0.
    pub days_remaining: i32,
    /// The longest lawful unbroken stay that begins, or goes on, on that day, that day counted; 0 when it is not lawful, and when there is no limit.
    pub max_stay_days: i32,
    /// The last day of that stay; `None` when not even that day is lawful, and when there is no limit.
    pub last_lawful_on: Option<NaiveDate>,
    /// The first day from then on at which an entry is lawful.
    pub earliest_entry_on: NaiveDate,
    /// Used minus limit on that day, as border services state it, or days beyond the cap when they are more; never below 0.
    pub overstay_days: i32,
    /// Days of presence up to then on which a limit was exceeded. Not the same number as the overstay.
    pub days_in_breach: i32,
    /// Whether presence on that day is lawful.
    pub lawful: bool,
    /// The policy knows no limit that could end the stay.
    pub unlimited: bool,
    /// The day lies under a visa or permit.
    pub covered: bool,
}
