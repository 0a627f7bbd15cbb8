//! Values of the time flags. Each is described by the window that the line would then mean; what would be
//! refused is not offered.

use chrono::{DateTime, Days, Utc};
use clap_complete::engine::CompletionCandidate;

use super::offer;
use super::scene::Scene;
use crate::when::{Iana, Times, Window, Zone};

const BACK: [&str; 8] = ["15m", "1h", "2h", "6h", "12h", "1d", "2d", "7d"];

/// Points in time, behind `--since`, `--until`, `--at` and `--around`.
pub(super) fn moments(scene: &Scene, typed: &str, put: fn(&mut Times, String)) -> Vec<CompletionCandidate> {
    let mut values = with_units(typed, &["m", "h", "d", "w"]);
    values.extend(BACK.map(str::to_owned));
    values.extend(["today", "yesterday"].map(str::to_owned));
    values.extend(days_back(scene, 2..7, "%a"));
    let mut offers = offers(scene, typed, values, put);
    let dates = days_back(scene, 0..32, "%Y-%m-%d");
    // Only for whoever begins to type one.
    offers.extend(self::offers(scene, typed, dates, put).into_iter().map(|offer| offer.hide(true)));
    offers
}

pub(super) fn ranges(scene: &Scene, typed: &str) -> Vec<CompletionCandidate> {
    let mut values = with_units(typed, &["m", "h", "d"]);
    values.extend(["15m", "1h", "2h", "6h", "12h", "1d", "day"].map(str::to_owned));
    offers(scene, typed, values, |times, value| times.range = Some(value))
}

pub(super) fn durations(scene: &Scene, typed: &str) -> Vec<CompletionCandidate> {
    let mut values = with_units(typed, &["m", "h", "d", "w"]);
    values.extend(BACK.map(str::to_owned));
    offers(scene, typed, values, |times, value| times.ago = Some(value))
}

/// Days of the month, the most recent first, and other words for days.
pub(super) fn days(scene: &Scene, typed: &str) -> Vec<CompletionCandidate> {
    let put = |times: &mut Times, value| times.day = Some(value);
    let mut values = vec!["yesterday".to_owned()];
    values.extend(days_back(scene, 2..7, "%a"));
    values.extend(days_back(scene, 0..28, "%-d"));
    let mut offers = offers(scene, typed, values, put);
    let dates = days_back(scene, 0..93, "%Y-%m-%d");
    offers.extend(self::offers(scene, typed, dates, put).into_iter().map(|offer| offer.hide(true)));
    offers
}

/// Zones, in whatever case they are typed, with what their clocks show.
pub(super) fn zones(scene: &Scene, typed: &str) -> Vec<CompletionCandidate> {
    let names = ["local", "UTC"].map(str::to_owned).into_iter().chain(Iana::names());
    let typed = typed.to_ascii_lowercase();
    let mut names: Vec<String> = names.filter(|name| name.to_ascii_lowercase().starts_with(&typed)).collect();
    names.dedup();
    let clock = |name: &str| {
        let zone = Zone::parse(name).ok()?;
        Some(zone.local(scene.now).format("now %a %H:%M").to_string())
    };
    names.into_iter().map(|name| offer(&name, clock(&name).unwrap_or_default())).collect()
}

/// `3h` for a mere `3`.
fn with_units(typed: &str, units: &[&str]) -> Vec<String> {
    let is_number = (1..=2).contains(&typed.len()) && typed.bytes().all(|b| b.is_ascii_digit());
    units.iter().filter(|_| is_number).map(|unit| format!("{typed}{unit}")).collect()
}

/// The local days so many days ago.
fn days_back(scene: &Scene, days: std::ops::Range<u64>, format: &str) -> Vec<String> {
    let (times, zone) = (scene.times(), scene.zone());
    let zone = times.zone(zone).unwrap_or(Zone::Local);
    let today = zone.local(scene.now).date();
    let day = |back| Some(today.checked_sub_days(Days::new(back))?.format(format).to_string().to_lowercase());
    days.filter_map(day).collect()
}

/// Those of the values that begin with `typed` and mean a window with what else was typed.
fn offers(
    scene: &Scene,
    typed: &str,
    mut values: Vec<String>,
    put: impl Fn(&mut Times, String),
) -> Vec<CompletionCandidate> {
    let (times, zone) = (scene.times(), scene.zone());
    values.retain(|value| value.starts_with(typed));
    let mut seen = std::collections::HashSet::new();
    values.retain(|value| seen.insert(value.clone()));
    let offer = |value: String| {
        let mut times = times.clone();
        put(&mut times, value.clone());
        let resolved = times.resolve(scene.now, zone.clone()).ok()?;
        Some(offer(value, say(&resolved.window, &resolved.zone, scene.now)))
    };
    values.into_iter().filter_map(offer).collect()
}

/// `Sat 2026-11-21 16:00 to 17:00`
fn say(window: &Window, zone: &Zone, now: DateTime<Utc>) -> String {
    let (since, until) = (zone.local(window.since), zone.local(window.until));
    let end = match window.until {
        until if until == now => "now".to_owned(),
        _ if since.date() == until.date() => until.format("%H:%M").to_string(),
        _ => until.format("%a %Y-%m-%d %H:%M").to_string(),
    };
    format!("{} to {end}", since.format("%a %Y-%m-%d %H:%M"))
}
