//! How well a person fits a vacancy: what is missing, apart from what speaks for it. A sum of whole points, each with its reason, so that a clerk and the person can
//! check it. Equally good people come in an order that nobody can foresee or arrange.

use chrono::NaiveDate;
use strum::{EnumIter, IntoStaticStr};

use super::weights::Weights;
use crate::{
    classifiers::{Country, Occupation},
    homes::{Home, rules::is_there_on},
    relocants::{Card, LicenceState},
    vacancies::Vacancy,
};

/// What stands in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum Missing {
    /// The person is not looking for work.
    NotLooking,
    /// The card names neither the occupation nor one near it; where a licence is needed, nothing near is enough.
    Occupation,
    /// A recognised licence is needed.
    LicenceNotRecognised,
    /// A needed language is not known well enough.
    Language,
    /// The person cannot begin in time.
    StartsTooLate,
    /// The employer's permit to hire the person cannot be there in time.
    WorkPermit,
}

/// What speaks for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum ScoreReason {
    /// The card names the occupation.
    Occupation,
    /// The card names an occupation of the same minor group.
    NearOccupation,
    /// The card names an occupation of the same sub-major group.
    FarOccupation,
    /// Years of practice.
    Experience,
    /// The licence is recognised.
    LicenceRecognised,
    /// Languages are known better than needed.
    LanguageAboveNeed,
    /// The region is one that the person wishes, or the person wishes none in particular.
    WishedRegion,
    /// More people are sought in the region than look for the work, and the person wishes none in particular: told in rounds, where people choose between vacancies.
    RegionInNeed,
    /// There is a home that the household fits into: one that comes with it, or one of the town.
    HomeFits,
    /// That home is free of rent.
    HomeFree,
}

/// Whose matter a reason is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matter {
    /// What the work asks of a person.
    Merit,
    /// What a person wishes of a vacancy.
    Wish,
    /// The home, which is a matter of the whole family.
    Home,
}

impl ScoreReason {
    /// Whose matter it is.
    pub fn matter(self) -> Matter {
        match self {
            Self::Occupation
            | Self::NearOccupation
            | Self::FarOccupation
            | Self::Experience
            | Self::LicenceRecognised
            | Self::LanguageAboveNeed => Matter::Merit,
            Self::WishedRegion | Self::RegionInNeed => Matter::Wish,
            Self::HomeFits | Self::HomeFree => Matter::Home,
        }
    }
}

/// What people are assessed by, beside the vacancy.
#[derive(Debug, Clone)]
pub struct Measure {
    /// The points.
    pub weights: Weights,
    /// Today.
    pub today: NaiveDate,
    /// The last day on which the work may begin; none: whenever the person can.
    pub start_by: Option<NaiveDate>,
    /// The first day on which somebody can work for whom the employer asks for a permit today.
    pub permitted_on: NaiveDate,
}

/// Somebody as far as an assessment asks.
#[derive(Debug, Clone, Copy)]
pub struct Applicant<'a> {
    /// What the person can do and wishes.
    pub card: &'a Card,
    /// The citizenship.
    pub citizenship: Country,
    /// The last day of a residence card of Kazakhstan, with which the person works as a citizen does.
    pub resides_until: Option<NaiveDate>,
}

impl Applicant<'_> {
    /// The first day on which the person can begin by the own wish.
    fn ready_on(&self, today: NaiveDate) -> NaiveDate {
        self.card.earliest_start_on.map_or(today, |day| day.max(today))
    }

    /// Whether no employer has to ask for a permit: for citizens of the Union (Treaty on the EAEU, art. 97(1)) and for whoever holds a residence card (Law 477-IV of
    /// 22 July 2011 on Migration of the Population, as descriptions of the procedure read it; confidence B).
    pub fn works_freely(&self, on: NaiveDate) -> bool {
        self.citizenship.is_eaeu() || self.resides_until.is_some_and(|until| on <= until)
    }

    /// The first day on which the person can begin, by the own wish and by law.
    pub fn starts_on(&self, measure: &Measure) -> NaiveDate {
        let ready = self.ready_on(measure.today);
        if self.works_freely(ready) { ready } else { ready.max(measure.permitted_on) }
    }
}

/// How well a person fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessment {
    /// What is missing; empty: eligible.
    pub missing: Vec<Missing>,
    /// What speaks for it, with points.
    pub reasons: Vec<(ScoreReason, i32)>,
    /// The first day on which the person can begin.
    pub starts_on: NaiveDate,
    /// Whether the employer has to ask for a permit.
    pub needs_work_permit: bool,
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

    /// With the home that is really given, by its rent, or none: which is not any that there is.
    #[must_use]
    pub fn with_home(mut self, rent_minor: Option<i64>, weights: &Weights) -> Self {
        self.reasons.retain(|(reason, _)| reason.matter() != Matter::Home);
        self.reasons.extend(rent_minor.map(|_| (ScoreReason::HomeFits, weights.home_fits)));
        self.reasons.extend(rent_minor.filter(|rent| *rent == 0).map(|_| (ScoreReason::HomeFree, weights.home_free)));
        self.reasons.retain(|(_, points)| *points != 0);
        self
    }
}

