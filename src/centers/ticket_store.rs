//! Rows of tickets and the queries on them. Whether a waiting ticket is called is told by the reservation that its call holds.

use std::collections::HashMap;

use chrono::Duration;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, Condition, EntityTrait as _, ExprTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    sea_query::{Expr, OnConflict},
};

use super::{
    Call, ServiceKind, Ticket, TicketState,
    table::{counter, queue_day, ticket},
    waits::Waiting,
};
use crate::{
    db,
    error::{Error, Result},
    gate::{Tx, View},
    ids::{CounterId, TicketId},
    reservations,
    short_code::ShortCode,
    time::Instant,
};

const RESOURCE: &str = "ticket";

/// Tickets of one centre and day that are looked at, at most: more than anybody could serve.
const MOST_TICKETS: u64 = 20_000;

/// Served tickets that medians are taken of at most.
const MOST_SERVED: u64 = 200;

/// The next number of a centre's day.
pub async fn next_number(tx: &Tx, center: &str) -> Result<i32> {
    let row = queue_day::ActiveModel { center: Set(center.to_owned()), day: Set(tx.today), last_number: Set(1) };
    let further = Expr::col((queue_day::Entity, queue_day::Column::LastNumber)).add(1);
    let conflict =
        OnConflict::columns([queue_day::Column::Center, queue_day::Column::Day]).value(queue_day::Column::LastNumber, further).to_owned();
    queue_day::Entity::insert(row).on_conflict(conflict).exec_without_returning(tx.view()).await.map_err(db::error)?;
    let row = queue_day::Entity::find_by_id((center.to_owned(), tx.today)).one(tx.view()).await.map_err(db::error)?;
    row.map(|row| row.last_number).ok_or_else(|| Error::internal("a day of numbers is not there"))
}

/// Adds a ticket.
pub async fn insert(tx: &Tx, new: &Ticket) -> Result<()> {
    ticket::Entity::insert(to_row(new)).exec_without_returning(tx.view()).await.map(drop).map_err(db::error)
}

/// Saves a ticket, if nobody else has changed it since it was read.
///
/// # Errors
/// [`Error::Conflict`] when somebody has.
pub async fn save(tx: &Tx, changed: &Ticket) -> Result<Ticket> {
    let saved = Ticket { version: changed.version + 1, ..changed.clone() };
    let update = ticket::Entity::update_many().set(to_row(&saved)).filter(ticket::Column::Id.eq(saved.id));
    let outcome = update.filter(ticket::Column::Version.eq(changed.version)).exec(tx.view()).await.map_err(db::error)?;
    if outcome.rows_affected == 1 { Ok(saved) } else { Err(Error::Conflict { resource: RESOURCE }) }
}

/// A ticket of the caller's centre.
pub async fn get(view: &View, id: TicketId) -> Result<Ticket> {
    let own = ticket::Column::Center.eq(view.caller.center().unwrap_or_default());
    one(view, ticket::Entity::find_by_id(id).filter(own)).await?.ok_or(Error::NotFound { resource: RESOURCE })
}

/// The ticket of a code, in whatever centre.
pub async fn by_code(view: &View, code: ShortCode) -> Result<Ticket> {
    let query = ticket::Entity::find().filter(ticket::Column::Code.eq(code.compact()));
    one(view, query).await?.ok_or(Error::NotFound { resource: RESOURCE })
}

/// The first ticket that waits for one of some services and that nobody has called.
pub async fn first_waiting(view: &View, center: &str, services: &[ServiceKind]) -> Result<Option<Ticket>> {
    let query = today(view, center, TicketState::Waiting)
        .filter(ticket::Column::Service.is_in(services.iter().map(ToString::to_string)))
        .filter(uncalled(view));
    one(view, query.order_by_asc(ticket::Column::QueueAt).order_by_asc(ticket::Column::Id)).await
}

/// The ticket that a counter has called and of which it has not said what became of it.
pub async fn called_to(view: &View, counter: CounterId) -> Result<Option<Ticket>> {
    let query = ticket::Entity::find()
        .filter(ticket::Column::CounterId.eq(counter))
        .filter(ticket::Column::State.eq(TicketState::Waiting.to_string()))
        .filter(reservations::store::holds(view, (ticket::Entity, ticket::Column::CallId)));
    one(view, query).await
}

/// Every ticket of a centre's today that is not served, in the order in which they are called.
pub async fn unserved(view: &View, center: &str) -> Result<Vec<Ticket>> {
    let states = [TicketState::Waiting, TicketState::Held, TicketState::NoShow].map(|state| state.to_string());
    let rows = ticket::Entity::find()
        .filter(ticket::Column::Center.eq(center))
        .filter(ticket::Column::Day.eq(view.today))
        .filter(ticket::Column::State.is_in(states))
        .order_by_asc(ticket::Column::QueueAt)
        .order_by_asc(ticket::Column::Id)
        .limit(MOST_TICKETS)
        .all(view)
        .await
        .map_err(db::error)?;
    with_calls(view, rows).await
}

