//! Rows of people and the queries on them. Each query is narrowed to what the caller can reach, so that what lies outside reads as not there.

use std::{
    collections::{BTreeSet, HashMap},
    str::FromStr,
};

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, EntityTrait as _, ExprTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _,
    sea_query::{Expr, IntoColumnRef, SelectStatement, SimpleExpr},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Card, Document, DocumentOutline, Identity, Outline, Relocant, RelocantStatus, finding,
    table::{relocant, relocant_document, relocant_key, relocant_occupation},
};
use crate::{
    auth::{Caller, Reach},
    classifiers::Occupation,
    db::{
        self,
        ownership::{Rows, change_hands},
    },
    error::{Error, Result},
    gate::{Tx, View},
    ids::{DocumentId, RelocantId},
    page::Page,
    seal::WrappedKey,
    short_code::ShortCode,
};

pub(super) const RESOURCE: &str = "relocant";

/// Adds a person: record, key, documents and the blind tags to be found by.
///
/// # Errors
/// [`Error::Exists`] when the id is on a record.
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
        merged_into_id: Set(person.merged_into),
        sealed: Set(tx.vault().seal(&key, RESOURCE, person.id, identity)?),
        card: Set(card_to_json(&person.card)?),
        version: Set(person.version),
        captured_at: Set(person.captured_at),
        created_at: Set(person.created_at),
        updated_at: Set(person.updated_at),
    };
    db::or_exists(relocant::Entity::insert(row).exec_without_returning(tx.view()).await, RESOURCE)?;
    let row = relocant_key::ActiveModel { relocant_id: Set(person.id), key_version: Set(wrapped.version), wrapped: Set(wrapped.bytes) };
    relocant_key::Entity::insert(row).exec_without_returning(tx.view()).await.map_err(db::error)?;
    insert_documents(tx, person.id, &identity.documents.iter().collect::<Vec<_>>()).await?;
    insert_occupations(tx, person.id, occupations(person)).await?;
    finding::insert_tags(tx, person.id, identity).await
}

