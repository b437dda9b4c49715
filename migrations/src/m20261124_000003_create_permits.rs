//! Employers, who host, and permits with every transition they have made.

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
                    .table("employer")
                    .col(pk_uuid("id"))
                    .col(string_len("bin", 12))
                    .col(string_len("name", 200))
                    .col(string_len("region", 5))
                    .col(string_len("status", 16))
                    .col(big_integer("version"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("updated_at"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(Index::create().name("employer_bin_key").table("employer").col("bin").unique().to_owned()).await?;
        manager.create_index(Index::create().name("employer_region_id_idx").table("employer").col("region").col("id").to_owned()).await?;
        manager
            .create_table(
                Table::create()
                    .table("permit")
                    .col(pk_uuid("id"))
                    .col(uuid("relocant_id"))
                    .col(string_len("kind", 48))
                    .col(string_len("state", 24))
                    .col(uuid("employer_id"))
                    .col(string_len("region", 5))
                    .col(date("applied_on"))
                    .col(date("contract_until"))
                    .col(date("passport_valid_until"))
                    .col(date_null("valid_from"))
                    .col(date_null("valid_until"))
                    .col(uuid_null("predecessor_id"))
                    .col(date_null("host_change_due_on"))
                    .col(big_integer("version"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("updated_at"))
                    .foreign_key(ForeignKey::create().name("permit_relocant_id_fk").from("permit", "relocant_id").to("relocant", "id"))
                    .foreign_key(ForeignKey::create().name("permit_employer_id_fk").from("permit", "employer_id").to("employer", "id"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(Index::create().name("permit_relocant_id_id_idx").table("permit").col("relocant_id").col("id").to_owned())
            .await?;
        manager.create_index(Index::create().name("permit_region_id_idx").table("permit").col("region").col("id").to_owned()).await?;
        manager
            .create_table(
                Table::create()
                    .table("permit_transition")
                    .col(uuid("permit_id"))
                    .col(integer("n"))
                    .col(string_len_null("from_state", 24))
                    .col(string_len("to_state", 24))
                    .col(string_len("actor", 128))
                    .col(string_len("role", 32))
                    .col(string_len_null("reason_code", 64))
                    .col(string_len("legal_basis", 200))
                    .col(date("effective_on"))
                    .col(timestamp_with_time_zone("at"))
                    .primary_key(Index::create().col("permit_id").col("n").name("permit_transition_pk"))
                    .foreign_key(
                        ForeignKey::create()
                            .name("permit_transition_permit_id_fk")
                            .from("permit_transition", "permit_id")
                            .to("permit", "id"),
                    )
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["permit_transition", "permit", "employer"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}
