//! Consents: the wording agreed to, what is shown step by step, how much of it a day, and who can read what was shown. Beyond one process: what is withdrawn at one
//! replica opens nothing at any.

use std::sync::Arc;

use prost_reflect::{DynamicMessage, ReflectMessage as _, Value};
use relocation_registry::{
    auth::jwt::Signer,
    config::Config,
    proto::{self, ConsentField, ConsentPurpose},
    seal::KeyFile,
};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::{
    duplicates::{merge, undo},
    every_rpc::{methods, name},
    harness::{App, Client, config, fields, patiently, postgres_database, reason, samples},
    matches::{accept, of_employer, of_person, open, proposal, propose},
    on_every_database,
    permits::employer,
    story::{Consents, life},
};

const ALL: [ConsentField; 5] =
    [ConsentField::Name, ConsentField::BirthDate, ConsentField::Phone, ConsentField::Email, ConsentField::Document];

fn consent(person: &str, employer: &str, named: &[ConsentField]) -> proto::GiveConsentRequest {
    proto::GiveConsentRequest {
        request_id: samples::request_id(),
        validate_only: false,
        relocant_id: person.to_owned(),
        employer_id: employer.to_owned(),
        purpose: ConsentPurpose::Recruitment.into(),
        fields: named.iter().map(|field| i32::from(*field)).collect(),
        until_date: samples::in_days(30),
        wording_version: 1,
    }
}

async fn give(client: &Client, request: proto::GiveConsentRequest) -> Result<proto::Consent, Status> {
    client.consents().give_consent(request).await.map(|answer| answer.into_inner().consent.unwrap())
}

fn asking(found: &str) -> proto::DiscloseCandidateRequest {
    proto::DiscloseCandidateRequest {
        request_id: samples::request_id(),
        validate_only: false,
        match_id: found.to_owned(),
        purpose: ConsentPurpose::Recruitment.into(),
    }
}

async fn disclose(client: &Client, request: proto::DiscloseCandidateRequest) -> Result<proto::DiscloseCandidateResponse, Status> {
    client.consents().disclose_candidate(request).await.map(tonic::Response::into_inner)
}

fn named(fields: &[i32]) -> Vec<ConsentField> {
    fields.iter().map(|field| ConsentField::try_from(*field).unwrap()).collect()
}

async fn disclosures(client: &Client, person: &str) -> Result<Vec<proto::Disclosure>, Status> {
    let request = proto::ListDisclosuresRequest { relocant_id: person.to_owned(), ..Default::default() };
    client.consents().list_disclosures(request).await.map(|answer| answer.into_inner().disclosures)
}

/// A person who is proposed to a hospital for thirty days.
struct Case {
    hospital: String,
    doctor: proto::Relocant,
    found: String,
    person: Client,
    own: Client,
}

impl Case {
    async fn of(app: &App) -> Self {
        let hospital = employer(app).await;
        let vacancy = open(app, &hospital, 3, 3).await;
        let doctor = app.role("registrar").await.register(samples::doctor()).await;
        let request = proto::ProposeMatchRequest { hold_days: 30, ..proposal(&vacancy, &doctor.id) };
        let found = propose(&app.role("matcher").await, request).await.unwrap().id;
        let mut claims = app.claims("employer");
        claims.organisation = Some(hospital.clone());
        claims.exp += 30 * 86_400;
        let (own, person) = (app.client(&claims).await, of_person(app, &doctor.id).await);
        Self { hospital, doctor, found, person, own }
    }

    async fn accepted(&self) {
        accept(&self.person, &self.found, proto::MatchSide::Relocant).await.unwrap();
        accept(&self.own, &self.found, proto::MatchSide::Employer).await.unwrap();
    }
}

/// A second wording, as an operator's file of law puts it in, in force since a day.
fn second_wording(from: &str) -> tempfile::NamedTempFile {
    use std::fmt::Write as _;
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut text = format!("[[consent_wording]]\nversion = 2\nfrom = '{from}'\n");
    for purpose in ["RECRUITMENT", "CONTRACT", "HOUSING"] {
        let words = "'{employer} {fields} {until_date}'";
        writeln!(text, "[consent_wording.texts.{purpose}]\nkk = {words}\nru = {words}\nen = {words}").unwrap();
    }
    std::fs::write(file.path(), text).unwrap();
    file
}

