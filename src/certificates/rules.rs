//! Which number a certificate has, how long it is good, and that it is revoked once.

use chrono::{Days, NaiveDate};

use super::Issued;
use crate::{error::Reason, time::Instant};

/// Why a certificate is not issued or revoked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The installation has no key that signs certificates.
    #[error("this installation has no key that signs certificates")]
    NoCertificateKey,
    /// It was revoked before.
    #[error("the certificate was revoked before")]
    CertificateRevoked,
}

impl Refusal {
    /// Every reason that these rules can give.
    pub const REASONS: &[&str] = &["NO_CERTIFICATE_KEY", "CERTIFICATE_REVOKED"];
}

impl Reason for Refusal {
    fn reason(&self) -> &'static str {
        match self {
            Self::NoCertificateKey => "NO_CERTIFICATE_KEY",
            Self::CertificateRevoked => "CERTIFICATE_REVOKED",
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        vec![]
    }
}

/// A certificate says that a registration was there on one day. After so many days it is asked for again.
const GOOD_FOR_DAYS: u64 = 365;

/// The last day of a certificate that is issued today.
pub fn valid_until(today: NaiveDate) -> NaiveDate {
    today + Days::new(GOOD_FOR_DAYS)
}

/// Digits and letters without I, L, O and U: none looks like another.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Twelve characters of 60 random bits: too many to try all of them against the hashes of a list of revoked certificates.
pub fn number(random: [u8; 8]) -> String {
    let bits = u64::from_be_bytes(random);
    let character = |at: u32| {
        let value = usize::try_from((bits >> (5 * at)) & 31).unwrap_or(0);
        char::from(ALPHABET.get(value).copied().unwrap_or(b'0'))
    };
    (0..12).map(character).collect()
}

/// Revoked once; whoever does it again is told so.
pub fn revoke(certificate: Issued, now: Instant) -> Result<Issued, Refusal> {
    if certificate.revoked_at.is_some() { Err(Refusal::CertificateRevoked) } else { Ok(Issued { revoked_at: Some(now), ..certificate }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_uses_all_of_its_bits_and_no_letter_that_looks_like_another() {
        assert_eq!(number([0; 8]), "000000000000");
        assert_eq!(number([0x0f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), "ZZZZZZZZZZZZ");
        assert_ne!(number(1_u64.to_be_bytes()), number(2_u64.to_be_bytes()));
    }

    #[test]
    fn a_certificate_is_good_for_a_year() {
        assert_eq!(valid_until("2026-11-25".parse().unwrap()), "2027-11-25".parse::<NaiveDate>().unwrap());
    }
}
