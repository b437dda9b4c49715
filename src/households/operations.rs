//! What calls about households do, in which order, and who may: whoever can reach one present or former member acts on the whole household.

use chrono::NaiveDate;

use super::{
    Held, Household, HouseholdPermit, HouseholdRole, InRole, LeavingGround, Stated, rules,
    store::{self, RESOURCE},
};
use crate::{
    auth::{Permission, Reach},
    classifiers::Region,
    error::{Error, Result, none_at_fault, none_refused, same_version},
    events::Event,
    gate::{Operation, Purpose, Query, Tx, View},
    ids::{HouseholdId, RelocantId},
    page::Page,
    permits::{self, Basis, Permit, terms},
    relocants::{self, Relocant},
};

/// A household as it is answered.
#[derive(Debug)]
pub struct Seen {
    /// The household, as far as the caller may see it.
    pub household: Household,
    /// The head's region of stay.
    pub region: Option<Region>,
    /// The households that have split from it.
    pub split_into: Vec<HouseholdId>,
    /// The households that have joined it.
    pub joined: Vec<HouseholdId>,
}

fn everybody(household: &Household) -> Vec<RelocantId> {
    let mut people: Vec<RelocantId> = household.members.iter().map(|member| member.relocant).collect();
    people.sort_unstable();
    people.dedup();
    people
}

/// A household of which the caller reaches somebody who is or was a member, or somebody who is to be one.
async fn reached(view: &View, id: HouseholdId, newcomer: Option<RelocantId>) -> Result<Household> {
    let household = store::get_unreached(view, id).await?;
    let people = rules::were_members(&household).into_iter().chain(newcomer).collect();
    if relocants::store::in_reach(view, people).await?.is_empty() {
        return Err(Error::NotFound { resource: RESOURCE });
    }
    Ok(household)
}

/// A household in reach as the caller has seen it, and everybody who is or was a member.
async fn opened(view: &View, id: HouseholdId, expected_version: i64, newcomer: Option<RelocantId>) -> Result<(Household, Vec<Relocant>)> {
    let household = reached(view, id, newcomer).await?;
    same_version(RESOURCE, expected_version, household.version)?;
    let people = relocants::store::all_unreached(view, everybody(&household)).await?;
    Ok((rules::with_departures(household, &people), people))
}

async fn open(view: &View, id: HouseholdId, expected_version: i64) -> Result<Household> {
    opened(view, id, expected_version, None).await.map(|(household, _)| household)
}

/// Notes that the caller is told of those of these people who are out of reach.
async fn told(view: &View, people: Vec<RelocantId>) -> Result<()> {
    let in_reach = relocants::store::in_reach(view, people.clone()).await?;
    for id in people.into_iter().filter(|id| !in_reach.contains(id)) {
        view.told_of(id);
    }
    Ok(())
}

/// Households as the caller may see them.
async fn seen(view: &View, households: Vec<Household>) -> Result<Vec<Seen>> {
    let ids: Vec<HouseholdId> = households.iter().map(|household| household.id).collect();
    let people = relocants::store::all_unreached(view, households.iter().flat_map(everybody).collect()).await?;
    let own = match &view.caller.reach {
        Reach::Own(_) => Some(relocants::store::in_reach(view, people.iter().map(|one| one.id).collect()).await?),
        Reach::Everywhere | Reach::Center(_) | Reach::Region(_) | Reach::Organisation(_) | Reach::Nothing => None,
    };
    let as_seen = |household: Household| match (rules::with_departures(household, &people), &own) {
        (household, Some(own)) => rules::seen_by_person(household, own),
        (household, None) => household,
    };
    let households: Vec<Household> = households.into_iter().map(as_seen).collect();
    told(view, households.iter().flat_map(everybody).collect()).await?;
    let linked = store::linked_to(view, &ids).await?;
    let answer = |household: Household| {
        let head = rules::head(&household);
        let region = people.iter().find(|one| Some(one.id) == head).map(|one| one.region);
        // A person who has left is not told into what the others went.
        let hidden = own.is_some() && rules::present(&household).is_empty();
        let of = |link: fn(&Household) -> Option<HouseholdId>| -> Vec<HouseholdId> {
            let is_of = |other: &&Household| !hidden && link(other) == Some(household.id);
            linked.iter().filter(is_of).map(|other| other.id).collect()
        };
        let (split_into, joined) = (of(|other| other.split_from), of(|other| other.joined_into));
        Seen { household, region, split_into, joined }
    };
    Ok(households.into_iter().map(answer).collect())
}

