//! Permits: from the application to the last day.

use relocation_registry::proto;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::{
    harness::{App, Client, reason, samples},
    on_every_database,
};

/// A verified employer.
pub async fn employer(app: &App) -> String {
    let matcher = app.role("matcher").await;
    let request = proto::RegisterEmployerRequest {
        request_id: samples::request_id(),
        validate_only: false,
        bin: samples::bin(),
        name: "Аягөз аудандық ауруханасы".to_owned(),
        region_code: "KZ-10".to_owned(),
        relocation: None,
    };
    let id = matcher.employers().register_employer(request).await.unwrap().into_inner().employer.unwrap().id;
    let verify = proto::VerifyEmployerRequest { request_id: samples::request_id(), id: id.clone(), ..Default::default() };
    matcher.employers().verify_employer(verify).await.unwrap();
    id
}

pub fn application(relocant_id: &str, employer_id: &str) -> proto::ApplyForPermitRequest {
    proto::ApplyForPermitRequest {
        request_id: samples::request_id(),
        validate_only: false,
        relocant_id: relocant_id.to_owned(),
        kind: proto::PermitKind::TemporaryResidenceWork.into(),
        employer_id: employer_id.to_owned(),
        region_code: "KZ-10".to_owned(),
        contract_until_date: samples::in_days(300),
        passport_valid_until_date: samples::in_days(2000),
        as_draft: false,
        basis_permit_id: String::new(),
    }
}

pub async fn apply(client: &Client, request: proto::ApplyForPermitRequest) -> Result<proto::Permit, Status> {
    client.permits().apply_for_permit(request).await.map(|answer| answer.into_inner().permit.unwrap())
}

/// Accepts, reviews and approves an application.
pub async fn approve(officer: &Client, id: &str) {
    let (request_id, id) = (samples::request_id, id.to_owned());
    officer
        .permits()
        .accept_application(proto::AcceptApplicationRequest { request_id: request_id(), id: id.clone(), ..Default::default() })
        .await
        .unwrap();
    officer
        .permits()
        .start_review(proto::StartReviewRequest { request_id: request_id(), id: id.clone(), ..Default::default() })
        .await
        .unwrap();
    officer
        .permits()
        .approve_application(proto::ApproveApplicationRequest { request_id: request_id(), id, ..Default::default() })
        .await
        .unwrap();
}

/// Approves an application and issues the permit.
pub async fn issue(officer: &Client, id: &str) -> proto::Permit {
    approve(officer, id).await;
    let issue = proto::IssuePermitRequest {
        request_id: samples::request_id(),
        id: id.to_owned(),
        valid_from_date: samples::in_days(0),
        valid_until_date: samples::in_days(300),
        ..Default::default()
    };
    officer.permits().issue_permit(issue).await.unwrap().into_inner().permit.unwrap()
}

