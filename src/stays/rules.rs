//! What the ledger of crossings amounts to, and what the law makes of it. All arithmetic is on civil days.

use chrono::{Days, NaiveDate};

use super::{Crossing, Direction, Ledger, Stay, StayPolicy, StayStatus};
use crate::{classifiers::Country, error::Reason, ids::CrossingId};

/// Why a crossing cannot be recorded, or a question not answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The day has not come yet.
    #[error("the crossing on {on} lies in the future; today is {today}")]
    CrossingInFuture {
        /// The day of the crossing.
        on: NaiveDate,
        /// Today.
        today: NaiveDate,
    },
    /// The person is present on that day already.
    #[error("the person is present since {since} already; record or correct the exit of that stay first")]
    StayAlreadyOpen {
        /// The day of the open entry.
        since: NaiveDate,
    },
    /// There is no entry that this exit could end.
    #[error("there is no entry that the exit on {on} could end")]
    NoOpenStay {
        /// The day of the exit.
        on: NaiveDate,
    },
    /// The exit lies before its entry.
    #[error("the exit on {on} lies before the entry on {entered}")]
    ExitBeforeEntry {
        /// The day of the exit.
        on: NaiveDate,
        /// The day of the entry.
        entered: NaiveDate,
    },
    /// A later line corrects this one already.
    #[error("the crossing was corrected before; correct the correction {by}")]
    CrossingAlreadyCorrected {
        /// The line that corrects it.
        by: CrossingId,
    },
    /// With this correction, entries and exits would not pair any longer.
    #[error("with this correction entries and exits would not fit together any longer")]
    LedgerWouldNotPair,
    /// No policy in the registry covers this citizenship on this day.
    #[error("the registry has no stay policy for citizens of {citizenship} on {on}")]
    NoStayPolicy {
        /// The citizenship.
        citizenship: Country,
        /// The day asked about.
        on: NaiveDate,
    },
    /// There is no policy of this name.
    #[error("there is no stay policy of this id")]
    UnknownStayPolicy,
}

impl Refusal {
    /// Every reason that these rules can give.
    pub const REASONS: &[&str] = &[
        "CROSSING_IN_FUTURE",
        "STAY_ALREADY_OPEN",
        "NO_OPEN_STAY",
        "EXIT_BEFORE_ENTRY",
        "CROSSING_ALREADY_CORRECTED",
        "LEDGER_WOULD_NOT_PAIR",
        "NO_STAY_POLICY",
        "UNKNOWN_STAY_POLICY",
    ];
}

impl Reason for Refusal {
    fn reason(&self) -> &'static str {
        match self {
            Self::CrossingInFuture { .. } => "CROSSING_IN_FUTURE",
            Self::StayAlreadyOpen { .. } => "STAY_ALREADY_OPEN",
            Self::NoOpenStay { .. } => "NO_OPEN_STAY",
            Self::ExitBeforeEntry { .. } => "EXIT_BEFORE_ENTRY",
            Self::CrossingAlreadyCorrected { .. } => "CROSSING_ALREADY_CORRECTED",
            Self::LedgerWouldNotPair => "LEDGER_WOULD_NOT_PAIR",
            Self::NoStayPolicy { .. } => "NO_STAY_POLICY",
            Self::UnknownStayPolicy => "UNKNOWN_STAY_POLICY",
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::CrossingInFuture { on, today } => vec![("on", on.to_string()), ("today", today.to_string())],
            Self::StayAlreadyOpen { since } => vec![("since", since.to_string())],
            Self::NoOpenStay { on } => vec![("on", on.to_string())],
            Self::ExitBeforeEntry { on, entered } => vec![("on", on.to_string()), ("entered", entered.to_string())],
            Self::CrossingAlreadyCorrected { by } => vec![("by", by.to_string())],
            Self::NoStayPolicy { citizenship, on } => vec![("citizenship", citizenship.to_string()), ("on", on.to_string())],
            Self::LedgerWouldNotPair | Self::UnknownStayPolicy => vec![],
        }
    }
}

