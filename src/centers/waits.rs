//! How long a ticket may have to wait: the median time of a service, times the people ahead, divided by the counters that are open for it.

use std::collections::HashMap;

use chrono::Duration;
use strum::IntoEnumIterator as _;

use super::{Plan, ServiceKind};

/// Times of a service that a median is taken of at most: the latest.
const LATEST: usize = 50;

/// Times that a median needs; with fewer, the plan's usual time holds.
const FEWEST: usize = 5;

/// How long a ticket may have to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    /// Tickets that are called before.
    pub tickets_ahead: i32,
    /// How long that takes; `None`: no counter is open for the service.
    pub estimate: Option<Duration>,
    /// Whether that may be longer than the centre is open today.
    pub may_not_be_today: bool,
}

/// What takes how long for one person, by service.
pub type Medians = HashMap<ServiceKind, Duration>;

/// The medians of a day. `served` gives service, people and time of what was served, the latest first.
pub fn medians(plan: &Plan, served: &[(ServiceKind, i32, Duration)]) -> Medians {
    let of = |offer: &super::ServiceOffer| {
        let same = served.iter().filter(|(service, ..)| *service == offer.service).take(LATEST);
        let mut times: Vec<Duration> = same.map(|(_, people, time)| *time / (*people).max(1)).collect();
        times.sort_unstable();
        let median = times.get(times.len() / 2).filter(|_| times.len() >= FEWEST).copied();
        (offer.service, median.unwrap_or_else(|| Duration::minutes(offer.usual_minutes.into())))
    };
    plan.services.iter().map(of).collect()
}

/// Tickets for one service as far as waiting asks.
#[derive(Debug, Clone, Copy)]
pub struct Waiting {
    /// What for.
    pub service: ServiceKind,
    /// How many.
    pub tickets: i32,
    /// People who are served with them.
    pub people: i32,
}

/// Counts what waits, in the order in which it is called.
#[derive(Debug)]
pub struct Line<'a> {
    medians: &'a Medians,
    counters: &'a [Vec<ServiceKind>],
    open_time_left: Duration,
    waiting: HashMap<ServiceKind, (i32, Duration)>,
}

impl<'a> Line<'a> {
    /// Nobody waits yet. `counters` are the services of each open counter.
    pub fn new(medians: &'a Medians, counters: &'a [Vec<ServiceKind>], open_time_left: Duration) -> Self {
        Self { medians, counters, open_time_left, waiting: HashMap::new() }
    }

    /// How long a ticket waits that comes next in the line.
    ///
    /// Ahead is everything that a counter open for its service may call first, whatever it is for. A counter that also has other services counts as a whole, and one
    /// that only has others as none, so the estimate errs on the long side.
    pub fn next(&self, service: ServiceKind) -> Wait {
        let open: Vec<&Vec<ServiceKind>> = self.counters.iter().filter(|services| services.contains(&service)).collect();
        let before = |other: &ServiceKind| *other == service || open.iter().any(|services| services.contains(other));
        let (tickets_ahead, work) = self.sum(before);
        let estimate = i32::try_from(open.len()).ok().filter(|open| *open > 0).map(|open| work / open);
        Wait { tickets_ahead, estimate, may_not_be_today: estimate.is_none_or(|estimate| estimate >= self.open_time_left) }
    }

    /// Puts tickets at the end of the line.
    pub fn join(&mut self, more: Waiting) {
        let time = self.time(more);
        let (tickets, work) = self.waiting.entry(more.service).or_insert((0, Duration::zero()));
        *tickets += more.tickets;
        *work += time;
    }

    /// Tickets that wait for a service.
    pub fn waiting_for(&self, service: ServiceKind) -> i32 {
        self.waiting.get(&service).map_or(0, |(tickets, _)| *tickets)
    }

    /// Counters that are open for a service.
    pub fn open_for(&self, service: ServiceKind) -> usize {
        self.counters.iter().filter(|services| services.contains(&service)).count()
    }

