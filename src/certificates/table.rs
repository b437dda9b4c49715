//! The table of certificates.

/// A certificate that was issued.
pub mod certificate {
    use sea_orm::entity::prelude::*;

    use crate::ids::{CertificateId, RelocantId};

    /// A row.
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "certificate")]
    pub struct Model {
        /// The certificate's id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: CertificateId,
        /// The number that is printed.
        pub number: String,
        /// Whose registration it confirms.
        pub relocant_id: RelocantId,
        /// The day of issue.
        pub issued_on: Date,
        /// The last day on which it is good.
        pub valid_until: Date,
        /// When it was revoked.
        pub revoked_at: Option<DateTimeUtc>,
    }

    /// None.
    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
