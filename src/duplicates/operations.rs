//! What calls about duplicates do, and who may; how pairs are found beside registering.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    sync::Arc,
};

pub use super::store::Filter;
use super::{
    Likely, Likeness, Pair, PairState, Reason,
    checked::Checked,
    rules,
    store::{self, Progress},
};
use crate::{
    auth::Permission,
    classifiers::Region,
    error::{Error, Result},
    events::Event,
    feed,
    gate::{Operation, Purpose, Query, Registry, Tx, View},
    ids::{DuplicateId, RelocantId},
    likeness::{Band, Field, Frequencies, Level, Model, Record, Weighed, compare, scoring::whole},
    page::Page,
    relocants::{
        self, Identity, Relocant,
        likeness::{record, without_names},
    },
};

/// People who may share one key before it says nothing: another key must find the pair.
const MOST_SHARING: u64 = 500;

/// Likely-same people that one answer tells of at most.
const MOST_LIKELY: usize = 20;

/// Entries of the journal that are followed at once.
const FOLLOWED_AT_ONCE: u64 = 200;

/// Finds the records that are likely the same person's as this identity. The caller is told that they exist, so each is journaled as a look.
#[derive(Debug)]
pub struct CheckDuplicates {
    /// The record that the identity is of, when it is committed already.
    pub relocant: Option<RelocantId>,
    /// What the person shows.
    pub identity: Identity,
    /// The region of stay.
    pub region: Region,
}

impl Query for CheckDuplicates {
    const NAME: &'static str = "CheckDuplicates";
    const NEEDS: Permission = Permission::RegisterRelocant;
    type Output = Vec<Likely>;

    fn purpose(&self) -> Option<Purpose> {
        Some(Purpose::Registration)
    }

    async fn run(&self, view: &View) -> Result<Vec<Likely>> {
        let record = record(&self.identity, Some(self.region), view.today);
        let found = likely(view, self.relocant, &record).await?;
        if let Some(person) = self.relocant
            && found.is_empty()
        {
            view.remembered::<Checked>().add(person, store::name_tags(view.vault(), &record));
        }
        for one in &found {
            view.told_of(one.other);
        }
        Ok(found)
    }
}

/// Records that are likely the same person's, the likeliest first. Who was told apart is not among them.
async fn likely(view: &View, own: Option<RelocantId>, record_of: &Record) -> Result<Vec<Likely>> {
    let (model, people) = (&view.law.likeness, store::progress(view).await?.people);
    let apart = match own {
        Some(id) => store::told_apart(view, id).await?,
        None => vec![],
    };
    let mut candidates = relocants::finding::sharing(view, record_of, MOST_SHARING).await?;
    candidates.retain(|id| Some(*id) != own && !apart.contains(id));
    if candidates.is_empty() {
        return Ok(vec![]);
    }
    let mut counts = store::name_counts(view, record_of.counted_names()).await?;
    let own_names = Frequencies::of_own_names(record_of, |field, letters| people_with(&counts, field, letters));
    let mut near = Vec::new();
    for candidate in relocants::finding::to_compare(view, &candidates).await? {
        let region = Some(candidate.region);
        let known = compare(record_of, &without_names(&candidate.identity, region, view.today));
        if model.could_be_looked_at(record_of, known, own_names, people) {
            let theirs = record(&candidate.identity, region, view.today);
            let comparison = compare(record_of, &theirs);
            if model.band(&model.weigh(&comparison, own_names, people)) != Band::Different {
                near.push((candidate.merged_into.unwrap_or(candidate.id), theirs, comparison));
            }
        }
    }
    let theirs = near.iter().flat_map(|(_, theirs, _)| theirs.counted_names()).collect();
    counts.extend(store::name_counts(view, theirs).await?);
    let mut found: Vec<Likely> = Vec::new();
    for (other, theirs, comparison) in near {
        let names = Frequencies::of_names(record_of, &theirs, |field, letters| people_with(&counts, field, letters));
        let weighed = model.weigh(&comparison, names, people);
        let band = model.band(&weighed);
        if band != Band::Different && Some(other) != own && !apart.contains(&other) {
            let Relocant { code, center, .. } = relocants::store::get_unreached(view, other).await?;
            found.push(Likely { other, code, center, likeness: likeness(model, band, &weighed) });
        }
    }
    found.sort_by_key(|likely| (std::cmp::Reverse(likely.likeness.probability_ppm), likely.other));
    // One person may be found under a record that was merged and under the one that stands for it.
    let mut told = HashSet::new();
    found.retain(|likely| told.insert(likely.other));
    found.truncate(MOST_LIKELY);
    Ok(found)
}