/// Service, people and time of what was served in a centre today, the latest first.
pub async fn served(view: &View, center: &str) -> Result<Vec<(ServiceKind, i32, Duration)>> {
    let query = today(view, center, TicketState::Served)
        .select_only()
        .columns([ticket::Column::Service, ticket::Column::People, ticket::Column::CalledAt, ticket::Column::EndedAt])
        .order_by_desc(ticket::Column::EndedAt)
        .limit(MOST_SERVED);
    let rows: Vec<(String, i32, Option<Instant>, Option<Instant>)> = query.into_tuple().all(view).await.map_err(db::error)?;
    let read = |(service, people, called_at, ended_at): (String, i32, Option<Instant>, Option<Instant>)| {
        Some((service.parse().ok()?, people, ended_at? - called_at?))
    };
    rows.into_iter().map(|row| read(row).ok_or_else(|| Error::internal("a served ticket cannot be read"))).collect()
}

/// How many wait in a centre, by service: all, or those who are called before one.
pub async fn waiting(view: &View, center: &str, before: Option<&Ticket>) -> Result<Vec<Waiting>> {
    let mut query = today(view, center, TicketState::Waiting)
        .select_only()
        .column(ticket::Column::Service)
        .column_as(ticket::Column::Id.count(), "tickets")
        .column_as(ticket::Column::People.sum(), "people")
        .filter(uncalled(view))
        .group_by(ticket::Column::Service);
    if let Some(one) = before {
        let same = Condition::all().add(ticket::Column::QueueAt.eq(one.queue_at)).add(ticket::Column::Id.lt(one.id));
        query = query.filter(Condition::any().add(ticket::Column::QueueAt.lt(one.queue_at)).add(same));
    }
    let rows: Vec<(String, i64, i64)> = query.into_tuple().all(view).await.map_err(db::error)?;
    let read = |(service, tickets, people): (String, i64, i64)| {
        Some(Waiting { service: service.parse().ok()?, tickets: i32::try_from(tickets).ok()?, people: i32::try_from(people).ok()? })
    };
    rows.into_iter().map(|row| read(row).ok_or_else(|| Error::internal("waiting tickets cannot be counted"))).collect()
}

fn today(view: &View, center: &str, state: TicketState) -> sea_orm::Select<ticket::Entity> {
    ticket::Entity::find()
        .filter(ticket::Column::Center.eq(center))
        .filter(ticket::Column::Day.eq(view.today))
        .filter(ticket::Column::State.eq(state.to_string()))
}

/// Nobody has called it, or the call has lapsed.
fn uncalled(view: &View) -> Condition {
    let called = reservations::store::holds(view, (ticket::Entity, ticket::Column::CallId));
    Condition::any().add(ticket::Column::CallId.is_null()).add(called.not())
}

async fn one(view: &View, query: sea_orm::Select<ticket::Entity>) -> Result<Option<Ticket>> {
    let row = query.one(view).await.map_err(db::error)?;
    Ok(with_calls(view, row.into_iter().collect()).await?.pop())
}

/// Puts the calls in, of which a few tickets at a time have one.
async fn with_calls(view: &View, rows: Vec<ticket::Model>) -> Result<Vec<Ticket>> {
    let lapses = reservations::store::lapse_times(view, rows.iter().filter_map(|row| row.call_id).collect()).await?;
    let ids: Vec<CounterId> = rows.iter().filter_map(|row| row.counter_id).collect();
    let mut labels: HashMap<CounterId, String> = HashMap::new();
    if !ids.is_empty() {
        let query = counter::Entity::find().select_only().columns([counter::Column::Id, counter::Column::Label]);
        labels.extend(query.filter(counter::Column::Id.is_in(ids)).into_tuple::<(CounterId, String)>().all(view).await.map_err(db::error)?);
    }
    let call = |row: &ticket::Model| {
        let (holder, counter, at) = (row.call_id?, row.counter_id?, row.called_at?);
        let counter_label = labels.get(&counter).cloned().unwrap_or_default();
        // What is no longer held was answered; its call has lapsed with the answer.
        let lapses_at = lapses.get(&holder).copied().or(row.ended_at).unwrap_or(at);
        Some(Call { holder, counter, counter_label, at, lapses_at })
    };
    rows.iter().map(|row| from_row(row, call(row))).collect()
}

fn to_row(ticket: &Ticket) -> ticket::ActiveModel {
    ticket::ActiveModel {
        id: Set(ticket.id),
        code: Set(ticket.code.compact().to_owned()),
        center: Set(ticket.center.clone()),
        day: Set(ticket.day),
        number: Set(ticket.number),
        service: Set(ticket.service.to_string()),
        people: Set(ticket.people),
        state: Set(ticket.state.to_string()),
        queue_at: Set(ticket.queue_at),
        taken_at: Set(ticket.taken_at),
        call_id: Set(ticket.call.as_ref().map(|call| call.holder)),
        counter_id: Set(ticket.call.as_ref().map(|call| call.counter)),
        called_at: Set(ticket.call.as_ref().map(|call| call.at)),
        ended_at: Set(ticket.ended_at),
        version: Set(ticket.version),
    }
}

fn from_row(row: &ticket::Model, call: Option<Call>) -> Result<Ticket> {
    let corrupt = |column: &str| Error::internal(format!("ticket {} has an unreadable {column}", row.id));
    Ok(Ticket {
        id: row.id,
        code: row.code.parse().map_err(|_| corrupt("code"))?,
        center: row.center.clone(),
        day: row.day,
        number: row.number,
        service: row.service.parse().map_err(|_| corrupt("service"))?,
        people: row.people,
        state: row.state.parse().map_err(|_| corrupt("state"))?,
        queue_at: row.queue_at,
        taken_at: row.taken_at,
        call,
        ended_at: row.ended_at,
        version: row.version,
    })
}
