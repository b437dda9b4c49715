//! What watching costs a call: the recorder of traces and the measurements, on a call with four statements, on one thread and on sixteen, beside the same call with
//! spans that nobody follows.
//!
//! `cargo bench --bench telemetry`. On sixteen threads a call's time is that of a processor: the whole time, times the processors, by the calls.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a benchmark that fails should say where"
)]

use std::{
    thread::available_parallelism,
    time::{Duration, Instant},
};

use criterion::{Criterion, criterion_group};
use relocation_registry::telemetry::{
    metrics::{DbLabels, METRICS, MethodLabel, RpcLabels},
    traces::Recorder,
};
use tracing::{Dispatch, field::Empty};
use tracing_subscriber::layer::SubscriberExt as _;

const METHOD: &str = "relocation.registry.v1.RelocantService/GetRelocant";

/// A call with four statements, as the layers around a call make its spans; `measured` as they measure it.
fn call(measured: bool) {
    let begun = Instant::now();
    let span = tracing::info_span!(
        target: "relocation_registry::telemetry::rpc",
        "rpc",
        otel.name = METHOD,
        otel.kind = "server",
        otel.status_code = Empty,
        rpc.system.name = "grpc",
        rpc.method = METHOD,
        rpc.status_code = Empty,
        error.r#type = Empty,
        trace_id = Empty,
    );
    span.record("trace_id", "0af7651916cd43dd8448eb211c80319c");
    if measured {
        METRICS.in_flight.get_or_create(&MethodLabel { rpc_method: METHOD }).inc();
    }
    span.in_scope(|| {
        for table in ["request_seen", "relocant", "relocant_document", "journal"] {
            let begun = Instant::now();
            let statement = tracing::debug_span!(
                target: "relocation_registry::telemetry::database",
                "db",
                otel.name = format_args!("{} {table}", "SELECT"),
                otel.kind = "client",
                db.system.name = "sqlite",
                db.operation.name = "SELECT",
                db.collection.name = table,
                otel.status_code = Empty,
                error.r#type = Empty,
            );
            statement.in_scope(|| std::hint::black_box(table));
            if measured {
                let labels =
                    DbLabels { db_system_name: "sqlite", db_operation_name: "SELECT", db_collection_name: table, error_type: None };
                METRICS.stated(&labels, begun.elapsed().as_secs_f64());
            }
        }
    });
    span.record("rpc.status_code", "OK");
    if measured {
        METRICS.in_flight.get_or_create(&MethodLabel { rpc_method: METHOD }).dec();
        let labels = RpcLabels { rpc_system_name: "grpc", rpc_method: METHOD, rpc_status_code: "OK" };
        METRICS.called(&labels, begun.elapsed().as_secs_f64(), None);
    }
}

fn watching(criterion: &mut Criterion) {
    let bare = Dispatch::new(tracing_subscriber::registry());
    let watched = Dispatch::new(tracing_subscriber::registry().with(Recorder));
    for threads in [1_u64, 16] {
        for (name, dispatch, measured) in [("bare", &bare, false), ("watched", &watched, true)] {
            criterion.bench_function(&format!("{name}_{threads}"), |bencher| {
                bencher.iter_custom(|calls| {
                    let each = calls.div_ceil(threads);
                    let begun = Instant::now();
                    std::thread::scope(|scope| {
                        for _ in 0..threads {
                            scope.spawn(|| {
                                tracing::dispatcher::with_default(dispatch, || (0..each).for_each(|_| call(measured)));
                            });
                        }
                    });
                    let busy = available_parallelism().unwrap().get().min(usize::try_from(threads).unwrap());
                    begun.elapsed().mul_f64(busy as f64 * calls as f64 / (each * threads) as f64)
                });
            });
        }
    }
}

fn median(name: &str) -> f64 {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("target/criterion/{name}/new/estimates.json"));
    let estimates: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    estimates["median"]["point_estimate"].as_f64().unwrap() / 1000.0
}

criterion_group! {
    name = watched;
    config = Criterion::default().measurement_time(Duration::from_secs(5)).sample_size(30);
    targets = watching
}

fn main() {
    watched();
    for threads in [1, 16] {
        let (bare, watched) = (median(&format!("bare_{threads}")), median(&format!("watched_{threads}")));
        println!(
            "{threads:>2} threads: spans alone {bare:.2} µs, watched {watched:.2} µs: {:.2} µs added (4 may be), ×{:.2}",
            watched - bare,
            watched / bare
        );
    }
}
