//! What a vacancy and its homes say besides work and pay: the employer's own reference, allowances, who can live there, until when, and what was found there.

use sea_orm_migration::{prelude::*, schema::*};

/// The migration.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

/// The columns of a vacancy. What was opened before has no reference and offers nothing besides the pay.
fn of_vacancy() -> [ColumnDef; 6] {
    [
        string_len_null("external_ref", 64),
        integer("lifting_mci").default(0).to_owned(),
        integer("rural_percent").default(0).to_owned(),
        boolean("housing_loan").default(false).to_owned(),
        integer("service_years").default(0).to_owned(),
        uuid_null("import_id"),
    ]
}

/// The columns of a home. Nobody has looked at those that are there, and none was closed to children.
fn of_home() -> [ColumnDef; 6] {
    [
        boolean("step_free").default(false).to_owned(),
        boolean("children_allowed").default(true).to_owned(),
        boolean("pets_allowed").default(false).to_owned(),
        date_null("available_until"),
        string_len("check_state", 16).default("UNCHECKED").to_owned(),
        date_null("checked_on"),
    ]
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // One by one: SQLite adds one column at a time.
        for column in of_vacancy() {
            manager.alter_table(Table::alter().table("vacancy").add_column(column).to_owned()).await?;
        }
        for column in of_home() {
            manager.alter_table(Table::alter().table("home").add_column(column).to_owned()).await?;
        }
        // Vacancies without a reference do not collide: both databases take absent values for different.
        let by_reference = Index::create()
            .name("vacancy_employer_id_external_ref_key")
            .table("vacancy")
            .col("employer_id")
            .col("external_ref")
            .unique()
            .to_owned();
        manager.create_index(by_reference).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().name("vacancy_employer_id_external_ref_key").table("vacancy").to_owned()).await?;
        for column in ["checked_on", "check_state", "available_until", "pets_allowed", "children_allowed", "step_free"] {
            manager.alter_table(Table::alter().table("home").drop_column(column).to_owned()).await?;
        }
        for column in ["import_id", "service_years", "housing_loan", "rural_percent", "lifting_mci", "external_ref"] {
            manager.alter_table(Table::alter().table("vacancy").drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}
