//! What is due: in step with the facts, listed by index, raised once, computed again under another law.

use relocation_registry::proto::{self, DueKind};
use tonic::Code;

use crate::{
    harness::{App, Client, config, samples},
    on_every_database, permits,
};

async fn entered(clerk: &Client, days: i64) -> String {
    // Without a passport, which would be due too.
    let mut request = samples::registration_with(proto::TypedIdentity { document: None, ..samples::typed() });
    request.entry_date = samples::in_days(days);
    clerk.register(request).await.id
}

async fn list(client: &Client, request: proto::ListDuesRequest) -> Vec<proto::Due> {
    client.dues().list_dues(request).await.unwrap().into_inner().dues
}

async fn kinds_of(client: &Client, relocant_id: &str) -> Vec<DueKind> {
    let dues = list(client, proto::ListDuesRequest { relocant_id: relocant_id.to_owned(), ..Default::default() }).await;
    let mut kinds: Vec<DueKind> = dues.iter().map(proto::Due::kind).collect();
    kinds.sort_unstable();
    kinds
}

/// A client whose token outlives a clock that is turned.
async fn lasting(app: &App, role: &str) -> Client {
    let mut claims = app.claims(role);
    claims.exp += 400 * 86_400;
    app.client(&claims).await
}

/// Waits until so many events of due days are in the journal, for ten seconds at most.
async fn raised(app: &App, count: i64) -> i64 {
    let of_dues = "journal WHERE operation = 'RaiseDues'";
    for _ in 0..200 {
        if app.count(of_dues).await >= count {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    // Whoever raises twice does it now.
    tokio::time::sleep(std::time::Duration::from_millis(2500)).await;
    app.count(of_dues).await
}

on_every_database! {
    async fn what_is_due_follows_every_change_at_once(app: App) {
        let (clerk, officer) = (app.role("registrar").await, app.role("permit_officer").await);
        let person = entered(&clerk, -1).await;
        assert_eq!(kinds_of(&clerk, &person).await, [DueKind::StayEnds, DueKind::ArrivalNotice]);
        let notify = proto::NotifyArrivalRequest {
            request_id: samples::request_id(),
            relocant_id: person.clone(),
            notified_date: samples::in_days(0),
            ..Default::default()
        };
        clerk.stays().notify_arrival(notify).await.unwrap();
        let stay = list(&clerk, proto::ListDuesRequest { relocant_id: person.clone(), ..Default::default() }).await;
        assert_eq!((stay.len(), stay[0].due_date, stay[0].days_left), (1, samples::in_days(88), 88));
        let applied = permits::apply(&clerk, permits::application(&person, &permits::employer(&app).await)).await.unwrap();
        permits::issue(&officer, &applied.id).await;
        assert_eq!(kinds_of(&clerk, &person).await, [DueKind::StayEnds, DueKind::PermitExpires, DueKind::PassportExpires]);
        let exit = proto::RecordExitRequest { request_id: samples::request_id(), relocant_id: person.clone(), exit_date: samples::in_days(0), ..Default::default() };
        clerk.stays().record_exit(exit).await.unwrap();
        assert_eq!(kinds_of(&clerk, &person).await, [DueKind::PermitExpires, DueKind::PassportExpires]);
        let version = clerk.relocants().get_relocant(proto::GetRelocantRequest { id: person.clone(), view: proto::RelocantView::Summary.into(), purpose: 0 }).await.unwrap().into_inner().relocant.unwrap().version;
        let departed = proto::ReportDepartureRequest { request_id: samples::request_id(), id: person.clone(), expected_version: version, departure_date: samples::in_days(0), ..Default::default() };
        clerk.relocants().report_departure(departed).await.unwrap();
        assert_eq!(kinds_of(&clerk, &person).await, []);
    }

    async fn who_asks_sees_the_own_people_the_next_first_and_page_by_page(app: App) {
        let clerk = app.role("registrar").await;
        let mut people = Vec::new();
        for days in [-3, -1, -5, -2, -4] {
            people.push(entered(&clerk, days).await);
        }
        let request = || proto::ListDuesRequest { kinds: vec![DueKind::StayEnds.into()], page_size: 2, ..Default::default() };
        let (mut seen, mut page_token) = (Vec::new(), String::new());
        loop {
            let page = clerk.dues().list_dues(proto::ListDuesRequest { page_token, ..request() }).await.unwrap().into_inner();
            seen.extend(page.dues.iter().map(|due| due.relocant_id.clone()));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        assert_eq!(seen, [2, 4, 0, 3, 1].map(|at: usize| people[at].clone()), "by the day that is due, everybody once");
        let soon = list(&clerk, proto::ListDuesRequest { until_date: samples::in_days(85), ..request() }).await;
        assert_eq!(soon.len(), 2, "the stays that end first");

        let mut claims = app.claims("registrar");
        claims.center = Some("ast-02".to_owned());
        assert_eq!(list(&app.client(&claims).await, request()).await.len(), 0);
        let mut claims = app.claims("person");
        claims.relocant = Some(people[1].clone());
        let own = list(&app.client(&claims).await, proto::ListDuesRequest::default()).await;
        assert!(!own.is_empty() && own.iter().all(|due| due.relocant_id == people[1]));
        let denied = app.role("employer").await.dues().list_dues(request()).await.unwrap_err();
        assert_eq!(denied.code(), Code::PermissionDenied);
    }

    async fn a_lead_time_that_is_reached_becomes_one_event_whoever_looks_and_however_often(app: App) {
        let clerk = lasting(&app, "registrar").await;
        let person = entered(&clerk, -1).await;
        let other = app.another().await;
        assert_eq!(raised(&app, 1).await, app.count("due WHERE raised AND kind = 'ARRIVAL_NOTICE'").await);
        let before = app.count("journal WHERE operation = 'RaiseDues'").await;
        for app in [&app, &other] {
            app.clock.advance_days(60);
        }
        assert_eq!(raised(&app, before + 1).await - before, app.count("due WHERE raised").await - before);
        other.handle().stop().await;
        let third = app.another().await;
        third.clock.advance_days(60);
        let all = raised(&app, before + 1).await;
        assert_eq!(all, app.count("due").await, "the stay and the arrival, each once, also after a restart");
        app.sequenced().await;
        let watcher = lasting(&app, "integration").await;
        let events = proto::ListEventsRequest { types: vec!["due.reached".to_owned()], ..Default::default() };
        let events = watcher.events().list_events(events).await.unwrap().into_inner().events;
        assert_eq!(i64::try_from(events.len()).unwrap(), all);
        assert!(events.iter().all(|event| event.relocant_id == person && !event.due_id.is_empty()));
        third.handle().stop().await;
    }

    async fn another_law_moves_every_due_day(app: App) {
        let clerk = app.role("registrar").await;
        let mut people = Vec::new();
        for _ in 0..7 {
            people.push(entered(&clerk, 0).await);
        }
        let due = || proto::ListDuesRequest { kinds: vec![DueKind::StayEnds.into()], ..Default::default() };
        assert!(list(&clerk, due()).await.iter().all(|due| due.due_date == samples::in_days(89)));
        let directory = tempfile::tempdir().unwrap();
        let mut changed = config(&app.url);
        changed.law_file = Some(directory.path().join("law.toml"));
        std::fs::write(
            changed.law_file.as_ref().unwrap(),
            "[lead_days]\nSTAY_ENDS = 7\n[[stay_policy]]\nid = 'kz.eaeu.2023'\ncountry = 'KAZ'\ncitizens = ['ARM', 'BLR', 'KGZ', 'RUS']\napplies_to = 'x'\n\
             effective_from = '2023-01-27'\nkind = 'ROLLING_WINDOW'\nlimit_days = 60\nwindow_days = 180\nlegal_basis = 'x'\nsource_url = 'x'\nconfidence = 'B'\n",
        )
        .unwrap();
        app.handle().stop().await;
        let (keys, signer) = app.keys();
        let app = App::start_with(changed, keys, signer).await.unwrap();
        let clerk = app.role("registrar").await;
        let mut moved = Vec::new();
        for _ in 0..200 {
            moved = list(&clerk, due()).await;
            if moved.iter().all(|due| due.due_date == samples::in_days(59)) {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        assert_eq!(moved.len(), 7);
        assert!(moved.iter().all(|due| (due.due_date, due.warn_date) == (samples::in_days(59), samples::in_days(52))), "{moved:?}");
        app.handle().stop().await;
    }
}
