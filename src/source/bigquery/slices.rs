//! Slices of BigQuery: runs of whole UTC days.
//!
//! Never narrower than a day, for every job bills its partitions in full; joined while small, for
//! every job takes a second or two whatever it reads.

use chrono::{DateTime, Days, NaiveTime, Utc};

use super::tables::{Layout, Table};
use crate::when::Window;

/// A part of the window that one job reads, and the tables that hold it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Slice {
    pub window: Window,
    /// By their place in the list of tables, in its order.
    pub tables: Vec<usize>,
}

impl Slice {
    /// Its tables, out of the list that it was cut from.
    pub(crate) fn of<'t>(&self, tables: &'t [Table]) -> Vec<&'t Table> {
        self.tables.iter().filter_map(|number| tables.get(*number)).collect()
    }
}

/// What decides how many days one job reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Breadth {
    /// Entries: days are joined while they are small.
    Entries,
    /// Names: the few columns of them are a small part of a row, and so is what comes of them.
    Names,
    /// All days, whatever they hold.
    Whole,
}

/// Days are joined while their tables hold less than this, in bytes.
const SMALL: u64 = 1 << 30;

/// The same where only names are read.
const SMALL_FOR_NAMES: u64 = 100 * SMALL;

/// A day of a view, which nobody knows the bytes of, counts as this many.
const UNKNOWN_DAY: u64 = SMALL / 4;

/// Cuts the window. A slice has at most `most` tables, and does not reach over the midnight `apart`, unless it
/// must be [whole](Breadth::Whole).
pub(crate) fn cut(
    window: &Window,
    tables: &[Table],
    breadth: Breadth,
    most: usize,
    apart: Option<DateTime<Utc>>,
) -> Vec<Slice> {
    let (small, most, apart) = match breadth {
        Breadth::Entries => (SMALL, most, apart),
        Breadth::Names => (SMALL_FOR_NAMES, most, apart),
        Breadth::Whole => (u64::MAX, usize::MAX, None),
    };
    let mut slices: Vec<Slice> = Vec::new();
    let mut held = 0;
    let mut since = window.since;
    while since < window.until {
        let until = next_midnight(since).min(window.until);
        let (bytes, of_day) = day(since, tables);
        held += bytes;
        match slices.last_mut() {
            Some(slice) if held <= small && apart != Some(since) && joined(&slice.tables, &of_day).len() <= most => {
                slice.window.until = until;
                slice.tables = joined(&slice.tables, &of_day);
            }
            _ => {
                held = bytes;
                slices.push(Slice { window: Window { since, until }, tables: of_day });
            }
        }
        since = until;
    }
    slices.retain(|slice| !slice.tables.is_empty());
    slices
}

/// The tables that hold the day of `instant`, and how many bytes of it, about.
fn day(instant: DateTime<Utc>, tables: &[Table]) -> (u64, Vec<usize>) {
    let date = instant.date_naive();
    let of_day = |(_, table): &(usize, &Table)| match table.layout {
        Layout::Shard(day) => day == date,
        _ => true,
    };
    let tables = tables.iter().enumerate().filter(of_day);
    tables.fold((0, Vec::new()), |(sum, mut list), (i, table)| {
        list.push(i);
        (sum + table.day_bytes.unwrap_or(UNKNOWN_DAY), list)
    })
}

/// Both lists, in order, without repeating any.
fn joined(left: &[usize], right: &[usize]) -> Vec<usize> {
    let mut all = [left, right].concat();
    all.sort_unstable();
    all.dedup();
    all
}

