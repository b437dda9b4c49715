//! Who may be in a household, in which role, and since when. One head while there are members; one household a person a day; what was is kept.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::{Held, Household, HouseholdRole, InRole, LeavingGround, Membership, Stated};
use crate::{
    error::{Reason, Violation, Why},
    ids::{HouseholdId, HouseholdMemberId, RelocantId},
    permits::{Permit, PermitState, Validity, rules as permits, terms},
    relocants::{Relocant, RelocantStatus, rules as relocants},
};

/// Present members at most, and people that one request names.
pub const MOST_MEMBERS: usize = 30;
/// Memberships at most that a household keeps, former ones too.
const MOST_MEMBERSHIPS: usize = 300;
/// What a family states of a kind at most.
pub const MOST_STATED: i32 = 20;

/// Why a household does not change as asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// On a day of the new membership the person is in a household.
    #[error("{relocant} is in a household on a day of these")]
    AlreadyInHousehold {
        /// The person.
        relocant: RelocantId,
        /// That household, for callers who can reach it.
        household: Option<HouseholdId>,
    },
    /// There are no present members.
    #[error("nobody is left in the household")]
    HouseholdEnded,
    /// Members without a head, or with several.
    #[error("the household would have {heads} heads; it has exactly one")]
    NotOneHead {
        /// How many.
        heads: usize,
    },
    /// The person is no present member.
    #[error("{relocant} is not a present member of the household")]
    NotAMember {
        /// The person.
        relocant: RelocantId,
    },
    /// The day lies in the future, or before what it is about began.
    #[error("{on} does not lie from {from} until today, {today}")]
    MembershipOutOfTime {
        /// The person.
        relocant: RelocantId,
        /// The day.
        on: NaiveDate,
        /// The first day that it can be.
        from: NaiveDate,
        /// Today.
        today: NaiveDate,
    },
    /// A bound of households is reached.
    #[error("a household has at most {most} of {of}")]
    HouseholdFull {
        /// Of what there would be too many.
        of: &'static str,
        /// The bound.
        most: usize,
    },
    /// Nobody would be left behind.
    #[error("all members would leave; at least one stays when a household splits")]
    NobodyStays,
    /// One household, named twice.
    #[error("a household does not join itself")]
    SameHousehold,
    /// The person's record stands against it.
    #[error("{relocant}: {refusal}")]
    Person {
        /// The person.
        relocant: RelocantId,
        /// What the rules of people say.
        refusal: relocants::Refusal,
    },
}

impl Refusal {
    /// Every reason that these rules can give of their own.
    pub const REASONS: &[&str] = &[
        "ALREADY_IN_HOUSEHOLD",
        "HOUSEHOLD_ENDED",
        "NOT_ONE_HEAD",
        "NOT_A_MEMBER",
        "MEMBERSHIP_OUT_OF_TIME",
        "HOUSEHOLD_FULL",
        "NOBODY_STAYS",
        "SAME_HOUSEHOLD",
    ];
}

impl Reason for Refusal {
    fn reason(&self) -> &'static str {
        match self {
            Self::AlreadyInHousehold { .. } => "ALREADY_IN_HOUSEHOLD",
            Self::HouseholdEnded => "HOUSEHOLD_ENDED",
            Self::NotOneHead { .. } => "NOT_ONE_HEAD",
            Self::NotAMember { .. } => "NOT_A_MEMBER",
            Self::MembershipOutOfTime { .. } => "MEMBERSHIP_OUT_OF_TIME",
            Self::HouseholdFull { .. } => "HOUSEHOLD_FULL",
            Self::NobodyStays => "NOBODY_STAYS",
            Self::SameHousehold => "SAME_HOUSEHOLD",
            Self::Person { refusal, .. } => refusal.reason(),
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::AlreadyInHousehold { relocant, household } => {
                let household = household.map(|household| ("household", household.to_string()));
                std::iter::once(("relocant", relocant.to_string())).chain(household).collect()
            }
            Self::NotOneHead { heads } => vec![("heads", heads.to_string())],
            Self::NotAMember { relocant } => vec![("relocant", relocant.to_string())],
            Self::MembershipOutOfTime { relocant, on, from, today } => {
                vec![("relocant", relocant.to_string()), ("on", on.to_string()), ("from", from.to_string()), ("today", today.to_string())]
            }
            Self::HouseholdFull { of, most } => vec![("of", (*of).to_owned()), ("most", most.to_string())],
            Self::Person { relocant, refusal } => [vec![("relocant", relocant.to_string())], refusal.facts()].concat(),
            Self::HouseholdEnded | Self::NobodyStays | Self::SameHousehold => vec![],
        }
    }
}

