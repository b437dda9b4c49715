//! Coded grounds. Sensitive ones (security, convictions, health) are never recorded: they are `OTHER_LEGAL_GROUND`, and the file that explains them is elsewhere.

use strum::{Display, EnumString, IntoStaticStr};

/// What an incomplete application lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum ReturnGround {
    /// A required document is missing.
    DocumentMissing,
    /// A document has expired.
    DocumentExpired,
    /// The host's petition is missing.
    HostPetitionMissing,
    /// The documents do not agree with each other.
    DataMismatch,
}

/// Why an application is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum RefusalGround {
    /// The passport has fewer than 180 days left.
    PassportTooShort,
    /// The host does not confirm the contract.
    ContractNotConfirmed,
    /// Another permit is active.
    ValidPermitExists,
    /// A document is not genuine.
    DocumentsNotGenuine,
    /// A ground of law that the registry does not record.
    OtherLegalGround,
}

/// Why a permit is revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum RevocationGround {
    /// The contract has ended and no new one came in time.
    ContractEnded,
    /// It was obtained by false data.
    ObtainedByFalseData,
    /// The person has left for good.
    LeftForGood,
    /// A ground of law that the registry does not record.
    OtherLegalGround,
}

/// A document that an application needs. Medical papers are none of the registry's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Display, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum ApplicationDocument {
    /// The application form.
    ApplicationForm,
    /// The foreign passport.
    Passport,
    /// The contract.
    Contract,
    /// The order of enrolment.
    EnrolmentOrder,
    /// The certificate of marriage or of birth.
    ProofOfKinship,
    /// The proof that the arrival was notified.
    ArrivalNotice,
    /// The landlord's consent, notarised unless the landlord is present.
    LandlordConsent,
    /// The certificate of fingerprinting.
    FingerprintCertificate,
    /// The health insurance.
    HealthInsurance,
    /// The host's petition.
    HostPetition,
}
