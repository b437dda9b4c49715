//! What calls about offered homes do, in which order, and who may.

use chrono::NaiveDate;

pub use super::store::Filter;
use super::{Check, Home, HomeAmendment, HomeOffer, HomeOfferStatus, rules, store};
use crate::{
    auth::{Permission, Reach},
    classifiers::Region,
    employers,
    error::{Error, Result, Why, none_at_fault, same_version},
    events::Event,
    gate::{Operation, Query, Tx, View},
    ids::{EmployerId, HomeOfferId},
    page::Page,
    reservations::{self, Resource},
};

/// An offer with what is free of it now.
#[derive(Debug, Clone)]
pub struct OfferedHomes {
    /// The offer.
    pub offer: HomeOffer,
    /// Homes neither held nor taken; none when they were refused.
    pub free: i32,
}

async fn all_with_free(view: &View, offers: Vec<HomeOffer>) -> Result<Vec<OfferedHomes>> {
    let used = reservations::store::used_of(view, Resource::Home, offers.iter().map(|offer| offer.id.0).collect()).await?;
    let free = |offer: &HomeOffer| (rules::offered(&offer.home) - used.get(&offer.id.0).copied().unwrap_or(0)).max(0);
    Ok(offers.into_iter().map(|offer| OfferedHomes { free: free(&offer), offer }).collect())
}

async fn with_free(view: &View, offer: HomeOffer) -> Result<OfferedHomes> {
    all_with_free(view, vec![offer]).await?.pop().ok_or_else(|| Error::internal("an offer is not answered"))
}

/// An offer as the caller has seen it, that the caller may change: an organisation its own, a matcher those of the region. To others it is not there.
async fn own(tx: &Tx, id: HomeOfferId, expected_version: i64) -> Result<HomeOffer> {
    let offer = store::get(tx, id).await?;
    if matches!(&tx.caller.reach, Reach::Region(region) if *region != offer.region) {
        return Err(Error::NotFound { resource: "home_offer" });
    }
    same_version("home_offer", expected_version, offer.version)?;
    Ok(offer)
}

/// Offers homes of one kind in a town.
#[derive(Debug)]
pub struct OpenHomeOffer {
    /// The organisation whose homes they are; none: the region offers them.
    pub host: Option<EmployerId>,
    /// Where.
    pub region: Region,
    /// In which town or village.
    pub settlement: String,
    /// The homes; their id is given here.
    pub home: Home,
}

impl OpenHomeOffer {
    /// An organisation speaks for itself, a matcher for the region and for organisations there.
    async fn may(&self, tx: &Tx) -> Result<()> {
        match (&tx.caller.reach, self.host) {
            (Reach::Organisation(_), None) => return Err(Error::invalid("host_employer_id", Why::Required)),
            (Reach::Region(own), _) if *own != self.region => {
                return Err(Error::invalid("region_code", Why::Contradicts("is not the caller's region")));
            }
            (Reach::Center(_) | Reach::Own(_) | Reach::Nothing, _) => return Err(Error::NotFound { resource: "employer" }),
            (Reach::Everywhere | Reach::Region(_) | Reach::Organisation(_), _) => {}
        }
        match self.host {
            Some(host) => Ok(employers::rules::may_host(&employers::store::get(tx, host).await?)?),
            None => Ok(()),
        }
    }
}

impl Operation for OpenHomeOffer {
    const NAME: &'static str = "OpenHomeOffer";
    const NEEDS: Permission = Permission::OpenHomeOffer;
    type Output = OfferedHomes;

    async fn run(&self, tx: &mut Tx) -> Result<OfferedHomes> {
        self.may(tx).await?;
        let id = HomeOfferId(tx.reserved());
        let offer = HomeOffer {
            id,
            host: self.host,
            region: self.region,
            settlement: self.settlement.clone(),
            home: Home { id: id.0, ..self.home.clone() },
            status: HomeOfferStatus::Open,
            version: 1,
            created_at: tx.now,
            updated_at: tx.now,
        };
        none_at_fault(rules::fields(&offer))?;
        store::insert(tx, &offer).await?;
        tx.record(Event::HomeOfferOpened { home_offer: id, employer: offer.host });
        with_free(tx, offer).await
    }

    async fn replay(&self, tx: &mut Tx) -> Result<OfferedHomes> {
        with_free(tx, store::get(tx, HomeOfferId(tx.reserved())).await?).await
    }
}

