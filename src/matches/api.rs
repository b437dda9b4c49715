//! gRPC of matches: reads requests, calls the gate, writes answers. Knows no rule.

use std::collections::BTreeSet;

use tonic::{Request, Response, Status};

use super::{
    Answer, EndReason, MatchState, Missing, Side,
    operations::{AcceptMatch, ConfirmArrival, DeclineMatch, EndMatch, Filter, GetMatch, ListMatches, Seen, Target, WithdrawMatch},
    proposal_operations::{Proposal, ProposeFamily, ProposeMatch, Terms},
    publishing_operations::{GetMatchingRound, ListMatchingRounds, Order, run_matching_round},
    ranking_operations::{Candidate, RankCandidates},
    round_operations::PlanMatchingRound,
    round_wire::{count, write_published, write_published_round, write_reasons, write_round},
    rounds::Quota,
    rules::{self, Step},
    wire::{read_end_reason, write_end_reason},
};
use crate::{
    api::{Fields, call, change, date, read, timestamp},
    auth::Permission,
    error::{Result, Why},
    figures,
    gate::Registry,
    messages::layer::language,
    page,
    proto::{self, match_service_server::MatchService},
    relocants::wire::write_card,
    status::from_error,
};

/// Candidates of one answer when the caller does not say, and at most.
const CANDIDATES: (usize, usize) = (50, 200);

