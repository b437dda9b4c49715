//! Published and computed specimens, each check digit of them made wrong, and what a zone may not say.

use super::*;

fn names(names: Option<&Names>) -> (&str, &str, Option<&str>) {
    let names = names.unwrap();
    (names.family.expose(), names.given.expose(), names.patronymic.as_ref().map(|name| name.expose().as_str()))
}

#[test]
fn the_specimens_of_all_formats_are_read() {
    for (text, format, kind, number, birth, expiry) in [
        (TD1, Format::Td1, Kind::IdentityCard, "D23145890", "1974-08-12", "2012-04-15"),
        (TD1_LONG, Format::Td1, Kind::IdentityCard, "D23145890XYZ", "1974-08-12", "2012-04-15"),
        (TD2, Format::Td2, Kind::IdentityCard, "D23145890", "1974-08-12", "2012-04-15"),
        (TD3, Format::Td3, Kind::Passport, "L898902C3", "1974-08-12", "2012-04-15"),
        // Last days are always of this century, so a visa of 1994 reads as one of 2094.
        (MRV_A, Format::MrvA, Kind::Visa, "L898902C", "1969-08-06", "2094-06-23"),
        (MRV_B, Format::MrvB, Kind::Visa, "L898902C", "1969-08-06", "2094-06-23"),
    ] {
        let zone = zone(text);
        assert_eq!((zone.format, zone.kind, zone.number.expose().as_str()), (format, kind, number));
        assert_eq!((*zone.birth_on.expose(), *zone.expires_on.unwrap().expose()), (day(birth), day(expiry)));
        assert_eq!(names(zone.latin.as_ref()), ("ERIKSSON", "ANNA MARIA", None));
        assert_eq!((zone.issuing_country.as_str(), zone.nationality.as_str()), ("UTO", "UTO"));
        assert_eq!(*zone.sex.unwrap().expose(), Sex::Female);
        assert_eq!((zone.truncated, zone.issued_on, zone.cyrillic, zone.department_code, zone.iin), (false, None, None, None, None));
        assert_eq!(zone.personal_number.is_some(), format == Format::Td3);
    }
    assert_eq!(zone(TD3).personal_number.unwrap().expose(), "ZE184226B");
}

#[test]
fn a_russian_passport_for_travelling_is_read_in_both_booklets() {
    // The old booklet has a filler for the digit of the empty personal number, the biometric one a zero.
    for text in [RUSSIAN_FOREIGN.to_owned(), with(RUSSIAN_FOREIGN, 2, 43, "<")] {
        let zone = zone(&text);
        assert_eq!((zone.kind, zone.number.expose().as_str()), (Kind::Passport, "750000001"));
        assert_eq!(names(zone.latin.as_ref()), ("SHCHELOKOVA", "IULIIA", None));
        assert_eq!((*zone.birth_on.expose(), *zone.expires_on.unwrap().expose()), (day("1999-01-31"), day("2033-02-14")));
        assert_eq!((zone.personal_number, zone.cyrillic), (None, None));
    }
}

#[test]
fn russian_internal_passports_are_read_with_their_cyrillic_names() {
    for (text, number, family, given, patronymic, birth, issued, department, sex) in [
        (RUSSIAN_INTERNAL, "4510123456", "Иванов", "Алексей", "Ильич", "1985-02-28", "2011-07-01", "770-001", Sex::Male),
        (RUSSIAN_INTERNAL_2, "0404000001", "Щёлокова", "Юлия", "Эдуардовна", "1999-01-31", "2019-02-15", "240-002", Sex::Female),
    ] {
        let zone = zone(text);
        assert_eq!((zone.format, zone.kind, zone.number.expose().as_str()), (Format::RussianInternal, Kind::InternalPassport, number));
        assert_eq!(names(zone.cyrillic.as_ref()), (family, given, Some(patronymic)));
        assert_eq!((*zone.birth_on.expose(), *zone.issued_on.unwrap().expose()), (day(birth), day(issued)));
        assert_eq!((zone.department_code.unwrap().expose().as_str(), *zone.sex.unwrap().expose()), (department, sex));
        assert_eq!((zone.latin, zone.expires_on, zone.personal_number, zone.truncated), (None, None, None, false));
        assert_eq!((zone.issuing_country.as_str(), zone.nationality.as_str()), ("RUS", "RUS"));
    }
}

