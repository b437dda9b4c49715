//! gRPC of permits: reads requests, calls the gate, writes answers.

use tonic::{Request, Response, Status};

use super::{
    RevocationGround, bases,
    catalogue::api::list_permit_types,
    claim_operations::{ClaimApplication, ClaimApplications, ReleaseClaim},
    operations::{
        AcceptApplication, AppealRefusal, ApplyForPermit, ApproveApplication, CancelPermit, DecideAppeal, GetPermit, IssuePermit,
        ListPermits, RefuseApplication, RenewPermit, ReportEnrolmentEnd, ReportHostChange, ReturnApplication, RevokePermit, ShortenPermit,
        StartReview, SubmitApplication, Target, WithdrawApplication,
    },
    risk_operations::ListPermitRisks,
    wire::{read_documents, read_kind, read_refusal_ground, read_return_ground, write, write_claim, write_risk},
};
use crate::{
    api::{Fields, call, change, read},
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
        Ok(Response::new(proto::$response { permit: Some(write(permit, vec![])) }))
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
        let kind = read_kind(&mut fields, message.kind);
        let relative = fields.optional("basis_permit_id", &message.basis_permit_id, Why::Format("a UUID"));
        let well_formed = relative.is_some() || message.basis_permit_id.is_empty();
        let basis = kind
            .filter(|_| well_formed)
            .and_then(|kind| bases::basis(kind, relative).map_err(|violation| fields.faults(vec![violation])).ok());
        let employer = fields.id("employer_id", &message.employer_id);
        let region = fields.required("region_code", &message.region_code, Why::Unknown("an ISO 3166-2:KZ code such as KZ-10"));
        let contract_until = fields.day("contract_until_date", message.contract_until_date);
        let passport_until = fields.day("passport_valid_until_date", message.passport_valid_until_date);
        fields.done().map_err(from_error)?;
        let operation = ApplyForPermit {
            relocant: read(relocant).map_err(from_error)?,
            kind: read(kind).map_err(from_error)?,
            basis: read(basis).map_err(from_error)?,
            employer: read(employer).map_err(from_error)?,
            region: read(region).map_err(from_error)?,
            contract_until: read(contract_until).map_err(from_error)?,
            passport_until: read(passport_until).map_err(from_error)?,
            as_draft: message.as_draft,
        };
        let permit = self.0.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::ApplyForPermitResponse { permit: Some(write(permit, vec![])) }))
    }

    async fn submit_application(&self, request: Request<proto::SubmitApplicationRequest>) -> Answer<proto::SubmitApplicationResponse> {
        transition!(self, request, SubmitApplicationResponse, |fields, message| {} => |target| SubmitApplication { target })
    }

    async fn accept_application(&self, request: Request<proto::AcceptApplicationRequest>) -> Answer<proto::AcceptApplicationResponse> {
        transition!(self, request, AcceptApplicationResponse, |fields, message| {} => |target| AcceptApplication { target })
    }

    async fn return_application(&self, request: Request<proto::ReturnApplicationRequest>) -> Answer<proto::ReturnApplicationResponse> {
        transition!(self, request, ReturnApplicationResponse, |fields, message| {
            ground: read_return_ground(&mut fields, message.ground),
            documents: Some(read_documents(&mut fields, &message))
        } => |target, ground, documents| ReturnApplication { target, ground, documents })
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

    async fn report_enrolment_end(&self, request: Request<proto::ReportEnrolmentEndRequest>) -> Answer<proto::ReportEnrolmentEndResponse> {
        transition!(self, request, ReportEnrolmentEndResponse, |fields, message| {
            ended_on: fields.day("enrolment_ended_date", message.enrolment_ended_date)
        } => |target, ended_on| ReportEnrolmentEnd { target, ended_on })
    }

    async fn list_permit_risks(&self, request: Request<proto::ListPermitRisksRequest>) -> Answer<proto::ListPermitRisksResponse> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let relocant = fields.optional("relocant_id", &message.relocant_id, Why::Format("a UUID"));
        let permit = fields.optional("permit_id", &message.permit_id, Why::Format("a UUID"));
        fields.done().map_err(from_error)?;
        let filter = format!("permit risks {:?} {relocant:?} {permit:?}", call.caller.reach);
        let page = page::parse(self.0.vault(), message.page_size, &message.page_token, &filter).map_err(from_error)?;
        let mut risks = self.0.fetch(&call, ListPermitRisks { page, relocant, permit }).await.map_err(from_error)?;
        let next_page_token = page::next(self.0.vault(), page, &filter, &mut risks, |risk| risk.id.0);
        Ok(Response::new(proto::ListPermitRisksResponse { risks: risks.into_iter().map(write_risk).collect(), next_page_token }))
    }

    async fn claim_application(&self, request: Request<proto::ClaimApplicationRequest>) -> Answer<proto::ClaimApplicationResponse> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.0, &mut fields, &message, &message.request_id, message.validate_only);
        let id = fields.id("id", &message.id);
        fields.done().map_err(from_error)?;
        let operation = ClaimApplication { id: read(id).map_err(from_error)? };
        let claim = self.0.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::ClaimApplicationResponse { claim: Some(write_claim(claim)) }))
    }

    async fn claim_applications(&self, request: Request<proto::ClaimApplicationsRequest>) -> Answer<proto::ClaimApplicationsResponse> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.0, &mut fields, &message, &message.request_id, message.validate_only);
        let count = fields.within("count", message.count, 1..=50, "1 to 50");
        fields.done().map_err(from_error)?;
        let operation = ClaimApplications { count: u64::from(count.unsigned_abs()) };
        let claims = self.0.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::ClaimApplicationsResponse { claims: claims.into_iter().map(write_claim).collect() }))
    }

    async fn release_claim(&self, request: Request<proto::ReleaseClaimRequest>) -> Answer<proto::ReleaseClaimResponse> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.0, &mut fields, &message, &message.request_id, message.validate_only);
        let id = fields.id("id", &message.id);
        fields.done().map_err(from_error)?;
        self.0.execute(&call, change, ReleaseClaim { id: read(id).map_err(from_error)? }).await.map_err(from_error)?;
        Ok(Response::new(proto::ReleaseClaimResponse {}))
    }

    async fn get_permit(&self, request: Request<proto::GetPermitRequest>) -> Answer<proto::GetPermitResponse> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let id = fields.id("id", &message.id);
        fields.done().map_err(from_error)?;
        let history = self.0.fetch(&call, GetPermit { id: read(id).map_err(from_error)? }).await.map_err(from_error)?;
        Ok(Response::new(proto::GetPermitResponse { permit: Some(write(history.permit, history.transitions)) }))
    }

    async fn list_permits(&self, request: Request<proto::ListPermitsRequest>) -> Answer<proto::ListPermitsResponse> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let relocant = fields.optional("relocant_id", &message.relocant_id, Why::Format("a UUID"));
        fields.done().map_err(from_error)?;
        let filter = format!("permits {:?} {relocant:?}", call.caller.reach);
        let page = page::parse(self.0.vault(), message.page_size, &message.page_token, &filter).map_err(from_error)?;
        let mut permits = self.0.fetch(&call, ListPermits { page, relocant }).await.map_err(from_error)?;
        let next_page_token = page::next(self.0.vault(), page, &filter, &mut permits, |seen| seen.permit.id.0);
        let permits = permits.into_iter().map(|permit| write(permit, vec![])).collect();
        Ok(Response::new(proto::ListPermitsResponse { permits, next_page_token }))
    }

    async fn list_permit_types(&self, request: Request<proto::ListPermitTypesRequest>) -> Answer<proto::ListPermitTypesResponse> {
        list_permit_types(&self.0, request).await
    }

    async fn check_eligibility(&self, request: Request<proto::CheckEligibilityRequest>) -> Answer<proto::CheckEligibilityResponse> {
        check_eligibility(&self.0, request).await
    }
}
