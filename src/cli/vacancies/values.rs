//! What people and programs write for amounts, days, languages and codes, and what the contract has for it. Nothing is guessed: what can be read in two ways is a fault.

use crate::{
    api::date,
    cli::import::{
        rows::{What, as_day},
        sheet::Value,
        terms::{LANGUAGE, Term, YES_NO, plain},
    },
    messages::Language,
    proto::{self, google::r#type::Date},
};

/// Currencies whose hundredth part is the minor unit, so that whole units can be taken for them (ISO 4217): those in which pay and rent are offered here.
const HUNDREDTHS: [&str; 12] = ["KZT", "RUB", "USD", "EUR", "GBP", "CHF", "CNY", "TRY", "UZS", "KGS", "GEL", "AMD"];

/// Digits of an amount before the decimal sign at most.
const MOST_DIGITS: usize = 15;

fn what(what: &What) -> String {
    what.text(Language::English)
}

/// A text.
pub fn text(cell: &Value) -> Result<String, String> {
    match cell {
        Value::Text(_) | Value::Number(_) => Ok(cell.shown()),
        Value::Empty => Err(what(&What::Required)),
        Value::TooLong(_) => Err(what(&What::TooLong)),
        Value::Broken => Err(what(&What::Broken)),
        Value::Day(_) | Value::Truth(_) => Err(what(&What::NoText)),
    }
}

/// A day.
pub fn day(cell: &Value) -> Result<Date, String> {
    as_day(cell).map(date).ok_or_else(|| what(&What::NoDay))
}

/// A whole number, also with spaces between its digits.
pub fn whole(cell: &Value) -> Result<i32, String> {
    close(&text(cell)?).parse().map_err(|_| what(&What::NoWhole))
}

/// An amount of money in minor units.
pub fn money(cell: &Value) -> Result<i64, String> {
    minor(&text(cell)?)
}

/// An amount in minor units, of whole units with at most two digits behind a comma or point: `450 000,00`. Three digits behind one may be thousands, so they are refused.
pub fn minor(amount: &str) -> Result<i64, String> {
    let wrong = || "is no amount in whole units, such as 450000 or 450000,50".to_owned();
    let amount = close(amount);
    let (whole, part) = amount.split_once([',', '.']).unwrap_or((&amount, "00"));
    let digits = |text: &str| text.bytes().all(|sign| sign.is_ascii_digit());
    if !(1..=MOST_DIGITS).contains(&whole.len()) || !(1..=2).contains(&part.len()) || !digits(whole) || !digits(part) {
        return Err(wrong());
    }
    format!("{whole}{part:0<2}").parse().map_err(|_| wrong())
}

/// Whether whole units of a currency can be taken.
pub fn currency(code: &str) -> Result<(), String> {
    if HUNDREDTHS.contains(&code) {
        Ok(())
    } else {
        Err(format!("amounts in this currency cannot be taken from a file; there are {}", HUNDREDTHS.join(", ")))
    }
}

/// A text without the spaces that people put between digits.
fn close(text: &str) -> String {
    text.chars().filter(|sign| !matches!(sign, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}')).collect()
}

/// The code that a word means.
pub fn term(cell: &Value, terms: &'static [Term]) -> Result<&'static str, String> {
    meant(&text(cell)?, terms)
}

/// The code that a word means.
pub fn meant(word: &str, terms: &'static [Term]) -> Result<&'static str, String> {
    let word = plain(word);
    let found = terms.iter().find(|term| term.is_meant_by(&word)).map(|term| term.code);
    found.ok_or_else(|| format!("is not a known value; there are {}", terms.iter().map(|term| term.code).collect::<Vec<_>>().join(", ")))
}

/// Yes or no.
pub fn yes_no(cell: &Value) -> Result<bool, String> {
    match cell {
        Value::Truth(truth) => Ok(*truth),
        Value::Empty | Value::Text(_) | Value::TooLong(_) | Value::Number(_) | Value::Day(_) | Value::Broken => {
            term(cell, YES_NO).map(|code| code == "YES")
        }
    }
}

/// Languages with their levels: `ru B2, kk A1`.
pub fn languages(text: &str) -> Result<Vec<proto::LanguageSkill>, String> {
    text.split([',', ';', '/']).filter(|part| !part.trim().is_empty()).map(language).collect()
}

/// One language with its level: `ru B2`, `Русский B2`.
pub fn language(text: &str) -> Result<proto::LanguageSkill, String> {
    let wrong = || "is not a language with its level, such as ru B2".to_owned();
    let (name, level) = text.trim().rsplit_once(char::is_whitespace).ok_or_else(wrong)?;
    // Two of them without a comma between.
    if name.contains(|sign: char| sign.is_ascii_digit()) {
        return Err(wrong());
    }
    // The first letters of the levels look the same in Cyrillic.
    let level = level.to_uppercase().replace('А', "A").replace('В', "B").replace('С', "C");
    let level =
        proto::LanguageLevel::from_str_name(&format!("LANGUAGE_LEVEL_{level}")).filter(|level| *level != proto::LanguageLevel::Unspecified);
    let name = plain(name);
    let is_code = name.len() == 2 && name.bytes().all(|letter| letter.is_ascii_lowercase());
    let code = LANGUAGE.iter().find(|term| term.is_meant_by(&name)).map(|term| term.code.to_owned()).or(is_code.then_some(name));
    let (code, level) = code.zip(level).ok_or_else(wrong)?;
    Ok(proto::LanguageSkill { language: code, level: level.into() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::cli::import::terms::{HOME_KIND, REGION};

    #[test]
    fn an_amount_may_be_written_as_people_do_and_what_may_be_thousands_is_refused() {
        for (written, minor_units) in [
            ("450000", 45_000_000),
            ("450 000", 45_000_000),
            ("450\u{a0}000,5", 45_000_050),
            ("450\u{202f}000.50", 45_000_050),
            ("0", 0),
            ("999999999999999,99", 99_999_999_999_999_999),
        ] {
            assert_eq!(minor(written), Ok(minor_units), "{written}");
        }
        for wrong in ["", " ", "450,000", "450.000", "450.000,00", "-1", "+1", "1e5", "9999999999999999", "много", "450000 тг", ",5", "5,"]
        {
            assert!(minor(wrong).is_err(), "{wrong}");
        }
        assert_eq!(money(&Value::Number(450_000.5)), Ok(45_000_050));
        assert!(money(&Value::Number(1.005)).is_err() && money(&Value::Truth(true)).is_err());
    }

    #[test]
    fn a_currency_without_hundredths_is_not_taken() {
        assert!(currency("KZT").is_ok());
        for wrong in ["JPY", "KWD", "kzt", ""] {
            assert!(currency(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn languages_are_read_with_their_levels_and_in_words() {
        let told = |text: &str| {
            languages(text)
                .map(|found| found.into_iter().map(|skill| (skill.language.clone(), skill.level().as_str_name())).collect::<Vec<_>>())
        };
        let both = vec![("ru".to_owned(), "LANGUAGE_LEVEL_B2"), ("kk".to_owned(), "LANGUAGE_LEVEL_A1")];
        for written in ["ru B2, kk A1", "Русский В2; қазақ тілі а1", "RU b2/KK a1,"] {
            assert_eq!(told(written), Ok(both.clone()), "{written}");
        }
        assert_eq!(told("de C1").unwrap()[0].0, "de");
        for wrong in ["ru", "B2", "ru B3", "ru UNSPECIFIED", "Narnian B2", "ru B2 kk A1"] {
            assert!(languages(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn codes_and_their_words_in_three_languages_mean_the_same() {
        for word in ["KZ-10", "kz-10", "Абай облысы", "область Абай", "Abai Region", "KZ-10 Абай облысы"] {
            assert_eq!(meant(word, REGION), Ok("KZ-10"), "{word}");
        }
        for word in ["APARTMENT", "квартира", "Пәтер"] {
            assert_eq!(meant(word, HOME_KIND), Ok("APARTMENT"), "{word}");
        }
        assert!(meant("замок", HOME_KIND).is_err());
        assert_eq!((yes_no(&Value::Truth(false)), yes_no(&Value::text("иә"))), (Ok(false), Ok(true)));
    }

    proptest! {
        #[test]
        fn reading_any_text_never_panics(text in "\\PC{0,40}") {
            drop((minor(&text), languages(&text), meant(&text, REGION), whole(&Value::text(&text))));
        }

        #[test]
        fn an_amount_comes_back_as_it_was_written(whole in 0_i64..1_000_000_000_000, part in 0_i64..100) {
            prop_assert_eq!(minor(&format!("{whole},{part:02}")), Ok(whole * 100 + part));
        }
    }
}
