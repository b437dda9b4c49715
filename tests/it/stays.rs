//! Stays: the ledger and what the law makes of it.

use relocation_registry::proto;
use tonic::Code;

use crate::{
    harness::{Client, reason, samples},
    on_every_database, permits,
};

async fn enter(clerk: &Client, relocant_id: &str, days: i64) -> Result<proto::Crossing, tonic::Status> {
    let request = proto::RecordEntryRequest {
        request_id: samples::request_id(),
        validate_only: false,
        relocant_id: relocant_id.to_owned(),
        entry_date: samples::in_days(days),
    };
    clerk.stays().record_entry(request).await.map(|answer| answer.into_inner().crossing.unwrap())
}

async fn leave(clerk: &Client, relocant_id: &str, days: i64) -> Result<proto::Crossing, tonic::Status> {
    let request = proto::RecordExitRequest {
        request_id: samples::request_id(),
        validate_only: false,
        relocant_id: relocant_id.to_owned(),
        exit_date: samples::in_days(days),
    };
    clerk.stays().record_exit(request).await.map(|answer| answer.into_inner().crossing.unwrap())
}

async fn status(clerk: &Client, relocant_id: &str) -> proto::StayStatus {
    let request = proto::GetStayStatusRequest { relocant_id: relocant_id.to_owned(), on_date: None };
    clerk.stays().get_stay_status(request).await.unwrap().into_inner().stay_status.unwrap()
}

