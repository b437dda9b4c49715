//! Households: who lives with whom, since when, in which role, until when and why no longer.

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
        let to_household = |name: &str, column: &str| {
            ForeignKey::create().name(name).from("household", column.to_owned()).to("household", "id").to_owned()
        };
        manager
            .create_table(
                Table::create()
                    .table("household")
                    .col(pk_uuid("id"))
                    .col(string_len("center", 64))
                    .col(integer("unregistered_people"))
                    .col(integer("school_age_children"))
                    .col(uuid_null("split_from_id"))
                    .col(uuid_null("joined_into_id"))
                    .col(big_integer("version"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("updated_at"))
                    .foreign_key(&mut to_household("household_split_from_id_fk", "split_from_id"))
                    .foreign_key(&mut to_household("household_joined_into_id_fk", "joined_into_id"))
                    .to_owned(),
            )
            .await?;
        for column in ["split_from_id", "joined_into_id"] {
            // Few households come from another or go into one.
            let mut index = Index::create().name(format!("household_{column}_idx")).table("household").col(column).to_owned();
            index.and_where(Expr::col(column).is_not_null());
            manager.create_index(index).await?;
        }
        manager
            .create_table(
                Table::create()
                    .table("household_member")
                    .col(pk_uuid("id"))
                    .col(uuid("household_id"))
                    .col(uuid("relocant_id"))
                    .col(string_len("role", 8))
                    .col(date("since_on"))
                    .col(date_null("left_on"))
                    .col(string_len_null("ground", 16))
                    .col(uuid_null("continues_id"))
                    .foreign_key(
                        ForeignKey::create()
                            .name("household_member_household_id_fk")
                            .from("household_member", "household_id")
                            .to("household", "id"),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .name("household_member_relocant_id_fk")
                            .from("household_member", "relocant_id")
                            .to("relocant", "id"),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .name("household_member_continues_id_fk")
                            .from("household_member", "continues_id")
                            .to("household_member", "id"),
                    )
                    .to_owned(),
            )
            .await?;
        let of_members = |name: &str| Index::create().name(name).table("household_member").to_owned();
        manager.create_index(of_members("household_member_household_id_id_idx").col("household_id").col("id").to_owned()).await?;
        manager.create_index(of_members("household_member_relocant_id_idx").col("relocant_id").to_owned()).await?;
        manager
            .create_index(
                of_members("household_member_present_idx")
                    .col("household_id")
                    .col("relocant_id")
                    .and_where(Expr::col("left_on").is_null())
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["household_member", "household"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}
