//! The tables of crossings and of arrivals that hosts have notified. Rows are only ever added.

/// One line of a person's ledger.
pub mod crossing {
    use sea_orm::entity::prelude::*;

    use crate::ids::{CrossingId, RelocantId};

    /// A row.
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "crossing")]
    pub struct Model {
        /// The line's id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: CrossingId,
        /// The person.
        pub relocant_id: RelocantId,
        /// `ENTRY` or `EXIT`.
        pub direction: String,
        /// The civil day.
        pub crossed_on: Date,
        /// The line that this one corrects.
        pub corrects_id: Option<CrossingId>,
        /// A correction that says: it did not happen.
        pub void: bool,
        /// When it was recorded.
        pub created_at: DateTimeUtc,
    }

    /// None.
    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// That a host has notified an arrival.
pub mod arrival_notice {
    use sea_orm::entity::prelude::*;

    use crate::ids::{CrossingId, RelocantId};

    /// A row.
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "arrival_notice")]
    pub struct Model {
        /// The entry.
        #[sea_orm(primary_key, auto_increment = false)]
        pub crossing_id: CrossingId,
        /// The person.
        pub relocant_id: RelocantId,
        /// The day on which the host did.
        pub notified_on: Date,
        /// When it was noted.
        pub created_at: DateTimeUtc,
    }

    /// None.
    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
