//! What holds for every text and for every zone that an issuer can print.

use ::mrz::{Date, MrvAFields, MrvBFields, MrzDate, Td1Fields, Td2Fields, Td3Fields};
use chrono::Datelike as _;
use proptest::prelude::*;

use super::*;

/// Somebody who was born, and a document that ends.
#[derive(Debug, Clone)]
struct Holder {
    family: String,
    given: String,
    number: String,
    personal: String,
    birth: NaiveDate,
    expiry: NaiveDate,
    sex: ::mrz::Sex,
}

fn date(on: NaiveDate) -> MrzDate {
    MrzDate::Calendar(Date::new(on.year(), on.month(), on.day()))
}

fn between(first: &str, days: i64) -> impl Strategy<Value = NaiveDate> + use<> {
    let first = day(first);
    (0..days).prop_map(move |after| first + chrono::Duration::days(after))
}

fn holders() -> impl Strategy<Value = Holder> {
    let sexes = prop_oneof![Just(::mrz::Sex::Male), Just(::mrz::Sex::Female), Just(::mrz::Sex::Unspecified)];
    // A hundred years until today, and from 2000 on for as long.
    let days = (between("1926-11-25", 36_525), between("2000-01-01", 36_524));
    ("[A-Z]{1,9}( [A-Z]{1,5})?", "[A-Z]{1,6}( [A-Z]{1,5})?", "[A-Z0-9]{1,9}", "[A-Z0-9]{1,7}", days, sexes)
        .prop_map(|(family, given, number, personal, (birth, expiry), sex)| Holder { family, given, number, personal, birth, expiry, sex })
}

macro_rules! fields {
    ($kind:ident, $holder:expr, $($more:tt)*) => {
        $kind {
            issuing_country: "UTO".into(),
            document_number: $holder.number.clone(),
            surname: $holder.family.clone(),
            given_names: $holder.given.clone(),
            nationality: "UTO".into(),
            date_of_birth: date($holder.birth),
            sex: $holder.sex,
            date_of_expiry: date($holder.expiry),
            $($more)*
            ..Default::default()
        }
    };
}

fn is_of(text: &str, holder: &Holder) -> Result<Zone, TestCaseError> {
    let zone = read(text, today()).map_err(|found| TestCaseError::fail(format!("{found:?} {text}")))?;
    let latin = zone.latin.clone().unwrap();
    prop_assert_eq!(latin.family.expose(), &holder.family);
    prop_assert_eq!(latin.given.expose(), &holder.given);
    prop_assert_eq!(zone.number.expose(), &holder.number);
    prop_assert_eq!(*zone.birth_on.expose(), holder.birth);
    prop_assert_eq!(zone.expires_on.as_ref().map(|on| *on.expose()), Some(holder.expiry));
    let sex = match zone.sex.as_ref().map(|sex| *sex.expose()) {
        Some(Sex::Male) => ::mrz::Sex::Male,
        Some(Sex::Female) => ::mrz::Sex::Female,
        None => ::mrz::Sex::Unspecified,
    };
    prop_assert_eq!(sex, holder.sex);
    Ok(zone)
}

/// A zone that is near to a right one: a specimen with a few characters changed.
fn near_zones() -> impl Strategy<Value = String> {
    let specimens = prop::sample::select(vec![TD1, TD1_LONG, TD2, TD3, MRV_A, MRV_B, RUSSIAN_FOREIGN, RUSSIAN_INTERNAL]);
    (specimens, prop::collection::vec((any::<prop::sample::Index>(), "[A-Z0-9<]"), 0..6)).prop_map(|(text, changes)| {
        let mut text = text.to_owned();
        for (at, put) in changes {
            let at = at.index(text.len());
            text.replace_range(at..=at, &put);
        }
        text
    })
}

