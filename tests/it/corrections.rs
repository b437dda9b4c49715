//! Corrections that take two clerks.

use relocation_registry::proto::{self, CorrectionState, DecisiveField, DecisiveValues};
use tonic::Status;
use tonic_types::StatusExt as _;

use crate::{
    harness::{App, Client, fields, reason, samples},
    on_every_database,
};

/// Clerks of one centre.
async fn clerks(app: &App) -> [Client; 3] {
    let clerk = |number: usize| {
        let mut claims = app.claims("registrar");
        claims.sub = format!("registrar-{number}");
        claims
    };
    [app.client(&clerk(1)).await, app.client(&clerk(2)).await, app.client(&clerk(3)).await]
}

fn family(name: &str) -> DecisiveValues {
    DecisiveValues { family_name: Some(name.to_owned()), ..Default::default() }
}

async fn propose(clerk: &Client, relocant: &proto::Relocant, values: DecisiveValues) -> Result<proto::Correction, Status> {
    let request = proto::ProposeCorrectionRequest {
        request_id: samples::request_id(),
        relocant_id: relocant.id.clone(),
        values: Some(values),
        ..Default::default()
    };
    clerk.corrections().propose_correction(request).await.map(|answer| answer.into_inner().correction.unwrap())
}

async fn approve(clerk: &Client, correction: &proto::Correction) -> Result<proto::Correction, Status> {
    let request = proto::ApproveCorrectionRequest {
        request_id: samples::request_id(),
        id: correction.id.clone(),
        expected_version: correction.version,
        ..Default::default()
    };
    clerk.corrections().approve_correction(request).await.map(|answer| answer.into_inner().correction.unwrap())
}

async fn claim(clerk: &Client, id: &str) -> Result<Option<proto::Correction>, Status> {
    let request = proto::ClaimCorrectionRequest { request_id: samples::request_id(), id: id.to_owned(), ..Default::default() };
    clerk.corrections().claim_correction(request).await.map(|answer| answer.into_inner().correction)
}

async fn held(clerk: &Client, correction: &proto::Correction) -> proto::GetCorrectionResponse {
    let request = proto::GetCorrectionRequest { id: correction.id.clone(), purpose: proto::Purpose::Registration.into() };
    clerk.corrections().get_correction(request).await.unwrap().into_inner()
}

async fn identity(clerk: &Client, relocant: &proto::Relocant) -> proto::Identity {
    let request = proto::GetRelocantRequest {
        id: relocant.id.clone(),
        view: proto::RelocantView::Full.into(),
        purpose: proto::Purpose::Registration.into(),
    };
    clerk.relocants().get_relocant(request).await.unwrap().into_inner().relocant.unwrap().identity.unwrap()
}

fn amend(relocant: &proto::Relocant) -> proto::AmendRelocantRequest {
    proto::AmendRelocantRequest { request_id: samples::request_id(), id: relocant.id.clone(), ..Default::default() }
}

