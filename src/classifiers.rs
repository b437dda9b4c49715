//! The coded vocabularies that several capabilities share: regions, countries, occupations, languages. Codes, never free text: a code can be counted,
//! matched and translated, and holds no secret.

use std::{fmt, str::FromStr};

use strum::{Display, EnumIter, EnumString, IntoStaticStr};

/// The sex as a document, a machine-readable zone or an IIN states it; asked for nothing but the check of an IIN and of likely duplicates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Display, EnumString, IntoStaticStr, serde::Serialize, serde::Deserialize)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Sex {
    /// `F` in a zone, an even seventh digit in an IIN.
    Female,
    /// `M` in a zone, an odd seventh digit in an IIN.
    Male,
}

/// ISO 3166-2:KZ (numeric codes of November 2022): 17 regions and 3 cities of republican significance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Display, EnumString, EnumIter, IntoStaticStr)]
#[expect(missing_docs, reason = "each is a place; its names in three languages are in `console/*.ftl`")]
pub enum Region {
    #[strum(serialize = "KZ-10")]
    Abai,
    #[strum(serialize = "KZ-11")]
    Akmola,
    #[strum(serialize = "KZ-15")]
    Aktobe,
    #[strum(serialize = "KZ-19")]
    AlmatyRegion,
    #[strum(serialize = "KZ-23")]
    Atyrau,
    #[strum(serialize = "KZ-27")]
    WestKazakhstan,
    #[strum(serialize = "KZ-31")]
    Jambyl,
    #[strum(serialize = "KZ-33")]
    Jetisu,
    #[strum(serialize = "KZ-35")]
    Karaganda,
    #[strum(serialize = "KZ-39")]
    Kostanay,
    #[strum(serialize = "KZ-43")]
    Kyzylorda,
    #[strum(serialize = "KZ-47")]
    Mangystau,
    #[strum(serialize = "KZ-55")]
    Pavlodar,
    #[strum(serialize = "KZ-59")]
    NorthKazakhstan,
    #[strum(serialize = "KZ-61")]
    Turkistan,
    #[strum(serialize = "KZ-62")]
    Ulytau,
    #[strum(serialize = "KZ-63")]
    EastKazakhstan,
    #[strum(serialize = "KZ-71")]
    Astana,
    #[strum(serialize = "KZ-75")]
    AlmatyCity,
    #[strum(serialize = "KZ-79")]
    Shymkent,
}

impl Region {
    /// The region's ISO 3166-2 code, for example `KZ-10`.
    pub fn code(self) -> &'static str {
        self.into()
    }
}

/// A text that is not a code of the classifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a code of the classifier")]
pub struct NotACode;

macro_rules! code {
    ($(#[$doc:meta])* $name:ident, $length:literal, $accepts:expr $(, $known:expr)?) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name([u8; $length]);

        impl $name {
            /// The code as text.
            pub fn code(&self) -> &str {
                std::str::from_utf8(&self.0).unwrap_or_default()
            }
        }

        impl FromStr for $name {
            type Err = NotACode;
            fn from_str(text: &str) -> Result<Self, NotACode> {
                let bytes: [u8; $length] = text.as_bytes().try_into().map_err(|_| NotACode)?;
                let accepts: fn(&u8) -> bool = $accepts;
                if bytes.iter().all(accepts) $(&& $known(text))? { Ok(Self(bytes)) } else { Err(NotACode) }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.code())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.code())
            }
        }
    };
}

code! {
    /// A country by its ISO 3166-1 alpha-3 code, as passports print it, for example `RUS`. `XXA` is a person without citizenship (ICAO Doc 9303-3).
    Country, 3, u8::is_ascii_uppercase
}

code! {
    /// An occupation's unit group in ISCO-08, which the national classifier NK RK 01-2017 keeps: four digits, for example `2212` (specialist doctors). Only codes
    /// that ISCO-08 has are read.
    Occupation, 4, u8::is_ascii_digit, crate::occupations::is_unit_group
}

impl Occupation {
    /// A code as it lies in a table. Any four digits: what was kept before codes were looked up in the classification must still be read.
    ///
    /// # Errors
    /// [`NotACode`] when it is not four digits.
    pub fn kept(code: &str) -> Result<Self, NotACode> {
        let digits: [u8; 4] = code.as_bytes().try_into().map_err(|_| NotACode)?;
        if digits.iter().all(u8::is_ascii_digit) { Ok(Self(digits)) } else { Err(NotACode) }
    }
}

code! {
    /// A language by its ISO 639-1 code, for example `kk`.
    Language, 2, u8::is_ascii_lowercase
}

code! {
    /// A currency by its ISO 4217 code, for example `KZT`.
    Currency, 3, u8::is_ascii_uppercase
}

/// How well a language is known, by the Common European Framework. Ordered: `A1 < C2`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Display, EnumString, EnumIter, IntoStaticStr)]
#[strum(serialize_all = "UPPERCASE")]
#[expect(missing_docs, reason = "the levels' own names")]
pub enum Cefr {
    A1,
    A2,
    B1,
    B2,
    C1,
    C2,
}

impl Cefr {
    /// How high a level is: 1 for A1 to 6 for C2.
    pub fn rank(self) -> i32 {
        use strum::IntoEnumIterator as _;
        Self::iter().zip(1..).find(|(known, _)| *known == self).map_or(0, |(_, rank)| rank)
    }
}

impl Country {
    /// The members of the Eurasian Economic Union (treaty of 29 May 2014: Armenia, Belarus, Kazakhstan, Kyrgyzstan, Russia).
    pub const EAEU: [&str; 5] = ["ARM", "BLR", "KAZ", "KGZ", "RUS"];

    /// Whether the country is a member of the Eurasian Economic Union.
    pub fn is_eaeu(&self) -> bool {
        Self::EAEU.contains(&self.code())
    }
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator as _;

    use super::*;

    #[test]
    fn there_are_twenty_regions_and_each_code_reads_back() {
        assert_eq!(Region::iter().count(), 20);
        for region in Region::iter() {
            assert_eq!(region.code().parse::<Region>(), Ok(region));
        }
    }

    #[test]
    fn a_code_of_the_wrong_shape_is_refused() {
        assert!("RU".parse::<Country>().is_err());
        assert!("rus".parse::<Country>().is_err());
        assert!("221".parse::<Occupation>().is_err());
        assert!("22a2".parse::<Occupation>().is_err());
        assert!("кк".parse::<Language>().is_err());
    }

    #[test]
    fn an_occupation_that_isco_08_does_not_have_is_refused_and_one_that_was_kept_is_read() {
        assert!("2212".parse::<Occupation>().is_ok());
        for unknown in ["2213", "9999", "0000", "2210"] {
            assert!(unknown.parse::<Occupation>().is_err(), "{unknown}");
            assert_eq!(Occupation::kept(unknown).map(|code| code.to_string()).as_deref(), Ok(unknown));
        }
        assert!(Occupation::kept("221").is_err() && Occupation::kept("22a2").is_err());
    }
}
