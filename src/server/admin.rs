//! The listener for operators: is the process alive, may it get calls, what does it measure, and the console. Loopback by default; it shows no record.
//!
//! Probes and measurements are for programs, answer whoever reaches them and hold no personal value; who may look at the console is in [`crate::console::access`].

use axum::{Router, http::StatusCode, routing::get};
use tokio::{net::TcpListener, sync::watch};
use tokio_util::sync::CancellationToken;

use crate::{db::Database, telemetry::metrics::METRICS};

/// Serves `/live`, `/ready`, `/metrics` and the console until told to stop. `serving` says whether the service takes calls.
pub async fn serve(listener: TcpListener, console: Router, db: Database, serving: watch::Receiver<bool>, stop: CancellationToken) {
    let ready = move || {
        let (db, serving) = (db.clone(), serving.clone());
        async move {
            if !*serving.borrow() {
                return (StatusCode::SERVICE_UNAVAILABLE, "not serving\n");
            }
            match tokio::time::timeout(std::time::Duration::from_secs(1), db.ping()).await {
                Ok(Ok(())) => (StatusCode::OK, "ready\n"),
                Ok(Err(_)) | Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n"),
            }
        }
    };
    let metrics = || async { ([("content-type", "application/openmetrics-text; version=1.0.0; charset=utf-8")], METRICS.to_text()) };
    let probes = Router::new().route("/live", get(|| async { "alive\n" })).route("/ready", get(ready)).route("/metrics", get(metrics));
    let router = probes.merge(console);
    if let Err(failed) = axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned()).await {
        tracing::error!(error = %failed, "the listener for operators ended");
    }
}
