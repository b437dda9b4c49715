//! How well a person fits a vacancy: what is missing, apart from what speaks for it. A fixed sum of whole points, each with its reason, so that a clerk and the
//! person can check it. Equally good people come in an order that nobody can foresee or arrange.

use chrono::NaiveDate;
use strum::IntoStaticStr;

use crate::{
    relocants::{Card, LicenceState},
    vacancies::{Vacancy, rules::is_there_on},
};

/// What stands in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum Missing {
    /// The person is not looking for work.
    NotLooking,
    /// The card does not name the occupation.
    Occupation,
    /// A recognised licence is needed.
    LicenceNotRecognised,
    /// A needed language is not known well enough.
    Language,
}

/// What speaks for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum ScoreReason {
    /// The card names the occupation: 40.
    Occupation,
    /// Years of practice: 2 each, 20 at most.
    Experience,
    /// The licence is recognised: 10.
    LicenceRecognised,
    /// Languages are known better than needed: 3 each level, 9 at most.
    LanguageAboveNeed,
    /// The region is one that the person wishes, or the person wishes none in particular: 15.
    WishedRegion,
    /// A home comes with it that the household fits into: 15.
    HomeFits,
    /// That home is free of rent: 5.
    HomeFree,
}

/// Points of a home that the household fits into.
pub(super) const HOME_FITS: i32 = 15;

/// Points of such a home that is free of rent.
pub(super) const HOME_FREE: i32 = 5;

/// How well a person fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessment {
    /// What is missing; empty: eligible.
    pub missing: Vec<Missing>,
    /// What speaks for it, with points.
    pub reasons: Vec<(ScoreReason, i32)>,
}

impl Assessment {
    /// Whether nothing is missing.
    pub fn is_eligible(&self) -> bool {
        self.missing.is_empty()
    }

    /// The sum of the points.
    pub fn score(&self) -> i32 {
        self.reasons.iter().map(|(_, points)| points).sum()
    }
}

/// Assesses a card for a vacancy. `start_on` is the day on which the work would begin.
pub fn assess(vacancy: &Vacancy, card: &Card, start_on: NaiveDate) -> Assessment {
    let (mut missing, mut reasons) = (Vec::new(), Vec::new());
    if !card.looking {
        missing.push(Missing::NotLooking);
    }
    match card.occupations.iter().find(|(occupation, _)| *occupation == vacancy.occupation) {
        None => missing.push(Missing::Occupation),
        Some((_, years)) => {
            reasons.push((ScoreReason::Occupation, 40));
            reasons.push((ScoreReason::Experience, (years * 2).clamp(0, 20)));
        }
    }
    match card.licence {
        LicenceState::Recognised => reasons.push((ScoreReason::LicenceRecognised, 10)),
        LicenceState::None | LicenceState::Pending if vacancy.licence_required => missing.push(Missing::LicenceNotRecognised),
        LicenceState::None | LicenceState::Pending => {}
    }
    let mut above = 0;
    for (language, needed) in &vacancy.languages {
        match card.languages.iter().find(|(known, _)| known == language) {
            Some((_, level)) if level >= needed => above += levels_above(*level) - levels_above(*needed),
            Some(_) | None => missing.push(Missing::Language),
        }
    }
    reasons.push((ScoreReason::LanguageAboveNeed, (above * 3).min(9)));
    if card.wished_regions.is_empty() || card.wished_regions.contains(&vacancy.region) {
        reasons.push((ScoreReason::WishedRegion, 15));
    }
    let fits = vacancy.homes.iter().filter(|home| home.people >= card.household_size.max(1) && is_there_on(home, start_on));
    let rents: Vec<i64> = fits.map(|home| home.rent_minor).collect();
    if !rents.is_empty() {
        reasons.push((ScoreReason::HomeFits, HOME_FITS));
    }
    if rents.contains(&0) {
        reasons.push((ScoreReason::HomeFree, HOME_FREE));
    }
    reasons.retain(|(_, points)| *points != 0);
    missing.dedup();
    Assessment { missing, reasons }
}

