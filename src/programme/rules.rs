//! What the numbers are made of, and when they are counted again.

use chrono::Timelike as _;
use strum::IntoEnumIterator as _;

use super::{Counts, Measure, Numbers};
use crate::{
    centers::TicketState,
    classifiers::Region,
    dues::DueKind,
    figures::protection::{THRESHOLD, protect},
    matches::MatchState,
    permits::PermitState,
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

/// The rows and columns that a measure is counted by, which is finer than what is shown where a sum is shown.
pub fn counted_by(measure: Measure) -> (Vec<&'static str>, Vec<&'static str>) {
    let regions = || Region::iter().map(Region::code).collect();
    match measure {
        Measure::Registrations => (regions(), vec![""]),
        Measure::Matches => (regions(), MatchState::iter().map(Into::into).collect()),
        Measure::Arrivals | Measure::Tickets | Measure::Dues | Measure::Permits | Measure::Openings | Measure::Homes => shape(measure),
    }
}

/// Makes the numbers of a measure of what was counted; of dues, what falls between one bound and the next. What has no place in it is left out. Facts about vacancies
/// are told exactly, counts of people are protected: a sum has only those counts that are shown, so that no two sums tell what is not, as
/// [`crate::figures::protection`] explains.
pub fn numbers(measure: Measure, counted: &Counts) -> Numbers {
    let (by_row, by_column) = counted_by(measure);
    let at = |row: &str, column: &str| counted.0.get(&(row.to_owned(), column.to_owned())).copied().unwrap_or(0);
    let counts: Vec<Vec<i64>> = by_row.iter().map(|row| by_column.iter().map(|column| at(row, column)).collect()).collect();
    let (rows, columns) = shape(measure);
    let (cells, sums) = match measure {
        Measure::Openings | Measure::Homes => {
            let exact = |count: i64| Some(i32::try_from(count).unwrap_or(i32::MAX));
            let all = counts.iter().flatten().sum();
            (counts.iter().map(|row| row.iter().map(|count| exact(*count)).collect()).collect(), vec![exact(all)])
        }
        Measure::Registrations => {
            let shown = protect(&counts);
            (vec![vec![shown.total]], vec![shown.total])
        }
        Measure::Matches => {
            let shown = protect(&counts);
            (shown.columns.into_iter().map(|count| vec![count]).collect(), vec![shown.total])
        }
        Measure::Dues => {
            let shown = protect(&counts.iter().map(|row| up_to(row)).collect::<Vec<_>>());
            (shown.cells, shown.columns)
        }
        Measure::Arrivals | Measure::Tickets | Measure::Permits => {
            let shown = protect(&counts);
            (shown.cells, shown.columns)
        }
    };
    Numbers { measure, rows, columns, cells, sums }
}

/// What is due up to each bound, of what is due between them: of those counts alone that would be shown by themselves, so that the difference of two bounds is one of
/// them.
fn up_to(between: &[i64]) -> Vec<i64> {
    let shown = between.iter().map(|count| if *count < i64::from(THRESHOLD) { 0 } else { *count });
    shown
        .scan(0, |sum, count| {
            *sum += count;
            Some(*sum)
        })
        .collect()
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
            let (rows, columns) = counted_by(measure);
            let all: Vec<_> = rows.iter().flat_map(|row| columns.iter().map(|column| (*row, *column, 9))).collect();
            let made = numbers(measure, &counts(&all));
            assert!(made.cells.iter().flatten().all(Option::is_none), "{measure:?}");
        }
    }

    #[test]
    fn no_sum_has_a_count_that_is_not_shown() {
        let counted = counts(&[("KZ-10", "PROPOSED", 12), ("KZ-11", "PROPOSED", 9), ("KZ-15", "PROPOSED", 9)]);
        let matches = numbers(Measure::Matches, &counted);
        assert_eq!((&matches.cells[0], &matches.sums), (&vec![Some(10)], &vec![Some(10)]), "12 and not 30");
        let registered = numbers(Measure::Registrations, &counts(&[("KZ-10", "", 12), ("KZ-11", "", 9)]));
        assert_eq!(registered.cells, [[Some(10)]]);
        let arrivals = numbers(Measure::Arrivals, &counts(&[("KZ-10", "", 12), ("KZ-11", "", 9), ("KZ-15", "", 12)]));
        assert_eq!(arrivals.sums, [Some(25)], "24, to the nearest 5, and not 33");
    }

    #[test]
    fn what_is_due_between_two_bounds_is_not_told_by_their_difference() {
        for between in 0..10 {
            let dues = numbers(Measure::Dues, &counts(&[("STAY_ENDS", "7", 20), ("STAY_ENDS", "14", between), ("STAY_ENDS", "30", 40)]));
            assert_eq!(dues.cells[0], [Some(20), Some(20), Some(60)], "{between}");
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
