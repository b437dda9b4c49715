//! gRPC of corrections: reads requests, calls the gate, writes answers. Knows no rule.

use tonic::{Request, Response, Status};

use super::{
    Correction, CorrectionState, DecisiveField, RejectionGround, Values,
    operations::{
        ApproveCorrection, ClaimCorrection, Filter, GetCorrection, ListCorrections, ProposeCorrection, RejectCorrection, ReleaseCorrection,
        WithdrawCorrection,
    },
    rules,
};
use crate::{
    api::{Fields, call, change, date, read, timestamp},
    error::{Result, Why},
    gate::{Call, Registry},
    page,
    proto::{self, correction_service_server::CorrectionService},
    relocants::{
        rules::document_number,
        wire::{read_names, read_purpose, write_names},
    },
    seal::Personal,
    status::from_error,
};

/// The service.
#[derive(Debug, Clone)]
pub struct Service(pub Registry);

#[tonic::async_trait]
impl CorrectionService for Service {
    async fn propose_correction(
        &self,
        request: Request<proto::ProposeCorrectionRequest>,
    ) -> Result<Response<proto::ProposeCorrectionResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.0, &mut fields, &message, &message.request_id, message.validate_only);
        let relocant = fields.id("relocant_id", &message.relocant_id);
        let values = read_values(&mut fields, message.values);
        fields.done().map_err(from_error)?;
        let operation = ProposeCorrection { relocant: read(relocant).map_err(from_error)?, values: read(values).map_err(from_error)? };
        let correction = self.0.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::ProposeCorrectionResponse { correction: Some(self.write(&call, correction)) }))
    }

    async fn approve_correction(
        &self,
        request: Request<proto::ApproveCorrectionRequest>,
    ) -> Result<Response<proto::ApproveCorrectionResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.0, &mut fields, &message, &message.request_id, message.validate_only);
        let id = fields.id("id", &message.id);
        fields.done().map_err(from_error)?;
        let operation = ApproveCorrection { id: read(id).map_err(from_error)?, expected_version: message.expected_version };
        let correction = self.0.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::ApproveCorrectionResponse { correction: Some(self.write(&call, correction)) }))
    }

    async fn reject_correction(
        &self,
        request: Request<proto::RejectCorrectionRequest>,
    ) -> Result<Response<proto::RejectCorrectionResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.0, &mut fields, &message, &message.request_id, message.validate_only);
        let id = fields.id("id", &message.id);
        let ground = fields.code("ground", message.ground, "NOT_PROVEN, RECORD_IS_RIGHT or WRONG_PERSON", |ground| match ground {
            proto::RejectionGround::Unspecified => None,
            proto::RejectionGround::NotProven => Some(RejectionGround::NotProven),
            proto::RejectionGround::RecordIsRight => Some(RejectionGround::RecordIsRight),
            proto::RejectionGround::WrongPerson => Some(RejectionGround::WrongPerson),
        });
        fields.done().map_err(from_error)?;
        let (id, ground) = (read(id).map_err(from_error)?, read(ground).map_err(from_error)?);
        let operation = RejectCorrection { id, expected_version: message.expected_version, ground };
        let correction = self.0.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::RejectCorrectionResponse { correction: Some(self.write(&call, correction)) }))
    }

    async fn withdraw_correction(
        &self,
        request: Request<proto::WithdrawCorrectionRequest>,
    ) -> Result<Response<proto::WithdrawCorrectionResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.0, &mut fields, &message, &message.request_id, message.validate_only);
        let id = fields.id("id", &message.id);
        fields.done().map_err(from_error)?;
        let operation = WithdrawCorrection { id: read(id).map_err(from_error)?, expected_version: message.expected_version };
        let correction = self.0.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::WithdrawCorrectionResponse { correction: Some(self.write(&call, correction)) }))
    }

    async fn claim_correction(
        &self,
        request: Request<proto::ClaimCorrectionRequest>,
    ) -> Result<Response<proto::ClaimCorrectionResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.0, &mut fields, &message, &message.request_id, message.validate_only);
        let id = fields.optional("id", &message.id, Why::Format("a UUID"));
        fields.done().map_err(from_error)?;
        let correction = self.0.execute(&call, change, ClaimCorrection { id }).await.map_err(from_error)?;
        let correction = correction.map(|correction| self.write(&call, correction));
        Ok(Response::new(proto::ClaimCorrectionResponse { correction }))
    }

    async fn release_correction(
        &self,
        request: Request<proto::ReleaseCorrectionRequest>,
    ) -> Result<Response<proto::ReleaseCorrectionResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.0, &mut fields, &message, &message.request_id, message.validate_only);
        let id = fields.id("id", &message.id);
        fields.done().map_err(from_error)?;
        let operation = ReleaseCorrection { id: read(id).map_err(from_error)? };
        let correction = self.0.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::ReleaseCorrectionResponse { correction: Some(self.write(&call, correction)) }))
    }

    async fn get_correction(
        &self,
        request: Request<proto::GetCorrectionRequest>,
    ) -> Result<Response<proto::GetCorrectionResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let id = fields.id("id", &message.id);
        let purpose = read_purpose(&mut fields, message.purpose);
        fields.done().map_err(from_error)?;
        let query = GetCorrection { id: read(id).map_err(from_error)?, purpose: read(purpose).map_err(from_error)? };
        let (correction, contents) = self.0.fetch(&call, query).await.map_err(from_error)?;
        Ok(Response::new(proto::GetCorrectionResponse {
            correction: Some(self.write(&call, correction)),
            before: Some(write_values(&contents.before)),
            after: Some(write_values(&contents.after)),
        }))
    }

    async fn list_corrections(
        &self,
        request: Request<proto::ListCorrectionsRequest>,
    ) -> Result<Response<proto::ListCorrectionsResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let state = match message.state {
            0 => None,
            value => fields.code("state", value, "PROPOSED, APPROVED, REJECTED or WITHDRAWN", |state| match state {
                proto::CorrectionState::Unspecified => None,
                proto::CorrectionState::Proposed => Some(CorrectionState::Proposed),
                proto::CorrectionState::Approved => Some(CorrectionState::Approved),
                proto::CorrectionState::Rejected => Some(CorrectionState::Rejected),
                proto::CorrectionState::Withdrawn => Some(CorrectionState::Withdrawn),
            }),
        };
        let relocant = fields.optional("relocant_id", &message.relocant_id, Why::Format("a UUID"));
        fields.done().map_err(from_error)?;
        let filter = Filter { state, relocant };
        let bound = format!("corrections {:?} {filter:?}", call.caller.reach);
        let page = page::parse(self.0.vault(), message.page_size, &message.page_token, &bound).map_err(from_error)?;
        let mut corrections = self.0.fetch(&call, ListCorrections { page, filter }).await.map_err(from_error)?;
        let next_page_token = page::next(self.0.vault(), page, &bound, &mut corrections, |correction| correction.id.0);
        let corrections = corrections.into_iter().map(|correction| self.write(&call, correction)).collect();
        Ok(Response::new(proto::ListCorrectionsResponse { corrections, next_page_token }))
    }
}

