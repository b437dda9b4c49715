//! The columns of a sheet of people: one table, which the reader, the template, the review and the error copy share. A column is added here and nowhere else.

use super::terms::{COUNTRY, DOCUMENT_KIND, REGION, SEX, Term, YES_NO, plain};
use crate::{
    messages::Language,
    proto::{self, google::r#type::Date, register_relocant_request::Source},
};

/// A text in three languages.
#[derive(Debug, Clone, Copy)]
pub struct Texts {
    /// Kazakh.
    pub kk: &'static str,
    /// Russian.
    pub ru: &'static str,
    /// English.
    pub en: &'static str,
}

impl Texts {
    /// The text in one of them.
    pub fn in_language(&self, language: Language) -> &'static str {
        match language {
            Language::Kazakh => self.kk,
            Language::Russian => self.ru,
            Language::English => self.en,
        }
    }
}

/// One column.
#[derive(Debug)]
pub struct Column {
    /// Its name, in every language.
    pub name: &'static str,
    /// Its heading in the template.
    pub captions: Texts,
    /// What the server calls it in a fault.
    pub field: &'static str,
    /// Whether every row must fill it.
    pub required: bool,
    /// What stands in it, and where that goes.
    pub shape: Shape,
    /// What it means.
    pub help: Texts,
    /// What the made-up person of the template has there; a code where it is coded.
    pub example: &'static str,
}

/// What stands in a column, and where it goes.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// A text. A cell that holds a number is filled up with zeros to so many digits.
    Text(usize, fn(&mut Draft, String)),
    /// A day.
    Day(fn(&mut Draft, Date)),
    /// A whole number.
    Whole(fn(&mut Draft, i32)),
    /// A code or a word for it.
    Coded(Coded, fn(&mut Draft, &str)),
}

/// The codes of a column.
#[derive(Debug, Clone, Copy)]
pub struct Coded {
    /// The codes with their words.
    pub terms: &'static [Term],
    /// Whether the drop-down shows the code too.
    pub with_code: bool,
    /// Whether other codes of three letters are good too.
    pub free: bool,
}

/// A registration as it comes together from the cells of a row.
#[derive(Debug, Default)]
pub struct Draft {
    typed: proto::TypedIdentity,
    document: proto::Document,
    latin: proto::Names,
    cyrillic: proto::Names,
    skill: proto::OccupationSkill,
    looking: bool,
    request: proto::RegisterRelocantRequest,
}

impl Draft {
    /// The registration. Parts of which no cell speaks are left out.
    pub fn finish(self) -> proto::RegisterRelocantRequest {
        let occupations: Vec<_> = Some(self.skill).filter(|skill| *skill != proto::OccupationSkill::default()).into_iter().collect();
        let card = proto::Card { occupations, looking: self.looking, ..Default::default() };
        let typed = proto::TypedIdentity {
            document: Some(self.document).filter(|document| *document != proto::Document::default()),
            latin: Some(self.latin).filter(|names| *names != proto::Names::default()),
            cyrillic: Some(self.cyrillic).filter(|names| *names != proto::Names::default()),
            ..self.typed
        };
        proto::RegisterRelocantRequest {
            card: Some(card).filter(|card| *card != proto::Card::default()),
            source: Some(Source::Typed(typed)),
            ..self.request
        }
    }
}

const COUNTRIES: Coded = Coded { terms: COUNTRY, with_code: true, free: true };
const REGIONS: Coded = Coded { terms: REGION, with_code: true, free: false };

const fn words(terms: &'static [Term]) -> Coded {
    Coded { terms, with_code: false, free: false }
}

/// The headings of what the error copy puts in front; the reader passes over them.
pub const IN_FRONT: [Texts; 2] =
    [Texts { kk: "Жол", ru: "Строка", en: "line" }, Texts { kk: "Не дұрыс емес", ru: "Что не так", en: "what is wrong" }];

/// The name of the sheet that holds the people, and what marks a row as an example in the first column.
pub const SHEET: Texts = Texts { kk: "Адамдар", ru: "Люди", en: "People" };

/// A row whose family name begins so is an example, and is passed over: no name has this sign.
pub const EXAMPLE_MARK: char = '#';

/// The column of family names.
pub const FAMILY_NAME: &str = "family_name";

