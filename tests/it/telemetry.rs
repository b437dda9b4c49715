//! What leaves the process for operators, against a collector in this process and a real scrape: names, units, numbers, traces.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use opentelemetry_proto::tonic::{
    collector::{
        logs::v1::{
            ExportLogsServiceRequest, ExportLogsServiceResponse,
            logs_service_server::{LogsService, LogsServiceServer},
        },
        metrics::v1::{
            ExportMetricsServiceRequest, ExportMetricsServiceResponse,
            metrics_service_server::{MetricsService, MetricsServiceServer},
        },
        trace::v1::{
            ExportTraceServiceRequest, ExportTraceServiceResponse,
            trace_service_server::{TraceService, TraceServiceServer},
        },
    },
    common::v1::{KeyValue, any_value::Value},
    metrics::v1::{Metric, metric::Data, number_data_point},
    trace::v1::{Span, status::StatusCode},
};
use relocation_registry::{
    proto,
    telemetry::{
        names::{self, INSTRUMENTS, Instrument, Kind, SPAN_FIELDS},
        readings::whole,
        scrape::{Sample, parse},
    },
};
use tokio::net::TcpListener;
use tonic::{Code, Request, Response, Status};

use crate::{
    binary::Binary,
    harness::{http_get, samples},
};

/// A collector that keeps what it is sent.
#[derive(Clone, Default)]
pub struct Collector {
    pub endpoint: String,
    traces: Arc<Mutex<Vec<ExportTraceServiceRequest>>>,
    metrics: Arc<Mutex<Vec<ExportMetricsServiceRequest>>>,
    logs: Arc<Mutex<Vec<ExportLogsServiceRequest>>>,
}

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(&self, request: Request<ExportTraceServiceRequest>) -> Result<Response<ExportTraceServiceResponse>, Status> {
        self.traces.lock().unwrap().push(request.into_inner());
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

#[tonic::async_trait]
impl MetricsService for Collector {
    async fn export(&self, request: Request<ExportMetricsServiceRequest>) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        self.metrics.lock().unwrap().push(request.into_inner());
        Ok(Response::new(ExportMetricsServiceResponse::default()))
    }
}

#[tonic::async_trait]
impl LogsService for Collector {
    async fn export(&self, request: Request<ExportLogsServiceRequest>) -> Result<Response<ExportLogsServiceResponse>, Status> {
        self.logs.lock().unwrap().push(request.into_inner());
        Ok(Response::new(ExportLogsServiceResponse::default()))
    }
}

impl Collector {
    /// Listens until the test ends.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let collector = Self { endpoint: format!("http://{}", listener.local_addr().unwrap()), ..Self::default() };
        let server = tonic::transport::Server::builder()
            .add_service(TraceServiceServer::new(collector.clone()))
            .add_service(MetricsServiceServer::new(collector.clone()))
            .add_service(LogsServiceServer::new(collector.clone()));
        #[allow(clippy::disallowed_methods, reason = "the test owns the collector")]
        tokio::spawn(server.serve_with_incoming(tokio_stream::wrappers::TcpListenerStream::new(listener)));
        collector
    }

    /// All bytes that were sent; there are some of each signal.
    pub fn everything(&self) -> Vec<Vec<u8>> {
        let traces: Vec<_> = self.traces.lock().unwrap().iter().map(prost::Message::encode_to_vec).collect();
        let metrics: Vec<_> = self.metrics.lock().unwrap().iter().map(prost::Message::encode_to_vec).collect();
        let logs: Vec<_> = self.logs.lock().unwrap().iter().map(prost::Message::encode_to_vec).collect();
        assert!(!traces.is_empty() && !metrics.is_empty() && !logs.is_empty());
        [traces, metrics, logs].concat()
    }

    pub fn spans(&self) -> Vec<Span> {
        let sent = self.traces.lock().unwrap();
        let scopes = sent.iter().flat_map(|request| &request.resource_spans).flat_map(|one| &one.scope_spans);
        scopes.flat_map(|scope| &scope.spans).cloned().collect()
    }

    /// The instruments as they were sent last.
    fn newest(&self) -> Vec<Metric> {
        let sent = self.metrics.lock().unwrap();
        let scopes = sent.last().unwrap().resource_metrics.iter().flat_map(|one| &one.scope_metrics);
        scopes.flat_map(|scope| &scope.metrics).cloned().collect()
    }
}

