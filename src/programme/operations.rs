//! How the numbers are counted.

use strum::IntoEnumIterator as _;

use super::{Measure, Programme, rules, store};
use crate::{
    error::Result,
    gate::{Registry, View},
};

/// Counts everything in one snapshot.
pub async fn count(registry: &Registry) -> Result<Programme> {
    registry.look(|view| Box::pin(all(view))).await
}

async fn all(view: &View) -> Result<Programme> {
    let mut numbers = Vec::new();
    for measure in Measure::iter() {
        numbers.push(rules::numbers(measure, &store::count(view, measure).await?));
    }
    Ok(Programme { counted_at: view.now, numbers })
}
