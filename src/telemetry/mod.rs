//! What operators see: spans, logs, metrics. Fields are an allow-list of ids, codes and durations; a personal value has no way in, because nothing that holds
//! one can be displayed.

pub mod database;
mod export;
pub mod log;
pub mod metrics;
pub mod names;
pub mod readings;
pub mod rpc;
pub mod scrape;
pub mod traces;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing_subscriber::{EnvFilter, Layer as _, Registry, filter::Targets, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use crate::config;

/// What this service is called.
pub const SERVICE: &str = "relocreg";

/// Keeps the exporters alive; dropping it ends the export.
#[derive(Debug)]
pub struct Guard(export::Exporters);

impl Guard {
    /// Sends what is still in memory. Blocks for a few seconds at most; call it at the very end.
    pub fn flush(self) {
        self.0.flush();
    }
}

/// Installs the subscriber of this process. Export over OTLP begins when one of the standard variables names an endpoint.
///
/// # Errors
/// A text for the operator.
pub fn install(config: &config::Log) -> Result<Guard, String> {
    opentelemetry::global::set_text_map_propagator(TraceContextPropagator::new());
    let filter = EnvFilter::try_new(&config.filter).map_err(|failed| format!("log.filter: {failed}"))?;
    let exporters = export::begin(config.otlp)?;
    readings::read_from("runtime", readings::runtime());
    // Our own only: what transport libraries note of a call can hold its headers, and exporting would itself be exported.
    let ours = || Targets::new().with_target(env!("CARGO_CRATE_NAME"), tracing::Level::DEBUG);
    let spans = exporters.traces.as_ref().map(|provider| {
        tracing_opentelemetry::layer()
            .with_tracer(provider.tracer(SERVICE))
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_target(false)
            .with_level(false)
            .with_filter(ours())
    });
    let pretty =
        (config.format == config::LogFormat::Pretty).then(|| tracing_subscriber::fmt::layer().with_writer(std::io::stderr).compact());
    let sent = exporters.logs.as_ref().map(|provider| OpenTelemetryTracingBridge::new(provider).with_filter(ours()));
    let lines = log::Lines { written: pretty.is_none() }.and_then(pretty).and_then(sent).with_filter(log::changeable(filter));
    // What is recorded first is there for the lines.
    let layers: Vec<Box<dyn tracing_subscriber::Layer<Registry> + Send + Sync>> =
        vec![traces::Recorder.with_filter(ours().with_default(tracing::Level::WARN)).boxed(), spans.boxed(), lines.boxed()];
    tracing_subscriber::registry().with(layers).try_init().map_err(|failed| failed.to_string())?;
    Ok(Guard(exporters))
}
