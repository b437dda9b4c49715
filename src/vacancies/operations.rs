//! What calls about vacancies do, in which order, and who may.

use chrono::NaiveDate;
use uuid::Uuid;

pub use super::store::Filter;
use super::{Allowances, Pay, Vacancy, VacancyStatus, rules, store};
use crate::{
    auth::{Permission, Reach},
    classifiers::{Cefr, Language, Occupation, Region},
    employers,
    error::{Error, Result, Why, none_at_fault, same_version},
    events::Event,
    gate::{Operation, Query, Tx, View},
    homes::{self, Check, Home, HomeAmendment},
    ids::{EmployerId, VacancyId},
    page::Page,
    reservations::{self, Resource},
    time::Instant,
};

/// A vacancy with what is free of it now.
#[derive(Debug, Clone)]
pub struct Offer {
    /// The vacancy.
    pub vacancy: Vacancy,
    /// Openings neither held nor taken.
    pub openings_free: i32,
    /// For each home, in order, how many are neither held nor taken.
    pub homes_free: Vec<i32>,
}

async fn offers(view: &View, vacancies: Vec<Vacancy>) -> Result<Vec<Offer>> {
    let ids = vacancies.iter().map(|vacancy| vacancy.id.0).collect();
    let homes = vacancies.iter().flat_map(|vacancy| vacancy.homes.iter().map(|home| home.id)).collect();
    let openings_used = reservations::store::used_of(view, Resource::Opening, ids).await?;
    let homes_used = reservations::store::used_of(view, Resource::Home, homes).await?;
    let free = |count: i32, used: Option<&i32>| (count - used.copied().unwrap_or(0)).max(0);
    let offer = |vacancy: Vacancy| Offer {
        openings_free: free(vacancy.openings, openings_used.get(&vacancy.id.0)),
        homes_free: vacancy.homes.iter().map(|home| free(homes::rules::offered(home), homes_used.get(&home.id))).collect(),
        vacancy,
    };
    Ok(vacancies.into_iter().map(offer).collect())
}

pub(super) async fn offer(view: &View, vacancy: Vacancy) -> Result<Offer> {
    offers(view, vec![vacancy]).await?.pop().ok_or_else(|| Error::internal("a vacancy offers nothing"))
}

/// Opens a vacancy.
#[derive(Debug, Clone)]
pub struct OpenVacancy {
    /// Whose.
    pub employer: EmployerId,
    /// What is to be done.
    pub occupation: Occupation,
    /// Where.
    pub region: Region,
    /// In which town or village.
    pub settlement: String,
    /// How many people are sought.
    pub openings: i32,
    /// What is paid.
    pub pay: Pay,
    /// Languages that are needed.
    pub languages: Vec<(Language, Cefr)>,
    /// Whether a recognised licence is needed.
    pub licence_required: bool,
    /// The last day for a match.
    pub closes_on: NaiveDate,
    /// The homes that come with it; their ids are given here.
    pub homes: Vec<Home>,
    /// The employer's own reference.
    pub external_ref: Option<String>,
    /// What is given besides the pay.
    pub allowances: Allowances,
}

impl OpenVacancy {
    /// The vacancy as it would be opened, or every field at fault.
    pub(super) fn vacancy(&self, tx: &Tx) -> Result<Vacancy> {
        let vacancy = Vacancy { homes: with_ids(self.homes.clone()), ..self.as_opened(VacancyId(tx.reserved()), tx.now) };
        none_at_fault(rules::fields(&vacancy, tx.today))?;
        Ok(vacancy)
    }

    /// The vacancy as it would be opened, unlooked at; its homes have no ids yet.
    pub(super) fn as_opened(&self, id: VacancyId, now: Instant) -> Vacancy {
        Vacancy {
            id,
            employer: self.employer,
            occupation: self.occupation,
            region: self.region,
            settlement: self.settlement.clone(),
            openings: self.openings,
            pay: self.pay.clone(),
            languages: self.languages.clone(),
            licence_required: self.licence_required,
            closes_on: self.closes_on,
            status: VacancyStatus::Open,
            homes: self.homes.clone(),
            version: 1,
            created_at: now,
            updated_at: now,
            external_ref: self.external_ref.clone(),
            allowances: self.allowances,
            import: None,
        }
    }
}

