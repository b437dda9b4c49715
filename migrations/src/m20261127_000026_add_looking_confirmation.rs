//! The day on which somebody who looks for work last said so.

use sea_orm_migration::{prelude::*, schema::*, sea_orm::DbBackend};

/// The migration.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Postgres {
            // A million rows take longer than a call may.
            manager.get_connection().execute_unprepared("SET LOCAL statement_timeout = 0").await?;
        }
        manager.alter_table(Table::alter().table("relocant").add_column(date_null("looking_confirmed_on")).to_owned()).await?;
        // Whoever looks for work already has the whole time from today on, and is told of it first. The day is that of Kazakhstan, UTC+5.
        let today = if manager.get_database_backend() == DbBackend::Postgres {
            "UPDATE relocant SET looking_confirmed_on = (now() AT TIME ZONE 'UTC' + INTERVAL '5 hours')::date \
             WHERE (card::jsonb ->> 'looking')::boolean"
        } else {
            "UPDATE relocant SET looking_confirmed_on = date('now', '+5 hours') WHERE json_extract(card, '$.looking')"
        };
        manager.get_connection().execute_unprepared(today).await?;
        let quiet = Index::create().name("relocant_looking_confirmed_on_idx").table("relocant").col("looking_confirmed_on").to_owned();
        manager.create_index(quiet).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().name("relocant_looking_confirmed_on_idx").table("relocant").to_owned()).await?;
        manager.alter_table(Table::alter().table("relocant").drop_column("looking_confirmed_on").to_owned()).await
    }
}