async fn insert_documents(tx: &Tx, person: RelocantId, documents: &[&Document]) -> Result<()> {
    let row = |document: &&Document| relocant_document::ActiveModel {
        id: Set(document.id),
        relocant_id: Set(person),
        kind: Set(document.kind.to_string()),
        issuing_country: Set(document.issuing_country.clone()),
        expires_on: Set(document.expires_on.as_ref().map(|day| *day.expose())),
        withdrawn_on: Set(document.withdrawn.map(|(on, _)| on)),
    };
    if documents.is_empty() {
        return Ok(());
    }
    let insert = relocant_document::Entity::insert_many(documents.iter().map(row));
    insert.exec_without_returning(tx.view()).await.map(drop).map_err(db::error)
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

/// People on a call that may act on anybody, as by [`get_unreached`]; whoever there is of them.
pub async fn all_unreached(view: &View, ids: Vec<RelocantId>) -> Result<Vec<Relocant>> {
    let query = relocant::Entity::find().filter(relocant::Column::Id.is_in(ids)).order_by_asc(relocant::Column::Id);
    query.all(view).await.map_err(db::error)?.into_iter().map(from_row).collect()
}

/// A person's sealed identity. Looking is noted by itself.
pub async fn identity(view: &View, id: RelocantId) -> Result<Identity> {
    let missing = || Error::internal(format!("the sealed identity of relocant {id} or its key is not there"));
    let row = relocant::Entity::find_by_id(id).one(view).await.map_err(db::error)?.ok_or_else(missing)?;
    view.unseal(RESOURCE, id, &key(view, id).await?, &row.sealed)
}

/// A person's own key, as it is kept.
pub async fn key(view: &View, id: RelocantId) -> Result<WrappedKey> {
    let row = relocant_key::Entity::find_by_id(id).one(view).await.map_err(db::error)?;
    row.map(|row| WrappedKey { version: row.key_version, bytes: row.wrapped }).ok_or(Error::NotFound { resource: RESOURCE })
}

/// The own keys of people, as they are kept.
pub async fn keys(view: &View, ids: Vec<RelocantId>) -> Result<HashMap<RelocantId, WrappedKey>> {
    let rows = relocant_key::Entity::find().filter(relocant_key::Column::RelocantId.is_in(ids)).all(view).await.map_err(db::error)?;
    Ok(rows.into_iter().map(|row| (row.relocant_id, WrappedKey { version: row.key_version, bytes: row.wrapped })).collect())
}

/// Of these people, those in the caller's reach.
pub async fn in_reach(view: &View, ids: Vec<RelocantId>) -> Result<Vec<RelocantId>> {
    let query = relocant::Entity::find().select_only().column(relocant::Column::Id).filter(relocant::Column::Id.is_in(ids));
    query.filter(reach(&view.caller)).into_tuple().all(view).await.map_err(db::error)
}

/// The person of a short code, wherever registered.
pub async fn find_by_code(view: &View, code: ShortCode) -> Result<Relocant> {
    let row = relocant::Entity::find().filter(relocant::Column::Code.eq(code.compact())).one(view).await.map_err(db::error)?;
    row.ok_or(Error::NotFound { resource: RESOURCE }).and_then(from_row)
}

/// The documents of everybody whose id lies from one to another, as far as lists ask.
pub async fn documents_of_all(view: &View, first: RelocantId, last: RelocantId) -> Result<Vec<DocumentOutline>> {
    let query = relocant_document::Entity::find().filter(relocant_document::Column::RelocantId.between(first, last));
    let rows = query.all(view).await.map_err(db::error)?;
    let outline = |row: relocant_document::Model| {
        let kind = row.kind.parse().map_err(|_| Error::internal(format!("document {} has an unreadable kind", row.id)))?;
        Ok(DocumentOutline { id: row.id, relocant: row.relocant_id, kind, expires_on: row.expires_on, withdrawn_on: row.withdrawn_on })
    };
    rows.into_iter().map(outline).collect()
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

/// The occupations that a person is found by.
fn occupations(person: &Relocant) -> BTreeSet<String> {
    let looks = person.status == RelocantStatus::Registered && person.card.looking;
    person.card.occupations.iter().filter(|_| looks).map(|(occupation, _)| occupation.to_string()).collect()
}

/// Adds whoever looks for work to those who are found by occupation.
async fn insert_occupations(tx: &Tx, person: RelocantId, named: BTreeSet<String>) -> Result<()> {
    if named.is_empty() {
        return Ok(());
    }
    let row = |occupation| relocant_occupation::ActiveModel { occupation: Set(occupation), relocant_id: Set(person) };
    let insert = relocant_occupation::Entity::insert_many(named.into_iter().map(row));
    insert.exec_without_returning(tx.view()).await.map(drop).map_err(db::error)
}

/// Makes the occupations that a person is found by those that follow from the card.
async fn save_occupations(tx: &Tx, person: &Relocant) -> Result<()> {
    let known = relocant_occupation::Entity::find().filter(relocant_occupation::Column::RelocantId.eq(person.id));
    let known: BTreeSet<String> = known.all(tx.view()).await.map_err(db::error)?.into_iter().map(|row| row.occupation).collect();
    let named = occupations(person);
    if known == named {
        return Ok(());
    }
    let former = relocant_occupation::Entity::delete_many().filter(relocant_occupation::Column::RelocantId.eq(person.id));
    former.exec(tx.view()).await.map_err(db::error)?;
    insert_occupations(tx, person.id, named).await
}

/// People who are registered and look for work in one of these occupations, with their cards; at most `limit`, the oldest records first. `but` asks for people who
/// are left out.
pub async fn looking_for(
    view: &View,
    occupations: &[Occupation],
    but: Option<SelectStatement>,
    limit: u64,
) -> Result<Vec<(RelocantId, Card)>> {
    let who = relocant_occupation::Entity::find()
        .select_only()
        .column(relocant_occupation::Column::RelocantId)
        .filter(relocant_occupation::Column::Occupation.is_in(occupations.iter().map(ToString::to_string)));
    let query = relocant::Entity::find().select_only().columns([relocant::Column::Id, relocant::Column::Card]);
    let mut query = query.filter(relocant::Column::Id.in_subquery(who.into_query()));
    if let Some(but) = but {
        query = query.filter(relocant::Column::Id.not_in_subquery(but));
    }
    let rows: Vec<(RelocantId, serde_json::Value)> =
        query.order_by_asc(relocant::Column::Id).limit(limit).into_tuple().all(view).await.map_err(db::error)?;
    let read = |(id, card)| Ok((id, card_from_json(card).ok_or_else(|| Error::internal(format!("relocant {id} has an unreadable card")))?));
    rows.into_iter().map(read).collect()
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
        merged_into_id: Set(saved.merged_into),
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
    if outcome.rows_affected != 1 {
        return Err(Error::Conflict { resource: RESOURCE });
    }
    save_occupations(tx, &saved).await?;
    Ok(saved)
}

/// Seals a changed identity again under the person's own key, and brings its documents and tags in step.
pub async fn save_identity(tx: &Tx, id: RelocantId, identity: &Identity, former: &Identity) -> Result<()> {
    let key = tx.vault().person_key(id, &key(tx, id).await?)?;
    let sealed = tx.vault().seal(&key, RESOURCE, id, identity)?;
    relocant::Entity::update_many()
        .col_expr(relocant::Column::Sealed, Expr::value(sealed))
        .filter(relocant::Column::Id.eq(id))
        .exec(tx.view())
        .await
        .map_err(db::error)?;
    let known = |document: &&Document| former.documents.iter().any(|known| known.id == document.id);
    let (same, new): (Vec<_>, Vec<_>) = identity.documents.iter().partition(known);
    for document in same.into_iter().filter(|document| !former.documents.contains(document)) {
        relocant_document::Entity::update_many()
            .col_expr(relocant_document::Column::WithdrawnOn, Expr::value(document.withdrawn.map(|(on, _)| on)))
            .filter(relocant_document::Column::Id.eq(document.id))
            .exec(tx.view())
            .await
            .map_err(db::error)?;
    }
    insert_documents(tx, id, &new).await?;
    let left = |known: &&Document| !identity.documents.iter().any(|document| document.id == known.id);
    let gone: Vec<DocumentId> = former.documents.iter().filter(left).map(|document| document.id).collect();
    if !gone.is_empty() {
        let delete = relocant_document::Entity::delete_many().filter(relocant_document::Column::Id.is_in(gone));
        delete.exec(tx.view()).await.map_err(db::error)?;
    }
    finding::save_tags(tx, id, identity).await
}

/// Whether a row's person is a record that stands for somebody and, unless `anywhere`, lies in the caller's reach; as a question within another.
pub fn stands(view: &View, person: impl IntoColumnRef, anywhere: bool) -> SimpleExpr {
    let reached = if anywhere { Condition::all() } else { reach(&view.caller) };
    exists(person, reached.add(relocant::Column::MergedIntoId.is_null()))
}

/// Whether a row's person lies in the caller's reach, as a question within another.
pub fn reached(view: &View, person: impl IntoColumnRef) -> SimpleExpr {
    exists(person, reach(&view.caller))
}

fn exists(person: impl IntoColumnRef, such: Condition) -> SimpleExpr {
    let query = relocant::Entity::find()
        .select_only()
        .column(relocant::Column::Id)
        .filter(Expr::col((relocant::Entity, relocant::Column::Id)).eq(Expr::col(person)))
        .filter(such);
    Expr::exists(query.into_query())
}

/// The rows of one person's own: also those that went to the record which stands for the person since a merge.
pub fn own(column: impl ColumnTrait, id: RelocantId) -> Condition {
    let standing = relocant::Entity::find().select_only().column(relocant::Column::MergedIntoId);
    let standing = standing.filter(relocant::Column::Id.eq(id)).filter(relocant::Column::MergedIntoId.is_not_null());
    Condition::any().add(column.eq(id)).add(column.in_subquery(standing.into_query()))
}

/// Records for which another one stands, when that one is merged further or parted.
pub async fn merged_change_hands(tx: &Tx, rows: Rows<'_>, to: RelocantId) -> Result<Vec<Uuid>> {
    change_hands::<relocant::Entity>(tx.view(), relocant::Column::Id, relocant::Column::MergedIntoId, rows, to).await
}

/// The rows that a caller can reach.
fn reach(caller: &Caller) -> Condition {
    match &caller.reach {
        Reach::Everywhere => Condition::all(),
        Reach::Center(center) => Condition::all().add(relocant::Column::Center.eq(center)),
        Reach::Region(region) => Condition::all().add(relocant::Column::Region.eq(region.code())),
        Reach::Own(id) => own(relocant::Column::Id, *id),
        Reach::Organisation(_) | Reach::Nothing => Condition::all().add(Expr::value(false)),
    }
}

pub(super) fn from_row(row: relocant::Model) -> Result<Relocant> {
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
        merged_into: row.merged_into_id,
        version: row.version,
        captured_at: row.captured_at,
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
        occupations: column
            .occupations
            .into_iter()
            .map(|(code, years)| Some((Occupation::kept(&code).ok()?, years)))
            .collect::<Option<_>>()?,
        languages: codes(column.languages)?,
        licence: if column.licence.is_empty() { super::LicenceState::None } else { column.licence.parse().ok()? },
        wished_regions: column.wished_regions.iter().map(|code| code.parse().ok()).collect::<Option<_>>()?,
        household_size: column.household_size,
        earliest_start_on: column.earliest_start_on,
        looking: column.looking,
    })
}
