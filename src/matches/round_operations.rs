//! What planning a matching round does, and who may.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use chrono::NaiveDate;
use tokio::sync::Semaphore;

use super::{
    ranking_operations::measure,
    rounds::{Opening, Quota, Round, Seeker, TownHomes, group, plan},
    rules::{self, Refusal},
    store,
};
use crate::{
    auth::{Permission, Reach},
    classifiers::{Occupation, Region},
    error::{Error, Result, none_at_fault},
    gate::{Query, View},
    homes, households,
    ids::RelocantId,
    relocants::seeking::{self, Asked, Seeking},
    reservations::{self, Resource},
    vacancies::{self, Vacancy},
};

/// Vacancies of one round at most.
const MOST_VACANCIES: u64 = 2000;

/// People of one round at most.
const MOST_PEOPLE: u64 = 5000;

/// Pairs of a person and a vacancy of the person's occupations, of one round at most.
const MOST_PAIRS: u64 = 2_000_000;

/// A plan takes a core for as long as it is made: one at a time in a process.
#[derive(Debug)]
struct Turn(Arc<Semaphore>);

impl Default for Turn {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(1)))
    }
}

/// Plans a matching round.
#[derive(Debug, Clone)]
pub struct PlanMatchingRound {
    /// Vacancies of one region.
    pub region: Option<Region>,
    /// Vacancies of one occupation.
    pub occupation: Option<Occupation>,
    /// The last day of arrival.
    pub arrive_by: NaiveDate,
    /// What regions take at most, each once.
    pub quotas: Vec<Quota>,
    /// Regions and groups of occupations in which people are missing.
    pub in_need: BTreeSet<(Region, [u8; 2])>,
}

/// A plan, and how many vacancies it looked at.
#[derive(Debug)]
pub struct Planned {
    /// The plan.
    pub round: Round,
    /// Vacancies that were looked at.
    pub vacancies: usize,
}

impl Query for PlanMatchingRound {
    const NAME: &'static str = "PlanMatchingRound";
    const NEEDS: Permission = Permission::PlanMatchingRound;
    type Output = Planned;

    async fn run(&self, view: &View) -> Result<Planned> {
        none_at_fault(rules::arrive_by(self.arrive_by, view.today))?;
        // Whoever waited would keep a session from others meanwhile; the turn is over when the plan is made, also when nobody waits for it any more.
        let turn = Arc::clone(&view.remembered::<Turn>().0).try_acquire_owned();
        let turn = turn.map_err(|_| Error::Unavailable("another round is being planned".into()))?;
        let openings = self.openings(view).await?;
        let homes = town_homes(view, &openings).await?;
        let seekers = self.seekers(view, &openings).await?;
        bounded("pairs", pairs(&seekers, &openings), MOST_PAIRS)?;
        let (vacancies, arrive_by, measure) = (openings.len(), self.arrive_by, measure(view, Some(self.arrive_by)));
        let quotas = self.quotas.clone();
        let planned = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            plan(&seekers, &openings, &homes, &quotas, &measure, arrive_by)
        })
        .await;
        let round = planned.map_err(|failed| Error::Internal(failed.into()))?.map_err(|fault| Error::Internal(fault.into()))?;
        Ok(Planned { round, vacancies })
    }
}

impl PlanMatchingRound {
    /// The vacancies that the caller can fill, with what is free of them.
    async fn openings(&self, view: &View) -> Result<Vec<Opening>> {
        let region = region_of(&view.caller.reach, self.region);
        if self.region.is_some() && self.region != region {
            return Ok(vec![]);
        }
        let found = vacancies::store::open(view, region, self.occupation, MOST_VACANCIES + 1).await?;
        bounded("vacancies", found.len(), MOST_VACANCIES)?;
        let used = reservations::store::used_of(view, Resource::Opening, found.iter().map(|vacancy| vacancy.id.0).collect()).await?;
        let homes = found.iter().flat_map(|vacancy| vacancy.homes.iter().map(|home| home.id)).collect();
        let used_homes = reservations::store::used_of(view, Resource::Home, homes).await?;
        let opening = |vacancy: Vacancy| Opening {
            free: vacancy.openings - used.get(&vacancy.id.0).copied().unwrap_or(0),
            free_homes: vacancy.homes.iter().map(|home| home.count - used_homes.get(&home.id).copied().unwrap_or(0)).collect(),
            is_in_need: self.in_need.contains(&(vacancy.region, group(vacancy.occupation))),
            lot: view.vault().lot(vacancy.id.0),
            vacancy,
        };
        Ok(found.into_iter().map(opening).filter(|opening| opening.free > 0).collect())
    }

