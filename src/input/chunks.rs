//! Chunks of whole lines, each of which can be read by itself, for several threads.
//!
//! Where a line is plain or JSON begins says its first byte; but a blank line, or an empty array, belongs to plain text
//! before it. So a chunk ends where the next one begins with something else: the chunk then
//! stands alone, unless a value goes on behind its end. Whoever reads it sees that.

use std::io::{self, Read};

/// A chunk has this many bytes and more: twice as many, if that takes it to its line end, and so on up to
/// [`LONGEST`].
pub(crate) const CHUNK: usize = 512 << 10;
const LONGEST: usize = 1 << 20;

pub(crate) struct Chunks {
    read: Box<dyn Read + Send>,
    buf: Vec<u8>,
    /// The end of what was read, which is in `buf`.
    filled: usize,
    /// Bytes of a chunk.
    size: usize,
    /// Bytes of a line that is waited for.
    max_line: usize,
    ended: bool,
    /// What ended it, or a signal.
    error: Option<io::Error>,
}

/// What came of an attempt to read a chunk.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum More {
    /// A chunk of so many bytes, which stands alone as does the next one.
    Chunk(usize),
    /// No more is there yet.
    Dry,
    /// What is left is no chunk: [go on](Chunks::rest) otherwise.
    Rest,
}

impl Chunks {
    pub(crate) fn new(read: Box<dyn Read + Send>, size: usize, max_line: usize) -> Self {
        Chunks { read, buf: Vec::new(), filled: 0, size, max_line, ended: false, error: None }
    }

    /// Reads a chunk. Waits where it said just before that the input is dry.
    pub(crate) fn next(&mut self) -> More {
        let mut wanted = self.size;
        loop {
            if self.ended || self.error.is_some() {
                return More::Rest;
            }
            if self.filled >= wanted {
                match last_cut(&self.buf[..self.filled]) {
                    Some(cut) => return More::Chunk(cut),
                    None if wanted >= LONGEST.max(self.size) => return More::Rest,
                    None => wanted = 2 * self.filled,
                }
            }
            if self.buf.len() < wanted {
                self.buf.resize(wanted, 0);
            }
            match self.read.read(&mut self.buf[self.filled..wanted]) {
                Ok(0) => self.ended = true,
                Ok(n) => self.filled += n,
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return More::Dry,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => self.error = Some(e),
            }
        }
    }

    /// What is there of whole lines, for whoever knows what is before them. `None` where a line is over the
    /// limit, and is not waited for.
    pub(crate) fn whole_lines(&self) -> Option<usize> {
        let end = memchr::memrchr(b'\n', &self.buf[..self.filled]).map_or(0, |newline| newline + 1);
        (self.filled - end <= self.max_line).then_some(end)
    }

    /// Takes the first `length` bytes out: they are those of the buffer that is given, the buffer that `room` was is
    /// filled next.
    pub(crate) fn take(&mut self, length: usize, mut room: Vec<u8>) -> Vec<u8> {
        let left = self.filled - length;
        if room.len() < self.size.max(left) {
            room.resize(self.size.max(left), 0);
        }
        room[..left].copy_from_slice(&self.buf[length..self.filled]);
        self.filled = left;
        std::mem::replace(&mut self.buf, room)
    }

    /// All that was not taken, behind what `before` holds.
    pub(crate) fn rest(self, before: Vec<u8>) -> Box<dyn Read + Send> {
        let Chunks { read, buf, filled, ended, error, .. } = self;
        let mut there = before;
        there.extend_from_slice(&buf[..filled]);
        Box::new(Rest { there: io::Cursor::new(there), error, read: (!ended).then_some(read) })
    }
}

/// What is there already, then why reading broke, then what may be read: behind a signal it can go on.
struct Rest {
    there: io::Cursor<Vec<u8>>,
    error: Option<io::Error>,
    read: Option<Box<dyn Read + Send>>,
}

impl Read for Rest {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match (self.there.read(buf)?, &mut self.error, &mut self.read) {
            (0, error @ Some(_), _) => error.take().map_or(Ok(0), Err),
            (0, None, Some(read)) => read.read(buf),
            (taken, ..) => Ok(taken),
        }
    }
}

/// Behind the last line end that has something behind it which needs nothing before it.
fn last_cut(text: &[u8]) -> Option<usize> {
    let ends = memchr::memrchr_iter(b'\n', text);
    ends.map(|end| end + 1).find(|cut| stands_alone(&text[*cut..]))
}

/// True where a chunk that begins so means the same whatever is before it.
fn stands_alone(text: &[u8]) -> bool {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    match text {
        [] | [b'['] => false,
        [b'[', next, ..] => !next.is_ascii_whitespace() && *next != b']',
        [first, ..] => !is_blank(first),
    }
}
