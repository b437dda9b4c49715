//! The tables of centres, counters, bookings and tickets.

/// A registration centre.
pub mod center {
    use sea_orm::entity::prelude::*;

    /// A row.
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "center")]
    pub struct Model {
        /// As tokens and records name it.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        /// ISO 3166-2:KZ.
        pub region: String,
        /// What it plans.
        pub plan: Json,
        /// Counts the changes.
        pub version: i64,
        /// When it was opened.
        pub created_at: DateTimeUtc,
        /// When it was changed last.
        pub updated_at: DateTimeUtc,
    }

    /// None.
    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A counter.
pub mod counter {
    use sea_orm::entity::prelude::*;

    use crate::ids::CounterId;

    /// A row.
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "counter")]
    pub struct Model {
        /// The counter's id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: CounterId,
        /// The centre.
        pub center: String,
        /// What is written above it.
        pub label: String,
        /// What can be done at it.
        pub services: Json,
        /// When it was opened.
        pub opened_at: DateTimeUtc,
        /// When it was closed.
        pub closed_at: Option<DateTimeUtc>,
        /// When something was heard of it last.
        pub seen_at: DateTimeUtc,
        /// Counts the changes.
        pub version: i64,
    }

    /// None.
    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Places in a slot.
pub mod booking {
    use sea_orm::entity::prelude::*;

    use crate::ids::BookingId;

    /// A row.
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "booking")]
    pub struct Model {
        /// The booking's id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: BookingId,
        /// What it is known by.
        pub code: String,
        /// The centre.
        pub center: String,
        /// What for.
        pub service: String,
        /// When the slot begins.
        pub starts_at: DateTimeUtc,
        /// When it ends.
        pub ends_at: DateTimeUtc,
        /// Places.
        pub people: i32,
        /// `BOOKED`, `USED` or `CANCELLED`.
        pub state: String,
        /// Counts the changes.
        pub version: i64,
    }

    /// None.
    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// The numbers of a centre's day.
pub mod queue_day {
    use sea_orm::entity::prelude::*;

    /// A row.
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "queue_day")]
    pub struct Model {
        /// The centre.
        #[sea_orm(primary_key, auto_increment = false)]
        pub center: String,
        /// The day.
        #[sea_orm(primary_key, auto_increment = false)]
        pub day: Date,
        /// The number given last.
        pub last_number: i32,
    }

    /// None.
    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A place in a queue.
pub mod ticket {
    use sea_orm::entity::prelude::*;
    use uuid::Uuid;

    use crate::ids::{CounterId, TicketId};

    /// A row.
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "ticket")]
    pub struct Model {
        /// The ticket's id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: TicketId,
        /// What it is asked for with.
        pub code: String,
        /// The centre.
        pub center: String,
        /// The day it is good for.
        pub day: Date,
        /// Its number of that day.
        pub number: i32,
        /// What for.
        pub service: String,
        /// People who are served with it.
        pub people: i32,
        /// `WAITING`, `HELD`, `SERVED` or `NO_SHOW`.
        pub state: String,
        /// What it is ordered by.
        pub queue_at: DateTimeUtc,
        /// When it was taken.
        pub taken_at: DateTimeUtc,
        /// What holds it, while it is called.
        pub call_id: Option<Uuid>,
        /// The counter that it was called to.
        pub counter_id: Option<CounterId>,
        /// When it was called.
        pub called_at: Option<DateTimeUtc>,
        /// When it was put aside, missed its call or was served.
        pub ended_at: Option<DateTimeUtc>,
        /// Counts the changes.
        pub version: i64,
    }

    /// None.
    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