/// What is wrong with people named in roles: too many, or somebody twice. A place where nobody could be read has been told already.
pub fn named(people: &[Option<InRole>], at: &str) -> Vec<Violation> {
    let mut found = Vec::new();
    if people.len() > MOST_MEMBERS {
        found.push(Violation { field: at.to_owned(), why: Why::Range("at most 30 people") });
    }
    let mut before = BTreeSet::new();
    for (place, person) in people.iter().enumerate() {
        if person.is_some_and(|person| !before.insert(person.relocant)) {
            found.push(Violation {
                field: format!("{at}[{place}].relocant_id"),
                why: Why::Contradicts("names a person who is named before"),
            });
        }
    }
    found
}

/// What is wrong with the first members of a household: also none, or not exactly one head among them.
pub fn first_members(people: &[Option<InRole>], at: &str) -> Vec<Violation> {
    let mut found = named(people, at);
    let heads = people.iter().flatten().filter(|person| person.role == HouseholdRole::Head).count();
    if people.is_empty() {
        found.push(Violation { field: at.to_owned(), why: Why::Required });
    } else if heads != 1 && people.iter().all(Option::is_some) {
        found.push(Violation { field: at.to_owned(), why: Why::Contradicts("must name exactly one HEAD") });
    }
    found
}

/// What is wrong with what goes along in a split: nobody who is not there can.
pub fn going(all: Stated, going: Stated) -> Vec<Violation> {
    let fields = [
        ("unregistered_people", all.unregistered_people, going.unregistered_people),
        ("school_age_children", all.school_age_children, going.school_age_children),
    ];
    let too_many = fields.into_iter().filter(|(_, all, going)| going > all);
    too_many.map(|(field, ..)| Violation { field: field.to_owned(), why: Why::Range("at most as many as the household has") }).collect()
}

/// Whoever is a member today, each once: one person's two records that were merged need one place.
pub fn present(household: &Household) -> BTreeSet<RelocantId> {
    household.members.iter().filter(|member| member.left.is_none()).map(|member| member.relocant).collect()
}

/// Whoever is or was a member. Who was recorded by mistake never was, and has nothing to do with the household.
pub fn were_members(household: &Household) -> BTreeSet<RelocantId> {
    let was = |member: &&Membership| member.left.is_none_or(|(_, ground)| ground != LeavingGround::Mistaken);
    household.members.iter().filter(was).map(|member| member.relocant).collect()
}

/// The head.
pub fn head(household: &Household) -> Option<RelocantId> {
    heads(household).into_iter().next()
}

fn heads(household: &Household) -> BTreeSet<RelocantId> {
    let is_head = |member: &&Membership| member.left.is_none() && member.role == HouseholdRole::Head;
    household.members.iter().filter(is_head).map(|member| member.relocant).collect()
}

/// People who need a place; nobody once the household is over.
pub fn places_needed(household: &Household) -> i32 {
    match i32::try_from(present(household).len()).unwrap_or(i32::MAX) {
        0 => 0,
        present => present.saturating_add(household.stated.unregistered_people),
    }
}

/// Whoever was reported to have left for good has left the household on that day, if not before.
pub fn with_departures(mut household: Household, people: &[Relocant]) -> Household {
    for member in household.members.iter_mut().filter(|member| member.left.is_none()) {
        let departed = people.iter().find(|one| one.id == member.relocant && one.status == RelocantStatus::Departed);
        member.left = departed.and_then(|one| one.departed_on).map(|on| (on.max(member.since), LeavingGround::Departed));
    }
    household
}

