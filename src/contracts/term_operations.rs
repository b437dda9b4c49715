//! Contracts that run out without anybody saying so: written down by the registry itself, so that permits which stand on the work are at risk from the day on which the
//! work ended.

use super::{operations::written_down, rules, store};
use crate::{error::Result, gate::Registry};

/// Contracts that one transaction writes down at most; what follows from each reaches a family.
const AT_ONCE: u64 = 50;

/// Writes down contracts that have run out, each once, however many replicas try. Gives whether there may be more.
pub async fn run_out(registry: &Registry) -> Result<bool> {
    // A read first, so that a quiet registry writes nothing.
    if registry.look(|view| Box::pin(store::to_run_out(view, 1))).await?.is_empty() {
        return Ok(false);
    }
    registry
        .own("RunOutContracts", |tx| {
            Box::pin(async move {
                let found = store::to_run_out(tx, AT_ONCE).await?;
                let today = tx.today;
                for contract in found.into_iter().filter_map(|contract| rules::run_out(contract, today)) {
                    written_down(tx, contract).await?;
                }
                Ok(true)
            })
        })
        .await
}
