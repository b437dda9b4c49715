//! What the rows of a sheet of vacancies say: a row is a vacancy with homes of one kind; a further row with its reference, and nothing but homes in it, adds homes of
//! another kind. Whatever cannot be read is a fault with its line and column.

use super::{
    Fault, File, Posting,
    columns::{COLUMNS, Column, Draft, MARK, REFERENCE, by_field, by_heading},
    values,
};
use crate::{
    cli::import::{
        rows::What,
        sheet::{Row, Sheet, Value, letter},
    },
    messages::Language,
    proto,
    time::Instant,
    vacancies,
};

/// What a place of the sheet is for.
#[derive(Debug, Clone, Copy)]
enum Place {
    Holds(&'static Column),
    PassedOver,
}

/// A sheet whose headings are understood.
struct Vacancies<'a> {
    sheet: &'a Sheet,
    places: Vec<Place>,
    employer: &'a str,
    file: File,
    /// The line of each of the last vacancy's homes.
    home_lines: Vec<i32>,
    /// The line of the last vacancy, also when something was wrong with it, and its reference.
    last: Option<(i32, String)>,
}

/// Reads a sheet.
pub fn read(sheet: &Sheet, employer: &str, now: Instant) -> File {
    let mut file = File::default();
    let places = places(sheet, &mut file.faults);
    if !file.faults.is_empty() {
        return file;
    }
    let mut vacancies = Vacancies { sheet, places, employer, file, home_lines: Vec::new(), last: None };
    for row in &sheet.rows {
        vacancies.take(row, now);
    }
    vacancies.look(now);
    vacancies.file
}

/// What each place is for; all that is wrong with the headings is told.
fn places(sheet: &Sheet, faults: &mut Vec<Fault>) -> Vec<Place> {
    let mut places: Vec<Place> = Vec::new();
    for (at, heading) in sheet.headings.iter().enumerate() {
        let mut fault = |what: &str| faults.push(Fault { at: place(sheet, sheet.heading_line, at), what: what.to_owned() });
        let twice = |column: &Column| places.iter().any(|place| matches!(place, Place::Holds(held) if held.name == column.name));
        let place = if let Some(column) = by_heading(heading) {
            if twice(column) {
                fault("this column is there twice");
            }
            Place::Holds(column)
        } else {
            if !heading.trim().is_empty() && !heading.trim_start().starts_with(MARK) {
                fault("there is no such heading; put # before it to pass the column over");
            }
            Place::PassedOver
        };
        places.push(place);
    }
    let has = |column: &Column| places.iter().any(|place| matches!(place, Place::Holds(held) if held.name == column.name));
    for column in COLUMNS.iter().filter(|column| column.required && !column.of_home && !has(column)) {
        let what = format!("the column {} ({}) is missing", column.name, column.captions.ru);
        faults.push(Fault { at: format!("line {}", sheet.heading_line), what });
    }
    places
}

/// A cell as people find it.
fn place(sheet: &Sheet, line: i32, at: usize) -> String {
    let heading = sheet.headings.get(at).map(|heading| heading.trim()).filter(|heading| !heading.is_empty());
    let heading = heading.map_or_else(String::new, |heading| format!(" ({heading})"));
    format!("line {line}, column {}{heading}", letter(at))
}

