//! Rows of vacancies with their homes, and the queries on them.

use std::collections::HashMap;

use chrono::NaiveDate;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, DbErr, EntityTrait as _, ExprTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, sea_query::Expr,
};

use super::{
    Allowances, Pay, Vacancy, VacancyStatus,
    table::{home, vacancy},
};
use crate::{
    auth::{Caller, Reach},
    classifiers::{Cefr, Language, Occupation, Region},
    db, employers,
    error::{Error, Result},
    gate::{Tx, View},
    homes::{
        Home,
        store::{REFUSED, check_columns, read_check},
    },
    ids::{EmployerId, VacancyId},
    page::Page,
};

const RESOURCE: &str = "vacancy";

/// What narrows a list of vacancies.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// One employer's.
    pub employer: Option<EmployerId>,
    /// In one region.
    pub region: Option<Region>,
    /// Of one occupation.
    pub occupation: Option<Occupation>,
    /// Open or closed.
    pub status: Option<VacancyStatus>,
}

/// Adds a vacancy with its homes.
///
/// # Errors
/// [`Error::Exists`] when the employer has one with this reference.
pub async fn insert(tx: &Tx, new: &Vacancy) -> Result<()> {
    db::or_exists(insert_row(tx, new).await?, RESOURCE)?;
    insert_homes(tx, new.id, &new.homes).await
}

/// Adds a vacancy with its homes, under a reference that nobody had when it was looked for.
///
/// # Errors
/// [`Error::Conflict`] when another import was quicker: the gate then begins this one again, which finds the other's vacancy.
pub async fn insert_imported(tx: &Tx, new: &Vacancy) -> Result<()> {
    db::or_again(insert_row(tx, new).await?)?;
    insert_homes(tx, new.id, &new.homes).await
}

async fn insert_row(tx: &Tx, new: &Vacancy) -> Result<Result<(), DbErr>> {
    Ok(vacancy::Entity::insert(to_row(new)?).exec_without_returning(tx.view()).await.map(drop))
}

async fn insert_homes(tx: &Tx, vacancy: VacancyId, homes: &[Home]) -> Result<()> {
    if homes.is_empty() {
        return Ok(());
    }
    let rows = homes.iter().map(|home| home_row(vacancy, home));
    home::Entity::insert_many(rows).exec_without_returning(tx.view()).await.map(drop).map_err(db::error)
}

/// Saves the homes of a vacancy as they should be: changes those that are there already and adds the others. Call it with [`save`], which sees whether somebody else
/// has changed the vacancy.
pub async fn save_homes(tx: &Tx, before: &[Home], saved: &Vacancy) -> Result<()> {
    let (known, new): (Vec<&Home>, Vec<&Home>) = saved.homes.iter().partition(|home| before.iter().any(|other| other.id == home.id));
    for home in known.into_iter().filter(|home| !before.contains(home)) {
        let update = home::Entity::update_many().set(home_row(saved.id, home)).filter(home::Column::Id.eq(home.id));
        update.exec(tx.view()).await.map_err(db::error)?;
    }
    insert_homes(tx, saved.id, &new.into_iter().cloned().collect::<Vec<_>>()).await
}

/// Saves a vacancy without its homes, if nobody else has changed it since it was read.
///
/// # Errors
/// [`Error::Conflict`] when somebody has.
pub async fn save(tx: &Tx, changed: &Vacancy) -> Result<Vacancy> {
    let saved = Vacancy { version: changed.version + 1, updated_at: tx.now, ..changed.clone() };
    let outcome = vacancy::Entity::update_many()
        .set(to_row(&saved)?)
        .filter(vacancy::Column::Id.eq(saved.id))
        .filter(vacancy::Column::Version.eq(changed.version))
        .exec(tx.view())
        .await
        .map_err(db::error)?;
    if outcome.rows_affected == 1 { Ok(saved) } else { Err(Error::Conflict { resource: RESOURCE }) }
}

/// A vacancy in the caller's reach.
pub async fn get(view: &View, id: VacancyId) -> Result<Vacancy> {
    let row = vacancy::Entity::find_by_id(id).filter(reach(&view.caller)).one(view).await.map_err(db::error)?;
    let homes = homes(view, &[id]).await?.remove(&id).unwrap_or_default();
    from_row(row.ok_or(Error::NotFound { resource: RESOURCE })?, homes)
}

