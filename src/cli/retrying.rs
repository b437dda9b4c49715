//! The retry policy that is published for every client as a gRPC service config, `proto/service_config.json`, and here is used by our own. Every change carries a request id,
//! so sending it again has no second effect; only `UNAVAILABLE` is sent again without being asked (AIP-194), and a client to which nothing but failures come back soon
//! stops sending again, so that it does not keep a server down that is coming up (gRFC A6).

use std::{
    sync::{LazyLock, Mutex, PoisonError},
    time::Duration,
};

use serde::Deserialize;
use tonic::{Code, Status};
use uuid::Uuid;

use crate::telemetry::rpc::code_name;

/// The service config, as other clients give it to their gRPC library.
pub const SERVICE_CONFIG: &str = include_str!("../../proto/service_config.json");

/// Whether it was not the server who spoke.
pub fn is_of_the_wire(status: &Status) -> bool {
    std::error::Error::source(status).is_some()
}

/// Whether the same may go well later: when the server says so, or when it was not the server who spoke.
pub fn is_passing(status: &Status) -> bool {
    let passing = [Code::Unavailable, Code::ResourceExhausted, Code::DeadlineExceeded, Code::Aborted, Code::Cancelled];
    is_of_the_wire(status) || passing.contains(&status.code())
}

/// What every client shares: tokens that failures use up.
static TOKENS: LazyLock<Mutex<f64>> = LazyLock::new(|| Mutex::new(PUBLISHED.throttling.most));

static PUBLISHED: LazyLock<Published> = LazyLock::new(Published::read);

