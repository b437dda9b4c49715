//! Rounds that are published: what was looked at is proposed, family by family, and nothing is sold twice.

use relocation_registry::proto::{self, HouseholdRole as Role, PlacementOutcome as Outcome};
use tonic::{Code, Status};

use crate::{
    harness::{Client, patiently, reason, samples},
    households::form,
    matches::{accept, free, of_employer, of_person, open, proposal, propose},
    on_every_database,
    permits::employer,
    rounds::{looking, plan, request, vacancy},
};

fn order() -> proto::RunMatchingRoundRequest {
    proto::RunMatchingRoundRequest { request_id: samples::request_id(), arrive_by_date: samples::in_days(30), ..Default::default() }
}

async fn run(matcher: &Client, order: proto::RunMatchingRoundRequest) -> Result<proto::RunMatchingRoundResponse, Status> {
    matcher.matches().run_matching_round(order).await.map(tonic::Response::into_inner)
}

fn outcomes(round: &proto::RunMatchingRoundResponse) -> Vec<(Outcome, &str)> {
    round.placements.iter().map(|placement| (placement.outcome(), placement.reason.as_str())).collect()
}

async fn matches_of(matcher: &Client, vacancy: &proto::Vacancy) -> Vec<proto::Match> {
    let list = proto::ListMatchesRequest { vacancy_id: vacancy.id.clone(), page_size: 200, ..Default::default() };
    matcher.matches().list_matches(list).await.unwrap().into_inner().matches
}

