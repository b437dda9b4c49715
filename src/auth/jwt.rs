//! Reads bearer tokens: asymmetric algorithms from a fixed list, `iss`, `aud` and `exp` required, keys from a key set file that may change while the service runs.
//!
//! Fails closed: without a key set nobody gets in.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::{Duration, Instant, SystemTime},
};

use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation,
    crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils},
    errors::ErrorKind,
    jwk::{Jwk, JwkSet, KeyAlgorithm},
};
use ring::signature;
use sha2::{Digest as _, Sha256};

use super::{Caller, Reach, Role};
use crate::{
    error::{Error, Result},
    time::Clock,
};

/// The algorithms that a token may be signed with. No shared secrets: who verifies must not be able to sign.
pub const ALGORITHMS: [Algorithm; 4] = [Algorithm::EdDSA, Algorithm::ES256, Algorithm::RS256, Algorithm::PS256];

/// How far two clocks may be apart.
const LEEWAY_SECONDS: u64 = 30;

/// How often to look whether the key set file has changed.
const RELOAD: Duration = Duration::from_secs(10);

/// How long a token that was verified is taken without verifying it again, as long as the keys are the same. A clerk sends the same token with every call, and
/// verifying it costs more than most of what else a call does.
const TRUSTED: Duration = Duration::from_mins(1);

/// Tokens remembered at most.
const MOST_TRUSTED: usize = 4096;

/// What a token says.
#[derive(serde::Serialize, serde::Deserialize)]
pub struct Claims {
    /// Who issued it.
    pub iss: String,
    /// Whom it is for.
    pub aud: String,
    /// When it ends, in seconds since 1970.
    pub exp: u64,
    /// An opaque id of the caller: a staff number or a client's name.
    pub sub: String,
    /// One of the roles.
    pub role: String,
    /// For registrars and kiosks: their registration centre.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub center: Option<String>,
    /// For permit officers and matchers: their region, or `*` for all.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub region: Option<String>,
    /// For employers and their programs: the employer's id.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub organisation: Option<String>,
    /// For persons: their own id in the registry.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub relocant: Option<String>,
}

impl std::fmt::Debug for Claims {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Claims")
    }
}

/// Verifies tokens against a key set.
#[derive(Debug)]
pub struct Verifier {
    issuer: String,
    audience: String,
    keys: RwLock<Arc<Keys>>,
    file: Option<PathBuf>,
}

struct Keys {
    verifying: Vec<(Option<String>, Algorithm, DecodingKey)>,
    changed: Option<SystemTime>,
    /// Callers of tokens that these keys have verified, by the token's hash, and until when they are taken at their word.
    trusted: Mutex<HashMap<[u8; 32], (Instant, Caller)>>,
}

impl Keys {
    fn new(verifying: Vec<(Option<String>, Algorithm, DecodingKey)>, changed: Option<SystemTime>) -> Self {
        Self { verifying, changed, trusted: Mutex::default() }
    }

    fn trusted(&self, token: &[u8; 32]) -> Option<Caller> {
        let trusted = self.trusted.lock().unwrap_or_else(PoisonError::into_inner);
        trusted.get(token).filter(|(until, _)| Instant::now() < *until).map(|(_, caller)| caller.clone())
    }

    /// Remembers a caller, never beyond the token's own end.
    fn trust(&self, token: [u8; 32], exp: u64, caller: &Caller) {
        let now = u64::try_from(Clock::default().now().timestamp()).unwrap_or(u64::MAX);
        let until = Instant::now() + TRUSTED.min(Duration::from_secs(exp.saturating_sub(now)));
        let mut trusted = self.trusted.lock().unwrap_or_else(PoisonError::into_inner);
        if trusted.len() >= MOST_TRUSTED {
            trusted.clear();
        }
        trusted.insert(token, (until, caller.clone()));
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").field("count", &self.verifying.len()).finish_non_exhaustive()
    }
}

impl Verifier {
    /// A verifier over a key set file (JSON Web Key Set, RFC 7517).
    ///
    /// # Errors
    /// A text for the operator.
    pub fn from_file(file: PathBuf, issuer: String, audience: String) -> std::result::Result<Self, String> {
        let keys = RwLock::new(Arc::new(load(&file)?));
        Ok(Self { issuer, audience, keys, file: Some(file) })
    }

    /// A verifier over a key set in memory.
    ///
    /// # Errors
    /// A text for the operator.
    pub fn from_key_set(text: &str, issuer: String, audience: String) -> std::result::Result<Self, String> {
        let keys = RwLock::new(Arc::new(Keys::new(parse(text)?, None)));
        Ok(Self { issuer, audience, keys, file: None })
    }

