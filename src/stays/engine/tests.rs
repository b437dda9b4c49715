use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::stays::{Policies, StayPolicy};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn stay(entry: &str, exit: &str) -> Stay {
    Stay { entry_on: day(entry), exit_on: (!exit.is_empty()).then(|| day(exit)) }
}

fn cover(first: &str, last: &str) -> Cover {
    Cover { first_on: day(first), last_on: day(last) }
}

fn policy(id: &str) -> StayPolicy {
    static POLICIES: LazyLock<Policies> = LazyLock::new(|| Policies::with(vec![]).unwrap());
    POLICIES.by_id(id).unwrap().clone()
}

fn under(id: &str, stays: &[Stay], on: &str) -> StayStatus {
    evaluate(&policy(id), stays, &[], day(on))
}

fn schengen(stays: &[Stay], on: &str) -> StayStatus {
    under("schengen.2013", stays, on)
}

fn kazakhstan(stays: &[Stay], on: &str) -> StayStatus {
    under("kz.eaeu.2023", stays, on)
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
fn v6_an_overstay_of_seventy_four_days_while_more_days_were_in_breach() {
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
    assert_eq!(kazakhstan(&gone, "2023-04-27").earliest_entry_on, day("2023-07-26"));
    assert_eq!(kazakhstan(&gone, "2023-07-26").last_lawful_on, Some(day("2023-10-23")));
}

#[test]
fn the_twenty_ninth_of_february_is_a_day() {
    let stays = [stay("2023-12-01", "")];
    assert!(kazakhstan(&stays, "2024-02-28").lawful);
    assert!(!kazakhstan(&stays, "2024-02-29").lawful);
}

/// Ninety days from a first day, over every turn that a calendar can make. Days are civil days: no instant is between them, so that Kazakhstan's change of zone on
/// 1 March 2024 neither adds nor takes one.
#[test]
fn ninety_days_are_ninety_days_over_every_turn_of_the_calendar() {
    for (first, last) in [
        ("2022-12-15", "2023-03-14"),
        ("2023-12-15", "2024-03-13"),
        ("2023-12-03", "2024-03-01"),
        ("2023-12-01", "2024-02-28"),
        ("2024-02-29", "2024-05-28"),
        ("2023-02-28", "2023-05-28"),
        ("2024-02-28", "2024-05-27"),
        ("2099-12-03", "2100-03-02"),
        ("2023-10-03", "2023-12-31"),
        ("2023-10-04", "2024-01-01"),
    ] {
        let status = kazakhstan(&[stay(first, "")], first);
        assert_eq!(status.last_lawful_on, Some(day(last)), "from {first}");
        assert_eq!(kazakhstan(&[stay(first, last)], last).days_used, 90, "{first}..{last}");
    }
    assert_eq!(kazakhstan(&[stay("2024-02-29", "2024-03-01")], "2024-03-01").days_used, 2);
    assert_eq!(under("ru.visa_free.2025", &[stay("2025-12-31", "")], "2026-01-01").days_used, 1);
    assert_eq!(under("am.rus.2000", &[stay("2024-01-01", "")], "2024-12-31").days_used, 366);
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

#[test]
fn a_cap_ends_a_stay_that_the_window_would_still_bear_and_an_exit_lifts_it() {
    let status = under("kz.visa_free.2023", &[stay("2026-03-01", "")], "2026-03-10");
    assert_eq!((status.days_remaining, status.max_stay_days, status.last_lawful_on), (20, 21, Some(day("2026-03-30"))));
    let too_long = under("kz.visa_free.2023", &[stay("2026-03-01", "")], "2026-04-02");
    assert_eq!((too_long.lawful, too_long.overstay_days, too_long.days_in_breach, too_long.days_used), (false, 3, 3, 33));
    let again = under("kz.visa_free.2023", &[stay("2026-03-01", "2026-03-30"), stay("2026-03-30", "")], "2026-03-30");
    assert_eq!((again.lawful, again.last_lawful_on), (true, Some(day("2026-04-28"))));
}

#[test]
fn where_an_exit_resets_the_count_only_the_present_stay_matters() {
    let stays = [stay("2026-01-01", "2026-01-30"), stay("2026-02-01", "")];
    let status = under("rs.rus.2009", &stays, "2026-02-10");
    assert_eq!((status.days_used, status.days_remaining, status.last_lawful_on), (10, 20, Some(day("2026-03-02"))));
    assert_eq!(status.window_start_on, day("2026-02-01"));
    assert_eq!(under("ge.year.2015", &[stay("2024-01-01", "")], "2024-01-01").last_lawful_on, Some(day("2024-12-30")));
}

#[test]
fn a_year_of_the_calendar_begins_anew_but_one_stay_is_capped() {
    let stays = [stay("2025-03-01", "2025-05-29"), stay("2025-12-20", "")];
    assert_eq!(under("ru.visa_free.2025", &stays, "2025-12-31").days_used, 102);
    assert_eq!(under("ru.visa_free.2025", &stays, "2026-01-01").days_used, 1);
    assert_eq!(under("ru.visa_free.2025", &stays[..1], "2025-06-01").earliest_entry_on, day("2026-01-01"));
    let across = under("ru.visa_free.2025", &[stay("2025-12-20", "")], "2025-12-20");
    assert_eq!(across.last_lawful_on, Some(day("2026-03-19")), "ninety days unbroken, though each year alone would bear more");
    assert_eq!(under("am.rus.2000", &[stay("2025-10-01", "")], "2025-10-01").max_stay_days, 92 + 180);
}

#[test]
fn where_no_limit_is_known_the_answer_says_so() {
    let status = under("uz.rus.2022", &[stay("2024-01-01", "")], "2026-01-01");
    assert!(status.lawful && status.unlimited);
    assert_eq!((status.last_lawful_on, status.days_used, status.days_remaining), (None, 732, 0));
}

#[test]
fn days_under_a_permit_do_not_count_and_a_stay_lasts_beyond_them() {
    let (stays, permit) = ([stay("2023-02-01", "")], cover("2023-03-03", "2024-03-02"));
    let covered = evaluate(&policy("kz.eaeu.2023"), &stays, &[permit], day("2023-06-01"));
    assert_eq!((covered.days_used, covered.covered, covered.lawful, covered.days_in_breach), (30, true, true, 0));
    assert_eq!(covered.last_lawful_on, Some(day("2024-05-31")), "the thirty days have left the window by then");
    let without = kazakhstan(&stays, "2023-06-01");
    assert_eq!((without.days_used, without.lawful), (121, false));
}

#[test]
fn where_the_policy_says_leave_the_stay_ends_with_the_permit() {
    let leave = StayPolicy { after_permit: AfterPermit::Leave, ..policy("kz.eaeu.2023") };
    let (stays, permit) = ([stay("2023-02-01", "")], cover("2023-03-03", "2024-03-02"));
    assert_eq!(evaluate(&leave, &stays, &[permit], day("2023-06-01")).last_lawful_on, Some(day("2024-03-02")));
    let late = evaluate(&leave, &stays, &[permit], day("2024-03-05"));
    assert_eq!((late.lawful, late.days_in_breach), (false, 3));
}

#[test]
fn a_pending_application_covers_nothing() {
    // Nothing but an issued permit is a cover; without one the count goes on.
    assert!(!kazakhstan(&[stay("2023-02-01", "")], "2023-05-02").lawful);
}

#[test]
fn what_is_asked_about_the_end_of_time_is_answered_at_once() {
    let begins = |n: i32| date(number(day("0001-01-01")) + n * 3650);
    let long: Vec<Stay> = (0..1000).map(begins).map(|at| Stay { entry_on: at, exit_on: Some(date(number(at) + 3648)) }).collect();
    let started = std::time::Instant::now();
    assert_eq!(kazakhstan(&long, "9999-12-31").days_in_breach, 3_648_910);
    assert_eq!(evaluate(&policy("kz.eaeu.2023"), &[stay("2026-01-01", "")], &[], NaiveDate::MAX).days_used, 180);
    assert!(started.elapsed().as_secs() < 5);
}

/// An obvious oracle: days on a line of booleans, looked at one by one. Days are numbered from its first.
struct Slow<'a> {
    policy: &'a StayPolicy,
    /// Entries and exits.
    stays: Vec<(usize, Option<usize>)>,
    /// Days under a permit.
    covered: Vec<bool>,
    on: usize,
    /// The entry of the latest stay that includes the day asked about.
    present: Option<usize>,
}

const ORIGIN: &str = "2024-10-01";
const LINE: usize = 560;
const LONGEST: usize = 200;

fn at(day: NaiveDate) -> usize {
    usize::try_from((day - self::day(ORIGIN)).num_days()).unwrap()
}

impl<'a> Slow<'a> {
    fn new(policy: &'a StayPolicy, stays: &[Stay], covers: &[Cover], on: NaiveDate) -> Self {
        let mut covered = vec![false; LINE];
        for cover in covers.iter().filter(|_| policy.exclude_permit_days) {
            covered[at(cover.first_on)..=at(cover.last_on)].fill(true);
        }
        let stays: Vec<_> = stays.iter().map(|stay| (at(stay.entry_on), stay.exit_on.map(at))).collect();
        let on = at(on);
        let present =
            stays.iter().filter(|(entry, exit)| *entry <= on && exit.is_none_or(|exit| on <= exit)).map(|(entry, _)| *entry).max();
        Self { policy, stays, covered, on, present }
    }

    /// Whether a stay with this entry and exit counts a day as its own, permits aside. What comes after the day asked about is not known.
    fn owns(&self, entry: usize, exit: Option<usize>, day: usize) -> bool {
        entry <= day
            && exit.is_none_or(|exit| day <= exit)
            && (self.policy.count_entry_day || day != entry)
            && (self.policy.count_exit_day || Some(day) != exit)
    }

    fn known(&self, exit: Option<usize>) -> Option<usize> {
        exit.filter(|exit| *exit <= self.on)
    }

    fn counts(&self, entry: usize, exit: Option<usize>, day: usize) -> bool {
        let floor = self.policy.lookback_floor.map_or(0, at);
        self.owns(entry, exit, day) && day >= floor && !self.covered[day]
    }

    /// Counted days as far as they are known, with or without the present stay.
    fn line(&self, with_present: bool) -> Vec<bool> {
        let stays = self
            .stays
            .iter()
            .filter(|(entry, exit)| with_present || Some(*entry) != self.present || exit.is_some_and(|exit| exit < self.on));
        let mut line = vec![false; LINE];
        for (entry, exit) in stays {
            let exit = self.known(*exit);
            (*entry..=exit.unwrap_or(self.on)).for_each(|day| line[day] |= self.counts(*entry, exit, day));
        }
        line
    }

    fn used(&self, line: &[bool], day: usize) -> i32 {
        let first = match self.policy.kind {
            Kind::RollingWindow => (day + 1).saturating_sub(usize::try_from(self.policy.window_days).unwrap()),
            Kind::CalendarYear => {
                [at(self::day("2025-01-01")), at(self::day("2026-01-01"))].into_iter().filter(|first| *first <= day).max().unwrap_or(0)
            }
            Kind::PerEntry | Kind::NoLimit => return 0,
        };
        i32::try_from(line[first..=day].iter().filter(|counted| **counted).count()).unwrap()
    }

    fn limits(&self) -> (i32, i32) {
        let cap = self.policy.per_entry_cap_days.unwrap_or(i32::MAX);
        match self.policy.kind {
            Kind::PerEntry => (i32::MAX, self.policy.limit_days),
            Kind::NoLimit => (i32::MAX, cap),
            Kind::RollingWindow | Kind::CalendarYear => (self.policy.limit_days, cap),
        }
    }

    fn own(&self, entry: usize, exit: Option<usize>, day: usize) -> i32 {
        i32::try_from((entry..=day).filter(|own| self.owns(entry, exit, *own) && !self.covered[*own]).count()).unwrap()
    }

    fn left_behind(&self, entry: usize, day: usize) -> bool {
        self.policy.after_permit == AfterPermit::Leave && self.covered[entry..day].contains(&true)
    }

    fn lawful(&self, line: &[bool], entry: usize, exit: usize, day: usize) -> bool {
        let (limit, cap) = self.limits();
        self.covered[day] || (self.used(line, day) <= limit && self.own(entry, Some(exit), day) <= cap && !self.left_behind(entry, day))
    }

    /// Stays one day longer, and one more, until a day is not lawful.
    fn max_stay(&self) -> Option<i32> {
        let entry = self.present.unwrap_or(self.on);
        let mut line = self.line(false);
        (entry..self.on).for_each(|day| line[day] |= self.counts(entry, None, day));
        for last in self.on..self.on + LONGEST {
            // Leaving on this day: it is the last, and the one before has become a day in the middle.
            if last > self.on {
                line[last - 1] |= self.counts(entry, None, last - 1);
            }
            line[last] |= self.counts(entry, Some(last), last);
            let lawful = |day: usize| day < self.on || self.lawful(&line, entry, last, day);
            if !lawful(last - 1) || !lawful(last) {
                return Some(i32::try_from(last - self.on).unwrap());
            }
        }
        None
    }

    fn earliest_entry(&self) -> usize {
        let (limit, mut line) = (self.limits().0, self.line(true));
        let mut lawful = |day: usize| {
            let was = std::mem::replace(&mut line[day], true);
            line[day] = was || self.policy.count_entry_day;
            let used = self.used(&line, day);
            line[day] = was;
            self.covered[day] || used <= limit
        };
        (self.on..LINE).find(|day| lawful(*day)).unwrap()
    }

    fn in_breach(&self) -> i32 {
        let ((limit, cap), line) = (self.limits(), self.line(true));
        let breach = |day: usize| {
            let by_window = line[day] && self.used(&line, day) > limit;
            let by_stay = self.stays.iter().any(|(entry, exit)| {
                let exit = self.known(*exit);
                self.owns(*entry, exit, day) && (self.own(*entry, exit, day) > cap || self.left_behind(*entry, day))
            });
            !self.covered[day] && (by_window || by_stay)
        };
        i32::try_from((at(day("2024-11-01"))..=self.on).filter(|day| breach(*day)).count()).unwrap()
    }
}

fn policies() -> impl Strategy<Value = StayPolicy> {
    let kinds = prop_oneof![Just(Kind::RollingWindow), Just(Kind::PerEntry), Just(Kind::CalendarYear)];
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    (kinds, 1_i32..25, 1_i32..25, prop::option::of(1_i32..12), flags, prop::option::of(0_i32..120)).prop_map(
        |(kind, limit_days, more, cap, (count_entry_day, count_exit_day, exclude_permit_days, leave), floor)| StayPolicy {
            kind,
            limit_days,
            window_days: if kind == Kind::RollingWindow { limit_days + more } else { 0 },
            per_entry_cap_days: cap.filter(|_| kind != Kind::PerEntry),
            // Most policies count both.
            count_entry_day,
            count_exit_day,
            exclude_permit_days,
            after_permit: if leave { AfterPermit::Leave } else { AfterPermit::CountOn },
            lookback_floor: floor.map(|days| date(number(day("2024-11-01")) + days)),
            ..policy("schengen.2013")
        },
    )
}

/// Stays one after the other, which may touch; the last may be open. Around the turn of a year.
fn stays() -> impl Strategy<Value = Vec<Stay>> {
    (prop::collection::vec((0_i32..25, 0_i32..20), 0..7), any::<bool>()).prop_map(|(parts, open)| {
        let mut at = number(day("2024-11-01"));
        let mut stays: Vec<Stay> = parts
            .into_iter()
            .map(|(gap, length)| {
                let entry_on = date(at + gap);
                at += gap + length;
                Stay { entry_on, exit_on: Some(date(at)) }
            })
            .collect();
        if let Some(last) = stays.last_mut().filter(|_| open) {
            last.exit_on = None;
        }
        stays
    })
}

fn covers() -> impl Strategy<Value = Vec<Cover>> {
    let one = (0_i32..150, 0_i32..25).prop_map(|(first, length)| {
        let first = number(day("2024-11-01")) + first;
        Cover { first_on: date(first), last_on: date(first + length) }
    });
    prop::collection::vec(one, 0..3)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100_000))]

    #[test]
    fn it_agrees_with_looking_at_the_days_one_by_one(policy in policies(), stays in stays(), covered in covers(), on in 0_i32..170) {
        let on = number(day("2024-11-01")) + on;
        let status = evaluate(&policy, &stays, &covered, date(on));
        let slow = Slow::new(&policy, &stays, &covered, date(on));
        let used = match policy.kind {
            Kind::PerEntry => slow.present.map_or(0, |entry| slow.own(entry, None, slow.on)),
            Kind::RollingWindow | Kind::CalendarYear | Kind::NoLimit => slow.used(&slow.line(true), slow.on),
        };
        prop_assert_eq!(status.days_used, used, "used");
        let max_stay = slow.max_stay();
        prop_assert_eq!((status.max_stay_days, status.unlimited), (max_stay.unwrap_or(0), max_stay.is_none()), "longest stay");
        prop_assert_eq!(status.lawful, max_stay != Some(0));
        prop_assert_eq!(status.last_lawful_on, max_stay.filter(|days| *days > 0).map(|days| date(on + days - 1)));
        prop_assert_eq!(status.earliest_entry_on, day(ORIGIN) + chrono::Days::new(slow.earliest_entry().try_into().unwrap()), "earliest entry");
        prop_assert_eq!(status.days_in_breach, slow.in_breach(), "days in breach");
    }
}

