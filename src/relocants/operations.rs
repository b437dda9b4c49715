//! What calls about people do, in which order, and who may. Registering is the counter's first call and lives in `intake`.

use chrono::NaiveDate;

use super::{Card, Document, Identity, Relocant, RelocantStatus, ShortCode, rules, store};
use crate::{
    auth::Permission,
    classifiers::Region,
    error::{Error, Result, Violations, same_version},
    events::Event,
    gate::{Operation, Purpose, Query, Tx, View},
    ids::RelocantId,
    page::Page,
    seal::Personal,
};

/// A person, with the identity where it was asked for.
#[derive(Debug, Clone)]
pub struct Person {
    /// What lies open.
    pub relocant: Relocant,
    /// What is sealed.
    pub identity: Option<Identity>,
}

/// Answers one person.
#[derive(Debug)]
pub struct GetRelocant {
    /// The person.
    pub id: RelocantId,
    /// What the identity is read for; `None` asks for the summary.
    pub purpose: Option<Purpose>,
}

impl Query for GetRelocant {
    const NAME: &'static str = "GetRelocant";
    const NEEDS: Permission = Permission::GetRelocant;
    type Output = Person;

    fn purpose(&self) -> Option<Purpose> {
        self.purpose
    }

    async fn run(&self, view: &View) -> Result<Person> {
        let relocant = store::get(view, self.id).await?;
        let identity = if self.purpose.is_some() { Some(store::identity(view, self.id).await?) } else { None };
        Ok(Person { relocant, identity })
    }
}

/// What a person shows to be found by.
#[derive(Debug)]
pub enum Key {
    /// The short code.
    Code(ShortCode),
    /// A document, by kind, country and number.
    Document(Document),
}

/// Finds a person by something that only the person has.
#[derive(Debug)]
pub struct FindRelocant {
    /// What is shown.
    pub key: Key,
    /// What for.
    pub purpose: Purpose,
}

impl Query for FindRelocant {
    const NAME: &'static str = "FindRelocant";
    const NEEDS: Permission = Permission::FindRelocant;
    type Output = Person;

    fn purpose(&self) -> Option<Purpose> {
        Some(self.purpose)
    }

    async fn run(&self, view: &View) -> Result<Person> {
        let relocant = match &self.key {
            Key::Code(code) => store::find_by_code(view, *code).await?,
            Key::Document(document) => store::find_by_document(view, document).await?,
        };
        let identity = Some(store::identity(view, relocant.id).await?);
        Ok(Person { relocant, identity })
    }
}

/// Lists people in reach, without identity.
#[derive(Debug)]
pub struct ListRelocants {
    /// Which page.
    pub page: Page,
    /// Narrows by status.
    pub status: Option<RelocantStatus>,
}

impl Query for ListRelocants {
    const NAME: &'static str = "ListRelocants";
    const NEEDS: Permission = Permission::ListRelocants;
    type Output = Vec<Relocant>;

    async fn run(&self, view: &View) -> Result<Vec<Relocant>> {
        store::list(view, self.page, self.status).await
    }
}

/// Replaces what is given.
#[derive(Debug)]
pub struct AmendRelocant {
    /// The person.
    pub id: RelocantId,
    /// What the caller has seen.
    pub expected_version: i64,
    /// A new family name.
    pub family_name: Option<Personal<String>>,
    /// New given names.
    pub given_names: Option<Personal<String>>,
    /// A new document.
    pub document: Option<Document>,
    /// A new telephone; empty removes it.
    pub phone: Option<Personal<String>>,
    /// A new e-mail address; empty removes it.
    pub email: Option<Personal<String>>,
    /// A new region.
    pub region: Option<Region>,
    /// A new card.
    pub card: Option<Card>,
}

impl AmendRelocant {
    fn amended(&self, former: &Identity) -> Identity {
        let contact = |new: &Option<Personal<String>>, old: &Option<Personal<String>>| match new {
            None => old.clone(),
            Some(value) => Some(value.clone()).filter(|value| !value.expose().is_empty()),
        };
        Identity {
            family_name: self.family_name.clone().unwrap_or_else(|| former.family_name.clone()),
            given_names: self.given_names.clone().unwrap_or_else(|| former.given_names.clone()),
            birth_on: former.birth_on.clone(),
            document: self.document.clone().unwrap_or_else(|| former.document.clone()),
            phone: contact(&self.phone, &former.phone),
            email: contact(&self.email, &former.email),
        }
    }
}

impl Operation for AmendRelocant {
    const NAME: &'static str = "AmendRelocant";
    const NEEDS: Permission = Permission::AmendRelocant;
    type Output = Person;

    async fn run(&self, tx: &mut Tx) -> Result<Person> {
        let relocant = store::get(tx, self.id).await?;
        same_version("relocant", self.expected_version, relocant.version)?;
        let relocant = rules::still_here(relocant)?;
        let former = store::identity(tx, self.id).await?;
        let identity = self.amended(&former);
        let found = rules::identity(&identity, "", tx.today);
        if !found.is_empty() {
            return Err(Error::Invalid(Violations(found)));
        }
        let relocant = Relocant {
            region: self.region.unwrap_or(relocant.region),
            card: self.card.clone().unwrap_or_else(|| relocant.card.clone()),
            ..relocant
        };
        let relocant = store::save(tx, &relocant).await?;
        store::save_identity(tx, self.id, &identity, &former).await?;
        tx.record(Event::RelocantAmended { relocant: self.id });
        Ok(Person { relocant, identity: Some(identity) })
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Person> {
        Ok(Person { relocant: store::get(tx, self.id).await?, identity: Some(store::identity(tx, self.id).await?) })
    }
}

/// Closes the registration of somebody who has left for good.
#[derive(Debug)]
pub struct ReportDeparture {
    /// The person.
    pub id: RelocantId,
    /// What the caller has seen.
    pub expected_version: i64,
    /// The day of departure.
    pub on: NaiveDate,
}

impl Operation for ReportDeparture {
    const NAME: &'static str = "ReportDeparture";
    const NEEDS: Permission = Permission::ReportDeparture;
    type Output = Relocant;

    async fn run(&self, tx: &mut Tx) -> Result<Relocant> {
        let relocant = store::get(tx, self.id).await?;
        same_version("relocant", self.expected_version, relocant.version)?;
        let departed = store::save(tx, &rules::report_departure(relocant, self.on, tx.today)?).await?;
        tx.record(Event::RelocantDeparted { relocant: self.id });
        Ok(departed)
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Relocant> {
        store::get(tx, self.id).await
    }
}
