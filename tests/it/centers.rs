//! Registration centres: slots, counters, and the queue before them.

use std::collections::BTreeSet;

use relocation_registry::{
    proto::{self, ServiceKind, TicketState},
    time,
};
use tonic::Code;
use tonic_types::StatusExt as _;

use crate::{
    harness::{App, Client, fields, reason, samples},
    on_every_database,
};

/// Turns the clock to ten in the morning of the day after this one, so that no case runs into a night.
fn to_morning(app: &App) {
    let now = app.clock.now();
    let morning = time::end_of_day(time::civil_day(now)) + chrono::Duration::hours(10);
    app.clock.advance_minutes((morning - now).num_minutes());
}

/// The day after the morning that the clock was turned to, in days from the machine's own.
const TOMORROW: i64 = 2;

/// A centre that is open, with clerks, a kiosk, and so many counters for registrations, in the morning.
async fn center(app: &App, counters: usize) -> (Client, Client, Vec<String>) {
    to_morning(app);
    let (ops, clerk, kiosk) = (app.role("ops").await, app.role("registrar").await, app.role("kiosk").await);
    ops.centers().open_center(samples::center("ala-01")).await.unwrap();
    let mut ids = Vec::new();
    for label in 1..=counters {
        ids.push(open_counter(&clerk, &label.to_string(), &[ServiceKind::Registration]).await);
    }
    (clerk, kiosk, ids)
}

async fn open_counter(clerk: &Client, label: &str, services: &[ServiceKind]) -> String {
    let request = proto::OpenCounterRequest {
        request_id: samples::request_id(),
        label: label.to_owned(),
        services: services.iter().map(|service| (*service).into()).collect(),
        ..Default::default()
    };
    clerk.centers().open_counter(request).await.unwrap().into_inner().counter.unwrap().id
}

fn take(service: ServiceKind) -> proto::TakeTicketRequest {
    proto::TakeTicketRequest { request_id: samples::request_id(), service: service.into(), people: 1, ..Default::default() }
}

async fn taken(kiosk: &Client, request: proto::TakeTicketRequest) -> (proto::Ticket, proto::Wait) {
    let answer = kiosk.centers().take_ticket(request).await.unwrap().into_inner();
    (answer.ticket.unwrap(), answer.wait.unwrap())
}

async fn call_next(clerk: &Client, counter: &str) -> Option<proto::Ticket> {
    let request = proto::CallNextRequest { request_id: samples::request_id(), counter_id: counter.to_owned(), ..Default::default() };
    clerk.centers().call_next(request).await.unwrap().into_inner().ticket
}

async fn serve(clerk: &Client, ticket: &proto::Ticket) -> proto::Ticket {
    let request = proto::ServeTicketRequest {
        request_id: samples::request_id(),
        ticket_id: ticket.id.clone(),
        expected_version: ticket.version,
        ..Default::default()
    };
    for _ in 0..20 {
        match clerk.centers().serve_ticket(request.clone()).await {
            Ok(answer) => return answer.into_inner().ticket.unwrap(),
            // Met another too often; nothing was done, and the same is sent again.
            Err(met) => assert_eq!(met.code(), Code::Aborted, "{met:?}"),
        }
    }
    panic!("twenty times met another");
}

async fn hold(clerk: &Client, ticket: &proto::Ticket) -> proto::Ticket {
    let request = proto::HoldTicketRequest { request_id: samples::request_id(), ticket_id: ticket.id.clone(), ..Default::default() };
    clerk.centers().hold_ticket(request).await.unwrap().into_inner().ticket.unwrap()
}

async fn miss(clerk: &Client, ticket: &proto::Ticket) -> proto::Ticket {
    let request = proto::MarkNoShowRequest { request_id: samples::request_id(), ticket_id: ticket.id.clone(), ..Default::default() };
    clerk.centers().mark_no_show(request).await.unwrap().into_inner().ticket.unwrap()
}

async fn requeue(clerk: &Client, ticket: &proto::Ticket) -> Result<proto::Ticket, tonic::Status> {
    let request = proto::RequeueTicketRequest { request_id: samples::request_id(), ticket_id: ticket.id.clone(), ..Default::default() };
    clerk.centers().requeue_ticket(request).await.map(|answer| answer.into_inner().ticket.unwrap())
}

