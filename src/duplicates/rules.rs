//! What may be merged, and what a merge takes over and gives back.

use super::{Absorbed, AbsorbedField, Merge};
use crate::{
    classifiers::Sex,
    error::Reason,
    ids::{DocumentId, MergeId},
    iin::Iin,
    names::{Script, script},
    relocants::{Document, Identity, Names, Relocant, RelocantStatus, rules as relocants},
    seal::Personal,
};

/// Why records are not merged, or a merge not undone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// One record, named twice.
    #[error("a record is not merged into itself")]
    SameRecord,
    /// It was undone before.
    #[error("the merge was undone before")]
    MergeUndone,
    /// Another record was merged into the same one later.
    #[error("the merge {later} came later and is undone first")]
    MergedLater {
        /// The later merge.
        later: MergeId,
    },
}

impl Refusal {
    /// Every reason that these rules can give.
    pub const REASONS: &[&str] = &["SAME_RECORD", "MERGE_UNDONE", "MERGED_LATER"];
}

impl Reason for Refusal {
    fn reason(&self) -> &'static str {
        match self {
            Self::SameRecord => "SAME_RECORD",
            Self::MergeUndone => "MERGE_UNDONE",
            Self::MergedLater { .. } => "MERGED_LATER",
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::SameRecord | Self::MergeUndone => vec![],
            Self::MergedLater { later } => vec![("later", later.to_string())],
        }
    }
}

/// The record that stands for somebody else from now on. It keeps what it was; undoing gives it back.
///
/// # Errors
/// When either was merged before, or when the person is here under the one and gone under the one that would be kept.
pub fn merge(kept: &Relocant, merged: Relocant) -> Result<Relocant, relocants::Refusal> {
    let (kept_one, merged) = (relocants::not_merged(kept.clone())?, relocants::not_merged(merged)?);
    if merged.status == RelocantStatus::Registered {
        relocants::still_here(kept_one)?;
    }
    Ok(Relocant { status: RelocantStatus::Merged, merged_into: Some(kept.id), ..merged })
}

/// The record as it was before it was merged.
pub fn restore(merged: Relocant) -> Relocant {
    let status = if merged.departed_on.is_some() { RelocantStatus::Departed } else { RelocantStatus::Registered };
    Relocant { status, merged_into: None, ..merged }
}

/// What a merged identity has to offer to the one that is kept: of the names those in a script that the kept ones are not printed in.
struct Offered {
    cyrillic: Option<Names>,
    latin: Option<Names>,
    sex: Option<Personal<Sex>>,
    iin: Option<Personal<Iin>>,
    phone: Option<Personal<String>>,
    email: Option<Personal<String>>,
}

fn offered(kept: &Identity, merged: &Identity) -> Offered {
    let printed_in = |identity: &Identity| script(identity.names.family.expose());
    let spelled = |wanted: Script, given: &Option<Names>| {
        let printed = (printed_in(merged) == wanted && printed_in(kept) != wanted).then(|| merged.names.clone());
        printed.or_else(|| given.clone())
    };
    // A number or a sex that contradicts the kept record would make it one that nobody can amend.
    let fits = |iin: &Personal<Iin>, sex: Option<Sex>| iin.expose().contradictions(*kept.birth_on.expose(), sex).is_empty();
    let sex = merged.sex.clone().filter(|sex| kept.iin.as_ref().is_none_or(|iin| fits(iin, Some(*sex.expose()))));
    let known_sex = kept.sex.as_ref().or(sex.as_ref()).map(|sex| *sex.expose());
    Offered {
        cyrillic: spelled(Script::Cyrillic, &merged.cyrillic),
        latin: spelled(Script::Latin, &merged.latin),
        iin: merged.iin.clone().filter(|iin| fits(iin, known_sex)),
        sex,
        phone: merged.phone.clone(),
        email: merged.email.clone(),
    }
}

/// The kept identity with what it did not have: every document of the other, as far as a record holds them, and each field that was left empty. What it has stays as
/// it is.
pub fn absorb(kept: Identity, merged: &Identity) -> (Identity, Absorbed) {
    fn filled<T>(own: Option<T>, others: Option<T>, field: AbsorbedField, taken: &mut Vec<AbsorbedField>) -> Option<T> {
        if own.is_none() && others.is_some() {
            taken.push(field);
        }
        own.or(others)
    }
    let (offer, mut fields) = (offered(&kept, merged), Vec::new());
    let own = |document: &&Document| !kept.documents.iter().any(|known| known.key() == document.key());
    let room = relocants::MOST_DOCUMENTS.saturating_sub(kept.documents.len());
    let new = merged.documents.iter().filter(own).take(room);
    let documents: Vec<_> = new.map(|document| Document { id: DocumentId::new(), ..document.clone() }).collect();
    let absorbed = documents.iter().map(|document| document.id).collect();
    let identity = Identity {
        cyrillic: filled(kept.cyrillic, offer.cyrillic, AbsorbedField::Cyrillic, &mut fields),
        latin: filled(kept.latin, offer.latin, AbsorbedField::Latin, &mut fields),
        sex: filled(kept.sex, offer.sex, AbsorbedField::Sex, &mut fields),
        iin: filled(kept.iin, offer.iin, AbsorbedField::Iin, &mut fields),
        phone: filled(kept.phone, offer.phone, AbsorbedField::Phone, &mut fields),
        email: filled(kept.email, offer.email, AbsorbedField::Email, &mut fields),
        documents: [kept.documents, documents].concat(),
        ..kept
    };
    (identity, Absorbed { documents: absorbed, fields })
}

/// The kept identity without what it had taken over. A field that was amended since is the kept record's own, and stays.
pub fn give_back(kept: Identity, merged: &Identity, absorbed: &Absorbed) -> Identity {
    fn own<T: PartialEq>(value: Option<T>, others: &[Option<&T>], was_taken: bool) -> Option<T> {
        value.filter(|value| !(was_taken && others.contains(&Some(value))))
    }
    let was_taken = |field| absorbed.fields.contains(&field);
    let printed = Some(&merged.names);
    Identity {
        cyrillic: own(kept.cyrillic, &[printed, merged.cyrillic.as_ref()], was_taken(AbsorbedField::Cyrillic)),
        latin: own(kept.latin, &[printed, merged.latin.as_ref()], was_taken(AbsorbedField::Latin)),
        sex: own(kept.sex, &[merged.sex.as_ref()], was_taken(AbsorbedField::Sex)),
        iin: own(kept.iin, &[merged.iin.as_ref()], was_taken(AbsorbedField::Iin)),
        phone: own(kept.phone, &[merged.phone.as_ref()], was_taken(AbsorbedField::Phone)),
        email: own(kept.email, &[merged.email.as_ref()], was_taken(AbsorbedField::Email)),
        documents: kept.documents.into_iter().filter(|document| !absorbed.documents.contains(&document.id)).collect(),
        ..kept
    }
}

/// A merge is undone before those that came earlier into the same record: what the record took over from which is told apart by that.
pub fn is_last<'a>(merge: &Merge, of_kept: impl IntoIterator<Item = &'a Merge>) -> Result<(), Refusal> {
    match of_kept.into_iter().find(|other| other.kept == merge.kept && other.undone_at.is_none() && other.id > merge.id) {
        Some(later) => Err(Refusal::MergedLater { later: later.id }),
        None => Ok(()),
    }
}
