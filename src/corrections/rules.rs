//! What can be proposed, who may decide, and what an approval does to an identity.

use chrono::Duration;

use super::{Claim, Correction, CorrectionState, DecisiveField, RejectionGround, Values};
use crate::{
    error::Reason,
    ids::CorrectionId,
    relocants::{Identity, Names},
    seal::Personal,
    time::Instant,
};

/// Minutes that a claim holds.
const CLAIM_MINUTES: i64 = 30;

/// Why a correction cannot be proposed or decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The record says already what is proposed, or the document is not on it.
    #[error("the record says so already")]
    NothingToCorrect,
    /// Another correction of the record waits.
    #[error("the correction {correction} of this record waits to be decided")]
    CorrectionOpen {
        /// The other correction.
        correction: CorrectionId,
    },
    /// It was decided or taken back.
    #[error("the correction is {state}")]
    CorrectionDecided {
        /// Where it stands.
        state: CorrectionState,
    },
    /// Who proposes does not decide.
    #[error("another clerk must decide on it")]
    OwnProposal,
    /// Only who proposed takes back.
    #[error("only the clerk who proposed it can take it back")]
    NotOwnProposal,
    /// Another clerk looks at it.
    #[error("another clerk looks at it, until {until}")]
    CorrectionClaimed {
        /// Until when.
        until: Instant,
    },
    /// The caller has not claimed it.
    #[error("the correction is not claimed by the caller")]
    CorrectionNotClaimed,
    /// The record is no longer what it was when the correction was proposed.
    #[error("the record has changed since the correction was proposed")]
    CorrectionOutdated,
}

impl Refusal {
    /// Every reason that these rules can give.
    pub const REASONS: &[&str] = &[
        "NOTHING_TO_CORRECT",
        "CORRECTION_OPEN",
        "CORRECTION_DECIDED",
        "OWN_PROPOSAL",
        "NOT_OWN_PROPOSAL",
        "CORRECTION_CLAIMED",
        "CORRECTION_NOT_CLAIMED",
        "CORRECTION_OUTDATED",
    ];
}

impl Reason for Refusal {
    fn reason(&self) -> &'static str {
        match self {
            Self::NothingToCorrect => "NOTHING_TO_CORRECT",
            Self::CorrectionOpen { .. } => "CORRECTION_OPEN",
            Self::CorrectionDecided { .. } => "CORRECTION_DECIDED",
            Self::OwnProposal => "OWN_PROPOSAL",
            Self::NotOwnProposal => "NOT_OWN_PROPOSAL",
            Self::CorrectionClaimed { .. } => "CORRECTION_CLAIMED",
            Self::CorrectionNotClaimed => "CORRECTION_NOT_CLAIMED",
            Self::CorrectionOutdated => "CORRECTION_OUTDATED",
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::CorrectionOpen { correction } => vec![("correction", correction.to_string())],
            Self::CorrectionDecided { state } => vec![("state", state.to_string())],
            Self::CorrectionClaimed { until } => vec![("until", crate::time::local(*until))],
            Self::NothingToCorrect | Self::OwnProposal | Self::NotOwnProposal | Self::CorrectionNotClaimed | Self::CorrectionOutdated => {
                vec![]
            }
        }
    }
}

/// What an identity says in the fields that some values are about; `None` where a document is not on it.
pub fn present(identity: &Identity, about: &Values) -> Option<Values> {
    let document = match &about.document {
        None => None,
        Some((id, _)) => {
            Some(identity.documents.iter().find(|document| document.id == *id).map(|document| (*id, document.number.clone()))?)
        }
    };
    Some(Values {
        family_name: about.family_name.as_ref().map(|_| identity.names.family.clone()),
        given_names: about.given_names.as_ref().map(|_| identity.names.given.clone()),
        patronymic: about.patronymic.as_ref().map(|_| identity.names.patronymic.clone()),
        cyrillic: about.cyrillic.as_ref().map(|_| identity.cyrillic.clone().unwrap_or_else(none)),
        latin: about.latin.as_ref().map(|_| identity.latin.clone().unwrap_or_else(none)),
        birth_on: about.birth_on.as_ref().map(|_| identity.birth_on.clone()),
        document,
    })
}

fn none() -> Names {
    let empty = || Personal::new(String::new());
    Names { family: empty(), given: empty(), patronymic: empty() }
}