/// Replaces what is said of offered homes, as given.
#[derive(Debug)]
pub struct AmendHomeOffer {
    /// The offer.
    pub id: HomeOfferId,
    /// The version seen; 0: any.
    pub expected_version: i64,
    /// What is replaced.
    pub amendment: HomeAmendment,
}

impl Operation for AmendHomeOffer {
    const NAME: &'static str = "AmendHomeOffer";
    const NEEDS: Permission = Permission::AmendHomeOffer;
    type Output = OfferedHomes;

    async fn run(&self, tx: &mut Tx) -> Result<OfferedHomes> {
        let offer = own(tx, self.id, self.expected_version).await?;
        if let Some(host) = offer.host {
            employers::rules::may_go_on(&employers::store::get_any(tx, host).await?)?;
        }
        none_at_fault(rules::faults("", &rules::amended(&offer.home, &self.amendment), 0))?;
        let used = reservations::store::used(tx, Resource::Home, offer.id.0).await?;
        let offer = store::save(tx, &rules::amend(offer, &self.amendment, used)?).await?;
        tx.record(Event::HomeOfferAmended { home_offer: offer.id, employer: offer.host });
        with_free(tx, offer).await
    }

    async fn replay(&self, tx: &mut Tx) -> Result<OfferedHomes> {
        with_free(tx, store::get(tx, self.id).await?).await
    }
}

/// Writes down what was found at offered homes.
#[derive(Debug)]
pub struct CheckHomeOffer {
    /// The offer.
    pub id: HomeOfferId,
    /// The version seen; 0: any.
    pub expected_version: i64,
    /// Whether they were refused.
    pub is_refused: bool,
    /// The day of the check.
    pub on: NaiveDate,
}

impl Operation for CheckHomeOffer {
    const NAME: &'static str = "CheckHomeOffer";
    const NEEDS: Permission = Permission::CheckHomeOffer;
    type Output = OfferedHomes;

    async fn run(&self, tx: &mut Tx) -> Result<OfferedHomes> {
        none_at_fault(rules::check_day(self.on, tx.today))?;
        let offer = own(tx, self.id, self.expected_version).await?;
        let check = if self.is_refused { Check::Refused(self.on) } else { Check::Checked(self.on) };
        let offer = store::save(tx, &rules::check(offer, check)).await?;
        tx.record(Event::HomeOfferChecked { home_offer: offer.id, employer: offer.host });
        with_free(tx, offer).await
    }

    async fn replay(&self, tx: &mut Tx) -> Result<OfferedHomes> {
        with_free(tx, store::get(tx, self.id).await?).await
    }
}

/// Closes an offer.
#[derive(Debug)]
pub struct CloseHomeOffer {
    /// The offer.
    pub id: HomeOfferId,
    /// The version seen; 0: any.
    pub expected_version: i64,
}

impl Operation for CloseHomeOffer {
    const NAME: &'static str = "CloseHomeOffer";
    const NEEDS: Permission = Permission::CloseHomeOffer;
    type Output = OfferedHomes;

    async fn run(&self, tx: &mut Tx) -> Result<OfferedHomes> {
        let offer = own(tx, self.id, self.expected_version).await?;
        let offer = store::save(tx, &rules::close(offer)?).await?;
        tx.record(Event::HomeOfferClosed { home_offer: offer.id, employer: offer.host });
        with_free(tx, offer).await
    }

    async fn replay(&self, tx: &mut Tx) -> Result<OfferedHomes> {
        with_free(tx, store::get(tx, self.id).await?).await
    }
}

/// Answers one offer with what is free now.
#[derive(Debug)]
pub struct GetHomeOffer {
    /// The offer.
    pub id: HomeOfferId,
}

impl Query for GetHomeOffer {
    const NAME: &'static str = "GetHomeOffer";
    const NEEDS: Permission = Permission::GetHomeOffer;
    type Output = OfferedHomes;

    async fn run(&self, view: &View) -> Result<OfferedHomes> {
        with_free(view, store::get(view, self.id).await?).await
    }
}

/// Lists offers in reach with what is free now.
#[derive(Debug)]
pub struct ListHomeOffers {
    /// Which page.
    pub page: Page,
    /// What narrows the list.
    pub filter: Filter,
}

impl Query for ListHomeOffers {
    const NAME: &'static str = "ListHomeOffers";
    const NEEDS: Permission = Permission::ListHomeOffers;
    type Output = Vec<OfferedHomes>;

    async fn run(&self, view: &View) -> Result<Vec<OfferedHomes>> {
        all_with_free(view, store::list(view, self.page, &self.filter).await?).await
    }
}
