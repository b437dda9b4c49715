//! What a clerk is told: the review before anything is registered, and a copy of the sheet with the rows that could not be.

use std::{collections::BTreeMap, fmt::Write as _, path::Path};

use rust_xlsxwriter::{Color, ExcelDateTime, Format as Look, Note, Workbook, Worksheet, XlsxError};

use super::{
    columns::{IN_FRONT, SHEET},
    rows::{Fault, People},
    sheet::{Format, Row, Value},
    state,
};
use crate::{
    cli::sending::Results,
    messages::Language,
    proto::{self, imported_row::Outcome},
};

/// Lines that are named one by one, before the rest is counted.
const NAMED: usize = 12;

/// What the server says of the rows before it registers any.
#[derive(Debug)]
pub struct Review<'a> {
    people: &'a People,
    good: usize,
    unknown: usize,
    faults: BTreeMap<i32, Vec<Fault>>,
    same: Vec<(i32, i32)>,
    likely: Vec<(i32, i32)>,
    warned: Vec<i32>,
}

impl<'a> Review<'a> {
    /// One that begins with what the sheet itself gets wrong.
    pub fn new(people: &'a People) -> Self {
        let faults = people.faults.clone();
        Self { people, good: 0, unknown: 0, faults, same: Vec::new(), likely: Vec::new(), warned: Vec::new() }
    }

    /// How many would be registered.
    pub fn good(&self) -> usize {
        self.good
    }

    /// How many would not.
    pub fn faulty(&self) -> usize {
        self.faults.len() + self.unknown
    }

    /// The review as it is read.
    pub fn summary(&self) -> String {
        let mut text = String::new();
        let mut count = |what: &str, number: usize, lines: String| {
            let gap = if lines.is_empty() { "" } else { "   " };
            // Writing into a string cannot fail.
            let _written = writeln!(text, "  {what:<50} {number:>7}{gap}{lines}");
        };
        count("rows that can be registered", self.good, String::new());
        count("rows with faults, which are left out", self.faults.len(), String::new());
        if self.unknown > 0 {
            count("rows that the server could not look at now", self.unknown, String::new());
        }
        if self.people.examples > 0 {
            count("examples, passed over", self.people.examples, String::new());
        }
        let same = self.same.iter().map(|(line, first)| format!("{line} as {first}"));
        count("that show the document or IIN of an earlier line", self.same.len(), named("line", same));
        // The likeliest first: those are the ones to look at.
        let mut likely = self.likely.clone();
        likely.sort_by_key(|(line, ppm)| (-ppm, *line));
        let likely = likely.iter().map(|(line, ppm)| format!("{line} ({} %)", ppm / 10_000));
        count("whose person may be in the registry already", self.likely.len(), named("line", likely));
        if !self.warned.is_empty() {
            count("with something to look at twice", self.warned.len(), named("line", self.warned.iter().map(ToString::to_string)));
        }
        if !self.faults.is_empty() {
            let _written = write!(text, "\nFaults by column\n{}", by_column(self.people, &self.faults));
        }
        text.trim_end().to_owned()
    }
}

impl Results for Review<'_> {
    async fn take(&mut self, answer: proto::ImportRelocantsResponse) -> Result<(), String> {
        for row in answer.rows {
            let line = row.line;
            match row.outcome {
                Some(Outcome::Relocant(person)) => {
                    self.good += 1;
                    if person.same_as_line > 0 {
                        self.same.push((line, person.same_as_line));
                    }
                    let probability = |likely: &proto::LikelyDuplicate| likely.likeness.as_ref().map(|likeness| likeness.probability_ppm);
                    self.likely.extend(person.likely_duplicates.iter().filter_map(probability).max().map(|ppm| (line, ppm)));
                    if !person.warnings.is_empty() {
                        self.warned.push(line);
                    }
                }
                Some(Outcome::Problem(problem)) if !problem.retry => drop(self.faults.insert(line, state::faults(self.people, &problem))),
                Some(Outcome::Problem(_)) | None => self.unknown += 1,
            }
        }
        Ok(())
    }

    fn begin_again(&mut self) {
        *self = Self::new(self.people);
    }
}

/// Faults by column and kind, each with its lines.
pub fn by_column(people: &People, faults: &BTreeMap<i32, Vec<Fault>>) -> String {
    let mut kinds: BTreeMap<(usize, String, String), Vec<i32>> = BTreeMap::new();
    for (line, faults) in faults {
        for fault in faults {
            let kind = (fault.at.unwrap_or(usize::MAX), people.heading(fault), fault.what.told());
            kinds.entry(kind).or_default().push(*line);
        }
    }
    let mut text = String::new();
    for ((_, heading, what), lines) in kinds {
        let heading = if heading.is_empty() { "the row".to_owned() } else { heading };
        // Writing into a string cannot fail.
        let _written = writeln!(text, "  {heading}: {what}: {}", named("line", lines.iter().map(ToString::to_string)));
    }
    text
}

/// `lines 4, 7, 9 and 3 more`.
fn named(noun: &str, items: impl Iterator<Item = String>) -> String {
    let items: Vec<String> = items.collect();
    let plural = if items.len() == 1 { "" } else { "s" };
    let shown = items.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    match items.len() {
        0 => String::new(),
        count if count > NAMED => format!("{noun}{plural} {shown} and {} more", count - NAMED),
        _ => format!("{noun}{plural} {shown}"),
    }
}

