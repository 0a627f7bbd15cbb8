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

#[cfg(test)]
mod tests;

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
