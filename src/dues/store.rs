//! Rows of dues and the queries on them, narrowed to what the caller can reach.

use std::collections::HashMap;

use chrono::NaiveDate;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    sea_query::{Expr, OnConflict},
};
use uuid::Uuid;

use super::{
    Due, DueKind, Planned,
    table::{due, due_law},
};
use crate::{
    auth::{Caller, Reach},
    classifiers::Region,
    db::{
        self,
        ownership::{self, Rows},
    },
    error::{Error, Result},
    gate::{Tx, View},
    households,
    ids::{DueId, EmployerId, HouseholdId, RelocantId},
    page::Page,
    relocants,
};

/// Rows that one statement writes at most.
const ROWS: usize = 500;

/// What narrows a list of dues.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of these kinds; none: all.
    pub kinds: Vec<DueKind>,
    /// Of one person.
    pub relocant: Option<RelocantId>,
    /// Of the present members of one household.
    pub household: Option<HouseholdId>,
    /// Of one registration centre.
    pub center: Option<String>,
    /// Of one region.
    pub region: Option<Region>,
    /// With a part of one employer.
    pub employer: Option<EmployerId>,
    /// Due on this day at the latest.
    pub until: Option<NaiveDate>,
}

/// The dues of people whose ids lie from one to another.
pub async fn of(view: &View, first: RelocantId, last: RelocantId) -> Result<Vec<Due>> {
    let rows = due::Entity::find().filter(due::Column::RelocantId.between(first, last)).all(view).await.map_err(db::error)?;
    rows.into_iter().map(from_row).collect()
}

/// Makes the dues that are stored those that follow from the facts. What stays as it is keeps its row, and with it whether its event was raised.
pub async fn replace(tx: &Tx, former: Vec<Due>, now: Vec<Due>) -> Result<()> {
    let key = |due: &Due| (due.relocant, due.planned.kind, due.planned.subject);
    let mut known: HashMap<_, Due> = former.into_iter().map(|due| (key(&due), due)).collect();
    let mut new = Vec::new();
    for due in now {
        let same = |known: &Due| {
            (known.planned, &known.center, known.region, known.warn_on) == (due.planned, &due.center, due.region, due.warn_on)
        };
        match known.get(&key(&due)) {
            Some(stays) if same(stays) => drop(known.remove(&key(&due))),
            // The day is the same and only who is in charge has changed: whoever was told once is not told again.
            Some(moved) if moved.planned.due_on == due.planned.due_on => new.push(Due { raised: moved.raised, ..due }),
            Some(_) | None => new.push(due),
        }
    }
    let gone: Vec<DueId> = known.into_values().map(|due| due.id).collect();
    for gone in gone.chunks(ROWS) {
        due::Entity::delete_many().filter(due::Column::Id.is_in(gone.iter().copied())).exec(tx.view()).await.map_err(db::error)?;
    }
    for new in new.chunks(ROWS) {
        due::Entity::insert_many(new.iter().map(to_row)).exec_without_returning(tx.view()).await.map_err(db::error)?;
    }
    Ok(())
}

/// A page of dues in reach, the next first; one more than the page holds, when there are more.
pub async fn list(view: &View, page: Page, filter: &Filter) -> Result<Vec<Due>> {
    let mut query =
        due::Entity::find().filter(reach(&view.caller)).order_by_asc(due::Column::DueOn).order_by_asc(due::Column::Id).limit(page.size + 1);
    if let Some(after) = page.after {
        // The page before ended with this due. When its day has changed since, its row is gone, and the list begins anew.
        let last = due::Entity::find_by_id(DueId(after)).one(view).await.map_err(db::error)?;
        let last =
            last.ok_or_else(|| Error::invalid("page_token", crate::error::Why::Format("a token of a list that has not changed since")))?;
        let later = Condition::all().add(due::Column::DueOn.eq(last.due_on)).add(due::Column::Id.gt(last.id));
        // The first part alone bounds the walk over the index.
        query =
            query.filter(due::Column::DueOn.gte(last.due_on)).filter(Condition::any().add(due::Column::DueOn.gt(last.due_on)).add(later));
    }
    // What lapses by itself holds nothing afterwards, and nobody has to be told that it will.
    let lapsing = [DueKind::MatchLapses, DueKind::ApplicationReturned, DueKind::LookingLapses].map(|kind| kind.to_string());
    let lapsed = Condition::all().add(due::Column::Kind.is_in(lapsing)).add(due::Column::DueOn.lt(view.today));
    query = query.filter(lapsed.not());
    if !filter.kinds.is_empty() {
        query = query.filter(due::Column::Kind.is_in(filter.kinds.iter().map(ToString::to_string)));
    }
    if let Some(relocant) = filter.relocant {
        query = query.filter(due::Column::RelocantId.eq(relocant));
    }
    if let Some(household) = filter.household {
        query = query.filter(due::Column::RelocantId.in_subquery(households::store::present_in(household)));
    }
    if let Some(center) = &filter.center {
        query = query.filter(due::Column::Center.eq(center));
    }
    if let Some(region) = filter.region {
        query = query.filter(due::Column::Region.eq(region.code()));
    }
    if let Some(employer) = filter.employer {
        query = query.filter(due::Column::EmployerId.eq(employer));
    }
    if let Some(until) = filter.until {
        query = query.filter(due::Column::DueOn.lte(until));
    }
    query.all(view).await.map_err(db::error)?.into_iter().map(from_row).collect()
}

