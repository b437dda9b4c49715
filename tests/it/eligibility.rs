//! The catalogue of permits, and what it asks of a person.

use relocation_registry::proto::{self, Criterion, CriterionOutcome as Outcome, EligibilityVerdict as Verdict, PermitKind};
use tonic::{Code, Status};

use crate::{
    harness::{App, CHANGES, Client, fields, reason, samples},
    on_every_database, permits,
};

fn question(relocant_id: &str, kind: PermitKind) -> proto::CheckEligibilityRequest {
    proto::CheckEligibilityRequest {
        relocant_id: relocant_id.to_owned(),
        kind: kind.into(),
        on_date: None,
        purpose: proto::Purpose::PermitDecision.into(),
        answers: vec![],
    }
}

fn told(criterion: Criterion, numbers: &[i64]) -> proto::EligibilityAnswer {
    proto::EligibilityAnswer { criterion: criterion.into(), held: true, relevant_date: None, numbers: numbers.to_vec() }
}

async fn check(client: &Client, request: proto::CheckEligibilityRequest) -> Result<proto::Eligibility, Status> {
    client.permits().check_eligibility(request).await.map(|answer| answer.into_inner().eligibility.unwrap())
}

fn finding(eligibility: &proto::Eligibility, criterion: Criterion) -> proto::EligibilityFinding {
    eligibility.findings.iter().find(|finding| finding.criterion() == criterion).unwrap().clone()
}

/// Somebody who came three days ago.
async fn arrived(clerk: &Client) -> String {
    let request = proto::RegisterRelocantRequest { entry_date: samples::in_days(-3), ..samples::doctor() };
    clerk.register(request).await.id
}

async fn types(client: &Client, kind: PermitKind, on_date: Option<proto::google::r#type::Date>) -> Vec<proto::PermitType> {
    let request = proto::ListPermitTypesRequest { kind: kind.into(), on_date };
    client.permits().list_permit_types(request).await.unwrap().into_inner().permit_types
}

async fn rows(app: &App) -> Vec<i64> {
    let mut counts = Vec::new();
    for table in ["relocant", "permit", "permit_transition", "crossing", "request", "consent", CHANGES] {
        counts.push(app.count(table).await);
    }
    counts
}

