//! gRPC of the change feed and the journal: reads requests, calls the gate, writes answers.

use std::{pin::Pin, time::Duration};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use futures_util::Stream;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};

use super::{
    Entry, Place, SeenEvent,
    operations::{ListEntries, ListEvents, MOST_ENTRIES, WatchEvents},
    store::Filter,
};
use crate::{
    api::{Fields, call, timestamp},
    error::{Error, Result, Why},
    events::Event,
    gate::{Call, Registry},
    messages::layer::with_language,
    page,
    proto::{self, audit_service_server::AuditService, event_service_server::EventService},
    seal::{TagField, Vault},
    status::from_error,
};

/// A quiet stream says at least this often that it lives, and how far it is.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// Messages that may wait for a slow reader; then the stream waits for it.
const BUFFER: usize = 64;

/// Bytes of the tag on a token, which keeps people from making up positions.
const TAG: usize = 8;

/// The change feed.
#[derive(Debug, Clone)]
pub struct Events {
    /// The gate.
    pub registry: Registry,
    /// Says that the server is about to stop.
    pub draining: CancellationToken,
}

/// The journal.
#[derive(Debug, Clone)]
pub struct Audit(pub Registry);

#[tonic::async_trait]
impl EventService for Events {
    type WatchEventsStream = Pin<Box<dyn Stream<Item = Result<proto::WatchEventsResponse, Status>> + Send>>;

    async fn watch_events(&self, request: Request<proto::WatchEventsRequest>) -> Result<Response<Self::WatchEventsStream>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let query = self.read(&message.resume_token, message.types, MOST_ENTRIES).map_err(from_error)?;
        // The first look also tells whether the caller may watch and the token is good.
        let call = Call { deadline: None, ..call };
        self.registry.fetch(&call, WatchEvents(ListEvents { limit: 1, ..query.clone() })).await.map_err(from_error)?;
        let (messages, stream) = mpsc::channel(BUFFER);
        let watch = watch(self.clone(), call, query, messages);
        self.registry.spawn(with_language(watch));
        Ok(Response::new(Box::pin(ReceiverStream::new(stream))))
    }

    async fn list_events(&self, request: Request<proto::ListEventsRequest>) -> Result<Response<proto::ListEventsResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let limit = match u64::try_from(message.page_size) {
            Ok(0) => 100,
            Ok(size) => size.min(MOST_ENTRIES),
            Err(_) => return Err(from_error(Error::invalid("page_size", Why::Range("0 or more")))),
        };
        let query = self.read(&message.resume_token, message.types, limit).map_err(from_error)?;
        let seen = self.registry.fetch(&call, query).await.map_err(from_error)?;
        let resume_token = token(self.registry.vault(), seen.place);
        Ok(Response::new(proto::ListEventsResponse { events: seen.events.into_iter().map(write).collect(), resume_token, end: seen.end }))
    }
}

impl Events {
    fn read(&self, resume_token: &str, types: Vec<String>, limit: u64) -> Result<ListEvents> {
        let mut fields = Fields::default();
        for (at, name) in types.iter().enumerate() {
            if !Event::NAMES.contains(&name.as_str()) {
                fields.fault(format!("types[{at}]"), Why::Unknown("the name of an event such as permit.approved"));
            }
        }
        let after = place(self.registry.vault(), resume_token);
        if after.is_none() {
            fields.fault("resume_token", Why::Format("a token from an earlier answer"));
        }
        fields.done()?;
        Ok(ListEvents { after: after.unwrap_or_default(), names: types, limit })
    }
}

/// Feeds one stream until its reader goes, the call fails, or the server stops; then the last message carries the token to go on from.
async fn watch(events: Events, call: Call, mut query: ListEvents, messages: mpsc::Sender<Result<proto::WatchEventsResponse, Status>>) {
    let mut positions = events.registry.sequencer().positions();
    let heartbeat = |place| proto::WatchEventsResponse { event: None, resume_token: token(events.registry.vault(), place) };
    loop {
        positions.mark_unchanged();
        let seen = match events.registry.fetch(&call, WatchEvents(query.clone())).await {
            Ok(seen) => seen,
            Err(failed) => return drop(messages.send(Err(from_error(failed))).await),
        };
        // All events of an entry but the last carry the token before it: a reader that breaks off in between gets the whole entry again.
        let last_of_entry: Vec<bool> = seen
            .events
            .iter()
            .zip(seen.events.iter().skip(1).map(Some).chain([None]))
            .map(|(one, next)| next.is_none_or(|next| next.place != one.place))
            .collect();
        let mut before = query.after;
        for (event, last) in seen.events.into_iter().zip(last_of_entry) {
            let place = if last { event.place } else { before };
            before = place;
            let message = proto::WatchEventsResponse { event: Some(write(event)), resume_token: token(events.registry.vault(), place) };
            if messages.send(Ok(message)).await.is_err() {
                return;
            }
        }
        query.after = seen.place;
        if !seen.end {
            continue;
        }
        tokio::select! {
            () = messages.closed() => return,
            () = events.draining.cancelled() => {
                drop(messages.send(Ok(heartbeat(query.after))).await);
                return drop(messages.send(Err(from_error(Error::Unavailable("the server stops; go on with the last resume token".into())))).await);
            }
            changed = positions.changed() => if changed.is_err() { return },
            () = tokio::time::sleep(HEARTBEAT) => if messages.send(Ok(heartbeat(query.after))).await.is_err() { return },
        }
    }
}

