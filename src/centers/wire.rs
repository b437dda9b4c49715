//! Centres, counters, bookings and tickets, read from requests and written into answers.

use chrono::Duration;

use super::{
    Booking, BookingState, Center, Counter, Plan, PriorityKind, PriorityRule, ServiceKind, ServiceOffer, Ticket,
    hours::{Span, SpecialDay, WeekHours, minute},
    rules::{self, Standing},
    slot_operations::Slot,
    ticket_operations::{InLine, Queue},
    waits::Wait,
};
use crate::{
    api::{Fields, date, instant, timestamp},
    error::Why,
    proto,
    short_code::ShortCode,
    time::Instant,
};

const CLOCK: Why = Why::Format("a time of day such as 09:00");

/// A centre's id.
pub fn read_center(fields: &mut Fields, id: &str) -> String {
    if id.is_empty() {
        fields.fault("center_id", Why::Required);
    } else if !rules::is_center_id(id) {
        fields.fault("center_id", Why::Format("2 to 32 small letters, digits and hyphens"));
    }
    id.to_owned()
}

/// A code that must be there.
pub fn read_code(fields: &mut Fields, text: &str) -> Option<ShortCode> {
    fields.required("code", text, CODE)
}

/// What a code looks like.
pub const CODE: Why = Why::Format("a code of nine characters such as SHQ-DC5-0Q5");

/// A service.
pub fn read_service(fields: &mut Fields, at: &str, value: i32) -> Option<ServiceKind> {
    fields.code(at, value, "REGISTRATION, PERMIT, CERTIFICATE or INFORMATION", |service| match service {
        proto::ServiceKind::Unspecified => None,
        proto::ServiceKind::Registration => Some(ServiceKind::Registration),
        proto::ServiceKind::Permit => Some(ServiceKind::Permit),
        proto::ServiceKind::Certificate => Some(ServiceKind::Certificate),
        proto::ServiceKind::Information => Some(ServiceKind::Information),
    })
}

/// Why somebody is called sooner.
pub fn read_priority(fields: &mut Fields, at: &str, value: i32) -> Option<PriorityKind> {
    fields.code(at, value, "FAMILY_WITH_INFANT, CANNOT_WAIT or ELDERLY", |kind| match kind {
        proto::PriorityKind::Unspecified => None,
        proto::PriorityKind::FamilyWithInfant => Some(PriorityKind::FamilyWithInfant),
        proto::PriorityKind::CannotWait => Some(PriorityKind::CannotWait),
        proto::PriorityKind::Elderly => Some(PriorityKind::Elderly),
    })
}

/// The instant that a slot begins at.
pub fn read_start(fields: &mut Fields, start: Option<prost_types::Timestamp>) -> Option<Instant> {
    let Some(start) = start else {
        fields.fault("start_time", Why::Required);
        return None;
    };
    let at = instant(start);
    if at.is_none() {
        fields.fault("start_time", Why::Format("an instant"));
    }
    at
}

/// A plan.
pub fn read_plan(fields: &mut Fields, plan: Option<proto::CenterPlan>) -> Option<Plan> {
    let Some(plan) = plan else {
        fields.fault("plan", Why::Required);
        return None;
    };
    let hours = plan.hours.iter().enumerate().filter_map(|(at, hours)| {
        let at = format!("plan.hours[{at}]");
        let weekday = read_weekday(fields, &format!("{at}.weekday"), hours.weekday);
        let span = read_span(fields, &at, &hours.opens, &hours.closes);
        Some(WeekHours { weekday: weekday?, span: span? })
    });
    let hours = hours.collect();
    let special_days = plan.special_days.into_iter().enumerate().filter_map(|(at, special)| {
        let at = format!("plan.special_days[{at}]");
        let date = fields.day(&format!("{at}.date"), special.date);
        let closed = special.opens.is_empty() && special.closes.is_empty();
        let span = if closed { Some(None) } else { read_span(fields, &at, &special.opens, &special.closes).map(Some) };
        Some(SpecialDay { date: date?, span: span? })
    });
    let special_days = special_days.collect();
    let mut services = Vec::with_capacity(plan.services.len());
    for (at, offer) in plan.services.iter().enumerate() {
        let service = read_service(fields, &format!("plan.services[{at}].service"), offer.service);
        let (usual_minutes, places_per_slot) = (offer.usual_minutes, offer.places_per_slot);
        services.extend(service.map(|service| ServiceOffer { service, usual_minutes, places_per_slot }));
    }
    let mut priorities = Vec::with_capacity(plan.priorities.len());
    for (at, rule) in plan.priorities.iter().enumerate() {
        let kind = read_priority(fields, &format!("plan.priorities[{at}].kind"), rule.kind);
        priorities.extend(kind.map(|kind| PriorityRule { kind, head_start_minutes: rule.head_start_minutes }));
    }
    let (name, address, counters, slot_minutes) = (plan.name, plan.address, plan.counters, plan.slot_minutes);
    let plan = Plan { name, address, counters, slot_minutes, hours, special_days, services, priorities };
    fields.faults(rules::plan(&plan));
    Some(plan)
}