/// Homes, of which those that are new get an id.
pub(super) fn with_ids(homes: Vec<Home>) -> Vec<Home> {
    homes.into_iter().map(|home| if home.id.is_nil() { Home { id: Uuid::now_v7(), ..home } } else { home }).collect()
}

impl Operation for OpenVacancy {
    const NAME: &'static str = "OpenVacancy";
    const NEEDS: Permission = Permission::OpenVacancy;
    type Output = Offer;

    async fn run(&self, tx: &mut Tx) -> Result<Offer> {
        employers::rules::may_host(&employers::store::get(tx, self.employer).await?)?;
        let vacancy = self.vacancy(tx)?;
        store::insert(tx, &vacancy).await?;
        tx.record(Event::VacancyOpened { vacancy: vacancy.id, employer: vacancy.employer });
        offer(tx, vacancy).await
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Offer> {
        offer(tx, store::get(tx, VacancyId(tx.reserved())).await?).await
    }
}

/// Replaces openings, pay, closing date, allowances or what is said of homes, as given, and adds homes.
#[derive(Debug)]
pub struct AmendVacancy {
    /// The vacancy.
    pub id: VacancyId,
    /// The version seen; 0: any.
    pub expected_version: i64,
    /// New openings.
    pub openings: Option<i32>,
    /// New least pay.
    pub pay_min_minor: Option<i64>,
    /// New most pay.
    pub pay_max_minor: Option<i64>,
    /// A new closing date.
    pub closes_on: Option<NaiveDate>,
    /// New allowances.
    pub allowances: Option<Allowances>,
    /// What is replaced at homes.
    pub home_amendments: Vec<HomeAmendment>,
    /// Homes that come besides; their ids are given here.
    pub added_homes: Vec<Home>,
}

impl Operation for AmendVacancy {
    const NAME: &'static str = "AmendVacancy";
    const NEEDS: Permission = Permission::AmendVacancy;
    type Output = Offer;

    async fn run(&self, tx: &mut Tx) -> Result<Offer> {
        let vacancy = own(tx, self.id).await?;
        same_version("vacancy", self.expected_version, vacancy.version)?;
        employers::rules::may_go_on(&employers::store::get_any(tx, vacancy.employer).await?)?;
        let openings = self.openings.unwrap_or(vacancy.openings);
        let pay = Pay {
            min_minor: self.pay_min_minor.unwrap_or(vacancy.pay.min_minor),
            max_minor: self.pay_max_minor.unwrap_or(vacancy.pay.max_minor),
            currency: vacancy.pay.currency.clone(),
        };
        let closes_on = self.closes_on.unwrap_or(vacancy.closes_on);
        let allowances = self.allowances.unwrap_or(vacancy.allowances);
        let mut found = rules::terms(openings, &pay, closes_on, tx.today);
        found.extend(rules::allowances(allowances));
        let homes = rules::amend_homes(&vacancy.homes, &self.home_amendments, &self.added_homes);
        let homes = homes.map_err(|at_fault| found.extend(at_fault)).unwrap_or_default();
        none_at_fault(found)?;
        let wanted = Vacancy { openings, pay, closes_on, allowances, homes: with_ids(homes), ..vacancy.clone() };
        let vacancy = amended(tx, &vacancy, wanted).await?;
        tx.record(Event::VacancyAmended { vacancy: vacancy.id, employer: vacancy.employer });
        offer(tx, vacancy).await
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Offer> {
        offer(tx, store::get(tx, self.id).await?).await
    }
}

/// Saves a vacancy as it should be, if nothing is taken away that somebody counts on.
pub(super) async fn amended(tx: &Tx, before: &Vacancy, wanted: Vacancy) -> Result<Vacancy> {
    let used = reservations::store::used(tx, Resource::Opening, before.id.0).await?;
    let homes = before.homes.iter().map(|home| home.id).collect();
    let used_homes = reservations::store::used_of(tx, Resource::Home, homes).await?;
    let saved = store::save(tx, &rules::amend(before, wanted, used, |home| used_homes.get(&home.id).copied().unwrap_or_default())?).await?;
    store::save_homes(tx, &before.homes, &saved).await?;
    Ok(saved)
}

/// Writes down what was found at the homes of one kind.
#[derive(Debug)]
pub struct CheckHome {
    /// The vacancy.
    pub vacancy: VacancyId,
    /// The version seen; 0: any.
    pub expected_version: i64,
    /// Which homes.
    pub home: Uuid,
    /// Whether they were refused.
    pub is_refused: bool,
    /// The day of the check.
    pub on: NaiveDate,
}

impl Operation for CheckHome {
    const NAME: &'static str = "CheckHome";
    const NEEDS: Permission = Permission::CheckHome;
    type Output = Offer;

