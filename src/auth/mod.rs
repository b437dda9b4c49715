//! Who may do what: callers, roles, permissions and reach, as values. Reading tokens is `jwt.rs`, putting the caller into a request is `layer.rs`,
//! and the only place that asks [`Caller::require`] is the gate.

pub mod jwt;
pub mod layer;

use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use crate::{
    classifiers::Region,
    error::{Error, Result},
    ids::{EmployerId, RelocantId},
};

/// What may be done: one permission per RPC, with the RPC's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Display, EnumIter, EnumString, IntoStaticStr)]
#[expect(missing_docs, reason = "each is the RPC of its name, described in the proto")]
pub enum Permission {
    RegisterRelocant,
    BatchRegisterRelocants,
    ImportRelocants,
    GetRelocant,
    FindRelocant,
    ListRelocants,
    AmendRelocant,
    AddDocument,
    WithdrawDocument,
    ParseMrz,
    ReportDeparture,
    RecordEntry,
    RecordExit,
    CorrectCrossing,
    NotifyArrival,
    ListArrivalNotices,
    ListCrossings,
    GetStayStatus,
    PlanStay,
    EvaluateStay,
    ListStayPolicies,
    ApplyForPermit,
    SubmitApplication,
    AcceptApplication,
    ReturnApplication,
    StartReview,
    ApproveApplication,
    RefuseApplication,
    WithdrawApplication,
    AppealRefusal,
    DecideAppeal,
    IssuePermit,
    RenewPermit,
    ShortenPermit,
    CancelPermit,
    RevokePermit,
    ReportHostChange,
    ReportEnrolmentEnd,
    ListPermitRisks,
    ClaimApplication,
    ClaimApplications,
    ReleaseClaim,
    GetPermit,
    ListPermits,
    ListPermitTypes,
    CheckEligibility,
    RegisterEmployer,
    VerifyEmployer,
    SuspendEmployer,
    GetEmployer,
    ListEmployers,
    OpenVacancy,
    AmendVacancy,
    CloseVacancy,
    ImportVacancy,
    CheckHome,
    GetVacancy,
    ListVacancies,
    ListOccupations,
    RankCandidates,
    PlanMatchingRound,
    ProposeMatch,
    AcceptMatch,
    DeclineMatch,
    WithdrawMatch,
    ConfirmArrival,
    EndMatch,
    GetMatch,
    ListMatches,
    GiveConsent,
    WithdrawConsent,
    ListConsents,
    DiscloseCandidate,
    ListDues,
    ListDuplicates,
    DecideDuplicate,
    MergeRelocants,
    UndoMerge,
    ListMerges,
    IssueCertificate,
    RevokeCertificate,
    ListCertificates,
    GetRevocations,
    FormHousehold,
    AddMember,
    RemoveMember,
    SplitHousehold,
    JoinHouseholds,
    AmendHousehold,
    GetHousehold,
    ListHouseholds,
    ReportHouseholdDeparture,
    ProposeCorrection,
    ApproveCorrection,
    RejectCorrection,
    WithdrawCorrection,
    ClaimCorrection,
    ReleaseCorrection,
    GetCorrection,
    ListCorrections,
    OpenCenter,
    AmendCenter,
    GetCenter,
    ListCenters,
    OpenCounter,
    CloseCounter,
    ListCounters,
    ListSlots,
    BookSlot,
    RescheduleBooking,
    CancelBooking,
    GetBooking,
    TakeTicket,
    CallNext,
    HoldTicket,
    ServeTicket,
    MarkNoShow,
    RequeueTicket,
    GetTicket,
    WatchQueue,
    WatchEvents,
    ListEvents,
    ListEntries,
}

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
                P::ListOccupations,
                P::AcceptMatch,
                P::DeclineMatch,
                P::ConfirmArrival,
                P::GetMatch,
                P::ListMatches,
                P::GiveConsent,
                P::WithdrawConsent,
                P::ListConsents,
                P::ListDues,
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
                P::ListOccupations,
                P::AcceptMatch,
                P::DeclineMatch,
                P::WithdrawMatch,
                P::ConfirmArrival,
                P::EndMatch,
                P::GetMatch,
                P::ListMatches,
                P::DiscloseCandidate,
                P::EvaluateStay,
                P::ListStayPolicies,
                P::ListPermitTypes,
                P::GetRevocations,
            ],
            Self::Matcher => &[
                P::RegisterEmployer,
                P::VerifyEmployer,
                P::SuspendEmployer,
                P::GetEmployer,
                P::ListEmployers,
                P::OpenVacancy,
                P::AmendVacancy,
                P::CloseVacancy,
                P::ImportVacancy,
                P::CheckHome,
                P::GetVacancy,
                P::ListVacancies,
                P::ListOccupations,
                P::RankCandidates,
                P::PlanMatchingRound,
                P::ProposeMatch,
                P::WithdrawMatch,
                P::EndMatch,
                P::GetMatch,
                P::ListMatches,
            ],
            Self::Auditor => &[P::ListEntries, P::ListEvents, P::WatchEvents],
            Self::Ops => &[
                P::EvaluateStay,
                P::ListStayPolicies,
                P::ListPermitTypes,
                P::GetRevocations,
                P::OpenCenter,
                P::AmendCenter,
                P::GetCenter,
                P::ListCenters,
            ],
            Self::Integration => {
                &[P::ListEvents, P::WatchEvents, P::GetVacancy, P::ListVacancies, P::ListOccupations, P::GetMatch, P::ListMatches]
            }
            Self::Person => &[
                P::GetRelocant,
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
                P::ListOccupations,
                P::AcceptMatch,
                P::DeclineMatch,
                P::GetMatch,
                P::ListMatches,
                P::GiveConsent,
                P::WithdrawConsent,
                P::ListConsents,
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

/// Which records a caller can reach at all. What lies outside answers as if it were not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// Every record; for roles of national scope.
    Everywhere,
    /// Records of one registration centre.
    Center(String),
    /// Records of one region.
    Region(Region),
    /// Records of one employer.
    Organisation(EmployerId),
    /// The person's own records.
    Own(RelocantId),
    /// No record.
    Nothing,
}

/// Who is calling: read from a verified token, never from the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The token's subject: a staff number or a client's name. An opaque id, never a person's name.
    pub subject: String,
    /// What the caller is.
    pub role: Role,
    /// Which records the caller can reach.
    pub reach: Reach,
}

impl Caller {
    /// Refuses unless the caller's role has the permission.
    pub fn require(&self, needs: Permission) -> Result<()> {
        if self.role.permissions().contains(&needs) { Ok(()) } else { Err(Error::Denied { role: self.role.name(), needs: needs.into() }) }
    }

    /// The registration centre a clerk stands in, when the caller is one.
    pub fn center(&self) -> Option<&str> {
        match &self.reach {
            Reach::Center(center) => Some(center),
            Reach::Everywhere | Reach::Region(_) | Reach::Organisation(_) | Reach::Own(_) | Reach::Nothing => None,
        }
    }

    /// The employer the caller speaks for, when there is one.
    pub fn organisation(&self) -> Option<EmployerId> {
        match &self.reach {
            Reach::Organisation(id) => Some(*id),
            Reach::Everywhere | Reach::Region(_) | Reach::Center(_) | Reach::Own(_) | Reach::Nothing => None,
        }
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
    fn employers_cannot_look_for_people() {
        for permission in [Permission::GetRelocant, Permission::FindRelocant, Permission::ListRelocants, Permission::RankCandidates] {
            assert!(!roles_with(permission).contains(&Role::Employer), "{permission}");
        }
    }
}
