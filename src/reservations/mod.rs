//! Reservations: the one way to hold a part of something that there is a number of: openings, homes, places in a slot, tickets called to a counter, proposals
//! that a clerk looks at. A hold lapses by itself when its time has passed, because time is asked when
//! the held are counted; no timer has to run for a place to become free.

pub mod store;
pub mod table;

use strum::{Display, EnumString, IntoStaticStr};

/// What can be held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumString, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum Resource {
    /// One of a vacancy's openings.
    Opening,
    /// One of the homes of a kind that come with a vacancy.
    Home,
    /// A place in a slot of a registration centre.
    Slot,
    /// A ticket, by the call of a counter.
    Ticket,
    /// A correction, by the claim of a clerk.
    Correction,
}

/// Where a reservation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumString, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum ReservationState {
    /// Held until its time passes.
    Held,
    /// Taken for good.
    Taken,
    /// Given back.
    Released,
}
