//! What registering does, in which order, and who may.

use chrono::NaiveDate;

use crate::{
    auth::Permission,
    classifiers::{Country, Region},
    dues,
    error::{Error, Result, Violations, Why, none_at_fault},
    events::Event,
    gate::{Operation, Tx, View},
    ids::{CrossingId, RelocantId},
    relocants::{self, Card, Identity, Relocant, RelocantStatus, operations::Person},
    seal::Personal,
    short_code::ShortCode,
    stays::{self, Crossing, Direction, Ledger, StayStatus},
    time::Instant,
};

/// Where the identity comes from.
#[derive(Debug)]
pub enum Source {
    /// Typed by a clerk.
    Typed {
        /// The identity, without contacts.
        identity: Box<Identity>,
        /// The citizenship.
        citizenship: Country,
    },
    /// The two lines of a passport's machine-readable zone. They are read and not kept.
    Mrz(Personal<String>),
}

/// Registers a person in one call with few fields.
#[derive(Debug)]
pub struct RegisterRelocant {
    /// Who the person is.
    pub source: Source,
    /// The region of stay.
    pub region: Region,
    /// The day of the entry that the person is here on.
    pub entry_on: Option<NaiveDate>,
    /// How to call the person.
    pub phone: Option<Personal<String>>,
    /// How to write to the person.
    pub email: Option<Personal<String>>,
    /// Skills and wishes.
    pub card: Card,
    /// The record's id, where the client has made it.
    pub id: Option<RelocantId>,
    /// When the person stood at the counter, as the client's clock says.
    pub captured_at: Option<Instant>,
}

/// A person just registered.
#[derive(Debug)]
pub struct Registered {
    /// The record, with the identity that the caller has just given.
    pub person: Person,
    /// How long the person may stay, when an entry was given and a policy applies.
    pub stay_status: Option<StayStatus>,
}

impl RegisterRelocant {
    /// Whether it can be registered, as far as that can be told without a registry.
    ///
    /// # Errors
    /// What `RegisterRelocant` would answer.
    pub fn check(&self, today: NaiveDate) -> Result<()> {
        self.identity(today)?;
        if let Some(on) = self.entry_on {
            stays::rules::record_entry(&Ledger::default(), on, today)?;
        }
        Ok(())
    }

    fn id(&self, tx: &Tx) -> RelocantId {
        self.id.unwrap_or(RelocantId(tx.reserved()))
    }

    fn identity(&self, today: NaiveDate) -> Result<(Identity, Country)> {
        let (identity, citizenship, at) = match &self.source {
            Source::Typed { identity, citizenship } => (Identity::clone(identity), *citizenship, "typed."),
            Source::Mrz(lines) => {
                let zone = relocants::rules::identity_from_mrz(lines.expose(), today).map_err(|found| Error::Invalid(Violations(found)))?;
                if zone.identity.documents.is_empty() {
                    return Err(Error::invalid("mrz", Why::Format("the zone of an identity document; a visa is none")));
                }
                (zone.identity, zone.citizenship, "mrz.")
            }
        };
        let mut found = relocants::rules::identity(&identity, at, today);
        if matches!(self.source, Source::Mrz(_)) {
            // The caller sent one field; that is where the fault is.
            for violation in &mut found {
                "mrz".clone_into(&mut violation.field);
            }
        }
        found.extend(relocants::diplomas::years(&self.card.diplomas, "card.diplomas", today));
        none_at_fault(found)?;
        Ok((Identity { phone: self.phone.clone(), email: self.email.clone(), ..identity }, citizenship))
    }
}

/// Nothing is said where no policy applies; somebody just registered holds no permit.
fn status(view: &View, citizenship: Country, ledger: &Ledger) -> Option<StayStatus> {
    stays::rules::status_in_kazakhstan(&view.law.stay_policies, citizenship, ledger, &[], view.today).ok()
}

impl Operation for RegisterRelocant {
    const NAME: &'static str = "RegisterRelocant";
    const NEEDS: Permission = Permission::RegisterRelocant;
    type Output = Registered;

    async fn run(&self, tx: &mut Tx) -> Result<Registered> {
        let (identity, citizenship) = self.identity(tx.today)?;
        let relocant = Relocant {
            id: self.id(tx),
            code: ShortCode::from_random(tx.vault().random()?),
            citizenship,
            center: tx.caller.center().ok_or_else(|| Error::internal("a registrar without a center"))?.to_owned(),
            region: self.region,
            status: RelocantStatus::Registered,
            departed_on: None,
            merged_into: None,
            card: self.card.clone(),
            looking_confirmed_on: relocants::looking::stated(&self.card, tx.today),
            version: 1,
            captured_at: self.captured_at.and_then(|at| relocants::rules::captured(at, tx.now)),
            created_at: tx.now,
            updated_at: tx.now,
        };
        relocants::store::insert(tx, &relocant, &identity).await?;
        tx.record(Event::RelocantRegistered { relocant: relocant.id });

        let (mut stay_status, mut crossings) = (None, Vec::new());
        if let Some(on) = self.entry_on {
            stays::rules::record_entry(&Ledger::default(), on, tx.today)?;
            let crossing = Crossing {
                id: CrossingId::new(),
                relocant: relocant.id,
                direction: Direction::Entry,
                crossed_on: on,
                corrects: None,
                void: false,
                created_at: tx.now,
            };
            stays::store::insert(tx, &crossing).await?;
            tx.record(Event::EntryRecorded { crossing: crossing.id, relocant: relocant.id });
            crossings.push(crossing);
            stay_status = status(tx, citizenship, &stays::rules::ledger(&crossings));
        }
        dues::operations::of_new(tx, &relocant, crossings, relocants::outlines(relocant.id, &identity)).await?;
        Ok(Registered { person: Person { relocant, identity: Some(identity) }, stay_status })
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Registered> {
        let relocant = relocants::store::get(tx, self.id(tx)).await?;
        let identity = Some(relocants::store::identity(tx, relocant.id).await?);
        let crossings = stays::store::of(tx, relocant.id).await?;
        let entered = self.entry_on.is_some();
        let stay_status = if entered { status(tx, relocant.citizenship, &stays::rules::ledger(&crossings)) } else { None };
        Ok(Registered { person: Person { relocant, identity }, stay_status })
    }
}
