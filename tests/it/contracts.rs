//! Contracts: the list of staff that an employer keeps, what it sees of people, and what becomes of permits when work ends.

use relocation_registry::proto::{self, ConsentPurpose, DueKind, EndReason};
use tonic::{Code, Status};

use crate::{
    duplicates::{merge, undo},
    employers::{remove, suspend},
    harness::{App, CHANGES, Client, fields, patiently, reason, samples},
    matches::{of_employer, of_person},
    on_every_database,
    permit_risks::{at_risk_events, household, permitted, risks_of},
    permits::{application, employer},
};

/// A contract that begins and ends so many days from today.
pub fn contract(employer_id: &str, relocant_id: &str, starts: i64, ends: Option<i64>) -> proto::RecordContractRequest {
    proto::RecordContractRequest {
        request_id: samples::request_id(),
        validate_only: false,
        employer_id: employer_id.to_owned(),
        relocant_id: relocant_id.to_owned(),
        code: String::new(),
        kind: proto::ContractKind::Labour.into(),
        occupation: "2212".to_owned(),
        region_code: "KZ-10".to_owned(),
        start_date: samples::in_days(starts),
        end_date: ends.and_then(samples::in_days),
        permit_id: String::new(),
    }
}

/// The same as an employer asks for it.
fn by_code(employer_id: &str, code: &str, starts: i64, ends: Option<i64>) -> proto::RecordContractRequest {
    proto::RecordContractRequest { code: code.to_owned(), ..contract(employer_id, "", starts, ends) }
}

pub async fn record(client: &Client, request: proto::RecordContractRequest) -> Result<proto::Contract, Status> {
    client.contracts().record_contract(request).await.map(|answer| answer.into_inner().contract.unwrap())
}

fn ending(id: &str, on: i64) -> proto::EndContractRequest {
    proto::EndContractRequest {
        request_id: samples::request_id(),
        id: id.to_owned(),
        ended_date: samples::in_days(on),
        reason: EndReason::Dismissed.into(),
        ..Default::default()
    }
}

async fn end(client: &Client, id: &str, on: i64) -> Result<proto::Contract, Status> {
    client.contracts().end_contract(ending(id, on)).await.map(|answer| answer.into_inner().contract.unwrap())
}

async fn amend(client: &Client, request: proto::AmendContractRequest) -> Result<proto::Contract, Status> {
    client.contracts().amend_contract(request).await.map(|answer| answer.into_inner().contract.unwrap())
}

fn amending(id: &str) -> proto::AmendContractRequest {
    proto::AmendContractRequest { request_id: samples::request_id(), id: id.to_owned(), ..Default::default() }
}

async fn get(client: &Client, id: &str) -> Result<proto::Contract, Status> {
    client
        .contracts()
        .get_contract(proto::GetContractRequest { id: id.to_owned() })
        .await
        .map(|answer| answer.into_inner().contract.unwrap())
}

async fn list(client: &Client, request: proto::ListContractsRequest) -> Result<Vec<proto::Contract>, Status> {
    client.contracts().list_contracts(request).await.map(|answer| answer.into_inner().contracts)
}

async fn all(client: &Client) -> Vec<proto::Contract> {
    list(client, proto::ListContractsRequest::default()).await.unwrap()
}

async fn consent(app: &App, relocant: &str, employer: &str, purpose: ConsentPurpose) -> String {
    let request = proto::GiveConsentRequest {
        request_id: samples::request_id(),
        validate_only: false,
        relocant_id: relocant.to_owned(),
        employer_id: employer.to_owned(),
        purpose: purpose.into(),
        fields: vec![proto::ConsentField::Name.into()],
        until_date: samples::in_days(30),
        wording_version: 1,
    };
    of_person(app, relocant).await.consents().give_consent(request).await.unwrap().into_inner().consent.unwrap().id
}

/// A client of a role whose token outlives a clock that is turned.
async fn lasting(app: &App, role: &str) -> Client {
    let mut claims = app.claims(role);
    claims.exp += 400 * 86_400;
    app.client(&claims).await
}

