//! What calls about permits do, in which order, and who may. One operation per transition; they differ by their command and their event.

use chrono::NaiveDate;

use super::{
    Permit, PermitKind, PermitState, RefusalGround, ReturnGround, RevocationGround, Transition,
    rules::{self, Command},
    store,
};
use crate::{
    auth::Permission,
    classifiers::Region,
    employers,
    error::{Result, none_refused, same_version},
    events::Event,
    gate::{Operation, Query, Tx, View},
    ids::{EmployerId, PermitId, RelocantId},
    page::Page,
    relocants,
};

/// Applies for a permit.
#[derive(Debug)]
pub struct ApplyForPermit {
    /// The person.
    pub relocant: RelocantId,
    /// The kind.
    pub kind: PermitKind,
    /// The host.
    pub employer: EmployerId,
    /// The region of the authority.
    pub region: Region,
    /// The last day of the contract.
    pub contract_until: NaiveDate,
    /// The last day of the passport.
    pub passport_until: NaiveDate,
    /// Keeps it as a draft.
    pub as_draft: bool,
}

impl Operation for ApplyForPermit {
    const NAME: &'static str = "ApplyForPermit";
    const NEEDS: Permission = Permission::ApplyForPermit;
    type Output = Permit;

    async fn run(&self, tx: &mut Tx) -> Result<Permit> {
        relocants::rules::still_here(relocants::store::get(tx, self.relocant).await?)?;
        employers::rules::may_host(&employers::store::get_any(tx, self.employer).await?)?;
        let state = if self.as_draft { PermitState::Draft } else { PermitState::Submitted };
        let permit = Permit {
            id: PermitId(tx.reserved()),
            relocant: self.relocant,
            kind: self.kind,
            state,
            employer: self.employer,
            region: self.region,
            applied_on: tx.today,
            contract_until: self.contract_until,
            passport_until: self.passport_until,
            valid_from: None,
            valid_until: None,
            ended_on: None,
            predecessor: None,
            host_change_due_on: None,
            version: 1,
            created_at: tx.now,
            updated_at: tx.now,
        };
        if !self.as_draft {
            none_refused(rules::apply(&permit, &store::of(tx, self.relocant).await?, tx.today))?;
        }
        store::insert(tx, &permit, &rules::first_step(state, tx.today)).await?;
        let (permit_id, relocant) = (permit.id, permit.relocant);
        tx.record(if self.as_draft {
            Event::PermitDrafted { permit: permit_id, relocant }
        } else {
            Event::PermitSubmitted { permit: permit_id, relocant }
        });
        Ok(permit)
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Permit> {
        store::get(tx, PermitId(tx.reserved())).await
    }
}

/// Which permit, and what the caller has seen of it.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// The permit.
    pub id: PermitId,
    /// The version seen; 0: any.
    pub expected_version: i64,
}

async fn load(tx: &Tx, target: Target) -> Result<Permit> {
    let permit = store::get(tx, target.id).await?;
    same_version("permit", target.expected_version, permit.version)?;
    Ok(permit)
}

/// The person's other permits.
async fn others(tx: &Tx, permit: &Permit) -> Result<Vec<Permit>> {
    Ok(store::of(tx, permit.relocant).await?.into_iter().filter(|other| other.id != permit.id).collect())
}

async fn step(tx: &mut Tx, target: Target, command: Command, event: fn(PermitId, RelocantId) -> Event) -> Result<Permit> {
    let (permit, step) = rules::carry_out(load(tx, target).await?, command, tx.today)?;
    let permit = store::save(tx, &permit, &step).await?;
    tx.record(event(permit.id, permit.relocant));
    Ok(permit)
}