fn people_with(counts: &store::Counts, field: Field, letters: &str) -> u64 {
    counts.get(&(field, letters.to_owned())).copied().unwrap_or(0)
}

fn likeness(model: &Model, band: Band, weighed: &Weighed) -> Likeness {
    let reason = |(field, level, bits): &(Field, Level, f64)| Reason { field: *field, level: *level, millibits: whole(bits * 1e3) };
    Likeness {
        band,
        probability_ppm: weighed.posterior_ppm(),
        reasons: weighed.reasons.iter().map(reason).collect(),
        model: model.version().to_owned(),
    }
}

/// Follows the journal: whoever was registered or changed since is compared, and pairs that somebody should look at are kept. Whatever the counter was told,
/// nobody is missed, also when two register at once. Gives whether there is more.
pub async fn follow(registry: &Registry) -> Result<bool> {
    let followed = Arc::new(registry.look(|view| Box::pin(compare_new(view))).await?);
    let is_more = followed.is_more;
    if followed.from == followed.to {
        return Ok(false);
    }
    registry
        .own("FindDuplicates", move |tx| {
            let followed = Arc::clone(&followed);
            Box::pin(async move {
                if store::advance(tx, followed.from, followed.to).await? {
                    store::count_names(tx, &followed.names).await?;
                    for (relocant, likely) in &followed.compared {
                        let others: Vec<_> = likely.iter().map(|likely| likely.other).collect();
                        store::drop_open_but(tx, *relocant, &others).await?;
                        for likely in likely {
                            keep(tx, *relocant, likely).await?;
                        }
                    }
                }
                Ok(())
            })
        })
        .await?;
    Ok(is_more)
}

/// What the next entries of the journal lead to.
struct Followed {
    from: Progress,
    to: Progress,
    /// Whether entries come after that. What is just being committed is left to the next time: by then it has been checked at the counter.
    is_more: bool,
    /// How many of those registered have which names, by the tags that they are counted under.
    names: BTreeMap<Vec<u8>, u64>,
    /// Everybody who was compared, with the records that are likely theirs.
    compared: Vec<(RelocantId, Vec<Likely>)>,
}

/// Compares everybody that the next entries are about.
async fn compare_new(view: &View) -> Result<Followed> {
    let from = store::progress(view).await?;
    let filter = feed::store::Filter { with_events: true, ..Default::default() };
    let entries = feed::store::after(view, from.position, FOLLOWED_AT_ONCE, &filter).await?;
    let (mut to, mut registered, mut changed) = (from, BTreeSet::new(), BTreeSet::new());
    for entry in &entries {
        to.position = entry.position;
        for event in &entry.events {
            if event.name == REGISTERED {
                registered.extend(event.ids.relocant);
                to.people += 1;
            } else if CHANGES_LIKENESS.contains(&event.name.as_str()) {
                changed.extend([event.ids.relocant, event.ids.other].into_iter().flatten());
            }
        }
    }
    let is_more = u64::try_from(entries.len()).is_ok_and(|count| count >= FOLLOWED_AT_ONCE);
    if !is_more {
        // Whatever comes after is without events, and need not be read again.
        to.position = feed::store::last_position(view).await?.max(to.position);
    }
    let mut followed = Followed { from, to, is_more, names: BTreeMap::new(), compared: vec![] };
    let mut count = |names: Vec<Vec<u8>>| names.into_iter().for_each(|tag| *followed.names.entry(tag).or_default() += 1);
    let (checked, mut unchecked) = (view.remembered::<Checked>(), changed.clone());
    for id in &registered {
        match checked.take(*id) {
            // Pairs that were found with this person since are kept: nothing is dropped of somebody who has not changed.
            Some(names) if !changed.contains(id) => count(names),
            Some(_) | None => drop(unchecked.insert(*id)),
        }
    }
    let unchecked: Vec<RelocantId> = unchecked.into_iter().collect();
    for one in relocants::finding::to_compare(view, &unchecked).await? {
        let record = record(&one.identity, Some(one.region), view.today);
        if registered.contains(&one.id) {
            count(store::name_tags(view.vault(), &record));
        }
        if one.merged_into.is_none() {
            followed.compared.push((one.id, likely(view, Some(one.id), &record).await?));
        }
    }
    Ok(followed)
}

