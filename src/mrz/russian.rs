//! The passport of a citizen of Russia for use inside Russia: how its zone writes Cyrillic names, its series, the day of issue and the department.
//! FMS order 279 of 30 June 2011.

use ::mrz::MrzData;
use chrono::NaiveDate;

use super::{
    dates::day_of,
    lines::Lines,
    names::{self, Names},
};
use crate::{error::Why, seal::Personal};

const NAMES: Why = Why::Format("a zone whose names hold letters and the digits 2, 3, 4, 6, 7, 8 and 9, the family name first");
const NUMBER: Why = Why::Format("a zone with digits for the series and number, line 2 positions 1 to 9 and 29");
const ISSUED: Why = Why::Format("a zone whose day of issue has been, line 2 positions 30 to 35");
const DEPARTMENT: Why = Why::Format("a zone with six digits for the department code, line 2 positions 36 to 41");

/// The modernised Clair coding: each letter of the Russian alphabet and the one character that stands for it, so that it can be read back.
pub const CLAIR: [(char, char); 33] = [
    ('А', 'A'),
    ('Б', 'B'),
    ('В', 'V'),
    ('Г', 'G'),
    ('Д', 'D'),
    ('Е', 'E'),
    ('Ё', '2'),
    ('Ж', 'J'),
    ('З', 'Z'),
    ('И', 'I'),
    ('Й', 'Q'),
    ('К', 'K'),
    ('Л', 'L'),
    ('М', 'M'),
    ('Н', 'N'),
    ('О', 'O'),
    ('П', 'P'),
    ('Р', 'R'),
    ('С', 'S'),
    ('Т', 'T'),
    ('У', 'U'),
    ('Ф', 'F'),
    ('Х', 'H'),
    ('Ц', 'C'),
    ('Ч', '3'),
    ('Ш', '4'),
    ('Щ', 'W'),
    ('Ъ', 'X'),
    ('Ы', 'Y'),
    ('Ь', '9'),
    ('Э', '6'),
    ('Ю', '7'),
    ('Я', '8'),
];

/// How a patronymic ends.
const PATRONYMIC_ENDS: [&str; 3] = ["ИЧ", "ВНА", "ЧНА"];

/// Words that make the name before them a patronymic.
const PATRONYMIC_WORDS: [&str; 8] = ["ОГЛЫ", "ОГЛУ", "КЫЗЫ", "ГЫЗЫ", "УУЛУ", "УГЛИ", "КИЗИ", "УЛЫ"];

/// A Russian name as the zone writes it; a space or hyphen becomes a filler. None when a character is no Russian letter.
pub fn encode(name: &str) -> Option<String> {
    name.chars()
        .flat_map(char::to_uppercase)
        .map(|letter| match letter {
            ' ' | '-' => Some('<'),
            _ => CLAIR.iter().find_map(|(russian, code)| (*russian == letter).then_some(*code)),
        })
        .collect()
}

/// The Russian name, in upper case, that the zone writes so; a filler becomes a space. None when a character stands for no letter: 0, 1 and 5 do not.
pub fn decode(code: &str) -> Option<String> {
    code.chars()
        .map(|character| match character {
            '<' => Some(' '),
            _ => CLAIR.iter().find_map(|(russian, code)| (*code == character).then_some(*russian)),
        })
        .collect()
}

/// What the zone of a Russian internal passport has beyond that of every passport.
pub(super) struct Internal {
    pub(super) names: Names,
    pub(super) number: Personal<String>,
    pub(super) issued_on: Personal<NaiveDate>,
    pub(super) department_code: Personal<String>,
}

/// Reads it, or tells everything that cannot be.
pub(super) fn internal(lines: &Lines, parsed: &MrzData, today: NaiveDate) -> Result<Internal, Vec<Why>> {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let names = names(lines.at(1, 6..=44)).ok_or(NAMES);
    // The series' fourth digit does not fit the number's field and stands in the optional data.
    let number = match (parsed.document_number.split_at_checked(3), lines.at(2, 29..=29)) {
        (Some((series, number)), fourth) if number.len() == 6 && digits(&parsed.document_number) && digits(fourth) => {
            Ok(format!("{series}{fourth}{number}"))
        }
        _ => Err(NUMBER),
    };
    // Such zones are of this century.
    let issued_on = day_of(lines.at(2, 30..=35), None).ok().filter(|on| *on <= today).ok_or(ISSUED);
    let department_code = match lines.at(2, 36..=41).split_at_checked(3) {
        Some((unit, office)) if digits(unit) && digits(office) => Ok(format!("{unit}-{office}")),
        _ => Err(DEPARTMENT),
    };
    match (names, number, issued_on, department_code) {
        (Ok(names), Ok(number), Ok(issued_on), Ok(department_code)) => Ok(Internal {
            names,
            number: Personal::new(number),
            issued_on: Personal::new(issued_on),
            department_code: Personal::new(department_code),
        }),
        (names, number, issued_on, department_code) => {
            Err([names.err(), number.err(), issued_on.err(), department_code.err()].into_iter().flatten().collect())
        }
    }
}

