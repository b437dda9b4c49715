//! gRPC of duplicates: reads requests, calls the gate, writes answers. Knows no rule.

use tonic::{Request, Response, Status};

use super::{
    Likely, Likeness, Merge, Pair, PairState,
    merge_operations::{ListMerges, MergeRelocants, UndoMerge},
    operations::{CheckDuplicates, DecideDuplicate, Filter, ListDuplicates},
};
use crate::{
    api::{Fields, call, change, read, timestamp},
    error::{Result, Why},
    gate::{Call, Registry},
    likeness::Band,
    page,
    proto::{self, duplicate_service_server::DuplicateService},
    relocants::{operations::Person, wire},
    status::from_error,
    stays,
};

/// The service.
#[derive(Debug, Clone)]
pub struct Service(pub Registry);

#[tonic::async_trait]
impl DuplicateService for Service {
    async fn list_duplicates(
        &self,
        request: Request<proto::ListDuplicatesRequest>,
    ) -> Result<Response<proto::ListDuplicatesResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let relocant = fields.optional("relocant_id", &message.relocant_id, Why::Format("a UUID"));
        let state = if message.state == 0 { None } else { read_state(&mut fields, "state", message.state) };
        fields.done().map_err(from_error)?;
        let filter = Filter { relocant, state };
        let bound = format!("duplicates {:?} {filter:?}", call.caller.reach);
        let page = page::parse(self.0.vault(), message.page_size, &message.page_token, &bound).map_err(from_error)?;
        let mut pairs = self.0.fetch(&call, ListDuplicates { page, filter }).await.map_err(from_error)?;
        let next_page_token = page::next(self.0.vault(), page, &bound, &mut pairs, |pair| pair.id.0);
        Ok(Response::new(proto::ListDuplicatesResponse { duplicates: pairs.into_iter().map(write).collect(), next_page_token }))
    }

    async fn decide_duplicate(
        &self,
        request: Request<proto::DecideDuplicateRequest>,
    ) -> Result<Response<proto::DecideDuplicateResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.0, &mut fields, &message, &message.request_id, message.validate_only);
        let (one, other) = (fields.id("relocant_id", &message.relocant_id), fields.id("other_id", &message.other_id));
        let same = fields.code("decision", message.decision, "SAME or DIFFERENT", |decision| match decision {
            proto::DuplicateDecision::Unspecified => None,
            proto::DuplicateDecision::Same => Some(true),
            proto::DuplicateDecision::Different => Some(false),
        });
        fields.done().map_err(from_error)?;
        let operation = DecideDuplicate {
            one: read(one).map_err(from_error)?,
            other: read(other).map_err(from_error)?,
            same: read(same).map_err(from_error)?,
        };
        let pair = self.0.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::DecideDuplicateResponse { duplicate: Some(write(pair)) }))
    }

    async fn merge_relocants(
        &self,
        request: Request<proto::MergeRelocantsRequest>,
    ) -> Result<Response<proto::MergeRelocantsResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.0, &mut fields, &message, &message.request_id, message.validate_only);
        let (kept, merged) = (fields.id("id", &message.id), fields.id("merged_id", &message.merged_id));
        fields.done().map_err(from_error)?;
        let operation = MergeRelocants {
            kept: read(kept).map_err(from_error)?,
            expected_version: message.expected_version,
            merged: read(merged).map_err(from_error)?,
        };
        let done = self.0.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::MergeRelocantsResponse {
            merge: Some(write_merge(&done.merge)),
            relocant: Some(wire::write(Person { relocant: done.kept, identity: None })),
            stay_status: done.stay_status.map(stays::api::write_status),
        }))
    }

    async fn undo_merge(&self, request: Request<proto::UndoMergeRequest>) -> Result<Response<proto::UndoMergeResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.0, &mut fields, &message, &message.request_id, message.validate_only);
        let id = fields.id("id", &message.id);
        fields.done().map_err(from_error)?;
        let operation = UndoMerge { id: read(id).map_err(from_error)? };
        let parted = self.0.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::UndoMergeResponse {
            merge: Some(write_merge(&parted.merge)),
            relocant: Some(wire::write(Person { relocant: parted.kept, identity: None })),
            restored: Some(wire::write(Person { relocant: parted.restored, identity: None })),
        }))
    }

    async fn list_merges(&self, request: Request<proto::ListMergesRequest>) -> Result<Response<proto::ListMergesResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let relocant = fields.id("relocant_id", &message.relocant_id);
        fields.done().map_err(from_error)?;
        let merges = self.0.fetch(&call, ListMerges { relocant: read(relocant).map_err(from_error)? }).await.map_err(from_error)?;
        Ok(Response::new(proto::ListMergesResponse { merges: merges.iter().map(write_merge).collect() }))
    }
}

