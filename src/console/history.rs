//! What was measured lately: the text of `/metrics`, read every ten seconds and kept for an hour. So the console's numbers are those of
//! Prometheus, and no call pays for them.

use std::{
    collections::{BTreeMap, HashSet, VecDeque},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use crate::{
    telemetry::{
        names::{self, Instrument, RPC_BUCKETS},
        scrape::{Sample, scrape},
    },
    time::Instant,
};

/// How often to read.
pub const EVERY: Duration = Duration::from_secs(10);
/// Readings that are kept of the last hour.
const KEPT: usize = 361;

/// Sizes that calls are counted by: each bound, and more.
pub const SIZES: usize = RPC_BUCKETS.len() + 1;

/// How many calls took how long.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Durations {
    /// Calls up to each bound that are longer than the bound before.
    pub counts: [f64; SIZES],
}

impl Durations {
    /// All of them.
    pub fn total(&self) -> f64 {
        self.counts.iter().sum()
    }

    /// What such a part of the calls took at most, in seconds, as `histogram_quantile` of Prometheus says it: even within a bucket, the last bound for what is
    /// beyond it. Nothing of no calls.
    pub fn quantile(&self, part: f64) -> Option<f64> {
        let total = self.total();
        let (mut rank, mut from) = (part * total, 0.0);
        for (count, bound) in self.counts.iter().zip(RPC_BUCKETS) {
            if rank <= *count && *count > 0.0 {
                return Some(from + (bound - from) * rank / count);
            }
            (rank, from) = (rank - count, bound);
        }
        (total > 0.0).then_some(from)
    }

    fn add(&mut self, other: &Self) {
        for (count, more) in self.counts.iter_mut().zip(other.counts) {
            *count += more;
        }
    }

    fn since(&self, before: Option<&Self>) -> Self {
        let mut counts = self.counts;
        for (count, before) in counts.iter_mut().zip(before.copied().unwrap_or_default().counts) {
            *count = (*count - before).max(0.0);
        }
        Self { counts }
    }
}

/// Calls of one method that ended with one code.
type Calls = BTreeMap<(Arc<str>, Arc<str>), Durations>;

/// One reading.
#[derive(Debug, Clone)]
pub struct Moment {
    /// When.
    pub at: Instant,
    calls: Calls,
    shed: f64,
}

/// The readings that are kept.
#[derive(Debug, Default)]
pub struct History {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    readings: VecDeque<Moment>,
    names: HashSet<Arc<str>>,
}

/// What happened between two readings.
#[derive(Debug, Clone, Default)]
pub struct Span {
    /// Seconds between them.
    pub seconds: f64,
    /// The calls that ended, by method and code.
    pub calls: BTreeMap<(Arc<str>, Arc<str>), Durations>,
    /// Calls that admission control refused.
    pub shed: f64,
}

impl Span {
    /// The durations of those that are chosen by method and code.
    pub fn of(&self, chosen: impl Fn(&str, &str) -> bool) -> Durations {
        let mut all = Durations::default();
        for ((method, code), durations) in &self.calls {
            if chosen(method, code) {
                all.add(durations);
            }
        }
        all
    }

    /// The part of the calls that did not fail by our fault, of those that the objectives are about; nothing of no calls.
    pub fn answered(&self) -> Option<f64> {
        let all = self.of(|method, _| names::is_of_objectives(method)).total();
        let faults = self.of(|method, code| names::is_of_objectives(method) && is_fault(method, code)).total();
        (all > 0.0).then(|| 1.0 - faults / all)
    }
}

/// Whether a call that ended with a code failed by our fault. Asking for a method that there is not is the stranger's own.
pub fn is_fault(method: &str, code: &str) -> bool {
    method != names::OTHER_METHOD && names::FAULTS.contains(&code)
}

impl History {
    /// Reads once.
    pub fn read(&self, now: Instant) {
        let samples = scrape();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that was set back would give steps of less than nothing.
        if kept.readings.back().is_some_and(|newest| newest.at >= now) {
            kept.readings.clear();
        }
        if kept.readings.len() == KEPT {
            kept.readings.pop_front();
        }
        let moment = moment(now, &samples, &mut kept.names);
        kept.readings.push_back(moment);
    }

    /// What happened in the last so many seconds, as far as it is kept: from the reading before them to the newest.
    pub fn last(&self, seconds: i64) -> Span {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(newest) = kept.readings.back() else { return Span::default() };
        let since = newest.at - chrono::Duration::seconds(seconds);
        // The newest of those before; the first of all where none is that old.
        let before = kept.readings.iter().rev().find(|one| one.at <= since).or_else(|| kept.readings.front());
        before.map(|before| between(before, newest)).unwrap_or_default()
    }

    /// What happened in each of so many even steps of the last hour, or of as much as is kept, the earliest first, with when each ended.
    pub fn steps(&self, steps: usize) -> Vec<(Instant, Span)> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let readings = kept.readings.len().div_ceil(steps + 1).max(1);
        let ends: Vec<&Moment> = kept.readings.iter().rev().step_by(readings).take(steps + 1).collect();
        ends.windows(2).rev().filter_map(|pair| Some((pair.first()?.at, between(pair.last()?, pair.first()?)))).collect()
    }
}

