//! What calls about dues do, and who may; how dues are kept in step with facts, become events, and are computed again under another law.

use std::collections::HashMap;

use futures_util::future::BoxFuture;

pub use super::store::Filter;
use super::{
    Due, Facts, Person, rules,
    store::{self, Progress},
};
use crate::{
    auth::Permission,
    error::Result,
    events::Event,
    gate::{InStep, Query, Registry, Tx, View},
    ids::{DueId, RelocantId},
    matches,
    page::Page,
    permits,
    relocants::{self, DocumentOutline, Relocant},
    stays::{self, Crossing},
};

/// Dues that become events in one transaction at most.
const RAISED_AT_ONCE: u64 = 200;

/// People whose dues are computed again in one transaction at most: calls are served between two. Fewer would write the same pages of the indexes more often, more
/// would keep writers waiting.
const COMPUTED_AT_ONCE: u64 = 2000;

/// Lists what is due, the next first.
#[derive(Debug)]
pub struct ListDues {
    /// Which page.
    pub page: Page,
    /// What narrows it.
    pub filter: Filter,
}

impl Query for ListDues {
    const NAME: &'static str = "ListDues";
    const NEEDS: Permission = Permission::ListDues;
    type Output = Vec<Due>;

    async fn run(&self, view: &View) -> Result<Vec<Due>> {
        store::list(view, self.page, &self.filter).await
    }
}

/// Keeps dues in step with every change of a person's facts, in the change's own transaction.
#[derive(Debug, Clone, Copy)]
pub struct Dues;

impl InStep for Dues {
    fn keep<'a>(&'a self, tx: &'a Tx, events: &'a [Event]) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            if events.iter().any(|event| matches!(event, Event::RelocantRegistered { .. })) {
                // Whoever registers somebody has the facts in hand, and calls `of_new`.
                return Ok(());
            }
            let mut people: Vec<RelocantId> = events
                .iter()
                .filter(|event| changes_facts(event))
                .flat_map(|event| [event.ids().relocant, event.ids().other])
                .flatten()
                .collect();
            people.sort_unstable();
            people.dedup();
            for person in people {
                refresh(tx, person).await?;
            }
            Ok(())
        })
    }
}

/// Whether dues can follow from what happened.
fn changes_facts(event: &Event) -> bool {
    !matches!(
        event,
        Event::ConsentGiven { .. }
            | Event::ConsentWithdrawn { .. }
            | Event::CandidateDisclosed { .. }
            | Event::ContractRecorded { .. }
            | Event::ContractAmended { .. }
            | Event::ContractEnded { .. }
            | Event::DueReached { .. }
            | Event::CertificateIssued { .. }
            | Event::CertificateRevoked { .. }
            | Event::DuplicateFound { .. }
            | Event::DuplicateDecided { .. }
            | Event::CorrectionProposed { .. }
            | Event::CorrectionRejected { .. }
            | Event::CorrectionWithdrawn { .. }
            | Event::HouseholdFormed { .. }
            | Event::MemberAdded { .. }
            | Event::MemberRemoved { .. }
            | Event::HouseholdSplit { .. }
            | Event::HouseholdJoined { .. }
            | Event::HouseholdAmended { .. }
    )
}

/// The dues of somebody just registered, from the facts at hand. Nothing is read: on PostgreSQL everybody who registers at the same time would meet there.
pub async fn of_new(tx: &Tx, relocant: &Relocant, crossings: Vec<Crossing>, documents: Vec<DocumentOutline>) -> Result<()> {
    let facts = Facts { crossings, documents, ..Facts::default() };
    store::replace(tx, vec![], computed(tx, &as_person(relocant), &facts)).await
}

/// Computes one person's dues.
async fn refresh(tx: &Tx, id: RelocantId) -> Result<()> {
    let person = as_person(&relocants::store::get_unreached(tx, id).await?);
    let facts = all_facts(tx, id, id).await?.remove(&id).unwrap_or_default();
    store::replace(tx, store::of(tx, id, id).await?, computed(tx, &person, &facts)).await
}

fn as_person(relocant: &Relocant) -> Person {
    let Relocant { id, citizenship, region, status, looking_confirmed_on, .. } = *relocant;
    Person { id, citizenship, center: relocant.center.clone(), region, status, looking_confirmed_on }
}

fn computed(view: &View, person: &Person, facts: &Facts) -> Vec<Due> {
    let due = |planned| Due {
        id: DueId::new(),
        relocant: person.id,
        planned,
        center: person.center.clone(),
        region: person.region,
        warn_on: rules::warn_on(&planned, &view.law),
        raised: false,
    };
    rules::dues(person, facts, &view.law).into_iter().map(due).collect()
}

