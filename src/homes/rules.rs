//! What may be said of homes, when an offer may change, and who may be sent there.

use chrono::{Days, NaiveDate};

use super::{Check, Home, HomeAmendment, HomeOffer, HomeOfferStatus};
use crate::{
    classifiers::Region,
    error::{Reason, Violation, Why},
    names::Fold,
};

/// Homes of one kind at most.
const MOST_HOMES: i32 = 500;

/// Days ago that a check may have been at most.
const LONGEST_DAYS: u64 = 366;

/// Why homes cannot change as asked, or nobody can be sent there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The offer is closed.
    #[error("the homes are offered no longer")]
    HomeOfferClosed,
    /// More homes of a kind are held or taken than would be left.
    #[error("{used} homes of this kind are held or taken; there cannot be fewer")]
    HomesInUse {
        /// Homes held or taken.
        used: i32,
    },
    /// Somebody has looked at the home, and nobody may be sent there.
    #[error("the home was checked on {on} and refused")]
    HomeRefused {
        /// The day of the check.
        on: NaiveDate,
    },
    /// The home is not there yet on the last day of arrival.
    #[error("the home is available from {from} only, after the last day of arrival")]
    HomeStartsLater {
        /// The home's first day.
        from: NaiveDate,
    },
    /// The home is no longer there on the last day of arrival.
    #[error("the home is available until {until} only, before the last day of arrival")]
    HomeEndsEarlier {
        /// The home's last day.
        until: NaiveDate,
    },
}

impl Refusal {
    /// Every reason that these rules can give.
    pub const REASONS: &[&str] = &["HOME_OFFER_CLOSED", "HOMES_IN_USE", "HOME_REFUSED", "HOME_STARTS_LATER", "HOME_ENDS_EARLIER"];
}

impl Reason for Refusal {
    fn reason(&self) -> &'static str {
        match self {
            Self::HomeOfferClosed => "HOME_OFFER_CLOSED",
            Self::HomesInUse { .. } => "HOMES_IN_USE",
            Self::HomeRefused { .. } => "HOME_REFUSED",
            Self::HomeStartsLater { .. } => "HOME_STARTS_LATER",
            Self::HomeEndsEarlier { .. } => "HOME_ENDS_EARLIER",
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::HomeOfferClosed => vec![],
            Self::HomesInUse { used } => vec![("used", used.to_string())],
            Self::HomeRefused { on } => vec![("on", on.to_string())],
            Self::HomeStartsLater { from } => vec![("from", from.to_string())],
            Self::HomeEndsEarlier { until } => vec![("until", until.to_string())],
        }
    }
}

/// What is wrong with an offer's fields, all at once.
pub fn fields(offer: &HomeOffer) -> Vec<Violation> {
    let mut found: Vec<Violation> = settlement(&offer.settlement).into_iter().collect();
    found.extend(faults("home.", &offer.home, 1));
    found
}

/// What is wrong with the name of a town or village.
pub fn settlement(name: &str) -> Option<Violation> {
    let why = match name.trim().chars().count() {
        0 => Why::Required,
        1..=100 if !name.chars().any(char::is_control) => return None,
        _ => Why::Format("1 to 100 characters on one line"),
    };
    Some(Violation { field: "settlement".to_owned(), why })
}

/// What is wrong with homes of one kind, of which there must be so many at least. The path is that of the fields, with its point.
pub fn faults(path: &str, home: &Home, least: i32) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut fault = |name: &str, why: Why| found.push(Violation { field: format!("{path}{name}"), why });
    let count = if least == 0 { Why::Range("0 to 500") } else { Why::Range("1 to 500") };
    for (name, value, bounds, why) in [
        ("count", home.count, least..=MOST_HOMES, count),
        ("rooms", home.rooms, 1..=20, Why::Range("1 to 20")),
        ("people", home.people, 1..=20, Why::Range("1 to 20")),
    ] {
        if !bounds.contains(&value) {
            fault(name, why);
        }
    }
    if home.rent_minor < 0 {
        fault("rent_minor", Why::Range("0 or more"));
    }
    if home.available_until.is_some_and(|until| until <= home.available_from) {
        fault("available_until_date", Why::Contradicts("does not lie after available_from_date"));
    }
    found
}

