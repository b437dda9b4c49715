//! Registration centres: when they are open, which slots can be booked, the counters, and the queue before them. A booking and a ticket are known by a code alone:
//! nothing of them leads to a person, and why somebody is called sooner is not kept.
//!
//! A place in a slot and a called ticket are reservations: both become free again by themselves, because time is asked when they are counted. So no job has to make
//! the slots of a day, and none has to free what a lost connection held.

pub mod api;
pub mod board;
pub mod hours;
pub mod operations;
pub mod rules;
#[cfg(test)]
mod samples;
pub mod slot_operations;
pub mod store;
pub mod table;
pub mod ticket_operations;
pub mod ticket_store;
pub mod waits;
pub mod wire;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use self::hours::{SpecialDay, WeekHours};
use crate::{
    classifiers::Region,
    ids::{BookingId, CounterId, TicketId},
    short_code::ShortCode,
    time::Instant,
};

/// A registration centre.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Center {
    /// As tokens and records name it.
    pub id: String,
    /// Where it is.
    pub region: Region,
    /// What it plans.
    pub plan: Plan,
    /// Counts the changes, from 1.
    pub version: i64,
    /// When it was opened.
    pub created_at: Instant,
    /// When it was changed last.
    pub updated_at: Instant,
}

/// A centre's plan, as it lies in its column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// What it is called.
    pub name: String,
    /// Where it is.
    pub address: String,
    /// Counters that are staffed on an ordinary day.
    pub counters: i32,
    /// Minutes of a slot.
    pub slot_minutes: i32,
    /// Hours of the week.
    pub hours: Vec<WeekHours>,
    /// Dates with other hours.
    pub special_days: Vec<SpecialDay>,
    /// The services.
    pub services: Vec<ServiceOffer>,
    /// Who is called sooner.
    pub priorities: Vec<PriorityRule>,
}

/// A service that a centre has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceOffer {
    /// Which.
    pub service: ServiceKind,
    /// Minutes that it usually takes for one person.
    pub usual_minutes: i32,
    /// Places in a slot; 0: cannot be booked.
    pub places_per_slot: i32,
}

/// How much sooner a centre calls a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriorityRule {
    /// Whose.
    pub kind: PriorityKind,
    /// As if the ticket had been taken so many minutes earlier: whoever came long before is still called first, so nobody waits for ever.
    pub head_start_minutes: i32,
}

/// What people come for.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Display, EnumString, EnumIter, IntoStaticStr, Serialize, Deserialize,
)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ServiceKind {
    /// Being registered.
    Registration,
    /// Applying for a permit.
    Permit,
    /// Fetching a certificate.
    Certificate,
    /// A question.
    Information,
}

impl ServiceKind {
    /// The letter on tickets.
    pub fn letter(self) -> char {
        match self {
            Self::Registration => 'A',
            Self::Permit => 'B',
            Self::Certificate => 'C',
            Self::Information => 'D',
        }
    }
}

/// Who need not wait as long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumString, IntoStaticStr, Serialize, Deserialize)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PriorityKind {
    /// A family with an infant, or a pregnant woman.
    FamilyWithInfant,
    /// Somebody who cannot stand or wait for long.
    CannotWait,
    /// An elderly person.
    Elderly,
}

/// A counter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counter {
    /// The counter's id; each opening has its own.
    pub id: CounterId,
    /// The centre.
    pub center: String,
    /// What is written above it.
    pub label: String,
    /// What can be done at it.
    pub services: Vec<ServiceKind>,
    /// When it was opened.
    pub opened_at: Instant,
    /// When it was closed.
    pub closed_at: Option<Instant>,
    /// When something was heard of it last.
    pub seen_at: Instant,
    /// Counts the changes, from 1.
    pub version: i64,
}

/// Places in a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booking {
    /// The booking's id.
    pub id: BookingId,
    /// What it is known by.
    pub code: ShortCode,
    /// The centre.
    pub center: String,
    /// What for.
    pub service: ServiceKind,
    /// When the slot begins.
    pub starts_at: Instant,
    /// When it ends.
    pub ends_at: Instant,
    /// Places.
    pub people: i32,
    /// Where it stands. One whose slot has ended while it was booked has lapsed.
    pub state: BookingState,
    /// Counts the changes, from 1.
    pub version: i64,
}

/// Where a booking stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumString, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum BookingState {
    /// The places are held.
    Booked,
    /// A ticket was taken with it.
    Used,
    /// The places were given back.
    Cancelled,
}

/// A place in a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// The ticket's id.
    pub id: TicketId,
    /// What it is asked for with.
    pub code: ShortCode,
    /// The centre.
    pub center: String,
    /// The day it is good for.
    pub day: NaiveDate,
    /// Its number of that day, from 1.
    pub number: i32,
    /// What for.
    pub service: ServiceKind,
    /// People who are served with it.
    pub people: i32,
    /// Where it stands.
    pub state: TicketState,
    /// What it is ordered by: when it was taken, less its head start.
    pub queue_at: Instant,
    /// When it was taken.
    pub taken_at: Instant,
    /// The call that it answers to, when it was called.
    pub call: Option<Call>,
    /// When it was put aside, missed its call or was served.
    pub ended_at: Option<Instant>,
    /// Counts the changes, from 1.
    pub version: i64,
}

impl Ticket {
    /// What is called and shown.
    pub fn label(&self) -> String {
        format!("{}-{:03}", self.service.letter(), self.number)
    }
}

/// A call to a counter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// What holds the ticket, as reservations know it.
    pub holder: uuid::Uuid,
    /// The counter.
    pub counter: CounterId,
    /// What is written above it.
    pub counter_label: String,
    /// When.
    pub at: Instant,
    /// When the ticket waits again, if nothing is heard.
    pub lapses_at: Instant,
}

/// Where a ticket stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumIter, EnumString, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum TicketState {
    /// Waits, or is called: that is told by whether a call holds it.
    Waiting,
    /// Was put aside.
    Held,
    /// Was served.
    Served,
    /// Nobody came.
    NoShow,
}