async fn one_seen(view: &View, id: HouseholdId) -> Result<Seen> {
    let household = store::get_unreached(view, id).await?;
    seen(view, vec![household]).await?.pop().ok_or(Error::NotFound { resource: RESOURCE })
}

/// Refuses unless these people can be members from a day on.
async fn may_be_members(tx: &Tx, people: &[InRole], since: NaiveDate) -> Result<()> {
    let ids: Vec<RelocantId> = people.iter().map(|person| person.relocant).collect();
    let records = relocants::store::all_unreached(tx, ids.clone()).await?;
    if records.len() != ids.len() {
        return Err(Error::NotFound { resource: "relocant" });
    }
    let households = store::of_people(tx, &ids, None).await?;
    let in_reach = relocants::store::in_reach(tx, households.iter().flat_map(everybody).collect()).await?;
    let held = |household: &Household| {
        let (id, reached) = (household.id, rules::were_members(household).iter().any(|member| in_reach.contains(member)));
        household
            .members
            .iter()
            .map(move |membership| Held { household: id, membership: *membership, in_reach: reached })
            .collect::<Vec<_>>()
    };
    let held: Vec<Held> = households.iter().flat_map(held).collect();
    none_refused(rules::may_be_members(&records, since, &held))
}

/// Saves what has become of a household, and says who came and who went.
async fn saved(tx: &mut Tx, before: &Household, after: &Household) -> Result<()> {
    store::save(tx, before, after).await?;
    let (coming, going) = rules::comings_and_goings(&before.members, &after.members);
    for relocant in going {
        tx.record(Event::MemberRemoved { household: after.id, relocant });
    }
    for member in coming {
        tx.record(Event::MemberAdded { household: after.id, relocant: member.relocant });
    }
    Ok(())
}

async fn formed(tx: &mut Tx, new: &Household) -> Result<()> {
    store::insert(tx, new).await?;
    for member in &new.members {
        tx.record(match member.role {
            HouseholdRole::Head => Event::HouseholdFormed { household: new.id, relocant: member.relocant },
            HouseholdRole::Spouse | HouseholdRole::Child | HouseholdRole::Parent | HouseholdRole::Other => {
                Event::MemberAdded { household: new.id, relocant: member.relocant }
            }
        });
    }
    Ok(())
}

/// A household of the caller's centre that nobody is a member of yet.
fn new(tx: &Tx, stated: Stated) -> Result<Household> {
    let center = tx.caller.center().ok_or_else(|| Error::internal("a registrar without a center"))?.to_owned();
    Ok(Household::new(HouseholdId(tx.reserved()), center, stated, tx.now))
}

/// Forms a household.
#[derive(Debug)]
pub struct FormHousehold {
    /// The first members.
    pub members: Vec<InRole>,
    /// The day since which they are one.
    pub since: NaiveDate,
    /// What the family states.
    pub stated: Stated,
}

impl Operation for FormHousehold {
    const NAME: &'static str = "FormHousehold";
    const NEEDS: Permission = Permission::FormHousehold;
    type Output = Seen;

    async fn run(&self, tx: &mut Tx) -> Result<Seen> {
        let ids = self.members.iter().map(|member| member.relocant).collect();
        if relocants::store::in_reach(tx, ids).await?.is_empty() {
            return Err(Error::NotFound { resource: "relocant" });
        }
        may_be_members(tx, &self.members, self.since).await?;
        let new = rules::form(new(tx, self.stated)?, &self.members, self.since, tx.today)?;
        formed(tx, &new).await?;
        self.replay(tx).await
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Seen> {
        one_seen(tx, HouseholdId(tx.reserved())).await
    }
}

/// Adds a member.
#[derive(Debug)]
pub struct AddMember {
    /// The household.
    pub id: HouseholdId,
    /// What the caller has seen.
    pub expected_version: i64,
    /// Who comes, and as what.
    pub member: InRole,
    /// The first day.
    pub since: NaiveDate,
}

impl Operation for AddMember {
    const NAME: &'static str = "AddMember";
    const NEEDS: Permission = Permission::AddMember;
    type Output = Seen;

    async fn run(&self, tx: &mut Tx) -> Result<Seen> {
        let (before, _) = opened(tx, self.id, self.expected_version, Some(self.member.relocant)).await?;
        may_be_members(tx, &[self.member], self.since).await?;
        let after = rules::add(before.clone(), self.member, self.since, tx.today)?;
        saved(tx, &before, &after).await?;
        one_seen(tx, self.id).await
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Seen> {
        one_seen(tx, self.id).await
    }
}

/// Ends a membership.
#[derive(Debug)]
pub struct RemoveMember {
    /// The household.
    pub id: HouseholdId,
    /// What the caller has seen.
    pub expected_version: i64,
    /// Who leaves.
    pub relocant: RelocantId,
    /// The day of leaving.
    pub left: NaiveDate,
    /// Why.
    pub ground: LeavingGround,
    /// Roles that those who stay have from then on.
    pub roles: Vec<InRole>,
}

impl Operation for RemoveMember {
    const NAME: &'static str = "RemoveMember";
    const NEEDS: Permission = Permission::RemoveMember;
    type Output = Seen;