const REGISTERED: &str = "relocant.registered";

/// The events after which a person is compared again.
const CHANGES_LIKENESS: [&str; 6] = [
    "relocant.amended",
    "relocant.document_added",
    "relocant.document_withdrawn",
    "relocant.merged",
    "relocant.merge_undone",
    "correction.approved",
];

/// Keeps a pair, and what was said about it.
async fn keep(tx: &mut Tx, relocant: RelocantId, likely: &Likely) -> Result<()> {
    let (first, second) = (relocant.min(likely.other), relocant.max(likely.other));
    let known = store::pair(tx, first, second).await?;
    let is_new = known.is_none();
    let pair = match known {
        Some(known) => Pair { likeness: Some(likely.likeness.clone()), ..known },
        None => Pair {
            id: DuplicateId::new(),
            first,
            second,
            likeness: Some(likely.likeness.clone()),
            state: PairState::Open,
            decided_by: None,
            decided_at: None,
            created_at: tx.now,
        },
    };
    store::save(tx, &pair).await?;
    if is_new {
        tx.record(Event::DuplicateFound { relocant: first, other: second });
    }
    Ok(())
}

/// Lists pairs of which the caller can reach one record at least.
#[derive(Debug)]
pub struct ListDuplicates {
    /// Which page.
    pub page: Page,
    /// What narrows it.
    pub filter: Filter,
}

impl Query for ListDuplicates {
    const NAME: &'static str = "ListDuplicates";
    const NEEDS: Permission = Permission::ListDuplicates;
    type Output = Vec<Pair>;

    fn purpose(&self) -> Option<Purpose> {
        Some(Purpose::Registration)
    }

    async fn run(&self, view: &View) -> Result<Vec<Pair>> {
        let pairs = store::list(view, self.page, &self.filter).await?;
        let people: Vec<_> = pairs.iter().flat_map(|pair| [pair.first, pair.second]).collect();
        let in_reach = relocants::store::in_reach(view, people.clone()).await?;
        // Of people elsewhere the caller is told that there is a record, and how alike it is.
        for id in people.into_iter().filter(|id| !in_reach.contains(id)) {
            view.told_of(id);
        }
        Ok(pairs)
    }
}

/// Both records, when the caller can reach one of them: whoever has the person at the counter speaks for both.
pub(super) async fn both(view: &View, one: RelocantId, other: RelocantId) -> Result<(Relocant, Relocant)> {
    match relocants::store::get(view, one).await {
        Ok(_) => {}
        Err(Error::NotFound { .. }) => drop(relocants::store::get(view, other).await?),
        Err(failed) => return Err(failed),
    }
    Ok((relocants::store::get_unreached(view, one).await?, relocants::store::get_unreached(view, other).await?))
}

/// Says whether two records are one person's. Kept, and not asked again.
#[derive(Debug)]
pub struct DecideDuplicate {
    /// The one record.
    pub one: RelocantId,
    /// The other.
    pub other: RelocantId,
    /// Whether they are one person's.
    pub same: bool,
}

impl Operation for DecideDuplicate {
    const NAME: &'static str = "DecideDuplicate";
    const NEEDS: Permission = Permission::DecideDuplicate;
    type Output = Pair;

    async fn run(&self, tx: &mut Tx) -> Result<Pair> {
        if self.one == self.other {
            return Err(rules::Refusal::SameRecord.into());
        }
        let (one, other) = both(tx, self.one, self.other).await?;
        let (one, other) = (relocants::rules::not_merged(one)?, relocants::rules::not_merged(other)?);
        let (first, second) = (one.id.min(other.id), one.id.max(other.id));
        // A pair that nothing had found can be decided as well; nothing is known of its likeness then.
        let known = store::pair(tx, first, second).await?;
        let (id, likeness, created_at) =
            known.map_or((DuplicateId(tx.reserved()), None, tx.now), |known| (known.id, known.likeness, known.created_at));
        let state = if self.same { PairState::Same } else { PairState::Different };
        let (decided_by, decided_at) = (Some(tx.caller.subject.clone()), Some(tx.now));
        let pair = Pair { id, first, second, likeness, state, decided_by, decided_at, created_at };
        store::save(tx, &pair).await?;
        tx.record(Event::DuplicateDecided { relocant: first, other: second });
        Ok(pair)
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Pair> {
        store::pair(tx, self.one, self.other).await?.ok_or(Error::NotFound { resource: "duplicate" })
    }
}
