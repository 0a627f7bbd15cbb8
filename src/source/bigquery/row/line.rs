//! A row -> a line in the LogEntry dialect.

use super::time;
use super::value::Value;
use crate::entry::Entry;
use crate::entry::canon::Canon;
use crate::entry::forms::LocalTime;
use crate::entry::paths::{self, Node, Path, Slot};
use crate::entry::scan::{self, Span, Spans};
use crate::entry::text::{self, Text};
use crate::entry::write::before;
use crate::source::bigquery::error::Error;
use crate::source::bigquery::sql::{Out, OutKind};
use crate::when::{Iana, Zone};

/// Turns rows into entries, [pages](Lines::read) of JSON as well as [batches](Lines::read_batch) of Arrow.
/// All rows of a slice have the same columns.
#[derive(Debug)]
pub(crate) struct Lines {
    columns: Vec<Column>,
    canon: Canon,
    utc: LocalTime,
    line: Vec<u8>,
    /// JSON that stood in a string.
    json: Vec<u8>,
    /// Of the line, as far as it is written.
    spans: Spans,
    /// How many rows held half a surrogate pair: U+FFFD stands for it now.
    pub mended: u64,
}

/// A column of all rows.
#[derive(Clone, Debug)]
struct Column {
    role: Role,
    name: &'static str,
    /// What stands before its value: `,"name":`.
    before: String,
    /// Where a line's place for its value is noted.
    path: Option<&'static Path>,
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
const LABELS: [(&str, &str, Slot); 4] = [
    ("cluster", before!("cluster_name"), Slot::ClusterName),
    ("container", before!("container_name"), Slot::ResourceContainer),
    ("namespace", before!("namespace_name"), Slot::NamespaceName),
    ("pod", before!("pod_name"), Slot::ResourcePod),
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
        let role = |out: &Out| match (LABELS.iter().position(|(name, ..)| *name == out.name), out.kind) {
            (Some(label), _) => Role::Label(label),
            (None, _) if out.name == "stream" => Role::Stream,
            (None, OutKind::Time) => Role::Time,
            (None, OutKind::Text) => Role::Text,
            (None, OutKind::Json) => Role::Json,
        };
        let column = |out: &Out| Column {
            role: role(out),
            name: out.name,
            before: format!(",\"{}\":", out.name),
            path: paths::find(Node::Root, out.name.as_bytes()),
        };
        Lines {
            columns: columns.iter().map(column).collect(),
            canon: Canon::default(),
            utc: LocalTime::new(Zone::Named(Iana::UTC)),
            line: Vec::new(),
            json: Vec::new(),
            spans: Spans::default(),
            mended: 0,
        }
    }

