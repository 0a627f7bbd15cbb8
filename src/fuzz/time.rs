//! The time flags.

use chrono::{DateTime, Datelike, Utc};

use crate::entry::stamp::Stamp;
use crate::when::{Resolved, Times, Window, Zone, looks_like_duration};

/// Flags with what was typed behind them, one a line: `since 2h`. Of `now` and `zone` it is told what time it
/// is, and where.
pub fn time(data: &[u8]) {
    let text = super::text(data);
    let mut times = Times::default();
    let mut now: DateTime<Utc> = "2026-11-21T07:00:00Z".parse().expect("a time");
    let mut zone = Zone::parse("Asia/Tokyo").expect("a zone");
    for line in text.lines() {
        let (flag, typed) = line.split_once(' ').unwrap_or(("since", line));
        let slot = match flag {
            "now" => {
                // No clock of a system shows a leap second.
                let told: Option<DateTime<Utc>> = typed.parse().ok();
                now = told.filter(|told| told.timestamp_subsec_nanos() < 1_000_000_000).unwrap_or(now);
                continue;
            }
            "zone" => {
                zone = Zone::parse(typed).unwrap_or(zone);
                continue;
            }
            "utc" => {
                times.utc = true;
                continue;
            }
            "until" => &mut times.until,
            "at" => &mut times.at,
            "around" => &mut times.around,
            "range" => &mut times.range,
            "ago" => &mut times.ago,
            "day" => &mut times.day,
            "tz" => &mut times.tz,
            _ => &mut times.since,
        };
        *slot = Some(typed.to_owned());
        let _ = looks_like_duration(typed);
        stamps_stay(typed);
    }
    // Local time is another one on each machine.
    match times.resolve(now, zone) {
        Ok(Resolved { zone: Zone::Local, .. }) => {}
        Ok(resolved) => {
            let Window { since, until } = resolved.window;
            assert!(since < until && since <= now, "{times:?}");
            pastes_back(&resolved);
        }
        Err(error) => {
            let message = error.to_string();
            assert!(!message.contains(char::is_control), "{message:?}");
        }
    }
}

/// What is echoed means the same window ever after, wherever it is pasted.
fn pastes_back(resolved: &Resolved) {
    let echo = resolved.window.echo(&resolved.zone);
    let words: Vec<&str> = echo.trim_end_matches(')').split([' ', '(']).filter(|word| !word.is_empty()).collect();
    let ["--since", since, "--until", until, width] = words[..] else { panic!("{echo}") };
    let some = |text: &str| Some(text.to_owned());
    let later = "9999-12-31T23:59:59.999999999Z".parse().expect("a time");
    for again in [
        Times { since: some(since), until: some(until), ..Times::default() },
        Times { since: some(since), range: some(width), ..Times::default() },
    ] {
        let again = again.resolve(later, Zone::parse("America/St_Johns").expect("a zone"));
        assert_eq!(again.unwrap_or_else(|error| panic!("{echo}: {error}")).window, resolved.window, "{echo}");
    }
}

/// A time of an entry is read as chrono reads it; written, it is read as the same again.
fn stamps_stay(text: &str) {
    // A leap second is the next one to us, and more than a second to chrono.
    if let Ok(theirs) = DateTime::parse_from_rfc3339(text)
        && theirs.timestamp_subsec_nanos() < 1_000_000_000
        && (0..=9999).contains(&theirs.to_utc().year())
    {
        let theirs = Stamp { secs: theirs.timestamp(), nanos: theirs.timestamp_subsec_nanos() };
        assert_eq!(Stamp::parse(text).map(|(stamp, _)| stamp), Some(theirs), "{text}");
    }
    if let Some((stamp, digits)) = Stamp::parse(text) {
        let mut written = Vec::new();
        stamp.push_utc(digits, &mut written);
        assert_eq!(Stamp::parse(&super::text(&written)), Some((stamp, digits)), "{text}");
    }
}
