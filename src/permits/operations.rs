//! What calls about permits do, in which order, and who may. One operation per transition; they differ by their command and their event.

use chrono::NaiveDate;

use super::{
    ApplicationDocument, Basis, Permit, PermitKind, PermitState, RefusalGround, ReturnGround, RevocationGround, Step, Transition, Validity,
    bases, claims, risk_operations,
    rules::{self, Command},
    store,
    terms::{self, Review},
};
use crate::{
    auth::{Permission, Role},
    classifiers::Region,
    employers,
    error::{Error, Result, Violations, none_refused, same_version},
    events::Event,
    gate::{Operation, Query, Tx, View},
    ids::{EmployerId, PermitId, RelocantId},
    page::Page,
    relocants,
};

/// A permit as it is answered, with what follows from the day of the call.
#[derive(Debug)]
pub struct Seen {
    /// The permit, in the state in which it is now.
    pub permit: Permit,
    /// Whether it is good today.
    pub validity: Validity,
    /// The review's clock, once the application was accepted.
    pub review: Option<Review>,
    /// The last day on which a returned application can be handed in again.
    pub return_due_on: Option<NaiveDate>,
}

fn seen(view: &View, permit: Permit) -> Seen {
    let validity = rules::validity(&permit, view.today);
    let review = terms::review(&permit, &view.law.working_days, view.today);
    let (state, return_due_on) = (terms::state_on(&permit, view.today), terms::return_due_on(&permit));
    Seen { permit: Permit { state, ..permit }, validity, review, return_due_on }
}

async fn replayed(tx: &Tx, id: PermitId) -> Result<Seen> {
    Ok(seen(tx, store::get(tx, id).await?))
}

/// Applies for a permit.
#[derive(Debug)]
pub struct ApplyForPermit {
    /// The person.
    pub relocant: RelocantId,
    /// The kind.
    pub kind: PermitKind,
    /// What it stands on.
    pub basis: Basis,
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
    type Output = Seen;

