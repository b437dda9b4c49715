//! What a vacancy may say, and when it may change.

use chrono::{Days, NaiveDate};
use uuid::Uuid;

use super::{Allowances, Pay, Vacancy, VacancyStatus};
use crate::{
    error::{Reason, Violation, Why},
    homes::{
        self, Check, Home, HomeAmendment,
        rules::{amended, check_after, faults, settlement},
    },
};

/// Days ahead that a vacancy may close at most.
const LONGEST_DAYS: u64 = 366;

/// Kinds of homes that one vacancy offers at most.
const MOST_KINDS: usize = 20;

/// Why a vacancy cannot change as asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is closed.
    #[error("the vacancy is closed")]
    VacancyClosed,
    /// More openings are held or taken than would be left.
    #[error("{used} openings are held or taken; there cannot be fewer")]
    OpeningsInUse {
        /// Openings held or taken.
        used: i32,
    },
    /// Its homes cannot change as asked.
    #[error(transparent)]
    Homes(#[from] homes::rules::Refusal),
}

impl Refusal {
    /// Every reason that these rules can give.
    pub const REASONS: &[&str] = &["VACANCY_CLOSED", "OPENINGS_IN_USE"];
}

impl Reason for Refusal {
    fn reason(&self) -> &'static str {
        match self {
            Self::VacancyClosed => "VACANCY_CLOSED",
            Self::OpeningsInUse { .. } => "OPENINGS_IN_USE",
            Self::Homes(refusal) => refusal.reason(),
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::VacancyClosed => vec![],
            Self::OpeningsInUse { used } => vec![("used", used.to_string())],
            Self::Homes(refusal) => refusal.facts(),
        }
    }
}

/// What is wrong with a vacancy's fields, all at once.
pub fn fields(vacancy: &Vacancy, today: NaiveDate) -> Vec<Violation> {
    let mut found = terms(vacancy.openings, &vacancy.pay, vacancy.closes_on, today);
    found.extend(settlement(&vacancy.settlement));
    let mut fault = |field: String, why: Why| found.push(Violation { field, why });
    if vacancy.languages.len() > 10 {
        fault("languages".to_owned(), Why::Range("at most 10"));
    }
    if vacancy.homes.len() > MOST_KINDS {
        fault("homes".to_owned(), Why::Range("at most 20 kinds"));
    }
    found.extend(vacancy.external_ref.iter().filter_map(|text| external_ref(text)));
    found.extend(allowances(vacancy.allowances));
    found.extend(vacancy.homes.iter().enumerate().flat_map(|(at, home)| faults(&format!("homes[{at}]."), home, 1)));
    found
}

/// What is wrong with an employer's own reference.
pub fn external_ref(text: &str) -> Option<Violation> {
    let is_good = (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._:/-".contains(&byte));
    let why = Why::Format("1 to 64 letters, digits and . _ : / -");
    (!is_good).then(|| Violation { field: "external_ref".to_owned(), why })
}

/// What is wrong with what is given besides the pay.
pub fn allowances(given: Allowances) -> Vec<Violation> {
    let bounds = [
        ("allowances.lifting_mci", given.lifting_mci, 2_500, Why::Range("0 to 2500")),
        ("allowances.rural_supplement_percent", given.rural_percent, 100, Why::Range("0 to 100")),
        ("allowances.service_years", given.service_years, 10, Why::Range("0 to 10")),
    ];
    let outside = bounds.into_iter().filter(|(_, value, most, _)| !(0..=*most).contains(value));
    outside.map(|(field, _, _, why)| Violation { field: field.to_owned(), why }).collect()
}

/// What is wrong with what may be amended.
pub fn terms(openings: i32, pay: &Pay, closes_on: NaiveDate, today: NaiveDate) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut fault = |field: &str, why: Why| found.push(Violation { field: field.to_owned(), why });
    if !(1..=500).contains(&openings) {
        fault("openings", Why::Range("1 to 500"));
    }
    if pay.min_minor < 0 {
        fault("pay_min_minor", Why::Range("0 or more"));
    }
    if pay.max_minor < pay.min_minor {
        fault("pay_max_minor", Why::Contradicts("lies below pay_min_minor"));
    }
    if pay.currency.len() != 3 || !pay.currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
        fault("currency", Why::Format("an ISO 4217 code such as KZT"));
    }
    if closes_on < today || closes_on > today + Days::new(LONGEST_DAYS) {
        fault("closing_date", Why::Range("from today to 366 days ahead"));
    }
    found
}

