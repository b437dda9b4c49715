//! A sheet as it lies in a file: headings, rows, cells, nothing understood yet. A spreadsheet is hostile input, so everything is bounded before it is unpacked, and
//! what cannot be read is said in words.

use std::{
    io::{Cursor, Read as _},
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

use calamine::{DataRef, Reader as _, Xlsx};
use chrono::{NaiveDate, Timelike as _};

use super::{columns::SHEET, csv_text, terms::plain};

/// Bytes of a file at most.
const MOST_BYTES: u64 = 64 * 1024 * 1024;
/// Rows with something in them at most, the headings aside.
pub const MOST_ROWS: usize = 200_000;
/// Columns at most.
pub const MOST_COLUMNS: usize = 100;
/// The last line that may hold somebody: the server takes no later one.
pub const LAST_LINE: i32 = 1_000_000;
/// Characters of a cell at most.
pub const MOST_CHARACTERS: usize = 1_000;

/// What a workbook may unpack to: all of it, and a part that is kept in memory whole.
const MOST_UNPACKED: u64 = 384 * 1024 * 1024;
const MOST_OF_A_PART: u64 = 128 * 1024 * 1024;
const MOST_PARTS: usize = 10_000;

/// A sheet.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    /// How it was written, so that a copy is written alike.
    pub format: Format,
    /// The line of the headings.
    pub heading_line: i32,
    /// The headings, from the first column on.
    pub headings: Vec<String>,
    /// The rows that hold something.
    pub rows: Vec<Row>,
}

/// How a sheet was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Text, with what stands between cells.
    Csv(u8),
    /// An Excel workbook.
    Xlsx,
}

/// A row.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its line in the file, from 1.
    pub line: i32,
    /// Its cells, from the first column on.
    pub cells: Vec<Value>,
}

/// A cell.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Value {
    /// Nothing, or only spaces.
    #[default]
    Empty,
    /// A text, without spaces around it.
    Text(String),
    /// A text that is longer than a cell may be; the beginning of it.
    TooLong(String),
    /// A number.
    Number(f64),
    /// A day.
    Day(NaiveDate),
    /// True or false.
    Truth(bool),
    /// What Excel shows as `#REF!` and the like, or a time without a day.
    Broken,
}

impl Value {
    /// A text as a cell.
    pub fn text(text: &str) -> Self {
        let text = text.trim();
        if text.is_empty() {
            Self::Empty
        } else if text.chars().nth(MOST_CHARACTERS).is_some() {
            Self::TooLong(text.chars().take(MOST_CHARACTERS).collect())
        } else {
            Self::Text(text.to_owned())
        }
    }

