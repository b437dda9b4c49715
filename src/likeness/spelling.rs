//! How near two spellings of a name are. They are ASCII, so that letters are bytes. The similarity is M. A. Jaro's with W. E. Winkler's weight on the beginning (String
//! Comparator Metrics and Enhanced Decision Rules in the Fellegi-Sunter Model of Record Linkage, 1990).

use rapidfuzz::distance::jaro_winkler;

use super::Level;

/// From this Jaro-Winkler similarity on, two spellings count as very similar.
const VERY_SIMILAR: f64 = 0.92;
/// From this one on, as similar.
const SIMILAR: f64 = 0.82;
/// From this one on, spellings by different conventions may be of one name: Zhukov and Joukov.
const ALIKE: f64 = 0.75;
/// One edit says nothing about names shorter than this: Ли and Ни.
const SHORTEST_WITH_EDIT: usize = 3;

/// How near two spellings are, neither of them empty.
pub fn level(one: &str, other: &str) -> Level {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    if one == other {
        return Level::Equal;
    }
    if is_slip(one, other) {
        return Level::VerySimilar;
    }
    match similarity_from(SIMILAR, one, other) {
        Some(similarity) if similarity >= VERY_SIMILAR => Level::VerySimilar,
        Some(_) => Level::Similar,
        None => Level::Different,
    }
}

/// Whether two spellings are one edit apart and long enough for that to say something.
pub fn is_slip(one: &[u8], other: &[u8]) -> bool {
    one.len().max(other.len()) >= SHORTEST_WITH_EDIT && is_one_edit(one, other)
}

/// Whether one letter more, one less, one other or two neighbours exchanged turns one into the other.
pub fn is_one_edit<T: PartialEq>(one: &[T], other: &[T]) -> bool {
    if one.len().abs_diff(other.len()) > 1 {
        return false;
    }
    let begin = one.iter().zip(other).take_while(|(mine, theirs)| mine == theirs).count();
    let (one, other) = (one.get(begin..).unwrap_or_default(), other.get(begin..).unwrap_or_default());
    let end = one.iter().rev().zip(other.iter().rev()).take_while(|(mine, theirs)| mine == theirs).count();
    match (one.get(..one.len() - end).unwrap_or_default(), other.get(..other.len() - end).unwrap_or_default()) {
        ([_], [_] | []) | ([], [_]) => true,
        ([first, second], [third, fourth]) => first == fourth && second == third,
        (_, _) => false,
    }
}

/// Whether two spellings, by different conventions maybe, can be of one name.
pub fn are_alike(one: &[u8], other: &[u8]) -> bool {
    similarity_from(ALIKE, one, other).is_some()
}

/// The Jaro-Winkler similarity, when it reaches `least`.
fn similarity_from(least: f64, one: &[u8], other: &[u8]) -> Option<f64> {
    let args = jaro_winkler::Args::default().score_cutoff(least);
    may_reach(least, one, other).then(|| jaro_winkler::similarity_with_args(one.iter().copied(), other.iter().copied(), &args))?
}

/// Whether two spellings have letters enough in common to reach a Jaro-Winkler similarity. Most pairs of names have not, and counting is much quicker than comparing.
fn may_reach(least: f64, one: &[u8], other: &[u8]) -> bool {
    let letters = |text: &[u8]| text.iter().fold(0_u32, |letters, letter| letters | 1 << (letter % 32));
    let (mine, theirs) = (letters(one), letters(other));
    let common =
        |text: &[u8], letters: u32| text.iter().fold(0_u16, |common, letter| common + u16::from(letters >> (letter % 32) & 1 == 1));
    let count = |text: &[u8]| f64::from(u32::try_from(text.len()).unwrap_or(u32::MAX));
    let matches = f64::from(common(one, theirs).min(common(other, mine)));
    let jaro = (matches / count(one) + matches / count(other) + 1.0) / 3.0;
    let begin = one.iter().zip(other).take(4).take_while(|(mine, theirs)| mine == theirs).fold(0.0, |begin, _| begin + 0.1);
    jaro + begin * (1.0 - jaro) >= least
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_need_more_than_one_edit_less() {
        assert_eq!(level("li", "ni"), Level::Different);
        assert_eq!(level("anna", "ana"), Level::VerySimilar);
    }
}
