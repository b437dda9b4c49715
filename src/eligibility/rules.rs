//! What may be asked about a person, what is wrong with answers, and what all criteria amount to. Each criterion by itself is in `criteria.rs`.

use chrono::NaiveDate;

use super::{Answer, Eligibility, Facts, Finding, Outcome, Verdict, criteria::Asked};
use crate::{
    error::{Reason, Violation, Why},
    permits::catalogue::{Criterion, Figures, PermitKind, PermitType},
};

/// More than any number that can be meant.
const MOST: i64 = 1_000_000_000_000;

/// Why eligibility cannot be checked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The kind is listed and nothing more.
    #[error("{kind} is for information only: the registry asks nothing about a person for it")]
    InformationOnly {
        /// The kind.
        kind: PermitKind,
    },
    /// No version of the kind is known for the day.
    #[error("no version of {kind} is known for {on}")]
    NoPermitType {
        /// The kind.
        kind: PermitKind,
        /// The day asked about.
        on: NaiveDate,
    },
}

impl Refusal {
    /// Every reason that these rules can give.
    pub const REASONS: &[&str] = &["INFORMATION_ONLY", "NO_PERMIT_TYPE"];
}

impl Reason for Refusal {
    fn reason(&self) -> &'static str {
        match self {
            Self::InformationOnly { .. } => "INFORMATION_ONLY",
            Self::NoPermitType { .. } => "NO_PERMIT_TYPE",
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::InformationOnly { kind } => vec![("kind", kind.to_string())],
            Self::NoPermitType { kind, on } => vec![("kind", kind.to_string()), ("on", on.to_string())],
        }
    }
}

/// Whether a kind may be checked for a person: the mere question would reveal what the registry never holds when it is for information only.
pub fn may_be_checked(version: &PermitType) -> Result<(), Refusal> {
    if version.information_only_because.is_some() { Err(Refusal::InformationOnly { kind: version.kind }) } else { Ok(()) }
}

/// What is wrong with answers whatever the kind, all at once.
pub fn faults(answers: &[Answer]) -> Vec<Violation> {
    let mut found = Vec::new();
    for (at, answer) in answers.iter().enumerate() {
        if answers.iter().take(at).any(|before| before.criterion == answer.criterion) {
            found.push(Violation { field: format!("answers[{at}].criterion"), why: Why::Contradicts("is answered before") });
        }
        let numbers = answer.numbers.expose();
        let (takes, why) = takes_numbers(answer.criterion);
        if !numbers.is_empty() && numbers.len() != takes {
            found.push(Violation { field: format!("answers[{at}].numbers"), why });
        } else if numbers.iter().any(|number| !(0..=MOST).contains(number)) {
            found.push(Violation { field: format!("answers[{at}].numbers"), why: Why::Range("0 to 1000000000000 each") });
        }
    }
    found
}

/// Which answers a kind does not ask for.
pub fn not_asked(version: &PermitType, answers: &[Answer]) -> Vec<Violation> {
    let strange = answers.iter().enumerate().filter(|(_, answer)| !version.criteria.contains(&answer.criterion));
    strange.map(|(at, _)| Violation { field: format!("answers[{at}].criterion"), why: Why::Unknown("a criterion of this kind") }).collect()
}

fn takes_numbers(criterion: Criterion) -> (usize, Why) {
    use Criterion as C;
    match criterion {
        C::Questionnaire400Points => (1, Why::Format("one number: the points")),
        C::Solvency1320Mci => (1, Why::Format("one number: the tenge on the account")),
        C::Income3000Usd => (1, Why::Format("one number: the US dollars a month")),
        C::ResidenceFiveYears => (1, Why::Format("one number: the months of residence")),
        C::KazakhA1Test => (2, Why::Format("two numbers: per cent in listening and in reading")),
        C::KnowledgeTest => (3, Why::Format("three numbers: points in language, constitution and history")),
        C::PassportLasts
        | C::HasContract
        | C::EmployerWorkPermit
        | C::HasRelative
        | C::HasEnrolment
        | C::HasReferral
        | C::NoOtherPermit
        | C::ArrivalNotified
        | C::HostConsentNotarised
        | C::InLawfulStay
        | C::FingerprintsFrom16
        | C::InDemandProfession
        | C::HasHousing
        | C::InterdepartmentalCheck
        | C::Interview
        | C::ConformityNotice
        | C::HomeStateConsent
        | C::HoldsPermanentPermit
        | C::HoldsResidenceCard
        | C::EmployerQuota
        | C::EmployerShareOfCitizens
        | C::ProfessionOnList
        | C::DiplomaMatches
        | C::AstanaHubPetition
        | C::ProfessionOnListOrBusiness
        | C::AppliedWithinFiveDays => (0, Why::Format("left out: this criterion takes none")),
    }
}

