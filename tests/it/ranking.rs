//! Ranking people for a vacancy: the database finds the best, and what it finds is what every card assessed by itself comes to.

use std::collections::BTreeSet;

use relocation_registry::proto;

use crate::{
    harness::{App, Client, samples},
    matches::of_employer,
    on_every_database,
    permits::employer,
};

/// Numbers that are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % u64::try_from(bound).unwrap()).unwrap()
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }
}

const OCCUPATIONS: [&str; 8] = ["2211", "2212", "2221", "2261", "2330", "2341", "2512", "5120"];
const REGIONS: [&str; 4] = ["KZ-10", "KZ-19", "KZ-71", "KZ-79"];

fn card(numbers: &mut Numbers) -> proto::Card {
    let occupations: BTreeSet<&str> = (0..=numbers.below(3)).map(|_| numbers.one(&OCCUPATIONS)).collect();
    let languages: BTreeSet<&str> = (0..numbers.below(4)).map(|_| numbers.one(&["kk", "ru", "en", "uk"])).collect();
    let regions: BTreeSet<&str> = (0..numbers.below(3)).map(|_| numbers.one(&REGIONS)).collect();
    proto::Card {
        occupations: occupations
            .into_iter()
            .map(|occupation| proto::OccupationSkill {
                occupation: occupation.to_owned(),
                years: i32::try_from(numbers.below(14)).unwrap(),
            })
            .collect(),
        languages: languages
            .into_iter()
            .map(|language| proto::LanguageSkill { language: language.to_owned(), level: i32::try_from(1 + numbers.below(6)).unwrap() })
            .collect(),
        licence_state: i32::try_from(1 + numbers.below(3)).unwrap(),
        wished_regions: regions.into_iter().map(str::to_owned).collect(),
        household_size: i32::try_from(1 + numbers.below(5)).unwrap(),
        earliest_start_date: if numbers.below(3) == 0 { samples::in_days(i64::try_from(numbers.below(40)).unwrap()) } else { None },
        looking: true,
        ..Default::default()
    }
}

fn vacancy(numbers: &mut Numbers, employer: &str) -> proto::OpenVacancyRequest {
    let languages: BTreeSet<&str> = (0..numbers.below(3)).map(|_| numbers.one(&["kk", "ru", "uk"])).collect();
    let homes = (0..numbers.below(3)).map(|_| proto::Home {
        kind: proto::HomeKind::House.into(),
        count: 1,
        rooms: 2,
        people: i32::try_from(1 + numbers.below(5)).unwrap(),
        rent_minor: i64::try_from(numbers.below(2)).unwrap(),
        available_from_date: samples::in_days(i64::try_from(numbers.below(20)).unwrap()),
        available_until_date: if numbers.below(2) == 0 { samples::in_days(i64::try_from(20 + numbers.below(20)).unwrap()) } else { None },
        ..Default::default()
    });
    let homes = homes.collect();
    proto::OpenVacancyRequest {
        occupation: numbers.one(&OCCUPATIONS).to_owned(),
        region_code: numbers.one(&REGIONS).to_owned(),
        languages: languages
            .into_iter()
            .map(|language| proto::LanguageSkill { language: language.to_owned(), level: i32::try_from(1 + numbers.below(6)).unwrap() })
            .collect(),
        licence_required: numbers.below(2) == 0,
        homes,
        ..samples::vacancy(employer, 1, 1)
    }
}

async fn register(clerk: &Client, citizenship: &str, card: proto::Card) -> String {
    let typed = proto::TypedIdentity { citizenship: citizenship.to_owned(), ..samples::typed() };
    let source = Some(proto::register_relocant_request::Source::Typed(typed));
    clerk.register(proto::RegisterRelocantRequest { source, card: Some(card), ..samples::registration() }).await.id
}

async fn rank(matcher: &Client, vacancy_id: &str, limit: i32, start_by: Option<i64>) -> Vec<proto::Candidate> {
    let start_by_date = start_by.and_then(samples::in_days);
    let request = proto::RankCandidatesRequest { vacancy_id: vacancy_id.to_owned(), limit, start_by_date };
    matcher.matches().rank_candidates(request).await.unwrap().into_inner().candidates
}

async fn open(app: &App, request: proto::OpenVacancyRequest) -> String {
    let own = of_employer(app, &request.employer_id).await;
    own.vacancies().open_vacancy(request).await.unwrap().into_inner().vacancy.unwrap().id
}

