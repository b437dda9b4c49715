//! gRPC of registering: one person, up to two hundred, or a file. Each is the same call with its own request id, so what came before is answered as it was then, and a
//! file that is sent again after a break has no second effect. Nothing is kept of a file.

use std::{collections::HashMap, pin::Pin, sync::Arc};

use futures_util::{Stream, StreamExt as _, stream};
use tokio::sync::{Semaphore, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status, Streaming};
use tonic_types::StatusExt as _;
use uuid::Uuid;

use super::operations::{RegisterRelocant, Registered, Source};
use crate::{
    api::{Fields, change, instant, read},
    auth::Permission,
    duplicates::api::likely_duplicates,
    error::{Error, Result, Why},
    gate::{Call, Change, Registry},
    ids::{RelocantId, derived},
    messages::layer::with_language,
    proto::{self, imported_row, register_relocant_request, registration_result},
    relocants::{
        operations::Person,
        rules,
        wire::{self, REGION, read_card},
    },
    seal::{Personal, TagField},
    status::from_error,
    stays,
};

/// Registrations of one batch at most.
const MOST_OF_A_BATCH: usize = 200;

/// Lines of a file at most.
const MOST_LINES: i32 = 1_000_000;

/// Registrations of one caller's batch or file that wait for their turn at the same moment.
const AT_ONCE: usize = 16;

/// Registrations of all batches and files together that are worked on at the same moment. They share commits, and leave most of the house to people at the counter, also
/// when fifty centres come back with what they have gathered in a day.
const IN_THE_LANE: usize = 4;

/// The lane of those who come many at once. They take turns, row by row, so that a short file need not wait for the end of a long one.
#[derive(Debug, Clone)]
pub struct Lane(Arc<Semaphore>);

impl Default for Lane {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(IN_THE_LANE)))
    }
}

/// Results of a file in one answer at most.
const RESULTS_AT_ONCE: usize = 100;

/// Answers that may wait for a slow reader; then the file waits for it.
const BUFFER: usize = 4;

/// What becomes of the rows of a file.
pub type ImportStream = Pin<Box<dyn Stream<Item = Result<proto::ImportRelocantsResponse, Status>> + Send>>;

/// Registers one person.
pub async fn register(
    registry: &Registry,
    call: &Call,
    message: proto::RegisterRelocantRequest,
) -> Result<proto::RegisterRelocantResponse, Status> {
    let Answer { registered, likely_duplicates, warnings } = registered(registry, call, message).await?;
    Ok(proto::RegisterRelocantResponse {
        warnings,
        likely_duplicates,
        relocant: Some(wire::write(registered.person)),
        stay_status: registered.stay_status.map(stays::api::write_status),
    })
}

/// A person just registered, who that is likely to be, and what should be looked at twice.
struct Answer {
    registered: Registered,
    likely_duplicates: Vec<proto::LikelyDuplicate>,
    warnings: Vec<proto::FieldWarning>,
}

/// Registers one person.
async fn registered(registry: &Registry, call: &Call, message: proto::RegisterRelocantRequest) -> Result<Answer, Status> {
    let (change, operation) = read_registration(registry, message).map_err(from_error)?;
    let (recorded, captured) = (!change.validate_only, operation.captured_at.is_some());
    let registered = registry.execute(call, change, operation).await.map_err(from_error)?;
    let likely_duplicates = likely_duplicates(registry, call, &registered.person, recorded).await;
    let mut warnings = wire::warnings(&registered.person, "typed.iin");
    if captured && registered.person.relocant.captured_at.is_none() {
        warnings.push(wire::warning("capture_time", "CLOCK_IS_WRONG", CLOCK_IS_WRONG));
    }
    Ok(Answer { registered, likely_duplicates, warnings })
}

const CLOCK_IS_WRONG: Why =
    Why::Contradicts("lies in the future or before the last 30 days, so the client's clock is wrong; it was left out");

