//! The words of matches on the wire that others use too.

use super::EndReason;
use crate::proto;

/// Why something is over, from the wire.
pub fn read_end_reason(reason: proto::EndReason) -> Option<EndReason> {
    reason.as_str_name().strip_prefix("END_REASON_").and_then(|name| name.parse().ok())
}

/// Why something is over, for the wire; nothing said is unspecified.
pub fn write_end_reason(reason: Option<EndReason>) -> i32 {
    reason.and_then(|reason| proto::EndReason::from_str_name(&format!("END_REASON_{reason}"))).unwrap_or_default().into()
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator as _;

    use super::*;

    #[test]
    fn every_reason_reads_back_from_the_wire() {
        for reason in EndReason::iter() {
            assert_eq!(proto::EndReason::try_from(write_end_reason(Some(reason))).ok().and_then(read_end_reason), Some(reason));
        }
        assert_eq!((write_end_reason(None), read_end_reason(proto::EndReason::Unspecified)), (0, None));
    }
}