    async fn run(&self, tx: &mut Tx) -> Result<Seen> {
        relocants::rules::still_here(relocants::store::get(tx, self.relocant).await?)?;
        employers::rules::may_host(&employers::store::get_any(tx, self.employer).await?)?;
        // A relative's permit is named by its id alone, so it must lie in the caller's reach; what becomes of it later is followed wherever it lies.
        if let Basis::Relative(id) = self.basis {
            let wrong = |violation| Error::Invalid(Violations(vec![violation]));
            bases::is_of_another(&store::get(tx, id).await?, self.relocant).map_err(wrong)?;
        }
        let others = store::of(tx, self.relocant).await?;
        write_lapsed(tx, &others).await?;
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
            basis: self.basis,
            returned_on: None,
            accepted_on: None,
            review_ended_on: None,
            version: 1,
            created_at: tx.now,
            updated_at: tx.now,
        };
        if !self.as_draft {
            let mut refusals = rules::apply(&permit, &others, tx.today);
            if let Some(relative) = relative(tx, &permit).await? {
                refusals.extend(bases::carries_until(&relative, tx.today).err());
            }
            none_refused(refusals)?;
        }
        store::insert(tx, &permit, &rules::first_step(state, tx.today)).await?;
        let (permit_id, relocant) = (permit.id, permit.relocant);
        tx.record(if self.as_draft {
            Event::PermitDrafted { permit: permit_id, relocant }
        } else {
            Event::PermitSubmitted { permit: permit_id, relocant }
        });
        Ok(seen(tx, permit))
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Seen> {
        replayed(tx, PermitId(tx.reserved())).await
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

/// The permit that another stands on, as it is now: a renewal comes in the place of the former. Renewals are made one after the other, so the search ends.
async fn relative(view: &View, permit: &Permit) -> Result<Option<Permit>> {
    let Basis::Relative(id) = permit.basis else { return Ok(None) };
    let mut relative = store::get_unreached(view, id).await?;
    while relative.state == PermitState::Renewed
        && let Some(renewal) = store::renewal_of(view, relative.id).await?
    {
        relative = renewal;
    }
    Ok(Some(relative))
}

/// Writes down which of a person's applications have lapsed; they have whether it is written or not.
async fn write_lapsed(tx: &mut Tx, permits: &[Permit]) -> Result<()> {
    let today = tx.today;
    for permit in permits.iter().filter(|permit| terms::state_on(permit, today) != permit.state) {
        made(tx, permit.clone(), Command::Lapse, &[], |permit, relocant| Event::PermitLapsed { permit, relocant }).await?;
    }
    Ok(())
}

type NewEvent = fn(PermitId, RelocantId) -> Event;

/// Makes a step with all that follows from it: what officers claim is theirs, a claim ends with its application, and whatever stands on the permit is told.
async fn made(tx: &mut Tx, permit: Permit, command: Command, documents: &[ApplicationDocument], event: NewEvent) -> Result<Permit> {
    let claimable = claims::can_be_claimed(permit.state);
    if claimable && tx.caller.role == Role::PermitOfficer {
        claims::is_free_for(store::claim_on(tx, permit.id).await?.as_ref(), &tx.caller.subject, tx.now)?;
    }
    let (permit, step) = rules::carry_out(permit, command, tx.today)?;
    let permit = store::save(tx, &permit, &Step { documents: documents.to_vec(), ..step }).await?;
    tx.record(event(permit.id, permit.relocant));
    if claimable && !claims::can_be_claimed(permit.state) {
        store::remove_claim(tx, permit.id).await?;
    }
    risk_operations::follow(tx, &permit, command).await?;
    Ok(permit)
}

async fn step(tx: &mut Tx, target: Target, command: Command, event: NewEvent) -> Result<Seen> {
    let permit = load(tx, target).await?;
    let permit = made(tx, permit, command, &[], event).await?;
    Ok(seen(tx, permit))
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
            type Output = Seen;

            async fn run(&self, tx: &mut Tx) -> Result<Seen> {
                let Self { target, $($field),* } = self;
                $(let $field = *$field;)*
                step(tx, *target, $command, |permit, relocant| Event::$event { permit, relocant }).await
            }

            async fn replay(&self, tx: &mut Tx) -> Result<Seen> {
                replayed(tx, self.target.id).await
            }
        }
    )*};
}

transitions! {
    /// Takes an application as complete.
    AcceptApplication {} => Command::Accept, PermitAccepted;
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
    /// Notes that the enrolment has ended.
    ReportEnrolmentEnd { ended_on: NaiveDate } => Command::ReportEnrolmentEnd { ended_on }, PermitEnrolmentEnded;
}

/// Gives an incomplete application back.
#[derive(Debug)]
pub struct ReturnApplication {
    /// Which permit.
    pub target: Target,
    /// What it lacks.
    pub ground: ReturnGround,
    /// Which documents the ground is about; each once.
    pub documents: Vec<ApplicationDocument>,
}

impl Operation for ReturnApplication {
    const NAME: &'static str = "ReturnApplication";
    const NEEDS: Permission = Permission::ReturnApplication;
    type Output = Seen;

