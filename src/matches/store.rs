//! Rows of matches and the queries on them, narrowed to what the caller can reach.

use std::collections::HashMap;

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, Condition, EntityTrait as _, ExprTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _,
    sea_query::{Expr, SelectStatement},
};
use uuid::Uuid;

use super::{Match, MatchState, table::r#match};
use crate::{
    auth::{Caller, Reach},
    classifiers::Region,
    db::{
        self,
        ownership::{self, Rows},
    },
    error::{Error, Result},
    gate::{Tx, View},
    ids::{EmployerId, MatchId, RelocantId, VacancyId},
    page::Page,
    relocants,
};

const RESOURCE: &str = "match";

/// People whom one statement asks for at most.
const AT_ONCE: usize = 1000;

/// Matches whose hold has run out that one call writes down at most; the rest waits for the next, and counts for nothing meanwhile.
const MOST_LAPSED: u64 = 100;

/// What narrows a list of matches.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of one vacancy.
    pub vacancy: Option<VacancyId>,
    /// Of one person.
    pub relocant: Option<RelocantId>,
}

/// Adds a match.
pub async fn insert(tx: &Tx, new: &Match) -> Result<()> {
    r#match::Entity::insert(to_row(new)?).exec_without_returning(tx.view()).await.map(drop).map_err(db::error)
}

