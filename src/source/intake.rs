//! The intake: what a source does with each entry that it reads, whatever it reads them from.
//!
//! An entry is looked at, counted, and, where it was asked for, written into a block; blocks are sent
//! when they are full.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

use super::census::Census;
use super::pieces::{Pieces, Ready};
use super::tally::Tally;
use super::{Block, Event, Row, SliceEnd, Spare};
use crate::entry::Entry;
use crate::entry::dialect::Dialect;
use crate::entry::scan::Spans;
use crate::entry::stamp::Stamp;
use crate::entry::write::{self, Columns};
use crate::index::Sight;
use crate::select::{Logs, Predicate};
use crate::when::Window;

/// What to take, and how.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    pub window: Window,
    pub select: Predicate,
    /// What an entry's line has; `None` leaves lines empty, for those who only count.
    pub columns: Option<Columns>,
    /// The longest line, in bytes.
    pub max_line: usize,
    /// Blocks are sent when they have grown to this many bytes.
    pub block: usize,
    /// Those that come back.
    pub spare: Spare,
}

/// Pieces of long entries that wait for the others may take so many blocks.
const PIECES: usize = 16;

/// What became of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// It is wanted, or is a piece of one that may be.
    Wanted,
    /// It is a piece of one that may be wanted, and was [left alone](Intake::fork_apart).
    Piece,
    /// It is not wanted.
    Left,
    /// It says no time.
    Timeless,
}

/// Takes the entries of one slice after another; those of a slice in several threads, where it is [forked](Self::fork).
pub(crate) struct Intake {
    pub reading: Reading,
    /// The source itself leaves out what is no container's, whatever its entries say of their resource.
    pub is_sorted: bool,
    /// Pieces of entries are left alone.
    is_apart: bool,
    /// Of this slice.
    pub tally: Tally,
    counted: Vec<(u32, Sight)>,
    census: Census,
    /// Of pieces alone: their order must not depend on which thread sees whom first.
    of_pieces: Census,
    /// Those of all forks, for they may be pieces of the same entries.
    pieces: Arc<Mutex<Pieces>>,
    block: Block,
    scratch: Vec<u8>,
}

impl Intake {
    pub(crate) fn new(reading: Reading) -> Self {
        Intake {
            pieces: waiting(&reading),
            reading,
            is_sorted: false,
            is_apart: false,
            tally: Tally::default(),
            counted: Vec::new(),
            census: Census::default(),
            of_pieces: Census::default(),
            block: Block::default(),
            scratch: Vec::new(),
        }
    }

    /// Another one of the same slice, for another thread, until that is [forgotten](Self::forget). What it has taken
    /// must be [joined](Self::join) before the slice ends.
    pub(crate) fn fork(&self) -> Self {
        Intake {
            reading: self.reading.clone(),
            is_sorted: self.is_sorted,
            is_apart: self.is_apart,
            tally: Tally::default(),
            counted: Vec::new(),
            census: self.census.clone(),
            of_pieces: self.of_pieces.clone(),
            pieces: Arc::clone(&self.pieces),
            block: Block::default(),
            scratch: Vec::new(),
        }
    }

    /// The same for a thread that reads what comes later: it leaves pieces alone, for only who takes them in their order
    /// knows which of them are still waited for.
    pub(crate) fn fork_apart(&self) -> Self {
        Intake { is_apart: true, ..self.fork() }
    }

    /// Takes over a block of a fork: behind all that was taken here.
    pub(crate) fn add(&mut self, mut block: Block, send: &mut impl FnMut(Event) -> ControlFlow<()>) -> ControlFlow<()> {
        if self.is_full(&block) {
            self.flush(send)?;
            return send(Event::Block(block));
        }
        self.block.append(&mut block);
        self.send_full(send)
    }

    /// Takes over what a fork took, whose full blocks are `blocks`: behind all that was taken here.
    pub(crate) fn join(
        &mut self,
        fork: &mut Intake,
        blocks: Vec<Block>,
        send: &mut impl FnMut(Event) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        self.tally.add(std::mem::take(&mut fork.tally));
        self.counted.append(&mut fork.counted);
        for block in blocks {
            self.add(block, send)?;
        }
        self.block.append(&mut fork.block);
        self.send_full(send)
    }

    /// Takes the entry if it is wanted. A piece of an entry waits for the others: what the entry must say is asked of
    /// the whole.
    pub(crate) fn take(&mut self, entry: &Entry) -> Taken {
        if !self.is_sorted && !self.is_container(entry) {
            self.tally.other_resources += 1;
            return Taken::Left;
        }
        let Some((stamp, _)) = entry.stamp() else { return Taken::Timeless };
        self.tally.note_time(stamp);
        if !self.reading.window.contains(stamp.secs, stamp.nanos) {
            return Taken::Left;
        }
        match entry.piece().filter(|_| self.reading.select.origin.matches(entry)) {
            Some(_) if self.is_apart => Taken::Piece,
            Some(piece) => {
                let (who, _) = self.of_pieces.number(entry);
                self.with_pieces(|pieces| pieces.push(entry, piece, stamp, who));
                Taken::Wanted
            }
            None if self.put(entry, stamp, None) => Taken::Wanted,
            None => Taken::Left,
        }
    }

    /// Counts what `entry` stands for, which are several of its container, if it is wanted.
    pub(crate) fn count(&mut self, entry: &Entry, sight: Sight) {
        self.tally.note_time(sight.first);
        self.tally.note_time(sight.last);
        self.tally.in_window += sight.entries;
        if self.reading.select.matches(entry, &mut self.scratch) {
            let (_, container) = self.census.number(entry);
            self.counted.push((container, sight));
        }
    }