    async fn run(&self, tx: &mut Tx) -> Result<Seen> {
        let permit = load(tx, self.target).await?;
        let command = Command::Return(self.ground);
        let event: NewEvent = |permit, relocant| Event::PermitReturned { permit, relocant };
        let permit = made(tx, permit, command, &self.documents, event).await?;
        Ok(seen(tx, permit))
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Seen> {
        replayed(tx, self.target.id).await
    }
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
    type Output = Seen;

    async fn run(&self, tx: &mut Tx) -> Result<Seen> {
        let permit = load(tx, self.target).await?;
        employers::rules::may_host(&employers::store::get_any(tx, permit.employer).await?)?;
        let others = others(tx, &permit).await?;
        write_lapsed(tx, &others).await?;
        rules::none_in_the_way(&others, tx.today)?;
        if let Some(relative) = relative(tx, &permit).await? {
            bases::carries_until(&relative, tx.today)?;
        }
        step(tx, self.target, Command::Submit, |permit, relocant| Event::PermitSubmitted { permit, relocant }).await
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Seen> {
        replayed(tx, self.target.id).await
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
    type Output = Seen;

    async fn run(&self, tx: &mut Tx) -> Result<Seen> {
        let command = Command::DecideAppeal(self.refused);
        match self.refused {
            None => step(tx, self.target, command, |permit, relocant| Event::PermitApproved { permit, relocant }).await,
            Some(_) => step(tx, self.target, command, |permit, relocant| Event::PermitRefused { permit, relocant }).await,
        }
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Seen> {
        replayed(tx, self.target.id).await
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
    type Output = Seen;

    async fn run(&self, tx: &mut Tx) -> Result<Seen> {
        let mut permit = load(tx, self.target).await?;
        employers::rules::may_host(&employers::store::get_any(tx, permit.employer).await?)?;
        let others = others(tx, &permit).await?;
        rules::none_in_the_way(&others, tx.today)?;
        let relative = relative(tx, &permit).await?;
        let mut basis_until = None;
        if let Some(relative) = &relative {
            basis_until = Some(bases::carries_until(relative, tx.today)?);
            permit.basis = Basis::Relative(relative.id);
        }
        // What has expired by itself stays as it is.
        let today = tx.today;
        for older in others.into_iter().filter(|other| other.state.is_in_force() && other.valid_until.is_some_and(|until| until >= today)) {
            made(tx, older, Command::Supersede, &[], |permit, relocant| Event::PermitSuperseded { permit, relocant }).await?;
        }
        let command = Command::Issue { from: self.from, until: self.until, basis_until };
        let permit = made(tx, permit, command, &[], |permit, relocant| Event::PermitIssued { permit, relocant }).await?;
        if let Some(relative) = relative {
            risk_operations::pass_on(tx, &relative, &permit).await?;
        }
        Ok(seen(tx, permit))
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Seen> {
        replayed(tx, self.target.id).await
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
    type Output = Seen;

    async fn run(&self, tx: &mut Tx) -> Result<Seen> {
        let former = load(tx, self.target).await?;
        // A renewal goes on with what stands already, also on a suspended employer: who holds it must not lose it for that.
        employers::rules::may_go_on(&employers::store::get_any(tx, former.employer).await?)?;
        let relative = relative(tx, &former).await?;
        let mut basis = None;
        if let Some(relative) = &relative {
            basis = Some((relative.id, bases::carries_until(relative, tx.today)?));
        }
        let renewal = rules::Renewal {
            id: PermitId(tx.reserved()),
            until: self.until,
            contract_until: self.contract_until,
            passport_until: self.passport_until,
            basis,
        };
        let (ended, ending, renewed, beginning) = rules::renew(former, renewal, tx.today)?;
        let renewed = Permit { created_at: tx.now, updated_at: tx.now, ..renewed };
        let ended = store::save(tx, &ended, &ending).await?;
        store::insert(tx, &renewed, &beginning).await?;
        tx.record(Event::PermitRenewed { permit: ended.id, relocant: ended.relocant });
        tx.record(Event::PermitIssued { permit: renewed.id, relocant: renewed.relocant });
        risk_operations::follow(tx, &ended, Command::Renew).await?;
        if let Some(relative) = relative {
            risk_operations::pass_on(tx, &relative, &renewed).await?;
        }
        Ok(seen(tx, renewed))
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Seen> {
        replayed(tx, PermitId(tx.reserved())).await
    }
}

/// A permit with its steps, on the day of the question.
#[derive(Debug)]
pub struct History {
    /// The permit.
    pub permit: Seen,
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
        Ok(History { permit: seen(view, store::get(view, self.id).await?), transitions: store::transitions(view, self.id).await? })
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
    type Output = Vec<Seen>;

    async fn run(&self, view: &View) -> Result<Vec<Seen>> {
        Ok(store::list(view, self.page, self.relocant).await?.into_iter().map(|permit| seen(view, permit)).collect())
    }
}
