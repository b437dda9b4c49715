//! `relocreg vacancies`: brings an employer's vacancies to what a file says, as often as it is given. A file is read as a whole and all its faults are told before
//! anything is sent; each vacancy is then one `ImportVacancy`.

mod columns;
mod job_postings;
mod report;
mod rows;
mod template;
mod values;

use std::{collections::BTreeMap, path::PathBuf, process::ExitCode};

use prost::Message as _;
use tonic::{Code, Response, Status};
use tonic_types::StatusExt as _;
use uuid::Uuid;

use self::report::Outcome;
use super::{
    asking::{Line, Server},
    failed,
    import::sheet,
    note, retrying, save_new, say,
};
use crate::{
    ids::{EmployerId, derived},
    messages::Language,
    proto::{self, vacancy_service_client::VacancyServiceClient},
    time::{Clock, Instant},
};

/// Some vacancies were refused.
const SOME_REFUSED: u8 = 5;
/// The server went away before the end.
const UNAVAILABLE: u8 = 7;

/// What is done with vacancies.
#[derive(Debug, clap::Subcommand)]
pub enum Vacancies {
    /// Opens or amends the vacancies of a file, each under the employer's own reference.
    Import(Import),
    /// Makes an empty sheet with every column and what it means; needs no server.
    Template(Sheet),
}

/// What is imported.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit codes:
  0  all are as the file says; with --check: can be
  1  nothing was sent, or it failed
  5  the server refused some
  7  the server went away; start the same again to go on

Given again, the same file changes nothing. A JSON file holds JobPosting of schema.org: one, an array, or @graph. Pay is said by the month in whole units.")]
pub struct Import {
    /// The file: CSV in UTF-8, an Excel workbook, or JSON-LD; `relocreg vacancies template` makes an empty sheet.
    file: PathBuf,
    /// Whose vacancies.
    #[arg(long)]
    employer: EmployerId,
    /// Only asks the server what it would do; changes nothing.
    #[arg(long)]
    check: bool,
    /// Tells the outcome as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: Server,
}

/// Where the empty sheet goes.
#[derive(Debug, clap::Args)]
pub struct Sheet {
    /// The file to make; one that is there already is not overwritten.
    file: PathBuf,
    /// The language of the headings.
    #[arg(long, value_enum, default_value = "ru")]
    language: Language,
}

/// What a file says of one vacancy.
#[derive(Debug)]
pub struct Posting {
    /// Where in the file: a line, or a path of JSON.
    pub at: String,
    /// What is sent, but for its request id.
    pub said: proto::ImportVacancyRequest,
}

/// What is wrong, and where.
#[derive(Debug, PartialEq, Eq)]
pub struct Fault {
    /// A line and column, or a path of JSON.
    pub at: String,
    /// What is wrong there.
    pub what: String,
}

/// A file as it was understood.
#[derive(Debug, Default)]
pub struct File {
    /// The vacancies, in their order.
    pub postings: Vec<Posting>,
    /// Everything that is wrong. Nothing is sent unless it is empty.
    pub faults: Vec<Fault>,
    /// Rows that were comments or examples.
    pub examples: usize,
    /// Fields that are not known, with how often each was there.
    pub passed_over: BTreeMap<String, usize>,
    /// Whether the last vacancy still waits for further rows.
    unlooked: bool,
}

