//! Where the tile of each region lies: row and column of a grid that follows the country roughly. Equal tiles, so that Astana is seen as well as Karaganda; no lines
//! that could be wrong.

/// The row and column of a region, by its ISO 3166-2 code.
pub fn place(code: &str) -> Option<(u8, u8)> {
    Some(match code {
        "KZ-59" => (0, 4),
        "KZ-39" => (1, 2),
        "KZ-11" => (1, 4),
        "KZ-71" => (1, 5),
        "KZ-55" => (1, 6),
        "KZ-27" => (2, 0),
        "KZ-15" => (2, 1),
        "KZ-35" => (2, 5),
        "KZ-10" => (2, 6),
        "KZ-63" => (2, 7),
        "KZ-23" => (3, 0),
        "KZ-62" => (3, 3),
        "KZ-33" => (3, 6),
        "KZ-47" => (4, 0),
        "KZ-43" => (4, 2),
        "KZ-61" => (4, 3),
        "KZ-31" => (4, 4),
        "KZ-75" => (4, 5),
        "KZ-19" => (4, 6),
        "KZ-79" => (5, 3),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use strum::IntoEnumIterator as _;

    use super::*;
    use crate::classifiers::Region;

    #[test]
    fn every_region_has_a_tile_of_its_own() {
        let places: BTreeSet<_> = Region::iter().map(|region| place(region.code()).unwrap()).collect();
        assert_eq!(places.len(), 20);
    }
}
