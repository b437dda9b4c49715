//! gRPC of permits: reads requests, calls the gate, writes answers.

use std::collections::BTreeSet;

use tonic::{Request, Response, Status};

use super::{
    ApplicationDocument, Basis, Claim, PermitKind, PermitState, RefusalGround, ReturnGround, RevocationGround, Risk, RiskCause, Transition,
    Validity, bases,
    claim_operations::{ClaimApplication, ClaimApplications, ReleaseClaim},
    operations::{
        AcceptApplication, AppealRefusal, ApplyForPermit, ApproveApplication, CancelPermit, DecideAppeal, GetPermit, IssuePermit,
        ListPermits, RefuseApplication, RenewPermit, ReportEnrolmentEnd, ReportHostChange, ReturnApplication, RevokePermit, Seen,
        ShortenPermit, StartReview, SubmitApplication, Target, WithdrawApplication,
    },
    risk_operations::ListPermitRisks,
};
use crate::{
    api::{Fields, call, change, date, read, timestamp},
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

/// The kinds that are taken. What each stands on is said by `bases`.
fn read_kind(fields: &mut Fields, value: i32) -> Option<PermitKind> {
    let known = "TEMPORARY_RESIDENCE_WORK, TEMPORARY_RESIDENCE_FAMILY_OF_WORKER or TEMPORARY_RESIDENCE_STUDY";
    fields.code("kind", value, known, |kind| match kind {
        proto::PermitKind::Unspecified => None,
        proto::PermitKind::TemporaryResidenceWork => Some(PermitKind::TemporaryResidenceWork),
        proto::PermitKind::TemporaryResidenceFamilyOfWorker => Some(PermitKind::TemporaryResidenceFamilyOfWorker),
        proto::PermitKind::TemporaryResidenceStudy => Some(PermitKind::TemporaryResidenceStudy),
    })
}

fn read_return_ground(fields: &mut Fields, value: i32) -> Option<ReturnGround> {
    fields.code("ground", value, "what is missing", |ground| match ground {
        proto::ReturnGround::Unspecified => None,
        proto::ReturnGround::DocumentMissing => Some(ReturnGround::DocumentMissing),
        proto::ReturnGround::DocumentExpired => Some(ReturnGround::DocumentExpired),
        proto::ReturnGround::HostPetitionMissing => Some(ReturnGround::HostPetitionMissing),
        proto::ReturnGround::DataMismatch => Some(ReturnGround::DataMismatch),
    })
}

/// The documents that a return is about; each once, in the order of the list. That a document is missing says nothing without which.
fn read_documents(fields: &mut Fields, message: &proto::ReturnApplicationRequest) -> Vec<ApplicationDocument> {
    if message.documents.len() > 20 {
        fields.fault("documents", Why::Range("at most 20"));
        return vec![];
    }
    if message.documents.is_empty() && message.ground() == proto::ReturnGround::DocumentMissing {
        fields.fault("documents", Why::Required);
    }
    let mut documents = BTreeSet::new();
    for (at, value) in message.documents.iter().enumerate() {
        documents.extend(fields.code(&format!("documents[{at}]"), *value, "a document of an application", |document| match document {
            proto::ApplicationDocument::Unspecified => None,
            proto::ApplicationDocument::ApplicationForm => Some(ApplicationDocument::ApplicationForm),
            proto::ApplicationDocument::Passport => Some(ApplicationDocument::Passport),
            proto::ApplicationDocument::Contract => Some(ApplicationDocument::Contract),
            proto::ApplicationDocument::EnrolmentOrder => Some(ApplicationDocument::EnrolmentOrder),
            proto::ApplicationDocument::ProofOfKinship => Some(ApplicationDocument::ProofOfKinship),
            proto::ApplicationDocument::ArrivalNotice => Some(ApplicationDocument::ArrivalNotice),
            proto::ApplicationDocument::LandlordConsent => Some(ApplicationDocument::LandlordConsent),
            proto::ApplicationDocument::FingerprintCertificate => Some(ApplicationDocument::FingerprintCertificate),
            proto::ApplicationDocument::HealthInsurance => Some(ApplicationDocument::HealthInsurance),
            proto::ApplicationDocument::HostPetition => Some(ApplicationDocument::HostPetition),
        }));
    }
    documents.into_iter().collect()
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
        PermitState::Lapsed => proto::PermitState::Lapsed,
    }
}