/// The vacancy of an employer that has a reference, in the caller's reach.
pub async fn by_reference(view: &View, employer: EmployerId, external_ref: &str) -> Result<Option<Vacancy>> {
    let row = vacancy::Entity::find()
        .filter(reach(&view.caller))
        .filter(vacancy::Column::EmployerId.eq(employer))
        .filter(vacancy::Column::ExternalRef.eq(external_ref))
        .one(view)
        .await
        .map_err(db::error)?;
    Ok(with_homes(view, row.into_iter().collect()).await?.pop())
}

/// A page of vacancies in reach; one more than the page holds, when there are more.
pub async fn list(view: &View, page: Page, filter: &Filter) -> Result<Vec<Vacancy>> {
    let mut query = vacancy::Entity::find().filter(reach(&view.caller)).order_by_asc(vacancy::Column::Id).limit(page.size + 1);
    if let Some(after) = page.after {
        query = query.filter(vacancy::Column::Id.gt(after));
    }
    if let Some(employer) = filter.employer {
        query = query.filter(vacancy::Column::EmployerId.eq(employer));
    }
    if let Some(region) = filter.region {
        query = query.filter(vacancy::Column::Region.eq(region.code()));
    }
    if let Some(occupation) = filter.occupation {
        query = query.filter(vacancy::Column::Occupation.eq(occupation.to_string()));
    }
    if let Some(status) = filter.status {
        query = query.filter(vacancy::Column::Status.eq(status.to_string()));
    }
    with_homes(view, query.all(view).await.map_err(db::error)?).await
}

/// Vacancies that a match can be proposed for on a day: open, and of a verified employer.
pub fn fillable(today: NaiveDate) -> Condition {
    Condition::all()
        .add(vacancy::Column::Status.eq(VacancyStatus::Open.to_string()))
        .add(vacancy::Column::ClosesOn.gte(today))
        .add(vacancy::Column::EmployerId.in_subquery(employers::store::verified()))
}

/// Homes that somebody can be sent to on a day.
pub fn homes_offered(today: NaiveDate) -> Condition {
    let still_there = home::Column::AvailableUntil.is_null().or(home::Column::AvailableUntil.gte(today));
    Condition::all().add(home::Column::CheckState.ne(REFUSED)).add(still_there)
}

/// Vacancies of verified employers that are open today, in one region or of one occupation; at most `limit`, the oldest first.
pub async fn open(view: &View, region: Option<Region>, occupation: Option<Occupation>, limit: u64) -> Result<Vec<Vacancy>> {
    let mut query = vacancy::Entity::find().filter(reach(&view.caller)).filter(fillable(view.today));
    if let Some(region) = region {
        query = query.filter(vacancy::Column::Region.eq(region.code()));
    }
    if let Some(occupation) = occupation {
        query = query.filter(vacancy::Column::Occupation.eq(occupation.to_string()));
    }
    with_homes(view, query.order_by_asc(vacancy::Column::Id).limit(limit).all(view).await.map_err(db::error)?).await
}

/// Vacancies of one employer that nobody has closed; at most `limit`, the oldest first.
pub async fn unclosed_of(view: &View, employer: EmployerId, limit: u64) -> Result<Vec<Vacancy>> {
    let query = vacancy::Entity::find()
        .filter(vacancy::Column::EmployerId.eq(employer))
        .filter(vacancy::Column::Status.eq(VacancyStatus::Open.to_string()))
        .order_by_asc(vacancy::Column::Id)
        .limit(limit);
    with_homes(view, query.all(view).await.map_err(db::error)?).await
}

async fn with_homes(view: &View, rows: Vec<vacancy::Model>) -> Result<Vec<Vacancy>> {
    let ids: Vec<VacancyId> = rows.iter().map(|row| row.id).collect();
    let mut homes = homes(view, &ids).await?;
    let vacancy = |row: vacancy::Model| {
        let own = homes.remove(&row.id).unwrap_or_default();
        from_row(row, own)
    };
    rows.into_iter().map(vacancy).collect()
}

async fn homes(view: &View, vacancies: &[VacancyId]) -> Result<HashMap<VacancyId, Vec<Home>>> {
    let mut homes: HashMap<VacancyId, Vec<Home>> = HashMap::new();
    if vacancies.is_empty() {
        return Ok(homes);
    }
    let rows = home::Entity::find()
        .filter(home::Column::VacancyId.is_in(vacancies.iter().copied()))
        .order_by_asc(home::Column::Id)
        .all(view)
        .await
        .map_err(db::error)?;
    for row in rows {
        homes.entry(row.vacancy_id).or_default().push(from_home_row(row)?);
    }
    Ok(homes)
}

