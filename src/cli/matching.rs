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
        /// As JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        server: Server,
    },
    /// Plans a round: who would get which vacancy and home if everybody were looked at together. Nothing is held by it.
    Plan {
        /// Only vacancies of this region, for example KZ-10.
        #[arg(long)]
        region: Option<String>,
        /// Only vacancies of this occupation, four digits of ISCO-08.
        #[arg(long)]
        occupation: Option<String>,
        /// The last day of arrival, for example 2026-12-31.
        #[arg(long)]
        arrive_by: NaiveDate,
        /// As JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        server: Server,
    },
}

/// Asks and prints.
pub async fn run(asked: Question, token: Option<String>) -> Result<(), String> {
    match asked {
        Question::Rank { vacancy, limit, json, server } => {
            let line = Line::open(&server, token).await?;
            let message = proto::RankCandidatesRequest { vacancy_id: vacancy, limit };
            let answer = line.ask(async || client(&line).rank_candidates(line.request(message.clone())).await).await?;
            say(&if json { ranked_json(&answer).to_string() } else { ranked(&answer) });
        }
        Question::Plan { region, occupation, arrive_by, json, server } => {
            let line = Line::open(&server, token).await?;
            let message = proto::PlanMatchingRoundRequest {
                region_code: region.unwrap_or_default(),
                occupation: occupation.unwrap_or_default(),
                arrive_by_date: Some(crate::api::date(arrive_by)),
            };
            let answer = line.ask(async || client(&line).plan_matching_round(line.request(message.clone())).await).await?;
            say(&if json { planned_json(&answer).to_string() } else { planned(&answer) });
        }
    }
    Ok(())
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
    lines.extend(answer.advice.as_ref().map(|advice| {
        let home = if advice.home_for_people == 0 { String::new() } else { format!(" with a home for {} people", advice.home_for_people) };
        format!("One opening more{home} of vacancy {} would leave {}.", advice.vacancy_id, advice.complaints_left)
    }));
    lines.join("\n")
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
    let advice = |advice: &proto::RoundAdvice| json!({"vacancy_id": advice.vacancy_id, "home_for_people": advice.home_for_people, "complaints_left": advice.complaints_left});
    json!({
        "placements": answer.placements.iter().map(placement).collect::<Vec<_>>(),
        "unplaced": answer.unplaced.iter().map(unplaced).collect::<Vec<_>>(),
        "complaints": answer.complaints.iter().map(|complaint| &complaint.relocant_ids).collect::<Vec<_>>(),
        "advice": answer.advice.as_ref().map(advice),
        "vacancies": answer.vacancies,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(code: &str, points: i32) -> proto::ScoreReason {
        proto::ScoreReason { code: code.to_owned(), points }
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
        let text = ranked(&proto::RankCandidatesResponse { candidates: vec![fits, missing] });
        let lines: Vec<_> = text.lines().collect();
        assert!(lines[1].starts_with("   1     56  a ") && lines[1].ends_with("occupation +40, experience +16"), "{text}");
        assert!(lines[2].ends_with("not eligible: licence not recognised"), "{text}");
        assert_eq!(ranked(&proto::RankCandidatesResponse::default()), "Nobody looks for this work.");
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
            advice: Some(proto::RoundAdvice { vacancy_id: "v".to_owned(), home_for_people: 4, complaints_left: 0 }),
            vacancies: 3,
        };
        let text = planned(&answer);
        for line in [
            "1 people for 3 vacancies; 1 get nothing because all that fits is taken, 0 because nothing fits; 1 come along",
            "1 can complain: b and c",
            "One opening more with a home for 4 people of vacancy v would leave 0.",
        ] {
            assert!(text.lines().any(|found| found == line), "{line:?} in:\n{text}");
        }
        assert!(planned(&proto::PlanMatchingRoundResponse::default()).ends_with("the matching is stable."));
        assert_eq!(planned_json(&answer)["unplaced"][0]["reason"], "ALL_TAKEN");
    }
}
