//! gRPC of vacancies: reads requests, calls the gate, writes answers. Knows no rule.

use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{
    Allowances, Pay, VacancyStatus,
    import_operations::{ImportVacancy, Outcome},
    operations::{AmendVacancy, CheckHome, CloseVacancy, Filter, GetVacancy, ListVacancies, Offer, OpenVacancy},
    rules,
};
use crate::{
    api::{Fields, call, change, date, read, timestamp},
    error::{Error, Result, Violation, Violations, Why},
    gate::Registry,
    homes::wire::{read_amendment, read_check, read_homes, write_home},
    ids::VacancyId,
    page,
    proto::{self, vacancy_service_server::VacancyService},
    relocants::wire::{read_languages, write_languages},
    status::from_error,
    time::{Instant, civil_day},
};

/// The service.
#[derive(Debug, Clone)]
pub struct Service(pub Registry);

const REGION: Why = Why::Unknown("an ISO 3166-2:KZ code such as KZ-10");
const OCCUPATION: Why = Why::Format("an ISCO-08 code of four digits");

#[tonic::async_trait]
impl VacancyService for Service {
    async fn open_vacancy(&self, request: Request<proto::OpenVacancyRequest>) -> Result<Response<proto::OpenVacancyResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.0, &mut fields, &message, &message.request_id, message.validate_only);
        let said = read_said(&mut fields, message);
        fields.done().map_err(from_error)?;
        let operation = read(said).map_err(from_error)?;
        let offer = self.0.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::OpenVacancyResponse { vacancy: Some(write(offer)) }))
    }

    async fn amend_vacancy(&self, request: Request<proto::AmendVacancyRequest>) -> Result<Response<proto::AmendVacancyResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.0, &mut fields, &message, &message.request_id, message.validate_only);
        let id = fields.id("id", &message.id);
        let closes_on = fields.optional_day("closing_date", message.closing_date);
        let amendments = message.home_amendments.into_iter().enumerate();
        let home_amendments =
            amendments.filter_map(|(at, home)| read_amendment(&mut fields, &format!("home_amendments[{at}]."), home)).collect();
        let added_homes = read_homes(&mut fields, "added_homes", message.added_homes);
        fields.done().map_err(from_error)?;
        let operation = AmendVacancy {
            id: read(id).map_err(from_error)?,
            expected_version: message.expected_version,
            openings: message.openings,
            pay_min_minor: message.pay_min_minor,
            pay_max_minor: message.pay_max_minor,
            closes_on,
            allowances: message.allowances.map(read_allowances),
            home_amendments,
            added_homes,
        };
        let offer = self.0.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::AmendVacancyResponse { vacancy: Some(write(offer)) }))
    }

    async fn close_vacancy(&self, request: Request<proto::CloseVacancyRequest>) -> Result<Response<proto::CloseVacancyResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.0, &mut fields, &message, &message.request_id, message.validate_only);
        let id = fields.id("id", &message.id);
        fields.done().map_err(from_error)?;
        let operation = CloseVacancy { id: read(id).map_err(from_error)?, expected_version: message.expected_version };
        let offer = self.0.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::CloseVacancyResponse { vacancy: Some(write(offer)) }))
    }

    async fn import_vacancy(
        &self,
        request: Request<proto::ImportVacancyRequest>,
    ) -> Result<Response<proto::ImportVacancyResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.0, &mut fields, &message, &message.request_id, message.validate_only);
        let external_ref = message.external_ref.clone();
        if external_ref.is_empty() {
            fields.fault("external_ref", Why::Required);
        }
        let said = read_said(&mut fields, as_opened(message));
        fields.done().map_err(from_error)?;
        let operation = ImportVacancy { external_ref, said: read(said).map_err(from_error)? };
        let (offer, outcome) = self.0.execute(&call, change, operation).await.map_err(from_error)?;
        let outcome = match outcome {
            Outcome::Opened => proto::VacancyImport::Opened,
            Outcome::Amended => proto::VacancyImport::Amended,
            Outcome::Unchanged => proto::VacancyImport::Unchanged,
        };
        Ok(Response::new(proto::ImportVacancyResponse { vacancy: Some(write(offer)), outcome: outcome.into() }))
    }

    async fn check_home(&self, request: Request<proto::CheckHomeRequest>) -> Result<Response<proto::CheckHomeResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.0, &mut fields, &message, &message.request_id, message.validate_only);
        let (vacancy, home) = (fields.id("vacancy_id", &message.vacancy_id), fields.id("home_id", &message.home_id));
        let is_refused = read_check(&mut fields, message.state);
        let on = fields.day("on_date", message.on_date);
        fields.done().map_err(from_error)?;
        let operation = CheckHome {
            vacancy: read(vacancy).map_err(from_error)?,
            expected_version: message.expected_version,
            home: read(home).map_err(from_error)?,
            is_refused: read(is_refused).map_err(from_error)?,
            on: read(on).map_err(from_error)?,
        };
        let offer = self.0.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::CheckHomeResponse { vacancy: Some(write(offer)) }))
    }

    async fn get_vacancy(&self, request: Request<proto::GetVacancyRequest>) -> Result<Response<proto::GetVacancyResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let id = fields.id("id", &message.id);
        fields.done().map_err(from_error)?;
        let offer = self.0.fetch(&call, GetVacancy { id: read(id).map_err(from_error)? }).await.map_err(from_error)?;
        Ok(Response::new(proto::GetVacancyResponse { vacancy: Some(write(offer)) }))
    }

    async fn list_vacancies(
        &self,
        request: Request<proto::ListVacanciesRequest>,
    ) -> Result<Response<proto::ListVacanciesResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let filter = Filter {
            employer: fields.optional("employer_id", &message.employer_id, Why::Format("a UUID")),
            region: fields.optional("region_code", &message.region_code, REGION),
            occupation: fields.optional("occupation", &message.occupation, OCCUPATION),
            status: match message.status {
                0 => None,
                value => fields.code("status", value, "OPEN or CLOSED", |status| match status {
                    proto::VacancyStatus::Unspecified => None,
                    proto::VacancyStatus::Open => Some(VacancyStatus::Open),
                    proto::VacancyStatus::Closed => Some(VacancyStatus::Closed),
                }),
            },
        };
        fields.done().map_err(from_error)?;
        let bound = format!("vacancies {:?} {filter:?}", call.caller.reach);
        let page = page::parse(self.0.vault(), message.page_size, &message.page_token, &bound).map_err(from_error)?;
        let mut offers = self.0.fetch(&call, ListVacancies { page, filter }).await.map_err(from_error)?;
        let next_page_token = page::next(self.0.vault(), page, &bound, &mut offers, |offer| offer.vacancy.id.0);
        Ok(Response::new(proto::ListVacanciesResponse { vacancies: offers.into_iter().map(write).collect(), next_page_token }))
    }
}

