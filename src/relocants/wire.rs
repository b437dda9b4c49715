//! The words of people on the wire, read and written; each enum by a total match. Calls are `api`'s.

use chrono::NaiveDate;

use super::{
    Document, DocumentKind, Evidence, Identity, Names, Relocant, RelocantStatus, WithdrawalGround,
    operations::Person,
    rules::{self, MrzIdentity},
};
use crate::{
    api::{Fields, date, timestamp},
    classifiers::{Country, Sex},
    error::Why,
    gate::Purpose,
    ids::DocumentId,
    iin::{Iin, IinWarning},
    messages::layer::language,
    mrz, proto,
    seal::Personal,
};

pub use super::card_wire::{REGION, read_card, read_languages, write_card, write_languages};

const COUNTRY: Why = Why::Format("an ISO 3166-1 alpha-3 code such as RUS");

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

/// A document as a client states it; its id is made for it.
pub fn read_document(fields: &mut Fields, at: &str, document: proto::Document) -> Option<Document> {
    let key = read_document_key(fields, at, document.kind, &document.issuing_country, &document.number);
    let expires_on = fields.optional_day(&format!("{at}.expiry_date"), document.expiry_date);
    let issued_on = fields.optional_day(&format!("{at}.issue_date"), document.issue_date);
    let evidence = read_evidence(fields, &format!("{at}.evidence"), document.evidence, Evidence::Seen);
    if let Some(number) = rules::document_number(&document.number).filter(|_| !document.number_check_digit.is_empty())
        && let Some(why) = rules::number_check_digit(&number, &document.number_check_digit)
    {
        fields.fault(format!("{at}.number_check_digit"), why);
    }
    let (kind, issuing_country, number) = key?;
    Some(Document {
        id: DocumentId::new(),
        kind,
        issuing_country,
        number,
        issued_on: issued_on.map(Personal::new),
        expires_on: expires_on.map(Personal::new),
        evidence: evidence?,
        withdrawn: None,
    })
}

/// What a document is found by: kind, issuing country and normalised number.
pub fn read_document_key(
    fields: &mut Fields,
    at: &str,
    kind: i32,
    issuing_country: &str,
    number: &str,
) -> Option<(DocumentKind, String, Personal<String>)> {
    let kind = fields.code(&format!("{at}.kind"), kind, "a kind of document", |kind| match kind {
        proto::DocumentKind::Unspecified => None,
        proto::DocumentKind::Passport => Some(DocumentKind::Passport),
        proto::DocumentKind::InternalPassport => Some(DocumentKind::InternalPassport),
        proto::DocumentKind::ResidenceCard => Some(DocumentKind::ResidenceCard),
        proto::DocumentKind::TravelDocument => Some(DocumentKind::TravelDocument),
    });
    let country: Option<Country> = fields.required(&format!("{at}.issuing_country"), issuing_country, COUNTRY);
    let normalised = rules::document_number(number);
    if normalised.is_none() {
        let why = if number.is_empty() { Why::Required } else { Why::Format("3 to 20 letters and digits") };
        fields.fault(format!("{at}.number"), why);
    }
    Some((kind?, country?.to_string(), Personal::new(normalised?)))
}

/// How something was established; said when the client does not say.
fn read_evidence(fields: &mut Fields, at: &str, value: i32, unsaid: Evidence) -> Option<Evidence> {
    if value == 0 {
        return Some(unsaid);
    }
    fields.code(at, value, "SEEN, CHIP_READ, SELF_STATED or VOUCHED", |evidence| match evidence {
        proto::Evidence::Unspecified => None,
        proto::Evidence::Seen => Some(Evidence::Seen),
        proto::Evidence::ChipRead => Some(Evidence::ChipRead),
        proto::Evidence::SelfStated => Some(Evidence::SelfStated),
        proto::Evidence::Vouched => Some(Evidence::Vouched),
    })
}

fn write_evidence(evidence: Evidence) -> proto::Evidence {
    match evidence {
        Evidence::Seen => proto::Evidence::Seen,
        Evidence::ChipRead => proto::Evidence::ChipRead,
        Evidence::SelfStated => proto::Evidence::SelfStated,
        Evidence::Vouched => proto::Evidence::Vouched,
    }
}

