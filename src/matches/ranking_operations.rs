//! What ranking people for a vacancy does, and who may. The database finds the best by the index of who looks for work; what is answered is assessed here, so that every
//! point has its reason.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::{
    Applicant, Assessment, Measure, assess,
    operations::{fillable, homes_of, may_host},
    weights::Weights,
};
use crate::{
    auth::Permission,
    classifiers::Cefr,
    error::{Error, Result, Why},
    gate::{Query, View},
    homes::Home,
    ids::{RelocantId, VacancyId},
    permits::catalogue::PermitKind,
    relocants::{
        Card,
        seeking::{self, Hit, Seeking, Sought, SoughtHome},
    },
    vacancies::Vacancy,
};

/// Occupations that a card names at most: somebody is found so often in a group at most.
const MOST_OCCUPATIONS: u64 = 10;

/// Working days until an employer's permit to hire a foreigner can be there, where the catalogue does not say: 7 for the review and 10 to pay the fee (rules of the permit to
/// engage foreign labour, order 279 of 30 June 2023; confidence B).
const PERMIT_WORKING_DAYS: u32 = 17;

/// Ranks people who look for a vacancy's occupation, or one near it.
#[derive(Debug)]
pub struct RankCandidates {
    /// The vacancy.
    pub vacancy: VacancyId,
    /// How many at most.
    pub limit: usize,
    /// The last day on which the work may begin.
    pub start_by: Option<NaiveDate>,
}

/// A person ranked for a vacancy.
#[derive(Debug)]
pub struct Candidate {
    /// The person.
    pub relocant: RelocantId,
    /// What the person can do.
    pub card: Card,
    /// How well the person fits.
    pub assessment: Assessment,
}

/// Candidates, and what they were assessed by.
#[derive(Debug)]
pub struct Ranked {
    /// The best first, whoever lacks something last.
    pub candidates: Vec<Candidate>,
    /// The version of the weights.
    pub weights_id: String,
}

/// What people are assessed by today.
pub(super) fn measure(view: &View, start_by: Option<NaiveDate>) -> Measure {
    let asked = view.law.permit_types.in_force(PermitKind::WorkPermitCategory3, view.today).and_then(|kind| kind.review_working_days);
    let days = asked.and_then(|days| u32::try_from(days).ok()).unwrap_or(PERMIT_WORKING_DAYS);
    let permitted_on = view.law.working_days.after(view.today, days);
    Measure { weights: view.law.rankings.in_force(view.today).clone(), today: view.today, start_by, permitted_on }
}

/// Assesses people for a vacancy and the homes there.
pub(super) async fn assessed(
    view: &View,
    vacancy: &Vacancy,
    homes: &[Home],
    people: &[RelocantId],
    measure: &Measure,
) -> Result<HashMap<RelocantId, (Seeking, Assessment)>> {
    let (seeking, residing) = (seeking::of(view, people).await?, seeking::residing_until(view, people).await?);
    let one = |(id, seeking): (RelocantId, Seeking)| {
        let resides_until = residing.get(&id).copied();
        let applicant = Applicant { card: &seeking.card, citizenship: seeking.citizenship, resides_until };
        let assessment = assess(vacancy, homes, applicant, measure);
        (id, (seeking, assessment))
    };
    Ok(seeking.into_iter().map(one).collect())
}

impl Query for RankCandidates {
    const NAME: &'static str = "RankCandidates";
    const NEEDS: Permission = Permission::RankCandidates;
    type Output = Ranked;

    async fn run(&self, view: &View) -> Result<Ranked> {
        if self.start_by.is_some_and(|by| by < view.today) {
            return Err(Error::invalid("start_by_date", Why::Range("from today on")));
        }
        let vacancy = fillable(view, self.vacancy).await?;
        may_host(view, vacancy.employer).await?;
        let (homes, measure) = (homes_of(view, &vacancy).await?, measure(view, self.start_by));
        let hits = self.best(view, &vacancy, &homes, &measure).await?;
        let people: Vec<RelocantId> = hits.iter().map(|hit| hit.relocant).collect();
        let mut assessed = assessed(view, &vacancy, &homes, &people, &measure).await?;
        let candidate = |hit: Hit| {
            let (seeking, assessment) = assessed.remove(&hit.relocant)?;
            Some(Candidate { relocant: hit.relocant, card: seeking.card, assessment })
        };
        Ok(Ranked { candidates: hits.into_iter().filter_map(candidate).collect(), weights_id: measure.weights.id })
    }
}

