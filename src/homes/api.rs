//! gRPC of offered homes: reads requests, calls the gate, writes answers. Knows no rule.

use tonic::{Request, Response, Status};

use super::{
    HomeOfferStatus,
    operations::{AmendHomeOffer, CheckHomeOffer, CloseHomeOffer, Filter, GetHomeOffer, ListHomeOffers, OfferedHomes, OpenHomeOffer},
    wire::{read_amendment, read_check, read_home, write_home},
};
use crate::{
    api::{Fields, call, change, read, timestamp},
    error::Why,
    gate::Registry,
    ids::HomeOfferId,
    page,
    proto::{self, home_service_server::HomeService},
    status::from_error,
};

/// The service.
#[derive(Debug, Clone)]
pub struct Service(pub Registry);

const REGION: Why = Why::Unknown("an ISO 3166-2:KZ code such as KZ-10");

#[tonic::async_trait]
impl HomeService for Service {
    async fn open_home_offer(
        &self,
        request: Request<proto::OpenHomeOfferRequest>,
    ) -> Result<Response<proto::OpenHomeOfferResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.0, &mut fields, &message, &message.request_id, message.validate_only);
        let host = fields.optional("host_employer_id", &message.host_employer_id, Why::Format("a UUID"));
        let region = fields.required("region_code", &message.region_code, REGION);
        if message.home.is_none() {
            fields.fault("home", Why::Required);
        }
        let home = message.home.and_then(|home| read_home(&mut fields, "home.", home));
        fields.done().map_err(from_error)?;
        let operation = OpenHomeOffer {
            host,
            region: read(region).map_err(from_error)?,
            settlement: message.settlement.trim().to_owned(),
            home: read(home).map_err(from_error)?,
        };
        let offered = self.0.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::OpenHomeOfferResponse { offer: Some(write(offered)) }))
    }

    async fn amend_home_offer(
        &self,
        request: Request<proto::AmendHomeOfferRequest>,
    ) -> Result<Response<proto::AmendHomeOfferResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.0, &mut fields, &message, &message.request_id, message.validate_only);
        let said = proto::HomeAmendment {
            id: message.id,
            count: message.count,
            rent_minor: message.rent_minor,
            step_free: message.step_free,
            children_allowed: message.children_allowed,
            pets_allowed: message.pets_allowed,
            available_from_date: message.available_from_date,
            available_until_date: message.available_until_date,
            without_end: message.without_end,
        };
        let amendment = read_amendment(&mut fields, "", said);
        fields.done().map_err(from_error)?;
        let amendment = read(amendment).map_err(from_error)?;
        let operation = AmendHomeOffer { id: HomeOfferId(amendment.id), expected_version: message.expected_version, amendment };
        let offered = self.0.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::AmendHomeOfferResponse { offer: Some(write(offered)) }))
    }

    async fn check_home_offer(
        &self,
        request: Request<proto::CheckHomeOfferRequest>,
    ) -> Result<Response<proto::CheckHomeOfferResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.0, &mut fields, &message, &message.request_id, message.validate_only);
        let id = fields.id("id", &message.id);
        let is_refused = read_check(&mut fields, message.state);
        let on = fields.day("on_date", message.on_date);
        fields.done().map_err(from_error)?;
        let operation = CheckHomeOffer {
            id: read(id).map_err(from_error)?,
            expected_version: message.expected_version,
            is_refused: read(is_refused).map_err(from_error)?,
            on: read(on).map_err(from_error)?,
        };
        let offered = self.0.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::CheckHomeOfferResponse { offer: Some(write(offered)) }))
    }

    async fn close_home_offer(
        &self,
        request: Request<proto::CloseHomeOfferRequest>,
    ) -> Result<Response<proto::CloseHomeOfferResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.0, &mut fields, &message, &message.request_id, message.validate_only);
        let id = fields.id("id", &message.id);
        fields.done().map_err(from_error)?;
        let operation = CloseHomeOffer { id: read(id).map_err(from_error)?, expected_version: message.expected_version };
        let offered = self.0.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::CloseHomeOfferResponse { offer: Some(write(offered)) }))
    }

    async fn get_home_offer(&self, request: Request<proto::GetHomeOfferRequest>) -> Result<Response<proto::GetHomeOfferResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let id = fields.id("id", &message.id);
        fields.done().map_err(from_error)?;
        let offered = self.0.fetch(&call, GetHomeOffer { id: read(id).map_err(from_error)? }).await.map_err(from_error)?;
        Ok(Response::new(proto::GetHomeOfferResponse { offer: Some(write(offered)) }))
    }

    async fn list_home_offers(
        &self,
        request: Request<proto::ListHomeOffersRequest>,
    ) -> Result<Response<proto::ListHomeOffersResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let filter = Filter {
            host: fields.optional("host_employer_id", &message.host_employer_id, Why::Format("a UUID")),
            region: fields.optional("region_code", &message.region_code, REGION),
            status: match message.status {
                0 => None,
                value => fields.code("status", value, "OPEN or CLOSED", |status| match status {
                    proto::HomeOfferStatus::Unspecified => None,
                    proto::HomeOfferStatus::Open => Some(HomeOfferStatus::Open),
                    proto::HomeOfferStatus::Closed => Some(HomeOfferStatus::Closed),
                }),
            },
        };
        fields.done().map_err(from_error)?;
        let bound = format!("home offers {:?} {filter:?}", call.caller.reach);
        let page = page::parse(self.0.vault(), message.page_size, &message.page_token, &bound).map_err(from_error)?;
        let mut offers = self.0.fetch(&call, ListHomeOffers { page, filter }).await.map_err(from_error)?;
        let next_page_token = page::next(self.0.vault(), page, &bound, &mut offers, |offered| offered.offer.id.0);
        Ok(Response::new(proto::ListHomeOffersResponse { offers: offers.into_iter().map(write).collect(), next_page_token }))
    }
}

fn write(offered: OfferedHomes) -> proto::HomeOffer {
    let OfferedHomes { offer, free } = offered;
    let status = match offer.status {
        HomeOfferStatus::Open => proto::HomeOfferStatus::Open,
        HomeOfferStatus::Closed => proto::HomeOfferStatus::Closed,
    };
    proto::HomeOffer {
        id: offer.id.to_string(),
        version: offer.version,
        create_time: Some(timestamp(offer.created_at)),
        update_time: Some(timestamp(offer.updated_at)),
        host_employer_id: offer.host.map(|host| host.to_string()).unwrap_or_default(),
        region_code: offer.region.to_string(),
        settlement: offer.settlement,
        home: Some(write_home(&offer.home, free)),
        status: status.into(),
    }
}
