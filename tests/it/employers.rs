//! Employers: companies that relocate, and what becomes of everything that stands on an employer which is suspended or removed.

use std::fmt::Write as _;

use relocation_registry::{
    employers::{Employer, EmployerStatus, rules},
    error::Reason,
    proto::{self, ConsentEnd, ConsentPurpose, DueKind, EmployerStatus as Status, MatchSide, MatchState},
};
use strum::IntoEnumIterator as _;
use tonic::{Code, Response};

use crate::{
    contracts::{contract, record},
    harness::{App, Client, assert_golden, fields, patiently, reason, samples},
    matches::{accept, free, of_employer, of_person, open, proposal, propose, working_for},
    on_every_database,
    permit_risks::{household, permitted, risks_of},
    permits::{application, apply, approve, employer, issue},
};

/// Every state × every rule that asks for it, with and without a BIN, as one table that is read when it changes.
#[test]
fn states_and_rules_are_the_golden_ones() {
    fn told<T>(outcome: Result<T, rules::Refusal>, status: impl Fn(T) -> String) -> String {
        outcome.map_or_else(|refusal| format!("refused, {}", refusal.reason()), status)
    }
    let bin = "940140000385".parse().unwrap();
    let at = "2026-01-01T00:00:00Z".parse().unwrap();
    let mut matrix = String::new();
    for status in EmployerStatus::iter() {
        for has_bin in [true, false] {
            let employer = Employer {
                id: relocation_registry::ids::EmployerId::new(),
                bin: has_bin.then_some(bin),
                name: String::new(),
                region: relocation_registry::classifiers::Region::Abai,
                relocation: None,
                status,
                version: 1,
                created_at: at,
                updated_at: at,
            };
            let of = if has_bin { "" } else { ", without a BIN" };
            let changed = |changed: Employer| changed.status.to_string();
            let yes = |()| "yes".to_owned();
            for (name, outcome) in [
                ("verify", told(rules::verify(employer.clone()), changed)),
                ("suspend", told(rules::suspend(employer.clone()), changed)),
                ("remove", told(rules::remove(employer.clone()), changed)),
                ("record a BIN", told(rules::record_bin(employer.clone(), bin), changed)),
                ("may host", told(rules::may_host(&employer), yes)),
                ("may go on", told(rules::may_go_on(&employer), yes)),
            ] {
                writeln!(matrix, "{status}{of} × {name}: {outcome}").unwrap();
            }
        }
    }
    assert_golden("employer_matrix.txt", &matrix);
}

pub async fn suspend(app: &App, id: &str) {
    let request = proto::SuspendEmployerRequest { request_id: samples::request_id(), id: id.to_owned(), ..Default::default() };
    app.role("matcher").await.employers().suspend_employer(request).await.unwrap();
}

pub async fn remove(app: &App, id: &str) -> proto::Employer {
    let request = proto::RemoveEmployerRequest { request_id: samples::request_id(), id: id.to_owned(), ..Default::default() };
    app.role("matcher").await.employers().remove_employer(request).await.unwrap().into_inner().employer.unwrap()
}

