//! Rows of households with their members. Who may see them is decided by who may see a member: operations ask `relocants`.

use std::collections::{HashMap, HashSet};

use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _,
    sea_query::SelectStatement,
};
use uuid::Uuid;

use super::{
    Household, HouseholdRole, LeavingGround, Membership, Stated,
    table::{household, household_member},
};
use crate::{
    db::{
        self,
        ownership::{self, Rows},
    },
    error::{Error, Result},
    gate::{Tx, View},
    ids::{HouseholdId, RelocantId},
    page::Page,
};

/// People whom one statement asks for at most.
const AT_ONCE: usize = 1000;

pub(super) const RESOURCE: &str = "household";

/// Adds a household with its members.
pub async fn insert(tx: &Tx, new: &Household) -> Result<()> {
    household::Entity::insert(to_row(new)).exec_without_returning(tx.view()).await.map_err(db::error)?;
    insert_members(tx, new.id, new.members.iter()).await
}

async fn insert_members(tx: &Tx, household: HouseholdId, members: impl Iterator<Item = &Membership>) -> Result<()> {
    let rows: Vec<_> = members.map(|member| member_to_row(household, member)).collect();
    if rows.is_empty() {
        return Ok(());
    }
    household_member::Entity::insert_many(rows).exec_without_returning(tx.view()).await.map(drop).map_err(db::error)
}

/// Saves a household, if nobody else has changed it since it was read: the memberships that have begun, and the end of those that have ended. Nothing else of a
/// membership ever changes.
///
/// # Errors
/// [`Error::Conflict`] when somebody has.
pub async fn save(tx: &Tx, before: &Household, changed: &Household) -> Result<()> {
    let saved = Household { version: changed.version + 1, updated_at: tx.now, ..changed.clone() };
    let outcome = household::Entity::update_many()
        .set(to_row(&saved))
        .filter(household::Column::Id.eq(saved.id))
        .filter(household::Column::Version.eq(changed.version))
        .exec(tx.view())
        .await
        .map_err(db::error)?;
    if outcome.rows_affected != 1 {
        return Err(Error::Conflict { resource: RESOURCE });
    }
    let former = |member: &Membership| before.members.iter().find(|former| former.id == member.id);
    for member in changed.members.iter().filter(|member| former(member).is_some_and(|former| former.left != member.left)) {
        household_member::Entity::update_many()
            .set(household_member::ActiveModel {
                left_on: Set(member.left.map(|(on, _)| on)),
                ground: Set(member.left.map(|(_, ground)| ground.to_string())),
                ..Default::default()
            })
            .filter(household_member::Column::Id.eq(member.id))
            .exec(tx.view())
            .await
            .map_err(db::error)?;
    }
    insert_members(tx, changed.id, changed.members.iter().filter(|member| former(member).is_none())).await
}

/// A household, whoever asks: the operation asks for the reach of its members.
pub async fn get_unreached(view: &View, id: HouseholdId) -> Result<Household> {
    let row = household::Entity::find_by_id(id).one(view).await.map_err(db::error)?.ok_or(Error::NotFound { resource: RESOURCE })?;
    let members = members_of(view, &[id]).await?.remove(&id).unwrap_or_default();
    Ok(from_row(row, members))
}

/// Every household that one of these people is or was a member of, and not by mistake, or a page of them; one more than the page holds, when there are more.
pub async fn of_people(view: &View, people: &[RelocantId], page: Option<Page>) -> Result<Vec<Household>> {
    let ground = household_member::Column::Ground;
    let theirs = household_member::Entity::find()
        .select_only()
        .column(household_member::Column::HouseholdId)
        .filter(household_member::Column::RelocantId.is_in(people.iter().copied()))
        .filter(Condition::any().add(ground.is_null()).add(ground.ne(<&str>::from(LeavingGround::Mistaken))));
    let mut query = household::Entity::find()
        .filter(household::Column::Id.in_subquery(theirs.into_query()))
        .order_by_asc(household::Column::Id)
        .limit(page.map(|page| page.size + 1));
    if let Some(after) = page.and_then(|page| page.after) {
        query = query.filter(household::Column::Id.gt(after));
    }
    let rows = query.all(view).await.map_err(db::error)?;
    let mut members = members_of(view, &rows.iter().map(|row| row.id).collect::<Vec<_>>()).await?;
    Ok(rows
        .into_iter()
        .map(|row| (members.remove(&row.id).unwrap_or_default(), row))
        .map(|(members, row)| from_row(row, members))
        .collect())
}

async fn members_of(view: &View, households: &[HouseholdId]) -> Result<HashMap<HouseholdId, Vec<Membership>>> {
    let rows = household_member::Entity::find()
        .filter(household_member::Column::HouseholdId.is_in(households.iter().copied()))
        .order_by_asc(household_member::Column::Id)
        .all(view)
        .await
        .map_err(db::error)?;
    let mut members: HashMap<HouseholdId, Vec<Membership>> = HashMap::new();
    for row in rows {
        members.entry(row.household_id).or_default().push(member_from_row(&row)?);
    }
    Ok(members)
}

/// The households that came from these by a split, and those that have joined them, each in the order in which they were formed.
pub async fn linked_to(view: &View, households: &[HouseholdId]) -> Result<Vec<Household>> {
    let is_of = |column: household::Column| column.is_in(households.iter().copied());
    let rows = household::Entity::find()
        .filter(Condition::any().add(is_of(household::Column::SplitFromId)).add(is_of(household::Column::JoinedIntoId)))
        .order_by_asc(household::Column::Id)
        .all(view)
        .await
        .map_err(db::error)?;
    Ok(rows.into_iter().map(|row| from_row(row, vec![])).collect())
}

