//! A piece of text as it stands in a line: the escaped contents of a JSON string, or plain bytes of
//! a line that is no JSON. Unescaped only when somebody asks.

use std::borrow::Cow;

use super::steps;

/// Borrowed text of an entry.
#[derive(Clone, Copy, Debug)]
pub enum Text<'a> {
    /// What stands between the quotes of a JSON string, escapes included.
    Json(&'a str),
    /// Text that stands for itself.
    Plain(&'a str),
}

impl<'a> Text<'a> {
    /// The text of a JSON string with its quotes; `None` for any other value.
    pub(crate) fn of_value(value: &'a str) -> Option<Self> {
        match value.as_bytes() {
            [b'"', .., b'"'] => value.get(1..value.len() - 1).map(Text::Json),
            _ => None,
        }
    }

    /// The text itself, without copying where nothing is escaped.
    pub fn to_cow(self) -> Cow<'a, str> {
        match self {
            Text::Plain(text) => Cow::Borrowed(text),
            Text::Json(raw) if backslash(raw.as_bytes()).is_none() => Cow::Borrowed(raw),
            Text::Json(raw) => {
                let mut out = String::with_capacity(raw.len());
                unescape(raw, |piece| out.push_str(piece));
                Cow::Owned(out)
            }
        }
    }

    /// The text itself, put into `room` only where something is escaped.
    pub(crate) fn unescaped(self, room: &'a mut String) -> &'a str {
        match self {
            Text::Json(raw) if backslash(raw.as_bytes()).is_some() => {
                room.clear();
                unescape(raw, |piece| room.push_str(piece));
                room
            }
            Text::Json(text) | Text::Plain(text) => text,
        }
    }

    /// Appends the text itself.
    pub fn push_to(self, out: &mut Vec<u8>) {
        match self {
            Text::Plain(text) => out.extend_from_slice(text.as_bytes()),
            Text::Json(raw) => push_unescaped(raw, out),
        }
    }

    /// Appends the text as the contents of a JSON string, without quotes.
    pub fn push_json(self, out: &mut Vec<u8>) {
        match self {
            Text::Json(raw) => out.extend_from_slice(raw.as_bytes()),
            Text::Plain(text) => escape(text, out),
        }
    }

    /// Without the one line end that may close it.
    pub(crate) fn without_newline(self) -> Self {
        match self {
            Text::Plain(text) => Text::Plain(text.strip_suffix('\n').unwrap_or(text)),
            Text::Json(raw) => {
                let newline = ["\\n", "\\u000a", "\\u000A"].into_iter().find_map(|escape| raw.strip_suffix(escape));
                let Some(rest) = newline else { return self };
                // A backslash begins an escape only behind an even number of them.
                let backslashes = rest.bytes().rev().take_while(|&b| b == b'\\').count();
                if backslashes % 2 == 0 { Text::Json(rest) } else { self }
            }
        }
    }

    /// True where the text is empty.
    pub fn is_empty(self) -> bool {
        match self {
            Text::Json(text) | Text::Plain(text) => text.is_empty(),
        }
    }
}

impl PartialEq<str> for Text<'_> {
    fn eq(&self, other: &str) -> bool {
        match self {
            Text::Plain(text) => *text == other,
            Text::Json(raw) => *raw == other && backslash(raw.as_bytes()).is_none() || self.to_cow() == other,
        }
    }
}

/// The place of the first backslash. Most texts are short, for which a call of memchr takes longer than the look.
fn backslash(text: &[u8]) -> Option<usize> {
    steps::find(text, steps::one_of(*b"\\"))
}

/// Appends what the contents `raw` of a scanned JSON string mean: fast where escapes are many, as in JSON in a string.
fn push_unescaped(raw: &str, out: &mut Vec<u8>) {
    const STEP: usize = steps::STEP;
    let bytes = raw.as_bytes();
    let mut from = backslash(bytes).unwrap_or(bytes.len());
    out.extend_from_slice(&bytes[..from]);
    // Nothing is longer than its escape.
    let mut to = out.len();
    out.resize(to + bytes.len() - from, 0);
    // Where the escapes of a step are is found at once. From each place as much is copied as a step has, and counts as
    // far as the next escape, which may be the last byte of the step.
    while let Some(step) = bytes.get(from..from + 2 * STEP).and_then(|steps| steps.first_chunk::<STEP>()) {
        let start = from;
        let mut escapes = steps::places(*step, steps::one_of(*b"\\"));
        loop {
            let next = start + (escapes.trailing_zeros() as usize).min(STEP);
            out[to..to + STEP].copy_from_slice(&bytes[from..from + STEP]);
            (from, to) = (next, to + next - from);
            if next == start + STEP {
                break;
            }
            out[to] = match bytes[from + 1] {
                c @ (b'"' | b'\\' | b'/') => c,
                b'n' => b'\n',
                b't' => b'\t',
                b'r' => b'\r',
                _ => {
                    let end = escape_end(bytes, from);
                    unescape(raw.get(from..end).unwrap_or_default(), |piece| {
                        out[to..to + piece.len()].copy_from_slice(piece.as_bytes());
                        to += piece.len();
                    });
                    from = end;
                    break;
                }
            };
            (from, to) = (from + 2, to + 1);
            escapes &= u32::MAX.checked_shl((from - start) as u32).unwrap_or(0);
            if from > start + STEP {
                break;
            }
        }
    }
    // The last step may have ended within a character.
    let within = from - raw.floor_char_boundary(from);
    (from, to) = (from - within, to - within);
    out.truncate(to);
    unescape(raw.get(from..).unwrap_or_default(), |piece| out.extend_from_slice(piece.as_bytes()));
}

