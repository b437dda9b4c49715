//! What clients rely on: reasons, names, bounds, and that no personal value can be printed.

use prost::Message as _;
use relocation_registry::{
    centers, certificates, consents, contracts, corrections, duplicates, eligibility, employers, error, figures, homes, households,
    matches, permits, proto, relocants, stays, vacancies,
};
use strum::IntoEnumIterator as _;
use tonic_types::StatusExt as _;

/// The reasons of errors that are no refusals.
pub const KINDS: [&str; 13] = [
    "INVALID_FIELDS",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "REQUEST_ID_REUSED",
    "CONFLICT",
    "UNAUTHENTICATED",
    "PERMISSION_DENIED",
    "LIMIT_REACHED",
    "RESUME_TOKEN_OUT_OF_RANGE",
    "DEADLINE_EXCEEDED",
    "UNAVAILABLE",
    "INTERNAL",
    "UNSPECIFIED",
];

/// The reasons that the rules of each capability can give.
const REFUSALS: [(&str, &[&str]); 16] = [
    ("relocants", relocants::rules::Refusal::REASONS),
    ("duplicates", duplicates::rules::Refusal::REASONS),
    ("certificates", certificates::rules::Refusal::REASONS),
    ("households", households::rules::Refusal::REASONS),
    ("stays", stays::rules::Refusal::REASONS),
    ("permits", permits::rules::Refusal::REASONS),
    ("eligibility", eligibility::rules::Refusal::REASONS),
    ("employers", employers::rules::Refusal::REASONS),
    ("homes", homes::rules::Refusal::REASONS),
    ("vacancies", vacancies::rules::Refusal::REASONS),
    ("matches", matches::rules::Refusal::REASONS),
    ("consents", consents::rules::Refusal::REASONS),
    ("contracts", contracts::rules::Refusal::REASONS),
    ("centers", centers::rules::Refusal::REASONS),
    ("corrections", corrections::rules::Refusal::REASONS),
    ("figures", figures::rules::Refusal::REASONS),
];

/// Every reason that can be given, and the one that never is.
pub fn reasons() -> Vec<String> {
    let refusals = REFUSALS.iter().flat_map(|(_, reasons)| *reasons);
    KINDS.iter().chain(refusals).map(|reason| (*reason).to_owned()).collect()
}

#[test]
fn the_enum_of_reasons_lists_exactly_those_that_can_be_given() {
    let set = prost_types::FileDescriptorSet::decode(proto::FILE_DESCRIPTOR_SET).unwrap();
    let found = set.file.iter().flat_map(|file| &file.enum_type).find(|found| found.name() == "ErrorReason").unwrap();
    let mut listed: Vec<String> = found.value.iter().map(|value| value.name().trim_start_matches("ERROR_REASON_").to_owned()).collect();
    let mut given = reasons();
    listed.sort();
    given.sort();
    assert_eq!(listed, given);
}

#[test]
fn every_decision_and_purpose_of_the_journal_is_in_the_contract() {
    use relocation_registry::gate::Purpose;
    for purpose in Purpose::iter() {
        assert!(proto::Purpose::from_str_name(&format!("PURPOSE_{purpose}")).is_some(), "{purpose}");
    }
}

#[test]
fn a_message_with_personal_fields_prints_its_name_only() {
    let mut request = crate::harness::samples::registration();
    request.phone = "+77011234567".to_owned();
    assert_eq!(format!("{request:?}"), "RegisterRelocantRequest");
    assert_eq!(format!("{:?}", request.source), "Some(register_relocant_request::Source)");
}

#[test]
fn an_internal_error_shows_nothing_of_its_cause() {
    let status = relocation_registry::status::from_error(error::Error::internal("secret cause"));
    assert!(!format!("{status:?}").contains("secret"));
}

/// The wire as clients have compiled it. Only additions are welcome.
#[test]
fn the_wire_is_the_golden_one() {
    use std::fmt::Write as _;
    let set = prost_types::FileDescriptorSet::decode(proto::FILE_DESCRIPTOR_SET).unwrap();
    let mut wire = String::new();
    for file in set.file.iter().filter(|file| file.package() == "relocation.registry.v1") {
        for service in &file.service {
            for method in &service.method {
                writeln!(wire, "rpc {}/{}", service.name(), method.name()).unwrap();
            }
        }
        for message in &file.message_type {
            for field in &message.field {
                let kind = if field.type_name().is_empty() {
                    format!("{:?}", field.r#type()).to_lowercase()
                } else {
                    field.type_name().trim_start_matches(".relocation.registry.v1.").to_owned()
                };
                let many = if field.label() == prost_types::field_descriptor_proto::Label::Repeated { "repeated " } else { "" };
                writeln!(wire, "{} {} {many}{kind} {}", message.name(), field.number(), field.name()).unwrap();
            }
        }
        for found in &file.enum_type {
            for value in &found.value {
                writeln!(wire, "{} {} {}", found.name(), value.number(), value.name()).unwrap();
            }
        }
    }
    crate::harness::assert_golden("wire.txt", &wire);
}

/// What a caller is told in each situation: code, reason and words. Clients show these, so a change is a decision.
#[test]
fn the_errors_are_the_golden_ones() {
    use std::fmt::Write as _;

    use error::{Error, Violation, Violations, Why};
    let whys = [
        Why::Required,
        Why::Format("a UUID"),
        Why::Range("at most 200"),
        Why::Unknown("RELOCANT or EMPLOYER"),
        Why::CheckDigit("the last digit"),
        Why::NoSuchDate,
        Why::Contradicts("lies before entry_date"),
    ];
    let violations = whys.into_iter().map(|why| Violation { field: "field".to_owned(), why }).collect();
    let errors = [
        Error::Invalid(Violations(violations)),
        Error::NotFound { resource: "relocant" },
        Error::Exists { resource: "document" },
        Error::RequestIdReused,
        Error::Conflict { resource: "permit" },
        Error::Unauthenticated("there is no token"),
        Error::Denied { role: "employer", needs: "GetRelocant" },
        Error::Exhausted { limit: "calls waiting" },
        Error::OutOfRange,
        Error::DeadlineExceeded,
        Error::Unavailable("hidden".into()),
        Error::internal("hidden"),
    ];
    let mut told = String::new();
    for error in errors {
        let status = relocation_registry::status::from_error(error);
        let details = status.get_error_details();
        let info = details.error_info().unwrap();
        let mut keys: Vec<&str> = info.metadata.keys().map(String::as_str).collect();
        keys.sort_unstable();
        let beside = [
            (details.bad_request().is_some(), "BadRequest"),
            (details.precondition_failure().is_some(), "PreconditionFailure"),
            (details.resource_info().is_some(), "ResourceInfo"),
            (details.retry_info().is_some(), "RetryInfo"),
        ];
        let beside: Vec<&str> = beside.into_iter().filter(|(is, _)| *is).map(|(_, name)| name).collect();
        writeln!(told, "{:?} {} {beside:?} {keys:?}: {}", status.code(), info.reason, status.message()).unwrap();
    }
    for (capability, reasons) in REFUSALS {
        for reason in reasons {
            writeln!(told, "FailedPrecondition {reason}: a rule of {capability}").unwrap();
        }
    }
    assert!(!told.contains("hidden"));
    crate::harness::assert_golden("errors.txt", &told);
}
