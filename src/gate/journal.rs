//! What happened, written once, in the transaction of the change: the audit trail, the change feed and, later, the source of the proof that neither was
//! tampered with. An entry names at most one person, by id, and holds no personal value.

use sea_orm::{ConnectionTrait as _, DbBackend, sea_query::Expr, sea_query::Query};

use super::{View, table::journal};
use crate::{
    db,
    error::{Error, Result},
    events::{Event, EventIds},
    ids::{EntryId, RelocantId},
};

/// What became of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::Display, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum Decision {
    /// It was executed.
    Done,
    /// Somebody's personal data was read.
    Read,
    /// It was tried with `validate_only` and left nothing behind.
    DryRun,
    /// The caller may not.
    Denied,
}

/// What a person's data is read for. A reader says it; the journal keeps it; the person can ask for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::Display, strum::EnumString, strum::EnumIter, strum::IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum Purpose {
    /// Registering or correcting a record.
    Registration,
    /// Finding out how long somebody may stay.
    StayCheck,
    /// Deciding on a permit.
    PermitDecision,
    /// Finding work and a home.
    Matching,
    /// Handing consented fields to an employer.
    Disclosure,
    /// The person asked.
    SubjectRequest,
    /// Checking the registry itself.
    Audit,
}

/// An event as it lies in the journal.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct StoredEvent {
    /// The event's stable name.
    pub name: String,
    /// The ids that it carries.
    #[serde(flatten)]
    pub ids: EventIds,
}

/// What an entry says, beside who and when.
#[derive(Debug)]
pub(super) struct Draft<'a> {
    pub operation: &'static str,
    pub purpose: Option<Purpose>,
    pub request_id: Option<uuid::Uuid>,
    pub trace_id: Option<&'a str>,
    pub relocant: Option<RelocantId>,
    pub decision: Decision,
    pub reason: Option<&'static str>,
    pub events: &'a [Event],
}

/// Adds an entry.
pub(super) async fn add(view: &View, draft: Draft<'_>) -> Result<EntryId> {
    let id = EntryId::new();
    let events: Vec<StoredEvent> =
        draft.events.iter().map(|event| StoredEvent { name: event.name().to_owned(), ids: event.ids() }).collect();
    let events = serde_json::to_value(events).map_err(|_| Error::internal("events have no JSON form"))?;
    // The order of transactions: PostgreSQL numbers them; on SQLite, where there is one writer, the rows themselves are in order.
    let commit_order = if view.get_database_backend() == DbBackend::Postgres {
        Expr::cust("pg_current_xact_id()::text::bigint")
    } else {
        Expr::cust("(SELECT COALESCE(MAX(commit_order), 0) + 1 FROM journal)")
    };
    let caller = &view.caller;
    let insert = Query::insert()
        .into_table(journal::Entity)
        .columns([
            journal::Column::Id,
            journal::Column::CommitOrder,
            journal::Column::At,
            journal::Column::Subject,
            journal::Column::Role,
            journal::Column::Center,
            journal::Column::Organisation,
            journal::Column::Operation,
            journal::Column::Purpose,
            journal::Column::RequestId,
            journal::Column::TraceId,
            journal::Column::RelocantId,
            journal::Column::Decision,
            journal::Column::Reason,
            journal::Column::Events,
        ])
        .values([
            id.0.into(),
            commit_order,
            view.now.into(),
            caller.subject.as_str().into(),
            caller.role.name().into(),
            caller.center().map(str::to_owned).into(),
            caller.organisation().map(|id| id.0).into(),
            draft.operation.into(),
            draft.purpose.map(|purpose| purpose.to_string()).into(),
            draft.request_id.into(),
            draft.trace_id.map(str::to_owned).into(),
            draft.relocant.map(|id| id.0).into(),
            <&str>::from(draft.decision).into(),
            draft.reason.map(str::to_owned).into(),
            events.into(),
        ])
        .map_err(|_| Error::internal("the journal's columns and values differ in number"))?
        .to_owned();
    view.execute(&insert).await.map_err(db::error)?;
    Ok(id)
}