/// Waits until so many contracts are written to have ended, for ten seconds at most.
async fn ended(app: &App, count: i64) {
    for _ in 0..200 {
        if app.count("contract WHERE ended_on IS NOT NULL").await >= count {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("contracts that ran out are not written down after ten seconds");
}

async fn events(app: &App, name: &str) -> Vec<proto::Event> {
    app.sequenced().await;
    let request = proto::ListEventsRequest { types: vec![name.to_owned()], page_size: 1000, ..Default::default() };
    app.role("auditor").await.events().list_events(request).await.unwrap().into_inner().events
}

on_every_database! {
    async fn an_employer_lists_whom_it_was_given_the_code_of_and_sees_what_it_must_check_while_the_consent_holds(app: App) {
        let (clerk, officer) = (app.role("registrar").await, app.role("permit_officer").await);
        let host = employer(&app).await;
        let own = of_employer(&app, &host).await;
        let doctor = clerk.register(samples::doctor()).await;
        // Nobody, somebody who has not consented, has consented to something else or to somebody else: all alike.
        let other_host = employer(&app).await;
        consent(&app, &doctor.id, &host, ConsentPurpose::Recruitment).await;
        consent(&app, &doctor.id, &other_host, ConsentPurpose::Contract).await;
        let unknown = record(&own, by_code(&host, "000-000-000", 0, None)).await.unwrap_err();
        let hidden = record(&own, by_code(&host, &doctor.code, 0, None)).await.unwrap_err();
        for refused in [&unknown, &hidden] {
            assert_eq!((refused.code(), reason(refused).as_str()), (Code::NotFound, "NOT_FOUND"));
        }
        assert_eq!((unknown.message(), unknown.details()), (hidden.message(), hidden.details()));

        let given = consent(&app, &doctor.id, &host, ConsentPurpose::Contract).await;
        let recorded = record(&own, by_code(&host, &doctor.code, 0, Some(200))).await.unwrap();
        assert_eq!(recorded.worker, None, "who may see the person asks for it, and that is noted");
        let worker = get(&own, &recorded.id).await.unwrap().worker.unwrap();
        assert_eq!((recorded.relocant_id.as_str(), recorded.permit_id.as_str(), worker.code.as_str(), worker.citizenship.as_str()), ("", "", doctor.code.as_str(), "RUS"));
        assert_eq!((worker.permit_kind(), worker.permit_valid_until_date), (proto::PermitKind::Unspecified, None));
        // A permit for work with another employer is not this one's to see; one with it is.
        let applied = crate::permits::apply(&clerk, application(&doctor.id, &other_host)).await.unwrap();
        assert_eq!(get(&own, &recorded.id).await.unwrap().worker.unwrap().permit_kind(), proto::PermitKind::Unspecified);
        let withdraw = proto::WithdrawApplicationRequest { request_id: samples::request_id(), id: applied.id, ..Default::default() };
        clerk.permits().withdraw_application(withdraw).await.unwrap();
        let applied = crate::permits::apply(&clerk, application(&doctor.id, &host)).await.unwrap();
        crate::permits::issue(&officer, &applied.id).await;
        let worker = all(&own).await.remove(0).worker.unwrap();
        assert_eq!((worker.permit_kind(), worker.permit_state(), worker.permit_valid_until_date), (proto::PermitKind::TemporaryResidenceWork, proto::PermitState::Issued, samples::in_days(300)));

        // The person can see who has looked.
        app.sequenced().await;
        let looks = app.role("auditor").await.entries().await;
        let looks: Vec<_> = looks.iter().filter(|entry| entry.decision() == proto::Decision::Read && entry.relocant_id == doctor.id).collect();
        assert_eq!(looks.iter().map(|entry| entry.operation.as_str()).collect::<Vec<_>>(), ["GetContract", "GetContract", "ListContracts"]);
        assert!(looks.iter().all(|entry| entry.purpose() == proto::Purpose::Disclosure && entry.organisation_id == host));

        // Without the consent only the contract is left; also when the same request comes again.
        let again = by_code(&host, &doctor.code, 300, None);
        record(&own, again.clone()).await.unwrap();
        let withdraw = proto::WithdrawConsentRequest { request_id: samples::request_id(), validate_only: false, id: given };
        of_person(&app, &doctor.id).await.consents().withdraw_consent(withdraw).await.unwrap();
        for seen in all(&own).await.into_iter().chain([get(&own, &recorded.id).await.unwrap(), record(&own, again).await.unwrap()]) {
            assert_eq!((seen.worker, seen.relocant_id.as_str(), seen.occupation.as_str()), (None, "", "2212"));
        }
        assert_eq!(record(&own, by_code(&host, &doctor.code, 250, None)).await.unwrap_err().code(), Code::NotFound);
        // Its own events come without the person.
        let mut claims = app.claims("integration");
        claims.organisation = Some(host.clone());
        app.sequenced().await;
        let seen = app.client(&claims).await.events().list_events(proto::ListEventsRequest { types: vec!["contract.recorded".to_owned()], ..Default::default() }).await.unwrap().into_inner().events;
        assert_eq!((seen.len(), seen[0].contract_id.as_str(), seen[0].relocant_id.as_str()), (2, recorded.id.as_str(), ""));
    }

    async fn an_employer_sees_of_a_person_nothing_after_the_work_or_by_a_consent_whose_words_did_not_say_so(app: App) {
        let clerk = app.role("registrar").await;
        let host = employer(&app).await;
        let own = of_employer(&app, &host).await;
        let doctor = clerk.register(samples::doctor()).await;
        consent(&app, &doctor.id, &host, ConsentPurpose::Contract).await;
        let recorded = record(&own, by_code(&host, &doctor.code, 0, None)).await.unwrap();
        assert!(get(&own, &recorded.id).await.unwrap().worker.is_some());
        app.sql("UPDATE consent SET wording_version = NULL").await;
        assert_eq!(get(&own, &recorded.id).await.unwrap().worker, None);
        app.sql("UPDATE consent SET wording_version = 1").await;
        let end = proto::EndContractRequest { request_id: samples::request_id(), id: recorded.id.clone(), ended_date: samples::in_days(0), reason: EndReason::Left.into(), ..Default::default() };
        own.contracts().end_contract(end).await.unwrap();
        assert_eq!(get(&own, &recorded.id).await.unwrap().worker, None);
    }

    async fn who_has_left_is_not_there_for_an_employer_and_a_suspended_one_hires_nobody(app: App) {
        let clerk = app.role("registrar").await;
        let host = employer(&app).await;
        let own = of_employer(&app, &host).await;
        let doctor = clerk.register(samples::doctor()).await;
        consent(&app, &doctor.id, &host, ConsentPurpose::Contract).await;
        suspend(&app, &host).await;
        assert_eq!(reason(&record(&own, by_code(&host, &doctor.code, 0, None)).await.unwrap_err()), "EMPLOYER_NOT_VERIFIED");
        let verify = proto::VerifyEmployerRequest { request_id: samples::request_id(), id: host.clone(), ..Default::default() };
        app.role("matcher").await.employers().verify_employer(verify).await.unwrap();
        let departed = proto::ReportDepartureRequest { request_id: samples::request_id(), id: doctor.id.clone(), departure_date: samples::in_days(0), ..Default::default() };
        clerk.relocants().report_departure(departed).await.unwrap();
        assert_eq!(record(&own, by_code(&host, &doctor.code, 0, None)).await.unwrap_err().code(), Code::NotFound);
        assert_eq!(reason(&record(&clerk, contract(&host, &doctor.id, 0, None)).await.unwrap_err()), "ALREADY_DEPARTED");
    }

    async fn a_removed_employer_sees_of_its_people_nothing_from_that_moment_and_they_keep_their_contracts(app: App) {
        let (clerk, matcher) = (app.role("registrar").await, app.role("matcher").await);
        let host = employer(&app).await;
        let own = of_employer(&app, &host).await;
        let doctor = clerk.register(samples::doctor()).await;
        consent(&app, &doctor.id, &host, ConsentPurpose::Contract).await;
        let recorded = record(&own, by_code(&host, &doctor.code, 0, None)).await.unwrap();
        remove(&app, &host).await;
        let seen = get(&own, &recorded.id).await.unwrap();
        assert_eq!((seen.worker, seen.ended_date), (None, None));
        assert_eq!(reason(&amend(&own, proto::AmendContractRequest { end_date: samples::in_days(9), ..amending(&recorded.id) }).await.unwrap_err()), "EMPLOYER_NOT_VERIFIED");
        assert_eq!(reason(&record(&matcher, contract(&host, &doctor.id, 0, None)).await.unwrap_err()), "EMPLOYER_NOT_VERIFIED");
        end(&own, &recorded.id, 0).await.unwrap();
    }

    async fn what_lies_elsewhere_is_not_there(app: App) {
        let (clerk, matcher) = (app.role("registrar").await, app.role("matcher").await);
        let host = employer(&app).await;
        let doctor = clerk.register(samples::doctor()).await;
        let recorded = record(&clerk, contract(&host, &doctor.id, 0, None)).await.unwrap();
        assert_eq!((recorded.relocant_id.as_str(), recorded.worker.clone()), (doctor.id.as_str(), None));
        let other = employer(&app).await;
        let mut elsewhere = app.claims("registrar");
        elsewhere.center = Some("ast-02".to_owned());
        let mut region = app.claims("matcher");
        region.region = Some("KZ-71".to_owned());
        let region = app.client(&region).await;
        let stranger = clerk.register(samples::registration()).await.id;
        let nothing = get(&clerk, &samples::request_id()).await.unwrap_err();
        for outsider in [of_employer(&app, &other).await, app.client(&elsewhere).await, region.clone(), of_person(&app, &stranger).await] {
            let hidden = get(&outsider, &recorded.id).await.unwrap_err();
            assert_eq!((hidden.code(), hidden.message(), hidden.details()), (Code::NotFound, nothing.message(), nothing.details()));
            assert!(all(&outsider).await.is_empty());
        }
        for outsider in [of_employer(&app, &other).await, app.client(&elsewhere).await, region.clone()] {
            assert_eq!(end(&outsider, &recorded.id, 0).await.unwrap_err().code(), Code::NotFound);
            let move_there = proto::AmendContractRequest { region_code: "KZ-71".to_owned(), ..amending(&recorded.id) };
            assert_eq!(amend(&outsider, move_there).await.unwrap_err().code(), Code::NotFound);
        }
        // In another's name, in another region, of another centre's person; and by a permit of somebody else's.
        consent(&app, &doctor.id, &other, ConsentPurpose::Contract).await;
        let foreign = record(&of_employer(&app, &host).await, by_code(&other, &doctor.code, 0, None)).await.unwrap_err();
        assert_eq!(foreign.code(), Code::NotFound);
        assert_eq!(fields(&record(&region, contract(&other, &doctor.id, 0, None)).await.unwrap_err()), ["region_code"]);
        assert_eq!(record(&app.client(&elsewhere).await, contract(&other, &doctor.id, 0, None)).await.unwrap_err().code(), Code::NotFound);
        let permit = permitted(&app, |person| application(person, &other)).await;
        for permit_id in [permit.id, samples::request_id()] {
            let refused = record(&clerk, proto::RecordContractRequest { permit_id, ..contract(&other, &doctor.id, 0, None) }).await.unwrap_err();
            assert_eq!(refused.code(), Code::NotFound);
        }
        // Whose it is sees it, and so does the matcher of the region.
        for insider in [of_person(&app, &doctor.id).await, of_employer(&app, &host).await, matcher.clone(), clerk.clone()] {
            assert_eq!(all(&insider).await.len(), 1);
        }
        let mut abai = app.claims("matcher");
        abai.region = Some("KZ-10".to_owned());
        let abai = app.client(&abai).await;
        assert_eq!(all(&abai).await.len(), 1);
        let away = proto::AmendContractRequest { region_code: "KZ-71".to_owned(), ..amending(&recorded.id) };
        assert_eq!(fields(&amend(&abai, away.clone()).await.unwrap_err()), ["region_code"], "out of the own region");
        assert_eq!(amend(&clerk, away).await.unwrap().region_code, "KZ-71");
        assert!(all(&abai).await.is_empty());
        // An employer cannot ask whether somebody works for it.
        let narrowed = proto::ListContractsRequest { relocant_id: doctor.id.clone(), ..Default::default() };
        assert_eq!(fields(&list(&of_employer(&app, &host).await, narrowed.clone()).await.unwrap_err()), ["relocant_id"]);
        assert_eq!(list(&clerk, narrowed).await.unwrap().len(), 1);
    }

    async fn every_field_at_fault_is_named_at_once_and_nothing_is_left_behind(app: App) {
        let clerk = app.role("registrar").await;
        let host = employer(&app).await;
        let own = of_employer(&app, &host).await;
        let (doctor, other) = (clerk.register(samples::doctor()).await, clerk.register(samples::doctor()).await);
        let unreadable = proto::RecordContractRequest {
            employer_id: "x".to_owned(),
            code: "ABC".to_owned(),
            kind: 99,
            occupation: "1".to_owned(),
            region_code: "KZ".to_owned(),
            start_date: None,
            ..contract(&host, "y", 0, None)
        };
        let mut found = fields(&record(&clerk, unreadable).await.unwrap_err());
        found.sort();
        assert_eq!(found, ["code", "employer_id", "kind", "occupation", "region_code", "relocant_id", "start_date"]);
        assert_eq!(fields(&record(&clerk, contract(&host, &doctor.id, 400, Some(399))).await.unwrap_err()), ["start_date", "end_date"]);
        assert_eq!(fields(&record(&clerk, contract(&host, "", 0, Some(5 * 366))).await.unwrap_err()), ["end_date", "relocant_id"]);
        // An employer names nobody by id, and a clerk's code is the person's.
        assert_eq!(fields(&record(&own, contract(&host, &doctor.id, 0, None)).await.unwrap_err()), ["code", "relocant_id"]);
        let slip = proto::RecordContractRequest { code: other.code, ..contract(&host, &doctor.id, 0, None) };
        assert_eq!(fields(&record(&clerk, slip).await.unwrap_err()), ["code"]);
        let tried = proto::RecordContractRequest { validate_only: true, code: doctor.code, ..contract(&host, &doctor.id, 0, None) };
        record(&clerk, tried).await.unwrap();
        assert_eq!(app.count("contract").await, 0);

        let recorded = record(&clerk, contract(&host, &doctor.id, -10, Some(50))).await.unwrap();
        let both = proto::AmendContractRequest { unlimited: true, end_date: samples::in_days(60), region_code: "x".to_owned(), ..amending(&recorded.id) };
        assert_eq!(fields(&amend(&clerk, both).await.unwrap_err()), ["unlimited", "region_code"]);
        assert_eq!(fields(&amend(&clerk, proto::AmendContractRequest { end_date: samples::in_days(-1), ..amending(&recorded.id) }).await.unwrap_err()), ["end_date"]);
        for on in [-11, 1] {
            assert_eq!(fields(&end(&clerk, &recorded.id, on).await.unwrap_err()), ["ended_date"], "{on}");
        }
        assert_eq!(reason(&amend(&clerk, proto::AmendContractRequest { expected_version: 7, ..amending(&recorded.id) }).await.unwrap_err()), "CONFLICT");
        assert_eq!(get(&clerk, &recorded.id).await.unwrap(), recorded);
    }

    async fn one_person_has_one_contract_with_one_employer_on_a_day(app: App) {
        let clerk = app.role("registrar").await;
        let (host, other_host) = (employer(&app).await, employer(&app).await);
        let doctor = clerk.register(samples::doctor()).await.id;
        let first = record(&clerk, contract(&host, &doctor, 0, Some(30))).await.unwrap();
        assert_eq!(reason(&record(&clerk, contract(&host, &doctor, 30, None)).await.unwrap_err()), "CONTRACT_OVERLAPS");
        let next = record(&clerk, contract(&host, &doctor, 31, None)).await.unwrap();
        record(&clerk, contract(&other_host, &doctor, 0, None)).await.unwrap();
        let longer = |unlimited, days| proto::AmendContractRequest { unlimited, end_date: samples::in_days(days).filter(|_| !unlimited), ..amending(&first.id) };
        assert_eq!(reason(&amend(&clerk, longer(false, 31)).await.unwrap_err()), "CONTRACT_OVERLAPS");
        assert_eq!(reason(&amend(&clerk, longer(true, 0)).await.unwrap_err()), "CONTRACT_OVERLAPS");
        // One that has not begun ends today and covers no day.
        end(&clerk, &next.id, 0).await.unwrap();
        let amended = amend(&clerk, longer(true, 0)).await.unwrap();
        assert_eq!((amended.end_date, amended.version), (None, 2));
        // Ten at once.
        let other = clerk.register(samples::doctor()).await.id;
        let racers = (0..10).map(|_| {
            let (clerk, request) = (clerk.clone(), contract(&host, &other, 0, None));
            async move {
                patiently(|| record(&clerk, request.clone())).await
            }
        });
        let outcomes = futures_util::future::join_all(racers).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        assert!(outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).all(|status| reason(status) == "CONTRACT_OVERLAPS"));
    }

    async fn work_that_ends_puts_the_workers_permit_and_the_familys_at_risk(app: App) {
        let (clerk, officer) = (app.role("registrar").await, app.role("permit_officer").await);
        let (host, other_host) = (employer(&app).await, employer(&app).await);
        let (worker, spouse, _) = household(&app, &host).await;
        let elsewhere = record(&clerk, contract(&other_host, &worker.relocant_id, 0, None)).await.unwrap();
        end(&clerk, &elsewhere.id, 0).await.unwrap();
        assert_eq!(app.count("permit_risk").await, 0, "no permit stands on that work");
        let first = record(&clerk, proto::RecordContractRequest { permit_id: worker.id.clone(), ..contract(&host, &worker.relocant_id, -30, Some(100)) }).await.unwrap();
        assert_eq!(first.permit_id, worker.id);
        // Another contract goes on from there: no work has ended.
        let tried = proto::EndContractRequest { validate_only: true, ..ending(&first.id, -1) };
        clerk.contracts().end_contract(tried).await.unwrap();
        let before = amend(&clerk, proto::AmendContractRequest { end_date: samples::in_days(0), ..amending(&first.id) }).await.unwrap();
        assert_eq!(before.end_date, samples::in_days(0));
        let next = record(&clerk, contract(&host, &worker.relocant_id, 1, None)).await.unwrap();
        end(&clerk, &first.id, 0).await.unwrap();
        assert_eq!(app.count("permit_risk").await, 0, "the next one covers tomorrow");
        assert_eq!(reason(&end(&clerk, &first.id, 0).await.unwrap_err()), "CONTRACT_ALREADY_ENDED");
        assert_eq!(reason(&amend(&clerk, proto::AmendContractRequest { unlimited: true, ..amending(&first.id) }).await.unwrap_err()), "CONTRACT_ALREADY_ENDED");
        // That one is called off too.
        let request = ending(&next.id, 0);
        let answer = clerk.contracts().end_contract(request.clone()).await.unwrap().into_inner();
        let changes = app.count(CHANGES).await;
        assert_eq!(clerk.contracts().end_contract(request).await.unwrap().into_inner(), answer, "the same request again");
        assert_eq!(app.count(CHANGES).await, changes);
        for (permit, cause_permit) in [(&worker, ""), (&spouse, worker.id.as_str())] {
            let risks = risks_of(&officer, permit).await;
            assert_eq!(risks.iter().map(|risk| (risk.cause(), risk.cause_permit_id.as_str(), risk.since_date, risk.due_date)).collect::<Vec<_>>(), [(proto::PermitRiskCause::ContractEnded, cause_permit, samples::in_days(0), samples::in_days(15))]);
        }
        assert_eq!((at_risk_events(&app).await, events(&app, "contract.ended").await.len()), (3, 3));
    }

    async fn work_that_ended_before_a_permit_was_applied_for_takes_nothing_from_it(app: App) {
        let clerk = app.role("registrar").await;
        let host = employer(&app).await;
        let worker = permitted(&app, |person| application(person, &host)).await;
        let former = record(&clerk, contract(&host, &worker.relocant_id, -60, None)).await.unwrap();
        end(&clerk, &former.id, -20).await.unwrap();
        assert_eq!(app.count("permit_risk").await, 0);
    }

    async fn a_contract_that_runs_out_has_the_same_effect_once_however_many_replicas_look(app: App) {
        let clerk = lasting(&app, "registrar").await;
        let officer = lasting(&app, "permit_officer").await;
        let host = employer(&app).await;
        let (worker, spouse, child) = household(&app, &host).await;
        let recorded = record(&clerk, contract(&host, &worker.relocant_id, 0, Some(10))).await.unwrap();
        let other = app.another().await;
        for replica in [&app, &other] {
            replica.clock.advance_days(10);
        }
        tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
        assert_eq!(app.count("contract WHERE ended_on IS NOT NULL").await, 0, "its last day is one of work");
        for replica in [&app, &other] {
            replica.clock.advance_days(1);
        }
        let seen = get(&clerk, &recorded.id).await.unwrap();
        assert_eq!((seen.ended_date, seen.end_reason()), (samples::in_days(10), EndReason::ContractEnded), "whether or not it is written");
        ended(&app, 1).await;
        tokio::time::sleep(std::time::Duration::from_millis(2500)).await;
        for permit in [&worker, &spouse, &child] {
            let risks = risks_of(&officer, permit).await;
            assert_eq!(risks.iter().map(|risk| (risk.cause(), risk.since_date, risk.due_date)).collect::<Vec<_>>(), [(proto::PermitRiskCause::ContractEnded, samples::in_days(10), samples::in_days(25))]);
        }
        let dues = clerk.dues().list_dues(proto::ListDuesRequest { relocant_id: spouse.relocant_id.clone(), ..Default::default() }).await.unwrap().into_inner().dues;
        assert!(dues.iter().any(|due| due.kind() == DueKind::PermitAtRisk && due.due_date == samples::in_days(25)), "in step with what the registry does by itself");
        assert_eq!(app.count("journal WHERE operation = 'RunOutContracts'").await, 4, "an entry for the contract and for each permit");
        assert_eq!((events(&app, "contract.ended").await.len(), at_risk_events(&app).await), (1, 3));
        other.handle().stop().await;
    }

    async fn more_contracts_than_one_portion_run_out_and_one_that_goes_on_takes_nothing(app: App) {
        let clerk = app.role("registrar").await;
        let host = employer(&app).await;
        let worker = permitted(&app, |person| application(person, &host)).await;
        record(&clerk, contract(&host, &worker.relocant_id, 0, Some(10))).await.unwrap();
        record(&clerk, contract(&host, &worker.relocant_id, 11, Some(300))).await.unwrap();
        let hosts = [host, employer(&app).await, employer(&app).await];
        for at in 0..60 {
            let person = clerk.register(samples::registration()).await.id;
            record(&clerk, contract(&hosts[at % 3], &person, 0, Some(5))).await.unwrap();
        }
        app.clock.advance_days(11);
        ended(&app, 61).await;
        assert_eq!((app.count("contract WHERE ended_on IS NULL").await, app.count("permit_risk").await), (1, 0));
        assert_eq!(app.count("journal WHERE operation = 'RunOutContracts'").await, 61);
    }

    async fn two_replicas_that_end_a_contract_at_once_end_it_once(app: App) {
        let clerk = app.role("registrar").await;
        let host = employer(&app).await;
        let other = app.another().await;
        let clients = [of_employer(&app, &host).await, of_employer(&other, &host).await];
        for round in 0..5 {
            let person = clerk.register(samples::registration()).await.id;
            let id = record(&clerk, contract(&host, &person, 0, None)).await.unwrap().id;
            let racers = (0..8).map(|at| {
                let (client, id) = (clients[at % 2].clone(), id.clone());
                async move {
                    patiently(|| end(&client, &id, 0)).await
                }
            });
            let outcomes = futures_util::future::join_all(racers).await;
            assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "round {round}");
            assert!(outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).all(|status| reason(status) == "CONTRACT_ALREADY_ENDED"));
        }
        assert_eq!(events(&app, "contract.ended").await.len(), 5);
        other.handle().stop().await;
    }

    async fn contracts_go_with_their_person_into_a_merge_and_back(app: App) {
        let clerk = app.role("registrar").await;
        let (host, other_host) = (employer(&app).await, employer(&app).await);
        let (kept, merged) = (clerk.register(samples::registration()).await, clerk.register(samples::registration()).await);
        let moved = record(&clerk, contract(&host, &merged.id, 0, None)).await.unwrap().id;
        let done = merge(&clerk, &kept.id, &merged.id).await.unwrap();
        let of = async |id: &str| {
            let contracts = list(&clerk, proto::ListContractsRequest { relocant_id: id.to_owned(), ..Default::default() }).await.unwrap();
            contracts.into_iter().map(|contract| contract.id).collect::<Vec<_>>()
        };
        assert_eq!((of(&kept.id).await, of(&merged.id).await), (vec![moved.clone()], vec![]));
        // The code of the merged record leads to the one that stands for the person.
        consent(&app, &kept.id, &other_host, ConsentPurpose::Contract).await;
        let other_own = of_employer(&app, &other_host).await;
        let since = record(&other_own, by_code(&other_host, &merged.code, 0, None)).await.unwrap();
        assert_eq!(get(&other_own, &since.id).await.unwrap().worker.unwrap().code, kept.code);
        assert_eq!(of(&kept.id).await, [moved.clone(), since.id.clone()]);
        undo(&clerk, &done.merge.unwrap().id).await.unwrap();
        assert_eq!((of(&kept.id).await, of(&merged.id).await), (vec![since.id], vec![moved]));
    }
}
