//! What a dataset holds, in words, for those who look for something else in it.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::ask::{Kind, Listed};
use super::name;

/// Logs told; the others are counted.
const MOST: usize = 20;

/// `events 2026-09-01 to 2026-11-21`, by name: the days (UTC) are those of the first and the last shard.
pub(crate) fn holds(listed: &[Listed]) -> Vec<String> {
    let mut logs: BTreeMap<&str, Vec<(Option<NaiveDate>, Kind)>> = BTreeMap::new();
    for table in listed {
        let (log, day) = name::read(&table.id);
        logs.entry(log).or_default().push((day, table.kind));
    }
    let mut told: Vec<String> = logs.iter().take(MOST).map(|(log, tables)| tell(log, tables)).collect();
    if logs.len() > MOST {
        told.push(format!("and {} more", logs.len() - MOST));
    }
    told
}

fn tell(log: &str, tables: &[(Option<NaiveDate>, Kind)]) -> String {
    let first = tables.iter().filter_map(|(day, _)| *day).min();
    let last = tables.iter().filter_map(|(day, _)| *day).max();
    let days = match (first, last) {
        (Some(first), Some(last)) if first == last => format!(" {first}"),
        (Some(first), Some(last)) => format!(" {first} to {last}"),
        _ => String::new(),
    };
    let is_view = tables.iter().all(|(_, kind)| *kind != Kind::Table);
    let is_both = !days.is_empty() && tables.iter().any(|(day, _)| day.is_none());
    let more = match (is_view, is_both) {
        (true, _) => " (a view)",
        (false, true) => " (and a table of all days)",
        (false, false) => "",
    };
    format!("{log}{days}{more}")
}

/// What to type after `--log` to read the log of this name, whatever each `_` in it stands for.
pub(crate) fn as_typed(log: &str) -> String {
    if log.contains('_') { format!("'{}'", log.replace('_', "?")) } else { log.to_owned() }
}
