//! Proposals for a name in the other script. The holder's document decides, not these tables.

use unicode_normalization::UnicodeNormalization as _;

use super::letters::{is_apostrophe, of_its_script, opposite};

/// How today's passports write a Cyrillic name: ICAO Doc 9303-3, section 6, as in the order of the Russian Ministry of Foreign Affairs 2113 of 12 February 2020. Letters
/// that the table lacks are written as in passports of Kazakhstan. What is Latin stays.
pub fn to_latin(name: &str) -> String {
    by_words(name, |word| {
        let mut latin = String::with_capacity(2 * word.len());
        for letter in word.chars() {
            match latin_of(letter) {
                Some(written) => latin.push_str(written),
                None => latin.push(letter),
            }
        }
        latin
    })
}

fn latin_of(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ь' => "",
        'а' | 'ә' => "a",
        'б' => "b",
        'ч' => "ch",
        'д' => "d",
        'е' | 'ё' | 'э' => "e",
        'ф' => "f",
        'г' | 'ғ' | 'ґ' => "g",
        'һ' | 'ҳ' => "h",
        'и' | 'й' | 'і' | 'ї' | 'ӣ' => "i",
        'я' => "ia",
        'є' | 'ъ' => "ie",
        'ю' => "iu",
        'ҷ' | 'җ' => "j",
        'к' | 'қ' => "k",
        'х' => "kh",
        'л' => "l",
        'м' => "m",
        'н' | 'ң' => "n",
        'о' | 'ө' => "o",
        'п' => "p",
        'р' => "r",
        'с' => "s",
        'ш' => "sh",
        'щ' => "shch",
        'т' => "t",
        'ц' => "ts",
        'у' | 'ұ' | 'ү' | 'ў' | 'ӯ' => "u",
        'в' => "v",
        'ы' => "y",
        'з' => "z",
        'ж' => "zh",
        _ => return None,
    })
}

/// What a name in Latin letters may have been in Cyrillic, if a passport wrote it. What passports drop does not come back: Соловев, and not Соловьёв.
pub fn to_cyrillic(name: &str) -> String {
    by_words(name, |word| {
        let text = format!("{word} ");
        let (mut rest, mut cyrillic) = (text.as_str(), String::with_capacity(2 * text.len()));
        while let Some(first) = rest.chars().next() {
            let glides = if cyrillic.ends_with(is_vowel) { GLIDES } else { &[] };
            let found = glides.iter().chain(SEQUENCES).find_map(|(latin, written)| Some((rest.strip_prefix(latin)?, written)));
            if let Some((after, written)) = found {
                cyrillic.push_str(written);
                rest = after;
            } else {
                cyrillic.push(opposite(first, LETTERS).unwrap_or(first));
                rest = rest.get(first.len_utf8()..).unwrap_or_default();
            }
        }
        cyrillic.trim_end().to_owned()
    })
}

fn is_vowel(letter: char) -> bool {
    "аәеёоөуұүыэюя".contains(letter)
}

/// What follows a vowel: й, but for names like Михаил and Самуил. A space is the end of a word.
const GLIDES: &[(&str, &str)] = &[("il ", "ил"), ("ia", "я"), ("iu", "ю"), ("ya", "я"), ("yu", "ю"), ("ye", "е"), ("i", "й"), ("y", "й")];

/// Longer sequences first.
const SEQUENCES: &[(&str, &str)] = &[
    ("shch", "щ"),
    ("ieia", "ъя"),
    ("ieiu", "ъю"),
    ("sky ", "ский"),
    ("lia ", "лья"),
    ("ria ", "рья"),
    ("fia ", "фья"),
    ("tian", "тьян"),
    ("lian", "льян"),
    ("tsh", "тш"),
    ("ii ", "ий"),
    ("iy ", "ий"),
    ("ch", "ч"),
    ("kh", "х"),
    ("sh", "ш"),
    ("tc", "ц"),
    ("ts", "ц"),
    ("zh", "ж"),
    ("ia", "я"),
    ("ya", "я"),
    ("iu", "ю"),
    ("yu", "ю"),
    ("ye", "е"),
    ("yo", "ё"),
    ("x", "кс"),
];

