//! Where entries come from: a source reads slices of a window and hands out blocks of entry lines.
//!
//! A source runs in a thread of its own and sends [`Event`]s; whoever receives them sorts one slice
//! while the next is being read. Nothing is sent line by line.

pub(crate) mod archive;
#[cfg(feature = "bigquery")]
pub(crate) mod bigquery;
pub(crate) mod cache;
pub(crate) mod census;
pub(crate) mod checkup;
pub(crate) mod intake;
pub(crate) mod order;
pub(crate) mod pieces;
pub(crate) mod place;
pub(crate) mod running;
pub(crate) mod runs;
pub(crate) mod slice;
pub(crate) mod tally;
pub(crate) mod tree;

use std::sync::{Arc, Mutex, PoisonError};

use crate::entry::stamp::Stamp;
use crate::index::Sight;
use crate::tool::Failure;
use tally::Tally;

/// Whole entry lines, each with its line end, and an index of them in the order they were read.
#[derive(Debug, Default)]
pub(crate) struct Block {
    /// For each row the insertId, directly followed by the line.
    pub bytes: Vec<u8>,
    pub rows: Vec<Row>,
}

/// Blocks that nobody needs any more. To take their memory anew costs more than to fill it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spare(Arc<Mutex<Vec<Block>>>);

impl Spare {
    /// So many are put by: what is sorted on disk at a time, as far as blocks have the length that they should.
    const MOST: usize = 32;

    /// Longer ones, in bytes, are not: a block of one huge line would count as much again, whatever little is in it.
    const LONGEST: usize = 3 << 20;

    pub(crate) fn put(&self, blocks: impl IntoIterator<Item = Block>) {
        let mut spare = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let room = Self::MOST.saturating_sub(spare.len());
        let usual = blocks.into_iter().filter(|block| block.size() <= Self::LONGEST);
        spare.extend(usual.take(room).map(|mut block| {
            block.bytes.clear();
            block.rows.clear();
            block
        }));
    }

    pub(crate) fn take(&self) -> Option<Block> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    /// Gives the memory back.
    pub(crate) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// One entry of a block: what it sorts by, whose it is, where it lies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub stamp: Stamp,
    /// Cluster, namespace, Pod, container and stream, as a number of the census.
    pub who: u32,
    /// The Pod's container without the stream, likewise.
    pub container: u32,
    start: u32,
    id: u32,
    line: u32,
}

impl Row {
    pub(crate) fn new(stamp: Stamp, who: u32, container: u32) -> Self {
        Row { stamp, who, container, start: 0, id: 0, line: 0 }
    }
}

impl Block {
    /// Appends an entry: the line as `write` appends it.
    pub(crate) fn push(&mut self, row: Row, insert_id: &[u8], write: impl FnOnce(&mut Vec<u8>)) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(insert_id);
        let line = self.bytes.len();
        write(&mut self.bytes);
        let (id, length) = (line - start, self.bytes.len() - line);
        self.rows.push(Row { start: start as u32, id: id as u32, line: length as u32, ..row });
    }

    /// Moves all entries of another block behind those that are here. The other keeps its room.
    pub(crate) fn append(&mut self, other: &mut Block) {
        let offset = self.bytes.len() as u32;
        self.bytes.append(&mut other.bytes);
        self.rows.extend(other.rows.drain(..).map(|row| Row { start: row.start + offset, ..row }));
    }

    pub(crate) fn insert_id(&self, row: &Row) -> &[u8] {
        &self.bytes[row.start as usize..][..row.id as usize]
    }

    pub(crate) fn line(&self, row: &Row) -> &[u8] {
        &self.bytes[(row.start + row.id) as usize..][..row.line as usize]
    }

    /// The memory it takes, in bytes.
    pub(crate) fn size(&self) -> usize {
        self.bytes.capacity() + self.rows.capacity() * size_of::<Row>()
    }
}

/// The end of a slice.
#[derive(Debug)]
pub(crate) struct SliceEnd {
    /// The entries of later slices lie at or behind this time, but for strays.
    pub limit: Option<Stamp>,
    /// Entries of the slice that do not come one by one, by the numbers of their containers.
    pub counted: Vec<(u32, Sight)>,
    /// What was seen in this slice.
    pub tally: Tally,
}

/// What a source sends.
#[derive(Debug)]
pub(crate) enum Event {
    Block(Block),
    /// All entries of a slice were sent.
    SliceEnd(SliceEnd),
    /// Something of the slice could not be read: what, and why.
    Lost(String),
    /// What was sent of the slice so far is void: it is read anew.
    Restart,
    /// Nothing more can be read.
    Failed(Failure),
}

/// How many entries are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    All,
    /// The first ones of all. A source may stop behind them.
    First(u64),
    /// The last ones of each container. A source may leave out what lies before them.
    Last(u64),
}

/// What whoever receives the entries wants of the source.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Demand {
    /// How many slices may be begun, counted from the first.
    pub slices: usize,
    /// Nothing more is wanted.
    pub is_over: bool,
}

/// What a run cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Spent {
    /// Queries that were run to their end.
    pub jobs: u64,
    /// Those of them whose result BigQuery still had.
    pub cached: u64,
    /// Bytes, of queries.
    pub billed: u64,
    /// Slices that were read straight from their tables, without a query.
    pub straight: u64,
    /// Bytes, of these.
    pub scanned: u64,
    /// Slices that were read to their end.
    pub slices: u64,
    /// Those of them whose rows lq still had.
    pub kept: u64,
    /// BigQuery did not say of everything what was billed; the bytes processed, or those that it expected, stand
    /// in for it.
    pub is_estimate: bool,
}
