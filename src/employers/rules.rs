//! Where an employer may go from where it stands, and what it may do there.

use super::{Bin, Employer, EmployerStatus, RelocationKind};
use crate::{
    classifiers::{Country, Region},
    error::{Reason, Violation, Why},
};

/// Why an employer cannot do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is verified already.
    #[error("the employer is verified already")]
    AlreadyVerified,
    /// It is suspended already.
    #[error("the employer is suspended already")]
    AlreadySuspended,
    /// It was removed for good.
    #[error("the employer was removed")]
    Removed,
    /// It has no BIN yet.
    #[error("the employer has no BIN yet")]
    BinMissing,
    /// It has a BIN, which does not change.
    #[error("the employer has a BIN already")]
    BinRecorded,
    /// Only a verified employer may do this.
    #[error("the employer is {status}; it must be verified")]
    NotVerified {
        /// Where it stands.
        status: EmployerStatus,
    },
}

impl Refusal {
    /// Every reason that these rules can give.
    pub const REASONS: &[&str] = &[
        "EMPLOYER_ALREADY_VERIFIED",
        "EMPLOYER_ALREADY_SUSPENDED",
        "EMPLOYER_REMOVED",
        "BIN_MISSING",
        "BIN_RECORDED",
        "EMPLOYER_NOT_VERIFIED",
    ];
}

impl Reason for Refusal {
    fn reason(&self) -> &'static str {
        match self {
            Self::AlreadyVerified => "EMPLOYER_ALREADY_VERIFIED",
            Self::AlreadySuspended => "EMPLOYER_ALREADY_SUSPENDED",
            Self::Removed => "EMPLOYER_REMOVED",
            Self::BinMissing => "BIN_MISSING",
            Self::BinRecorded => "BIN_RECORDED",
            Self::NotVerified { .. } => "EMPLOYER_NOT_VERIFIED",
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::AlreadyVerified | Self::AlreadySuspended | Self::Removed | Self::BinMissing | Self::BinRecorded => vec![],
            Self::NotVerified { status } => vec![("status", status.to_string())],
        }
    }
}

/// What is wrong with an organisation's name.
pub fn name(name: &str) -> Vec<Violation> {
    let why = match name.trim().chars().count() {
        0 => Why::Required,
        1..=200 if !name.chars().any(char::is_control) => return vec![],
        _ => Why::Format("1 to 200 characters on one line"),
    };
    vec![Violation { field: "name".to_owned(), why }]
}

/// What is wrong with where a company comes from and in which form. A company moves its seat to Kazakhstan in the Astana International Financial Centre only
/// (Constitutional Statute 438-V of 7 December 2015), which lies in Astana; general law knows no such move.
/// What cannot be read is left out.
pub fn relocation(kind: Option<RelocationKind>, origin: Option<Country>, region: Option<Region>) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut fault = |field: &str, why: Why| found.push(Violation { field: format!("relocation.{field}"), why });
    if kind == Some(RelocationKind::Redomiciled) && region.is_some_and(|region| region != Region::Astana) {
        fault("kind", Why::Contradicts("is possible in the AIFC only, which lies in KZ-71"));
    }
    if origin.is_some_and(|origin| origin.code() == "KAZ") {
        fault("origin_country", Why::Contradicts("is Kazakhstan, and a company relocates from another country"));
    }
    found
}

/// A registered or suspended employer can be verified, by its BIN.
pub fn verify(employer: Employer) -> Result<Employer, Refusal> {
    match employer.status {
        EmployerStatus::Registered | EmployerStatus::Suspended if employer.bin.is_none() => Err(Refusal::BinMissing),
        EmployerStatus::Registered | EmployerStatus::Suspended => Ok(Employer { status: EmployerStatus::Verified, ..employer }),
        EmployerStatus::Verified => Err(Refusal::AlreadyVerified),
        EmployerStatus::Removed => Err(Refusal::Removed),
    }
}

/// An employer can be suspended at any time: nothing new can stand on it. What stands already goes on.
pub fn suspend(employer: Employer) -> Result<Employer, Refusal> {
    match employer.status {
        EmployerStatus::Registered | EmployerStatus::Verified => Ok(Employer { status: EmployerStatus::Suspended, ..employer }),
        EmployerStatus::Suspended => Err(Refusal::AlreadySuspended),
        EmployerStatus::Removed => Err(Refusal::Removed),
    }
}

/// An employer can be removed at any time, once, and never comes back. Its BIN stays taken.
pub fn remove(employer: Employer) -> Result<Employer, Refusal> {
    match employer.status {
        EmployerStatus::Registered | EmployerStatus::Verified | EmployerStatus::Suspended => {
            Ok(Employer { status: EmployerStatus::Removed, ..employer })
        }
        EmployerStatus::Removed => Err(Refusal::Removed),
    }
}

/// A BIN is recorded once, of an employer that has none.
pub fn record_bin(employer: Employer, bin: Bin) -> Result<Employer, Refusal> {
    match (employer.status, employer.bin) {
        (EmployerStatus::Removed, _) => Err(Refusal::Removed),
        (_, Some(_)) => Err(Refusal::BinRecorded),
        (EmployerStatus::Registered | EmployerStatus::Verified | EmployerStatus::Suspended, None) => {
            Ok(Employer { bin: Some(bin), ..employer })
        }
    }
}

