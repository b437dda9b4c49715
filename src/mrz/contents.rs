//! What a zone says, once its check digits fit.

use ::mrz::{MrzData, PassportType};
use chrono::NaiveDate;

use super::{
    Format, Kind, Zone,
    dates::{NoDay, day},
    lines::Lines,
    names, russian, three_letters,
};
use crate::{classifiers::Sex, error::Why, seal::Personal};

const ISSUER: Why = Why::Format("a zone whose issuing country is a code of one to three letters");
const NATIONALITY: Why = Why::Format("a zone whose nationality is a code of one to three letters");
const NAMES: Why = Why::Format("a zone whose names hold letters only, the family name first");
const BIRTH: Why = Why::Format("a zone whose birth date is a day of the calendar that has been");
const BIRTH_OPEN: Why =
    Why::Format("a zone with a whole birth date; this one leaves year, month or day open, so the date must be typed from another document");
const EXPIRY: Why = Why::Format("a zone whose expiry date is a day of the calendar");
const SEX: Why = Why::Format("a zone with M, F or < for the sex");

/// ICAO Doc 9303-3, 5, part D: codes for persons without a defined nationality. Stateless, refugee (two kinds), unspecified.
const WITHOUT_NATIONALITY: [&str; 4] = ["XXA", "XXB", "XXC", "XXX"];

/// ICAO Doc 9303-4, 4.4: passports for those who need not be nationals of the issuer.
const NOT_OF_NATIONALS: [PassportType; 4] =
    [PassportType::Refugee, PassportType::Alien, PassportType::Stateless, PassportType::LaissezPasser];

/// The zone, or everything in it that cannot be.
pub(super) fn zone(lines: &Lines, parsed: &MrzData, today: NaiveDate) -> Result<Zone, Vec<Why>> {
    let mut faults = Vec::new();
    if !is_code(&parsed.issuing_country) {
        faults.push(ISSUER);
    }
    if !is_code(&parsed.nationality) {
        faults.push(NATIONALITY);
    }
    let birth_on = day(parsed.date_of_birth, Some(today)).map_err(|no_day| if no_day == NoDay::Open { BIRTH_OPEN } else { BIRTH });
    let birth_on = kept(birth_on, &mut faults);
    let expires_on = kept(expires_on(lines, parsed), &mut faults);
    let sex = kept(sex(parsed.sex), &mut faults);
    let field = name_field(lines);
    let (mut latin, mut internal) = (None, None);
    if lines.format == Format::RussianInternal {
        match russian::internal(lines, parsed, today) {
            Ok(read) => internal = Some(read),
            Err(found) => faults.extend(found),
        }
    } else {
        latin = kept(names::latin(field).ok_or(NAMES), &mut faults);
    }
    let (Some(birth_on), Some(expires_on), Some(sex), true) = (birth_on, expires_on, sex, faults.is_empty()) else { return Err(faults) };
    let mut zone = Zone {
        format: lines.format,
        kind: kind(lines.format, parsed),
        issuing_country: parsed.issuing_country.clone(),
        number: Personal::new(without_fillers(parsed.full_document_number())),
        expires_on: expires_on.map(Personal::new),
        issued_on: None,
        birth_on: Personal::new(birth_on),
        sex: sex.map(Personal::new),
        nationality: parsed.nationality.clone(),
        latin,
        cyrillic: None,
        personal_number: None,
        iin: None,
        truncated: names::fill(field),
        department_code: None,
    };
    if let Some(internal) = internal {
        zone.cyrillic = Some(internal.names);
        zone.number = internal.number;
        zone.issued_on = Some(internal.issued_on);
        zone.department_code = Some(internal.department_code);
    } else if zone.kind != Kind::Visa {
        let mut optional = [&parsed.optional_data_1, &parsed.optional_data_2].into_iter().flatten();
        zone.iin = optional.clone().find_map(|data| (zone.issuing_country == "KAZ").then(|| data.parse().ok()).flatten());
        zone.personal_number = optional.next().map(|data| Personal::new(data.clone()));
    }
    Ok(zone)
}

/// The value, or its fault among the others.
fn kept<T>(value: Result<T, Why>, faults: &mut Vec<Why>) -> Option<T> {
    value.map_err(|fault| faults.push(fault)).ok()
}

/// ICAO Doc 9303-3, 5: three letters, or `D` alone. The parser has cut the fillers at the end.
fn is_code(code: &str) -> bool {
    three_letters(code).len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// Spaces and other marks of the visual number are fillers in the zone, and the registry's spelling has none. ICAO Doc 9303-4, 4.2.2.2.
fn without_fillers(number: &str) -> String {
    number.replace('<', "")
}

/// A Russian internal passport has no last day, and there are cards of unlimited validity that leave it open.
fn expires_on(lines: &Lines, parsed: &MrzData) -> Result<Option<NaiveDate>, Why> {
    match (day(parsed.date_of_expiry, None), lines.format) {
        (Ok(day), _) => Ok(Some(day)),
        (Err(NoDay::Open), Format::RussianInternal | Format::Td1 | Format::Td2) if parsed.date_of_expiry == ::mrz::MrzDate::Unknown => {
            Ok(None)
        }
        (Err(_), _) => Err(EXPIRY),
    }
}

fn sex(sex: ::mrz::Sex) -> Result<Option<Sex>, Why> {
    match sex {
        ::mrz::Sex::Male => Ok(Some(Sex::Male)),
        ::mrz::Sex::Female => Ok(Some(Sex::Female)),
        ::mrz::Sex::Unspecified => Ok(None),
        ::mrz::Sex::NonConformant(_) | _ => Err(SEX),
    }
}

fn name_field(lines: &Lines) -> &str {
    match lines.format {
        Format::Td1 => lines.at(3, 1..=30),
        Format::Td2 | Format::MrvB => lines.at(1, 6..=36),
        Format::Td3 | Format::RussianInternal | Format::MrvA => lines.at(1, 6..=44),
    }
}

/// From the document code and from whether the holder is a national of the issuer. Second letters of cards are the issuer's own, save for `R`, which
/// residence permits share. Before 2026 second letters of passports were the issuer's own too, so they count only for those who are not its nationals.
fn kind(format: Format, parsed: &MrzData) -> Kind {
    let of_national = ::mrz::codes_equivalent(&parsed.issuing_country, &parsed.nationality);
    let without_nationality = WITHOUT_NATIONALITY.contains(&parsed.nationality.as_str());
    match format {
        Format::MrvA | Format::MrvB => Kind::Visa,
        Format::RussianInternal => Kind::InternalPassport,
        Format::Td3 => {
            let not_of_nationals = parsed.passport_type().is_some_and(|is| NOT_OF_NATIONALS.contains(&is));
            if without_nationality || (not_of_nationals && !of_national) { Kind::TravelDocument } else { Kind::Passport }
        }
        Format::Td1 | Format::Td2 if parsed.document_type.ends_with('R') => Kind::ResidenceCard,
        Format::Td1 | Format::Td2 if without_nationality => Kind::TravelDocument,
        Format::Td1 | Format::Td2 if of_national => Kind::IdentityCard,
        Format::Td1 | Format::Td2 => Kind::ResidenceCard,
    }
}
