//! Certificates of registration: what a person carries away from a registration centre.
//!
//! A certificate is one page in Kazakh and Russian, and a signed statement in a QR code on it. It confirms one thing: that the person is registered at the
//! centre. It is no identity document, no permit, and no state document, and it says so. Whoever is shown one checks the statement with the registry's public
//! key, on any machine and without a network: [`statement::verify`]. A certificate can be revoked: [`revocations`].
//!
//! Three rules hold throughout. The same input gives the same bytes: nothing here asks a clock or a source of randomness. No more is printed than is needed to
//! tell whose certificate it is, and still less is signed. Nothing that a stranger may send, a statement or a list or a key set, is read without a bound.

pub mod api;
mod certifier;
mod jws;
mod keys;
mod letters;
pub mod operations;
pub mod render;
pub mod revocations;
pub mod rules;
mod sheet;
pub mod statement;
pub mod store;
pub mod table;
#[cfg(test)]
mod tests;
mod wording;

use chrono::NaiveDate;

pub use self::{
    certifier::Certifier,
    keys::{PublicKeys, key_id},
    render::render,
    revocations::Revocations,
    statement::{Fault, Statement, Verified, verify},
};
use crate::{
    ids::{CertificateId, RelocantId},
    seal::Personal,
    time::Instant,
};

/// What a certificate says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The certificate's own number: a short random code without separators, 8 to 16 of the digits and capital Latin letters. Not the person's code: a person
    /// may be given several certificates, and one of them may be revoked.
    pub number: String,
    /// As printed in the document shown.
    pub family_name: Personal<String>,
    /// As printed; empty for somebody with one name.
    pub given_names: Personal<String>,
    /// As printed; empty where there is none.
    pub patronymic: Personal<String>,
    /// The day of birth.
    pub birth_on: Personal<NaiveDate>,
    /// The citizenship, in three letters: ISO 3166-1 alpha-3.
    pub citizenship: String,
    /// The person's short code in the registry, as it is read out.
    pub person_code: Personal<String>,
    /// The day of registration.
    pub registered_on: NaiveDate,
    /// The registration centre's id.
    pub center: String,
    /// The day of issue.
    pub issued_on: NaiveDate,
    /// The last day on which the certificate is good.
    pub valid_until: NaiveDate,
    /// Who issues it.
    pub issuer: Issuer,
}

/// A certificate that was issued, as it is kept: what was printed on it is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    /// The certificate's id.
    pub id: CertificateId,
    /// The number that is printed.
    pub number: String,
    /// Whose registration it confirms.
    pub relocant: RelocantId,
    /// The day of issue.
    pub issued_on: NaiveDate,
    /// The last day on which it is good.
    pub valid_until: NaiveDate,
    /// When it was revoked.
    pub revoked_at: Option<Instant>,
}

/// Who issues certificates: one for a whole registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    /// A short name that statements carry, for example the registry's domain. Every character makes the code denser.
    pub id: String,
    /// The full name in Kazakh.
    pub kazakh: String,
    /// The full name in Russian.
    pub russian: String,
}

/// A number as people type it: capitals, without spaces and hyphens. None when it cannot be a certificate's number.
fn number(typed: &str) -> Option<String> {
    let characters = typed.trim().chars().filter(|character| !matches!(character, ' ' | '-')).take(LONGEST_NUMBER + 1);
    let number: String = characters.map(|character| character.to_ascii_uppercase()).collect();
    is_number(&number).then_some(number)
}

/// Fewer characters could be guessed.
const SHORTEST_NUMBER: usize = 8;

/// More could not be read out.
const LONGEST_NUMBER: usize = 16;

fn is_number(text: &str) -> bool {
    (SHORTEST_NUMBER..=LONGEST_NUMBER).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
}

/// A number as it is printed: in groups of three.
pub fn in_groups(number: &str) -> String {
    let mut grouped = String::new();
    for (at, character) in number.chars().enumerate() {
        if at > 0 && at % 3 == 0 {
            grouped.push('-');
        }
        grouped.push(character);
    }
    grouped
}
