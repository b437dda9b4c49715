//! The one place that knows which database is below: how to connect, how a unit of work runs, what a driver's error code means.
//!
//! Two ways in and no third. [`Database::read`] gives a consistent snapshot that cannot write. [`Database::write`] runs a unit of work in one transaction:
//! `IMMEDIATE` on SQLite's single writer, `SERIALIZABLE` on PostgreSQL, so no rule has to think about interleaving.
//!
//! ## Why does a unit of work run on a task of its own?
//!
//! A client that hangs up drops its handler. On PostgreSQL with sqlx 0.9.0 a future dropped while `BEGIN` is on the wire leaves the pooled session inside a
//! transaction, and later writes on it are acknowledged and lost (transact-rs/sqlx#4393, fixed after 0.9.0). A task cannot be dropped from outside; and
//! [`connect`] also refuses to take such a session back into the pool. Remove the second guard when a fixed sqlx is released.

pub mod copy;
pub mod ownership;
pub mod schema;
mod writer;

use std::{sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use sea_orm::{
    AccessMode, ConnectOptions, ConnectionTrait as _, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, IsolationLevel,
    RuntimeErr, SqliteTransactionMode, TransactionOptions, TransactionTrait as _,
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant as Deadline,
};
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

use crate::{
    config,
    error::{Error, Result},
    telemetry::{
        names,
        readings::{Reading, whole},
    },
};

/// Attempts of one unit of work when PostgreSQL reports that writers met.
const ATTEMPTS: u32 = 8;

/// Sessions of PostgreSQL that writers leave for readers.
const RESERVED: u32 = 2;

/// The resource of [`Error::Conflict`] when writers met, rather than a record having changed under its reader.
const WRITERS_MET: &str = "registry";

/// A handle on the database; clones share it.
#[derive(Debug, Clone)]
pub struct Database {
    reads: DatabaseConnection,
    writes: Writes,
    tasks: TaskTracker,
    statement_timeout: Duration,
    /// Units of work that may have a PostgreSQL session at the same time; a few sessions stay for readers. Waiting here, unlike waiting for a session, can be
    /// broken off, so work that nobody waits for any more is not begun.
    turns: Arc<Semaphore>,
}

#[derive(Debug, Clone)]
enum Writes {
    Sqlite(writer::Writer),
    Postgres(DatabaseConnection),
}

/// A unit of work: gets the transaction, gives it back with the answer. Called once an attempt.
pub type Work<T> = Arc<dyn Fn(DatabaseTransaction) -> BoxFuture<'static, (DatabaseTransaction, Result<T>)> + Send + Sync>;

/// Opens the database. On SQLite the file is made when it is not there.
pub async fn connect(config: &config::Database, tasks: &TaskTracker) -> Result<Database> {
    let statement_timeout = Duration::from_millis(config.statement_timeout_ms);
    let turns = Arc::new(Semaphore::new(usize::try_from(config.connections.saturating_sub(RESERVED).max(1)).unwrap_or(1)));
    if config.url.starts_with("sqlite:") {
        let write = sea_orm::Database::connect(sqlite_options(config, 1, false)).await.map_err(error)?;
        let reads = sea_orm::Database::connect(sqlite_options(config, config.read_connections, true)).await.map_err(error)?;
        let writes = Writes::Sqlite(writer::start(write, tasks));
        Ok(Database { reads, writes, tasks: tasks.clone(), statement_timeout, turns })
    } else {
        let pool = sea_orm::Database::connect(postgres_options(config)).await.map_err(error)?;
        Ok(Database { reads: pool.clone(), writes: Writes::Postgres(pool), tasks: tasks.clone(), statement_timeout, turns })
    }
}

fn options(url: &str, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    // Statement texts and bound values stay out of logs and spans; `telemetry` opens its own spans with names only.
    options.sqlx_logging(false).record_stmt_in_spans(false).max_connections(connections).acquire_timeout(Duration::from_secs(1));
    // Without either the pool has no task that looks after idle connections. In sqlx 0.9.0 that task can count below nothing while a connection is being given
    // back, and then turns round for ever on one of our threads (transact-rs/sqlx#3645, mended after 0.9.0 by #4289).
    options.idle_timeout(None).max_lifetime(None);
    options
}

fn sqlite_options(config: &config::Database, connections: u32, read_only: bool) -> ConnectOptions {
    let url = if config.url.contains('?') { config.url.clone() } else { format!("{}?mode=rwc", config.url) };
    let mut options = options(&url, connections);
    options.min_connections(1).test_before_acquire(false).acquire_timeout(Duration::from_secs(5));
    options.map_sqlx_sqlite_opts(move |connection| {
        connection
            .journal_mode(sqlx::sqlite::SqliteJournalMode::Wal)
            .synchronous(sqlx::sqlite::SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(5))
            // Rows cross from the driver's thread; with the default of 50 the two threads take turns all through a long answer.
            .row_buffer_size(1024)
            .pragma("query_only", if read_only { "on" } else { "off" })
            // KiB. The writer touches every index of a table; with the default of 2 MB it would read the same pages again and again.
            .pragma("cache_size", if read_only { "-4096" } else { "-32768" })
            // Pages. A batch of many rows would otherwise be copied into the file at once, each time.
            .pragma("wal_autocheckpoint", "4000")
            .pragma("secure_delete", "on")
    });
    options
}

/// How long a session with PostgreSQL is used, so that a new primary or a changed password is noticed by all of them in time.
const SESSION_LIVES: Duration = Duration::from_mins(30);

fn postgres_options(config: &config::Database) -> ConnectOptions {
    let mut options = options(&config.url, config.connections);
    let statement_timeout = config.statement_timeout_ms.to_string();
    options
        .test_before_acquire_if_idle_for(Duration::from_secs(30))
        .map_sqlx_postgres_opts(move |connection| {
            connection.application_name("relocreg").options([
                // Set for the session, not per transaction: it saves every unit of work a round trip.
                ("default_transaction_isolation", "serializable"),
                ("statement_timeout", statement_timeout.as_str()),
                ("idle_in_transaction_session_timeout", "15s"),
            ])
        })
        // A session that is still inside a transaction is closed instead of being handed to the next caller; so is one that has lived long enough.
        .map_sqlx_postgres_pool_opts(|pool| {
            pool.after_release(|connection, session| {
                Box::pin(async move {
                    use sqlx::{Executor as _, Row as _};
                    if session.age >= SESSION_LIVES {
                        return Ok(false);
                    }
                    let row = connection.fetch_one(sqlx::raw_sql("SELECT now() = statement_timestamp()")).await?;
                    row.try_get(0)
                })
            })
        });
    options
}

impl Database {
    /// Which database is below.
    pub fn backend(&self) -> DbBackend {
        self.reads.get_database_backend()
    }

    /// A consistent snapshot that cannot write. Dropping it ends it.
    pub async fn read(&self) -> Result<DatabaseTransaction> {
        let options = match &self.writes {
            Writes::Sqlite(_) => {
                TransactionOptions { sqlite_transaction_mode: Some(SqliteTransactionMode::Deferred), ..Default::default() }
            }
            Writes::Postgres(_) => TransactionOptions {
                isolation_level: Some(IsolationLevel::RepeatableRead),
                access_mode: Some(AccessMode::ReadOnly),
                ..Default::default()
            },
        };
        self.reads.begin_with_options(options).await.map_err(error)
    }

    /// Runs a unit of work and commits it, or leaves nothing behind. Goes on when the caller hangs up; the answer is then thrown away, the effect is not.
    ///
    /// # Errors
    /// What the work says; [`Error::Conflict`] when writers met eight times; [`Error::DeadlineExceeded`] when the deadline passes first, and then the
    /// effect may or may not come: the caller asks again with the same request id.
    pub async fn write<T: Send + 'static>(&self, deadline: Option<Deadline>, work: Work<T>) -> Result<T> {
        let done = match &self.writes {
            Writes::Sqlite(writer) => writer.run(deadline, work),
            Writes::Postgres(pool) => {
                let (pool, cap, turns) = (pool.clone(), self.statement_timeout, Arc::clone(&self.turns));
                let unit = async move {
                    let _turn = turn(turns, deadline).await?;
                    attempts(&pool, cap, deadline, &work).await
                };
                let task = self.tasks.spawn(unit.in_current_span());
                Box::pin(async move { task.await.unwrap_or_else(|failed| Err(Error::Internal(failed.into()))) })
            }
        };
        match deadline {
            None => done.await,
            Some(deadline) => tokio::time::timeout_at(deadline, done).await.unwrap_or(Err(Error::DeadlineExceeded)),
        }
    }

    /// Runs something on the task tracker, so that shutdown waits for it.
    pub fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(work.in_current_span());
    }

    /// Runs a read on a task of its own, which a client that hangs up cannot drop half-way.
    pub fn detached<T: Send + 'static>(&self, read: impl Future<Output = Result<T>> + Send + 'static) -> BoxFuture<'static, Result<T>> {
        let task = self.tasks.spawn(read);
        Box::pin(async move { task.await.unwrap_or_else(|failed| Err(Error::Internal(failed.into()))) })
    }

    /// Runs work on its own session at `READ COMMITTED` on PostgreSQL, on the writer on SQLite. For the sequencer, which must see each statement's newest
    /// snapshot and must never make a serializable writer fail.
    pub async fn write_committed<T: Send + 'static>(&self, work: Work<T>) -> Result<T> {
        match &self.writes {
            Writes::Sqlite(writer) => writer.run(None, work).await,
            Writes::Postgres(pool) => {
                let pool = pool.clone();
                let task = self.tasks.spawn(async move {
                    let options = TransactionOptions { isolation_level: Some(IsolationLevel::ReadCommitted), ..Default::default() };
                    finish(work(pool.begin_with_options(options).await.map_err(error)?).await).await
                });
                task.await.unwrap_or_else(|failed| Err(Error::Internal(failed.into())))
            }
        }
    }

    /// Whether the database answers; for readiness.
    pub async fn ping(&self) -> Result<()> {
        self.reads.execute_unprepared("SELECT 1").await.map(drop).map_err(error)
    }

    /// The connections of each pool; on SQLite also what waits for its one writer, and the size of the write-ahead log.
    pub fn readings(&self) -> Vec<Reading> {
        match &self.writes {
            Writes::Postgres(pool) => {
                let pool = pool.get_postgres_connection_pool();
                connections("shared", pool.size(), pool.num_idle(), pool.options().get_max_connections())
            }
            Writes::Sqlite(writer) => {
                let reads = self.reads.get_sqlite_connection_pool();
                let mut readings = connections("read", reads.size(), reads.num_idle(), reads.options().get_max_connections());
                readings.push(Reading { instrument: names::DB_PENDING, labels: vec!["write".into()], value: whole(writer.waiting()) });
                let mut log = reads.connect_options().get_filename().as_os_str().to_owned();
                log.push("-wal");
                let size = std::fs::metadata(log).map_or(0, |file| file.len());
                readings.push(Reading::of(names::WAL_SIZE, whole(size)));
                readings
            }
        }
    }

    /// The pool of PostgreSQL sessions as callers of this module get it; for the test of its guard.
    #[doc(hidden)]
    pub fn pool_for_tests(&self) -> Option<&DatabaseConnection> {
        self.migration_connection()
    }

    /// The connections that migrations run on.
    pub(crate) fn migration_connection(&self) -> Option<&DatabaseConnection> {
        match &self.writes {
            Writes::Sqlite(_) => None,
            Writes::Postgres(pool) => Some(pool),
        }
    }

    /// The connections that reads run on.
    pub(crate) fn read_connection(&self) -> &DatabaseConnection {
        &self.reads
    }

    /// Closes all connections, after the work that is under way.
    pub async fn close(self) {
        if let Writes::Sqlite(writer) = &self.writes {
            writer.close();
        }
        if let Err(failed) = self.reads.close().await {
            tracing::warn!(error = %failed, "closing the database failed");
        }
    }
}