fn next_midnight(instant: DateTime<Utc>) -> DateTime<Utc> {
    let next = instant.date_naive().checked_add_days(Days::new(1));
    next.map_or(DateTime::<Utc>::MAX_UTC, |date| date.and_time(NaiveTime::MIN).and_utc())
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;
    use crate::source::bigquery::schema::Schema;

    const MIB: u64 = 1 << 20;
    const GIB: u64 = 1 << 30;

    fn table(id: &str, layout: Layout, day_bytes: Option<u64>) -> Table {
        Table { id: id.into(), log: Some("stdout".into()), layout, schema: Schema::default(), day_bytes }
    }

    fn shard(day: u32, bytes: u64) -> Table {
        let date = NaiveDate::from_ymd_opt(2026, 11, day).unwrap();
        table(&format!("stdout_202611{day:02}"), Layout::Shard(date), Some(bytes))
    }

    fn window(since: &str, until: &str) -> Window {
        Window { since: since.parse().unwrap(), until: until.parse().unwrap() }
    }

    /// The slices as `since..until tables`, days and hours only.
    fn said(slices: &[Slice]) -> Vec<String> {
        let time = |time: DateTime<Utc>| time.format("%dT%H").to_string();
        let one =
            |slice: &Slice| format!("{}..{} {:?}", time(slice.window.since), time(slice.window.until), slice.tables);
        slices.iter().map(one).collect()
    }

    #[test]
    fn days_are_joined_while_they_are_small() {
        let small = [shard(18, MIB), shard(19, MIB), shard(20, MIB)];
        let large = [shard(18, 2 * GIB), shard(19, 2 * GIB), shard(20, MIB), shard(21, MIB)];
        let by_column = [table("stdout", Layout::Partitioned, Some(GIB / 2))];
        let view = [table("_AllLogs", Layout::Analytics, None)];
        let three = ("2026-11-18T05:00:00Z", "2026-11-20T07:00:00Z");
        for (name, (since, until), tables, expected) in [
            ("small shards", three, &small[..], &["18T05..20T07 [0, 1, 2]"][..]),
            ("large shards", three, &large, &["18T05..19T00 [0]", "19T00..20T00 [1]", "20T00..20T07 [2]"]),
            ("an hour", ("2026-11-19T05:00:00Z", "2026-11-19T06:00:00Z"), &large, &["19T05..19T06 [1]"]),
            ("until midnight", ("2026-11-19T23:00:00Z", "2026-11-20T00:00:00Z"), &large, &["19T23..20T00 [1]"]),
            ("days without a table", ("2026-11-16T00:00:00Z", "2026-11-19T00:00:00Z"), &small, &["16T00..19T00 [0]"]),
            ("no tables", three, &[], &[]),
            ("partitions of half a GiB", three, &by_column, &["18T05..20T00 [0]", "20T00..20T07 [0]"]),
            (
                "a view",
                ("2026-11-10T00:00:00Z", "2026-11-16T00:00:00Z"),
                &view,
                &["10T00..14T00 [0]", "14T00..16T00 [0]"],
            ),
        ] {
            assert_eq!(said(&cut(&window(since, until), tables, Breadth::Entries, 1000, None)), expected, "{name}");
        }
    }

    #[test]
    fn days_that_may_be_kept_are_not_joined_with_those_that_may_not() {
        let tables = [shard(18, MIB), shard(19, MIB), shard(20, MIB)];
        let window = window("2026-11-18T05:00:00Z", "2026-11-20T07:00:00Z");
        let cut = |breadth, apart: &str| said(&cut(&window, &tables, breadth, 1000, Some(apart.parse().unwrap())));
        let midnight = "2026-11-20T00:00:00Z";
        assert_eq!(cut(Breadth::Entries, midnight), ["18T05..20T00 [0, 1]", "20T00..20T07 [2]"]);
        assert_eq!(cut(Breadth::Entries, "2026-11-17T00:00:00Z"), ["18T05..20T07 [0, 1, 2]"]);
        assert_eq!(cut(Breadth::Whole, midnight), ["18T05..20T07 [0, 1, 2]"]);
    }

    #[test]
    fn a_window_that_must_be_whole_is_one_slice() {
        let tables = [shard(18, 2 * GIB), shard(19, 2 * GIB)];
        let slices = cut(&window("2026-11-18T00:00:00Z", "2026-11-20T00:00:00Z"), &tables, Breadth::Whole, 1, None);
        assert_eq!(said(&slices), ["18T00..20T00 [0, 1]"]);
    }

    #[test]
    fn names_are_read_of_many_days_at_once() {
        let tables: Vec<Table> = (1..=28).map(|day| shard(day, 9 * GIB)).collect();
        let slices = cut(&window("2026-11-01T00:00:00Z", "2026-11-29T00:00:00Z"), &tables, Breadth::Names, 1000, None);
        assert_eq!(slices.iter().map(|slice| slice.tables.len()).collect::<Vec<_>>(), [11, 11, 6]);
    }

    #[test]
    fn slices_are_disjoint_and_have_no_more_tables_than_a_query_may() {
        let tables: Vec<Table> = (1..=28).map(|day| shard(day, 1)).collect();
        let slices = cut(&window("2026-11-01T00:00:00Z", "2026-11-29T00:00:00Z"), &tables, Breadth::Entries, 5, None);
        assert_eq!(slices.len(), 6);
        assert!(slices.iter().all(|slice| slice.tables.len() <= 5));
        assert!(slices.windows(2).all(|pair| pair[0].window.until == pair[1].window.since));
    }
}
