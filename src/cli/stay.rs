//! `relocreg stay`: what a policy says about stays, without a server and without a record.

use std::{fmt::Write as _, str::FromStr};

use chrono::{Datelike as _, NaiveDate};

use super::say;
use crate::{
    law::Law,
    stays::{Cover, Kind, Stay, StayPolicy, StayStatus, engine::evaluate, rules::overlapping},
    time::{Clock, civil_day, is_plausible},
};

/// What can be asked.
#[derive(Debug, clap::Subcommand)]
pub enum Question {
    /// Says what a policy makes of stays, with the days in a calendar.
    Check {
        /// The policy, as `relocreg stay policies` names it.
        #[arg(long)]
        policy: String,
        /// A stay as ENTRY..EXIT, or ENTRY.. when the person is still there; may be given again and again.
        #[arg(long = "stay", value_name = "ENTRY..EXIT")]
        stays: Vec<Period>,
        /// Days under a visa or permit as FIRST..LAST; may be given again and again.
        #[arg(long = "permit", value_name = "FIRST..LAST")]
        permits: Vec<Period>,
        /// The day asked about, or the planned entry; today when it is left out.
        #[arg(long)]
        on: Option<NaiveDate>,
    },
    /// Lists the policies.
    Policies {
        /// One country only, for example KAZ; EUE for the Schengen area.
        #[arg(long)]
        country: Option<String>,
    },
}

/// Days from one to another, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    first: NaiveDate,
    last: Option<NaiveDate>,
}

impl FromStr for Period {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (first, last) = text.split_once("..").ok_or("must be two days with two dots between, for example 2026-01-01..2026-01-31")?;
        let day = |text: &str| {
            let day = text.parse::<NaiveDate>().map_err(|_| format!("{text:?} is not a day of the calendar"))?;
            if is_plausible(day) { Ok(day) } else { Err(format!("{day} does not lie between 1900 and 2200")) }
        };
        let (first, last) = (day(first)?, if last.is_empty() { None } else { Some(day(last)?) });
        if last.is_some_and(|last| last < first) {
            return Err(format!("{text} ends before it begins"));
        }
        Ok(Self { first, last })
    }
}

/// Answers a question under the law of this installation.
pub fn run(question: Question, law_file: Option<&std::path::Path>) -> Result<(), String> {
    let law = Law::load(law_file)?;
    match question {
        Question::Policies { country } => {
            for policy in law.stay_policies.all().iter().filter(|policy| country.as_ref().is_none_or(|country| *country == policy.country))
            {
                say(&format!("{:<26} {:<38} {}", policy.id, rule(policy), policy.applies_to));
            }
        }
        Question::Check { policy, stays, permits, on } => {
            let on = on.unwrap_or_else(|| civil_day(Clock::default().now()));
            if !is_plausible(on) {
                return Err(format!("--on: {on} does not lie between 1900 and 2200"));
            }
            let known = || law.stay_policies.all().iter().map(|policy| policy.id.to_string()).collect::<Vec<_>>().join(", ");
            let policy =
                law.stay_policies.by_id(&policy).ok_or_else(|| format!("--policy: there is no {policy}; there are {}", known()))?;
            let mut covered = Vec::new();
            for permit in permits {
                let last_on = permit.last.ok_or_else(|| format!("--permit: {}.. has no last day", permit.first))?;
                covered.push(Cover { first_on: permit.first, last_on });
            }
            let stays: Vec<Stay> = stays.into_iter().map(|stay| Stay { entry_on: stay.first, exit_on: stay.last }).collect();
            if let Some(at) = overlapping(&stays).first() {
                return Err(format!("--stay: number {} begins within another stay", at + 1));
            }
            say(&answer(policy, &stays, &covered, on));
        }
    }
    Ok(())
}

/// The rule in a few words.
fn rule(policy: &StayPolicy) -> String {
    let mut text = match policy.kind {
        Kind::RollingWindow => format!("{} days in any {}", policy.limit_days, policy.window_days),
        Kind::PerEntry => format!("{} days after each entry", policy.limit_days),
        Kind::CalendarYear => format!("{} days in a calendar year", policy.limit_days),
        Kind::NoLimit => "no limit is known".to_owned(),
    };
    if let Some(cap) = policy.per_entry_cap_days {
        // Writing into a string cannot fail.
        let _written = write!(text, ", {cap} at a time");
    }
    text
}