    /// The cell as text, for a copy.
    pub fn shown(&self) -> String {
        match self {
            Self::Empty | Self::Broken => String::new(),
            Self::Text(text) | Self::TooLong(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::Day(day) => day.to_string(),
            Self::Truth(truth) => truth.to_string(),
        }
    }
}

/// The letter of a column as spreadsheets show it: A, B, … Z, AA.
pub fn letter(at: usize) -> String {
    let own = u8::try_from(at % 26).map_or('?', |offset| char::from(b'A' + offset));
    if at < 26 { own.to_string() } else { format!("{}{own}", letter(at / 26 - 1)) }
}

/// The bytes of a file; of one that is too large as many as show it.
///
/// # Errors
/// Says why it cannot be read.
pub fn bytes_of(path: &Path) -> Result<Vec<u8>, String> {
    let file = std::fs::File::open(path).map_err(|failed| failed.to_string())?;
    let mut bytes = Vec::new();
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(|failed| failed.to_string())?;
    Ok(bytes)
}

/// Whether so many bytes are taken.
///
/// # Errors
/// Says what to do with a larger file.
pub fn small_enough(bytes: &[u8]) -> Result<(), String> {
    let is_large = u64::try_from(bytes.len()).is_ok_and(|length| length > MOST_BYTES);
    if is_large { Err("the file is larger than 64 MB; split it".to_owned()) } else { Ok(()) }
}

/// Reads a file.
///
/// # Errors
/// Says what the file is not, and what to do.
pub fn read_file(path: &Path) -> Result<(Vec<u8>, Sheet), String> {
    let said = |why| format!("{}: {why}", path.display());
    let bytes = bytes_of(path).map_err(said)?;
    let sheet = read(&bytes, is_said_to_be_excel(path)).map_err(said)?;
    Ok((bytes, sheet))
}

/// Whether a file's name says that it is a workbook.
pub fn is_said_to_be_excel(path: &Path) -> bool {
    path.extension().is_some_and(|end| end.eq_ignore_ascii_case("xlsx"))
}

/// Reads the bytes of a file; what they are is seen from themselves.
///
/// # Errors
/// Says what the file is not, and what to do.
pub fn read(bytes: &[u8], said_to_be_excel: bool) -> Result<Sheet, String> {
    if bytes.is_empty() {
        return Err("the file is empty".to_owned());
    }
    small_enough(bytes)?;
    if bytes.starts_with(b"\xd0\xcf\x11\xe0") {
        return Err("this is a workbook of an old Excel, or one with a password; save it as .xlsx without one".to_owned());
    }
    if bytes.starts_with(b"PK") {
        measure(bytes, MOST_UNPACKED, MOST_OF_A_PART)?;
        // What reads workbooks is not ours: should it stumble over one that was made to hurt, the file is at fault.
        return catch_unwind(AssertUnwindSafe(|| workbook(bytes))).unwrap_or_else(|_| Err(no_workbook()));
    }
    if said_to_be_excel {
        return Err(no_workbook());
    }
    csv_text::read(bytes)
}

fn no_workbook() -> String {
    "this is no Excel workbook, or a damaged one; save it again as .xlsx or as CSV UTF-8".to_owned()
}

/// Looks how much a workbook unpacks to, without keeping any of it.
fn measure(bytes: &[u8], mut left: u64, most_of_a_part: u64) -> Result<(), String> {
    let bomb = || "the workbook unpacks to more than a sheet of people can hold; it is not read".to_owned();
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| no_workbook())?;
    if archive.len() > MOST_PARTS {
        return Err(bomb());
    }
    for at in 0..archive.len() {
        let part = archive.by_index(at).map_err(|_| no_workbook())?;
        let is_sheet = part.name().is_ok_and(|name| name.to_lowercase().contains("worksheets/"));
        let most = if is_sheet { left } else { left.min(most_of_a_part) };
        let unpacked = std::io::copy(&mut part.take(most + 1), &mut std::io::sink()).map_err(|_| no_workbook())?;
        if unpacked > most {
            return Err(bomb());
        }
        left -= unpacked;
    }
    Ok(())
}

fn workbook(bytes: &[u8]) -> Result<Sheet, String> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|_| no_workbook())?;
    let names = book.sheet_names();
    let ours = [SHEET.kk, SHEET.ru, SHEET.en].map(plain);
    let name = names.iter().find(|name| ours.contains(&plain(name))).or(names.first()).ok_or("the workbook has no sheet")?;
    let mut cells = book.worksheet_cells_reader(name).map_err(|_| no_workbook())?;
    let mut filling = Filling::new(Format::Xlsx);
    let mut row = Row { line: 0, cells: Vec::new() };
    while let Some(cell) = cells.next_cell().map_err(|_| no_workbook())? {
        let value = value(cell.get_value());
        if value == Value::Empty {
            continue;
        }
        let (line, at) = cell.get_position();
        let line = i32::try_from(line).unwrap_or(i32::MAX - 1) + 1;
        let at = usize::try_from(at).unwrap_or(usize::MAX);
        if line < row.line {
            return Err(no_workbook());
        }
        if line > row.line {
            filling.take(std::mem::replace(&mut row, Row { line, cells: Vec::new() }))?;
        }
        if at >= MOST_COLUMNS {
            return Err(too_wide(line));
        }
        if row.cells.len() <= at {
            row.cells.resize(at + 1, Value::Empty);
        }
        if let Some(place) = row.cells.get_mut(at) {
            *place = value;
        }
    }
    filling.take(row)?;
    filling.done()
}

fn value(data: &DataRef<'_>) -> Value {
    match data {
        DataRef::Empty => Value::Empty,
        DataRef::Int(number) => Value::text(&number.to_string()),
        DataRef::Float(number) if number.is_finite() => Value::Number(*number),
        DataRef::String(text) => Value::text(text),
        DataRef::SharedString(text) => Value::text(text),
        DataRef::Bool(truth) => Value::Truth(*truth),
        // Beyond this lies no day of Excel's calendar, and below 61 its calendar has a day that never was.
        DataRef::DateTime(moment) if moment.is_datetime() && (61.0..2_958_466.0).contains(&moment.as_f64()) => {
            let (year, month, day, ..) = moment.to_ymd_hms_milli();
            NaiveDate::from_ymd_opt(i32::from(year), u32::from(month), u32::from(day)).map_or(Value::Broken, Value::Day)
        }
        DataRef::DateTimeIso(text) => iso_day(text).map_or(Value::Broken, Value::Day),
        DataRef::Float(_) | DataRef::DateTime(_) | DataRef::DurationIso(_) | DataRef::Error(_) => Value::Broken,
    }
}

