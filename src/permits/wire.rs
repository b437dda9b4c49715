//! The words of permits on the wire, read and written; each enum by a total match. Calls are `api`'s.

use std::collections::BTreeSet;

use super::{
    ApplicationDocument, Basis, Claim, PermitKind, PermitState, RefusalGround, ReturnGround, Risk, RiskCause, Transition, Validity,
    catalogue, operations::Seen,
};
use crate::{
    api::{Fields, date, timestamp},
    error::Why,
    proto,
};

/// The ground of a refusal.
pub fn read_refusal_ground(fields: &mut Fields, value: i32) -> Option<RefusalGround> {
    fields.code("ground", value, "a ground of refusal", |ground| match ground {
        proto::RefusalGround::Unspecified => None,
        proto::RefusalGround::PassportTooShort => Some(RefusalGround::PassportTooShort),
        proto::RefusalGround::ContractNotConfirmed => Some(RefusalGround::ContractNotConfirmed),
        proto::RefusalGround::ValidPermitExists => Some(RefusalGround::ValidPermitExists),
        proto::RefusalGround::DocumentsNotGenuine => Some(RefusalGround::DocumentsNotGenuine),
        proto::RefusalGround::OtherLegalGround => Some(RefusalGround::OtherLegalGround),
    })
}

/// A kind of which applications are taken. What each stands on is said by `bases`.
pub fn read_kind(fields: &mut Fields, value: i32) -> Option<PermitKind> {
    fields.code("kind", value, "a kind of which applications are taken: TEMPORARY_RESIDENCE_WORK, _FAMILY_OF_WORKER or _STUDY", |kind| {
        catalogue::api::read_kind(kind).filter(|kind| kind.takes_applications())
    })
}

/// The ground of a return.
pub fn read_return_ground(fields: &mut Fields, value: i32) -> Option<ReturnGround> {
    fields.code("ground", value, "what is missing", |ground| match ground {
        proto::ReturnGround::Unspecified => None,
        proto::ReturnGround::DocumentMissing => Some(ReturnGround::DocumentMissing),
        proto::ReturnGround::DocumentExpired => Some(ReturnGround::DocumentExpired),
        proto::ReturnGround::HostPetitionMissing => Some(ReturnGround::HostPetitionMissing),
        proto::ReturnGround::DataMismatch => Some(ReturnGround::DataMismatch),
    })
}

/// The documents that a return is about; each once, in the order of the list. That a document is missing says nothing without which.
pub fn read_documents(fields: &mut Fields, message: &proto::ReturnApplicationRequest) -> Vec<ApplicationDocument> {
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

/// Where a permit stands.
pub fn write_state(state: PermitState) -> proto::PermitState {
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

/// A permit, with its steps where they are asked for.
pub fn write(seen: Seen, transitions: Vec<Transition>) -> proto::Permit {
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
        kind: catalogue::api::write_kind(permit.kind).into(),
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

/// A risk.
pub fn write_risk(risk: Risk) -> proto::PermitRisk {
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

/// A claim.
pub fn write_claim(claim: Claim) -> proto::ApplicationClaim {
    proto::ApplicationClaim {
        permit_id: claim.permit.to_string(),
        claim_time: Some(timestamp(claim.claimed_at)),
        lapse_time: Some(timestamp(claim.lapses_at)),
    }
}
