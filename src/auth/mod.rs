//! Who may do what: callers, roles, permissions and reach, as values. Reading tokens is `jwt.rs`, putting the caller into a request is `layer.rs`,
//! and the only place that asks [`Caller::require`] is the gate.

mod caller;
pub mod jwt;
pub mod layer;
mod permission;

use strum::{Display, EnumIter, EnumString, IntoStaticStr};

pub use self::{
    caller::{Caller, Reach},
    permission::Permission,
};

/// What a caller is. A token names exactly one role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Display, EnumIter, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Role {
    /// A clerk at the counter of one registration centre.
    Registrar,
    /// Decides permits in one region.
    PermitOfficer,
    /// A person of one employer's own staff.
    Employer,
    /// Proposes matches in one region on coded attributes, without identity.
    Matcher,
    /// Reads the journal, never data.
    Auditor,
    /// Runs the service; sees no record.
    Ops,
    /// A program of one employer or of a partner authority that follows the change feed.
    Integration,
    /// The registered person.
    Person,
    /// A ticket machine, a wall display or a public page: sees queues, and never a person.
    Kiosk,
}

impl Role {
    /// The whole policy: what each role may. Nothing else is allowed to anybody.
    #[expect(clippy::too_many_lines, reason = "one table, read as a whole")]
    pub fn permissions(self) -> &'static [Permission] {
        use Permission as P;
        match self {
            Self::Registrar => &[
                P::RegisterRelocant,
                P::BatchRegisterRelocants,
                P::ImportRelocants,
                P::GetRelocant,
                P::FindRelocant,
                P::ListRelocants,
                P::AmendRelocant,
                P::ConfirmLooking,
                P::AddDocument,
                P::WithdrawDocument,
                P::ParseMrz,
                P::ReportDeparture,
                P::RecordEntry,
                P::RecordExit,
                P::CorrectCrossing,
                P::NotifyArrival,
                P::ListArrivalNotices,
                P::ListCrossings,
                P::GetStayStatus,
                P::PlanStay,
                P::EvaluateStay,
                P::ListStayPolicies,
                P::ListPermitTypes,
                P::ApplyForPermit,
                P::SubmitApplication,
                P::WithdrawApplication,
                P::ListPermitRisks,
                P::GetPermit,
                P::ListPermits,
                P::CheckEligibility,
                P::GetEmployer,
                P::GetVacancy,
                P::ListVacancies,
                P::GetHomeOffer,
                P::ListHomeOffers,
                P::ListOccupations,
                P::AcceptMatch,
                P::DeclineMatch,
                P::ConfirmArrival,
                P::GetMatch,
                P::ListMatches,
                P::GiveConsent,
                P::WithdrawConsent,
                P::ListConsents,
                P::RecordContract,
                P::AmendContract,
                P::EndContract,
                P::GetContract,
                P::ListContracts,
                P::ListConsentWordings,
                P::ListDisclosures,
                P::ListDues,
                P::GetFigures,
                P::ListDuplicates,
                P::DecideDuplicate,
                P::MergeRelocants,
                P::UndoMerge,
                P::ListMerges,
                P::IssueCertificate,
                P::RevokeCertificate,
                P::ListCertificates,
                P::GetRevocations,
                P::FormHousehold,
                P::AddMember,
                P::RemoveMember,
                P::SplitHousehold,
                P::JoinHouseholds,
                P::AmendHousehold,
                P::GetHousehold,
                P::ListHouseholds,
                P::ReportHouseholdDeparture,
                P::ProposeCorrection,
                P::ApproveCorrection,
                P::RejectCorrection,
                P::WithdrawCorrection,
                P::ClaimCorrection,
                P::ReleaseCorrection,
                P::GetCorrection,
                P::ListCorrections,
                P::AmendCenter,
                P::GetCenter,
                P::ListCenters,
                P::OpenCounter,
                P::CloseCounter,
                P::ListCounters,
                P::ListSlots,
                P::BookSlot,
                P::RescheduleBooking,
                P::CancelBooking,
                P::GetBooking,
                P::TakeTicket,
                P::CallNext,
                P::HoldTicket,
                P::ServeTicket,
                P::MarkNoShow,
                P::RequeueTicket,
                P::GetTicket,
                P::WatchQueue,
            ],
            Self::PermitOfficer => &[
                P::GetRelocant,
                P::FindRelocant,
                P::ParseMrz,
                P::RecordEntry,
                P::RecordExit,
                P::CorrectCrossing,
                P::NotifyArrival,
                P::ListArrivalNotices,
                P::ListCrossings,
                P::GetStayStatus,
                P::PlanStay,
                P::EvaluateStay,
                P::ListStayPolicies,
                P::ListPermitTypes,
                P::ApplyForPermit,
                P::SubmitApplication,
                P::AcceptApplication,
                P::ReturnApplication,
                P::StartReview,
                P::ApproveApplication,
                P::RefuseApplication,
                P::WithdrawApplication,
                P::AppealRefusal,
                P::DecideAppeal,
                P::IssuePermit,
                P::RenewPermit,
                P::ShortenPermit,
                P::CancelPermit,
                P::RevokePermit,
                P::ReportHostChange,
                P::ReportEnrolmentEnd,
                P::ListPermitRisks,
                P::ClaimApplication,
                P::ClaimApplications,
                P::ReleaseClaim,
                P::GetPermit,
                P::ListPermits,
                P::CheckEligibility,
                P::GetEmployer,
                P::ListEmployers,
                P::ListDues,
                P::GetFigures,
                P::ListCertificates,
                P::GetRevocations,
                P::GetHousehold,
                P::ListHouseholds,
            ],
            Self::Employer => &[
                P::GetEmployer,
                P::OpenVacancy,
                P::AmendVacancy,
                P::CloseVacancy,
                P::ImportVacancy,
                P::GetVacancy,
                P::ListVacancies,
                P::OpenHomeOffer,
                P::AmendHomeOffer,
                P::CloseHomeOffer,
                P::GetHomeOffer,
                P::ListHomeOffers,
                P::ListOccupations,
                P::AcceptMatch,
                P::DeclineMatch,
                P::WithdrawMatch,
                P::ConfirmArrival,
                P::EndMatch,
                P::GetMatch,
                P::ListMatches,
                P::DiscloseCandidate,
                P::RecordContract,
                P::AmendContract,
                P::EndContract,
                P::GetContract,
                P::ListContracts,
                P::EvaluateStay,
                P::ListStayPolicies,
                P::ListPermitTypes,
                P::GetRevocations,
                P::GetFigures,
            ],
            Self::Matcher => &[
                P::RegisterEmployer,
                P::VerifyEmployer,
                P::SuspendEmployer,
                P::RemoveEmployer,
                P::RecordBin,
                P::GetEmployer,
                P::ListEmployers,
                P::OpenVacancy,
                P::AmendVacancy,
                P::CloseVacancy,
                P::ImportVacancy,
                P::CheckHome,
                P::GetVacancy,
                P::ListVacancies,
                P::OpenHomeOffer,
                P::AmendHomeOffer,
                P::CheckHomeOffer,
                P::CloseHomeOffer,
                P::GetHomeOffer,
                P::ListHomeOffers,
                P::ListOccupations,
                P::RankCandidates,
                P::PlanMatchingRound,
                P::RunMatchingRound,
                P::GetMatchingRound,
                P::ListMatchingRounds,
                P::ProposeMatch,
                P::ProposeFamily,
                P::WithdrawMatch,
                P::EndMatch,
                P::GetMatch,
                P::ListMatches,
                P::RecordContract,
                P::AmendContract,
                P::EndContract,
                P::GetContract,
                P::ListContracts,
                P::GetFigures,
            ],
            Self::Auditor => &[P::ListEntries, P::ListEvents, P::WatchEvents, P::GetFigures],
            Self::Ops => &[
                P::EvaluateStay,
                P::ListStayPolicies,
                P::ListPermitTypes,
                P::GetRevocations,
                P::OpenCenter,
                P::AmendCenter,
                P::GetCenter,
                P::ListCenters,
                P::GetFigures,
            ],
            Self::Integration => &[
                P::ListEvents,
                P::WatchEvents,
                P::GetVacancy,
                P::ListVacancies,
                P::GetHomeOffer,
                P::ListHomeOffers,
                P::ListOccupations,
                P::GetMatch,
                P::ListMatches,
                P::GetFigures,
            ],
            Self::Person => &[
                P::GetRelocant,
                P::ConfirmLooking,
                P::ListArrivalNotices,
                P::ListCrossings,
                P::GetStayStatus,
                P::PlanStay,
                P::EvaluateStay,
                P::ListStayPolicies,
                P::ListPermitTypes,
                P::WithdrawApplication,
                P::AppealRefusal,
                P::ListPermitRisks,
                P::GetPermit,
                P::ListPermits,
                P::CheckEligibility,
                P::GetVacancy,
                P::ListVacancies,
                P::GetHomeOffer,
                P::ListHomeOffers,
                P::ListOccupations,
                P::AcceptMatch,
                P::DeclineMatch,
                P::GetMatch,
                P::ListMatches,
                P::GiveConsent,
                P::WithdrawConsent,
                P::ListConsents,
                P::GetContract,
                P::ListContracts,
                P::ListConsentWordings,
                P::ListDisclosures,
                P::ListDues,
                P::ListCertificates,
                P::GetRevocations,
                P::GetCenter,
                P::ListCenters,
                P::ListSlots,
                P::BookSlot,
                P::RescheduleBooking,
                P::CancelBooking,
                P::GetBooking,
                P::GetTicket,
                P::GetHousehold,
                P::ListHouseholds,
            ],
            Self::Kiosk => &[
                P::GetCenter,
                P::ListCenters,
                P::ListSlots,
                P::BookSlot,
                P::RescheduleBooking,
                P::CancelBooking,
                P::GetBooking,
                P::TakeTicket,
                P::GetTicket,
                P::WatchQueue,
            ],
        }
    }

    /// The role's stable name, as in tokens and the journal.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator as _;

    use super::*;

    fn roles_with(permission: Permission) -> Vec<Role> {
        Role::iter().filter(|role| role.permissions().contains(&permission)).collect()
    }

    #[test]
    fn no_permission_is_out_of_everybodys_hands() {
        for permission in Permission::iter() {
            assert!(!roles_with(permission).is_empty(), "{permission} is granted to nobody");
        }
    }

    #[test]
    fn nobody_outside_the_counter_registers_people() {
        assert_eq!(roles_with(Permission::RegisterRelocant), [Role::Registrar]);
    }

    #[test]
    fn the_journal_is_read_by_the_auditor_alone() {
        assert_eq!(roles_with(Permission::ListEntries), [Role::Auditor]);
    }

    #[test]
    fn nobody_but_the_counter_calls_a_ticket_and_a_kiosk_sees_no_person() {
        assert_eq!(roles_with(Permission::CallNext), [Role::Registrar]);
        let public = ["Center", "Slot", "Booking", "Ticket", "Queue"];
        for permission in Role::Kiosk.permissions() {
            assert!(public.iter().any(|word| permission.to_string().contains(word)), "{permission}");
        }
    }

    #[test]
    fn an_employer_is_removed_and_gets_its_bin_by_a_matcher_alone() {
        for permission in [Permission::RemoveEmployer, Permission::RecordBin] {
            assert_eq!(roles_with(permission), [Role::Matcher]);
        }
    }

    #[test]
    fn employers_cannot_look_for_people() {
        for permission in [Permission::GetRelocant, Permission::FindRelocant, Permission::ListRelocants, Permission::RankCandidates] {
            assert!(!roles_with(permission).contains(&Role::Employer), "{permission}");
        }
    }
}
