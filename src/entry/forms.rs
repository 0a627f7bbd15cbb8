//! The forms of output: one word of `-o`, the same bytes in every tool.

use anyhow::{Result, bail};

use crate::when::Zone;

use super::dialect::Dialect;
use super::stamp::Stamp;
use super::text::{self, Text};
use super::text_form::{self, Look};
use super::write::{self, Columns, Object};
use super::{Entry, Message, logfmt, sanitize, tsv};

/// What `-o` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    /// One JSON object a line, lq-entry(5)
    Entry,
    /// The same in the shape of Cloud Logging's LogEntry
    Logentry,
    /// What the container wrote
    Raw,
    /// Local time, severity, Pod, container, message, for people
    Text,
    /// The same columns between tabs, one line an entry, for awk
    Tsv,
    /// The entry's keys and its payload's as key=value, one line an entry, for Loki, hl, grep
    Logfmt,
    /// The kubelet's own log files
    Cri,
    /// `kubectl logs --prefix`
    Kubectl,
}

impl Form {
    /// True where a line can speak of the stream itself ([`write::failed`]).
    pub(crate) fn has_controls(self) -> bool {
        matches!(self, Form::Entry | Form::Logentry)
    }

    /// Whether lines begin with kubectl's stamp, as `typed`. An error where the form has no such lines.
    pub(crate) fn stamps(self, typed: bool) -> Result<bool> {
        if typed && !matches!(self, Form::Raw | Form::Kubectl) {
            bail!("-t/--timestamps goes with -o raw and -o kubectl; the other forms have their time already");
        }
        Ok(typed)
    }
}

/// Writes entries in one form.
#[derive(Debug)]
pub(crate) struct Writer {
    pub form: Form,
    /// kubectl's stamp in front of each line of `raw` and `kubectl`.
    pub stamps: bool,
    /// The reader is a terminal: every form is made harmless.
    pub terminal: bool,
    pub zone: LocalTime,
    pub look: Look,
    pub columns: Columns,
    scratch: Vec<u8>,
}

/// The kubelet cuts lines into pieces of this many bytes.
/// <https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md>
const CRI_PIECE: usize = 16_384;

impl Writer {
    pub(crate) fn new(form: Form, zone: Zone) -> Self {
        Writer {
            form,
            stamps: false,
            terminal: false,
            zone: LocalTime::new(zone),
            look: Look::default(),
            columns: Columns::default(),
            scratch: Vec::new(),
        }
    }

    /// True where [writing](Self::write) `entry` would copy its line. `stamp` is the entry's own.
    pub(crate) fn copies(&self, entry: &Entry, stamp: Option<(Stamp, usize)>) -> bool {
        self.form == Form::Entry && !self.terminal && write::copied(entry, &self.columns, || stamp).is_some()
    }

    /// Appends `entry`, line end included.
    pub(crate) fn write(&mut self, entry: &Entry, out: &mut Vec<u8>) {
        match self.form {
            Form::Text => return text_form::text(entry, &mut self.zone, &mut self.look, out),
            Form::Tsv => return tsv::tsv(entry, &mut self.zone, out),
            Form::Logfmt => return logfmt::logfmt(entry, &self.columns, out),
            Form::Entry if !self.terminal => {
                write::entry(entry, &self.columns, out);
                out.push(b'\n');
                return;
            }
            Form::Raw if !self.terminal && !self.stamps => {
                raw(entry, out);
                out.push(b'\n');
                return;
            }
            _ => {}
        }
        let mut line = std::mem::take(&mut self.scratch);
        line.clear();
        match self.form {
            Form::Entry => write::entry(entry, &self.columns, &mut line),
            Form::Logentry => logentry(entry, &mut line),
            _ => raw(entry, &mut line),
        }
        let whole = String::from_utf8_lossy(&line);
        match self.form {
            Form::Entry | Form::Logentry => {
                sanitize::push_json(&whole, out);
                out.push(b'\n');
            }
            _ => self.lines(entry, &whole, out),
        }
        drop(whole);
        self.scratch = line;
    }

    /// Each line of the text with what the form puts in front of it.
    fn lines(&self, entry: &Entry, text: &str, out: &mut Vec<u8>) {
        let stamp = entry.stamp().filter(|_| self.stamps || self.form == Form::Cri);
        for line in text.split('\n') {
            if self.form == Form::Kubectl {
                out.extend_from_slice(b"[pod/");
                push_name(entry.pod(), out);
                out.push(b'/');
                push_name(entry.container(), out);
                out.extend_from_slice(b"] ");
            }
            if self.form == Form::Cri {
                cri(stamp.map(|(stamp, _)| stamp), entry, line, self.terminal, out);
                continue;
            }
            if let Some((stamp, _)) = stamp {
                stamp.push_utc(9, out);
                out.push(b' ');
            }
            push_line(line, self.terminal, out);
        }
    }
}

fn push_line(line: &str, terminal: bool, out: &mut Vec<u8>) {
    if terminal {
        sanitize::push(line, out)
    } else {
        out.extend_from_slice(line.as_bytes())
    }
    out.push(b'\n');
}

fn push_name(name: Option<Text>, out: &mut Vec<u8>) {
    match name {
        Some(name) => out.extend_from_slice(sanitize::line(&name.to_cow()).as_bytes()),
        None => out.push(b'-'),
    }
}

