//! What every `api.rs` needs to read requests and write answers: the caller, ids, days, codes. Faults are collected, so that a client learns of all fields at once.

use std::str::FromStr;

use chrono::{Datelike as _, NaiveDate, SubsecRound as _};
use prost::Message;
use uuid::Uuid;

use crate::{
    auth::Caller,
    error::{Error, Result, Violation, Why, none_at_fault},
    gate::{Call, Change, Registry},
    proto::google::r#type::Date,
    seal::TagField,
    telemetry::rpc::CallContext,
    time::Instant,
};

/// The call that a request belongs to, as the layers have put it together.
pub fn call<T>(request: &tonic::Request<T>) -> Result<Call> {
    let caller = request.extensions().get::<Caller>().ok_or(Error::Unauthenticated("there is no caller"))?;
    let context = request.extensions().get::<CallContext>();
    Ok(Call {
        caller: caller.clone(),
        deadline: context.and_then(|context| context.deadline),
        trace_id: context.map(|context| context.trace_id.clone()),
    })
}

/// Reads what every changing request carries. The fingerprint is keyed: nobody can guess at a request's content from the table of requests.
pub fn change(registry: &Registry, fields: &mut Fields, message: &impl Message, request_id: &str, validate_only: bool) -> Change {
    let request_id = fields.required("request_id", request_id, Why::Format("a UUID"));
    let fingerprint = registry.vault().tag(TagField::Request, &message.encode_to_vec());
    Change { request_id: request_id.unwrap_or_default(), validate_only, fingerprint }
}

/// Gathers the fields at fault while a request is read.
#[derive(Debug, Default)]
pub struct Fields {
    violations: Vec<Violation>,
}

impl Fields {
    /// Notes a fault.
    pub fn fault(&mut self, field: impl Into<String>, why: Why) {
        self.violations.push(Violation { field: field.into(), why });
    }

    /// Takes over faults that a rule found.
    pub fn faults(&mut self, found: Vec<Violation>) {
        self.violations.extend(found);
    }

    /// A value that must be there and must parse.
    pub fn required<T: FromStr>(&mut self, field: &str, text: &str, shape: Why) -> Option<T> {
        if text.is_empty() {
            self.fault(field, Why::Required);
            return None;
        }
        self.parsed(field, text, shape)
    }

    /// A value that may be left out and must parse if it is there.
    pub fn optional<T: FromStr>(&mut self, field: &str, text: &str, shape: Why) -> Option<T> {
        if text.is_empty() { None } else { self.parsed(field, text, shape) }
    }

    fn parsed<T: FromStr>(&mut self, field: &str, text: &str, shape: Why) -> Option<T> {
        let parsed = text.parse().ok();
        if parsed.is_none() {
            self.fault(field, shape);
        }
        parsed
    }

    /// A typed id that must be there.
    pub fn id<T: From<Uuid> + FromStr>(&mut self, field: &str, text: &str) -> Option<T> {
        self.required(field, text, Why::Format("a UUID"))
    }

    /// An enum value that must be one of ours and not `UNSPECIFIED`.
    pub fn code<W: TryFrom<i32>, T>(&mut self, field: &str, value: i32, known: &'static str, read: impl Fn(W) -> Option<T>) -> Option<T> {
        if value == 0 {
            self.fault(field, Why::Required);
            return None;
        }
        let code = W::try_from(value).ok().and_then(read);
        if code.is_none() {
            self.fault(field, Why::Unknown(known));
        }
        code
    }

    /// A civil day that must be there.
    pub fn day(&mut self, field: &str, date: Option<Date>) -> Option<NaiveDate> {
        if date.is_none() {
            self.fault(field, Why::Required);
        }
        self.optional_day(field, date)
    }

    /// A civil day that may be left out.
    pub fn optional_day(&mut self, field: &str, date: Option<Date>) -> Option<NaiveDate> {
        let date = date?;
        let month_and_day = u32::try_from(date.month).ok().zip(u32::try_from(date.day).ok());
        let day = month_and_day
            .filter(|_| (1900..=2200).contains(&date.year))
            .and_then(|(month, day)| NaiveDate::from_ymd_opt(date.year, month, day));
        if day.is_none() {
            self.fault(field, Why::NoSuchDate);
        }
        day
    }

    /// A number within bounds.
    pub fn within<T: PartialOrd + Copy>(&mut self, field: &str, value: T, bounds: std::ops::RangeInclusive<T>, range: &'static str) -> T {
        if !bounds.contains(&value) {
            self.fault(field, Why::Range(range));
        }
        value
    }

    /// Everything was read, or here are all faults.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every field at fault.
    pub fn done(self) -> Result<()> {
        none_at_fault(self.violations)
    }
}

/// What [`Fields`] has read and found good: call it on each part after [`Fields::done`] has passed.
pub fn read<T>(part: Option<T>) -> Result<T> {
    part.ok_or_else(|| Error::internal("a field was read as absent without being a fault"))
}

/// A civil day for the wire.
pub fn date(day: NaiveDate) -> Date {
    Date { year: day.year(), month: i32::try_from(day.month()).unwrap_or(0), day: i32::try_from(day.day()).unwrap_or(0) }
}

/// An instant for the wire.
pub fn timestamp(instant: Instant) -> prost_types::Timestamp {
    prost_types::Timestamp { seconds: instant.timestamp(), nanos: i32::try_from(instant.timestamp_subsec_nanos()).unwrap_or(0) }
}

/// An instant from the wire, cut to what both databases can hold.
pub fn instant(timestamp: prost_types::Timestamp) -> Option<Instant> {
    chrono::DateTime::from_timestamp(timestamp.seconds, u32::try_from(timestamp.nanos).ok()?).map(|at| at.trunc_subsecs(6))
}