impl Service {
    /// A correction as it stands now for a caller, for the wire.
    fn write(&self, call: &Call, correction: Correction) -> proto::Correction {
        let now = self.0.now();
        let state = match correction.state {
            CorrectionState::Proposed => proto::CorrectionState::Proposed,
            CorrectionState::Approved => proto::CorrectionState::Approved,
            CorrectionState::Rejected => proto::CorrectionState::Rejected,
            CorrectionState::Withdrawn => proto::CorrectionState::Withdrawn,
        };
        let ground = correction.ground.map(|ground| match ground {
            RejectionGround::NotProven => proto::RejectionGround::NotProven,
            RejectionGround::RecordIsRight => proto::RejectionGround::RecordIsRight,
            RejectionGround::WrongPerson => proto::RejectionGround::WrongPerson,
        });
        let claimed_by_caller = rules::has_claimed(&correction, &call.caller.subject, now);
        let claim = correction.claim.filter(|claim| now < claim.lapses_at);
        let (decided_by, decided_at) = correction.decided.unzip();
        proto::Correction {
            id: correction.id.to_string(),
            relocant_id: correction.relocant.to_string(),
            fields: correction.fields.into_iter().map(write_field).collect(),
            state: state.into(),
            proposed_by: correction.proposed_by,
            propose_time: Some(timestamp(correction.proposed_at)),
            decided_by: decided_by.unwrap_or_default(),
            decide_time: decided_at.map(timestamp),
            rejection_ground: ground.unwrap_or_default().into(),
            claimed_until_time: claim.map(|claim| timestamp(claim.lapses_at)),
            claimed_by_caller,
            version: correction.version,
        }
    }
}

fn write_field(field: DecisiveField) -> i32 {
    match field {
        DecisiveField::FamilyName => proto::DecisiveField::FamilyName,
        DecisiveField::GivenNames => proto::DecisiveField::GivenNames,
        DecisiveField::Patronymic => proto::DecisiveField::Patronymic,
        DecisiveField::Cyrillic => proto::DecisiveField::Cyrillic,
        DecisiveField::Latin => proto::DecisiveField::Latin,
        DecisiveField::BirthDate => proto::DecisiveField::BirthDate,
        DecisiveField::DocumentNumber => proto::DecisiveField::DocumentNumber,
    }
    .into()
}

fn read_values(fields: &mut Fields, values: Option<proto::DecisiveValues>) -> Option<Values> {
    let Some(values) = values else {
        fields.fault("values", Why::Required);
        return None;
    };
    let document = match (values.document_id.as_str(), values.document_number) {
        ("", None) => None,
        (id, number) => {
            let id = fields.id("values.document_id", id);
            let number = number.unwrap_or_default();
            let normalised = document_number(&number);
            if normalised.is_none() {
                let why = if number.is_empty() { Why::Required } else { Why::Format("3 to 20 letters and digits") };
                fields.fault("values.document_number", why);
            }
            id.zip(normalised.map(Personal::new))
        }
    };
    Some(Values {
        family_name: values.family_name.map(Personal::new),
        given_names: values.given_names.map(Personal::new),
        patronymic: values.patronymic.map(Personal::new),
        cyrillic: values.cyrillic.map(read_names),
        latin: values.latin.map(read_names),
        birth_on: fields.optional_day("values.birth_date", values.birth_date).map(Personal::new),
        document,
    })
}

fn write_values(values: &Values) -> proto::DecisiveValues {
    let text = |value: &Option<Personal<String>>| value.as_ref().map(|value| value.expose().clone());
    proto::DecisiveValues {
        family_name: text(&values.family_name),
        given_names: text(&values.given_names),
        patronymic: text(&values.patronymic),
        cyrillic: values.cyrillic.as_ref().map(write_names),
        latin: values.latin.as_ref().map(write_names),
        birth_date: values.birth_on.as_ref().map(|day| date(*day.expose())),
        document_id: values.document.as_ref().map(|(id, _)| id.to_string()).unwrap_or_default(),
        document_number: values.document.as_ref().map(|(_, number)| number.expose().clone()),
    }
}
