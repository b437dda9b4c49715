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

/// An IIN that begins so.
fn iin(prefix: &str) -> String {
    let digits: Vec<u8> = prefix.bytes().map(|byte| byte - b'0').collect();
    format!("{prefix}{}", relocation_registry::check_digit::check_digit(&digits).unwrap())
}

on_every_database! {
    async fn what_is_registered_reads_back(app: App) {
        let clerk = app.role("registrar").await;
        let typed = proto::TypedIdentity { family_name: "Щелокова".to_owned(), birth_date: samples::date("1990-01-31"), ..samples::typed() };
        let mut request = samples::registration_with(typed);
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

    async fn a_document_on_two_records_hinders_nobody_and_finds_both(app: App) {
        let clerk = app.role("registrar").await;
        let mut typed = samples::typed();
        typed.document.as_mut().unwrap().number = "75 0000-777".to_owned();
        let mut request = samples::registration();
        request.source = Some(Source::Typed(typed.clone()));
        let registered = clerk.register(request).await;
        let mut again = samples::registration();
        typed.document.as_mut().unwrap().number = "750000777".to_owned();
        again.source = Some(Source::Typed(typed));
        let again = clerk.register(again).await;
        assert_eq!(app.count("relocant").await, 2);

        let key = proto::DocumentKey { kind: proto::DocumentKind::Passport.into(), issuing_country: "RUS".to_owned(), number: "750000777".to_owned() };
        let mut claims = app.claims("registrar");
        claims.center = Some("ast-02".to_owned());
        let elsewhere = app.client(&claims).await;
        for (key, others) in [(Key::Document(key), vec![again.id]), (Key::Code(registered.code.to_lowercase()), vec![])] {
            let request = proto::FindRelocantRequest { key: Some(key), purpose: proto::Purpose::Registration.into() };
            let found = elsewhere.relocants().find_relocant(request).await.unwrap().into_inner();
            assert_eq!((found.relocant.unwrap().id, found.other_ids), (registered.id.clone(), others));
        }
    }

    async fn somebody_without_papers_is_registered_and_found_by_the_iin_that_comes_later(app: App) {
        let clerk = app.role("registrar").await;
        let typed = proto::TypedIdentity { document: None, birth_date: samples::date("1990-01-31"), evidence: proto::Evidence::Vouched.into(), ..samples::typed() };
        let registered = clerk.register(samples::registration_with(typed)).await;
        let identity = registered.identity.unwrap();
        assert_eq!((identity.documents.len(), identity.evidence()), (0, proto::Evidence::Vouched));
        let amend = |iin: &str, sex: proto::Sex| proto::AmendRelocantRequest {
            request_id: samples::request_id(),
            id: registered.id.clone(),
            iin: Some(iin.to_owned()),
            sex: sex.into(),
            ..Default::default()
        };
        // Born on 31 January 1990, female; the last digit is wrong in the first, the sex in the second.
        for (wrong, sex) in [("900131400018", proto::Sex::Female), (&iin("90013140001"), proto::Sex::Male)] {
            let refused = clerk.relocants().amend_relocant(amend(wrong, sex)).await.unwrap_err();
            assert_eq!((refused.code(), fields(&refused)), (Code::InvalidArgument, vec!["iin".to_owned()]));
        }
        let own = iin("90013140001");
        clerk.relocants().amend_relocant(amend(&own, proto::Sex::Female)).await.unwrap();
        let by = |iin: &str| proto::FindRelocantRequest { key: Some(Key::Iin(iin.to_owned())), purpose: proto::Purpose::Registration.into() };
        assert_eq!(clerk.relocants().find_relocant(by(&own)).await.unwrap().into_inner().relocant.unwrap().id, registered.id);
        clerk.relocants().amend_relocant(amend("", proto::Sex::Unspecified)).await.unwrap();
        assert_eq!(clerk.relocants().find_relocant(by(&own)).await.unwrap_err().code(), Code::NotFound);
    }

    async fn names_in_another_script_are_kept_as_given_beside_those_printed(app: App) {
        let clerk = app.role("registrar").await;
        let latin = proto::Names { family_name: "Schelokova".to_owned(), given_names: "Julia".to_owned(), patronymic: String::new() };
        let typed = proto::TypedIdentity { latin: Some(latin.clone()), patronymic: "Эдуардовна".to_owned(), ..samples::typed() };
        let registered = clerk.register(samples::registration_with(typed)).await;
        let identity = registered.identity.unwrap();
        assert!(identity.latin == Some(latin) && identity.cyrillic.is_none() && identity.patronymic == "Эдуардовна");
        let amend = proto::AmendRelocantRequest {
            request_id: samples::request_id(),
            id: registered.id,
            latin: Some(proto::Names { family_name: "x1".to_owned(), ..Default::default() }),
            ..Default::default()
        };
        assert_eq!(fields(&clerk.relocants().amend_relocant(amend).await.unwrap_err()), ["latin.family_name"]);
    }

    async fn documents_are_added_and_withdrawn_and_one_that_was_somebody_elses_finds_nobody(app: App) {
        let clerk = app.role("registrar").await;
        let registered = clerk.register(samples::registration()).await;
        let add = |document: &proto::Document| proto::AddDocumentRequest {
            request_id: samples::request_id(),
            id: registered.id.clone(),
            document: Some(document.clone()),
            ..Default::default()
        };
        let internal = proto::Document { kind: proto::DocumentKind::InternalPassport.into(), expiry_date: None, issue_date: samples::date("2010-02-15"), ..samples::document() };
        let with_two = clerk.relocants().add_document(add(&internal)).await.unwrap().into_inner().relocant.unwrap();
        let documents = with_two.identity.unwrap().documents;
        assert_eq!((documents.len(), documents[1].evidence()), (2, proto::Evidence::Seen));
        let known = clerk.relocants().add_document(add(&internal)).await.unwrap_err();
        assert_eq!(reason(&known), "DOCUMENT_KNOWN");
        let early = clerk.relocants().add_document(add(&proto::Document { issue_date: samples::in_days(1), ..samples::document() })).await.unwrap_err();
        assert_eq!(fields(&early), ["document.issue_date"]);
        let by = |document: &proto::Document| proto::FindRelocantRequest {
            key: Some(Key::Document(proto::DocumentKey { kind: document.kind, issuing_country: document.issuing_country.clone(), number: document.number.clone() })),
            purpose: proto::Purpose::Registration.into(),
        };
        assert_eq!(clerk.relocants().find_relocant(by(&internal)).await.unwrap().into_inner().relocant.unwrap().id, registered.id);
        let withdraw = |id: &str, ground: proto::WithdrawalGround| proto::WithdrawDocumentRequest {
            request_id: samples::request_id(),
            id: registered.id.clone(),
            document_id: id.to_owned(),
            ground: ground.into(),
            ..Default::default()
        };
        let gone = clerk.relocants().withdraw_document(withdraw(&documents[1].id, proto::WithdrawalGround::Mistaken)).await.unwrap().into_inner();
        assert_eq!(gone.relocant.unwrap().identity.unwrap().documents[1].withdrawal_date, samples::in_days(0));
        assert_eq!(clerk.relocants().find_relocant(by(&internal)).await.unwrap_err().code(), Code::NotFound);
        let again = clerk.relocants().withdraw_document(withdraw(&documents[1].id, proto::WithdrawalGround::Lost)).await.unwrap_err();
        assert_eq!(reason(&again), "DOCUMENT_WITHDRAWN");
        let unknown = clerk.relocants().withdraw_document(withdraw(&samples::request_id(), proto::WithdrawalGround::Lost)).await.unwrap_err();
        assert_eq!(unknown.code(), Code::NotFound);
        // One that was lost still finds the person.
        clerk.relocants().withdraw_document(withdraw(&documents[0].id, proto::WithdrawalGround::Lost)).await.unwrap();
        assert_eq!(clerk.relocants().find_relocant(by(&documents[0])).await.unwrap().into_inner().relocant.unwrap().id, registered.id);
    }

    async fn a_passport_that_ends_within_180_days_is_due_and_no_longer_when_it_is_withdrawn(app: App) {
        let clerk = app.role("registrar").await;
        let typed = proto::TypedIdentity { document: Some(proto::Document { expiry_date: samples::in_days(100), ..samples::document() }), ..samples::typed() };
        let registered = clerk.register(samples::registration_with(typed)).await;
        let ask = || proto::ListDuesRequest { relocant_id: registered.id.clone(), ..Default::default() };
        let dues = clerk.dues().list_dues(ask()).await.unwrap().into_inner().dues;
        assert_eq!(dues.iter().map(|due| (due.kind(), due.due_date)).collect::<Vec<_>>(), [(proto::DueKind::PassportExpires, samples::in_days(100))]);
        let withdraw = proto::WithdrawDocumentRequest {
            request_id: samples::request_id(),
            id: registered.id.clone(),
            document_id: registered.identity.as_ref().unwrap().documents[0].id.clone(),
            ground: proto::WithdrawalGround::Lost.into(),
            ..Default::default()
        };
        clerk.relocants().withdraw_document(withdraw).await.unwrap();
        assert!(clerk.dues().list_dues(ask()).await.unwrap().into_inner().dues.is_empty());
    }

    async fn a_zone_is_read_with_both_scripts_and_nothing_of_it_is_kept(app: App) {
        let clerk = app.role("registrar").await;
        let parse = |mrz: &str| proto::ParseMrzRequest { mrz: mrz.to_owned() };
        let read = clerk.relocants().parse_mrz(parse(MRZ)).await.unwrap().into_inner();
        let identity = read.identity.clone().unwrap();
        assert_eq!((read.format(), read.expired, identity.family_name.as_str()), (proto::MrzFormat::Td3, false, "SHCHELOKOVA"));
        assert_eq!(identity.cyrillic.as_ref().unwrap().family_name, "ЩЕЛОКОВА");
        // What was read is what a registration takes.
        clerk.register(samples::registration_with(identity)).await;
        let internal = "PNRUSW2LOKOVA<<7LI8<6DUARDOVNA<<<<<<<<<<<<<<\n0400000013RUS9901317F<<<<<<<4190215240002<66";
        let read = clerk.relocants().parse_mrz(parse(internal)).await.unwrap().into_inner();
        let identity = read.identity.clone().unwrap();
        assert_eq!((read.format(), identity.family_name.as_str(), identity.patronymic.as_str()), (proto::MrzFormat::RussianInternal, "Щёлокова", "Эдуардовна"));
        assert_eq!(identity.latin.as_ref().unwrap().family_name.to_uppercase(), "SHCHELOKOVA");
        let wrong = clerk.relocants().parse_mrz(parse(&MRZ.replace("F3302141", "F3302142"))).await.unwrap_err();
        assert!(fields(&wrong).iter().all(|field| field == "mrz") && wrong.message().contains("line 2 position 28"), "{}", wrong.message());
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
        let family = registered.identity.clone().unwrap().family_name;
        let amend = |expected_version, phone: &str| proto::AmendRelocantRequest {
            request_id: samples::request_id(),
            id: registered.id.clone(),
            expected_version,
            phone: Some(phone.to_owned()),
            ..Default::default()
        };
        let amended = clerk.relocants().amend_relocant(amend(1, "+77010000001")).await.unwrap().into_inner().relocant.unwrap();
        assert_eq!(amended.version, 2);
        let identity = amended.identity.unwrap();
        assert_eq!((identity.phone.as_str(), identity.family_name), ("+77010000001", family));
        let late = clerk.relocants().amend_relocant(amend(1, "+77010000002")).await.unwrap_err();
        assert_eq!((late.code(), reason(&late).as_str()), (Code::Aborted, "CONFLICT"));
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