/// An identity with what some values say put in.
pub fn corrected(identity: &Identity, values: &Values) -> Identity {
    let mut corrected = identity.clone();
    let names = &mut corrected.names;
    for (name, value) in
        [(&mut names.family, &values.family_name), (&mut names.given, &values.given_names), (&mut names.patronymic, &values.patronymic)]
    {
        if let Some(value) = value {
            *name = value.clone();
        }
    }
    for (names, value) in [(&mut corrected.cyrillic, &values.cyrillic), (&mut corrected.latin, &values.latin)] {
        if let Some(value) = value {
            *names = Some(value.clone()).filter(|value| !value.family.expose().is_empty());
        }
    }
    if let Some(birth_on) = &values.birth_on {
        corrected.birth_on = birth_on.clone();
    }
    if let Some((id, number)) = &values.document {
        for document in corrected.documents.iter_mut().filter(|document| document.id == *id) {
            document.number = number.clone();
        }
    }
    corrected
}

/// The fields that values are about.
pub fn fields(values: &Values) -> Vec<DecisiveField> {
    let about = [
        (values.family_name.is_some(), DecisiveField::FamilyName),
        (values.given_names.is_some(), DecisiveField::GivenNames),
        (values.patronymic.is_some(), DecisiveField::Patronymic),
        (values.cyrillic.is_some(), DecisiveField::Cyrillic),
        (values.latin.is_some(), DecisiveField::Latin),
        (values.birth_on.is_some(), DecisiveField::BirthDate),
        (values.document.is_some(), DecisiveField::DocumentNumber),
    ];
    about.into_iter().filter(|(is, _)| *is).map(|(_, field)| field).collect()
}

/// What is proposed must differ from what the record says. Gives what the record says.
pub fn propose(identity: &Identity, after: &Values) -> Result<Values, Refusal> {
    let before = present(identity, after).ok_or(Refusal::NothingToCorrect)?;
    if before == *after { Err(Refusal::NothingToCorrect) } else { Ok(before) }
}

/// Two clerks: who decides is not who proposed, and nobody else is looking at it.
pub fn may_decide(correction: &Correction, subject: &str, now: Instant) -> Result<(), Refusal> {
    is_open(correction)?;
    if correction.proposed_by == subject {
        return Err(Refusal::OwnProposal);
    }
    match others_claim(correction, subject, now) {
        Some(claim) => Err(Refusal::CorrectionClaimed { until: claim.lapses_at }),
        None => Ok(()),
    }
}

fn is_open(correction: &Correction) -> Result<(), Refusal> {
    match correction.state {
        CorrectionState::Proposed => Ok(()),
        state @ (CorrectionState::Approved | CorrectionState::Rejected | CorrectionState::Withdrawn) => {
            Err(Refusal::CorrectionDecided { state })
        }
    }
}

fn others_claim<'a>(correction: &'a Correction, subject: &str, now: Instant) -> Option<&'a Claim> {
    correction.claim.as_ref().filter(|claim| claim.subject != subject && now < claim.lapses_at)
}

/// Whether a claim of a clerk's own holds.
pub fn has_claimed(correction: &Correction, subject: &str, now: Instant) -> bool {
    correction.claim.as_ref().is_some_and(|claim| claim.subject == subject && now < claim.lapses_at)
}

/// The record must still be what the proposer saw.
pub fn is_current(identity: &Identity, before: &Values) -> Result<(), Refusal> {
    if present(identity, before).as_ref() == Some(before) { Ok(()) } else { Err(Refusal::CorrectionOutdated) }
}

/// A decision.
pub fn decide(
    correction: Correction,
    state: CorrectionState,
    ground: Option<RejectionGround>,
    subject: &str,
    now: Instant,
) -> Result<Correction, Refusal> {
    may_decide(&correction, subject, now)?;
    Ok(Correction { state, ground, decided: Some((subject.to_owned(), now)), ..correction })
}

/// Taking one's own proposal back.
pub fn withdraw(correction: Correction, subject: &str, now: Instant) -> Result<Correction, Refusal> {
    is_open(&correction)?;
    if correction.proposed_by != subject {
        return Err(Refusal::NotOwnProposal);
    }
    Ok(Correction { state: CorrectionState::Withdrawn, decided: Some((subject.to_owned(), now)), ..correction })
}

