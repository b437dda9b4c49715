//! What calls about corrections do, in which order, and who may.

pub use super::store::Filter;
use super::{
    Claim, Contents, Correction, CorrectionState, RejectionGround, Values,
    rules::{self, Refusal},
    store,
};
use crate::{
    auth::Permission,
    error::{Error, Result, none_at_fault, same_version},
    events::Event,
    gate::{Operation, Purpose, Query, Tx, View},
    ids::{CorrectionId, RelocantId},
    page::Page,
    relocants::{self, Identity},
    reservations::{self, Resource, store::Part},
};

/// Proposes to correct a record.
#[derive(Debug)]
pub struct ProposeCorrection {
    /// Whose record.
    pub relocant: RelocantId,
    /// What is right.
    pub values: Values,
}

impl Operation for ProposeCorrection {
    const NAME: &'static str = "ProposeCorrection";
    const NEEDS: Permission = Permission::ProposeCorrection;
    type Output = Correction;

    async fn run(&self, tx: &mut Tx) -> Result<Correction> {
        let relocant = relocants::rules::still_here(relocants::store::get(tx, self.relocant).await?)?;
        let identity = relocants::store::identity(tx, relocant.id).await?;
        let before = rules::propose(&identity, &self.values)?;
        is_right(tx, &rules::corrected(&identity, &self.values))?;
        if let Some(open) = store::open_of(tx, relocant.id).await? {
            return Err(Refusal::CorrectionOpen { correction: open.id }.into());
        }
        let id = CorrectionId(tx.reserved());
        let correction = Correction {
            id,
            relocant: relocant.id,
            fields: rules::fields(&self.values),
            state: CorrectionState::Proposed,
            proposed_by: tx.caller.subject.clone(),
            proposed_at: tx.now,
            decided: None,
            ground: None,
            claim: None,
            version: 1,
        };
        store::insert(tx, &correction, &Contents { of: id, before, after: self.values.clone() }).await?;
        tx.record(Event::CorrectionProposed { correction: id, relocant: relocant.id });
        Ok(correction)
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Correction> {
        store::get(tx, CorrectionId(tx.reserved())).await
    }
}

/// Whether an identity can be what a correction makes of it.
fn is_right(tx: &Tx, identity: &Identity) -> Result<()> {
    none_at_fault(relocants::rules::identity(identity, "values.", tx.today))
}

/// A correction as the caller has seen it.
async fn open(tx: &Tx, id: CorrectionId, expected_version: i64) -> Result<Correction> {
    let correction = store::get(tx, id).await?;
    same_version("correction", expected_version, correction.version)?;
    Ok(correction)
}

/// Saves a decision, and gives the claim back with it.
async fn decided(tx: &Tx, correction: Correction) -> Result<Correction> {
    if let Some(claim) = &correction.claim {
        reservations::store::release(tx, claim.holder).await?;
    }
    store::save(tx, &Correction { claim: None, ..correction }).await
}

/// Carries a correction out.
#[derive(Debug)]
pub struct ApproveCorrection {
    /// The correction.
    pub id: CorrectionId,
    /// What the caller has seen.
    pub expected_version: i64,
}

impl Operation for ApproveCorrection {
    const NAME: &'static str = "ApproveCorrection";
    const NEEDS: Permission = Permission::ApproveCorrection;
    type Output = Correction;

    async fn run(&self, tx: &mut Tx) -> Result<Correction> {
        let correction = open(tx, self.id, self.expected_version).await?;
        let correction = rules::decide(correction, CorrectionState::Approved, None, &tx.caller.subject, tx.now)?;
        let relocant = relocants::rules::still_here(relocants::store::get(tx, correction.relocant).await?)?;
        let (former, contents) = (relocants::store::identity(tx, relocant.id).await?, store::contents(tx, &correction).await?);
        rules::is_current(&former, &contents.before)?;
        let identity = rules::corrected(&former, &contents.after);
        is_right(tx, &identity)?;
        let relocant = relocants::store::save(tx, &relocant).await?;
        relocants::store::save_identity(tx, relocant.id, &identity, &former).await?;
        let correction = decided(tx, correction).await?;
        tx.record(Event::CorrectionApproved { correction: correction.id, relocant: relocant.id });
        Ok(correction)
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Correction> {
        store::get(tx, self.id).await
    }
}

/// Turns a correction down.
#[derive(Debug)]
pub struct RejectCorrection {
    /// The correction.
    pub id: CorrectionId,
    /// What the caller has seen.
    pub expected_version: i64,
    /// Why.
    pub ground: RejectionGround,
}

impl Operation for RejectCorrection {
    const NAME: &'static str = "RejectCorrection";
    const NEEDS: Permission = Permission::RejectCorrection;
    type Output = Correction;

