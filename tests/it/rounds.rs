//! Matching rounds: what is planned from what is in the registry, and that a plan leaves nothing behind.

use migrations::{Migrator, MigratorTrait as _};
use relocation_registry::proto::{self, HouseholdRole as Role, UnplacedReason as Why};
use tonic::Code;

use crate::{
    harness::{App, Client, direct, fields, reason, samples},
    households::form,
    matches::{of_employer, open, proposal, propose},
    on_every_database,
    permits::employer,
};

pub fn request() -> proto::PlanMatchingRoundRequest {
    proto::PlanMatchingRoundRequest { arrive_by_date: samples::in_days(30), ..Default::default() }
}

pub async fn plan(matcher: &Client, request: proto::PlanMatchingRoundRequest) -> proto::PlanMatchingRoundResponse {
    matcher.matches().plan_matching_round(request).await.unwrap().into_inner()
}

/// Somebody who looks for this work, with years of practice.
pub async fn looking(clerk: &Client, occupation: &str, years: i32) -> String {
    let mut request = samples::doctor();
    let card = request.card.as_mut().unwrap();
    card.occupations = vec![proto::OccupationSkill { occupation: occupation.to_owned(), years }];
    card.household_size = 1;
    clerk.register(request).await.id
}

/// A vacancy without homes for this work, somewhere.
pub async fn vacancy(app: &App, employer_id: &str, occupation: &str, region: &str) -> proto::Vacancy {
    let request = proto::OpenVacancyRequest {
        occupation: occupation.to_owned(),
        region_code: region.to_owned(),
        homes: vec![],
        ..samples::vacancy(employer_id, 1, 1)
    };
    of_employer(app, employer_id).await.vacancies().open_vacancy(request).await.unwrap().into_inner().vacancy.unwrap()
}

fn works(planned: &proto::PlanMatchingRoundResponse, person: &str) -> Option<String> {
    planned.placements.iter().find(|placement| placement.relocant_id == person).map(|placement| placement.vacancy_id.clone())
}

fn why(planned: &proto::PlanMatchingRoundResponse, person: &str) -> Option<Why> {
    planned.unplaced.iter().find(|unplaced| unplaced.relocant_id == person).map(proto::Unplaced::reason)
}

