//! Everything that an employer and a program may call × every field of a person × every state of consent and match: which cells may show a value. The contract is asked
//! for the calls and the fields; what may be shown follows from the few lines of [`may_show`]; the person's data are markers that are looked for in the bytes of answers.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message as _;
use prost_reflect::{Kind, MessageDescriptor, Value};
use relocation_registry::{
    auth::{Permission, Role},
    proto,
};
use strum::{EnumIter, IntoEnumIterator as _};
use tonic::Status;

use crate::{
    every_rpc::{methods, name, sample, told},
    harness::{App, Client, samples},
    matches::{proposal, propose},
    on_every_database,
    permits::employer,
};

/// What a person has allowed an employer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter)]
enum Consent {
    None,
    OfAnotherEmployer,
    ForAnotherPurpose,
    Given,
    Withdrawn,
    Ended,
}

/// Where the match stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter)]
enum Stands {
    Proposed,
    Accepted,
    Arrived,
    Ended,
    Declined,
    Withdrawn,
    Lapsed,
}

impl Stands {
    fn is_open(self) -> bool {
        matches!(self, Self::Proposed | Self::Accepted | Self::Arrived)
    }
}

/// Something of a person that can be told from its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Field {
    Family,
    Given,
    Patronymic,
    Birth,
    Phone,
    Email,
    DocumentNumber,
    DocumentExpiry,
    DocumentIssue,
    Iin,
    Cyrillic,
    Record,
    Code,
    Skills,
    LeastPay,
    HomeNeeds,
}

/// The rule. Without a consent that holds for this employer and purpose a coded card, and that only until the person has arrived; with one, name and birth date while it is
/// open, and how to reach the person once both sides have agreed. Nothing else, ever, and only `DiscloseCandidate` tells who it is.
fn may_show(rpc: &str, field: Field, consent: Consent, stands: Stands) -> bool {
    let discloses = rpc == "ConsentService/DiscloseCandidate" && consent == Consent::Given && stands.is_open();
    let agreed = matches!(stands, Stands::Accepted | Stands::Arrived);
    match field {
        Field::Family | Field::Given | Field::Birth => discloses,
        Field::Phone | Field::Email | Field::DocumentNumber | Field::DocumentExpiry | Field::DocumentIssue => discloses && agreed,
        Field::Skills => rpc.starts_with("MatchService/") && stands.is_open() && stands != Stands::Arrived,
        Field::HomeNeeds => rpc.starts_with("MatchService/") && agreed,
        Field::Patronymic | Field::Iin | Field::Cyrillic | Field::Record | Field::Code | Field::LeastPay => false,
    }
}

/// The marker that stands for each personal field of the contract, by the field's name. The sex is a code of one bit, which no search of bytes can find; it is in no message
/// that these roles are answered with, which [`every_personal_field_has_a_marker`] holds.
/// The check digit of a number is never stored, so never answered.
const PERSONAL: [(&str, Field); 14] = [
    ("family_name", Field::Family),
    ("given_names", Field::Given),
    ("patronymic", Field::Patronymic),
    ("birth_date", Field::Birth),
    ("phone", Field::Phone),
    ("email", Field::Email),
    ("number", Field::DocumentNumber),
    ("number_check_digit", Field::DocumentNumber),
    ("expiry_date", Field::DocumentExpiry),
    ("issue_date", Field::DocumentIssue),
    ("iin", Field::Iin),
    ("cyrillic", Field::Cyrillic),
    ("latin", Field::Family),
    ("document", Field::DocumentNumber),
];

fn day_bytes(text: &str) -> Vec<u8> {
    samples::date(text).unwrap().encode_to_vec()
}

fn needs() -> proto::HomeNeeds {
    proto::HomeNeeds { rooms: 13, step_free: true, children: 11, pets: true }
}

