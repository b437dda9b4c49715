//! Sealed personal data: what a database dump without the keys says about a person is nothing.
//!
//! Each person has a random key of their own, and everything personal about them is sealed under it. That key is wrapped by a numbered key-encryption key
//! which lives outside the database; destroying the wrapped key erases the person, in every backup of the data too. Exact look-up goes through blind tags:
//! keyed hashes that only the holder of the tag key can compute.
//!
//! Here are the ciphers and the keys. Which rows hold what is each capability's `store.rs`; that looking is journaled is the gate's.

mod keys;
mod personal;

use chacha20poly1305::{
    Key, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, KeyInit as _, Payload},
};
use hmac::{Hmac, Mac as _};
use ring::rand::{SecureRandom as _, SystemRandom};
use sha2::Sha256;
use uuid::Uuid;
use zeroize::Zeroizing;

pub use self::{
    keys::{KeyFile, Keyring},
    personal::Personal,
};
use crate::{
    error::{Error, Result},
    ids::RelocantId,
};

/// Bytes of a nonce of XChaCha20-Poly1305; drawn at random, long enough never to meet again.
const NONCE: usize = 24;

/// Sealed texts are padded to a multiple of this, so that their length does not tell a short name from a long one.
const PADDING: usize = 256;

/// Seals, opens and tags. One per process, shared.
#[derive(Debug)]
pub struct Vault {
    keys: Keyring,
    random: SystemRandom,
}

/// A person's own key, wrapped by a key-encryption key: what the table of keys holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrappedKey {
    /// The number of the key-encryption key.
    pub version: i32,
    /// The nonce and the wrapped key.
    pub bytes: Vec<u8>,
}

/// A person's own key, in memory for as long as one call needs it.
pub struct PersonKey(Zeroizing<[u8; 32]>);

impl std::fmt::Debug for PersonKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PersonKey")
    }
}

/// What a blind tag is made of: each field has a key of its own, so that equal values of two fields have different tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum TagField {
    /// Kind, issuing country and normalised number of an identity document.
    Document,
    /// The individual identification number.
    Iin,
    /// What likely-same people have in common, by kind and value.
    Likeness,
    /// The content of a request, so that a replay can be told from a reuse of its id.
    Request,
    /// The order of equally good candidates, which nobody can foresee or arrange.
    TieBreak,
    /// The filter that a page token belongs to.
    PageToken,
}

impl Vault {
    /// A vault over a ring of keys.
    pub fn new(keys: Keyring) -> Self {
        Self { keys, random: SystemRandom::new() }
    }

    /// So many random bytes.
    pub fn random<const N: usize>(&self) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        self.random.fill(&mut bytes).map_err(|_| Error::internal("the machine gives no random bytes"))?;
        Ok(bytes)
    }

    /// A key for a new person, and its wrapped form to store.
    pub fn new_person_key(&self, person: RelocantId) -> Result<(PersonKey, WrappedKey)> {
        let key = Zeroizing::new(self.random::<32>()?);
        let version = self.keys.current();
        let bytes = self.encrypt(self.keys.wrapping(version)?, &key[..], &wrap_context(person, version))?;
        Ok((PersonKey(key), WrappedKey { version, bytes }))
    }

    /// A person's key out of its wrapped form.
    ///
    /// # Errors
    /// [`Error::Internal`] when the key-encryption key is not in the ring or the wrapped key was made for somebody else.
    pub fn person_key(&self, person: RelocantId, wrapped: &WrappedKey) -> Result<PersonKey> {
        let key = decrypt(self.keys.wrapping(wrapped.version)?, &wrapped.bytes, &wrap_context(person, wrapped.version))?;
        let key: [u8; 32] = key.as_slice().try_into().map_err(|_| Error::internal("a wrapped key has the wrong length"))?;
        Ok(PersonKey(Zeroizing::new(key)))
    }

    /// Seals a record for one row of one table. Moving the sealed bytes to another row or table makes them unreadable.
    pub fn seal<T: serde::Serialize>(&self, key: &PersonKey, table: &str, row: RelocantId, record: &T) -> Result<Vec<u8>> {
        let mut plain = Zeroizing::new(serde_json::to_vec(record).map_err(|_| Error::internal("a sealed record has no JSON form"))?);
        let padded = plain.len().next_multiple_of(PADDING);
        plain.resize(padded, b' ');
        self.encrypt(&key.0, &plain, &row_context(table, row))
    }

    /// Opens what [`Vault::seal`] sealed for this row.
    pub fn open<T: serde::de::DeserializeOwned>(&self, key: &PersonKey, table: &str, row: RelocantId, sealed: &[u8]) -> Result<T> {
        let plain = Zeroizing::new(decrypt(&key.0, sealed, &row_context(table, row))?);
        // The parser's error could quote the text, so it is dropped.
        serde_json::from_slice(&plain).map_err(|_| Error::internal(format!("a sealed record of {table} does not read back")))
    }

    /// The blind tag of a value: equal values of one field have equal tags, and a tag says nothing without the key.
    pub fn tag(&self, field: TagField, value: &[u8]) -> [u8; 32] {
        let mut mac = self.keys.tagging(field).clone();
        mac.update(value);
        mac.finalize().into_bytes().into()
    }

    /// The lot of a record, which decides between equals and which nobody can foresee or arrange.
    pub fn lot(&self, id: Uuid) -> u64 {
        self.tag(TagField::TieBreak, id.as_bytes()).first_chunk().copied().map(u64::from_be_bytes).unwrap_or_default()
    }

    fn encrypt(&self, key: &[u8; 32], plain: &[u8], context: &[u8]) -> Result<Vec<u8>> {
        let nonce = self.random::<NONCE>()?;
        let sealed = XChaCha20Poly1305::new(&Key::from(*key))
            .encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: context })
            .map_err(|_| Error::internal("sealing failed"))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }
}

