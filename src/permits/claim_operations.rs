//! What officers do to share the applications of a region: claim, claim the next ones, give back.

use strum::IntoEnumIterator as _;
use uuid::Uuid;

use super::{Claim, Permit, PermitState, claims, refusals::Refusal, store, terms};
use crate::{
    auth::Permission,
    error::Result,
    events::Event,
    gate::{Operation, Tx},
    ids::PermitId,
};

async fn claim(tx: &mut Tx, permit: &Permit, batch: Uuid) -> Result<Claim> {
    let claim = Claim { permit: permit.id, subject: tx.caller.subject.clone(), claimed_at: tx.now, lapses_at: claims::lapses_at(tx.now) };
    store::put_claim(tx, &claim, batch).await?;
    tx.record(Event::PermitClaimed { permit: permit.id, relocant: permit.relocant });
    Ok(claim)
}

/// Claims an application, or makes the caller's own claim last longer.
#[derive(Debug)]
pub struct ClaimApplication {
    /// The application.
    pub id: PermitId,
}

impl Operation for ClaimApplication {
    const NAME: &'static str = "ClaimApplication";
    const NEEDS: Permission = Permission::ClaimApplication;
    type Output = Claim;

    async fn run(&self, tx: &mut Tx) -> Result<Claim> {
        let permit = store::get(tx, self.id).await?;
        let held = store::claim_on(tx, self.id).await?;
        claims::claim(terms::state_on(&permit, tx.today), held.as_ref(), &tx.caller.subject, tx.now)?;
        // Nobody else's holds, so what holds is the caller's own.
        let Some(own) = held.filter(|held| claims::holds(held, tx.now)) else {
            let batch = tx.reserved();
            return claim(tx, &permit, batch).await;
        };
        let own = Claim { lapses_at: claims::lapses_at(tx.now), ..own };
        store::extend_claim(tx, own.permit, own.lapses_at).await?;
        tx.record(Event::PermitClaimed { permit: permit.id, relocant: permit.relocant });
        Ok(own)
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Claim> {
        let permit = store::get(tx, self.id).await?;
        let own = store::claim_on(tx, permit.id).await?.filter(|claim| claim.subject == tx.caller.subject);
        Ok(own.ok_or(Refusal::ClaimNotHeld)?)
    }
}

/// Claims the next applications in the caller's region.
#[derive(Debug)]
pub struct ClaimApplications {
    /// How many at most.
    pub count: u64,
}

impl Operation for ClaimApplications {
    const NAME: &'static str = "ClaimApplications";
    const NEEDS: Permission = Permission::ClaimApplications;
    type Output = Vec<Claim>;

    async fn run(&self, tx: &mut Tx) -> Result<Vec<Claim>> {
        let batch = tx.reserved();
        let mut claimed = Vec::new();
        let waiting: Vec<PermitState> = PermitState::iter().filter(|state| claims::can_be_claimed(*state)).collect();
        for permit in store::unclaimed(tx, &waiting, self.count).await? {
            claimed.push(claim(tx, &permit, batch).await?);
        }
        Ok(claimed)
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Vec<Claim>> {
        store::claims_of_batch(tx, tx.reserved()).await
    }
}

/// Gives a claim of the caller's own back.
#[derive(Debug)]
pub struct ReleaseClaim {
    /// The application.
    pub id: PermitId,
}

impl Operation for ReleaseClaim {
    const NAME: &'static str = "ReleaseClaim";
    const NEEDS: Permission = Permission::ReleaseClaim;
    type Output = ();

    async fn run(&self, tx: &mut Tx) -> Result<()> {
        let permit = store::get(tx, self.id).await?;
        claims::release(store::claim_on(tx, self.id).await?.as_ref(), &tx.caller.subject, tx.now)?;
        store::remove_claim(tx, self.id).await?;
        tx.record(Event::PermitClaimReleased { permit: permit.id, relocant: permit.relocant });
        Ok(())
    }

    async fn replay(&self, tx: &mut Tx) -> Result<()> {
        store::get(tx, self.id).await.map(drop)
    }
}