/// The present members of a household, as a question within another.
pub fn present_in(household: HouseholdId) -> SelectStatement {
    household_member::Entity::find()
        .select_only()
        .column(household_member::Column::RelocantId)
        .filter(household_member::Column::HouseholdId.eq(household))
        .filter(household_member::Column::LeftOn.is_null())
        .into_query()
}

/// Of these people those who are head or spouse of a household now, and the other one of the couple, if there is one.
pub async fn couples(view: &View, people: &[RelocantId]) -> Result<HashMap<RelocantId, (HouseholdId, Option<RelocantId>)>> {
    use household_member::Column as C;
    let roles = [HouseholdRole::Head, HouseholdRole::Spouse].map(|role| role.to_string());
    let mut found = HashMap::new();
    for part in people.chunks(AT_ONCE) {
        let now = || household_member::Entity::find().select_only().filter(C::SinceOn.lte(view.today)).filter(C::LeftOn.is_null());
        let theirs = now().column(C::HouseholdId).filter(C::RelocantId.is_in(part.iter().copied()));
        let both = now().columns([C::HouseholdId, C::RelocantId]).filter(C::Role.is_in(roles.clone()));
        let both = both.filter(C::HouseholdId.in_subquery(theirs.into_query())).order_by_asc(C::Id);
        let rows: Vec<(HouseholdId, RelocantId)> = both.into_tuple().all(view).await.map_err(db::error)?;
        for (household, person) in &rows {
            let other = rows.iter().find(|(shared, other)| shared == household && other != person).map(|(_, other)| *other);
            found.insert(*person, (*household, other));
        }
    }
    Ok(found)
}

/// Whether all of these people are members of one household today.
pub async fn live_together(view: &View, people: &[RelocantId]) -> Result<bool> {
    use household_member::Column as C;
    let query = household_member::Entity::find()
        .select_only()
        .columns([C::HouseholdId, C::RelocantId])
        .filter(C::RelocantId.is_in(people.iter().copied()))
        .filter(C::SinceOn.lte(view.today))
        .filter(C::LeftOn.is_null());
    let rows: Vec<(HouseholdId, RelocantId)> = query.into_tuple().all(view).await.map_err(db::error)?;
    let first = rows.first().map(|(household, _)| *household);
    let here = |person: &RelocantId| rows.iter().any(|(household, member)| member == person && Some(*household) == first);
    Ok(people.iter().all(here))
}

/// Memberships that change hands with their person.
pub async fn change_hands(tx: &Tx, rows: Rows<'_>, to: RelocantId) -> Result<Vec<Uuid>> {
    let (id, owner) = (household_member::Column::Id, household_member::Column::RelocantId);
    ownership::change_hands::<household_member::Entity>(tx.view(), id, owner, rows, to).await
}

/// These memberships, and those of a person in which they go on.
pub async fn with_what_continues(view: &View, relocant: RelocantId, memberships: Vec<Uuid>) -> Result<Vec<Uuid>> {
    let rows = household_member::Entity::find()
        .filter(household_member::Column::RelocantId.eq(relocant))
        .order_by_asc(household_member::Column::Id)
        .all(view)
        .await
        .map_err(db::error)?;
    let mut found: HashSet<Uuid> = memberships.into_iter().collect();
    // What goes on in what goes on, until there is nothing further.
    let mut known = 0;
    while known != found.len() {
        known = found.len();
        let goes_on = |row: &&household_member::Model| row.continues_id.is_some_and(|former| found.contains(&former.0));
        let further: Vec<Uuid> = rows.iter().filter(goes_on).map(|row| row.id.0).collect();
        found.extend(further);
    }
    Ok(found.into_iter().collect())
}

fn to_row(household: &Household) -> household::ActiveModel {
    household::ActiveModel {
        id: Set(household.id),
        center: Set(household.center.clone()),
        unregistered_people: Set(household.stated.unregistered_people),
        school_age_children: Set(household.stated.school_age_children),
        split_from_id: Set(household.split_from),
        joined_into_id: Set(household.joined_into),
        version: Set(household.version),
        created_at: Set(household.created_at),
        updated_at: Set(household.updated_at),
    }
}

fn member_to_row(household: HouseholdId, member: &Membership) -> household_member::ActiveModel {
    household_member::ActiveModel {
        id: Set(member.id),
        household_id: Set(household),
        relocant_id: Set(member.relocant),
        role: Set(member.role.to_string()),
        since_on: Set(member.since),
        left_on: Set(member.left.map(|(on, _)| on)),
        ground: Set(member.left.map(|(_, ground)| ground.to_string())),
        continues_id: Set(member.continues),
    }
}

fn from_row(row: household::Model, members: Vec<Membership>) -> Household {
    Household {
        id: row.id,
        center: row.center,
        stated: Stated { unregistered_people: row.unregistered_people, school_age_children: row.school_age_children },
        split_from: row.split_from_id,
        joined_into: row.joined_into_id,
        members,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}

fn member_from_row(row: &household_member::Model) -> Result<Membership> {
    let corrupt = |column: &str| Error::internal(format!("household_member {} has an unreadable {column}", row.id));
    let ground = row.ground.as_deref().map(|ground| ground.parse().map_err(|_| corrupt("ground"))).transpose()?;
    Ok(Membership {
        id: row.id,
        relocant: row.relocant_id,
        role: row.role.parse().map_err(|_| corrupt("role"))?,
        since: row.since_on,
        left: row.left_on.zip(ground),
        continues: row.continues_id,
    })
}
