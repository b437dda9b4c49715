//! What reading the journal does, and who may.

use super::{
    Entry, Place, SeenEvent,
    store::{self, Filter},
    visible,
};
use crate::{
    auth::Permission,
    error::{Error, Result},
    gate::{Query, View},
};

/// Journal entries that one question looks through at most.
pub const MOST_ENTRIES: u64 = 1000;

/// Events after a position.
#[derive(Debug, Clone)]
pub struct ListEvents {
    /// After which entry; position 0: from the beginning.
    pub after: Place,
    /// The names asked for; none: all.
    pub names: Vec<String>,
    /// Entries to look through.
    pub limit: u64,
}

/// Events, and how far the journal was looked through.
#[derive(Debug)]
pub struct Events {
    /// The events that the caller may see.
    pub events: Vec<SeenEvent>,
    /// The last place that was looked at.
    pub place: Place,
    /// Whether that is the end for now.
    pub end: bool,
}

impl Query for ListEvents {
    const NAME: &'static str = "ListEvents";
    const NEEDS: Permission = Permission::ListEvents;
    type Output = Events;

    async fn run(&self, view: &View) -> Result<Events> {
        let last = store::last_position(view).await?;
        // Whoever has read what this journal does not have, because a copy from before it was put back, must begin anew.
        if self.after.position > last || store::place(view, self.after.position).await? != self.after {
            return Err(Error::OutOfRange);
        }
        let filter = Filter { with_events: true, ..Filter::default() };
        let entries = store::after(view, self.after.position, self.limit, &filter).await?;
        let full = u64::try_from(entries.len()).unwrap_or(u64::MAX) >= self.limit;
        let place = match entries.last().filter(|entry| full || entry.position == last) {
            Some(entry) => Place { position: entry.position, entry: entry.id },
            None if last == self.after.position => self.after,
            None => store::place(view, last).await?,
        };
        let events = entries.into_iter().flat_map(|entry| visible(entry, &view.caller, &self.names)).collect();
        Ok(Events { events, place, end: !full })
    }
}

/// The same as [`ListEvents`], for a stream: its own permission and name.
#[derive(Debug, Clone)]
pub struct WatchEvents(pub ListEvents);

impl Query for WatchEvents {
    const NAME: &'static str = "WatchEvents";
    const NEEDS: Permission = Permission::WatchEvents;
    type Output = Events;

    async fn run(&self, view: &View) -> Result<Events> {
        self.0.run(view).await
    }
}

/// Journal entries by position.
#[derive(Debug)]
pub struct ListEntries {
    /// After which position.
    pub after: i64,
    /// How many at most; one more is given when there are more.
    pub limit: u64,
    /// What narrows the list.
    pub filter: Filter,
}

impl Query for ListEntries {
    const NAME: &'static str = "ListEntries";
    const NEEDS: Permission = Permission::ListEntries;
    type Output = Vec<Entry>;

    async fn run(&self, view: &View) -> Result<Vec<Entry>> {
        store::after(view, self.after, self.limit + 1, &self.filter).await
    }
}
