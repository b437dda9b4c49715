//! gRPC of consents and disclosure: reads requests, calls the gate, writes answers. Knows no rule.

use chrono::NaiveDate;
use tonic::{Request, Response, Status};

use super::{
    Consent, ConsentEnd, ConsentField, ConsentPurpose, Disclosure,
    operations::{GiveConsent, ListConsentWordings, ListConsents, ListDisclosures, WithdrawConsent},
    rules,
    wordings::{Text, Wording},
};
use crate::{
    api::{Fields, call, change, date, read, timestamp},
    error::{Result, Why},
    gate::Registry,
    matches::disclosure_operations::{DiscloseCandidate, Disclosed},
    page,
    proto::{self, consent_service_server::ConsentService},
    relocants::wire::write_document,
    status::from_error,
};

/// The service.
#[derive(Debug, Clone)]
pub struct Service(pub Registry);

#[tonic::async_trait]
impl ConsentService for Service {
    async fn give_consent(&self, request: Request<proto::GiveConsentRequest>) -> Result<Response<proto::GiveConsentResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.0, &mut fields, &message, &message.request_id, message.validate_only);
        let relocant = fields.id("relocant_id", &message.relocant_id);
        let employer = fields.id("employer_id", &message.employer_id);
        let purpose = read_purpose(&mut fields, message.purpose);
        let named: Vec<ConsentField> =
            message.fields.iter().enumerate().filter_map(|(at, field)| read_field(&mut fields, &format!("fields[{at}]"), *field)).collect();
        let until = fields.day("until_date", message.until_date);
        if message.wording_version == 0 {
            fields.fault("wording_version", Why::Required);
        }
        fields.done().map_err(from_error)?;
        let operation = GiveConsent {
            relocant: read(relocant).map_err(from_error)?,
            employer: read(employer).map_err(from_error)?,
            purpose: read(purpose).map_err(from_error)?,
            fields: named,
            until: read(until).map_err(from_error)?,
            wording: message.wording_version,
        };
        let consent = self.0.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::GiveConsentResponse { consent: Some(write(&consent, self.0.today())) }))
    }

    async fn withdraw_consent(
        &self,
        request: Request<proto::WithdrawConsentRequest>,
    ) -> Result<Response<proto::WithdrawConsentResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.0, &mut fields, &message, &message.request_id, message.validate_only);
        let id = fields.id("id", &message.id);
        fields.done().map_err(from_error)?;
        let operation = WithdrawConsent { id: read(id).map_err(from_error)? };
        let consent = self.0.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::WithdrawConsentResponse { consent: Some(write(&consent, self.0.today())) }))
    }

    async fn list_consents(&self, request: Request<proto::ListConsentsRequest>) -> Result<Response<proto::ListConsentsResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let relocant = fields.id("relocant_id", &message.relocant_id);
        fields.done().map_err(from_error)?;
        let relocant = read(relocant).map_err(from_error)?;
        let filter = format!("consents {relocant}");
        let page = page::parse(self.0.vault(), message.page_size, &message.page_token, &filter).map_err(from_error)?;
        let mut consents = self.0.fetch(&call, ListConsents { relocant, page }).await.map_err(from_error)?;
        let next_page_token = page::next(self.0.vault(), page, &filter, &mut consents, |consent| consent.id.0);
        let today = self.0.today();
        Ok(Response::new(proto::ListConsentsResponse {
            consents: consents.iter().map(|consent| write(consent, today)).collect(),
            next_page_token,
        }))
    }

    async fn disclose_candidate(
        &self,
        request: Request<proto::DiscloseCandidateRequest>,
    ) -> Result<Response<proto::DiscloseCandidateResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.0, &mut fields, &message, &message.request_id, message.validate_only);
        let id = fields.id("match_id", &message.match_id);
        let purpose = read_purpose(&mut fields, message.purpose);
        fields.done().map_err(from_error)?;
        let only_tells = message.validate_only;
        let operation = DiscloseCandidate { id: read(id).map_err(from_error)?, purpose: read(purpose).map_err(from_error)?, only_tells };
        let disclosed = self.0.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(write_disclosed(&disclosed)))
    }

    async fn list_consent_wordings(
        &self,
        request: Request<proto::ListConsentWordingsRequest>,
    ) -> Result<Response<proto::ListConsentWordingsResponse>, Status> {
        let call = call(&request).map_err(from_error)?;
        let wordings = self.0.fetch(&call, ListConsentWordings).await.map_err(from_error)?;
        let current = self.0.law().consent_wordings.in_force(self.0.today()).map(|wording| wording.version);
        let wordings = wordings.into_iter().map(|wording| write_wording(wording, current)).collect();
        Ok(Response::new(proto::ListConsentWordingsResponse { wordings }))
    }

    async fn list_disclosures(
        &self,
        request: Request<proto::ListDisclosuresRequest>,
    ) -> Result<Response<proto::ListDisclosuresResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let relocant = fields.id("relocant_id", &message.relocant_id);
        fields.done().map_err(from_error)?;
        let relocant = read(relocant).map_err(from_error)?;
        let filter = format!("disclosures {relocant}");
        let page = page::parse(self.0.vault(), message.page_size, &message.page_token, &filter).map_err(from_error)?;
        let mut disclosures = self.0.fetch(&call, ListDisclosures { relocant, page }).await.map_err(from_error)?;
        let next_page_token = page::next(self.0.vault(), page, &filter, &mut disclosures, |disclosure| disclosure.id.0);
        Ok(Response::new(proto::ListDisclosuresResponse {
            disclosures: disclosures.iter().map(write_disclosure).collect(),
            next_page_token,
        }))
    }
}

