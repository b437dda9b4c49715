//! gRPC of contracts: reads requests, calls the gate, writes answers. Knows no rule.

use tonic::{Request, Response, Status};

use super::{
    ContractKind, Worker,
    operations::{AmendContract, EndContract, Filter, GetContract, ListContracts, RecordContract, Seen, Target},
};
use crate::{
    api::{Fields, call, change, date, read, timestamp},
    error::{Result, Why},
    gate::Registry,
    matches::{
        rules::{Step, is_reason_for},
        wire::{read_end_reason, write_end_reason},
    },
    page, permits,
    proto::{self, contract_service_server::ContractService},
    status::from_error,
};

/// The service.
#[derive(Debug, Clone)]
pub struct Service(pub Registry);

#[tonic::async_trait]
impl ContractService for Service {
    async fn record_contract(
        &self,
        request: Request<proto::RecordContractRequest>,
    ) -> Result<Response<proto::RecordContractResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.0, &mut fields, &message, &message.request_id, message.validate_only);
        let employer = fields.id("employer_id", &message.employer_id);
        let relocant = fields.optional("relocant_id", &message.relocant_id, Why::Format("a UUID"));
        let shape = Why::Format("a short code of nine characters, the last of which checks the others");
        let code = fields.optional("code", &message.code, shape);
        let kind = fields.code("kind", message.kind, "LABOUR or CIVIL_LAW", |kind| match kind {
            proto::ContractKind::Unspecified => None,
            proto::ContractKind::Labour => Some(ContractKind::Labour),
            proto::ContractKind::CivilLaw => Some(ContractKind::CivilLaw),
        });
        let occupation = fields.required("occupation", &message.occupation, Why::Format("an ISCO-08 code of four digits"));
        let region = fields.required("region_code", &message.region_code, Why::Unknown("an ISO 3166-2:KZ code such as KZ-10"));
        let starts_on = fields.day("start_date", message.start_date);
        let ends_on = fields.optional_day("end_date", message.end_date);
        let permit = fields.optional("permit_id", &message.permit_id, Why::Format("a UUID"));
        fields.done().map_err(from_error)?;
        let operation = RecordContract {
            employer: read(employer).map_err(from_error)?,
            relocant,
            code,
            kind: read(kind).map_err(from_error)?,
            occupation: read(occupation).map_err(from_error)?,
            region: read(region).map_err(from_error)?,
            starts_on: read(starts_on).map_err(from_error)?,
            ends_on,
            permit,
        };
        let seen = self.0.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::RecordContractResponse { contract: Some(write(seen)) }))
    }

    async fn amend_contract(
        &self,
        request: Request<proto::AmendContractRequest>,
    ) -> Result<Response<proto::AmendContractResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.0, &mut fields, &message, &message.request_id, message.validate_only);
        let target = fields.id("id", &message.id).map(|id| Target { id, expected_version: message.expected_version });
        let ends_on = fields.optional_day("end_date", message.end_date);
        if message.unlimited && message.end_date.is_some() {
            fields.fault("unlimited", Why::Contradicts("is given together with end_date"));
        }
        let region = fields.optional("region_code", &message.region_code, Why::Unknown("an ISO 3166-2:KZ code such as KZ-10"));
        fields.done().map_err(from_error)?;
        let operation = AmendContract { target: read(target).map_err(from_error)?, ends_on, unlimited: message.unlimited, region };
        let seen = self.0.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::AmendContractResponse { contract: Some(write(seen)) }))
    }

    async fn end_contract(&self, request: Request<proto::EndContractRequest>) -> Result<Response<proto::EndContractResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.0, &mut fields, &message, &message.request_id, message.validate_only);
        let target = fields.id("id", &message.id).map(|id| Target { id, expected_version: message.expected_version });
        let on = fields.day("ended_date", message.ended_date);
        let reason = fields.code("reason", message.reason, "a reason", |reason| {
            read_end_reason(reason).filter(|reason| is_reason_for(Step::End, *reason))
        });
        fields.done().map_err(from_error)?;
        let operation = EndContract {
            target: read(target).map_err(from_error)?,
            on: read(on).map_err(from_error)?,
            reason: read(reason).map_err(from_error)?,
        };
        let seen = self.0.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::EndContractResponse { contract: Some(write(seen)) }))
    }

    async fn get_contract(&self, request: Request<proto::GetContractRequest>) -> Result<Response<proto::GetContractResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let id = fields.id("id", &message.id);
        fields.done().map_err(from_error)?;
        let seen = self.0.fetch(&call, GetContract { id: read(id).map_err(from_error)? }).await.map_err(from_error)?;
        Ok(Response::new(proto::GetContractResponse { contract: Some(write(seen)) }))
    }

    async fn list_contracts(
        &self,
        request: Request<proto::ListContractsRequest>,
    ) -> Result<Response<proto::ListContractsResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let filter = Filter {
            employer: fields.optional("employer_id", &message.employer_id, Why::Format("a UUID")),
            relocant: fields.optional("relocant_id", &message.relocant_id, Why::Format("a UUID")),
        };
        fields.done().map_err(from_error)?;
        let bound = format!("contracts {:?} {filter:?}", call.caller.reach);
        let page = page::parse(self.0.vault(), message.page_size, &message.page_token, &bound).map_err(from_error)?;
        let mut all = self.0.fetch(&call, ListContracts { page, filter }).await.map_err(from_error)?;
        let next_page_token = page::next(self.0.vault(), page, &bound, &mut all, |seen| seen.contract.id.0);
        Ok(Response::new(proto::ListContractsResponse { contracts: all.into_iter().map(write).collect(), next_page_token }))
    }
}

fn write_worker(worker: Worker) -> proto::Worker {
    let permit = worker.permit;
    proto::Worker {
        code: worker.code.to_string(),
        citizenship: worker.citizenship.to_string(),
        permit_kind: permit.map_or(0, |permit| permits::catalogue::api::write_kind(permit.kind).into()),
        permit_state: permit.map_or(0, |permit| permits::wire::write_state(permit.state).into()),
        permit_valid_until_date: permit.and_then(|permit| permit.valid_until).map(date),
    }
}

fn write(seen: Seen) -> proto::Contract {
    let contract = seen.contract;
    let kind = match contract.kind {
        ContractKind::Labour => proto::ContractKind::Labour,
        ContractKind::CivilLaw => proto::ContractKind::CivilLaw,
    };
    // An employer is shown a permit in `worker`, without its id.
    let permit = contract.permit.filter(|_| seen.shows_person);
    proto::Contract {
        id: contract.id.to_string(),
        version: contract.version,
        create_time: Some(timestamp(contract.created_at)),
        update_time: Some(timestamp(contract.updated_at)),
        employer_id: contract.employer.to_string(),
        relocant_id: if seen.shows_person { contract.relocant.to_string() } else { String::new() },
        kind: kind.into(),
        occupation: contract.occupation.to_string(),
        region_code: contract.region.to_string(),
        start_date: Some(date(contract.starts_on)),
        end_date: contract.ends_on.map(date),
        ended_date: contract.ended_on.map(date),
        end_reason: write_end_reason(contract.end_reason),
        permit_id: permit.map(|id| id.to_string()).unwrap_or_default(),
        worker: seen.worker.map(write_worker),
    }
}
