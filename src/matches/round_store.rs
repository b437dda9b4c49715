//! Rows of published rounds and of what they planned, and the queries on them.

use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, sea_query::Expr,
};
use uuid::Uuid;

use super::{
    PlacementOutcome, PublishedPlacement, PublishedRound,
    table::{matching_placement, matching_round},
};
use crate::{
    auth::{Caller, Reach},
    db::{
        self,
        ownership::{self, Rows},
    },
    error::{Error, Result},
    gate::{Tx, View},
    ids::{MatchId, RelocantId, RoundId},
    page::Page,
};

const RESOURCE: &str = "round";

/// Placements that one statement inserts at most.
const AT_ONCE: usize = 500;

/// Adds a round with what it planned.
pub async fn insert(tx: &Tx, round: &PublishedRound, origin: Uuid, placements: &[PublishedPlacement]) -> Result<()> {
    let row = matching_round::ActiveModel {
        id: Set(round.id),
        origin: Set(origin),
        region: Set(round.region.map(|region| region.to_string())),
        occupation: Set(round.occupation.map(|occupation| occupation.to_string())),
        arrive_by: Set(round.arrive_by),
        hold_days: Set(round.hold_days),
        plan_id: Set(round.plan_id),
        vacancies: Set(round.vacancies),
        unplaced: Set(round.unplaced),
        complaints: Set(round.complaints),
        created_at: Set(round.created_at),
    };
    matching_round::Entity::insert(row).exec_without_returning(tx.view()).await.map_err(db::error)?;
    for part in placements.chunks(AT_ONCE) {
        let rows = part.iter().map(|placement| matching_placement::ActiveModel {
            id: Set(placement.id),
            round_id: Set(round.id),
            family: Set(placement.family),
            relocant_id: Set(placement.relocant),
            vacancy_id: Set(placement.vacancy),
            home_id: Set(placement.home),
            wish: Set(placement.wish),
            outcome: Set(placement.outcome.to_string()),
            reason: Set(placement.reason.clone()),
            match_id: Set(placement.proposed),
        });
        matching_placement::Entity::insert_many(rows).exec_without_returning(tx.view()).await.map_err(db::error)?;
    }
    Ok(())
}

/// Writes down what a placement came to, if nobody else has.
///
/// # Errors
/// [`Error::Conflict`] when somebody has.
pub async fn settle(
    tx: &Tx,
    placement: &PublishedPlacement,
    outcome: PlacementOutcome,
    reason: Option<&str>,
    proposed: Option<MatchId>,
) -> Result<()> {
    let row = matching_placement::ActiveModel {
        outcome: Set(outcome.to_string()),
        reason: Set(reason.map(str::to_owned)),
        match_id: Set(proposed),
        ..Default::default()
    };
    let settled = matching_placement::Entity::update_many()
        .set(row)
        .filter(matching_placement::Column::Id.eq(placement.id))
        .filter(matching_placement::Column::Outcome.eq(PlacementOutcome::Planned.to_string()))
        .exec(tx.view())
        .await
        .map_err(db::error)?;
    if settled.rows_affected == 1 { Ok(()) } else { Err(Error::Conflict { resource: RESOURCE }) }
}

/// A round in the caller's reach.
pub async fn get(view: &View, id: RoundId) -> Result<PublishedRound> {
    let row = matching_round::Entity::find_by_id(id).filter(reach(&view.caller)).one(view).await.map_err(db::error)?;
    row.ok_or(Error::NotFound { resource: RESOURCE }).and_then(from_row)
}

/// The round that was published by a request, if it has been.
pub async fn of_origin(view: &View, origin: Uuid) -> Result<Option<PublishedRound>> {
    let row = matching_round::Entity::find().filter(matching_round::Column::Origin.eq(origin)).one(view).await.map_err(db::error)?;
    row.map(from_row).transpose()
}