/// The sex, where it is said.
pub fn read_sex(fields: &mut Fields, at: &str, value: i32) -> Option<Personal<Sex>> {
    if value == 0 {
        return None;
    }
    let sex = fields.code(at, value, "FEMALE or MALE", |sex| match sex {
        proto::Sex::Unspecified => None,
        proto::Sex::Female => Some(Sex::Female),
        proto::Sex::Male => Some(Sex::Male),
    });
    sex.map(Personal::new)
}

/// An individual identification number.
pub fn read_iin(fields: &mut Fields, at: &str, text: &str) -> Option<Personal<Iin>> {
    match text.parse::<Iin>() {
        Ok(iin) => Some(Personal::new(iin)),
        Err(fault) => {
            fields.fault(at, fault.into());
            None
        }
    }
}

/// Why a document is no longer used.
pub fn read_withdrawal_ground(fields: &mut Fields, value: i32) -> Option<WithdrawalGround> {
    fields.code("ground", value, "LOST, REPLACED or MISTAKEN", |ground| match ground {
        proto::WithdrawalGround::Unspecified => None,
        proto::WithdrawalGround::Lost => Some(WithdrawalGround::Lost),
        proto::WithdrawalGround::Replaced => Some(WithdrawalGround::Replaced),
        proto::WithdrawalGround::Mistaken => Some(WithdrawalGround::Mistaken),
    })
}

/// Names in one spelling.
pub fn read_names(names: proto::Names) -> Names {
    let proto::Names { family_name, given_names, patronymic } = names;
    Names { family: Personal::new(family_name), given: Personal::new(given_names), patronymic: Personal::new(patronymic) }
}

/// Names in one spelling, for the wire.
pub fn write_names(names: &Names) -> proto::Names {
    proto::Names {
        family_name: names.family.expose().clone(),
        given_names: names.given.expose().clone(),
        patronymic: names.patronymic.expose().clone(),
    }
}

/// What a clerk has typed.
pub fn read_typed(fields: &mut Fields, typed: proto::TypedIdentity) -> Option<(Identity, Country)> {
    let citizenship = fields.required("typed.citizenship", &typed.citizenship, COUNTRY);
    let birth_on = fields.day("typed.birth_date", typed.birth_date);
    let without = typed.document.is_none();
    let document = typed.document.and_then(|document| read_document(fields, "typed.document", document));
    let sex = read_sex(fields, "typed.sex", typed.sex);
    let iin = if typed.iin.is_empty() { None } else { read_iin(fields, "typed.iin", &typed.iin) };
    let unsaid = if without { Evidence::SelfStated } else { Evidence::Seen };
    let evidence = read_evidence(fields, "typed.evidence", typed.evidence, unsaid);
    let identity = Identity {
        names: read_names(proto::Names { family_name: typed.family_name, given_names: typed.given_names, patronymic: typed.patronymic }),
        cyrillic: typed.cyrillic.map(read_names),
        latin: typed.latin.map(read_names),
        birth_on: Personal::new(birth_on?),
        sex,
        iin,
        evidence: evidence?,
        documents: document.into_iter().collect(),
        phone: None,
        email: None,
    };
    citizenship.map(|citizenship| (identity, citizenship))
}

/// A document, for the wire.
pub fn write_document(document: &Document) -> proto::Document {
    let kind = match document.kind {
        DocumentKind::Passport => proto::DocumentKind::Passport,
        DocumentKind::InternalPassport => proto::DocumentKind::InternalPassport,
        DocumentKind::ResidenceCard => proto::DocumentKind::ResidenceCard,
        DocumentKind::TravelDocument => proto::DocumentKind::TravelDocument,
    };
    let ground = document.withdrawn.map(|(_, ground)| match ground {
        WithdrawalGround::Lost => proto::WithdrawalGround::Lost,
        WithdrawalGround::Replaced => proto::WithdrawalGround::Replaced,
        WithdrawalGround::Mistaken => proto::WithdrawalGround::Mistaken,
    });
    proto::Document {
        kind: kind.into(),
        issuing_country: document.issuing_country.clone(),
        number: document.number.expose().clone(),
        number_check_digit: String::new(),
        expiry_date: document.expires_on.as_ref().map(|day| date(*day.expose())),
        issue_date: document.issued_on.as_ref().map(|day| date(*day.expose())),
        evidence: write_evidence(document.evidence).into(),
        id: document.id.to_string(),
        withdrawal_date: document.withdrawn.map(|(on, _)| date(on)),
        withdrawal_ground: ground.unwrap_or_default().into(),
    }
}

