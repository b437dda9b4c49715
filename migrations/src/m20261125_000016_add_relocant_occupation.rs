//! Who looks for work, by occupation: follows from the cards of registered people and changes with them.

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
        let found = if manager.get_database_backend() == DbBackend::Postgres {
            manager
                .create_table(
                    Table::create()
                        .table("relocant_occupation")
                        .col(string_len("occupation", 4))
                        .col(uuid("relocant_id"))
                        .primary_key(Index::create().col("occupation").col("relocant_id").name("relocant_occupation_pk"))
                        .to_owned(),
                )
                .await?;
            "INSERT INTO relocant_occupation (occupation, relocant_id) SELECT DISTINCT named ->> 0, person.id \
             FROM relocant person, jsonb_array_elements(person.card::jsonb -> 'occupations') named \
             WHERE person.status = 'REGISTERED' AND (person.card::jsonb ->> 'looking')::boolean"
        } else {
            // Nothing but its key, stored once. The query builder does not know the clause.
            let table = "CREATE TABLE relocant_occupation (occupation varchar(4) NOT NULL, relocant_id uuid_text NOT NULL, \
                         PRIMARY KEY (occupation, relocant_id)) WITHOUT ROWID";
            manager.get_connection().execute_unprepared(table).await?;
            "INSERT INTO relocant_occupation (occupation, relocant_id) SELECT DISTINCT json_extract(named.value, '$[0]'), person.id \
             FROM relocant person, json_each(person.card, '$.occupations') named \
             WHERE person.status = 'REGISTERED' AND json_extract(person.card, '$.looking')"
        };
        manager.get_connection().execute_unprepared(found).await?;
        let by_person =
            Index::create().name("relocant_occupation_relocant_id_idx").table("relocant_occupation").col("relocant_id").to_owned();
        manager.create_index(by_person).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("relocant_occupation").to_owned()).await
    }
}
