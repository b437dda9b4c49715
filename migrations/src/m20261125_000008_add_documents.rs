//! Documents as far as lists ask, and the blind tags under which a person is found: exactly, and by what likely-same people have in common. One document may now stand on several records: the counter is never
//! blocked, and whether they are one person is asked afterwards.

use sea_orm_migration::{prelude::*, schema::*, sea_orm::DbBackend};

/// The migration.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Postgres {
            manager
                .create_table(
                    Table::create()
                        .table("relocant_tag")
                        .col(blob("tag"))
                        .col(uuid("relocant_id"))
                        .primary_key(Index::create().col("tag").col("relocant_id").name("relocant_tag_pk"))
                        .to_owned(),
                )
                .await?;
        } else {
            // The longest table, and nothing but its key: stored once, not as a table and an index. The query builder does not know the clause.
            let table = "CREATE TABLE relocant_tag (tag blob NOT NULL, relocant_id uuid_text NOT NULL, PRIMARY KEY (tag, relocant_id)) WITHOUT ROWID";
            manager.get_connection().execute_unprepared(table).await?;
        }
        manager
            .create_index(Index::create().name("relocant_tag_relocant_id_idx").table("relocant_tag").col("relocant_id").to_owned())
            .await?;
        // Nothing was released before: sealed records of that time hold one document without an id and are not read any more.
        manager.drop_table(Table::drop().table("relocant_document").to_owned()).await?;
        manager
            .create_table(
                Table::create()
                    .table("relocant_document")
                    .col(pk_uuid("id"))
                    .col(uuid("relocant_id"))
                    .col(string_len("kind", 24))
                    .col(string_len("issuing_country", 3))
                    .col(date_null("expires_on"))
                    .col(date_null("withdrawn_on"))
                    .foreign_key(
                        ForeignKey::create()
                            .name("relocant_document_relocant_id_fk")
                            .from("relocant_document", "relocant_id")
                            .to("relocant", "id"),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("relocant_document_relocant_id_id_idx")
                    .table("relocant_document")
                    .col("relocant_id")
                    .col("id")
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("relocant_tag").to_owned()).await?;
        manager.drop_table(Table::drop().table("relocant_document").to_owned()).await?;
        manager
            .create_table(
                Table::create()
                    .table("relocant_document")
                    .col(blob("tag").primary_key())
                    .col(uuid("relocant_id"))
                    .col(timestamp_with_time_zone("created_at"))
                    .to_owned(),
            )
            .await
    }
}
