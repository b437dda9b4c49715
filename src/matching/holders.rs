//! Who holds which place, the best ranked first.

use super::{Demand, HIGHEST, HouseholdId, Market, Place, PlaceId, at};

/// Somebody who holds a place: the rank, then the household. In this order they are one number, so that to compare two is one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Holder(u64);

impl Holder {
    /// A household with a rank.
    pub fn new(household: HouseholdId, rank: u32) -> Self {
        Self(u64::from(rank) << 32 | u64::from(household))
    }

    /// Who.
    pub fn household(self) -> HouseholdId {
        u32::try_from(self.0 & u64::from(u32::MAX)).unwrap_or_default()
    }
}

/// Where nobody is.
const NOBODY: Holder = Holder(u64::MAX);

/// Holders that a place has room for at first. Room is made when more come.
const ROOM: u32 = 16;

/// Holders of a place that are looked through one by one at most; of more the half is asked first.
const SMALL: usize = 32;

/// The holders of every place, all in one piece of memory.
#[derive(Debug, Clone, Default)]
pub struct Holders {
    rows: Vec<Row>,
    slots: Vec<Holder>,
}

/// Where the holders of a place lie, in few bytes: every demand reads one.
#[derive(Debug, Clone, Copy)]
struct Row {
    begin: u32,
    count: u32,
    room: u32,
    capacity: u32,
    /// The place that this one lies within, or none, and in the highest bit whether places lie within this one: then whoever holds it may have demanded one of those.
    around: u32,
}

/// The number of no place.
const NONE: u32 = HIGHEST - 1;

impl Row {
    fn held(&self) -> std::ops::Range<usize> {
        at(self.begin)..at(self.begin) + at(self.count)
    }

    fn within(&self) -> Option<PlaceId> {
        Some(self.around & !HIGHEST).filter(|place| *place != NONE)
    }
}

/// What became of a demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offered {
    /// The place was free.
    Free,
    /// It was taken from somebody whom the place ranks lower.
    InsteadOf(HouseholdId),
    /// The place is full of better ranked ones.
    Refused,
}

impl Holders {
    /// Nobody, anywhere.
    pub fn nobody(market: &Market) -> Self {
        let mut slots = Vec::new();
        let row = |place: &Place| {
            let begin = u32::try_from(slots.len()).unwrap_or(u32::MAX);
            let room = place.capacity.min(ROOM);
            slots.resize(slots.len() + at(room), NOBODY);
            Row { begin, count: 0, room, capacity: place.capacity, around: place.within.unwrap_or(NONE) }
        };
        let mut rows: Vec<Row> = market.places.iter().map(row).collect();
        for within in market.places.iter().filter_map(|place| place.within) {
            if let Some(around) = rows.get_mut(at(within)) {
                around.around |= HIGHEST;
            }
        }
        Self { rows, slots }
    }

    /// The holders of a place, the best ranked first.
    pub fn of(&self, place: PlaceId) -> &[Holder] {
        self.rows.get(at(place)).and_then(|row| self.slots.get(row.held())).unwrap_or_default()
    }

    /// Everybody who holds something; more than once who holds several.
    pub fn all(&self) -> impl Iterator<Item = HouseholdId> {
        self.rows.iter().flat_map(|row| self.slots.get(row.held()).unwrap_or_default()).map(|holder| holder.household())
    }

    /// Reads the ends of the holders of a place, so that they are at hand when it is asked.
    pub fn touch(&self, place: PlaceId) -> u64 {
        let held = self.of(place);
        held.first().zip(held.last()).map_or(0, |(first, last)| u64::from(first.household() ^ last.household()))
    }

    /// Gives a place to a household that holds nothing, if it is free or held by somebody ranked lower. `demanded` is the place that somebody holds or lies within.
    ///
    /// Of the places that lie within each other the innermost that is full decides: whoever leaves it makes room in all that it lies within.
    pub fn offer(&mut self, household: HouseholdId, demand: Demand, demanded: impl Fn(HouseholdId) -> Option<PlaceId>) -> Offered {
        let new = Holder::new(household, demand.rank);
        let Some((place, full)) = self.chain(demand.place).find(|(_, row)| row.count >= row.capacity) else {
            self.insert(demand.place, new);
            return Offered::Free;
        };
        match self.slots.get(full.held()).and_then(<[Holder]>::last).copied() {
            Some(last) if new < last => {
                let inner = if full.around & HIGHEST != 0 { demanded(last.household()).unwrap_or(place) } else { place };
                self.remove(inner, last);
                self.insert(demand.place, new);
                Offered::InsteadOf(last.household())
            }
            Some(_) | None => Offered::Refused,
        }
    }

    /// Adds a holder to a place and those that it lies within.
    pub fn insert(&mut self, place: PlaceId, new: Holder) {
        let mut next = Some(place);
        while let Some(place) = next {
            let Some(row) = self.rows.get_mut(at(place)) else { return };
            if row.count == row.room {
                // Room for twice as many, behind everybody.
                let begin = self.slots.len();
                self.slots.extend_from_within(row.held());
                row.room = row.room.saturating_mul(2);
                self.slots.resize(begin + at(row.room), NOBODY);
                row.begin = u32::try_from(begin).unwrap_or(u32::MAX);
            }
            row.count += 1;
            next = row.within();
            if let Some(held) = self.slots.get_mut(row.held()) {
                put_in(held, new);
            }
        }
    }

    /// Takes a holder out of a place and those that it lies within.
    pub fn remove(&mut self, place: PlaceId, old: Holder) {
        let mut next = Some(place);
        while let Some(place) = next {
            let Some(row) = self.rows.get_mut(at(place)) else { return };
            next = row.within();
            if let Some(held) = self.slots.get_mut(row.held()) {
                let found = if held.last() == Some(&old) { Ok(before_last(held)) } else { held.binary_search(&old) };
                if let Ok(found) = found {
                    held.copy_within(found + 1.., found);
                    row.count -= 1;
                }
            }
        }
    }

    /// A place and those that it lies within.
    fn chain(&self, place: PlaceId) -> impl Iterator<Item = (PlaceId, &Row)> {
        let known = |place: PlaceId| Some((place, self.rows.get(at(place))?));
        std::iter::successors(known(place), move |(_, row)| known(row.within()?))
    }
}

/// Puts somebody among those who are in order, the last slot being empty.
fn put_in(held: &mut [Holder], new: Holder) {
    let mut empty = before_last(held);
    if held.len() > SMALL {
        let rank = held.get(..empty).unwrap_or_default().partition_point(|holder| *holder < new);
        held.copy_within(rank..empty, rank + 1);
        empty = rank;
    }
    while let Some(before) = empty.checked_sub(1)
        && let Some([before, slot]) = held.get_mut(before..=empty)
        && *before > new
    {
        *slot = *before;
        empty -= 1;
    }
    if let Some(slot) = held.get_mut(empty) {
        *slot = new;
    }
}

fn before_last(held: &[Holder]) -> usize {
    held.len().saturating_sub(1)
}
