//! What the stay law asks beside crossings: when a permit ended early, and which arrivals hosts have notified.

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
        manager.alter_table(Table::alter().table("permit").add_column(date_null("ended_on")).to_owned()).await?;
        // What ended before this column was there is known from its last step.
        let ended = "UPDATE permit SET ended_on = (SELECT MAX(effective_on) FROM permit_transition WHERE permit_id = permit.id \
                     AND to_state IN ('CANCELLED', 'REVOKED', 'SUPERSEDED')) WHERE state IN ('CANCELLED', 'REVOKED', 'SUPERSEDED')";
        manager.get_connection().execute_unprepared(ended).await?;
        manager
            .create_table(
                Table::create()
                    .table("arrival_notice")
                    .col(uuid("crossing_id").primary_key())
                    .col(uuid("relocant_id"))
                    .col(date("notified_on"))
                    .col(timestamp_with_time_zone("created_at"))
                    .foreign_key(
                        ForeignKey::create()
                            .name("arrival_notice_crossing_id_fk")
                            .from("arrival_notice", "crossing_id")
                            .to("crossing", "id"),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .name("arrival_notice_relocant_id_fk")
                            .from("arrival_notice", "relocant_id")
                            .to("relocant", "id"),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(Index::create().name("arrival_notice_relocant_id_idx").table("arrival_notice").col("relocant_id").to_owned())
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("arrival_notice").to_owned()).await?;
        manager.alter_table(Table::alter().table("permit").drop_column("ended_on").to_owned()).await
    }
}
