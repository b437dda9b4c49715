//! The field of the names.

use crate::seal::Personal;

/// Names in one script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// The primary identifier: the family name or, for somebody with one name only, that name.
    pub family: Personal<String>,
    /// The secondary identifier: the given names; empty when there are none.
    pub given: Personal<String>,
    /// The patronymic, where the zone tells it from the given names.
    pub patronymic: Option<Personal<String>>,
}

/// ICAO Doc 9303-3, 4.6: the primary identifier, two fillers, the secondary identifier; one filler between the parts of each.
/// Without two fillers inside it, all of the field is the primary identifier.
pub(super) fn split(field: &str) -> (Vec<&str>, Vec<&str>) {
    let (primary, secondary) = field.split_once("<<").unwrap_or((field, ""));
    (parts(primary), parts(secondary))
}

fn parts(identifier: &str) -> Vec<&str> {
    identifier.split('<').filter(|part| !part.is_empty()).collect()
}

/// Names in Latin letters, as printed; none when there is no family name or a character that no name has. ICAO Doc 9303-3, 4.6: no digits.
pub(super) fn latin(field: &str) -> Option<Names> {
    let (family, given) = split(field);
    let only_letters = field.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'<');
    (only_letters && !family.is_empty()).then(|| Names {
        family: Personal::new(family.join(" ")),
        given: Personal::new(given.join(" ")),
        patronymic: None,
    })
}

/// The names reach the last position of their field. ICAO Doc 9303-4, 4.2.3: then they may have been cut.
pub(super) fn fill(field: &str) -> bool {
    !field.ends_with('<')
}
