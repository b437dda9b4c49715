//! Every name that leaves the process: spans, fields, instruments, labels. The stable OpenTelemetry semantic conventions (1.45) where they have one, the conventions
//! in development where they have only that, `relocation.` otherwise. Rules and dashboards in `deploy/observability` may name these and no others; a test reads them.
//!
//! Prometheus writes a name with underscores, then its unit, then `_total` for a counter: [`Instrument::exposed`].

use self::Kind::{Counter, Gauge, Histogram};

/// The method of a call that is not in the contract.
pub const OTHER_METHOD: &str = "_OTHER";

/// The status codes that are the server's fault, as the conventions say. A clerk's typo is none.
pub const FAULTS: [&str; 6] = ["UNKNOWN", "DEADLINE_EXCEEDED", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS"];

/// Methods whose calls last as long as somebody looks.
pub const STREAMS: [&str; 4] = [
    "relocation.registry.v1.EventService/WatchEvents",
    "relocation.registry.v1.CenterService/WatchQueue",
    "grpc.health.v1.Health/Watch",
    "grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
];

/// Whether a method is one that the objectives are about, as in `deploy/observability/rules/slo.yaml`: of the contract, neither a stream nor asking for one's place in
/// the queue, which would outnumber all others.
pub fn is_of_objectives(method: &str) -> bool {
    method.starts_with("relocation.registry.v1.") && !STREAMS.contains(&method) && !method.ends_with("/GetTicket")
}

/// Upper bounds of the RPC histogram, in seconds, as the conventions recommend.
pub const RPC_BUCKETS: [f64; 14] = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];
/// Upper bounds of the database histogram, in seconds, as the conventions recommend.
pub const DB_BUCKETS: [f64; 9] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0];

/// Fields of spans. `trace_id` is what the caller is told, for logs and the console.
pub const SPAN_FIELDS: [&str; 11] = [
    "otel.name",
    "otel.kind",
    "otel.status_code",
    "rpc.system.name",
    "rpc.method",
    "rpc.status_code",
    "db.system.name",
    "db.operation.name",
    "db.collection.name",
    "error.type",
    "trace_id",
];

/// Fields of log lines, beside the message.
pub const LOG_FIELDS: [&str; 10] =
    ["filter", "error", "error.code", "operation", "relocant.id", "address", "admin.address", "applied", "ended", "forgotten"];

/// What an instrument does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Only grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Counts by size.
    Histogram,
}

/// Something that is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instrument {
    /// Its name in OpenTelemetry.
    pub name: &'static str,
    /// What it does.
    pub kind: Kind,
    /// `s`, `By`, or what is counted in braces.
    pub unit: &'static str,
    /// Its labels.
    pub labels: &'static [&'static str],
    /// What it means.
    pub meaning: &'static str,
}

const fn instrument(
    name: &'static str,
    kind: Kind,
    unit: &'static str,
    labels: &'static [&'static str],
    meaning: &'static str,
) -> Instrument {
    Instrument { name, kind, unit, labels, meaning }
}

/// Seconds that a call took on the server, until the last byte of its answer was out.
pub const RPC_DURATION: Instrument =
    instrument("rpc.server.call.duration", Histogram, "s", &["rpc.system.name", "rpc.method", "rpc.status_code"], "Duration of calls");
/// Calls and open streams that are being worked on.
pub const IN_FLIGHT: Instrument =
    instrument("relocation.calls.in_flight", Gauge, "{call}", &["rpc.method"], "Calls and open streams that are being worked on");
/// Calls that admission control refused.
pub const SHED: Instrument = instrument("relocation.calls.shed", Counter, "{call}", &[], "Calls that admission control refused");
/// Seconds that a database statement took.
pub const DB_DURATION: Instrument = instrument(
    "db.client.operation.duration",
    Histogram,
    "s",
    &["db.system.name", "db.operation.name", "db.collection.name", "error.type"],
    "Duration of database statements",
);
/// Connections to the database.
pub const DB_CONNECTIONS: Instrument = instrument(
    "db.client.connection.count",
    Gauge,
    "{connection}",
    &["db.client.connection.pool.name", "db.client.connection.state"],
    "Connections to the database, by pool and state",
);
/// Connections to the database at most.
pub const DB_CONNECTIONS_MAX: Instrument = instrument(
    "db.client.connection.max",
    Gauge,
    "{connection}",
    &["db.client.connection.pool.name"],
    "Connections to the database at most",
);
/// What waits for a connection.
pub const DB_PENDING: Instrument = instrument(
    "db.client.connection.pending_requests",
    Gauge,
    "{request}",
    &["db.client.connection.pool.name"],
    "Units of work that wait for the one writer of the embedded database",
);
/// Bytes of the write-ahead log of an embedded database.
pub const WAL_SIZE: Instrument =
    instrument("relocation.sqlite.wal.size", Gauge, "By", &[], "Size of the write-ahead log of the embedded database");
/// The last position of the journal.
pub const POSITION: Instrument =
    instrument("relocation.journal.position", Gauge, "{entry}", &[], "The last position of the journal that this process knows");
