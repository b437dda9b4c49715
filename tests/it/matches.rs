//! Vacancies with homes, matches, consents: from the offer to the day of arrival.

use relocation_registry::proto;
use tonic::{Code, Status};

use crate::{
    harness::{App, Client, patiently, reason, samples},
    on_every_database,
    permits::employer,
};

pub async fn of_employer(app: &App, id: &str) -> Client {
    let mut claims = app.claims("employer");
    claims.organisation = Some(id.to_owned());
    app.client(&claims).await
}

pub async fn of_person(app: &App, id: &str) -> Client {
    let mut claims = app.claims("person");
    claims.relocant = Some(id.to_owned());
    app.client(&claims).await
}

pub fn proposal(vacancy: &proto::Vacancy, relocant_id: &str) -> proto::ProposeMatchRequest {
    proto::ProposeMatchRequest {
        request_id: samples::request_id(),
        validate_only: false,
        vacancy_id: vacancy.id.clone(),
        relocant_id: relocant_id.to_owned(),
        home_id: vacancy.homes[0].id.clone(),
        hold_days: 0,
        arrive_by_date: samples::in_days(30),
    }
}

pub async fn propose(matcher: &Client, request: proto::ProposeMatchRequest) -> Result<proto::Match, Status> {
    matcher.matches().propose_match(request).await.map(|answer| answer.into_inner().r#match.unwrap())
}

pub async fn accept(client: &Client, id: &str, side: proto::MatchSide) -> Result<proto::Match, Status> {
    let request =
        proto::AcceptMatchRequest { request_id: samples::request_id(), id: id.to_owned(), side: side.into(), ..Default::default() };
    client.matches().accept_match(request).await.map(|answer| answer.into_inner().r#match.unwrap())
}

pub async fn free(client: &Client, vacancy: &proto::Vacancy) -> (i32, i32) {
    let now =
        client.vacancies().get_vacancy(proto::GetVacancyRequest { id: vacancy.id.clone() }).await.unwrap().into_inner().vacancy.unwrap();
    (now.openings_free, now.homes[0].free)
}

pub async fn open(app: &App, employer: &str, openings: i32, homes: i32) -> proto::Vacancy {
    let own = of_employer(app, employer).await;
    own.vacancies().open_vacancy(samples::vacancy(employer, openings, homes)).await.unwrap().into_inner().vacancy.unwrap()
}

/// A match between a person and an employer that has arrived.
pub async fn working_for(app: &App, employer: &str, person: &str) -> String {
    let vacancy = open(app, employer, 1, 1).await;
    let id = propose(&app.role("matcher").await, proposal(&vacancy, person)).await.unwrap().id;
    let own = of_employer(app, employer).await;
    accept(&of_person(app, person).await, &id, proto::MatchSide::Relocant).await.unwrap();
    accept(&own, &id, proto::MatchSide::Employer).await.unwrap();
    let arrive = proto::ConfirmArrivalRequest {
        request_id: samples::request_id(),
        id: id.clone(),
        arrival_date: samples::in_days(0),
        ..Default::default()
    };
    own.matches().confirm_arrival(arrive).await.unwrap();
    id
}

on_every_database! {
    async fn a_doctor_is_matched_to_a_hospital_and_arrives(app: App) {
        let (clerk, matcher) = (app.role("registrar").await, app.role("matcher").await);
        let hospital = employer(&app).await;
        let vacancy = open(&app, &hospital, 20, 20).await;
        let doctor = clerk.register(samples::doctor()).await.id;
        let other = clerk.register(samples::registration()).await.id;

        let ranked = matcher.matches().rank_candidates(proto::RankCandidatesRequest { vacancy_id: vacancy.id.clone(), ..Default::default() }).await.unwrap().into_inner();
        assert_eq!(ranked.candidates.len(), 1, "only who does this work: not {other}");
        let best = &ranked.candidates[0];
        assert_eq!((best.relocant_id.as_str(), best.eligible, best.score), (doctor.as_str(), true, 107));
        assert_eq!(best.reasons.iter().map(|reason| reason.points).sum::<i32>(), best.score);

        let proposed = propose(&matcher, proposal(&vacancy, &doctor)).await.unwrap();
        assert_eq!(free(&matcher, &vacancy).await, (19, 19));
        let (person, own) = (of_person(&app, &doctor).await, of_employer(&app, &hospital).await);
        let card = own.matches().get_match(proto::GetMatchRequest { id: proposed.id.clone() }).await.unwrap().into_inner().r#match.unwrap();
        assert_eq!((card.relocant_id.as_str(), card.card.unwrap().household_size), ("", 4), "an employer sees what, not who");

        assert_eq!(accept(&person, &proposed.id, proto::MatchSide::Relocant).await.unwrap().state(), proto::MatchState::Proposed);
        assert_eq!(accept(&own, &proposed.id, proto::MatchSide::Relocant).await.unwrap_err().code(), Code::InvalidArgument);
        assert_eq!(accept(&own, &proposed.id, proto::MatchSide::Employer).await.unwrap().state(), proto::MatchState::Accepted);
        let arrive = proto::ConfirmArrivalRequest { request_id: samples::request_id(), id: proposed.id.clone(), arrival_date: samples::in_days(0), ..Default::default() };
        let arrived = own.matches().confirm_arrival(arrive).await.unwrap().into_inner().r#match.unwrap();
        assert_eq!((arrived.state(), arrived.arrival_date), (proto::MatchState::Arrived, samples::in_days(0)));

        // What is taken does not lapse, and is free again at the end.
        app.clock.advance_days(0);
        assert_eq!(free(&matcher, &vacancy).await, (19, 19));
        let end = proto::EndMatchRequest { request_id: samples::request_id(), id: proposed.id, reason: proto::EndReason::ContractEnded.into(), ..Default::default() };
        assert_eq!(own.matches().end_match(end).await.unwrap().into_inner().r#match.unwrap().state(), proto::MatchState::Ended);
        assert_eq!(free(&matcher, &vacancy).await, (20, 20));
    }

    async fn sixty_four_callers_racing_for_the_last_home_sell_it_once(app: App) {
        let (clerk, matcher) = (app.role("registrar").await, app.role("matcher").await);
        let hospital = employer(&app).await;
        let mut people = Vec::new();
        for _ in 0..64 {
            people.push(clerk.register(samples::doctor()).await.id);
        }
        #[allow(clippy::disallowed_methods, reason = "whoever measures says how often")]
        let rounds = std::env::var("HOME_ROUNDS").map_or(1, |rounds| rounds.parse().unwrap());
        for _ in 0..rounds {
            let vacancy = open(&app, &hospital, 64, 1).await;
            let racers = people.iter().map(|person| {
                let (matcher, request) = (matcher.clone(), proposal(&vacancy, person));
                async move {
                    patiently(|| propose(&matcher, request.clone())).await
                }
            });
            let outcomes = futures_util::future::join_all(racers).await;
            assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
            assert!(outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).all(|status| reason(status) == "HOME_FULL"));
            assert_eq!(free(&matcher, &vacancy).await, (63, 0));
        }
    }

    async fn a_hold_lapses_by_itself_and_the_home_is_free_for_the_next(app: App) {
        let (clerk, matcher) = (app.role("registrar").await, app.role("matcher").await);
        let hospital = employer(&app).await;
        let vacancy = open(&app, &hospital, 1, 1).await;
        let (one, next) = (clerk.register(samples::doctor()).await.id, clerk.register(samples::doctor()).await.id);
        let proposed = propose(&matcher, proposal(&vacancy, &one)).await.unwrap();
        assert_eq!(reason(&propose(&matcher, proposal(&vacancy, &next)).await.unwrap_err()), "VACANCY_FULL");
        assert_eq!(reason(&propose(&matcher, proposal(&vacancy, &one)).await.unwrap_err()), "MATCH_EXISTS");

        app.clock.advance_days(8);
        let mut claims = app.claims("matcher");
        claims.exp += 30 * 86_400;
        let matcher = app.client(&claims).await;
        assert_eq!(free(&matcher, &vacancy).await, (1, 1), "no timer had to run");
        let seen = matcher.matches().get_match(proto::GetMatchRequest { id: proposed.id.clone() }).await.unwrap().into_inner().r#match.unwrap();
        assert_eq!(seen.state(), proto::MatchState::Lapsed);
        let mut claims = app.claims("employer");
        claims.organisation = Some(hospital);
        claims.exp += 30 * 86_400;
        let own = app.client(&claims).await;
        assert_eq!(reason(&accept(&own, &proposed.id, proto::MatchSide::Employer).await.unwrap_err()), "MATCH_LAPSED");
        propose(&matcher, proposal(&vacancy, &next)).await.unwrap();
        assert_eq!(app.count("match WHERE state = 'LAPSED'").await, 1);
    }

    async fn who_declines_frees_what_was_held(app: App) {
        let (clerk, matcher) = (app.role("registrar").await, app.role("matcher").await);
        let hospital = employer(&app).await;
        let vacancy = open(&app, &hospital, 1, 1).await;
        let doctor = clerk.register(samples::doctor()).await.id;
        let proposed = propose(&matcher, proposal(&vacancy, &doctor)).await.unwrap();
        let decline = proto::DeclineMatchRequest { request_id: samples::request_id(), id: proposed.id.clone(), side: proto::MatchSide::Relocant.into(), ..Default::default() };
        of_person(&app, &doctor).await.matches().decline_match(decline).await.unwrap();
        assert_eq!(free(&matcher, &vacancy).await, (1, 1));
        let seen = of_employer(&app, &hospital).await.matches().get_match(proto::GetMatchRequest { id: proposed.id }).await.unwrap().into_inner().r#match.unwrap();
        assert_eq!((seen.state(), seen.relocant_answer()), (proto::MatchState::Withdrawn, proto::MatchAnswer::Pending), "an employer does not learn who said no");
    }

    async fn an_employer_sees_who_it_is_only_with_a_consent_and_only_while_it_holds(app: App) {
        let (clerk, matcher) = (app.role("registrar").await, app.role("matcher").await);
        let hospital = employer(&app).await;
        let vacancy = open(&app, &hospital, 1, 1).await;
        let registered = clerk.register(samples::doctor()).await;
        let (doctor, family_name) = (registered.id, registered.identity.unwrap().family_name);
        let proposed = propose(&matcher, proposal(&vacancy, &doctor)).await.unwrap();
        let (person, own) = (of_person(&app, &doctor).await, of_employer(&app, &hospital).await);
        let ask = || proto::DiscloseCandidateRequest {
            request_id: samples::request_id(),
            validate_only: false,
            match_id: proposed.id.clone(),
            purpose: proto::ConsentPurpose::Recruitment.into(),
        };
        assert_eq!(reason(&own.consents().disclose_candidate(ask()).await.unwrap_err()), "NO_CONSENT");
        let give = proto::GiveConsentRequest {
            request_id: samples::request_id(),
            validate_only: false,
            relocant_id: doctor.clone(),
            employer_id: hospital.clone(),
            purpose: proto::ConsentPurpose::Recruitment.into(),
            fields: vec![proto::ConsentField::Name.into(), proto::ConsentField::Phone.into()],
            until_date: samples::in_days(30),
            wording_version: 1,
        };
        let consent = person.consents().give_consent(give).await.unwrap().into_inner().consent.unwrap();
        let first = ask();
        let disclosed = own.consents().disclose_candidate(first.clone()).await.unwrap().into_inner();
        assert_eq!((disclosed.family_name.as_str(), disclosed.phone.as_str()), (family_name.as_str(), ""));
        assert_eq!(disclosed.waiting_fields, [i32::from(proto::ConsentField::Phone)], "how to reach somebody waits for acceptance");
        assert!(disclosed.document.is_none() && disclosed.birth_date.is_none(), "nothing else");

        // Another employer, with the same match id, finds nothing.
        let stranger = of_employer(&app, &employer(&app).await).await;
        assert_eq!(stranger.consents().disclose_candidate(ask()).await.unwrap_err().code(), Code::NotFound);

        let withdraw = proto::WithdrawConsentRequest { request_id: samples::request_id(), validate_only: false, id: consent.id };
        person.consents().withdraw_consent(withdraw).await.unwrap();
        assert_eq!(reason(&own.consents().disclose_candidate(ask()).await.unwrap_err()), "NO_CONSENT");
        assert_eq!(reason(&own.consents().disclose_candidate(first).await.unwrap_err()), "NO_CONSENT", "a replay does not outlive the consent");
        app.sequenced().await;
        let looks = app.role("auditor").await.entries().await;
        let disclosures = looks.iter().filter(|entry| entry.operation == "DiscloseCandidate").count();
        assert_eq!(disclosures, 1, "the person can see who looked");
    }

    async fn somebody_without_the_licence_is_ranked_with_what_is_missing_and_cannot_be_proposed(app: App) {
        let (clerk, matcher) = (app.role("registrar").await, app.role("matcher").await);
        let vacancy = open(&app, &employer(&app).await, 1, 1).await;
        let mut request = samples::doctor();
        request.card.as_mut().unwrap().licence_state = proto::LicenceState::Pending.into();
        let person = clerk.register(request).await.id;
        let ranked = matcher.matches().rank_candidates(proto::RankCandidatesRequest { vacancy_id: vacancy.id.clone(), ..Default::default() }).await.unwrap().into_inner();
        assert_eq!(ranked.candidates[0].missing, ["LICENCE_NOT_RECOGNISED"]);
        let refused = propose(&matcher, proposal(&vacancy, &person)).await.unwrap_err();
        assert_eq!(reason(&refused), "CANDIDATE_NOT_ELIGIBLE");
        assert_eq!(free(&matcher, &vacancy).await, (1, 1));
    }

    async fn an_unverified_employer_opens_nothing_and_one_employer_nothing_of_another(app: App) {
        let hospital = employer(&app).await;
        let vacancy = open(&app, &hospital, 2, 2).await;
        let stranger = of_employer(&app, &employer(&app).await).await;
        assert_eq!(stranger.vacancies().open_vacancy(samples::vacancy(&hospital, 1, 1)).await.unwrap_err().code(), Code::NotFound);
        let close = proto::CloseVacancyRequest { request_id: samples::request_id(), id: vacancy.id.clone(), ..Default::default() };
        assert_eq!(stranger.vacancies().close_vacancy(close.clone()).await.unwrap_err().code(), Code::NotFound);
        of_employer(&app, &hospital).await.vacancies().close_vacancy(close).await.unwrap();
        let doctor = app.role("registrar").await.register(samples::doctor()).await.id;
        assert_eq!(reason(&propose(&app.role("matcher").await, proposal(&vacancy, &doctor)).await.unwrap_err()), "VACANCY_CLOSED");
    }

    async fn an_employers_program_follows_its_own_events_without_the_person(app: App) {
        let matcher = app.role("matcher").await;
        let hospital = employer(&app).await;
        let vacancy = open(&app, &hospital, 1, 1).await;
        let doctor = app.role("registrar").await.register(samples::doctor()).await.id;
        propose(&matcher, proposal(&vacancy, &doctor)).await.unwrap();
        app.sequenced().await;
        let mut claims = app.claims("integration");
        claims.organisation = Some(hospital);
        let seen = app.client(&claims).await.events().list_events(proto::ListEventsRequest::default()).await.unwrap().into_inner().events;
        let types: Vec<&str> = seen.iter().map(|event| event.r#type.as_str()).collect();
        assert_eq!(types, ["employer.registered", "employer.verified", "vacancy.opened", "match.proposed"]);
        assert!(seen.iter().all(|event| event.relocant_id.is_empty()));
    }
}
