//! gRPC of permits: reads requests, calls the gate, writes answers. Knows no rule but the day's validity, which is asked of `rules` for every answer.

use chrono::NaiveDate;
use tonic::{Request, Response, Status};

use super::{
    Permit, PermitState, RefusalGround, ReturnGround, RevocationGround, Transition, Validity,
    catalogue::api::{list_permit_types, read_kind, write_kind},
    operations::{
        AcceptApplication, AppealRefusal, ApplyForPermit, ApproveApplication, CancelPermit, DecideAppeal, GetPermit, IssuePermit,
        ListPermits, RefuseApplication, RenewPermit, ReportHostChange, ReturnApplication, RevokePermit, ShortenPermit, StartReview,
        SubmitApplication, Target, WithdrawApplication,
    },
    rules,
};
use crate::{
    api::{Fields, call, change, date, read, timestamp},
    eligibility::api::check_eligibility,
    error::{Result, Why},
    gate::Registry,
    page,
    proto::{self, permit_service_server::PermitService},
    status::from_error,
};

/// The service.
#[derive(Debug, Clone)]
pub struct Service(pub Registry);

fn read_target(fields: &mut Fields, id: &str, expected_version: i64) -> Option<Target> {
    fields.id("id", id).map(|id| Target { id, expected_version })
}

fn read_refusal_ground(fields: &mut Fields, value: i32) -> Option<RefusalGround> {
    fields.code("ground", value, "a ground of refusal", |ground| match ground {
        proto::RefusalGround::Unspecified => None,
        proto::RefusalGround::PassportTooShort => Some(RefusalGround::PassportTooShort),
        proto::RefusalGround::ContractNotConfirmed => Some(RefusalGround::ContractNotConfirmed),
        proto::RefusalGround::ValidPermitExists => Some(RefusalGround::ValidPermitExists),
        proto::RefusalGround::DocumentsNotGenuine => Some(RefusalGround::DocumentsNotGenuine),
        proto::RefusalGround::OtherLegalGround => Some(RefusalGround::OtherLegalGround),
    })
}

