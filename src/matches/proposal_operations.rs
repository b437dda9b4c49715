//! What proposing matches does, alone or for a whole family, and who may.

use std::collections::BTreeSet;

use chrono::{Duration, NaiveDate};
use uuid::Uuid;

use super::{
    Answer, Match, MatchState,
    operations::{Seen, all_seen, event, fillable, may_host, seen},
    ranking_operations::{assessed, measure},
    rules::{self, Refusal},
    store,
};
use crate::{
    auth::Permission,
    employers,
    error::{Error, Result, Violation, Why, none_at_fault},
    events::Event,
    gate::{Operation, Tx, View},
    homes::{self, Home},
    households,
    ids::{HomeOfferId, MatchId, RelocantId, VacancyId},
    relocants,
    reservations::{self, Resource, store::Part},
    vacancies::{self, Vacancy},
};

/// Matches that are proposed together at most.
const MOST_TOGETHER: usize = 20;

/// A person for a vacancy.
#[derive(Debug, Clone, Copy)]
pub struct Proposal {
    /// The vacancy.
    pub vacancy: VacancyId,
    /// The person.
    pub relocant: RelocantId,
    /// The home to hold.
    pub home: Option<Uuid>,
}

/// How long a hold lasts, and until when somebody arrives.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// How many days the hold lasts.
    pub hold_days: i32,
    /// The last day of arrival.
    pub arrive_by: NaiveDate,
}

impl Terms {
    fn faults(self, today: NaiveDate) -> Vec<Violation> {
        rules::terms(self.hold_days, self.arrive_by, today)
    }
}

async fn hold(
    tx: &Tx,
    vacancy: &Vacancy,
    home: Option<&Home>,
    holder: MatchId,
    until: crate::time::Instant,
    arrive_by: NaiveDate,
) -> Result<()> {
    let one = |resource, id, capacity| Part { resource, id, capacity, units: 1 };
    let opening = one(Resource::Opening, vacancy.id.0, vacancy.openings);
    let full = Refusal::VacancyFull { openings: vacancy.openings };
    reservations::store::hold(tx, opening, holder.0, until).await?.map_err(|_| full)?;
    let Some(home) = home else { return Ok(()) };
    homes::rules::may_hold(home, arrive_by)?;
    let full = Refusal::HomeFull { homes: home.count };
    reservations::store::hold(tx, one(Resource::Home, home.id, home.count), holder.0, until).await?.map_err(|_| full)?;
    Ok(())
}

/// A home that whoever works at a vacancy can have: one that comes with it, or one that is offered in its town.
async fn home_of(view: &View, vacancy: &Vacancy, id: Uuid) -> Result<Home> {
    if let Some(home) = vacancies::rules::home(vacancy, id) {
        return Ok(home.clone());
    }
    let town = vacancy.town();
    let offer = homes::store::find(view, HomeOfferId(id)).await?.filter(|offer| offer.town().is(&town));
    let offer = offer.ok_or_else(|| Error::invalid("home_id", Why::Unknown("a home of this vacancy or of its town")))?;
    homes::rules::is_open(&offer)?;
    let is_hosted = match offer.host {
        Some(host) => employers::rules::may_host(&employers::store::get_any(view, host).await?).is_ok(),
        None => true,
    };
    // As if it were closed: that its host is suspended would be taken for the vacancy's employer.
    if is_hosted { Ok(offer.home) } else { Err(homes::rules::Refusal::HomeOfferClosed.into()) }
}

