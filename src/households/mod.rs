//! Households: who lives with whom, since when, in which role. Membership is dated and never overwritten: leaving sets its end, and whoever goes on in another
//! role or household begins anew there. What only a whole family answers is here too: how many places it needs, and whose permit stands on whose.
//!
//! ## Why does a day of leaving not belong to the membership?
//!
//! A person is in at most one household on any day. On the day of a split or a joining it is the new one; so a membership runs from its first day to the day
//! before leaving.
//!
//! ## Why is the membership of somebody who was reported to have left for good alone ended while reading?
//!
//! The departure is a fact of the person's record, and what follows from it is not kept twice.

pub mod api;
pub mod operations;
pub mod rules;
pub mod store;
pub mod table;

use chrono::NaiveDate;
use strum::{Display, EnumString, IntoStaticStr};

use crate::{
    ids::{HouseholdId, HouseholdMemberId, PermitId, RelocantId},
    permits::Permit,
    time::Instant,
};

/// A household.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Household {
    /// The household's id.
    pub id: HouseholdId,
    /// The registration centre that formed it.
    pub center: String,
    /// What the family states.
    pub stated: Stated,
    /// The household that this one split from.
    pub split_from: Option<HouseholdId>,
    /// The household that this one joined, and is over by.
    pub joined_into: Option<HouseholdId>,
    /// Present and former members, in the order in which they were recorded.
    pub members: Vec<Membership>,
    /// Counts the changes, from 1.
    pub version: i64,
    /// When it was formed.
    pub created_at: Instant,
    /// When it was changed last.
    pub updated_at: Instant,
}

impl Household {
    /// A household that nobody is a member of yet.
    pub fn new(id: HouseholdId, center: String, stated: Stated, now: Instant) -> Self {
        Self { id, center, stated, split_from: None, joined_into: None, members: vec![], version: 1, created_at: now, updated_at: now }
    }
}

/// What a family states about itself, in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stated {
    /// People of the household without a record, such as small children.
    pub unregistered_people: i32,
    /// Children of 6 to 17 years, with a record or without.
    pub school_age_children: i32,
}

/// A person's days in a household in one role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Membership {
    /// Its id.
    pub id: HouseholdMemberId,
    /// The person.
    pub relocant: RelocantId,
    /// What the person is to the head.
    pub role: HouseholdRole,
    /// The first day.
    pub since: NaiveDate,
    /// The day of leaving, which is not a day of it any more, and why.
    pub left: Option<(NaiveDate, LeavingGround)>,
    /// The membership that goes on in this one, in another role or household.
    pub continues: Option<HouseholdMemberId>,
}

/// A person in a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InRole {
    /// The person.
    pub relocant: RelocantId,
    /// What the person is to the head.
    pub role: HouseholdRole,
}

/// What a member is to the head.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumString, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum HouseholdRole {
    /// The head: exactly one present member, while there are any.
    Head,
    /// Husband or wife.
    Spouse,
    /// Child, also a grown one.
    Child,
    /// Mother or father.
    Parent,
    /// Anything else.
    Other,
}

/// Why a membership ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumString, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum LeavingGround {
    /// The person moved out.
    MovedOut,
    /// It was recorded by mistake: the person was not a member in this role on any day.
    Mistaken,
    /// The person went into the household that split from this one.
    Split,
    /// The household joined another one.
    Joined,
    /// The person left for good.
    Departed,
    /// The person stayed, in another role.
    RoleChanged,
}

/// A membership of a person who shall be in a household, to be held against it.
#[derive(Debug, Clone, Copy)]
pub struct Held {
    /// The household.
    pub household: HouseholdId,
    /// The membership.
    pub membership: Membership,
    /// Whether the caller can reach that household.
    pub in_reach: bool,
}

/// A present member's permit in force, or what was applied for.
#[derive(Debug, Clone)]
pub struct HouseholdPermit {
    /// The permit, in the state in which it is today.
    pub permit: Permit,
    /// The relative's permit that it stands on, and whose that is.
    pub stands_on: Option<(PermitId, RelocantId)>,
}
