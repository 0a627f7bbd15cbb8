//! Lines as the user lays them out: `--template '{time} {pod} {message}'`.
//!
//! One line an entry, for people and for awk: line ends and tabs in values are spelt out, so that no
//! value makes a line or a column; an absent value is `-`. Colours are those of `text`.

use anyhow::{Result, bail};

use super::direct::{self, Spelling};
use super::forms::LocalTime;
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
                Part::Field(field, width) => {
                    value.clear();
                    push(field, entry, zone, look.screen, &mut value);
                    spell_tabs(&mut value);
                    match field {
                        Field::Message => text_form::marked(&value, value.len(), look, out),
                        Field::Member(path) if path[0] == "payload" => text_form::marked(&value, 0, look, out),
                        _ => text_form::styled(style(field, entry, &value, look), &value, out),
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
fn push(field: &Field, entry: &Entry, zone: &mut LocalTime, screen: Option<i64>, out: &mut Vec<u8>) {
    let mut name = |text: Option<Text>| match text {
        Some(text) if direct::push(text, Spelling::Meant, out) => {}
        Some(text) => sanitize::push_line(&text.to_cow(), out),
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
            text_form::push_severity(text_form::severity(entry), entry, screen.is_some(), out);
            if out.is_empty() {
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
        Field::Message => match entry.message() {
            Message::Text(text) if direct::push(text, Spelling::Meant, out) => {}
            Message::Text(text) => sanitize::push_line(text.to_cow().trim_end_matches(['\r', '\n']), out),
            Message::Payload(json) => push_json(json, out),
        },
        Field::Member(path) => match entry.find(path) {
            Some(Found::Text(text)) => sanitize::push_line(&text, out),
            Some(Found::Json(json)) => push_json(json, out),
            None => out.push(b'-'),
        },
    }
}

fn spell_tabs(value: &mut Vec<u8>) {
    if memchr::memchr(b'\t', value).is_some() {
        *value = value.split(|byte| *byte == b'\t').collect::<Vec<_>>().join(&b"\\t"[..]);
    }
}

fn push_json(json: &str, out: &mut Vec<u8>) {
    let mut compact = Vec::with_capacity(json.len());
    text::compact(json, &mut compact);
    sanitize::push_json(&String::from_utf8_lossy(&compact), out);
}

/// The colour of a value, as `text` has it.
fn style<'a>(field: &Field, entry: &Entry, value: &[u8], look: &'a Look) -> &'a str {
    match field {
        Field::Pod => look.style.pod(value),
        Field::Severity => look.style.severity(text_form::severity(entry)),
        Field::Container => &look.style.container,
        Field::Time | Field::Date | Field::Hour => &look.style.time,
        _ => "",
    }
}
