//! The form `text`: entries as lines for people, in local time.
//!
//! In a pipe every entry has all columns, `-` where there is nothing. On a screen columns are short,
//! aligned, and left out where nothing stands in them. A line of which nothing is known but its text
//! has no columns.

use std::collections::HashMap;
use std::ops::Range;

use regex::bytes::Regex;

use super::dialect::Dialect;
use super::direct::{self, Spelling};
use super::forms::LocalTime;
use super::pairs::{self, Shown};
use super::severity::Severity;
use super::stamp::{Stamp, push_offset};
use super::template_form::Line;
use super::text::{self, Text};
use super::{Entry, Message, sanitize};

/// How `text` looks. The default is what a pipe gets.
#[derive(Debug, Default)]
pub(crate) struct Look {
    pub style: Style,
    /// Laid out for a screen, in this year: a short time of day, the container only where a Pod has
    /// more than one, columns aligned.
    pub screen: Option<i64>,
    /// What to highlight in messages and payloads.
    pub highlight: Option<Regex>,
    /// The user's own layout instead of all this.
    pub line: Option<Line>,
    containers: Containers,
    /// Columns on a screen.
    pod_width: usize,
    container_width: usize,
    room: Room,
    /// Room for a value of a template.
    pub(super) value: Vec<u8>,
}

/// What switches each colour on; all empty for none.
#[derive(Debug, Default)]
pub(crate) struct Style {
    pub time: String,
    /// By [`Severity`], from DEFAULT up.
    pub severity: [String; 9],
    /// One of these for each Pod, by its name.
    pub pods: Vec<String>,
    pub container: String,
    pub payload: String,
    pub highlight: String,
}

impl Style {
    /// That of a Pod, by its name as it is shown.
    pub(super) fn pod(&self, name: &[u8]) -> &str {
        match self.pods.len() {
            0 => "",
            n => &self.pods[(hash(name) >> 32) as usize % n],
        }
    }

    pub(super) fn severity(&self, severity: Option<Severity>) -> &str {
        severity.map_or("", |severity| &self.severity[severity as usize])
    }
}

/// Whether a Pod with several containers was seen.
#[derive(Debug, Default)]
struct Containers {
    are_several: bool,
    /// The one container of each Pod so far, both as hashes.
    seen: HashMap<u64, u64>,
}

/// Buffers to work in.
#[derive(Debug, Default)]
struct Room {
    message: String,
    name: Vec<u8>,
    line: Vec<u8>,
    pairs: pairs::Room,
}

/// The widest columns that others are aligned to.
const POD_WIDTH: usize = 32;
const CONTAINER_WIDTH: usize = 20;

const INDENT: &[u8] = b"    ";

/// Appends `entry` as `text`, line end included.
pub(crate) fn text(entry: &Entry, zone: &mut LocalTime, look: &mut Look, out: &mut Vec<u8>) {
    if let Some(line) = look.line.take() {
        line.write(entry, zone, look, out);
        look.line = Some(line);
        return;
    }
    let mut room = std::mem::take(&mut look.room);
    let shown = columns(entry, zone, look, &mut room.name, out);
    let message = entry.message();
    let payload = entry.payload();
    if let Some(payload) = payload {
        let key = entry.payload_text().map(|(key, _)| key).unwrap_or_default();
        pairs::read(payload, key, &shown, look.screen.is_some(), &mut room.pairs);
    } else {
        room.pairs.clear();
    }
    let mut rest = None;
    if let Message::Text(text) = message
        && look.highlight.is_none()
        && direct::push(text, Spelling::Meant, out)
    {
        payload_behind(text.is_empty(), &room.pairs, look, out);
    } else {
        let message = match message {
            Message::Text(text) => text.unescaped(&mut room.message),
            Message::Payload(_) if payload.is_some() => "",
            Message::Payload(json) => {
                let mut compact = Vec::new();
                text::compact(json, &mut compact);
                room.message.clear();
                room.message.push_str(&String::from_utf8_lossy(&compact));
                &room.message
            }
        };
        let (first, further) = split_line(message.trim_end_matches(['\r', '\n']));
        rest = further;
        if look.highlight.is_none() {
            sanitize::push(first, out);
            payload_behind(first.is_empty(), &room.pairs, look, out);
        } else {
            room.line.clear();
            sanitize::push(first, &mut room.line);
            let message_end = room.line.len();
            let pairs = room.pairs.line();
            room.line.extend_from_slice(if first.is_empty() { pairs.trim_ascii_start() } else { pairs });
            marked(&room.line, message_end, look, out);
        }
    }
    while let Some(more) = rest {
        let (line, next) = split_line(more);
        rest = next;
        further(line, false, 1, look, &mut room.line, out);
    }
    for (key, value) in room.pairs.blocks() {
        further(key, true, 1, look, &mut room.line, out);
        for line in value.trim_end_matches(['\r', '\n']).split('\n') {
            further(line, true, 2, look, &mut room.line, out);
        }
    }
    out.push(b'\n');
    look.room = room;
}

