//! What is due: the end of a lawful stay, an arrival to notify, a permit or passport that ends, a match that lapses. One list over all of them, kept in step with the
//! facts in their own transaction and read by index. When a lead time is reached, that becomes an event, once.
//!
//! ## Why are due days stored, when nothing computed from the clock is?
//!
//! They do not follow from the clock: a due day follows from facts and law alone, and changes only when they do. Stored, a list of a million people's dues is read
//! by index and not by walking all people. When the law changes, all are computed again in small batches.

pub mod api;
pub mod operations;
pub mod rules;
pub mod store;
pub mod table;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use strum::{Display, EnumIter, EnumString, IntoEnumIterator as _, IntoStaticStr};
use uuid::Uuid;

use crate::{
    classifiers::{Country, Region},
    ids::{DueId, EmployerId, RelocantId},
    matches::Match,
    permits::{Permit, Risk},
    relocants::{DocumentOutline, RelocantStatus},
    stays::{Crossing, Notified},
};

/// What is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Display, EnumString, EnumIter, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum DueKind {
    /// The last lawful day of the present stay.
    StayEnds,
    /// The last day for the host to notify an arrival.
    ArrivalNotice,
    /// The last day of a permit.
    PermitExpires,
    /// The last day to act when what a permit stands on has ended, where the law sets one.
    PermitAtRisk,
    /// The last day of the authority's review of an application.
    ReviewEnds,
    /// The last day on which a returned application can be handed in again, with the documents that were missing.
    ApplicationReturned,
    /// The last day of the person's passport: of the latest that was shown, or of the one that a permit names.
    PassportExpires,
    /// The last day on which a match's hold lasts.
    MatchLapses,
    /// The last day on which somebody who looks for work is shown to those who rank and plan, unless it is said again that work is looked for.
    LookingLapses,
}

/// Something due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The id of this due day; a changed day has a new one.
    pub id: DueId,
    /// The person.
    pub relocant: RelocantId,
    /// What is due, and on which day.
    pub planned: Planned,
    /// The person's registration centre.
    pub center: String,
    /// The person's region of stay.
    pub region: Region,
    /// The day on which the lead time is reached.
    pub warn_on: NaiveDate,
    /// Whether that has become an event.
    pub raised: bool,
}

/// What is due and on which day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Planned {
    /// What.
    pub kind: DueKind,
    /// What it is about: a crossing, a permit, a document or a match, or the person.
    pub subject: Uuid,
    /// The employer that has a part in it.
    pub employer: Option<EmployerId>,
    /// The last day.
    pub due_on: NaiveDate,
}

/// A person as far as dues ask.
#[derive(Debug, Clone)]
pub struct Person {
    /// The person.
    pub id: RelocantId,
    /// The citizenship.
    pub citizenship: Country,
    /// The registration centre.
    pub center: String,
    /// The region of stay.
    pub region: Region,
    /// Whether the person is here.
    pub status: RelocantStatus,
    /// The day on which it was last said that the person looks for work.
    pub looking_confirmed_on: Option<NaiveDate>,
}

/// All facts about a person that dues follow from.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The ledger of crossings.
    pub crossings: Vec<Crossing>,
    /// Arrivals that hosts have notified.
    pub notices: Vec<Notified>,
    /// The permits and applications.
    pub permits: Vec<Permit>,
    /// What permits are at risk by and is not over.
    pub risks: Vec<Risk>,
    /// The documents shown.
    pub documents: Vec<DocumentOutline>,
    /// The matches.
    pub matches: Vec<Match>,
}

/// How many days before a due day its lead time is reached, by kind.
#[derive(Debug, Clone)]
pub struct LeadDays(BTreeMap<DueKind, u32>);

impl LeadDays {
    /// The usual lead times, with those of an operator put in.
    ///
    /// # Errors
    /// Every fault, one a line.
    pub fn with(overrides: &BTreeMap<String, u32>) -> Result<Self, String> {
        let mut lead: BTreeMap<DueKind, u32> = DueKind::iter().map(|kind| (kind, usual_lead_days(kind))).collect();
        let mut faults = Vec::new();
        for (name, days) in overrides {
            match name.parse::<DueKind>() {
                Err(_) => faults.push(format!("lead_days: {name}: there is no such kind of due")),
                Ok(_) if *days > 366 => faults.push(format!("lead_days: {name}: must be 366 at most")),
                Ok(kind) => drop(lead.insert(kind, *days)),
            }
        }
        if faults.is_empty() { Ok(Self(lead)) } else { Err(faults.join("\n")) }
    }

    /// Days before a due day of a kind.
    pub fn of(&self, kind: DueKind) -> u32 {
        self.0.get(&kind).copied().unwrap_or_else(|| usual_lead_days(kind))
    }
}

fn usual_lead_days(kind: DueKind) -> u32 {
    match kind {
        DueKind::StayEnds | DueKind::PermitExpires => 30,
        // Whether the day of arrival counts is not stated in the law; a day's warning covers both readings.
        DueKind::ArrivalNotice | DueKind::MatchLapses | DueKind::ReviewEnds => 1,
        DueKind::ApplicationReturned => 7,
        DueKind::LookingLapses => 14,
        DueKind::PermitAtRisk => 15,
        // A permit needs a passport with 180 days left.
        DueKind::PassportExpires => 180,
    }
}
