//! Certificates of registration: which number was given to whom, until when, and whether it was revoked. What is printed on them is not kept.

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
                    .table("certificate")
                    .col(pk_uuid("id"))
                    .col(string_len("number", 16))
                    .col(uuid("relocant_id"))
                    .col(date("issued_on"))
                    .col(date("valid_until"))
                    .col(timestamp_with_time_zone_null("revoked_at"))
                    .foreign_key(
                        ForeignKey::create().name("certificate_relocant_id_fk").from("certificate", "relocant_id").to("relocant", "id"),
                    )
                    .to_owned(),
            )
            .await?;
        manager.create_index(Index::create().name("certificate_number_key").table("certificate").col("number").unique().to_owned()).await?;
        manager
            .create_index(
                Index::create().name("certificate_relocant_id_id_idx").table("certificate").col("relocant_id").col("id").to_owned(),
            )
            .await?;
        let mut revoked = Index::create().name("certificate_valid_until_revoked_idx").table("certificate").col("valid_until").to_owned();
        revoked.and_where(Expr::col("revoked_at").is_not_null());
        manager.create_index(revoked).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("certificate").to_owned()).await
    }
}
