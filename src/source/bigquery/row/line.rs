//! A row -> a line in the LogEntry dialect.

use std::ops::ControlFlow;

use super::page::Page;
use super::time;
use crate::entry::Entry;
use crate::entry::canon::Canon;
use crate::entry::scan::{self, Spans};
use crate::entry::text::{self, Text};
use crate::source::bigquery::error::Error;
use crate::source::bigquery::schema::Schema;
use crate::source::bigquery::sql::{Out, OutKind};

/// Turns the rows of pages into entries. All pages of a job have the same columns.
#[derive(Debug)]
pub(crate) struct Lines {
    columns: Vec<(Role, &'static str)>,
    canon: Canon,
    line: Vec<u8>,
    /// JSON that stood in a string.
    json: Vec<u8>,
    spans: Spans,
    /// How many rows held half a surrogate pair: U+FFFD stands for it now.
    pub mended: u64,
}

/// What becomes of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Time,
    Text,
    Json,
    /// A label of the made-up resource, by its place in [`LABELS`].
    Label(usize),
    Stream,
}

/// Columns that stand for labels of the resource.
const LABELS: [(&str, &str); 4] = [
    ("cluster", "cluster_name"),
    ("container", "container_name"),
    ("namespace", "namespace_name"),
    ("pod", "pod_name"),
];

/// The value of a cell.
#[derive(Clone, Copy, Debug)]
enum Cell<'p> {
    Null,
    /// The contents of a string, escaped.
    Text(&'p str),
    /// Any other JSON.
    Bare(&'p str),
}

impl Lines {
    pub(crate) fn new(columns: &[Out]) -> Self {
        let role = |out: &Out| match (LABELS.iter().position(|(name, _)| *name == out.name), out.kind) {
            (Some(label), _) => Role::Label(label),
            (None, _) if out.name == "stream" => Role::Stream,
            (None, OutKind::Time) => Role::Time,
            (None, OutKind::Text) => Role::Text,
            (None, OutKind::Json) => Role::Json,
        };
        Lines {
            columns: columns.iter().map(|out| (role(out), out.name)).collect(),
            canon: Canon::default(),
            line: Vec::new(),
            json: Vec::new(),
            spans: Spans::default(),
            mended: 0,
        }
    }

    /// Hands the entries of a page to `see`, until it breaks off. Fails where the page is not of the
    /// columns that were asked for.
    pub(crate) fn read(
        &mut self,
        page: &Page,
        mut see: impl FnMut(&Entry) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, Error> {
        let count = self.columns.len();
        let names = || self.columns.iter().map(|(_, name)| *name);
        let is_other = |schema: &&Schema| !schema.0.iter().map(|column| column.name.as_str()).eq(names());
        if let Some(schema) = page.head.schema.as_ref().filter(is_other) {
            let names: Vec<&str> = schema.0.iter().map(|column| column.name.as_str()).collect();
            return Err(unlike(format!("has the columns {}, not the {count} that were asked for", names.join(", "))));
        }
        let Some(rows) = page.rows() else { return Ok(ControlFlow::Continue(())) };
        let mut walk = Walk { text: rows, at: 0 };
        let odd = |walk: &Walk| unlike(format!("holds something else than rows, at byte {} of them", walk.at));
        walk.array(|walk| {
            self.row(walk)?;
            Some(match self.entry() {
                Some(entry) => see(&entry),
                None => return None,
            })
        })
        .ok_or_else(|| odd(&walk))
    }

    /// Writes the next row's line.
    fn row(&mut self, walk: &mut Walk) -> Option<()> {
        self.line.clear();
        self.line.push(b'{');
        let mut labels = [Cell::Null; LABELS.len()];
        let mut stream = Cell::Null;
        let mut number = 0;
        let mut has_resource = false;
        let mut has_log = false;
        let mut is_marked = false;
        walk.member("f", |walk| {
            walk.array(|walk| {
                let (role, name) = *self.columns.get(number)?;
                number += 1;
                let cell = walk.cell()?;
                let before = self.line.len();
                let is_written = match role {
                    Role::Label(label) => {
                        labels[label] = cell;
                        false
                    }
                    Role::Stream => {
                        stream = cell;
                        false
                    }
                    _ => self.push(role, name, cell),
                };
                match name {
                    // Only an object tells the dialect.
                    "resource" if !self.line.ends_with(b"}") => self.line.truncate(before),
                    "resource" => has_resource |= is_written,
                    "logName" => has_log |= is_written,
                    "insertId" | "textPayload" | "jsonPayload" | "protoPayload" => is_marked |= is_written,
                    _ => {}
                }
                Some(ControlFlow::Continue(()))
            })
            .map(drop)
        })?;
        if number != self.columns.len() {
            return None;
        }
        if !has_log && !matches!(stream, Cell::Null) {
            self.key("logName");
            self.line.extend_from_slice(b"\"projects/-/logs/");
            self.contents(stream);
            self.line.push(b'"');
            has_log = true;
        }
        if !has_log && !is_marked {
            self.line.extend_from_slice(if self.line.len() > 1 { b"," } else { b"" });
            self.line.extend_from_slice(b"\"textPayload\":\"\""); // tells the dialect
        }
        if !has_resource {
            // The query took care of other types of resources.
            self.key("resource");
            self.line.extend_from_slice(b"{\"type\":\"k8s_container\",\"labels\":{");
            for ((_, key), cell) in LABELS.into_iter().zip(labels) {
                if !matches!(cell, Cell::Null) {
                    self.key(key);
                    self.string(cell);
                }
            }
            self.line.extend_from_slice(b"}}");
        }
        self.line.push(b'}');
        Some(())
    }

    /// The entry of the line.
    fn entry(&mut self) -> Option<Entry<'_>> {
        scan::object(&self.line, &mut self.spans).ok().filter(|end| *end == self.line.len())?;
        if self.spans.is_torn {
            scan::mend_surrogates(&mut self.line);
            self.mended += 1;
        }
        let line = simdutf8::basic::from_utf8(&self.line).ok()?;
        Some(Entry::scanned(line, &self.spans))
    }

    /// Writes a member; false where there is nothing to write.
    fn push(&mut self, role: Role, name: &str, cell: Cell) -> bool {
        let start = self.line.len();
        let is_written = match (role, cell) {
            (_, Cell::Null) => return false,
            (Role::Json, Cell::Bare(json)) => {
                self.key(name);
                self.canon.push(json, &mut self.line)
            }
            (Role::Json, Cell::Text(raw)) => {
                self.json.clear();
                Text::Json(raw).push_to(&mut self.json);
                self.key(name);
                let json = self.json.trim_ascii_end();
                match simdutf8::basic::from_utf8(json) {
                    Ok(json) if scan::value(json.as_bytes()) == Ok(json.len()) => self.canon.push(json, &mut self.line),
                    // No JSON after all, or too deep: a text then, whole.
                    _ => {
                        self.string(cell);
                        true
                    }
                }
            }
            (Role::Time, Cell::Text(text) | Cell::Bare(text)) => {
                self.key(name);
                match time::read(text) {
                    Some(stamp) => {
                        self.line.push(b'"');
                        stamp.push_utc(6, &mut self.line);
                        self.line.push(b'"');
                    }
                    None => self.string(cell),
                }
                true
            }
            _ => {
                self.key(name);
                self.string(cell);
                true
            }
        };
        if !is_written {
            self.line.truncate(start);
        }
        is_written
    }

    /// Writes a comma where there is a member already, and the key.
    fn key(&mut self, name: &str) {
        if self.line.last() != Some(&b'{') {
            self.line.push(b',');
        }
        self.line.push(b'"');
        self.line.extend_from_slice(name.as_bytes());
        self.line.extend_from_slice(b"\":");
    }

    fn string(&mut self, cell: Cell) {
        self.line.push(b'"');
        self.contents(cell);
        self.line.push(b'"');
    }

    fn contents(&mut self, cell: Cell) {
        match cell {
            Cell::Null => {}
            Cell::Text(raw) => text::respell(raw, &mut self.line),
            Cell::Bare(json) => text::escape(json, &mut self.line),
        }
    }
}

fn unlike(how: String) -> Error {
    let message = format!("the result {how}");
    Error::Api { status: 200, reason: None, message, retry_after: None }
}

/// A walk over JSON that serde_json has seen to be sound. All functions give `None` where it is not of
/// the expected shape.
struct Walk<'p> {
    text: &'p str,
    at: usize,
}

