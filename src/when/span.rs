//! Durations: `2h`, `1d12h`, `2w`, `1.5h`, `2h ago`, `-3h` and ISO 8601's `PT10M`, read by humantime.
//!
//! A day is 24 h exactly, and a week seven of them. Months and years are refused, since they have no
//! length of their own; so is `10M`, which one tool takes for minutes and another for months.

use anyhow::{Error, Result};
use chrono::TimeDelta;

use super::typed::{Takes, Typed};

/// Longest text and longest run of digits that are read. humantime panics where its sum passes the
/// end of u64; what fits in here stays far below.
const LONGEST_TEXT: usize = 60;
const LONGEST_NUMBER: usize = 12;

/// Why a text is no duration. The grammar of moments goes on to other forms on `NotOne` only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    NotOne,
    /// A number without its unit, the number as typed.
    NoUnit(String),
    /// A unit nobody knows.
    Unit(String),
    /// Months or years, the unit as typed.
    Calendar(String),
    /// `P1H`, where ISO wants `PT1H`: the right form.
    IsoTime(String),
    /// A fraction that is no whole number of seconds.
    TooFine,
    TooLong,
}

/// Reads a duration. A leading `-` and a trailing `ago` say nothing new and are dropped: durations
/// of all flags reach into the past.
pub(crate) fn read(text: &str) -> Result<TimeDelta, Trouble> {
    let text = text.trim();
    let text = text.strip_prefix('-').unwrap_or(text);
    let text = without_ago(text).trim_end();
    if let Some(iso) = text.strip_prefix(['P', 'p']) {
        return read_iso(iso);
    }
    if !text.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return Err(Trouble::NotOne);
    }
    if text.chars().all(|c| c.is_ascii_digit() || c == '.') {
        return Err(Trouble::NoUnit(text.to_owned()));
    }
    if parts_are_torn(text) {
        return Err(Trouble::NotOne);
    }
    for unit in text.split(|c: char| !c.is_alphabetic()) {
        if is_calendar(unit) {
            return Err(Trouble::Calendar(unit.to_owned()));
        }
    }
    let zero = if text.starts_with('.') { "0" } else { "" };
    sum(&format!("{zero}{}", text.to_lowercase()))
}

fn without_ago(text: &str) -> &str {
    let Some(at) = text.len().checked_sub(3) else {
        return text;
    };
    match (text.get(..at), text.get(at..)) {
        (Some(rest), Some(ago)) if ago.eq_ignore_ascii_case("ago") => rest,
        _ => text,
    }
}

/// `1 2h`: humantime would read twelve hours.
fn parts_are_torn(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.windows(2).any(|pair| {
        pair[0].ends_with(|c: char| c.is_ascii_digit() || c == '.')
            && pair[1].starts_with(|c: char| c.is_ascii_digit() || c == '.')
    })
}

fn is_calendar(unit: &str) -> bool {
    let lower = unit.to_lowercase();
    let years = ["y", "yr", "yrs", "year", "years"];
    let months = ["mo", "mon", "mos", "mth", "mths", "month", "months"];
    unit == "M" || years.contains(&lower.as_str()) || months.contains(&lower.as_str())
}

fn sum(text: &str) -> Result<TimeDelta, Trouble> {
    let long = |run: &str| run.len() > LONGEST_NUMBER;
    if text.len() > LONGEST_TEXT || text.split(|c: char| !c.is_ascii_digit()).any(long) {
        return Err(Trouble::TooLong);
    }
    let whole = humantime::parse_duration(text).map_err(|error| match error {
        humantime::DurationError::UnknownUnit { unit, value, .. } if unit.is_empty() => {
            Trouble::NoUnit(value.to_string())
        }
        humantime::DurationError::UnknownUnit { unit, .. } => Trouble::Unit(unit),
        humantime::DurationError::NumberOverflow if text.contains('.') => Trouble::TooFine,
        humantime::DurationError::NumberOverflow => Trouble::TooLong,
        _ => Trouble::NotOne,
    })?;
    TimeDelta::from_std(whole).map_err(|_| Trouble::TooLong)
}

