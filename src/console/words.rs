//! What the console says, in Kazakh, Russian or English, from `{kk,ru,en}.ftl`; numbers, durations and times as they are written in each.

use std::{fmt::Write as _, sync::LazyLock, time::Duration};

use serde_json::Value;

use super::view::Cell;
use crate::{
    messages::{Bundle, Language, bundle},
    time::{Instant, wall_clock},
};

/// The words of one language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words(pub Language);

impl Words {
    /// A text by its key. A key that nobody has translated stands for itself; a test finds it.
    pub fn text(self, key: &str) -> String {
        let bundle = self.bundle();
        let pattern = bundle.get_message(key).and_then(|message| message.value());
        pattern.map_or_else(|| key.to_owned(), |pattern| bundle.format_pattern(pattern, None, &mut Vec::new()).into_owned())
    }

    fn bundle(self) -> &'static Bundle {
        static KAZAKH: LazyLock<Bundle> = LazyLock::new(|| bundle(Language::Kazakh, include_str!("kk.ftl")));
        static RUSSIAN: LazyLock<Bundle> = LazyLock::new(|| bundle(Language::Russian, include_str!("ru.ftl")));
        static ENGLISH: LazyLock<Bundle> = LazyLock::new(|| bundle(Language::English, include_str!("en.ftl")));
        match self.0 {
            Language::Kazakh => &KAZAKH,
            Language::Russian => &RUSSIAN,
            Language::English => &ENGLISH,
        }
    }

    /// A number with so many decimals: `12 345,6` or `12,345.6`.
    pub fn number(self, number: f64, decimals: usize) -> String {
        let (grouping, point) = if self.0 == Language::English { (',', '.') } else { ('\u{a0}', ',') };
        // Sums of nothing are -0.
        let plain = format!("{:.decimals$}", number + 0.0);
        let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
        let mut text = String::new();
        for (at, digit) in whole.chars().enumerate() {
            let left = whole.len() - at;
            if at > 0 && left.is_multiple_of(3) && !text.ends_with('-') {
                text.push(grouping);
            }
            text.push(digit);
        }
        if !fraction.is_empty() {
            // Writing into a string cannot fail.
            let _written = write!(text, "{point}{fraction}");
        }
        text
    }

    /// A duration in the unit that suits it.
    pub fn duration(self, duration: Duration) -> String {
        let seconds = duration.as_secs_f64();
        if seconds < 0.001 {
            format!("{} {}", self.number(seconds * 1e6, 0), self.text("unit-us"))
        } else if seconds < 1.0 {
            format!("{} {}", self.number(seconds * 1e3, usize::from(seconds < 0.1)), self.text("unit-ms"))
        } else if seconds < 120.0 {
            format!("{} {}", self.number(seconds, 1), self.text("unit-s"))
        } else if seconds < 7200.0 {
            format!("{} {}", self.number(seconds / 60.0, 0), self.text("unit-min"))
        } else {
            format!("{} {}", self.number(seconds / 3600.0, 1), self.text("unit-h"))
        }
    }

    /// A cell with a text.
    pub fn said(self, key: &str, text: &str) -> Cell {
        Cell { value: key.into(), shown: text.to_owned(), link: None }
    }

    /// A cell with a number.
    pub fn counted(self, number: f64, decimals: usize) -> Cell {
        Cell { value: number.into(), shown: self.number(number, decimals), link: None }
    }

    /// A cell with a count of people that may be withheld.
    pub fn protected(self, count: Option<i32>) -> Cell {
        count.map_or_else(|| Cell { value: Value::Null, shown: self.text("withheld"), link: None }, |count| self.counted(count.into(), 0))
    }

    /// A cell with a duration, in seconds for the twin.
    pub fn lasted(self, duration: Duration) -> Cell {
        Cell { value: duration.as_secs_f64().into(), shown: self.duration(duration), link: None }
    }

    /// A cell with a duration that is known only where something was measured.
    pub fn lasted_if(self, seconds: Option<f64>) -> Cell {
        let unknown = || Cell { value: Value::Null, shown: "–".to_owned(), link: None };
        seconds.map_or_else(unknown, |seconds| self.lasted(Duration::from_secs_f64(seconds)))
    }

    /// A cell with the time of day in Kazakhstan.
    pub fn at(self, instant: Instant) -> Cell {
        let shown = wall_clock(instant).format("%H:%M:%S").to_string();
        Cell { value: instant.to_rfc3339_opts(chrono::SecondsFormat::Millis, true).into(), shown, link: None }
    }
}
