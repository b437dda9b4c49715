//! What calls about stays do, in which order, and who may.

use std::sync::Arc;

use chrono::NaiveDate;

use super::{
    ArrivalNotice, Cover, Crossing, Direction, Notified, Stay, StayStatus, engine,
    rules::{self, Refusal},
    store,
};
use crate::{
    auth::Permission,
    error::Result,
    events::Event,
    gate::{Operation, Query, Tx, View},
    ids::{CrossingId, RelocantId},
    law::Law,
    page::Page,
    permits, relocants,
};

/// Adds an entry to a person's ledger.
#[derive(Debug)]
pub struct RecordEntry {
    /// The person.
    pub relocant: RelocantId,
    /// The day of entry.
    pub on: NaiveDate,
}

/// Adds an exit to a person's ledger.
#[derive(Debug)]
pub struct RecordExit {
    /// The person.
    pub relocant: RelocantId,
    /// The day of exit.
    pub on: NaiveDate,
}

async fn add(tx: &Tx, relocant: RelocantId, direction: Direction, on: NaiveDate) -> Result<Crossing> {
    let crossing =
        Crossing { id: CrossingId(tx.reserved()), relocant, direction, crossed_on: on, corrects: None, void: false, created_at: tx.now };
    store::insert(tx, &crossing).await?;
    Ok(crossing)
}

impl Operation for RecordEntry {
    const NAME: &'static str = "RecordEntry";
    const NEEDS: Permission = Permission::RecordEntry;
    type Output = Crossing;

    async fn run(&self, tx: &mut Tx) -> Result<Crossing> {
        relocants::rules::not_merged(relocants::store::get(tx, self.relocant).await?)?;
        let ledger = rules::ledger(&store::of(tx, self.relocant).await?);
        rules::record_entry(&ledger, self.on, tx.today)?;
        let crossing = add(tx, self.relocant, Direction::Entry, self.on).await?;
        tx.record(Event::EntryRecorded { crossing: crossing.id, relocant: self.relocant });
        Ok(crossing)
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Crossing> {
        store::get(tx, CrossingId(tx.reserved())).await
    }
}

impl Operation for RecordExit {
    const NAME: &'static str = "RecordExit";
    const NEEDS: Permission = Permission::RecordExit;
    type Output = Crossing;

    async fn run(&self, tx: &mut Tx) -> Result<Crossing> {
        relocants::rules::not_merged(relocants::store::get(tx, self.relocant).await?)?;
        let ledger = rules::ledger(&store::of(tx, self.relocant).await?);
        rules::record_exit(&ledger, self.on, tx.today)?;
        let crossing = add(tx, self.relocant, Direction::Exit, self.on).await?;
        tx.record(Event::ExitRecorded { crossing: crossing.id, relocant: self.relocant });
        Ok(crossing)
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Crossing> {
        store::get(tx, CrossingId(tx.reserved())).await
    }
}

/// Replaces a crossing by another day, or voids it.
#[derive(Debug)]
pub struct CorrectCrossing {
    /// The line to correct.
    pub id: CrossingId,
    /// The right day; `None`: it did not happen.
    pub on: Option<NaiveDate>,
}

impl Operation for CorrectCrossing {
    const NAME: &'static str = "CorrectCrossing";
    const NEEDS: Permission = Permission::CorrectCrossing;
    type Output = Crossing;

    async fn run(&self, tx: &mut Tx) -> Result<Crossing> {
        let wrong = store::get(tx, self.id).await?;
        // Whoever cannot reach the person learns nothing of the crossing either.
        relocants::store::get(tx, wrong.relocant).await.map_err(|_| crate::error::Error::NotFound { resource: "crossing" })?;
        let correction = Crossing {
            id: CrossingId(tx.reserved()),
            crossed_on: self.on.unwrap_or(wrong.crossed_on),
            corrects: Some(wrong.id),
            void: self.on.is_none(),
            created_at: tx.now,
            ..wrong
        };
        rules::correct(&store::of(tx, correction.relocant).await?, &correction, tx.today)?;
        store::insert(tx, &correction).await?;
        tx.record(Event::CrossingCorrected { crossing: correction.id, relocant: correction.relocant });
        Ok(correction)
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Crossing> {
        store::get(tx, CrossingId(tx.reserved())).await
    }
}

/// Lists a person's whole ledger.
#[derive(Debug)]
pub struct ListCrossings {
    /// The person.
    pub relocant: RelocantId,
    /// Which page.
    pub page: Page,
}

impl Query for ListCrossings {
    const NAME: &'static str = "ListCrossings";
    const NEEDS: Permission = Permission::ListCrossings;
    type Output = Vec<Crossing>;

