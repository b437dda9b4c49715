//! Contracts between people and employers.

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
                    .table("contract")
                    .col(pk_uuid("id"))
                    .col(uuid("employer_id"))
                    .col(uuid("relocant_id"))
                    .col(string_len("kind", 16))
                    .col(string_len("occupation", 4))
                    .col(string_len("region", 5))
                    .col(date("starts_on"))
                    .col(date_null("ends_on"))
                    .col(date_null("ended_on"))
                    .col(string_len_null("end_reason", 48))
                    .col(uuid_null("permit_id"))
                    .col(big_integer("version"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("updated_at"))
                    .foreign_key(ForeignKey::create().name("contract_employer_id_fk").from("contract", "employer_id").to("employer", "id"))
                    .foreign_key(ForeignKey::create().name("contract_relocant_id_fk").from("contract", "relocant_id").to("relocant", "id"))
                    .foreign_key(ForeignKey::create().name("contract_permit_id_fk").from("contract", "permit_id").to("permit", "id"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(Index::create().name("contract_employer_id_id_idx").table("contract").col("employer_id").col("id").to_owned())
            .await?;
        manager
            .create_index(Index::create().name("contract_relocant_id_id_idx").table("contract").col("relocant_id").col("id").to_owned())
            .await?;
        manager.create_index(Index::create().name("contract_region_id_idx").table("contract").col("region").col("id").to_owned()).await?;
        // What has run out and is not written down is looked for all the time, and is nearly always nothing.
        let mut open = Index::create().name("contract_ends_on_idx").table("contract").col("ends_on").to_owned();
        open.and_where(Expr::col("ended_on").is_null());
        manager.create_index(open).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("contract").to_owned()).await
    }
}
