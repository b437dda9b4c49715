//! Rows of permits, their risks and claims, and the queries on them, narrowed to what the caller can reach.

use std::collections::{BTreeSet, HashMap};

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _,
    sea_query::{Expr, OnConflict},
};
use uuid::Uuid;

use super::{
    Basis, Claim, Permit, PermitState, Risk, Step, Transition,
    table::{permit, permit_claim, permit_risk, permit_transition},
};
use crate::{
    auth::{Caller, Reach},
    db::{
        self,
        ownership::{Rows, change_hands},
    },
    error::{Error, Result},
    gate::{Tx, View},
    ids::{PermitId, PermitRiskId, RelocantId},
    page::Page,
    relocants,
    time::Instant,
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
        documents: Set((!step.documents.is_empty()).then(|| codes(&step.documents))),
        legal_basis: Set(step.legal_basis.to_owned()),
        policy_version: Set(Some(step.policy_version.to_owned())),
        effective_on: Set(step.effective_on),
        at: Set(tx.now),
    };
    permit_transition::Entity::insert(row).exec_without_returning(tx.view()).await.map(drop).map_err(db::error)
}

fn codes(documents: &[super::ApplicationDocument]) -> String {
    documents.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// A permit in the caller's reach.
///
/// # Errors
/// [`Error::NotFound`] also when it is out of reach.
pub async fn get(view: &View, id: PermitId) -> Result<Permit> {
    let row = permit::Entity::find_by_id(id).filter(reach(&view.caller)).one(view).await.map_err(db::error)?;
    row.ok_or(Error::NotFound { resource: RESOURCE }).and_then(from_row)
}

/// A permit, whoever asks: for what follows from it, never to be shown.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get_unreached(view: &View, id: PermitId) -> Result<Permit> {
    let row = permit::Entity::find_by_id(id).one(view).await.map_err(db::error)?;
    row.ok_or(Error::NotFound { resource: RESOURCE }).and_then(from_row)
}

/// The renewal of a permit, whoever asks.
pub async fn renewal_of(view: &View, id: PermitId) -> Result<Option<Permit>> {
    let row = permit::Entity::find().filter(permit::Column::PredecessorId.eq(id)).one(view).await.map_err(db::error)?;
    row.map(from_row).transpose()
}