/// What a person sees of a household: all of it as a present member. Of one that they have left, the own days alone: where the others are now, and who came since,
/// is not theirs to know.
pub fn seen_by_person(household: Household, own: &[RelocantId]) -> Household {
    if present(&household).iter().any(|member| own.contains(member)) {
        return household;
    }
    let members = household.members.into_iter().filter(|member| own.contains(&member.relocant)).collect();
    Household { members, stated: Stated::default(), split_from: None, joined_into: None, ..household }
}

/// Whether a permit is in force, or was applied for and not decided against.
pub fn is_current(permit: &Permit, today: NaiveDate) -> bool {
    match permits::validity(permit, today) {
        Validity::Valid | Validity::Expiring => true,
        Validity::Expired | Validity::Ended => false,
        Validity::NotIssued => {
            let state = terms::state_on(permit, today);
            !PermitState::FINAL.contains(&state) && !matches!(state, PermitState::Draft | PermitState::Refused)
        }
    }
}

/// Everything that stands against people being members from a day on: their own records, and households that they are in.
pub fn may_be_members(people: &[Relocant], since: NaiveDate, held: &[Held]) -> Vec<Refusal> {
    let stands_against = |person: &Relocant| {
        let here = relocants::still_here(person.clone()).map_err(|refusal| Refusal::Person { relocant: person.id, refusal });
        here.err().or_else(|| is_free(person.id, since, held).err())
    };
    people.iter().filter_map(stands_against).collect()
}

/// A membership from a day on shares no day with another one. What was recorded by mistake never was.
fn is_free(relocant: RelocantId, since: NaiveDate, held: &[Held]) -> Result<(), Refusal> {
    let shares = |member: &Membership| match member.left {
        None => true,
        Some((_, LeavingGround::Mistaken)) => false,
        Some((on, _)) => on > since && on > member.since,
    };
    match held.iter().find(|held| held.membership.relocant == relocant && shares(&held.membership)) {
        Some(held) => Err(Refusal::AlreadyInHousehold { relocant, household: Some(held.household).filter(|_| held.in_reach) }),
        None => Ok(()),
    }
}

/// The first members of a new household.
pub fn form(mut new: Household, people: &[InRole], since: NaiveDate, today: NaiveDate) -> Result<Household, Refusal> {
    for person in people {
        in_time(person.relocant, since, FIRST_DAY, today)?;
        begin(&mut new, *person, since, None);
    }
    whole(new)
}

/// No day of a household lies before this one.
const FIRST_DAY: NaiveDate = match NaiveDate::from_ymd_opt(1900, 1, 1) {
    Some(day) => day,
    None => NaiveDate::MIN,
};

/// A further member, against whom nothing stands.
pub fn add(household: Household, person: InRole, since: NaiveDate, today: NaiveDate) -> Result<Household, Refusal> {
    let mut household = going_on(household)?;
    in_time(person.relocant, since, began(&household), today)?;
    begin(&mut household, person, since, None);
    whole(household)
}

/// A member who leaves, and roles that those who stay have from then on.
pub fn remove(
    household: Household,
    leaver: RelocantId,
    left: (NaiveDate, LeavingGround),
    roles: &[InRole],
    today: NaiveDate,
) -> Result<Household, Refusal> {
    let mut household = going_on(household)?;
    end(&mut household, leaver, left, today)?;
    whole(with_roles(household, roles, left.0, today)?)
}

/// Some members make a household of their own, which takes along what is stated of them. Gives the household of those who stay, and theirs.
pub fn split(
    household: Household,
    new: Household,
    leaving: &[InRole],
    on: NaiveDate,
    roles: &[InRole],
    today: NaiveDate,
) -> Result<(Household, Household), Refusal> {
    let mut household = going_on(household)?;
    let mut new = Household { split_from: Some(household.id), ..new };
    for person in leaving {
        let continues = end(&mut household, person.relocant, (on, LeavingGround::Split), today)?;
        begin(&mut new, *person, on, Some(continues));
    }
    if present(&household).is_empty() {
        return Err(Refusal::NobodyStays);
    }
    household.stated.unregistered_people -= new.stated.unregistered_people;
    household.stated.school_age_children -= new.stated.school_age_children;
    Ok((whole(with_roles(household, roles, on, today)?)?, whole(new)?))
}