/// Whether a vacancy takes matches on a day.
pub fn is_open(vacancy: &Vacancy, on: NaiveDate) -> Result<(), Refusal> {
    match vacancy.status {
        VacancyStatus::Open if on <= vacancy.closes_on => Ok(()),
        VacancyStatus::Open | VacancyStatus::Closed => Err(Refusal::VacancyClosed),
    }
}

/// A closed vacancy stays as it is.
pub fn may_amend(vacancy: &Vacancy) -> Result<(), Refusal> {
    match vacancy.status {
        VacancyStatus::Open => Ok(()),
        VacancyStatus::Closed => Err(Refusal::VacancyClosed),
    }
}

/// A closed vacancy stays as it is, and openings and homes that somebody counts on cannot be taken away. `used_homes` says how many of a kind are held or taken.
pub fn amend(vacancy: &Vacancy, wanted: Vacancy, used: i32, used_homes: impl Fn(&Home) -> i32) -> Result<Vacancy, Refusal> {
    may_amend(vacancy)?;
    if wanted.openings < used {
        return Err(Refusal::OpeningsInUse { used });
    }
    let in_use = |home: &Home| Some(used_homes(home)).filter(|used| home.count < *used);
    match wanted.homes.iter().find_map(in_use) {
        Some(used) => Err(homes::rules::Refusal::HomesInUse { used }.into()),
        None => Ok(wanted),
    }
}

/// The homes of a vacancy with some amended and some added, or every field at fault.
pub fn amend_homes(homes: &[Home], amendments: &[HomeAmendment], added: &[Home]) -> Result<Vec<Home>, Vec<Violation>> {
    let (mut after, mut found) = (homes.to_vec(), Vec::new());
    let mut fault = |field: String, why: Why| found.push(Violation { field, why });
    for (at, amendment) in amendments.iter().enumerate() {
        let path = format!("home_amendments[{at}]");
        if amendments.iter().take(at).any(|other| other.id == amendment.id) {
            fault(format!("{path}.id"), Why::Contradicts("comes twice"));
        }
        match after.iter_mut().find(|home| home.id == amendment.id) {
            Some(home) => {
                *home = amended(home, amendment);
                for violation in faults(&format!("{path}."), home, 0) {
                    fault(violation.field, violation.why);
                }
            }
            None => fault(format!("{path}.id"), Why::Unknown("a home of this vacancy")),
        }
    }
    for (at, home) in added.iter().enumerate() {
        for violation in faults(&format!("added_homes[{at}]."), home, 1) {
            fault(violation.field, violation.why);
        }
    }
    after.extend(added.iter().cloned());
    if after.iter().filter(|home| home.count > 0).count() > MOST_KINDS {
        fault("added_homes".to_owned(), Why::Range("at most 20 kinds"));
    }
    if found.is_empty() { Ok(after) } else { Err(found) }
}

/// The homes of a vacancy brought to what an import says. Homes are known again by kind, rooms and people, and keep their id and what was found there; those of which
/// nothing is said any more are offered no longer; the others are new, and have no id yet.
pub fn import_homes(homes: &[Home], said: &[Home]) -> Vec<Home> {
    let mut left: Vec<&Home> = said.iter().collect();
    let same = |home: &Home, other: &Home| (home.kind, home.rooms, home.people) == (other.kind, other.rooms, other.people);
    let mut after = Vec::with_capacity(homes.len() + said.len());
    for home in homes {
        after.push(match left.iter().position(|other| same(home, other)) {
            Some(at) => {
                let said = left.remove(at);
                Home { id: home.id, check: check_after(home, said), ..said.clone() }
            }
            None => Home { count: 0, ..home.clone() },
        });
    }
    after.extend(left.into_iter().map(|home| Home { id: Uuid::nil(), check: Check::Unchecked, ..home.clone() }));
    after
}

