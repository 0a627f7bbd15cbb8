//! What tables are like just now: where a table's state is the same as it was, so are its rows.
//!
//! A state is asked for before a query begins, so that a change in between makes another state of it later,
//! and never the same one. Of a shard it is what `tables.get` tells, and there is none while rows wait in its
//! streaming buffer. A table of all days changes all the time, so that of such a table it is the
//! partitions that a slice touches; rows in the streaming buffer are in none of them. An entry that comes
//! much later than it was written is therefore seen when BigQuery has put it into its partition, which
//! takes some 90 minutes: <https://cloud.google.com/bigquery/docs/streaming-data-into-bigquery>
//!
//! A query that was made for other columns than a table has gives other rows. So the columns that it was made for are
//! a part of the state.
//!
//! What a view is like depends on what it looks at: it has no state.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Days, NaiveTime, TimeDelta, Utc};

use super::slices::Slice;
use super::tables::{Kind, Known, Layout, Seen, Table};
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

/// By table, then by id: the state, and the number of rows.
type Partitioned = BTreeMap<String, BTreeMap<String, (String, u64)>>;

/// What was found out about tables in this run.
#[derive(Debug, Default)]
pub(crate) struct States {
    /// By name.
    pub tables: BTreeMap<String, Known>,
    /// `None` where nobody asked, or there was no answer.
    pub partitions: Option<Partitioned>,
    /// When that was, by the server's clock.
    pub looked: Option<DateTime<Utc>>,
}

