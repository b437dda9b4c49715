//! Stay policies as dated data, read from `policies.toml` and from the operator's file. A law that changes is a new version there, with its own id; answers
//! name the version that they used.

use std::{collections::BTreeSet, sync::Arc};

use chrono::NaiveDate;
use serde::Deserialize;

use crate::{classifiers::Country, versions};

/// The versions that come with the registry.
const BUILT_IN: &str = include_str!("policies.toml");

/// Days that a limit, a window or a cap may have at most: ten years.
const MOST_DAYS: i32 = 3660;

/// How a policy counts days of stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Kind {
    /// So many days in any window that ends on a day of presence.
    RollingWindow,
    /// So many days after each entry; an exit resets the count.
    PerEntry,
    /// So many days in each year of the calendar.
    CalendarYear,
    /// No limit on the days of stay is known; others duties, such as registering, may run.
    NoLimit,
}

/// Whom a policy speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Citizens {
    /// Citizens of these countries.
    Of(Vec<Country>),
    /// Citizens of all countries that no other policy of the same country names.
    Others,
}

/// What holds on days after a visa or permit has ended, in the stay that it covered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AfterPermit {
    /// The count goes on where it stood.
    #[default]
    CountOn,
    /// The person has to leave on the document's last day.
    Leave,
}

/// One version of a rule on how long one may stay.
#[expect(clippy::struct_excessive_bools, reason = "each is a question that the law answers by itself")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StayPolicy {
    /// The stable name.
    pub id: Arc<str>,
    /// The country in ISO 3166-1 alpha-3; `EUE` for the Schengen area.
    pub country: String,
    /// Whom it speaks of.
    pub citizens: Citizens,
    /// The same in words.
    pub applies_to: String,
    /// The first day in force; `None`: as far back as anybody asks.
    pub effective_from: Option<NaiveDate>,
    /// The last day in force; `None`: until the next version begins.
    pub effective_until: Option<NaiveDate>,
    /// Whether a stay that began before the first day keeps to the version before.
    pub binds_new_entries_only: bool,
    /// How days are counted.
    pub kind: Kind,
    /// Days allowed in the window, after an entry or in the year; 0 when there is no limit.
    pub limit_days: i32,
    /// Days of the rolling window, which ends on each day of presence; 0 for other kinds.
    pub window_days: i32,
    /// Days of one unbroken stay, whatever the window leaves.
    pub per_entry_cap_days: Option<i32>,
    /// Whether the day of entry counts.
    pub count_entry_day: bool,
    /// Whether the day of exit counts.
    pub count_exit_day: bool,
    /// Whether days under a visa or permit are left out of the count.
    pub exclude_permit_days: bool,
    /// What holds after such a document has ended.
    pub after_permit: AfterPermit,
    /// Days before this one are not counted.
    pub lookback_floor: Option<NaiveDate>,
    /// Days from the entry, the day of entry being the first, after which the stay must be registered.
    pub registration_due_days: Option<i32>,
    /// The legal basis.
    pub legal_basis: String,
    /// Where it can be read.
    pub source_url: String,
    /// `A` primary or several concurring sources, `B` one good source, `C` weak.
    pub confidence: String,
    /// What the sources leave open, and which parameter stands for it.
    pub open_points: Vec<String>,
}

/// All versions in force at some time.
#[derive(Debug, Clone)]
pub struct Policies(Vec<StayPolicy>);

/// A version as it is written down.
#[expect(clippy::struct_excessive_bools, reason = "each is a question that the law answers by itself")]
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Written {
    id: String,
    country: String,
    citizens: Vec<String>,
    applies_to: String,
    effective_from: Option<NaiveDate>,
    effective_until: Option<NaiveDate>,
    #[serde(default)]
    binds_new_entries_only: bool,
    kind: Kind,
    #[serde(default)]
    limit_days: i32,
    #[serde(default)]
    window_days: i32,
    per_entry_cap_days: Option<i32>,
    #[serde(default = "yes")]
    count_entry_day: bool,
    #[serde(default = "yes")]
    count_exit_day: bool,
    #[serde(default = "yes")]
    exclude_permit_days: bool,
    #[serde(default)]
    after_permit: AfterPermit,
    lookback_floor: Option<NaiveDate>,
    registration_due_days: Option<i32>,
    legal_basis: String,
    source_url: String,
    confidence: String,
    #[serde(default)]
    open_points: Vec<String>,
}