/// Reads what follows the `P`: weeks and days, then behind a `T` hours, minutes and seconds.
fn read_iso(text: &str) -> Result<TimeDelta, Trouble> {
    let upper = text.to_ascii_uppercase().replace(',', ".");
    let (days, time) = match upper.split_once('T') {
        Some((_, "")) => return Err(Trouble::NotOne),
        Some((days, time)) => (days, time),
        None => (upper.as_str(), ""),
    };
    let well_formed = |part: &str| {
        part.is_empty()
            || part.starts_with(|c: char| c.is_ascii_digit())
                && part.ends_with(|c: char| c.is_ascii_uppercase())
                && part.chars().all(|c| c.is_ascii_digit() || c == '.' || "YMWDHS".contains(c))
    };
    if upper.is_empty() || !well_formed(days) || !well_formed(time) {
        return Err(Trouble::NotOne);
    }
    if let Some(unit) = days.matches(['Y', 'M']).next() {
        return Err(Trouble::Calendar(format!("P…{unit}")));
    }
    if days.contains(['H', 'S']) {
        let cut = days.find(['D', 'W']).map_or(0, |at| at + 1);
        let (days, time) = days.split_at(cut);
        return Err(Trouble::IsoTime(format!("P{days}T{time}")));
    }
    if time.contains(['Y', 'W', 'D']) {
        return Err(Trouble::NotOne);
    }
    sum(&format!("{days}{time}").to_ascii_lowercase())
}

impl Trouble {
    /// The error for the one who typed it.
    pub(crate) fn explain(self, typed: &Typed) -> Error {
        let moment = typed.takes == Takes::Moment;
        match self {
            Trouble::NotOne => typed.not_understood(&[]),
            Trouble::Unit(unit) => {
                typed.refuse_with_examples(format!("{unit:?} is no unit; they are w, d, h, m, s, ms, us and ns"))
            }
            Trouble::NoUnit(number) => no_unit(typed, &number),
            Trouble::Calendar(unit) => {
                let why = "months and years have no fixed length";
                let minutes = typed.text.trim().to_lowercase();
                match (unit.as_str(), moment) {
                    ("M", _) => typed.refuse(format!("{why}, and minutes are a small m"), &[&minutes, "30d"]),
                    ("P…M", _) => {
                        typed.refuse(format!("{why}, and ISO's minutes come behind a T"), &["PT10M", "30d"])
                    }
                    (_, true) => typed.refuse(why, &["30d", "52w", "2026-05-01"]),
                    (_, false) => typed.refuse(why, &["30d", "52w"]),
                }
            }
            Trouble::IsoTime(right) => typed.refuse("ISO's hours come behind a T", &[right]),
            Trouble::TooFine => typed
                .refuse_with_examples("that is no whole number of seconds (a fraction of a second has its own units)"),
            Trouble::TooLong => typed.refuse_with_examples("that is longer than time itself"),
        }
    }
}

fn no_unit(typed: &Typed, number: &str) -> Error {
    let text = typed.text.trim();
    if text != number {
        return typed.refuse(format!("{number} has no unit"), &[format!("{text}m"), "90m".into()]);
    }
    let why = "a bare number has no unit";
    let digits = number.len();
    if number.contains('.') || digits > 19 {
        return typed.refuse_with_examples(why);
    }
    match (typed.takes, digits) {
        (Takes::Moment, 8) => {
            let date = format!("{}-{}-{}", &number[..4], &number[4..6], &number[6..]);
            typed.refuse(why, &[date, format!("@{number}"), format!("{number}s")])
        }
        (Takes::Moment, 9..) => typed.refuse(format!("{why}, and an epoch is told by its @"), &[format!("@{number}")]),
        (_, 4..) => typed.refuse(why, &[format!("{number}s"), "1h".into(), "1d".into()]),
        _ => typed.refuse(why, &[format!("{number}d"), format!("{number}h"), "90m".into()]),
    }
}