#[test]
fn lines_may_be_parted_by_anything_or_nothing_and_be_in_lower_case() {
    for text in [TD1, TD1_LONG, TD2, TD3, MRV_A, MRV_B, RUSSIAN_FOREIGN, RUSSIAN_INTERNAL, RUSSIAN_INTERNAL_2] {
        let as_printed = zone(text);
        for sent in [
            text.replace('\n', "\r\n"),
            text.replace('\n', "\r"),
            text.replace('\n', ""),
            text.replace('\n', "  \n\n  "),
            text.replace('\n', "\t"),
            format!("\u{a0} {text}\r\n "),
            text.to_lowercase(),
        ] {
            assert_eq!(zone(&sent), as_printed, "{sent}");
        }
    }
}

#[test]
fn each_wrong_check_digit_of_each_format_is_named() {
    for (text, line, position, name) in [
        (TD1, 1, 15, "of the document number, line 1 position 15"),
        (TD1, 2, 7, "of the birth date, line 2 position 7"),
        (TD1, 2, 15, "of the expiry date, line 2 position 15"),
        (TD1, 2, 30, "of the upper and middle lines, line 2 position 30"),
        (TD1_LONG, 1, 19, "of the long document number, line 1 after the number's end"),
        (TD2, 2, 10, "of the document number, line 2 position 10"),
        (TD2, 2, 20, "of the birth date, line 2 position 20"),
        (TD2, 2, 28, "of the expiry date, line 2 position 28"),
        (TD2, 2, 36, "of the whole line, line 2 position 36"),
        (TD3, 2, 10, "of the document number, line 2 position 10"),
        (TD3, 2, 20, "of the birth date, line 2 position 20"),
        (TD3, 2, 28, "of the expiry date, line 2 position 28"),
        (TD3, 2, 43, "of the personal number, line 2 position 43"),
        (TD3, 2, 44, "of the whole line, line 2 position 44"),
        (MRV_A, 2, 10, "of the document number, line 2 position 10"),
        (MRV_A, 2, 20, "of the birth date, line 2 position 20"),
        (MRV_A, 2, 28, "of the expiry date, line 2 position 28"),
        (MRV_B, 2, 10, "of the document number, line 2 position 10"),
        (MRV_B, 2, 20, "of the birth date, line 2 position 20"),
        (MRV_B, 2, 28, "of the expiry date, line 2 position 28"),
        (RUSSIAN_INTERNAL, 2, 10, "of the first three digits of the series and the number, line 2 position 10"),
        (RUSSIAN_INTERNAL, 2, 20, "of the birth date, line 2 position 20"),
        (RUSSIAN_INTERNAL, 2, 28, "of the expiry date, which is left open, line 2 position 28"),
        (RUSSIAN_INTERNAL, 2, 43, "of the last digit of the series, the day of issue and the department code, line 2 position 43"),
        (RUSSIAN_INTERNAL, 2, 44, "of the whole line, line 2 position 44"),
    ] {
        let printed = text.lines().nth(line - 1).unwrap().as_bytes()[position - 1];
        // A letter stands for its value modulo ten in the sums, but is no check digit.
        let letter = char::from(b'A' + printed.saturating_sub(b'0') % 10);
        let wrong = (b'0'..=b'9').filter(|digit| *digit != printed && !(printed == b'<' && *digit == b'0')).map(char::from).chain([letter]);
        for put in wrong {
            let found = told(&with(text, line, position, &put.to_string()));
            assert!(found.iter().any(|why| why.starts_with("has a wrong check digit: ") && why.contains(name)), "{put} {name} {found:?}");
            // Beside it only the digit of the whole line can be wrong.
            assert!(found.len() <= 2 && found.iter().all(|why| why.contains(name) || why.contains("line 2 position")), "{found:?}");
        }
    }
}

#[test]
fn one_wrong_digit_anywhere_is_found() {
    for (text, line) in
        [(TD1, 1), (TD1, 2), (TD1_LONG, 1), (TD2, 2), (TD3, 2), (RUSSIAN_FOREIGN, 2), (RUSSIAN_INTERNAL, 2), (RUSSIAN_INTERNAL_2, 2)]
    {
        for (at, printed) in text.lines().nth(line - 1).unwrap().bytes().enumerate().filter(|(_, printed)| printed.is_ascii_digit()) {
            for digit in (b'0'..=b'9').filter(|digit| *digit != printed) {
                let changed = with(text, line, at + 1, &char::from(digit).to_string());
                assert!(told(&changed).iter().all(|why| why.contains("check digit")), "{changed}");
            }
        }
    }
}

