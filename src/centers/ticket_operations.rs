//! What calls about tickets do, in which order, and who may. Asking where a ticket stands is answered by `board`.

use super::{
    Call, Center, Counter, PriorityKind, ServiceKind, Ticket, TicketState, hours,
    operations::own,
    rules::{self, Refusal},
    slot_operations::slots,
    store, ticket_store,
    waits::{Line, Medians, Wait, Waiting, medians},
};
use crate::{
    auth::Permission,
    error::{Error, Result, Why, same_version},
    events::Event,
    gate::{Operation, Tx, View},
    ids::{CounterId, TicketId},
    reservations::{self, Resource, store::Part},
    short_code::ShortCode,
    time::{self, Instant},
};

/// A ticket, and how long it may have to wait.
#[derive(Debug, Clone)]
pub struct InLine {
    /// The ticket.
    pub ticket: Ticket,
    /// How long it may have to wait; `None`: it does not wait.
    pub wait: Option<Wait>,
    /// When this was so.
    pub as_of: Instant,
}

/// A centre's queue at an instant, in the order of calling.
#[derive(Debug, Clone)]
pub struct Queue {
    /// The tickets of today that are not served.
    pub tickets: Vec<InLine>,
    /// What a display shows of each service.
    pub services: Vec<ServiceLine>,
    /// When this was so.
    pub as_of: Instant,
}

/// How it goes with one service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServiceLine {
    /// Which.
    pub service: ServiceKind,
    /// Tickets that wait for it.
    pub waiting: i32,
    /// Counters that are open for it.
    pub open_counters: usize,
    /// How long a ticket taken now may have to wait.
    pub next: Wait,
}

/// How fast it goes in a centre: what waits are computed from.
struct Pace {
    medians: Medians,
    counters: Vec<Vec<ServiceKind>>,
    open_time_left: chrono::Duration,
}

impl Pace {
    async fn of(view: &View, center: &Center) -> Result<Self> {
        let counters = store::counters(view, &center.id, view.today).await?;
        let staffed = counters.into_iter().filter(|counter| rules::is_staffed(counter, view.now));
        Ok(Self {
            medians: medians(&center.plan, &ticket_store::served(view, &center.id).await?),
            counters: staffed.map(|counter| counter.services).collect(),
            open_time_left: hours::open_time_left(&center.plan, view.now, &view.law.working_days),
        })
    }

    fn line(&self) -> Line<'_> {
        Line::new(&self.medians, &self.counters, self.open_time_left)
    }
}

/// A centre's queue, whole: for those who ask it of memory.
pub(super) async fn queue(view: &View, center: &Center) -> Result<Queue> {
    let tickets = ticket_store::unserved(view, &center.id).await?;
    let pace = Pace::of(view, center).await?;
    let mut line = pace.line();
    let mut placed = Vec::with_capacity(tickets.len());
    for ticket in tickets {
        let wait = (rules::standing(&ticket, view.now) == rules::Standing::Waiting).then(|| {
            let wait = line.next(ticket.service);
            line.join(Waiting { service: ticket.service, tickets: 1, people: ticket.people });
            wait
        });
        placed.push(InLine { ticket, wait, as_of: view.now });
    }
    let services = center.plan.services.iter().map(|offer| ServiceLine {
        service: offer.service,
        waiting: line.waiting_for(offer.service),
        open_counters: line.open_for(offer.service),
        next: line.next(offer.service),
    });
    Ok(Queue { services: services.collect(), tickets: placed, as_of: view.now })
}

/// Takes a ticket.
#[derive(Debug)]
pub struct TakeTicket {
    /// What for, and how many people; `None` with a booking, which says both.
    pub errand: Option<(ServiceKind, i32)>,
    /// Why it is called sooner. It is not kept.
    pub priority: Option<PriorityKind>,
    /// A booking.
    pub booking: Option<ShortCode>,
}

impl TakeTicket {
    /// Whether one more can be served today, beside those who wait and those who are booked and still to come.
    async fn has_room(tx: &Tx, center: &Center, pace: &Pace, one: Waiting) -> Result<bool> {
        let mut line = pace.line();
        for waiting in ticket_store::waiting(tx, &center.id, None).await?.into_iter().chain(store::still_to_come(tx, &center.id).await?) {
            line.join(waiting);
        }
        Ok(line.has_room(one, center.plan.counters))
    }

