//! The one door. Every call, read or write, passes [`Registry`]; what must happen around every call happens here and nowhere else: permission, the caller's
//! reach, idempotency, one transaction that a hanging-up client cannot tear, the journal entry with its events.
//!
//! ## Why no repository trait?
//!
//! There is one storage technology on two databases and many rules from law and contract. So the seam is the pure rule: operations load facts, call `rules`,
//! save the answer, and are tested with the real databases.
//!
//! ## Why are denials journaled but refusals not?
//!
//! A denial says that somebody tried what they may not. A refusal ("the vacancy is full") is an everyday answer to somebody who may ask, leaves nothing behind,
//! and is counted in the metrics by its reason.

mod idempotency;
mod journal;
mod memory;
pub mod sequencer;
pub mod table;
mod view;

use std::{future::Future, ops::Deref, sync::Arc};

use chrono::NaiveDate;
use futures_util::future::BoxFuture;
use sea_orm::TransactionTrait as _;
use tokio::time::Instant as Deadline;
use tracing::Instrument as _;
use uuid::Uuid;

pub use self::journal::{Decision, Purpose, StoredEvent};
pub use self::view::View;
use self::{idempotency::Claim, journal::Draft, memory::Memory, sequencer::Sequencer};
use crate::{
    auth::{Caller, Permission},
    db::Database,
    error::{Error, Result},
    events::Event,
    ids::RelocantId,
    law::Law,
    seal::{PersonKey, Vault, WrappedKey},
    time::{Clock, Instant, civil_day},
};

/// A change: one struct per RPC, in the capability's `operations.rs`.
pub trait Operation: Send + Sync + 'static {
    /// The RPC's name: in the journal, the span and the metrics.
    const NAME: &'static str;
    /// What the caller must be allowed.
    const NEEDS: Permission;
    /// What the change answers with.
    type Output: Send + 'static;

    /// Load, decide, save, record. Called once an attempt, from the same request.
    fn run(&self, tx: &mut Tx) -> impl Future<Output = Result<Self::Output>> + Send;

    /// The same request came before and had its effect: answers with the record as it is now.
    fn replay(&self, tx: &mut Tx) -> impl Future<Output = Result<Self::Output>> + Send;
}

/// A question: one struct per RPC, in the capability's `operations.rs`.
pub trait Query: Send + Sync + 'static {
    /// The RPC's name.
    const NAME: &'static str;
    /// What the caller must be allowed.
    const NEEDS: Permission;
    /// What the question answers with.
    type Output: Send + 'static;

    /// What personal data is read for. A query that unseals any must have it.
    fn purpose(&self) -> Option<Purpose> {
        None
    }

    /// Load and answer.
    fn run(&self, view: &View) -> impl Future<Output = Result<Self::Output>> + Send;
}

/// What is kept in step with every change, in the change's own transaction.
pub trait InStep: std::fmt::Debug + Send + Sync {
    /// Follows what has just happened. An error takes the change back.
    fn keep<'a>(&'a self, tx: &'a Tx, events: &'a [Event]) -> BoxFuture<'a, Result<()>>;
}

/// Who calls, until when, in which trace.
#[derive(Debug, Clone)]
pub struct Call {
    /// The caller, from a verified token.
    pub caller: Caller,
    /// When the caller stops waiting.
    pub deadline: Option<Deadline>,
    /// The trace that the call belongs to, as 32 hexadecimal digits.
    pub trace_id: Option<String>,
}

/// What every changing request says beside its content.
#[derive(Debug, Clone)]
pub struct Change {
    /// The caller's id of the request.
    pub request_id: Uuid,
    /// Try, answer, and leave nothing behind.
    pub validate_only: bool,
    /// A keyed hash of the request's content.
    pub fingerprint: [u8; 32],
}

/// The registry: one per process, clones share it.
#[derive(Debug, Clone)]
pub struct Registry {
    db: Database,
    vault: Arc<Vault>,
    clock: Clock,
    law: Arc<Law>,
    in_step: Arc<dyn InStep>,
    sequencer: Sequencer,
    memory: Arc<Memory>,
}

