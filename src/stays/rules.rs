//! What the ledger of crossings amounts to, and what can be added to it. What the law makes of it is `engine`'s.

use chrono::NaiveDate;

use super::{ArrivalNotice, Cover, Crossing, Direction, Ledger, Notified, Policies, Stay, StayStatus, engine::evaluate};
use crate::{
    classifiers::Country,
    error::Reason,
    ids::CrossingId,
    permits::{self, Permit},
    time::WorkingDays,
};

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
    /// The person has no such entry.
    #[error("the person has no such entry, or it was corrected since")]
    NoSuchEntry,
    /// The arrival was notified before.
    #[error("the arrival was notified on {on} already")]
    ArrivalAlreadyNotified {
        /// The day.
        on: NaiveDate,
    },
    /// The day of the notice lies before the arrival, or has not come yet.
    #[error("an arrival on {arrived} cannot have been notified on {on}; today is {today}")]
    NoticeOutOfTime {
        /// The day of the notice.
        on: NaiveDate,
        /// The day of arrival.
        arrived: NaiveDate,
        /// Today.
        today: NaiveDate,
    },
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
        "NO_SUCH_ENTRY",
        "ARRIVAL_ALREADY_NOTIFIED",
        "NOTICE_OUT_OF_TIME",
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
            Self::NoSuchEntry => "NO_SUCH_ENTRY",
            Self::ArrivalAlreadyNotified { .. } => "ARRIVAL_ALREADY_NOTIFIED",
            Self::NoticeOutOfTime { .. } => "NOTICE_OUT_OF_TIME",
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::CrossingInFuture { on, today } => vec![("on", on.to_string()), ("today", today.to_string())],
            Self::StayAlreadyOpen { since } => vec![("since", since.to_string())],
            Self::NoOpenStay { on } | Self::ArrivalAlreadyNotified { on } => vec![("on", on.to_string())],
            Self::ExitBeforeEntry { on, entered } => vec![("on", on.to_string()), ("entered", entered.to_string())],
            Self::CrossingAlreadyCorrected { by } => vec![("by", by.to_string())],
            Self::NoStayPolicy { citizenship, on } => vec![("citizenship", citizenship.to_string()), ("on", on.to_string())],
            Self::NoticeOutOfTime { on, arrived, today } => {
                vec![("on", on.to_string()), ("arrived", arrived.to_string()), ("today", today.to_string())]
            }
            Self::UnknownStayPolicy => vec![("field", "policy_id".to_owned())],
            Self::LedgerWouldNotPair | Self::NoSuchEntry => vec![],
        }
    }
}

/// What a ledger amounts to: corrections replace what they correct, then entries and exits pair up day by day. On one day an exit of an open stay comes before a
/// new entry, and an entry before its own exit.
pub fn ledger(crossings: &[Crossing]) -> Ledger {
    let corrected: Vec<CrossingId> = crossings.iter().filter_map(|crossing| crossing.corrects).collect();
    let mut lines: Vec<&Crossing> = crossings.iter().filter(|crossing| !crossing.void && !corrected.contains(&crossing.id)).collect();
    lines.sort_by_key(|crossing| (crossing.crossed_on, crossing.id));

    let entries = lines.iter().filter(|crossing| crossing.direction == Direction::Entry);
    let mut ledger = Ledger { entries: entries.map(|entry| (entry.id, entry.crossed_on)).collect(), ..Ledger::default() };
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

/// The days that permits cover.
pub fn covers(permits: &[Permit]) -> Vec<Cover> {
    permits.iter().filter_map(permits::rules::covers).map(|(first_on, last_on)| Cover { first_on, last_on }).collect()
}

/// What Kazakhstan's law says about a person's stays on a day, under the version that applies to the citizenship, the day and the stay it lies in.
pub fn status_in_kazakhstan(
    policies: &Policies,
    citizenship: Country,
    ledger: &Ledger,
    covered: &[Cover],
    on: NaiveDate,
) -> Result<StayStatus, Refusal> {
    let entered_on = ledger.stays.iter().filter(|stay| stay.includes(on)).map(|stay| stay.entry_on).max();
    let policy = policies.applying("KAZ", citizenship, on, entered_on).ok_or(Refusal::NoStayPolicy { citizenship, on })?;
    Ok(evaluate(policy, &ledger.stays, covered, on))
}

/// Which of a set of stays begin within another, by their places. One that begins on the day on which another ends does not: people go out and in on one day.
pub fn overlapping(stays: &[Stay]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..stays.len()).collect();
    order.sort_by_key(|at| stays.get(*at).map(|stay| (stay.entry_on, stay.exit_on.unwrap_or(NaiveDate::MAX))));
    let mut ends = NaiveDate::MIN;
    let mut found = Vec::new();
    for at in order {
        let Some(stay) = stays.get(at) else { continue };
        if stay.entry_on < ends {
            found.push(at);
        }
        ends = ends.max(stay.exit_on.unwrap_or(NaiveDate::MAX));
    }
    found.sort_unstable();
    found
}

