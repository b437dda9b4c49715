//! The words that the catalogue is written in. A code that is not here is refused when the law is loaded.

use strum::{Display, EnumIter, EnumString, IntoStaticStr};

/// The kind of a permit or status. Which of them can be applied for here is said by [`PermitKind::takes_applications`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Display, EnumString, EnumIter, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names in three languages are in `catalogue.toml`")]
pub enum PermitKind {
    TemporaryResidenceWork,
    TemporaryResidenceFamilyOfWorker,
    TemporaryResidenceFamilyReunification,
    TemporaryResidenceStudy,
    TemporaryResidenceTreatment,
    TemporaryResidenceBusiness,
    TemporaryResidenceMission,
    PermanentResidencePermit,
    ResidenceCard,
    #[strum(serialize = "WORK_PERMIT_CATEGORY_1")]
    WorkPermitCategory1,
    #[strum(serialize = "WORK_PERMIT_CATEGORY_2")]
    WorkPermitCategory2,
    #[strum(serialize = "WORK_PERMIT_CATEGORY_3")]
    WorkPermitCategory3,
    #[strum(serialize = "WORK_PERMIT_CATEGORY_4")]
    WorkPermitCategory4,
    WorkPermitSeasonal,
    QualificationCertificate,
    #[strum(serialize = "VISA_B12_1")]
    VisaB121,
    #[strum(serialize = "VISA_B9_1")]
    VisaB91,
    VisaB9,
    VisaC5,
    VisaC3,
    AtaZholyCard,
    KandasStatus,
    AsylumSeekerCertificate,
    RefugeeStatus,
    Citizenship,
}

impl PermitKind {
    /// Whether an application of this kind is taken here.
    pub fn takes_applications(self) -> bool {
        matches!(self, Self::TemporaryResidenceWork | Self::TemporaryResidenceFamilyOfWorker | Self::TemporaryResidenceStudy)
    }

    /// Whether a record of this kind would reveal religion, health, ethnic origin or a request for protection by itself. The registry never holds one.
    pub fn is_telling(self) -> bool {
        matches!(
            self,
            Self::TemporaryResidenceMission
                | Self::TemporaryResidenceTreatment
                | Self::AtaZholyCard
                | Self::KandasStatus
                | Self::AsylumSeekerCertificate
                | Self::RefugeeStatus
        )
    }
}

/// Who applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumString, EnumIter)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum PermitApplicant {
    /// Who invites: an employer, a relative, a school, a landlord.
    Host,
    /// The person.
    Person,
    /// A local executive body.
    Authority,
}

/// What a permit stands or falls with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumString, EnumIter)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum PermitBasis {
    /// A contract of work.
    Contract,
    /// A relative and what the relative holds.
    Relative,
    /// An enrolment at a school.
    Enrolment,
    /// A referral.
    Referral,
    /// The consent of a host.
    HostConsent,
    /// Nothing but itself.
    Own,
}

/// What a permit cannot outlast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumString, EnumIter)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum PermitBound {
    /// The contract.
    Contract,
    /// The passport.
    Passport,
    /// The permit of the relative.
    RelativePermit,
    /// The enrolment.
    Enrolment,
    /// The referral.
    Referral,
}

/// One thing that is asked of an applicant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Display, EnumString, EnumIter, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum Criterion {
    /// The passport is valid for long enough.
    PassportLasts,
    /// A contract of work is signed.
    HasContract,
    /// The employer may engage a foreigner; citizens of the Eurasian Economic Union need no such permit.
    EmployerWorkPermit,
    /// The relative whom the person joins confirms it.
    HasRelative,
    /// A school has enrolled the person.
    HasEnrolment,
    /// A health organisation has referred the person.
    HasReferral,
    /// No other permit is active.
    NoOtherPermit,
    /// The host has notified the arrival.
    ArrivalNotified,
    /// The landlord's consent is notarised, or the landlord comes in person.
    HostConsentNotarised,
    /// The stay is lawful.
    InLawfulStay,
    /// Fingerprints were taken; asked from the age of 16.
    #[strum(serialize = "FINGERPRINTS_FROM_16")]
    FingerprintsFrom16,
    /// 1,320 monthly calculation indices lie on an account in a resident bank.
    #[strum(serialize = "SOLVENCY_1320_MCI")]
    Solvency1320Mci,
    /// The profession is in demand, which lifts the proof of solvency.
    InDemandProfession,
    /// There is a place to live.
    HasHousing,
    /// The test of Kazakh at level A1 is passed.
    #[strum(serialize = "KAZAKH_A1_TEST")]
    KazakhA1Test,
    /// The questionnaire has 400 points at least.
    #[strum(serialize = "QUESTIONNAIRE_400_POINTS")]
    Questionnaire400Points,
    /// The authorities' own check is passed.
    InterdepartmentalCheck,
    /// The interview is passed.
    Interview,
    /// The notice of conformity is granted.
    ConformityNotice,
    /// The state of citizenship agrees in writing that the person leaves for good.
    HomeStateConsent,
    /// A permanent residence permit is held.
    HoldsPermanentPermit,
    /// A residence card is held.
    HoldsResidenceCard,
    /// Five years of residence on the card.
    ResidenceFiveYears,
    /// The test of language, constitution and history is passed.
    KnowledgeTest,
    /// The quota has room.
    EmployerQuota,
    /// Enough of the staff are citizens.
    EmployerShareOfCitizens,
    /// The profession is on the list.
    ProfessionOnList,
    /// The diploma fits the profession.
    DiplomaMatches,
    /// The income is above 3,000 US dollars a month.
    #[strum(serialize = "INCOME_3000_USD")]
    Income3000Usd,
    /// Astana Hub supports the application.
    AstanaHubPetition,
    /// The profession is on the list, or a business runs.
    ProfessionOnListOrBusiness,
    /// The request came within five days.
    AppliedWithinFiveDays,
}

