//! Still looking? Whoever has not said so for long is shown to nobody, and later the search ends.

use std::sync::Arc;

use relocation_registry::{
    auth::jwt::Verifier,
    gate::Registry,
    proto::{self, DueKind},
    relocants::operations::end_quiet_searches,
    seal::{KeyFile, Keyring, Vault},
    server,
};

use crate::{
    harness::{AUDIENCE, App, Client, ISSUER, config, reason, samples},
    matches::{proposal, propose},
    on_every_database,
    permits::employer,
};

/// A client whose token outlives a clock that is turned.
async fn lasting(app: &App, role: &str, with: impl FnOnce(&mut relocation_registry::auth::jwt::Claims)) -> Client {
    let mut claims = app.claims(role);
    claims.exp += 400 * 86_400;
    with(&mut claims);
    app.client(&claims).await
}

async fn vacancy(app: &App) -> proto::Vacancy {
    let hospital = employer(app).await;
    let request = proto::OpenVacancyRequest { closing_date: samples::in_days(300), ..samples::vacancy(&hospital, 5, 5) };
    let own = crate::matches::of_employer(app, &hospital).await;
    own.vacancies().open_vacancy(request).await.unwrap().into_inner().vacancy.unwrap()
}

/// Who is ranked for a vacancy, and who is placed by a round.
async fn shown(matcher: &Client, vacancy: &proto::Vacancy, today: i64) -> (Vec<String>, Vec<String>) {
    let rank = proto::RankCandidatesRequest { vacancy_id: vacancy.id.clone(), ..Default::default() };
    let ranked = matcher.matches().rank_candidates(rank).await.unwrap().into_inner().candidates;
    let plan = proto::PlanMatchingRoundRequest { arrive_by_date: samples::in_days(today + 30), ..Default::default() };
    let planned = matcher.matches().plan_matching_round(plan).await.unwrap().into_inner().placements;
    (ranked.into_iter().map(|one| one.relocant_id).collect(), planned.into_iter().map(|one| one.relocant_id).collect())
}

async fn confirm(client: &Client, id: &str) -> Result<proto::Relocant, tonic::Status> {
    let request = proto::ConfirmLookingRequest { request_id: samples::request_id(), id: id.to_owned(), ..Default::default() };
    client.relocants().confirm_looking(request).await.map(|answer| answer.into_inner().relocant.unwrap())
}

async fn read(clerk: &Client, id: &str) -> proto::Relocant {
    let request = proto::GetRelocantRequest { id: id.to_owned(), ..Default::default() };
    clerk.relocants().get_relocant(request).await.unwrap().into_inner().relocant.unwrap()
}

/// A registry over the same database and clock in which nothing runs by itself.
async fn registry(app: &App) -> Registry {
    let (keys, signer) = app.keys();
    let vault = Vault::new(Keyring::from_file(&KeyFile::parse(&keys).unwrap()).unwrap());
    let verifier = Verifier::from_key_set(signer.key_set(), ISSUER.to_owned(), AUDIENCE.to_owned()).unwrap();
    server::prepare(config(&app.url), vault, verifier, app.clock.clone()).await.unwrap().registry
}

