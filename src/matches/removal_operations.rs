//! Winds up what stands on an employer that was removed, beside the call that removed it.
//!
//! ## Why not in that call?
//!
//! An entry of the journal names at most one person, and whom a change is about must be able to see it. An employer may also have more than one transaction should
//! hold. So removing changes the employer alone, from which moment every rule that asks for it says no, and here the registry follows in portions, each in a
//! transaction of its own with an entry for each event. Whoever stops in between, or does the same at once at another replica, leaves nothing undone and nothing done
//! twice: what is left is found by what is there.

use super::{
    operations::{fallen, withdrawn},
    rules, store,
};
use crate::{
    consents, employers,
    error::Result,
    events::Event,
    gate::{Registry, Tx},
    homes,
    ids::EmployerId,
    permits, vacancies,
};

/// Vacancies, offers of homes, matches, consents and permits that one transaction winds up at most, together. What is due is computed again for each person, so it is few: calls in between
/// should not notice that they wait.
const AT_ONCE: u64 = 50;

/// Winds up a portion of what stands on a removed employer. Gives whether there may be more.
pub async fn wind_up(registry: &Registry) -> Result<bool> {
    // A read first, so that a quiet registry writes nothing.
    if registry.look(|view| Box::pin(employers::store::to_wind_up(view))).await?.is_none() {
        return Ok(false);
    }
    registry
        .own("WindUpEmployer", |tx| {
            Box::pin(async move {
                let Some(employer) = employers::store::to_wind_up(tx).await? else { return Ok(false) };
                if portion(tx, employer).await? == 0 {
                    employers::store::wound_up(tx, employer).await?;
                }
                Ok(true)
            })
        })
        .await
}

/// Gives how much there was to do.
async fn portion(tx: &mut Tx, employer: EmployerId) -> Result<u64> {
    let mut left = AT_ONCE;
    for vacancy in vacancies::store::unclosed_of(tx, employer, left).await? {
        let closed = vacancies::store::save(tx, &vacancies::rules::close(vacancy)?).await?;
        tx.record(Event::VacancyClosed { vacancy: closed.id, employer });
        left -= 1;
    }
    for offer in homes::store::unclosed_of(tx, employer, left).await? {
        let closed = homes::store::save(tx, &homes::rules::close(offer)?).await?;
        tx.record(Event::HomeOfferClosed { home_offer: closed.id, employer: closed.host });
        left -= 1;
    }
    for found in store::waiting_at(tx, employer, left).await? {
        // Of a family the rest may have fallen with one that came before.
        if rules::is_open(&store::get(tx, found.id).await?, tx.now) {
            let found = withdrawn(tx, rules::withdraw(found, None, tx.now)?).await?;
            fallen(tx, &found).await?;
        }
        left -= 1;
    }
    for consent in consents::store::open_to(tx, employer, left).await? {
        let ended = consents::store::save(tx, &consents::rules::recipient_removed(consent, tx.now)?).await?;
        tx.record(Event::ConsentWithdrawn { consent: ended.id, relocant: ended.relocant, employer });
        left -= 1;
    }
    Ok(AT_ONCE - left + permits::risk_operations::host_removed(tx, employer, left).await?)
}
