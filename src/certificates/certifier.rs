//! The key that signs certificates, and in whose name.

use chrono::NaiveDate;
use ring::signature::Ed25519KeyPair;

use super::{
    Certificate, Fault, Issuer, Revocations, Statement, key_id,
    render::{self, render},
    statement,
};

/// Signs and prints certificates. One per process.
pub struct Certifier {
    key: Ed25519KeyPair,
    /// In whose name.
    pub issuer: Issuer,
}

impl std::fmt::Debug for Certifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Certifier")
    }
}

impl Certifier {
    /// A certifier over a PKCS #8 document of an Ed25519 key pair, as `relocreg keys token` makes one.
    ///
    /// # Errors
    /// A text for the operator.
    pub fn from_pkcs8(document: &[u8], issuer: Issuer) -> Result<Self, String> {
        let key =
            Ed25519KeyPair::from_pkcs8(document).map_err(|_| "the key that signs certificates is not an Ed25519 key pair".to_owned())?;
        Ok(Self { key, issuer })
    }

    /// The signed statement and the page.
    ///
    /// # Errors
    /// What cannot be printed.
    pub fn certify(&self, certificate: &Certificate) -> Result<(String, Vec<u8>), render::Fault> {
        let statement =
            statement::sign(&Statement::of(certificate), &self.key, &key_id(&self.key)).map_err(|_| render::Fault::Statement)?;
        let page = render(certificate, &statement)?;
        Ok((statement, page))
    }

    /// The signed list of revoked certificates.
    ///
    /// # Errors
    /// [`Fault::Unsignable`] for more than a list holds.
    pub fn revocations(&self, on: NaiveDate, numbers: &[String]) -> Result<String, Fault> {
        Revocations::sign(&self.issuer.id, on, numbers.iter().map(String::as_str), &self.key, &key_id(&self.key))
    }
}
