//! `relocreg match`: who fits a vacancy, and what a round would give to whom, from a running server, in tables that a person can read or as JSON.

use chrono::NaiveDate;
use clap::Subcommand;
use serde_json::{Value, json};
use tonic::transport::Channel;

use super::{
    asking::{Line, Server},
    say,
};
use crate::proto::{self, match_service_client::MatchServiceClient};

/// What is asked about matches.
#[derive(Debug, Subcommand)]
pub enum Question {
    /// Ranks the people who look for the work of a vacancy.
    Rank {
        /// The vacancy.
        vacancy: String,
        /// At most so many people.
        #[arg(long, default_value_t = 20)]
        limit: i32,
        /// The last day on which the work may begin, for example 2026-12-31.
        #[arg(long)]
        start_by: Option<NaiveDate>,
        /// As JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        server: Server,
    },
    /// Plans a round: who would get which vacancy and home if everybody were looked at together. Nothing is held by it.
    Plan {
        #[command(flatten)]
        scope: Scope,
        /// As JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        server: Server,
    },
    /// Publishes a round: proposes one family after the other and holds what they need. Send the same request id again to go on with a round that was broken off.
    Round {
        #[command(flatten)]
        scope: Scope,
        /// The plan that was looked at; without it, whatever it is now.
        #[arg(long)]
        plan: Option<String>,
        /// How many days each hold lasts.
        #[arg(long, default_value_t = 7)]
        hold_days: i32,
        /// The request id of a round that was broken off.
        #[arg(long)]
        request_id: Option<uuid::Uuid>,
        /// Plans and checks, and holds nothing.
        #[arg(long)]
        dry_run: bool,
        /// As JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        server: Server,
    },
}

/// What a round is of.
#[derive(Debug, clap::Args)]
pub struct Scope {
    /// Only vacancies of this region, for example KZ-10.
    #[arg(long)]
    region: Option<String>,
    /// Only vacancies of this occupation, four digits of ISCO-08.
    #[arg(long)]
    occupation: Option<String>,
    /// The last day of arrival, for example 2026-12-31.
    #[arg(long)]
    arrive_by: NaiveDate,
    /// What a region takes at most, for example KZ-71=200; may be said for several.
    #[arg(long, value_parser = quota)]
    quota: Vec<proto::RegionQuota>,
}

/// Asks and prints.
pub async fn run(asked: Question, token: Option<String>) -> Result<(), String> {
    match asked {
        Question::Rank { vacancy, limit, start_by, json, server } => {
            let line = Line::open(&server, token).await?;
            let message = proto::RankCandidatesRequest { vacancy_id: vacancy, limit, start_by_date: start_by.map(crate::api::date) };
            let answer = line.ask(async || client(&line).rank_candidates(line.request(message.clone())).await).await?;
            say(&if json { ranked_json(&answer).to_string() } else { ranked(&answer) });
        }
        Question::Plan { scope, json, server } => {
            let line = Line::open(&server, token).await?;
            let message = proto::PlanMatchingRoundRequest {
                region_code: scope.region.unwrap_or_default(),
                occupation: scope.occupation.unwrap_or_default(),
                arrive_by_date: Some(crate::api::date(scope.arrive_by)),
                quotas: scope.quota,
            };
            let answer = line.ask(async || client(&line).plan_matching_round(line.request(message.clone())).await).await?;
            say(&if json { planned_json(&answer).to_string() } else { planned(&answer) });
        }
        Question::Round { scope, plan, hold_days, request_id, dry_run, json, server } => {
            let line = Line::open(&server, token).await?;
            let request_id = request_id.unwrap_or_else(uuid::Uuid::now_v7);
            let message = proto::RunMatchingRoundRequest {
                request_id: request_id.to_string(),
                validate_only: dry_run,
                region_code: scope.region.unwrap_or_default(),
                occupation: scope.occupation.unwrap_or_default(),
                arrive_by_date: Some(crate::api::date(scope.arrive_by)),
                hold_days,
                plan_id: plan.unwrap_or_default(),
                quotas: scope.quota,
            };
            let ask = || line.ask(async || client(&line).run_matching_round(line.request(message.clone())).await);
            let broken_off = |why| format!("{why}\nTo go on: the same command with --request-id {request_id}");
            let mut answer = ask().await.map_err(broken_off)?;
            let mut left = answer.families_left;
            while left > 0 && !dry_run {
                answer = ask().await.map_err(broken_off)?;
                if answer.families_left >= left {
                    return Err(broken_off("the round does not go on".to_owned()));
                }
                left = answer.families_left;
            }
            say(&if json { published_json(&answer).to_string() } else { published(&answer) });
        }
    }
    Ok(())
}

