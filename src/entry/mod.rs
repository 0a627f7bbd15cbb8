//! The record: a view of spans over a line, whatever dialect the line speaks.
//!
//! An [`Entry`] borrows its line and the places that the [scanner](scan) noted in it. Its methods
//! answer in terms of lq's own entry (lq-entry(5)); nothing is unescaped before it is asked for.

pub(crate) mod canon;
mod control;
pub(crate) mod dialect;
mod direct;
pub(crate) mod find;
mod flaw;
pub(crate) mod forms;
mod logfmt;
mod names;
mod pairs;
pub(crate) mod paths;
pub(crate) mod piece;
pub(crate) mod sanitize;
pub(crate) mod scan;
pub(crate) mod seal;
pub(crate) mod severity;
mod spans;
pub(crate) mod stamp;
mod steps;
pub(crate) mod template;
pub(crate) mod template_form;
pub(crate) mod text;
pub(crate) mod text_form;
mod timestamp;
mod tsv;
pub(crate) mod write;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

pub(crate) use control::Control;
use dialect::{Dialect, Field};
pub(crate) use names::{label_names, mangle, pod_label, snake_case};
use paths::Slot;
use scan::{Flaw, Spans};
use severity::Severity;
use stamp::Stamp;
use text::Text;

/// One log record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry<'a> {
    line: &'a str,
    spans: &'a Spans,
    dialect: Dialect,
}

