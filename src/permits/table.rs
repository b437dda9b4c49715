//! The tables of permits.

/// A permit as it stands.
pub mod permit {
    use sea_orm::entity::prelude::*;

    use crate::ids::{EmployerId, PermitId, RelocantId};

    /// A row.
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "permit")]
    pub struct Model {
        /// The permit's id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: PermitId,
        /// The person.
        pub relocant_id: RelocantId,
        /// The kind.
        pub kind: String,
        /// Where it stands.
        pub state: String,
        /// The host.
        pub employer_id: EmployerId,
        /// ISO 3166-2:KZ.
        pub region: String,
        /// The day of application.
        pub applied_on: Date,
        /// The last day of the contract.
        pub contract_until: Date,
        /// The last day of the passport.
        pub passport_valid_until: Date,
        /// The first day of validity.
        pub valid_from: Option<Date>,
        /// The last day of validity.
        pub valid_until: Option<Date>,
        /// The day on which it ended before its last day.
        pub ended_on: Option<Date>,
        /// The permit that this one renews.
        pub predecessor_id: Option<PermitId>,
        /// The last day for a new application.
        pub host_change_due_on: Option<Date>,
        /// What it stands on.
        pub basis_kind: String,
        /// The relative's permit that it stands on.
        pub basis_permit_id: Option<PermitId>,
        /// The day on which the application was returned last, unless it was handed in again.
        pub returned_on: Option<Date>,
        /// The day on which the application was accepted.
        pub accepted_on: Option<Date>,
        /// The day on which the application was decided or withdrawn.
        pub review_ended_on: Option<Date>,
        /// Counts the changes.
        pub version: i64,
        /// When it was made.
        pub created_at: DateTimeUtc,
        /// When it was changed last.
        pub updated_at: DateTimeUtc,
    }

    /// None.
    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A step that a permit has made. Rows are only ever added.
pub mod permit_transition {
    use sea_orm::entity::prelude::*;

    use crate::ids::PermitId;

    /// A row.
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "permit_transition")]
    pub struct Model {
        /// The permit.
        #[sea_orm(primary_key, auto_increment = false)]
        pub permit_id: PermitId,
        /// Counts from 1.
        #[sea_orm(primary_key, auto_increment = false)]
        pub n: i32,
        /// Before.
        pub from_state: Option<String>,
        /// After.
        pub to_state: String,
        /// Who.
        pub actor: String,
        /// As what.
        pub role: String,
        /// The ground, as a code.
        pub reason_code: Option<String>,
        /// The documents that the ground is about, as codes between spaces.
        pub documents: Option<String>,
        /// The legal basis.
        pub legal_basis: String,
        /// The version of the rules.
        pub policy_version: Option<String>,
        /// The day from which it holds.
        pub effective_on: Date,
        /// When.
        pub at: DateTimeUtc,
    }

    /// None.
    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Something that a permit is, or was, at risk by. Rows are never changed but to say that it is over.
pub mod permit_risk {
    use sea_orm::entity::prelude::*;

    use crate::ids::{PermitId, PermitRiskId, RelocantId};

    /// A row.
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "permit_risk")]
    pub struct Model {
        /// The risk's id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: PermitRiskId,
        /// The permit at risk.
        pub permit_id: PermitId,
        /// The person who holds it.
        pub relocant_id: RelocantId,
        /// Why.
        pub cause: String,
        /// The relative's permit at which it began.
        pub cause_permit_id: Option<PermitId>,
        /// The day on which the basis ended, or will.
        pub since_on: Date,
        /// The last day to act.
        pub due_on: Option<Date>,
        /// The day since which it is over.
        pub cleared_on: Option<Date>,
        /// When it was written.
        pub created_at: DateTimeUtc,
    }

    /// None.
    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// An officer's claim on an application. A row that has lapsed means nothing.
pub mod permit_claim {
    use sea_orm::entity::prelude::*;

    use crate::ids::PermitId;

    /// A row.
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "permit_claim")]
    pub struct Model {
        /// The application.
        #[sea_orm(primary_key, auto_increment = false)]
        pub permit_id: PermitId,
        /// The officer.
        pub subject: String,
        /// The call that claimed it first, which may have claimed others too.
        pub batch_id: Uuid,
        /// When it was claimed first.
        pub claimed_at: DateTimeUtc,
        /// When it lapses.
        pub lapses_at: DateTimeUtc,
    }

    /// None.
    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