    /// The first free slot of the days to come, where the service can be booked; else the next morning.
    async fn come_back_at(tx: &Tx, center: &Center, service: ServiceKind) -> Result<Option<Instant>> {
        if rules::bookable(center, service).is_ok() {
            for day in rules::days_to_come_back(tx.today) {
                if let Some(slot) = slots(tx, center, service, day).await?.iter().find(|slot| slot.free > 0) {
                    return Ok(Some(slot.opening.from));
                }
            }
        }
        Ok(hours::next_opening(&center.plan, time::end_of_day(tx.today), &tx.law.working_days))
    }
}

impl Operation for TakeTicket {
    const NAME: &'static str = "TakeTicket";
    const NEEDS: Permission = Permission::TakeTicket;
    type Output = InLine;

    async fn run(&self, tx: &mut Tx) -> Result<InLine> {
        let center = own(tx).await?;
        let booking = match self.booking {
            None => None,
            Some(code) => {
                let booking = store::booking_by_code(tx, code).await?;
                // Where else somebody is booked is not told here.
                if booking.center != center.id {
                    return Err(Error::NotFound { resource: "booking" });
                }
                let used = rules::use_booking(booking, tx.now)?;
                reservations::store::take(tx, used.id.0).await?;
                Some(store::save_booking(tx, &used).await?)
            }
        };
        let errand = booking.as_ref().map(|booking| (booking.service, booking.people)).or(self.errand);
        let (service, people) = errand.ok_or_else(|| Error::invalid("service", Why::Required))?;
        rules::offer(&center, service)?;
        let pace = Pace::of(tx, &center).await?;
        if booking.is_none() {
            rules::takes_tickets(&center, tx.now, &tx.law.working_days)?;
            if !Self::has_room(tx, &center, &pace, Waiting { service, tickets: 1, people }).await? {
                return Err(Refusal::DayFull { come_back_at: Self::come_back_at(tx, &center, service).await? }.into());
            }
        }
        let ticket = Ticket {
            id: TicketId(tx.reserved()),
            code: ShortCode::from_random(tx.vault().random()?),
            center: center.id.clone(),
            day: tx.today,
            number: ticket_store::next_number(tx, &center.id).await?,
            service,
            people,
            state: TicketState::Waiting,
            queue_at: rules::queue_at(&center, tx.now, self.priority, booking.as_ref()),
            taken_at: tx.now,
            call: None,
            ended_at: None,
            version: 1,
        };
        ticket_store::insert(tx, &ticket).await?;
        tx.record(Event::TicketTaken { ticket: ticket.id, center: center.id.clone() });
        placed(tx, &pace, ticket).await
    }

    async fn replay(&self, tx: &mut Tx) -> Result<InLine> {
        let center = own(tx).await?;
        placed(tx, &Pace::of(tx, &center).await?, ticket_store::get(tx, TicketId(tx.reserved())).await?).await
    }
}

/// A ticket and its place. Only what is ahead is counted: the whole queue is not read while a place in it is given away.
async fn placed(tx: &Tx, pace: &Pace, ticket: Ticket) -> Result<InLine> {
    let mut wait = None;
    if rules::standing(&ticket, tx.now) == rules::Standing::Waiting {
        let mut line = pace.line();
        for ahead in ticket_store::waiting(tx, &ticket.center, Some(&ticket)).await? {
            line.join(ahead);
        }
        wait = Some(line.next(ticket.service));
    }
    Ok(InLine { ticket, wait, as_of: tx.now })
}

/// Calls the next ticket to a counter.
#[derive(Debug)]
pub struct CallNext {
    /// The counter.
    pub counter: CounterId,
}

impl Operation for CallNext {
    const NAME: &'static str = "CallNext";
    const NEEDS: Permission = Permission::CallNext;
    type Output = Option<Ticket>;

