//! The tables of dues.

/// Something due. An index over facts: a row goes when its day changes, and another comes.
pub mod due {
    use sea_orm::entity::prelude::*;
    use uuid::Uuid;

    use crate::ids::{DueId, EmployerId, RelocantId};

    /// A row.
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "due")]
    pub struct Model {
        /// The row's id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: DueId,
        /// The person.
        pub relocant_id: RelocantId,
        /// What is due.
        pub kind: String,
        /// What it is about.
        pub subject_id: Uuid,
        /// The person's registration centre.
        pub center: String,
        /// The person's region of stay.
        pub region: String,
        /// The employer that has a part in it.
        pub employer_id: Option<EmployerId>,
        /// The last day.
        pub due_on: Date,
        /// The day on which the lead time is reached.
        pub warn_on: Date,
        /// Whether that has become an event.
        pub raised: bool,
    }

    /// None: other tables are reached by typed ids.
    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Under which law the dues were computed, and how far that has come. One row.
pub mod due_law {
    use sea_orm::entity::prelude::*;

    use crate::ids::RelocantId;

    /// A row.
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "due_law")]
    pub struct Model {
        /// Always 1.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        /// A hash of the law.
        pub fingerprint: Vec<u8>,
        /// The last person whose dues were computed under it; nobody: the first is next.
        pub computed_until: Option<RelocantId>,
        /// Whether everybody's were.
        pub done: bool,
    }

    /// None.
    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