fn home_row(vacancy: VacancyId, home: &Home) -> home::ActiveModel {
    let (state, on) = check_columns(home.check);
    home::ActiveModel {
        id: Set(home.id),
        vacancy_id: Set(vacancy),
        kind: Set(home.kind.to_string()),
        count: Set(home.count),
        rooms: Set(home.rooms),
        people: Set(home.people),
        rent_minor: Set(home.rent_minor),
        available_from: Set(home.available_from),
        step_free: Set(home.step_free),
        children_allowed: Set(home.children_allowed),
        pets_allowed: Set(home.pets_allowed),
        available_until: Set(home.available_until),
        check_state: Set(state.to_owned()),
        checked_on: Set(on),
    }
}

fn from_home_row(row: home::Model) -> Result<Home> {
    let corrupt = |column: &str| Error::internal(format!("home {} has an unreadable {column}", row.id));
    let check = read_check(&row.check_state, row.checked_on).ok_or_else(|| corrupt("check_state"))?;
    Ok(Home {
        kind: row.kind.parse().map_err(|_| corrupt("kind"))?,
        id: row.id,
        count: row.count,
        rooms: row.rooms,
        people: row.people,
        rent_minor: row.rent_minor,
        available_from: row.available_from,
        available_until: row.available_until,
        step_free: row.step_free,
        children_allowed: row.children_allowed,
        pets_allowed: row.pets_allowed,
        check,
    })
}

/// Vacancies are public inside the registry; an employer's people see their own.
fn reach(caller: &Caller) -> Condition {
    match &caller.reach {
        Reach::Everywhere | Reach::Center(_) | Reach::Region(_) | Reach::Own(_) => Condition::all(),
        Reach::Organisation(id) => Condition::all().add(vacancy::Column::EmployerId.eq(*id)),
        Reach::Nothing => Condition::all().add(Expr::value(false)),
    }
}

fn to_row(vacancy: &Vacancy) -> Result<vacancy::ActiveModel> {
    let languages: Vec<(String, String)> =
        vacancy.languages.iter().map(|(language, level)| (language.to_string(), level.to_string())).collect();
    Ok(vacancy::ActiveModel {
        id: Set(vacancy.id),
        employer_id: Set(vacancy.employer),
        occupation: Set(vacancy.occupation.to_string()),
        region: Set(vacancy.region.to_string()),
        settlement: Set(vacancy.settlement.clone()),
        openings: Set(vacancy.openings),
        pay_min_minor: Set(vacancy.pay.min_minor),
        pay_max_minor: Set(vacancy.pay.max_minor),
        currency: Set(vacancy.pay.currency.clone()),
        languages: Set(serde_json::to_value(languages).map_err(|_| Error::internal("languages have no JSON form"))?),
        licence_required: Set(vacancy.licence_required),
        closes_on: Set(vacancy.closes_on),
        status: Set(vacancy.status.to_string()),
        version: Set(vacancy.version),
        created_at: Set(vacancy.created_at),
        updated_at: Set(vacancy.updated_at),
        external_ref: Set(vacancy.external_ref.clone()),
        lifting_mci: Set(vacancy.allowances.lifting_mci),
        rural_percent: Set(vacancy.allowances.rural_percent),
        housing_loan: Set(vacancy.allowances.housing_loan),
        service_years: Set(vacancy.allowances.service_years),
        import_id: Set(vacancy.import),
    })
}

fn from_row(row: vacancy::Model, homes: Vec<Home>) -> Result<Vacancy> {
    let corrupt = |column: &str| Error::internal(format!("vacancy {} has an unreadable {column}", row.id));
    let languages: Vec<(String, String)> = serde_json::from_value(row.languages.clone()).map_err(|_| corrupt("languages"))?;
    let languages: Option<Vec<(Language, Cefr)>> =
        languages.iter().map(|(language, level)| Some((language.parse().ok()?, level.parse().ok()?))).collect();
    Ok(Vacancy {
        occupation: Occupation::kept(&row.occupation).map_err(|_| corrupt("occupation"))?,
        region: row.region.parse().map_err(|_| corrupt("region"))?,
        status: row.status.parse().map_err(|_| corrupt("status"))?,
        languages: languages.ok_or_else(|| corrupt("languages"))?,
        id: row.id,
        employer: row.employer_id,
        settlement: row.settlement,
        openings: row.openings,
        pay: Pay { min_minor: row.pay_min_minor, max_minor: row.pay_max_minor, currency: row.currency },
        licence_required: row.licence_required,
        closes_on: row.closes_on,
        homes,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
        external_ref: row.external_ref,
        allowances: Allowances {
            lifting_mci: row.lifting_mci,
            rural_percent: row.rural_percent,
            housing_loan: row.housing_loan,
            service_years: row.service_years,
        },
        import: row.import_id,
    })
}
