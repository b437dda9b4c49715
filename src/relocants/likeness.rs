//! A person as likely-same people are compared: every spelling of the names, every document that is the person's own.

use chrono::NaiveDate;

use super::{Document, Identity, Names, WithdrawalGround};
use crate::{
    classifiers::Region,
    likeness::{self, Name, Record},
};

/// What is compared of an identity. `today` tells which documents are in force.
pub fn record(identity: &Identity, region: Option<Region>, today: NaiveDate) -> Record {
    let spellings: Vec<&Names> =
        [Some(&identity.names), identity.cyrillic.as_ref(), identity.latin.as_ref()].into_iter().flatten().collect();
    Record {
        family: Name::family(spellings.iter().map(|names| names.family.expose().as_str())),
        given: Name::given(spellings.iter().map(|names| names.given.expose().as_str())),
        patronymic: Name::patronymic(spellings.iter().map(|names| names.patronymic.expose().as_str())),
        ..without_names(identity, region, today)
    }
}

/// What is compared of an identity but for the names, which take far longer to read than everything else.
pub fn without_names(identity: &Identity, region: Option<Region>, today: NaiveDate) -> Record {
    Record {
        birth_on: Some(*identity.birth_on.expose()),
        documents: identity.documents.iter().filter(|document| is_own(document)).map(|document| compared(document, today)).collect(),
        iin: identity.iin.as_ref().map(|iin| iin.expose().digits()),
        sex: identity.sex.as_ref().map(|sex| *sex.expose()),
        region: region.map(|region| region.to_string()),
        phone: identity.phone.as_ref().map(|phone| phone.expose().clone()),
        email: identity.email.as_ref().map(|email| email.expose().to_lowercase()),
        ..Record::default()
    }
}

fn is_own(document: &Document) -> bool {
    !matches!(document.withdrawn, Some((_, WithdrawalGround::Mistaken)))
}

/// Two documents of one kind and country that are both in force stand against one person; without a last day nothing is known of that.
fn compared(document: &Document, today: NaiveDate) -> likeness::Document {
    likeness::Document {
        kind: document.kind.to_string(),
        country: document.issuing_country.clone(),
        number: document.number.expose().clone(),
        in_force: document.withdrawn.is_none() && document.expires_on.as_ref().is_some_and(|until| *until.expose() >= today),
    }
}
