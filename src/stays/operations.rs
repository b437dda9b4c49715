//! What calls about stays do, in which order, and who may.

use chrono::NaiveDate;

use super::{
    Crossing, Direction, Stay, StayPolicy, StayStatus,
    rules::{self, Refusal},
    store,
};
use crate::{
    auth::Permission,
    error::Result,
    events::Event,
    gate::{Operation, Query, Tx, View},
    ids::{CrossingId, RelocantId},
    page::Page,
    relocants,
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
        relocants::store::get(tx, self.relocant).await?;
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
        relocants::store::get(tx, self.relocant).await?;
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

/// A person's status, and the crossings that do not fit together.
#[derive(Debug)]
pub struct Answer {
    /// What the law says.
    pub status: StayStatus,
    /// Crossings without a counterpart.
    pub unpaired: Vec<CrossingId>,
}

async fn answer(view: &View, relocant: RelocantId, on: NaiveDate) -> Result<Answer> {
    let citizenship = relocants::store::get(view, relocant).await?.citizenship;
    let policy = StayPolicy::of_kazakhstan(citizenship, on).ok_or(Refusal::NoStayPolicy { citizenship, on })?;
    let ledger = rules::ledger(&store::of(view, relocant).await?);
    Ok(Answer { status: rules::evaluate(policy, &ledger.stays, on), unpaired: ledger.unpaired })
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
    /// The day asked about.
    pub on: NaiveDate,
}

impl Query for EvaluateStay {
    const NAME: &'static str = "EvaluateStay";
    const NEEDS: Permission = Permission::EvaluateStay;
    type Output = StayStatus;

    async fn run(&self, _: &View) -> Result<StayStatus> {
        let policy = StayPolicy::by_id(&self.policy).ok_or(Refusal::UnknownStayPolicy)?;
        Ok(rules::evaluate(policy, &self.stays, self.on))
    }
}

/// Lists every policy.
#[derive(Debug)]
pub struct ListStayPolicies;

impl Query for ListStayPolicies {
    const NAME: &'static str = "ListStayPolicies";
    const NEEDS: Permission = Permission::ListStayPolicies;
    type Output = &'static [StayPolicy];

    async fn run(&self, _: &View) -> Result<&'static [StayPolicy]> {
        Ok(&super::POLICIES)
    }
}
