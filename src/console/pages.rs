//! What each page shows.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use serde::Deserialize;
use serde_json::Value;
use strum::{EnumIter, IntoStaticStr};

use super::{
    calls,
    history::{History, value},
    programme,
    view::{Cell, Column, Field, Form, Page, Plot, Row, Section, Table, Tile},
    words::Words,
};
use crate::{
    error::Result,
    gate::Registry,
    programme::{Measure, Newest},
    telemetry::{
        log,
        names::{self, INSTRUMENTS, Kind},
        scrape::scrape,
        traces::{self, Trace},
    },
    time::Instant,
};

/// The pages, in the order of the menu.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, IntoStaticStr, strum::EnumString)]
#[strum(serialize_all = "lowercase")]
pub enum Name {
    /// Whether clerks are served, and what wants looking after.
    Today,
    /// Who came, and who waits.
    Arrivals,
    /// What ends soon.
    Stays,
    /// Where people and work are.
    Regions,
    /// What becomes of proposals.
    Matching,
    /// Calls by method.
    Rpc,
    /// Single calls.
    Traces,
    /// The log.
    Logs,
    /// The process.
    System,
}

impl Name {
    /// As in addresses.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Where the page is.
    pub fn path(self) -> String {
        if self == Self::Today { "/".to_owned() } else { format!("/{}", self.as_str()) }
    }
}

/// What a page is asked for.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Asked {
    /// The language, to stay with.
    pub lang: Option<String>,
    /// Calls of this method.
    pub method: Option<String>,
    /// Calls with this status code.
    pub code: Option<String>,
    /// Calls that took at least so many milliseconds.
    pub least_ms: Option<String>,
    /// The call with this trace.
    pub id: Option<String>,
    /// Lines of this level, or graver.
    pub level: Option<String>,
}

/// Where the numbers come from.
#[derive(Debug, Clone)]
pub struct Sources {
    /// The registry, for figures.
    pub registry: Registry,
    /// What was measured lately.
    pub history: Arc<History>,
    /// The numbers of the programme.
    pub programme: Newest,
}

/// Makes a page.
///
/// # Errors
/// Figures could not be read.
pub async fn page(name: Name, asked: &Asked, from: &Sources, words: Words) -> Result<Page> {
    let sections = match name {
        Name::Today => today(from, words),
        Name::Arrivals => programme::arrivals(from, words).await?,
        Name::Stays => programme::stays(from, words),
        Name::Regions => programme::regions(from, words).await?,
        Name::Matching => programme::matching(from, words).await?,
        Name::Rpc => calls::sections(from, asked, words),
        Name::Traces => traces(asked, words),
        Name::Logs => logs(asked, words),
        Name::System => system(words),
    };
    let text = |part: &str| words.text(&format!("{part}-{}", name.as_str()));
    Ok(Page { name: name.as_str(), title: text("page"), lead: text("lead"), sections })
}

/// The part of the calls that may fail, as in the rules of `deploy/observability`.
const BUDGET: f64 = 0.001;

fn today(from: &Sources, words: Words) -> Vec<Section> {
    let (hour, lately) = (from.history.last(3600), from.history.last(300));
    let answered = hour.answered();
    let left = answered.map(|answered| 1.0 - (1.0 - answered) / BUDGET);
    let percent = |part: Option<f64>| part.map_or("–".to_owned(), |part| format!("{} %", words.number(part * 100.0, 2)));
    let rate = lately.of(|_, _| true).total() / lately.seconds.max(1.0);
    let p95 = lately.of(|method, _| names::is_of_objectives(method)).quantile(0.95);
    let tile = |key: &'static str, value: Value, shown: String, warns: bool| Tile {
        key,
        label: words.text(&format!("tile-{key}")),
        value,
        shown,
        warns,
    };
    let programme = from.programme.get();
    let numbers = |measure: Measure| programme.as_ref().and_then(|programme| programme.of(measure));
    // A sum has what is shown alone, so that one of nothing is not a count under 10.
    let people = |key: &'static str, count: Option<i32>| {
        tile(key, count.into(), count.map_or_else(|| words.text("not-shown"), |count| words.number(count.into(), 0)), false)
    };
    let logged = |level: &str| {
        let name = names::LOG_EVENTS.exposed();
        scrape().iter().filter(|sample| sample.name == name && sample.label("level") == level).map(|sample| sample.value).sum::<f64>() + 0.0
    };
    let errors = logged("ERROR");
    let tiles = vec![
        tile("answered", answered.into(), percent(answered), answered.is_some_and(|answered| answered < 1.0 - BUDGET)),
        tile("budget_left", left.into(), percent(left), left.is_some_and(|left| left < 0.0)),
        tile("calls_per_second", rate.into(), words.number(rate, 1), false),
        tile("p95_seconds", p95.into(), words.lasted_if(p95).shown, p95.is_some_and(|p95| p95 > 0.5)),
        tile("shed", hour.shed.into(), words.number(hour.shed, 0), hour.shed > 0.0),
        tile("errors_logged", errors.into(), words.number(errors, 0), errors > 0.0),
        people("arrivals_today", numbers(Measure::Arrivals).and_then(|numbers| numbers.sum(""))),
        people("waiting", numbers(Measure::Tickets).and_then(|numbers| numbers.sum("WAITING"))),
        people("stays_end_in_7_days", numbers(Measure::Dues).and_then(|numbers| numbers.at("STAY_ENDS", "7"))),
        people("registrations", numbers(Measure::Registrations).and_then(|numbers| numbers.sum(""))),
    ];
    let steps = from.history.steps(60);
    let rows = steps
        .iter()
        .map(|(at, span)| vec![words.at(*at), words.counted(span.of(|_, _| true).total() / span.seconds.max(1.0), 1)])
        .collect();
    let table = table(words, "calls_lately", &["time", "calls_per_second"], rows);
    vec![Section::Tiles(tiles), Section::Figure { plot: Plot::Lines, table }, Section::Table(last_errors(words))]
}

