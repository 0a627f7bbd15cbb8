//! Bodies of BigQuery's answers.

use std::ops::ControlFlow;

use serde_json::Value;

use super::canon::has_keys_once;
use crate::entry::dialect::Dialect;
use crate::entry::scan::Spans;
use crate::entry::write::{self, Columns};
use crate::entry::{Entry, Message};
use crate::source::bigquery::row::{Lines, Page};
use crate::source::bigquery::sql::{Out, OutKind};

const COLUMNS: [(&str, OutKind); 12] = [
    ("textPayload", OutKind::Text),
    ("insertId", OutKind::Text),
    ("timestamp", OutKind::Time),
    ("jsonPayload", OutKind::Json),
    ("severity", OutKind::Text),
    ("stream", OutKind::Text),
    ("pod", OutKind::Text),
    ("container", OutKind::Text),
    ("cluster", OutKind::Text),
    ("namespace", OutKind::Text),
    ("resource", OutKind::Json),
    ("labels", OutKind::Json),
];

/// A body, of as many columns as its first row has. A page has as many entries as rows, each of them sound.
pub fn rows(data: &[u8]) {
    let Ok(page) = Page::parse(data.to_vec()) else { return };
    let _ = page.failure();
    // Of two members of a name serde_json keeps the last, we the first.
    let body: Option<Value> = serde_json::from_slice(data).ok().filter(|_| has_keys_once(&super::text(data)));
    let theirs = body.as_ref().and_then(|body| body["rows"].as_array());
    let cells = |row: &Value| row["f"].as_array().map_or(1, Vec::len);
    let count = theirs.and_then(|rows| rows.first()).map_or(1, cells).min(COLUMNS.len());
    let columns: Vec<Out> = COLUMNS[..count].iter().map(|(name, kind)| Out { name, kind: *kind }).collect();
    let mut lines = Lines::new(&columns);
    let mut seen = 0;
    let flow = lines.read(&page, |entry| {
        is_sound(entry);
        if let Some(rows) = theirs {
            says_what_its_row_says(entry, &rows[seen], count);
        }
        seen += 1;
        ControlFlow::Continue(())
    });
    if let (Ok(_), Some(rows)) = (flow, theirs) {
        assert_eq!(seen, rows.len());
    }
}

fn is_sound(entry: &Entry) {
    assert_eq!(entry.dialect(), Dialect::LogEntry, "{}", entry.line());
    let mut first = Vec::new();
    write::entry(entry, &Columns::default(), &mut first);
    let first = String::from_utf8(first).expect("an entry is text");
    let mut again = Vec::new();
    let mut spans = Spans::default();
    let entry = Entry::parse(&first, &mut spans).unwrap_or_else(|flaw| panic!("{first}: {flaw}"));
    write::entry(&entry, &Columns::default(), &mut again);
    assert_eq!(super::text(&again), first);
}

/// Texts are those of the row, to the letter.
fn says_what_its_row_says(entry: &Entry, row: &Value, count: usize) {
    let said = |column: usize| if column < count { row["f"][column]["v"].as_str() } else { None };
    let names = [(1, entry.insert_id()), (4, entry.severity()), (6, entry.pod()), (7, entry.container())];
    let may_be_object = |resource: &Value| resource.as_str().map_or(resource.is_object(), |text| text.contains('{'));
    let has_resource = count > 10 && may_be_object(&row["f"][10]["v"]);
    for (column, ours) in names {
        if let Some(said) = said(column).filter(|_| column < 6 || !has_resource) {
            assert_eq!(ours.map(|text| text.to_cow().into_owned()).as_deref(), Some(said), "{}", entry.line());
        }
    }
    if let (Some(said), Message::Text(text)) = (said(0), entry.message()) {
        assert_eq!(text.to_cow(), said.strip_suffix('\n').unwrap_or(said), "{}", entry.line());
    }
}