proptest! {
    #[test]
    fn another_stay_never_lowers_the_count(stays in stays(), on in 0_i32..200) {
        let (policy, on) = (policy("kz.eaeu.2023"), date(number(day("2024-11-01")) + on));
        for fewer in 0..stays.len() {
            prop_assert!(evaluate(&policy, &stays[..fewer], &[], on).days_used <= evaluate(&policy, &stays, &[], on).days_used);
        }
    }

    #[test]
    fn shifting_every_day_changes_nothing(stays in stays(), on in 0_i32..200, shift in 0_i32..4000) {
        let (policy, on) = (policy("kz.eaeu.2023"), number(day("2024-11-01")) + on);
        let later = |day: NaiveDate| date(number(day) + shift);
        let shifted: Vec<Stay> = stays.iter().map(|s| Stay { entry_on: later(s.entry_on), exit_on: s.exit_on.map(later) }).collect();
        let (one, other) = (evaluate(&policy, &stays, &[], date(on)), evaluate(&policy, &shifted, &[], date(on + shift)));
        prop_assert_eq!((one.days_used, one.max_stay_days, one.days_in_breach), (other.days_used, other.max_stay_days, other.days_in_breach));
    }

    #[test]
    fn the_order_in_which_stays_are_told_does_not_matter(stays in stays(), on in 0_i32..200) {
        let (policy, on) = (policy("kz.visa_free.2023"), date(number(day("2024-11-01")) + on));
        let turned: Vec<Stay> = stays.iter().rev().copied().collect();
        prop_assert_eq!(evaluate(&policy, &stays, &[], on), evaluate(&policy, &turned, &[], on));
    }
}
