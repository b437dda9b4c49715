//! What planning a matching round does, and who may.

use std::{
    collections::{BTreeSet, HashMap},
    sync::LazyLock,
};

use chrono::NaiveDate;
use tokio::sync::Semaphore;

use super::{
    rounds::{Opening, Round, Seeker, plan},
    rules::{self, Refusal},
    store,
};
use crate::{
    auth::{Permission, Reach},
    classifiers::{Occupation, Region},
    error::{Error, Result, Violations},
    gate::{Query, View},
    households,
    ids::RelocantId,
    relocants,
    reservations::{self, Resource},
    seal::TagField,
    vacancies,
};

/// Vacancies of one round at most.
const MOST_VACANCIES: u64 = 5000;

/// People of one round at most.
const MOST_PEOPLE: u64 = 20_000;

/// A plan takes a core for as long as it is made: one at a time.
static TURN: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(1));

/// Plans a matching round.
#[derive(Debug)]
pub struct PlanMatchingRound {
    /// Vacancies of one region.
    pub region: Option<Region>,
    /// Vacancies of one occupation.
    pub occupation: Option<Occupation>,
    /// The last day of arrival.
    pub arrive_by: NaiveDate,
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
        let bad: Vec<_> = rules::arrive_by(self.arrive_by, view.today).into_iter().collect();
        if !bad.is_empty() {
            return Err(Error::Invalid(Violations(bad)));
        }
        let openings = self.openings(view).await?;
        let occupations: Vec<Occupation> =
            openings.iter().map(|opening| opening.vacancy.occupation).collect::<BTreeSet<_>>().into_iter().collect();
        let seekers = seekers(view, &occupations).await?;
        let (vacancies, today, arrive_by) = (openings.len(), view.today, self.arrive_by);
        let _turn = TURN.acquire().await.map_err(|closed| Error::Internal(closed.into()))?;
        let planned = tokio::task::spawn_blocking(move || plan(&seekers, &openings, today, arrive_by)).await;
        let round = planned.map_err(|failed| Error::Internal(failed.into()))?.map_err(|fault| Error::Internal(fault.into()))?;
        Ok(Planned { round, vacancies })
    }
}

impl PlanMatchingRound {
    /// The vacancies that the caller can fill, with what is free of them.
    async fn openings(&self, view: &View) -> Result<Vec<Opening>> {
        let region = match (&view.caller.reach, self.region) {
            (Reach::Region(own), Some(asked)) if *own != asked => return Ok(vec![]),
            (Reach::Region(own), _) => Some(*own),
            (Reach::Everywhere | Reach::Organisation(_) | Reach::Center(_) | Reach::Own(_) | Reach::Nothing, asked) => asked,
        };
        let found = vacancies::store::open(view, region, self.occupation, MOST_VACANCIES + 1).await?;
        bounded("vacancies", found.len(), MOST_VACANCIES)?;
        let used = reservations::store::used_of(view, Resource::Opening, found.iter().map(|vacancy| vacancy.id.0).collect()).await?;
        let homes = found.iter().flat_map(|vacancy| vacancy.homes.iter().map(|home| home.id)).collect();
        let used_homes = reservations::store::used_of(view, Resource::Home, homes).await?;
        let opening = |vacancy: vacancies::Vacancy| Opening {
            free: vacancy.openings - used.get(&vacancy.id.0).copied().unwrap_or(0),
            free_homes: vacancy.homes.iter().map(|home| home.count - used_homes.get(&home.id).copied().unwrap_or(0)).collect(),
            lot: view.vault().tag(TagField::TieBreak, vacancy.id.0.as_bytes()),
            vacancy,
        };
        Ok(found.into_iter().map(opening).filter(|opening| opening.free > 0).collect())
    }
}

/// Whoever looks for one of these occupations and is not bound by a match.
async fn seekers(view: &View, occupations: &[Occupation]) -> Result<Vec<Seeker>> {
    let mut people = relocants::store::looking_for(view, Some(occupations), MOST_PEOPLE + 1).await?;
    bounded("people", people.len(), MOST_PEOPLE)?;
    let bound = store::bound(view).await?;
    people.retain(|person| !bound.contains(&person.id));
    let ids: Vec<RelocantId> = people.iter().map(|person| person.id).collect();
    let households: HashMap<_, _> = households::store::present(view, &ids).await?;
    let seeker = |person: relocants::Relocant| Seeker {
        relocant: person.id,
        household: households.get(&person.id).copied(),
        card: person.card,
        lot: view.vault().tag(TagField::TieBreak, person.id.0.as_bytes()),
    };
    Ok(people.into_iter().map(seeker).collect())
}

fn bounded(of: &'static str, found: usize, most: u64) -> Result<()> {
    if u64::try_from(found).is_ok_and(|found| found <= most) { Ok(()) } else { Err(Refusal::RoundTooLarge { of, most }.into()) }
}