fn quota(text: &str) -> Result<proto::RegionQuota, String> {
    let (region, most) = text.split_once('=').ok_or("must be a region and a number, such as KZ-71=200")?;
    let most_people = most.parse().map_err(|_| "the number of people must be a whole number")?;
    Ok(proto::RegionQuota { region_code: region.to_owned(), most_people })
}

fn client(line: &Line) -> MatchServiceClient<Channel> {
    MatchServiceClient::new(line.channel.clone())
}

fn words(reasons: &[proto::ScoreReason]) -> String {
    let one = |reason: &proto::ScoreReason| format!("{} {:+}", reason.code.to_lowercase().replace('_', " "), reason.points);
    reasons.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn ranked(answer: &proto::RankCandidatesResponse) -> String {
    if answer.candidates.is_empty() {
        return "Nobody looks for this work.".to_owned();
    }
    let mut lines = vec![format!("{:>4}  {:>5}  {:<36}  {}", "rank", "score", "person", "why")];
    lines.extend((1..).zip(&answer.candidates).map(|(rank, candidate)| {
        let missing: Vec<_> = candidate.missing.iter().map(|code| code.to_lowercase().replace('_', " ")).collect();
        let why = if candidate.eligible { words(&candidate.reasons) } else { format!("not eligible: {}", missing.join(", ")) };
        format!("{rank:>4}  {:>5}  {:<36}  {why}", candidate.score, candidate.relocant_id)
    }));
    lines.join("\n")
}

fn planned(answer: &proto::PlanMatchingRoundResponse) -> String {
    let mut lines = Vec::new();
    if !answer.placements.is_empty() {
        lines.push(format!("{:<36}  {:<36}  {:<4}  {:>4}  {:>5}  {}", "person", "vacancy", "home", "wish", "score", "why"));
    }
    lines.extend(answer.placements.iter().map(|placement| {
        let home = if placement.home_id.is_empty() { "-" } else { "yes" };
        let (person, vacancy, why) = (&placement.relocant_id, &placement.vacancy_id, words(&placement.reasons));
        format!("{person:<36}  {vacancy:<36}  {home:<4}  {:>4}  {:>5}  {why}", placement.wish, placement.score)
    }));
    let count = |reason: proto::UnplacedReason| answer.unplaced.iter().filter(|unplaced| unplaced.reason() == reason).count();
    lines.push(format!(
        "{} people for {} vacancies; {} get nothing because all that fits is taken, {} because nothing fits; {} come along",
        answer.placements.len(),
        answer.vacancies,
        count(proto::UnplacedReason::AllTaken),
        count(proto::UnplacedReason::NothingFits),
        count(proto::UnplacedReason::ComesAlong)
    ));
    lines.push(match answer.complaints.as_slice() {
        [] => "Nobody can complain: the matching is stable.".to_owned(),
        all => format!(
            "{} can complain: {}",
            all.len(),
            all.iter().map(|complaint| complaint.relocant_ids.join(" and ")).collect::<Vec<_>>().join("; ")
        ),
    });
    lines.extend(answer.advice.as_ref().map(advice_line));
    lines.push(format!("To publish this plan: relocreg match round, with the same options, and --plan {}", answer.plan_id));
    lines.join("\n")
}

fn advice_line(advice: &proto::RoundAdvice) -> String {
    let left = advice.complaints_left;
    match (advice.home_offer_id.as_str(), advice.home_for_people) {
        ("", 0) => format!("One opening more of vacancy {} would leave {left}.", advice.vacancy_id),
        ("", people) => format!("One opening more with a home for {people} people of vacancy {} would leave {left}.", advice.vacancy_id),
        (offer, people) => format!("One home more for {people} people in the town of the offer {offer} would leave {left}."),
    }
}

fn published(answer: &proto::RunMatchingRoundResponse) -> String {
    let round = answer.round.clone().unwrap_or_default();
    let mut lines = Vec::new();
    if !answer.placements.is_empty() {
        lines.push(format!("{:>6}  {:<36}  {:<36}  {:<4}  {:>4}  {}", "family", "person", "vacancy", "home", "wish", "what became of it"));
    }
    lines.extend(answer.placements.iter().map(|placement| {
        let home = if placement.home_id.is_empty() { "-" } else { "yes" };
        let became = match placement.outcome() {
            proto::PlacementOutcome::Proposed => "proposed".to_owned(),
            proto::PlacementOutcome::NotHeld => format!("not held: {}", placement.reason.to_lowercase().replace('_', " ")),
            proto::PlacementOutcome::Planned | proto::PlacementOutcome::Unspecified => "planned".to_owned(),
        };
        let (person, vacancy) = (&placement.relocant_id, &placement.vacancy_id);
        format!("{:>6}  {person:<36}  {vacancy:<36}  {home:<4}  {:>4}  {became}", placement.family, placement.wish)
    }));
    let count = |outcome: proto::PlacementOutcome| answer.placements.iter().filter(|placement| placement.outcome() == outcome).count();
    lines.push(format!(
        "{} people proposed, {} not held, {} only planned; {} get nothing; {} vacancies; {} families can complain",
        count(proto::PlacementOutcome::Proposed),
        count(proto::PlacementOutcome::NotHeld),
        count(proto::PlacementOutcome::Planned),
        round.unplaced,
        round.vacancies,
        round.complaints
    ));
    lines.push(match round.id.as_str() {
        "" => format!("Nothing is held. To publish this plan: --plan {}", round.plan_id),
        id => format!("Round {id}"),
    });
    lines.join("\n")
}

fn published_json(answer: &proto::RunMatchingRoundResponse) -> Value {
    let round = answer.round.clone().unwrap_or_default();
    let placement = |placement: &proto::PublishedPlacement| {
        json!({
            "family": placement.family,
            "relocant_id": placement.relocant_id,
            "vacancy_id": placement.vacancy_id,
            "home_id": placement.home_id,
            "wish": placement.wish,
            "outcome": placement.outcome().as_str_name().trim_start_matches("PLACEMENT_OUTCOME_"),
            "reason": placement.reason,
            "match_id": placement.match_id,
        })
    };
    json!({
        "round_id": round.id,
        "plan_id": round.plan_id,
        "unplaced": round.unplaced,
        "complaints": round.complaints,
        "vacancies": round.vacancies,
        "families_left": answer.families_left,
        "placements": answer.placements.iter().map(placement).collect::<Vec<_>>(),
    })
}

fn reasons_json(reasons: &[proto::ScoreReason]) -> Value {
    reasons.iter().map(|reason| json!({"code": reason.code, "points": reason.points})).collect()
}

fn ranked_json(answer: &proto::RankCandidatesResponse) -> Value {
    let one = |candidate: &proto::Candidate| {
        json!({
            "relocant_id": candidate.relocant_id,
            "eligible": candidate.eligible,
            "missing": candidate.missing,
            "score": candidate.score,
            "reasons": reasons_json(&candidate.reasons),
        })
    };
    answer.candidates.iter().map(one).collect()
}

fn planned_json(answer: &proto::PlanMatchingRoundResponse) -> Value {
    let placement = |placement: &proto::Placement| {
        json!({
            "relocant_id": placement.relocant_id,
            "vacancy_id": placement.vacancy_id,
            "home_id": placement.home_id,
            "wish": placement.wish,
            "score": placement.score,
            "reasons": reasons_json(&placement.reasons),
        })
    };
    let unplaced = |unplaced: &proto::Unplaced| {
        let reason = unplaced.reason().as_str_name().trim_start_matches("UNPLACED_REASON_");
        json!({"relocant_id": unplaced.relocant_id, "reason": reason})
    };
    let advice = |advice: &proto::RoundAdvice| json!({"vacancy_id": advice.vacancy_id, "home_for_people": advice.home_for_people, "home_offer_id": advice.home_offer_id, "complaints_left": advice.complaints_left});
    json!({
        "placements": answer.placements.iter().map(placement).collect::<Vec<_>>(),
        "unplaced": answer.unplaced.iter().map(unplaced).collect::<Vec<_>>(),
        "complaints": answer.complaints.iter().map(|complaint| &complaint.relocant_ids).collect::<Vec<_>>(),
        "advice": answer.advice.as_ref().map(advice),
        "vacancies": answer.vacancies,
        "plan_id": answer.plan_id,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(code: &str, points: i32) -> proto::ScoreReason {
        proto::ScoreReason { code: code.to_owned(), points, text: String::new() }
    }

    #[test]
    fn a_table_says_who_fits_and_why_or_what_is_missing() {
        let fits = proto::Candidate {
            relocant_id: "a".to_owned(),
            eligible: true,
            score: 56,
            reasons: vec![reason("OCCUPATION", 40), reason("EXPERIENCE", 16)],
            ..Default::default()
        };
        let missing =
            proto::Candidate { relocant_id: "b".to_owned(), missing: vec!["LICENCE_NOT_RECOGNISED".to_owned()], ..Default::default() };
        let text = ranked(&proto::RankCandidatesResponse { candidates: vec![fits, missing], weights_id: String::new() });
        let lines: Vec<_> = text.lines().collect();
        assert!(lines[1].starts_with("   1     56  a ") && lines[1].ends_with("occupation +40, experience +16"), "{text}");
        assert!(lines[2].ends_with("not eligible: licence not recognised"), "{text}");
        assert_eq!(ranked(&proto::RankCandidatesResponse::default()), "Nobody looks for this work.");
    }

    #[test]
    fn a_published_round_says_what_became_of_each_and_a_trial_how_to_go_on() {
        let placement = |outcome: proto::PlacementOutcome, reason: &str| proto::PublishedPlacement {
            relocant_id: "a".to_owned(),
            outcome: outcome.into(),
            reason: reason.to_owned(),
            ..Default::default()
        };
        let placements = vec![
            placement(proto::PlacementOutcome::Proposed, ""),
            placement(proto::PlacementOutcome::NotHeld, "HOME_FULL"),
            placement(proto::PlacementOutcome::Planned, ""),
        ];
        let round = proto::MatchingRound { id: "r".to_owned(), unplaced: 4, vacancies: 3, ..Default::default() };
        let answer = proto::RunMatchingRoundResponse { round: Some(round), placements, families_left: 1 };
        let text = published(&answer);
        for line in ["1 people proposed, 1 not held, 1 only planned; 4 get nothing; 3 vacancies; 0 families can complain", "Round r"] {
            assert!(text.lines().any(|found| found == line), "{line:?} in:\n{text}");
        }
        assert!(text.contains("not held: home full"), "{text}");
        assert_eq!(published_json(&answer)["placements"][1]["reason"], "HOME_FULL");
        let trial = proto::RunMatchingRoundResponse {
            round: Some(proto::MatchingRound { plan_id: "1f".to_owned(), ..Default::default() }),
            ..Default::default()
        };
        assert!(published(&trial).ends_with("--plan 1f"));
    }

    #[test]
    fn a_plan_says_who_gets_what_who_can_complain_and_what_would_help() {
        let placement = proto::Placement {
            relocant_id: "a".to_owned(),
            vacancy_id: "v".to_owned(),
            home_id: "h".to_owned(),
            wish: 2,
            score: 40,
            reasons: vec![reason("OCCUPATION", 40)],
        };
        let unplaced = |reason: proto::UnplacedReason| proto::Unplaced { relocant_id: "b".to_owned(), reason: reason.into() };
        let answer = proto::PlanMatchingRoundResponse {
            placements: vec![placement],
            unplaced: vec![unplaced(proto::UnplacedReason::AllTaken), unplaced(proto::UnplacedReason::ComesAlong)],
            complaints: vec![proto::RoundComplaint { relocant_ids: vec!["b".to_owned(), "c".to_owned()] }],
            advice: Some(proto::RoundAdvice {
                vacancy_id: "v".to_owned(),
                home_for_people: 4,
                complaints_left: 0,
                home_offer_id: String::new(),
            }),
            vacancies: 3,
            plan_id: "1f".to_owned(),
        };
        let text = planned(&answer);
        for line in [
            "1 people for 3 vacancies; 1 get nothing because all that fits is taken, 0 because nothing fits; 1 come along",
            "1 can complain: b and c",
            "One opening more with a home for 4 people of vacancy v would leave 0.",
        ] {
            assert!(text.lines().any(|found| found == line), "{line:?} in:\n{text}");
        }
        let of_town = proto::RoundAdvice { home_offer_id: "o".to_owned(), home_for_people: 4, complaints_left: 1, ..Default::default() };
        assert_eq!(advice_line(&of_town), "One home more for 4 people in the town of the offer o would leave 1.");
        assert!(planned(&proto::PlanMatchingRoundResponse::default()).contains("the matching is stable."));
        assert!(text.ends_with("--plan 1f"));
        assert_eq!(planned_json(&answer)["unplaced"][0]["reason"], "ALL_TAKEN");
    }
}
