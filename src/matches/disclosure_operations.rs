//! What showing a match's person to its employer does, and who may.

use super::{
    Match,
    disclosure::{Parted, parted, stage},
    operations::may_host,
    rules::{self, Refusal},
    store,
};
use crate::{
    auth::Permission,
    consents::{self, ConsentField, ConsentPurpose, rules::MOST_SHOWN},
    error::Result,
    events::Event,
    gate::{Operation, Tx},
    ids::{DisclosureId, MatchId},
    relocants::{self, Identity},
    time::end_of_day,
};

/// Shows an employer those fields of a match's person that an open consent names and the stage of the match allows. It is a change, because the person can see it and it
/// must never be lost.
#[derive(Debug)]
pub struct DiscloseCandidate {
    /// The match.
    pub id: MatchId,
    /// What for.
    pub purpose: ConsentPurpose,
    /// Tells which fields would be shown, and shows none: whoever only tries leaves no trace, so nothing may be seen.
    pub only_tells: bool,
}

/// What is shown.
#[derive(Debug)]
pub struct Disclosed {
    /// The fields that are shown, and those that wait for acceptance.
    pub parted: Parted,
    /// The identity that they are taken from; nothing where no value is shown.
    pub identity: Option<Identity>,
}

impl DiscloseCandidate {
    /// What may be shown now. The consent is read in the transaction of the disclosure, so a withdrawal acts on the next call.
    async fn allowed(&self, tx: &Tx) -> Result<(Match, Parted)> {
        let found = store::get(tx, self.id).await?;
        may_host(tx, found.employer).await?;
        let state = rules::state_on(&found, tx.now);
        if !rules::is_open(&found, tx.now) {
            return Err(Refusal::WrongMatchState { state }.into());
        }
        let consents = consents::store::of(tx, found.relocant, found.employer).await?;
        let allowed = consents::rules::consented(&consents, found.employer, self.purpose, tx.today)?;
        Ok((found, parted(stage(state), allowed)))
    }

    async fn with_values(&self, tx: &Tx, found: &Match, parted: Parted) -> Result<Disclosed> {
        let shows = !self.only_tells && !parted.shown.is_empty();
        let identity = if shows { Some(relocants::store::identity(tx, found.relocant).await?) } else { None };
        Ok(Disclosed { parted, identity })
    }
}

impl Operation for DiscloseCandidate {
    const NAME: &'static str = "DiscloseCandidate";
    const NEEDS: Permission = Permission::DiscloseCandidate;
    type Output = Disclosed;

    async fn run(&self, tx: &mut Tx) -> Result<Disclosed> {
        let (found, parted) = self.allowed(tx).await?;
        if !parted.shown.is_empty() {
            let shown_before = consents::store::was_shown(tx, found.employer, found.relocant, tx.today).await?;
            let shown = consents::store::shown_on(tx, found.employer, tx.today, MOST_SHOWN).await?.len();
            consents::rules::within_cap(u64::try_from(shown).unwrap_or(u64::MAX), shown_before, end_of_day(tx.today))?;
            let disclosure = consents::Disclosure {
                id: DisclosureId(tx.reserved()),
                relocant: found.relocant,
                employer: found.employer,
                r#match: found.id,
                purpose: self.purpose,
                fields: parted.shown.clone(),
                on: tx.today,
                at: tx.now,
            };
            consents::store::insert_disclosure(tx, &disclosure).await?;
            tx.record(Event::CandidateDisclosed { r#match: found.id, relocant: found.relocant, employer: found.employer });
        }
        self.with_values(tx, &found, parted).await
    }

    /// Asks for the consent again: a replay must not outlive it. It shows no more than the first call has written down, and on that call's civil day only, so that every
    /// day on which somebody was shown is in the person's list and counts.
    async fn replay(&self, tx: &mut Tx) -> Result<Disclosed> {
        let (found, parted) = self.allowed(tx).await?;
        let written = consents::store::disclosure(tx, DisclosureId(tx.reserved())).await?;
        let then: Vec<ConsentField> = written.filter(|written| written.on == tx.today).map(|written| written.fields).unwrap_or_default();
        let shown = parted.shown.into_iter().filter(|field| then.contains(field)).collect();
        self.with_values(tx, &found, Parted { shown, ..parted }).await
    }
}