    async fn run(&self, tx: &mut Tx) -> Result<Seen> {
        let before = open(tx, self.id, self.expected_version).await?;
        let after = rules::remove(before.clone(), self.relocant, (self.left, self.ground), &self.roles, tx.today)?;
        saved(tx, &before, &after).await?;
        one_seen(tx, self.id).await
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Seen> {
        one_seen(tx, self.id).await
    }
}

/// Makes a household of its own of some members.
#[derive(Debug)]
pub struct SplitHousehold {
    /// The household.
    pub id: HouseholdId,
    /// What the caller has seen.
    pub expected_version: i64,
    /// Who goes, and as what.
    pub leaving: Vec<InRole>,
    /// The day on which they are a household of their own.
    pub on: NaiveDate,
    /// Roles that those who stay have from then on.
    pub roles: Vec<InRole>,
    /// What goes with them of what the family states.
    pub going: Stated,
}

impl Operation for SplitHousehold {
    const NAME: &'static str = "SplitHousehold";
    const NEEDS: Permission = Permission::SplitHousehold;
    type Output = (Seen, Seen);

    async fn run(&self, tx: &mut Tx) -> Result<(Seen, Seen)> {
        let before = open(tx, self.id, self.expected_version).await?;
        none_at_fault(rules::going(before.stated, self.going))?;
        let (after, new) = rules::split(before.clone(), new(tx, self.going)?, &self.leaving, self.on, &self.roles, tx.today)?;
        tx.record(Event::HouseholdSplit { household: self.id });
        saved(tx, &before, &after).await?;
        formed(tx, &new).await?;
        self.replay(tx).await
    }

    async fn replay(&self, tx: &mut Tx) -> Result<(Seen, Seen)> {
        Ok((one_seen(tx, self.id).await?, one_seen(tx, HouseholdId(tx.reserved())).await?))
    }
}

/// Takes all members of another household in.
#[derive(Debug)]
pub struct JoinHouseholds {
    /// The household that takes them in.
    pub id: HouseholdId,
    /// What the caller has seen of it.
    pub expected_version: i64,
    /// The one that is over.
    pub joined: HouseholdId,
    /// What the caller has seen of that.
    pub joined_expected_version: i64,
    /// The day since which they are one.
    pub on: NaiveDate,
    /// Roles from then on.
    pub roles: Vec<InRole>,
}

impl Operation for JoinHouseholds {
    const NAME: &'static str = "JoinHouseholds";
    const NEEDS: Permission = Permission::JoinHouseholds;
    type Output = (Seen, Seen);

    async fn run(&self, tx: &mut Tx) -> Result<(Seen, Seen)> {
        let before = open(tx, self.id, self.expected_version).await?;
        let joined_before = open(tx, self.joined, self.joined_expected_version).await?;
        let (after, joined) = rules::join(before.clone(), joined_before.clone(), self.on, &self.roles, tx.today)?;
        tx.record(Event::HouseholdJoined { household: self.id });
        saved(tx, &joined_before, &joined).await?;
        saved(tx, &before, &after).await?;
        self.replay(tx).await
    }

    async fn replay(&self, tx: &mut Tx) -> Result<(Seen, Seen)> {
        Ok((one_seen(tx, self.id).await?, one_seen(tx, self.joined).await?))
    }
}

/// Changes what the family states, and roles.
#[derive(Debug)]
pub struct AmendHousehold {
    /// The household.
    pub id: HouseholdId,
    /// What the caller has seen.
    pub expected_version: i64,
    /// People without a record.
    pub unregistered_people: Option<i32>,
    /// Children of 6 to 17 years.
    pub school_age_children: Option<i32>,
    /// New roles.
    pub roles: Vec<InRole>,
    /// The day from which they hold; nothing said: today.
    pub roles_on: Option<NaiveDate>,
}

impl Operation for AmendHousehold {
    const NAME: &'static str = "AmendHousehold";
    const NEEDS: Permission = Permission::AmendHousehold;
    type Output = Seen;

