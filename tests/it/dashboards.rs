//! Writes the dashboards of `deploy/observability/dashboards`, for Grafana 10 and later, and holds every expression in `deploy/observability` against the catalogue of
//! names. `ACCEPT=1` writes the files anew; without it they must be what is made here.

use std::{collections::BTreeSet, path::PathBuf};

use promql_parser::{
    label::MatchOp,
    parser::{Expr, LabelModifier, MatrixSelector, parse},
    util::{ExprVisitor, walk_expr},
};
use relocation_registry::telemetry::names::{self, INSTRUMENTS, Instrument, Kind};
use serde_json::{Value, json};

/// How a panel draws.
#[derive(Clone, Copy)]
enum Plot {
    Number,
    Lines,
    HeatMap,
    Table,
    Bars,
}

struct Panel {
    title: &'static str,
    /// One sentence.
    description: &'static str,
    unit: &'static str,
    plot: Plot,
    /// Of 24.
    width: u32,
    /// Expressions with their legends.
    shown: Vec<(String, &'static str)>,
}

fn panel(
    title: &'static str,
    description: &'static str,
    unit: &'static str,
    plot: Plot,
    width: u32,
    shown: Vec<(String, &'static str)>,
) -> Panel {
    Panel { title, description, unit, plot, width, shown }
}

/// The parts of a histogram, or the whole of another instrument, of the instances that are looked at.
fn of(instrument: Instrument, part: &str, more: &str) -> String {
    assert!(part.is_empty() || instrument.kind == Kind::Histogram);
    let more = if more.is_empty() { String::new() } else { format!(",{more}") };
    format!("{}{part}{{instance=~\"$instance\"{more}}}", instrument.exposed())
}

fn rate(series: &str) -> String {
    format!("rate({series}[$__rate_interval])")
}

/// Calls that failed by the server's fault; what a stranger makes up is nobody's call.
fn fault() -> String {
    format!("rpc_status_code=~\"{}\",rpc_method!=\"{}\"", names::FAULTS.join("|"), names::OTHER_METHOD)
}

fn quantile(quantile: &str, instrument: Instrument, by: &str) -> String {
    format!("histogram_quantile({quantile}, sum by (le{by}) ({}))", rate(&of(instrument, "_bucket", "")))
}

fn api() -> Vec<Panel> {
    let calls = |more: &str| rate(&of(names::RPC_DURATION, "_count", more));
    let answered = format!("1 - (sum({}) or vector(0)) / sum({})", calls(&fault()), calls("rpc_method!=\"_OTHER\""));
    let now = |instrument| format!("sum({})", of(instrument, "", ""));
    vec![
        panel(
            "Answered",
            "Part of the calls that did not fail by the server's fault.",
            "percentunit",
            Plot::Number,
            6,
            vec![(answered.clone(), "")],
        ),
        panel("Calls", "Calls a second.", "reqps", Plot::Number, 6, vec![(format!("sum({})", calls("")), "")]),
        panel(
            "95 of 100 within",
            "What 95 of 100 calls take at most.",
            "s",
            Plot::Number,
            6,
            vec![(quantile("0.95", names::RPC_DURATION, ""), "")],
        ),
        panel("Under way", "Calls and open streams that are being worked on.", "short", Plot::Number, 6, vec![(now(names::IN_FLIGHT), "")]),
        panel(
            "Rate by method",
            "Calls a second of each method.",
            "reqps",
            Plot::Lines,
            12,
            vec![(format!("sum by (rpc_method) ({})", calls("")), "{{rpc_method}}")],
        ),
        panel(
            "Server's faults",
            "Calls a second that failed by the server's fault, by method and code.",
            "reqps",
            Plot::Lines,
            12,
            vec![(format!("sum by (rpc_method, rpc_status_code) ({})", calls(&fault())), "{{rpc_method}} {{rpc_status_code}}")],
        ),
        panel(
            "How long calls take",
            "Calls by duration; two bands are two kinds of calls that one average would hide.",
            "s",
            Plot::HeatMap,
            12,
            vec![(format!("sum by (le) ({})", rate(&of(names::RPC_DURATION, "_bucket", ""))), "{{le}}")],
        ),
        panel(
            "50, 95 and 99 of 100",
            "What so many of 100 calls take at most.",
            "s",
            Plot::Lines,
            12,
            vec![
                (quantile("0.5", names::RPC_DURATION, ""), "50"),
                (quantile("0.95", names::RPC_DURATION, ""), "95"),
                (quantile("0.99", names::RPC_DURATION, ""), "99"),
            ],
        ),
        panel(
            "Slowest methods",
            "What 99 of 100 calls of each method take at most.",
            "s",
            Plot::Table,
            12,
            vec![(format!("topk(10, {})", quantile("0.99", names::RPC_DURATION, ", rpc_method")), "{{rpc_method}}")],
        ),
        panel(
            "Answers by code",
            "Calls a second by status code; a clerk's typo is INVALID_ARGUMENT and no fault.",
            "reqps",
            Plot::Lines,
            12,
            vec![(format!("sum by (rpc_status_code) ({})", calls("")), "{{rpc_status_code}}")],
        ),
        panel(
            "Turned away",
            "Calls a second that admission control refused because the house was full.",
            "reqps",
            Plot::Lines,
            8,
            vec![(format!("sum by (instance) ({})", rate(&of(names::SHED, "", ""))), "{{instance}}")],
        ),
        panel(
            "By instance",
            "Calls a second of each instance; balancing is even when the lines lie together.",
            "reqps",
            Plot::Lines,
            8,
            vec![(format!("sum by (instance) ({})", calls("")), "{{instance}}")],
        ),
        panel(
            "Warnings and errors",
            "Lines of the log at these levels, a second.",
            "short",
            Plot::Lines,
            8,
            vec![(format!("sum by (level, target) ({})", rate(&of(names::LOG_EVENTS, "", ""))), "{{level}} {{target}}")],
        ),
    ]
}

#[expect(clippy::too_many_lines, reason = "a table")]
fn storage() -> Vec<Panel> {
    let statements = |more: &str| rate(&of(names::DB_DURATION, "_count", more));
    let used = of(names::DB_CONNECTIONS, "", "db_client_connection_state=\"used\"");
    let by_instance = |instrument: Instrument| format!("max by (instance) ({})", of(instrument, "", ""));
    let rate_by_instance = |instrument: Instrument| format!("sum by (instance) ({})", rate(&of(instrument, "", "")));
    vec![
        panel("Statements", "Database statements a second.", "ops", Plot::Number, 6, vec![(format!("sum({})", statements("")), "")]),
        panel(
            "95 of 100 within",
            "What 95 of 100 statements take at most.",
            "s",
            Plot::Number,
            6,
            vec![(quantile("0.95", names::DB_DURATION, ""), "")],
        ),
        panel(
            "Failed",
            "Statements a second that failed; on PostgreSQL writers that met are among them and are tried again.",
            "ops",
            Plot::Number,
            6,
            vec![(format!("sum({}) or vector(0)", statements("error_type!=\"\"")), "")],
        ),
        panel(
            "Journal",
            "The last position of the journal.",
            "short",
            Plot::Number,
            6,
            vec![(format!("max({})", of(names::POSITION, "", "")), "")],
        ),
        panel(
            "Statements by table",
            "Statements a second by verb and table.",
            "ops",
            Plot::Lines,
            12,
            vec![(
                format!("topk(12, sum by (db_operation_name, db_collection_name) ({}))", statements("")),
                "{{db_operation_name}} {{db_collection_name}}",
            )],
        ),
        panel(
            "Where the database's time goes",
            "Seconds a second that statements take, by verb and table.",
            "s",
            Plot::Lines,
            12,
            vec![(
                format!("topk(12, sum by (db_operation_name, db_collection_name) ({}))", rate(&of(names::DB_DURATION, "_sum", ""))),
                "{{db_operation_name}} {{db_collection_name}}",
            )],
        ),
        panel(
            "How long statements take",
            "Statements by duration.",
            "s",
            Plot::HeatMap,
            12,
            vec![(format!("sum by (le) ({})", rate(&of(names::DB_DURATION, "_bucket", ""))), "{{le}}")],
        ),
        panel(
            "Connections in use",
            "Connections in use and at most, by instance and pool.",
            "short",
            Plot::Lines,
            12,
            vec![
                (format!("sum by (instance, db_client_connection_pool_name) ({used})"), "{{instance}} {{db_client_connection_pool_name}}"),
                (
                    format!("max by (db_client_connection_pool_name) ({})", of(names::DB_CONNECTIONS_MAX, "", "")),
                    "at most {{db_client_connection_pool_name}}",
                ),
            ],
        ),
        panel(
            "Waiting for the writer",
            "Units of work that wait for the one writer of the embedded database.",
            "short",
            Plot::Lines,
            8,
            vec![(by_instance(names::DB_PENDING), "{{instance}}")],
        ),
        panel(
            "Write-ahead log",
            "Size of the write-ahead log of the embedded database.",
            "bytes",
            Plot::Lines,
            8,
            vec![(by_instance(names::WAL_SIZE), "{{instance}}")],
        ),
        panel(
            "Entries of the journal",
            "Entries a second that get their position.",
            "ops",
            Plot::Lines,
            8,
            vec![(format!("max(deriv({}[$__rate_interval]))", of(names::POSITION, "", "")), "entries")],
        ),
        panel("Memory", "Physical memory of each instance.", "bytes", Plot::Lines, 6, vec![(by_instance(names::MEMORY), "{{instance}}")]),
        panel(
            "Processor",
            "Processors that each instance uses.",
            "short",
            Plot::Lines,
            6,
            vec![(rate_by_instance(names::CPU), "{{instance}}")],
        ),
        panel(
            "Runtime",
            "Part of the time that the runtime's threads are busy.",
            "percentunit",
            Plot::Lines,
            6,
            vec![(format!("{} / {}", rate_by_instance(names::TOKIO_BUSY), by_instance(names::TOKIO_WORKERS)), "{{instance}}")],
        ),
        panel(
            "Tasks and files",
            "Live tasks, tasks that wait for a thread, open files and sockets.",
            "short",
            Plot::Lines,
            6,
            vec![
                (by_instance(names::TOKIO_TASKS), "tasks {{instance}}"),
                (by_instance(names::TOKIO_QUEUE), "waiting {{instance}}"),
                (by_instance(names::FILES), "files {{instance}}"),
            ],
        ),
        panel("Running for", "How long each instance runs.", "s", Plot::Table, 12, vec![(by_instance(names::UPTIME), "{{instance}}")]),
        panel(
            "Traces not kept",
            "Traces that the console did not keep because it was busy, a second.",
            "short",
            Plot::Lines,
            12,
            vec![(rate_by_instance(names::TRACES_DROPPED), "{{instance}}")],
        ),
    ]
}

fn programme() -> Vec<Panel> {
    // Every replica counts the same database, so the largest is the number.
    let by = |label: &str, instrument: Instrument, more: &str| format!("max by ({label}) ({})", of(instrument, "", more));
    let all = |instrument: Instrument| format!("max({})", of(instrument, "", ""));
    let sum = |label: &str, instrument: Instrument| format!("sum({})", by(label, instrument, ""));
    vec![
        panel(
            "Registered",
            "People registered, to the nearest 5; nothing under 10.",
            "short",
            Plot::Number,
            6,
            vec![(all(names::REGISTRATIONS), "")],
        ),
        panel(
            "Came today",
            "People registered today in regions where they are 10 or more, to the nearest 5.",
            "short",
            Plot::Number,
            6,
            vec![(sum("region", names::ARRIVALS), "")],
        ),
        panel("Openings", "Openings of open vacancies.", "short", Plot::Number, 6, vec![(sum("region", names::OPENINGS), "")]),
        panel("Homes", "Homes that come with open vacancies.", "short", Plot::Number, 6, vec![(sum("region", names::HOMES), "")]),
        panel(
            "Came today, by region",
            "People registered today, to the nearest 5; regions under 10 are not shown.",
            "short",
            Plot::Bars,
            12,
            vec![(by("region", names::ARRIVALS, ""), "{{region}}")],
        ),
        panel(
            "Queues",
            "Today's tickets that wait, by region, to the nearest 5; under 10 not shown.",
            "short",
            Plot::Lines,
            12,
            vec![(by("region", names::TICKETS, "state=\"WAITING\""), "{{region}}")],
        ),
        panel(
            "Tickets today",
            "Today's tickets by state.",
            "short",
            Plot::Lines,
            12,
            vec![(format!("sum by (state) ({})", by("region, state", names::TICKETS, "")), "{{state}}")],
        ),
        panel(
            "Due within",
            "What is due within 7, 14 and 30 days, by kind.",
            "short",
            Plot::Table,
            12,
            vec![(by("kind, days", names::DUES, ""), "{{kind}} {{days}}")],
        ),
        panel("Permits", "Permits by state.", "short", Plot::Lines, 12, vec![(by("state", names::PERMITS, ""), "{{state}}")]),
        panel("Matches", "Matches by state.", "short", Plot::Lines, 12, vec![(by("state", names::MATCHES, ""), "{{state}}")]),
        panel(
            "Openings and homes by region",
            "What open vacancies offer.",
            "short",
            Plot::Bars,
            18,
            vec![(by("region", names::OPENINGS, ""), "openings {{region}}"), (by("region", names::HOMES, ""), "homes {{region}}")],
        ),
        panel(
            "Counted",
            "How long ago these numbers were counted; every quarter of an hour is meant.",
            "s",
            Plot::Number,
            6,
            vec![(format!("min({})", of(names::PROGRAMME_AGE, "", "")), "")],
        ),
    ]
}

fn boards() -> [(&'static str, &'static str, Vec<Panel>); 3] {
    [
        ("api", "Relocation registry: calls", api()),
        ("storage", "Relocation registry: storage and process", storage()),
        ("programme", "Relocation registry: programme", programme()),
    ]
}

fn drawn(panel: &Panel, id: usize, (x, y): (u32, u32), height: u32) -> Value {
    let source = json!({ "type": "prometheus", "uid": "${datasource}" });
    let instant = matches!(panel.plot, Plot::Number | Plot::Table | Plot::Bars);
    let targets: Vec<Value> = panel
        .shown
        .iter()
        .enumerate()
        .map(|(at, (expr, legend))| {
            json!({
                "datasource": source, "expr": expr, "legendFormat": legend, "instant": instant, "range": !instant,
                "format": if matches!(panel.plot, Plot::HeatMap) { "heatmap" } else { "time_series" },
                "exemplar": matches!(panel.plot, Plot::HeatMap), "refId": char::from(b'A' + u8::try_from(at).unwrap()).to_string(),
            })
        })
        .collect();
    let (kind, options) = match panel.plot {
        Plot::Number => ("stat", json!({ "reduceOptions": { "calcs": ["lastNotNull"] }, "colorMode": "none", "graphMode": "none" })),
        Plot::Lines => {
            ("timeseries", json!({ "legend": { "displayMode": "table", "placement": "bottom", "calcs": ["lastNotNull", "max"] } }))
        }
        Plot::HeatMap => ("heatmap", json!({ "calculate": false, "yAxis": { "unit": panel.unit }, "exemplars": { "color": "orange" } })),
        Plot::Table => {
            ("bargauge", json!({ "reduceOptions": { "calcs": ["lastNotNull"] }, "orientation": "horizontal", "displayMode": "basic" }))
        }
        Plot::Bars => {
            ("bargauge", json!({ "reduceOptions": { "calcs": ["lastNotNull"] }, "orientation": "horizontal", "displayMode": "gradient" }))
        }
    };
    json!({
        "id": id, "type": kind, "title": panel.title, "description": panel.description, "datasource": source,
        "gridPos": { "x": x, "y": y, "w": panel.width, "h": height }, "targets": targets, "options": options,
        "fieldConfig": { "defaults": { "unit": panel.unit, "min": 0 }, "overrides": [] },
    })
}

fn board(uid: &str, title: &str, panels: &[Panel]) -> String {
    let (mut drawn_panels, mut x, mut y, mut row) = (Vec::new(), 0, 0, 0);
    for (at, panel) in panels.iter().enumerate() {
        let height = if matches!(panel.plot, Plot::Number) { 4 } else { 8 };
        if x + panel.width > 24 {
            (x, y, row) = (0, y + row, 0);
        }
        drawn_panels.push(drawn(panel, at + 1, (x, y), height));
        (x, row) = (x + panel.width, row.max(height));
    }
    let variables = json!({ "list": [
        { "name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus" },
        { "name": "instance", "label": "Instance", "type": "query", "datasource": { "type": "prometheus", "uid": "${datasource}" },
          "query": { "query": format!("label_values({}, instance)", names::UPTIME.exposed()), "refId": "instance" },
          "refresh": 2, "multi": true, "includeAll": true, "allValue": ".*", "current": { "text": "All", "value": "$__all" } },
    ] });
    let made = json!({
        "uid": format!("relocreg-{uid}"), "title": title, "tags": ["relocreg"], "schemaVersion": 39, "version": 1, "editable": false,
        "timezone": "browser", "refresh": "30s", "time": { "from": "now-3h", "to": "now" }, "templating": variables, "panels": drawn_panels,
        "annotations": { "list": [] }, "links": [{ "title": "Registry", "type": "dashboards", "tags": ["relocreg"], "asDropdown": false }],
    });
    format!("{made:#}\n")
}

fn observability(file: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("deploy/observability").join(file)
}

/// The names of series and labels in an expression.
#[derive(Default)]
struct Named {
    series: BTreeSet<String>,
    labels: BTreeSet<String>,
}

impl ExprVisitor for Named {
    type Error = std::convert::Infallible;

    fn pre_visit(&mut self, expr: &Expr) -> Result<bool, Self::Error> {
        if let Expr::VectorSelector(selector) | Expr::MatrixSelector(MatrixSelector { vs: selector, .. }) = expr {
            self.series.extend(selector.name.clone());
            for matcher in &selector.matchers.matchers {
                assert!(!matches!(matcher.op, MatchOp::Equal) || matcher.name != "job" || matcher.value == "relocreg", "{matcher}");
                self.labels.insert(matcher.name.clone());
            }
        }
        if let Expr::Aggregate(aggregate) = expr
            && let Some(LabelModifier::Include(by) | LabelModifier::Exclude(by)) = &aggregate.modifier
        {
            self.labels.extend(by.labels.iter().cloned());
        }
        Ok(true)
    }
}

fn named(expr: &str) -> Named {
    let plain = expr.replace("$__rate_interval", "5m").replace("$instance", ".*");
    let parsed = parse(&plain).unwrap_or_else(|failed| panic!("{expr}: {failed}"));
    let mut named = Named::default();
    let _walked = walk_expr(&mut named, &parsed).unwrap();
    named
}

/// Every series that a scrape can have, with the labels that it can have.
fn known() -> Vec<(String, BTreeSet<String>)> {
    let mut known = vec![
        ("up".to_owned(), BTreeSet::new()),
        ("target_info".to_owned(), BTreeSet::from(["service_name".to_owned(), "service_version".to_owned()])),
    ];
    for instrument in INSTRUMENTS {
        let parts: &[&str] = if instrument.kind == Kind::Histogram { &["_bucket", "_sum", "_count"] } else { &[""] };
        let labels: BTreeSet<String> = instrument.labels.iter().map(|label| names::escaped(label)).chain(["le".to_owned()]).collect();
        known.extend(parts.iter().map(|part| (format!("{}{part}", instrument.exposed()), labels.clone())));
    }
    known
}

/// Asserts that an expression names nothing that is not measured. `recorded` are the names of recording rules, `given` the labels
/// that rules add.
fn assert_known(place: &str, expr: &str, recorded: &BTreeSet<String>, given: &BTreeSet<String>) {
    let named = named(expr);
    assert!(!named.series.is_empty(), "{place}: {expr} asks for nothing");
    let mut labels: BTreeSet<String> = given.iter().cloned().chain(["instance", "job"].map(str::to_owned)).collect();
    for series in &named.series {
        if recorded.contains(series) {
            // What a recording rule keeps was held against the catalogue where it is made.
            labels.extend(INSTRUMENTS.iter().flat_map(|one| one.labels).map(|label| names::escaped(label)));
            continue;
        }
        let known = known().into_iter().find(|(name, _)| name == series).unwrap_or_else(|| panic!("{place}: {series} is not measured"));
        labels.extend(known.1);
    }
    for label in &named.labels {
        assert!(labels.contains(label), "{place}: {label} is no label of {:?}", named.series);
    }
}

#[test]
fn the_dashboards_are_as_they_are_made_here_and_name_only_what_is_measured() {
    let mut shown = BTreeSet::new();
    for (name, title, panels) in boards() {
        let titles: BTreeSet<&str> = panels.iter().map(|panel| panel.title).collect();
        assert_eq!(titles.len(), panels.len(), "{name}: each panel has a title of its own");
        for panel in &panels {
            assert!(panel.description.ends_with('.') && !panel.unit.is_empty(), "{name}: {}", panel.title);
            for (expr, _) in &panel.shown {
                assert_known(&format!("{name}: {}", panel.title), expr, &BTreeSet::new(), &BTreeSet::new());
                assert!(!expr.contains("rate(") || expr.contains("[$__rate_interval]"), "{name}: {}", panel.title);
                shown.extend(named(expr).series);
            }
        }
        crate::harness::assert_same(&observability(&format!("dashboards/{name}.json")), &board(name, title, &panels));
    }
    // What is measured can be looked at somewhere.
    for instrument in INSTRUMENTS {
        assert!(shown.iter().any(|series| series.starts_with(&instrument.exposed())), "no dashboard shows {}", instrument.name);
    }
}

#[test]
fn the_rules_name_only_what_is_measured() {
    let (mut rules, mut labels) = (Vec::new(), BTreeSet::new());
    for file in std::fs::read_dir(observability("rules")).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file()) {
        let documents = yaml_rust2::YamlLoader::load_from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        for group in documents[0]["groups"].as_vec().unwrap() {
            for rule in group["rules"].as_vec().unwrap() {
                labels.extend(rule["labels"].as_hash().into_iter().flatten().filter_map(|(label, _)| label.as_str().map(str::to_owned)));
                let name = rule["record"].as_str().or(rule["alert"].as_str()).unwrap().to_owned();
                rules.push((name, rule["record"].as_str().is_some(), rule["expr"].as_str().unwrap().to_owned()));
            }
        }
    }
    let recorded: BTreeSet<String> = rules.iter().filter(|(_, is_recorded, _)| *is_recorded).map(|(name, ..)| name.clone()).collect();
    assert!(rules.len() > recorded.len() && !recorded.is_empty());
    for (name, _, expr) in &rules {
        assert_known(name, expr, &recorded, &labels);
    }
}

#[test]
fn the_console_and_the_rules_have_the_same_methods_in_their_objectives() {
    let apart = crate::every_rpc::methods()
        .into_iter()
        .filter(|method| !names::is_of_objectives(&format!("{}/{}", method.parent_service().full_name(), method.name())));
    let apart: BTreeSet<String> = apart.map(|method| method.name().to_owned()).collect();
    let pattern = format!("rpc_method!~\".+/({})\"", apart.into_iter().collect::<Vec<_>>().join("|"));
    let rules = std::fs::read_to_string(observability("rules/slo.yaml")).unwrap();
    assert!(rules.contains(&pattern), "{pattern}");
}

#[test]
#[should_panic(expected = "relocation_passports is not measured")]
fn an_unknown_series_is_found() {
    assert_known("here", "sum by (le) (rate(relocation_passports[5m]))", &BTreeSet::new(), &BTreeSet::new());
}

#[test]
#[should_panic(expected = "citizenship is no label")]
fn an_unknown_label_is_found() {
    assert_known("here", "sum by (citizenship) (relocation_arrivals)", &BTreeSet::new(), &BTreeSet::new());
}
