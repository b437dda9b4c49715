//! The outermost layer of every call: one span and one measurement, from one clock reading, closed when the last byte of the answer is out; the caller's trace
//! continued and its id given back; the caller's deadline read once.

use std::{
    pin::Pin,
    sync::LazyLock,
    task::{Context, Poll},
    time::Duration,
};

use http::{HeaderMap, HeaderValue, Request, Response};
use http_body::Frame;
use opentelemetry::trace::TraceContextExt as _;
use tokio::time::Instant;
use tonic::{body::Body, codegen::Bytes};
use tower::{Layer, Service};
use tracing::{Instrument as _, Span, field::Empty};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use super::{
    metrics::{METRICS, MethodLabel, RpcLabels},
    names,
};

/// What the layer learned about a call, for the gate.
#[derive(Debug, Clone)]
pub struct CallContext {
    /// When the caller stops waiting.
    pub deadline: Option<Instant>,
    /// The trace, as 32 hexadecimal digits.
    pub trace_id: String,
}

/// Puts [`Observed`] around a service.
#[derive(Debug, Clone, Copy)]
pub struct ObserveLayer;

impl<S> Layer<S> for ObserveLayer {
    type Service = Observed<S>;
    fn layer(&self, inner: S) -> Observed<S> {
        Observed { inner }
    }
}

/// A service whose calls are observed.
#[derive(Debug, Clone)]
pub struct Observed<S> {
    inner: S,
}

type Answer<E> = Pin<Box<dyn Future<Output = Result<Response<Body>, E>> + Send>>;

impl<S> Service<Request<Body>> for Observed<S>
where
    S: Service<Request<Body>, Response = Response<Body>>,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Answer<S::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let begun = Instant::now();
        let method = method(request.uri().path());
        let span = tracing::info_span!(
            "rpc",
            otel.name = method,
            otel.kind = "server",
            otel.status_code = Empty,
            rpc.system.name = "grpc",
            rpc.method = method,
            rpc.status_code = Empty,
            error.r#type = Empty,
            trace_id = Empty,
        );
        let trace_id = trace_id(&span, request.headers());
        span.record("trace_id", trace_id.as_str());
        let deadline = request.headers().get("grpc-timeout").and_then(timeout).map(|timeout| begun + headroom(timeout));
        request.extensions_mut().insert(CallContext { deadline, trace_id: trace_id.clone() });
        METRICS.in_flight.get_or_create(&MethodLabel { rpc_method: method }).inc();
        let ending = Ending { method, begun, span: span.clone(), code: None };
        let answer = self.inner.call(request);
        Box::pin(
            async move {
                let mut ending = ending;
                let mut response = answer.await?;
                if let Ok(value) = HeaderValue::from_str(&trace_id) {
                    response.headers_mut().insert("trace-id", value);
                }
                ending.code = code(response.headers());
                Ok(response.map(|body| Body::new(ObservedBody { body, ending })))
            }
            .instrument(span),
        )
    }
}

/// The methods of the contract. Anything else is `_OTHER`, so that a stranger cannot fill the metrics with names.
static METHODS: LazyLock<Vec<String>> = LazyLock::new(|| {
    use prost::Message as _;
    let set = prost_types::FileDescriptorSet::decode(crate::proto::FILE_DESCRIPTOR_SET).unwrap_or_default();
    let ours = set.file.iter().flat_map(|file| {
        file.service.iter().flat_map(move |service| {
            service.method.iter().map(move |method| format!("{}.{}/{}", file.package(), service.name(), method.name()))
        })
    });
    let standard =
        ["grpc.health.v1.Health/Check", "grpc.health.v1.Health/Watch", "grpc.reflection.v1.ServerReflection/ServerReflectionInfo"];
    ours.chain(standard.map(str::to_owned)).collect()
});

fn method(path: &str) -> &'static str {
    let name = path.strip_prefix('/').unwrap_or(path);
    METHODS.iter().find(|method| *method == name).map_or(names::OTHER_METHOD, String::as_str)
}

/// The caller's trace when it sent one, the exporter's when there is one, a new one otherwise.
fn trace_id(span: &Span, headers: &HeaderMap) -> String {
    let parent = opentelemetry::global::get_text_map_propagator(|propagator| propagator.extract(&Headers(headers)));
    let theirs = parent.span().span_context().trace_id();
    // Without an exporter there is no layer that could take the parent.
    let _no_exporter = span.set_parent(parent);
    let exported = span.context().span().span_context().trace_id();
    let id = if exported == opentelemetry::TraceId::INVALID { theirs } else { exported };
    if id == opentelemetry::TraceId::INVALID { uuid::Uuid::new_v4().simple().to_string() } else { id.to_string() }
}

