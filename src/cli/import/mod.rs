//! `relocreg import`: registers the people of a sheet. It reads, has the server look at every row, asks, registers, and writes down what could not be registered.

pub mod columns;
mod csv_text;
mod report;
pub mod rows;
pub mod sheet;
mod state;
pub mod terms;

use std::{
    collections::BTreeMap,
    io::{BufRead as _, IsTerminal as _},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use uuid::Uuid;

pub use self::columns::{COLUMNS, Column, SHEET, Shape};
use self::{
    report::{Review, by_column, write_copy},
    rows::{Fault, People, read_map_file},
    state::{Left, Progress, left_behind, state_file},
};
use super::{
    bearer, failed, note, say,
    sending::{Ended, Line, bar},
};
use crate::{ids::derived, messages::Language};

/// Some rows were not registered.
const SOME_NOT: u8 = 5;
/// The server cannot be reached, or went away for longer than patience goes.
const UNAVAILABLE: u8 = 7;

/// What is imported.
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit codes:
  0  all are registered; with --dry-run: can be
  1  nothing was done, or it failed
  5  some rows were not registered
  7  the server is unavailable; start the same again to go on

Beside people.csv it keeps people.csv.import-state until all is done, and leaves people.registered.csv (line and code) and, when
rows are at fault, people.errors.csv (for a workbook .xlsx): mend that copy and import it.")]
pub struct Import {
    /// The sheet: CSV in UTF-8, or an Excel workbook; `relocreg template` makes an empty one.
    file: PathBuf,
    /// The server's address.
    #[arg(long, default_value = "http://127.0.0.1:50051")]
    address: String,
    /// A file with the token; without it, the token is read from the setting `client.token`.
    #[arg(long)]
    token_file: Option<PathBuf>,
    /// A TOML file that says what other headings mean: `"Nachname" = "family_name"`, `"Remarks" = "-"`.
    #[arg(long)]
    map: Option<PathBuf>,
    /// Only has the rows looked at; registers nobody and writes no file.
    #[arg(long, conflicts_with = "skip_review")]
    dry_run: bool,
    /// Registers without asking.
    #[arg(long)]
    yes: bool,
    /// Registers without having the rows looked at first, and without asking.
    #[arg(long)]
    skip_review: bool,
    /// Never asks, even on a terminal.
    #[arg(long)]
    no_input: bool,
    /// The import; follows from the file's bytes, so that the same file is never registered twice.
    #[arg(long = "import-id")]
    id: Option<Uuid>,
    /// The language in which the copy with faults says what is wrong.
    #[arg(long, value_enum, default_value = "ru")]
    language: Language,
    /// How many seconds to go on trying while the server does not answer.
    #[arg(long, default_value_t = 120)]
    patience: u64,
}

/// Imports.
pub async fn run(asked: Import, token: Option<String>) -> Result<ExitCode, String> {
    let bearer = bearer(asked.token_file.as_deref(), token)?;
    let map = read_map_file(asked.map.as_deref())?;
    let (bytes, sheet) = sheet::read_file(&asked.file)?;
    // The same bytes are the same import.
    let import = asked.id.unwrap_or_else(|| derived(&bytes));
    drop(bytes);
    let name = asked.file.display().to_string();
    let people = People::read(sheet, &map).map_err(|faults| format!("{name}: nothing was sent\n  {}", faults.join("\n  ")))?;
    let line = Line::new(&asked.address, bearer, asked.language, import, Duration::from_secs(asked.patience))?;
    let ended = Importing { asked: &asked, people: Arc::new(people), line, import }.run().await;
    match ended {
        Ok(code) => Ok(code),
        Err(Ended::Failed(why)) => Err(why),
        Err(Ended::Unavailable(why)) => {
            failed(&format!("{}: {why}; start the same again to go on", asked.address));
            Ok(ExitCode::from(UNAVAILABLE))
        }
    }
}

/// One import.
struct Importing<'a> {
    asked: &'a Import,
    people: Arc<People>,
    line: Line,
    import: Uuid,
}

