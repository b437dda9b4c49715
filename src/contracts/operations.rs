//! What calls about contracts do, in which order, and who may.

use std::collections::HashMap;

use chrono::NaiveDate;

pub use super::store::Filter;
use super::{Contract, ContractKind, WorkPermit, Worker, rules, store};
use crate::{
    auth::{Caller, Permission, Reach, Role},
    classifiers::{Occupation, Region},
    consents::{self, ConsentPurpose},
    employers,
    error::{Error, Result, Violation, Why, none_at_fault, same_version},
    events::Event,
    gate::{Operation, Purpose, Query, Tx, View},
    ids::{ContractId, EmployerId, PermitId, RelocantId},
    matches::EndReason,
    page::Page,
    permits::{self, Basis},
    relocants::{self, Relocant},
    short_code::ShortCode,
};

/// A contract as one caller may see it.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The contract, ended if it has run out.
    pub contract: Contract,
    /// Of the person what an employer may see with a consent; nothing for others, who have calls of their own for it.
    pub worker: Option<Worker>,
    /// Whether the caller may know which record it is about.
    pub shows_person: bool,
}

async fn seen(view: &View, contracts: Vec<Contract>) -> Result<Vec<Seen>> {
    let workers = workers(view, &contracts).await?;
    let shows_person = view.caller.organisation().is_none();
    let one = |contract: Contract| {
        let goes_on = rules::ended_on(&contract, view.today).is_none();
        let worker = workers.get(&contract.relocant).filter(|_| goes_on).map(|(person, permits)| Worker {
            code: person.code,
            citizenship: person.citizenship,
            permit: rules::permit_of(&contract, permits).map(|permit| WorkPermit {
                kind: permit.kind,
                state: permits::terms::state_on(permit, view.today),
                valid_until: permit.valid_until,
            }),
        });
        let contract = rules::run_out(contract.clone(), view.today).unwrap_or(contract);
        Seen { contract, worker, shows_person }
    };
    Ok(contracts.into_iter().map(one).collect())
}

async fn one_seen(view: &View, contract: Contract) -> Result<Seen> {
    seen(view, vec![contract]).await?.pop().ok_or_else(|| Error::internal("a contract was not seen"))
}

/// A contract after a change. Of the person nothing is told: whoever may see that asks for it, and that is noted.
fn changed(view: &View, contract: Contract) -> Seen {
    Seen {
        contract: rules::run_out(contract.clone(), view.today).unwrap_or(contract),
        worker: None,
        shows_person: view.caller.organisation().is_none(),
    }
}

/// The people of an employer's contracts that go on who are here and consent to be shown to it today, in words that name what is shown, with their permits. That they
/// were is noted for each.
async fn workers(view: &View, contracts: &[Contract]) -> Result<HashMap<RelocantId, (Relocant, Vec<permits::Permit>)>> {
    let mut workers = HashMap::new();
    let Some(own) = view.caller.organisation().filter(|_| !contracts.is_empty()) else { return Ok(workers) };
    if employers::rules::may_go_on(&employers::store::get(view, own).await?).is_err() {
        return Ok(workers);
    }
    let going_on = contracts.iter().filter(|contract| rules::ended_on(contract, view.today).is_none());
    let mut consents = consents::store::of_people(view, going_on.map(|contract| contract.relocant).collect(), own).await?;
    consents.retain(|_, given| consents::rules::holds_in_words(given, ConsentPurpose::Contract, view.today));
    let mut permits: HashMap<RelocantId, Vec<permits::Permit>> = HashMap::new();
    for permit in permits::store::of_people(view, consents.keys().copied().collect()).await? {
        permits.entry(permit.relocant).or_default().push(permit);
    }
    for id in consents.into_keys() {
        let Ok(person) = relocants::rules::still_here(relocants::store::get_unreached(view, id).await?) else { continue };
        view.told_of(id);
        workers.insert(id, (person, permits.remove(&id).unwrap_or_default()));
    }
    Ok(workers)
}

/// A matcher's contracts are those of the region.
fn region(caller: &Caller, region: Region) -> Option<Violation> {
    let outside = matches!(&caller.reach, Reach::Region(own) if *own != region);
    outside.then(|| Violation { field: "region_code".to_owned(), why: Why::Contradicts("is not the caller's region") })
}

/// Records a contract.
#[derive(Debug)]
pub struct RecordContract {
    /// The employer.
    pub employer: EmployerId,
    /// The person, as staff names one.
    pub relocant: Option<RelocantId>,
    /// The person, as an employer names one; from staff a check of the other.
    pub code: Option<ShortCode>,
    /// Of which law it is.
    pub kind: ContractKind,
    /// What is done.
    pub occupation: Occupation,
    /// Where.
    pub region: Region,
    /// The first day.
    pub starts_on: NaiveDate,
    /// The last day that was agreed.
    pub ends_on: Option<NaiveDate>,
    /// The person's permit for it.
    pub permit: Option<PermitId>,
}

