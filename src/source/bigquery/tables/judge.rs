//! What the tables that were looked at are good for, and what is to be said about them: a pure function.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::anyhow;
use chrono::{DateTime, TimeDelta, Utc};

use super::ask::{Kind, Known, Listed, Partitions};
use super::choose::{Candidate, Choice};
use super::holds::{as_typed, holds};
use super::name::{self, EXPORT_ERRORS};
use super::{Found, Layout, Table, Wanted, days};
use crate::select::Logs;
use crate::source::bigquery::address::Address;
use crate::source::bigquery::schema::Kind as Type;
use crate::tool::Failure;

/// Fails where the dataset has none of the wanted logs, whatever the day.
pub(crate) fn judge(
    address: &Address,
    wanted: &Wanted,
    now: DateTime<Utc>,
    listed: &[Listed],
    choice: &Choice,
    known: &BTreeMap<String, Option<Known>>,
) -> Result<Found, Failure> {
    let mut found = Found { holds: holds(listed), ..Found::default() };
    let looked_at = |candidate: &Candidate| known.get(&candidate.id).and_then(Option::as_ref);
    for candidate in &choice.logs {
        let Some(known) = looked_at(candidate) else {
            found.notes.push(format!("{}: was removed just now", candidate.id));
            continue;
        };
        found.location = found.location.take().or_else(|| known.location.clone());
        match layout(candidate, known) {
            Some(layout) => {
                found.notes.extend(partitions_gone(candidate, known, wanted, now));
                found.tables.push(table(candidate, known, layout));
            }
            None if candidate.is_guess => {}
            None => found.notes.push(format!(
                "{}: is not read: it has no columns `timestamp` and `logName` as a table of logs has",
                candidate.id
            )),
        }
    }
    for candidate in &choice.export_errors {
        if let Some(known) = looked_at(candidate) {
            let layout = candidate.day.map_or(whole(known), Layout::Shard);
            found.export_errors.push(table(candidate, known, layout));
        }
    }
    if found.tables.is_empty() && choice.shard_days.is_none() && days(&wanted.window).is_some() {
        return Err(lacks(address, wanted.logs, listed, &found));
    }
    if !found.tables.is_empty() && !choice.passed_over.is_empty() {
        let views = choice.passed_over.join(", ");
        found.notes.push(format!("{views}: not read: a view beside the sink's tables holds the same entries"));
    }
    found.notes.extend(days_missing(address, wanted, choice, &found.tables));
    Ok(found)
}

/// About how many bytes a UTC day has: of a shard all, of a partitioned table an equal share.
fn day_bytes(known: &Known) -> Option<u64> {
    let Some(partitions) = &known.partitions else { return known.bytes };
    let per_day = match partitions.unit.as_str() {
        "HOUR" => 24.0,
        "MONTH" => 1.0 / 30.0,
        "YEAR" => 1.0 / 365.0,
        _ => 1.0,
    };
    let count = known.partition_count.filter(|count| *count > 0)?;
    known.bytes.map(|bytes| (bytes as f64 / count as f64 * per_day) as u64)
}

fn table(candidate: &Candidate, known: &Known, layout: Layout) -> Table {
    Table {
        id: candidate.id.clone(),
        log: (layout != Layout::Analytics).then(|| candidate.log.clone()),
        layout,
        schema: known.schema.clone(),
        day_bytes: day_bytes(known),
    }
}

/// How a table divides time; `None` where it holds no log entries.
fn layout(candidate: &Candidate, known: &Known) -> Option<Layout> {
    let has = |name: &str, kind: Type| known.schema.find(&[name]).is_some_and(|column| column.kind == kind);
    if !has("timestamp", Type::Timestamp) {
        return None;
    }
    if has("log_name", Type::String) {
        return Some(Layout::Analytics);
    }
    if !has("logName", Type::String) {
        return None;
    }
    match (candidate.day, known.kind) {
        (Some(day), Kind::Table) => Some(Layout::Shard(day)),
        // Somebody's view may be called like a shard; what it holds is known by its entries.
        (Some(_), _) => Some(Layout::Partitioned),
        (None, _) => Some(whole(known)),
    }
}

