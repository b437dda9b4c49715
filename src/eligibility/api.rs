//! Eligibility on the wire: reads the question, calls the gate, writes the answer. Knows no rule.

use tonic::{Request, Response, Status};

use super::{Answer, Eligibility, Finding, Outcome, Verdict, operations::CheckEligibility, rules};
use crate::{
    api::{Fields, call, date, read},
    error::Why,
    gate::Registry,
    permits::catalogue::api::{read_criterion, read_kind, write_criterion, write_kind},
    proto,
    relocants::wire::read_purpose,
    seal::Personal,
    status::from_error,
};

/// More answers than any kind has criteria.
const MOST_ANSWERS: usize = 32;

/// Answers `CheckEligibility`.
pub async fn check_eligibility(
    registry: &Registry,
    request: Request<proto::CheckEligibilityRequest>,
) -> Result<Response<proto::CheckEligibilityResponse>, Status> {
    let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
    let mut fields = Fields::default();
    let relocant = fields.id("relocant_id", &message.relocant_id);
    let kind = fields.code("kind", message.kind, "a kind of permit", read_kind);
    let on = fields.optional_day("on_date", message.on_date);
    let purpose = read_purpose(&mut fields, message.purpose);
    let answers = read_answers(&mut fields, message.answers);
    fields.done().map_err(from_error)?;
    let query = CheckEligibility {
        relocant: read(relocant).map_err(from_error)?,
        kind: read(kind).map_err(from_error)?,
        on,
        purpose: read(purpose).map_err(from_error)?,
        answers,
    };
    let eligibility = registry.fetch(&call, query).await.map_err(from_error)?;
    Ok(Response::new(proto::CheckEligibilityResponse { eligibility: Some(write(eligibility)) }))
}

/// The answers that can be read. Faults across them are told only when each can be read by itself, since they are numbered as they were sent.
fn read_answers(fields: &mut Fields, sent: Vec<proto::EligibilityAnswer>) -> Vec<Answer> {
    if sent.len() > MOST_ANSWERS {
        fields.fault("answers", Why::Range("at most 32"));
        return vec![];
    }
    let (many, mut answers) = (sent.len(), Vec::with_capacity(sent.len()));
    for (at, answer) in sent.into_iter().enumerate() {
        let criterion = fields.code(&format!("answers[{at}].criterion"), answer.criterion, "a criterion", read_criterion);
        let on = fields.optional_day(&format!("answers[{at}].relevant_date"), answer.relevant_date);
        let numbers = Personal::new(answer.numbers);
        answers.extend(criterion.map(|criterion| Answer { criterion, held: answer.held, on, numbers }));
    }
    if answers.len() == many {
        fields.faults(rules::faults(&answers));
    }
    answers
}

fn write(eligibility: Eligibility) -> proto::Eligibility {
    let verdict = match eligibility.verdict {
        Verdict::Eligible => proto::EligibilityVerdict::Eligible,
        Verdict::NotEligible => proto::EligibilityVerdict::NotEligible,
        Verdict::NotKnown => proto::EligibilityVerdict::NotKnown,
    };
    proto::Eligibility {
        kind: write_kind(eligibility.kind).into(),
        on_date: Some(date(eligibility.on)),
        verdict: verdict.into(),
        not_needed_code: eligibility.not_needed.unwrap_or_default().to_owned(),
        findings: eligibility.findings.into_iter().map(write_finding).collect(),
        earliest_date: eligibility.earliest_on.map(date),
        effective_from_date: eligibility.effective_from.map(date),
        officer_checks: eligibility.officer_checks,
        legal_basis: eligibility.legal_basis,
        source_url: eligibility.source_url,
        confidence: eligibility.confidence,
        open_points: eligibility.open,
    }
}

fn write_finding(finding: Finding) -> proto::EligibilityFinding {
    let outcome = match finding.outcome {
        Outcome::Met => proto::CriterionOutcome::Met,
        Outcome::NotMet => proto::CriterionOutcome::NotMet,
        Outcome::NotKnown => proto::CriterionOutcome::NotKnown,
    };
    let decisive = finding.is_decisive();
    let facts = finding.facts.into_iter().map(|(key, value)| proto::EligibilityFact { key: key.to_owned(), value });
    proto::EligibilityFinding {
        criterion: write_criterion(finding.criterion).into(),
        outcome: outcome.into(),
        code: finding.code.to_owned(),
        facts: facts.collect(),
        legal_basis: finding.legal_basis,
        earliest_date: finding.earliest_on.map(date),
        told: finding.told,
        decisive,
    }
}
