//! The tables of the gate.

/// One executed, read, tried or denied call. Rows are only ever added.
pub mod journal {
    use sea_orm::entity::prelude::*;
    use uuid::Uuid;

    /// A row.
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "journal")]
    pub struct Model {
        /// The entry's id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// Where the entry stands in the order of transactions; see `sequencer.rs`.
        pub commit_order: i64,
        /// When the call was executed.
        pub at: DateTimeUtc,
        /// Who called: the token's subject.
        pub subject: String,
        /// As what.
        pub role: String,
        /// From which registration centre, when the caller stands in one.
        pub center: Option<String>,
        /// For which employer, when the caller speaks for one.
        pub organisation: Option<Uuid>,
        /// The RPC's name.
        pub operation: String,
        /// What the data was read for.
        pub purpose: Option<String>,
        /// The caller's id of the request.
        pub request_id: Option<Uuid>,
        /// The trace that the call belongs to.
        pub trace_id: Option<String>,
        /// The person it is about.
        pub relocant_id: Option<Uuid>,
        /// `DONE`, `READ`, `DRY_RUN` or `DENIED`.
        pub decision: String,
        /// Why it was denied.
        pub reason: Option<String>,
        /// The events, in the order in which they happened.
        pub events: Json,
    }

    /// None.
    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// The gap-free position of an entry. Rows are only ever added.
pub mod journal_position {
    use sea_orm::entity::prelude::*;
    use uuid::Uuid;

    /// A row.
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "journal_position")]
    pub struct Model {
        /// From 1, without gaps.
        #[sea_orm(primary_key, auto_increment = false)]
        pub position: i64,
        /// The entry.
        pub entry_id: Uuid,
    }

    /// None.
    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A request that had its effect, so that the same request again has none.
pub mod request {
    use sea_orm::entity::prelude::*;
    use uuid::Uuid;

    /// A row.
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "request")]
    pub struct Model {
        /// Who called.
        #[sea_orm(primary_key, auto_increment = false)]
        pub subject: String,
        /// What was called.
        #[sea_orm(primary_key, auto_increment = false)]
        pub operation: String,
        /// The caller's id of the request.
        #[sea_orm(primary_key, auto_increment = false)]
        pub request_id: Uuid,
        /// A keyed hash of the request's content.
        pub fingerprint: Vec<u8>,
        /// The id that was reserved for the record that the call made.
        pub reserved_id: Uuid,
        /// When the request came first.
        pub created_at: DateTimeUtc,
    }

    /// None.
    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// That a request came again. A row of its own, since many senders may repeat one request at once and must not meet on its row.
pub mod request_seen {
    use sea_orm::entity::prelude::*;
    use uuid::Uuid;

    /// A row.
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "request_seen")]
    pub struct Model {
        /// The row's id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// The caller's id of the request.
        pub request_id: Uuid,
        /// When it came.
        pub seen_at: DateTimeUtc,
    }

    /// None.
    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
