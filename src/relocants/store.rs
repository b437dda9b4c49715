//! Rows of people and the queries on them. Each query is narrowed to what the caller can reach, so that what lies outside reads as not there.

use std::str::FromStr;

use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, EntityTrait as _, ExprTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    sea_query::Expr,
};
use serde::{Deserialize, Serialize};

use super::{
    Card, Document, Identity, Outline, Relocant, RelocantStatus, ShortCode,
    table::{relocant, relocant_document, relocant_key},
};
use crate::{
    auth::{Caller, Reach},
    db,
    error::{Error, Result},
    gate::{Tx, View},
    ids::RelocantId,
    page::Page,
    seal::{TagField, WrappedKey},
};

const RESOURCE: &str = "relocant";

/// Adds a person: record, key and the blind tag of the document.
///
/// # Errors
/// [`Error::Exists`] when the document is registered.
pub async fn insert(tx: &Tx, person: &Relocant, identity: &Identity) -> Result<()> {
    let (key, wrapped) = tx.new_person_key(person.id)?;
    let row = relocant::ActiveModel {
        id: Set(person.id),
        code: Set(person.code.compact().to_owned()),
        citizenship: Set(person.citizenship.to_string()),
        center: Set(person.center.clone()),
        region: Set(person.region.to_string()),
        status: Set(person.status.to_string()),
        departed_on: Set(person.departed_on),
        sealed: Set(tx.vault().seal(&key, RESOURCE, person.id, identity)?),
        card: Set(card_to_json(&person.card)?),
        version: Set(person.version),
        created_at: Set(person.created_at),
        updated_at: Set(person.updated_at),
    };
    relocant::Entity::insert(row).exec_without_returning(tx.view()).await.map_err(db::error)?;
    let row = relocant_key::ActiveModel { relocant_id: Set(person.id), key_version: Set(wrapped.version), wrapped: Set(wrapped.bytes) };
    relocant_key::Entity::insert(row).exec_without_returning(tx.view()).await.map_err(db::error)?;
    insert_document(tx, person.id, &identity.document).await
}

async fn insert_document(tx: &Tx, person: RelocantId, document: &Document) -> Result<()> {
    let row = relocant_document::ActiveModel { tag: Set(tag(tx, document)), relocant_id: Set(person), created_at: Set(tx.now) };
    db::or_exists(relocant_document::Entity::insert(row).exec_without_returning(tx.view()).await.map(drop), "document")
}

fn tag(view: &View, document: &Document) -> Vec<u8> {
    view.vault().tag(TagField::Document, document.key().expose().as_bytes()).to_vec()
}

/// A person in the caller's reach.
///
/// # Errors
/// [`Error::NotFound`] also when the person is out of reach.
pub async fn get(view: &View, id: RelocantId) -> Result<Relocant> {
    let row = relocant::Entity::find_by_id(id).filter(reach(&view.caller)).one(view).await.map_err(db::error)?;
    row.ok_or(Error::NotFound { resource: RESOURCE }).and_then(from_row)
}

/// A person on a call that may act on anybody, because something else than reach ties the caller to them; the operation says what.
pub async fn get_unreached(view: &View, id: RelocantId) -> Result<Relocant> {
    let row = relocant::Entity::find_by_id(id).one(view).await.map_err(db::error)?;
    row.ok_or(Error::NotFound { resource: RESOURCE }).and_then(from_row)
}

/// A person's sealed identity. Looking is noted by itself.
pub async fn identity(view: &View, id: RelocantId) -> Result<Identity> {
    let missing = || Error::internal(format!("the sealed identity of relocant {id} or its key is not there"));
    let row = relocant::Entity::find_by_id(id).one(view).await.map_err(db::error)?.ok_or_else(missing)?;
    view.unseal(RESOURCE, id, &key(view, id).await?, &row.sealed)
}

async fn key(view: &View, id: RelocantId) -> Result<WrappedKey> {
    let row = relocant_key::Entity::find_by_id(id).one(view).await.map_err(db::error)?;
    row.map(|row| WrappedKey { version: row.key_version, bytes: row.wrapped }).ok_or(Error::NotFound { resource: RESOURCE })
}