#[test]
fn all_wrong_check_digits_are_told_at_once_in_the_order_of_the_zone() {
    let wrong =
        [(10, "7"), (20, "3"), (28, "0"), (43, "2"), (44, "9")].iter().fold(TD3.to_owned(), |text, (at, put)| with(&text, 2, *at, put));
    let found = told(&wrong);
    let words = ["document number", "birth date", "expiry date", "personal number", "whole line"];
    assert_eq!(found.len(), words.len());
    assert!(found.iter().zip(words).all(|(why, word)| why.contains(word)), "{found:?}");
}

#[test]
fn a_filler_is_a_check_digit_only_where_the_rules_let_it_be_one() {
    // The digit of this number is 0, for which a filler counts in the sums.
    let zero = book(&with(TD3, 2, 1, "L898902C9"));
    let number =
        (b'0'..=b'9').map(|last| book(&with(TD3, 2, 9, &char::from(last).to_string()))).find(|text| text.contains("0UTO")).unwrap();
    assert!(read(&number, today()).is_ok() && read(&zero, today()).is_ok());
    assert!(told(&with(&number, 2, 10, "<")).iter().any(|why| why.contains("document number")));
    // The digit of this whole card is 0.
    assert!(told(&with(TD1_LONG, 2, 30, "<"))[0].contains("upper and middle lines"));
    // A personal number whose digit is 0 still has a digit.
    let personal = (b'0'..=b'9').map(|last| book(&with(TD3, 2, 37, &char::from(last).to_string())));
    let personal = personal.into_iter().find(|text| text.as_bytes()[45 + 42] == b'0').unwrap();
    assert!(read(&personal, today()).is_ok());
    assert!(told(&with(&personal, 2, 43, "<")).iter().any(|why| why.contains("personal number")));
}

#[test]
fn a_long_number_goes_on_in_the_optional_data_of_cards_only() {
    let zone_of_card = zone(TD1_LONG);
    assert_eq!((zone_of_card.number.expose().as_str(), zone_of_card.personal_number), ("D23145890XYZ", None));
    let fields = ::mrz::Td2Fields {
        issuing_country: "UTO".into(),
        document_number: "D23145890734".into(),
        surname: "STEVENSON".into(),
        given_names: "PETER".into(),
        nationality: "UTO".into(),
        date_of_birth: "1934-07-12".parse().unwrap(),
        date_of_expiry: "2095-07-12".parse().unwrap(),
        ..Default::default()
    };
    assert_eq!(zone(&::mrz::format_td2(&fields)).number.expose(), "D23145890734");
    // Eight positions of the number and its rest is not the rule, though the digit after the rest fits the whole number.
    let eight = card(&with(TD1, 1, 6, "D2314589<<0A10<"));
    assert!(told(&with(&eight, 1, 15, "<")).iter().any(|why| why.contains("long document number, line 1")));
    // Without a rest in the optional data there is no digit at all.
    assert!(told(&with(TD1, 1, 15, "<")).iter().any(|why| why.contains("long document number, line 1")));
    assert!(told(&with(TD2, 2, 10, "<")).iter().any(|why| why.contains("long document number, line 2")));
    // The passport book has no such rule.
    assert!(told(&with(TD3, 2, 10, "<")).iter().any(|why| why.contains("document number, line 2 position 10")));
}

#[test]
fn birth_dates_that_are_left_open_or_cannot_be_are_told() {
    for open in ["74<<<<", "7408<<", "<<<<<<"] {
        let found = told(&book(&with(TD3, 2, 14, open)));
        assert!(found.len() == 1 && found[0].contains("must be typed from another document"), "{found:?}");
    }
    for wrong in ["740832", "741312", "000000", "7A0812"] {
        assert!(told(&book(&with(TD3, 2, 14, wrong)))[0].contains("birth date is a day of the calendar"), "{wrong}");
    }
    let found = told(&book(&with(&with(&with(TD3, 2, 14, "740832"), 2, 21, "X"), 2, 22, "120431")));
    assert_eq!(found.len(), 3, "{found:?}");
}

