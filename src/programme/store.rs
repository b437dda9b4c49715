//! Counts in the database, by grouped statements: nobody's record is loaded. What comes out is not protected yet.

use std::collections::HashMap;

use chrono::Days;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, ExprTrait as _,
    sea_query::{Expr, Query, SelectStatement},
};

use super::{Counts, Measure, rules};
use crate::{
    centers::table::{center, ticket},
    db,
    dues::table::due,
    error::Result,
    figures::{Counted, counting},
    gate::View,
    permits::table::permit,
    relocants::{RelocantStatus, table::relocant},
    time::start_of_day,
};

/// Counts a measure.
pub async fn count(view: &View, measure: Measure) -> Result<Counts> {
    match measure {
        Measure::Registrations => counted(view, &people()).await,
        Measure::Arrivals => {
            let today = people().and_where(relocant::Column::CreatedAt.gte(start_of_day(view.today))).to_owned();
            counted(view, &today).await
        }
        Measure::Tickets => {
            let at = Expr::col((ticket::Entity, ticket::Column::Center)).equals((center::Entity, center::Column::Id));
            let today = Query::select()
                .column((center::Entity, center::Column::Region))
                .column((ticket::Entity, ticket::Column::State))
                .expr(Expr::col((ticket::Entity, ticket::Column::Id)).count())
                .from(ticket::Entity)
                .inner_join(center::Entity, at)
                .and_where(ticket::Column::Day.eq(view.today))
                .group_by_col((center::Entity, center::Column::Region))
                .group_by_col((ticket::Entity, ticket::Column::State))
                .to_owned();
            counted(view, &today).await
        }
        Measure::Dues => dues(view).await,
        Measure::Permits => {
            let all = Query::select()
                .column(permit::Column::State)
                .expr(Expr::val(""))
                .expr(permit::Column::Id.count())
                .from(permit::Entity)
                .group_by_col(permit::Column::State)
                .to_owned();
            counted(view, &all).await
        }
        Measure::Matches => Ok(by(&counting::matches(view).await?, str::to_owned)),
        // Of every occupation group.
        Measure::Openings => Ok(by(&counting::openings(view).await?, |_| String::new())),
        Measure::Homes => Ok(by(&counting::homes(view).await?, |_| String::new())),
    }
}

/// Everybody who is registered, by region of stay.
fn people() -> SelectStatement {
    Query::select()
        .column(relocant::Column::Region)
        .expr(Expr::val(""))
        .expr(relocant::Column::Id.count())
        .from(relocant::Entity)
        .and_where(relocant::Column::Status.ne(RelocantStatus::Merged.to_string()))
        .group_by_col(relocant::Column::Region)
        .to_owned()
}

/// What is due from one bound to the next.
async fn dues(view: &View) -> Result<Counts> {
    let (mut all, mut from) = (Counts::default(), view.today);
    for (days, name) in rules::DAYS {
        let until = view.today + Days::new(days);
        let within = Query::select()
            .column(due::Column::Kind)
            .expr(Expr::val(name))
            .expr(due::Column::Id.count())
            .from(due::Entity)
            .and_where(due::Column::DueOn.between(from, until))
            .group_by_col(due::Column::Kind)
            .to_owned();
        all.0.extend(counted(view, &within).await?.0);
        from = until + Days::new(1);
    }
    Ok(all)
}

/// Counts of figures by region and what becomes of their column.
fn by(counted: &Counted, column: impl Fn(&str) -> String) -> Counts {
    let mut sums: HashMap<(String, String), i64> = HashMap::new();
    for ((region, name), count) in &counted.0 {
        *sums.entry((region.code().to_owned(), column(name))).or_default() += count;
    }
    Counts(sums)
}

/// The answer to a question for row, column and number.
async fn counted(view: &View, query: &SelectStatement) -> Result<Counts> {
    let mut counts = Counts::default();
    for row in view.query_all(query).await.map_err(db::error)? {
        let key = (row.try_get_by_index(0).map_err(db::error)?, row.try_get_by_index(1).map_err(db::error)?);
        counts.0.insert(key, row.try_get_by_index(2).map_err(db::error)?);
    }
    Ok(counts)
}
