//! Eligibility: what a kind of permit asks of a person on a day, and whether it is met, missing or not known. What the registry knows it answers itself; the rest
//! can be told with the question and is used for that one answer. Nothing of it is stored, so there is no table here. Which kinds there are is in `permits`.

pub mod api;
mod criteria;
pub mod operations;
pub mod rules;

use chrono::NaiveDate;

use crate::{
    classifiers::{Country, Occupation},
    permits::{
        Permit,
        catalogue::{Criterion, PermitKind},
    },
    seal::Personal,
    stays::{ArrivalNotice, StayStatus},
};

/// What somebody tells about a criterion, for one answer. The numbers decide when they are given, and `held` when they are not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// What it is about.
    pub criterion: Criterion,
    /// Whether it is held.
    pub held: bool,
    /// The day that belongs to the criterion: as a rule the one from which it holds.
    pub on: Option<NaiveDate>,
    /// Points, months or amounts, as many as the criterion takes.
    pub numbers: Personal<Vec<i64>>,
}

/// What the registry knows of a person's stay on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StayFact {
    /// No entry is recorded that reaches the day.
    NotPresent,
    /// There is no stay policy for the citizenship.
    NoPolicy,
    /// What the law says.
    Known {
        /// The status on the day.
        status: StayStatus,
        /// The policy's legal basis.
        legal_basis: String,
    },
}

/// What the registry knows of a person, as far as criteria ask for it.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The day asked about.
    pub on: NaiveDate,
    /// The citizenship.
    pub citizenship: Country,
    /// The occupations of the card.
    pub occupations: Vec<Occupation>,
    /// The day of birth; `None` when no criterion asks for it.
    pub birth_on: Option<Personal<NaiveDate>>,
    /// The last day of the passport shown last; `None` when it is not known.
    pub passport_until: Option<Personal<NaiveDate>>,
    /// The person's permits.
    pub permits: Vec<Permit>,
    /// The stay.
    pub stay: StayFact,
    /// The latest arrival up to that day.
    pub arrival: Option<ArrivalNotice>,
}

/// What became of a criterion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is met.
    Met,
    /// It is not.
    NotMet,
    /// It has to be asked.
    NotKnown,
}

/// A criterion with its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The criterion.
    pub criterion: Criterion,
    /// What became of it.
    pub outcome: Outcome,
    /// Why it is met without being held, what is missing, or what to ask; empty when there is nothing to add.
    pub code: &'static str,
    /// Everything variable, as key and value.
    pub facts: Vec<(&'static str, String)>,
    /// The legal basis.
    pub legal_basis: String,
    /// The first day on which it can be met, when it is not and that can be computed.
    pub earliest_on: Option<NaiveDate>,
    /// Whether it follows from what was told with the question.
    pub told: bool,
}

impl Finding {
    /// Whether the verdict depends on it. A profession in demand only lifts the proof of solvency.
    pub fn is_decisive(&self) -> bool {
        self.criterion != Criterion::InDemandProfession
    }
}

/// What all criteria amount to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// All are met. What an officer looks at outside the registry is still to come.
    Eligible,
    /// One at least is not.
    NotEligible,
    /// None is missing, and one at least has to be asked; or the criteria are not known.
    NotKnown,
}

/// The whole answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Eligibility {
    /// The kind.
    pub kind: PermitKind,
    /// The day asked about.
    pub on: NaiveDate,
    /// What all amounts to.
    pub verdict: Verdict,
    /// Why the person does without a permit of this kind.
    pub not_needed: Option<&'static str>,
    /// Each criterion, in the order of the catalogue.
    pub findings: Vec<Finding>,
    /// The first day on which all that is missing can be met, when that can be computed.
    pub earliest_on: Option<NaiveDate>,
    /// The first day of the version of the law that was asked.
    pub effective_from: Option<NaiveDate>,
    /// What an officer looks at outside the registry.
    pub officer_checks: Vec<String>,
    /// The legal basis of the kind.
    pub legal_basis: String,
    /// Where it can be read.
    pub source_url: String,
    /// How sure it is.
    pub confidence: String,
    /// What the sources leave open.
    pub open: String,
}