#[test]
fn a_card_of_unlimited_validity_has_no_last_day_but_a_passport_needs_one() {
    assert_eq!(zone(&card(&with(TD1, 2, 9, "<<<<<<"))).expires_on, None);
    assert_eq!(zone(&with(&card(&with(TD1, 2, 9, "<<<<<<")), 2, 15, "<")).expires_on, None);
    assert_eq!(zone(&with(TD2, 2, 22, "<<<<<<<<<<<<<<6")).expires_on, None);
    // A filler is the digit of such an open date only, though the digit of this date is 0.
    let zero = |text: &str, position| {
        (1..=28)
            .map(|on| with(text, 2, position, &format!("1204{on:02}")))
            .find(|text| digit_of(at(text, (2, position, position + 5))) == "0")
    };
    assert!(told(&with(&card(&zero(TD1, 9).unwrap()), 2, 15, "<"))[0].contains("expiry date"));
    assert!(told(&with(&zero(TD2, 22).unwrap(), 2, 28, "<"))[0].contains("expiry date"));
    assert!(told(&card(&with(TD1, 2, 9, "12<<<<")))[0].contains("expiry date"));
    assert!(told(&book(&with(TD3, 2, 22, "<<<<<<")))[0].contains("expiry date"));
}

#[test]
fn names_that_fill_their_field_may_have_been_cut() {
    for (line, family, given, cut) in [
        ("P<UTONILAVADHANANANDA<<CHAYAPA<DEJTHAMRONG<K", "NILAVADHANANANDA", "CHAYAPA DEJTHAMRONG K", true),
        ("P<UTOBENNELONG<WOOLOOM<WARRAND<WARNAM<<DINGO", "BENNELONG WOOLOOM WARRAND WARNAM", "DINGO", true),
        ("P<UTOVAN<DER<MUELLEN<<MARTIN<<<<<<<<<<<<<<<<", "VAN DER MUELLEN", "MARTIN", false),
        ("P<UTOARKFREITH<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<", "ARKFREITH", "", false),
        ("P<UTOPAPANDROPOULOUSPAPANDROPOULOUSPAPANDROP", "PAPANDROPOULOUSPAPANDROPOULOUSPAPANDROP", "", true),
        // A name of two words that is not divided into two identifiers.
        ("P<UTOSATRIYA<SUDARPA<<<<<<<<<<<<<<<<<<<<<<<<", "SATRIYA SUDARPA", "", false),
    ] {
        let zone = zone(&with(TD3, 1, 1, line));
        assert_eq!((names(zone.latin.as_ref()), zone.truncated), ((family, given, None), cut));
    }
    for wrong in ["P<UTO<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<<<<<<<<<", "P<UTOER1KSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"] {
        assert!(told(&with(TD3, 1, 1, wrong))[0].contains("names hold letters only"));
    }
    // FMS order 279: a family name and given name of 37 characters leave the patronymic two.
    let long = "PNRUSROJDESTVENSKI<PREOBRAJENSKI<<IVAN<PETRO";
    let zone = zone(&with(RUSSIAN_INTERNAL, 1, 1, long));
    assert_eq!((names(zone.cyrillic.as_ref()), zone.truncated), (("Рождественски Преображенски", "Иван", Some("Петро")), true));
}

#[test]
fn countries_are_as_printed() {
    let german = zone(&book(&with(&with(TD3, 1, 3, "D<<"), 2, 11, "D<<")));
    assert_eq!((german.issuing_country.as_str(), german.nationality.as_str()), ("D", "D"));
    assert_eq!((three_letters(&german.issuing_country), three_letters("KAZ")), ("DEU", "KAZ"));
    for wrong in ["<<<", "UT<", "U<O", "UT0"] {
        assert!(told(&with(TD3, 1, 3, wrong))[0].contains("issuing country"));
        assert!(told(&with(TD3, 2, 11, wrong))[0].contains("nationality"));
    }
}

#[test]
fn the_kind_follows_from_the_code_and_the_nationality() {
    for (text, code, issuer, nationality, kind) in [
        (TD3, "PP", "RUS", "RUS", Kind::Passport),
        (TD3, "PD", "KAZ", "KAZ", Kind::Passport),
        (TD3, "PN", "KAZ", "KAZ", Kind::Passport),
        (TD3, "PR", "KAZ", "AFG", Kind::TravelDocument),
        (TD3, "PS", "TUR", "TUR", Kind::Passport),
        (TD3, "P<", "KAZ", "XXA", Kind::TravelDocument),
        (TD3, "P<", "GBR", "GBD", Kind::Passport),
        (TD1, "ID", "KAZ", "KAZ", Kind::IdentityCard),
        (TD1, "ID", "KAZ", "RUS", Kind::ResidenceCard),
        (TD1, "ID", "KAZ", "XXA", Kind::TravelDocument),
        (TD1, "AR", "D<<", "XXB", Kind::ResidenceCard),
        (TD1, "ID", "D<<", "D<<", Kind::IdentityCard),
        (TD2, "IR", "POL", "POL", Kind::ResidenceCard),
    ] {
        let (line, at) = if text == TD1 { (2, 16) } else { (2, 11) };
        let changed = with(&with(&with(text, 1, 1, code), 1, 3, issuer), line, at, nationality);
        assert_eq!(zone(&changed).kind, kind, "{code} {issuer} {nationality}");
    }
}

