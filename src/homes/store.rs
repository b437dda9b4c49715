//! Rows of offered homes, and the queries on them.

use chrono::NaiveDate;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, EntityTrait as _, ExprTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    sea_query::Expr,
};

use super::{Check, Home, HomeOffer, HomeOfferStatus, table::home_offer};
use crate::{
    auth::{Caller, Reach},
    classifiers::Region,
    db, employers,
    error::{Error, Result},
    gate::{Tx, View},
    ids::{EmployerId, HomeOfferId},
    page::Page,
};

const RESOURCE: &str = "home_offer";

const UNCHECKED: &str = "UNCHECKED";
const CHECKED: &str = "CHECKED";

/// Offers that are looked at together, at most.
pub const MOST_OPEN: u64 = 5000;

/// How homes that nobody may be sent to are marked in their column.
pub const REFUSED: &str = "REFUSED";

/// What was found at homes, as columns.
pub fn check_columns(check: Check) -> (&'static str, Option<NaiveDate>) {
    match check {
        Check::Unchecked => (UNCHECKED, None),
        Check::Checked(on) => (CHECKED, Some(on)),
        Check::Refused(on) => (REFUSED, Some(on)),
    }
}

/// What was found at homes, out of its columns; none where they cannot be read.
pub fn read_check(state: &str, on: Option<NaiveDate>) -> Option<Check> {
    match (state, on) {
        (UNCHECKED, None) => Some(Check::Unchecked),
        (CHECKED, Some(on)) => Some(Check::Checked(on)),
        (REFUSED, Some(on)) => Some(Check::Refused(on)),
        _ => None,
    }
}

/// What narrows a list of offers.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// One organisation's.
    pub host: Option<EmployerId>,
    /// In one region.
    pub region: Option<Region>,
    /// Open or closed.
    pub status: Option<HomeOfferStatus>,
}

/// Adds an offer.
pub async fn insert(tx: &Tx, new: &HomeOffer) -> Result<()> {
    home_offer::Entity::insert(to_row(new)).exec_without_returning(tx.view()).await.map(drop).map_err(db::error)
}

/// Saves an offer, if nobody else has changed it since it was read.
///
/// # Errors
/// [`Error::Conflict`] when somebody has.
pub async fn save(tx: &Tx, changed: &HomeOffer) -> Result<HomeOffer> {
    let saved = HomeOffer { version: changed.version + 1, updated_at: tx.now, ..changed.clone() };
    let outcome = home_offer::Entity::update_many()
        .set(to_row(&saved))
        .filter(home_offer::Column::Id.eq(saved.id))
        .filter(home_offer::Column::Version.eq(changed.version))
        .exec(tx.view())
        .await
        .map_err(db::error)?;
    if outcome.rows_affected == 1 { Ok(saved) } else { Err(Error::Conflict { resource: RESOURCE }) }
}

/// An offer, if there is one in the caller's reach.
pub async fn find(view: &View, id: HomeOfferId) -> Result<Option<HomeOffer>> {
    let row = home_offer::Entity::find_by_id(id).filter(reach(&view.caller)).one(view).await.map_err(db::error)?;
    row.map(from_row).transpose()
}

/// An offer in the caller's reach.
pub async fn get(view: &View, id: HomeOfferId) -> Result<HomeOffer> {
    find(view, id).await?.ok_or(Error::NotFound { resource: RESOURCE })
}

/// A page of offers in reach; one more than the page holds, when there are more.
pub async fn list(view: &View, page: Page, filter: &Filter) -> Result<Vec<HomeOffer>> {
    let mut query = home_offer::Entity::find().filter(reach(&view.caller)).order_by_asc(home_offer::Column::Id).limit(page.size + 1);
    if let Some(after) = page.after {
        query = query.filter(home_offer::Column::Id.gt(after));
    }
    if let Some(host) = filter.host {
        query = query.filter(home_offer::Column::HostId.eq(host));
    }
    if let Some(region) = filter.region {
        query = query.filter(home_offer::Column::Region.eq(region.code()));
    }
    if let Some(status) = filter.status {
        query = query.filter(home_offer::Column::Status.eq(status.to_string()));
    }
    query.all(view).await.map_err(db::error)?.into_iter().map(from_row).collect()
}

