//! People: registering, finding, amending, leaving.

use relocation_registry::proto::{self, find_relocant_request::Key, register_relocant_request::Source};
use tonic::Code;

use crate::{
    harness::{fields, reason, samples},
    on_every_database,
};

const MRZ: &str = "P<RUSSHCHELOKOVA<<IULIIA<<<<<<<<<<<<<<<<<<<<\n7500000015RUS9901317F3302141<<<<<<<<<<<<<<06";

fn get(id: &str, view: proto::RelocantView) -> proto::GetRelocantRequest {
    proto::GetRelocantRequest { id: id.to_owned(), view: view.into(), purpose: proto::Purpose::Registration.into() }
}

on_every_database! {
    async fn what_is_registered_reads_back(app: App) {
        let clerk = app.role("registrar").await;
        let mut request = samples::registration();
        request.phone = "+77011234567".to_owned();
        let registered = clerk.register(request).await;
        assert_eq!(registered.version, 1);
        assert_eq!(registered.center_id, "ala-01");
        let read = clerk.relocants().get_relocant(get(&registered.id, proto::RelocantView::Full)).await.unwrap().into_inner().relocant.unwrap();
        assert!(read == registered, "the answer to registering is what reads back");
        let identity = read.identity.unwrap();
        assert_eq!((identity.family_name.as_str(), identity.phone.as_str()), ("Щелокова", "+77011234567"));
        assert_eq!(identity.birth_date, samples::date("1990-01-31"));
        let summary = clerk.relocants().get_relocant(get(&registered.id, proto::RelocantView::Summary)).await.unwrap().into_inner().relocant.unwrap();
        assert!(summary.identity.is_none());
    }

    async fn a_passport_zone_is_enough_to_register_and_the_answer_says_how_long_one_may_stay(app: App) {
        let clerk = app.role("registrar").await;
        let mut request = samples::registration();
        request.source = Some(Source::Mrz(MRZ.to_owned()));
        request.entry_date = samples::in_days(-9);
        let answer = clerk.relocants().register_relocant(request).await.unwrap().into_inner();
        assert_eq!(answer.relocant.unwrap().identity.unwrap().family_name, "SHCHELOKOVA");
        let status = answer.stay_status.unwrap();
        assert_eq!((status.policy_id.as_str(), status.days_used, status.days_remaining), ("kz.eaeu.2023", 10, 80));
        assert_eq!(status.last_lawful_date, samples::in_days(80));
    }

    async fn every_field_at_fault_is_named_at_once(app: App) {
        let clerk = app.role("registrar").await;
        let mut request = samples::registration();
        request.request_id = "7".to_owned();
        request.region_code = "KZ-99".to_owned();
        request.phone = "12".to_owned();
        request.entry_date = Some(proto::google::r#type::Date { year: 2026, month: 2, day: 30 });
        let mut typed = samples::typed();
        typed.citizenship = "ru".to_owned();
        typed.document.as_mut().unwrap().kind = 77;
        typed.document.as_mut().unwrap().number_check_digit = "x".to_owned();
        request.source = Some(Source::Typed(typed));
        let refused = clerk.relocants().register_relocant(request).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::InvalidArgument, "INVALID_FIELDS"));
        let mut at = fields(&refused);
        at.sort();
        assert_eq!(at, ["entry_date", "phone", "region_code", "request_id", "typed.citizenship", "typed.document.kind", "typed.document.number_check_digit"]);
        assert_eq!(app.count("relocant").await, 0);
    }

    async fn a_zone_with_a_wrong_check_digit_is_refused_and_nothing_is_kept(app: App) {
        let clerk = app.role("registrar").await;
        let mut request = samples::registration();
        request.source = Some(Source::Mrz(MRZ.replace("7500000015", "7500000016")));
        let refused = clerk.relocants().register_relocant(request).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert!(refused.message().contains("check digit"), "{}", refused.message());
        assert_eq!(app.count("relocant").await + app.count("request").await, 0);
    }

    async fn a_document_registers_one_person_only_and_finds_that_person(app: App) {
        let clerk = app.role("registrar").await;
        let mut typed = samples::typed();
        typed.document.as_mut().unwrap().number = "75 0000-777".to_owned();
        let mut request = samples::registration();
        request.source = Some(Source::Typed(typed.clone()));
        let registered = clerk.register(request).await;
        let mut again = samples::registration();
        typed.document.as_mut().unwrap().number = "750000777".to_owned();
        again.source = Some(Source::Typed(typed));
        let refused = clerk.relocants().register_relocant(again).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::AlreadyExists, "ALREADY_EXISTS"));
        assert_eq!(app.count("relocant").await, 1);

        let key = proto::DocumentKey { kind: proto::DocumentKind::Passport.into(), issuing_country: "RUS".to_owned(), number: "750000777".to_owned() };
        let mut claims = app.claims("registrar");
        claims.center = Some("ast-02".to_owned());
        let elsewhere = app.client(&claims).await;
        for key in [Key::Document(key), Key::Code(registered.code.to_lowercase())] {
            let request = proto::FindRelocantRequest { key: Some(key), purpose: proto::Purpose::Registration.into() };
            let found = elsewhere.relocants().find_relocant(request).await.unwrap().into_inner().relocant.unwrap();
            assert_eq!(found.id, registered.id);
        }
    }

    async fn two_clerks_registering_one_document_at_once_make_one_record(app: App) {
        let clerk = app.role("registrar").await;
        let document = samples::document();
        let racers = (0..8).map(|_| {
            let mut request = samples::registration();
            request.source = Some(Source::Typed(proto::TypedIdentity { document: Some(document.clone()), ..samples::typed() }));
            let mut client = clerk.relocants();
            async move { client.register_relocant(request).await }
        });
        let outcomes = futures_util::future::join_all(racers).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        assert!(outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).all(|status| status.code() == Code::AlreadyExists));
        assert_eq!(app.count("relocant").await, 1);
    }

    async fn somebody_out_of_reach_reads_as_not_there(app: App) {
        let registered = app.role("registrar").await.register(samples::registration()).await;
        let mut claims = app.claims("registrar");
        claims.center = Some("ast-02".to_owned());
        let elsewhere = app.client(&claims).await;
        let hidden = elsewhere.relocants().get_relocant(get(&registered.id, proto::RelocantView::Full)).await.unwrap_err();
        let missing = elsewhere.relocants().get_relocant(get(&samples::request_id(), proto::RelocantView::Full)).await.unwrap_err();
        assert_eq!((hidden.code(), hidden.message(), hidden.details()), (missing.code(), missing.message(), missing.details()));
        let listed = elsewhere.relocants().list_relocants(proto::ListRelocantsRequest::default()).await.unwrap().into_inner();
        assert!(listed.relocants.is_empty());

        let mut person = app.claims("person");
        person.relocant = Some(registered.id.clone());
        let own = app.client(&person).await.relocants().get_relocant(get(&registered.id, proto::RelocantView::Full)).await.unwrap();
        assert_eq!(own.into_inner().relocant.unwrap().id, registered.id);
    }

    async fn an_amendment_needs_the_version_that_was_seen_and_keeps_the_rest(app: App) {
        let clerk = app.role("registrar").await;
        let registered = clerk.register(samples::registration()).await;
        let amend = |expected_version, phone: &str| proto::AmendRelocantRequest {
            request_id: samples::request_id(),
            id: registered.id.clone(),
            expected_version,
            phone: Some(phone.to_owned()),
            document: Some(samples::document()),
            ..Default::default()
        };
        let amended = clerk.relocants().amend_relocant(amend(1, "+77010000001")).await.unwrap().into_inner().relocant.unwrap();
        assert_eq!(amended.version, 2);
        let identity = amended.identity.unwrap();
        assert_eq!((identity.phone.as_str(), identity.family_name.as_str()), ("+77010000001", "Щелокова"));
        let late = clerk.relocants().amend_relocant(amend(1, "+77010000002")).await.unwrap_err();
        assert_eq!((late.code(), reason(&late).as_str()), (Code::Aborted, "CONFLICT"));
        // Both documents find the person.
        assert_eq!(app.count("relocant_document").await, 2);
    }

    async fn a_registration_closes_once_and_not_ahead_of_time(app: App) {
        let clerk = app.role("registrar").await;
        let registered = clerk.register(samples::registration()).await;
        let leave = |departure_date| proto::ReportDepartureRequest { request_id: samples::request_id(), id: registered.id.clone(), departure_date, ..Default::default() };
        let early = clerk.relocants().report_departure(leave(samples::in_days(1))).await.unwrap_err();
        assert_eq!((early.code(), reason(&early).as_str()), (Code::FailedPrecondition, "DEPARTURE_IN_FUTURE"));
        let left = clerk.relocants().report_departure(leave(samples::in_days(0))).await.unwrap().into_inner().relocant.unwrap();
        assert_eq!(left.status(), proto::RelocantStatus::Departed);
        let again = clerk.relocants().report_departure(leave(samples::in_days(0))).await.unwrap_err();
        assert_eq!(reason(&again), "ALREADY_DEPARTED");
    }

    async fn pages_hold_everybody_once_and_a_token_fits_its_own_list_only(app: App) {
        let clerk = app.role("registrar").await;
        let mut registered = Vec::new();
        for _ in 0..5 {
            registered.push(clerk.register(samples::registration()).await.id);
        }
        let (mut seen, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = proto::ListRelocantsRequest { page_size: 2, page_token: page_token.clone(), ..Default::default() };
            let page = clerk.relocants().list_relocants(request).await.unwrap().into_inner();
            seen.extend(page.relocants.into_iter().map(|relocant| relocant.id));
            if page.next_page_token.is_empty() {
                break;
            }
            page_token = page.next_page_token;
        }
        assert_eq!(seen, registered);
        let status = proto::RelocantStatus::Departed.into();
        let wrong = clerk.relocants().list_relocants(proto::ListRelocantsRequest { page_size: 2, page_token, status }).await.unwrap_err();
        assert_eq!((wrong.code(), fields(&wrong)), (Code::InvalidArgument, vec!["page_token".to_owned()]));
    }
}
