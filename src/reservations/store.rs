//! Rows of reservations. Counting and holding happen in one transaction that sees no other's half; so nothing is ever oversold.

use std::collections::HashMap;

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, Condition, EntityTrait as _, ExprTrait as _, QueryFilter as _, QuerySelect as _, QueryTrait as _,
    sea_query::{Expr, IntoColumnRef, SimpleExpr},
};
use uuid::Uuid;

use super::{ReservationState, Resource, table::reservation};
use crate::{
    db,
    error::{Error, Result},
    gate::{Tx, View},
    ids::ReservationId,
    time::Instant,
};

/// Resources that one statement asks for at most.
const AT_ONCE: usize = 1000;

/// How many are taken, or held and not lapsed.
pub async fn used(view: &View, resource: Resource, id: Uuid) -> Result<i32> {
    Ok(used_of(view, resource, vec![id]).await?.remove(&id).unwrap_or(0))
}

/// How many of each are taken, or held and not lapsed; what is not used is left out.
pub async fn used_of(view: &View, resource: Resource, ids: Vec<Uuid>) -> Result<HashMap<Uuid, i32>> {
    let mut used = HashMap::new();
    for part in ids.chunks(AT_ONCE) {
        let query = reservation::Entity::find()
            .select_only()
            .column(reservation::Column::ResourceId)
            .column_as(reservation::Column::Id.count(), "used")
            .filter(reservation::Column::Resource.eq(resource.to_string()))
            .filter(reservation::Column::ResourceId.is_in(part.iter().copied()))
            .filter(counts(view.now))
            .group_by(reservation::Column::ResourceId);
        let rows: Vec<(Uuid, i64)> = query.into_tuple().all(view).await.map_err(db::error)?;
        for (id, count) in rows {
            used.insert(id, i32::try_from(count).map_err(|_| Error::internal("more reservations than can be"))?);
        }
    }
    Ok(used)
}

/// Whether a reservation counts at an instant: it is taken, or held and has not lapsed.
pub fn counts(now: Instant) -> Condition {
    Condition::any().add(reservation::Column::State.eq(ReservationState::Taken.to_string())).add(held(now))
}

fn held(now: Instant) -> Condition {
    Condition::all().add(reservation::Column::State.eq(ReservationState::Held.to_string())).add(reservation::Column::LapsesAt.gt(now))
}

/// Whether what a column names holds something now, as a question within another.
pub fn holds(view: &View, holder: impl IntoColumnRef) -> SimpleExpr {
    let query = reservation::Entity::find()
        .select_only()
        .column(reservation::Column::Id)
        .filter(Expr::col((reservation::Entity, reservation::Column::HolderId)).eq(Expr::col(holder)))
        .filter(held(view.now));
    Expr::exists(query.into_query())
}

/// When the holds of these lapse, or have lapsed; who holds nothing is left out.
pub async fn lapse_times(view: &View, holders: Vec<Uuid>) -> Result<HashMap<Uuid, Instant>> {
    if holders.is_empty() {
        return Ok(HashMap::new());
    }
    let query = reservation::Entity::find()
        .select_only()
        .columns([reservation::Column::HolderId, reservation::Column::LapsesAt])
        .filter(reservation::Column::HolderId.is_in(holders))
        .filter(reservation::Column::State.eq(ReservationState::Held.to_string()));
    let rows: Vec<(Uuid, Instant)> = query.into_tuple().all(view).await.map_err(db::error)?;
    Ok(rows.into_iter().collect())
}

/// What somebody holds, holds no longer, or has taken: the first of it.
pub async fn resource_of(view: &View, holder: Uuid) -> Result<Option<Uuid>> {
    let query = reservation::Entity::find().select_only().column(reservation::Column::ResourceId);
    query.filter(reservation::Column::HolderId.eq(holder)).into_tuple().one(view).await.map_err(db::error)
}

/// Part of something that there is a number of.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// What kind of thing.
    pub resource: Resource,
    /// Which one.
    pub id: Uuid,
    /// How many there are of it.
    pub capacity: i32,
    /// How many are wanted: all of them are held, or none.
    pub units: i32,
}

/// Too few are free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full {
    /// How many are.
    pub free: i32,
}

/// Holds a part of something, if as many are free.
pub async fn hold(tx: &Tx, part: Part, holder: Uuid, until: Instant) -> Result<Result<(), Full>> {
    let free = part.capacity - used(tx, part.resource, part.id).await?;
    if free < part.units {
        return Ok(Err(Full { free: Ord::max(free, 0) }));
    }
    let row = |_| reservation::ActiveModel {
        id: Set(ReservationId::new()),
        resource: Set(part.resource.to_string()),
        resource_id: Set(part.id),
        holder_id: Set(holder),
        state: Set(ReservationState::Held.to_string()),
        lapses_at: Set(until),
        created_at: Set(tx.now),
        updated_at: Set(tx.now),
    };
    let insert = reservation::Entity::insert_many((0..part.units).map(row));
    insert.exec_without_returning(tx.view()).await.map_err(db::error)?;
    Ok(Ok(()))
}

/// Makes a holder's holds last until another instant.
pub async fn extend(tx: &Tx, holder: Uuid, until: Instant) -> Result<()> {
    change(tx, holder, |row| row.lapses_at = Set(until)).await
}

/// Takes for good what a holder holds.
pub async fn take(tx: &Tx, holder: Uuid) -> Result<()> {
    change(tx, holder, |row| row.state = Set(ReservationState::Taken.to_string())).await
}

/// Gives back what a holder holds or has taken.
pub async fn release(tx: &Tx, holder: Uuid) -> Result<()> {
    change(tx, holder, |row| row.state = Set(ReservationState::Released.to_string())).await
}

async fn change(tx: &Tx, holder: Uuid, with: impl FnOnce(&mut reservation::ActiveModel)) -> Result<()> {
    let mut row = reservation::ActiveModel { updated_at: Set(tx.now), ..Default::default() };
    with(&mut row);
    let open = Expr::col(reservation::Column::State);
    reservation::Entity::update_many()
        .set(row)
        .filter(reservation::Column::HolderId.eq(holder))
        .filter(sea_orm::ExprTrait::ne(open, ReservationState::Released.to_string()))
        .exec(tx.view())
        .await
        .map(drop)
        .map_err(db::error)
}