async fn stands(asker: &Client, code: &str) -> proto::GetTicketResponse {
    asker.centers().get_ticket(proto::GetTicketRequest { code: code.to_owned() }).await.unwrap().into_inner()
}

/// Asks until the answer, which may be a second old, is as expected; for five seconds at most.
async fn stands_as(asker: &Client, code: &str, expected: impl Fn(&proto::GetTicketResponse) -> bool) -> proto::GetTicketResponse {
    for _ in 0..200 {
        let answer = stands(asker, code).await;
        if expected(&answer) {
            return answer;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    panic!("{:?}", stands(asker, code).await);
}

fn state(answer: &proto::GetTicketResponse) -> TicketState {
    answer.ticket.as_ref().unwrap().state()
}

/// The slots of tomorrow.
async fn slots(client: &Client, service: ServiceKind) -> Vec<proto::Slot> {
    let request = proto::ListSlotsRequest { center_id: "ala-01".to_owned(), service: service.into(), date: samples::in_days(TOMORROW) };
    client.centers().list_slots(request).await.unwrap().into_inner().slots
}

fn book(slot: &proto::Slot, people: i32) -> proto::BookSlotRequest {
    proto::BookSlotRequest {
        request_id: samples::request_id(),
        center_id: "ala-01".to_owned(),
        service: ServiceKind::Registration.into(),
        start_time: slot.start_time,
        people,
        ..Default::default()
    }
}

async fn booked(client: &Client, slot: &proto::Slot, people: i32) -> proto::Booking {
    client.centers().book_slot(book(slot, people)).await.unwrap().into_inner().booking.unwrap()
}

async fn booking(client: &Client, code: &str) -> proto::Booking {
    client.centers().get_booking(proto::GetBookingRequest { code: code.to_owned() }).await.unwrap().into_inner().booking.unwrap()
}

on_every_database! {
    async fn tickets_are_called_in_the_order_in_which_they_were_taken_and_say_how_long_it_takes(app: App) {
        let (clerk, kiosk, counters) = center(&app, 2).await;
        let mut tickets = Vec::new();
        for before in 0..5 {
            let (ticket, wait) = taken(&kiosk, take(ServiceKind::Registration)).await;
            assert_eq!((wait.tickets_ahead, wait.estimate.unwrap().seconds, wait.may_not_be_today), (before, i64::from(before) * 180, false));
            tickets.push(ticket);
        }
        assert_eq!(tickets.iter().map(|ticket| ticket.label.as_str()).collect::<Vec<_>>(), ["A-001", "A-002", "A-003", "A-004", "A-005"]);
        let called = call_next(&clerk, &counters[0]).await.unwrap();
        assert_eq!((called.label.as_str(), called.state(), called.counter_label.as_str()), ("A-001", TicketState::Called, "1"));
        let asked = stands_as(&kiosk, &tickets[0].code, |answer| state(answer) == TicketState::Called).await;
        assert!(asked.wait.is_none());
        let asked = stands_as(&kiosk, &tickets[4].code, |answer| answer.wait.is_some_and(|wait| wait.tickets_ahead == 3)).await;
        assert_eq!(asked.wait.unwrap().estimate.unwrap().seconds, 3 * 180);

        // A counter says first what became of the one before.
        let again = proto::CallNextRequest { request_id: samples::request_id(), counter_id: counters[0].clone(), ..Default::default() };
        let busy = clerk.centers().call_next(again).await.unwrap_err();
        assert_eq!((busy.code(), reason(&busy).as_str()), (Code::FailedPrecondition, "COUNTER_BUSY"));
        assert_eq!(serve(&clerk, &called).await.state(), TicketState::Served);
        assert_eq!(call_next(&clerk, &counters[0]).await.unwrap().label, "A-002");
        assert_eq!(call_next(&clerk, &counters[1]).await.unwrap().label, "A-003");
    }

    async fn a_ticket_put_aside_or_missed_comes_back_to_its_place_and_a_late_one_to_the_end(app: App) {
        let (clerk, kiosk, counters) = center(&app, 1).await;
        for _ in 0..4 {
            taken(&kiosk, take(ServiceKind::Registration)).await;
        }
        let first = call_next(&clerk, &counters[0]).await.unwrap();
        hold(&clerk, &first).await;
        let second = call_next(&clerk, &counters[0]).await.unwrap();
        miss(&clerk, &second).await;
        let third = call_next(&clerk, &counters[0]).await.unwrap();
        miss(&clerk, &third).await;
        requeue(&clerk, &first).await.unwrap();
        assert_eq!(call_next(&clerk, &counters[0]).await.unwrap().label, "A-001");
        app.clock.advance_minutes(10);
        requeue(&clerk, &second).await.unwrap();
        app.clock.advance_minutes(10);
        requeue(&clerk, &third).await.unwrap();
        serve(&clerk, &proto::Ticket { version: 0, ..first.clone() }).await;
        let mut order = Vec::new();
        while let Some(next) = call_next(&clerk, &counters[0]).await {
            order.push(next.label.clone());
            serve(&clerk, &next).await;
        }
        assert_eq!(order, ["A-002", "A-004", "A-003"]);
        let refused = requeue(&clerk, &first).await.unwrap_err();
        assert_eq!(reason(&refused), "TICKET_NOT_ASIDE");
        assert_eq!(refused.get_error_details().error_info().unwrap().metadata["standing"], "served");
    }

    async fn a_called_ticket_of_which_nothing_is_heard_waits_again_by_itself(app: App) {
        let (clerk, kiosk, counters) = center(&app, 2).await;
        let (ticket, _) = taken(&kiosk, take(ServiceKind::Registration)).await;
        let called = call_next(&clerk, &counters[0]).await.unwrap();
        assert_eq!(call_next(&clerk, &counters[1]).await, None, "it is called");
        app.clock.advance_minutes(31);
        stands_as(&kiosk, &ticket.code, |answer| state(answer) == TicketState::Waiting).await;
        let late = proto::ServeTicketRequest { request_id: samples::request_id(), ticket_id: called.id.clone(), ..Default::default() };
        assert_eq!(reason(&clerk.centers().serve_ticket(late).await.unwrap_err()), "TICKET_NOT_CALLED");
        let again = call_next(&clerk, &counters[1]).await.unwrap();
        assert_eq!((again.id.as_str(), again.counter_label.as_str()), (called.id.as_str(), "2"));
        assert_eq!(serve(&clerk, &again).await.state(), TicketState::Served);
    }

    async fn counters_that_call_at_the_same_moment_never_get_the_same_ticket(app: App) {
        let (clerk, kiosk, counters) = center(&app, 10).await;
        for _ in 0..30 {
            taken(&kiosk, take(ServiceKind::Registration)).await;
        }
        let calls = counters.iter().cloned().map(|counter| {
            let clerk = clerk.clone();
            async move {
                let mut called = Vec::new();
                while called.len() < 30 {
                    let request = proto::CallNextRequest { request_id: samples::request_id(), counter_id: counter.clone(), ..Default::default() };
                    match clerk.centers().call_next(request).await {
                        Ok(answer) => match answer.into_inner().ticket {
                            Some(ticket) => {
                                called.push(ticket.label.clone());
                                serve(&clerk, &ticket).await;
                            }
                            None => break,
                        },
                        // Met another too often; nothing was done.
                        Err(met) => assert_eq!(met.code(), Code::Aborted, "{met:?}"),
                    }
                }
                called
            }
        });
        let called: Vec<String> = futures_util::future::join_all(calls).await.concat();
        assert_eq!(called.len(), 30, "{called:?}");
        assert_eq!(called.iter().collect::<BTreeSet<_>>().len(), 30, "{called:?}");
    }

    async fn the_last_place_in_a_slot_goes_to_exactly_one_of_64(app: App) {
        let (_, kiosk, _) = center(&app, 0).await;
        #[allow(clippy::disallowed_methods, reason = "whoever measures says how often")]
        let rounds = std::env::var("SLOT_ROUNDS").map_or(3, |rounds| rounds.parse().unwrap());
        let slots = slots(&kiosk, ServiceKind::Registration).await;
        for round in 0..rounds {
            let slot = slots[round % slots.len()];
            if slot.free == 2 && round < slots.len() {
                booked(&kiosk, &slot, 1).await;
            }
            let tries = (0..64).map(|_| {
                let (kiosk, request) = (kiosk.clone(), book(&slot, 1));
                async move { kiosk.centers().book_slot(request).await }
            });
            let outcomes = futures_util::future::join_all(tries).await;
            let won: Vec<_> = outcomes.iter().flatten().filter_map(|answer| answer.get_ref().booking.clone()).collect();
            assert_eq!(won.len(), 1, "round {round}");
            for lost in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
                assert!(["SLOT_FULL", "CONFLICT"].contains(&reason(lost).as_str()), "{lost:?}");
            }
            // The place is free for the next round over the same slots.
            let cancel = proto::CancelBookingRequest { request_id: samples::request_id(), code: won[0].code.clone(), ..Default::default() };
            kiosk.centers().cancel_booking(cancel).await.unwrap();
        }
    }

    async fn a_household_gets_all_its_places_or_none(app: App) {
        let (_, kiosk, _) = center(&app, 0).await;
        let all = slots(&kiosk, ServiceKind::Registration).await;
        assert_eq!((all.len(), all[0].places, all[0].free), (96, 2, 2));
        booked(&kiosk, &all[0], 1).await;
        let refused = kiosk.centers().book_slot(book(&all[0], 2)).await.unwrap_err();
        assert_eq!((reason(&refused).as_str(), refused.get_error_details().error_info().unwrap().metadata["free"].as_str()), ("SLOT_FULL", "1"));
        assert_eq!(slots(&kiosk, ServiceKind::Registration).await[0].free, 1, "nothing was half held");
        booked(&kiosk, &all[1], 2).await;
        assert_eq!(slots(&kiosk, ServiceKind::Registration).await[1].free, 0);
    }

    async fn a_booking_moves_whole_or_stays_where_it_is(app: App) {
        let (_, kiosk, _) = center(&app, 0).await;
        let all = slots(&kiosk, ServiceKind::Registration).await;
        let own = booked(&kiosk, &all[3], 2).await;
        booked(&kiosk, &all[4], 1).await;
        let to = |slot: &proto::Slot, expected_version| proto::RescheduleBookingRequest {
            request_id: samples::request_id(),
            code: own.code.clone(),
            expected_version,
            start_time: slot.start_time,
            ..Default::default()
        };
        let refused = kiosk.centers().reschedule_booking(to(&all[4], 1)).await.unwrap_err();
        assert_eq!(reason(&refused), "SLOT_FULL");
        let free = |slots: Vec<proto::Slot>| slots[3..6].iter().map(|slot| slot.free).collect::<Vec<_>>();
        assert_eq!(free(slots(&kiosk, ServiceKind::Registration).await), [0, 1, 2], "its places are still its own");
        let moved = kiosk.centers().reschedule_booking(to(&all[5], 1)).await.unwrap().into_inner().booking.unwrap();
        assert_eq!((moved.start_time, moved.version), (all[5].start_time, 2));
        assert_eq!(free(slots(&kiosk, ServiceKind::Registration).await), [2, 1, 0]);
        assert_eq!(reason(&kiosk.centers().reschedule_booking(to(&all[3], 1)).await.unwrap_err()), "CONFLICT");
    }

    async fn a_booking_that_nobody_comes_for_lapses_by_itself_and_one_in_time_goes_before_the_others(app: App) {
        let (clerk, kiosk, _) = center(&app, 0).await;
        let all = slots(&kiosk, ServiceKind::Registration).await;
        let now = app.clock.now().timestamp();
        let minutes_to = |slot: &proto::Slot| (slot.start_time.unwrap().seconds - now) / 60;
        let (early, own) = (booked(&kiosk, &all[8], 2).await, booked(&kiosk, &all[10], 2).await);
        let with = |booking: &proto::Booking| proto::TakeTicketRequest {
            request_id: samples::request_id(),
            booking_code: booking.code.clone(),
            ..Default::default()
        };
        let refused = kiosk.centers().take_ticket(with(&own)).await.unwrap_err();
        assert_eq!(reason(&refused), "BOOKING_NOT_NOW");
        // To the very slot.
        app.clock.advance_minutes(minutes_to(&all[10]) + 1);
        assert_eq!(booking(&kiosk, &early.code).await.state(), proto::BookingState::Lapsed);
        assert_eq!(reason(&kiosk.centers().take_ticket(with(&early)).await.unwrap_err()), "BOOKING_CLOSED");
        let counter = open_counter(&clerk, "2", &[ServiceKind::Registration]).await;
        let (walked_in, _) = taken(&kiosk, take(ServiceKind::Registration)).await;
        let (ticket, wait) = taken(&kiosk, with(&own)).await;
        assert_eq!((ticket.people, wait.tickets_ahead), (2, 0));
        assert_eq!(booking(&kiosk, &own.code).await.state(), proto::BookingState::Used);
        assert_eq!(reason(&kiosk.centers().take_ticket(with(&own)).await.unwrap_err()), "BOOKING_CLOSED");
        assert_eq!(call_next(&clerk, &counter).await.unwrap().id, ticket.id);
        serve(&clerk, &proto::Ticket { version: 0, ..ticket }).await;
        assert_eq!(call_next(&clerk, &counter).await.unwrap().id, walked_in.id);
    }

    async fn why_somebody_is_called_sooner_is_not_kept(app: App) {
        let (clerk, kiosk, counters) = center(&app, 1).await;
        taken(&kiosk, take(ServiceKind::Registration)).await;
        let infant = proto::TakeTicketRequest { priority: proto::PriorityKind::FamilyWithInfant.into(), ..take(ServiceKind::Registration) };
        let (ticket, wait) = taken(&kiosk, infant).await;
        assert_eq!(wait.tickets_ahead, 0);
        assert_eq!(call_next(&clerk, &counters[0]).await.unwrap().id, ticket.id);
        for table in ["ticket", "journal", "request", "reservation"] {
            assert!(app.count(table).await > 0);
            if app.url.starts_with("postgres") {
                for row in app.sql(&format!("SELECT CAST(\"{table}\" AS TEXT) FROM \"{table}\"")).await {
                    assert!(!row.try_get_by_index::<String>(0).unwrap().contains("INFANT"), "{table}");
                }
            }
        }
    }

    async fn a_full_day_is_refused_with_a_time_to_come_back(app: App) {
        to_morning(&app);
        let ops = app.role("ops").await;
        let mut open = samples::center("ala-01");
        let plan = open.plan.as_mut().unwrap();
        // Twenty people take longer than what is left of any day.
        plan.services[0].usual_minutes = 240;
        plan.counters = 1;
        ops.centers().open_center(open).await.unwrap();
        let kiosk = app.role("kiosk").await;
        let many = proto::TakeTicketRequest { people: 20, ..take(ServiceKind::Registration) };
        let full = kiosk.centers().take_ticket(many).await.unwrap_err();
        assert_eq!(reason(&full), "DAY_FULL");
        let come_back = full.get_error_details().error_info().unwrap().metadata["come_back_at"].clone();
        let tomorrow = samples::in_days(TOMORROW).unwrap();
        assert!(come_back.starts_with(&format!("{:04}-{:02}-{:02}T00:00:00+05:00", tomorrow.year, tomorrow.month, tomorrow.day)), "{come_back}");
        assert_eq!(app.count("ticket").await, 0);
    }

    async fn who_is_booked_and_still_to_come_takes_room_of_the_day(app: App) {
        to_morning(&app);
        let mut open = samples::center("ala-01");
        let plan = open.plan.as_mut().unwrap();
        // Of the fourteen hours that are left, one counter has room for three people.
        plan.services[0].usual_minutes = 240;
        plan.counters = 1;
        app.role("ops").await.centers().open_center(open).await.unwrap();
        let kiosk = app.role("kiosk").await;
        let today = proto::ListSlotsRequest {
            center_id: "ala-01".to_owned(),
            service: ServiceKind::Registration.into(),
            date: samples::in_days(TOMORROW - 1),
        };
        let later = kiosk.centers().list_slots(today).await.unwrap().into_inner().slots[8];
        booked(&kiosk, &later, 2).await;
        let two = proto::TakeTicketRequest { people: 2, ..take(ServiceKind::Registration) };
        assert_eq!(reason(&kiosk.centers().take_ticket(two).await.unwrap_err()), "DAY_FULL");
        taken(&kiosk, take(ServiceKind::Registration)).await;
    }

    async fn an_estimate_follows_how_long_it_really_takes(app: App) {
        let (clerk, kiosk, counters) = center(&app, 1).await;
        for _ in 0..7 {
            taken(&kiosk, take(ServiceKind::Registration)).await;
        }
        for _ in 0..5 {
            let called = call_next(&clerk, &counters[0]).await.unwrap();
            app.clock.advance_minutes(2);
            serve(&clerk, &called).await;
        }
        let (last, wait) = taken(&kiosk, take(ServiceKind::Registration)).await;
        let about = |wait: proto::Wait| (wait.tickets_ahead, wait.estimate.unwrap().seconds / 10);
        assert_eq!(about(wait), (2, 24), "two minutes each, and not six");
        stands_as(&kiosk, &last.code, |answer| answer.wait.is_some_and(|wait| about(wait) == (2, 24))).await;
    }

    async fn a_closed_centre_gives_no_tickets_and_says_when_it_opens(app: App) {
        to_morning(&app);
        let ops = app.role("ops").await;
        let mut open = samples::center("ala-01");
        for special in &mut open.plan.as_mut().unwrap().special_days[..3] {
            (special.opens, special.closes) = (String::new(), String::new());
        }
        ops.centers().open_center(open).await.unwrap();
        let kiosk = app.role("kiosk").await;
        let closed = kiosk.centers().take_ticket(take(ServiceKind::Registration)).await.unwrap_err();
        assert_eq!(reason(&closed), "CENTER_CLOSED");
        assert!(closed.get_error_details().error_info().unwrap().metadata["opens_at"].ends_with("T00:00:00+05:00"));
        let now = kiosk.centers().get_center(proto::GetCenterRequest { center_id: "ala-01".to_owned() }).await.unwrap().into_inner();
        assert!(!now.open && now.close_time.is_none() && now.next_open_time.is_some());
    }

    async fn a_ticket_is_asked_for_by_its_code_alone_and_changed_by_its_own_centre_alone(app: App) {
        let (_, kiosk, counters) = center(&app, 1).await;
        app.role("ops").await.centers().open_center(samples::center("ast-01")).await.unwrap();
        let elsewhere = |role: &str| {
            let mut claims = app.claims(role);
            claims.center = Some("ast-01".to_owned());
            claims
        };
        let (other_clerk, other_kiosk) = (app.client(&elsewhere("registrar")).await, app.client(&elsewhere("kiosk")).await);
        let (ticket, _) = taken(&kiosk, take(ServiceKind::Registration)).await;
        assert_eq!(state(&stands(&other_kiosk, &ticket.code.to_lowercase().replace('-', " ")).await), TicketState::Waiting);
        let request = proto::CallNextRequest { request_id: samples::request_id(), counter_id: counters[0].clone(), ..Default::default() };
        assert_eq!(reason(&other_clerk.centers().call_next(request).await.unwrap_err()), "NOT_FOUND");
        let request = proto::MarkNoShowRequest { request_id: samples::request_id(), ticket_id: ticket.id.clone(), ..Default::default() };
        assert_eq!(reason(&other_clerk.centers().mark_no_show(request).await.unwrap_err()), "NOT_FOUND");
        let amend = proto::AmendCenterRequest {
            request_id: samples::request_id(),
            center_id: "ala-01".to_owned(),
            plan: samples::center("ala-01").plan,
            ..Default::default()
        };
        assert_eq!(reason(&other_clerk.centers().amend_center(amend).await.unwrap_err()), "NOT_FOUND");
        let unknown = kiosk.centers().get_ticket(proto::GetTicketRequest { code: "000-000-000".to_owned() }).await.unwrap_err();
        assert_eq!(reason(&unknown), "NOT_FOUND");
        let booked = booked(&kiosk, &slots(&kiosk, ServiceKind::Registration).await[0], 1).await;
        let with = proto::TakeTicketRequest { request_id: samples::request_id(), booking_code: booked.code, ..Default::default() };
        assert_eq!(reason(&other_kiosk.centers().take_ticket(with).await.unwrap_err()), "NOT_FOUND");
    }

    async fn a_display_shows_labels_and_never_a_code(app: App) {
        let (clerk, kiosk, counters) = center(&app, 1).await;
        let watch = proto::WatchQueueRequest { center_id: "ala-01".to_owned() };
        let mut shown = kiosk.centers().watch_queue(watch).await.unwrap().into_inner();
        let first = shown.message().await.unwrap().unwrap();
        assert_eq!((first.called.len(), first.lines.len(), first.lines[0].waiting), (0, 3, 0));
        let (ticket, _) = taken(&kiosk, take(ServiceKind::Registration)).await;
        taken(&kiosk, take(ServiceKind::Registration)).await;
        call_next(&clerk, &counters[0]).await.unwrap();
        let called = loop {
            let next = tokio::time::timeout(std::time::Duration::from_secs(10), shown.message()).await.unwrap().unwrap().unwrap();
            if !next.called.is_empty() {
                break next;
            }
        };
        assert_eq!((called.called[0].label.as_str(), called.called[0].counter_label.as_str()), ("A-001", "1"));
        assert_eq!((called.lines[0].waiting, called.lines[0].open_counters), (1, 1));
        assert!(!format!("{called:?}").contains(&ticket.code));
    }

    async fn a_counter_is_opened_once_and_closed_when_it_is_free(app: App) {
        let (clerk, kiosk, counters) = center(&app, 1).await;
        let twice = proto::OpenCounterRequest {
            request_id: samples::request_id(),
            label: "1".to_owned(),
            services: vec![ServiceKind::Registration.into()],
            ..Default::default()
        };
        assert_eq!(reason(&clerk.centers().open_counter(twice.clone()).await.unwrap_err()), "COUNTER_OPEN");
        let other = proto::OpenCounterRequest { label: "2".to_owned(), services: vec![ServiceKind::Certificate.into()], ..twice };
        assert_eq!(reason(&clerk.centers().open_counter(other).await.unwrap_err()), "SERVICE_NOT_OFFERED");
        taken(&kiosk, take(ServiceKind::Registration)).await;
        let ticket = call_next(&clerk, &counters[0]).await.unwrap();
        let close = || proto::CloseCounterRequest { request_id: samples::request_id(), counter_id: counters[0].clone(), ..Default::default() };
        assert_eq!(reason(&clerk.centers().close_counter(close()).await.unwrap_err()), "COUNTER_BUSY");
        serve(&clerk, &ticket).await;
        clerk.centers().close_counter(close()).await.unwrap();
        assert_eq!(reason(&clerk.centers().close_counter(close()).await.unwrap_err()), "COUNTER_CLOSED");
        let open = clerk.centers().list_counters(proto::ListCountersRequest {}).await.unwrap().into_inner().counters;
        assert!(open.is_empty());
    }

    async fn a_plan_is_amended_by_whoever_has_seen_it_last_and_all_its_faults_are_told(app: App) {
        let (clerk, kiosk, _) = center(&app, 0).await;
        let again = app.role("ops").await.centers().open_center(samples::center("ala-01")).await.unwrap_err();
        assert_eq!(again.code(), Code::AlreadyExists);
        let amend = |expected_version, plan| proto::AmendCenterRequest {
            request_id: samples::request_id(),
            center_id: "ala-01".to_owned(),
            expected_version,
            plan: Some(plan),
            ..Default::default()
        };
        let plan = || samples::center("ala-01").plan.unwrap();
        let booked = booked(&kiosk, &slots(&kiosk, ServiceKind::Registration).await[0], 2).await;
        let mut fewer = plan();
        fewer.services[0].places_per_slot = 1;
        clerk.centers().amend_center(amend(1, fewer)).await.unwrap();
        assert_eq!(slots(&kiosk, ServiceKind::Registration).await[0].free, 0, "what was booked stays booked");
        assert_eq!(booking(&kiosk, &booked.code).await.state(), proto::BookingState::Booked);
        assert_eq!(reason(&clerk.centers().amend_center(amend(1, plan())).await.unwrap_err()), "CONFLICT");
        let mut wrong = plan();
        wrong.counters = 0;
        wrong.hours[1].closes = "00:00".to_owned();
        wrong.special_days[0].opens = "9".to_owned();
        let faults = fields(&clerk.centers().amend_center(amend(2, wrong)).await.unwrap_err());
        assert_eq!(faults, ["plan.hours[1].closes", "plan.special_days[0].opens", "plan.counters"]);
    }
}