/// How near an occupation is to the one that is asked for, and what that is worth; with a licence needed, nothing but itself is.
pub fn nearness(vacancy: &Vacancy, named: Occupation, weights: &Weights) -> Option<(ScoreReason, i32)> {
    let (asked, named) = (vacancy.occupation.code(), named.code());
    let shared = |digits: usize| asked.get(..digits) == named.get(..digits);
    if shared(4) {
        Some((ScoreReason::Occupation, weights.occupation))
    } else if vacancy.licence_required {
        None
    } else if shared(3) {
        Some((ScoreReason::NearOccupation, weights.near_occupation))
    } else if shared(2) {
        Some((ScoreReason::FarOccupation, weights.far_occupation))
    } else {
        None
    }
}

/// Assesses somebody for a vacancy, with the homes that whoever works there can have.
pub fn assess(vacancy: &Vacancy, homes: &[Home], applicant: Applicant<'_>, measure: &Measure) -> Assessment {
    let (card, weights) = (applicant.card, &measure.weights);
    let (mut missing, mut reasons) = (Vec::new(), Vec::new());
    if !card.looking {
        missing.push(Missing::NotLooking);
    }
    // The best of what the card names, the nearest of equally good ones.
    let practice = |years: i32| (years * weights.year).clamp(0, weights.years_most);
    let named = card.occupations.iter().filter_map(|(named, years)| Some((nearness(vacancy, *named, weights)?, practice(*years))));
    match named.max_by_key(|((reason, points), practice)| (points + practice, *points, *reason == ScoreReason::Occupation)) {
        None => missing.push(Missing::Occupation),
        Some((near, practice)) => reasons.extend([near, (ScoreReason::Experience, practice)]),
    }
    match card.licence {
        LicenceState::Recognised => reasons.push((ScoreReason::LicenceRecognised, weights.licence_recognised)),
        LicenceState::None | LicenceState::Pending if vacancy.licence_required => missing.push(Missing::LicenceNotRecognised),
        LicenceState::None | LicenceState::Pending => {}
    }
    let mut above = 0;
    for (language, needed) in &vacancy.languages {
        match card.languages.iter().find(|(known, _)| known == language) {
            Some((_, level)) if level >= needed => above += level.rank() - needed.rank(),
            Some(_) | None => missing.push(Missing::Language),
        }
    }
    reasons.push((ScoreReason::LanguageAboveNeed, (above * weights.language_level).min(weights.languages_most)));
    if card.wished_regions.is_empty() || card.wished_regions.contains(&vacancy.region) {
        reasons.push((ScoreReason::WishedRegion, weights.wished_region));
    }
    let (ready, starts_on) = (applicant.ready_on(measure.today), applicant.starts_on(measure));
    if let Some(by) = measure.start_by.filter(|by| starts_on > *by) {
        missing.push(if ready > by { Missing::StartsTooLate } else { Missing::WorkPermit });
    }
    let fits = homes.iter().filter(|home| home.people >= card.household_size.max(1) && is_there_on(home, ready));
    let rents: Vec<i64> = fits.map(|home| home.rent_minor).collect();
    if !rents.is_empty() {
        reasons.push((ScoreReason::HomeFits, weights.home_fits));
    }
    if rents.contains(&0) {
        reasons.push((ScoreReason::HomeFree, weights.home_free));
    }
    reasons.retain(|(_, points)| *points != 0);
    missing.dedup();
    Assessment { missing, reasons, starts_on, needs_work_permit: !applicant.works_freely(starts_on) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        classifiers::{Cefr, Region},
        homes::{Check, Home, HomeKind},
        ids::{EmployerId, VacancyId},
        vacancies::{Allowances, Pay, VacancyStatus},
    };

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// With the homes that come with the vacancy.
    fn assess_there(vacancy: &Vacancy, applicant: Applicant<'_>, measure: &Measure) -> Assessment {
        assess(vacancy, &vacancy.homes, applicant, measure)
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
            ..Default::default()
        }
    }

    fn measure(today: &str) -> Measure {
        let weights = super::super::weights::Rankings::with(vec![]).unwrap().in_force(day(today)).clone();
        Measure { weights, today: day(today), start_by: None, permitted_on: day("2026-03-01") }
    }

    fn by(card: &Card) -> Applicant<'_> {
        Applicant { card, citizenship: "RUS".parse().unwrap(), resides_until: None }
    }

    #[test]
    fn a_doctor_with_a_family_fits_a_hospital_with_a_flat_and_every_point_has_its_reason() {
        let assessed = assess_there(&vacancy(), by(&doctor()), &measure("2026-02-01"));
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
        let assessed = assess_there(&vacancy(), by(&stranger), &measure("2026-02-01"));
        assert_eq!(assessed.missing, [Missing::NotLooking, Missing::Occupation, Missing::LicenceNotRecognised, Missing::Language]);
    }

    #[test]
    fn what_is_near_is_worth_less_and_nothing_where_a_licence_is_needed() {
        let free = Vacancy { licence_required: false, ..vacancy() };
        let named = |codes: &[(&str, i32)]| Card {
            occupations: codes.iter().map(|(code, years)| (code.parse().unwrap(), *years)).collect(),
            ..doctor()
        };
        let first = |vacancy: &Vacancy, card: &Card| assess_there(vacancy, by(card), &measure("2026-02-01")).reasons[0];
        for (code, reason) in [
            ("2212", (ScoreReason::Occupation, 40)),
            ("2211", (ScoreReason::NearOccupation, 25)),
            ("2221", (ScoreReason::FarOccupation, 10)),
        ] {
            assert_eq!(first(&free, &named(&[(code, 5)])), reason, "{code}");
        }
        for code in ["2211", "2221", "2330"] {
            assert!(
                assess_there(&vacancy(), by(&named(&[(code, 5)])), &measure("2026-02-01")).missing.contains(&Missing::Occupation),
                "{code}"
            );
        }
        assert_eq!(first(&free, &named(&[("2212", 0), ("2211", 9)])), (ScoreReason::NearOccupation, 25), "43 points go before 40");
        assert_eq!(first(&free, &named(&[("2211", 9), ("2212", 2)])), (ScoreReason::Occupation, 40), "of 44 and 43 the better one");
    }

    #[test]
    fn treaty_on_the_union_article_97_its_citizens_begin_at_once_and_others_when_the_permit_can_be_there() {
        let card = doctor();
        let assessed = |citizenship: &str, resides_until: Option<&str>, start_by: Option<&str>| {
            let applicant = Applicant { card: &card, citizenship: citizenship.parse().unwrap(), resides_until: resides_until.map(day) };
            assess_there(&vacancy(), applicant, &Measure { start_by: start_by.map(day), ..measure("2026-02-01") })
        };
        let starts = |assessed: Assessment| (assessed.starts_on, assessed.needs_work_permit, assessed.missing);
        assert_eq!(starts(assessed("RUS", None, Some("2026-02-01"))), (day("2026-02-01"), false, vec![]));
        assert_eq!(starts(assessed("UKR", None, None)), (day("2026-03-01"), true, vec![]), "the employer asks for it");
        assert_eq!(starts(assessed("UKR", None, Some("2026-03-01"))), (day("2026-03-01"), true, vec![]));
        assert_eq!(starts(assessed("UKR", None, Some("2026-02-28"))), (day("2026-03-01"), true, vec![Missing::WorkPermit]));
        assert_eq!(starts(assessed("UKR", Some("2026-02-01"), Some("2026-02-01"))), (day("2026-02-01"), false, vec![]));
        assert_eq!(starts(assessed("UKR", Some("2026-01-31"), Some("2026-02-01"))).2, [Missing::WorkPermit]);
    }

    #[test]
    fn who_cannot_begin_in_time_by_the_own_wish_needs_no_permit_to_be_too_late() {
        let later = Card { earliest_start_on: Some(day("2026-03-02")), ..doctor() };
        let assessed = |citizenship: &str| {
            let applicant = Applicant { card: &later, citizenship: citizenship.parse().unwrap(), resides_until: None };
            assess_there(&vacancy(), applicant, &Measure { start_by: Some(day("2026-03-01")), ..measure("2026-02-01") })
        };
        assert_eq!((assessed("RUS").missing, assessed("UKR").missing), (vec![Missing::StartsTooLate], vec![Missing::StartsTooLate]));
        assert_eq!(assessed("UKR").starts_on, day("2026-03-02"));
    }

    #[test]
    fn a_home_too_small_or_too_late_does_not_count() {
        let large = Card { household_size: 5, ..doctor() };
        let has_home = |card: &Card, on: &str| {
            assess_there(&vacancy(), by(card), &measure(on)).reasons.iter().any(|(reason, _)| *reason == ScoreReason::HomeFits)
        };
        assert!(!has_home(&large, "2026-02-01"));
        assert!(!has_home(&doctor(), "2025-12-31"));
        assert!(has_home(&doctor(), "2026-01-01"));
    }

    #[test]
    fn a_home_that_was_refused_is_offered_no_longer_or_ends_before_does_not_count() {
        let has_home = |change: fn(&mut Home)| {
            let mut vacancy = vacancy();
            vacancy.homes.iter_mut().for_each(change);
            assess_there(&vacancy, by(&doctor()), &measure("2026-02-01")).reasons.iter().any(|(reason, _)| *reason == ScoreReason::HomeFits)
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
            assess_there(&vacancy(), by(&doctor()), &measure("2026-02-01")).score()
                - assess_there(&vacancy(), by(&elsewhere), &measure("2026-02-01")).score(),
            15
        );
    }
}
