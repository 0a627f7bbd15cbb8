//! A structured payload as ` key=value` pairs behind a message.

use super::direct::{self, Spelling};
use super::severity::Severity;
use super::stamp::Stamp;
use super::text::{self, Text};
use super::{sanitize, scan, steps};

/// What columns show already: on a screen a payload need not say it again.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Shown {
    pub severity: Option<Severity>,
    pub stamp: Option<Stamp>,
}

/// Objects are opened up to this depth as `a.b=value`; deeper ones stay JSON.
pub(super) const OPEN_DEPTH: usize = 6;

/// The pairs of the last payload that was [read], and buffers.
#[derive(Debug, Default)]
pub(super) struct Room {
    line: Vec<u8>,
    /// Texts of several lines, on a screen: they stand below the entry.
    blocks: Vec<(String, String)>,
    prefix: Vec<u8>,
    compact: Vec<u8>,
}

impl Room {
    pub(super) fn clear(&mut self) {
        self.line.clear();
        self.blocks.clear();
    }

    /// All that fits into one line, harmless, with a blank in front of each pair.
    pub(super) fn line(&self) -> &[u8] {
        &self.line
    }

    /// The others, not yet harmless: `key=` and the text.
    pub(super) fn blocks(&self) -> impl Iterator<Item = (&str, &str)> {
        self.blocks.iter().map(|(key, text)| (key.as_str(), text.as_str()))
    }
}

/// Reads the object `payload` but its member `skip`, the message.
pub(super) fn read(payload: &str, skip: &str, shown: &Shown, on_screen: bool, room: &mut Room) {
    room.clear();
    room.prefix.clear();
    scan::members(payload, |key, value| {
        let is_said = Text::Json(key) == *skip || (on_screen && shown.says(key, value));
        if !is_said {
            pair(key, value, 0, on_screen, room);
        }
        true
    });
}

impl Shown {
    fn says(&self, key: &str, value: &str) -> bool {
        match (key, Text::of_value(value)) {
            ("severity" | "level", Some(word)) => {
                self.severity.is_some() && Severity::parse(&word.to_cow()) == self.severity
            }
            ("level", None) => self.severity.is_some() && Severity::from_level(value) == self.severity,
            ("timestamp" | "time", Some(time)) => {
                self.stamp.is_some() && Stamp::parse(&time.to_cow()).map(|(stamp, _)| stamp) == self.stamp
            }
            _ => false,
        }
    }
}

fn pair(key: &str, value: &str, depth: usize, on_screen: bool, room: &mut Room) {
    let outer = room.prefix.len();
    if !direct::push(Text::Json(key), Spelling::Meant, &mut room.prefix) {
        sanitize::push_line(&Text::Json(key).to_cow(), &mut room.prefix);
    }
    if value.starts_with('{') && depth < OPEN_DEPTH && !is_empty(value) {
        room.prefix.push(b'.');
        scan::members(value, |key, value| {
            pair(key, value, depth + 1, on_screen, room);
            true
        });
    } else if let Some(text) = Text::of_value(value).filter(|_| on_screen && value.contains("\\n")).map(Text::to_cow)
        && text.trim_end().contains('\n')
    {
        let key = format!("{}=", String::from_utf8_lossy(&room.prefix));
        room.blocks.push((key, text.into_owned()));
    } else {
        room.line.push(b' ');
        room.line.extend_from_slice(&room.prefix);
        room.line.push(b'=');
        push_value(value, &mut room.compact, &mut room.line);
    }
    room.prefix.truncate(outer);
}

pub(super) fn is_empty(object: &str) -> bool {
    object[1..].trim_ascii_start().starts_with('}')
}

/// A value bare where that is unambiguous, else as JSON.
fn push_value(value: &str, room: &mut Vec<u8>, out: &mut Vec<u8>) {
    match value.as_bytes().first() {
        Some(b'"') => match Text::of_value(value) {
            Some(Text::Json(raw)) if is_bare_as_it_stands(raw) => out.extend_from_slice(raw.as_bytes()),
            Some(text) if is_bare(&text.to_cow()) => sanitize::push(&text.to_cow(), out),
            _ => sanitize::push_json(value, out),
        },
        Some(b'{' | b'[') => {
            room.clear();
            text::compact(value, room);
            sanitize::push_json(&String::from_utf8_lossy(room), out);
        }
        _ => out.extend_from_slice(value.as_bytes()),
    }
}

/// The same of ASCII without escapes, as most are, and harmless at that.
fn is_bare_as_it_stands(raw: &str) -> bool {
    let mark = steps::one_of(*b" \"=\\\x7f");
    let beyond = |step| steps::control(step) | steps::beyond_ascii(step);
    !raw.is_empty() && steps::find(raw.as_bytes(), |step| mark(step) | beyond(step)).is_none()
}

fn is_bare(text: &str) -> bool {
    let mark = steps::one_of(*b" \"=");
    let marked = steps::find(text.as_bytes(), |step| mark(step) | steps::control(step));
    !text.is_empty() && marked.is_none() && (text.is_ascii() || !text.contains(char::is_whitespace))
}
