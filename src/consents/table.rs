//! The table of consents.

/// A consent.
pub mod consent {
    use sea_orm::entity::prelude::*;

    use crate::ids::{ConsentId, EmployerId, RelocantId};

    /// A row.
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "consent")]
    pub struct Model {
        /// The consent's id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: ConsentId,
        /// Who consents.
        pub relocant_id: RelocantId,
        /// To whom.
        pub employer_id: EmployerId,
        /// What for.
        pub purpose: String,
        /// Which fields.
        pub fields: Json,
        /// The last day.
        pub until_on: Date,
        /// When it was given.
        pub given_at: DateTimeUtc,
        /// When it ended before its last day.
        pub withdrawn_at: Option<DateTimeUtc>,
        /// Why: `EMPLOYER_REMOVED`; nothing for one that was withdrawn.
        pub end_ground: Option<String>,
        /// Counts the changes.
        pub version: i64,
    }

    /// None.
    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
