//! gRPC of vacancies: reads requests, calls the gate, writes answers. Knows no rule.

use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{
    Home, HomeKind, Pay, VacancyStatus,
    operations::{AmendVacancy, CloseVacancy, Filter, GetVacancy, ListVacancies, Offer, OpenVacancy},
};
use crate::{
    api::{Fields, call, change, date, read, timestamp},
    error::{Result, Why},
    gate::Registry,
    page,
    proto::{self, vacancy_service_server::VacancyService},
    relocants::wire::{read_languages, write_languages},
    status::from_error,
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
        let employer = fields.id("employer_id", &message.employer_id);
        let occupation = fields.required("occupation", &message.occupation, OCCUPATION);
        let region = fields.required("region_code", &message.region_code, REGION);
        let closes_on = fields.day("closing_date", message.closing_date);
        let languages = read_languages(&mut fields, "languages", message.languages);
        let homes = message.homes.into_iter().enumerate().filter_map(|(at, home)| read_home(&mut fields, at, home)).collect();
        fields.done().map_err(from_error)?;
        let operation = OpenVacancy {
            employer: read(employer).map_err(from_error)?,
            occupation: read(occupation).map_err(from_error)?,
            region: read(region).map_err(from_error)?,
            settlement: message.settlement.trim().to_owned(),
            openings: message.openings,
            pay: Pay { min_minor: message.pay_min_minor, max_minor: message.pay_max_minor, currency: message.currency },
            languages,
            licence_required: message.licence_required,
            closes_on: read(closes_on).map_err(from_error)?,
            homes,
        };
        let offer = self.0.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::OpenVacancyResponse { vacancy: Some(write(offer)) }))
    }

    async fn amend_vacancy(&self, request: Request<proto::AmendVacancyRequest>) -> Result<Response<proto::AmendVacancyResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.0, &mut fields, &message, &message.request_id, message.validate_only);
        let id = fields.id("id", &message.id);
        let closes_on = fields.optional_day("closing_date", message.closing_date);
        fields.done().map_err(from_error)?;
        let operation = AmendVacancy {
            id: read(id).map_err(from_error)?,
            expected_version: message.expected_version,
            openings: message.openings,
            pay_min_minor: message.pay_min_minor,
            pay_max_minor: message.pay_max_minor,
            closes_on,
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

fn read_home(fields: &mut Fields, at: usize, home: proto::Home) -> Option<Home> {
    let kind = fields.code(&format!("homes[{at}].kind"), home.kind, "a kind of home", |kind| match kind {
        proto::HomeKind::Unspecified => None,
        proto::HomeKind::Apartment => Some(HomeKind::Apartment),
        proto::HomeKind::House => Some(HomeKind::House),
        proto::HomeKind::Room => Some(HomeKind::Room),
        proto::HomeKind::Dormitory => Some(HomeKind::Dormitory),
    });
    let available_from = fields.day(&format!("homes[{at}].available_from_date"), home.available_from_date);
    Some(Home {
        id: Uuid::nil(),
        kind: kind?,
        count: home.count,
        rooms: home.rooms,
        people: home.people,
        rent_minor: home.rent_minor,
        available_from: available_from?,
    })
}

fn write_home(home: &Home, free: i32) -> proto::Home {
    let kind = match home.kind {
        HomeKind::Apartment => proto::HomeKind::Apartment,
        HomeKind::House => proto::HomeKind::House,
        HomeKind::Room => proto::HomeKind::Room,
        HomeKind::Dormitory => proto::HomeKind::Dormitory,
    };
    proto::Home {
        id: home.id.to_string(),
        kind: kind.into(),
        count: home.count,
        rooms: home.rooms,
        people: home.people,
        rent_minor: home.rent_minor,
        available_from_date: Some(date(home.available_from)),
        free,
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
    }
}
