//! The service as a whole: starting, stopping, bounds, and what it does not give away.

use std::time::Duration;

use relocation_registry::{proto, server::Failed};
use tonic::Code;

use crate::{
    harness::{App, config, http_get, postgres_database, reason, said, samples},
    on_every_database,
};

on_every_database! {
    async fn two_servers_on_one_database_serve_the_same_people(app: App) {
        let id = app.role("registrar").await.register(samples::registration()).await.id;
        let other = app.another().await;
        let get = proto::GetRelocantRequest { id, view: proto::RelocantView::Summary.into(), purpose: 0 };
        assert!(other.role("registrar").await.relocants().get_relocant(get).await.is_ok());
        other.handle().stop().await;
    }

    async fn stopping_ends_streams_with_a_token_to_go_on_from(app: App) {
        app.role("registrar").await.register(samples::registration()).await;
        let watcher = app.role("integration").await;
        let mut stream = watcher.events().watch_events(proto::WatchEventsRequest::default()).await.unwrap().into_inner();
        assert!(stream.message().await.unwrap().unwrap().event.is_some());
        let begun = std::time::Instant::now();
        let (last, ()) = tokio::join!(
            async {
                let mut last = None;
                loop {
                    match stream.message().await {
                        Ok(Some(message)) => last = Some(message.resume_token),
                        Ok(None) => panic!("the stream ended without saying why"),
                        Err(status) => return (last, status),
                    }
                }
            },
            app.handle().stop()
        );
        assert_eq!(last.1.code(), Code::Unavailable);
        assert!(last.0.is_some_and(|token| !token.is_empty()));
        assert!(begun.elapsed() < Duration::from_secs(25));
    }

    async fn a_request_too_large_is_refused_and_the_next_one_is_served(app: App) {
        let clerk = app.role("registrar").await;
        let mut request = samples::registration();
        request.email = "x".repeat(5 * 1024 * 1024);
        let refused = clerk.relocants().register_relocant(request).await.unwrap_err();
        assert_eq!(refused.code(), Code::OutOfRange);
        clerk.register(samples::registration()).await;
    }

    async fn a_deadline_that_has_passed_is_told_as_such(app: App) {
        let clerk = app.role("registrar").await;
        let mut request = tonic::Request::new(samples::registration());
        request.set_timeout(Duration::from_nanos(1));
        let late = clerk.relocants().register_relocant(request).await.unwrap_err();
        assert!(matches!(late.code(), Code::DeadlineExceeded | Code::Cancelled), "{late:?}");
    }

    async fn operators_see_whether_the_service_lives_and_is_ready(app: App) {
        assert!(http_get(&app.admin, "/live").await.contains("alive"));
        assert!(http_get(&app.admin, "/ready").await.contains("ready"));
    }

    async fn a_server_refuses_a_database_that_is_newer_than_itself(app: App) {
        app.sql("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m20990101_000001_from_the_future', 0)").await;
        let (keys, signer) = app.keys();
        let refused = App::start_with(config(&app.url), keys, signer).await.err().expect("it does not start");
        assert!(refused.to_string().contains("newer"), "{refused}");
    }
}

