//! Households: who lives with whom, and what is done for all of them or for nobody.

use futures_util::future::join_all;
use relocation_registry::proto::{self, HouseholdRole as Role, LeavingGround as Ground};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::{
    duplicates::{merge, undo},
    harness::{App, CHANGES, Client, fields, reason, samples},
    matches::of_person,
    on_every_database,
    permits::{application, apply, employer, issue},
};

/// A person in a role.
fn as_role(relocant_id: &str, role: Role) -> proto::HouseholdRoleOf {
    proto::HouseholdRoleOf { relocant_id: relocant_id.to_owned(), role: role.into() }
}

async fn person(clerk: &Client) -> String {
    clerk.register(samples::registration()).await.id
}

/// Some people who are registered.
async fn people<const N: usize>(clerk: &Client) -> [String; N] {
    let mut people = Vec::new();
    for _ in 0..N {
        people.push(person(clerk).await);
    }
    people.try_into().unwrap()
}

pub async fn form(client: &Client, members: &[(&str, Role)], since: i64) -> Result<proto::Household, Status> {
    let request = proto::FormHouseholdRequest {
        request_id: samples::request_id(),
        members: members.iter().map(|(id, role)| as_role(id, *role)).collect(),
        since_date: samples::in_days(since),
        ..Default::default()
    };
    client.households().form_household(request).await.map(|answer| answer.into_inner().household.unwrap())
}

pub async fn add(client: &Client, id: &str, relocant_id: &str, since: i64) -> Result<proto::Household, Status> {
    let request = proto::AddMemberRequest {
        request_id: samples::request_id(),
        id: id.to_owned(),
        relocant_id: relocant_id.to_owned(),
        role: Role::Child.into(),
        since_date: samples::in_days(since),
        ..Default::default()
    };
    client.households().add_member(request).await.map(|answer| answer.into_inner().household.unwrap())
}

async fn remove(client: &Client, id: &str, relocant_id: &str, left: i64, roles: &[(&str, Role)]) -> Result<proto::Household, Status> {
    let request = proto::RemoveMemberRequest {
        request_id: samples::request_id(),
        id: id.to_owned(),
        relocant_id: relocant_id.to_owned(),
        ground: Ground::MovedOut.into(),
        left_date: samples::in_days(left),
        roles: roles.iter().map(|(id, role)| as_role(id, *role)).collect(),
        ..Default::default()
    };
    client.households().remove_member(request).await.map(|answer| answer.into_inner().household.unwrap())
}

async fn split(client: &Client, id: &str, leaving: &[(&str, Role)], on: i64) -> Result<proto::SplitHouseholdResponse, Status> {
    let request = proto::SplitHouseholdRequest {
        request_id: samples::request_id(),
        id: id.to_owned(),
        leaving: leaving.iter().map(|(id, role)| as_role(id, *role)).collect(),
        split_date: samples::in_days(on),
        ..Default::default()
    };
    client.households().split_household(request).await.map(tonic::Response::into_inner)
}

async fn depart(client: &Client, id: &str, on: i64) -> Result<proto::Household, Status> {
    let request = proto::ReportHouseholdDepartureRequest {
        request_id: samples::request_id(),
        id: id.to_owned(),
        departure_date: samples::in_days(on),
        ..Default::default()
    };
    client.households().report_household_departure(request).await.map(|answer| answer.into_inner().household.unwrap())
}

async fn departed_alone(clerk: &Client, id: &str, on: i64) {
    let request = proto::ReportDepartureRequest {
        request_id: samples::request_id(),
        id: id.to_owned(),
        departure_date: samples::in_days(on),
        ..Default::default()
    };
    clerk.relocants().report_departure(request).await.unwrap();
}

async fn get(client: &Client, id: &str) -> Result<proto::GetHouseholdResponse, Status> {
    client.households().get_household(proto::GetHouseholdRequest { id: id.to_owned() }).await.map(tonic::Response::into_inner)
}

async fn of(client: &Client, relocant_id: &str) -> Result<Vec<proto::Household>, Status> {
    let request = proto::ListHouseholdsRequest { relocant_id: relocant_id.to_owned(), ..Default::default() };
    client.households().list_households(request).await.map(|answer| answer.into_inner().households)
}