/// One household takes another's members in. Who is in both, after a merge of two records, goes on where they are.
pub fn join(
    into: Household,
    joined: Household,
    on: NaiveDate,
    roles: &[InRole],
    today: NaiveDate,
) -> Result<(Household, Household), Refusal> {
    if into.id == joined.id {
        return Err(Refusal::SameHousehold);
    }
    let (mut into, mut joined) = (going_on(into)?, going_on(joined)?);
    let own = present(&into);
    for relocant in present(&joined) {
        in_time(relocant, on, began(&into), today)?;
        let continues = end(&mut joined, relocant, (on, LeavingGround::Joined), today)?;
        if !own.contains(&relocant) {
            let role = roles.iter().find(|named| named.relocant == relocant).map_or(HouseholdRole::Other, |named| named.role);
            begin(&mut into, InRole { relocant, role }, on, Some(continues));
        }
    }
    into.stated.unregistered_people += joined.stated.unregistered_people;
    into.stated.school_age_children += joined.stated.school_age_children;
    let joined = Household { joined_into: Some(into.id), ..joined };
    Ok((whole(with_roles(into, roles, on, today)?)?, joined))
}

/// What the family states now, and roles from a day on.
pub fn amend(household: Household, stated: Stated, roles: &[InRole], on: NaiveDate, today: NaiveDate) -> Result<Household, Refusal> {
    let household = Household { stated, ..going_on(household)? };
    whole(with_roles(household, roles, on, today)?)
}

/// All present members have left for good on one day: all of them, or every reason why not.
pub fn depart(
    household: Household,
    people: Vec<Relocant>,
    on: NaiveDate,
    today: NaiveDate,
) -> Result<(Household, Vec<Relocant>), Vec<Refusal>> {
    let mut household = going_on(household).map_err(|refusal| vec![refusal])?;
    let (mut departed, mut refusals) = (Vec::new(), Vec::new());
    let present = present(&household);
    for person in people.into_iter().filter(|person| present.contains(&person.id)) {
        let relocant = person.id;
        match relocants::report_departure(person, on, today) {
            Err(refusal) => refusals.push(Refusal::Person { relocant, refusal }),
            Ok(person) => match end(&mut household, relocant, (on, LeavingGround::Departed), today) {
                Err(refusal) => refusals.push(refusal),
                Ok(_) => departed.push(person),
            },
        }
    }
    if refusals.is_empty() { Ok((household, departed)) } else { Err(refusals) }
}

/// Who has begun to be a member by a change and who has ended, each once; a change of role is neither.
pub fn comings_and_goings(before: &[Membership], after: &[Membership]) -> (Vec<Membership>, Vec<RelocantId>) {
    let was = |id: HouseholdMemberId| before.iter().find(|member| member.id == id);
    let is_new = |member: &&Membership| was(member.id).is_none() && member.continues.is_none_or(|former| was(former).is_none());
    let has_left = |member: &&Membership| {
        let stays = |(_, ground): (_, LeavingGround)| ground == LeavingGround::RoleChanged;
        was(member.id).is_some_and(|former| former.left.is_none()) && member.left.is_some_and(|left| !stays(left))
    };
    let gone: BTreeSet<RelocantId> = after.iter().filter(has_left).map(|member| member.relocant).collect();
    (after.iter().filter(is_new).copied().collect(), gone.into_iter().collect())
}

fn going_on(household: Household) -> Result<Household, Refusal> {
    if present(&household).is_empty() { Err(Refusal::HouseholdEnded) } else { Ok(household) }
}

/// The first day of a household.
fn began(household: &Household) -> NaiveDate {
    household.members.iter().map(|member| member.since).min().unwrap_or(FIRST_DAY)
}

fn in_time(relocant: RelocantId, on: NaiveDate, from: NaiveDate, today: NaiveDate) -> Result<(), Refusal> {
    if (from..=today).contains(&on) { Ok(()) } else { Err(Refusal::MembershipOutOfTime { relocant, on, from, today }) }
}

fn begin(household: &mut Household, person: InRole, since: NaiveDate, continues: Option<HouseholdMemberId>) {
    let InRole { relocant, role } = person;
    household.members.push(Membership { id: HouseholdMemberId::new(), relocant, role, since, left: None, continues });
}