fn connections(pool: &'static str, open: u32, idle: usize, most: u32) -> Vec<Reading> {
    let idle = u32::try_from(idle).unwrap_or(open).min(open);
    let count = |state: &'static str, value: u32| Reading {
        instrument: names::DB_CONNECTIONS,
        labels: vec![pool.into(), state.into()],
        value: f64::from(value),
    };
    let most = Reading { instrument: names::DB_CONNECTIONS_MAX, labels: vec![pool.into()], value: f64::from(most) };
    vec![count("idle", idle), count("used", open - idle), most]
}

/// Waits for a turn until the deadline, or for a second when there is none.
async fn turn(turns: Arc<Semaphore>, deadline: Option<Deadline>) -> Result<OwnedSemaphorePermit> {
    let until = deadline.unwrap_or_else(|| Deadline::now() + Duration::from_secs(1));
    match tokio::time::timeout_at(until, turns.acquire_owned()).await {
        Ok(turn) => turn.map_err(|closed| Error::Internal(closed.into())),
        Err(_) if deadline.is_some() => Err(Error::DeadlineExceeded),
        Err(_) => Err(Error::Unavailable("no session was free in time".into())),
    }
}

async fn attempts<T: Send + 'static>(pool: &DatabaseConnection, cap: Duration, deadline: Option<Deadline>, work: &Work<T>) -> Result<T> {
    let mut attempt = 1;
    loop {
        match once(pool, cap, deadline, work).await {
            Err(Error::Conflict { resource: WRITERS_MET }) if attempt < ATTEMPTS => {
                // Spread the writers out, so that they do not meet again: up to 2, 4, 8 … 64 ms.
                let spread = u64::from(uuid::Uuid::new_v4().as_bytes().first().copied().unwrap_or_default()) << attempt.min(6);
                tokio::time::sleep(Duration::from_micros(spread * 4)).await;
                attempt += 1;
            }
            outcome => return outcome,
        }
    }
}

