//! How a person waits on a machine that may be stolen: sealed for the holder of a private key (HPKE, RFC 9180), who need not be there when it is done. Whoever has the
//! machine and not that key can add people and read none, also not those they have just added.

use std::{fmt, str::FromStr};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hpke::{
    Deserializable as _, Kem as _, OpModeR, OpModeS, Serializable as _, aead::ChaCha20Poly1305, kdf::HkdfSha256, kem::X25519HkdfSha256,
    single_shot_open, single_shot_seal,
};
use prost::Message as _;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::proto::RegisterRelocantRequest;

type Kem = X25519HkdfSha256;

const INFO: &[u8] = b"relocation.registry queue 1";

/// Bytes of an encapsulated key.
const ENCAPSULATED: usize = 32;

/// Sealed texts are padded to a multiple of this, so that their length tells no short name from a long one.
const PADDING: usize = 512;

/// Whom people are sealed for.
#[derive(Clone)]
pub struct Recipient(<Kem as hpke::Kem>::PublicKey);

/// What opens them.
pub struct PrivateKey(<Kem as hpke::Kem>::PrivateKey);

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey")
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Recipient({self})")
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0.to_bytes()))
    }
}

impl FromStr for Recipient {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let bytes = URL_SAFE_NO_PAD.decode(text.trim()).ok();
        let key = bytes.and_then(|bytes| <Kem as hpke::Kem>::PublicKey::from_bytes(&bytes).ok());
        key.map(Self).ok_or_else(|| "the public key is none; `relocreg keys queue` prints one".to_owned())
    }
}

impl PrivateKey {
    /// A new one, with its public key.
    pub fn generate() -> (Self, Recipient) {
        let (private, public) = Kem::gen_keypair();
        (Self(private), Recipient(public))
    }

    /// Its public key.
    pub fn recipient(&self) -> Recipient {
        Recipient(Kem::sk_to_pk(&self.0))
    }

    /// As it stands in its file.
    pub fn text(&self) -> Zeroizing<String> {
        Zeroizing::new(URL_SAFE_NO_PAD.encode(Zeroizing::new(self.0.to_bytes().to_vec())))
    }

    /// Reads one.
    ///
    /// # Errors
    /// A text for people.
    pub fn read(text: &str) -> Result<Self, String> {
        let bytes = URL_SAFE_NO_PAD.decode(text.trim()).ok().map(Zeroizing::new);
        let key = bytes.and_then(|bytes| <Kem as hpke::Kem>::PrivateKey::from_bytes(&bytes).ok());
        key.map(Self).ok_or_else(|| "this is no private key; `relocreg keys queue` makes one".to_owned())
    }

    /// Opens what [`seal`] has sealed for this key under this id. `None`: it is another's, or was changed.
    pub fn open(&self, id: Uuid, sealed: &[u8]) -> Option<RegisterRelocantRequest> {
        let (encapsulated, sealed) = sealed.split_at_checked(ENCAPSULATED)?;
        let encapsulated = <Kem as hpke::Kem>::EncappedKey::from_bytes(encapsulated).ok()?;
        let opened =
            single_shot_open::<ChaCha20Poly1305, HkdfSha256, Kem>(&OpModeR::Base, &self.0, &encapsulated, INFO, sealed, id.as_bytes())
                .ok()?;
        let opened = Zeroizing::new(opened);
        RegisterRelocantRequest::decode_length_delimited(opened.as_slice()).ok()
    }
}

/// Seals a registration under the record's id.
///
/// # Errors
/// A text for people, which cannot come of what was entered.
pub fn seal(recipient: &Recipient, id: Uuid, registration: &RegisterRelocantRequest) -> Result<Vec<u8>, String> {
    let mut plain = Zeroizing::new(registration.encode_length_delimited_to_vec());
    let padded = plain.len().next_multiple_of(PADDING);
    plain.resize(padded, 0);
    let sealed = single_shot_seal::<ChaCha20Poly1305, HkdfSha256, Kem>(&OpModeS::Base, &recipient.0, INFO, &plain, id.as_bytes());
    let (encapsulated, sealed) = sealed.map_err(|failed| format!("it could not be sealed: {failed}"))?;
    Ok([encapsulated.to_bytes().as_slice(), &sealed].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(phone: &str) -> RegisterRelocantRequest {
        RegisterRelocantRequest { region_code: "KZ-75".to_owned(), phone: phone.to_owned(), ..Default::default() }
    }

    #[test]
    fn only_the_private_key_opens_what_was_sealed_and_only_under_its_id() {
        let (key, recipient) = PrivateKey::generate();
        let id = Uuid::now_v7();
        let sealed = seal(&recipient, id, &person("+77010000001")).unwrap();
        assert_eq!(key.open(id, &sealed), Some(person("+77010000001")));
        assert_eq!(key.open(Uuid::now_v7(), &sealed), None, "moved to another entry");
        assert_eq!(PrivateKey::generate().0.open(id, &sealed), None);
        for at in [0, ENCAPSULATED, sealed.len() - 1] {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(key.open(id, &changed), None, "byte {at}");
        }
        assert_eq!(key.open(id, &sealed[..20]), None);
        assert!(!sealed.windows(11).any(|part| part == b"77010000001"));
    }

    #[test]
    fn the_same_person_never_looks_the_same_and_a_long_name_no_longer_than_a_short_one() {
        let (_, recipient) = PrivateKey::generate();
        let id = Uuid::now_v7();
        let [one, same, long] = ["1", "1", "+770100000010000"].map(|phone| seal(&recipient, id, &person(phone)).unwrap());
        assert_ne!(one, same);
        assert_eq!(one.len(), long.len());
    }

    #[test]
    fn keys_are_read_as_they_were_written() {
        let (key, recipient) = PrivateKey::generate();
        let read: Recipient = format!(" {recipient}\n").parse().unwrap();
        assert_eq!(PrivateKey::read(&key.text()).unwrap().recipient().to_string(), recipient.to_string());
        let id = Uuid::now_v7();
        let sealed = seal(&read, id, &person("")).unwrap();
        assert!(PrivateKey::read(&key.text()).unwrap().open(id, &sealed).is_some());
        assert!("".parse::<Recipient>().is_err() && "AAAA".parse::<Recipient>().is_err() && PrivateKey::read("AAAA").is_err());
        assert!(!format!("{key:?}").contains(key.text().as_str()));
    }
}