    async fn run(&self, tx: &mut Tx) -> Result<Correction> {
        let correction = open(tx, self.id, self.expected_version).await?;
        let correction = rules::decide(correction, CorrectionState::Rejected, Some(self.ground), &tx.caller.subject, tx.now)?;
        let correction = decided(tx, correction).await?;
        tx.record(Event::CorrectionRejected { correction: correction.id, relocant: correction.relocant });
        Ok(correction)
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Correction> {
        store::get(tx, self.id).await
    }
}

/// Takes one's own proposal back.
#[derive(Debug)]
pub struct WithdrawCorrection {
    /// The correction.
    pub id: CorrectionId,
    /// What the caller has seen.
    pub expected_version: i64,
}

impl Operation for WithdrawCorrection {
    const NAME: &'static str = "WithdrawCorrection";
    const NEEDS: Permission = Permission::WithdrawCorrection;
    type Output = Correction;

    async fn run(&self, tx: &mut Tx) -> Result<Correction> {
        let correction = rules::withdraw(open(tx, self.id, self.expected_version).await?, &tx.caller.subject, tx.now)?;
        let correction = decided(tx, correction).await?;
        tx.record(Event::CorrectionWithdrawn { correction: correction.id, relocant: correction.relocant });
        Ok(correction)
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Correction> {
        store::get(tx, self.id).await
    }
}

/// Claims a proposal, so that two clerks do not check the same.
#[derive(Debug)]
pub struct ClaimCorrection {
    /// The correction; `None`: the oldest that is free.
    pub id: Option<CorrectionId>,
}

impl Operation for ClaimCorrection {
    const NAME: &'static str = "ClaimCorrection";
    const NEEDS: Permission = Permission::ClaimCorrection;
    type Output = Option<Correction>;

    async fn run(&self, tx: &mut Tx) -> Result<Option<Correction>> {
        let correction = match self.id {
            Some(id) => Some(store::get(tx, id).await?),
            None => store::next_free(tx).await?,
        };
        let Some(correction) = correction else { return Ok(None) };
        rules::may_decide(&correction, &tx.caller.subject, tx.now)?;
        if let Some(claim) = &correction.claim {
            // One's own, which is made to last longer, or one that has lapsed.
            reservations::store::release(tx, claim.holder).await?;
        }
        let lapses_at = rules::claim_lapses_at(tx.now);
        let claim = Claim { holder: tx.reserved(), subject: tx.caller.subject.clone(), lapses_at };
        let part = Part { resource: Resource::Correction, id: correction.id.0, capacity: 1, units: 1 };
        let held = reservations::store::hold(tx, part, claim.holder, lapses_at).await?;
        held.map_err(|_| Error::Conflict { resource: "correction" })?;
        let correction = store::save(tx, &Correction { claim: Some(claim), ..correction }).await?;
        Ok(Some(correction))
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Option<Correction>> {
        match reservations::store::resource_of(tx, tx.reserved()).await? {
            Some(id) => store::get(tx, CorrectionId(id)).await.map(Some),
            None => Ok(None),
        }
    }
}

/// Gives a claim back.
#[derive(Debug)]
pub struct ReleaseCorrection {
    /// The correction.
    pub id: CorrectionId,
}

impl Operation for ReleaseCorrection {
    const NAME: &'static str = "ReleaseCorrection";
    const NEEDS: Permission = Permission::ReleaseCorrection;
    type Output = Correction;

    async fn run(&self, tx: &mut Tx) -> Result<Correction> {
        let correction = store::get(tx, self.id).await?;
        if !rules::has_claimed(&correction, &tx.caller.subject, tx.now) {
            return Err(Refusal::CorrectionNotClaimed.into());
        }
        decided(tx, correction).await
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Correction> {
        store::get(tx, self.id).await
    }
}

/// Answers a correction with what it holds.
#[derive(Debug)]
pub struct GetCorrection {
    /// The correction.
    pub id: CorrectionId,
    /// What it is read for.
    pub purpose: Purpose,
}

impl Query for GetCorrection {
    const NAME: &'static str = "GetCorrection";
    const NEEDS: Permission = Permission::GetCorrection;
    type Output = (Correction, Contents);

    fn purpose(&self) -> Option<Purpose> {
        Some(self.purpose)
    }

    async fn run(&self, view: &View) -> Result<(Correction, Contents)> {
        let correction = store::get(view, self.id).await?;
        let contents = store::contents(view, &correction).await?;
        Ok((correction, contents))
    }
}

/// Lists corrections in reach.
#[derive(Debug)]
pub struct ListCorrections {
    /// Which page.
    pub page: Page,
    /// What narrows it.
    pub filter: Filter,
}

impl Query for ListCorrections {
    const NAME: &'static str = "ListCorrections";
    const NEEDS: Permission = Permission::ListCorrections;
    type Output = Vec<Correction>;

    async fn run(&self, view: &View) -> Result<Vec<Correction>> {
        store::list(view, self.page, self.filter).await
    }
}
