//! The working days of Kazakhstan as dated data: holidays, religious days, days off that were moved. Terms of law that run in working days are counted here.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike as _, NaiveDate, Weekday};
use serde::Deserialize;

/// The years that come with the registry.
const BUILT_IN: &str = include_str!("working_days.toml");

/// A year as it is written down.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrittenYear {
    year: i32,
    confidence: String,
    days_off: BTreeSet<NaiveDate>,
    worked_weekends: BTreeSet<NaiveDate>,
    #[serde(rename = "source")]
    _source: String,
    #[serde(rename = "open", default)]
    _open: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    working_year: Vec<WrittenYear>,
}

/// The calendar of working days.
#[derive(Debug, Clone)]
pub struct WorkingDays(BTreeMap<i32, WrittenYear>);

impl WorkingDays {
    /// The years that come with the registry, with those of an operator put in.
    ///
    /// # Errors
    /// Every fault, one a line, with the year and the field that it lies in.
    pub fn with(overrides: Vec<WrittenYear>) -> Result<Self, String> {
        let file: File = toml::from_str(BUILT_IN).map_err(|failed| format!("the built-in working days cannot be read: {failed}"))?;
        let mut faults = Vec::new();
        let mut years = BTreeMap::new();
        for written in file.working_year.into_iter().chain(overrides) {
            check(&written, &mut faults);
            years.insert(written.year, written);
        }
        if faults.is_empty() { Ok(Self(years)) } else { Err(faults.join("\n")) }
    }

    /// Whether a day is worked. In a year that is not in the calendar, only weekends are off.
    pub fn is_working(&self, day: NaiveDate) -> bool {
        let weekend = is_weekend(day);
        match self.0.get(&day.year()) {
            Some(year) => {
                if weekend {
                    year.worked_weekends.contains(&day)
                } else {
                    !year.days_off.contains(&day)
                }
            }
            None => !weekend,
        }
    }

    /// The working day that is so many after a day, which does not count itself.
    pub fn after(&self, day: NaiveDate, count: u32) -> NaiveDate {
        let mut left = count;
        let mut at = day;
        while left > 0
            && let Some(next) = at.succ_opt()
        {
            at = next;
            left -= u32::from(self.is_working(at));
        }
        at
    }

    /// Working days after one day, up to and including another; 0 when it does not lie after it.
    pub fn between(&self, after: NaiveDate, until: NaiveDate) -> i32 {
        let days = after.iter_days().skip(1).take_while(|day| *day <= until);
        i32::try_from(days.filter(|day| self.is_working(*day)).count()).unwrap_or(i32::MAX)
    }

    /// Whether the days of a year are published and confirmed, and not only computed.
    pub fn is_confirmed(&self, year: i32) -> bool {
        self.0.get(&year).is_some_and(|year| year.confidence != "C")
    }
}

fn is_weekend(day: NaiveDate) -> bool {
    matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
}

fn check(year: &WrittenYear, faults: &mut Vec<String>) {
    let mut fault = |field: &str, what: &str| faults.push(format!("working_year {}: {field}: {what}", year.year));
    if !(1900..=2200).contains(&year.year) {
        fault("year", "must lie between 1900 and 2200");
    }
    if !["A", "B", "C"].contains(&year.confidence.as_str()) {
        fault("confidence", "must be A, B or C");
    }
    for day in &year.days_off {
        if day.year() != year.year || is_weekend(*day) {
            fault("days_off", &format!("{day} is not from Monday to Friday of that year"));
        }
    }
    for day in &year.worked_weekends {
        if day.year() != year.year || !is_weekend(*day) {
            fault("worked_weekends", &format!("{day} is not a Saturday or Sunday of that year"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn the_years_have_the_working_days_that_were_published() {
        let calendar = WorkingDays::with(vec![]).unwrap();
        for (year, days) in [(2022, 246), (2023, 246), (2024, 249), (2025, 246), (2026, 247), (2027, 247)] {
            assert_eq!(calendar.between(day(&format!("{}-12-31", year - 1)), day(&format!("{year}-12-31"))), days, "{year}");
        }
    }

    #[test]
    fn holidays_and_moved_days_are_not_worked_and_their_weekends_are() {
        let calendar = WorkingDays::with(vec![]).unwrap();
        for (on, works) in [
            ("2022-03-05", true),
            ("2022-03-07", false),
            ("2024-03-25", false),
            ("2024-06-17", true),
            ("2025-01-05", true),
            ("2025-01-03", false),
        ] {
            assert_eq!(calendar.is_working(day(on)), works, "{on}");
        }
    }

    #[test]
    fn the_third_working_day_is_counted_from_the_day_after() {
        let calendar = WorkingDays::with(vec![]).unwrap();
        // Friday 20 March 2026; Nauryz moves the week after.
        assert_eq!(calendar.after(day("2026-03-20"), 3), day("2026-03-30"));
        assert_eq!(calendar.after(day("2026-11-24"), 3), day("2026-11-27"));
        assert_eq!(calendar.after(day("2022-03-04"), 1), day("2022-03-05"), "a Saturday that is worked");
        assert_eq!(calendar.after(day("2100-01-01"), 1), day("2100-01-04"), "a year that is not known has weekends only");
    }

    #[test]
    fn a_weekday_in_the_wrong_list_is_told_with_its_place() {
        let wrong: File = toml::from_str(
            "[[working_year]]\nyear = 2028\nconfidence = 'C'\ndays_off = ['2028-01-01']\nworked_weekends = ['2028-01-03']\nsource = 'x'",
        )
        .unwrap();
        let told = WorkingDays::with(wrong.working_year).unwrap_err();
        assert!(told.contains("2028: days_off: 2028-01-01") && told.contains("2028: worked_weekends: 2028-01-03"), "{told}");
    }
}
