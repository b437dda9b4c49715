//! What each kind of permit stands on, and whether a relative's permit can carry one. What happens when it ends is in `risks`.

use chrono::NaiveDate;

use super::{Basis, Permit, PermitKind, refusals::Refusal};
use crate::{
    error::{Violation, Why},
    ids::{PermitId, RelocantId},
};

const FIELD: &str = "basis_permit_id";

/// Order 992: what a permit of a kind stands on; the kind is one of which applications are taken. A relative's permit is named for family, and for nothing else.
///
/// # Errors
/// The fault of the field that names the relative's permit.
pub fn basis(kind: PermitKind, relative: Option<PermitId>) -> Result<Basis, Violation> {
    let fault = |why| Violation { field: FIELD.to_owned(), why };
    if kind == PermitKind::TemporaryResidenceFamilyOfWorker {
        return relative.map(Basis::Relative).ok_or_else(|| fault(Why::Required));
    }
    if relative.is_some() {
        return Err(fault(Why::Contradicts("is given for TEMPORARY_RESIDENCE_FAMILY_OF_WORKER only")));
    }
    Ok(if kind == PermitKind::TemporaryResidenceStudy { Basis::Enrolment } else { Basis::Contract })
}

/// Nobody is their own relative.
///
/// # Errors
/// The fault of the field that names the relative's permit.
pub fn is_of_another(relative: &Permit, relocant: RelocantId) -> Result<(), Violation> {
    let why = Why::Contradicts("is a permit of the same person");
    if relative.relocant == relocant { Err(Violation { field: FIELD.to_owned(), why }) } else { Ok(()) }
}

/// Order 992: the family is permitted as long as the main holder. Gives the last day of a relative's permit that is in force; one whose first day is still to come is.
pub fn carries_until(relative: &Permit, today: NaiveDate) -> Result<NaiveDate, Refusal> {
    let until = relative.valid_until.filter(|until| relative.state.is_in_force() && today <= *until);
    until.ok_or(Refusal::BasisNotInForce { permit: relative.id })
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator as _;

    use super::*;

    #[test]
    fn order_992_family_names_a_relatives_permit_and_nobody_else_does() {
        let relative = PermitId::new();
        for kind in PermitKind::iter().filter(|kind| kind.takes_applications()) {
            let family = kind == PermitKind::TemporaryResidenceFamilyOfWorker;
            assert_eq!(basis(kind, Some(relative)).is_ok(), family, "{kind}");
            assert_eq!(basis(kind, None).is_ok(), !family, "{kind}");
        }
        assert_eq!(basis(PermitKind::TemporaryResidenceFamilyOfWorker, Some(relative)), Ok(Basis::Relative(relative)));
        assert_eq!(basis(PermitKind::TemporaryResidenceStudy, None), Ok(Basis::Enrolment));
    }
}
