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
    let count = u64::from((std::process::id() % 1000) * 1_000_000 + COUNT.fetch_add(1, Ordering::Relaxed));
    // Not the next number: those are one digit apart, as one document mistyped is.
    format!("{:09}", count * 7_654_321 % 1_000_000_000)
}

pub fn document() -> proto::Document {
    proto::Document {
        kind: proto::DocumentKind::Passport.into(),
        issuing_country: "RUS".to_owned(),
        number: number(),
        expiry_date: date("2033-02-14"),
        ..Default::default()
    }
}

/// Somebody who is like no other sample.
pub fn typed() -> proto::TypedIdentity {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    // A multiplication modulo a power of two spreads neighbours, so that no two names are nearly the same.
    let name = |factor: u32| {
        let syllables = ["ба", "ги", "до", "же", "ку", "лы", "мэ", "ню", "ря", "фо", "ха", "цу", "ши", "по", "ве", "те"];
        let mixed = (count + 1).wrapping_mul(factor);
        (0..5).map(|at| syllables[usize::try_from(mixed >> (6 * at + 2)).unwrap() % 16]).collect::<String>()
    };
    let birth_on = NaiveDate::from_ymd_opt(1950, 1, 1).unwrap() + chrono::Duration::days(i64::from(count.wrapping_mul(7919) % 18_000));
    proto::TypedIdentity {
        family_name: name(2_654_435_761),
        given_names: name(2_246_822_519),
        birth_date: date(&birth_on.to_string()),
        citizenship: "RUS".to_owned(),
        document: Some(document()),
        ..Default::default()
    }
}

pub fn registration() -> proto::RegisterRelocantRequest {
    registration_with(typed())
}

pub fn registration_with(typed: proto::TypedIdentity) -> proto::RegisterRelocantRequest {
    proto::RegisterRelocantRequest {
        request_id: request_id(),
        region_code: "KZ-75".to_owned(),
        source: Some(Source::Typed(typed)),
        ..Default::default()
    }
}

/// A doctor with a family, who looks for work.
pub fn doctor() -> proto::RegisterRelocantRequest {
    let card = proto::Card {
        occupations: vec![proto::OccupationSkill { occupation: "2212".to_owned(), years: 8 }],
        languages: vec![proto::LanguageSkill { language: "ru".to_owned(), level: proto::LanguageLevel::C2.into() }],
        licence_state: proto::LicenceState::Recognised.into(),
        wished_regions: vec![],
        household_size: 4,
        earliest_start_date: None,
        looking: true,
        ..Default::default()
    };
    proto::RegisterRelocantRequest { card: Some(card), phone: "+77011234567".to_owned(), ..registration() }
}

/// A BIN that no other sample has.
pub fn bin() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    loop {
        let digits = format!("9401400{:04}", COUNT.fetch_add(1, Ordering::Relaxed));
        let found = (0..10).map(|check| format!("{digits}{check}")).find(|bin| bin.parse::<relocation_registry::employers::Bin>().is_ok());
        if let Some(bin) = found {
            return bin;
        }
    }
}

/// A hospital's vacancy for doctors, with flats.
pub fn vacancy(employer_id: &str, openings: i32, homes: i32) -> proto::OpenVacancyRequest {
    proto::OpenVacancyRequest {
        request_id: request_id(),
        validate_only: false,
        employer_id: employer_id.to_owned(),
        occupation: "2212".to_owned(),
        region_code: "KZ-10".to_owned(),
        settlement: "Аягөз".to_owned(),
        openings,
        pay_min_minor: 40_000_000,
        pay_max_minor: 70_000_000,
        currency: "KZT".to_owned(),
        languages: vec![proto::LanguageSkill { language: "ru".to_owned(), level: proto::LanguageLevel::B2.into() }],
        licence_required: true,
        closing_date: in_days(90),
        homes: vec![proto::Home {
            kind: proto::HomeKind::Apartment.into(),
            count: homes,
            rooms: 2,
            people: 4,
            rent_minor: 0,
            available_from_date: in_days(0),
            ..Default::default()
        }],
        external_ref: String::new(),
        allowances: None,
    }
}

/// The same vacancy as an employer's own system says it, for nurses, so that it is not what the doctors of a case are matched to.
pub fn import(employer_id: &str, external_ref: &str, openings: i32) -> proto::ImportVacancyRequest {
    let said = vacancy(employer_id, openings, 2);
    proto::ImportVacancyRequest {
        request_id: request_id(),
        validate_only: false,
        employer_id: said.employer_id,
        occupation: "2221".to_owned(),
        region_code: said.region_code,
        settlement: said.settlement,
        openings: said.openings,
        pay_min_minor: said.pay_min_minor,
        pay_max_minor: said.pay_max_minor,
        currency: said.currency,
        languages: said.languages,
        licence_required: said.licence_required,
        closing_date: said.closing_date,
        homes: said.homes,
        external_ref: external_ref.to_owned(),
        allowances: Some(proto::Allowances { lifting_mci: 100, rural_supplement_percent: 25, housing_loan: true, service_years: 3 }),
    }
}

/// A registration centre that is open at all hours, also on holidays, with places for two in a slot.
pub fn center(center_id: &str) -> proto::OpenCenterRequest {
    let all_day = || ("00:00".to_owned(), "24:00".to_owned());
    let hours = (1..=7).map(|weekday| proto::OpeningHours { weekday, opens: all_day().0, closes: all_day().1 });
    let special = (-1..8).map(|days| proto::SpecialDay { date: in_days(days), opens: all_day().0, closes: all_day().1 });
    let offer = |service: proto::ServiceKind, usual_minutes, places_per_slot| proto::ServiceOffer {
        service: service.into(),
        usual_minutes,
        places_per_slot,
    };
    proto::OpenCenterRequest {
        request_id: request_id(),
        validate_only: false,
        center_id: center_id.to_owned(),
        region_code: "KZ-75".to_owned(),
        plan: Some(proto::CenterPlan {
            name: "Алматы, 1".to_owned(),
            address: "пр. Абая, 1".to_owned(),
            counters: 20,
            slot_minutes: 15,
            hours: hours.collect(),
            special_days: special.collect(),
            services: vec![
                offer(proto::ServiceKind::Registration, 6, 2),
                offer(proto::ServiceKind::Permit, 20, 1),
                offer(proto::ServiceKind::Information, 3, 0),
            ],
            priorities: vec![proto::PriorityRule { kind: proto::PriorityKind::FamilyWithInfant.into(), head_start_minutes: 60 }],
        }),
    }
}
