//! gRPC of people: reads requests, calls the gate, writes answers. Knows no rule.

use tonic::{Request, Response, Status, Streaming};

use super::{
    RelocantStatus,
    operations::{
        AddDocument, AmendRelocant, ConfirmLooking, FindRelocant, GetRelocant, Key, ListRelocants, ParseMrz, Person, ReportDeparture,
        WithdrawDocument,
    },
    rules,
    wire::{self, REGION, read_card, read_purpose, write},
};
use crate::{
    api::{Fields, call, change, read},
    duplicates::api::likely_duplicates,
    error::{Result, Why},
    gate::Registry,
    intake, page,
    proto::{self, find_relocant_request, relocant_service_server::RelocantService},
    seal::Personal,
    status::from_error,
};

/// The service, with the lane of those who come many at once.
#[derive(Debug, Clone)]
pub struct Service(pub Registry, pub intake::api::Lane);

#[tonic::async_trait]
impl RelocantService for Service {
    async fn register_relocant(
        &self,
        request: Request<proto::RegisterRelocantRequest>,
    ) -> Result<Response<proto::RegisterRelocantResponse>, Status> {
        let call = call(&request).map_err(from_error)?;
        intake::api::register(&self.0, &call, request.into_inner()).await.map(Response::new)
    }

    async fn batch_register_relocants(
        &self,
        request: Request<proto::BatchRegisterRelocantsRequest>,
    ) -> Result<Response<proto::BatchRegisterRelocantsResponse>, Status> {
        let call = call(&request).map_err(from_error)?;
        intake::api::register_batch(&self.0, &self.1, &call, request.into_inner()).await.map(Response::new)
    }

    type ImportRelocantsStream = intake::api::ImportStream;

    async fn import_relocants(
        &self,
        request: Request<Streaming<proto::ImportRelocantsRequest>>,
    ) -> Result<Response<Self::ImportRelocantsStream>, Status> {
        let call = call(&request).map_err(from_error)?;
        intake::api::import(&self.0, &self.1, call, request.into_inner()).await.map(Response::new)
    }

