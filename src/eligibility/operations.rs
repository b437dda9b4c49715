//! What the question about eligibility does, and who may ask it. Nothing is written but the journal's note that somebody's sealed data was read.

use chrono::NaiveDate;

use super::{Answer, Eligibility, Facts, StayFact, rules};
use crate::{
    auth::Permission,
    error::{Result, none_at_fault},
    gate::{Purpose, Query, View},
    ids::RelocantId,
    permits::{self, catalogue::PermitKind},
    relocants::{self, Identity},
    stays,
};

/// Answers what a kind of permit asks of a person on a day.
#[derive(Debug)]
pub struct CheckEligibility {
    /// The person.
    pub relocant: RelocantId,
    /// The kind.
    pub kind: PermitKind,
    /// The day; `None`: today.
    pub on: Option<NaiveDate>,
    /// What the sealed data is read for.
    pub purpose: Purpose,
    /// What is told, for this answer only.
    pub answers: Vec<Answer>,
}

impl Query for CheckEligibility {
    const NAME: &'static str = "CheckEligibility";
    const NEEDS: Permission = Permission::CheckEligibility;
    type Output = Eligibility;

    fn purpose(&self) -> Option<Purpose> {
        Some(self.purpose)
    }

    async fn run(&self, view: &View) -> Result<Eligibility> {
        let on = self.on.unwrap_or(view.today);
        let version = view.law.permit_types.in_force(self.kind, on).ok_or(rules::Refusal::NoPermitType { kind: self.kind, on })?;
        rules::may_be_checked(version)?;
        none_at_fault(rules::not_asked(version, &self.answers))?;
        let facts = facts(view, self.relocant, on, rules::needs_identity(version)).await?;
        Ok(rules::check(version, &view.law.figures, &facts, &self.answers))
    }
}

/// What the registry knows of a person. What is sealed stays so unless a criterion asks for it.
async fn facts(view: &View, id: RelocantId, on: NaiveDate, with_identity: bool) -> Result<Facts> {
    let relocant = relocants::store::get(view, id).await?;
    let identity = if with_identity { Some(relocants::store::identity(view, id).await?) } else { None };
    let permits = permits::store::of(view, id).await?;
    let (crossings, notices) = (stays::store::of(view, id).await?, stays::store::notices(view, id).await?);
    let ledger = stays::rules::ledger(&crossings);
    let covered = stays::rules::covers(&permits);
    let stay = if ledger.stays.iter().any(|stay| stay.includes(on)) {
        match stays::rules::status_in_kazakhstan(&view.law.stay_policies, relocant.citizenship, &ledger, &covered, on) {
            Ok(status) => {
                let policy = view.law.stay_policies.by_id(&status.policy_id);
                StayFact::Known { legal_basis: policy.map(|policy| policy.legal_basis.clone()).unwrap_or_default(), status }
            }
            Err(_) => StayFact::NoPolicy,
        }
    } else {
        StayFact::NotPresent
    };
    let arrivals = stays::rules::arrival_notices(&crossings, &notices, &view.law.working_days, view.today);
    let passport = identity.as_ref().and_then(Identity::passport);
    Ok(Facts {
        on,
        citizenship: relocant.citizenship,
        occupations: relocant.card.occupations.iter().map(|(occupation, _)| *occupation).collect(),
        passport_until: passport.and_then(|passport| passport.expires_on.clone()),
        birth_on: identity.map(|identity| identity.birth_on),
        permits,
        stay,
        arrival: arrivals.into_iter().rfind(|arrival| arrival.arrived_on <= on),
    })
}
