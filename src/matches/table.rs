//! The tables of matches and of matching rounds.

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
        /// Why it is over.
        pub end_reason: Option<String>,
        /// What the matches of one family have in common.
        pub together_id: Option<Uuid>,
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

/// A matching round that was published.
pub mod matching_round {
    use sea_orm::entity::prelude::*;
    use uuid::Uuid;

    use crate::ids::RoundId;

    /// A row.
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "matching_round")]
    pub struct Model {
        /// The round's id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: RoundId,
        /// What follows from who published it with which request.
        pub origin: Uuid,
        /// ISO 3166-2:KZ.
        pub region: Option<String>,
        /// ISCO-08.
        pub occupation: Option<String>,
        /// The last day of arrival.
        pub arrive_by: Date,
        /// How long its holds last.
        pub hold_days: i32,
        /// What follows from the plan.
        pub plan_id: Uuid,
        /// Vacancies that were looked at.
        pub vacancies: i32,
        /// People who were looked at and get nothing.
        pub unplaced: i32,
        /// Families who can complain.
        pub complaints: i32,
        /// When it was published.
        pub created_at: DateTimeUtc,
    }

    /// None.
    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// What a round planned for one person, and what it came to.
pub mod matching_placement {
    use sea_orm::entity::prelude::*;
    use uuid::Uuid;

    use crate::ids::{MatchId, PlacementId, RelocantId, RoundId, VacancyId};

    /// A row.
    #[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "matching_placement")]
    pub struct Model {
        /// The placement's id.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: PlacementId,
        /// The round.
        pub round_id: RoundId,
        /// The number of the family in the round.
        pub family: i32,
        /// The person.
        pub relocant_id: RelocantId,
        /// The vacancy.
        pub vacancy_id: VacancyId,
        /// The home.
        pub home_id: Option<Uuid>,
        /// The family's how many-th wish.
        pub wish: i32,
        /// `PLANNED`, `PROPOSED` or `NOT_HELD`.
        pub outcome: String,
        /// Why it is not held.
        pub reason: Option<String>,
        /// The match that was proposed.
        pub match_id: Option<MatchId>,
    }

    /// None.
    #[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
