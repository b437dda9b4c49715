//! What calls about slots and bookings do, in which order, and who may.

use chrono::{Days, NaiveDate};

use super::{
    Booking, BookingState, Center, ServiceKind,
    hours::{self, Opening},
    rules::{self, Refusal},
    store,
};
use crate::{
    auth::Permission,
    error::{Error, Result, Why, same_version},
    events::Event,
    gate::{Operation, Query, Tx, View},
    ids::BookingId,
    reservations::{self, Resource, store::Part},
    short_code::ShortCode,
    time::Instant,
};

/// A slot, and how many places are left.
#[derive(Debug, Clone, Copy)]
pub struct Slot {
    /// From when until when.
    pub opening: Opening,
    /// Places in it.
    pub places: i32,
    /// Places left.
    pub free: i32,
}

/// Lists the slots of a day.
#[derive(Debug)]
pub struct ListSlots {
    /// The centre.
    pub center: String,
    /// What for.
    pub service: ServiceKind,
    /// The day.
    pub day: NaiveDate,
}

impl Query for ListSlots {
    const NAME: &'static str = "ListSlots";
    const NEEDS: Permission = Permission::ListSlots;
    type Output = Vec<Slot>;

    async fn run(&self, view: &View) -> Result<Vec<Slot>> {
        if self.day < view.today || self.day > view.today + Days::new(hours::DAYS_AHEAD) {
            return Err(Error::invalid("date", Why::Range("from today to 60 days ahead")));
        }
        let center = store::get(view, &self.center).await?;
        rules::bookable(&center, self.service)?;
        slots(view, &center, self.service, self.day).await
    }
}

/// The slots of a day that have not begun.
pub(super) async fn slots(view: &View, center: &Center, service: ServiceKind, day: NaiveDate) -> Result<Vec<Slot>> {
    let places = rules::bookable(center, service)?.places_per_slot;
    let openings: Vec<Opening> =
        hours::slots(&center.plan, day, &view.law.working_days).into_iter().filter(|slot| hours::can_be_booked(*slot, view.now)).collect();
    let id = |opening: &Opening| hours::slot_id(&center.id, service, opening.from);
    let used = reservations::store::used_of(view, Resource::Slot, openings.iter().map(id).collect()).await?;
    let slot = |opening: Opening| {
        let used = used.get(&id(&opening)).copied().unwrap_or(0);
        Slot { opening, places, free: (places - used).max(0) }
    };
    Ok(openings.into_iter().map(slot).collect())
}

/// Holds places of a slot until it ends.
async fn hold(tx: &Tx, center: &Center, service: ServiceKind, starts_at: Instant, people: i32, holder: BookingId) -> Result<Opening> {
    let capacity = rules::bookable(center, service)?.places_per_slot;
    let slot = rules::slot(center, starts_at, tx.now, &tx.law.working_days)?;
    let part = Part { resource: Resource::Slot, id: hours::slot_id(&center.id, service, slot.from), capacity, units: people };
    let held = reservations::store::hold(tx, part, holder.0, slot.until).await?;
    held.map_err(|full| Refusal::SlotFull { free: full.free })?;
    Ok(slot)
}

/// Books places in a slot.
#[derive(Debug)]
pub struct BookSlot {
    /// The centre.
    pub center: String,
    /// What for.
    pub service: ServiceKind,
    /// When the slot begins.
    pub starts_at: Instant,
    /// Places.
    pub people: i32,
}

impl Operation for BookSlot {
    const NAME: &'static str = "BookSlot";
    const NEEDS: Permission = Permission::BookSlot;
    type Output = Booking;

    async fn run(&self, tx: &mut Tx) -> Result<Booking> {
        let center = store::get(tx, &self.center).await?;
        let id = BookingId(tx.reserved());
        let slot = hold(tx, &center, self.service, self.starts_at, self.people, id).await?;
        let booking = Booking {
            id,
            code: ShortCode::from_random(tx.vault().random()?),
            center: center.id,
            service: self.service,
            starts_at: slot.from,
            ends_at: slot.until,
            people: self.people,
            state: BookingState::Booked,
            version: 1,
        };
        store::insert_booking(tx, &booking).await?;
        tx.record(Event::SlotBooked { booking: id, center: booking.center.clone() });
        Ok(booking)
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Booking> {
        store::get_booking(tx, BookingId(tx.reserved())).await
    }
}

/// A booking that can still be changed, as the caller has seen it.
async fn open(tx: &Tx, code: ShortCode, expected_version: i64) -> Result<Booking> {
    let booking = store::booking_by_code(tx, code).await?;
    same_version("booking", expected_version, booking.version)?;
    rules::is_open(&booking, tx.now)?;
    Ok(booking)
}

/// Moves a booking to another slot.
#[derive(Debug)]
pub struct RescheduleBooking {
    /// The booking.
    pub code: ShortCode,
    /// What the caller has seen.
    pub expected_version: i64,
    /// When the new slot begins.
    pub starts_at: Instant,
}

impl Operation for RescheduleBooking {
    const NAME: &'static str = "RescheduleBooking";
    const NEEDS: Permission = Permission::RescheduleBooking;
    type Output = Booking;

    async fn run(&self, tx: &mut Tx) -> Result<Booking> {
        let booking = open(tx, self.code, self.expected_version).await?;
        let center = store::get(tx, &booking.center).await?;
        // Its own places are free for it when it moves by a little.
        reservations::store::release(tx, booking.id.0).await?;
        let slot = hold(tx, &center, booking.service, self.starts_at, booking.people, booking.id).await?;
        let booking = store::save_booking(tx, &Booking { starts_at: slot.from, ends_at: slot.until, ..booking }).await?;
        tx.record(Event::SlotRescheduled { booking: booking.id, center: booking.center.clone() });
        Ok(booking)
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Booking> {
        store::booking_by_code(tx, self.code).await
    }
}

/// Gives a booking's places back.
#[derive(Debug)]
pub struct CancelBooking {
    /// The booking.
    pub code: ShortCode,
    /// What the caller has seen.
    pub expected_version: i64,
}

impl Operation for CancelBooking {
    const NAME: &'static str = "CancelBooking";
    const NEEDS: Permission = Permission::CancelBooking;
    type Output = Booking;

    async fn run(&self, tx: &mut Tx) -> Result<Booking> {
        let booking = open(tx, self.code, self.expected_version).await?;
        reservations::store::release(tx, booking.id.0).await?;
        let booking = store::save_booking(tx, &Booking { state: BookingState::Cancelled, ..booking }).await?;
        tx.record(Event::SlotCancelled { booking: booking.id, center: booking.center.clone() });
        Ok(booking)
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Booking> {
        store::booking_by_code(tx, self.code).await
    }
}

/// Answers a booking.
#[derive(Debug)]
pub struct GetBooking {
    /// Its code.
    pub code: ShortCode,
}

impl Query for GetBooking {
    const NAME: &'static str = "GetBooking";
    const NEEDS: Permission = Permission::GetBooking;
    type Output = (Booking, Instant);

    async fn run(&self, view: &View) -> Result<(Booking, Instant)> {
        Ok((store::booking_by_code(view, self.code).await?, view.now))
    }
}
