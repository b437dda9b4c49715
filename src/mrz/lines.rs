//! The text of a zone as lines of a known format.

use std::ops::RangeInclusive;

use ::mrz::{MrzData, MrzError};

use super::Format;
use crate::error::Why;

/// No zone with its line ends and a few spaces is longer.
const MOST_BYTES: usize = 256;

const SHAPE: Why = Why::Format("a zone of three lines of 30, two of 36 or two of 44 letters A to Z, digits and <");
const KEYBOARD: Why = Why::Format("a zone in Latin letters; when a reader types it, switch the keyboard to a Latin layout first");
const CODE: Why = Why::Format(
    "a zone whose first letter tells a document of its shape: I, A or C for three lines of 30; I, A, C or V for two of 36; P or V for two of 44",
);
const NUMBER: Why = Why::Format("a zone whose document number begins at the first position of its field");

/// How many lines of how many characters, and which first letters such a document has. The first row that fits is it.
const SHAPES: [(usize, usize, &[&str], Format); 6] = [
    (3, 30, &["I", "A", "C"], Format::Td1),
    (2, 36, &["V"], Format::MrvB),
    (2, 36, &["I", "A", "C"], Format::Td2),
    (2, 44, &["V"], Format::MrvA),
    (2, 44, &["PNRUS"], Format::RussianInternal),
    (2, 44, &["P"], Format::Td3),
];

/// Two or three lines of letters A to Z, digits and fillers, all of the length that their format asks for.
pub(super) struct Lines {
    pub(super) format: Format,
    rows: Vec<String>,
}

impl Lines {
    /// Takes the text apart. There is no space inside a zone, so lines may be parted by any.
    pub(super) fn of(text: &str) -> Result<Self, Why> {
        if text.len() > MOST_BYTES {
            return Err(SHAPE);
        }
        let parts: Vec<String> = text.split_whitespace().map(str::to_ascii_uppercase).collect();
        if parts.iter().any(|part| part.contains(|letter: char| letter.is_alphabetic() && !letter.is_ascii())) {
            return Err(KEYBOARD);
        }
        if !parts.iter().all(|part| part.bytes().all(|byte| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'<'))) {
            return Err(SHAPE);
        }
        let rows = SHAPES.iter().find_map(|(count, width, ..)| rows(&parts, *count, *width)).ok_or(SHAPE)?;
        let first = rows.first().map(String::as_str).unwrap_or_default();
        let format = SHAPES
            .into_iter()
            .filter(|(count, width, ..)| *count == rows.len() && *width == first.len())
            .find_map(|(_, _, codes, format)| codes.iter().any(|code| first.starts_with(code)).then_some(format))
            .ok_or(CODE)?;
        Ok(Self { format, rows })
    }

    /// What stands at these positions of a line. Lines and positions count from one, as in Doc 9303.
    pub(super) fn at(&self, line: usize, positions: RangeInclusive<usize>) -> &str {
        let columns = positions.start().saturating_sub(1)..*positions.end();
        self.row(line).get(columns).unwrap_or_default()
    }

    /// Nothing but fillers stands at these positions.
    pub(super) fn is_blank(&self, line: usize, positions: RangeInclusive<usize>) -> bool {
        self.at(line, positions).bytes().all(|byte| byte == b'<')
    }

    /// The fields of the lines and what is to be said of their check digits. Of dates only year, month and day matter: centuries are this module's own rule.
    pub(super) fn parse(&self) -> Result<MrzData, Why> {
        let (first, second, third) = (self.row(1), self.row(2), self.row(3));
        let parsed = match self.format {
            Format::Td1 => ::mrz::parse_td1(first, second, third),
            Format::Td2 => ::mrz::parse_td2(first, second),
            Format::Td3 | Format::RussianInternal => ::mrz::parse_td3(first, second),
            Format::MrvA => ::mrz::parse_mrv_a(first, second),
            Format::MrvB => ::mrz::parse_mrv_b(first, second),
        };
        // The parser's error may quote the text, so it is dropped.
        parsed.map_err(|error| if matches!(error, MrzError::LeadingFiller { .. }) { NUMBER } else { SHAPE })
    }

    fn row(&self, line: usize) -> &str {
        self.rows.get(line.saturating_sub(1)).map(String::as_str).unwrap_or_default()
    }
}

/// The parts as so many lines of this width: they are those lines, or one part is all of them without a line end.
fn rows(parts: &[String], count: usize, width: usize) -> Option<Vec<String>> {
    match parts {
        [whole] if whole.len() == count * width => {
            Some((0..count).filter_map(|at| whole.get(at * width..(at + 1) * width)).map(str::to_owned).collect())
        }
        lines if lines.len() == count && lines.iter().all(|line| line.len() == width) => Some(lines.to_vec()),
        _ => None,
    }
}
