//! The signed statement in a certificate's QR code: enough to see, offline, that the sheet in hand is one that the registry issued and that it is still good.
//!
//! It holds the number, the initials, two dates, the centre and the issuer. Whoever checks has the sheet before them and compares; what is on the sheet anyway
//! need not be in the code, and a photograph of the code, or a log of a program that read it, should not be a record about a person. So there are no names
//! beyond their initials, and no birth date and no birth year: a year beside initials, a centre and a day would often single out one person, and it makes
//! a certificate no harder to forge, because the number already tells one from all others. Citizenship and the person's code are left out likewise.
//!
//! The members' names are short, because every character makes the code denser, and none is a registered claim but `iss`: a statement lacks `sub`, `aud` and
//! `exp` and so cannot pass for a token.

use chrono::NaiveDate;
use ring::signature::Ed25519KeyPair;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

use super::{
    Certificate, PublicKeys, Revocations, is_number,
    jws::{self, Kind},
};
use crate::seal::Personal;

/// Characters of a statement at most: what a code of version 15 holds at level M (ISO/IEC 18004, table 7), so that whatever is signed can be printed. An
/// ordinary statement has about 300.
pub const LONGEST: usize = 412;

/// Characters of a centre's id, or an issuer's, at most.
const LONGEST_ID: usize = 64;

/// Characters of initials at most: three letters, of which one may need a mark of its own, each with a full stop.
const LONGEST_INITIALS: usize = 12;

/// What the registry states about a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// The certificate's number, without separators.
    #[serde(rename = "no")]
    pub number: String,
    /// The first letters of family name, given names and patronymic, each with a full stop.
    #[serde(rename = "in")]
    pub initials: Personal<String>,
    /// The day of registration.
    #[serde(rename = "reg")]
    pub registered_on: NaiveDate,
    /// The last day on which the certificate is good.
    #[serde(rename = "end")]
    pub valid_until: NaiveDate,
    /// The registration centre's id.
    #[serde(rename = "ctr")]
    pub center: String,
    /// The issuer's short name.
    #[serde(rename = "iss")]
    pub issuer: String,
}

/// What is wrong with a statement, a list of revoked certificates or a key set. None quotes what was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Not a signed text at all: a photograph of another code, a text that was cut.
    #[error("this is not a signed statement")]
    Unreadable,
    /// The text names another algorithm than the only one in use.
    #[error("it is signed with an algorithm other than EdDSA")]
    Algorithm,
    /// Signed, but something else: a list where a statement is expected, or a token.
    #[error("what is signed is of another kind")]
    Kind,
    /// The key is not in the key set, which may be too old or another registry's. It may be genuine or forged: nobody can tell.
    #[error("no key of the key set has the id that the statement names")]
    UnknownKey,
    /// The key is known, and it did not sign this: forged, or damaged.
    #[error("the signature is wrong: forged or damaged")]
    Forged,
    /// The signature is right, and what is signed cannot be read by this version.
    #[error("the signature is right, but what is signed cannot be read; a newer version may")]
    Malformed,
    /// Genuine, and no longer good.
    #[error("genuine, but valid only until {valid_until}")]
    Expired {
        /// The last day on which it was good.
        valid_until: NaiveDate,
    },
    /// Genuine, and withdrawn.
    #[error("genuine, but revoked")]
    Revoked,
    /// The list of revoked certificates is another issuer's, so it cannot tell.
    #[error("the list of revoked certificates is another issuer's")]
    OtherIssuer,
    /// A certificate that no statement can be made of: a number, an id or initials of the wrong form, dates in the wrong order, or too much of everything.
    #[error("no statement can be made of this certificate")]
    Unsignable,
    /// The key set is of no use.
    #[error("{0}")]
    KeySet(&'static str),
}

/// A statement that is genuine, good today and not on the list of revoked certificates, if there was a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// What it says.
    pub statement: Statement,
    /// The id of the key that signed it.
    pub key_id: String,
    /// The day of the list of revoked certificates that was asked; none when none was.
    pub not_revoked_as_of: Option<NaiveDate>,
}

impl Statement {
    /// What is stated about a certificate.
    pub fn of(certificate: &Certificate) -> Self {
        let names = [&certificate.family_name, &certificate.given_names, &certificate.patronymic];
        Self {
            number: certificate.number.clone(),
            initials: Personal::new(names.into_iter().filter_map(|name| initial(name.expose())).collect()),
            registered_on: certificate.registered_on,
            valid_until: certificate.valid_until,
            center: certificate.center.clone(),
            issuer: certificate.issuer.id.clone(),
        }
    }

    fn is_whole(&self) -> bool {
        let id = |id: &str| (1..=LONGEST_ID).contains(&id.chars().count()) && !id.chars().any(char::is_control);
        is_number(&self.number)
            && self.initials.expose().chars().count() <= LONGEST_INITIALS
            && !self.initials.expose().chars().any(char::is_control)
            && id(&self.center)
            && id(&self.issuer)
            && self.registered_on <= self.valid_until
    }
}

/// The first letter of a name with a full stop. Of `Ә` it is `Ә`, however the name was typed.
fn initial(name: &str) -> Option<String> {
    let letter = name.nfc().find(|character| character.is_alphabetic())?;
    Some(letter.to_uppercase().chain(['.']).collect())
}

/// Signs a statement. Whatever this signs, [`verify`] can read.
///
/// # Errors
/// [`Fault::Unsignable`].
pub fn sign(statement: &Statement, key: &Ed25519KeyPair, key_id: &str) -> Result<String, Fault> {
    if !statement.is_whole() {
        return Err(Fault::Unsignable);
    }
    let payload = serde_json::to_vec(statement).map_err(|_| Fault::Unsignable)?;
    jws::sign(Kind::Statement, &payload, key, key_id).filter(|text| text.len() <= LONGEST).ok_or(Fault::Unsignable)
}

/// Verifies the text of a certificate's QR code. `today` is a day in Kazakhstan; a certificate is good on its last day. Without a list of revoked certificates
/// nothing is known about revocation, and the result says so.
///
/// # Errors
/// What is wrong, the signature first: a forged statement is never called expired, and a revoked one is called revoked even after its last day.
pub fn verify(text: &str, keys: &PublicKeys, revoked: Option<&Revocations>, today: NaiveDate) -> Result<Verified, Fault> {
    let (payload, key_id) = jws::open(Kind::Statement, text.trim(), keys, LONGEST)?;
    let statement: Statement = serde_json::from_slice(&payload).map_err(|_| Fault::Malformed)?;
    if !statement.is_whole() {
        return Err(Fault::Malformed);
    }
    if let Some(list) = revoked {
        if list.issuer() != statement.issuer {
            return Err(Fault::OtherIssuer);
        }
        if list.contains(&statement.number) {
            return Err(Fault::Revoked);
        }
    }
    if today > statement.valid_until {
        return Err(Fault::Expired { valid_until: statement.valid_until });
    }
    Ok(Verified { statement, key_id: key_id.to_owned(), not_revoked_as_of: revoked.map(Revocations::issued_on) })
}
