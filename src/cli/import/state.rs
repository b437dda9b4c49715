//! How far an import is, kept beside its file so that it can go on after anything: the codes of those who are registered, and the last line that was acknowledged.
//! Nothing personal: lines, codes and counts.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    io::Write as _,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use uuid::Uuid;

use super::{
    columns::by_field,
    rows::{Fault, People, What},
};
use crate::{
    cli::sending::{Results, Rows as _},
    proto::{self, imported_row::Outcome},
    short_code::ShortCode,
};

/// How often the state is written at most; what is lost between is sent again and answered as before.
const EVERY: Duration = Duration::from_millis(200);

/// What is kept.
#[derive(Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Kept {
    /// The import.
    pub import_id: Uuid,
    /// Every line up to this one has its result.
    pub acknowledged_line: i32,
    /// How many of them are registered.
    pub registered: usize,
    /// Those of them that are not, and are sent once more when the import goes on.
    pub open_lines: BTreeSet<i32>,
}

/// The results of an import as they come, kept in files beside the sheet.
#[derive(Debug)]
pub struct Progress<'a> {
    people: &'a People,
    state_file: PathBuf,
    codes_file: PathBuf,
    codes: std::fs::File,
    kept: Kept,
    written: Instant,
    /// The code of each line that is registered.
    pub registered: BTreeMap<i32, String>,
    /// What is wrong with each line that is not.
    pub faults: BTreeMap<i32, Vec<Fault>>,
    /// Lines that may be sent again as they are.
    pub again: BTreeSet<i32>,
}

/// How far it is, and the codes of those who are registered, by line.
pub type Left = (Kept, BTreeMap<i32, String>);

/// The file beside a sheet: `people.csv` has `people.csv.import-state`.
pub fn state_file(sheet: &Path) -> PathBuf {
    let mut name = sheet.as_os_str().to_owned();
    name.push(".import-state");
    name.into()
}

/// The file of codes: `people.csv` has `people.registered.csv`.
pub fn codes_file(sheet: &Path) -> PathBuf {
    sheet.with_extension("registered.csv")
}

/// What an earlier start has left. A state that cannot be read, or whose codes are gone, is as good as none: then all is sent again.
pub fn left_behind(sheet: &Path) -> Option<Left> {
    let text = std::fs::read_to_string(state_file(sheet)).ok()?;
    let kept: Kept = serde_json::from_str(&text).ok()?;
    let codes = std::fs::read_to_string(codes_file(sheet)).unwrap_or_default();
    let codes: BTreeMap<i32, String> = codes.lines().filter_map(read_code).filter(|(line, _)| *line <= kept.acknowledged_line).collect();
    Some((kept, codes)).filter(|(kept, codes)| kept.registered == codes.len())
}

/// A line and its code; the last one may have been cut off.
fn read_code(text: &str) -> Option<(i32, String)> {
    let (line, code) = text.split_once(',')?;
    code.parse::<ShortCode>().ok()?;
    Some((line.parse().ok()?, code.to_owned()))
}

impl<'a> Progress<'a> {
    /// Begins, or goes on with what was left behind.
    pub fn begin(sheet: &Path, people: &'a People, import_id: Uuid, left: Option<Left>) -> Result<Self, String> {
        let (kept, registered) = left.unwrap_or_else(|| (Kept { import_id, ..Kept::default() }, BTreeMap::new()));
        let codes_file = codes_file(sheet);
        write_codes(&codes_file, &registered)?;
        let codes = std::fs::OpenOptions::new().append(true).open(&codes_file).map_err(|failed| failing(&codes_file, &failed))?;
        let mut progress = Self {
            people,
            state_file: state_file(sheet),
            codes_file,
            codes,
            kept,
            written: Instant::now(),
            registered,
            faults: BTreeMap::new(),
            again: BTreeSet::new(),
        };
        progress.save()?;
        Ok(progress)
    }

    /// The rows that are to be sent: those behind the acknowledged line, and those before it that are not registered.
    pub fn to_send(&self) -> Vec<usize> {
        let behind = |line: i32| line > self.kept.acknowledged_line || self.kept.open_lines.contains(&line);
        let open = |line: i32| behind(line) && !self.registered.contains_key(&line);
        self.people.good.iter().copied().filter(|index| open(self.people.line(*index))).collect()
    }

