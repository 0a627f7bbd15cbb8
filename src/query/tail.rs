//! The last N entries of each container, whatever their number and size.
//!
//! Which entries are the last is known only at the end, so those that come are put by: in memory
//! while they are few, else in an unlinked temporary file. When half of what is put by has been
//! overtaken by later entries, it is weeded out; at the end the rest is handed out, still in order.

use std::ops::ControlFlow;

use anyhow::{Context, Result};

use crate::source::order::{self, Sorted};
use crate::source::runs::Writer;

pub(crate) struct Tail {
    most: u64,
    memory: usize,
    /// By the number of the container: how many of its entries are put by.
    counts: Vec<u64>,
    kept: Writer,
    total: u64,
    /// How many of them are among the last ones, so far.
    wanted: u64,
}

/// So many overtaken entries are not worth weeding out.
const SLACK: u64 = 4096;

impl Tail {
    /// `memory` in bytes bounds what is put by in memory.
    pub(crate) fn new(most: u64, memory: usize) -> Self {
        let kept = Writer::new(&order::temporary_folder(), memory);
        Tail { most, memory, counts: Vec::new(), kept, total: 0, wanted: 0 }
    }

    pub(crate) fn push(&mut self, entry: &Sorted) -> Result<()> {
        let number = entry.container as usize;
        if number >= self.counts.len() {
            self.counts.resize(number + 1, 0);
        }
        let count = &mut self.counts[number];
        *count += 1;
        self.wanted += u64::from(*count <= self.most);
        self.total += 1;
        self.kept.push(entry).with_context(no_room)?;
        if self.total > self.wanted.saturating_mul(2).saturating_add(SLACK) { self.weed() } else { Ok(()) }
    }

    fn weed(&mut self) -> Result<()> {
        let mut weeded = Tail::new(self.most, self.memory);
        let whole = std::mem::replace(self, Tail::new(self.most, self.memory));
        whole.finish(|entry| weeded.push(&entry).map(ControlFlow::Continue))?;
        *self = weeded;
        Ok(())
    }

    /// Hands out the last ones, until `take` breaks off.
    pub(crate) fn finish(mut self, mut take: impl FnMut(Sorted) -> Result<ControlFlow<()>>) -> Result<()> {
        let Some(mut run) = self.kept.read(1 << 16).with_context(no_room)? else { return Ok(()) };
        loop {
            let entry = run.entry();
            let behind = &mut self.counts[entry.container as usize];
            *behind -= 1;
            if *behind < self.most && take(entry)?.is_break() || !run.advance().with_context(no_room)? {
                return Ok(());
            }
        }
    }
}

fn no_room() -> String {
    let folder = order::temporary_folder();
    format!("cannot put entries by for --tail in {} (set TMPDIR to a folder with room)", folder.display())
}

#[cfg(test)]
mod tests;
