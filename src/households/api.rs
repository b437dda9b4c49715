//! gRPC of households: reads requests, calls the gate, writes answers. Knows no rule.

use tonic::{Request, Response, Status};

use super::{
    HouseholdPermit, HouseholdRole, InRole, LeavingGround, Membership, Stated,
    operations::{
        AddMember, AmendHousehold, FormHousehold, GetHousehold, JoinHouseholds, ListHouseholds, RemoveMember, ReportHouseholdDeparture,
        Seen, SplitHousehold,
    },
    rules,
};
use crate::{
    api::{Fields, call, change, date, read, timestamp},
    error::Result,
    gate::Registry,
    ids::HouseholdId,
    page,
    permits::{catalogue::api::write_kind, wire::write_state},
    proto::{self, household_service_server::HouseholdService},
    status::from_error,
};

/// Households that one page lists at most; each may hold hundreds of memberships.
const MOST_LISTED: i32 = 50;

/// The service.
#[derive(Debug, Clone)]
pub struct Service(pub Registry);

#[tonic::async_trait]
impl HouseholdService for Service {
    async fn form_household(
        &self,
        request: Request<proto::FormHouseholdRequest>,
    ) -> Result<Response<proto::FormHouseholdResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.0, &mut fields, &message, &message.request_id, message.validate_only);
        let members = read_people(&mut fields, "members", &message.members);
        fields.faults(rules::first_members(&members, "members"));
        let since = fields.day("since_date", message.since_date);
        let stated = read_stated(&mut fields, message.unregistered_people, message.school_age_children);
        fields.done().map_err(from_error)?;
        let operation = FormHousehold { members: members.into_iter().flatten().collect(), since: read(since).map_err(from_error)?, stated };
        let seen = self.0.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::FormHouseholdResponse { household: Some(write(seen)) }))
    }

    async fn add_member(&self, request: Request<proto::AddMemberRequest>) -> Result<Response<proto::AddMemberResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.0, &mut fields, &message, &message.request_id, message.validate_only);
        let id = fields.id("id", &message.id);
        let member = read_person(&mut fields, "", &message.relocant_id, message.role);
        let since = fields.day("since_date", message.since_date);
        fields.done().map_err(from_error)?;
        let operation = AddMember {
            id: read(id).map_err(from_error)?,
            expected_version: message.expected_version,
            member: read(member).map_err(from_error)?,
            since: read(since).map_err(from_error)?,
        };
        let seen = self.0.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::AddMemberResponse { household: Some(write(seen)) }))
    }

    async fn remove_member(&self, request: Request<proto::RemoveMemberRequest>) -> Result<Response<proto::RemoveMemberResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.0, &mut fields, &message, &message.request_id, message.validate_only);
        let (id, relocant) = (fields.id("id", &message.id), fields.id("relocant_id", &message.relocant_id));
        let ground = fields.code("ground", message.ground, "MOVED_OUT or MISTAKEN", |ground| match ground {
            proto::LeavingGround::MovedOut => Some(LeavingGround::MovedOut),
            proto::LeavingGround::Mistaken => Some(LeavingGround::Mistaken),
            proto::LeavingGround::Unspecified
            | proto::LeavingGround::Split
            | proto::LeavingGround::Joined
            | proto::LeavingGround::Departed
            | proto::LeavingGround::RoleChanged => None,
        });
        let left = fields.day("left_date", message.left_date);
        let roles = read_roles(&mut fields, &message.roles);
        fields.done().map_err(from_error)?;
        let operation = RemoveMember {
            id: read(id).map_err(from_error)?,
            expected_version: message.expected_version,
            relocant: read(relocant).map_err(from_error)?,
            left: read(left).map_err(from_error)?,
            ground: read(ground).map_err(from_error)?,
            roles,
        };
        let seen = self.0.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::RemoveMemberResponse { household: Some(write(seen)) }))
    }

    async fn split_household(
        &self,
        request: Request<proto::SplitHouseholdRequest>,
    ) -> Result<Response<proto::SplitHouseholdResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.0, &mut fields, &message, &message.request_id, message.validate_only);
        let id = fields.id("id", &message.id);
        let leaving = read_people(&mut fields, "leaving", &message.leaving);
        fields.faults(rules::first_members(&leaving, "leaving"));
        let on = fields.day("split_date", message.split_date);
        let roles = read_roles(&mut fields, &message.roles);
        let going = read_stated(&mut fields, message.unregistered_people, message.school_age_children);
        fields.done().map_err(from_error)?;
        let operation = SplitHousehold {
            id: read(id).map_err(from_error)?,
            expected_version: message.expected_version,
            leaving: leaving.into_iter().flatten().collect(),
            on: read(on).map_err(from_error)?,
            roles,
            going,
        };
        let (household, new) = self.0.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::SplitHouseholdResponse { household: Some(write(household)), new_household: Some(write(new)) }))
    }

    async fn join_households(
        &self,
        request: Request<proto::JoinHouseholdsRequest>,
    ) -> Result<Response<proto::JoinHouseholdsResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.0, &mut fields, &message, &message.request_id, message.validate_only);
        let (id, joined) = (fields.id("id", &message.id), fields.id("joined_id", &message.joined_id));
        let on = fields.day("join_date", message.join_date);
        let roles = read_roles(&mut fields, &message.roles);
        fields.done().map_err(from_error)?;
        let operation = JoinHouseholds {
            id: read(id).map_err(from_error)?,
            expected_version: message.expected_version,
            joined: read(joined).map_err(from_error)?,
            joined_expected_version: message.joined_expected_version,
            on: read(on).map_err(from_error)?,
            roles,
        };
        let (household, joined) = self.0.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::JoinHouseholdsResponse { household: Some(write(household)), joined: Some(write(joined)) }))
    }

    async fn amend_household(
        &self,
        request: Request<proto::AmendHouseholdRequest>,
    ) -> Result<Response<proto::AmendHouseholdResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.0, &mut fields, &message, &message.request_id, message.validate_only);
        let id = fields.id("id", &message.id);
        read_stated(&mut fields, message.unregistered_people.unwrap_or_default(), message.school_age_children.unwrap_or_default());
        let roles = read_roles(&mut fields, &message.roles);
        let roles_on = fields.optional_day("role_date", message.role_date);
        fields.done().map_err(from_error)?;
        let operation = AmendHousehold {
            id: read(id).map_err(from_error)?,
            expected_version: message.expected_version,
            unregistered_people: message.unregistered_people,
            school_age_children: message.school_age_children,
            roles,
            roles_on,
        };
        let seen = self.0.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::AmendHouseholdResponse { household: Some(write(seen)) }))
    }

    async fn get_household(&self, request: Request<proto::GetHouseholdRequest>) -> Result<Response<proto::GetHouseholdResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let id = fields.id("id", &message.id);
        fields.done().map_err(from_error)?;
        let (seen, permits) = self.0.fetch(&call, GetHousehold { id: read(id).map_err(from_error)? }).await.map_err(from_error)?;
        let permits = permits.into_iter().map(write_permit).collect();
        Ok(Response::new(proto::GetHouseholdResponse { household: Some(write(seen)), permits }))
    }

    async fn list_households(
        &self,
        request: Request<proto::ListHouseholdsRequest>,
    ) -> Result<Response<proto::ListHouseholdsResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let relocant = fields.id("relocant_id", &message.relocant_id);
        fields.done().map_err(from_error)?;
        let relocant = read(relocant).map_err(from_error)?;
        let filter = format!("households {relocant}");
        let page = page::parse(self.0.vault(), message.page_size.min(MOST_LISTED), &message.page_token, &filter).map_err(from_error)?;
        let mut households = self.0.fetch(&call, ListHouseholds { relocant, page }).await.map_err(from_error)?;
        let next_page_token = page::next(self.0.vault(), page, &filter, &mut households, |seen| seen.household.id.0);
        Ok(Response::new(proto::ListHouseholdsResponse { households: households.into_iter().map(write).collect(), next_page_token }))
    }

    async fn report_household_departure(
        &self,
        request: Request<proto::ReportHouseholdDepartureRequest>,
    ) -> Result<Response<proto::ReportHouseholdDepartureResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.0, &mut fields, &message, &message.request_id, message.validate_only);
        let id = fields.id("id", &message.id);
        let on = fields.day("departure_date", message.departure_date);
        fields.done().map_err(from_error)?;
        let operation = ReportHouseholdDeparture {
            id: read(id).map_err(from_error)?,
            expected_version: message.expected_version,
            on: read(on).map_err(from_error)?,
        };
        let seen = self.0.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::ReportHouseholdDepartureResponse { household: Some(write(seen)) }))
    }
}

