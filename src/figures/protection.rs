//! How counts of people become figures that reveal nobody.
//!
//! A count under 10 is withheld, and none is not told apart from 1 to 9. Every other count is rounded to the nearest multiple of 5. This is the method 10-5 of
//! the Office for National Statistics:
//! <https://www.ons.gov.uk/peoplepopulationandcommunity/populationandmigration/populationestimates/methodologies/comparisonofposttabularstatisticaldisclosurecontrolmethods>.
//! A margin is the sum of those counts of its line that are shown, rounded by itself. A count that is withheld is part of no margin.
//!
//! ## Why is a withheld count part of no margin?
//!
//! Then what is published follows from two things: which counts are under 10, and what the others are. Whatever a withheld count is, 0 to 9, every cell and every
//! margin is the same, on this day and on every other. Nobody can bound it more closely by sums over cells, margins and days, however well the method is known.
//!
//! A margin over all counts cannot do that. A rounded number has a largest and a smallest value that it can stand for, and where the counts lie there, the
//! withheld ones follow. To publish such a margin only where it tells little does not help: then its absence tells the rest. To withhold a second, larger count of
//! the line moves the edge and does not remove it. And where the rest of a line is known to stand still from one day to the next, the difference of two margins is
//! the one count that moved. `tests/it/figures_attack.rs` finds the breaches of each of these and none of this one.
//!
//! ## What can still be guessed?
//!
//! A count that is withheld on one day and shown on the next has passed 10. Who knows besides, and not from any figures, that one person came and nobody left,
//! knows how many there were. No count that is shown from a threshold on can prevent that; one day between two tables makes it rare.

use serde::{Deserialize, Serialize};

/// The least count that is shown.
pub const THRESHOLD: i32 = 10;

/// What a count that is shown is a multiple of.
pub const STEP: i32 = 5;

/// Counts as everybody may see them; nothing where one is withheld.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Protected {
    /// By row and column.
    pub cells: Vec<Vec<Option<i32>>>,
    /// The margin of each row.
    pub rows: Vec<Option<i32>>,
    /// The margin of each column.
    pub columns: Vec<Option<i32>>,
    /// The margin of the table.
    pub total: Option<i32>,
}

/// Protects counts, given as rows of the same length.
pub fn protect(counts: &[Vec<i64>]) -> Protected {
    // From here on nothing knows what a small count was.
    let large = |count: &i64| if *count < i64::from(THRESHOLD) { 0 } else { *count };
    let shown: Vec<Vec<i64>> = counts.iter().map(|row| row.iter().map(large).collect()).collect();
    let width = shown.first().map_or(0, Vec::len);
    let column = |at: usize| figure(shown.iter().filter_map(|row| row.get(at)).sum());
    Protected {
        cells: shown.iter().map(|row| row.iter().map(|count| figure(*count)).collect()).collect(),
        rows: shown.iter().map(|row| figure(row.iter().sum())).collect(),
        columns: (0..width).map(column).collect(),
        total: figure(shown.iter().flatten().sum()),
    }
}

/// A count as it is shown, or nothing where it is withheld.
fn figure(count: i64) -> Option<i32> {
    let step = i64::from(STEP);
    let nearest = (count + step / 2) / step * step;
    (count >= i64::from(THRESHOLD)).then(|| i32::try_from(nearest).unwrap_or(i32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_under_ten_is_withheld_and_none_is_not_told_apart() {
        for count in 0..10 {
            assert_eq!(figure(count), None, "{count}");
        }
    }

    #[test]
    fn a_count_from_ten_on_is_rounded_to_the_nearest_five() {
        let rounded = [(10, 10), (12, 10), (13, 15), (17, 15), (18, 20), (22, 20), (23, 25), (97_998, 98_000)];
        for (count, shown) in rounded {
            assert_eq!(figure(count), Some(shown), "{count}");
        }
        assert_eq!(figure(i64::from(i32::MAX) + 7), Some(i32::MAX), "more than can be said");
    }

    #[test]
    fn a_margin_is_the_rounded_sum_of_what_its_line_shows() {
        let protected = protect(&[vec![12, 9, 12], vec![0, 5, 13]]);
        assert_eq!(protected.cells, [[Some(10), None, Some(10)], [None, None, Some(15)]]);
        assert_eq!(protected.rows, [Some(25), Some(15)], "24 and 13, not the sum of rounded cells, and not 33 and 18");
        assert_eq!(protected.columns, [Some(10), None, Some(25)]);
        assert_eq!(protected.total, Some(35), "37 are shown");
        assert_eq!(protect(&[]), Protected::default());
    }

    #[test]
    fn nothing_that_is_published_hangs_on_a_withheld_count() {
        let counts = |small: [i64; 3]| [vec![small[0], 40, small[1]], vec![11, 17, 33], vec![0, small[2], 10]];
        let published = protect(&counts([0, 0, 0]));
        for code in 0..1000 {
            assert_eq!(protect(&counts([code / 100, code / 10 % 10, code % 10])), published, "{code}");
        }
    }
}
