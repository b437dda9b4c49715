//! Rows of employers and the queries on them.

use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _,
    sea_query::{Expr, SelectStatement},
};

use super::{Bin, Employer, EmployerStatus, Relocation, table::employer};
use crate::{
    auth::{Caller, Reach},
    db,
    error::{Error, Result},
    gate::{Tx, View},
    ids::EmployerId,
    page::Page,
};

const RESOURCE: &str = "employer";

/// Adds an employer.
///
/// # Errors
/// [`Error::Exists`] when the BIN is registered.
pub async fn insert(tx: &Tx, new: &Employer) -> Result<()> {
    db::or_exists(employer::Entity::insert(to_row(new)).exec_without_returning(tx.view()).await.map(drop), RESOURCE)
}

/// Saves an employer, if nobody else has changed it since it was read.
///
/// # Errors
/// [`Error::Conflict`] when somebody has; [`Error::Exists`] when a BIN that is new here is registered.
pub async fn save(tx: &Tx, changed: &Employer) -> Result<Employer> {
    let saved = Employer { version: changed.version + 1, updated_at: tx.now, ..changed.clone() };
    let outcome = employer::Entity::update_many()
        .set(to_row(&saved))
        .filter(employer::Column::Id.eq(saved.id))
        .filter(employer::Column::Version.eq(changed.version))
        .exec(tx.view())
        .await;
    let outcome = db::or_exists(outcome, RESOURCE)?;
    if outcome.rows_affected == 1 { Ok(saved) } else { Err(Error::Conflict { resource: RESOURCE }) }
}

/// An employer in the caller's reach.
pub async fn get(view: &View, id: EmployerId) -> Result<Employer> {
    let row = employer::Entity::find_by_id(id).filter(reach(&view.caller)).one(view).await.map_err(db::error)?;
    row.ok_or(Error::NotFound { resource: RESOURCE }).and_then(from_row)
}

/// An employer as other capabilities ask for it: organisations are no secret among the staff.
pub async fn get_any(view: &View, id: EmployerId) -> Result<Employer> {
    let row = employer::Entity::find_by_id(id).one(view).await.map_err(db::error)?;
    row.ok_or(Error::NotFound { resource: RESOURCE }).and_then(from_row)
}

/// A page of employers in reach; one more than the page holds, when there are more.
pub async fn list(view: &View, page: Page) -> Result<Vec<Employer>> {
    let mut query = employer::Entity::find().filter(reach(&view.caller)).order_by_asc(employer::Column::Id).limit(page.size + 1);
    if let Some(after) = page.after {
        query = query.filter(employer::Column::Id.gt(after));
    }
    query.all(view).await.map_err(db::error)?.into_iter().map(from_row).collect()
}

/// The employers that are verified, as a question within another.
pub fn verified() -> SelectStatement {
    let query = employer::Entity::find().select_only().column(employer::Column::Id);
    query.filter(employer::Column::Status.eq(EmployerStatus::Verified.to_string())).into_query()
}

/// The removed employer that was registered first of those on which something may stand still.
pub async fn to_wind_up(view: &View) -> Result<Option<EmployerId>> {
    let query = employer::Entity::find()
        .select_only()
        .column(employer::Column::Id)
        .filter(employer::Column::Status.eq(EmployerStatus::Removed.to_string()))
        .filter(employer::Column::WoundUpAt.is_null())
        .order_by_asc(employer::Column::Id);
    query.into_tuple().one(view).await.map_err(db::error)
}

/// Writes that nothing stands on a removed employer any longer.
pub async fn wound_up(tx: &Tx, id: EmployerId) -> Result<()> {
    employer::Entity::update_many()
        .set(employer::ActiveModel { wound_up_at: Set(Some(tx.now)), ..Default::default() })
        .filter(employer::Column::Id.eq(id))
        .exec(tx.view())
        .await
        .map(drop)
        .map_err(db::error)
}

/// What stands in the column of the BIN while there is none: the column cannot become empty on `SQLite` without rewriting its table, and it is unique. No BIN begins
/// with this sign, and the rest is random enough that no two meet.
fn without_bin(id: EmployerId) -> String {
    let digits = id.0.simple().to_string();
    format!("~{}", digits.get(21..).unwrap_or_default())
}

/// Staff sees every employer, an employer's own people see their own.
fn reach(caller: &Caller) -> Condition {
    match &caller.reach {
        Reach::Everywhere | Reach::Center(_) | Reach::Region(_) => Condition::all(),
        Reach::Organisation(id) => Condition::all().add(employer::Column::Id.eq(*id)),
        Reach::Own(_) | Reach::Nothing => Condition::all().add(Expr::value(false)),
    }
}

fn to_row(employer: &Employer) -> employer::ActiveModel {
    employer::ActiveModel {
        id: Set(employer.id),
        bin: Set(employer.bin.map_or_else(|| without_bin(employer.id), |bin| bin.digits())),
        name: Set(employer.name.clone()),
        region: Set(employer.region.to_string()),
        status: Set(employer.status.to_string()),
        version: Set(employer.version),
        created_at: Set(employer.created_at),
        updated_at: Set(employer.updated_at),
        relocation_kind: Set(employer.relocation.map(|relocation| relocation.kind.to_string())),
        origin_country: Set(employer.relocation.map(|relocation| relocation.origin.to_string())),
        activity: Set(employer.relocation.map(|relocation| relocation.activity.to_string())),
        wound_up_at: NotSet,
    }
}

fn from_row(row: employer::Model) -> Result<Employer> {
    let corrupt = |column: &str| Error::internal(format!("employer {} has an unreadable {column}", row.id));
    let bin = if row.bin == without_bin(row.id) { None } else { Some(row.bin.parse::<Bin>().map_err(|_| corrupt("bin"))?) };
    let relocation = match (&row.relocation_kind, &row.origin_country, &row.activity) {
        (None, None, None) => None,
        (Some(kind), Some(origin), Some(activity)) => Some(Relocation {
            kind: kind.parse().map_err(|_| corrupt("relocation_kind"))?,
            origin: origin.parse().map_err(|_| corrupt("origin_country"))?,
            activity: activity.parse().map_err(|_| corrupt("activity"))?,
        }),
        (_, _, _) => return Err(corrupt("relocation")),
    };
    Ok(Employer {
        bin,
        relocation,
        region: row.region.parse().map_err(|_| corrupt("region"))?,
        status: row.status.parse().map_err(|_| corrupt("status"))?,
        id: row.id,
        name: row.name,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}
