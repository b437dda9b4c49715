//! What calls about duplicates do, and who may; how pairs are found beside registering.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    sync::Arc,
};

use strum::IntoEnumIterator as _;

pub use super::store::Filter;
use super::{
    Likely, Likeness, Merge, Moved, Pair, PairState, Reason,
    checked::Checked,
    rules,
    store::{self, Progress},
};
use crate::{
    auth::Permission,
    certificates,
    classifiers::Region,
    consents,
    db::ownership::Rows,
    dues,
    error::{Error, Result, same_version},
    events::Event,
    feed,
    gate::{Operation, Purpose, Query, Registry, Tx, View},
    households,
    ids::{DuplicateId, MergeId, RelocantId},
    likeness::{Band, Field, Frequencies, Level, Model, Record, Weighed, compare, scoring::whole},
    matches,
    page::Page,
    permits,
    relocants::{self, Identity, Relocant, likeness::record},
    stays::{self, StayStatus},
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
    let mut near = Vec::new();
    for candidate in relocants::finding::to_compare(view, &candidates).await? {
        let theirs = record(&candidate.identity, Some(candidate.region), view.today);
        let comparison = compare(record_of, &theirs);
        if model.could_be_looked_at(&model.weigh(&comparison, Frequencies::default(), people)) {
            near.push((candidate.merged_into.unwrap_or(candidate.id), theirs, comparison));
        }
    }
    let records = near.iter().map(|(_, theirs, _)| theirs).chain([record_of]).filter(|_| !near.is_empty());
    let counts = store::name_counts(view, records.flat_map(Record::counted_names).collect()).await?;
    let people_with = |field: Field, letters: &str| counts.get(&(field, letters.to_owned())).copied().unwrap_or(0);
    let mut found: Vec<Likely> = Vec::new();
    for (other, theirs, comparison) in near {
        let weighed = model.weigh(&comparison, Frequencies::of_names(record_of, &theirs, people_with), people);
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
async fn both(view: &View, one: RelocantId, other: RelocantId) -> Result<(Relocant, Relocant)> {
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

/// What a merge leads to.
#[derive(Debug)]
pub struct MergedInto {
    /// The merge.
    pub merge: Merge,
    /// The record that stands for the person.
    pub kept: Relocant,
    /// How long the person may stay by the crossings of both, when a policy applies and the caller can reach the record.
    pub stay_status: Option<StayStatus>,
}

/// Lets one record stand for a person who has two: stays, permits, matches, consents, households and documents of the other become its own.
#[derive(Debug)]
pub struct MergeRelocants {
    /// The record that will stand for the person.
    pub kept: RelocantId,
    /// What the caller has seen of it.
    pub expected_version: i64,
    /// The one that is merged into it.
    pub merged: RelocantId,
}

impl Operation for MergeRelocants {
    const NAME: &'static str = "MergeRelocants";
    const NEEDS: Permission = Permission::MergeRelocants;
    type Output = MergedInto;

    async fn run(&self, tx: &mut Tx) -> Result<MergedInto> {
        if self.kept == self.merged {
            return Err(rules::Refusal::SameRecord.into());
        }
        let (kept, merged) = both(tx, self.kept, self.merged).await?;
        same_version("relocant", self.expected_version, kept.version)?;
        let merged = relocants::store::save(tx, &rules::merge(&kept, merged)?).await?;
        let kept = relocants::store::save(tx, &kept).await?;
        let (own, others) = (relocants::finding::identity_of(tx, kept.id).await?, relocants::finding::identity_of(tx, merged.id).await?);
        let (identity, absorbed) = rules::absorb(own.clone(), &others);
        relocants::store::save_identity(tx, kept.id, &identity, &own).await?;
        let merge = Merge { id: MergeId(tx.reserved()), kept: kept.id, merged: merged.id, absorbed, merged_at: tx.now, undone_at: None };
        store::insert_merge(tx, &merge).await?;
        for kind in Moved::iter() {
            let rows = change_hands(tx, kind, Rows::Of(merged.id), kept.id).await?;
            store::insert_moved(tx, merge.id, kind, &rows).await?;
        }
        tx.record(Event::RelocantsMerged { relocant: kept.id, other: merged.id });
        let stay_status = status(tx, kept.id).await?;
        Ok(MergedInto { merge, kept, stay_status })
    }

    async fn replay(&self, tx: &mut Tx) -> Result<MergedInto> {
        let merge = store::get_merge(tx, MergeId(tx.reserved())).await?;
        let kept = relocants::store::get_unreached(tx, merge.kept).await?;
        let stay_status = status(tx, kept.id).await?;
        Ok(MergedInto { merge, kept, stay_status })
    }
}

/// Nothing is said where the caller cannot reach the record or no policy applies.
async fn status(view: &View, kept: RelocantId) -> Result<Option<StayStatus>> {
    match stays::operations::answer(view, kept, view.today).await {
        Ok(answer) => Ok(Some(answer.status)),
        Err(Error::NotFound { .. } | Error::Refused(_)) => Ok(None),
        Err(failed) => Err(failed),
    }
}

async fn change_hands(tx: &Tx, kind: Moved, rows: Rows<'_>, to: RelocantId) -> Result<Vec<uuid::Uuid>> {
    match kind {
        Moved::Relocant => relocants::store::merged_change_hands(tx, rows, to).await,
        Moved::Crossing => stays::store::crossings_change_hands(tx, rows, to).await,
        Moved::ArrivalNotice => stays::store::notices_change_hands(tx, rows, to).await,
        Moved::Permit => permits::store::permits_change_hands(tx, rows, to).await,
        Moved::PermitRisk => permits::store::risks_change_hands(tx, rows, to).await,
        Moved::Match => matches::store::change_hands(tx, rows, to).await,
        Moved::Certificate => certificates::store::change_hands(tx, rows, to).await,
        Moved::HouseholdMember => households::store::change_hands(tx, rows, to).await,
        Moved::Consent => consents::store::change_hands(tx, rows, to).await,
        Moved::Due => dues::store::change_hands(tx, rows, to).await,
    }
}

/// Takes a merge back: everything that it moved returns, and what came since stays with the record that was kept.
#[derive(Debug)]
pub struct UndoMerge {
    /// The merge.
    pub id: MergeId,
}

/// Two records after their merge was undone.
#[derive(Debug)]
pub struct Parted {
    /// The merge.
    pub merge: Merge,
    /// The record that had stood for the person.
    pub kept: Relocant,
    /// The one that stands for itself again.
    pub restored: Relocant,
}

impl Operation for UndoMerge {
    const NAME: &'static str = "UndoMerge";
    const NEEDS: Permission = Permission::UndoMerge;
    type Output = Parted;

    async fn run(&self, tx: &mut Tx) -> Result<Parted> {
        let merge = store::get_merge(tx, self.id).await?;
        // Whoever can reach neither record learns nothing of the merge either.
        let hidden = |failed| if matches!(failed, Error::NotFound { .. }) { Error::NotFound { resource: "merge" } } else { failed };
        let (kept, merged) = both(tx, merge.kept, merge.merged).await.map_err(hidden)?;
        if merge.undone_at.is_some() {
            return Err(rules::Refusal::MergeUndone.into());
        }
        // What was merged further is parted in the opposite order.
        let kept = relocants::rules::not_merged(kept)?;
        rules::is_last(&merge, &store::merges_of(tx, merge.kept).await?)?;
        let kept = relocants::store::save(tx, &kept).await?;
        let restored = relocants::store::save(tx, &rules::restore(merged)).await?;
        let (own, others) = (relocants::finding::identity_of(tx, kept.id).await?, relocants::finding::identity_of(tx, restored.id).await?);
        let identity = rules::give_back(own.clone(), &others, &merge.absorbed);
        relocants::store::save_identity(tx, kept.id, &identity, &own).await?;
        for kind in Moved::iter() {
            let rows = with_what_hangs_on_them(tx, kind, &merge).await?;
            change_hands(tx, kind, Rows::These(&rows), restored.id).await?;
        }
        store::undo(tx, merge.id).await?;
        tx.record(Event::MergeUndone { relocant: kept.id, other: restored.id });
        Ok(Parted { merge: Merge { undone_at: Some(tx.now), ..merge }, kept, restored })
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Parted> {
        let merge = store::get_merge(tx, self.id).await?;
        let (kept, restored) = both(tx, merge.kept, merge.merged).await?;
        Ok(Parted { merge, kept, restored })
    }
}

/// The rows of a kind that a merge has moved, and those that came since and speak of a moved row: a correction of a crossing, the notice of an arrival, what a permit is
/// at risk by, a membership that goes on in another role or household.
async fn with_what_hangs_on_them(tx: &Tx, kind: Moved, merge: &Merge) -> Result<Vec<uuid::Uuid>> {
    let mut rows = store::moved(tx, merge.id, kind).await?;
    match kind {
        Moved::Crossing => rows = stays::store::with_corrections(tx, merge.kept, rows).await?,
        Moved::ArrivalNotice => {
            let crossings = store::moved(tx, merge.id, Moved::Crossing).await?;
            rows.extend(stays::store::with_corrections(tx, merge.merged, crossings).await?);
        }
        Moved::PermitRisk => {
            let permits = store::moved(tx, merge.id, Moved::Permit).await?;
            rows.extend(permits::store::risks_of_permits(tx, &permits).await?);
        }
        Moved::HouseholdMember => rows = households::store::with_what_continues(tx, merge.kept, rows).await?,
        Moved::Relocant | Moved::Permit | Moved::Match | Moved::Consent | Moved::Certificate | Moved::Due => {}
    }
    rows.sort_unstable();
    rows.dedup();
    Ok(rows)
}

/// Lists the merges that a record had a part in.
#[derive(Debug)]
pub struct ListMerges {
    /// The record.
    pub relocant: RelocantId,
}

impl Query for ListMerges {
    const NAME: &'static str = "ListMerges";
    const NEEDS: Permission = Permission::ListMerges;
    type Output = Vec<Merge>;

    async fn run(&self, view: &View) -> Result<Vec<Merge>> {
        relocants::store::get(view, self.relocant).await?;
        store::merges_of(view, self.relocant).await
    }
}
