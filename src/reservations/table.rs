//! The table of reservations.

/// A hold on one of something.
pub mod reservation {
    use sea_orm::entity::prelude::*;
    use uuid::Uuid;

    use crate::ids::ReservationId;

    /// A row.
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "reservation")]
    pub struct Model {
        /// The reservation's id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: ReservationId,
        /// What kind of thing is held.
        pub resource: String,
        /// Which one.
        pub resource_id: Uuid,
        /// Who holds it.
        pub holder_id: Uuid,
        /// `HELD`, `TAKEN` or `RELEASED`.
        pub state: String,
        /// When a hold lapses.
        pub lapses_at: DateTimeUtc,
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
