//! gRPC of stays: reads requests, calls the gate, writes answers. Knows no rule.

use tonic::{Request, Response, Status};

use super::{
    AfterPermit, ArrivalNotice, Citizens, Cover, Crossing, Direction, Kind, Stay, StayPolicy, StayStatus,
    operations::{
        CorrectCrossing, EvaluateStay, GetStayStatus, ListArrivalNotices, ListCrossings, ListStayPolicies, NotifyArrival, PlanStay,
        RecordEntry, RecordExit,
    },
    rules,
};
use crate::{
    api::{Fields, call, change, date, read, timestamp},
    error::{Result, Why},
    gate::Registry,
    page,
    proto::{self, stay_service_server::StayService},
    status::from_error,
};

/// Stays that one question may hold.
const MOST_STAYS: usize = 1000;

/// The service.
#[derive(Debug, Clone)]
pub struct Service(pub Registry);

#[tonic::async_trait]
impl StayService for Service {
    async fn record_entry(&self, request: Request<proto::RecordEntryRequest>) -> Result<Response<proto::RecordEntryResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.0, &mut fields, &message, &message.request_id, message.validate_only);
        let relocant = fields.id("relocant_id", &message.relocant_id);
        let on = fields.day("entry_date", message.entry_date);
        fields.done().map_err(from_error)?;
        let operation = RecordEntry { relocant: read(relocant).map_err(from_error)?, on: read(on).map_err(from_error)? };
        let crossing = self.0.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::RecordEntryResponse { crossing: Some(write(&crossing)) }))
    }

    async fn record_exit(&self, request: Request<proto::RecordExitRequest>) -> Result<Response<proto::RecordExitResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.0, &mut fields, &message, &message.request_id, message.validate_only);
        let relocant = fields.id("relocant_id", &message.relocant_id);
        let on = fields.day("exit_date", message.exit_date);
        fields.done().map_err(from_error)?;
        let operation = RecordExit { relocant: read(relocant).map_err(from_error)?, on: read(on).map_err(from_error)? };
        let crossing = self.0.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::RecordExitResponse { crossing: Some(write(&crossing)) }))
    }

    async fn correct_crossing(
        &self,
        request: Request<proto::CorrectCrossingRequest>,
    ) -> Result<Response<proto::CorrectCrossingResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.0, &mut fields, &message, &message.request_id, message.validate_only);
        let id = fields.id("crossing_id", &message.crossing_id);
        let on = fields.optional_day("crossing_date", message.crossing_date);
        fields.done().map_err(from_error)?;
        let operation = CorrectCrossing { id: read(id).map_err(from_error)?, on };
        let crossing = self.0.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::CorrectCrossingResponse { crossing: Some(write(&crossing)) }))
    }

    async fn notify_arrival(
        &self,
        request: Request<proto::NotifyArrivalRequest>,
    ) -> Result<Response<proto::NotifyArrivalResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.0, &mut fields, &message, &message.request_id, message.validate_only);
        let relocant = fields.id("relocant_id", &message.relocant_id);
        let entry = fields.optional("crossing_id", &message.crossing_id, Why::Format("a UUID"));
        let on = fields.day("notified_date", message.notified_date);
        fields.done().map_err(from_error)?;
        let operation = NotifyArrival { relocant: read(relocant).map_err(from_error)?, entry, on: read(on).map_err(from_error)? };
        let notice = self.0.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::NotifyArrivalResponse { arrival_notice: Some(write_notice(&notice)) }))
    }

    async fn list_arrival_notices(
        &self,
        request: Request<proto::ListArrivalNoticesRequest>,
    ) -> Result<Response<proto::ListArrivalNoticesResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let relocant = fields.id("relocant_id", &message.relocant_id);
        fields.done().map_err(from_error)?;
        let query = ListArrivalNotices { relocant: read(relocant).map_err(from_error)? };
        let notices = self.0.fetch(&call, query).await.map_err(from_error)?;
        Ok(Response::new(proto::ListArrivalNoticesResponse { arrival_notices: notices.iter().map(write_notice).collect() }))
    }

    async fn list_crossings(
        &self,
        request: Request<proto::ListCrossingsRequest>,
    ) -> Result<Response<proto::ListCrossingsResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let relocant = fields.id("relocant_id", &message.relocant_id);
        fields.done().map_err(from_error)?;
        let relocant = read(relocant).map_err(from_error)?;
        let filter = format!("crossings {relocant}");
        let page = page::parse(self.0.vault(), message.page_size, &message.page_token, &filter).map_err(from_error)?;
        let mut crossings = self.0.fetch(&call, ListCrossings { relocant, page }).await.map_err(from_error)?;
        let next_page_token = page::next(self.0.vault(), page, &filter, &mut crossings, |crossing| crossing.id.0);
        Ok(Response::new(proto::ListCrossingsResponse { crossings: crossings.iter().map(write).collect(), next_page_token }))
    }

    async fn get_stay_status(
        &self,
        request: Request<proto::GetStayStatusRequest>,
    ) -> Result<Response<proto::GetStayStatusResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let relocant = fields.id("relocant_id", &message.relocant_id);
        let on = fields.optional_day("on_date", message.on_date);
        fields.done().map_err(from_error)?;
        let query = GetStayStatus { relocant: read(relocant).map_err(from_error)?, on };
        let answer = self.0.fetch(&call, query).await.map_err(from_error)?;
        Ok(Response::new(proto::GetStayStatusResponse {
            stay_status: Some(write_status(answer.status)),
            unpaired_crossing_ids: answer.unpaired.iter().map(ToString::to_string).collect(),
        }))
    }

    async fn plan_stay(&self, request: Request<proto::PlanStayRequest>) -> Result<Response<proto::PlanStayResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let relocant = fields.id("relocant_id", &message.relocant_id);
        let on = fields.day("planned_entry_date", message.planned_entry_date);
        fields.done().map_err(from_error)?;
        let query = PlanStay { relocant: read(relocant).map_err(from_error)?, on: read(on).map_err(from_error)? };
        let status = self.0.fetch(&call, query).await.map_err(from_error)?;
        Ok(Response::new(proto::PlanStayResponse { stay_status: Some(write_status(status)) }))
    }

    async fn evaluate_stay(&self, request: Request<proto::EvaluateStayRequest>) -> Result<Response<proto::EvaluateStayResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        if message.policy_id.is_empty() {
            fields.fault("policy_id", Why::Required);
        }
        if message.stays.len() > MOST_STAYS {
            fields.fault("stays", Why::Range("at most 1000"));
        }
        let on = fields.day("on_date", message.on_date);
        let (mut stays, given) = (Vec::new(), message.stays.len());
        for (at, interval) in message.stays.into_iter().take(MOST_STAYS).enumerate() {
            let entry_on = fields.day(&format!("stays[{at}].entry_date"), interval.entry_date);
            let exit_on = fields.optional_day(&format!("stays[{at}].exit_date"), interval.exit_date);
            if entry_on.zip(exit_on).is_some_and(|(entry_on, exit_on)| exit_on < entry_on) {
                fields.fault(format!("stays[{at}].exit_date"), Why::Contradicts("lies before entry_date"));
            }
            stays.extend(entry_on.map(|entry_on| Stay { entry_on, exit_on }));
        }
        // Places are those of the request only when every stay could be read; otherwise that is told first.
        if stays.len() == given {
            for at in rules::overlapping(&stays) {
                fields.fault(format!("stays[{at}].entry_date"), Why::Contradicts("lies within another stay"));
            }
        }
        let mut covered = Vec::new();
        if message.covered.len() > MOST_STAYS {
            fields.fault("covered", Why::Range("at most 1000"));
        }
        for (at, interval) in message.covered.into_iter().take(MOST_STAYS).enumerate() {
            let first_on = fields.day(&format!("covered[{at}].first_date"), interval.first_date);
            let last_on = fields.day(&format!("covered[{at}].last_date"), interval.last_date);
            if first_on.zip(last_on).is_some_and(|(first_on, last_on)| last_on < first_on) {
                fields.fault(format!("covered[{at}].last_date"), Why::Contradicts("lies before first_date"));
            }
            covered.extend(first_on.zip(last_on).map(|(first_on, last_on)| Cover { first_on, last_on }));
        }
        fields.done().map_err(from_error)?;
        let query = EvaluateStay { policy: message.policy_id, stays, covered, on: read(on).map_err(from_error)? };
        let status = self.0.fetch(&call, query).await.map_err(from_error)?;
        Ok(Response::new(proto::EvaluateStayResponse { stay_status: Some(write_status(status)) }))
    }

    async fn list_stay_policies(
        &self,
        request: Request<proto::ListStayPoliciesRequest>,
    ) -> Result<Response<proto::ListStayPoliciesResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let law = self.0.fetch(&call, ListStayPolicies).await.map_err(from_error)?;
        let wanted = |policy: &&StayPolicy| message.country.is_empty() || policy.country == message.country;
        Ok(Response::new(proto::ListStayPoliciesResponse {
            policies: law.stay_policies.all().iter().filter(wanted).map(write_policy).collect(),
        }))
    }
}