impl RecordContract {
    fn faults(&self, caller: &Caller, today: NaiveDate) -> Vec<Violation> {
        let mut found = rules::days(self.starts_on, self.ends_on, today);
        found.extend(region(caller, self.region));
        let mut fault = |field: &str, why: Why| found.push(Violation { field: field.to_owned(), why });
        if caller.organisation().is_some() {
            if self.code.is_none() {
                fault("code", Why::Required);
            }
            if self.relocant.is_some() {
                fault("relocant_id", Why::Contradicts("is not for employers, who name a person by the short code"));
            }
        } else if self.relocant.is_none() {
            fault("relocant_id", Why::Required);
        }
        found
    }

    /// Whose contract it is. To an employer nobody is there who has not consented, or has left.
    async fn person(&self, tx: &Tx) -> Result<Relocant> {
        let missing = || Error::internal("a person was not named");
        if tx.caller.organisation().is_none() {
            let id = self.relocant.ok_or_else(missing)?;
            // A matcher finds people by what they can do, wherever they were registered.
            let found = if tx.caller.role == Role::Matcher {
                relocants::store::get_unreached(tx, id).await?
            } else {
                relocants::store::get(tx, id).await?
            };
            let person = relocants::rules::still_here(found)?;
            if self.code.is_some_and(|code| code != person.code) {
                return Err(Error::invalid("code", Why::Contradicts("is another person's")));
            }
            return Ok(person);
        }
        let found = relocants::store::find_by_code(tx, self.code.ok_or_else(missing)?).await?;
        let person = relocants::finding::standing(tx, found).await?;
        let consents = consents::store::of(tx, person.id, self.employer).await?;
        let holds = consents::rules::holds(&consents, ConsentPurpose::Contract, tx.today);
        let hidden = || Error::NotFound { resource: "relocant" };
        relocants::rules::still_here(person).ok().filter(|_| holds).ok_or_else(hidden)
    }

    /// A permit that is none of this person for work with this employer is not there, whoever's it is.
    async fn is_for_this_work(&self, tx: &Tx, person: RelocantId) -> Result<()> {
        let Some(id) = self.permit else { return Ok(()) };
        let permit = permits::store::get_unreached(tx, id).await?;
        let fits = permit.relocant == person && permit.employer == self.employer && permit.basis == Basis::Contract;
        if fits { Ok(()) } else { Err(Error::NotFound { resource: "permit" }) }
    }
}

impl Operation for RecordContract {
    const NAME: &'static str = "RecordContract";
    const NEEDS: Permission = Permission::RecordContract;
    type Output = Seen;

    async fn run(&self, tx: &mut Tx) -> Result<Seen> {
        none_at_fault(self.faults(&tx.caller, tx.today))?;
        employers::rules::may_host(&employers::store::get(tx, self.employer).await?)?;
        let person = self.person(tx).await?;
        self.is_for_this_work(tx, person.id).await?;
        let contract = Contract {
            id: ContractId(tx.reserved()),
            employer: self.employer,
            relocant: person.id,
            kind: self.kind,
            occupation: self.occupation,
            region: self.region,
            starts_on: self.starts_on,
            ends_on: self.ends_on,
            ended_on: None,
            end_reason: None,
            permit: self.permit,
            version: 1,
            created_at: tx.now,
            updated_at: tx.now,
        };
        rules::no_other(&contract, &store::between(tx, person.id, self.employer).await?)?;
        store::insert(tx, &contract).await?;
        tx.record(event(&contract, |contract, relocant, employer| Event::ContractRecorded { contract, relocant, employer }));
        Ok(changed(tx, contract))
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Seen> {
        let contract = store::get(tx, ContractId(tx.reserved())).await?;
        Ok(changed(tx, contract))
    }
}

type NewEvent = fn(ContractId, RelocantId, EmployerId) -> Event;

pub(super) fn event(contract: &Contract, new: NewEvent) -> Event {
    new(contract.id, contract.relocant, contract.employer)
}

/// Which contract, and what the caller has seen of it.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// The contract.
    pub id: ContractId,
    /// The version seen; 0: any.
    pub expected_version: i64,
}

/// A contract that goes on.
async fn load(tx: &Tx, target: Target) -> Result<Contract> {
    let contract = store::get(tx, target.id).await?;
    same_version("contract", target.expected_version, contract.version)?;
    Ok(rules::goes_on(contract, tx.today)?)
}

