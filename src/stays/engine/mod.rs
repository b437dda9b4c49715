//! How long one may stay, under any policy. All arithmetic is on civil days, as day numbers: no instant and no zone comes near it.
//!
//! Days of stay are kept as spans, so that cost and memory grow with the crossings and never with the days between them. Along a stay that goes on, the count
//! changes by one a day at most and only where a span begins or ends, so it is walked from change to change.

mod days;

use std::sync::Arc;

use chrono::NaiveDate;

use self::days::{Days, NEVER, Tally, Walk, date, days_of_year, new_year, number};
use super::{AfterPermit, Cover, Kind, Stay, StayPolicy, StayStatus};

/// What a policy says about stays on a day. `on` is the control day or the planned entry; crossings after it are not looked at. `covered` are days under a visa
/// or permit: those to come are looked at too, since such a document says today until when it is good.
///
/// Law of Kazakhstan 477-IV, art. 6, and Regulation (EU) 2016/399, art. 6: at most so many days in any window that ends on a day of presence. Other kinds of
/// policy limit the days after an entry, or in a year.
pub fn evaluate(policy: &StayPolicy, stays: &[Stay], covered: &[Cover], on: NaiveDate) -> StayStatus {
    let covers = covered.iter().filter(|_| policy.exclude_permit_days);
    let covered = Days::union(covers.map(|cover| (number(cover.first_on), number(cover.last_on))));
    let day = number(on);
    let entered = stays.iter().filter(|stay| stay.includes(on)).map(|stay| number(stay.entry_on)).max();
    let facts = Facts { policy, counted: counted(policy, stays, &covered, day), covered, on: day, entered };
    facts.status(stays, on)
}

/// The days of stay that count, up to and including a day: a day of exit and re-entry once, days under a permit not at all.
fn counted(policy: &StayPolicy, stays: &[Stay], covered: &Days, on: i32) -> Days {
    let floor = policy.lookback_floor.map_or(i32::MIN, number);
    let spans = stays.iter().map(|stay| {
        let (first, last) = own_days(policy, *stay, on);
        (first.max(floor), last)
    });
    Days::union(spans.filter(|(first, last)| first <= last)).without(covered)
}

/// The first and last day of a stay that count, up to and including a day.
fn own_days(policy: &StayPolicy, stay: Stay, on: i32) -> (i32, i32) {
    let first = number(stay.entry_on) + i32::from(!policy.count_entry_day);
    let last = stay.exit_on.map(number).filter(|exit| *exit <= on).map_or(on, |exit| exit - i32::from(!policy.count_exit_day));
    (first, last)
}

struct Facts<'a> {
    policy: &'a StayPolicy,
    counted: Days,
    covered: Days,
    on: i32,
    /// The first day of the stay that the day lies in.
    entered: Option<i32>,
}

/// Which day drops out of a count when a day comes in.
#[derive(Clone, Copy)]
enum Drops {
    /// The one so many days before.
    After(i32),
    /// All of last year's, on the first of January.
    AtNewYear,
    /// None.
    Never,
}

