//! Days of two-digit years.

use ::mrz::{DateRole, MrzDate, RawDateField};
use chrono::NaiveDate;

/// What six positions say when they are no day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoDay {
    /// Year, month or day are left open. ICAO Doc 9303-3, 4.8.
    Open,
    /// Nothing that is in the calendar.
    Wrong,
}

/// `YYMMDD`. With a latest day, the century is the last that gives a day not after it; without, it is the 21st.
pub(super) fn day(date: MrzDate, latest: Option<NaiveDate>) -> Result<NaiveDate, NoDay> {
    match date {
        MrzDate::Calendar(date) | MrzDate::OutOfCalendar(date) => {
            in_century(date.year.rem_euclid(100), date.month, date.day, latest).ok_or(NoDay::Wrong)
        }
        MrzDate::PartiallyUnknown(_) | MrzDate::Unknown => Err(NoDay::Open),
        MrzDate::Malformed(_) | _ => Err(NoDay::Wrong),
    }
}

/// As [`day`], of six positions that the parser does not know to be a date.
pub(super) fn day_of(text: &str, latest: Option<NaiveDate>) -> Result<NaiveDate, NoDay> {
    let field = RawDateField::try_from(text).map_err(|_| NoDay::Wrong)?;
    day(MrzDate::from_field(field, DateRole::Expiry, 0), latest)
}

fn in_century(year: i32, month: u32, day: u32, latest: Option<NaiveDate>) -> Option<NaiveDate> {
    let this_century = NaiveDate::from_ymd_opt(2000 + year, month, day);
    match latest {
        Some(latest) if this_century.is_none_or(|day| day > latest) => NaiveDate::from_ymd_opt(1900 + year, month, day),
        Some(_) | None => this_century,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_birth_year_belongs_to_the_century_that_has_been() {
        let today = Some(on("2026-11-24"));
        for (text, born) in [
            ("050115", "2005-01-15"),
            ("261124", "2026-11-24"),
            ("261125", "1926-11-25"),
            ("270115", "1927-01-15"),
            ("000229", "2000-02-29"),
            ("880229", "1988-02-29"),
        ] {
            assert_eq!(day_of(text, today), Ok(on(born)), "{text}");
        }
    }

    #[test]
    fn a_last_day_belongs_to_this_century() {
        assert_eq!(day_of("330214", None), Ok(on("2033-02-14")));
        assert_eq!(day_of("991231", None), Ok(on("2099-12-31")));
    }

    #[test]
    fn what_is_no_day_is_told_from_what_is_left_open() {
        for wrong in ["990231", "000000", "991301", "7408A2", "74081", "7408122", "", "О40812"] {
            assert_eq!(day_of(wrong, None), Err(NoDay::Wrong), "{wrong}");
        }
        for open in ["<<<<<<", "74<<<<", "7408<<", "74<<12"] {
            assert_eq!(day_of(open, None), Err(NoDay::Open), "{open}");
        }
        // 1900 had no such day, and 2100 is not yet.
        assert_eq!(day_of("010229", Some(on("2026-11-24"))), Err(NoDay::Wrong));
    }
}
