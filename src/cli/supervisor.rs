//! What a supervisor is told that asks for it, as systemd with `Type=notify` and `WatchdogSec`: that calls are taken, that the process lives, that it stops.

use std::{convert::Infallible, time::Duration};

use sd_notify::NotifyState;

/// Calls are taken.
pub fn ready() {
    tell(&[NotifyState::Ready]);
}

/// No new calls are taken; what is under way ends.
pub fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// Says that the process lives, three times in each period that the supervisor waits for it. It is said from between the calls: a process that is stuck does not say it.
pub async fn alive() -> Infallible {
    let period = sd_notify::watchdog_enabled();
    loop {
        match period {
            Some(period) => {
                tell(&[NotifyState::Watchdog]);
                tokio::time::sleep(period / 3).await;
            }
            None => tokio::time::sleep(Duration::from_hours(1)).await,
        }
    }
}

fn tell(what: &[NotifyState<'_>]) {
    if let Err(failed) = sd_notify::notify(what) {
        tracing::warn!(error = %failed, "the supervisor was not told");
    }
}
