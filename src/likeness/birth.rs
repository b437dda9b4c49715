//! How near two birth dates are: equal, apart by a slip that clerks are known to make, or apart.

use chrono::{Datelike as _, NaiveDate};

use super::{Level, spelling};

/// How near two birth dates are.
pub fn level(one: NaiveDate, other: NaiveDate) -> Level {
    if one == other {
        return if is_first_of_january(one) { Level::SameFirstOfJanuary } else { Level::Equal };
    }
    if one.year() == other.year() && (one.month(), one.day()) == (other.day(), other.month()) {
        return Level::Exchanged;
    }
    if is_slip(one, other) {
        return Level::Slip;
    }
    let same_year = one.year() == other.year();
    if same_year && (is_first_of_january(one) || is_first_of_january(other)) {
        return Level::FirstOfJanuary;
    }
    if same_year || (one.month(), one.day()) == (other.month(), other.day()) { Level::Partly } else { Level::Different }
}

/// A person of whom only the year is known is often written down as born on 1 January.
pub fn is_first_of_january(day: NaiveDate) -> bool {
    day.ordinal() == 1
}

/// One digit wrong, two neighbouring digits exchanged, the next day (as a time zone makes it), the same day of the next year.
fn is_slip(one: NaiveDate, other: NaiveDate) -> bool {
    let same_day = (one.month(), one.day()) == (other.month(), other.day());
    (same_day && one.year().abs_diff(other.year()) == 1)
        || (one - other).num_days().abs() == 1
        || spelling::is_one_edit(&digits(one), &digits(other))
}

fn digits(day: NaiveDate) -> [u32; 8] {
    let (year, month, day) = (day.year().unsigned_abs(), day.month(), day.day());
    [year / 1000, year / 100 % 10, year / 10 % 10, year % 10, month / 10, month % 10, day / 10, day % 10]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(one: &str, other: &str) -> Level {
        let (one, other) = (one.parse().unwrap(), other.parse().unwrap());
        assert_eq!(level(one, other), level(other, one));
        level(one, other)
    }

    #[test]
    fn slips_are_known() {
        assert_eq!(of("1984-03-05", "1984-03-05"), Level::Equal);
        assert_eq!(of("1984-03-05", "1984-05-03"), Level::Exchanged);
        assert_eq!(of("1984-03-05", "1984-03-15"), Level::Slip);
        assert_eq!(of("1984-03-12", "1984-03-21"), Level::Slip);
        assert_eq!(of("1984-03-31", "1984-04-01"), Level::Slip);
        assert_eq!(of("1989-03-05", "1990-03-05"), Level::Slip);
    }

    #[test]
    fn the_first_of_january_stands_for_a_year() {
        assert_eq!(of("1984-01-01", "1984-09-27"), Level::FirstOfJanuary);
        assert_eq!(of("1984-01-01", "1987-09-27"), Level::Different);
        assert_eq!(of("1984-01-01", "1984-01-01"), Level::SameFirstOfJanuary);
    }

    #[test]
    fn what_is_left_is_half_equal_or_apart() {
        assert_eq!(of("1984-03-05", "1984-11-27"), Level::Partly);
        assert_eq!(of("1984-03-05", "1991-03-05"), Level::Partly);
        assert_eq!(of("1984-03-05", "1991-11-27"), Level::Different);
    }
}
