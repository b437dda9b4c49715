//! Homes that come with no vacancy: offered, amended, checked and closed; held by whoever is placed in their town, and never twice.

use relocation_registry::proto;
use tonic::{Code, Status};

use crate::{
    employers::{remove, suspend, wound_up},
    harness::{App, Client, fields, patiently, reason, samples},
    matches::{free, of_employer, of_person, open, proposal, propose},
    on_every_database,
    permits::employer,
    rounds::{looking, plan, request, vacancy},
    vacancies::matcher_of,
};

/// So many flats for four in the town where `samples::vacancy` is.
pub fn offer(host: &str, count: i32) -> proto::OpenHomeOfferRequest {
    proto::OpenHomeOfferRequest {
        request_id: samples::request_id(),
        validate_only: false,
        host_employer_id: host.to_owned(),
        region_code: "KZ-10".to_owned(),
        settlement: "Ayagoz".to_owned(),
        home: Some(proto::Home {
            kind: proto::HomeKind::Apartment.into(),
            count,
            rooms: 2,
            people: 4,
            rent_minor: 0,
            available_from_date: samples::in_days(0),
            ..Default::default()
        }),
    }
}

pub async fn offered(client: &Client, request: proto::OpenHomeOfferRequest) -> Result<proto::HomeOffer, Status> {
    client.homes().open_home_offer(request).await.map(|answer| answer.into_inner().offer.unwrap())
}

async fn get(client: &Client, id: &str) -> Result<proto::HomeOffer, Status> {
    client.homes().get_home_offer(proto::GetHomeOfferRequest { id: id.to_owned() }).await.map(|answer| answer.into_inner().offer.unwrap())
}

fn amendment(id: &str) -> proto::AmendHomeOfferRequest {
    proto::AmendHomeOfferRequest { request_id: samples::request_id(), id: id.to_owned(), ..Default::default() }
}

async fn amend(client: &Client, request: proto::AmendHomeOfferRequest) -> Result<proto::HomeOffer, Status> {
    client.homes().amend_home_offer(request).await.map(|answer| answer.into_inner().offer.unwrap())
}

async fn check(client: &Client, id: &str, state: proto::HomeCheckState, days: i64) -> Result<proto::HomeOffer, Status> {
    let request = proto::CheckHomeOfferRequest {
        request_id: samples::request_id(),
        id: id.to_owned(),
        state: state.into(),
        on_date: samples::in_days(days),
        ..Default::default()
    };
    client.homes().check_home_offer(request).await.map(|answer| answer.into_inner().offer.unwrap())
}

async fn close(client: &Client, id: &str) -> Result<proto::HomeOffer, Status> {
    let request = proto::CloseHomeOfferRequest { request_id: samples::request_id(), id: id.to_owned(), ..Default::default() };
    client.homes().close_home_offer(request).await.map(|answer| answer.into_inner().offer.unwrap())
}

async fn listed(client: &Client, request: proto::ListHomeOffersRequest) -> Vec<String> {
    let answer = client.homes().list_home_offers(request).await.unwrap().into_inner();
    answer.offers.into_iter().map(|offer| offer.id).collect()
}

fn left(offer: &proto::HomeOffer) -> i32 {
    offer.home.as_ref().unwrap().free
}

async fn free_of(client: &Client, id: &str) -> i32 {
    left(&get(client, id).await.unwrap())
}

/// A proposal with a home of the town.
fn with_home(vacancy: &proto::Vacancy, person: &str, home_id: &str) -> proto::ProposeMatchRequest {
    proto::ProposeMatchRequest { home_id: home_id.to_owned(), ..proposal(vacancy, person) }
}

