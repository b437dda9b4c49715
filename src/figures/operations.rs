//! What a call about figures does, and who may; how the day's tables are made, once, by whoever comes first.

use std::{collections::BTreeSet, sync::Arc};

use chrono::NaiveDate;
use tokio::sync::Mutex;

use super::{
    FigureTable, Figures,
    rules::{self, Refusal},
    store,
};
use crate::{
    auth::Permission,
    classifiers::Region,
    error::Result,
    gate::{Call, Query, Registry, View},
};

/// Answers a table of a civil day, if it was made.
#[derive(Debug)]
pub struct GetFigures {
    /// Which table.
    pub table: FigureTable,
    /// Of which day.
    pub day: NaiveDate,
}

impl Query for GetFigures {
    const NAME: &'static str = "GetFigures";
    const NEEDS: Permission = Permission::GetFigures;
    type Output = Option<Figures>;

    async fn run(&self, view: &View) -> Result<Option<Figures>> {
        store::find(view, self.table, self.day).await
    }
}

/// Lets one caller after another of this process see to it that the day's tables are made: all who ask in the morning find them, and one has counted.
#[derive(Debug, Clone, Default)]
pub struct Turn(Arc<Mutex<()>>);

/// A table of a civil day, or of today. Who asks first today has the day's tables made.
///
/// # Errors
/// [`Refusal::FiguresNotMade`] for a day that has passed without figures, has not come, or is not kept any longer.
pub async fn told(registry: &Registry, call: &Call, turn: &Turn, table: FigureTable, day: Option<NaiveDate>) -> Result<Figures> {
    let today = registry.today();
    let mut on = day.unwrap_or(today);
    let mut found = registry.fetch(call, GetFigures { table, day: on }).await?;
    if found.is_none() && on == today {
        let _turn = turn.0.lock().await;
        let made_on = make(registry).await?;
        // The day may have ended meanwhile.
        on = day.unwrap_or(made_on);
        found = registry.fetch(call, GetFigures { table, day: on }).await?;
    }
    found.ok_or_else(|| Refusal::FiguresNotMade { on }.into())
}

/// Where people were missing when figures were made last.
pub async fn in_need(registry: &Registry) -> Result<BTreeSet<(Region, [u8; 2])>> {
    let shortage = newest(registry, FigureTable::Shortage).await?;
    Ok(shortage.as_ref().map(rules::in_need).unwrap_or_default())
}

/// The newest table of a kind, of whichever day.
pub async fn newest(registry: &Registry, table: FigureTable) -> Result<Option<Figures>> {
    registry.look(move |view| Box::pin(store::newest(view, table))).await
}

/// Makes today's tables, unless they are made, and forgets those that are not kept any longer. Gives the day.
///
/// Counting and writing are two transactions on purpose. Counting reads whole tables in one snapshot; in a transaction that writes too, PostgreSQL would have to
/// watch all that it has read, and turn away people who register meanwhile. Replicas that count at the same time write the same key, and the first one's tables stay.
pub async fn make(registry: &Registry) -> Result<NaiveDate> {
    let (day, counted) = registry.look(|view| Box::pin(count(view))).await?;
    if let Some(tables) = counted {
        let (tables, first_kept) = (Arc::new(tables), rules::first_kept(day));
        registry
            .own("MakeFigures", move |tx| {
                let tables = Arc::clone(&tables);
                Box::pin(async move {
                    store::insert(tx, &tables).await?;
                    store::forget_before(tx, first_kept).await
                })
            })
            .await?;
    }
    Ok(day)
}

/// The day of this look, and its tables unless they are made.
async fn count(view: &View) -> Result<(NaiveDate, Option<Vec<Figures>>)> {
    let made = store::made(view, view.today).await?;
    Ok((view.today, if made { None } else { Some(store::count(view).await?) }))
}