/// The person of a short code, wherever registered.
pub async fn find_by_code(view: &View, code: ShortCode) -> Result<Relocant> {
    let row = relocant::Entity::find().filter(relocant::Column::Code.eq(code.compact())).one(view).await.map_err(db::error)?;
    row.ok_or(Error::NotFound { resource: RESOURCE }).and_then(from_row)
}

/// The person who has shown a document at any time, wherever registered.
pub async fn find_by_document(view: &View, document: &Document) -> Result<Relocant> {
    let shown = relocant_document::Entity::find_by_id(tag(view, document)).one(view).await.map_err(db::error)?;
    get_unreached(view, shown.ok_or(Error::NotFound { resource: RESOURCE })?.relocant_id).await
}

/// A page of people in the caller's reach, in the order of registration; one more than the page holds, when there are more.
pub async fn list(view: &View, page: Page, status: Option<RelocantStatus>) -> Result<Vec<Relocant>> {
    let mut query = relocant::Entity::find().filter(reach(&view.caller)).order_by_asc(relocant::Column::Id).limit(page.size + 1);
    if let Some(after) = page.after {
        query = query.filter(relocant::Column::Id.gt(after));
    }
    if let Some(status) = status {
        query = query.filter(relocant::Column::Status.eq(status.to_string()));
    }
    query.all(view).await.map_err(db::error)?.into_iter().map(from_row).collect()
}

/// A page of people in the order of registration, as far as lists over everybody ask.
pub async fn outlines(view: &View, after: Option<RelocantId>, limit: u64) -> Result<Vec<Outline>> {
    let mut query = relocant::Entity::find().order_by_asc(relocant::Column::Id).limit(limit);
    if let Some(after) = after {
        query = query.filter(relocant::Column::Id.gt(after));
    }
    let columns =
        [relocant::Column::Id, relocant::Column::Citizenship, relocant::Column::Center, relocant::Column::Region, relocant::Column::Status];
    let rows: Vec<(RelocantId, String, String, String, String)> =
        query.select_only().columns(columns).into_tuple().all(view).await.map_err(db::error)?;
    let outline = |(id, citizenship, center, region, status): (RelocantId, String, String, String, String)| {
        let corrupt = |column: &str| Error::internal(format!("relocant {id} has an unreadable {column}"));
        Ok(Outline {
            id,
            citizenship: citizenship.parse().map_err(|_| corrupt("citizenship"))?,
            center,
            region: region.parse().map_err(|_| corrupt("region"))?,
            status: status.parse().map_err(|_| corrupt("status"))?,
        })
    };
    rows.into_iter().map(outline).collect()
}

/// People who look for work, whose card names this occupation; at most `limit`, the oldest records first.
pub async fn looking_for(view: &View, occupation: &str, limit: u64) -> Result<Vec<Relocant>> {
    let rows = relocant::Entity::find()
        .filter(relocant::Column::Status.eq(RelocantStatus::Registered.to_string()))
        .filter(Expr::col(relocant::Column::Card).cast_as("text").like(format!("%\"{occupation}\"%")))
        .order_by_asc(relocant::Column::Id)
        .limit(limit)
        .all(view)
        .await
        .map_err(db::error)?;
    rows.into_iter().map(from_row).collect()
}

/// Saves what lies open, if nobody else has since the caller read it.
///
/// # Errors
/// [`Error::Conflict`] when somebody has.
pub async fn save(tx: &Tx, person: &Relocant) -> Result<Relocant> {
    let saved = Relocant { version: person.version + 1, updated_at: tx.now, ..person.clone() };
    let row = relocant::ActiveModel {
        region: Set(saved.region.to_string()),
        status: Set(saved.status.to_string()),
        departed_on: Set(saved.departed_on),
        card: Set(card_to_json(&saved.card)?),
        version: Set(saved.version),
        updated_at: Set(saved.updated_at),
        ..Default::default()
    };
    let outcome = relocant::Entity::update_many()
        .set(row)
        .filter(relocant::Column::Id.eq(saved.id))
        .filter(relocant::Column::Version.eq(person.version))
        .exec(tx.view())
        .await
        .map_err(db::error)?;
    if outcome.rows_affected == 1 { Ok(saved) } else { Err(Error::Conflict { resource: RESOURCE }) }
}

