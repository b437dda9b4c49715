//! Rows of consents. Who may see them is decided by who may see the person: operations ask `relocants` first.

use std::collections::HashMap;

use sea_orm::{ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};
use uuid::Uuid;

use super::{Consent, ConsentEnd, ConsentField, table::consent};
use crate::{
    db::{
        self,
        ownership::{self, Rows},
    },
    error::{Error, Result},
    gate::{Tx, View},
    ids::{ConsentId, EmployerId, RelocantId},
    page::Page,
};

const RESOURCE: &str = "consent";

/// Adds a consent.
pub async fn insert(tx: &Tx, new: &Consent) -> Result<()> {
    consent::Entity::insert(to_row(new)?).exec_without_returning(tx.view()).await.map(drop).map_err(db::error)
}

/// Saves a consent, if nobody else has changed it since it was read.
///
/// # Errors
/// [`Error::Conflict`] when somebody has.
pub async fn save(tx: &Tx, changed: &Consent) -> Result<Consent> {
    let saved = Consent { version: changed.version + 1, ..changed.clone() };
    let outcome = consent::Entity::update_many()
        .set(to_row(&saved)?)
        .filter(consent::Column::Id.eq(saved.id))
        .filter(consent::Column::Version.eq(changed.version))
        .exec(tx.view())
        .await
        .map_err(db::error)?;
    if outcome.rows_affected == 1 { Ok(saved) } else { Err(Error::Conflict { resource: RESOURCE }) }
}

/// One consent.
pub async fn get(view: &View, id: ConsentId) -> Result<Consent> {
    let row = consent::Entity::find_by_id(id).one(view).await.map_err(db::error)?;
    row.ok_or(Error::NotFound { resource: RESOURCE }).and_then(from_row)
}

/// All that a person has consented to for one employer.
pub async fn of(view: &View, relocant: RelocantId, employer: EmployerId) -> Result<Vec<Consent>> {
    let rows = consent::Entity::find()
        .filter(consent::Column::RelocantId.eq(relocant))
        .filter(consent::Column::EmployerId.eq(employer))
        .order_by_asc(consent::Column::Id)
        .all(view)
        .await
        .map_err(db::error)?;
    rows.into_iter().map(from_row).collect()
}

/// What each of these people has consented to for one employer; who has consented to nothing is left out.
pub async fn of_people(view: &View, people: Vec<RelocantId>, employer: EmployerId) -> Result<HashMap<RelocantId, Vec<Consent>>> {
    let query = consent::Entity::find().filter(consent::Column::RelocantId.is_in(people)).filter(consent::Column::EmployerId.eq(employer));
    let mut found: HashMap<RelocantId, Vec<Consent>> = HashMap::new();
    for row in query.all(view).await.map_err(db::error)? {
        found.entry(row.relocant_id).or_default().push(from_row(row)?);
    }
    Ok(found)
}

/// Consents to one employer that hold today; at most `limit`, the oldest first.
pub async fn open_to(view: &View, employer: EmployerId, limit: u64) -> Result<Vec<Consent>> {
    let query = consent::Entity::find()
        .filter(consent::Column::EmployerId.eq(employer))
        .filter(consent::Column::WithdrawnAt.is_null())
        .filter(consent::Column::UntilOn.gte(view.today))
        .order_by_asc(consent::Column::Id)
        .limit(limit);
    query.all(view).await.map_err(db::error)?.into_iter().map(from_row).collect()
}

/// A page of a person's consents; one more than the page holds, when there are more.
pub async fn list(view: &View, relocant: RelocantId, page: Page) -> Result<Vec<Consent>> {
    let mut query =
        consent::Entity::find().filter(consent::Column::RelocantId.eq(relocant)).order_by_asc(consent::Column::Id).limit(page.size + 1);
    if let Some(after) = page.after {
        query = query.filter(consent::Column::Id.gt(after));
    }
    query.all(view).await.map_err(db::error)?.into_iter().map(from_row).collect()
}

fn to_row(consent: &Consent) -> Result<consent::ActiveModel> {
    let fields: Vec<&str> = consent.fields.iter().map(|field| (*field).into()).collect();
    Ok(consent::ActiveModel {
        id: Set(consent.id),
        relocant_id: Set(consent.relocant),
        employer_id: Set(consent.employer),
        purpose: Set(consent.purpose.to_string()),
        fields: Set(serde_json::to_value(fields).map_err(|_| Error::internal("fields have no JSON form"))?),
        until_on: Set(consent.until),
        given_at: Set(consent.given_at),
        withdrawn_at: Set(consent.withdrawn_at),
        end_ground: Set(consent.end.filter(|end| *end != ConsentEnd::Withdrawn).map(|end| end.to_string())),
        version: Set(consent.version),
    })
}

/// Consents that change hands with their person.
pub async fn change_hands(tx: &Tx, rows: Rows<'_>, to: RelocantId) -> Result<Vec<Uuid>> {
    ownership::change_hands::<consent::Entity>(tx.view(), consent::Column::Id, consent::Column::RelocantId, rows, to).await
}

fn from_row(row: consent::Model) -> Result<Consent> {
    let corrupt = |column: &str| Error::internal(format!("consent {} has an unreadable {column}", row.id));
    let fields: Vec<String> = serde_json::from_value(row.fields.clone()).map_err(|_| corrupt("fields"))?;
    let fields: Option<Vec<ConsentField>> = fields.iter().map(|field| field.parse().ok()).collect();
    let ground = row.end_ground.as_deref().map(str::parse).transpose().map_err(|_| corrupt("end_ground"))?;
    Ok(Consent {
        end: ground.or(row.withdrawn_at.map(|_| ConsentEnd::Withdrawn)),
        purpose: row.purpose.parse().map_err(|_| corrupt("purpose"))?,
        fields: fields.ok_or_else(|| corrupt("fields"))?,
        id: row.id,
        relocant: row.relocant_id,
        employer: row.employer_id,
        until: row.until_on,
        given_at: row.given_at,
        withdrawn_at: row.withdrawn_at,
        version: row.version,
    })
}
