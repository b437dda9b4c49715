//! What a plan may say, how counters open and close, and how bookings and tickets go from one state to another.

use chrono::{Days, Duration, NaiveDate};

use super::{
    Booking, BookingState, Call, Center, Counter, Plan, PriorityKind, ServiceKind, ServiceOffer, Ticket, TicketState,
    hours::{self, Opening},
};
use crate::{
    error::{Reason, Violation, Why},
    ids::TicketId,
    time::{self, Instant, WorkingDays},
};

/// Minutes after which a counter that nothing is heard of no longer counts as open.
pub const QUIET_MINUTES: i64 = 30;

/// Minutes before a slot from which its booking can be used, and before an opening from which tickets can be taken.
pub const EARLY_MINUTES: i64 = 30;

/// Minutes after a missed call within which a ticket keeps its place.
const GRACE_MINUTES: i64 = 15;

/// Minutes after a call after which a ticket waits again, at least.
const CALL_MINUTES: i64 = 30;

/// Hours before its slot that a booking counts as taken: before everybody who came today.
const BOOKED_AHEAD_HOURS: i64 = 24;

/// Stands for an instant that no plan names.
const NOT_PLANNED: &str = "NOT_PLANNED";

/// People of one booking or ticket at most.
pub const MOST_PEOPLE: i32 = 20;

/// Why something about a centre cannot be done as asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The counter's label is in use.
    #[error("a counter with this label is open")]
    CounterOpen,
    /// The counter was closed, or was opened on another day.
    #[error("the counter is closed")]
    CounterClosed,
    /// The counter has called a ticket and has not said what became of it.
    #[error("the counter has called the ticket {ticket}; say first what became of it")]
    CounterBusy {
        /// The ticket.
        ticket: TicketId,
    },
    /// The centre does not have the service, or none that can be booked.
    #[error("the centre does not offer {service}")]
    ServiceNotOffered {
        /// The service.
        service: ServiceKind,
    },
    /// No slot that can still be booked begins then.
    #[error("there is no slot to book that begins then")]
    NoSuchSlot,
    /// Too few places are left.
    #[error("{free} places are left in the slot")]
    SlotFull {
        /// Places left.
        free: i32,
    },
    /// The booking was used, cancelled or has lapsed.
    #[error("the booking is {state}")]
    BookingClosed {
        /// Where it stands.
        state: &'static str,
    },
    /// The booking is for another time.
    #[error("the booking can be used from {from}")]
    BookingNotNow {
        /// From when.
        from: Instant,
    },
    /// Nobody is served today any more.
    #[error("the centre is closed; it opens next at {}", opens_at.map_or_else(|| "a time that is not planned yet".to_owned(), time::local))]
    CenterClosed {
        /// When it opens next.
        opens_at: Option<Instant>,
    },
    /// What waits already needs all the time until closing.
    #[error("no more can be served today; come back at {}", come_back_at.map_or_else(|| "a time that is not planned yet".to_owned(), time::local))]
    DayFull {
        /// A time to come back.
        come_back_at: Option<Instant>,
    },
    /// The ticket is not called.
    #[error("the ticket is {standing}, and not called")]
    TicketNotCalled {
        /// Where it stands.
        standing: Standing,
    },
    /// The ticket was neither put aside nor has it missed its call today.
    #[error("the ticket is {standing}, and not aside")]
    TicketNotAside {
        /// Where it stands.
        standing: Standing,
    },
}

impl Refusal {
    /// Every reason that these rules can give.
    pub const REASONS: &[&str] = &[
        "COUNTER_OPEN",
        "COUNTER_CLOSED",
        "COUNTER_BUSY",
        "SERVICE_NOT_OFFERED",
        "NO_SUCH_SLOT",
        "SLOT_FULL",
        "BOOKING_CLOSED",
        "BOOKING_NOT_NOW",
        "CENTER_CLOSED",
        "DAY_FULL",
        "TICKET_NOT_CALLED",
        "TICKET_NOT_ASIDE",
    ];
}

