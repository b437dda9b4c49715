//! `relocreg top`: the console's live figures in a terminal, from the JSON twins of its pages.

use std::{fmt::Write as _, io::IsTerminal as _, path::PathBuf, time::Duration};

use http::{Request, header};
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::Value;
use tonic::codegen::Bytes;

use super::say;
use crate::{console::words::Words, messages::Language};

/// Bytes of one page at most.
const LARGEST: usize = 4 * 1024 * 1024;
/// How long a page may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Methods that are shown.
const METHODS: usize = 15;

/// Which server, and how often.
#[derive(Debug, clap::Args)]
pub struct Top {
    /// Where the server's console listens.
    #[arg(long, default_value = "http://127.0.0.1:9464")]
    address: String,
    /// A file with the token of the console, when it is elsewhere.
    #[arg(long)]
    token_file: Option<PathBuf>,
    /// Seconds between two looks.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=3600))]
    every: u64,
    /// Looks once and ends.
    #[arg(long)]
    once: bool,
    /// In which language.
    #[arg(long, value_enum, default_value_t = Language::English)]
    language: Language,
}

/// Shows the figures until it is interrupted.
pub async fn run(asked: Top) -> Result<(), String> {
    let token = asked.token_file.as_ref().map(std::fs::read_to_string).transpose().map_err(|failed| format!("the token: {failed}"))?;
    let console = Console { client: Client::builder(TokioExecutor::new()).build_http(), address: asked.address, token };
    let (words, is_terminal) = (Words(asked.language), std::io::stdout().is_terminal());
    loop {
        let (today, rpc) = tokio::try_join!(console.page("today"), console.page("rpc"))?;
        let screen = screen(&today, &rpc, words);
        // Home and clear, so that the figures stand still.
        say(&if is_terminal && !asked.once { format!("\u{1b}[H\u{1b}[2J{screen}") } else { screen });
        if asked.once {
            return Ok(());
        }
        tokio::select! {
            _ = tokio::signal::ctrl_c() => return Ok(()),
            () = tokio::time::sleep(Duration::from_secs(asked.every)) => {}
        }
    }
}

struct Console {
    client: Client<HttpConnector, Empty<Bytes>>,
    address: String,
    token: Option<String>,
}

impl Console {
    async fn page(&self, name: &str) -> Result<Value, String> {
        let address = format!("{}/api/{name}.json", self.address.trim_end_matches('/'));
        let mut request = Request::get(&address);
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {}", token.trim()));
        }
        let request = request.body(Empty::new()).map_err(|_| format!("{} is not an address", self.address))?;
        let ask = async {
            let answer = self.client.request(request).await.map_err(|_| format!("{} cannot be reached", self.address))?;
            let status = answer.status();
            let body = Limited::new(answer.into_body(), LARGEST).collect().await.map_err(|_| format!("{address} broke off"))?.to_bytes();
            if !status.is_success() {
                return Err(format!("{address} answered {status}"));
            }
            serde_json::from_slice(&body).map_err(|_| format!("{address} answered something else"))
        };
        tokio::time::timeout(PATIENCE, ask).await.unwrap_or_else(|_| Err(format!("{} did not answer in 5 s", self.address)))
    }
}

/// What is shown.
fn screen(today: &Value, rpc: &Value, words: Words) -> String {
    let number = |value: Option<&Value>| value.and_then(Value::as_f64);
    let mut text = String::new();
    let mut tile = |key: &str, shown: String| {
        // Writing into a string cannot fail.
        let _written = writeln!(text, "{:<40} {shown:>14}", words.text(&format!("tile-{key}")));
    };
    let percent = |key: &str| number(today.get(key)).map_or("–".to_owned(), |part| format!("{} %", words.number(part * 100.0, 2)));
    let people = |key: &str| number(today.get(key)).map_or_else(|| words.text("not-shown"), |count| words.number(count, 0));
    let count = |key: &str, decimals| number(today.get(key)).map_or("–".to_owned(), |count| words.number(count, decimals));
    tile("answered", percent("answered"));
    tile("budget_left", percent("budget_left"));
    tile("calls_per_second", count("calls_per_second", 1));
    tile("p95_seconds", words.lasted_if(number(today.get("p95_seconds"))).shown);
    tile("shed", count("shed", 0));
    tile("errors_logged", count("errors_logged", 0));
    for key in ["arrivals_today", "waiting", "stays_end_in_7_days", "registrations"] {
        tile(key, people(key));
    }
    let mut methods: Vec<&Value> = rpc.get("methods").and_then(Value::as_array).into_iter().flatten().collect();
    methods.sort_by(|one, other| number(other.get("calls")).partial_cmp(&number(one.get("calls"))).unwrap_or(std::cmp::Ordering::Equal));
    let heads = ["calls_per_second", "faults", "refused", "p50", "p95", "p99"].map(|key| words.text(&format!("column-{key}")));
    let _written = write!(text, "\n{:<52}", words.text("column-method"));
    for head in heads {
        let _written = write!(text, " {head:>14}");
    }
    for method in methods.into_iter().take(METHODS) {
        let name = method.get("method").and_then(Value::as_str).unwrap_or_default();
        // Every method is of one package; services tell them apart.
        let name = name.strip_prefix("relocation.registry.v1.").unwrap_or(name);
        let of = |key: &str, decimals| number(method.get(key)).map_or("–".to_owned(), |number| words.number(number, decimals));
        let lasted = |key: &str| words.lasted_if(number(method.get(key))).shown;
        let _written = write!(
            text,
            "\n{name:<52} {:>14} {:>14} {:>14} {:>14} {:>14} {:>14}",
            of("calls_per_second", 2),
            of("faults", 0),
            of("refused", 0),
            lasted("p50"),
            lasted("p95"),
            lasted("p99")
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_withheld_and_what_is_unknown_are_told_apart_and_the_busiest_come_first() {
        let today = json!({ "answered": 0.9995, "budget_left": 0.5, "calls_per_second": 12.34, "p95_seconds": null, "waiting": null, "registrations": 12_345 });
        let method = |name: &str, calls: i32| json!({ "method": format!("relocation.registry.v1.{name}"), "calls": calls, "calls_per_second": 1, "p50": 0.0025 });
        let rpc = json!({ "methods": [method("A/Rare", 1), method("B/Often", 9)] });
        let shown = screen(&today, &rpc, Words(Language::English));
        let line = |start: &str| shown.lines().find(|line| line.starts_with(start)).unwrap().split_whitespace().last().unwrap().to_owned();
        assert!(
            shown.contains("99.95 %") && shown.contains("not shown") && shown.contains("12,345") && shown.contains("2.5 ms"),
            "{shown}"
        );
        assert_eq!(line("95 of 100 within"), "–");
        assert!(shown.find("B/Often") < shown.find("A/Rare"));
    }
}
