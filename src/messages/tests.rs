//! Which language is chosen, and how texts read. That nothing is missing is tested where all reasons and sources are at hand, in `tests/it/messages.rs`.

use strum::IntoEnumIterator as _;

use super::*;

fn say(language: Language, reason: &str, facts: &[(&str, &str)]) -> String {
    language.reason(reason, facts.iter().copied()).unwrap()
}

#[test]
fn the_language_that_weighs_most_is_spoken() {
    use Language as L;
    for (asked, spoken) in [
        ("kk", L::Kazakh),
        ("ru-KZ,ru;q=0.9", L::Russian),
        ("KK-Cyrl-KZ", L::Kazakh),
        ("en;q=0.5, kk;q=0.7, ru;q=0.6", L::Kazakh),
        ("ru;q=0.8,kk;q=0.8", L::Russian),
        ("de, fr;q=0.9, kk; q=0.1", L::Kazakh),
        ("uz,ru;Q=0.3", L::Russian),
        // Anything rather than Russian.
        ("ru;q=0.5, *", L::English),
    ] {
        assert_eq!(Language::preferred(asked), spoken, "{asked}");
    }
}

#[test]
fn what_is_not_known_refused_or_unreadable_is_english() {
    for asked in ["", "*", "de", "kk;q=0", "ru;q=2", "ru;q=-1", "ru;q=NaN", "kk;level=1", ";,;q=,-", "русский", "kaz", "ruthless"] {
        assert_eq!(Language::preferred(asked), Language::English, "{asked}");
    }
}

#[test]
fn counts_have_the_forms_of_their_language() {
    for (openings, russian) in [
        ("1", "единственное место забронировано или занято"),
        ("2", "все 2 места забронированы"),
        ("5", "все 5 мест забронированы"),
        ("11", "все 11 мест забронированы"),
        ("21", "все 21 место забронированы"),
        ("22", "все 22 места забронированы"),
    ] {
        let text = say(Language::Russian, "VACANCY_FULL", &[("openings", openings)]);
        assert!(text.contains(russian), "{text}");
    }
    let kazakh = |openings| say(Language::Kazakh, "VACANCY_FULL", &[("openings", openings)]);
    assert!(kazakh("1").contains("жалғыз орын"));
    assert!(kazakh("5").contains("барлық 5 орын"));
    assert!(say(Language::English, "OPENINGS_IN_USE", &[("used", "1")]).starts_with("One opening is"));
    assert!(say(Language::English, "OPENINGS_IN_USE", &[("used", "2")]).starts_with("2 openings are"));
}

#[test]
fn a_day_is_written_as_people_write_it_and_an_instant_as_clocks_in_kazakhstan_show_it() {
    let departed = |language| say(language, "ALREADY_DEPARTED", &[("on", "2026-11-05")]);
    assert_eq!(departed(Language::Russian), "Отъезд уже отмечен 05.11.2026.");
    assert_eq!(departed(Language::Kazakh), "Адамның кеткені белгіленіп қойған: 05.11.2026.");
    assert_eq!(departed(Language::English), "The departure was recorded already: 5 November 2026.");
    let lapsed = say(Language::Russian, "MATCH_LAPSED", &[("at", "2026-03-01T19:30:00.123456+00:00")]);
    assert_eq!(lapsed, "Срок предложения истёк 02.03.2026 00:30. Сделайте новое предложение.");
}

#[test]
fn every_line_of_the_catalogue_can_be_read() {
    for text in [include_str!("kk.ftl"), include_str!("ru.ftl"), include_str!("en.ftl")] {
        let resource = FluentResource::try_new(text.to_owned()).map_err(|(_, faults)| faults).unwrap();
        let twice = FluentBundle::new_concurrent(vec![]).add_resource(resource);
        assert!(twice.is_ok(), "{twice:?}");
    }
    assert!(toml::from_str::<HashMap<String, Phrase>>(include_str!("phrases.toml")).is_ok());
}

#[test]
fn a_fault_of_a_field_is_a_sentence() {
    for language in Language::iter() {
        for why in [Why::Required, Why::NoSuchDate, Why::Format("a UUID"), Why::Contradicts("lies before entry_date")] {
            let text = language.fault(&why).unwrap();
            assert!(text.ends_with('.') && text.starts_with(char::is_uppercase), "{text}");
        }
    }
    assert_eq!(Language::Kazakh.fault(&Why::Format("a phrase of nobody's")), None);
}
