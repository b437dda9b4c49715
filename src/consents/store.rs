//! Rows of consents and of what was shown by them. Who may see them is decided by who may see the person: operations ask `relocants` first.

use std::collections::HashMap;

use chrono::NaiveDate;
use sea_orm::{ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};
use uuid::Uuid;

use super::{
    Consent, ConsentEnd, ConsentField, Disclosure,
    table::{consent, disclosure},
};
use crate::{
    db::{
        self,
        ownership::{self, Rows},
    },
    error::{Error, Result},
    gate::{Tx, View},
    ids::{ConsentId, DisclosureId, EmployerId, RelocantId},
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

/// Adds a disclosure.
pub async fn insert_disclosure(tx: &Tx, new: &Disclosure) -> Result<()> {
    let row = disclosure::ActiveModel {
        id: Set(new.id),
        relocant_id: Set(new.relocant),
        employer_id: Set(new.employer),
        match_id: Set(new.r#match),
        purpose: Set(new.purpose.to_string()),
        fields: Set(fields_to_json(&new.fields)?),
        disclosed_on: Set(new.on),
        disclosed_at: Set(new.at),
    };
    disclosure::Entity::insert(row).exec_without_returning(tx.view()).await.map(drop).map_err(db::error)
}

/// One disclosure; nothing where a call has shown nothing.
pub async fn disclosure(view: &View, id: DisclosureId) -> Result<Option<Disclosure>> {
    let row = disclosure::Entity::find_by_id(id).one(view).await.map_err(db::error)?;
    row.map(disclosure_from_row).transpose()
}

/// The people whom an employer was shown on a day; at most so many of them.
pub async fn shown_on(view: &View, employer: EmployerId, on: NaiveDate, most: u64) -> Result<Vec<RelocantId>> {
    let query = disclosure::Entity::find()
        .select_only()
        .column(disclosure::Column::RelocantId)
        .filter(disclosure::Column::EmployerId.eq(employer))
        .filter(disclosure::Column::DisclosedOn.eq(on));
    query.distinct().limit(most).into_tuple().all(view).await.map_err(db::error)
}

/// Whether an employer was shown a person on a day.
pub async fn was_shown(view: &View, employer: EmployerId, relocant: RelocantId, on: NaiveDate) -> Result<bool> {
    let query = disclosure::Entity::find()
        .filter(disclosure::Column::EmployerId.eq(employer))
        .filter(disclosure::Column::DisclosedOn.eq(on))
        .filter(disclosure::Column::RelocantId.eq(relocant));
    Ok(query.one(view).await.map_err(db::error)?.is_some())
}

/// A page of what was shown of a person, the newest first; one more than the page holds, when there are more.
pub async fn disclosures(view: &View, relocant: RelocantId, page: Page) -> Result<Vec<Disclosure>> {
    let query = disclosure::Entity::find().filter(disclosure::Column::RelocantId.eq(relocant));
    let mut query = query.order_by_desc(disclosure::Column::Id).limit(page.size + 1);
    if let Some(after) = page.after {
        query = query.filter(disclosure::Column::Id.lt(after));
    }
    query.all(view).await.map_err(db::error)?.into_iter().map(disclosure_from_row).collect()
}

/// What was shown for these matches.
pub async fn disclosures_of_matches(view: &View, matches: &[Uuid]) -> Result<Vec<Uuid>> {
    let mut found = Vec::new();
    for part in matches.chunks(500) {
        let query = disclosure::Entity::find().select_only().column(disclosure::Column::Id);
        let query = query.filter(disclosure::Column::MatchId.is_in(part.iter().copied()));
        found.extend(query.into_tuple::<Uuid>().all(view).await.map_err(db::error)?);
    }
    Ok(found)
}

/// Disclosures that change hands with their person.
pub async fn disclosures_change_hands(tx: &Tx, rows: Rows<'_>, to: RelocantId) -> Result<Vec<Uuid>> {
    ownership::change_hands::<disclosure::Entity>(tx.view(), disclosure::Column::Id, disclosure::Column::RelocantId, rows, to).await
}

fn disclosure_from_row(row: disclosure::Model) -> Result<Disclosure> {
    let corrupt = |column: &str| Error::internal(format!("disclosure {} has an unreadable {column}", row.id));
    Ok(Disclosure {
        purpose: row.purpose.parse().map_err(|_| corrupt("purpose"))?,
        fields: fields_from_json(row.fields.clone()).ok_or_else(|| corrupt("fields"))?,
        id: row.id,
        relocant: row.relocant_id,
        employer: row.employer_id,
        r#match: row.match_id,
        on: row.disclosed_on,
        at: row.disclosed_at,
    })
}

fn fields_to_json(fields: &[ConsentField]) -> Result<serde_json::Value> {
    let fields: Vec<&str> = fields.iter().map(|field| (*field).into()).collect();
    serde_json::to_value(fields).map_err(|_| Error::internal("fields have no JSON form"))
}

fn fields_from_json(json: serde_json::Value) -> Option<Vec<ConsentField>> {
    let fields: Vec<String> = serde_json::from_value(json).ok()?;
    fields.iter().map(|field| field.parse().ok()).collect()
}

fn to_row(consent: &Consent) -> Result<consent::ActiveModel> {
    Ok(consent::ActiveModel {
        id: Set(consent.id),
        relocant_id: Set(consent.relocant),
        employer_id: Set(consent.employer),
        purpose: Set(consent.purpose.to_string()),
        fields: Set(fields_to_json(&consent.fields)?),
        until_on: Set(consent.until),
        given_at: Set(consent.given_at),
        withdrawn_at: Set(consent.withdrawn_at),
        end_ground: Set(consent.end.filter(|end| *end != ConsentEnd::Withdrawn).map(|end| end.to_string())),
        wording_version: Set(consent.wording),
        version: Set(consent.version),
    })
}

/// Consents that change hands with their person.
pub async fn change_hands(tx: &Tx, rows: Rows<'_>, to: RelocantId) -> Result<Vec<Uuid>> {
    ownership::change_hands::<consent::Entity>(tx.view(), consent::Column::Id, consent::Column::RelocantId, rows, to).await
}

fn from_row(row: consent::Model) -> Result<Consent> {
    let corrupt = |column: &str| Error::internal(format!("consent {} has an unreadable {column}", row.id));
    let ground = row.end_ground.as_deref().map(str::parse).transpose().map_err(|_| corrupt("end_ground"))?;
    Ok(Consent {
        end: ground.or(row.withdrawn_at.map(|_| ConsentEnd::Withdrawn)),
        purpose: row.purpose.parse().map_err(|_| corrupt("purpose"))?,
        fields: fields_from_json(row.fields.clone()).ok_or_else(|| corrupt("fields"))?,
        id: row.id,
        relocant: row.relocant_id,
        employer: row.employer_id,
        until: row.until_on,
        given_at: row.given_at,
        withdrawn_at: row.withdrawn_at,
        wording: row.wording_version,
        version: row.version,
    })
}
