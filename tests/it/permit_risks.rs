//! Permits that stand on something: a contract, an enrolment, a relative's permit; and what becomes of them when it ends.

use relocation_registry::proto;
use tonic::{Code, Status};

use crate::{
    harness::{App, Client, fields, reason, samples},
    matches::{of_employer, of_person, working_for},
    on_every_database,
    permits::{application, apply, approve, employer, issue},
};

fn family(relocant: &str, employer: &str, basis_permit_id: &str) -> proto::ApplyForPermitRequest {
    proto::ApplyForPermitRequest {
        kind: proto::PermitKind::TemporaryResidenceFamilyOfWorker.into(),
        basis_permit_id: basis_permit_id.to_owned(),
        ..application(relocant, employer)
    }
}

/// A person with a permit that is issued.
pub async fn permitted(app: &App, request: impl FnOnce(&str) -> proto::ApplyForPermitRequest) -> proto::Permit {
    let (clerk, officer) = (app.role("registrar").await, app.role("permit_officer").await);
    let person = clerk.register(samples::registration()).await.id;
    let applied = apply(&clerk, request(&person)).await.unwrap();
    issue(&officer, &applied.id).await
}

/// A worker, the spouse who stands on the worker's permit, and a child who stands on the spouse's.
pub async fn household(app: &App, employer: &str) -> (proto::Permit, proto::Permit, proto::Permit) {
    let worker = permitted(app, |person| application(person, employer)).await;
    let spouse = permitted(app, |person| family(person, employer, &worker.id)).await;
    let child = permitted(app, |person| family(person, employer, &spouse.id)).await;
    (worker, spouse, child)
}

pub async fn risks_of(client: &Client, permit: &proto::Permit) -> Vec<proto::PermitRisk> {
    let request = proto::ListPermitRisksRequest { permit_id: permit.id.clone(), ..Default::default() };
    client.permits().list_permit_risks(request).await.unwrap().into_inner().risks
}

async fn causes(client: &Client, permit: &proto::Permit) -> Vec<(proto::PermitRiskCause, String)> {
    risks_of(client, permit).await.into_iter().map(|risk| (risk.cause(), risk.cause_permit_id)).collect()
}

async fn contract_ended(officer: &Client, permit: &proto::Permit) -> Result<proto::Permit, Status> {
    let request = proto::ReportHostChangeRequest {
        request_id: samples::request_id(),
        id: permit.id.clone(),
        contract_ended_date: samples::in_days(0),
        ..Default::default()
    };
    officer.permits().report_host_change(request).await.map(|answer| answer.into_inner().permit.unwrap())
}

pub async fn at_risk_events(app: &App) -> usize {
    app.sequenced().await;
    let request = proto::ListEventsRequest { types: vec!["permit.at_risk".to_owned()], ..Default::default() };
    app.role("auditor").await.events().list_events(request).await.unwrap().into_inner().events.len()
}