/// What a ledger amounts to: corrections replace what they correct, then entries and exits pair up day by day. On one day an exit of an open stay comes before a
/// new entry, and an entry before its own exit.
pub fn ledger(crossings: &[Crossing]) -> Ledger {
    let corrected: Vec<CrossingId> = crossings.iter().filter_map(|crossing| crossing.corrects).collect();
    let mut lines: Vec<&Crossing> = crossings.iter().filter(|crossing| !crossing.void && !corrected.contains(&crossing.id)).collect();
    lines.sort_by_key(|crossing| (crossing.crossed_on, crossing.id));

    let mut ledger = Ledger::default();
    let mut open: Option<&Crossing> = None;
    for day in lines.chunk_by(|one, other| one.crossed_on == other.crossed_on) {
        let mut left: Vec<&Crossing> = day.to_vec();
        while !left.is_empty() {
            let wanted = if open.is_some() { Direction::Exit } else { Direction::Entry };
            let at = left.iter().position(|crossing| crossing.direction == wanted).unwrap_or(0);
            let crossing = left.remove(at);
            match (open, crossing.direction) {
                (None, Direction::Entry) => open = Some(crossing),
                (Some(entry), Direction::Exit) => {
                    ledger.stays.push(Stay { entry_on: entry.crossed_on, exit_on: Some(crossing.crossed_on) });
                    open = None;
                }
                (Some(entry), Direction::Entry) => {
                    ledger.unpaired.push(entry.id);
                    ledger.unpaired_entries_on.push(entry.crossed_on);
                    ledger.stays.push(Stay { entry_on: entry.crossed_on, exit_on: Some(entry.crossed_on) });
                    open = Some(crossing);
                }
                (None, Direction::Exit) => {
                    ledger.unpaired.push(crossing.id);
                    ledger.stays.push(Stay { entry_on: crossing.crossed_on, exit_on: Some(crossing.crossed_on) });
                }
            }
        }
    }
    ledger.open_since = open.map(|entry| entry.crossed_on);
    ledger.stays.extend(ledger.open_since.map(|entry_on| Stay { entry_on, exit_on: None }));
    ledger
}

/// Whether an entry can be added. One that lies before the open stay can: crossings are reported out of order. One that lies within a stay cannot, ended or not: it
/// would take the exit away from the entry that was first, and days of presence with it.
pub fn record_entry(ledger: &Ledger, on: NaiveDate, today: NaiveDate) -> Result<(), Refusal> {
    not_in_future(on, today)?;
    let present = ledger.stays.iter().find(|stay| stay.entry_on <= on && stay.exit_on.is_none_or(|exit_on| on < exit_on));
    present.map_or(Ok(()), |stay| Err(Refusal::StayAlreadyOpen { since: stay.entry_on }))
}

/// Whether an exit can be added: there must be an entry that it ends, with no further entry in between.
pub fn record_exit(ledger: &Ledger, on: NaiveDate, today: NaiveDate) -> Result<(), Refusal> {
    not_in_future(on, today)?;
    let between =
        |entered: NaiveDate, stay: &Stay| (entered..on).contains(&stay.entry_on) && stay.exit_on.is_none_or(|exit_on| exit_on > entered);
    let would_end = |entered: &NaiveDate| *entered <= on && !ledger.stays.iter().any(|stay| between(*entered, stay));
    if ledger.open_since.is_some_and(|since| since <= on) || ledger.unpaired_entries_on.iter().any(would_end) {
        return Ok(());
    }
    Err(ledger.open_since.map_or(Refusal::NoOpenStay { on }, |entered| Refusal::ExitBeforeEntry { on, entered }))
}

/// Whether a line can be corrected: it is the last word on its crossing, and with the correction the ledger pairs no worse than before.
pub fn correct(crossings: &[Crossing], correction: &Crossing, today: NaiveDate) -> Result<(), Refusal> {
    not_in_future(correction.crossed_on, today)?;
    if let Some(by) = crossings.iter().find(|crossing| crossing.corrects.is_some() && crossing.corrects == correction.corrects) {
        return Err(Refusal::CrossingAlreadyCorrected { by: by.id });
    }
    let before = ledger(crossings).unpaired.len();
    let mut with = crossings.to_vec();
    with.push(correction.clone());
    if ledger(&with).unpaired.len() > before { Err(Refusal::LedgerWouldNotPair) } else { Ok(()) }
}

