//! Pairs of records that are likely one person, what was decided about them, and merges with what each of them moved.

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
        manager.alter_table(Table::alter().table("relocant").add_column(uuid_null("merged_into_id")).to_owned()).await?;
        let mut merged = Index::create().name("relocant_merged_into_id_idx").table("relocant").col("merged_into_id").to_owned();
        // Few records are merged, and nobody looks for the others by it.
        merged.and_where(Expr::col("merged_into_id").is_not_null());
        manager.create_index(merged).await?;
        manager
            .create_table(
                Table::create()
                    .table("duplicate")
                    .col(pk_uuid("id"))
                    .col(uuid("first_id"))
                    .col(uuid("second_id"))
                    .col(blob_null("sealed"))
                    .col(string_len("state", 16))
                    .col(string_len_null("decided_by", 128))
                    .col(timestamp_with_time_zone_null("decided_at"))
                    .col(timestamp_with_time_zone("created_at"))
                    .foreign_key(ForeignKey::create().name("duplicate_first_id_fk").from("duplicate", "first_id").to("relocant", "id"))
                    .foreign_key(ForeignKey::create().name("duplicate_second_id_fk").from("duplicate", "second_id").to("relocant", "id"))
                    .to_owned(),
            )
            .await?;
        let pair = Index::create().name("duplicate_first_id_second_id_key").table("duplicate").unique().to_owned();
        manager.create_index(pair.clone().col("first_id").col("second_id").to_owned()).await?;
        manager.create_index(Index::create().name("duplicate_second_id_idx").table("duplicate").col("second_id").to_owned()).await?;
        manager.create_index(Index::create().name("duplicate_state_id_idx").table("duplicate").col("state").col("id").to_owned()).await?;
        manager
            .create_table(
                Table::create()
                    .table("duplicate_progress")
                    .col(integer("id").primary_key())
                    .col(big_integer("position"))
                    .col(big_integer("people"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(Table::create().table("name_frequency").col(blob("tag").primary_key()).col(big_integer("people")).to_owned())
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("merge")
                    .col(pk_uuid("id"))
                    .col(uuid("kept_id"))
                    .col(uuid("merged_id"))
                    .col(json("absorbed"))
                    .col(timestamp_with_time_zone("merged_at"))
                    .col(timestamp_with_time_zone_null("undone_at"))
                    .foreign_key(ForeignKey::create().name("merge_kept_id_fk").from("merge", "kept_id").to("relocant", "id"))
                    .foreign_key(ForeignKey::create().name("merge_merged_id_fk").from("merge", "merged_id").to("relocant", "id"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(Index::create().name("merge_kept_id_idx").table("merge").col("kept_id").to_owned()).await?;
        manager.create_index(Index::create().name("merge_merged_id_idx").table("merge").col("merged_id").to_owned()).await?;
        manager
            .create_table(
                Table::create()
                    .table("merge_row")
                    .col(uuid("merge_id"))
                    .col(string_len("kind", 24))
                    .col(uuid("row_id"))
                    .primary_key(Index::create().col("merge_id").col("kind").col("row_id").name("merge_row_pk"))
                    .foreign_key(ForeignKey::create().name("merge_row_merge_id_fk").from("merge_row", "merge_id").to("merge", "id"))
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["merge_row", "merge", "name_frequency", "duplicate_progress", "duplicate"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        manager.drop_index(Index::drop().name("relocant_merged_into_id_idx").table("relocant").to_owned()).await?;
        manager.alter_table(Table::alter().table("relocant").drop_column("merged_into_id").to_owned()).await
    }
}
