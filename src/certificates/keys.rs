//! The public keys that verify statements and lists: a JSON Web Key Set (RFC 7517) with Ed25519 keys (RFC 8037, 2), as the registry publishes it and anybody may
//! keep a copy.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde::Deserialize;

use super::statement::Fault;

/// A key set file is no longer.
const LONGEST: usize = 256 * 1024;

/// Public keys by their ids. A key stays in the set for as long as a certificate that it signed is good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKeys(Vec<(String, [u8; 32])>);

#[derive(Deserialize)]
struct JwkSet {
    keys: Vec<Jwk>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    crv: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    kid: Option<String>,
    x: Option<String>,
    d: Option<serde::de::IgnoredAny>,
}

impl Jwk {
    /// Keys for another purpose may stand in the same set; they are passed over.
    fn signs_with_ed25519(&self) -> bool {
        self.kty == "OKP"
            && self.crv.as_deref() == Some("Ed25519")
            && self.alg.as_deref().is_none_or(|alg| alg == "EdDSA")
            && self.purpose.as_deref().is_none_or(|purpose| purpose == "sig")
    }
}

impl PublicKeys {
    /// The keys of a key set.
    ///
    /// # Errors
    /// [`Fault::KeySet`] for a text that is no key set, holds a private key, names two keys alike, or has no Ed25519 key with an id.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        if text.len() > LONGEST {
            return Err(Fault::KeySet("the key set is too long"));
        }
        let set: JwkSet = serde_json::from_str(text).map_err(|_| Fault::KeySet("this is not a JSON Web Key Set"))?;
        if set.keys.iter().any(|key| key.d.is_some()) {
            return Err(Fault::KeySet("the key set holds a private key; who verifies needs none"));
        }
        let mut keys: Vec<(String, [u8; 32])> = Vec::new();
        for jwk in set.keys.into_iter().filter(Jwk::signs_with_ed25519) {
            let kid = jwk.kid.ok_or(Fault::KeySet("an Ed25519 key of the key set has no id (kid)"))?;
            let x = jwk.x.and_then(|x| URL_SAFE_NO_PAD.decode(x).ok()).and_then(|x| x.try_into().ok());
            let x = x.ok_or(Fault::KeySet("an Ed25519 key of the key set cannot be read"))?;
            if keys.iter().any(|(known, _)| *known == kid) {
                return Err(Fault::KeySet("two keys of the key set have the same id (kid)"));
            }
            keys.push((kid, x));
        }
        if keys.is_empty() {
            return Err(Fault::KeySet("the key set has no Ed25519 key"));
        }
        Ok(Self(keys))
    }

    /// The key set of one key pair. Its id is the beginning of the public key, like that of the keys that sign tokens.
    pub fn of(key: &Ed25519KeyPair) -> Result<Self, Fault> {
        let public = key.public_key().as_ref();
        let x = public.try_into().map_err(|_| Fault::KeySet("an Ed25519 key of the key set cannot be read"))?;
        Ok(Self(vec![(key_id(key), x)]))
    }

    /// The key of an id.
    pub(super) fn get(&self, kid: &str) -> Option<(&str, &[u8; 32])> {
        self.0.iter().find(|(known, _)| known == kid).map(|(known, key)| (known.as_str(), key))
    }
}

/// The id of a key pair: the first eight characters of its public key in base64url.
pub fn key_id(key: &Ed25519KeyPair) -> String {
    URL_SAFE_NO_PAD.encode(key.public_key()).chars().take(8).collect()
}
