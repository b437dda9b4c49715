//! What calls about vacancies do, in which order, and who may.

use chrono::NaiveDate;
use uuid::Uuid;

pub use super::store::Filter;
use super::{Home, Pay, Vacancy, VacancyStatus, rules, store};
use crate::{
    auth::{Permission, Reach},
    classifiers::{Cefr, Language, Occupation, Region},
    employers,
    error::{Error, Result, Violations, same_version},
    events::Event,
    gate::{Operation, Query, Tx, View},
    ids::{EmployerId, VacancyId},
    page::Page,
    reservations::{self, Resource},
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

async fn offer(view: &View, vacancy: Vacancy) -> Result<Offer> {
    let used = reservations::store::used(view, Resource::Opening, vacancy.id.0).await?;
    let mut homes_free = Vec::with_capacity(vacancy.homes.len());
    for home in &vacancy.homes {
        homes_free.push((home.count - reservations::store::used(view, Resource::Home, home.id).await?).max(0));
    }
    Ok(Offer { openings_free: (vacancy.openings - used).max(0), homes_free, vacancy })
}

/// Opens a vacancy.
#[derive(Debug)]
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
}

impl Operation for OpenVacancy {
    const NAME: &'static str = "OpenVacancy";
    const NEEDS: Permission = Permission::OpenVacancy;
    type Output = Offer;

    async fn run(&self, tx: &mut Tx) -> Result<Offer> {
        employers::rules::may_host(&employers::store::get(tx, self.employer).await?)?;
        let homes = self.homes.iter().map(|home| Home { id: Uuid::now_v7(), ..home.clone() }).collect();
        let vacancy = Vacancy {
            id: VacancyId(tx.reserved()),
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
            homes,
            version: 1,
            created_at: tx.now,
            updated_at: tx.now,
        };
        let found = rules::fields(&vacancy, tx.today);
        if !found.is_empty() {
            return Err(Error::Invalid(Violations(found)));
        }
        store::insert(tx, &vacancy).await?;
        tx.record(Event::VacancyOpened { vacancy: vacancy.id, employer: vacancy.employer });
        offer(tx, vacancy).await
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Offer> {
        offer(tx, store::get(tx, VacancyId(tx.reserved())).await?).await
    }
}

/// Replaces openings, pay or closing date, as given.
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
        let found = rules::terms(openings, &pay, closes_on, tx.today);
        if !found.is_empty() {
            return Err(Error::Invalid(Violations(found)));
        }
        let used = reservations::store::used(tx, Resource::Opening, self.id.0).await?;
        let vacancy = store::save(tx, &rules::amend(vacancy, openings, pay, closes_on, used)?).await?;
        tx.record(Event::VacancyAmended { vacancy: vacancy.id, employer: vacancy.employer });
        offer(tx, vacancy).await
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Offer> {
        offer(tx, store::get(tx, self.id).await?).await
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
    let vacancy = store::get(tx, id).await?;
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
        let mut offers = Vec::new();
        for vacancy in store::list(view, self.page, &self.filter).await? {
            offers.push(offer(view, vacancy).await?);
        }
        Ok(offers)
    }
}