/// The pairs of a payload, behind a message unless that is empty.
fn payload_behind(is_empty: bool, pairs: &pairs::Room, look: &Look, out: &mut Vec<u8>) {
    let pairs = pairs.line();
    styled(&look.style.payload, if is_empty { pairs.trim_ascii_start() } else { pairs }, out);
}

/// Time, severity and names, with a blank behind them. Says what of it a payload need not say again.
fn columns(entry: &Entry, zone: &mut LocalTime, look: &mut Look, name: &mut Vec<u8>, out: &mut Vec<u8>) -> Shown {
    let on_screen = look.screen.is_some();
    let stamp = entry.stamp();
    let start = out.len();
    let has_name = entry.pod().is_some() || entry.container().is_some();
    let severity = severity(entry);
    let has_word = severity.is_some() || entry.severity().is_some_and(|word| !word.is_empty());
    if stamp.is_none() && !has_name && !has_word {
        return Shown::default();
    }
    if let Some((stamp, digits)) = stamp {
        out.extend_from_slice(look.style.time.as_bytes());
        time(stamp, digits, zone, look.screen, out);
        reset(&look.style.time, out);
    } else if !on_screen {
        out.push(b'-');
    }
    if !on_screen || has_word || (has_name && stamp.is_some()) {
        blank(start, out);
        let style = look.style.severity(severity);
        out.extend_from_slice(style.as_bytes());
        let word_start = out.len();
        push_severity(severity, entry, on_screen, out);
        let width = out.len() - word_start;
        reset(style, out);
        if on_screen {
            pad(width, 5, out);
        }
    }
    if !on_screen || has_name {
        blank(start, out);
        names(entry, look, name, out);
    }
    blank(start, out);
    Shown { severity, stamp: stamp.map(|(stamp, _)| stamp).filter(|_| entry.dialect() == Dialect::Object) }
}

/// A blank between columns, none in front of the first.
fn blank(start: usize, out: &mut Vec<u8>) {
    if out.len() > start {
        out.push(b' ');
    }
}

/// Appends what `width` columns lack to `column`.
pub(super) fn pad(width: usize, column: usize, out: &mut Vec<u8>) {
    out.resize(out.len() + column.saturating_sub(width), b' ');
}

/// The time as `text` and `tsv` have it.
pub(super) fn time(stamp: Stamp, digits: usize, zone: &mut LocalTime, screen: Option<i64>, out: &mut Vec<u8>) {
    let Some(year) = screen else {
        zone.push(stamp, b'T', digits, out);
        return push_offset(zone.offset(stamp.secs), out);
    };
    let start = out.len();
    zone.push(stamp, b' ', 3, out);
    if stamp.civil(zone.offset(stamp.secs)).year == year {
        out.drain(start..start + "2026-".len());
    }
}

/// The severity to show: the program's own word before the agent's guess.
pub(super) fn severity(entry: &Entry) -> Option<Severity> {
    entry.own_severity().or_else(|| Severity::parse(&entry.severity()?.to_cow()))
}

/// Appends the word for the severity of `entry`, which is the first argument; `-` where there is none and it is
/// not `short`.
pub(super) fn push_severity(severity: Option<Severity>, entry: &Entry, short: bool, out: &mut Vec<u8>) {
    match (severity, entry.severity()) {
        (Some(severity), _) if short => out.extend_from_slice(severity.short_name().as_bytes()),
        (Some(severity), _) => out.extend_from_slice(severity.name().as_bytes()),
        (None, Some(word)) => sanitize::push_line(&word.to_cow(), out),
        (None, None) if short => {}
        (None, None) => out.push(b'-'),
    }
}

