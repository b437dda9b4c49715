//! Registering many: batches, and files that are sent again.

use std::collections::BTreeMap;

use relocation_registry::{
    auth::jwt::Claims,
    proto::{self, imported_row, register_relocant_request::Source, registration_result},
};

use crate::{
    harness::{CHANGES, Client, fields, reason, samples},
    on_every_database,
};

fn person() -> proto::RegisterRelocantRequest {
    proto::RegisterRelocantRequest { request_id: String::new(), ..samples::registration() }
}

fn with(typed: proto::TypedIdentity) -> proto::RegisterRelocantRequest {
    proto::RegisterRelocantRequest { source: Some(Source::Typed(typed)), ..person() }
}

/// Rows from line 2 on, as a file with headings has them.
fn file(people: Vec<proto::RegisterRelocantRequest>) -> Vec<proto::ImportRelocantsRequest> {
    let import_id = samples::request_id();
    let row = |(line, registration)| proto::ImportRelocantsRequest {
        import_id: import_id.clone(),
        validate_only: false,
        line,
        registration: Some(registration),
    };
    (2..).zip(people).map(row).collect()
}

/// Sends rows, and gives what became of each, with the last acknowledged line.
async fn import(
    clerk: &Client,
    rows: Vec<proto::ImportRelocantsRequest>,
) -> Result<(i32, BTreeMap<i32, imported_row::Outcome>), tonic::Status> {
    let mut answers = clerk.relocants().import_relocants(tokio_stream::iter(rows)).await?.into_inner();
    let (mut acknowledged, mut outcomes) = (0, BTreeMap::new());
    while let Some(answer) = answers.message().await? {
        assert!(answer.acknowledged_line > acknowledged, "it only goes on");
        acknowledged = answer.acknowledged_line;
        outcomes.extend(answer.rows.into_iter().map(|row| (row.line, row.outcome.unwrap())));
    }
    Ok((acknowledged, outcomes))
}

fn relocant(outcome: &imported_row::Outcome) -> &proto::ImportedRelocant {
    match outcome {
        imported_row::Outcome::Relocant(relocant) => relocant,
        imported_row::Outcome::Problem(problem) => panic!("{problem:?}"),
    }
}

fn problem(outcome: &imported_row::Outcome) -> &proto::Problem {
    match outcome {
        imported_row::Outcome::Problem(problem) => problem,
        imported_row::Outcome::Relocant(relocant) => panic!("{relocant:?}"),
    }
}