    async fn run(&self, tx: &mut Tx) -> Result<Option<Ticket>> {
        let counter = store::get_counter(tx, self.counter).await?;
        rules::open_counter(&counter, tx.today)?;
        if let Some(ticket) = ticket_store::called_to(tx, counter.id).await? {
            return Err(Refusal::CounterBusy { ticket: ticket.id }.into());
        }
        let counter = heard_of(tx, counter).await?;
        let Some(next) = ticket_store::first_waiting(tx, &counter.center, &counter.services).await? else { return Ok(None) };
        let center = store::get(tx, &counter.center).await?;
        let lapses_at = rules::call_lapses_at(rules::offer(&center, next.service).ok(), next.people, tx.now);
        let call = Call { holder: tx.reserved(), counter: counter.id, counter_label: counter.label.clone(), at: tx.now, lapses_at };
        let part = Part { resource: Resource::Ticket, id: next.id.0, capacity: 1, units: 1 };
        // Whoever came first has it; the loser of a race looks for another.
        let held = reservations::store::hold(tx, part, call.holder, lapses_at).await?;
        held.map_err(|_| Error::Conflict { resource: "ticket" })?;
        let ticket = ticket_store::save(tx, &Ticket { call: Some(call), ..next }).await?;
        tx.record(Event::TicketCalled { ticket: ticket.id, counter: counter.id, center: counter.center });
        Ok(Some(ticket))
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Option<Ticket>> {
        match reservations::store::resource_of(tx, tx.reserved()).await? {
            Some(id) => ticket_store::get(tx, TicketId(id)).await.map(Some),
            None => Ok(None),
        }
    }
}

/// Notes that a counter is staffed. Not each time: its row would be written by every call.
async fn heard_of(tx: &Tx, counter: Counter) -> Result<Counter> {
    if tx.now - counter.seen_at < chrono::Duration::minutes(rules::QUIET_MINUTES / 6) {
        return Ok(counter);
    }
    store::save_counter(tx, &counter).await
}

/// A ticket of the caller's centre, as the caller has seen it.
async fn seen(tx: &Tx, id: TicketId, expected_version: i64) -> Result<Ticket> {
    let ticket = ticket_store::get(tx, id).await?;
    same_version("ticket", expected_version, ticket.version)?;
    Ok(ticket)
}

/// What became of a called ticket: one way for all that can.
async fn answer(tx: &Tx, id: TicketId, expected_version: i64, state: TicketState) -> Result<Ticket> {
    let (ticket, call) = rules::answer(seen(tx, id, expected_version).await?, state, tx.now)?;
    match state {
        TicketState::Served => reservations::store::take(tx, call.holder).await?,
        TicketState::Waiting | TicketState::Held | TicketState::NoShow => reservations::store::release(tx, call.holder).await?,
    }
    let ticket = ticket_store::save(tx, &ticket).await?;
    heard_of(tx, store::get_counter(tx, call.counter).await?).await?;
    Ok(ticket)
}

macro_rules! answers {
    ($($(#[$doc:meta])* $name:ident => $state:ident, $event:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name {
            /// The ticket.
            pub id: TicketId,
            /// What the caller has seen.
            pub expected_version: i64,
        }

        impl Operation for $name {
            const NAME: &'static str = stringify!($name);
            const NEEDS: Permission = Permission::$name;
            type Output = Ticket;

            async fn run(&self, tx: &mut Tx) -> Result<Ticket> {
                let ticket = answer(tx, self.id, self.expected_version, TicketState::$state).await?;
                tx.record(Event::$event { ticket: ticket.id, center: ticket.center.clone() });
                Ok(ticket)
            }

            async fn replay(&self, tx: &mut Tx) -> Result<Ticket> {
                ticket_store::get(tx, self.id).await
            }
        }
    )*};
}

answers! {
    /// Puts a called ticket aside.
    HoldTicket => Held, TicketHeld;
    /// Says that a called ticket was served.
    ServeTicket => Served, TicketServed;
    /// Says that nobody came with a called ticket.
    MarkNoShow => NoShow, TicketMissed;
}

/// Brings a ticket back that was put aside or missed its call.
#[derive(Debug)]
pub struct RequeueTicket {
    /// The ticket.
    pub id: TicketId,
    /// What the caller has seen.
    pub expected_version: i64,
}

impl Operation for RequeueTicket {
    const NAME: &'static str = "RequeueTicket";
    const NEEDS: Permission = Permission::RequeueTicket;
    type Output = Ticket;

    async fn run(&self, tx: &mut Tx) -> Result<Ticket> {
        let ticket = rules::requeue(seen(tx, self.id, self.expected_version).await?, tx.now)?;
        let ticket = ticket_store::save(tx, &ticket).await?;
        tx.record(Event::TicketRequeued { ticket: ticket.id, center: ticket.center.clone() });
        Ok(ticket)
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Ticket> {
        ticket_store::get(tx, self.id).await
    }
}
