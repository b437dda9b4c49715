//! Vacancies with their homes, matches, the reservations that hold capacity, and consents.

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
                    .table("vacancy")
                    .col(pk_uuid("id"))
                    .col(uuid("employer_id"))
                    .col(string_len("occupation", 4))
                    .col(string_len("region", 5))
                    .col(string_len("settlement", 100))
                    .col(integer("openings"))
                    .col(big_integer("pay_min_minor"))
                    .col(big_integer("pay_max_minor"))
                    .col(string_len("currency", 3))
                    .col(json("languages"))
                    .col(boolean("licence_required"))
                    .col(date("closes_on"))
                    .col(string_len("status", 16))
                    .col(big_integer("version"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("updated_at"))
                    .foreign_key(ForeignKey::create().name("vacancy_employer_id_fk").from("vacancy", "employer_id").to("employer", "id"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(Index::create().name("vacancy_employer_id_id_idx").table("vacancy").col("employer_id").col("id").to_owned())
            .await?;
        manager.create_index(Index::create().name("vacancy_region_id_idx").table("vacancy").col("region").col("id").to_owned()).await?;
        manager
            .create_index(Index::create().name("vacancy_occupation_id_idx").table("vacancy").col("occupation").col("id").to_owned())
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("home")
                    .col(pk_uuid("id"))
                    .col(uuid("vacancy_id"))
                    .col(string_len("kind", 16))
                    .col(integer("count"))
                    .col(integer("rooms"))
                    .col(integer("people"))
                    .col(big_integer("rent_minor"))
                    .col(date("available_from"))
                    .foreign_key(ForeignKey::create().name("home_vacancy_id_fk").from("home", "vacancy_id").to("vacancy", "id"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(Index::create().name("home_vacancy_id_idx").table("home").col("vacancy_id").to_owned()).await?;
        manager
            .create_table(
                Table::create()
                    .table("match")
                    .col(pk_uuid("id"))
                    .col(uuid("vacancy_id"))
                    .col(uuid_null("home_id"))
                    .col(uuid("employer_id"))
                    .col(uuid("relocant_id"))
                    .col(string_len("region", 5))
                    .col(string_len("state", 16))
                    .col(string_len("relocant_answer", 8))
                    .col(string_len("employer_answer", 8))
                    .col(string_len_null("end_reason", 48))
                    .col(integer("score"))
                    .col(json("reasons"))
                    .col(timestamp_with_time_zone("lapses_at"))
                    .col(date("arrive_by"))
                    .col(date_null("arrived_on"))
                    .col(big_integer("version"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("updated_at"))
                    .foreign_key(ForeignKey::create().name("match_vacancy_id_fk").from("match", "vacancy_id").to("vacancy", "id"))
                    .foreign_key(ForeignKey::create().name("match_employer_id_fk").from("match", "employer_id").to("employer", "id"))
                    .foreign_key(ForeignKey::create().name("match_relocant_id_fk").from("match", "relocant_id").to("relocant", "id"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(Index::create().name("match_vacancy_id_id_idx").table("match").col("vacancy_id").col("id").to_owned()).await?;
        manager
            .create_index(Index::create().name("match_employer_id_id_idx").table("match").col("employer_id").col("id").to_owned())
            .await?;
        manager
            .create_index(Index::create().name("match_relocant_id_id_idx").table("match").col("relocant_id").col("id").to_owned())
            .await?;
        manager.create_index(Index::create().name("match_region_id_idx").table("match").col("region").col("id").to_owned()).await?;
        manager
            .create_table(
                Table::create()
                    .table("reservation")
                    .col(pk_uuid("id"))
                    .col(string_len("resource", 16))
                    .col(uuid("resource_id"))
                    .col(uuid("holder_id"))
                    .col(string_len("state", 16))
                    .col(timestamp_with_time_zone("lapses_at"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("updated_at"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create().name("reservation_resource_id_state_idx").table("reservation").col("resource_id").col("state").to_owned(),
            )
            .await?;
        manager.create_index(Index::create().name("reservation_holder_id_idx").table("reservation").col("holder_id").to_owned()).await?;
        manager
            .create_table(
                Table::create()
                    .table("consent")
                    .col(pk_uuid("id"))
                    .col(uuid("relocant_id"))
                    .col(uuid("employer_id"))
                    .col(string_len("purpose", 16))
                    .col(json("fields"))
                    .col(date("until_on"))
                    .col(timestamp_with_time_zone("given_at"))
                    .col(timestamp_with_time_zone_null("withdrawn_at"))
                    .col(big_integer("version"))
                    .foreign_key(ForeignKey::create().name("consent_relocant_id_fk").from("consent", "relocant_id").to("relocant", "id"))
                    .foreign_key(ForeignKey::create().name("consent_employer_id_fk").from("consent", "employer_id").to("employer", "id"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("consent_relocant_id_employer_id_idx")
                    .table("consent")
                    .col("relocant_id")
                    .col("employer_id")
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["consent", "reservation", "match", "home", "vacancy"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}