/// Seals a changed identity again under the person's own key. A new document gets its tag; the former one stays findable.
///
/// # Errors
/// [`Error::Exists`] when the new document belongs to somebody else.
pub async fn save_identity(tx: &Tx, id: RelocantId, identity: &Identity, former: &Identity) -> Result<()> {
    let key = tx.vault().person_key(id, &key(tx, id).await?)?;
    let sealed = tx.vault().seal(&key, RESOURCE, id, identity)?;
    relocant::Entity::update_many()
        .col_expr(relocant::Column::Sealed, Expr::value(sealed))
        .filter(relocant::Column::Id.eq(id))
        .exec(tx.view())
        .await
        .map_err(db::error)?;
    if identity.document.key() == former.document.key() {
        return Ok(());
    }
    let shown = relocant_document::Entity::find_by_id(tag(tx, &identity.document)).one(tx.view()).await.map_err(db::error)?;
    match shown {
        Some(shown) if shown.relocant_id == id => Ok(()),
        Some(_) => Err(Error::Exists { resource: "document" }),
        None => insert_document(tx, id, &identity.document).await,
    }
}

/// The rows that a caller can reach.
fn reach(caller: &Caller) -> Condition {
    match &caller.reach {
        Reach::Everywhere => Condition::all(),
        Reach::Center(center) => Condition::all().add(relocant::Column::Center.eq(center)),
        Reach::Region(region) => Condition::all().add(relocant::Column::Region.eq(region.code())),
        Reach::Own(id) => Condition::all().add(relocant::Column::Id.eq(*id)),
        Reach::Organisation(_) | Reach::Nothing => Condition::all().add(Expr::value(false)),
    }
}

fn from_row(row: relocant::Model) -> Result<Relocant> {
    let corrupt = |column: &str| Error::internal(format!("relocant {} has an unreadable {column}", row.id));
    Ok(Relocant {
        id: row.id,
        code: row.code.parse().map_err(|_| corrupt("code"))?,
        citizenship: row.citizenship.parse().map_err(|_| corrupt("citizenship"))?,
        region: row.region.parse().map_err(|_| corrupt("region"))?,
        status: row.status.parse().map_err(|_| corrupt("status"))?,
        card: card_from_json(row.card.clone()).ok_or_else(|| corrupt("card"))?,
        center: row.center,
        departed_on: row.departed_on,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}

/// The card as it lies in its column. A field that is missing reads as its default, so that older rows stay readable.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct CardColumn {
    occupations: Vec<(String, i32)>,
    languages: Vec<(String, String)>,
    licence: String,
    wished_regions: Vec<String>,
    household_size: i32,
    earliest_start_on: Option<chrono::NaiveDate>,
    looking: bool,
}

fn card_to_json(card: &Card) -> Result<serde_json::Value> {
    let column = CardColumn {
        occupations: card.occupations.iter().map(|(occupation, years)| (occupation.to_string(), *years)).collect(),
        languages: card.languages.iter().map(|(language, level)| (language.to_string(), level.to_string())).collect(),
        licence: card.licence.to_string(),
        wished_regions: card.wished_regions.iter().map(ToString::to_string).collect(),
        household_size: card.household_size,
        earliest_start_on: card.earliest_start_on,
        looking: card.looking,
    };
    serde_json::to_value(column).map_err(|_| Error::internal("a card has no JSON form"))
}

fn card_from_json(json: serde_json::Value) -> Option<Card> {
    fn codes<K: FromStr, V: FromStr>(pairs: Vec<(String, String)>) -> Option<Vec<(K, V)>> {
        pairs.into_iter().map(|(key, value)| Some((key.parse().ok()?, value.parse().ok()?))).collect()
    }
    let column: CardColumn = serde_json::from_value(json).ok()?;
    Some(Card {
        occupations: column.occupations.into_iter().map(|(code, years)| Some((code.parse().ok()?, years))).collect::<Option<_>>()?,
        languages: codes(column.languages)?,
        licence: if column.licence.is_empty() { super::LicenceState::None } else { column.licence.parse().ok()? },
        wished_regions: column.wished_regions.iter().map(|code| code.parse().ok()).collect::<Option<_>>()?,
        household_size: column.household_size,
        earliest_start_on: column.earliest_start_on,
        looking: column.looking,
    })
}