fn write_identity(identity: &Identity) -> proto::Identity {
    let text = |value: &Option<Personal<String>>| value.as_ref().map(|value| value.expose().clone()).unwrap_or_default();
    let sex = identity.sex.as_ref().map(|sex| match sex.expose() {
        Sex::Female => proto::Sex::Female,
        Sex::Male => proto::Sex::Male,
    });
    let proto::Names { family_name, given_names, patronymic } = write_names(&identity.names);
    proto::Identity {
        family_name,
        given_names,
        patronymic,
        birth_date: Some(date(*identity.birth_on.expose())),
        documents: identity.documents.iter().map(write_document).collect(),
        phone: text(&identity.phone),
        email: text(&identity.email),
        sex: sex.unwrap_or_default().into(),
        iin: identity.iin.as_ref().map(|iin| iin.expose().digits()).unwrap_or_default(),
        cyrillic: identity.cyrillic.as_ref().map(write_names),
        latin: identity.latin.as_ref().map(write_names),
        evidence: write_evidence(identity.evidence).into(),
    }
}

/// A zone that was read, for the wire.
pub fn write_mrz(read: MrzIdentity, today: NaiveDate) -> proto::ParseMrzResponse {
    let format = match read.format {
        mrz::Format::Td1 => proto::MrzFormat::Td1,
        mrz::Format::Td2 => proto::MrzFormat::Td2,
        mrz::Format::Td3 => proto::MrzFormat::Td3,
        mrz::Format::MrvA => proto::MrzFormat::MrvA,
        mrz::Format::MrvB => proto::MrzFormat::MrvB,
        mrz::Format::RussianInternal => proto::MrzFormat::RussianInternal,
    };
    let document = read.identity.documents.first();
    let expires_on = document.and_then(|document| document.expires_on.as_ref()).map(|day| *day.expose());
    let proto::Identity { family_name, given_names, patronymic, birth_date, sex, iin, cyrillic, latin, evidence, .. } =
        write_identity(&read.identity);
    let typed = proto::TypedIdentity {
        family_name,
        given_names,
        patronymic,
        birth_date,
        citizenship: read.citizenship.to_string(),
        document: document.map(|document| proto::Document { id: String::new(), ..write_document(document) }),
        sex,
        iin,
        cyrillic,
        latin,
        evidence,
    };
    proto::ParseMrzResponse {
        format: format.into(),
        identity: Some(typed),
        names_may_be_cut: read.names_may_be_cut,
        expired: expires_on.is_some_and(|expires_on| expires_on < today),
    }
}

/// What was taken although it should be looked at twice.
pub fn warnings(person: &Person, at: &str) -> Vec<proto::FieldWarning> {
    let iin = person.identity.as_ref().and_then(|identity| identity.iin.as_ref());
    iin.and_then(|iin| iin.expose().warning()).map(|IinWarning::NoCentury| warning(at, "NO_CENTURY", NO_CENTURY)).into_iter().collect()
}

const NO_CENTURY: Why = Why::Contradicts("the seventh digit is 0, so the number tells neither century nor sex");

/// What should be looked at twice about a field.
pub fn warning(field: &str, reason: &'static str, why: Why) -> proto::FieldWarning {
    proto::FieldWarning {
        field: field.to_owned(),
        reason: reason.to_owned(),
        description: why.to_string(),
        localized_description: language().fault(&why).unwrap_or_default(),
    }
}

/// A record, for the wire.
pub fn write(person: Person) -> proto::Relocant {
    let Relocant {
        id,
        code,
        citizenship,
        center,
        region,
        status,
        departed_on,
        merged_into,
        card,
        looking_confirmed_on,
        version,
        captured_at,
        created_at,
        updated_at,
    } = person.relocant;
    let status = match status {
        RelocantStatus::Registered => proto::RelocantStatus::Registered,
        RelocantStatus::Departed => proto::RelocantStatus::Departed,
        RelocantStatus::Merged => proto::RelocantStatus::Merged,
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
        merged_into_id: merged_into.map(|id| id.to_string()).unwrap_or_default(),
        card: Some(write_card(card)),
        identity: person.identity.as_ref().map(write_identity),
        capture_time: captured_at.map(timestamp),
        looking_confirm_date: looking_confirmed_on.map(date),
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
