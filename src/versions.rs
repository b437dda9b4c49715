//! Versions of a rule that follow one another by date: what holds for all dated law, whatever it says.

use chrono::NaiveDate;

/// From when until when a version is in force: `None` at the beginning is as far back as anybody asks, at the end until the next begins.
pub type InForce = (Option<NaiveDate>, Option<NaiveDate>);

/// What is wrong between a version and the one that follows it: no day may have two, and none between two none.
pub fn fault_between(one: InForce, next: InForce) -> Option<String> {
    match (one, next.0) {
        (_, None) => Some("overlap: both have no effective_from".to_owned()),
        ((Some(begins), _), Some(from)) if begins == from => Some(format!("overlap: both begin on {from}")),
        ((_, Some(until)), Some(from)) if until >= from => Some(format!("overlap from {from} to {until}")),
        ((_, Some(until)), Some(from)) if until.succ_opt() != Some(from) => Some(format!("leave a gap between {until} and {from}")),
        (_, Some(_)) => None,
    }
}

/// What is wrong with a version by itself, as the field at fault and what it must be.
pub fn faults_of(in_force: InForce, confidence: &str) -> Vec<(&'static str, &'static str)> {
    let mut found = Vec::new();
    for (field, day) in [("effective_from", in_force.0), ("effective_until", in_force.1)] {
        if day.is_some_and(|day| !crate::time::is_plausible(day)) {
            found.push((field, "must lie between 1900 and 2200"));
        }
    }
    if in_force.0.zip(in_force.1).is_some_and(|(from, until)| until < from) {
        found.push(("effective_until", "lies before effective_from"));
    }
    if !["A", "B", "C"].contains(&confidence) {
        found.push(("confidence", "must be A, B or C"));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_version_begins_on_the_day_after_the_one_before_it_ends() {
        let first = (None, Some(day("2022-12-31")));
        assert_eq!(fault_between(first, (Some(day("2023-01-01")), None)), None);
        assert_eq!(fault_between((None, None), (Some(day("2023-01-01")), None)), None, "one without an end ends where the next begins");
        for (from, fault) in [("2023-01-02", "gap"), ("2022-12-31", "overlap")] {
            assert!(fault_between(first, (Some(day(from)), None)).unwrap().contains(fault), "{from}");
        }
        assert!(fault_between((Some(day("2023-01-01")), None), (Some(day("2023-01-01")), None)).unwrap().contains("both begin"));
        assert!(fault_between((None, None), (None, None)).unwrap().contains("overlap"));
    }
}
