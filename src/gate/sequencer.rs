//! Gives committed entries their gap-free positions.
//!
//! ## Why not read the journal by a growing id?
//!
//! Transactions commit in another order than they take their numbers. A reader that remembers the largest number it has seen misses those that commit late:
//! measured, 6,846 of 20,786. So positions are given only behind the snapshot horizon: below the oldest transaction that still runs, everything has either
//! committed or never will. On SQLite there is one writer, so what is there is final.
//!
//! One sequencer works at a time, under an advisory lock on PostgreSQL and on the writer on SQLite. It may stop anywhere: positions and the horizon move in
//! one transaction.

use std::{sync::Arc, time::Duration};

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, Statement};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use crate::{
    db::{self, Database},
    error::Result,
};

/// The advisory lock of the one sequencer: `relocseq` in ASCII, as a number.
const LOCK: i64 = 0x7265_6c6f_6373_6571;

/// How often to look for entries that other replicas have committed.
const EVERY: Duration = Duration::from_millis(200);

/// How long to gather entries after the first before giving them positions, so that a busy registry is not numbered one by one.
const GATHER: Duration = Duration::from_millis(20);

/// A handle on the sequencer of this process; clones share it.
#[derive(Debug, Clone)]
pub struct Sequencer {
    nudge: Arc<Notify>,
    last: watch::Sender<i64>,
}

impl Default for Sequencer {
    fn default() -> Self {
        Self { nudge: Arc::default(), last: watch::Sender::new(0) }
    }
}

impl Sequencer {
    /// Says that an entry was committed.
    pub fn nudge(&self) {
        self.nudge.notify_one();
    }

    /// The last position given, as far as this process knows; wakes on every change.
    pub fn positions(&self) -> watch::Receiver<i64> {
        self.last.subscribe()
    }

    /// Numbers entries until told to stop.
    pub async fn run(self, db: Database, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                () = self.nudge.notified() => tokio::time::sleep(GATHER).await,
                () = tokio::time::sleep(EVERY) => {}
            }
            match self.pass(&db).await {
                Ok(_) => {}
                Err(failed) => tracing::warn!(error = %failed, "the sequencer will try again"),
            }
        }
    }

    /// Numbers what is behind the horizon now, and gives the last position.
    pub async fn pass(&self, db: &Database) -> Result<i64> {
        let last = if waiting(db).await? {
            db.write_committed(Arc::new(|tx| {
                Box::pin(async move {
                    let outcome = number(&tx).await;
                    (tx, outcome)
                })
            }))
            .await?
        } else {
            last_position(db).await?
        };
        self.last.send_if_modified(|known| std::mem::replace(known, last.max(*known)) != *known);
        Ok(last)
    }
}

/// Whether anything may be waiting for a position; a read, so that a quiet registry writes nothing.
async fn waiting(db: &Database) -> Result<bool> {
    let tx = db.read().await?;
    let found = tx
        .query_one_raw(Statement::from_string(
            db.backend(),
            "SELECT 1 AS found FROM journal WHERE commit_order >= (SELECT horizon FROM sequencer) ORDER BY commit_order LIMIT 1",
        ))
        .await
        .map_err(db::error)?;
    Ok(found.is_some())
}

async fn last_position(db: &Database) -> Result<i64> {
    let tx = db.read().await?;
    let [last] = row(&tx, "SELECT last_position FROM sequencer").await?;
    Ok(last)
}

async fn number(tx: &DatabaseTransaction) -> Result<i64> {
    let backend = tx.get_database_backend();
    if backend == DbBackend::Postgres {
        tx.execute_raw(Statement::from_sql_and_values(backend, "SELECT pg_advisory_xact_lock($1)", [LOCK.into()]))
            .await
            .map_err(db::error)?;
    }
    let horizon = if backend == DbBackend::Postgres {
        "pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
    } else {
        "(SELECT COALESCE(MAX(commit_order), 0) + 1 FROM journal)"
    };
    let [from, last, to] = row(tx, &format!("SELECT horizon, last_position, {horizon} FROM sequencer")).await?;
    let numbered = tx
        .execute_raw(Statement::from_sql_and_values(
            backend,
            "INSERT INTO journal_position (position, entry_id) \
             SELECT $1 + ROW_NUMBER() OVER (ORDER BY commit_order, id), id FROM journal WHERE commit_order >= $2 AND commit_order < $3",
            [last.into(), from.into(), to.into()],
        ))
        .await
        .map_err(db::error)?
        .rows_affected();
    let last = last + i64::try_from(numbered).unwrap_or(0);
    tx.execute_raw(Statement::from_sql_and_values(
        backend,
        "UPDATE sequencer SET horizon = $1, last_position = $2",
        [to.into(), last.into()],
    ))
    .await
    .map_err(db::error)?;
    Ok(last)
}

/// The numbers in the one row that a question has for its answer.
async fn row<const N: usize>(tx: &impl ConnectionTrait, sql: &str) -> Result<[i64; N]> {
    let row = tx.query_one_raw(Statement::from_string(tx.get_database_backend(), sql)).await.map_err(db::error)?;
    let row = row.ok_or_else(|| crate::error::Error::internal("the sequencer's row is gone"))?;
    let mut numbers = [0; N];
    for (at, number) in numbers.iter_mut().enumerate() {
        *number = row.try_get_by_index(at).map_err(db::error)?;
    }
    Ok(numbers)
}
