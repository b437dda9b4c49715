//! What is on the page, what is in the file, and what cannot be printed.

use proptest::prelude::*;

use super::{pdf::Pdf, *};
use crate::certificates::{
    letters::Face,
    render::{Fault, LONGEST, render},
    wording,
};

fn printed(certificate: &Certificate) -> Result<Vec<u8>, Fault> {
    render(certificate, &signed(certificate, &key(1)))
}

fn named(family_name: &str) -> Certificate {
    Certificate { family_name: Personal::new(family_name.to_owned()), ..specimen() }
}

#[test]
fn the_same_certificate_gives_the_same_bytes() {
    let (one, other) = (printed(&specimen()).unwrap(), printed(&specimen()).unwrap());
    assert!(one == other);
    assert!(one != printed(&named("Ким")).unwrap());
    assert!(one.len() < 64 * 1024, "{}", one.len());
}

#[test]
fn the_page_holds_what_is_certified_and_not_a_word_more() {
    let (lines, it) = (Pdf::read(&printed(&specimen()).unwrap()).text(), specimen());
    let mut expected = vec![it.issuer.kazakh.clone(), it.issuer.russian.clone()];
    let mut both = |text: wording::Both| expected.extend([text.kazakh.to_owned(), text.russian.to_owned()]);
    both(wording::HEADING);
    both(wording::CONFIRMS);
    let values = [
        "7KQ-M2P-4XD",
        "ӘҒҚҢӨҰҮҺІева-Ёлкина",
        "Гүлнәр Іңкәр",
        "Әғқңөұүһіқызы",
        "29.02.1988",
        "RUS",
        "A1B-2C3-D4E",
        "05.10.2026",
        "KZ-43-1",
        "07.10.2026",
        "04.10.2027",
    ];
    for (row, value) in wording::ROWS.iter().zip(values) {
        expected.extend([row.called.kazakh.to_owned(), row.called.russian.to_owned(), value.to_owned()]);
    }
    for text in [wording::IS_NOT, wording::CHECK, wording::HOW_TO_CHECK] {
        expected.extend([text.kazakh.to_owned(), text.russian.to_owned()]);
    }
    // A line that was broken ends with its space, so the lines joined are the text.
    assert_eq!(lines.concat(), expected.concat().replace('\n', " "));
    for value in values {
        assert!(lines.iter().any(|line| line == value), "{value} stands in one line");
    }
}

#[test]
fn the_file_says_nothing_about_the_person_beside_the_page() {
    let file = Pdf::read(&printed(&specimen()).unwrap());
    let other = Certificate { number: "ABCDEFGH2".to_owned(), birth_on: Personal::new(day(1970, 1, 1)), ..named("Ким") };
    let other = Pdf::read(&printed(&other).unwrap());
    // The metadata of two people differ in nothing but the identifiers that are made of the whole file.
    let bare = |file: &Pdf| {
        let packet = file.metadata();
        let id = packet.split("<xmpMM:InstanceID>").nth(1).unwrap().split('<').next().unwrap().to_owned();
        assert_eq!(id.len(), 24);
        packet.replace(&id, "")
    };
    assert_eq!(bare(&file), bare(&other));
    assert!(bare(&file).contains("2026-10-07T00:00:00"), "the day of issue is the file's date");
    let utf16 = |text: &str| text.encode_utf16().map(|unit| format!("{unit:04X}")).collect::<Vec<_>>().concat();
    for personal in ["ӘҒҚ", "Гүлнәр", "Іңкәр", "қызы", "29.02.1988", "1988", "A1B-2C3", "7KQ"] {
        for text in [&file.objects, &file.metadata()] {
            assert!(!text.contains(personal) && !text.to_uppercase().contains(&utf16(personal)), "{personal}");
        }
    }
}

#[test]
fn the_file_declares_both_standards_and_embeds_its_fonts() {
    let file = Pdf::read(&printed(&specimen()).unwrap());
    for declared in ["<pdfaid:part>2<", "<pdfaid:conformance>A<", "<pdfuaid:part>1<"] {
        assert!(file.metadata().contains(declared), "{declared}");
    }
    let count = |what: &str| file.objects.matches(what).count();
    assert_eq!((count("/Type/FontDescriptor"), count("/FontFile2"), count("/ToUnicode")), (2, 2, 2));
    assert_eq!((count("/Type/Page/"), count("[0 0 595.28 841.89]")), (1, 1));
    for absent in ["/JavaScript", "/URI", "/EmbeddedFile", "/Launch"] {
        assert_eq!(count(absent), 0, "{absent}");
    }
}

