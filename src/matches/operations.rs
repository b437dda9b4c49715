//! What calls about matches do, in which order, and who may.

use std::collections::HashMap;

use chrono::NaiveDate;

pub use super::store::Filter;
use super::{
    EndReason, Match, Side,
    disclosure::{Sight, Viewer, sight},
    rules::{self, Step},
    store,
};
use crate::{
    auth::{Permission, Reach, Role},
    employers,
    error::{Error, Result, Why, same_version},
    events::Event,
    gate::{Operation, Query, Tx, View},
    homes::{self, Home},
    ids::{EmployerId, MatchId, RelocantId, VacancyId},
    page::Page,
    permits,
    relocants::{self, Card},
    reservations,
    time::{Instant, end_of_day},
    vacancies::{self, Vacancy},
};

/// A match as one caller may see it.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The match, in the state in which it is now.
    pub found: Match,
    /// What the caller sees of the person.
    pub sight: Sight,
}

pub(super) async fn all_seen(view: &View, found: Vec<Match>) -> Result<Vec<Seen>> {
    let viewer = viewer(view).await?;
    let people = relocants::store::all_unreached(view, found.iter().map(|found| found.relocant).collect()).await?;
    let cards: HashMap<RelocantId, Card> = people.into_iter().map(|person| (person.id, person.card)).collect();
    let one = |found: Match| {
        let card = cards.get(&found.relocant).cloned().ok_or(Error::NotFound { resource: "relocant" })?;
        let found = Match { state: rules::state_on(&found, view.now), ..found };
        Ok(Seen { sight: sight(viewer, &found, card), found })
    };
    found.into_iter().map(one).collect()
}

pub(super) async fn seen(view: &View, found: Match) -> Result<Seen> {
    all_seen(view, vec![found]).await?.pop().ok_or_else(|| Error::internal("a match was not seen"))
}

/// As what somebody looks at matches: whoever is outside the registry as an employer does, whichever organisation it is.
async fn viewer(view: &View) -> Result<Viewer> {
    let outside = matches!(view.caller.role, Role::Employer | Role::Integration);
    match view.caller.organisation() {
        Some(own) if employers::rules::may_go_on(&employers::store::get_any(view, own).await?).is_err() => Ok(Viewer::Removed),
        Some(_) => Ok(Viewer::Employer),
        None if outside => Ok(Viewer::Employer),
        None => Ok(Viewer::Registry),
    }
}

/// A vacancy that a matcher may fill: those of the region.
pub(super) async fn fillable(view: &View, id: VacancyId) -> Result<Vacancy> {
    let vacancy = vacancies::store::get(view, id).await?;
    match &view.caller.reach {
        Reach::Region(region) if *region != vacancy.region => Err(Error::NotFound { resource: "vacancy" }),
        Reach::Everywhere | Reach::Region(_) | Reach::Organisation(_) | Reach::Center(_) | Reach::Own(_) | Reach::Nothing => Ok(vacancy),
    }
}

/// Kinds of homes that a ranking looks at, at most: those that come with the vacancy first.
const MOST_KINDS: usize = 100;

/// The kinds of homes that whoever works at a vacancy can have: those that come with it, and those that are offered in its town. What another kind can stand for is left
/// out, as a town may have hundreds that are alike.
pub(super) async fn homes_of(view: &View, vacancy: &Vacancy) -> Result<Vec<Home>> {
    let town = vacancy.town();
    let offered = homes::store::open_in(view, &[vacancy.region]).await?;
    let there = offered.into_iter().filter(|offer| offer.town().is(&town)).map(|offer| offer.home);
    let mut kinds: Vec<Home> = Vec::new();
    for home in vacancy.homes.iter().cloned().chain(there).filter(|home| homes::rules::offered(home) > 0) {
        if !kinds.iter().any(|other| homes::rules::stands_for(other, &home, view.today)) {
            kinds.retain(|other| !homes::rules::stands_for(&home, other, view.today));
            kinds.push(home);
        }
    }
    kinds.truncate(MOST_KINDS);
    Ok(kinds)
}

pub(super) type NewEvent = fn(MatchId, VacancyId, EmployerId, RelocantId) -> Event;

pub(super) fn event(found: &Match, new: NewEvent) -> Event {
    new(found.id, found.vacancy, found.employer, found.relocant)
}

/// Whether an employer may be offered people, meet them and be met.
pub(super) async fn may_host(view: &View, employer: EmployerId) -> Result<()> {
    Ok(employers::rules::may_host(&employers::store::get_any(view, employer).await?)?)
}

/// Which match, and what the caller has seen of it.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// The match.
    pub id: MatchId,
    /// The version seen; 0: any.
    pub expected_version: i64,
}

