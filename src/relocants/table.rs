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
        /// `REGISTERED`, `DEPARTED` or `MERGED`.
        pub status: String,
        /// The day of departure for good.
        pub departed_on: Option<Date>,
        /// The record that stands for this one.
        pub merged_into_id: Option<RelocantId>,
        /// The sealed identity.
        pub sealed: Vec<u8>,
        /// The coded card.
        pub card: Json,
        /// The day on which it was last said that the person looks for work.
        pub looking_confirmed_on: Option<Date>,
        /// Counts the changes.
        pub version: i64,
        /// When the person stood at the counter, by the client's clock.
        pub captured_at: Option<DateTimeUtc>,
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

/// The blind tags under which a person is found: exactly, by every document ever shown and by the IIN, and by what likely-same people have in common.
pub mod relocant_tag {
    use sea_orm::entity::prelude::*;

    use crate::ids::RelocantId;

    /// A row.
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "relocant_tag")]
    pub struct Model {
        /// Twelve bytes.
        #[sea_orm(primary_key, auto_increment = false)]
        pub tag: Vec<u8>,
        /// The person.
        #[sea_orm(primary_key, auto_increment = false)]
        pub relocant_id: RelocantId,
    }

    /// None.
    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Who is registered and looks for work, by occupation: follows from the card and changes with it.
pub mod relocant_occupation {
    use sea_orm::entity::prelude::*;

    use crate::ids::RelocantId;

    /// A row.
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "relocant_occupation")]
    pub struct Model {
        /// ISCO-08, four digits.
        #[sea_orm(primary_key, auto_increment = false)]
        pub occupation: String,
        /// The person.
        #[sea_orm(primary_key, auto_increment = false)]
        pub relocant_id: RelocantId,
        /// Years of practice in it.
        pub years: i32,
        /// Whether the licence is recognised.
        pub is_recognised: bool,
        /// Two letters and a level of 1 to 6 for each language.
        pub languages: String,
        /// A bit for each wished region, in the order of their codes; 0: any.
        pub wished_regions: i32,
        /// People who need a home.
        pub people: i32,
        /// The earliest start of work.
        pub earliest_start_on: Option<Date>,
        /// ISO 3166-1 alpha-3.
        pub citizenship: String,
        /// The day on which the person has said last that work is looked for.
        pub confirmed_on: Date,
        /// The person's lot among equals.
        pub lot: i64,
    }

    /// None.
    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A document as far as lists ask. Its number is sealed with the identity; these columns follow from what is sealed and change with it.
pub mod relocant_document {
    use sea_orm::entity::prelude::*;

    use crate::ids::{DocumentId, RelocantId};

    /// A row.
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "relocant_document")]
    pub struct Model {
        /// The document's id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: DocumentId,
        /// The person.
        pub relocant_id: RelocantId,
        /// The kind.
        pub kind: String,
        /// ISO 3166-1 alpha-3.
        pub issuing_country: String,
        /// The last day of validity.
        pub expires_on: Option<Date>,
        /// Since when it is no longer used.
        pub withdrawn_on: Option<Date>,
    }

    /// None.
    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
