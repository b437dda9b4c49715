//! What a call may see.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use chrono::NaiveDate;
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement, prelude::async_trait::async_trait,
};

use super::{Around, memory::Memory};
use crate::{
    auth::Caller,
    error::Result,
    ids::RelocantId,
    law::Law,
    seal::{Vault, WrappedKey},
    telemetry::database,
    time::{Instant, civil_day},
};

/// What a call may see: one snapshot, one instant, one caller. Unsealing somebody's data through it is noted by itself.
#[derive(Debug)]
pub struct View {
    pub(super) conn: DatabaseTransaction,
    /// Who calls.
    pub caller: Caller,
    /// The instant of this call.
    pub now: Instant,
    /// The civil day of this call.
    pub today: NaiveDate,
    /// The dated law.
    pub law: Arc<Law>,
    pub(super) vault: Arc<Vault>,
    memory: Arc<Memory>,
    looked_at: Mutex<Vec<RelocantId>>,
    in_vain: AtomicBool,
}

impl View {
    pub(super) fn new(conn: DatabaseTransaction, caller: &Caller, around: &Around) -> Self {
        let now = around.clock.now();
        let (law, vault) = (Arc::clone(&around.law), Arc::clone(&around.vault));
        Self {
            conn,
            caller: caller.clone(),
            now,
            today: civil_day(now),
            law,
            vault,
            memory: Arc::clone(&around.memory),
            looked_at: Mutex::default(),
            in_vain: AtomicBool::new(false),
        }
    }

    /// Opens a person's sealed record, and notes that the caller has looked at this person.
    pub fn unseal<T: serde::de::DeserializeOwned>(&self, table: &str, person: RelocantId, key: &WrappedKey, sealed: &[u8]) -> Result<T> {
        self.told_of(person);
        self.open_to_compare(table, person, key, sealed)
    }

    /// Opens a person's sealed record to compare it with another. Nobody is told of it; who tells a caller of this person says [`View::told_of`].
    pub fn open_to_compare<T: serde::de::DeserializeOwned>(
        &self,
        table: &str,
        person: RelocantId,
        key: &WrappedKey,
        sealed: &[u8],
    ) -> Result<T> {
        self.vault.open(&self.vault.person_key(person, key)?, table, person, sealed)
    }

    /// Notes that the caller is told of a person by comparison: that there is a record at all.
    pub fn told_of(&self, person: RelocantId) {
        let mut looked_at = self.looked_at.lock().unwrap_or_else(PoisonError::into_inner);
        if !looked_at.contains(&person) {
            looked_at.push(person);
        }
    }

    /// The vault, for blind tags.
    pub fn vault(&self) -> &Vault {
        &self.vault
    }

    /// What a capability remembers in this process: one value of a type. Nothing may depend on its being there.
    pub fn remembered<T: std::any::Any + Default + Send + Sync>(&self) -> Arc<T> {
        self.memory.of()
    }

    /// Notes that the caller has asked for somebody by what only that person has, and there was nobody: whoever guesses leaves a trace too.
    pub fn asked_in_vain(&self) {
        self.in_vain.store(true, Ordering::Relaxed);
    }

    /// Whom the caller has looked at; nobody by name for a question in vain.
    pub(super) fn looked_at(self) -> Vec<Option<RelocantId>> {
        let looked_at = self.looked_at.into_inner().unwrap_or_else(PoisonError::into_inner);
        let in_vain = self.in_vain.into_inner() && looked_at.is_empty();
        looked_at.into_iter().map(Some).chain(in_vain.then_some(None)).collect()
    }

    pub(super) fn first_looked_at(&self) -> Option<RelocantId> {
        self.looked_at.lock().unwrap_or_else(PoisonError::into_inner).first().copied()
    }
}

// Statements run in a span of their own, named after what they do and to which table; never with their text or values.
#[async_trait]
impl ConnectionTrait for View {
    fn get_database_backend(&self) -> DbBackend {
        self.conn.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        database::observed(&statement.sql.clone(), self.conn.get_database_backend(), self.conn.execute_raw(statement)).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        database::observed(sql, self.conn.get_database_backend(), self.conn.execute_unprepared(sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        database::observed(&statement.sql.clone(), self.conn.get_database_backend(), self.conn.query_one_raw(statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        database::observed(&statement.sql.clone(), self.conn.get_database_backend(), self.conn.query_all_raw(statement)).await
    }
}