async fn load(tx: &Tx, target: Target) -> Result<Match> {
    let found = store::get(tx, target.id).await?;
    same_version("match", target.expected_version, found.version)?;
    Ok(found)
}

async fn replayed(tx: &Tx, target: Target) -> Result<Seen> {
    seen(tx, store::get(tx, target.id).await?).await
}

/// A person and an employer answer for themselves, a clerk for the person at the counter.
fn may_answer(role: Role, side: Side) -> Result<()> {
    let own = match role {
        Role::Person | Role::Registrar => side == Side::Relocant,
        Role::Employer => side == Side::Employer,
        Role::PermitOfficer | Role::Matcher | Role::Auditor | Role::Ops | Role::Integration | Role::Kiosk => false,
    };
    if own { Ok(()) } else { Err(Error::invalid("side", Why::Contradicts("is not the side that the caller can answer for"))) }
}

/// A reason belongs to its step.
fn said_for(step: Step, reason: Option<EndReason>) -> Result<()> {
    if reason.is_none_or(|reason| rules::is_reason_for(step, reason)) {
        Ok(())
    } else {
        Err(Error::invalid("reason", Why::Contradicts("is not a reason for this step of this side")))
    }
}

/// Saves a match that is over, and gives back what it holds.
async fn over(tx: &mut Tx, found: Match, new: NewEvent) -> Result<Match> {
    let found = store::save(tx, &found).await?;
    reservations::store::release(tx, found.id.0).await?;
    tx.record(event(&found, new));
    Ok(found)
}

