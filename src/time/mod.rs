//! The one clock, and the civil day in the registry's zone. Law counts civil days, so rules get a day and never an instant.

mod working_days;

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use chrono::{DateTime, Datelike as _, Duration, NaiveDate, NaiveDateTime, SubsecRound, Utc};

pub use self::working_days::{WorkingDays, WrittenYear};

/// An instant, always UTC, cut to microseconds: what both databases can hold.
pub type Instant = DateTime<Utc>;

/// All of Kazakhstan is UTC+5 since 1 March 2024.
const ZONE_SECONDS: i32 = 5 * 60 * 60;

/// Where time comes from. Clones share one offset, so a test turns the clock of the whole service.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    offset_seconds: Arc<AtomicI64>,
}

impl Clock {
    /// The present instant.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    pub fn now(&self) -> Instant {
        (Utc::now() + Duration::seconds(self.offset_seconds.load(Ordering::Relaxed))).trunc_subsecs(6)
    }

    /// Moves this clock, and every clone, forward by so many days.
    pub fn advance_days(&self, days: i64) {
        self.advance_minutes(days * 24 * 60);
    }

    /// Moves this clock, and every clone, forward by so many minutes.
    pub fn advance_minutes(&self, minutes: i64) {
        self.offset_seconds.fetch_add(minutes * 60, Ordering::Relaxed);
    }
}

/// What clocks on the wall show at an instant in Kazakhstan.
pub fn wall_clock(instant: Instant) -> NaiveDateTime {
    instant.naive_utc() + Duration::seconds(ZONE_SECONDS.into())
}

/// The civil day of an instant in Kazakhstan.
pub fn civil_day(instant: Instant) -> NaiveDate {
    wall_clock(instant).date()
}

/// Whether a day can be meant: between 1900 and 2200. What lies outside is a slip of the keyboard.
pub fn is_plausible(day: NaiveDate) -> bool {
    (1900..=2200).contains(&day.year())
}

/// The instant at which a civil day in Kazakhstan begins.
pub fn start_of_day(day: NaiveDate) -> Instant {
    day.and_time(chrono::NaiveTime::MIN).and_utc() - Duration::seconds(ZONE_SECONDS.into())
}

/// The instant at which a civil day in Kazakhstan is over.
pub fn end_of_day(day: NaiveDate) -> Instant {
    start_of_day(day.succ_opt().unwrap_or(day))
}

/// An instant as people in Kazakhstan read it, with its zone, such as `2026-11-30T09:00:00+05:00`.
pub fn local(instant: Instant) -> String {
    format!("{}+05:00", wall_clock(instant).format("%Y-%m-%dT%H:%M:%S"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_over_when_the_next_begins() {
        let day = NaiveDate::from_ymd_opt(2026, 3, 1).unwrap();
        assert_eq!(end_of_day(day), "2026-03-01T19:00:00Z".parse::<Instant>().unwrap());
        assert_eq!(civil_day(end_of_day(day)), day.succ_opt().unwrap());
    }

    #[test]
    fn the_civil_day_begins_five_hours_before_utc_midnight() {
        let late: Instant = "2026-03-01T18:59:59Z".parse().unwrap();
        let later: Instant = "2026-03-01T19:00:00Z".parse().unwrap();
        assert_eq!(civil_day(late), NaiveDate::from_ymd_opt(2026, 3, 1).unwrap());
        assert_eq!(civil_day(later), NaiveDate::from_ymd_opt(2026, 3, 2).unwrap());
    }
}
