//! The window over a stream: whole lines of sound UTF-8, read ahead as far as somebody needs them.

use std::io::{self, Read};

use super::Stopped;

const CHUNK: usize = 256 << 10;

/// The buffer grows by its own size, by this many bytes at most.
const GROWTH: usize = 64 * CHUNK;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

pub(super) struct Lines {
    read: Box<dyn Read + Send>,
    pub buf: Vec<u8>,
    /// Here begins what was not taken yet.
    pub at: usize,
    /// Whole lines up to here, mended but for those over the limit.
    pub whole: usize,
    /// The end of what was read.
    pub filled: usize,
    /// No more is to come.
    pub ended: bool,
    /// What ended it, once all before it was handed out.
    error: Option<io::Error>,
    /// The longest line that is waited for, in bytes.
    pub max_line: usize,
    /// The line at the front is over the limit, and a piece of it was taken.
    pub in_long: bool,
    /// A byte order mark can no longer come.
    begun: bool,
    /// How many lines held bytes that are not UTF-8.
    pub mended: u64,
    /// How many bytes went out of the buffer at its front.
    pub dropped: u64,
    /// A [chunk](Self::put) as it came, once something of it is mended: whoever goes on behind it begins with that.
    pub chunk: Option<Vec<u8>>,
}

/// What came of an attempt to read more.
pub(super) enum Fill {
    More,
    Dry,
    /// A line has grown over the limit.
    Long,
    End,
}

impl Lines {
    pub(super) fn new(read: Box<dyn Read + Send>, max_line: usize) -> Self {
        Lines {
            read,
            buf: Vec::new(),
            at: 0,
            whole: 0,
            filled: 0,
            ended: false,
            error: None,
            max_line,
            in_long: false,
            begun: false,
            mended: 0,
            dropped: 0,
            chunk: None,
        }
    }

    /// Begins anew with the first `length` bytes of `chunk`, whole lines, and leaves its own buffer there. Behind them
    /// it is dry until it is told to [go on](Self::go_on). `is_first`: the stream begins with them.
    pub(super) fn put(&mut self, chunk: &mut Vec<u8>, length: usize, is_first: bool) {
        std::mem::swap(&mut self.buf, chunk);
        (self.at, self.whole, self.filled) = (0, 0, length);
        (self.dropped, self.mended, self.in_long) = (0, 0, false);
        self.begun = !is_first;
        self.chunk = Some(Vec::new());
    }

    /// Reads from now on.
    pub(super) fn go_on(&mut self, read: Box<dyn Read + Send>) {
        self.read = read;
        self.chunk = None;
    }

    /// Keeps a chunk as it came, before something of it is mended for the first time.
    #[cold]
    pub(super) fn keep_chunk(&mut self) {
        if let Some(chunk) = self.chunk.as_mut().filter(|chunk| chunk.is_empty()) {
            chunk.extend_from_slice(&self.buf[..self.filled]);
        }
    }

    /// Skips the byte order mark.
    fn begin(&mut self) {
        if !self.begun && self.filled >= BYTE_ORDER_MARK.len() {
            self.begun = true;
            if self.dropped == 0 && self.buf[..self.filled].starts_with(BYTE_ORDER_MARK) {
                self.at = BYTE_ORDER_MARK.len();
                self.whole = self.at;
            }
        }
    }

    /// The byte at `at`, of the whole lines.
    pub(super) fn byte(&self, at: usize) -> Option<u8> {
        self.buf[..self.whole].get(at).copied()
    }

    /// The place of the first byte from `at` on that is no blank within a line.
    pub(super) fn skip_blanks(&self, at: usize) -> usize {
        let blank = |b: &&u8| matches!(b, b' ' | b'\t' | b'\r');
        at + self.buf[at..self.whole].iter().take_while(blank).count()
    }

    /// Where the line that holds `from` ends.
    pub(super) fn line_end(&self, from: usize) -> usize {
        memchr::memchr(b'\n', &self.buf[from..self.whole]).map_or(self.whole, |length| from + length)
    }

    /// True where the line that starts at `at` is over the limit.
    pub(super) fn is_over_long(&self, at: usize) -> bool {
        self.whole - at > self.max_line && self.line_end(at) - at > self.max_line
    }

