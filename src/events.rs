//! Everything that can happen in the registry, each with its stable name. Events hold ids and codes, never a personal value: they leave the house.

use crate::ids::{
    BookingId, ConsentId, ContractId, CorrectionId, CounterId, CrossingId, DueId, EmployerId, HomeOfferId, HouseholdId, MatchId, PermitId,
    RelocantId, RoundId, TicketId, VacancyId,
};

/// The ids that an event can carry, as on the wire. Empty fields are left out of the journal.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct EventIds {
    /// The person it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relocant: Option<RelocantId>,
    /// The other record of a pair: of likely duplicates, or the one that was merged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other: Option<RelocantId>,
    /// The crossing it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crossing: Option<CrossingId>,
    /// The permit it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permit: Option<PermitId>,
    /// The employer it is about, or who has a part in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub employer: Option<EmployerId>,
    /// The vacancy it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vacancy: Option<VacancyId>,
    /// The match it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r#match: Option<MatchId>,
    /// The consent it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consent: Option<ConsentId>,
    /// The contract it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contract: Option<ContractId>,
    /// What is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<DueId>,
    /// The correction it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correction: Option<CorrectionId>,
    /// The registration centre it happened in, where no person is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub center: Option<String>,
    /// The counter it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counter: Option<CounterId>,
    /// The booking it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub booking: Option<BookingId>,
    /// The ticket it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket: Option<TicketId>,
    /// The household it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub household: Option<HouseholdId>,
    /// The matching round it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub round: Option<RoundId>,
    /// The offer of homes it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub home_offer: Option<HomeOfferId>,
}

macro_rules! events {
    ($($(#[$doc:meta])* $variant:ident = $name:literal { $($field:ident: $type:ty),* },)*) => {
        /// Something that happened.
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[expect(missing_docs, reason = "the fields are the ids that `EventIds` describes")]
        pub enum Event {
            $($(#[$doc])* $variant { $($field: $type),* },)*
        }

        impl Event {
            /// Every name that an event can have.
            pub const NAMES: &'static [&'static str] = &[$($name),*];

            /// The event's stable name, for example `permit.approved`.
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$variant { .. } => $name,)*
                }
            }

            /// The ids that the event carries.
            pub fn ids(&self) -> EventIds {
                match self.clone() {
                    $(Self::$variant { $($field),* } => EventIds { $($field: $field.into(),)* ..EventIds::default() },)*
                }
            }
        }
    };
}