/// Single letters, those of the Kazakh Latin alphabet of 2021 included, and what they are in Cyrillic.
const LETTERS: [&str; 2] = ["aäbcčdefgğhiıjklmnñoöpqrsşštuūüvwyzž'", "аәбкчдефгғхиіжклмнңоөпқрсшштуұүввызжь"];

/// Writes each word anew and keeps what is between. Words come in small letters of one script, and leave in capitals, with a capital, or small, as they were.
fn by_words(name: &str, write: impl Fn(&str) -> String) -> String {
    let is_of_word = |letter: &char| letter.is_alphabetic() || is_apostrophe(*letter);
    let letters: Vec<char> = name.nfc().collect();
    let parts = letters.chunk_by(|one, other| is_of_word(one) == is_of_word(other)).map(|part| {
        if part.iter().any(is_of_word) {
            let small = part.iter().copied().map(of_its_script(part)).flat_map(char::to_lowercase).collect::<String>();
            in_case_of(part, &write(&small))
        } else {
            part.iter().collect()
        }
    });
    parts.collect()
}

/// A word with capitals where a model has them: everywhere, at its beginning, or nowhere. One capital alone is a beginning.
fn in_case_of(model: &[char], word: &str) -> String {
    let capitals = model.iter().filter(|letter| letter.is_uppercase()).count();
    let mut letters = word.chars();
    if capitals > 1 && !model.iter().any(|letter| letter.is_lowercase()) {
        word.to_uppercase()
    } else if model.first().is_some_and(|letter| letter.is_uppercase()) {
        letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
    } else {
        word.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::names::Fold;

    #[test]
    fn names_are_written_as_in_passports() {
        for (name, latin) in [
            ("Алексей", "Aleksei"),
            ("ГОРБАЧЁВ", "GORBACHEV"),
            ("Юрьевич", "Iurevich"),
            ("Подъячев", "Podieiachev"),
            ("Хрущёв", "Khrushchev"),
            ("Цой", "Tsoi"),
            ("Соловьёв", "Solovev"),
            ("Илья", "Ilia"),
            ("Анатолий", "Anatolii"),
            ("Щелокова Юлия", "Shchelokova Iuliia"),
            ("ЩЕДРИН-Щукин", "SHCHEDRIN-Shchukin"),
            ("Жұмабаев", "Zhumabaev"),
            ("Әйгерім", "Aigerim"),
            ("ШЫҢҒЫС", "SHYNGYS"),
            ("Һ", "H"),
            ("Я", "Ia"),
            ("Cергeев", "Sergeev"),
            ("Smith", "Smith"),
            ("", ""),
        ] {
            assert_eq!(to_latin(name), latin);
        }
    }

    #[test]
    fn spellings_in_passports_are_brought_back() {
        for (latin, name) in [
            ("Aleksei", "Алексей"),
            ("PODIEIACHEV", "ПОДЪЯЧЕВ"),
            ("Khrushchev", "Хрущев"),
            ("Tsoi", "Цой"),
            ("TCOI", "ЦОЙ"),
            ("Ilia", "Илья"),
            ("Anatolii", "Анатолий"),
            ("Iuliia", "Юлия"),
            ("Shchelokova", "Щелокова"),
            ("Mikhail", "Михаил"),
            ("Mikhailovich", "Михайлович"),
            ("Tatiana", "Татьяна"),
            ("Solov'ev", "Соловьев"),
            ("Chaikovsky", "Чайковский"),
            ("Zhumabayev", "Жумабаев"),
            ("Äigerım", "Әйгерім"),
            ("Saltykov-Shchedrin", "Салтыков-Щедрин"),
            ("Li", "Ли"),
            ("Иван", "Иван"),
        ] {
            assert_eq!(to_cyrillic(latin), name);
        }
    }

    proptest! {
        #[test]
        fn any_text_can_be_written(name in any::<String>()) {
            prop_assert!(to_latin(&name).len() <= 8 * name.len());
            prop_assert!(to_cyrillic(&name).len() <= 8 * name.len());
        }

        #[test]
        fn a_proposal_is_read_as_the_name(latin in "([BVGDZKLMNPRSTFbvgdzklmnprstf]|Zh|Kh|Ch|Sh)([aeiou]|ia|iu)[lmnr]?[aeo]?") {
            prop_assert!(Fold::of(&latin).meets(&Fold::of(&to_cyrillic(&latin))), "{} {}", latin, to_cyrillic(&latin));
        }
    }
}
