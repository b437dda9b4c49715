//! The columns of a sheet of vacancies: one table, which the reader and the template share. A column is added here and nowhere else.

use super::values::{day, languages, money, term, text, whole, yes_no};
use crate::{
    cli::import::{
        columns::Texts,
        sheet::Value,
        terms::{HOME_KIND, REGION, plain},
    },
    proto,
};

/// A vacancy as it comes together from the cells of a row.
#[derive(Debug, Default)]
pub struct Draft {
    /// What is said of it, without homes.
    pub said: proto::ImportVacancyRequest,
    /// What is given besides the pay.
    pub allowances: proto::Allowances,
    /// The homes of this row.
    pub home: proto::Home,
    /// The most that is paid, when it is said.
    pub pay_max: Option<i64>,
}

/// Puts a cell that holds something into a draft, or says what is wrong with it.
pub type Put = fn(&mut Draft, &Value) -> Result<(), String>;

/// One column.
#[derive(Debug)]
pub struct Column {
    /// Its name, in every language.
    pub name: &'static str,
    /// Its heading in the template.
    pub captions: Texts,
    /// What the contract calls it; of a home, without the home before it.
    pub field: &'static str,
    /// Whether it speaks of homes: then a further row may fill it.
    pub of_home: bool,
    /// Whether it must be filled: in every row, or in every row that speaks of homes.
    pub required: bool,
    /// What becomes of a cell.
    pub put: Put,
    /// What it means.
    pub help: Texts,
    /// What the vacancy of the template has there.
    pub example: &'static str,
}

const fn t(kk: &'static str, ru: &'static str, en: &'static str) -> Texts {
    Texts { kk, ru, en }
}

/// A row whose reference begins so is a comment or an example, and a column whose heading does is passed over: no reference has this sign.
pub const MARK: char = '#';

/// The name of the column of references.
pub const REFERENCE: &str = "external_ref";