fn iso_day(text: &str) -> Option<NaiveDate> {
    let at = |text: &str| text.parse::<NaiveDate>().ok();
    at(text).or_else(|| text.parse::<chrono::NaiveDateTime>().ok().filter(|moment| moment.hour() < 24).map(|moment| moment.date()))
}

/// What a row beyond the last column is refused with.
pub fn too_wide(line: i32) -> String {
    format!("line {line} has more than {MOST_COLUMNS} columns")
}

/// A sheet as it fills with rows: the first with something in it holds the headings.
#[derive(Debug)]
pub struct Filling(Sheet);

impl Filling {
    /// An empty one.
    pub fn new(format: Format) -> Self {
        Self(Sheet { format, heading_line: 0, headings: Vec::new(), rows: Vec::new() })
    }

    /// Takes the next row.
    ///
    /// # Errors
    /// Says when it is one too many.
    pub fn take(&mut self, mut row: Row) -> Result<(), String> {
        while row.cells.last().is_some_and(|cell| *cell == Value::Empty) {
            row.cells.pop();
        }
        if row.cells.is_empty() {
            return Ok(());
        }
        if row.line > LAST_LINE {
            return Err(format!("something stands below line {LAST_LINE}; move it up, or remove it"));
        }
        if self.0.headings.is_empty() {
            self.0.heading_line = row.line;
            self.0.headings = row.cells.iter().map(Value::shown).collect();
        } else if self.0.rows.len() == MOST_ROWS {
            return Err(format!("the file has more than {MOST_ROWS} rows; split it"));
        } else {
            self.0.rows.push(row);
        }
        Ok(())
    }

