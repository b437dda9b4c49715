//! `relocreg dues`: what is due, from a running server, as a clerk reads it in the morning.

use chrono::NaiveDate;

use super::{
    asking::{Line, Server},
    say,
};
use crate::proto::{self, DueKind, due_service_client::DueServiceClient, google::r#type::Date};

/// What is asked.
#[derive(Debug, clap::Args)]
pub struct Dues {
    #[command(flatten)]
    server: Server,
    /// Only this kind, for example `STAY_ENDS`; may be given again and again.
    #[arg(long = "kind")]
    kinds: Vec<String>,
    /// Only what is due on this day at the latest.
    #[arg(long)]
    until: Option<NaiveDate>,
    /// Only this person.
    #[arg(long)]
    relocant: Option<String>,
    /// At most so many lines.
    #[arg(long, default_value_t = 50)]
    limit: i32,
}

/// Asks and prints.
pub async fn run(asked: Dues, token: Option<String>) -> Result<(), String> {
    let kind = |name: &String| {
        DueKind::from_str_name(&format!("DUE_KIND_{}", name.to_uppercase()))
            .map(i32::from)
            .ok_or_else(|| format!("--kind: there is no {name}"))
    };
    let message = proto::ListDuesRequest {
        kinds: asked.kinds.iter().map(kind).collect::<Result<_, _>>()?,
        relocant_id: asked.relocant.unwrap_or_default(),
        until_date: asked.until.map(crate::api::date),
        page_size: asked.limit,
        ..Default::default()
    };
    let line = Line::open(&asked.server, token).await?;
    let client = DueServiceClient::new(line.channel.clone());
    let answer = line.ask(async || client.clone().list_dues(line.request(message.clone())).await).await?;
    say(&table(&answer));
    Ok(())
}

fn table(answer: &proto::ListDuesResponse) -> String {
    if answer.dues.is_empty() {
        return "Nothing is due.".to_owned();
    }
    let mut lines = vec![format!("{:<10}  {:>9}  {:<16}  {:<36}  {}", "due", "days left", "what", "person", "centre")];
    lines.extend(answer.dues.iter().map(|due| {
        let kind = due.kind().as_str_name().trim_start_matches("DUE_KIND_").to_lowercase().replace('_', " ");
        format!("{:<10}  {:>9}  {kind:<16}  {:<36}  {}", day(due.due_date), due.days_left, due.relocant_id, due.center_id)
    }));
    if !answer.next_page_token.is_empty() {
        lines.push("… and more; ask with --until or --limit".to_owned());
    }
    lines.join("\n")
}

fn day(date: Option<Date>) -> String {
    date.map_or_else(|| "-".to_owned(), |date| format!("{:04}-{:02}-{:02}", date.year, date.month, date.day))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_when_what_and_who() {
        let due = proto::Due {
            kind: DueKind::StayEnds.into(),
            relocant_id: "0190d6a0-0000-7000-8000-000000000001".to_owned(),
            center_id: "ala-01".to_owned(),
            due_date: Some(Date { year: 2026, month: 11, day: 29 }),
            days_left: 5,
            ..Default::default()
        };
        let text = table(&proto::ListDuesResponse { dues: vec![due], next_page_token: "x".to_owned() });
        assert!(text.contains("2026-11-29          5  stay ends         0190d6a0-0000-7000-8000-000000000001  ala-01"), "{text}");
        assert!(text.contains("and more"));
        assert_eq!(table(&proto::ListDuesResponse::default()), "Nothing is due.");
    }
}
