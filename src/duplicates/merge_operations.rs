//! What calls about merges do, and who may.

use strum::IntoEnumIterator as _;

use super::{Merge, Moved, operations::both, rules, store};
use crate::{
    auth::Permission,
    certificates, consents, contracts,
    db::ownership::Rows,
    dues,
    error::{Error, Result, same_version},
    events::Event,
    gate::{Operation, Query, Tx, View},
    households,
    ids::{MergeId, RelocantId},
    matches, permits,
    relocants::{self, Relocant},
    stays::{self, StayStatus},
};

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

/// Lets one record stand for a person who has two: stays, permits, matches, consents and what was shown by them, households and documents of the other become its own.
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
        Moved::MatchingPlacement => matches::round_store::change_hands(tx, rows, to).await,
        Moved::Certificate => certificates::store::change_hands(tx, rows, to).await,
        Moved::HouseholdMember => households::store::change_hands(tx, rows, to).await,
        Moved::Contract => contracts::store::change_hands(tx, rows, to).await,
        Moved::Consent => consents::store::change_hands(tx, rows, to).await,
        Moved::Disclosure => consents::store::disclosures_change_hands(tx, rows, to).await,
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
/// at risk by, a membership that goes on in another role or household, what was shown for a match.
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
        Moved::Disclosure => {
            let matches = store::moved(tx, merge.id, Moved::Match).await?;
            rows.extend(consents::store::disclosures_of_matches(tx, &matches).await?);
        }
        Moved::HouseholdMember => rows = households::store::with_what_continues(tx, merge.kept, rows).await?,
        Moved::Relocant
        | Moved::Permit
        | Moved::Match
        | Moved::MatchingPlacement
        | Moved::Consent
        | Moved::Contract
        | Moved::Certificate
        | Moved::Due => {}
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
