//! Rows of corrections and the queries on them. Who may see them is who may see the person; what they hold is sealed under the person's own key.

use std::collections::HashMap;

use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, EntityTrait as _, ExprTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use super::{Claim, Contents, Correction, CorrectionState, table::correction};
use crate::{
    db,
    error::{Error, Result},
    gate::{Tx, View},
    ids::{CorrectionId, RelocantId},
    page::Page,
    relocants, reservations,
    time::Instant,
};

const RESOURCE: &str = "correction";

/// What narrows a list.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    /// Where it stands.
    pub state: Option<CorrectionState>,
    /// Whose record.
    pub relocant: Option<RelocantId>,
}

/// Adds a correction with what it holds.
pub async fn insert(tx: &Tx, new: &Correction, contents: &Contents) -> Result<()> {
    let key = tx.vault().person_key(new.relocant, &relocants::store::key(tx, new.relocant).await?)?;
    let sealed = tx.vault().seal(&key, RESOURCE, new.relocant, contents)?;
    let fields = serde_json::to_value(&new.fields).map_err(|_| Error::internal("fields have no JSON form"))?;
    let row = correction::ActiveModel {
        id: Set(new.id),
        relocant_id: Set(new.relocant),
        fields: Set(fields),
        sealed: Set(sealed),
        proposed_by: Set(new.proposed_by.clone()),
        proposed_at: Set(new.proposed_at),
        version: Set(new.version),
        ..decision(new)
    };
    correction::Entity::insert(row).exec_without_returning(tx.view()).await.map(drop).map_err(db::error)
}

/// Saves what was decided and who looks at it, if nobody else has changed it since it was read.
///
/// # Errors
/// [`Error::Conflict`] when somebody has.
pub async fn save(tx: &Tx, changed: &Correction) -> Result<Correction> {
    let saved = Correction { version: changed.version + 1, ..changed.clone() };
    let row = correction::ActiveModel { version: Set(saved.version), ..decision(&saved) };
    let update = correction::Entity::update_many().set(row).filter(correction::Column::Id.eq(saved.id));
    let outcome = update.filter(correction::Column::Version.eq(changed.version)).exec(tx.view()).await.map_err(db::error)?;
    if outcome.rows_affected == 1 { Ok(saved) } else { Err(Error::Conflict { resource: RESOURCE }) }
}

/// The columns that change.
fn decision(correction: &Correction) -> correction::ActiveModel {
    correction::ActiveModel {
        state: Set(correction.state.to_string()),
        decided_by: Set(correction.decided.as_ref().map(|(by, _)| by.clone())),
        decided_at: Set(correction.decided.as_ref().map(|(_, at)| *at)),
        ground: Set(correction.ground.map(|ground| ground.to_string())),
        claim_id: Set(correction.claim.as_ref().map(|claim| claim.holder)),
        claimed_by: Set(correction.claim.as_ref().map(|claim| claim.subject.clone())),
        ..Default::default()
    }
}

/// A correction of a record in the caller's reach.
pub async fn get(view: &View, id: CorrectionId) -> Result<Correction> {
    let query = correction::Entity::find_by_id(id).filter(in_reach(view));
    one(view, query).await?.ok_or(Error::NotFound { resource: RESOURCE })
}

/// What a correction holds. Looking is noted by itself.
pub async fn contents(view: &View, of: &Correction) -> Result<Contents> {
    let query = correction::Entity::find_by_id(of.id).select_only().column(correction::Column::Sealed);
    let sealed: Option<Vec<u8>> = query.into_tuple().one(view).await.map_err(db::error)?;
    let sealed = sealed.ok_or(Error::NotFound { resource: RESOURCE })?;
    let contents: Contents = view.unseal(RESOURCE, of.relocant, &relocants::store::key(view, of.relocant).await?, &sealed)?;
    if contents.of == of.id { Ok(contents) } else { Err(Error::internal(format!("correction {} holds what is another's", of.id))) }
}

/// The correction of a record that waits.
pub async fn open_of(view: &View, relocant: RelocantId) -> Result<Option<Correction>> {
    let query = correction::Entity::find()
        .filter(correction::Column::RelocantId.eq(relocant))
        .filter(correction::Column::State.eq(CorrectionState::Proposed.to_string()));
    one(view, query).await
}

/// The oldest correction in the caller's reach that waits, is not the caller's own, and that nobody looks at.
pub async fn next_free(view: &View) -> Result<Option<Correction>> {
    let claimed = reservations::store::holds(view, (correction::Entity, correction::Column::ClaimId));
    let query = correction::Entity::find()
        .filter(in_reach(view))
        .filter(correction::Column::State.eq(CorrectionState::Proposed.to_string()))
        .filter(correction::Column::ProposedBy.ne(&view.caller.subject))
        .filter(Condition::any().add(correction::Column::ClaimId.is_null()).add(claimed.not()))
        .order_by_asc(correction::Column::Id);
    one(view, query).await
}

/// A page of corrections in the caller's reach; one more than the page holds, when there are more.
pub async fn list(view: &View, page: Page, filter: Filter) -> Result<Vec<Correction>> {
    let mut query = correction::Entity::find().filter(in_reach(view)).order_by_asc(correction::Column::Id).limit(page.size + 1);
    if let Some(after) = page.after {
        query = query.filter(correction::Column::Id.gt(after));
    }
    if let Some(state) = filter.state {
        query = query.filter(correction::Column::State.eq(state.to_string()));
    }
    if let Some(relocant) = filter.relocant {
        query = query.filter(correction::Column::RelocantId.eq(relocant));
    }
    with_claims(view, query.all(view).await.map_err(db::error)?).await
}

fn in_reach(view: &View) -> sea_orm::sea_query::SimpleExpr {
    relocants::store::reached(view, (correction::Entity, correction::Column::RelocantId))
}

async fn one(view: &View, query: sea_orm::Select<correction::Entity>) -> Result<Option<Correction>> {
    let row = query.one(view).await.map_err(db::error)?;
    Ok(with_claims(view, row.into_iter().collect()).await?.pop())
}

async fn with_claims(view: &View, rows: Vec<correction::Model>) -> Result<Vec<Correction>> {
    let lapses = reservations::store::lapse_times(view, rows.iter().filter_map(|row| row.claim_id).collect()).await?;
    rows.into_iter().map(|row| from_row(row, &lapses)).collect()
}

fn from_row(row: correction::Model, lapses: &HashMap<Uuid, Instant>) -> Result<Correction> {
    let corrupt = |column: &str| Error::internal(format!("correction {} has an unreadable {column}", row.id));
    let claim = row.claim_id.zip(row.claimed_by.clone()).and_then(|(holder, subject)| {
        // What was given back is held no longer.
        lapses.get(&holder).map(|lapses_at| Claim { holder, subject, lapses_at: *lapses_at })
    });
    Ok(Correction {
        fields: serde_json::from_value(row.fields.clone()).map_err(|_| corrupt("fields"))?,
        state: row.state.parse().map_err(|_| corrupt("state"))?,
        ground: row.ground.as_deref().map(|ground| ground.parse().map_err(|_| corrupt("ground"))).transpose()?,
        id: row.id,
        relocant: row.relocant_id,
        proposed_by: row.proposed_by,
        proposed_at: row.proposed_at,
        decided: row.decided_by.zip(row.decided_at),
        claim,
        version: row.version,
    })
}
