//! Applications on an officer's desk: claims, returns with what is missing, and the clocks.

use relocation_registry::proto;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::{
    harness::{App, Client, fields, patiently, reason, samples},
    on_every_database,
    permits::{application, apply, employer},
};

async fn officer(app: &App, subject: &str) -> Client {
    let mut claims = app.claims("permit_officer");
    claims.sub = subject.to_owned();
    claims.exp += 100 * 86_400;
    app.client(&claims).await
}

/// So many applications, in the order in which they were made.
async fn applications(app: &App, count: usize) -> Vec<String> {
    let (clerk, host) = (app.role("registrar").await, employer(app).await);
    let mut ids = Vec::new();
    for _ in 0..count {
        let person = clerk.register(samples::registration()).await.id;
        ids.push(apply(&clerk, application(&person, &host)).await.unwrap().id);
    }
    ids
}

async fn claim(officer: &Client, id: &str) -> Result<proto::ApplicationClaim, Status> {
    let request = proto::ClaimApplicationRequest { request_id: samples::request_id(), id: id.to_owned(), ..Default::default() };
    officer.permits().claim_application(request).await.map(|answer| answer.into_inner().claim.unwrap())
}

async fn claim_next(officer: &Client, count: i32) -> Result<Vec<String>, Status> {
    let request = proto::ClaimApplicationsRequest { request_id: samples::request_id(), count, ..Default::default() };
    let claims = officer.permits().claim_applications(request).await?.into_inner().claims;
    Ok(claims.into_iter().map(|claim| claim.permit_id).collect())
}

async fn release(officer: &Client, id: &str) -> Result<(), Status> {
    let request = proto::ReleaseClaimRequest { request_id: samples::request_id(), id: id.to_owned(), ..Default::default() };
    officer.permits().release_claim(request).await.map(drop)
}

async fn accept(officer: &Client, id: &str) -> Result<proto::Permit, Status> {
    let request = proto::AcceptApplicationRequest { request_id: samples::request_id(), id: id.to_owned(), ..Default::default() };
    officer.permits().accept_application(request).await.map(|answer| answer.into_inner().permit.unwrap())
}

async fn send_back(officer: &Client, id: &str, documents: &[proto::ApplicationDocument]) -> Result<proto::Permit, Status> {
    let request = proto::ReturnApplicationRequest {
        request_id: samples::request_id(),
        id: id.to_owned(),
        ground: proto::ReturnGround::DocumentMissing.into(),
        documents: documents.iter().map(|document| (*document).into()).collect(),
        ..Default::default()
    };
    officer.permits().return_application(request).await.map(|answer| answer.into_inner().permit.unwrap())
}

async fn read(client: &Client, id: &str) -> proto::Permit {
    client.permits().get_permit(proto::GetPermitRequest { id: id.to_owned() }).await.unwrap().into_inner().permit.unwrap()
}

