//! What calls about employers do, in which order, and who may.

use super::{Bin, Employer, EmployerStatus, rules, store};
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
    /// Its business identification number.
    pub bin: Bin,
    /// Its legal name.
    pub name: String,
    /// Where it is.
    pub region: Region,
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
        let employer = store::get(tx, self.id).await?;
        same_version("employer", self.expected_version, employer.version)?;
        let employer = store::save(tx, &rules::verify(employer)?).await?;
        tx.record(Event::EmployerVerified { employer: self.id });
        Ok(employer)
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
        let employer = store::get(tx, self.id).await?;
        same_version("employer", self.expected_version, employer.version)?;
        let employer = store::save(tx, &rules::suspend(employer)?).await?;
        tx.record(Event::EmployerSuspended { employer: self.id });
        Ok(employer)
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
