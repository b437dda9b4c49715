//! What calls about certificates do, and who may.

use std::sync::Arc;

use super::{Certificate, Certifier, Issued, render::Fault, rules, store};
use crate::{
    auth::Permission,
    error::{Error, Result, Why},
    events::Event,
    gate::{Operation, Query, Tx, View},
    ids::{CertificateId, RelocantId},
    relocants::{self, Identity, Relocant},
    seal::Personal,
    time::civil_day,
};

/// Issues a certificate of a person's registration. It is printed within the change, so that none is issued that cannot be.
#[derive(Debug)]
pub struct IssueCertificate {
    /// The person.
    pub relocant: RelocantId,
    /// What signs and prints, where the installation has a key.
    pub certifier: Option<Arc<Certifier>>,
}

/// A printed certificate. Its `Debug` prints nothing of it.
#[derive(Default)]
pub struct Page {
    /// The signed statement.
    pub statement: String,
    /// The page as PDF.
    pub pdf: Vec<u8>,
}

impl std::fmt::Debug for Page {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Page")
    }
}

impl IssueCertificate {
    /// Prints the names as in the document or, where the fonts lack their script, in another one.
    async fn printed(&self, view: &View, issued: &Issued, relocant: &Relocant) -> Result<Page> {
        let certifier = self.certifier.as_ref().ok_or(rules::Refusal::NoCertificateKey)?;
        let identity = relocants::store::identity(view, relocant.id).await?;
        let mut unprintable = None;
        for names in [Some(&identity.names), identity.latin.as_ref(), identity.cyrillic.as_ref()].into_iter().flatten() {
            match certifier.certify(&certificate(certifier, issued, relocant, &identity, names)) {
                Ok((statement, pdf)) => return Ok(Page { statement, pdf }),
                Err(Fault::Unprintable(field) | Fault::TooLong(field)) => unprintable = unprintable.or(Some(field)),
                Err(fault) => return Err(Error::internal(fault.to_string())),
            }
        }
        Err(Error::invalid(unprintable.unwrap_or("names"), Why::Format("a name that can be printed; add one in Latin letters")))
    }
}

fn certificate(certifier: &Certifier, issued: &Issued, relocant: &Relocant, identity: &Identity, names: &relocants::Names) -> Certificate {
    Certificate {
        number: issued.number.clone(),
        family_name: names.family.clone(),
        given_names: names.given.clone(),
        patronymic: names.patronymic.clone(),
        birth_on: identity.birth_on.clone(),
        citizenship: relocant.citizenship.to_string(),
        person_code: Personal::new(relocant.code.to_string()),
        registered_on: civil_day(relocant.created_at),
        center: relocant.center.clone(),
        issued_on: issued.issued_on,
        valid_until: issued.valid_until,
        issuer: certifier.issuer.clone(),
    }
}

impl Operation for IssueCertificate {
    const NAME: &'static str = "IssueCertificate";
    const NEEDS: Permission = Permission::IssueCertificate;
    type Output = (Issued, Page);

    async fn run(&self, tx: &mut Tx) -> Result<(Issued, Page)> {
        let relocant = relocants::rules::still_here(relocants::store::get(tx, self.relocant).await?)?;
        let issued = Issued {
            id: CertificateId(tx.reserved()),
            number: rules::number(tx.vault().random()?),
            relocant: self.relocant,
            issued_on: tx.today,
            valid_until: rules::valid_until(tx.today),
            revoked_at: None,
        };
        let page = self.printed(tx, &issued, &relocant).await?;
        store::insert(tx, &issued).await?;
        tx.record(Event::CertificateIssued { relocant: self.relocant });
        Ok((issued, page))
    }

    async fn replay(&self, tx: &mut Tx) -> Result<(Issued, Page)> {
        let issued = store::get(tx, CertificateId(tx.reserved())).await?;
        let relocant = relocants::store::get(tx, self.relocant).await?;
        let page = self.printed(tx, &issued, &relocant).await?;
        Ok((issued, page))
    }
}

/// Revokes a certificate.
#[derive(Debug)]
pub struct RevokeCertificate {
    /// The certificate.
    pub id: CertificateId,
}

impl Operation for RevokeCertificate {
    const NAME: &'static str = "RevokeCertificate";
    const NEEDS: Permission = Permission::RevokeCertificate;
    type Output = Issued;

    async fn run(&self, tx: &mut Tx) -> Result<Issued> {
        let certificate = seen(tx, self.id).await?;
        let revoked = rules::revoke(certificate, tx.now)?;
        store::save_revoked(tx, &revoked).await?;
        tx.record(Event::CertificateRevoked { relocant: revoked.relocant });
        Ok(revoked)
    }

    async fn replay(&self, tx: &mut Tx) -> Result<Issued> {
        seen(tx, self.id).await
    }
}

/// A certificate of somebody in reach.
async fn seen(view: &View, id: CertificateId) -> Result<Issued> {
    let certificate = store::get(view, id).await?;
    // Whoever cannot reach the person learns nothing of the certificate either.
    let hidden = |failed| if matches!(failed, Error::NotFound { .. }) { Error::NotFound { resource: "certificate" } } else { failed };
    relocants::store::get(view, certificate.relocant).await.map_err(hidden)?;
    Ok(certificate)
}

/// Lists a person's certificates.
#[derive(Debug)]
pub struct ListCertificates {
    /// The person.
    pub relocant: RelocantId,
}

impl Query for ListCertificates {
    const NAME: &'static str = "ListCertificates";
    const NEEDS: Permission = Permission::ListCertificates;
    type Output = Vec<Issued>;

    async fn run(&self, view: &View) -> Result<Vec<Issued>> {
        let relocant = relocants::finding::standing(view, relocants::store::get(view, self.relocant).await?).await?;
        store::of(view, relocant.id).await
    }
}

/// The numbers of all certificates that are revoked and not yet past their last day.
#[derive(Debug)]
pub struct GetRevocations;

impl Query for GetRevocations {
    const NAME: &'static str = "GetRevocations";
    const NEEDS: Permission = Permission::GetRevocations;
    type Output = Vec<String>;

    async fn run(&self, view: &View) -> Result<Vec<String>> {
        store::revoked(view, view.today).await
    }
}