/// Every permit and application that stands on one of these, whoever asks, in the order of application.
pub async fn standing_on(view: &View, ids: &[PermitId]) -> Result<Vec<Permit>> {
    let rows = permit::Entity::find()
        .filter(permit::Column::BasisPermitId.is_in(ids.iter().copied()))
        .order_by_asc(permit::Column::Id)
        .all(view)
        .await
        .map_err(db::error)?;
    rows.into_iter().map(from_row).collect()
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

/// Every permit of these people, whoever asks, in the order of application.
pub async fn of_people(view: &View, people: Vec<RelocantId>) -> Result<Vec<Permit>> {
    let query = permit::Entity::find().filter(permit::Column::RelocantId.is_in(people)).order_by_asc(permit::Column::Id);
    query.all(view).await.map_err(db::error)?.into_iter().map(from_row).collect()
}

/// Whose these permits are, whoever asks.
pub async fn holders(view: &View, ids: Vec<PermitId>) -> Result<HashMap<PermitId, RelocantId>> {
    let query = permit::Entity::find().select_only().columns([permit::Column::Id, permit::Column::RelocantId]);
    let rows: Vec<(PermitId, RelocantId)> = query.filter(permit::Column::Id.is_in(ids)).into_tuple().all(view).await.map_err(db::error)?;
    Ok(rows.into_iter().collect())
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

/// Adds a risk.
pub async fn insert_risk(tx: &Tx, risk: &Risk) -> Result<()> {
    let row = permit_risk::ActiveModel {
        id: Set(risk.id),
        permit_id: Set(risk.permit),
        relocant_id: Set(risk.relocant),
        cause: Set(risk.cause.to_string()),
        cause_permit_id: Set(risk.cause_permit),
        since_on: Set(risk.since_on),
        due_on: Set(risk.due_on),
        cleared_on: Set(risk.cleared_on),
        created_at: Set(tx.now),
    };
    permit_risk::Entity::insert(row).exec_without_returning(tx.view()).await.map(drop).map_err(db::error)
}

/// What a permit is at risk by and has not been written to be over.
pub async fn open_risks(view: &View, id: PermitId) -> Result<Vec<Risk>> {
    let rows = permit_risk::Entity::find()
        .filter(permit_risk::Column::PermitId.eq(id))
        .filter(permit_risk::Column::ClearedOn.is_null())
        .order_by_asc(permit_risk::Column::Id)
        .all(view)
        .await
        .map_err(db::error)?;
    rows.into_iter().map(risk_from_row).collect()
}

/// What permits are at risk by and has not been written to be over, of everybody whose id lies from one to another.
pub async fn open_risks_of_all(view: &View, first: RelocantId, last: RelocantId) -> Result<Vec<Risk>> {
    let rows = permit_risk::Entity::find()
        .filter(permit_risk::Column::RelocantId.between(first, last))
        .filter(permit_risk::Column::ClearedOn.is_null())
        .all(view)
        .await
        .map_err(db::error)?;
    rows.into_iter().map(risk_from_row).collect()
}

/// Writes that risks are over since today.
pub async fn clear_risks(tx: &Tx, ids: &[PermitRiskId]) -> Result<()> {
    permit_risk::Entity::update_many()
        .set(permit_risk::ActiveModel { cleared_on: Set(Some(tx.today)), ..Default::default() })
        .filter(permit_risk::Column::Id.is_in(ids.iter().copied()))
        .exec(tx.view())
        .await
        .map(drop)
        .map_err(db::error)
}

/// A page of risks of permits in reach, each with its permit; one more than the page holds, when there are more.
pub async fn list_risks(view: &View, page: Page, relocant: Option<RelocantId>, id: Option<PermitId>) -> Result<Vec<(Risk, Permit)>> {
    let reached = permit::Entity::find().select_only().column(permit::Column::Id).filter(reach(&view.caller));
    let mut query = permit_risk::Entity::find()
        .filter(permit_risk::Column::PermitId.in_subquery(reached.into_query()))
        .order_by_asc(permit_risk::Column::Id)
        .limit(page.size + 1);
    if let Some(after) = page.after {
        query = query.filter(permit_risk::Column::Id.gt(after));
    }
    if let Some(relocant) = relocant {
        query = query.filter(permit_risk::Column::RelocantId.eq(relocant));
    }
    if let Some(id) = id {
        query = query.filter(permit_risk::Column::PermitId.eq(id));
    }
    let risks = query.all(view).await.map_err(db::error)?;
    let ids: BTreeSet<PermitId> = risks.iter().map(|risk| risk.permit_id).collect();
    let permits = permit::Entity::find().filter(permit::Column::Id.is_in(ids)).all(view).await.map_err(db::error)?;
    let permits: HashMap<PermitId, permit::Model> = permits.into_iter().map(|permit| (permit.id, permit)).collect();
    let with_permit = |row: permit_risk::Model| {
        let permit = permits.get(&row.permit_id).ok_or_else(|| Error::internal(format!("permit_risk {} has no permit", row.id)))?;
        Ok((risk_from_row(row)?, from_row(permit.clone())?))
    };
    risks.into_iter().map(with_permit).collect()
}

/// The claim on an application, also one that has lapsed.
pub async fn claim_on(view: &View, id: PermitId) -> Result<Option<Claim>> {
    Ok(permit_claim::Entity::find_by_id(id).one(view).await.map_err(db::error)?.map(claim_from_row))
}

/// Puts a claim in the place of whatever claim there was.
pub async fn put_claim(tx: &Tx, claim: &Claim, batch: Uuid) -> Result<()> {
    use permit_claim::Column;
    let row = permit_claim::ActiveModel {
        permit_id: Set(claim.permit),
        subject: Set(claim.subject.clone()),
        batch_id: Set(batch),
        claimed_at: Set(claim.claimed_at),
        lapses_at: Set(claim.lapses_at),
    };
    let instead = OnConflict::column(Column::PermitId)
        .update_columns([Column::Subject, Column::BatchId, Column::ClaimedAt, Column::LapsesAt])
        .to_owned();
    permit_claim::Entity::insert(row).on_conflict(instead).exec_without_returning(tx.view()).await.map(drop).map_err(db::error)
}

/// Makes a claim last until another instant.
pub async fn extend_claim(tx: &Tx, id: PermitId, lapses_at: Instant) -> Result<()> {
    permit_claim::Entity::update_many()
        .set(permit_claim::ActiveModel { lapses_at: Set(lapses_at), ..Default::default() })
        .filter(permit_claim::Column::PermitId.eq(id))
        .exec(tx.view())
        .await
        .map(drop)
        .map_err(db::error)
}

/// Takes the claim on an application away.
pub async fn remove_claim(tx: &Tx, id: PermitId) -> Result<()> {
    permit_claim::Entity::delete_by_id(id).exec(tx.view()).await.map(drop).map_err(db::error)
}

/// The claims that one call made and that are still the caller's, in the order of application.
pub async fn claims_of_batch(view: &View, batch: Uuid) -> Result<Vec<Claim>> {
    let rows = permit_claim::Entity::find()
        .filter(permit_claim::Column::BatchId.eq(batch))
        .filter(permit_claim::Column::Subject.eq(&view.caller.subject))
        .all(view)
        .await
        .map_err(db::error)?;
    let mut claims: HashMap<PermitId, Claim> = rows.into_iter().map(|row| (row.permit_id, claim_from_row(row))).collect();
    let ordered = permit::Entity::find()
        .filter(permit::Column::Id.is_in(claims.keys().copied()))
        .order_by_asc(permit::Column::AppliedOn)
        .order_by_asc(permit::Column::Id)
        .all(view)
        .await
        .map_err(db::error)?;
    Ok(ordered.iter().filter_map(|permit| claims.remove(&permit.id)).collect())
}

/// Applications in reach in these states that no claim holds on, those of the oldest day of application first.
pub async fn unclaimed(view: &View, states: &[PermitState], count: u64) -> Result<Vec<Permit>> {
    let claimed = permit_claim::Entity::find()
        .select_only()
        .column(permit_claim::Column::PermitId)
        .filter(permit_claim::Column::LapsesAt.gt(view.now));
    let rows = permit::Entity::find()
        .filter(reach(&view.caller))
        .filter(permit::Column::State.is_in(states.iter().map(ToString::to_string)))
        .filter(permit::Column::Id.not_in_subquery(claimed.into_query()))
        .order_by_asc(permit::Column::AppliedOn)
        .order_by_asc(permit::Column::Id)
        .limit(count)
        .all(view)
        .await
        .map_err(db::error)?;
    rows.into_iter().map(from_row).collect()
}

/// The rows that a caller can reach: an officer by the permit's region, a clerk and a person by the person.
fn reach(caller: &Caller) -> Condition {
    use relocants::table::relocant;
    match &caller.reach {
        Reach::Everywhere => Condition::all(),
        Reach::Region(region) => Condition::all().add(permit::Column::Region.eq(region.code())),
        Reach::Own(id) => relocants::store::own(permit::Column::RelocantId, *id),
        Reach::Center(center) => {
            let own = relocant::Entity::find().select_only().column(relocant::Column::Id).filter(relocant::Column::Center.eq(center));
            Condition::all().add(permit::Column::RelocantId.in_subquery(own.into_query()))
        }
        Reach::Organisation(_) | Reach::Nothing => Condition::all().add(Expr::value(false)),
    }
}

fn to_row(permit: &Permit) -> permit::ActiveModel {
    let basis_permit = match permit.basis {
        Basis::Relative(id) => Some(id),
        Basis::Contract | Basis::Enrolment | Basis::HostConsent => None,
    };
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
        basis_kind: Set(<&str>::from(permit.basis).to_owned()),
        basis_permit_id: Set(basis_permit),
        returned_on: Set(permit.returned_on),
        accepted_on: Set(permit.accepted_on),
        review_ended_on: Set(permit.review_ended_on),
        version: Set(permit.version),
        created_at: Set(permit.created_at),
        updated_at: Set(permit.updated_at),
    }
}

/// Permits and applications that change hands with their person.
pub async fn permits_change_hands(tx: &Tx, rows: Rows<'_>, to: RelocantId) -> Result<Vec<Uuid>> {
    change_hands::<permit::Entity>(tx.view(), permit::Column::Id, permit::Column::RelocantId, rows, to).await
}

/// Everything that these permits are or were at risk by.
pub async fn risks_of_permits(view: &View, permits: &[Uuid]) -> Result<Vec<Uuid>> {
    let query = permit_risk::Entity::find().select_only().column(permit_risk::Column::Id);
    query.filter(permit_risk::Column::PermitId.is_in(permits.iter().copied())).into_tuple().all(view).await.map_err(db::error)
}

/// What permits are at risk by that change hands with their person.
pub async fn risks_change_hands(tx: &Tx, rows: Rows<'_>, to: RelocantId) -> Result<Vec<Uuid>> {
    change_hands::<permit_risk::Entity>(tx.view(), permit_risk::Column::Id, permit_risk::Column::RelocantId, rows, to).await
}

pub(super) fn from_row(row: permit::Model) -> Result<Permit> {
    let corrupt = |column: &str| Error::internal(format!("permit {} has an unreadable {column}", row.id));
    Ok(Permit {
        kind: row.kind.parse().map_err(|_| corrupt("kind"))?,
        state: row.state.parse().map_err(|_| corrupt("state"))?,
        region: row.region.parse().map_err(|_| corrupt("region"))?,
        basis: match (row.basis_kind.as_str(), row.basis_permit_id) {
            ("CONTRACT", None) => Basis::Contract,
            ("ENROLMENT", None) => Basis::Enrolment,
            ("RELATIVE", Some(id)) => Basis::Relative(id),
            ("HOST_CONSENT", None) => Basis::HostConsent,
            (_, _) => return Err(corrupt("basis_kind or basis_permit_id")),
        },
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
        returned_on: row.returned_on,
        accepted_on: row.accepted_on,
        review_ended_on: row.review_ended_on,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}

fn transition_from_row(row: permit_transition::Model) -> Result<Transition> {
    let corrupt = |column: &str| Error::internal(format!("step {} of permit {} has an unreadable {column}", row.n, row.permit_id));
    let state = |text: &str| text.parse::<PermitState>().map_err(|_| corrupt("state"));
    let documents = row.documents.as_deref().unwrap_or_default().split_whitespace();
    Ok(Transition {
        number: row.n,
        from: row.from_state.as_deref().map(state).transpose()?,
        to: state(&row.to_state)?,
        documents: documents.map(|code| code.parse().map_err(|_| corrupt("documents"))).collect::<Result<_>>()?,
        at: row.at,
        actor: row.actor,
        role: row.role,
        reason: row.reason_code,
        legal_basis: row.legal_basis,
        policy_version: row.policy_version,
        effective_on: row.effective_on,
    })
}

fn risk_from_row(row: permit_risk::Model) -> Result<Risk> {
    Ok(Risk {
        cause: row.cause.parse().map_err(|_| Error::internal(format!("permit_risk {} has an unreadable cause", row.id)))?,
        id: row.id,
        permit: row.permit_id,
        relocant: row.relocant_id,
        cause_permit: row.cause_permit_id,
        since_on: row.since_on,
        due_on: row.due_on,
        cleared_on: row.cleared_on,
    })
}

fn claim_from_row(row: permit_claim::Model) -> Claim {
    Claim { permit: row.permit_id, subject: row.subject, claimed_at: row.claimed_at, lapses_at: row.lapses_at }
}
