//! The outbox: one SQLite file of its own, with every person who was registered without a network and what became of them. What is personal is sealed, and gone once the
//! registry has it.

use std::{os::unix::fs::OpenOptionsExt as _, path::Path, time::Duration};

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, DatabaseTransaction, EntityTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, Schema, TransactionTrait as _,
    sea_query::{Expr, OnConflict},
};
use uuid::Uuid;

use crate::time::Instant;

/// How long is kept who was registered: a clerk looks for the codes.
const KEPT_DAYS: i64 = 30;

/// The outbox itself: one row.
mod own_id {
    use sea_orm::entity::prelude::*;

    /// A row.
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "outbox")]
    pub struct Model {
        /// Always 1.
        #[sea_orm(primary_key, auto_increment = false)]
        pub number: i32,
        /// What the registry knows it by: the id of an import that never ends.
        pub id: Uuid,
    }

    /// None.
    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// The people in it.
pub mod entry {
    use sea_orm::entity::prelude::*;

    /// A row.
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel, serde::Serialize)]
    #[sea_orm(table_name = "entry")]
    pub struct Model {
        /// Counts them, from 1; never used again.
        #[sea_orm(primary_key)]
        pub number: i32,
        /// The id of the record, made here.
        #[sea_orm(unique)]
        pub relocant_id: Uuid,
        /// The line of the sheet that it came from, so that the same sheet twice is the same people once.
        #[sea_orm(unique)]
        #[serde(skip)]
        pub origin: Option<Uuid>,
        /// When the person stood at the counter.
        pub captured_at: DateTimeUtc,
        /// What became of it, as [`super::State`].
        pub state: String,
        /// Whose private key opens it.
        #[serde(skip)]
        pub recipient: String,
        /// The registration, sealed; gone when it is registered.
        #[serde(skip)]
        pub sealed: Option<Vec<u8>>,
        /// The short code, when it is registered.
        pub code: Option<String>,
        /// What should be looked at, or what is wrong: fields and reasons, nothing that was entered.
        pub about: Option<String>,
        /// When the registry has answered.
        pub answered_at: Option<DateTimeUtc>,
    }

    /// None.
    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// What became of an entry. An entry that was sent and of which nothing is heard still waits: sent again, it is registered once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::Display, strum::IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum State {
    /// The registry has not answered.
    Waiting,
    /// It is registered.
    Registered,
    /// It is registered, and somebody should look at it: the person is likely there already, or something was taken that may be wrong.
    Look,
    /// The registry refuses it; it is sent again with the next push.
    Refused,
}

/// A new entry.
#[derive(Debug)]
pub struct New {
    /// The record's id.
    pub relocant_id: Uuid,
    /// The line of the sheet that it came from.
    pub origin: Option<Uuid>,
    /// When the person stood at the counter.
    pub captured_at: Instant,
    /// Whose private key opens it.
    pub recipient: String,
    /// The registration, sealed.
    pub sealed: Vec<u8>,
}

/// What the registry has answered to an entry.
#[derive(Debug)]
pub struct Answer {
    /// The entry.
    pub number: i32,
    /// What became of it.
    pub state: State,
    /// The short code.
    pub code: Option<String>,
    /// What should be looked at.
    pub about: Option<String>,
}

/// An open outbox.
#[derive(Debug, Clone)]
pub struct Outbox {
    db: DatabaseConnection,
    /// Its id.
    pub id: Uuid,
}

impl Outbox {
    /// Opens it, or makes a new one that only its owner can read.
    ///
    /// # Errors
    /// A text for people.
    pub async fn open(file: &Path) -> Result<Self, String> {
        let failing = |failed: &dyn std::fmt::Display| format!("{}: {failed}", file.display());
        std::fs::OpenOptions::new().append(true).create(true).mode(0o600).open(file).map_err(|failed| failing(&failed))?;
        let mut options = ConnectOptions::new("sqlite::memory:");
        options.max_connections(1).sqlx_logging(false);
        let name = file.to_owned();
        options.map_sqlx_sqlite_opts(move |connection| {
            connection
                .filename(&name)
                .in_memory(false)
                .shared_cache(false)
                .journal_mode(sqlx::sqlite::SqliteJournalMode::Wal)
                .synchronous(sqlx::sqlite::SqliteSynchronous::Full)
                .busy_timeout(Duration::from_secs(10))
                .pragma("secure_delete", "on")
        });
        let db = Database::connect(options).await.map_err(|failed| failing(&failed))?;
        Self::prepare(db).await.map_err(|failed| failing(&failed))
    }