/// The people named, in their places; nobody where a field is at fault.
fn read_people(fields: &mut Fields, at: &str, people: &[proto::HouseholdRoleOf]) -> Vec<Option<InRole>> {
    let people = people.iter().take(rules::MOST_MEMBERS + 1).enumerate();
    people.map(|(place, person)| read_person(fields, &format!("{at}[{place}]."), &person.relocant_id, person.role)).collect()
}

fn read_person(fields: &mut Fields, at: &str, relocant: &str, role: i32) -> Option<InRole> {
    let relocant = fields.id(&format!("{at}relocant_id"), relocant);
    let role = fields.code(&format!("{at}role"), role, "HEAD, SPOUSE, CHILD, PARENT or OTHER", |role| match role {
        proto::HouseholdRole::Unspecified => None,
        proto::HouseholdRole::Head => Some(HouseholdRole::Head),
        proto::HouseholdRole::Spouse => Some(HouseholdRole::Spouse),
        proto::HouseholdRole::Child => Some(HouseholdRole::Child),
        proto::HouseholdRole::Parent => Some(HouseholdRole::Parent),
        proto::HouseholdRole::Other => Some(HouseholdRole::Other),
    });
    relocant.zip(role).map(|(relocant, role)| InRole { relocant, role })
}

fn read_roles(fields: &mut Fields, roles: &[proto::HouseholdRoleOf]) -> Vec<InRole> {
    let roles = read_people(fields, "roles", roles);
    fields.faults(rules::named(&roles, "roles"));
    roles.into_iter().flatten().collect()
}

