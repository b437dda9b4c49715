//! Rows of reservations. Counting and holding happen in one transaction that sees no other's half; so nothing is ever oversold.

use sea_orm::{ActiveValue::Set, ColumnTrait as _, Condition, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, sea_query::Expr};
use uuid::Uuid;

use super::{ReservationState, Resource, table::reservation};
use crate::{
    db,
    error::{Error, Result},
    gate::{Tx, View},
    ids::ReservationId,
    time::Instant,
};

/// How many are taken, or held and not lapsed.
pub async fn used(view: &View, resource: Resource, id: Uuid) -> Result<i32> {
    let held = Condition::all()
        .add(reservation::Column::State.eq(ReservationState::Held.to_string()))
        .add(reservation::Column::LapsesAt.gt(view.now));
    let counts = Condition::any().add(reservation::Column::State.eq(ReservationState::Taken.to_string())).add(held);
    let used = reservation::Entity::find()
        .filter(reservation::Column::Resource.eq(resource.to_string()))
        .filter(reservation::Column::ResourceId.eq(id))
        .filter(counts)
        .count(view)
        .await
        .map_err(db::error)?;
    i32::try_from(used).map_err(|_| Error::internal("more reservations than can be"))
}

/// Holds one, if fewer than `capacity` are used. Gives whether it could.
pub async fn hold(tx: &Tx, resource: Resource, id: Uuid, capacity: i32, holder: Uuid, until: Instant) -> Result<bool> {
    if used(tx, resource, id).await? >= capacity {
        return Ok(false);
    }
    let row = reservation::ActiveModel {
        id: Set(ReservationId::new()),
        resource: Set(resource.to_string()),
        resource_id: Set(id),
        holder_id: Set(holder),
        state: Set(ReservationState::Held.to_string()),
        lapses_at: Set(until),
        created_at: Set(tx.now),
        updated_at: Set(tx.now),
    };
    reservation::Entity::insert(row).exec_without_returning(tx.view()).await.map_err(db::error)?;
    Ok(true)
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