fn levels_above(level: crate::classifiers::Cefr) -> i32 {
    use strum::IntoEnumIterator as _;
    crate::classifiers::Cefr::iter().zip(0..).find(|(known, _)| *known == level).map_or(0, |(_, rank)| rank)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        classifiers::{Cefr, Region},
        ids::{EmployerId, VacancyId},
        vacancies::{Allowances, Check, Home, HomeKind, Pay, VacancyStatus},
    };

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn vacancy() -> Vacancy {
        let at = "2026-01-01T00:00:00Z".parse().unwrap();
        let home = Home {
            id: uuid::Uuid::nil(),
            kind: HomeKind::Apartment,
            count: 20,
            rooms: 2,
            people: 4,
            rent_minor: 0,
            available_from: day("2026-01-01"),
            available_until: None,
            step_free: false,
            children_allowed: true,
            pets_allowed: false,
            check: Check::Unchecked,
        };
        Vacancy {
            id: VacancyId::new(),
            employer: EmployerId::new(),
            occupation: "2212".parse().unwrap(),
            region: Region::Abai,
            settlement: "Аягөз".to_owned(),
            openings: 20,
            pay: Pay { min_minor: 1, max_minor: 2, currency: "KZT".to_owned() },
            languages: vec![("ru".parse().unwrap(), Cefr::B2)],
            licence_required: true,
            closes_on: day("2026-06-01"),
            status: VacancyStatus::Open,
            homes: vec![home],
            version: 1,
            created_at: at,
            updated_at: at,
            external_ref: None,
            allowances: Allowances::default(),
            import: None,
        }
    }

    fn doctor() -> Card {
        Card {
            occupations: vec![("2212".parse().unwrap(), 8)],
            languages: vec![("ru".parse().unwrap(), Cefr::C2)],
            licence: LicenceState::Recognised,
            wished_regions: vec![],
            household_size: 4,
            earliest_start_on: None,
            looking: true,
        }
    }

    #[test]
    fn a_doctor_with_a_family_fits_a_hospital_with_a_flat_and_every_point_has_its_reason() {
        let assessed = assess(&vacancy(), &doctor(), day("2026-02-01"));
        assert!(assessed.is_eligible());
        let expected = [
            (ScoreReason::Occupation, 40),
            (ScoreReason::Experience, 16),
            (ScoreReason::LicenceRecognised, 10),
            (ScoreReason::LanguageAboveNeed, 6),
            (ScoreReason::WishedRegion, 15),
            (ScoreReason::HomeFits, 15),
            (ScoreReason::HomeFree, 5),
        ];
        assert_eq!(assessed.reasons, expected);
        assert_eq!(assessed.score(), 107);
    }

    #[test]
    fn all_that_is_missing_is_told() {
        let stranger = Card { licence: LicenceState::Pending, occupations: vec![], languages: vec![], looking: false, ..doctor() };
        let assessed = assess(&vacancy(), &stranger, day("2026-02-01"));
        assert_eq!(assessed.missing, [Missing::NotLooking, Missing::Occupation, Missing::LicenceNotRecognised, Missing::Language]);
    }

    #[test]
    fn a_home_too_small_or_too_late_does_not_count() {
        let large = Card { household_size: 5, ..doctor() };
        let has_home =
            |card: &Card, on: &str| assess(&vacancy(), card, day(on)).reasons.iter().any(|(reason, _)| *reason == ScoreReason::HomeFits);
        assert!(!has_home(&large, "2026-02-01"));
        assert!(!has_home(&doctor(), "2025-12-31"));
        assert!(has_home(&doctor(), "2026-01-01"));
    }

    #[test]
    fn a_home_that_was_refused_is_offered_no_longer_or_ends_before_does_not_count() {
        let has_home = |change: fn(&mut Home)| {
            let mut vacancy = vacancy();
            vacancy.homes.iter_mut().for_each(change);
            assess(&vacancy, &doctor(), day("2026-02-01")).reasons.iter().any(|(reason, _)| *reason == ScoreReason::HomeFits)
        };
        assert!(has_home(|home| home.check = Check::Checked(day("2026-01-02"))));
        assert!(!has_home(|home| home.check = Check::Refused(day("2026-01-02"))));
        assert!(!has_home(|home| home.count = 0));
        assert!(!has_home(|home| home.available_until = Some(day("2026-01-31"))));
        assert!(has_home(|home| home.available_until = Some(day("2026-02-01"))));
    }

    #[test]
    fn an_unwished_region_costs_its_points_and_nothing_else() {
        let elsewhere = Card { wished_regions: vec![Region::Astana], ..doctor() };
        assert_eq!(
            assess(&vacancy(), &doctor(), day("2026-02-01")).score() - assess(&vacancy(), &elsewhere, day("2026-02-01")).score(),
            15
        );
    }
}