/// Warnings and errors in the log.
pub const LOG_EVENTS: Instrument =
    instrument("relocation.log.events", Counter, "{event}", &["level", "target"], "Warnings and errors that were logged");
/// What of recent traces could not be kept.
pub const TRACES_DROPPED: Instrument =
    instrument("relocation.traces.dropped", Counter, "{trace}", &[], "Traces that the console did not keep because it was busy");

/// Threads of the runtime.
pub const TOKIO_WORKERS: Instrument = instrument("tokio.workers", Gauge, "{thread}", &[], "Threads of the runtime");
/// Tasks that live.
pub const TOKIO_TASKS: Instrument = instrument("tokio.tasks", Gauge, "{task}", &[], "Tasks that live");
/// Tasks that wait for a thread in the queue that all share.
pub const TOKIO_QUEUE: Instrument = instrument("tokio.global_queue.depth", Gauge, "{task}", &[], "Tasks that wait for a thread");
/// Seconds that threads of the runtime were busy, all together.
pub const TOKIO_BUSY: Instrument = instrument("tokio.worker.busy", Counter, "s", &[], "Time that threads of the runtime were busy");
/// Memory that the process has.
pub const MEMORY: Instrument = instrument("process.memory.usage", Gauge, "By", &[], "Physical memory of the process");
/// Time on processors.
pub const CPU: Instrument = instrument("process.cpu.time", Counter, "s", &[], "Time of the process on processors");
/// Open files and sockets.
pub const FILES: Instrument =
    instrument("process.unix.file_descriptor.count", Gauge, "{file_descriptor}", &[], "Open files and sockets of the process");
/// Since when the process runs.
pub const UPTIME: Instrument = instrument("process.uptime", Gauge, "s", &[], "How long the process runs");

/// People registered.
pub const REGISTRATIONS: Instrument =
    instrument("relocation.registrations", Gauge, "{person}", &[], "People registered, to the nearest 5; absent under 10");
/// People registered today.
pub const ARRIVALS: Instrument = instrument(
    "relocation.arrivals",
    Gauge,
    "{person}",
    &["region"],
    "People registered today, to the nearest 5, every quarter of an hour; absent under 10",
);
/// Today's tickets.
pub const TICKETS: Instrument = instrument(
    "relocation.queue.tickets",
    Gauge,
    "{ticket}",
    &["region", "state"],
    "Today's tickets by state, to the nearest 5, every quarter of an hour; absent under 10",
);
/// What is due soon.
pub const DUES: Instrument = instrument(
    "relocation.dues",
    Gauge,
    "{due}",
    &["kind", "days"],
    "What is due within so many days, to the nearest 5, every quarter of an hour; absent under 10",
);
/// Permits.
pub const PERMITS: Instrument = instrument(
    "relocation.permits",
    Gauge,
    "{permit}",
    &["state"],
    "Permits by state, to the nearest 5, every quarter of an hour; absent under 10",
);
/// Matches.
pub const MATCHES: Instrument = instrument(
    "relocation.matches",
    Gauge,
    "{match}",
    &["state"],
    "Matches by state, to the nearest 5, every quarter of an hour; absent under 10",
);
/// Openings of open vacancies.
pub const OPENINGS: Instrument = instrument("relocation.openings", Gauge, "{opening}", &["region"], "Openings of open vacancies");
/// Homes that come with open vacancies.
pub const HOMES: Instrument = instrument("relocation.homes", Gauge, "{home}", &["region"], "Homes that come with open vacancies");
/// How old the numbers of the programme are.
pub const PROGRAMME_AGE: Instrument = instrument("relocation.programme.age", Gauge, "s", &[], "How old the numbers of the programme are");

/// Everything that is measured.
pub const INSTRUMENTS: [Instrument; 28] = [
    RPC_DURATION,
    IN_FLIGHT,
    SHED,
    DB_DURATION,
    DB_CONNECTIONS,
    DB_CONNECTIONS_MAX,
    DB_PENDING,
    WAL_SIZE,
    POSITION,
    LOG_EVENTS,
    TRACES_DROPPED,
    TOKIO_WORKERS,
    TOKIO_TASKS,
    TOKIO_QUEUE,
    TOKIO_BUSY,
    MEMORY,
    CPU,
    FILES,
    UPTIME,
    REGISTRATIONS,
    ARRIVALS,
    TICKETS,
    DUES,
    PERMITS,
    MATCHES,
    OPENINGS,
    HOMES,
    PROGRAMME_AGE,
];

impl Instrument {
    /// Its unit as Prometheus writes it, where that is part of the name.
    pub fn prometheus_unit(&self) -> Option<&'static str> {
        match self.unit {
            "s" => Some("seconds"),
            "By" => Some("bytes"),
            _ => None,
        }
    }

    /// Its name as Prometheus writes it, but for the suffixes of the parts of a histogram.
    pub fn exposed(&self) -> String {
        let unit = self.prometheus_unit().map(|unit| format!("_{unit}")).unwrap_or_default();
        format!("{}{unit}{}", escaped(self.name), if self.kind == Counter { "_total" } else { "" })
    }
}

/// A name as Prometheus writes it.
pub fn escaped(name: &str) -> String {
    name.replace('.', "_")
}
