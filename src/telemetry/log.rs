//! Lines of the log: one JSON object each, with the trace that they belong to. Which lines is changed without a restart ([`set_filter`]), and whoever looks after the
//! service reads the newest without looking for the file ([`recent`], [`follow`]). A reader who is slow misses lines; the log never waits.

use std::{
    collections::VecDeque,
    fmt,
    io::Write as _,
    sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError},
};

use serde_json::{Map, Value};
use tokio::sync::broadcast;
use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    EnvFilter, Layer, Registry,
    fmt::{
        format::Writer,
        time::{FormatTime as _, SystemTime},
    },
    layer::Context,
    registry::LookupSpan,
    reload,
};

use super::traces;

/// Lines that are kept to be looked at.
const KEPT: usize = 500;

/// Lines that a reader may be behind before it misses some.
const BEHIND: usize = 256;

struct Tail {
    kept: Mutex<VecDeque<Arc<str>>>,
    sent: broadcast::Sender<Arc<str>>,
}

static TAIL: LazyLock<Tail> = LazyLock::new(|| Tail { kept: Mutex::default(), sent: broadcast::Sender::new(BEHIND) });

static FILTER: OnceLock<reload::Handle<EnvFilter, Registry>> = OnceLock::new();

/// The newest lines, the oldest first.
pub fn recent() -> Vec<Arc<str>> {
    TAIL.kept.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
}

/// Every line from now on.
pub fn follow() -> broadcast::Receiver<Arc<str>> {
    TAIL.sent.subscribe()
}

/// Which lines are written, as `EnvFilter` reads it.
pub fn filter() -> String {
    FILTER.get().and_then(|handle| handle.with_current(ToString::to_string).ok()).unwrap_or_default()
}

/// Changes which lines are written, until the process ends.
///
/// # Errors
/// A text for the operator: the filter cannot be read, or this process has no log.
pub fn set_filter(text: &str) -> Result<(), String> {
    let filter = EnvFilter::try_new(text).map_err(|failed| failed.to_string())?;
    let handle = FILTER.get().ok_or("this process writes no log")?;
    handle.reload(filter).map_err(|failed| failed.to_string())
}

/// A filter that [`set_filter`] can change.
pub(super) fn changeable(filter: EnvFilter) -> reload::Layer<EnvFilter, Registry> {
    let (layer, handle) = reload::Layer::new(filter);
    // A second log in one process is refused a little later, where it would be installed.
    let _first = FILTER.set(handle);
    layer
}

/// Keeps lines, and writes them as well when `written`.
#[derive(Debug)]
pub(super) struct Lines {
    pub(super) written: bool,
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Lines {
    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut line = Map::new();
        let mut time = String::new();
        // Writing into a string cannot fail.
        let _written = SystemTime.format_time(&mut Writer::new(&mut time));
        line.insert("timestamp".to_owned(), time.into());
        line.insert("level".to_owned(), event.metadata().level().as_str().into());
        event.record(&mut Fields(&mut line));
        line.insert("target".to_owned(), event.metadata().target().into());
        if let Some(span) = context.event_span(event) {
            line.insert("span".to_owned(), span.name().into());
            if let Some(trace) = traces::id_of(&span) {
                line.insert("trace_id".to_owned(), trace.into());
            }
        }
        let line: Arc<str> = Value::Object(line).to_string().into();
        if self.written {
            // Nobody can be told that the log cannot be written.
            let _gone = writeln!(std::io::stderr().lock(), "{line}");
        }
        // What libraries note of a call below a warning can hold its headers. Whoever asks for it finds it in the log, and nobody in a browser.
        let metadata = event.metadata();
        if !metadata.target().starts_with(env!("CARGO_CRATE_NAME")) && *metadata.level() > Level::WARN {
            return;
        }
        let mut kept = TAIL.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back(Arc::clone(&line));
        drop(kept);
        let _nobody_reads = TAIL.sent.send(line);
    }
}

struct Fields<'a>(&'a mut Map<String, Value>);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}").into());
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.into());
    }
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.insert(field.name().to_owned(), value.into());
    }
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name().to_owned(), value.into());
    }
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.0.insert(field.name().to_owned(), value.into());
    }
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    #[test]
    fn what_libraries_note_below_a_warning_is_not_kept_for_a_browser() {
        tracing::subscriber::with_default(tracing_subscriber::registry().with(Lines { written: false }), || {
            tracing::debug!(target: "h2::codec", "a header of somebody");
            tracing::warn!(target: "h2::codec", "a warning of a library");
            tracing::debug!("a line of our own");
        });
        let said = |text: &str| recent().iter().any(|line| line.contains(text));
        assert!(!said("a header of somebody") && said("a warning of a library") && said("a line of our own"));
    }
}
