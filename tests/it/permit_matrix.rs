//! Every state of a permit × every command, and every command × every role, as one table that is read when it changes.

use std::fmt::Write as _;

use chrono::NaiveDate;
use relocation_registry::{
    auth::{Permission, Role},
    classifiers::Region,
    error::Reason as _,
    ids::{EmployerId, PermitId, RelocantId},
    permits::{
        Basis, Permit, PermitKind, PermitState, RefusalGround, ReturnGround, RevocationGround,
        rules::{Command, carry_out},
    },
};
use strum::IntoEnumIterator as _;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A permit in a state that it has come to, good for all of 2026 once issued; a returned application can be handed in until 19 February.
fn permit(state: PermitState, basis: Basis) -> Permit {
    let at = "2026-01-01T00:00:00Z".parse().unwrap();
    let issued = state.is_in_force();
    Permit {
        id: PermitId::new(),
        relocant: RelocantId::new(),
        kind: PermitKind::TemporaryResidenceWork,
        state,
        employer: EmployerId::new(),
        region: Region::Abai,
        applied_on: day("2026-01-01"),
        contract_until: day("2027-12-31"),
        passport_until: day("2030-01-01"),
        valid_from: issued.then(|| day("2026-01-10")),
        valid_until: issued.then(|| day("2027-01-09")),
        ended_on: None,
        predecessor: None,
        host_change_due_on: None,
        basis,
        returned_on: (state == PermitState::Returned).then(|| day("2026-01-20")),
        accepted_on: None,
        review_ended_on: None,
        version: 1,
        created_at: at,
        updated_at: at,
    }
}

/// A command as it is called, on the day on which it is tried, of a permit on this basis; and the permission, unless the registry gives it by itself.
struct Case {
    name: &'static str,
    command: Command,
    today: &'static str,
    basis: Basis,
    needs: Option<Permission>,
}

fn cases() -> Vec<Case> {
    use Permission as P;
    let case = |name, command, needs| Case { name, command, today: "2026-02-01", basis: Basis::Contract, needs: Some(needs) };
    let (lapse, supersede) = (Command::Lapse, Command::Supersede);
    let ended_on = day("2026-01-31");
    vec![
        case("Submit", Command::Submit, P::SubmitApplication),
        case("Accept", Command::Accept, P::AcceptApplication),
        case("Return", Command::Return(ReturnGround::DocumentMissing), P::ReturnApplication),
        case("StartReview", Command::StartReview, P::StartReview),
        case("Approve", Command::Approve, P::ApproveApplication),
        case("Refuse", Command::Refuse(RefusalGround::OtherLegalGround), P::RefuseApplication),
        case("Withdraw", Command::Withdraw, P::WithdrawApplication),
        case("Appeal", Command::Appeal, P::AppealRefusal),
        case("DecideAppeal, granted", Command::DecideAppeal(None), P::DecideAppeal),
        case("DecideAppeal, refused", Command::DecideAppeal(Some(RefusalGround::OtherLegalGround)), P::DecideAppeal),
        case("Issue", Command::Issue { from: day("2026-02-01"), until: day("2026-12-31"), basis_until: None }, P::IssuePermit),
        case("Renew", Command::Renew, P::RenewPermit),
        case("Shorten", Command::Shorten { until: day("2026-06-01") }, P::ShortenPermit),
        case("Cancel", Command::Cancel, P::CancelPermit),
        case("Revoke", Command::Revoke(RevocationGround::ContractEnded), P::RevokePermit),
        case("ReportHostChange", Command::ReportHostChange { ended_on }, P::ReportHostChange),
        Case { basis: Basis::Enrolment, ..case("ReportHostChange, by study", Command::ReportHostChange { ended_on }, P::ReportHostChange) },
        Case { basis: Basis::Enrolment, ..case("ReportEnrolmentEnd", Command::ReportEnrolmentEnd { ended_on }, P::ReportEnrolmentEnd) },
        case("ReportEnrolmentEnd, by work", Command::ReportEnrolmentEnd { ended_on }, P::ReportEnrolmentEnd),
        Case { name: "Supersede", command: supersede, today: "2026-02-01", basis: Basis::Contract, needs: None },
        Case { name: "Submit, too late", today: "2026-02-20", ..case("", Command::Submit, P::SubmitApplication) },
        Case { name: "Lapse, too early", command: lapse, today: "2026-02-19", basis: Basis::Contract, needs: None },
        Case { name: "Lapse", command: lapse, today: "2026-02-20", basis: Basis::Contract, needs: None },
    ]
}

#[test]
fn states_commands_and_roles_are_the_golden_ones() {
    let mut matrix = String::new();
    for state in PermitState::iter() {
        for Case { name, command, today, basis, .. } in cases() {
            let outcome = match carry_out(permit(state, basis), command, day(today)) {
                Ok((permit, step)) => {
                    assert_eq!((step.from, step.to), (Some(state), permit.state));
                    assert!(!step.legal_basis.is_empty() && !step.policy_version.is_empty());
                    permit.state.to_string()
                }
                Err(refusal) => format!("refused, {}", refusal.reason()),
            };
            writeln!(matrix, "{state} × {name}: {outcome}").unwrap();
        }
    }
    for Case { name, needs, .. } in cases() {
        for role in Role::iter() {
            let allowed = needs.is_some_and(|needs| role.permissions().contains(&needs));
            writeln!(matrix, "{name} × {role}: {}", if allowed { "allowed" } else { "not allowed" }).unwrap();
        }
    }
    crate::harness::assert_golden("permit_matrix.txt", &matrix);
}
