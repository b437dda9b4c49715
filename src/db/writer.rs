//! SQLite's single writer. Units of work that wait at the same moment share one transaction, each in its own savepoint, and are answered after the commit:
//! the cost of a write is its commit, and many can share one. The batch is whatever is waiting, never a timer, so a lone caller waits for nobody.

use futures_util::{FutureExt as _, future::BoxFuture};
use sea_orm::{DatabaseConnection, DatabaseTransaction, DbErr, SqliteTransactionMode, TransactionOptions, TransactionTrait as _};
use tokio::{
    sync::{mpsc, oneshot},
    time::Instant as Deadline,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::Instrument as _;

use super::{Work, error};
use crate::error::{Error, Result};

/// Units of work that share one commit at most.
const BATCH: usize = 256;

/// Units of work that may wait; admission control keeps far fewer in the house.
const QUEUE: usize = 4096;

/// A handle on the writer's queue; clones share it.
#[derive(Debug, Clone)]
pub struct Writer {
    queue: mpsc::Sender<Job>,
    closing: CancellationToken,
}

/// Tells one caller its answer, given how the shared commit went.
type Answer = Box<dyn FnOnce(Result<(), &DbErr>) + Send>;

struct Job {
    deadline: Option<Deadline>,
    run: Box<dyn FnOnce(Option<DatabaseTransaction>) -> BoxFuture<'static, Answer> + Send>,
}

/// Starts the writer on its own connection. It ends when it is closed, after the work that waits.
pub fn start(connection: DatabaseConnection, tasks: &TaskTracker) -> Writer {
    let (queue, waiting) = mpsc::channel(QUEUE);
    let closing = CancellationToken::new();
    tasks.spawn(serve(connection, waiting, closing.clone()));
    Writer { queue, closing }
}

impl Writer {
    /// Puts a unit of work into the queue; the answer comes after the commit that holds it.
    pub fn run<T: Send + 'static>(&self, deadline: Option<Deadline>, work: Work<T>) -> BoxFuture<'static, Result<T>> {
        let (tell, told) = oneshot::channel();
        let span = tracing::Span::current();
        let run = Box::new(move |tx: Option<DatabaseTransaction>| -> BoxFuture<'static, Answer> {
            Box::pin(async move { answer(tx, work, tell).await }.instrument(span))
        });
        let queue = self.queue.clone();
        Box::pin(async move {
            queue.try_send(Job { deadline, run }).map_err(|refused| match refused {
                mpsc::error::TrySendError::Full(_) => Error::Exhausted { limit: "writes waiting" },
                mpsc::error::TrySendError::Closed(_) => Error::Unavailable("the writer has closed".into()),
            })?;
            told.await.unwrap_or_else(|_| Err(Error::DeadlineExceeded))
        })
    }

    /// Units of work that wait.
    pub fn waiting(&self) -> u64 {
        u64::try_from(self.queue.max_capacity() - self.queue.capacity()).unwrap_or(u64::MAX)
    }

    /// Takes no more work; what waits is still done.
    pub fn close(&self) {
        self.closing.cancel();
    }
}

/// Runs one unit of work in its savepoint. `None`: there is no transaction to run it in.
async fn answer<T: Send + 'static>(tx: Option<DatabaseTransaction>, work: Work<T>, tell: oneshot::Sender<Result<T>>) -> Answer {
    let outcome = match tx {
        None => Err(Error::Unavailable("no transaction could be opened".into())),
        Some(tx) => match std::panic::AssertUnwindSafe(work(tx)).catch_unwind().await {
            Ok(done) => super::finish(done).await,
            Err(_) => Err(Error::internal("a unit of work panicked")),
        },
    };
    // A caller that hung up is not told; its effect stays.
    Box::new(move |committed| {
        let outcome = outcome.and_then(|answer| committed.map(|()| answer).map_err(|failed| error(failed.clone())));
        drop(tell.send(outcome));
    })
}

async fn serve(connection: DatabaseConnection, mut waiting: mpsc::Receiver<Job>, closing: CancellationToken) {
    let mut jobs = Vec::with_capacity(BATCH);
    loop {
        tokio::select! {
            count = waiting.recv_many(&mut jobs, BATCH) => if count == 0 { break },
            () = closing.cancelled(), if !waiting.is_closed() => waiting.close(),
        }
        gather(&mut waiting, &mut jobs).await;
        let now = Deadline::now();
        // Nobody waits for these any more; dropping a job tells its caller that the deadline has passed.
        jobs.retain(|job| job.deadline.is_none_or(|deadline| deadline > now));
        if !jobs.is_empty() {
            commit_together(&connection, &mut jobs).await;
        }
    }
    if let Err(failed) = connection.close().await {
        tracing::warn!(error = %failed, "closing the writer's connection failed");
    }
}

/// Lets every task that can run put in its work before the commit is begun. Nothing is waited for: a lone caller loses one turn of the scheduler.
async fn gather(waiting: &mut mpsc::Receiver<Job>, jobs: &mut Vec<Job>) {
    let mut had = 0;
    while had < jobs.len() && jobs.len() < BATCH {
        had = jobs.len();
        tokio::task::yield_now().await;
        while jobs.len() < BATCH
            && let Ok(job) = waiting.try_recv()
        {
            jobs.push(job);
        }
    }
}

async fn commit_together(connection: &DatabaseConnection, jobs: &mut Vec<Job>) {
    let options = TransactionOptions { sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate), ..Default::default() };
    let Ok(shared) = connection.begin_with_options(options).await else {
        for job in jobs.drain(..) {
            (job.run)(None).await(Ok(()));
        }
        return;
    };
    if jobs.len() == 1
        && let Some(job) = jobs.pop()
    {
        // Alone: the transaction itself serves as the savepoint.
        (job.run)(Some(shared)).await(Ok(()));
        return;
    }
    let mut answers = Vec::with_capacity(jobs.len());
    for job in jobs.drain(..) {
        answers.push((job.run)(shared.begin().await.ok()).await);
    }
    let committed = shared.commit().await;
    for answer in answers {
        answer(committed.as_ref().copied());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use sea_orm::ConnectionTrait as _;

    use super::*;

    fn statement(sql: &'static str) -> Work<()> {
        Arc::new(move |tx| {
            Box::pin(async move { (tx.execute_unprepared(sql).await.map(drop).map_err(error), tx) }.map(|(outcome, tx)| (tx, outcome)))
        })
    }

    /// Whoever shares a commit is told yes after it and never before: here the commit itself fails, by another caller's fault.
    #[tokio::test]
    async fn nobody_is_told_yes_before_the_shared_commit() {
        let connection = sea_orm::Database::connect("sqlite::memory:").await.unwrap();
        connection
            .execute_unprepared(
                "PRAGMA foreign_keys = ON; CREATE TABLE one (id INTEGER PRIMARY KEY); CREATE TABLE other (id INTEGER REFERENCES one)",
            )
            .await
            .unwrap();
        let tasks = TaskTracker::new();
        let writer = start(connection.clone(), &tasks);
        let (innocent, guilty) =
            (statement("INSERT INTO one VALUES (1)"), statement("PRAGMA defer_foreign_keys = ON; INSERT INTO other VALUES (7)"));
        // Both wait before the writer runs, so they share a commit.
        let (innocent, guilty) = tokio::join!(writer.run(None, innocent), writer.run(None, guilty));
        assert!(innocent.is_err() && guilty.is_err(), "{innocent:?} {guilty:?}");
        writer.run(None, statement("INSERT INTO one VALUES (1)")).await.expect("nothing of the failed commit is there");
    }
}
