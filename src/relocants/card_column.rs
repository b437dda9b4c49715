//! The card as it lies in its column.

use std::str::FromStr;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{Card, Diploma, DiplomaKind, HomeNeeds, LeastPay, LicenceState, Recognition};
use crate::{
    classifiers::Occupation,
    error::{Error, Result},
};

/// A field that is missing reads as its default, so that older rows stay readable.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct CardColumn {
    occupations: Vec<(String, i32)>,
    languages: Vec<(String, String)>,
    licence: String,
    wished_regions: Vec<String>,
    household_size: i32,
    earliest_start_on: Option<NaiveDate>,
    looking: bool,
    diplomas: Vec<(DiplomaKind, String, i32, Recognition)>,
    least_pay: Option<(i64, String)>,
    home_needs: Option<HomeNeeds>,
}

pub(super) fn card_to_json(card: &Card) -> Result<serde_json::Value> {
    let column = CardColumn {
        occupations: card.occupations.iter().map(|(occupation, years)| (occupation.to_string(), *years)).collect(),
        languages: card.languages.iter().map(|(language, level)| (language.to_string(), level.to_string())).collect(),
        licence: card.licence.to_string(),
        wished_regions: card.wished_regions.iter().map(ToString::to_string).collect(),
        household_size: card.household_size,
        earliest_start_on: card.earliest_start_on,
        looking: card.looking,
        diplomas: card.diplomas.iter().map(|one| (one.kind, one.country.to_string(), one.year, one.recognition)).collect(),
        least_pay: card.least_pay.map(|pay| (pay.minor, pay.currency.to_string())),
        home_needs: card.home_needs,
    };
    serde_json::to_value(column).map_err(|_| Error::internal("a card has no JSON form"))
}

pub(super) fn card_from_json(json: serde_json::Value) -> Option<Card> {
    fn codes<K: FromStr, V: FromStr>(pairs: Vec<(String, String)>) -> Option<Vec<(K, V)>> {
        pairs.into_iter().map(|(key, value)| Some((key.parse().ok()?, value.parse().ok()?))).collect()
    }
    let column: CardColumn = serde_json::from_value(json).ok()?;
    Some(Card {
        occupations: column
            .occupations
            .into_iter()
            .map(|(code, years)| Some((Occupation::kept(&code).ok()?, years)))
            .collect::<Option<_>>()?,
        languages: codes(column.languages)?,
        licence: if column.licence.is_empty() { LicenceState::None } else { column.licence.parse().ok()? },
        wished_regions: column.wished_regions.iter().map(|code| code.parse().ok()).collect::<Option<_>>()?,
        household_size: column.household_size,
        earliest_start_on: column.earliest_start_on,
        looking: column.looking,
        diplomas: column
            .diplomas
            .into_iter()
            .map(|(kind, country, year, recognition)| Some(Diploma { kind, country: country.parse().ok()?, year, recognition }))
            .collect::<Option<_>>()?,
        least_pay: match column.least_pay {
            None => None,
            Some((minor, currency)) => Some(LeastPay { minor, currency: currency.parse().ok()? }),
        },
        home_needs: column.home_needs,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_reads_back_as_it_was_written() {
        let card = Card {
            looking: true,
            diplomas: vec![Diploma {
                kind: DiplomaKind::Residency,
                country: "RUS".parse().unwrap(),
                year: 2012,
                recognition: Recognition::Applied,
            }],
            least_pay: Some(LeastPay { minor: 30_000_000, currency: "KZT".parse().unwrap() }),
            home_needs: Some(HomeNeeds { rooms: 3, step_free: true, children: 2, pets: true }),
            ..Card::default()
        };
        assert_eq!(card_from_json(card_to_json(&card).unwrap()), Some(card));
    }

    #[test]
    fn a_card_from_before_diplomas_pay_and_needs_stays_readable() {
        let written = serde_json::json!({
            "occupations": [["2212", 8]], "languages": [["ru", "C2"]], "licence": "RECOGNISED", "wished_regions": ["KZ-10"],
            "household_size": 4, "earliest_start_on": null, "looking": true
        });
        let card = card_from_json(written).unwrap();
        assert_eq!((card.looking, card.household_size, card.diplomas.len(), card.least_pay, card.home_needs), (true, 4, 0, None, None));
    }
}