impl Vacancies<'_> {
    fn cells<'r>(&'r self, row: &'r Row) -> impl Iterator<Item = (usize, &'static Column, &'r Value)> {
        self.places.iter().enumerate().filter_map(|(at, place)| match place {
            Place::Holds(column) => Some((at, *column, row.cells.get(at).unwrap_or(&Value::Empty))),
            Place::PassedOver => None,
        })
    }

    fn fault(&mut self, line: i32, at: usize, what: String) {
        self.file.faults.push(Fault { at: place(self.sheet, line, at), what });
    }

    /// The place of a column, or the line when the sheet does not have it.
    fn place_of(&self, line: i32, column: &Column) -> String {
        let at = self.places.iter().position(|place| matches!(place, Place::Holds(held) if held.name == column.name));
        at.map_or_else(|| format!("line {line}, {}", column.name), |at| place(self.sheet, line, at))
    }

    fn take(&mut self, row: &Row, now: Instant) {
        let reference = self.cells(row).find(|(_, column, _)| column.name == REFERENCE).map(|(.., cell)| cell.shown()).unwrap_or_default();
        if reference.starts_with(MARK) {
            self.file.examples += 1;
            return;
        }
        let stray: Vec<usize> =
            row.cells.iter().enumerate().skip(self.places.len()).filter(|(_, cell)| **cell != Value::Empty).map(|(at, _)| at).collect();
        for at in stray {
            self.fault(row.line, at, What::NoHeading.text(Language::English));
        }
        let filled = |column: &Column, cell: &Value| *cell != Value::Empty && column.name != REFERENCE;
        let (mut of_homes, mut others) = (false, false);
        for (_, column, cell) in self.cells(row) {
            of_homes |= filled(column, cell) && column.of_home;
            others |= filled(column, cell) && !column.of_home;
        }
        let again = !reference.is_empty() && self.last.as_ref().is_some_and(|(_, last)| *last == reference);
        if again && of_homes && !others {
            let home = self.home(row);
            self.add_home(row.line, home);
            return;
        }
        self.look(now);
        let first = self.file.postings.iter().find(|posting| !reference.is_empty() && posting.said.external_ref == reference);
        let first = first
            .map(|posting| posting.at.clone())
            .or_else(|| again.then(|| self.last.as_ref().map(|(line, _)| format!("line {line}"))).flatten());
        if let Some(first) = first {
            let at = self.cells(row).find(|(_, column, _)| column.name == REFERENCE).map_or(0, |(at, ..)| at);
            self.fault(row.line, at, format!("this reference is there already, at {first}; a further row of it says nothing but homes"));
            return;
        }
        self.last = Some((row.line, reference));
        self.begin(row, of_homes);
    }

    /// Begins a vacancy.
    fn begin(&mut self, row: &Row, has_home: bool) {
        let before = self.file.faults.len();
        let draft = self.draft(row, has_home);
        self.home_lines.clear();
        if has_home {
            self.home_lines.push(row.line);
        }
        if self.file.faults.len() > before {
            // Kept as begun, so that its further rows are known as such; nothing is sent when anything is wrong.
            return;
        }
        let home = has_home.then(|| draft.home.clone());
        let said =
            proto::ImportVacancyRequest { employer_id: self.employer.to_owned(), homes: home.into_iter().collect(), ..draft.finish() };
        self.file.postings.push(Posting { at: format!("line {}", row.line), said });
        self.file.unlooked = true;
    }

    fn home(&mut self, row: &Row) -> Option<proto::Home> {
        let before = self.file.faults.len();
        let draft = self.draft(row, true);
        (self.file.faults.len() == before).then_some(draft.home)
    }

    fn add_home(&mut self, line: i32, home: Option<proto::Home>) {
        let (Some(home), true) = (home, self.file.unlooked) else { return };
        if let Some(posting) = self.file.postings.last_mut() {
            posting.said.homes.push(home);
            self.home_lines.push(line);
        }
    }

    /// Reads the cells of a row. A row that only adds homes has no others.
    fn draft(&mut self, row: &Row, has_home: bool) -> Draft {
        let (mut draft, mut found) = (Draft::default(), Vec::new());
        let only_home = self.last.as_ref().is_some_and(|(line, _)| *line != row.line);
        for (at, column, cell) in self.cells(row) {
            let outcome = match cell {
                Value::Empty if column.required && column.of_home && has_home => Err(What::Required.text(Language::English)),
                Value::Empty if column.required && !column.of_home && !only_home => Err(What::Required.text(Language::English)),
                Value::Empty => Ok(()),
                Value::Text(_) | Value::TooLong(_) | Value::Number(_) | Value::Day(_) | Value::Truth(_) | Value::Broken => {
                    (column.put)(&mut draft, cell)
                }
            };
            let outcome = outcome.and_then(|()| match column.name {
                "currency" if !draft.said.currency.is_empty() => values::currency(&draft.said.currency),
                _ => Ok(()),
            });
            found.extend(outcome.err().map(|what| (at, what)));
        }
        if has_home {
            let missing: Vec<&Column> = COLUMNS.iter().filter(|column| column.of_home && column.required && !self.has(column)).collect();
            for column in missing {
                let what = format!("the column {} ({}) is needed where there is a home", column.name, column.captions.ru);
                self.file.faults.push(Fault { at: format!("line {}", row.line), what });
            }
        }
        for (at, what) in found {
            self.fault(row.line, at, what);
        }
        draft
    }

    fn has(&self, column: &Column) -> bool {
        self.places.iter().any(|place| matches!(place, Place::Holds(held) if held.name == column.name))
    }

    /// Looks at the last vacancy as the server would, once all its rows are read.
    fn look(&mut self, now: Instant) {
        if !std::mem::take(&mut self.file.unlooked) {
            return;
        }
        let (Some(posting), Some((line, _))) = (self.file.postings.last(), &self.last) else { return };
        let faults: Vec<Fault> = vacancies::api::faults(&posting.said, now)
            .into_iter()
            .map(|violation| {
                let at = match by_field(&violation.field) {
                    Some((column, home)) => {
                        let line = home.and_then(|home| self.home_lines.get(home)).unwrap_or(line);
                        self.place_of(*line, column)
                    }
                    None => format!("line {line}, {}", violation.field),
                };
                Fault { at, what: violation.why.to_string() }
            })
            .collect();
        self.file.faults.extend(faults);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::cli::import::sheet;

    const HEADINGS: &str = "Номер вакансии;Код профессии;Регион;Населённый пункт;Число мест;Оплата от;Оплата до;Открыта до;Вид жилья;Число жилищ;Комнат;На сколько человек;Жильё с;Жильё по";

    fn read(text: &str) -> File {
        let now = "2026-03-01T00:00:00Z".parse().unwrap();
        super::read(&sheet::read(text.as_bytes(), false).unwrap(), &uuid::Uuid::nil().to_string(), now)
    }

    fn told(file: &File) -> Vec<String> {
        file.faults.iter().map(|fault| format!("{}: {}", fault.at, fault.what)).collect()
    }

    #[test]
    fn a_sheet_from_excel_is_read_with_its_mark_semicolons_and_decimal_commas() {
        let text = format!(
            "\u{feff}{HEADINGS}\r\n#Пример;;;;;;;;;;;;;\r\nA-1;2212;Абайская область;Аягөз;20;450\u{a0}000,00;700 000,5;31.12.2026;Квартира;20;2;4;01.04.2026;\r\n\
             A-1;;;;;;;;Дом;1;4;6;01.05.2026;01.05.2027\r\nA-2;2221;KZ-71;Астана;1;300000;;2026-12-31;;;;;;\r\n"
        );
        let file = read(&text);
        assert_eq!((told(&file), file.examples, file.postings.len()), (vec![], 1, 2));
        let said = &file.postings[0].said;
        assert_eq!(
            (said.pay_min_minor, said.pay_max_minor, said.currency.as_str(), said.region_code.as_str()),
            (45_000_000, 70_000_050, "KZT", "KZ-10")
        );
        assert_eq!(
            said.homes.iter().map(|home| (home.kind(), home.rooms)).collect::<Vec<_>>(),
            [(proto::HomeKind::Apartment, 2), (proto::HomeKind::House, 4)]
        );
        let second = &file.postings[1];
        assert_eq!((second.at.as_str(), second.said.pay_max_minor, second.said.homes.len()), ("line 5", 30_000_000, 0));
    }

    #[test]
    fn all_faults_are_told_at_once_with_line_and_column() {
        let text = format!(
            "{HEADINGS}\nA-1;2212;Нарния;Аягөз;два;450,000;;2026-02-30;Замок;1;1;1;2026-04-01;\nA-2;2213;KZ-10;;0;2;1;2028-01-01;Дом;;501;1;2026-04-01;2026-04-01;лишнее\n№ 3;2212;KZ-10;Аягөз;1;1;;2026-12-31;;;;;;\n"
        );
        let told = told(&read(&text));
        for start in [
            "line 2, column C (Регион): is not a known value",
            "line 2, column E (Число мест): is not a whole number",
            "line 2, column F (Оплата от): is no amount in whole units",
            "line 2, column H (Открыта до): is not a day",
            "line 2, column I (Вид жилья): is not a known value",
            "line 3, column O: stands in a column without a heading",
            "line 3, column D (Населённый пункт): is required",
            "line 3, column J (Число жилищ): is required",
            "line 4, column A (Номер вакансии): must be 1 to 64 letters",
        ] {
            assert!(told.iter().any(|fault| fault.starts_with(start)), "{start} in {told:#?}");
        }
        assert_eq!(told.len(), 9, "{told:#?}");
    }

    #[test]
    fn what_the_server_would_refuse_is_told_before_and_of_a_home_with_its_own_line() {
        let text = format!(
            "{HEADINGS}\nA-1;2213;KZ-10;Аягөз;1;1;;2026-12-31;;;;;;\nA-2;2212;KZ-10;Аягөз;0;2;1;2028-01-01;Дом;1;1;1;2026-04-01;\nA-2;;;;;;;;Дом;501;1;1;2026-04-01;2026-04-01\n"
        );
        let expected = [
            "line 2, column B (Код профессии): must be an ISCO-08 code of four digits",
            "line 3, column E (Число мест): must be 1 to 500",
            "line 3, column G (Оплата до): lies below pay_min_minor",
            "line 3, column H (Открыта до): must be from today to 366 days ahead",
            "line 4, column J (Число жилищ): must be 1 to 500",
            "line 4, column N (Жильё по): does not lie after available_from_date",
        ];
        assert_eq!(told(&read(&text)), expected);
    }

    #[test]
    fn headings_that_are_wrong_are_all_told_and_nothing_else() {
        let told = told(&read("external_ref,Farbe,region,region,#Remark\nA,rot,x,y,z\n"));
        assert_eq!(told.len(), 2 + 5, "{told:#?}");
        assert!(told[0].starts_with("line 1, column B (Farbe): there is no such heading"), "{told:?}");
        assert!(told[1].starts_with("line 1, column D (region): this column is there twice"), "{told:?}");
        assert!(told[2].contains("occupation"), "{told:?}");
    }

    #[test]
    fn a_reference_that_is_there_twice_is_a_fault_wherever_it_stands() {
        let row = |reference: &str| format!("{reference};2212;KZ-10;Аягөз;1;1;;2026-12-31;;;;;;\n");
        let text = format!("{HEADINGS}\n{}{}{}{}", row("A"), row("A"), row("B"), row("A"));
        let told = told(&read(&text));
        assert!(told.len() == 2 && told.iter().all(|fault| fault.contains("there already, at line 2")), "{told:#?}");
    }

    #[test]
    fn a_currency_without_hundredths_is_a_fault_of_its_column() {
        let text =
            "external_ref,occupation,region,settlement,openings,pay_min,closing_date,currency\nA,2212,KZ-10,Аягөз,1,1,2026-12-31,jpy\n";
        assert!(told(&read(text))[0].starts_with("line 2, column H (currency): amounts in this currency"));
    }

    #[test]
    fn homes_without_the_columns_that_they_need_are_told() {
        let text =
            "external_ref,occupation,region,settlement,openings,pay_min,closing_date,home_kind\nA,2212,KZ-10,Аягөз,1,1,2026-12-31,HOUSE\n";
        assert_eq!(told(&read(text)).len(), 4, "count, rooms, people and the first day");
    }

    proptest! {
        #[test]
        fn understanding_any_sheet_never_panics(text in "(external_ref|occupation|region|settlement|openings|pay_min|closing_date|home_kind|x){1}(,(occupation|region|settlement|openings|pay_min|closing_date|home_kind|home_count)){1,7}\n(\\PC{0,12}[,;\n]){0,40}") {
            if let Ok(sheet) = sheet::read(text.as_bytes(), false) {
                drop(super::read(&sheet, "", "2026-03-01T00:00:00Z".parse().unwrap()));
            }
        }
    }
}