fn read_weekday(fields: &mut Fields, at: &str, value: i32) -> Option<u32> {
    fields.code(at, value, "MONDAY to SUNDAY", |weekday: proto::Weekday| match weekday {
        proto::Weekday::Unspecified => None,
        proto::Weekday::Monday => Some(1),
        proto::Weekday::Tuesday => Some(2),
        proto::Weekday::Wednesday => Some(3),
        proto::Weekday::Thursday => Some(4),
        proto::Weekday::Friday => Some(5),
        proto::Weekday::Saturday => Some(6),
        proto::Weekday::Sunday => Some(7),
    })
}

fn read_span(fields: &mut Fields, at: &str, opens: &str, closes: &str) -> Option<Span> {
    let mut good = true;
    for (field, text) in [("opens", opens), ("closes", closes)] {
        if minute(text).is_none() {
            fields.fault(format!("{at}.{field}"), if text.is_empty() { Why::Required } else { CLOCK });
            good = false;
        }
    }
    let span = Span::read(opens, closes);
    if good && span.is_none() {
        fields.fault(format!("{at}.closes"), Why::Contradicts("does not lie after opens"));
    }
    span
}

fn write_service(service: ServiceKind) -> i32 {
    match service {
        ServiceKind::Registration => proto::ServiceKind::Registration,
        ServiceKind::Permit => proto::ServiceKind::Permit,
        ServiceKind::Certificate => proto::ServiceKind::Certificate,
        ServiceKind::Information => proto::ServiceKind::Information,
    }
    .into()
}

/// A centre, for the wire.
pub fn write_center(center: Center) -> proto::Center {
    let kind = |kind| match kind {
        PriorityKind::FamilyWithInfant => proto::PriorityKind::FamilyWithInfant,
        PriorityKind::CannotWait => proto::PriorityKind::CannotWait,
        PriorityKind::Elderly => proto::PriorityKind::Elderly,
    };
    let hours = |hours: WeekHours| proto::OpeningHours {
        weekday: i32::try_from(hours.weekday).unwrap_or(0),
        opens: hours.span.opens().to_string(),
        closes: hours.span.closes().to_string(),
    };
    let special = |special: SpecialDay| proto::SpecialDay {
        date: Some(date(special.date)),
        opens: special.span.map(|span| span.opens().to_string()).unwrap_or_default(),
        closes: special.span.map(|span| span.closes().to_string()).unwrap_or_default(),
    };
    let offer = |offer: ServiceOffer| proto::ServiceOffer {
        service: write_service(offer.service),
        usual_minutes: offer.usual_minutes,
        places_per_slot: offer.places_per_slot,
    };
    let Plan { name, address, counters, slot_minutes, hours: week, special_days, services, priorities } = center.plan;
    let priority = |rule: PriorityRule| proto::PriorityRule { kind: kind(rule.kind).into(), head_start_minutes: rule.head_start_minutes };
    proto::Center {
        id: center.id,
        region_code: center.region.to_string(),
        plan: Some(proto::CenterPlan {
            name,
            address,
            counters,
            slot_minutes,
            hours: week.into_iter().map(hours).collect(),
            special_days: special_days.into_iter().map(special).collect(),
            services: services.into_iter().map(offer).collect(),
            priorities: priorities.into_iter().map(priority).collect(),
        }),
        version: center.version,
        create_time: Some(timestamp(center.created_at)),
        update_time: Some(timestamp(center.updated_at)),
    }
}

/// A counter, for the wire.
pub fn write_counter(counter: Counter) -> proto::Counter {
    proto::Counter {
        id: counter.id.to_string(),
        center_id: counter.center,
        label: counter.label,
        services: counter.services.into_iter().map(write_service).collect(),
        version: counter.version,
        open_time: Some(timestamp(counter.opened_at)),
        close_time: counter.closed_at.map(timestamp),
    }
}

/// A slot, for the wire.
pub fn write_slot(slot: Slot) -> proto::Slot {
    proto::Slot {
        start_time: Some(timestamp(slot.opening.from)),
        end_time: Some(timestamp(slot.opening.until)),
        places: slot.places,
        free: slot.free,
    }
}