/// What an answer says, without ids, times and whatever else no two people and days have in common: codes, numbers, and whether there is a text.
#[allow(clippy::wildcard_enum_match_arm, reason = "a kind of value without a case of its own is told as it is")]
fn plain(message: &DynamicMessage) -> String {
    fn one(field: &str, value: &Value) -> String {
        match value {
            Value::Message(inner) if inner.descriptor().full_name() == "google.protobuf.Timestamp" => "time".to_owned(),
            Value::Message(_) if field == "birth_date" => "day".to_owned(),
            Value::Message(inner) => format!("{{{}}}", plain(inner)),
            Value::String(text) if text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_') => text.clone(),
            Value::String(_) => "text".to_owned(),
            Value::Bytes(_) => "bytes".to_owned(),
            // How alike two people are hangs on their names.
            Value::I32(_) if field.ends_with("_ppm") || field.ends_with("millibits") => "number".to_owned(),
            other => format!("{other:?}"),
        }
    }
    let mut fields: Vec<(u32, String)> = message
        .fields()
        .map(|(field, value)| {
            let values = value.as_list().map_or_else(|| vec![value.clone()], <[Value]>::to_vec);
            let texts: Vec<String> = values.iter().map(|value| one(field.name(), value)).collect();
            (field.number(), format!("{}: {}", field.name(), texts.join(", ")))
        })
        .collect();
    fields.sort();
    fields.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join("; ")
}

/// What every service answers over a life, but for those that are about consents themselves and the journal that tells of them.
async fn answers(app: &App, consents: Consents) -> Vec<String> {
    let life = life(app, consents).await;
    let outputs: std::collections::BTreeMap<String, _> = methods().iter().map(|method| (name(method), method.output())).collect();
    let beside = ["ConsentService/", "EventService/", "AuditService/"];
    let others = life.answers.into_iter().filter(|(rpc, _)| !beside.iter().any(|service| rpc.starts_with(service)));
    others
        .map(|(rpc, bytes)| {
            let answer = DynamicMessage::decode(outputs[&rpc].clone(), bytes.as_slice()).unwrap();
            format!("{rpc} {}", plain(&answer))
        })
        .collect()
}

