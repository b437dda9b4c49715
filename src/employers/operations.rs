//! What calls about employers do, in which order, and who may.

use super::{Bin, Employer, EmployerStatus, Relocation, rules, store};
use crate::{
    auth::Permission,
    classifiers::Region,
    error::{Result, same_version},
    events::Event,
    gate::{Operation, Query, Tx, View},
    ids::EmployerId,
    page::Page,
};

/// Registers an organisation.
#[derive(Debug)]
pub struct RegisterEmployer {
    /// Its business identification number; only a company that relocates may have none yet.
    pub bin: Option<Bin>,
    /// Its legal name.
    pub name: String,
    /// Where it is.
    pub region: Region,
    /// From where it relocates, if it does.
    pub relocation: Option<Relocation>,
}

impl Operation for RegisterEmployer {
    const NAME: &'static str = "RegisterEmployer";
    const NEEDS: Permission = Permission::RegisterEmployer;
    type Output = Employer;

    async fn run(&self, tx: &mut Tx) -> Result<Employer> {
        let employer = Employer {
            id: EmployerId(tx.reserved()),
            bin: self.bin,
            name: self.name.clone(),
            region: self.region,
            relocation: self.relocation,
            status: EmployerStatus::Registered,
            version: 1,
            created_at: tx.now,
            updated_at: tx.now,
        };
        store::insert(tx, &employer).await?;
        tx.record(Event::EmployerRegistered { employer: employer.id });
        Ok(employer)
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Employer> {
        store::get(tx, EmployerId(tx.reserved())).await
    }
}

/// An employer as the caller has seen it.
async fn load(tx: &Tx, id: EmployerId, expected_version: i64) -> Result<Employer> {
    let employer = store::get(tx, id).await?;
    same_version("employer", expected_version, employer.version)?;
    Ok(employer)
}

async fn saved(tx: &mut Tx, changed: &Employer, event: Event) -> Result<Employer> {
    let employer = store::save(tx, changed).await?;
    tx.record(event);
    Ok(employer)
}

/// Marks an employer as verified.
#[derive(Debug)]
pub struct VerifyEmployer {
    /// The employer.
    pub id: EmployerId,
    /// The version seen; 0: any.
    pub expected_version: i64,
}

impl Operation for VerifyEmployer {
    const NAME: &'static str = "VerifyEmployer";
    const NEEDS: Permission = Permission::VerifyEmployer;
    type Output = Employer;

    async fn run(&self, tx: &mut Tx) -> Result<Employer> {
        let employer = load(tx, self.id, self.expected_version).await?;
        saved(tx, &rules::verify(employer)?, Event::EmployerVerified { employer: self.id }).await
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Employer> {
        store::get(tx, self.id).await
    }
}

/// Suspends an employer: it takes in nobody new. The contracts that it has are not ended by that, so no permit that stands on one becomes at risk here.
#[derive(Debug)]
pub struct SuspendEmployer {
    /// The employer.
    pub id: EmployerId,
    /// The version seen; 0: any.
    pub expected_version: i64,
}

impl Operation for SuspendEmployer {
    const NAME: &'static str = "SuspendEmployer";
    const NEEDS: Permission = Permission::SuspendEmployer;
    type Output = Employer;

    async fn run(&self, tx: &mut Tx) -> Result<Employer> {
        let employer = load(tx, self.id, self.expected_version).await?;
        saved(tx, &rules::suspend(employer)?, Event::EmployerSuspended { employer: self.id }).await
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Employer> {
        store::get(tx, self.id).await
    }
}

/// Removes an employer for good. This call changes the employer alone, however much stands on it: from then on every rule that asks for the employer says no. What
/// stood on it is wound up beside, by `matches::removal_operations`, in portions and with a journal entry for each person, since an entry names at most one.
#[derive(Debug)]
pub struct RemoveEmployer {
    /// The employer.
    pub id: EmployerId,
    /// The version seen; 0: any.
    pub expected_version: i64,
}

impl Operation for RemoveEmployer {
    const NAME: &'static str = "RemoveEmployer";
    const NEEDS: Permission = Permission::RemoveEmployer;
    type Output = Employer;

    async fn run(&self, tx: &mut Tx) -> Result<Employer> {
        let employer = load(tx, self.id, self.expected_version).await?;
        saved(tx, &rules::remove(employer)?, Event::EmployerRemoved { employer: self.id }).await
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Employer> {
        store::get(tx, self.id).await
    }
}

/// Records the BIN that a relocating company has got since it was registered.
#[derive(Debug)]
pub struct RecordBin {
    /// The employer.
    pub id: EmployerId,
    /// The version seen; 0: any.
    pub expected_version: i64,
    /// Its business identification number.
    pub bin: Bin,
}

impl Operation for RecordBin {
    const NAME: &'static str = "RecordBin";
    const NEEDS: Permission = Permission::RecordBin;
    type Output = Employer;

    async fn run(&self, tx: &mut Tx) -> Result<Employer> {
        let employer = load(tx, self.id, self.expected_version).await?;
        saved(tx, &rules::record_bin(employer, self.bin)?, Event::EmployerBinRecorded { employer: self.id }).await
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Employer> {
        store::get(tx, self.id).await
    }
}

/// Answers one employer.
#[derive(Debug)]
pub struct GetEmployer {
    /// The employer.
    pub id: EmployerId,
}

impl Query for GetEmployer {
    const NAME: &'static str = "GetEmployer";
    const NEEDS: Permission = Permission::GetEmployer;
    type Output = Employer;

    async fn run(&self, view: &View) -> Result<Employer> {
        store::get(view, self.id).await
    }
}

/// Lists employers in reach.
#[derive(Debug)]
pub struct ListEmployers {
    /// Which page.
    pub page: Page,
}

impl Query for ListEmployers {
    const NAME: &'static str = "ListEmployers";
    const NEEDS: Permission = Permission::ListEmployers;
    type Output = Vec<Employer>;

    async fn run(&self, view: &View) -> Result<Vec<Employer>> {
        store::list(view, self.page).await
    }
}