/// The trace that a span belongs to, when it is exported.
fn sampled(span: &Span) -> Option<String> {
    let context = span.context();
    let span = context.span();
    let context = span.span_context();
    context.is_sampled().then(|| context.trace_id().to_string())
}

struct Headers<'a>(&'a HeaderMap);

impl opentelemetry::propagation::Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }
    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(http::HeaderName::as_str).collect()
    }
}

/// Reads `grpc-timeout`: up to eight digits and a unit.
fn timeout(value: &HeaderValue) -> Option<Duration> {
    let (digits, unit) = value.to_str().ok()?.split_at_checked(value.len().checked_sub(1)?)?;
    let amount: u64 = if digits.len() <= 8 { digits.parse().ok()? } else { return None };
    match unit {
        "H" => Some(Duration::from_secs(amount * 3600)),
        "M" => Some(Duration::from_secs(amount * 60)),
        "S" => Some(Duration::from_secs(amount)),
        "m" => Some(Duration::from_millis(amount)),
        "u" => Some(Duration::from_micros(amount)),
        "n" => Some(Duration::from_nanos(amount)),
        _ => None,
    }
}

/// Stops a little before the caller does, so that it reads our answer and not only its own clock.
fn headroom(timeout: Duration) -> Duration {
    timeout.saturating_sub((timeout / 10).min(Duration::from_millis(10)))
}

fn code(headers: &HeaderMap) -> Option<i32> {
    headers.get("grpc-status")?.to_str().ok()?.parse().ok()
}

/// The end of a call, told once: at the trailers, at the end of the body, or when the caller hangs up.
struct Ending {
    method: &'static str,
    begun: Instant,
    span: Span,
    code: Option<i32>,
}

impl Drop for Ending {
    fn drop(&mut self) {
        let code = tonic::Code::from_i32(self.code.unwrap_or(1));
        let name = code_name(code);
        self.span.record("rpc.status_code", name);
        if names::FAULTS.contains(&name) {
            self.span.record("otel.status_code", "ERROR");
            self.span.record("error.type", name);
        }
        METRICS.in_flight.get_or_create(&MethodLabel { rpc_method: self.method }).dec();
        let labels = RpcLabels { rpc_system_name: "grpc", rpc_method: self.method, rpc_status_code: name };
        METRICS.called(&labels, self.begun.elapsed().as_secs_f64(), sampled(&self.span));
    }
}

/// The code's name in the conventions.
pub fn code_name(code: tonic::Code) -> &'static str {
    use tonic::Code as C;
    match code {
        C::Ok => "OK",
        C::Cancelled => "CANCELLED",
        C::Unknown => "UNKNOWN",
        C::InvalidArgument => "INVALID_ARGUMENT",
        C::DeadlineExceeded => "DEADLINE_EXCEEDED",
        C::NotFound => "NOT_FOUND",
        C::AlreadyExists => "ALREADY_EXISTS",
        C::PermissionDenied => "PERMISSION_DENIED",
        C::ResourceExhausted => "RESOURCE_EXHAUSTED",
        C::FailedPrecondition => "FAILED_PRECONDITION",
        C::Aborted => "ABORTED",
        C::OutOfRange => "OUT_OF_RANGE",
        C::Unimplemented => "UNIMPLEMENTED",
        C::Internal => "INTERNAL",
        C::Unavailable => "UNAVAILABLE",
        C::DataLoss => "DATA_LOSS",
        C::Unauthenticated => "UNAUTHENTICATED",
    }
}

struct ObservedBody {
    body: Body,
    ending: Ending,
}

impl http_body::Body for ObservedBody {
    type Data = Bytes;
    type Error = tonic::Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, tonic::Status>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        if let Poll::Ready(Some(Ok(frame))) = &polled
            && let Some(trailers) = frame.trailers_ref()
        {
            self.ending.code = code(trailers).or(self.ending.code);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deadlines_are_read_in_every_unit_and_nonsense_is_none() {
        let read = |text: &'static str| timeout(&HeaderValue::from_static(text));
        assert_eq!(read("250m"), Some(Duration::from_millis(250)));
        assert_eq!(read("3S"), Some(Duration::from_secs(3)));
        assert_eq!(read("99999999H"), Some(Duration::from_hours(99_999_999)));
        for nonsense in ["", "m", "100", "999999999S", "-1S", "1x"] {
            assert_eq!(read(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn an_unknown_method_is_other() {
        assert_eq!(method("/relocation.registry.v1.RelocantService/GetRelocant"), "relocation.registry.v1.RelocantService/GetRelocant");
        assert_eq!(method("/evil/%20name"), names::OTHER_METHOD);
    }
}