/// Whether a kind asks for something that is sealed: the day of birth or the passport.
pub fn needs_identity(version: &PermitType) -> bool {
    use Criterion as C;
    let sealed = [C::PassportLasts, C::FingerprintsFrom16, C::KnowledgeTest];
    version.children_exempt_under_years.is_some() || version.criteria.iter().any(|criterion| sealed.contains(criterion))
}

/// Every criterion of a kind, answered, and what they amount to.
pub fn check(version: &PermitType, figures: &Figures, facts: &Facts, answers: &[Answer]) -> Eligibility {
    let asked = Asked { version, figures, facts, answers };
    let findings: Vec<Finding> = version.criteria.iter().map(|criterion| asked.finding(*criterion)).collect();
    let decisive = || findings.iter().filter(|finding| finding.is_decisive());
    let missing = || decisive().filter(|finding| finding.outcome == Outcome::NotMet);
    let verdict = if missing().next().is_some() {
        Verdict::NotEligible
    } else if findings.is_empty() || decisive().any(|finding| finding.outcome == Outcome::NotKnown) {
        Verdict::NotKnown
    } else {
        Verdict::Eligible
    };
    let earliest: Option<Vec<NaiveDate>> = missing().map(|finding| finding.earliest_on).collect();
    Eligibility {
        kind: version.kind,
        on: facts.on,
        verdict,
        not_needed: asked.not_needed(),
        earliest_on: earliest.and_then(|days| days.into_iter().max()),
        findings,
        effective_from: version.effective_from,
        officer_checks: version.officer_checks.clone(),
        legal_basis: version.legal_basis.clone(),
        source_url: version.source_url.clone(),
        confidence: version.confidence.clone(),
        open: version.open.clone(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use strum::IntoEnumIterator as _;

    use super::*;
    use crate::{
        eligibility::{
            StayFact,
            criteria::{EAEU_TREATY, PILOT, RESOLUTION_148},
        },
        ids::{CrossingId, EmployerId, PermitId, RelocantId},
        law::Law,
        permits::{Basis, Permit, PermitState},
        seal::Personal,
        stays::{ArrivalNotice, StayStatus},
    };

    const ON: &str = "2026-11-25";

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn status(lawful: bool) -> StayStatus {
        StayStatus {
            policy_id: Arc::from("kz.eaeu.2023"),
            on: day(ON),
            window_start_on: day("2026-05-30"),
            days_used: 95,
            days_remaining: 0,
            max_stay_days: 0,
            last_lawful_on: lawful.then(|| day("2026-12-24")),
            earliest_entry_on: day("2027-01-10"),
            overstay_days: 5,
            days_in_breach: 5,
            lawful,
            unlimited: false,
            covered: false,
        }
    }

    /// A grown citizen of Russia with a long passport, lawfully here, whose arrival was notified.
    fn facts() -> Facts {
        Facts {
            on: day(ON),
            citizenship: "RUS".parse().unwrap(),
            occupations: vec!["2212".parse().unwrap()],
            birth_on: Some(Personal::new(day("1990-01-31"))),
            passport_until: Some(Personal::new(day("2033-02-14"))),
            permits: vec![],
            stay: StayFact::Known { status: status(true), legal_basis: "Resolution 148".to_owned() },
            arrival: Some(ArrivalNotice {
                entry: CrossingId::new(),
                arrived_on: day("2026-11-20"),
                due_on: day("2026-11-25"),
                notified_on: Some(day("2026-11-21")),
                late_working_days: 0,
            }),
        }
    }

    fn permit(kind: PermitKind, from: &str, until: &str) -> Permit {
        let at = "2026-01-01T00:00:00Z".parse().unwrap();
        Permit {
            id: PermitId::new(),
            relocant: RelocantId::new(),
            kind,
            state: PermitState::Issued,
            employer: EmployerId::new(),
            region: "KZ-75".parse().unwrap(),
            applied_on: day(from),
            contract_until: day(until),
            passport_until: day(until),
            valid_from: Some(day(from)),
            valid_until: Some(day(until)),
            ended_on: None,
            predecessor: None,
            host_change_due_on: None,
            basis: Basis::Contract,
            returned_on: None,
            accepted_on: None,
            review_ended_on: None,
            version: 1,
            created_at: at,
            updated_at: at,
        }
    }

    fn yes(criterion: Criterion) -> Answer {
        Answer { criterion, held: true, on: None, numbers: Personal::new(vec![]) }
    }

    fn numbers(criterion: Criterion, numbers: &[i64]) -> Answer {
        Answer { criterion, held: false, on: None, numbers: Personal::new(numbers.to_vec()) }
    }

    fn no(criterion: Criterion) -> Answer {
        Answer { held: false, ..yes(criterion) }
    }

    fn since(criterion: Criterion, on: &str) -> Answer {
        Answer { on: Some(day(on)), ..yes(criterion) }
    }

    /// What becomes of a criterion of a kind: the outcome, the code and the earliest day.
    fn one(kind: PermitKind, criterion: Criterion, facts: &Facts, answers: &[Answer]) -> (Outcome, &'static str, Option<NaiveDate>) {
        let finding = finding(kind, criterion, facts, answers);
        (finding.outcome, finding.code, finding.earliest_on)
    }

    fn finding(kind: PermitKind, criterion: Criterion, facts: &Facts, answers: &[Answer]) -> Finding {
        let found = eligibility(kind, facts, answers).findings;
        found.into_iter().find(|finding| finding.criterion == criterion).unwrap()
    }

    fn eligibility(kind: PermitKind, facts: &Facts, answers: &[Answer]) -> Eligibility {
        let law = Law::load(None).unwrap();
        check(law.permit_types.in_force(kind, facts.on).unwrap(), &law.figures, facts, answers)
    }

    fn fact(finding: &Finding, key: &str) -> String {
        finding.facts.iter().find(|(known, _)| *known == key).map(|(_, value)| value.clone()).unwrap()
    }

    use Criterion as C;
    use Outcome::{Met, NotKnown, NotMet};
    use PermitKind as K;

    const WORK: PermitKind = K::TemporaryResidenceWork;
    const PERMANENT: PermitKind = K::PermanentResidencePermit;

    #[test]
    fn passport_rule_of_february_2023_180_days_must_be_left() {
        let until = |text: &str| Facts { passport_until: Some(Personal::new(day(text))), ..facts() };
        assert_eq!(one(WORK, C::PassportLasts, &until("2027-05-24"), &[]), (Met, "", None));
        let short = finding(WORK, C::PassportLasts, &until("2027-05-23"), &[]);
        assert_eq!((short.outcome, short.code), (NotMet, "PASSPORT_TOO_SHORT"));
        assert_eq!((fact(&short, "needed"), fact(&short, "latest_application")), ("2027-05-24".to_owned(), "2026-11-24".to_owned()));
        // The permanent permit asks for more than 180 days.
        assert_eq!(one(PERMANENT, C::PassportLasts, &until("2027-05-24"), &[]).0, NotMet);
        assert_eq!(one(PERMANENT, C::PassportLasts, &until("2027-05-25"), &[]).0, Met);
        // A renewed passport that the registry has not seen.
        let renewed = finding(WORK, C::PassportLasts, &until("2027-01-01"), &[since(C::PassportLasts, "2036-01-01")]);
        assert_eq!((renewed.outcome, renewed.told), (Met, true));
        let unknown = Facts { passport_until: None, ..facts() };
        assert_eq!(one(WORK, C::PassportLasts, &unknown, &[]), (NotKnown, "TELL_LAST_DAY_OF_PASSPORT", None));
    }

    #[test]
    fn order_992_one_active_permit_at_a_time() {
        let with = |until: &str| Facts { permits: vec![permit(WORK, "2026-01-01", until)], ..facts() };
        assert_eq!(one(WORK, C::NoOtherPermit, &with("2026-12-31"), &[]), (NotMet, "VALID_PERMIT_EXISTS", Some(day("2027-01-01"))));
        assert_eq!(one(WORK, C::NoOtherPermit, &with("2026-11-24"), &[]), (Met, "", None));
        assert_eq!(one(WORK, C::NoOtherPermit, &with("2026-12-31"), &[yes(C::NoOtherPermit)]).0, NotMet, "what is known goes before");
    }

    #[test]
    fn resolution_148_paragraph_9_the_host_notifies_the_arrival() {
        let arrival = facts().arrival.map(|arrival| ArrivalNotice { notified_on: None, ..arrival });
        let silent = Facts { arrival, ..facts() };
        assert_eq!(one(WORK, C::ArrivalNotified, &facts(), &[]).0, Met);
        let due = finding(WORK, C::ArrivalNotified, &silent, &[]);
        assert_eq!((due.outcome, due.code, due.legal_basis.as_str()), (NotMet, "ARRIVAL_NOT_NOTIFIED", RESOLUTION_148));
        assert_eq!(fact(&due, "due"), "2026-11-25");
        assert_eq!(one(WORK, C::ArrivalNotified, &silent, &[yes(C::ArrivalNotified)]).0, Met);
        assert_eq!(one(WORK, C::ArrivalNotified, &Facts { arrival: None, ..facts() }, &[]), (NotKnown, "RECORD_ENTRY", None));
    }

    #[test]
    fn whoever_applies_is_here_lawfully_or_waits_for_the_first_lawful_entry() {
        let known = |lawful| Facts { stay: StayFact::Known { status: status(lawful), legal_basis: "x".to_owned() }, ..facts() };
        assert_eq!(one(WORK, C::InLawfulStay, &known(true), &[]), (Met, "", None));
        let over = finding(WORK, C::InLawfulStay, &known(false), &[yes(C::InLawfulStay)]);
        assert_eq!((over.outcome, over.code, over.earliest_on), (NotMet, "STAY_NOT_LAWFUL", Some(day("2027-01-10"))));
        assert_eq!(
            (fact(&over, "overstay_days"), fact(&over, "policy_id"), over.legal_basis.as_str()),
            ("5".into(), "kz.eaeu.2023".into(), "x")
        );
        let (away, stranger) = (Facts { stay: StayFact::NotPresent, ..facts() }, Facts { stay: StayFact::NoPolicy, ..facts() });
        assert_eq!(one(WORK, C::InLawfulStay, &away, &[]), (NotKnown, "RECORD_ENTRY", None));
        assert_eq!(one(WORK, C::InLawfulStay, &stranger, &[]), (NotKnown, "STAY_POLICY_NOT_KNOWN", None));
        assert_eq!(one(WORK, C::InLawfulStay, &stranger, &[yes(C::InLawfulStay)]).0, Met);
    }

    #[test]
    fn fingerprints_are_taken_from_the_age_of_16_since_1_january_2024() {
        let born = |text: &str| Facts { birth_on: Some(Personal::new(day(text))), ..facts() };
        assert_eq!(one(WORK, C::FingerprintsFrom16, &born("2010-11-26"), &[]), (Met, "CHILD", None));
        assert_eq!(one(WORK, C::FingerprintsFrom16, &born("2010-11-25"), &[]), (NotKnown, "TELL_WHETHER_HELD", None));
        assert_eq!(one(WORK, C::FingerprintsFrom16, &born("2010-11-25"), &[yes(C::FingerprintsFrom16)]).0, Met);
        assert_eq!(one(WORK, C::FingerprintsFrom16, &born("2010-11-25"), &[no(C::FingerprintsFrom16)]).1, "FINGERPRINTS_MISSING");
        assert_eq!(one(WORK, C::FingerprintsFrom16, &Facts { on: day("2023-12-31"), ..facts() }, &[]), (Met, "NOT_ASKED_YET", None));
    }

    #[test]
    fn treaty_on_the_union_article_97_its_citizens_work_without_a_permit_and_outside_the_quota() {
        let other = Facts { citizenship: "IND".parse().unwrap(), ..facts() };
        let free = finding(WORK, C::EmployerWorkPermit, &facts(), &[]);
        assert_eq!((free.outcome, free.code, free.legal_basis.as_str()), (Met, "NOT_NEEDED_EAEU", EAEU_TREATY));
        assert_eq!(one(WORK, C::EmployerWorkPermit, &other, &[]), (NotKnown, "TELL_WHETHER_HELD", None));
        assert_eq!(one(WORK, C::EmployerWorkPermit, &other, &[no(C::EmployerWorkPermit)]).1, "EMPLOYER_WORK_PERMIT_MISSING");
        assert_eq!(eligibility(K::WorkPermitCategory3, &facts(), &[]).not_needed, Some("EAEU_CITIZEN"));
        assert_eq!(eligibility(K::WorkPermitCategory3, &other, &[]).not_needed, None);
        for (criterion, missing) in [(C::EmployerQuota, "QUOTA_EXHAUSTED"), (C::EmployerShareOfCitizens, "SHARE_OF_CITIZENS_NOT_MET")] {
            assert_eq!(one(K::WorkPermitCategory3, criterion, &facts(), &[]).1, "NOT_NEEDED_EAEU");
            assert_eq!(one(K::WorkPermitCategory3, criterion, &other, &[no(criterion)]), (NotMet, missing, None));
        }
    }

    #[test]
    fn children_below_16_in_the_family_of_a_worker_need_none() {
        let born = |text: &str| Facts { birth_on: Some(Personal::new(day(text))), ..facts() };
        assert_eq!(eligibility(K::TemporaryResidenceFamilyOfWorker, &born("2010-11-26"), &[]).not_needed, Some("CHILD"));
        assert_eq!(eligibility(K::TemporaryResidenceFamilyOfWorker, &born("2010-11-25"), &[]).not_needed, None);
    }

    #[test]
    fn what_only_the_applicant_knows_is_asked_and_taken_from_its_day_on() {
        let told = [
            (WORK, C::HasContract, "CONTRACT_NOT_CONFIRMED"),
            (WORK, C::HostConsentNotarised, "HOST_CONSENT_MISSING"),
            (K::TemporaryResidenceFamilyOfWorker, C::HasRelative, "RELATIONSHIP_NOT_CONFIRMED"),
            (K::TemporaryResidenceStudy, C::HasEnrolment, "ENROLMENT_NOT_CONFIRMED"),
            (K::TemporaryResidenceTreatment, C::HasReferral, "REFERRAL_NOT_CONFIRMED"),
            (PERMANENT, C::HasHousing, "HOUSING_NOT_PROVEN"),
            (PERMANENT, C::ConformityNotice, "CONFORMITY_NOT_GRANTED"),
            (PERMANENT, C::HomeStateConsent, "HOME_STATE_CONSENT_MISSING"),
            (K::QualificationCertificate, C::ProfessionOnList, "PROFESSION_NOT_ON_LIST"),
            (K::QualificationCertificate, C::DiplomaMatches, "QUALIFICATION_NOT_MATCHING"),
            (K::VisaB91, C::AstanaHubPetition, "PETITION_MISSING"),
            (K::AtaZholyCard, C::ProfessionOnListOrBusiness, "PROFESSION_OR_BUSINESS_NOT_PROVEN"),
            (K::ResidenceCard, C::HoldsPermanentPermit, "NO_PERMANENT_PERMIT"),
            (K::Citizenship, C::HoldsResidenceCard, "NO_RESIDENCE_CARD"),
        ];
        for (kind, criterion, missing) in told {
            assert_eq!(one(kind, criterion, &facts(), &[]), (NotKnown, "TELL_WHETHER_HELD", None), "{criterion}");
            assert_eq!(one(kind, criterion, &facts(), &[yes(criterion)]), (Met, "", None), "{criterion}");
            assert_eq!(one(kind, criterion, &facts(), &[no(criterion)]), (NotMet, missing, None), "{criterion}");
            let tomorrow = since(criterion, "2026-11-26");
            assert_eq!(one(kind, criterion, &facts(), &[tomorrow]), (NotMet, missing, Some(day("2026-11-26"))), "{criterion}");
        }
    }

    #[test]
    fn solvency_is_1320_indices_of_the_day_in_tenge() {
        let at = |on: &str| Facts { on: day(on), ..facts() };
        let asked = finding(PERMANENT, C::Solvency1320Mci, &facts(), &[]);
        assert_eq!((asked.outcome, asked.code, fact(&asked, "needed_kzt")), (NotKnown, "TELL_AMOUNT_KZT", "5709000".to_owned()));
        assert_eq!(fact(&finding(PERMANENT, C::Solvency1320Mci, &at("2023-06-01"), &[]), "needed_kzt"), "4554000");
        assert_eq!(one(PERMANENT, C::Solvency1320Mci, &at("2021-06-01"), &[]), (NotKnown, "FIGURE_NOT_KNOWN", None));
        let short = finding(PERMANENT, C::Solvency1320Mci, &facts(), &[numbers(C::Solvency1320Mci, &[5_708_999])]);
        assert_eq!((short.outcome, short.code, fact(&short, "missing_kzt")), (NotMet, "SOLVENCY_NOT_PROVEN", "1".to_owned()));
        assert_eq!(one(PERMANENT, C::Solvency1320Mci, &facts(), &[numbers(C::Solvency1320Mci, &[5_709_000])]).0, Met);
        assert_eq!(one(PERMANENT, C::Solvency1320Mci, &facts(), &[no(C::Solvency1320Mci)]).0, NotMet);
    }

    #[test]
    fn the_proof_of_solvency_is_good_for_180_days() {
        let made = |on: &str| Answer { on: Some(day(on)), ..numbers(C::Solvency1320Mci, &[6_000_000]) };
        assert_eq!(one(PERMANENT, C::Solvency1320Mci, &facts(), &[made("2026-05-29")]).0, Met);
        assert_eq!(one(PERMANENT, C::Solvency1320Mci, &facts(), &[made("2026-05-28")]).1, "PROOF_TOO_OLD");
        assert_eq!(one(PERMANENT, C::Solvency1320Mci, &facts(), &[made("2026-12-01")]).2, Some(day("2026-12-01")));
    }

    #[test]
    fn a_profession_in_demand_lifts_the_proof_of_solvency_since_28_february_2023_and_decides_nothing_else() {
        let hinted = finding(PERMANENT, C::InDemandProfession, &facts(), &[]);
        assert_eq!((hinted.outcome, fact(&hinted, "occupations").as_str()), (NotKnown, "2212"), "the card is a hint and no proof");
        assert!(!hinted.is_decisive());
        let lifted = |on: &str| one(PERMANENT, C::Solvency1320Mci, &Facts { on: day(on), ..facts() }, &[yes(C::InDemandProfession)]);
        assert_eq!(lifted("2023-02-28"), (Met, "IN_DEMAND_PROFESSION", None));
        assert_eq!(lifted("2023-02-27").1, "TELL_AMOUNT_KZT");
    }

    #[test]
    fn pilot_of_13_february_2026_test_questionnaire_check_interview_then_the_notice() {
        let step = |criterion, answers: &[Answer]| one(PERMANENT, criterion, &facts(), answers);
        assert_eq!(step(C::KazakhA1Test, &[]).1, "TELL_PER_CENT");
        assert_eq!(step(C::KazakhA1Test, &[numbers(C::KazakhA1Test, &[30, 30])]).0, Met);
        assert_eq!(step(C::KazakhA1Test, &[numbers(C::KazakhA1Test, &[90, 29])]), (NotMet, "TEST_NOT_PASSED", None), "in each part");
        assert_eq!(step(C::Questionnaire400Points, &[numbers(C::Questionnaire400Points, &[399])]).1, "POINTS_TOO_FEW");
        assert_eq!(step(C::Questionnaire400Points, &[numbers(C::Questionnaire400Points, &[400])]).0, Met);
        assert_eq!(step(C::InterdepartmentalCheck, &[no(C::InterdepartmentalCheck)]).1, "CHECK_NOT_PASSED");
        assert_eq!(step(C::Interview, &[since(C::Interview, "2026-12-01")]), (NotMet, "INTERVIEW_NOT_PASSED", Some(day("2026-12-01"))));
        for criterion in [C::KazakhA1Test, C::Questionnaire400Points, C::InterdepartmentalCheck, C::Interview] {
            assert_eq!(step(criterion, &[]).0, NotKnown);
            assert_eq!(step(criterion, &[yes(C::ConformityNotice)]), (Met, "SHOWN_BY_NOTICE", None));
            assert_eq!(finding(PERMANENT, criterion, &facts(), &[]).legal_basis, PILOT);
        }
        let before = eligibility(PERMANENT, &Facts { on: day("2026-02-12"), ..facts() }, &[]);
        assert!(before.findings.iter().all(|finding| finding.criterion != C::ConformityNotice));
    }

    #[test]
    fn naturalisation_five_years_on_the_residence_card_renewals_included() {
        let residence = |facts: &Facts, answers: &[Answer]| one(K::Citizenship, C::ResidenceFiveYears, facts, answers);
        assert_eq!(residence(&facts(), &[]), (NotKnown, "TELL_FIRST_DAY_OF_CARD", None));
        assert_eq!(residence(&facts(), &[since(C::ResidenceFiveYears, "2021-11-25")]).0, Met);
        let short = (NotMet, "RESIDENCE_TOO_SHORT", Some(day("2026-11-26")));
        assert_eq!(residence(&facts(), &[since(C::ResidenceFiveYears, "2021-11-26")]), short);
        assert_eq!(residence(&facts(), &[numbers(C::ResidenceFiveYears, &[60])]).0, Met);
        assert_eq!(residence(&facts(), &[numbers(C::ResidenceFiveYears, &[48])]).2, Some(day("2027-11-25")));
        let first = permit(K::ResidenceCard, "2021-01-01", "2023-12-31");
        let second = Permit { predecessor: Some(first.id), ..permit(K::ResidenceCard, "2024-01-01", "2033-12-31") };
        let held = Facts { permits: vec![first, second], ..facts() };
        assert_eq!(residence(&held, &[]).0, Met);
        assert_eq!(one(K::Citizenship, C::HoldsResidenceCard, &held, &[no(C::HoldsResidenceCard)]), (Met, "", None));
        let lone = Facts { permits: vec![permit(K::ResidenceCard, "2024-01-01", "2033-12-31")], ..facts() };
        assert_eq!(residence(&lone, &[]).2, Some(day("2029-01-01")));
        let permanent = Facts { permits: vec![permit(PERMANENT, "2026-01-01", "2036-01-01")], ..facts() };
        assert_eq!(one(K::ResidenceCard, C::HoldsPermanentPermit, &permanent, &[]), (Met, "", None));
    }

    #[test]
    fn knowledge_test_points_are_those_of_the_day_of_the_test() {
        let passed = |facts: &Facts, on: &str, points: &[i64]| {
            let answer = Answer { on: Some(day(on)), ..numbers(C::KnowledgeTest, points) };
            finding(K::Citizenship, C::KnowledgeTest, facts, &[answer])
        };
        assert_eq!(passed(&facts(), "2026-11-01", &[15, 20, 15]).outcome, Met);
        for short in [[14, 40, 30], [30, 19, 30], [30, 40, 14]] {
            assert_eq!(passed(&facts(), "2026-11-01", &short).code, "KNOWLEDGE_TEST_NOT_PASSED");
        }
        let former = passed(&facts(), "2025-08-25", &[35, 20, 15]);
        assert_eq!((former.outcome, fact(&former, "language").as_str()), (NotMet, "36"));
        assert_eq!(passed(&facts(), "2025-08-25", &[36, 9, 15]).outcome, Met);
        assert_eq!(passed(&facts(), "2024-10-11", &[36, 9, 15]).code, "FIGURE_NOT_KNOWN");
        assert_eq!(one(K::Citizenship, C::KnowledgeTest, &facts(), &[]).1, "TELL_POINTS");
        let minor = Facts { birth_on: Some(Personal::new(day("2008-11-26"))), ..facts() };
        assert_eq!(one(K::Citizenship, C::KnowledgeTest, &minor, &[]), (Met, "CHILD", None));
        assert_eq!(one(K::Citizenship, C::KnowledgeTest, &Facts { on: day("2024-08-11"), ..facts() }, &[]).1, "NOT_ASKED_YET");
    }

    #[test]
    fn the_income_of_a_neo_nomad_is_above_3000_dollars() {
        let income = |usd: &[i64]| one(K::VisaB121, C::Income3000Usd, &facts(), &[numbers(C::Income3000Usd, usd)]);
        assert_eq!((income(&[3000]).1, income(&[3001]).0), ("INCOME_NOT_PROVEN", Met));
        assert_eq!(one(K::VisaB121, C::Income3000Usd, &facts(), &[]).1, "TELL_AMOUNT_USD");
    }

    #[test]
    fn law_on_refugees_within_five_days_of_the_arrival_else_the_authority_hears_why() {
        let asked = |on: &str| one(K::AsylumSeekerCertificate, C::AppliedWithinFiveDays, &Facts { on: day(on), ..facts() }, &[]);
        assert_eq!((asked("2026-11-25").0, asked("2026-11-26").1), (Met, "HEARD_BY_AUTHORITY"));
    }

    #[test]
    fn what_would_reveal_what_is_never_held_is_not_checked() {
        let law = Law::load(None).unwrap();
        for kind in PermitKind::iter() {
            let refused = may_be_checked(law.permit_types.in_force(kind, day(ON)).unwrap());
            assert_eq!(refused.err(), kind.is_telling().then_some(Refusal::InformationOnly { kind }));
        }
    }

    #[test]
    fn the_verdict_is_eligible_when_all_are_met_and_not_when_one_is_missing() {
        let all = [yes(C::HasContract), yes(C::HostConsentNotarised), yes(C::FingerprintsFrom16)];
        let fine = eligibility(WORK, &facts(), &all);
        assert_eq!((fine.verdict, fine.earliest_on), (Verdict::Eligible, None), "{fine:?}");
        assert!(!fine.officer_checks.is_empty());
        assert_eq!(eligibility(WORK, &facts(), &all[..2]).verdict, Verdict::NotKnown);
        let busy = Facts { permits: vec![permit(WORK, "2026-01-01", "2026-12-31")], ..facts() };
        let later = [since(C::HasContract, "2027-02-01")];
        let missing = eligibility(WORK, &busy, &later);
        assert_eq!((missing.verdict, missing.earliest_on), (Verdict::NotEligible, Some(day("2027-02-01"))));
        assert_eq!(eligibility(WORK, &busy, &[no(C::HasContract)]).earliest_on, None, "no day can be said");
        assert_eq!(eligibility(K::VisaC5, &facts(), &[]).verdict, Verdict::NotKnown, "what is asked is not known");
    }

    #[test]
    fn a_profession_that_is_not_in_demand_alone_makes_nobody_ineligible() {
        let told = [
            yes(C::ConformityNotice),
            yes(C::HomeStateConsent),
            numbers(C::Solvency1320Mci, &[6_000_000]),
            no(C::InDemandProfession),
            yes(C::HasHousing),
            yes(C::FingerprintsFrom16),
        ];
        assert_eq!(eligibility(PERMANENT, &facts(), &told).verdict, Verdict::Eligible);
    }

    #[test]
    fn answers_with_the_wrong_numbers_twice_or_to_what_is_not_asked_are_faults() {
        let wrong =
            [numbers(C::KnowledgeTest, &[1, 2]), numbers(C::Interview, &[1]), numbers(C::Solvency1320Mci, &[-1]), yes(C::Interview)];
        let found: Vec<String> = faults(&wrong).into_iter().map(|fault| fault.field).collect();
        assert_eq!(found, ["answers[0].numbers", "answers[1].numbers", "answers[2].numbers", "answers[3].criterion"]);
        let law = Law::load(None).unwrap();
        let work = law.permit_types.in_force(WORK, day(ON)).unwrap();
        let strange = not_asked(work, &[yes(C::HasContract), yes(C::Interview)]);
        assert_eq!(strange.into_iter().map(|fault| fault.field).collect::<Vec<_>>(), ["answers[1].criterion"]);
    }

    #[test]
    fn the_sealed_record_stays_sealed_when_no_criterion_asks_for_it() {
        let law = Law::load(None).unwrap();
        let needs = |kind| needs_identity(law.permit_types.in_force(kind, day(ON)).unwrap());
        assert!(needs(WORK) && needs(PERMANENT) && needs(K::Citizenship));
        assert!(!needs(K::WorkPermitCategory1) && !needs(K::VisaB121));
    }
}
