//! `relocreg figures`: where people are missing, how many came and what becomes of matches, from a running server, in tables that a person can read or as JSON.

use chrono::NaiveDate;
use clap::Subcommand;
use serde_json::{Value, json};

use super::{
    asking::{Line, Server},
    say,
};
use crate::{
    api::{date, instant},
    proto::{self, FigureTable, figure_service_client::FigureServiceClient},
    time::local,
};

/// What a count that is withheld reads as.
const WITHHELD: &str = "<10";

/// Which table is asked for.
#[derive(Debug, Subcommand)]
pub enum Question {
    /// Openings and homes that are offered, and people who look for such work, by region and occupation group.
    Shortage(Asked),
    /// People registered in each of the last 26 full weeks, by region.
    Arrivals(Asked),
    /// Matches by region and state.
    Funnel(Asked),
}

/// Of which day, from where, and how it is printed.
#[derive(Debug, clap::Args)]
pub struct Asked {
    /// The civil day; without it, today.
    #[arg(long)]
    day: Option<NaiveDate>,
    /// As JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: Server,
}

/// Asks and prints.
pub async fn run(asked: Question, token: Option<String>) -> Result<(), String> {
    let (table, asked) = match asked {
        Question::Shortage(asked) => (FigureTable::Shortage, asked),
        Question::Arrivals(asked) => (FigureTable::Arrivals, asked),
        Question::Funnel(asked) => (FigureTable::MatchFunnel, asked),
    };
    let line = Line::open(&asked.server, token).await?;
    let client = FigureServiceClient::new(line.channel.clone());
    let message = proto::GetFiguresRequest { table: table.into(), on_date: asked.day.map(date) };
    let answer = line.ask(async || client.clone().get_figures(line.request(message)).await).await?;
    let figures = answer.figures.ok_or("the server has answered without figures")?;
    say(&if asked.json { as_json(&figures).to_string() } else { as_text(&figures) });
    Ok(())
}

fn as_text(figures: &proto::Figures) -> String {
    let mut lines = vec![format!("{}, made at {}", day(figures), made_at(figures)), String::new()];
    lines.extend(match figures.table() {
        FigureTable::Shortage => shortage(figures),
        FigureTable::Arrivals => arrivals(figures),
        FigureTable::MatchFunnel | FigureTable::Unspecified => funnel(figures),
    });
    lines.push(String::new());
    lines.push(format!("{WITHHELD}: none to 9; every other count is rounded to 5. A sum has only those counts that are shown."));
    lines.join("\n")
}

fn count(cell: &proto::FigureCell) -> String {
    cell.count.map_or_else(|| WITHHELD.to_owned(), |count| count.to_string())
}

fn or_all(code: &str) -> &str {
    if code.is_empty() { "all" } else { code }
}

/// A line for each place where anything is offered or people are shown, the sums of a region below it and those of all regions last.
fn shortage(figures: &proto::Figures) -> Vec<String> {
    let anything = |cell: &&proto::FigureCell| cell.count.is_some() || cell.offer.is_some_and(|offer| offer.openings + offer.homes > 0);
    let line = |cell: &proto::FigureCell| {
        let offer = cell.offer.unwrap_or_default();
        let ratio = offer.people_per_hundred_openings.map_or_else(|| "-".to_owned(), |people| people.to_string());
        let (region, group) = (or_all(&cell.region_code), or_all(&cell.column_code));
        format!("{region:<6}  {group:>5}  {:>8}  {:>5}  {:>6}  {ratio:>22}", offer.openings, offer.homes, count(cell))
    };
    let mut lines = vec![format!(
        "{:<6}  {:>5}  {:>8}  {:>5}  {:>6}  {:>22}",
        "region", "group", "openings", "homes", "people", "people per 100 openings"
    )];
    for margin in figures.region_margins.iter().filter(anything) {
        lines.extend(figures.cells.iter().filter(|cell| cell.region_code == margin.region_code).filter(anything).map(line));
        lines.push(line(margin));
    }
    lines.extend(figures.column_margins.iter().filter(anything).map(line));
    lines.extend(figures.total.as_ref().map(line));
    lines.push("Places where nothing is offered and people are withheld are left out.".to_owned());
    lines
}

