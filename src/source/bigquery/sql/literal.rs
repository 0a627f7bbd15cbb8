//! Names and values as GoogleSQL writes them.
//! <https://cloud.google.com/bigquery/docs/reference/standard-sql/lexical>

use chrono::{DateTime, Utc};

use super::Value;
use crate::entry::sanitize;

/// A name in backticks.
pub(super) fn identifier(name: &str) -> String {
    format!("`{}`", escaped(name, '`'))
}

/// A value as a constant. Raw strings where that reads better: `r'\.go:\d+'`.
pub(super) fn value(value: &Value) -> String {
    match value {
        Value::String(text) => string(text),
        Value::Strings(texts) => format!("[{}]", texts.iter().map(|text| string(text)).collect::<Vec<_>>().join(", ")),
        // Always with a point or an exponent, which makes it a FLOAT64.
        Value::Float(number) => format!("{number:?}"),
        Value::Integer(number) => number.to_string(),
    }
}

/// A text in single quotes, never a raw one.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", escaped(text, '\''))
}

pub(super) fn string(text: &str) -> String {
    let raw = |quote: char| {
        let fits = !text.contains(quote) && !text.contains(is_hidden) && !text.ends_with('\\');
        fits.then(|| format!("r{quote}{text}{quote}"))
    };
    match text.contains('\\').then(|| raw('\'').or_else(|| raw('"'))).flatten() {
        Some(raw) => raw,
        None => quoted(text),
    }
}

fn escaped(text: &str, quote: char) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if c == quote => out.extend(['\\', c]),
            c if is_hidden(c) => out.push_str(&match u32::from(c) {
                code @ ..=0xFFFF => format!("\\u{code:04x}"),
                code => format!("\\U{code:08x}"),
            }),
            c => out.push(c),
        }
    }
    out
}

/// Characters that a screen does not show as they are.
fn is_hidden(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200c}' | '\u{200d}') || sanitize::is_harmful(c)
}

/// `TIMESTAMP '2026-11-21 07:00:00.000000+00:00'`: constant, so that partitions can be told by it.
/// Fractions of a microsecond are cut off.
pub(super) fn timestamp(instant: DateTime<Utc>) -> String {
    format!("TIMESTAMP '{}+00:00'", instant.format("%Y-%m-%d %H:%M:%S%.6f"))
}
