//! The words that may stand in a coded column instead of its code, in three languages.

use super::columns::Texts;
use crate::messages::Language;

/// One code with the words for it.
#[derive(Debug)]
pub struct Term {
    /// The code.
    pub code: &'static str,
    /// What the drop-down of the template shows, where the column has it so behind the code.
    pub names: Texts,
    /// What people write besides.
    pub also: &'static [&'static str],
}

const fn term(code: &'static str, kk: &'static str, ru: &'static str, en: &'static str) -> Term {
    Term { code, names: Texts { kk, ru, en }, also: &[] }
}

const fn also(term: Term, also: &'static [&'static str]) -> Term {
    Term { also, ..term }
}

impl Term {
    /// What the drop-down shows.
    pub fn shown(&self, language: Language, with_code: bool) -> String {
        let name = self.names.in_language(language);
        if with_code { format!("{} {name}", self.code) } else { name.to_owned() }
    }

    /// Whether a text that was made even by `plain` means this.
    pub fn is_meant_by(&self, text: &str) -> bool {
        let code = plain(self.code);
        let Texts { kk, ru, en } = self.names;
        text == code
            || text.split_once(' ').is_some_and(|(first, _)| first == code)
            || [kk, ru, en].iter().chain(self.also).any(|word| plain(word) == text)
    }
}

