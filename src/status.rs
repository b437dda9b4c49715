//! The only file that builds a status. One [`Error`] in, one code out, with the details of AIP-193: exactly one `ErrorInfo`, one `LocalizedMessage` in the
//! language of the call, and what fits the situation. What lies under an internal error stays in the house.

use std::{collections::HashMap, time::Duration};

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, LocalizedMessage, PreconditionViolation, StatusExt as _};

use crate::{
    error::{Error, Refusals},
    messages::{Language, layer::language},
};

/// The domain of every reason.
pub const DOMAIN: &str = "relocation.registry";

/// Fields that one status names at most. It travels in a header, of which many clients take 8 KiB and then give up the connection.
const MOST_FIELDS: usize = 20;

/// The status that tells a caller about an error.
pub fn from_error(mut error: Error) -> Status {
    if let Error::Invalid(violations) = &mut error {
        violations.0.truncate(MOST_FIELDS);
    }
    let (language, mut details) = (language(), ErrorDetails::new());
    let localized = |text: String| LocalizedMessage { locale: language.tag().to_owned(), message: text };
    let mut metadata = HashMap::new();
    let code = match &error {
        Error::Invalid(violations) => {
            let fields = violations.0.iter().map(|violation| FieldViolation {
                field: violation.field.clone(),
                description: violation.why.to_string(),
                reason: violation.why.reason().to_owned(),
                localized_message: language.fault(&violation.why).map(localized),
            });
            details.set_bad_request(fields.collect::<Vec<_>>());
            Code::InvalidArgument
        }
        Error::NotFound { resource } => {
            metadata.insert("resource".to_owned(), (*resource).to_owned());
            details.set_resource_info(*resource, "", "", "");
            Code::NotFound
        }
        Error::Exists { resource } => {
            metadata.insert("resource".to_owned(), (*resource).to_owned());
            details.set_resource_info(*resource, "", "", "");
            Code::AlreadyExists
        }
        Error::RequestIdReused => Code::AlreadyExists,
        Error::Refused(refusals) => {
            metadata.extend(refusals.first().facts().into_iter().map(|(key, value)| (key.to_owned(), value)));
            let broken = refusals.iter().map(|refusal| PreconditionViolation {
                r#type: refusal.reason().to_owned(),
                subject: refusal.facts().into_iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(" "),
                description: refusal.to_string(),
            });
            details.set_precondition_failure(broken.collect::<Vec<_>>());
            Code::FailedPrecondition
        }
        Error::Conflict { resource } => {
            metadata.insert("resource".to_owned(), (*resource).to_owned());
            details.set_retry_info(Some(Duration::from_millis(100)));
            Code::Aborted
        }
        Error::Unauthenticated(_) => Code::Unauthenticated,
        Error::Denied { role, needs } => {
            metadata.insert("role".to_owned(), (*role).to_owned());
            metadata.insert("needs".to_owned(), (*needs).to_owned());
            Code::PermissionDenied
        }
        Error::Exhausted { limit } => {
            metadata.insert("limit".to_owned(), (*limit).to_owned());
            details.set_retry_info(Some(Duration::from_secs(1)));
            Code::ResourceExhausted
        }
        Error::OutOfRange => Code::OutOfRange,
        Error::DeadlineExceeded => Code::DeadlineExceeded,
        Error::Unavailable(_) => {
            details.set_retry_info(Some(Duration::from_secs(1)));
            Code::Unavailable
        }
        Error::Internal(_) => Code::Internal,
    };
    let text = if let Error::Refused(refusals) = &error {
        refused(language, refusals)
    } else {
        language.reason(error.reason(), metadata.iter().map(|(key, value)| (key.as_str(), value.as_str())))
    };
    if let Some(text) = text {
        details.set_localized_message(language.tag(), text);
    }
    details.set_error_info(error.reason(), DOMAIN, metadata);
    Status::with_error_details(code, error.to_string(), details)
}

/// Every broken rule, the most important first.
fn refused(language: Language, refusals: &Refusals) -> Option<String> {
    let texts: Option<Vec<String>> = refusals
        .iter()
        .map(|refusal| language.reason(refusal.reason(), refusal.facts().iter().map(|(key, value)| (*key, value.as_str()))))
        .collect();
    texts.map(|texts| texts.join(" "))
}
