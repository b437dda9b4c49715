//! The table of contracts.

/// A contract.
pub mod contract {
    use sea_orm::entity::prelude::*;

    use crate::ids::{ContractId, EmployerId, PermitId, RelocantId};

    /// A row.
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "contract")]
    pub struct Model {
        /// The contract's id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: ContractId,
        /// The employer.
        pub employer_id: EmployerId,
        /// The person.
        pub relocant_id: RelocantId,
        /// `LABOUR` or `CIVIL_LAW`.
        pub kind: String,
        /// ISCO-08.
        pub occupation: String,
        /// ISO 3166-2:KZ.
        pub region: String,
        /// The first day.
        pub starts_on: Date,
        /// The last day that was agreed.
        pub ends_on: Option<Date>,
        /// The day on which it ended.
        pub ended_on: Option<Date>,
        /// Why, as a code.
        pub end_reason: Option<String>,
        /// The permit that was named for it.
        pub permit_id: Option<PermitId>,
        /// Counts the changes.
        pub version: i64,
        /// When it was recorded.
        pub created_at: DateTimeUtc,
        /// When it was changed last.
        pub updated_at: DateTimeUtc,
    }

    /// None.
    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
