//! The schema's history against this build: bringing a database up to date, once, however many servers start at the same moment; and refusing to serve
//! from a database that is older or newer than this build knows.

use migrations::{Migrator, MigratorTrait as _};
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};

use super::{Database, error};
use crate::error::{Error, Result};

/// The advisory lock that migrating servers take on PostgreSQL: `relocreg` in ASCII, as a number.
const LOCK: i64 = 0x7265_6c6f_6372_6567;

/// Why this build cannot serve from a database.
#[derive(Debug, thiserror::Error)]
pub enum Mismatch {
    /// Migrations of this build have not run.
    #[error("the database is older than this server: {0} migrations are pending; run `relocreg migrate` first")]
    Older(usize),
    /// The database has seen migrations that this build does not know.
    #[error("the database is newer than this server: it has the migration {0}, which this build does not know; run a newer relocreg")]
    Newer(String),
}

/// Applies what is pending, under a lock. Gives the number of migrations that this call applied.
pub async fn migrate(db: &Database) -> Result<usize> {
    match db.migration_connection() {
        Some(pool) => {
            use sea_orm::TransactionTrait as _;
            // The lock lives as long as this transaction; the migrations run beside it, each in its own.
            let lock = pool.begin().await.map_err(error)?;
            lock.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, "SET LOCAL idle_in_transaction_session_timeout = 0", []))
                .await
                .map_err(error)?;
            lock.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, "SET LOCAL statement_timeout = 0", []))
                .await
                .map_err(error)?;
            lock.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, "SELECT pg_advisory_xact_lock($1)", [LOCK.into()]))
                .await
                .map_err(error)?;
            let pending = Migrator::get_pending_migrations(pool).await.map_err(error)?.len();
            Migrator::up(pool, None).await.map_err(migration_error)?;
            lock.commit().await.map_err(error)?;
            Ok(pending)
        }
        // SQLite: the writer's one IMMEDIATE transaction is the lock, and makes the whole upgrade atomic.
        None => {
            db.write(
                None,
                std::sync::Arc::new(|tx| {
                    Box::pin(async move {
                        let outcome = async {
                            let pending = Migrator::get_pending_migrations(&tx).await.map_err(error)?.len();
                            Migrator::up(&tx, None).await.map_err(migration_error)?;
                            Ok(pending)
                        }
                        .await;
                        (tx, outcome)
                    })
                }),
            )
            .await
        }
    }
}

/// Migrations hold no personal value, so their errors may be shown whole.
fn migration_error(failed: sea_orm::DbErr) -> Error {
    Error::internal(format!("migration failed: {failed}"))
}

/// Whether this build and the database know the same history. Needs no rights beyond reading.
pub async fn fits(db: &Database) -> Result<Result<(), Mismatch>> {
    let known: Vec<String> = Migrator::get_migration_files().iter().map(|migration| migration.name().to_owned()).collect();
    let applied = applied(db).await?;
    if let Some(unknown) = applied.iter().find(|name| !known.contains(name)) {
        return Ok(Err(Mismatch::Newer(unknown.clone())));
    }
    let pending = known.iter().filter(|name| !applied.contains(name)).count();
    Ok(if pending == 0 { Ok(()) } else { Err(Mismatch::Older(pending)) })
}

async fn applied(db: &Database) -> Result<Vec<String>> {
    migrations::applied(db.read_connection()).await.map_err(error)
}