    /// Takes over a changed key set file, until cancelled. A file that cannot be read leaves the keys as they are, and the log says so.
    pub async fn follow_file(self: Arc<Self>) {
        let Some(file) = self.file.clone() else { return };
        loop {
            tokio::time::sleep(RELOAD).await;
            let known = self.keys.read().unwrap_or_else(PoisonError::into_inner).changed;
            if known == changed(&file) {
                continue;
            }
            match load(&file) {
                Ok(keys) => {
                    *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
                    tracing::info!("the key set of tokens was read again");
                }
                Err(failed) => tracing::error!(error = failed, "the key set of tokens could not be read; the old keys stay"),
            }
        }
    }

    /// The caller that a token speaks for.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`], which says what is wrong and never what is in the token.
    pub fn verify(&self, token: &str) -> Result<Caller> {
        let keys = Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner));
        let hash = Sha256::digest(token.as_bytes()).into();
        if let Some(caller) = keys.trusted(&hash) {
            return Ok(caller);
        }
        let (caller, exp) = self.read(&keys, token)?;
        keys.trust(hash, exp, &caller);
        Ok(caller)
    }

    fn read(&self, keys: &Keys, token: &str) -> Result<(Caller, u64)> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| Error::Unauthenticated("the token cannot be read"))?;
        let (_, algorithm, key) = keys
            .verifying
            .iter()
            .find(|(id, algorithm, _)| *algorithm == header.alg && (header.kid.is_none() || *id == header.kid))
            .ok_or(Error::Unauthenticated("no key of the key set fits the token"))?;
        let mut validation = Validation::new(*algorithm);
        validation.set_required_spec_claims(&["iss", "aud", "exp", "sub"]);
        validation.set_issuer(&[&self.issuer]);
        validation.set_audience(&[&self.audience]);
        validation.validate_nbf = true;
        validation.leeway = LEEWAY_SECONDS;
        let token =
            jsonwebtoken::decode::<Claims>(token, key, &validation).map_err(|failed| Error::Unauthenticated(wrong(failed.kind())))?;
        let exp = token.claims.exp;
        Ok((caller(token.claims)?, exp))
    }
}

fn wrong(kind: &ErrorKind) -> &'static str {
    let told = [
        (ErrorKind::ExpiredSignature, "the token has expired"),
        (ErrorKind::ImmatureSignature, "the token is not valid yet"),
        (ErrorKind::InvalidIssuer, "the token is from another issuer"),
        (ErrorKind::InvalidAudience, "the token is for another service"),
        (ErrorKind::InvalidSignature, "the token's signature is wrong"),
    ];
    let same = |other: &ErrorKind| std::mem::discriminant(other) == std::mem::discriminant(kind);
    told.iter().find(|(other, _)| same(other)).map_or("the token is not valid, or lacks a required claim", |(_, text)| *text)
}

fn caller(claims: Claims) -> Result<Caller> {
    if claims.sub.is_empty() || claims.sub.len() > 128 {
        return Err(Error::Unauthenticated("the claim sub must have 1 to 128 bytes"));
    }
    let role: Role = claims.role.parse().map_err(|_| Error::Unauthenticated("the claim role is not a role"))?;
    let reach = match role {
        Role::Registrar | Role::Kiosk => {
            let center = claims.center.filter(|center| !center.is_empty() && center.len() <= 64);
            Reach::Center(center.ok_or(Error::Unauthenticated("a registrar's token must name its center"))?)
        }
        Role::PermitOfficer | Role::Matcher => match claims.region.as_deref() {
            Some("*") => Reach::Everywhere,
            Some(region) => Reach::Region(region.parse().map_err(|_| Error::Unauthenticated("the claim region is not a region"))?),
            None => return Err(Error::Unauthenticated("this role's token must name its region")),
        },
        Role::Employer => Reach::Organisation(id(claims.organisation, "an employer's token must name its organisation")?),
        Role::Integration => match claims.organisation.as_deref() {
            Some("*") => Reach::Everywhere,
            _ => Reach::Organisation(id(claims.organisation, "an integration's token must name its organisation")?),
        },
        Role::Person => Reach::Own(id(claims.relocant, "a person's token must name its relocant")?),
        Role::Auditor => Reach::Everywhere,
        Role::Ops => Reach::Nothing,
    };
    Ok(Caller { subject: claims.sub, role, reach })
}