fn yes() -> bool {
    true
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    stay_policy: Vec<Written>,
}

impl Policies {
    /// The versions that come with the registry, with those of an operator put in: one with a known id replaces it, one with a new id is added.
    ///
    /// # Errors
    /// Every fault, one a line, with the version and the field that it lies in.
    pub fn with(overrides: Vec<Written>) -> Result<Self, String> {
        let file: File = toml::from_str(BUILT_IN).map_err(|failed| format!("the built-in stay policies cannot be read: {failed}"))?;
        let mut written = file.stay_policy;
        for version in overrides {
            match written.iter_mut().find(|known| known.id == version.id) {
                Some(known) => *known = version,
                None => written.push(version),
            }
        }
        let mut faults = Vec::new();
        let versions: Vec<StayPolicy> = written.into_iter().map(|version| checked(version, &mut faults)).collect();
        in_sequence(&versions, &mut faults);
        if faults.is_empty() { Ok(Self(versions)) } else { Err(faults.join("\n")) }
    }

    /// All versions, in the order in which they are written.
    pub fn all(&self) -> &[StayPolicy] {
        &self.0
    }

    /// The version of an id.
    pub fn by_id(&self, id: &str) -> Option<&StayPolicy> {
        self.0.iter().find(|policy| &*policy.id == id)
    }

    /// The version that a country applies to a citizen on a day. `entered_on` is the first day of the stay that the day lies in, when it lies in one.
    pub fn applying(&self, country: &str, citizenship: Country, on: NaiveDate, entered_on: Option<NaiveDate>) -> Option<&StayPolicy> {
        if citizenship.code() == country {
            return None;
        }
        let group = self.group_of(country, citizenship);
        let in_force = |day: NaiveDate| group.iter().rev().find(|policy| policy.effective_from.is_none_or(|from| from <= day)).copied();
        let found = in_force(on)?;
        let earlier =
            entered_on.filter(|entered_on| found.binds_new_entries_only && found.effective_from.is_some_and(|from| *entered_on < from));
        let found = earlier.and_then(in_force).unwrap_or(found);
        found.effective_until.is_none_or(|until| on <= until || earlier.is_some()).then_some(found)
    }

    /// The versions that speak of a citizen, the oldest first.
    fn group_of(&self, country: &str, citizenship: Country) -> Vec<&StayPolicy> {
        group(&self.0, country, Some(citizenship))
    }
}

/// The versions of a country that speak of a citizenship, or of all others; the oldest first.
fn group<'a>(versions: &'a [StayPolicy], country: &str, citizenship: Option<Country>) -> Vec<&'a StayPolicy> {
    let of_country = || versions.iter().filter(|policy| policy.country == country);
    let named =
        |policy: &&StayPolicy| matches!(&policy.citizens, Citizens::Of(named) if citizenship.is_some_and(|one| named.contains(&one)));
    let mut group: Vec<&StayPolicy> = of_country().filter(named).collect();
    if group.is_empty() {
        group = of_country().filter(|policy| policy.citizens == Citizens::Others).collect();
    }
    group.sort_by_key(|policy| policy.effective_from);
    group
}

