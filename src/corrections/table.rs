//! The table of corrections.

/// A correction.
pub mod correction {
    use sea_orm::entity::prelude::*;
    use uuid::Uuid;

    use crate::ids::{CorrectionId, RelocantId};

    /// A row.
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "correction")]
    pub struct Model {
        /// The correction's id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: CorrectionId,
        /// Whose record.
        pub relocant_id: RelocantId,
        /// Which fields.
        pub fields: Json,
        /// What was before and what is proposed, sealed under the person's own key.
        pub sealed: Vec<u8>,
        /// `PROPOSED`, `APPROVED`, `REJECTED` or `WITHDRAWN`.
        pub state: String,
        /// Who proposed it.
        pub proposed_by: String,
        /// When.
        pub proposed_at: DateTimeUtc,
        /// Who decided.
        pub decided_by: Option<String>,
        /// When.
        pub decided_at: Option<DateTimeUtc>,
        /// Why it was turned down.
        pub ground: Option<String>,
        /// What holds a clerk's claim, as reservations know it.
        pub claim_id: Option<Uuid>,
        /// Who has claimed it.
        pub claimed_by: Option<String>,
        /// Counts the changes.
        pub version: i64,
    }

    /// None.
    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
