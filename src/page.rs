//! Pages of lists: bounded sizes, and tokens that grant nothing, hold nothing to read, and belong to one caller's one filter.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use uuid::Uuid;

use crate::{
    error::{Error, Result, Why},
    seal::{TagField, Vault},
};

/// Records on a page when the caller does not say.
pub const DEFAULT_SIZE: u64 = 50;

/// Records on a page at most; a larger wish is lowered.
pub const MAX_SIZE: u64 = 200;

/// Bytes of the tag that binds a token to its filter.
const TAG: usize = 16;

/// Which page of a list is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// How many records.
    pub size: u64,
    /// The last record of the page before; `None` at the start.
    pub after: Option<Uuid>,
}

/// Reads `page_size` and `page_token`. `filter` names the caller and everything that the list is narrowed by.
///
/// # Errors
/// [`Error::Invalid`] for a negative size, and for a token that was not made for this filter.
pub fn parse(vault: &Vault, page_size: i32, page_token: &str, filter: &str) -> Result<Page> {
    let size = match u64::try_from(page_size) {
        Ok(0) => DEFAULT_SIZE,
        Ok(size) => size.min(MAX_SIZE),
        Err(_) => return Err(Error::invalid("page_size", Why::Range("0 or more"))),
    };
    if page_token.is_empty() {
        return Ok(Page { size, after: None });
    }
    let wrong = || Error::invalid("page_token", Why::Format("a token that the same list with the same filter gave"));
    let bytes = URL_SAFE_NO_PAD.decode(page_token).map_err(|_| wrong())?;
    let (id, tag) = bytes.split_first_chunk::<16>().ok_or_else(wrong)?;
    if tag != bound(vault, id, filter) {
        return Err(wrong());
    }
    Ok(Page { size, after: Some(Uuid::from_bytes(*id)) })
}

/// The token of the next page, or nothing at the end. Ask the store for one record more than the page's size, and hand over all it gave: the one too many
/// says that there is more, and is taken off.
pub fn next<T>(vault: &Vault, page: Page, filter: &str, records: &mut Vec<T>, id: impl Fn(&T) -> Uuid) -> String {
    let size = usize::try_from(page.size).unwrap_or(usize::MAX);
    if records.len() <= size {
        return String::new();
    }
    records.truncate(size);
    let Some(last) = records.last() else { return String::new() };
    let id = *id(last).as_bytes();
    URL_SAFE_NO_PAD.encode([&id[..], &bound(vault, &id, filter)].concat())
}

fn bound(vault: &Vault, id: &[u8; 16], filter: &str) -> Vec<u8> {
    let mut tag = vault.tag(TagField::PageToken, &[&id[..], filter.as_bytes()].concat()).to_vec();
    tag.truncate(TAG);
    tag
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal::{KeyFile, Keyring};

    fn vault() -> Vault {
        Vault::new(Keyring::from_file(&KeyFile::generate().unwrap()).unwrap())
    }

    #[test]
    fn a_token_leads_to_the_next_page_of_its_own_list_only() {
        let vault = vault();
        let page = parse(&vault, 2, "", "a").unwrap();
        let mut records = vec![Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7()];
        let second = records[1];
        let token = next(&vault, page, "a", &mut records, |id| *id);
        assert_eq!(records.len(), 2);
        assert_eq!(parse(&vault, 2, &token, "a").unwrap().after, Some(second));
        assert!(parse(&vault, 2, &token, "b").is_err());
        assert!(parse(&vault, 2, &format!("{token}A"), "a").is_err());
    }

    #[test]
    fn the_last_page_has_no_token() {
        let vault = vault();
        let mut records = vec![Uuid::now_v7(), Uuid::now_v7()];
        assert_eq!(next(&vault, Page { size: 2, after: None }, "a", &mut records, |id| *id), "");
        assert_eq!(records.len(), 2);
    }

    #[test]
    fn a_size_is_lowered_to_the_maximum_and_never_negative() {
        let vault = vault();
        assert_eq!(parse(&vault, 0, "", "").unwrap().size, DEFAULT_SIZE);
        assert_eq!(parse(&vault, i32::MAX, "", "").unwrap().size, MAX_SIZE);
        assert!(parse(&vault, -1, "", "").is_err());
    }
}
