//! `relocreg serve` and `relocreg migrate`.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{say, supervisor};
use crate::{
    auth::jwt::Verifier,
    config::{Config, Found},
    db,
    seal::{KeyFile, Keyring, Vault},
    server, telemetry,
    time::Clock,
};

/// Serves until SIGTERM or SIGINT.
pub async fn serve(found: Found) -> Result<(), String> {
    let config = found.check().map_err(|faults| format!("cannot serve:\n{faults}"))?;
    let guard = telemetry::install(&config.log)?;
    let stop = CancellationToken::new();
    let mut terminate = signal(SignalKind::terminate()).map_err(|error| error.to_string())?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(|error| error.to_string())?;
    let ready = prepare(config).await?;
    tracing::info!(address = %ready.address, admin.address = %ready.admin_address, "listening");
    let signals = {
        let stop = stop.clone();
        async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            supervisor::stopping();
            stop.cancel();
        }
    };
    supervisor::ready();
    let served = async { tokio::join!(ready.serve(stop), signals).0 };
    let served = tokio::select! {
        served = served => served,
        never = supervisor::alive() => match never {},
    };
    guard.flush();
    served.map_err(|failed| failed.to_string())
}

async fn prepare(config: Config) -> Result<server::Ready, String> {
    let keys = Keyring::from_file(&KeyFile::parse(&config.seal.0)?)?;
    let verifier = Verifier::from_file(config.auth.key_set.clone(), config.auth.issuer.clone(), config.auth.audience.clone())?;
    server::prepare(config, Vault::new(keys), verifier, Clock::default()).await.map_err(|failed| failed.to_string())
}

/// Brings the schema up to date.
pub async fn migrate(found: Found) -> Result<(), String> {
    let (database, log) = found.check_database().map_err(|faults| format!("cannot migrate:\n{faults}"))?;
    let guard = telemetry::install(&log)?;
    let tasks = TaskTracker::new();
    let db = db::connect(&database, &tasks).await.map_err(|failed| failed.to_string())?;
    let applied = db::schema::migrate(&db).await;
    db.close().await;
    tasks.close();
    tasks.wait().await;
    guard.flush();
    // Migrations hold no personal value, so the operator may see the cause.
    let applied = applied.map_err(|failed| std::error::Error::source(&failed).map_or_else(|| failed.to_string(), ToString::to_string))?;
    say(&format!("{applied} migrations applied; the schema is up to date"));
    Ok(())
}