impl States {
    /// The states of what a query of this window reads of a table: of the table, or of its partitions, which are
    /// named `TABLE$ID`. `None` where nobody can tell.
    pub(crate) fn of(&self, table: &Table, window: &Window) -> Option<Vec<TableState>> {
        let known = self.tables.get(&table.id).filter(|known| known.kind == Kind::Table)?;
        let seen = known.seen.as_ref()?;
        let state = |table: String, (state, rows): (String, u64)| TableState { table, state, rows };
        let read = |state: &str| format!("{state}, columns {}", table.schema.sum());
        if !is_by_partition(table, known) {
            let (whole, rows) = seen.state.as_ref().filter(|_| seen.buffered_since.is_none())?;
            return Some(vec![state(table.id.clone(), (read(whole), *rows))]);
        }
        let touched = touched(table, known, window)?;
        is_apart_from_buffer(seen, &touched).then_some(())?;
        let partitions = self.partitions.as_ref()?.get(&table.id);
        let partitions = partitions.into_iter().flatten().filter(|(id, _)| is_within(id, &touched));
        let partitions = partitions.map(|(id, is)| state(format!("{}${id}", table.id), is.clone()));
        Some([state(table.id.clone(), (read("by partition"), 0))].into_iter().chain(partitions).collect())
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
        let mut partitions = Partitioned::new();
        for line in lines.lines() {
            let mut fields = line.rsplitn(5, ' ');
            let [Some(changed), Some(bytes), Some(rows), Some(id), Some(table)] = [(); 5].map(|()| fields.next())
            else {
                continue;
            };
            let state = format!("modified {changed}, {rows} rows, {bytes} bytes");
            let state = (state, rows.parse().unwrap_or_default());
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
                if !known.seen.as_ref().is_some_and(|seen| is_apart_from_buffer(seen, &touched)) {
                    continue;
                }
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

/// True where no row that waits in the streaming buffer can be of these partitions.
pub(super) fn is_apart_from_buffer(seen: &Seen, touched: &Window) -> bool {
    let Some(since) = seen.buffered_since else { return true };
    DateTime::from_timestamp_millis(since).is_some_and(|oldest| touched.until <= oldest - BUFFERED)
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

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::super::schema::Schema;
    use super::super::tables::Partitions;
    use super::*;

    fn time(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn window(since: &str, until: &str) -> Window {
        Window { since: time(since), until: time(until) }
    }

    fn table(id: &str, layout: Layout) -> Table {
        Table { id: id.into(), log: Some("stdout".into()), layout, schema: Schema::default(), day_bytes: Some(WORTH) }
    }

    fn shard() -> Table {
        table("stdout_20261118", Layout::Shard(NaiveDate::from_ymd_opt(2026, 11, 18).unwrap()))
    }

    /// A table that is partitioned so, `buffered` since that time.
    fn known(by: Option<(&str, Option<&str>)>, buffered: Option<&str>) -> Known {
        let seen = Seen {
            state: Some(("as it is".into(), 1)),
            buffered_since: buffered.map(|since| time(since).timestamp_millis()),
            has_policy: false,
        };
        Known {
            kind: Kind::Table,
            schema: Schema::default(),
            partitions: by.map(|(unit, column)| Partitions {
                unit: unit.into(),
                column: column.map(str::to_owned),
                kept_for: None,
            }),
            partition_count: None,
            bytes: None,
            location: None,
            modified: None,
            is_streamed_to: buffered.is_some(),
            seen: Some(seen),
        }
    }

    /// What is there of the table, with these partitions.
    fn states(table: &Table, known: Known, ids: &[&str]) -> States {
        let lines: Vec<String> = ids.iter().map(|id| format!("{} {id} 1 2 3", table.id)).collect();
        let mut states = States { tables: [(table.id.clone(), known)].into(), ..States::default() };
        states.take_partitions(&lines.join("\n"));
        states
    }

    fn names(states: &States, table: &Table, window: &Window) -> Option<Vec<String>> {
        Some(states.of(table, window)?.into_iter().map(|state| state.table).collect())
    }

    const DAY: [&str; 2] = ["2026-11-18T05:00:00Z", "2026-11-19T00:00:00Z"];

    #[test]
    fn the_state_of_a_table_is_that_of_what_the_window_touches() {
        let [since, until] = DAY;
        let day = window(since, until);
        let by_day = ["20261116", "20261117", "20261118", "20261119", "20261120"];
        let hours = ["2026111804", "2026111805", "2026111823", "2026111900"];
        let by_time = |unit| known(Some((unit, Some("timestamp"))), None);
        for (name, table, known, ids, expected) in [
            ("a shard", shard(), known(None, None), &[][..], Some(&["stdout_20261118"][..])),
            ("a shard with rows in the buffer", shard(), known(None, Some(until)), &[], None),
            (
                "days",
                table("stdout", Layout::Partitioned),
                by_time("DAY"),
                &by_day,
                Some(&["stdout", "stdout$20261118"]),
            ),
            (
                "hours",
                table("stdout", Layout::Partitioned),
                by_time("HOUR"),
                &hours,
                Some(&["stdout", "stdout$2026111805", "stdout$2026111823"]),
            ),
            (
                "months",
                table("stdout", Layout::Partitioned),
                by_time("MONTH"),
                &["202610", "202611"],
                Some(&["stdout", "stdout$202611"]),
            ),
            ("no partition", table("stdout", Layout::Partitioned), by_time("DAY"), &[], Some(&["stdout"])),
            (
                "days of arrival",
                table("stdout", Layout::Ingestion),
                known(Some(("DAY", None)), None),
                &by_day,
                Some(&["stdout", "stdout$20261117", "stdout$20261118", "stdout$20261119"]),
            ),
            (
                "by another column",
                table("stdout", Layout::Partitioned),
                known(Some(("DAY", Some("day"))), None),
                &by_day,
                None,
            ),
            ("not partitioned", table("stdout", Layout::Partitioned), known(None, None), &by_day, Some(&["stdout"])),
            (
                "a view",
                table("_AllLogs", Layout::Analytics),
                Known { kind: Kind::View, ..known(None, None) },
                &[],
                None,
            ),
            ("a table that was not looked at", shard(), Known { seen: None, ..known(None, None) }, &[], None),
        ] {
            let expected = expected.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
            assert_eq!(names(&states(&table, known, ids), &table, &day), expected, "{name}");
        }
    }

    #[test]
    fn partitions_have_a_state_a_day_before_what_waits_in_the_buffer() {
        let table = table("stdout", Layout::Partitioned);
        let of = |buffered, until| {
            let known = known(Some(("DAY", Some("timestamp"))), Some(buffered));
            states(&table, known, &["20261118"]).of(&table, &window(DAY[0], until)).is_some()
        };
        assert!(of("2026-11-20T00:00:00Z", "2026-11-19T00:00:00Z"));
        assert!(!of("2026-11-19T23:59:59Z", "2026-11-19T00:00:00Z"));
        assert!(!of("1970-01-01T00:00:00Z", "2026-11-19T00:00:00Z"), "since when was not told");
    }

    #[test]
    fn slices_are_old_enough_when_their_tables_are_done() {
        let tables = [shard(), table("stdout", Layout::Partitioned), table("stdout", Layout::Ingestion)];
        let slice = |number: usize| Slice { window: window(DAY[0], DAY[1]), tables: vec![number] };
        let is_old = |number, now| is_old(&slice(number), &tables, time(now));
        for (now, expected) in [
            ("2026-11-19T02:59:59Z", [false, false, false]),
            ("2026-11-19T03:00:00Z", [true, false, false]),
            ("2026-11-20T02:59:59Z", [true, false, false]),
            ("2026-11-20T03:00:00Z", [true, true, false]),
            ("2026-11-21T03:00:00Z", [true, true, true]),
            ("2001-01-01T00:00:00Z", [false, false, false]),
        ] {
            assert_eq!([0, 1, 2].map(|number| is_old(number, now)), expected, "{now}");
        }
    }

    #[test]
    fn a_window_that_reaches_over_what_is_old_is_cut_there() {
        let now = time("2026-11-21T12:00:00Z");
        let apart = |since, until, layout| {
            apart(&window(since, until), &[table("stdout", layout)], now).map(|time| time.format("%dT%H").to_string())
        };
        let shard = shard().layout;
        let (days_ago, just_now) = ("2026-11-18T12:00:00Z", "2026-11-21T12:00:00Z");
        assert_eq!(apart(days_ago, just_now, shard).as_deref(), Some("21T00"));
        assert_eq!(apart(days_ago, just_now, Layout::Partitioned).as_deref(), Some("20T00"));
        assert_eq!(apart(days_ago, just_now, Layout::Ingestion).as_deref(), Some("19T00"));
        assert_eq!(apart(days_ago, just_now, Layout::Analytics), None);
        assert_eq!(apart(days_ago, "2026-11-20T12:00:00Z", shard), None, "all of it is old");
        assert_eq!(apart("2026-11-21T11:00:00Z", just_now, shard), None, "none of it is");
    }

    #[test]
    fn partitions_are_asked_for_where_that_is_worth_it_and_helps() {
        let by_day = || known(Some(("DAY", Some("timestamp"))), None);
        let slice = Slice { window: window(DAY[0], DAY[1]), tables: vec![0] };
        let asked = |bytes, known| {
            let table = Table { day_bytes: bytes, ..table("stdout", Layout::Partitioned) };
            states(&table, known, &[]).to_ask(&[&slice], &[table]).is_some()
        };
        assert_eq!([Some(WORTH), Some(WORTH - 1), None].map(|bytes| asked(bytes, by_day())), [true, false, false]);
        let buffered = |since| asked(Some(WORTH), known(Some(("DAY", Some("timestamp"))), Some(since)));
        let (late, early, untold) = ("2026-11-20T00:00:00Z", "2026-11-19T23:59:59Z", "1970-01-01T00:00:00Z");
        assert_eq!([late, early, untold].map(buffered), [true, false, false]);
    }

    #[test]
    fn a_partition_that_changes_has_another_state() {
        let table = table("stdout", Layout::Partitioned);
        let mut states = states(&table, known(Some(("DAY", Some("timestamp"))), None), &[]);
        let day = window(DAY[0], DAY[1]);
        let mut of = |line: &str| {
            states.take_partitions(line);
            states.of(&table, &day)
        };
        let lines =
            ["stdout 20261118 1 2 3", "stdout 20261118 1 2 4", "stdout 20261118 1 3 3", "stdout 20261118 2 2 3", ""];
        let all: Vec<_> = lines.map(&mut of).into();
        assert!(all.iter().all(Option::is_some));
        for (n, one) in all.iter().enumerate() {
            assert!(all[..n].iter().all(|other| other != one), "{one:?}");
        }
    }
}
