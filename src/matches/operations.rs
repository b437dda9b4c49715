//! What calls about matches do, in which order, and who may.

use chrono::{Duration, NaiveDate};
use uuid::Uuid;

pub use super::store::Filter;
use super::{
    Answer, Assessment, EndReason, Match, MatchState, Side, assess,
    rules::{self, Refusal},
    store,
};
use crate::{
    auth::{Permission, Reach, Role},
    consents::{self, ConsentField, ConsentPurpose},
    error::{Error, Result, Violations, Why, same_version},
    events::Event,
    gate::{Operation, Query, Tx, View},
    ids::{MatchId, RelocantId, VacancyId},
    page::Page,
    permits,
    relocants::{self, Card, Identity},
    reservations::{self, Resource, store::Part},
    seal::TagField,
    time::end_of_day,
    vacancies::{self, Vacancy},
};

/// People that one ranking looks through at most.
const MOST_CANDIDATES: u64 = 10_000;

/// A match as one caller may see it.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The match, in the state in which it is now.
    pub found: Match,
    /// What the person can do.
    pub card: Card,
    /// Whether the caller may know which record it is about.
    pub shows_person: bool,
}

async fn seen(view: &View, found: Match) -> Result<Seen> {
    let card = relocants::store::get_unreached(view, found.relocant).await?.card;
    let state = rules::state_on(&found, view.now);
    let shows_person = view.caller.organisation().is_none();
    Ok(Seen { found: Match { state, ..found }, card, shows_person })
}

/// A vacancy that a matcher may fill: those of the region.
async fn fillable(view: &View, id: VacancyId) -> Result<Vacancy> {
    let vacancy = vacancies::store::get(view, id).await?;
    match &view.caller.reach {
        Reach::Region(region) if *region != vacancy.region => Err(Error::NotFound { resource: "vacancy" }),
        Reach::Everywhere | Reach::Region(_) | Reach::Organisation(_) | Reach::Center(_) | Reach::Own(_) | Reach::Nothing => Ok(vacancy),
    }
}

fn start_on(card: &Card, today: NaiveDate) -> NaiveDate {
    card.earliest_start_on.map_or(today, |day| day.max(today))
}

/// Ranks people who look for a vacancy's occupation.
#[derive(Debug)]
pub struct RankCandidates {
    /// The vacancy.
    pub vacancy: VacancyId,
    /// How many at most.
    pub limit: usize,
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

impl Query for RankCandidates {
    const NAME: &'static str = "RankCandidates";
    const NEEDS: Permission = Permission::RankCandidates;
    type Output = Vec<Candidate>;

    async fn run(&self, view: &View) -> Result<Vec<Candidate>> {
        let vacancy = fillable(view, self.vacancy).await?;
        let people = relocants::store::looking_for(view, &[vacancy.occupation], None, MOST_CANDIDATES).await?;
        let mut ranked: Vec<([u8; 32], Candidate)> = people
            .into_iter()
            .map(|(relocant, card)| {
                let assessment = assess(&vacancy, &card, start_on(&card, view.today));
                let tie = [vacancy.id.0.as_bytes().as_slice(), relocant.0.as_bytes()].concat();
                (view.vault().tag(TagField::TieBreak, &tie), Candidate { relocant, card, assessment })
            })
            .collect();
        ranked.sort_by_key(|(tie, candidate)| (!candidate.assessment.is_eligible(), -candidate.assessment.score(), *tie));
        Ok(ranked.into_iter().take(self.limit).map(|(_, candidate)| candidate).collect())
    }
}

/// Proposes a person for a vacancy and holds an opening and a home.
#[derive(Debug)]
pub struct ProposeMatch {
    /// The vacancy.
    pub vacancy: VacancyId,
    /// The person.
    pub relocant: RelocantId,
    /// The home to hold.
    pub home: Option<Uuid>,
    /// How long the hold lasts.
    pub hold_days: i32,
    /// The last day of arrival.
    pub arrive_by: NaiveDate,
}

impl ProposeMatch {
    async fn hold(&self, tx: &Tx, vacancy: &Vacancy, holder: MatchId, until: crate::time::Instant) -> Result<()> {
        let one = |resource, id, capacity| Part { resource, id, capacity, units: 1 };
        let opening = one(Resource::Opening, vacancy.id.0, vacancy.openings);
        let full = Refusal::VacancyFull { openings: vacancy.openings };
        reservations::store::hold(tx, opening, holder.0, until).await?.map_err(|_| full)?;
        let Some(id) = self.home else { return Ok(()) };
        let home = vacancies::rules::home(vacancy, id).ok_or_else(|| Error::invalid("home_id", Why::Unknown("a home of this vacancy")))?;
        vacancies::rules::may_hold(home, self.arrive_by)?;
        let full = Refusal::HomeFull { homes: home.count };
        reservations::store::hold(tx, one(Resource::Home, id, home.count), holder.0, until).await?.map_err(|_| full)?;
        Ok(())
    }
}

impl Operation for ProposeMatch {
    const NAME: &'static str = "ProposeMatch";
    const NEEDS: Permission = Permission::ProposeMatch;
    type Output = Seen;