    /// Whoever looks for one of these occupations, can begin in time and is not bound by a match.
    async fn seekers(&self, view: &View, openings: &[Opening]) -> Result<Vec<Seeker>> {
        let asked: BTreeSet<Asked> = openings.iter().map(|opening| asked(&opening.vacancy)).collect();
        let mut people = seeking::looking_for(view, &asked, Some(store::bound(view)), MOST_PEOPLE + 1).await?;
        bounded("people", people.len(), MOST_PEOPLE)?;
        people.retain(|seeking| seeking.card.earliest_start_on.is_none_or(|day| day <= self.arrive_by));
        let ids: Vec<RelocantId> = people.iter().map(|seeking| seeking.relocant).collect();
        let residing = seeking::residing_until(view, &ids).await?;
        let couples = households::store::couples(view, &ids).await?;
        let others: Vec<RelocantId> = couples.values().filter_map(|(_, other)| *other).collect();
        let bound = store::bound_regions(view, &others).await?;
        let seeker = |Seeking { relocant: id, citizenship, card }: Seeking| {
            let (couple, other) = couples.get(&id).copied().unzip();
            let only_in = other.flatten().and_then(|other| bound.get(&other).copied());
            Seeker {
                relocant: id,
                couple,
                only_in,
                card,
                citizenship,
                resides_until: residing.get(&id).copied(),
                lot: view.vault().lot(id.0),
            }
        };
        Ok(people.into_iter().map(seeker).collect())
    }
}

/// Homes that come with no vacancy, in the regions of the openings, with what is free of them.
async fn town_homes(view: &View, openings: &[Opening]) -> Result<Vec<TownHomes>> {
    let regions: BTreeSet<Region> = openings.iter().map(|opening| opening.vacancy.region).collect();
    let offers = homes::store::open_in(view, &regions.into_iter().collect::<Vec<_>>()).await?;
    bounded("offers of homes", offers.len(), homes::store::MOST_OPEN)?;
    let used = reservations::store::used_of(view, Resource::Home, offers.iter().map(|offer| offer.id.0).collect()).await?;
    let homes = offers.into_iter().map(|offer| TownHomes {
        town: offer.town(),
        free: offer.home.count - used.get(&offer.id.0).copied().unwrap_or(0),
        home: offer.home,
    });
    Ok(homes.collect())
}

/// The region that a round is of: a matcher of a region plans for its vacancies and no others.
pub(super) fn region_of(reach: &Reach, asked: Option<Region>) -> Option<Region> {
    match reach {
        Reach::Region(own) => Some(*own),
        Reach::Everywhere | Reach::Organisation(_) | Reach::Center(_) | Reach::Own(_) | Reach::Nothing => asked,
    }
}

/// Every person is looked at for every vacancy of the same groups of occupations.
fn pairs(seekers: &[Seeker], openings: &[Opening]) -> usize {
    let mut asked: HashMap<[u8; 2], usize> = HashMap::new();
    for opening in openings {
        *asked.entry(group(opening.vacancy.occupation)).or_default() += 1;
    }
    let of = |seeker: &Seeker| {
        let groups: BTreeSet<[u8; 2]> = seeker.card.occupations.iter().map(|(occupation, _)| group(*occupation)).collect();
        groups.iter().map(|group| asked.get(group).copied().unwrap_or_default()).sum::<usize>()
    };
    seekers.iter().map(of).sum()
}

/// Which occupations a vacancy can be filled with: itself, or with no licence needed its whole sub-major group.
fn asked(vacancy: &Vacancy) -> Asked {
    if vacancy.licence_required { Asked::Itself(vacancy.occupation) } else { Asked::Group(vacancy.occupation) }
}

fn bounded(of: &'static str, found: usize, most: u64) -> Result<()> {
    if u64::try_from(found).is_ok_and(|found| found <= most) { Ok(()) } else { Err(Refusal::RoundTooLarge { of, most }.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_holds_so_many_and_no_more() {
        assert!(bounded("people", 5000, MOST_PEOPLE).is_ok());
        assert!(matches!(bounded("people", 5001, MOST_PEOPLE), Err(Error::Refused(_))));
    }

    #[test]
    fn one_plan_is_made_at_a_time() {
        let turn = Turn::default();
        let first = Arc::clone(&turn.0).try_acquire_owned();
        assert!(first.is_ok() && Arc::clone(&turn.0).try_acquire_owned().is_err());
    }
}
