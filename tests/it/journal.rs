//! The journal: written with the change, read by position, without gaps and without persons.

use relocation_registry::proto;
use tonic::Code;

use crate::{
    harness::{reason, samples},
    on_every_database,
};

on_every_database! {
    async fn a_change_writes_one_entry_with_its_events(app: App) {
        let clerk = app.role("registrar").await;
        let mut request = samples::registration();
        request.entry_date = samples::in_days(-1);
        let registered = clerk.register(request.clone()).await;
        app.sequenced().await;
        let entries = app.role("auditor").await.entries().await;
        assert_eq!(entries.len(), 1);
        let entry = &entries[0];
        assert_eq!((entry.position, entry.operation.as_str(), entry.decision()), (1, "RegisterRelocant", proto::Decision::Done));
        assert_eq!((entry.subject.as_str(), entry.role.as_str(), entry.center_id.as_str()), ("registrar-1", "registrar", "ala-01"));
        assert_eq!((entry.relocant_id.as_str(), entry.request_id.as_str()), (registered.id.as_str(), request.request_id.as_str()));
        assert_eq!(entry.events, ["relocant.registered", "stay.entry_recorded"]);
        assert_eq!(entry.trace_id.len(), 32);
    }

    async fn a_refused_change_writes_no_entry(app: App) {
        let clerk = app.role("registrar").await;
        let request = samples::registration();
        clerk.register(request.clone()).await;
        let again = proto::RegisterRelocantRequest { request_id: samples::request_id(), entry_date: samples::in_days(1), ..request };
        assert!(clerk.relocants().register_relocant(again).await.is_err());
        assert_eq!(app.count("journal").await, 1);
    }

    async fn every_look_at_a_person_is_journaled_with_its_purpose(app: App) {
        let clerk = app.role("registrar").await;
        let id = clerk.register(samples::registration()).await.id;
        let get = |view: proto::RelocantView, purpose: proto::Purpose| proto::GetRelocantRequest { id: id.clone(), view: view.into(), purpose: purpose.into() };
        clerk.relocants().get_relocant(get(proto::RelocantView::Full, proto::Purpose::StayCheck)).await.unwrap();
        clerk.relocants().get_relocant(get(proto::RelocantView::Summary, proto::Purpose::Unspecified)).await.unwrap();
        clerk.relocants().list_relocants(proto::ListRelocantsRequest::default()).await.unwrap();
        let without = clerk.relocants().get_relocant(get(proto::RelocantView::Full, proto::Purpose::Unspecified)).await.unwrap_err();
        assert_eq!(without.code(), Code::InvalidArgument);
        app.sequenced().await;
        let looks: Vec<_> = app.role("auditor").await.entries().await.into_iter().filter(|entry| entry.decision() == proto::Decision::Read).collect();
        assert_eq!(looks.len(), 1);
        assert_eq!((looks[0].relocant_id.as_str(), looks[0].purpose()), (id.as_str(), proto::Purpose::StayCheck));
    }

    async fn who_has_looked_at_me_is_a_question_the_journal_answers(app: App) {
        let clerk = app.role("registrar").await;
        let ids = [clerk.register(samples::registration()).await.id, clerk.register(samples::registration()).await.id];
        app.sequenced().await;
        let request = proto::ListEntriesRequest { relocant_id: ids[1].clone(), ..Default::default() };
        let entries = app.role("auditor").await.audit().list_entries(request).await.unwrap().into_inner().entries;
        assert_eq!(entries.iter().map(|entry| entry.relocant_id.clone()).collect::<Vec<_>>(), [ids[1].clone()]);
    }

    async fn the_feed_misses_nothing_while_writers_race_and_resumes_where_it_was(app: App) {
        let clerk = app.role("registrar").await;
        let watcher = app.role("integration").await;
        let mut stream = watcher.events().watch_events(proto::WatchEventsRequest::default()).await.unwrap().into_inner();
        let writers = (0..8).map(|_| {
            let clerk = clerk.clone();
            async move {
                for _ in 0..15 {
                    clerk.register(samples::registration()).await;
                }
            }
        });
        let mut seen = Vec::new();
        let mut resume_token = String::new();
        let reading = async {
            while seen.len() < 60 {
                let message = stream.message().await.unwrap().unwrap();
                resume_token = message.resume_token;
                seen.extend(message.event.map(|event| (event.position, event.relocant_id)));
            }
        };
        let reading = tokio::time::timeout(std::time::Duration::from_secs(30), reading);
        tokio::join!(futures_util::future::join_all(writers), reading).1.expect("the feed goes on");
        let again = proto::WatchEventsRequest { resume_token, types: vec!["relocant.registered".to_owned()] };
        let mut stream = watcher.events().watch_events(again).await.unwrap().into_inner();
        // Heartbeats keep the stream alive, so what bounds the reading is the whole of it.
        let reading = async {
            while seen.len() < 120 {
                let message = stream.message().await.unwrap().unwrap();
                seen.extend(message.event.map(|event| (event.position, event.relocant_id)));
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(30), reading).await.expect("the feed goes on");
        let positions: Vec<i64> = seen.iter().map(|(position, _)| *position).collect();
        assert_eq!(positions, (1..=120).collect::<Vec<i64>>(), "gap-free and in order");
        let people: std::collections::BTreeSet<_> = seen.iter().map(|(_, id)| id).collect();
        assert_eq!(people.len(), 120, "nobody twice");
    }

    async fn a_token_that_nobody_gave_or_that_lies_ahead_is_refused(app: App) {
        let watcher = app.role("integration").await;
        let made_up = proto::ListEventsRequest { resume_token: "AAAAAAAAAAEAAAAAAAAAAA".to_owned(), ..Default::default() };
        assert_eq!(watcher.events().list_events(made_up).await.unwrap_err().code(), Code::InvalidArgument);
        app.role("registrar").await.register(samples::registration()).await;
        app.sequenced().await;
        let ahead = watcher.events().list_events(proto::ListEventsRequest::default()).await.unwrap().into_inner();
        assert_eq!((ahead.events.len(), ahead.end), (1, true));
        app.sql("UPDATE sequencer SET last_position = 0").await;
        let refused = watcher.events().list_events(proto::ListEventsRequest { resume_token: ahead.resume_token, ..Default::default() }).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::OutOfRange, "RESUME_TOKEN_OUT_OF_RANGE"));
        let unknown = proto::ListEventsRequest { types: vec!["moon.landed".to_owned()], ..Default::default() };
        assert_eq!(watcher.events().list_events(unknown).await.unwrap_err().code(), Code::InvalidArgument);
    }
}
