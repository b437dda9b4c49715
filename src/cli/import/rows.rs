//! What the rows of a sheet say: headings become columns, cells become registrations, and whatever cannot be read is a fault with its line and column.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
};

use chrono::NaiveDate;

use super::{
    columns::{COLUMNS, Column, Draft, EXAMPLE_MARK, FAMILY_NAME, IN_FRONT, Shape, Texts, by_heading},
    sheet::{MOST_CHARACTERS, Row, Sheet, Value, letter},
    terms::plain,
};
use crate::{api::date, cli::sending::Rows, messages::Language, proto};

/// A sheet whose headings are understood.
#[derive(Debug)]
pub struct People {
    /// The sheet as it is.
    pub sheet: Sheet,
    /// The column of each of its places.
    places: Vec<Place>,
    /// The rows that can be sent, by their place in the sheet.
    pub good: Vec<usize>,
    /// What is wrong with the others, by line.
    pub faults: BTreeMap<i32, Vec<Fault>>,
    /// Rows that are examples.
    pub examples: usize,
}

/// What a place of the sheet is for.
#[derive(Debug, Clone, Copy)]
enum Place {
    Holds(&'static Column),
    PassedOver,
    Unknown,
}

/// What is wrong with a cell, or with a row.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// The place of the cell in its row, when it is one.
    pub at: Option<usize>,
    /// The name of what is at fault: a column, or a field that no column holds; empty: the row.
    pub name: String,
    /// What is wrong.
    pub what: What,
}

/// What can be wrong.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// Nothing is there.
    Required,
    /// It is no day.
    NoDay,
    /// It is no whole number.
    NoWhole,
    /// It is none of the codes, nor a word for one.
    NoTerm,
    /// It is too long.
    TooLong,
    /// It stands under no heading.
    NoHeading,
    /// It is an error of a formula, or a time.
    Broken,
    /// It is a date or a truth value where a text should be.
    NoText,
    /// It is a number with more digits than Excel keeps.
    LostDigits,
    /// The server says so, for developers and in the language of the person at the counter.
    Server(String, String),
    /// The server refuses the row for a reason, with a message that may name days, for developers and in the language of the person at the counter.
    Refused(String, String, String),
}

impl What {
    /// For people who may see the sheet.
    pub fn text(&self, language: Language) -> String {
        let texts = match self {
            Self::Required => Texts { kk: "толтырылуы керек", ru: "нужно заполнить", en: "is required" },
            Self::NoDay => Texts {
                kk: "күн емес; 1990-01-31 немесе 31.01.1990 деп жазыңыз",
                ru: "не дата; пишите 1990-01-31 или 31.01.1990",
                en: "is not a day; write 1990-01-31 or 31.01.1990",
            },
            Self::NoWhole => Texts { kk: "бүтін сан емес", ru: "не целое число", en: "is not a whole number" },
            Self::NoTerm => Texts {
                kk: "мұндай мән жоқ; үлгідегі тізімнен таңдаңыз",
                ru: "такого значения нет; выберите из списка в шаблоне",
                en: "is not a known value; choose from the list of the template",
            },
            Self::TooLong => return format!("{} {MOST_CHARACTERS}", TOO_LONG.in_language(language)),
            Self::NoHeading => {
                Texts {
                    kk: "тақырыбы жоқ бағанда тұр", ru: "стоит в столбце без заголовка", en: "stands in a column without a heading"
                }
            }
            Self::Broken => Texts {
                kk: "формула қатесі немесе күнсіз уақыт",
                ru: "ошибка формулы или время без даты",
                en: "is an error of a formula, or a time without a day",
            },
            Self::NoText => Texts {
                kk: "мәтін емес; ұяшықты мәтін ретінде пішімдеңіз",
                ru: "не текст; задайте ячейке текстовый формат",
                en: "is no text; format the cell as text",
            },
            Self::LostDigits => Texts {
                kk: "сан ретінде сақталып, цифрлары жоғалған; мәтін ретінде жазыңыз",
                ru: "сохранено как число и потеряло цифры; запишите как текст",
                en: "was kept as a number and has lost digits; write it as text",
            },
            Self::Server(_, localized) | Self::Refused(_, _, localized) if !localized.is_empty() => return localized.clone(),
            Self::Server(text, _) | Self::Refused(_, text, _) => return text.clone(),
        };
        texts.in_language(language).to_owned()
    }

