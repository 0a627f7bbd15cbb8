//! The rows of a page, as they stand in its JSON.

use std::ops::{ControlFlow, Range};

use super::line::{Lines, unlike};
use super::page::Page;
use super::value::Value;
use crate::entry::Entry;
use crate::entry::scan::{self, Spans};
use crate::entry::text::Text;
use crate::source::bigquery::error::Error;
use crate::source::bigquery::schema::Schema;

impl Lines {
    /// Hands the entries of a page to `see`, until it breaks off. Fails where the page is not of the
    /// columns that were asked for.
    pub(crate) fn read(
        &mut self,
        page: &Page,
        mut see: impl FnMut(&Entry) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, Error> {
        let is_other = |schema: &&Schema| !schema.0.iter().map(|column| column.name.as_str()).eq(self.names());
        if let Some(schema) = page.head.schema.as_ref().filter(is_other) {
            let names: Vec<&str> = schema.0.iter().map(|column| column.name.as_str()).collect();
            let asked = self.names().count();
            return Err(unlike(format!("has the columns {}, not the {asked} that were asked for", names.join(", "))));
        }
        let Some(rows) = page.rows() else { return Ok(ControlFlow::Continue(())) };
        let odd = |at| unlike(format!("holds something else than rows, at byte {at} of them"));
        if let Some(cells) = &page.cells {
            for cells in cells.rows() {
                let mut row = self.begin();
                for cell in cells {
                    self.put(&mut row, cell.value(rows)).ok_or_else(|| odd(cell.start as usize))?;
                }
                if see(&self.end(row).ok_or_else(|| odd(cells[0].start as usize))?).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
            return Ok(ControlFlow::Continue(()));
        }
        let mut walk = Walk::new(rows);
        walk.array(|walk| {
            let mut row = self.begin();
            walk.member("f", |walk| {
                let cells = walk.array(|walk| {
                    let cell = walk.cell()?;
                    self.put(&mut row, cell).map(ControlFlow::Continue)
                });
                cells.map(drop)
            })?;
            Some(see(&self.end(row)?))
        })
        .ok_or_else(|| odd(walk.at))
    }
}

/// What a cell holds; `is_foreign` unless it is escaped as lq does it.
pub(super) fn value(json: &str, is_foreign: bool) -> Value<'_> {
    match Text::of_value(json) {
        Some(Text::Json(raw)) if is_foreign => Value::Escaped(raw),
        Some(Text::Json(raw)) => Value::Spelt(raw),
        _ if json == "null" => Value::Null,
        _ => Value::Bare(json),
    }
}

/// A walk over JSON, checked to the letter as far as it comes. All functions give `None` where it is not sound, or not
/// of the expected shape.
pub(super) struct Walk<'p> {
    text: &'p str,
    pub at: usize,
    spans: Spans,
}

impl<'p> Walk<'p> {
    pub(super) fn new(text: &'p str) -> Self {
        Walk { text, at: 0, spans: Spans::default() }
    }

    fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while let Some(byte) = bytes.get(self.at) {
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Some(*byte);
            }
            self.at += 1;
        }
        None
    }

    pub(super) fn skip_blanks(&mut self) {
        self.peek();
    }

    fn eat(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.eat(byte).then_some(())
    }

    /// Calls `see` in front of each element, which it must walk over.
    pub(super) fn array(
        &mut self,
        mut see: impl FnMut(&mut Self) -> Option<ControlFlow<()>>,
    ) -> Option<ControlFlow<()>> {
        self.expect(b'[')?;
        if self.eat(b']') {
            return Some(ControlFlow::Continue(()));
        }
        loop {
            if see(self)?.is_break() {
                return Some(ControlFlow::Break(()));
            }
            if !self.eat(b',') {
                self.expect(b']')?;
                return Some(ControlFlow::Continue(()));
            }
        }
    }

    /// Calls `see` in front of the value of the object's member `key`, which it must walk over; other
    /// members are skipped. There must be one.
    pub(super) fn member<T>(&mut self, key: &str, mut see: impl FnMut(&mut Self) -> Option<T>) -> Option<T> {
        let mut found = None;
        self.expect(b'{')?;
        while self.peek()? == b'"' {
            let is_key = self.value()?.get(1..).and_then(|name| name.strip_suffix('"')) == Some(key);
            self.expect(b':')?;
            match is_key {
                true if found.is_some() => return None,
                true => found = Some(see(self)?),
                false => self.value().map(drop)?,
            }
            if !self.eat(b',') {
                break;
            }
        }
        self.expect(b'}')?;
        found
    }

    fn cell(&mut self) -> Option<Value<'p>> {
        Some(value(self.member("v", Self::value)?, true))
    }

    /// The value that comes next, as it stands.
    fn value(&mut self) -> Option<&'p str> {
        let place = self.place()?;
        self.text.get(place)
    }

    /// Walks over `token`, if it comes next, and at once.
    pub(super) fn token(&mut self, token: &[u8]) -> Option<()> {
        let rest = self.text.as_bytes().get(self.at..)?;
        self.at += if rest.starts_with(token) { token.len() } else { return None };
        Some(())
    }

    /// The place of the value that comes next, and whether lq would escape its strings otherwise.
    pub(super) fn marked_place(&mut self) -> Option<(Range<usize>, bool)> {
        self.spans.is_foreign = false;
        let place = self.place()?;
        Some((place, self.spans.is_foreign))
    }

    /// The place of the value that comes next.
    pub(super) fn place(&mut self) -> Option<Range<usize>> {
        self.peek()?;
        let start = self.at;
        self.at = scan::value_at(self.text.as_bytes(), start, &mut self.spans).ok()?;
        Some(start..self.at)
    }

    /// True where nothing but blanks follows.
    pub(super) fn is_over(&mut self) -> bool {
        self.peek().is_none()
    }
}
