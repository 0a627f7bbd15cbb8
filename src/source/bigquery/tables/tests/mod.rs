//! Discovery against scripted answers, on a fixed day.

mod cache;
mod dataset;
mod found;
mod names;
mod paging;

use chrono::{DateTime, NaiveDate, Utc};

use crate::select::{Glob, Logs};
use crate::when::Window;

/// An instant, RFC 3339.
fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn now() -> DateTime<Utc> {
    at("2026-11-22T12:00:00Z")
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn window(since: &str, until: &str) -> Window {
    Window { since: at(since), until: at(until) }
}

/// From midnight to midnight (UTC), the last day included.
fn window_of(first: &str, last: &str) -> Window {
    let until = day(last).succ_opt().unwrap();
    window(&format!("{first}T00:00:00Z"), &format!("{until}T00:00:00Z"))
}

fn named(globs: &[&str]) -> Logs {
    Logs::Named(globs.iter().map(|glob| Glob::new("--log", glob).unwrap()).collect())
}