fn id<T: std::str::FromStr>(claim: Option<String>, wrong: &'static str) -> Result<T> {
    claim.and_then(|text| text.parse().ok()).ok_or(Error::Unauthenticated(wrong))
}

fn changed(file: &PathBuf) -> Option<SystemTime> {
    std::fs::metadata(file).and_then(|metadata| metadata.modified()).ok()
}

fn load(file: &PathBuf) -> std::result::Result<Keys, String> {
    let changed = changed(file);
    let text = std::fs::read_to_string(file).map_err(|failed| format!("the key set {}: {failed}", file.display()))?;
    Ok(Keys::new(parse(&text)?, changed))
}

fn parse(text: &str) -> std::result::Result<Vec<(Option<String>, Algorithm, DecodingKey)>, String> {
    let set: JwkSet = serde_json::from_str(text).map_err(|_| "the key set of tokens is not a JSON Web Key Set".to_owned())?;
    let keys: Vec<_> = set.keys.iter().map(usable).collect::<std::result::Result<_, _>>()?;
    if keys.is_empty() {
        return Err("the key set of tokens is empty".to_owned());
    }
    Ok(keys)
}

/// A key is pinned to its one algorithm, so that a token cannot choose.
fn usable(jwk: &Jwk) -> std::result::Result<(Option<String>, Algorithm, DecodingKey), String> {
    let algorithm = match jwk.common.key_algorithm {
        Some(KeyAlgorithm::EdDSA) => Algorithm::EdDSA,
        Some(KeyAlgorithm::ES256) => Algorithm::ES256,
        Some(KeyAlgorithm::RS256) => Algorithm::RS256,
        Some(KeyAlgorithm::PS256) => Algorithm::PS256,
        _ => return Err("a key of the key set names no algorithm (alg) of EdDSA, ES256, RS256, PS256".to_owned()),
    };
    let key = DecodingKey::from_jwk(jwk).map_err(|_| "a key of the key set cannot be read".to_owned())?;
    Ok((jwk.common.key_id.clone(), algorithm, key))
}

/// A key pair that signs tokens: for the demo, and for a desk without an identity provider.
pub struct Signer {
    key: EncodingKey,
    key_set: String,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signer")
    }
}

impl Signer {
    /// A new Ed25519 key pair, as the PKCS #8 document to keep.
    pub fn generate() -> Result<Vec<u8>> {
        let document = signature::Ed25519KeyPair::generate_pkcs8(&ring::rand::SystemRandom::new());
        Ok(document.map_err(|_| Error::internal("the machine gives no random bytes"))?.as_ref().to_vec())
    }

    /// A signer over a PKCS #8 document of an Ed25519 key pair.
    pub fn from_pkcs8(document: &[u8]) -> Result<Self> {
        use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
        use ring::signature::KeyPair as _;
        let pair =
            signature::Ed25519KeyPair::from_pkcs8(document).map_err(|_| Error::internal("the signing key is not an Ed25519 key pair"))?;
        let public = URL_SAFE_NO_PAD.encode(pair.public_key());
        let id = public.get(..8).unwrap_or_default();
        let key_set = serde_json::json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": id, "x": public}]});
        Ok(Self { key: EncodingKey::from_ed_der(document), key_set: format!("{key_set:#}") })
    }

    /// The key set that verifies what this signer signs.
    pub fn key_set(&self) -> &str {
        &self.key_set
    }

    /// A signed token.
    pub fn sign(&self, claims: &Claims) -> Result<String> {
        jsonwebtoken::encode(&Header::new(Algorithm::EdDSA), claims, &self.key).map_err(|_| Error::internal("signing a token failed"))
    }
}

/// Makes `ring` do the cryptography of tokens. Call it once, before the first token; a second call changes nothing.
pub fn install_crypto() {
    static PROVIDER: CryptoProvider =
        CryptoProvider { signer_factory: signer, verifier_factory: verifier, key_utils: KeyUtils::new_unimplemented() };
    let _installed_before = PROVIDER.install_default();
}