async fn once<T: Send + 'static>(pool: &DatabaseConnection, cap: Duration, deadline: Option<Deadline>, work: &Work<T>) -> Result<T> {
    let remaining = deadline.map(|deadline| deadline.saturating_duration_since(Deadline::now()));
    if remaining.is_some_and(|remaining| remaining.is_zero()) {
        return Err(Error::DeadlineExceeded);
    }
    let tx = pool.begin().await.map_err(error)?;
    if let Some(remaining) = remaining.filter(|remaining| *remaining < cap) {
        // A number we made; 0 would mean "no limit".
        let limit = format!("SET LOCAL statement_timeout = {}", remaining.as_millis().max(1));
        tx.execute_unprepared(&limit).await.map_err(error)?;
    }
    finish(work(tx).await).await
}

async fn finish<T>((tx, outcome): (DatabaseTransaction, Result<T>)) -> Result<T> {
    match outcome {
        Ok(answer) => tx.commit().await.map(|()| answer).map_err(error),
        Err(refused) => {
            // When the rollback fails the session is broken; the pool drops it, and what the work said still stands.
            if let Err(failed) = tx.rollback().await {
                tracing::debug!(error.code = code(&failed).as_deref(), "rollback failed");
            }
            Err(refused)
        }
    }
}

/// Turns a driver's error into ours by its code, never by its text. The text of a driver's error can hold values, so it never goes further than this.
pub fn error(failed: DbErr) -> Error {
    let source: crate::error::Source = Box::new(Sanitised { kind: kind(&failed), code: code(&failed) });
    match code(&failed).as_deref() {
        // PostgreSQL: serialization failure, deadlock. SQLite: the snapshot is old (BUSY_SNAPSHOT).
        Some("40001" | "40P01" | "517") => Error::Conflict { resource: WRITERS_MET },
        // PostgreSQL: a statement ran into the deadline.
        Some("57014") => Error::DeadlineExceeded,
        // PostgreSQL: connection classes, too many connections, shutting down, read only, disk full. SQLite: busy, locked, full, I/O error.
        Some("53100" | "53200" | "53300" | "57P01" | "57P02" | "57P03" | "25006" | "25P03" | "5" | "6" | "10" | "13" | "261" | "773") => {
            Error::Unavailable(source)
        }
        Some(code) if code.starts_with("08") => Error::Unavailable(source),
        None if is_connection(&failed) => Error::Unavailable(source),
        Some(_) | None => Error::Internal(source),
    }
}