    async fn run(&self, tx: &mut Tx) -> Result<Seen> {
        let bad = rules::terms(self.hold_days, self.arrive_by, tx.today);
        if !bad.is_empty() {
            return Err(Error::Invalid(Violations(bad)));
        }
        let vacancy = fillable(tx, self.vacancy).await?;
        vacancies::rules::is_open(&vacancy, tx.today)?;
        // A matcher finds people by what they can do, wherever they were registered.
        let person = relocants::rules::still_here(relocants::store::get_unreached(tx, self.relocant).await?)?;
        let assessment = assess(&vacancy, &person.card, start_on(&person.card, tx.today));
        if !assessment.is_eligible() {
            let missing: Vec<&str> = assessment.missing.iter().map(|missing| (*missing).into()).collect();
            return Err(Refusal::CandidateNotEligible { missing: missing.join(" ") }.into());
        }
        for lapsed in store::lapsed_unwritten(tx, self.vacancy).await? {
            let lapsed = store::save(tx, &Match { state: MatchState::Lapsed, ..lapsed }).await?;
            reservations::store::release(tx, lapsed.id.0).await?;
            tx.record(event(&lapsed, |r#match, vacancy, employer, relocant| Event::MatchLapsed { r#match, vacancy, employer, relocant }));
        }
        if store::between(tx, self.vacancy, self.relocant).await?.iter().any(|other| rules::is_open(other, tx.now)) {
            return Err(Refusal::MatchExists.into());
        }
        let lapses_at = tx.now + Duration::days(self.hold_days.into());
        let found = Match {
            id: MatchId(tx.reserved()),
            vacancy: vacancy.id,
            employer: vacancy.employer,
            relocant: self.relocant,
            home: self.home,
            region: vacancy.region,
            state: MatchState::Proposed,
            relocant_answer: Answer::Pending,
            employer_answer: Answer::Pending,
            end_reason: None,
            reasons: assessment.reasons.iter().map(|(reason, points)| (<&str>::from(*reason).to_owned(), *points)).collect(),
            lapses_at,
            arrive_by: self.arrive_by,
            arrived_on: None,
            version: 1,
            created_at: tx.now,
            updated_at: tx.now,
        };
        self.hold(tx, &vacancy, found.id, lapses_at).await?;
        store::insert(tx, &found).await?;
        tx.record(event(&found, |r#match, vacancy, employer, relocant| Event::MatchProposed { r#match, vacancy, employer, relocant }));
        seen(tx, found).await
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Seen> {
        let found = store::get(tx, MatchId(tx.reserved())).await?;
        seen(tx, found).await
    }
}

type NewEvent = fn(MatchId, VacancyId, crate::ids::EmployerId, RelocantId) -> Event;

fn event(found: &Match, new: NewEvent) -> Event {
    new(found.id, found.vacancy, found.employer, found.relocant)
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
        let until = end_of_day(found.arrive_by);
        let found = store::save(tx, &rules::accept(found, self.side, until, tx.now)?).await?;
        if found.state == MatchState::Accepted {
            reservations::store::extend(tx, found.id.0, until).await?;
            tx.record(event(&found, |r#match, vacancy, employer, relocant| Event::MatchAccepted { r#match, vacancy, employer, relocant }));
        } else {
            tx.record(event(&found, |r#match, vacancy, employer, relocant| Event::MatchAnswered { r#match, vacancy, employer, relocant }));
        }
        seen(tx, found).await
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
}

impl Operation for DeclineMatch {
    const NAME: &'static str = "DeclineMatch";
    const NEEDS: Permission = Permission::DeclineMatch;
    type Output = Seen;

    async fn run(&self, tx: &mut Tx) -> Result<Seen> {
        may_answer(tx.caller.role, self.side)?;
        let found = store::save(tx, &rules::decline(load(tx, self.target).await?, self.side, tx.now)?).await?;
        reservations::store::release(tx, found.id.0).await?;
        tx.record(event(&found, |r#match, vacancy, employer, relocant| Event::MatchDeclined { r#match, vacancy, employer, relocant }));
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
}

impl Operation for WithdrawMatch {
    const NAME: &'static str = "WithdrawMatch";
    const NEEDS: Permission = Permission::WithdrawMatch;
    type Output = Seen;

    async fn run(&self, tx: &mut Tx) -> Result<Seen> {
        let found = store::save(tx, &rules::withdraw(load(tx, self.target).await?, tx.now)?).await?;
        reservations::store::release(tx, found.id.0).await?;
        tx.record(event(&found, |r#match, vacancy, employer, relocant| Event::MatchWithdrawn { r#match, vacancy, employer, relocant }));
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
        let found = rules::confirm_arrival(load(tx, self.target).await?, self.on, tx.today, tx.now)?;
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
        let found = store::save(tx, &rules::end(load(tx, self.target).await?, self.reason, tx.now)?).await?;
        reservations::store::release(tx, found.id.0).await?;
        tx.record(event(&found, |r#match, vacancy, employer, relocant| Event::MatchEnded { r#match, vacancy, employer, relocant }));
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
        let mut all = Vec::new();
        for found in store::list(view, self.page, &self.filter).await? {
            all.push(seen(view, found).await?);
        }
        Ok(all)
    }
}

/// Hands an employer those fields of a match's person that an open consent names. It is a change, because the person can see it and it must never be lost.
#[derive(Debug)]
pub struct DiscloseCandidate {
    /// The match.
    pub id: MatchId,
    /// What for.
    pub purpose: ConsentPurpose,
}

/// What is disclosed.
#[derive(Debug)]
pub struct Disclosure {
    /// The fields that may be shown.
    pub fields: Vec<ConsentField>,
    /// The identity that they are taken from.
    pub identity: Identity,
}

impl DiscloseCandidate {
    /// The consent is read in the transaction of the disclosure, so a withdrawal acts on the next call.
    async fn disclosed(&self, tx: &Tx) -> Result<(Match, Disclosure)> {
        let found = store::get(tx, self.id).await?;
        if !rules::is_open(&found, tx.now) {
            return Err(Refusal::WrongMatchState { state: rules::state_on(&found, tx.now) }.into());
        }
        let consents = consents::store::of(tx, found.relocant, found.employer).await?;
        let fields = consents::rules::disclose(&consents, found.employer, self.purpose, tx.today)?;
        let identity = relocants::store::identity(tx, found.relocant).await?;
        Ok((found, Disclosure { fields, identity }))
    }
}

impl Operation for DiscloseCandidate {
    const NAME: &'static str = "DiscloseCandidate";
    const NEEDS: Permission = Permission::DiscloseCandidate;
    type Output = Disclosure;

    async fn run(&self, tx: &mut Tx) -> Result<Disclosure> {
        let (found, disclosure) = self.disclosed(tx).await?;
        tx.record(Event::CandidateDisclosed { r#match: found.id, relocant: found.relocant, employer: found.employer });
        Ok(disclosure)
    }

    /// Asks for the consent again: a replay must not outlive it.
    async fn replay(&self, tx: &mut Tx) -> Result<Disclosure> {
        self.disclosed(tx).await.map(|(_, disclosure)| disclosure)
    }
}
