//! When a centre is open, and the slots of a day: computed from its plan and the calendar of working days, and never stored.

use std::fmt;

use chrono::{Datelike as _, Days, Duration, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Plan, ServiceKind};
use crate::{
    ids::derived,
    time::{self, Instant, WorkingDays},
};

/// Days ahead that slots can be booked and openings are looked for.
pub const DAYS_AHEAD: u64 = 60;

/// Minutes of a day.
const DAY: i32 = 24 * 60;

/// Hours of one day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeekHours {
    /// The day, 1 for Monday to 7 for Sunday.
    pub weekday: u32,
    /// From when until when.
    pub span: Span,
}

/// Hours of one date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpecialDay {
    /// The date.
    pub date: NaiveDate,
    /// From when until when; `None`: closed all day.
    pub span: Option<Span>,
}

/// From one minute of a day until another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    from: i32,
    until: i32,
}

impl Span {
    /// From one clock time to a later one, as `09:00` and `18:00`; `24:00` is midnight.
    pub fn read(opens: &str, closes: &str) -> Option<Self> {
        let (from, until) = (minute(opens)?, minute(closes)?);
        (from < until).then_some(Self { from, until })
    }

    /// When it begins, as it is read.
    pub fn opens(self) -> impl fmt::Display {
        clock(self.from)
    }

    /// When it ends, as it is read.
    pub fn closes(self) -> impl fmt::Display {
        clock(self.until)
    }
}

/// The minute of the day of a clock time.
pub fn minute(text: &str) -> Option<i32> {
    let (hours, minutes) = text.split_once(':')?;
    let number = |digits: &str| (digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| digits.parse().ok())?;
    let (hours, minutes): (i32, i32) = (number(hours)?, number(minutes)?);
    let minute = hours * 60 + minutes;
    (minutes < 60 && minute <= DAY).then_some(minute)
}

fn clock(minute: i32) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// From one instant until another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opening {
    /// The first instant.
    pub from: Instant,
    /// The first instant after it.
    pub until: Instant,
}

/// When a centre is open on a day, in order. What its plan says of the date holds; else the hours of its day of the week, unless the day is a public holiday or was
/// moved to be one.
pub fn openings(plan: &Plan, day: NaiveDate, calendar: &WorkingDays) -> Vec<Opening> {
    let special: Vec<Option<Span>> = plan.special_days.iter().filter(|special| special.date == day).map(|special| special.span).collect();
    let holiday = !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) && !calendar.is_working(day);
    let mut spans: Vec<Span> = if special.is_empty() && !holiday {
        plan.hours.iter().filter(|hours| hours.weekday == day.weekday().number_from_monday()).map(|hours| hours.span).collect()
    } else {
        special.into_iter().flatten().collect()
    };
    spans.sort_unstable();
    spans.into_iter().map(|span| Opening { from: at(day, span.from), until: at(day, span.until) }).collect()
}

fn at(day: NaiveDate, minute: i32) -> Instant {
    time::start_of_day(day) + Duration::minutes(minute.into())
}

/// The opening that an instant lies in.
pub fn open_at(plan: &Plan, now: Instant, calendar: &WorkingDays) -> Option<Opening> {
    openings(plan, time::civil_day(now), calendar).into_iter().find(|opening| opening.from <= now && now < opening.until)
}

/// When a centre opens next after an instant; `None` when its plan says nothing for sixty days.
pub fn next_opening(plan: &Plan, after: Instant, calendar: &WorkingDays) -> Option<Instant> {
    let days = time::civil_day(after).iter_days().take(usize::try_from(DAYS_AHEAD).unwrap_or(0) + 1);
    days.flat_map(|day| openings(plan, day, calendar)).map(|opening| opening.from).find(|from| *from > after)
}

/// How much time a centre is still open on the day of an instant.
pub fn open_time_left(plan: &Plan, now: Instant, calendar: &WorkingDays) -> Duration {
    let left = |opening: Opening| (opening.until - opening.from.max(now)).max(Duration::zero());
    openings(plan, time::civil_day(now), calendar).into_iter().map(left).sum()
}

/// The slots of a day, in order: what is left of an opening after the last whole slot is none.
pub fn slots(plan: &Plan, day: NaiveDate, calendar: &WorkingDays) -> Vec<Opening> {
    let length = Duration::minutes(plan.slot_minutes.max(1).into());
    let of = |opening: Opening| {
        let starts = std::iter::successors(Some(opening.from), move |start| Some(*start + length));
        starts.map(move |from| Opening { from, until: from + length }).take_while(move |slot| slot.until <= opening.until)
    };
    openings(plan, day, calendar).into_iter().flat_map(of).collect()
}

/// The slot that begins at an instant.
pub fn slot_at(plan: &Plan, start: Instant, calendar: &WorkingDays) -> Option<Opening> {
    slots(plan, time::civil_day(start), calendar).into_iter().find(|slot| slot.from == start)
}

/// Whether a slot can be booked: it has not begun, and begins within sixty days.
pub fn can_be_booked(slot: Opening, now: Instant) -> bool {
    now < slot.from && time::civil_day(slot.from) <= time::civil_day(now) + Days::new(DAYS_AHEAD)
}

