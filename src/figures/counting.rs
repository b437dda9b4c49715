//! Counts people, matches and offers in the database, by grouped statements: nobody's record is loaded. What comes out is not protected yet.

use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, ExprTrait as _,
    sea_query::{CaseStatement, Expr, Func, IntoColumnRef, Query, SelectStatement},
};

use super::{Counted, Offered, rules::Week};
use crate::{
    db,
    error::{Error, Result},
    gate::View,
    matches::{MatchState, table::r#match},
    relocants::{
        RelocantStatus, looking,
        table::{relocant, relocant_occupation},
    },
    vacancies::{
        store,
        table::{home, vacancy},
    },
};

/// What the second column of each answer is called.
const COLUMN: &str = "figure_column";

/// People who look for work and have said so lately, by region of stay and occupation group; once in a group, however many of its occupations the card names.
pub async fn seekers(view: &View) -> Result<Counted> {
    let person = Expr::col((relocant_occupation::Entity, relocant_occupation::Column::RelocantId));
    let query = Query::select()
        .column((relocant::Entity, relocant::Column::Region))
        .expr_as(group((relocant_occupation::Entity, relocant_occupation::Column::Occupation)), COLUMN)
        .expr(person.clone().count_distinct())
        .from(relocant_occupation::Entity)
        .inner_join(relocant::Entity, person.equals((relocant::Entity, relocant::Column::Id)))
        .and_where(relocant_occupation::Column::ConfirmedOn.gte(looking::shown_since(view.today)))
        .group_by_columns([(relocant::Entity, relocant::Column::Region)])
        .group_by_col(COLUMN)
        .to_owned();
    counted(view, &query).await
}

/// People registered in these weeks, by region of stay and week. Records that were merged away do not count.
pub async fn arrivals(view: &View, weeks: &[Week]) -> Result<Counted> {
    let (Some(first), Some(last)) = (weeks.first(), weeks.last()) else { return Ok(Counted::default()) };
    let mut week = CaseStatement::new();
    for one in weeks {
        week = week.case(relocant::Column::CreatedAt.lt(one.ends_at), one.code.as_str());
    }
    let query = Query::select()
        .column(relocant::Column::Region)
        .expr_as(week, COLUMN)
        .expr(relocant::Column::Id.count())
        .from(relocant::Entity)
        .and_where(relocant::Column::CreatedAt.gte(first.begins_at))
        .and_where(relocant::Column::CreatedAt.lt(last.ends_at))
        .and_where(relocant::Column::Status.ne(RelocantStatus::Merged.to_string()))
        .group_by_col(relocant::Column::Region)
        .group_by_col(COLUMN)
        .to_owned();
    counted(view, &query).await
}

/// Matches by region and state. Where a hold has run out the match has lapsed, whether or not that is written.
pub async fn matches(view: &View) -> Result<Counted> {
    let waits = r#match::Column::State.is_in([MatchState::Proposed, MatchState::Accepted].map(|state| state.to_string()));
    let state = CaseStatement::new()
        .case(waits.and(r#match::Column::LapsesAt.lte(view.now)), MatchState::Lapsed.to_string())
        .finally(Expr::col((r#match::Entity, r#match::Column::State)));
    let query = Query::select()
        .column(r#match::Column::Region)
        .expr_as(state, COLUMN)
        .expr(r#match::Column::Id.count())
        .from(r#match::Entity)
        .group_by_col(r#match::Column::Region)
        .group_by_col(COLUMN)
        .to_owned();
    counted(view, &query).await
}

/// What open vacancies of verified employers offer, by region and occupation group.
pub async fn offered(view: &View) -> Result<Offered> {
    Ok(Offered { openings: openings(view).await?, homes: homes(view).await? })
}

/// Openings that are offered, by region and occupation group.
pub async fn openings(view: &View) -> Result<Counted> {
    counted(view, by_group(view, vacancy::Column::Openings.sum()).from(vacancy::Entity)).await
}

/// Homes that are offered and that somebody can be sent to today, by region and occupation group.
pub async fn homes(view: &View) -> Result<Counted> {
    let homes = by_group(view, home::Column::Count.sum())
        .from(home::Entity)
        .inner_join(vacancy::Entity, of_vacancy())
        .cond_where(store::homes_offered(view.today))
        .to_owned();
    counted(view, &homes).await
}

fn of_vacancy() -> Expr {
    Expr::col((vacancy::Entity, vacancy::Column::Id)).equals((home::Entity, home::Column::VacancyId))
}

/// A number of vacancies that a match can be proposed for today, by region and occupation group; from what is still to be said.
fn by_group(view: &View, number: Expr) -> SelectStatement {
    Query::select()
        .column((vacancy::Entity, vacancy::Column::Region))
        .expr_as(group((vacancy::Entity, vacancy::Column::Occupation)), COLUMN)
        .expr(number)
        .cond_where(store::fillable(view.today))
        .group_by_columns([(vacancy::Entity, vacancy::Column::Region)])
        .group_by_col(COLUMN)
        .to_owned()
}

/// The sub-major group of an occupation: the first two of its four digits.
fn group(occupation: impl IntoColumnRef) -> Expr {
    Func::cust("SUBSTR").args([Expr::col(occupation), Expr::val(1), Expr::val(2)]).into()
}

/// The answer to a question for region, column and number.
async fn counted(view: &View, query: &SelectStatement) -> Result<Counted> {
    let mut counted = Counted::default();
    for row in view.query_all(query).await.map_err(db::error)? {
        let region: String = row.try_get_by_index(0).map_err(db::error)?;
        let region = region.parse().map_err(|_| Error::internal("a row that is counted has an unreadable region"))?;
        let column: String = row.try_get_by_index(1).map_err(db::error)?;
        let count: i64 = row.try_get_by_index(2).map_err(db::error)?;
        counted.0.insert((region, column), count);
    }
    Ok(counted)
}