/// Operations that carry out one command and record one event.
macro_rules! transitions {
    ($($(#[$doc:meta])* $name:ident { $($field:ident: $type:ty),* } => $command:expr, $event:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        #[expect(missing_docs, reason = "the fields are those of the command, described in `rules`")]
        pub struct $name {
            pub target: Target,
            $(pub $field: $type,)*
        }

        impl Operation for $name {
            const NAME: &'static str = stringify!($name);
            const NEEDS: Permission = Permission::$name;
            type Output = Permit;

            async fn run(&self, tx: &mut Tx) -> Result<Permit> {
                let Self { target, $($field),* } = self;
                $(let $field = *$field;)*
                step(tx, *target, $command, |permit, relocant| Event::$event { permit, relocant }).await
            }

            async fn replay(&self, tx: &mut Tx) -> Result<Permit> {
                store::get(tx, self.target.id).await
            }
        }
    )*};
}

transitions! {
    /// Takes an application as complete.
    AcceptApplication {} => Command::Accept, PermitAccepted;
    /// Gives an incomplete application back.
    ReturnApplication { ground: ReturnGround } => Command::Return(ground), PermitReturned;
    /// Begins the review.
    StartReview {} => Command::StartReview, PermitReviewStarted;
    /// Decides for the applicant.
    ApproveApplication {} => Command::Approve, PermitApproved;
    /// Decides against the applicant.
    RefuseApplication { ground: RefusalGround } => Command::Refuse(ground), PermitRefused;
    /// Takes an application back before it is decided.
    WithdrawApplication {} => Command::Withdraw, PermitWithdrawn;
    /// Appeals a refusal.
    AppealRefusal {} => Command::Appeal, PermitAppealed;
    /// Moves the last day forward.
    ShortenPermit { until: NaiveDate } => Command::Shorten { until }, PermitShortened;
    /// Ends a permit at its host's request.
    CancelPermit {} => Command::Cancel, PermitCancelled;
    /// Ends a permit by decision of the authority.
    RevokePermit { ground: RevocationGround } => Command::Revoke(ground), PermitRevoked;
    /// Notes that the contract has ended.
    ReportHostChange { ended_on: NaiveDate } => Command::ReportHostChange { ended_on }, PermitHostChanged;
}

/// Submits a draft, or an application that was returned.
#[derive(Debug)]
pub struct SubmitApplication {
    /// Which permit.
    pub target: Target,
}

impl Operation for SubmitApplication {
    const NAME: &'static str = "SubmitApplication";
    const NEEDS: Permission = Permission::SubmitApplication;
    type Output = Permit;

    async fn run(&self, tx: &mut Tx) -> Result<Permit> {
        let permit = load(tx, self.target).await?;
        rules::none_in_the_way(&others(tx, &permit).await?, tx.today)?;
        step(tx, self.target, Command::Submit, |permit, relocant| Event::PermitSubmitted { permit, relocant }).await
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Permit> {
        store::get(tx, self.target.id).await
    }
}

/// Decides an appeal.
#[derive(Debug)]
pub struct DecideAppeal {
    /// Which permit.
    pub target: Target,
    /// The ground to refuse again; `None` grants it.
    pub refused: Option<RefusalGround>,
}

impl Operation for DecideAppeal {
    const NAME: &'static str = "DecideAppeal";
    const NEEDS: Permission = Permission::DecideAppeal;
    type Output = Permit;

    async fn run(&self, tx: &mut Tx) -> Result<Permit> {
        let command = Command::DecideAppeal(self.refused);
        match self.refused {
            None => step(tx, self.target, command, |permit, relocant| Event::PermitApproved { permit, relocant }).await,
            Some(_) => step(tx, self.target, command, |permit, relocant| Event::PermitRefused { permit, relocant }).await,
        }
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Permit> {
        store::get(tx, self.target.id).await
    }
}

/// Issues an approved permit. A permit of a former host that is still in force makes way.
#[derive(Debug)]
pub struct IssuePermit {
    /// Which permit.
    pub target: Target,
    /// The first day of validity.
    pub from: NaiveDate,
    /// The last day of validity.
    pub until: NaiveDate,
}

impl Operation for IssuePermit {
    const NAME: &'static str = "IssuePermit";
    const NEEDS: Permission = Permission::IssuePermit;
    type Output = Permit;

    async fn run(&self, tx: &mut Tx) -> Result<Permit> {
        let permit = load(tx, self.target).await?;
        let others = others(tx, &permit).await?;
        rules::none_in_the_way(&others, tx.today)?;
        // What has expired by itself stays as it is.
        let today = tx.today;
        for older in others.into_iter().filter(|other| other.state.is_in_force() && other.valid_until.is_some_and(|until| until >= today)) {
            let (older, step) = rules::carry_out(older, Command::Supersede, tx.today)?;
            let older = store::save(tx, &older, &step).await?;
            tx.record(Event::PermitSuperseded { permit: older.id, relocant: older.relocant });
        }
        let command = Command::Issue { from: self.from, until: self.until };
        step(tx, self.target, command, |permit, relocant| Event::PermitIssued { permit, relocant }).await
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Permit> {
        store::get(tx, self.target.id).await
    }
}

/// Renews a permit: the former ends, a new one begins.
#[derive(Debug)]
pub struct RenewPermit {
    /// The permit to renew.
    pub target: Target,
    /// The last day of the new permit.
    pub until: NaiveDate,
    /// The last day of the contract as it is now.
    pub contract_until: NaiveDate,
    /// The last day of the passport as it is now.
    pub passport_until: NaiveDate,
}

impl Operation for RenewPermit {
    const NAME: &'static str = "RenewPermit";
    const NEEDS: Permission = Permission::RenewPermit;
    type Output = Permit;

    async fn run(&self, tx: &mut Tx) -> Result<Permit> {
        let former = load(tx, self.target).await?;
        let renewal = rules::Renewal {
            id: PermitId(tx.reserved()),
            until: self.until,
            contract_until: self.contract_until,
            passport_until: self.passport_until,
        };
        let (ended, ending, renewed, beginning) = rules::renew(former, renewal, tx.today)?;
        let renewed = Permit { created_at: tx.now, updated_at: tx.now, ..renewed };
        store::save(tx, &ended, &ending).await?;
        store::insert(tx, &renewed, &beginning).await?;
        tx.record(Event::PermitRenewed { permit: ended.id, relocant: ended.relocant });
        tx.record(Event::PermitIssued { permit: renewed.id, relocant: renewed.relocant });
        Ok(renewed)
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Permit> {
        store::get(tx, PermitId(tx.reserved())).await
    }
}

/// A permit with its steps, on the day of the question.
#[derive(Debug)]
pub struct History {
    /// The permit.
    pub permit: Permit,
    /// Its steps.
    pub transitions: Vec<Transition>,
}

/// Answers one permit with every step it has made.
#[derive(Debug)]
pub struct GetPermit {
    /// The permit.
    pub id: PermitId,
}

impl Query for GetPermit {
    const NAME: &'static str = "GetPermit";
    const NEEDS: Permission = Permission::GetPermit;
    type Output = History;

    async fn run(&self, view: &View) -> Result<History> {
        Ok(History { permit: store::get(view, self.id).await?, transitions: store::transitions(view, self.id).await? })
    }
}

/// Lists permits in reach.
#[derive(Debug)]
pub struct ListPermits {
    /// Which page.
    pub page: Page,
    /// Narrows to one person.
    pub relocant: Option<RelocantId>,
}

impl Query for ListPermits {
    const NAME: &'static str = "ListPermits";
    const NEEDS: Permission = Permission::ListPermits;
    type Output = Vec<Permit>;

    async fn run(&self, view: &View) -> Result<Vec<Permit>> {
        store::list(view, self.page, self.relocant).await
    }
}
