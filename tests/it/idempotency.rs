//! The same request again has one effect and one answer.

use relocation_registry::proto;
use tonic::Code;

use crate::{
    harness::{CHANGES, reason, samples},
    on_every_database,
};

/// How often fifty senders meet; the full figure of 100 by `SENDER_ROUNDS=100`.
fn rounds() -> i64 {
    #[allow(clippy::disallowed_methods, reason = "whoever runs the test says how long")]
    std::env::var("SENDER_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(5)
}

on_every_database! {
    async fn the_same_request_from_fifty_senders_at_once_has_one_effect(app: App) {
        let clerk = app.role("registrar").await;
        for round in 0..rounds() {
            let request = samples::registration();
            let senders = (0..50).map(|_| {
                let (mut client, request) = (clerk.relocants(), request.clone());
                async move { client.register_relocant(request).await.unwrap().into_inner() }
            });
            let answers = futures_util::future::join_all(senders).await;
            assert!(answers.iter().all(|answer| *answer == answers[0]), "all answers are equal");
            assert_eq!(app.count("relocant").await, round + 1);
            assert_eq!(app.count(CHANGES).await, round + 1);
        }
    }

    async fn a_request_id_with_other_content_is_refused(app: App) {
        let clerk = app.role("registrar").await;
        let request = samples::registration();
        clerk.register(request.clone()).await;
        let other = proto::RegisterRelocantRequest { region_code: "KZ-10".to_owned(), ..request };
        let refused = clerk.relocants().register_relocant(other).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::AlreadyExists, "REQUEST_ID_REUSED"));
        assert_eq!(app.count("relocant").await, 1);
    }

    async fn another_caller_may_use_the_same_request_id(app: App) {
        let mut claims = app.claims("registrar");
        let request_id = samples::request_id();
        for subject in ["a", "b"] {
            claims.sub = subject.to_owned();
            let request = proto::RegisterRelocantRequest { request_id: request_id.clone(), ..samples::registration() };
            app.client(&claims).await.register(request).await;
        }
        assert_eq!(app.count("relocant").await, 2);
    }

    async fn a_refused_request_can_be_sent_again_once_the_facts_have_changed(app: App) {
        let clerk = app.role("registrar").await;
        let person = clerk.register(samples::registration()).await.id;
        let exit = proto::RecordExitRequest { request_id: samples::request_id(), relocant_id: person.clone(), exit_date: samples::in_days(-1), ..Default::default() };
        assert!(clerk.stays().record_exit(exit.clone()).await.is_err());
        let entry = proto::RecordEntryRequest { request_id: samples::request_id(), relocant_id: person, entry_date: samples::in_days(-2), ..Default::default() };
        clerk.stays().record_entry(entry).await.unwrap();
        clerk.stays().record_exit(exit).await.unwrap();
    }

    async fn trying_leaves_nothing_behind_but_an_entry_that_says_so(app: App) {
        let clerk = app.role("registrar").await;
        let mut request = samples::registration();
        request.validate_only = true;
        let tried = clerk.relocants().register_relocant(request.clone()).await.unwrap().into_inner();
        assert!(tried.relocant.is_some());
        for table in ["relocant", "relocant_key", "relocant_document", "request"] {
            assert_eq!(app.count(table).await, 0, "{table}");
        }
        assert_eq!(app.count("journal WHERE decision = 'DRY_RUN'").await, 1);
        request.validate_only = false;
        clerk.register(request).await;
    }

    async fn a_replay_commits_a_write_so_that_a_standby_must_have_the_answer(app: App) {
        let clerk = app.role("registrar").await;
        let request = samples::registration();
        clerk.register(request.clone()).await;
        clerk.register(request).await;
        assert_eq!(app.count("request_seen").await, 1);
    }
}
