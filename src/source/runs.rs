//! A sorted run: entries put by in an unlinked temporary file, written once and read once.

use std::io::{self, BufWriter, ErrorKind, Read, Seek, Write};
use std::ops::Range;
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
    file: SpooledTempFile,
    buffer: Vec<u8>,
    /// What of the buffer was read from the file and not yet passed; begins with the entry at hand.
    ahead: Range<usize>,
    /// The bytes written.
    pub bytes: u64,
    /// The longest entry, in bytes.
    pub longest: usize,
    /// Entries behind the one at hand.
    left: u64,
    stamp: Stamp,
    who: u32,
    container: u32,
    /// Lengths of the insertId and of the line, in bytes.
    id: usize,
    line: usize,
    /// Of the entry at hand with all that stands before it, in bytes.
    length: usize,
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
        self.append(&head)?;
        self.append(entry.insert_id)?;
        self.append(entry.line)?;
        let length = entry.insert_id.len() + entry.line.len();
        self.longest = self.longest.max(length);
        self.bytes += (HEAD + length) as u64;
        self.count += 1;
        Ok(())
    }

    /// Fills the buffer to its end before it is written: whole pages cost half of what torn ones do.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let room = self.file.capacity() - self.file.buffer().len();
        let (fitting, rest) = bytes.split_at(room.min(bytes.len()));
        self.file.write_all(fitting)?;
        self.file.write_all(rest)
    }

    /// Ends the writing and goes to the first entry; `None` where there is none. `buffer` in bytes.
    pub(crate) fn read(self, buffer: usize) -> io::Result<Option<Run>> {
        let mut file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        let mut run = Run {
            file,
            buffer: vec![0; buffer],
            ahead: 0..0,
            bytes: self.bytes,
            longest: self.longest,
            left: self.count,
            stamp: Stamp { secs: 0, nanos: 0 },
            who: 0,
            container: 0,
            id: 0,
            line: 0,
            length: 0,
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
        self.ahead.start += self.length;
        self.need(HEAD)?;
        let mut numbers = [0; HEAD / 4];
        for (number, bytes) in numbers.iter_mut().zip(self.buffer[self.ahead.start..][..HEAD].as_chunks().0) {
            *number = u32::from_le_bytes(*bytes);
        }
        let [low, high, nanos, who, container, id, line] = numbers;
        self.stamp = Stamp { secs: (u64::from(high) << 32 | u64::from(low)) as i64, nanos };
        (self.who, self.container) = (who, container);
        (self.id, self.line) = (id as usize, line as usize);
        self.length = HEAD + self.id + self.line;
        self.need(self.length)?;
        Ok(true)
    }

    /// Reads on until so many bytes are in the buffer, which grows to hold them.
    fn need(&mut self, bytes: usize) -> io::Result<()> {
        if self.ahead.len() >= bytes {
            return Ok(());
        }
        self.buffer.copy_within(self.ahead.clone(), 0);
        self.ahead = 0..self.ahead.len();
        if self.buffer.len() < bytes {
            self.buffer.resize(bytes, 0);
        }
        while self.ahead.len() < bytes {
            match self.file.read(&mut self.buffer[self.ahead.end..]) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(read) => self.ahead.end += read,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// The entry at hand.
    pub(crate) fn entry(&self) -> Sorted<'_> {
        let entry = &self.buffer[self.ahead.start + HEAD..][..self.id + self.line];
        let (insert_id, line) = entry.split_at(self.id);
        Sorted { stamp: self.stamp, who: self.who, container: self.container, insert_id, line }
    }
}
