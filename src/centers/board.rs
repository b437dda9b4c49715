//! Where every ticket stands, in memory: thousands of people ask for their place every second, and what they are told may be a second old. A centre's queue is read
//! from the database once for all who ask within half a second, however many they are; so asking takes no place from registering, and is never refused for it.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use tokio::{
    sync::{Mutex, Semaphore},
    time::{Instant as Moment, timeout},
};

use super::{
    rules::{self, Standing},
    store,
    ticket_operations::{InLine, Queue, queue},
    ticket_store,
};
use crate::{
    error::{Error, Result},
    gate::Registry,
    short_code::ShortCode,
};

/// A queue that was read before is read again, by one of those who ask; the others are still answered from it.
const READ_AGAIN: Duration = Duration::from_millis(500);

/// A queue that was read before is not told any more.
const TOO_OLD: Duration = Duration::from_secs(1);

/// Codes that no board knows and that are looked for in the database at the same moment: made-up ones keep nobody else out.
const LOOKS: usize = 4;

/// How long a look may wait for its turn.
const PATIENCE: Duration = Duration::from_secs(2);

/// The boards of all centres that somebody has asked for. Clones share them.
#[derive(Debug, Clone)]
pub struct Boards {
    registry: Registry,
    kept: Arc<RwLock<HashMap<String, Arc<Kept>>>>,
    looks: Arc<Semaphore>,
}

/// What is kept of one centre.
#[derive(Debug, Default)]
struct Kept {
    board: RwLock<Option<(Moment, Arc<Board>)>>,
    reading: Mutex<()>,
}

impl Kept {
    fn read_before(&self, at_most: Duration) -> Option<Arc<Board>> {
        let board = self.board.read().unwrap_or_else(PoisonError::into_inner);
        board.as_ref().filter(|(read_at, _)| read_at.elapsed() < at_most).map(|(_, board)| Arc::clone(board))
    }
}

/// A centre's queue, to be asked by code.
#[derive(Debug)]
pub struct Board {
    /// The queue.
    pub queue: Queue,
    places: HashMap<ShortCode, usize>,
}

impl Board {
    fn new(queue: Queue) -> Self {
        let places = queue.tickets.iter().enumerate().map(|(place, in_line)| (in_line.ticket.code, place)).collect();
        Self { queue, places }
    }

    fn ticket(&self, code: ShortCode) -> Option<&InLine> {
        self.places.get(&code).and_then(|place| self.queue.tickets.get(*place))
    }
}

impl Boards {
    /// No board yet.
    pub fn new(registry: Registry) -> Self {
        Self { registry, kept: Arc::default(), looks: Arc::new(Semaphore::new(LOOKS)) }
    }

    /// Where the ticket of a code stands.
    pub async fn ticket(&self, code: ShortCode) -> Result<InLine> {
        if let Some(center) = self.center_of(code)
            && let Some(in_line) = self.board(&center).await?.ticket(code)
        {
            return Ok(in_line.clone());
        }
        // Served, of another day, of a centre that nobody has asked for yet, or taken since the board was read.
        let found = self.look(code).await?;
        if rules::standing(&found.ticket, found.as_of) != Standing::Waiting {
            return Ok(found);
        }
        let board = self.board(&found.ticket.center).await?;
        if let Some(in_line) = board.ticket(code) {
            return Ok(in_line.clone());
        }
        let last = board.queue.services.iter().find(|line| line.service == found.ticket.service);
        Ok(InLine { wait: last.map(|line| line.next), ..found })
    }

    /// A centre's queue, a second old at most.
    pub async fn board(&self, center: &str) -> Result<Arc<Board>> {
        let known = self.kept.read().unwrap_or_else(PoisonError::into_inner).get(center).map(Arc::clone);
        let Some(kept) = known else {
            // Only a centre that is there gets a place here.
            let board = self.read(center).await?;
            let kept = Kept { board: RwLock::new(Some((Moment::now(), Arc::clone(&board)))), ..Kept::default() };
            self.kept.write().unwrap_or_else(PoisonError::into_inner).insert(center.to_owned(), Arc::new(kept));
            return Ok(board);
        };
        if let Some(board) = kept.read_before(READ_AGAIN) {
            return Ok(board);
        }
        if let Some(board) = kept.read_before(TOO_OLD) {
            if kept.reading.try_lock().is_ok() {
                let (boards, center) = (self.clone(), center.to_owned());
                self.registry.spawn(async move { drop(boards.read_again(&kept, &center).await) });
            }
            return Ok(board);
        }
        self.read_again(&kept, center).await
    }

    async fn read_again(&self, kept: &Kept, center: &str) -> Result<Arc<Board>> {
        let _one_reads = kept.reading.lock().await;
        if let Some(board) = kept.read_before(READ_AGAIN) {
            return Ok(board);
        }
        let (read_at, board) = (Moment::now(), self.read(center).await?);
        *kept.board.write().unwrap_or_else(PoisonError::into_inner) = Some((read_at, Arc::clone(&board)));
        Ok(board)
    }

    async fn read(&self, center: &str) -> Result<Arc<Board>> {
        let center = center.to_owned();
        let look = self.registry.look(move |view| {
            let center = center.clone();
            Box::pin(async move { queue(view, &store::get(view, &center).await?).await })
        });
        look.await.map(|queue| Arc::new(Board::new(queue)))
    }

    async fn look(&self, code: ShortCode) -> Result<InLine> {
        let _turn = timeout(PATIENCE, self.looks.acquire()).await.map_err(|_| Error::Exhausted { limit: "tickets looked for" })?;
        let look = self.registry.look(move |view| {
            Box::pin(async move { Ok(InLine { ticket: ticket_store::by_code(view, code).await?, wait: None, as_of: view.now }) })
        });
        look.await
    }

    /// The centre whose board knows a code, however old it is.
    fn center_of(&self, code: ShortCode) -> Option<String> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        let knows = |kept: &Kept| kept.read_before(Duration::MAX).is_some_and(|board| board.places.contains_key(&code));
        kept.iter().find(|(_, kept)| knows(kept)).map(|(center, _)| center.clone())
    }
}