    async fn get_relocant(&self, request: Request<proto::GetRelocantRequest>) -> Result<Response<proto::GetRelocantResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let id = fields.id("id", &message.id);
        let full = match proto::RelocantView::try_from(message.view) {
            Ok(proto::RelocantView::Full) => true,
            Ok(proto::RelocantView::Unspecified | proto::RelocantView::Summary) => false,
            Err(_) => {
                fields.fault("view", Why::Unknown("SUMMARY or FULL"));
                false
            }
        };
        // A summary needs no purpose; one that nobody knows is a fault all the same.
        let purpose = if full || message.purpose != 0 { read_purpose(&mut fields, message.purpose) } else { None };
        fields.done().map_err(from_error)?;
        let query = GetRelocant { id: read(id).map_err(from_error)?, purpose: purpose.filter(|_| full) };
        let person = self.0.fetch(&call, query).await.map_err(from_error)?;
        Ok(Response::new(proto::GetRelocantResponse { relocant: Some(write(person)) }))
    }

    async fn find_relocant(&self, request: Request<proto::FindRelocantRequest>) -> Result<Response<proto::FindRelocantResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let purpose = read_purpose(&mut fields, message.purpose);
        let key = match message.key {
            None => {
                fields.fault("key", Why::Required);
                None
            }
            Some(find_relocant_request::Key::Code(code)) => fields
                .required("code", &code, Why::Format("a short code of nine characters, the last of which checks the others"))
                .map(Key::Code),
            Some(find_relocant_request::Key::Document(key)) => {
                wire::read_document_key(&mut fields, "document", key.kind, &key.issuing_country, &key.number)
                    .map(|(kind, issuing_country, number)| Key::Document { kind, issuing_country, number })
            }
            Some(find_relocant_request::Key::Iin(iin)) => wire::read_iin(&mut fields, "iin", &iin).map(Key::Iin),
        };
        fields.done().map_err(from_error)?;
        let query = FindRelocant { key: read(key).map_err(from_error)?, purpose: read(purpose).map_err(from_error)? };
        let found = self.0.fetch(&call, query).await.map_err(from_error)?;
        let other_ids = found.others.iter().map(ToString::to_string).collect();
        Ok(Response::new(proto::FindRelocantResponse { relocant: Some(write(found.person)), other_ids }))
    }

    async fn list_relocants(
        &self,
        request: Request<proto::ListRelocantsRequest>,
    ) -> Result<Response<proto::ListRelocantsResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let status = match message.status {
            0 => None,
            value => fields.code("status", value, "REGISTERED, DEPARTED or MERGED", |status| match status {
                proto::RelocantStatus::Unspecified => None,
                proto::RelocantStatus::Registered => Some(RelocantStatus::Registered),
                proto::RelocantStatus::Departed => Some(RelocantStatus::Departed),
                proto::RelocantStatus::Merged => Some(RelocantStatus::Merged),
            }),
        };
        fields.done().map_err(from_error)?;
        let filter = format!("relocants {:?} {status:?}", call.caller.reach);
        let page = page::parse(self.0.vault(), message.page_size, &message.page_token, &filter).map_err(from_error)?;
        let mut people = self.0.fetch(&call, ListRelocants { page, status }).await.map_err(from_error)?;
        let next_page_token = page::next(self.0.vault(), page, &filter, &mut people, |person| person.id.0);
        let relocants = people.into_iter().map(|relocant| write(Person { relocant, identity: None })).collect();
        Ok(Response::new(proto::ListRelocantsResponse { relocants, next_page_token }))
    }

    async fn amend_relocant(
        &self,
        request: Request<proto::AmendRelocantRequest>,
    ) -> Result<Response<proto::AmendRelocantResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.0, &mut fields, &message, &message.request_id, message.validate_only);
        let id = fields.id("id", &message.id);
        fields.faults(rules::contacts(
            message.phone.as_deref().filter(|phone| !phone.is_empty()),
            message.email.as_deref().filter(|email| !email.is_empty()),
        ));
        let region = message.region_code.and_then(|code| fields.required("region_code", &code, REGION));
        let without_iin = message.iin.as_ref().is_some_and(String::is_empty);
        let iin = message.iin.filter(|iin| !iin.is_empty()).and_then(|iin| wire::read_iin(&mut fields, "iin", &iin));
        let sex = wire::read_sex(&mut fields, "sex", message.sex);
        let card = message.card.map(|card| read_card(&mut fields, card));
        fields.done().map_err(from_error)?;
        let operation = AmendRelocant {
            id: read(id).map_err(from_error)?,
            expected_version: message.expected_version,
            family_name: message.family_name.map(Personal::new),
            given_names: message.given_names.map(Personal::new),
            patronymic: message.patronymic.map(Personal::new),
            sex,
            iin,
            without_iin,
            cyrillic: message.cyrillic.map(wire::read_names),
            latin: message.latin.map(wire::read_names),
            phone: message.phone.map(Personal::new),
            email: message.email.map(Personal::new),
            region,
            card,
        };
        let person = self.0.execute(&call, change, operation).await.map_err(from_error)?;
        let likely_duplicates = likely_duplicates(&self.0, &call, &person, true).await;
        let warnings = wire::warnings(&person, "iin");
        Ok(Response::new(proto::AmendRelocantResponse { relocant: Some(write(person)), likely_duplicates, warnings }))
    }

    async fn add_document(&self, request: Request<proto::AddDocumentRequest>) -> Result<Response<proto::AddDocumentResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.0, &mut fields, &message, &message.request_id, message.validate_only);
        let id = fields.id("id", &message.id);
        let document = match message.document {
            None => {
                fields.fault("document", Why::Required);
                None
            }
            Some(document) => wire::read_document(&mut fields, "document", document),
        };
        fields.done().map_err(from_error)?;
        let operation = AddDocument {
            id: read(id).map_err(from_error)?,
            expected_version: message.expected_version,
            document: read(document).map_err(from_error)?,
        };
        let person = self.0.execute(&call, change, operation).await.map_err(from_error)?;
        let likely_duplicates = likely_duplicates(&self.0, &call, &person, true).await;
        Ok(Response::new(proto::AddDocumentResponse { relocant: Some(write(person)), likely_duplicates }))
    }

    async fn withdraw_document(
        &self,
        request: Request<proto::WithdrawDocumentRequest>,
    ) -> Result<Response<proto::WithdrawDocumentResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.0, &mut fields, &message, &message.request_id, message.validate_only);
        let id = fields.id("id", &message.id);
        let document = fields.id("document_id", &message.document_id);
        let ground = wire::read_withdrawal_ground(&mut fields, message.ground);
        fields.done().map_err(from_error)?;
        let operation = WithdrawDocument {
            id: read(id).map_err(from_error)?,
            expected_version: message.expected_version,
            document: read(document).map_err(from_error)?,
            ground: read(ground).map_err(from_error)?,
        };
        let person = self.0.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::WithdrawDocumentResponse { relocant: Some(write(person)) }))
    }

    async fn parse_mrz(&self, request: Request<proto::ParseMrzRequest>) -> Result<Response<proto::ParseMrzResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        if message.mrz.is_empty() {
            fields.fault("mrz", Why::Required);
        }
        fields.done().map_err(from_error)?;
        let read = self.0.fetch(&call, ParseMrz { lines: Personal::new(message.mrz) }).await.map_err(from_error)?;
        Ok(Response::new(wire::write_mrz(read, self.0.today())))
    }

    async fn report_departure(
        &self,
        request: Request<proto::ReportDepartureRequest>,
    ) -> Result<Response<proto::ReportDepartureResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.0, &mut fields, &message, &message.request_id, message.validate_only);
        let id = fields.id("id", &message.id);
        let on = fields.day("departure_date", message.departure_date);
        fields.done().map_err(from_error)?;
        let operation = ReportDeparture {
            id: read(id).map_err(from_error)?,
            expected_version: message.expected_version,
            on: read(on).map_err(from_error)?,
        };
        let relocant = self.0.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::ReportDepartureResponse { relocant: Some(write(Person { relocant, identity: None })) }))
    }

    async fn confirm_looking(
        &self,
        request: Request<proto::ConfirmLookingRequest>,
    ) -> Result<Response<proto::ConfirmLookingResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.0, &mut fields, &message, &message.request_id, message.validate_only);
        let id = fields.id("id", &message.id);
        fields.done().map_err(from_error)?;
        let operation = ConfirmLooking { id: read(id).map_err(from_error)?, expected_version: message.expected_version };
        let relocant = self.0.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::ConfirmLookingResponse { relocant: Some(write(Person { relocant, identity: None })) }))
    }
}