#[test]
fn a_row_without_a_value_is_left_out() {
    let empty = || Personal::new(String::new());
    let lines = Pdf::read(&printed(&Certificate { given_names: empty(), patronymic: empty(), ..named("Suharto") }).unwrap()).text();
    assert!(lines.iter().any(|line| line == "Suharto"));
    assert!(!lines.iter().any(|line| line == "Отчество" || line == "Имя"));
}

#[test]
fn the_longest_names_wrap_and_stay_on_the_page() {
    for letter in ["Щ", "W", "і", "Щ-", "Щ "] {
        let name: String = letter.chars().cycle().take(LONGEST).collect();
        let name = || Personal::new(name.clone());
        let certificate = Certificate {
            given_names: name(),
            patronymic: name(),
            center: "Ш".repeat(40),
            issuer: Issuer { kazakh: "Қ".repeat(LONGEST), russian: "Р".repeat(LONGEST), ..specimen().issuer },
            ..named(name().expose())
        };
        let lines = Pdf::read(&printed(&certificate).unwrap()).text();
        assert_eq!(lines.concat().matches(name().expose()).count(), 3, "{letter}");
    }
}

#[test]
fn no_line_is_wider_than_its_column_and_the_words_are_whole() {
    let face = Face::bold().unwrap();
    for text in
        ["ПЕТРОВ-ВОДКИН фон дер ШУЛЕНБУРГ-ЛИППЕ и К", &"Щ".repeat(120), "а б в г д е ж з и к л м н о п р с т у ф х ц ч ш щ ъ ы ь э ю я", ""]
    {
        let lines = face.wrap(text, 12.0, 100.0).unwrap();
        assert!(lines.iter().all(|line| face.width(line, 12.0).unwrap() <= 100.0), "{lines:?}");
        assert_eq!(lines.concat(), text);
    }
    assert_eq!(face.wrap("мама и папа", 12.0, 60.0).unwrap(), ["мама ", "и папа"], "a word of one letter does not end a line");
}

#[test]
fn a_name_typed_in_pieces_is_printed_composed() {
    let lines = Pdf::read(&printed(&named("И\u{306}осиф")).unwrap()).text();
    assert!(lines.iter().any(|line| line == "Йосиф"));
}

#[test]
fn what_the_fonts_cannot_set_is_refused_by_its_field_and_never_quoted() {
    for name in ["محمد", "משה", "王小明", "नरेंद्र", "A\u{202e}B", "A\u{0}B", "A\nB", "A\tB", "Ким\u{200b}", "🇰🇿", "\u{feff}A"]
    {
        let fault = printed(&named(name)).err().unwrap();
        assert!(matches!(fault, Fault::Unprintable("family_name")), "{name:?}: {fault}");
        assert!(!fault.to_string().contains(name));
    }
    for name in ["გიორგი", "Հայկ", "Ξένος", "Nguyễn", "O’Neill", "Þór", "Łukasz"] {
        assert!(printed(&named(name)).is_ok(), "{name}");
    }
}

#[test]
fn what_there_is_no_room_for_is_refused() {
    assert!(matches!(printed(&named(&"А".repeat(LONGEST + 1))), Err(Fault::TooLong("family_name"))));
    let issuer = Issuer { russian: "Р".repeat(LONGEST + 1), ..specimen().issuer };
    assert!(matches!(printed(&Certificate { issuer, ..specimen() }), Err(Fault::TooLong("issuer"))));
    assert!(matches!(render(&Certificate { number: "7kq".to_owned(), ..specimen() }, "x"), Err(Fault::Number)));
    assert!(render(&specimen(), &"x".repeat(412)).is_ok());
    assert!(matches!(render(&specimen(), &"x".repeat(413)), Err(Fault::Statement)), "a denser code is harder to read");
    assert!(matches!(render(&specimen(), &"x".repeat(100_000)), Err(Fault::Statement)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_name_makes_it_panic(family_name in ".{0,140}", given_names in "\\PC{0,140}", patronymic in "[А-Яа-яӘәІіA-Za-z\u{300}-\u{36f}' -]{0,120}") {
        let [given_names, patronymic] = [given_names, patronymic].map(Personal::new);
        let _any = printed(&Certificate { given_names, patronymic, ..named(&family_name) });
    }
}