/// What a region must be.
const REGION: Why = Why::Unknown("an ISO 3166-2:KZ code such as KZ-10");

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
        let start_by = fields.optional_day("start_by_date", message.start_by_date);
        fields.done().map_err(from_error)?;
        let limit = limit.filter(|limit| *limit > 0).unwrap_or(CANDIDATES.0).min(CANDIDATES.1);
        let query = RankCandidates { vacancy: read(vacancy).map_err(from_error)?, limit, start_by };
        let ranked = self.0.fetch(&call, query).await.map_err(from_error)?;
        let candidates = ranked.candidates.into_iter().map(write_candidate).collect();
        Ok(Response::new(proto::RankCandidatesResponse { candidates, weights_id: ranked.weights_id }))
    }

    async fn plan_matching_round(
        &self,
        request: Request<proto::PlanMatchingRoundRequest>,
    ) -> Result<Response<proto::PlanMatchingRoundResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let query = read_round(&mut fields, &message.region_code, &message.occupation, message.arrive_by_date, &message.quotas);
        fields.done().map_err(from_error)?;
        self.0.allowed(&call, "PlanMatchingRound", Permission::PlanMatchingRound).await.map_err(from_error)?;
        let in_need = figures::operations::in_need(&self.0).await.map_err(from_error)?;
        let query = PlanMatchingRound { in_need, ..read(query).map_err(from_error)? };
        let planned = self.0.fetch(&call, query).await.map_err(from_error)?;
        Ok(Response::new(write_round(planned)))
    }

    async fn propose_match(&self, request: Request<proto::ProposeMatchRequest>) -> Result<Response<proto::ProposeMatchResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.0, &mut fields, &message, &message.request_id, message.validate_only);
        let proposal = read_proposal(&mut fields, "", &message.vacancy_id, &message.relocant_id, &message.home_id);
        let arrive_by = fields.day("arrive_by_date", message.arrive_by_date);
        fields.done().map_err(from_error)?;
        let terms = Terms { hold_days: hold_days(message.hold_days), arrive_by: read(arrive_by).map_err(from_error)? };
        let operation = ProposeMatch { proposal: read(proposal).map_err(from_error)?, terms };
        let seen = self.0.execute(&call, change, operation).await.map_err(from_error)?;
        Ok(Response::new(proto::ProposeMatchResponse { r#match: Some(write(seen)) }))
    }

    async fn propose_family(
        &self,
        request: Request<proto::ProposeFamilyRequest>,
    ) -> Result<Response<proto::ProposeFamilyResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.0, &mut fields, &message, &message.request_id, message.validate_only);
        let mut proposals = Vec::with_capacity(message.proposals.len());
        for (at, one) in message.proposals.iter().enumerate() {
            proposals.extend(read_proposal(&mut fields, &format!("proposals[{at}]."), &one.vacancy_id, &one.relocant_id, &one.home_id));
        }
        let arrive_by = fields.day("arrive_by_date", message.arrive_by_date);
        fields.done().map_err(from_error)?;
        let terms = Terms { hold_days: hold_days(message.hold_days), arrive_by: read(arrive_by).map_err(from_error)? };
        let all = self.0.execute(&call, change, ProposeFamily { proposals, terms }).await.map_err(from_error)?;
        Ok(Response::new(proto::ProposeFamilyResponse { matches: all.into_iter().map(write).collect() }))
    }

    async fn run_matching_round(
        &self,
        request: Request<proto::RunMatchingRoundRequest>,
    ) -> Result<Response<proto::RunMatchingRoundResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let change = change(&self.0, &mut fields, &message, &message.request_id, message.validate_only);
        let of = read_round(&mut fields, &message.region_code, &message.occupation, message.arrive_by_date, &message.quotas);
        let plan_id = fields.optional("plan_id", &message.plan_id, Why::Format("a UUID"));
        fields.done().map_err(from_error)?;
        self.0.allowed(&call, "RunMatchingRound", Permission::RunMatchingRound).await.map_err(from_error)?;
        let in_need = figures::operations::in_need(&self.0).await.map_err(from_error)?;
        let of = PlanMatchingRound { in_need, ..read(of).map_err(from_error)? };
        let order = Order { of, hold_days: hold_days(message.hold_days), plan_id };
        let is_tried = change.validate_only;
        let published = run_matching_round(&self.0, &call, change, order).await.map_err(from_error)?;
        let families_left = count(published.unsettled());
        let (mut round, placements) = write_published(published);
        if is_tried {
            round.id = String::new();
        }
        Ok(Response::new(proto::RunMatchingRoundResponse { round: Some(round), placements, families_left }))
    }

    async fn get_matching_round(
        &self,
        request: Request<proto::GetMatchingRoundRequest>,
    ) -> Result<Response<proto::GetMatchingRoundResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let id = fields.id("id", &message.id);
        fields.done().map_err(from_error)?;
        let published = self.0.fetch(&call, GetMatchingRound { id: read(id).map_err(from_error)? }).await.map_err(from_error)?;
        let (round, placements) = write_published(published);
        Ok(Response::new(proto::GetMatchingRoundResponse { round: Some(round), placements }))
    }

    async fn list_matching_rounds(
        &self,
        request: Request<proto::ListMatchingRoundsRequest>,
    ) -> Result<Response<proto::ListMatchingRoundsResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let filter = format!("rounds {:?}", call.caller.reach);
        let page = page::parse(self.0.vault(), message.page_size, &message.page_token, &filter).map_err(from_error)?;
        let mut rounds = self.0.fetch(&call, ListMatchingRounds { page }).await.map_err(from_error)?;
        let next_page_token = page::next(self.0.vault(), page, &filter, &mut rounds, |round| round.id.0);
        Ok(Response::new(proto::ListMatchingRoundsResponse {
            rounds: rounds.into_iter().map(write_published_round).collect(),
            next_page_token,
        }))
    }

    async fn accept_match(&self, request: Request<proto::AcceptMatchRequest>) -> Result<Response<proto::AcceptMatchResponse>, Status> {
        step!(self, request, AcceptMatchResponse, |fields, message| { side: read_side(&mut fields, message.side) } => |target, side| AcceptMatch { target, side })
    }

    async fn decline_match(&self, request: Request<proto::DeclineMatchRequest>) -> Result<Response<proto::DeclineMatchResponse>, Status> {
        step!(self, request, DeclineMatchResponse, |fields, message| {
            side: read_side(&mut fields, message.side),
            reason: read_reason(&mut fields, message.reason)
        } => |target, side, said: Said| DeclineMatch { target, side, reason: said.0 })
    }

    async fn withdraw_match(
        &self,
        request: Request<proto::WithdrawMatchRequest>,
    ) -> Result<Response<proto::WithdrawMatchResponse>, Status> {
        step!(self, request, WithdrawMatchResponse, |fields, message| {
            reason: read_reason(&mut fields, message.reason)
        } => |target, said: Said| WithdrawMatch { target, reason: said.0 })
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
            reason: fields.code("reason", message.reason, "a reason", |reason| {
                read_end_reason(reason).filter(|reason| rules::is_reason_for(Step::End, *reason))
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

/// A reason, if one was said.
struct Said(Option<EndReason>);

fn read_reason(fields: &mut Fields, value: i32) -> Option<Said> {
    if value == 0 {
        return Some(Said(None));
    }
    let known = fields.code("reason", value, "a reason", read_end_reason);
    known.map(|reason| Said(Some(reason)))
}

fn read_proposal(fields: &mut Fields, at: &str, vacancy: &str, relocant: &str, home: &str) -> Option<Proposal> {
    let vacancy = fields.id(&format!("{at}vacancy_id"), vacancy);
    let relocant = fields.id(&format!("{at}relocant_id"), relocant);
    let home = fields.optional(&format!("{at}home_id"), home, Why::Format("a UUID"));
    Some(Proposal { vacancy: vacancy?, relocant: relocant?, home })
}

fn read_round(
    fields: &mut Fields,
    region: &str,
    occupation: &str,
    arrive_by: Option<proto::google::r#type::Date>,
    quotas: &[proto::RegionQuota],
) -> Option<PlanMatchingRound> {
    let region = fields.optional("region_code", region, REGION);
    let occupation = fields.optional("occupation", occupation, Why::Format("an ISCO-08 code of four digits"));
    let arrive_by = fields.day("arrive_by_date", arrive_by);
    let mut read: Vec<Quota> = Vec::with_capacity(quotas.len());
    for (at, quota) in quotas.iter().enumerate() {
        let field = |name: &str| format!("quotas[{at}].{name}");
        let most = fields.within(&field("most_people"), quota.most_people, 0..=5000, "0 to 5,000");
        let Some(region) = fields.required(&field("region_code"), &quota.region_code, REGION) else { continue };
        if read.iter().any(|known| known.region == region) {
            fields.fault(field("region_code"), Why::Contradicts("comes twice"));
        }
        read.push(Quota { region, most: most.unsigned_abs() });
    }
    Some(PlanMatchingRound { region, occupation, arrive_by: arrive_by?, quotas: read, in_need: BTreeSet::new() })
}

fn hold_days(asked: i32) -> i32 {
    if asked == 0 { HOLD_DAYS } else { asked }
}

fn write_candidate(candidate: Candidate) -> proto::Candidate {
    let assessment = candidate.assessment;
    let code = |missing: &Missing| <&str>::from(*missing).to_owned();
    let missing = |missing: &Missing| proto::MissingReason { code: code(missing), text: words("LACKS", missing.into()) };
    proto::Candidate {
        relocant_id: candidate.relocant.to_string(),
        eligible: assessment.is_eligible(),
        missing: assessment.missing.iter().map(code).collect(),
        missing_reasons: assessment.missing.iter().map(missing).collect(),
        score: assessment.score(),
        reasons: write_reasons(&assessment).into_iter().map(in_words).collect(),
        card: Some(write_card(candidate.card)),
        start_date: Some(date(assessment.starts_on)),
        needs_work_permit: assessment.needs_work_permit,
    }
}

/// What a code of a ranking means, in the language of the call.
fn words(kind: &str, code: &str) -> String {
    language().reason(&format!("{kind}_{code}"), []).unwrap_or_default()
}

fn in_words(reason: proto::ScoreReason) -> proto::ScoreReason {
    proto::ScoreReason { text: words("SPEAKS_FOR", &reason.code), ..reason }
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
    let state = match seen.sight.state {
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
        relocant_answer: write_answer(seen.sight.answer),
        employer_answer: write_answer(found.employer_answer),
        lapse_time: Some(timestamp(found.lapses_at)),
        arrive_by_date: Some(date(found.arrive_by)),
        arrival_date: found.arrived_on.map(date),
        score: seen.sight.reasons.iter().map(|(_, points)| points).sum(),
        reasons: seen
            .sight
            .reasons
            .into_iter()
            .map(|(code, points)| in_words(proto::ScoreReason { code, points, text: String::new() }))
            .collect(),
        card: seen.sight.card.map(write_card),
        end_reason: write_end_reason(seen.sight.end_reason),
        together_id: seen.sight.together.map(|id| id.to_string()).unwrap_or_default(),
    }
}
