//! The table of figures.

/// A table of figures of a civil day.
pub mod figure {
    use sea_orm::entity::prelude::*;

    /// A row.
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "figure")]
    pub struct Model {
        /// The civil day.
        #[sea_orm(primary_key, auto_increment = false)]
        pub civil_day: Date,
        /// `SHORTAGE`, `ARRIVALS` or `MATCH_FUNNEL`.
        #[sea_orm(primary_key, auto_increment = false)]
        pub kind: String,
        /// When it was made.
        pub made_at: DateTimeUtc,
        /// Rows, columns, protected counts and offers.
        pub content: Json,
    }

    /// None.
    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
