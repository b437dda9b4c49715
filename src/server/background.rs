//! What the registry does by itself, beside the calls: once an hour, or as soon as there is something to do.

use std::{sync::Arc, time::Duration};

use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    console::{history, history::History, pages::Sources},
    contracts, dues, duplicates, figures,
    gate::Registry,
    matches,
    programme::{self, Newest},
    telemetry::{
        names,
        readings::{self, Reading},
        traces,
    },
};

/// How often to look for dues whose lead time is reached.
const DUES_EVERY: Duration = Duration::from_secs(1);

/// How often to look for removed employers and for contracts that have run out.
const WORK_EVERY: Duration = Duration::from_secs(1);

/// How often the journal is followed for people to compare; who registers is told at once all the same.
const DUPLICATES_EVERY: Duration = Duration::from_secs(1);

/// How often to look whether the numbers of the programme are to be counted again.
const PROGRAMME_EVERY: Duration = Duration::from_secs(5);

/// Starts all of it, on sources that the console tells from.
pub fn start(sources: &Sources, tasks: &TaskTracker, stop: &CancellationToken) {
    let registry = &sources.registry;
    tasks.spawn(hourly(registry.clone(), stop.clone()));
    tasks.spawn(follow_dues(registry.clone(), stop.clone()));
    tasks.spawn(follow_duplicates(registry.clone(), stop.clone()));
    tasks.spawn(follow_work(registry.clone(), stop.clone()));
    tasks.spawn(follow_programme(registry.clone(), sources.programme.clone(), stop.clone()));
    tasks.spawn(follow_measures(registry.clone(), Arc::clone(&sources.history), stop.clone()));
    let positions = registry.sequencer().positions();
    readings::read_from("journal", move || {
        vec![Reading::of(names::POSITION, readings::whole(u64::try_from(*positions.borrow()).unwrap_or_default()))]
    });
}

/// Waits; says whether it was told to stop meanwhile.
async fn is_told_within(stop: &CancellationToken, wait: Duration) -> bool {
    tokio::time::timeout(wait, stop.cancelled()).await.is_ok()
}

/// How long to wait before looking again: as good as not at all where there may be more, so that calls come in between.
fn pause(more: bool, every: Duration) -> Duration {
    if more { Duration::from_millis(1) } else { every }
}

/// Reads what is measured, for the console.
async fn follow_measures(registry: Registry, history: Arc<History>, stop: CancellationToken) {
    loop {
        history.read(registry.now());
        traces::forget_old();
        if is_told_within(&stop, history::EVERY).await {
            break;
        }
    }
}

/// Counts the numbers of the programme once in every quarter of an hour.
async fn follow_programme(registry: Registry, newest: Newest, stop: CancellationToken) {
    let (told, clock) = (newest.clone(), registry.clone());
    readings::read_from("programme", move || {
        told.get().map(|programme| programme::readings::readings(&programme, clock.now())).unwrap_or_default()
    });
    let mut counted = None;
    loop {
        let quarter = programme::rules::quarter(registry.now());
        if counted != Some(quarter) {
            match programme::operations::count(&registry).await {
                Ok(programme) => {
                    newest.set(programme);
                    counted = Some(quarter);
                }
                Err(failed) => tracing::warn!(error = %failed, "the numbers of the programme will be counted later"),
            }
        }
        if is_told_within(&stop, PROGRAMME_EVERY).await {
            break;
        }
    }
}

async fn hourly(registry: Registry, stop: CancellationToken) {
    while !is_told_within(&stop, Duration::from_hours(1)).await {
        match registry.tidy_up().await {
            Ok(forgotten) => tracing::info!(forgotten, "old requests were forgotten"),
            Err(failed) => tracing::warn!(error = %failed, "tidying up will be tried again"),
        }
        end_quiet_searches(&registry, &stop).await;
        // Usually somebody has asked before; a day that nobody asked on would be missing for ever.
        if let Err(failed) = figures::operations::make(&registry).await {
            tracing::warn!(error = %failed, "the day's figures will be made later");
        }
    }
}

/// Ends the searches for work of which nobody has said for long that they go on, portion by portion; calls come in between.
async fn end_quiet_searches(registry: &Registry, stop: &CancellationToken) {
    while !stop.is_cancelled() {
        match crate::relocants::operations::end_quiet_searches(registry).await {
            Ok(0) => break,
            Ok(ended) => tracing::info!(ended, "searches for work that were not confirmed were ended"),
            Err(failed) => {
                tracing::warn!(error = %failed, "searches for work will be looked at again");
                break;
            }
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Computes dues again when the law has changed, and turns those whose lead time is reached into events.
async fn follow_dues(registry: Registry, stop: CancellationToken) {
    let (mut computed, fingerprint) = (false, registry.law().fingerprint_of_dues());
    loop {
        let outcome = if computed {
            dues::operations::raise(&registry).await.map(|raised| raised > 0)
        } else {
            dues::operations::compute_again(&registry, fingerprint).await.map(|done| {
                computed = done;
                true
            })
        };
        let more = outcome.unwrap_or_else(|failed| {
            tracing::warn!(error = %failed, "dues will be looked at again");
            false
        });
        if is_told_within(&stop, pause(more, DUES_EVERY)).await {
            break;
        }
    }
}

/// Winds up what stands on employers that were removed, and writes down contracts that have run out.
async fn follow_work(registry: Registry, stop: CancellationToken) {
    loop {
        let outcome = match matches::removal_operations::wind_up(&registry).await {
            Ok(true) => Ok(true),
            Ok(false) => contracts::term_operations::run_out(&registry).await,
            Err(failed) => {
                // What keeps the one from going on must not keep the other.
                tracing::warn!(error = %failed, "removed employers will be looked at again");
                contracts::term_operations::run_out(&registry).await.map(|_| false)
            }
        };
        let more = outcome.unwrap_or_else(|failed| {
            tracing::warn!(error = %failed, "contracts will be looked at again");
            false
        });
        if is_told_within(&stop, pause(more, WORK_EVERY)).await {
            break;
        }
    }
}

/// Compares everybody who was registered or changed with the others.
async fn follow_duplicates(registry: Registry, stop: CancellationToken) {
    loop {
        let more = duplicates::operations::follow(&registry).await.unwrap_or_else(|failed| {
            tracing::warn!(error = %failed, "duplicates will be looked for again");
            false
        });
        if is_told_within(&stop, pause(more, DUPLICATES_EVERY)).await {
            break;
        }
    }
}