events! {
    /// A person was registered.
    RelocantRegistered = "relocant.registered" { relocant: RelocantId },
    /// A person's record was amended.
    RelocantAmended = "relocant.amended" { relocant: RelocantId },
    /// A person who looks for work has said so again.
    LookingConfirmed = "relocant.looking_confirmed" { relocant: RelocantId },
    /// A person's search for work was ended, because nobody had said for long that it goes on.
    LookingLapsed = "relocant.looking_lapsed" { relocant: RelocantId },
    /// A person has shown a further document.
    DocumentAdded = "relocant.document_added" { relocant: RelocantId },
    /// A person's document is no longer used.
    DocumentWithdrawn = "relocant.document_withdrawn" { relocant: RelocantId },
    /// Two records are likely one person's.
    DuplicateFound = "duplicate.found" { relocant: RelocantId, other: RelocantId },
    /// A clerk has said whether two records are one person's.
    DuplicateDecided = "duplicate.decided" { relocant: RelocantId, other: RelocantId },
    /// A record was merged into another, which now stands for the person.
    RelocantsMerged = "relocant.merged" { relocant: RelocantId, other: RelocantId },
    /// A merge was undone.
    MergeUndone = "relocant.merge_undone" { relocant: RelocantId, other: RelocantId },
    /// A certificate of registration was issued.
    CertificateIssued = "certificate.issued" { relocant: RelocantId },
    /// A certificate of registration was revoked.
    CertificateRevoked = "certificate.revoked" { relocant: RelocantId },
    /// A person was reported to have left for good.
    RelocantDeparted = "relocant.departed" { relocant: RelocantId },
    /// A household was formed; the person is its head.
    HouseholdFormed = "household.formed" { household: HouseholdId, relocant: RelocantId },
    /// A person became a member of a household.
    MemberAdded = "household.member_added" { household: HouseholdId, relocant: RelocantId },
    /// A person's membership of a household ended.
    MemberRemoved = "household.member_removed" { household: HouseholdId, relocant: RelocantId },
    /// Some members of a household made one of their own.
    HouseholdSplit = "household.split" { household: HouseholdId },
    /// A household took another one's members in.
    HouseholdJoined = "household.joined" { household: HouseholdId },
    /// What a household's family states, or a role in it, was amended.
    HouseholdAmended = "household.amended" { household: HouseholdId },
    /// An entry was recorded.
    EntryRecorded = "stay.entry_recorded" { crossing: CrossingId, relocant: RelocantId },
    /// An exit was recorded.
    ExitRecorded = "stay.exit_recorded" { crossing: CrossingId, relocant: RelocantId },
    /// A crossing was corrected by a later one.
    CrossingCorrected = "stay.crossing_corrected" { crossing: CrossingId, relocant: RelocantId },
    /// A host has notified an arrival.
    ArrivalNotified = "stay.arrival_notified" { crossing: CrossingId, relocant: RelocantId },
    /// An application was drafted.
    PermitDrafted = "permit.drafted" { permit: PermitId, relocant: RelocantId },
    /// An application was submitted.
    PermitSubmitted = "permit.submitted" { permit: PermitId, relocant: RelocantId },
    /// An application was accepted as complete.
    PermitAccepted = "permit.accepted" { permit: PermitId, relocant: RelocantId },
    /// An application was returned as incomplete.
    PermitReturned = "permit.returned" { permit: PermitId, relocant: RelocantId },
    /// The review of an application began.
    PermitReviewStarted = "permit.review_started" { permit: PermitId, relocant: RelocantId },
    /// An application was approved.
    PermitApproved = "permit.approved" { permit: PermitId, relocant: RelocantId },
    /// An application was refused.
    PermitRefused = "permit.refused" { permit: PermitId, relocant: RelocantId },
    /// An application was withdrawn.
    PermitWithdrawn = "permit.withdrawn" { permit: PermitId, relocant: RelocantId },
    /// A refusal was appealed.
    PermitAppealed = "permit.appealed" { permit: PermitId, relocant: RelocantId },
    /// A permit was issued.
    PermitIssued = "permit.issued" { permit: PermitId, relocant: RelocantId },
    /// A permit was renewed by a new one.
    PermitRenewed = "permit.renewed" { permit: PermitId, relocant: RelocantId },
    /// A permit's last day was moved forward.
    PermitShortened = "permit.shortened" { permit: PermitId, relocant: RelocantId },
    /// A permit was cancelled by its host.
    PermitCancelled = "permit.cancelled" { permit: PermitId, relocant: RelocantId },
    /// A permit was revoked.
    PermitRevoked = "permit.revoked" { permit: PermitId, relocant: RelocantId },
    /// A permit's host ended the contract it stands on.
    PermitHostChanged = "permit.host_changed" { permit: PermitId, relocant: RelocantId },
    /// A permit was replaced by a newer one.
    PermitSuperseded = "permit.superseded" { permit: PermitId, relocant: RelocantId },
    /// The enrolment that a permit stands on ended.
    PermitEnrolmentEnded = "permit.enrolment_ended" { permit: PermitId, relocant: RelocantId },
    /// What a permit stands on has ended, or will.
    PermitAtRisk = "permit.at_risk" { permit: PermitId, relocant: RelocantId },
    /// A returned application was not handed in again in time.
    PermitLapsed = "permit.lapsed" { permit: PermitId, relocant: RelocantId },
    /// An officer claimed an application.
    PermitClaimed = "permit.claimed" { permit: PermitId, relocant: RelocantId },
    /// An officer gave a claim on an application back.
    PermitClaimReleased = "permit.claim_released" { permit: PermitId, relocant: RelocantId },
    /// An employer was registered.
    EmployerRegistered = "employer.registered" { employer: EmployerId },
    /// An employer was verified.
    EmployerVerified = "employer.verified" { employer: EmployerId },
    /// An employer was suspended.
    EmployerSuspended = "employer.suspended" { employer: EmployerId },
    /// An employer was removed.
    EmployerRemoved = "employer.removed" { employer: EmployerId },
    /// The BIN of an employer that had none was recorded.
    EmployerBinRecorded = "employer.bin_recorded" { employer: EmployerId },
    /// A vacancy was opened.
    VacancyOpened = "vacancy.opened" { vacancy: VacancyId, employer: EmployerId },
    /// A vacancy was amended.
    VacancyAmended = "vacancy.amended" { vacancy: VacancyId, employer: EmployerId },
    /// A vacancy was closed.
    VacancyClosed = "vacancy.closed" { vacancy: VacancyId, employer: EmployerId },
    /// The homes of one kind that come with a vacancy were found good, or were refused.
    HomeChecked = "home.checked" { vacancy: VacancyId, employer: EmployerId },
    /// Homes were offered in a town without a vacancy.
    HomeOfferOpened = "home_offer.opened" { home_offer: HomeOfferId, employer: Option<EmployerId> },
    /// What is said of offered homes was amended.
    HomeOfferAmended = "home_offer.amended" { home_offer: HomeOfferId, employer: Option<EmployerId> },
    /// Offered homes were found good, or were refused.
    HomeOfferChecked = "home_offer.checked" { home_offer: HomeOfferId, employer: Option<EmployerId> },
    /// An offer of homes was closed.
    HomeOfferClosed = "home_offer.closed" { home_offer: HomeOfferId, employer: Option<EmployerId> },
    /// A match was proposed, and its opening and home were reserved.
    MatchProposed = "match.proposed" { r#match: MatchId, vacancy: VacancyId, employer: EmployerId, relocant: RelocantId },
    /// One side of a match said yes.
    MatchAnswered = "match.answered" { r#match: MatchId, vacancy: VacancyId, employer: EmployerId, relocant: RelocantId },
    /// One side of a match that stands or falls with others said yes. It names no employer, so that none learns that there are others.
    MatchFamilyAnswered = "match.family_answered" { r#match: MatchId, vacancy: VacancyId, relocant: RelocantId },
    /// Both sides of a match said yes.
    MatchAccepted = "match.accepted" { r#match: MatchId, vacancy: VacancyId, employer: EmployerId, relocant: RelocantId },
    /// The employer of a match said no.
    MatchDeclined = "match.declined" { r#match: MatchId, vacancy: VacancyId, employer: EmployerId, relocant: RelocantId },
    /// The person of a match said no. It names no employer: to the employer the match was withdrawn.
    MatchRefused = "match.refused" { r#match: MatchId, vacancy: VacancyId, relocant: RelocantId },
    /// A match was withdrawn.
    MatchWithdrawn = "match.withdrawn" { r#match: MatchId, vacancy: VacancyId, employer: EmployerId, relocant: RelocantId },
    /// A match lapsed before both sides had said yes, or before the person arrived.
    MatchLapsed = "match.lapsed" { r#match: MatchId, vacancy: VacancyId, employer: EmployerId, relocant: RelocantId },
    /// The person arrived; the opening and the home are taken.
    MatchArrived = "match.arrived" { r#match: MatchId, vacancy: VacancyId, employer: EmployerId, relocant: RelocantId },
    /// A match that had arrived came to its end.
    MatchEnded = "match.ended" { r#match: MatchId, vacancy: VacancyId, employer: EmployerId, relocant: RelocantId },
    /// A matching round was published; its matches are proposed one family after the other.
    RoundRun = "round.run" { round: RoundId },
    /// A consent was given.
    ConsentGiven = "consent.given" { consent: ConsentId, relocant: RelocantId, employer: EmployerId },
    /// A consent was withdrawn.
    ConsentWithdrawn = "consent.withdrawn" { consent: ConsentId, relocant: RelocantId, employer: EmployerId },
    /// A contract between a person and an employer was recorded.
    ContractRecorded = "contract.recorded" { contract: ContractId, relocant: RelocantId, employer: EmployerId },
    /// A contract was amended.
    ContractAmended = "contract.amended" { contract: ContractId, relocant: RelocantId, employer: EmployerId },
    /// A contract has ended, or has run out.
    ContractEnded = "contract.ended" { contract: ContractId, relocant: RelocantId, employer: EmployerId },
    /// The lead time of something due was reached.
    DueReached = "due.reached" { due: DueId, relocant: RelocantId },
    /// A clerk has proposed to correct a record.
    CorrectionProposed = "correction.proposed" { correction: CorrectionId, relocant: RelocantId },
    /// Another clerk has approved a correction, and the record was corrected.
    CorrectionApproved = "correction.approved" { correction: CorrectionId, relocant: RelocantId },
    /// A correction was turned down.
    CorrectionRejected = "correction.rejected" { correction: CorrectionId, relocant: RelocantId },
    /// A correction was taken back.
    CorrectionWithdrawn = "correction.withdrawn" { correction: CorrectionId, relocant: RelocantId },
    /// A registration centre was opened.
    CenterOpened = "center.opened" { center: String },
    /// A registration centre has another plan.
    CenterAmended = "center.amended" { center: String },
    /// A counter was opened.
    CounterOpened = "counter.opened" { counter: CounterId, center: String },
    /// A counter was closed.
    CounterClosed = "counter.closed" { counter: CounterId, center: String },
    /// Places in a slot were booked.
    SlotBooked = "slot.booked" { booking: BookingId, center: String },
    /// A booking was moved to another slot.
    SlotRescheduled = "slot.rescheduled" { booking: BookingId, center: String },
    /// A booking's places were given back.
    SlotCancelled = "slot.cancelled" { booking: BookingId, center: String },
    /// A ticket was taken.
    TicketTaken = "ticket.taken" { ticket: TicketId, center: String },
    /// A ticket was called to a counter.
    TicketCalled = "ticket.called" { ticket: TicketId, counter: CounterId, center: String },
    /// A called ticket was put aside.
    TicketHeld = "ticket.held" { ticket: TicketId, center: String },
    /// A called ticket was served.
    TicketServed = "ticket.served" { ticket: TicketId, center: String },
    /// Nobody came with a called ticket.
    TicketMissed = "ticket.no_show" { ticket: TicketId, center: String },
    /// A ticket that was aside waits again.
    TicketRequeued = "ticket.requeued" { ticket: TicketId, center: String },
    /// Fields of a person were disclosed to an employer.
    CandidateDisclosed = "candidate.disclosed" { r#match: MatchId, relocant: RelocantId, employer: EmployerId },
}