/// Writes the rows with faults as a copy of the sheet, with the line and what is wrong in front, readable by whoever may read the sheet.
pub fn write_copy(
    original: &Path,
    copy: &Path,
    people: &People,
    faults: &BTreeMap<i32, Vec<Fault>>,
    language: Language,
) -> Result<(), String> {
    let copy_of = Copy { people, faults, language };
    let bytes = match people.sheet.format {
        Format::Csv(delimiter) => copy_of.csv(delimiter).map_err(|failed| failed.to_string())?,
        Format::Xlsx => copy_of.workbook().map_err(|failed| failed.to_string())?,
    };
    state::replace(copy, &bytes)?;
    let permissions = std::fs::metadata(original).map(|about| about.permissions());
    permissions.and_then(|may| std::fs::set_permissions(copy, may)).map_err(|failed| format!("{}: {failed}", copy.display()))
}

struct Copy<'a> {
    people: &'a People,
    faults: &'a BTreeMap<i32, Vec<Fault>>,
    language: Language,
}

impl Copy<'_> {
    /// The places of the sheet that are copied: what an earlier copy has put in front is not put there again.
    fn places(&self) -> Vec<usize> {
        let wide = self.people.sheet.rows.iter().map(|row| row.cells.len()).chain([self.people.sheet.headings.len()]).max();
        (0..wide.unwrap_or(0)).filter(|at| !self.people.is_in_front(*at)).collect()
    }

    fn rows(&self) -> impl Iterator<Item = (&Row, &Vec<Fault>)> {
        self.people.sheet.rows.iter().filter_map(|row| self.faults.get(&row.line).map(|faults| (row, faults)))
    }

    fn in_words(&self, faults: &[Fault]) -> String {
        let one = |fault: &Fault| {
            let (heading, what) = (self.people.heading(fault), fault.what.text(self.language));
            if heading.is_empty() { what } else { format!("{heading}: {what}") }
        };
        faults.iter().map(one).collect::<Vec<_>>().join("; ")
    }

    fn csv(&self, delimiter: u8) -> Result<Vec<u8>, csv::Error> {
        let places = self.places();
        // The mark at the beginning tells Excel that this is UTF-8.
        let mut writer = csv::WriterBuilder::new().delimiter(delimiter).from_writer("\u{feff}".as_bytes().to_vec());
        let headings = &self.people.sheet.headings;
        let front = IN_FRONT.iter().map(|texts| texts.in_language(self.language));
        writer.write_record(front.chain(places.iter().map(|at| headings.get(*at).map_or("", String::as_str))))?;
        for (row, faults) in self.rows() {
            let front = [row.line.to_string(), self.in_words(faults)];
            writer
                .write_record(front.into_iter().chain(places.iter().map(|at| row.cells.get(*at).map(Value::shown).unwrap_or_default())))?;
        }
        writer.into_inner().map_err(|failed| failed.into_error().into())
    }

    fn workbook(&self) -> Result<Vec<u8>, XlsxError> {
        let places = self.places();
        let mut book = Workbook::new();
        let sheet = book.add_worksheet().set_name(SHEET.in_language(self.language))?;
        let bold = Look::new().set_bold();
        let front = IN_FRONT.iter().map(|texts| texts.in_language(self.language));
        let headings = places.iter().map(|at| self.people.sheet.headings.get(*at).map_or("", String::as_str));
        for (to, heading) in front.chain(headings).enumerate() {
            sheet.write_string_with_format(0, column(to)?, heading, &bold)?;
        }
        sheet.set_freeze_panes(1, 0)?.set_column_width(1, 60)?;
        for (to, (row, faults)) in self.rows().enumerate() {
            let to = u32::try_from(to + 1).map_err(|_| XlsxError::RowColumnLimitError)?;
            sheet.write_number(to, 0, row.line)?.write_string(to, 1, self.in_words(faults))?;
            for (place, at) in places.iter().enumerate() {
                let own: Vec<&Fault> = faults.iter().filter(|fault| fault.at == Some(*at)).collect();
                let place = column(place + 2)?;
                write_cell(sheet, to, place, row.cells.get(*at).unwrap_or(&Value::Empty), !own.is_empty())?;
                if !own.is_empty() {
                    let why = own.iter().map(|fault| fault.what.text(self.language)).collect::<Vec<_>>().join("\n");
                    sheet.insert_note(to, place, &Note::new(why).add_author_prefix(false))?;
                }
            }
        }
        book.save_to_buffer()
    }
}

fn column(at: usize) -> Result<u16, XlsxError> {
    u16::try_from(at).map_err(|_| XlsxError::RowColumnLimitError)
}

/// A cell as it was; never as a formula.
fn write_cell(sheet: &mut Worksheet, row: u32, column: u16, cell: &Value, faulty: bool) -> Result<(), XlsxError> {
    let look = Look::new();
    let look = if faulty { look.set_background_color(Color::RGB(0x00FF_C7CE)) } else { look };
    match cell {
        Value::Number(number) => sheet.write_number_with_format(row, column, *number, &look)?,
        Value::Truth(truth) => sheet.write_boolean_with_format(row, column, *truth, &look)?,
        Value::Day(day) => sheet.write_datetime_with_format(
            row,
            column,
            ExcelDateTime::parse_from_str(&day.to_string())?,
            &look.set_num_format("dd.mm.yyyy"),
        )?,
        Value::Empty | Value::Broken if !faulty => return Ok(()),
        Value::Empty | Value::Broken => sheet.write_blank(row, column, &look)?,
        Value::Text(text) | Value::TooLong(text) => sheet.write_string_with_format(row, column, text, &look.set_num_format("@"))?,
    };
    Ok(())
}
