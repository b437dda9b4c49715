//! The tables of households.

/// A household.
pub mod household {
    use sea_orm::entity::prelude::*;

    use crate::ids::HouseholdId;

    /// A row.
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "household")]
    pub struct Model {
        /// The household's id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: HouseholdId,
        /// The registration centre that formed it.
        pub center: String,
        /// People without a record.
        pub unregistered_people: i32,
        /// Children of 6 to 17 years.
        pub school_age_children: i32,
        /// The household that it split from.
        pub split_from_id: Option<HouseholdId>,
        /// The household that it joined.
        pub joined_into_id: Option<HouseholdId>,
        /// Counts the changes.
        pub version: i64,
        /// When it was formed.
        pub created_at: DateTimeUtc,
        /// When it was changed last.
        pub updated_at: DateTimeUtc,
    }

    /// None.
    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A person's days in a household in one role.
pub mod household_member {
    use sea_orm::entity::prelude::*;

    use crate::ids::{HouseholdId, HouseholdMemberId, RelocantId};

    /// A row.
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "household_member")]
    pub struct Model {
        /// The membership's id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: HouseholdMemberId,
        /// The household.
        pub household_id: HouseholdId,
        /// The person.
        pub relocant_id: RelocantId,
        /// What the person is to the head.
        pub role: String,
        /// The first day.
        pub since_on: Date,
        /// The day of leaving.
        pub left_on: Option<Date>,
        /// Why.
        pub ground: Option<String>,
        /// The membership that goes on in this one.
        pub continues_id: Option<HouseholdMemberId>,
    }

    /// None: other tables are reached by typed ids.
    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
