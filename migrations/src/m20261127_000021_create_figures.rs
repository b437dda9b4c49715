//! Figures that reveal nobody: a row for each table and civil day. What is kept is protected already.

use sea_orm_migration::{prelude::*, schema::*};

/// The migration.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("figure")
                    .col(date("civil_day"))
                    .col(string_len("kind", 16))
                    .col(timestamp_with_time_zone("made_at"))
                    .col(json("content"))
                    .primary_key(Index::create().col("civil_day").col("kind").name("figure_pk"))
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("figure").to_owned()).await
    }
}
