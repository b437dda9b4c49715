//! A sheet as text with commas or semicolons.

use super::sheet::{Filling, Format, MOST_CHARACTERS, MOST_COLUMNS, MOST_ROWS, Row, Sheet, Value, too_wide};

/// Bytes of a line at most: no more than its cells may hold, or the places of a million empty cells would have to be kept.
const MOST_OF_A_LINE: usize = MOST_COLUMNS * MOST_CHARACTERS * 4;

/// Cells at most; the bound on lines alone does not do, since a row with line breaks in its cells goes over many lines.
const MOST_CELLS: usize = MOST_ROWS * MOST_COLUMNS;

/// Reads text.
///
/// # Errors
/// Says what it is not, and what to do.
pub fn read(bytes: &[u8]) -> Result<Sheet, String> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err("this is UTF-16; save it as CSV UTF-8".to_owned());
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|wrong| {
        let before = bytes.get(..wrong.valid_up_to()).unwrap_or_default();
        let line = before.split(|byte| *byte == b'\n').count();
        format!("line {line} is not UTF-8; save it as CSV UTF-8 (an older Excel writes Windows-1251 when it says only CSV)")
    })?;
    if text.contains('\0') {
        return Err("this is no text; save it as CSV UTF-8 or as .xlsx".to_owned());
    }
    let text = text.replace("\r\n", "\n").replace('\r', "\n") + "\n";
    if let Some((at, _)) = text.lines().enumerate().find(|(_, line)| line.len() > MOST_OF_A_LINE && line.contains([',', ';', '\t'])) {
        return Err(format!("line {} is longer than {MOST_COLUMNS} cells may be", at + 1));
    }
    let delimiter = delimiter(&text);
    if text.bytes().filter(|byte| *byte == delimiter).count() > MOST_CELLS {
        return Err(format!("the file has more cells than {MOST_ROWS} rows of {MOST_COLUMNS} columns"));
    }
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text.as_bytes());
    let mut filling = Filling::new(Format::Csv(delimiter));
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(|_| "the text cannot be taken apart into cells".to_owned())? {
        // Where the row begins: empty lines before it are passed over, and cells may hold line breaks.
        let breaks: usize = record.iter().map(|cell| cell.matches('\n').count()).sum();
        let line = reader.position().line().saturating_sub(1 + u64::try_from(breaks).unwrap_or(u64::MAX));
        let line = i32::try_from(line).unwrap_or(i32::MAX);
        let cells: Vec<Value> = record.iter().take(MOST_COLUMNS).map(Value::text).collect();
        if record.iter().skip(MOST_COLUMNS).any(|cell| !cell.trim().is_empty()) {
            return Err(too_wide(line));
        }
        filling.take(Row { line, cells })?;
    }
    filling.done()
}

/// What stands between cells: whatever stands most often between those of the headings.
fn delimiter(text: &str) -> u8 {
    let headings = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let mut quoted = false;
    let (mut commas, mut semicolons, mut tabs) = (0, 0, 0);
    for letter in headings.chars() {
        match letter {
            '"' => quoted = !quoted,
            ',' if !quoted => commas += 1,
            ';' if !quoted => semicolons += 1,
            '\t' if !quoted => tabs += 1,
            _ => {}
        }
    }
    if semicolons > commas && semicolons >= tabs {
        b';'
    } else if tabs > commas {
        b'\t'
    } else {
        b','
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<(i32, Vec<String>)> {
        let sheet = read(text.as_bytes()).unwrap();
        sheet.rows.iter().map(|row| (row.line, row.cells.iter().map(Value::shown).collect())).collect()
    }

    #[test]
    fn commas_and_semicolons_with_and_without_a_mark_at_the_beginning_are_read_alike() {
        let expected = vec![(2, vec!["Ли".to_owned(), "a,b;c".to_owned()])];
        for text in ["family_name,x\nЛи,\"a,b;c\"\n", "\u{feff}family_name;x\r\nЛи;\"a,b;c\"", "family_name\tx\rЛи\ta,b;c\r"] {
            assert_eq!(rows(text), expected, "{text:?}");
            assert_eq!(read(text.as_bytes()).unwrap().headings, ["family_name", "x"]);
        }
    }

    #[test]
    fn a_row_has_the_line_on_which_it_begins() {
        let text = "\nfamily_name,x\n\n\nA,\"two\nlines\"\n , \nB,\n\"C\n\n\",1";
        let lines: Vec<i32> = rows(text).iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [5, 8, 9]);
        assert_eq!(read(text.as_bytes()).unwrap().heading_line, 2);
    }

    #[test]
    fn other_encodings_are_named_with_what_to_do() {
        let windows = b"\xd4\xe0\xec\xe8\xeb\xe8\xff;x\n";
        let utf16 = b"\xff\xfef\0a\0";
        for (bytes, said) in [
            (&windows[..], "line 1 is not UTF-8"),
            (&utf16[..], "UTF-16"),
            (b"family_name\nok\n\xff\n", "line 3 is not UTF-8"),
            (b"a\0b", "no text"),
            (b"\n\n", "nothing in the sheet"),
        ] {
            let why = read(bytes).unwrap_err();
            assert!(why.contains(said), "{why}");
        }
    }

    #[test]
    fn a_line_of_a_million_cells_is_refused_before_it_is_taken_apart() {
        assert!(read(format!("a\n{}\n", ",".repeat(1_000_000)).as_bytes()).unwrap_err().contains("line 2 is longer"));
        let row = format!("{}\"\n\"", ",".repeat(300_000));
        assert!(read(format!("a,\n{}", row.repeat(70)).as_bytes()).unwrap_err().contains("more cells"), "over many lines too");
        assert!(read(format!("a\n{}x\n", ",".repeat(200)).as_bytes()).unwrap_err().contains("line 2 has more than 100 columns"));
    }
}
