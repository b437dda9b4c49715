//! gRPC of centres and their queues: reads requests, calls the gate, writes answers. Knows no rule.

use std::{pin::Pin, time::Duration};

use futures_util::Stream;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};

use super::{
    board::Boards,
    operations::{AmendCenter, CloseCounter, GetCenter, ListCenters, ListCounters, OpenCenter, OpenCounter},
    rules,
    slot_operations::{BookSlot, CancelBooking, GetBooking, ListSlots, RescheduleBooking},
    ticket_operations::{CallNext, HoldTicket, MarkNoShow, RequeueTicket, ServeTicket, TakeTicket},
    wire,
};
use crate::{
    api::{Fields, call, change, read, timestamp},
    auth::Permission,
    error::{Error, Why},
    gate::Registry,
    messages::layer::with_language,
    proto::{self, center_service_server::CenterService},
    relocants::wire::REGION,
    status::from_error,
};

/// How often a display is looked after.
const EVERY: Duration = Duration::from_secs(1);

/// A display says at least this often that it lives.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// Messages that may wait for a slow display; then its stream waits for it.
const BUFFER: usize = 4;

/// The service.
#[derive(Debug, Clone)]
pub struct Service {
    /// The gate.
    pub registry: Registry,
    /// Where every ticket stands.
    pub boards: Boards,
    /// Says that the server is about to stop.
    pub draining: CancellationToken,
}

#[tonic::async_trait]
impl CenterService for Service {
    type WatchQueueStream = Pin<Box<dyn Stream<Item = Result<proto::WatchQueueResponse, Status>> + Send>>;