    async fn run(&self, view: &View) -> Result<Vec<Crossing>> {
        relocants::store::get(view, self.relocant).await?;
        store::list(view, self.relocant, self.page).await
    }
}

/// Notes that the host has told the authorities of an arrival.
#[derive(Debug)]
pub struct NotifyArrival {
    /// The person.
    pub relocant: RelocantId,
    /// The entry; `None`: the latest.
    pub entry: Option<CrossingId>,
    /// The day on which the host did.
    pub on: NaiveDate,
}

impl NotifyArrival {
    async fn seen(&self, view: &View) -> Result<ArrivalNotice> {
        let (crossings, notices) = (store::of(view, self.relocant).await?, store::notices(view, self.relocant).await?);
        let due = rules::arrival_notices(&crossings, &notices, &view.law.working_days, view.today);
        Ok(rules::notice_of(due, self.entry)?)
    }
}

impl Operation for NotifyArrival {
    const NAME: &'static str = "NotifyArrival";
    const NEEDS: Permission = Permission::NotifyArrival;
    type Output = ArrivalNotice;

    async fn run(&self, tx: &mut Tx) -> Result<ArrivalNotice> {
        relocants::rules::not_merged(relocants::store::get(tx, self.relocant).await?)?;
        let due = self.seen(tx).await?;
        rules::notify_arrival(&due, self.on, tx.today)?;
        store::insert_notice(tx, self.relocant, &Notified { entry: due.entry, notified_on: self.on }).await?;
        tx.record(Event::ArrivalNotified { crossing: due.entry, relocant: self.relocant });
        self.seen(tx).await
    }

    async fn replay(&self, tx: &mut Tx) -> Result<ArrivalNotice> {
        self.seen(tx).await
    }
}

/// Lists the arrivals that a host must notify, or has.
#[derive(Debug)]
pub struct ListArrivalNotices {
    /// The person.
    pub relocant: RelocantId,
}

impl Query for ListArrivalNotices {
    const NAME: &'static str = "ListArrivalNotices";
    const NEEDS: Permission = Permission::ListArrivalNotices;
    type Output = Vec<ArrivalNotice>;

    async fn run(&self, view: &View) -> Result<Vec<ArrivalNotice>> {
        relocants::store::get(view, self.relocant).await?;
        let (crossings, notices) = (store::of(view, self.relocant).await?, store::notices(view, self.relocant).await?);
        Ok(rules::arrival_notices(&crossings, &notices, &view.law.working_days, view.today))
    }
}

/// A person's status, and the crossings that do not fit together.
#[derive(Debug)]
pub struct Answer {
    /// What the law says.
    pub status: StayStatus,
    /// Crossings without a counterpart.
    pub unpaired: Vec<CrossingId>,
}

/// A person's status on a day; the person must be in reach.
pub async fn answer(view: &View, relocant: RelocantId, on: NaiveDate) -> Result<Answer> {
    let citizenship = relocants::store::get(view, relocant).await?.citizenship;
    let ledger = rules::ledger(&store::of(view, relocant).await?);
    let covered = rules::covers(&permits::store::of(view, relocant).await?);
    let status = rules::status_in_kazakhstan(&view.law.stay_policies, citizenship, &ledger, &covered, on)?;
    Ok(Answer { status, unpaired: ledger.unpaired })
}

/// What the law says about a person's stays on a day.
#[derive(Debug)]
pub struct GetStayStatus {
    /// The person.
    pub relocant: RelocantId,
    /// The day; `None`: today.
    pub on: Option<NaiveDate>,
}

impl Query for GetStayStatus {
    const NAME: &'static str = "GetStayStatus";
    const NEEDS: Permission = Permission::GetStayStatus;
    type Output = Answer;

    async fn run(&self, view: &View) -> Result<Answer> {
        answer(view, self.relocant, self.on.unwrap_or(view.today)).await
    }
}

/// How long a person could stay after a planned entry.
#[derive(Debug)]
pub struct PlanStay {
    /// The person.
    pub relocant: RelocantId,
    /// The planned day of entry.
    pub on: NaiveDate,
}

impl Query for PlanStay {
    const NAME: &'static str = "PlanStay";
    const NEEDS: Permission = Permission::PlanStay;
    type Output = StayStatus;

    async fn run(&self, view: &View) -> Result<StayStatus> {
        answer(view, self.relocant, self.on).await.map(|answer| answer.status)
    }
}

/// What a policy says about a set of stays, without any record.
#[derive(Debug)]
pub struct EvaluateStay {
    /// The policy's id.
    pub policy: String,
    /// The stays.
    pub stays: Vec<Stay>,
    /// Days under a visa or permit.
    pub covered: Vec<Cover>,
    /// The day asked about.
    pub on: NaiveDate,
}

impl Query for EvaluateStay {
    const NAME: &'static str = "EvaluateStay";
    const NEEDS: Permission = Permission::EvaluateStay;
    type Output = StayStatus;

    async fn run(&self, view: &View) -> Result<StayStatus> {
        let policy = view.law.stay_policies.by_id(&self.policy).ok_or(Refusal::UnknownStayPolicy)?;
        Ok(engine::evaluate(policy, &self.stays, &self.covered, self.on))
    }
}

/// Lists every policy.
#[derive(Debug)]
pub struct ListStayPolicies;

impl Query for ListStayPolicies {
    const NAME: &'static str = "ListStayPolicies";
    const NEEDS: Permission = Permission::ListStayPolicies;
    type Output = Arc<Law>;

    async fn run(&self, view: &View) -> Result<Arc<Law>> {
        Ok(Arc::clone(&view.law))
    }
}