    async fn prepare(db: DatabaseConnection) -> Result<Self, sea_orm::DbErr> {
        let schema = Schema::new(db.get_database_backend());
        db.execute(schema.create_table_from_entity(own_id::Entity).if_not_exists()).await?;
        db.execute(schema.create_table_from_entity(entry::Entity).if_not_exists()).await?;
        let row = own_id::ActiveModel { number: Set(1), id: Set(Uuid::now_v7()) };
        let kept = OnConflict::column(own_id::Column::Number).do_nothing().to_owned();
        own_id::Entity::insert(row).on_conflict(kept).exec_without_returning(&db).await?;
        let row = own_id::Entity::find_by_id(1).one(&db).await?;
        let id = row.ok_or_else(|| sea_orm::DbErr::RecordNotFound("the outbox has no id".to_owned()))?.id;
        Ok(Self { db, id })
    }

    /// Adds entries, all or none, and gives how many of them were not there before. With `instead_of` that entry, which must not be registered, goes; the new one, of
    /// which there is one then, keeps its time.
    ///
    /// # Errors
    /// A text for people.
    pub async fn add(&self, new: Vec<New>, instead_of: Option<i32>) -> Result<u64, String> {
        let tx = self.db.begin().await.map_err(text)?;
        let captured_at = match instead_of {
            Some(number) => Some(take_out(&tx, number).await?),
            None => None,
        };
        let mut added = 0;
        for one in new {
            let row = entry::ActiveModel {
                relocant_id: Set(one.relocant_id),
                origin: Set(one.origin),
                captured_at: Set(captured_at.unwrap_or(one.captured_at)),
                state: Set(State::Waiting.to_string()),
                recipient: Set(one.recipient),
                sealed: Set(Some(one.sealed)),
                code: Set(None),
                about: Set(None),
                answered_at: Set(None),
                ..Default::default()
            };
            let kept = OnConflict::column(entry::Column::Origin).do_nothing().to_owned();
            added += entry::Entity::insert(row).on_conflict(kept).exec_without_returning(&tx).await.map_err(text)?;
        }
        tx.commit().await.map_err(text)?;
        Ok(added)
    }

    /// The number of an entry.
    ///
    /// # Errors
    /// A text for people.
    pub async fn number_of(&self, relocant_id: Uuid) -> Result<i32, String> {
        let entry = entry::Entity::find().filter(entry::Column::RelocantId.eq(relocant_id)).one(&self.db).await.map_err(text)?;
        entry.map(|entry| entry.number).ok_or_else(|| "the outbox has lost an entry".to_owned())
    }

    /// Takes an entry out that is not registered.
    ///
    /// # Errors
    /// A text for people.
    pub async fn drop_entry(&self, number: i32) -> Result<(), String> {
        let tx = self.db.begin().await.map_err(text)?;
        take_out(&tx, number).await?;
        tx.commit().await.map_err(text)
    }

    /// Every entry, without what is sealed.
    ///
    /// # Errors
    /// A text for people.
    pub async fn list(&self) -> Result<Vec<entry::Model>, String> {
        let columns = entry::Entity::find().select_only().columns([
            entry::Column::Number,
            entry::Column::RelocantId,
            entry::Column::Origin,
            entry::Column::CapturedAt,
            entry::Column::State,
            entry::Column::Recipient,
            entry::Column::Code,
            entry::Column::About,
            entry::Column::AnsweredAt,
        ]);
        let query = columns.expr_as(Expr::cust("NULL"), "sealed").order_by_asc(entry::Column::Number);
        query.all(&self.db).await.map_err(text)
    }

    /// Every entry that is to be sent, in the order of capture.
    ///
    /// # Errors
    /// A text for people.
    pub async fn to_send(&self) -> Result<Vec<entry::Model>, String> {
        let query = entry::Entity::find().filter(entry::Column::Sealed.is_not_null()).order_by_asc(entry::Column::Number);
        query.all(&self.db).await.map_err(text)
    }

    /// Keeps what the registry has answered, in one commit. Of whoever is registered nothing personal is left.
    ///
    /// # Errors
    /// A text for people.
    pub async fn answered(&self, answers: Vec<Answer>, now: Instant) -> Result<(), String> {
        let tx = self.db.begin().await.map_err(text)?;
        for answer in answers {
            let mut row = entry::ActiveModel {
                state: Set(answer.state.to_string()),
                code: Set(answer.code),
                about: Set(answer.about),
                answered_at: Set(Some(now)),
                ..Default::default()
            };
            if matches!(answer.state, State::Registered | State::Look) {
                row.sealed = Set(None);
            }
            // What is registered stays so, whatever a second push at the same time has heard.
            let update = entry::Entity::update_many().set(row).filter(entry::Column::Number.eq(answer.number));
            update.filter(entry::Column::Sealed.is_not_null()).exec(&tx).await.map_err(text)?;
        }
        tx.commit().await.map_err(text)
    }

    /// Forgets who was registered long ago.
    ///
    /// # Errors
    /// A text for people.
    pub async fn tidy(&self, now: Instant) -> Result<(), String> {
        let old = entry::Entity::delete_many().filter(entry::Column::Sealed.is_null());
        let old = old.filter(entry::Column::AnsweredAt.lt(now - chrono::Duration::days(KEPT_DAYS)));
        old.exec(&self.db).await.map(drop).map_err(text)
    }

