//! Which fields of whom were shown to which employer, without values; and the wording that a consent agreed to.

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
        // Consents that were given before name no wording.
        manager.alter_table(Table::alter().table("consent").add_column(integer_null("wording_version")).to_owned()).await?;
        let key = |column: &str, table: &'static str| {
            ForeignKey::create().name(format!("disclosure_{column}_fk")).from("disclosure", column.to_owned()).to(table, "id").to_owned()
        };
        manager
            .create_table(
                Table::create()
                    .table("disclosure")
                    .col(pk_uuid("id"))
                    .col(uuid("relocant_id"))
                    .col(uuid("employer_id"))
                    .col(uuid("match_id"))
                    .col(string_len("purpose", 16))
                    .col(json("fields"))
                    .col(date("disclosed_on"))
                    .col(timestamp_with_time_zone("disclosed_at"))
                    .foreign_key(&mut key("relocant_id", "relocant"))
                    .foreign_key(&mut key("employer_id", "employer"))
                    .foreign_key(&mut key("match_id", "match"))
                    .to_owned(),
            )
            .await?;
        // Whom an employer was shown on a day is counted from the index alone.
        let by_day = Index::create()
            .name("disclosure_employer_id_disclosed_on_relocant_id_idx")
            .table("disclosure")
            .col("employer_id")
            .col("disclosed_on")
            .col("relocant_id")
            .to_owned();
        manager.create_index(by_day).await?;
        let by_person = Index::create().name("disclosure_relocant_id_id_idx").table("disclosure").col("relocant_id").col("id").to_owned();
        manager.create_index(by_person).await?;
        manager.create_index(Index::create().name("disclosure_match_id_idx").table("disclosure").col("match_id").to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("disclosure").to_owned()).await?;
        manager.alter_table(Table::alter().table("consent").drop_column("wording_version").to_owned()).await
    }
}
