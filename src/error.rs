//! What can go wrong, as situations a caller can act on. Everything variable travels as data, so that `status.rs` can put it on the wire and a person can
//! read it in any language. No personal value is ever part of an error: a violation names the field and the rule, never the input.

use std::fmt;

/// The result of everything that may fail in the registry.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// One variant per kind of answer; `status.rs` gives each its gRPC code.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request itself is wrong, whatever the state of the registry. Holds every field at fault.
    #[error("{0}")]
    Invalid(Violations),
    /// There is no such record, or the caller may not know that there is one: both read the same.
    #[error("no such {resource}")]
    NotFound {
        /// The record's type, for example `relocant`.
        resource: &'static str,
    },
    /// A record with the same business key is there already.
    #[error("such a {resource} is registered already")]
    Exists {
        /// The record's type, for example `document`.
        resource: &'static str,
    },
    /// The request id was used before by this caller for another request.
    #[error("this request_id was used for a request with other content")]
    RequestIdReused,
    /// A rule of law or of the register says no. Holds every broken rule.
    #[error("{0}")]
    Refused(Refusals),
    /// The record changed between the caller's read and this write, or two writers met too often.
    #[error("the {resource} has changed since it was read")]
    Conflict {
        /// The record's type; `registry` when writers met.
        resource: &'static str,
    },
    /// There is no valid proof of who is calling. The text says what is wrong with the proof, never what is in it.
    #[error("not authenticated: {0}")]
    Unauthenticated(&'static str),
    /// The caller is known and may not do this.
    #[error("the role {role} may not {needs}")]
    Denied {
        /// The caller's role.
        role: &'static str,
        /// The permission that was needed.
        needs: &'static str,
    },
    /// A bound of the service is reached; waiting helps.
    #[error("the limit {limit} is reached")]
    Exhausted {
        /// The name of the bound.
        limit: &'static str,
    },
    /// A resume token points at events that are not there.
    #[error("the resume token is outside the journal")]
    OutOfRange,
    /// The caller's deadline passed before the work was done.
    #[error("the deadline passed before the work was done")]
    DeadlineExceeded,
    /// Something below the service is away; retrying helps.
    #[error("the registry is unavailable for a moment")]
    Unavailable(#[source] Source),
    /// A bug or corrupt data. The source is logged once, in the gate, and never shown.
    #[error("internal error")]
    Internal(#[source] Source),
}

/// The hidden cause of [`Error::Unavailable`] and [`Error::Internal`]. Its text goes to the log, never to a caller, and holds no bound value.
pub type Source = Box<dyn std::error::Error + Send + Sync>;

impl Error {
    /// A bug or corrupt data, described for the log.
    pub fn internal(what: impl Into<String>) -> Self {
        Self::Internal(what.into().into())
    }

    /// One field at fault.
    pub fn invalid(field: impl Into<String>, why: Why) -> Self {
        Self::Invalid(Violations(vec![Violation { field: field.into(), why }]))
    }

    /// The same fault of a field that is part of another.
    #[must_use]
    pub fn within(self, path: &str) -> Self {
        let Self::Invalid(Violations(found)) = self else { return self };
        let inner = |violation: Violation| Violation { field: format!("{path}{}", violation.field), ..violation };
        Self::Invalid(Violations(found.into_iter().map(inner).collect()))
    }

    /// The reason in `ErrorInfo`, a name of the proto enum `ErrorReason` without its prefix.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "INVALID_FIELDS",
            Self::NotFound { .. } => "NOT_FOUND",
            Self::Exists { .. } => "ALREADY_EXISTS",
            Self::RequestIdReused => "REQUEST_ID_REUSED",
            Self::Refused(refusals) => refusals.first().reason(),
            Self::Conflict { .. } => "CONFLICT",
            Self::Unauthenticated(_) => "UNAUTHENTICATED",
            Self::Denied { .. } => "PERMISSION_DENIED",
            Self::Exhausted { .. } => "LIMIT_REACHED",
            Self::OutOfRange => "RESUME_TOKEN_OUT_OF_RANGE",
            Self::DeadlineExceeded => "DEADLINE_EXCEEDED",
            Self::Unavailable(_) => "UNAVAILABLE",
            Self::Internal(_) => "INTERNAL",
        }
    }
}