/// What is wrong with what an import says, as a server would tell it; for programs that look before they send. Fields that cannot be read are told first, bounds and
/// contradictions when all can be read. The request id is not looked at.
pub fn faults(said: &proto::ImportVacancyRequest, now: Instant) -> Vec<Violation> {
    let mut fields = Fields::default();
    if said.external_ref.is_empty() {
        fields.fault("external_ref", Why::Required);
    }
    let opened = read_said(&mut fields, as_opened(said.clone()));
    match (fields.done(), opened) {
        (Err(Error::Invalid(Violations(found))), _) => found,
        (_, Some(opened)) => rules::fields(&opened.as_opened(VacancyId(Uuid::nil()), now), civil_day(now)),
        (_, None) => vec![],
    }
}

/// What an import says, as it would be opened.
fn as_opened(message: proto::ImportVacancyRequest) -> proto::OpenVacancyRequest {
    proto::OpenVacancyRequest {
        request_id: message.request_id,
        validate_only: message.validate_only,
        employer_id: message.employer_id,
        occupation: message.occupation,
        region_code: message.region_code,
        settlement: message.settlement,
        openings: message.openings,
        pay_min_minor: message.pay_min_minor,
        pay_max_minor: message.pay_max_minor,
        currency: message.currency,
        languages: message.languages,
        licence_required: message.licence_required,
        closing_date: message.closing_date,
        homes: message.homes,
        external_ref: message.external_ref,
        allowances: message.allowances,
    }
}

fn read_said(fields: &mut Fields, message: proto::OpenVacancyRequest) -> Option<OpenVacancy> {
    let employer = fields.id("employer_id", &message.employer_id);
    let occupation = fields.required("occupation", &message.occupation, OCCUPATION);
    let region = fields.required("region_code", &message.region_code, REGION);
    let closes_on = fields.day("closing_date", message.closing_date);
    let languages = read_languages(fields, "languages", message.languages);
    let homes = read_homes(fields, "homes", message.homes);
    Some(OpenVacancy {
        employer: employer?,
        occupation: occupation?,
        region: region?,
        settlement: message.settlement.trim().to_owned(),
        openings: message.openings,
        pay: Pay { min_minor: message.pay_min_minor, max_minor: message.pay_max_minor, currency: message.currency },
        languages,
        licence_required: message.licence_required,
        closes_on: closes_on?,
        homes,
        external_ref: Some(message.external_ref).filter(|text| !text.is_empty()),
        allowances: message.allowances.map(read_allowances).unwrap_or_default(),
    })
}

fn read_allowances(allowances: proto::Allowances) -> Allowances {
    Allowances {
        lifting_mci: allowances.lifting_mci,
        rural_percent: allowances.rural_supplement_percent,
        housing_loan: allowances.housing_loan,
        service_years: allowances.service_years,
    }
}

fn write(offer: Offer) -> proto::Vacancy {
    let vacancy = offer.vacancy;
    let status = match vacancy.status {
        VacancyStatus::Open => proto::VacancyStatus::Open,
        VacancyStatus::Closed => proto::VacancyStatus::Closed,
    };
    proto::Vacancy {
        id: vacancy.id.to_string(),
        version: vacancy.version,
        create_time: Some(timestamp(vacancy.created_at)),
        update_time: Some(timestamp(vacancy.updated_at)),
        employer_id: vacancy.employer.to_string(),
        occupation: vacancy.occupation.to_string(),
        region_code: vacancy.region.to_string(),
        settlement: vacancy.settlement,
        openings: vacancy.openings,
        openings_free: offer.openings_free,
        pay_min_minor: vacancy.pay.min_minor,
        pay_max_minor: vacancy.pay.max_minor,
        currency: vacancy.pay.currency,
        languages: write_languages(vacancy.languages),
        licence_required: vacancy.licence_required,
        closing_date: Some(date(vacancy.closes_on)),
        status: status.into(),
        homes: vacancy.homes.iter().zip(offer.homes_free).map(|(home, free)| write_home(home, free)).collect(),
        external_ref: vacancy.external_ref.unwrap_or_default(),
        allowances: Some(proto::Allowances {
            lifting_mci: vacancy.allowances.lifting_mci,
            rural_supplement_percent: vacancy.allowances.rural_percent,
            housing_loan: vacancy.allowances.housing_loan,
            service_years: vacancy.allowances.service_years,
        }),
    }
}
