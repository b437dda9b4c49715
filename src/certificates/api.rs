//! gRPC of certificates: reads requests, calls the gate, writes answers. Knows no rule.

use std::sync::Arc;

use tonic::{Request, Response, Status};

use super::{
    Certifier, Issued, in_groups,
    operations::{GetRevocations, IssueCertificate, ListCertificates, Page, RevokeCertificate},
    rules::Refusal,
};
use crate::{
    api::{Fields, call, change, date, read, timestamp},
    error::{Error, Result},
    gate::Registry,
    proto::{self, certificate_service_server::CertificateService},
    status::from_error,
};

/// The service; without a certifier nothing is issued.
#[derive(Debug, Clone)]
pub struct Service(pub Registry, pub Option<Arc<Certifier>>);

#[tonic::async_trait]
impl CertificateService for Service {
    async fn issue_certificate(
        &self,
        request: Request<proto::IssueCertificateRequest>,
    ) -> Result<Response<proto::IssueCertificateResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.0, &mut fields, &message, &message.request_id, message.validate_only);
        let relocant = fields.id("relocant_id", &message.relocant_id);
        fields.done().map_err(from_error)?;
        let tried = message.validate_only;
        let operation = IssueCertificate { relocant: read(relocant).map_err(from_error)?, certifier: self.1.clone() };
        let (issued, page) = self.0.execute(&call, change, operation).await.map_err(from_error)?;
        // The number of one that was only tried is nobody's, so nothing signed leaves the house.
        let Page { statement, pdf } = if tried { Page::default() } else { page };
        Ok(Response::new(proto::IssueCertificateResponse { certificate: Some(write(&issued)), pdf, statement }))
    }

    async fn revoke_certificate(
        &self,
        request: Request<proto::RevokeCertificateRequest>,
    ) -> Result<Response<proto::RevokeCertificateResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.0, &mut fields, &message, &message.request_id, message.validate_only);
        let id = fields.id("id", &message.id);
        fields.done().map_err(from_error)?;
        let operation = RevokeCertificate { id: read(id).map_err(from_error)? };
        let revoked = self.0.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::RevokeCertificateResponse { certificate: Some(write(&revoked)) }))
    }

    async fn list_certificates(
        &self,
        request: Request<proto::ListCertificatesRequest>,
    ) -> Result<Response<proto::ListCertificatesResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let relocant = fields.id("relocant_id", &message.relocant_id);
        fields.done().map_err(from_error)?;
        let query = ListCertificates { relocant: read(relocant).map_err(from_error)? };
        let certificates = self.0.fetch(&call, query).await.map_err(from_error)?;
        Ok(Response::new(proto::ListCertificatesResponse { certificates: certificates.iter().map(write).collect() }))
    }

    async fn get_revocations(
        &self,
        request: Request<proto::GetRevocationsRequest>,
    ) -> Result<Response<proto::GetRevocationsResponse>, Status> {
        let call = call(&request).map_err(from_error)?;
        let numbers = self.0.fetch(&call, GetRevocations).await.map_err(from_error)?;
        let certifier = self.1.as_deref().ok_or_else(|| from_error(Refusal::NoCertificateKey.into()))?;
        let list = certifier.revocations(self.0.today(), &numbers);
        let revocations = list.map_err(|fault| from_error(Error::internal(format!("revoked certificates: {fault}"))))?;
        Ok(Response::new(proto::GetRevocationsResponse { revocations }))
    }
}

fn write(issued: &Issued) -> proto::Certificate {
    proto::Certificate {
        id: issued.id.to_string(),
        number: in_groups(&issued.number),
        relocant_id: issued.relocant.to_string(),
        issue_date: Some(date(issued.issued_on)),
        expiry_date: Some(date(issued.valid_until)),
        revoke_time: issued.revoked_at.map(timestamp),
    }
}