/// When a claim lapses that is made now.
pub fn claim_lapses_at(now: Instant) -> Instant {
    now + Duration::minutes(CLAIM_MINUTES)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ids::{DocumentId, RelocantId},
        relocants::{Document, DocumentKind, Evidence},
    };

    fn text(text: &str) -> Personal<String> {
        Personal::new(text.to_owned())
    }

    fn identity() -> Identity {
        let document = Document {
            id: DocumentId::new(),
            kind: DocumentKind::Passport,
            issuing_country: "RUS".to_owned(),
            number: text("750000001"),
            issued_on: None,
            expires_on: None,
            evidence: Evidence::Seen,
            withdrawn: None,
        };
        Identity {
            names: Names { family: text("Иванова"), given: text("Анна"), patronymic: text("") },
            cyrillic: None,
            latin: None,
            birth_on: Personal::new("1990-01-31".parse().unwrap()),
            sex: None,
            iin: None,
            evidence: Evidence::Seen,
            documents: vec![document],
            phone: None,
            email: None,
        }
    }

    fn now() -> Instant {
        "2026-03-02T09:00:00Z".parse().unwrap()
    }

    fn correction() -> Correction {
        Correction {
            id: CorrectionId::new(),
            relocant: RelocantId::new(),
            fields: vec![DecisiveField::FamilyName],
            state: CorrectionState::Proposed,
            proposed_by: "aigul".to_owned(),
            proposed_at: now(),
            decided: None,
            ground: None,
            claim: None,
            version: 1,
        }
    }

    #[test]
    fn a_correction_changes_its_own_fields_and_nothing_else_and_taken_back_gives_what_was() {
        let former = identity();
        let latin = Names { family: text("Ivanova"), given: text("Anna"), patronymic: text("") };
        let after = Values {
            family_name: Some(text("Иванова-Петрова")),
            latin: Some(latin.clone()),
            birth_on: Some(Personal::new("1990-01-30".parse().unwrap())),
            document: Some((former.documents[0].id, text("750000002"))),
            ..Values::default()
        };
        let before = propose(&former, &after).unwrap();
        let corrected_once = corrected(&former, &after);
        assert_eq!(corrected_once.names.family.expose(), "Иванова-Петрова");
        assert_eq!((corrected_once.names.given.expose().as_str(), corrected_once.latin.clone()), ("Анна", Some(latin)));
        assert_eq!(corrected_once.documents[0].number.expose(), "750000002");
        assert_eq!(present(&corrected_once, &after).as_ref(), Some(&after));
        assert_eq!(corrected(&corrected_once, &before), former);
        assert_eq!(
            fields(&after),
            [DecisiveField::FamilyName, DecisiveField::Latin, DecisiveField::BirthDate, DecisiveField::DocumentNumber]
        );
    }

    #[test]
    fn what_the_record_says_already_and_a_document_that_is_not_on_it_cannot_be_proposed() {
        let same = Values { family_name: Some(text("Иванова")), ..Values::default() };
        assert_eq!(propose(&identity(), &same), Err(Refusal::NothingToCorrect));
        assert_eq!(propose(&identity(), &Values::default()), Err(Refusal::NothingToCorrect));
        let others = Values { document: Some((DocumentId::new(), text("750000002"))), ..Values::default() };
        assert_eq!(propose(&identity(), &others), Err(Refusal::NothingToCorrect));
    }

    #[test]
    fn who_proposes_does_not_decide_and_nobody_decides_what_another_looks_at() {
        assert_eq!(may_decide(&correction(), "aigul", now()), Err(Refusal::OwnProposal));
        assert_eq!(may_decide(&correction(), "bolat", now()), Ok(()));
        let lapses_at = claim_lapses_at(now());
        let claim = Claim { holder: uuid::Uuid::nil(), subject: "bolat".to_owned(), lapses_at };
        let claimed = Correction { claim: Some(claim), ..correction() };
        assert_eq!(may_decide(&claimed, "bolat", now()), Ok(()));
        assert_eq!(may_decide(&claimed, "dana", now()), Err(Refusal::CorrectionClaimed { until: lapses_at }));
        assert_eq!(may_decide(&claimed, "dana", lapses_at), Ok(()), "it has lapsed by itself");
        assert!(
            has_claimed(&claimed, "bolat", now()) && !has_claimed(&claimed, "bolat", lapses_at) && !has_claimed(&claimed, "dana", now())
        );
    }

    #[test]
    fn a_decision_is_made_once() {
        let approved = decide(correction(), CorrectionState::Approved, None, "bolat", now()).unwrap();
        assert_eq!(approved.decided, Some(("bolat".to_owned(), now())));
        let again = Refusal::CorrectionDecided { state: CorrectionState::Approved };
        assert_eq!(decide(approved.clone(), CorrectionState::Rejected, Some(RejectionGround::NotProven), "dana", now()), Err(again));
        assert_eq!(withdraw(approved, "aigul", now()), Err(again));
        assert_eq!(withdraw(correction(), "bolat", now()), Err(Refusal::NotOwnProposal));
        assert_eq!(withdraw(correction(), "aigul", now()).unwrap().state, CorrectionState::Withdrawn);
    }

    #[test]
    fn a_record_that_has_changed_since_is_not_corrected() {
        let after = Values { given_names: Some(text("Анна-Мария")), ..Values::default() };
        let before = propose(&identity(), &after).unwrap();
        let mut changed = identity();
        changed.names.family = text("Другая");
        assert_eq!(is_current(&changed, &before), Ok(()), "another field may have changed");
        changed.names.given = text("Инна");
        assert_eq!(is_current(&changed, &before), Err(Refusal::CorrectionOutdated));
    }
}
