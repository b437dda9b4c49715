//! What operators see: spans, logs, metrics. Fields are an allow-list of ids, codes and durations; a personal value has no way in, because nothing that holds
//! one can be displayed.

pub mod database;
pub mod metrics;
pub mod names;
pub mod rpc;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::{propagation::TraceContextPropagator, trace::SdkTracerProvider};
use tracing_subscriber::{EnvFilter, Layer as _, filter::Targets, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use crate::config;

/// Keeps the exporter alive; dropping it ends the export.
#[derive(Debug)]
pub struct Guard(Option<SdkTracerProvider>);

impl Guard {
    /// Sends what is still in memory. Blocks for a few seconds at most; call it at the very end.
    pub fn flush(self) {
        if let Some(provider) = self.0 {
            // The collector may be gone, and then there is nobody to tell.
            let _gone = provider.shutdown_with_timeout(std::time::Duration::from_secs(3));
        }
    }
}

/// Installs the subscriber of this process. Export over OTLP begins when one of the standard variables names an endpoint.
///
/// # Errors
/// A text for the operator.
pub fn install(config: &config::Log) -> Result<Guard, String> {
    opentelemetry::global::set_text_map_propagator(TraceContextPropagator::new());
    let filter = EnvFilter::try_new(&config.filter).map_err(|failed| format!("log.filter: {failed}"))?;
    let provider = config.otlp.then(exporter).transpose()?;
    // Our own spans only: what transport libraries note of a call can hold its headers, and exporting would itself be exported.
    let ours = Targets::new().with_target(env!("CARGO_CRATE_NAME"), tracing::Level::DEBUG);
    let export =
        provider.as_ref().map(|provider| tracing_opentelemetry::layer().with_tracer(provider.tracer("relocreg")).with_filter(ours));
    let format = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let format = match config.format {
        config::LogFormat::Json => format.json().with_current_span(true).with_span_list(false).flatten_event(true).boxed(),
        config::LogFormat::Pretty => format.compact().boxed(),
    };
    tracing_subscriber::registry().with(export).with(format.with_filter(filter)).try_init().map_err(|failed| failed.to_string())?;
    Ok(Guard(provider))
}

fn exporter() -> Result<SdkTracerProvider, String> {
    let exporter = opentelemetry_otlp::SpanExporter::builder().with_tonic().build().map_err(|failed| format!("OTLP: {failed}"))?;
    let resource = opentelemetry_sdk::Resource::builder().with_service_name("relocreg").build();
    Ok(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build())
}
