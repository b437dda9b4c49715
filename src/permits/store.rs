//! Rows of permits and the queries on them, narrowed to what the caller can reach.

use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _,
    sea_query::Expr,
};

use super::{
    Permit, PermitState, Step, Transition,
    table::{permit, permit_transition},
};
use crate::{
    auth::{Caller, Reach},
    db,
    error::{Error, Result},
    gate::{Tx, View},
    ids::{PermitId, RelocantId},
    page::Page,
    relocants,
};

const RESOURCE: &str = "permit";

/// Adds a permit with its first step.
pub async fn insert(tx: &Tx, new: &Permit, step: &Step) -> Result<()> {
    permit::Entity::insert(to_row(new)).exec_without_returning(tx.view()).await.map_err(db::error)?;
    add_step(tx, new, step).await
}

/// Saves a step: the permit as it stands, if nobody else has changed it since it was read, and the step itself.
///
/// # Errors
/// [`Error::Conflict`] when somebody has.
pub async fn save(tx: &Tx, changed: &Permit, step: &Step) -> Result<Permit> {
    let saved = Permit { version: changed.version + 1, updated_at: tx.now, ..changed.clone() };
    let outcome = permit::Entity::update_many()
        .set(to_row(&saved))
        .filter(permit::Column::Id.eq(saved.id))
        .filter(permit::Column::Version.eq(changed.version))
        .exec(tx.view())
        .await
        .map_err(db::error)?;
    if outcome.rows_affected != 1 {
        return Err(Error::Conflict { resource: RESOURCE });
    }
    add_step(tx, &saved, step).await?;
    Ok(saved)
}

async fn add_step(tx: &Tx, permit: &Permit, step: &Step) -> Result<()> {
    let row = permit_transition::ActiveModel {
        permit_id: Set(permit.id),
        // Each change is one step, so the version numbers the steps.
        n: Set(i32::try_from(permit.version).unwrap_or(i32::MAX)),
        from_state: Set(step.from.map(|state| state.to_string())),
        to_state: Set(step.to.to_string()),
        actor: Set(tx.caller.subject.clone()),
        role: Set(tx.caller.role.name().to_owned()),
        reason_code: Set(step.reason.map(str::to_owned)),
        legal_basis: Set(step.legal_basis.to_owned()),
        effective_on: Set(step.effective_on),
        at: Set(tx.now),
    };
    permit_transition::Entity::insert(row).exec_without_returning(tx.view()).await.map(drop).map_err(db::error)
}

/// A permit in the caller's reach.
///
/// # Errors
/// [`Error::NotFound`] also when it is out of reach.
pub async fn get(view: &View, id: PermitId) -> Result<Permit> {
    let row = permit::Entity::find_by_id(id).filter(reach(&view.caller)).one(view).await.map_err(db::error)?;
    row.ok_or(Error::NotFound { resource: RESOURCE }).and_then(from_row)
}

/// Every permit of a person, in the order of application.
pub async fn of(view: &View, relocant: RelocantId) -> Result<Vec<Permit>> {
    of_all(view, relocant, relocant).await
}

/// Every permit of everybody whose id lies from one to another, each person's in the order of application.
pub async fn of_all(view: &View, first: RelocantId, last: RelocantId) -> Result<Vec<Permit>> {
    let rows = permit::Entity::find()
        .filter(permit::Column::RelocantId.between(first, last))
        .order_by_asc(permit::Column::RelocantId)
        .order_by_asc(permit::Column::Id)
        .all(view)
        .await
        .map_err(db::error)?;
    rows.into_iter().map(from_row).collect()
}

/// The steps of a permit, in order.
pub async fn transitions(view: &View, id: PermitId) -> Result<Vec<Transition>> {
    let rows = permit_transition::Entity::find()
        .filter(permit_transition::Column::PermitId.eq(id))
        .order_by_asc(permit_transition::Column::N)
        .all(view)
        .await
        .map_err(db::error)?;
    rows.into_iter().map(transition_from_row).collect()
}

/// A page of permits in reach; one more than the page holds, when there are more.
pub async fn list(view: &View, page: Page, relocant: Option<RelocantId>) -> Result<Vec<Permit>> {
    let mut query = permit::Entity::find().filter(reach(&view.caller)).order_by_asc(permit::Column::Id).limit(page.size + 1);
    if let Some(after) = page.after {
        query = query.filter(permit::Column::Id.gt(after));
    }
    if let Some(relocant) = relocant {
        query = query.filter(permit::Column::RelocantId.eq(relocant));
    }
    query.all(view).await.map_err(db::error)?.into_iter().map(from_row).collect()
}

/// The rows that a caller can reach: an officer by the permit's region, a clerk and a person by the person.
fn reach(caller: &Caller) -> Condition {
    use relocants::table::relocant;
    match &caller.reach {
        Reach::Everywhere => Condition::all(),
        Reach::Region(region) => Condition::all().add(permit::Column::Region.eq(region.code())),
        Reach::Own(id) => Condition::all().add(permit::Column::RelocantId.eq(*id)),
        Reach::Center(center) => {
            let own = relocant::Entity::find().select_only().column(relocant::Column::Id).filter(relocant::Column::Center.eq(center));
            Condition::all().add(permit::Column::RelocantId.in_subquery(own.into_query()))
        }
        Reach::Organisation(_) | Reach::Nothing => Condition::all().add(Expr::value(false)),
    }
}

fn to_row(permit: &Permit) -> permit::ActiveModel {
    permit::ActiveModel {
        id: Set(permit.id),
        relocant_id: Set(permit.relocant),
        kind: Set(permit.kind.to_string()),
        state: Set(permit.state.to_string()),
        employer_id: Set(permit.employer),
        region: Set(permit.region.to_string()),
        applied_on: Set(permit.applied_on),
        contract_until: Set(permit.contract_until),
        passport_valid_until: Set(permit.passport_until),
        valid_from: Set(permit.valid_from),
        valid_until: Set(permit.valid_until),
        ended_on: Set(permit.ended_on),
        predecessor_id: Set(permit.predecessor),
        host_change_due_on: Set(permit.host_change_due_on),
        version: Set(permit.version),
        created_at: Set(permit.created_at),
        updated_at: Set(permit.updated_at),
    }
}

fn from_row(row: permit::Model) -> Result<Permit> {
    let corrupt = |column: &str| Error::internal(format!("permit {} has an unreadable {column}", row.id));
    Ok(Permit {
        kind: row.kind.parse().map_err(|_| corrupt("kind"))?,
        state: row.state.parse().map_err(|_| corrupt("state"))?,
        region: row.region.parse().map_err(|_| corrupt("region"))?,
        id: row.id,
        relocant: row.relocant_id,
        employer: row.employer_id,
        applied_on: row.applied_on,
        contract_until: row.contract_until,
        passport_until: row.passport_valid_until,
        valid_from: row.valid_from,
        valid_until: row.valid_until,
        ended_on: row.ended_on,
        predecessor: row.predecessor_id,
        host_change_due_on: row.host_change_due_on,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}

fn transition_from_row(row: permit_transition::Model) -> Result<Transition> {
    let state = |text: &str| {
        text.parse::<PermitState>()
            .map_err(|_| Error::internal(format!("step {} of permit {} has an unreadable state", row.n, row.permit_id)))
    };
    Ok(Transition {
        number: row.n,
        from: row.from_state.as_deref().map(state).transpose()?,
        to: state(&row.to_state)?,
        at: row.at,
        actor: row.actor,
        role: row.role,
        reason: row.reason_code,
        legal_basis: row.legal_basis,
        effective_on: row.effective_on,
    })
}