/// What an import says that the vacancy with its reference cannot become: another work or another place is another vacancy, on which nobody has agreed.
pub fn same_offer(vacancy: &Vacancy, said: &Vacancy) -> Vec<Violation> {
    let differs = [
        ("occupation", vacancy.occupation != said.occupation),
        ("region_code", vacancy.region != said.region),
        ("settlement", vacancy.settlement != said.settlement),
        ("currency", vacancy.pay.currency != said.pay.currency),
    ];
    let why = Why::Contradicts("differs from the vacancy with this reference");
    differs.into_iter().filter(|(_, is)| *is).map(|(field, _)| Violation { field: field.to_owned(), why: why.clone() }).collect()
}

/// A vacancy with what was found at one kind of its homes. `None` when it has no such homes.
pub fn check_home(vacancy: Vacancy, id: Uuid, check: Check) -> Option<Vacancy> {
    home(&vacancy, id)?;
    let homes = vacancy.homes.into_iter().map(|home| if home.id == id { Home { check, ..home } } else { home }).collect();
    Some(Vacancy { homes, ..vacancy })
}

/// A vacancy closes once. Matches under way go on.
pub fn close(vacancy: Vacancy) -> Result<Vacancy, Refusal> {
    match vacancy.status {
        VacancyStatus::Open => Ok(Vacancy { status: VacancyStatus::Closed, ..vacancy }),
        VacancyStatus::Closed => Err(Refusal::VacancyClosed),
    }
}

