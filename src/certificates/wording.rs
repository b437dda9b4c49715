//! Every word on a certificate, in Kazakh and in Russian, in one place.
//!
//! The sheet must not be taken for a state document, so it says what it confirms and lists what it is not, in the words of the laws: an identity document (law
//! of 29 January 2013 No. 73-V on identity documents), the residence card, the temporary residence permit, the visa and the work permit (law of 22 July 2011 No.
//! 477-IV on migration), and the notification of a foreigner's arrival (rules of government resolution of 21 January 2012 No. 148).

use super::{Certificate, in_groups};

/// One text in both languages.
#[derive(Debug, Clone, Copy)]
pub(super) struct Both {
    pub(super) kazakh: &'static str,
    pub(super) russian: &'static str,
}

/// The heading. A line end is where it breaks.
pub(super) const HEADING: Both =
    Both { kazakh: "Тіркеу туралы\nкуәлік", russian: "Свидетельство\nо регистрации" };

/// The document's title for a reader's window and for people who do not see the page.
pub(super) const TITLE: &str = "Тіркеу туралы куәлік / Свидетельство о регистрации";

/// What it confirms.
pub(super) const CONFIRMS: Both = Both {
    kazakh: "Осы куәлік төменде аталған тұлғаның тіркеу орталығында релокант ретінде тіркелгенін растайды.",
    russian: "Настоящее свидетельство подтверждает, что названное ниже лицо зарегистрировано в центре регистрации как релокант.",
};

/// What it is not.
pub(super) const IS_NOT: Both = Both {
    kazakh: "Бұл куәлік мемлекеттік құжат емес: жеке басты куәландыратын құжат, тұруға ықтиярхат, уақытша тұруға рұқсат, виза немесе жұмыс істеуге рұқсат болып \
             табылмайды. Ол Қазақстан Республикасында болудың заңдылығын растамайды және шетелдіктің келгені туралы хабарламаны алмастырмайды.",
    russian: "Это свидетельство не является государственным документом: это не документ, удостоверяющий личность, не вид на жительство, не разрешение на временное \
              проживание, не виза и не разрешение на работу. Оно не подтверждает законность пребывания в Республике Казахстан и не заменяет уведомления \
              о прибытии иностранца.",
};

/// How it is checked: the heading of the paragraph.
pub(super) const CHECK: Both =
    Both { kazakh: "Түпнұсқалығын тексеру", russian: "Проверка подлинности" };

/// How it is checked.
pub(super) const HOW_TO_CHECK: Both = Both {
    kazakh: "Кодта қол қойылған мәлімет бар: нөмір, инициалдар, күндер, орталық. Оның қолтаңбасы тізілімнің ашық кілтімен, желіге қосылмай тексеріледі. \
             Кодтағы мәліметті осы парақпен, ал парақты иесінің жеке басты куәландыратын құжатымен салыстырыңыз. Куәлік кері қайтарып алынуы мүмкін.",
    russian: "Код содержит подписанные сведения: номер, инициалы, даты, центр. Подпись проверяется открытым ключом реестра без подключения к сети. \
              Сверьте сведения из кода с этим листом, а лист с документом, удостоверяющим личность владельца. Свидетельство может быть отозвано.",
};

/// What the code is, for people who do not see it.
pub(super) const CODE: &str = "Тексеру коды (QR) / Код проверки (QR)";

/// A row of the table: what it is called, and where its value comes from. A row without a value is left out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub(super) called: Both,
    pub(super) value: fn(&Certificate) -> String,
    /// Set larger: what is read out and compared first.
    pub(super) large: bool,
    /// The field, for a fault.
    pub(super) field: &'static str,
}

/// The day as both languages write it.
fn day(day: chrono::NaiveDate) -> String {
    day.format("%d.%m.%Y").to_string()
}

/// The rows of the table, from top to bottom.
pub(super) const ROWS: [Row; 11] = [
    Row {
        called: Both { kazakh: "Куәліктің нөмірі", russian: "Номер свидетельства" },
        value: |it| in_groups(&it.number),
        large: true,
        field: "number",
    },
    Row {
        called: Both { kazakh: "Тегі", russian: "Фамилия" },
        value: |it| it.family_name.expose().clone(),
        large: true,
        field: "family_name",
    },
    Row {
        called: Both { kazakh: "Аты", russian: "Имя" }, value: |it| it.given_names.expose().clone(), large: true, field: "given_names"
    },
    Row {
        called: Both { kazakh: "Әкесінің аты", russian: "Отчество" },
        value: |it| it.patronymic.expose().clone(),
        large: true,
        field: "patronymic",
    },
    Row {
        called: Both { kazakh: "Туған күні", russian: "Дата рождения" },
        value: |it| day(*it.birth_on.expose()),
        large: false,
        field: "birth_on",
    },
    Row {
        called: Both { kazakh: "Азаматтығы", russian: "Гражданство" },
        value: |it| it.citizenship.clone(),
        large: false,
        field: "citizenship",
    },
    Row {
        called: Both { kazakh: "Тізілімдегі коды", russian: "Код в реестре" },
        value: |it| it.person_code.expose().clone(),
        large: false,
        field: "person_code",
    },
    Row {
        called: Both { kazakh: "Тіркелген күні", russian: "Дата регистрации" },
        value: |it| day(it.registered_on),
        large: false,
        field: "registered_on",
    },
    Row {
        called: Both { kazakh: "Тіркеу орталығы", russian: "Центр регистрации" },
        value: |it| it.center.clone(),
        large: false,
        field: "center",
    },
    Row {
        called: Both { kazakh: "Берілген күні", russian: "Дата выдачи" },
        value: |it| day(it.issued_on),
        large: false,
        field: "issued_on",
    },
    Row {
        called: Both { kazakh: "Соңғы жарамды күні", russian: "Последний день действия" },
        value: |it| day(it.valid_until),
        large: false,
        field: "valid_until",
    },
];
