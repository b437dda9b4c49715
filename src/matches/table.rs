//! The table of matches.

/// A match.
pub mod r#match {
    use sea_orm::entity::prelude::*;
    use uuid::Uuid;

    use crate::ids::{EmployerId, MatchId, RelocantId, VacancyId};

    /// A row.
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "match")]
    pub struct Model {
        /// The match's id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: MatchId,
        /// The vacancy.
        pub vacancy_id: VacancyId,
        /// The home that is held or taken.
        pub home_id: Option<Uuid>,
        /// The employer.
        pub employer_id: EmployerId,
        /// The person.
        pub relocant_id: RelocantId,
        /// ISO 3166-2:KZ.
        pub region: String,
        /// Where it stands, as last written.
        pub state: String,
        /// What the person said.
        pub relocant_answer: String,
        /// What the employer said.
        pub employer_answer: String,
        /// Why it ended.
        pub end_reason: Option<String>,
        /// The sum of the reasons.
        pub score: i32,
        /// Pairs of reason and points.
        pub reasons: Json,
        /// When the hold runs out.
        pub lapses_at: DateTimeUtc,
        /// The last day of arrival.
        pub arrive_by: Date,
        /// The day of arrival.
        pub arrived_on: Option<Date>,
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
