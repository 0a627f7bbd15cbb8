//! The scanner: one pass over a JSON object that checks its grammar to the letter and notes
//! where the wanted values lie. Everything else is skipped, nothing is unescaped or copied.
//!
//! The bytes must be UTF-8 already (the input layer sees to that); lone surrogate escapes are
//! noted so that the input layer can mend them. What the scanner accepts is what RFC 8259 accepts,
//! down to [`MAX_DEPTH`] levels.

pub(crate) use super::flaw::Flaw;
use super::paths::{self, Node};
pub(crate) use super::spans::{Span, Spans};
use super::text;

/// Objects of more levels than this are refused; Cloud Logging itself keeps a fraction of it. The
/// levels of a payload count from the payload, so that an object that is accepted stays so when lq
/// wraps it in an entry.
pub(crate) const MAX_DEPTH: usize = 512;

/// What a scanned object may hold: the levels of a payload and those around it.
const ROOM: usize = MAX_DEPTH + 64;

type Scan<T> = Result<T, Flaw>;

/// Scans the object at the start of `text` and fills `spans`; returns the position behind its `}`.
pub(crate) fn object(text: &[u8], spans: &mut Spans) -> Scan<usize> {
    *spans = Spans::default();
    let mut scanner = Scanner { text, spans };
    match scanner.peek(0)? {
        b'{' => scanner.walk(0, Node::Root),
        _ => Err(Flaw::Invalid(0)),
    }
}

/// Notes the value of a member of the object `text`, which lies from `start` to the end of what is written of it.
#[cfg(feature = "bigquery")]
pub(crate) fn member(text: &[u8], start: usize, path: Option<&paths::Path>, spans: &mut Spans) -> Scan<()> {
    let mut scanner = Scanner { text, spans };
    let end = match path {
        None => scanner.skip(start, MAX_DEPTH - 1)?,
        Some(path) => scanner.keep(start, path)?,
    };
    if end == text.len() { Ok(()) } else { Err(Flaw::Invalid(end)) }
}

/// The position behind the JSON value (of any kind) at the start of `text`.
pub(crate) fn value(text: &[u8]) -> Scan<usize> {
    let mut spans = Spans::default();
    let start = Scanner { text, spans: &mut spans }.blank(0);
    value_at(text, start, &mut spans)
}

/// The same for a value that starts at `at`. Nothing is noted but foreign escapes, half surrogates and blanks.
pub(crate) fn value_at(text: &[u8], at: usize, spans: &mut Spans) -> Scan<usize> {
    Scanner { text, spans }.skip(at, MAX_DEPTH)
}

/// Calls `see(key, value)` for the members of the object `text`, in their order, until it returns
/// false. Both come as they stand: the key's contents still escaped, the value whole.
/// `text` must have been scanned before; anything else ends the walk early.
pub(crate) fn members<'a>(text: &'a str, mut see: impl FnMut(&'a str, &'a str) -> bool) {
    let mut spans = Spans::default();
    let mut scanner = Scanner { text: text.as_bytes(), spans: &mut spans };
    let mut at = scanner.blank(0) + 1;
    loop {
        at = scanner.blank(at);
        if text.as_bytes().get(at) != Some(&b'"') {
            return;
        }
        let Ok(key_end) = scanner.string(at + 1) else { return };
        let key = &text[at + 1..key_end - 1];
        at = scanner.blank(key_end) + 1;
        at = scanner.blank(at);
        let Ok(end) = scanner.skip(at, ROOM) else { return };
        if !see(key, &text[at..end]) {
            return;
        }
        at = scanner.blank(end) + 1;
    }
}

