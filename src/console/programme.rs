//! The pages of the programme: numbers of [`crate::programme`] and tables of [`crate::figures`], which are protected before they come here.

use strum::IntoEnumIterator as _;

use super::{
    pages::{Sources, table},
    view::{Plot, Row, Section},
    words::Words,
};
use crate::{
    classifiers::Region,
    error::Result,
    figures::{FigureTable, Figures, operations, rules},
    matches::MatchState::{self, Accepted, Arrived, Declined, Ended, Lapsed, Proposed, Withdrawn},
    programme::{Measure, Numbers},
    telemetry::names::{self, Instrument},
};

/// Whether an instrument has a page of its own among these.
pub fn is_about_people(instrument: Instrument) -> bool {
    [names::REGISTRATIONS, names::ARRIVALS, names::TICKETS, names::DUES, names::PERMITS, names::MATCHES, names::OPENINGS, names::HOMES]
        .contains(&instrument)
}

fn numbers(from: &Sources, measure: Measure) -> Option<Numbers> {
    from.programme.get().and_then(|programme| programme.of(measure).cloned())
}

/// The rows of a measure with their names; `kind` is how the words call them.
fn rows(numbers: Option<&Numbers>, kind: &str, words: Words) -> Vec<Row> {
    let Some(numbers) = numbers else { return Vec::new() };
    let named = numbers.rows.iter().zip(&numbers.cells);
    named
        .map(|(row, cells)| {
            let name = words.said(row, &words.text(&format!("{kind}-{row}")));
            std::iter::once(name).chain(cells.iter().map(|count| words.protected(*count))).collect()
        })
        .collect()
}

/// Those of the rows that have something to show.
fn shown(rows: Vec<Row>) -> Vec<Row> {
    rows.into_iter().filter(|row| row.iter().skip(1).any(|cell| cell.number() > 0.0)).collect()
}

/// Who came, and who waits.
pub async fn arrivals(from: &Sources, words: Words) -> Result<Vec<Section>> {
    let weeks = operations::newest(&from.registry, FigureTable::Arrivals).await?;
    let by_week = weeks.iter().flat_map(|weeks| weeks.columns.iter().zip(&weeks.people.columns));
    let by_week = by_week.map(|(week, count)| vec![words.said(week, week), words.protected(*count)]).collect();
    let today = rows(numbers(from, Measure::Arrivals).as_ref(), "region", words);
    let tickets = rows(numbers(from, Measure::Tickets).as_ref(), "region", words);
    let states = ["region", "ticket_waiting", "ticket_held", "ticket_served", "ticket_no_show"];
    Ok(vec![
        Section::Figure { plot: Plot::Bars, table: table(words, "arrivals_by_week", &["week", "people"], by_week) },
        Section::Figure { plot: Plot::Bars, table: table(words, "arrivals_today", &["region", "people"], shown(today)) },
        Section::Table(table(words, "queues", &states, tickets)),
    ])
}

/// What ends soon.
pub fn stays(from: &Sources, words: Words) -> Vec<Section> {
    let dues = rows(numbers(from, Measure::Dues).as_ref(), "due", words);
    let permits = rows(numbers(from, Measure::Permits).as_ref(), "permit", words);
    vec![
        Section::Figure { plot: Plot::Bars, table: table(words, "dues", &["due", "within_7", "within_14", "within_30"], dues) },
        Section::Figure { plot: Plot::Bars, table: table(words, "permits", &["state", "permits"], permits) },
    ]
}

/// Where people and work are.
pub async fn regions(from: &Sources, words: Words) -> Result<Vec<Section>> {
    let shortage = operations::newest(&from.registry, FigureTable::Shortage).await?;
    let (openings, homes) = (numbers(from, Measure::Openings), numbers(from, Measure::Homes));
    let count = |numbers: &Option<Numbers>, at: usize| numbers.as_ref().and_then(|numbers| *numbers.cells.get(at)?.first()?);
    let people = |at: usize| shortage.as_ref().and_then(|shortage: &Figures| *shortage.people.rows.get(at)?);
    let rows = Region::iter().enumerate().map(|(at, region)| {
        let (openings, seekers) = (count(&openings, at), people(at));
        let ratio = openings.and_then(|openings| rules::people_per_hundred_openings(seekers, openings));
        let name = words.text(&format!("region-{}", region.code()));
        vec![
            words.said(region.code(), region.code()),
            words.said(&name, &name),
            words.protected(openings),
            words.protected(count(&homes, at)),
            words.protected(seekers),
            words.protected(ratio),
        ]
    });
    let columns = ["region_code", "region", "openings", "homes", "seekers", "seekers_per_100"];
    Ok(vec![Section::Figure { plot: Plot::Regions, table: table(words, "regions", &columns, rows.collect()) }])
}

/// What becomes of proposals.
pub async fn matching(from: &Sources, words: Words) -> Result<Vec<Section>> {
    let registered = numbers(from, Measure::Registrations).and_then(|numbers| numbers.sum(""));
    let matches = numbers(from, Measure::Matches);
    let state = |state: MatchState| matches.as_ref()?.at(state.into(), "");
    let row = |key: &str, count: Option<i32>| vec![words.said(key, &words.text(&format!("match-{key}"))), words.protected(count)];
    // A funnel: whoever came further passed the steps before.
    let further = |states: &[MatchState]| states.iter().filter_map(|one| state(*one)).reduce(|sum, count| sum + count);
    let funnel = vec![
        row("REGISTERED", registered),
        row("PROPOSED", further(&[Proposed, Accepted, Arrived, Ended, Declined, Withdrawn, Lapsed])),
        row("ACCEPTED", further(&[Accepted, Arrived, Ended])),
        row("ARRIVED", further(&[Arrived, Ended])),
    ];
    let lost = [Declined, Withdrawn, Lapsed, Ended].map(|one| row(one.into(), state(one))).to_vec();
    let figures = operations::newest(&from.registry, FigureTable::MatchFunnel).await?;
    let by_region = figures.iter().flat_map(|figures| figures.regions.iter().zip(&figures.people.cells)).map(|(region, cells)| {
        let name = words.said(region.code(), &words.text(&format!("region-{}", region.code())));
        std::iter::once(name).chain(cells.iter().map(|count| words.protected(*count))).collect()
    });
    let states: Vec<String> = MatchState::iter().map(|state| format!("match_{}", <&'static str>::from(state).to_lowercase())).collect();
    let columns: Vec<&str> = std::iter::once("region").chain(states.iter().map(String::as_str)).collect();
    Ok(vec![
        Section::Figure { plot: Plot::Bars, table: table(words, "funnel", &["step", "people"], funnel) },
        Section::Figure { plot: Plot::Bars, table: table(words, "lost", &["state", "people"], lost) },
        Section::Table(table(words, "matches_by_region", &columns, by_region.collect())),
    ])
}