/// Working days within which a host must notify an arrival: Government Resolution 148 of 21 January 2012, para. 9. Whether the day of arrival is the first of them
/// is not stated; here it is not, and the due list warns a day before.
pub const NOTICE_WORKING_DAYS: u32 = 3;

/// Every arrival with the last day to notify it, and what became of it; in order. A notice of an entry that was corrected later goes over to the correction.
pub fn arrival_notices(crossings: &[Crossing], notices: &[Notified], calendar: &WorkingDays, today: NaiveDate) -> Vec<ArrivalNotice> {
    let stands_for = |mut id: CrossingId| {
        while let Some(correction) = crossings.iter().find(|crossing| crossing.corrects == Some(id)) {
            id = correction.id;
        }
        id
    };
    let notified: Vec<(CrossingId, NaiveDate)> = notices.iter().map(|notice| (stands_for(notice.entry), notice.notified_on)).collect();
    let due = |(entry, arrived_on): (CrossingId, NaiveDate)| {
        let due_on = calendar.after(arrived_on, NOTICE_WORKING_DAYS);
        let notified_on = notified.iter().find(|(of, _)| *of == entry).map(|(_, on)| *on);
        let late_working_days = calendar.between(due_on, notified_on.unwrap_or(today));
        ArrivalNotice { entry, arrived_on, due_on, notified_on, late_working_days }
    };
    ledger(crossings).entries.into_iter().map(due).collect()
}

/// The arrival of an entry, or the latest.
pub fn notice_of(due: Vec<ArrivalNotice>, entry: Option<CrossingId>) -> Result<ArrivalNotice, Refusal> {
    let wanted = |notice: &ArrivalNotice| entry.is_none_or(|entry| notice.entry == entry);
    due.into_iter().rev().find(wanted).ok_or(Refusal::NoSuchEntry)
}

/// Whether a notice can be noted: once, and on a day from the arrival on.
pub fn notify_arrival(due: &ArrivalNotice, on: NaiveDate, today: NaiveDate) -> Result<(), Refusal> {
    if let Some(on) = due.notified_on {
        return Err(Refusal::ArrivalAlreadyNotified { on });
    }
    if on < due.arrived_on || on > today { Err(Refusal::NoticeOutOfTime { on, arrived: due.arrived_on, today }) } else { Ok(()) }
}

