//! Homes that are offered in a town without a vacancy.

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
                    .table("home_offer")
                    .col(pk_uuid("id"))
                    .col(uuid_null("host_id"))
                    .col(string_len("region", 5))
                    .col(string_len("settlement", 100))
                    .col(string_len("kind", 16))
                    .col(integer("count"))
                    .col(integer("rooms"))
                    .col(integer("people"))
                    .col(big_integer("rent_minor"))
                    .col(date("available_from"))
                    .col(date_null("available_until"))
                    .col(boolean("step_free"))
                    .col(boolean("children_allowed"))
                    .col(boolean("pets_allowed"))
                    .col(string_len("check_state", 16))
                    .col(date_null("checked_on"))
                    .col(string_len("status", 16))
                    .col(big_integer("version"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("updated_at"))
                    .foreign_key(ForeignKey::create().name("home_offer_host_id_fk").from("home_offer", "host_id").to("employer", "id"))
                    .to_owned(),
            )
            .await?;
        // Whoever ranks people or plans a round asks for what is open in a region; whoever winds an organisation up, for its own.
        for (name, columns) in [
            ("home_offer_region_status_id_idx", ["region", "status", "id"]),
            ("home_offer_host_id_status_id_idx", ["host_id", "status", "id"]),
        ] {
            let mut index = Index::create().name(name).table("home_offer").to_owned();
            for column in columns {
                index.col(column);
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("home_offer").to_owned()).await
    }
}
