//! Sets of days as spans, on day numbers.

use chrono::{Datelike as _, NaiveDate};

/// A day that never comes; far enough from the largest day number that sums of the two do not overflow.
pub(super) const NEVER: i32 = i32::MAX / 4;

/// Days as spans that are apart and in order, each with the number of days in those before it.
#[derive(Default)]
pub(super) struct Days(pub(super) Vec<Span>);

/// One span: its first and last day, and how many of the days lie before it.
#[derive(Clone, Copy)]
pub(super) struct Span {
    pub(super) first: i32,
    pub(super) last: i32,
    pub(super) before: i32,
}

impl Days {
    /// The union of spans, which may overlap, touch, and come in any order. Merged in place: one allocation holds them from the start.
    pub(super) fn union(spans: impl Iterator<Item = (i32, i32)>) -> Self {
        let mut spans: Vec<Span> = spans.map(|(first, last)| Span { first, last, before: 0 }).collect();
        if !spans.is_sorted_by_key(|span| (span.first, span.last)) {
            spans.sort_unstable_by_key(|span| (span.first, span.last));
        }
        spans.dedup_by(|next, span| {
            let touches = next.first <= span.last + 1;
            if touches {
                span.last = span.last.max(next.last);
            }
            touches
        });
        Self(spans).numbered()
    }

    fn numbered(mut self) -> Self {
        let mut before = 0_i32;
        for span in &mut self.0 {
            span.before = before;
            before = before.saturating_add(span.last - span.first + 1);
        }
        self
    }

    /// These days without others.
    pub(super) fn without(self, other: &Self) -> Self {
        if other.0.is_empty() {
            return self;
        }
        let mut left = Vec::with_capacity(self.0.len() + other.0.len());
        for span in self.0 {
            let mut first = span.first;
            for out in other.0.iter().skip(other.0.partition_point(|out| out.last < span.first)) {
                if out.first > span.last {
                    break;
                }
                if first < out.first {
                    left.push(Span { first, last: out.first - 1, before: 0 });
                }
                first = first.max(out.last + 1);
            }
            if first <= span.last {
                left.push(Span { first, last: span.last, before: 0 });
            }
        }
        Self(left).numbered()
    }

    /// How many there are.
    pub(super) fn all(&self) -> i32 {
        self.0.last().map_or(0, |span| span.before.saturating_add(span.last - span.first + 1))
    }

    /// How many of the days lie up to and including one.
    pub(super) fn up_to(&self, day: i32) -> i32 {
        let begun = self.0.partition_point(|span| span.first <= day);
        let last = begun.checked_sub(1).and_then(|at| self.0.get(at));
        last.map_or(0, |span| span.before + (span.last.min(day) - span.first + 1))
    }

    /// Whether a day is among them.
    pub(super) fn includes(&self, day: i32) -> bool {
        let at = self.0.partition_point(|span| span.last < day);
        self.0.get(at).is_some_and(|span| span.first <= day)
    }

    /// The day by which so many of the days have come; at least one must be asked for, and not more than there are.
    pub(super) fn reaching(&self, count: i32) -> i32 {
        let at = self.0.partition_point(|span| span.before + (span.last - span.first + 1) < count);
        self.0.get(at).map_or(NEVER, |span| span.first + (count - span.before) - 1)
    }
}

/// Counts days up to one after another, which must come in order.
pub(super) struct Tally<'a> {
    spans: &'a [Span],
    counted: i32,
}

impl<'a> Tally<'a> {
    pub(super) fn of(days: &'a Days) -> Self {
        Self { spans: &days.0, counted: 0 }
    }

    /// How many of the days lie up to and including one.
    pub(super) fn up_to(&mut self, day: i32) -> i32 {
        while let Some((span, rest)) = self.spans.split_first() {
            if day <= span.last {
                return span.before + (day - span.first + 1).max(0);
            }
            self.counted = span.before.saturating_add(span.last - span.first + 1);
            self.spans = rest;
        }
        self.counted
    }
}

/// Walks forward over days, run by run.
pub(super) struct Walk<'a> {
    spans: &'a [Span],
}

impl<'a> Walk<'a> {
    /// From a day on.
    pub(super) fn from(days: &'a Days, day: i32) -> Self {
        let at = days.0.partition_point(|span| span.last < day);
        Self { spans: days.0.get(at..).unwrap_or_default() }
    }

    /// Whether a day is among them, and the last day until which that stays so. Days must be asked for in order.
    pub(super) fn run(&mut self, day: i32) -> (bool, i32) {
        while let Some((span, rest)) = self.spans.split_first() {
            if day <= span.last {
                return if span.first <= day { (true, span.last) } else { (false, span.first - 1) };
            }
            self.spans = rest;
        }
        (false, NEVER)
    }
}

/// A day's number.
pub(super) fn number(day: NaiveDate) -> i32 {
    day.num_days_from_ce()
}

/// The day of a number.
pub(super) fn date(number: i32) -> NaiveDate {
    NaiveDate::from_num_days_from_ce_opt(number).unwrap_or(if number > 0 { NaiveDate::MAX } else { NaiveDate::MIN })
}

/// The first of January of a day's year.
pub(super) fn new_year(day: i32) -> i32 {
    day - i32::try_from(date(day).ordinal0()).unwrap_or(0)
}

/// How many days a day's year has.
pub(super) fn days_of_year(day: i32) -> i32 {
    if date(day).leap_year() { 366 } else { 365 }
}
