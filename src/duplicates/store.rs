//! Rows of pairs and merges and the queries on them.

use std::{
    collections::{BTreeMap, HashMap},
    str::FromStr,
};

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    sea_query::{Expr, OnConflict},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Likeness, Merge, Moved, Pair, PairState, Reason,
    table::{duplicate, duplicate_progress, merge, merge_row, name_frequency},
};
use crate::{
    db,
    error::{Error, Result},
    gate::{Tx, View},
    ids::{DuplicateId, MergeId, RelocantId},
    likeness::{Field, Record},
    page::Page,
    relocants,
    seal::{TagField, Vault},
};

/// How far the journal has been followed, and how many people were registered until then.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// The last position that was followed.
    pub position: i64,
    /// People registered until then.
    pub people: u64,
}

const ONLY: i32 = 1;

/// How far the journal has been followed.
pub async fn progress(view: &View) -> Result<Progress> {
    let row = duplicate_progress::Entity::find_by_id(ONLY).one(view).await.map_err(db::error)?;
    Ok(row.map(|row| Progress { position: row.position, people: row.people.try_into().unwrap_or(0) }).unwrap_or_default())
}

/// Notes how far, unless another replica has been here since. Gives whether it was noted.
pub async fn advance(tx: &Tx, from: Progress, to: Progress) -> Result<bool> {
    if progress(tx).await? != from {
        return Ok(false);
    }
    let row = duplicate_progress::ActiveModel {
        id: Set(ONLY),
        position: Set(to.position),
        people: Set(to.people.try_into().unwrap_or(i64::MAX)),
    };
    let columns = [duplicate_progress::Column::Position, duplicate_progress::Column::People];
    let insert = duplicate_progress::Entity::insert(row)
        .on_conflict(OnConflict::column(duplicate_progress::Column::Id).update_columns(columns).to_owned());
    insert.exec_without_returning(tx.view()).await.map_err(db::error)?;
    Ok(true)
}

/// How many people have names, by field and letters; a name that nobody has is left out.
pub type Counts = HashMap<(Field, String), u64>;

/// Counts further people with names, by the tags of [`name_tags`].
pub async fn count_names(tx: &Tx, names: &BTreeMap<Vec<u8>, u64>) -> Result<()> {
    let row = |(tag, people): (&Vec<u8>, &u64)| name_frequency::ActiveModel {
        tag: Set(tag.clone()),
        people: Set((*people).try_into().unwrap_or(i64::MAX)),
    };
    let rows: Vec<_> = names.iter().map(row).collect();
    for part in rows.chunks(200) {
        let sum = Expr::cust("name_frequency.people + excluded.people");
        let conflict = OnConflict::column(name_frequency::Column::Tag).value(name_frequency::Column::People, sum).to_owned();
        name_frequency::Entity::insert_many(part.to_vec())
            .on_conflict(conflict)
            .exec_without_returning(tx.view())
            .await
            .map_err(db::error)?;
    }
    Ok(())
}

/// How many people have each of these names.
pub async fn name_counts(view: &View, names: Vec<(Field, String)>) -> Result<Counts> {
    let by_tag: HashMap<Vec<u8>, (Field, String)> = names.into_iter().map(|name| (name_tag(view.vault(), name.0, &name.1), name)).collect();
    let mut counts = Counts::new();
    let tags: Vec<_> = by_tag.keys().cloned().collect();
    for part in tags.chunks(500) {
        let query = name_frequency::Entity::find().filter(name_frequency::Column::Tag.is_in(part.to_vec()));
        for row in query.all(view).await.map_err(db::error)? {
            if let Some(name) = by_tag.get(&row.tag) {
                counts.insert(name.clone(), row.people.try_into().unwrap_or(0));
            }
        }
    }
    Ok(counts)
}

/// The tags that a record's names are counted under.
pub fn name_tags(vault: &Vault, record: &Record) -> Vec<Vec<u8>> {
    record.counted_names().iter().map(|(field, letters)| name_tag(vault, *field, letters)).collect()
}

fn name_tag(vault: &Vault, field: Field, letters: &str) -> Vec<u8> {
    vault.tag(TagField::Likeness, format!("{field}|{letters}").as_bytes()).into_iter().take(12).collect()
}

/// What was said about two records, in whichever order.
pub async fn pair(view: &View, one: RelocantId, other: RelocantId) -> Result<Option<Pair>> {
    let row = duplicate::Entity::find()
        .filter(duplicate::Column::FirstId.eq(one.min(other)))
        .filter(duplicate::Column::SecondId.eq(one.max(other)))
        .one(view)
        .await
        .map_err(db::error)?;
    Ok(from_rows(view, row.into_iter().collect()).await?.pop())
}