/// The names of the events about offered homes that somebody sees, in order.
async fn told(app: &App, client: &Client) -> Vec<String> {
    app.sequenced().await;
    let all = client.events().list_events(proto::ListEventsRequest::default()).await.unwrap().into_inner().events;
    let of_homes: Vec<proto::Event> = all.into_iter().filter(|event| event.r#type.starts_with("home_offer.")).collect();
    assert!(of_homes.iter().all(|event| !event.home_offer_id.is_empty()));
    of_homes.into_iter().map(|event| event.r#type).collect()
}

on_every_database! {
    async fn homes_are_offered_amended_checked_and_closed_and_each_is_told(app: App) {
        let (matcher, host) = (app.role("matcher").await, employer(&app).await);
        let own = of_employer(&app, &host).await;
        let request = offer(&host, 3);
        let opened = offered(&own, request.clone()).await.unwrap();
        assert_eq!(offered(&own, request).await.unwrap(), opened, "the same request again has no second effect");
        let home = opened.home.clone().unwrap();
        assert_eq!((opened.version, opened.status(), &home.id, home.free, home.check_state()), (1, proto::HomeOfferStatus::Open, &opened.id, 3, proto::HomeCheckState::Unchecked));

        assert_eq!(check(&matcher, &opened.id, proto::HomeCheckState::Checked, 0).await.unwrap().home.unwrap().check_state(), proto::HomeCheckState::Checked);
        let cheaper = amend(&own, proto::AmendHomeOfferRequest { rent_minor: Some(5), count: Some(2), ..amendment(&opened.id) }).await.unwrap();
        let home = cheaper.home.clone().unwrap();
        assert_eq!((cheaper.version, home.rent_minor, home.count, home.check_state()), (3, 5, 2, proto::HomeCheckState::Checked));
        let other_rules = amend(&own, proto::AmendHomeOfferRequest { pets_allowed: Some(true), ..amendment(&opened.id) }).await.unwrap();
        assert_eq!(other_rules.home.unwrap().check_state(), proto::HomeCheckState::Unchecked, "what was looked at is otherwise now");
        let refused = check(&matcher, &opened.id, proto::HomeCheckState::Refused, -1).await.unwrap();
        assert_eq!((left(&refused), refused.home.unwrap().check_date), (0, samples::in_days(-1)));

        let stale = proto::AmendHomeOfferRequest { expected_version: 1, count: Some(9), ..amendment(&opened.id) };
        assert_eq!(amend(&own, stale).await.unwrap_err().code(), Code::Aborted);
        assert_eq!(close(&own, &opened.id).await.unwrap().status(), proto::HomeOfferStatus::Closed);
        for refused in [close(&own, &opened.id).await, amend(&own, amendment(&opened.id)).await] {
            assert_eq!(reason(&refused.unwrap_err()), "HOME_OFFER_CLOSED");
        }
        let names = ["home_offer.opened", "home_offer.checked", "home_offer.amended", "home_offer.amended", "home_offer.checked", "home_offer.closed"];
        assert_eq!(told(&app, &app.role("auditor").await).await, names);
        let mut claims = app.claims("integration");
        claims.organisation = Some(host);
        assert_eq!(told(&app, &app.client(&claims).await).await, names, "whose homes they are follows them");
        claims.organisation = Some(employer(&app).await);
        assert_eq!(told(&app, &app.client(&claims).await).await, [""; 0], "and nobody else outside");
    }

    async fn an_organisation_speaks_for_itself_and_a_matcher_for_the_region(app: App) {
        let (host, other) = (employer(&app).await, employer(&app).await);
        let (own, stranger) = (of_employer(&app, &host).await, of_employer(&app, &other).await);
        let (here, elsewhere) = (matcher_of(&app, "KZ-10").await, matcher_of(&app, "KZ-75").await);
        let (of_host, of_region) = (offered(&own, offer(&host, 1)).await.unwrap().id, offered(&here, offer("", 1)).await.unwrap().id);
        assert_eq!(fields(&offered(&own, offer("", 1)).await.unwrap_err()), ["host_employer_id"]);
        assert_eq!(offered(&own, offer(&other, 1)).await.unwrap_err().code(), Code::NotFound);
        assert_eq!(fields(&offered(&elsewhere, offer("", 1)).await.unwrap_err()), ["region_code"]);
        for (client, id) in [(&stranger, &of_host), (&own, &of_region)] {
            assert_eq!(get(client, id).await.unwrap_err().code(), Code::NotFound);
            assert_eq!(close(client, id).await.unwrap_err().code(), Code::NotFound);
        }
        assert!(get(&elsewhere, &of_host).await.is_ok(), "what is offered is no secret inside the registry");
        for refused in [close(&elsewhere, &of_host).await, amend(&elsewhere, amendment(&of_host)).await, check(&elsewhere, &of_host, proto::HomeCheckState::Checked, 0).await] {
            assert_eq!(refused.unwrap_err().code(), Code::NotFound);
        }
        assert_eq!(check(&own, &of_host, proto::HomeCheckState::Checked, 0).await.unwrap_err().code(), Code::PermissionDenied, "nobody checks the own homes");
        let all = proto::ListHomeOffersRequest::default();
        assert_eq!((listed(&own, all.clone()).await, listed(&stranger, all.clone()).await.len()), (vec![of_host.clone()], 0));
        let person = of_person(&app, &app.role("registrar").await.register(samples::doctor()).await.id).await;
        assert_eq!(listed(&person, all.clone()).await, [of_host.clone(), of_region.clone()]);
        close(&here, &of_region).await.unwrap();
        let narrowed = [
            (proto::ListHomeOffersRequest { host_employer_id: host.clone(), ..all.clone() }, vec![of_host.clone()]),
            (proto::ListHomeOffersRequest { region_code: "KZ-75".to_owned(), ..all.clone() }, vec![]),
            (proto::ListHomeOffersRequest { status: proto::HomeOfferStatus::Closed.into(), ..all.clone() }, vec![of_region.clone()]),
        ];
        for (request, expected) in narrowed {
            assert_eq!(listed(&here, request).await, expected);
        }
        let first = here.homes().list_home_offers(proto::ListHomeOffersRequest { page_size: 1, ..all.clone() }).await.unwrap().into_inner();
        assert_eq!(listed(&here, proto::ListHomeOffersRequest { page_size: 1, page_token: first.next_page_token, ..all }).await, [of_region]);

        suspend(&app, &host).await;
        assert_eq!(reason(&offered(&own, offer(&host, 1)).await.unwrap_err()), "EMPLOYER_NOT_VERIFIED");
    }

    async fn every_field_at_fault_is_named_at_once_and_nothing_is_left_behind(app: App) {
        let matcher = app.role("matcher").await;
        let wrong = proto::OpenHomeOfferRequest { host_employer_id: "x".to_owned(), region_code: "KZ-99".to_owned(), home: Some(proto::Home::default()), ..offer("", 1) };
        assert_eq!(fields(&offered(&matcher, wrong).await.unwrap_err()), ["host_employer_id", "region_code", "home.kind", "home.available_from_date"]);
        assert_eq!(fields(&offered(&matcher, proto::OpenHomeOfferRequest { home: None, ..offer("", 1) }).await.unwrap_err()), ["home"]);
        let home = proto::Home { count: 501, people: 0, ..offer("", 1).home.unwrap() };
        let wrong = proto::OpenHomeOfferRequest { settlement: " ".to_owned(), home: Some(home), ..offer("", 1) };
        assert_eq!(fields(&offered(&matcher, wrong).await.unwrap_err()), ["settlement", "home.count", "home.people"]);
        let trial = offered(&matcher, proto::OpenHomeOfferRequest { validate_only: true, ..offer("", 1) }).await.unwrap();
        assert_eq!((left(&trial), app.count("home_offer").await), (1, 0));

        let id = offered(&matcher, offer("", 1)).await.unwrap().id;
        let wrong = proto::AmendHomeOfferRequest { count: Some(-1), rent_minor: Some(-1), ..amendment(&id) };
        assert_eq!(fields(&amend(&matcher, wrong).await.unwrap_err()), ["count", "rent_minor"]);
        let wrong = proto::AmendHomeOfferRequest { without_end: true, available_until_date: samples::in_days(9), ..amendment("x") };
        assert_eq!(fields(&amend(&matcher, wrong).await.unwrap_err()), ["id", "without_end"]);
        assert_eq!(fields(&check(&matcher, &id, proto::HomeCheckState::Unchecked, 0).await.unwrap_err()), ["state"]);
        assert_eq!(fields(&check(&matcher, &id, proto::HomeCheckState::Checked, 1).await.unwrap_err()), ["on_date"]);
    }

    async fn whoever_is_proposed_in_the_town_holds_one_of_its_homes_and_nobody_elsewhere(app: App) {
        let (clerk, matcher, host) = (app.role("registrar").await, app.role("matcher").await, employer(&app).await);
        let hospital = open(&app, &employer(&app).await, 5, 1).await;
        let home = offered(&of_employer(&app, &host).await, offer(&host, 1)).await.unwrap().id;
        let (one, next) = (clerk.register(samples::doctor()).await.id, clerk.register(samples::doctor()).await.id);
        let found = propose(&matcher, with_home(&hospital, &one, &home)).await.unwrap();
        assert_eq!((found.home_id.as_str(), free(&matcher, &hospital).await, free_of(&matcher, &home).await), (home.as_str(), (4, 1), 0));
        assert_eq!(found.reasons.iter().filter(|reason| reason.code.starts_with("HOME_")).count(), 2, "it fits and is free of rent");
        assert_eq!(reason(&propose(&matcher, with_home(&hospital, &next, &home)).await.unwrap_err()), "HOME_FULL");
        let none_left = proto::AmendHomeOfferRequest { count: Some(0), ..amendment(&home) };
        assert_eq!(reason(&amend(&matcher, none_left.clone()).await.unwrap_err()), "HOMES_IN_USE");
        let withdraw = proto::WithdrawMatchRequest { request_id: samples::request_id(), id: found.id, ..Default::default() };
        matcher.matches().withdraw_match(withdraw).await.unwrap();
        assert_eq!(free_of(&matcher, &home).await, 1);

        let other_town = offered(&matcher, proto::OpenHomeOfferRequest { settlement: "Семей".to_owned(), ..offer("", 1) }).await.unwrap().id;
        for unknown in [other_town, samples::request_id()] {
            assert_eq!(fields(&propose(&matcher, with_home(&hospital, &next, &unknown)).await.unwrap_err()), ["home_id"]);
        }
        let late = proto::AmendHomeOfferRequest { available_from_date: samples::in_days(31), ..amendment(&home) };
        amend(&matcher, late).await.unwrap();
        assert_eq!(reason(&propose(&matcher, with_home(&hospital, &next, &home)).await.unwrap_err()), "HOME_STARTS_LATER");
        amend(&matcher, proto::AmendHomeOfferRequest { available_from_date: samples::in_days(0), ..amendment(&home) }).await.unwrap();
        suspend(&app, &host).await;
        assert_eq!(reason(&propose(&matcher, with_home(&hospital, &next, &home)).await.unwrap_err()), "HOME_OFFER_CLOSED");
        let of_region = offered(&matcher, offer("", 1)).await.unwrap().id;
        check(&matcher, &of_region, proto::HomeCheckState::Refused, 0).await.unwrap();
        assert_eq!(reason(&propose(&matcher, with_home(&hospital, &next, &of_region)).await.unwrap_err()), "HOME_REFUSED");
        close(&matcher, &of_region).await.unwrap();
        assert_eq!(reason(&propose(&matcher, with_home(&hospital, &next, &of_region)).await.unwrap_err()), "HOME_OFFER_CLOSED");
    }

    async fn callers_racing_for_the_last_home_of_a_town_from_two_vacancies_sell_it_once(app: App) {
        let (clerk, matcher) = (app.role("registrar").await, app.role("matcher").await);
        let hospital = employer(&app).await;
        let vacancies = [open(&app, &hospital, 16, 1).await, open(&app, &hospital, 16, 1).await];
        let home = offered(&matcher, offer("", 1)).await.unwrap().id;
        let mut requests = Vec::new();
        for number in 0..16 {
            requests.push(with_home(&vacancies[number % 2], &clerk.register(samples::doctor()).await.id, &home));
        }
        let racers = requests.into_iter().map(|request| {
            let matcher = matcher.clone();
            async move {
                patiently(|| propose(&matcher, request.clone())).await
            }
        });
        let outcomes = futures_util::future::join_all(racers).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        assert!(outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).all(|status| reason(status) == "HOME_FULL"));
        assert_eq!(free_of(&matcher, &home).await, 0);
    }

    async fn a_ranking_tells_of_a_home_of_the_town_while_somebody_can_be_sent_there(app: App) {
        let (clerk, matcher, host) = (app.role("registrar").await, app.role("matcher").await, employer(&app).await);
        let doctor = looking(&clerk, "2212", 5).await;
        let hospital = vacancy(&app, &employer(&app).await, "2212", "KZ-10").await;
        let tells = async || {
            let rank = proto::RankCandidatesRequest { vacancy_id: hospital.id.clone(), ..Default::default() };
            let found = matcher.matches().rank_candidates(rank).await.unwrap().into_inner().candidates;
            assert_eq!(found[0].relocant_id, doctor);
            found[0].reasons.iter().filter(|reason| reason.code.starts_with("HOME_")).count()
        };
        offered(&matcher, proto::OpenHomeOfferRequest { settlement: "Семей".to_owned(), ..offer("", 1) }).await.unwrap();
        let none_left = offered(&matcher, offer("", 1)).await.unwrap().id;
        amend(&matcher, proto::AmendHomeOfferRequest { count: Some(0), ..amendment(&none_left) }).await.unwrap();
        let closed = offered(&matcher, offer("", 1)).await.unwrap().id;
        close(&matcher, &closed).await.unwrap();
        assert_eq!(tells().await, 0, "of none of these");
        let home = offered(&of_employer(&app, &host).await, offer(&host, 1)).await.unwrap().id;
        assert_eq!(tells().await, 2);
        check(&matcher, &home, proto::HomeCheckState::Refused, 0).await.unwrap();
        assert_eq!(tells().await, 0);
        check(&matcher, &home, proto::HomeCheckState::Checked, 0).await.unwrap();
        assert_eq!(tells().await, 2);
        suspend(&app, &host).await;
        assert_eq!(tells().await, 0);
    }

    async fn a_round_gives_homes_of_the_town_and_publishing_it_holds_them(app: App) {
        let (clerk, matcher) = (app.role("registrar").await, app.role("matcher").await);
        let hospital = vacancy(&app, &employer(&app).await, "2212", "KZ-10").await;
        let school = vacancy(&app, &employer(&app).await, "2330", "KZ-10").await;
        let home = offered(&matcher, offer("", 1)).await.unwrap().id;
        let elsewhere = offered(&matcher, proto::OpenHomeOfferRequest { settlement: "Семей".to_owned(), ..offer("", 9) }).await.unwrap().id;
        let (doctor, teacher) = (looking(&clerk, "2212", 5).await, looking(&clerk, "2330", 5).await);
        let planned = plan(&matcher, request()).await;
        assert_eq!(planned.placements.len(), 2);
        assert_eq!(planned.placements.iter().map(|placement| placement.home_id.as_str()).filter(|id| !id.is_empty()).collect::<Vec<_>>(), [home.as_str()]);
        let order = proto::RunMatchingRoundRequest { request_id: samples::request_id(), arrive_by_date: samples::in_days(30), plan_id: planned.plan_id, ..Default::default() };
        let round = matcher.matches().run_matching_round(order).await.unwrap().into_inner();
        assert!(round.placements.iter().all(|placement| placement.outcome() == proto::PlacementOutcome::Proposed));
        assert_eq!((free_of(&matcher, &home).await, free_of(&matcher, &elsewhere).await), (0, 9));
        // Who looks next finds it held.
        let late = looking(&clerk, "2512", 5).await;
        vacancy(&app, &employer(&app).await, "2512", "KZ-10").await;
        let planned_next = plan(&matcher, request()).await;
        assert_eq!(planned_next.placements.iter().map(|placement| (&placement.relocant_id, placement.home_id.as_str())).collect::<Vec<_>>(), [(&late, "")]);
        for (vacancy, person) in [(hospital, doctor), (school, teacher)] {
            let list = proto::ListMatchesRequest { vacancy_id: vacancy.id, ..Default::default() };
            let found = matcher.matches().list_matches(list).await.unwrap().into_inner().matches;
            let planned = planned.placements.iter().find(|placement| placement.relocant_id == person).unwrap();
            assert_eq!((found.len(), &found[0].home_id), (1, &planned.home_id));
        }
    }

    async fn what_a_removed_organisation_offers_is_closed_and_who_holds_a_home_keeps_it(app: App) {
        let (clerk, matcher, host) = (app.role("registrar").await, app.role("matcher").await, employer(&app).await);
        let hospital = open(&app, &employer(&app).await, 5, 1).await;
        let home = offered(&of_employer(&app, &host).await, offer(&host, 2)).await.unwrap().id;
        let of_region = offered(&matcher, offer("", 1)).await.unwrap().id;
        let found = propose(&matcher, with_home(&hospital, &clerk.register(samples::doctor()).await.id, &home)).await.unwrap();
        remove(&app, &host).await;
        assert_eq!(reason(&amend(&matcher, amendment(&home)).await.unwrap_err()), "EMPLOYER_NOT_VERIFIED");
        wound_up(&app).await;
        let closed = get(&matcher, &home).await.unwrap();
        assert_eq!((closed.status(), left(&closed)), (proto::HomeOfferStatus::Closed, 1));
        assert_eq!(get(&matcher, &of_region).await.unwrap().status(), proto::HomeOfferStatus::Open);
        let kept = matcher.matches().get_match(proto::GetMatchRequest { id: found.id }).await.unwrap().into_inner().r#match.unwrap();
        assert_eq!((kept.state(), kept.home_id), (proto::MatchState::Proposed, home));
    }
}