/// Ends whatever a person is in a household. Gives the first of it.
fn end(
    household: &mut Household,
    relocant: RelocantId,
    (on, ground): (NaiveDate, LeavingGround),
    today: NaiveDate,
) -> Result<HouseholdMemberId, Refusal> {
    let mut first = None;
    for member in household.members.iter_mut().filter(|member| member.relocant == relocant && member.left.is_none()) {
        in_time(relocant, on, member.since, today)?;
        member.left = Some((on, ground));
        first = first.or(Some(member.id));
    }
    first.ok_or(Refusal::NotAMember { relocant })
}

fn with_roles(mut household: Household, roles: &[InRole], on: NaiveDate, today: NaiveDate) -> Result<Household, Refusal> {
    for person in roles {
        let mut own = household.members.iter().filter(|member| member.relocant == person.relocant && member.left.is_none()).peekable();
        if own.peek().is_some() && own.all(|member| member.role == person.role) {
            continue;
        }
        let continues = end(&mut household, person.relocant, (on, LeavingGround::RoleChanged), today)?;
        begin(&mut household, *person, on, Some(continues));
    }
    Ok(household)
}

/// One head while there is anybody, and nothing beyond its bound.
fn whole(household: Household) -> Result<Household, Refusal> {
    let (present, heads, Stated { unregistered_people, school_age_children }) =
        (present(&household).len(), heads(&household).len(), household.stated);
    let bounds = [
        ("MEMBERS", present, MOST_MEMBERS),
        ("MEMBERSHIPS", household.members.len(), MOST_MEMBERSHIPS),
        ("UNREGISTERED_PEOPLE", usize::try_from(unregistered_people).unwrap_or_default(), most_stated()),
        ("SCHOOL_AGE_CHILDREN", usize::try_from(school_age_children).unwrap_or_default(), most_stated()),
    ];
    if let Some((of, _, most)) = bounds.into_iter().find(|(_, count, most)| count > most) {
        return Err(Refusal::HouseholdFull { of, most });
    }
    if present > 0 && heads != 1 { Err(Refusal::NotOneHead { heads }) } else { Ok(household) }
}