fn write(crossing: &Crossing) -> proto::Crossing {
    let direction = match crossing.direction {
        Direction::Entry => proto::CrossingDirection::Entry,
        Direction::Exit => proto::CrossingDirection::Exit,
    };
    proto::Crossing {
        id: crossing.id.to_string(),
        relocant_id: crossing.relocant.to_string(),
        direction: direction.into(),
        crossing_date: Some(date(crossing.crossed_on)),
        corrects_id: crossing.corrects.map(|id| id.to_string()).unwrap_or_default(),
        voided: crossing.void,
        create_time: Some(timestamp(crossing.created_at)),
    }
}

/// A stay status, for the wire.
pub fn write_status(status: StayStatus) -> proto::StayStatus {
    proto::StayStatus {
        policy_id: status.policy_id.to_string(),
        on_date: Some(date(status.on)),
        window_start_date: Some(date(status.window_start_on)),
        days_used: status.days_used,
        days_remaining: status.days_remaining,
        max_stay_days: status.max_stay_days,
        last_lawful_date: status.last_lawful_on.map(date),
        earliest_entry_date: Some(date(status.earliest_entry_on)),
        overstay_days: status.overstay_days,
        days_in_breach: status.days_in_breach,
        lawful: status.lawful,
        unlimited: status.unlimited,
        covered: status.covered,
    }
}