fn decrypt(key: &[u8; 32], sealed: &[u8], context: &[u8]) -> Result<Vec<u8>> {
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE>().ok_or_else(|| Error::internal("a sealed text is too short"))?;
    XChaCha20Poly1305::new(&Key::from(*key))
        .decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: context })
        .map_err(|_| Error::internal("a sealed text does not open: wrong key, wrong row, or damaged"))
}

fn wrap_context(person: RelocantId, version: i32) -> Vec<u8> {
    format!("relocreg.v1 person key {person} wrapped by {version}").into_bytes()
}

fn row_context(table: &str, row: RelocantId) -> Vec<u8> {
    format!("relocreg.v1 {table} {row}").into_bytes()
}

type Tagger = Hmac<Sha256>;

fn tagger(key: &[u8; 32]) -> Result<Tagger> {
    Tagger::new_from_slice(key).map_err(|_| Error::internal("a tag key has the wrong length"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault() -> Vault {
        Vault::new(Keyring::from_file(&KeyFile::generate().unwrap()).unwrap())
    }

    #[test]
    fn what_is_sealed_opens_again() {
        let (vault, person) = (vault(), RelocantId::new());
        let (key, wrapped) = vault.new_person_key(person).unwrap();
        let sealed = vault.seal(&key, "relocant", person, &"Юлия Щелокова").unwrap();
        let key = vault.person_key(person, &wrapped).unwrap();
        assert_eq!(vault.open::<String>(&key, "relocant", person, &sealed).unwrap(), "Юлия Щелокова");
    }

    #[test]
    fn a_sealed_text_moved_to_another_row_or_table_does_not_open() {
        let (vault, person) = (vault(), RelocantId::new());
        let (key, _) = vault.new_person_key(person).unwrap();
        let sealed = vault.seal(&key, "relocant", person, &"x").unwrap();
        assert!(vault.open::<String>(&key, "relocant", RelocantId::new(), &sealed).is_err());
        assert!(vault.open::<String>(&key, "contact", person, &sealed).is_err());
    }

    #[test]
    fn a_wrapped_key_moved_to_another_person_does_not_open() {
        let vault = vault();
        let (_, wrapped) = vault.new_person_key(RelocantId::new()).unwrap();
        assert!(vault.person_key(RelocantId::new(), &wrapped).is_err());
    }

    #[test]
    fn a_damaged_text_does_not_open() {
        let (vault, person) = (vault(), RelocantId::new());
        let (key, _) = vault.new_person_key(person).unwrap();
        let sealed = vault.seal(&key, "relocant", person, &"x").unwrap();
        for at in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[at] ^= 1;
            assert!(vault.open::<String>(&key, "relocant", person, &damaged).is_err(), "byte {at}");
        }
    }

    #[test]
    fn lengths_do_not_tell_names_apart() {
        let (vault, person) = (vault(), RelocantId::new());
        let (key, _) = vault.new_person_key(person).unwrap();
        let short = vault.seal(&key, "relocant", person, &"Ли").unwrap();
        let long = vault.seal(&key, "relocant", person, &"Константинопольская-Римская").unwrap();
        assert_eq!(short.len(), long.len());
    }

    #[test]
    fn tags_are_equal_for_equal_values_of_one_field_only() {
        let (vault, other) = (vault(), vault());
        assert_eq!(vault.tag(TagField::Document, b"x"), vault.tag(TagField::Document, b"x"));
        assert_ne!(vault.tag(TagField::Document, b"x"), vault.tag(TagField::Document, b"y"));
        assert_ne!(vault.tag(TagField::Document, b"x"), vault.tag(TagField::Request, b"x"));
        assert_ne!(vault.tag(TagField::Document, b"x"), other.tag(TagField::Document, b"x"));
    }
}
