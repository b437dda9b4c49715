//! gRPC of people: reads requests, calls the gate, writes answers. Knows no rule.

use tonic::{Request, Response, Status};

use super::{
    Card, Document, DocumentKind, Identity, LicenceState, Relocant, RelocantStatus,
    operations::{AmendRelocant, FindRelocant, GetRelocant, Key, ListRelocants, Person, ReportDeparture},
    rules,
};
use crate::{
    api::{Fields, call, change, date, read, timestamp},
    classifiers::Cefr,
    error::{Result, Why},
    gate::{Purpose, Registry},
    intake::operations::{RegisterRelocant, Source},
    page,
    proto::{self, find_relocant_request, register_relocant_request, relocant_service_server::RelocantService},
    seal::Personal,
    status::from_error,
    stays,
};

/// The service.
#[derive(Debug, Clone)]
pub struct Service(pub Registry);

const REGION: Why = Why::Unknown("an ISO 3166-2:KZ code such as KZ-10");
const COUNTRY: Why = Why::Format("an ISO 3166-1 alpha-3 code such as RUS");

#[tonic::async_trait]
impl RelocantService for Service {
    async fn register_relocant(
        &self,
        request: Request<proto::RegisterRelocantRequest>,
    ) -> Result<Response<proto::RegisterRelocantResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let (change, operation) = read_registration(&self.0, message).map_err(from_error)?;
        let registered = self.0.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::RegisterRelocantResponse {
            relocant: Some(write(registered.person)),
            stay_status: registered.stay_status.map(stays::api::write_status),
        }))
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
                let document =
                    proto::Document { kind: key.kind, issuing_country: key.issuing_country, number: key.number, ..Default::default() };
                read_document(&mut fields, "document", document).map(Key::Document)
            }
        };
        fields.done().map_err(from_error)?;
        let query = FindRelocant { key: read(key).map_err(from_error)?, purpose: read(purpose).map_err(from_error)? };
        let person = self.0.fetch(&call, query).await.map_err(from_error)?;
        Ok(Response::new(proto::FindRelocantResponse { relocant: Some(write(person)) }))
    }

    async fn list_relocants(
        &self,
        request: Request<proto::ListRelocantsRequest>,
    ) -> Result<Response<proto::ListRelocantsResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let status = match message.status {
            0 => None,
            value => fields.code("status", value, "REGISTERED or DEPARTED", |status| match status {
                proto::RelocantStatus::Unspecified => None,
                proto::RelocantStatus::Registered => Some(RelocantStatus::Registered),
                proto::RelocantStatus::Departed => Some(RelocantStatus::Departed),
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
        let document = message.document.and_then(|document| read_document(&mut fields, "document", document));
        let card = message.card.map(|card| read_card(&mut fields, card));
        fields.done().map_err(from_error)?;
        let operation = AmendRelocant {
            id: read(id).map_err(from_error)?,
            expected_version: message.expected_version,
            family_name: message.family_name.map(Personal::new),
            given_names: message.given_names.map(Personal::new),
            document,
            phone: message.phone.map(Personal::new),
            email: message.email.map(Personal::new),
            region,
            card,
        };
        let person = self.0.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::AmendRelocantResponse { relocant: Some(write(person)) }))
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
}

fn read_registration(registry: &Registry, message: proto::RegisterRelocantRequest) -> Result<(crate::gate::Change, RegisterRelocant)> {
    let mut fields = Fields::default();
    let change = change(registry, &mut fields, &message, &message.request_id, message.validate_only);
    let region = fields.required("region_code", &message.region_code, REGION);
    let entry_on = fields.optional_day("entry_date", message.entry_date);
    let phone = Some(message.phone).filter(|phone| !phone.is_empty());
    let email = Some(message.email).filter(|email| !email.is_empty());
    fields.faults(rules::contacts(phone.as_deref(), email.as_deref()));
    let card = read_card(&mut fields, message.card.unwrap_or_default());
    let source = match message.source {
        None => {
            fields.fault("source", Why::Required);
            None
        }
        Some(register_relocant_request::Source::Mrz(lines)) => Some(Source::Mrz(Personal::new(lines))),
        Some(register_relocant_request::Source::Typed(typed)) => {
            let citizenship = fields.required("typed.citizenship", &typed.citizenship, COUNTRY);
            let birth_on = fields.day("typed.birth_date", typed.birth_date);
            let document = match typed.document {
                None => {
                    fields.fault("typed.document", Why::Required);
                    None
                }
                Some(document) => read_document(&mut fields, "typed.document", document),
            };
            citizenship.zip(birth_on).zip(document).map(|((citizenship, birth_on), document)| Source::Typed {
                citizenship,
                identity: Identity {
                    family_name: Personal::new(typed.family_name),
                    given_names: Personal::new(typed.given_names),
                    birth_on: Personal::new(birth_on),
                    document,
                    phone: None,
                    email: None,
                },
            })
        }
    };
    fields.done()?;
    let operation = RegisterRelocant {
        source: read(source)?,
        region: read(region)?,
        entry_on,
        phone: phone.map(Personal::new),
        email: email.map(Personal::new),
        card,
    };
    Ok((change, operation))
}

