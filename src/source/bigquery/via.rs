//! By which way a slice is read: straight from its tables where that surely gives the same entries and costs
//! no more, else by a query.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};

use super::price::{Pricing, STRAIGHT};
use super::slices::Slice;
use super::state;
use super::tables::{Kind, Known, Layout, Table};
use crate::size;
use crate::source::Cut;
use crate::source::place::Via;
use crate::when::Window;

/// A slice that ended less than this ago may still get rows, and a table whose first ones arrive has no
/// streaming buffer yet: only a query surely sees all there is.
const FRESH: TimeDelta = TimeDelta::hours(1);

/// A search in the text of so many bytes, decompressed, is left to the server: they would all have to travel.
const MUCH: u64 = 1 << 30;

/// What decides it.
#[derive(Clone, Debug)]
pub(crate) struct Facts<'a> {
    pub via: Via,
    /// Why there is no gRPC in this run.
    pub barrier: Option<Obstacle>,
    pub window: Window,
    /// With what is known of each just now.
    pub tables: Vec<(&'a Table, Option<&'a Known>)>,
    pub cut: Cut,
    /// Why the selection cannot be said without SQL, in words.
    pub unsayable: Option<String>,
    /// What is left to be decided here is a search in the text.
    pub is_search: bool,
    pub pricing: Pricing,
    pub now: DateTime<Utc>,
}

/// Why a slice is read by a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Obstacle {
    /// `--via query`.
    Asked,
    /// An emulator of REST alone.
    Nowhere,
    /// It failed in this run already.
    Refused(String),
    Unsayable(String),
    /// Of this table.
    View(String),
    Unseen(String),
    Buffered(String),
    Fresh,
    Cut,
    /// Of so many bytes.
    Search(u64),
    /// A query costs this, in words, which is less.
    Dearer(String),
}

/// Whether the slice may be read straight from its tables.
pub(crate) fn straight(facts: &Facts) -> Result<(), Obstacle> {
    if facts.via == Via::Query {
        return Err(Obstacle::Asked);
    }
    if let Some(barrier) = &facts.barrier {
        return Err(barrier.clone());
    }
    let is_view = |(table, known): &(&Table, Option<&Known>)| {
        table.layout == Layout::Analytics || known.is_some_and(|known| known.kind != Kind::Table)
    };
    if let Some((view, _)) = facts.tables.iter().find(|table| is_view(table)) {
        return Err(Obstacle::View(view.id.clone()));
    }
    if let Some(why) = &facts.unsayable {
        return Err(Obstacle::Unsayable(why.clone()));
    }
    if facts.via == Via::Auto {
        is_worth_it(facts)?;
    }
    for (table, known) in &facts.tables {
        let seen = known.and_then(|known| known.seen.as_ref()).ok_or_else(|| Obstacle::Unseen(table.id.clone()))?;
        if !state::is_apart_from_buffer(seen, &facts.window) {
            return Err(Obstacle::Buffered(table.id.clone()));
        }
    }
    Ok(())
}

/// True where rows of the window may have come just now. Where the first of a table have, not even its streaming
/// buffer is told of.
pub(crate) fn is_fresh(window: &Window, now: DateTime<Utc>) -> bool {
    window.until > now - FRESH
}

/// What is a matter of time and money.
fn is_worth_it(facts: &Facts) -> Result<(), Obstacle> {
    if let Some(price) = facts.pricing.cheaper_by_query() {
        return Err(Obstacle::Dearer(price));
    }
    if is_fresh(&facts.window, facts.now) {
        return Err(Obstacle::Fresh);
    }
    if facts.cut != Cut::All {
        return Err(Obstacle::Cut);
    }
    let bytes = bytes(facts);
    if facts.is_search && bytes > MUCH { Err(Obstacle::Search(bytes)) } else { Ok(()) }
}

/// About how many bytes the tables hold of the slice.
fn bytes(facts: &Facts) -> u64 {
    let days = |table: &Table| match table.layout {
        Layout::Shard(_) => 1,
        _ => (facts.window.until - facts.window.since).num_days().max(1).unsigned_abs(),
    };
    let of = |(table, _): &(&Table, Option<&Known>)| table.day_bytes.unwrap_or_default().saturating_mul(days(table));
    facts.tables.iter().map(of).fold(0, u64::saturating_add)
}

/// True where it is worth to look at the slice's tables: nothing else stands in the way.
pub(crate) fn may_be_straight(facts: &Facts) -> bool {
    matches!(straight(facts), Err(Obstacle::Unseen(_)))
}

impl Obstacle {
    /// What helps whoever wants no query.
    pub(crate) fn remedy(&self) -> &'static str {
        match self {
            Obstacle::Nowhere => "BIGQUERY_STORAGE_EMULATOR_HOST=http://HOST:PORT names one; or: --via auto",
            Obstacle::Buffered(_) => "ask for it a day later, or for an earlier window; or: --via auto",
            Obstacle::Asked
            | Obstacle::Refused(_)
            | Obstacle::Unsayable(_)
            | Obstacle::View(_)
            | Obstacle::Unseen(_)
            | Obstacle::Fresh
            | Obstacle::Cut
            | Obstacle::Search(_)
            | Obstacle::Dearer(_) => "by query, where that is needed: --via auto",
        }
    }
}