    async fn run(&self, tx: &mut Tx) -> Result<Seen> {
        let before = open(tx, self.id, self.expected_version).await?;
        let stated = Stated {
            unregistered_people: self.unregistered_people.unwrap_or(before.stated.unregistered_people),
            school_age_children: self.school_age_children.unwrap_or(before.stated.school_age_children),
        };
        let after = rules::amend(before.clone(), stated, &self.roles, self.roles_on.unwrap_or(tx.today), tx.today)?;
        saved(tx, &before, &after).await?;
        tx.record(Event::HouseholdAmended { household: self.id });
        one_seen(tx, self.id).await
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Seen> {
        one_seen(tx, self.id).await
    }
}

/// Closes the registrations of all present members, for all of them or for nobody.
#[derive(Debug)]
pub struct ReportHouseholdDeparture {
    /// The household.
    pub id: HouseholdId,
    /// What the caller has seen.
    pub expected_version: i64,
    /// The day of departure.
    pub on: NaiveDate,
}

impl Operation for ReportHouseholdDeparture {
    const NAME: &'static str = "ReportHouseholdDeparture";
    const NEEDS: Permission = Permission::ReportHouseholdDeparture;
    type Output = Seen;

    async fn run(&self, tx: &mut Tx) -> Result<Seen> {
        let (before, people) = opened(tx, self.id, self.expected_version, None).await?;
        let (after, departed) = match rules::depart(before.clone(), people, self.on, tx.today) {
            Ok(departed) => departed,
            Err(refusals) => return none_refused(refusals).and(Err(Error::internal("a departure was refused without a reason"))),
        };
        for person in &departed {
            relocants::store::save(tx, person).await?;
            tx.record(Event::RelocantDeparted { relocant: person.id });
        }
        saved(tx, &before, &after).await?;
        one_seen(tx, self.id).await
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Seen> {
        one_seen(tx, self.id).await
    }
}

/// Answers a household with the permits of its present members.
#[derive(Debug)]
pub struct GetHousehold {
    /// The household.
    pub id: HouseholdId,
}

impl Query for GetHousehold {
    const NAME: &'static str = "GetHousehold";
    const NEEDS: Permission = Permission::GetHousehold;
    type Output = (Seen, Vec<HouseholdPermit>);

    fn purpose(&self) -> Option<Purpose> {
        Some(Purpose::Registration)
    }

    async fn run(&self, view: &View) -> Result<(Seen, Vec<HouseholdPermit>)> {
        let household = reached(view, self.id, None).await?;
        let Some(seen) = seen(view, vec![household]).await?.pop() else { return Err(Error::NotFound { resource: RESOURCE }) };
        let mut holders: Vec<RelocantId> = rules::present(&seen.household).into_iter().collect();
        if matches!(view.caller.reach, Reach::Own(_)) {
            holders = relocants::store::in_reach(view, holders).await?;
        }
        let permits = current_permits(view, holders).await?;
        Ok((seen, permits))
    }
}

async fn current_permits(view: &View, holders: Vec<RelocantId>) -> Result<Vec<HouseholdPermit>> {
    let relative = |permit: &Permit| match permit.basis {
        Basis::Relative(id) => Some(id),
        Basis::Contract | Basis::Enrolment | Basis::HostConsent => None,
    };
    let mut permits = permits::store::of_people(view, holders).await?;
    permits.retain(|permit| rules::is_current(permit, view.today));
    let stand_on = permits::store::holders(view, permits.iter().filter_map(relative).collect()).await?;
    told(view, stand_on.values().copied().collect()).await?;
    let answer = |permit: Permit| HouseholdPermit {
        stands_on: relative(&permit).and_then(|id| Some((id, *stand_on.get(&id)?))),
        permit: Permit { state: terms::state_on(&permit, view.today), ..permit },
    };
    Ok(permits.into_iter().map(answer).collect())
}

/// Lists the households of a person, present and former.
#[derive(Debug)]
pub struct ListHouseholds {
    /// The person.
    pub relocant: RelocantId,
    /// Which page.
    pub page: Page,
}

impl Query for ListHouseholds {
    const NAME: &'static str = "ListHouseholds";
    const NEEDS: Permission = Permission::ListHouseholds;
    type Output = Vec<Seen>;

    fn purpose(&self) -> Option<Purpose> {
        Some(Purpose::Registration)
    }

    async fn run(&self, view: &View) -> Result<Vec<Seen>> {
        let person = relocants::store::get(view, self.relocant).await?;
        // What went to the record that stands for the person is the person's too, where the caller reaches that one.
        let records = relocants::store::in_reach(view, std::iter::once(person.id).chain(person.merged_into).collect()).await?;
        seen(view, store::of_people(view, &records, Some(self.page)).await?).await
    }
}
