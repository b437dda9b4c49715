//! Stay policies as dated data. A law that changes is a new entry here, with its own id; answers name the entry that they used.

use chrono::NaiveDate;

use crate::classifiers::Country;

/// A rule of the form "so many days in any so many".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StayPolicy {
    /// The stable name.
    pub id: &'static str,
    /// The country in ISO 3166-1 alpha-3; `EUE` for the Schengen area.
    pub country: &'static str,
    /// Whom it applies to, in words.
    pub applies_to: &'static str,
    /// The first day in force.
    pub effective_from: NaiveDate,
    /// Days allowed in each window.
    pub limit_days: i32,
    /// Days of the window, which ends on each day of presence.
    pub window_days: i32,
    /// The legal basis.
    pub legal_basis: &'static str,
    /// Where it can be read.
    pub source_url: &'static str,
    /// `A` primary or several concurring sources, `B` one good source, `C` weak.
    pub confidence: &'static str,
}

const fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    match NaiveDate::from_ymd_opt(year, month, day) {
        Some(day) => day,
        None => NaiveDate::MIN,
    }
}

/// Every policy. Entry and exit day both count: so says Schengen's article 6(2); the Kazakh text counts "from the day of crossing" and excludes neither.
pub const POLICIES: [StayPolicy; 2] = [
    StayPolicy {
        id: "kz.eaeu.2023",
        country: "KAZ",
        applies_to: "citizens of Armenia, Belarus, Kyrgyzstan and Russia without a visa or permit",
        effective_from: day(2023, 1, 27),
        limit_days: 90,
        window_days: 180,
        legal_basis: "Law 477-IV of 22 July 2011, art. 6; Rules of entry and stay, Government Resolution 148 of 21 January 2012 as amended by 1146 of 31 December 2022",
        source_url: "https://adilet.zan.kz/rus/docs/P1200000148",
        confidence: "A",
    },
    StayPolicy {
        id: "schengen.2013",
        country: "EUE",
        applies_to: "third-country nationals on short stays",
        effective_from: day(2013, 10, 18),
        limit_days: 90,
        window_days: 180,
        legal_basis: "Regulation (EU) 610/2013, now Regulation (EU) 2016/399, art. 6",
        source_url: "https://home-affairs.ec.europa.eu/policies/schengen/border-crossing/short-stay-calculator_en",
        confidence: "A",
    },
];

impl StayPolicy {
    /// The policy of an id.
    pub fn by_id(id: &str) -> Option<&'static Self> {
        POLICIES.iter().find(|policy| policy.id == id)
    }

    /// The policy of Kazakhstan that applies to a citizen of this country on a day, when the registry has one.
    pub fn of_kazakhstan(citizenship: Country, on: NaiveDate) -> Option<&'static Self> {
        POLICIES
            .iter()
            .find(|policy| policy.country == "KAZ" && citizenship.is_eaeu() && citizenship.code() != "KAZ" && on >= policy.effective_from)
    }
}