/// Only a verified employer hosts people, opens vacancies, is proposed people and receives consents.
pub fn may_host(employer: &Employer) -> Result<(), Refusal> {
    match employer.status {
        EmployerStatus::Verified => Ok(()),
        status @ (EmployerStatus::Registered | EmployerStatus::Suspended | EmployerStatus::Removed) => Err(Refusal::NotVerified { status }),
    }
}

/// What stands on a suspended employer goes on: an arrival that was agreed, a contract, a permit that is renewed. On a removed one nothing does.
pub fn may_go_on(employer: &Employer) -> Result<(), Refusal> {
    match employer.status {
        EmployerStatus::Registered | EmployerStatus::Verified | EmployerStatus::Suspended => Ok(()),
        status @ EmployerStatus::Removed => Err(Refusal::NotVerified { status }),
    }
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator as _;

    use super::*;
    use crate::ids::EmployerId;

    fn employer(status: EmployerStatus) -> Employer {
        let at = "2026-01-01T00:00:00Z".parse().unwrap();
        let bin = Some("940140000385".parse().unwrap());
        Employer {
            id: EmployerId::new(),
            bin,
            name: String::new(),
            region: Region::Abai,
            relocation: None,
            status,
            version: 1,
            created_at: at,
            updated_at: at,
        }
    }

    #[test]
    fn only_a_verified_employer_hosts() {
        use EmployerStatus as S;
        assert_eq!(may_host(&employer(S::Verified)), Ok(()));
        for status in [S::Registered, S::Suspended, S::Removed] {
            assert_eq!(may_host(&employer(status)), Err(Refusal::NotVerified { status }));
        }
    }

    #[test]
    fn what_stands_on_a_suspended_employer_goes_on_and_on_a_removed_one_nothing_does() {
        use EmployerStatus as S;
        for status in [S::Registered, S::Verified, S::Suspended] {
            assert_eq!(may_go_on(&employer(status)), Ok(()));
        }
        assert_eq!(may_go_on(&employer(S::Removed)), Err(Refusal::NotVerified { status: S::Removed }));
    }

    #[test]
    fn a_removed_employer_never_comes_back() {
        for status in EmployerStatus::iter() {
            let removed = remove(employer(status));
            assert_eq!(removed.is_ok(), status != EmployerStatus::Removed, "{status}");
        }
        let removed = employer(EmployerStatus::Removed);
        assert_eq!(verify(removed.clone()), Err(Refusal::Removed));
        assert_eq!(suspend(removed.clone()), Err(Refusal::Removed));
        let bin = "940140000385".parse().unwrap();
        assert_eq!(record_bin(Employer { bin: None, ..removed }, bin), Err(Refusal::Removed));
    }

    #[test]
    fn without_a_bin_nobody_is_verified_and_a_bin_is_recorded_once() {
        let bin = "940140000385".parse().unwrap();
        for status in [EmployerStatus::Registered, EmployerStatus::Suspended] {
            assert_eq!(verify(Employer { bin: None, ..employer(status) }), Err(Refusal::BinMissing));
        }
        let recorded = record_bin(Employer { bin: None, ..employer(EmployerStatus::Registered) }, bin).unwrap();
        assert_eq!(recorded.bin, Some(bin));
        assert_eq!(record_bin(recorded.clone(), bin), Err(Refusal::BinRecorded));
        assert!(verify(recorded).is_ok());
    }

    #[test]
    fn a_company_moves_its_seat_to_astana_only_and_comes_from_another_country() {
        let check = |kind, origin: &str, region| relocation(Some(kind), Some(origin.parse().unwrap()), Some(region));
        for kind in RelocationKind::iter() {
            let elsewhere = check(kind, "RUS", Region::Abai);
            assert_eq!(elsewhere.is_empty(), kind != RelocationKind::Redomiciled, "{kind}");
            assert!(check(kind, "RUS", Region::Astana).is_empty());
        }
        let both = check(RelocationKind::Redomiciled, "KAZ", Region::Abai);
        assert_eq!(both.iter().map(|fault| fault.field.as_str()).collect::<Vec<_>>(), ["relocation.kind", "relocation.origin_country"]);
    }

    #[test]
    fn verifying_and_suspending_lead_back_and_forth_and_never_nowhere() {
        let verified = verify(employer(EmployerStatus::Registered)).unwrap();
        assert_eq!(verify(verified.clone()), Err(Refusal::AlreadyVerified));
        let suspended = suspend(verified).unwrap();
        assert_eq!(suspend(suspended.clone()), Err(Refusal::AlreadySuspended));
        assert_eq!(verify(suspended).unwrap().status, EmployerStatus::Verified);
    }

    #[test]
    fn a_name_has_one_line() {
        assert!(name("Аягөз аудандық ауруханасы").is_empty());
        for wrong in ["", " ", "a\nb", &"я".repeat(201)] {
            assert_eq!(name(wrong).len(), 1, "{wrong}");
        }
    }
}