/// Passes when no field is at fault.
///
/// # Errors
/// [`Error::Invalid`] with all that are.
pub fn none_at_fault(found: impl IntoIterator<Item = Violation>) -> Result<()> {
    let found: Vec<Violation> = found.into_iter().collect();
    if found.is_empty() { Ok(()) } else { Err(Error::Invalid(Violations(found))) }
}

/// Every field of a request that is at fault; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violations(pub Vec<Violation>);

impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, violation) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str("; ")?;
            }
            write!(f, "{}: {}", violation.field, violation.why)?;
        }
        Ok(())
    }
}

/// One field at fault and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The path as in the proto, for example `document.number` or `languages[1].level`.
    pub field: String,
    /// What is wrong with it.
    pub why: Why,
}

/// What can be wrong with one field. Holds bounds and rules, never the input. Each phrase has its translations in `messages/phrases.toml`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// It must be given.
    #[error("is required")]
    Required,
    /// It must look otherwise; the text says how.
    #[error("must be {0}")]
    Format(&'static str),
    /// It must lie between bounds; the text says which.
    #[error("must be {0}")]
    Range(&'static str),
    /// There is no such day in the calendar.
    #[error("is not a day of the calendar")]
    NoSuchDate,
    /// The value is not one of those that the field knows.
    #[error("is not a known value; must be {0}")]
    Unknown(&'static str),
    /// A check digit does not fit its number; the text says which digit.
    #[error("has a wrong check digit: {0}")]
    CheckDigit(&'static str),
    /// It contradicts another field; the text says which and how.
    #[error("{0}")]
    Contradicts(&'static str),
}

impl Why {
    /// The reason of the field violation on the wire, stable.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Required => "REQUIRED",
            Self::Format(_) => "FORMAT",
            Self::Range(_) => "RANGE",
            Self::NoSuchDate => "NO_SUCH_DATE",
            Self::Unknown(_) => "UNKNOWN_VALUE",
            Self::CheckDigit(_) => "CHECK_DIGIT",
            Self::Contradicts(_) => "CONTRADICTS",
        }
    }
}

/// A rule that says no. Each capability has its own small enum `Refusal` in `rules.rs` that implements this beside its variants.
pub trait Reason: std::error::Error + Send + Sync + 'static {
    /// The name in the proto enum `ErrorReason`, without its prefix.
    fn reason(&self) -> &'static str;
    /// Everything variable in the text, as key and value. Days as ISO 8601; never a personal value.
    fn facts(&self) -> Vec<(&'static str, String)>;
}

/// One or more broken rules, the most important first.
#[derive(Debug)]
pub struct Refusals {
    first: Box<dyn Reason>,
    more: Vec<Box<dyn Reason>>,
}

impl Refusals {
    /// The most important broken rule.
    pub fn first(&self) -> &dyn Reason {
        self.first.as_ref()
    }

    /// All broken rules, the most important first.
    pub fn iter(&self) -> impl Iterator<Item = &dyn Reason> {
        std::iter::once(self.first.as_ref()).chain(self.more.iter().map(AsRef::as_ref))
    }
}

impl fmt::Display for Refusals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, refusal) in self.iter().enumerate() {
            if i > 0 {
                f.write_str("; ")?;
            }
            write!(f, "{refusal}")?;
        }
        Ok(())
    }
}

impl<R: Reason> From<R> for Error {
    fn from(refusal: R) -> Self {
        Self::Refused(Refusals { first: Box::new(refusal), more: Vec::new() })
    }
}

/// Turns the broken rules that a rule collected into an error, or into success when there are none.
pub fn none_refused<R: Reason>(refusals: Vec<R>) -> Result<()> {
    let mut boxed = refusals.into_iter().map(|refusal| -> Box<dyn Reason> { Box::new(refusal) });
    match boxed.next() {
        None => Ok(()),
        Some(first) => Err(Error::Refused(Refusals { first, more: boxed.collect() })),
    }
}

/// Optimistic concurrency: what the caller saw is what it changes. `0` asks for no check.
pub fn same_version(resource: &'static str, expected: i64, actual: i64) -> Result<()> {
    if expected == 0 || expected == actual { Ok(()) } else { Err(Error::Conflict { resource }) }
}
