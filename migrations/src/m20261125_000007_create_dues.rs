//! What is due, as an index over facts, and under which law it was computed.

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
                    .table("due")
                    .col(pk_uuid("id"))
                    .col(uuid("relocant_id"))
                    .col(string_len("kind", 24))
                    .col(uuid("subject_id"))
                    .col(string_len("center", 64))
                    .col(string_len("region", 5))
                    .col(uuid_null("employer_id"))
                    .col(date("due_on"))
                    .col(date("warn_on"))
                    .col(boolean("raised"))
                    .foreign_key(ForeignKey::create().name("due_relocant_id_fk").from("due", "relocant_id").to("relocant", "id"))
                    .to_owned(),
            )
            .await?;
        let unique = Index::create().name("due_relocant_id_kind_subject_id_key").table("due").unique().to_owned();
        manager.create_index(unique.clone().col("relocant_id").col("kind").col("subject_id").to_owned()).await?;
        for first in ["center", "region", "employer_id"] {
            let name = format!("due_{first}_due_on_id_idx");
            let mut index = Index::create().name(name).table("due").col(first).col("due_on").col("id").to_owned();
            if first == "employer_id" {
                // Most dues have no employer, and nobody looks for those by it.
                index.and_where(Expr::col(first).is_not_null());
            }
            manager.create_index(index).await?;
        }
        manager.create_index(Index::create().name("due_due_on_id_idx").table("due").col("due_on").col("id").to_owned()).await?;
        manager
            .create_index(Index::create().name("due_raised_warn_on_id_idx").table("due").col("raised").col("warn_on").col("id").to_owned())
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("due_law")
                    .col(integer("id").primary_key())
                    .col(blob("fingerprint"))
                    .col(uuid_null("computed_until"))
                    .col(boolean("done"))
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("due_law").to_owned()).await?;
        manager.drop_table(Table::drop().table("due").to_owned()).await
    }
}