/// Reads a purpose that must be there.
pub fn read_purpose(fields: &mut Fields, value: i32) -> Option<Purpose> {
    fields.code("purpose", value, "a purpose", |purpose| match purpose {
        proto::Purpose::Unspecified => None,
        proto::Purpose::Registration => Some(Purpose::Registration),
        proto::Purpose::StayCheck => Some(Purpose::StayCheck),
        proto::Purpose::PermitDecision => Some(Purpose::PermitDecision),
        proto::Purpose::Matching => Some(Purpose::Matching),
        proto::Purpose::Disclosure => Some(Purpose::Disclosure),
        proto::Purpose::SubjectRequest => Some(Purpose::SubjectRequest),
        proto::Purpose::Audit => Some(Purpose::Audit),
    })
}

fn read_document(fields: &mut Fields, at: &str, document: proto::Document) -> Option<Document> {
    let kind = fields.code(&format!("{at}.kind"), document.kind, "a kind of document", |kind| match kind {
        proto::DocumentKind::Unspecified => None,
        proto::DocumentKind::Passport => Some(DocumentKind::Passport),
        proto::DocumentKind::InternalPassport => Some(DocumentKind::InternalPassport),
        proto::DocumentKind::ResidenceCard => Some(DocumentKind::ResidenceCard),
        proto::DocumentKind::TravelDocument => Some(DocumentKind::TravelDocument),
    });
    let country: Option<crate::classifiers::Country> =
        fields.required(&format!("{at}.issuing_country"), &document.issuing_country, COUNTRY);
    let expires_on = fields.optional_day(&format!("{at}.expiry_date"), document.expiry_date);
    let number = rules::document_number(&document.number);
    if number.is_none() {
        fields.fault(
            format!("{at}.number"),
            if document.number.is_empty() { Why::Required } else { Why::Format("3 to 20 letters and digits") },
        );
    }
    if let Some(number) = number.as_deref().filter(|_| !document.number_check_digit.is_empty())
        && let Some(why) = rules::number_check_digit(number, &document.number_check_digit)
    {
        fields.fault(format!("{at}.number_check_digit"), why);
    }
    Some(Document {
        kind: kind?,
        issuing_country: country?.to_string(),
        number: Personal::new(number?),
        expires_on: expires_on.map(Personal::new),
    })
}

/// Reads languages with their levels.
pub fn read_languages(fields: &mut Fields, at: &str, languages: Vec<proto::LanguageSkill>) -> Vec<(crate::classifiers::Language, Cefr)> {
    let mut read = Vec::with_capacity(languages.len());
    for (index, skill) in languages.into_iter().enumerate() {
        let language = fields.required(&format!("{at}[{index}].language"), &skill.language, Why::Format("an ISO 639-1 code such as kk"));
        let level = fields.code(&format!("{at}[{index}].level"), skill.level, "A1 to C2", |level| match level {
            proto::LanguageLevel::Unspecified => None,
            proto::LanguageLevel::A1 => Some(Cefr::A1),
            proto::LanguageLevel::A2 => Some(Cefr::A2),
            proto::LanguageLevel::B1 => Some(Cefr::B1),
            proto::LanguageLevel::B2 => Some(Cefr::B2),
            proto::LanguageLevel::C1 => Some(Cefr::C1),
            proto::LanguageLevel::C2 => Some(Cefr::C2),
        });
        read.extend(language.zip(level));
    }
    read
}

/// Languages with their levels, for the wire.
pub fn write_languages(languages: Vec<(crate::classifiers::Language, Cefr)>) -> Vec<proto::LanguageSkill> {
    let level = |level| match level {
        Cefr::A1 => proto::LanguageLevel::A1,
        Cefr::A2 => proto::LanguageLevel::A2,
        Cefr::B1 => proto::LanguageLevel::B1,
        Cefr::B2 => proto::LanguageLevel::B2,
        Cefr::C1 => proto::LanguageLevel::C1,
        Cefr::C2 => proto::LanguageLevel::C2,
    };
    languages
        .into_iter()
        .map(|(language, known)| proto::LanguageSkill { language: language.to_string(), level: level(known).into() })
        .collect()
}