/// What somebody can be sent to in these regions: open, not refused, not over, of the region or of a verified organisation; the oldest first, one more than
/// [`MOST_OPEN`] at most.
pub async fn open_in(view: &View, regions: &[Region]) -> Result<Vec<HomeOffer>> {
    let still_there = home_offer::Column::AvailableUntil.is_null().or(home_offer::Column::AvailableUntil.gte(view.today));
    let of_whom = Condition::any()
        .add(home_offer::Column::HostId.is_null())
        .add(home_offer::Column::HostId.in_subquery(employers::store::verified()));
    let query = home_offer::Entity::find()
        .filter(home_offer::Column::Region.is_in(regions.iter().map(|region| region.code())))
        .filter(home_offer::Column::Status.eq(HomeOfferStatus::Open.to_string()))
        .filter(home_offer::Column::Count.gt(0))
        .filter(home_offer::Column::CheckState.ne(REFUSED))
        .filter(still_there)
        .filter(of_whom)
        .order_by_asc(home_offer::Column::Id)
        .limit(MOST_OPEN + 1);
    query.all(view).await.map_err(db::error)?.into_iter().map(from_row).collect()
}

/// Offers of one organisation that nobody has closed; at most `limit`, the oldest first.
pub async fn unclosed_of(view: &View, host: EmployerId, limit: u64) -> Result<Vec<HomeOffer>> {
    let query = home_offer::Entity::find()
        .filter(home_offer::Column::HostId.eq(host))
        .filter(home_offer::Column::Status.eq(HomeOfferStatus::Open.to_string()))
        .order_by_asc(home_offer::Column::Id)
        .limit(limit);
    query.all(view).await.map_err(db::error)?.into_iter().map(from_row).collect()
}

/// Offers are public inside the registry; an organisation's people see their own.
fn reach(caller: &Caller) -> Condition {
    match &caller.reach {
        Reach::Everywhere | Reach::Center(_) | Reach::Region(_) | Reach::Own(_) => Condition::all(),
        Reach::Organisation(id) => Condition::all().add(home_offer::Column::HostId.eq(*id)),
        Reach::Nothing => Condition::all().add(Expr::value(false)),
    }
}

fn to_row(offer: &HomeOffer) -> home_offer::ActiveModel {
    let (check_state, checked_on) = check_columns(offer.home.check);
    home_offer::ActiveModel {
        id: Set(offer.id),
        host_id: Set(offer.host),
        region: Set(offer.region.to_string()),
        settlement: Set(offer.settlement.clone()),
        kind: Set(offer.home.kind.to_string()),
        count: Set(offer.home.count),
        rooms: Set(offer.home.rooms),
        people: Set(offer.home.people),
        rent_minor: Set(offer.home.rent_minor),
        available_from: Set(offer.home.available_from),
        available_until: Set(offer.home.available_until),
        step_free: Set(offer.home.step_free),
        children_allowed: Set(offer.home.children_allowed),
        pets_allowed: Set(offer.home.pets_allowed),
        check_state: Set(check_state.to_owned()),
        checked_on: Set(checked_on),
        status: Set(offer.status.to_string()),
        version: Set(offer.version),
        created_at: Set(offer.created_at),
        updated_at: Set(offer.updated_at),
    }
}

fn from_row(row: home_offer::Model) -> Result<HomeOffer> {
    let corrupt = |column: &str| Error::internal(format!("home offer {} has an unreadable {column}", row.id));
    Ok(HomeOffer {
        region: row.region.parse().map_err(|_| corrupt("region"))?,
        status: row.status.parse().map_err(|_| corrupt("status"))?,
        home: Home {
            id: row.id.0,
            kind: row.kind.parse().map_err(|_| corrupt("kind"))?,
            count: row.count,
            rooms: row.rooms,
            people: row.people,
            rent_minor: row.rent_minor,
            available_from: row.available_from,
            available_until: row.available_until,
            step_free: row.step_free,
            children_allowed: row.children_allowed,
            pets_allowed: row.pets_allowed,
            check: read_check(&row.check_state, row.checked_on).ok_or_else(|| corrupt("check_state"))?,
        },
        id: row.id,
        host: row.host_id,
        settlement: row.settlement,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}