/// Turns dues whose lead time is reached into events, each once, however many replicas try. Gives how many.
pub async fn raise(registry: &Registry) -> Result<usize> {
    // A read first, so that a quiet registry writes nothing.
    if registry.look(|view| Box::pin(store::to_raise(view, 1))).await?.is_empty() {
        return Ok(0);
    }
    registry
        .own("RaiseDues", |tx| {
            Box::pin(async move {
                let dues = store::to_raise(tx, RAISED_AT_ONCE).await?;
                if dues.is_empty() {
                    return Ok(0);
                }
                store::mark_raised(tx, &dues.iter().map(|due| due.id).collect::<Vec<_>>()).await?;
                for due in &dues {
                    tx.record(Event::DueReached { due: due.id, relocant: due.relocant });
                }
                Ok(dues.len())
            })
        })
        .await
}

/// Computes the dues of further people again when the law's fingerprint is another than the one they were computed under. Gives whether everybody's are.
pub async fn compute_again(registry: &Registry, fingerprint: [u8; 32]) -> Result<bool> {
    registry.own("ComputeDues", move |tx| Box::pin(async move { further(tx, fingerprint.to_vec()).await })).await
}

async fn further(tx: &Tx, fingerprint: Vec<u8>) -> Result<bool> {
    let until = match store::progress(tx).await? {
        Some(progress) if progress.fingerprint == fingerprint && progress.done => return Ok(true),
        Some(progress) if progress.fingerprint == fingerprint => progress.until,
        Some(_) | None => None,
    };
    let people: Vec<Person> = relocants::store::outlines(tx, until, COMPUTED_AT_ONCE).await?.into_iter().map(person).collect();
    let done = u64::try_from(people.len()).unwrap_or(u64::MAX) < COMPUTED_AT_ONCE;
    if let (Some(first), Some(last)) = (people.first().map(|person| person.id), people.last().map(|person| person.id)) {
        let mut facts = all_facts(tx, first, last).await?;
        let now = people.iter().flat_map(|person| computed(tx, person, &facts.remove(&person.id).unwrap_or_default())).collect();
        store::replace(tx, store::of(tx, first, last).await?, now).await?;
    }
    let until = people.last().map(|person| person.id).or(until);
    store::save_progress(tx, &Progress { fingerprint, until, done }).await?;
    Ok(done)
}

fn person(outline: relocants::Outline) -> Person {
    let relocants::Outline { id, citizenship, center, region, status, looking_confirmed_on } = outline;
    Person { id, citizenship, center, region, status, looking_confirmed_on }
}

/// The facts of everybody whose id lies from one to another, in a question a table.
async fn all_facts(view: &View, first: RelocantId, last: RelocantId) -> Result<HashMap<RelocantId, Facts>> {
    let mut facts: HashMap<RelocantId, Facts> = HashMap::new();
    for crossing in stays::store::of_all(view, first, last).await? {
        facts.entry(crossing.relocant).or_default().crossings.push(crossing);
    }
    for (relocant, notice) in stays::store::notices_of_all(view, first, last).await? {
        facts.entry(relocant).or_default().notices.push(notice);
    }
    for permit in permits::store::of_all(view, first, last).await? {
        facts.entry(permit.relocant).or_default().permits.push(permit);
    }
    for risk in permits::store::open_risks_of_all(view, first, last).await? {
        facts.entry(risk.relocant).or_default().risks.push(risk);
    }
    for document in relocants::store::documents_of_all(view, first, last).await? {
        facts.entry(document.relocant).or_default().documents.push(document);
    }
    for found in matches::store::open_of(view, first, last).await? {
        facts.entry(found.relocant).or_default().matches.push(found);
    }
    Ok(facts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::HouseholdId;

    #[test]
    fn of_a_household_only_what_happens_to_its_people_moves_dues() {
        let (household, relocant) = (HouseholdId::new(), RelocantId::new());
        for event in [
            Event::HouseholdFormed { household, relocant },
            Event::MemberAdded { household, relocant },
            Event::MemberRemoved { household, relocant },
            Event::HouseholdSplit { household },
            Event::HouseholdJoined { household },
            Event::HouseholdAmended { household },
        ] {
            assert!(!changes_facts(&event), "{}", event.name());
        }
        assert!(changes_facts(&Event::RelocantDeparted { relocant }));
    }
}
