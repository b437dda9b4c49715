//! The numbers as instruments: what is withheld is absent.

use super::{Measure, Programme};
use crate::{
    telemetry::{
        names::{self, Instrument},
        readings::{Reading, whole},
    },
    time::Instant,
};

/// Reads the numbers, and how old they are at an instant.
pub fn readings(programme: &Programme, now: Instant) -> Vec<Reading> {
    let age = (now - programme.counted_at).num_seconds();
    let mut readings = vec![Reading::of(names::PROGRAMME_AGE, whole(u64::try_from(age).unwrap_or(0)))];
    for numbers in &programme.numbers {
        let instrument = instrument(numbers.measure);
        for (row, cells) in numbers.rows.iter().zip(&numbers.cells) {
            for (column, cell) in numbers.columns.iter().zip(cells) {
                let Some(count) = cell else { continue };
                let labels = [*row, *column].into_iter().take(instrument.labels.len()).map(Into::into).collect();
                readings.push(Reading { instrument, labels, value: f64::from(*count) });
            }
        }
    }
    readings
}

fn instrument(measure: Measure) -> Instrument {
    match measure {
        Measure::Registrations => names::REGISTRATIONS,
        Measure::Arrivals => names::ARRIVALS,
        Measure::Tickets => names::TICKETS,
        Measure::Dues => names::DUES,
        Measure::Permits => names::PERMITS,
        Measure::Matches => names::MATCHES,
        Measure::Openings => names::OPENINGS,
        Measure::Homes => names::HOMES,
    }
}
