//! Cuts a stream of bytes into JSON objects and lines.
//!
//! One object a line is the fast case. Objects may also stand several on a line, be laid out over
//! many lines, and be the elements of arrays. A line that starts like an object and is none is
//! broken, and reading goes on at the next line; any other line is plain.

mod chunk;

use std::io::{self, Read};
use std::ops::Range;

use crate::entry::canon::Canon;
use crate::entry::dialect::{self, Dialect};
use crate::entry::paths::Slot;
use crate::entry::scan::{self, Flaw, Spans};
use crate::entry::{Control, Entry};

use super::lines::{Fill, Lines};

/// One thing of the stream. Text is valid UTF-8 and has no line end.
#[derive(Debug)]
pub(crate) enum Item<'a> {
    Entry(Entry<'a>),
    Control(Control),
    /// A line that does not look like JSON.
    Plain(Entry<'a>),
    /// A line that starts like a JSON object and is none.
    Broken(Entry<'a>, Flaw),
    /// A piece of a line that is longer than the limit, as it stands.
    Long {
        piece: &'a [u8],
        first: bool,
        last: bool,
    },
    /// Nothing more is there at the moment.
    Dry,
}

/// Reads items, one after another.
pub(crate) struct Values {
    lines: Lines,
    in_array: bool,
    /// The last line was plain: blank ones that follow belong to the text.
    was_plain: bool,
    line: u64,
    /// Where the last item stands, until the next is looked for.
    place: Range<usize>,
    /// It was [unpacked](unpack).
    is_unpacked: bool,
    next_line: u64,
    /// Objects that are known to come to nothing, by their place in the stream.
    hopeless: Vec<(u64, Flaw)>,
    /// How many lines held half a surrogate pair, and the last of them.
    mended: u64,
    last_mended: u64,
    spans: Spans,
    /// The spans of a line that is no object.
    none: Spans,
    unpacked: String,
    canon: Canon,
    /// What is left of a piece of an over-long line, and whether the line ends behind it.
    piece: Option<(usize, usize, bool)>,
}

/// The longest piece of an over-long line that is handed out at once.
const PIECE: usize = 64 << 10;

/// The default of `--max-line`.
pub(crate) const MAX_LINE: usize = 64 << 20;

/// What [`Values`] found, by position; turned into an [`Item`] at the end.
enum Found {
    Object(usize, usize),
    Plain(usize, usize),
    Broken(usize, usize, Flaw),
    Long(usize, usize, bool, bool),
    Dry,
    End,
}

impl Values {
    /// `max_line` bounds the length of a line, and of an object laid out over several, in bytes; at
    /// most 4 GiB.
    pub(crate) fn new(read: Box<dyn Read + Send>, max_line: usize) -> Self {
        Values {
            lines: Lines::new(read, max_line.min(u32::MAX as usize)),
            in_array: false,
            was_plain: false,
            line: 0,
            place: 0..0,
            is_unpacked: false,
            next_line: 1,
            hopeless: Vec::new(),
            mended: 0,
            last_mended: 0,
            spans: Spans::default(),
            none: Spans::default(),
            unpacked: String::new(),
            canon: Canon::default(),
            piece: None,
        }
    }

    /// The number of the line where the last item began, from 1.
    pub(crate) fn line(&self) -> u64 {
        self.line
    }

    /// The text of the last item.
    pub(crate) fn last(&self) -> &[u8] {
        if self.is_unpacked {
            self.unpacked.as_bytes()
        } else {
            self.lines.buf.get(self.place.clone()).unwrap_or_default()
        }
    }

    /// How many lines so far held bytes that are not UTF-8, or half a surrogate pair: U+FFFD stands
    /// for those now.
    pub(crate) fn mended(&self) -> u64 {
        self.mended + self.lines.mended
    }

    /// The next item; `None` at the end. An error ends the stream, after all items before it; but
    /// where a signal [stopped](super::Stopped) the reading, it goes on with the next call.
    pub(crate) fn next(&mut self) -> io::Result<Option<Item<'_>>> {
        let found = self.find()?;
        self.is_unpacked = false;
        self.place = match found {
            Found::Object(start, end) | Found::Plain(start, end) => start..end,
            Found::Broken(start, end, _) | Found::Long(start, end, ..) => start..end,
            Found::Dry | Found::End => 0..0,
        };
        let text = |start: usize, end: usize| -> io::Result<&str> {
            // Lines are mended as they are read, so this never fails.
            simdutf8::basic::from_utf8(&self.lines.buf[start..end]).map_err(|_| io::ErrorKind::InvalidData.into())
        };
        Ok(Some(match found {
            Found::End => return Ok(None),
            Found::Dry => Item::Dry,
            Found::Long(start, end, first, last) => Item::Long { piece: &self.lines.buf[start..end], first, last },
            Found::Plain(start, end) => Item::Plain(Entry::plain(text(start, end)?, &self.none)),
            Found::Broken(start, end, flaw) => Item::Broken(Entry::plain(text(start, end)?, &self.none), flaw),
            Found::Object(start, end) => {
                let line = text(start, end)?;
                self.is_unpacked = unpack(line, &mut self.spans, &mut self.canon, &mut self.unpacked);
                let entry = Entry::scanned(if self.is_unpacked { &self.unpacked } else { line }, &self.spans);
                match entry.control() {
                    Some(control) => Item::Control(control),
                    None => Item::Entry(entry),
                }
            }
        }))
    }

    fn find(&mut self) -> io::Result<Found> {
        if let Some((start, end, last)) = self.piece.take() {
            return Ok(self.piece(start, end, false, last));
        }
        loop {
            let Lines { at, whole, in_long, .. } = self.lines;
            if at == whole || in_long {
                match self.lines.fill(0)? {
                    Fill::Dry => return Ok(Found::Dry),
                    Fill::More => {}
                    Fill::Long => return Ok(self.long()),
                    Fill::End if std::mem::take(&mut self.in_array) => {
                        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the array at its end is not closed"));
                    }
                    Fill::End => return Ok(Found::End),
                }
                continue;
            }
            self.line = self.next_line;
            if self.lines.is_over_long(at) {
                return Ok(self.over_long());
            }
            let start = self.lines.skip_blanks(at);
            let found = match self.lines.byte(start) {
                None | Some(b'\n') if self.was_plain => Some(self.plain()),
                None | Some(b'\n') => {
                    self.end_line(start);
                    None
                }
                Some(b'{') if self.looks_like_object(start) => self.object(start, None)?,
                Some(b'[') => self.bracket(start)?,
                Some(mark @ (b',' | b']')) if self.in_array && self.is_syntax(start) => {
                    self.in_array = mark == b',';
                    self.was_plain = false;
                    self.lines.at = start + 1;
                    None
                }
                Some(_) => Some(self.plain()),
            };
            if let Some(found) = found {
                return Ok(found);
            }
        }
    }

    /// True where `{` is followed by a key, by `}`, or by the end of its line.
    fn looks_like_object(&self, start: usize) -> bool {
        matches!(self.lines.byte(self.lines.skip_blanks(start + 1)), None | Some(b'"' | b'}' | b'\n'))
    }

    /// True where the comma or bracket is followed by what may follow it in an array of objects.
    fn is_syntax(&self, start: usize) -> bool {
        matches!(self.lines.byte(self.lines.skip_blanks(start + 1)), None | Some(b'\n' | b'{' | b'[' | b']'))
    }

    /// The object that starts at `start`, the first of an array where a `bracket` stands before it.
    /// `None`: more was read, look again.
    fn object(&mut self, mut start: usize, bracket: Option<usize>) -> io::Result<Option<Found>> {
        let place = self.lines.dropped + start as u64;
        if let Ok(known) = self.hopeless.binary_search_by_key(&place, |(place, _)| *place) {
            return Ok(Some(self.broken(start, self.hopeless[known].1)));
        }
        let max_line = self.lines.max_line;
        // The flaw, and how much of the text was looked at until it showed.
        let (flaw, seen) = 'scan: {
            let text = &self.lines.buf[start..self.lines.whole];
            match scan::object(text, &mut self.spans) {
                Ok(length) if length > max_line => break 'scan (Flaw::TooLong, max_line),
                Ok(length) => {
                    let junk = self.lines.skip_blanks(start + length);
                    let goes_on = match self.lines.byte(junk) {
                        None | Some(b'\n' | b'{') => true,
                        Some(b',' | b']') => self.in_array || bracket.is_some(),
                        Some(_) => false,
                    };
                    let last_line = match self.spans.newlines {
                        0 => 0,
                        _ => memchr::memrchr(b'\n', &text[..length]).map_or(0, |end| end + 1),
                    };
                    if last_line > 0 && self.lines.is_over_long(start + last_line) {
                        break 'scan (Flaw::TooLong, last_line);
                    }
                    if !goes_on {
                        // What ends on this line too has no line end behind it either.
                        break 'scan (Flaw::Invalid(length), last_line);
                    }
                    if let Some(bracket) = bracket {
                        let skipped = memchr::memchr_iter(b'\n', &self.lines.buf[bracket..start]).count() as u64;
                        self.line += skipped;
                        self.next_line += skipped;
                        self.in_array = true;
                    }
                    if self.spans.is_torn {
                        self.lines.keep_chunk();
                        scan::mend_surrogates(&mut self.lines.buf[start..start + length]);
                        self.mended += u64::from(self.last_mended != self.line);
                        self.last_mended = self.line;
                    }
                    self.next_line += u64::from(self.spans.newlines);
                    self.was_plain = false;
                    match self.lines.byte(junk) {
                        None | Some(b'\n') => self.end_line(junk),
                        Some(_) => self.lines.at = junk,
                    }
                    return Ok(Some(Found::Object(start, start + length)));
                }
                Err(Flaw::Incomplete) if text.len() >= max_line => break 'scan (Flaw::TooLong, max_line),
                Err(Flaw::Incomplete) if self.lines.ended => break 'scan (Flaw::Incomplete, text.len()),
                Err(Flaw::Incomplete) => {
                    let (seen, before) = (text.len(), start - self.lines.at);
                    let filled = self.lines.fill(self.lines.whole - self.lines.at)?;
                    start = self.lines.at + before; // the buffer may have moved
                    match filled {
                        Fill::Dry => return Ok(Some(Found::Dry)),
                        Fill::More | Fill::End => return Ok(None),
                        Fill::Long => break 'scan (Flaw::TooLong, seen),
                    }
                }
                Err(Flaw::Invalid(at) | Flaw::TooDeep(at)) if at >= max_line => break 'scan (Flaw::TooLong, max_line),
                Err(flaw @ (Flaw::Invalid(at) | Flaw::TooDeep(at))) => break 'scan (flaw, at),
                Err(flaw @ Flaw::TooLong) => break 'scan (flaw, max_line),
            }
        };
        self.give_up(start, seen, flaw);
        Ok(Some(self.broken(start, flaw)))
    }

    /// Notes which objects within a broken value need no look of their own: the ones that were still
    /// open where it broke, for they break there too. Thus a hostile input costs no more time.
    #[cold]
    fn give_up(&mut self, start: usize, seen: usize, flaw: Flaw) {
        if start + seen <= self.lines.line_end(start) {
            return;
        }
        let place = self.lines.dropped + start as u64;
        let open = scan::unclosed(&self.lines.buf[start..start + seen]);
        self.hopeless = open.into_iter().map(|at| (place + at as u64, flaw.seen_from(at))).collect();
    }

    /// The bracket at `start` opens an array of objects, or a line of text. `None`: look again.
    fn bracket(&mut self, start: usize) -> io::Result<Option<Found>> {
        let rest = &self.lines.buf[start + 1..self.lines.whole];
        let skipped = rest.iter().take_while(|b| b.is_ascii_whitespace()).count();
        let next = start + 1 + skipped;
        let blanks_before = rest[..skipped].iter().rev().take_while(|b| **b != b'\n').count();
        let is_far = next - self.lines.at > self.lines.max_line;
        match self.lines.byte(next) {
            _ if is_far => Ok(Some(self.plain())),
            None if !self.lines.ended => Ok(match self.lines.fill(self.lines.whole - self.lines.at)? {
                Fill::Dry => Some(Found::Dry),
                Fill::Long => Some(self.plain()),
                Fill::More | Fill::End => None,
            }),
            // The line of the first object, if it is another one, counts as text with all that is on it.
            Some(b'{') if self.lines.is_over_long(next - blanks_before) => Ok(Some(self.plain())),
            Some(b'{') if self.looks_like_object(next) => self.object(next, Some(start)),
            // Among text it is text.
            Some(b']') if !self.was_plain && self.line_ends_at(next + 1) => {
                self.next_line += memchr::memchr_iter(b'\n', &rest[..skipped]).count() as u64;
                self.lines.at = next + 1;
                Ok(None)
            }
            _ => Ok(Some(self.plain())),
        }
    }

    fn line_ends_at(&self, at: usize) -> bool {
        matches!(self.lines.byte(self.lines.skip_blanks(at)), None | Some(b'\n'))
    }

    fn plain(&mut self) -> Found {
        let (start, end) = (self.lines.at, self.lines.line_end(self.lines.at));
        self.was_plain = true;
        self.end_line(end);
        Found::Plain(start, end)
    }

    /// The line at hand, with the broken object at `object`. That may stand on a later line than the
    /// bracket before it, which is text then.
    fn broken(&mut self, object: usize, flaw: Flaw) -> Found {
        let (start, end) = (self.lines.at, self.lines.line_end(self.lines.at));
        if end < object {
            return self.plain();
        }
        self.was_plain = false;
        self.end_line(end);
        Found::Broken(start, end, flaw)
    }

    /// A whole line over the limit.
    fn over_long(&mut self) -> Found {
        let (start, end) = (self.lines.at, self.lines.line_end(self.lines.at));
        self.was_plain = false;
        self.end_line(end);
        self.piece(start, end, true, true)
    }

    /// The next piece of a line over the limit, as far as it was read.
    fn long(&mut self) -> Found {
        let first = !self.lines.in_long;
        self.line = self.next_line;
        let (start, end, last) = self.lines.take_piece();
        self.was_plain = false;
        self.next_line += u64::from(last);
        self.piece(start, end, first, last)
    }

    /// The first part of a piece of an over-long line, cut between characters; the rest comes next.
    /// Whoever takes it need not have room for all of it in another form.
    fn piece(&mut self, start: usize, end: usize, first: bool, last: bool) -> Found {
        if end - start <= PIECE {
            return Found::Long(start, end, first, last);
        }
        let is_middle = |at: &usize| (0x80..0xc0).contains(&self.lines.buf[*at]);
        let cut = start + PIECE;
        let cut = (cut - 3..=cut).rev().find(|at| !is_middle(at)).unwrap_or(cut);
        self.piece = Some((cut, end, last));
        Found::Long(start, cut, first, false)
    }

    /// Goes on behind the line end at `end`, or at the end of all.
    fn end_line(&mut self, end: usize) {
        self.lines.at = (end + 1).min(self.lines.whole);
        self.next_line += 1;
    }
}

/// Brings the row of a table into the canon, its JSON columns opened where they were written as strings; true if `line`
/// is one: the row then stands in `unpacked`, and `spans` are its.
fn unpack(line: &str, spans: &mut Spans, canon: &mut Canon, unpacked: &mut String) -> bool {
    if !spans.get(Slot::Resource).is_some() {
        return false; // as in every row
    }
    let dialect = Dialect::of(line, spans);
    if !dialect.is_row(line, spans) {
        return false;
    }
    let opened = if dialect == Dialect::LogAnalytics { dialect::unpack_analytics(line) } else { None };
    let mut row = std::mem::take(unpacked).into_bytes();
    row.clear();
    canon.push(opened.as_deref().unwrap_or(line), &mut row);
    *unpacked = String::from_utf8(row).unwrap_or_default();
    if scan::object(unpacked.as_bytes(), spans).is_ok() && Dialect::of(unpacked, spans) == dialect {
        return true;
    }
    // Opened up, the row is too deep, or nothing is left of it: it stays as it came.
    let _ = scan::object(line.as_bytes(), spans);
    false
}
