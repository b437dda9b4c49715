//! The tables: what letters and sequences of letters stand for. The alphabet of the readings is `a b c d e f g h i j k l m n o p q r s t u v x z`, in which
//! c = ц, h = х, j = ж, q = ч and x = ш or щ.

/// A convention by which Latin letters stand for Cyrillic ones. A name is written by one of them throughout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// ICAO Doc 9303-3, BGN/PCGN, passports of both countries, newspapers, the Kazakh Latin alphabets: c = k, j = ж, x = ks.
    Usual,
    /// ISO 9 and the scientific transliteration: c = ц, j = й, x = х.
    Scholars,
    /// GOST 16876-71, table 2, and GOST R 7.0.34-2014: as scholars do, and eh = э.
    Libraries,
    /// MVD order 310 of 1997, the French-style passports: ch = ш, ou = у, gue = ге, and a silent e after a final -in.
    French,
    /// Uzbek, which writes ц as s, and the messengers: c = ц, j = ж, x = х, sc = щ.
    Messengers,
    /// The Kazakh Latin alphabet of October 2017, with apostrophes: s' = ш, c' = ч, y' = у.
    Apostrophes,
}

use Way::{Apostrophes, French, Libraries, Messengers, Scholars};

impl Way {
    pub(super) const ALL: [Self; 6] = [Self::Usual, Scholars, Libraries, French, Messengers, Apostrophes];
}

/// What a sequence of letters is read as.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sound {
    letters: &'static str,
    usual: &'static str,
    otherwise: &'static [(Way, &'static str)],
}

impl Sound {
    pub(super) fn read(self, way: Way) -> &'static str {
        self.otherwise.iter().find(|(other, _)| *other == way).map_or(self.usual, |(_, reading)| reading)
    }

    /// Whether this convention reads the sequence in a way of its own.
    pub(super) fn depends_on(self, way: Way) -> bool {
        self.otherwise.iter().any(|(other, _)| *other == way)
    }
}

const fn plain(letters: &'static str, usual: &'static str) -> Sound {
    Sound { letters, usual, otherwise: &[] }
}

const fn either(letters: &'static str, usual: &'static str, otherwise: &'static [(Way, &'static str)]) -> Sound {
    Sound { letters, usual, otherwise }
}

/// Sequences of Latin letters by their first letter, longer ones first. A space is the end of a word.
const LATIN: [&[Sound]; 26] = [
    &[plain("a", "a")],
    &[plain("b", "b")],
    &[
        plain("chtch", "x"),
        either("ch", "q", &[(French, "x")]),
        plain("cz", "c"),
        either("ck", "k", &[(Scholars, "ck"), (Libraries, "ck"), (Messengers, "ck")]),
        either("c'", "k", &[(Scholars, "c"), (Libraries, "c"), (Messengers, "c"), (Apostrophes, "q")]),
        either("c", "k", &[(Scholars, "c"), (Libraries, "c"), (Messengers, "c")]),
    ],
    &[plain("d", "d")],
    &[either("eh", "eh", &[(Libraries, "e")]), plain("e", "e")],
    &[plain("f", "f")],
    &[either("gue", "gue", &[(French, "ge")]), either("gui", "gui", &[(French, "gi")]), plain("gh", "g"), plain("g", "g")],
    &[plain("h", "h")],
    // ъя and ъю of ICAO Doc 9303-3, which writes ъ as ie.
    &[plain("ieia", "ia"), plain("ieiu", "iu"), either("ine ", "ine ", &[(French, "in ")]), plain("i", "i")],
    &[either("jj", "j", &[(Scholars, "i"), (Libraries, "i")]), either("j", "j", &[(Scholars, "i"), (Libraries, "i")])],
    &[plain("kh", "h"), plain("k", "k")],
    &[plain("l", "l")],
    &[plain("m", "m")],
    &[plain("n", "n")],
    &[either("ou", "ou", &[(French, "u")]), plain("o", "o")],
    &[plain("p", "p")],
    &[plain("q", "k")],
    &[plain("r", "r")],
    &[
        plain("shch", "x"),
        plain("sch", "x"),
        plain("shh", "x"),
        plain("scz", "sc"),
        plain("sh", "x"),
        either("sc", "sk", &[(Scholars, "sc"), (Libraries, "sc"), (Messengers, "x")]),
        either("s'", "s", &[(Apostrophes, "x")]),
        plain("s", "s"),
    ],
    &[plain("tsch", "q"), plain("tch", "q"), plain("tc", "c"), plain("t", "t")],
    &[plain("u", "u")],
    &[plain("v", "v")],
    &[plain("w", "v")],
    &[either("x", "ks", &[(Scholars, "h"), (Libraries, "h"), (Messengers, "h")])],
    &[either("y'", "i", &[(Apostrophes, "u")]), plain("y", "i")],
    &[plain("zh", "j"), plain("z", "z")],
];