/// A line for each week, with a column for each region where a week is shown.
fn arrivals(figures: &proto::Figures) -> Vec<String> {
    let regions: Vec<&proto::FigureCell> = figures.region_margins.iter().filter(|margin| margin.count.is_some()).collect();
    let of_all = |cells: Vec<String>| cells.into_iter().fold(String::new(), |line, cell| line + &format!("  {cell:>5}"));
    let heads = regions.iter().map(|region| region.region_code.clone()).chain(["all".to_owned()]).collect();
    let mut lines = vec![format!("{:<8}{}", "week", of_all(heads))];
    for week in &figures.column_margins {
        let of_week = |region: &&proto::FigureCell| {
            let here = |cell: &&proto::FigureCell| cell.region_code == region.region_code && cell.column_code == week.column_code;
            figures.cells.iter().find(here).map_or_else(|| WITHHELD.to_owned(), count)
        };
        lines.push(format!("{:<8}{}", week.column_code, of_all(regions.iter().map(of_week).chain([count(week)]).collect())));
    }
    let sums = regions.iter().map(|region| count(region)).chain(figures.total.iter().map(count)).collect();
    lines.push(format!("{:<8}{}", "all", of_all(sums)));
    lines.push("Regions where every week is withheld are left out.".to_owned());
    lines
}

/// A line for each region where a state is shown.
fn funnel(figures: &proto::Figures) -> Vec<String> {
    let of_all = |cells: Vec<String>| cells.into_iter().fold(String::new(), |line, cell| line + &format!("  {cell:>9}"));
    let heads = figures.column_margins.iter().map(|state| state.column_code.to_lowercase()).chain(["all".to_owned()]).collect();
    let mut lines = vec![format!("{:<6}{}", "region", of_all(heads))];
    for margin in figures.region_margins.iter().filter(|margin| margin.count.is_some()) {
        let cells = figures.cells.iter().filter(|cell| cell.region_code == margin.region_code).map(count);
        lines.push(format!("{:<6}{}", margin.region_code, of_all(cells.chain([count(margin)]).collect())));
    }
    let sums = figures.column_margins.iter().chain(&figures.total).map(count).collect();
    lines.push(format!("{:<6}{}", "all", of_all(sums)));
    lines.push("Regions where every state is withheld are left out.".to_owned());
    lines
}

fn day(figures: &proto::Figures) -> String {
    figures.date.map_or_else(String::new, |date| format!("{:04}-{:02}-{:02}", date.year, date.month, date.day))
}

fn made_at(figures: &proto::Figures) -> String {
    figures.made_time.and_then(instant).map_or_else(String::new, local)
}

