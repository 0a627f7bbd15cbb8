//! Order: sorts the entries of a slice by time and insertId, drops twins, and keeps memory bounded
//! by spilling sorted runs to unlinked temporary files: in a thread, while more is taken.
//!
//! Entries of equal time and insertId keep the order in which they were read. Twins are entries that
//! agree in time, insertId and origin; an entry without insertId is nobody's twin.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use anyhow::{Context, Result};

use super::runs::{Run, Writer};
use super::{Block, Spare};
use crate::entry::stamp::Stamp;

/// An entry that is handed out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sorted<'a> {
    pub stamp: Stamp,
    pub who: u32,
    pub container: u32,
    pub insert_id: &'a [u8],
    pub line: &'a [u8],
}

/// Collects a slice, then hands it out sorted.
pub(crate) struct Order {
    /// Bytes that blocks and index may take before they are spilled.
    memory: usize,
    folder: PathBuf,
    blocks: Vec<Block>,
    spare: Spare,
    held: usize,
    /// Writes the next run, of blocks that take half of the memory.
    spilling: Option<JoinHandle<Result<Option<Run>>>>,
    runs: Vec<Run>,
    /// So many runs are merged into fewer.
    most_runs: usize,
    /// How many twins were dropped so far.
    pub twins: u64,
}

/// A row of a block in memory. Orders by time, then as the rows were read.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    stamp: Stamp,
    block: u32,
    row: u32,
}

/// A run's buffer takes this much; there are never more runs, each an open file.
const RUN_BUFFER: usize = 64 << 10;
const MOST_RUNS: usize = 128;

impl Order {
    /// `memory` in bytes. Blocks that are sorted on disk go to `spare`.
    pub(crate) fn new(memory: usize, spare: Spare) -> Self {
        let descriptors = rustix::process::getrlimit(rustix::process::Resource::Nofile).current.unwrap_or(u64::MAX);
        let most_runs = usize::try_from(descriptors / 4).unwrap_or(MOST_RUNS).clamp(4, MOST_RUNS);
        let folder = temporary_folder();
        let (blocks, runs) = (Vec::new(), Vec::new());
        Order { memory, folder, blocks, spare, held: 0, spilling: None, runs, most_runs, twins: 0 }
    }

    /// Takes a block of the slice.
    pub(crate) fn push(&mut self, block: Block) -> Result<()> {
        self.held += held(&block);
        self.blocks.push(block);
        // What fits into memory is not spilled. What does not goes by halves: one is taken while the other is written.
        let is_whole = self.runs.is_empty() && self.spilling.is_none();
        if self.held >= if is_whole { self.memory } else { self.memory / 2 } {
            self.spill_down(self.memory / 2)
        } else {
            Ok(())
        }
    }

    /// Forgets what was pushed and not handed out.
    pub(crate) fn forget(&mut self) {
        // What it has written, or why it could not, is void too.
        let _ = self.spilling.take().map(JoinHandle::join);
        self.blocks.clear();
        self.runs.clear();
        self.held = 0;
    }

    /// Hands out in order what was pushed and lies before `limit`, until `take` breaks off. What lies
    /// at or behind `limit` waits for the next time.
    pub(crate) fn drain(
        &mut self,
        limit: Option<Stamp>,
        mut take: impl FnMut(Sorted) -> Result<ControlFlow<()>>,
    ) -> Result<ControlFlow<()>> {
        let mut twins = Twins::default();
        let mut hand_out =
            |entry: Sorted| if twins.is_twin(&entry) { Ok(ControlFlow::Continue(())) } else { take(entry) };
        self.end_spilling()?;
        let flow = if self.runs.is_empty() {
            let flow = each(&self.blocks, &sorted(&self.blocks, limit), &mut hand_out)?;
            self.keep_behind(limit);
            flow
        } else {
            // What is in memory need not go to the disk first, where there is room for the buffers of the runs as well.
            let buffers = self.runs.iter().map(|run| RUN_BUFFER + run.longest).sum::<usize>();
            if self.held + buffers > self.memory {
                self.spill_down(0)?;
                self.end_spilling()?;
            }
            // The buffers take its place.
            self.spare.clear();
            self.merge_down()?;
            let runs = std::mem::take(&mut self.runs);
            let merged = merge(runs, Some((&self.blocks, &sorted(&self.blocks, limit))), limit, &mut hand_out)?;
            self.keep_behind(limit);
            merged.map_continue(|rest| self.runs = rest)
        };
        self.twins += twins.dropped;
        Ok(flow)
    }

    /// Keeps of what is in memory what lies at or behind `limit`.
    fn keep_behind(&mut self, limit: Option<Stamp>) {
        self.blocks.retain_mut(|block| {
            block.rows.retain(|row| is_behind(limit, row.stamp));
            !block.rows.is_empty()
        });
        self.held = self.blocks.iter().map(held).sum();
    }