    /// Reads until there is at least one more whole line, and about twice as much as `pending`, the
    /// bytes that the caller has looked at in vain: who looks again at so much more looks at every
    /// byte a few times only.
    pub(super) fn fill(&mut self, pending: usize) -> io::Result<Fill> {
        if self.chunk.is_some() {
            self.begin();
            let before = self.whole;
            self.find_whole_lines(before);
            return Ok(if self.whole > before { Fill::More } else { Fill::Dry });
        }
        let enough = (2 * pending).min(pending.max(self.max_line));
        loop {
            if self.ended {
                return match self.error.take() {
                    Some(error) if self.at == self.whole => Err(error),
                    error => {
                        self.error = error;
                        Ok(Fill::End)
                    }
                };
            }
            self.make_room();
            let from = self.filled;
            match self.read.read(&mut self.buf[from..]) {
                Ok(0) => self.ended = true,
                Ok(n) => self.filled += n,
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return Ok(Fill::Dry),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) if Stopped::is(&e) => return Err(e),
                Err(e) => {
                    self.ended = true;
                    self.error = Some(e);
                }
            }
            if self.in_long {
                return Ok(Fill::Long);
            }
            self.begin();
            self.find_whole_lines(from.max(self.whole));
            if self.whole - self.at > enough || self.ended {
                return Ok(Fill::More);
            }
            if self.filled - self.whole > self.max_line {
                return Ok(if self.whole - self.at > pending { Fill::More } else { Fill::Long });
            }
        }
    }

    /// Takes the next piece of a line over the limit, as far as it was read: where the piece lies,
    /// and whether the line ends behind it.
    pub(super) fn take_piece(&mut self) -> (usize, usize, bool) {
        let start = self.at;
        let newline = memchr::memchr(b'\n', &self.buf[start..self.filled]);
        let last = newline.is_some() || self.ended;
        let end = match newline {
            Some(length) => start + length,
            None if last => self.filled,
            None => self.filled - begun_character(&self.buf[start..self.filled]),
        };
        self.in_long = !last;
        self.at = end + usize::from(newline.is_some());
        self.whole = self.at;
        if newline.is_some() {
            self.find_whole_lines(self.at);
        }
        (start, end, last)
    }

    /// Moves what is left to the front, and makes the buffer longer where that is not enough.
    fn make_room(&mut self) {
        if self.at > 0 {
            self.buf.copy_within(self.at..self.filled, 0);
            self.filled -= self.at;
            self.whole -= self.at;
            self.dropped += self.at as u64;
            self.at = 0;
        }
        if self.buf.len() - self.filled < CHUNK / 2 {
            let growth = self.buf.len().clamp(CHUNK, GROWTH);
            self.buf.reserve_exact(growth);
            self.buf.resize(self.buf.len() + growth, 0);
        } else if self.buf.len() > 16 * CHUNK && self.filled < CHUNK / 2 {
            self.buf.truncate(CHUNK);
            self.buf.shrink_to_fit();
        }
    }

    /// Finds the last line end from `from` on, and mends the lines up to it.
    fn find_whole_lines(&mut self, from: usize) {
        let end = if self.ended {
            self.filled
        } else {
            match memchr::memrchr(b'\n', &self.buf[from..self.filled]) {
                Some(length) => from + length + 1,
                None => return,
            }
        };
        if simdutf8::basic::from_utf8(&self.buf[self.whole..end]).is_ok() {
            self.whole = end;
        } else {
            self.mend(end);
        }
    }

    /// Puts U+FFFD in the place of what is not UTF-8, up to `end`. A line over the limit is no text
    /// for anybody and stays as it came.
    #[cold]
    fn mend(&mut self, end: usize) {
        self.keep_chunk();
        let tail = self.buf.split_off(end);
        let lines = self.buf.split_off(self.whole);
        for line in lines.split_inclusive(|b| *b == b'\n') {
            let is_over = line.strip_suffix(b"\n").unwrap_or(line).len() > self.max_line;
            if is_over || simdutf8::basic::from_utf8(line).is_ok() {
                self.buf.extend_from_slice(line);
            } else {
                self.mended += 1;
                self.buf.extend_from_slice(String::from_utf8_lossy(line).as_bytes());
            }
        }
        self.whole = self.buf.len();
        self.filled = self.whole + (self.filled - end);
        self.buf.extend_from_slice(&tail);
    }
}

/// How many bytes at the end of `text` are the beginning of a character that goes on behind it.
fn begun_character(text: &[u8]) -> usize {
    let tail = text.iter().rev().take(3).position(|byte| *byte >= 0xc0).map_or(0, |at| at + 1);
    let whole = match text.get(text.len() - tail) {
        Some(0xc0..0xe0) => 2,
        Some(0xe0..0xf0) => 3,
        Some(0xf0..) => 4,
        _ => 0,
    };
    if tail < whole && tail < text.len() { tail } else { 0 }
}