on_every_database! {
    async fn one_of_a_batch_that_cannot_be_registered_does_not_hinder_the_others(app: App) {
        let clerk = app.role("registrar").await;
        let wrong = proto::TypedIdentity { family_name: String::new(), citizenship: "x".to_owned(), ..samples::typed() };
        let registrations = vec![samples::registration(), samples::registration_with(wrong), samples::registration()];
        let batch = proto::BatchRegisterRelocantsRequest { registrations };
        let send = || clerk.relocants();
        let done = send().batch_register_relocants(batch.clone()).await.unwrap().into_inner();
        let codes: Vec<Option<String>> = done.results.iter().map(|result| match result.outcome.as_ref().unwrap() {
            registration_result::Outcome::Registered(registered) => Some(registered.relocant.as_ref().unwrap().code.clone()),
            registration_result::Outcome::Problem(problem) => {
                assert_eq!((problem.reason.as_str(), problem.code, problem.retry), ("INVALID_FIELDS", 3, false));
                let at: Vec<&str> = problem.fields.iter().map(|field| field.field.as_str()).collect();
                assert_eq!(at, ["typed.citizenship"], "what cannot be read is told before what cannot be");
                None
            }
        }).collect();
        assert!(codes[0].is_some() && codes[1].is_none() && codes[2].is_some());
        assert_eq!(app.count(CHANGES).await, 2);
        assert_eq!(send().batch_register_relocants(batch).await.unwrap().into_inner(), done, "sent again, each is answered as it was");
        assert_eq!((app.count("relocant").await, app.count(CHANGES).await), (2, 2));
    }

    async fn a_batch_holds_two_hundred_and_each_has_its_own_request_id(app: App) {
        let clerk = app.role("registrar").await;
        for count in [0, 201] {
            let batch = proto::BatchRegisterRelocantsRequest { registrations: vec![samples::registration(); count] };
            let refused = clerk.relocants().batch_register_relocants(batch).await.unwrap_err();
            assert_eq!(fields(&refused), ["registrations"]);
        }
        let twice = samples::registration();
        let other = proto::RegisterRelocantRequest { region_code: "KZ-10".to_owned(), ..twice.clone() };
        let batch = proto::BatchRegisterRelocantsRequest { registrations: vec![twice, other] };
        let done = clerk.relocants().batch_register_relocants(batch).await.unwrap().into_inner();
        let reused = done.results.iter().filter(|result| matches!(&result.outcome, Some(registration_result::Outcome::Problem(problem)) if problem.reason == "REQUEST_ID_REUSED"));
        assert_eq!((reused.count(), app.count("relocant").await), (1, 1));
    }

    async fn every_row_of_a_file_has_its_result_with_the_line_and_the_fields_at_fault(app: App) {
        let clerk = app.role("registrar").await;
        let known = clerk.register(samples::registration()).await;
        let full = proto::GetRelocantRequest { id: known.id.clone(), view: proto::RelocantView::Full.into(), purpose: proto::Purpose::Registration.into() };
        let identity = clerk.relocants().get_relocant(full).await.unwrap().into_inner().relocant.unwrap().identity.unwrap();
        let again = proto::TypedIdentity {
            family_name: identity.family_name,
            given_names: identity.given_names,
            birth_date: identity.birth_date,
            document: Some(proto::Document { id: String::new(), ..identity.documents[0].clone() }),
            ..samples::typed()
        };
        let wrong = proto::TypedIdentity { birth_date: samples::in_days(5), family_name: "1".to_owned(), ..samples::typed() };
        let first = samples::typed();
        let rows = file(vec![with(first.clone()), with(wrong), with(again), with(first)]);
        let (acknowledged, outcomes) = import(&clerk, rows).await.unwrap();
        assert_eq!((acknowledged, outcomes.len()), (5, 4));
        assert!(relocant(&outcomes[&2]).code.len() == 11 && relocant(&outcomes[&2]).same_as_line == 0);
        let at: Vec<&str> = problem(&outcomes[&3]).fields.iter().map(|field| field.field.as_str()).collect();
        assert_eq!(at, ["typed.family_name", "typed.birth_date"]);
        assert_eq!(relocant(&outcomes[&4]).likely_duplicates[0].relocant_id, known.id, "who is already there is told");
        assert_eq!(relocant(&outcomes[&5]).same_as_line, 2, "who comes twice in the file is told");
    }

    async fn a_review_says_all_that_a_file_would_be_answered_with_and_leaves_nothing_behind(app: App) {
        let clerk = app.role("registrar").await;
        let twice = samples::typed();
        let rows = file(vec![with(twice.clone()), with(proto::TypedIdentity { citizenship: String::new(), ..samples::typed() }), with(twice)]);
        let review = rows.iter().cloned().map(|row| proto::ImportRelocantsRequest { validate_only: true, ..row }).collect();
        let (acknowledged, outcomes) = import(&clerk, review).await.unwrap();
        assert_eq!((acknowledged, relocant(&outcomes[&4]).same_as_line, relocant(&outcomes[&2]).id.as_str()), (4, 2, ""));
        assert_eq!(problem(&outcomes[&3]).reason, "INVALID_FIELDS");
        assert_eq!((app.count("relocant").await, app.count("relocant_tag").await, app.count(CHANGES).await), (0, 0, 0));
        import(&clerk, rows).await.unwrap();
        assert_eq!(app.count("relocant").await, 2);
    }

    async fn a_file_that_is_sent_again_doubles_nobody_and_a_row_that_was_changed_is_told(app: App) {
        let clerk = app.role("registrar").await;
        let rows = file((0..40).map(|_| person()).collect());
        // It breaks off in the middle, at whatever row.
        {
            let mut answers = clerk.relocants().import_relocants(tokio_stream::iter(rows[..25].to_vec())).await.unwrap().into_inner();
            let first = answers.message().await.unwrap().unwrap();
            assert!(first.acknowledged_line >= 2);
        }
        let (_, first) = import(&clerk, rows.clone()).await.unwrap();
        let (_, again) = import(&clerk, rows.clone()).await.unwrap();
        assert_eq!(app.count("relocant").await, 40);
        let ids = |outcomes: &BTreeMap<i32, imported_row::Outcome>| outcomes.values().map(|outcome| relocant(outcome).id.clone()).collect::<Vec<_>>();
        assert_eq!(ids(&first), ids(&again));
        let mut changed = rows;
        changed[7].registration = Some(person());
        let (_, outcomes) = import(&clerk, changed).await.unwrap();
        assert_eq!(problem(&outcomes[&9]).reason, "REQUEST_ID_REUSED");
        assert_eq!(app.count("relocant").await, 40);
    }

    async fn rows_that_do_not_belong_together_end_the_file_and_what_came_before_stands(app: App) {
        let clerk = app.role("registrar").await;
        let mut rows = file(vec![person(), person(), person()]);
        rows[2].line = 3;
        let mut answers = clerk.relocants().import_relocants(tokio_stream::iter(rows)).await.unwrap().into_inner();
        let mut acknowledged = 0;
        let failed = loop {
            match answers.message().await {
                Ok(Some(answer)) => acknowledged = answer.acknowledged_line,
                Ok(None) => panic!("it ends well"),
                Err(status) => break status,
            }
        };
        assert_eq!((acknowledged, reason(&failed).as_str(), fields(&failed)), (3, "INVALID_FIELDS", vec!["line".to_owned()]));
        assert_eq!(app.count("relocant").await, 2);
    }

    async fn a_record_that_its_client_has_named_is_made_once_whoever_sends_it(app: App) {
        let [first, second] = [app.role("registrar").await, app.client(&Claims { sub: "registrar-2".to_owned(), ..app.claims("registrar") }).await];
        for _ in 0..20 {
            let id = uuid::Uuid::now_v7().to_string();
            let person = proto::RegisterRelocantRequest { relocant_id: id.clone(), ..samples::registration() };
            let again = proto::RegisterRelocantRequest { request_id: samples::request_id(), ..person.clone() };
            let (mut of_first, mut of_second) = (first.relocants(), second.relocants());
            let (one, other) = tokio::join!(of_first.register_relocant(person), of_second.register_relocant(again));
            let ((Ok(made), Err(told)) | (Err(told), Ok(made))) = (one, other) else { panic!("not one") };
            assert_eq!((made.into_inner().relocant.unwrap().id, reason(&told).as_str()), (id, "ALREADY_EXISTS"));
        }
        assert_eq!(app.count("relocant").await, 20);
        for id in ["7", "0190d6a0-0000-4000-8000-000000000001"] {
            let wrong = proto::RegisterRelocantRequest { relocant_id: id.to_owned(), ..samples::registration() };
            let told = first.relocants().register_relocant(wrong).await.unwrap_err();
            assert_eq!((reason(&told).as_str(), fields(&told)), ("INVALID_FIELDS", vec!["relocant_id".to_owned()]));
        }
    }

    async fn when_a_person_stood_at_the_counter_is_kept_apart_and_a_wrong_clock_hinders_nobody(app: App) {
        let clerk = app.role("registrar").await;
        let now = app.clock.now();
        let captured = |minutes: i64| proto::RegisterRelocantRequest {
            capture_time: Some(relocation_registry::api::timestamp(now + chrono::Duration::minutes(minutes))),
            ..samples::registration()
        };
        let two_days = clerk.register(captured(-2 * 24 * 60)).await;
        let [seen, received] = [two_days.capture_time.unwrap(), two_days.create_time.unwrap()];
        assert_eq!(seen, relocation_registry::api::timestamp(now - chrono::Duration::days(2)));
        assert!((received.seconds - seen.seconds - 2 * 24 * 60 * 60).abs() < 60);
        let get = proto::GetRelocantRequest { id: two_days.id.clone(), ..Default::default() };
        assert_eq!(clerk.relocants().get_relocant(get).await.unwrap().into_inner().relocant.unwrap().capture_time, Some(seen));
        for wrong in [60, -31 * 24 * 60] {
            let request = captured(wrong);
            let mut asked = tonic::Request::new(request.clone());
            asked.metadata_mut().insert("accept-language", "ru".parse().unwrap());
            let done = clerk.relocants().register_relocant(asked).await.unwrap().into_inner();
            assert_eq!(done.relocant.unwrap().capture_time, None);
            let [warning] = done.warnings.as_slice() else { panic!("{:?}", done.warnings) };
            assert_eq!((warning.field.as_str(), warning.reason.as_str()), ("capture_time", "CLOCK_IS_WRONG"));
            assert!(warning.localized_description.contains("проверьте часы"), "{}", warning.localized_description);
            let again = clerk.relocants().register_relocant(request).await.unwrap().into_inner();
            assert_eq!(again.warnings.len(), 1, "sent again, the answer is the same");
        }
        let before = proto::RegisterRelocantRequest {
            capture_time: Some(prost_types::Timestamp { seconds: i64::MAX, nanos: -1 }),
            ..samples::registration()
        };
        assert_eq!(fields(&clerk.relocants().register_relocant(before).await.unwrap_err()), ["capture_time"]);
    }
}
