//! gRPC of employers: reads requests, calls the gate, writes answers. Knows no rule.

use tonic::{Request, Response, Status};

use super::{
    Bin, Employer, EmployerStatus, Relocation, RelocationKind,
    operations::{GetEmployer, ListEmployers, RecordBin, RegisterEmployer, RemoveEmployer, SuspendEmployer, VerifyEmployer},
    rules,
};
use crate::{
    api::{Fields, call, change, read, timestamp},
    classifiers::Region,
    employers::bin::BinFault,
    error::{Result, Why},
    gate::Registry,
    page,
    proto::{self, employer_service_server::EmployerService},
    status::from_error,
};

/// The service.
#[derive(Debug, Clone)]
pub struct Service(pub Registry);

#[tonic::async_trait]
impl EmployerService for Service {
    async fn register_employer(
        &self,
        request: Request<proto::RegisterEmployerRequest>,
    ) -> Result<Response<proto::RegisterEmployerResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.0, &mut fields, &message, &message.request_id, message.validate_only);
        // A company that relocates gets its BIN when it has come.
        let pending = message.bin.is_empty() && message.relocation.is_some();
        let bin = if pending { None } else { read_bin(&mut fields, &message.bin) };
        fields.faults(rules::name(&message.name));
        let region = fields.required("region_code", &message.region_code, Why::Unknown("an ISO 3166-2:KZ code such as KZ-10"));
        let relocation = message.relocation.as_ref().and_then(|relocation| read_relocation(&mut fields, relocation, region));
        fields.done().map_err(from_error)?;
        let operation =
            RegisterEmployer { bin, name: message.name.trim().to_owned(), region: read(region).map_err(from_error)?, relocation };
        let employer = self.0.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::RegisterEmployerResponse { employer: Some(write(employer)) }))
    }

    async fn verify_employer(
        &self,
        request: Request<proto::VerifyEmployerRequest>,
    ) -> Result<Response<proto::VerifyEmployerResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.0, &mut fields, &message, &message.request_id, message.validate_only);
        let id = fields.id("id", &message.id);
        fields.done().map_err(from_error)?;
        let operation = VerifyEmployer { id: read(id).map_err(from_error)?, expected_version: message.expected_version };
        let employer = self.0.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::VerifyEmployerResponse { employer: Some(write(employer)) }))
    }

    async fn suspend_employer(
        &self,
        request: Request<proto::SuspendEmployerRequest>,
    ) -> Result<Response<proto::SuspendEmployerResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.0, &mut fields, &message, &message.request_id, message.validate_only);
        let id = fields.id("id", &message.id);
        fields.done().map_err(from_error)?;
        let operation = SuspendEmployer { id: read(id).map_err(from_error)?, expected_version: message.expected_version };
        let employer = self.0.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::SuspendEmployerResponse { employer: Some(write(employer)) }))
    }

    async fn remove_employer(
        &self,
        request: Request<proto::RemoveEmployerRequest>,
    ) -> Result<Response<proto::RemoveEmployerResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.0, &mut fields, &message, &message.request_id, message.validate_only);
        let id = fields.id("id", &message.id);
        fields.done().map_err(from_error)?;
        let operation = RemoveEmployer { id: read(id).map_err(from_error)?, expected_version: message.expected_version };
        let employer = self.0.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::RemoveEmployerResponse { employer: Some(write(employer)) }))
    }

    async fn record_bin(&self, request: Request<proto::RecordBinRequest>) -> Result<Response<proto::RecordBinResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.0, &mut fields, &message, &message.request_id, message.validate_only);
        let id = fields.id("id", &message.id);
        let bin = read_bin(&mut fields, &message.bin);
        fields.done().map_err(from_error)?;
        let operation = RecordBin {
            id: read(id).map_err(from_error)?,
            expected_version: message.expected_version,
            bin: read(bin).map_err(from_error)?,
        };
        let employer = self.0.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::RecordBinResponse { employer: Some(write(employer)) }))
    }

    async fn get_employer(&self, request: Request<proto::GetEmployerRequest>) -> Result<Response<proto::GetEmployerResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let id = fields.id("id", &message.id);
        fields.done().map_err(from_error)?;
        let employer = self.0.fetch(&call, GetEmployer { id: read(id).map_err(from_error)? }).await.map_err(from_error)?;
        Ok(Response::new(proto::GetEmployerResponse { employer: Some(write(employer)) }))
    }

    async fn list_employers(
        &self,
        request: Request<proto::ListEmployersRequest>,
    ) -> Result<Response<proto::ListEmployersResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let filter = format!("employers {:?}", call.caller.reach);
        let page = page::parse(self.0.vault(), message.page_size, &message.page_token, &filter).map_err(from_error)?;
        let mut employers = self.0.fetch(&call, ListEmployers { page }).await.map_err(from_error)?;
        let next_page_token = page::next(self.0.vault(), page, &filter, &mut employers, |employer| employer.id.0);
        Ok(Response::new(proto::ListEmployersResponse { employers: employers.into_iter().map(write).collect(), next_page_token }))
    }
}