    /// Does something with the pieces, and takes what has become of them.
    fn with_pieces(&mut self, change: impl FnOnce(&mut Pieces)) {
        let mut pieces = self.pieces.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut pieces);
        let ready = std::mem::take(&mut pieces.ready);
        self.tally.twins += std::mem::take(&mut pieces.twins);
        drop(pieces);
        let mut spans = Spans::default();
        for Ready { line, order } in ready {
            let Ok(entry) = Entry::parse(&line, &mut spans) else { continue };
            let Some((stamp, _)) = entry.stamp() else { continue };
            let is_taken = self.put(&entry, stamp, order.as_deref());
            self.tally.pieces += u64::from(is_taken && order.is_some());
        }
    }

    /// Puts the entry into the block if it is selected; true if it is. Among entries of its time it
    /// comes in the order of `order`, else of its insertId.
    fn put(&mut self, entry: &Entry, stamp: Stamp, order: Option<&[u8]>) -> bool {
        self.tally.in_window += 1;
        if !self.reading.select.matches(entry, &mut self.scratch) {
            return false;
        }
        let (who, container) = self.census.number(entry);
        self.scratch.clear();
        match (order, entry.insert_id()) {
            (Some(order), _) => self.scratch.extend_from_slice(order),
            (None, Some(id)) => id.push_to(&mut self.scratch),
            (None, None) => {}
        }
        self.block.push(Row::new(stamp, who, container), &self.scratch, |out| {
            if let Some(columns) = &self.reading.columns {
                write::entry(entry, columns, out);
                out.push(b'\n');
            }
        });
        true
    }

    fn is_container(&self, entry: &Entry) -> bool {
        match entry.resource_type() {
            // A log that was asked for by name may speak of Pods, nodes or clusters.
            Some(kind) if matches!(self.reading.select.origin.logs, Logs::Named(_)) => {
                kind.to_cow().starts_with("k8s_")
            }
            Some(kind) => kind == *"k8s_container",
            None => match entry.dialect() {
                Dialect::LogEntry | Dialect::LogAnalytics => entry.container().is_some(),
                _ => true,
            },
        }
    }

    /// Sends the block where it is full.
    pub(crate) fn send_full(&mut self, send: &mut impl FnMut(Event) -> ControlFlow<()>) -> ControlFlow<()> {
        self.full().map_or(ControlFlow::Continue(()), |block| send(Event::Block(block)))
    }

    /// The block where it is full.
    pub(crate) fn full(&mut self) -> Option<Block> {
        self.is_full(&self.block).then(|| self.cut())
    }

    /// The block as it is, where there is anything in it.
    pub(crate) fn rest(&mut self) -> Option<Block> {
        (!self.block.rows.is_empty()).then(|| self.cut())
    }

    fn is_full(&self, block: &Block) -> bool {
        block.bytes.len() + block.rows.len() * size_of::<Row>() >= self.reading.block
    }

    /// The block as it is; the next one begins.
    fn cut(&mut self) -> Block {
        let room = self.block.bytes.len().min(self.reading.block) * 9 / 8;
        let spare = if room > self.reading.block { self.reading.spare.take() } else { None };
        let next = spare.unwrap_or_else(|| Block { bytes: Vec::with_capacity(room), rows: Vec::new() });
        std::mem::replace(&mut self.block, next)
    }

    /// Forgets what was taken of the slice, and its forks.
    pub(crate) fn forget(&mut self) {
        self.tally = Tally::default();
        self.counted.clear();
        self.block = Block::default();
        self.pieces = waiting(&self.reading);
    }

    fn flush(&mut self, send: &mut impl FnMut(Event) -> ControlFlow<()>) -> ControlFlow<()> {
        self.rest().map_or(ControlFlow::Continue(()), |block| send(Event::Block(block)))
    }

    /// Sends what is left of the slice, and its end with what was seen in it. The entries of later
    /// slices lie at or behind `limit`.
    pub(crate) fn end_slice(
        &mut self,
        limit: Option<Stamp>,
        send: &mut impl FnMut(Event) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        self.with_pieces(|pieces| pieces.end(limit));
        self.flush(send)?;
        let (containers, labels) = self.census.tell();
        let tally = Tally { containers, labels, ..std::mem::take(&mut self.tally) };
        send(Event::SliceEnd(SliceEnd { limit, counted: std::mem::take(&mut self.counted), tally }))
    }
}

fn waiting(reading: &Reading) -> Arc<Mutex<Pieces>> {
    Arc::new(Mutex::new(Pieces::new(reading.block * PIECES)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_stay_small_although_their_lines_are_empty_and_nothing_has_an_id() {
        let time = |text: &str| text.parse().unwrap();
        let window = Window { since: time("2024-12-19T00:00:00Z"), until: time("2024-12-20T00:00:00Z") };
        let select = Predicate::default();
        let mut intake = Intake::new(Reading {
            window,
            select,
            columns: None,
            max_line: 1 << 20,
            block: 1 << 16,
            spare: Spare::default(),
        });
        let line = r#"{"timestamp":"2024-12-19T07:00:00Z","pod":"web-1","message":"m"}"#;
        let mut rows = Vec::new();
        for _ in 0..10_000 {
            assert_eq!(intake.take(&Entry::parse(line, &mut Spans::default()).unwrap()), Taken::Wanted);
            let sent = intake.send_full(&mut |event| {
                let Event::Block(block) = event else { panic!("{event:?}") };
                rows.push(block.rows.len());
                ControlFlow::Continue(())
            });
            assert!(sent.is_continue());
        }
        assert!(rows.len() >= 4 && rows.iter().all(|rows| *rows < 3_000), "{rows:?}");
    }
}
