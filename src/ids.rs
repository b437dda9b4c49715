//! Typed ids: a permit's id cannot be passed where a relocant's is meant. All are UUID version 7, so they sort by the time they were made.

use std::{fmt, str::FromStr};

use sea_orm::{DbErr, DeriveValueType, TryFromU64};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// The id that follows from what it is of: the same whenever and wherever it is asked for. UUID version 8.
pub fn derived(of: &[u8]) -> Uuid {
    let mut id = [0; 16];
    for (to, from) in id.iter_mut().zip(Sha256::digest(of)) {
        *to = from;
    }
    uuid::Builder::from_custom_bytes(id).into_uuid()
}

macro_rules! typed_id {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, DeriveValueType, serde::Serialize, serde::Deserialize)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new id, later than every one made before on this machine.
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::new()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                Uuid::try_parse(text).map(Self)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        // SeaORM asks this of every primary key, for databases that number rows themselves. Ours never do.
        impl TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, DbErr> {
                Err(DbErr::ConvertFromU64(stringify!($name)))
            }
        }
    )*};
}

typed_id! {
    /// A person in the registry.
    RelocantId,
    /// An identity document that a person has shown.
    DocumentId,
    /// An entry or exit in the ledger of crossings.
    CrossingId,
    /// A permit, from its application on.
    PermitId,
    /// Something that a permit is at risk by.
    PermitRiskId,
    /// An employer or other host organisation.
    EmployerId,
    /// A vacancy, with the homes that come with it.
    VacancyId,
    /// Homes of one kind that are offered without a vacancy.
    HomeOfferId,
    /// A match between a person and a vacancy.
    MatchId,
    /// A matching round that was published.
    RoundId,
    /// What a round planned for one person.
    PlacementId,
    /// A hold on one opening or one home.
    ReservationId,
    /// A person's consent for one employer and one purpose.
    ConsentId,
    /// A contract between a person and an employer.
    ContractId,
    /// That fields of a person were shown to an employer.
    DisclosureId,
    /// Something due.
    DueId,
    /// A pair of records that may be one person.
    DuplicateId,
    /// One record merged into another.
    MergeId,
    /// A counter of a registration centre.
    CounterId,
    /// Places in a slot.
    BookingId,
    /// A place in a queue.
    TicketId,
    /// A correction that takes two clerks.
    CorrectionId,
    /// A certificate of registration.
    CertificateId,
    /// A household.
    HouseholdId,
    /// A person's days in a household in one role.
    HouseholdMemberId,
    /// One entry of the journal.
    EntryId,
}
