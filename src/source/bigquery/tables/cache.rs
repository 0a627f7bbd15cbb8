//! What was learnt stays known for a while: a file for each dataset in `$XDG_CACHE_HOME/lq`.
//!
//! A table that is missing in a list, or a column in a schema, is logs that are silently missing in the
//! output. So what is remembered is believed only where nothing can have come that it does not know:
//!
//! - A **list** that was made well after the window's end ([`LATE`]): the tables of all its entries were
//!   there by then. But no longer than [`SHORT`], since tables are also removed, and a sink is changed.
//!   A window that reaches to the present is always listed anew: at midnight, or when a log gets its
//!   first entry, a table comes.
//! - The **columns** of a table that was looked at well after the window's end, likewise, and also no
//!   longer than [`SHORT`]: a column comes with the first entry that has it.
//! - The columns of a **shard that is done**, for [`LONG`]: it was looked at when its day had been over for
//!   [`SETTLED`], nothing was in its streaming buffer, and nobody had changed it for just as long. What
//!   counts is when it was looked at, not what time it is now: knowledge from the shard's own day stays
//!   young knowledge for ever. Entries that are older than that on arrival are rare, and `--refresh` is for
//!   them.
//!
//! Errors are never remembered. Trouble with the file never fails a run: what cannot be read is as if it
//! were not there, what cannot be written is not written. Processes that write at the same time each
//! write a whole file, and the last one stays.

use std::collections::BTreeMap;
use std::io;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::super::address::Address;
use super::ask::{Known, Listed};
use super::name;
use crate::private::{self, Folder};
use crate::when::Window;

/// After this time nothing new of a window is expected: rows are visible after about a minute, agents
/// send within a few.
pub(crate) const LATE: TimeDelta = TimeDelta::minutes(5);

/// What may change is known for so long.
pub(crate) const SHORT: TimeDelta = TimeDelta::minutes(10);

/// What changes no more is known for so long.
pub(crate) const LONG: TimeDelta = TimeDelta::days(30);

/// A shard that nothing was written to for so long is done.
pub(crate) const SETTLED: TimeDelta = TimeDelta::days(2);

/// A file never grows beyond this; what was learnt first is forgotten first. Bytes.
const MOST_BYTES: usize = 8 << 20;

/// Datasets that are remembered.
const MOST_FILES: usize = 100;

/// How the names of the files begin.
const PREFIX: &str = "tables-";

/// Raised when the file's form changes: files of other versions are forgotten.
const VERSION: u32 = 1;

/// Where a dataset's knowledge is kept.
#[derive(Clone, Debug)]
pub(crate) struct Cache {
    /// `None` where there is no such place.
    folder: Option<Folder>,
    /// Of the file.
    name: String,
    /// Whose knowledge it is: the server and the dataset.
    of: String,
}

/// What is known of a dataset.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Memory {
    list: Option<Learnt<Vec<Listed>>>,
    tables: BTreeMap<String, Learnt<Known>>,
    /// There is something in it that the file does not have.
    #[serde(skip)]
    is_new: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Learnt<T> {
    /// Unix seconds.
    at: i64,
    is: T,
}

/// The file.
#[derive(Serialize, Deserialize)]
struct Page<M> {
    version: u32,
    of: String,
    memory: M,
}

impl Memory {
    /// The list of tables, where it tells all that hold entries of the window.
    pub(crate) fn list(&self, window: &Window, now: DateTime<Utc>) -> Option<Vec<Listed>> {
        let list = self.list.as_ref().filter(|list| list.covers(window, now))?;
        Some(list.is.clone())
    }

    /// What is known of a table, where that includes all columns of the window's entries. `day`: of a shard.
    pub(crate) fn table(&self, id: &str, day: Option<NaiveDate>, window: &Window, now: DateTime<Utc>) -> Option<Known> {
        let table = self.tables.get(id)?;
        let is_done = day.is_some_and(|day| table.was_done(day)) && table.is_younger(LONG, now);
        (is_done || table.covers(window, now)).then(|| table.is.clone())
    }

    pub(crate) fn keep_list(&mut self, list: Vec<Listed>, now: DateTime<Utc>) -> Vec<Listed> {
        self.is_new = true;
        self.list = Some(Learnt { at: now.timestamp(), is: list.clone() });
        list
    }