impl Registry {
    /// A registry over an open database and a vault, under a law.
    pub fn new(db: Database, vault: Arc<Vault>, clock: Clock, law: Arc<Law>, in_step: Arc<dyn InStep>, sequencer: Sequencer) -> Self {
        Self { db, vault, clock, law, in_step, sequencer, memory: Arc::default() }
    }

    /// The vault, for fingerprints and page tokens.
    pub fn vault(&self) -> &Vault {
        &self.vault
    }

    /// The dated law of this installation.
    pub fn law(&self) -> &Law {
        &self.law
    }

    /// The instant of the registry's clock.
    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// The civil day of the registry's clock.
    pub fn today(&self) -> NaiveDate {
        civil_day(self.clock.now())
    }

    /// The sequencer of this process.
    pub fn sequencer(&self) -> &Sequencer {
        &self.sequencer
    }

    /// The one door for changes.
    ///
    /// # Errors
    /// [`Error::Denied`] first; [`Error::RequestIdReused`]; what the operation says; [`Error::Conflict`] when writers met too often.
    pub async fn execute<O: Operation>(&self, call: &Call, change: Change, operation: O) -> Result<O::Output> {
        self.allowed(call, O::NAME, O::NEEDS).await?;
        let (operation, reserved) = (Arc::new(operation), Uuid::now_v7());
        let (around, caller) = (self.around(), call.caller.clone());
        let (trace_id, change, in_step) = (call.trace_id.clone(), Arc::new(change), Arc::clone(&self.in_step));
        let outcome = self
            .db
            .write(
                call.deadline,
                Arc::new(move |conn| {
                    let (operation, change, trace_id) = (Arc::clone(&operation), Arc::clone(&change), trace_id.clone());
                    let in_step = Arc::clone(&in_step);
                    let mut tx = Tx { view: View::new(conn, &caller, &around), reserved, events: Vec::new() };
                    Box::pin(async move {
                        let outcome = tx.executed(&*operation, &change, trace_id.as_deref(), &*in_step).await;
                        (tx.view.conn, outcome)
                    })
                }),
            )
            .await;
        if outcome.is_ok() {
            self.sequencer.nudge();
        }
        logged(O::NAME, outcome)
    }

    /// The one door for questions. When the query unsealed somebody's data, that is journaled before the answer leaves, also when the answer is an error.
    ///
    /// # Errors
    /// [`Error::Denied`] first; what the query says.
    pub async fn fetch<Q: Query>(&self, call: &Call, query: Q) -> Result<Q::Output> {
        self.allowed(call, Q::NAME, Q::NEEDS).await?;
        let purpose = query.purpose();
        let (db, caller, around) = (self.db.clone(), call.caller.clone(), self.around());
        let question = async move {
            let view = View::new(db.read().await?, &caller, &around);
            let answer = query.run(&view).await;
            Ok((answer, view.looked_at()))
        };
        let question = self.db.detached(question.in_current_span());
        let asked = match call.deadline {
            None => question.await,
            Some(deadline) => tokio::time::timeout_at(deadline, question).await.unwrap_or(Err(Error::DeadlineExceeded)),
        };
        let (answer, looked_at) = logged(Q::NAME, asked)?;
        if !looked_at.is_empty() {
            if purpose.is_none() {
                return logged(Q::NAME, Err(Error::internal("personal data was read without a purpose")));
            }
            self.note(call, Q::NAME, Decision::Read, purpose, None, looked_at).await?;
        }
        logged(Q::NAME, answer)
    }

    /// Whether the caller may, before anything else; a denial is journaled. What thousands ask every second and nobody is named in is answered from memory behind this alone.
    ///
    /// # Errors
    /// [`Error::Denied`].
    pub async fn allowed(&self, call: &Call, operation: &'static str, needs: Permission) -> Result<()> {
        match call.caller.require(needs) {
            Ok(()) => Ok(()),
            Err(denied) => Err(self.denied(call, operation, denied).await),
        }
    }

    fn around(&self) -> Around {
        let (clock, vault) = (self.clock.clone(), Arc::clone(&self.vault));
        Around { clock, vault, law: Arc::clone(&self.law), memory: Arc::clone(&self.memory) }
    }