fn read_bin(fields: &mut Fields, text: &str) -> Option<Bin> {
    if text.is_empty() {
        fields.fault("bin", Why::Required);
        return None;
    }
    match text.parse() {
        Ok(bin) => Some(bin),
        Err(fault) => {
            fields.fault(
                "bin",
                match fault {
                    BinFault::Shape => Why::Format("12 digits"),
                    BinFault::Component => Why::Format("a BIN: month 01 to 12, type 4 to 6, branch mark 0 to 3"),
                    BinFault::CheckDigit => Why::CheckDigit("digit 12 of the BIN"),
                },
            );
            None
        }
    }
}

fn read_relocation(fields: &mut Fields, message: &proto::Relocation, region: Option<Region>) -> Option<Relocation> {
    let kind = fields.code("relocation.kind", message.kind, "BRANCH, SUBSIDIARY, REDOMICILED or NEW_COMPANY", |kind| match kind {
        proto::RelocationKind::Unspecified => None,
        proto::RelocationKind::Branch => Some(RelocationKind::Branch),
        proto::RelocationKind::Subsidiary => Some(RelocationKind::Subsidiary),
        proto::RelocationKind::Redomiciled => Some(RelocationKind::Redomiciled),
        proto::RelocationKind::NewCompany => Some(RelocationKind::NewCompany),
    });
    let country = Why::Unknown("an ISO 3166-1 alpha-3 code such as RUS");
    let origin = fields.required("relocation.origin_country", &message.origin_country, country);
    let known = Why::Unknown("a code of ОКЭД such as 62011 or 62.01 whose division is one of NACE Rev. 2");
    let activity = fields.required("relocation.activity", &message.activity, known);
    fields.faults(rules::relocation(kind, origin, region));
    Some(Relocation { kind: kind?, origin: origin?, activity: activity? })
}

fn write_relocation(relocation: Relocation) -> proto::Relocation {
    let kind = match relocation.kind {
        RelocationKind::Branch => proto::RelocationKind::Branch,
        RelocationKind::Subsidiary => proto::RelocationKind::Subsidiary,
        RelocationKind::Redomiciled => proto::RelocationKind::Redomiciled,
        RelocationKind::NewCompany => proto::RelocationKind::NewCompany,
    };
    proto::Relocation { kind: kind.into(), origin_country: relocation.origin.to_string(), activity: relocation.activity.to_string() }
}

fn write(employer: Employer) -> proto::Employer {
    let status = match employer.status {
        EmployerStatus::Registered => proto::EmployerStatus::Registered,
        EmployerStatus::Verified => proto::EmployerStatus::Verified,
        EmployerStatus::Suspended => proto::EmployerStatus::Suspended,
        EmployerStatus::Removed => proto::EmployerStatus::Removed,
    };
    proto::Employer {
        id: employer.id.to_string(),
        version: employer.version,
        create_time: Some(timestamp(employer.created_at)),
        update_time: Some(timestamp(employer.updated_at)),
        bin: employer.bin.map(|bin| bin.digits()).unwrap_or_default(),
        name: employer.name,
        region_code: employer.region.to_string(),
        status: status.into(),
        relocation: employer.relocation.map(write_relocation),
    }
}
