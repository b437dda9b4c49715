//! Export over OTLP, each signal when the standard variables name an endpoint for it: <https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/>.
//!
//! Counters and gauges are read from the text that Prometheus reads. Only histograms are counted twice, since the SDK takes no sums from elsewhere; both get the same
//! value from the same reading of the clock.

use opentelemetry::{
    KeyValue,
    metrics::{Histogram, Meter, MeterProvider as _},
};
use opentelemetry_sdk::{Resource, logs::SdkLoggerProvider, metrics::SdkMeterProvider, trace::SdkTracerProvider};

use super::{
    SERVICE,
    metrics::{DbLabels, METRICS, RpcLabels},
    names::{self, Instrument, Kind},
    scrape::scrape,
};
use crate::config::Signals;

/// What exports.
#[derive(Debug, Default)]
pub(super) struct Exporters {
    pub(super) traces: Option<SdkTracerProvider>,
    pub(super) metrics: Option<SdkMeterProvider>,
    pub(super) logs: Option<SdkLoggerProvider>,
}

/// Begins to export the signals that are switched on.
pub(super) fn begin(signals: Signals) -> Result<Exporters, String> {
    let resource = || {
        Resource::builder().with_service_name(SERVICE).with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION"))).build()
    };
    let mut exporters = Exporters::default();
    if signals.traces {
        let exporter =
            opentelemetry_otlp::SpanExporter::builder().with_tonic().build().map_err(|failed| format!("OTLP traces: {failed}"))?;
        exporters.traces = Some(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource()).build());
    }
    if signals.metrics {
        let exporter =
            opentelemetry_otlp::MetricExporter::builder().with_tonic().build().map_err(|failed| format!("OTLP metrics: {failed}"))?;
        let provider = SdkMeterProvider::builder().with_periodic_exporter(exporter).with_resource(resource()).build();
        let meter = provider.meter(SERVICE);
        let _first = METRICS.twins.set(Twins::new(&meter));
        for instrument in names::INSTRUMENTS {
            observe(&meter, instrument);
        }
        exporters.metrics = Some(provider);
    }
    if signals.logs {
        let exporter = opentelemetry_otlp::LogExporter::builder().with_tonic().build().map_err(|failed| format!("OTLP logs: {failed}"))?;
        exporters.logs = Some(SdkLoggerProvider::builder().with_batch_exporter(exporter).with_resource(resource()).build());
    }
    Ok(exporters)
}

impl Exporters {
    /// Sends what is still in memory, for a second each at most.
    pub(super) fn flush(self) {
        let second = std::time::Duration::from_secs(1);
        // The collector may be gone, and then there is nobody to tell.
        let _gone = self.traces.map(|provider| provider.shutdown_with_timeout(second));
        let _gone = self.metrics.map(|provider| provider.shutdown_with_timeout(second));
        let _gone = self.logs.map(|provider| provider.shutdown_with_timeout(second));
    }
}

/// The histograms of [`super::metrics`] once more.
#[derive(Debug)]
pub struct Twins {
    rpc: Histogram<f64>,
    db: Histogram<f64>,
}

impl Twins {
    fn new(meter: &Meter) -> Self {
        let histogram = |of: Instrument, bounds: &[f64]| {
            meter.f64_histogram(of.name).with_unit(of.unit).with_description(of.meaning).with_boundaries(bounds.to_vec()).build()
        };
        Self { rpc: histogram(names::RPC_DURATION, &names::RPC_BUCKETS), db: histogram(names::DB_DURATION, &names::DB_BUCKETS) }
    }

    pub(super) fn called(&self, labels: &RpcLabels, seconds: f64) {
        let values = [labels.rpc_system_name, labels.rpc_method, labels.rpc_status_code];
        self.rpc.record(seconds, &pairs(names::RPC_DURATION, values.map(Some)));
    }

    pub(super) fn stated(&self, labels: &DbLabels, seconds: f64) {
        let values = [Some(labels.db_system_name), Some(labels.db_operation_name), Some(labels.db_collection_name), labels.error_type];
        self.db.record(seconds, &pairs(names::DB_DURATION, values));
    }
}

fn pairs<const N: usize>(instrument: Instrument, values: [Option<&'static str>; N]) -> Vec<KeyValue> {
    instrument.labels.iter().zip(values).filter_map(|(label, value)| value.map(|value| KeyValue::new(*label, value))).collect()
}

/// Has the SDK read an instrument from the text when it collects.
fn observe(meter: &Meter, instrument: Instrument) {
    let exposed = instrument.exposed();
    let read = move |tell: &mut dyn FnMut(f64, &[KeyValue])| {
        for sample in scrape().iter().filter(|sample| sample.name == exposed) {
            let labels = instrument.labels.iter().map(|label| KeyValue::new(*label, sample.label(&names::escaped(label)).to_owned()));
            tell(sample.value, &labels.collect::<Vec<_>>());
        }
    };
    // The provider keeps what is registered.
    match instrument.kind {
        Kind::Histogram => {}
        Kind::Counter => {
            let builder = meter.f64_observable_counter(instrument.name).with_unit(instrument.unit).with_description(instrument.meaning);
            let _kept = builder.with_callback(move |observer| read(&mut |value, labels| observer.observe(value, labels))).build();
        }
        Kind::Gauge => {
            let builder = meter.f64_observable_gauge(instrument.name).with_unit(instrument.unit).with_description(instrument.meaning);
            let _kept = builder.with_callback(move |observer| read(&mut |value, labels| observer.observe(value, labels))).build();
        }
    }
}