    /// Runs something beside a call, for as long as it takes; shutdown waits for it.
    pub fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.db.spawn(work);
    }

    async fn denied(&self, call: &Call, operation: &'static str, denied: Error) -> Error {
        match self.note(call, operation, Decision::Denied, None, Some(denied.reason()), vec![]).await {
            Ok(()) => denied,
            Err(failed) => failed,
        }
    }

    /// Adds entries that stand alone: one per person looked at, or one without a person.
    async fn note(
        &self,
        call: &Call,
        operation: &'static str,
        decision: Decision,
        purpose: Option<Purpose>,
        reason: Option<&'static str>,
        looked_at: Vec<Option<RelocantId>>,
    ) -> Result<()> {
        let (around, caller) = (self.around(), call.caller.clone());
        let trace_id = call.trace_id.clone();
        let people: Arc<[Option<RelocantId>]> = if looked_at.is_empty() { [None].into() } else { looked_at.into() };
        let outcome = self
            .db
            .write(
                call.deadline,
                Arc::new(move |conn| {
                    let view = View::new(conn, &caller, &around);
                    let (people, trace_id) = (Arc::clone(&people), trace_id.clone());
                    Box::pin(async move {
                        let mut outcome = Ok(());
                        for relocant in people.iter().copied() {
                            let draft = Draft {
                                operation,
                                purpose,
                                request_id: None,
                                trace_id: trace_id.as_deref(),
                                relocant,
                                decision,
                                reason,
                                events: &[],
                            };
                            outcome = outcome.and(journal::add(&view, draft).await.map(drop));
                        }
                        (view.conn, outcome)
                    })
                }),
            )
            .await;
        self.sequencer.nudge();
        logged(operation, outcome)
    }

    /// Work of the registry's own, for no caller: one transaction, and an entry for each event that it records.
    pub async fn own<T: Send + 'static>(
        &self,
        operation: &'static str,
        work: impl for<'a> Fn(&'a mut Tx) -> BoxFuture<'a, Result<T>> + Send + Sync + 'static,
    ) -> Result<T> {
        let (around, work, caller) = (self.around(), Arc::new(work), itself());
        let in_step = Arc::clone(&self.in_step);
        let outcome = self
            .db
            .write(
                None,
                Arc::new(move |conn| {
                    let mut tx = Tx { view: View::new(conn, &caller, &around), reserved: Uuid::nil(), events: Vec::new() };
                    let (work, in_step) = (Arc::clone(&work), Arc::clone(&in_step));
                    let done: BoxFuture<'static, _> = Box::pin(async move {
                        let outcome = match work(&mut tx).await {
                            Ok(answer) => tx.kept_and_noted(operation, &*in_step).await.map(|()| answer),
                            Err(failed) => Err(failed),
                        };
                        (tx.view.conn, outcome)
                    });
                    done
                }),
            )
            .await;
        self.sequencer.nudge();
        logged(operation, outcome)
    }

    /// A look of the registry's own, for no caller: nobody is told what it sees.
    pub async fn look<T: Send + 'static>(
        &self,
        question: impl for<'a> Fn(&'a View) -> BoxFuture<'a, Result<T>> + Send + Sync + 'static,
    ) -> Result<T> {
        let (db, around, caller) = (self.db.clone(), self.around(), itself());
        let looking = async move {
            let view = View::new(db.read().await?, &caller, &around);
            question(&view).await
        };
        logged("Look", self.db.detached(looking.in_current_span()).await)
    }

    /// Forgets what need not be remembered any longer. Called once an hour.
    pub async fn tidy_up(&self) -> Result<u64> {
        self.own("TidyUp", |tx| Box::pin(idempotency::forget_old(tx))).await
    }
}

/// The registry as its own caller: what it does by itself stands in the journal under its name.
fn itself() -> Caller {
    Caller { subject: "relocreg".to_owned(), role: crate::auth::Role::Ops, reach: crate::auth::Reach::Everywhere }
}

/// Logs a fault of ours once, where it is handled, without what the caller sent.
fn logged<T>(operation: &'static str, outcome: Result<T>) -> Result<T> {
    match &outcome {
        Err(Error::Internal(source)) => tracing::error!(operation, error = %source, "the call failed by a fault of ours"),
        Err(Error::Unavailable(source)) => tracing::warn!(operation, error = %source, "the call could not be served"),
        Ok(_) | Err(_) => {}
    }
    outcome
}

