//! Requests that are right, for cases to change what they are about. Every person is made up.

use std::sync::atomic::{AtomicU32, Ordering};

use chrono::{Datelike as _, NaiveDate};
use relocation_registry::proto::{self, google::r#type::Date, register_relocant_request::Source};

pub fn request_id() -> String {
    uuid::Uuid::new_v4().to_string()
}

pub fn date(text: &str) -> Option<Date> {
    let day: NaiveDate = text.parse().unwrap();
    Some(Date { year: day.year(), month: day.month().cast_signed(), day: day.day().cast_signed() })
}

/// So many days from today, in Kazakhstan.
pub fn in_days(days: i64) -> Option<Date> {
    let today = relocation_registry::time::civil_day(relocation_registry::time::Clock::default().now());
    date(&(today + chrono::Duration::days(days)).to_string())
}

/// A document number that no other sample has.
pub fn number() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("{:09}", (std::process::id() % 1000) * 1_000_000 + COUNT.fetch_add(1, Ordering::Relaxed))
}

pub fn document() -> proto::Document {
    proto::Document {
        kind: proto::DocumentKind::Passport.into(),
        issuing_country: "RUS".to_owned(),
        number: number(),
        number_check_digit: String::new(),
        expiry_date: date("2033-02-14"),
    }
}

pub fn typed() -> proto::TypedIdentity {
    proto::TypedIdentity {
        family_name: "Щелокова".to_owned(),
        given_names: "Юлия".to_owned(),
        birth_date: date("1990-01-31"),
        citizenship: "RUS".to_owned(),
        document: Some(document()),
    }
}

pub fn registration() -> proto::RegisterRelocantRequest {
    proto::RegisterRelocantRequest {
        request_id: request_id(),
        validate_only: false,
        region_code: "KZ-75".to_owned(),
        entry_date: None,
        phone: String::new(),
        email: String::new(),
        card: None,
        source: Some(Source::Typed(typed())),
    }
}
