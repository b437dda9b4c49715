//! The words of the console and what its pages load, without a server.

use std::collections::BTreeSet;

use fluent_bundle::FluentResource;
use strum::IntoEnumIterator as _;

use super::{pages::Name, words::Words, *};
use crate::{classifiers::Region, dues::DueKind, matches::MatchState, permits::PermitState, telemetry::names};

const FILES: [&str; 3] = [include_str!("kk.ftl"), include_str!("ru.ftl"), include_str!("en.ftl")];

fn keys(file: &str) -> BTreeSet<&str> {
    assert!(FluentResource::try_new(file.to_owned()).is_ok(), "a line cannot be read");
    file.lines().filter_map(|line| Some(line.split_once(" = ")?.0)).collect()
}

#[test]
fn every_word_is_there_in_three_languages() {
    let [kk, ru, en] = FILES.map(keys);
    assert!(kk == ru && ru == en, "{:?}", kk.symmetric_difference(&en).chain(ru.symmetric_difference(&en)).collect::<Vec<_>>());
}

#[test]
fn whatever_a_page_can_name_has_its_word() {
    let known = keys(FILES[2]);
    let pages = Name::iter().flat_map(|name| ["page", "lead"].map(|part| format!("{part}-{}", name.as_str())));
    let regions = Region::iter().map(|region| format!("region-{}", region.code()));
    let states = PermitState::iter().map(|state| format!("permit-{state}")).chain(DueKind::iter().map(|kind| format!("due-{kind}")));
    let matches =
        MatchState::iter().flat_map(|state| [format!("match-{state}"), format!("column-match_{}", state.to_string().to_lowercase())]);
    let measured = names::INSTRUMENTS.iter().filter(|one| one.kind != names::Kind::Histogram && !programme::is_about_people(**one));
    let measured = measured.map(|one| format!("metric-{}", one.name.replace(['.', '_'], "-")));
    for key in pages.chain(regions).chain(states).chain(matches).chain(measured) {
        assert!(known.contains(key.as_str()), "{key}");
    }
}

#[test]
fn numbers_and_durations_are_written_as_people_of_the_language_write_them() {
    let said = |language, number, decimals| Words(language).number(number, decimals);
    assert_eq!(said(Language::English, 1_234_567.891, 1), "1,234,567.9");
    assert_eq!(said(Language::Russian, 12_345.6, 1), "12\u{a0}345,6");
    assert_eq!(said(Language::Kazakh, -123.0, 0), "-123");
    let lasted = |millis| Words(Language::English).duration(std::time::Duration::from_micros(millis));
    assert_eq!([lasted(250), lasted(2_500), lasted(1_500_000), lasted(600_000_000)], ["250 µs", "2.5 ms", "1.5 s", "10 min"]);
}

#[test]
fn a_page_loads_little_and_nothing_from_elsewhere() {
    use std::io::Write as _;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(STYLE.as_bytes()).unwrap();
    packed.write_all(SCRIPT.as_bytes()).unwrap();
    let size = packed.finish().unwrap().len();
    assert!(size < 8 * 1024, "{size} bytes");
    for file in [STYLE, SCRIPT] {
        assert!(!file.contains("http:") && !file.contains("https:") && !file.contains("url("));
    }
}
