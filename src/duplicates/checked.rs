//! Whom the check at the counter has found to be like nobody, for whoever follows the journal in this process: that person need not be compared again.
//!
//! ## Why is nobody missed?
//!
//! The check begins after the commit. Of two people who register at the same moment one becomes visible last, and the check of that one sees the other. Only who
//! is like nobody is noted here, so that one is compared again and the pair is kept. Whoever was changed since is compared again too.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use crate::ids::RelocantId;

/// People of one half at most: as many as register in a few seconds.
const MOST: usize = 8192;

/// People with the tags that their names are counted under. Nothing of them lies open.
#[derive(Debug, Default)]
pub struct Checked(Mutex<Halves>);

/// Whoever is not asked for, because another replica has followed the journal, goes with the older half.
#[derive(Debug, Default)]
struct Halves {
    newer: HashMap<RelocantId, Vec<Vec<u8>>>,
    older: HashMap<RelocantId, Vec<Vec<u8>>>,
}

impl Checked {
    /// Notes that a person whose record is committed is like nobody who was visible after that.
    pub fn add(&self, person: RelocantId, names: Vec<Vec<u8>>) {
        let mut halves = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if halves.newer.len() >= MOST {
            halves.older = std::mem::take(&mut halves.newer);
        }
        halves.newer.insert(person, names);
    }

    /// The tags of a person's names, once, when the person was found to be like nobody.
    pub fn take(&self, person: RelocantId) -> Option<Vec<Vec<u8>>> {
        let mut halves = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        halves.newer.remove(&person).or_else(|| halves.older.remove(&person))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_taken_once() {
        let (checked, person) = (Checked::default(), RelocantId::new());
        assert_eq!(checked.take(person), None);
        checked.add(person, vec![vec![7]]);
        assert_eq!((checked.take(person), checked.take(person)), (Some(vec![vec![7]]), None));
    }

    #[test]
    fn whoever_is_never_asked_for_is_forgotten_and_the_newest_are_not() {
        let checked = Checked::default();
        let people: Vec<_> = (0..4 * MOST).map(|_| RelocantId::new()).collect();
        for person in &people {
            checked.add(*person, vec![]);
        }
        let kept = people.iter().map(|person| checked.take(*person).is_some()).collect::<Vec<_>>();
        assert!(kept.iter().filter(|kept| **kept).count() <= 2 * MOST);
        assert!(kept[3 * MOST..].iter().all(|kept| *kept));
    }
}