/// Registers up to two hundred people, each for itself.
pub async fn register_batch(
    registry: &Registry,
    lane: &Lane,
    call: &Call,
    message: proto::BatchRegisterRelocantsRequest,
) -> Result<proto::BatchRegisterRelocantsResponse, Status> {
    if !(1..=MOST_OF_A_BATCH).contains(&message.registrations.len()) {
        return Err(from_error(Error::invalid("registrations", Why::Range("1 to 200"))));
    }
    registry.allowed(call, "BatchRegisterRelocants", Permission::BatchRegisterRelocants).await.map_err(from_error)?;
    let results = stream::iter(message.registrations).map(|registration| async move {
        // The semaphore is never closed.
        let _turn = lane.0.acquire().await.ok();
        let outcome = match register(registry, call, registration).await {
            Ok(registered) => registration_result::Outcome::Registered(registered),
            Err(status) => registration_result::Outcome::Problem(problem(&status)),
        };
        proto::RegistrationResult { outcome: Some(outcome) }
    });
    Ok(proto::BatchRegisterRelocantsResponse { results: results.buffered(AT_ONCE).collect().await })
}

/// Registers the people of a file, and answers as it goes.
pub async fn import(
    registry: &Registry,
    lane: &Lane,
    call: Call,
    rows: Streaming<proto::ImportRelocantsRequest>,
) -> Result<ImportStream, Status> {
    registry.allowed(&call, "ImportRelocants", Permission::ImportRelocants).await.map_err(from_error)?;
    let (answers, stream) = mpsc::channel(BUFFER);
    let work = import_rows(registry.clone(), lane.clone(), Call { deadline: None, ..call }, rows, answers);
    registry.spawn(with_language(work));
    Ok(Box::pin(ReceiverStream::new(stream)))
}

/// Works through a file until it ends, its reader goes, or a message cannot be read. What was begun is finished: the client learns of it when it sends the row again.
async fn import_rows(
    registry: Registry,
    turns: Lane,
    call: Call,
    rows: Streaming<proto::ImportRelocantsRequest>,
    answers: mpsc::Sender<Result<proto::ImportRelocantsResponse, Status>>,
) {
    let mut file = File::default();
    let read = rows.map(|row| row.and_then(|row| file.read(row).map_err(from_error)));
    let (registry, turns, call) = (&registry, &turns, &call);
    let done = read.map(|row| async move {
        let (line, registration) = row?;
        let review = registration.validate_only;
        let _turn = turns.0.acquire().await.ok();
        Ok((line, review, registered(registry, call, registration).await))
    });
    let mut shown = Shown::default();
    let mut results = std::pin::pin!(done.buffered(AT_ONCE).ready_chunks(RESULTS_AT_ONCE));
    while let Some(part) = results.next().await {
        let mut answer = proto::ImportRelocantsResponse::default();
        let mut broken = None;
        for result in part {
            match result {
                Ok((line, review, outcome)) => {
                    let outcome = match outcome {
                        Ok(Answer { registered: Registered { person, .. }, likely_duplicates, warnings }) => {
                            imported_row::Outcome::Relocant(proto::ImportedRelocant {
                                // In a review nobody is registered, so there is no record to name.
                                id: if review { String::new() } else { person.relocant.id.to_string() },
                                code: if review { String::new() } else { person.relocant.code.to_string() },
                                same_as_line: shown.first_line(registry, line, &person),
                                likely_duplicates,
                                warnings,
                            })
                        }
                        Err(status) => imported_row::Outcome::Problem(problem(&status)),
                    };
                    answer.acknowledged_line = line;
                    answer.rows.push(proto::ImportedRow { line, outcome: Some(outcome) });
                }
                Err(status) => {
                    broken = Some(status);
                    break;
                }
            }
        }
        if !answer.rows.is_empty() && answers.send(Ok(answer)).await.is_err() {
            return;
        }
        if let Some(status) = broken {
            return drop(answers.send(Err(status)).await);
        }
    }
}

