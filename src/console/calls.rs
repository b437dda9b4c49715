//! The page of calls: how often, how long, how they end.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    history::{Durations, is_fault},
    pages::{Asked, Sources, table},
    view::{Cell, Column, Field, Form, Plot, Row, Section, Table},
    words::Words,
};
use crate::telemetry::names::RPC_BUCKETS;

/// Seconds that the table is about.
const LATELY: i64 = 600;

/// Its sections.
pub fn sections(from: &Sources, asked: &Asked, words: Words) -> Vec<Section> {
    let lately = from.history.last(LATELY);
    let mut methods: BTreeMap<Arc<str>, Durations> = BTreeMap::new();
    for (method, _) in lately.calls.keys() {
        methods.entry(Arc::clone(method)).or_insert_with(|| lately.of(|one, _| one == &**method));
    }
    let known: Vec<String> = methods.keys().map(ToString::to_string).collect();
    let chosen = asked.method.clone().filter(|method| known.contains(method));
    let rows = methods.iter().map(|(method, durations)| {
        let faults = lately.of(|one, code| one == &**method && is_fault(one, code)).total();
        let refused = lately.of(|one, code| one == &**method && code != "OK" && !is_fault(one, code)).total();
        let quantile = |part: f64| words.lasted_if(durations.quantile(part));
        let name = Cell { value: (**method).into(), shown: method.to_string(), link: Some(format!("/rpc?method={method}")) };
        let rate = durations.total() / lately.seconds.max(1.0);
        vec![
            name,
            words.counted(durations.total(), 0),
            words.counted(rate, 2),
            words.counted(faults, 0),
            words.counted(refused, 0),
            quantile(0.5),
            quantile(0.95),
            quantile(0.99),
        ]
    });
    let columns = ["method", "calls", "calls_per_second", "faults", "refused", "p50", "p95", "p99"];
    let by_method = table(words, "methods", &columns, rows.collect());
    let any = (String::new(), words.text("any"));
    let options = std::iter::once(any).chain(known.into_iter().map(|method| (method.clone(), method))).collect();
    let field = Field { name: "method", label: words.text("column-method"), value: chosen.clone().unwrap_or_default(), options };
    let form = Form { fields: vec![field], submit: words.text("show") };
    let of = |method: &str| chosen.as_ref().is_none_or(|chosen| chosen == method);
    let steps = from.history.steps(60);
    let durations: Vec<_> = steps.iter().map(|(at, span)| (*at, span.of(|method, _| of(method)))).collect();
    let sized = durations.iter().map(|(at, durations)| {
        let counts = durations.counts.iter().map(|count| words.counted(*count, 0));
        std::iter::once(words.at(*at)).chain(counts).collect::<Row>()
    });
    let heat = Table { key: "durations", caption: words.text("table-durations"), columns: sizes(words), rows: sized.collect() };
    let lines = durations.iter().map(|(at, durations)| {
        let quantile = |part: f64| {
            durations.quantile(part).map_or_else(|| words.lasted(std::time::Duration::ZERO), |seconds| words.lasted_if(Some(seconds)))
        };
        vec![words.at(*at), quantile(0.5), quantile(0.95), quantile(0.99)]
    });
    let quantiles = table(words, "quantiles", &["time", "p50", "p95", "p99"], lines.collect());
    let codes = lately.calls.iter().filter(|((method, _), _)| of(method)).fold(
        BTreeMap::<Arc<str>, f64>::new(),
        |mut codes, ((_, code), durations)| {
            *codes.entry(Arc::clone(code)).or_default() += durations.total();
            codes
        },
    );
    let codes = codes.into_iter().map(|(code, count)| vec![words.said(&code, &code), words.counted(count, 0)]).collect();
    vec![
        Section::Table(by_method),
        Section::Form(form),
        Section::Figure { plot: Plot::HeatMap, table: heat },
        Section::Figure { plot: Plot::Lines, table: quantiles },
        Section::Figure { plot: Plot::Bars, table: table(words, "codes", &["code", "calls"], codes) },
    ]
}

/// A column for each size of the histogram.
fn sizes(words: Words) -> Vec<Column> {
    let time = Column { key: "time".to_owned(), label: words.text("column-time") };
    let bounds = RPC_BUCKETS.iter().map(|bound| Column {
        key: format!("le_{bound}"),
        label: format!("≤ {}", words.duration(std::time::Duration::from_secs_f64(*bound))),
    });
    let more = Column { key: "more".to_owned(), label: words.text("column-more") };
    std::iter::once(time).chain(bounds).chain([more]).collect()
}
