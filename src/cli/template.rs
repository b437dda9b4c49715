//! `relocreg template`: an empty sheet for `relocreg import`, with every column, its choices and what it means.

use std::path::PathBuf;

use rust_xlsxwriter::{
    DataValidation, DataValidationErrorStyle, DocProperties, ExcelDateTime, Format, FormatAlign, Formula, Workbook, Worksheet, XlsxError,
};

use super::{
    import::{COLUMNS, Column, SHEET, Shape},
    save_new, say,
};
use crate::messages::Language;

/// What kind of sheet.
#[derive(Debug, clap::Subcommand)]
pub enum Template {
    /// An Excel workbook with lists to choose from, and a sheet that explains every column.
    Xlsx(Sheet),
    /// A text file with semicolons, as Excel reads it in Kazakhstan.
    Csv(Sheet),
}

/// Where and how.
#[derive(Debug, clap::Args)]
pub struct Sheet {
    /// The file to make; one that is there already is not overwritten.
    file: PathBuf,
    /// The language of the headings.
    #[arg(long, value_enum, default_value = "ru")]
    language: Language,
}

/// Rows for which the template has choices and formats.
const ROWS: u32 = 5_000;

/// The sheet of choices, which the drop-downs point at.
const CHOICES: &str = "lists";

/// Makes one.
pub fn run(template: Template) -> Result<(), String> {
    let (sheet, bytes) = match template {
        Template::Xlsx(sheet) => {
            let bytes = workbook(sheet.language).map_err(|failed| failed.to_string())?;
            (sheet, bytes)
        }
        Template::Csv(sheet) => {
            let bytes = text(sheet.language).map_err(|failed| failed.to_string())?;
            (sheet, bytes)
        }
    };
    save_new(&sheet.file, &bytes)?;
    let name = sheet.file.display();
    say(&format!("{name}: {} columns; the row that begins with # is an example and is passed over", COLUMNS.len()));
    Ok(())
}

/// The example of a column as a person would write it in a language.
fn example(column: &Column, language: Language) -> String {
    match column.shape {
        Shape::Coded(coded, _) => {
            let term = coded.terms.iter().find(|term| term.code == column.example);
            term.map_or_else(String::new, |term| term.shown(language, coded.with_code))
        }
        Shape::Text(..) | Shape::Day(_) | Shape::Whole(_) => column.example.to_owned(),
    }
}

/// The template as text.
fn text(language: Language) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::WriterBuilder::new().delimiter(b';').from_writer("\u{feff}".as_bytes().to_vec());
    writer.write_record(COLUMNS.iter().map(|column| column.captions.in_language(language)))?;
    writer.write_record(COLUMNS.iter().map(|column| example(column, language)))?;
    writer.into_inner().map_err(|failed| failed.into_error().into())
}

/// The template as a workbook; the same bytes whenever it is made.
fn workbook(language: Language) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let made = ExcelDateTime::from_ymd(2022, 9, 21)?;
    book.set_properties(&DocProperties::new().set_title("relocreg import").set_creation_datetime(&made));
    people(book.add_worksheet().set_name(SHEET.in_language(language))?, language)?;
    help(book.add_worksheet(), language)?;
    choices(book.add_worksheet().set_name(CHOICES)?, language)?;
    book.save_to_buffer()
}