/// Every column, in the order of the template.
pub const COLUMNS: &[Column] = &[
    Column {
        name: REFERENCE,
        captions: t("Сілтеме", "Номер вакансии", "Reference"),
        field: "external_ref",
        of_home: false,
        required: true,
        put: |draft, cell| text(cell).map(|text| draft.said.external_ref = text),
        help: t(
            "Жұмыс берушінің өз нөмірі; сол нөмірмен қайта жүктелсе, бос орын жаңартылады. # белгісінен басталатын жол оқылмайды. Сол нөмірлі келесі жолда тек тұрғын үй болады.",
            "Собственный номер работодателя: при повторной загрузке вакансия с ним обновится. Строка, начинающаяся с #, пропускается. Следующая строка с тем же номером добавляет только жильё.",
            "The employer's own reference: imported again, the vacancy that has it is brought up to date. A row that begins with # is passed over. A further row with the same reference adds homes only.",
        ),
        example: "#A-17",
    },
    Column {
        name: "occupation",
        captions: t("Кәсіп коды", "Код профессии", "Occupation code"),
        field: "occupation",
        of_home: false,
        required: true,
        put: |draft, cell| text(cell).map(|text| draft.said.occupation = format!("{text:0>4}")),
        help: t("ISCO-08 бойынша төрт цифр.", "Четыре цифры ISCO-08.", "Four digits of ISCO-08."),
        example: "2212",
    },
    Column {
        name: "region",
        captions: t("Өңір", "Регион", "Region"),
        field: "region_code",
        of_home: false,
        required: true,
        put: |draft, cell| term(cell, REGION).map(|code| code.clone_into(&mut draft.said.region_code)),
        help: t("Код немесе атауы, мысалы KZ-10.", "Код или название, например KZ-10.", "The code or the name, such as KZ-10."),
        example: "KZ-10",
    },
    Column {
        name: "settlement",
        captions: t("Елді мекен", "Населённый пункт", "Town or village"),
        field: "settlement",
        of_home: false,
        required: true,
        put: |draft, cell| text(cell).map(|text| draft.said.settlement = text),
        help: t("Қала немесе ауыл.", "Город или село.", "The town or village."),
        example: "Аягөз",
    },
    Column {
        name: "openings",
        captions: t("Орын саны", "Число мест", "Openings"),
        field: "openings",
        of_home: false,
        required: true,
        put: |draft, cell| whole(cell).map(|number| draft.said.openings = number),
        help: t("Қанша адам керек, 1–500.", "Сколько человек нужно, 1–500.", "How many people are sought, 1 to 500."),
        example: "20",
    },
    Column {
        name: "pay_min",
        captions: t("Жалақы, бастап", "Оплата от", "Pay from"),
        field: "pay_min_minor",
        of_home: false,
        required: true,
        put: |draft, cell| money(cell).map(|amount| draft.said.pay_min_minor = amount),
        help: t("Айына, валютаның бүтін бірлігімен.", "В месяц, в целых единицах валюты.", "A month, in whole units of the currency."),
        example: "450000",
    },
    Column {
        name: "pay_max",
        captions: t("Жалақы, дейін", "Оплата до", "Pay up to"),
        field: "pay_max_minor",
        of_home: false,
        required: false,
        put: |draft, cell| money(cell).map(|amount| draft.pay_max = Some(amount)),
        help: t("Бос болса, төменгісіндей.", "Пусто – как нижняя.", "Empty: as the least."),
        example: "700000",
    },
    Column {
        name: "currency",
        captions: t("Валюта", "Валюта", "Currency"),
        field: "currency",
        of_home: false,
        required: false,
        put: |draft, cell| text(cell).map(|text| draft.said.currency = text.to_uppercase()),
        help: t("ISO 4217 коды; бос болса, KZT.", "Код ISO 4217; пусто – KZT.", "The code of ISO 4217; empty: KZT."),
        example: "KZT",
    },
    Column {
        name: "languages",
        captions: t("Тілдер", "Языки", "Languages"),
        field: "languages",
        of_home: false,
        required: false,
        put: |draft, cell| languages(&text(cell)?).map(|found| draft.said.languages = found),
        help: t("Тіл және деңгейі, үтір арқылы.", "Язык и уровень, через запятую.", "Language and level, with commas between."),
        example: "ru B2, kk A1",
    },
    Column {
        name: "licence_required",
        captions: t("Лицензия керек", "Нужна лицензия", "Licence needed"),
        field: "licence_required",
        of_home: false,
        required: false,
        put: |draft, cell| yes_no(cell).map(|is| draft.said.licence_required = is),
        help: t(
            "Танылған лицензия керек пе: иә немесе жоқ; бос болса – жоқ.",
            "Нужна ли признанная лицензия: да или нет; пусто – нет.",
            "Whether a recognised licence is needed: yes or no; empty: no.",
        ),
        example: "да",
    },
    Column {
        name: "closing_date",
        captions: t("Соңғы күні", "Открыта до", "Closing date"),
        field: "closing_date",
        of_home: false,
        required: true,
        put: |draft, cell| day(cell).map(|day| draft.said.closing_date = Some(day)),
        help: t(
            "Күн, мысалы 31.12.2026; бір жылдан аспайды.",
            "Дата, например 31.12.2026; не больше года вперёд.",
            "A day, such as 2026-12-31; at most a year ahead.",
        ),
        example: "2026-12-31",
    },
    Column {
        name: "lifting_mci",
        captions: t("Көтерме жәрдемақы, АЕК", "Подъёмные, МРП", "Lifting allowance, MCI"),
        field: "allowances.lifting_mci",
        of_home: false,
        required: false,
        put: |draft, cell| whole(cell).map(|number| draft.allowances.lifting_mci = number),
        help: t("0–2500.", "0–2500.", "0 to 2500."),
        example: "100",
    },
    Column {
        name: "rural_supplement_percent",
        captions: t("Ауыл үстемеақысы, %", "Надбавка на селе, %", "Rural supplement, %"),
        field: "allowances.rural_supplement_percent",
        of_home: false,
        required: false,
        put: |draft, cell| whole(cell).map(|number| draft.allowances.rural_supplement_percent = number),
        help: t("0–100.", "0–100.", "0 to 100."),
        example: "25",
    },
    Column {
        name: "housing_loan",
        captions: t("Тұрғын үй несиесі", "Кредит на жильё", "Housing loan"),
        field: "allowances.housing_loan",
        of_home: false,
        required: false,
        put: |draft, cell| yes_no(cell).map(|is| draft.allowances.housing_loan = is),
        help: t("Ұсынылады ма: иә немесе жоқ.", "Предлагается ли: да или нет.", "Whether one is offered: yes or no."),
        example: "да",
    },
    Column {
        name: "service_years",
        captions: t("Өтеу мерзімі, жыл", "Отработать, лет", "Years of service owed"),
        field: "allowances.service_years",
        of_home: false,
        required: false,
        put: |draft, cell| whole(cell).map(|number| draft.allowances.service_years = number),
        help: t("0–10.", "0–10.", "0 to 10."),
        example: "3",
    },
    Column {
        name: "home_kind",
        captions: t("Тұрғын үй түрі", "Вид жилья", "Kind of home"),
        field: "kind",
        of_home: true,
        required: true,
        put: |draft, cell| {
            let code = term(cell, HOME_KIND)?;
            draft.home.kind = proto::HomeKind::from_str_name(&format!("HOME_KIND_{code}")).unwrap_or_default().into();
            Ok(())
        },
        help: t(
            "Пәтер, үй, бөлме немесе жатақхана; тұрғын үй болмаса – бос.",
            "Квартира, дом, комната или общежитие; пусто, если жилья нет.",
            "Apartment, house, room or dormitory; empty where there is no home.",
        ),
        example: "Квартира",
    },
    Column {
        name: "home_count",
        captions: t("Тұрғын үй саны", "Число жилищ", "Number of homes"),
        field: "count",
        of_home: true,
        required: true,
        put: |draft, cell| whole(cell).map(|number| draft.home.count = number),
        help: t("Осындай қанша тұрғын үй бар.", "Сколько такого жилья.", "How many there are of this kind."),
        example: "20",
    },
    Column {
        name: "home_rooms",
        captions: t("Бөлме саны", "Комнат", "Rooms"),
        field: "rooms",
        of_home: true,
        required: true,
        put: |draft, cell| whole(cell).map(|number| draft.home.rooms = number),
        help: t("Әрқайсысында.", "В каждом.", "Of each."),
        example: "2",
    },
    Column {
        name: "home_people",
        captions: t("Неше адамға", "На сколько человек", "For how many people"),
        field: "people",
        of_home: true,
        required: true,
        put: |draft, cell| whole(cell).map(|number| draft.home.people = number),
        help: t("Әрқайсысы.", "Каждое.", "Each of them."),
        example: "4",
    },
    Column {
        name: "home_rent",
        captions: t("Жалдау ақысы", "Аренда", "Rent"),
        field: "rent_minor",
        of_home: true,
        required: false,
        put: |draft, cell| money(cell).map(|amount| draft.home.rent_minor = amount),
        help: t("Айына; бос болса, тегін.", "В месяц; пусто – бесплатно.", "A month; empty: free."),
        example: "0",
    },
    Column {
        name: "home_from",
        captions: t("Тұруға болады, бастап", "Жильё с", "Home from"),
        field: "available_from_date",
        of_home: true,
        required: true,
        put: |draft, cell| day(cell).map(|day| draft.home.available_from_date = Some(day)),
        help: t("Алғашқы күн.", "Первый день.", "The first day."),
        example: "2026-09-01",
    },
    Column {
        name: "home_until",
        captions: t("Тұруға болады, дейін", "Жильё по", "Home until"),
        field: "available_until_date",
        of_home: true,
        required: false,
        put: |draft, cell| day(cell).map(|day| draft.home.available_until_date = Some(day)),
        help: t("Соңғы күн; бос болса, шектелмеген.", "Последний день; пусто – без срока.", "The last day; empty: no end is known."),
        example: "",
    },
    Column {
        name: "home_step_free",
        captions: t("Баспалдақсыз", "Без ступеней", "Step-free"),
        field: "step_free",
        of_home: true,
        required: false,
        put: |draft, cell| yes_no(cell).map(|is| draft.home.step_free = is),
        help: t("Иә немесе жоқ; бос болса – жоқ.", "Да или нет; пусто – нет.", "Yes or no; empty: no."),
        example: "нет",
    },
    Column {
        name: "home_children",
        captions: t("Балалармен болады", "Можно с детьми", "Children allowed"),
        field: "children_allowed",
        of_home: true,
        required: false,
        put: |draft, cell| yes_no(cell).map(|is| draft.home.children_allowed = Some(is)),
        help: t("Иә немесе жоқ; бос болса – иә.", "Да или нет; пусто – да.", "Yes or no; empty: yes."),
        example: "да",
    },
    Column {
        name: "home_pets",
        captions: t("Жануарлармен болады", "Можно с животными", "Pets allowed"),
        field: "pets_allowed",
        of_home: true,
        required: false,
        put: |draft, cell| yes_no(cell).map(|is| draft.home.pets_allowed = is),
        help: t("Иә немесе жоқ; бос болса – жоқ.", "Да или нет; пусто – нет.", "Yes or no; empty: no."),
        example: "нет",
    },
];

