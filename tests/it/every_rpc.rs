//! What holds for every RPC, because the contract itself is asked which there are. A new RPC is tested here the day it is written.

#![allow(clippy::wildcard_enum_match_arm, reason = "a kind of field without a case of its own has none")]

use std::collections::BTreeSet;

use prost::Message as _;
use prost_reflect::{
    DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, MethodDescriptor, ReflectMessage as _, Value,
};
use relocation_registry::{
    auth::{Permission, Role},
    proto,
};
use strum::IntoEnumIterator as _;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::{
    harness::{App, Client, fields, http_get, reason, said, samples},
    on_every_database,
    story::{MARKERS, play},
};

pub fn methods() -> Vec<MethodDescriptor> {
    let pool = DescriptorPool::decode(proto::FILE_DESCRIPTOR_SET).unwrap();
    let ours = pool.services().filter(|service| service.package_name() == "relocation.registry.v1");
    ours.flat_map(|service| service.methods().collect::<Vec<_>>()).collect()
}

pub fn name(method: &MethodDescriptor) -> String {
    format!("{}/{}", method.parent_service().name(), method.name())
}

/// A client of a role that may call this.
async fn allowed(app: &App, method: &MethodDescriptor) -> Client {
    let permission: Permission = method.name().parse().unwrap();
    let role = Role::iter().find(|role| role.permissions().contains(&permission)).expect("every RPC has a role");
    app.role(role.name()).await
}

fn is_id(field: &FieldDescriptor) -> bool {
    (field.name() == "id" || field.name().ends_with("_id")) && !["policy_id", "center_id", "organisation_id"].contains(&field.name())
}

/// A text that is right for a field of this name.
fn text(field: &FieldDescriptor) -> String {
    let text = match field.name() {
        "page_token" | "resume_token" | "number_check_digit" => "",
        "policy_id" => "kz.eaeu.2023",
        "region_code" | "wished_regions" => "KZ-10",
        "occupation" => "2212",
        "code_prefix" => "22",
        "external_ref" => "A-1",
        "language" => "ru",
        "citizenship" | "issuing_country" | "origin_country" => "RUS",
        "activity" => "62011",
        "phone" => "+77019998877",
        "email" => "zzmarker@example.kz",
        "currency" => "KZT",
        "types" => "relocant.registered",
        "mrz" => "P<RUSSHCHELOKOVA<<IULIIA<<<<<<<<<<<<<<<<<<<<\n7500000015RUS9901317F3302141<<<<<<<<<<<<<<06",
        // Of a woman born on the samples' birth date.
        "iin" => "900131400017",
        "number" => return samples::number(),
        "bin" => return samples::bin(),
        "center_id" => "ala-99",
        "code" | "booking_code" => "000-000-000",
        "opens" => "09:00",
        "closes" => "18:00",
        "label" => "7",
        _ if is_id(field) => return uuid::Uuid::now_v7().to_string(),
        _ => "Слово",
    };
    text.to_owned()
}

