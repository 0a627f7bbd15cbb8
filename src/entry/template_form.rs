//! Lines as the user lays them out: `--template '{time} {pod} {message}'`.
//!
//! One line an entry, for people and for awk: line ends and tabs in values are spelt out, so that no
//! value makes a line or a column; an absent value is `-`. Colours are those of `text`.

use anyhow::{Result, bail};

use super::direct::{self, Spelling};
use super::forms::LocalTime;
use super::severity::Severity;
use super::template::{self, FIELDS, Field, Part};
use super::text::{self, Text};
use super::text_form::{self, Look};
use super::{Entry, Message, find::Found, sanitize};

/// The template of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    parts: Vec<Part>,
}

impl Line {
    /// A line end is added where `text` has none.
    pub(crate) fn parse(text: &str) -> Result<Line> {
        let mut parts = template::parse(text, &FIELDS)?;
        if !parts.iter().any(|part| matches!(part, Part::Field(..))) {
            bail!("there is no field in it; write '{{time}} {{pod}} {{message}}'");
        }
        match parts.last_mut() {
            Some(Part::Literal(text)) if text.ends_with('\n') => {}
            Some(Part::Literal(text)) => text.push('\n'),
            _ => parts.push(Part::Literal("\n".to_owned())),
        }
        Ok(Line { parts })
    }

    /// Appends `entry`.
    pub(crate) fn write(&self, entry: &Entry, zone: &mut LocalTime, look: &mut Look, out: &mut Vec<u8>) {
        let mut value = std::mem::take(&mut look.value);
        for part in &self.parts {
            match part {
                Part::Literal(text) => out.extend_from_slice(text.as_bytes()),
                Part::Field(Field::Message, 0) if look.highlight.is_none() => message(entry, out),
                Part::Field(field, width) => {
                    value.clear();
                    let severity = (*field == Field::Severity).then(|| text_form::severity(entry)).flatten();
                    push(field, entry, severity, zone, look.screen, &mut value);
                    match field {
                        Field::Message => text_form::marked(&value, value.len(), look, out),
                        Field::Member(path) if path[0] == "payload" => text_form::marked(&value, 0, look, out),
                        _ => text_form::styled(style(field, severity, &value, look), &value, out),
                    }
                    if *width > 0 {
                        text_form::pad(text_form::width(&value), *width, out);
                    }
                }
            }
        }
        look.value = value;
    }
}

/// Appends the value, harmless and on one line; `-` where the entry has none.
fn push(
    field: &Field,
    entry: &Entry,
    severity: Option<Severity>,
    zone: &mut LocalTime,
    screen: Option<i64>,
    out: &mut Vec<u8>,
) {
    let mut name = |text: Option<Text>| match text {
        Some(text) => push_text(text, out),
        None => out.push(b'-'),
    };
    match field {
        Field::Cluster => name(entry.cluster()),
        Field::Namespace => name(entry.namespace()),
        Field::Pod => name(entry.pod()),
        Field::Container => name(entry.container()),
        Field::Stream => name(entry.stream().as_deref().map(Text::Plain)),
        Field::Node => name(entry.node()),
        Field::Label(label) => name(entry.label(label)),
        Field::Severity => {
            let start = out.len();
            text_form::push_severity(severity, entry, screen.is_some(), out);
            spell_tabs(start, out);
            if out.len() == start {
                out.push(b'-');
            }
        }
        Field::Time | Field::Date | Field::Hour => match (entry.stamp(), field) {
            (None, _) => out.push(b'-'),
            (Some((stamp, digits)), Field::Time) => text_form::time(stamp, digits, zone, screen, out),
            (Some((stamp, _)), _) => {
                let (date, hour) = zone.date_and_hour(stamp);
                out.extend_from_slice(if *field == Field::Date { date.as_bytes() } else { hour.as_bytes() });
            }
        },
        Field::Message => message(entry, out),
        Field::Member(path) => match entry.find(path) {
            Some(Found::Text(text)) => spell(&text, out),
            Some(Found::Json(json)) => push_json(json, out),
            None => out.push(b'-'),
        },
    }
}

/// Line ends that close the message are left out.
fn message(entry: &Entry, out: &mut Vec<u8>) {
    let ends_line = |text| matches!(text, Text::Json(raw) if raw.ends_with("\\n"));
    match entry.message() {
        Message::Text(text) if !ends_line(text) && direct::push(text, Spelling::Line, out) => {}
        Message::Text(text) => spell(text.to_cow().trim_end_matches(['\r', '\n']), out),
        Message::Payload(json) => push_json(json, out),
    }
}

fn push_text(text: Text, out: &mut Vec<u8>) {
    if !direct::push(text, Spelling::Line, out) {
        spell(&text.to_cow(), out);
    }
}

/// Appends text, harmless, tabs and line ends spelt out.
pub(super) fn spell(text: &str, out: &mut Vec<u8>) {
    let start = out.len();
    sanitize::push_line(text, out);
    spell_tabs(start, out);
}

fn spell_tabs(start: usize, out: &mut Vec<u8>) {
    if memchr::memchr(b'\t', &out[start..]).is_some() {
        let value = out.split_off(start);
        out.extend(value.split(|byte| *byte == b'\t').collect::<Vec<_>>().join(&b"\\t"[..]));
    }
}

fn push_json(json: &str, out: &mut Vec<u8>) {
    let mut compact = Vec::with_capacity(json.len());
    text::compact(json, &mut compact);
    sanitize::push_json(&String::from_utf8_lossy(&compact), out);
}

/// The colour of a value, as `text` has it.
fn style<'a>(field: &Field, severity: Option<Severity>, value: &[u8], look: &'a Look) -> &'a str {
    match field {
        Field::Pod => look.style.pod(value),
        Field::Severity => look.style.severity(severity),
        Field::Container => &look.style.container,
        Field::Time | Field::Date | Field::Hour => &look.style.time,
        _ => "",
    }
}
