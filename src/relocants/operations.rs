//! What calls about people do, in which order, and who may. Registering is the counter's first call and lives in `intake`.

use chrono::NaiveDate;

use super::{
    Card, Document, DocumentKind, Identity, Names, Relocant, RelocantStatus, WithdrawalGround, diplomas, finding, looking,
    rules::{self, MrzIdentity},
    store,
};
use crate::{
    auth::Permission,
    classifiers::{Region, Sex},
    error::{Error, Result, Violations, none_at_fault, same_version},
    events::Event,
    gate::{Operation, Purpose, Query, Registry, Tx, View},
    ids::{DocumentId, RelocantId},
    iin::Iin,
    page::Page,
    seal::Personal,
    short_code::ShortCode,
    time::civil_day,
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
    Document {
        /// The kind.
        kind: DocumentKind,
        /// ISO 3166-1 alpha-3.
        issuing_country: String,
        /// Normalised.
        number: Personal<String>,
    },
    /// The individual identification number.
    Iin(Personal<Iin>),
}

/// A person found by something shown.
#[derive(Debug, Clone)]
pub struct Found {
    /// The one registered first.
    pub person: Person,
    /// Others that hold the same.
    pub others: Vec<RelocantId>,
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
    type Output = Found;

    fn purpose(&self) -> Option<Purpose> {
        Some(self.purpose)
    }

    async fn run(&self, view: &View) -> Result<Found> {
        let found = match &self.key {
            Key::Code(code) => vec![finding::standing(view, store::find_by_code(view, *code).await?).await?.id],
            Key::Document { kind, issuing_country, number } => finding::by_document(view, *kind, issuing_country, number).await?,
            Key::Iin(iin) => finding::by_iin(view, iin).await?,
        };
        let Some((first, others)) = found.split_first() else {
            view.asked_in_vain();
            return Err(Error::NotFound { resource: "relocant" });
        };
        for other in others {
            view.told_of(*other);
        }
        let person = Person { relocant: store::get_unreached(view, *first).await?, identity: Some(store::identity(view, *first).await?) };
        Ok(Found { person, others: others.to_vec() })
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
    /// A new patronymic; empty removes it.
    pub patronymic: Option<Personal<String>>,
    /// The sex.
    pub sex: Option<Personal<Sex>>,
    /// A new individual identification number.
    pub iin: Option<Personal<Iin>>,
    /// The number that is there was a mistake.
    pub without_iin: bool,
    /// New names in Cyrillic.
    pub cyrillic: Option<Names>,
    /// New names in Latin letters.
    pub latin: Option<Names>,
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
        let or_none = |new: &Option<Personal<String>>, old: &Option<Personal<String>>| match new {
            None => old.clone(),
            Some(value) => Some(value.clone()).filter(|value| !value.expose().is_empty()),
        };
        let or = |new: &Option<Personal<String>>, old: &Personal<String>| new.clone().unwrap_or_else(|| old.clone());
        Identity {
            names: Names {
                family: or(&self.family_name, &former.names.family),
                given: or(&self.given_names, &former.names.given),
                patronymic: or(&self.patronymic, &former.names.patronymic),
            },
            cyrillic: self.cyrillic.clone().or_else(|| former.cyrillic.clone()),
            latin: self.latin.clone().or_else(|| former.latin.clone()),
            sex: self.sex.clone().or_else(|| former.sex.clone()),
            iin: if self.without_iin { None } else { self.iin.clone().or_else(|| former.iin.clone()) },
            phone: or_none(&self.phone, &former.phone),
            email: or_none(&self.email, &former.email),
            ..former.clone()
        }
    }
}

impl Operation for AmendRelocant {
    const NAME: &'static str = "AmendRelocant";
    const NEEDS: Permission = Permission::AmendRelocant;
    type Output = Person;

    async fn run(&self, tx: &mut Tx) -> Result<Person> {
        let (relocant, former) = open(tx, self.id, self.expected_version).await?;
        let identity = self.amended(&former);
        rules::amend(&former, &identity, civil_day(relocant.created_at), tx.today)?;
        let years = self.card.iter().flat_map(|card| diplomas::years(&card.diplomas, "card.diplomas", tx.today));
        none_at_fault(rules::identity(&identity, "", tx.today).into_iter().chain(years))?;
        let relocant = match &self.card {
            Some(card) => Relocant { looking_confirmed_on: looking::stated(card, tx.today), card: card.clone(), ..relocant },
            None => relocant,
        };
        let relocant = Relocant { region: self.region.unwrap_or(relocant.region), ..relocant };
        let relocant = store::save(tx, &relocant).await?;
        store::save_identity(tx, self.id, &identity, &former).await?;
        tx.record(Event::RelocantAmended { relocant: self.id });
        Ok(Person { relocant, identity: Some(identity) })
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Person> {
        read_again(tx, self.id).await
    }
}

/// The record and its identity, to be changed: as the caller has seen it, and not closed.
async fn open(tx: &Tx, id: RelocantId, expected_version: i64) -> Result<(Relocant, Identity)> {
    let relocant = store::get(tx, id).await?;
    same_version("relocant", expected_version, relocant.version)?;
    Ok((rules::still_here(relocant)?, store::identity(tx, id).await?))
}

async fn read_again(tx: &Tx, id: RelocantId) -> Result<Person> {
    Ok(Person { relocant: store::get(tx, id).await?, identity: Some(store::identity(tx, id).await?) })
}

/// Reads a machine-readable zone, and keeps nothing of it.
#[derive(Debug)]
pub struct ParseMrz {
    /// The lines.
    pub lines: Personal<String>,
}

impl Query for ParseMrz {
    const NAME: &'static str = "ParseMrz";
    const NEEDS: Permission = Permission::ParseMrz;
    type Output = MrzIdentity;

