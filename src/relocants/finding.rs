//! How a person is found without a name in the clear: by blind tags of documents and of the IIN, exactly, and by tags of what likely-same people have in common.
//! Tags follow from what is sealed and change with it. Who may be told whom is `operations`'.

use std::collections::{BTreeSet, HashMap};

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, ConnectionTrait as _, DbBackend, EntityTrait as _, JoinType, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    Statement, Value,
    sea_query::{Func, OnConflict, Order, SimpleExpr},
};

use super::{
    DocumentKind, Identity, Relocant, document_key, likeness,
    store::{RESOURCE, get_unreached},
    table::{relocant, relocant_key, relocant_tag},
};
use crate::{
    classifiers::Region,
    db,
    error::{Error, Result},
    gate::{Tx, View},
    ids::RelocantId,
    iin::Iin,
    likeness::{Key, KeyKind, Record, keys},
    seal::{Personal, TagField, Vault, WrappedKey},
};

/// People that one document or IIN can stand for at most; more are a fault of whoever records them.
const MOST_FOUND: u64 = 20;

/// Bytes of a tag: enough that no two documents meet by chance, and nothing more to compare with.
const TAG: usize = 12;

/// Rows that one statement writes, and tags that it asks for, at most.
const AT_ONCE: usize = 100;

/// Adds the tags of somebody new. Nothing is read: on PostgreSQL everybody who registers at the same time would meet there.
pub async fn insert_tags(tx: &Tx, person: RelocantId, identity: &Identity) -> Result<()> {
    for part in own_tags(tx, identity).chunks(AT_ONCE) {
        let row = |tag: &Vec<u8>| relocant_tag::ActiveModel { tag: Set(tag.clone()), relocant_id: Set(person) };
        relocant_tag::Entity::insert_many(part.iter().map(row)).exec_without_returning(tx.view()).await.map_err(db::error)?;
    }
    Ok(())
}

fn own_tags(tx: &Tx, identity: &Identity) -> Vec<Vec<u8>> {
    // Neither the region nor which documents are in force is part of any key.
    tags_of(tx.vault(), &likeness::record(identity, None, tx.today))
}

/// Makes the tags of a person those that follow from the changed identity.
pub async fn save_tags(tx: &Tx, person: RelocantId, identity: &Identity) -> Result<()> {
    let now = own_tags(tx, identity);
    let outdated = relocant_tag::Entity::delete_many()
        .filter(relocant_tag::Column::RelocantId.eq(person))
        .filter(relocant_tag::Column::Tag.is_not_in(now.clone()));
    outdated.exec(tx.view()).await.map_err(db::error)?;
    for part in now.chunks(AT_ONCE) {
        let row = |tag: &Vec<u8>| relocant_tag::ActiveModel { tag: Set(tag.clone()), relocant_id: Set(person) };
        let known = OnConflict::columns([relocant_tag::Column::Tag, relocant_tag::Column::RelocantId]).do_nothing().to_owned();
        let insert = relocant_tag::Entity::insert_many(part.iter().map(row)).on_conflict(known);
        insert.exec_without_returning(tx.view()).await.map_err(db::error)?;
    }
    Ok(())
}

/// The tags of what a record could have in common with others.
pub fn tags_of(vault: &Vault, record: &Record) -> Vec<Vec<u8>> {
    let mut tags: Vec<_> = keys(record).iter().map(|key| tag(vault, key)).collect();
    tags.sort_unstable();
    tags
}

/// A document and an IIN have keys of their own; of everything else the kind is hashed with it.
fn tag(vault: &Vault, key: &Key) -> Vec<u8> {
    let whole = match key.kind {
        KeyKind::Document => vault.tag(TagField::Document, &key.bytes),
        KeyKind::Iin => vault.tag(TagField::Iin, &key.bytes),
        KeyKind::Phone | KeyKind::Email | KeyKind::Names | KeyKind::BirthAndName | KeyKind::YearAndFamily => {
            vault.tag(TagField::Likeness, &[key.kind.to_string().as_bytes(), b"|", &key.bytes].concat())
        }
    };
    whole.into_iter().take(TAG).collect()
}

/// The people who have shown a document at any time, wherever registered, the first registered first.
pub async fn by_document(view: &View, kind: DocumentKind, issuing_country: &str, number: &Personal<String>) -> Result<Vec<RelocantId>> {
    let bytes = document_key(kind, issuing_country, number).expose().clone().into_bytes();
    by_tag(view, tag(view.vault(), &Key { kind: KeyKind::Document, bytes })).await
}

/// The people who have an IIN, wherever registered, the first registered first.
pub async fn by_iin(view: &View, iin: &Personal<Iin>) -> Result<Vec<RelocantId>> {
    by_tag(view, tag(view.vault(), &Key { kind: KeyKind::Iin, bytes: iin.expose().digits().into_bytes() })).await
}

async fn by_tag(view: &View, tag: Vec<u8>) -> Result<Vec<RelocantId>> {
    let query = relocant_tag::Entity::find().filter(relocant_tag::Column::Tag.eq(tag)).order_by_asc(relocant_tag::Column::RelocantId);
    let rows = query.limit(MOST_FOUND).all(view).await.map_err(db::error)?;
    let holders = relocant::Entity::find().filter(relocant::Column::Id.is_in(rows.into_iter().map(|row| row.relocant_id)));
    let holders = holders.order_by_asc(relocant::Column::Id).all(view).await.map_err(db::error)?;
    let mut found = Vec::with_capacity(holders.len());
    for id in holders.into_iter().map(|holder| holder.merged_into_id.unwrap_or(holder.id)) {
        if !found.contains(&id) {
            found.push(id);
        }
    }
    Ok(found)
}