fn is_connection(failed: &DbErr) -> bool {
    use sqlx::Error as E;
    matches!(failed, DbErr::ConnectionAcquire(_) | DbErr::Conn(_))
        || driver(failed).is_some_and(|driver| matches!(driver, E::Io(_) | E::Tls(_) | E::PoolTimedOut | E::PoolClosed | E::WorkerCrashed))
}

/// Says that a business key is taken when that is why an insert failed. The constraint decides, not a look before the insert; and since SQLite does not name
/// the constraint, the store function that made the insert says which key it can have been.
pub fn or_exists<T>(outcome: Result<T, DbErr>, resource: &'static str) -> Result<T> {
    outcome.map_err(|failed| match failed.sql_err() {
        Some(sea_orm::SqlErr::UniqueConstraintViolation(_)) => Error::Exists { resource },
        _ => error(failed),
    })
}

/// Says that writers met when a business key is taken that was free a moment ago, in the same transaction: the unit of work is then run again and finds the other
/// writer's row.
pub fn or_again<T>(outcome: Result<T, DbErr>) -> Result<T> {
    outcome.map_err(|failed| match failed.sql_err() {
        Some(sea_orm::SqlErr::UniqueConstraintViolation(_)) => Error::Conflict { resource: WRITERS_MET },
        _ => error(failed),
    })
}

