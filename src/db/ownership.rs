//! Rows that change hands, when two records turn out to be one person's and when that is undone.

use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait, QueryFilter as _, QuerySelect as _, sea_query::Expr};
use uuid::Uuid;

use super::error;
use crate::{error::Result, ids::RelocantId};

/// Which rows change hands.
#[derive(Debug, Clone, Copy)]
pub enum Rows<'a> {
    /// All of one person.
    Of(RelocantId),
    /// These.
    These(&'a [Uuid]),
}

/// Gives rows to a person. Gives which they were.
pub async fn change_hands<E: EntityTrait>(
    conn: &impl ConnectionTrait,
    id: E::Column,
    owner: E::Column,
    rows: Rows<'_>,
    to: RelocantId,
) -> Result<Vec<Uuid>> {
    let ids: Vec<Uuid> = match rows {
        Rows::Of(from) => E::find().select_only().column(id).filter(owner.eq(from)).into_tuple().all(conn).await.map_err(error)?,
        Rows::These(ids) => ids.to_vec(),
    };
    // Few statements, and none with more values than a database takes.
    for part in ids.chunks(500) {
        let update = E::update_many().col_expr(owner, Expr::value(to)).filter(id.is_in(part.iter().copied()));
        update.exec(conn).await.map_err(error)?;
    }
    Ok(ids)
}
