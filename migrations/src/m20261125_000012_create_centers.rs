//! Registration centres with their counters, bookings of slots, and tickets. Slots are computed and have no table; neither bookings nor tickets lead to a person.

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
        let of_center =
            |table: &'static str, name: &'static str| ForeignKey::create().name(name).from(table, "center").to("center", "id").to_owned();
        manager
            .create_table(
                Table::create()
                    .table("center")
                    .col(string_len("id", 32).primary_key())
                    .col(string_len("region", 5))
                    .col(json("plan"))
                    .col(big_integer("version"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("updated_at"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("counter")
                    .col(pk_uuid("id"))
                    .col(string_len("center", 32))
                    .col(string_len("label", 8))
                    .col(json("services"))
                    .col(timestamp_with_time_zone("opened_at"))
                    .col(timestamp_with_time_zone_null("closed_at"))
                    .col(timestamp_with_time_zone("seen_at"))
                    .col(big_integer("version"))
                    .foreign_key(&mut of_center("counter", "counter_center_fk"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(Index::create().name("counter_center_opened_at_idx").table("counter").col("center").col("opened_at").to_owned())
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("booking")
                    .col(pk_uuid("id"))
                    .col(string_len("code", 9))
                    .col(string_len("center", 32))
                    .col(string_len("service", 16))
                    .col(timestamp_with_time_zone("starts_at"))
                    .col(timestamp_with_time_zone("ends_at"))
                    .col(integer("people"))
                    .col(string_len("state", 16))
                    .col(big_integer("version"))
                    .foreign_key(&mut of_center("booking", "booking_center_fk"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(Index::create().name("booking_code_key").table("booking").col("code").unique().to_owned()).await?;
        manager
            .create_index(Index::create().name("booking_center_starts_at_idx").table("booking").col("center").col("starts_at").to_owned())
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("queue_day")
                    .col(string_len("center", 32))
                    .col(date("day"))
                    .col(integer("last_number"))
                    .primary_key(Index::create().col("center").col("day"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("ticket")
                    .col(pk_uuid("id"))
                    .col(string_len("code", 9))
                    .col(string_len("center", 32))
                    .col(date("day"))
                    .col(integer("number"))
                    .col(string_len("service", 16))
                    .col(integer("people"))
                    .col(string_len("state", 16))
                    .col(timestamp_with_time_zone("queue_at"))
                    .col(timestamp_with_time_zone("taken_at"))
                    .col(uuid_null("call_id"))
                    .col(uuid_null("counter_id"))
                    .col(timestamp_with_time_zone_null("called_at"))
                    .col(timestamp_with_time_zone_null("ended_at"))
                    .col(big_integer("version"))
                    .foreign_key(&mut of_center("ticket", "ticket_center_fk"))
                    .foreign_key(
                        &mut ForeignKey::create().name("ticket_counter_id_fk").from("ticket", "counter_id").to("counter", "id").to_owned(),
                    )
                    .to_owned(),
            )
            .await?;
        manager.create_index(Index::create().name("ticket_code_key").table("ticket").col("code").unique().to_owned()).await?;
        manager
            .create_index(
                Index::create()
                    .name("ticket_center_day_state_queue_at_idx")
                    .table("ticket")
                    .col("center")
                    .col("day")
                    .col("state")
                    .col("queue_at")
                    .to_owned(),
            )
            .await?;
        let mut called = Index::create().name("ticket_counter_id_idx").table("ticket").col("counter_id").to_owned();
        called.and_where(Expr::col("counter_id").is_not_null());
        manager.create_index(called).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["ticket", "queue_day", "booking", "counter", "center"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}
