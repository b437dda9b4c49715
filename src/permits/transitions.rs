//! Which step leads from where to where. This is the whole table; who may take a step and on which days is in the rules.

use strum::{Display, EnumIter, IntoStaticStr};

use super::PermitState;

/// A step that somebody asks for; the first one, the application itself, needs no state to start from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Display, EnumIter, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum Command {
    /// Hand the application in.
    Submit,
    /// Take it as complete.
    Accept,
    /// Give it back as incomplete.
    Return,
    /// Begin to examine it.
    StartReview,
    /// Decide for the applicant.
    Approve,
    /// Decide against the applicant.
    Refuse,
    /// Take it back before it is decided.
    Withdraw,
    /// Ask for another look at a refusal.
    Appeal,
    /// Decide the appeal for the applicant.
    GrantAppeal,
    /// Decide the appeal against the applicant.
    RejectAppeal,
    /// Hand the permit out.
    Issue,
    /// Replace it by a permit with a later last day.
    Renew,
    /// Move its last day to an earlier one.
    Shorten,
    /// End it at the host's request.
    Cancel,
    /// End it by decision of the authority.
    Revoke,
    /// Note that the contract it stands on has ended.
    ReportHostChange,
    /// Replace it by a permit of another host.
    Supersede,
}

/// MVD order 992 of 4 Dec 2015, as the registry follows it: where a step leads, or `None` when it cannot be taken from there.
pub fn next(state: PermitState, command: Command) -> Option<PermitState> {
    use Command as C;
    use PermitState as S;
    match (command, state) {
        (C::Submit, S::Draft | S::Returned) => Some(S::Submitted),
        (C::Accept, S::Submitted) => Some(S::Accepted),
        (C::Return, S::Submitted) => Some(S::Returned),
        (C::StartReview, S::Accepted) => Some(S::UnderReview),
        (C::Approve, S::UnderReview) | (C::GrantAppeal, S::Appealed) => Some(S::Approved),
        (C::Refuse, S::UnderReview) | (C::RejectAppeal, S::Appealed) => Some(S::Refused),
        (C::Withdraw, S::Draft | S::Submitted | S::Returned | S::Accepted | S::UnderReview) => Some(S::Withdrawn),
        (C::Appeal, S::Refused) => Some(S::Appealed),
        (C::Issue, S::Approved) => Some(S::Issued),
        (C::Renew, S::Issued) => Some(S::Renewed),
        (C::Shorten, S::Issued | S::HostChanged) => Some(S::Shortened),
        (C::Cancel, S::Issued | S::HostChanged | S::Shortened) => Some(S::Cancelled),
        (C::Revoke, S::Issued | S::HostChanged | S::Shortened) => Some(S::Revoked),
        (C::ReportHostChange, S::Issued) => Some(S::HostChanged),
        (C::Supersede, S::HostChanged | S::Shortened) => Some(S::Superseded),
        (
            C::Submit
            | C::Accept
            | C::Return
            | C::StartReview
            | C::Approve
            | C::Refuse
            | C::Withdraw
            | C::Appeal
            | C::GrantAppeal
            | C::RejectAppeal
            | C::Issue
            | C::Renew
            | C::Shorten
            | C::Cancel
            | C::Revoke
            | C::ReportHostChange
            | C::Supersede,
            _,
        ) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use strum::IntoEnumIterator as _;

    use super::*;

    /// The same table, drawn the other way round: by state, as the authority's procedure goes on.
    const LIFE: [(&str, &[(&str, &str)]); 16] = [
        ("DRAFT", &[("SUBMIT", "SUBMITTED"), ("WITHDRAW", "WITHDRAWN")]),
        ("SUBMITTED", &[("ACCEPT", "ACCEPTED"), ("RETURN", "RETURNED"), ("WITHDRAW", "WITHDRAWN")]),
        ("RETURNED", &[("SUBMIT", "SUBMITTED"), ("WITHDRAW", "WITHDRAWN")]),
        ("ACCEPTED", &[("START_REVIEW", "UNDER_REVIEW"), ("WITHDRAW", "WITHDRAWN")]),
        ("UNDER_REVIEW", &[("APPROVE", "APPROVED"), ("REFUSE", "REFUSED"), ("WITHDRAW", "WITHDRAWN")]),
        ("APPROVED", &[("ISSUE", "ISSUED")]),
        ("REFUSED", &[("APPEAL", "APPEALED")]),
        ("APPEALED", &[("GRANT_APPEAL", "APPROVED"), ("REJECT_APPEAL", "REFUSED")]),
        ("WITHDRAWN", &[]),
        (
            "ISSUED",
            &[
                ("RENEW", "RENEWED"),
                ("SHORTEN", "SHORTENED"),
                ("CANCEL", "CANCELLED"),
                ("REVOKE", "REVOKED"),
                ("REPORT_HOST_CHANGE", "HOST_CHANGED"),
            ],
        ),
        ("HOST_CHANGED", &[("SHORTEN", "SHORTENED"), ("CANCEL", "CANCELLED"), ("REVOKE", "REVOKED"), ("SUPERSEDE", "SUPERSEDED")]),
        ("SHORTENED", &[("CANCEL", "CANCELLED"), ("REVOKE", "REVOKED"), ("SUPERSEDE", "SUPERSEDED")]),
        ("RENEWED", &[]),
        ("CANCELLED", &[]),
        ("REVOKED", &[]),
        ("SUPERSEDED", &[]),
    ];

    #[test]
    fn every_state_and_every_command_agree_with_the_procedure() {
        let life: BTreeMap<&str, BTreeMap<&str, &str>> = LIFE.iter().map(|(state, steps)| (*state, steps.iter().copied().collect())).collect();
        let mut walked = 0;
        for state in PermitState::iter() {
            for command in Command::iter() {
                let expected = life[<&str>::from(state)].get(<&str>::from(command)).map(|to| (*to).to_owned());
                assert_eq!(next(state, command).map(|to| to.to_string()), expected, "{state} {command}");
                walked += 1;
            }
        }
        assert_eq!(walked, 16 * 17);
    }

    #[test]
    fn a_state_from_which_nothing_leads_anywhere_is_final_and_no_other() {
        let dead_ends = PermitState::iter().filter(|state| Command::iter().all(|command| next(*state, command).is_none()));
        assert_eq!(dead_ends.collect::<Vec<_>>(), PermitState::FINAL);
    }

    #[test]
    fn every_state_can_be_reached_from_a_draft() {
        let mut reached = BTreeSet::from([PermitState::Draft]);
        let mut left = vec![PermitState::Draft];
        while let Some(state) = left.pop() {
            left.extend(Command::iter().filter_map(|command| next(state, command)).filter(|to| reached.insert(*to)));
        }
        assert_eq!(reached.len(), PermitState::iter().count());
    }

    #[test]
    fn every_command_leads_somewhere() {
        for command in Command::iter() {
            assert!(PermitState::iter().any(|state| next(state, command).is_some()), "{command}");
        }
    }
}
