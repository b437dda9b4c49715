//! The short code: what a person remembers, reads out on the telephone and shows at a counter. Random, so it gives nothing away and cannot be counted through.

use std::{fmt, str::FromStr};

use crate::classifiers::NotACode;

/// Digits and letters without I, L, O and U: none looks like another.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Characters of a code, the check character among them.
const LENGTH: usize = 9;

/// Eight random characters and one that checks them: a wrong character and two swapped neighbours are found.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ShortCode([u8; LENGTH]);

impl ShortCode {
    /// The code of 40 random bits.
    pub fn from_random(random: [u8; 5]) -> Self {
        let bits = random.iter().fold(0_u64, |bits, byte| (bits << 8) | u64::from(*byte));
        let mut code = [0; LENGTH];
        for (at, character) in code.iter_mut().take(LENGTH - 1).enumerate() {
            let value = (bits >> (5 * at)) & 31;
            *character = usize::try_from(value).ok().and_then(|value| ALPHABET.get(value)).copied().unwrap_or(b'0');
        }
        let [first @ .., check] = &mut code;
        *check = check_character(first);
        Self(code)
    }

    /// Without separators, as stored.
    pub fn compact(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// ISO/IEC 7064, the pure system with modulus 31 and radix 3 on the character values; 31 is prime, so single errors and swaps change the sum.
fn check_character(characters: &[u8]) -> u8 {
    let sum = characters.iter().fold(0_usize, |sum, character| (sum + value(*character)) * 3 % 31);
    ALPHABET.get(sum).copied().unwrap_or(b'0')
}

fn value(character: u8) -> usize {
    ALPHABET.iter().position(|known| *known == character).unwrap_or(0)
}

impl FromStr for ShortCode {
    type Err = NotACode;

    /// Takes what people type: either case, spaces and hyphens anywhere, O for 0, I and L for 1.
    fn from_str(text: &str) -> Result<Self, NotACode> {
        let characters =
            text.chars().filter(|character| !matches!(character, ' ' | '-')).map(|character| match character.to_ascii_uppercase() {
                'O' => Ok(b'0'),
                'I' | 'L' => Ok(b'1'),
                other => u8::try_from(other).ok().filter(|byte| ALPHABET.contains(byte)).ok_or(NotACode),
            });
        let characters: Vec<u8> = characters.take(LENGTH + 1).collect::<Result<_, _>>()?;
        let code: [u8; LENGTH] = characters.try_into().map_err(|_| NotACode)?;
        let (check, first) = code.split_last().ok_or(NotACode)?;
        if check_character(first) == *check { Ok(Self(code)) } else { Err(NotACode) }
    }
}

impl fmt::Display for ShortCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, character) in self.compact().chars().enumerate() {
            if at > 0 && at % 3 == 0 {
                f.write_str("-")?;
            }
            write!(f, "{character}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for ShortCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ShortCode")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let code = ShortCode::from_random([1, 2, 3, 4, 5]);
        for typed in [
            code.to_string(),
            code.compact().to_lowercase(),
            code.to_string().replace('-', " "),
            code.to_string().replace('0', "o").replace('1', "l"),
        ] {
            assert_eq!(typed.parse(), Ok(code), "{typed}");
        }
        for wrong in ["", "ABC", "7KQ-M2P-4XDD", "UUU-UUU-UUU", "Ж"] {
            assert!(wrong.parse::<ShortCode>().is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn a_wrong_character_is_found(random in any::<[u8; 5]>(), at in 0_usize..8, other in 0_usize..31) {
            let code = ShortCode::from_random(random);
            let mut typed = code.0;
            // The 32nd character has the value of the first modulo 31; that one pair cannot be told apart.
            if value(typed[at]) % 31 != other {
                typed[at] = ALPHABET[other];
                prop_assert!(std::str::from_utf8(&typed).unwrap().parse::<ShortCode>().is_err());
            }
        }

        #[test]
        fn two_swapped_neighbours_are_found(random in any::<[u8; 5]>(), at in 0_usize..7) {
            let mut typed = ShortCode::from_random(random).0;
            if value(typed[at]) % 31 != value(typed[at + 1]) % 31 {
                typed.swap(at, at + 1);
                prop_assert!(std::str::from_utf8(&typed).unwrap().parse::<ShortCode>().is_err());
            }
        }
    }
}
