//! The ring of keys outside the database: numbered key-encryption keys and the key of blind tags, from one TOML file or variable.
//!
//! ## Why a file and not a key service?
//!
//! A file or a mounted secret works on one desk and in a cluster. A key service fits behind [`Keyring::wrapping`] when a site has one.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use hkdf::Hkdf;
use ring::rand::{SecureRandom as _, SystemRandom};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::{TagField, Tagger, tagger};
use crate::error::{Error, Result};

/// The file of sealing keys: `current`, `tags` and a table of numbered keys, each 32 bytes in Base64.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyFile {
    /// The number of the key that wraps the keys of new people.
    current: i32,
    /// The root of all blind tags. Changing it makes every stored tag unfindable.
    tags: String,
    /// All key-encryption keys that wrapped keys in the database still name.
    keys: BTreeMap<String, String>,
}

impl std::fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyFile").field("current", &self.current).finish_non_exhaustive()
    }
}

impl KeyFile {
    /// A file of new random keys, with number 1 as the current one.
    pub fn generate() -> Result<Self> {
        let random = SystemRandom::new();
        let key = || {
            let mut bytes = Zeroizing::new([0_u8; 32]);
            random.fill(&mut bytes[..]).map_err(|_| Error::internal("the machine gives no random bytes"))?;
            Ok::<_, Error>(BASE64.encode(&bytes[..]))
        };
        Ok(Self { current: 1, tags: key()?, keys: BTreeMap::from([("1".to_owned(), key()?)]) })
    }

    /// Reads the file's text.
    ///
    /// # Errors
    /// A text for the operator that says what is wrong, never what is in the file.
    pub fn parse(text: &str) -> std::result::Result<Self, String> {
        toml::from_str(text).map_err(|_| "the sealing keys are not TOML with `current`, `tags` and `[keys]`".to_owned())
    }

    /// The file's text.
    pub fn to_text(&self) -> Result<String> {
        toml::to_string(self).map_err(|_| Error::internal("the sealing keys have no TOML form"))
    }
}

/// The keys of one process, ready to use. `Debug` prints the numbers only.
pub struct Keyring {
    current: i32,
    wrapping: BTreeMap<i32, Zeroizing<[u8; 32]>>,
    document: Tagger,
    iin: Tagger,
    likeness: Tagger,
    request: Tagger,
    tie_break: Tagger,
    page_token: Tagger,
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keyring").field("current", &self.current).field("versions", &self.wrapping.keys()).finish_non_exhaustive()
    }
}

impl Keyring {
    /// Checks a file of keys and makes it ready.
    ///
    /// # Errors
    /// A text for the operator that names the entry at fault.
    pub fn from_file(file: &KeyFile) -> std::result::Result<Self, String> {
        let mut wrapping = BTreeMap::new();
        for (number, text) in &file.keys {
            let version = number.parse::<i32>().map_err(|_| "the sealing keys' numbers must be whole numbers".to_owned())?;
            wrapping.insert(version, key(text).ok_or_else(|| format!("sealing key {version} is not 32 bytes in Base64"))?);
        }
        if !wrapping.contains_key(&file.current) {
            return Err(format!("the current sealing key {} is not among the keys", file.current));
        }
        let root = key(&file.tags).ok_or_else(|| "the key `tags` is not 32 bytes in Base64".to_owned())?;
        let derive = |field: TagField| {
            let mut derived = Zeroizing::new([0_u8; 32]);
            Hkdf::<Sha256>::new(None, &root[..])
                .expand_multi_info(&[b"relocreg.v1 tag ", <&str>::from(field).as_bytes()], &mut derived[..])
                .map_err(|_| "the key `tags` could not be used".to_owned())?;
            tagger(&derived).map_err(|failed| failed.to_string())
        };
        Ok(Self {
            current: file.current,
            wrapping,
            document: derive(TagField::Document)?,
            iin: derive(TagField::Iin)?,
            likeness: derive(TagField::Likeness)?,
            request: derive(TagField::Request)?,
            tie_break: derive(TagField::TieBreak)?,
            page_token: derive(TagField::PageToken)?,
        })
    }

    /// The number of the key that wraps new keys.
    pub fn current(&self) -> i32 {
        self.current
    }

    /// The key-encryption key of a number.
    pub(super) fn wrapping(&self, version: i32) -> Result<&[u8; 32]> {
        self.wrapping.get(&version).map(|key| &**key).ok_or_else(|| Error::internal(format!("sealing key {version} is not in the ring")))
    }

    pub(super) fn tagging(&self, field: TagField) -> &Tagger {
        match field {
            TagField::Document => &self.document,
            TagField::Iin => &self.iin,
            TagField::Likeness => &self.likeness,
            TagField::Request => &self.request,
            TagField::TieBreak => &self.tie_break,
            TagField::PageToken => &self.page_token,
        }
    }
}

fn key(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    let bytes = Zeroizing::new(BASE64.decode(text.trim()).ok()?);
    bytes.as_slice().try_into().ok().map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generated_file_reads_back() {
        let text = KeyFile::generate().unwrap().to_text().unwrap();
        assert!(Keyring::from_file(&KeyFile::parse(&text).unwrap()).is_ok());
    }

    #[test]
    fn what_is_wrong_is_said_without_the_key() {
        let text = "current = 2\ntags = 'c2VjcmV0'\n[keys]\n2 = 'c2VjcmV0'\n";
        let said = Keyring::from_file(&KeyFile::parse(text).unwrap()).unwrap_err();
        assert!(said.contains("key 2") && !said.contains("c2Vj"), "{said}");
        assert!(!KeyFile::parse("secret").unwrap_err().contains("secret"));
    }

    #[test]
    fn debug_shows_no_key() {
        let file = KeyFile::generate().unwrap();
        let shown = format!("{file:?} {:?}", Keyring::from_file(&file).unwrap());
        for text in file.keys.values().chain([&file.tags]) {
            assert!(!shown.contains(text.as_str()));
        }
    }
}