    /// The sheet.
    ///
    /// # Errors
    /// Says when there was nothing.
    pub fn done(self) -> Result<Sheet, String> {
        if self.0.headings.is_empty() { Err("there is nothing in the sheet, not even headings".to_owned()) } else { Ok(self.0) }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use proptest::prelude::*;
    use rust_xlsxwriter::{ExcelDateTime, Format as Look, Formula, Workbook};

    use super::*;

    fn texts(sheet: &Sheet) -> Vec<(i32, Vec<String>)> {
        sheet.rows.iter().map(|row| (row.line, row.cells.iter().map(Value::shown).collect())).collect()
    }

    /// A zip of parts with so many equal bytes each.
    fn zipped(parts: &[(&str, usize)]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, length) in parts {
            writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            let block = vec![b' '; 1 << 20];
            for _ in 0..length / block.len() {
                writer.write_all(&block).unwrap();
            }
        }
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn a_workbook_is_read_with_dates_numbers_and_the_values_of_formulas() {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        sheet.write_string(0, 0, "family_name").unwrap().write_string(0, 3, "birth_date").unwrap();
        let day = ExcelDateTime::from_ymd(1990, 1, 31).unwrap();
        sheet.write_datetime_with_format(4, 3, &day, &Look::new().set_num_format("dd.mm.yyyy")).unwrap();
        sheet.write_formula(4, 0, Formula::new("=CONCAT(\"a\",\"b\")").set_result("Примерова")).unwrap();
        sheet.write_number(4, 1, 77_010_000_001.0).unwrap().write_boolean(4, 2, true).unwrap();
        let sheet = read(&book.save_to_buffer().unwrap(), true).unwrap();
        assert_eq!((sheet.heading_line, sheet.headings.len()), (1, 4));
        let cells = vec![
            Value::Text("Примерова".to_owned()),
            Value::Number(77_010_000_001.0),
            Value::Truth(true),
            Value::Day(NaiveDate::from_ymd_opt(1990, 1, 31).unwrap()),
        ];
        assert_eq!(sheet.rows, [Row { line: 5, cells }]);
    }

    #[test]
    fn the_sheet_that_is_named_as_in_the_template_goes_before_the_first() {
        let mut book = Workbook::new();
        book.add_worksheet().set_name("Черновик").unwrap().write_string(0, 0, "wrong").unwrap();
        book.add_worksheet().set_name("Люди").unwrap().write_string(0, 0, "right").unwrap();
        assert_eq!(read(&book.save_to_buffer().unwrap(), true).unwrap().headings, ["right"]);
    }

    #[test]
    fn a_formula_that_writes_a_huge_text_and_a_huge_cell_are_cut_and_known_as_too_long() {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        sheet.write_string(0, 0, "family_name").unwrap();
        sheet.write_formula(1, 0, Formula::new("=REPT(\"x\",32767)").set_result("x".repeat(32_767))).unwrap();
        let sheet = read(&book.save_to_buffer().unwrap(), true).unwrap();
        assert_eq!(sheet.rows[0].cells, [Value::TooLong("x".repeat(MOST_CHARACTERS))]);
        let csv = format!("family_name\n{}\n", "ы".repeat(1_000_000));
        assert_eq!(read(csv.as_bytes(), false).unwrap().rows[0].cells, [Value::TooLong("ы".repeat(MOST_CHARACTERS))]);
    }

    #[test]
    fn a_workbook_that_unpacks_to_more_than_it_may_is_not_read() {
        let bomb = zipped(&[("xl/sharedStrings.xml", 130 << 20)]);
        assert!(bomb.len() < 1 << 20, "it is small before it is unpacked");
        assert!(read(&bomb, true).unwrap_err().contains("unpacks to more"));
        let (one, two) = (zipped(&[("xl/worksheets/sheet1.xml", 3 << 20)]), zipped(&[("a", 2 << 20), ("b", 2 << 20)]));
        assert!(measure(&one, 3 << 20, 1 << 20).is_ok() && measure(&one, 2 << 20, 2 << 20).is_err());
        assert!(measure(&two, 4 << 20, 2 << 20).is_ok() && measure(&two, 3 << 20, 2 << 20).is_err());
    }

    #[test]
    fn what_is_no_workbook_is_said_to_be_none() {
        for (bytes, said) in [
            (zipped(&[("hello.txt", 0)]), "no Excel workbook"),
            (b"PK\x03\x04 and nothing more".to_vec(), "no Excel workbook"),
            (b"family_name,birth_date\n".to_vec(), "no Excel workbook"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec(), "old Excel"),
            (vec![], "empty"),
            (vec![b'x'; 64 * 1024 * 1024 + 1], "64 MB"),
        ] {
            let why = read(&bytes, true).unwrap_err();
            assert!(why.contains(said), "{why}");
        }
    }

    #[test]
    fn a_cell_far_outside_is_refused_and_takes_no_memory() {
        let mut book = Workbook::new();
        book.add_worksheet().write_string(0, 0, "family_name").unwrap().write_string(1_048_575, 16_383, "x").unwrap();
        assert_eq!(read(&book.save_to_buffer().unwrap(), true).unwrap_err(), "line 1048576 has more than 100 columns");
        let mut book = Workbook::new();
        book.add_worksheet().write_string(0, 0, "family_name").unwrap().write_string(1_048_575, 0, "x").unwrap();
        assert!(read(&book.save_to_buffer().unwrap(), true).unwrap_err().contains("below line 1000000"));
        let mut book = Workbook::new();
        book.add_worksheet().write_string(0, 0, "family_name").unwrap().write_string(999_999, 0, "x").unwrap();
        assert_eq!(texts(&read(&book.save_to_buffer().unwrap(), true).unwrap()), [(1_000_000, vec!["x".to_owned()])]);
    }

    #[test]
    fn one_row_more_than_may_be_is_one_too_many() {
        let rows = |count: usize| format!("a\n{}", "x\n".repeat(count));
        assert_eq!(read(rows(MOST_ROWS).as_bytes(), false).unwrap().rows.len(), MOST_ROWS);
        assert!(read(rows(MOST_ROWS + 1).as_bytes(), false).unwrap_err().contains("200000 rows"));
    }

    #[test]
    fn columns_have_the_letters_of_a_spreadsheet() {
        assert_eq!([0, 25, 26, 51, 52, 701, 702].map(letter), ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]);
    }

    proptest! {
        #[test]
        fn reading_any_bytes_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..2_000), excel: bool) {
            drop(read(&bytes, excel));
        }

        #[test]
        fn reading_any_text_never_panics(text in "\\PC*[\n\r\",;]{0,8}\\PC*") {
            drop(read(text.as_bytes(), false));
        }

        #[test]
        fn reading_a_damaged_workbook_never_panics(at in 0_usize..6_000, byte: u8, cut in 0_usize..6_000) {
            let mut book = Workbook::new();
            book.add_worksheet().write_string(0, 0, "family_name").unwrap().write_number(1, 0, 1.0).unwrap();
            let mut bytes = book.save_to_buffer().unwrap();
            let length = bytes.len();
            bytes[at % length] = byte;
            bytes.truncate(length - cut % length / 4);
            drop(read(&bytes, true));
        }
    }
}
