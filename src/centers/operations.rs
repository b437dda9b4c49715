//! What calls about centres and counters do, in which order, and who may.

use super::{
    Center, Counter, Plan, ServiceKind, hours,
    rules::{self, Refusal},
    store, ticket_store,
};
use crate::{
    auth::Permission,
    classifiers::Region,
    error::{Error, Result, same_version},
    events::Event,
    gate::{Operation, Query, Tx, View},
    ids::CounterId,
    time::Instant,
};

/// Opens a centre.
#[derive(Debug)]
pub struct OpenCenter {
    /// Its id.
    pub id: String,
    /// Where it is.
    pub region: Region,
    /// What it plans.
    pub plan: Plan,
}

impl Operation for OpenCenter {
    const NAME: &'static str = "OpenCenter";
    const NEEDS: Permission = Permission::OpenCenter;
    type Output = Center;

    async fn run(&self, tx: &mut Tx) -> Result<Center> {
        let center = Center {
            id: self.id.clone(),
            region: self.region,
            plan: self.plan.clone(),
            version: 1,
            created_at: tx.now,
            updated_at: tx.now,
        };
        store::insert(tx, &center).await?;
        tx.record(Event::CenterOpened { center: center.id.clone() });
        Ok(center)
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Center> {
        store::get(tx, &self.id).await
    }
}

/// Replaces a centre's plan.
#[derive(Debug)]
pub struct AmendCenter {
    /// The centre.
    pub id: String,
    /// What the caller has seen.
    pub expected_version: i64,
    /// The new plan.
    pub plan: Plan,
}

impl Operation for AmendCenter {
    const NAME: &'static str = "AmendCenter";
    const NEEDS: Permission = Permission::AmendCenter;
    type Output = Center;

    async fn run(&self, tx: &mut Tx) -> Result<Center> {
        // A clerk amends the own centre; whoever runs the service has none, and amends any.
        if tx.caller.center().is_some_and(|own| own != self.id) {
            return Err(Error::NotFound { resource: "center" });
        }
        let center = store::get(tx, &self.id).await?;
        same_version("center", self.expected_version, center.version)?;
        let center = store::save(tx, &Center { plan: self.plan.clone(), ..center }).await?;
        tx.record(Event::CenterAmended { center: center.id.clone() });
        Ok(center)
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Center> {
        store::get(tx, &self.id).await
    }
}

/// A centre, and whether it is open.
#[derive(Debug)]
pub struct CenterNow {
    /// The centre.
    pub center: Center,
    /// When it closes, if it is open.
    pub closes_at: Option<Instant>,
    /// When it opens next.
    pub opens_at: Option<Instant>,
}

/// Answers one centre.
#[derive(Debug)]
pub struct GetCenter {
    /// The centre.
    pub id: String,
}

impl Query for GetCenter {
    const NAME: &'static str = "GetCenter";
    const NEEDS: Permission = Permission::GetCenter;
    type Output = CenterNow;

    async fn run(&self, view: &View) -> Result<CenterNow> {
        let center = store::get(view, &self.id).await?;
        let calendar = &view.law.working_days;
        let closes_at = hours::open_at(&center.plan, view.now, calendar).map(|opening| opening.until);
        let opens_at = hours::next_opening(&center.plan, view.now, calendar);
        Ok(CenterNow { center, closes_at, opens_at })
    }
}

/// Lists centres.
#[derive(Debug)]
pub struct ListCenters {
    /// In one region.
    pub region: Option<Region>,
}

impl Query for ListCenters {
    const NAME: &'static str = "ListCenters";
    const NEEDS: Permission = Permission::ListCenters;
    type Output = Vec<Center>;

    async fn run(&self, view: &View) -> Result<Vec<Center>> {
        store::list(view, self.region).await
    }
}

/// The centre that the caller works in.
pub(super) async fn own(view: &View) -> Result<Center> {
    store::get(view, view.caller.center().ok_or(Error::NotFound { resource: "center" })?).await
}

/// Opens a counter.
#[derive(Debug)]
pub struct OpenCounter {
    /// What is written above it.
    pub label: String,
    /// What can be done at it.
    pub services: Vec<ServiceKind>,
}

impl Operation for OpenCounter {
    const NAME: &'static str = "OpenCounter";
    const NEEDS: Permission = Permission::OpenCounter;
    type Output = Counter;

    async fn run(&self, tx: &mut Tx) -> Result<Counter> {
        let center = own(tx).await?;
        for service in &self.services {
            rules::offer(&center, *service)?;
        }
        if store::counters(tx, &center.id, tx.today).await?.iter().any(|other| other.label == self.label) {
            return Err(Refusal::CounterOpen.into());
        }
        let counter = Counter {
            id: CounterId(tx.reserved()),
            center: center.id,
            label: self.label.clone(),
            services: self.services.clone(),
            opened_at: tx.now,
            closed_at: None,
            seen_at: tx.now,
            version: 1,
        };
        store::insert_counter(tx, &counter).await?;
        tx.record(Event::CounterOpened { counter: counter.id, center: counter.center.clone() });
        Ok(counter)
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Counter> {
        store::get_counter(tx, CounterId(tx.reserved())).await
    }
}

/// Closes a counter.
#[derive(Debug)]
pub struct CloseCounter {
    /// The counter.
    pub id: CounterId,
    /// What the caller has seen.
    pub expected_version: i64,
}

impl Operation for CloseCounter {
    const NAME: &'static str = "CloseCounter";
    const NEEDS: Permission = Permission::CloseCounter;
    type Output = Counter;

    async fn run(&self, tx: &mut Tx) -> Result<Counter> {
        let counter = store::get_counter(tx, self.id).await?;
        same_version("counter", self.expected_version, counter.version)?;
        rules::open_counter(&counter, tx.today)?;
        if let Some(ticket) = ticket_store::called_to(tx, counter.id).await? {
            return Err(Refusal::CounterBusy { ticket: ticket.id }.into());
        }
        let counter = store::save_counter(tx, &Counter { closed_at: Some(tx.now), ..counter }).await?;
        tx.record(Event::CounterClosed { counter: counter.id, center: counter.center.clone() });
        Ok(counter)
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Counter> {
        store::get_counter(tx, self.id).await
    }
}

/// Lists the open counters of the caller's centre.
#[derive(Debug)]
pub struct ListCounters;

impl Query for ListCounters {
    const NAME: &'static str = "ListCounters";
    const NEEDS: Permission = Permission::ListCounters;
    type Output = Vec<Counter>;

    async fn run(&self, view: &View) -> Result<Vec<Counter>> {
        store::counters(view, view.caller.center().unwrap_or_default(), view.today).await
    }
}
