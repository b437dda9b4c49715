//! Rows of centres, counters and bookings. What is planned is public; who may change it is said by the operations.

use chrono::NaiveDate;
use sea_orm::{ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};

use super::{
    Booking, BookingState, Center, Counter,
    table::{booking, center, counter},
    waits::Waiting,
};
use crate::{
    classifiers::Region,
    db,
    error::{Error, Result},
    gate::{Tx, View},
    ids::{BookingId, CounterId},
    short_code::ShortCode,
    time,
};

/// Centres of one list at most.
const MOST_CENTERS: u64 = 1000;

/// Counters of one centre and day at most.
const MOST_COUNTERS: u64 = 1000;

/// Adds a centre.
///
/// # Errors
/// [`Error::Exists`] when its id is taken.
pub async fn insert(tx: &Tx, new: &Center) -> Result<()> {
    db::or_exists(center::Entity::insert(to_row(new)?).exec_without_returning(tx.view()).await, "center").map(drop)
}

/// Saves a centre, if nobody else has changed it since it was read.
///
/// # Errors
/// [`Error::Conflict`] when somebody has.
pub async fn save(tx: &Tx, changed: &Center) -> Result<Center> {
    let saved = Center { version: changed.version + 1, updated_at: tx.now, ..changed.clone() };
    let update = center::Entity::update_many().set(to_row(&saved)?).filter(center::Column::Id.eq(&saved.id));
    let outcome = update.filter(center::Column::Version.eq(changed.version)).exec(tx.view()).await.map_err(db::error)?;
    if outcome.rows_affected == 1 { Ok(saved) } else { Err(Error::Conflict { resource: "center" }) }
}

/// A centre.
pub async fn get(view: &View, id: &str) -> Result<Center> {
    let row = center::Entity::find_by_id(id).one(view).await.map_err(db::error)?;
    row.ok_or(Error::NotFound { resource: "center" }).and_then(from_row)
}

/// All centres, or those of one region, in the order of their ids.
pub async fn list(view: &View, region: Option<Region>) -> Result<Vec<Center>> {
    let mut query = center::Entity::find().order_by_asc(center::Column::Id).limit(MOST_CENTERS);
    if let Some(region) = region {
        query = query.filter(center::Column::Region.eq(region.code()));
    }
    query.all(view).await.map_err(db::error)?.into_iter().map(from_row).collect()
}

fn to_row(center: &Center) -> Result<center::ActiveModel> {
    Ok(center::ActiveModel {
        id: Set(center.id.clone()),
        region: Set(center.region.to_string()),
        plan: Set(serde_json::to_value(&center.plan).map_err(|_| Error::internal("a plan has no JSON form"))?),
        version: Set(center.version),
        created_at: Set(center.created_at),
        updated_at: Set(center.updated_at),
    })
}