    /// For the terminal, where nothing of a person may be told, not even a day.
    pub fn told(&self) -> String {
        if let Self::Refused(reason, ..) = self {
            return format!("is refused: {}", reason.to_lowercase().replace('_', " "));
        }
        self.text(Language::English)
    }
}

const TOO_LONG: Texts =
    Texts {
        kk: "тым ұзын; ең көбі, таңба:", ru: "слишком длинно; знаков не больше", en: "is too long; characters at most:"
    };

/// The operator's own headings: what each means.
pub type Map = HashMap<String, String>;

/// Reads the file of own headings, where there is one.
///
/// # Errors
/// Says all that is wrong with it.
pub fn read_map_file(file: Option<&Path>) -> Result<Map, String> {
    let Some(file) = file else { return Ok(Map::new()) };
    let text = std::fs::read_to_string(file).map_err(|failed| format!("{}: {failed}", file.display()))?;
    read_map(&text).map_err(|why| format!("{}: {why}", file.display()))
}

/// Reads a file of own headings: `"Their heading" = "our_column"`, or `"-"` for one to pass over.
///
/// # Errors
/// Says all that is wrong with it.
pub fn read_map(text: &str) -> Result<Map, String> {
    let map: Map =
        toml::from_str(text).map_err(|wrong| format!("it must hold lines like \"Heading\" = \"column\": {}", wrong.message()))?;
    let mut unknown: Vec<&str> =
        map.values().map(String::as_str).filter(|name| *name != "-" && !COLUMNS.iter().any(|column| column.name == *name)).collect();
    unknown.sort_unstable();
    if unknown.is_empty() {
        Ok(map.into_iter().map(|(heading, name)| (plain(&heading), name)).collect())
    } else {
        let names: Vec<&str> = COLUMNS.iter().map(|column| column.name).collect();
        Err(format!("there is no column {}; there are {}", unknown.join(", "), names.join(", ")))
    }
}

impl People {
    /// Understands a sheet.
    ///
    /// # Errors
    /// All that is wrong with the headings; then nothing of the sheet can be relied upon.
    pub fn read(sheet: Sheet, map: &Map) -> Result<Self, Vec<String>> {
        let places = places(&sheet, map)?;
        let mut people = Self { places, good: Vec::new(), faults: BTreeMap::new(), examples: 0, sheet };
        for (index, row) in people.sheet.rows.iter().enumerate() {
            if people.is_example(row) {
                people.examples += 1;
                continue;
            }
            match people.draft(row) {
                Ok(_) => people.good.push(index),
                Err(faults) => drop(people.faults.insert(row.line, faults)),
            }
        }
        Ok(people)
    }

    /// Where a column is in the sheet.
    pub fn place_of(&self, column: &Column) -> Option<usize> {
        self.places.iter().position(|place| matches!(place, Place::Holds(held) if held.name == column.name))
    }

    /// The column and heading of a fault, for people.
    pub fn heading(&self, fault: &Fault) -> String {
        match fault.at {
            Some(at) => {
                let heading = self.sheet.headings.get(at).map(|heading| heading.trim()).filter(|heading| !heading.is_empty());
                heading.map_or_else(|| letter(at), |heading| format!("{} ({heading})", letter(at)))
            }
            None => fault.name.clone(),
        }
    }

    /// Whether a place is what an error copy has put in front.
    pub fn is_in_front(&self, at: usize) -> bool {
        self.sheet.headings.get(at).is_some_and(|heading| in_front(&plain(heading)))
    }

    fn is_example(&self, row: &Row) -> bool {
        let name =
            self.places.iter().zip(&row.cells).find(|(place, _)| matches!(place, Place::Holds(column) if column.name == FAMILY_NAME));
        matches!(name, Some((_, Value::Text(text))) if text.starts_with(EXAMPLE_MARK))
    }

