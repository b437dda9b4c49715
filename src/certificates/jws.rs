//! The one form in which the registry signs: JWS Compact Serialization (RFC 7515, 7.1) with Ed25519 (RFC 8037).
//!
//! The header is fixed, so there is nothing for a forger to choose: `alg` is `EdDSA` and nothing else (RFC 8725, 3.1), `typ` says what was signed, so that a
//! statement is never taken for a list or for a token that happens to have the same key (RFC 8725, 3.11), `kid` names the key, and any other member (`crit`,
//! `jwk`, `jku` and their like) is refused.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::signature::{ED25519, Ed25519KeyPair, UnparsedPublicKey};
use serde::{Deserialize, Serialize};

use super::{keys::PublicKeys, statement::Fault};

/// What was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A certificate's statement.
    Statement,
    /// A list of revoked certificates.
    Revocations,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header<'a> {
    alg: &'a str,
    kid: &'a str,
    typ: &'a str,
}

/// No header is longer.
const LONGEST_HEADER: usize = 256;

/// Characters of a key's id at most.
const LONGEST_KID: usize = 64;

/// The base64url characters of 64 bytes.
const SIGNATURE: usize = 86;

impl Kind {
    const fn typ(self) -> &'static str {
        match self {
            Self::Statement => "cert",
            Self::Revocations => "cert-revoked",
        }
    }
}

/// Signs a payload. None when the key's id cannot stand in a header: it has 1 to 64 letters, digits, hyphens and low lines.
pub(super) fn sign(kind: Kind, payload: &[u8], key: &Ed25519KeyPair, key_id: &str) -> Option<String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if !(1..=LONGEST_KID).contains(&key_id.len()) || !key_id.bytes().all(plain) {
        return None;
    }
    let header = serde_json::to_vec(&Header { alg: "EdDSA", kid: key_id, typ: kind.typ() }).ok()?;
    let mut text = URL_SAFE_NO_PAD.encode(header);
    text.push('.');
    URL_SAFE_NO_PAD.encode_string(payload, &mut text);
    let signature = key.sign(text.as_bytes());
    text.push('.');
    URL_SAFE_NO_PAD.encode_string(signature.as_ref(), &mut text);
    Some(text)
}

/// The payload, once its signature is verified, and the id of the key that verified it. Nothing of a payload is looked at before.
pub(super) fn open<'a>(kind: Kind, text: &str, keys: &'a PublicKeys, longest: usize) -> Result<(Vec<u8>, &'a str), Fault> {
    if text.len() > longest {
        return Err(Fault::Unreadable);
    }
    let (signed, signature) = text.rsplit_once('.').ok_or(Fault::Unreadable)?;
    let (header, payload) = signed.split_once('.').ok_or(Fault::Unreadable)?;
    if header.len() > LONGEST_HEADER || payload.contains('.') {
        return Err(Fault::Unreadable);
    }
    let header = URL_SAFE_NO_PAD.decode(header).map_err(|_| Fault::Unreadable)?;
    let header: Header<'_> = serde_json::from_slice(&header).map_err(|_| Fault::Unreadable)?;
    if header.alg != "EdDSA" {
        return Err(Fault::Algorithm);
    }
    if header.typ != kind.typ() {
        return Err(Fault::Kind);
    }
    let (key_id, key) = keys.get(header.kid).ok_or(Fault::UnknownKey)?;
    if signature.len() != SIGNATURE {
        return Err(Fault::Forged);
    }
    // Only the canonical spelling of a signature is taken: the last character has bits that stand for nothing, and they must be zero.
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| Fault::Forged)?;
    UnparsedPublicKey::new(&ED25519, key).verify(signed.as_bytes(), &signature).map_err(|_| Fault::Forged)?;
    let payload = URL_SAFE_NO_PAD.decode(payload).map_err(|_| Fault::Malformed)?;
    Ok((payload, key_id))
}
