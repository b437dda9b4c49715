//! Rows of certificates and the queries on them. Who may see them is decided by who may see the person: operations ask `relocants` first.

use chrono::NaiveDate;
use sea_orm::{ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, sea_query::Expr};
use uuid::Uuid;

use super::{Issued, table::certificate};
use crate::{
    db::{
        self,
        ownership::{self, Rows},
    },
    error::{Error, Result},
    gate::{Tx, View},
    ids::{CertificateId, RelocantId},
};

/// Revoked certificates that one list holds at most.
const MOST_REVOKED: u64 = 1_000_000;

/// Adds a certificate.
pub async fn insert(tx: &Tx, new: &Issued) -> Result<()> {
    let row = certificate::ActiveModel {
        id: Set(new.id),
        number: Set(new.number.clone()),
        relocant_id: Set(new.relocant),
        issued_on: Set(new.issued_on),
        valid_until: Set(new.valid_until),
        revoked_at: Set(None),
    };
    db::or_exists(certificate::Entity::insert(row).exec_without_returning(tx.view()).await.map(drop), "certificate")
}

/// One certificate.
pub async fn get(view: &View, id: CertificateId) -> Result<Issued> {
    let row = certificate::Entity::find_by_id(id).one(view).await.map_err(db::error)?;
    row.map(from_row).ok_or(Error::NotFound { resource: "certificate" })
}

/// Notes that a certificate was revoked.
pub async fn save_revoked(tx: &Tx, revoked: &Issued) -> Result<()> {
    let update = certificate::Entity::update_many()
        .col_expr(certificate::Column::RevokedAt, Expr::value(revoked.revoked_at))
        .filter(certificate::Column::Id.eq(revoked.id));
    update.exec(tx.view()).await.map(drop).map_err(db::error)
}

/// A person's certificates, the first issued first, at most 200.
pub async fn of(view: &View, relocant: RelocantId) -> Result<Vec<Issued>> {
    let query = certificate::Entity::find().filter(certificate::Column::RelocantId.eq(relocant)).order_by_asc(certificate::Column::Id);
    Ok(query.limit(200).all(view).await.map_err(db::error)?.into_iter().map(from_row).collect())
}

/// The numbers of all that are revoked and not yet past their last day.
pub async fn revoked(view: &View, today: NaiveDate) -> Result<Vec<String>> {
    let query = certificate::Entity::find().select_only().column(certificate::Column::Number);
    let query = query.filter(certificate::Column::RevokedAt.is_not_null()).filter(certificate::Column::ValidUntil.gte(today));
    query.limit(MOST_REVOKED).into_tuple().all(view).await.map_err(db::error)
}

/// Certificates that change hands with their person.
pub async fn change_hands(tx: &Tx, rows: Rows<'_>, to: RelocantId) -> Result<Vec<Uuid>> {
    ownership::change_hands::<certificate::Entity>(tx.view(), certificate::Column::Id, certificate::Column::RelocantId, rows, to).await
}

fn from_row(row: certificate::Model) -> Issued {
    Issued {
        id: row.id,
        number: row.number,
        relocant: row.relocant_id,
        issued_on: row.issued_on,
        valid_until: row.valid_until,
        revoked_at: row.revoked_at,
    }
}