/// What every call has around it, whoever calls.
struct Around {
    clock: Clock,
    vault: Arc<Vault>,
    law: Arc<Law>,
    memory: Arc<Memory>,
}

/// What a change may do: all that a [`View`] can, and write and record.
#[derive(Debug)]
pub struct Tx {
    view: View,
    reserved: Uuid,
    events: Vec<Event>,
}

impl Deref for Tx {
    type Target = View;
    fn deref(&self) -> &View {
        &self.view
    }
}

impl Tx {
    /// The id reserved for the record that this call makes; the same in every attempt and every replay.
    pub fn reserved(&self) -> Uuid {
        self.reserved
    }

    /// The connection to write on.
    pub fn view(&self) -> &View {
        &self.view
    }

    /// Says that something happened. It becomes true together with the change.
    pub fn record(&mut self, event: Event) {
        self.events.push(event);
    }

    /// A key for a new person, and its wrapped form to store.
    pub fn new_person_key(&self, person: RelocantId) -> Result<(PersonKey, WrappedKey)> {
        self.vault.new_person_key(person)
    }

    async fn executed<O: Operation>(
        &mut self,
        operation: &O,
        change: &Change,
        trace_id: Option<&str>,
        in_step: &dyn InStep,
    ) -> Result<O::Output> {
        let answer = if change.validate_only {
            self.tried(operation).await?
        } else {
            match idempotency::claim(self, O::NAME, change).await? {
                Claim::First => {
                    let answer = operation.run(self).await?;
                    in_step.keep(self, &self.events).await?;
                    answer
                }
                Claim::Again(reserved) => {
                    // The first call wrote the entry and the events; who asked then may have the answer again.
                    self.reserved = reserved;
                    return operation.replay(self).await;
                }
            }
        };
        let decision = if change.validate_only { Decision::DryRun } else { Decision::Done };
        for (relocant, events) in self.by_person(change.validate_only) {
            let request_id = Some(change.request_id);
            let draft =
                Draft { operation: O::NAME, purpose: None, request_id, trace_id, relocant, decision, reason: None, events: &events };
            journal::add(&self.view, draft).await?;
        }
        Ok(answer)
    }

    /// What has happened, by person in the order of their first events: an entry names at most one, and whoever asks what was done about a person finds all of it. What
    /// names nobody stands with the first.
    fn by_person(&self, is_tried: bool) -> Vec<(Option<RelocantId>, Vec<Event>)> {
        let first = self.events.iter().find_map(|event| event.ids().relocant).or_else(|| self.view.first_looked_at());
        let mut found: Vec<(Option<RelocantId>, Vec<Event>)> = vec![(first, vec![])];
        for event in self.events.iter().filter(|_| !is_tried) {
            let person = event.ids().relocant.or(first);
            match found.iter_mut().find(|(known, _)| *known == person) {
                Some((_, events)) => events.push(event.clone()),
                None => found.push((person, vec![event.clone()])),
            }
        }
        found
    }

    /// What is kept in step follows the registry's own work too, and the work is written down.
    async fn kept_and_noted(&self, operation: &'static str, in_step: &dyn InStep) -> Result<()> {
        in_step.keep(self, &self.events).await?;
        self.noted(operation).await
    }

    /// Writes an entry for each event, since an entry names at most one person.
    async fn noted(&self, operation: &'static str) -> Result<()> {
        for event in &self.events {
            let draft = Draft {
                operation,
                purpose: None,
                request_id: None,
                trace_id: None,
                relocant: event.ids().relocant,
                decision: Decision::Done,
                reason: None,
                events: std::slice::from_ref(event),
            };
            journal::add(&self.view, draft).await?;
        }
        Ok(())
    }

    /// Runs the operation and takes back all it did.
    async fn tried<O: Operation>(&mut self, operation: &O) -> Result<O::Output> {
        let inner = self.view.conn.begin().await.map_err(crate::db::error)?;
        let outer = std::mem::replace(&mut self.view.conn, inner);
        let outcome = operation.run(self).await;
        let inner = std::mem::replace(&mut self.view.conn, outer);
        inner.rollback().await.map_err(crate::db::error)?;
        outcome
    }
}