/// Six servers at once on an empty database, which none of them may migrate twice.
async fn six_servers_start_on(url: String) {
    let signer = std::sync::Arc::new(
        relocation_registry::auth::jwt::Signer::from_pkcs8(&relocation_registry::auth::jwt::Signer::generate().unwrap()).unwrap(),
    );
    let keys = relocation_registry::seal::KeyFile::generate().unwrap().to_text().unwrap();
    let starting = (0..6).map(|_| App::start_with(config(&url), keys.clone(), std::sync::Arc::clone(&signer)));
    let started = futures_util::future::join_all(starting).await;
    for app in started {
        let app = app.unwrap_or_else(|failed: Failed| panic!("{failed:?}"));
        app.role("registrar").await.register(samples::registration()).await;
        let all = <migrations::Migrator as migrations::MigratorTrait>::migrations().len();
        assert_eq!(app.count("seaql_migrations").await, i64::try_from(all).unwrap());
        app.handle().stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn six_servers_start_at_once_on_an_empty_sqlite_file() {
    let directory = tempfile::tempdir().unwrap();
    six_servers_start_on(format!("sqlite://{}/registry.db", directory.path().display())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn six_servers_start_at_once_on_an_empty_postgresql_database() {
    let Some(url) = postgres_database().await else { return };
    six_servers_start_on(url).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_refuses_a_database_that_is_older_than_itself() {
    let directory = tempfile::tempdir().unwrap();
    let mut config = config(&format!("sqlite://{}/registry.db", directory.path().display()));
    config.database.migrate = false;
    let signer = relocation_registry::auth::jwt::Signer::from_pkcs8(&relocation_registry::auth::jwt::Signer::generate().unwrap()).unwrap();
    let keys = relocation_registry::seal::KeyFile::generate().unwrap().to_text().unwrap();
    let refused = App::start_with(config, keys, signer.into()).await.err().expect("it does not start");
    assert!(refused.to_string().contains("older"), "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_refuses_a_law_file_with_faults_and_takes_one_without() {
    let directory = tempfile::tempdir().unwrap();
    let law = directory.path().join("law.toml");
    let mut config = config(&format!("sqlite://{}/registry.db", directory.path().display()));
    config.law_file = Some(law.clone());
    let version = |window: i32| {
        format!(
            "[[stay_policy]]\nid = 'kz.afg.2026'\ncountry = 'KAZ'\ncitizens = ['AFG']\napplies_to = 'x'\nkind = 'ROLLING_WINDOW'\nlimit_days = 10\n\
             window_days = {window}\nlegal_basis = 'x'\nsource_url = 'x'\nconfidence = 'C'\n"
        )
    };
    std::fs::write(&law, version(0)).unwrap();
    let signer = relocation_registry::auth::jwt::Signer::from_pkcs8(&relocation_registry::auth::jwt::Signer::generate().unwrap()).unwrap();
    let (signer, keys) = (std::sync::Arc::new(signer), relocation_registry::seal::KeyFile::generate().unwrap().to_text().unwrap());
    let refused =
        App::start_with(config.clone(), keys.clone(), std::sync::Arc::clone(&signer)).await.err().expect("it does not start").to_string();
    assert!(refused.contains("law.toml") && refused.contains("kz.afg.2026: window_days"), "{refused}");
    std::fs::write(&law, version(30)).unwrap();
    let app = App::start_with(config, keys, signer).await.unwrap();
    let of_kazakhstan = proto::ListStayPoliciesRequest { country: "KAZ".to_owned() };
    let listed = app.role("ops").await.stays().list_stay_policies(of_kazakhstan).await.unwrap().into_inner().policies;
    assert!(listed.iter().any(|policy| policy.id == "kz.afg.2026"));
    app.handle().stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn past_its_bounds_the_service_refuses_at_once_and_serves_on() {
    let directory = tempfile::tempdir().unwrap();
    let mut config = config(&format!("sqlite://{}/registry.db", directory.path().display()));
    (config.server.in_flight, config.server.waiting) = (2, 2);
    let app = App::start(config).await;
    let clerk = app.role("registrar").await;
    let callers = (0..80).map(|_| {
        let mut client = clerk.relocants();
        let mut request = tonic::Request::new(samples::registration());
        request.metadata_mut().insert("accept-language", "ru".parse().unwrap());
        async move { client.register_relocant(request).await }
    });
    let outcomes = futures_util::future::join_all(callers).await;
    let refused: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).collect();
    assert!(!refused.is_empty());
    // Where a ticket stands is asked by many more at once, and nobody is refused for it.
    app.role("ops").await.centers().open_center(samples::center("ala-01")).await.unwrap();
    let kiosk = app.role("kiosk").await;
    let take = proto::TakeTicketRequest {
        request_id: samples::request_id(),
        service: proto::ServiceKind::Registration.into(),
        people: 1,
        ..Default::default()
    };
    let code = kiosk.centers().take_ticket(take).await.unwrap().into_inner().ticket.unwrap().code;
    let askers = (0..80).map(|_| {
        let (mut client, request) = (kiosk.centers(), proto::GetTicketRequest { code: code.clone() });
        async move { client.get_ticket(request).await }
    });
    assert!(futures_util::future::join_all(askers).await.iter().all(Result::is_ok));
    assert!(refused.iter().all(|status| status.code() == Code::ResourceExhausted && reason(status) == "LIMIT_REACHED"));
    assert!(refused.iter().all(|status| said(status)[0].0 == "ru"), "also those whom no operation sees are told in their language");
    clerk.register(samples::registration()).await;
    app.handle().stop().await;
}
