//! The business identification number (БИН, БСН).

use std::{fmt, str::FromStr};

use crate::check_digit::{check_digit, twelve_digits};

/// Twelve digits: year and month of registration, type, branch mark, serial, check digit. Formation rules: Government Resolution 406 of 22 May 2007.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Bin([u8; 12]);

/// What is wrong with a text that should be a BIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BinFault {
    /// Not twelve digits.
    #[error("not twelve digits")]
    Shape,
    /// The month, the type or the branch mark cannot be.
    #[error("month, type or branch mark cannot be")]
    Component,
    /// The last digit does not fit the others.
    #[error("the check digit is wrong")]
    CheckDigit,
}

impl Bin {
    /// The twelve digits.
    pub fn digits(&self) -> String {
        self.0.iter().map(|digit| char::from(b'0' + digit)).collect()
    }
}

impl FromStr for Bin {
    type Err = BinFault;

    fn from_str(text: &str) -> Result<Self, BinFault> {
        let digits = twelve_digits(text).ok_or(BinFault::Shape)?;
        let [_, _, tens, ones, kind, mark, .., last] = digits;
        if !(1..=12).contains(&(tens * 10 + ones)) || !(4..=6).contains(&kind) || mark > 3 {
            return Err(BinFault::Component);
        }
        if check_digit(&digits) == Some(last) { Ok(Self(digits)) } else { Err(BinFault::CheckDigit) }
    }
}

impl fmt::Display for Bin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.digits())
    }
}

impl fmt::Debug for Bin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.digits())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_both_passes_are_valid() {
        for good in ["940140000385", "990140004654", "181141900093", "011140001654", "020440002422", "991040001563", "960240007379"] {
            assert!(good.parse::<Bin>().is_ok(), "{good}");
        }
    }

    #[test]
    fn components_that_cannot_be_are_told_apart_from_wrong_check_digits() {
        for wrong in ["949940000385", "940190000385", "940149000385"] {
            assert_eq!(wrong.parse::<Bin>(), Err(BinFault::Component), "{wrong}");
        }
        assert_eq!("940140000386".parse::<Bin>(), Err(BinFault::CheckDigit));
        for wrong in ["", "94014000038", "94014000038x", "٩40140000385"] {
            assert_eq!(wrong.parse::<Bin>(), Err(BinFault::Shape), "{wrong}");
        }
    }

    #[test]
    fn a_wrong_digit_is_found_but_for_two_weaknesses_of_the_rule() {
        let good = "940140000385";
        let changed = |at: usize| {
            (b'0'..=b'9')
                .map(move |digit| format!("{}{}{}", &good[..at], char::from(digit), &good[at + 1..]))
                .filter(move |text| text != good)
        };
        let missed = |at: usize| changed(at).filter(|text| text.parse::<Bin>().is_ok()).collect::<Vec<_>>();
        // Where the changed digits give ten in the first pass, the second may have the same digit.
        assert_eq!((0..10).flat_map(missed).collect::<Vec<_>>(), ["940140700385"]);
        // A weight of eleven is nought modulo eleven.
        assert_eq!(missed(10), changed(10).collect::<Vec<_>>());
        assert!(missed(11).is_empty());
    }
}
