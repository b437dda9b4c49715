//! People, their keys, the blind tags of their documents, and the ledger of their crossings.

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
                    .table("relocant")
                    .col(pk_uuid("id"))
                    .col(string_len("code", 9))
                    .col(string_len("citizenship", 3))
                    .col(string_len("center", 64))
                    .col(string_len("region", 5))
                    .col(string_len("status", 16))
                    .col(date_null("departed_on"))
                    .col(blob("sealed"))
                    .col(json("card"))
                    .col(big_integer("version"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("updated_at"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(Index::create().name("relocant_code_key").table("relocant").col("code").unique().to_owned()).await?;
        manager.create_index(Index::create().name("relocant_center_id_idx").table("relocant").col("center").col("id").to_owned()).await?;
        manager.create_index(Index::create().name("relocant_region_id_idx").table("relocant").col("region").col("id").to_owned()).await?;
        manager
            .create_table(
                Table::create()
                    .table("relocant_key")
                    .col(uuid("relocant_id").primary_key())
                    .col(integer("key_version"))
                    .col(blob("wrapped"))
                    .foreign_key(
                        ForeignKey::create().name("relocant_key_relocant_id_fk").from("relocant_key", "relocant_id").to("relocant", "id"),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("relocant_document")
                    .col(blob("tag").primary_key())
                    .col(uuid("relocant_id"))
                    .col(timestamp_with_time_zone("created_at"))
                    .foreign_key(
                        ForeignKey::create()
                            .name("relocant_document_relocant_id_fk")
                            .from("relocant_document", "relocant_id")
                            .to("relocant", "id"),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create().name("relocant_document_relocant_id_idx").table("relocant_document").col("relocant_id").to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("crossing")
                    .col(pk_uuid("id"))
                    .col(uuid("relocant_id"))
                    .col(string_len("direction", 8))
                    .col(date("crossed_on"))
                    .col(uuid_null("corrects_id"))
                    .col(boolean("void"))
                    .col(timestamp_with_time_zone("created_at"))
                    .foreign_key(ForeignKey::create().name("crossing_relocant_id_fk").from("crossing", "relocant_id").to("relocant", "id"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(Index::create().name("crossing_relocant_id_id_idx").table("crossing").col("relocant_id").col("id").to_owned())
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["crossing", "relocant_document", "relocant_key", "relocant"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}