/// A booking as it stands at an instant, for the wire.
pub fn write_booking(booking: Booking, now: Instant) -> proto::Booking {
    let state = match booking.state {
        BookingState::Booked if rules::is_open(&booking, now).is_err() => proto::BookingState::Lapsed,
        BookingState::Booked => proto::BookingState::Booked,
        BookingState::Used => proto::BookingState::Used,
        BookingState::Cancelled => proto::BookingState::Cancelled,
    };
    proto::Booking {
        id: booking.id.to_string(),
        code: booking.code.to_string(),
        center_id: booking.center,
        service: write_service(booking.service),
        start_time: Some(timestamp(booking.starts_at)),
        end_time: Some(timestamp(booking.ends_at)),
        people: booking.people,
        state: state.into(),
        version: booking.version,
    }
}

/// A ticket as it stands at an instant, for the wire.
pub fn write_ticket(ticket: &Ticket, now: Instant) -> proto::Ticket {
    let standing = rules::standing(ticket, now);
    let state = match standing {
        Standing::Waiting => proto::TicketState::Waiting,
        Standing::Called => proto::TicketState::Called,
        Standing::Held => proto::TicketState::Held,
        Standing::Served => proto::TicketState::Served,
        Standing::NoShow => proto::TicketState::NoShow,
        Standing::Expired => proto::TicketState::Expired,
    };
    let call = ticket.call.as_ref();
    proto::Ticket {
        id: ticket.id.to_string(),
        code: ticket.code.to_string(),
        label: ticket.label(),
        center_id: ticket.center.clone(),
        service: write_service(ticket.service),
        people: ticket.people,
        state: state.into(),
        counter_label: call.filter(|_| standing == Standing::Called).map(|call| call.counter_label.clone()).unwrap_or_default(),
        take_time: Some(timestamp(ticket.taken_at)),
        call_time: call.map(|call| timestamp(call.at)),
        version: ticket.version,
    }
}

/// A wait, for the wire.
pub fn write_wait(wait: Wait) -> proto::Wait {
    proto::Wait { tickets_ahead: wait.tickets_ahead, estimate: write_duration(wait.estimate), may_not_be_today: wait.may_not_be_today }
}

fn write_duration(duration: Option<Duration>) -> Option<prost_types::Duration> {
    duration.map(|duration| prost_types::Duration { seconds: duration.num_seconds(), nanos: 0 })
}

/// A ticket in line, for the wire.
pub fn write_in_line(in_line: &InLine) -> proto::GetTicketResponse {
    proto::GetTicketResponse {
        ticket: Some(write_ticket(&in_line.ticket, in_line.as_of)),
        wait: in_line.wait.map(write_wait),
        as_of_time: Some(timestamp(in_line.as_of)),
    }
}

/// Called tickets on a display at most.
const MOST_CALLED: usize = 50;

/// A queue as a display shows it.
pub fn write_queue(queue: &Queue) -> proto::WatchQueueResponse {
    let tickets = queue.tickets.iter().map(|in_line| &in_line.ticket);
    let called = tickets.filter(|ticket| rules::standing(ticket, queue.as_of) == Standing::Called);
    let mut called: Vec<_> = called.filter_map(|ticket| Some((ticket.call.as_ref()?, ticket.label()))).collect();
    called.sort_by_key(|(call, _)| std::cmp::Reverse(call.at));
    let write = |(call, label): (&super::Call, String)| proto::watch_queue_response::Called {
        label,
        counter_label: call.counter_label.clone(),
        call_time: Some(timestamp(call.at)),
    };
    proto::WatchQueueResponse {
        called: called.into_iter().take(MOST_CALLED).map(write).collect(),
        lines: queue
            .services
            .iter()
            .map(|line| proto::watch_queue_response::Line {
                service: write_service(line.service),
                waiting: line.waiting,
                open_counters: i32::try_from(line.open_counters).unwrap_or(i32::MAX),
                estimate: write_duration(line.next.estimate),
            })
            .collect(),
        as_of_time: Some(timestamp(queue.as_of)),
    }
}

/// People of one booking or ticket.
pub fn read_people(fields: &mut Fields, people: i32) -> i32 {
    fields.within("people", people, 1..=rules::MOST_PEOPLE, "1 to 20")
}

/// What a ticket is for; with a booking, which says it, neither need be said.
pub fn read_errand(fields: &mut Fields, message: &proto::TakeTicketRequest) -> Option<(ServiceKind, i32)> {
    let booked = !message.booking_code.is_empty();
    let service = if booked && message.service == 0 { None } else { read_service(fields, "service", message.service) };
    let people = if booked && message.people == 0 { 0 } else { read_people(fields, message.people) };
    service.map(|service| (service, people))
}
