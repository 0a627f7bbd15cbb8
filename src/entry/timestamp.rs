//! When an entry happened, as its record says it.

use std::borrow::Cow;

use super::Entry;
use super::dialect::Dialect;
use super::paths::Slot;
use super::stamp::Stamp;
use super::text::Text;

impl<'a> Entry<'a> {
    /// When it happened, and with how many digits of the second's fraction that was said.
    pub(crate) fn stamp(&self) -> Option<(Stamp, usize)> {
        self.said_stamp().map(|(_, stamp, digits)| (stamp, digits))
    }

    /// When it happened, as RFC 3339 in UTC, with as many digits as it was said with.
    pub(super) fn utc(&self) -> Option<Cow<'a, str>> {
        let (text, stamp, digits) = self.said_stamp()?;
        if is_utc(text, digits) {
            return Some(Cow::Borrowed(text));
        }
        let mut text = Vec::with_capacity(32);
        stamp.push_utc(digits, &mut text);
        Some(Cow::Owned(String::from_utf8_lossy(&text).into_owned()))
    }

    /// True where its time, a string if it has one, stands in the line as [that](Self::utc). `stamp` gives the
    /// entry's own.
    pub(super) fn says_utc(&self, stamp: impl FnOnce() -> Option<(Stamp, usize)>) -> bool {
        let Some(value) = self.value(Slot::Timestamp) else { return true };
        stamp().is_some_and(|(_, digits)| is_utc(&value[1..value.len() - 1], digits))
    }

    /// How that stands in the line, and what it means.
    fn said_stamp(&self) -> Option<(&'a str, Stamp, usize)> {
        // No escape is part of a time: of one that is spelt with escapes nothing is read at first.
        let read = |slot| {
            let value = self.value(slot)?;
            let raw = value.strip_prefix('"')?.strip_suffix('"')?;
            let (stamp, digits) = Stamp::parse(raw).or_else(|| Stamp::parse(&Text::Json(raw).to_cow()))?;
            Some((raw, stamp, digits))
        };
        match self.dialect {
            Dialect::Plain | Dialect::Stern => None,
            Dialect::Object => read(Slot::Timestamp).or_else(|| read(Slot::Time)),
            _ => read(Slot::Timestamp),
        }
    }
}

/// True for a time of so many digits that [`Stamp::push_utc`] would write just so.
fn is_utc(text: &str, digits: usize) -> bool {
    let bare = "2026-11-21T16:00:00".len();
    let length = if digits == 0 { bare } else { bare + 1 + digits };
    // A leap second is the one that is written otherwise than read.
    text.len() == length + 1 && text.as_bytes()[10] == b'T' && text.ends_with('Z') && &text.as_bytes()[17..19] != b"60"
}