/// How a width is said: `1h`, `1d12h`, `1m30s`. It parses back to the same duration; no unit is
/// larger than a day (24 h), and a negative one has a sign in front.
pub fn say_duration(d: TimeDelta) -> String {
    let sign = if d < TimeDelta::zero() { "-" } else { "" };
    let d = d.abs();
    let days = d.num_days();
    let rest = (d - TimeDelta::days(days)).to_std().unwrap_or_default();
    let clock = humantime::format_duration(rest).to_string().replace(' ', "");
    match (days, rest.is_zero()) {
        (0, _) => format!("{sign}{clock}"),
        (_, true) => format!("{sign}{days}d"),
        (_, false) => format!("{sign}{days}d{clock}"),
    }
}

/// Whether a text reads as a duration: `2h`, `-3h`, `90m ago`, `PT10M`, but neither `13:10` nor `3`.
/// For flags that are mistaken for one of time, as `-s 2h`.
pub fn looks_like_duration(text: &str) -> bool {
    read(text).is_ok()
}

/// Seconds in one unit, as kubectl says an age: `12d`.
pub(crate) fn age(seconds: i64) -> String {
    match seconds.max(0) {
        seconds @ ..120 => format!("{seconds}s"),
        seconds @ ..7_200 => format!("{}m", seconds / 60),
        seconds @ ..172_800 => format!("{}h", seconds / 3_600),
        seconds => format!("{}d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::{age, looks_like_duration, read, say_duration};
    use chrono::TimeDelta;

    #[test]
    fn durations_are_said_and_read_back() {
        for (seconds, said) in [
            (0, "0s"),
            (1, "1s"),
            (90, "1m30s"),
            (3600, "1h"),
            (82_800, "23h"),
            (86_400, "1d"),
            (90_000, "1d1h"),
            (129_600, "1d12h"),
            (1_209_600, "14d"),
            (31_557_600, "365d6h"),
            (315_537_897_599, "3652058d23h59m59s"),
        ] {
            let width = TimeDelta::seconds(seconds);
            assert_eq!(say_duration(width), said);
            assert_eq!(read(said), Ok(width), "{said}");
        }
        assert_eq!(say_duration(TimeDelta::milliseconds(1_500)), "1s500ms");
        assert_eq!(say_duration(TimeDelta::nanoseconds(86_400_000_000_001)), "1d1ns");
        assert_eq!(say_duration(TimeDelta::seconds(-5_400)), "-1h30m");
        assert!(say_duration(TimeDelta::MIN).starts_with('-'));
        assert!(!say_duration(TimeDelta::MAX).is_empty());
    }

    #[test]
    fn what_looks_like_a_duration() {
        for yes in
            ["2h", "-3h", "2h ago", "2hago", "1d12h", "1.5h", ".5h", "2 days", "PT10M", "p1dt2h", "P2W", "90MIN", "2H"]
        {
            assert!(looks_like_duration(yes), "{yes}");
        }
        for no in [
            "",
            "3",
            "1.5",
            "13:10",
            "fri",
            "error",
            "10M",
            "1y",
            "2mo",
            "P1M",
            "P1H",
            "PT",
            "P",
            "1 2h",
            "2026-05-01",
            "h",
            "-",
            "ago",
            "INFO",
        ] {
            assert!(!looks_like_duration(no), "{no}");
        }
    }

    #[test]
    fn sums_beyond_humantime_are_no_panic() {
        assert!(!looks_like_duration("18446744073709551615s 1000ms"));
        assert!(!looks_like_duration("18446744073709551614s 1000ms 1000ms"));
        assert!(!looks_like_duration("999999999999w999999999999w999999999999w999999999999w"));
    }

    #[test]
    fn an_age_is_told_in_one_unit() {
        for (seconds, told) in [
            (-5, "0s"),
            (119, "119s"),
            (120, "2m"),
            (7_199, "119m"),
            (7_200, "2h"),
            (172_799, "47h"),
            (172_800, "2d"),
            (400 * 86_400, "400d"),
        ] {
            assert_eq!(age(seconds), told);
        }
    }
}
