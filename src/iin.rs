//! The individual identification number (ИИН, ЖСН). It says when a person was born and of which sex, so it is treated like a name: sealed, found by a keyed
//! hash, never logged.

use std::{fmt, str::FromStr};

use chrono::{Datelike as _, NaiveDate};

use crate::{
    check_digit::{check_digit, twelve_digits},
    classifiers::Sex,
    error::Why,
};

/// Twelve digits: birth date, century and sex, serial, check digit. Assigned once, for life. Law 223 of 12 January 2007; formation rules: Government
/// Resolution 406 of 22 May 2007.
#[derive(Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Iin([u8; 12]);

/// What is wrong with a text that should be an IIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IinFault {
    /// Not twelve digits.
    #[error("not twelve digits")]
    Shape,
    /// The first seven digits are no birth date in a century.
    #[error("birth date or century cannot be")]
    Component,
    /// The last digit does not fit the others.
    #[error("the check digit is wrong")]
    CheckDigit,
}

impl From<IinFault> for Why {
    fn from(fault: IinFault) -> Self {
        match fault {
            IinFault::Shape => Self::Format("twelve digits"),
            IinFault::Component => {
                Self::Format("a number that begins with a birth date (YYMMDD) and a digit from 0 to 6 for century and sex")
            }
            IinFault::CheckDigit => Self::CheckDigit("of the IIN, position 12"),
        }
    }
}

/// What to look at twice although the number is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IinWarning {
    /// The seventh digit is 0, said to occur for some foreigners: neither century nor sex can be told.
    NoCentury,
}

/// What a number says otherwise than the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum Contradiction {
    /// Another birth date.
    #[error("its first digits are not the birth date")]
    BirthDate,
    /// The other sex.
    #[error("its seventh digit is of the other sex")]
    Sex,
}

impl From<Contradiction> for Why {
    fn from(contradiction: Contradiction) -> Self {
        match contradiction {
            Contradiction::BirthDate => Self::Contradicts("contradicts the birth date"),
            Contradiction::Sex => Self::Contradicts("contradicts the sex"),
        }
    }
}

/// What the seventh digit says: the first year of the century, and the sex.
const CENTURIES: [(u8, i32, Sex); 6] = [
    (1, 1800, Sex::Male),
    (2, 1800, Sex::Female),
    (3, 1900, Sex::Male),
    (4, 1900, Sex::Female),
    (5, 2000, Sex::Male),
    (6, 2000, Sex::Female),
];

impl Iin {
    /// The twelve digits: a personal value, to be wrapped before it goes anywhere.
    pub fn digits(&self) -> String {
        self.0.iter().map(|digit| char::from(b'0' + digit)).collect()
    }

    /// The birth date; none when the seventh digit is 0.
    pub fn birth_on(&self) -> Option<NaiveDate> {
        let (first_year, _) = self.century()?;
        let (year, month, day) = self.birth_digits();
        NaiveDate::from_ymd_opt(first_year + year, month, day)
    }

    /// The sex; none when the seventh digit is 0.
    pub fn sex(&self) -> Option<Sex> {
        self.century().map(|(_, sex)| sex)
    }

    /// What to look at twice.
    pub fn warning(&self) -> Option<IinWarning> {
        self.century().is_none().then_some(IinWarning::NoCentury)
    }

    /// What the number says otherwise than the record, the birth date first. Without a century only the year's last two digits, the month and the day count;
    /// a sex that either side does not know contradicts nothing.
    pub fn contradictions(&self, birth_on: NaiveDate, sex: Option<Sex>) -> Vec<Contradiction> {
        let born_then = match self.birth_on() {
            Some(day) => day == birth_on,
            None => self.birth_digits() == (birth_on.year().rem_euclid(100), birth_on.month(), birth_on.day()),
        };
        let other_sex = self.sex().zip(sex).is_some_and(|(says, is)| says != is);
        let mut found = Vec::new();
        if !born_then {
            found.push(Contradiction::BirthDate);
        }
        if other_sex {
            found.push(Contradiction::Sex);
        }
        found
    }

    fn century(&self) -> Option<(i32, Sex)> {
        let [_, _, _, _, _, _, seventh, ..] = self.0;
        CENTURIES.into_iter().find_map(|(digit, first_year, sex)| (digit == seventh).then_some((first_year, sex)))
    }

    /// The year's last two digits, the month and the day.
    fn birth_digits(&self) -> (i32, u32, u32) {
        let [y1, y2, m1, m2, d1, d2, ..] = self.0;
        (i32::from(y1 * 10 + y2), u32::from(m1 * 10 + m2), u32::from(d1 * 10 + d2))
    }

    /// There was such a day: in the century that the seventh digit names or, when it is 0, in any.
    fn has_birth_date(&self) -> bool {
        let (year, month, day) = self.birth_digits();
        let in_century = |first_year: i32| NaiveDate::from_ymd_opt(first_year + year, month, day).is_some();
        match self.century() {
            Some((first_year, _)) => in_century(first_year),
            None => CENTURIES.iter().any(|(_, first_year, _)| in_century(*first_year)),
        }
    }
}

impl TryFrom<String> for Iin {
    type Error = IinFault;

    fn try_from(text: String) -> Result<Self, IinFault> {
        text.parse()
    }
}

impl From<Iin> for String {
    fn from(iin: Iin) -> Self {
        iin.digits()
    }
}

impl FromStr for Iin {
    type Err = IinFault;

