//! What nobody counts but everybody can read: the process, its runtime, the pools of connections, the numbers of the programme. Read when somebody asks.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    fmt,
    sync::{PoisonError, RwLock},
};

use procfs::Current as _;
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, NoLabelSet},
    metrics::MetricType,
    registry::Unit,
};

use super::names::{self, Instrument, Kind};

/// One value of an instrument.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// Which.
    pub instrument: Instrument,
    /// The values of its labels, in the instrument's order.
    pub labels: Vec<Cow<'static, str>>,
    /// What is read.
    pub value: f64,
}

impl Reading {
    /// A value of an instrument without labels.
    pub fn of(instrument: Instrument, value: f64) -> Self {
        Self { instrument, labels: Vec::new(), value }
    }
}

/// Something that can be read.
pub type Source = Box<dyn Fn() -> Vec<Reading> + Send + Sync>;

static SOURCES: RwLock<BTreeMap<&'static str, Source>> = RwLock::new(BTreeMap::new());

/// Has something read from now on, in place of what had that name.
pub fn read_from(name: &'static str, source: impl Fn() -> Vec<Reading> + Send + Sync + 'static) {
    SOURCES.write().unwrap_or_else(PoisonError::into_inner).insert(name, Box::new(source));
}

/// Gives all readings to Prometheus' registry.
#[derive(Debug)]
pub struct Readings;

impl Collector for Readings {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let mut readings: Vec<Reading> = process();
        for source in SOURCES.read().unwrap_or_else(PoisonError::into_inner).values() {
            readings.extend(source());
        }
        for instrument in names::INSTRUMENTS {
            let mut own = readings.iter().filter(|reading| reading.instrument == instrument).peekable();
            if own.peek().is_none() {
                continue;
            }
            let grows = instrument.kind == Kind::Counter;
            let kind = if grows { MetricType::Counter } else { MetricType::Gauge };
            let unit = instrument.prometheus_unit().map(|unit| Unit::Other(unit.to_owned()));
            let name = names::escaped(instrument.name);
            let mut family = encoder.encode_descriptor(&name, instrument.meaning, unit.as_ref(), kind)?;
            for reading in own {
                let names = instrument.labels.iter().map(|label| names::escaped(label));
                let labels: Vec<(String, String)> = names.zip(reading.labels.iter().map(|label| label.clone().into_owned())).collect();
                let mut metric = family.encode_family(&labels)?;
                if grows {
                    metric.encode_counter::<NoLabelSet, f64, f64>(&reading.value, None)?;
                } else {
                    metric.encode_gauge(&reading.value)?;
                }
            }
        }
        Ok(())
    }
}

/// The process itself, as far as the system tells.
fn process() -> Vec<Reading> {
    let mut readings = Vec::new();
    let Ok(own) = procfs::process::Process::myself() else { return readings };
    if let Ok(stat) = own.stat() {
        let ticks = whole(procfs::ticks_per_second()).max(1.0);
        readings.push(Reading::of(names::MEMORY, whole(stat.rss.saturating_mul(procfs::page_size()))));
        readings.push(Reading::of(names::CPU, whole(stat.utime + stat.stime) / ticks));
        if let Ok(up) = procfs::Uptime::current() {
            readings.push(Reading::of(names::UPTIME, (up.uptime - whole(stat.starttime) / ticks).max(0.0)));
        }
    }
    if let Ok(files) = own.fd_count() {
        readings.push(Reading::of(names::FILES, whole(u64::try_from(files).unwrap_or(u64::MAX))));
    }
    readings
}

/// Reads the runtime of the caller.
pub fn runtime() -> impl Fn() -> Vec<Reading> + Send + Sync + 'static {
    let handle = tokio::runtime::Handle::current();
    move || {
        let metrics = handle.metrics();
        let workers = metrics.num_workers();
        let busy: std::time::Duration = (0..workers).map(|worker| metrics.worker_total_busy_duration(worker)).sum();
        let count = |count: usize| whole(u64::try_from(count).unwrap_or(u64::MAX));
        vec![
            Reading::of(names::TOKIO_WORKERS, count(workers)),
            Reading::of(names::TOKIO_TASKS, count(metrics.num_alive_tasks())),
            Reading::of(names::TOKIO_QUEUE, count(metrics.global_queue_depth())),
            Reading::of(names::TOKIO_BUSY, busy.as_secs_f64()),
        ]
    }
}

/// A whole number as instruments have it. Exact up to 2^53, which is more bytes or calls than a process sees.
pub fn whole(number: u64) -> f64 {
    let low = u32::try_from(number & u64::from(u32::MAX)).unwrap_or_default();
    let high = u32::try_from(number >> 32).unwrap_or_default();
    f64::from(high) * 4_294_967_296.0 + f64::from(low)
}