/// The longest subject or operation that can be asked for, in bytes.
const MOST_BYTES: usize = 200;

#[tonic::async_trait]
impl AuditService for Audit {
    async fn list_entries(&self, request: Request<proto::ListEntriesRequest>) -> Result<Response<proto::ListEntriesResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let relocant = fields.optional("relocant_id", &message.relocant_id, Why::Format("a UUID"));
        let mut text = |field: &str, text: String| {
            if text.len() > MOST_BYTES || text.contains(char::is_control) {
                fields.fault(field, Why::Format("at most 200 bytes without control characters"));
            }
            Some(text).filter(|text| !text.is_empty())
        };
        let (subject, operation) = (text("subject", message.subject), text("operation", message.operation));
        fields.done().map_err(from_error)?;
        let filter = Filter { relocant, subject, operation, with_events: false };
        let bound = format!("entries {filter:?}");
        let page = page::parse(self.0.vault(), message.page_size, &message.page_token, &bound).map_err(from_error)?;
        let after = page.after.map_or(0, from_uuid);
        let mut entries = self.0.fetch(&call, ListEntries { after, limit: page.size, filter }).await.map_err(from_error)?;
        let next_page_token = page::next(self.0.vault(), page, &bound, &mut entries, |entry| to_uuid(entry.position));
        Ok(Response::new(proto::ListEntriesResponse { entries: entries.into_iter().map(write_entry).collect(), next_page_token }))
    }
}

/// Page tokens carry ids; a position is carried as one.
fn to_uuid(position: i64) -> uuid::Uuid {
    uuid::Uuid::from_u128(u128::try_from(position).unwrap_or(0))
}

fn from_uuid(id: uuid::Uuid) -> i64 {
    i64::try_from(id.as_u128()).unwrap_or(0)
}

fn token(vault: &Vault, place: Place) -> String {
    let place = [place.position.to_be_bytes().as_slice(), place.entry.as_bytes()].concat();
    let tag = vault.tag(TagField::PageToken, &[b"resume".as_slice(), &place].concat());
    URL_SAFE_NO_PAD.encode([place.as_slice(), tag.get(..TAG).unwrap_or_default()].concat())
}

fn place(vault: &Vault, resume_token: &str) -> Option<Place> {
    if resume_token.is_empty() {
        return Some(Place::default());
    }
    let bytes = URL_SAFE_NO_PAD.decode(resume_token).ok()?;
    let (position, rest) = bytes.split_first_chunk()?;
    let place = Place { position: i64::from_be_bytes(*position), entry: uuid::Uuid::from_bytes(*rest.first_chunk()?) };
    (token(vault, place) == resume_token).then_some(place)
}

fn write(event: SeenEvent) -> proto::Event {
    fn text<T: ToString>(id: Option<T>) -> String {
        id.map(|id| id.to_string()).unwrap_or_default()
    }
    proto::Event {
        position: event.place.position,
        index: event.index,
        event_time: Some(timestamp(event.at)),
        r#type: event.name,
        relocant_id: text(event.ids.relocant),
        crossing_id: text(event.ids.crossing),
        permit_id: text(event.ids.permit),
        employer_id: text(event.ids.employer),
        vacancy_id: text(event.ids.vacancy),
        match_id: text(event.ids.r#match),
        other_id: text(event.ids.other),
        consent_id: text(event.ids.consent),
        contract_id: text(event.ids.contract),
        due_id: text(event.ids.due),
        ticket_id: text(event.ids.ticket),
        booking_id: text(event.ids.booking),
        counter_id: text(event.ids.counter),
        center_id: text(event.ids.center),
        correction_id: text(event.ids.correction),
        household_id: text(event.ids.household),
        round_id: text(event.ids.round),
        home_offer_id: text(event.ids.home_offer),
    }
}

fn write_entry(entry: Entry) -> proto::Entry {
    let text = |id: Option<uuid::Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    let purpose = entry.purpose.and_then(|name| proto::Purpose::from_str_name(&format!("PURPOSE_{name}")));
    let decision = proto::Decision::from_str_name(&format!("DECISION_{}", entry.decision));
    proto::Entry {
        position: entry.position,
        id: entry.id.to_string(),
        entry_time: Some(timestamp(entry.at)),
        subject: entry.subject,
        role: entry.role,
        center_id: entry.center.unwrap_or_default(),
        organisation_id: text(entry.organisation),
        operation: entry.operation,
        purpose: purpose.unwrap_or_default().into(),
        request_id: text(entry.request_id),
        trace_id: entry.trace_id.unwrap_or_default(),
        relocant_id: text(entry.relocant),
        decision: decision.unwrap_or_default().into(),
        reason: entry.reason.unwrap_or_default(),
        events: entry.events.into_iter().map(|event| event.name).collect(),
    }
}
