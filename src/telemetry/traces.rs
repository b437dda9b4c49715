//! Recent calls with what they did in the database, kept in memory to be looked at without a collector: those that failed, the slowest of the last quarter of an
//! hour, and one in a thousand. Names, codes and durations, from an allow-list of fields; whatever else a span holds is dropped.
//!
//! A call never waits for whoever looks: when the shelf is taken, the trace is dropped and counted.

use std::{
    collections::VecDeque,
    fmt,
    sync::{
        Arc, LazyLock, Mutex, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use tokio::time::Instant;
use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{
    Layer,
    layer::Context,
    registry::{LookupSpan, SpanRef},
};

use super::{
    metrics::{LogLabels, METRICS},
    names::STREAMS,
};

/// Traces of each sort that are kept.
const KEPT: usize = 200;
/// Spans of one trace that are kept. With about 100 bytes a span all traces together stay under 16 MiB.
const SPANS: usize = 256;
/// One trace in so many is kept whatever became of it.
const ONE_IN: u64 = 1000;
/// How long a slow trace is kept before a less slow one takes its place.
const SLOW_KEPT: Duration = Duration::from_mins(15);

/// Why a trace was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum Kept {
    /// It ended with one of the codes that are the server's fault.
    Failed,
    /// Few took longer lately.
    Slow,
    /// It was its turn.
    Sampled,
}

/// A call that has ended.
#[derive(Debug, Clone)]
pub struct Trace {
    /// 32 hexadecimal digits, as the caller was told.
    pub id: String,
    /// When it began.
    pub at: SystemTime,
    /// Why it was kept.
    pub kept: Kept,
    /// What was done, in the order in which it was begun; the first is the call.
    pub spans: Vec<Span>,
}

impl Trace {
    /// How long the call took.
    pub fn took(&self) -> Duration {
        self.spans.first().map_or(Duration::ZERO, |call| call.took)
    }
}

/// Something that was done for a call.
#[derive(Debug, Clone, Default)]
pub struct Span {
    /// The method, or the statement's verb and table.
    pub name: String,
    /// The status code of a call.
    pub code: String,
    /// Whether it failed by the server's fault.
    pub failed: bool,
    /// When it was begun, from the beginning of the call.
    pub begun: Duration,
    /// How long it took.
    pub took: Duration,
}

/// A trace that is not over.
struct Open {
    at: SystemTime,
    begun: Instant,
    id: OnceLock<String>,
    spans: Mutex<Vec<Span>>,
}

/// A span's place in its trace.
#[derive(Clone)]
struct Place {
    trace: Arc<Open>,
    index: usize,
}

#[derive(Default)]
struct Shelf {
    failed: VecDeque<Arc<Trace>>,
    slow: Vec<Arc<Trace>>,
    sampled: VecDeque<Arc<Trace>>,
}

impl Shelf {
    /// Says from which duration on a trace is slow: once the shelf is full, from that of the fastest on it.
    fn set_floor(&self) {
        let fastest = self.slow.iter().map(|kept| kept.took()).min().filter(|_| self.slow.len() == KEPT).unwrap_or_default();
        FLOOR.store(u64::try_from(fastest.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

static SHELF: LazyLock<Mutex<Shelf>> = LazyLock::new(Mutex::default);
static ENDED: AtomicU64 = AtomicU64::new(0);
/// Nanoseconds of the fastest slow trace once there are enough.
static FLOOR: AtomicU64 = AtomicU64::new(0);

/// The traces that are kept, the newest first.
pub fn recent() -> Vec<Arc<Trace>> {
    let shelf = SHELF.lock().unwrap_or_else(PoisonError::into_inner);
    let mut all: Vec<_> = shelf.failed.iter().chain(&shelf.slow).chain(&shelf.sampled).cloned().collect();
    drop(shelf);
    all.sort_by_key(|trace| std::cmp::Reverse(trace.at));
    all
}

/// Forgets slow traces that are old, so that those of an hour ago do not hide those of now. Called every few seconds.
pub fn forget_old() {
    let since = now() - SLOW_KEPT;
    let mut shelf = SHELF.lock().unwrap_or_else(PoisonError::into_inner);
    shelf.slow.retain(|kept| kept.at >= since);
    shelf.set_floor();
}

/// The trace that a span belongs to.
pub(super) fn id_of<'a, S: LookupSpan<'a>>(span: &SpanRef<'a, S>) -> Option<String> {
    span.extensions().get::<Place>()?.trace.id.get().cloned()
}

/// Follows spans of this crate, and counts warnings and errors.
#[derive(Debug)]
pub struct Recorder;

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Recorder {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if !attributes.metadata().target().starts_with(env!("CARGO_CRATE_NAME")) {
            return;
        }
        let Some(span) = context.span(id) else { return };
        let around = span.parent().and_then(|parent| parent.extensions().get::<Place>().map(|place| Arc::clone(&place.trace)));
        let trace = match around {
            Some(trace) => trace,
            // Work of our own has no caller who asks what became of it.
            None if span.name() != "rpc" => return,
            None => Arc::new(Open { at: now(), begun: Instant::now(), id: OnceLock::new(), spans: Mutex::new(Vec::with_capacity(8)) }),
        };
        let mut spans = trace.spans.lock().unwrap_or_else(PoisonError::into_inner);
        let index = spans.len();
        if index < SPANS {
            // The call is where time begins, or what it did could end after it.
            let begun = if index == 0 { Duration::ZERO } else { trace.begun.elapsed() };
            let mut one = Span { begun, ..Span::default() };
            attributes.record(&mut Fields { span: &mut one, trace: &trace.id });
            spans.push(one);
        }
        drop(spans);
        span.extensions_mut().insert(Place { trace, index });
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let extensions = span.extensions();
        let Some(Place { trace, index }) = extensions.get::<Place>() else { return };
        let mut spans = trace.spans.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(one) = spans.get_mut(*index) {
            values.record(&mut Fields { span: one, trace: &trace.id });
        }
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let (level, target) = (*event.metadata().level(), event.metadata().target());
        if level <= Level::WARN {
            METRICS.logged.get_or_create(&LogLabels { level: level.as_str(), target }).inc();
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else { return };
        let Some(Place { trace, index }) = span.extensions_mut().remove::<Place>() else { return };
        let mut spans = trace.spans.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(one) = spans.get_mut(index) {
            one.took = trace.begun.elapsed().saturating_sub(one.begun);
        }
        if index == 0 {
            let spans = std::mem::take(&mut *spans);
            keep(&trace, spans);
        }
    }
}

#[allow(clippy::disallowed_methods, reason = "operators compare it with their own clock, not with the registry's, which tests turn")]
fn now() -> SystemTime {
    SystemTime::now()
}

/// Puts a trace on the shelf if it belongs there.
fn keep(open: &Open, spans: Vec<Span>) {
    let Some(call) = spans.first() else { return };
    let nanoseconds = u64::try_from(call.took.as_nanos()).unwrap_or(u64::MAX);
    let kept = if call.failed {
        Kept::Failed
    } else if nanoseconds > FLOOR.load(Ordering::Relaxed) && !STREAMS.contains(&call.name.as_str()) {
        Kept::Slow
    } else if ENDED.fetch_add(1, Ordering::Relaxed).is_multiple_of(ONE_IN) {
        Kept::Sampled
    } else {
        return;
    };
    let Ok(mut shelf) = SHELF.try_lock() else {
        METRICS.traces_dropped.inc();
        return;
    };
    let trace = Arc::new(Trace { id: open.id.get().cloned().unwrap_or_default(), at: open.at, kept, spans });
    match kept {
        Kept::Failed => push(&mut shelf.failed, trace),
        Kept::Sampled => push(&mut shelf.sampled, trace),
        Kept::Slow => {
            if shelf.slow.len() == KEPT
                && let Some(at) = (0..KEPT).min_by_key(|at| shelf.slow.get(*at).map(|kept| kept.took()))
            {
                shelf.slow.swap_remove(at);
            }
            shelf.slow.push(trace);
            shelf.set_floor();
        }
    }
}

fn push(shelf: &mut VecDeque<Arc<Trace>>, trace: Arc<Trace>) {
    if shelf.len() == KEPT {
        shelf.pop_front();
    }
    shelf.push_back(trace);
}

/// Takes the fields that may be kept.
struct Fields<'a> {
    span: &'a mut Span,
    trace: &'a OnceLock<String>,
}

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "otel.name" {
            self.span.name = format!("{value:?}");
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "otel.name" => value.clone_into(&mut self.span.name),
            "rpc.status_code" => value.clone_into(&mut self.span.code),
            "otel.status_code" => self.span.failed = value == "ERROR",
            "trace_id" => {
                let _first = self.trace.set(value.to_owned());
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;
    use crate::telemetry::log;

    const ID: &str = "0af7651916cd43dd8448eb211c80319c";

    /// Tests that look at the shelf take turns: who finds it taken drops its trace.
    static TURN: Mutex<()> = Mutex::new(());

    /// One failed call with a statement, during which something is logged.
    fn call() {
        let call = tracing::info_span!(
            "rpc",
            otel.name = "S/M",
            passport = "750000001",
            otel.status_code = tracing::field::Empty,
            trace_id = tracing::field::Empty
        );
        call.record("trace_id", ID);
        call.in_scope(|| {
            let statement =
                tracing::debug_span!("db", otel.name = format_args!("{} {}", "SELECT", "relocant"), db.query.text = "750000001");
            statement.in_scope(|| tracing::warn!(operation = "Look", "said during a statement"));
        });
        call.record("otel.status_code", "ERROR");
    }

    #[test]
    fn a_failed_call_is_kept_with_what_it_did_and_nothing_else_and_its_log_lines_name_it() {
        let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let subscriber = tracing_subscriber::registry().with(Recorder).with(log::Lines { written: false });
        tracing::subscriber::with_default(subscriber, call);
        let kept = recent();
        let trace = kept.iter().find(|trace| trace.id == ID).unwrap();
        assert_eq!(trace.kept, Kept::Failed);
        assert_eq!(trace.spans.iter().map(|span| span.name.as_str()).collect::<Vec<_>>(), ["S/M", "SELECT relocant"]);
        assert!(trace.spans[1].begun + trace.spans[1].took <= trace.took());
        assert!(!format!("{trace:?}").contains("750000001"), "{trace:?}");
        let line = log::recent().into_iter().find(|line| line.contains("said during a statement")).unwrap();
        let line: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(
            (&line["trace_id"], &line["level"], &line["operation"], &line["span"]),
            (&ID.into(), &"WARN".into(), &"Look".into(), &"db".into())
        );
    }

    /// A call that has ended, of a method, and how long it took.
    fn ended(method: &str, took: Duration) -> bool {
        let open = Open { at: now(), begun: Instant::now(), id: OnceLock::from(method.to_owned()), spans: Mutex::default() };
        // The first of a thousand is kept anyway.
        ENDED.store(1, Ordering::Relaxed);
        keep(&open, vec![Span { name: method.to_owned(), took, ..Span::default() }]);
        recent().iter().any(|trace| trace.id == method)
    }

    #[test]
    fn a_stream_is_no_slow_call_however_long_somebody_looks() {
        let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let hour = Duration::from_hours(1);
        assert!(!ended(STREAMS[0], hour) && ended("S/Slow", hour));
    }
}
