//! The tables of consents and of what was shown by them.

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
        /// The version of the wording that was agreed to.
        pub wording_version: Option<i32>,
        /// Counts the changes.
        pub version: i64,
    }

    /// None.
    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// That fields of a person were shown to an employer.
pub mod disclosure {
    use sea_orm::entity::prelude::*;

    use crate::ids::{DisclosureId, EmployerId, MatchId, RelocantId};

    /// A row.
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "disclosure")]
    pub struct Model {
        /// The disclosure's id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: DisclosureId,
        /// Whose fields.
        pub relocant_id: RelocantId,
        /// To whom.
        pub employer_id: EmployerId,
        /// For which match.
        pub match_id: MatchId,
        /// What for.
        pub purpose: String,
        /// Which fields.
        pub fields: Json,
        /// The civil day on which it counts.
        pub disclosed_on: Date,
        /// When.
        pub disclosed_at: DateTimeUtc,
    }

    /// None.
    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