fn most_stated() -> usize {
    usize::try_from(MOST_STATED).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use chrono::Days;
    use proptest::prelude::*;

    use super::*;
    use crate::{
        classifiers::Region,
        relocants::{Card, Relocant},
        time::Instant,
    };

    use HouseholdRole as R;
    use LeavingGround as G;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn now() -> Instant {
        "2026-03-31T00:00:00Z".parse().unwrap()
    }

    fn today() -> NaiveDate {
        day("2026-03-31")
    }

    fn as_role(relocant: RelocantId, role: R) -> InRole {
        InRole { relocant, role }
    }

    fn formed(people: &[InRole], since: NaiveDate) -> Household {
        form(empty(Stated::default()), people, since, today()).unwrap()
    }

    fn empty(stated: Stated) -> Household {
        Household::new(HouseholdId::new(), "ala-01".to_owned(), stated, now())
    }

    fn relocant(id: RelocantId) -> Relocant {
        Relocant {
            id,
            code: crate::short_code::ShortCode::from_random([0; 5]),
            citizenship: "RUS".parse().unwrap(),
            center: "ala-01".to_owned(),
            region: Region::Abai,
            status: RelocantStatus::Registered,
            departed_on: None,
            merged_into: None,
            card: Card::default(),
            looking_confirmed_on: None,
            version: 1,
            captured_at: None,
            created_at: now(),
            updated_at: now(),
        }
    }

    fn held(households: &[Household]) -> Vec<Held> {
        let of = |household: &Household| {
            let id = household.id;
            household
                .members
                .iter()
                .map(move |membership| Held { household: id, membership: *membership, in_reach: true })
                .collect::<Vec<_>>()
        };
        households.iter().flat_map(of).collect()
    }

    /// Whether a membership holds on a day.
    fn holds(member: &Membership, on: NaiveDate) -> bool {
        member.since <= on && member.left.is_none_or(|(left, ground)| on < left && ground != G::Mistaken)
    }

    #[test]
    fn the_head_leaves_only_when_another_is_named_or_nobody_stays() {
        let (head, spouse, since) = (RelocantId::new(), RelocantId::new(), day("2026-01-01"));
        let family = formed(&[as_role(head, R::Head), as_role(spouse, R::Spouse)], since);
        let left = (day("2026-02-01"), G::MovedOut);
        assert_eq!(remove(family.clone(), head, left, &[], today()), Err(Refusal::NotOneHead { heads: 0 }));
        let named = remove(family, head, left, &[as_role(spouse, R::Head)], today()).unwrap();
        assert_eq!((present(&named), super::head(&named)), ([spouse].into(), Some(spouse)));
        let roles: Vec<_> = named.members.iter().map(|member| (member.relocant, member.role, member.since, member.left)).collect();
        let changed = Some((left.0, G::RoleChanged));
        assert_eq!(
            roles,
            [(head, R::Head, since, Some(left)), (spouse, R::Spouse, since, changed), (spouse, R::Head, left.0, None)],
            "what was is kept"
        );
        let ended = remove(named, spouse, (day("2026-03-01"), G::MovedOut), &[], today()).unwrap();
        assert_eq!(places_needed(&ended), 0);
        assert_eq!(add(ended, as_role(head, R::Head), today(), today()), Err(Refusal::HouseholdEnded));
    }

    #[test]
    fn a_second_head_is_refused() {
        let family = formed(&[as_role(RelocantId::new(), R::Head)], day("2026-01-01"));
        assert_eq!(add(family, as_role(RelocantId::new(), R::Head), today(), today()), Err(Refusal::NotOneHead { heads: 2 }));
    }

    #[test]
    fn a_membership_begins_with_its_household_at_the_earliest_and_today_at_the_latest() {
        let family = formed(&[as_role(RelocantId::new(), R::Head)], day("2026-01-01"));
        let comes = |on: &str| add(family.clone(), as_role(RelocantId::new(), R::Child), day(on), today()).is_ok();
        assert_eq!(["2025-12-31", "2026-01-01", "2026-03-31", "2026-04-01"].map(comes), [false, true, true, false]);
        let form = |since: &str| form(empty(Stated::default()), &[as_role(RelocantId::new(), R::Head)], day(since), today());
        assert_eq!(["1899-12-31", "1900-01-01", "2026-04-01"].map(|since| form(since).is_ok()), [false, true, false]);
    }

    #[test]
    fn nobody_is_in_two_households_on_a_day_and_a_mistake_never_was() {
        let person = relocant(RelocantId::new());
        let family = formed(&[as_role(RelocantId::new(), R::Head), as_role(person.id, R::Child)], day("2026-01-01"));
        let free = |family: &Household, since: &str| {
            may_be_members(std::slice::from_ref(&person), day(since), &held(std::slice::from_ref(family)))
        };
        let refusal = Refusal::AlreadyInHousehold { relocant: person.id, household: Some(family.id) };
        assert_eq!(free(&family, "2026-03-01"), std::slice::from_ref(&refusal));
        let left = |ground| remove(family.clone(), person.id, (day("2026-02-01"), ground), &[], today()).unwrap();
        assert_eq!(free(&left(G::MovedOut), "2026-01-31"), [refusal]);
        assert_eq!(free(&left(G::MovedOut), "2026-02-01"), []);
        assert_eq!(free(&left(G::Mistaken), "2026-01-01"), []);
        let out_of_reach: Vec<Held> = held(&[family]).into_iter().map(|held| Held { in_reach: false, ..held }).collect();
        let told = may_be_members(std::slice::from_ref(&person), today(), &out_of_reach);
        assert_eq!(told, [Refusal::AlreadyInHousehold { relocant: person.id, household: None }]);
    }

    #[test]
    fn thirty_are_a_household_and_thirty_one_are_not() {
        let mut family = formed(&[as_role(RelocantId::new(), R::Head)], day("2026-01-01"));
        for _ in 1..30 {
            family = add(family, as_role(RelocantId::new(), R::Other), today(), today()).unwrap();
        }
        let full = add(family, as_role(RelocantId::new(), R::Other), today(), today());
        assert_eq!(full, Err(Refusal::HouseholdFull { of: "MEMBERS", most: 30 }));
    }

    #[test]
    fn a_split_leaves_somebody_behind_and_shares_what_is_stated() {
        let (head, spouse, child) = (RelocantId::new(), RelocantId::new(), RelocantId::new());
        let stated = Stated { unregistered_people: 2, school_age_children: 1 };
        let family = formed(&[as_role(head, R::Head), as_role(spouse, R::Spouse), as_role(child, R::Child)], day("2026-01-01"));
        let family = Household { stated, ..family };
        let going = Stated { unregistered_people: 1, school_age_children: 1 };
        let leaving = [as_role(spouse, R::Head), as_role(child, R::Child)];
        let all = [leaving.as_slice(), &[as_role(head, R::Other)]].concat();
        let on = day("2026-02-01");
        assert_eq!(split(family.clone(), empty(going), &all, on, &[], today()).unwrap_err(), Refusal::NobodyStays);
        let (stay, go) = split(family, empty(going), &leaving, on, &[], today()).unwrap();
        assert_eq!((places_needed(&stay), places_needed(&go)), (2, 3));
        assert_eq!((stay.stated.school_age_children, go.stated.school_age_children), (0, 1));
        assert_eq!(go.split_from, Some(stay.id));
        // And together again.
        let (all, over) = join(stay, go, day("2026-03-01"), &[as_role(spouse, R::Spouse)], today()).unwrap();
        assert_eq!((all.stated, present(&all).len(), places_needed(&over), over.joined_into), (stated, 3, 0, Some(all.id)));
        assert_eq!(super::going(stated, Stated { unregistered_people: 3, school_age_children: 2 }).len(), 2);
        assert_eq!(join(all.clone(), all, today(), &[], today()).unwrap_err(), Refusal::SameHousehold);
    }

    #[test]
    fn nobody_joins_a_household_before_it_began() {
        let [older, younger] = ["2026-01-01", "2026-02-10"].map(|since| formed(&[as_role(RelocantId::new(), R::Head)], day(since)));
        let on = |on: &str| join(younger.clone(), older.clone(), day(on), &[], today()).is_ok();
        assert_eq!(["2026-02-09", "2026-02-10"].map(on), [false, true]);
    }

    #[test]
    fn a_household_departs_as_a_whole_or_not_at_all_and_every_reason_is_told() {
        let (head, late, gone) = (RelocantId::new(), RelocantId::new(), RelocantId::new());
        let family = formed(&[as_role(head, R::Head), as_role(gone, R::Child)], day("2026-01-01"));
        let family = add(family, as_role(late, R::Spouse), day("2026-03-01"), today()).unwrap();
        let departed = Relocant { status: RelocantStatus::Departed, departed_on: Some(day("2026-02-01")), ..relocant(gone) };
        let people = vec![relocant(head), relocant(late), departed];
        let family = with_departures(family, &people);
        assert_eq!(places_needed(&family), 2, "who left alone needs no place");
        let early = depart(family.clone(), people.clone(), day("2026-02-15"), today()).unwrap_err();
        let expected = Refusal::MembershipOutOfTime { relocant: late, on: day("2026-02-15"), from: day("2026-03-01"), today: today() };
        assert_eq!(early, [expected]);
        let ahead = depart(family.clone(), people.clone(), day("2026-04-01"), today()).unwrap_err();
        assert_eq!(ahead.iter().map(Reason::reason).collect::<Vec<_>>(), ["DEPARTURE_IN_FUTURE"; 2]);
        let (over, closed) = depart(family, people, today(), today()).unwrap();
        assert_eq!((closed.len(), places_needed(&over)), (2, 0));
        let left: Vec<_> = over.members.iter().map(|member| member.left.unwrap()).collect();
        assert_eq!(left, [today(), day("2026-02-01"), today()].map(|on| (on, G::Departed)), "who departed before stays as reported");
    }

    #[test]
    fn a_person_who_has_left_sees_the_own_days_alone() {
        let (head, former) = (RelocantId::new(), RelocantId::new());
        let family = formed(&[as_role(head, R::Head), as_role(former, R::Spouse)], day("2026-01-01"));
        assert_eq!(seen_by_person(family.clone(), &[former]), family);
        let family = remove(family, former, (day("2026-02-01"), G::MovedOut), &[], today()).unwrap();
        let seen = seen_by_person(Household { stated: Stated { unregistered_people: 1, school_age_children: 1 }, ..family }, &[former]);
        assert_eq!((seen.members.len(), seen.stated, places_needed(&seen), super::head(&seen)), (1, Stated::default(), 0, None));
    }

    #[test]
    fn faults_are_told_all_at_once_each_with_its_place() {
        let person = as_role(RelocantId::new(), R::Spouse);
        let told = |people: &[Option<InRole>]| first_members(people, "members").into_iter().map(|fault| fault.field).collect::<Vec<_>>();
        assert_eq!(told(&[Some(person), Some(person)]), ["members[1].relocant_id", "members"]);
        assert_eq!(told(&[]), ["members"]);
        assert_eq!(told(&[Some(person), None]), Vec::<String>::new(), "the head may be the one who could not be read");
        let many: Vec<_> = (0..31).map(|_| Some(as_role(RelocantId::new(), R::Other))).collect();
        assert_eq!(named(&many, "roles").len(), 1);
    }

    proptest! {
        #[test]
        fn nobody_is_ever_in_two_households_there_is_one_head_and_history_only_grows(
            steps in prop::collection::vec((0_u8..6, 0_usize..6, 0_usize..6, 0_usize..4, 0_usize..4, 0_u64..40), 1..40),
        ) {
            let people: Vec<RelocantId> = (0..6).map(|_| RelocantId::new()).collect();
            let first = day("2026-02-20");
            let mut households: Vec<Household> = vec![];
            for (step, one, other, which, second, on) in steps {
                let (before, on) = (households.clone(), first + Days::new(on));
                let (one, other) = (people[one], people[other]);
                let free = may_be_members(&[relocant(one)], on, &held(&households)).is_empty();
                let (at, to) = (which % households.len().max(1), second % households.len().max(1));
                let named = [as_role(other, R::Head)];
                match (step, households.get(at).cloned(), households.get(to).cloned()) {
                    (0, ..) | (_, None, _) if free => {
                        let new = form(empty(Stated::default()), &[as_role(one, R::Head)], on, today());
                        households.extend(new);
                    }
                    (1, Some(household), _) if free => {
                        if let Ok(added) = add(household, as_role(one, R::Child), on, today()) {
                            households[at] = added;
                        }
                    }
                    (2, Some(household), _) => {
                        let (ground, roles) = (if second == 0 { G::Mistaken } else { G::MovedOut }, if which == 0 { &named[..] } else { &[] });
                        if let Ok(removed) = remove(household, one, (on, ground), roles, today()) {
                            households[at] = removed;
                        }
                    }
                    (3, Some(household), _) => {
                        let roles = if second == 0 { &named[..] } else { &[] };
                        if let Ok((stay, go)) = split(household, empty(Stated::default()), &[as_role(one, R::Head)], on, roles, today()) {
                            households[at] = stay;
                            households.push(go);
                        }
                    }
                    (4, Some(into), Some(joined)) => {
                        if let Ok((into, joined)) = join(into, joined, on, &[], today()) {
                            households[at] = into;
                            households[to] = joined;
                        }
                    }
                    (5, Some(household), _) => {
                        let roles = [as_role(one, R::Head), as_role(other, R::Parent)];
                        if let Ok(amended) = amend(household, Stated::default(), &roles, on, today()) {
                            households[at] = amended;
                        }
                    }
                    _ => {}
                }
                for on in first.iter_days().take(40) {
                    for person in &people {
                        let days = households.iter().flat_map(|household| &household.members);
                        let count = days.filter(|member| member.relocant == *person && holds(member, on)).count();
                        prop_assert!(count <= 1, "in {count} places on {on}");
                    }
                }
                for household in &households {
                    prop_assert_eq!(heads(household).len(), usize::from(!present(household).is_empty()));
                }
                for (former, now) in before.iter().zip(&households) {
                    for (was, is) in former.members.iter().zip(&now.members) {
                        prop_assert_eq!(Membership { left: was.left, ..*is }, *was);
                        prop_assert!(was.left.is_none() || was.left == is.left);
                    }
                    prop_assert!(now.members.len() >= former.members.len());
                }
            }
        }
    }
}