async fn elsewhere(app: &App) -> Client {
    let mut claims = app.claims("registrar");
    claims.center = Some("ast-02".to_owned());
    app.client(&claims).await
}

/// Everybody who is or was a member: who, as what, and why no longer.
fn told(household: &proto::Household) -> Vec<(&str, Role, Ground)> {
    household.members.iter().map(|member| (member.relocant_id.as_str(), member.role(), member.ground())).collect()
}

/// What the feed tells of households, in order.
async fn events(app: &App, client: &Client) -> Vec<(String, String, String)> {
    app.sequenced().await;
    let events =
        client.events().list_events(proto::ListEventsRequest { page_size: 1000, ..Default::default() }).await.unwrap().into_inner().events;
    let ours = events.into_iter().filter(|event| event.r#type.starts_with("household.") || event.r#type == "relocant.departed");
    ours.map(|event| (event.r#type, event.household_id, event.relocant_id)).collect()
}

on_every_database! {
    async fn a_household_is_formed_grows_splits_and_joins_again_and_all_of_it_can_be_read(app: App) {
        let (clerk, auditor) = (app.role("registrar").await, app.role("auditor").await);
        let [head, spouse, child, mother] = people(&clerk).await;
        let request = proto::FormHouseholdRequest {
            request_id: samples::request_id(),
            members: vec![as_role(&head, Role::Head), as_role(&spouse, Role::Spouse), as_role(&child, Role::Child)],
            since_date: samples::in_days(-30),
            unregistered_people: 2,
            school_age_children: 1,
            ..Default::default()
        };
        let family = clerk.households().form_household(request).await.unwrap().into_inner().household.unwrap();
        assert_eq!((family.places_needed, family.center_id.as_str(), family.region_code.as_str(), family.version), (5, "ala-01", "KZ-75", 1));
        assert_eq!(add(&clerk, &family.id, &mother, -20).await.unwrap().places_needed, 6);

        let request = proto::SplitHouseholdRequest {
            request_id: samples::request_id(),
            id: family.id.clone(),
            leaving: vec![as_role(&spouse, Role::Head), as_role(&child, Role::Child)],
            split_date: samples::in_days(-10),
            unregistered_people: 1,
            school_age_children: 1,
            ..Default::default()
        };
        let parted = clerk.households().split_household(request).await.unwrap().into_inner();
        let (stay, go) = (parted.household.unwrap(), parted.new_household.unwrap());
        assert_eq!((stay.places_needed, stay.school_age_children, go.places_needed, go.school_age_children), (3, 0, 3, 1));
        assert_eq!((go.split_from_id.as_str(), stay.split_into_ids.as_slice()), (family.id.as_str(), [go.id.clone()].as_slice()));
        assert_eq!(told(&stay), [(head.as_str(), Role::Head, Ground::Unspecified), (&spouse, Role::Spouse, Ground::Split), (&child, Role::Child, Ground::Split), (&mother, Role::Child, Ground::Unspecified)]);
        assert_eq!((stay.members[1].left_date, go.members[0].since_date), (samples::in_days(-10), samples::in_days(-10)), "the day is the new household's");

        let request = proto::JoinHouseholdsRequest {
            request_id: samples::request_id(),
            id: family.id.clone(),
            joined_id: go.id.clone(),
            join_date: samples::in_days(-1),
            roles: vec![as_role(&spouse, Role::Spouse), as_role(&mother, Role::Parent)],
            ..Default::default()
        };
        let joined = clerk.households().join_households(request).await.unwrap().into_inner();
        let (all, over) = (joined.household.unwrap(), joined.joined.unwrap());
        assert_eq!((all.places_needed, over.places_needed, over.joined_into_id.as_str(), all.joined_ids.as_slice()), (6, 0, all.id.as_str(), [over.id.clone()].as_slice()));
        let present: Vec<_> = told(&all).into_iter().filter(|(.., ground)| *ground == Ground::Unspecified).map(|(id, role, _)| (id.to_owned(), role)).collect();
        assert_eq!(present, [(head.clone(), Role::Head), (spouse.clone(), Role::Spouse), (child.clone(), Role::Other), (mother.clone(), Role::Parent)]);
        assert_eq!(get(&clerk, &all.id).await.unwrap().household.unwrap(), all);
        assert_eq!(of(&clerk, &spouse).await.unwrap(), [all.clone(), over.clone()], "present and former");
        assert_eq!(reason(&add(&clerk, &over.id, &person(&clerk).await, 0).await.unwrap_err()), "HOUSEHOLD_ENDED");

        let told: Vec<(String, String, String)> = events(&app, &auditor).await;
        let [was, new] = [family.id, go.id];
        let told: Vec<_> = told.iter().map(|(name, household, person)| (name.as_str(), household.as_str(), person.as_str())).collect();
        let (first, second) = if spouse < child { (&spouse, &child) } else { (&child, &spouse) };
        let (formed, added, removed) = ("household.formed", "household.member_added", "household.member_removed");
        let into = |person: &str| if person == spouse { formed } else { added };
        assert_eq!(told, [
            (formed, was.as_str(), head.as_str()), (added, &was, &spouse), (added, &was, &child), (added, &was, &mother),
            // Of each person what happened to it, in an entry of its own.
            ("household.split", &was, ""), (removed, &was, first), (into(first), &new, first), (removed, &was, second), (into(second), &new, second),
            ("household.joined", &was, ""), (removed, &new, first), (added, &was, first), (removed, &new, second), (added, &was, second),
        ]);
        assert_eq!(app.count(&format!("{CHANGES} AND operation LIKE '%ousehold%'")).await, 7, "one entry for each person in a call");
    }

    async fn the_head_leaves_when_another_is_named_or_as_the_last(app: App) {
        let clerk = app.role("registrar").await;
        let [head, spouse] = people(&clerk).await;
        let family = form(&clerk, &[(&head, Role::Head), (&spouse, Role::Spouse)], -30).await.unwrap().id;
        let alone = remove(&clerk, &family, &head, -5, &[]).await.unwrap_err();
        assert_eq!((alone.code(), reason(&alone).as_str()), (Code::FailedPrecondition, "NOT_ONE_HEAD"));
        let two = remove(&clerk, &family, &spouse, -5, &[(&spouse, Role::Head)]).await.unwrap_err();
        assert_eq!(reason(&two), "NOT_A_MEMBER", "who leaves is not named");
        let named = remove(&clerk, &family, &head, -5, &[(&spouse, Role::Head)]).await.unwrap();
        assert_eq!(told(&named), [(head.as_str(), Role::Head, Ground::MovedOut), (&spouse, Role::Spouse, Ground::RoleChanged), (&spouse, Role::Head, Ground::Unspecified)]);
        assert_eq!(reason(&remove(&clerk, &family, &head, 0, &[]).await.unwrap_err()), "NOT_A_MEMBER");
        assert_eq!(reason(&remove(&clerk, &family, &spouse, -6, &[]).await.unwrap_err()), "MEMBERSHIP_OUT_OF_TIME");
        assert_eq!(reason(&remove(&clerk, &family, &spouse, 1, &[]).await.unwrap_err()), "MEMBERSHIP_OUT_OF_TIME");
        assert_eq!(remove(&clerk, &family, &spouse, 0, &[]).await.unwrap().places_needed, 0);
        // Free for another household from the day of leaving on, not before.
        assert_eq!(reason(&form(&clerk, &[(&head, Role::Head)], -6).await.unwrap_err()), "ALREADY_IN_HOUSEHOLD");
        form(&clerk, &[(&head, Role::Head)], -5).await.unwrap();
    }

    async fn what_the_family_states_and_roles_are_amended_and_nothing_else(app: App) {
        let clerk = app.role("registrar").await;
        let [head, spouse] = people(&clerk).await;
        let family = form(&clerk, &[(&head, Role::Head), (&spouse, Role::Spouse)], -30).await.unwrap();
        let amend = |expected_version| proto::AmendHouseholdRequest { request_id: samples::request_id(), id: family.id.clone(), expected_version, unregistered_people: Some(3), ..Default::default() };
        let stale = clerk.households().amend_household(amend(7)).await.unwrap_err();
        assert_eq!((stale.code(), reason(&stale).as_str()), (Code::Aborted, "CONFLICT"));
        let amended = clerk.households().amend_household(amend(1)).await.unwrap().into_inner().household.unwrap();
        assert_eq!((amended.unregistered_people, amended.places_needed, amended.version), (3, 5, 2));
        let swap = proto::AmendHouseholdRequest { unregistered_people: None, roles: vec![as_role(&head, Role::Spouse), as_role(&spouse, Role::Head)], role_date: samples::in_days(-3), ..amend(2) };
        let swapped = clerk.households().amend_household(swap).await.unwrap().into_inner().household.unwrap();
        assert_eq!((swapped.unregistered_people, swapped.members.len(), swapped.members[3].role(), swapped.members[3].since_date), (3, 4, Role::Head, samples::in_days(-3)));
        assert_eq!(app.count("household_member WHERE left_on IS NULL").await, 2);
        let going = proto::SplitHouseholdRequest { request_id: samples::request_id(), id: family.id.clone(), leaving: vec![as_role(&head, Role::Head)], split_date: samples::in_days(0), unregistered_people: 4, school_age_children: 1, ..Default::default() };
        assert_eq!(fields(&clerk.households().split_household(going).await.unwrap_err()), ["unregistered_people", "school_age_children"]);
        assert_eq!(reason(&split(&clerk, &family.id, &[(&head, Role::Head), (&spouse, Role::Other)], 0).await.unwrap_err()), "NOBODY_STAYS");
    }

    async fn a_person_is_in_one_household_and_those_who_have_left_the_country_in_none(app: App) {
        let clerk = app.role("registrar").await;
        let [head, other, gone] = people(&clerk).await;
        let family = form(&clerk, &[(&head, Role::Head)], -30).await.unwrap().id;
        let second = form(&clerk, &[(&other, Role::Head)], -30).await.unwrap().id;
        let refused = add(&clerk, &second, &head, 0).await.unwrap_err();
        let facts = refused.get_error_details().error_info().unwrap().metadata.clone();
        assert_eq!((reason(&refused).as_str(), facts["relocant"].as_str(), facts["household"].as_str()), ("ALREADY_IN_HOUSEHOLD", head.as_str(), family.as_str()));
        assert_eq!(reason(&add(&clerk, &family, &head, 0).await.unwrap_err()), "ALREADY_IN_HOUSEHOLD", "not twice in the same one either");
        departed_alone(&clerk, &gone, -1).await;
        assert_eq!(reason(&add(&clerk, &family, &gone, -2).await.unwrap_err()), "ALREADY_DEPARTED");
        // All that stands against the first members is told at once.
        let all = form(&clerk, &[(&head, Role::Head), (&other, Role::Spouse), (&gone, Role::Child)], 0).await.unwrap_err();
        assert_eq!(all.get_error_details().precondition_failure().unwrap().violations.len(), 3);
        assert_eq!(reason(&add(&clerk, &family, &person(&clerk).await, -31).await.unwrap_err()), "MEMBERSHIP_OUT_OF_TIME");
        assert_eq!(add(&clerk, &family, &samples::request_id(), 0).await.unwrap_err().code(), Code::NotFound);
        assert_eq!(form(&clerk, &[(&person(&clerk).await, Role::Head), (&samples::request_id(), Role::Spouse)], 0).await.unwrap_err().code(), Code::NotFound);
    }

    async fn of_two_clerks_who_add_one_person_to_two_households_at_once_one_succeeds(app: App) {
        let clerk = app.role("registrar").await;
        for round in 1..=5 {
            let [one, other, wanted] = people(&clerk).await;
            let mut households = Vec::new();
            for head in [&one, &other] {
                households.push(form(&clerk, &[(head, Role::Head)], -30).await.unwrap().id);
            }
            let outcomes = join_all(households.iter().map(|id| add(&clerk, id, &wanted, 0))).await;
            let refused: Vec<_> = outcomes.into_iter().filter_map(Result::err).map(|refused| reason(&refused)).collect();
            assert_eq!(refused, ["ALREADY_IN_HOUSEHOLD"], "round {round}");
            assert_eq!(app.count("household_member WHERE role = 'CHILD'").await, round);
        }
    }

    async fn whoever_reaches_one_member_acts_on_all_of_them_and_nobody_else_does(app: App) {
        let (here, there) = (app.role("registrar").await, elsewhere(&app).await);
        let [head, own] = people(&here).await;
        let [spouse, stranger, unknown] = people(&there).await;
        let family = form(&here, &[(&head, Role::Head)], -30).await.unwrap().id;
        for refused in [get(&there, &family).await.unwrap_err(), depart(&there, &family, 0).await.unwrap_err(), remove(&there, &family, &head, 0, &[]).await.unwrap_err()] {
            assert_eq!((refused.code(), refused.get_error_details().resource_info().unwrap().resource_type.as_str()), (Code::NotFound, "household"));
        }
        assert_eq!(of(&there, &head).await.unwrap_err().code(), Code::NotFound);
        assert_eq!(form(&here, &[(&stranger, Role::Head)], 0).await.unwrap_err().code(), Code::NotFound, "nobody of them is in reach");
        // What is hidden is not named.
        let hidden = form(&there, &[(&stranger, Role::Head), (&head, Role::Spouse)], 0).await.unwrap_err();
        assert!(reason(&hidden) == "ALREADY_IN_HOUSEHOLD" && !hidden.get_error_details().error_info().unwrap().metadata.contains_key("household"));

        // A member registered elsewhere is added by either side, and from then on both act on the household.
        add(&here, &family, &spouse, -20).await.unwrap();
        let looks = format!("journal WHERE operation = 'GetHousehold' AND decision = 'READ' AND relocant_id = {}", quoted(&app, &head));
        assert_eq!(app.count(&looks).await, 0);
        assert_eq!(get(&there, &family).await.unwrap().household.unwrap().members.len(), 2);
        assert_eq!(app.count(&looks).await, 1, "of people out of reach it is journaled");
        remove(&there, &family, &spouse, -10, &[]).await.unwrap();
        assert!(get(&there, &family).await.is_ok(), "a former member is enough");
        let second = form(&here, &[(&own, Role::Head)], -30).await.unwrap().id;
        add(&there, &second, &unknown, 0).await.unwrap();
        // Somebody who was a member by mistake only opens nothing.
        let mistake = proto::RemoveMemberRequest { request_id: samples::request_id(), id: second.clone(), relocant_id: unknown.clone(), ground: Ground::Mistaken.into(), left_date: samples::in_days(0), ..Default::default() };
        there.households().remove_member(mistake).await.unwrap();
        assert_eq!(get(&there, &second).await.unwrap_err().code(), Code::NotFound);
        assert!(of(&there, &unknown).await.unwrap().is_empty());
        assert_eq!(get(&here, &second).await.unwrap().household.unwrap().members.len(), 2);
        let mut claims = app.claims("permit_officer");
        claims.region = Some("KZ-10".to_owned());
        assert_eq!(get(&app.client(&claims).await, &family).await.unwrap_err().code(), Code::NotFound);
        assert!(get(&app.role("permit_officer").await, &family).await.is_ok());
        assert_eq!(form(&app.role("permit_officer").await, &[(&own, Role::Head)], 0).await.unwrap_err().code(), Code::PermissionDenied);
    }

    async fn a_person_sees_the_own_household_and_after_leaving_the_own_days_alone(app: App) {
        let clerk = app.role("registrar").await;
        let [head, spouse, child, stranger] = people(&clerk).await;
        let family = form(&clerk, &[(&head, Role::Head), (&spouse, Role::Spouse), (&child, Role::Child)], -30).await.unwrap().id;
        let person = of_person(&app, &head).await;
        assert_eq!(get(&person, &family).await.unwrap().household.unwrap().members.len(), 3);
        assert_eq!(get(&of_person(&app, &stranger).await, &family).await.unwrap_err().code(), Code::NotFound);
        assert_eq!(of(&person, &spouse).await.unwrap_err().code(), Code::NotFound);
        let new = split(&clerk, &family, &[(&spouse, Role::Head), (&child, Role::Child)], 0).await.unwrap().new_household.unwrap().id;
        assert_eq!(get(&person, &new).await.unwrap_err().code(), Code::NotFound, "where they have gone");
        let former = of(&of_person(&app, &spouse).await, &spouse).await.unwrap();
        assert_eq!(former.iter().map(|household| household.id.as_str()).collect::<Vec<_>>(), [&family, &new]);
        assert_eq!(told(&former[0]), [(spouse.as_str(), Role::Spouse, Ground::Split)]);
        assert!(former[0].split_into_ids.is_empty() && former[0].region_code.is_empty());
        assert_eq!(former[1].members.len(), 2);
    }

    async fn whose_permit_stands_on_whose_is_told_of_the_present_members(app: App) {
        let (clerk, officer) = (app.role("registrar").await, app.role("permit_officer").await);
        let [head, spouse, child, former] = people(&clerk).await;
        let host = employer(&app).await;
        let work = apply(&clerk, application(&head, &host)).await.unwrap();
        issue(&officer, &work.id).await;
        apply(&clerk, application(&former, &host)).await.unwrap();
        let family_of = |id: &str| proto::ApplyForPermitRequest { kind: proto::PermitKind::TemporaryResidenceFamilyOfWorker.into(), basis_permit_id: work.id.clone(), ..application(id, &host) };
        let pending = apply(&clerk, family_of(&spouse)).await.unwrap();
        let withdrawn = apply(&clerk, family_of(&child)).await.unwrap();
        let withdraw = proto::WithdrawApplicationRequest { request_id: samples::request_id(), id: withdrawn.id, ..Default::default() };
        clerk.permits().withdraw_application(withdraw).await.unwrap();
        let members = [(head.as_str(), Role::Head), (&spouse, Role::Spouse), (&child, Role::Child), (&former, Role::Other)];
        let family = form(&clerk, &members, -30).await.unwrap().id;
        remove(&clerk, &family, &former, 0, &[]).await.unwrap();
        let permits = get(&officer, &family).await.unwrap().permits;
        let told: Vec<_> = permits.iter().map(|permit| (permit.permit_id.as_str(), permit.relocant_id.as_str(), permit.stands_on_permit_id.as_str(), permit.stands_on_relocant_id.as_str())).collect();
        assert_eq!(told, [(work.id.as_str(), head.as_str(), "", ""), (&pending.id, &spouse, &work.id, &head)]);
        assert_eq!((permits[0].state(), permits[1].state(), permits[0].valid_until_date), (proto::PermitState::Issued, proto::PermitState::Submitted, samples::in_days(300)));
        let own = get(&of_person(&app, &spouse).await, &family).await.unwrap().permits;
        assert_eq!(own.iter().map(|permit| &permit.permit_id).collect::<Vec<_>>(), [&pending.id]);
    }

    async fn a_household_departs_as_a_whole_or_nothing_of_it_does(app: App) {
        let (clerk, auditor) = (app.role("registrar").await, app.role("auditor").await);
        let mut family_of = Vec::new();
        for _ in 0..3 {
            family_of.push(clerk.register(proto::RegisterRelocantRequest { entry_date: samples::in_days(-20), ..samples::registration() }).await.id);
        }
        let [head, spouse, gone] = <[String; 3]>::try_from(family_of).unwrap();
        let family = form(&clerk, &[(&head, Role::Head), (&gone, Role::Child)], -30).await.unwrap().id;
        add(&clerk, &family, &spouse, -3).await.unwrap();
        departed_alone(&clerk, &gone, -7).await;
        let seen = get(&clerk, &family).await.unwrap().household.unwrap();
        assert_eq!((seen.places_needed, seen.members[1].left_date, seen.members[1].ground()), (2, samples::in_days(-7), Ground::Departed));

        let nothing = async || (app.count("relocant WHERE status = 'DEPARTED'").await, app.count("household_member WHERE left_on IS NOT NULL").await, app.count("due").await, app.count(CHANGES).await);
        let before = nothing().await;
        // The head could; the spouse came only later.
        assert_eq!(reason(&depart(&clerk, &family, -5).await.unwrap_err()), "MEMBERSHIP_OUT_OF_TIME");
        let ahead = depart(&clerk, &family, 1).await.unwrap_err();
        assert_eq!((reason(&ahead).as_str(), ahead.get_error_details().precondition_failure().unwrap().violations.len()), ("DEPARTURE_IN_FUTURE", 2));
        let stale = proto::ReportHouseholdDepartureRequest { request_id: samples::request_id(), id: family.clone(), expected_version: 1, departure_date: samples::in_days(0), ..Default::default() };
        assert_eq!(reason(&clerk.households().report_household_departure(stale.clone()).await.unwrap_err()), "CONFLICT");
        assert_eq!(nothing().await, before, "half of it was done");
        let tried = proto::ReportHouseholdDepartureRequest { expected_version: 2, validate_only: true, ..stale };
        assert_eq!(clerk.households().report_household_departure(tried).await.unwrap().into_inner().household.unwrap().places_needed, 0);
        assert_eq!(nothing().await, before, "trying leaves nothing behind");
        assert!(before.2 > 0);

        let over = depart(&clerk, &family, -1).await.unwrap();
        assert_eq!(told(&over), [(head.as_str(), Role::Head, Ground::Departed), (&gone, Role::Child, Ground::Departed), (&spouse, Role::Child, Ground::Departed)]);
        assert_eq!(over.members[1].left_date, samples::in_days(-7), "who was reported before stays as reported");
        assert_eq!((app.count("relocant WHERE status = 'DEPARTED'").await, app.count("due").await, app.count(CHANGES).await), (3, 0, before.3 + 2));
        let told = events(&app, &auditor).await;
        let departures = told.iter().filter(|(name, ..)| name == "relocant.departed").count();
        assert_eq!((departures, told[told.len() - 4].0.as_str(), told[told.len() - 1].0.as_str()), (3, "relocant.departed", "household.member_removed"));
        assert_eq!(reason(&depart(&clerk, &family, 0).await.unwrap_err()), "HOUSEHOLD_ENDED");
    }

    async fn when_the_head_has_departed_alone_the_next_change_names_another(app: App) {
        let clerk = app.role("registrar").await;
        let [head, spouse, child] = people(&clerk).await;
        let family = form(&clerk, &[(&head, Role::Head), (&spouse, Role::Spouse)], -30).await.unwrap().id;
        departed_alone(&clerk, &head, -2).await;
        assert_eq!(get(&clerk, &family).await.unwrap().household.unwrap().region_code, "");
        assert_eq!(reason(&add(&clerk, &family, &child, 0).await.unwrap_err()), "NOT_ONE_HEAD");
        let name = proto::AmendHouseholdRequest { request_id: samples::request_id(), id: family.clone(), roles: vec![as_role(&spouse, Role::Head)], role_date: samples::in_days(-2), ..Default::default() };
        clerk.households().amend_household(name).await.unwrap();
        assert_eq!(add(&clerk, &family, &child, 0).await.unwrap().places_needed, 2);
    }

    async fn dues_of_a_household_are_those_of_its_present_members_in_reach(app: App) {
        let (here, there) = (app.role("registrar").await, elsewhere(&app).await);
        let entered = || proto::RegisterRelocantRequest { entry_date: samples::in_days(-20), ..samples::registration() };
        let (head, former, spouse) = (here.register(entered()).await.id, here.register(entered()).await.id, there.register(entered()).await.id);
        here.register(entered()).await;
        let family = form(&here, &[(&head, Role::Head), (&former, Role::Other), (&spouse, Role::Spouse)], -30).await.unwrap().id;
        let request = proto::ListDuesRequest { household_id: family.clone(), kinds: vec![proto::DueKind::StayEnds.into()], ..Default::default() };
        let dues = async |client: &Client| {
            let mut people: Vec<_> = client.dues().list_dues(request.clone()).await.unwrap().into_inner().dues.into_iter().map(|due| due.relocant_id).collect();
            people.sort();
            people
        };
        assert_eq!(dues(&here).await, [head.clone(), former.clone()]);
        remove(&here, &family, &former, 0, &[]).await.unwrap();
        assert_eq!((dues(&here).await, dues(&there).await), (vec![head.clone()], vec![spouse.clone()]));
        assert_eq!(dues(&app.role("permit_officer").await).await, [head, spouse]);
    }

    async fn memberships_go_with_a_merge_and_come_back_with_its_undoing(app: App) {
        let clerk = app.role("registrar").await;
        let [kept, merged, other, third] = people(&clerk).await;
        let first = form(&clerk, &[(&kept, Role::Head)], -30).await.unwrap().id;
        let second = form(&clerk, &[(&other, Role::Head), (&merged, Role::Spouse)], -30).await.unwrap().id;
        let own = form(&clerk, &[(&third, Role::Head)], -30).await.unwrap().id;
        let done = merge(&clerk, &kept, &merged).await.unwrap().merge.unwrap();
        // In two at a time: both are shown, and a third is refused.
        assert_eq!(of(&clerk, &kept).await.unwrap().iter().map(|household| household.id.as_str()).collect::<Vec<_>>(), [&first, &second]);
        assert_eq!(of(&of_person(&app, &merged).await, &merged).await.unwrap().len(), 2, "by the record that was merged, too");
        assert_eq!(reason(&add(&clerk, &own, &kept, 0).await.unwrap_err()), "ALREADY_IN_HOUSEHOLD");
        assert_eq!(reason(&add(&clerk, &own, &merged, 0).await.unwrap_err()), "ALREADY_MERGED");
        // What goes on in another role or household since hangs on the membership that was moved.
        let role = proto::AmendHouseholdRequest { request_id: samples::request_id(), id: second.clone(), roles: vec![as_role(&kept, Role::Other)], ..Default::default() };
        clerk.households().amend_household(role).await.unwrap();
        let gone = split(&clerk, &second, &[(&kept, Role::Head)], 0).await.unwrap().new_household.unwrap();
        undo(&clerk, &done.id).await.unwrap();
        assert_eq!(of(&clerk, &kept).await.unwrap().iter().map(|household| household.id.as_str()).collect::<Vec<_>>(), [&first]);
        let back = of(&clerk, &merged).await.unwrap();
        assert_eq!(back.iter().map(|household| household.id.as_str()).collect::<Vec<_>>(), [&second, &gone.id]);
        assert_eq!(told(&back[1]), [(merged.as_str(), Role::Head, Ground::Unspecified)]);
        assert_eq!(told(&back[0])[1..], [(merged.as_str(), Role::Spouse, Ground::RoleChanged), (&merged, Role::Other, Ground::Split)]);
    }

    async fn two_records_of_one_member_need_one_place(app: App) {
        let clerk = app.role("registrar").await;
        let [head, kept, merged] = people(&clerk).await;
        let family = form(&clerk, &[(&head, Role::Head), (&kept, Role::Spouse), (&merged, Role::Other)], -30).await.unwrap();
        assert_eq!(family.places_needed, 3);
        let done = merge(&clerk, &kept, &merged).await.unwrap().merge.unwrap();
        assert_eq!(get(&clerk, &family.id).await.unwrap().household.unwrap().places_needed, 2);
        undo(&clerk, &done.id).await.unwrap();
        assert_eq!(get(&clerk, &family.id).await.unwrap().household.unwrap(), family);
    }

    async fn every_field_at_fault_is_named_at_once(app: App) {
        let clerk = app.role("registrar").await;
        let twice = samples::request_id();
        let request = proto::FormHouseholdRequest {
            request_id: "x".to_owned(),
            members: vec![as_role(&twice, Role::Spouse), as_role(&twice, Role::Child), proto::HouseholdRoleOf { relocant_id: "x".to_owned(), role: 9 }],
            unregistered_people: 21,
            school_age_children: -1,
            ..Default::default()
        };
        let told = fields(&clerk.households().form_household(request.clone()).await.unwrap_err());
        assert_eq!(told, ["request_id", "members[2].relocant_id", "members[2].role", "members[1].relocant_id", "since_date", "unregistered_people", "school_age_children"]);
        let members = vec![as_role(&samples::request_id(), Role::Spouse)];
        let headless = proto::FormHouseholdRequest { request_id: samples::request_id(), members, since_date: samples::in_days(0), ..Default::default() };
        assert_eq!(fields(&clerk.households().form_household(headless).await.unwrap_err()), ["members"]);
        let ground = proto::RemoveMemberRequest { ground: Ground::Split.into(), ..Default::default() };
        assert_eq!(fields(&clerk.households().remove_member(ground).await.unwrap_err()), ["request_id", "id", "relocant_id", "ground", "left_date"]);
    }
}

/// An id as the database's own text has it.
fn quoted(app: &App, id: &str) -> String {
    if app.url.starts_with("sqlite") { format!("x'{}'", id.replace('-', "")) } else { format!("'{id}'") }
}
