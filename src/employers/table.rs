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
        /// The business identification number, or what stands for one that is not there yet; unique.
        pub bin: String,
        /// The legal name.
        pub name: String,
        /// ISO 3166-2:KZ.
        pub region: String,
        /// `REGISTERED`, `VERIFIED`, `SUSPENDED` or `REMOVED`.
        pub status: String,
        /// Counts the changes.
        pub version: i64,
        /// When it was made.
        pub created_at: DateTimeUtc,
        /// When it was changed last.
        pub updated_at: DateTimeUtc,
        /// In which form the company relocates; without it none of the next two is there.
        pub relocation_kind: Option<String>,
        /// ISO 3166-1 alpha-3.
        pub origin_country: Option<String>,
        /// Five digits.
        pub activity: Option<String>,
        /// When nothing stood on a removed employer any longer.
        pub wound_up_at: Option<DateTimeUtc>,
    }

    /// None.
    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