    /// Closes it: everything is in one file then.
    pub async fn close(self) {
        // What is not closed well is put in order when it is opened again.
        drop(self.db.close().await);
    }
}

/// Takes an entry out, and gives when it was captured.
async fn take_out(tx: &DatabaseTransaction, number: i32) -> Result<Instant, String> {
    let known = entry::Entity::find_by_id(number).one(tx).await.map_err(text)?.ok_or_else(|| format!("there is no entry {number}"))?;
    if known.sealed.is_none() {
        return Err(format!("entry {number} is registered; what is wrong with it is mended in the registry"));
    }
    entry::Entity::delete_by_id(number).exec(tx).await.map_err(text)?;
    Ok(known.captured_at)
}

fn text(failed: sea_orm::DbErr) -> String {
    format!("the outbox: {failed}")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn now() -> Instant {
        "2026-11-24T12:00:00Z".parse().unwrap()
    }

    fn new(origin: Option<Uuid>) -> New {
        New { relocant_id: Uuid::now_v7(), origin, captured_at: now(), recipient: "r".to_owned(), sealed: b"sealed".to_vec() }
    }

    fn registered(number: i32) -> Answer {
        Answer { number, state: State::Registered, code: Some("7KQ-M2P-4XD".to_owned()), about: None }
    }

    async fn states(outbox: &Outbox) -> Vec<(i32, String)> {
        outbox.list().await.unwrap().into_iter().map(|entry| (entry.number, entry.state)).collect()
    }

    #[tokio::test]
    async fn an_outbox_keeps_its_id_and_the_same_line_of_a_sheet_once() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("queue.db");
        let outbox = Outbox::open(&file).await.unwrap();
        let (id, line) = (outbox.id, Uuid::now_v7());
        assert_eq!(outbox.add(vec![new(Some(line)), new(None), new(None)], None).await, Ok(3));
        outbox.close().await;
        let outbox = Outbox::open(&file).await.unwrap();
        assert_eq!((outbox.id, outbox.add(vec![new(Some(line))], None).await), (id, Ok(0)));
        assert_eq!(outbox.to_send().await.unwrap().len(), 3);
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[tokio::test]
    async fn whoever_is_registered_leaves_nothing_personal_and_is_forgotten_after_thirty_days() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("queue.db");
        let outbox = Outbox::open(&file).await.unwrap();
        let secret = New { sealed: b"zzmarker".to_vec(), ..new(None) };
        outbox.add(vec![secret, new(None)], None).await.unwrap();
        outbox.answered(vec![registered(1), Answer { state: State::Refused, code: None, ..registered(2) }], now()).await.unwrap();
        assert_eq!(states(&outbox).await, [(1, "REGISTERED".to_owned()), (2, "REFUSED".to_owned())]);
        assert_eq!(outbox.to_send().await.unwrap().len(), 1, "what is refused is sent again");
        outbox.answered(vec![Answer { state: State::Refused, ..registered(1) }], now()).await.unwrap();
        assert_eq!(states(&outbox).await[0].1, "REGISTERED");
        outbox.tidy(now() + chrono::Duration::days(30)).await.unwrap();
        assert_eq!(states(&outbox).await.len(), 2);
        outbox.tidy(now() + chrono::Duration::days(31)).await.unwrap();
        assert_eq!(states(&outbox).await, [(2, "REFUSED".to_owned())]);
        outbox.close().await;
        for name in ["queue.db", "queue.db-wal"] {
            let bytes = std::fs::read(folder.path().join(name)).unwrap_or_default();
            assert!(!bytes.windows(8).any(|part| part == b"zzmarker"), "{name}");
        }
    }

    #[tokio::test]
    async fn what_takes_the_place_of_an_entry_keeps_its_time_and_a_registered_one_stays() {
        let folder = tempfile::tempdir().unwrap();
        let outbox = Outbox::open(&folder.path().join("queue.db")).await.unwrap();
        outbox.add(vec![new(None)], None).await.unwrap();
        let later = New { captured_at: now() + chrono::Duration::days(1), ..new(None) };
        outbox.add(vec![later], Some(1)).await.unwrap();
        let entries = outbox.list().await.unwrap();
        assert_eq!((entries.len(), entries[0].number, entries[0].captured_at), (1, 2, now()));
        outbox.answered(vec![registered(2)], now()).await.unwrap();
        assert!(outbox.drop_entry(2).await.unwrap_err().contains("is registered"));
        assert!(outbox.add(vec![new(None)], Some(2)).await.is_err() && outbox.drop_entry(9).await.is_err());
        assert_eq!(states(&outbox).await.len(), 1, "nothing was added either");
    }
}