fn not_in_future(on: NaiveDate, today: NaiveDate) -> Result<(), Refusal> {
    if on > today { Err(Refusal::CrossingInFuture { on, today }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use chrono::Days;
    use proptest::prelude::*;

    use super::*;
    use crate::{ids::RelocantId, stays::Policies};

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn stay(entry: &str, exit: &str) -> Stay {
        Stay { entry_on: day(entry), exit_on: (!exit.is_empty()).then(|| day(exit)) }
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
        assert!(ledger(&[entry, moved, void]).stays.is_empty());
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
    fn a_host_has_three_working_days_and_a_late_notice_says_by_how_many() {
        let calendar = WorkingDays::with(vec![]).unwrap();
        // Friday before Nauryz, which is moved into the week after.
        let entry = crossing(Direction::Entry, "2026-03-20");
        let due = |notices: &[Notified], today: &str| arrival_notices(std::slice::from_ref(&entry), notices, &calendar, day(today))[0];
        assert_eq!((due(&[], "2026-03-30").due_on, due(&[], "2026-03-30").late_working_days), (day("2026-03-30"), 0));
        assert_eq!(due(&[], "2026-04-01").late_working_days, 2);
        let late = Notified { entry: entry.id, notified_on: day("2026-03-31") };
        let seen = due(&[late], "2026-11-01");
        assert_eq!((seen.notified_on, seen.late_working_days), (Some(day("2026-03-31")), 1));
        assert_eq!(
            notify_arrival(&seen, day("2026-04-01"), day("2026-04-01")),
            Err(Refusal::ArrivalAlreadyNotified { on: day("2026-03-31") })
        );
        let early = notify_arrival(&due(&[], "2026-04-01"), day("2026-03-19"), day("2026-04-01"));
        assert!(matches!(early, Err(Refusal::NoticeOutOfTime { .. })));
    }

    #[test]
    fn a_stay_that_begins_within_another_is_named_by_its_place_and_one_that_touches_is_not() {
        let stays = [stay("2026-03-01", "2026-03-10"), stay("2026-01-01", "2026-02-01"), stay("2026-02-01", "2026-02-05")];
        assert!(overlapping(&stays).is_empty());
        let within = [stay("2026-01-10", "2026-01-12"), stay("2026-01-01", "2026-02-01"), stay("2026-01-31", "")];
        assert_eq!(overlapping(&within), [0, 2]);
        assert_eq!(overlapping(&[stay("2026-01-01", ""), stay("2026-02-01", "")]), [1], "somebody still present does not enter");
    }

    #[test]
    fn a_notice_goes_over_to_the_correction_of_its_entry() {
        let calendar = WorkingDays::with(vec![]).unwrap();
        let entry = crossing(Direction::Entry, "2026-02-02");
        let moved = Crossing { corrects: Some(entry.id), ..crossing(Direction::Entry, "2026-02-04") };
        let notice = Notified { entry: entry.id, notified_on: day("2026-02-05") };
        let seen = arrival_notices(&[entry, moved.clone()], &[notice], &calendar, day("2026-03-01"));
        assert_eq!((seen.len(), seen[0].entry, seen[0].notified_on), (1, moved.id, Some(day("2026-02-05"))));
    }

    proptest! {
        #[test]
        fn no_accepted_entry_lowers_the_count_and_no_accepted_exit_leaves_more_unpaired(
            reports in prop::collection::vec((any::<bool>(), 0_u64..60), 0..14),
        ) {
            let (policies, today) = (Policies::with(vec![]).unwrap(), day("2026-12-31"));
            let used = |ledger: &Ledger| evaluate(policies.by_id("kz.eaeu.2023").unwrap(), &ledger.stays, &[], today).days_used;
            let mut lines: Vec<Crossing> = vec![];
            for (is_entry, on) in reports {
                let (before, on) = (ledger(&lines), day("2026-10-01") + Days::new(on));
                let (direction, answer) = if is_entry {
                    (Direction::Entry, record_entry(&before, on, today))
                } else {
                    (Direction::Exit, record_exit(&before, on, today))
                };
                if answer.is_ok() {
                    lines.push(crossing(direction, &on.to_string()));
                    let now = ledger(&lines);
                    if is_entry {
                        prop_assert!(used(&now) >= used(&before));
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