/// Every column, in the order of the template.
pub const COLUMNS: &[Column] = &[
    Column {
        name: FAMILY_NAME,
        captions: Texts { kk: "Тегі", ru: "Фамилия", en: "Family name" },
        field: "typed.family_name",
        required: true,
        shape: Shape::Text(0, |draft, text| draft.typed.family_name = text),
        help: Texts {
            kk: "Құжатта жазылғандай. # белгісінен басталатын жол – үлгі, ол тіркелмейді.",
            ru: "Как в документе. Строка, где фамилия начинается с #, – пример: она пропускается.",
            en: "As printed in the document. A row whose family name begins with # is an example and is left out.",
        },
        example: "#Примерова",
    },
    Column {
        name: "given_names",
        captions: Texts { kk: "Аты", ru: "Имя", en: "Given names" },
        field: "typed.given_names",
        required: false,
        shape: Shape::Text(0, |draft, text| draft.typed.given_names = text),
        help: Texts {
            kk: "Құжатта жазылғандай. Жалғыз есімі бар адамда бос қалады.",
            ru: "Как в документе. Пусто, если у человека только одно имя.",
            en: "As printed. Empty for somebody with one name.",
        },
        example: "Анна",
    },
    Column {
        name: "patronymic",
        captions: Texts { kk: "Әкесінің аты", ru: "Отчество", en: "Patronymic" },
        field: "typed.patronymic",
        required: false,
        shape: Shape::Text(0, |draft, text| draft.typed.patronymic = text),
        help: Texts {
            kk: "Болса, құжатта жазылғандай.", ru: "Если есть, как в документе.", en: "As printed, where there is one."
        },
        example: "Ивановна",
    },
    Column {
        name: "birth_date",
        captions: Texts { kk: "Туған күні", ru: "Дата рождения", en: "Date of birth" },
        field: "typed.birth_date",
        required: true,
        shape: Shape::Day(|draft, day| draft.typed.birth_date = Some(day)),
        help: Texts {
            kk: "Күн, мысалы 31.01.1990.", ru: "Дата, например 31.01.1990.", en: "A day, such as 1990-01-31 or 31.01.1990."
        },
        example: "1990-01-31",
    },
    Column {
        name: "sex",
        captions: Texts { kk: "Жынысы", ru: "Пол", en: "Sex" },
        field: "typed.sex",
        required: false,
        shape: Shape::Coded(words(SEX), |draft, code| {
            draft.typed.sex = proto::Sex::from_str_name(&format!("SEX_{code}")).unwrap_or_default().into();
        }),
        help: Texts {
            kk: "Құжат бойынша: Ә немесе Е.", ru: "По документу: Ж или М.", en: "As the document states it: F or M."
        },
        example: "FEMALE",
    },
    Column {
        name: "citizenship",
        captions: Texts { kk: "Азаматтығы", ru: "Гражданство", en: "Citizenship" },
        field: "typed.citizenship",
        required: true,
        shape: Shape::Coded(COUNTRIES, |draft, code| code.clone_into(&mut draft.typed.citizenship)),
        help: Texts {
            kk: "Тізімнен немесе ISO 3166-1 бойынша үш әріпті код, мысалы RUS.",
            ru: "Из списка или трёхбуквенный код ISO 3166-1, например RUS.",
            en: "From the list, or a code of three letters (ISO 3166-1), such as RUS.",
        },
        example: "RUS",
    },
    Column {
        name: "document_kind",
        captions: Texts { kk: "Құжат түрі", ru: "Вид документа", en: "Kind of document" },
        field: "typed.document.kind",
        required: false,
        shape: Shape::Coded(words(DOCUMENT_KIND), |draft, code| {
            draft.document.kind = proto::DocumentKind::from_str_name(&format!("DOCUMENT_KIND_{code}")).unwrap_or_default().into();
        }),
        help: Texts {
            kk: "Құжат көрсетілсе, міндетті.",
            ru: "Обязательно, если указан документ.",
            en: "Required where a document is given.",
        },
        example: "PASSPORT",
    },
    Column {
        name: "document_country",
        captions: Texts {
            kk: "Құжатты берген ел", ru: "Страна выдачи документа", en: "Issuing country"
        },
        field: "typed.document.issuing_country",
        required: false,
        shape: Shape::Coded(COUNTRIES, |draft, code| code.clone_into(&mut draft.document.issuing_country)),
        help: Texts {
            kk: "Құжат көрсетілсе, міндетті. Тізімнен немесе үш әріпті код.",
            ru: "Обязательно, если указан документ. Из списка или трёхбуквенный код.",
            en: "Required where a document is given. From the list, or a code of three letters.",
        },
        example: "RUS",
    },
    Column {
        name: "document_number",
        captions: Texts { kk: "Құжат нөмірі", ru: "Номер документа", en: "Document number" },
        field: "typed.document.number",
        required: false,
        shape: Shape::Text(0, |draft, text| draft.document.number = text),
        help: Texts {
            kk: "Құжат көрсетілсе, міндетті. Сериясымен бірге; бос орындар маңызды емес.",
            ru: "Обязательно, если указан документ. Вместе с серией; пробелы не важны.",
            en: "Required where a document is given. With its series; spaces do not matter.",
        },
        example: "70 0000001",
    },
    Column {
        name: "document_issue_date",
        captions: Texts {
            kk: "Құжаттың берілген күні", ru: "Дата выдачи документа", en: "Date of issue"
        },
        field: "typed.document.issue_date",
        required: false,
        shape: Shape::Day(|draft, day| draft.document.issue_date = Some(day)),
        help: Texts { kk: "Күн.", ru: "Дата.", en: "A day." },
        example: "2020-02-14",
    },
    Column {
        name: "document_expiry_date",
        captions: Texts {
            kk: "Құжаттың қолданылу мерзімі", ru: "Срок действия документа", en: "Date of expiry"
        },
        field: "typed.document.expiry_date",
        required: false,
        shape: Shape::Day(|draft, day| draft.document.expiry_date = Some(day)),
        help: Texts {
            kk: "Жарамды соңғы күні.", ru: "Последний день действия.", en: "The last day of validity."
        },
        example: "2030-02-14",
    },
    Column {
        name: "iin",
        captions: Texts { kk: "ЖСН", ru: "ИИН", en: "IIN" },
        field: "typed.iin",
        required: false,
        shape: Shape::Text(12, |draft, text| draft.typed.iin = text),
        help: Texts {
            kk: "Он екі цифр, бар болса.",
            ru: "Двенадцать цифр, если есть.",
            en: "The individual identification number, twelve digits, where there is one.",
        },
        example: "",
    },
    Column {
        name: "region",
        captions: Texts { kk: "Тұратын өңірі", ru: "Регион пребывания", en: "Region of stay" },
        field: "region_code",
        required: true,
        shape: Shape::Coded(REGIONS, |draft, code| code.clone_into(&mut draft.request.region_code)),
        help: Texts {
            kk: "Тізімнен немесе код, мысалы KZ-75.",
            ru: "Из списка или код, например KZ-75.",
            en: "From the list, or its code, such as KZ-75.",
        },
        example: "KZ-75",
    },
    Column {
        name: "entry_date",
        captions: Texts { kk: "Елге кірген күні", ru: "Дата въезда", en: "Date of entry" },
        field: "entry_date",
        required: false,
        shape: Shape::Day(|draft, day| draft.request.entry_date = Some(day)),
        help: Texts {
            kk: "Осы жолы Қазақстанға кірген күні; болу мерзімі содан есептеледі.",
            ru: "День въезда в Казахстан в этот раз; от него считается срок пребывания.",
            en: "The day of the entry that the person is here on; how long one may stay is counted from it.",
        },
        example: "2026-01-15",
    },
    Column {
        name: "phone",
        captions: Texts { kk: "Телефон", ru: "Телефон", en: "Telephone" },
        field: "phone",
        required: false,
        shape: Shape::Text(0, |draft, text| draft.request.phone = phone(&text)),
        help: Texts {
            kk: "Ел кодымен, мысалы +77010000001.",
            ru: "С кодом страны, например +77010000001.",
            en: "With the country's code, such as +77010000001.",
        },
        example: "+77010000001",
    },
    Column {
        name: "email",
        captions: Texts { kk: "Электрондық пошта", ru: "Электронная почта", en: "E-mail" },
        field: "email",
        required: false,
        shape: Shape::Text(0, |draft, text| draft.request.email = text),
        help: Texts {
            kk: "Мекенжайы, бар болса.", ru: "Адрес, если есть.", en: "The address, where there is one."
        },
        example: "anna@example.org",
    },
    Column {
        name: "latin_family_name",
        captions: Texts {
            kk: "Тегі латын әрпімен", ru: "Фамилия латиницей", en: "Family name in Latin letters"
        },
        field: "typed.latin.family_name",
        required: false,
        shape: Shape::Text(0, |draft, text| draft.latin.family_name = text),
        help: LATIN,
        example: "PRIMEROVA",
    },
    Column {
        name: "latin_given_names",
        captions: Texts { kk: "Аты латын әрпімен", ru: "Имя латиницей", en: "Given names in Latin letters" },
        field: "typed.latin.given_names",
        required: false,
        shape: Shape::Text(0, |draft, text| draft.latin.given_names = text),
        help: LATIN,
        example: "ANNA",
    },
    Column {
        name: "cyrillic_family_name",
        captions: Texts {
            kk: "Тегі кирилл әрпімен", ru: "Фамилия кириллицей", en: "Family name in Cyrillic"
        },
        field: "typed.cyrillic.family_name",
        required: false,
        shape: Shape::Text(0, |draft, text| draft.cyrillic.family_name = text),
        help: CYRILLIC,
        example: "",
    },
    Column {
        name: "cyrillic_given_names",
        captions: Texts { kk: "Аты кирилл әрпімен", ru: "Имя кириллицей", en: "Given names in Cyrillic" },
        field: "typed.cyrillic.given_names",
        required: false,
        shape: Shape::Text(0, |draft, text| draft.cyrillic.given_names = text),
        help: CYRILLIC,
        example: "",
    },
    Column {
        name: "occupation",
        captions: Texts { kk: "Кәсіп коды", ru: "Код профессии", en: "Occupation code" },
        field: "card.occupations[0].occupation",
        required: false,
        shape: Shape::Text(4, |draft, text| draft.skill.occupation = text),
        help: Texts {
            kk: "ISCO-08 бойынша төрт цифр, мысалы 2212 (маман дәрігер).",
            ru: "Четыре цифры ISCO-08, например 2212 (врач-специалист).",
            en: "Four digits of ISCO-08, such as 2212 (specialist doctor).",
        },
        example: "2212",
    },
    Column {
        name: "years",
        captions: Texts { kk: "Жұмыс өтілі, жыл", ru: "Стаж, лет", en: "Years of experience" },
        field: "card.occupations[0].years",
        required: false,
        shape: Shape::Whole(|draft, years| draft.skill.years = years),
        help: Texts {
            kk: "Осы кәсіптегі жыл саны.", ru: "Сколько лет в этой профессии.", en: "Whole years in this occupation."
        },
        example: "8",
    },
    Column {
        name: "looking",
        captions: Texts { kk: "Жұмыс іздейді", ru: "Ищет работу", en: "Looking for work" },
        field: "card.looking",
        required: false,
        shape: Shape::Coded(words(YES_NO), |draft, code| draft.looking = code == "YES"),
        help: Texts {
            kk: "Иә немесе жоқ; бос болса – жоқ.", ru: "Да или нет; пусто – нет.", en: "Yes or no; empty means no."
        },
        example: "YES",
    },
];