fn checked(written: Written, faults: &mut Vec<String>) -> StayPolicy {
    let mut fault = |field: &str, what: &str| faults.push(format!("stay_policy {}: {field}: {what}", written.id));
    if written.id.is_empty()
        || written.id.len() > 64
        || !written.id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._".contains(&byte))
    {
        fault("id", "must be 1 to 64 small letters, digits, dots and underscores");
    }
    if written.country.len() != 3 || !written.country.bytes().all(|byte| byte.is_ascii_uppercase()) {
        fault("country", "must be an ISO 3166-1 alpha-3 code, or EUE");
    }
    for (field, text) in [("applies_to", &written.applies_to), ("legal_basis", &written.legal_basis), ("source_url", &written.source_url)] {
        if text.is_empty() {
            fault(field, "is required");
        }
    }
    for (field, what) in versions::faults_of((written.effective_from, written.effective_until), &written.confidence) {
        fault(field, what);
    }
    let citizens = if written.citizens == ["OTHERS"] {
        Citizens::Others
    } else {
        if written.citizens.is_empty() {
            fault("citizens", "is required: country codes, or the one word OTHERS");
        }
        let codes = written.citizens.iter().filter_map(|code| {
            let country = code.parse().ok();
            if country.is_none() {
                fault("citizens", "must be ISO 3166-1 alpha-3 codes, or the one word OTHERS");
            }
            country
        });
        Citizens::Of(codes.collect())
    };
    if written.lookback_floor.is_some_and(|day| !crate::time::is_plausible(day)) {
        fault("lookback_floor", "must lie between 1900 and 2200");
    }
    let limited = written.kind != Kind::NoLimit;
    if limited && !(1..=MOST_DAYS).contains(&written.limit_days) {
        fault("limit_days", "must be 1 to 3660");
    }
    if !limited && written.limit_days != 0 {
        fault("limit_days", "cannot be given with NO_LIMIT");
    }
    if written.kind == Kind::RollingWindow && !(written.limit_days.max(1) + 1..=MOST_DAYS).contains(&written.window_days) {
        fault("window_days", "must be more than limit_days and at most 3660");
    }
    if written.kind == Kind::CalendarYear && written.limit_days > 364 {
        fault("limit_days", "must be less than a year for CALENDAR_YEAR");
    }
    if written.kind != Kind::RollingWindow && written.window_days != 0 {
        fault("window_days", "is for ROLLING_WINDOW only");
    }
    for (field, days) in [("per_entry_cap_days", written.per_entry_cap_days), ("registration_due_days", written.registration_due_days)] {
        if days.is_some_and(|days| !(1..=MOST_DAYS).contains(&days)) {
            fault(field, "must be 1 to 3660");
        }
    }
    if matches!(written.kind, Kind::PerEntry | Kind::NoLimit) && written.per_entry_cap_days.is_some() {
        fault("per_entry_cap_days", "is for kinds that count over several stays");
    }
    StayPolicy {
        id: written.id.into(),
        country: written.country,
        citizens,
        applies_to: written.applies_to,
        effective_from: written.effective_from,
        effective_until: written.effective_until,
        binds_new_entries_only: written.binds_new_entries_only,
        kind: written.kind,
        limit_days: written.limit_days,
        window_days: written.window_days,
        per_entry_cap_days: written.per_entry_cap_days,
        count_entry_day: written.count_entry_day,
        count_exit_day: written.count_exit_day,
        exclude_permit_days: written.exclude_permit_days,
        after_permit: written.after_permit,
        lookback_floor: written.lookback_floor,
        registration_due_days: written.registration_due_days,
        legal_basis: written.legal_basis,
        source_url: written.source_url,
        confidence: written.confidence,
        open_points: written.open_points,
    }
}