/// What the rows of one file have in common.
#[derive(Debug, Default)]
struct File {
    begun: Option<(Uuid, bool)>,
    last_line: i32,
}

impl File {
    /// A row's line and registration, with the request id that follows from the file and the line.
    fn read(&mut self, row: proto::ImportRelocantsRequest) -> Result<(i32, proto::RegisterRelocantRequest)> {
        let mut fields = Fields::default();
        let import: Option<Uuid> = fields.required("import_id", &row.import_id, Why::Format("a UUID"));
        if !(1..=MOST_LINES).contains(&row.line) {
            fields.fault("line", Why::Range("1 to 1,000,000"));
        } else if row.line <= self.last_line {
            fields.fault("line", Why::Contradicts("does not lie after the line before"));
        }
        if row.registration.is_none() {
            fields.fault("registration", Why::Required);
        }
        let begun = import.map(|import| *self.begun.get_or_insert((import, row.validate_only)));
        if begun.is_some_and(|(import, _)| Some(import) != row.import_id.parse().ok()) {
            fields.fault("import_id", Why::Contradicts("is not that of the rows before"));
        }
        if begun.is_some_and(|(_, validate_only)| validate_only != row.validate_only) {
            fields.fault("validate_only", Why::Contradicts("is not that of the rows before"));
        }
        fields.done()?;
        self.last_line = row.line;
        let registration = read(row.registration)?;
        let request_id = request_id(read(import)?, row.line).to_string();
        Ok((row.line, proto::RegisterRelocantRequest { request_id, validate_only: row.validate_only, ..registration }))
    }
}

/// The request id of a line: the same whenever the file is sent.
fn request_id(import: Uuid, line: i32) -> Uuid {
    derived(&[import.as_bytes().as_slice(), &line.to_be_bytes()].concat())
}

/// Which documents and IINs the rows of a file have shown, as keyed hashes, and on which line first.
#[derive(Debug, Default)]
struct Shown(HashMap<[u8; 16], i32>);

impl Shown {
    /// The first line that has shown one of a person's documents or the IIN before this line, or 0.
    fn first_line(&mut self, registry: &Registry, line: i32, person: &Person) -> i32 {
        let Some(identity) = &person.identity else { return 0 };
        let documents = identity.documents.iter().map(|document| (TagField::Document, document.key().expose().clone().into_bytes()));
        let iin = identity.iin.iter().map(|iin| (TagField::Iin, iin.expose().digits().into_bytes()));
        let mut first = 0;
        for (field, bytes) in documents.chain(iin) {
            let tag = registry.vault().tag(field, &bytes);
            let known = tag.first_chunk().map_or(line, |tag| *self.0.entry(*tag).or_insert(line));
            if known != line && (first == 0 || known < first) {
                first = known;
            }
        }
        first
    }
}

/// What one call would have been answered with, as a result among others.
fn problem(status: &Status) -> proto::Problem {
    let details = status.get_error_details();
    let (reason, metadata) = details.error_info().map(|info| (info.reason.clone(), info.metadata.clone())).unwrap_or_default();
    let violations = details.bad_request().map(|bad| bad.field_violations.clone()).unwrap_or_default();
    let retry = [Code::Aborted, Code::Unavailable, Code::ResourceExhausted, Code::DeadlineExceeded].contains(&status.code());
    proto::Problem {
        code: status.code().into(),
        reason,
        message: status.message().to_owned(),
        localized_message: details.localized_message().map(|localized| localized.message.clone()).unwrap_or_default(),
        metadata,
        fields: violations
            .into_iter()
            .map(|violation| proto::FieldProblem {
                field: violation.field,
                reason: violation.reason,
                description: violation.description,
                localized_description: violation.localized_message.map(|localized| localized.message).unwrap_or_default(),
            })
            .collect(),
        retry,
    }
}