/// Writes down the holds of a vacancy that have run out. They count for nothing either way.
async fn write_down_lapsed(tx: &mut Tx, vacancy: VacancyId) -> Result<()> {
    for lapsed in store::lapsed_unwritten(tx, vacancy).await? {
        let lapsed = store::save(tx, &Match { state: MatchState::Lapsed, ..lapsed }).await?;
        reservations::store::release(tx, lapsed.id.0).await?;
        tx.record(event(&lapsed, |r#match, vacancy, employer, relocant| Event::MatchLapsed { r#match, vacancy, employer, relocant }));
    }
    Ok(())
}

/// The one way to a match: whoever is eligible for what is open, with what is needed held until both sides have answered.
pub(super) async fn propose(tx: &mut Tx, id: MatchId, proposal: Proposal, terms: Terms, together: Option<Uuid>) -> Result<Match> {
    let vacancy = fillable(tx, proposal.vacancy).await?;
    may_host(tx, vacancy.employer).await?;
    vacancies::rules::is_open(&vacancy, tx.today)?;
    // A matcher finds people by what they can do, wherever they were registered.
    let person = relocants::rules::still_here(relocants::store::get_unreached(tx, proposal.relocant).await?)?;
    let measure = measure(tx, Some(terms.arrive_by));
    let home = match proposal.home {
        Some(id) => Some(home_of(tx, &vacancy, id).await?),
        None => None,
    };
    let found = assessed(tx, &vacancy, &[], &[person.id], &measure).await?.remove(&person.id);
    let (_, assessment) = found.ok_or(Error::NotFound { resource: "relocant" })?;
    if !assessment.is_eligible() {
        let missing: Vec<&str> = assessment.missing.iter().map(|missing| (*missing).into()).collect();
        return Err(Refusal::CandidateNotEligible { missing: missing.join(" ") }.into());
    }
    let assessment = assessment.with_home(home.as_ref().map(|home| home.rent_minor), &measure.weights);
    write_down_lapsed(tx, vacancy.id).await?;
    if store::between(tx, vacancy.id, proposal.relocant).await?.iter().any(|other| rules::is_open(other, tx.now)) {
        return Err(Refusal::MatchExists.into());
    }
    let lapses_at = tx.now + Duration::days(terms.hold_days.into());
    let found = Match {
        id,
        vacancy: vacancy.id,
        employer: vacancy.employer,
        relocant: proposal.relocant,
        home: proposal.home,
        region: vacancy.region,
        state: MatchState::Proposed,
        relocant_answer: Answer::Pending,
        employer_answer: Answer::Pending,
        end_reason: None,
        together,
        reasons: assessment.reasons.iter().map(|(reason, points)| (<&str>::from(*reason).to_owned(), *points)).collect(),
        lapses_at,
        arrive_by: terms.arrive_by,
        arrived_on: None,
        version: 1,
        created_at: tx.now,
        updated_at: tx.now,
    };
    hold(tx, &vacancy, home.as_ref(), found.id, lapses_at, terms.arrive_by).await?;
    store::insert(tx, &found).await?;
    tx.record(event(&found, |r#match, vacancy, employer, relocant| Event::MatchProposed { r#match, vacancy, employer, relocant }));
    Ok(found)
}

/// Proposes a family: all of them or nobody.
pub(super) async fn propose_family(tx: &mut Tx, proposals: &[Proposal], terms: Terms) -> Result<Vec<Match>> {
    let together = Some(tx.reserved());
    let mut proposed = Vec::with_capacity(proposals.len());
    for (at, proposal) in proposals.iter().enumerate() {
        let found = propose(tx, MatchId::new(), *proposal, terms, together).await;
        proposed.push(found.map_err(|failed| failed.within(&format!("proposals[{at}].")))?);
    }
    Ok(proposed)
}

/// Proposes a person for a vacancy and holds an opening and a home.
#[derive(Debug)]
pub struct ProposeMatch {
    /// Who for what.
    pub proposal: Proposal,
    /// For how long.
    pub terms: Terms,
}

impl Operation for ProposeMatch {
    const NAME: &'static str = "ProposeMatch";
    const NEEDS: Permission = Permission::ProposeMatch;
    type Output = Seen;

    async fn run(&self, tx: &mut Tx) -> Result<Seen> {
        none_at_fault(self.terms.faults(tx.today))?;
        let found = propose(tx, MatchId(tx.reserved()), self.proposal, self.terms, None).await?;
        seen(tx, found).await
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Seen> {
        let found = store::get(tx, MatchId(tx.reserved())).await?;
        seen(tx, found).await
    }
}

/// Proposes several people of one household, each for a vacancy, and holds everything that they need, or nothing. Their matches stand or fall together.
#[derive(Debug)]
pub struct ProposeFamily {
    /// Who for what.
    pub proposals: Vec<Proposal>,
    /// For how long.
    pub terms: Terms,
}

impl ProposeFamily {
    fn faults(&self) -> Vec<Violation> {
        let mut found = Vec::new();
        if !(1..=MOST_TOGETHER).contains(&self.proposals.len()) {
            found.push(Violation { field: "proposals".to_owned(), why: Why::Range("1 to 20") });
        }
        let mut people = BTreeSet::new();
        for (at, proposal) in self.proposals.iter().enumerate() {
            if !people.insert(proposal.relocant) {
                let why = Why::Contradicts("comes twice");
                found.push(Violation { field: format!("proposals[{at}].relocant_id"), why });
            }
        }
        found
    }
}

impl Operation for ProposeFamily {
    const NAME: &'static str = "ProposeFamily";
    const NEEDS: Permission = Permission::ProposeFamily;
    type Output = Vec<Seen>;

    async fn run(&self, tx: &mut Tx) -> Result<Vec<Seen>> {
        none_at_fault([self.faults(), self.terms.faults(tx.today)].concat())?;
        let people: Vec<RelocantId> = self.proposals.iter().map(|proposal| proposal.relocant).collect();
        if !households::store::live_together(tx, &people).await? {
            return Err(Refusal::NotOneHousehold.into());
        }
        let proposed = propose_family(tx, &self.proposals, self.terms).await?;
        all_seen(tx, proposed).await
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Vec<Seen>> {
        all_seen(tx, store::of_family(tx, tx.reserved()).await?).await
    }
}
