//! Matches of a family that stand or fall together, why a match is over, and the record of matching rounds with what each of their placements came to.

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
        manager.alter_table(Table::alter().table("match").add_column(uuid_null("together_id")).to_owned()).await?;
        manager.create_index(Index::create().name("match_together_id_idx").table("match").col("together_id").to_owned()).await?;
        manager
            .create_table(
                Table::create()
                    .table("matching_round")
                    .col(pk_uuid("id"))
                    .col(uuid("origin"))
                    .col(string_len_null("region", 5))
                    .col(string_len_null("occupation", 4))
                    .col(date("arrive_by"))
                    .col(integer("hold_days"))
                    .col(uuid("plan_id"))
                    .col(integer("vacancies"))
                    .col(integer("unplaced"))
                    .col(integer("complaints"))
                    .col(timestamp_with_time_zone("created_at"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(Index::create().unique().name("matching_round_origin_key").table("matching_round").col("origin").to_owned())
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("matching_placement")
                    .col(pk_uuid("id"))
                    .col(uuid("round_id"))
                    .col(integer("family"))
                    .col(uuid("relocant_id"))
                    .col(uuid("vacancy_id"))
                    .col(uuid_null("home_id"))
                    .col(integer("wish"))
                    .col(string_len("outcome", 16))
                    .col(string_len_null("reason", 48))
                    .col(uuid_null("match_id"))
                    .foreign_key(
                        ForeignKey::create()
                            .name("matching_placement_round_id_fk")
                            .from("matching_placement", "round_id")
                            .to("matching_round", "id"),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .name("matching_placement_relocant_id_fk")
                            .from("matching_placement", "relocant_id")
                            .to("relocant", "id"),
                    )
                    .to_owned(),
            )
            .await?;
        let by_family = Index::create()
            .name("matching_placement_round_id_family_idx")
            .table("matching_placement")
            .col("round_id")
            .col("family")
            .to_owned();
        manager.create_index(by_family).await?;
        let by_person =
            Index::create().name("matching_placement_relocant_id_idx").table("matching_placement").col("relocant_id").to_owned();
        manager.create_index(by_person).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("matching_placement").to_owned()).await?;
        manager.drop_table(Table::drop().table("matching_round").to_owned()).await?;
        manager.drop_index(Index::drop().name("match_together_id_idx").table("match").to_owned()).await?;
        manager.alter_table(Table::alter().table("match").drop_column("together_id").to_owned()).await
    }
}