/// A page of rounds in reach, the newest first; one more than the page holds, when there are more.
pub async fn list(view: &View, page: Page) -> Result<Vec<PublishedRound>> {
    let mut query =
        matching_round::Entity::find().filter(reach(&view.caller)).order_by_desc(matching_round::Column::Id).limit(page.size + 1);
    if let Some(before) = page.after {
        query = query.filter(matching_round::Column::Id.lt(before));
    }
    query.all(view).await.map_err(db::error)?.into_iter().map(from_row).collect()
}

/// What a round planned, family by family.
pub async fn placements(view: &View, round: RoundId) -> Result<Vec<PublishedPlacement>> {
    let query = matching_placement::Entity::find().filter(matching_placement::Column::RoundId.eq(round));
    let query = query.order_by_asc(matching_placement::Column::Family).order_by_asc(matching_placement::Column::Id);
    query.all(view).await.map_err(db::error)?.into_iter().map(placement).collect()
}

/// What a round planned for one family.
pub async fn of_family(view: &View, round: RoundId, family: i32) -> Result<Vec<PublishedPlacement>> {
    let query = matching_placement::Entity::find()
        .filter(matching_placement::Column::RoundId.eq(round))
        .filter(matching_placement::Column::Family.eq(family))
        .order_by_asc(matching_placement::Column::Id);
    query.all(view).await.map_err(db::error)?.into_iter().map(placement).collect()
}

/// The families of a round that nothing has been done about yet.
pub async fn unsettled(view: &View, round: RoundId) -> Result<Vec<i32>> {
    let query = matching_placement::Entity::find()
        .select_only()
        .column(matching_placement::Column::Family)
        .distinct()
        .filter(matching_placement::Column::RoundId.eq(round))
        .filter(matching_placement::Column::Outcome.eq(PlacementOutcome::Planned.to_string()))
        .order_by_asc(matching_placement::Column::Family);
    query.into_tuple().all(view).await.map_err(db::error)
}

/// Placements that change hands with their person.
pub async fn change_hands(tx: &Tx, rows: Rows<'_>, to: RelocantId) -> Result<Vec<Uuid>> {
    let (id, owner) = (matching_placement::Column::Id, matching_placement::Column::RelocantId);
    ownership::change_hands::<matching_placement::Entity>(tx.view(), id, owner, rows, to).await
}

/// A matcher of a region sees the rounds of the region.
fn reach(caller: &Caller) -> Condition {
    match &caller.reach {
        Reach::Everywhere => Condition::all(),
        Reach::Region(region) => Condition::all().add(matching_round::Column::Region.eq(region.code())),
        Reach::Center(_) | Reach::Organisation(_) | Reach::Own(_) | Reach::Nothing => Condition::all().add(Expr::value(false)),
    }
}

fn from_row(row: matching_round::Model) -> Result<PublishedRound> {
    let corrupt = |column: &str| Error::internal(format!("round {} has an unreadable {column}", row.id));
    Ok(PublishedRound {
        region: row.region.as_deref().map(str::parse).transpose().map_err(|_| corrupt("region"))?,
        occupation: row.occupation.as_deref().map(str::parse).transpose().map_err(|_| corrupt("occupation"))?,
        id: row.id,
        arrive_by: row.arrive_by,
        hold_days: row.hold_days,
        plan_id: row.plan_id,
        vacancies: row.vacancies,
        unplaced: row.unplaced,
        complaints: row.complaints,
        created_at: row.created_at,
    })
}

fn placement(row: matching_placement::Model) -> Result<PublishedPlacement> {
    Ok(PublishedPlacement {
        outcome: row.outcome.parse().map_err(|_| Error::internal(format!("placement {} has an unreadable outcome", row.id)))?,
        id: row.id,
        family: row.family,
        relocant: row.relocant_id,
        vacancy: row.vacancy_id,
        home: row.home_id,
        wish: row.wish,
        reason: row.reason,
        proposed: row.match_id,
    })
}