/// Does what is asked.
pub async fn run(asked: Vacancies, token: Option<String>) -> Result<ExitCode, String> {
    match asked {
        Vacancies::Import(import) => import_file(&import, token).await,
        Vacancies::Template(asked) => {
            save_new(&asked.file, &template::text(asked.language).map_err(|failed| failed.to_string())?)?;
            say(&format!("{}: {} columns; rows that begin with # are passed over", asked.file.display(), columns::COLUMNS.len()));
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn import_file(asked: &Import, token: Option<String>) -> Result<ExitCode, String> {
    let name = asked.file.display().to_string();
    let file = read(&asked.file, &asked.employer.to_string(), Clock::default().now())?;
    if let Some(told) = report::passed_over(&file.passed_over) {
        note(&told);
    }
    if !file.faults.is_empty() {
        let faults: Vec<String> = file.faults.iter().map(|fault| format!("{}: {}", fault.at, fault.what)).collect();
        return Err(format!("{name}: nothing was sent\n  {}", faults.join("\n  ")));
    }
    let line = Line::open(&asked.server, token).await?;
    let (mut done, mut gone) = (Vec::new(), None);
    // Each start has its own request ids: what a file said earlier may be said again after something else was, and must then have its effect.
    let start = Uuid::now_v7();
    for posting in &file.postings {
        let mut message = proto::ImportVacancyRequest { validate_only: asked.check, ..posting.said.clone() };
        message.request_id = request_id(start, &message);
        match outcome(send(&line, &message).await) {
            Ok(outcome) => done.push((posting, outcome)),
            Err(status) => {
                gone = Some(status);
                break;
            }
        }
    }
    say(&if asked.json { report::as_json(&done) } else { report::table(&done, asked.check) });
    match gone {
        Some(status) => {
            let left = file.postings.len() - done.len();
            failed(&format!("{}: {}; {left} vacancies were not sent", status.code(), status.message()));
            Ok(ExitCode::from(if retrying::is_passing(&status) { UNAVAILABLE } else { 1 }))
        }
        None if done.iter().any(|(_, outcome)| matches!(outcome, Outcome::Refused(..))) => Ok(ExitCode::from(SOME_REFUSED)),
        None => Ok(ExitCode::SUCCESS),
    }
}

/// Reads a file; what it is is seen from its first sign.
fn read(path: &std::path::Path, employer: &str, now: Instant) -> Result<File, String> {
    let said = |why| format!("{}: {why}", path.display());
    let bytes = sheet::bytes_of(path).map_err(said)?;
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let first = text.iter().find(|byte| !byte.is_ascii_whitespace());
    if !matches!(first, Some(b'{' | b'[')) {
        let sheet = sheet::read(&bytes, sheet::is_said_to_be_excel(path)).map_err(said)?;
        return Ok(rows::read(&sheet, employer, now));
    }
    sheet::small_enough(&bytes).map_err(said)?;
    let text = std::str::from_utf8(text).map_err(|_| said("this is not UTF-8".to_owned()))?;
    Ok(job_postings::read(text, employer, now))
}

/// The same within one start, so that sending again has no second effect.
fn request_id(start: Uuid, message: &proto::ImportVacancyRequest) -> String {
    derived(&[start.as_bytes().as_slice(), &message.encode_to_vec()].concat()).to_string()
}

async fn send(line: &Line, message: &proto::ImportVacancyRequest) -> Result<Response<proto::ImportVacancyResponse>, Status> {
    let client = VacancyServiceClient::new(line.channel.clone());
    retrying::call(async || client.clone().import_vacancy(line.request(message.clone())).await).await
}

/// What has become of one vacancy.
///
/// # Errors
/// The status, when it is of no use to send another one.
fn outcome(answer: Result<Response<proto::ImportVacancyResponse>, Status>) -> Result<Outcome, Status> {
    match answer.map(Response::into_inner) {
        Ok(answer) => Ok(Outcome::Done(answer.outcome(), answer.vacancy.unwrap_or_default().id)),
        Err(status) if retrying::is_passing(&status) || [Code::Unauthenticated, Code::PermissionDenied].contains(&status.code()) => {
            Err(status)
        }
        Err(status) => {
            let details = status.get_error_details();
            let reason = details.error_info().map_or_else(|| status.code().to_string(), |info| info.reason.clone());
            Ok(Outcome::Refused(reason, status.message().to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_sent_again_is_known_and_a_later_start_is_another() {
        let (start, later) = (Uuid::now_v7(), Uuid::now_v7());
        let said = |pay_min_minor| proto::ImportVacancyRequest { pay_min_minor, external_ref: "A".to_owned(), ..Default::default() };
        assert_eq!(request_id(start, &said(1)), request_id(start, &said(1)));
        assert_ne!(request_id(start, &said(1)), request_id(start, &said(2)));
        assert_ne!(request_id(start, &said(1)), request_id(later, &said(1)));
    }

    #[test]
    fn a_refusal_is_told_and_a_server_that_is_away_or_says_no_ends_it() {
        let refused = outcome(Err(Status::failed_precondition("the vacancy is closed"))).unwrap();
        assert!(matches!(refused, Outcome::Refused(_, why) if why == "the vacancy is closed"));
        for status in [Status::unavailable(""), Status::permission_denied(""), Status::unauthenticated("")] {
            assert!(outcome(Err(status)).is_err());
        }
    }
}