/// The bytes that each field of this person has wherever it is shown.
fn markers(person: &proto::Relocant) -> BTreeMap<Field, Vec<u8>> {
    let text = |text: &str| text.as_bytes().to_vec();
    BTreeMap::from([
        (Field::Family, text("MATRIXMARKEROVA")),
        (Field::Given, text("GIVENMARKER")),
        (Field::Patronymic, text("PATRONYMICMARKER")),
        (Field::Birth, day_bytes("1971-03-17")),
        (Field::Phone, text("+77019998877")),
        (Field::Email, text("matrixmarker@example.kz")),
        (Field::DocumentNumber, text("987650")),
        (Field::DocumentExpiry, day_bytes("2037-08-19")),
        (Field::DocumentIssue, day_bytes("2017-09-23")),
        (Field::Iin, text("710317400018")),
        (Field::Cyrillic, text("Кириллмаркер")),
        (Field::Record, text(&person.id)),
        (Field::Code, text(&person.code)),
        (Field::Skills, text("NPL")),
        (Field::LeastPay, text("XTS")),
        (Field::HomeNeeds, needs().encode_to_vec()),
    ])
}

/// A person of whom every field is a marker, the document's number but for its end.
fn marked(number: usize) -> proto::RegisterRelocantRequest {
    let document = proto::Document {
        number: format!("987650{number:03}"),
        expiry_date: samples::date("2037-08-19"),
        issue_date: samples::date("2017-09-23"),
        ..samples::document()
    };
    let identity = proto::TypedIdentity {
        family_name: "MATRIXMARKEROVA".to_owned(),
        given_names: "GIVENMARKER".to_owned(),
        patronymic: "PATRONYMICMARKER".to_owned(),
        birth_date: samples::date("1971-03-17"),
        sex: proto::Sex::Female.into(),
        iin: "710317400018".to_owned(),
        cyrillic: Some(proto::Names { family_name: "Кириллмаркер".to_owned(), ..Default::default() }),
        document: Some(document),
        ..samples::typed()
    };
    let doctor = samples::doctor();
    let card = proto::Card {
        diplomas: vec![proto::Diploma {
            kind: proto::DiplomaKind::Residency.into(),
            issuing_country: "NPL".to_owned(),
            year: 2001,
            ..Default::default()
        }],
        minimum_pay: Some(proto::MinimumPay { minor: 31_415_926, currency: "XTS".to_owned() }),
        home_needs: Some(needs()),
        ..doctor.card.clone().unwrap()
    };
    proto::RegisterRelocantRequest {
        phone: "+77019998877".to_owned(),
        email: "matrixmarker@example.kz".to_owned(),
        card: Some(card),
        source: Some(proto::register_relocant_request::Source::Typed(identity)),
        ..doctor
    }
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

/// The RPCs that a role may call, with their requests' descriptors.
fn calls(role: Role) -> Vec<(String, MessageDescriptor)> {
    let allowed = |method: &prost_reflect::MethodDescriptor| role.permissions().contains(&method.name().parse::<Permission>().unwrap());
    methods().into_iter().filter(allowed).map(|method| (name(&method), method.input())).collect()
}

/// The personal fields that an answer to one of these roles can hold, by their names.
fn personal_fields_of_answers() -> BTreeSet<String> {
    fn walk(message: &MessageDescriptor, seen: &mut BTreeSet<String>, found: &mut BTreeSet<String>) {
        if !seen.insert(message.full_name().to_owned()) {
            return;
        }
        for field in message.fields() {
            if field.options().get_field_by_name("debug_redact").is_some_and(|value| *value == Value::Bool(true)) {
                found.insert(field.name().to_owned());
            }
            if let Kind::Message(inner) = field.kind() {
                walk(&inner, seen, found);
            }
        }
    }
    let (mut seen, mut found) = (BTreeSet::new(), BTreeSet::new());
    for role in [Role::Employer, Role::Integration] {
        for method in methods().iter().filter(|method| role.permissions().contains(&method.name().parse().unwrap())) {
            walk(&method.output(), &mut seen, &mut found);
        }
    }
    found
}

#[test]
fn every_personal_field_has_a_marker() {
    let with_marker: BTreeSet<String> = PERSONAL.iter().map(|(name, _)| (*name).to_owned()).collect();
    let found = personal_fields_of_answers();
    assert!(found.len() >= 7, "{found:?}");
    assert_eq!(
        found.difference(&with_marker).collect::<Vec<_>>(),
        Vec::<&String>::new(),
        "a personal field that this matrix does not look for"
    );
}

/// What a request is about.
#[derive(Clone, Default)]
struct About {
    employer: String,
    vacancy: String,
    found: String,
    relocant: String,
}

/// A request that is right in every field and about these records. Whatever can be tried is only tried, so that a cell stays as it is.
fn request(rpc: &str, input: &MessageDescriptor, about: &About, tries: bool) -> Vec<u8> {
    let mut message = sample(input);
    for field in input.fields() {
        let of_service = match rpc.split('/').next().unwrap() {
            "MatchService" => &about.found,
            "VacancyService" => &about.vacancy,
            "EmployerService" => &about.employer,
            _ => &about.relocant,
        };
        let value = match field.name() {
            "id" => of_service,
            "match_id" => &about.found,
            "vacancy_id" => &about.vacancy,
            "employer_id" => &about.employer,
            "relocant_id" => &about.relocant,
            "side" => {
                message.set_field(&field, Value::EnumNumber(proto::MatchSide::Employer.into()));
                continue;
            }
            "validate_only" => {
                message.set_field(&field, Value::Bool(tries));
                continue;
            }
            "page_size" => {
                message.set_field(&field, Value::I32(if rpc.starts_with("EventService/") { 1000 } else { 200 }));
                continue;
            }
            // All of them, not those of the sample.
            "types" | "occupation" | "region_code" if rpc.contains("/List") || rpc.contains("/Watch") => {
                message.clear_field(&field);
                continue;
            }
            _ => continue,
        };
        if matches!(field.kind(), Kind::String) && !field.is_list() {
            // An employer's list cannot be narrowed by a person.
            let narrows = rpc == "MatchService/ListMatches" && field.name() == "relocant_id";
            message.set_field(&field, Value::String(if narrows { String::new() } else { value.clone() }));
        }
    }
    if rpc == "ConsentService/DiscloseCandidate" {
        message.set_field_by_name("purpose", Value::EnumNumber(proto::ConsentPurpose::Recruitment.into()));
    }
    message.encode_to_vec()
}

fn bytes_of(outcome: Result<Vec<u8>, Status>) -> (bool, Vec<u8>) {
    match outcome {
        Ok(answer) => (true, answer),
        Err(status) => (false, told(&status)),
    }
}

async fn lasting(app: &App, role: &str, with: impl FnOnce(&mut relocation_registry::auth::jwt::Claims)) -> Client {
    let mut claims = app.claims(role);
    claims.exp += 30 * 86_400;
    with(&mut claims);
    app.client(&claims).await
}

async fn give(app: &App, person: &str, to: &str, purpose: proto::ConsentPurpose, until: i64) -> proto::Consent {
    let give = proto::GiveConsentRequest {
        request_id: samples::request_id(),
        validate_only: false,
        relocant_id: person.to_owned(),
        employer_id: to.to_owned(),
        purpose: purpose.into(),
        fields: (1..=5).collect(),
        until_date: samples::in_days(until),
        wording_version: 1,
    };
    app.role("registrar").await.consents().give_consent(give).await.unwrap().into_inner().consent.unwrap()
}

/// Brings a consent into its state, as far as no day has to pass.
async fn consenting(app: &App, consent: Consent, person: &str, [own, other]: [&str; 2]) {
    use proto::ConsentPurpose::{Housing, Recruitment};
    match consent {
        Consent::None => {}
        Consent::OfAnotherEmployer => drop(give(app, person, other, Recruitment, 30).await),
        Consent::ForAnotherPurpose => drop(give(app, person, own, Housing, 30).await),
        Consent::Given => drop(give(app, person, own, Recruitment, 30).await),
        // Its last day is today, and the matrix is asked later.
        Consent::Ended => drop(give(app, person, own, Recruitment, 0).await),
        Consent::Withdrawn => {
            let id = give(app, person, own, Recruitment, 30).await.id;
            let withdraw = proto::WithdrawConsentRequest { request_id: samples::request_id(), validate_only: false, id };
            app.role("registrar").await.consents().withdraw_consent(withdraw).await.unwrap();
        }
    }
}

/// Brings a match into its state, as far as no day has to pass.
async fn standing(stands: Stands, id: &str, person: &Client, own: &Client, matcher: &Client) {
    let accepted = || async {
        for (who, side) in [(person, proto::MatchSide::Relocant), (own, proto::MatchSide::Employer)] {
            crate::matches::accept(who, id, side).await.unwrap();
        }
    };
    let arrived = || async {
        accepted().await;
        let arrival_date = samples::in_days(0);
        let arrive =
            proto::ConfirmArrivalRequest { request_id: samples::request_id(), id: id.to_owned(), arrival_date, ..Default::default() };
        own.matches().confirm_arrival(arrive).await.unwrap();
    };
    match stands {
        Stands::Proposed | Stands::Lapsed => {}
        Stands::Accepted => accepted().await,
        Stands::Arrived => arrived().await,
        Stands::Ended => {
            arrived().await;
            let reason = proto::EndReason::Left.into();
            let end = proto::EndMatchRequest { request_id: samples::request_id(), id: id.to_owned(), reason, ..Default::default() };
            own.matches().end_match(end).await.unwrap();
        }
        Stands::Declined => {
            let side = proto::MatchSide::Relocant.into();
            let decline = proto::DeclineMatchRequest { request_id: samples::request_id(), id: id.to_owned(), side, ..Default::default() };
            person.matches().decline_match(decline).await.unwrap();
        }
        Stands::Withdrawn => {
            let withdraw = proto::WithdrawMatchRequest { request_id: samples::request_id(), id: id.to_owned(), ..Default::default() };
            matcher.matches().withdraw_match(withdraw).await.unwrap();
        }
    }
}

on_every_database! {
    #[allow(clippy::too_many_lines, reason = "one matrix, read from its making to its cells")]
    async fn no_cell_of_the_matrix_shows_more_than_the_rule_allows(app: App) {
        let (clerk, matcher) = (app.role("registrar").await, app.role("matcher").await);
        let (hospital, other) = (employer(&app).await, employer(&app).await);
        let own = lasting(&app, "employer", |claims| claims.organisation = Some(hospital.clone())).await;
        let program = lasting(&app, "integration", |claims| claims.organisation = Some(hospital.clone())).await;
        let cells: Vec<(Consent, Stands)> = Consent::iter().flat_map(|consent| Stands::iter().map(move |stands| (consent, stands))).collect();
        let all = samples::vacancy(&hospital, i32::try_from(cells.len()).unwrap(), 1);
        let vacancy = own.vacancies().open_vacancy(all).await.unwrap().into_inner().vacancy.unwrap();
        let mut people = Vec::new();
        for (number, (consent, stands)) in cells.iter().enumerate() {
            let person = clerk.register(marked(number)).await;
            let hold_days = if *stands == Stands::Lapsed { 1 } else { 30 };
            let of_it = proto::ProposeMatchRequest { hold_days, home_id: String::new(), ..proposal(&vacancy, &person.id) };
            let found = propose(&matcher, of_it).await.unwrap().id;
            consenting(&app, *consent, &person.id, [&hospital, &other]).await;
            standing(*stands, &found, &crate::matches::of_person(&app, &person.id).await, &own, &matcher).await;
            people.push((*consent, *stands, person, found));
        }
        // What ends by date ends, and what lapses lapses.
        app.clock.advance_days(2);

        let (mut asked, mut answered, mut cells) = (0, 0, BTreeSet::new());
        for (consent, stands, person, found) in &people {
            let markers = markers(person);
            let about = About { employer: hospital.clone(), vacancy: vacancy.id.clone(), found: found.clone(), relocant: person.id.clone() };
            for (client, role) in [(&own, Role::Employer), (&program, Role::Integration)] {
                for (rpc, input) in calls(role) {
                    // Lists tell of everybody; each person has a record of its own to be looked for in them.
                    let lists = rpc.contains("/List") || rpc.contains("/Watch");
                    let (ok, bytes) = bytes_of(client.raw(&rpc, request(&rpc, &input, &about, rpc != "ConsentService/DiscloseCandidate")).await);
                    asked += 1;
                    answered += usize::from(ok);
                    for (field, marker) in &markers {
                        let of_all = [Field::Skills, Field::HomeNeeds].contains(field) && lists;
                        let may = of_all || may_show(&rpc, *field, *consent, *stands);
                        let shows = contains(&bytes, marker);
                        assert!(may || !shows, "{rpc} shows {role} the {field:?} with consent {consent:?} and match {stands:?}");
                        if shows {
                            cells.insert((rpc.clone(), *field));
                        }
                        // What is allowed is shown, so that the search is known to find something.
                        if ["ConsentService/DiscloseCandidate", "MatchService/GetMatch"].contains(&rpc.as_str()) {
                            assert_eq!(shows, may_show(&rpc, *field, *consent, *stands), "{rpc}, {field:?}, {consent:?}, {stands:?}");
                        }
                    }
                }
            }
            // A try shows nothing, also where the call itself would.
            let disclose = calls(Role::Employer).into_iter().find(|(rpc, _)| rpc == "ConsentService/DiscloseCandidate").unwrap().1;
            let (_, bytes) = bytes_of(own.raw("ConsentService/DiscloseCandidate", request("ConsentService/DiscloseCandidate", &disclose, &about, true)).await);
            assert!(markers.values().all(|marker| !contains(&bytes, marker)), "a try with consent {consent:?} and match {stands:?}");
        }
        assert!(asked > 900 && answered > asked / 3, "{answered} of {asked}");
        let disclosed = cells.iter().filter(|(rpc, _)| rpc == "ConsentService/DiscloseCandidate").count();
        assert_eq!(disclosed, 8, "{cells:?}");
        assert_eq!(app.count("disclosure").await, 3, "only what was shown is written down, and all of it");
    }

    async fn what_is_not_there_and_what_is_anothers_are_told_apart_by_nothing(app: App) {
        let matcher = app.role("matcher").await;
        let (hospital, other) = (employer(&app).await, employer(&app).await);
        let foreign = crate::matches::open(&app, &other, 1, 1).await;
        let person = app.role("registrar").await.register(marked(0)).await;
        let found = propose(&matcher, proposal(&foreign, &person.id)).await.unwrap().id;
        give(&app, &person.id, &hospital, proto::ConsentPurpose::Recruitment, 30).await;
        give(&app, &person.id, &other, proto::ConsentPurpose::Recruitment, 30).await;
        let own = lasting(&app, "employer", |claims| claims.organisation = Some(hospital.clone())).await;
        let program = lasting(&app, "integration", |claims| claims.organisation = Some(hospital.clone())).await;
        let nowhere = || uuid::Uuid::now_v7().to_string();
        let mut compared = 0;
        for (client, role) in [(&own, Role::Employer), (&program, Role::Integration)] {
            for (rpc, input) in calls(role).into_iter().filter(|(rpc, _)| !rpc.contains("/List") && !rpc.contains("/Watch")) {
                let unknown = About { employer: nowhere(), vacancy: nowhere(), found: nowhere(), relocant: nowhere() };
                let others = About { employer: other.clone(), vacancy: foreign.id.clone(), found: found.clone(), relocant: person.id.clone() };
                // Somebody's record where a match, a vacancy or an employer is asked for: hidden from every employer.
                let hidden = About { employer: person.id.clone(), vacancy: person.id.clone(), found: person.id.clone(), relocant: person.id.clone() };
                let mut told = Vec::new();
                for about in [&unknown, &others, &hidden] {
                    let answer = client.raw(&rpc, request(&rpc, &input, about, false)).await;
                    told.push(answer.map_err(|status| (status.code(), status.message().to_owned(), status.details().to_vec())));
                }
                let names_a_record = input.fields().any(|field| ["id", "match_id", "vacancy_id", "employer_id"].contains(&field.name()));
                if names_a_record {
                    assert!(told[0].is_err(), "{rpc}");
                    assert_eq!(told[0], told[1], "{rpc} tells {role} another's from one that is not there");
                    assert_eq!(told[0], told[2], "{rpc} tells {role} a hidden one from one that is not there");
                    compared += 1;
                }
            }
        }
        assert!(compared >= 13, "{compared}");
    }
}
