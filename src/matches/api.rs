//! gRPC of matches: reads requests, calls the gate, writes answers. Knows no rule.

use tonic::{Request, Response, Status};

use super::{
    Answer, Assessment, EndReason, MatchState, ScoreReason, Side,
    operations::{
        AcceptMatch, Candidate, ConfirmArrival, DeclineMatch, EndMatch, Filter, GetMatch, ListMatches, ProposeMatch, RankCandidates, Seen,
        Target, WithdrawMatch,
    },
    round_operations::{PlanMatchingRound, Planned},
    rounds::{Placement, Unplaced},
};
use crate::{
    api::{Fields, call, change, date, read, timestamp},
    error::{Result, Why},
    gate::Registry,
    page,
    proto::{self, match_service_server::MatchService},
    relocants::wire::write_card,
    status::from_error,
};

/// Candidates of one answer when the caller does not say, and at most.
const CANDIDATES: (usize, usize) = (50, 200);

/// Days of a hold when the caller does not say.
const HOLD_DAYS: i32 = 7;

/// The service.
#[derive(Debug, Clone)]
pub struct Service(pub Registry);

/// A step's body: read the target and what else there is, execute, write the match.
macro_rules! step {
    ($self:ident, $request:ident, $response:ident, |$fields:ident, $message:ident| { $($field:ident: $read:expr),* } => $operation:expr) => {{
        let (call, $message) = (call(&$request).map_err(from_error)?, $request.into_inner());
        let mut $fields = Fields::default();
        let change = change(&$self.0, &mut $fields, &$message, &$message.request_id, $message.validate_only);
        let target = $fields.id("id", &$message.id).map(|id| Target { id, expected_version: $message.expected_version });
        $(let $field = $read;)*
        $fields.done().map_err(from_error)?;
        let target = read(target).map_err(from_error)?;
        $(let $field = read($field).map_err(from_error)?;)*
        let seen = $self.0.execute(&call, change, $operation(target, $($field),*)).await.map_err(from_error)?;
        Ok(Response::new(proto::$response { r#match: Some(write(seen)) }))
    }};
}

#[tonic::async_trait]
impl MatchService for Service {
    async fn rank_candidates(
        &self,
        request: Request<proto::RankCandidatesRequest>,
    ) -> Result<Response<proto::RankCandidatesResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let vacancy = fields.id("vacancy_id", &message.vacancy_id);
        let limit = usize::try_from(message.limit).ok();
        if limit.is_none() {
            fields.fault("limit", Why::Range("0 or more"));
        }
        fields.done().map_err(from_error)?;
        let limit = limit.filter(|limit| *limit > 0).unwrap_or(CANDIDATES.0).min(CANDIDATES.1);
        let query = RankCandidates { vacancy: read(vacancy).map_err(from_error)?, limit };
        let candidates = self.0.fetch(&call, query).await.map_err(from_error)?;
        Ok(Response::new(proto::RankCandidatesResponse { candidates: candidates.into_iter().map(write_candidate).collect() }))
    }

    async fn plan_matching_round(
        &self,
        request: Request<proto::PlanMatchingRoundRequest>,
    ) -> Result<Response<proto::PlanMatchingRoundResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let region = fields.optional("region_code", &message.region_code, Why::Unknown("an ISO 3166-2:KZ code such as KZ-10"));
        let occupation = fields.optional("occupation", &message.occupation, Why::Format("an ISCO-08 code of four digits"));
        let arrive_by = fields.day("arrive_by_date", message.arrive_by_date);
        fields.done().map_err(from_error)?;
        let query = PlanMatchingRound { region, occupation, arrive_by: read(arrive_by).map_err(from_error)? };
        let planned = self.0.fetch(&call, query).await.map_err(from_error)?;
        Ok(Response::new(write_round(planned)))
    }

    async fn propose_match(&self, request: Request<proto::ProposeMatchRequest>) -> Result<Response<proto::ProposeMatchResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.0, &mut fields, &message, &message.request_id, message.validate_only);
        let vacancy = fields.id("vacancy_id", &message.vacancy_id);
        let relocant = fields.id("relocant_id", &message.relocant_id);
        let home = fields.optional("home_id", &message.home_id, Why::Format("a UUID"));
        let arrive_by = fields.day("arrive_by_date", message.arrive_by_date);
        fields.done().map_err(from_error)?;
        let operation = ProposeMatch {
            vacancy: read(vacancy).map_err(from_error)?,
            relocant: read(relocant).map_err(from_error)?,
            home,
            hold_days: if message.hold_days == 0 { HOLD_DAYS } else { message.hold_days },
            arrive_by: read(arrive_by).map_err(from_error)?,
        };
        let seen = self.0.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::ProposeMatchResponse { r#match: Some(write(seen)) }))
    }

    async fn accept_match(&self, request: Request<proto::AcceptMatchRequest>) -> Result<Response<proto::AcceptMatchResponse>, Status> {
        step!(self, request, AcceptMatchResponse, |fields, message| { side: read_side(&mut fields, message.side) } => |target, side| AcceptMatch { target, side })
    }

    async fn decline_match(&self, request: Request<proto::DeclineMatchRequest>) -> Result<Response<proto::DeclineMatchResponse>, Status> {
        step!(self, request, DeclineMatchResponse, |fields, message| { side: read_side(&mut fields, message.side) } => |target, side| DeclineMatch { target, side })
    }

    async fn withdraw_match(
        &self,
        request: Request<proto::WithdrawMatchRequest>,
    ) -> Result<Response<proto::WithdrawMatchResponse>, Status> {
        step!(self, request, WithdrawMatchResponse, |fields, message| {} => |target| WithdrawMatch { target })
    }

    async fn confirm_arrival(
        &self,
        request: Request<proto::ConfirmArrivalRequest>,
    ) -> Result<Response<proto::ConfirmArrivalResponse>, Status> {
        step!(self, request, ConfirmArrivalResponse, |fields, message| {
            on: fields.day("arrival_date", message.arrival_date)
        } => |target, on| ConfirmArrival { target, on })
    }

    async fn end_match(&self, request: Request<proto::EndMatchRequest>) -> Result<Response<proto::EndMatchResponse>, Status> {
        step!(self, request, EndMatchResponse, |fields, message| {
            reason: fields.code("reason", message.reason, "a reason", |reason| match reason {
                proto::EndReason::Unspecified => None,
                proto::EndReason::ContractEnded => Some(EndReason::ContractEnded),
                proto::EndReason::Left => Some(EndReason::Left),
                proto::EndReason::Dismissed => Some(EndReason::Dismissed),
                proto::EndReason::Other => Some(EndReason::Other),
            })
        } => |target, reason| EndMatch { target, reason })
    }

    async fn get_match(&self, request: Request<proto::GetMatchRequest>) -> Result<Response<proto::GetMatchResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let id = fields.id("id", &message.id);
        fields.done().map_err(from_error)?;
        let seen = self.0.fetch(&call, GetMatch { id: read(id).map_err(from_error)? }).await.map_err(from_error)?;
        Ok(Response::new(proto::GetMatchResponse { r#match: Some(write(seen)) }))
    }

    async fn list_matches(&self, request: Request<proto::ListMatchesRequest>) -> Result<Response<proto::ListMatchesResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let filter = Filter {
            vacancy: fields.optional("vacancy_id", &message.vacancy_id, Why::Format("a UUID")),
            relocant: fields.optional("relocant_id", &message.relocant_id, Why::Format("a UUID")),
        };
        fields.done().map_err(from_error)?;
        let bound = format!("matches {:?} {filter:?}", call.caller.reach);
        let page = page::parse(self.0.vault(), message.page_size, &message.page_token, &bound).map_err(from_error)?;
        let mut all = self.0.fetch(&call, ListMatches { page, filter }).await.map_err(from_error)?;
        let next_page_token = page::next(self.0.vault(), page, &bound, &mut all, |seen| seen.found.id.0);
        Ok(Response::new(proto::ListMatchesResponse { matches: all.into_iter().map(write).collect(), next_page_token }))
    }
}

fn read_side(fields: &mut Fields, value: i32) -> Option<Side> {
    fields.code("side", value, "RELOCANT or EMPLOYER", |side| match side {
        proto::MatchSide::Unspecified => None,
        proto::MatchSide::Relocant => Some(Side::Relocant),
        proto::MatchSide::Employer => Some(Side::Employer),
    })
}

fn write_candidate(candidate: Candidate) -> proto::Candidate {
    let assessment = candidate.assessment;
    proto::Candidate {
        relocant_id: candidate.relocant.to_string(),
        eligible: assessment.is_eligible(),
        missing: assessment.missing.iter().map(|missing| <&str>::from(*missing).to_owned()).collect(),
        score: assessment.score(),
        reasons: write_reasons(&assessment),
        card: Some(write_card(candidate.card)),
    }
}

fn write_reasons(assessment: &Assessment) -> Vec<proto::ScoreReason> {
    let reason = |(reason, points): &(ScoreReason, i32)| proto::ScoreReason { code: <&str>::from(*reason).to_owned(), points: *points };
    assessment.reasons.iter().map(reason).collect()
}

fn write_round(planned: Planned) -> proto::PlanMatchingRoundResponse {
    let placement = |placement: Placement| proto::Placement {
        relocant_id: placement.relocant.to_string(),
        vacancy_id: placement.vacancy.to_string(),
        home_id: placement.home.map(|home| home.to_string()).unwrap_or_default(),
        wish: count(placement.wish),
        score: placement.assessment.score(),
        reasons: write_reasons(&placement.assessment),
    };
    let reason = |why: Unplaced| match why {
        Unplaced::NothingFits => proto::UnplacedReason::NothingFits,
        Unplaced::AllTaken => proto::UnplacedReason::AllTaken,
        Unplaced::ComesAlong => proto::UnplacedReason::ComesAlong,
    };
    let round = planned.round;
    proto::PlanMatchingRoundResponse {
        placements: round.placements.into_iter().map(placement).collect(),
        unplaced: round
            .unplaced
            .into_iter()
            .map(|(relocant, why)| proto::Unplaced { relocant_id: relocant.to_string(), reason: reason(why).into() })
            .collect(),
        complaints: round
            .complaints
            .into_iter()
            .map(|people| proto::RoundComplaint { relocant_ids: people.iter().map(ToString::to_string).collect() })
            .collect(),
        advice: round.advice.map(|advice| proto::RoundAdvice {
            vacancy_id: advice.vacancy.to_string(),
            home_for_people: advice.home_for.unwrap_or_default(),
            complaints_left: count(advice.complaints),
        }),
        vacancies: count(planned.vacancies),
    }
}

fn count(number: impl TryInto<i32>) -> i32 {
    number.try_into().unwrap_or(i32::MAX)
}

fn write_answer(answer: Answer) -> i32 {
    match answer {
        Answer::Pending => proto::MatchAnswer::Pending,
        Answer::Yes => proto::MatchAnswer::Yes,
        Answer::No => proto::MatchAnswer::No,
    }
    .into()
}

fn write(seen: Seen) -> proto::Match {
    let found = seen.found;
    let state = match found.state {
        MatchState::Proposed => proto::MatchState::Proposed,
        MatchState::Accepted => proto::MatchState::Accepted,
        MatchState::Arrived => proto::MatchState::Arrived,
        MatchState::Ended => proto::MatchState::Ended,
        MatchState::Declined => proto::MatchState::Declined,
        MatchState::Withdrawn => proto::MatchState::Withdrawn,
        MatchState::Lapsed => proto::MatchState::Lapsed,
    };
    proto::Match {
        id: found.id.to_string(),
        version: found.version,
        create_time: Some(timestamp(found.created_at)),
        update_time: Some(timestamp(found.updated_at)),
        vacancy_id: found.vacancy.to_string(),
        employer_id: found.employer.to_string(),
        relocant_id: seen.sight.person.map(|id| id.to_string()).unwrap_or_default(),
        home_id: found.home.map(|id| id.to_string()).unwrap_or_default(),
        state: state.into(),
        relocant_answer: seen.sight.answer.map(write_answer).unwrap_or_default(),
        employer_answer: write_answer(found.employer_answer),
        lapse_time: Some(timestamp(found.lapses_at)),
        arrive_by_date: Some(date(found.arrive_by)),
        arrival_date: found.arrived_on.map(date),
        score: seen.sight.reasons.iter().map(|(_, points)| points).sum(),
        reasons: seen.sight.reasons.into_iter().map(|(code, points)| proto::ScoreReason { code, points }).collect(),
        card: seen.sight.card.map(write_card),
    }
}