fn is_bounded(text: &str) -> Result<(), TestCaseError> {
    match read(text, today()) {
        Err(found) => prop_assert!((1..=8).contains(&found.len())),
        Ok(zone) => {
            let names = zone.latin.iter().chain(&zone.cyrillic);
            let mut texts: Vec<String> = names.flat_map(|names| [names.family.expose().clone(), names.given.expose().clone()]).collect();
            texts.extend([zone.number.expose().clone(), zone.issuing_country.clone(), zone.nationality.clone()]);
            texts.extend(zone.personal_number.iter().map(|number| number.expose().clone()));
            prop_assert!(texts.iter().all(|text| text.chars().count() <= 39));
            prop_assert!(!zone.number.expose().is_empty() && *zone.birth_on.expose() <= today());
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn a_card_of_three_lines_is_read_as_printed(holder in holders()) {
        let zone = is_of(&::mrz::format_td1(&fields!(Td1Fields, holder, optional_data_1: Some(holder.personal.clone()),)), &holder)?;
        prop_assert_eq!(zone.personal_number.as_ref().map(Personal::expose), Some(&holder.personal));
    }

    #[test]
    fn a_card_with_a_long_number_is_read_as_printed(holder in holders(), number in "[A-Z0-9]{10,20}") {
        let holder = Holder { number, ..holder };
        is_of(&::mrz::format_td1(&fields!(Td1Fields, holder,)), &holder)?;
    }

    #[test]
    fn a_card_of_two_lines_is_read_as_printed(holder in holders()) {
        let zone = is_of(&::mrz::format_td2(&fields!(Td2Fields, holder, optional_data: Some(holder.personal.clone()),)), &holder)?;
        prop_assert_eq!(zone.personal_number.as_ref().map(Personal::expose), Some(&holder.personal));
    }

    #[test]
    fn a_passport_is_read_as_printed(holder in holders()) {
        let zone = is_of(&::mrz::format_td3(&fields!(Td3Fields, holder, personal_number: Some(holder.personal.clone()),)), &holder)?;
        prop_assert_eq!(zone.personal_number.as_ref().map(Personal::expose), Some(&holder.personal));
    }

    #[test]
    fn visas_are_read_as_printed(holder in holders()) {
        is_of(&::mrz::format_mrv_a(&fields!(MrvAFields, holder,)), &holder)?;
        is_of(&::mrz::format_mrv_b(&fields!(MrvBFields, holder,)), &holder)?;
    }

    #[test]
    fn a_russian_internal_passport_is_read_as_printed(
        family in "[А-ЯЁ][а-яё]{0,11}",
        given in "[А-ЯЁ][а-яё]{0,9}",
        patronymic in "[А-ЯЁ][а-яё]{0,9}",
        number in "[0-9]{10}",
        department in "[0-9]{6}",
        birth in between("1926-11-25", 36_525),
        issued in between("2011-07-01", 5_000),
    ) {
        let code = |name: &str| russian::encode(name).unwrap();
        let names = format!("{}<<{}<{}", code(&family), code(&given), code(&patronymic));
        let (series, rest) = number.split_at(3);
        let (fourth, rest) = rest.split_at(1);
        let (birth_text, issued_text) = (birth.format("%y%m%d"), issued.format("%y%m%d"));
        let text = format!("PNRUS{names:<<39}\n{series}{rest}0RUS{birth_text}0M<<<<<<<{fourth}{issued_text}{department}<00");
        // In the sums a filler counts as zero, so the digit of the open expiry date may be either.
        let zone = read(&book(&text), today()).unwrap();
        prop_assert_eq!(zone.number.expose(), &number);
        prop_assert_eq!((*zone.birth_on.expose(), *zone.issued_on.unwrap().expose()), (birth, issued));
        prop_assert_eq!(zone.department_code.unwrap().expose().replace('-', ""), department);
        let cyrillic = zone.cyrillic.unwrap();
        prop_assert_eq!(cyrillic.family.expose(), &family);
        prop_assert_eq!(cyrillic.given.expose(), &given);
        prop_assert_eq!(cyrillic.patronymic.as_ref().map(Personal::expose), Some(&patronymic));
    }

    #[test]
    fn no_text_makes_it_panic(text in any::<String>()) {
        is_bounded(&text)?;
    }

    #[test]
    fn no_text_in_the_shape_of_a_zone_makes_it_panic(text in "([A-Z0-9<]{30}\n){3}|[IACV][A-Z0-9<]{71}|[PV][A-Z0-9<]{43}\r\n[A-Z0-9<]{44}|PNRUS[A-Z0-9<]{83}") {
        is_bounded(&text)?;
    }

    #[test]
    fn no_changed_specimen_makes_it_panic(text in near_zones()) {
        is_bounded(&text)?;
    }
}
