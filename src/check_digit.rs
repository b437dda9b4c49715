//! The twelfth digit of the identification numbers of Kazakhstan, the same for people (ИИН) and for businesses (БИН).
//! Formation rules: Government Resolution 406 of 22 May 2007.

/// The weights of the first pass, and of the second, which is only for those whose first gives ten.
const PASSES: [[u32; 11]; 2] = [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], [3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2]];

/// The check digit of the first eleven digits; none when both passes give ten: such a serial is not used.
pub fn check_digit(digits: &[u8]) -> Option<u8> {
    let sum = |weights: [u32; 11]| digits.iter().zip(weights).map(|(digit, weight)| u32::from(*digit) * weight).sum::<u32>() % 11;
    PASSES.into_iter().map(sum).find(|check| *check < 10).and_then(|check| u8::try_from(check).ok())
}

/// The digits of a text that is twelve ASCII digits and nothing else.
pub fn twelve_digits(text: &str) -> Option<[u8; 12]> {
    let bytes: [u8; 12] = text.as_bytes().try_into().ok()?;
    bytes.iter().all(u8::is_ascii_digit).then(|| bytes.map(|byte| byte - b'0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(prefix: &str) -> Option<u8> {
        let digits: Vec<u8> = prefix.bytes().map(|byte| byte - b'0').collect();
        check_digit(&digits)
    }

    #[test]
    fn the_first_pass_decides_unless_it_gives_ten() {
        for (prefix, check) in [("79102830272", 8), ("90010130000", 7), ("94014000038", 5), ("99014000465", 4), ("18114190009", 3)] {
            assert_eq!(of(prefix), Some(check), "{prefix}");
        }
    }

    #[test]
    fn the_second_pass_decides_when_the_first_gives_ten() {
        for (prefix, check) in [
            ("06121160001", 2),
            ("90010130081", 1),
            ("88022940040", 7),
            ("05011550080", 5),
            ("01114000165", 4),
            ("02044000242", 2),
            ("99104000156", 3),
            ("96024000737", 9),
            ("12345678901", 3),
        ] {
            assert_eq!(of(prefix), Some(check), "{prefix}");
        }
    }

    #[test]
    fn a_serial_for_which_both_passes_give_ten_has_no_check_digit() {
        assert_eq!(of("90010130080"), None);
        assert_eq!(of("77072040006"), None);
    }

    #[test]
    fn a_twelfth_digit_does_not_change_the_answer() {
        assert_eq!(of("791028302728"), Some(8));
        assert_eq!(of("791028302721"), Some(8));
    }

    #[test]
    fn only_twelve_ascii_digits_are_a_number() {
        assert_eq!(twelve_digits("061211600012"), Some([0, 6, 1, 2, 1, 1, 6, 0, 0, 0, 1, 2]));
        for wrong in ["", "06121160001", "0612116000123", "06121160001x", "٠٦١٢١١", " 61211600012"] {
            assert_eq!(twelve_digits(wrong), None, "{wrong}");
        }
    }
}