/// The layout of a table of all days.
///
/// By arrival only where the partitions are not longer than a day: what arrived in a month may carry
/// any day of it, so such a table is narrowed by `timestamp` alone. Sinks make days.
fn whole(known: &Known) -> Layout {
    match &known.partitions {
        Some(Partitions { column: None, unit, .. }) if matches!(&unit[..], "DAY" | "HOUR") => Layout::Ingestion,
        _ => Layout::Partitioned,
    }
}

/// Says so where the window begins before what the table still keeps. A partition of a day goes when
/// its beginning lies as far back as partitions are kept.
fn partitions_gone(candidate: &Candidate, known: &Known, wanted: &Wanted, now: DateTime<Utc>) -> Option<String> {
    let kept_for = TimeDelta::try_milliseconds(known.partitions.as_ref()?.kept_for?)?;
    let oldest = now.checked_sub_signed(kept_for)?.date_naive().succ_opt()?;
    let (first, _) = days(&wanted.window)?;
    let kept_days = kept_for.num_days();
    (first < oldest)
        .then(|| format!("{}: keeps {kept_days} days; what it had before {oldest} (UTC) is gone", candidate.id))
}

/// Says so where there are no shards of the first or the last days of the window, and nothing else.
fn days_missing(address: &Address, wanted: &Wanted, choice: &Choice, tables: &[Table]) -> Option<String> {
    let (begin, end) = days(&wanted.window)?;
    let (first, last) = choice.shard_days?;
    if tables.iter().any(|table| !matches!(table.layout, Layout::Shard(_))) {
        return None;
    }
    let what = say_logs(wanted.logs);
    let has = if first == last { format!("{first}") } else { format!("{first} to {last}") };
    let has = format!("{address} has {what} of {has} (UTC days)");
    match (tables.is_empty(), begin < first || end > last) {
        (true, _) if begin == end => Some(format!("{has}, and none of {begin}")),
        (true, _) => Some(format!("{has}, and none of {begin} to {end}")),
        (false, true) => Some(format!("{has}; the window is longer")),
        (false, false) => None,
    }
}

fn say_logs(logs: &Logs) -> String {
    match logs {
        Logs::OfContainers => "container logs (stdout, stderr)".to_owned(),
        Logs::Named(globs) => {
            let names: Vec<&str> = globs.iter().map(|glob| &glob.text[..]).collect();
            format!("logs named {}", names.join(", "))
        }
    }
}

/// What to say where the dataset has none of the wanted logs.
fn lacks(address: &Address, logs: &Logs, listed: &[Listed], found: &Found) -> Failure {
    if listed.is_empty() {
        return Failure::from(anyhow!("{address} is empty: no sink has written to it yet")).hint(
            "a table comes some minutes after the first entry; is this the dataset of the sink, and may the \
             sink's writer identity write to it (roles/bigquery.dataEditor)?",
        );
    }
    let notes: String = found.notes.iter().take(3).map(|note| format!("; {note}")).collect();
    let error = anyhow!("{address} holds no {}; it holds {}{notes}", say_logs(logs), found.holds.join(", "));
    let others: BTreeSet<&str> = listed.iter().map(|table| name::read(&table.id).0).collect();
    let example = others.iter().find(|log| **log != EXPORT_ERRORS && !log.starts_with('_'));
    let example = example.map(|log| format!("--log {} reads one of them; ", as_typed(log))).unwrap_or_default();
    Failure::from(error).hint(match logs {
        Logs::OfContainers => {
            format!("{example}for container logs the sink's filter must let resource.type=\"k8s_container\" through")
        }
        Logs::Named(_) => format!("{example}without --log, what containers wrote to stdout and stderr"),
    })
}