/// Where the brackets stand that are still open at the end of `text`, which must be the beginning
/// of a value.
pub(crate) fn unclosed(text: &[u8]) -> Vec<usize> {
    let mut open = Vec::new();
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        match byte {
            b'{' | b'[' => open.push(at),
            b'}' | b']' => drop(open.pop()),
            b'"' => {
                at = text::string_end(text, at);
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    open
}

struct Scanner<'a> {
    text: &'a [u8],
    spans: &'a mut Spans,
}

impl Scanner<'_> {
    fn peek(&self, at: usize) -> Scan<u8> {
        self.text.get(at).copied().ok_or(Flaw::Incomplete)
    }

    /// The place of the next token. Mostly it is here.
    #[inline]
    fn blank(&mut self, at: usize) -> usize {
        match self.text.get(at) {
            Some(0..=b' ') => self.blanks(at),
            _ => at,
        }
    }

    #[inline(never)]
    fn blanks(&mut self, start: usize) -> usize {
        let mut at = start;
        while let Some(byte) = self.text.get(at) {
            match byte {
                b' ' | b'\t' | b'\r' => {}
                b'\n' => self.spans.newlines += 1,
                _ => break,
            }
            at += 1;
        }
        self.spans.is_spaced |= at > start;
        at
    }

    /// Walks the object that starts at `at`, noting the wanted values below `node`.
    fn walk(&mut self, at: usize, node: Node) -> Scan<usize> {
        let mut at = self.blank(at + 1);
        if self.peek(at)? == b'}' {
            return Ok(at + 1);
        }
        loop {
            if self.peek(at)? != b'"' {
                return Err(Flaw::Invalid(at));
            }
            let (key_end, path) = match self.short_key(at + 1, node) {
                Some(found) => found,
                None => {
                    let key_end = self.string(at + 1)?;
                    (key_end, paths::find(node, &self.text[at + 1..key_end - 1]))
                }
            };
            at = self.blank(key_end);
            if self.peek(at)? != b':' {
                return Err(Flaw::Invalid(at));
            }
            at = self.blank(at + 1);
            let end = match path {
                None => self.skip(at, MAX_DEPTH - 1)?,
                Some(path) => self.keep(at, path)?,
            };
            self.spans.keys += u32::from(node == Node::Root);
            at = self.blank(end);
            match self.peek(at)? {
                b',' => at = self.blank(at + 1),
                b'}' => return Ok(at + 1),
                _ => return Err(Flaw::Invalid(at)),
            }
        }
    }

    /// What a key means that is short and has no escapes, as most are, and where it ends.
    #[inline]
    fn short_key(&self, at: usize, node: Node) -> Option<(usize, Option<&'static paths::Path>)> {
        let step = *self.text.get(at..)?.first_chunk()?;
        let length = text::special_in(step);
        (step.get(length) == Some(&b'"')).then(|| (at + length + 1, paths::find_short(node, step, length)))
    }

    /// Notes the value at `at`; of two values under one key the last counts, `null` is none.
    fn keep(&mut self, at: usize, path: &paths::Path) -> Scan<usize> {
        let end = match path.into {
            Some(node) => {
                let is_object = self.peek(at)? == b'{';
                self.spans.enter(node);
                if node == Node::Payload {
                    self.spans.payload = is_object.then_some(path.slot);
                }
                if is_object { self.walk(at, node)? } else { self.skip(at, MAX_DEPTH - 1)? }
            }
            None => self.skip(at, MAX_DEPTH - 1)?,
        };
        let is_null = self.text[at] == b'n';
        self.spans.set(path.slot, if is_null { Span::default() } else { Span::new(at, end) });
        Ok(end)
    }

    /// Skips the value at `at`, checking it and that it has no more than `levels` levels.
    #[inline]
    fn skip(&mut self, at: usize, levels: usize) -> Scan<usize> {
        match self.peek(at)? {
            b'"' => self.string(at + 1),
            _ => self.skip_any(at, levels),
        }
    }

    /// The same for any value. Open brackets are kept as bits: one for an object.
    fn skip_any(&mut self, mut at: usize, levels: usize) -> Scan<usize> {
        let mut objects = [0u64; ROOM / 64];
        let mut depth = 0;
        loop {
            // A value starts here.
            let open = self.peek(at)?;
            at = match open {
                b'"' => self.string(at + 1)?,
                b'{' | b'[' => {
                    if depth == levels {
                        return Err(Flaw::TooDeep(at));
                    }
                    let is_object = open == b'{';
                    at = self.blank(at + 1);
                    let close = if is_object { b'}' } else { b']' };
                    if self.peek(at)? == close {
                        at + 1
                    } else {
                        let bit = 1 << (depth % 64);
                        let word = &mut objects[depth / 64];
                        *word = if is_object { *word | bit } else { *word & !bit };
                        depth += 1;
                        if is_object {
                            at = self.key(at)?;
                        }
                        continue;
                    }
                }
                b'-' | b'0'..=b'9' => self.number(at)?,
                b't' => self.literal(at, b"true")?,
                b'f' => self.literal(at, b"false")?,
                b'n' => self.literal(at, b"null")?,
                _ => return Err(Flaw::Invalid(at)),
            };
            // A value ended here: close what it closes, up to the next one.
            loop {
                if depth == 0 {
                    return Ok(at);
                }
                let is_object = objects[(depth - 1) / 64] >> ((depth - 1) % 64) & 1 == 1;
                at = self.blank(at);
                match (self.peek(at)?, is_object) {
                    (b',', true) => {
                        let key = self.blank(at + 1);
                        at = self.key(key)?;
                        break;
                    }
                    (b',', false) => {
                        at = self.blank(at + 1);
                        break;
                    }
                    (b'}', true) | (b']', false) => {
                        depth -= 1;
                        at += 1;
                    }
                    _ => return Err(Flaw::Invalid(at)),
                }
            }
        }
    }

    /// Skips `"key" :` and the blanks behind it.
    fn key(&mut self, at: usize) -> Scan<usize> {
        if self.peek(at)? != b'"' {
            return Err(Flaw::Invalid(at));
        }
        let end = self.string(at + 1)?;
        let colon = self.blank(end);
        if self.peek(colon)? != b':' {
            return Err(Flaw::Invalid(colon));
        }
        Ok(self.blank(colon + 1))
    }

    /// From behind the opening quote to behind the closing one.
    fn string(&mut self, mut at: usize) -> Scan<usize> {
        loop {
            at += text::special(&self.text[at..]);
            match self.peek(at)? {
                b'"' => return Ok(at + 1),
                b'\\' => at = self.escape(at)?,
                _ => return Err(Flaw::Invalid(at)),
            }
        }
    }

    /// From the backslash of an escape to behind the escape.
    fn escape(&mut self, at: usize) -> Scan<usize> {
        match self.peek(at + 1)? {
            b'"' | b'\\' | b'n' | b'r' | b't' => Ok(at + 2),
            b'/' | b'b' | b'f' => {
                self.spans.is_foreign = true;
                Ok(at + 2)
            }
            b'u' => {
                self.spans.is_foreign = true;
                match self.unit(at)? {
                    0xD800..=0xDBFF if self.is_low_surrogate(at + 6) => Ok(at + 12),
                    0xD800..=0xDFFF => {
                        self.spans.is_torn = true;
                        Ok(at + 6)
                    }
                    _ => Ok(at + 6),
                }
            }
            _ => Err(Flaw::Invalid(at)),
        }
    }

    fn is_low_surrogate(&self, at: usize) -> bool {
        self.text.get(at..at + 2) == Some(b"\\u") && matches!(self.unit(at), Ok(0xDC00..=0xDFFF))
    }

    /// The UTF-16 unit of the escape `\uHHHH` at `at`.
    fn unit(&self, at: usize) -> Scan<u16> {
        let mut unit = 0;
        for i in at + 2..at + 6 {
            let digit = (self.peek(i)? as char).to_digit(16).ok_or(Flaw::Invalid(i))?;
            unit = unit << 4 | digit as u16;
        }
        Ok(unit)
    }

    fn number(&self, mut at: usize) -> Scan<usize> {
        if self.text[at] == b'-' {
            at += 1;
        }
        match self.peek(at)? {
            b'0' => at += 1,
            b'1'..=b'9' => at = self.digits(at),
            _ => return Err(Flaw::Invalid(at)),
        }
        if self.text.get(at) == Some(&b'.') {
            at = self.some_digits(at + 1)?;
        }
        if let Some(b'e' | b'E') = self.text.get(at) {
            at += 1;
            if let Some(b'+' | b'-') = self.text.get(at) {
                at += 1;
            }
            at = self.some_digits(at)?;
        }
        Ok(at)
    }

    fn digits(&self, mut at: usize) -> usize {
        while self.text.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        at
    }

    fn some_digits(&self, at: usize) -> Scan<usize> {
        if !self.peek(at)?.is_ascii_digit() {
            return Err(Flaw::Invalid(at));
        }
        Ok(self.digits(at))
    }

    fn literal(&self, at: usize, word: &[u8]) -> Scan<usize> {
        let rest = &self.text[at..];
        if rest.starts_with(word) {
            Ok(at + word.len())
        } else if word.starts_with(rest) {
            Err(Flaw::Incomplete)
        } else {
            Err(Flaw::Invalid(at))
        }
    }
}

/// Replaces every escaped surrogate without its partner by `\ufffd`, which is as long.
/// Call it on a scanned object that [is torn](Spans::is_torn): all places in it stay what they are.
pub(crate) fn mend_surrogates(text: &mut [u8]) {
    let unit = |text: &[u8], at: usize| -> Option<u16> {
        let hex = text.get(at..at + 6)?.strip_prefix(b"\\u")?;
        hex.iter().try_fold(0, |unit, &b| Some(unit << 4 | (b as char).to_digit(16)? as u16))
    };
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| memchr::memchr(b'\\', rest)) {
        at += found;
        match (unit(text, at), unit(text, at + 6)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => at += 12,
            (Some(0xD800..=0xDFFF), _) => {
                text[at..at + 6].copy_from_slice(b"\\ufffd");
                at += 6;
            }
            _ => at += 2,
        }
    }
}