impl<'p> Walk<'p> {
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

    fn eat(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.eat(byte).then_some(())
    }

    /// Calls `see` in front of each element, which it must walk over.
    fn array(&mut self, mut see: impl FnMut(&mut Self) -> Option<ControlFlow<()>>) -> Option<ControlFlow<()>> {
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
    /// members are skipped.
    fn member<T>(&mut self, key: &str, mut see: impl FnMut(&mut Self) -> Option<T>) -> Option<T> {
        let mut found = None;
        self.expect(b'{')?;
        while self.peek()? == b'"' {
            let is_key = self.value()?.get(1..).and_then(|name| name.strip_suffix('"')) == Some(key);
            self.expect(b':')?;
            if is_key && found.is_none() {
                found = Some(see(self)?);
            } else {
                self.value()?;
            }
            if !self.eat(b',') {
                break;
            }
        }
        self.expect(b'}')?;
        found
    }

    fn cell(&mut self) -> Option<Cell<'p>> {
        self.member("v", Self::value).map(|value| match Text::of_value(value) {
            Some(Text::Json(raw)) => Cell::Text(raw),
            _ if value == "null" => Cell::Null,
            _ => Cell::Bare(value),
        })
    }

    /// The value that comes next, as it stands.
    fn value(&mut self) -> Option<&'p str> {
        let is_string = self.peek()? == b'"';
        let start = self.at;
        let bytes = self.text.as_bytes();
        self.at = match is_string {
            true => text::string_end(bytes, start),
            false => start + scan::value(&bytes[start..]).ok()?,
        };
        self.text.get(start..self.at)
    }
}
