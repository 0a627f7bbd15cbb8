//! The form `logfmt`: `key=value` with blanks between, one line an entry, for Loki's `| logfmt`, hl, and
//! whoever else reads what Go's loggers write.
//!
//! Its readers agree on little, so no more than that is written. A value that is empty or has a
//! blank, `=` or a quote stands in double quotes, escaped as in JSON; so does a text that would read
//! as a number, `true`, `false` or `null`. What some reader refuses in a key is `_`; a key that stands
//! in the line already gets a number: `a b` behind `a_b` is `a_b_2`.
//!
//! - <https://pkg.go.dev/github.com/kr/logfmt>: the grammar
//! - <https://github.com/grafana/loki/blob/main/pkg/logql/log/logfmt/decode.go>
//! - <https://github.com/pamburus/hl/blob/master/crate/log-format-logfmt/src/token.rs>

use std::collections::HashMap;

use super::pairs::{OPEN_DEPTH, is_empty};
use super::text::{self, Text};
use super::write::{self, Columns};
use super::{Entry, Message, sanitize, scan};

/// Appends `entry` as `logfmt`, line end included: the keys of the entry in their order, objects
/// opened as `payload.user.id`. What a payload says is said once: its text as `message`, or without
/// one its members alone.
pub(crate) fn logfmt(entry: &Entry, columns: &Columns, out: &mut Vec<u8>) {
    let mut line = Vec::new();
    write::entry(entry, columns, &mut line);
    let line = String::from_utf8_lossy(&line);
    let message = entry.message();
    let has_payload = columns.payload && entry.payload().is_some();
    let is_stand_in = has_payload && matches!(message, Message::Payload(_));
    let said = match (entry.payload_text(), message) {
        (Some((key, text)), Message::Text(message)) => {
            Some(key).filter(|_| text.without_newline().to_cow() == message.to_cow())
        }
        _ => None,
    };
    let mut pairs = Pairs { start: out.len(), key: Vec::new(), taken: HashMap::new(), out };
    scan::members(&line, |key, value| {
        match key {
            "message" if is_stand_in => {}
            "lq" if value == "{}" => {} // says that a line is an entry: to readers of JSON
            "payload" => pairs.pair(key, value, 0, said),
            _ => pairs.pair(key, value, 0, None),
        }
        true
    });
    out.push(b'\n');
}

struct Pairs<'a> {
    /// Where the line begins.
    start: usize,
    /// The keys above, with points behind them.
    key: Vec<u8>,
    /// The keys that stand in the line, and how often each was asked for.
    taken: HashMap<Vec<u8>, u64>,
    out: &'a mut Vec<u8>,
}

impl Pairs<'_> {
    /// Appends a member; of an object its members, but the one called `skip`.
    fn pair(&mut self, key: &str, value: &str, depth: usize, skip: Option<&str>) {
        let outer = self.key.len();
        push_key(&Text::Json(key).to_cow(), &mut self.key);
        if value.starts_with('{') && depth <= OPEN_DEPTH && !is_empty(value) {
            self.key.push(b'.');
            scan::members(value, |key, value| {
                if skip.is_none_or(|skip| Text::Json(key) != *skip) {
                    self.pair(key, value, depth + 1, None);
                }
                true
            });
        } else {
            if self.out.len() > self.start {
                self.out.push(b' ');
            }
            self.claim_key();
            self.out.extend_from_slice(&self.key);
            self.out.push(b'=');
            push_value(value, self.out);
        }
        self.key.truncate(outer);
    }

    /// Makes the key one that does not stand in the line yet: no member passes for another.
    fn claim_key(&mut self) {
        if let Some(mut times) = self.taken.get(&self.key).copied() {
            let asked = self.key.clone();
            while self.taken.contains_key(&self.key) {
                times += 1;
                self.key.truncate(asked.len());
                self.key.extend(format!("_{times}").into_bytes());
            }
            self.taken.insert(asked, times);
        }
        self.taken.insert(self.key.clone(), 1);
    }
}

fn push_key(key: &str, out: &mut Vec<u8>) {
    let is_refused = |c: char| {
        c.is_whitespace()
            || sanitize::is_harmful(c)
            || "\"'=(),;<>[]\\^`{}|".contains(c)
            || c == char::REPLACEMENT_CHARACTER
    };
    let mangled = key.chars().map(|c| if is_refused(c) { '_' } else { c });
    let before = out.len();
    out.extend(mangled.collect::<String>().into_bytes());
    if out.len() == before {
        out.push(b'_');
    }
}

fn push_value(value: &str, out: &mut Vec<u8>) {
    let mut compact = Vec::new();
    let text = match value.as_bytes().first() {
        Some(b'"') => Text::of_value(value).unwrap_or(Text::Plain(value)).to_cow(),
        Some(b'{' | b'[') => {
            text::compact(value, &mut compact);
            String::from_utf8_lossy(&compact)
        }
        _ => return out.extend_from_slice(value.as_bytes()),
    };
    if is_bare(&text) {
        return out.extend_from_slice(text.as_bytes());
    }
    let mut escaped = Vec::with_capacity(text.len() + 2);
    text::escape(&text, &mut escaped);
    out.push(b'"');
    sanitize::push_json(&String::from_utf8_lossy(&escaped), out);
    out.push(b'"');
}

fn is_bare(text: &str) -> bool {
    let is_plain = |c: char| {
        !c.is_whitespace() && !sanitize::is_harmful(c) && !"\"'=".contains(c) && c != char::REPLACEMENT_CHARACTER
    };
    let is_json = || scan::value(text.as_bytes()).is_ok_and(|end| end == text.len());
    !text.is_empty() && text.chars().all(is_plain) && !is_json()
}