/// Waits until nothing stands on any removed employer, for ten seconds at most.
pub async fn wound_up(app: &App) {
    for _ in 0..200 {
        if app.count("employer WHERE status = 'REMOVED' AND wound_up_at IS NULL").await == 0 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("a removed employer is not wound up after ten seconds");
}

async fn consent(person: &Client, relocant: &str, employer: &str, purpose: ConsentPurpose) -> proto::Consent {
    let request = proto::GiveConsentRequest {
        request_id: samples::request_id(),
        validate_only: false,
        relocant_id: relocant.to_owned(),
        employer_id: employer.to_owned(),
        purpose: purpose.into(),
        fields: vec![proto::ConsentField::Phone.into()],
        until_date: samples::in_days(30),
        wording_version: 1,
    };
    person.consents().give_consent(request).await.unwrap().into_inner().consent.unwrap()
}

async fn consents_of(person: &Client, relocant: &str) -> Vec<proto::Consent> {
    let request = proto::ListConsentsRequest { relocant_id: relocant.to_owned(), ..Default::default() };
    person.consents().list_consents(request).await.unwrap().into_inner().consents
}

async fn match_of(client: &Client, id: &str) -> proto::Match {
    client.matches().get_match(proto::GetMatchRequest { id: id.to_owned() }).await.unwrap().into_inner().r#match.unwrap()
}

fn disclose(match_id: &str) -> proto::DiscloseCandidateRequest {
    proto::DiscloseCandidateRequest {
        request_id: samples::request_id(),
        validate_only: false,
        match_id: match_id.to_owned(),
        purpose: ConsentPurpose::Recruitment.into(),
    }
}

fn company() -> proto::RegisterEmployerRequest {
    proto::RegisterEmployerRequest {
        request_id: samples::request_id(),
        validate_only: false,
        bin: String::new(),
        name: "ТОО Переезд".to_owned(),
        region_code: "KZ-75".to_owned(),
        relocation: Some(proto::Relocation {
            kind: proto::RelocationKind::Subsidiary.into(),
            origin_country: "RUS".to_owned(),
            activity: "62.01.1".to_owned(),
        }),
    }
}

async fn registered(matcher: &Client, request: proto::RegisterEmployerRequest) -> Result<proto::Employer, tonic::Status> {
    matcher.employers().register_employer(request).await.map(|answer| answer.into_inner().employer.unwrap())
}

async fn record_bin(matcher: &Client, id: &str, bin: &str) -> Result<proto::Employer, tonic::Status> {
    let request =
        proto::RecordBinRequest { request_id: samples::request_id(), id: id.to_owned(), bin: bin.to_owned(), ..Default::default() };
    matcher.employers().record_bin(request).await.map(|answer| answer.into_inner().employer.unwrap())
}

async fn verify(matcher: &Client, id: &str) -> Result<proto::Employer, tonic::Status> {
    let request = proto::VerifyEmployerRequest { request_id: samples::request_id(), id: id.to_owned(), ..Default::default() };
    matcher.employers().verify_employer(request).await.map(|answer| answer.into_inner().employer.unwrap())
}

fn told<T>(outcome: Result<Response<T>, tonic::Status>) -> String {
    outcome.map_or_else(|refused| reason(&refused), |_| "done".to_owned())
}

/// An employer that is verified, with something of every kind that stands on it, and every call that asks for the employer, tried without leaving anything behind.
struct Standing {
    id: String,
    vacancy: proto::Vacancy,
    /// Whoever has a match that waits, one that both accepted, and one that has arrived.
    people: [String; 3],
    matches: [String; 3],
    /// Somebody who has nothing yet.
    free: String,
    draft: String,
    approved: String,
    permit: String,
    contract: String,
}

async fn standing(app: &App) -> Standing {
    let (clerk, officer, matcher) = (app.role("registrar").await, app.role("permit_officer").await, app.role("matcher").await);
    let id = employer(app).await;
    let own = of_employer(app, &id).await;
    let vacancy = open(app, &id, 9, 9).await;
    let mut people = Vec::new();
    let mut offers = Vec::new();
    for _ in 0..2 {
        let person = clerk.register(samples::doctor()).await.id;
        offers.push(propose(&matcher, proposal(&vacancy, &person)).await.unwrap().id);
        people.push(person);
    }
    consent(&of_person(app, &people[0]).await, &people[0], &id, ConsentPurpose::Recruitment).await;
    accept(&of_person(app, &people[1]).await, &offers[1], MatchSide::Relocant).await.unwrap();
    accept(&own, &offers[1], MatchSide::Employer).await.unwrap();
    let arrived = clerk.register(samples::doctor()).await.id;
    offers.push(working_for(app, &id, &arrived).await);
    let recorded = record(&matcher, contract(&id, &arrived, 0, Some(200))).await.unwrap().id;
    people.push(arrived);
    let mut some = Vec::new();
    for _ in 0..4 {
        some.push(clerk.register(samples::doctor()).await.id);
    }
    let drafted = proto::ApplyForPermitRequest { as_draft: true, ..application(&some[1], &id) };
    let draft = apply(&clerk, drafted).await.unwrap().id;
    let approved = apply(&clerk, application(&some[2], &id)).await.unwrap().id;
    approve(&officer, &approved).await;
    let applied = apply(&clerk, application(&some[3], &id)).await.unwrap().id;
    let permit = issue(&officer, &applied).await.id;
    let free = some.swap_remove(0);
    Standing {
        id,
        vacancy,
        people: people.try_into().unwrap(),
        matches: offers.try_into().unwrap(),
        free,
        draft,
        approved,
        permit,
        contract: recorded,
    }
}

macro_rules! tried {
    ($name:ident { $($field:ident $(: $value:expr)?),* $(,)? }) => {
        proto::$name { request_id: samples::request_id(), validate_only: true, $($field $(: $value)?,)* ..Default::default() }
    };
}

impl Standing {
    /// What each call comes to.
    #[allow(clippy::too_many_lines, reason = "one list, read as a whole")]
    async fn calls(&self, app: &App) -> Vec<(&'static str, String)> {
        let (clerk, officer, matcher) = (app.role("registrar").await, app.role("permit_officer").await, app.role("matcher").await);
        let own = of_employer(app, &self.id).await;
        let waiting = of_person(app, &self.people[0]).await;
        let (id, vacancy_id) = (|| self.id.clone(), || self.vacancy.id.clone());
        let [proposed, accepted, arrived] = self.matches.clone();
        let side = |side: MatchSide| side.into();
        let rank = proto::RankCandidatesRequest { vacancy_id: vacancy_id(), ..Default::default() };
        let give = proto::GiveConsentRequest {
            request_id: samples::request_id(),
            validate_only: true,
            relocant_id: self.people[0].clone(),
            employer_id: id(),
            purpose: ConsentPurpose::Housing.into(),
            fields: vec![proto::ConsentField::Phone.into()],
            until_date: samples::in_days(30),
            wording_version: 1,
        };
        let renew = tried!(RenewPermitRequest {
            id: self.permit.clone(),
            valid_until_date: samples::in_days(500),
            contract_until_date: samples::in_days(600),
            passport_valid_until_date: samples::in_days(2000),
        });
        let issue = tried!(IssuePermitRequest {
            id: self.approved.clone(),
            valid_from_date: samples::in_days(0),
            valid_until_date: samples::in_days(300),
        });
        let reason_of_end = proto::EndReason::Left.into();
        let try_only = |request: proto::OpenVacancyRequest| proto::OpenVacancyRequest { validate_only: true, ..request };
        vec![
            ("VerifyEmployer", told(matcher.employers().verify_employer(tried!(VerifyEmployerRequest { id: id() })).await)),
            ("SuspendEmployer", told(matcher.employers().suspend_employer(tried!(SuspendEmployerRequest { id: id() })).await)),
            ("RemoveEmployer", told(matcher.employers().remove_employer(tried!(RemoveEmployerRequest { id: id() })).await)),
            ("RecordBin", told(matcher.employers().record_bin(tried!(RecordBinRequest { id: id(), bin: samples::bin() })).await)),
            ("OpenVacancy", told(own.vacancies().open_vacancy(try_only(samples::vacancy(&self.id, 1, 1))).await)),
            ("AmendVacancy", told(own.vacancies().amend_vacancy(tried!(AmendVacancyRequest { id: vacancy_id() })).await)),
            ("CloseVacancy", told(own.vacancies().close_vacancy(tried!(CloseVacancyRequest { id: vacancy_id() })).await)),
            ("RankCandidates", told(matcher.matches().rank_candidates(rank).await)),
            (
                "ProposeMatch",
                told(
                    matcher
                        .matches()
                        .propose_match(proto::ProposeMatchRequest { validate_only: true, ..proposal(&self.vacancy, &self.free) })
                        .await,
                ),
            ),
            (
                "AcceptMatch, by the person",
                told(
                    waiting
                        .matches()
                        .accept_match(tried!(AcceptMatchRequest { id: proposed.clone(), side: side(MatchSide::Relocant) }))
                        .await,
                ),
            ),
            (
                "AcceptMatch, by the employer",
                told(
                    own.matches().accept_match(tried!(AcceptMatchRequest { id: proposed.clone(), side: side(MatchSide::Employer) })).await,
                ),
            ),
            ("ConfirmArrival", {
                let arrive = tried!(ConfirmArrivalRequest { id: accepted, arrival_date: samples::in_days(0) });
                told(own.matches().confirm_arrival(arrive).await)
            }),
            (
                "DeclineMatch",
                told(
                    own.matches()
                        .decline_match(tried!(DeclineMatchRequest { id: proposed.clone(), side: side(MatchSide::Employer) }))
                        .await,
                ),
            ),
            ("WithdrawMatch", told(own.matches().withdraw_match(tried!(WithdrawMatchRequest { id: proposed.clone() })).await)),
            ("EndMatch", told(own.matches().end_match(tried!(EndMatchRequest { id: arrived, reason: reason_of_end })).await)),
            ("GiveConsent", told(waiting.consents().give_consent(give).await)),
            ("DiscloseCandidate", {
                let ask = proto::DiscloseCandidateRequest { validate_only: true, ..disclose(&proposed) };
                told(own.consents().disclose_candidate(ask).await)
            }),
            (
                "ApplyForPermit",
                told(
                    clerk
                        .permits()
                        .apply_for_permit(proto::ApplyForPermitRequest { validate_only: true, ..application(&self.free, &self.id) })
                        .await,
                ),
            ),
            (
                "SubmitApplication",
                told(clerk.permits().submit_application(tried!(SubmitApplicationRequest { id: self.draft.clone() })).await),
            ),
            ("IssuePermit", told(officer.permits().issue_permit(issue).await)),
            ("RenewPermit", told(officer.permits().renew_permit(renew).await)),
            ("CancelPermit", told(officer.permits().cancel_permit(tried!(CancelPermitRequest { id: self.permit.clone() })).await)),
            ("RecordContract", {
                let contract = proto::RecordContractRequest { validate_only: true, ..contract(&self.id, &self.free, 0, None) };
                told(matcher.contracts().record_contract(contract).await)
            }),
            (
                "AmendContract",
                told(own.contracts().amend_contract(tried!(AmendContractRequest { id: self.contract.clone(), unlimited: true })).await),
            ),
            ("EndContract", {
                let end = tried!(EndContractRequest { id: self.contract.clone(), ended_date: samples::in_days(0), reason: reason_of_end });
                told(own.contracts().end_contract(end).await)
            }),
        ]
    }
}

on_every_database! {
    async fn states_and_calls_are_the_golden_ones(app: App) {
        let mut table = String::new();
        for status in EmployerStatus::iter() {
            let standing = standing(&app).await;
            match status {
                // Nothing can stand on it by itself, so it goes back to where it came from past the service.
                EmployerStatus::Registered => drop(app.sql("UPDATE employer SET status = 'REGISTERED' WHERE id = (SELECT employer_id FROM vacancy ORDER BY id LIMIT 1)").await),
                EmployerStatus::Verified => {}
                EmployerStatus::Suspended => suspend(&app, &standing.id).await,
                EmployerStatus::Removed => {
                    remove(&app, &standing.id).await;
                    wound_up(&app).await;
                }
            }
            for (call, outcome) in standing.calls(&app).await {
                writeln!(table, "{status} × {call}: {outcome}").unwrap();
            }
        }
        assert_golden("employer_calls.txt", &table);
    }

    async fn what_stands_on_a_removed_employer_is_wound_up_and_who_has_arrived_keeps_everything(app: App) {
        let (clerk, officer, matcher) = (app.role("registrar").await, app.role("permit_officer").await, app.role("matcher").await);
        let host = employer(&app).await;
        let other_host = employer(&app).await;
        let vacancy = open(&app, &host, 5, 5).await;
        let elsewhere = open(&app, &other_host, 5, 5).await;
        // One who waits, here and elsewhere; one who has arrived; a family, a student, and somebody of another host.
        let waiting = clerk.register(samples::doctor()).await.id;
        let proposed = propose(&matcher, proposal(&vacancy, &waiting)).await.unwrap().id;
        let kept = propose(&matcher, proposal(&elsewhere, &waiting)).await.unwrap().id;
        let person = of_person(&app, &waiting).await;
        for purpose in [ConsentPurpose::Recruitment, ConsentPurpose::Contract] {
            consent(&person, &waiting, &host, purpose).await;
        }
        consent(&person, &waiting, &other_host, ConsentPurpose::Recruitment).await;
        let withdrawn = consent(&person, &waiting, &host, ConsentPurpose::Housing).await.id;
        let withdraw = proto::WithdrawConsentRequest { request_id: samples::request_id(), validate_only: false, id: withdrawn.clone() };
        person.consents().withdraw_consent(withdraw).await.unwrap();
        let doctor = clerk.register(samples::doctor()).await.id;
        let arrived = working_for(&app, &host, &doctor).await;
        let (worker, spouse, child) = household(&app, &host).await;
        let kind = proto::PermitKind::TemporaryResidenceStudy.into();
        let student = permitted(&app, |person| proto::ApplyForPermitRequest { kind, ..application(person, &host) }).await;
        let stranger = permitted(&app, |person| application(person, &other_host)).await;
        assert_eq!(free(&matcher, &vacancy).await, (4, 4));

        let removed = remove(&app, &host).await;
        assert_eq!(removed.status(), Status::Removed);
        wound_up(&app).await;
        let own = of_employer(&app, &host).await;
        let closed = own.vacancies().get_vacancy(proto::GetVacancyRequest { id: vacancy.id.clone() }).await.unwrap().into_inner().vacancy.unwrap();
        assert_eq!((closed.status(), closed.openings_free, closed.homes[0].free), (proto::VacancyStatus::Closed, 5, 5), "what was held is free");
        assert_eq!(match_of(&matcher, &proposed).await.state(), MatchState::Withdrawn);
        assert_eq!(match_of(&matcher, &kept).await.state(), MatchState::Proposed, "of another employer");
        assert_eq!(match_of(&matcher, &arrived).await.state(), MatchState::Arrived, "who has arrived stays");
        let ends: Vec<_> = consents_of(&person, &waiting).await.iter().map(|consent| (consent.open, consent.end(), consent.withdraw_time.is_some())).collect();
        let gone = (false, ConsentEnd::EmployerRemoved, true);
        assert_eq!(ends, [gone, gone, (true, ConsentEnd::Unspecified, false), (false, ConsentEnd::Withdrawn, true)]);

        // At risk, with the days to act; and nobody's permit has changed.
        for (permit, cause_permit) in [(&worker, ""), (&spouse, worker.id.as_str()), (&child, worker.id.as_str())] {
            let risks = risks_of(&officer, permit).await;
            assert_eq!(risks.iter().map(|risk| (risk.cause(), risk.cause_permit_id.as_str(), risk.due_date)).collect::<Vec<_>>(), [(proto::PermitRiskCause::ContractEnded, cause_permit, samples::in_days(15))]);
        }
        let study = risks_of(&officer, &student).await;
        assert_eq!((study.len(), study[0].cause(), study[0].due_date), (1, proto::PermitRiskCause::EnrolmentEnded, None));
        assert!(risks_of(&officer, &stranger).await.is_empty());
        assert_eq!(app.count("permit WHERE state <> 'ISSUED'").await, 0);
        // What is due is in step with it: the lapse of the match is nobody's matter any more, and the days to act are.
        let dues = clerk.dues().list_dues(proto::ListDuesRequest { relocant_id: waiting.clone(), ..Default::default() }).await.unwrap().into_inner().dues;
        let lapses: Vec<_> = dues.iter().filter(|due| due.kind() == DueKind::MatchLapses).map(|due| due.subject_id.as_str()).collect();
        assert_eq!(lapses, [kept.as_str()]);
        let dues = clerk.dues().list_dues(proto::ListDuesRequest { relocant_id: worker.relocant_id.clone(), ..Default::default() }).await.unwrap().into_inner().dues;
        assert!(dues.iter().any(|due| due.kind() == DueKind::PermitAtRisk && due.due_date == samples::in_days(15)));

        // Each person has an entry of the own; the removal's names nobody.
        app.sequenced().await;
        let entries = app.role("auditor").await.entries().await;
        let by_itself: Vec<_> = entries.iter().filter(|entry| entry.operation == "WindUpEmployer").collect();
        assert!(by_itself.iter().all(|entry| entry.events.len() == 1 && entry.subject == "relocreg"));
        let count = |name: &str| by_itself.iter().filter(|entry| entry.events == [name]).count();
        // The second vacancy is the one at which the doctor works.
        assert_eq!(["vacancy.closed", "match.withdrawn", "consent.withdrawn", "permit.at_risk"].map(count), [2, 1, 2, 4]);
        for (permit, name) in [(&worker, "permit.at_risk"), (&spouse, "permit.at_risk"), (&child, "permit.at_risk"), (&student, "permit.at_risk")] {
            assert_eq!(by_itself.iter().filter(|entry| entry.relocant_id == permit.relocant_id && entry.events == [name]).count(), 1);
        }
        let removal = entries.iter().find(|entry| entry.operation == "RemoveEmployer").unwrap();
        assert_eq!((removal.relocant_id.as_str(), removal.events.as_slice()), ("", ["employer.removed".to_owned()].as_slice()));
    }

    async fn however_much_stands_on_an_employer_two_replicas_wind_it_up_once(app: App) {
        let other = app.another().await;
        let host = employer(&app).await;
        let own = of_employer(&app, &host).await;
        // More than one portion.
        for _ in 0..205 {
            own.vacancies().open_vacancy(samples::vacancy(&host, 1, 1)).await.unwrap();
        }
        remove(&app, &host).await;
        wound_up(&app).await;
        assert_eq!(app.count("vacancy WHERE status = 'OPEN'").await, 0);
        tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
        assert_eq!(app.count("journal WHERE operation = 'WindUpEmployer'").await, 205);
        other.handle().stop().await;
    }

    async fn a_suspended_employer_meets_nobody_new_and_keeps_what_it_has(app: App) {
        let (clerk, matcher) = (app.role("registrar").await, app.role("matcher").await);
        let host = employer(&app).await;
        let vacancy = open(&app, &host, 5, 5).await;
        let doctor = clerk.register(samples::doctor()).await.id;
        let round = || proto::PlanMatchingRoundRequest { arrive_by_date: samples::in_days(30), ..Default::default() };
        let planned = matcher.matches().plan_matching_round(round()).await.unwrap().into_inner();
        assert_eq!((planned.vacancies, planned.placements.len()), (1, 1));
        let proposed = propose(&matcher, proposal(&vacancy, &doctor)).await.unwrap().id;
        let person = of_person(&app, &doctor).await;
        consent(&person, &doctor, &host, ConsentPurpose::Recruitment).await;
        let own = of_employer(&app, &host).await;
        let before = disclose(&proposed);
        own.consents().disclose_candidate(before.clone()).await.unwrap();
        let colleague = clerk.register(samples::doctor()).await.id;
        let arrived = working_for(&app, &host, &colleague).await;

        suspend(&app, &host).await;
        let planned = matcher.matches().plan_matching_round(round()).await.unwrap().into_inner();
        assert_eq!((planned.vacancies, planned.placements.len()), (0, 0));
        for ask in [before, disclose(&proposed)] {
            assert_eq!(reason(&own.consents().disclose_candidate(ask).await.unwrap_err()), "EMPLOYER_NOT_VERIFIED", "also again");
        }
        assert_eq!(reason(&accept(&person, &proposed, MatchSide::Relocant).await.unwrap_err()), "EMPLOYER_NOT_VERIFIED");
        let end = proto::EndMatchRequest { request_id: samples::request_id(), id: arrived, reason: proto::EndReason::Left.into(), ..Default::default() };
        own.matches().end_match(end).await.unwrap();
        // Verified again, it goes on where it was.
        verify(&matcher, &host).await.unwrap();
        own.consents().disclose_candidate(disclose(&proposed)).await.unwrap();
        accept(&person, &proposed, MatchSide::Relocant).await.unwrap();
    }

    async fn a_removed_employer_keeps_its_bin_and_never_comes_back(app: App) {
        let matcher = app.role("matcher").await;
        let host = employer(&app).await;
        let bin = matcher.employers().get_employer(proto::GetEmployerRequest { id: host.clone() }).await.unwrap().into_inner().employer.unwrap().bin;
        let stale = proto::RemoveEmployerRequest { request_id: samples::request_id(), id: host.clone(), expected_version: 1, ..Default::default() };
        assert_eq!(reason(&matcher.employers().remove_employer(stale).await.unwrap_err()), "CONFLICT");
        let unknown = proto::RemoveEmployerRequest { request_id: samples::request_id(), id: samples::request_id(), ..Default::default() };
        assert_eq!(matcher.employers().remove_employer(unknown).await.unwrap_err().code(), Code::NotFound);
        let request = proto::RemoveEmployerRequest { request_id: samples::request_id(), id: host.clone(), ..Default::default() };
        let first = matcher.employers().remove_employer(request.clone()).await.unwrap().into_inner();
        let again = matcher.employers().remove_employer(request).await.unwrap().into_inner();
        assert_eq!(first, again);
        assert_eq!(reason(&verify(&matcher, &host).await.unwrap_err()), "EMPLOYER_REMOVED");
        let anew = proto::RegisterEmployerRequest { bin: bin.clone(), relocation: None, ..company() };
        assert_eq!(reason(&registered(&matcher, anew).await.unwrap_err()), "ALREADY_EXISTS");
        let pending = registered(&matcher, company()).await.unwrap().id;
        assert_eq!(reason(&record_bin(&matcher, &pending, &bin).await.unwrap_err()), "ALREADY_EXISTS");
        let kept = matcher.employers().get_employer(proto::GetEmployerRequest { id: host }).await.unwrap().into_inner().employer.unwrap();
        assert_eq!((kept.status(), kept.bin), (Status::Removed, bin));
    }

    async fn a_company_that_relocates_is_registered_before_it_has_a_bin_and_verified_after(app: App) {
        let matcher = app.role("matcher").await;
        let pending = registered(&matcher, company()).await.unwrap();
        let relocation = pending.relocation.clone().unwrap();
        assert_eq!((pending.bin.as_str(), relocation.activity.as_str(), relocation.origin_country.as_str()), ("", "62011", "RUS"));
        // Another one without a BIN beside it.
        let other = registered(&matcher, company()).await.unwrap();
        assert_eq!(reason(&verify(&matcher, &pending.id).await.unwrap_err()), "BIN_MISSING");
        let bin = samples::bin();
        let wrong = record_bin(&matcher, &pending.id, "940140000386").await.unwrap_err();
        assert_eq!((wrong.code(), fields(&wrong)), (Code::InvalidArgument, vec!["bin".to_owned()]));
        let request = proto::RecordBinRequest { request_id: samples::request_id(), id: pending.id.clone(), bin: bin.clone(), ..Default::default() };
        let recorded = matcher.employers().record_bin(request.clone()).await.unwrap().into_inner();
        assert_eq!(matcher.employers().record_bin(request).await.unwrap().into_inner(), recorded, "the same request again");
        assert_eq!(recorded.employer.unwrap().bin, bin);
        assert_eq!(reason(&record_bin(&matcher, &pending.id, &samples::bin()).await.unwrap_err()), "BIN_RECORDED");
        assert_eq!(reason(&record_bin(&matcher, &other.id, &bin).await.unwrap_err()), "ALREADY_EXISTS");
        let verified = verify(&matcher, &pending.id).await.unwrap();
        assert_eq!((verified.status(), verified.relocation), (Status::Verified, pending.relocation));
        let page = matcher.employers().list_employers(proto::ListEmployersRequest::default()).await.unwrap().into_inner().employers;
        assert_eq!(page.iter().map(|employer| employer.bin.as_str()).collect::<Vec<_>>(), [bin.as_str(), ""]);
        assert_eq!(app.count("employer WHERE bin LIKE '~%'").await, 1);
    }

    async fn two_companies_that_claim_one_bin_at_once_get_it_once(app: App) {
        let matcher = app.role("matcher").await;
        let bin = samples::bin();
        let mut pending = Vec::new();
        for _ in 0..8 {
            pending.push(registered(&matcher, company()).await.unwrap().id);
        }
        let racers = pending.iter().map(|id| {
            let (matcher, bin) = (matcher.clone(), bin.clone());
            async move {
                patiently(|| record_bin(&matcher, id, &bin)).await
            }
        });
        let outcomes = futures_util::future::join_all(racers).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        assert!(outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).all(|status| reason(status) == "ALREADY_EXISTS"));
    }

    async fn every_fault_of_a_relocation_is_named_at_once_and_without_one_a_bin_is_required(app: App) {
        let matcher = app.role("matcher").await;
        let faults = async |request: proto::RegisterEmployerRequest| fields(&registered(&matcher, request).await.unwrap_err());
        let with = |relocation: proto::Relocation| proto::RegisterEmployerRequest { relocation: Some(relocation), ..company() };
        assert_eq!(faults(proto::RegisterEmployerRequest { relocation: None, ..company() }).await, ["bin"]);
        assert_eq!(faults(with(proto::Relocation::default())).await, ["relocation.kind", "relocation.origin_country", "relocation.activity"]);
        let wrong = proto::Relocation { kind: proto::RelocationKind::Redomiciled.into(), origin_country: "KAZ".to_owned(), activity: "04111".to_owned() };
        let mut found = faults(proto::RegisterEmployerRequest { bin: "1".to_owned(), name: String::new(), ..with(wrong) }).await;
        found.sort();
        assert_eq!(found, ["bin", "name", "relocation.activity", "relocation.kind", "relocation.origin_country"]);
        assert_eq!(app.count("employer").await, 0);
        let moved = proto::Relocation { kind: proto::RelocationKind::Redomiciled.into(), ..company().relocation.unwrap() };
        let in_astana = proto::RegisterEmployerRequest { region_code: "KZ-71".to_owned(), ..with(moved) };
        registered(&matcher, in_astana).await.unwrap();
    }
}