    fn draft(&self, row: &Row) -> Result<Draft, Vec<Fault>> {
        let (mut draft, mut faults) = (Draft::default(), Vec::new());
        for at in 0..self.places.len().max(row.cells.len()) {
            let cell = row.cells.get(at).unwrap_or(&Value::Empty);
            let (read, name) = match self.places.get(at).unwrap_or(&Place::Unknown) {
                Place::Holds(column) => (put(&mut draft, column, cell), column.name),
                Place::PassedOver => (Ok(()), ""),
                Place::Unknown if *cell == Value::Empty => (Ok(()), ""),
                Place::Unknown => (Err(What::NoHeading), ""),
            };
            if let Err(what) = read {
                faults.push(Fault { at: Some(at), name: name.to_owned(), what });
            }
        }
        if faults.is_empty() { Ok(draft) } else { Err(faults) }
    }
}

impl Rows for People {
    fn line(&self, index: usize) -> i32 {
        self.sheet.rows.get(index).map_or(0, |row| row.line)
    }

    fn registration(&self, index: usize) -> Option<proto::RegisterRelocantRequest> {
        self.sheet.rows.get(index).and_then(|row| self.draft(row).ok()).map(Draft::finish)
    }
}

fn in_front(heading: &str) -> bool {
    IN_FRONT.iter().any(|Texts { kk, ru, en }| [kk, ru, en].iter().any(|caption| plain(caption) == heading))
}

/// What each place of a sheet is for.
fn places(sheet: &Sheet, map: &Map) -> Result<Vec<Place>, Vec<String>> {
    let mut faults = Vec::new();
    let mut places: Vec<Place> = Vec::with_capacity(sheet.headings.len());
    for (at, heading) in sheet.headings.iter().enumerate() {
        let known = plain(heading);
        let place = match map.get(&known).map(String::as_str) {
            Some("-") => Place::PassedOver,
            Some(name) => COLUMNS.iter().find(|column| column.name == name).map_or(Place::Unknown, Place::Holds),
            None if in_front(&known) => Place::PassedOver,
            None => by_heading(heading).map_or(Place::Unknown, Place::Holds),
        };
        match place {
            Place::Holds(column) if places.iter().any(|before| matches!(before, Place::Holds(held) if held.name == column.name)) => {
                faults.push(format!("line {}, column {} ({}): this column is there twice", sheet.heading_line, letter(at), heading.trim()));
            }
            Place::Unknown if !known.is_empty() => {
                faults.push(format!(
                    "line {}, column {} ({}): there is no such heading; say what it means with --map, or \"-\" there to pass over it",
                    sheet.heading_line,
                    letter(at),
                    heading.trim()
                ));
            }
            Place::Holds(_) | Place::PassedOver | Place::Unknown => {}
        }
        places.push(place);
    }
    let has = |column: &Column| places.iter().any(|place| matches!(place, Place::Holds(held) if held.name == column.name));
    if !COLUMNS.iter().any(has) {
        // Then the line may well be a person, of whom nothing is said.
        return Err(vec![format!(
            "line {} holds no headings that are known; `relocreg template` makes a sheet that has them",
            sheet.heading_line
        )]);
    }
    for column in COLUMNS.iter().filter(|column| column.required && !has(column)) {
        faults.push(format!("the column {} ({}) is missing", column.name, column.captions.ru));
    }
    if faults.is_empty() { Ok(places) } else { Err(faults) }
}

/// Puts a cell into a registration.
pub fn put(draft: &mut Draft, column: &Column, cell: &Value) -> Result<(), What> {
    match cell {
        Value::Empty => return if column.required { Err(What::Required) } else { Ok(()) },
        Value::TooLong(_) => return Err(What::TooLong),
        Value::Broken => return Err(What::Broken),
        Value::Text(_) | Value::Number(_) | Value::Day(_) | Value::Truth(_) => {}
    }
    match column.shape {
        Shape::Text(digits, put) => put(draft, as_text(cell, digits)?),
        Shape::Day(put) => put(draft, date(as_day(cell).ok_or(What::NoDay)?)),
        Shape::Whole(put) => put(draft, cell.shown().parse().map_err(|_| What::NoWhole)?),
        Shape::Coded(coded, put) => {
            let text = plain(&cell.shown());
            match coded.terms.iter().find(|term| term.is_meant_by(&text)) {
                Some(term) => put(draft, term.code),
                None if coded.free && text.len() == 3 && text.bytes().all(|letter| letter.is_ascii_lowercase()) => {
                    put(draft, &text.to_uppercase());
                }
                None => return Err(What::NoTerm),
            }
        }
    }
    Ok(())
}