on_every_database! {
    async fn an_application_becomes_a_permit_and_every_step_is_kept(app: App) {
        let (clerk, officer) = (app.role("registrar").await, app.role("permit_officer").await);
        let person = clerk.register(samples::registration()).await.id;
        let employer = employer(&app).await;
        let applied = apply(&clerk, application(&person, &employer)).await.unwrap();
        assert_eq!((applied.state(), applied.validity()), (proto::PermitState::Submitted, proto::PermitValidity::NotIssued));
        let issued = issue(&officer, &applied.id).await;
        assert_eq!((issued.state(), issued.validity(), issued.version), (proto::PermitState::Issued, proto::PermitValidity::Valid, 5));
        let read = clerk.permits().get_permit(proto::GetPermitRequest { id: applied.id.clone() }).await.unwrap().into_inner().permit.unwrap();
        let steps: Vec<_> = read.transitions.iter().map(|step| (step.number, step.to_state())).collect();
        assert_eq!(steps, [(1, proto::PermitState::Submitted), (2, proto::PermitState::Accepted), (3, proto::PermitState::UnderReview), (4, proto::PermitState::Approved), (5, proto::PermitState::Issued)]);
        assert_eq!((read.transitions[0].actor.as_str(), read.transitions[4].actor_role.as_str()), ("registrar-1", "permit_officer"));
        let listed = officer.permits().list_permits(proto::ListPermitsRequest { relocant_id: person, ..Default::default() }).await.unwrap().into_inner();
        assert_eq!(listed.permits.len(), 1);

        app.clock.advance_days(301);
        let expired = app.client(&{
            let mut claims = app.claims("permit_officer");
            claims.exp += 400 * 86_400;
            claims
        }).await;
        let read = expired.permits().get_permit(proto::GetPermitRequest { id: applied.id }).await.unwrap().into_inner().permit.unwrap();
        assert_eq!(read.validity(), proto::PermitValidity::Expired);
    }

    async fn a_step_out_of_turn_is_refused_and_changes_nothing(app: App) {
        let (clerk, officer) = (app.role("registrar").await, app.role("permit_officer").await);
        let person = clerk.register(samples::registration()).await.id;
        let applied = apply(&clerk, application(&person, &employer(&app).await)).await.unwrap();
        let early = proto::ApproveApplicationRequest { request_id: samples::request_id(), id: applied.id.clone(), ..Default::default() };
        let refused = officer.permits().approve_application(early).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::FailedPrecondition, "WRONG_PERMIT_STATE"));
        assert_eq!(app.count("permit_transition").await, 1);
        let stale = proto::AcceptApplicationRequest { request_id: samples::request_id(), id: applied.id, expected_version: 7, ..Default::default() };
        assert_eq!(reason(&officer.permits().accept_application(stale).await.unwrap_err()), "CONFLICT");
    }

    async fn twenty_officers_accepting_at_once_accept_once(app: App) {
        let (clerk, officer) = (app.role("registrar").await, app.role("permit_officer").await);
        let person = clerk.register(samples::registration()).await.id;
        let applied = apply(&clerk, application(&person, &employer(&app).await)).await.unwrap();
        let racers = (0..20).map(|_| {
            let (mut client, id) = (officer.permits(), applied.id.clone());
            async move { client.accept_application(proto::AcceptApplicationRequest { request_id: samples::request_id(), id, ..Default::default() }).await }
        });
        let outcomes = futures_util::future::join_all(racers).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        assert_eq!(app.count("permit_transition").await, 2);
    }

    async fn two_permits_are_never_active_at_once(app: App) {
        let (clerk, officer) = (app.role("registrar").await, app.role("permit_officer").await);
        let person = clerk.register(samples::registration()).await.id;
        let employer = employer(&app).await;
        // Both are submitted before either is issued.
        let first = apply(&clerk, application(&person, &employer)).await.unwrap();
        let second = apply(&clerk, application(&person, &employer)).await.unwrap();
        issue(&officer, &first.id).await;
        let third = apply(&clerk, application(&person, &employer)).await.unwrap_err();
        assert_eq!(reason(&third), "PERMIT_ACTIVE");
        for id in [&second.id] {
            officer.permits().accept_application(proto::AcceptApplicationRequest { request_id: samples::request_id(), id: id.clone(), ..Default::default() }).await.unwrap();
            officer.permits().start_review(proto::StartReviewRequest { request_id: samples::request_id(), id: id.clone(), ..Default::default() }).await.unwrap();
            officer.permits().approve_application(proto::ApproveApplicationRequest { request_id: samples::request_id(), id: id.clone(), ..Default::default() }).await.unwrap();
        }
        let issuing = |id: String| proto::IssuePermitRequest {
            request_id: samples::request_id(),
            id,
            valid_from_date: samples::in_days(0),
            valid_until_date: samples::in_days(200),
            ..Default::default()
        };
        assert_eq!(reason(&officer.permits().issue_permit(issuing(second.id.clone())).await.unwrap_err()), "PERMIT_ACTIVE");
        // The host ends the contract; the new host's permit takes its place.
        let change = proto::ReportHostChangeRequest { request_id: samples::request_id(), id: first.id.clone(), contract_ended_date: samples::in_days(0), ..Default::default() };
        let changed = officer.permits().report_host_change(change).await.unwrap().into_inner().permit.unwrap();
        assert_eq!(changed.host_change_due_date, samples::in_days(15));
        officer.permits().issue_permit(issuing(second.id)).await.unwrap();
        let former = officer.permits().get_permit(proto::GetPermitRequest { id: first.id }).await.unwrap().into_inner().permit.unwrap();
        assert_eq!(former.state(), proto::PermitState::Superseded);
    }

    async fn a_renewal_follows_the_former_permit(app: App) {
        let (clerk, officer) = (app.role("registrar").await, app.role("permit_officer").await);
        let person = clerk.register(samples::registration()).await.id;
        let applied = apply(&clerk, application(&person, &employer(&app).await)).await.unwrap();
        let issued = issue(&officer, &applied.id).await;
        let renew = proto::RenewPermitRequest {
            request_id: samples::request_id(),
            id: issued.id.clone(),
            valid_until_date: samples::in_days(500),
            contract_until_date: samples::in_days(600),
            passport_valid_until_date: samples::in_days(2000),
            ..Default::default()
        };
        let renewed = officer.permits().renew_permit(renew.clone()).await.unwrap().into_inner().permit.unwrap();
        assert_eq!((renewed.predecessor_id.as_str(), renewed.valid_from_date), (issued.id.as_str(), samples::in_days(301)));
        let again = officer.permits().renew_permit(renew).await.unwrap().into_inner().permit.unwrap();
        assert_eq!(again.id, renewed.id, "the same request has one effect");
        assert_eq!(app.count("permit").await, 2);
    }

    async fn everything_against_an_application_is_told_at_once(app: App) {
        let clerk = app.role("registrar").await;
        let person = clerk.register(samples::registration()).await.id;
        let mut request = application(&person, &employer(&app).await);
        request.passport_valid_until_date = samples::in_days(179);
        request.contract_until_date = samples::in_days(-1);
        let refused = apply(&clerk, request).await.unwrap_err();
        let broken = refused.get_error_details().precondition_failure().unwrap().violations.len();
        assert_eq!((reason(&refused).as_str(), broken), ("PASSPORT_TOO_SHORT", 2));
        assert_eq!(app.count("permit").await, 0);
    }

    async fn an_officer_of_another_region_sees_no_permit(app: App) {
        let clerk = app.role("registrar").await;
        let person = clerk.register(samples::registration()).await.id;
        let applied = apply(&clerk, application(&person, &employer(&app).await)).await.unwrap();
        let mut claims = app.claims("permit_officer");
        claims.region = Some("KZ-71".to_owned());
        let elsewhere = app.client(&claims).await.permits().get_permit(proto::GetPermitRequest { id: applied.id }).await.unwrap_err();
        assert_eq!(elsewhere.code(), Code::NotFound);
    }

    async fn a_bin_with_a_wrong_digit_or_used_before_is_refused(app: App) {
        let matcher = app.role("matcher").await;
        let register = |bin: &str| proto::RegisterEmployerRequest {
            request_id: samples::request_id(),
            validate_only: false,
            bin: bin.to_owned(),
            name: "ТОО Пример".to_owned(),
            region_code: "KZ-75".to_owned(),
            relocation: None,
        };
        let wrong = matcher.employers().register_employer(register("940140000386")).await.unwrap_err();
        assert_eq!((wrong.code(), crate::harness::fields(&wrong)), (Code::InvalidArgument, vec!["bin".to_owned()]));
        matcher.employers().register_employer(register("940140000385")).await.unwrap();
        assert_eq!(matcher.employers().register_employer(register("940140000385")).await.unwrap_err().code(), Code::AlreadyExists);
    }

    async fn a_suspended_employer_hosts_nobody(app: App) {
        let clerk = app.role("registrar").await;
        let person = clerk.register(samples::registration()).await.id;
        let employer = employer(&app).await;
        let suspend = proto::SuspendEmployerRequest { request_id: samples::request_id(), id: employer.clone(), ..Default::default() };
        app.role("matcher").await.employers().suspend_employer(suspend).await.unwrap();
        assert_eq!(reason(&apply(&clerk, application(&person, &employer)).await.unwrap_err()), "EMPLOYER_NOT_VERIFIED");
    }
}