fn with(id: RelocantId) -> Condition {
    Condition::any().add(duplicate::Column::FirstId.eq(id)).add(duplicate::Column::SecondId.eq(id))
}

/// Everybody whom somebody has told apart from a person.
pub async fn told_apart(view: &View, id: RelocantId) -> Result<Vec<RelocantId>> {
    let query = duplicate::Entity::find().filter(with(id)).filter(duplicate::Column::State.eq(PairState::Different.to_string()));
    let rows = query.all(view).await.map_err(db::error)?;
    Ok(rows.into_iter().map(|row| if row.first_id == id { row.second_id } else { row.first_id }).collect())
}

/// Adds a pair, or replaces what is said of it.
pub async fn save(tx: &Tx, pair: &Pair) -> Result<()> {
    use duplicate::Column as C;
    let columns = [C::Sealed, C::State, C::DecidedBy, C::DecidedAt];
    let sealed = match &pair.likeness {
        None => None,
        Some(likeness) => {
            let key = tx.vault().person_key(pair.first, &relocants::store::key(tx, pair.first).await?)?;
            Some(tx.vault().seal(&key, &context(pair.second), pair.first, &SealedLikeness::from(likeness))?)
        }
    };
    let row = duplicate::ActiveModel {
        id: Set(pair.id),
        first_id: Set(pair.first),
        second_id: Set(pair.second),
        sealed: Set(sealed),
        state: Set(pair.state.to_string()),
        decided_by: Set(pair.decided_by.clone()),
        decided_at: Set(pair.decided_at),
        created_at: Set(pair.created_at),
    };
    let insert =
        duplicate::Entity::insert(row).on_conflict(OnConflict::columns([C::FirstId, C::SecondId]).update_columns(columns).to_owned());
    insert.exec_without_returning(tx.view()).await.map(drop).map_err(db::error)
}

/// Drops the open pairs of a person but those with these others: they are alike no longer.
pub async fn drop_open_but(tx: &Tx, id: RelocantId, others: &[RelocantId]) -> Result<()> {
    let others = others.iter().copied();
    let delete = duplicate::Entity::delete_many()
        .filter(with(id))
        .filter(duplicate::Column::State.eq(PairState::Open.to_string()))
        .filter(Condition::any().add(duplicate::Column::FirstId.ne(id)).add(duplicate::Column::SecondId.is_not_in(others.clone())))
        .filter(Condition::any().add(duplicate::Column::SecondId.ne(id)).add(duplicate::Column::FirstId.is_not_in(others)));
    delete.exec(tx.view()).await.map(drop).map_err(db::error)
}

/// What narrows a list of pairs.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of one record.
    pub relocant: Option<RelocantId>,
    /// In one state.
    pub state: Option<PairState>,
}

/// A page of pairs of which the caller can reach one record at least, neither merged, the first found first.
pub async fn list(view: &View, page: Page, filter: &Filter) -> Result<Vec<Pair>> {
    let mut query = duplicate::Entity::find().order_by_asc(duplicate::Column::Id).limit(page.size + 1);
    if let Some(after) = page.after {
        query = query.filter(duplicate::Column::Id.gt(after));
    }
    if let Some(id) = filter.relocant {
        query = query.filter(Condition::any().add(duplicate::Column::FirstId.eq(id)).add(duplicate::Column::SecondId.eq(id)));
    }
    if let Some(state) = filter.state {
        query = query.filter(duplicate::Column::State.eq(state.to_string()));
    }
    let stands = |column: duplicate::Column, anywhere| relocants::store::stands(view, (duplicate::Entity, column), anywhere);
    let (first, second) = (duplicate::Column::FirstId, duplicate::Column::SecondId);
    query = query.filter(stands(first, true)).filter(stands(second, true));
    query = query.filter(Condition::any().add(stands(first, false)).add(stands(second, false)));
    from_rows(view, query.all(view).await.map_err(db::error)?).await
}

/// Adds a merge.
pub async fn insert_merge(tx: &Tx, new: &Merge) -> Result<()> {
    let row = merge::ActiveModel {
        id: Set(new.id),
        kept_id: Set(new.kept),
        merged_id: Set(new.merged),
        absorbed: Set(serde_json::to_value(&new.absorbed).map_err(|_| Error::internal("what was absorbed has no JSON form"))?),
        merged_at: Set(new.merged_at),
        undone_at: Set(None),
    };
    merge::Entity::insert(row).exec_without_returning(tx.view()).await.map(drop).map_err(db::error)
}