/// The position behind the escape at `at`: of half a pair that has its other half, behind that.
fn escape_end(bytes: &[u8], at: usize) -> usize {
    let is_unit = |at: usize, digits: &[u8]| match bytes.get(at..at + 4) {
        Some([b'\\', b'u', b'd' | b'D', digit]) => digits.contains(digit),
        _ => false,
    };
    let length = match bytes.get(at + 1) {
        Some(b'u') if is_unit(at, b"89abAB") && is_unit(at + 6, b"cdefCDEF") => 12,
        Some(b'u') => 6,
        _ => 2,
    };
    (at + length).min(bytes.len())
}

/// Hands out, piece by piece, what the contents `raw` of a scanned JSON string mean.
fn unescape(raw: &str, mut put: impl FnMut(&str)) {
    let mut rest = raw;
    while let Some(at) = backslash(rest.as_bytes()) {
        put(&rest[..at]);
        let escape = rest.as_bytes().get(at + 1).copied().unwrap_or(b'\\');
        let mut end = (at + 2).min(rest.len());
        match escape {
            b'n' => put("\n"),
            b't' => put("\t"),
            b'r' => put("\r"),
            b'b' => put("\u{8}"),
            b'f' => put("\u{c}"),
            b'u' => {
                let unit = |at: usize| rest.get(at..at + 4).and_then(|hex| u16::from_str_radix(hex, 16).ok());
                let second = rest.get(at + 6..at + 8).filter(|escape| *escape == "\\u").and_then(|_| unit(at + 8));
                let units = [unit(at + 2).unwrap_or(0xFFFD), second.unwrap_or(0)];
                let pair = (0xD800..0xDC00).contains(&units[0]) && (0xDC00..0xE000).contains(&units[1]);
                let units = if pair { &units[..] } else { &units[..1] };
                for c in char::decode_utf16(units.iter().copied()) {
                    put(c.unwrap_or(char::REPLACEMENT_CHARACTER).encode_utf8(&mut [0; 4]));
                }
                end = (at + if pair { 12 } else { 6 }).min(rest.len());
            }
            _ => put(rest.get(at + 1..end).unwrap_or_default()),
        }
        rest = rest.get(end..).unwrap_or_default();
    }
    put(rest);
}

/// Appends `text` as the contents of a JSON string.
pub(crate) fn escape(text: &str, out: &mut Vec<u8>) {
    let mut rest = text.as_bytes();
    loop {
        let plain = special(rest);
        out.extend_from_slice(&rest[..plain]);
        let Some(&byte) = rest.get(plain) else { return };
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\t' => out.extend_from_slice(b"\\t"),
            b'\r' => out.extend_from_slice(b"\\r"),
            _ => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
        }
        rest = &rest[plain + 1..];
    }
}

/// Appends the contents `raw` of a JSON string, escaped as lq itself escapes: Google's servers write
/// `<`, `>`, `&`, `'` and `=` as `\u003c` and so on, which no log had.
pub(crate) fn respell(raw: &str, out: &mut Vec<u8>) {
    let bytes = raw.as_bytes();
    let mut kept = 0;
    let mut from = 0;
    while let Some(found) = bytes.get(from..).and_then(backslash) {
        let at = from + found;
        if let Some(b'"' | b'\\' | b'n' | b't' | b'r') = bytes.get(at + 1) {
            from = at + 2;
            continue;
        }
        from = escape_end(bytes, at);
        out.extend_from_slice(&bytes[kept..at]);
        unescape(raw.get(at..from).unwrap_or_default(), |piece| escape(piece, out));
        kept = from;
    }
    out.extend_from_slice(&bytes[kept..]);
}

/// Appends the JSON value `value` without the blanks between its tokens.
pub(crate) fn compact(value: &str, out: &mut Vec<u8>) {
    let bytes = value.as_bytes();
    let mut at = 0;
    let mut kept = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => at = string_end(bytes, at),
            b' ' | b'\t' | b'\r' | b'\n' => {
                out.extend_from_slice(&bytes[kept..at]);
                at += 1;
                kept = at;
            }
            _ => at += 1,
        }
    }
    out.extend_from_slice(&bytes[kept..]);
}

/// The position behind the string whose opening quote is at `at`.
pub(crate) fn string_end(bytes: &[u8], mut at: usize) -> usize {
    at += 1;
    loop {
        at += special(bytes.get(at..).unwrap_or_default());
        match bytes.get(at) {
            None => return bytes.len(),
            Some(b'"') => return at + 1,
            Some(b'\\') => at += 2,
            Some(_) => at += 1,
        }
    }
}

/// [`special`] for one step.
#[inline(always)]
pub(super) fn special_in(step: [u8; steps::STEP]) -> usize {
    let mark = steps::one_of(*b"\"\\");
    steps::find_in(step, |step| mark(step) | steps::control(step))
}

/// How many bytes of `text` stand before the first quote, backslash or control character.
#[inline]
pub(crate) fn special(text: &[u8]) -> usize {
    let mark = steps::one_of(*b"\"\\");
    steps::find(text, |step| mark(step) | steps::control(step)).unwrap_or(text.len())
}