/// In plain words, to stand behind a colon.
impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Obstacle::Asked => f.write_str("--via query asks for it"),
            Obstacle::Nowhere => f.write_str(
                "BIGQUERY_EMULATOR_HOST stands in for BigQuery, and BIGQUERY_STORAGE_EMULATOR_HOST names no server for \
                 its gRPC",
            ),
            Obstacle::Refused(why) => write!(f, "reading straight failed: {why}"),
            Obstacle::Unsayable(why) => f.write_str(why),
            Obstacle::View(table) => write!(f, "{table} is a view"),
            Obstacle::Unseen(table) => write!(f, "what {table} is like just now is not known"),
            Obstacle::Buffered(table) => {
                write!(f, "rows of {table} may wait in its streaming buffer, which only a query surely reads")
            }
            Obstacle::Fresh => f.write_str("its last rows may have come just now"),
            Obstacle::Cut => f.write_str("BigQuery itself cuts for --limit and --tail"),
            Obstacle::Search(bytes) => {
                write!(f, "BigQuery itself searches the text of about {}", size::say(*bytes))
            }
            Obstacle::Dearer(price) => {
                write!(f, "that costs {price} (pricing), and straight ${STRAIGHT:.2} for each TiB")
            }
        }
    }
}

impl<'a> Facts<'a> {
    /// The tables of a slice, with what is known of them.
    pub(crate) fn tables(
        slice: &Slice,
        tables: &'a [Table],
        known: impl Fn(&str) -> Option<&'a Known>,
    ) -> Vec<(&'a Table, Option<&'a Known>)> {
        slice.of(tables).into_iter().map(|table| (table, known(&table.id))).collect()
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::super::schema::Schema;
    use super::super::tables::Seen;
    use super::*;

    const GIB: u64 = 1 << 30;

    fn time(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn shard() -> Table {
        let layout = Layout::Shard(NaiveDate::from_ymd_opt(2026, 11, 18).unwrap());
        let (id, log) = ("stdout_20261118".to_owned(), Some("stdout".to_owned()));
        Table { id, log, layout, schema: Schema::default(), day_bytes: Some(3 * GIB) }
    }

    fn view() -> Table {
        Table { id: "_AllLogs".to_owned(), log: None, layout: Layout::Analytics, day_bytes: None, ..shard() }
    }

    /// A table that was looked at just now, its oldest row in the buffer of this time.
    fn seen(buffered: Option<&str>) -> Known {
        Known {
            kind: Kind::Table,
            schema: Schema::default(),
            partitions: None,
            partition_count: None,
            bytes: None,
            location: None,
            modified: None,
            is_streamed_to: false,
            seen: Some(Seen {
                state: None,
                buffered_since: buffered.map(|since| time(since).timestamp_millis()),
                has_policy: false,
            }),
        }
    }

    #[test]
    fn a_slice_goes_straight_where_nothing_stands_in_the_way() {
        let (table, view) = (shard(), view());
        let (quiet, unseen) = (seen(None), Known { seen: None, ..seen(None) });
        let (busy, long_after) = (seen(Some("2026-11-19T23:59:59Z")), seen(Some("2026-11-20T00:00:00Z")));
        let no_view = Known { kind: Kind::View, ..seen(None) };
        let window = Window { since: time("2026-11-18T00:00:00Z"), until: time("2026-11-19T00:00:00Z") };
        let facts = |via| Facts {
            via,
            barrier: None,
            window,
            tables: vec![(&table, Some(&quiet))],
            cut: Cut::All,
            unsayable: None,
            is_search: false,
            pricing: Pricing::default(),
            now: time("2026-11-22T00:00:00Z"),
        };
        let of = |known| vec![(&table, Some(known))];
        let plain = facts(Via::Auto);
        let cases = [
            ("nothing in the way", plain.clone(), None, None),
            ("rows came a day after its end", Facts { tables: of(&long_after), ..plain.clone() }, None, None),
            (
                "an earlier row waits in the buffer",
                Facts { tables: of(&busy), ..plain.clone() },
                Some("rows of stdout_20261118 may wait in its streaming buffer"),
                Some("rows of stdout_20261118 may wait in its streaming buffer"),
            ),
            (
                "nobody looked",
                Facts { tables: of(&unseen), ..plain.clone() },
                Some("what stdout_20261118 is like just now is not known"),
                Some("what stdout_20261118 is like just now is not known"),
            ),
            (
                "gone since",
                Facts { tables: vec![(&table, None)], ..plain.clone() },
                Some("what stdout_20261118 is like just now is not known"),
                Some("what stdout_20261118 is like just now is not known"),
            ),
            (
                "Log Analytics",
                Facts { tables: vec![(&view, Some(&quiet))], ..plain.clone() },
                Some("_AllLogs is a view"),
                Some("_AllLogs is a view"),
            ),
            (
                "a view like a table",
                Facts { tables: of(&no_view), ..plain.clone() },
                Some("stdout_20261118 is a view"),
                Some("stdout_20261118 is a view"),
            ),
            (
                "--where",
                Facts { unsayable: Some("--where speaks SQL".into()), ..plain.clone() },
                Some("--where speaks SQL"),
                Some("--where speaks SQL"),
            ),
            (
                "an emulator of REST",
                Facts { barrier: Some(Obstacle::Nowhere), ..plain.clone() },
                Some("BIGQUERY_EMULATOR_HOST stands in"),
                Some("BIGQUERY_EMULATOR_HOST stands in"),
            ),
            (
                "refused before",
                Facts { barrier: Some(Obstacle::Refused("denied".into())), ..plain.clone() },
                Some("reading straight failed: denied"),
                Some("reading straight failed: denied"),
            ),
            (
                "it ended just now",
                Facts { now: time("2026-11-19T00:59:59Z"), ..plain.clone() },
                Some("its last rows may have come just now"),
                None,
            ),
            ("--limit", Facts { cut: Cut::First(3), ..plain.clone() }, Some("--limit and --tail"), None),
            ("--tail", Facts { cut: Cut::Last(3), ..plain.clone() }, Some("--limit and --tail"), None),
            (
                "--grep in much",
                Facts { is_search: true, ..plain.clone() },
                Some("BigQuery itself searches the text of about 3.0 GiB"),
                None,
            ),
            (
                "slots that are paid for",
                Facts { pricing: Pricing::Slots, ..plain.clone() },
                Some("that costs nothing (pricing), and straight $1.10 for each TiB"),
                None,
            ),
            (
                "queries that cost less",
                Facts { pricing: Pricing::OnDemand(1.0), ..plain.clone() },
                Some("that costs $1.00 for each TiB (pricing), and straight $1.10"),
                None,
            ),
            ("queries that cost as much", Facts { pricing: Pricing::OnDemand(STRAIGHT), ..plain.clone() }, None, None),
        ];
        for (name, facts, auto, storage) in cases {
            for (via, expected) in
                [(Via::Auto, auto), (Via::Storage, storage), (Via::Query, Some("--via query asks for it"))]
            {
                let said = straight(&Facts { via, ..facts.clone() }).err().map(|obstacle| obstacle.to_string());
                let is_so = match (&said, expected) {
                    (Some(said), Some(expected)) => said.contains(expected),
                    (said, expected) => said.is_none() && expected.is_none(),
                };
                assert!(is_so, "{name}, {via:?}: {said:?}, not {expected:?}");
            }
        }
    }

    #[test]
    fn a_search_in_little_goes_straight() {
        let small = Table { day_bytes: Some(MUCH), ..shard() };
        let quiet = seen(None);
        let window = Window { since: time("2026-11-18T00:00:00Z"), until: time("2026-11-19T00:00:00Z") };
        let facts = Facts {
            via: Via::Auto,
            barrier: None,
            window,
            tables: vec![(&small, Some(&quiet))],
            cut: Cut::All,
            unsayable: None,
            is_search: true,
            pricing: Pricing::default(),
            now: time("2026-11-22T00:00:00Z"),
        };
        assert_eq!(straight(&facts), Ok(()));
        let both = Facts { tables: vec![(&small, Some(&quiet)); 2], ..facts };
        assert_eq!(straight(&both), Err(Obstacle::Search(2 * MUCH)));
    }

    #[test]
    fn tables_are_looked_at_only_where_nothing_else_stands_in_the_way() {
        let (table, view) = (shard(), view());
        let unseen = Known { seen: None, ..seen(None) };
        let window = Window { since: time("2026-11-18T00:00:00Z"), until: time("2026-11-19T00:00:00Z") };
        let facts = Facts {
            via: Via::Auto,
            barrier: None,
            window,
            tables: vec![(&table, Some(&unseen))],
            cut: Cut::All,
            unsayable: None,
            is_search: false,
            pricing: Pricing::default(),
            now: time("2026-11-22T00:00:00Z"),
        };
        for (name, facts, expected) in [
            ("nothing", facts.clone(), true),
            ("a view", Facts { tables: vec![(&view, Some(&unseen))], ..facts.clone() }, false),
            ("--via query", Facts { via: Via::Query, ..facts.clone() }, false),
            ("--tail", Facts { cut: Cut::Last(1), ..facts.clone() }, false),
            ("slots", Facts { pricing: Pricing::Slots, ..facts.clone() }, false),
            ("no gRPC", Facts { barrier: Some(Obstacle::Nowhere), ..facts.clone() }, false),
        ] {
            assert_eq!(may_be_straight(&facts), expected, "{name}");
        }
    }
}
