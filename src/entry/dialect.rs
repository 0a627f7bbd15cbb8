//! The dialects of log records, told apart by deciding keys, and where each keeps its fields.

use super::paths::Slot;
use super::scan::{self, Spans};
use super::text::Text;

/// What kind of record a line holds. They are tried in this order; the first that fits counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// lq's own entry: a string `message`, and nothing else, or one of `pod`, `container`, `stream`,
    /// `insertId` (strings), `payload` or `lq` (objects).
    Entry,
    /// Cloud Logging's LogEntry, or a row of the sink's tables: a `resource` object, and one of
    /// `logName`, `textPayload`, `jsonPayload`, `protoPayload`, `insertId`.
    LogEntry,
    /// A Log Analytics row: a `resource` object, and one of the same names in snake_case.
    LogAnalytics,
    /// `stern -o json`: `message`, `podName` and `containerName`.
    Stern,
    /// Any other object: the payload of a structured log.
    Object,
    /// A line that is no JSON object.
    Plain,
}

/// A field that several dialects have under different names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    Cluster,
    Namespace,
    Pod,
    Container,
    InsertId,
}

impl Dialect {
    pub(crate) fn of(line: &str, spans: &Spans) -> Self {
        let first = |slot: Slot| spans.get(slot).of(line).and_then(|value| value.bytes().next());
        let is_text = |slot| first(slot) == Some(b'"');
        let is_object = |slot| first(slot) == Some(b'{');
        let has = |slots: &[Slot]| slots.iter().any(|slot| spans.get(*slot).is_some());
        if is_text(Slot::Message) {
            let own = [Slot::Pod, Slot::Container, Slot::Stream, Slot::InsertId];
            if spans.keys == 1 || own.into_iter().any(is_text) || is_object(Slot::Payload) || is_object(Slot::Lq) {
                return Dialect::Entry;
            }
        }
        if is_object(Slot::Resource) {
            use Slot::*;
            if has(&[LogName, TextPayload, JsonPayload, ProtoPayload, InsertId]) {
                return Dialect::LogEntry;
            }
            if has(&[LogNameSnake, TextPayloadSnake, JsonPayloadSnake, ProtoPayloadSnake, InsertIdSnake]) {
                return Dialect::LogAnalytics;
            }
        }
        if is_text(Slot::Message) && is_text(Slot::PodName) && is_text(Slot::ContainerName) {
            return Dialect::Stern;
        }
        Dialect::Object
    }

    /// True for a row of a table in BigQuery, which [cannot tell](super::canon) what is NULL, empty or
    /// not there. Rows of the sink's tables are told from LogEntries by BigQuery's way to write a time:
    /// `2025-01-01 00:00:00.123456 UTC`.
    pub(crate) fn is_row(self, line: &str, spans: &Spans) -> bool {
        match self {
            Dialect::LogAnalytics => true,
            Dialect::LogEntry => {
                let time = spans.get(Slot::Timestamp).of(line).unwrap_or_default();
                time.as_bytes().get("\"2025-01-01".len()) == Some(&b' ')
            }
            _ => false,
        }
    }

    pub(crate) fn slot(self, field: Field) -> Option<Slot> {
        Some(match (self, field) {
            (Dialect::Entry, Field::Cluster) => Slot::Cluster,
            (Dialect::Entry, Field::Namespace) => Slot::Namespace,
            (Dialect::Entry, Field::Pod) => Slot::Pod,
            (Dialect::Entry, Field::Container) => Slot::Container,
            (Dialect::Entry | Dialect::LogEntry, Field::InsertId) => Slot::InsertId,
            (Dialect::LogAnalytics, Field::InsertId) => Slot::InsertIdSnake,
            (Dialect::LogEntry | Dialect::LogAnalytics, Field::Cluster) => Slot::ClusterName,
            (Dialect::LogEntry | Dialect::LogAnalytics, Field::Namespace) => Slot::NamespaceName,
            (Dialect::LogEntry | Dialect::LogAnalytics, Field::Pod) => Slot::ResourcePod,
            (Dialect::LogEntry | Dialect::LogAnalytics, Field::Container) => Slot::ResourceContainer,
            (Dialect::Stern, Field::Namespace) => Slot::Namespace,
            (Dialect::Stern, Field::Pod) => Slot::PodName,
            (Dialect::Stern, Field::Container) => Slot::ContainerName,
            _ => return None,
        })
    }

    /// The slots of the text, of the payload and of the payload in Google's audit form.
    pub(crate) fn payload_slots(self) -> [Option<Slot>; 3] {
        match self {
            Dialect::Entry => [Some(Slot::Message), Some(Slot::Payload), None],
            Dialect::LogEntry => [Some(Slot::TextPayload), Some(Slot::JsonPayload), Some(Slot::ProtoPayload)],
            Dialect::LogAnalytics => {
                [Some(Slot::TextPayloadSnake), Some(Slot::JsonPayloadSnake), Some(Slot::ProtoPayloadSnake)]
            }
            Dialect::Stern => [Some(Slot::Message), None, None],
            Dialect::Object | Dialect::Plain => [None; 3],
        }
    }
}

/// A Log Analytics row may hold its JSON columns as strings of JSON (`bq --format=json` writes them
/// so). Returns the row with those opened up, or `None` where nothing is packed.
pub(crate) fn unpack_analytics(line: &str) -> Option<String> {
    let mut out = Vec::new();
    let mut packed = false;
    open_members(line, &["json_payload", "labels", "proto_payload"], &mut out, &mut packed);
    if packed { String::from_utf8(out).ok() } else { None }
}

fn open_members(object: &str, wanted: &[&str], out: &mut Vec<u8>, packed: &mut bool) {
    out.push(b'{');
    let mut first = true;
    scan::members(object, |key, value| {
        if !std::mem::take(&mut first) {
            out.push(b',');
        }
        out.push(b'"');
        out.extend_from_slice(key.as_bytes());
        out.extend_from_slice(b"\":");
        let inner = Text::of_value(value).filter(|_| wanted.contains(&key)).and_then(object_in);
        match inner {
            Some(inner) => {
                *packed = true;
                out.extend_from_slice(&inner);
            }
            _ if key == "resource" && value.starts_with('{') => open_members(value, &["labels"], out, packed),
            _ => out.extend_from_slice(value.as_bytes()),
        }
        true
    });
    out.push(b'}');
}

/// The JSON object that a string holds.
fn object_in(text: Text) -> Option<Vec<u8>> {
    let mut inner = text.to_cow().into_owned().into_bytes();
    // Behind its own escapes the string may hide halves of surrogate pairs from the input layer.
    scan::mend_surrogates(&mut inner);
    (inner.starts_with(b"{") && scan::value(&inner) == Ok(inner.len())).then_some(inner)
}
