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
        /// The employer's own reference.
        pub external_ref: Option<String>,
        /// A lifting allowance, in monthly calculation indices.
        pub lifting_mci: i32,
        /// A supplement for work in a village, in percent of the pay.
        pub rural_percent: i32,
        /// Whether a housing loan is offered.
        pub housing_loan: bool,
        /// Years of service that are owed in return.
        pub service_years: i32,
        /// The import that opened or amended it last.
        pub import_id: Option<Uuid>,
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
        /// Whether it can be lived in without climbing steps.
        pub step_free: bool,
        /// Whether children may live there.
        pub children_allowed: bool,
        /// Whether pets may live there.
        pub pets_allowed: bool,
        /// The last day on which somebody can live there.
        pub available_until: Option<Date>,
        /// `UNCHECKED`, `CHECKED` or `REFUSED`.
        pub check_state: String,
        /// The day of the check.
        pub checked_on: Option<Date>,
    }

    /// None.
    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
