//! The same request again has one effect and one answer. A request is known by its caller, its operation and its request id, for 30 days; no answer is
//! stored, only which record it was about, so that no personal value lies here.

use chrono::Duration;
use sea_orm::{ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _, sea_query::OnConflict};
use uuid::Uuid;

use super::{
    Change, Tx,
    table::{request, request_seen},
};
use crate::{
    db,
    error::{Error, Result},
};

/// How long a request is remembered: a centre may be without a network for days.
pub const REMEMBERED_DAYS: i64 = 30;

/// Whether a request came before.
pub enum Claim {
    /// It is new; its row is written in this transaction.
    First,
    /// It came before and had its effect; this id was reserved for it then.
    Again(Uuid),
}

/// Claims the request id for this call. The insert decides, so two senders at once cannot both be first: on PostgreSQL the second waits for the first
/// and is then told to start over, on SQLite there is one writer.
///
/// A replay commits a small write. Reading alone could answer from a commit that a standby has not got yet and lose it in a fail-over; a write waits.
///
/// # Errors
/// [`Error::RequestIdReused`] when the id came before with other content.
pub async fn claim(tx: &Tx, operation: &'static str, change: &Change) -> Result<Claim> {
    let row = request::ActiveModel {
        subject: Set(tx.caller.subject.clone()),
        operation: Set(operation.to_owned()),
        request_id: Set(change.request_id),
        fingerprint: Set(change.fingerprint.to_vec()),
        reserved_id: Set(tx.reserved()),
        created_at: Set(tx.now),
    };
    let inserted = request::Entity::insert(row)
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(tx.view())
        .await
        .map_err(db::error)?;
    if inserted == 1 {
        return Ok(Claim::First);
    }
    let key = (tx.caller.subject.clone(), operation.to_owned(), change.request_id);
    let known = request::Entity::find_by_id(key).one(tx.view()).await.map_err(db::error)?;
    let known = known.ok_or_else(|| Error::internal("a request id is taken and not there"))?;
    if known.fingerprint != change.fingerprint {
        return Err(Error::RequestIdReused);
    }
    let seen = request_seen::ActiveModel { id: Set(Uuid::now_v7()), request_id: Set(change.request_id), seen_at: Set(tx.now) };
    request_seen::Entity::insert(seen).exec_without_returning(tx.view()).await.map_err(db::error)?;
    Ok(Claim::Again(known.reserved_id))
}

/// Forgets requests that are older than [`REMEMBERED_DAYS`].
pub async fn forget_old(tx: &Tx) -> Result<u64> {
    let oldest = tx.now - Duration::days(REMEMBERED_DAYS);
    let seen =
        request_seen::Entity::delete_many().filter(request_seen::Column::SeenAt.lt(oldest)).exec(tx.view()).await.map_err(db::error)?;
    let old = request::Entity::delete_many().filter(request::Column::CreatedAt.lt(oldest)).exec(tx.view()).await.map_err(db::error)?;
    Ok(seen.rows_affected + old.rows_affected)
}