impl Importing<'_> {
    async fn run(&self) -> Result<ExitCode, Ended> {
        let (asked, people) = (self.asked, &self.people);
        say(&format!("{}: {} rows, import {}", asked.file.display(), people.good.len() + people.faults.len(), self.import));
        let left = if asked.dry_run { None } else { self.left_behind().map_err(Ended::Failed)? };
        if let Some((kept, _)) = &left {
            say(&format!("Going on with this import: {} are registered already.", kept.registered));
        } else if !asked.skip_review {
            let mut review = Review::new(people);
            let progress = bar(people.good.len(), "Looking");
            let sent = self.line.review(people, people.good.clone(), &progress, &mut review).await;
            progress.finish_and_clear();
            sent?;
            say(&review.summary());
            if asked.dry_run {
                say("Nobody was registered: this was a dry run.");
                return Ok(code(review.faulty()));
            }
            if review.good() == 0 {
                self.write_faults(&people.faults)?;
                say("There is nobody to register.");
                return Ok(code(review.faulty()));
            }
            if !self.agreed(review.good()).map_err(Ended::Failed)? {
                return Err(Ended::Failed("nobody was registered".to_owned()));
            }
        }
        self.register(left).await
    }

    /// What an interrupted import of this file has left. Another import's state is not touched: the file has changed since.
    fn left_behind(&self) -> Result<Option<Left>, String> {
        let Some((kept, codes)) = left_behind(&self.asked.file) else { return Ok(None) };
        if kept.import_id == self.import {
            return Ok(Some((kept, codes)));
        }
        let state = state_file(&self.asked.file);
        let (state, id) = (state.display(), kept.import_id);
        Err(format!(
            "an earlier import of this file, with other content, was not finished: {} people of it are registered. To go on with that one, give --import-id {id}; \
             to register this content as new, remove {state}",
            kept.registered
        ))
    }

    /// Whether to register.
    fn agreed(&self, count: usize) -> Result<bool, String> {
        if self.asked.yes {
            return Ok(true);
        }
        if self.asked.no_input || !std::io::stdin().is_terminal() {
            return Err("nobody was registered: there is no terminal to ask on; give --yes".to_owned());
        }
        note(&format!("Register {count} people? [y/N]"));
        let mut answer = String::new();
        std::io::stdin().lock().read_line(&mut answer).map_err(|failed| failed.to_string())?;
        Ok(["y", "yes", "д", "да", "и", "иә"].contains(&answer.trim().to_lowercase().as_str()))
    }

    async fn register(&self, left: Option<Left>) -> Result<ExitCode, Ended> {
        let people = &self.people;
        let mut results = Progress::begin(&self.asked.file, people, self.import, left).map_err(Ended::Failed)?;
        let rows = results.to_send();
        let progress = bar(rows.len(), "Registering");
        let sent = self.line.send_all(people, rows, &progress, &mut results).await;
        progress.finish_and_clear();
        if sent.is_err() {
            results.save().map_err(Ended::Failed)?;
            note(&format!("{} of {} people are registered.", results.registered.len(), people.good.len()));
            return sent.map(|()| ExitCode::SUCCESS);
        }
        let (registered, again) = (results.registered.len(), results.again.len());
        let mut faults = people.faults.clone();
        faults.append(&mut results.faults);
        results.end().map_err(Ended::Failed)?;
        say(&format!("{registered} people are registered; their codes are in {}.", state::codes_file(&self.asked.file).display()));
        self.write_faults(&faults)?;
        if again > 0 {
            return Err(Ended::Unavailable(format!("{again} rows could not be registered now")));
        }
        Ok(code(faults.len()))
    }

    /// Writes the rows that could not be registered beside the sheet.
    fn write_faults(&self, faults: &BTreeMap<i32, Vec<Fault>>) -> Result<(), Ended> {
        if faults.is_empty() {
            return Ok(());
        }
        let copy = copy_of(&self.asked.file, &self.people);
        write_copy(&self.asked.file, &copy, &self.people, faults, self.asked.language).map_err(Ended::Failed)?;
        let count = faults.len();
        note(&format!(
            "{count} rows could not be registered; mend them in {} and import that.\n{}",
            copy.display(),
            by_column(&self.people, faults).trim_end()
        ));
        Ok(())
    }
}

fn copy_of(file: &Path, people: &People) -> PathBuf {
    file.with_extension(match people.sheet.format {
        sheet::Format::Csv(_) => "errors.csv",
        sheet::Format::Xlsx => "errors.xlsx",
    })
}

fn code(faulty: usize) -> ExitCode {
    if faulty == 0 { ExitCode::SUCCESS } else { ExitCode::from(SOME_NOT) }
}
