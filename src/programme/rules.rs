//! What the numbers are made of, and when they are counted again.

use chrono::Timelike as _;
use strum::IntoEnumIterator as _;

use super::{Counts, Measure, Numbers};
use crate::{
    centers::TicketState, classifiers::Region, dues::DueKind, figures::protection::protect, matches::MatchState, permits::PermitState,
    time::Instant,
};

/// Days within which something is due, each with its name.
pub const DAYS: [(u64, &str); 3] = [(7, "7"), (14, "14"), (30, "30")];

/// The quarter of an hour that an instant is in. Numbers of one quarter are counted once.
pub fn quarter(instant: Instant) -> (chrono::NaiveDate, u32) {
    (instant.date_naive(), instant.time().num_seconds_from_midnight() / (15 * 60))
}

/// The rows and columns of a measure.
pub fn shape(measure: Measure) -> (Vec<&'static str>, Vec<&'static str>) {
    let regions = || Region::iter().map(Region::code).collect();
    match measure {
        Measure::Registrations => (vec![""], vec![""]),
        Measure::Arrivals | Measure::Openings | Measure::Homes => (regions(), vec![""]),
        Measure::Tickets => (regions(), TicketState::iter().map(Into::into).collect()),
        Measure::Dues => (DueKind::iter().map(Into::into).collect(), DAYS.map(|(_, name)| name).to_vec()),
        Measure::Permits => (PermitState::iter().map(Into::into).collect(), vec![""]),
        Measure::Matches => (MatchState::iter().map(Into::into).collect(), vec![""]),
    }
}

/// Makes the numbers of a measure of what was counted. What has no place in it is left out. Facts about vacancies are told exactly, counts of people are protected.
pub fn numbers(measure: Measure, counted: &Counts) -> Numbers {
    let (rows, columns) = shape(measure);
    let at = |row: &str, column: &str| counted.0.get(&(row.to_owned(), column.to_owned())).copied().unwrap_or(0);
    let counts: Vec<Vec<i64>> = rows.iter().map(|row| columns.iter().map(|column| at(row, column)).collect()).collect();
    let cells = match measure {
        Measure::Openings | Measure::Homes => {
            counts.iter().map(|row| row.iter().map(|count| Some(i32::try_from(*count).unwrap_or(i32::MAX))).collect()).collect()
        }
        Measure::Registrations | Measure::Arrivals | Measure::Tickets | Measure::Dues | Measure::Permits | Measure::Matches => {
            protect(&counts).cells
        }
    };
    Numbers { measure, rows, columns, cells }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(all: &[(&str, &str, i64)]) -> Counts {
        Counts(all.iter().map(|(row, column, count)| (((*row).to_owned(), (*column).to_owned()), *count)).collect())
    }

    #[test]
    fn people_are_rounded_or_withheld_and_vacancies_are_not() {
        let counted = counts(&[("KZ-10", "", 12), ("KZ-11", "", 9), ("nowhere", "", 50)]);
        let arrivals = numbers(Measure::Arrivals, &counted);
        assert_eq!((&arrivals.cells[0], &arrivals.cells[1]), (&vec![Some(10)], &vec![None]));
        assert!(arrivals.cells.iter().skip(2).all(|row| *row == [None]));
        let openings = numbers(Measure::Openings, &counted);
        assert_eq!((&openings.cells[0], &openings.cells[1], &openings.cells[2]), (&vec![Some(12)], &vec![Some(9)], &vec![Some(0)]));
    }

    #[test]
    fn every_count_of_people_under_ten_is_withheld_in_every_measure() {
        for measure in Measure::iter().filter(|measure| ![Measure::Openings, Measure::Homes].contains(measure)) {
            let (rows, columns) = shape(measure);
            let all: Vec<_> = rows.iter().flat_map(|row| columns.iter().map(|column| (*row, *column, 9))).collect();
            let made = numbers(measure, &counts(&all));
            assert!(made.cells.iter().flatten().all(Option::is_none), "{measure:?}");
        }
    }

    #[test]
    fn numbers_stand_still_for_a_quarter_of_an_hour() {
        let at = |text: &str| quarter(text.parse::<Instant>().unwrap());
        assert_eq!(at("2026-11-28T09:00:00Z"), at("2026-11-28T09:14:59Z"));
        assert_ne!(at("2026-11-28T09:14:59Z"), at("2026-11-28T09:15:00Z"));
        assert_ne!(at("2026-11-28T09:00:00Z"), at("2026-11-29T09:00:00Z"));
    }
}
