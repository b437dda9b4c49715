//! Where an employer may go from where it stands, and what it may do there.

use super::{Employer, EmployerStatus};
use crate::error::{Reason, Violation, Why};

/// Why an employer cannot do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is verified already.
    #[error("the employer is verified already")]
    AlreadyVerified,
    /// It is suspended already.
    #[error("the employer is suspended already")]
    AlreadySuspended,
    /// Only a verified employer may do this.
    #[error("the employer is {status}; it must be verified")]
    NotVerified {
        /// Where it stands.
        status: EmployerStatus,
    },
}

impl Refusal {
    /// Every reason that these rules can give.
    pub const REASONS: &[&str] = &["EMPLOYER_ALREADY_VERIFIED", "EMPLOYER_ALREADY_SUSPENDED", "EMPLOYER_NOT_VERIFIED"];
}

impl Reason for Refusal {
    fn reason(&self) -> &'static str {
        match self {
            Self::AlreadyVerified => "EMPLOYER_ALREADY_VERIFIED",
            Self::AlreadySuspended => "EMPLOYER_ALREADY_SUSPENDED",
            Self::NotVerified { .. } => "EMPLOYER_NOT_VERIFIED",
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::AlreadyVerified | Self::AlreadySuspended => vec![],
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

/// A registered or suspended employer can be verified.
pub fn verify(employer: Employer) -> Result<Employer, Refusal> {
    match employer.status {
        EmployerStatus::Registered | EmployerStatus::Suspended => Ok(Employer { status: EmployerStatus::Verified, ..employer }),
        EmployerStatus::Verified => Err(Refusal::AlreadyVerified),
    }
}

/// An employer can be suspended at any time: nothing new can stand on it. What stands already goes on.
pub fn suspend(employer: Employer) -> Result<Employer, Refusal> {
    match employer.status {
        EmployerStatus::Registered | EmployerStatus::Verified => Ok(Employer { status: EmployerStatus::Suspended, ..employer }),
        EmployerStatus::Suspended => Err(Refusal::AlreadySuspended),
    }
}

/// Only a verified employer hosts people, opens vacancies and receives consents.
pub fn may_host(employer: &Employer) -> Result<(), Refusal> {
    match employer.status {
        EmployerStatus::Verified => Ok(()),
        status @ (EmployerStatus::Registered | EmployerStatus::Suspended) => Err(Refusal::NotVerified { status }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::EmployerId;

    fn employer(status: EmployerStatus) -> Employer {
        let at = "2026-01-01T00:00:00Z".parse().unwrap();
        let bin = "940140000385".parse().unwrap();
        Employer {
            id: EmployerId::new(),
            bin,
            name: String::new(),
            region: crate::classifiers::Region::Abai,
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
        for status in [S::Registered, S::Suspended] {
            assert_eq!(may_host(&employer(status)), Err(Refusal::NotVerified { status }));
        }
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
