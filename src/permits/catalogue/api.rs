//! The catalogue on the wire: its codes in both directions, and the answer to `ListPermitTypes`. Knows no rule.

use tonic::{Request, Response, Status};

use super::{Criterion, PermitApplicant, PermitBasis, PermitBound, PermitKind, PermitType, operations::ListPermitTypes};
use crate::{
    api::{Fields, call, date},
    gate::Registry,
    proto,
    status::from_error,
};

/// A code of ours and of the wire, whose variants have the same names, in both directions.
macro_rules! both_ways {
    ($(#[$doc:meta])* $code:ident, $write:ident, $read:ident: $($name:ident)*) => {
        $(#[$doc])*
        pub fn $write(code: $code) -> proto::$code {
            match code {
                $($code::$name => proto::$code::$name,)*
            }
        }

        $(#[$doc])*
        pub fn $read(code: proto::$code) -> Option<$code> {
            match code {
                proto::$code::Unspecified => None,
                $(proto::$code::$name => Some($code::$name),)*
            }
        }
    };
}

both_ways! {
    /// A kind of permit.
    PermitKind, write_kind, read_kind:
    TemporaryResidenceWork TemporaryResidenceFamilyOfWorker TemporaryResidenceFamilyReunification TemporaryResidenceStudy TemporaryResidenceTreatment
    TemporaryResidenceBusiness TemporaryResidenceMission PermanentResidencePermit ResidenceCard WorkPermitCategory1 WorkPermitCategory2
    WorkPermitCategory3 WorkPermitCategory4 WorkPermitSeasonal QualificationCertificate VisaB121 VisaB91 VisaB9 VisaC5 VisaC3 AtaZholyCard
    KandasStatus AsylumSeekerCertificate RefugeeStatus Citizenship
}

both_ways! {
    /// A criterion.
    Criterion, write_criterion, read_criterion:
    PassportLasts HasContract EmployerWorkPermit HasRelative HasEnrolment HasReferral NoOtherPermit ArrivalNotified HostConsentNotarised
    InLawfulStay FingerprintsFrom16 Solvency1320Mci InDemandProfession HasHousing KazakhA1Test Questionnaire400Points InterdepartmentalCheck
    Interview ConformityNotice HomeStateConsent HoldsPermanentPermit HoldsResidenceCard ResidenceFiveYears KnowledgeTest EmployerQuota
    EmployerShareOfCitizens ProfessionOnList DiplomaMatches Income3000Usd AstanaHubPetition ProfessionOnListOrBusiness AppliedWithinFiveDays
}

/// Answers `ListPermitTypes`.
pub async fn list_permit_types(
    registry: &Registry,
    request: Request<proto::ListPermitTypesRequest>,
) -> Result<Response<proto::ListPermitTypesResponse>, Status> {
    let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
    let mut fields = Fields::default();
    let kind = if message.kind == 0 { None } else { fields.code("kind", message.kind, "a kind of permit", read_kind) };
    let on = fields.optional_day("on_date", message.on_date);
    fields.done().map_err(from_error)?;
    let law = registry.fetch(&call, ListPermitTypes).await.map_err(from_error)?;
    let permit_types = law.permit_types.listed(kind, on).into_iter().map(write).collect();
    Ok(Response::new(proto::ListPermitTypesResponse { permit_types }))
}

fn write(version: &PermitType) -> proto::PermitType {
    let applicant = match version.applicant {
        PermitApplicant::Host => proto::PermitApplicant::Host,
        PermitApplicant::Person => proto::PermitApplicant::Person,
        PermitApplicant::Authority => proto::PermitApplicant::Authority,
    };
    let stands_on = match version.stands_on {
        PermitBasis::Contract => proto::PermitBasis::Contract,
        PermitBasis::Relative => proto::PermitBasis::Relative,
        PermitBasis::Enrolment => proto::PermitBasis::Enrolment,
        PermitBasis::Referral => proto::PermitBasis::Referral,
        PermitBasis::HostConsent => proto::PermitBasis::HostConsent,
        PermitBasis::Own => proto::PermitBasis::Own,
    };
    let bound = |bound: &PermitBound| match bound {
        PermitBound::Contract => proto::PermitBound::Contract,
        PermitBound::Passport => proto::PermitBound::Passport,
        PermitBound::RelativePermit => proto::PermitBound::RelativePermit,
        PermitBound::Enrolment => proto::PermitBound::Enrolment,
        PermitBound::Referral => proto::PermitBound::Referral,
    };
    let papers = version.documents.iter();
    proto::PermitType {
        kind: write_kind(version.kind).into(),
        name_kk: version.name_kk.clone(),
        name_ru: version.name_ru.clone(),
        name_en: version.name_en.clone(),
        effective_from_date: version.effective_from.map(date),
        effective_until_date: version.effective_until.map(date),
        legal_basis: version.legal_basis.clone(),
        source_url: version.source_url.clone(),
        confidence: version.confidence.clone(),
        information_only: version.information_only_because.is_some(),
        information_only_because: version.information_only_because.clone().unwrap_or_default(),
        eaeu_exempt: version.eaeu_exempt,
        applicant: applicant.into(),
        stands_on: stands_on.into(),
        max_months: version.max_months.unwrap_or(0),
        bounded_by: version.bounded_by.iter().map(|one| bound(one).into()).collect(),
        renewable: version.renewable,
        review_working_days: version.review_working_days.unwrap_or(0),
        passport_min_days: version.passport_min_days.unwrap_or(0),
        children_exempt_under_years: version.children_exempt_under_years.unwrap_or(0),
        application_due_days: version.application_due_days.unwrap_or(0),
        documents: papers.map(|paper| proto::PermitPaper { code: paper.code.clone(), valid_days: paper.valid_days.unwrap_or(0) }).collect(),
        refusal_grounds: version.refusal_grounds.clone(),
        revocation_grounds: version.revocation_grounds.clone(),
        officer_checks: version.officer_checks.clone(),
        criteria: version.criteria.iter().map(|criterion| write_criterion(*criterion).into()).collect(),
        open_points: version.open.clone(),
    }
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator as _;

    use super::*;

    #[test]
    fn every_code_has_the_same_name_in_the_catalogue_and_on_the_wire() {
        for kind in PermitKind::iter() {
            assert_eq!(write_kind(kind).as_str_name(), format!("PERMIT_KIND_{kind}"));
            assert_eq!(read_kind(write_kind(kind)), Some(kind));
        }
        for criterion in Criterion::iter() {
            assert_eq!(write_criterion(criterion).as_str_name(), format!("CRITERION_{criterion}"));
            assert_eq!(read_criterion(write_criterion(criterion)), Some(criterion));
        }
        assert_eq!(i32::from(write_kind(PermitKind::TemporaryResidenceWork)), 1, "what clients have compiled");
    }
}