/// What a changed record is likely to be a duplicate of, for the answer to the change. `recorded` says whether the record is there: one that was only tried is not.
/// The change has had its effect, so it is answered also when nothing can be said of this; the gate has logged why, and the pair is found from the journal.
pub async fn likely_duplicates(registry: &Registry, call: &Call, person: &Person, recorded: bool) -> Vec<proto::LikelyDuplicate> {
    let Some(identity) = person.identity.clone() else { return vec![] };
    let relocant = recorded.then_some(person.relocant.id);
    let found = registry.fetch(call, CheckDuplicates { relocant, identity, region: person.relocant.region }).await;
    found.unwrap_or_default().into_iter().map(write_likely).collect()
}

fn write_likely(likely: Likely) -> proto::LikelyDuplicate {
    proto::LikelyDuplicate {
        relocant_id: likely.other.to_string(),
        code: likely.code.to_string(),
        center_id: likely.center,
        likeness: Some(write_likeness(likely.likeness)),
    }
}

fn write_likeness(likeness: Likeness) -> proto::Likeness {
    let band = match likeness.band {
        Band::Different => proto::LikenessBand::Different,
        Band::Look => proto::LikenessBand::Look,
        Band::Same => proto::LikenessBand::Same,
    };
    let reason = |reason: &super::Reason| proto::LikenessReason {
        field: reason.field.to_string(),
        level: reason.level.to_string(),
        millibits: reason.millibits,
    };
    proto::Likeness {
        band: band.into(),
        probability_ppm: likeness.probability_ppm,
        reasons: likeness.reasons.iter().map(reason).collect(),
        model_id: likeness.model,
    }
}

fn read_state(fields: &mut Fields, at: &str, value: i32) -> Option<PairState> {
    fields.code(at, value, "OPEN, SAME or DIFFERENT", |state| match state {
        proto::DuplicateState::Unspecified => None,
        proto::DuplicateState::Open => Some(PairState::Open),
        proto::DuplicateState::Same => Some(PairState::Same),
        proto::DuplicateState::Different => Some(PairState::Different),
    })
}

fn write(pair: Pair) -> proto::Duplicate {
    let state = match pair.state {
        PairState::Open => proto::DuplicateState::Open,
        PairState::Same => proto::DuplicateState::Same,
        PairState::Different => proto::DuplicateState::Different,
    };
    proto::Duplicate {
        id: pair.id.to_string(),
        first_id: pair.first.to_string(),
        second_id: pair.second.to_string(),
        likeness: pair.likeness.map(write_likeness),
        state: state.into(),
        decided_by: pair.decided_by.unwrap_or_default(),
        decide_time: pair.decided_at.map(timestamp),
        create_time: Some(timestamp(pair.created_at)),
    }
}

fn write_merge(merge: &Merge) -> proto::Merge {
    proto::Merge {
        id: merge.id.to_string(),
        kept_id: merge.kept.to_string(),
        merged_id: merge.merged.to_string(),
        merge_time: Some(timestamp(merge.merged_at)),
        undo_time: merge.undone_at.map(timestamp),
    }
}
