//! `relocreg queue`: registers people where there is no network, and sends them when there is one. To the registry an outbox is an import that never ends: an entry's number
//! is its line, so that an entry that is sent again, after whatever broke, has no second effect. The record's id is made here, so that also another clerk's push makes none.

mod ask;
mod envelope;
mod outbox;

use std::{
    collections::BTreeSet,
    io::IsTerminal as _,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use clap::Subcommand;
use tonic::{Code, metadata::AsciiMetadataValue};
use uuid::Uuid;

pub use self::envelope::PrivateKey;
use self::{
    envelope::{Recipient, seal},
    outbox::{Answer, New, Outbox, State, entry},
};
use super::{
    bearer, failed,
    import::{
        rows::{People, read_map_file},
        sheet,
    },
    retrying, say,
    sending::{Ended, Line, Results, Rows, bar},
};
use crate::{
    api::timestamp,
    ids::derived,
    messages::Language,
    proto::{self, imported_row::Outcome},
    time::{Clock, civil_day, wall_clock},
};

/// Somebody could not be added or was refused.
const SOME_NOT: u8 = 5;
/// The server cannot be reached; the entries wait.
const UNAVAILABLE: u8 = 7;

/// What is done with the outbox.
#[derive(Debug, Subcommand)]
pub enum Queue {
    /// Adds a person, who is asked for at the terminal, or the people of a sheet. Needs no network, and cannot read what was added before.
    Add(Add),
    /// Lists who was added and what became of them; nothing personal.
    List(List),
    /// Sends everybody who waits.
    Push(Push),
    /// Takes out an entry that is not registered. If it was sent and nothing was heard, the person may be registered all the same.
    Drop {
        /// The entry.
        number: i32,
        #[command(flatten)]
        place: Place,
    },
}

/// Where the outbox is.
#[derive(Debug, clap::Args)]
pub struct Place {
    /// The file of the outbox; without it, the setting `queue.file`.
    #[arg(long)]
    queue: Option<PathBuf>,
}

/// What is added.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit codes:
  0  everybody was added
  1  nothing was done, or it failed
  5  some rows of the sheet are at fault, and nobody was added")]
pub struct Add {
    /// A sheet as `relocreg import` takes it; the same sheet again adds nobody twice. Without it, the person is asked for.
    file: Option<PathBuf>,
    /// A TOML file that says what other headings mean, as for `relocreg import`.
    #[arg(long, requires = "file")]
    map: Option<PathBuf>,
    /// The public key to seal for; without it, the setting `queue.recipient`.
    #[arg(long, allow_hyphen_values = true)]
    recipient: Option<String>,
    /// The person stands for an entry that cannot be registered, which goes; the time of capture stays.
    #[arg(long, conflicts_with = "file")]
    instead_of: Option<i32>,
    /// The language of the questions and of what is wrong.
    #[arg(long, value_enum, default_value = "ru")]
    language: Language,
    #[command(flatten)]
    place: Place,
}

/// What is listed.
#[derive(Debug, clap::Args)]
pub struct List {
    /// As JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

/// What is pushed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit codes:
  0  everybody is registered
  1  it failed
  5  some were refused; `relocreg queue list` says why
  7  the server is unavailable; whoever is not registered waits for the next push")]
pub struct Push {
    /// The server's address.
    #[arg(long, default_value = "http://127.0.0.1:50051")]
    address: String,
    /// A file with the token; without it, the token is read from the setting `client.token`.
    #[arg(long)]
    token_file: Option<PathBuf>,
    /// The file of the private key; without it, the setting `queue.key_file`.
    #[arg(long)]
    key_file: Option<PathBuf>,
    /// The language in which is told what is wrong.
    #[arg(long, value_enum, default_value = "ru")]
    language: Language,
    /// How many seconds to go on trying while the server does not answer.
    #[arg(long, default_value_t = 120)]
    patience: u64,
    /// Begins within so many seconds, at random, so that centres that push at the same time do not come at the same moment. By default 10, and none at a terminal.
    #[arg(long)]
    spread: Option<u64>,
    #[command(flatten)]
    place: Place,
}

/// The settings: the file of the outbox, the public key, the file of the private key.
type Settings = (PathBuf, Option<String>, Option<PathBuf>);

/// Does it.
pub async fn run(command: Queue, (file, recipient, key_file): Settings, token: Option<String>) -> Result<ExitCode, String> {
    let place = |place: &Place| place.queue.clone().unwrap_or(file);
    match command {
        Queue::Add(asked) => {
            let outbox = place(&asked.place);
            add(asked, &outbox, recipient).await
        }
        Queue::List(asked) => list(&asked, &place(&asked.place)).await,
        Queue::Push(asked) => {
            let bearer = bearer(asked.token_file.as_deref(), token)?;
            let outbox = place(&asked.place);
            push(&asked, &outbox, asked.key_file.clone().or(key_file), bearer).await
        }
        Queue::Drop { number, place: asked } => {
            let outbox = open_existing(&place(&asked)).await?;
            outbox.drop_entry(number).await?;
            say(&format!("Entry {number} is taken out."));
            outbox.close().await;
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn open_existing(file: &Path) -> Result<Outbox, String> {
    if !file.exists() {
        return Err(format!("{}: there is no outbox; `relocreg queue add` makes one", file.display()));
    }
    Outbox::open(file).await
}

async fn add(asked: Add, file: &Path, recipient: Option<String>) -> Result<ExitCode, String> {
    let recipient = asked.recipient.or(recipient);
    let recipient =
        recipient.ok_or("a public key is needed: --recipient, or RELOCREG_QUEUE_RECIPIENT; `relocreg keys queue` makes a key pair")?;
    let recipient: Recipient = recipient.parse()?;
    let now = Clock::default().now();
    let today = civil_day(now);
    let new = |registration: proto::RegisterRelocantRequest, origin| {
        let relocant_id = Uuid::now_v7();
        let sealed = seal(&recipient, relocant_id, &registration)?;
        Ok::<_, String>(New { relocant_id, origin, captured_at: now, recipient: recipient.to_string(), sealed })
    };
    let Some(sheet) = &asked.file else {
        let (mut input, mut output) = (std::io::stdin().lock(), std::io::stderr().lock());
        let registration = ask::ask(&mut input, &mut output, asked.language, today).map_err(|failed| failed.to_string())?;
        drop((input, output));
        let registration = registration.ok_or("nobody was added: the input ended")?;
        let outbox = Outbox::open(file).await?;
        let entry = new(registration, None)?;
        let relocant_id = entry.relocant_id;
        outbox.add(vec![entry], asked.instead_of).await?;
        say(&format!("Added as entry {}, which waits to be pushed.", outbox.number_of(relocant_id).await?));
        outbox.close().await;
        return Ok(ExitCode::SUCCESS);
    };
    let map = read_map_file(asked.map.as_deref())?;
    let (bytes, read) = sheet::read_file(sheet)?;
    let people = People::read(read, &map).map_err(|faults| format!("{}: nobody was added\n  {}", sheet.display(), faults.join("\n  ")))?;
    let mut faults: Vec<String> = Vec::new();
    for (line, found) in &people.faults {
        faults.extend(found.iter().map(|fault| format!("line {line}, {}: {}", people.heading(fault), fault.what.told())));
    }
    let sheet_id = derived(&bytes);
    let mut entries = Vec::new();
    for index in people.good.iter().copied() {
        let (line, Some(registration)) = (people.line(index), people.registration(index)) else { continue };
        let found = ask::faults(&registration, today, asked.language);
        faults.extend(found.iter().map(|found| format!("line {line}, {}: {}", found.field, found.told)));
        entries.push(new(registration, Some(derived(&[sheet_id.as_bytes().as_slice(), &line.to_be_bytes()].concat())))?);
    }
    if !faults.is_empty() {
        failed(&format!("{}: nobody was added\n  {}", sheet.display(), faults.join("\n  ")));
        return Ok(ExitCode::from(SOME_NOT));
    }
    let outbox = Outbox::open(file).await?;
    let (all, added) = (entries.len(), outbox.add(entries, None).await?);
    outbox.close().await;
    say(&format!(
        "Added: {added} people wait to be pushed; {} of the sheet were there already.",
        u64::try_from(all).unwrap_or(added) - added
    ));
    Ok(ExitCode::SUCCESS)
}

async fn list(asked: &List, file: &Path) -> Result<ExitCode, String> {
    let outbox = open_existing(file).await?;
    let entries = outbox.list().await?;
    outbox.close().await;
    say(&if asked.json { serde_json::to_string_pretty(&entries).map_err(|failed| failed.to_string())? } else { table(&entries) });
    Ok(ExitCode::SUCCESS)
}

fn table(entries: &[entry::Model]) -> String {
    if entries.is_empty() {
        return "The outbox is empty.".to_owned();
    }
    let mut lines = vec![format!("{:>6}  {:<16}  {:<10}  {:<11}  {}", "entry", "captured", "state", "code", "look at")];
    lines.extend(entries.iter().map(|entry| {
        let captured = wall_clock(entry.captured_at).format("%Y-%m-%d %H:%M");
        let [code, about] = [&entry.code, &entry.about].map(|text| text.as_deref().unwrap_or_default());
        format!("{:>6}  {captured}  {:<10}  {code:<11}  {about}", entry.number, entry.state.to_lowercase()).trim_end().to_owned()
    }));
    let count = |state: State| entries.iter().filter(|entry| entry.state == <&str>::from(state)).count();
    let (waiting, refused) = (count(State::Waiting), count(State::Refused));
    lines.push(format!("{} in all: {waiting} waiting, {refused} refused, {} registered", entries.len(), entries.len() - waiting - refused));
    lines.join("\n")
}

/// Entries on their way.
struct Waiting {
    entries: Vec<entry::Model>,
    key: PrivateKey,
}

impl Rows for Waiting {
    fn line(&self, index: usize) -> i32 {
        self.entries.get(index).map_or(0, |entry| entry.number)
    }

    fn registration(&self, index: usize) -> Option<proto::RegisterRelocantRequest> {
        let entry = self.entries.get(index)?;
        // One that was damaged goes as one in which nothing stands, and is refused.
        let registration = self.key.open(entry.relocant_id, entry.sealed.as_deref()?).unwrap_or_default();
        Some(proto::RegisterRelocantRequest {
            relocant_id: entry.relocant_id.to_string(),
            capture_time: Some(timestamp(entry.captured_at)),
            ..registration
        })
    }
}

/// Keeps what the registry answers, each answer before the next is taken.
struct Kept<'a> {
    outbox: &'a Outbox,
    entries: &'a [entry::Model],
    again: BTreeSet<i32>,
    /// Entries that somebody else's push has registered, or an earlier version of this program, unless the outbox was copied: the registry knows by the record.
    known: BTreeSet<i32>,
}

impl Results for Kept<'_> {
    async fn take(&mut self, answer: proto::ImportRelocantsResponse) -> Result<(), String> {
        let mut answers = Vec::new();
        for row in answer.rows {
            let number = row.line;
            self.again.remove(&number);
            match row.outcome {
                Some(Outcome::Relocant(person)) => answers.push(registered(number, person)),
                Some(Outcome::Problem(problem)) if problem.retry => drop(self.again.insert(number)),
                // The record, or another content under this number.
                Some(Outcome::Problem(problem)) if problem.code == i32::from(Code::AlreadyExists) => drop(self.known.insert(number)),
                Some(Outcome::Problem(problem)) => {
                    answers.push(Answer { number, state: State::Refused, code: None, about: Some(refused(&problem)) });
                }
                None => drop(self.again.insert(number)),
            }
        }
        self.outbox.answered(answers, Clock::default().now()).await
    }

    fn to_send_again(&self) -> Vec<usize> {
        let again = |(index, entry): (usize, &entry::Model)| self.again.contains(&entry.number).then_some(index);
        self.entries.iter().enumerate().filter_map(again).collect()
    }
}

fn registered(number: i32, person: proto::ImportedRelocant) -> Answer {
    let mut about: Vec<String> = person.likely_duplicates.iter().map(|likely| format!("likely {}", likely.code)).collect();
    if person.same_as_line != 0 {
        about.push(format!("same document as entry {}", person.same_as_line));
    }
    about.extend(person.warnings.iter().map(|warning| format!("{}: {}", warning.field, warning.localized_description)));
    let state = if about.is_empty() { State::Registered } else { State::Look };
    Answer { number, state, code: Some(person.code), about: Some(about.join("; ")).filter(|about| !about.is_empty()) }
}

/// Why an entry was refused: fields and reasons. The message of a refusal may name days, so it is not kept.
fn refused(problem: &proto::Problem) -> String {
    if problem.fields.is_empty() {
        return problem.reason.to_lowercase().replace('_', " ");
    }
    let one = |field: &proto::FieldProblem| {
        let what = if field.localized_description.is_empty() { &field.description } else { &field.localized_description };
        format!("{}: {what}", field.field)
    };
    problem.fields.iter().map(one).collect::<Vec<_>>().join("; ")
}

async fn push(asked: &Push, file: &Path, key_file: Option<PathBuf>, bearer: AsciiMetadataValue) -> Result<ExitCode, String> {
    let key_file = key_file.ok_or("a private key is needed: --key-file, or RELOCREG_QUEUE_KEY_FILE")?;
    let key = std::fs::read_to_string(&key_file).map_err(|failed| format!("{}: {failed}", key_file.display()))?;
    let key = PrivateKey::read(&key).map_err(|why| format!("{}: {why}", key_file.display()))?;
    let outbox = open_existing(file).await?;
    outbox.tidy(Clock::default().now()).await?;
    let waiting = Arc::new(Waiting { entries: outbox.to_send().await?, key });
    let recipient = waiting.key.recipient().to_string();
    if let Some(entry) = waiting.entries.iter().find(|entry| entry.recipient != recipient) {
        return Err(format!("nothing was sent: {} does not open entry {}", key_file.display(), entry.number));
    }
    if waiting.entries.is_empty() {
        say("Nobody waits.");
        return Ok(ExitCode::SUCCESS);
    }
    let at_a_terminal = std::io::stderr().is_terminal();
    let spread = Duration::from_secs(asked.spread.unwrap_or(if at_a_terminal { 0 } else { 10 }));
    tokio::time::sleep(retrying::up_to(spread)).await;

    let line = Line::new(&asked.address, bearer, asked.language, outbox.id, Duration::from_secs(asked.patience))?;
    let progress = bar(waiting.entries.len(), "Pushing");
    let mut kept = Kept { outbox: &outbox, entries: &waiting.entries, again: BTreeSet::new(), known: BTreeSet::new() };
    let sent = line.send_all(&waiting, (0..waiting.entries.len()).collect(), &progress, &mut kept).await;
    progress.finish_and_clear();
    if sent.is_ok() {
        let answers = kept.look_up(&line).await;
        outbox.answered(answers, Clock::default().now()).await?;
    }
    let entries = outbox.list().await?;
    outbox.close().await;
    if let Err(Ended::Failed(why)) = sent {
        return Err(why);
    }
    let sent_now: BTreeSet<i32> = waiting.entries.iter().map(|entry| entry.number).collect();
    let of_this = |state: State| {
        let here = |entry: &&entry::Model| entry.state == <&str>::from(state) && sent_now.contains(&entry.number);
        entries.iter().filter(here).count()
    };
    let [registered, look, refused, left] = [State::Registered, State::Look, State::Refused, State::Waiting].map(of_this);
    say(&format!("{} are registered, {look} of them to be looked at; {refused} were refused; {left} wait.", registered + look));
    if let Err(Ended::Unavailable(why)) = sent {
        failed(&format!("{}: {why}; whoever waits is sent with the next push", asked.address));
        return Ok(ExitCode::from(UNAVAILABLE));
    }
    Ok(match (left, refused) {
        (0, 0) => ExitCode::SUCCESS,
        (0, _) => ExitCode::from(SOME_NOT),
        _ => ExitCode::from(UNAVAILABLE),
    })
}

impl Kept<'_> {
    /// The codes of entries whose record is there already. Where there is none that we can see, another has taken the entry's place, and it is refused.
    async fn look_up(&self, line: &Line) -> Vec<Answer> {
        let mut answers = Vec::new();
        for entry in self.entries.iter().filter(|entry| self.known.contains(&entry.number)) {
            let (state, code, about) = match line.code_of(entry.relocant_id).await {
                Ok(code) => (State::Registered, Some(code), None),
                Err(status) if status.code() == Code::NotFound => (State::Refused, None, Some("already exists".to_owned())),
                // It waits for the next push.
                Err(_) => continue,
            };
            answers.push(Answer { number: entry.number, state, code, about });
        }
        answers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(number: i32, state: State, code: Option<&str>, about: Option<&str>) -> entry::Model {
        entry::Model {
            number,
            relocant_id: Uuid::nil(),
            origin: None,
            captured_at: "2026-11-24T08:05:00Z".parse().unwrap(),
            state: state.to_string(),
            recipient: String::new(),
            sealed: Some(vec![1]),
            code: code.map(str::to_owned),
            about: about.map(str::to_owned),
            answered_at: None,
        }
    }

    #[test]
    fn a_list_says_when_what_became_of_it_and_what_to_look_at() {
        assert_eq!(table(&[]), "The outbox is empty.");
        let entries = [entry(1, State::Look, Some("7KQ-M2P-4XD"), Some("likely 7KQ-M2P-4XE")), entry(12, State::Waiting, None, None)];
        let text = table(&entries);
        assert!(
            text.contains("     1  2026-11-24 13:05  look        7KQ-M2P-4XD  likely 7KQ-M2P-4XE\n    12  2026-11-24 13:05  waiting\n"),
            "{text}"
        );
        assert!(text.ends_with("2 in all: 1 waiting, 0 refused, 1 registered"), "{text}");
        assert!(!serde_json::to_string(&entries).unwrap().contains("sealed"));
    }

    #[test]
    fn a_public_key_that_begins_with_a_dash_is_no_option() {
        #[derive(Debug, clap::Parser)]
        struct Line {
            #[command(flatten)]
            add: Add,
        }
        let line = <Line as clap::Parser>::try_parse_from(["add", "people.csv", "--recipient", "-Ie_K"]).unwrap();
        assert_eq!(line.add.recipient.as_deref(), Some("-Ie_K"));
    }

    #[test]
    fn a_refusal_is_kept_by_its_reason_and_never_with_its_message() {
        let problem = proto::Problem { reason: "CROSSING_IN_FUTURE".to_owned(), message: "on 2026-12-01".to_owned(), ..Default::default() };
        assert_eq!(refused(&problem), "crossing in future");
    }
}
