//! Which tables hold the logs of a window: finds the dataset's layout, and reads each table's columns.
//!
//! | part | what it is for |
//! |---|---|
//! | [`ask`] | the two questions to the API, and what of the answers matters |
//! | [`name`] | names of tables and names of logs |
//! | [`choose`] | which of the tables that are listed matter |
//! | [`judge`] | what a table that was looked at is good for |
//! | [`holds`] | what a dataset holds, in words |
//! | [`mod@signs`] | whether a dataset looks like a sink's |
//! | [`cache`] | what was learnt stays known for a while |

mod ask;
mod cache;
mod choose;
mod holds;
mod judge;
mod name;
mod signs;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::address::Address;
use super::error::Error;
use super::schema::Schema;
use crate::select::Logs;
use crate::tool::Failure;
use crate::when::Window;
#[cfg(test)]
pub(crate) use ask::Partitions;
pub(crate) use ask::{Ask, Kind, Known, Seen};
pub(crate) use cache::Cache;
use cache::Memory;
use choose::Candidate;
pub(crate) use signs::{Signs, signs};

/// Tables that are asked about at the same time. BigQuery allows a user 100 requests a second.
/// <https://cloud.google.com/bigquery/quotas#api_request_quotas>
const AT_ONCE: usize = 16;

/// A table that holds logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Table {
    /// As it stands in the dataset: `stdout_20261121`.
    pub id: String,
    /// The log that the table is of, as the table's name has it: `stdout`, `events`,
    /// `cloudaudit_googleapis_com_activity`. `None` for a view that holds all logs.
    pub log: Option<String>,
    pub layout: Layout,
    pub schema: Schema,
    /// About how many bytes it has of one UTC day, all columns, where BigQuery says it (of views it does not).
    pub day_bytes: Option<u64>,
}

/// How a table divides time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// One table for each UTC day of the entries' `timestamp`.
    Shard(NaiveDate),
    /// To be narrowed by the column `timestamp`: partitioned by it, in UTC days; or, where somebody
    /// made the table or the view by hand, maybe not partitioned at all.
    Partitioned,
    /// Partitioned by the day or the hour (UTC) in which the row arrived.
    Ingestion,
    /// A view of a Log Analytics bucket: snake_case columns, some of them JSON.
    Analytics,
}

/// What to look for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'a> {
    pub window: Window,
    pub logs: &'a Logs,
}

/// What a dataset has of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    /// Where jobs must run: `asia-northeast1`. Unknown where no table is to be read; and of the emulator.
    pub location: Option<String>,
    /// What to read, shards in the order of their days. Empty where the dataset has such logs, but
    /// not of these days; then a note names the days that there are.
    pub tables: Vec<Table>,
    /// The tables of these days that hold what the sink could not write.
    pub export_errors: Vec<Table>,
    /// What is in the dataset: `events 2026-09-01 to 2026-11-21`. A bounded list.
    pub holds: Vec<String>,
    /// What the user should know: days that are not there, a view that is not read.
    pub notes: Vec<String>,
    /// Some of it may be known from an earlier run.
    pub is_remembered: bool,
    /// What was looked at, by its name; [`Known::seen`] is there where that was just now.
    pub known: BTreeMap<String, Known>,
}

/// Finds the tables that hold the wanted logs, by one tables.list (paged) and a tables.get for each
/// table that matters.
///
/// What was learnt is kept in `cache`, and believed where it cannot hide anything (see [`cache`]); with
/// `refresh` it is not believed, only renewed. A query that then fails with `notFound` or `invalidQuery`
/// may still have been misled: find again with `refresh`, and try once more.
///
/// Fails where a request fails (the failure's error is the [`Error`], to be had by `downcast`), and where the
/// dataset has no table of such logs, whatever the day: that failure lists what is there instead.
pub(crate) async fn find<A>(
    ask: &A,
    address: &Address,
    wanted: &Wanted<'_>,
    now: DateTime<Utc>,
    cache: &Cache,
    refresh: bool,
) -> Result<Found, Failure>
where
    A: AsyncFn(Ask) -> Result<Vec<u8>, Error>,
{
    let mut memory = if refresh { Memory::default() } else { cache.load() };
    let mut is_remembered = memory != Memory::default();
    loop {
        let (listed, is_fresh) = match memory.list(&wanted.window, now) {
            Some(listed) => (listed, false),
            None => (memory.keep_list(ask::list(ask).await?, now), true),
        };
        let choice = choose::choose(&listed, wanted);
        let known = look(ask, choice.all(), wanted, now, &mut memory).await?;
        let has_gone = known.values().any(Option::is_none);
        if !is_fresh && (has_gone || choice.logs.is_empty()) {
            // The remembered list may be older than the dataset. Nobody is told "nothing there" by memory.
            memory = Memory::default();
            is_remembered = false;
            continue;
        }
        cache.save(memory, now);
        let found = judge::judge(address, wanted, now, &listed, &choice, &known)?;
        let known = known.into_iter().filter_map(|(id, known)| Some((id, known?))).collect();
        return Ok(Found { is_remembered, known, ..found });
    }
}

/// Looks at tables that are known already, as they are now. One that is gone is not among them.
pub(crate) async fn look_again<A>(ask: &A, tables: Vec<String>) -> Result<BTreeMap<String, Known>, Error>
where
    A: AsyncFn(Ask) -> Result<Vec<u8>, Error>,
{
    let answers = stream::iter(tables).map(async |id| ask::get(ask, &id).await.map(|table| (id, table)));
    let answers: Vec<(String, Option<Known>)> = answers.buffer_unordered(AT_ONCE).try_collect().await?;
    Ok(answers.into_iter().filter_map(|(id, table)| Some((id, table?))).collect())
}

/// What is known of each candidate, from memory or from BigQuery; `None` where it is not there any more.
async fn look<A>(
    ask: &A,
    candidates: impl Iterator<Item = &Candidate>,
    wanted: &Wanted<'_>,
    now: DateTime<Utc>,
    memory: &mut Memory,
) -> Result<BTreeMap<String, Option<Known>>, Error>
where
    A: AsyncFn(Ask) -> Result<Vec<u8>, Error>,
{
    let mut known = BTreeMap::new();
    let mut unknown = Vec::new();
    for candidate in candidates {
        match memory.table(&candidate.id, candidate.day, &wanted.window, now) {
            Some(table) => drop(known.insert(candidate.id.clone(), Some(table))),
            None => unknown.push(candidate.id.clone()),
        }
    }
    let answers = stream::iter(unknown).map(async |id| ask::get(ask, &id).await.map(|table| (id, table)));
    let answers: Vec<(String, Option<Known>)> = answers.buffer_unordered(AT_ONCE).try_collect().await?;
    for (id, table) in answers {
        if let Some(table) = &table {
            memory.keep_table(&id, table, now);
        }
        known.insert(id, table);
    }
    Ok(known)
}

/// The day of a shard, as its name tells it.
pub(crate) fn shard_day(id: &str) -> Option<NaiveDate> {
    name::read(id).1
}

/// The UTC days that a window touches, the first and the last; `None` for a window without width.
pub(crate) fn days(window: &Window) -> Option<(NaiveDate, NaiveDate)> {
    let last = window.until.checked_sub_signed(chrono::TimeDelta::nanoseconds(1))?;
    (window.since <= last).then(|| (window.since.date_naive(), last.date_naive()))
}