/// A transition's body: read the target and what else there is, execute, write the permit.
macro_rules! transition {
    ($self:ident, $request:ident, $response:ident, |$fields:ident, $message:ident| { $($field:ident: $read:expr),* } => $operation:expr) => {{
        let (call, $message) = (call(&$request).map_err(from_error)?, $request.into_inner());
        let mut $fields = Fields::default();
        let change = change(&$self.0, &mut $fields, &$message, &$message.request_id, $message.validate_only);
        let target = read_target(&mut $fields, &$message.id, $message.expected_version);
        $(let $field = $read;)*
        $fields.done().map_err(from_error)?;
        let target = read(target).map_err(from_error)?;
        $(let $field = read($field).map_err(from_error)?;)*
        let operation = $operation(target, $($field),*);
        let permit = $self.0.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::$response { permit: Some(write(permit, vec![], $self.0.today())) }))
    }};
}

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl PermitService for Service {
    async fn apply_for_permit(&self, request: Request<proto::ApplyForPermitRequest>) -> Answer<proto::ApplyForPermitResponse> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.0, &mut fields, &message, &message.request_id, message.validate_only);
        let relocant = fields.id("relocant_id", &message.relocant_id);
        let taken = "a kind of which applications are taken: TEMPORARY_RESIDENCE_WORK";
        let kind = fields.code("kind", message.kind, taken, |kind| read_kind(kind).filter(|kind| kind.takes_applications()));
        let employer = fields.id("employer_id", &message.employer_id);
        let region = fields.required("region_code", &message.region_code, Why::Unknown("an ISO 3166-2:KZ code such as KZ-10"));
        let contract_until = fields.day("contract_until_date", message.contract_until_date);
        let passport_until = fields.day("passport_valid_until_date", message.passport_valid_until_date);
        fields.done().map_err(from_error)?;
        let operation = ApplyForPermit {
            relocant: read(relocant).map_err(from_error)?,
            kind: read(kind).map_err(from_error)?,
            employer: read(employer).map_err(from_error)?,
            region: read(region).map_err(from_error)?,
            contract_until: read(contract_until).map_err(from_error)?,
            passport_until: read(passport_until).map_err(from_error)?,
            as_draft: message.as_draft,
        };
        let permit = self.0.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::ApplyForPermitResponse { permit: Some(write(permit, vec![], self.0.today())) }))
    }

    async fn submit_application(&self, request: Request<proto::SubmitApplicationRequest>) -> Answer<proto::SubmitApplicationResponse> {
        transition!(self, request, SubmitApplicationResponse, |fields, message| {} => |target| SubmitApplication { target })
    }

    async fn accept_application(&self, request: Request<proto::AcceptApplicationRequest>) -> Answer<proto::AcceptApplicationResponse> {
        transition!(self, request, AcceptApplicationResponse, |fields, message| {} => |target| AcceptApplication { target })
    }

    async fn return_application(&self, request: Request<proto::ReturnApplicationRequest>) -> Answer<proto::ReturnApplicationResponse> {
        transition!(self, request, ReturnApplicationResponse, |fields, message| {
            ground: fields.code("ground", message.ground, "what is missing", |ground| match ground {
                proto::ReturnGround::Unspecified => None,
                proto::ReturnGround::DocumentMissing => Some(ReturnGround::DocumentMissing),
                proto::ReturnGround::DocumentExpired => Some(ReturnGround::DocumentExpired),
                proto::ReturnGround::HostPetitionMissing => Some(ReturnGround::HostPetitionMissing),
                proto::ReturnGround::DataMismatch => Some(ReturnGround::DataMismatch),
            })
        } => |target, ground| ReturnApplication { target, ground })
    }

    async fn start_review(&self, request: Request<proto::StartReviewRequest>) -> Answer<proto::StartReviewResponse> {
        transition!(self, request, StartReviewResponse, |fields, message| {} => |target| StartReview { target })
    }

    async fn approve_application(&self, request: Request<proto::ApproveApplicationRequest>) -> Answer<proto::ApproveApplicationResponse> {
        transition!(self, request, ApproveApplicationResponse, |fields, message| {} => |target| ApproveApplication { target })
    }

    async fn refuse_application(&self, request: Request<proto::RefuseApplicationRequest>) -> Answer<proto::RefuseApplicationResponse> {
        transition!(self, request, RefuseApplicationResponse, |fields, message| {
            ground: read_refusal_ground(&mut fields, message.ground)
        } => |target, ground| RefuseApplication { target, ground })
    }

    async fn withdraw_application(
        &self,
        request: Request<proto::WithdrawApplicationRequest>,
    ) -> Answer<proto::WithdrawApplicationResponse> {
        transition!(self, request, WithdrawApplicationResponse, |fields, message| {} => |target| WithdrawApplication { target })
    }

    async fn appeal_refusal(&self, request: Request<proto::AppealRefusalRequest>) -> Answer<proto::AppealRefusalResponse> {
        transition!(self, request, AppealRefusalResponse, |fields, message| {} => |target| AppealRefusal { target })
    }

    async fn decide_appeal(&self, request: Request<proto::DecideAppealRequest>) -> Answer<proto::DecideAppealResponse> {
        transition!(self, request, DecideAppealResponse, |fields, message| {
            refused: if message.granted { Some(None) } else { read_refusal_ground(&mut fields, message.ground).map(Some) }
        } => |target, refused| DecideAppeal { target, refused })
    }

    async fn issue_permit(&self, request: Request<proto::IssuePermitRequest>) -> Answer<proto::IssuePermitResponse> {
        transition!(self, request, IssuePermitResponse, |fields, message| {
            from: fields.day("valid_from_date", message.valid_from_date),
            until: fields.day("valid_until_date", message.valid_until_date)
        } => |target, from, until| IssuePermit { target, from, until })
    }

    async fn renew_permit(&self, request: Request<proto::RenewPermitRequest>) -> Answer<proto::RenewPermitResponse> {
        transition!(self, request, RenewPermitResponse, |fields, message| {
            until: fields.day("valid_until_date", message.valid_until_date),
            contract_until: fields.day("contract_until_date", message.contract_until_date),
            passport_until: fields.day("passport_valid_until_date", message.passport_valid_until_date)
        } => |target, until, contract_until, passport_until| RenewPermit { target, until, contract_until, passport_until })
    }

    async fn shorten_permit(&self, request: Request<proto::ShortenPermitRequest>) -> Answer<proto::ShortenPermitResponse> {
        transition!(self, request, ShortenPermitResponse, |fields, message| {
            until: fields.day("valid_until_date", message.valid_until_date)
        } => |target, until| ShortenPermit { target, until })
    }

    async fn cancel_permit(&self, request: Request<proto::CancelPermitRequest>) -> Answer<proto::CancelPermitResponse> {
        transition!(self, request, CancelPermitResponse, |fields, message| {} => |target| CancelPermit { target })
    }

    async fn revoke_permit(&self, request: Request<proto::RevokePermitRequest>) -> Answer<proto::RevokePermitResponse> {
        transition!(self, request, RevokePermitResponse, |fields, message| {
            ground: fields.code("ground", message.ground, "a ground of revocation", |ground| match ground {
                proto::RevocationGround::Unspecified => None,
                proto::RevocationGround::ContractEnded => Some(RevocationGround::ContractEnded),
                proto::RevocationGround::ObtainedByFalseData => Some(RevocationGround::ObtainedByFalseData),
                proto::RevocationGround::LeftForGood => Some(RevocationGround::LeftForGood),
                proto::RevocationGround::OtherLegalGround => Some(RevocationGround::OtherLegalGround),
            })
        } => |target, ground| RevokePermit { target, ground })
    }

    async fn report_host_change(&self, request: Request<proto::ReportHostChangeRequest>) -> Answer<proto::ReportHostChangeResponse> {
        transition!(self, request, ReportHostChangeResponse, |fields, message| {
            ended_on: fields.day("contract_ended_date", message.contract_ended_date)
        } => |target, ended_on| ReportHostChange { target, ended_on })
    }

    async fn get_permit(&self, request: Request<proto::GetPermitRequest>) -> Answer<proto::GetPermitResponse> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let id = fields.id("id", &message.id);
        fields.done().map_err(from_error)?;
        let history = self.0.fetch(&call, GetPermit { id: read(id).map_err(from_error)? }).await.map_err(from_error)?;
        Ok(Response::new(proto::GetPermitResponse { permit: Some(write(history.permit, history.transitions, self.0.today())) }))
    }

    async fn list_permits(&self, request: Request<proto::ListPermitsRequest>) -> Answer<proto::ListPermitsResponse> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let relocant = fields.optional("relocant_id", &message.relocant_id, Why::Format("a UUID"));
        fields.done().map_err(from_error)?;
        let filter = format!("permits {:?} {relocant:?}", call.caller.reach);
        let page = page::parse(self.0.vault(), message.page_size, &message.page_token, &filter).map_err(from_error)?;
        let mut permits = self.0.fetch(&call, ListPermits { page, relocant }).await.map_err(from_error)?;
        let next_page_token = page::next(self.0.vault(), page, &filter, &mut permits, |permit| permit.id.0);
        let permits = permits.into_iter().map(|permit| write(permit, vec![], self.0.today())).collect();
        Ok(Response::new(proto::ListPermitsResponse { permits, next_page_token }))
    }

    async fn list_permit_types(&self, request: Request<proto::ListPermitTypesRequest>) -> Answer<proto::ListPermitTypesResponse> {
        list_permit_types(&self.0, request).await
    }

    async fn check_eligibility(&self, request: Request<proto::CheckEligibilityRequest>) -> Answer<proto::CheckEligibilityResponse> {
        check_eligibility(&self.0, request).await
    }
}