fn read_registration(registry: &Registry, message: proto::RegisterRelocantRequest) -> Result<(Change, RegisterRelocant)> {
    let mut fields = Fields::default();
    let change = change(registry, &mut fields, &message, &message.request_id, message.validate_only);
    let operation = read_operation(&mut fields, message);
    fields.done()?;
    Ok((change, read(operation)?))
}

/// What is to be registered, as far as it can be told without a registry. `None` when a fault was noted.
pub fn read_operation(fields: &mut Fields, message: proto::RegisterRelocantRequest) -> Option<RegisterRelocant> {
    let id = fields.optional("relocant_id", &message.relocant_id, VERSION_7);
    if id.is_some_and(|id: RelocantId| id.0.get_version_num() != 7) {
        fields.fault("relocant_id", VERSION_7);
    }
    let captured_at = message.capture_time.and_then(|at| {
        let captured_at = instant(at);
        if captured_at.is_none() {
            fields.fault("capture_time", Why::Format("an instant"));
        }
        captured_at
    });
    let region = fields.required("region_code", &message.region_code, REGION);
    let entry_on = fields.optional_day("entry_date", message.entry_date);
    let phone = Some(message.phone).filter(|phone| !phone.is_empty());
    let email = Some(message.email).filter(|email| !email.is_empty());
    fields.faults(rules::contacts(phone.as_deref(), email.as_deref()));
    let card = read_card(fields, message.card.unwrap_or_default());
    let source = match message.source {
        None => {
            fields.fault("source", Why::Required);
            None
        }
        Some(register_relocant_request::Source::Mrz(lines)) => Some(Source::Mrz(Personal::new(lines))),
        Some(register_relocant_request::Source::Typed(typed)) => {
            wire::read_typed(fields, typed).map(|(identity, citizenship)| Source::Typed { identity: Box::new(identity), citizenship })
        }
    };
    Some(RegisterRelocant {
        source: source?,
        region: region?,
        entry_on,
        phone: phone.map(Personal::new),
        email: email.map(Personal::new),
        card,
        id,
        captured_at,
    })
}

const VERSION_7: Why = Why::Format("a UUID of version 7");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Violation, Violations};

    fn row(import: Uuid, line: i32) -> proto::ImportRelocantsRequest {
        proto::ImportRelocantsRequest {
            import_id: import.to_string(),
            validate_only: false,
            line,
            registration: Some(proto::RegisterRelocantRequest::default()),
        }
    }

    fn faults(outcome: Result<(i32, proto::RegisterRelocantRequest)>) -> Vec<String> {
        let Err(Error::Invalid(Violations(found))) = outcome else { return vec![] };
        found.into_iter().map(|Violation { field, .. }| field).collect()
    }

    #[test]
    fn a_line_has_the_same_request_id_whenever_its_file_is_sent_and_no_other_has_it() {
        let import = Uuid::now_v7();
        let read = |import, line| File::default().read(row(import, line)).unwrap().1.request_id;
        assert_eq!(read(import, 7), read(import, 7));
        assert!(read(import, 7) != read(import, 8) && read(import, 7) != read(Uuid::now_v7(), 7));
    }

    #[test]
    fn the_rows_of_a_file_belong_together_and_come_in_order() {
        let import = Uuid::now_v7();
        let mut file = File::default();
        assert_eq!(faults(file.read(row(import, 3))), Vec::<String>::new());
        assert_eq!(faults(file.read(row(import, 3))), ["line"]);
        assert_eq!(faults(file.read(row(Uuid::now_v7(), 4))), ["import_id"]);
        assert_eq!(faults(file.read(proto::ImportRelocantsRequest { validate_only: true, ..row(import, 4) })), ["validate_only"]);
        let nothing = proto::ImportRelocantsRequest::default();
        assert_eq!(faults(File::default().read(nothing)), ["import_id", "line", "registration"]);
        assert_eq!(file.read(row(import, 9)).unwrap().0, 9, "lines without a person are left out");
    }
}
