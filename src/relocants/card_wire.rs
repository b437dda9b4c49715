//! A card on the wire, read and written; each enum by a total match.

use super::{Card, Diploma, DiplomaKind, HomeNeeds, LeastPay, LicenceState, Recognition, diplomas, rules};
use crate::{
    api::{Fields, date},
    classifiers::{Cefr, Language, Occupation, Region},
    error::Why,
    proto,
};

/// What a region must look like.
pub const REGION: Why = Why::Unknown("an ISO 3166-2:KZ code such as KZ-10");

/// Reads languages with their levels.
pub fn read_languages(fields: &mut Fields, at: &str, languages: Vec<proto::LanguageSkill>) -> Vec<(Language, Cefr)> {
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
pub fn write_languages(languages: Vec<(Language, Cefr)>) -> Vec<proto::LanguageSkill> {
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

/// A card.
pub fn read_card(fields: &mut Fields, card: proto::Card) -> Card {
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
        let region: Option<Region> = fields.required(&format!("card.wished_regions[{at}]"), code, REGION);
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
    let diplomas =
        card.diplomas.into_iter().enumerate().filter_map(|(at, one)| read_diploma(fields, &format!("card.diplomas[{at}]"), one)).collect();
    let least_pay = card.minimum_pay.and_then(|pay| {
        let currency = fields.required("card.minimum_pay.currency", &pay.currency, Why::Format("an ISO 4217 code such as KZT"));
        Some(LeastPay { minor: pay.minor, currency: currency? })
    });
    let home_needs = card.home_needs.map(|needs| HomeNeeds {
        rooms: needs.rooms,
        step_free: needs.step_free,
        children: needs.children,
        pets: needs.pets,
    });
    let card = Card {
        occupations,
        languages: read_languages(fields, "card.languages", card.languages),
        licence,
        wished_regions,
        household_size: card.household_size,
        earliest_start_on: fields.optional_day("card.earliest_start_date", card.earliest_start_date),
        looking: card.looking,
        diplomas,
        least_pay,
        home_needs,
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
    let main = card.occupations.first().map(|(occupation, _)| *occupation);
    proto::Card {
        diplomas: card.diplomas.iter().map(|one| write_diploma(*one, main)).collect(),
        minimum_pay: card.least_pay.map(|pay| proto::MinimumPay { minor: pay.minor, currency: pay.currency.to_string() }),
        home_needs: card.home_needs.map(|needs| proto::HomeNeeds {
            rooms: needs.rooms,
            step_free: needs.step_free,
            children: needs.children,
            pets: needs.pets,
        }),
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

fn read_diploma(fields: &mut Fields, at: &str, diploma: proto::Diploma) -> Option<Diploma> {
    let kind = fields.code(&format!("{at}.kind"), diploma.kind, "a kind of diploma", |kind| match kind {
        proto::DiplomaKind::Unspecified => None,
        proto::DiplomaKind::SecondaryVocational => Some(DiplomaKind::SecondaryVocational),
        proto::DiplomaKind::Bachelor => Some(DiplomaKind::Bachelor),
        proto::DiplomaKind::Specialist => Some(DiplomaKind::Specialist),
        proto::DiplomaKind::Master => Some(DiplomaKind::Master),
        proto::DiplomaKind::Doctorate => Some(DiplomaKind::Doctorate),
        proto::DiplomaKind::Residency => Some(DiplomaKind::Residency),
    });
    let country =
        fields.required(&format!("{at}.issuing_country"), &diploma.issuing_country, Why::Format("an ISO 3166-1 alpha-3 code such as RUS"));
    let recognition = match proto::DiplomaRecognition::try_from(diploma.recognition) {
        Ok(proto::DiplomaRecognition::Unspecified | proto::DiplomaRecognition::None) => Some(Recognition::None),
        Ok(proto::DiplomaRecognition::Applied) => Some(Recognition::Applied),
        Ok(proto::DiplomaRecognition::Recognised) => Some(Recognition::Recognised),
        Ok(proto::DiplomaRecognition::Refused) => Some(Recognition::Refused),
        Ok(proto::DiplomaRecognition::Automatic) => Some(Recognition::Automatic),
        Err(_) => {
            fields.fault(format!("{at}.recognition"), Why::Unknown("NONE, APPLIED, RECOGNISED, REFUSED or AUTOMATIC"));
            None
        }
    };
    let diploma = Diploma { kind: kind?, country: country?, year: diploma.year, recognition: recognition? };
    fields.faults(diplomas::fault(&diploma, at).into_iter().collect());
    Some(diploma)
}

fn write_diploma(diploma: Diploma, main: Option<Occupation>) -> proto::Diploma {
    let kind = match diploma.kind {
        DiplomaKind::SecondaryVocational => proto::DiplomaKind::SecondaryVocational,
        DiplomaKind::Bachelor => proto::DiplomaKind::Bachelor,
        DiplomaKind::Specialist => proto::DiplomaKind::Specialist,
        DiplomaKind::Master => proto::DiplomaKind::Master,
        DiplomaKind::Doctorate => proto::DiplomaKind::Doctorate,
        DiplomaKind::Residency => proto::DiplomaKind::Residency,
    };
    let recognition = match diploma.recognition {
        Recognition::None => proto::DiplomaRecognition::None,
        Recognition::Applied => proto::DiplomaRecognition::Applied,
        Recognition::Recognised => proto::DiplomaRecognition::Recognised,
        Recognition::Refused => proto::DiplomaRecognition::Refused,
        Recognition::Automatic => proto::DiplomaRecognition::Automatic,
    };
    proto::Diploma {
        kind: kind.into(),
        issuing_country: diploma.country.to_string(),
        year: diploma.year,
        recognition: recognition.into(),
        recognition_needed: main.is_some_and(|occupation| diplomas::recognition_needed(occupation, diploma.country)),
    }
}