impl Reason for Refusal {
    fn reason(&self) -> &'static str {
        match self {
            Self::CounterOpen => "COUNTER_OPEN",
            Self::CounterClosed => "COUNTER_CLOSED",
            Self::CounterBusy { .. } => "COUNTER_BUSY",
            Self::ServiceNotOffered { .. } => "SERVICE_NOT_OFFERED",
            Self::NoSuchSlot => "NO_SUCH_SLOT",
            Self::SlotFull { .. } => "SLOT_FULL",
            Self::BookingClosed { .. } => "BOOKING_CLOSED",
            Self::BookingNotNow { .. } => "BOOKING_NOT_NOW",
            Self::CenterClosed { .. } => "CENTER_CLOSED",
            Self::DayFull { .. } => "DAY_FULL",
            Self::TicketNotCalled { .. } => "TICKET_NOT_CALLED",
            Self::TicketNotAside { .. } => "TICKET_NOT_ASIDE",
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let at = |key, instant: &Option<Instant>| vec![(key, instant.map_or_else(|| NOT_PLANNED.to_owned(), time::local))];
        match self {
            Self::CounterOpen | Self::CounterClosed | Self::NoSuchSlot => vec![],
            Self::CounterBusy { ticket } => vec![("ticket", ticket.to_string())],
            Self::ServiceNotOffered { service } => vec![("service", service.to_string())],
            Self::SlotFull { free } => vec![("free", free.to_string())],
            Self::BookingClosed { state } => vec![("state", (*state).to_owned())],
            Self::BookingNotNow { from } => vec![("from", time::local(*from))],
            Self::CenterClosed { opens_at } => at("opens_at", opens_at),
            Self::DayFull { come_back_at } => at("come_back_at", come_back_at),
            Self::TicketNotCalled { standing } | Self::TicketNotAside { standing } => vec![("standing", standing.to_string())],
        }
    }
}