/// Notes which rows a merge has moved.
pub async fn insert_moved(tx: &Tx, id: MergeId, kind: Moved, rows: &[Uuid]) -> Result<()> {
    for part in rows.chunks(500) {
        let row = |row: &Uuid| merge_row::ActiveModel { merge_id: Set(id), kind: Set(kind.to_string()), row_id: Set(*row) };
        merge_row::Entity::insert_many(part.iter().map(row)).exec_without_returning(tx.view()).await.map_err(db::error)?;
    }
    Ok(())
}

/// Which rows of a kind a merge has moved.
pub async fn moved(view: &View, id: MergeId, kind: Moved) -> Result<Vec<Uuid>> {
    let query = merge_row::Entity::find().filter(merge_row::Column::MergeId.eq(id)).filter(merge_row::Column::Kind.eq(kind.to_string()));
    Ok(query.all(view).await.map_err(db::error)?.into_iter().map(|row| row.row_id).collect())
}

/// One merge.
pub async fn get_merge(view: &View, id: MergeId) -> Result<Merge> {
    let row = merge::Entity::find_by_id(id).one(view).await.map_err(db::error)?;
    row.ok_or(Error::NotFound { resource: "merge" }).and_then(merge_from_row)
}

/// The merges that a record had a part in, the first first.
pub async fn merges_of(view: &View, id: RelocantId) -> Result<Vec<Merge>> {
    let rows = merge::Entity::find()
        .filter(Condition::any().add(merge::Column::KeptId.eq(id)).add(merge::Column::MergedId.eq(id)))
        .order_by_asc(merge::Column::Id)
        .limit(200)
        .all(view)
        .await
        .map_err(db::error)?;
    rows.into_iter().map(merge_from_row).collect()
}

/// Notes that a merge was undone.
pub async fn undo(tx: &Tx, id: MergeId) -> Result<()> {
    let update = merge::Entity::update_many().col_expr(merge::Column::UndoneAt, Expr::value(tx.now)).filter(merge::Column::Id.eq(id));
    update.exec(tx.view()).await.map(drop).map_err(db::error)
}

fn merge_from_row(row: merge::Model) -> Result<Merge> {
    Ok(Merge {
        absorbed: serde_json::from_value(row.absorbed).map_err(|_| Error::internal(format!("merge {} is unreadable", row.id)))?,
        id: row.id,
        kept: row.kept_id,
        merged: row.merged_id,
        merged_at: row.merged_at,
        undone_at: row.undone_at,
    })
}

/// What a sealed likeness belongs to, beside the first one's row.
fn context(second: RelocantId) -> String {
    format!("duplicate {second}")
}

/// A likeness as it is sealed.
#[derive(Serialize, Deserialize)]
struct SealedLikeness {
    band: String,
    probability_ppm: i32,
    reasons: Vec<(String, String, i32)>,
    model: String,
}

impl From<&Likeness> for SealedLikeness {
    fn from(likeness: &Likeness) -> Self {
        let reason = |reason: &Reason| (reason.field.to_string(), reason.level.to_string(), reason.millibits);
        Self {
            band: likeness.band.to_string(),
            probability_ppm: likeness.probability_ppm,
            reasons: likeness.reasons.iter().map(reason).collect(),
            model: likeness.model.clone(),
        }
    }
}

async fn from_rows(view: &View, rows: Vec<duplicate::Model>) -> Result<Vec<Pair>> {
    fn read<T: FromStr>(id: DuplicateId, text: &str) -> Result<T> {
        text.parse().map_err(|_| Error::internal(format!("duplicate {id} is unreadable")))
    }
    let keys = relocants::store::keys(view, rows.iter().filter(|row| row.sealed.is_some()).map(|row| row.first_id).collect()).await?;
    let mut pairs = Vec::with_capacity(rows.len());
    for row in rows {
        let likeness = match (&row.sealed, keys.get(&row.first_id)) {
            (Some(sealed), Some(key)) => {
                let sealed: SealedLikeness = view.open_to_compare(&context(row.second_id), row.first_id, key, sealed)?;
                let reason = |(field, level, millibits): &(String, String, i32)| {
                    Ok(Reason { field: read(row.id, field)?, level: read(row.id, level)?, millibits: *millibits })
                };
                Some(Likeness {
                    band: read(row.id, &sealed.band)?,
                    probability_ppm: sealed.probability_ppm,
                    reasons: sealed.reasons.iter().map(reason).collect::<Result<_>>()?,
                    model: sealed.model,
                })
            }
            (_, _) => None,
        };
        pairs.push(Pair {
            id: row.id,
            first: row.first_id,
            second: row.second_id,
            likeness,
            state: read(row.id, &row.state)?,
            decided_by: row.decided_by,
            decided_at: row.decided_at,
            created_at: row.created_at,
        });
    }
    Ok(pairs)
}
