//! Companies that relocate, with a BIN that comes later; employers that are removed, and the ends that this brings to what stood on them.

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
        let columns = [
            string_len_null("relocation_kind", 16),
            string_len_null("origin_country", 3),
            string_len_null("activity", 5),
            timestamp_with_time_zone_null("wound_up_at"),
        ];
        for column in columns {
            manager.alter_table(Table::alter().table("employer").add_column(column).to_owned()).await?;
        }
        let end = string_len_null("end_ground", 24);
        manager.alter_table(Table::alter().table("consent").add_column(end).to_owned()).await?;
        // What is left to wind up is looked for all the time, and is nearly always nothing.
        let mut removed = Index::create().name("employer_winding_up_idx").table("employer").col("id").to_owned();
        removed.and_where(Expr::col("status").eq("REMOVED").and(Expr::col("wound_up_at").is_null()));
        manager.create_index(removed).await?;
        manager.create_index(Index::create().name("consent_employer_id_idx").table("consent").col("employer_id").to_owned()).await?;
        manager
            .create_index(Index::create().name("permit_employer_id_id_idx").table("permit").col("employer_id").col("id").to_owned())
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, index) in
            [("permit", "permit_employer_id_id_idx"), ("consent", "consent_employer_id_idx"), ("employer", "employer_winding_up_idx")]
        {
            manager.drop_index(Index::drop().name(index).table(table).to_owned()).await?;
        }
        manager.alter_table(Table::alter().table("consent").drop_column("end_ground").to_owned()).await?;
        for column in ["wound_up_at", "activity", "origin_country", "relocation_kind"] {
            manager.alter_table(Table::alter().table("employer").drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}