struct Ring {
    algorithm: Algorithm,
    key: Vec<u8>,
    components: Option<(Vec<u8>, Vec<u8>)>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the type of the provider's function pointer")]
fn signer(algorithm: &Algorithm, key: &EncodingKey) -> jsonwebtoken::errors::Result<Box<dyn JwtSigner>> {
    if *algorithm != Algorithm::EdDSA {
        return Err(ErrorKind::InvalidAlgorithm.into());
    }
    Ok(Box::new(Ring { algorithm: *algorithm, key: key.as_bytes().to_vec(), components: None }))
}

#[expect(clippy::trivially_copy_pass_by_ref, clippy::unnecessary_wraps, reason = "the type of the provider's function pointer")]
fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> jsonwebtoken::errors::Result<Box<dyn JwtVerifier>> {
    use jsonwebtoken::DecodingKeyKind;
    let ring = match key.kind() {
        DecodingKeyKind::SecretOrDer(der) => Ring { algorithm: *algorithm, key: der.clone(), components: None },
        DecodingKeyKind::RsaModulusExponent { n, e } => {
            Ring { algorithm: *algorithm, key: Vec::new(), components: Some((n.clone(), e.clone())) }
        }
    };
    Ok(Box::new(ring))
}

impl jsonwebtoken::signature::Signer<Vec<u8>> for Ring {
    fn try_sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, jsonwebtoken::signature::Error> {
        let pair = signature::Ed25519KeyPair::from_pkcs8(&self.key).map_err(|_| jsonwebtoken::signature::Error::new())?;
        Ok(pair.sign(message).as_ref().to_vec())
    }
}

impl jsonwebtoken::signature::Verifier<Vec<u8>> for Ring {
    fn verify(&self, message: &[u8], signed: &Vec<u8>) -> std::result::Result<(), jsonwebtoken::signature::Error> {
        let verified = match (self.algorithm, &self.components) {
            (Algorithm::EdDSA, None) => signature::UnparsedPublicKey::new(&signature::ED25519, &self.key).verify(message, signed),
            (Algorithm::ES256, None) => {
                signature::UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, &self.key).verify(message, signed)
            }
            (Algorithm::RS256, Some((n, e))) => {
                signature::RsaPublicKeyComponents { n, e }.verify(&signature::RSA_PKCS1_2048_8192_SHA256, message, signed)
            }
            (Algorithm::PS256, Some((n, e))) => {
                signature::RsaPublicKeyComponents { n, e }.verify(&signature::RSA_PSS_2048_8192_SHA256, message, signed)
            }
            _ => Err(ring::error::Unspecified),
        };
        verified.map_err(|_| jsonwebtoken::signature::Error::new())
    }
}

impl JwtSigner for Ring {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

impl JwtVerifier for Ring {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(seconds: i64) -> Claims {
        Claims {
            iss: "i".to_owned(),
            aud: "a".to_owned(),
            exp: u64::try_from(Clock::default().now().timestamp() + seconds).unwrap(),
            sub: "s".to_owned(),
            role: "ops".to_owned(),
            center: None,
            region: None,
            organisation: None,
            relocant: None,
        }
    }

    fn signer() -> Signer {
        install_crypto();
        Signer::from_pkcs8(&Signer::generate().unwrap()).unwrap()
    }

    #[test]
    fn a_token_that_was_verified_does_not_get_in_any_more_once_its_key_has_left_the_set() {
        let (one, other) = (signer(), signer());
        let verifier = Verifier::from_key_set(one.key_set(), "i".to_owned(), "a".to_owned()).unwrap();
        let token = one.sign(&claims(600)).unwrap();
        assert!(verifier.verify(&token).is_ok() && verifier.verify(&token).is_ok());
        *verifier.keys.write().unwrap() = Arc::new(Keys::new(parse(other.key_set()).unwrap(), None));
        assert!(verifier.verify(&token).is_err());
    }

    #[test]
    fn a_token_is_not_taken_at_its_word_beyond_its_own_end_and_no_more_are_than_can_be_held() {
        let one = signer();
        let verifier = Verifier::from_key_set(one.key_set(), "i".to_owned(), "a".to_owned()).unwrap();
        let keys = Arc::clone(&verifier.keys.read().unwrap());
        let caller = verifier.verify(&one.sign(&claims(600)).unwrap()).unwrap();
        let now = u64::try_from(Clock::default().now().timestamp()).unwrap();
        keys.trust([1; 32], now + 600, &caller);
        keys.trust([2; 32], now, &caller);
        assert!(keys.trusted(&[1; 32]).is_some() && keys.trusted(&[2; 32]).is_none());
        let until = |token: [u8; 32]| keys.trusted.lock().unwrap().get(&token).unwrap().0;
        assert!(until([1; 32]) <= Instant::now() + TRUSTED, "and never for longer than a minute");
        for number in 0..=MOST_TRUSTED {
            let mut token = [0; 32];
            token[..8].copy_from_slice(&u64::try_from(number).unwrap().to_be_bytes());
            keys.trust(token, now + 600, &caller);
        }
        assert!(keys.trusted.lock().unwrap().len() <= MOST_TRUSTED);
    }
}
