//! An empty sheet of vacancies: headings, a row that says what each column means, and an example. Both rows begin with the mark of what is passed over.

use super::columns::{COLUMNS, MARK};
use crate::messages::Language;

/// The sheet as text with semicolons, as Excel reads it in Kazakhstan.
pub fn text(language: Language) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::WriterBuilder::new().delimiter(b';').from_writer("\u{feff}".as_bytes().to_vec());
    let star = |required: bool| if required { "*" } else { "" };
    writer.write_record(COLUMNS.iter().map(|column| format!("{}{}", column.captions.in_language(language), star(column.required))))?;
    let help = COLUMNS.iter().enumerate().map(|(at, column)| {
        let help = column.help.in_language(language);
        if at == 0 { format!("{MARK} {help}") } else { help.to_owned() }
    });
    writer.write_record(help)?;
    writer.write_record(COLUMNS.iter().map(|column| column.example))?;
    writer.into_inner().map_err(|failed| failed.into_error().into())
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator as _;

    use super::*;
    use crate::cli::{
        import::sheet::{self, Value},
        vacancies::rows,
    };

    #[test]
    fn the_template_is_read_back_with_its_comments_passed_over_and_its_example_is_right_once_its_mark_is_gone() {
        let now = "2026-03-01T00:00:00Z".parse().unwrap();
        for language in Language::iter() {
            let mut sheet = sheet::read(&text(language).unwrap(), false).unwrap();
            assert_eq!(sheet.headings.len(), COLUMNS.len());
            let employer = uuid::Uuid::nil().to_string();
            let file = rows::read(&sheet, &employer, now);
            assert_eq!((file.examples, file.postings.len(), file.faults.len()), (2, 0, 0), "{:?}", file.faults);
            sheet.rows[1].cells[0] = Value::text("A-17");
            let file = rows::read(&sheet, &employer, now);
            assert_eq!((file.postings.len(), file.faults.len()), (1, 0), "{:?}", file.faults);
            assert_eq!(file.postings[0].said.homes.len(), 1);
        }
    }
}
