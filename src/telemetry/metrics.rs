//! The counters and histograms of this process, and their text for Prometheus. Labels are bounded: methods of the contract, status codes, tables.

use std::sync::{
    LazyLock,
    atomic::{AtomicI64, AtomicU64},
};

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};

use super::names;

/// Labels of a call, named as the conventions name the span's attributes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct RpcLabels {
    /// `package.Service/Method`, or `_OTHER`.
    pub rpc_method: &'static str,
    /// The gRPC status code's name, for example `NOT_FOUND`.
    pub rpc_status_code: &'static str,
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
}

/// All instruments of this process.
pub struct Metrics {
    registry: Registry,
    /// Seconds of calls.
    pub rpc: Family<RpcLabels, Histogram, fn() -> Histogram>,
    /// Seconds of statements.
    pub db: Family<DbLabels, Histogram, fn() -> Histogram>,
    /// Calls under way.
    pub in_flight: Gauge<i64, AtomicI64>,
    /// Calls refused by admission control.
    pub shed: Counter<u64, AtomicU64>,
    /// The journal's last position.
    pub position: Gauge<i64, AtomicI64>,
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
        let rpc_histogram: fn() -> Histogram = || Histogram::new(names::RPC_BUCKETS);
        let db_histogram: fn() -> Histogram = || Histogram::new(names::DB_BUCKETS);
        let metrics = Self {
            registry: Registry::default(),
            rpc: Family::new_with_constructor(rpc_histogram),
            db: Family::new_with_constructor(db_histogram),
            in_flight: Gauge::default(),
            shed: Counter::default(),
            position: Gauge::default(),
        };
        let mut registry = Registry::default();
        registry.register_with_unit(names::RPC_DURATION, "Duration of calls on the server", Unit::Seconds, metrics.rpc.clone());
        registry.register_with_unit(names::DB_DURATION, "Duration of database statements", Unit::Seconds, metrics.db.clone());
        registry.register(names::IN_FLIGHT, "Calls that are being worked on", metrics.in_flight.clone());
        registry.register(names::SHED, "Calls that admission control refused", metrics.shed.clone());
        registry.register(names::POSITION, "The last position of the journal that this process knows", metrics.position.clone());
        Self { registry, ..metrics }
    }

    /// All instruments in the `OpenMetrics` text format.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        // Writing into a string cannot fail.
        let _written = encode(&mut text, &self.registry);
        text
    }
}