    /// The names of the columns, in order.
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.columns.iter().map(|column| column.name)
    }

    /// Begins the next row's line.
    pub(super) fn begin<'v>(&mut self) -> Row<'v> {
        self.line.clear();
        self.line.push(b'{');
        self.spans = Spans::default();
        Row {
            number: 0,
            labels: [Value::Null; LABELS.len()],
            stream: Value::Null,
            has_resource: false,
            has_log: false,
            is_marked: false,
        }
    }

    /// Takes the value of the next column; `None` where there are no more of them, or the value has more levels
    /// than an entry may have.
    pub(super) fn put<'v>(&mut self, row: &mut Row<'v>, value: Value<'v>) -> Option<()> {
        let number = row.number;
        let Column { role, path, .. } = *self.columns.get(number)?;
        row.number += 1;
        let is_written = match role {
            Role::Label(label) => {
                row.labels[label] = value;
                false
            }
            Role::Stream => {
                row.stream = value;
                false
            }
            _ => self.push(number, value)?,
        };
        match path.map(|path| path.slot) {
            Some(Slot::Resource) => row.has_resource |= is_written,
            Some(Slot::LogName) => row.has_log |= is_written,
            Some(Slot::InsertId | Slot::TextPayload | Slot::JsonPayload | Slot::ProtoPayload) => {
                row.is_marked |= is_written;
            }
            _ => {}
        }
        Some(())
    }

    /// Ends the line: the row's entry. `None` where columns are missing.
    pub(super) fn end(&mut self, mut row: Row) -> Option<Entry<'_>> {
        if row.number != self.columns.len() {
            return None;
        }
        if !row.has_log && !matches!(row.stream, Value::Null) {
            let start = key(before!("logName"), &mut self.line);
            self.line.extend_from_slice(b"\"projects/-/logs/");
            self.contents(row.stream);
            self.line.push(b'"');
            self.note(Slot::LogName, start);
            self.spans.keys += 1;
            row.has_log = true;
        }
        if !row.has_log && !row.is_marked {
            let start = key(before!("textPayload"), &mut self.line); // tells the dialect
            self.line.extend_from_slice(b"\"\"");
            self.note(Slot::TextPayload, start);
            self.spans.keys += 1;
        }
        if !row.has_resource {
            // The query took care of other types of resources.
            let resource = key(before!("resource"), &mut self.line);
            self.line.push(b'{');
            let kind = key(before!("type"), &mut self.line);
            self.line.extend_from_slice(b"\"k8s_container\"");
            self.note(Slot::ResourceType, kind);
            let labels = key(before!("labels"), &mut self.line);
            self.line.push(b'{');
            for ((_, before, slot), value) in LABELS.into_iter().zip(row.labels) {
                if !matches!(value, Value::Null) {
                    let start = key(before, &mut self.line);
                    self.string(value);
                    self.note(slot, start);
                }
            }
            self.line.push(b'}');
            self.note(Slot::ResourceLabels, labels);
            self.line.push(b'}');
            self.note(Slot::Resource, resource);
            self.spans.keys += 1;
        }
        self.line.push(b'}');
        if self.spans.is_torn {
            scan::mend_surrogates(&mut self.line);
            self.mended += 1;
        }
        let line = simdutf8::basic::from_utf8(&self.line).ok()?;
        Some(Entry::scanned(line, &self.spans))
    }

    /// Writes the column's member and notes its place; false where there is nothing to write.
    fn push(&mut self, number: usize, value: Value) -> Option<bool> {
        if matches!(value, Value::Null) {
            return Some(false);
        }
        let Column { role, path, ref before, .. } = *self.columns.get(number)?;
        let end = self.line.len();
        let start = key(before, &mut self.line);
        let is_written = match (role, value) {
            (Role::Json, value) => self.json(value),
            (Role::Time, Value::Escaped(text) | Value::Spelt(text) | Value::Plain(text) | Value::Bare(text)) => {
                match time::read(text) {
                    Some(stamp) => {
                        self.line.push(b'"');
                        self.utc.push(stamp, b'T', 6, &mut self.line);
                        self.line.extend_from_slice(b"Z\"");
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
        // Of a resource, only an object tells the dialect.
        let is_resource = path.is_some_and(|path| path.slot == Slot::Resource);
        if !is_written || (is_resource && !self.line.ends_with(b"}")) {
            self.line.truncate(end);
            return Some(false);
        }
        self.spans.keys += 1;
        match (role, path) {
            // What the canon has made of somebody's JSON.
            (Role::Json, _) => scan::member(&self.line, start, path, &mut self.spans).ok()?,
            (_, Some(path)) => self.note(path.slot, start),
            (_, None) => {}
        }
        Some(true)
    }

    /// Notes the value from `start` to the end of the line.
    fn note(&mut self, slot: Slot, start: usize) {
        self.spans.set(slot, Span::new(start, self.line.len()));
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
            Value::Escaped(_) | Value::Spelt(_) | Value::Plain(_) => {
                // JSON that comes as text.
                self.json.clear();
                let text = match value {
                    Value::Escaped(raw) | Value::Spelt(raw) => {
                        Text::Json(raw).push_to(&mut self.json);
                        simdutf8::basic::from_utf8(&self.json).unwrap_or_default()
                    }
                    Value::Plain(text) => text,
                    _ => "",
                };
                match checked(text) {
                    Some((json, is_foreign)) => self.canon.push_scanned(json, is_foreign, &mut self.line),
                    // No JSON after all, or too deep: a text then, whole.
                    None => {
                        self.string(value);
                        true
                    }
                }
            }
        }
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
            Value::Spelt(text) => self.line.extend_from_slice(text.as_bytes()),
            Value::Plain(text) | Value::Bare(text) => text::escape(text, &mut self.line),
            Value::Time(micros) => time::push_micros(micros, &mut self.line),
            Value::Native(native, row) => native.push_text(row, &mut self.line),
        }
    }
}

/// Writes what stands before a value, without its comma where it is the first of its object; gives where the value
/// begins.
fn key(before: &str, line: &mut Vec<u8>) -> usize {
    let is_first = line.last() == Some(&b'{');
    line.extend_from_slice(&before.as_bytes()[usize::from(is_first)..]);
    line.len()
}

/// The JSON in a text, if it is sound, and not too deep; and whether lq would escape it otherwise.
pub(super) fn checked(text: &str) -> Option<(&str, bool)> {
    let json = text.trim_ascii_end();
    let start = json.len() - json.trim_start_matches([' ', '\t', '\r', '\n']).len();
    let mut spans = Spans::default();
    let is_sound = scan::value_at(json.as_bytes(), start, &mut spans) == Ok(json.len());
    is_sound.then_some((json, spans.is_foreign))
}

pub(super) fn unlike(how: String) -> Error {
    let message = format!("the result {how}");
    Error::Api { status: 200, reason: None, message, retry_after: None }
}