fn not_in_future(on: NaiveDate, today: NaiveDate) -> Result<(), Refusal> {
    if on > today { Err(Refusal::CrossingInFuture { on, today }) } else { Ok(()) }
}

/// Law of Kazakhstan 477-IV, art. 6, and Regulation (EU) 2016/399, art. 6: at most so many days in any window that ends on a day of presence; entry and exit day
/// both count. `on` is the control day or the planned entry; what lies after it is not looked at.
///
/// Costs grow with the number of stays and with the window, not with the years that they last or that lie between them.
pub fn evaluate(policy: &'static StayPolicy, stays: &[Stay], on: NaiveDate) -> StayStatus {
    let presence = Presence::until(stays, on);
    let days_used = presence.used(policy, on);
    let mut max_stay_days = 0;
    while max_stay_days < policy.limit_days {
        let last = after(on, max_stay_days);
        if presence.going_on(on, last).used(policy, last) > policy.limit_days {
            break;
        }
        max_stay_days += 1;
    }
    let earliest_entry_on = (0..=policy.window_days)
        .map(|days| after(on, days))
        .find(|day| presence.used(policy, *day) + i32::from(!presence.includes(*day)) <= policy.limit_days);
    StayStatus {
        policy_id: policy.id,
        on,
        window_start_on: before(on, policy.window_days - 1),
        days_used,
        days_remaining: (policy.limit_days - days_used).max(0),
        max_stay_days,
        last_lawful_on: (max_stay_days > 0).then(|| after(on, max_stay_days - 1)),
        earliest_entry_on,
        overstay_days: (days_used - policy.limit_days).max(0),
        days_in_breach: presence.days_in_breach(policy),
        lawful: max_stay_days > 0,
    }
}

/// Days of presence as disjoint spans, in order.
struct Presence(Vec<(NaiveDate, NaiveDate)>);

impl Presence {
    /// The union of the stays, up to and including a day. A day of exit and re-entry counts once.
    fn until(stays: &[Stay], on: NaiveDate) -> Self {
        let clipped = stays.iter().map(|stay| (stay.entry_on, stay.exit_on.unwrap_or(on).min(on)));
        Self::union(clipped.filter(|(first, last)| first <= last).collect())
    }

    fn union(mut spans: Vec<(NaiveDate, NaiveDate)>) -> Self {
        spans.sort_unstable();
        let mut union: Vec<(NaiveDate, NaiveDate)> = Vec::with_capacity(spans.len());
        for (first, last) in spans {
            match union.last_mut() {
                Some(span) if first <= span.1 => span.1 = span.1.max(last),
                Some(_) | None => union.push((first, last)),
            }
        }
        Self(union)
    }

    /// The same with an unbroken stay added.
    fn going_on(&self, first: NaiveDate, last: NaiveDate) -> Self {
        let mut spans = self.0.clone();
        spans.push((first, last));
        Self::union(spans)
    }

    fn includes(&self, day: NaiveDate) -> bool {
        self.0.iter().any(|(first, last)| (*first..=*last).contains(&day))
    }

    /// Days of presence in the window that ends on a day.
    fn used(&self, policy: &StayPolicy, day: NaiveDate) -> i32 {
        let window_start = before(day, policy.window_days - 1);
        let begun = self.0.partition_point(|(first, _)| *first <= day);
        let spans = self.0.get(..begun).unwrap_or_default();
        spans
            .iter()
            .rev()
            .take_while(|(_, last)| *last >= window_start)
            .map(|(first, last)| days((*first).max(window_start), (*last).min(day)))
            .sum()
    }