/// Whether a text can be a centre's id.
pub fn is_center_id(text: &str) -> bool {
    (2..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// Whether a text can be written above a counter.
pub fn is_label(text: &str) -> bool {
    (1..=8).contains(&text.chars().count()) && text.chars().all(|character| character.is_alphanumeric() || character == '-')
}

/// What is wrong with a plan, all at once.
pub fn plan(plan: &Plan) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut fault = |field: String, why: Why| found.push(Violation { field: format!("plan.{field}"), why });
    for (field, text, most) in [("name", &plan.name, 100), ("address", &plan.address, 200)] {
        let length = text.trim().chars().count();
        if length == 0 {
            fault(field.to_owned(), Why::Required);
        } else if length > most || text.chars().any(char::is_control) {
            fault(field.to_owned(), Why::Format("short enough and on one line"));
        }
    }
    for (field, outside, why) in [
        ("counters", !(1..=200).contains(&plan.counters), Why::Range("1 to 200")),
        ("slot_minutes", !(5..=120).contains(&plan.slot_minutes), Why::Range("5 to 120")),
        ("hours", plan.hours.len() > 21, Why::Range("at most 21")),
        ("special_days", plan.special_days.len() > 60, Why::Range("at most 60")),
    ] {
        if outside {
            fault(field.to_owned(), why);
        }
    }
    for (at, offer) in plan.services.iter().enumerate() {
        if !(1..=240).contains(&offer.usual_minutes) {
            fault(format!("services[{at}].usual_minutes"), Why::Range("1 to 240"));
        }
        if !(0..=200).contains(&offer.places_per_slot) {
            fault(format!("services[{at}].places_per_slot"), Why::Range("0 to 200"));
        }
        if plan.services.iter().take(at).any(|before| before.service == offer.service) {
            fault(format!("services[{at}].service"), Why::Contradicts("comes twice"));
        }
    }
    if plan.services.is_empty() {
        fault("services".to_owned(), Why::Required);
    }
    for (at, rule) in plan.priorities.iter().enumerate() {
        if !(1..=480).contains(&rule.head_start_minutes) {
            fault(format!("priorities[{at}].head_start_minutes"), Why::Range("1 to 480"));
        }
        if plan.priorities.iter().take(at).any(|before| before.kind == rule.kind) {
            fault(format!("priorities[{at}].kind"), Why::Contradicts("comes twice"));
        }
    }
    found
}

/// What a centre offers of a service.
pub fn offer(center: &Center, service: ServiceKind) -> Result<ServiceOffer, Refusal> {
    center.plan.services.iter().find(|offer| offer.service == service).copied().ok_or(Refusal::ServiceNotOffered { service })
}

/// What a centre offers of a service that can be booked.
pub fn bookable(center: &Center, service: ServiceKind) -> Result<ServiceOffer, Refusal> {
    let offer = offer(center, service)?;
    if offer.places_per_slot > 0 { Ok(offer) } else { Err(Refusal::ServiceNotOffered { service }) }
}

/// The slot that begins at an instant, if it can still be booked.
pub fn slot(center: &Center, start: Instant, now: Instant, calendar: &WorkingDays) -> Result<Opening, Refusal> {
    let slot = hours::slot_at(&center.plan, start, calendar).ok_or(Refusal::NoSuchSlot)?;
    if hours::can_be_booked(slot, now) { Ok(slot) } else { Err(Refusal::NoSuchSlot) }
}

/// A counter that was opened today and not closed.
pub fn open_counter(counter: &Counter, today: NaiveDate) -> Result<(), Refusal> {
    let open = counter.closed_at.is_none() && time::civil_day(counter.opened_at) == today;
    if open { Ok(()) } else { Err(Refusal::CounterClosed) }
}

/// Whether a counter counts when waits are estimated.
pub fn is_staffed(counter: &Counter, now: Instant) -> bool {
    open_counter(counter, time::civil_day(now)).is_ok() && now - counter.seen_at < Duration::minutes(QUIET_MINUTES)
}

/// A booking as it stands at an instant.
pub fn is_open(booking: &Booking, now: Instant) -> Result<(), Refusal> {
    match booking.state {
        BookingState::Booked if now < booking.ends_at => Ok(()),
        BookingState::Booked => Err(Refusal::BookingClosed { state: "lapsed" }),
        BookingState::Used => Err(Refusal::BookingClosed { state: "used" }),
        BookingState::Cancelled => Err(Refusal::BookingClosed { state: "cancelled" }),
    }
}

/// A ticket is taken with a booking from half an hour before its slot until the slot ends.
pub fn use_booking(booking: Booking, now: Instant) -> Result<Booking, Refusal> {
    is_open(&booking, now)?;
    let from = booking.starts_at - Duration::minutes(EARLY_MINUTES);
    if now < from {
        return Err(Refusal::BookingNotNow { from });
    }
    Ok(Booking { state: BookingState::Used, ..booking })
}

/// Tickets can be taken while the centre is open, in a break, and from half an hour before it opens.
pub fn takes_tickets(center: &Center, now: Instant, calendar: &WorkingDays) -> Result<(), Refusal> {
    let today = hours::openings(&center.plan, time::civil_day(now), calendar);
    let first = today.first().map(|opening| opening.from - Duration::minutes(EARLY_MINUTES));
    let last = today.last().map(|opening| opening.until);
    if first.zip(last).is_some_and(|(first, last)| first <= now && now < last) {
        return Ok(());
    }
    Err(Refusal::CenterClosed { opens_at: hours::next_opening(&center.plan, now, calendar) })
}

/// What a ticket is ordered by. A booking stands before all who came today, the earlier slot first; a head start counts as having come earlier.
pub fn queue_at(center: &Center, now: Instant, priority: Option<PriorityKind>, booking: Option<&Booking>) -> Instant {
    if let Some(booking) = booking {
        return booking.starts_at - Duration::hours(BOOKED_AHEAD_HOURS);
    }
    let rule = center.plan.priorities.iter().find(|rule| Some(rule.kind) == priority);
    now - Duration::minutes(rule.map_or(0, |rule| rule.head_start_minutes.into()))
}

/// When a called ticket waits again if nothing is heard: four times what its service usually takes, and half an hour at least.
pub fn call_lapses_at(offer: Option<ServiceOffer>, people: i32, now: Instant) -> Instant {
    let usual = i64::from(offer.map_or(0, |offer| offer.usual_minutes));
    now + Duration::minutes(CALL_MINUTES.max(4 * usual * i64::from(people)))
}

/// Where a ticket stands at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::Display)]
#[strum(serialize_all = "snake_case")]
pub enum Standing {
    /// Waits.
    Waiting,
    /// Is called to a counter.
    Called,
    /// Was put aside.
    Held,
    /// Was served.
    Served,
    /// Missed its call.
    NoShow,
    /// Its day is over.
    Expired,
}

/// Where a ticket stands at an instant: a call that has lapsed, and a day that is over, need nobody to say so.
pub fn standing(ticket: &Ticket, now: Instant) -> Standing {
    match ticket.state {
        TicketState::Served => Standing::Served,
        TicketState::Waiting | TicketState::Held | TicketState::NoShow if ticket.day != time::civil_day(now) => Standing::Expired,
        TicketState::Held => Standing::Held,
        TicketState::NoShow => Standing::NoShow,
        TicketState::Waiting if ticket.call.as_ref().is_some_and(|call| now < call.lapses_at) => Standing::Called,
        TicketState::Waiting => Standing::Waiting,
    }
}

/// What becomes of a called ticket. Gives the call that it answered to.
pub fn answer(ticket: Ticket, state: TicketState, now: Instant) -> Result<(Ticket, Call), Refusal> {
    let standing = standing(&ticket, now);
    match &ticket.call {
        Some(call) if standing == Standing::Called => {
            let call = call.clone();
            Ok((Ticket { state, ended_at: Some(now), ..ticket }, call))
        }
        Some(_) | None => Err(Refusal::TicketNotCalled { standing }),
    }
}

/// A ticket that was put aside goes back to its place; one that missed its call too, if it comes soon, and to the end otherwise.
pub fn requeue(ticket: Ticket, now: Instant) -> Result<Ticket, Refusal> {
    let standing = standing(&ticket, now);
    let late = |ended_at: Instant| now - ended_at > Duration::minutes(GRACE_MINUTES);
    let queue_at = match standing {
        Standing::NoShow if ticket.ended_at.is_some_and(late) => now,
        Standing::Held | Standing::NoShow => ticket.queue_at,
        Standing::Waiting | Standing::Called | Standing::Served | Standing::Expired => return Err(Refusal::TicketNotAside { standing }),
    };
    Ok(Ticket { state: TicketState::Waiting, queue_at, call: None, ended_at: None, ..ticket })
}

/// The days on which a time to come back is looked for, from tomorrow on.
pub fn days_to_come_back(today: NaiveDate) -> impl Iterator<Item = NaiveDate> {
    (today + Days::new(1)).iter_days().take(14)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        centers::{PriorityRule, samples::plan},
        ids::{BookingId, CounterId},
        short_code::ShortCode,
    };

    fn center() -> Center {
        let at = Instant::default();
        Center {
            id: "ala-01".to_owned(),
            region: crate::classifiers::Region::Abai,
            plan: plan(),
            version: 1,
            created_at: at,
            updated_at: at,
        }
    }

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    /// Noon in Kazakhstan on a Monday.
    fn noon() -> Instant {
        at("2026-11-30T07:00:00Z")
    }

    fn ticket(state: TicketState) -> Ticket {
        Ticket {
            id: TicketId::new(),
            code: ShortCode::from_random([1; 5]),
            center: "ala-01".to_owned(),
            day: time::civil_day(noon()),
            number: 47,
            service: ServiceKind::Registration,
            people: 1,
            state,
            queue_at: noon(),
            taken_at: noon(),
            call: None,
            ended_at: None,
            version: 1,
        }
    }

    fn called() -> Ticket {
        let call = Call {
            holder: uuid::Uuid::nil(),
            counter: CounterId::new(),
            counter_label: "7".to_owned(),
            at: noon(),
            lapses_at: noon() + Duration::minutes(40),
        };
        Ticket { call: Some(call), ..ticket(TicketState::Waiting) }
    }

    fn calendar() -> WorkingDays {
        WorkingDays::with(vec![]).unwrap()
    }

    #[test]
    fn every_fault_of_a_plan_is_told() {
        let offer = |usual_minutes, places_per_slot| ServiceOffer { service: ServiceKind::Permit, usual_minutes, places_per_slot };
        let wrong = Plan {
            name: " ".to_owned(),
            address: "a\u{7}".to_owned(),
            counters: 0,
            slot_minutes: 4,
            services: vec![offer(0, 201), offer(10, 1)],
            priorities: vec![PriorityRule { kind: PriorityKind::Elderly, head_start_minutes: 0 }; 2],
            ..plan()
        };
        let at: Vec<String> = super::plan(&wrong).into_iter().map(|violation| violation.field).collect();
        let expected = [
            "plan.name",
            "plan.address",
            "plan.counters",
            "plan.slot_minutes",
            "plan.services[0].usual_minutes",
            "plan.services[0].places_per_slot",
            "plan.services[1].service",
            "plan.priorities[0].head_start_minutes",
            "plan.priorities[1].head_start_minutes",
            "plan.priorities[1].kind",
        ];
        assert_eq!(at, expected);
        assert!(super::plan(&plan()).is_empty());
        assert_eq!(super::plan(&Plan { services: vec![], ..plan() }).len(), 1);
    }

    #[test]
    fn ids_and_labels_are_short_and_plain() {
        assert!(is_center_id("ala-01") && !is_center_id("Ala-01") && !is_center_id("a") && !is_center_id(&"a".repeat(33)));
        assert!(is_label("7") && is_label("Зал-2") && !is_label("") && !is_label("1 2") && !is_label("123456789"));
    }

    #[test]
    fn a_called_ticket_waits_again_when_nothing_is_heard() {
        assert_eq!(standing(&called(), noon()), Standing::Called);
        assert_eq!(standing(&called(), noon() + Duration::minutes(40)), Standing::Waiting);
        assert_eq!(call_lapses_at(Some(offer(&center(), ServiceKind::Registration).unwrap()), 1, noon()), noon() + Duration::minutes(40));
        assert_eq!(call_lapses_at(None, 1, noon()), noon() + Duration::minutes(30));
    }

    #[test]
    fn only_a_called_ticket_is_answered_and_only_one_aside_comes_back() {
        for state in [TicketState::Waiting, TicketState::Held, TicketState::Served, TicketState::NoShow] {
            assert!(answer(ticket(state), TicketState::Served, noon()).is_err(), "{state}");
            let aside = [TicketState::Held, TicketState::NoShow].contains(&state);
            assert_eq!(requeue(ticket(state), noon()).is_ok(), aside, "{state}");
        }
        let (served, _) = answer(called(), TicketState::Served, noon()).unwrap();
        assert_eq!(standing(&served, noon() + Duration::days(3)), Standing::Served);
        assert_eq!(requeue(called(), noon()), Err(Refusal::TicketNotAside { standing: Standing::Called }));
        assert_eq!(
            requeue(ticket(TicketState::Held), noon() + Duration::days(1)),
            Err(Refusal::TicketNotAside { standing: Standing::Expired })
        );
    }

    #[test]
    fn whoever_missed_a_call_keeps_the_place_for_a_quarter_of_an_hour() {
        let (missed, _) = answer(called(), TicketState::NoShow, noon()).unwrap();
        let soon = requeue(missed.clone(), noon() + Duration::minutes(15)).unwrap();
        assert_eq!((soon.queue_at, soon.call), (noon(), None));
        let late = noon() + Duration::minutes(16);
        assert_eq!(requeue(missed, late).unwrap().queue_at, late);
    }

    fn booking() -> Booking {
        Booking {
            id: BookingId::new(),
            code: ShortCode::from_random([2; 5]),
            center: "ala-01".to_owned(),
            service: ServiceKind::Registration,
            starts_at: noon(),
            ends_at: noon() + Duration::minutes(15),
            people: 4,
            state: BookingState::Booked,
            version: 1,
        }
    }

    #[test]
    fn a_booking_is_used_around_its_slot_once_and_lapses_by_itself() {
        let from = noon() - Duration::minutes(30);
        assert_eq!(use_booking(booking(), from - Duration::seconds(1)), Err(Refusal::BookingNotNow { from }));
        let used = use_booking(booking(), from).unwrap();
        assert_eq!(use_booking(used, noon()), Err(Refusal::BookingClosed { state: "used" }));
        assert_eq!(use_booking(booking(), noon() + Duration::minutes(15)), Err(Refusal::BookingClosed { state: "lapsed" }));
        let cancelled = Booking { state: BookingState::Cancelled, ..booking() };
        assert_eq!(is_open(&cancelled, noon()), Err(Refusal::BookingClosed { state: "cancelled" }));
    }

    #[test]
    fn a_booking_comes_first_and_a_head_start_never_overtakes_who_came_long_before() {
        let order = |priority, booking: Option<&Booking>, now| queue_at(&center(), now, priority, booking);
        let infant = Some(PriorityKind::FamilyWithInfant);
        assert!(order(None, Some(&booking()), noon()) < order(infant, None, at("2026-11-30T00:00:01Z")));
        assert!(order(infant, None, noon()) < order(None, None, noon() - Duration::minutes(59)));
        assert!(order(infant, None, noon()) > order(None, None, noon() - Duration::minutes(61)));
        assert_eq!(order(Some(PriorityKind::Elderly), None, noon()), noon(), "a kind that the plan does not have changes nothing");
    }

    #[test]
    fn tickets_are_taken_shortly_before_it_opens_and_in_the_break_but_not_after_closing() {
        let takes = |text: &str| takes_tickets(&center(), at(text), &calendar());
        for open in ["2026-11-30T03:30:00Z", "2026-11-30T08:30:00Z", "2026-11-30T12:59:59Z"] {
            assert_eq!(takes(open), Ok(()), "{open}");
        }
        assert_eq!(takes("2026-11-30T13:00:00Z"), Err(Refusal::CenterClosed { opens_at: Some(at("2026-12-01T04:00:00Z")) }));
        assert_eq!(takes("2026-11-30T03:29:59Z"), Err(Refusal::CenterClosed { opens_at: Some(at("2026-11-30T04:00:00Z")) }));
    }

    #[test]
    fn a_slot_is_booked_before_it_begins_and_sixty_days_ahead_at_most() {
        let book = |start: &str| slot(&center(), at(start), noon(), &calendar()).map(|slot| slot.from);
        assert_eq!(book("2026-11-30T07:15:00Z"), Ok(at("2026-11-30T07:15:00Z")));
        for wrong in ["2026-11-30T07:00:00Z", "2026-11-30T07:16:00Z", "2026-11-29T07:00:00Z", "2027-02-01T07:00:00Z"] {
            assert_eq!(book(wrong), Err(Refusal::NoSuchSlot), "{wrong}");
        }
        assert_eq!(bookable(&center(), ServiceKind::Permit), Err(Refusal::ServiceNotOffered { service: ServiceKind::Permit }));
    }

    #[test]
    fn a_counter_that_nothing_is_heard_of_no_longer_counts_but_can_go_on() {
        let counter = Counter {
            id: CounterId::new(),
            center: "ala-01".to_owned(),
            label: "7".to_owned(),
            services: vec![ServiceKind::Registration],
            opened_at: noon(),
            closed_at: None,
            seen_at: noon(),
            version: 1,
        };
        assert!(is_staffed(&counter, noon() + Duration::minutes(29)));
        let quiet = noon() + Duration::minutes(30);
        assert!(!is_staffed(&counter, quiet) && open_counter(&counter, time::civil_day(quiet)).is_ok());
        assert_eq!(open_counter(&counter, time::civil_day(noon() + Duration::days(1))), Err(Refusal::CounterClosed));
        assert_eq!(open_counter(&Counter { closed_at: Some(noon()), ..counter }, time::civil_day(noon())), Err(Refusal::CounterClosed));
    }
}
