//! The tables of duplicates.

/// Two records that somebody should look at, or has.
pub mod duplicate {
    use sea_orm::entity::prelude::*;

    use crate::ids::{DuplicateId, RelocantId};

    /// A row.
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "duplicate")]
    pub struct Model {
        /// The pair's id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: DuplicateId,
        /// The record registered first.
        pub first_id: RelocantId,
        /// The other.
        pub second_id: RelocantId,
        /// How alike they are and why, under the first one's own key; nothing for a pair that was decided without having been found.
        pub sealed: Option<Vec<u8>>,
        /// `OPEN`, `SAME` or `DIFFERENT`.
        pub state: String,
        /// Who decided.
        pub decided_by: Option<String>,
        /// When.
        pub decided_at: Option<DateTimeUtc>,
        /// When it was found.
        pub created_at: DateTimeUtc,
    }

    /// None.
    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// How far the journal has been followed for people to compare. One row.
pub mod duplicate_progress {
    use sea_orm::entity::prelude::*;

    /// A row.
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "duplicate_progress")]
    pub struct Model {
        /// 1.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        /// The last position that was followed.
        pub position: i64,
        /// People registered until then.
        pub people: i64,
    }

    /// None.
    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// How many people have a name, under its blind tag. It stands for itself: no row leads to a person.
pub mod name_frequency {
    use sea_orm::entity::prelude::*;

    /// A row.
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "name_frequency")]
    pub struct Model {
        /// The tag of a family name or of given names.
        #[sea_orm(primary_key, auto_increment = false)]
        pub tag: Vec<u8>,
        /// People who were registered with it.
        pub people: i64,
    }

    /// None.
    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// One record merged into another.
pub mod merge {
    use sea_orm::entity::prelude::*;

    use crate::ids::{MergeId, RelocantId};

    /// A row.
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "merge")]
    pub struct Model {
        /// The merge.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: MergeId,
        /// The record that stands for the person.
        pub kept_id: RelocantId,
        /// The one that was merged into it.
        pub merged_id: RelocantId,
        /// What the kept identity took over; no values.
        pub absorbed: Json,
        /// When.
        pub merged_at: DateTimeUtc,
        /// When it was undone.
        pub undone_at: Option<DateTimeUtc>,
    }

    /// None.
    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A row that a merge has moved.
pub mod merge_row {
    use sea_orm::entity::prelude::*;

    use crate::ids::MergeId;

    /// A row.
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "merge_row")]
    pub struct Model {
        /// The merge.
        #[sea_orm(primary_key, auto_increment = false)]
        pub merge_id: MergeId,
        /// The table.
        #[sea_orm(primary_key, auto_increment = false)]
        pub kind: String,
        /// The row's id there.
        #[sea_orm(primary_key, auto_increment = false)]
        pub row_id: Uuid,
    }

    /// None.
    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