/// Dues whose lead time is reached and that have not become an event, the earliest first.
pub async fn to_raise(view: &View, limit: u64) -> Result<Vec<Due>> {
    let rows = due::Entity::find()
        .filter(due::Column::Raised.eq(false))
        .filter(due::Column::WarnOn.lte(view.today))
        .order_by_asc(due::Column::WarnOn)
        .order_by_asc(due::Column::Id)
        .limit(limit)
        .all(view)
        .await
        .map_err(db::error)?;
    rows.into_iter().map(from_row).collect()
}

/// Notes that these have become events.
pub async fn mark_raised(tx: &Tx, ids: &[DueId]) -> Result<()> {
    due::Entity::update_many()
        .col_expr(due::Column::Raised, Expr::value(true))
        .filter(due::Column::Id.is_in(ids.iter().copied()))
        .exec(tx.view())
        .await
        .map(drop)
        .map_err(db::error)
}

/// How far dues were computed under a law.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// A hash of the law.
    pub fingerprint: Vec<u8>,
    /// The last person whose dues were computed.
    pub until: Option<RelocantId>,
    /// Whether everybody's were.
    pub done: bool,
}

/// How far it has come; nothing on a database that has never computed any.
pub async fn progress(view: &View) -> Result<Option<Progress>> {
    let row = due_law::Entity::find_by_id(1).one(view).await.map_err(db::error)?;
    Ok(row.map(|row| Progress { fingerprint: row.fingerprint, until: row.computed_until, done: row.done }))
}

/// Notes how far it has come.
pub async fn save_progress(tx: &Tx, progress: &Progress) -> Result<()> {
    let row = due_law::ActiveModel {
        id: Set(1),
        fingerprint: Set(progress.fingerprint.clone()),
        computed_until: Set(progress.until),
        done: Set(progress.done),
    };
    let columns = [due_law::Column::Fingerprint, due_law::Column::ComputedUntil, due_law::Column::Done];
    let conflict = OnConflict::column(due_law::Column::Id).update_columns(columns).to_owned();
    due_law::Entity::insert(row).on_conflict(conflict).exec_without_returning(tx.view()).await.map(drop).map_err(db::error)
}

/// The rows that a caller can reach: a clerk by centre, an officer by region, a person the own ones.
fn reach(caller: &Caller) -> Condition {
    match &caller.reach {
        Reach::Everywhere => Condition::all(),
        Reach::Center(center) => Condition::all().add(due::Column::Center.eq(center)),
        Reach::Region(region) => Condition::all().add(due::Column::Region.eq(region.code())),
        Reach::Own(id) => relocants::store::own(due::Column::RelocantId, *id),
        Reach::Organisation(_) | Reach::Nothing => Condition::all().add(Expr::value(false)),
    }
}

fn to_row(due: &Due) -> due::ActiveModel {
    due::ActiveModel {
        id: Set(due.id),
        relocant_id: Set(due.relocant),
        kind: Set(due.planned.kind.to_string()),
        subject_id: Set(due.planned.subject),
        center: Set(due.center.clone()),
        region: Set(due.region.to_string()),
        employer_id: Set(due.planned.employer),
        due_on: Set(due.planned.due_on),
        warn_on: Set(due.warn_on),
        raised: Set(due.raised),
    }
}

/// Dues that change hands with their person.
pub async fn change_hands(tx: &Tx, rows: Rows<'_>, to: RelocantId) -> Result<Vec<Uuid>> {
    ownership::change_hands::<due::Entity>(tx.view(), due::Column::Id, due::Column::RelocantId, rows, to).await
}

fn from_row(row: due::Model) -> Result<Due> {
    let corrupt = |column: &str| Error::internal(format!("due {} has an unreadable {column}", row.id));
    Ok(Due {
        planned: Planned {
            kind: row.kind.parse().map_err(|_| corrupt("kind"))?,
            subject: row.subject_id,
            employer: row.employer_id,
            due_on: row.due_on,
        },
        region: row.region.parse().map_err(|_| corrupt("region"))?,
        id: row.id,
        relocant: row.relocant_id,
        center: row.center,
        warn_on: row.warn_on,
        raised: row.raised,
    })
}