fn text(attribute: &KeyValue) -> (String, String) {
    match attribute.value.as_ref().and_then(|value| value.value.as_ref()) {
        Some(Value::StringValue(value)) => (attribute.key.clone(), value.clone()),
        other => panic!("{} is no text: {other:?}", attribute.key),
    }
}

/// The instrument that a series belongs to.
fn instrument(sample: &Sample) -> Option<Instrument> {
    INSTRUMENTS.into_iter().find(|instrument| {
        let parts: &[&str] = if instrument.kind == Kind::Histogram { &["_bucket", "_sum", "_count"] } else { &[""] };
        parts.iter().any(|part| format!("{}{part}", instrument.exposed()) == sample.name)
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scrape_and_the_export_say_the_same_under_names_that_are_known() {
    let collector = Collector::start().await;
    let settings = [("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint.clone()), ("OTEL_METRIC_EXPORT_INTERVAL", "300".to_owned())];
    let mut binary = Binary::start(&settings).await;
    let client = binary.app.role("registrar").await;
    for _ in 0..12 {
        client.register(samples::doctor()).await;
    }
    let unknown = proto::GetRelocantRequest { id: uuid::Uuid::now_v7().to_string(), ..Default::default() };
    let refused = client.relocants().get_relocant(unknown).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
    let told_trace = refused.metadata().get("trace-id").expect("the caller is told the trace").to_str().unwrap().to_owned();
    // A stranger's method is nobody's name.
    let stranger = client.raw("relocation.registry.v1.RelocantService/Evil", vec![]).await.unwrap_err();
    assert_eq!(stranger.code(), Code::Unimplemented);
    drop(client);

    let answer = http_get(&binary.app.admin, "/metrics").await;
    let samples = parse(answer.split_once("\r\n\r\n").unwrap().1);
    binary.terminate().await;
    assert!(binary.child.wait().await.unwrap().success());

    // The scrape: every series is of an instrument and has its labels, and nothing else.
    let mut scraped = BTreeSet::new();
    for sample in samples.iter().filter(|sample| sample.name != "target_info") {
        let instrument = instrument(sample).unwrap_or_else(|| panic!("{} is not in names.rs", sample.name));
        let known: BTreeSet<String> = instrument.labels.iter().map(|label| names::escaped(label)).chain(["le".to_owned()]).collect();
        assert!(sample.labels.iter().all(|(label, _)| known.contains(label)), "{sample:?}");
        scraped.insert(instrument.name);
    }
    for instrument in INSTRUMENTS.iter().filter(|one| one.name.starts_with("rpc.") || one.name.starts_with("process.")) {
        assert!(scraped.contains(instrument.name), "{} is not in a scrape", instrument.name);
    }

    // The export: the same names, units and numbers.
    let exported = collector.newest();
    for metric in &exported {
        let instrument =
            INSTRUMENTS.iter().find(|one| one.name == metric.name).unwrap_or_else(|| panic!("{} is not in names.rs", metric.name));
        assert_eq!(instrument.unit, metric.unit, "{}", metric.name);
    }
    let calls = exported.iter().find(|metric| metric.name == names::RPC_DURATION.name).unwrap();
    let Some(Data::Histogram(histogram)) = &calls.data else { panic!("no histogram") };
    let mut compared = BTreeMap::new();
    for point in &histogram.data_points {
        let labels: BTreeMap<String, String> = point.attributes.iter().map(text).collect();
        assert!(labels.keys().all(|label| names::RPC_DURATION.labels.contains(&label.as_str())), "{labels:?}");
        let same = |sample: &&Sample| labels.iter().all(|(label, value)| sample.label(&names::escaped(label)) == value);
        let of = |part: &str| {
            let name = format!("{}{part}", names::RPC_DURATION.exposed());
            samples.iter().filter(|sample| sample.name == name).filter(same).map(|sample| sample.value).collect::<Vec<_>>()
        };
        let counts: Vec<f64> = point
            .bucket_counts
            .iter()
            .scan(0, |sum, count| {
                *sum += count;
                Some(whole(*sum))
            })
            .collect();
        assert_eq!(of("_bucket"), counts, "{labels:?}");
        assert_eq!(of("_count"), [whole(point.count)], "{labels:?}");
        assert_eq!(
            of("_sum").iter().map(|sum| sum.to_bits()).collect::<Vec<_>>(),
            [point.sum.unwrap().to_bits()],
            "{labels:?}: to the digit"
        );
        compared.insert((labels["rpc.method"].clone(), labels["rpc.status_code"].clone()), point.count);
    }
    let service = "relocation.registry.v1.RelocantService";
    assert_eq!(compared[&(format!("{service}/RegisterRelocant"), "OK".to_owned())], 12);
    assert_eq!(compared[&(format!("{service}/GetRelocant"), "NOT_FOUND".to_owned())], 1);
    assert_eq!(compared[&("_OTHER".to_owned(), "UNIMPLEMENTED".to_owned())], 1);
    let series = samples.iter().filter(|sample| sample.name == format!("{}_count", names::RPC_DURATION.exposed())).count();
    assert_eq!(compared.len(), series, "nothing is in one and not in the other");
    let workers = exported.iter().find(|metric| metric.name == names::TOKIO_WORKERS.name).unwrap();
    let Some(Data::Gauge(gauge)) = &workers.data else { panic!("no gauge") };
    let scraped = samples.iter().find(|sample| sample.name == names::TOKIO_WORKERS.exposed()).unwrap().value;
    assert_eq!(gauge.data_points[0].value, Some(number_data_point::Value::AsDouble(scraped)));

    // Spans: names, fields, and only the server's faults are errors.
    let spans = collector.spans();
    for span in &spans {
        assert!(span.attributes.iter().all(|one| SPAN_FIELDS.contains(&one.key.as_str())), "{span:?}");
    }
    let status = |name: &str| spans.iter().find(|span| span.name == name).unwrap().status.clone().unwrap_or_default().code();
    assert_eq!(status(&format!("{service}/GetRelocant")), StatusCode::Unset, "a wrong id is not our fault");
    assert_eq!(status("_OTHER"), StatusCode::Error);
    let asked = spans.iter().find(|span| span.name == format!("{service}/GetRelocant")).unwrap();
    let id: String = opentelemetry::TraceId::from_bytes(asked.trace_id.clone().try_into().unwrap()).to_string();
    assert_eq!(id, told_trace);
    assert!(spans.iter().any(|span| span.trace_id == asked.trace_id && span.name == "SELECT relocant"), "its statements are in its trace");
    // Exemplars lead from a bucket to a trace that was exported.
    let logs = collector.logs.lock().unwrap();
    let lines = logs.iter().flat_map(|request| &request.resource_logs).flat_map(|one| &one.scope_logs).flat_map(|scope| &scope.log_records);
    let keys: BTreeSet<String> = lines.flat_map(|line| line.attributes.iter().map(|one| one.key.clone())).collect();
    assert!(keys.iter().all(|key| names::LOG_FIELDS.contains(&key.as_str())), "{keys:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bucket_leads_to_a_trace_when_there_is_somewhere_to_look_it_up() {
    let collector = Collector::start().await;
    for (settings, some) in [(vec![("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint.clone())], true), (vec![], false)] {
        let binary = Binary::start(&settings).await;
        binary.app.role("registrar").await.register(samples::registration()).await;
        let text = http_get(&binary.app.admin, "/metrics").await;
        let line = text.lines().find(|line| line.contains("RegisterRelocant") && line.contains(" # {trace_id=\""));
        assert_eq!(line.is_some(), some, "{text}");
    }
}