    async fn open_center(&self, request: Request<proto::OpenCenterRequest>) -> Result<Response<proto::OpenCenterResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.registry, &mut fields, &message, &message.request_id, message.validate_only);
        let id = wire::read_center(&mut fields, &message.center_id);
        let region = fields.required("region_code", &message.region_code, REGION);
        let plan = wire::read_plan(&mut fields, message.plan);
        fields.done().map_err(from_error)?;
        let operation = OpenCenter { id, region: read(region).map_err(from_error)?, plan: read(plan).map_err(from_error)? };
        let center = self.registry.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::OpenCenterResponse { center: Some(wire::write_center(center)) }))
    }

    async fn amend_center(&self, request: Request<proto::AmendCenterRequest>) -> Result<Response<proto::AmendCenterResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.registry, &mut fields, &message, &message.request_id, message.validate_only);
        let id = wire::read_center(&mut fields, &message.center_id);
        let plan = wire::read_plan(&mut fields, message.plan);
        fields.done().map_err(from_error)?;
        let operation = AmendCenter { id, expected_version: message.expected_version, plan: read(plan).map_err(from_error)? };
        let center = self.registry.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::AmendCenterResponse { center: Some(wire::write_center(center)) }))
    }

    async fn get_center(&self, request: Request<proto::GetCenterRequest>) -> Result<Response<proto::GetCenterResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let id = wire::read_center(&mut fields, &message.center_id);
        fields.done().map_err(from_error)?;
        let now = self.registry.fetch(&call, GetCenter { id }).await.map_err(from_error)?;
        Ok(Response::new(proto::GetCenterResponse {
            center: Some(wire::write_center(now.center)),
            open: now.closes_at.is_some(),
            close_time: now.closes_at.map(timestamp),
            next_open_time: now.opens_at.map(timestamp),
        }))
    }

    async fn list_centers(&self, request: Request<proto::ListCentersRequest>) -> Result<Response<proto::ListCentersResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let region = fields.optional("region_code", &message.region_code, REGION);
        fields.done().map_err(from_error)?;
        let centers = self.registry.fetch(&call, ListCenters { region }).await.map_err(from_error)?;
        Ok(Response::new(proto::ListCentersResponse { centers: centers.into_iter().map(wire::write_center).collect() }))
    }

    async fn open_counter(&self, request: Request<proto::OpenCounterRequest>) -> Result<Response<proto::OpenCounterResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.registry, &mut fields, &message, &message.request_id, message.validate_only);
        if message.label.is_empty() {
            fields.fault("label", Why::Required);
        } else if !rules::is_label(&message.label) {
            fields.fault("label", Why::Format("1 to 8 letters, digits and hyphens"));
        }
        let read = |(at, service): (usize, &i32)| wire::read_service(&mut fields, &format!("services[{at}]"), *service);
        let mut services: Vec<_> = message.services.iter().enumerate().filter_map(read).collect();
        services.sort_unstable();
        services.dedup();
        if message.services.is_empty() {
            fields.fault("services", Why::Required);
        }
        fields.done().map_err(from_error)?;
        let operation = OpenCounter { label: message.label, services };
        let counter = self.registry.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::OpenCounterResponse { counter: Some(wire::write_counter(counter)) }))
    }

    async fn close_counter(&self, request: Request<proto::CloseCounterRequest>) -> Result<Response<proto::CloseCounterResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.registry, &mut fields, &message, &message.request_id, message.validate_only);
        let id = fields.id("counter_id", &message.counter_id);
        fields.done().map_err(from_error)?;
        let operation = CloseCounter { id: read(id).map_err(from_error)?, expected_version: message.expected_version };
        let counter = self.registry.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::CloseCounterResponse { counter: Some(wire::write_counter(counter)) }))
    }

    async fn list_counters(&self, request: Request<proto::ListCountersRequest>) -> Result<Response<proto::ListCountersResponse>, Status> {
        let call = call(&request).map_err(from_error)?;
        let counters = self.registry.fetch(&call, ListCounters).await.map_err(from_error)?;
        Ok(Response::new(proto::ListCountersResponse { counters: counters.into_iter().map(wire::write_counter).collect() }))
    }

    async fn list_slots(&self, request: Request<proto::ListSlotsRequest>) -> Result<Response<proto::ListSlotsResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let center = wire::read_center(&mut fields, &message.center_id);
        let service = wire::read_service(&mut fields, "service", message.service);
        let day = fields.day("date", message.date);
        fields.done().map_err(from_error)?;
        let query = ListSlots { center, service: read(service).map_err(from_error)?, day: read(day).map_err(from_error)? };
        let slots = self.registry.fetch(&call, query).await.map_err(from_error)?;
        Ok(Response::new(proto::ListSlotsResponse { slots: slots.into_iter().map(wire::write_slot).collect() }))
    }

    async fn book_slot(&self, request: Request<proto::BookSlotRequest>) -> Result<Response<proto::BookSlotResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.registry, &mut fields, &message, &message.request_id, message.validate_only);
        let center = wire::read_center(&mut fields, &message.center_id);
        let service = wire::read_service(&mut fields, "service", message.service);
        let starts_at = wire::read_start(&mut fields, message.start_time);
        let people = wire::read_people(&mut fields, message.people);
        fields.done().map_err(from_error)?;
        let operation =
            BookSlot { center, service: read(service).map_err(from_error)?, starts_at: read(starts_at).map_err(from_error)?, people };
        let booking = self.registry.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::BookSlotResponse { booking: Some(wire::write_booking(booking, self.registry.now())) }))
    }

    async fn reschedule_booking(
        &self,
        request: Request<proto::RescheduleBookingRequest>,
    ) -> Result<Response<proto::RescheduleBookingResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.registry, &mut fields, &message, &message.request_id, message.validate_only);
        let code = wire::read_code(&mut fields, &message.code);
        let starts_at = wire::read_start(&mut fields, message.start_time);
        fields.done().map_err(from_error)?;
        let operation = RescheduleBooking {
            code: read(code).map_err(from_error)?,
            expected_version: message.expected_version,
            starts_at: read(starts_at).map_err(from_error)?,
        };
        let booking = self.registry.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::RescheduleBookingResponse { booking: Some(wire::write_booking(booking, self.registry.now())) }))
    }

    async fn cancel_booking(
        &self,
        request: Request<proto::CancelBookingRequest>,
    ) -> Result<Response<proto::CancelBookingResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.registry, &mut fields, &message, &message.request_id, message.validate_only);
        let code = wire::read_code(&mut fields, &message.code);
        fields.done().map_err(from_error)?;
        let operation = CancelBooking { code: read(code).map_err(from_error)?, expected_version: message.expected_version };
        let booking = self.registry.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::CancelBookingResponse { booking: Some(wire::write_booking(booking, self.registry.now())) }))
    }

    async fn get_booking(&self, request: Request<proto::GetBookingRequest>) -> Result<Response<proto::GetBookingResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let code = wire::read_code(&mut fields, &message.code);
        fields.done().map_err(from_error)?;
        let query = GetBooking { code: read(code).map_err(from_error)? };
        let (booking, now) = self.registry.fetch(&call, query).await.map_err(from_error)?;
        Ok(Response::new(proto::GetBookingResponse { booking: Some(wire::write_booking(booking, now)) }))
    }

    async fn take_ticket(&self, request: Request<proto::TakeTicketRequest>) -> Result<Response<proto::TakeTicketResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.registry, &mut fields, &message, &message.request_id, message.validate_only);
        let errand = wire::read_errand(&mut fields, &message);
        let priority = if message.priority == 0 { None } else { wire::read_priority(&mut fields, "priority", message.priority) };
        let booking = fields.optional("booking_code", &message.booking_code, wire::CODE);
        fields.done().map_err(from_error)?;
        let operation = TakeTicket { errand, priority, booking };
        let in_line = self.registry.execute(&call, change, operation).await.map_err(from_error)?;
        let proto::GetTicketResponse { ticket, wait, .. } = wire::write_in_line(&in_line);
        Ok(Response::new(proto::TakeTicketResponse { ticket, wait }))
    }

    async fn call_next(&self, request: Request<proto::CallNextRequest>) -> Result<Response<proto::CallNextResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.registry, &mut fields, &message, &message.request_id, message.validate_only);
        let counter = fields.id("counter_id", &message.counter_id);
        fields.done().map_err(from_error)?;
        let operation = CallNext { counter: read(counter).map_err(from_error)? };
        let ticket = self.registry.execute(&call, change, operation).await.map_err(from_error)?;
        let now = self.registry.now();
        Ok(Response::new(proto::CallNextResponse { ticket: ticket.map(|ticket| wire::write_ticket(&ticket, now)) }))
    }

    async fn hold_ticket(&self, request: Request<proto::HoldTicketRequest>) -> Result<Response<proto::HoldTicketResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.registry, &mut fields, &message, &message.request_id, message.validate_only);
        let id = fields.id("ticket_id", &message.ticket_id);
        fields.done().map_err(from_error)?;
        let operation = HoldTicket { id: read(id).map_err(from_error)?, expected_version: message.expected_version };
        let ticket = self.registry.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::HoldTicketResponse { ticket: Some(wire::write_ticket(&ticket, self.registry.now())) }))
    }

    async fn serve_ticket(&self, request: Request<proto::ServeTicketRequest>) -> Result<Response<proto::ServeTicketResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.registry, &mut fields, &message, &message.request_id, message.validate_only);
        let id = fields.id("ticket_id", &message.ticket_id);
        fields.done().map_err(from_error)?;
        let operation = ServeTicket { id: read(id).map_err(from_error)?, expected_version: message.expected_version };
        let ticket = self.registry.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::ServeTicketResponse { ticket: Some(wire::write_ticket(&ticket, self.registry.now())) }))
    }

    async fn mark_no_show(&self, request: Request<proto::MarkNoShowRequest>) -> Result<Response<proto::MarkNoShowResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.registry, &mut fields, &message, &message.request_id, message.validate_only);
        let id = fields.id("ticket_id", &message.ticket_id);
        fields.done().map_err(from_error)?;
        let operation = MarkNoShow { id: read(id).map_err(from_error)?, expected_version: message.expected_version };
        let ticket = self.registry.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::MarkNoShowResponse { ticket: Some(wire::write_ticket(&ticket, self.registry.now())) }))
    }

    async fn requeue_ticket(
        &self,
        request: Request<proto::RequeueTicketRequest>,
    ) -> Result<Response<proto::RequeueTicketResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.registry, &mut fields, &message, &message.request_id, message.validate_only);
        let id = fields.id("ticket_id", &message.ticket_id);
        fields.done().map_err(from_error)?;
        let operation = RequeueTicket { id: read(id).map_err(from_error)?, expected_version: message.expected_version };
        let ticket = self.registry.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::RequeueTicketResponse { ticket: Some(wire::write_ticket(&ticket, self.registry.now())) }))
    }

    async fn get_ticket(&self, request: Request<proto::GetTicketRequest>) -> Result<Response<proto::GetTicketResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let code = wire::read_code(&mut fields, &message.code);
        fields.done().map_err(from_error)?;
        self.registry.allowed(&call, "GetTicket", Permission::GetTicket).await.map_err(from_error)?;
        let in_line = self.boards.ticket(read(code).map_err(from_error)?).await.map_err(from_error)?;
        Ok(Response::new(wire::write_in_line(&in_line)))
    }

    async fn watch_queue(&self, request: Request<proto::WatchQueueRequest>) -> Result<Response<Self::WatchQueueStream>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let center = wire::read_center(&mut fields, &message.center_id);
        fields.done().map_err(from_error)?;
        self.registry.allowed(&call, "WatchQueue", Permission::WatchQueue).await.map_err(from_error)?;
        // The first look also tells whether there is such a centre.
        self.boards.board(&center).await.map_err(from_error)?;
        let (messages, stream) = mpsc::channel(BUFFER);
        self.registry.spawn(with_language(watch(self.clone(), center, messages)));
        Ok(Response::new(Box::pin(ReceiverStream::new(stream))))
    }
}

/// Feeds one display until it goes, the centre cannot be read, or the server stops.
async fn watch(service: Service, center: String, messages: mpsc::Sender<Result<proto::WatchQueueResponse, Status>>) {
    let (mut shown, mut shown_at) = (proto::WatchQueueResponse::default(), tokio::time::Instant::now());
    loop {
        let now = match service.boards.board(&center).await {
            Ok(board) => wire::write_queue(&board.queue),
            Err(failed) => return drop(messages.send(Err(from_error(failed))).await),
        };
        let changed = (&now.called, &now.lines) != (&shown.called, &shown.lines);
        if changed || shown.as_of_time.is_none() || shown_at.elapsed() >= HEARTBEAT {
            (shown, shown_at) = (now.clone(), tokio::time::Instant::now());
            if messages.send(Ok(now)).await.is_err() {
                return;
            }
        }
        tokio::select! {
            () = messages.closed() => return,
            () = service.draining.cancelled() => {
                return drop(messages.send(Err(from_error(Error::Unavailable("the server stops".into())))).await);
            }
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}