/// The text of a record.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Message<'a> {
    Text(Text<'a>),
    /// A payload without a text of its own: its JSON (mostly an object) stands for it, once compacted.
    Payload(&'a str),
}

impl<'a> Entry<'a> {
    /// A line that was scanned already.
    pub(crate) fn scanned(line: &'a str, spans: &'a Spans) -> Self {
        Entry { line, spans, dialect: Dialect::of(line, spans) }
    }

    /// A line that is no JSON; `spans` must be empty.
    pub(crate) fn plain(line: &'a str, spans: &'a Spans) -> Self {
        Entry { line, spans, dialect: Dialect::Plain }
    }

    /// Scans `line`, which must be one object and nothing else.
    pub(crate) fn parse(line: &'a str, spans: &'a mut Spans) -> Result<Self, Flaw> {
        let end = scan::object(line.as_bytes(), spans)?;
        if end == line.len() { Ok(Entry::scanned(line, spans)) } else { Err(Flaw::Invalid(end)) }
    }

    /// The line as it stands, without its line end.
    pub(crate) fn line(&self) -> &'a str {
        self.line
    }

    pub(crate) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// True where the line itself is what the container wrote.
    pub(crate) fn is_own_line(&self) -> bool {
        matches!(self.dialect, Dialect::Object | Dialect::Plain) && self.spans.newlines == 0
    }

    /// True where blanks stand between the tokens of the line.
    fn is_spaced(&self) -> bool {
        self.spans.is_spaced
    }

    fn value(&self, slot: Slot) -> Option<&'a str> {
        self.spans.get(slot).of(self.line)
    }

    fn text(&self, slot: Slot) -> Option<Text<'a>> {
        self.value(slot).and_then(Text::of_value)
    }

    fn field(&self, field: Field) -> Option<Text<'a>> {
        self.text(self.dialect.slot(field)?)
    }

    pub(crate) fn cluster(&self) -> Option<Text<'a>> {
        self.field(Field::Cluster)
    }

    pub(crate) fn namespace(&self) -> Option<Text<'a>> {
        self.field(Field::Namespace)
    }

    pub(crate) fn pod(&self) -> Option<Text<'a>> {
        self.field(Field::Pod)
    }

    pub(crate) fn container(&self) -> Option<Text<'a>> {
        self.field(Field::Container)
    }

    pub(crate) fn insert_id(&self) -> Option<Text<'a>> {
        self.field(Field::InsertId)
    }

    /// `stdout`, `stderr`, or the id of another log.
    pub(crate) fn stream(&self) -> Option<Cow<'a, str>> {
        let name = match self.dialect {
            Dialect::Entry => return self.text(Slot::Stream).map(Text::to_cow),
            Dialect::LogEntry => self.text(Slot::LogName)?.to_cow(),
            Dialect::LogAnalytics => self.text(Slot::LogNameSnake)?.to_cow(),
            _ => return None,
        };
        // `projects/P/logs/ID`, the id with its slashes escaped.
        let id = match name {
            Cow::Borrowed(name) => Cow::Borrowed(log_id(name)),
            Cow::Owned(name) => Cow::Owned(log_id(&name).to_owned()),
        };
        Some(if id.contains('%') { Cow::Owned(id.replace("%2F", "/")) } else { id })
    }

    /// The monitored resource's type (`k8s_container`, …), where the dialect has one.
    pub(crate) fn resource_type(&self) -> Option<Text<'a>> {
        match self.dialect {
            Dialect::LogEntry | Dialect::LogAnalytics => self.text(Slot::ResourceType),
            _ => None,
        }
    }

    /// The severity as the record's envelope says it.
    pub(crate) fn severity(&self) -> Option<Text<'a>> {
        match self.dialect {
            Dialect::Plain | Dialect::Stern => None,
            Dialect::Object => self.own_severity().map(|severity| Text::Plain(severity.name())),
            _ => self.text(Slot::Severity),
        }
    }

    /// The severity that the program itself wrote into its payload, as `severity` or `level`.
    pub(crate) fn own_severity(&self) -> Option<Severity> {
        let [severity, level] = match self.dialect {
            Dialect::Object => [Slot::Severity, Slot::Level].map(|slot| self.value(slot)),
            _ => [(Slot::PayloadSeverity, "severity"), (Slot::PayloadLevel, "level")]
                .map(|(slot, key)| self.in_payload(slot, key)),
        };
        let read = |value: &str| match Text::of_value(value) {
            Some(text) => Severity::parse(&text.to_cow()),
            None => Severity::from_level(value),
        };
        severity.and_then(read).or_else(|| level.and_then(read))
    }

    /// The whole payload of a structured log, as it stands.
    pub(crate) fn payload(&self) -> Option<&'a str> {
        if self.dialect == Dialect::Object {
            return Some(self.line);
        }
        let [_, json, proto] = self.dialect.payload_slots();
        [json, proto].into_iter().flatten().find_map(|slot| self.value(slot).filter(|v| v.starts_with('{')))
    }

    /// A member of the payload that the scanner noted under `slot`.
    fn in_payload(&self, slot: Slot, key: &str) -> Option<&'a str> {
        let payload = self.payload()?;
        let [_, json, _] = self.dialect.payload_slots();
        if json.is_some() && json == self.spans.payload {
            return self.value(slot);
        }
        member(payload, key)
    }

    /// True where the payload itself has this key (`severity` or `timestamp`), if only as `null`.
    pub(crate) fn payload_has(&self, key: &str) -> bool {
        let noted = match key {
            "severity" => self.in_payload(Slot::PayloadSeverity, key),
            _ => self.in_payload(Slot::PayloadTimestamp, key),
        };
        let Some(payload) = self.payload().filter(|_| noted.is_none()) else { return noted.is_some() };
        let mut has = false;
        if memchr::memmem::find(payload.as_bytes(), b"null").is_some() {
            scan::members(payload, |name, _| {
                has = Text::Json(name) == *key;
                !has
            });
        }
        has
    }

    /// The payload's member that holds its text, and its key.
    pub(crate) fn payload_text(&self) -> Option<(&'static str, Text<'a>)> {
        const KEYS: [(&str, Slot, Slot); 3] = [
            ("message", Slot::Message, Slot::PayloadMessage),
            ("msg", Slot::Msg, Slot::PayloadMsg),
            ("log", Slot::Log, Slot::PayloadLog),
        ];
        KEYS.into_iter().find_map(|(key, top, below)| {
            let value = match self.dialect {
                Dialect::Object => self.value(top),
                _ => self.in_payload(below, key),
            };
            Some((key, Text::of_value(value?)?))
        })
    }

    /// The text without its one trailing line end; for a structured log what its payload says.
    pub(crate) fn message(&self) -> Message<'a> {
        if self.dialect == Dialect::Plain {
            return Message::Text(Text::Plain(self.line));
        }
        let slots = self.dialect.payload_slots();
        if let Some(text) = slots[0].and_then(|slot| self.text(slot)) {
            return match self.payload() {
                _ if self.dialect != Dialect::Entry => Message::Text(text.without_newline()),
                Some(payload) if self.is_stand_in(text, payload) => Message::Payload(payload),
                _ => Message::Text(text),
            };
        }
        match (self.payload_text(), self.payload()) {
            (Some((_, text)), _) => Message::Text(text.without_newline()),
            (None, Some(payload)) => Message::Payload(payload),
            // What a source has under those names in another shape than it ought to.
            (None, None) => match slots.into_iter().flatten().find_map(|slot| self.value(slot)) {
                Some(value) => match Text::of_value(value) {
                    Some(text) => Message::Text(text.without_newline()),
                    None => Message::Payload(value),
                },
                None => Message::Text(Text::Plain("")),
            },
        }
    }

    /// True where an entry's message only stands in for the text that its payload lacks.
    fn is_stand_in(&self, message: Text, payload: &str) -> bool {
        if self.payload_text().is_some() {
            return false;
        }
        let mut compact = Vec::with_capacity(payload.len());
        text::compact(payload, &mut compact);
        message.to_cow().as_bytes() == compact
    }

    /// The node's name.
    pub(crate) fn node(&self) -> Option<Text<'a>> {
        match self.dialect {
            Dialect::Entry => self.text(Slot::Node),
            Dialect::Stern => self.text(Slot::NodeName),
            _ => {
                const KEY: &str = "compute.googleapis.com/resource_name";
                self.find_label(|label| label == KEY || label == mangle(KEY))
            }
        }
    }

    /// The Pod's label `name`, under the prefix that Cloud Logging gives it or without one.
    pub(crate) fn label(&self, name: &str) -> Option<Text<'a>> {
        let names = label_names(name);
        self.find_label(|label| names.iter().any(|name| name == label))
    }

    /// The keys of all labels, as the source has them.
    pub(crate) fn label_keys(&self) -> Vec<String> {
        let mut keys = Vec::new();
        if let Some(labels) = self.column("labels").filter(|labels| labels.starts_with('{')) {
            scan::members(labels, |key, _| {
                keys.push(Text::Json(key).to_cow().into_owned());
                true
            });
        }
        keys
    }

    fn find_label(&self, wanted: impl Fn(&str) -> bool) -> Option<Text<'a>> {
        let labels = self.value(Slot::Labels).filter(|v| v.starts_with('{'))?;
        let mut found = None;
        scan::members(labels, |key, value| {
            if wanted(&Text::Json(key).to_cow()) {
                found = Text::of_value(value);
            }
            found.is_none()
        });
        found
    }

    /// A further column of the source: a member of the record under `name`, or under the same name
    /// in snake_case.
    pub(crate) fn column(&self, name: &str) -> Option<&'a str> {
        match self.dialect {
            Dialect::Plain | Dialect::Object => None,
            Dialect::LogAnalytics => member(self.line, &snake_case(name)),
            _ => member(self.line, name),
        }
    }

    /// True where lq itself would write the line just so: nothing missing, unknown, empty or out of
    /// order. `stamp` gives [the entry's own](Self::stamp).
    pub(crate) fn is_canonical(&self, stamp: impl FnOnce() -> Option<(Stamp, usize)>) -> bool {
        self.is_in_order() && self.says_utc(stamp)
    }

    /// The same but for the time.
    fn is_in_order(&self) -> bool {
        use Slot::*;
        const ORDER: [Slot; 10] =
            [Timestamp, Severity, Cluster, Namespace, Pod, Container, Stream, Message, Payload, InsertId];
        if self.dialect != Dialect::Entry || self.is_spaced() {
            return false;
        }
        let mut known = 0;
        let mut end = 0;
        for (slot, key) in ORDER.into_iter().zip(write::KEYS) {
            let span = self.spans.get(slot);
            if !span.is_some() {
                continue;
            }
            // Between two values stands `,"key":` and nothing else; an escaped key would be longer.
            let is_next = span.start as usize == end + key.len() + 4;
            let first = self.line.as_bytes()[span.start as usize];
            let is_sound = first == if slot == Payload { b'{' } else { b'"' };
            if !is_next || !is_sound {
                return false;
            }
            end = span.end as usize;
            known += 1;
        }
        let is_plain = self.value(Stream).is_none_or(|stream| !stream.contains('\\'));
        is_plain && known == self.spans.keys && end + 1 == self.line.len()
    }
}

/// The value of `key` in the object `object`; the last one counts, `null` is none.
pub(crate) fn member<'a>(object: &'a str, key: &str) -> Option<&'a str> {
    let mut found = None;
    scan::members(object, |name, value| {
        if Text::Json(name) == *key {
            found = (value != "null").then_some(value);
        }
        true
    });
    found
}

/// What stands behind the first `/logs/` of a log's name; the whole name where it has none.
pub(crate) fn log_id(name: &str) -> &str {
    const BEFORE: &[u8; 6] = b"/logs/";
    // Mostly: projects/P/logs/ID.
    let project = name.strip_prefix("projects/").and_then(|rest| rest.split_once('/'));
    if let Some((project, rest)) = project
        && let Some(id) = rest.strip_prefix("logs/")
        && project != "logs"
    {
        return id;
    }
    // Names are short: to prepare a search takes longer than to look everywhere.
    let before = name.as_bytes().array_windows().position(|window| window == BEFORE);
    before.and_then(|at| name.get(at + BEFORE.len()..)).unwrap_or(name)
}