    /// Spills, the oldest first, until less than `most` bytes are left, or nothing.
    fn spill_down(&mut self, most: usize) -> Result<()> {
        while !self.blocks.is_empty() && self.held >= most {
            self.end_spilling()?;
            let mut bytes = 0;
            let oldest = self.blocks.iter().take_while(|block| {
                let is_taken = bytes == 0 || bytes < self.memory / 2;
                bytes += held(block);
                is_taken
            });
            let rest = self.blocks.split_off(oldest.count());
            let blocks = std::mem::replace(&mut self.blocks, rest);
            self.held -= blocks.iter().map(held).sum::<usize>();
            let (folder, spare, blocks) = (self.folder.clone(), self.spare.clone(), Arc::new(blocks));
            let spill = move || {
                let run = write(&folder, |take| each(&blocks, &sorted(&blocks, None), take).map(drop));
                spare.put(Arc::into_inner(blocks).into_iter().flatten());
                run
            };
            // Where no thread is to be had, nothing is taken meanwhile.
            match thread::Builder::new().name("spill".into()).spawn(spill.clone()) {
                Ok(spilling) => self.spilling = Some(spilling),
                Err(_) => self.keep(spill()?)?,
            }
        }
        Ok(())
    }

    /// Waits for the run that is being written.
    fn end_spilling(&mut self) -> Result<()> {
        let Some(spilling) = self.spilling.take() else { return Ok(()) };
        let run = spilling.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        self.keep(run?)
    }

    /// Keeps the next run.
    fn keep(&mut self, run: Option<Run>) -> Result<()> {
        self.runs.extend(run);
        if self.runs.len() >= self.most_runs { self.merge_down() } else { Ok(()) }
    }

    /// Merges runs until so few are left that their buffers, and the longest line of each, fit into
    /// memory beside what is there: always neighbours, so that equal entries keep their order, and the smallest ones.
    fn merge_down(&mut self) -> Result<()> {
        let longest = self.runs.iter().map(|run| run.longest).max().unwrap_or_default();
        let room = self.memory.saturating_sub(self.held);
        let most = (room / (RUN_BUFFER + longest)).clamp(2, self.most_runs / 2);
        while self.runs.len() > most {
            let count = most.min(self.runs.len() - most + 1);
            let size = |start: &usize| self.runs[*start..][..count].iter().map(|run| run.bytes).sum::<u64>();
            let start = (0..=self.runs.len() - count).min_by_key(size).unwrap_or(0);
            let group = self.runs.drain(start..start + count).collect();
            let run = write(&self.folder, |take| merge(group, None, None, take).map(drop))?;
            self.runs.splice(start..start, run);
        }
        Ok(())
    }
}

/// The rows of `blocks` that lie before `limit`, in order.
fn sorted(blocks: &[Block], limit: Option<Stamp>) -> Vec<Place> {
    let mut places = Vec::with_capacity(blocks.iter().map(|block| block.rows.len()).sum());
    for (b, block) in blocks.iter().enumerate() {
        let rows = block.rows.iter().enumerate().filter(|(_, row)| !is_behind(limit, row.stamp));
        places.extend(rows.map(|(r, row)| Place { stamp: row.stamp, block: b as u32, row: r as u32 }));
    }
    places.sort_unstable();
    // Few share a time: only for them the ids are looked up.
    let id = |place: &Place| {
        let block = &blocks[place.block as usize];
        block.insert_id(&block.rows[place.row as usize])
    };
    for equal in places.chunk_by_mut(|a, b| a.stamp == b.stamp).filter(|equal| equal.len() > 1) {
        equal.sort_unstable_by(|a, b| id(a).cmp(id(b)).then_with(|| a.cmp(b)));
    }
    places
}

/// Writes a run of what `hand_out` gives.
fn write(folder: &Path, hand_out: impl FnOnce(Take) -> Result<()>) -> Result<Option<Run>> {
    let mut run = Writer::new(folder, 0);
    hand_out(&mut |entry| Ok(ControlFlow::Continue(run.push(&entry)?)))
        .and_then(|()| Ok(run.read(RUN_BUFFER)?))
        .with_context(|| {
            let folder = folder.display();
            format!("cannot sort on disk in {folder} (set TMPDIR to a folder with room, or raise --memory)")
        })
}

/// The memory that a block takes, the index of it included, in bytes.
fn held(block: &Block) -> usize {
    block.size() + block.rows.len() * size_of::<Place>()
}

fn is_behind(limit: Option<Stamp>, stamp: Stamp) -> bool {
    limit.is_some_and(|limit| stamp >= limit)
}

