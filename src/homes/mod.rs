//! Homes: what can be said of one, and the homes that are offered in a town without any vacancy, by an organisation that lets them or by the region. Those that come with a
//! vacancy are in `vacancies`; whoever is placed at work in the town may get either.
//!
//! A landlord who is a person is not recorded: the region, which knows whose the home is, offers it.

pub mod api;
pub mod operations;
pub mod rules;
pub mod store;
pub mod table;
pub mod wire;

use chrono::NaiveDate;
use strum::{Display, EnumString, IntoStaticStr};
use uuid::Uuid;

use self::rules::Town;
use crate::{
    classifiers::Region,
    ids::{EmployerId, HomeOfferId},
    time::Instant,
};

/// Homes of one kind in a town, which come with no vacancy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HomeOffer {
    /// The offer's id.
    pub id: HomeOfferId,
    /// The organisation whose homes they are; none: the region offers them.
    pub host: Option<EmployerId>,
    /// Where.
    pub region: Region,
    /// In which town or village.
    pub settlement: String,
    /// The homes, under the offer's id; the rent is in tenge.
    pub home: Home,
    /// Whether it is open.
    pub status: HomeOfferStatus,
    /// Counts the changes, from 1.
    pub version: i64,
    /// When it was opened.
    pub created_at: Instant,
    /// When it was changed last.
    pub updated_at: Instant,
}

impl HomeOffer {
    /// The town of the homes.
    pub fn town(&self) -> Town {
        Town::of(self.region, &self.settlement)
    }
}

/// Whether homes are still offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumString, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum HomeOfferStatus {
    /// Open.
    Open,
    /// Closed: nobody new gets one.
    Closed,
}

/// Homes of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    /// The id of this kind of home.
    pub id: Uuid,
    /// The kind.
    pub kind: HomeKind,
    /// How many there are; 0: they are offered no longer.
    pub count: i32,
    /// Rooms of each.
    pub rooms: i32,
    /// People that each is for.
    pub people: i32,
    /// Rent a month in minor units, in the vacancy's currency or in tenge; 0: free.
    pub rent_minor: i64,
    /// The first day on which it can be moved into.
    pub available_from: NaiveDate,
    /// The last day on which somebody can live there, after the first; none: no end is known.
    pub available_until: Option<NaiveDate>,
    /// Whether it can be reached and lived in without climbing steps.
    pub step_free: bool,
    /// Whether children may live there.
    pub children_allowed: bool,
    /// Whether pets may live there.
    pub pets_allowed: bool,
    /// What somebody of the region has found there.
    pub check: Check,
}

/// What was found at the homes of one kind, and on which day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// Nobody has looked, or what is said of them has changed since.
    Unchecked,
    /// They are as is said.
    Checked(NaiveDate),
    /// Nobody may be sent there.
    Refused(NaiveDate),
}

/// What is replaced at the homes of one kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HomeAmendment {
    /// Which homes.
    pub id: Uuid,
    /// How many there are; 0: they are offered no longer.
    pub count: Option<i32>,
    /// The rent a month, in minor units.
    pub rent_minor: Option<i64>,
    /// Whether they can be lived in without climbing steps.
    pub step_free: Option<bool>,
    /// Whether children may live there.
    pub children_allowed: Option<bool>,
    /// Whether pets may live there.
    pub pets_allowed: Option<bool>,
    /// The first day.
    pub available_from: Option<NaiveDate>,
    /// The last day, or that there is none any more.
    pub available_until: Option<Option<NaiveDate>>,
}

/// The kind of a home.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumString, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum HomeKind {
    /// A flat.
    Apartment,
    /// A house.
    House,
    /// A room.
    Room,
    /// A place in a dormitory.
    Dormitory,
}
