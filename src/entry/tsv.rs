//! The form `tsv`: the columns of `text` between tabs, one line an entry, for awk.

use super::direct::{self, Spelling};
use super::forms::LocalTime;
use super::text::{self, Text};
use super::{Entry, Message, sanitize, text_form};

/// Appends `entry` as `tsv`, line end included.
pub(crate) fn tsv(entry: &Entry, zone: &mut LocalTime, out: &mut Vec<u8>) {
    match entry.stamp() {
        Some((stamp, digits)) => text_form::time(stamp, digits, zone, None, out),
        None => out.push(b'-'),
    }
    out.push(b'\t');
    match text_form::severity(entry) {
        Some(severity) => out.extend_from_slice(severity.name().as_bytes()),
        None => column(entry.severity(), out),
    }
    for name in [entry.pod(), entry.container()] {
        out.push(b'\t');
        column(name, out);
    }
    out.push(b'\t');
    match entry.message() {
        Message::Text(text) => of_text(text, out),
        Message::Payload(payload) => {
            let mut compact = Vec::new();
            text::compact(payload, &mut compact);
            field(&String::from_utf8_lossy(&compact), out);
        }
    }
    out.push(b'\n');
}

fn column(text: Option<Text>, out: &mut Vec<u8>) {
    match text {
        Some(text) => of_text(text, out),
        None => out.push(b'-'),
    }
}

fn of_text(text: Text, out: &mut Vec<u8>) {
    if !direct::push(text, Spelling::Escaped, out) {
        field(&text.to_cow(), out);
    }
}

/// One field: backslash, tab and line end escaped, so that a line stays one and can be read back.
pub(super) fn field(text: &str, out: &mut Vec<u8>) {
    let mut rest = text;
    while let Some(at) = memchr::memchr3(b'\\', b'\t', b'\n', rest.as_bytes()) {
        sanitize::push(&rest[..at], out);
        out.extend_from_slice(match rest.as_bytes()[at] {
            b'\t' => b"\\t",
            b'\n' => b"\\n",
            _ => b"\\\\",
        });
        rest = &rest[at + 1..];
    }
    sanitize::push(rest, out);
}
