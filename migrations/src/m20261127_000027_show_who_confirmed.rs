//! The day on which somebody has said that work is looked for, beside the occupation that the person is found by. What a server from before writes is shown.

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
        // A server from before goes on beside this one for a while and does not know the column: whom it registers is shown until the record is saved next.
        let column = date("confirmed_on").default("9999-12-31").to_owned();
        manager.alter_table(Table::alter().table("relocant_occupation").add_column(column).to_owned()).await?;
        // As the civil day of Kazakhstan, five hours ahead.
        let registered = if manager.get_database_backend() == DbBackend::Postgres {
            "(person.created_at AT TIME ZONE 'UTC' + interval '5 hours')::date"
        } else {
            "date(person.created_at, '+5 hours')"
        };
        let fill = format!(
            "UPDATE relocant_occupation SET confirmed_on = COALESCE(person.looking_confirmed_on, {registered}) \
             FROM relocant person WHERE person.id = relocant_occupation.relocant_id"
        );
        manager.get_connection().execute_unprepared(&fill).await.map(drop)
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table("relocant_occupation").drop_column("confirmed_on").to_owned()).await
    }
}
