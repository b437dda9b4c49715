//! What of a card is asked for when thousands are ranked, beside the occupation that they are found by. Old rows are filled from the cards; their lots are drawn here and
//! become the keyed ones when a card is saved next.

use sea_orm_migration::{prelude::*, schema::*, sea_orm::DbBackend};

/// The migration.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

/// Regions in the order of their bits.
const REGIONS: [&str; 20] = [
    "KZ-10", "KZ-11", "KZ-15", "KZ-19", "KZ-23", "KZ-27", "KZ-31", "KZ-33", "KZ-35", "KZ-39", "KZ-43", "KZ-47", "KZ-55", "KZ-59", "KZ-61",
    "KZ-62", "KZ-63", "KZ-71", "KZ-75", "KZ-79",
];

const COLUMNS: [&str; 8] = ["years", "is_recognised", "languages", "wished_regions", "people", "earliest_start_on", "citizenship", "lot"];

fn case_of<'a>(value: &str, whens: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let whens: Vec<String> = whens.into_iter().map(|(from, to)| format!("WHEN '{from}' THEN {to}")).collect();
    format!("CASE {value} {} END", whens.join(" "))
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Postgres {
            // A million rows take longer than a call may.
            manager.get_connection().execute_unprepared("SET LOCAL statement_timeout = 0").await?;
        }
        for column in [
            integer("years").default(0).to_owned(),
            boolean("is_recognised").default(false).to_owned(),
            string_len("languages", 30).default("").to_owned(),
            integer("wished_regions").default(0).to_owned(),
            integer("people").default(1).to_owned(),
            date_null("earliest_start_on"),
            string_len("citizenship", 3).default("").to_owned(),
            big_integer("lot").default(1).to_owned(),
        ] {
            manager.alter_table(Table::alter().table("relocant_occupation").add_column(column).to_owned()).await?;
        }
        let levels = ["A1", "A2", "B1", "B2", "C1", "C2"];
        let level = |of: &str| case_of(of, levels.into_iter().zip(1..).map(|(level, rank)| (level, format!("'{rank}'"))));
        let bit = |of: &str| case_of(of, REGIONS.into_iter().zip(0..).map(|(region, place)| (region, (1 << place).to_string())));
        let fill = if manager.get_database_backend() == DbBackend::Postgres {
            format!(
                "UPDATE relocant_occupation found SET \
                 years = COALESCE((SELECT MAX((named ->> 1)::int) FROM jsonb_array_elements(card -> 'occupations') named WHERE named ->> 0 = found.occupation), 0), \
                 is_recognised = COALESCE(card ->> 'licence' = 'RECOGNISED', false), \
                 languages = COALESCE((SELECT string_agg((known ->> 0) || {}, '') FROM jsonb_array_elements(card -> 'languages') known), ''), \
                 wished_regions = COALESCE((SELECT SUM({}) FROM (SELECT DISTINCT wished FROM jsonb_array_elements_text(card -> 'wished_regions') wished) regions), 0), \
                 people = GREATEST(COALESCE((card ->> 'household_size')::int, 1), 1), \
                 earliest_start_on = (card ->> 'earliest_start_on')::date, \
                 citizenship = person.citizenship, \
                 lot = 1 + floor(random() * 2147483645)::bigint \
                 FROM (SELECT id, citizenship, card::jsonb AS card FROM relocant) person WHERE person.id = found.relocant_id",
                level("known ->> 1"),
                bit("wished")
            )
        } else {
            format!(
                "UPDATE relocant_occupation SET \
                 years = COALESCE((SELECT MAX(json_extract(named.value, '$[1]')) FROM json_each(person.card, '$.occupations') named WHERE json_extract(named.value, '$[0]') = occupation), 0), \
                 is_recognised = COALESCE(json_extract(person.card, '$.licence') = 'RECOGNISED', 0), \
                 languages = COALESCE((SELECT group_concat(json_extract(known.value, '$[0]') || {}, '') FROM json_each(person.card, '$.languages') known), ''), \
                 wished_regions = COALESCE((SELECT SUM({}) FROM (SELECT DISTINCT value FROM json_each(person.card, '$.wished_regions')) wished), 0), \
                 people = MAX(COALESCE(json_extract(person.card, '$.household_size'), 1), 1), \
                 earliest_start_on = json_extract(person.card, '$.earliest_start_on'), \
                 citizenship = person.citizenship, \
                 lot = 1 + abs(random() % 2147483646) \
                 FROM relocant person WHERE person.id = relocant_occupation.relocant_id",
                level("json_extract(known.value, '$[1]')"),
                bit("wished.value")
            )
        };
        manager.get_connection().execute_unprepared(&fill).await?;
        if manager.get_database_backend() == DbBackend::Postgres {
            // Whoever has licence and practice is asked for first. On SQLite the rows of an occupation lie together, and no index is quicker than passing them.
            let foremost = "CREATE INDEX relocant_occupation_foremost_idx ON relocant_occupation (occupation, is_recognised, years)";
            manager.get_connection().execute_unprepared(foremost).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Postgres {
            manager.drop_index(Index::drop().name("relocant_occupation_foremost_idx").table("relocant_occupation").to_owned()).await?;
        }
        for column in COLUMNS {
            manager.alter_table(Table::alter().table("relocant_occupation").drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}