on_every_database! {
    async fn a_plan_gives_the_best_ranked_the_openings_and_leaves_nothing_behind(app: App) {
        let (clerk, matcher) = (app.role("registrar").await, app.role("matcher").await);
        let hospital = open(&app, &employer(&app).await, 1, 1).await;
        let (young, old) = (looking(&clerk, "2212", 1).await, looking(&clerk, "2212", 9).await);
        let teacher = looking(&clerk, "2330", 9).await;
        let planned = plan(&matcher, request()).await;
        assert_eq!((works(&planned, &old), works(&planned, &young), planned.vacancies), (Some(hospital.id.clone()), None, 1));
        assert_eq!(why(&planned, &young), Some(Why::AllTaken));
        assert_eq!(why(&planned, &teacher), None, "nothing that is open asks for teachers, who are no part of it");
        let placement = &planned.placements[0];
        assert_eq!((placement.home_id.as_str(), placement.wish), (hospital.homes[0].id.as_str(), 1));
        assert_eq!(placement.reasons.iter().map(|reason| reason.points).sum::<i32>(), placement.score);
        assert_eq!((planned.complaints.len(), planned.advice.is_none()), (0, true));
        assert_eq!(plan(&matcher, request()).await, planned, "nothing is held by it");
    }

    async fn a_couple_is_planned_into_one_region(app: App) {
        let (clerk, matcher) = (app.role("registrar").await, app.role("matcher").await);
        let company = employer(&app).await;
        let (doctor, teacher) = (looking(&clerk, "2212", 5).await, looking(&clerk, "2330", 5).await);
        // The only opening for the teacher is where the doctor would rather not be alone.
        let here = vacancy(&app, &company, "2212", "KZ-10").await;
        vacancy(&app, &company, "2212", "KZ-71").await;
        let school = vacancy(&app, &company, "2330", "KZ-10").await;
        form(&clerk, &[(&doctor, Role::Head), (&teacher, Role::Spouse)], 0).await.unwrap();
        let planned = plan(&matcher, request()).await;
        assert_eq!((works(&planned, &doctor), works(&planned, &teacher)), (Some(here.id), Some(school.id)));
        assert_eq!(planned.placements.iter().map(|placement| placement.wish).collect::<Vec<_>>(), [1, 1]);
    }

    async fn a_couple_is_head_and_spouse_whoever_else_of_the_household_looks(app: App) {
        let (clerk, matcher) = (app.role("registrar").await, app.role("matcher").await);
        let company = employer(&app).await;
        let [doctor, teacher, son] = [looking(&clerk, "2212", 5).await, looking(&clerk, "2330", 5).await, looking(&clerk, "2512", 1).await];
        let here = vacancy(&app, &company, "2212", "KZ-10").await;
        let school = vacancy(&app, &company, "2330", "KZ-10").await;
        let elsewhere = vacancy(&app, &company, "2512", "KZ-71").await;
        form(&clerk, &[(&doctor, Role::Head), (&teacher, Role::Spouse), (&son, Role::Child)], 0).await.unwrap();
        let planned = plan(&matcher, request()).await;
        assert_eq!([&doctor, &teacher, &son].map(|person| works(&planned, person)), [Some(here.id.clone()), Some(school.id), Some(elsewhere.id)]);
        // With a match in one region of the one, the other is placed there or not at all.
        let proposal = proto::ProposeMatchRequest { home_id: String::new(), ..proposal(&proto::Vacancy { homes: vec![proto::Home::default()], ..here }, &doctor) };
        propose(&matcher, proposal).await.unwrap();
        let close = proto::CloseVacancyRequest { request_id: samples::request_id(), id: planned.placements.iter().find(|placement| placement.relocant_id == teacher).unwrap().vacancy_id.clone(), ..Default::default() };
        of_employer(&app, &company).await.vacancies().close_vacancy(close).await.unwrap();
        vacancy(&app, &company, "2330", "KZ-71").await;
        assert_eq!(why(&plan(&matcher, request()).await, &teacher), Some(Why::NothingFits));
    }

    async fn what_is_held_and_who_is_bound_are_no_part_of_a_plan(app: App) {
        let (clerk, matcher) = (app.role("registrar").await, app.role("matcher").await);
        let hospital = open(&app, &employer(&app).await, 2, 1).await;
        let (first, second) = (looking(&clerk, "2212", 9).await, looking(&clerk, "2212", 5).await);
        let held = propose(&matcher, proposal(&hospital, &first)).await.unwrap();
        let planned = plan(&matcher, request()).await;
        assert_eq!((works(&planned, &first), why(&planned, &first)), (None, None), "who has an open match is not planned for");
        assert_eq!(works(&planned, &second), Some(hospital.id.clone()));
        assert_eq!(planned.placements[0].home_id, "", "the only home is held");
        let withdraw = proto::WithdrawMatchRequest { request_id: samples::request_id(), id: held.id, ..Default::default() };
        matcher.matches().withdraw_match(withdraw).await.unwrap();
        let planned = plan(&matcher, request()).await;
        assert_eq!((works(&planned, &first), works(&planned, &second)), (Some(hospital.id.clone()), Some(hospital.id)));
        assert_eq!(planned.placements.iter().filter(|placement| !placement.home_id.is_empty()).count(), 1);
    }

    async fn who_no_longer_looks_or_has_left_is_found_by_no_occupation(app: App) {
        let (clerk, matcher) = (app.role("registrar").await, app.role("matcher").await);
        let hospital = open(&app, &employer(&app).await, 3, 1).await;
        let [stops, leaves, changes] = [looking(&clerk, "2212", 1).await, looking(&clerk, "2212", 2).await, looking(&clerk, "2212", 3).await];
        assert_eq!(plan(&matcher, request()).await.placements.len(), 3);
        let amend = |id: &str, card: proto::Card| proto::AmendRelocantRequest { request_id: samples::request_id(), id: id.to_owned(), card: Some(card), ..Default::default() };
        let card = samples::doctor().card.unwrap();
        clerk.relocants().amend_relocant(amend(&stops, proto::Card { looking: false, ..card.clone() })).await.unwrap();
        let teaches = vec![proto::OccupationSkill { occupation: "2330".to_owned(), years: 3 }];
        clerk.relocants().amend_relocant(amend(&changes, proto::Card { occupations: teaches, ..card.clone() })).await.unwrap();
        let leave = proto::ReportDepartureRequest { request_id: samples::request_id(), id: leaves.clone(), departure_date: samples::in_days(0), ..Default::default() };
        clerk.relocants().report_departure(leave).await.unwrap();
        let planned = plan(&matcher, request()).await;
        assert_eq!((planned.placements.len(), planned.unplaced.len()), (0, 0));
        let rank = proto::RankCandidatesRequest { vacancy_id: hospital.id.clone(), ..Default::default() };
        assert_eq!(matcher.matches().rank_candidates(rank).await.unwrap().into_inner().candidates.len(), 0);
        clerk.relocants().amend_relocant(amend(&stops, card)).await.unwrap();
        assert_eq!(works(&plan(&matcher, request()).await, &stops), Some(hospital.id));
    }

    async fn whoever_looked_before_there_was_an_index_is_found_by_it(app: App) {
        let (clerk, matcher) = (app.role("registrar").await, app.role("matcher").await);
        open(&app, &employer(&app).await, 9, 1).await;
        let [here, gone] = [looking(&clerk, "2212", 1).await, looking(&clerk, "2212", 2).await];
        let mut silent = samples::doctor();
        silent.card.as_mut().unwrap().looking = false;
        clerk.register(silent).await;
        let leave = proto::ReportDepartureRequest { request_id: samples::request_id(), id: gone, departure_date: samples::in_days(0), ..Default::default() };
        clerk.relocants().report_departure(leave).await.unwrap();
        let db = direct(&app.url).await;
        let before = Migrator::migrations().iter().position(|migration| migration.name().ends_with("add_relocant_occupation")).unwrap();
        let steps = u32::try_from(Migrator::migrations().len() - before).unwrap();
        Migrator::down(&db, Some(steps)).await.unwrap();
        Migrator::up(&db, None).await.unwrap();
        let planned = plan(&matcher, request()).await;
        assert_eq!((planned.placements.len(), works(&planned, &here).is_some(), planned.unplaced.len()), (1, true, 0));
    }

    async fn who_cannot_begin_by_the_day_of_arrival_is_no_part_of_it(app: App) {
        let (clerk, matcher) = (app.role("registrar").await, app.role("matcher").await);
        open(&app, &employer(&app).await, 9, 1).await;
        let mut late = samples::doctor();
        late.card.as_mut().unwrap().earliest_start_date = samples::in_days(31);
        let late = clerk.register(late).await.id;
        let planned = plan(&matcher, request()).await;
        assert_eq!((works(&planned, &late), why(&planned, &late)), (None, None));
        let later = proto::PlanMatchingRoundRequest { arrive_by_date: samples::in_days(31), ..request() };
        assert!(works(&plan(&matcher, later).await, &late).is_some());
    }

    async fn a_round_is_narrowed_by_region_and_occupation_and_a_matcher_keeps_to_the_own_region(app: App) {
        let (clerk, matcher) = (app.role("registrar").await, app.role("matcher").await);
        let company = employer(&app).await;
        let (abai, astana) = (vacancy(&app, &company, "2212", "KZ-10").await, vacancy(&app, &company, "2330", "KZ-71").await);
        let (doctor, teacher) = (looking(&clerk, "2212", 5).await, looking(&clerk, "2330", 5).await);
        let planned = plan(&matcher, proto::PlanMatchingRoundRequest { region_code: "KZ-71".to_owned(), ..request() }).await;
        assert_eq!((works(&planned, &teacher), works(&planned, &doctor), planned.vacancies), (Some(astana.id.clone()), None, 1));
        let planned = plan(&matcher, proto::PlanMatchingRoundRequest { occupation: "2212".to_owned(), ..request() }).await;
        assert_eq!((works(&planned, &doctor), planned.vacancies), (Some(abai.id), 1));
        let quotas = vec![proto::RegionQuota { region_code: "KZ-71".to_owned(), most_people: 0 }];
        let planned = plan(&matcher, proto::PlanMatchingRoundRequest { quotas, ..request() }).await;
        assert_eq!((works(&planned, &doctor).is_some(), why(&planned, &teacher)), (true, Some(Why::AllTaken)));
        let mut claims = app.claims("matcher");
        claims.region = Some("KZ-71".to_owned());
        let regional = app.client(&claims).await;
        assert_eq!(plan(&regional, request()).await.vacancies, 1);
        let elsewhere = proto::PlanMatchingRoundRequest { region_code: "KZ-10".to_owned(), ..request() };
        assert_eq!(plan(&regional, elsewhere).await.vacancies, 0, "as if there were none");
    }

    async fn a_round_tells_every_field_at_fault_and_is_a_matchers(app: App) {
        let matcher = app.role("matcher").await;
        let quota = |region: &str, most_people| proto::RegionQuota { region_code: region.to_owned(), most_people };
        let quotas = vec![quota("KZ-10", 5001), quota("KZ-10", 1), quota("", 0)];
        let wrong = proto::PlanMatchingRoundRequest { region_code: "XX".to_owned(), occupation: "doctor".to_owned(), arrive_by_date: None, quotas };
        let status = matcher.matches().plan_matching_round(wrong).await.unwrap_err();
        assert_eq!(fields(&status), ["region_code", "occupation", "arrive_by_date", "quotas[0].most_people", "quotas[1].region_code", "quotas[2].region_code"]);
        let late = proto::PlanMatchingRoundRequest { arrive_by_date: samples::in_days(181), ..request() };
        assert_eq!(fields(&matcher.matches().plan_matching_round(late).await.unwrap_err()), ["arrive_by_date"]);
        for role in ["registrar", "employer", "person", "auditor"] {
            let status = app.role(role).await.matches().plan_matching_round(request()).await.unwrap_err();
            assert_eq!((status.code(), reason(&status).as_str()), (Code::PermissionDenied, "PERMISSION_DENIED"), "{role}");
        }
    }
}
