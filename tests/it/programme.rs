//! What whoever runs the registry sees of the programme.

use std::collections::BTreeSet;

use relocation_registry::{
    programme::{Measure, operations, readings::readings, rules},
    telemetry::names,
};
use strum::IntoEnumIterator as _;

use crate::{figures::inside, harness::samples, on_every_database};

on_every_database! {
    async fn the_programme_is_counted_and_whoever_is_few_is_not_shown(app: App) {
        let client = app.role("registrar").await;
        for _ in 0..9 {
            client.register(samples::doctor()).await;
        }
        let region = "KZ-75";
        let shown = |programme: &relocation_registry::programme::Programme, measure| {
            let numbers = programme.of(measure).unwrap();
            let row = numbers.rows.iter().position(|row| [region, ""].contains(row)).unwrap();
            numbers.cells[row][0]
        };
        let registry = &inside(&app).await;
        let few = operations::count(registry).await.unwrap();
        assert_eq!((shown(&few, Measure::Registrations), shown(&few, Measure::Arrivals)), (None, None));
        for _ in 0..4 {
            client.register(samples::doctor()).await;
        }
        let more = operations::count(registry).await.unwrap();
        assert_eq!((shown(&more, Measure::Registrations), shown(&more, Measure::Arrivals)), (Some(15), Some(15)), "13, to the nearest 5");
        assert_eq!(shown(&more, Measure::Openings), Some(0), "vacancies are no people");

        let read = readings(&more, more.counted_at + chrono::Duration::seconds(7));
        let value = |instrument: names::Instrument| read.iter().find(|one| one.instrument == instrument).map(|one| one.value);
        assert_eq!((value(names::REGISTRATIONS), value(names::PROGRAMME_AGE), value(names::TICKETS)), (Some(15.0), Some(7.0), None));
    }
}

#[test]
fn every_measure_has_an_instrument_of_its_own() {
    let instruments: BTreeSet<&str> = Measure::iter()
        .map(|measure| {
            let (rows, columns) = rules::shape(measure);
            let cells = rows.iter().map(|_| columns.iter().map(|_| Some(10)).collect()).collect();
            let numbers = relocation_registry::programme::Numbers { measure, rows, columns, cells, sums: vec![] };
            let at = "2026-11-28T09:00:00Z".parse().unwrap();
            let read = readings(&relocation_registry::programme::Programme { counted_at: at, numbers: vec![numbers] }, at);
            assert!(read.iter().all(|one| one.labels.len() == one.instrument.labels.len()), "{measure:?}");
            read.last().unwrap().instrument.name
        })
        .collect();
    assert_eq!(instruments.len(), Measure::iter().count());
}
