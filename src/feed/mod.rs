//! The journal as others read it: events for programs that follow the registry, entries for auditors. Both read by position, so nothing is missed and nothing
//! comes twice. The journal is written by `gate` alone.

pub mod api;
pub mod operations;
pub mod store;

use crate::{
    auth::{Caller, Reach},
    events::EventIds,
    gate::StoredEvent,
    time::Instant,
};

/// A place in the journal: how far somebody has read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Place {
    /// The position of the last entry that was read; 0: none.
    pub position: i64,
    /// That entry. After a copy of the database is put back, positions are given again, to other entries: a position alone would hide what was missed.
    pub entry: uuid::Uuid,
}

/// An entry with its position.
#[derive(Debug, Clone)]
pub struct Entry {
    /// From 1, without gaps.
    pub position: i64,
    /// The entry's id.
    pub id: uuid::Uuid,
    /// When the call was executed.
    pub at: Instant,
    /// Who called.
    pub subject: String,
    /// As what.
    pub role: String,
    /// From which registration centre.
    pub center: Option<String>,
    /// For which employer.
    pub organisation: Option<uuid::Uuid>,
    /// The RPC.
    pub operation: String,
    /// What personal data was read for.
    pub purpose: Option<String>,
    /// The caller's id of the request.
    pub request_id: Option<uuid::Uuid>,
    /// The trace.
    pub trace_id: Option<String>,
    /// The person it is about.
    pub relocant: Option<uuid::Uuid>,
    /// What became of it.
    pub decision: String,
    /// Why it was denied.
    pub reason: Option<String>,
    /// What it caused.
    pub events: Vec<StoredEvent>,
}

/// An event as one caller may see it.
#[derive(Debug, Clone)]
pub struct SeenEvent {
    /// The place of its entry.
    pub place: Place,
    /// Its place among what the caller may see of the entry, from 0.
    pub index: i32,
    /// When it happened.
    pub at: Instant,
    /// The stable name.
    pub name: String,
    /// The ids that the caller may see.
    pub ids: EventIds,
}

/// The events of an entry that a caller may see. A caller of one employer sees that employer's events, and not whom they are about: who a candidate is comes
/// with a consent and never with the feed.
pub fn visible(entry: Entry, caller: &Caller, names: &[String]) -> Vec<SeenEvent> {
    let (place, at) = (Place { position: entry.position, entry: entry.id }, entry.at);
    let see = |ids: EventIds| match &caller.reach {
        Reach::Everywhere => Some(ids),
        Reach::Organisation(own) => (ids.employer == Some(*own)).then_some(EventIds { relocant: None, ..ids }),
        Reach::Center(_) | Reach::Region(_) | Reach::Own(_) | Reach::Nothing => None,
    };
    // Numbered as seen: a gap would tell that something else has happened beside.
    let seen = entry.events.into_iter().filter_map(|event| see(event.ids).map(|ids| (event.name, ids))).zip(0..);
    let asked = seen.filter(|((name, _), _)| names.is_empty() || names.contains(name));
    asked.map(|((name, ids), index)| SeenEvent { place, index, at, name, ids }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        auth::Role,
        events::Event,
        ids::{EmployerId, MatchId, RelocantId, VacancyId},
    };

    #[test]
    fn an_employer_sees_its_own_events_without_the_person() {
        let (own, other) = (EmployerId::new(), EmployerId::new());
        let event =
            |employer| Event::MatchProposed { r#match: MatchId::new(), vacancy: VacancyId::new(), employer, relocant: RelocantId::new() };
        let stored = |event: Event| StoredEvent { name: event.name().to_owned(), ids: event.ids() };
        let entry = Entry {
            position: 1,
            id: uuid::Uuid::nil(),
            at: "2026-01-01T00:00:00Z".parse().unwrap(),
            subject: String::new(),
            role: String::new(),
            center: None,
            organisation: None,
            operation: String::new(),
            purpose: None,
            request_id: None,
            trace_id: None,
            relocant: None,
            decision: "DONE".to_owned(),
            reason: None,
            events: vec![stored(event(other)), stored(event(own)), stored(Event::RelocantRegistered { relocant: RelocantId::new() })],
        };
        let caller = |reach| Caller { subject: "x".to_owned(), role: Role::Integration, reach };
        let seen = visible(entry.clone(), &caller(Reach::Organisation(own)), &[]);
        assert_eq!(seen.iter().map(|event| (event.index, event.ids.relocant)).collect::<Vec<_>>(), [(0, None)]);
        assert_eq!(visible(entry.clone(), &caller(Reach::Everywhere), &[]).len(), 3);
        assert_eq!(visible(entry.clone(), &caller(Reach::Everywhere), &["relocant.registered".to_owned()]).len(), 1);
        assert!(visible(entry, &caller(Reach::Nothing), &[]).is_empty());
    }
}