/// The sheet to be filled in.
fn people(sheet: &mut Worksheet, language: Language) -> Result<(), XlsxError> {
    let heading = Format::new().set_bold().set_text_wrap().set_align(FormatAlign::Top).set_background_color("#DDEBF7");
    let example_look = Format::new().set_italic().set_font_color("#7F7F7F");
    for (at, column) in (0_u16..).zip(COLUMNS) {
        let star = if column.required { "*" } else { "" };
        sheet.write_string_with_format(0, at, format!("{}{star}", column.captions.in_language(language)), &heading)?;
        sheet.set_column_width(at, 18)?;
        let text = example(column, language);
        match column.shape {
            Shape::Day(_) => {
                let day = ExcelDateTime::parse_from_str(column.example)?;
                sheet.set_column_format(at, &Format::new().set_num_format("dd.mm.yyyy"))?;
                sheet.write_datetime_with_format(1, at, &day, &example_look.clone().set_num_format("dd.mm.yyyy"))?;
            }
            // As text, so that zeros in front stay.
            Shape::Text(..) => {
                sheet.set_column_format(at, &Format::new().set_num_format("@"))?;
                sheet.write_string_with_format(1, at, text, &example_look.clone().set_num_format("@"))?;
            }
            Shape::Whole(_) => {
                sheet.write_number_with_format(1, at, text.parse::<f64>().unwrap_or_default(), &example_look)?;
            }
            Shape::Coded(coded, _) => {
                sheet.write_string_with_format(1, at, text, &example_look)?;
                let column_of_choices = letter(at);
                let range = format!("={CHOICES}!${column_of_choices}$1:${column_of_choices}${}", coded.terms.len());
                let style = if coded.free { DataValidationErrorStyle::Information } else { DataValidationErrorStyle::Stop };
                let list =
                    DataValidation::new().allow_list_formula(Formula::new(range)).set_error_style(style).show_error_message(!coded.free);
                sheet.add_data_validation(1, at, ROWS, at, &list)?;
            }
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    Ok(())
}

/// The letter of one of the first columns; the template has no more than the alphabet.
fn letter(at: u16) -> char {
    u8::try_from(at).ok().and_then(|at| b'A'.checked_add(at)).map_or('A', char::from)
}

/// What each column means, in all three languages.
fn help(sheet: &mut Worksheet, language: Language) -> Result<(), XlsxError> {
    let (name, headings, yes) = match language {
        Language::Kazakh => ("Анықтама", ["Баған", "Қазақша", "По-русски", "In English", "Міндетті", "Мысал"], "иә"),
        Language::Russian => ("Справка", ["Столбец", "Қазақша", "По-русски", "In English", "Обязательно", "Пример"], "да"),
        Language::English => ("Help", ["Column", "Қазақша", "По-русски", "In English", "Required", "Example"], "yes"),
    };
    sheet.set_name(name)?;
    let (bold, wrapped) = (Format::new().set_bold(), Format::new().set_text_wrap().set_align(FormatAlign::Top));
    for (at, heading) in (0_u16..).zip(headings) {
        sheet.write_string_with_format(0, at, heading, &bold)?;
    }
    for (at, width) in [(0, 24), (1, 44), (2, 44), (3, 44), (4, 14), (5, 24)] {
        sheet.set_column_width(at, width)?;
    }
    for (row, column) in (1_u32..).zip(COLUMNS) {
        let (captions, help) = (&column.captions, &column.help);
        let said = |caption: &str, help: &str| format!("{caption}. {help}");
        let texts = [
            column.name.to_owned(),
            said(captions.kk, help.kk),
            said(captions.ru, help.ru),
            said(captions.en, help.en),
            if column.required { yes.to_owned() } else { String::new() },
            example(column, language),
        ];
        for (at, text) in (0_u16..).zip(texts) {
            sheet.write_string_with_format(row, at, text, &wrapped)?;
        }
    }
    sheet.set_freeze_panes(1, 1)?;
    Ok(())
}

/// What the drop-downs show, below the letter of their column.
fn choices(sheet: &mut Worksheet, language: Language) -> Result<(), XlsxError> {
    for (at, column) in (0_u16..).zip(COLUMNS) {
        if let Shape::Coded(coded, _) = column.shape {
            for (row, term) in (0_u32..).zip(coded.terms) {
                sheet.write_string(row, at, term.shown(language, coded.with_code))?;
            }
        }
    }
    sheet.set_hidden(true);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::import::{
        rows::{Map, People},
        sheet::{self, Value},
    };

    #[test]
    fn the_template_is_read_back_with_exactly_the_columns_and_its_example_passed_over() {
        for language in [Language::Kazakh, Language::Russian, Language::English] {
            for bytes in [workbook(language).unwrap(), text(language).unwrap()] {
                let sheet = sheet::read(&bytes, false).unwrap();
                let headings: Vec<&str> = sheet.headings.iter().map(|heading| heading.trim_end_matches('*')).collect();
                assert_eq!(headings, COLUMNS.iter().map(|column| column.captions.in_language(language)).collect::<Vec<_>>());
                let people = People::read(sheet, &Map::new()).unwrap();
                assert!(COLUMNS.iter().enumerate().all(|(at, column)| people.place_of(column) == Some(at)));
                assert_eq!((people.examples, people.good.len(), people.faults.len()), (1, 0, 0));
            }
        }
    }

    #[test]
    fn the_example_is_right_in_every_language_once_its_mark_is_gone() {
        for language in [Language::Kazakh, Language::Russian, Language::English] {
            let mut sheet = sheet::read(&workbook(language).unwrap(), true).unwrap();
            sheet.rows[0].cells[0] = Value::text("Примерова");
            let people = People::read(sheet, &Map::new()).unwrap();
            assert_eq!((people.good.len(), people.faults.len()), (1, 0), "{:?}", people.faults);
        }
    }

    #[test]
    fn the_sheet_has_choices_for_every_coded_column_a_heading_that_stays_and_text_where_zeros_matter() {
        let part = |name: &str| {
            let mut archive = zip::ZipArchive::new(std::io::Cursor::new(workbook(Language::Russian).unwrap())).unwrap();
            std::io::read_to_string(archive.by_name(name).unwrap()).unwrap()
        };
        let (page, book) = (part("xl/worksheets/sheet1.xml"), part("xl/workbook.xml"));
        let coded = COLUMNS.iter().filter(|column| matches!(column.shape, Shape::Coded(..))).count();
        assert_eq!(page.matches("<dataValidation ").count(), coded);
        assert!(page.contains("lists!$M$1:$M$20") && page.contains("state=\"frozen\""), "{page}");
        assert!(book.contains("name=\"Справка\"") && book.contains("state=\"hidden\""), "{book}");
    }

    #[test]
    fn the_same_template_has_the_same_bytes_and_every_letter_of_the_alphabet_is_enough() {
        assert_eq!(workbook(Language::Kazakh).unwrap(), workbook(Language::Kazakh).unwrap());
        assert!(COLUMNS.len() <= 26);
    }
}
