//! The table of employers.

/// An organisation.
pub mod employer {
    use sea_orm::entity::prelude::*;

    use crate::ids::EmployerId;

    /// A row.
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "employer")]
    pub struct Model {
        /// The employer's id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: EmployerId,
        /// The business identification number; unique.
        pub bin: String,
        /// The legal name.
        pub name: String,
        /// ISO 3166-2:KZ.
        pub region: String,
        /// `REGISTERED`, `VERIFIED` or `SUSPENDED`.
        pub status: String,
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