fn write_notice(notice: &ArrivalNotice) -> proto::ArrivalNotice {
    proto::ArrivalNotice {
        crossing_id: notice.entry.to_string(),
        arrival_date: Some(date(notice.arrived_on)),
        due_date: Some(date(notice.due_on)),
        notified_date: notice.notified_on.map(date),
        late_working_days: notice.late_working_days,
    }
}

fn write_policy(policy: &StayPolicy) -> proto::StayPolicy {
    let kind = match policy.kind {
        Kind::RollingWindow => proto::StayPolicyKind::RollingWindow,
        Kind::PerEntry => proto::StayPolicyKind::PerEntry,
        Kind::CalendarYear => proto::StayPolicyKind::CalendarYear,
        Kind::NoLimit => proto::StayPolicyKind::NoLimit,
    };
    let after_permit = match policy.after_permit {
        AfterPermit::CountOn => proto::AfterPermit::CountOn,
        AfterPermit::Leave => proto::AfterPermit::Leave,
    };
    let citizenships = match &policy.citizens {
        Citizens::Of(citizens) => citizens.iter().map(ToString::to_string).collect(),
        Citizens::Others => vec![],
    };
    proto::StayPolicy {
        id: policy.id.to_string(),
        country: policy.country.clone(),
        applies_to: policy.applies_to.clone(),
        effective_from_date: policy.effective_from.map(date),
        limit_days: policy.limit_days,
        window_days: policy.window_days,
        legal_basis: policy.legal_basis.clone(),
        source_url: policy.source_url.clone(),
        confidence: policy.confidence.clone(),
        citizenships,
        effective_until_date: policy.effective_until.map(date),
        kind: kind.into(),
        per_entry_cap_days: policy.per_entry_cap_days.unwrap_or(0),
        count_entry_day: policy.count_entry_day,
        count_exit_day: policy.count_exit_day,
        exclude_permit_days: policy.exclude_permit_days,
        after_permit: after_permit.into(),
        lookback_floor_date: policy.lookback_floor.map(date),
        registration_due_days: policy.registration_due_days.unwrap_or(0),
        binds_new_entries_only: policy.binds_new_entries_only,
        open_points: policy.open_points.clone(),
    }
}
