//! What a company does: the code of the general classifier of economic activities (ОКЭД, GK RK 03-2019). Its first four digits are the classes of NACE Rev. 2, the
//! fifth is national.

use std::{fmt, str::FromStr};

use crate::classifiers::NotACode;

/// The divisions of NACE Rev. 2 (Regulation (EC) 1893/2006, annex I), 88 in all: the first and the last of each run without a gap.
const DIVISIONS: [(u8, u8); 12] =
    [(1, 3), (5, 33), (35, 39), (41, 43), (45, 47), (49, 53), (55, 56), (58, 66), (68, 75), (77, 82), (84, 88), (90, 99)];

/// Five digits, for example `62011`. A class of four digits has a 0 for its fifth.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Activity([u8; 5]);

impl Activity {
    /// The five digits.
    pub fn digits(&self) -> String {
        self.0.iter().map(|digit| char::from(b'0' + digit)).collect()
    }
}

impl FromStr for Activity {
    type Err = NotACode;

    /// Reads `62011`, `6201`, `62.01` and `62.01.1`. Only the division is known to exist; what it holds is not checked.
    fn from_str(text: &str) -> Result<Self, NotACode> {
        let digits: String = match text.split('.').collect::<Vec<_>>().as_slice() {
            [whole] if [4, 5].contains(&whole.len()) => (*whole).to_owned(),
            [division, class] if division.len() == 2 && class.len() == 2 => [*division, class].concat(),
            [division, class, last] if division.len() == 2 && class.len() == 2 && last.len() == 1 => [*division, class, last].concat(),
            _ => return Err(NotACode),
        };
        if !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(NotACode);
        }
        let mut read = digits.bytes().map(|digit| digit - b'0').chain([0]);
        let mut next = || read.next().ok_or(NotACode);
        let code = [next()?, next()?, next()?, next()?, next()?];
        let [tens, ones, ..] = code;
        let division = tens * 10 + ones;
        if DIVISIONS.iter().any(|(first, last)| (*first..=*last).contains(&division)) { Ok(Self(code)) } else { Err(NotACode) }
    }
}

impl fmt::Display for Activity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.digits())
    }
}

impl fmt::Debug for Activity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.digits())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_with_and_without_full_stops() {
        for (text, code) in [("62011", "62011"), ("62.01.1", "62011"), ("62.01", "62010"), ("6201", "62010"), ("01.11.2", "01112")] {
            assert_eq!(text.parse::<Activity>().unwrap().digits(), code, "{text}");
        }
        for wrong in ["", "62", "620", "620111", "62.0", "62.011", "6.201", "62.01.", "62.01.11", "6201x", ".6201", "６２０１１", "62 01"]
        {
            assert!(wrong.parse::<Activity>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn nace_has_88_divisions_and_a_code_of_no_division_is_none() {
        let known = |division: u8| format!("{division:02}000").parse::<Activity>().is_ok();
        assert_eq!((0..100).filter(|division| known(*division)).count(), 88);
        let gaps: Vec<u8> = (0..100).filter(|division| !known(*division)).collect();
        assert_eq!(gaps, [0, 4, 34, 40, 44, 48, 54, 57, 67, 76, 83, 89]);
    }
}
