//! The registry's schema, told as a history. Append only: a migration that has been released is never changed. Expand first, contract in a later release, so
//! that the servers before and after a migration can run beside each other. Both databases run the same code; what differs says so where it differs.

#![allow(
    clippy::wildcard_imports,
    clippy::too_many_lines,
    reason = "a migration reads as the list of its columns, with the helpers of `schema`"
)]
#![allow(elided_lifetimes_in_paths, reason = "the trait `MigrationTrait` elides them, and an implementation must do as its trait does")]

use sea_orm_migration::{
    sea_orm::{ConnectionTrait, DbErr, Statement},
    sea_query::Query,
};

pub use sea_orm_migration::{MigrationTrait, MigratorTrait, SchemaManager, seaql_migrations};

mod m20261124_000001_create_gate;
mod m20261124_000002_create_relocants;
mod m20261124_000003_create_permits;
mod m20261124_000004_create_work_and_homes;
mod m20261124_000005_add_stay_facts;
mod m20261125_000006_add_permit_bases;
mod m20261125_000007_create_dues;
mod m20261125_000008_add_documents;
mod m20261125_000009_create_duplicates;
mod m20261125_000010_create_certificates;
mod m20261125_000011_create_households;
mod m20261125_000012_create_centers;
mod m20261125_000013_create_corrections;
mod m20261125_000015_add_capture_time;
mod m20261125_000016_add_relocant_occupation;
mod m20261127_000017_add_matching_rounds;
mod m20261127_000018_rank_seekers;
mod m20261127_000021_create_figures;
mod m20261127_000022_add_employer_relocation;
mod m20261127_000023_create_contracts;
mod m20261127_000024_add_vacancy_terms;
mod m20261127_000025_create_disclosures;
mod m20261127_000026_add_looking_confirmation;
mod m20261127_000027_show_who_confirmed;
mod m20261127_000028_create_home_offers;

/// All migrations, in order.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261124_000001_create_gate::Migration),
            Box::new(m20261124_000002_create_relocants::Migration),
            Box::new(m20261124_000003_create_permits::Migration),
            Box::new(m20261124_000004_create_work_and_homes::Migration),
            Box::new(m20261124_000005_add_stay_facts::Migration),
            Box::new(m20261125_000006_add_permit_bases::Migration),
            Box::new(m20261125_000007_create_dues::Migration),
            Box::new(m20261125_000008_add_documents::Migration),
            Box::new(m20261125_000009_create_duplicates::Migration),
            Box::new(m20261125_000010_create_certificates::Migration),
            Box::new(m20261125_000011_create_households::Migration),
            Box::new(m20261125_000012_create_centers::Migration),
            Box::new(m20261125_000013_create_corrections::Migration),
            Box::new(m20261125_000015_add_capture_time::Migration),
            Box::new(m20261125_000016_add_relocant_occupation::Migration),
            Box::new(m20261127_000017_add_matching_rounds::Migration),
            Box::new(m20261127_000018_rank_seekers::Migration),
            Box::new(m20261127_000021_create_figures::Migration),
            Box::new(m20261127_000022_add_employer_relocation::Migration),
            Box::new(m20261127_000023_create_contracts::Migration),
            Box::new(m20261127_000025_create_disclosures::Migration),
            Box::new(m20261127_000026_add_looking_confirmation::Migration),
            Box::new(m20261127_000027_show_who_confirmed::Migration),
            Box::new(m20261127_000024_add_vacancy_terms::Migration),
            Box::new(m20261127_000028_create_home_offers::Migration),
        ]
    }
}

/// The names of the migrations that a database has seen, known to this build or not; none on an empty database. Needs no rights beyond reading.
pub async fn applied<C: ConnectionTrait>(db: &C) -> Result<Vec<String>, DbErr> {
    if !has_history(db).await? {
        return Ok(Vec::new());
    }
    let versions = Query::select().column(seaql_migrations::Column::Version).from(seaql_migrations::Entity).to_owned();
    let rows = db.query_all(&versions).await?;
    rows.iter().map(|row| row.try_get_by_index::<String>(0)).collect()
}

async fn has_history<C: ConnectionTrait>(db: &C) -> Result<bool, DbErr> {
    let backend = db.get_database_backend();
    let sql = if backend == sea_orm_migration::sea_orm::DbBackend::Postgres {
        "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = $1"
    } else {
        "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = $1"
    };
    let name = sea_orm_migration::sea_orm::EntityName::table_name(&seaql_migrations::Entity);
    let row = db.query_one_raw(Statement::from_sql_and_values(backend, sql, [name.into()])).await?;
    Ok(row.map(|row| row.try_get_by_index::<i64>(0)).transpose()?.unwrap_or(0) > 0)
}