fn from_row(row: center::Model) -> Result<Center> {
    let corrupt = |column: &str| Error::internal(format!("center {} has an unreadable {column}", row.id));
    Ok(Center {
        region: row.region.parse().map_err(|_| corrupt("region"))?,
        plan: serde_json::from_value(row.plan).map_err(|_| corrupt("plan"))?,
        id: row.id,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}

/// Adds a counter.
pub async fn insert_counter(tx: &Tx, new: &Counter) -> Result<()> {
    counter::Entity::insert(to_counter_row(new)?).exec_without_returning(tx.view()).await.map(drop).map_err(db::error)
}

/// Saves a counter, if nobody else has changed it since it was read.
///
/// # Errors
/// [`Error::Conflict`] when somebody has.
pub async fn save_counter(tx: &Tx, changed: &Counter) -> Result<Counter> {
    let saved = Counter { version: changed.version + 1, seen_at: tx.now, ..changed.clone() };
    let update = counter::Entity::update_many().set(to_counter_row(&saved)?).filter(counter::Column::Id.eq(saved.id));
    let outcome = update.filter(counter::Column::Version.eq(changed.version)).exec(tx.view()).await.map_err(db::error)?;
    if outcome.rows_affected == 1 { Ok(saved) } else { Err(Error::Conflict { resource: "counter" }) }
}

/// A counter of the caller's centre.
pub async fn get_counter(view: &View, id: CounterId) -> Result<Counter> {
    let own = counter::Column::Center.eq(view.caller.center().unwrap_or_default());
    let row = counter::Entity::find_by_id(id).filter(own).one(view).await.map_err(db::error)?;
    row.ok_or(Error::NotFound { resource: "counter" }).and_then(from_counter_row)
}

/// The counters that were opened in a centre on a day and are not closed, in the order of opening.
pub async fn counters(view: &View, center: &str, day: NaiveDate) -> Result<Vec<Counter>> {
    let rows = counter::Entity::find()
        .filter(counter::Column::Center.eq(center))
        .filter(counter::Column::OpenedAt.gte(time::start_of_day(day)))
        .filter(counter::Column::OpenedAt.lt(time::end_of_day(day)))
        .filter(counter::Column::ClosedAt.is_null())
        .order_by_asc(counter::Column::Id)
        .limit(MOST_COUNTERS)
        .all(view)
        .await
        .map_err(db::error)?;
    rows.into_iter().map(from_counter_row).collect()
}

fn to_counter_row(counter: &Counter) -> Result<counter::ActiveModel> {
    Ok(counter::ActiveModel {
        id: Set(counter.id),
        center: Set(counter.center.clone()),
        label: Set(counter.label.clone()),
        services: Set(serde_json::to_value(&counter.services).map_err(|_| Error::internal("services have no JSON form"))?),
        opened_at: Set(counter.opened_at),
        closed_at: Set(counter.closed_at),
        seen_at: Set(counter.seen_at),
        version: Set(counter.version),
    })
}

fn from_counter_row(row: counter::Model) -> Result<Counter> {
    let services =
        serde_json::from_value(row.services).map_err(|_| Error::internal(format!("counter {} has unreadable services", row.id)))?;
    Ok(Counter {
        id: row.id,
        center: row.center,
        label: row.label,
        services,
        opened_at: row.opened_at,
        closed_at: row.closed_at,
        seen_at: row.seen_at,
        version: row.version,
    })
}

/// Adds a booking.
pub async fn insert_booking(tx: &Tx, new: &Booking) -> Result<()> {
    booking::Entity::insert(to_booking_row(new)).exec_without_returning(tx.view()).await.map(drop).map_err(db::error)
}

/// Saves a booking, if nobody else has changed it since it was read.
///
/// # Errors
/// [`Error::Conflict`] when somebody has.
pub async fn save_booking(tx: &Tx, changed: &Booking) -> Result<Booking> {
    let saved = Booking { version: changed.version + 1, ..changed.clone() };
    let update = booking::Entity::update_many().set(to_booking_row(&saved)).filter(booking::Column::Id.eq(saved.id));
    let outcome = update.filter(booking::Column::Version.eq(changed.version)).exec(tx.view()).await.map_err(db::error)?;
    if outcome.rows_affected == 1 { Ok(saved) } else { Err(Error::Conflict { resource: "booking" }) }
}

/// The booking of a code.
pub async fn booking_by_code(view: &View, code: ShortCode) -> Result<Booking> {
    let row = booking::Entity::find().filter(booking::Column::Code.eq(code.compact())).one(view).await.map_err(db::error)?;
    row.ok_or(Error::NotFound { resource: "booking" }).and_then(from_booking_row)
}

/// A booking.
pub async fn get_booking(view: &View, id: BookingId) -> Result<Booking> {
    let row = booking::Entity::find_by_id(id).one(view).await.map_err(db::error)?;
    row.ok_or(Error::NotFound { resource: "booking" }).and_then(from_booking_row)
}

/// Who is booked in a centre for the rest of today and has not come yet.
pub async fn still_to_come(view: &View, center: &str) -> Result<Vec<Waiting>> {
    let query = booking::Entity::find()
        .select_only()
        .columns([booking::Column::Service, booking::Column::People])
        .filter(booking::Column::Center.eq(center))
        .filter(booking::Column::StartsAt.gte(time::start_of_day(view.today)))
        .filter(booking::Column::StartsAt.lt(time::end_of_day(view.today)))
        .filter(booking::Column::EndsAt.gt(view.now))
        .filter(booking::Column::State.eq(BookingState::Booked.to_string()));
    let rows: Vec<(String, i32)> = query.into_tuple().all(view).await.map_err(db::error)?;
    let read = |(service, people): (String, i32)| Some(Waiting { service: service.parse().ok()?, tickets: 1, people });
    rows.into_iter().map(|row| read(row).ok_or_else(|| Error::internal("a booking has an unreadable service"))).collect()
}

fn to_booking_row(booking: &Booking) -> booking::ActiveModel {
    booking::ActiveModel {
        id: Set(booking.id),
        code: Set(booking.code.compact().to_owned()),
        center: Set(booking.center.clone()),
        service: Set(booking.service.to_string()),
        starts_at: Set(booking.starts_at),
        ends_at: Set(booking.ends_at),
        people: Set(booking.people),
        state: Set(booking.state.to_string()),
        version: Set(booking.version),
    }
}

fn from_booking_row(row: booking::Model) -> Result<Booking> {
    let corrupt = |column: &str| Error::internal(format!("booking {} has an unreadable {column}", row.id));
    Ok(Booking {
        id: row.id,
        code: row.code.parse().map_err(|_| corrupt("code"))?,
        service: row.service.parse().map_err(|_| corrupt("service"))?,
        state: row.state.parse().map_err(|_| corrupt("state"))?,
        center: row.center,
        starts_at: row.starts_at,
        ends_at: row.ends_at,
        people: row.people,
        version: row.version,
    })
}