impl Facts<'_> {
    fn status(&self, stays: &[Stay], on: NaiveDate) -> StayStatus {
        let policy = self.policy;
        let (used, own) = (self.used(), self.entered.map_or(0, |entered| self.own(entered, self.on)));
        let limit = policy.limit_days;
        let cap = self.cap();
        let remaining = match (policy.kind, cap) {
            (Kind::NoLimit, _) => 0,
            (Kind::PerEntry, _) => limit - own,
            (Kind::RollingWindow | Kind::CalendarYear, None) => limit - used,
            (Kind::RollingWindow | Kind::CalendarYear, Some(cap)) => (limit - used).min(cap - own),
        };
        let over = self.first_unlawful();
        let last_lawful = over.map(|over| self.last_before(over));
        let max_stay_days = last_lawful.map_or(0, |last| (last - self.on + 1).max(0));
        let unlimited = over.is_none();
        StayStatus {
            policy_id: Arc::clone(&policy.id),
            on,
            window_start_on: self.window_start(on),
            days_used: if policy.kind == Kind::PerEntry { own } else { used },
            days_remaining: remaining.max(0),
            max_stay_days,
            last_lawful_on: last_lawful.filter(|_| max_stay_days > 0).map(date),
            earliest_entry_on: date(self.earliest_entry()),
            overstay_days: self.overstay(used, own).max(0),
            days_in_breach: self.days_in_breach(stays),
            lawful: unlimited || max_stay_days > 0,
            unlimited,
            covered: self.covered.includes(self.on),
        }
    }

    /// Days of one stay, whatever a window leaves.
    fn cap(&self) -> Option<i32> {
        if self.policy.kind == Kind::PerEntry { Some(self.policy.limit_days) } else { self.policy.per_entry_cap_days }
    }

    fn window_start(&self, on: NaiveDate) -> NaiveDate {
        match self.policy.kind {
            Kind::RollingWindow => date(self.on - self.policy.window_days + 1),
            Kind::CalendarYear => date(new_year(self.on)),
            Kind::PerEntry | Kind::NoLimit => self.entered.map_or(on, date),
        }
    }

    /// Days that count on the day asked about.
    fn used(&self) -> i32 {
        self.counted.up_to(self.on) - self.counted.up_to(self.before_window(self.on))
    }

    /// The day before the window that ends on a day.
    fn before_window(&self, day: i32) -> i32 {
        match self.policy.kind {
            Kind::RollingWindow => day - self.policy.window_days,
            Kind::CalendarYear => new_year(day) - 1,
            Kind::PerEntry | Kind::NoLimit => self.entered.unwrap_or(self.on) - 1,
        }
    }

    /// Days of the stay that began on a day, up to another, that count.
    fn own(&self, entered: i32, day: i32) -> i32 {
        let first = entered + i32::from(!self.policy.count_entry_day);
        if first > day { 0 } else { day - first + 1 - (self.covered.up_to(day) - self.covered.up_to(first - 1)) }
    }

    fn overstay(&self, used: i32, own: i32) -> i32 {
        let over_cap = self.cap().map_or(0, |cap| own - cap);
        match self.policy.kind {
            Kind::RollingWindow | Kind::CalendarYear => (used - self.policy.limit_days).max(over_cap),
            Kind::PerEntry => over_cap,
            Kind::NoLimit => 0,
        }
    }

    /// The first day, from the one asked about, on which a stay that goes on or begins then is not lawful any more; `None`: there is none.
    fn first_unlawful(&self) -> Option<i32> {
        let entered = self.entered.unwrap_or(self.on);
        let first_new = self.first_new();
        let counts_today = i32::from(first_new == self.on && !self.covered.includes(self.on));
        let before = self.counted.up_to(first_new - 1) - self.counted.up_to(self.before_window(self.on).min(first_new - 1));
        let window = match self.policy.kind {
            Kind::RollingWindow => {
                self.first_over(self.policy.limit_days, before + counts_today, first_new, Drops::After(self.policy.window_days))
            }
            Kind::CalendarYear => self.first_over(self.policy.limit_days, before + counts_today, first_new, Drops::AtNewYear),
            Kind::PerEntry | Kind::NoLimit => None,
        };
        let cap = self.cap().and_then(|cap| self.first_over(cap, self.own(entered, self.on), self.first_own(), Drops::Never));
        let left_behind = self.first_after_permit(entered);
        [window, cap, left_behind].into_iter().flatten().min()
    }

    /// The first day that a stay adds to its own days when it goes on or begins.
    fn first_own(&self) -> i32 {
        self.on.max(self.entered.unwrap_or(self.on) + i32::from(!self.policy.count_entry_day))
    }

    /// The first day that it adds to the window or year.
    fn first_new(&self) -> i32 {
        self.first_own().max(self.policy.lookback_floor.map_or(i32::MIN, number))
    }

    /// Walks a stay from the day asked about, with so many days counted on it and further ones from a day on, to the first day on which more than the limit are.
    fn first_over(&self, limit: i32, counted: i32, first_new: i32, drops: Drops) -> Option<i32> {
        let (mut day, mut used) = (self.on, counted);
        let (mut cover, mut known, mut dropped_cover) = (Walk::from(&self.covered, day), None, None);
        if used > limit && !cover.run(day).0 {
            return Some(day);
        }
        loop {
            let next = day + 1;
            let (is_covered, until) = cover.run(next);
            let comes_in = !is_covered && next >= first_new;
            let until = if next < first_new { until.min(first_new - 1) } else { until };
            let (drops_out, drops_until) = match drops {
                Drops::Never => (false, NEVER),
                Drops::AtNewYear => {
                    let first = new_year(next);
                    if first == next {
                        used = 0;
                    }
                    (false, first + days_of_year(next) - 1)
                }
                Drops::After(window) => {
                    let dropped = next - window;
                    let (is, until) = if dropped < first_new {
                        let (is, until) = known.get_or_insert_with(|| Walk::from(&self.counted, dropped)).run(dropped);
                        (is, until.min(first_new - 1))
                    } else {
                        let (is, until) = dropped_cover.get_or_insert_with(|| Walk::from(&self.covered, dropped)).run(dropped);
                        (!is, until)
                    };
                    (is, until.saturating_add(window))
                }
            };
            let last = until.min(drops_until);
            let change = i32::from(comes_in) - i32::from(drops_out);
            if !is_covered {
                if used + change > limit {
                    return Some(next);
                }
                // Here the count is within the limit, so `left` is at least 0.
                let left = limit - used;
                if change > 0 && left < last - day {
                    return Some(day + left + 1);
                }
            }
            if last >= NEVER {
                return None;
            }
            used += change * (last - day);
            day = last;
        }
    }

    /// The first day, from the one asked about, that an ended permit leaves without cover, where the policy says that one has to leave then.
    fn first_after_permit(&self, entered: i32) -> Option<i32> {
        if self.policy.after_permit == AfterPermit::CountOn {
            return None;
        }
        let ended = self.covered.0.iter().find(|cover| cover.last >= entered)?.last;
        let mut day = self.on.max(ended + 1);
        while let (true, until) = Walk::from(&self.covered, day).run(day) {
            day = until + 1;
        }
        Some(day)
    }

    /// The last day of a stay, given the first day that is not lawful any more. Where the day of exit does not count, one may leave on that very day.
    fn last_before(&self, over: i32) -> i32 {
        if self.policy.count_exit_day || self.covered.includes(over) {
            return over - 1;
        }
        let entered = self.entered.unwrap_or(self.on);
        let before = self.counted.up_to(self.first_new() - 1);
        let lived = |day: i32| {
            // Counted on a day, had one gone on until it: what was known before, and what the stay has added.
            let added = |until: i32| {
                let first = self.first_new();
                if until < first { 0 } else { until - first + 1 - (self.covered.up_to(until) - self.covered.up_to(first - 1)) }
            };
            let known = |until: i32| if until < self.first_new() { self.counted.up_to(until) } else { before + added(until) };
            known(day) - known(self.before_window(day))
        };
        let within_window = match self.policy.kind {
            Kind::RollingWindow | Kind::CalendarYear => lived(over) - i32::from(over >= self.first_new()) <= self.policy.limit_days,
            Kind::PerEntry | Kind::NoLimit => true,
        };
        let within_cap = self.cap().is_none_or(|cap| self.own(entered, over) - i32::from(over >= self.first_own()) <= cap);
        let left_behind = self.first_after_permit(entered).is_some_and(|day| day <= over);
        if within_window && within_cap && !left_behind { over } else { over - 1 }
    }

    /// The first day, from the one asked about, on which an entry is lawful when the person is outside until then.
    fn earliest_entry(&self) -> i32 {
        let entry = i32::from(self.policy.count_entry_day);
        let today = self.used() + if self.counted.includes(self.on) { 0 } else { entry };
        if self.covered.includes(self.on) || today <= self.policy.limit_days {
            return self.on;
        }
        let free = match self.policy.kind {
            Kind::RollingWindow => {
                // So many days must have dropped out of the window.
                let need = self.counted.up_to(self.on) + entry - self.policy.limit_days;
                (self.counted.reaching(need) + self.policy.window_days).max(self.on + 1)
            }
            Kind::CalendarYear => new_year(self.on) + days_of_year(self.on),
            Kind::PerEntry | Kind::NoLimit => self.on,
        };
        let (is_covered, until) = Walk::from(&self.covered, self.on).run(self.on);
        let under_a_permit = if is_covered || until >= NEVER { NEVER } else { until + 1 };
        free.min(under_a_permit)
    }

    /// Counted days up to the one asked about on which a limit was exceeded.
    fn days_in_breach(&self, stays: &[Stay]) -> i32 {
        let mut breaches: Vec<(i32, i32)> = Vec::new();
        match self.policy.kind {
            Kind::RollingWindow => self.breaches_of_windows(&mut breaches),
            Kind::CalendarYear => self.breaches_of_years(&mut breaches),
            Kind::PerEntry | Kind::NoLimit => {}
        }
        if self.cap().is_none() && self.policy.after_permit == AfterPermit::CountOn {
            // The spans are apart already.
            return breaches.iter().map(|(first, last)| last - first + 1).fold(0, i32::saturating_add);
        }
        for stay in stays {
            let (first, last) = own_days(self.policy, *stay, self.on);
            if first > last {
                continue;
            }
            let entered = number(stay.entry_on);
            let over_cap = self.cap().and_then(|cap| self.reaching_own(first, cap + 1));
            let left_behind = if self.policy.after_permit == AfterPermit::Leave {
                self.covered.0.iter().find(|cover| cover.last >= entered).map(|cover| cover.last + 1)
            } else {
                None
            };
            let begins = [over_cap, left_behind].into_iter().flatten().min().map(|day| day.max(first));
            breaches.extend(begins.filter(|begins| *begins <= last).map(|begins| (begins, last)));
        }
        Days::union(breaches.into_iter()).without(&self.covered).all()
    }

    /// Days on which the rolling window held too many. Within a span the count never falls, so its last day tells whether any is in breach, and all from the first
    /// one on are. What has dropped out is counted along, as the spans come in order.
    fn breaches_of_windows(&self, breaches: &mut Vec<(i32, i32)>) {
        let (limit, window) = (self.policy.limit_days, self.policy.window_days);
        if self.counted.all() <= limit {
            return;
        }
        let (mut before_first, mut before_last) = (Tally::of(&self.counted), Tally::of(&self.counted));
        let mut dropping = Walk::from(&self.counted, i32::MIN);
        for span in &self.counted.0 {
            let length = span.last - span.first + 1;
            if span.before + length - before_last.up_to(span.last - window) <= limit {
                continue;
            }
            let (mut day, mut used) = (span.first, span.before + 1 - before_first.up_to(span.first - window));
            while used <= limit && day < span.last {
                let (drops_out, until) = dropping.run(day + 1 - window);
                let last = until.saturating_add(window).min(span.last);
                let over = if drops_out { last } else { last.min(day + limit - used + 1) };
                used += if drops_out { 0 } else { over - day };
                day = over;
            }
            breaches.push((day, span.last));
        }
    }

    fn breaches_of_years(&self, breaches: &mut Vec<(i32, i32)>) {
        for span in &self.counted.0 {
            let mut first = span.first;
            while first <= span.last {
                let last = (new_year(first) + days_of_year(first) - 1).min(span.last);
                let used = self.counted.up_to(first - 1) - self.counted.up_to(new_year(first) - 1);
                let begins = first + (self.policy.limit_days - used).max(0);
                if begins <= last {
                    breaches.push((begins, last));
                }
                first = last + 1;
            }
        }
    }

    /// The day on which a stay that counts from a day has so many counted days.
    fn reaching_own(&self, first: i32, count: i32) -> Option<i32> {
        let (mut day, mut left) = (first, count);
        let mut cover = Walk::from(&self.covered, first);
        loop {
            let (is_covered, until) = cover.run(day);
            if !is_covered {
                if until - day + 1 >= left {
                    return Some(day + left - 1);
                }
                left -= until - day + 1;
            }
            if until >= NEVER {
                return None;
            }
            day = until + 1;
        }
    }
}

#[cfg(test)]
mod tests;
