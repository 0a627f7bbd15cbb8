//! A sorted run: entries put by in an unlinked temporary file, written once and read once.

use std::io::{self, BufReader, BufWriter, Read, Seek, Write};
use std::path::Path;

use tempfile::SpooledTempFile;

use super::order::Sorted;
use crate::entry::stamp::Stamp;

/// A run being written. The file is gone with it.
pub(crate) struct Writer {
    file: BufWriter<SpooledTempFile>,
    bytes: u64,
    longest: usize,
    count: u64,
}

/// A run being read; it stands at an entry until [`advance`](Self::advance) finds no more.
pub(crate) struct Run {
    file: BufReader<SpooledTempFile>,
    /// The bytes written.
    pub bytes: u64,
    /// The longest entry, in bytes.
    pub longest: usize,
    /// Entries behind the one at hand.
    left: u64,
    stamp: Stamp,
    who: u32,
    container: u32,
    id: usize,
    /// The insertId and the line of the entry at hand.
    entry: Vec<u8>,
}

/// Seconds, nanoseconds, origin, container, length of insertId and of line.
const HEAD: usize = 8 + 5 * 4;

impl Writer {
    /// Up to `in_memory` bytes stay in memory before there is a file in `folder`.
    pub(crate) fn new(folder: &Path, in_memory: usize) -> Self {
        let file = BufWriter::with_capacity(1 << 18, SpooledTempFile::new_in(in_memory, folder));
        Writer { file, bytes: 0, longest: 0, count: 0 }
    }

    /// Appends an entry.
    pub(crate) fn push(&mut self, entry: &Sorted) -> io::Result<()> {
        let mut head = [0; HEAD];
        head[..8].copy_from_slice(&entry.stamp.secs.to_le_bytes());
        let numbers =
            [entry.stamp.nanos, entry.who, entry.container, entry.insert_id.len() as u32, entry.line.len() as u32];
        for (place, number) in head[8..].as_chunks_mut::<4>().0.iter_mut().zip(numbers) {
            *place = number.to_le_bytes();
        }
        self.file.write_all(&head)?;
        self.file.write_all(entry.insert_id)?;
        self.file.write_all(entry.line)?;
        let length = entry.insert_id.len() + entry.line.len();
        self.longest = self.longest.max(length);
        self.bytes += (HEAD + length) as u64;
        self.count += 1;
        Ok(())
    }

    /// Ends the writing and goes to the first entry; `None` where there is none. `buffer` in bytes.
    pub(crate) fn read(self, buffer: usize) -> io::Result<Option<Run>> {
        let mut file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        let mut run = Run {
            file: BufReader::with_capacity(buffer, file),
            bytes: self.bytes,
            longest: self.longest,
            left: self.count,
            stamp: Stamp { secs: 0, nanos: 0 },
            who: 0,
            container: 0,
            id: 0,
            entry: Vec::new(),
        };
        Ok(run.advance()?.then_some(run))
    }
}

impl Run {
    /// Goes on to the next entry; false at the end.
    pub(crate) fn advance(&mut self) -> io::Result<bool> {
        if self.left == 0 {
            return Ok(false);
        }
        self.left -= 1;
        let mut head = [0; HEAD];
        self.file.read_exact(&mut head)?;
        let mut numbers = [0; HEAD / 4];
        for (number, bytes) in numbers.iter_mut().zip(head.as_chunks().0) {
            *number = u32::from_le_bytes(*bytes);
        }
        let [low, high, nanos, who, container, id, line] = numbers;
        self.stamp = Stamp { secs: (u64::from(high) << 32 | u64::from(low)) as i64, nanos };
        (self.who, self.container, self.id) = (who, container, id as usize);
        self.entry.resize(id as usize + line as usize, 0);
        self.file.read_exact(&mut self.entry)?;
        Ok(true)
    }

    /// The entry at hand.
    pub(crate) fn entry(&self) -> Sorted<'_> {
        let (insert_id, line) = self.entry.split_at(self.id);
        Sorted { stamp: self.stamp, who: self.who, container: self.container, insert_id, line }
    }
}