/// Warnings and errors of the newest lines, each message once with how often.
fn last_errors(words: Words) -> Table {
    let mut found: Vec<(Value, u32)> = Vec::new();
    for line in lines().into_iter().rev().filter(|line| rank(line) <= 1) {
        match found.iter_mut().find(|(known, _)| known.get("message") == line.get("message") && known.get("target") == line.get("target")) {
            Some((_, count)) => *count += 1,
            None => found.push((line, 1)),
        }
    }
    let text = |line: &Value, key: &str| line.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let rows = found.into_iter().take(50).map(|(line, count)| {
        let cell = |key: &str| words.said(&text(&line, key), &text(&line, key));
        vec![cell("timestamp"), cell("level"), cell("message"), cell("target"), words.counted(count.into(), 0)]
    });
    table(words, "last_errors", &["time", "level", "message", "target", "times"], rows.collect())
}

/// A table whose columns are called by keys of the words.
pub fn table(words: Words, key: &'static str, columns: &[&str], rows: Vec<Row>) -> Table {
    let columns = columns.iter().map(|key| Column { key: (*key).to_owned(), label: words.text(&format!("column-{key}")) });
    Table { key, caption: words.text(&format!("table-{key}")), columns: columns.collect(), rows }
}

fn traces(asked: &Asked, words: Words) -> Vec<Section> {
    let all = traces::recent();
    if let Some(id) = &asked.id {
        let rows = all.iter().find(|trace| trace.id == *id).map(|trace| waterfall(trace, words)).unwrap_or_default();
        let table = table(words, "trace", &["what", "begun", "took", "failed"], rows);
        return vec![Section::Figure { plot: Plot::Waterfall, table }];
    }
    let wanted = |asked: &Option<String>| asked.clone().filter(|text| !text.is_empty());
    let (method, code) = (wanted(&asked.method), wanted(&asked.code));
    let least = Duration::from_millis(asked.least_ms.as_deref().and_then(|text| text.parse().ok()).unwrap_or(0));
    let any = (String::new(), words.text("any"));
    let options = |pick: &dyn Fn(&Trace) -> String| {
        let mut found: Vec<String> = all.iter().map(|trace| pick(trace)).collect();
        found.sort();
        found.dedup();
        std::iter::once(any.clone()).chain(found.into_iter().map(|one| (one.clone(), one))).collect::<Vec<_>>()
    };
    let called = |trace: &Trace| trace.spans.first().map(|call| (call.name.clone(), call.code.clone())).unwrap_or_default();
    let field = |name: &'static str, value: Option<&String>, options| Field {
        name,
        label: words.text(&format!("column-{name}")),
        value: value.cloned().unwrap_or_default(),
        options,
    };
    let form = Form {
        fields: vec![
            field("method", method.as_ref(), options(&|trace| called(trace).0)),
            field("code", code.as_ref(), options(&|trace| called(trace).1)),
            field("least_ms", asked.least_ms.as_ref(), Vec::new()),
        ],
        submit: words.text("show"),
    };
    let rows = all.iter().filter(|trace| {
        let (its_method, its_code) = called(trace);
        method.as_ref().is_none_or(|method| *method == its_method)
            && code.as_ref().is_none_or(|code| *code == its_code)
            && trace.took() >= least
    });
    let rows = rows.map(|trace| {
        let (method, code) = called(trace);
        let kept: &str = trace.kept.into();
        let id = Cell { value: trace.id.clone().into(), shown: trace.id.clone(), link: Some(format!("/traces?id={}", trace.id)) };
        let statements = u32::try_from(trace.spans.len().saturating_sub(1)).unwrap_or(u32::MAX);
        vec![
            id,
            words.at(instant(trace.at)),
            words.said(&method, &method),
            words.said(&code, &code),
            words.lasted(trace.took()),
            words.counted(statements.into(), 0),
            words.said(kept, &words.text(&format!("kept-{kept}"))),
        ]
    });
    let columns = ["trace", "time", "method", "code", "took", "statements", "kept"];
    vec![Section::Form(form), Section::Table(table(words, "traces", &columns, rows.collect()))]
}

