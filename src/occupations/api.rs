//! gRPC of occupations: reads requests, calls the gate, writes answers. Knows no rule.

use strum::IntoEnumIterator as _;
use tonic::{Request, Response, Status};

use super::{
    operations::ListOccupations,
    rules::{self, Sought},
};
use crate::{
    api::{Fields, call},
    error::Why,
    gate::Registry,
    messages::Language,
    proto::{self, occupation_service_server::OccupationService},
    status::from_error,
};

/// The service.
#[derive(Debug, Clone)]
pub struct Service(pub Registry);

#[tonic::async_trait]
impl OccupationService for Service {
    async fn list_occupations(
        &self,
        request: Request<proto::ListOccupationsRequest>,
    ) -> Result<Response<proto::ListOccupationsResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let language = read_language(&mut fields, &message.language);
        let sought = Sought { code_prefix: message.code_prefix, words: message.words };
        fields.faults(rules::fields(&sought));
        fields.done().map_err(from_error)?;
        let (found, more) = self.0.fetch(&call, ListOccupations { sought }).await.map_err(from_error)?;
        let occupations =
            found.into_iter().map(|group| proto::OccupationGroup { code: group.code.to_owned(), title: group.title(language).to_owned() });
        Ok(Response::new(proto::ListOccupationsResponse { occupations: occupations.collect(), more }))
    }
}

/// The language of the titles; English when none is asked for.
fn read_language(fields: &mut Fields, tag: &str) -> Language {
    let known = if tag.is_empty() { Some(Language::default()) } else { Language::iter().find(|language| language.tag() == tag) };
    if known.is_none() {
        fields.fault("language", Why::Unknown("kk, ru or en"));
    }
    known.unwrap_or_default()
}