/// What an applicant brings.
pub const DOCUMENTS: [&str; 31] = [
    "APPLICATION_FORM",
    "ARRIVAL_NOTIFICATION",
    "ASTANA_HUB_PETITION",
    "AUTOBIOGRAPHY",
    "BANK_STATEMENT_6_MONTHS",
    "CONFORMITY_NOTICE",
    "DIPLOMA",
    "EMPLOYER_PETITION",
    "ENROLMENT_ORDER",
    "FEE_RECEIPT",
    "FINGERPRINT_CERTIFICATE",
    "FOREIGN_PASSPORT",
    "HEALTH_INSURANCE",
    "HOME_STATE_CONSENT",
    "HOST_CONSENT",
    "HOUSING_PROOF",
    "IDENTITY_DOCUMENT",
    "KINSHIP_CERTIFICATE",
    "KNOWLEDGE_TEST_CERTIFICATE",
    "LABOUR_CONTRACT",
    "LOCAL_AUTHORITY_PETITION",
    "LOCAL_CONTENT_STATEMENT",
    "MEDICAL_CERTIFICATE_028U",
    "NO_CRIMINAL_RECORD_CERTIFICATE",
    "PERMANENT_RESIDENCE_PERMIT",
    "PHOTO_35X45",
    "REFERRAL",
    "RESIDENCE_CARD",
    "SOLVENCY_PROOF",
    "STATE_DUTY_RECEIPT",
    "TAX_RETURN",
];

/// Why an application can be refused. Wider than what the registry records of a refusal.
pub const REFUSAL_GROUNDS: [&str; 24] = [
    "ARRIVAL_NOT_NOTIFIED",
    "CONFORMITY_NOT_GRANTED",
    "CONTRACT_NOT_CONFIRMED",
    "ENROLMENT_NOT_CONFIRMED",
    "FEE_NOT_PAID",
    "HOME_STATE_CONSENT_MISSING",
    "HOST_CONSENT_MISSING",
    "HOUSING_NOT_PROVEN",
    "INCOME_NOT_PROVEN",
    "KNOWLEDGE_TEST_NOT_PASSED",
    "NO_PERMANENT_PERMIT",
    "OTHER_LEGAL_GROUND",
    "PASSPORT_TOO_SHORT",
    "PETITION_MISSING",
    "PROFESSION_NOT_ON_LIST",
    "PROFESSION_OR_BUSINESS_NOT_PROVEN",
    "QUALIFICATION_NOT_MATCHING",
    "QUOTA_EXHAUSTED",
    "REFERRAL_NOT_CONFIRMED",
    "RELATIONSHIP_NOT_CONFIRMED",
    "RESIDENCE_TOO_SHORT",
    "SHARE_OF_CITIZENS_NOT_MET",
    "SOLVENCY_NOT_PROVEN",
    "VALID_PERMIT_EXISTS",
];

/// Why a permit can be revoked. Wider than what the registry records of a revocation.
pub const REVOCATION_GROUNDS: [&str; 10] = [
    "CANCELLED_BY_HOST",
    "CITIZENSHIP_GRANTED",
    "CONTRACT_ENDED",
    "ENROLMENT_ENDED",
    "LEFT_FOR_GOOD",
    "OTHER_LEGAL_GROUND",
    "PERMANENT_PERMIT_ENDED",
    "REFERRAL_ENDED",
    "RELATIONSHIP_ENDED",
    "RELATIVE_PERMIT_ENDED",
];
