//! What stands at a path in an entry: `payload.user_id`, `labels."k8s-pod/app"`, `httpRequest.status`.

use std::borrow::Cow;

use super::dialect::Dialect;
use super::text::Text;
use super::{Entry, Message, mangle, member, scan, snake_case};

/// The keys of an entry that have members of their own.
pub(crate) const OPEN: [&str; 6] = ["payload", "labels", "httpRequest", "operation", "sourceLocation", "resource"];

/// The keys at the start of `typed`, with points between them and quoted as in JSON where they need
/// it, and the rest. `None` where a key is missing.
pub(crate) fn path(typed: &str) -> Option<(Vec<String>, &str)> {
    let mut keys = Vec::new();
    let mut rest = typed;
    loop {
        let end = match rest.starts_with('"') {
            true => {
                let end = scan::value(rest.as_bytes()).ok()?;
                keys.push(Text::of_value(&rest[..end])?.to_cow().into_owned());
                end
            }
            false => {
                let end = rest.find(['.', ' ', '=', '!', '~', '<', '>', '"']).unwrap_or(rest.len());
                keys.push(rest[..end].to_owned());
                end
            }
        };
        if end == 0 {
            return None;
        }
        match rest[end..].strip_prefix('.') {
            Some(more) => rest = more,
            None => return Some((keys, &rest[end..])),
        }
    }
}

/// What stands at a path.
#[derive(Clone, Debug)]
pub(crate) enum Found<'a> {
    Text(Cow<'a, str>),
    /// Any other value, as it stands.
    Json(&'a str),
}

impl<'a> Entry<'a> {
    /// The value of a key of the entry (lq-entry(5)), or of a member below it.
    pub(crate) fn find(&self, path: &[String]) -> Option<Found<'a>> {
        let (key, below) = path.split_first()?;
        let text = |text: Option<Text<'a>>| text.map(|text| Found::Text(text.to_cow()));
        match key.as_str() {
            "timestamp" => self.utc().map(Found::Text),
            "severity" => text(self.severity()),
            "cluster" => text(self.cluster()),
            "namespace" => text(self.namespace()),
            "pod" => text(self.pod()),
            "container" => text(self.container()),
            "stream" => self.stream().map(Found::Text),
            "message" => Some(match self.message() {
                Message::Text(text) => Found::Text(text.to_cow()),
                Message::Payload(payload) => Found::Json(payload),
            }),
            "insertId" => text(self.insert_id()),
            "node" => text(self.node()),
            "payload" => descend(self.payload()?, below, as_typed_or_mangled),
            "labels" => descend(self.column("labels")?, below, as_typed_or_mangled),
            column => descend(self.column(column)?, below, |object, key| match self.dialect() {
                Dialect::LogAnalytics => member(object, &snake_case(key)).or_else(|| member(object, key)),
                _ => member(object, key),
            }),
        }
    }
}

/// BigQuery's tables have the keys of labels and payloads mangled.
fn as_typed_or_mangled<'a>(object: &'a str, key: &str) -> Option<&'a str> {
    member(object, key).or_else(|| member(object, &mangle(key)))
}

fn descend<'a>(
    mut value: &'a str,
    path: &[String],
    member: impl Fn(&'a str, &str) -> Option<&'a str>,
) -> Option<Found<'a>> {
    for key in path {
        value = member(value, key).filter(|_| value.starts_with('{'))?;
    }
    Some(match Text::of_value(value) {
        Some(text) => Found::Text(text.to_cow()),
        None => Found::Json(value),
    })
}
