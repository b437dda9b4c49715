//! The tables of vacancies and their homes.

/// A vacancy.
pub mod vacancy {
    use sea_orm::entity::prelude::*;

    use crate::ids::{EmployerId, VacancyId};

    /// A row.
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "vacancy")]
    pub struct Model {
        /// The vacancy's id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: VacancyId,
        /// Whose it is.
        pub employer_id: EmployerId,
        /// ISCO-08.
        pub occupation: String,
        /// ISO 3166-2:KZ.
        pub region: String,
        /// The town or village.
        pub settlement: String,
        /// How many people are sought.
        pub openings: i32,
        /// Least pay a month.
        pub pay_min_minor: i64,
        /// Most pay a month.
        pub pay_max_minor: i64,
        /// ISO 4217.
        pub currency: String,
        /// Pairs of language and level.
        pub languages: Json,
        /// Whether a recognised licence is needed.
        pub licence_required: bool,
        /// The last day for a match.
        pub closes_on: Date,
        /// `OPEN` or `CLOSED`.
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

/// Homes of one kind that come with a vacancy.
pub mod home {
    use sea_orm::entity::prelude::*;
    use uuid::Uuid;

    use crate::ids::VacancyId;

    /// A row.
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "home")]
    pub struct Model {
        /// The id of this kind of home.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// The vacancy.
        pub vacancy_id: VacancyId,
        /// The kind.
        pub kind: String,
        /// How many there are.
        pub count: i32,
        /// Rooms of each.
        pub rooms: i32,
        /// People that each is for.
        pub people: i32,
        /// Rent a month.
        pub rent_minor: i64,
        /// The first day on which it can be moved into.
        pub available_from: Date,
    }

    /// None.
    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
