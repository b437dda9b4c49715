//! What surrounds every call: the journal with its positions, and the requests that had their effect.

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
                    .table("journal")
                    .col(pk_uuid("id"))
                    .col(big_integer("commit_order"))
                    .col(timestamp_with_time_zone("at"))
                    .col(string_len("subject", 128))
                    .col(string_len("role", 32))
                    .col(string_len_null("center", 64))
                    .col(uuid_null("organisation"))
                    .col(string_len("operation", 64))
                    .col(string_len_null("purpose", 32))
                    .col(uuid_null("request_id"))
                    .col(string_len_null("trace_id", 32))
                    .col(uuid_null("relocant_id"))
                    .col(string_len("decision", 16))
                    .col(string_len_null("reason", 64))
                    .col(json("events"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(Index::create().name("journal_commit_order_id_idx").table("journal").col("commit_order").col("id").to_owned())
            .await?;
        manager.create_index(Index::create().name("journal_relocant_id_idx").table("journal").col("relocant_id").to_owned()).await?;
        manager
            .create_table(
                Table::create()
                    .table("journal_position")
                    .col(big_integer("position").primary_key())
                    .col(uuid("entry_id"))
                    .foreign_key(
                        ForeignKey::create().name("journal_position_entry_id_fk").from("journal_position", "entry_id").to("journal", "id"),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create().name("journal_position_entry_id_key").table("journal_position").col("entry_id").unique().to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("sequencer")
                    .col(integer("id").primary_key())
                    .col(big_integer("horizon"))
                    .col(big_integer("last_position"))
                    .to_owned(),
            )
            .await?;
        let first = Query::insert()
            .into_table("sequencer")
            .columns(["id", "horizon", "last_position"])
            .values_panic([1.into(), 0.into(), 0.into()])
            .to_owned();
        manager.execute(first).await?;
        manager
            .create_table(
                Table::create()
                    .table("request")
                    .col(string_len("subject", 128))
                    .col(string_len("operation", 64))
                    .col(uuid("request_id"))
                    .col(blob("fingerprint"))
                    .col(uuid("reserved_id"))
                    .col(timestamp_with_time_zone("created_at"))
                    .primary_key(Index::create().col("subject").col("operation").col("request_id").name("request_pk"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(Index::create().name("request_created_at_idx").table("request").col("created_at").to_owned()).await?;
        manager
            .create_table(
                Table::create()
                    .table("request_seen")
                    .col(pk_uuid("id"))
                    .col(uuid("request_id"))
                    .col(timestamp_with_time_zone("seen_at"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(Index::create().name("request_seen_seen_at_idx").table("request_seen").col("seen_at").to_owned()).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["request_seen", "request", "sequencer", "journal_position", "journal"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}