/// Saves a match, if nobody else has changed it since it was read.
///
/// # Errors
/// [`Error::Conflict`] when somebody has.
pub async fn save(tx: &Tx, changed: &Match) -> Result<Match> {
    let saved = Match { version: changed.version + 1, updated_at: tx.now, ..changed.clone() };
    let outcome = r#match::Entity::update_many()
        .set(to_row(&saved)?)
        .filter(r#match::Column::Id.eq(saved.id))
        .filter(r#match::Column::Version.eq(changed.version))
        .exec(tx.view())
        .await
        .map_err(db::error)?;
    if outcome.rows_affected == 1 { Ok(saved) } else { Err(Error::Conflict { resource: RESOURCE }) }
}

/// A match in the caller's reach.
pub async fn get(view: &View, id: MatchId) -> Result<Match> {
    let row = r#match::Entity::find_by_id(id).filter(reach(&view.caller)).one(view).await.map_err(db::error)?;
    row.ok_or(Error::NotFound { resource: RESOURCE }).and_then(from_row)
}

/// The matches of a family, in the order of proposal; of one that stands alone, itself.
pub async fn together(view: &View, found: &Match) -> Result<Vec<Match>> {
    match found.together {
        None => Ok(vec![found.clone()]),
        Some(together) => of_family(view, together).await,
    }
}

/// The matches that were proposed together, in the order of proposal.
pub async fn of_family(view: &View, together: Uuid) -> Result<Vec<Match>> {
    let query = r#match::Entity::find().filter(r#match::Column::TogetherId.eq(together)).order_by_asc(r#match::Column::Id);
    query.all(view).await.map_err(db::error)?.into_iter().map(from_row).collect()
}

/// The matches between a person and a vacancy, in the order of proposal.
pub async fn between(view: &View, vacancy: VacancyId, relocant: RelocantId) -> Result<Vec<Match>> {
    let rows = r#match::Entity::find()
        .filter(r#match::Column::VacancyId.eq(vacancy))
        .filter(r#match::Column::RelocantId.eq(relocant))
        .all(view)
        .await
        .map_err(db::error)?;
    rows.into_iter().map(from_row).collect()
}

/// Who has a match that waits for an answer or an arrival, or has arrived, as a question within another.
pub fn bound(view: &View) -> SelectStatement {
    r#match::Entity::find().select_only().column(r#match::Column::RelocantId).filter(binds(view)).into_query()
}

/// Of these people those who have such a match, and the region of it.
pub async fn bound_regions(view: &View, people: &[RelocantId]) -> Result<HashMap<RelocantId, Region>> {
    let mut found = HashMap::new();
    for part in people.chunks(AT_ONCE) {
        let query =
            r#match::Entity::find().select_only().columns([r#match::Column::RelocantId, r#match::Column::Region]).filter(binds(view));
        let query = query.filter(r#match::Column::RelocantId.is_in(part.iter().copied()));
        let rows: Vec<(RelocantId, String)> = query.into_tuple().all(view).await.map_err(db::error)?;
        for (person, region) in rows {
            found.insert(person, region.parse().map_err(|_| Error::internal("a match has an unreadable region"))?);
        }
    }
    Ok(found)
}

fn binds(view: &View) -> Condition {
    let [arrived, proposed, accepted] = [MatchState::Arrived, MatchState::Proposed, MatchState::Accepted].map(|state| state.to_string());
    let waits = r#match::Column::State.is_in([proposed, accepted]).and(r#match::Column::LapsesAt.gt(view.now));
    Condition::any().add(r#match::Column::State.eq(arrived)).add(waits)
}

/// The matches that wait for an answer or an arrival, of everybody whose id lies from one to another.
pub async fn open_of(view: &View, first: RelocantId, last: RelocantId) -> Result<Vec<Match>> {
    let waiting = [MatchState::Proposed, MatchState::Accepted].map(|state| state.to_string());
    let query =
        r#match::Entity::find().filter(r#match::Column::RelocantId.between(first, last)).filter(r#match::Column::State.is_in(waiting));
    query.all(view).await.map_err(db::error)?.into_iter().map(from_row).collect()
}

/// Matches of an employer that wait for an answer or an arrival and have not lapsed; at most `limit`, the oldest first.
pub async fn waiting_at(view: &View, employer: EmployerId, limit: u64) -> Result<Vec<Match>> {
    let waiting = [MatchState::Proposed, MatchState::Accepted].map(|state| state.to_string());
    let query = r#match::Entity::find()
        .filter(r#match::Column::EmployerId.eq(employer))
        .filter(r#match::Column::State.is_in(waiting))
        .filter(r#match::Column::LapsesAt.gt(view.now))
        .order_by_asc(r#match::Column::Id)
        .limit(limit);
    query.all(view).await.map_err(db::error)?.into_iter().map(from_row).collect()
}

/// Matches of a vacancy whose hold has run out and that nobody has written down as lapsed.
pub async fn lapsed_unwritten(view: &View, vacancy: VacancyId) -> Result<Vec<Match>> {
    let waiting = [MatchState::Proposed, MatchState::Accepted].map(|state| state.to_string());
    let rows = r#match::Entity::find()
        .filter(r#match::Column::VacancyId.eq(vacancy))
        .filter(r#match::Column::State.is_in(waiting))
        .filter(r#match::Column::LapsesAt.lte(view.now))
        .order_by_asc(r#match::Column::Id)
        .limit(MOST_LAPSED)
        .all(view)
        .await
        .map_err(db::error)?;
    rows.into_iter().map(from_row).collect()
}

/// A page of matches in reach; one more than the page holds, when there are more.
pub async fn list(view: &View, page: Page, filter: &Filter) -> Result<Vec<Match>> {
    let mut query = r#match::Entity::find().filter(reach(&view.caller)).order_by_asc(r#match::Column::Id).limit(page.size + 1);
    if let Some(after) = page.after {
        query = query.filter(r#match::Column::Id.gt(after));
    }
    if let Some(vacancy) = filter.vacancy {
        query = query.filter(r#match::Column::VacancyId.eq(vacancy));
    }
    if let Some(relocant) = filter.relocant {
        query = query.filter(r#match::Column::RelocantId.eq(relocant));
    }
    query.all(view).await.map_err(db::error)?.into_iter().map(from_row).collect()
}

/// A matcher by the vacancy's region, an employer by its own, a clerk and a person by the person.
fn reach(caller: &Caller) -> Condition {
    use relocants::table::relocant;
    match &caller.reach {
        Reach::Everywhere => Condition::all(),
        Reach::Region(region) => Condition::all().add(r#match::Column::Region.eq(region.code())),
        Reach::Organisation(id) => Condition::all().add(r#match::Column::EmployerId.eq(*id)),
        Reach::Own(id) => relocants::store::own(r#match::Column::RelocantId, *id),
        Reach::Center(center) => {
            let own = relocant::Entity::find().select_only().column(relocant::Column::Id).filter(relocant::Column::Center.eq(center));
            Condition::all().add(r#match::Column::RelocantId.in_subquery(own.into_query()))
        }
        Reach::Nothing => Condition::all().add(Expr::value(false)),
    }
}

fn to_row(found: &Match) -> Result<r#match::ActiveModel> {
    Ok(r#match::ActiveModel {
        id: Set(found.id),
        vacancy_id: Set(found.vacancy),
        home_id: Set(found.home),
        employer_id: Set(found.employer),
        relocant_id: Set(found.relocant),
        region: Set(found.region.to_string()),
        state: Set(found.state.to_string()),
        relocant_answer: Set(found.relocant_answer.to_string()),
        employer_answer: Set(found.employer_answer.to_string()),
        end_reason: Set(found.end_reason.map(|reason| reason.to_string())),
        together_id: Set(found.together),
        score: Set(found.reasons.iter().map(|(_, points)| points).sum()),
        reasons: Set(serde_json::to_value(&found.reasons).map_err(|_| Error::internal("reasons have no JSON form"))?),
        lapses_at: Set(found.lapses_at),
        arrive_by: Set(found.arrive_by),
        arrived_on: Set(found.arrived_on),
        version: Set(found.version),
        created_at: Set(found.created_at),
        updated_at: Set(found.updated_at),
    })
}

/// Matches that change hands with their person.
pub async fn change_hands(tx: &Tx, rows: Rows<'_>, to: RelocantId) -> Result<Vec<Uuid>> {
    ownership::change_hands::<r#match::Entity>(tx.view(), r#match::Column::Id, r#match::Column::RelocantId, rows, to).await
}

fn from_row(row: r#match::Model) -> Result<Match> {
    let corrupt = |column: &str| Error::internal(format!("match {} has an unreadable {column}", row.id));
    Ok(Match {
        region: row.region.parse().map_err(|_| corrupt("region"))?,
        state: row.state.parse().map_err(|_| corrupt("state"))?,
        relocant_answer: row.relocant_answer.parse().map_err(|_| corrupt("relocant_answer"))?,
        employer_answer: row.employer_answer.parse().map_err(|_| corrupt("employer_answer"))?,
        end_reason: row.end_reason.as_deref().map(str::parse).transpose().map_err(|_| corrupt("end_reason"))?,
        reasons: serde_json::from_value(row.reasons.clone()).map_err(|_| corrupt("reasons"))?,
        id: row.id,
        vacancy: row.vacancy_id,
        employer: row.employer_id,
        relocant: row.relocant_id,
        home: row.home_id,
        together: row.together_id,
        lapses_at: row.lapses_at,
        arrive_by: row.arrive_by,
        arrived_on: row.arrived_on,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}
