//! The instruments of this process, and their text for Prometheus. Labels are bounded: methods of the contract, status codes, tables.
//!
//! What a call or a statement adds to is here; what is read when somebody asks is in [`super::readings`]. The console and the export over OTLP read the text that
//! Prometheus reads ([`super::scrape`]), so none of the three can say another number.

use std::sync::{
    LazyLock, OnceLock,
    atomic::{AtomicI64, AtomicU64},
};

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, exemplar::HistogramWithExemplars, family::Family, gauge::Gauge, info::Info},
    registry::{Metric, Registry, Unit},
};

use super::{
    export::Twins,
    names::{self, Instrument},
    readings::Readings,
};

/// Labels of a call, named as the conventions name the span's attributes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct RpcLabels {
    /// `grpc`.
    pub rpc_system_name: &'static str,
    /// `package.Service/Method`, or `_OTHER`.
    pub rpc_method: &'static str,
    /// The gRPC status code's name, for example `NOT_FOUND`.
    pub rpc_status_code: &'static str,
}

/// The label of calls under way.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct MethodLabel {
    /// `package.Service/Method`, or `_OTHER`.
    pub rpc_method: &'static str,
}

/// Labels of a statement.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct DbLabels {
    /// `postgresql` or `sqlite`.
    pub db_system_name: &'static str,
    /// The statement's verb.
    pub db_operation_name: &'static str,
    /// The table, as far as it is one of ours.
    pub db_collection_name: &'static str,
    /// `_OTHER` for a statement that failed, which is the convention's word where there is no other.
    pub error_type: Option<&'static str>,
}

/// Labels of what was logged.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct LogLabels {
    /// `WARN` or `ERROR`.
    pub level: &'static str,
    /// The module that said it.
    pub target: &'static str,
}

/// The trace that a measurement belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct TraceLabel {
    /// Its id, 32 hexadecimal digits.
    pub trace_id: String,
}

/// A histogram of seconds.
type Seconds = HistogramWithExemplars<TraceLabel>;

/// All instruments of this process that something adds to.
pub struct Metrics {
    registry: Registry,
    rpc: Family<RpcLabels, Seconds, fn() -> Seconds>,
    db: Family<DbLabels, Seconds, fn() -> Seconds>,
    /// Calls under way.
    pub in_flight: Family<MethodLabel, Gauge<i64, AtomicI64>>,
    /// Calls refused by admission control.
    pub shed: Counter<u64, AtomicU64>,
    /// Warnings and errors that were logged.
    pub logged: Family<LogLabels, Counter<u64, AtomicU64>>,
    /// Traces that were not kept because the console was busy.
    pub traces_dropped: Counter<u64, AtomicU64>,
    /// The same histograms for OTLP, once its export is switched on.
    pub twins: OnceLock<Twins>,
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Metrics")
    }
}

/// The instruments. Global, because a statement deep in a store is counted where it runs.
pub static METRICS: LazyLock<Metrics> = LazyLock::new(Metrics::new);

impl Metrics {
    fn new() -> Self {
        let rpc_histogram: fn() -> Seconds = || HistogramWithExemplars::new(names::RPC_BUCKETS.into_iter());
        let db_histogram: fn() -> Seconds = || HistogramWithExemplars::new(names::DB_BUCKETS.into_iter());
        let metrics = Self {
            registry: Registry::default(),
            rpc: Family::new_with_constructor(rpc_histogram),
            db: Family::new_with_constructor(db_histogram),
            in_flight: Family::default(),
            shed: Counter::default(),
            logged: Family::default(),
            traces_dropped: Counter::default(),
            twins: OnceLock::new(),
        };
        let mut registry = Registry::default();
        register(&mut registry, names::RPC_DURATION, metrics.rpc.clone());
        register(&mut registry, names::DB_DURATION, metrics.db.clone());
        register(&mut registry, names::IN_FLIGHT, metrics.in_flight.clone());
        register(&mut registry, names::SHED, metrics.shed.clone());
        register(&mut registry, names::LOG_EVENTS, metrics.logged.clone());
        register(&mut registry, names::TRACES_DROPPED, metrics.traces_dropped.clone());
        registry.register_collector(Box::new(Readings));
        let this = vec![("service_name", super::SERVICE), ("service_version", env!("CARGO_PKG_VERSION"))];
        registry.register("target", "This process", Info::new(this));
        Self { registry, ..metrics }
    }

    /// Counts a call that took so many seconds. `sampled` is its trace, when somebody can look it up.
    pub fn called(&self, labels: &RpcLabels, seconds: f64, sampled: Option<String>) {
        if let Some(twins) = self.twins.get() {
            twins.called(labels, seconds);
        }
        self.rpc.get_or_create(labels).observe(seconds, sampled.map(|trace_id| TraceLabel { trace_id }), None);
    }

    /// Counts a statement that took so many seconds.
    pub fn stated(&self, labels: &DbLabels, seconds: f64) {
        if let Some(twins) = self.twins.get() {
            twins.stated(labels, seconds);
        }
        self.db.get_or_create(labels).observe(seconds, None, None);
    }

    /// All instruments in the `OpenMetrics` text format.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        // Writing into a string cannot fail.
        let _written = encode(&mut text, &self.registry);
        text
    }
}

fn register(registry: &mut Registry, instrument: Instrument, metric: impl Metric) {
    let name = names::escaped(instrument.name);
    match instrument.prometheus_unit() {
        Some(unit) => registry.register_with_unit(name, instrument.meaning, Unit::Other(unit.to_owned()), metric),
        None => registry.register(name, instrument.meaning, metric),
    }
}