/// For every country and citizenship, each version begins on the day after the one before it ends: no day has two rules, and none between two has none.
fn in_sequence(policies: &[StayPolicy], faults: &mut Vec<String>) {
    let countries: BTreeSet<&str> = policies.iter().map(|policy| policy.country.as_str()).collect();
    let mut told = BTreeSet::new();
    for country in countries {
        let of_country = policies.iter().filter(|policy| policy.country == country);
        let named = of_country.flat_map(|policy| match &policy.citizens {
            Citizens::Of(citizens) => citizens.iter().copied().map(Some).collect(),
            Citizens::Others => vec![None],
        });
        for citizenship in named.collect::<BTreeSet<Option<Country>>>() {
            for pair in group(policies, country, citizenship).windows(2) {
                let [one, next] = pair else { continue };
                let fault = versions::fault_between((one.effective_from, one.effective_until), (next.effective_from, next.effective_until));
                if let Some(fault) = fault.filter(|fault| told.insert((one.id.to_string(), next.id.to_string(), fault.clone()))) {
                    faults.push(format!("stay_policy {} and {} {fault}", one.id, next.id));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn written(text: &str) -> Vec<Written> {
        toml::from_str::<File>(text).unwrap().stay_policy
    }

    fn version(id: &str, more: &str) -> String {
        format!(
            "[[stay_policy]]\nid = '{id}'\ncountry = 'KAZ'\ncitizens = ['RUS']\napplies_to = 'x'\nkind = 'ROLLING_WINDOW'\nlimit_days = 60\nwindow_days = 120\n\
             legal_basis = 'x'\nsource_url = 'x'\nconfidence = 'B'\n{more}\n"
        )
    }

    #[test]
    fn the_built_in_versions_follow_each_other_without_gap_or_overlap() {
        assert!(Policies::with(vec![]).unwrap().all().len() >= 20);
    }

    #[test]
    fn which_version_applies_follows_from_citizenship_and_day() {
        let policies = Policies::with(vec![]).unwrap();
        let of = |citizenship: &str, on: &str| {
            policies.applying("KAZ", citizenship.parse().unwrap(), day(on), None).map(|policy| policy.id.to_string())
        };
        for (citizenship, on, expected) in [
            ("RUS", "2015-12-31", Some("kz.rus.before_2016")),
            ("RUS", "2019-06-01", Some("kz.rus.2016")),
            ("RUS", "2020-01-10", Some("kz.rus.2016")),
            ("RUS", "2020-01-11", Some("kz.eaeu.2020")),
            ("RUS", "2023-01-26", Some("kz.eaeu.2020")),
            ("RUS", "2023-01-27", Some("kz.eaeu.2023")),
            ("KGZ", "2026-11-24", Some("kz.eaeu.2023")),
            ("DEU", "2026-11-24", Some("kz.visa_free.2023")),
            ("CHN", "2023-11-09", Some("kz.chn.2022")),
            ("CHN", "2023-11-10", Some("kz.chn.2023")),
            ("KAZ", "2026-11-24", None),
            ("AFG", "2026-11-24", None),
        ] {
            assert_eq!(of(citizenship, on).as_deref(), expected, "{citizenship} on {on}");
        }
        assert_eq!(policies.applying("EUE", "RUS".parse().unwrap(), day("2026-01-01"), None).unwrap().id, "schengen.2013".into());
    }

    #[test]
    fn a_stay_that_began_under_the_former_version_keeps_to_it() {
        let policies = Policies::with(vec![]).unwrap();
        let applying = |entered: &str| policies.applying("KAZ", "RUS".parse().unwrap(), day("2023-02-15"), Some(day(entered))).unwrap();
        assert_eq!(&*applying("2022-12-01").id, "kz.eaeu.2020");
        assert_eq!(&*applying("2023-01-27").id, "kz.eaeu.2023");
    }

    #[test]
    fn an_operator_ends_one_version_and_begins_the_next_without_a_new_build() {
        let ended = version("kz.eaeu.2023", "effective_from = '2023-01-27'\neffective_until = '2027-02-28'");
        let next = version("kz.rus.2027", "effective_from = '2027-03-01'");
        let policies = Policies::with(written(&(ended + &next))).unwrap();
        let on = |on: &str| policies.applying("KAZ", "RUS".parse().unwrap(), day(on), None).unwrap().id.to_string();
        assert_eq!((on("2027-02-28"), on("2027-03-01")), ("kz.eaeu.2023".to_owned(), "kz.rus.2027".to_owned()));
    }

    #[test]
    fn a_version_without_an_end_ends_where_the_next_begins() {
        let policies = Policies::with(written(&version("kz.rus.2027", "effective_from = '2027-03-01'"))).unwrap();
        assert_eq!(&*policies.applying("KAZ", "RUS".parse().unwrap(), day("2027-03-01"), None).unwrap().id, "kz.rus.2027");
        assert_eq!(&*policies.applying("KAZ", "KGZ".parse().unwrap(), day("2027-03-01"), None).unwrap().id, "kz.eaeu.2023");
    }

    #[test]
    fn a_gap_an_overlap_and_every_wrong_field_are_told_at_once_with_their_place() {
        let gap = version("kz.eaeu.2023", "effective_from = '2023-01-27'\neffective_until = '2027-02-28'")
            + &version("kz.rus.2027", "effective_from = '2027-03-02'");
        let told = Policies::with(written(&gap)).unwrap_err();
        assert!(told.contains("kz.eaeu.2023 and kz.rus.2027 leave a gap between 2027-02-28 and 2027-03-02"), "{told}");
        let overlap = version("kz.eaeu.2023", "effective_from = '2023-01-27'\neffective_until = '2027-03-02'")
            + &version("kz.rus.2027", "effective_from = '2027-03-02'");
        let told = Policies::with(written(&overlap)).unwrap_err();
        assert!(told.contains("overlap from 2027-03-02 to 2027-03-02"), "{told}");
        let wrong = version("x", "effective_from = '1899-12-31'\nlookback_floor = '2201-01-01'")
            .replace("120", "0")
            .replace("'B'", "'D'")
            .replace("60", "-1");
        let told = Policies::with(written(&wrong)).unwrap_err();
        for place in ["x: effective_from", "x: lookback_floor", "x: window_days", "x: limit_days", "x: confidence"] {
            assert!(told.contains(place), "{place} in: {told}");
        }
    }
}
