//! A chunk of a stream, read by itself while others read the chunks around it.

use std::io::Read;
use std::ops::Range;

use super::Values;

impl Values {
    /// Reads `chunk` next, whole lines, and leaves the buffer of the last one in its place. Behind it this is
    /// [dry](super::Item::Dry). `is_first`: the stream begins with it; `after_plain`: a [plain](super::Item::Plain) line
    /// is before it, which matters to a chunk that does not [stand alone](crate::input::chunks).
    pub(crate) fn put(&mut self, chunk: &mut Vec<u8>, length: usize, is_first: bool, after_plain: bool) {
        self.lines.put(chunk, length, is_first);
        self.in_array = false;
        self.was_plain = after_plain;
        (self.line, self.next_line) = (0, 1);
        (self.mended, self.last_mended) = (0, 0);
        self.hopeless.clear();
        self.piece = None;
    }

    /// Where [the last item](Self::last) stands in the chunk, unless it was made of what stands there.
    pub(crate) fn place(&self) -> Option<Range<usize>> {
        (!self.is_unpacked).then(|| self.place.clone())
    }

    /// What stands at a [place](Self::place) of the chunk, which may be as much of a stream as is at hand.
    pub(crate) fn at(&self, place: Range<usize>) -> &[u8] {
        self.lines.buf.get(place).unwrap_or_default()
    }

    /// True where all of the chunk was taken, and what is behind it can be read without it.
    pub(crate) fn is_between(&self) -> bool {
        self.lines.at == self.lines.filled && self.piece.is_none() && !self.in_array
    }

    /// How many lines of the chunk were taken.
    pub(crate) fn lines(&self) -> u64 {
        self.next_line - 1
    }

    /// True where the last line was a plain one, or blank behind such.
    pub(crate) fn ends_plain(&self) -> bool {
        self.was_plain
    }

    /// The whole chunk as it came, whatever was made of it.
    pub(crate) fn chunk(&self) -> &[u8] {
        match &self.lines.chunk {
            Some(chunk) if !chunk.is_empty() => chunk,
            _ => &self.lines.buf[..self.lines.filled],
        }
    }

    /// Goes on behind the chunk with what `read` gives. So many `lines` are before the chunk.
    pub(crate) fn go_on(&mut self, read: Box<dyn Read + Send>, lines: u64) {
        self.lines.go_on(read);
        self.line += lines;
        self.next_line += lines;
        self.last_mended += lines;
    }
}