fn read_card(fields: &mut Fields, card: proto::Card) -> Card {
    let mut occupations = Vec::with_capacity(card.occupations.len());
    for (at, skill) in card.occupations.into_iter().enumerate() {
        let occupation = fields.required(
            &format!("card.occupations[{at}].occupation"),
            &skill.occupation,
            Why::Format("an ISCO-08 code of four digits"),
        );
        occupations.extend(occupation.map(|occupation| (occupation, skill.years)));
    }
    let mut wished_regions = Vec::with_capacity(card.wished_regions.len());
    for (at, code) in card.wished_regions.iter().enumerate() {
        let region: Option<crate::classifiers::Region> = fields.required(&format!("card.wished_regions[{at}]"), code, REGION);
        wished_regions.extend(region);
    }
    let licence = match proto::LicenceState::try_from(card.licence_state) {
        Ok(proto::LicenceState::Unspecified | proto::LicenceState::None) => LicenceState::None,
        Ok(proto::LicenceState::Pending) => LicenceState::Pending,
        Ok(proto::LicenceState::Recognised) => LicenceState::Recognised,
        Err(_) => {
            fields.fault("card.licence_state", Why::Unknown("NONE, PENDING or RECOGNISED"));
            LicenceState::None
        }
    };
    let card = Card {
        occupations,
        languages: read_languages(fields, "card.languages", card.languages),
        licence,
        wished_regions,
        household_size: card.household_size,
        earliest_start_on: fields.optional_day("card.earliest_start_date", card.earliest_start_date),
        looking: card.looking,
    };
    fields.faults(rules::card(&card));
    card
}

/// A card, for the wire.
pub fn write_card(card: Card) -> proto::Card {
    let licence = match card.licence {
        LicenceState::None => proto::LicenceState::None,
        LicenceState::Pending => proto::LicenceState::Pending,
        LicenceState::Recognised => proto::LicenceState::Recognised,
    };
    proto::Card {
        occupations: card
            .occupations
            .into_iter()
            .map(|(occupation, years)| proto::OccupationSkill { occupation: occupation.to_string(), years })
            .collect(),
        languages: write_languages(card.languages),
        licence_state: licence.into(),
        wished_regions: card.wished_regions.iter().map(ToString::to_string).collect(),
        household_size: card.household_size,
        earliest_start_date: card.earliest_start_on.map(date),
        looking: card.looking,
    }
}

/// A document, for the wire.
pub fn write_document(document: &Document) -> proto::Document {
    let kind = match document.kind {
        DocumentKind::Passport => proto::DocumentKind::Passport,
        DocumentKind::InternalPassport => proto::DocumentKind::InternalPassport,
        DocumentKind::ResidenceCard => proto::DocumentKind::ResidenceCard,
        DocumentKind::TravelDocument => proto::DocumentKind::TravelDocument,
    };
    proto::Document {
        kind: kind.into(),
        issuing_country: document.issuing_country.clone(),
        number: document.number.expose().clone(),
        number_check_digit: String::new(),
        expiry_date: document.expires_on.as_ref().map(|day| date(*day.expose())),
    }
}

fn write_identity(identity: &Identity) -> proto::Identity {
    let contact = |value: &Option<Personal<String>>| value.as_ref().map(|value| value.expose().clone()).unwrap_or_default();
    proto::Identity {
        family_name: identity.family_name.expose().clone(),
        given_names: identity.given_names.expose().clone(),
        birth_date: Some(date(*identity.birth_on.expose())),
        document: Some(write_document(&identity.document)),
        phone: contact(&identity.phone),
        email: contact(&identity.email),
    }
}

fn write(person: Person) -> proto::Relocant {
    let Relocant { id, code, citizenship, center, region, status, departed_on, card, version, created_at, updated_at } = person.relocant;
    let status = match status {
        RelocantStatus::Registered => proto::RelocantStatus::Registered,
        RelocantStatus::Departed => proto::RelocantStatus::Departed,
    };
    proto::Relocant {
        id: id.to_string(),
        version,
        create_time: Some(timestamp(created_at)),
        update_time: Some(timestamp(updated_at)),
        code: code.to_string(),
        citizenship: citizenship.to_string(),
        center_id: center,
        region_code: region.to_string(),
        status: status.into(),
        departure_date: departed_on.map(date),
        card: Some(write_card(card)),
        identity: person.identity.as_ref().map(write_identity),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    #[test]
    fn a_document_with_several_faults_tells_them_all() {
        let mut fields = Fields::default();
        let document = proto::Document { kind: 99, issuing_country: "ru".to_owned(), number: "1".to_owned(), ..Default::default() };
        assert!(read_document(&mut fields, "document", document).is_none());
        let Err(Error::Invalid(violations)) = fields.done() else { panic!("no violations") };
        let at: Vec<&str> = violations.0.iter().map(|violation| violation.field.as_str()).collect();
        assert_eq!(at, ["document.kind", "document.issuing_country", "document.number"]);
    }
}