fn read_stated(fields: &mut Fields, unregistered_people: i32, school_age_children: i32) -> Stated {
    let mut number = |field, value| fields.within(field, value, 0..=rules::MOST_STATED, "0 to 20");
    Stated {
        unregistered_people: number("unregistered_people", unregistered_people),
        school_age_children: number("school_age_children", school_age_children),
    }
}

fn write(seen: Seen) -> proto::Household {
    let Seen { household, region, split_into, joined } = seen;
    let id = |id: Option<HouseholdId>| id.map(|id| id.to_string()).unwrap_or_default();
    let ids = |ids: Vec<HouseholdId>| ids.iter().map(ToString::to_string).collect();
    proto::Household {
        id: household.id.to_string(),
        version: household.version,
        create_time: Some(timestamp(household.created_at)),
        update_time: Some(timestamp(household.updated_at)),
        region_code: region.map(|region| region.code().to_owned()).unwrap_or_default(),
        members: household.members.iter().map(write_member).collect(),
        unregistered_people: household.stated.unregistered_people,
        school_age_children: household.stated.school_age_children,
        places_needed: rules::places_needed(&household),
        split_from_id: id(household.split_from),
        split_into_ids: ids(split_into),
        joined_into_id: id(household.joined_into),
        joined_ids: ids(joined),
        center_id: household.center,
    }
}

fn write_member(member: &Membership) -> proto::HouseholdMember {
    let role = match member.role {
        HouseholdRole::Head => proto::HouseholdRole::Head,
        HouseholdRole::Spouse => proto::HouseholdRole::Spouse,
        HouseholdRole::Child => proto::HouseholdRole::Child,
        HouseholdRole::Parent => proto::HouseholdRole::Parent,
        HouseholdRole::Other => proto::HouseholdRole::Other,
    };
    let ground = match member.left {
        None => proto::LeavingGround::Unspecified,
        Some((_, LeavingGround::MovedOut)) => proto::LeavingGround::MovedOut,
        Some((_, LeavingGround::Mistaken)) => proto::LeavingGround::Mistaken,
        Some((_, LeavingGround::Split)) => proto::LeavingGround::Split,
        Some((_, LeavingGround::Joined)) => proto::LeavingGround::Joined,
        Some((_, LeavingGround::Departed)) => proto::LeavingGround::Departed,
        Some((_, LeavingGround::RoleChanged)) => proto::LeavingGround::RoleChanged,
    };
    proto::HouseholdMember {
        relocant_id: member.relocant.to_string(),
        role: role.into(),
        since_date: Some(date(member.since)),
        left_date: member.left.map(|(on, _)| date(on)),
        ground: ground.into(),
    }
}

fn write_permit(HouseholdPermit { permit, stands_on }: HouseholdPermit) -> proto::HouseholdPermit {
    let (on_permit, on_relocant) = stands_on.unzip();
    proto::HouseholdPermit {
        permit_id: permit.id.to_string(),
        relocant_id: permit.relocant.to_string(),
        kind: write_kind(permit.kind).into(),
        state: write_state(permit.state).into(),
        valid_until_date: permit.valid_until.map(date),
        stands_on_permit_id: on_permit.map(|id| id.to_string()).unwrap_or_default(),
        stands_on_relocant_id: on_relocant.map(|id| id.to_string()).unwrap_or_default(),
    }
}