on_every_database! {
    async fn a_consent_names_the_wording_in_force_and_an_older_one_is_refused_with_the_current_one(app: App) {
        let case = Case::of(&app).await;
        let before = give(&case.person, consent(&case.doctor.id, &case.hospital, &ALL)).await.unwrap();
        assert_eq!(before.wording_version, 1);
        let wrong = |wording_version| proto::GiveConsentRequest { fields: vec![], wording_version, ..consent(&case.doctor.id, &case.hospital, &[]) };
        assert_eq!(fields(&give(&case.person, wrong(0)).await.unwrap_err()), ["wording_version"]);
        for unknown in [2, -1, i32::MAX] {
            assert_eq!(fields(&give(&case.person, wrong(unknown)).await.unwrap_err()), ["fields", "wording_version"], "all faults at once");
        }

        let file = second_wording("2026-06-01");
        let (keys, signer) = app.keys();
        let later = App::start_with(Config { law_file: Some(file.path().to_owned()), ..config(&app.url) }, keys, signer).await.unwrap();
        let person = of_person(&later, &case.doctor.id).await;
        let outdated = give(&person, consent(&case.doctor.id, &case.hospital, &ALL)).await.unwrap_err();
        let details = outdated.get_error_details();
        let info = details.error_info().unwrap();
        assert_eq!((outdated.code(), info.reason.as_str(), info.metadata["current"].as_str()), (Code::FailedPrecondition, "WORDING_OUTDATED", "2"));
        let current = proto::GiveConsentRequest { wording_version: 2, ..consent(&case.doctor.id, &case.hospital, &ALL) };
        assert_eq!(give(&person, current).await.unwrap().wording_version, 2);
        let wordings = person.consents().list_consent_wordings(proto::ListConsentWordingsRequest {}).await.unwrap().into_inner().wordings;
        assert_eq!(wordings.iter().map(|one| (one.version, one.in_force, one.texts.len())).collect::<Vec<_>>(), [(1, false, 3), (2, true, 3)]);
        // What was agreed to before holds as it was agreed to.
        let list = proto::ListConsentsRequest { relocant_id: case.doctor.id.clone(), ..Default::default() };
        let given = person.consents().list_consents(list).await.unwrap().into_inner().consents;
        assert_eq!(given.iter().map(|one| (one.wording_version, one.open)).collect::<Vec<_>>(), [(1, true), (2, true)]);
        later.handle().stop().await;
    }

    async fn a_person_is_shown_step_by_step_and_not_at_all_after_the_end(app: App) {
        use ConsentField::{BirthDate, Document, Email, Name, Phone};
        let case = Case::of(&app).await;
        let contact = give(&case.person, consent(&case.doctor.id, &case.hospital, &[Phone])).await.unwrap();
        let waits = disclose(&case.own, asking(&case.found)).await.unwrap();
        assert_eq!((named(&waits.fields), named(&waits.waiting_fields)), (vec![], vec![Phone]));
        assert_eq!((app.count("disclosure").await, app.count("journal WHERE operation = 'DiscloseCandidate' AND relocant_id IS NOT NULL").await), (0, 0), "nobody was shown");
        let withdraw = proto::WithdrawConsentRequest { request_id: samples::request_id(), validate_only: false, id: contact.id };
        case.person.consents().withdraw_consent(withdraw).await.unwrap();

        give(&case.person, consent(&case.doctor.id, &case.hospital, &ALL)).await.unwrap();
        let first = asking(&case.found);
        let tried = disclose(&case.own, proto::DiscloseCandidateRequest { validate_only: true, ..asking(&case.found) }).await.unwrap();
        assert_eq!((named(&tried.fields), tried.family_name.as_str(), tried.birth_date), (vec![Name, BirthDate], "", None), "a try tells and does not show");
        assert_eq!(app.count("disclosure").await, 0);
        let shown = disclose(&case.own, first.clone()).await.unwrap();
        assert_eq!((named(&shown.fields), named(&shown.waiting_fields)), (vec![Name, BirthDate], vec![Phone, Email, Document]));
        assert!(!shown.family_name.is_empty() && shown.birth_date.is_some() && shown.phone.is_empty() && shown.document.is_none());

        case.accepted().await;
        let agreed = disclose(&case.own, asking(&case.found)).await.unwrap();
        assert_eq!((named(&agreed.fields), agreed.phone.as_str(), agreed.document.is_some()), (ALL.to_vec(), "+77011234567", true));
        // The same request again shows what was written down of it, and no more.
        let again = disclose(&case.own, first.clone()).await.unwrap();
        assert_eq!((named(&again.fields), again.phone.as_str()), (vec![Name, BirthDate], ""));
        assert_eq!(app.count("disclosure").await, 2);

        let withdraw = proto::WithdrawMatchRequest { request_id: samples::request_id(), id: case.found.clone(), ..Default::default() };
        app.role("matcher").await.matches().withdraw_match(withdraw).await.unwrap();
        for request in [asking(&case.found), first] {
            assert_eq!(reason(&disclose(&case.own, request).await.unwrap_err()), "WRONG_MATCH_STATE");
        }
        let over = case.own.matches().get_match(proto::GetMatchRequest { id: case.found.clone() }).await.unwrap().into_inner().r#match.unwrap();
        assert_eq!((over.card, over.reasons.len(), over.score, over.relocant_id.as_str()), (None, 0, 0, ""));
        let seen = case.person.matches().get_match(proto::GetMatchRequest { id: case.found }).await.unwrap().into_inner().r#match.unwrap();
        assert!(seen.card.is_some() && seen.score > 0, "the person sees the own match as it was");
    }

    async fn the_same_request_on_a_later_day_shows_nobody(app: App) {
        let case = Case::of(&app).await;
        give(&case.person, consent(&case.doctor.id, &case.hospital, &[ConsentField::Name])).await.unwrap();
        let first = asking(&case.found);
        assert!(!disclose(&case.own, first.clone()).await.unwrap().family_name.is_empty());
        assert!(!disclose(&case.own, first.clone()).await.unwrap().family_name.is_empty(), "on the same day it is the same answer");
        app.clock.advance_days(1);
        let later = disclose(&case.own, first).await.unwrap();
        assert_eq!((later.fields.len(), later.family_name.as_str()), (0, ""), "or somebody would be shown on a day of which nothing is written");
        assert!(!disclose(&case.own, asking(&case.found)).await.unwrap().family_name.is_empty());
        assert_eq!(app.count("disclosure").await, 2);
    }

    async fn sixty_four_callers_around_the_cap_end_exactly_at_it(app: App) {
        let clerk = app.role("registrar").await;
        let hospital = employer(&app).await;
        let vacancy = open(&app, &hospital, 65, 1).await;
        let matcher = app.role("matcher").await;
        let mut found = Vec::new();
        for _ in 0..64 {
            let person = clerk.register(samples::doctor()).await.id;
            let request = proto::ProposeMatchRequest { hold_days: 30, home_id: String::new(), ..proposal(&vacancy, &person) };
            found.push(propose(&matcher, request).await.unwrap().id);
            give(&clerk, consent(&person, &hospital, &[ConsentField::Name])).await.unwrap();
        }
        let mut claims = app.claims("employer");
        claims.organisation = Some(hospital.clone());
        claims.exp += 30 * 86_400;
        let own = app.client(&claims).await;
        let callers = found.iter().map(|found| {
            let (own, request) = (own.clone(), asking(found));
            async move {
                patiently(|| disclose(&own, request.clone())).await
            }
        });
        let outcomes = futures_util::future::join_all(callers).await;
        let (shown, refused): (Vec<_>, Vec<_>) = found.iter().zip(&outcomes).partition(|(_, outcome)| outcome.is_ok());
        assert_eq!((shown.len(), refused.len(), app.count("disclosure").await), (50, 14, 50));
        let tomorrow = samples::in_days(1).unwrap();
        for (_, outcome) in &refused {
            let details = outcome.as_ref().unwrap_err().get_error_details();
            let info = details.error_info().unwrap();
            assert_eq!((info.reason.as_str(), info.metadata["most"].as_str()), ("DISCLOSURE_CAP_REACHED", "50"));
            assert_eq!(info.metadata["again_at"], format!("{:04}-{:02}-{:02}T00:00:00+05:00", tomorrow.year, tomorrow.month, tomorrow.day));
        }
        // Another look at somebody of today is no further person, and a try does not get round the cap.
        assert!(disclose(&own, asking(shown[0].0)).await.is_ok());
        for validate_only in [false, true] {
            let request = proto::DiscloseCandidateRequest { validate_only, ..asking(refused[0].0) };
            assert_eq!(reason(&disclose(&own, request).await.unwrap_err()), "DISCLOSURE_CAP_REACHED");
        }
        // One employer's cap is no other's, and the next day begins anew.
        let case = Case::of(&app).await;
        give(&case.person, consent(&case.doctor.id, &case.hospital, &[ConsentField::Name])).await.unwrap();
        assert!(disclose(&case.own, asking(&case.found)).await.is_ok());
        app.clock.advance_days(1);
        assert!(disclose(&own, asking(refused[0].0)).await.is_ok());
    }

    async fn what_was_shown_is_listed_for_the_person_and_at_the_counter_the_newest_first_and_for_nobody_else(app: App) {
        let case = Case::of(&app).await;
        give(&case.person, consent(&case.doctor.id, &case.hospital, &ALL)).await.unwrap();
        disclose(&case.own, asking(&case.found)).await.unwrap();
        case.accepted().await;
        disclose(&case.own, asking(&case.found)).await.unwrap();
        let clerk = app.role("registrar").await;
        let listed = disclosures(&case.person, &case.doctor.id).await.unwrap();
        assert_eq!(listed, disclosures(&clerk, &case.doctor.id).await.unwrap());
        assert_eq!(listed.iter().map(|one| named(&one.fields)).collect::<Vec<_>>(), [ALL.to_vec(), ALL[..2].to_vec()]);
        let one = &listed[0];
        assert_eq!((&one.relocant_id, &one.employer_id, &one.match_id, one.purpose()), (&case.doctor.id, &case.hospital, &case.found, ConsentPurpose::Recruitment));
        assert!(one.disclose_time.unwrap().seconds >= listed[1].disclose_time.unwrap().seconds);
        let page = |page_token| proto::ListDisclosuresRequest { page_size: 1, page_token, relocant_id: case.doctor.id.clone() };
        let first = case.person.consents().list_disclosures(page(String::new())).await.unwrap().into_inner();
        let second = case.person.consents().list_disclosures(page(first.next_page_token)).await.unwrap().into_inner();
        assert_eq!([&first.disclosures[..], &second.disclosures[..]].concat(), listed);
        assert_eq!(second.next_page_token, "");

        let other = clerk.register(samples::registration()).await.id;
        assert_eq!(disclosures(&of_person(&app, &other).await, &case.doctor.id).await.unwrap_err().code(), Code::NotFound);
        let mut elsewhere = app.claims("registrar");
        elsewhere.center = Some("ast-01".to_owned());
        assert_eq!(disclosures(&app.client(&elsewhere).await, &case.doctor.id).await.unwrap_err().code(), Code::NotFound);
        assert_eq!(disclosures(&case.own, &case.doctor.id).await.unwrap_err().code(), Code::PermissionDenied);
    }

    async fn what_was_shown_goes_with_the_person_through_a_merge_and_back_with_its_match(app: App) {
        let case = Case::of(&app).await;
        let clerk = app.role("registrar").await;
        give(&case.person, consent(&case.doctor.id, &case.hospital, &ALL)).await.unwrap();
        disclose(&case.own, asking(&case.found)).await.unwrap();
        let kept = clerk.register(samples::registration()).await.id;
        let merged = merge(&clerk, &kept, &case.doctor.id).await.unwrap().merge.unwrap();
        assert_eq!(disclosures(&clerk, &kept).await.unwrap().len(), 1);
        // The person is another record now, and what is shown from now on is of that one.
        disclose(&case.own, asking(&case.found)).await.unwrap();
        assert_eq!((disclosures(&clerk, &kept).await.unwrap().len(), disclosures(&case.person, &kept).await.unwrap().len()), (2, 2));
        undo(&clerk, &merged.id).await.unwrap();
        assert_eq!((disclosures(&clerk, &kept).await.unwrap().len(), disclosures(&clerk, &case.doctor.id).await.unwrap().len()), (0, 2), "what was shown for a match goes back with it");
    }

    async fn nothing_else_in_the_registry_hangs_on_a_consent(app: App) {
        let other = if app.url.starts_with("sqlite") { App::sqlite().await } else { App::postgres().await.unwrap() };
        let (willing, refusing) = (answers(&app, Consents::All).await, answers(&other, Consents::None).await);
        assert!(willing.len() > 100, "{}", willing.len());
        for (one, two) in willing.iter().zip(&refusing) {
            assert_eq!(one, two);
        }
        assert_eq!(willing.len(), refusing.len());
        assert_eq!((app.count("consent").await, other.count("consent").await), (3, 0));
        other.handle().stop().await;
    }
}

