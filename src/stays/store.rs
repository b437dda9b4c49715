//! Rows of crossings and the queries on them. Who may see them is decided by who may see the person: operations ask `relocants` first.

use sea_orm::{ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};
use uuid::Uuid;

use super::{
    Crossing, Notified,
    table::{arrival_notice, crossing},
};
use crate::{
    db::{
        self,
        ownership::{Rows, change_hands},
    },
    error::{Error, Result},
    gate::{Tx, View},
    ids::{CrossingId, RelocantId},
    page::Page,
};

/// Adds a line.
pub async fn insert(tx: &Tx, line: &Crossing) -> Result<()> {
    let row = crossing::ActiveModel {
        id: Set(line.id),
        relocant_id: Set(line.relocant),
        direction: Set(line.direction.to_string()),
        crossed_on: Set(line.crossed_on),
        corrects_id: Set(line.corrects),
        void: Set(line.void),
        created_at: Set(line.created_at),
    };
    crossing::Entity::insert(row).exec_without_returning(tx.view()).await.map(drop).map_err(db::error)
}

/// One line.
pub async fn get(view: &View, id: CrossingId) -> Result<Crossing> {
    let row = crossing::Entity::find_by_id(id).one(view).await.map_err(db::error)?;
    row.ok_or(Error::NotFound { resource: "crossing" }).and_then(from_row)
}

/// A person's whole ledger, in the order of recording.
pub async fn of(view: &View, relocant: RelocantId) -> Result<Vec<Crossing>> {
    of_all(view, relocant, relocant).await
}

/// The ledgers of everybody whose id lies from one to another, each in the order of recording.
pub async fn of_all(view: &View, first: RelocantId, last: RelocantId) -> Result<Vec<Crossing>> {
    let rows = crossing::Entity::find()
        .filter(crossing::Column::RelocantId.between(first, last))
        .order_by_asc(crossing::Column::RelocantId)
        .order_by_asc(crossing::Column::Id)
        .all(view)
        .await
        .map_err(db::error)?;
    rows.into_iter().map(from_row).collect()
}

/// A page of a person's ledger; one more than the page holds, when there are more.
pub async fn list(view: &View, relocant: RelocantId, page: Page) -> Result<Vec<Crossing>> {
    let mut query =
        crossing::Entity::find().filter(crossing::Column::RelocantId.eq(relocant)).order_by_asc(crossing::Column::Id).limit(page.size + 1);
    if let Some(after) = page.after {
        query = query.filter(crossing::Column::Id.gt(after));
    }
    query.all(view).await.map_err(db::error)?.into_iter().map(from_row).collect()
}

/// Notes that a host has notified an arrival.
pub async fn insert_notice(tx: &Tx, relocant: RelocantId, notice: &Notified) -> Result<()> {
    let row = arrival_notice::ActiveModel {
        crossing_id: Set(notice.entry),
        relocant_id: Set(relocant),
        notified_on: Set(notice.notified_on),
        created_at: Set(tx.now),
    };
    arrival_notice::Entity::insert(row).exec_without_returning(tx.view()).await.map(drop).map_err(db::error)
}

/// The notices of a person's arrivals.
pub async fn notices(view: &View, relocant: RelocantId) -> Result<Vec<Notified>> {
    Ok(notices_of_all(view, relocant, relocant).await?.into_iter().map(|(_, notice)| notice).collect())
}

/// The notices of everybody whose id lies from one to another.
pub async fn notices_of_all(view: &View, first: RelocantId, last: RelocantId) -> Result<Vec<(RelocantId, Notified)>> {
    let query = arrival_notice::Entity::find().filter(arrival_notice::Column::RelocantId.between(first, last));
    let rows = query.all(view).await.map_err(db::error)?;
    Ok(rows.into_iter().map(|row| (row.relocant_id, Notified { entry: row.crossing_id, notified_on: row.notified_on })).collect())
}

/// Crossings of a person with whatever corrects them, and corrects that.
pub async fn with_corrections(view: &View, relocant: RelocantId, crossings: Vec<Uuid>) -> Result<Vec<Uuid>> {
    let mut found: std::collections::HashSet<Uuid> = crossings.into_iter().collect();
    // A correction comes after what it corrects.
    for crossing in of(view, relocant).await? {
        if crossing.corrects.is_some_and(|corrected| found.contains(&corrected.0)) {
            found.insert(crossing.id.0);
        }
    }
    Ok(found.into_iter().collect())
}

/// Crossings that change hands with their person.
pub async fn crossings_change_hands(tx: &Tx, rows: Rows<'_>, to: RelocantId) -> Result<Vec<Uuid>> {
    change_hands::<crossing::Entity>(tx.view(), crossing::Column::Id, crossing::Column::RelocantId, rows, to).await
}

/// Notices of arrivals that change hands with their person.
pub async fn notices_change_hands(tx: &Tx, rows: Rows<'_>, to: RelocantId) -> Result<Vec<Uuid>> {
    change_hands::<arrival_notice::Entity>(tx.view(), arrival_notice::Column::CrossingId, arrival_notice::Column::RelocantId, rows, to)
        .await
}

fn from_row(row: crossing::Model) -> Result<Crossing> {
    Ok(Crossing {
        direction: row.direction.parse().map_err(|_| Error::internal(format!("crossing {} has an unreadable direction", row.id)))?,
        id: row.id,
        relocant: row.relocant_id,
        crossed_on: row.crossed_on,
        corrects: row.corrects_id,
        void: row.void,
        created_at: row.created_at,
    })
}
