//! What tables are like just now: where a table's state is the same as it was, so are its rows.
//!
//! A state is asked for before a query begins, so that a change in between makes another state of it later,
//! and never the same one. Of a shard it is what `tables.get` tells, and there is none while rows wait in its
//! streaming buffer. A table of all days changes all the time, so that of such a table it is the
//! partitions that a slice touches; rows in the streaming buffer are in none of them. An entry that comes
//! much later than it was written is therefore seen when BigQuery has put it into its partition, which
//! takes some 90 minutes: <https://cloud.google.com/bigquery/docs/streaming-data-into-bigquery>
//!
//! What a view is like depends on what it looks at: it has no state.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Days, NaiveTime, TimeDelta, Utc};

use super::slices::Slice;
use super::tables::{Kind, Known, Layout, Table};
use crate::source::cache::TableState;
use crate::when::Window;

/// A slice is kept if it ended so long ago: agents and sinks are done with it, and the streaming buffer of a
/// shard is empty as a rule. A state of its tables protects those that are late.
const LAG: TimeDelta = TimeDelta::hours(3);

/// Rows that wait in a streaming buffer were written so long before they came, at most.
const BUFFERED: TimeDelta = TimeDelta::hours(24);

/// Asking for the states of partitions bills 10 MiB at least
/// (<https://cloud.google.com/bigquery/docs/information-schema-partitions>): a slice must be worth it.
const WORTH: u64 = 100 << 20;

/// What was found out about tables in this run.
#[derive(Debug, Default)]
pub(crate) struct States {
    /// By name.
    pub tables: BTreeMap<String, Known>,
    /// By table, then by id; `None` where nobody asked, or there was no answer.
    pub partitions: Option<BTreeMap<String, BTreeMap<String, String>>>,
}

impl States {
    /// The states of what a query of this window reads of a table: of the table, or of its partitions, which are
    /// named `TABLE$ID`. `None` where nobody can tell.
    pub(crate) fn of(&self, table: &Table, window: &Window) -> Option<Vec<TableState>> {
        let known = self.tables.get(&table.id).filter(|known| known.kind == Kind::Table)?;
        let seen = known.seen.as_ref()?;
        let state = |table: String, state: String| TableState { table, state };
        if !is_by_partition(table, known) {
            let whole = seen.state.clone().filter(|_| seen.buffered_since.is_none())?;
            return Some(vec![state(table.id.clone(), whole)]);
        }
        let touched = touched(table, known, window)?;
        if let Some(since) = seen.buffered_since {
            let oldest = DateTime::from_timestamp_millis(since)?;
            (touched.until <= oldest - BUFFERED).then_some(())?;
        }
        let partitions = self.partitions.as_ref()?.get(&table.id);
        let partitions = partitions.into_iter().flatten().filter(|(id, _)| is_within(id, &touched));
        let partitions = partitions.map(|(id, is)| state(format!("{}${id}", table.id), is.clone()));
        Some([state(table.id.clone(), "by partition".to_owned())].into_iter().chain(partitions).collect())
    }

    /// Whether a query of this window that reads `tables` reads what has this name.
    pub(crate) fn reads(&self, tables: &[&Table], window: &Window, name: &str) -> bool {
        let Some((table, id)) = name.split_once('$') else {
            let day = super::tables::shard_day(name).map(|day| day.and_time(NaiveTime::MIN).and_utc());
            return day.is_none_or(|begins| begins < window.until && window.since < begins + TimeDelta::days(1));
        };
        let table = tables.iter().find(|it| it.id == table);
        let touched = table.and_then(|table| touched(table, self.tables.get(&table.id)?, window));
        touched.is_none_or(|touched| is_within(id, &touched))
    }

    /// Takes the answer to [`partition_states`](super::sql::partition_states).
    pub(crate) fn take_partitions(&mut self, lines: &str) {
        let mut partitions: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        for line in lines.lines() {
            let mut fields = line.rsplitn(5, ' ');
            let [Some(changed), Some(bytes), Some(rows), Some(id), Some(table)] = [(); 5].map(|()| fields.next())
            else {
                continue;
            };
            let state = format!("modified {changed}, {rows} rows, {bytes} bytes");
            partitions.entry(table.to_owned()).or_default().insert(id.to_owned(), state);
        }
        self.partitions = Some(partitions);
    }

