//! "Still looking?" Whoever looks for work says so again, or is first shown to nobody and then no longer listed: searches stay honest, and a person who has found work
//! elsewhere need not remember to say so.

use chrono::{Days, NaiveDate};

use super::{Card, Relocant, RelocantStatus, rules::Refusal};

/// Days that somebody is shown for, the day of confirming included.
pub const SHOWN_DAYS: u64 = 90;

/// Days after confirming on which the search ends by itself.
pub const ENDS_AFTER_DAYS: u64 = 180;

/// The last day on which somebody who has confirmed on a day is shown to those who rank and plan.
pub fn shown_until(confirmed_on: NaiveDate) -> NaiveDate {
    confirmed_on + Days::new(SHOWN_DAYS - 1)
}

/// Who has confirmed on this day or later is shown today.
pub fn shown_since(today: NaiveDate) -> NaiveDate {
    today - Days::new(SHOWN_DAYS - 1)
}

/// Whose search has confirmed on this day or earlier ends today.
pub fn ends_for(today: NaiveDate) -> NaiveDate {
    today - Days::new(ENDS_AFTER_DAYS)
}

/// A card that is given says whether the person looks for work, as of today.
pub fn stated(card: &Card, today: NaiveDate) -> Option<NaiveDate> {
    card.looking.then_some(today)
}

/// The person still looks.
pub fn confirm(relocant: Relocant, today: NaiveDate) -> Result<Relocant, Refusal> {
    if relocant.card.looking { Ok(Relocant { looking_confirmed_on: Some(today), ..relocant }) } else { Err(Refusal::NotLooking) }
}

/// The search ends, unless somebody has said since that it goes on.
pub fn end(relocant: Relocant, today: NaiveDate) -> Option<Relocant> {
    let quiet = relocant.looking_confirmed_on.is_some_and(|on| on <= ends_for(today));
    let ends = quiet && relocant.status == RelocantStatus::Registered;
    ends.then(|| Relocant { looking_confirmed_on: None, card: Card { looking: false, ..relocant.card.clone() }, ..relocant })
}

/// The day on which somebody has said that work is looked for. A record of a server from before confirming counts from its registration.
pub fn confirmed_on(relocant: &Relocant) -> NaiveDate {
    relocant.looking_confirmed_on.unwrap_or_else(|| crate::time::civil_day(relocant.created_at))
}

/// The card as it counts on a day: who has not confirmed for long does not look.
pub fn card_on(relocant: &Relocant, today: NaiveDate) -> Card {
    let looking = relocant.card.looking && today <= shown_until(confirmed_on(relocant));
    Card { looking, ..relocant.card.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{classifiers::Region, ids::RelocantId, short_code::ShortCode};

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn person(looking: bool, confirmed_on: Option<&str>) -> Relocant {
        let at = "2026-01-01T00:00:00Z".parse().unwrap();
        Relocant {
            id: RelocantId::new(),
            code: ShortCode::from_random([0; 5]),
            citizenship: "RUS".parse().unwrap(),
            center: "ala-01".to_owned(),
            region: Region::Abai,
            status: RelocantStatus::Registered,
            departed_on: None,
            merged_into: None,
            card: Card { looking, ..Card::default() },
            looking_confirmed_on: confirmed_on.map(day),
            version: 1,
            captured_at: None,
            created_at: at,
            updated_at: at,
        }
    }

    #[test]
    fn somebody_is_shown_for_ninety_days_and_the_search_ends_after_a_hundred_and_eighty() {
        let one = person(true, Some("2026-01-01"));
        let shown = |on: &str| card_on(&one, day(on)).looking;
        assert_eq!([shown("2026-03-31"), shown("2026-04-01")], [true, false]);
        assert_eq!((shown_until(day("2026-01-01")), shown_since(day("2026-03-31"))), (day("2026-03-31"), day("2026-01-01")));
        assert_eq!(end(one.clone(), day("2026-06-29")), None);
        let ended = end(one, day("2026-06-30")).unwrap();
        assert_eq!((ended.card.looking, ended.looking_confirmed_on), (false, None));
        assert_eq!(end(ended, day("2026-12-31")), None, "once");
    }

    #[test]
    fn who_confirms_begins_anew_and_who_does_not_look_has_nothing_to_confirm() {
        let confirmed = confirm(person(true, Some("2026-01-01")), day("2026-06-01")).unwrap();
        assert_eq!(confirmed.looking_confirmed_on, Some(day("2026-06-01")));
        assert_eq!(confirm(person(false, None), day("2026-06-01")), Err(Refusal::NotLooking));
    }

    #[test]
    fn a_card_that_is_given_says_so_as_of_today_and_one_without_takes_it_back() {
        assert_eq!(stated(&Card { looking: true, ..Card::default() }, day("2026-06-01")), Some(day("2026-06-01")));
        assert_eq!(stated(&Card::default(), day("2026-06-01")), None);
    }

    #[test]
    fn who_has_left_is_not_told_that_the_search_ended() {
        let left = Relocant { status: RelocantStatus::Departed, ..person(true, Some("2026-01-01")) };
        assert_eq!(end(left, day("2026-12-31")), None);
    }
}