    async fn run(&self, tx: &mut Tx) -> Result<Offer> {
        none_at_fault(homes::rules::check_day(self.on, tx.today))?;
        let before = own(tx, self.vacancy).await?;
        same_version("vacancy", self.expected_version, before.version)?;
        let check = if self.is_refused { Check::Refused(self.on) } else { Check::Checked(self.on) };
        let checked = rules::check_home(before.clone(), self.home, check);
        let checked = checked.ok_or_else(|| Error::invalid("home_id", Why::Unknown("a home of this vacancy")))?;
        let saved = store::save(tx, &checked).await?;
        store::save_homes(tx, &before.homes, &saved).await?;
        tx.record(Event::HomeChecked { vacancy: saved.id, employer: saved.employer });
        offer(tx, saved).await
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Offer> {
        offer(tx, store::get(tx, self.vacancy).await?).await
    }
}

/// Closes a vacancy.
#[derive(Debug)]
pub struct CloseVacancy {
    /// The vacancy.
    pub id: VacancyId,
    /// The version seen; 0: any.
    pub expected_version: i64,
}

impl Operation for CloseVacancy {
    const NAME: &'static str = "CloseVacancy";
    const NEEDS: Permission = Permission::CloseVacancy;
    type Output = Offer;

    async fn run(&self, tx: &mut Tx) -> Result<Offer> {
        let vacancy = own(tx, self.id).await?;
        same_version("vacancy", self.expected_version, vacancy.version)?;
        let vacancy = store::save(tx, &rules::close(vacancy)?).await?;
        tx.record(Event::VacancyClosed { vacancy: vacancy.id, employer: vacancy.employer });
        offer(tx, vacancy).await
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Offer> {
        offer(tx, store::get(tx, self.id).await?).await
    }
}

/// A vacancy that the caller may change: an employer its own, a matcher those of the region. To others it is not there.
async fn own(tx: &Tx, id: VacancyId) -> Result<Vacancy> {
    changeable(tx, store::get(tx, id).await?)
}

pub(super) fn changeable(tx: &Tx, vacancy: Vacancy) -> Result<Vacancy> {
    match &tx.caller.reach {
        Reach::Region(region) if *region != vacancy.region => Err(Error::NotFound { resource: "vacancy" }),
        Reach::Everywhere | Reach::Region(_) | Reach::Organisation(_) | Reach::Center(_) | Reach::Own(_) | Reach::Nothing => Ok(vacancy),
    }
}

/// Answers one vacancy with what is free now.
#[derive(Debug)]
pub struct GetVacancy {
    /// The vacancy.
    pub id: VacancyId,
}

impl Query for GetVacancy {
    const NAME: &'static str = "GetVacancy";
    const NEEDS: Permission = Permission::GetVacancy;
    type Output = Offer;

    async fn run(&self, view: &View) -> Result<Offer> {
        offer(view, store::get(view, self.id).await?).await
    }
}

/// Lists vacancies in reach with what is free now.
#[derive(Debug)]
pub struct ListVacancies {
    /// Which page.
    pub page: Page,
    /// What narrows the list.
    pub filter: Filter,
}

impl Query for ListVacancies {
    const NAME: &'static str = "ListVacancies";
    const NEEDS: Permission = Permission::ListVacancies;
    type Output = Vec<Offer>;

    async fn run(&self, view: &View) -> Result<Vec<Offer>> {
        offers(view, store::list(view, self.page, &self.filter).await?).await
    }
}
