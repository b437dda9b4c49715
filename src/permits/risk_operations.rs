//! Follows what stands on what when it ends: writes who is at risk, in the transaction that ended it.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::{
    Basis, Permit, Risk, host_store,
    risks::{self, Ending, Told},
    rules::Command,
    store,
};
use crate::{
    auth::Permission,
    error::Result,
    events::Event,
    gate::{Query, Tx, View},
    ids::{EmployerId, PermitId, PermitRiskId, RelocantId},
    page::Page,
};

/// After a step: a permit that was replaced or has ended is at risk no longer, and what stood on it is.
pub async fn follow(tx: &mut Tx, permit: &Permit, command: Command) -> Result<()> {
    if risks::are_over(permit.state) {
        clear(tx, &store::open_risks(tx, permit.id).await?).await?;
    }
    match risks::ending(permit, command, tx.today) {
        Some(ending) => spread(tx, permit, &ending).await,
        None => Ok(()),
    }
}

/// Somebody's work for an employer has ended today: whatever permits stand on it are at risk. A contract whose end an officer has reported is left as reported.
pub async fn employment_ended(tx: &mut Tx, relocant: RelocantId, employer: EmployerId) -> Result<()> {
    let today = tx.today;
    employment_ended_on(tx, relocant, employer, today).await
}

/// The same of work that has ended on an earlier day, from which the days to act are counted. A permit that was applied for later stands on other work.
pub async fn employment_ended_on(tx: &mut Tx, relocant: RelocantId, employer: EmployerId, on: NaiveDate) -> Result<()> {
    let ending = risks::employment_ended(on);
    for permit in store::of(tx, relocant).await? {
        let stands_on_it = permit.employer == employer && permit.basis == Basis::Contract && permit.host_change_due_on.is_none();
        if stands_on_it && permit.applied_on <= on && risks::outlasts(&permit, &ending, tx.today) {
            spread(tx, &permit, &ending).await?;
        }
    }
    Ok(())
}

/// A host was removed from the registry: permits that stand on its contracts or enrolments, and whoever is permitted on those, are at risk; so many at most. Gives how
/// many stood on it.
///
/// This is no `ReportHostChange`: that is an officer's step which ends the permit's state on the report of one contract, and nobody has reported any. At risk changes no
/// permit. It starts the days in which the person should ask, and clears like every risk.
pub async fn host_removed(tx: &mut Tx, employer: EmployerId, most: u64) -> Result<u64> {
    let found = host_store::unwarned_of(tx, employer, most).await?;
    for permit in &found {
        let Some(ending) = risks::host_removed(permit.basis, tx.today) else { continue };
        spread(tx, permit, &ending).await?;
    }
    Ok(u64::try_from(found.len()).unwrap_or(u64::MAX))
}

/// Who is permitted on a permit that is at risk is at risk from the first day.
pub async fn pass_on(tx: &mut Tx, from: &Permit, to: &Permit) -> Result<()> {
    for risk in store::open_risks(tx, from.id).await? {
        let ending = Ending { cause: risk.cause, since_on: risk.since_on, due_on: risk.due_on, of_itself: false };
        if risks::outlasts(to, &ending, tx.today) {
            open(tx, to, &ending, Some(risk.cause_permit.unwrap_or(from.id))).await?;
        }
    }
    Ok(())
}

async fn spread(tx: &mut Tx, root: &Permit, ending: &Ending) -> Result<()> {
    if ending.of_itself {
        open(tx, root, ending, None).await?;
    }
    let (mut before, mut ring) = (BTreeSet::from([root.id]), vec![root.id]);
    while !ring.is_empty() {
        let found = store::standing_on(tx, &ring).await?;
        let next = risks::reached(&mut before, found, ending, tx.today);
        for permit in &next {
            open(tx, permit, ending, Some(root.id)).await?;
        }
        ring = next.iter().map(|permit| permit.id).collect();
    }
    Ok(())
}

async fn open(tx: &mut Tx, permit: &Permit, ending: &Ending, cause_permit: Option<PermitId>) -> Result<()> {
    let Told::Anew(instead_of) = risks::told(&store::open_risks(tx, permit.id).await?, ending, cause_permit) else { return Ok(()) };
    clear(tx, &instead_of).await?;
    let risk = Risk {
        id: PermitRiskId::new(),
        permit: permit.id,
        relocant: permit.relocant,
        cause: ending.cause,
        cause_permit,
        since_on: ending.since_on,
        due_on: ending.due_on,
        cleared_on: None,
    };
    store::insert_risk(tx, &risk).await?;
    tx.record(Event::PermitAtRisk { permit: permit.id, relocant: permit.relocant });
    Ok(())
}

async fn clear(tx: &Tx, risks: &[Risk]) -> Result<()> {
    if risks.is_empty() {
        return Ok(());
    }
    store::clear_risks(tx, &risks.iter().map(|risk| risk.id).collect::<Vec<_>>()).await
}

/// Lists what permits in reach are, or were, at risk by.
#[derive(Debug)]
pub struct ListPermitRisks {
    /// Which page.
    pub page: Page,
    /// Narrows to one person.
    pub relocant: Option<RelocantId>,
    /// Narrows to one permit.
    pub permit: Option<PermitId>,
}

impl Query for ListPermitRisks {
    const NAME: &'static str = "ListPermitRisks";
    const NEEDS: Permission = Permission::ListPermitRisks;
    type Output = Vec<Risk>;

    async fn run(&self, view: &View) -> Result<Vec<Risk>> {
        let found = store::list_risks(view, self.page, self.relocant, self.permit).await?;
        let on_day = |(risk, permit): (Risk, Permit)| Risk { cleared_on: risks::cleared_on(&risk, &permit, view.today), ..risk };
        Ok(found.into_iter().map(on_day).collect())
    }
}