fn moment(at: Instant, samples: &[Sample], known: &mut HashSet<Arc<str>>) -> Moment {
    let mut name = |text: &str| {
        known.get(text).cloned().unwrap_or_else(|| {
            let name: Arc<str> = text.into();
            known.insert(Arc::clone(&name));
            name
        })
    };
    let bucket = format!("{}_bucket", names::RPC_DURATION.exposed());
    let mut calls = Calls::new();
    for sample in samples.iter().filter(|sample| sample.name == bucket) {
        let size =
            sample.label("le").parse().ok().and_then(|bound: f64| RPC_BUCKETS.iter().position(|known| known.total_cmp(&bound).is_eq()));
        let durations = calls.entry((name(sample.label("rpc_method")), name(sample.label("rpc_status_code")))).or_default();
        if let Some(count) = durations.counts.get_mut(size.unwrap_or(RPC_BUCKETS.len())) {
            *count = sample.value;
        }
    }
    for durations in calls.values_mut() {
        // Prometheus counts everything up to a bound.
        let up_to = durations.counts;
        for (count, shorter) in durations.counts.iter_mut().skip(1).zip(up_to) {
            *count -= shorter;
        }
    }
    Moment { at, calls, shed: value(samples, names::SHED) }
}

/// The sum of an instrument's series.
pub fn value(samples: &[Sample], instrument: Instrument) -> f64 {
    let name = instrument.exposed();
    samples.iter().filter(|sample| sample.name == name).map(|sample| sample.value).sum()
}

fn between(before: &Moment, after: &Moment) -> Span {
    let calls = after.calls.iter().map(|(key, durations)| (key.clone(), durations.since(before.calls.get(key)))).collect();
    let seconds = (after.at - before.at).as_seconds_f64();
    Span { seconds, calls, shed: after.shed - before.shed }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::scrape::parse;

    fn reading(at: &str, text: &str) -> Moment {
        moment(at.parse().unwrap(), &parse(text), &mut HashSet::new())
    }

    fn durations(counts: &[(usize, f64)]) -> Durations {
        let mut durations = Durations::default();
        for (size, count) in counts {
            durations.counts[*size] = *count;
        }
        durations
    }

    /// What is scraped after three calls of up to 5 ms and so many of up to 10 ms.
    fn text(longer: u32) -> String {
        let bounds = RPC_BUCKETS.iter().map(ToString::to_string).chain(["+Inf".to_owned()]).enumerate();
        let line = |(at, bound): (usize, String)| {
            let count = 3 + if at > 0 { longer } else { 0 };
            format!("rpc_server_call_duration_seconds_bucket{{le=\"{bound}\",rpc_method=\"S/M\",rpc_status_code=\"OK\"}} {count}\n")
        };
        bounds.map(line).collect()
    }

    #[test]
    fn what_happened_is_the_difference_of_two_readings_by_size() {
        let (before, after) = (reading("2026-11-28T09:00:00Z", &text(1)), reading("2026-11-28T09:00:10Z", &text(6)));
        let span = between(&before, &after);
        assert_eq!((span.seconds, span.of(|_, _| true)), (10.0, durations(&[(1, 5.0)])));
        assert_eq!(
            between(&after, &before).of(|_, _| true),
            Durations::default(),
            "a process that began anew has done nothing less than nothing"
        );
    }

    #[test]
    fn a_quantile_is_even_within_a_bucket_and_ends_at_the_last_bound() {
        assert_eq!(durations(&[(0, 10.0)]).quantile(0.5), Some(0.0025));
        assert_eq!(durations(&[(0, 50.0), (1, 50.0)]).quantile(0.75), Some(0.0075));
        assert_eq!(durations(&[(SIZES - 1, 5.0)]).quantile(0.99), Some(10.0));
        assert_eq!(Durations::default().quantile(0.5), None);
    }

    #[test]
    fn typos_and_strangers_are_no_faults_of_ours() {
        let calls = |method: &str, code: &str, count| {
            let method = if method == "S/M" { "relocation.registry.v1.RelocantService/GetRelocant" } else { method };
            ((method.into(), code.into()), durations(&[(0, count)]))
        };
        let span = |calls: Vec<_>| Span { seconds: 1.0, calls: calls.into_iter().collect(), shed: 0.0 };
        assert_eq!(span(vec![calls("S/M", "INVALID_ARGUMENT", 5.0), calls("_OTHER", "UNIMPLEMENTED", 5.0)]).answered(), Some(1.0));
        assert_eq!(span(vec![calls("S/M", "OK", 3.0), calls("S/M", "INTERNAL", 1.0)]).answered(), Some(0.75));
        assert_eq!(Span::default().answered(), None);
    }

    #[test]
    fn an_hour_is_kept_and_a_clock_that_is_set_back_begins_anew() {
        let history = History::default();
        let begun: Instant = "2026-11-28T00:00:00Z".parse().unwrap();
        for at in 0..u32::try_from(2 * KEPT).unwrap() {
            history.read(begun + EVERY * at);
        }
        assert_eq!(history.kept.lock().unwrap().readings.len(), KEPT);
        let lasts = |back, seconds: f64| (history.last(back).seconds - seconds).abs() < 1e-6;
        assert!(lasts(600, 600.0) && lasts(3600, 3600.0) && lasts(20 * 3600, 3600.0));
        let steps = history.steps(60);
        assert_eq!((steps.len(), steps[1].0 - steps[0].0), (60, chrono::Duration::minutes(1)));
        assert!(steps.windows(2).all(|pair| pair[0].0 < pair[1].0));
        history.read(begun);
        assert_eq!(history.kept.lock().unwrap().readings.len(), 1);
    }
}