on_every_database! {
    async fn of_sixteen_officers_who_claim_an_application_at_once_exactly_one_gets_it(app: App) {
        let id = applications(&app, 1).await.remove(0);
        let mut officers = Vec::new();
        for n in 0..16 {
            officers.push(officer(&app, &format!("officer-{n}")).await);
        }
        let racers = officers.iter().map(|officer| patiently(|| claim(officer, &id)));
        let outcomes = futures_util::future::join_all(racers).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        assert!(outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).all(|status| reason(status) == "APPLICATION_CLAIMED"));
        assert_eq!(app.count("permit_claim").await, 1);
    }

    async fn sixteen_officers_who_take_the_next_applications_at_once_share_them_without_meeting(app: App) {
        let mut ids = applications(&app, 20).await;
        let mut officers = Vec::new();
        for n in 0..16 {
            officers.push(officer(&app, &format!("officer-{n}")).await);
        }
        let racers = officers.iter().map(|officer| patiently(|| claim_next(officer, 2)));
        let mut claimed: Vec<String> = futures_util::future::join_all(racers).await.into_iter().flat_map(Result::unwrap).collect();
        claimed.sort();
        ids.sort();
        assert_eq!(claimed, ids, "each once, and none is left");
    }

    async fn nobody_else_makes_a_step_on_a_claimed_application_and_nobody_is_told_whose_it_is(app: App) {
        let id = applications(&app, 1).await.remove(0);
        let (aigul, bolat) = (officer(&app, "aigul-7").await, officer(&app, "bolat-8").await);
        let held = claim(&aigul, &id).await.unwrap();
        let refused = accept(&bolat, &id).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::FailedPrecondition, "APPLICATION_CLAIMED"));
        let told = refused.get_error_details().error_info().unwrap().metadata.clone();
        let until = told.get("until").unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap();
        assert_eq!((told.len(), until.timestamp()), (1, held.lapse_time.unwrap().seconds));
        assert!(!format!("{refused:?}").contains("aigul"));
        assert_eq!(reason(&release(&bolat, &id).await.unwrap_err()), "APPLICATION_CLAIMED");
        assert_eq!(reason(&claim(&bolat, &id).await.unwrap_err()), "APPLICATION_CLAIMED");
        // The holder works on, and the claim outlives the step.
        accept(&aigul, &id).await.unwrap();
        let start = |officer: &Client| {
            let (mut permits, id) = (officer.permits(), id.clone());
            async move { permits.start_review(proto::StartReviewRequest { request_id: samples::request_id(), id, ..Default::default() }).await }
        };
        assert_eq!(reason(&start(&bolat).await.unwrap_err()), "APPLICATION_CLAIMED");
        // The person is not held up by a claim.
        let clerk = app.role("registrar").await;
        release(&aigul, &id).await.unwrap();
        assert_eq!(reason(&release(&aigul, &id).await.unwrap_err()), "CLAIM_NOT_HELD");
        start(&bolat).await.unwrap();
        claim(&bolat, &id).await.unwrap();
        let withdraw = proto::WithdrawApplicationRequest { request_id: samples::request_id(), id: id.clone(), ..Default::default() };
        clerk.permits().withdraw_application(withdraw).await.unwrap();
        assert_eq!(app.count("permit_claim").await, 0, "a claim ends with its application");
        assert_eq!(reason(&claim(&bolat, &id).await.unwrap_err()), "WRONG_PERMIT_STATE");
    }

    async fn a_claim_lapses_by_itself_and_asking_again_makes_it_last(app: App) {
        let ids = applications(&app, 3).await;
        let (aigul, bolat) = (officer(&app, "aigul-7").await, officer(&app, "bolat-8").await);
        let first = claim(&aigul, &ids[0]).await.unwrap();
        assert_eq!(first.lapse_time.unwrap().seconds - first.claim_time.unwrap().seconds, 30 * 60);
        let again = claim(&aigul, &ids[0]).await.unwrap();
        assert_eq!(again.claim_time, first.claim_time);
        assert!(again.lapse_time.unwrap().seconds >= first.lapse_time.unwrap().seconds);
        assert_eq!(claim_next(&bolat, 1).await.unwrap(), [ids[1].clone()], "the oldest that nobody has claimed");
        for count in [0, 51, -1] {
            assert_eq!(fields(&claim_next(&bolat, count).await.unwrap_err()), ["count"]);
        }
        let request = proto::ClaimApplicationsRequest { request_id: samples::request_id(), count: 50, ..Default::default() };
        let bulk = bolat.permits().claim_applications(request.clone()).await.unwrap().into_inner();
        assert_eq!(bulk.claims.len(), 1, "fewer when there are no more");
        assert_eq!(bolat.permits().claim_applications(request).await.unwrap().into_inner(), bulk, "the same request has one effect");
        app.clock.advance_days(1);
        assert_eq!(reason(&release(&aigul, &ids[0]).await.unwrap_err()), "CLAIM_NOT_HELD");
        assert_eq!(claim_next(&bolat, 50).await.unwrap(), ids, "no timer had to run");
        let mut claims = app.claims("permit_officer");
        claims.region = Some("KZ-71".to_owned());
        claims.exp += 2 * 86_400;
        app.clock.advance_days(1);
        assert!(claim_next(&app.client(&claims).await, 50).await.unwrap().is_empty(), "of the own region only");
    }

    async fn a_returned_application_says_which_documents_it_lacks(app: App) {
        use proto::ApplicationDocument as Document;
        let id = applications(&app, 1).await.remove(0);
        let officer = officer(&app, "aigul-7").await;
        let silent = send_back(&officer, &id, &[]).await.unwrap_err();
        assert_eq!((silent.code(), fields(&silent)), (Code::InvalidArgument, vec!["documents".to_owned()]));
        let many = send_back(&officer, &id, &[Document::Passport; 21]).await.unwrap_err();
        assert_eq!(fields(&many), ["documents"]);
        let sent = send_back(&officer, &id, &[Document::HostPetition, Document::LandlordConsent, Document::HostPetition]).await.unwrap();
        assert_eq!((sent.state(), sent.return_due_date), (proto::PermitState::Returned, samples::in_days(30)));
        let steps = read(&officer, &id).await.transitions;
        assert_eq!(steps[1].documents().collect::<Vec<_>>(), [Document::LandlordConsent, Document::HostPetition], "each once");
        assert_eq!((steps[0].documents.len(), steps[1].policy_version.as_str()), (0, "kz.order992.2024-03"));
    }

    async fn a_returned_application_lapses_by_itself_and_is_written_so_when_the_person_applies_again(app: App) {
        let id = applications(&app, 1).await.remove(0);
        let officer = officer(&app, "aigul-7").await;
        let sent = send_back(&officer, &id, &[proto::ApplicationDocument::Passport]).await.unwrap();
        let mut claims = app.claims("registrar");
        claims.exp += 100 * 86_400;
        let clerk = app.client(&claims).await;
        let submit = || proto::SubmitApplicationRequest { request_id: samples::request_id(), id: id.clone(), ..Default::default() };
        app.clock.advance_days(30);
        assert_eq!(read(&officer, &id).await.state(), proto::PermitState::Returned, "the last day");
        app.clock.advance_days(1);
        let lapsed = read(&officer, &id).await;
        assert_eq!((lapsed.state(), lapsed.version, lapsed.return_due_date), (proto::PermitState::Lapsed, sent.version, samples::in_days(30)));
        let refused = clerk.permits().submit_application(submit()).await.unwrap_err();
        assert_eq!(reason(&refused), "WRONG_PERMIT_STATE");
        assert_eq!(refused.get_error_details().error_info().unwrap().metadata.get("state").unwrap(), "LAPSED");
        assert_eq!(app.count("permit WHERE state = 'LAPSED'").await, 0, "no timer writes it");
        app.clock.advance_days(3);
        let host = employer(&app).await;
        apply(&clerk, application(&lapsed.relocant_id, &host)).await.unwrap();
        let written = read(&officer, &id).await;
        assert_eq!((written.state(), written.version), (proto::PermitState::Lapsed, sent.version + 1));
        assert_eq!(written.transitions.last().unwrap().effective_date, samples::in_days(31), "not from the day of writing");
        assert_eq!(written.return_due_date, samples::in_days(30));
    }

    async fn the_review_is_due_five_working_days_after_the_acceptance_and_late_from_then_on(app: App) {
        let ids = applications(&app, 2).await;
        let officer = officer(&app, "aigul-7").await;
        let accepted = accept(&officer, &ids[0]).await.unwrap();
        let calendar = relocation_registry::time::WorkingDays::with(vec![]).unwrap();
        let today = relocation_registry::time::civil_day(relocation_registry::time::Clock::default().now());
        let due_on = calendar.after(today, 5);
        assert_eq!(accepted.review_due_date, samples::date(&due_on.to_string()));
        assert_eq!((accepted.review_late_working_days, read(&officer, &ids[1]).await.review_due_date), (0, None));
        app.clock.advance_days(20);
        let late = calendar.between(due_on, today + chrono::Days::new(20));
        assert!(late > 0);
        assert_eq!(read(&officer, &ids[0]).await.review_late_working_days, late);
        let id = ids[0].clone();
        officer.permits().start_review(proto::StartReviewRequest { request_id: samples::request_id(), id: id.clone(), ..Default::default() }).await.unwrap();
        officer.permits().approve_application(proto::ApproveApplicationRequest { request_id: samples::request_id(), id, ..Default::default() }).await.unwrap();
        app.clock.advance_days(20);
        assert_eq!(read(&officer, &ids[0]).await.review_late_working_days, late, "the decision stops the clock");
    }
}
