//! Importing: an employer's own system says what a vacancy is now, under its own reference, as often as it likes.

use super::{
    Vacancy,
    operations::{Offer, OpenVacancy, amended, changeable, offer, with_ids},
    rules, store,
};
use crate::{
    auth::Permission,
    employers,
    error::{Error, Result, none_at_fault},
    events::Event,
    gate::{Operation, Tx},
    ids::VacancyId,
};

/// Opens a vacancy under a reference, or brings the one that has it to what is said.
#[derive(Debug)]
pub struct ImportVacancy {
    /// The employer's own reference.
    pub external_ref: String,
    /// What is said.
    pub said: OpenVacancy,
}

/// What an import has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// There was no vacancy with this reference; it was opened.
    Opened,
    /// It was there and has changed.
    Amended,
    /// It was there and says all this already.
    Unchanged,
}

impl ImportVacancy {
    async fn opened(&self, tx: &mut Tx, said: Vacancy) -> Result<Vacancy> {
        let vacancy = Vacancy { import: Some(tx.reserved()), ..said };
        store::insert_imported(tx, &vacancy).await?;
        tx.record(Event::VacancyOpened { vacancy: vacancy.id, employer: vacancy.employer });
        Ok(vacancy)
    }

    /// The vacancy as it is then, and whether it has changed.
    async fn amended(&self, tx: &mut Tx, before: Vacancy, said: Vacancy) -> Result<(Vacancy, Outcome)> {
        let before = changeable(tx, before)?;
        // Also when it says all this already: whoever imports it must learn that it is closed.
        rules::may_amend(&before)?;
        none_at_fault(rules::same_offer(&before, &said))?;
        let wanted = Vacancy {
            openings: said.openings,
            pay: said.pay,
            languages: said.languages,
            licence_required: said.licence_required,
            closes_on: said.closes_on,
            homes: rules::import_homes(&before.homes, &self.said.homes),
            allowances: said.allowances,
            ..before.clone()
        };
        if wanted == before {
            return Ok((before, Outcome::Unchanged));
        }
        let wanted = Vacancy { homes: with_ids(wanted.homes), import: Some(tx.reserved()), ..wanted };
        let saved = amended(tx, &before, wanted).await?;
        tx.record(Event::VacancyAmended { vacancy: saved.id, employer: saved.employer });
        Ok((saved, Outcome::Amended))
    }
}

impl Operation for ImportVacancy {
    const NAME: &'static str = "ImportVacancy";
    const NEEDS: Permission = Permission::ImportVacancy;
    type Output = (Offer, Outcome);

    async fn run(&self, tx: &mut Tx) -> Result<(Offer, Outcome)> {
        employers::rules::may_host(&employers::store::get(tx, self.said.employer).await?)?;
        let said = OpenVacancy { external_ref: Some(self.external_ref.clone()), ..self.said.clone() }.vacancy(tx)?;
        let (vacancy, outcome) = match store::by_reference(tx, self.said.employer, &self.external_ref).await? {
            None => (self.opened(tx, said).await?, Outcome::Opened),
            Some(before) => self.amended(tx, before, said).await?,
        };
        Ok((offer(tx, vacancy).await?, outcome))
    }

    /// What the request did the first time is seen from the vacancy: it bears the id of its last import that was not idle.
    async fn replay(&self, tx: &mut Tx) -> Result<(Offer, Outcome)> {
        let found = store::by_reference(tx, self.said.employer, &self.external_ref).await?;
        let vacancy = found.ok_or(Error::NotFound { resource: "vacancy" })?;
        let outcome = if vacancy.id == VacancyId(tx.reserved()) {
            Outcome::Opened
        } else if vacancy.import == Some(tx.reserved()) {
            Outcome::Amended
        } else {
            Outcome::Unchanged
        };
        Ok((offer(tx, vacancy).await?, outcome))
    }
}