on_every_database! {
    async fn what_was_looked_at_is_proposed_and_held_once(app: App) {
        let (clerk, matcher) = (app.role("registrar").await, app.role("matcher").await);
        let hospital = open(&app, &employer(&app).await, 2, 1).await;
        for years in [1, 5, 9] {
            looking(&clerk, "2212", years).await;
        }
        let planned = plan(&matcher, request()).await;
        let order = proto::RunMatchingRoundRequest { plan_id: planned.plan_id.clone(), ..order() };
        let first = run(&matcher, order.clone()).await.unwrap();
        assert_eq!(outcomes(&first), [(Outcome::Proposed, ""), (Outcome::Proposed, "")]);
        assert_eq!((first.families_left, first.round.as_ref().unwrap().unplaced, first.round.as_ref().unwrap().plan_id.as_str()), (0, 1, planned.plan_id.as_str()));
        assert_eq!(free(&matcher, &hospital).await, (0, 0));
        let people = |round: &proto::RunMatchingRoundResponse| round.placements.iter().map(|placement| placement.relocant_id.clone()).collect::<Vec<_>>();
        assert_eq!(people(&first), planned.placements.iter().map(|placement| placement.relocant_id.clone()).collect::<Vec<_>>());

        let entries = app.count("journal").await;
        assert_eq!(run(&matcher, order).await.unwrap(), first, "the same request has no second effect");
        assert_eq!(app.count("journal").await, entries);
        let get = proto::GetMatchingRoundRequest { id: first.round.as_ref().unwrap().id.clone() };
        let got = matcher.matches().get_matching_round(get).await.unwrap().into_inner();
        assert_eq!((got.round, got.placements), (first.round.clone(), first.placements.clone()));
        for (placement, found) in first.placements.iter().zip(matches_of(&matcher, &hospital).await) {
            assert_eq!((placement.match_id.as_str(), placement.relocant_id.as_str(), placement.home_id.as_str()), (found.id.as_str(), found.relocant_id.as_str(), found.home_id.as_str()));
        }

        // Who holds a place keeps it; a new round is for whoever has none.
        let second = run(&matcher, self::order()).await.unwrap();
        assert_eq!((second.placements.len(), second.round.unwrap().vacancies), (0, 0));
    }

    async fn a_trial_and_a_plan_that_has_changed_leave_nothing_behind(app: App) {
        let (clerk, matcher) = (app.role("registrar").await, app.role("matcher").await);
        let hospital = open(&app, &employer(&app).await, 1, 1).await;
        looking(&clerk, "2212", 1).await;
        let seen = plan(&matcher, request()).await.plan_id;
        let tried = run(&matcher, proto::RunMatchingRoundRequest { validate_only: true, ..order() }).await.unwrap();
        assert_eq!((outcomes(&tried), tried.families_left), (vec![(Outcome::Planned, "")], 1));
        assert_eq!(tried.round.unwrap().id, "");
        looking(&clerk, "2212", 9).await;
        let outdated = run(&matcher, proto::RunMatchingRoundRequest { plan_id: seen, ..order() }).await.unwrap_err();
        assert_eq!((outdated.code(), reason(&outdated).as_str()), (Code::FailedPrecondition, "ROUND_CHANGED"));
        assert_eq!((free(&matcher, &hospital).await, app.count("matching_round").await), ((1, 1), 0));
    }

    async fn a_couple_is_proposed_together_and_the_other_family_beside_it(app: App) {
        let (clerk, matcher) = (app.role("registrar").await, app.role("matcher").await);
        let company = employer(&app).await;
        let (doctor, teacher, programmer) = (looking(&clerk, "2212", 5).await, looking(&clerk, "2330", 5).await, looking(&clerk, "2512", 5).await);
        let here = vacancy(&app, &company, "2212", "KZ-10").await;
        let school = vacancy(&app, &company, "2330", "KZ-10").await;
        vacancy(&app, &company, "2512", "KZ-10").await;
        form(&clerk, &[(&doctor, Role::Head), (&teacher, Role::Spouse)], 0).await.unwrap();
        let round = run(&matcher, order()).await.unwrap();
        let of = |person: &str| round.placements.iter().find(|placement| placement.relocant_id == person).unwrap().clone();
        assert_eq!(of(&doctor).family, of(&teacher).family);
        assert_ne!(of(&doctor).family, of(&programmer).family);
        let [first, second] = [&matches_of(&matcher, &here).await[0], &matches_of(&matcher, &school).await[0]];
        assert!(!first.together_id.is_empty() && first.together_id == second.together_id);
        accept(&of_person(&app, &doctor).await, &first.id, proto::MatchSide::Relocant).await.unwrap();
        let own = of_employer(&app, &company).await;
        assert_eq!(accept(&own, &first.id, proto::MatchSide::Employer).await.unwrap().state(), proto::MatchState::Proposed);
    }

    async fn a_round_while_callers_take_places_sells_nothing_twice_and_loses_nobody(app: App) {
        let (clerk, matcher) = (app.role("registrar").await, app.role("matcher").await);
        #[allow(clippy::disallowed_methods, reason = "whoever measures says how often")]
        let rounds = std::env::var("PUBLISHING_ROUNDS").map_or(4, |rounds| rounds.parse().unwrap());
        for _ in 0..rounds {
            let hospital = open(&app, &employer(&app).await, 6, 3).await;
            let mut people = Vec::new();
            for _ in 0..10 {
                people.push(looking(&clerk, "2212", 5).await);
            }
            let callers = people.iter().map(|person| {
                let (matcher, request) = (matcher.clone(), proposal(&hospital, person));
                async move {
                    patiently(|| propose(&matcher, request.clone())).await.is_ok()
                }
            });
            let publishing = async {
                let order = order();
                patiently(|| run(&matcher, order.clone())).await.unwrap()
            };
            let (taken, round) = futures_util::join!(futures_util::future::join_all(callers), publishing);
            assert_eq!(round.families_left, 0);
            let proposed = round.placements.iter().filter(|placement| placement.outcome() == Outcome::Proposed).count();
            assert!(round.placements.iter().all(|placement| (placement.outcome() == Outcome::Proposed) == placement.reason.is_empty()));
            let open: Vec<_> = matches_of(&matcher, &hospital).await;
            assert_eq!(open.len(), proposed + taken.iter().filter(|taken| **taken).count(), "every match is somebody's");
            let (openings, homes) = free(&matcher, &hospital).await;
            let with_home = open.iter().filter(|found| !found.home_id.is_empty()).count();
            assert_eq!((openings, homes), (6 - i32::try_from(open.len()).unwrap(), 3 - i32::try_from(with_home).unwrap()));
            assert!(openings >= 0 && homes >= 0);
            let mut bound: Vec<_> = open.iter().map(|found| &found.relocant_id).collect();
            bound.sort();
            bound.dedup();
            assert_eq!(bound.len(), open.len(), "nobody is held for twice");
            // The next round starts with nothing that is open and nobody who looks.
            let close = proto::CloseVacancyRequest { request_id: samples::request_id(), id: hospital.id.clone(), ..Default::default() };
            of_employer(&app, &hospital.employer_id).await.vacancies().close_vacancy(close).await.unwrap();
            for person in people {
                let leave = proto::ReportDepartureRequest { request_id: samples::request_id(), id: person, departure_date: samples::in_days(0), ..Default::default() };
                clerk.relocants().report_departure(leave).await.unwrap();
            }
        }
    }

    async fn who_was_taken_meanwhile_is_told_in_the_record_and_nothing_of_the_family_is_held(app: App) {
        let (clerk, matcher) = (app.role("registrar").await, app.role("matcher").await);
        let company = employer(&app).await;
        let (doctor, teacher, other) = (looking(&clerk, "2212", 5).await, looking(&clerk, "2330", 5).await, looking(&clerk, "2330", 1).await);
        let here = vacancy(&app, &company, "2212", "KZ-10").await;
        let school = vacancy(&app, &company, "2330", "KZ-10").await;
        form(&clerk, &[(&doctor, Role::Head), (&teacher, Role::Spouse)], 0).await.unwrap();
        let order = order();
        // The plan is written, and nothing of it carried out: as if the process had been killed there, and long ago.
        let done = run(&matcher, order.clone()).await.unwrap();
        app.sql("UPDATE matching_placement SET outcome = 'PLANNED', match_id = NULL").await;
        for placement in &done.placements {
            let withdraw = proto::WithdrawMatchRequest { request_id: samples::request_id(), id: placement.match_id.clone(), ..Default::default() };
            let _ = matcher.matches().withdraw_match(withdraw).await;
        }
        app.sql("DELETE FROM request WHERE operation = 'RunMatchingRound'").await;
        let without_home = |vacancy: &proto::Vacancy, person: &str| proto::ProposeMatchRequest { home_id: String::new(), ..proposal(&proto::Vacancy { homes: vec![proto::Home::default()], ..vacancy.clone() }, person) };
        propose(&matcher, without_home(&school, &other)).await.unwrap();
        let again = run(&matcher, order).await.unwrap();
        assert_eq!(outcomes(&again), [(Outcome::NotHeld, "VACANCY_FULL"), (Outcome::NotHeld, "VACANCY_FULL")]);
        assert_eq!(matches_of(&matcher, &here).await.iter().filter(|found| found.state() == proto::MatchState::Proposed).count(), 0);
    }

    async fn who_has_found_something_else_meanwhile_is_not_bound_twice(app: App) {
        let (clerk, matcher) = (app.role("registrar").await, app.role("matcher").await);
        let company = employer(&app).await;
        let (doctor, here) = (looking(&clerk, "2212", 5).await, vacancy(&app, &company, "2212", "KZ-10").await);
        let order = order();
        let done = run(&matcher, order.clone()).await.unwrap();
        // As if the process had been killed before anything was proposed.
        let withdraw = proto::WithdrawMatchRequest { request_id: samples::request_id(), id: done.placements[0].match_id.clone(), ..Default::default() };
        matcher.matches().withdraw_match(withdraw).await.unwrap();
        app.sql("UPDATE matching_placement SET outcome = 'PLANNED', match_id = NULL").await;
        app.sql("DELETE FROM request WHERE operation = 'RunMatchingRound'").await;
        let elsewhere = open(&app, &company, 1, 1).await;
        propose(&matcher, proposal(&elsewhere, &doctor)).await.unwrap();
        for _ in 0..2 {
            assert_eq!(outcomes(&run(&matcher, order.clone()).await.unwrap()), [(Outcome::NotHeld, "CANDIDATE_BOUND")]);
        }
        assert_eq!(matches_of(&matcher, &here).await.iter().filter(|found| found.state() == proto::MatchState::Proposed).count(), 0);
    }

    async fn a_matcher_of_a_region_publishes_and_sees_rounds_of_the_region(app: App) {
        let (clerk, matcher) = (app.role("registrar").await, app.role("matcher").await);
        let company = employer(&app).await;
        vacancy(&app, &company, "2212", "KZ-10").await;
        vacancy(&app, &company, "2212", "KZ-71").await;
        looking(&clerk, "2212", 5).await;
        looking(&clerk, "2212", 5).await;
        let mut claims = app.claims("matcher");
        claims.region = Some("KZ-71".to_owned());
        let regional = app.client(&claims).await;
        let round = run(&regional, order()).await.unwrap();
        assert_eq!((round.placements.len(), round.round.unwrap().region_code.as_str()), (1, "KZ-71"));
        let whole = run(&matcher, order()).await.unwrap().round.unwrap();
        let list = async |client: &Client| client.matches().list_matching_rounds(proto::ListMatchingRoundsRequest::default()).await.unwrap().into_inner().rounds;
        assert_eq!((list(&regional).await.len(), list(&matcher).await.len()), (1, 2));
        assert_eq!(list(&matcher).await[0].id, whole.id, "the newest first");
        let foreign = regional.matches().get_matching_round(proto::GetMatchingRoundRequest { id: whole.id }).await.unwrap_err();
        let unknown = regional.matches().get_matching_round(proto::GetMatchingRoundRequest { id: samples::request_id() }).await.unwrap_err();
        assert_eq!((foreign.code(), foreign.message()), (unknown.code(), unknown.message()));
    }
}
