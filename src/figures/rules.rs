//! What the tables are made of: their rows and columns, what is offered, for how long they are kept.

use std::collections::BTreeSet;

use chrono::{Datelike as _, Days, NaiveDate};
use strum::IntoEnumIterator as _;

use super::{
    Counted, FigureTable, Figures, Offer, Offered,
    protection::{THRESHOLD, protect},
};
use crate::{
    classifiers::Region,
    error::Reason,
    matches::MatchState,
    time::{Instant, start_of_day},
};

/// Civil days that the tables of a day are kept for, that day included.
pub const KEPT_DAYS: u64 = 400;

/// Full weeks that arrivals are shown of.
pub const WEEKS: u64 = 26;

/// The sub-major groups of ISCO-08 (International Labour Office 2012) that shortage is shown of. Those of major group 0, armed forces, are left out on purpose: who
/// has served is collected nowhere and counted nowhere.
pub const OCCUPATION_GROUPS: [&str; 40] = [
    "11", "12", "13", "14", "21", "22", "23", "24", "25", "26", "31", "32", "33", "34", "35", "41", "42", "43", "44", "51", "52", "53",
    "54", "61", "62", "63", "71", "72", "73", "74", "75", "81", "82", "83", "91", "92", "93", "94", "95", "96",
];

/// Why figures cannot be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No figures were made on the day, or they are not kept any longer.
    #[error("there are no figures of {on}")]
    FiguresNotMade {
        /// The day.
        on: NaiveDate,
    },
}

impl Refusal {
    /// Every reason that these rules can give.
    pub const REASONS: &[&str] = &["FIGURES_NOT_MADE"];
}

impl Reason for Refusal {
    fn reason(&self) -> &'static str {
        match self {
            Self::FiguresNotMade { .. } => "FIGURES_NOT_MADE",
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::FiguresNotMade { on } => vec![("on", on.to_string())],
        }
    }
}

/// A full week, from Monday to Sunday.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Week {
    /// ISO 8601, for example `2026-W47`.
    pub code: String,
    /// When it begins.
    pub begins_at: Instant,
    /// When it is over.
    pub ends_at: Instant,
}

/// The last [`WEEKS`] weeks that are over on a day, the earliest first.
pub fn weeks(today: NaiveDate) -> Vec<Week> {
    let monday = today - Days::new(today.weekday().num_days_from_monday().into());
    let week = |ago: u64| {
        let first = monday - Days::new(7 * ago);
        Week { code: first.format("%G-W%V").to_string(), begins_at: start_of_day(first), ends_at: start_of_day(first + Days::new(7)) }
    };
    (1..=WEEKS).rev().map(week).collect()
}

/// The columns of a table that is made on a day, in order.
pub fn columns(table: FigureTable, today: NaiveDate) -> Vec<String> {
    match table {
        FigureTable::Shortage => OCCUPATION_GROUPS.map(str::to_owned).to_vec(),
        FigureTable::Arrivals => weeks(today).into_iter().map(|week| week.code).collect(),
        FigureTable::MatchFunnel => MatchState::iter().map(|state| state.to_string()).collect(),
    }
}

/// Makes a table of what was counted. What has no place in it is left out.
pub fn figures(table: FigureTable, day: NaiveDate, made_at: Instant, counted: &Counted, offered: Option<&Offered>) -> Figures {
    let (regions, columns): (Vec<Region>, Vec<String>) = (Region::iter().collect(), columns(table, day));
    let row = |region: &Region| columns.iter().map(|column| counted.at(*region, column)).collect();
    let counts: Vec<Vec<i64>> = regions.iter().map(row).collect();
    let offers = |offered: &Offered| {
        let row = |region: &Region| columns.iter().map(|column| offer(offered, *region, column)).collect();
        regions.iter().map(row).collect()
    };
    Figures { table, day, made_at, people: protect(&counts), offers: offered.map(offers), regions, columns }
}

fn offer(offered: &Offered, region: Region, column: &str) -> Offer {
    let number = |all: &Counted| i32::try_from(all.at(region, column)).unwrap_or(i32::MAX);
    Offer { openings: number(&offered.openings), homes: number(&offered.homes) }
}

/// What a whole line or table offers.
pub fn sum<'a>(offers: impl IntoIterator<Item = &'a Offer>) -> Offer {
    offers.into_iter().fold(Offer::default(), |sum, offer| Offer {
        openings: sum.openings.saturating_add(offer.openings),
        homes: sum.homes.saturating_add(offer.homes),
    })
}

/// How many people, of those shown, look for 100 openings; nothing where people are withheld or nothing is offered.
pub fn people_per_hundred_openings(people: Option<i32>, openings: i32) -> Option<i32> {
    let (people, openings) = (i64::from(people?), i64::from(openings));
    (openings > 0).then(|| i32::try_from((people * 100 + openings / 2) / openings).unwrap_or(i32::MAX))
}

