//! One name, many spellings: what a name in Cyrillic and the same name in Latin letters have in common, and proposals for the one from the other.
//!
//! A person keeps one name, and legally carries several Latin spellings of it: each passport follows the table of its day, or the holder's wish. So a Latin name is
//! never proof against a person; it is stored as printed, and only compared by what it can be read as ([`Fold`]).

mod fold;
mod letters;
mod transliterate;

pub use fold::Fold;
pub use transliterate::{to_cyrillic, to_latin};

/// The script in which a name is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Script {
    /// Latin letters only, whatever their marks.
    Latin,
    /// Cyrillic letters only, of whatever language.
    Cyrillic,
    /// Both, as when a Latin letter stands in for the Cyrillic one which looks the same.
    Mixed,
    /// Letters of another script, or no letters at all.
    Other,
}

/// The script of a name's letters. Spaces, hyphens, apostrophes and marks belong to none.
pub fn script(name: &str) -> Script {
    let (mut latin, mut cyrillic) = (false, false);
    for letter in name.chars().filter(|letter| letter.is_alphabetic()) {
        match () {
            () if letters::is_cyrillic(letter) => cyrillic = true,
            () if letters::is_latin(letter) => latin = true,
            () => return Script::Other,
        }
    }
    match (latin, cyrillic) {
        (true, true) => Script::Mixed,
        (true, false) => Script::Latin,
        (false, true) => Script::Cyrillic,
        (false, false) => Script::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_is_that_of_the_letters() {
        for (name, expected) in [
            ("Иванов-Петров", Script::Cyrillic),
            ("Әйгерім", Script::Cyrillic),
            ("И\u{306}од", Script::Cyrillic),
            ("O'Neil, Ñuñez", Script::Latin),
            ("IVANOV<<IVAN", Script::Latin),
            ("Ивaнов", Script::Mixed),
            ("გიორგი", Script::Other),
            ("Иван გ", Script::Other),
            ("", Script::Other),
            ("12", Script::Other),
        ] {
            assert_eq!(script(name), expected, "{name}");
        }
    }
}