/// How often it is tried; each time with another replica that hears of it.
const ROUNDS: usize = 30;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_consent_that_is_withdrawn_at_one_replica_opens_nothing_at_any_by_the_next_call() {
    let Some(url) = postgres_database().await else { return };
    let (signer, keys) =
        (Arc::new(Signer::from_pkcs8(&Signer::generate().unwrap()).unwrap()), KeyFile::generate().unwrap().to_text().unwrap());
    let mut replicas = Vec::new();
    for _ in 0..3 {
        replicas.push(App::start_with(config(&url), keys.clone(), Arc::clone(&signer)).await.unwrap());
    }
    let first = &replicas[0];
    let hospital = employer(first).await;
    let vacancy = open(first, &hospital, 1, 1).await;
    let registered = first.role("registrar").await.register(samples::doctor()).await;
    let (doctor, family_name) = (registered.id, registered.identity.unwrap().family_name);
    let found = propose(&first.role("matcher").await, proposal(&vacancy, &doctor)).await.unwrap();
    let (mut people, mut owners) = (Vec::new(), Vec::new());
    for replica in &replicas {
        people.push(of_person(replica, &doctor).await);
        owners.push(of_employer(replica, &hospital).await);
    }
    let ask = || proto::DiscloseCandidateRequest {
        request_id: samples::request_id(),
        validate_only: false,
        match_id: found.id.clone(),
        purpose: ConsentPurpose::Recruitment.into(),
    };
    for round in 0..ROUNDS {
        let give = proto::GiveConsentRequest {
            request_id: samples::request_id(),
            validate_only: false,
            relocant_id: doctor.clone(),
            employer_id: hospital.clone(),
            purpose: ConsentPurpose::Recruitment.into(),
            fields: vec![ConsentField::Name.into()],
            until_date: samples::in_days(30),
            wording_version: 1,
        };
        let consent = people[round % 3].consents().give_consent(give).await.unwrap().into_inner().consent.unwrap();
        for owner in &owners {
            assert_eq!(owner.consents().disclose_candidate(ask()).await.unwrap().into_inner().family_name, family_name);
        }
        let withdraw = proto::WithdrawConsentRequest { request_id: samples::request_id(), validate_only: false, id: consent.id };
        people[(round + 1) % 3].consents().withdraw_consent(withdraw).await.unwrap();
        for owner in &owners {
            assert_eq!(reason(&owner.consents().disclose_candidate(ask()).await.unwrap_err()), "NO_CONSENT", "round {round}");
        }
    }
    for replica in replicas {
        replica.handle().stop().await;
    }
}