    /// A span that has lasted for a whole window is in breach on every further day, since the limit is less than the window; only the days before are looked at.
    fn days_in_breach(&self, policy: &StayPolicy) -> i32 {
        let in_breach = |(first, last): &(NaiveDate, NaiveDate)| {
            let full_from = after(*first, policy.window_days);
            let looked_at = first.iter_days().take_while(|day| day <= last && *day < full_from);
            let count = looked_at.filter(|day| self.used(policy, *day) > policy.limit_days).count();
            i32::try_from(count).unwrap_or(i32::MAX).saturating_add(days(full_from, *last))
        };
        self.0.iter().map(in_breach).fold(0, i32::saturating_add)
    }
}

/// Days from one to another, both counted; 0 when they are the other way round.
fn days(first: NaiveDate, last: NaiveDate) -> i32 {
    i32::try_from((last - first).num_days() + 1).unwrap_or(i32::MAX).max(0)
}

fn after(day: NaiveDate, days: i32) -> NaiveDate {
    day.checked_add_days(Days::new(u64::try_from(days).unwrap_or(0))).unwrap_or(NaiveDate::MAX)
}

fn before(day: NaiveDate, days: i32) -> NaiveDate {
    day.checked_sub_days(Days::new(u64::try_from(days).unwrap_or(0))).unwrap_or(NaiveDate::MIN)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::ids::RelocantId;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn stay(entry: &str, exit: &str) -> Stay {
        Stay { entry_on: day(entry), exit_on: (!exit.is_empty()).then(|| day(exit)) }
    }

    fn schengen(stays: &[Stay], on: &str) -> StayStatus {
        evaluate(StayPolicy::by_id("schengen.2013").unwrap(), stays, day(on))
    }

    fn kazakhstan(stays: &[Stay], on: &str) -> StayStatus {
        evaluate(StayPolicy::by_id("kz.eaeu.2023").unwrap(), stays, day(on))
    }

    // The published examples are those of the Swiss State Secretariat for Migration for the EU's calculator.

    #[test]
    fn v1_old_days_drop_out_so_a_planned_stay_may_last_ninety_days() {
        let status = schengen(&[stay("2014-08-15", "2014-09-30")], "2015-01-01");
        assert_eq!((status.max_stay_days, status.last_lawful_on), (90, Some(day("2015-03-31"))));
    }

    #[test]
    fn v2_seventy_seven_used_thirteen_left_until_the_thirteenth() {
        let status = schengen(&[stay("2014-08-15", "2014-09-30"), stay("2014-11-01", "2014-11-30")], "2014-11-30");
        assert_eq!((status.days_used, status.days_remaining, status.lawful), (77, 13, true));
        assert_eq!(status.last_lawful_on, Some(day("2014-12-13")));
    }

    #[test]
    fn v4_an_overstay_of_nine_days_first_in_breach_on_the_first_of_june() {
        let stays = [stay("2013-09-01", "2013-09-30"), stay("2014-02-21", "2014-04-20"), stay("2014-05-01", "2014-06-09")];
        let status = schengen(&stays, "2014-06-09");
        assert_eq!((status.days_used, status.overstay_days, status.days_in_breach, status.lawful), (99, 9, 9, false));
        assert!(schengen(&stays, "2014-05-31").lawful);
        assert!(!schengen(&stays, "2014-06-01").lawful);
    }

    #[test]
    fn v6_an_overstay_of_seventy_four_days_and_more_in_breach_with_the_earlier_stay() {
        let stays = [stay("2013-06-28", "2013-08-09"), stay("2013-09-19", "2014-03-01")];
        let status = schengen(&stays, "2014-03-01");
        assert_eq!((status.window_start_on, status.overstay_days), (day("2013-09-03"), 74));
        assert!(status.days_in_breach > 74);
        assert_eq!(schengen(&stays[1..], "2014-03-01").days_in_breach, 74);
    }

    #[test]
    fn an_unbroken_stay_ends_on_its_ninetieth_day_and_is_free_again_after_ninety_days_outside() {
        let status = kazakhstan(&[stay("2023-01-27", "")], "2023-01-27");
        assert_eq!(status.last_lawful_on, Some(day("2023-04-26")));
        let gone = [stay("2023-01-27", "2023-04-26")];
        assert!(!kazakhstan(&gone, "2023-07-25").lawful);
        assert_eq!(kazakhstan(&gone, "2023-04-27").earliest_entry_on, Some(day("2023-07-26")));
        assert_eq!(kazakhstan(&gone, "2023-07-26").last_lawful_on, Some(day("2023-10-23")));
    }

    #[test]
    fn the_twenty_ninth_of_february_is_a_day() {
        let stays = [stay("2023-12-01", "")];
        assert!(kazakhstan(&stays, "2024-02-28").lawful);
        assert!(!kazakhstan(&stays, "2024-02-29").lawful);
    }

    #[test]
    fn a_day_of_exit_and_re_entry_counts_once() {
        assert_eq!(kazakhstan(&[stay("2024-03-01", "2024-03-01"), stay("2024-03-01", "2024-03-03")], "2024-03-03").days_used, 3);
    }

    #[test]
    fn going_out_and_in_does_not_reset_the_count() {
        let stays = [stay("2023-02-01", "2023-04-30"), stay("2023-05-01", "")];
        assert_eq!(kazakhstan(&stays, "2023-05-01").days_used, 90);
        assert!(!kazakhstan(&stays, "2023-05-02").lawful);
    }

    /// An obvious oracle: sets of days, counted one by one.
    fn slow(policy: &StayPolicy, stays: &[Stay], on: NaiveDate) -> (i32, i32, i32) {
        let mut present = BTreeSet::new();
        for stay in stays {
            let mut at = stay.entry_on;
            while at <= stay.exit_on.unwrap_or(on) && at <= on {
                present.insert(at);
                at = at.succ_opt().unwrap();
            }
        }
        let used = |present: &BTreeSet<NaiveDate>, d: NaiveDate| {
            i32::try_from(present.iter().filter(|p| **p <= d && (d - **p).num_days() < i64::from(policy.window_days)).count()).unwrap()
        };
        let breach = i32::try_from(present.iter().filter(|p| used(&present, **p) > policy.limit_days).count()).unwrap();
        let (mut longer, mut stay_days, mut at) = (present.clone(), 0, on);
        loop {
            longer.insert(at);
            if used(&longer, at) > policy.limit_days {
                break;
            }
            stay_days += 1;
            at = at.succ_opt().unwrap();
        }
        (used(&present, on), stay_days, breach)
    }

    fn stays() -> impl Strategy<Value = Vec<Stay>> {
        let one = (0_i32..500, 0_i32..130).prop_map(|(from, length)| {
            let entry_on = after(day("2023-02-01"), from);
            Stay { entry_on, exit_on: Some(after(entry_on, length)) }
        });
        prop::collection::vec(one, 0..8)
    }

    proptest! {
        #[test]
        fn it_agrees_with_counting_day_by_day(stays in stays(), on in 0_i32..700) {
            let policy = StayPolicy::by_id("kz.eaeu.2023").unwrap();
            let on = after(day("2023-02-01"), on);
            let status = evaluate(policy, &stays, on);
            prop_assert_eq!((status.days_used, status.max_stay_days, status.days_in_breach), slow(policy, &stays, on));
            prop_assert!((0..=180).contains(&status.days_used));
        }

        #[test]
        fn another_stay_never_lowers_the_count(stays in stays(), on in 0_i32..700) {
            let policy = StayPolicy::by_id("kz.eaeu.2023").unwrap();
            let on = after(day("2023-02-01"), on);
            for fewer in 0..stays.len() {
                prop_assert!(evaluate(policy, &stays[..fewer], on).days_used <= evaluate(policy, &stays, on).days_used);
            }
        }

        #[test]
        fn shifting_every_day_changes_nothing(stays in stays(), on in 0_i32..700, shift in 0_i32..4000) {
            let policy = StayPolicy::by_id("kz.eaeu.2023").unwrap();
            let on = after(day("2023-02-01"), on);
            let shifted: Vec<Stay> = stays.iter().map(|s| Stay { entry_on: after(s.entry_on, shift), exit_on: s.exit_on.map(|d| after(d, shift)) }).collect();
            let (one, other) = (evaluate(policy, &stays, on), evaluate(policy, &shifted, after(on, shift)));
            prop_assert_eq!((one.days_used, one.max_stay_days, one.days_in_breach), (other.days_used, other.max_stay_days, other.days_in_breach));
        }
    }

    fn crossing(direction: Direction, on: &str) -> Crossing {
        let created_at = "2026-01-01T00:00:00Z".parse().unwrap();
        Crossing {
            id: CrossingId::new(),
            relocant: RelocantId::default(),
            direction,
            crossed_on: day(on),
            corrects: None,
            void: false,
            created_at,
        }
    }

    #[test]
    fn crossings_reported_out_of_order_pair_by_day() {
        let lines =
            [crossing(Direction::Exit, "2026-02-10"), crossing(Direction::Entry, "2026-03-01"), crossing(Direction::Entry, "2026-02-01")];
        let ledger = ledger(&lines);
        assert_eq!(ledger.stays, [stay("2026-02-01", "2026-02-10"), stay("2026-03-01", "")]);
        assert!(ledger.unpaired.is_empty());
    }

    #[test]
    fn an_entry_without_an_exit_is_told_and_counts_its_own_day_only() {
        let lines = [crossing(Direction::Entry, "2026-02-01"), crossing(Direction::Entry, "2026-03-01")];
        let ledger = ledger(&lines);
        assert_eq!(ledger.unpaired, [lines[0].id]);
        assert_eq!(ledger.stays, [stay("2026-02-01", "2026-02-01"), stay("2026-03-01", "")]);
    }

    #[test]
    fn a_day_trip_and_a_border_run_pair_within_the_day() {
        let trip = ledger(&[crossing(Direction::Exit, "2026-02-01"), crossing(Direction::Entry, "2026-02-01")]);
        assert_eq!((trip.stays.len(), trip.unpaired.len()), (1, 0));
        let run =
            [crossing(Direction::Entry, "2026-01-01"), crossing(Direction::Entry, "2026-02-01"), crossing(Direction::Exit, "2026-02-01")];
        assert_eq!(ledger(&run).stays, [stay("2026-01-01", "2026-02-01"), stay("2026-02-01", "")]);
    }

    #[test]
    fn a_correction_replaces_its_line_and_a_void_one_removes_it() {
        let entry = crossing(Direction::Entry, "2026-02-01");
        let moved = Crossing { corrects: Some(entry.id), ..crossing(Direction::Entry, "2026-02-03") };
        assert_eq!(ledger(&[entry.clone(), moved.clone()]).open_since, Some(day("2026-02-03")));
        let void = Crossing { corrects: Some(moved.id), void: true, ..crossing(Direction::Entry, "2026-02-03") };
        assert_eq!(ledger(&[entry, moved, void]), Ledger::default());
    }

    #[test]
    fn an_exit_before_its_entry_is_refused() {
        let here = ledger(&[crossing(Direction::Entry, "2026-02-10")]);
        let refused = record_exit(&here, day("2026-02-09"), day("2026-03-01"));
        assert_eq!(refused, Err(Refusal::ExitBeforeEntry { on: day("2026-02-09"), entered: day("2026-02-10") }));
        assert_eq!(
            record_exit(&Ledger::default(), day("2026-02-09"), day("2026-03-01")),
            Err(Refusal::NoOpenStay { on: day("2026-02-09") })
        );
    }

    #[test]
    fn nobody_enters_twice_or_tomorrow() {
        let here = ledger(&[crossing(Direction::Entry, "2026-02-10")]);
        assert_eq!(record_entry(&here, day("2026-02-11"), day("2026-03-01")), Err(Refusal::StayAlreadyOpen { since: day("2026-02-10") }));
        assert!(matches!(record_entry(&Ledger::default(), day("2026-03-02"), day("2026-03-01")), Err(Refusal::CrossingInFuture { .. })));
    }

    #[test]
    fn an_entry_within_a_stay_that_has_ended_is_refused_but_not_on_its_last_day() {
        let ended = ledger(&[crossing(Direction::Entry, "2026-01-01"), crossing(Direction::Exit, "2026-03-01")]);
        for within in ["2026-01-01", "2026-02-28"] {
            assert_eq!(record_entry(&ended, day(within), day("2026-04-01")), Err(Refusal::StayAlreadyOpen { since: day("2026-01-01") }));
        }
        assert_eq!(record_entry(&ended, day("2026-03-01"), day("2026-04-01")), Ok(()));
        assert_eq!(record_entry(&ended, day("2025-12-31"), day("2026-04-01")), Ok(()));
    }

    #[test]
    fn an_exit_does_not_end_an_entry_that_another_entry_followed() {
        let lines =
            [crossing(Direction::Entry, "2026-01-01"), crossing(Direction::Entry, "2026-01-20"), crossing(Direction::Exit, "2026-03-25")];
        let gap = ledger(&lines);
        assert_eq!(record_exit(&gap, day("2026-01-20"), day("2026-04-01")), Ok(()));
        for stray in ["2026-01-21", "2026-03-30"] {
            assert_eq!(record_exit(&gap, day(stray), day("2026-04-01")), Err(Refusal::NoOpenStay { on: day(stray) }));
        }
    }

    #[test]
    fn what_is_asked_about_the_end_of_time_is_answered_at_once() {
        let begins = |n: i32| after(day("0001-01-01"), n * 3650);
        let long: Vec<Stay> = (0..1000).map(begins).map(|at| Stay { entry_on: at, exit_on: Some(after(at, 3648)) }).collect();
        let started = std::time::Instant::now();
        assert_eq!(kazakhstan(&long, "9999-12-31").days_in_breach, 3_648_910);
        assert_eq!(evaluate(StayPolicy::by_id("kz.eaeu.2023").unwrap(), &[stay("2026-01-01", "")], NaiveDate::MAX).days_used, 180);
        assert!(started.elapsed().as_secs() < 5);
    }

    proptest! {
        #[test]
        fn no_accepted_entry_lowers_the_count_and_no_accepted_exit_leaves_more_unpaired(
            reports in prop::collection::vec((any::<bool>(), 0_i32..60), 0..14),
        ) {
            let (policy, today) = (StayPolicy::by_id("kz.eaeu.2023").unwrap(), day("2026-12-31"));
            let mut lines: Vec<Crossing> = vec![];
            for (is_entry, on) in reports {
                let (before, on) = (ledger(&lines), after(day("2026-10-01"), on));
                let (direction, answer) = if is_entry {
                    (Direction::Entry, record_entry(&before, on, today))
                } else {
                    (Direction::Exit, record_exit(&before, on, today))
                };
                if answer.is_ok() {
                    lines.push(crossing(direction, &on.to_string()));
                    let now = ledger(&lines);
                    if is_entry {
                        prop_assert!(evaluate(policy, &now.stays, today).days_used >= evaluate(policy, &before.stays, today).days_used);
                    } else {
                        prop_assert!(now.unpaired.len() <= before.unpaired.len());
                    }
                }
            }
        }
    }

    #[test]
    fn a_correction_that_puts_an_exit_before_its_entry_is_refused() {
        let (entry, exit) = (crossing(Direction::Entry, "2026-02-10"), crossing(Direction::Exit, "2026-02-20"));
        let wrong = Crossing { corrects: Some(exit.id), ..crossing(Direction::Exit, "2026-02-09") };
        assert_eq!(correct(&[entry.clone(), exit.clone()], &wrong, day("2026-03-01")), Err(Refusal::LedgerWouldNotPair));
        let right = Crossing { corrects: Some(exit.id), ..crossing(Direction::Exit, "2026-02-19") };
        assert_eq!(correct(&[entry.clone(), exit.clone()], &right, day("2026-03-01")), Ok(()));
        let again = Crossing { corrects: Some(exit.id), ..crossing(Direction::Exit, "2026-02-18") };
        assert!(matches!(correct(&[entry, exit, right], &again, day("2026-03-01")), Err(Refusal::CrossingAlreadyCorrected { .. })));
    }
}