fn answer(policy: &StayPolicy, stays: &[Stay], covered: &[Cover], on: NaiveDate) -> String {
    let status = evaluate(policy, stays, covered, on);
    let day = |day: Option<NaiveDate>| day.map_or_else(|| "none".to_owned(), |day| day.to_string());
    let mut lines = vec![
        format!("{}: {} ({}, confidence {})", policy.id, rule(policy), policy.legal_basis, policy.confidence),
        format!(
            "On {on} the stay is {}.",
            if status.covered {
                "under a visa or permit"
            } else if status.lawful {
                "lawful"
            } else {
                "NOT lawful"
            }
        ),
        format!("  used                {} days since {}", status.days_used, status.window_start_on),
    ];
    if status.unlimited {
        lines.push("  last lawful day     no limit is known".to_owned());
    } else {
        lines.push(format!("  remaining           {} days", status.days_remaining));
        lines.push(format!("  last lawful day     {} ({} days from then)", day(status.last_lawful_on), status.max_stay_days));
    }
    lines.push(format!("  earliest entry      {}", status.earliest_entry_on));
    if status.days_in_breach > 0 {
        lines.push(format!(
            "  overstay            {} days on that day; {} days were in breach in all",
            status.overstay_days, status.days_in_breach
        ));
    }
    lines.push(String::new());
    lines.push(strip(policy, stays, covered, &status));
    lines.extend(policy.open_points.iter().map(|point| format!("Open: {point}")));
    lines.join("\n")
}

/// The days from the first that is counted to the last that is lawful, a line a month.
fn strip(policy: &StayPolicy, stays: &[Stay], covered: &[Cover], status: &StayStatus) -> String {
    let on = status.on;
    let last = status.last_lawful_on.unwrap_or(on).max(on);
    let present = |day: NaiveDate| stays.iter().any(|stay| stay.entry_on <= day && stay.exit_on.unwrap_or(on).min(on) >= day);
    let mark = |day: NaiveDate| match day {
        _ if day > on && status.last_lawful_on.is_some_and(|last| day <= last) => '+',
        _ if day == on && !present(day) => '◆',
        _ if !present(day) => '·',
        _ if policy.exclude_permit_days && covered.iter().any(|cover| (cover.first_on..=cover.last_on).contains(&day)) => 'p',
        _ if !evaluate(policy, stays, covered, day).lawful => '!',
        _ => '■',
    };
    let mut text = "          1        10        20        30\n".to_owned();
    for day in status.window_start_on.iter_days().take_while(|day| *day <= last) {
        if day.day() == 1 || day == status.window_start_on {
            let blank = usize::try_from(day.day0()).unwrap_or(0);
            let _written =
                write!(text, "{}{:<9} {}", if day == status.window_start_on { "" } else { "\n" }, day.format("%Y-%m"), " ".repeat(blank));
        }
        text.push(mark(day));
    }
    text.push_str("\n          ■ counted   p under a permit   ! over the limit   · outside   + may stay   ◆ the day asked about\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(policy: &str, stays: &[&str], permits: &[&str], on: &str) -> String {
        let law = Law::load(None).unwrap();
        let stays = stays.iter().map(|stay| stay.parse::<Period>().unwrap()).map(|stay| Stay { entry_on: stay.first, exit_on: stay.last });
        let covers = permits.iter().map(|permit| permit.parse::<Period>().unwrap());
        let covers = covers.map(|permit| Cover { first_on: permit.first, last_on: permit.last.unwrap() });
        answer(law.stay_policies.by_id(policy).unwrap(), &stays.collect::<Vec<_>>(), &covers.collect::<Vec<_>>(), on.parse().unwrap())
    }

    #[test]
    fn a_tired_clerk_reads_the_days_in_a_calendar() {
        let text = asked("schengen.2013", &["2014-08-15..2014-09-30", "2014-11-01..2014-11-30"], &[], "2014-11-30");
        for line in [
            "On 2014-11-30 the stay is lawful.",
            "  used                77 days since 2014-06-04",
            "  last lawful day     2014-12-13 (14 days from then)",
            "2014-06      ···························",
            "2014-08   ··············■■■■■■■■■■■■■■■■■",
            "2014-12   +++++++++++++",
        ] {
            assert!(text.lines().any(|found| found == line), "{line:?} in:\n{text}");
        }
    }

    #[test]
    fn days_over_the_limit_and_under_a_permit_are_marked() {
        let text =
            asked("schengen.2013", &["2013-09-01..2013-09-30", "2014-02-21..2014-04-20", "2014-05-01..2014-06-09"], &[], "2014-06-09");
        assert!(text.contains("overstay            9 days on that day; 9 days were in breach"), "{text}");
        assert!(text.contains("2014-06   !!!!!!!!!"), "{text}");
        let text = asked("kz.eaeu.2023", &["2026-01-30.."], &["2026-02-02..2026-02-04"], "2026-02-05");
        assert!(text.contains("2026-02   ■ppp■") || text.contains("2026-02   ■ppp"), "{text}");
    }

    #[test]
    fn a_stay_that_ends_before_it_begins_or_on_no_day_is_refused() {
        for wrong in ["2026-01-02..2026-01-01", "2026-02-30..", "2026-01-01", "0026-01-01.."] {
            assert!(wrong.parse::<Period>().is_err(), "{wrong}");
        }
    }
}