on_every_database! {
    async fn the_catalogue_is_listed_by_kind_and_by_day_in_three_languages(app: App) {
        let anybody = app.role("ops").await;
        let all = types(&anybody, PermitKind::Unspecified, None).await;
        assert_eq!(all.len(), 26);
        assert!(all.iter().all(|one| ![&one.name_kk, &one.name_ru, &one.name_en, &one.legal_basis, &one.source_url].iter().any(|text| text.is_empty())));
        let today = types(&anybody, PermitKind::Unspecified, samples::date("2026-11-25")).await;
        assert_eq!(today.len(), 25, "one version of each kind");
        let pilot = types(&anybody, PermitKind::PermanentResidencePermit, samples::date("2026-02-13")).await;
        assert_eq!((pilot.len(), pilot[0].effective_from_date, pilot[0].passport_min_days), (1, samples::date("2026-02-13"), 181));
        assert!(pilot[0].criteria().any(|criterion| criterion == Criterion::Questionnaire400Points));
        assert_eq!(types(&anybody, PermitKind::PermanentResidencePermit, samples::date("2010-01-01")).await, []);
        let work = types(&anybody, PermitKind::TemporaryResidenceWork, None).await.remove(0);
        assert_eq!((work.applicant(), work.max_months, work.renewable, work.information_only), (proto::PermitApplicant::Host, 12, Some(true), false));
    }

    async fn what_is_missing_what_to_ask_and_what_is_met_are_told_and_the_look_is_journaled(app: App) {
        let (clerk, officer) = (app.role("registrar").await, app.role("permit_officer").await);
        let person = arrived(&clerk).await;
        let first = check(&officer, question(&person, PermitKind::TemporaryResidenceWork)).await.unwrap();
        assert_eq!((first.verdict(), first.on_date, first.not_needed_code.as_str()), (Verdict::NotEligible, samples::in_days(0), ""));
        let silent = finding(&first, Criterion::ArrivalNotified);
        assert_eq!((silent.outcome(), silent.code.as_str(), silent.facts[0].key.as_str()), (Outcome::NotMet, "ARRIVAL_NOT_NOTIFIED", "due"));
        assert_eq!(finding(&first, Criterion::PassportLasts).outcome(), Outcome::Met);
        assert_eq!(finding(&first, Criterion::EmployerWorkPermit).code, "NOT_NEEDED_EAEU");
        let stay = finding(&first, Criterion::InLawfulStay);
        assert!(stay.outcome() == Outcome::Met && stay.legal_basis.contains("148"), "{stay:?}");
        assert_eq!(finding(&first, Criterion::HasContract).outcome(), Outcome::NotKnown);
        assert!(!first.officer_checks.is_empty());

        let notify = proto::NotifyArrivalRequest { request_id: samples::request_id(), relocant_id: person.clone(), notified_date: samples::in_days(-1), ..Default::default() };
        clerk.stays().notify_arrival(notify).await.unwrap();
        let answers = [Criterion::HasContract, Criterion::HostConsentNotarised, Criterion::FingerprintsFrom16].map(|criterion| told(criterion, &[])).to_vec();
        let whole = check(&clerk, proto::CheckEligibilityRequest { answers, ..question(&person, PermitKind::TemporaryResidenceWork) }).await.unwrap();
        assert_eq!((whole.verdict(), whole.earliest_date), (Verdict::Eligible, None), "{:?}", whole.findings.iter().map(|one| one.code.clone()).collect::<Vec<_>>());
        assert!(finding(&whole, Criterion::HasContract).told && !finding(&whole, Criterion::PassportLasts).told);

        // A kind that asks nothing sealed looks at nobody's identity.
        let quota = check(&officer, question(&person, PermitKind::WorkPermitCategory3)).await.unwrap();
        assert_eq!((quota.verdict(), quota.not_needed_code.as_str()), (Verdict::Eligible, "EAEU_CITIZEN"));
        app.sequenced().await;
        let entries = app.role("auditor").await.entries().await;
        let looks: Vec<_> = entries.iter().filter(|entry| entry.decision() == proto::Decision::Read).collect();
        assert_eq!(looks.len(), 2);
        assert!(looks.iter().all(|look| look.operation == "CheckEligibility" && look.relocant_id == person && look.purpose() == proto::Purpose::PermitDecision));
    }

    async fn nothing_of_what_is_told_is_kept(app: App) {
        let clerk = app.role("registrar").await;
        let person = arrived(&clerk).await;
        let before = rows(&app).await;
        let answers = vec![told(Criterion::Solvency1320Mci, &[5_812_345]), told(Criterion::Questionnaire400Points, &[412]), told(Criterion::HasHousing, &[])];
        let on_date = samples::date("2026-11-25");
        let asked = proto::CheckEligibilityRequest { answers, on_date, ..question(&person, PermitKind::PermanentResidencePermit) };
        assert_eq!(format!("{asked:?}"), "CheckEligibilityRequest", "nothing of it can be printed");
        let with = check(&clerk, asked).await.unwrap();
        for criterion in [Criterion::Solvency1320Mci, Criterion::Questionnaire400Points, Criterion::HasHousing] {
            assert_eq!(finding(&with, criterion).outcome(), Outcome::Met);
        }
        let without = check(&clerk, proto::CheckEligibilityRequest { on_date, ..question(&person, PermitKind::PermanentResidencePermit) }).await.unwrap();
        let solvency = finding(&without, Criterion::Solvency1320Mci);
        assert_eq!((solvency.outcome(), solvency.code.as_str()), (Outcome::NotKnown, "TELL_AMOUNT_KZT"));
        assert!(solvency.facts.iter().any(|fact| (fact.key.as_str(), fact.value.as_str()) == ("needed_kzt", "5709000")));
        assert_eq!(rows(&app).await, before);
        for row in app.sql("SELECT CAST(events AS TEXT) FROM journal").await {
            assert!(!row.try_get_by_index::<String>(0).unwrap().contains("5812345"));
        }
    }

    async fn an_active_permit_stands_in_the_way_until_the_day_after_its_last(app: App) {
        let (clerk, officer) = (app.role("registrar").await, app.role("permit_officer").await);
        let person = arrived(&clerk).await;
        let applied = permits::apply(&clerk, permits::application(&person, &permits::employer(&app).await)).await.unwrap();
        let issued = permits::issue(&officer, &applied.id).await;
        let eligibility = check(&officer, question(&person, PermitKind::TemporaryResidenceStudy)).await.unwrap();
        let other = finding(&eligibility, Criterion::NoOtherPermit);
        assert_eq!((other.outcome(), other.earliest_date), (Outcome::NotMet, samples::in_days(301)));
        assert_eq!((other.facts[0].key.as_str(), &other.facts[0].value), ("permit", &issued.id));
        let after = proto::CheckEligibilityRequest { on_date: samples::in_days(301), ..question(&person, PermitKind::TemporaryResidenceStudy) };
        assert_eq!(finding(&check(&officer, after).await.unwrap(), Criterion::NoOtherPermit).outcome(), Outcome::Met);
    }

    async fn a_stay_that_is_over_is_lawful_again_from_the_first_lawful_entry(app: App) {
        let clerk = app.role("registrar").await;
        let request = proto::RegisterRelocantRequest { entry_date: samples::in_days(-100), ..samples::doctor() };
        let person = clerk.register(request).await.id;
        let stay = finding(&check(&clerk, question(&person, PermitKind::TemporaryResidenceWork)).await.unwrap(), Criterion::InLawfulStay);
        let status = clerk.stays().get_stay_status(proto::GetStayStatusRequest { relocant_id: person, on_date: None }).await.unwrap().into_inner().stay_status.unwrap();
        assert_eq!((stay.outcome(), stay.code.as_str(), stay.earliest_date), (Outcome::NotMet, "STAY_NOT_LAWFUL", status.earliest_entry_date));
    }

    async fn what_would_reveal_what_is_never_held_is_listed_and_neither_checked_nor_applied_for(app: App) {
        let (clerk, officer) = (app.role("registrar").await, app.role("permit_officer").await);
        let person = arrived(&clerk).await;
        let telling: Vec<_> = types(&clerk, PermitKind::Unspecified, None).await.into_iter().filter(|one| one.information_only).collect();
        assert_eq!(telling.len(), 6);
        for one in telling {
            assert!(one.information_only_because.starts_with("A record of it would show"), "{}", one.information_only_because);
            let refused = check(&officer, question(&person, one.kind())).await.unwrap_err();
            assert_eq!((refused.code(), reason(&refused).as_str()), (Code::FailedPrecondition, "INFORMATION_ONLY"));
            let apply = proto::ApplyForPermitRequest { kind: one.kind, ..permits::application(&person, &samples::request_id()) };
            assert_eq!(fields(&permits::apply(&clerk, apply).await.unwrap_err()), ["kind"]);
        }
        assert_eq!((app.count("permit").await, app.count("journal WHERE decision = 'READ'").await), (0, 0));
    }

    async fn applications_for_other_kinds_are_not_taken(app: App) {
        let clerk = app.role("registrar").await;
        let person = arrived(&clerk).await;
        let apply = proto::ApplyForPermitRequest { kind: PermitKind::ResidenceCard.into(), ..permits::application(&person, &permits::employer(&app).await) };
        let refused = permits::apply(&clerk, apply).await.unwrap_err();
        assert_eq!((refused.code(), fields(&refused)), (Code::InvalidArgument, vec!["kind".to_owned()]));
        assert!(refused.message().contains("applications are taken"), "{refused:?}");
    }

    async fn every_fault_of_a_question_is_named_at_once(app: App) {
        let clerk = app.role("registrar").await;
        let wrong = proto::CheckEligibilityRequest {
            relocant_id: String::new(),
            purpose: 0,
            answers: vec![told(Criterion::Interview, &[1]), told(Criterion::Interview, &[])],
            ..question("", PermitKind::PermanentResidencePermit)
        };
        let refused = check(&clerk, wrong).await.unwrap_err();
        assert_eq!(fields(&refused), ["relocant_id", "purpose", "answers[0].numbers", "answers[1].criterion"]);
        let strange = proto::CheckEligibilityRequest { answers: vec![told(Criterion::Interview, &[])], ..question(&arrived(&clerk).await, PermitKind::TemporaryResidenceWork) };
        assert_eq!(fields(&check(&clerk, strange).await.unwrap_err()), ["answers[0].criterion"]);
        let many = proto::CheckEligibilityRequest { answers: vec![told(Criterion::Interview, &[]); 33], ..question(&samples::request_id(), PermitKind::TemporaryResidenceWork) };
        assert_eq!(fields(&check(&clerk, many).await.unwrap_err()), ["answers"]);
    }

    async fn a_day_for_which_no_version_is_known_is_told_so(app: App) {
        let clerk = app.role("registrar").await;
        let early = proto::CheckEligibilityRequest { on_date: samples::date("2010-01-01"), ..question(&arrived(&clerk).await, PermitKind::PermanentResidencePermit) };
        let refused = check(&clerk, early).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::FailedPrecondition, "NO_PERMIT_TYPE"));
    }

    async fn a_person_asks_about_oneself_and_an_employer_about_nobody(app: App) {
        let clerk = app.role("registrar").await;
        let (own, other) = (arrived(&clerk).await, arrived(&clerk).await);
        let mut claims = app.claims("person");
        claims.relocant = Some(own.clone());
        let person = app.client(&claims).await;
        assert!(check(&person, question(&own, PermitKind::TemporaryResidenceWork)).await.is_ok());
        assert_eq!(check(&person, question(&other, PermitKind::TemporaryResidenceWork)).await.unwrap_err().code(), Code::NotFound);
        let employer = app.role("employer").await;
        assert_eq!(check(&employer, question(&own, PermitKind::TemporaryResidenceWork)).await.unwrap_err().code(), Code::PermissionDenied);
        assert!(!types(&employer, PermitKind::TemporaryResidenceWork, None).await.is_empty());
    }
}