/// A text as it is compared: without what people vary when they write the same.
pub fn plain(text: &str) -> String {
    let lower = text.trim().trim_end_matches('*').to_lowercase().replace('ё', "е");
    lower.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `proto::Sex`.
pub const SEX: &[Term] = &[
    also(term("FEMALE", "Әйел", "Женский", "Female"), &["F", "Ж", "Ә", "жен", "жен."]),
    also(term("MALE", "Ер", "Мужской", "Male"), &["M", "М", "Е", "муж", "муж.", "еркек"]),
];

/// Yes and no.
pub const YES_NO: &[Term] =
    &[also(term("YES", "Иә", "Да", "Yes"), &["y", "true", "1", "+"]), also(term("NO", "Жоқ", "Нет", "No"), &["n", "false", "0", "-"])];

/// `proto::DocumentKind`.
pub const DOCUMENT_KIND: &[Term] = &[
    also(term("PASSPORT", "Паспорт", "Паспорт", "Passport"), &["загранпаспорт", "заграничный паспорт", "төлқұжат"]),
    also(
        term(
            "INTERNAL_PASSPORT",
            "Жеке куәлік немесе ішкі паспорт",
            "Внутренний паспорт или удостоверение личности",
            "Internal passport or identity card",
        ),
        &["внутренний паспорт", "удостоверение личности", "жеке куәлік", "ішкі паспорт", "internal passport", "identity card"],
    ),
    term("RESIDENCE_CARD", "Тұруға ықтиярхат", "Вид на жительство", "Residence card"),
    term("TRAVEL_DOCUMENT", "Жол жүру құжаты", "Проездной документ", "Travel document"),
];

/// `proto::HomeKind`.
pub const HOME_KIND: &[Term] = &[
    also(term("APARTMENT", "Пәтер", "Квартира", "Apartment"), &["flat"]),
    also(term("HOUSE", "Үй", "Дом", "House"), &["жеке үй", "частный дом"]),
    term("ROOM", "Бөлме", "Комната", "Room"),
    also(term("DORMITORY", "Жатақхана", "Общежитие", "Dormitory"), &["место в общежитии", "жатақханадан орын"]),
];

/// The languages that vacancies ask for most, by ISO 639-1; any other code of two letters may be written too.
pub const LANGUAGE: &[Term] = &[
    also(term("kk", "Қазақ тілі", "Казахский", "Kazakh"), &["қазақ", "қазақша", "казахский язык"]),
    also(term("ru", "Орыс тілі", "Русский", "Russian"), &["орыс", "орысша", "русский язык"]),
    also(term("en", "Ағылшын тілі", "Английский", "English"), &["ағылшын", "ағылшынша", "английский язык"]),
];

/// ISO 3166-2:KZ.
pub const REGION: &[Term] = &[
    also(term("KZ-10", "Абай облысы", "область Абай", "Abai Region"), &["Абайская область"]),
    term("KZ-11", "Ақмола облысы", "Акмолинская область", "Akmola Region"),
    term("KZ-15", "Ақтөбе облысы", "Актюбинская область", "Aktobe Region"),
    term("KZ-19", "Алматы облысы", "Алматинская область", "Almaty Region"),
    term("KZ-23", "Атырау облысы", "Атырауская область", "Atyrau Region"),
    term("KZ-27", "Батыс Қазақстан облысы", "Западно-Казахстанская область", "West Kazakhstan Region"),
    term("KZ-31", "Жамбыл облысы", "Жамбылская область", "Jambyl Region"),
    also(term("KZ-33", "Жетісу облысы", "область Жетісу", "Jetisu Region"), &["область Жетысу"]),
    term("KZ-35", "Қарағанды облысы", "Карагандинская область", "Karaganda Region"),
    term("KZ-39", "Қостанай облысы", "Костанайская область", "Kostanay Region"),
    term("KZ-43", "Қызылорда облысы", "Кызылординская область", "Kyzylorda Region"),
    term("KZ-47", "Маңғыстау облысы", "Мангистауская область", "Mangystau Region"),
    term("KZ-55", "Павлодар облысы", "Павлодарская область", "Pavlodar Region"),
    term("KZ-59", "Солтүстік Қазақстан облысы", "Северо-Казахстанская область", "North Kazakhstan Region"),
    term("KZ-61", "Түркістан облысы", "Туркестанская область", "Turkistan Region"),
    also(term("KZ-62", "Ұлытау облысы", "область Ұлытау", "Ulytau Region"), &["область Улытау"]),
    term("KZ-63", "Шығыс Қазақстан облысы", "Восточно-Казахстанская область", "East Kazakhstan Region"),
    also(term("KZ-71", "Астана қаласы", "город Астана", "Astana"), &["г. Астана"]),
    also(term("KZ-75", "Алматы қаласы", "город Алматы", "Almaty"), &["Алматы", "г. Алматы"]),
    also(term("KZ-79", "Шымкент қаласы", "город Шымкент", "Shymkent"), &["Шымкент", "г. Шымкент"]),
];

/// The countries most people come from; any other code of ISO 3166-1 alpha-3 may be written too.
pub const COUNTRY: &[Term] = &[
    also(term("RUS", "Ресей", "Россия", "Russia"), &["РФ", "Российская Федерация"]),
    term("BLR", "Беларусь", "Беларусь", "Belarus"),
    term("UKR", "Украина", "Украина", "Ukraine"),
    term("UZB", "Өзбекстан", "Узбекистан", "Uzbekistan"),
    also(term("KGZ", "Қырғызстан", "Кыргызстан", "Kyrgyzstan"), &["Киргизия"]),
    term("TJK", "Тәжікстан", "Таджикистан", "Tajikistan"),
    term("TKM", "Түрікменстан", "Туркменистан", "Turkmenistan"),
    term("ARM", "Армения", "Армения", "Armenia"),
    term("AZE", "Әзербайжан", "Азербайджан", "Azerbaijan"),
    term("GEO", "Грузия", "Грузия", "Georgia"),
    term("MDA", "Молдова", "Молдова", "Moldova"),
    term("MNG", "Моңғолия", "Монголия", "Mongolia"),
    term("CHN", "Қытай", "Китай", "China"),
    term("TUR", "Түркия", "Турция", "Türkiye"),
    term("IND", "Үндістан", "Индия", "India"),
    term("AFG", "Ауғанстан", "Афганистан", "Afghanistan"),
    term("KAZ", "Қазақстан", "Казахстан", "Kazakhstan"),
    term("XXA", "Азаматтығы жоқ", "Без гражданства", "Stateless"),
];

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator as _;

    use super::*;
    use crate::{classifiers::Region, proto};

    #[test]
    fn every_region_has_a_term_and_every_code_is_one_of_the_contract() {
        assert_eq!(Region::iter().map(Region::code).collect::<Vec<_>>(), REGION.iter().map(|term| term.code).collect::<Vec<_>>());
        for term in SEX {
            assert!(proto::Sex::from_str_name(&format!("SEX_{}", term.code)).is_some(), "{}", term.code);
        }
        for term in DOCUMENT_KIND {
            assert!(proto::DocumentKind::from_str_name(&format!("DOCUMENT_KIND_{}", term.code)).is_some(), "{}", term.code);
        }
        for term in HOME_KIND {
            assert!(proto::HomeKind::from_str_name(&format!("HOME_KIND_{}", term.code)).is_some(), "{}", term.code);
        }
    }

    #[test]
    fn no_word_means_two_codes() {
        for terms in [SEX, YES_NO, DOCUMENT_KIND, HOME_KIND, LANGUAGE, REGION, COUNTRY] {
            for term in terms {
                for word in [term.code, term.names.kk, term.names.ru, term.names.en].iter().chain(term.also) {
                    let meant: Vec<&str> = terms.iter().filter(|other| other.is_meant_by(&plain(word))).map(|other| other.code).collect();
                    assert_eq!(meant, [term.code], "{word}");
                }
            }
        }
    }
}