/// Homes as they are said to be from now on.
pub fn amended(home: &Home, amendment: &HomeAmendment) -> Home {
    let said = Home {
        count: amendment.count.unwrap_or(home.count),
        rent_minor: amendment.rent_minor.unwrap_or(home.rent_minor),
        step_free: amendment.step_free.unwrap_or(home.step_free),
        children_allowed: amendment.children_allowed.unwrap_or(home.children_allowed),
        pets_allowed: amendment.pets_allowed.unwrap_or(home.pets_allowed),
        available_from: amendment.available_from.unwrap_or(home.available_from),
        available_until: amendment.available_until.unwrap_or(home.available_until),
        ..home.clone()
    };
    Home { check: check_after(home, &said), ..said }
}

/// A check speaks for what was said when somebody looked. When the equipment or the rules change, nobody has looked; but a refusal is not talked away by whoever was
/// refused.
pub fn check_after(before: &Home, said: &Home) -> Check {
    let looked_at = |home: &Home| (home.step_free, home.children_allowed, home.pets_allowed);
    match before.check {
        Check::Checked(_) if looked_at(before) != looked_at(said) => Check::Unchecked,
        check @ (Check::Unchecked | Check::Checked(_) | Check::Refused(_)) => check,
    }
}

/// What is wrong with the day of a check.
pub fn check_day(on: NaiveDate, today: NaiveDate) -> Option<Violation> {
    let is_good = on <= today && on + Days::new(LONGEST_DAYS) >= today;
    let why = Why::Range("from 366 days ago to today");
    (!is_good).then(|| Violation { field: "on_date".to_owned(), why })
}

/// How many homes of a kind can be given out in all: none of those that were refused.
pub fn offered(home: &Home) -> i32 {
    match home.check {
        Check::Unchecked | Check::Checked(_) => home.count,
        Check::Refused(_) => 0,
    }
}

/// Whether somebody can move into homes of a kind on a day, as far as any are free.
pub fn is_there_on(home: &Home, on: NaiveDate) -> bool {
    offered(home) > 0 && home.available_from <= on && home.available_until.is_none_or(|until| on <= until)
}

/// Nobody is sent to a home that was refused, nor to one that is not there yet, or no longer, when the person may arrive.
pub fn may_hold(home: &Home, arrive_by: NaiveDate) -> Result<(), Refusal> {
    match (home.check, home.available_until) {
        (Check::Refused(on), _) => Err(Refusal::HomeRefused { on }),
        _ if home.available_from > arrive_by => Err(Refusal::HomeStartsLater { from: home.available_from }),
        (_, Some(until)) if until < arrive_by => Err(Refusal::HomeEndsEarlier { until }),
        (Check::Unchecked | Check::Checked(_), _) => Ok(()),
    }
}

/// Nobody new gets a home of a closed offer.
pub fn is_open(offer: &HomeOffer) -> Result<(), Refusal> {
    match offer.status {
        HomeOfferStatus::Open => Ok(()),
        HomeOfferStatus::Closed => Err(Refusal::HomeOfferClosed),
    }
}

/// A closed offer is amended no more, and homes that somebody counts on cannot be taken away. `used` says how many are held or taken.
pub fn amend(offer: HomeOffer, amendment: &HomeAmendment, used: i32) -> Result<HomeOffer, Refusal> {
    is_open(&offer)?;
    let home = amended(&offer.home, amendment);
    if home.count < used { Err(Refusal::HomesInUse { used }) } else { Ok(HomeOffer { home, ..offer }) }
}

/// An offer with what was found at its homes.
pub fn check(offer: HomeOffer, check: Check) -> HomeOffer {
    HomeOffer { home: Home { check, ..offer.home }, ..offer }
}