/// A request that is right in every field, for records that are not there.
pub fn sample(descriptor: &MessageDescriptor) -> DynamicMessage {
    let mut message = DynamicMessage::new(descriptor.clone());
    if descriptor.full_name() == "google.type.Date" {
        return day(samples::in_days(0));
    }
    for field in descriptor.fields() {
        let in_choice = field.containing_oneof().is_some_and(|choice| !choice.is_synthetic());
        // Of a choice, the one that is a message; an answer's own fields are not for senders.
        if (in_choice && !matches!(field.kind(), Kind::Message(_)))
            || (descriptor.name() == "Home" && ["id", "free", "check_state", "check_date"].contains(&field.name()))
            || (descriptor.name() == "Document" && ["id", "withdrawal_date", "withdrawal_ground"].contains(&field.name()))
            // How many there must be hangs on the criterion; the first takes none.
            || field.full_name() == "relocation.registry.v1.EligibilityAnswer.numbers"
        {
            continue;
        }
        let one = match field.kind() {
            Kind::Message(_) if field.name() == "birth_date" => Value::Message(day(samples::date("1990-01-31"))),
            Kind::Message(_) if ["until", "expiry", "closing"].iter().any(|word| field.name().contains(word)) => {
                Value::Message(day(samples::in_days(30)))
            }
            Kind::Message(inner) => Value::Message(sample(&inner)),
            Kind::String => Value::String(text(&field)),
            // The kind whose application has every field.
            Kind::Enum(_) if descriptor.name() == "ApplyForPermitRequest" => {
                Value::EnumNumber(proto::PermitKind::TemporaryResidenceFamilyOfWorker.into())
            }
            // A reason that fits every step.
            Kind::Enum(kind) if kind.name() == "EndReason" => Value::EnumNumber(proto::EndReason::Other.into()),
            Kind::Enum(_) => Value::EnumNumber(1),
            Kind::Int32 if ["page_size", "limit", "hold_days"].contains(&field.name()) => Value::I32(0),
            Kind::Int32 if field.name() == "slot_minutes" => Value::I32(15),
            Kind::Int32 if field.name() == "year" => Value::I32(2010),
            Kind::Int32 => Value::I32(1),
            Kind::Int64 if field.name() == "expected_version" => Value::I64(0),
            Kind::Int64 => Value::I64(1),
            Kind::Bool => Value::Bool(false),
            other => panic!("{}: no sample for {other:?}", field.full_name()),
        };
        message.set_field(&field, if field.is_list() { Value::List(vec![one]) } else { one });
    }
    message
}

fn day(on: Option<proto::google::r#type::Date>) -> DynamicMessage {
    let pool = DescriptorPool::decode(proto::FILE_DESCRIPTOR_SET).unwrap();
    let date = pool.get_message_by_name("google.type.Date").unwrap();
    DynamicMessage::decode(date, on.unwrap().encode_to_vec().as_slice()).unwrap()
}

/// The request with one scalar or day replaced, for each of them and each replacement: the field's path as an error names it, and the bytes.
fn with_one_other(message: &DynamicMessage, other: &dyn Fn(&FieldDescriptor) -> Vec<Value>) -> Vec<(String, Vec<u8>)> {
    fn walk(message: &DynamicMessage, at: &str, other: &dyn Fn(&FieldDescriptor) -> Vec<Value>) -> Vec<(String, DynamicMessage)> {
        let mut found = Vec::new();
        for field in message.descriptor().fields().filter(|field| message.has_field(field)) {
            let path = format!("{at}{}", field.name());
            let (value, list) = match message.get_field(&field).into_owned() {
                Value::List(values) => (values[0].clone(), true),
                value => (value, false),
            };
            let path = if list { format!("{path}[0]") } else { path };
            let mut put = |path: String, value: Value| {
                let mut changed = message.clone();
                changed.set_field(&field, if list { Value::List(vec![value]) } else { value });
                found.push((path, changed));
            };
            for value in other(&field) {
                put(path.clone(), value);
            }
            if let Value::Message(inner) = value
                && inner.descriptor().full_name() != "google.type.Date"
            {
                for (path, inner) in walk(&inner, &format!("{path}."), other) {
                    put(path, Value::Message(inner));
                }
            }
        }
        found
    }
    walk(message, "", other).into_iter().map(|(path, message)| (path, message.encode_to_vec())).collect()
}

