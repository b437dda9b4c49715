//! One span and one measurement per database statement, under the stable names: what it does and to which table, never its text or values.

use std::future::Future;

use sea_orm::{DbBackend, DbErr};
use tokio::time::Instant;
use tracing::{Instrument as _, field::Empty};

use super::metrics::{DbLabels, METRICS};

/// The tables that may appear as a label; everything else is `other`.
pub const TABLES: [&str; 44] = [
    "journal",
    "journal_position",
    "sequencer",
    "request",
    "request_seen",
    "relocant",
    "relocant_key",
    "relocant_tag",
    "relocant_document",
    "relocant_occupation",
    "duplicate",
    "duplicate_progress",
    "name_frequency",
    "merge",
    "merge_row",
    "certificate",
    "household",
    "household_member",
    "crossing",
    "arrival_notice",
    "due",
    "due_law",
    "employer",
    "permit",
    "permit_transition",
    "permit_risk",
    "permit_claim",
    "vacancy",
    "home",
    "home_offer",
    "match",
    "matching_round",
    "matching_placement",
    "reservation",
    "correction",
    "center",
    "counter",
    "booking",
    "queue_day",
    "ticket",
    "consent",
    "contract",
    "figure",
    "disclosure",
];

/// Awaits a statement inside its span and measures it.
pub async fn observed<T>(sql: &str, backend: DbBackend, statement: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
    let system = if backend == DbBackend::Postgres { "postgresql" } else { "sqlite" };
    let (operation, table) = summary(sql);
    let span = tracing::debug_span!(
        "db",
        otel.name = format_args!("{operation} {table}"),
        otel.kind = "client",
        db.system.name = system,
        db.operation.name = operation,
        db.collection.name = table,
        otel.status_code = Empty,
        error.r#type = Empty,
    );
    let begun = Instant::now();
    let outcome = statement.instrument(span.clone()).await;
    let error_type = outcome.is_err().then_some("_OTHER");
    if let Some(error_type) = error_type {
        span.record("otel.status_code", "ERROR");
        span.record("error.type", error_type);
    }
    let labels = DbLabels { db_system_name: system, db_operation_name: operation, db_collection_name: table, error_type };
    METRICS.stated(&labels, begun.elapsed().as_secs_f64());
    outcome
}

/// The verb and the table of a statement that SeaORM built: the first quoted name is the table, but for a select, where it follows `FROM`.
fn summary(sql: &str) -> (&'static str, &'static str) {
    let operation = match sql.get(..6) {
        Some("SELECT") => "SELECT",
        Some("INSERT") => "INSERT",
        Some("UPDATE") => "UPDATE",
        Some("DELETE") => "DELETE",
        _ => "OTHER",
    };
    let from = if operation == "SELECT" { sql.find("FROM ").and_then(|at| sql.get(at..)) } else { Some(sql) };
    let name = from.and_then(|from| from.split('"').nth(1)).unwrap_or_default();
    (operation, TABLES.iter().find(|table| **table == name).copied().unwrap_or("other"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_named_by_verb_and_table() {
        assert_eq!(summary(r#"SELECT "relocant"."id" FROM "relocant" WHERE "relocant"."id" = $1"#), ("SELECT", "relocant"));
        assert_eq!(summary(r#"INSERT INTO "journal" ("id") VALUES ($1)"#), ("INSERT", "journal"));
        assert_eq!(summary(r#"UPDATE "permit" SET "state" = $1"#), ("UPDATE", "permit"));
        assert_eq!(summary("VACUUM"), ("OTHER", "other"));
    }
}