#[test]
fn kazakh_documents_give_the_iin_when_it_is_one() {
    let passport = |number: &str| book(&with(&with(TD3, 1, 3, "KAZ"), 2, 29, number));
    assert_eq!(zone(&passport("791028302728<<")).iin, "791028302728".parse().ok());
    assert_eq!(zone(&passport("791028302728<<")).personal_number.unwrap().expose(), "791028302728");
    assert_eq!(zone(&passport("791028302729<<")).iin, None);
    let id = card(&with(&with(TD1, 1, 3, "KAZ"), 1, 16, "791028302728<<<"));
    assert_eq!(zone(&id).iin, "791028302728".parse().ok());
    // Twelve digits of another issuer are its own.
    assert_eq!(zone(&id.replace("I<KAZ", "I<UTO")).iin, None);
}

#[test]
fn an_interior_filler_is_no_part_of_the_number() {
    assert_eq!(zone(&book(&with(TD3, 2, 1, "AB<123456"))).number.expose(), "AB123456");
    assert!(told(&book(&with(TD3, 2, 1, "<AB123456")))[0].contains("first position"));
    assert!(told(&book(&with(TD3, 2, 1, "<<<<<<<<<")))[0].contains("first position"));
}

#[test]
fn each_wrong_part_of_a_russian_internal_passport_is_told() {
    let parts = [
        (1, 6, "IVAN0V", "names hold"),
        (2, 1, "4A1", "series and number"),
        (2, 9, "<", "series and number"),
        (2, 29, "X", "series and number"),
        (2, 30, "271101", "day of issue"),
        (2, 30, "110732", "day of issue"),
        (2, 30, "<<<<<<", "day of issue"),
        (2, 36, "77A001", "department code"),
        (2, 39, "0<1", "department code"),
    ];
    for (line, position, put, word) in parts {
        let found = told(&book(&with(RUSSIAN_INTERNAL, line, position, put)));
        assert!(found.len() == 1 && found[0].contains(word), "{put} {found:?}");
    }
    let all = parts.iter().fold(RUSSIAN_INTERNAL.to_owned(), |text, (line, position, put, _)| with(&text, *line, *position, put));
    assert_eq!(told(&book(&all)).len(), 4);
    assert!(read(&book(&with(RUSSIAN_INTERNAL, 2, 30, "261124")), today()).is_ok());
}

#[test]
fn what_is_no_zone_is_refused_in_words_of_its_own() {
    for (text, word) in [
        ("", "three lines of 30"),
        ("P<UTO", "three lines of 30"),
        ("a\nb\nc", "three lines of 30"),
        (&TD3[1..], "three lines of 30"),
        (&TD3.replace("L898902C3", "L898902C-"), "three lines of 30"),
        (&TD3.replace('\n', " \n x \n"), "three lines of 30"),
        (&"<".repeat(257), "three lines of 30"),
        (&"<".repeat(88), "first letter"),
        (&TD3.replace("P<UTO", "I<UTO"), "first letter"),
        (&TD1.replace("I<UTO", "P<UTO"), "first letter"),
        ("ЗБГЕЩУКШЛЫЫЩТ", "Latin layout"),
    ] {
        let found = told(text);
        assert!(found.len() == 1 && found[0].contains(word), "{found:?}");
    }
}

#[test]
fn debug_prints_nothing_about_the_person() {
    let kazakh = book(&with(&with(TD3, 1, 3, "KAZ"), 2, 29, "791028302728<<"));
    for text in [TD1, TD2, TD3, MRV_A, RUSSIAN_INTERNAL, RUSSIAN_INTERNAL_2, &kazakh] {
        let printed = format!("{:?}", zone(text));
        for value in [
            "ERIKSSON",
            "ANNA",
            "L898902C3",
            "D23145890",
            "1974",
            "2012",
            "ZE184226B",
            "Иванов",
            "Алексей",
            "4510",
            "1985",
            "2011",
            "770",
            "7910",
            "ale",
        ] {
            assert!(!printed.contains(value), "{value} {printed}");
        }
    }
}
