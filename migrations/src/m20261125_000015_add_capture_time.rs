//! When a person stood at the counter, where the registry heard of it later.

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
        let column = timestamp_with_time_zone_null("captured_at");
        manager.alter_table(Table::alter().table("relocant").add_column(column).to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table("relocant").drop_column("captured_at").to_owned()).await
    }
}