const LATIN: Texts = Texts {
    kk: "Басқа құжатта латын әрпімен жазылса; өзіңіз аудармаңыз.",
    ru: "Если так написано в другом документе; сами не переводите.",
    en: "Where another document has it so; do not transliterate.",
};

const CYRILLIC: Texts = Texts {
    kk: "Басқа құжатта кирилл әрпімен жазылса; өзіңіз аудармаңыз.",
    ru: "Если так написано в другом документе; сами не переводите.",
    en: "Where another document has it so; do not transliterate.",
};

/// The column that a heading names: by its name, or by its caption in any of the three languages.
pub fn by_heading(heading: &str) -> Option<&'static Column> {
    let heading = plain(heading);
    COLUMNS.iter().find(|column| {
        let Texts { kk, ru, en } = column.captions;
        column.name == heading || [kk, ru, en].iter().any(|caption| plain(caption) == heading)
    })
}

/// The column that the server means by a field of a fault.
pub fn by_field(field: &str) -> Option<&'static Column> {
    COLUMNS.iter().find(|column| column.field == field)
}

/// A telephone number as people write it, in the form that the registry keeps.
fn phone(text: &str) -> String {
    let digits: String = text.chars().filter(|sign| !matches!(sign, ' ' | '\u{a0}' | '-' | '(' | ')')).collect();
    // Numbers of Kazakhstan and Russia are dialled with 8 inside the country.
    match digits.strip_prefix(['7', '8']) {
        Some(rest) if rest.len() == 10 => format!("+7{rest}"),
        _ => digits,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_known_by_its_name_and_by_its_caption_in_three_languages() {
        for column in COLUMNS {
            for heading in [column.name, column.captions.kk, column.captions.ru, column.captions.en] {
                for written in [heading.to_owned(), format!("  {} ", heading.to_uppercase()), format!("{heading}*")] {
                    assert_eq!(by_heading(&written).map(|found| found.name), Some(column.name), "{written}");
                }
            }
            assert_eq!(by_field(column.field).map(|found| found.name), Some(column.name));
        }
        assert!(by_heading("favourite colour").is_none() && by_heading("").is_none());
    }

    #[test]
    fn what_no_cell_speaks_of_is_left_out_of_the_registration() {
        let request = Draft::default().finish();
        assert_eq!(request.card, None);
        let Some(Source::Typed(typed)) = request.source else { panic!("nothing typed") };
        assert_eq!((typed.document, typed.latin, typed.cyrillic), (None, None, None));
    }

    #[test]
    fn a_telephone_number_may_be_written_as_people_do() {
        for written in ["+7 (701) 000-00-01", "8 701 000 00 01", "77010000001"] {
            assert_eq!(phone(written), "+77010000001", "{written}");
        }
        assert_eq!(phone("+998 90 000 00 01"), "+998900000001");
    }
}