on_every_database! {
    async fn what_the_database_finds_is_what_every_card_comes_to(app: App) {
        let (clerk, matcher, company) = (app.role("registrar").await, app.role("matcher").await, employer(&app).await);
        let mut numbers = Numbers(20_261_127);
        let mut people: Vec<(String, proto::Card)> = Vec::new();
        for _ in 0..90 {
            let (citizenship, card) = (numbers.one(&["RUS", "UKR", "KGZ"]), card(&mut numbers));
            people.push((register(&clerk, citizenship, card.clone()).await, card));
        }
        // Homes that come with no vacancy count where the vacancy is, and nowhere else.
        for _ in 0..8 {
            let home = vacancy(&mut numbers, &company).homes.pop();
            let settlement = numbers.one(&["Аягөз", "Семей"]).to_owned();
            let Some(home) = home else { continue };
            let request = proto::OpenHomeOfferRequest { region_code: numbers.one(&REGIONS).to_owned(), settlement, home: Some(home), ..crate::homes::offer("", 1) };
            crate::homes::offered(&matcher, request).await.unwrap();
        }
        for _ in 0..40 {
            let request = vacancy(&mut numbers, &company);
            let asked = (request.occupation.clone(), request.licence_required);
            let id = open(&app, request).await;
            let start_by = [None, Some(5), Some(60)][numbers.below(3)];
            let all = rank(&matcher, &id, 200, start_by).await;
            let digits = if asked.1 { 4 } else { 2 };
            let near = |card: &proto::Card| card.occupations.iter().any(|skill| skill.occupation[..digits] == asked.0[..digits]);
            let expected: BTreeSet<&String> = people.iter().filter(|(_, card)| near(card)).map(|(id, _)| id).collect();
            assert_eq!(all.iter().map(|candidate| &candidate.relocant_id).collect::<BTreeSet<_>>(), expected, "everybody who is near, once");
            assert_eq!(all.len(), expected.len());
            let order: Vec<(bool, i32)> = all.iter().map(|candidate| (!candidate.eligible, -candidate.score)).collect();
            assert!(order.is_sorted(), "the database and the rule disagree for {asked:?} by {start_by:?}: {order:?}");
            assert_eq!(rank(&matcher, &id, 4, start_by).await, all[..all.len().min(4)], "a short list is the beginning of a long one");
        }
    }

    async fn equals_come_in_another_order_at_each_vacancy_and_always_in_the_same(app: App) {
        let (clerk, matcher, company) = (app.role("registrar").await, app.role("matcher").await, employer(&app).await);
        let mut by_arrival = Vec::new();
        for _ in 0..12 {
            by_arrival.push(clerk.register(samples::doctor()).await.id);
        }
        let mut orders = BTreeSet::new();
        for _ in 0..4 {
            let id = open(&app, samples::vacancy(&company, 1, 1)).await;
            let order: Vec<String> = rank(&matcher, &id, 0, None).await.into_iter().map(|candidate| candidate.relocant_id).collect();
            assert_eq!(rank(&matcher, &id, 0, None).await.into_iter().map(|candidate| candidate.relocant_id).collect::<Vec<_>>(), order);
            orders.insert(order);
        }
        // By chance one in 479 million.
        assert!(orders.len() == 4 && !orders.contains(&by_arrival), "nobody is first by arrival, and nobody always");
    }

    async fn who_needs_a_permit_is_told_from_when_and_reasons_come_in_words(app: App) {
        let (clerk, company) = (app.role("registrar").await, employer(&app).await);
        let matcher = app.role("matcher").await;
        let card = samples::doctor().card.unwrap();
        let free = register(&clerk, "RUS", card.clone()).await;
        let asks = register(&clerk, "UKR", card.clone()).await;
        let resides = register(&clerk, "UKR", card).await;
        let residence_card = proto::Document { kind: proto::DocumentKind::ResidenceCard.into(), issuing_country: "KAZ".to_owned(), number: "043210987".to_owned(), expiry_date: samples::in_days(400), ..samples::document() };
        let add = proto::AddDocumentRequest { request_id: samples::request_id(), id: resides.clone(), document: Some(residence_card), ..Default::default() };
        clerk.relocants().add_document(add).await.unwrap();
        let id = open(&app, samples::vacancy(&company, 1, 1)).await;
        let of = |all: &[proto::Candidate], person: &String| all.iter().find(|candidate| candidate.relocant_id == *person).unwrap().clone();
        let whenever = rank(&matcher, &id, 0, None).await;
        for (person, needs) in [(&free, false), (&asks, true), (&resides, false)] {
            let found = of(&whenever, person);
            assert_eq!((found.eligible, found.needs_work_permit, found.start_date == samples::in_days(0)), (true, needs, !needs));
        }
        let soon = rank(&matcher, &id, 0, Some(2)).await;
        assert_eq!(soon.iter().map(|candidate| candidate.eligible).collect::<Vec<_>>(), [true, true, false]);
        let late = of(&soon, &asks);
        assert_eq!(late.missing, ["WORK_PERMIT"]);
        assert_eq!(late.missing_reasons[0].text, "The permit to hire this person cannot be ready in time.");
        assert_eq!(of(&soon, &free).reasons[0].text, "Works in this very occupation.");
        let mut request = tonic::Request::new(proto::RankCandidatesRequest { vacancy_id: id, ..Default::default() });
        request.metadata_mut().insert("accept-language", "ru".parse().unwrap());
        let answer = matcher.matches().rank_candidates(request).await.unwrap().into_inner();
        assert_eq!((answer.weights_id.as_str(), answer.candidates[0].reasons[0].text.as_str()), ("2026-11", "Работает именно по этой профессии."));
    }
}