on_every_database! {
    async fn a_contract_that_ends_reaches_the_whole_family_in_one_call_with_the_day_to_act(app: App) {
        let officer = app.role("permit_officer").await;
        let host = employer(&app).await;
        let (worker, spouse, child) = household(&app, &host).await;
        let stranger = permitted(&app, |person| application(person, &host)).await;
        contract_ended(&officer, &worker).await.unwrap();
        for (permit, cause_permit) in [(&worker, ""), (&spouse, worker.id.as_str()), (&child, worker.id.as_str())] {
            let risks = risks_of(&officer, permit).await;
            assert_eq!(risks.len(), 1);
            assert_eq!((risks[0].cause(), risks[0].cause_permit_id.as_str()), (proto::PermitRiskCause::ContractEnded, cause_permit));
            assert_eq!((risks[0].since_date, risks[0].due_date, risks[0].cleared_date), (samples::in_days(0), samples::in_days(15), None));
            assert_eq!(risks[0].relocant_id, permit.relocant_id);
        }
        assert!(risks_of(&officer, &stranger).await.is_empty());
        assert_eq!(at_risk_events(&app).await, 3);

        // Who can see what.
        let spouse_alone = of_person(&app, &spouse.relocant_id).await;
        let seen = spouse_alone.permits().list_permit_risks(proto::ListPermitRisksRequest::default()).await.unwrap().into_inner().risks;
        assert_eq!(seen.iter().map(|risk| &risk.permit_id).collect::<Vec<_>>(), [&spouse.id]);
        let mut claims = app.claims("permit_officer");
        claims.region = Some("KZ-71".to_owned());
        let elsewhere = app.client(&claims).await;
        assert!(elsewhere.permits().list_permit_risks(proto::ListPermitRisksRequest::default()).await.unwrap().into_inner().risks.is_empty());
        // Page by page.
        let first = officer.permits().list_permit_risks(proto::ListPermitRisksRequest { page_size: 2, ..Default::default() }).await.unwrap().into_inner();
        let next = proto::ListPermitRisksRequest { page_size: 2, page_token: first.next_page_token, ..Default::default() };
        let second = officer.permits().list_permit_risks(next).await.unwrap().into_inner();
        assert_eq!((first.risks.len(), second.risks.len(), second.next_page_token.as_str()), (2, 1, ""));

        // A new host's permit takes the place of the worker's: that risk is over, and the family's basis is gone.
        let clerk = app.role("registrar").await;
        let again = apply(&clerk, application(&worker.relocant_id, &host)).await.unwrap();
        issue(&officer, &again.id).await;
        assert_eq!(risks_of(&officer, &worker).await[0].cleared_date, samples::in_days(0));
        let expected = [proto::PermitRiskCause::ContractEnded, proto::PermitRiskCause::RelativeSuperseded].map(|cause| (cause, worker.id.clone()));
        assert_eq!(causes(&officer, &spouse).await, expected);
        // The spouse's ends: over too.
        let cancel = proto::CancelPermitRequest { request_id: samples::request_id(), id: spouse.id.clone(), ..Default::default() };
        officer.permits().cancel_permit(cancel).await.unwrap();
        assert!(risks_of(&officer, &spouse).await.iter().all(|risk| risk.cleared_date == samples::in_days(0)));
        assert!(causes(&officer, &child).await.contains(&(proto::PermitRiskCause::RelativeCancelled, spouse.id.clone())));
    }

    async fn a_refused_report_leaves_nobody_at_risk(app: App) {
        let officer = app.role("permit_officer").await;
        let (worker, spouse, _) = household(&app, &employer(&app).await).await;
        let request = proto::ReportHostChangeRequest {
            request_id: samples::request_id(),
            id: worker.id.clone(),
            contract_ended_date: samples::in_days(0),
            validate_only: true,
            ..Default::default()
        };
        officer.permits().report_host_change(request).await.unwrap();
        assert_eq!(reason(&contract_ended(&officer, &spouse).await.unwrap_err()), "WRONG_PERMIT_BASIS");
        assert_eq!((app.count("permit_risk").await, at_risk_events(&app).await), (0, 0));
    }

    async fn a_relatives_permit_that_is_shortened_revoked_or_cancelled_takes_the_ground_away(app: App) {
        let officer = app.role("permit_officer").await;
        let host = employer(&app).await;
        let (worker, spouse, child) = household(&app, &host).await;
        let shorten = |permit: &proto::Permit, days| proto::ShortenPermitRequest {
            request_id: samples::request_id(),
            id: permit.id.clone(),
            valid_until_date: samples::in_days(days),
            ..Default::default()
        };
        // The child's ends first, so it loses nothing by the worker's.
        officer.permits().shorten_permit(shorten(&child, 100)).await.unwrap();
        officer.permits().shorten_permit(shorten(&worker, 200)).await.unwrap();
        let risks = risks_of(&officer, &spouse).await;
        assert_eq!((risks[0].cause(), risks[0].since_date, risks[0].due_date), (proto::PermitRiskCause::RelativeShortened, samples::in_days(200), None));
        assert!(risks_of(&officer, &worker).await.is_empty() && risks_of(&officer, &child).await.is_empty());
        let revoke = proto::RevokePermitRequest { request_id: samples::request_id(), id: worker.id.clone(), ground: proto::RevocationGround::LeftForGood.into(), ..Default::default() };
        officer.permits().revoke_permit(revoke).await.unwrap();
        let revoked = (proto::PermitRiskCause::RelativeRevoked, worker.id.clone());
        assert_eq!(causes(&officer, &spouse).await[1], revoked);
        assert_eq!(causes(&officer, &child).await, [revoked], "through the spouse's, which is in force still");
        // What has expired by itself is at risk no longer; nobody had to write it.
        app.clock.advance_days(150);
        let mut claims = app.claims("permit_officer");
        claims.exp += 200 * 86_400;
        let later = app.client(&claims).await;
        assert_eq!(risks_of(&later, &child).await[0].cleared_date, samples::in_days(101));
        assert_eq!(risks_of(&later, &spouse).await[0].cleared_date, None);
    }

    async fn permits_that_stand_on_each_other_do_not_make_the_call_go_round_for_ever(app: App) {
        let officer = app.role("permit_officer").await;
        let (one, other) = (permitted_pair(&app).await, "UPDATE permit SET basis_kind = 'RELATIVE', basis_permit_id = (SELECT p.id FROM permit p WHERE p.kind = 'TEMPORARY_RESIDENCE_FAMILY_OF_WORKER') WHERE kind = 'TEMPORARY_RESIDENCE_WORK'");
        app.sql(other).await;
        let cancel = proto::CancelPermitRequest { request_id: samples::request_id(), id: one.0.id.clone(), ..Default::default() };
        officer.permits().cancel_permit(cancel).await.unwrap();
        assert_eq!(causes(&officer, &one.1).await, [(proto::PermitRiskCause::RelativeCancelled, one.0.id.clone())]);
        assert_eq!(app.count("permit_risk").await, 1);
    }

    async fn work_that_ends_reaches_the_workers_permit_and_the_family(app: App) {
        let (clerk, officer) = (app.role("registrar").await, app.role("permit_officer").await);
        let host = employer(&app).await;
        let doctor = clerk.register(samples::doctor()).await.id;
        let applied = apply(&clerk, application(&doctor, &host)).await.unwrap();
        let worker = issue(&officer, &applied.id).await;
        let spouse = permitted(&app, |person| family(person, &host, &worker.id)).await;
        let end = |id: String, reason: proto::EndReason| proto::EndMatchRequest { request_id: samples::request_id(), id, reason: reason.into(), ..Default::default() };
        let own = of_employer(&app, &host).await;
        let first = working_for(&app, &host, &doctor).await;
        own.matches().end_match(end(first, proto::EndReason::Other)).await.unwrap();
        assert_eq!(app.count("permit_risk").await, 0, "of another reason nothing is known");
        let other_host = employer(&app).await;
        let second = working_for(&app, &other_host, &doctor).await;
        of_employer(&app, &other_host).await.matches().end_match(end(second, proto::EndReason::Dismissed)).await.unwrap();
        assert_eq!(app.count("permit_risk").await, 0, "no permit stands on that contract");
        let third = working_for(&app, &host, &doctor).await;
        own.matches().end_match(end(third, proto::EndReason::Dismissed)).await.unwrap();
        let risks = risks_of(&officer, &worker).await;
        assert_eq!((risks[0].cause(), risks[0].due_date), (proto::PermitRiskCause::ContractEnded, samples::in_days(15)));
        assert_eq!(causes(&officer, &spouse).await, [(proto::PermitRiskCause::ContractEnded, worker.id.clone())]);
        // The officer reports the same end: known already. A renewal clears it.
        contract_ended(&officer, &worker).await.unwrap();
        assert_eq!((app.count("permit_risk").await, at_risk_events(&app).await), (2, 2));
    }

    async fn a_suspended_employer_still_has_its_contracts(app: App) {
        let officer = app.role("permit_officer").await;
        let host = employer(&app).await;
        let worker = permitted(&app, |person| application(person, &host)).await;
        let suspend = proto::SuspendEmployerRequest { request_id: samples::request_id(), id: host, ..Default::default() };
        app.role("matcher").await.employers().suspend_employer(suspend).await.unwrap();
        assert!(risks_of(&officer, &worker).await.is_empty());
    }

    async fn an_enrolment_ends_of_a_permit_by_study_only(app: App) {
        let officer = app.role("permit_officer").await;
        let host = employer(&app).await;
        let kind = proto::PermitKind::TemporaryResidenceStudy.into();
        let student = permitted(&app, |person| proto::ApplyForPermitRequest { kind, ..application(person, &host) }).await;
        assert_eq!(student.basis(), proto::PermitBasis::Enrolment);
        let worker = permitted(&app, |person| application(person, &host)).await;
        let end = |permit: &proto::Permit| proto::ReportEnrolmentEndRequest {
            request_id: samples::request_id(),
            id: permit.id.clone(),
            enrolment_ended_date: samples::in_days(0),
            ..Default::default()
        };
        assert_eq!(reason(&officer.permits().report_enrolment_end(end(&worker)).await.unwrap_err()), "WRONG_PERMIT_BASIS");
        assert_eq!(reason(&contract_ended(&officer, &student).await.unwrap_err()), "WRONG_PERMIT_BASIS");
        let ended = officer.permits().report_enrolment_end(end(&student)).await.unwrap().into_inner().permit.unwrap();
        assert_eq!((ended.state(), ended.host_change_due_date), (proto::PermitState::HostChanged, None));
        let risks = risks_of(&officer, &student).await;
        assert_eq!((risks[0].cause(), risks[0].due_date), (proto::PermitRiskCause::EnrolmentEnded, None));
    }

    async fn the_family_is_permitted_on_a_relatives_permit_in_force_and_as_long_as_that(app: App) {
        let (clerk, officer) = (app.role("registrar").await, app.role("permit_officer").await);
        let host = employer(&app).await;
        let worker = permitted(&app, |person| application(person, &host)).await;
        assert_eq!((worker.basis(), worker.basis_permit_id.as_str()), (proto::PermitBasis::Contract, ""));
        let person = clerk.register(samples::registration()).await.id;
        // What is asked for.
        let missing = apply(&clerk, family(&person, &host, "")).await.unwrap_err();
        assert_eq!((missing.code(), fields(&missing)), (Code::InvalidArgument, vec!["basis_permit_id".to_owned()]));
        let given = proto::ApplyForPermitRequest { basis_permit_id: worker.id.clone(), ..application(&person, &host) };
        assert_eq!(fields(&apply(&clerk, given).await.unwrap_err()), ["basis_permit_id"]);
        let own = apply(&clerk, family(&worker.relocant_id, &host, &worker.id)).await.unwrap_err();
        assert_eq!((own.code(), fields(&own)), (Code::InvalidArgument, vec!["basis_permit_id".to_owned()]));
        assert_eq!(apply(&clerk, family(&person, &host, &samples::request_id())).await.unwrap_err().code(), Code::NotFound);
        let pending = apply(&clerk, application(&person, &host)).await.unwrap();
        let other = clerk.register(samples::registration()).await.id;
        assert_eq!(reason(&apply(&clerk, family(&other, &host, &pending.id)).await.unwrap_err()), "BASIS_NOT_IN_FORCE");
        // As long as the worker's.
        let applied = apply(&clerk, family(&other, &host, &worker.id)).await.unwrap();
        let shorten = proto::ShortenPermitRequest { request_id: samples::request_id(), id: worker.id.clone(), valid_until_date: samples::in_days(200), ..Default::default() };
        officer.permits().shorten_permit(shorten).await.unwrap();
        approve(&officer, &applied.id).await;
        let issuing = |days| proto::IssuePermitRequest {
            request_id: samples::request_id(),
            id: applied.id.clone(),
            valid_from_date: samples::in_days(0),
            valid_until_date: samples::in_days(days),
            ..Default::default()
        };
        let too_long = officer.permits().issue_permit(issuing(201)).await.unwrap_err();
        assert_eq!(reason(&too_long), "VALIDITY_TOO_LONG");
        officer.permits().issue_permit(issuing(200)).await.unwrap();
        // Not on one that has ended in between.
        let third = clerk.register(samples::registration()).await.id;
        let late = apply(&clerk, family(&third, &host, &worker.id)).await.unwrap();
        approve(&officer, &late.id).await;
        let cancel = proto::CancelPermitRequest { request_id: samples::request_id(), id: worker.id.clone(), ..Default::default() };
        officer.permits().cancel_permit(cancel).await.unwrap();
        let gone = officer.permits().issue_permit(proto::IssuePermitRequest { id: late.id, ..issuing(100) }).await.unwrap_err();
        assert_eq!(reason(&gone), "BASIS_NOT_IN_FORCE");
    }

    async fn who_is_permitted_on_a_permit_at_risk_is_at_risk_from_the_first_day(app: App) {
        let officer = app.role("permit_officer").await;
        let host = employer(&app).await;
        let worker = permitted(&app, |person| application(person, &host)).await;
        contract_ended(&officer, &worker).await.unwrap();
        let spouse = permitted(&app, |person| family(person, &host, &worker.id)).await;
        let risks = risks_of(&officer, &spouse).await;
        assert_eq!((risks[0].cause(), risks[0].cause_permit_id.as_str(), risks[0].due_date), (proto::PermitRiskCause::ContractEnded, worker.id.as_str(), samples::in_days(15)));
    }

    async fn the_family_follows_a_worker_into_the_renewal(app: App) {
        let officer = app.role("permit_officer").await;
        let host = employer(&app).await;
        let worker = permitted(&app, |person| application(person, &host)).await;
        let spouse = permitted(&app, |person| family(person, &host, &worker.id)).await;
        let renew = |permit: &proto::Permit, days| proto::RenewPermitRequest {
            request_id: samples::request_id(),
            id: permit.id.clone(),
            valid_until_date: samples::in_days(days),
            contract_until_date: samples::in_days(600),
            passport_valid_until_date: samples::in_days(2000),
            ..Default::default()
        };
        assert_eq!(reason(&officer.permits().renew_permit(renew(&spouse, 301)).await.unwrap_err()), "VALIDITY_TOO_LONG");
        let renewed = officer.permits().renew_permit(renew(&worker, 500)).await.unwrap().into_inner().permit.unwrap();
        assert!(risks_of(&officer, &spouse).await.is_empty(), "a renewal ends no basis");
        assert_eq!(reason(&officer.permits().renew_permit(renew(&spouse, 501)).await.unwrap_err()), "VALIDITY_TOO_LONG");
        let followed = officer.permits().renew_permit(renew(&spouse, 500)).await.unwrap().into_inner().permit.unwrap();
        assert_eq!(followed.basis_permit_id, renewed.id);
        let cancel = proto::CancelPermitRequest { request_id: samples::request_id(), id: renewed.id.clone(), ..Default::default() };
        officer.permits().cancel_permit(cancel).await.unwrap();
        assert_eq!(causes(&officer, &followed).await, [(proto::PermitRiskCause::RelativeCancelled, renewed.id)]);
        assert!(risks_of(&officer, &spouse).await.is_empty(), "the former runs to its last day");
    }
}

async fn permitted_pair(app: &App) -> (proto::Permit, proto::Permit) {
    let host = employer(app).await;
    let worker = permitted(app, |person| application(person, &host)).await;
    let spouse = permitted(app, |person| family(person, &host, &worker.id)).await;
    (worker, spouse)
}