/// The record that stands for a person: the one itself, or the one that it was merged into.
pub async fn standing(view: &View, relocant: Relocant) -> Result<Relocant> {
    match relocant.merged_into {
        None => Ok(relocant),
        Some(into) => get_unreached(view, into).await,
    }
}

/// The people who have something in common with a record. What more than `most` have in common says nothing: something else must find them.
pub async fn sharing(view: &View, record: &Record, most: u64) -> Result<Vec<RelocantId>> {
    let mut sharing: HashMap<Vec<u8>, Vec<RelocantId>> = HashMap::new();
    for part in tags_of(view.vault(), record).chunks(AT_ONCE) {
        // Each tag is looked up by itself, so that one which many have cannot hide the others; all of it is one statement, and its text is the same for as many tags.
        let is_postgres = view.get_database_backend() == DbBackend::Postgres;
        let look_up = |at: usize| {
            let tag = if is_postgres { format!("${}", at + 1) } else { "?".to_owned() };
            format!("SELECT * FROM (SELECT tag, relocant_id FROM relocant_tag WHERE tag = {tag} LIMIT {}) AS part", most + 1)
        };
        let text = (0..part.len()).map(look_up).collect::<Vec<_>>().join(" UNION ALL ");
        let tags = part.iter().map(|tag| Value::from(tag.clone()));
        let statement = Statement::from_sql_and_values(view.get_database_backend(), text, tags);
        for row in view.query_all_raw(statement).await.map_err(db::error)? {
            let (tag, id) = (row.try_get_by_index(0).map_err(db::error)?, row.try_get_by_index(1).map_err(db::error)?);
            sharing.entry(tag).or_default().push(id);
        }
    }
    let few = sharing.into_values().filter(|people| u64::try_from(people.len()).is_ok_and(|count| count <= most));
    Ok(few.flatten().collect::<BTreeSet<_>>().into_iter().collect())
}

/// People whose identities one statement reads at most.
const MOST_COMPARED: usize = 512;

/// A person with the identity, to be compared and told to nobody.
#[derive(Debug)]
pub struct ToCompare {
    /// The person.
    pub id: RelocantId,
    /// The record that stands for the person, where this one was merged into it.
    pub merged_into: Option<RelocantId>,
    /// The region of stay.
    pub region: Region,
    /// The identity.
    pub identity: Identity,
}

/// People with their identities, to be compared and told to nobody. One that does not open is left out and logged: it must not keep the others from being found.
pub async fn to_compare(view: &View, ids: &[RelocantId]) -> Result<Vec<ToCompare>> {
    type Columns = (RelocantId, Option<RelocantId>, String, Vec<u8>, i32, Vec<u8>);
    use relocant::Column as C;
    let mut found = Vec::with_capacity(ids.len());
    for part in ids.chunks(MOST_COMPARED) {
        // Few texts of statements, which are prepared once each: the last id is repeated.
        let (count, last) = (part.len().next_power_of_two(), part.last().copied());
        let ids = part.iter().copied().chain(last.into_iter().cycle()).take(count);
        let key = relocant_key::Entity::belongs_to(relocant::Entity).from(relocant_key::Column::RelocantId).to(C::Id).into();
        let query = relocant::Entity::find()
            .select_only()
            .columns([C::Id, C::MergedIntoId, C::Region, C::Sealed])
            .columns([relocant_key::Column::KeyVersion, relocant_key::Column::Wrapped])
            .join_rev(JoinType::InnerJoin, key)
            .filter(C::Id.is_in(ids));
        for (id, merged_into, region, sealed, version, bytes) in query.into_tuple::<Columns>().all(view).await.map_err(db::error)? {
            let opened = view.open_to_compare(RESOURCE, id, &WrappedKey { version, bytes }, &sealed);
            match opened.and_then(|identity| Ok((identity, region.parse().map_err(|_| Error::internal("an unreadable region"))?))) {
                Ok((identity, region)) => found.push(ToCompare { id, merged_into, region, identity }),
                Err(failed) => tracing::error!(relocant.id = %id, error = %failed, "a record could not be compared"),
            }
        }
    }
    Ok(found)
}

/// Opens the sealed records of so many people, drawn by lot, and tells nobody what is in them. Gives how many were opened.
///
/// # Errors
/// [`Error::Internal`] when one does not open: the keys are not those that it was sealed by, or it is damaged.
pub async fn opened_by_lot(view: &View, most: u64) -> Result<u64> {
    let by_lot = SimpleExpr::from(Func::random());
    let query = relocant::Entity::find().select_only().column(relocant::Column::Id).order_by(by_lot, Order::Asc).limit(most);
    let drawn: Vec<RelocantId> = query.into_tuple().all(view).await.map_err(db::error)?;
    let opened = to_compare(view, &drawn).await?.len();
    if opened < drawn.len() {
        return Err(Error::internal(format!("{} of {} sealed records do not open", drawn.len() - opened, drawn.len())));
    }
    u64::try_from(opened).map_err(|_| Error::internal("more people than can be"))
}

/// One identity, to be merged or parted and told to nobody.
pub async fn identity_of(view: &View, id: RelocantId) -> Result<Identity> {
    let found = to_compare(view, &[id]).await?.pop();
    found.map(|found| found.identity).ok_or_else(|| Error::internal(format!("the sealed identity of relocant {id} cannot be read")))
}
