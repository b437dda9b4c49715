//! Rows of figures and the queries on them. What is written is protected already.

use chrono::NaiveDate;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, sea_query::OnConflict,
};
use serde::{Deserialize, Serialize};

use super::{
    FigureTable, Figures, Offer, counting,
    protection::Protected,
    rules::{self, figures},
    table::figure,
};
use crate::{
    classifiers::Region,
    db,
    error::{Error, Result},
    gate::{Tx, View},
};

/// What a row holds beside its key.
#[derive(Serialize, Deserialize)]
struct Content {
    regions: Vec<String>,
    columns: Vec<String>,
    people: Protected,
    offers: Option<Vec<Vec<Offer>>>,
}

/// Counts what there is at this instant and makes every table of it.
pub async fn count(view: &View) -> Result<Vec<Figures>> {
    let (day, now, weeks) = (view.today, view.now, rules::weeks(view.today));
    let shortage = figures(FigureTable::Shortage, day, now, &counting::seekers(view).await?, Some(&counting::offered(view).await?));
    let arrivals = figures(FigureTable::Arrivals, day, now, &counting::arrivals(view, &weeks).await?, None);
    let funnel = figures(FigureTable::MatchFunnel, day, now, &counting::matches(view).await?, None);
    Ok(vec![shortage, arrivals, funnel])
}

/// Adds the tables of a day. Where somebody else has made them, theirs stay.
pub async fn insert(tx: &Tx, tables: &[Figures]) -> Result<()> {
    let rows: Vec<_> = tables.iter().map(to_row).collect::<Result<_>>()?;
    let known = OnConflict::columns([figure::Column::CivilDay, figure::Column::Kind]).do_nothing().to_owned();
    figure::Entity::insert_many(rows).on_conflict(known).exec_without_returning(tx.view()).await.map(drop).map_err(db::error)
}

/// Forgets the tables of days before one.
pub async fn forget_before(tx: &Tx, day: NaiveDate) -> Result<()> {
    figure::Entity::delete_many().filter(figure::Column::CivilDay.lt(day)).exec(tx.view()).await.map(drop).map_err(db::error)
}

/// A table of a civil day, if it was made and is kept.
pub async fn find(view: &View, table: FigureTable, day: NaiveDate) -> Result<Option<Figures>> {
    let row = figure::Entity::find_by_id((day, table.to_string())).one(view).await.map_err(db::error)?;
    row.map(from_row).transpose()
}

/// Whether the tables of a civil day are made.
pub async fn made(view: &View, day: NaiveDate) -> Result<bool> {
    let query = figure::Entity::find().select_only().column(figure::Column::Kind).filter(figure::Column::CivilDay.eq(day));
    Ok(query.into_tuple::<String>().one(view).await.map_err(db::error)?.is_some())
}

/// The newest table of a kind, of whichever day.
pub async fn newest(view: &View, table: FigureTable) -> Result<Option<Figures>> {
    let newest = figure::Entity::find()
        .filter(figure::Column::Kind.eq(table.to_string()))
        .order_by_desc(figure::Column::CivilDay)
        .limit(1)
        .one(view)
        .await
        .map_err(db::error)?;
    newest.map(from_row).transpose()
}

fn to_row(made: &Figures) -> Result<figure::ActiveModel> {
    let content = Content {
        regions: made.regions.iter().map(|region| region.code().to_owned()).collect(),
        columns: made.columns.clone(),
        people: made.people.clone(),
        offers: made.offers.clone(),
    };
    Ok(figure::ActiveModel {
        civil_day: Set(made.day),
        kind: Set(made.table.to_string()),
        made_at: Set(made.made_at),
        content: Set(serde_json::to_value(content).map_err(|_| Error::internal("figures have no JSON form"))?),
    })
}

fn from_row(row: figure::Model) -> Result<Figures> {
    let corrupt = |column: &str| Error::internal(format!("the figures {} of {} have an unreadable {column}", row.kind, row.civil_day));
    let content: Content = serde_json::from_value(row.content.clone()).map_err(|_| corrupt("content"))?;
    let regions: Option<Vec<Region>> = content.regions.iter().map(|region| region.parse().ok()).collect();
    Ok(Figures {
        table: row.kind.parse().map_err(|_| corrupt("kind"))?,
        regions: regions.ok_or_else(|| corrupt("region"))?,
        day: row.civil_day,
        made_at: row.made_at,
        columns: content.columns,
        people: content.people,
        offers: content.offers,
    })
}