fn as_json(figures: &proto::Figures) -> Value {
    let cell = |cell: &proto::FigureCell| {
        let mut one = json!({"region_code": cell.region_code, "column_code": cell.column_code, "count": cell.count});
        if let (Some(offer), Value::Object(one)) = (cell.offer, &mut one) {
            one.insert("openings".to_owned(), offer.openings.into());
            one.insert("homes".to_owned(), offer.homes.into());
            one.insert("people_per_hundred_openings".to_owned(), offer.people_per_hundred_openings.into());
        }
        one
    };
    let margin = |line: &proto::FigureCell| {
        let mut one = cell(line);
        if let Value::Object(one) = &mut one {
            one.insert("cells_withheld".to_owned(), line.cells_withheld.into());
        }
        one
    };
    let method = figures.method.unwrap_or_default();
    json!({
        "table": figures.table().as_str_name().trim_start_matches("FIGURE_TABLE_"),
        "date": day(figures),
        "made_time": made_at(figures),
        "threshold": method.threshold,
        "rounded_to": method.rounded_to,
        "cells": figures.cells.iter().map(cell).collect::<Vec<_>>(),
        "region_margins": figures.region_margins.iter().map(margin).collect::<Vec<_>>(),
        "column_margins": figures.column_margins.iter().map(margin).collect::<Vec<_>>(),
        "total": figures.total.as_ref().map(margin),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(region: &str, column: &str, count: Option<i32>, offer: Option<(i32, i32, Option<i32>)>) -> proto::FigureCell {
        let offer =
            offer.map(|(openings, homes, people_per_hundred_openings)| proto::FigureOffer { openings, homes, people_per_hundred_openings });
        proto::FigureCell { region_code: region.to_owned(), column_code: column.to_owned(), count, offer, cells_withheld: 0 }
    }

    fn figures(table: FigureTable, columns: [&str; 2], cells: [Option<i32>; 4]) -> proto::Figures {
        let [one, two, three, four] = cells;
        let [first, second] = columns;
        proto::Figures {
            table: table.into(),
            date: Some(date("2026-11-27".parse().unwrap())),
            made_time: Some(crate::api::timestamp("2026-11-26T19:00:05Z".parse().unwrap())),
            method: Some(proto::FigureMethod { threshold: 10, rounded_to: 5 }),
            cells: vec![
                cell("KZ-10", first, one, None),
                cell("KZ-10", second, two, None),
                cell("KZ-75", first, three, None),
                cell("KZ-75", second, four, None),
            ],
            region_margins: vec![cell("KZ-10", "", one.or(two), None), cell("KZ-75", "", three.or(four), None)],
            column_margins: vec![cell("", first, one.or(three), None), cell("", second, two.or(four), None)],
            total: Some(cell("", "", one.or(two).or(three).or(four), None)),
        }
    }

    fn has(text: &str, lines: &[&str]) {
        for line in lines {
            assert!(text.lines().any(|found| found == *line), "{line:?} in:\n{text}");
        }
    }

    #[test]
    fn shortage_has_a_line_where_there_is_anything_and_says_what_is_withheld() {
        let mut asked = figures(FigureTable::Shortage, ["22", "23"], [None, None, Some(10), None]);
        let offers = [Some((8, 3, None)), Some((0, 0, None)), Some((40, 0, Some(25))), Some((0, 0, None))];
        for (cell, (openings, homes, people_per_hundred_openings)) in asked.cells.iter_mut().zip(offers.into_iter().flatten()) {
            cell.offer = Some(proto::FigureOffer { openings, homes, people_per_hundred_openings });
        }
        asked.region_margins[0].offer = asked.cells[0].offer;
        let text = as_text(&asked);
        has(
            &text,
            &[
                "2026-11-27, made at 2026-11-27T00:00:05+05:00",
                "region  group  openings  homes  people  people per 100 openings",
                "KZ-10      22         8      3     <10                       -",
                "KZ-10     all         8      3     <10                       -",
                "KZ-75      22        40      0      10                      25",
            ],
        );
        assert!(!text.contains("KZ-10      23"), "{text}");
    }

    #[test]
    fn arrivals_have_a_line_a_week_and_no_region_that_shows_nothing() {
        let text = as_text(&figures(FigureTable::Arrivals, ["2026-W46", "2026-W47"], [None, None, Some(1250), None]));
        has(&text, &["week      KZ-75    all", "2026-W46   1250   1250", "2026-W47    <10    <10", "all        1250   1250"]);
    }

    #[test]
    fn a_funnel_has_a_line_a_region_that_shows_anything() {
        let text = as_text(&figures(FigureTable::MatchFunnel, ["PROPOSED", "WITHDRAWN"], [Some(10), None, None, None]));
        has(
            &text,
            &[
                "region   proposed  withdrawn        all",
                "KZ-10          10        <10         10",
                "all            10        <10         10",
                "<10: none to 9; every other count is rounded to 5. A sum has only those counts that are shown.",
            ],
        );
        assert!(!text.contains("KZ-75"), "{text}");
    }

    #[test]
    fn json_tells_withheld_from_shown() {
        let mut asked = figures(FigureTable::MatchFunnel, ["PROPOSED", "WITHDRAWN"], [Some(10), None, None, None]);
        let told = as_json(&asked);
        assert_eq!(
            (&told["table"], &told["cells"][0]["count"], &told["cells"][1]["count"]),
            (&json!("MATCH_FUNNEL"), &json!(10), &Value::Null)
        );
        assert_eq!(told["cells"][0].get("openings"), None);
        asked.cells[0].offer = Some(proto::FigureOffer { openings: 4, homes: 0, people_per_hundred_openings: None });
        assert_eq!(as_json(&asked)["cells"][0]["openings"], 4);
    }
}
