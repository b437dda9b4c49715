//! Rows of contracts and the queries on them, narrowed to what the caller can reach.

use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _,
    sea_query::Expr,
};
use uuid::Uuid;

use super::{Contract, table::contract};
use crate::{
    auth::{Caller, Reach},
    db::{
        self,
        ownership::{self, Rows},
    },
    error::{Error, Result},
    gate::{Tx, View},
    ids::{ContractId, EmployerId, RelocantId},
    page::Page,
    relocants,
};

const RESOURCE: &str = "contract";

/// What narrows a list of contracts.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// One employer's.
    pub employer: Option<EmployerId>,
    /// One person's.
    pub relocant: Option<RelocantId>,
}

/// Adds a contract.
pub async fn insert(tx: &Tx, new: &Contract) -> Result<()> {
    contract::Entity::insert(to_row(new)).exec_without_returning(tx.view()).await.map(drop).map_err(db::error)
}

/// Saves a contract, if nobody else has changed it since it was read.
///
/// # Errors
/// [`Error::Conflict`] when somebody has.
pub async fn save(tx: &Tx, changed: &Contract) -> Result<Contract> {
    let saved = Contract { version: changed.version + 1, updated_at: tx.now, ..changed.clone() };
    let outcome = contract::Entity::update_many()
        .set(to_row(&saved))
        .filter(contract::Column::Id.eq(saved.id))
        .filter(contract::Column::Version.eq(changed.version))
        .exec(tx.view())
        .await
        .map_err(db::error)?;
    if outcome.rows_affected == 1 { Ok(saved) } else { Err(Error::Conflict { resource: RESOURCE }) }
}

/// A contract in the caller's reach.
///
/// # Errors
/// [`Error::NotFound`] also when it is out of reach.
pub async fn get(view: &View, id: ContractId) -> Result<Contract> {
    let row = contract::Entity::find_by_id(id).filter(reach(&view.caller)).one(view).await.map_err(db::error)?;
    row.ok_or(Error::NotFound { resource: RESOURCE }).and_then(from_row)
}

/// Every contract between a person and an employer, whoever asks, in the order of recording.
pub async fn between(view: &View, relocant: RelocantId, employer: EmployerId) -> Result<Vec<Contract>> {
    let query = contract::Entity::find()
        .filter(contract::Column::RelocantId.eq(relocant))
        .filter(contract::Column::EmployerId.eq(employer))
        .order_by_asc(contract::Column::Id);
    query.all(view).await.map_err(db::error)?.into_iter().map(from_row).collect()
}

/// Contracts whose last day has passed and that nobody has written down as ended; at most `limit`, those of the earliest day first.
pub async fn to_run_out(view: &View, limit: u64) -> Result<Vec<Contract>> {
    let query = contract::Entity::find()
        .filter(contract::Column::EndedOn.is_null())
        .filter(contract::Column::EndsOn.lt(view.today))
        .order_by_asc(contract::Column::EndsOn)
        .order_by_asc(contract::Column::Id)
        .limit(limit);
    query.all(view).await.map_err(db::error)?.into_iter().map(from_row).collect()
}

/// A page of contracts in reach; one more than the page holds, when there are more.
pub async fn list(view: &View, page: Page, filter: &Filter) -> Result<Vec<Contract>> {
    let mut query = contract::Entity::find().filter(reach(&view.caller)).order_by_asc(contract::Column::Id).limit(page.size + 1);
    if let Some(after) = page.after {
        query = query.filter(contract::Column::Id.gt(after));
    }
    if let Some(employer) = filter.employer {
        query = query.filter(contract::Column::EmployerId.eq(employer));
    }
    if let Some(relocant) = filter.relocant {
        query = query.filter(contract::Column::RelocantId.eq(relocant));
    }
    query.all(view).await.map_err(db::error)?.into_iter().map(from_row).collect()
}

/// Contracts that change hands with their person.
pub async fn change_hands(tx: &Tx, rows: Rows<'_>, to: RelocantId) -> Result<Vec<Uuid>> {
    ownership::change_hands::<contract::Entity>(tx.view(), contract::Column::Id, contract::Column::RelocantId, rows, to).await
}

/// A matcher by the contract's region, an employer by its own, a clerk and a person by the person.
fn reach(caller: &Caller) -> Condition {
    use relocants::table::relocant;
    match &caller.reach {
        Reach::Everywhere => Condition::all(),
        Reach::Region(region) => Condition::all().add(contract::Column::Region.eq(region.code())),
        Reach::Organisation(id) => Condition::all().add(contract::Column::EmployerId.eq(*id)),
        Reach::Own(id) => relocants::store::own(contract::Column::RelocantId, *id),
        Reach::Center(center) => {
            let own = relocant::Entity::find().select_only().column(relocant::Column::Id).filter(relocant::Column::Center.eq(center));
            Condition::all().add(contract::Column::RelocantId.in_subquery(own.into_query()))
        }
        Reach::Nothing => Condition::all().add(Expr::value(false)),
    }
}

fn to_row(contract: &Contract) -> contract::ActiveModel {
    contract::ActiveModel {
        id: Set(contract.id),
        employer_id: Set(contract.employer),
        relocant_id: Set(contract.relocant),
        kind: Set(contract.kind.to_string()),
        occupation: Set(contract.occupation.to_string()),
        region: Set(contract.region.to_string()),
        starts_on: Set(contract.starts_on),
        ends_on: Set(contract.ends_on),
        ended_on: Set(contract.ended_on),
        end_reason: Set(contract.end_reason.map(|reason| reason.to_string())),
        permit_id: Set(contract.permit),
        version: Set(contract.version),
        created_at: Set(contract.created_at),
        updated_at: Set(contract.updated_at),
    }
}

fn from_row(row: contract::Model) -> Result<Contract> {
    let corrupt = |column: &str| Error::internal(format!("contract {} has an unreadable {column}", row.id));
    Ok(Contract {
        kind: row.kind.parse().map_err(|_| corrupt("kind"))?,
        occupation: row.occupation.parse().map_err(|_| corrupt("occupation"))?,
        region: row.region.parse().map_err(|_| corrupt("region"))?,
        end_reason: row.end_reason.as_deref().map(str::parse).transpose().map_err(|_| corrupt("end_reason"))?,
        id: row.id,
        employer: row.employer_id,
        relocant: row.relocant_id,
        starts_on: row.starts_on,
        ends_on: row.ends_on,
        ended_on: row.ended_on,
        permit: row.permit_id,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}