    fn from_str(text: &str) -> Result<Self, IinFault> {
        let digits = twelve_digits(text).ok_or(IinFault::Shape)?;
        let [.., seventh, _, _, _, _, last] = digits;
        let iin = Self(digits);
        if seventh > 6 || !iin.has_birth_date() {
            return Err(IinFault::Component);
        }
        if check_digit(&digits) == Some(last) { Ok(iin) } else { Err(IinFault::CheckDigit) }
    }
}

impl fmt::Debug for Iin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Iin")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn iin(text: &str) -> Iin {
        text.parse().unwrap()
    }

    #[test]
    fn numbers_of_both_passes_are_valid_and_tell_birth_date_and_sex() {
        for (text, born, sex) in [
            ("791028302728", "1979-10-28", Sex::Male),
            ("061211600012", "2006-12-11", Sex::Female),
            ("900101300007", "1990-01-01", Sex::Male),
            ("900101300811", "1990-01-01", Sex::Male),
            ("880229400407", "1988-02-29", Sex::Female),
            ("050115500805", "2005-01-15", Sex::Male),
        ] {
            let iin = iin(text);
            assert_eq!((iin.birth_on(), iin.sex(), iin.warning()), (Some(day(born)), Some(sex), None), "{text}");
            assert_eq!(iin.digits(), text);
            assert_eq!(iin.contradictions(day(born), Some(sex)), [], "{text}");
        }
    }

    #[test]
    fn a_serial_that_is_not_used_is_never_valid() {
        for prefix in ["90010130080", "77072040006"] {
            for last in 0..10 {
                assert_eq!(format!("{prefix}{last}").parse::<Iin>(), Err(IinFault::CheckDigit), "{prefix}{last}");
            }
        }
    }

    #[test]
    fn what_is_wrong_is_told_apart() {
        for wrong in ["", "79102830272", "7910283027288", "79102830272x", "7910283o2728", " 91028302728"] {
            assert_eq!(wrong.parse::<Iin>(), Err(IinFault::Shape), "{wrong}");
        }
        for wrong in ["123456789012", "791328302728", "791000302728", "890229400407", "791028702728", "791028902728"] {
            assert_eq!(wrong.parse::<Iin>(), Err(IinFault::Component), "{wrong}");
        }
        assert_eq!("791028302729".parse::<Iin>(), Err(IinFault::CheckDigit));
        assert_eq!(Why::from(IinFault::CheckDigit).to_string(), "has a wrong check digit: of the IIN, position 12");
    }

    fn with_check_digit(prefix: &str) -> Option<String> {
        let digits: Vec<u8> = prefix.bytes().map(|byte| byte - b'0').collect();
        check_digit(&digits).map(|check| format!("{prefix}{check}"))
    }

    #[test]
    fn a_seventh_digit_of_zero_warns_and_tells_neither_century_nor_sex() {
        let iin = iin(&with_check_digit("90010100000").unwrap());
        assert_eq!((iin.birth_on(), iin.sex(), iin.warning()), (None, None, Some(IinWarning::NoCentury)));
        for born in ["1990-01-01", "2090-01-01", "1890-01-01"] {
            assert_eq!(iin.contradictions(day(born), Some(Sex::Female)), []);
        }
        for born in ["1991-01-01", "1990-02-01", "1990-01-02"] {
            assert_eq!(iin.contradictions(day(born), None), [Contradiction::BirthDate]);
        }
    }

    #[test]
    fn a_leap_day_without_a_century_needs_one_century_that_has_it() {
        let leap = with_check_digit("00022900001").unwrap();
        assert!(leap.parse::<Iin>().is_ok());
        assert_eq!(with_check_digit("01022900001").unwrap().parse::<Iin>(), Err(IinFault::Component));
        // 1900 was no leap year.
        assert_eq!(with_check_digit("00022930001").unwrap().parse::<Iin>(), Err(IinFault::Component));
    }

    #[test]
    fn each_contradiction_is_told() {
        let iin = iin("880229400407");
        assert_eq!(iin.contradictions(day("1988-02-28"), Some(Sex::Female)), [Contradiction::BirthDate]);
        assert_eq!(iin.contradictions(day("1988-02-29"), Some(Sex::Male)), [Contradiction::Sex]);
        assert_eq!(iin.contradictions(day("2088-02-29"), Some(Sex::Male)), [Contradiction::BirthDate, Contradiction::Sex]);
        assert_eq!(iin.contradictions(day("1988-02-29"), None), []);
        assert_eq!(Why::from(Contradiction::Sex).to_string(), "contradicts the sex");
    }

    #[test]
    fn debug_prints_no_digit() {
        assert_eq!(format!("{:?}", iin("791028302728")), "Iin");
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in any::<String>()) {
            let _ = text.parse::<Iin>();
        }

        #[test]
        fn digits_that_are_taken_fit_what_they_tell(text in "[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|1[0-9]|2[0-8])[0-6][0-9]{4}") {
            if let Some(number) = with_check_digit(&text) {
                let iin = number.parse::<Iin>().unwrap();
                prop_assert_eq!(iin.digits(), number);
                prop_assert_eq!(iin.warning().is_some(), iin.birth_on().is_none());
                prop_assert_eq!(iin.sex().is_some(), iin.birth_on().is_some());
                if let Some(born) = iin.birth_on() {
                    prop_assert_eq!(iin.contradictions(born, iin.sex()), []);
                }
            }
        }

        #[test]
        fn two_digits_swapped_are_no_other_person(at in 0_usize..11) {
            let mut digits = *b"791028302728";
            prop_assume!(digits[at] != digits[at + 1]);
            digits.swap(at, at + 1);
            let swapped = std::str::from_utf8(&digits).unwrap();
            prop_assert!(swapped.parse::<Iin>().is_err());
        }
    }
}
