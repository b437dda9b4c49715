//! What a vacancy may say, and when it may change.

use chrono::{Days, NaiveDate};

use super::{Home, Pay, Vacancy, VacancyStatus};
use crate::error::{Reason, Violation, Why};

/// Days ahead that a vacancy may close at most.
const LONGEST_DAYS: u64 = 366;

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
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::VacancyClosed => vec![],
            Self::OpeningsInUse { used } => vec![("used", used.to_string())],
        }
    }
}

/// What is wrong with a vacancy's fields, all at once.
pub fn fields(vacancy: &Vacancy, today: NaiveDate) -> Vec<Violation> {
    let mut found = terms(vacancy.openings, &vacancy.pay, vacancy.closes_on, today);
    let mut fault = |field: String, why: Why| found.push(Violation { field, why });
    match vacancy.settlement.trim().chars().count() {
        0 => fault("settlement".to_owned(), Why::Required),
        1..=100 if !vacancy.settlement.chars().any(char::is_control) => {}
        _ => fault("settlement".to_owned(), Why::Format("1 to 100 characters on one line")),
    }
    if vacancy.languages.len() > 10 {
        fault("languages".to_owned(), Why::Range("at most 10"));
    }
    if vacancy.homes.len() > 20 {
        fault("homes".to_owned(), Why::Range("at most 20 kinds"));
    }
    for (at, home) in vacancy.homes.iter().enumerate() {
        for (name, value, bounds, why) in [
            ("count", home.count, 1..=500, Why::Range("1 to 500")),
            ("rooms", home.rooms, 1..=20, Why::Range("1 to 20")),
            ("people", home.people, 1..=20, Why::Range("1 to 20")),
        ] {
            if !bounds.contains(&value) {
                fault(format!("homes[{at}].{name}"), why);
            }
        }
        if home.rent_minor < 0 {
            fault(format!("homes[{at}].rent_minor"), Why::Range("0 or more"));
        }
    }
    found
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

/// A closed vacancy stays as it is, and openings that somebody counts on cannot be taken away.
pub fn amend(vacancy: Vacancy, openings: i32, pay: Pay, closes_on: NaiveDate, used: i32) -> Result<Vacancy, Refusal> {
    if vacancy.status == VacancyStatus::Closed {
        return Err(Refusal::VacancyClosed);
    }
    if openings < used {
        return Err(Refusal::OpeningsInUse { used });
    }
    Ok(Vacancy { openings, pay, closes_on, ..vacancy })
}

/// A vacancy closes once. Matches under way go on.
pub fn close(vacancy: Vacancy) -> Result<Vacancy, Refusal> {
    match vacancy.status {
        VacancyStatus::Open => Ok(Vacancy { status: VacancyStatus::Closed, ..vacancy }),
        VacancyStatus::Closed => Err(Refusal::VacancyClosed),
    }
}

/// The home of an id among those that come with a vacancy.
pub fn home(vacancy: &Vacancy, id: uuid::Uuid) -> Option<&Home> {
    vacancy.homes.iter().find(|home| home.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ids::{EmployerId, VacancyId},
        vacancies::HomeKind,
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
        }
    }

    #[test]
    fn every_field_at_fault_is_told() {
        let home = Home {
            id: uuid::Uuid::nil(),
            kind: HomeKind::House,
            count: 0,
            rooms: 0,
            people: 99,
            rent_minor: -1,
            available_from: day("2026-01-01"),
        };
        let pay = Pay { min_minor: 3, max_minor: 2, currency: "kzt".to_owned() };
        let wrong = Vacancy { openings: 0, pay, closes_on: day("2025-01-01"), settlement: String::new(), homes: vec![home], ..vacancy() };
        let at: Vec<String> = fields(&wrong, day("2026-01-01")).into_iter().map(|violation| violation.field).collect();
        let expected = [
            "openings",
            "pay_max_minor",
            "currency",
            "closing_date",
            "settlement",
            "homes[0].count",
            "homes[0].rooms",
            "homes[0].people",
            "homes[0].rent_minor",
        ];
        assert_eq!(at, expected);
        assert!(fields(&vacancy(), day("2026-01-01")).is_empty());
    }

    #[test]
    fn openings_that_are_in_use_cannot_be_taken_away() {
        let amended = |openings, used| amend(vacancy(), openings, vacancy().pay, vacancy().closes_on, used);
        assert_eq!(amended(4, 5), Err(Refusal::OpeningsInUse { used: 5 }));
        assert_eq!(amended(5, 5).unwrap().openings, 5);
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