    async fn run(&self, view: &View) -> Result<MrzIdentity> {
        let read = rules::identity_from_mrz(self.lines.expose(), view.today).map_err(|found| Error::Invalid(Violations(found)))?;
        Ok(MrzIdentity { identity: rules::with_proposals(read.identity), ..read })
    }
}

/// Adds a document to a record.
#[derive(Debug)]
pub struct AddDocument {
    /// The person.
    pub id: RelocantId,
    /// What the caller has seen.
    pub expected_version: i64,
    /// The document.
    pub document: Document,
}

impl Operation for AddDocument {
    const NAME: &'static str = "AddDocument";
    const NEEDS: Permission = Permission::AddDocument;
    type Output = Person;

    async fn run(&self, tx: &mut Tx) -> Result<Person> {
        let (relocant, former) = open(tx, self.id, self.expected_version).await?;
        let document = Document { id: DocumentId(tx.reserved()), ..self.document.clone() };
        let identity = rules::add_document(former.clone(), document)?;
        none_at_fault(rules::identity(&identity, "", tx.today))?;
        let relocant = store::save(tx, &relocant).await?;
        store::save_identity(tx, self.id, &identity, &former).await?;
        tx.record(Event::DocumentAdded { relocant: self.id });
        Ok(Person { relocant, identity: Some(identity) })
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Person> {
        read_again(tx, self.id).await
    }
}

/// Says that a document is no longer used.
#[derive(Debug)]
pub struct WithdrawDocument {
    /// The person.
    pub id: RelocantId,
    /// What the caller has seen.
    pub expected_version: i64,
    /// The document.
    pub document: DocumentId,
    /// Why.
    pub ground: WithdrawalGround,
}

impl Operation for WithdrawDocument {
    const NAME: &'static str = "WithdrawDocument";
    const NEEDS: Permission = Permission::WithdrawDocument;
    type Output = Person;

    async fn run(&self, tx: &mut Tx) -> Result<Person> {
        let (relocant, former) = open(tx, self.id, self.expected_version).await?;
        if !former.documents.iter().any(|document| document.id == self.document) {
            return Err(Error::NotFound { resource: "document" });
        }
        let identity = rules::withdraw_document(former.clone(), self.document, self.ground, tx.today)?;
        let relocant = store::save(tx, &relocant).await?;
        store::save_identity(tx, self.id, &identity, &former).await?;
        tx.record(Event::DocumentWithdrawn { relocant: self.id });
        Ok(Person { relocant, identity: Some(identity) })
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Person> {
        read_again(tx, self.id).await
    }
}

/// Says that somebody who looks for work still does.
#[derive(Debug)]
pub struct ConfirmLooking {
    /// The person.
    pub id: RelocantId,
    /// What the caller has seen.
    pub expected_version: i64,
}

impl Operation for ConfirmLooking {
    const NAME: &'static str = "ConfirmLooking";
    const NEEDS: Permission = Permission::ConfirmLooking;
    type Output = Relocant;

    async fn run(&self, tx: &mut Tx) -> Result<Relocant> {
        let relocant = store::get(tx, self.id).await?;
        same_version("relocant", self.expected_version, relocant.version)?;
        let confirmed = looking::confirm(rules::still_here(relocant)?, tx.today)?;
        let confirmed = store::save(tx, &confirmed).await?;
        tx.record(Event::LookingConfirmed { relocant: self.id });
        Ok(confirmed)
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Relocant> {
        store::get(tx, self.id).await
    }
}

/// Searches that end in one transaction at most: calls are served between two.
pub const ENDED_AT_ONCE: u64 = 200;

/// Ends searches for work of which nobody has said for long that they go on; each once, however many replicas try. Gives how many, [`ENDED_AT_ONCE`] at most.
pub async fn end_quiet_searches(registry: &Registry) -> Result<u64> {
    // A read first, so that a quiet registry writes nothing.
    if registry.look(|view| Box::pin(store::quiet(view, 1))).await?.is_empty() {
        return Ok(0);
    }
    registry
        .own("EndQuietSearches", |tx| {
            Box::pin(async move {
                let mut ended = 0;
                for quiet in store::quiet(tx, ENDED_AT_ONCE).await? {
                    if let Some(relocant) = looking::end(quiet, tx.today) {
                        let relocant = store::save(tx, &relocant).await?;
                        tx.record(Event::LookingLapsed { relocant: relocant.id });
                        ended += 1;
                    }
                }
                Ok(ended)
            })
        })
        .await
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