fn write_state(state: PermitState) -> proto::PermitState {
    match state {
        PermitState::Draft => proto::PermitState::Draft,
        PermitState::Submitted => proto::PermitState::Submitted,
        PermitState::Returned => proto::PermitState::Returned,
        PermitState::Accepted => proto::PermitState::Accepted,
        PermitState::UnderReview => proto::PermitState::UnderReview,
        PermitState::Approved => proto::PermitState::Approved,
        PermitState::Refused => proto::PermitState::Refused,
        PermitState::Appealed => proto::PermitState::Appealed,
        PermitState::Withdrawn => proto::PermitState::Withdrawn,
        PermitState::Issued => proto::PermitState::Issued,
        PermitState::HostChanged => proto::PermitState::HostChanged,
        PermitState::Shortened => proto::PermitState::Shortened,
        PermitState::Renewed => proto::PermitState::Renewed,
        PermitState::Cancelled => proto::PermitState::Cancelled,
        PermitState::Revoked => proto::PermitState::Revoked,
        PermitState::Superseded => proto::PermitState::Superseded,
    }
}

fn write(permit: Permit, transitions: Vec<Transition>, today: NaiveDate) -> proto::Permit {
    let validity = match rules::validity(&permit, today) {
        Validity::NotIssued => proto::PermitValidity::NotIssued,
        Validity::Valid => proto::PermitValidity::Valid,
        Validity::Expiring => proto::PermitValidity::Expiring,
        Validity::Expired => proto::PermitValidity::Expired,
        Validity::Ended => proto::PermitValidity::Ended,
    };
    proto::Permit {
        id: permit.id.to_string(),
        version: permit.version,
        create_time: Some(timestamp(permit.created_at)),
        update_time: Some(timestamp(permit.updated_at)),
        relocant_id: permit.relocant.to_string(),
        kind: write_kind(permit.kind).into(),
        state: write_state(permit.state).into(),
        validity: validity.into(),
        employer_id: permit.employer.to_string(),
        region_code: permit.region.to_string(),
        applied_date: Some(date(permit.applied_on)),
        contract_until_date: Some(date(permit.contract_until)),
        passport_valid_until_date: Some(date(permit.passport_until)),
        valid_from_date: permit.valid_from.map(date),
        valid_until_date: permit.valid_until.map(date),
        predecessor_id: permit.predecessor.map(|id| id.to_string()).unwrap_or_default(),
        host_change_due_date: permit.host_change_due_on.map(date),
        transitions: transitions.into_iter().map(write_transition).collect(),
    }
}

fn write_transition(step: Transition) -> proto::PermitTransition {
    proto::PermitTransition {
        number: step.number,
        from_state: step.from.map_or(proto::PermitState::Unspecified, write_state).into(),
        to_state: write_state(step.to).into(),
        transition_time: Some(timestamp(step.at)),
        actor: step.actor,
        actor_role: step.role,
        reason_code: step.reason.unwrap_or_default(),
        legal_basis: step.legal_basis,
        effective_date: Some(date(step.effective_on)),
    }
}