fn instant(at: SystemTime) -> Instant {
    at.into()
}

fn waterfall(trace: &Trace, words: Words) -> Vec<Row> {
    let row = |span: &traces::Span| {
        let failed = if span.failed { "yes" } else { "no" };
        vec![
            words.said(&span.name, &span.name),
            words.lasted(span.begun),
            words.lasted(span.took),
            Cell { value: span.failed.into(), shown: words.text(failed), link: None },
        ]
    };
    trace.spans.iter().map(row).collect()
}

/// The newest lines of the log.
fn lines() -> Vec<Value> {
    log::recent().iter().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

const LEVELS: [&str; 4] = ["ERROR", "WARN", "INFO", "DEBUG"];

/// How grave a line is; 0 is the gravest.
fn rank(line: &Value) -> usize {
    let level = line.get("level").and_then(Value::as_str).unwrap_or_default();
    LEVELS.iter().position(|known| *known == level).unwrap_or(LEVELS.len())
}

fn logs(asked: &Asked, words: Words) -> Vec<Section> {
    let level = asked.level.clone().filter(|level| LEVELS.contains(&level.as_str())).unwrap_or_else(|| "DEBUG".to_owned());
    let most = LEVELS.iter().position(|known| *known == level).unwrap_or(LEVELS.len());
    let options = LEVELS.iter().map(|level| ((*level).to_owned(), (*level).to_owned())).collect();
    let form = Form {
        fields: vec![Field { name: "level", label: words.text("column-level"), value: level, options }],
        submit: words.text("show"),
    };
    let filter = Tile { key: "filter", label: words.text("tile-filter"), value: log::filter().into(), shown: log::filter(), warns: false };
    vec![Section::Tiles(vec![filter]), Section::Form(form), Section::Log(lines().into_iter().filter(|line| rank(line) <= most).collect())]
}

fn system(words: Words) -> Vec<Section> {
    let samples = scrape();
    let rows = INSTRUMENTS.iter().filter(|one| one.kind != Kind::Histogram && !programme::is_about_people(**one)).flat_map(|instrument| {
        let name = instrument.exposed();
        let label = words.text(&format!("metric-{}", instrument.name.replace(['.', '_'], "-")));
        let own = samples.iter().filter(move |sample| sample.name == name);
        own.map(move |sample| {
            let labels: Vec<&str> = sample.labels.iter().map(|(_, value)| value.as_str()).collect();
            let shown = match instrument.unit {
                "s" => words.lasted(Duration::from_secs_f64(sample.value.max(0.0))),
                "By" => Cell {
                    shown: format!("{} {}", words.number(sample.value / 1_048_576.0, 1), words.text("unit-mib")),
                    ..words.counted(sample.value, 0)
                },
                _ => words.counted(sample.value, 0),
            };
            vec![words.said(instrument.name, &label), words.said(&labels.join(" "), &labels.join(" ")), shown]
        })
    });
    let version = env!("CARGO_PKG_VERSION");
    let uptime = Duration::from_secs_f64(value(&samples, names::UPTIME).max(0.0));
    let tiles = vec![
        Tile { key: "version", label: words.text("tile-version"), value: version.into(), shown: version.to_owned(), warns: false },
        Tile {
            key: "uptime_seconds",
            label: words.text("tile-uptime_seconds"),
            value: uptime.as_secs().into(),
            shown: words.duration(uptime),
            warns: false,
        },
    ];
    vec![Section::Tiles(tiles), Section::Table(table(words, "measured", &["what", "of", "number"], rows.collect()))]
}