on_every_database! {
    async fn who_has_not_confirmed_for_ninety_days_is_shown_to_nobody_until_confirming(app: App) {
        let (clerk, matcher) = (lasting(&app, "registrar", |_| ()).await, lasting(&app, "matcher", |_| ()).await);
        let (vacancy, doctor) = (vacancy(&app).await, clerk.register(samples::doctor()).await);
        let person = lasting(&app, "person", |claims| claims.relocant = Some(doctor.id.clone())).await;
        assert_eq!(doctor.looking_confirm_date, samples::in_days(0));
        app.clock.advance_days(89);
        let all = vec![doctor.id.clone()];
        assert_eq!(shown(&matcher, &vacancy, 89).await, (all.clone(), all.clone()));
        // Something else that is amended says nothing of it.
        let amend = proto::AmendRelocantRequest { request_id: samples::request_id(), id: doctor.id.clone(), phone: Some("+77010000009".to_owned()), ..Default::default() };
        clerk.relocants().amend_relocant(amend).await.unwrap();
        app.clock.advance_days(1);
        assert_eq!(shown(&matcher, &vacancy, 90).await, (vec![], vec![]));
        let quiet = proto::ProposeMatchRequest { arrive_by_date: samples::in_days(100), ..proposal(&vacancy, &doctor.id) };
        assert_eq!(reason(&propose(&matcher, quiet).await.unwrap_err()), "CANDIDATE_NOT_ELIGIBLE");
        assert!(read(&clerk, &doctor.id).await.card.unwrap().looking, "nothing was closed yet");

        let confirmed = confirm(&person, &doctor.id).await.unwrap();
        assert_eq!((confirmed.looking_confirm_date, confirmed.identity), (samples::in_days(90), None));
        assert_eq!(shown(&matcher, &vacancy, 90).await, (all.clone(), all.clone()));
        app.clock.advance_days(90);
        assert_eq!(shown(&matcher, &vacancy, 180).await, (vec![], vec![]));
        // A card that is given with the wish says so too, and one without takes it back.
        let amend = |card: proto::Card| proto::AmendRelocantRequest { request_id: samples::request_id(), id: doctor.id.clone(), card: Some(card), ..Default::default() };
        let card = samples::doctor().card.unwrap();
        clerk.relocants().amend_relocant(amend(card.clone())).await.unwrap();
        assert_eq!(shown(&matcher, &vacancy, 180).await, (all.clone(), all));
        clerk.relocants().amend_relocant(amend(proto::Card { looking: false, ..card })).await.unwrap();
        assert_eq!(read(&clerk, &doctor.id).await.looking_confirm_date, None);
        assert_eq!(reason(&confirm(&person, &doctor.id).await.unwrap_err()), "NOT_LOOKING");
    }

    async fn nobody_confirms_for_somebody_else_or_for_whoever_has_left(app: App) {
        let clerk = app.role("registrar").await;
        let (one, other) = (clerk.register(samples::doctor()).await, clerk.register(samples::doctor()).await);
        let person = lasting(&app, "person", |claims| claims.relocant = Some(one.id.clone())).await;
        assert_eq!(confirm(&person, &other.id).await.unwrap_err().code(), tonic::Code::NotFound);
        let depart = proto::ReportDepartureRequest { request_id: samples::request_id(), id: one.id.clone(), departure_date: samples::in_days(0), ..Default::default() };
        clerk.relocants().report_departure(depart).await.unwrap();
        assert_eq!(reason(&confirm(&clerk, &one.id).await.unwrap_err()), "ALREADY_DEPARTED");
        let stale = proto::ConfirmLookingRequest { request_id: samples::request_id(), id: other.id, expected_version: 7, ..Default::default() };
        assert_eq!(reason(&clerk.relocants().confirm_looking(stale).await.unwrap_err()), "CONFLICT");
    }

    async fn a_search_that_nobody_confirms_ends_after_a_hundred_and_eighty_days_once_whatever_replica_sees_it(app: App) {
        let clerk = lasting(&app, "registrar", |_| ()).await;
        let mut quiet = Vec::new();
        for _ in 0..5 {
            quiet.push(clerk.register(samples::doctor()).await.id);
        }
        app.clock.advance_days(100);
        let confirms = clerk.register(samples::doctor()).await.id;
        app.clock.advance_days(79);
        let replicas = [registry(&app).await, registry(&app).await, registry(&app).await].map(Arc::new);
        assert_eq!(end_quiet_searches(&replicas[0]).await.unwrap(), 0, "a day too early");
        app.clock.advance_days(1);
        let ending = replicas.iter().map(|replica| {
            let replica = Arc::clone(replica);
            async move { end_quiet_searches(&replica).await.unwrap() }
        });
        let ended: u64 = futures_util::future::join_all(ending).await.into_iter().sum();
        assert_eq!((ended, app.count("journal WHERE operation = 'EndQuietSearches'").await), (5, 5));
        assert_eq!(end_quiet_searches(&replicas[0]).await.unwrap(), 0);
        for id in &quiet {
            let now = read(&clerk, id).await;
            assert_eq!((now.card.unwrap().looking, now.looking_confirm_date), (false, None));
        }
        assert!(read(&clerk, &confirms).await.card.unwrap().looking);
        assert_eq!(app.count("relocant_occupation").await, 1, "who is found by occupation follows");
        app.sequenced().await;
        let integration = lasting(&app, "integration", |_| ()).await;
        let request = proto::ListEventsRequest { types: vec!["relocant.looking_lapsed".to_owned()], page_size: 1000, ..Default::default() };
        let events = integration.events().list_events(request).await.unwrap().into_inner().events;
        let told: std::collections::BTreeSet<&str> = events.iter().map(|event| event.relocant_id.as_str()).collect();
        assert_eq!((events.len(), told), (5, quiet.iter().map(String::as_str).collect()));
    }

    async fn the_person_is_told_fourteen_days_before(app: App) {
        let clerk = lasting(&app, "registrar", |_| ()).await;
        let doctor = clerk.register(samples::doctor()).await.id;
        let person = lasting(&app, "person", |claims| claims.relocant = Some(doctor.clone())).await;
        let due = |client: Client| async move {
            let kinds = vec![DueKind::LookingLapses.into()];
            let dues = client.dues().list_dues(proto::ListDuesRequest { kinds, ..Default::default() }).await.unwrap().into_inner().dues;
            dues.into_iter().map(|due| (due.due_date, due.warn_date)).collect::<Vec<_>>()
        };
        assert_eq!(due(person.clone()).await, [(samples::in_days(89), samples::in_days(75))]);
        app.clock.advance_days(80);
        confirm(&person, &doctor).await.unwrap();
        assert_eq!(due(person.clone()).await, [(samples::in_days(169), samples::in_days(155))]);
        app.clock.advance_days(90);
        assert_eq!(due(person).await, [], "what has lapsed need not be told any more");
    }
}