async fn replayed(tx: &Tx, target: Target) -> Result<Seen> {
    Ok(changed(tx, store::get(tx, target.id).await?))
}

/// Replaces the last day or the region, as given.
#[derive(Debug)]
pub struct AmendContract {
    /// Which contract.
    pub target: Target,
    /// A new last day.
    pub ends_on: Option<NaiveDate>,
    /// Takes the last day away.
    pub unlimited: bool,
    /// A new region.
    pub region: Option<Region>,
}

impl Operation for AmendContract {
    const NAME: &'static str = "AmendContract";
    const NEEDS: Permission = Permission::AmendContract;
    type Output = Seen;

    async fn run(&self, tx: &mut Tx) -> Result<Seen> {
        let contract = load(tx, self.target).await?;
        employers::rules::may_go_on(&employers::store::get_any(tx, contract.employer).await?)?;
        let mut found: Vec<Violation> = rules::new_last_day(&contract, self.ends_on, tx.today).into_iter().collect();
        found.extend(self.region.and_then(|new| region(&tx.caller, new)));
        none_at_fault(found)?;
        let ends_on = if self.unlimited { None } else { self.ends_on.or(contract.ends_on) };
        let contract = Contract { ends_on, region: self.region.unwrap_or(contract.region), ..contract };
        rules::no_other(&contract, &store::between(tx, contract.relocant, contract.employer).await?)?;
        let contract = store::save(tx, &contract).await?;
        tx.record(event(&contract, |contract, relocant, employer| Event::ContractAmended { contract, relocant, employer }));
        Ok(changed(tx, contract))
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Seen> {
        replayed(tx, self.target).await
    }
}

/// Ends a contract before its last day: the permits that stand on the work are at risk, unless another contract with the employer goes on from there. A match that has
/// arrived is not ended by it: the person may keep the home, and whoever knows ends the match.
#[derive(Debug)]
pub struct EndContract {
    /// Which contract.
    pub target: Target,
    /// Its last day.
    pub on: NaiveDate,
    /// Why.
    pub reason: EndReason,
}

impl Operation for EndContract {
    const NAME: &'static str = "EndContract";
    const NEEDS: Permission = Permission::EndContract;
    type Output = Seen;

    async fn run(&self, tx: &mut Tx) -> Result<Seen> {
        let contract = load(tx, self.target).await?;
        none_at_fault(rules::end_day(&contract, self.on, tx.today))?;
        let contract = written_down(tx, rules::end(contract, self.on, self.reason)).await?;
        Ok(changed(tx, contract))
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Seen> {
        replayed(tx, self.target).await
    }
}

/// Writes that a contract has ended, with all that follows from it.
pub(super) async fn written_down(tx: &mut Tx, ended: Contract) -> Result<Contract> {
    let contract = store::save(tx, &ended).await?;
    tx.record(event(&contract, |contract, relocant, employer| Event::ContractEnded { contract, relocant, employer }));
    let on = contract.ended_on.ok_or_else(|| Error::internal("a contract has ended on no day"))?;
    let others = store::between(tx, contract.relocant, contract.employer).await?;
    if !rules::work_goes_on(on, contract.id, &others) {
        permits::risk_operations::employment_ended_on(tx, contract.relocant, contract.employer, on).await?;
    }
    Ok(contract)
}

/// Answers one contract.
#[derive(Debug)]
pub struct GetContract {
    /// The contract.
    pub id: ContractId,
}

impl Query for GetContract {
    const NAME: &'static str = "GetContract";
    const NEEDS: Permission = Permission::GetContract;
    type Output = Seen;

    fn purpose(&self) -> Option<Purpose> {
        Some(Purpose::Disclosure)
    }

    async fn run(&self, view: &View) -> Result<Seen> {
        one_seen(view, store::get(view, self.id).await?).await
    }
}

/// Lists contracts in reach.
#[derive(Debug)]
pub struct ListContracts {
    /// Which page.
    pub page: Page,
    /// What narrows the list. An employer cannot narrow by person: the answer would tell who somebody is.
    pub filter: Filter,
}

impl Query for ListContracts {
    const NAME: &'static str = "ListContracts";
    const NEEDS: Permission = Permission::ListContracts;
    type Output = Vec<Seen>;

    fn purpose(&self) -> Option<Purpose> {
        Some(Purpose::Disclosure)
    }

    async fn run(&self, view: &View) -> Result<Vec<Seen>> {
        if self.filter.relocant.is_some() && view.caller.organisation().is_some() {
            return Err(Error::invalid("relocant_id", Why::Contradicts("cannot narrow an employer's list")));
        }
        seen(view, store::list(view, self.page, &self.filter).await?).await
    }
}
