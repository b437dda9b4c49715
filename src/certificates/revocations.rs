//! The list of revoked certificates: a signed file that anybody may fetch and keep, and ask offline.
//!
//! It holds no number, only the first 8 bytes of each number's SHA-256, so it cannot be read as a list of certificates; who has a certificate's number can ask
//! for that one. Among a million entries a certificate that was never revoked is taken for one with a probability below 1 in 10 million million. The payload is
//! one line of JSON (the issuer and the day) and then the hashes in ascending order, so a look-up is a binary search.
//!
//! Like every list that is fetched now and then, it can be old: who shows a certificate may also show an old list. [`Revocations::issued_on`] says of which day
//! it is, and [`Verified::not_revoked_as_of`](super::Verified::not_revoked_as_of) hands it on.

use chrono::NaiveDate;
use ring::signature::Ed25519KeyPair;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{
    PublicKeys,
    jws::{self, Kind},
    number,
    statement::Fault,
};

/// Entries of a list at most.
pub const MOST: usize = 1_000_000;

/// Bytes of a hash that are kept.
const HASH: usize = 8;

/// The first line of a list is no longer.
const LONGEST_HEAD: usize = 512;

/// Characters of a list's text at most: header, signature, and the payload in base64.
pub const LONGEST: usize = 1024 + (LONGEST_HEAD + MOST * HASH) / 3 * 4;

/// A verified list of revoked certificates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revocations {
    head: Head,
    hashes: Vec<[u8; HASH]>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    #[serde(rename = "iss")]
    issuer: String,
    #[serde(rename = "on")]
    issued_on: NaiveDate,
}

impl Revocations {
    /// Makes and signs a list. The order of the numbers does not matter, nor does a number that comes twice: the same numbers give the same text.
    ///
    /// # Errors
    /// [`Fault::Unsignable`] for too many numbers, for one that is no number, or for an issuer without end.
    pub fn sign<'a>(
        issuer: &str,
        issued_on: NaiveDate,
        numbers: impl IntoIterator<Item = &'a str>,
        key: &Ed25519KeyPair,
        key_id: &str,
    ) -> Result<String, Fault> {
        let hashes = numbers.into_iter().map(|typed| number(typed).map(|number| hash(issuer, &number)));
        let mut hashes: Vec<_> = hashes.collect::<Option<_>>().ok_or(Fault::Unsignable)?;
        hashes.sort_unstable();
        hashes.dedup();
        let mut payload = serde_json::to_vec(&Head { issuer: issuer.to_owned(), issued_on }).map_err(|_| Fault::Unsignable)?;
        if hashes.len() > MOST || payload.len() > LONGEST_HEAD {
            return Err(Fault::Unsignable);
        }
        payload.push(b'\n');
        payload.extend(hashes.as_flattened());
        jws::sign(Kind::Revocations, &payload, key, key_id).ok_or(Fault::Unsignable)
    }

    /// Verifies a list and takes it in.
    ///
    /// # Errors
    /// As for a statement, but nothing about days: a list does not expire.
    pub fn parse(text: &str, keys: &PublicKeys) -> Result<Self, Fault> {
        let (payload, _) = jws::open(Kind::Revocations, text.trim(), keys, LONGEST)?;
        let end = payload.iter().take(LONGEST_HEAD + 1).position(|byte| *byte == b'\n').ok_or(Fault::Malformed)?;
        let (head, rest) = payload.split_at_checked(end).ok_or(Fault::Malformed)?;
        let head = serde_json::from_slice(head).map_err(|_| Fault::Malformed)?;
        let (hashes, left_over) = rest.get(1..).unwrap_or_default().as_chunks::<HASH>();
        let ascending = hashes.is_sorted_by(|one, next| one < next);
        if !left_over.is_empty() || !ascending || hashes.len() > MOST {
            return Err(Fault::Malformed);
        }
        Ok(Self { head, hashes: hashes.to_vec() })
    }

    /// Whether a certificate is revoked. Its number may be typed in any way: small letters, spaces, hyphens.
    pub fn contains(&self, typed: &str) -> bool {
        number(typed).is_some_and(|number| self.hashes.binary_search(&hash(&self.head.issuer, &number)).is_ok())
    }

    /// Of which day the list is.
    pub fn issued_on(&self) -> NaiveDate {
        self.head.issued_on
    }

    /// Whose list it is.
    pub fn issuer(&self) -> &str {
        &self.head.issuer
    }

    /// How many certificates are on it.
    pub fn len(&self) -> usize {
        self.hashes.len()
    }

    /// Whether none is on it.
    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }
}

/// The issuer is hashed along, so that two registries' lists have nothing in common.
fn hash(issuer: &str, number: &str) -> [u8; HASH] {
    let digest =
        Sha256::new().chain_update(b"revoked certificate\n").chain_update(issuer).chain_update(b"\n").chain_update(number).finalize();
    digest.first_chunk().copied().unwrap_or_default()
}