    /// The tables among these whose partitions must be asked for, if that is worth it, and the window that
    /// they touch.
    pub(crate) fn to_ask<'t>(&self, slices: &[&Slice], tables: &'t [Table]) -> Option<(Vec<&'t str>, Window)> {
        let mut names = Vec::new();
        let mut span: Option<Window> = None;
        let mut bytes: u64 = 0;
        for slice in slices {
            let days = (slice.window.until - slice.window.since).num_days().max(1) as u64;
            for table in slice.of(tables) {
                let Some(known) = self.tables.get(&table.id).filter(|known| is_by_partition(table, known)) else {
                    continue;
                };
                let Some(touched) = touched(table, known, &slice.window) else { continue };
                bytes = bytes.saturating_add(table.day_bytes.unwrap_or(0).saturating_mul(days));
                names.push(table.id.as_str());
                span = Some(span.map_or(touched, |span| Window {
                    since: span.since.min(touched.since),
                    until: span.until.max(touched.until),
                }));
            }
        }
        names.sort_unstable();
        names.dedup();
        span.filter(|_| bytes >= WORTH).map(|span| (names, span))
    }
}

/// True for a table of all days: its partitions have states of their own.
fn is_by_partition(table: &Table, known: &Known) -> bool {
    known.partitions.is_some() && !matches!(table.layout, Layout::Shard(_))
}

/// The partitions that a query of this window reads; `None` where that cannot be told.
fn touched(table: &Table, known: &Known, window: &Window) -> Option<Window> {
    let column = known.partitions.as_ref()?.column.as_deref();
    match (table.layout, column) {
        (Layout::Partitioned, Some(column)) if column.eq_ignore_ascii_case("timestamp") => Some(*window),
        // As the query says it.
        (Layout::Ingestion, None) => {
            let day = |time: DateTime<Utc>| time.date_naive();
            let since = day(window.since).pred_opt()?;
            let until = day(window.until - TimeDelta::nanoseconds(1)).checked_add_days(Days::new(2))?;
            let midnight = |day: chrono::NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
            Some(Window { since: midnight(since), until: midnight(until) })
        }
        _ => None,
    }
}

/// Whether a partition holds something of the window. Partitions are of hours, days, months or years: an id is
/// as long as what it tells.
fn is_within(id: &str, window: &Window) -> bool {
    let bounds = [window.since, window.until - TimeDelta::nanoseconds(1)];
    let [first, last] = bounds.map(|time| time.format("%Y%m%d%H").to_string());
    match (first.get(..id.len()), last.get(..id.len())) {
        (Some(first), Some(last)) => (first..=last).contains(&id),
        _ => true,
    }
}

/// How much older than a query a slice of such a table must be.
fn lag(layout: Layout) -> Option<TimeDelta> {
    match layout {
        Layout::Shard(_) => Some(LAG),
        Layout::Partitioned => Some(LAG + BUFFERED),
        // What arrived a day later may be of it.
        Layout::Ingestion => Some(LAG + BUFFERED + TimeDelta::days(1)),
        Layout::Analytics => None,
    }
}

/// True for a slice that is old enough at this time for its tables to have a state that lasts.
pub(crate) fn is_old(slice: &Slice, tables: &[Table], now: DateTime<Utc>) -> bool {
    let is_old = |table: &&Table| lag(table.layout).is_some_and(|lag| slice.window.until <= now - lag);
    slice.of(tables).iter().all(is_old)
}

/// The midnight up to which days are old enough, where the window reaches over it: what lies before it is read
/// apart from what lies behind it.
pub(crate) fn apart(window: &Window, tables: &[Table], now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let lags: Option<Vec<TimeDelta>> = tables.iter().map(|table| lag(table.layout)).collect();
    let edge = now - lags?.into_iter().max()?;
    let midnight = edge.date_naive().and_time(NaiveTime::MIN).and_utc();
    (window.until > edge && edge.year() > 1 && window.since < midnight).then_some(midnight)
}