on_every_database! {
    async fn names_are_amended_by_one_clerk_on_the_first_day_and_by_two_afterwards(app: App) {
        let [first, second, _] = clerks(&app).await;
        let person = first.register(samples::registration()).await;
        let slip = proto::AmendRelocantRequest { family_name: Some("Ашибкина".to_owned()), ..amend(&person) };
        first.relocants().amend_relocant(slip).await.unwrap();
        app.clock.advance_days(1);
        let late = proto::AmendRelocantRequest { family_name: Some("Ошибкина".to_owned()), ..amend(&person) };
        assert_eq!(reason(&first.relocants().amend_relocant(late).await.unwrap_err()), "NEEDS_SECOND_CLERK");
        let phone = proto::AmendRelocantRequest { phone: Some("+77011234567".to_owned()), ..amend(&person) };
        first.relocants().amend_relocant(phone).await.unwrap();
        let names = proto::Names { family_name: "Oshibkina".to_owned(), given_names: "Anna".to_owned(), ..Default::default() };
        let script = proto::AmendRelocantRequest { latin: Some(names), ..amend(&person) };
        first.relocants().amend_relocant(script).await.expect("a script that the record did not have is no correction");

        let proposed = propose(&first, &person, family("Ошибкина")).await.unwrap();
        assert_eq!((proposed.state(), proposed.fields.as_slice()), (CorrectionState::Proposed, [i32::from(DecisiveField::FamilyName)].as_slice()));
        assert_eq!(identity(&first, &person).await.family_name, "Ашибкина", "a proposal changes nothing");
        assert_eq!(reason(&approve(&first, &proposed).await.unwrap_err()), "OWN_PROPOSAL");
        let approved = approve(&second, &proposed).await.unwrap();
        assert_eq!((approved.state(), approved.decided_by.as_str()), (CorrectionState::Approved, "registrar-2"));
        assert_eq!(identity(&first, &person).await.family_name, "Ошибкина");
        let held = held(&second, &approved).await;
        assert_eq!((held.before.unwrap().family_name(), held.after.unwrap().family_name()), ("Ашибкина", "Ошибкина"));
        assert_eq!(reason(&approve(&second, &approved).await.unwrap_err()), "CORRECTION_DECIDED");
    }

    async fn a_corrected_birth_date_and_document_number_find_the_person_and_the_former_ones_do_not(app: App) {
        let [first, second, _] = clerks(&app).await;
        let person = first.register(samples::registration()).await;
        let document = identity(&first, &person).await.documents.remove(0);
        let number = samples::number();
        let values = DecisiveValues {
            birth_date: samples::date("1980-02-29"),
            document_id: document.id.clone(),
            document_number: Some(number.clone()),
            ..Default::default()
        };
        let proposed = propose(&first, &person, values).await.unwrap();
        approve(&second, &proposed).await.unwrap();
        let now = identity(&first, &person).await;
        assert_eq!((now.birth_date, now.documents[0].number.as_str()), (samples::date("1980-02-29"), number.as_str()));
        let find = |number: &str| {
            let key = proto::DocumentKey { kind: document.kind, issuing_country: document.issuing_country.clone(), number: number.to_owned() };
            let key = Some(proto::find_relocant_request::Key::Document(key));
            proto::FindRelocantRequest { key, purpose: proto::Purpose::Registration.into() }
        };
        let found = first.relocants().find_relocant(find(&number)).await.unwrap().into_inner();
        assert_eq!(found.relocant.unwrap().id, person.id);
        assert_eq!(reason(&first.relocants().find_relocant(find(&document.number)).await.unwrap_err()), "NOT_FOUND");
    }

    async fn what_two_clerks_look_at_is_claimed_by_one_and_lapses_by_itself(app: App) {
        let [first, second, third] = clerks(&app).await;
        let mut proposed = Vec::new();
        for _ in 0..2 {
            let person = first.register(samples::registration()).await;
            proposed.push(propose(&first, &person, family("Другая")).await.unwrap());
        }
        assert_eq!(claim(&first, "").await.unwrap(), None, "one's own are not to be checked");
        let of_second = claim(&second, "").await.unwrap().unwrap();
        let of_third = claim(&third, "").await.unwrap().unwrap();
        assert_eq!((of_second.id.as_str(), of_third.id.as_str()), (proposed[0].id.as_str(), proposed[1].id.as_str()));
        assert_eq!(claim(&third, "").await.unwrap(), None);
        let refused = approve(&third, &of_second).await.unwrap_err();
        assert_eq!(reason(&refused), "CORRECTION_CLAIMED");
        assert!(refused.get_error_details().error_info().unwrap().metadata["until"].ends_with("+05:00"));
        let longer = claim(&second, &of_second.id).await.unwrap().unwrap();
        assert!(longer.claimed_by_caller && longer.version == of_second.version + 1);
        let release = |correction: &proto::Correction| proto::ReleaseCorrectionRequest {
            request_id: samples::request_id(),
            id: correction.id.clone(),
            ..Default::default()
        };
        assert_eq!(reason(&second.corrections().release_correction(release(&of_third)).await.unwrap_err()), "CORRECTION_NOT_CLAIMED");
        third.corrections().release_correction(release(&of_third)).await.unwrap();
        assert_eq!(claim(&second, "").await.unwrap().unwrap().id, of_third.id);
        app.clock.advance_minutes(31);
        let free = claim(&third, "").await.unwrap().unwrap();
        assert_eq!(free.id, of_second.id, "it has lapsed");
        approve(&third, &free).await.unwrap();
    }

    async fn two_clerks_who_approve_at_the_same_moment_correct_once(app: App) {
        let [first, second, third] = clerks(&app).await;
        for _ in 0..5 {
            let person = first.register(samples::registration()).await;
            let proposed = propose(&first, &person, family("Другая")).await.unwrap();
            let (one, other) = tokio::join!(approve(&second, &proposed), approve(&third, &proposed));
            assert_eq!(u8::from(one.is_ok()) + u8::from(other.is_ok()), 1, "{one:?} {other:?}");
            let lost = one.err().or(other.err()).unwrap();
            assert!(["CONFLICT", "CORRECTION_DECIDED"].contains(&reason(&lost).as_str()), "{lost:?}");
        }
    }

    async fn one_correction_waits_at_a_time_and_is_outdated_when_the_record_has_changed(app: App) {
        let [first, second, _] = clerks(&app).await;
        let person = first.register(samples::registration()).await;
        assert_eq!(reason(&propose(&first, &person, DecisiveValues::default()).await.unwrap_err()), "NOTHING_TO_CORRECT");
        let proposed = propose(&first, &person, family("Другая")).await.unwrap();
        let twice = propose(&second, &person, family("Третья")).await.unwrap_err();
        assert_eq!(reason(&twice), "CORRECTION_OPEN");
        let amended = proto::AmendRelocantRequest { family_name: Some("Четвёртая".to_owned()), ..amend(&person) };
        first.relocants().amend_relocant(amended).await.unwrap();
        assert_eq!(reason(&approve(&second, &proposed).await.unwrap_err()), "CORRECTION_OUTDATED");
        let reject = proto::RejectCorrectionRequest {
            request_id: samples::request_id(),
            id: proposed.id.clone(),
            ground: proto::RejectionGround::RecordIsRight.into(),
            ..Default::default()
        };
        let rejected = second.corrections().reject_correction(reject).await.unwrap().into_inner().correction.unwrap();
        assert_eq!((rejected.state(), rejected.rejection_ground()), (CorrectionState::Rejected, proto::RejectionGround::RecordIsRight));
        let again = propose(&second, &person, family("Пятая")).await.unwrap();
        let withdraw = || proto::WithdrawCorrectionRequest { request_id: samples::request_id(), id: again.id.clone(), ..Default::default() };
        assert_eq!(reason(&first.corrections().withdraw_correction(withdraw()).await.unwrap_err()), "NOT_OWN_PROPOSAL");
        second.corrections().withdraw_correction(withdraw()).await.unwrap();
        let list = proto::ListCorrectionsRequest { relocant_id: person.id.clone(), ..Default::default() };
        let history = first.corrections().list_corrections(list).await.unwrap().into_inner().corrections;
        assert_eq!(history.iter().map(proto::Correction::state).collect::<Vec<_>>(), [CorrectionState::Rejected, CorrectionState::Withdrawn]);
    }

    async fn what_another_centre_corrects_is_not_there_and_looking_is_journaled(app: App) {
        let [first, second, _] = clerks(&app).await;
        let mut claims = app.claims("registrar");
        claims.center = Some("ast-01".to_owned());
        let elsewhere = app.client(&claims).await;
        let person = first.register(samples::registration()).await;
        let proposed = propose(&first, &person, family("Другая")).await.unwrap();
        for refused in [
            approve(&elsewhere, &proposed).await.unwrap_err(),
            propose(&elsewhere, &person, family("Третья")).await.unwrap_err(),
            claim(&elsewhere, &proposed.id).await.unwrap_err(),
        ] {
            assert_eq!(reason(&refused), "NOT_FOUND");
        }
        assert_eq!(claim(&elsewhere, "").await.unwrap(), None);
        assert!(elsewhere.corrections().list_corrections(proto::ListCorrectionsRequest::default()).await.unwrap().into_inner().corrections.is_empty());
        held(&second, &proposed).await;
        app.sequenced().await;
        let entries = app.role("auditor").await.entries().await;
        let look = entries.iter().find(|entry| entry.operation == "GetCorrection").expect("looking is journaled");
        assert_eq!((look.relocant_id.as_str(), look.subject.as_str()), (person.id.as_str(), "registrar-2"));
    }

    async fn one_corrections_sealed_values_cannot_stand_for_anothers(app: App) {
        let [first, second, _] = clerks(&app).await;
        let person = first.register(samples::registration()).await;
        let one = propose(&first, &person, family("Другая")).await.unwrap();
        approve(&second, &one).await.unwrap();
        let other = propose(&first, &person, family("Третья")).await.unwrap();
        app.sql("UPDATE correction SET sealed = (SELECT sealed FROM correction AS one WHERE one.state = 'APPROVED') WHERE state = 'PROPOSED'").await;
        assert_eq!(reason(&approve(&second, &other).await.unwrap_err()), "INTERNAL");
        assert_eq!(identity(&first, &person).await.family_name, "Другая");
    }

    async fn every_wrong_value_of_a_proposal_is_named(app: App) {
        let [first, ..] = clerks(&app).await;
        let person = first.register(samples::registration()).await;
        let unreadable = DecisiveValues { document_id: "x".to_owned(), document_number: Some("1".to_owned()), ..Default::default() };
        assert_eq!(fields(&propose(&first, &person, unreadable).await.unwrap_err()), ["values.document_id", "values.document_number"]);
        let wrong = DecisiveValues { family_name: Some("1".to_owned()), birth_date: samples::in_days(3), ..Default::default() };
        assert_eq!(fields(&propose(&first, &person, wrong).await.unwrap_err()), ["values.family_name", "values.birth_date"]);
    }
}
