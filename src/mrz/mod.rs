//! Machine-readable zones: the lines at the foot of a passport, card or visa, as a reader or a clerk's paste sends them.
//!
//! [`read`] finds the format, verifies every check digit and says what the zone holds, each thing as printed. It repairs nothing and guesses nothing: a zone
//! with a wrong character is typed again. Formats: ICAO Doc 9303 parts 4 to 7, and the passport of a citizen of Russia inside Russia (FMS order 279 of 30
//! June 2011), which borrows the lines of a passport book and fills them in its own way.

mod contents;
mod dates;
mod digits;
mod lines;
mod names;
pub mod russian;
#[cfg(test)]
mod tests;

use chrono::NaiveDate;

pub use self::names::Names;
use self::{digits::wrong_digits, lines::Lines};
use crate::{
    classifiers::Sex,
    error::{Violation, Why},
    iin::Iin,
    seal::Personal,
};

/// How the lines are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum Format {
    /// A card: three lines of 30. ICAO Doc 9303-5.
    Td1,
    /// A larger card: two lines of 36. ICAO Doc 9303-6.
    Td2,
    /// A passport book: two lines of 44. ICAO Doc 9303-4.
    Td3,
    /// A passport of Russia for use inside Russia: two lines of 44. FMS order 279 of 30 June 2011.
    RussianInternal,
    /// A visa of full size: two lines of 44. ICAO Doc 9303-7.
    MrvA,
    /// A small visa: two lines of 36. ICAO Doc 9303-7.
    MrvB,
}

/// What the document is, as far as its zone tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum Kind {
    /// For travelling abroad.
    Passport,
    /// A passport of Russia for use inside Russia.
    InternalPassport,
    /// An identity card of the home country.
    IdentityCard,
    /// A card of a country for somebody of another nationality, or one that says to be a residence card.
    ResidenceCard,
    /// Of a stateless person, a refugee, or issued to somebody who is no national of the issuer.
    TravelDocument,
    /// A visa: it is no identity document, and its number is not that of the passport.
    Visa,
}

/// What a zone says, each thing as printed. Every check digit has been verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    /// How the lines are laid out.
    pub format: Format,
    /// What the document is.
    pub kind: Kind,
    /// The issuer's code without fillers, as printed: `D` for Germany. [`three_letters`] makes it `DEU`.
    pub issuing_country: String,
    /// The document number without fillers; of a Russian internal passport the four digits of the series and the six of the number.
    pub number: Personal<String>,
    /// The last day of validity; none for a Russian internal passport and for a card of unlimited validity.
    pub expires_on: Option<Personal<NaiveDate>>,
    /// The day of issue; only a Russian internal passport has it in its zone.
    pub issued_on: Option<Personal<NaiveDate>>,
    /// Birth date. Nobody is born in the future; of two possible centuries it is the later.
    pub birth_on: Personal<NaiveDate>,
    /// Sex; none when the zone leaves it open.
    pub sex: Option<Personal<Sex>>,
    /// The nationality's code without fillers, as printed. [`three_letters`] makes `D` `DEU`.
    pub nationality: String,
    /// Names in Latin letters, as printed; none for a Russian internal passport, whose zone has no Latin names.
    pub latin: Option<Names>,
    /// Names in Cyrillic letters, as the rule for a Russian internal passport gives them back; none for every other zone.
    pub cyrillic: Option<Names>,
    /// A personal number or what else the issuer put into the optional data, without fillers; of a card the first such field that is not empty. Not of a visa.
    pub personal_number: Option<Personal<String>>,
    /// The IIN that Kazakhstan prints into the optional data of its passports and cards, when it is a valid one. It may still contradict the birth date.
    pub iin: Option<Iin>,
    /// The names fill their field to its last position, so they may have been cut. ICAO Doc 9303-4, 4.2.3; likewise in parts 5 to 7.
    pub truncated: bool,
    /// The code of the department that issued a Russian internal passport, as printed on the page: `770-001`.
    pub department_code: Option<Personal<String>>,
}

/// Reads a zone. Lines may be parted by line ends, by spaces or by nothing, and may be in lower case. `today` tells which century a birth year belongs to.
///
/// # Errors
/// Violations of the field `mrz`: one for what the text is not, or one for every wrong check digit, or one for everything that a verified zone cannot say.
/// None quotes the text.
pub fn read(text: &str, today: NaiveDate) -> Result<Zone, Vec<Violation>> {
    let lines = Lines::of(text).map_err(|why| vec![violation(why)])?;
    let parsed = lines.parse().map_err(|why| vec![violation(why)])?;
    let wrong = wrong_digits(&lines, &parsed);
    if !wrong.is_empty() {
        return Err(wrong.into_iter().map(|which| violation(Why::CheckDigit(which))).collect());
    }
    contents::zone(&lines, &parsed, today).map_err(|faults| faults.into_iter().map(violation).collect())
}

/// A country code of three letters for one of a zone: ICAO Doc 9303-3, 5, writes Germany as `D` alone; every other code has three letters already.
pub fn three_letters(code: &str) -> &str {
    if code == "D" { "DEU" } else { code }
}

fn violation(why: Why) -> Violation {
    Violation { field: "mrz".to_owned(), why }
}