/// Where people are missing: regions and occupation groups with more openings than people who look for them, as far as the table shows. Where people are withheld
/// there are fewer than so many.
pub fn in_need(shortage: &Figures) -> BTreeSet<(Region, [u8; 2])> {
    let mut found = BTreeSet::new();
    let offers = shortage.offers.iter().flatten();
    for ((region, people), offers) in shortage.regions.iter().zip(&shortage.people.cells).zip(offers) {
        for ((group, people), offer) in shortage.columns.iter().zip(people).zip(offers) {
            let is_short = people.map_or(offer.openings >= THRESHOLD, |people| offer.openings > people);
            if let Some(group) = group.as_bytes().first_chunk().filter(|_| is_short) {
                found.insert((*region, *group));
            }
        }
    }
    found
}

/// The earliest civil day whose tables are still kept on a day.
pub fn first_kept(today: NaiveDate) -> NaiveDate {
    today - Days::new(KEPT_DAYS - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn counted(places: &[(Region, &str, i64)]) -> Counted {
        Counted(places.iter().map(|(region, column, count)| ((*region, (*column).to_owned()), *count)).collect())
    }

    #[test]
    fn the_current_week_is_not_shown_and_the_last_is_as_soon_as_it_is_over() {
        // 2026-11-29 is a Sunday, the last day of week 48.
        let (sunday, monday) = (weeks(day("2026-11-29")), weeks(day("2026-11-30")));
        assert_eq!((sunday.len(), monday.len()), (26, 26));
        assert_eq!((sunday[25].code.as_str(), monday[25].code.as_str()), ("2026-W47", "2026-W48"));
        assert_eq!(monday[25].ends_at, "2026-11-29T19:00:00Z".parse::<Instant>().unwrap(), "midnight in Kazakhstan");
        assert_eq!(sunday[1..], monday[..25]);
        assert!(monday.windows(2).all(|pair| pair[0].ends_at == pair[1].begins_at));
    }

    #[test]
    fn a_week_belongs_to_the_year_of_its_thursday() {
        let weeks = weeks(day("2027-01-11"));
        assert_eq!(weeks[24..].iter().map(|week| week.code.as_str()).collect::<Vec<_>>(), ["2026-W53", "2027-W01"]);
    }

    #[test]
    fn every_table_has_all_regions_and_its_own_columns_whatever_was_counted() {
        let today = day("2026-11-30");
        for (table, width) in [(FigureTable::Shortage, 40), (FigureTable::Arrivals, 26), (FigureTable::MatchFunnel, 7)] {
            let made = figures(table, today, start_of_day(today), &Counted::default(), None);
            assert_eq!((made.regions.len(), made.columns.len()), (20, width));
            assert!(made.people.cells.len() == 20 && made.people.cells.iter().all(|row| row.len() == width));
        }
        assert!(OCCUPATION_GROUPS.iter().all(|group| !group.starts_with('0')), "nobody is counted by armed forces");
    }

    #[test]
    fn what_is_offered_is_told_exactly_and_people_are_not() {
        let (today, abai) = (day("2026-11-30"), Region::Abai);
        let offered = Offered { openings: counted(&[(abai, "22", 20), (abai, "23", 1)]), homes: counted(&[(abai, "22", 7)]) };
        let people = counted(&[(abai, "22", 12), (abai, "23", 9), (abai, "01", 50)]);
        let made = figures(FigureTable::Shortage, today, start_of_day(today), &people, Some(&offered));
        let offers = made.offers.as_ref().unwrap();
        assert_eq!(sum(&offers[0]), Offer { openings: 21, homes: 7 });
        assert_eq!(made.people.total, Some(10));
    }

    #[test]
    fn people_are_missing_where_more_openings_are_offered_than_people_are_shown_or_withheld() {
        let (today, abai) = (day("2026-11-30"), Region::Abai);
        let openings = [(abai, "21", 11), (abai, "22", 10), (abai, "23", 9), (abai, "24", 10)];
        let offered = Offered { openings: counted(&openings), homes: Counted::default() };
        let people = counted(&[(abai, "21", 10), (abai, "22", 10), (abai, "23", 2), (abai, "24", 9)]);
        let made = figures(FigureTable::Shortage, today, start_of_day(today), &people, Some(&offered));
        assert_eq!(in_need(&made), BTreeSet::from([(abai, *b"21"), (abai, *b"24")]), "9 openings may be fewer than who is withheld");
    }

    #[test]
    fn a_ratio_is_of_what_is_shown() {
        assert_eq!(people_per_hundred_openings(Some(10), 40), Some(25));
        assert_eq!(people_per_hundred_openings(Some(10), 3), Some(333));
        assert_eq!(people_per_hundred_openings(Some(10), 0), None);
        assert_eq!(people_per_hundred_openings(None, 40), None);
    }

    #[test]
    fn figures_are_kept_for_four_hundred_days_with_their_own() {
        assert_eq!(first_kept(day("2027-02-04")), day("2026-01-01"));
    }

    #[test]
    fn what_was_counted_prints_no_number() {
        assert_eq!(format!("{:?}", counted(&[(Region::Abai, "22", 7)])), "Counted");
    }
}
