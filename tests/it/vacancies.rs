//! Vacancies as employers' own systems keep them: references, imports, allowances; homes that are amended, checked and refused; and the occupations they name.

use relocation_registry::proto::{self, VacancyImport, google::r#type::Date};
use tonic::{Code, Status};

use crate::{
    harness::{App, Client, fields, reason, samples},
    matches::{of_employer, open, proposal, propose},
    on_every_database,
    permits::employer,
};

async fn import(client: &Client, request: proto::ImportVacancyRequest) -> Result<(VacancyImport, proto::Vacancy), Status> {
    let answer = client.vacancies().import_vacancy(request).await?.into_inner();
    Ok((answer.outcome(), answer.vacancy.unwrap()))
}

async fn get(client: &Client, id: &str) -> proto::Vacancy {
    client.vacancies().get_vacancy(proto::GetVacancyRequest { id: id.to_owned() }).await.unwrap().into_inner().vacancy.unwrap()
}

fn amendment(vacancy: &proto::Vacancy) -> proto::AmendVacancyRequest {
    proto::AmendVacancyRequest { request_id: samples::request_id(), id: vacancy.id.clone(), ..Default::default() }
}

async fn amend(client: &Client, request: proto::AmendVacancyRequest) -> Result<proto::Vacancy, Status> {
    client.vacancies().amend_vacancy(request).await.map(|answer| answer.into_inner().vacancy.unwrap())
}

fn check(vacancy: &proto::Vacancy, state: proto::HomeCheckState) -> proto::CheckHomeRequest {
    proto::CheckHomeRequest {
        request_id: samples::request_id(),
        vacancy_id: vacancy.id.clone(),
        home_id: vacancy.homes[0].id.clone(),
        state: state.into(),
        on_date: samples::in_days(0),
        ..Default::default()
    }
}

async fn checked(client: &Client, request: proto::CheckHomeRequest) -> Result<proto::Vacancy, Status> {
    client.vacancies().check_home(request).await.map(|answer| answer.into_inner().vacancy.unwrap())
}

pub async fn matcher_of(app: &App, region: &str) -> Client {
    let mut claims = app.claims("matcher");
    claims.region = Some(region.to_owned());
    app.client(&claims).await
}

/// The names of the events about vacancies and their homes, in order.
async fn told(app: &App) -> Vec<String> {
    app.sequenced().await;
    let all = app.role("auditor").await.events().list_events(proto::ListEventsRequest::default()).await.unwrap().into_inner().events;
    all.into_iter().map(|event| event.r#type).filter(|name| name.starts_with("vacancy.") || name.starts_with("home.")).collect()
}

on_every_database! {
    async fn an_import_opens_then_amends_and_changes_nothing_that_is_said_already(app: App) {
        let hospital = employer(&app).await;
        let own = of_employer(&app, &hospital).await;
        let said = |openings| samples::import(&hospital, "A-17", openings);
        let (outcome, first) = import(&own, said(2)).await.unwrap();
        assert_eq!((outcome, first.version, first.external_ref.as_str()), (VacancyImport::Opened, 1, "A-17"));
        assert_eq!(first.allowances, said(2).allowances);

        let (outcome, same) = import(&own, said(2)).await.unwrap();
        assert_eq!((outcome, &same), (VacancyImport::Unchanged, &first), "another request that says the same");
        let (outcome, more) = import(&own, said(3)).await.unwrap();
        assert_eq!((outcome, more.version, more.openings, &more.id), (VacancyImport::Amended, 2, 3, &first.id));
        assert_eq!(more.homes[0].id, first.homes[0].id, "a home is known again");

        // Back to what was said first: a request of its own, so it has its effect.
        assert_eq!(import(&own, said(2)).await.unwrap().1.openings, 2);
        let changes: [fn(&mut proto::ImportVacancyRequest); 7] = [
            |said| said.pay_max_minor += 100,
            |said| said.languages.clear(),
            |said| said.licence_required = false,
            |said| said.closing_date = samples::in_days(80),
            |said| said.allowances = None,
            |said| said.homes[0].rent_minor = 500,
            |said| said.homes[0].pets_allowed = true,
        ];
        for change in changes {
            let mut other = said(2);
            change(&mut other);
            assert_eq!(import(&own, other).await.unwrap().0, VacancyImport::Amended);
        }
        assert_eq!((app.count("vacancy").await, app.count("home").await), (1, 1));
        assert_eq!(told(&app).await, [&["vacancy.opened"][..], &["vacancy.amended"; 9]].concat());
    }

    async fn an_import_that_is_sent_again_is_answered_as_the_first_time(app: App) {
        let hospital = employer(&app).await;
        let own = of_employer(&app, &hospital).await;
        let (opening, amending) = (samples::import(&hospital, "A-1", 1), samples::import(&hospital, "A-1", 2));
        let opened = import(&own, opening.clone()).await.unwrap();
        assert_eq!(import(&own, opening.clone()).await.unwrap(), opened);
        let amended = import(&own, amending.clone()).await.unwrap();
        assert_eq!(import(&own, amending).await.unwrap(), amended);
        let (outcome, seen) = import(&own, opening.clone()).await.unwrap();
        assert_eq!((outcome, seen.openings), (VacancyImport::Opened, 2), "it is not done again");
        let other = proto::ImportVacancyRequest { openings: 7, ..opening };
        assert_eq!(reason(&import(&own, other).await.unwrap_err()), "REQUEST_ID_REUSED");

        // Trying leaves nothing behind.
        let trial = |reference: &str| proto::ImportVacancyRequest { validate_only: true, ..samples::import(&hospital, reference, 9) };
        assert_eq!(import(&own, trial("A-2")).await.unwrap().0, VacancyImport::Opened);
        assert_eq!(import(&own, trial("A-1")).await.unwrap().0, VacancyImport::Amended);
        assert_eq!((app.count("vacancy").await, get(&own, &amended.1.id).await.openings), (1, 2));
    }

    async fn two_imports_at_once_under_one_reference_make_one_vacancy(app: App) {
        let hospital = employer(&app).await;
        let (one, other) = (of_employer(&app, &hospital).await, of_employer(&app, &hospital).await);
        for round in 0..30 {
            let reference = format!("R-{round}");
            let said = |openings| samples::import(&hospital, &reference, openings);
            let (first, second) = futures_util::future::join(import(&one, said(1)), import(&other, said(2))).await;
            let (first, second) = (first.unwrap(), second.unwrap());
            assert_eq!(first.1.id, second.1.id, "{reference}");
            let mut outcomes = [first.0, second.0];
            outcomes.sort_unstable();
            assert_eq!(outcomes, [VacancyImport::Opened, VacancyImport::Amended], "{reference}");
        }
        assert_eq!((app.count("vacancy").await, app.count("home").await), (30, 30));
    }

    async fn another_work_or_place_under_the_same_reference_is_told_field_by_field(app: App) {
        let hospital = employer(&app).await;
        let own = of_employer(&app, &hospital).await;
        import(&own, samples::import(&hospital, "A-1", 1)).await.unwrap();
        let other = proto::ImportVacancyRequest {
            occupation: "2212".to_owned(),
            region_code: "KZ-71".to_owned(),
            settlement: "Астана".to_owned(),
            currency: "USD".to_owned(),
            ..samples::import(&hospital, "A-1", 1)
        };
        assert_eq!(fields(&import(&own, other).await.unwrap_err()), ["occupation", "region_code", "settlement", "currency"]);
        let mut wrong = samples::import(&hospital, "", 0);
        wrong.occupation = "2213".to_owned();
        wrong.homes[0].available_until_date = Some(Date { year: 2026, month: 2, day: 30 });
        assert_eq!(fields(&import(&own, wrong).await.unwrap_err()), ["external_ref", "occupation", "homes[0].available_until_date"]);
        let mut wrong = samples::import(&hospital, "№ 1", 0);
        wrong.allowances = Some(proto::Allowances { lifting_mci: 2_501, ..Default::default() });
        wrong.homes[0].available_until_date = wrong.homes[0].available_from_date;
        let expected = ["openings", "external_ref", "allowances.lifting_mci", "homes[0].available_until_date"];
        assert_eq!(fields(&import(&own, wrong).await.unwrap_err()), expected);
    }

    async fn a_closed_vacancy_is_not_opened_again_by_an_import(app: App) {
        let hospital = employer(&app).await;
        let own = of_employer(&app, &hospital).await;
        let (_, vacancy) = import(&own, samples::import(&hospital, "A-1", 1)).await.unwrap();
        let close = proto::CloseVacancyRequest { request_id: samples::request_id(), id: vacancy.id.clone(), ..Default::default() };
        own.vacancies().close_vacancy(close).await.unwrap();
        for openings in [1, 2] {
            assert_eq!(reason(&import(&own, samples::import(&hospital, "A-1", openings)).await.unwrap_err()), "VACANCY_CLOSED");
        }
        assert_eq!(get(&own, &vacancy.id).await.status(), proto::VacancyStatus::Closed);
    }

    async fn a_reference_is_one_employers_own_and_an_employer_imports_for_itself_only(app: App) {
        let (one, two) = (employer(&app).await, employer(&app).await);
        let (of_one, of_two) = (of_employer(&app, &one).await, of_employer(&app, &two).await);
        import(&of_one, samples::import(&one, "A-1", 1)).await.unwrap();
        assert_eq!(import(&of_two, samples::import(&two, "A-1", 1)).await.unwrap().0, VacancyImport::Opened, "the same reference of another");
        assert_eq!(import(&of_two, samples::import(&one, "A-1", 5)).await.unwrap_err().code(), Code::NotFound);
        let opened = |reference: &str| proto::OpenVacancyRequest { external_ref: reference.to_owned(), ..samples::vacancy(&one, 1, 1) };
        let refused = of_one.vacancies().open_vacancy(opened("A-1")).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::AlreadyExists, "ALREADY_EXISTS"));
        for reference in ["A-2", "", ""] {
            of_one.vacancies().open_vacancy(opened(reference)).await.unwrap();
        }
        // A matcher of another region cannot amend it, neither this way.
        let elsewhere = matcher_of(&app, "KZ-71").await;
        assert_eq!(import(&elsewhere, samples::import(&one, "A-1", 5)).await.unwrap_err().code(), Code::NotFound);
        assert_eq!(import(&matcher_of(&app, "KZ-10").await, samples::import(&one, "A-1", 5)).await.unwrap().0, VacancyImport::Amended);
        let suspend = proto::SuspendEmployerRequest { request_id: samples::request_id(), id: one.clone(), ..Default::default() };
        app.role("matcher").await.employers().suspend_employer(suspend).await.unwrap();
        assert_eq!(reason(&import(&of_one, samples::import(&one, "A-1", 6)).await.unwrap_err()), "EMPLOYER_NOT_VERIFIED");
    }

    async fn homes_of_which_an_import_says_nothing_more_are_offered_no_longer_unless_somebody_counts_on_them(app: App) {
        let hospital = employer(&app).await;
        let (own, matcher) = (of_employer(&app, &hospital).await, app.role("matcher").await);
        let said = |homes: &[(i32, i32)]| {
            let mut request = proto::ImportVacancyRequest { occupation: "2212".to_owned(), ..samples::import(&hospital, "A-1", 5) };
            let flat = request.homes[0].clone();
            request.homes = homes.iter().map(|(rooms, count)| proto::Home { rooms: *rooms, count: *count, ..flat.clone() }).collect();
            request
        };
        let (_, vacancy) = import(&own, said(&[(2, 2), (3, 1)])).await.unwrap();
        let (_, one_less) = import(&own, said(&[(2, 2)])).await.unwrap();
        assert_eq!(one_less.homes.iter().map(|home| (home.count, home.free)).collect::<Vec<_>>(), [(2, 2), (0, 0)]);
        let (_, again) = import(&own, said(&[(2, 2), (3, 4)])).await.unwrap();
        assert_eq!((again.homes[1].count, &again.homes[1].id), (4, &vacancy.homes[1].id));

        let doctor = app.role("registrar").await.register(samples::doctor()).await.id;
        propose(&matcher, proposal(&vacancy, &doctor)).await.unwrap();
        assert_eq!(reason(&import(&own, said(&[(3, 4)])).await.unwrap_err()), "HOMES_IN_USE");
        assert_eq!(import(&own, said(&[(2, 1), (3, 4)])).await.unwrap().1.homes[0].free, 0);
    }

    async fn homes_and_allowances_are_amended_and_nothing_is_taken_away_that_somebody_counts_on(app: App) {
        let hospital = employer(&app).await;
        let (own, matcher) = (of_employer(&app, &hospital).await, app.role("matcher").await);
        let vacancy = open(&app, &hospital, 5, 2).await;
        let home = &vacancy.homes[0];
        assert_eq!((home.children_allowed, home.check_state(), home.available_until_date), (Some(true), proto::HomeCheckState::Unchecked, None));
        let change = proto::HomeAmendment {
            id: home.id.clone(),
            count: Some(3),
            rent_minor: Some(700),
            step_free: Some(true),
            children_allowed: Some(false),
            available_until_date: samples::in_days(200),
            ..Default::default()
        };
        let house = proto::Home { kind: proto::HomeKind::House.into(), rooms: 4, ..home.clone() };
        let request = proto::AmendVacancyRequest {
            allowances: Some(proto::Allowances { lifting_mci: 100, ..Default::default() }),
            home_amendments: vec![change],
            added_homes: vec![house],
            ..amendment(&vacancy)
        };
        let after = amend(&own, request.clone()).await.unwrap();
        assert_eq!(amend(&own, request).await.unwrap(), after, "the same again has no second effect");
        assert_eq!((after.homes.len(), after.version, after.allowances.unwrap().lifting_mci), (2, 2, 100));
        let flat = &after.homes[0];
        assert_eq!((flat.count, flat.rent_minor, flat.step_free, flat.children_allowed), (3, 700, true, Some(false)));
        assert_eq!((flat.available_until_date, &flat.id), (samples::in_days(200), &home.id));
        assert_eq!(get(&own, &vacancy.id).await, after);

        let doctor = app.role("registrar").await.register(samples::doctor()).await.id;
        propose(&matcher, proposal(&after, &doctor)).await.unwrap();
        let count = |count| proto::AmendVacancyRequest {
            home_amendments: vec![proto::HomeAmendment { id: home.id.clone(), count: Some(count), ..Default::default() }],
            ..amendment(&vacancy)
        };
        assert_eq!(reason(&amend(&own, count(0)).await.unwrap_err()), "HOMES_IN_USE");
        assert_eq!(amend(&own, count(1)).await.unwrap().homes[0].free, 0);

        // Every field at fault at once, and nothing is half applied.
        let mut wrong = count(501);
        wrong.openings = Some(0);
        wrong.allowances = Some(proto::Allowances { service_years: 11, ..Default::default() });
        wrong.home_amendments.push(proto::HomeAmendment { id: samples::request_id(), ..Default::default() });
        wrong.added_homes = vec![proto::Home { rooms: 0, ..home.clone() }];
        let at = fields(&amend(&own, wrong).await.unwrap_err());
        assert_eq!(at, ["openings", "allowances.service_years", "home_amendments[0].count", "home_amendments[1].id", "added_homes[0].rooms"]);
        let mut both = count(1);
        both.home_amendments[0].available_until_date = samples::in_days(10);
        both.home_amendments[0].without_end = true;
        assert_eq!(fields(&amend(&own, both).await.unwrap_err()), ["home_amendments[0].without_end"]);
        assert_eq!(get(&own, &vacancy.id).await.homes[0].count, 1);
    }

    async fn a_refused_home_is_held_by_nobody_and_speaks_for_no_match(app: App) {
        let hospital = employer(&app).await;
        let (clerk, matcher) = (app.role("registrar").await, matcher_of(&app, "KZ-10").await);
        let vacancy = open(&app, &hospital, 5, 5).await;
        let (one, two) = (clerk.register(samples::doctor()).await.id, clerk.register(samples::doctor()).await.id);
        propose(&matcher, proposal(&vacancy, &one)).await.unwrap();
        let score = async || {
            let rank = proto::RankCandidatesRequest { vacancy_id: vacancy.id.clone(), ..Default::default() };
            matcher.matches().rank_candidates(rank).await.unwrap().into_inner().candidates[0].score
        };
        let before = score().await;
        let request = check(&vacancy, proto::HomeCheckState::Refused);
        let refused = checked(&matcher, request.clone()).await.unwrap();
        assert_eq!(checked(&matcher, request).await.unwrap(), refused, "the same again has no second effect");
        let home = &refused.homes[0];
        assert_eq!((home.check_state(), home.check_date, home.count, home.free), (proto::HomeCheckState::Refused, samples::in_days(0), 5, 0));
        assert_eq!(score().await, before - 20, "neither that there is a home nor that it is free of rent");
        let round = proto::PlanMatchingRoundRequest { arrive_by_date: samples::in_days(30), ..Default::default() };
        let planned = matcher.matches().plan_matching_round(round).await.unwrap().into_inner();
        assert!(planned.placements.iter().all(|placement| placement.home_id.is_empty()) && !planned.placements.is_empty());
        let held = propose(&matcher, proposal(&vacancy, &two)).await.unwrap_err();
        assert_eq!((held.code(), reason(&held).as_str()), (Code::FailedPrecondition, "HOME_REFUSED"));
        assert_eq!(get(&matcher, &vacancy.id).await.openings_free, 4, "nothing is half held");

        // The employer cannot talk the refusal away; who looks again can.
        let own = of_employer(&app, &hospital).await;
        let better = proto::HomeAmendment { id: home.id.clone(), step_free: Some(true), ..Default::default() };
        let amended = amend(&own, proto::AmendVacancyRequest { home_amendments: vec![better], ..amendment(&vacancy) }).await.unwrap();
        assert_eq!(amended.homes[0].check_state(), proto::HomeCheckState::Refused);
        let good = checked(&matcher, check(&vacancy, proto::HomeCheckState::Checked)).await.unwrap();
        assert_eq!((good.homes[0].check_state(), good.homes[0].free), (proto::HomeCheckState::Checked, 4));
        propose(&matcher, proposal(&vacancy, &two)).await.unwrap();
        assert_eq!(told(&app).await, ["vacancy.opened", "home.checked", "vacancy.amended", "home.checked"]);
    }

    async fn a_home_that_ends_before_the_arrival_is_not_held(app: App) {
        let hospital = employer(&app).await;
        let (own, matcher) = (of_employer(&app, &hospital).await, app.role("matcher").await);
        let vacancy = open(&app, &hospital, 1, 1).await;
        let doctor = app.role("registrar").await.register(samples::doctor()).await.id;
        let until = |days| proto::AmendVacancyRequest {
            home_amendments: vec![proto::HomeAmendment { id: vacancy.homes[0].id.clone(), available_until_date: samples::in_days(days), ..Default::default() }],
            ..amendment(&vacancy)
        };
        amend(&own, until(29)).await.unwrap();
        assert_eq!(reason(&propose(&matcher, proposal(&vacancy, &doctor)).await.unwrap_err()), "HOME_ENDS_EARLIER");
        amend(&own, until(30)).await.unwrap();
        propose(&matcher, proposal(&vacancy, &doctor)).await.unwrap();
    }

    async fn homes_are_checked_by_matchers_of_their_region_only_and_on_a_day_that_has_come(app: App) {
        let hospital = employer(&app).await;
        let vacancy = open(&app, &hospital, 1, 1).await;
        let good = || check(&vacancy, proto::HomeCheckState::Checked);
        assert_eq!(checked(&matcher_of(&app, "KZ-71").await, good()).await.unwrap_err().code(), Code::NotFound);
        assert_eq!(checked(&of_employer(&app, &hospital).await, good()).await.unwrap_err().code(), Code::PermissionDenied);
        let matcher = matcher_of(&app, "KZ-10").await;
        let at = async |request| fields(&checked(&matcher, request).await.unwrap_err());
        assert_eq!(at(proto::CheckHomeRequest { on_date: samples::in_days(1), ..good() }).await, ["on_date"]);
        assert_eq!(at(proto::CheckHomeRequest { home_id: samples::request_id(), ..good() }).await, ["home_id"]);
        assert_eq!(at(check(&vacancy, proto::HomeCheckState::Unchecked)).await, ["state"]);
        let late = proto::CheckHomeRequest { expected_version: 7, ..good() };
        assert_eq!(reason(&checked(&matcher, late).await.unwrap_err()), "CONFLICT");
        checked(&matcher, good()).await.unwrap();
    }

    async fn occupations_are_found_by_code_and_by_words_and_others_are_refused(app: App) {
        let person = app.role("person").await;
        let ask = async |code_prefix: &str, words: &str, language: &str| {
            let [code_prefix, words, language] = [code_prefix, words, language].map(str::to_owned);
            person.occupations().list_occupations(proto::ListOccupationsRequest { code_prefix, words, language }).await.map(tonic::Response::into_inner)
        };
        let found = ask("2212", "", "ru").await.unwrap();
        assert_eq!(found.occupations, [proto::OccupationGroup { code: "2212".to_owned(), title: "Врачи-специалисты".to_owned() }]);
        assert_eq!(ask("", "ДӘРІГЕР маман", "").await.unwrap().occupations[0].title, "Specialist medical practitioners");
        let many = ask("7", "", "kk").await.unwrap();
        assert_eq!((many.occupations.len(), many.more), (50, true));
        assert_eq!(ask("", "", "en").await.unwrap().occupations.len(), 10);
        assert_eq!(fields(&ask("x", &"я".repeat(101), "de").await.unwrap_err()), ["language", "code_prefix", "words"]);

        let mut unknown = samples::doctor();
        unknown.card.as_mut().unwrap().occupations[0].occupation = "2213".to_owned();
        let refused = app.role("registrar").await.relocants().register_relocant(unknown).await.unwrap_err();
        assert_eq!(fields(&refused), ["card.occupations[0].occupation"]);
    }

    async fn a_code_that_was_kept_before_codes_were_looked_up_is_still_read(app: App) {
        let hospital = employer(&app).await;
        let vacancy = open(&app, &hospital, 1, 1).await;
        let doctor = app.role("registrar").await.register(samples::doctor()).await.id;
        app.sql("UPDATE vacancy SET occupation = '2213'").await;
        let card = if app.url.starts_with("sqlite") { "replace(card, '2212', '2213')" } else { "replace(card::text, '2212', '2213')::json" };
        app.sql(&format!("UPDATE relocant SET card = {card}")).await;
        assert_eq!(get(&app.role("matcher").await, &vacancy.id).await.occupation, "2213");
        let get = proto::GetRelocantRequest { id: doctor, ..Default::default() };
        let seen = app.role("registrar").await.relocants().get_relocant(get).await.unwrap().into_inner().relocant.unwrap();
        assert_eq!(seen.card.unwrap().occupations[0].occupation, "2213");
    }

    async fn what_a_server_of_the_release_before_writes_beside_this_one_is_read(app: App) {
        let hospital = employer(&app).await;
        let vacancy = open(&app, &hospital, 1, 1).await;
        let id = if app.url.starts_with("sqlite") { |id: String| format!("X'{}'", id.replace('-', "")) } else { |id: String| format!("'{id}'::uuid") };
        let (second, home) = (samples::request_id(), samples::request_id());
        let said = "employer_id, occupation, region, settlement, openings, pay_min_minor, pay_max_minor, currency, languages, licence_required, closes_on, status, version, created_at, updated_at";
        app.sql(&format!("INSERT INTO vacancy (id, {said}) SELECT {}, {said} FROM vacancy", id(second.clone()))).await;
        let said = "kind, count, rooms, people, rent_minor, available_from";
        app.sql(&format!("INSERT INTO home (id, vacancy_id, {said}) SELECT {}, {}, {said} FROM home", id(home), id(second.clone()))).await;
        let read = get(&app.role("matcher").await, &second).await;
        assert_eq!((read.external_ref.as_str(), read.allowances, read.homes.len()), ("", vacancy.allowances, 1));
        let expected = proto::Home { id: read.homes[0].id.clone(), ..vacancy.homes[0].clone() };
        assert_eq!(read.homes[0], expected, "open to children, unchecked, without an end");
    }
}
