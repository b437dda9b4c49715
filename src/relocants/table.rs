//! The tables of people.

/// A person: what is coded lies open, what is personal is sealed.
pub mod relocant {
    use sea_orm::entity::prelude::*;

    use crate::ids::RelocantId;

    /// A row.
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "relocant")]
    pub struct Model {
        /// The person's id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: RelocantId,
        /// The short code, without separators.
        pub code: String,
        /// ISO 3166-1 alpha-3.
        pub citizenship: String,
        /// The registration centre.
        pub center: String,
        /// ISO 3166-2:KZ.
        pub region: String,
        /// `REGISTERED` or `DEPARTED`.
        pub status: String,
        /// The day of departure for good.
        pub departed_on: Option<Date>,
        /// The sealed identity.
        pub sealed: Vec<u8>,
        /// The coded card.
        pub card: Json,
        /// Counts the changes.
        pub version: i64,
        /// When it was made.
        pub created_at: DateTimeUtc,
        /// When it was changed last.
        pub updated_at: DateTimeUtc,
    }

    /// None: other tables are reached by typed ids.
    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A person's own key, wrapped. Kept apart, so that destroying it erases the person and its backups can be short-lived.
pub mod relocant_key {
    use sea_orm::entity::prelude::*;

    use crate::ids::RelocantId;

    /// A row.
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "relocant_key")]
    pub struct Model {
        /// The person.
        #[sea_orm(primary_key, auto_increment = false)]
        pub relocant_id: RelocantId,
        /// The number of the key-encryption key.
        pub key_version: i32,
        /// The wrapped key.
        pub wrapped: Vec<u8>,
    }

    /// None.
    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// The blind tag of a document that a person has shown. Unique: one document, one person.
pub mod relocant_document {
    use sea_orm::entity::prelude::*;

    use crate::ids::RelocantId;

    /// A row.
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "relocant_document")]
    pub struct Model {
        /// The tag of kind, issuing country and number.
        #[sea_orm(primary_key, auto_increment = false)]
        pub tag: Vec<u8>,
        /// The person.
        pub relocant_id: RelocantId,
        /// When it was shown first.
        pub created_at: DateTimeUtc,
    }

    /// None.
    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