fn as_text(cell: &Value, digits: usize) -> Result<String, What> {
    match cell {
        // A number of Excel has fifteen digits; what was longer has lost its end.
        Value::Number(number) if number.abs() >= 1e15 => Err(What::LostDigits),
        Value::Number(number) => Ok(format!("{:0>digits$}", number.to_string())),
        Value::Text(text) => Ok(text.clone()),
        Value::Empty | Value::TooLong(_) | Value::Day(_) | Value::Truth(_) | Value::Broken => Err(What::NoText),
    }
}

/// A day as people write it: `2026-01-31` or `31.01.2026`, or a cell that holds one.
pub fn as_day(cell: &Value) -> Option<NaiveDate> {
    match cell {
        Value::Day(day) => Some(*day),
        Value::Text(text) => {
            let (separator, is_iso) = if text.contains('.') { ('.', false) } else { ('-', true) };
            let parts: Vec<&str> = text.split(separator).collect();
            let [first, month, last] = parts.as_slice() else { return None };
            let (year, day) = if is_iso { (first, last) } else { (last, first) };
            let number =
                |text: &str| text.parse::<u32>().ok().filter(|_| text.len() <= 2 && text.bytes().all(|sign| sign.is_ascii_digit()));
            let year: i32 = year.parse().ok().filter(|_| year.len() == 4 && year.bytes().all(|sign| sign.is_ascii_digit()))?;
            NaiveDate::from_ymd_opt(year, number(month)?, number(day)?)
        }
        Value::Empty | Value::TooLong(_) | Value::Number(_) | Value::Truth(_) | Value::Broken => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{cli::import::sheet, proto::register_relocant_request::Source};

    fn read(text: &str) -> Result<People, Vec<String>> {
        People::read(sheet::read(text.as_bytes(), false).unwrap(), &Map::new())
    }

    fn typed(request: &proto::RegisterRelocantRequest) -> proto::TypedIdentity {
        let Some(Source::Typed(typed)) = request.source.clone() else { panic!("nothing typed") };
        typed
    }

    #[test]
    fn a_day_may_be_written_in_two_ways_and_no_third() {
        let day = NaiveDate::from_ymd_opt(1990, 1, 31);
        for good in ["1990-01-31", "31.01.1990", "31.1.1990"] {
            assert_eq!(as_day(&Value::text(good)), day, "{good}");
        }
        for bad in
            ["31/01/1990", "31.01.90", "31.02.1990", "1990-31-01", "+1990-1-1", "1.+1.1990", "Jan 31, 1990", "19900131", "1990", "..", "-"]
        {
            assert_eq!(as_day(&Value::text(bad)), None, "{bad}");
        }
        assert_eq!(as_day(&Value::Number(1990.0)), None, "a year is not a day");
    }

    #[test]
    fn codes_and_their_words_in_three_languages_mean_the_same() {
        let of = |column: &str, word: &str| {
            let text = format!("family_name,birth_date,citizenship,region,{column}\nЛи,1990-01-31,RUS,KZ-10,{word}\n");
            read(&text).unwrap().registration(0)
        };
        for word in ["F", "f", "Ж", "ж", "Ә", "Женский", "әйел", "FEMALE"] {
            assert_eq!(typed(&of("sex", word).unwrap()).sex(), proto::Sex::Female, "{word}");
        }
        for word in ["M", "М", "м", "Е", "мужской", "Ер"] {
            assert_eq!(typed(&of("sex", word).unwrap()).sex(), proto::Sex::Male, "{word}");
        }
        for word in ["PASSPORT", "Паспорт", "паспорт", " Passport "] {
            assert_eq!(typed(&of("document_kind", word).unwrap()).document.unwrap().kind(), proto::DocumentKind::Passport, "{word}");
        }
        for word in ["UZB", "uzb", "Узбекистан", "UZB Өзбекстан", "uzbekistan"] {
            assert_eq!(typed(&of("document_country", word).unwrap()).document.unwrap().issuing_country, "UZB", "{word}");
        }
        assert_eq!(
            typed(&of("document_country", "FRA").unwrap()).document.unwrap().issuing_country,
            "FRA",
            "a code that is not in the list"
        );
        assert!(of("looking", "да").unwrap().card.unwrap().looking && of("looking", "жоқ").unwrap().card.is_none());
        for (column, word) in [("sex", "X"), ("document_kind", "ticket"), ("document_country", "Narnia"), ("looking", "maybe")] {
            assert!(of(column, word).is_none(), "{word}");
        }
    }

    #[test]
    fn all_faults_of_the_headings_are_told_at_once_with_their_letters() {
        let faults = read("family_name,Colour,family_name\nЛи,red,Ли\n").unwrap_err();
        assert_eq!(faults.len(), 5, "{faults:?}");
        assert!(
            faults[0].contains("column B (Colour)") && faults[1].contains("column C") && faults[2].contains("birth_date"),
            "{faults:?}"
        );
        let faults = read("Секретова,Анна\n").unwrap_err();
        assert!(!faults.concat().contains("Секретова"), "a first line that is a person is not told: {faults:?}");
    }

    #[test]
    fn all_faults_of_the_cells_are_told_at_once_with_line_and_place() {
        let long = "x".repeat(1_001);
        let text = format!(
            "family_name,birth_date,citizenship,region,years\n,1990,Narnia,,x,stray\nЛи,31.01.1990,РФ,город Алматы,8\n{long},31.01.1990,РФ,KZ-75\n"
        );
        let people = read(&text).unwrap();
        let found: Vec<_> = people.faults[&2].iter().map(|fault| (fault.at.unwrap(), fault.what.clone())).collect();
        let expected = [What::Required, What::NoDay, What::NoTerm, What::Required, What::NoWhole, What::NoHeading];
        assert_eq!(found, expected.into_iter().enumerate().collect::<Vec<_>>());
        assert_eq!(people.faults[&4].iter().map(|fault| fault.what.clone()).collect::<Vec<_>>(), [What::TooLong]);
        assert_eq!(people.heading(&people.faults[&2][1]), "B (birth_date)");
        assert_eq!(people.good.iter().map(|index| people.line(*index)).collect::<Vec<_>>(), [3]);
    }

    #[test]
    fn own_headings_are_mapped_and_what_a_map_gets_wrong_is_told() {
        let map = read_map("\"Nachname\" = \"family_name\"\n\"Geboren am\" = \"birth_date\"\n\"Bemerkung\" = \"-\"\n").unwrap();
        let sheet =
            sheet::read("NACHNAME;Geboren am;citizenship;Регион пребывания;Bemerkung\nЛи;31.01.1990;RUS;KZ-10;egal\n".as_bytes(), false)
                .unwrap();
        let people = People::read(sheet, &map).unwrap();
        assert_eq!(typed(&people.registration(0).unwrap()).family_name, "Ли");
        assert!(read_map("\"a\" = \"colour\"").unwrap_err().contains("there is no column colour"));
        assert!(read_map("nonsense").is_err());
    }

    #[test]
    fn zeros_that_a_number_has_lost_come_back_and_digits_that_it_has_lost_are_told() {
        assert_eq!(as_text(&Value::Number(10_203_500_123.0), 12), Ok("010203500123".to_owned()));
        assert_eq!(as_text(&Value::Number(750_000_001.0), 0), Ok("750000001".to_owned()));
        assert_eq!(as_text(&Value::Number(1e16), 0), Err(What::LostDigits));
        assert_eq!(as_text(&Value::Truth(true), 0), Err(What::NoText));
    }

    #[test]
    fn a_row_whose_family_name_begins_with_the_mark_is_an_example() {
        let people = read("birth_date,family_name,citizenship,region\n1990-01-31,#Ли,RUS,KZ-10\n1990-01-31,Ли,RUS,KZ-10\n").unwrap();
        assert_eq!((people.examples, people.good.len(), people.faults.len()), (1, 1, 0));
    }

    proptest! {
        #[test]
        fn understanding_any_sheet_never_panics(text in "((family_name|birth_date|citizenship|region|sex|years|x),){1,7}\n(\\PC{0,12}[,;\n]){0,20}") {
            drop(read(&text));
        }

        #[test]
        fn a_day_of_any_text_has_a_year_of_four_digits_or_is_none(text in "\\PC{0,12}") {
            prop_assert!(as_day(&Value::text(&text)).is_none_or(|day| day.to_string().len() == 10));
        }
    }
}