    pub(crate) fn keep_table(&mut self, id: &str, table: &Known, now: DateTime<Utc>) {
        self.is_new = true;
        self.tables.insert(id.to_owned(), Learnt { at: now.timestamp(), is: table.clone() });
    }

    /// Forgets what is not believed any more, and of the rest what was learnt first, until it fits.
    fn prune(&mut self, now: DateTime<Utc>, most_bytes: usize) {
        self.list = self.list.take().filter(|list| list.is_younger(SHORT, now));
        let mut left = most_bytes.saturating_sub(size(&self.list));
        let mut tables: Vec<_> = std::mem::take(&mut self.tables).into_iter().collect();
        tables.retain(|(id, table)| {
            let is_done = name::read(id).1.is_some_and(|day| table.was_done(day));
            table.is_younger(if is_done { LONG } else { SHORT }, now)
        });
        tables.sort_by_key(|(_, table)| std::cmp::Reverse(table.at));
        for (id, table) in tables {
            let Some(rest) = left.checked_sub(size(&(&id, &table))) else { break };
            left = rest;
            self.tables.insert(id, table);
        }
    }
}

/// Bytes in the file.
fn size(it: &impl Serialize) -> usize {
    serde_json::to_vec(it).map_or(usize::MAX, |json| json.len())
}

impl<T> Learnt<T> {
    /// Learnt less than `limit` ago, and not in the future: then the clock was wrong at one time or the other.
    fn is_younger(&self, limit: TimeDelta, now: DateTime<Utc>) -> bool {
        (0..limit.num_seconds()).contains(&now.timestamp().saturating_sub(self.at))
    }

    /// Learnt when all entries of the window had come, and not long ago.
    fn covers(&self, window: &Window, now: DateTime<Utc>) -> bool {
        self.at >= window.until.timestamp().saturating_add(LATE.num_seconds()) && self.is_younger(SHORT, now)
    }
}

impl Learnt<Known> {
    /// Whether the shard of this day was done when it was looked at.
    fn was_done(&self, day: NaiveDate) -> bool {
        let over = day.succ_opt().map(|next| next.and_time(NaiveTime::MIN).and_utc().timestamp());
        let is_settled = |since: i64| self.at.saturating_sub(since) >= SETTLED.num_seconds();
        let modified = self.is.modified.map(|ms| ms.div_euclid(1000));
        !self.is.is_streamed_to && over.is_some_and(is_settled) && modified.is_some_and(is_settled)
    }
}

impl Cache {
    /// Of a dataset on the server with this base URL.
    pub(crate) fn of(address: &Address, base: &str) -> Self {
        Cache::new(Folder::cache(), address, base)
    }

    /// In a folder of its own; without one nothing is kept.
    pub(crate) fn new(folder: Option<Folder>, address: &Address, base: &str) -> Self {
        let of = format!("{} {address}", base.trim_end_matches('/'));
        Cache { folder, name: private::name(PREFIX, &address.dataset, &of, ".json"), of }
    }

    /// What is remembered: nothing where there is no file, or no sound one of this dataset and version.
    pub(crate) fn load(&self) -> Memory {
        self.read().unwrap_or_default()
    }

    fn read(&self) -> Option<Memory> {
        let bytes = self.folder.as_ref()?.read(&self.name, 2 * MOST_BYTES)?;
        let page: Page<Memory> = serde_json::from_slice(&bytes).ok()?;
        (page.version == VERSION && page.of == self.of).then_some(page.memory)
    }

    /// Remembers, where it can, and where there is something new.
    pub(crate) fn save(&self, mut memory: Memory, now: DateTime<Utc>) {
        if let Some(folder) = self.folder.as_ref().filter(|_| memory.is_new) {
            memory.prune(now, MOST_BYTES);
            // A folder that cannot be written to costs a second or two at the next run, no more.
            let _ = self.write(folder, &memory);
        }
    }

    fn write(&self, folder: &Folder, memory: &Memory) -> io::Result<()> {
        // Files of datasets that nobody has asked for for long, and what a killed process left.
        folder.clear(PREFIX, LONG.to_std().unwrap_or_default(), MOST_FILES);
        let page = Page { version: VERSION, of: self.of.clone(), memory };
        folder.write(&self.name, &serde_json::to_vec(&page)?)
    }
}
