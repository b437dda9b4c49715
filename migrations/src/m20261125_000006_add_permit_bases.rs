//! What a permit stands on, what it is at risk by, who works on an application, and the days from which an application's terms run.

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
        // Every permit before this column was by work. SQLite adds one column at a time.
        let columns = [
            string_len("basis_kind", 16).default("CONTRACT").take(),
            uuid_null("basis_permit_id").take(),
            date_null("returned_on").take(),
            date_null("accepted_on").take(),
            date_null("review_ended_on").take(),
        ];
        for column in columns {
            manager.alter_table(Table::alter().table("permit").add_column(column).to_owned()).await?;
        }
        for column in [string_len_null("documents", 400).take(), string_len_null("policy_version", 64).take()] {
            manager.alter_table(Table::alter().table("permit_transition").add_column(column).to_owned()).await?;
        }
        // The days of steps that were made before these columns were there are known from the steps.
        let days = [
            ("returned_on", "MAX", "to_state = 'RETURNED'", "state = 'RETURNED'"),
            ("accepted_on", "MAX", "to_state = 'ACCEPTED'", "1 = 1"),
            (
                "review_ended_on",
                "MIN",
                "from_state IN ('ACCEPTED', 'UNDER_REVIEW') AND to_state IN ('APPROVED', 'REFUSED', 'WITHDRAWN')",
                "1 = 1",
            ),
        ];
        for (column, which, step, of) in days {
            let known = format!(
                "UPDATE permit SET {column} = (SELECT {which}(effective_on) FROM permit_transition WHERE permit_id = permit.id AND {step}) WHERE {of}"
            );
            manager.get_connection().execute_unprepared(&known).await?;
        }
        manager.create_index(Index::create().name("permit_basis_permit_id_idx").table("permit").col("basis_permit_id").to_owned()).await?;
        manager.create_index(Index::create().name("permit_predecessor_id_idx").table("permit").col("predecessor_id").to_owned()).await?;
        manager
            .create_index(
                Index::create().name("permit_state_applied_on_id_idx").table("permit").col("state").col("applied_on").col("id").to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("permit_risk")
                    .col(pk_uuid("id"))
                    .col(uuid("permit_id"))
                    .col(uuid("relocant_id"))
                    .col(string_len("cause", 32))
                    .col(uuid_null("cause_permit_id"))
                    .col(date("since_on"))
                    .col(date_null("due_on"))
                    .col(date_null("cleared_on"))
                    .col(timestamp_with_time_zone("created_at"))
                    .foreign_key(ForeignKey::create().name("permit_risk_permit_id_fk").from("permit_risk", "permit_id").to("permit", "id"))
                    .foreign_key(
                        ForeignKey::create().name("permit_risk_relocant_id_fk").from("permit_risk", "relocant_id").to("relocant", "id"),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(Index::create().name("permit_risk_permit_id_id_idx").table("permit_risk").col("permit_id").col("id").to_owned())
            .await?;
        manager
            .create_index(
                Index::create().name("permit_risk_relocant_id_id_idx").table("permit_risk").col("relocant_id").col("id").to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("permit_claim")
                    .col(pk_uuid("permit_id"))
                    .col(string_len("subject", 128))
                    .col(uuid("batch_id"))
                    .col(timestamp_with_time_zone("claimed_at"))
                    .col(timestamp_with_time_zone("lapses_at"))
                    .foreign_key(
                        ForeignKey::create().name("permit_claim_permit_id_fk").from("permit_claim", "permit_id").to("permit", "id"),
                    )
                    .to_owned(),
            )
            .await?;
        manager.create_index(Index::create().name("permit_claim_batch_id_idx").table("permit_claim").col("batch_id").to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["permit_claim", "permit_risk"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        for index in ["permit_state_applied_on_id_idx", "permit_predecessor_id_idx", "permit_basis_permit_id_idx"] {
            manager.drop_index(Index::drop().name(index).table("permit").to_owned()).await?;
        }
        for column in ["policy_version", "documents"] {
            manager.alter_table(Table::alter().table("permit_transition").drop_column(column).to_owned()).await?;
        }
        for column in ["review_ended_on", "accepted_on", "returned_on", "basis_permit_id", "basis_kind"] {
            manager.alter_table(Table::alter().table("permit").drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}