/// What is left of a driver's error when everything that could hold a value is taken away.
#[derive(Debug, thiserror::Error)]
#[error("database: {kind}, code {}", code.as_deref().unwrap_or("none"))]
struct Sanitised {
    kind: &'static str,
    code: Option<String>,
}

/// The driver's code: SQLSTATE on PostgreSQL, the extended result code on SQLite.
fn code(failed: &DbErr) -> Option<String> {
    driver(failed)?.as_database_error()?.code().map(std::borrow::Cow::into_owned)
}

fn driver(failed: &DbErr) -> Option<&sqlx::Error> {
    let (DbErr::Conn(RuntimeErr::SqlxError(driver))
    | DbErr::Exec(RuntimeErr::SqlxError(driver))
    | DbErr::Query(RuntimeErr::SqlxError(driver))) = failed
    else {
        return None;
    };
    Some(driver)
}

/// The name of the error's variant, which holds no value.
fn kind(failed: &DbErr) -> &'static str {
    let kinds = [
        (matches!(failed, DbErr::ConnectionAcquire(_)), "no connection in time"),
        (matches!(failed, DbErr::Conn(_)), "connection failed"),
        (matches!(failed, DbErr::Exec(_)), "statement failed"),
        (matches!(failed, DbErr::Query(_)), "query failed"),
        (matches!(failed, DbErr::Type(_) | DbErr::Json(_) | DbErr::TryIntoErr { .. }), "a value has another type than its column"),
        (matches!(failed, DbErr::Migration(_)), "migration failed"),
    ];
    kinds.iter().find(|(is, _)| *is).map_or("failed", |(_, name)| name)
}