/// An offer closes once. Whoever holds or has one of its homes keeps it.
pub fn close(offer: HomeOffer) -> Result<HomeOffer, Refusal> {
    is_open(&offer)?;
    Ok(HomeOffer { status: HomeOfferStatus::Closed, ..offer })
}

/// A town or village, however its name is written. Villages of one region that have the same name are not told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Town {
    region: Region,
    name: Fold,
    /// What is not read of a name: Разъезд 10 is not Разъезд 12.
    digits: String,
}

impl Town {
    /// The town of a name in a region.
    pub fn of(region: Region, settlement: &str) -> Self {
        Self { region, name: Fold::of(settlement), digits: settlement.chars().filter(char::is_ascii_digit).collect() }
    }

    /// Whether both may be one town: `Аягөз`, `Аягоз` and `Ayagoz` of one region are. A name in Latin letters may be that of two towns which are not one.
    pub fn is(&self, other: &Self) -> bool {
        let same_name = self.name.meets(&other.name) || (self.name.is_empty() && other.name.is_empty());
        self.region == other.region && self.digits == other.digits && same_name
    }
}

/// Whether homes fit whomever others fit, so that a choice among both is none: as large, there as early and as long, and free of rent if those are.
pub fn stands_for(one: &Home, other: &Home, today: NaiveDate) -> bool {
    let first = |home: &Home| home.available_from.max(today);
    let last = |home: &Home| home.available_until.unwrap_or(NaiveDate::MAX);
    one.people >= other.people && first(one) <= first(other) && last(one) >= last(other) && (one.rent_minor == 0 || other.rent_minor != 0)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{homes::HomeKind, ids::HomeOfferId};

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn flat() -> Home {
        Home {
            id: Uuid::from_u128(1),
            kind: HomeKind::Apartment,
            count: 5,
            rooms: 2,
            people: 4,
            rent_minor: 100,
            available_from: day("2026-01-01"),
            available_until: None,
            step_free: false,
            children_allowed: true,
            pets_allowed: false,
            check: Check::Unchecked,
        }
    }

    fn offer() -> HomeOffer {
        let at = "2026-01-01T00:00:00Z".parse().unwrap();
        HomeOffer {
            id: HomeOfferId(flat().id),
            host: None,
            region: Region::Abai,
            settlement: "Аягөз".to_owned(),
            home: flat(),
            status: HomeOfferStatus::Open,
            version: 1,
            created_at: at,
            updated_at: at,
        }
    }

    #[test]
    fn every_field_at_fault_is_told() {
        let home = Home { count: 0, rooms: 21, people: 0, rent_minor: -1, available_until: Some(day("2026-01-01")), ..flat() };
        let found = fields(&HomeOffer { settlement: " ".to_owned(), home, ..offer() });
        let at: Vec<&str> = found.iter().map(|violation| violation.field.as_str()).collect();
        assert_eq!(at, ["settlement", "home.count", "home.rooms", "home.people", "home.rent_minor", "home.available_until_date"]);
        assert!(fields(&offer()).is_empty());
    }

    #[test]
    fn homes_that_somebody_counts_on_stay_and_a_closed_offer_stays_as_it_is() {
        let fewer = HomeAmendment { count: Some(2), rent_minor: Some(0), ..HomeAmendment::default() };
        assert_eq!(amend(offer(), &fewer, 3), Err(Refusal::HomesInUse { used: 3 }));
        assert_eq!(amend(offer(), &fewer, 2).unwrap().home, Home { count: 2, rent_minor: 0, ..flat() });
        let closed = close(offer()).unwrap();
        assert_eq!((amend(closed.clone(), &fewer, 0), is_open(&closed)), (Err(Refusal::HomeOfferClosed), Err(Refusal::HomeOfferClosed)));
        assert_eq!(close(closed), Err(Refusal::HomeOfferClosed));
    }

    #[test]
    fn a_town_is_known_however_its_name_is_spelled_and_only_in_its_region() {
        let town = offer().town();
        for name in ["Аягөз", " аягөз ", "Аягоз", "Ayagoz"] {
            assert!(town.is(&Town::of(Region::Abai, name)), "{name}");
        }
        for (region, name) in [(Region::Astana, "Аягөз"), (Region::Abai, "Семей"), (Region::Abai, "7"), (Region::Abai, "Аягөз 2")]
        {
            assert!(!town.is(&Town::of(region, name)), "{name}");
        }
        let is = |one, other| Town::of(Region::Abai, one).is(&Town::of(Region::Abai, other));
        assert!(is("7", " 7 ") && is("Разъезд 10", "Razezd 10") && !is("Разъезд 10", "Разъезд 12"));
    }

    #[test]
    fn homes_stand_for_others_that_fit_nobody_else() {
        let today = day("2026-06-01");
        let until = |text: &str| Home { available_until: Some(day(text)), ..flat() };
        let from = |text: &str| Home { available_from: day(text), ..flat() };
        assert!(
            stands_for(&flat(), &flat(), today)
                && stands_for(&flat(), &from("2026-05-31"), today)
                && stands_for(&from("2026-06-01"), &flat(), today)
        );
        assert!(stands_for(&flat(), &from("2026-06-02"), today) && !stands_for(&from("2026-06-02"), &flat(), today));
        assert!(stands_for(&flat(), &until("2026-07-01"), today) && !stands_for(&until("2026-07-01"), &flat(), today));
        let (large, free) = (Home { people: 5, ..flat() }, Home { rent_minor: 0, ..flat() });
        assert!(stands_for(&large, &flat(), today) && !stands_for(&flat(), &large, today));
        assert!(stands_for(&free, &flat(), today) && !stands_for(&flat(), &free, today) && !stands_for(&large, &free, today));
    }

    #[test]
    fn a_check_is_of_the_last_year() {
        let today = day("2026-06-01");
        assert!(check_day(today, today).is_none() && check_day(day("2025-05-31"), today).is_none());
        assert!(check_day(day("2026-06-02"), today).is_some() && check_day(day("2025-05-30"), today).is_some());
        assert_eq!(check(offer(), Check::Refused(today)).home.check, Check::Refused(today));
    }

    #[test]
    fn nobody_is_sent_to_a_refused_home_or_to_one_that_is_not_there_at_the_arrival() {
        let (on, arrive_by) = (day("2026-02-01"), day("2026-03-01"));
        assert_eq!(may_hold(&Home { check: Check::Refused(on), ..flat() }, arrive_by), Err(Refusal::HomeRefused { on }));
        let until = |text: &str| Home { available_until: Some(day(text)), check: Check::Checked(on), ..flat() };
        assert_eq!(may_hold(&until("2026-02-28"), arrive_by), Err(Refusal::HomeEndsEarlier { until: day("2026-02-28") }));
        let from = |text: &str| Home { available_from: day(text), ..flat() };
        assert_eq!(may_hold(&from("2026-03-02"), arrive_by), Err(Refusal::HomeStartsLater { from: day("2026-03-02") }));
        assert!(may_hold(&from("2026-03-01"), arrive_by).is_ok());
        assert!(may_hold(&until("2026-03-01"), arrive_by).is_ok() && may_hold(&flat(), arrive_by).is_ok());
        assert_eq!((offered(&Home { check: Check::Refused(on), ..flat() }), offered(&flat())), (0, 5));
    }

    #[test]
    fn homes_are_there_from_their_first_day_to_their_last() {
        let home = Home { available_until: Some(day("2026-03-01")), ..flat() };
        for (on, there) in [("2025-12-31", false), ("2026-01-01", true), ("2026-03-01", true), ("2026-03-02", false)] {
            assert_eq!(is_there_on(&home, day(on)), there, "{on}");
        }
        assert!(!is_there_on(&Home { count: 0, ..flat() }, day("2026-01-02")));
    }
}
