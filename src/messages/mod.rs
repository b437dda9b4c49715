//! What an error says to the person at the counter, in Kazakh, Russian or English. A program reads reasons and metadata, a developer the English message of the
//! status; this is the third reader's. `{kk,ru,en}.ftl` hold one message per reason, named like it, with the reason's metadata as variables; `phrases.toml`
//! holds what can be wrong with one field. No message has a variable beyond that metadata, so none holds a personal value.
//!
//! The Kazakh texts await the reading of a native speaker.
//!
//! ## Why Fluent?
//! A text counts (1 место, 2 места, 5 мест) and changes with a code (a permit's state, a role) differently in each language. In Fluent that is the translator's
//! business, and no code knows about it.

pub mod layer;
#[cfg(test)]
mod tests;

use std::{collections::HashMap, sync::LazyLock};

use chrono::{DateTime, NaiveDate};
use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use serde::Deserialize;
use strum::{EnumIter, IntoStaticStr};

use crate::{error::Why, time::wall_clock};

/// A language that the registry answers people in. English unless something else is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, EnumIter, IntoStaticStr, clap::ValueEnum)]
pub enum Language {
    /// Kazakh.
    #[value(name = "kk")]
    #[strum(serialize = "kk")]
    Kazakh,
    /// Russian.
    #[value(name = "ru")]
    #[strum(serialize = "ru")]
    Russian,
    /// English.
    #[default]
    #[value(name = "en")]
    #[strum(serialize = "en")]
    English,
}

impl Language {
    /// The tag of BCP 47.
    pub fn tag(self) -> &'static str {
        self.into()
    }

    /// The language that is preferred most of those that there are. RFC 9110, 12.5.4: a weight of 0 means never, the first of equal weights wins. What lies
    /// beyond the first subtag does not matter: `ru-KZ` is Russian.
    pub fn preferred(accept_language: &str) -> Self {
        let wishes = accept_language.split(',').filter_map(|wish| {
            let (range, weight) = wish.split_once(';').unwrap_or((wish, "q=1"));
            let weight: f32 = weight.trim().strip_prefix(['q', 'Q'])?.strip_prefix('=')?.parse().ok()?;
            let language = match range.trim().split('-').next()?.to_ascii_lowercase().as_str() {
                "kk" => Self::Kazakh,
                "ru" => Self::Russian,
                "en" | "*" => Self::English,
                _ => return None,
            };
            (0.0..=1.0).contains(&weight).then_some((language, weight))
        });
        wishes.fold((Self::default(), 0.0), |best, wish| if wish.1 > best.1 { wish } else { best }).0
    }

    /// What a reason means. `facts` are its metadata. `None` when there is no such reason.
    pub fn reason<'a>(self, reason: &str, facts: impl IntoIterator<Item = (&'a str, &'a str)>) -> Option<String> {
        let facts: FluentArgs<'_> = facts.into_iter().map(|(key, value)| (key, self.value(value))).collect();
        let bundle = self.bundle();
        let pattern = bundle.get_message(reason)?.value()?;
        Some(bundle.format_pattern(pattern, Some(&facts), &mut Vec::new()).into_owned())
    }

    /// What is wrong with a field. `None` when nobody has translated it.
    pub fn fault(self, why: &Why) -> Option<String> {
        let translated = PHRASES.get(phrase(why));
        match self {
            Self::Kazakh => translated.map(|phrase| phrase.kk.clone()),
            Self::Russian => translated.map(|phrase| phrase.ru.clone()),
            Self::English => Some(sentence(&why.to_string())),
        }
    }

    /// Days as they are written, instants by the clock on the wall, numbers as numbers, which have plurals; codes as they are, for the message to choose by.
    fn value(self, fact: &str) -> FluentValue<'_> {
        if let Ok(day) = fact.parse::<NaiveDate>() {
            day.format(self.day()).to_string().into()
        } else if let Ok(instant) = DateTime::parse_from_rfc3339(fact) {
            wall_clock(instant.to_utc()).format(&format!("{} %H:%M", self.day())).to_string().into()
        } else {
            FluentValue::try_number(fact)
        }
    }

    fn day(self) -> &'static str {
        match self {
            Self::Kazakh | Self::Russian => "%d.%m.%Y",
            Self::English => "%-d %B %Y",
        }
    }

    fn bundle(self) -> &'static Bundle {
        static KAZAKH: LazyLock<Bundle> = LazyLock::new(|| bundle(Language::Kazakh, include_str!("kk.ftl")));
        static RUSSIAN: LazyLock<Bundle> = LazyLock::new(|| bundle(Language::Russian, include_str!("ru.ftl")));
        static ENGLISH: LazyLock<Bundle> = LazyLock::new(|| bundle(Language::English, include_str!("en.ftl")));
        match self {
            Self::Kazakh => &KAZAKH,
            Self::Russian => &RUSSIAN,
            Self::English => &ENGLISH,
        }
    }
}

/// The texts of one language.
pub(crate) type Bundle = FluentBundle<FluentResource>;

/// A line that cannot be read is left out here, and named by a test.
pub(crate) fn bundle(language: Language, text: &str) -> Bundle {
    let mut bundle = Bundle::new_concurrent(vec![language.tag().parse().unwrap_or_default()]);
    // The marks of isolation are for texts of two directions; here they would only be noise in a form.
    bundle.set_use_isolating(false);
    bundle.add_resource_overriding(FluentResource::try_new(text.to_owned()).unwrap_or_else(|(readable, _)| readable));
    bundle
}

/// A phrase of [`Why`] as a person reads it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Phrase {
    kk: String,
    ru: String,
}

static PHRASES: LazyLock<HashMap<String, Phrase>> = LazyLock::new(|| toml::from_str(include_str!("phrases.toml")).unwrap_or_default());

/// The words that tell one fault from another, as in `phrases.toml`.
fn phrase(why: &Why) -> &'static str {
    match why {
        Why::Required => "is required",
        Why::NoSuchDate => "is not a day of the calendar",
        Why::Format(phrase) | Why::Range(phrase) | Why::Unknown(phrase) | Why::CheckDigit(phrase) | Why::Contradicts(phrase) => phrase,
    }
}

fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).chain(['.']).collect()
}