fn read_purpose(fields: &mut Fields, value: i32) -> Option<ConsentPurpose> {
    fields.code("purpose", value, "RECRUITMENT, CONTRACT or HOUSING", |purpose| match purpose {
        proto::ConsentPurpose::Unspecified => None,
        proto::ConsentPurpose::Recruitment => Some(ConsentPurpose::Recruitment),
        proto::ConsentPurpose::Contract => Some(ConsentPurpose::Contract),
        proto::ConsentPurpose::Housing => Some(ConsentPurpose::Housing),
    })
}

fn read_field(fields: &mut Fields, at: &str, value: i32) -> Option<ConsentField> {
    fields.code(at, value, "a field that can be disclosed", |field| match field {
        proto::ConsentField::Unspecified => None,
        proto::ConsentField::Name => Some(ConsentField::Name),
        proto::ConsentField::BirthDate => Some(ConsentField::BirthDate),
        proto::ConsentField::Phone => Some(ConsentField::Phone),
        proto::ConsentField::Email => Some(ConsentField::Email),
        proto::ConsentField::Document => Some(ConsentField::Document),
    })
}

fn write_field(field: ConsentField) -> i32 {
    match field {
        ConsentField::Name => proto::ConsentField::Name,
        ConsentField::BirthDate => proto::ConsentField::BirthDate,
        ConsentField::Phone => proto::ConsentField::Phone,
        ConsentField::Email => proto::ConsentField::Email,
        ConsentField::Document => proto::ConsentField::Document,
    }
    .into()
}

fn write_end(end: ConsentEnd) -> proto::ConsentEnd {
    match end {
        ConsentEnd::Withdrawn => proto::ConsentEnd::Withdrawn,
        ConsentEnd::EmployerRemoved => proto::ConsentEnd::EmployerRemoved,
    }
}

fn write_purpose(purpose: ConsentPurpose) -> i32 {
    match purpose {
        ConsentPurpose::Recruitment => proto::ConsentPurpose::Recruitment,
        ConsentPurpose::Contract => proto::ConsentPurpose::Contract,
        ConsentPurpose::Housing => proto::ConsentPurpose::Housing,
    }
    .into()
}

fn write_wording(wording: Wording, current: Option<i32>) -> proto::ConsentWording {
    let text = |(purpose, text): (String, Text)| proto::ConsentWordingText {
        purpose: purpose.parse().map(write_purpose).unwrap_or_default(),
        kazakh: text.kk,
        russian: text.ru,
        english: text.en,
    };
    proto::ConsentWording {
        version: wording.version,
        from_date: Some(date(wording.from)),
        in_force: current == Some(wording.version),
        texts: wording.texts.into_iter().map(text).collect(),
    }
}

fn write_disclosure(disclosure: &Disclosure) -> proto::Disclosure {
    proto::Disclosure {
        id: disclosure.id.to_string(),
        relocant_id: disclosure.relocant.to_string(),
        employer_id: disclosure.employer.to_string(),
        match_id: disclosure.r#match.to_string(),
        purpose: write_purpose(disclosure.purpose),
        fields: disclosure.fields.iter().map(|field| write_field(*field)).collect(),
        disclose_time: Some(timestamp(disclosure.at)),
    }
}

fn write(consent: &Consent, today: NaiveDate) -> proto::Consent {
    proto::Consent {
        id: consent.id.to_string(),
        relocant_id: consent.relocant.to_string(),
        employer_id: consent.employer.to_string(),
        purpose: write_purpose(consent.purpose),
        fields: consent.fields.iter().map(|field| write_field(*field)).collect(),
        until_date: Some(date(consent.until)),
        give_time: Some(timestamp(consent.given_at)),
        withdraw_time: consent.withdrawn_at.map(timestamp),
        open: rules::is_open(consent, today),
        version: consent.version,
        end: consent.end.map_or(proto::ConsentEnd::Unspecified, write_end).into(),
        wording_version: consent.wording.unwrap_or_default(),
    }
}

/// Only the fields that are shown leave this function; the rest is never looked at.
fn write_disclosed(disclosed: &Disclosed) -> proto::DiscloseCandidateResponse {
    let mut response = proto::DiscloseCandidateResponse {
        fields: disclosed.parted.shown.iter().map(|field| write_field(*field)).collect(),
        waiting_fields: disclosed.parted.waiting.iter().map(|field| write_field(*field)).collect(),
        ..Default::default()
    };
    let Some(identity) = &disclosed.identity else { return response };
    let contact = |value: &Option<crate::seal::Personal<String>>| value.as_ref().map(|value| value.expose().clone()).unwrap_or_default();
    for field in &disclosed.parted.shown {
        match field {
            ConsentField::Name => {
                identity.names.family.expose().clone_into(&mut response.family_name);
                identity.names.given.expose().clone_into(&mut response.given_names);
            }
            ConsentField::BirthDate => response.birth_date = Some(date(*identity.birth_on.expose())),
            ConsentField::Phone => response.phone = contact(&identity.phone),
            ConsentField::Email => response.email = contact(&identity.email),
            ConsentField::Document => response.document = identity.main_document().map(write_document),
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Why;

    #[test]
    fn an_unknown_field_or_purpose_is_told_with_its_place() {
        let mut fields = Fields::default();
        assert_eq!(read_field(&mut fields, "fields[1]", 99), None);
        assert_eq!(read_purpose(&mut fields, 0), None);
        let Err(crate::error::Error::Invalid(violations)) = fields.done() else { panic!("no violations") };
        assert_eq!((violations.0[0].field.as_str(), violations.0[1].why.clone()), ("fields[1]", Why::Required));
    }
}
