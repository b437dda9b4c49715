//! The queries on the journal, by position.

use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, ExprTrait as _, JoinType, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, Statement, prelude::DateTimeUtc, sea_query::Expr,
};

use super::{Entry, Place};
use crate::{
    db,
    error::{Error, Result},
    gate::{
        View,
        table::{journal, journal_position},
    },
    ids::RelocantId,
};

/// What narrows a list of entries.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Entries about one person.
    pub relocant: Option<RelocantId>,
    /// Entries of one caller.
    pub subject: Option<String>,
    /// Entries of one RPC.
    pub operation: Option<String>,
    /// Entries that caused events.
    pub with_events: bool,
}

#[derive(sea_orm::FromQueryResult)]
struct Row {
    position: i64,
    id: uuid::Uuid,
    at: DateTimeUtc,
    subject: String,
    role: String,
    center: Option<String>,
    organisation: Option<uuid::Uuid>,
    operation: String,
    purpose: Option<String>,
    request_id: Option<uuid::Uuid>,
    trace_id: Option<String>,
    relocant_id: Option<uuid::Uuid>,
    decision: String,
    reason: Option<String>,
    events: serde_json::Value,
}

/// Entries after a position, at most `limit`.
pub async fn after(view: &View, position: i64, limit: u64, filter: &Filter) -> Result<Vec<Entry>> {
    let joined =
        journal_position::Entity::belongs_to(journal::Entity).from(journal_position::Column::EntryId).to(journal::Column::Id).into();
    let mut query = journal::Entity::find()
        .column_as(journal_position::Column::Position, "position")
        .join_rev(JoinType::InnerJoin, joined)
        .filter(journal_position::Column::Position.gt(position))
        .order_by_asc(journal_position::Column::Position)
        .limit(limit);
    if let Some(relocant) = filter.relocant {
        query = query.filter(journal::Column::RelocantId.eq(relocant.0));
    }
    if let Some(subject) = &filter.subject {
        query = query.filter(journal::Column::Subject.eq(subject));
    }
    if let Some(operation) = &filter.operation {
        query = query.filter(journal::Column::Operation.eq(operation));
    }
    if filter.with_events {
        query = query.filter(Expr::col(journal::Column::Events).cast_as("text").ne("[]"));
    }
    query.into_model::<Row>().all(view).await.map_err(db::error)?.into_iter().map(from_row).collect()
}

/// The place at a position; none where none was given.
pub async fn place(view: &View, position: i64) -> Result<Place> {
    let given = journal_position::Entity::find_by_id(position).one(view).await.map_err(db::error)?;
    Ok(given.map(|given| Place { position, entry: given.entry_id }).unwrap_or_default())
}

/// The last position given.
pub async fn last_position(view: &View) -> Result<i64> {
    let statement = Statement::from_string(view.get_database_backend(), "SELECT last_position FROM sequencer");
    let row = view.query_one_raw(statement).await.map_err(db::error)?;
    row.ok_or_else(|| Error::internal("the sequencer's row is gone"))?.try_get_by_index(0).map_err(db::error)
}

fn from_row(row: Row) -> Result<Entry> {
    Ok(Entry {
        events: serde_json::from_value(row.events).map_err(|_| Error::internal(format!("journal {} has unreadable events", row.id)))?,
        position: row.position,
        id: row.id,
        at: row.at,
        subject: row.subject,
        role: row.role,
        center: row.center,
        organisation: row.organisation,
        operation: row.operation,
        purpose: row.purpose,
        request_id: row.request_id,
        trace_id: row.trace_id,
        relocant: row.relocant_id,
        decision: row.decision,
        reason: row.reason,
    })
}