/// What the container wrote, as far as the sink kept it, without its line end. The agent takes
/// severity and time out of a structured log; they are put back in front.
pub(crate) fn raw(entry: &Entry, out: &mut Vec<u8>) {
    let Some(payload) = entry.payload() else {
        return match entry.message() {
            Message::Text(text) => text.push_to(out),
            Message::Payload(json) => text::compact(json, out),
        };
    };
    if entry.is_own_line() {
        out.extend_from_slice(payload.as_bytes());
        return;
    }
    if entry.dialect() == Dialect::Object {
        return text::compact(payload, out); // nobody took anything out of it
    }
    let mut object = Object::new(out);
    if !entry.payload_has("severity") {
        object.text("severity", entry.severity());
    }
    if !entry.payload_has("timestamp") {
        object.text("timestamp", entry.utc().as_deref().map(Text::Json));
    }
    object.rest(payload);
}

fn logentry(entry: &Entry, out: &mut Vec<u8>) {
    let mut object = Object::new(out);
    object.text("insertId", entry.insert_id());
    let structured = entry.payload();
    if let Some(payload) = structured {
        text::compact(payload, object.key("jsonPayload"));
    }
    if let Some(labels) = entry.column("labels") {
        text::compact(labels, object.key("labels"));
    }
    match entry.column("logName").and_then(Text::of_value) {
        Some(name) => object.text("logName", Some(name)),
        None => {
            if let Some(stream) = entry.stream() {
                let name = format!("projects/-/logs/{}", stream.replace('/', "%2F"));
                object.text("logName", Some(Text::Plain(&name)));
            }
        }
    }
    match entry.column("resource").filter(|resource| resource.starts_with('{')) {
        Some(resource) => text::compact(resource, object.key("resource")),
        None => {
            let mut resource = Object::new(object.key("resource"));
            let mut labels = Object::new(resource.key("labels"));
            labels.text("cluster_name", entry.cluster());
            labels.text("container_name", entry.container());
            labels.text("namespace_name", entry.namespace());
            labels.text("pod_name", entry.pod());
            labels.end();
            resource.text("type", Some(Text::Plain("k8s_container")));
            resource.end();
        }
    }
    object.text("severity", entry.severity());
    if structured.is_none() {
        match entry.message() {
            Message::Text(text) => {
                let out = object.key("textPayload");
                out.push(b'"');
                text.push_json(out);
                // Whoever reads it takes one line end off.
                if text.to_cow().ends_with('\n') {
                    out.extend_from_slice(b"\\n");
                }
                out.push(b'"');
            }
            Message::Payload(json) => object.json_text("textPayload", json),
        }
    }
    object.text("timestamp", entry.utc().as_deref().map(Text::Json));
    const WRITTEN: [&str; 4] = ["labels", "logName", "resource", "lq"];
    if entry.dialect() == Dialect::Entry {
        object.unknown(entry.line(), &WRITTEN);
    } else {
        for name in write::WITH.into_iter().filter(|name| !WRITTEN.contains(name)) {
            if let Some(value) = entry.column(name) {
                text::compact(value, object.key(name));
            }
        }
    }
    object.end();
}

/// One line of a container as the kubelet writes it: pieces marked P, the last one F. Pieces end
/// between characters, so a piece may be up to three bytes shorter than the kubelet's.
fn cri(stamp: Option<Stamp>, entry: &Entry, line: &str, terminal: bool, out: &mut Vec<u8>) {
    let stream = entry.stream();
    let stream = stream.as_deref().filter(|s| *s == "stderr").unwrap_or("stdout");
    let mut rest = line;
    loop {
        let piece = &rest[..rest.floor_char_boundary(CRI_PIECE)];
        rest = &rest[piece.len()..];
        if let Some(stamp) = stamp {
            stamp.push_utc(9, out);
            out.push(b' ');
        }
        out.extend_from_slice(stream.as_bytes());
        out.extend_from_slice(if rest.is_empty() { b" F " } else { b" P " });
        push_line(piece, terminal, out);
        if rest.is_empty() {
            return;
        }
    }
}

/// Local time. The offset of the last quarter of an hour is kept, zones change on such limits; and
/// the text of the last minute, for entries come close together.
#[derive(Debug)]
pub(crate) struct LocalTime {
    zone: Zone,
    quarter: i64,
    offset: i32,
    minute: i64,
    text: Vec<u8>,
}

impl LocalTime {
    pub(crate) fn new(zone: Zone) -> Self {
        LocalTime { zone, quarter: i64::MIN, offset: 0, minute: i64::MIN, text: Vec::new() }
    }

    /// Seconds east of UTC at `secs` since 1970.
    pub(crate) fn offset(&mut self, secs: i64) -> i32 {
        let quarter = secs.div_euclid(900);
        if quarter != self.quarter {
            self.quarter = quarter;
            self.offset = self.zone.offset_at(secs);
        }
        self.offset
    }

    /// `2026-11-21` and `16`.
    pub(crate) fn date_and_hour(&mut self, stamp: Stamp) -> (String, String) {
        let mut time = Vec::with_capacity(20);
        self.push(stamp, b'T', 0, &mut time);
        let time = String::from_utf8_lossy(&time);
        let (date, time) = time.split_once('T').unwrap_or_default();
        (date.to_owned(), time.get(..2).unwrap_or_default().to_owned())
    }

    /// Appends `2026-11-21T16:00:00.123`, with `digits` digits of the fraction.
    pub(crate) fn push(&mut self, stamp: Stamp, between: u8, digits: usize, out: &mut Vec<u8>) {
        let local = stamp.secs + i64::from(self.offset(stamp.secs));
        let (minute, second) = (local.div_euclid(60), local.rem_euclid(60) as u8);
        if minute != self.minute {
            self.minute = minute;
            self.text.clear();
            Stamp { secs: minute * 60, nanos: 0 }.push_civil(0, between, 0, &mut self.text);
            self.text.truncate(self.text.len() - 2);
        }
        out.extend_from_slice(&self.text);
        out.extend_from_slice(&[b'0' + second / 10, b'0' + second % 10]);
        stamp.push_fraction(digits, out);
    }
}
