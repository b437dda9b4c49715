//! Why an application is returned or refused and why a permit is revoked: codes with their legal basis, never free text. A code must not tell what could harm the
//! person, so grounds of security, of a prosecution anywhere and of health have none of their own: they are all `OTHER_LEGAL_GROUND`.

use strum::{Display, EnumIter, EnumString, IntoStaticStr};

pub(super) const ORDER_992: &str = "MVD order 992 of 4 Dec 2015";
pub(super) const CONTRACT_OF_HOST: &str = "Government Resolution 148 of 21 Jan 2012, para. 10; MVD order 992 of 4 Dec 2015";
pub(super) const CONTRACT_ENDED_EARLY: &str = "Treaty on the Eurasian Economic Union of 29 May 2014, art. 97; MVD order 992 of 4 Dec 2015";
pub(super) const APPEAL: &str = "Administrative Procedural and Process-Related Code 350-VI of 29 June 2020";
const MIGRATION_LAW: &str = "Law 477-IV of 22 July 2011 on migration of the population";

/// A ground as it is kept with a transition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ground {
    /// The code's stable name.
    pub code: &'static str,
    /// The law or order that knows this ground.
    pub legal_basis: &'static str,
}

/// What an incomplete application lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumString, EnumIter, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum ReturnGround {
    /// A document that the order asks for.
    DocumentMissing,
    /// A document that is still good.
    DocumentExpired,
    /// The petition of the host.
    HostPetitionMissing,
    /// Documents that agree with each other.
    DataMismatch,
}

impl From<ReturnGround> for Ground {
    fn from(ground: ReturnGround) -> Self {
        let legal_basis = match ground {
            ReturnGround::DocumentMissing | ReturnGround::DocumentExpired | ReturnGround::DataMismatch => ORDER_992,
            ReturnGround::HostPetitionMissing => CONTRACT_OF_HOST,
        };
        Self { code: ground.into(), legal_basis }
    }
}

/// Why an application is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumString, EnumIter, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum RefusalGround {
    /// The passport has fewer than 180 days left.
    PassportTooShort,
    /// The host does not confirm the contract.
    ContractNotConfirmed,
    /// Another permit of the same person is active.
    ValidPermitExists,
    /// The documents prove nothing.
    DocumentsNotGenuine,
    /// A ground of law that the registry does not record.
    OtherLegalGround,
}

impl From<RefusalGround> for Ground {
    fn from(ground: RefusalGround) -> Self {
        let legal_basis = match ground {
            RefusalGround::PassportTooShort | RefusalGround::ValidPermitExists | RefusalGround::DocumentsNotGenuine => ORDER_992,
            RefusalGround::ContractNotConfirmed => CONTRACT_OF_HOST,
            RefusalGround::OtherLegalGround => MIGRATION_LAW,
        };
        Self { code: ground.into(), legal_basis }
    }
}

/// Why a permit is revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumString, EnumIter, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum RevocationGround {
    /// The contract has ended and no new one came within 15 days.
    ContractEnded,
    /// What the application said was not so.
    ObtainedByFalseData,
    /// The person has left for good.
    LeftForGood,
    /// A ground of law that the registry does not record.
    OtherLegalGround,
}

impl From<RevocationGround> for Ground {
    fn from(ground: RevocationGround) -> Self {
        let legal_basis = match ground {
            RevocationGround::ContractEnded => CONTRACT_ENDED_EARLY,
            RevocationGround::ObtainedByFalseData | RevocationGround::LeftForGood => ORDER_992,
            RevocationGround::OtherLegalGround => MIGRATION_LAW,
        };
        Self { code: ground.into(), legal_basis }
    }
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator as _;

    use super::*;

    fn grounds() -> Vec<Ground> {
        let (returned, refused, revoked) = (ReturnGround::iter(), RefusalGround::iter(), RevocationGround::iter());
        returned.map(Ground::from).chain(refused.map(Ground::from)).chain(revoked.map(Ground::from)).collect()
    }

    #[test]
    fn every_ground_fits_its_column_and_names_a_law() {
        for ground in grounds() {
            assert!(ground.code.len() <= 64 && ground.legal_basis.len() <= 200, "{ground:?}");
            assert!(ground.legal_basis.contains(char::is_numeric), "{ground:?}");
        }
    }

    #[test]
    fn no_code_tells_of_security_prosecution_or_health() {
        for ground in grounds() {
            for word in ["SECURITY", "KNB", "CRIM", "PROSECUT", "WANTED", "CONVICT", "HEALTH", "DISEASE", "MEDICAL", "MILITARY", "POLITIC"] {
                assert!(!ground.code.contains(word), "{ground:?}");
            }
        }
    }
}