impl Draft {
    /// The vacancy without homes. What is paid at most and the currency follow when they are not said.
    pub fn finish(self) -> proto::ImportVacancyRequest {
        let currency = if self.said.currency.is_empty() { "KZT".to_owned() } else { self.said.currency };
        let pay_max_minor = self.pay_max.unwrap_or(self.said.pay_min_minor);
        proto::ImportVacancyRequest { currency, pay_max_minor, allowances: Some(self.allowances), ..self.said }
    }
}

/// The column that a heading names: by its name, or by its caption in any of the three languages.
pub fn by_heading(heading: &str) -> Option<&'static Column> {
    let heading = plain(heading);
    COLUMNS.iter().find(|column| {
        let Texts { kk, ru, en } = column.captions;
        column.name == heading || [kk, ru, en].iter().any(|caption| plain(caption) == heading)
    })
}

/// The column that is meant by a field of a fault, and of which homes when it speaks of some: `homes[1].rooms` is the column of rooms in the row of the second.
pub fn by_field(field: &str) -> Option<(&'static Column, Option<usize>)> {
    let of_home = field.strip_prefix("homes[").and_then(|rest| rest.split_once("]."));
    let home = match of_home {
        Some((at, _)) => Some(at.parse().ok()?),
        None => None,
    };
    let name = of_home.map_or(field, |(_, name)| name);
    // Of a list the whole column is meant.
    let name = name.split('[').next().unwrap_or(name);
    COLUMNS.iter().find(|column| column.of_home == home.is_some() && column.field == name).map(|column| (column, home))
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
        }
        assert!(by_heading("favourite colour").is_none() && by_heading("").is_none());
    }

    #[test]
    fn a_field_of_a_fault_is_a_column_and_of_which_homes() {
        for column in COLUMNS {
            let (field, home) =
                if column.of_home { (format!("homes[3].{}", column.field), Some(3)) } else { (column.field.to_owned(), None) };
            assert_eq!(by_field(&field).map(|(found, home)| (found.name, home)), Some((column.name, home)));
        }
        assert_eq!(by_field("languages[1].level").map(|(column, _)| column.name), Some("languages"));
        assert!(by_field("homes").is_none() && by_field("employer_id").is_none());
    }

    #[test]
    fn every_letter_of_the_alphabet_is_enough() {
        assert!(COLUMNS.len() <= 26);
    }
}
