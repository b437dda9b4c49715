//! gRPC of dues: reads requests, calls the gate, writes answers. Knows no rule.

use tonic::{Request, Response, Status};

use super::{
    Due, DueKind,
    operations::{Filter, ListDues},
};
use crate::{
    api::{Fields, call, date},
    error::{Result, Why},
    gate::Registry,
    page,
    proto::{self, due_service_server::DueService},
    status::from_error,
};

/// Kinds that one question may name.
const MOST_KINDS: usize = 20;

/// The service.
#[derive(Debug, Clone)]
pub struct Service(pub Registry);

#[tonic::async_trait]
impl DueService for Service {
    async fn list_dues(&self, request: Request<proto::ListDuesRequest>) -> Result<Response<proto::ListDuesResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        if message.kinds.len() > MOST_KINDS {
            fields.fault("kinds", Why::Range("at most 20"));
        }
        let kinds = message.kinds.iter().take(MOST_KINDS).enumerate();
        let kinds = kinds.filter_map(|(at, kind)| read_kind(&mut fields, &format!("kinds[{at}]"), *kind)).collect();
        let center = Some(message.center_id.clone()).filter(|center| !center.is_empty());
        if center.as_ref().is_some_and(|center| center.len() > 64 || center.contains('\0')) {
            fields.fault("center_id", Why::Format("at most 64 bytes of text"));
        }
        let filter = Filter {
            kinds,
            relocant: fields.optional("relocant_id", &message.relocant_id, Why::Format("a UUID")),
            household: fields.optional("household_id", &message.household_id, Why::Format("a UUID")),
            center,
            region: fields.optional("region_code", &message.region_code, Why::Unknown("a code of ISO 3166-2:KZ")),
            employer: fields.optional("employer_id", &message.employer_id, Why::Format("a UUID")),
            until: fields.optional_day("until_date", message.until_date),
        };
        fields.done().map_err(from_error)?;
        let bound = format!("dues {} {filter:?}", call.caller.subject);
        let page = page::parse(self.0.vault(), message.page_size, &message.page_token, &bound).map_err(from_error)?;
        let mut dues = self.0.fetch(&call, ListDues { page, filter }).await.map_err(from_error)?;
        let next_page_token = page::next(self.0.vault(), page, &bound, &mut dues, |due| due.id.0);
        let today = self.0.today();
        Ok(Response::new(proto::ListDuesResponse { dues: dues.iter().map(|due| write(due, today)).collect(), next_page_token }))
    }
}

fn read_kind(fields: &mut Fields, at: &str, value: i32) -> Option<DueKind> {
    fields.code(at, value, "a kind of due", |kind| match kind {
        proto::DueKind::Unspecified => None,
        proto::DueKind::StayEnds => Some(DueKind::StayEnds),
        proto::DueKind::ArrivalNotice => Some(DueKind::ArrivalNotice),
        proto::DueKind::PermitExpires => Some(DueKind::PermitExpires),
        proto::DueKind::PermitAtRisk => Some(DueKind::PermitAtRisk),
        proto::DueKind::PassportExpires => Some(DueKind::PassportExpires),
        proto::DueKind::MatchLapses => Some(DueKind::MatchLapses),
        proto::DueKind::ReviewEnds => Some(DueKind::ReviewEnds),
        proto::DueKind::ApplicationReturned => Some(DueKind::ApplicationReturned),
        proto::DueKind::LookingLapses => Some(DueKind::LookingLapses),
    })
}

fn write(due: &Due, today: chrono::NaiveDate) -> proto::Due {
    let kind = match due.planned.kind {
        DueKind::StayEnds => proto::DueKind::StayEnds,
        DueKind::ArrivalNotice => proto::DueKind::ArrivalNotice,
        DueKind::PermitExpires => proto::DueKind::PermitExpires,
        DueKind::PermitAtRisk => proto::DueKind::PermitAtRisk,
        DueKind::PassportExpires => proto::DueKind::PassportExpires,
        DueKind::MatchLapses => proto::DueKind::MatchLapses,
        DueKind::ReviewEnds => proto::DueKind::ReviewEnds,
        DueKind::ApplicationReturned => proto::DueKind::ApplicationReturned,
        DueKind::LookingLapses => proto::DueKind::LookingLapses,
    };
    proto::Due {
        id: due.id.to_string(),
        kind: kind.into(),
        relocant_id: due.relocant.to_string(),
        subject_id: due.planned.subject.to_string(),
        employer_id: due.planned.employer.map(|id| id.to_string()).unwrap_or_default(),
        center_id: due.center.clone(),
        region_code: due.region.code().to_owned(),
        due_date: Some(date(due.planned.due_on)),
        warn_date: Some(date(due.warn_on)),
        days_left: i32::try_from((due.planned.due_on - today).num_days()).unwrap_or(0),
    }
}
