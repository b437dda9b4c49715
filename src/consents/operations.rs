//! What calls about consents do, in which order, and who may. Disclosing stands on a match and is in `matches`.

use chrono::NaiveDate;

use super::{Consent, ConsentField, ConsentPurpose, Disclosure, rules, store, wordings::Wording};
use crate::{
    auth::Permission,
    employers,
    error::{Error, Result, none_at_fault},
    events::Event,
    gate::{Operation, Query, Tx, View},
    ids::{ConsentId, EmployerId, RelocantId},
    page::Page,
    relocants,
};

/// Gives a consent.
#[derive(Debug)]
pub struct GiveConsent {
    /// Who consents.
    pub relocant: RelocantId,
    /// To whom.
    pub employer: EmployerId,
    /// What for.
    pub purpose: ConsentPurpose,
    /// Which fields.
    pub fields: Vec<ConsentField>,
    /// The last day.
    pub until: NaiveDate,
    /// The version of the wording that the person was shown.
    pub wording: i32,
}

impl Operation for GiveConsent {
    const NAME: &'static str = "GiveConsent";
    const NEEDS: Permission = Permission::GiveConsent;
    type Output = Consent;

    async fn run(&self, tx: &mut Tx) -> Result<Consent> {
        relocants::rules::still_here(relocants::store::get(tx, self.relocant).await?)?;
        employers::rules::may_host(&employers::store::get_any(tx, self.employer).await?)?;
        let wordings = &tx.law.consent_wordings;
        none_at_fault(rules::give(&self.fields, self.until, self.wording, wordings, tx.today))?;
        rules::agreed(self.wording, wordings, tx.today)?;
        let consent = Consent {
            id: ConsentId(tx.reserved()),
            relocant: self.relocant,
            employer: self.employer,
            purpose: self.purpose,
            fields: self.fields.clone(),
            until: self.until,
            given_at: tx.now,
            withdrawn_at: None,
            end: None,
            wording: Some(self.wording),
            version: 1,
        };
        store::insert(tx, &consent).await?;
        tx.record(Event::ConsentGiven { consent: consent.id, relocant: self.relocant, employer: self.employer });
        Ok(consent)
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Consent> {
        reached(tx, ConsentId(tx.reserved())).await
    }
}

/// A consent of somebody in reach. Whoever cannot reach the person learns nothing of the consent either.
async fn reached(view: &View, id: ConsentId) -> Result<Consent> {
    let consent = store::get(view, id).await?;
    match relocants::store::get(view, consent.relocant).await {
        Ok(_) => Ok(consent),
        Err(Error::NotFound { .. }) => Err(Error::NotFound { resource: "consent" }),
        Err(failed) => Err(failed),
    }
}

/// Withdraws a consent; it acts on the next call.
#[derive(Debug)]
pub struct WithdrawConsent {
    /// The consent.
    pub id: ConsentId,
}

impl Operation for WithdrawConsent {
    const NAME: &'static str = "WithdrawConsent";
    const NEEDS: Permission = Permission::WithdrawConsent;
    type Output = Consent;

    async fn run(&self, tx: &mut Tx) -> Result<Consent> {
        let consent = reached(tx, self.id).await?;
        let consent = store::save(tx, &rules::withdraw(consent, tx.now)?).await?;
        tx.record(Event::ConsentWithdrawn { consent: consent.id, relocant: consent.relocant, employer: consent.employer });
        Ok(consent)
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Consent> {
        reached(tx, self.id).await
    }
}

/// Lists a person's consents, open and ended.
#[derive(Debug)]
pub struct ListConsents {
    /// Who consented.
    pub relocant: RelocantId,
    /// Which page.
    pub page: Page,
}

impl Query for ListConsents {
    const NAME: &'static str = "ListConsents";
    const NEEDS: Permission = Permission::ListConsents;
    type Output = Vec<Consent>;

    async fn run(&self, view: &View) -> Result<Vec<Consent>> {
        relocants::store::get(view, self.relocant).await?;
        store::list(view, self.relocant, self.page).await
    }
}

/// Lists the wordings of consents.
#[derive(Debug)]
pub struct ListConsentWordings;

impl Query for ListConsentWordings {
    const NAME: &'static str = "ListConsentWordings";
    const NEEDS: Permission = Permission::ListConsentWordings;
    type Output = Vec<Wording>;

    async fn run(&self, view: &View) -> Result<Vec<Wording>> {
        Ok(view.law.consent_wordings.all().to_vec())
    }
}

/// Lists which of a person's fields were shown to whom, the newest first.
#[derive(Debug)]
pub struct ListDisclosures {
    /// Whose fields.
    pub relocant: RelocantId,
    /// Which page.
    pub page: Page,
}

impl Query for ListDisclosures {
    const NAME: &'static str = "ListDisclosures";
    const NEEDS: Permission = Permission::ListDisclosures;
    type Output = Vec<Disclosure>;

    async fn run(&self, view: &View) -> Result<Vec<Disclosure>> {
        relocants::store::get(view, self.relocant).await?;
        store::disclosures(view, self.relocant, self.page).await
    }
}
