//! Writes an entry as lq's own JSON line: the record that flows between the tools.

use super::dialect::Dialect;
use super::stamp::Stamp;
use super::text::{self, Text};
use super::{Entry, Message, scan};

/// Which columns an entry carries beside those that it always has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Columns {
    /// Structured payloads are the expensive column; `false` leaves them out.
    pub payload: bool,
    /// Further columns in the order they are written.
    pub with: Vec<&'static str>,
}

/// The columns that `--with` knows, in the order in which an entry carries them.
/// <https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry>
pub(crate) const WITH: [&str; 11] = [
    "node",
    "labels",
    "trace",
    "spanId",
    "traceSampled",
    "httpRequest",
    "operation",
    "sourceLocation",
    "receiveTimestamp",
    "logName",
    "resource",
];

/// The keys that an entry always may have, in their order.
pub(crate) const KEYS: [&str; 10] =
    ["timestamp", "severity", "cluster", "namespace", "pod", "container", "stream", "message", "payload", "insertId"];

/// What stands before the value of a member that is not the first, in one piece.
macro_rules! before {
    ($key:literal) => {
        concat!(",\"", $key, "\":")
    };
}
pub(crate) use before;

impl Default for Columns {
    fn default() -> Self {
        Columns { payload: true, with: Vec::new() }
    }
}

impl Columns {
    fn is_default(&self) -> bool {
        self.payload && self.with.is_empty()
    }
}

/// Appends `entry` as one line without its line end. Keys of an entry that lq does not know stay.
pub(crate) fn entry(entry: &Entry, columns: &Columns, out: &mut Vec<u8>) {
    match copied(entry, columns, || entry.stamp()) {
        Some(line) => out.extend_from_slice(line.as_bytes()),
        None => fields(entry, columns, out),
    }
}

/// The line of `entry`, where it is just what would be written. `stamp` gives the entry's own.
pub(super) fn copied<'e>(
    entry: &Entry<'e>,
    columns: &Columns,
    stamp: impl FnOnce() -> Option<(Stamp, usize)>,
) -> Option<&'e str> {
    (columns.is_default() && entry.is_canonical(stamp)).then(|| entry.line())
}

/// Writes the entry field by field, even where its line would do.
pub(super) fn fields(entry: &Entry, columns: &Columns, out: &mut Vec<u8>) {
    let mut object = Object::new(out);
    let (pod, container, stream, insert_id) = (entry.pod(), entry.container(), entry.stream(), entry.insert_id());
    object.member(before!("timestamp"), entry.utc().as_deref().map(Text::Json));
    object.member(before!("severity"), entry.severity());
    object.member(before!("cluster"), entry.cluster());
    object.member(before!("namespace"), entry.namespace());
    object.member(before!("pod"), pod);
    object.member(before!("container"), container);
    object.member(before!("stream"), stream.as_deref().map(Text::Plain));
    match entry.message() {
        Message::Text(text) => object.member(before!("message"), Some(text)),
        Message::Payload(json) if entry.is_spaced() => object.json_text("message", json),
        Message::Payload(json) => object.member(before!("message"), Some(Text::Plain(json))),
    }
    let payload = entry.payload().filter(|_| columns.payload);
    if let Some(payload) = payload {
        match entry.is_spaced() {
            true => text::compact(payload, object.key("payload")),
            false => object.key("payload").extend_from_slice(payload.as_bytes()),
        }
    }
    let has_own = entry.dialect() == Dialect::Entry;
    for name in columns.with.iter().copied() {
        if has_own && entry.column(name).is_some() {
            continue; // stays with the keys below
        }
        match (name, entry.column(name)) {
            ("node", _) => object.text("node", entry.node()),
            (_, Some(value)) => text::compact(value, object.key(name)),
            (_, None) => {}
        }
    }
    if has_own {
        object.unknown(entry.line(), &[]);
    }
    // Without any of these a reader would take the line for somebody's structured log.
    let is_known = [pod, container, insert_id].iter().any(Option::is_some) || payload.is_some() || stream.is_some();
    let is_marked = has_own && entry.column("lq").is_some_and(|lq| lq.starts_with('{'));
    if !is_known && !is_marked && object.keys > 1 {
        object.key("lq").extend_from_slice(b"{}");
    }
    object.member(before!("insertId"), insert_id);
    object.end();
}

/// Appends the line that ends a broken stream, line end included:
/// `{"lq":{"failed":"why","complete_until":"..."}}`. All entries before `until` are there.
pub(crate) fn failed(why: &str, until: Option<Stamp>, out: &mut Vec<u8>) {
    let mut outer = Object::new(out);
    let mut inner = Object::new(outer.key("lq"));
    inner.text("failed", Some(Text::Plain(why)));
    if let Some(until) = until {
        inner.text("complete_until", Some(Text::Plain(&until.to_string())));
    }
    inner.end();
    outer.end();
    out.push(b'\n');
}

/// A JSON object in the making.
pub(crate) struct Object<'a> {
    out: &'a mut Vec<u8>,
    keys: usize,
}

impl<'a> Object<'a> {
    pub(crate) fn new(out: &'a mut Vec<u8>) -> Self {
        out.push(b'{');
        Object { out, keys: 0 }
    }

    /// Writes the key; the value goes into what is returned.
    pub(crate) fn key(&mut self, key: &str) -> &mut Vec<u8> {
        if self.keys > 0 {
            self.out.push(b',');
        }
        self.keys += 1;
        self.out.push(b'"');
        self.out.extend_from_slice(key.as_bytes());
        self.out.extend_from_slice(b"\":");
        self.out
    }

    /// Writes what stands [before](before!) a string, and its opening quote.
    fn quoted(&mut self, before: &str) -> &mut Vec<u8> {
        let comma = usize::from(self.keys == 0);
        self.keys += 1;
        self.out.extend_from_slice(&before.as_bytes()[comma..]);
        self.out.push(b'"');
        self.out
    }

    fn end_quote(&mut self) {
        self.out.push(b'"');
    }

    /// Writes a member whose value is a string, if there is one, with what stands [before](before!) it.
    fn member(&mut self, before: &str, text: Option<Text>) {
        if let Some(text) = text {
            text.push_json(self.quoted(before));
            self.end_quote();
        }
    }

    /// Writes a member whose value is a string, if there is one.
    pub(crate) fn text(&mut self, key: &str, text: Option<Text>) {
        if let Some(text) = text {
            let out = self.key(key);
            out.push(b'"');
            text.push_json(out);
            out.push(b'"');
        }
    }

    /// Writes a member whose value is the JSON `json` as a string, compacted.
    pub(crate) fn json_text(&mut self, key: &str, json: &str) {
        let mut compact = Vec::with_capacity(json.len());
        text::compact(json, &mut compact);
        self.text(key, Some(Text::Plain(&String::from_utf8_lossy(&compact))));
    }

    /// Writes the members of the entry `line` that are neither an entry's own nor in `but`.
    pub(crate) fn unknown(&mut self, line: &str, but: &[&str]) {
        scan::members(line, |key, value| {
            if value != "null" && !KEYS.iter().chain(but).any(|known| Text::Json(key) == **known) {
                text::compact(value, self.key(key));
            }
            true
        });
    }

    /// Writes the members of another object and ends this one.
    pub(crate) fn rest(self, object: &str) {
        let members = object.trim_start_matches('{').trim_start();
        if self.keys > 0 && !members.starts_with('}') {
            self.out.push(b',');
        }
        text::compact(members, self.out);
    }

    pub(crate) fn end(self) {
        self.out.push(b'}');
    }
}