/// Pod and container.
fn names(entry: &Entry, look: &mut Look, name: &mut Vec<u8>, out: &mut Vec<u8>) {
    let width = push_name(entry.pod(), name);
    styled(look.style.pod(name), name, out);
    if look.screen.is_some() {
        look.pod_width = look.pod_width.max(width.min(POD_WIDTH));
        pad(width, look.pod_width, out);
        if !look.containers.notice(name, entry) {
            return;
        }
    }
    out.push(b' ');
    let width = push_name(entry.container(), name);
    styled(&look.style.container, name, out);
    if look.screen.is_some() {
        look.container_width = look.container_width.max(width.min(CONTAINER_WIDTH));
        pad(width, look.container_width, out);
    }
}

impl Containers {
    /// True from the first entry on that shows that containers need to be told apart.
    fn notice(&mut self, pod: &[u8], entry: &Entry) -> bool {
        const MOST: usize = 1 << 16;
        if !self.are_several
            && self.seen.len() < MOST
            && let Some(container) = entry.container()
        {
            let container = hash(container.to_cow().as_bytes());
            self.are_several = *self.seen.entry(hash(pod)).or_insert(container) != container;
        }
        self.are_several
    }
}

/// Puts the name into `out` and returns how many columns it takes.
fn push_name(name: Option<Text>, out: &mut Vec<u8>) -> usize {
    out.clear();
    match name {
        Some(name) if direct::push(name, Spelling::Meant, out) => {}
        Some(name) => sanitize::push_line(&name.to_cow(), out),
        None => out.push(b'-'),
    }
    width(out)
}

/// How many columns of a terminal the text takes.
pub(super) fn width(text: &[u8]) -> usize {
    if text.is_ascii() { text.len() } else { unicode_width::UnicodeWidthStr::width(&*String::from_utf8_lossy(text)) }
}

/// The same for the same name in every run: FNV-1a.
fn hash(name: &[u8]) -> u64 {
    name.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// A line below the first one.
fn further(line: &str, is_payload: bool, depth: usize, look: &Look, room: &mut Vec<u8>, out: &mut Vec<u8>) {
    let line = line.strip_suffix('\r').unwrap_or(line);
    out.push(b'\n');
    for _ in 0..depth {
        out.extend_from_slice(INDENT);
    }
    if look.highlight.is_none() && !is_payload {
        return sanitize::push(line, out);
    }
    room.clear();
    sanitize::push(line, room);
    marked(room, if is_payload { 0 } else { room.len() }, look, out);
}

/// Appends a harmless line whose payload begins at `payload`, with all that is to be highlighted.
pub(super) fn marked(line: &[u8], payload: usize, look: &Look, out: &mut Vec<u8>) {
    let unmarked = |range: Range<usize>, out: &mut Vec<u8>| {
        let border = payload.clamp(range.start, range.end);
        out.extend_from_slice(&line[range.start..border]);
        styled(&look.style.payload, &line[border..range.end], out);
    };
    let mut at = 0;
    for found in look.highlight.iter().flat_map(|pattern| pattern.find_iter(line)).map(|found| found.range()) {
        unmarked(at..found.start, out);
        at = found.end;
        styled(&look.style.highlight, &line[found], out);
    }
    unmarked(at..line.len(), out);
}

/// The first line, without a carriage return, and what follows it.
fn split_line(text: &str) -> (&str, Option<&str>) {
    let (line, rest) = match memchr::memchr(b'\n', text.as_bytes()) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    (line.strip_suffix('\r').unwrap_or(line), rest)
}

pub(super) fn styled(style: &str, text: &[u8], out: &mut Vec<u8>) {
    if text.is_empty() {
        return;
    }
    out.extend_from_slice(style.as_bytes());
    out.extend_from_slice(text);
    reset(style, out);
}

fn reset(style: &str, out: &mut Vec<u8>) {
    if !style.is_empty() {
        out.extend_from_slice(b"\x1b[0m");
    }
}