/// What reservations know a slot of one service by: nobody has to make it before it is held.
pub fn slot_id(center: &str, service: ServiceKind, start: Instant) -> Uuid {
    derived(format!("slot|{center}|{service}|{}", start.timestamp()).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::centers::samples::plan;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn calendar() -> WorkingDays {
        WorkingDays::with(vec![]).unwrap()
    }

    fn times(openings: Vec<Opening>) -> Vec<(String, String)> {
        let local = |instant: Instant| (instant + Duration::hours(5)).format("%d %H:%M").to_string();
        openings.into_iter().map(|opening| (local(opening.from), local(opening.until))).collect()
    }

    #[test]
    fn clock_times_are_read_as_they_are_written() {
        for (text, minute_of_day) in [("00:00", Some(0)), ("09:05", Some(545)), ("24:00", Some(1440))] {
            assert_eq!(minute(text), minute_of_day, "{text}");
        }
        for wrong in ["", "9:00", "24:01", "12:60", "+1:00", "12", "ab:cd", "12:00:00", "１２:00"] {
            assert_eq!(minute(wrong), None, "{wrong}");
        }
        let span = Span::read("09:00", "24:00").unwrap();
        assert_eq!((span.opens().to_string(), span.closes().to_string()), ("09:00".to_owned(), "24:00".to_owned()));
        assert_eq!(Span::read("18:00", "09:00"), None);
        assert_eq!(Span::read("09:00", "09:00"), None);
    }

    #[test]
    fn a_day_with_a_break_has_two_openings_and_a_weekend_none() {
        let monday = times(openings(&plan(), day("2026-11-30"), &calendar()));
        let expected = [("30 09:00", "30 13:00"), ("30 14:00", "30 18:00")].map(|(from, until)| (from.to_owned(), until.to_owned()));
        assert_eq!(monday, expected);
        assert!(openings(&plan(), day("2026-11-29"), &calendar()).is_empty());
    }

    #[test]
    fn a_public_holiday_is_closed_unless_the_plan_opens_it() {
        // Independence Day, a Wednesday in 2026.
        let holiday = day("2026-12-16");
        assert!(openings(&plan(), holiday, &calendar()).is_empty());
        let surge = SpecialDay { date: holiday, span: Span::read("00:00", "24:00") };
        let opened = Plan { special_days: vec![surge], ..plan() };
        assert_eq!(times(openings(&opened, holiday, &calendar())), [("16 00:00".to_owned(), "17 00:00".to_owned())]);
        let closed = Plan { special_days: vec![SpecialDay { date: day("2026-11-30"), span: None }], ..plan() };
        assert!(openings(&closed, day("2026-11-30"), &calendar()).is_empty());
    }

    #[test]
    fn a_slot_lies_wholly_within_an_opening() {
        let uneven = Plan { slot_minutes: 25, ..plan() };
        let slots = slots(&uneven, day("2026-11-30"), &calendar());
        assert_eq!(slots.len(), 9 + 9, "four hours hold nine slots of 25 minutes, and what is left is none");
        assert!(slots.windows(2).all(|two| two[0].until <= two[1].from));
        assert_eq!(slot_at(&uneven, slots[3].from, &calendar()), Some(slots[3]));
        assert_eq!(slot_at(&uneven, slots[3].from + Duration::minutes(1), &calendar()), None);
    }

    #[test]
    fn the_next_opening_is_after_the_break_the_night_or_the_holiday() {
        let next = |text: &str| {
            times(vec![Opening { from: next_opening(&plan(), text.parse().unwrap(), &calendar()).unwrap(), until: Instant::default() }])
        };
        // 13:30, 18:00 and Friday evening in Kazakhstan; the last before Independence Day.
        for (after, expected) in [
            ("2026-11-30T08:30:00Z", "30 14:00"),
            ("2026-11-30T13:00:00Z", "01 09:00"),
            ("2026-11-27T14:00:00Z", "30 09:00"),
            ("2026-12-15T13:00:00Z", "17 09:00"),
        ] {
            assert_eq!(next(after)[0].0, expected, "{after}");
        }
        let never = Plan { hours: vec![], ..plan() };
        assert_eq!(next_opening(&never, "2026-11-30T08:30:00Z".parse().unwrap(), &calendar()), None);
    }

    #[test]
    fn the_time_left_leaves_out_the_break() {
        let left = |text: &str| open_time_left(&plan(), text.parse().unwrap(), &calendar()).num_minutes();
        assert_eq!(left("2026-11-30T07:00:00Z"), 60 + 240, "at noon");
        assert_eq!(left("2026-11-30T02:00:00Z"), 480, "before it opens");
        assert_eq!(left("2026-11-30T13:00:00Z"), 0);
    }

    #[test]
    fn a_slot_has_its_own_id_for_each_centre_service_and_start() {
        let start: Instant = "2026-11-30T07:00:00Z".parse().unwrap();
        let one = slot_id("ala-01", ServiceKind::Registration, start);
        assert_eq!(one, slot_id("ala-01", ServiceKind::Registration, start));
        let others = [
            slot_id("ala-02", ServiceKind::Registration, start),
            slot_id("ala-01", ServiceKind::Permit, start),
            slot_id("ala-01", ServiceKind::Registration, start + Duration::minutes(15)),
        ];
        assert!(others.iter().all(|other| *other != one));
    }
}