    /// Writes down how far it is.
    pub fn save(&mut self) -> Result<(), String> {
        // The codes first: a state that speaks of more than the codes do would lose them.
        self.codes.flush().map_err(|failed| failing(&self.codes_file, &failed))?;
        let mut open_lines = std::mem::take(&mut self.kept.open_lines);
        open_lines.extend(self.faults.keys().chain(&self.again));
        open_lines.retain(|line| !self.registered.contains_key(line));
        self.kept = Kept { registered: self.registered.len(), open_lines, ..self.kept };
        let text = serde_json::to_string(&self.kept).map_err(|failed| failed.to_string())?;
        replace(&self.state_file, text.as_bytes())?;
        self.written = Instant::now();
        Ok(())
    }

    /// Ends: the codes in the order of their lines, and, when nothing is open any more, no state.
    pub fn end(mut self) -> Result<(), String> {
        write_codes(&self.codes_file, &self.registered)?;
        if !self.again.is_empty() {
            return self.save();
        }
        std::fs::remove_file(&self.state_file).map_err(|failed| failing(&self.state_file, &failed))
    }
}

impl Results for Progress<'_> {
    async fn take(&mut self, answer: proto::ImportRelocantsResponse) -> Result<(), String> {
        let mut lines = String::new();
        for row in answer.rows {
            let line = row.line;
            self.faults.remove(&line);
            self.again.remove(&line);
            match row.outcome {
                Some(Outcome::Relocant(person)) => {
                    // Writing into a string cannot fail.
                    let _written = writeln!(lines, "{line},{}", person.code);
                    self.registered.insert(line, person.code);
                }
                Some(Outcome::Problem(problem)) if problem.retry => drop(self.again.insert(line)),
                Some(Outcome::Problem(problem)) => drop(self.faults.insert(line, faults(self.people, &problem))),
                None => drop(self.again.insert(line)),
            }
        }
        self.codes.write_all(lines.as_bytes()).map_err(|failed| failing(&self.codes_file, &failed))?;
        self.kept.acknowledged_line = self.kept.acknowledged_line.max(answer.acknowledged_line);
        if self.written.elapsed() >= EVERY { self.save() } else { Ok(()) }
    }

    fn to_send_again(&self) -> Vec<usize> {
        self.people.good.iter().copied().filter(|index| self.again.contains(&self.people.line(*index))).collect()
    }
}

/// What the server says of a row, by the columns of the sheet.
pub fn faults(people: &People, problem: &proto::Problem) -> Vec<Fault> {
    let fault = |field: &str, what: What| {
        let column = by_field(field);
        Fault { at: column.and_then(|column| people.place_of(column)), name: column.map_or(field, |column| column.name).to_owned(), what }
    };
    if problem.fields.is_empty() {
        // A refusal names no field; what is refused about an entry is its day.
        let field = if problem.reason.starts_with("CROSSING_") { "entry_date" } else { "" };
        let what = What::Refused(problem.reason.clone(), problem.message.clone(), problem.localized_message.clone());
        return vec![fault(field, what)];
    }
    let of_a_field =
        |found: &proto::FieldProblem| fault(&found.field, What::Server(found.description.clone(), found.localized_description.clone()));
    problem.fields.iter().map(of_a_field).collect()
}

fn write_codes(file: &Path, codes: &BTreeMap<i32, String>) -> Result<(), String> {
    let mut text = "line,code\n".to_owned();
    for (line, code) in codes {
        // Writing into a string cannot fail.
        let _written = writeln!(text, "{line},{code}");
    }
    replace(file, text.as_bytes())
}

/// Replaces a file as a whole, so that it is never half written.
pub fn replace(file: &Path, bytes: &[u8]) -> Result<(), String> {
    let mut beside = file.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    std::fs::write(&beside, bytes).and_then(|()| std::fs::rename(&beside, file)).map_err(|failed| failing(file, &failed))
}