fn names(field: &str) -> Option<Names> {
    let (family, rest) = names::split(field);
    let decoded = |parts: Vec<&str>| parts.into_iter().map(decode).collect::<Option<Vec<_>>>();
    let (family, mut given) = (decoded(family)?, decoded(rest)?);
    if family.is_empty() {
        return None;
    }
    let patronymic = given.split_off(given.len().min(given_parts(&given)));
    Some(Names {
        family: Personal::new(title_case(&family)),
        given: Personal::new(title_case(&given)),
        patronymic: (!patronymic.is_empty()).then(|| Personal::new(title_case(&patronymic))),
    })
}

/// How many parts are given names; the rest is the patronymic. One filler stands both between the two and inside each, so of three parts or more
/// the endings decide, and without a known one the first part alone is the given name.
fn given_parts(parts: &[String]) -> usize {
    match parts {
        [.., _, last] if PATRONYMIC_WORDS.contains(&last.as_str()) => parts.len().saturating_sub(2).max(1),
        [_, .., last] if PATRONYMIC_ENDS.iter().any(|end| last.ends_with(end)) => parts.len() - 1,
        _ => 1,
    }
}

/// A name as it is written, of parts in upper case.
fn title_case(parts: &[String]) -> String {
    let word = |part: &String| {
        let mut letters = part.chars();
        let first: String = letters.next().into_iter().collect();
        first + &letters.as_str().to_lowercase()
    };
    parts.iter().map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_coding_has_one_character_for_each_letter_of_the_alphabet() {
        let letters: String = CLAIR.iter().map(|(russian, _)| *russian).collect();
        assert_eq!(letters, "АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ");
        let codes: String = CLAIR.iter().map(|(_, code)| *code).collect();
        assert_eq!(codes, "ABVGDE2JZIQKLMNOPRSTUFHC34WXY9678");
        assert_eq!(codes.chars().collect::<HashSet<_>>().len(), 33);
        assert_eq!(encode(&letters).as_deref(), Some(codes.as_str()));
        assert_eq!(decode(&codes).as_deref(), Some(letters.as_str()));
    }

    #[test]
    fn specimens_are_written_and_read_back() {
        for (name, code) in [
            ("Алексей", "ALEKSEQ"),
            ("Горбачёв", "GORBA32V"),
            ("Юрьевич", "7R9EVI3"),
            ("Подъячев", "PODX83EV"),
            ("Хрущёв", "HRUW2V"),
            ("Цой", "COQ"),
            ("Соловьёв", "SOLOV92V"),
            ("Илья", "IL98"),
            ("Анатолий", "ANATOLIQ"),
            ("Щёлокова", "W2LOKOVA"),
            ("Юлия", "7LI8"),
            ("Эдуардовна", "6DUARDOVNA"),
            ("Ильич", "IL9I3"),
        ] {
            assert_eq!(encode(name).as_deref(), Some(code), "{name}");
            assert_eq!(decode(code).unwrap(), name.to_uppercase());
        }
        assert_eq!(encode("Салтыков-Щедрин").as_deref(), Some("SALTYKOV<WEDRIN"));
    }

    #[test]
    fn what_is_no_russian_letter_is_not_coded() {
        for wrong in ["Ivanov", "Әлия", "Иванов2", "О’Коннор"] {
            assert_eq!(encode(wrong), None, "{wrong}");
        }
        for wrong in ["IVANOV1", "0", "5", "Ж"] {
            assert_eq!(decode(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_parts_after_the_family_name_are_told_apart() {
        for (field, family, given, patronymic) in [
            ("IVANOV<<ALEKSEQ<IL9I3<<<<", "Иванов", "Алексей", Some("Ильич")),
            ("SALTYKOV<WEDRIN<<MIHAIL<EVGRAFOVI3", "Салтыков Щедрин", "Михаил", Some("Евграфович")),
            ("GROMOVA<<ANNA<MARI8<PETROVNA<<", "Громова", "Анна Мария", Some("Петровна")),
            ("ALIEV<<VAGIF<GEQDAR<OGLY<<", "Алиев", "Вагиф", Some("Гейдар Оглы")),
            ("ALIEV<<VAGIF<<", "Алиев", "Вагиф", None),
            ("LI<<<<<<", "Ли", "", None),
            ("KIM<<ANNA<OGLY<<", "Ким", "Анна", Some("Оглы")),
            ("IVANOV<<IVAN<PETR<SEM2N<<", "Иванов", "Иван", Some("Петр Семён")),
        ] {
            let names = names(field).unwrap();
            assert_eq!(names.family.expose(), family);
            assert_eq!(names.given.expose(), given);
            assert_eq!(names.patronymic.as_ref().map(|name| name.expose().as_str()), patronymic);
        }
        assert_eq!(names("<<IVAN<<<"), None);
        assert_eq!(names("IVAN0V<<IVAN<<<"), None);
    }

    proptest! {
        #[test]
        fn every_russian_name_is_read_back(name in "[А-ЯЁ]{1,20}( [А-ЯЁ]{1,20})?") {
            prop_assert_eq!(decode(&encode(&name).unwrap()).unwrap(), name);
        }

        #[test]
        fn every_code_is_written_back(code in "[A-Z2346789<]{0,39}") {
            prop_assert_eq!(encode(&decode(&code).unwrap()).unwrap(), code);
        }

        #[test]
        fn no_text_makes_it_panic(text in any::<String>()) {
            let _ = (encode(&text), decode(&text), names(&text));
        }
    }
}