/// The published policy of calls that are answered once.
#[derive(Debug)]
struct Published {
    timeout: Duration,
    retries: Retries,
    throttling: Throttling,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Config {
    method_config: Vec<MethodConfig>,
    retry_throttling: Throttling,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct MethodConfig {
    name: Vec<Name>,
    timeout: Option<String>,
    retry_policy: Option<Retries>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Name {
    service: Option<String>,
    method: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Retries {
    max_attempts: u32,
    initial_backoff: String,
    max_backoff: String,
    backoff_multiplier: u32,
    retryable_status_codes: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Throttling {
    #[serde(rename = "maxTokens")]
    most: f64,
    #[serde(rename = "tokenRatio")]
    ratio: f64,
}

impl Published {
    /// A config that cannot be read would mean no retries; a test reads it.
    fn read() -> Self {
        let config =
            serde_json::from_str(SERVICE_CONFIG).unwrap_or(Config { method_config: vec![], retry_throttling: Throttling::default() });
        let everybody = |config: &MethodConfig| config.name.iter().any(|name| name.service.is_none() && name.method.is_none());
        let unary = config.method_config.into_iter().find(everybody);
        let (timeout, retries) = unary.map(|unary| (unary.timeout, unary.retry_policy)).unwrap_or_default();
        Self { timeout: seconds(&timeout.unwrap_or_default()), retries: retries.unwrap_or_default(), throttling: config.retry_throttling }
    }
}

/// A duration as protobuf writes it in JSON: `0.2s`.
fn seconds(text: &str) -> Duration {
    let number = text.strip_suffix('s').and_then(|number| number.parse().ok());
    number.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()).unwrap_or_default()
}

/// How long a call may take.
pub fn timeout() -> Duration {
    PUBLISHED.timeout
}

/// How long to wait before a further try: twice as long each time, and somewhere between half and whole, so that many clients do not come at the same moment.
pub fn wait(tries: u32) -> Duration {
    let retries = &PUBLISHED.retries;
    let grown = seconds(&retries.initial_backoff).saturating_mul(retries.backoff_multiplier.saturating_pow(tries));
    let longest = grown.min(seconds(&retries.max_backoff));
    longest / 2 + up_to(longest / 2)
}

/// Some time up to the longest, at random.
pub fn up_to(longest: Duration) -> Duration {
    let [chance, ..] = Uuid::new_v4().into_bytes();
    longest * u32::from(chance) / 255
}

/// Calls, and calls again as the policy says.
///
/// # Errors
/// The last answer.
pub async fn call<T>(attempt: impl AsyncFn() -> Result<T, Status>) -> Result<T, Status> {
    let mut tries = 0;
    loop {
        let outcome = attempt().await;
        let failed = match outcome {
            Err(status) if is_retryable(status.code()) => status,
            other => {
                paid(PUBLISHED.throttling.ratio);
                return other;
            }
        };
        tries += 1;
        if paid(-1.0) <= PUBLISHED.throttling.most / 2.0 || tries >= PUBLISHED.retries.max_attempts {
            return Err(failed);
        }
        tokio::time::sleep(wait(tries - 1)).await;
    }
}

fn is_retryable(code: Code) -> bool {
    PUBLISHED.retries.retryable_status_codes.iter().any(|retryable| retryable == code_name(code))
}

/// Puts tokens in or takes them out, and gives how many are left.
fn paid(tokens: f64) -> f64 {
    let mut left = TOKENS.lock().unwrap_or_else(PoisonError::into_inner);
    *left = (*left + tokens).clamp(0.0, PUBLISHED.throttling.most);
    *left
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[test]
    fn waits_grow_and_stay_within_their_bounds() {
        for tries in 0..40 {
            let longest = Duration::from_millis(200).saturating_mul(2_u32.saturating_pow(tries)).min(Duration::from_secs(10));
            assert!((longest / 2..=longest).contains(&wait(tries)), "{tries}");
        }
    }

    #[test]
    fn what_is_published_can_be_read_and_names_every_stream_and_no_other_call() {
        let config: Config = serde_json::from_str(SERVICE_CONFIG).unwrap();
        assert_eq!((PUBLISHED.retries.max_attempts, timeout()), (5, Duration::from_secs(10)));
        let set: prost_types::FileDescriptorSet = prost::Message::decode(crate::proto::FILE_DESCRIPTOR_SET).unwrap();
        let mut streams: Vec<String> = set
            .file
            .iter()
            .flat_map(|file| file.service.iter().map(move |service| (file.package(), service)))
            .flat_map(|(package, service)| service.method.iter().map(move |method| (format!("{package}.{}", service.name()), method)))
            .filter(|(_, method)| method.client_streaming() || method.server_streaming())
            .map(|(service, method)| format!("{service}/{}", method.name()))
            .collect();
        let without = config.method_config.iter().filter(|method| method.retry_policy.is_none() && method.timeout.is_none());
        let mut named: Vec<String> = without
            .flat_map(|method| &method.name)
            .map(|name| format!("{}/{}", name.service.as_deref().unwrap(), name.method.as_deref().unwrap()))
            .collect();
        streams.sort_unstable();
        named.sort_unstable();
        assert_eq!(named, streams);
    }

    /// One test: the tokens are the process's.
    #[tokio::test]
    async fn what_is_unavailable_is_asked_again_and_a_server_that_refuses_everything_is_soon_left_in_peace() {
        let sent = AtomicU32::new(0);
        let answered = call(async || match sent.fetch_add(1, Ordering::Relaxed) {
            0 => Err(Status::unavailable("")),
            _ => Ok(7),
        });
        assert_eq!((answered.await.unwrap(), sent.load(Ordering::Relaxed)), (7, 2));
        for status in [Status::aborted(""), Status::resource_exhausted(""), Status::internal(""), Status::deadline_exceeded("")] {
            let sent = AtomicU32::new(0);
            let refused = call(async || {
                sent.fetch_add(1, Ordering::Relaxed);
                Err::<(), _>(status.clone())
            });
            assert_eq!((refused.await.unwrap_err().code(), sent.load(Ordering::Relaxed)), (status.code(), 1));
        }
        let (calls, sent) = (100, AtomicU32::new(0));
        for _ in 0..calls {
            let refused = call(async || {
                sent.fetch_add(1, Ordering::Relaxed);
                Err::<(), _>(Status::unavailable(""))
            });
            refused.await.unwrap_err();
        }
        let sent = sent.into_inner();
        assert!((calls + 3..=calls * 12 / 10).contains(&sent), "{sent} sent for {calls} calls");
    }
}