/// The problems in an answer that has a result for each of several, as messages.
fn problems(method: &MethodDescriptor, answer: &[u8]) -> Vec<proto::Problem> {
    fn walk(message: &DynamicMessage, found: &mut Vec<proto::Problem>) {
        if message.descriptor().name() == "Problem" {
            found.push(proto::Problem::decode(message.encode_to_vec().as_slice()).unwrap());
            return;
        }
        for (_, value) in message.fields() {
            let values = value.as_list().map_or_else(|| vec![value.clone()], <[Value]>::to_vec);
            for inner in values.iter().filter_map(Value::as_message) {
                walk(inner, found);
            }
        }
    }
    let mut found = Vec::new();
    walk(&DynamicMessage::decode(method.output(), answer).unwrap(), &mut found);
    found
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

/// Everything that a status says, the details' bytes too.
pub fn told(status: &Status) -> Vec<u8> {
    [format!("{status:?}").as_bytes(), status.message().as_bytes(), status.details()].concat()
}

pub fn assert_no_marker(what: &str, haystack: &[u8]) {
    for marker in MARKERS {
        assert!(!contains(haystack, marker.as_bytes()), "{marker} is in the {what}");
    }
}

/// Wrong values that are personal, in every text of every RPC: gives the errors that were answered, as bytes.
pub async fn every_text_with_a_marker(app: &App) -> Vec<Vec<u8>> {
    let mut refused = Vec::new();
    for method in methods() {
        let client = allowed(app, &method).await;
        let markers = |field: &FieldDescriptor| match field.kind() {
            // What an organisation and a place are called is public, and kept as it is.
            Kind::String if ["name", "settlement", "address"].contains(&field.name()) => vec![],
            Kind::String => [MARKERS[0].to_owned(), format!("{}\u{0}", MARKERS[1]), MARKERS[1].repeat(400)].map(Value::String).to_vec(),
            _ => vec![],
        };
        for (_, bytes) in with_one_other(&sample(&method.input()), &markers) {
            match client.raw(&name(&method), bytes).await {
                Ok(answer) => refused.extend(problems(&method, &answer).iter().map(prost::Message::encode_to_vec)),
                Err(status) => refused.push(told(&status)),
            }
        }
        // Bytes that are no message at all.
        refused.extend(client.raw(&name(&method), [MARKERS[0].as_bytes(), &[0xff; 20]].concat()).await.err().as_ref().map(told));
    }
    refused
}

on_every_database! {
    async fn every_rpc_has_one_effect_and_one_entry_however_often_it_is_sent_and_leaves_nothing_personal(app: App) {
        let played = play(&app).await;
        assert_eq!(played, methods().iter().map(name).collect::<BTreeSet<_>>(), "the story has every RPC");
        for error in every_text_with_a_marker(&app).await {
            assert_no_marker("error", &error);
        }
        app.sequenced().await;
        let metrics = http_get(&app.admin, "/metrics").await;
        assert!(metrics.contains("rpc_server_call_duration_seconds"), "the metrics are there");
        assert_no_marker("metrics", metrics.as_bytes());
        if let Some(file) = app.url.strip_prefix("sqlite://") {
            for suffix in ["", "-wal"] {
                assert_no_marker("database file", &std::fs::read(format!("{file}{suffix}")).unwrap_or_default());
            }
        } else {
            let tables = app.sql("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'").await;
            let names: BTreeSet<String> = tables.iter().map(|table| table.try_get_by_index(0).unwrap()).collect();
            let labels = relocation_registry::telemetry::database::TABLES.map(str::to_owned);
            assert_eq!(names, labels.into_iter().chain(["seaql_migrations".to_owned()]).collect(), "every table has its name in the metrics");
            for table in tables {
                let table: String = table.try_get_by_index(0).unwrap();
                for row in app.sql(&format!("SELECT CAST(\"{table}\" AS TEXT) FROM \"{table}\"")).await {
                    assert_no_marker(&table, row.try_get_by_index::<String>(0).unwrap().as_bytes());
                }
            }
        }
        // The search itself finds what is there.
        assert!(contains("x Маркерова y".as_bytes(), MARKERS[0].as_bytes()));
    }

    async fn every_rpc_is_refused_without_a_token(app: App) {
        let nobody = app.client_with_token("").await;
        for method in methods() {
            let refused = nobody.raw(&name(&method), sample(&method.input()).encode_to_vec()).await.unwrap_err();
            assert_eq!((refused.code(), reason(&refused).as_str()), (Code::Unauthenticated, "UNAUTHENTICATED"), "{}", name(&method));
        }
    }

    async fn every_role_is_held_to_the_policy_on_every_rpc(app: App) {
        for role in Role::iter() {
            let client = app.role(role.name()).await;
            for method in methods() {
                let permission: Permission = method.name().parse().unwrap();
                let outcome = client.raw(&name(&method), sample(&method.input()).encode_to_vec()).await;
                let denied = outcome.err().filter(|status| status.code() == Code::PermissionDenied);
                assert_eq!(denied.is_none(), role.permissions().contains(&permission), "{role} calling {}: {denied:?}", name(&method));
                assert!(denied.is_none_or(|status| reason(&status) == "PERMISSION_DENIED"));
            }
        }
    }

    async fn every_field_of_every_rpc_that_cannot_be_read_is_named(app: App) {
        let wrong = |field: &FieldDescriptor| match field.kind() {
            // Unspecified where a code must be given is another case; one that nobody knows is always a fault.
            Kind::Enum(_) => vec![Value::EnumNumber(9999), Value::EnumNumber(-1)],
            Kind::Message(inner) if inner.full_name() == "google.type.Date" => {
                ["2023-02-28", "2023-01-31"].map(|text| {
                    let mut date = day(samples::date(text));
                    date.set_field_by_name("day", Value::I32(if text.contains("-02-") { 30 } else { 0 }));
                    Value::Message(date)
                }).to_vec()
            }
            Kind::String if is_id(field) => ["not-a-uuid", "00000000-0000-0000-0000-00000000000g"].map(|text| Value::String(text.to_owned())).to_vec(),
            Kind::String if ["page_token", "resume_token"].contains(&field.name()) => vec![Value::String("!".to_owned())],
            _ => vec![],
        };
        let (mut asked, mut missed) = (0, Vec::new());
        for method in methods() {
            let client = allowed(&app, &method).await;
            let right = sample(&method.input());
            if let Err(status) = client.raw(&name(&method), right.encode_to_vec()).await {
                assert_ne!(status.code(), Code::InvalidArgument, "{}: the sample itself has a fault: {status:?}", name(&method));
            }
            for (path, bytes) in with_one_other(&right, &wrong) {
                let named = match client.raw(&name(&method), bytes).await {
                    Err(status) if status.code() == Code::InvalidArgument => fields(&status),
                    Err(status) => vec![format!("{:?}", status.code())],
                    Ok(answer) => problems(&method, &answer).into_iter().flat_map(|problem| problem.fields).map(|field| field.field).collect(),
                };
                // A row's request id follows from its file and line; one of several names its fields as it would alone.
                let follows = path == "registration.request_id";
                let of_one = path.split_once('.').filter(|(outer, _)| outer.starts_with("registration")).map_or("", |(_, inner)| inner);
                if !follows && !named.iter().any(|field| *field == path || field == of_one) {
                    missed.push(format!("{} {path}: {named:?}", name(&method)));
                }
                asked += 1;
            }
        }
        assert!(missed.is_empty(), "{missed:#?}");
        assert!(asked > 200, "{asked}");
    }

    async fn no_text_or_number_makes_any_rpc_fail_by_a_fault_of_ours(app: App) {
        let odd = |field: &FieldDescriptor| match field.kind() {
            Kind::String => ["", " ", "\u{0}", "'; DROP TABLE relocant; --", "\u{202e}\u{feff}", "🏠"].map(|text| Value::String(text.to_owned())).to_vec(),
            Kind::Int32 => [i32::MIN, -1, 0, i32::MAX].map(Value::I32).to_vec(),
            Kind::Int64 => [i64::MIN, -1, 0, i64::MAX].map(Value::I64).to_vec(),
            Kind::Enum(_) => vec![Value::EnumNumber(0)],
            _ => vec![],
        };
        let mut failed = Vec::new();
        for method in methods() {
            let client = allowed(&app, &method).await;
            let mut requests = with_one_other(&sample(&method.input()), &odd);
            requests.push(("nothing".to_owned(), vec![]));
            for (path, bytes) in requests {
                let status = match client.raw(&name(&method), bytes).await {
                    Err(status) => status,
                    Ok(answer) => {
                        let ours = problems(&method, &answer).into_iter().filter(|problem| problem.reason.is_empty() || problem.reason == "INTERNAL");
                        failed.extend(ours.map(|problem| format!("{} {path}: {problem:?}", name(&method))));
                        continue;
                    }
                };
                let ours = matches!(status.code(), Code::Internal | Code::Unknown | Code::Unavailable | Code::Unimplemented | Code::DataLoss);
                if ours || status.get_error_details().error_info().is_none() || said(&status).iter().any(|(locale, _)| locale != "kk") {
                    failed.push(format!("{} {path}: {:?} {}", name(&method), status.code(), status.message()));
                }
            }
        }
        assert!(failed.is_empty(), "{failed:#?}");
    }
}