pub(super) async fn withdrawn(tx: &mut Tx, found: Match) -> Result<Match> {
    over(tx, found, |r#match, vacancy, employer, relocant| Event::MatchWithdrawn { r#match, vacancy, employer, relocant }).await
}

/// The matches that are accepted with this one, when all sides have said yes. While an employer of one of them may not host, none is; and nobody is told which.
async fn agreed(view: &View, found: &Match, until: Instant) -> Result<Option<Vec<Match>>> {
    let Some(agreed) = rules::agree(store::together(view, found).await?, until, view.now) else { return Ok(None) };
    for other in agreed.iter().filter(|other| other.employer != found.employer) {
        if employers::rules::may_host(&employers::store::get_any(view, other.employer).await?).is_err() {
            return Ok(None);
        }
    }
    Ok(Some(agreed))
}

/// A family comes together or not at all: whatever waits falls with the match that is over.
pub(super) async fn fallen(tx: &mut Tx, found: &Match) -> Result<()> {
    for fallen in rules::fall(store::together(tx, found).await?, tx.now) {
        withdrawn(tx, fallen).await?;
    }
    Ok(())
}

/// One side says yes.
#[derive(Debug)]
pub struct AcceptMatch {
    /// Which match.
    pub target: Target,
    /// Whose answer it is.
    pub side: Side,
}

impl Operation for AcceptMatch {
    const NAME: &'static str = "AcceptMatch";
    const NEEDS: Permission = Permission::AcceptMatch;
    type Output = Seen;

    async fn run(&self, tx: &mut Tx) -> Result<Seen> {
        may_answer(tx.caller.role, self.side)?;
        let found = load(tx, self.target).await?;
        // Either side: a yes of both binds them.
        may_host(tx, found.employer).await?;
        let found = store::save(tx, &rules::accept(found, self.side, tx.now)?).await?;
        let until = end_of_day(found.arrive_by);
        match agreed(tx, &found, until).await? {
            None if found.together.is_some() => {
                tx.record(Event::MatchFamilyAnswered { r#match: found.id, vacancy: found.vacancy, relocant: found.relocant });
            }
            None => {
                let answered = |r#match, vacancy, employer, relocant| Event::MatchAnswered { r#match, vacancy, employer, relocant };
                tx.record(event(&found, answered));
            }
            Some(agreed) => {
                for found in agreed {
                    let found = store::save(tx, &found).await?;
                    reservations::store::extend(tx, found.id.0, until).await?;
                    let accepted = |r#match, vacancy, employer, relocant| Event::MatchAccepted { r#match, vacancy, employer, relocant };
                    tx.record(event(&found, accepted));
                }
            }
        }
        replayed(tx, self.target).await
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Seen> {
        replayed(tx, self.target).await
    }
}

/// One side says no.
#[derive(Debug)]
pub struct DeclineMatch {
    /// Which match.
    pub target: Target,
    /// Whose answer it is.
    pub side: Side,
    /// Why, if it is said.
    pub reason: Option<EndReason>,
}

impl Operation for DeclineMatch {
    const NAME: &'static str = "DeclineMatch";
    const NEEDS: Permission = Permission::DeclineMatch;
    type Output = Seen;

    async fn run(&self, tx: &mut Tx) -> Result<Seen> {
        may_answer(tx.caller.role, self.side)?;
        said_for(Step::Decline(self.side), self.reason)?;
        let found = rules::decline(load(tx, self.target).await?, self.side, self.reason, tx.now)?;
        let found = match self.side {
            Side::Employer => {
                let declined = |r#match, vacancy, employer, relocant| Event::MatchDeclined { r#match, vacancy, employer, relocant };
                over(tx, found, declined).await?
            }
            Side::Relocant => {
                tx.record(Event::MatchRefused { r#match: found.id, vacancy: found.vacancy, relocant: found.relocant });
                withdrawn(tx, found).await?
            }
        };
        fallen(tx, &found).await?;
        seen(tx, found).await
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Seen> {
        replayed(tx, self.target).await
    }
}

/// Takes a match back.
#[derive(Debug)]
pub struct WithdrawMatch {
    /// Which match.
    pub target: Target,
    /// Why, if it is said.
    pub reason: Option<EndReason>,
}

impl Operation for WithdrawMatch {
    const NAME: &'static str = "WithdrawMatch";
    const NEEDS: Permission = Permission::WithdrawMatch;
    type Output = Seen;

    async fn run(&self, tx: &mut Tx) -> Result<Seen> {
        said_for(Step::Withdraw, self.reason)?;
        let found = withdrawn(tx, rules::withdraw(load(tx, self.target).await?, self.reason, tx.now)?).await?;
        fallen(tx, &found).await?;
        seen(tx, found).await
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Seen> {
        replayed(tx, self.target).await
    }
}

/// The person has arrived: what was held is taken.
#[derive(Debug)]
pub struct ConfirmArrival {
    /// Which match.
    pub target: Target,
    /// The day of arrival.
    pub on: NaiveDate,
}

impl Operation for ConfirmArrival {
    const NAME: &'static str = "ConfirmArrival";
    const NEEDS: Permission = Permission::ConfirmArrival;
    type Output = Seen;

    async fn run(&self, tx: &mut Tx) -> Result<Seen> {
        let found = load(tx, self.target).await?;
        // What was agreed with an employer that is suspended since has happened all the same.
        employers::rules::may_go_on(&employers::store::get_any(tx, found.employer).await?)?;
        let found = rules::confirm_arrival(found, self.on, tx.today, tx.now)?;
        let found = store::save(tx, &found).await?;
        reservations::store::take(tx, found.id.0).await?;
        tx.record(event(&found, |r#match, vacancy, employer, relocant| Event::MatchArrived { r#match, vacancy, employer, relocant }));
        seen(tx, found).await
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Seen> {
        replayed(tx, self.target).await
    }
}

/// Ends a match that has arrived: the opening and the home are free again, and the permits that stood on the work are at risk.
#[derive(Debug)]
pub struct EndMatch {
    /// Which match.
    pub target: Target,
    /// Why.
    pub reason: EndReason,
}

impl Operation for EndMatch {
    const NAME: &'static str = "EndMatch";
    const NEEDS: Permission = Permission::EndMatch;
    type Output = Seen;

    async fn run(&self, tx: &mut Tx) -> Result<Seen> {
        said_for(Step::End, Some(self.reason))?;
        let found = rules::end(load(tx, self.target).await?, self.reason, tx.now)?;
        let found =
            over(tx, found, |r#match, vacancy, employer, relocant| Event::MatchEnded { r#match, vacancy, employer, relocant }).await?;
        if rules::ends_contract(self.reason) {
            permits::risk_operations::employment_ended(tx, found.relocant, found.employer).await?;
        }
        seen(tx, found).await
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Seen> {
        replayed(tx, self.target).await
    }
}

/// Answers one match.
#[derive(Debug)]
pub struct GetMatch {
    /// The match.
    pub id: MatchId,
}

impl Query for GetMatch {
    const NAME: &'static str = "GetMatch";
    const NEEDS: Permission = Permission::GetMatch;
    type Output = Seen;

    async fn run(&self, view: &View) -> Result<Seen> {
        seen(view, store::get(view, self.id).await?).await
    }
}

/// Lists matches in reach.
#[derive(Debug)]
pub struct ListMatches {
    /// Which page.
    pub page: Page,
    /// What narrows the list. An employer cannot narrow by person: the answer would tell who somebody is.
    pub filter: Filter,
}

impl Query for ListMatches {
    const NAME: &'static str = "ListMatches";
    const NEEDS: Permission = Permission::ListMatches;
    type Output = Vec<Seen>;

    async fn run(&self, view: &View) -> Result<Vec<Seen>> {
        if self.filter.relocant.is_some() && view.caller.organisation().is_some() {
            return Err(Error::invalid("relocant_id", Why::Contradicts("cannot narrow an employer's list")));
        }
        all_seen(view, store::list(view, self.page, &self.filter).await?).await
    }
}