/// `TMPDIR`, else /var/tmp: /tmp is often memory itself.
pub(crate) fn temporary_folder() -> PathBuf {
    let folder = std::env::var_os("TMPDIR").filter(|dir| !dir.is_empty());
    folder.map_or_else(|| PathBuf::from("/var/tmp"), PathBuf::from)
}

/// What takes entries, one by one, until it breaks off.
type Take<'t> = &'t mut dyn FnMut(Sorted) -> Result<ControlFlow<()>>;

fn each(blocks: &[Block], places: &[Place], take: Take) -> Result<ControlFlow<()>> {
    for place in places {
        if take(entry(blocks, place))?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

fn entry<'b>(blocks: &'b [Block], place: &Place) -> Sorted<'b> {
    let block = &blocks[place.block as usize];
    let row = &block.rows[place.row as usize];
    let (insert_id, line) = (block.insert_id(row), block.line(row));
    Sorted { stamp: row.stamp, who: row.who, container: row.container, insert_id, line }
}

/// Sorted entries, at the first of those that are left.
enum Lane<'b> {
    Disk(Box<Run>),
    /// There is at least one place.
    Memory(&'b [Block], &'b [Place]),
}

impl Lane<'_> {
    fn entry(&self) -> Sorted<'_> {
        match self {
            Lane::Disk(run) => run.entry(),
            Lane::Memory(blocks, places) => entry(blocks, &places[0]),
        }
    }

    /// Goes on to the next entry; false where there is none.
    fn advance(&mut self) -> Result<bool> {
        match self {
            Lane::Disk(run) => Ok(run.advance()?),
            Lane::Memory(_, places) => {
                *places = &places[1..];
                Ok(!places.is_empty())
            }
        }
    }
}

/// The next entry of a lane; the least one is the greatest of the heap.
struct Head<'b> {
    /// Of the lane's entry: it decides, mostly.
    stamp: Stamp,
    number: usize,
    lane: Lane<'b>,
}

impl<'b> Head<'b> {
    fn new(number: usize, lane: Lane<'b>) -> Self {
        Head { stamp: lane.entry().stamp, number, lane }
    }

    /// Goes on to the next entry of the lane; false where there is none.
    fn advance(&mut self) -> Result<bool> {
        let is_there = self.lane.advance()?;
        if is_there {
            self.stamp = self.lane.entry().stamp;
        }
        Ok(is_there)
    }
}

impl Ord for Head<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        other.stamp.cmp(&self.stamp).then_with(|| {
            let (id, other_id) = (self.lane.entry().insert_id, other.lane.entry().insert_id);
            (other_id, other.number).cmp(&(id, self.number))
        })
    }
}

impl PartialOrd for Head<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Head<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Head<'_> {}

/// Hands out in order what lies before `limit`; gives back the runs that have more. What is in `memory` came later
/// than the runs, and all of it lies before `limit`.
fn merge(
    runs: Vec<Run>,
    memory: Option<(&[Block], &[Place])>,
    limit: Option<Stamp>,
    take: Take,
) -> Result<ControlFlow<(), Vec<Run>>> {
    let memory = memory.filter(|(_, places)| !places.is_empty()).map(|(blocks, places)| Lane::Memory(blocks, places));
    let lanes = runs.into_iter().map(|run| Lane::Disk(Box::new(run))).chain(memory).enumerate();
    let mut heap: BinaryHeap<Head> = lanes.map(|(number, lane)| Head::new(number, lane)).collect();
    while let Some(mut head) = heap.peek_mut() {
        if is_behind(limit, head.stamp) {
            break;
        }
        if take(head.lane.entry())?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
        if !head.advance()? {
            PeekMut::pop(head);
        }
    }
    let mut rest = heap.into_vec();
    rest.sort_by_key(|head| head.number);
    let rest = rest.into_iter().filter_map(|head| match head.lane {
        Lane::Disk(run) => Some(*run),
        Lane::Memory(..) => None,
    });
    Ok(ControlFlow::Continue(rest.collect()))
}

/// Remembers the origins of entries that agree in time and insertId.
#[derive(Default)]
struct Twins {
    stamp: Option<Stamp>,
    insert_id: Vec<u8>,
    origins: Vec<u32>,
    dropped: u64,
}

impl Twins {
    fn is_twin(&mut self, entry: &Sorted) -> bool {
        if entry.insert_id.is_empty() {
            return false;
        }
        if self.stamp != Some(entry.stamp) || self.insert_id != entry.insert_id {
            self.stamp = Some(entry.stamp);
            self.insert_id.clear();
            self.insert_id.extend_from_slice(entry.insert_id);
            self.origins.clear();
        }
        let known = self.origins.contains(&entry.who);
        if known {
            self.dropped += 1;
        } else {
            self.origins.push(entry.who);
        }
        known
    }
}

#[cfg(test)]
mod tests;