/// What is told of a file that cannot be written.
fn failing(file: &Path, failed: &std::io::Error) -> String {
    format!("{}: {failed}", file.display())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::import::{
        rows::Map,
        sheet::{self, read},
    };

    const CODE: &str = "SHQ-DC5-0Q5";

    fn people(rows: usize) -> People {
        let row = "Ли,1990-01-31,RUS,KZ-75\n";
        let sheet: sheet::Sheet =
            read(format!("family_name,birth_date,citizenship,region\n{}", row.repeat(rows)).as_bytes(), false).unwrap();
        People::read(sheet, &Map::new()).unwrap()
    }

    fn registered(line: i32, code: &str) -> proto::ImportedRow {
        let person = proto::ImportedRelocant { code: code.to_owned(), ..Default::default() };
        proto::ImportedRow { line, outcome: Some(Outcome::Relocant(person)) }
    }

    fn problem(line: i32, retry: bool) -> proto::ImportedRow {
        let fields =
            vec![proto::FieldProblem { field: "typed.birth_date".to_owned(), description: "is wrong".to_owned(), ..Default::default() }];
        proto::ImportedRow { line, outcome: Some(Outcome::Problem(proto::Problem { retry, fields, ..Default::default() })) }
    }

    fn answer(rows: Vec<proto::ImportedRow>) -> proto::ImportRelocantsResponse {
        proto::ImportRelocantsResponse { acknowledged_line: rows.last().unwrap().line, rows }
    }

    #[tokio::test]
    async fn what_was_begun_goes_on_behind_the_acknowledged_line_and_with_what_is_open_before_it() {
        let folder = tempfile::tempdir().unwrap();
        let sheet = folder.path().join("people.csv");
        let (people, import) = (people(5), Uuid::now_v7());
        let mut progress = Progress::begin(&sheet, &people, import, None).unwrap();
        assert_eq!(progress.to_send(), [0, 1, 2, 3, 4]);
        progress.take(answer(vec![registered(2, CODE), problem(3, false), problem(4, true)])).await.unwrap();
        progress.save().unwrap();
        drop(progress);

        let left = left_behind(&sheet).unwrap();
        assert_eq!((left.0.acknowledged_line, left.0.registered, left.0.import_id), (4, 1, import));
        let mut progress = Progress::begin(&sheet, &people, import, Some(left)).unwrap();
        assert_eq!(progress.to_send(), [1, 2, 3, 4], "the rows of lines 3 and 4 once more, then the rest");
        progress.save().unwrap();
        assert_eq!(progress.to_send(), [1, 2, 3, 4], "also when it is killed before their turn");
        progress.take(answer(vec![registered(3, CODE), registered(4, CODE), registered(5, CODE), registered(6, CODE)])).await.unwrap();
        assert_eq!((progress.to_send(), progress.registered.len()), (vec![], 5));
        progress.end().unwrap();
        assert!(!state_file(&sheet).exists());
        assert_eq!(std::fs::read_to_string(codes_file(&sheet)).unwrap().lines().count(), 6);
    }

    #[tokio::test]
    async fn what_may_be_sent_again_is_neither_lost_nor_a_fault() {
        let folder = tempfile::tempdir().unwrap();
        let sheet = folder.path().join("people.csv");
        let people = people(2);
        let mut progress = Progress::begin(&sheet, &people, Uuid::now_v7(), None).unwrap();
        progress.take(answer(vec![problem(2, true), problem(3, false)])).await.unwrap();
        assert_eq!((progress.to_send_again(), progress.faults.len()), (vec![0], 1));
        assert_eq!(progress.faults[&3][0].at, Some(1), "the field is known by its column");
        progress.end().unwrap();
        assert!(state_file(&sheet).exists(), "it can be started again");
    }

    #[tokio::test]
    async fn a_state_that_is_cut_off_or_whose_codes_are_gone_is_as_good_as_none() {
        let folder = tempfile::tempdir().unwrap();
        let sheet = folder.path().join("people.csv");
        let people = people(2);
        let mut progress = Progress::begin(&sheet, &people, Uuid::now_v7(), None).unwrap();
        progress.take(answer(vec![registered(2, CODE)])).await.unwrap();
        progress.save().unwrap();
        assert!(left_behind(&sheet).is_some());
        let codes = std::fs::read(codes_file(&sheet)).unwrap();
        std::fs::write(codes_file(&sheet), &codes[..codes.len() - 3]).unwrap();
        assert!(left_behind(&sheet).is_none());
        std::fs::write(codes_file(&sheet), &codes).unwrap();
        std::fs::write(state_file(&sheet), "{").unwrap();
        assert!(left_behind(&sheet).is_none());
    }

    #[test]
    fn a_state_holds_lines_and_counts_only() {
        let kept = Kept { open_lines: [7].into(), ..Kept::default() };
        let text = serde_json::to_string(&kept).unwrap();
        assert_eq!(text, r#"{"import_id":"00000000-0000-0000-0000-000000000000","acknowledged_line":0,"registered":0,"open_lines":[7]}"#);
    }
}