/// The home of an id among those that come with a vacancy.
pub fn home(vacancy: &Vacancy, id: Uuid) -> Option<&Home> {
    vacancy.homes.iter().find(|home| home.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        homes::HomeKind,
        ids::{EmployerId, VacancyId},
    };

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn vacancy() -> Vacancy {
        let at = "2026-01-01T00:00:00Z".parse().unwrap();
        Vacancy {
            id: VacancyId::new(),
            employer: EmployerId::new(),
            occupation: "2212".parse().unwrap(),
            region: crate::classifiers::Region::Abai,
            settlement: "Аягөз".to_owned(),
            openings: 20,
            pay: Pay { min_minor: 1, max_minor: 2, currency: "KZT".to_owned() },
            languages: vec![],
            licence_required: true,
            closes_on: day("2026-06-01"),
            status: VacancyStatus::Open,
            homes: vec![],
            version: 1,
            created_at: at,
            updated_at: at,
            external_ref: None,
            allowances: Allowances::default(),
            import: None,
        }
    }

    fn flat() -> Home {
        Home {
            id: Uuid::from_u128(1),
            kind: HomeKind::Apartment,
            count: 5,
            rooms: 2,
            people: 4,
            rent_minor: 100,
            available_from: day("2026-01-01"),
            available_until: None,
            step_free: false,
            children_allowed: true,
            pets_allowed: false,
            check: Check::Unchecked,
        }
    }

    fn house() -> Home {
        Home { id: Uuid::from_u128(2), kind: HomeKind::House, rooms: 4, people: 6, ..flat() }
    }

    fn at(violations: &[Violation]) -> Vec<&str> {
        violations.iter().map(|violation| violation.field.as_str()).collect()
    }

    #[test]
    fn every_field_at_fault_is_told() {
        let home = Home { count: 0, rooms: 0, people: 99, rent_minor: -1, available_until: Some(day("2026-01-01")), ..flat() };
        let pay = Pay { min_minor: 3, max_minor: 2, currency: "kzt".to_owned() };
        let allowances = Allowances { lifting_mci: 2_501, rural_percent: -1, housing_loan: true, service_years: 11 };
        let external_ref = Some("вакансия 1".to_owned());
        let wrong = Vacancy { openings: 0, pay, closes_on: day("2025-01-01"), settlement: String::new(), homes: vec![home], ..vacancy() };
        let wrong = Vacancy { external_ref, allowances, ..wrong };
        let found = fields(&wrong, day("2026-01-01"));
        let expected = [
            "openings",
            "pay_max_minor",
            "currency",
            "closing_date",
            "settlement",
            "external_ref",
            "allowances.lifting_mci",
            "allowances.rural_supplement_percent",
            "allowances.service_years",
            "homes[0].count",
            "homes[0].rooms",
            "homes[0].people",
            "homes[0].rent_minor",
            "homes[0].available_until_date",
        ];
        assert_eq!(at(&found), expected);
        assert!(fields(&vacancy(), day("2026-01-01")).is_empty());
    }

    #[test]
    fn openings_that_are_in_use_cannot_be_taken_away() {
        let amended = |openings, used| amend(&vacancy(), Vacancy { openings, ..vacancy() }, used, |_| 0);
        assert_eq!(amended(4, 5), Err(Refusal::OpeningsInUse { used: 5 }));
        assert_eq!(amended(5, 5).unwrap().openings, 5);
    }

    #[test]
    fn homes_that_are_in_use_cannot_be_taken_away_and_a_closed_vacancy_stays_as_it_is() {
        let used_homes = |home: &Home| if home.id == flat().id { 3 } else { 0 };
        let amended = |count| amend(&vacancy(), Vacancy { homes: vec![house(), Home { count, ..flat() }], ..vacancy() }, 0, used_homes);
        assert_eq!(amended(2), Err(homes::rules::Refusal::HomesInUse { used: 3 }.into()));
        assert_eq!(amended(3).unwrap().homes[1].count, 3);
        let closed = Vacancy { status: VacancyStatus::Closed, ..vacancy() };
        assert_eq!(amend(&closed, closed.clone(), 0, |_| 0), Err(Refusal::VacancyClosed));
    }

    #[test]
    fn homes_are_amended_by_their_id_and_added_at_the_end() {
        let id = flat().id;
        let change = HomeAmendment { id, count: Some(0), rent_minor: Some(7), step_free: Some(true), ..HomeAmendment::default() };
        let until = HomeAmendment { id: house().id, available_until: Some(Some(day("2026-03-01"))), ..HomeAmendment::default() };
        let after = amend_homes(&[flat(), house()], &[change, until], &[Home { id: Uuid::nil(), ..flat() }]).unwrap();
        assert_eq!(after[0], Home { count: 0, rent_minor: 7, step_free: true, ..flat() });
        assert_eq!(after[1], Home { available_until: Some(day("2026-03-01")), ..house() });
        assert_eq!((after.len(), after[2].count), (3, 5));
        let endless = HomeAmendment { id: house().id, available_until: Some(None), ..HomeAmendment::default() };
        assert_eq!(amend_homes(&after[1..2], &[endless], &[]).unwrap(), [house()]);
    }

    #[test]
    fn every_fault_of_amended_homes_is_told() {
        let of = |id: u128| HomeAmendment { id: Uuid::from_u128(id), ..HomeAmendment::default() };
        let wrong = HomeAmendment { count: Some(501), rent_minor: Some(-1), available_until: Some(Some(day("2025-01-01"))), ..of(1) };
        let found = amend_homes(&[flat()], &[wrong, of(9), of(1)], &vec![Home { count: 0, ..flat() }; 1]).unwrap_err();
        let of_the_first = ["home_amendments[0].count", "home_amendments[0].rent_minor", "home_amendments[0].available_until_date"];
        assert_eq!(at(&found)[..4], [&of_the_first[..], &["home_amendments[1].id"]].concat());
        assert!(at(&found).contains(&"home_amendments[2].id") && at(&found).contains(&"added_homes[0].count"), "{found:?}");
        let many = |kinds: usize| amend_homes(&[flat()], &[], &vec![flat(); kinds]);
        assert!(many(19).is_ok());
        assert_eq!(at(&many(20).unwrap_err()), ["added_homes"]);
        let none_left = HomeAmendment { count: Some(0), ..of(1) };
        assert!(amend_homes(&[flat()], &[none_left], &vec![house(); 20]).is_ok(), "what is offered no longer does not count");
    }

    #[test]
    fn a_check_ends_when_equipment_or_rules_change_and_a_refusal_does_not() {
        let on = day("2026-02-01");
        let after = |check, change: HomeAmendment| {
            amend_homes(&[Home { check, ..flat() }], &[HomeAmendment { id: flat().id, ..change }], &[]).unwrap()[0].check
        };
        let none = HomeAmendment::default;
        assert_eq!(after(Check::Checked(on), HomeAmendment { step_free: Some(true), ..none() }), Check::Unchecked);
        assert_eq!(after(Check::Checked(on), HomeAmendment { children_allowed: Some(false), ..none() }), Check::Unchecked);
        assert_eq!(after(Check::Checked(on), HomeAmendment { pets_allowed: Some(true), ..none() }), Check::Unchecked);
        assert_eq!(after(Check::Checked(on), HomeAmendment { step_free: Some(false), rent_minor: Some(1), ..none() }), Check::Checked(on));
        assert_eq!(after(Check::Refused(on), HomeAmendment { step_free: Some(true), ..none() }), Check::Refused(on));
        let said = Home { step_free: true, ..flat() };
        assert_eq!(import_homes(&[Home { check: Check::Refused(on), ..flat() }], &[said])[0].check, Check::Refused(on), "nor by an import");
    }

    #[test]
    fn an_import_knows_homes_again_by_kind_rooms_and_people() {
        let checked = Home { check: Check::Checked(day("2026-02-01")), ..flat() };
        let said = Home { id: Uuid::nil(), rent_minor: 200, count: 7, ..flat() };
        let small = Home { id: Uuid::nil(), rooms: 1, ..flat() };
        let after = import_homes(&[checked.clone(), house()], &[small.clone(), said]);
        assert_eq!(after, [Home { rent_minor: 200, count: 7, ..checked }, Home { count: 0, ..house() }, small]);
        // The same again changes nothing, and two of one kind stay two.
        let two = [flat(), Home { id: Uuid::from_u128(3), rent_minor: 1, ..flat() }];
        assert_eq!(import_homes(&two, &two.clone().map(|home| Home { id: Uuid::nil(), ..home })), two);
        assert_eq!(import_homes(&after[1..2], &[house()]), [house()], "what was offered no longer is offered again");
    }

    #[test]
    fn another_work_or_place_is_another_vacancy() {
        let said = Vacancy {
            occupation: "2221".parse().unwrap(),
            region: crate::classifiers::Region::Astana,
            settlement: "Астана".to_owned(),
            pay: Pay { currency: "USD".to_owned(), ..vacancy().pay },
            ..vacancy()
        };
        assert_eq!(at(&same_offer(&vacancy(), &said)), ["occupation", "region_code", "settlement", "currency"]);
        assert!(same_offer(&vacancy(), &Vacancy { openings: 3, licence_required: false, ..vacancy() }).is_empty());
    }

    #[test]
    fn a_reference_has_1_to_64_plain_signs() {
        for good in ["1", "A-17", "hr.kz/2026:04_b", &"x".repeat(64)] {
            assert_eq!(external_ref(good), None, "{good}");
        }
        for wrong in ["", " ", "a b", "№1", "a#", &"x".repeat(65)] {
            assert!(external_ref(wrong).is_some(), "{wrong}");
        }
    }

    #[test]
    fn allowances_have_their_bounds() {
        let most = Allowances { lifting_mci: 2_500, rural_percent: 100, housing_loan: true, service_years: 10 };
        assert!(allowances(most).is_empty() && allowances(Allowances::default()).is_empty());
    }

    #[test]
    fn a_check_is_of_homes_that_are_there() {
        let today = day("2026-06-01");
        let with = Vacancy { homes: vec![flat(), house()], ..vacancy() };
        let checked = check_home(with.clone(), house().id, Check::Refused(today)).unwrap();
        assert_eq!((checked.homes[0].check, checked.homes[1].check), (Check::Unchecked, Check::Refused(today)));
        assert_eq!(check_home(with, Uuid::from_u128(9), Check::Checked(today)), None);
    }

    #[test]
    fn a_vacancy_takes_matches_until_its_closing_day_or_until_it_is_closed() {
        assert!(is_open(&vacancy(), day("2026-06-01")).is_ok());
        assert_eq!(is_open(&vacancy(), day("2026-06-02")), Err(Refusal::VacancyClosed));
        let closed = close(vacancy()).unwrap();
        assert_eq!(is_open(&closed, day("2026-01-02")), Err(Refusal::VacancyClosed));
        assert_eq!(close(closed), Err(Refusal::VacancyClosed));
    }
}