on_every_database! {
    async fn entries_and_exits_add_up(app: App) {
        let clerk = app.role("registrar").await;
        let person = clerk.register(samples::registration()).await.id;
        enter(&clerk, &person, -100).await.unwrap();
        leave(&clerk, &person, -71).await.unwrap();
        enter(&clerk, &person, -9).await.unwrap();
        let now = status(&clerk, &person).await;
        assert_eq!((now.days_used, now.days_remaining, now.lawful), (40, 50, true));
        assert_eq!(now.policy_id, "kz.eaeu.2023");
        let planned = proto::PlanStayRequest { relocant_id: person.clone(), planned_entry_date: samples::in_days(120) };
        let planned = clerk.stays().plan_stay(planned).await.unwrap().into_inner().stay_status.unwrap();
        assert_eq!(planned.on_date, samples::in_days(120));
    }

    async fn an_exit_before_its_entry_is_refused_and_nothing_is_recorded(app: App) {
        let clerk = app.role("registrar").await;
        let person = clerk.register(samples::registration()).await.id;
        let nothing = leave(&clerk, &person, -1).await.unwrap_err();
        assert_eq!((nothing.code(), reason(&nothing).as_str()), (Code::FailedPrecondition, "NO_OPEN_STAY"));
        enter(&clerk, &person, -5).await.unwrap();
        let before = leave(&clerk, &person, -6).await.unwrap_err();
        assert_eq!(reason(&before), "EXIT_BEFORE_ENTRY");
        let twice = enter(&clerk, &person, -4).await.unwrap_err();
        assert_eq!(reason(&twice), "STAY_ALREADY_OPEN");
        let tomorrow = leave(&clerk, &person, 1).await.unwrap_err();
        assert_eq!(reason(&tomorrow), "CROSSING_IN_FUTURE");
        assert_eq!(app.count("crossing").await, 1);
    }

    async fn a_correction_changes_the_answer_and_keeps_what_was_believed(app: App) {
        let clerk = app.role("registrar").await;
        let person = clerk.register(samples::registration()).await.id;
        let entry = enter(&clerk, &person, -30).await.unwrap();
        assert_eq!(status(&clerk, &person).await.days_used, 31);
        let correct = |days| proto::CorrectCrossingRequest {
            request_id: samples::request_id(),
            validate_only: false,
            crossing_id: entry.id.clone(),
            crossing_date: samples::in_days(days),
        };
        let corrected = clerk.stays().correct_crossing(correct(-3)).await.unwrap().into_inner().crossing.unwrap();
        assert_eq!(corrected.corrects_id, entry.id);
        assert_eq!(status(&clerk, &person).await.days_used, 4);
        let again = clerk.stays().correct_crossing(correct(-2)).await.unwrap_err();
        assert_eq!(reason(&again), "CROSSING_ALREADY_CORRECTED");
        let ledger = proto::ListCrossingsRequest { relocant_id: person, ..Default::default() };
        assert_eq!(clerk.stays().list_crossings(ledger).await.unwrap().into_inner().crossings.len(), 2);
    }

    async fn two_exits_at_once_end_one_stay_once(app: App) {
        let clerk = app.role("registrar").await;
        let person = clerk.register(samples::registration()).await.id;
        enter(&clerk, &person, -5).await.unwrap();
        let outcomes = futures_util::future::join_all((0..8).map(|_| leave(&clerk, &person, -1))).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        assert_eq!(app.count("crossing").await, 2);
    }

    async fn a_citizenship_without_a_policy_is_told_so_and_not_guessed_at(app: App) {
        let clerk = app.role("registrar").await;
        let mut request = samples::registration();
        let typed = proto::TypedIdentity { citizenship: "AFG".to_owned(), ..samples::typed() };
        request.source = Some(proto::register_relocant_request::Source::Typed(typed));
        request.entry_date = samples::in_days(-3);
        let registered = clerk.relocants().register_relocant(request).await.unwrap().into_inner();
        assert!(registered.stay_status.is_none());
        let ask = proto::GetStayStatusRequest { relocant_id: registered.relocant.unwrap().id, on_date: None };
        let refused = clerk.stays().get_stay_status(ask).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::FailedPrecondition, "NO_STAY_POLICY"));
    }

    async fn days_under_an_issued_permit_do_not_count(app: App) {
        let (clerk, officer) = (app.role("registrar").await, app.role("permit_officer").await);
        let mut request = samples::registration();
        request.entry_date = samples::in_days(-5);
        let person = clerk.register(request).await.id;
        let applied = permits::apply(&clerk, permits::application(&person, &permits::employer(&app).await)).await.unwrap();
        app.clock.advance_days(20);
        let mut claims = app.claims("registrar");
        claims.exp += 400 * 86_400;
        let clerk = app.client(&claims).await;
        let ask = |days: i64| proto::GetStayStatusRequest { relocant_id: person.clone(), on_date: samples::in_days(days) };
        let pending = clerk.stays().get_stay_status(ask(20)).await.unwrap().into_inner().stay_status.unwrap();
        assert_eq!((pending.days_used, pending.covered), (26, false), "a pending application does not stop the clock");
        app.clock.advance_days(-20);
        permits::issue(&officer, &applied.id).await;
        app.clock.advance_days(20);
        let status = clerk.stays().get_stay_status(ask(20)).await.unwrap().into_inner().stay_status.unwrap();
        assert_eq!((status.days_used, status.covered, status.lawful, status.policy_id.as_str()), (5, true, true, "kz.eaeu.2023"));
    }

    async fn a_host_notifies_an_arrival_once_and_lateness_is_counted_in_working_days(app: App) {
        let clerk = app.role("registrar").await;
        let mut request = samples::registration();
        request.entry_date = samples::in_days(-30);
        let person = clerk.register(request).await.id;
        let list = || proto::ListArrivalNoticesRequest { relocant_id: person.clone() };
        let due = clerk.stays().list_arrival_notices(list()).await.unwrap().into_inner().arrival_notices;
        assert_eq!((due.len(), due[0].notified_date), (1, None));
        assert!(due[0].late_working_days > 10, "{due:?}");
        let notify = |days: i64| proto::NotifyArrivalRequest {
            request_id: samples::request_id(),
            relocant_id: person.clone(),
            notified_date: samples::in_days(days),
            ..Default::default()
        };
        for out_of_time in [-31, 1] {
            let refused = clerk.stays().notify_arrival(notify(out_of_time)).await.unwrap_err();
            assert_eq!(reason(&refused), "NOTICE_OUT_OF_TIME");
        }
        let noted = clerk.stays().notify_arrival(notify(-29)).await.unwrap().into_inner().arrival_notice.unwrap();
        assert_eq!((noted.notified_date, noted.late_working_days), (samples::in_days(-29), 0));
        assert_eq!(reason(&clerk.stays().notify_arrival(notify(-28)).await.unwrap_err()), "ARRIVAL_ALREADY_NOTIFIED");
        assert_eq!(clerk.stays().list_arrival_notices(list()).await.unwrap().into_inner().arrival_notices, [noted]);
        let nobody = clerk.register(samples::registration()).await.id;
        let unknown = proto::NotifyArrivalRequest { relocant_id: nobody, ..notify(0) };
        assert_eq!(reason(&clerk.stays().notify_arrival(unknown).await.unwrap_err()), "NO_SUCH_ENTRY");
    }

    async fn a_question_without_a_record_is_answered_by_the_policy_it_names(app: App) {
        let anybody = app.role("ops").await;
        let stays = vec![
            proto::StayInterval { entry_date: samples::date("2014-08-15"), exit_date: samples::date("2014-09-30") },
            proto::StayInterval { entry_date: samples::date("2014-11-01"), exit_date: samples::date("2014-11-30") },
        ];
        let ask = proto::EvaluateStayRequest { policy_id: "schengen.2013".to_owned(), stays, on_date: samples::date("2014-11-30"), covered: vec![] };
        let status = anybody.stays().evaluate_stay(ask.clone()).await.unwrap().into_inner().stay_status.unwrap();
        assert_eq!((status.days_used, status.last_lawful_date), (77, samples::date("2014-12-13")));
        let unknown = anybody.stays().evaluate_stay(proto::EvaluateStayRequest { policy_id: "moon.1969".to_owned(), ..ask.clone() }).await.unwrap_err();
        assert_eq!(reason(&unknown), "UNKNOWN_STAY_POLICY");
        let within = proto::StayInterval { entry_date: samples::date("2014-09-15"), exit_date: samples::date("2014-10-01") };
        let overlapping = proto::EvaluateStayRequest { stays: [ask.stays.clone(), vec![within]].concat(), ..ask.clone() };
        let refused = anybody.stays().evaluate_stay(overlapping).await.unwrap_err();
        assert_eq!(crate::harness::fields(&refused), ["stays[2].entry_date"]);
        let all = anybody.stays().list_stay_policies(proto::ListStayPoliciesRequest::default()).await.unwrap().into_inner().policies;
        let of_schengen = proto::ListStayPoliciesRequest { country: "EUE".to_owned() };
        let policies = anybody.stays().list_stay_policies(of_schengen).await.unwrap().into_inner().policies;
        assert_eq!((policies.len(), policies[0].limit_days, policies[0].window_days), (1, 90, 180));
        assert!(all.len() >= 20 && all.iter().all(|policy| !policy.source_url.is_empty() && policy.kind() != proto::StayPolicyKind::Unspecified));
    }

    async fn entries_recorded_at_once_open_one_stay(app: App) {
        let clerk = app.role("registrar").await;
        for _ in 0..5 {
            let person = clerk.register(samples::registration()).await.id;
            let racers = (0..12).map(|_| {
                let (mut client, relocant_id) = (clerk.stays(), person.clone());
                async move {
                    let entry = proto::RecordEntryRequest { request_id: samples::request_id(), relocant_id, entry_date: samples::in_days(-1), ..Default::default() };
                    client.record_entry(entry).await
                }
            });
            let outcomes = futures_util::future::join_all(racers).await;
            assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "decided on what the others had not written yet");
        }
    }
}