fn write_kind(kind: PermitKind) -> proto::PermitKind {
    match kind {
        PermitKind::TemporaryResidenceWork => proto::PermitKind::TemporaryResidenceWork,
        PermitKind::TemporaryResidenceFamilyOfWorker => proto::PermitKind::TemporaryResidenceFamilyOfWorker,
        PermitKind::TemporaryResidenceStudy => proto::PermitKind::TemporaryResidenceStudy,
    }
}

fn write(seen: Seen, transitions: Vec<Transition>) -> proto::Permit {
    let Seen { permit, validity, review, return_due_on } = seen;
    let validity = match validity {
        Validity::NotIssued => proto::PermitValidity::NotIssued,
        Validity::Valid => proto::PermitValidity::Valid,
        Validity::Expiring => proto::PermitValidity::Expiring,
        Validity::Expired => proto::PermitValidity::Expired,
        Validity::Ended => proto::PermitValidity::Ended,
    };
    let (basis, basis_permit) = match permit.basis {
        Basis::Contract => (proto::PermitBasis::Contract, None),
        Basis::Enrolment => (proto::PermitBasis::Enrolment, None),
        Basis::Relative(id) => (proto::PermitBasis::Relative, Some(id)),
        Basis::HostConsent => (proto::PermitBasis::HostConsent, None),
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
        basis: basis.into(),
        basis_permit_id: basis_permit.map(|id| id.to_string()).unwrap_or_default(),
        review_due_date: review.map(|review| date(review.due_on)),
        review_late_working_days: review.map_or(0, |review| review.late_working_days),
        return_due_date: return_due_on.map(date),
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
        documents: step.documents.into_iter().map(|document| write_document(document).into()).collect(),
        policy_version: step.policy_version.unwrap_or_default(),
    }
}

fn write_document(document: ApplicationDocument) -> proto::ApplicationDocument {
    match document {
        ApplicationDocument::ApplicationForm => proto::ApplicationDocument::ApplicationForm,
        ApplicationDocument::Passport => proto::ApplicationDocument::Passport,
        ApplicationDocument::Contract => proto::ApplicationDocument::Contract,
        ApplicationDocument::EnrolmentOrder => proto::ApplicationDocument::EnrolmentOrder,
        ApplicationDocument::ProofOfKinship => proto::ApplicationDocument::ProofOfKinship,
        ApplicationDocument::ArrivalNotice => proto::ApplicationDocument::ArrivalNotice,
        ApplicationDocument::LandlordConsent => proto::ApplicationDocument::LandlordConsent,
        ApplicationDocument::FingerprintCertificate => proto::ApplicationDocument::FingerprintCertificate,
        ApplicationDocument::HealthInsurance => proto::ApplicationDocument::HealthInsurance,
        ApplicationDocument::HostPetition => proto::ApplicationDocument::HostPetition,
    }
}

fn write_risk(risk: Risk) -> proto::PermitRisk {
    let cause = match risk.cause {
        RiskCause::ContractEnded => proto::PermitRiskCause::ContractEnded,
        RiskCause::EnrolmentEnded => proto::PermitRiskCause::EnrolmentEnded,
        RiskCause::RelativeShortened => proto::PermitRiskCause::RelativeShortened,
        RiskCause::RelativeCancelled => proto::PermitRiskCause::RelativeCancelled,
        RiskCause::RelativeRevoked => proto::PermitRiskCause::RelativeRevoked,
        RiskCause::RelativeSuperseded => proto::PermitRiskCause::RelativeSuperseded,
    };
    proto::PermitRisk {
        id: risk.id.to_string(),
        permit_id: risk.permit.to_string(),
        relocant_id: risk.relocant.to_string(),
        cause: cause.into(),
        cause_permit_id: risk.cause_permit.map(|id| id.to_string()).unwrap_or_default(),
        since_date: Some(date(risk.since_on)),
        due_date: risk.due_on.map(date),
        cleared_date: risk.cleared_on.map(date),
    }
}

fn write_claim(claim: Claim) -> proto::ApplicationClaim {
    proto::ApplicationClaim {
        permit_id: claim.permit.to_string(),
        claim_time: Some(timestamp(claim.claimed_at)),
        lapse_time: Some(timestamp(claim.lapses_at)),
    }
}