    /// Whether more can still be served today: by the counters that are open, or by those that are planned when none is yet.
    pub fn has_room(&self, more: Waiting, planned_counters: i32) -> bool {
        let counters = i32::try_from(self.counters.len()).unwrap_or(i32::MAX);
        let counters = if counters == 0 { planned_counters } else { counters };
        let (_, work) = self.sum(|_| true);
        work + self.time(more) <= self.open_time_left * counters
    }

    fn time(&self, waiting: Waiting) -> Duration {
        self.medians.get(&waiting.service).copied().unwrap_or_else(Duration::zero) * waiting.people
    }

    fn sum(&self, of: impl Fn(&ServiceKind) -> bool) -> (i32, Duration) {
        let waiting = ServiceKind::iter().filter(of).filter_map(|service| self.waiting.get(&service));
        waiting.fold((0, Duration::zero()), |(tickets, work), (more, time)| (tickets + more, work + *time))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::centers::samples::plan;

    const A: ServiceKind = ServiceKind::Registration;
    const B: ServiceKind = ServiceKind::Permit;

    fn minutes(count: i64) -> Duration {
        Duration::minutes(count)
    }

    fn one(service: ServiceKind) -> Waiting {
        Waiting { service, tickets: 1, people: 1 }
    }

    #[test]
    fn a_wait_is_the_median_times_the_people_ahead_by_the_open_counters() {
        let medians = Medians::from([(A, minutes(6)), (B, minutes(20))]);
        let counters = [vec![A], vec![A, B]];
        let mut line = Line::new(&medians, &counters, minutes(480));
        for _ in 0..10 {
            line.join(one(A));
        }
        assert_eq!(line.next(A), Wait { tickets_ahead: 10, estimate: Some(minutes(30)), may_not_be_today: false });
        line.join(Waiting { service: A, tickets: 1, people: 4 });
        assert_eq!(line.next(A).estimate, Some(minutes(42)), "a family of four takes as long as four");
        assert_eq!(line.next(B).estimate, Some(minutes(84)), "the only counter for permits also has the registrations");
        line.join(one(B));
        assert_eq!((line.next(A).tickets_ahead, line.next(A).estimate), (12, Some(minutes(52))));
    }

    #[test]
    fn without_an_open_counter_nothing_is_promised() {
        let medians = Medians::from([(A, minutes(6)), (B, minutes(20))]);
        let counters = [vec![B]];
        let mut line = Line::new(&medians, &counters, minutes(480));
        line.join(one(A));
        line.join(one(B));
        assert_eq!(line.next(A), Wait { tickets_ahead: 1, estimate: None, may_not_be_today: true });
    }

    #[test]
    fn under_surge_the_estimate_says_that_it_may_not_be_today_and_the_day_is_full() {
        let medians = Medians::from([(A, minutes(10))]);
        let counters = [vec![A]];
        let mut line = Line::new(&medians, &counters, minutes(60));
        for taken in 0..6 {
            assert!(line.has_room(one(A), 5), "{taken}");
            line.join(one(A));
        }
        assert!(!line.has_room(one(A), 5), "six times ten minutes fill the hour of the counter that is open");
        assert!(line.next(A).may_not_be_today);
        let morning = Line { counters: &[], ..line };
        assert!(morning.has_room(one(A), 5), "before a counter is open those that are planned count");
    }

    #[test]
    fn a_median_needs_five_times_and_takes_the_latest_fifty() {
        let served = |count: usize, time: i64| vec![(A, 1, minutes(time)); count];
        assert_eq!(medians(&plan(), &served(4, 3))[&A], minutes(10), "the plan's usual time");
        assert_eq!(medians(&plan(), &served(5, 3))[&A], minutes(3));
        assert_eq!(medians(&plan(), &[served(50, 3), served(500, 60)].concat())[&A], minutes(3));
        assert_eq!(medians(&plan(), &[(A, 4, minutes(20)); 5])[&A], minutes(5), "of each person");
        assert_eq!(medians(&plan(), &[])[&B], minutes(20));
    }
}
