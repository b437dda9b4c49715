//! The table of homes that come with no vacancy.

/// Homes of one kind that are offered without a vacancy.
pub mod home_offer {
    use sea_orm::entity::prelude::*;

    use crate::ids::{EmployerId, HomeOfferId};

    /// A row.
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "home_offer")]
    pub struct Model {
        /// The offer's id, under which its homes are reserved too.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: HomeOfferId,
        /// The organisation whose homes they are.
        pub host_id: Option<EmployerId>,
        /// ISO 3166-2:KZ.
        pub region: String,
        /// The town or village.
        pub settlement: String,
        /// The kind.
        pub kind: String,
        /// How many there are.
        pub count: i32,
        /// Rooms of each.
        pub rooms: i32,
        /// People that each is for.
        pub people: i32,
        /// Rent a month, in tenge's minor units.
        pub rent_minor: i64,
        /// The first day on which it can be moved into.
        pub available_from: Date,
        /// The last day on which somebody can live there.
        pub available_until: Option<Date>,
        /// Whether it can be lived in without climbing steps.
        pub step_free: bool,
        /// Whether children may live there.
        pub children_allowed: bool,
        /// Whether pets may live there.
        pub pets_allowed: bool,
        /// `UNCHECKED`, `CHECKED` or `REFUSED`.
        pub check_state: String,
        /// The day of the check.
        pub checked_on: Option<Date>,
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