/// What a letter is read as which is read alone: a Cyrillic one, or a Latin one which without its mark would mislead.
fn alone(letter: char) -> Option<Sound> {
    let reading = match letter {
        ' ' => " ",
        '\'' | 'ъ' | 'ь' => "",
        'а' | 'ә' | 'ə' => "a",
        'б' => "b",
        'д' | 'ҙ' | 'đ' => "d",
        'е' | 'ё' | 'э' | 'є' | 'ѣ' | 'ӕ' | 'ë' | 'æ' => "e",
        'ф' | 'ѳ' => "f",
        'г' | 'ғ' | 'ґ' | 'ҕ' => "g",
        'х' | 'ҳ' | 'һ' => "h",
        'и' | 'й' | 'і' | 'ї' | 'ы' | 'ј' | 'ѵ' | 'ı' => "i",
        'ж' | 'җ' | 'ҷ' | 'џ' | 'ђ' | 'ž' | 'ĵ' => "j",
        'к' | 'қ' | 'ҡ' => "k",
        'л' | 'љ' | 'ł' => "l",
        'м' => "m",
        'н' | 'ң' | 'ҥ' | 'њ' => "n",
        'о' | 'ө' | 'ø' => "o",
        'п' => "p",
        'ч' | 'ћ' | 'č' | 'ć' | 'ç' => "q",
        'р' => "r",
        'с' | 'ҫ' | 'ß' => "s",
        'т' => "t",
        'у' | 'ұ' | 'ү' | 'ў' | 'ý' => "u",
        'в' => "v",
        'ш' | 'щ' | 'š' | 'ş' | 'ș' | 'ŝ' => "x",
        'з' => "z",
        'я' | 'â' => "ia",
        'ю' | 'û' => "iu",
        'ц' => return Some(either("ц", "c", &[(Messengers, "s")])),
        _ => return None,
    };
    Some(plain("", reading))
}

/// Whether a letter is read as it is, without taking it apart into a plain letter and its mark.
pub(super) fn is_readable(letter: char) -> bool {
    letter.is_ascii_lowercase() || alone(letter).is_some()
}

/// The sound that a text of readable letters begins with, and the rest of the text.
pub(super) fn first_sound(text: &str) -> Option<(Sound, &str)> {
    let first = text.chars().next()?;
    if let Some(sound) = alone(first) {
        return Some((sound, text.get(first.len_utf8()..)?));
    }
    let sequences = LATIN.get(usize::try_from(u32::from(first).checked_sub(u32::from('a'))?).ok()?)?;
    sequences.iter().find_map(|sound| Some((*sound, text.strip_prefix(sound.letters)?)))
}

/// Latin letters, and the Cyrillic ones which look the same.
const LOOK_ALIKES: [&str; 2] = ["ABCEHIKMOPTXYaceiopxy", "АВСЕНІКМОРТХУасеіорху"];

/// The letter in the same place of the other row.
pub(super) fn opposite(letter: char, [row, other]: [&str; 2]) -> Option<char> {
    row.chars().zip(other.chars()).find_map(|(one, opposite)| (one == letter).then_some(opposite))
}

fn as_latin(letter: char) -> char {
    let [latin, cyrillic] = LOOK_ALIKES;
    opposite(letter, [cyrillic, latin]).unwrap_or(letter)
}

fn as_cyrillic(letter: char) -> char {
    opposite(letter, LOOK_ALIKES).unwrap_or(letter)
}

/// How to read the letters of a word in one script: that of most letters which have no look-alike in the other, or else of most letters.
pub(super) fn of_its_script(word: &[char]) -> fn(char) -> char {
    let count = |is: fn(char) -> bool| word.iter().filter(|letter| is(**letter)).count();
    let (cyrillic, latin) = (count(is_cyrillic), count(is_latin));
    if cyrillic == 0 || latin == 0 {
        return |letter| letter;
    }
    let only_cyrillic = count(|letter| is_cyrillic(letter) && as_latin(letter) == letter);
    let only_latin = count(|letter| is_latin(letter) && as_cyrillic(letter) == letter);
    if (only_cyrillic, cyrillic) >= (only_latin, latin) { as_cyrillic } else { as_latin }
}

/// The apostrophes, primes, quotes and accents that stand for a soft or hard sign, or for a mark of the Kazakh alphabet of 2017.
pub(super) fn is_apostrophe(letter: char) -> bool {
    matches!(letter, '\'' | '"' | '`' | '´' | '·' | 'ʹ' | 'ʺ' | 'ʻ' | 'ʼ' | 'ʽ' | '‘' | '’' | '‛' | '“' | '”' | '′' | '″')
}

pub(super) fn is_cyrillic(letter: char) -> bool {
    matches!(letter, '\u{400}'..='\u{52f}' | '\u{1c80}'..='\u{1c8a}' | '\u{a640}'..='\u{a69f}')
}

pub(super) fn is_latin(letter: char) -> bool {
    letter.is_alphabetic() && matches!(letter, 'A'..='z' | '\u{aa}'..='\u{2af}' | '\u{1e00}'..='\u{1eff}' | '\u{ff21}'..='\u{ff5a}')
}