impl RankCandidates {
    /// The best, each once. What is farther is asked for only where it can reach the nearer.
    async fn best(&self, view: &View, vacancy: &Vacancy, homes: &[Home], measure: &Measure) -> Result<Vec<Hit>> {
        let (weights, limit) = (&measure.weights, u64::try_from(self.limit).unwrap_or(u64::MAX));
        let farther = [(3, weights.near_occupation), (2, weights.far_occupation)].into_iter().filter(|_| !vacancy.licence_required);
        // Without the licence, or with less practice than counts, nobody reaches what the foremost can have; where enough of them have that, thousands need not be weighed.
        let foremost = Sought { foremost: true, ..sought(view, vacancy, homes, measure, (4, weights.occupation)) };
        let mut best = seeking::best(view, &foremost, limit).await?;
        let (most, less) = (most_beside_occupation(vacancy, homes, weights), weights.licence_recognised.min(short_of_practice(weights)));
        for digits in std::iter::once((4, weights.occupation)).chain(farther) {
            let reach = digits.1 + most - if digits.0 == 4 { less } else { 0 };
            let last = self.limit.checked_sub(1).and_then(|last| best.get(last));
            if last.is_some_and(|last| last.lacks == 0 && -last.minus_points > reach) {
                break;
            }
            let most = if digits.0 == 4 { limit } else { limit.saturating_mul(MOST_OCCUPATIONS) };
            best.extend(seeking::best(view, &sought(view, vacancy, homes, measure, digits), most).await?);
            best = each_once(best, self.limit);
        }
        Ok(best)
    }
}

/// Points that whoever has not all the practice that counts is short of at least.
fn short_of_practice(weights: &Weights) -> i32 {
    let year = weights.year.max(1);
    weights.years_most - (weights.years_most - 1).max(0) / year * year
}

/// What nobody can have more of at this vacancy beside the occupation itself.
fn most_beside_occupation(vacancy: &Vacancy, homes: &[Home], weights: &Weights) -> i32 {
    let above = vacancy.languages.iter().map(|(_, needed)| Cefr::C2.rank() - needed.rank()).sum::<i32>() * weights.language_level;
    let home = if homes.is_empty() { 0 } else { weights.home_fits };
    let free = if homes.iter().any(|home| home.rent_minor == 0) { weights.home_free } else { 0 };
    weights.years_most + weights.licence_recognised + above.min(weights.languages_most) + weights.wished_region + home + free
}

/// The best `limit` people, each by the best that was found.
fn each_once(mut hits: Vec<Hit>, limit: usize) -> Vec<Hit> {
    hits.sort_unstable();
    let mut seen = std::collections::HashSet::with_capacity(hits.len());
    hits.retain(|hit| seen.insert(hit.relocant));
    hits.truncate(limit);
    hits
}

fn sought_home(home: &Home) -> SoughtHome {
    SoughtHome { people: home.people, from: home.available_from, until: home.available_until, is_free: home.rent_minor == 0 }
}

fn sought(view: &View, vacancy: &Vacancy, homes: &[Home], measure: &Measure, digits: (usize, i32)) -> Sought {
    let weights = &measure.weights;
    Sought {
        occupation: vacancy.occupation,
        digits,
        years: (weights.year, weights.years_most),
        licence: (vacancy.licence_required, weights.licence_recognised),
        languages: vacancy.languages.clone(),
        levels: (weights.language_level, weights.languages_most),
        region: (vacancy.region, weights.wished_region),
        homes: homes.iter().map(sought_home).collect(),
        home: (weights.home_fits, weights.home_free),
        today: measure.today,
        start_by: measure.start_by,
        foremost: false,
        works_freely: measure.start_by.is_some_and(|by| measure.permitted_on > by),
        lot: view.vault().lot(vacancy.id.0),
    }
}
