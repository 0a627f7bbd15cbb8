//! A row -> a line in the LogEntry dialect.

use super::time;
use super::value::Value;
use crate::entry::Entry;
use crate::entry::canon::Canon;
use crate::entry::scan::{self, Spans};
use crate::entry::text::{self, Text};
use crate::source::bigquery::error::Error;
use crate::source::bigquery::sql::{Out, OutKind};

/// Turns rows into entries, [pages](Lines::read) of JSON as well as [batches](Lines::read_batch) of Arrow.
/// All rows of a slice have the same columns.
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

/// What becomes of a value.
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

/// A row in the making: what its line does not hold yet.
#[derive(Debug)]
pub(super) struct Row<'v> {
    /// Of the column that comes next.
    number: usize,
    labels: [Value<'v>; LABELS.len()],
    stream: Value<'v>,
    has_resource: bool,
    has_log: bool,
    is_marked: bool,
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

    /// The names of the columns, in order.
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.columns.iter().map(|(_, name)| *name)
    }

    /// Begins the next row's line.
    pub(super) fn begin<'v>(&mut self) -> Row<'v> {
        self.line.clear();
        self.line.push(b'{');
        Row {
            number: 0,
            labels: [Value::Null; LABELS.len()],
            stream: Value::Null,
            has_resource: false,
            has_log: false,
            is_marked: false,
        }
    }

    /// Takes the value of the next column; `None` where there are no more of them.
    pub(super) fn put<'v>(&mut self, row: &mut Row<'v>, value: Value<'v>) -> Option<()> {
        let (role, name) = *self.columns.get(row.number)?;
        row.number += 1;
        let before = self.line.len();
        let is_written = match role {
            Role::Label(label) => {
                row.labels[label] = value;
                false
            }
            Role::Stream => {
                row.stream = value;
                false
            }
            _ => self.push(role, name, value),
        };
        match name {
            // Only an object tells the dialect.
            "resource" if !self.line.ends_with(b"}") => self.line.truncate(before),
            "resource" => row.has_resource |= is_written,
            "logName" => row.has_log |= is_written,
            "insertId" | "textPayload" | "jsonPayload" | "protoPayload" => row.is_marked |= is_written,
            _ => {}
        }
        Some(())
    }

    /// Ends the line: the row's entry. `None` where columns are missing, or the row has more levels than an
    /// entry may have.
    pub(super) fn end(&mut self, mut row: Row) -> Option<Entry<'_>> {
        if row.number != self.columns.len() {
            return None;
        }
        if !row.has_log && !matches!(row.stream, Value::Null) {
            self.key("logName");
            self.line.extend_from_slice(b"\"projects/-/logs/");
            self.contents(row.stream);
            self.line.push(b'"');
            row.has_log = true;
        }
        if !row.has_log && !row.is_marked {
            self.key("textPayload"); // tells the dialect
            self.line.extend_from_slice(b"\"\"");
        }
        if !row.has_resource {
            // The query took care of other types of resources.
            self.key("resource");
            self.line.extend_from_slice(b"{\"type\":\"k8s_container\",\"labels\":{");
            for ((_, key), value) in LABELS.into_iter().zip(row.labels) {
                if !matches!(value, Value::Null) {
                    self.key(key);
                    self.string(value);
                }
            }
            self.line.extend_from_slice(b"}}");
        }
        self.line.push(b'}');
        scan::object(&self.line, &mut self.spans).ok().filter(|end| *end == self.line.len())?;
        if self.spans.is_torn {
            scan::mend_surrogates(&mut self.line);
            self.mended += 1;
        }
        let line = simdutf8::basic::from_utf8(&self.line).ok()?;
        Some(Entry::scanned(line, &self.spans))
    }

    /// Writes a member; false where there is nothing to write.
    fn push(&mut self, role: Role, name: &str, value: Value) -> bool {
        if matches!(value, Value::Null) {
            return false;
        }
        let start = self.line.len();
        self.key(name);
        let is_written = match (role, value) {
            (Role::Json, value) => self.json(value),
            (Role::Time, Value::Escaped(text) | Value::Plain(text) | Value::Bare(text)) => {
                match time::read(text) {
                    Some(stamp) => {
                        self.line.push(b'"');
                        stamp.push_utc(6, &mut self.line);
                        self.line.push(b'"');
                    }
                    None => self.string(value),
                }
                true
            }
            _ => {
                self.string(value);
                true
            }
        };
        if !is_written {
            self.line.truncate(start);
        }
        is_written
    }

    /// Writes a value as JSON in the canon; false where nothing is left of it.
    fn json(&mut self, value: Value) -> bool {
        match value {
            Value::Null => false,
            Value::Bare(json) => self.canon.push(json, &mut self.line),
            Value::Native(native, row) => native.push(row, &mut self.canon, &mut self.line),
            Value::Object(members, row) => {
                self.line.push(b'{');
                let empty = self.line.len();
                for (key, member) in members {
                    let start = self.line.len();
                    self.line.extend_from_slice(if start > empty { b"," } else { b"" });
                    self.line.extend_from_slice(key);
                    let is_left = match member.value(row) {
                        text @ Value::Plain(_) => {
                            self.string(text);
                            true
                        }
                        value => self.json(value),
                    };
                    if !is_left {
                        self.line.truncate(start);
                    }
                }
                self.line.push(b'}');
                self.line.len() > empty + 1
            }
            Value::Time(_) => {
                self.string(value);
                true
            }
            Value::Escaped(_) | Value::Plain(_) => {
                // JSON that comes as text.
                self.json.clear();
                let text = match value {
                    Value::Escaped(raw) => {
                        Text::Json(raw).push_to(&mut self.json);
                        simdutf8::basic::from_utf8(&self.json).unwrap_or_default()
                    }
                    Value::Plain(text) => text,
                    _ => "",
                };
                match checked(text) {
                    Some(json) => self.canon.push(json, &mut self.line),
                    // No JSON after all, or too deep: a text then, whole.
                    None => {
                        self.string(value);
                        true
                    }
                }
            }
        }
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

    fn string(&mut self, value: Value) {
        self.line.push(b'"');
        self.contents(value);
        self.line.push(b'"');
    }

    /// Writes a value as the contents of a string.
    fn contents(&mut self, value: Value) {
        match value {
            Value::Null | Value::Object(..) => {}
            Value::Escaped(raw) => text::respell(raw, &mut self.line),
            Value::Plain(text) | Value::Bare(text) => text::escape(text, &mut self.line),
            Value::Time(micros) => time::push_micros(micros, &mut self.line),
            Value::Native(native, row) => native.push_text(row, &mut self.line),
        }
    }
}

/// The JSON in a text, if it is sound, and not too deep.
pub(super) fn checked(text: &str) -> Option<&str> {
    let json = text.trim_ascii_end();
    (scan::value(json.as_bytes()) == Ok(json.len())).then_some(json)
}

pub(super) fn unlike(how: String) -> Error {
    let message = format!("the result {how}");
    Error::Api { status: 200, reason: None, message, retry_after: None }
}
