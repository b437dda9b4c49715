//! Corrections that take two clerks. What was before and what is proposed is sealed; which fields and who decided is not.

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
                    .table("correction")
                    .col(pk_uuid("id"))
                    .col(uuid("relocant_id"))
                    .col(json("fields"))
                    .col(binary("sealed"))
                    .col(string_len("state", 16))
                    .col(string_len("proposed_by", 128))
                    .col(timestamp_with_time_zone("proposed_at"))
                    .col(string_len_null("decided_by", 128))
                    .col(timestamp_with_time_zone_null("decided_at"))
                    .col(string_len_null("ground", 16))
                    .col(uuid_null("claim_id"))
                    .col(string_len_null("claimed_by", 128))
                    .col(big_integer("version"))
                    .foreign_key(
                        ForeignKey::create().name("correction_relocant_id_fk").from("correction", "relocant_id").to("relocant", "id"),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(Index::create().name("correction_relocant_id_id_idx").table("correction").col("relocant_id").col("id").to_owned())
            .await?;
        manager.create_index(Index::create().name("correction_state_id_idx").table("correction").col("state").col("id").to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("correction").to_owned()).await
    }
}
