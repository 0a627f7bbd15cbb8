//! The same rows by every way: as a page, as the batches of its result, and straight from the table.

use std::ops::ControlFlow;

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::build::{self, Choices};
use super::model::{self, Type, Value};
use super::{Lines, Page, out};
use crate::source::bigquery::schema::Kind;
use crate::source::bigquery::sql::{Cell, Column, Out};

const NAMES: [&str; 8] =
    ["timestamp", "severity", "pod", "stream", "textPayload", "jsonPayload", "labels", "receiveTimestamp"];

/// A table of Cloud Logging's sink, its payload and its labels of any type.
fn tables() -> impl Strategy<Value = Vec<(&'static str, Type)>> {
    (model::types(), model::types()).prop_map(|(payload, labels)| {
        let labels_of_resource = Type::Record(vec![("pod_name".to_owned(), Type::Text)]);
        let resource = Type::Record(vec![("type".to_owned(), Type::Text), ("labels".to_owned(), labels_of_resource)]);
        vec![
            ("jsonPayload", payload),
            ("TEXTPAYLOAD", Type::Text),
            ("timestamp", Type::Timestamp),
            ("unknown", Type::Integer),
            ("severity", Type::Text),
            ("resource", resource),
            ("logName", Type::Text),
            ("labels", labels),
            ("receiveTimestamp", Type::Timestamp),
        ]
    })
}

fn rows(table: &[(&'static str, Type)]) -> impl Strategy<Value = Vec<Vec<Value>>> + use<> {
    let row = |log: &'static str| {
        let log = prop_oneof![Just("stdout"), Just("a%2Fb"), Just("")].prop_map(move |id| format!("{log}{id}"));
        log.prop_map(Value::Text)
    };
    let columns: Vec<BoxedStrategy<Value>> = table
        .iter()
        .map(|(name, of)| match *name {
            "logName" => {
                prop_oneof![row("projects/p/logs/"), row("logs/"), row("a/logs/b/logs/"), row("\n/logs/")].boxed()
            }
            _ => model::values(of),
        })
        .collect();
    prop::collection::vec(columns, 1..6)
}

/// What the query gives: a text for each column, but for the time.
fn result(table: &[(&'static str, Type)], row: &[Value]) -> Vec<Option<String>> {
    let at = |name: &str| table.iter().position(|(of, _)| of.eq_ignore_ascii_case(name)).unwrap();
    let text = |value: &Value| if let Value::Text(text) = value { Some(text.clone()) } else { None };
    let json = |at: usize| Some(model::print(&table[at].1, &row[at])).filter(|json| json.trim() != "null");
    let micros = |at: usize| if let Value::Integer(micros) = row[at] { Some(micros) } else { None };
    NAMES
        .iter()
        .map(|name| match *name {
            "timestamp" => micros(at(name)).map(|micros| micros.to_string()),
            "receiveTimestamp" => micros(at(name)).map(|micros| {
                let fraction = micros.rem_euclid(1_000_000);
                format!("{}.{fraction:06}Z", &model::civil(micros - fraction))
            }),
            "pod" => match &row[at("resource")] {
                Value::Record(resource) => match &resource[1] {
                    Value::Record(labels) => text(&labels[0]),
                    _ => None,
                },
                _ => None,
            },
            "stream" => text(&row[at("logName")])
                .map(|name| regex::Regex::new("^.*?/logs/").unwrap().replace(&name, "").into_owned()),
            "jsonPayload" | "labels" => json(at(name)),
            name => text(&row[at(name)]),
        })
        .collect()
}

/// What a table of the sink has for the columns.
pub(super) fn cells() -> Vec<Option<Cell>> {
    let text = |path: Column| Cell::Text(path, Kind::String);
    vec![
        Some(Cell::Time(Column::quoted("timestamp"))),
        Some(text(Column::quoted("severity"))),
        Some(text(Column::quoted("resource").field("labels").field("pod_name"))),
        Some(Cell::LogId(Box::new(text(Column::quoted("logName"))))),
        Some(text(Column::quoted("textPayload"))),
        Some(Cell::Json(Column::quoted("jsonPayload"))),
        Some(Cell::Json(Column::quoted("labels"))),
        Some(Cell::Text(Column::quoted("receiveTimestamp"), Kind::Timestamp)),
    ]
}

fn columns() -> Vec<Out> {
    let columns = NAMES.iter().map(|name| out(name));
    columns
        .map(
            |column| {
                if column.name == "receiveTimestamp" { Out { kind: super::OutKind::Text, ..column } } else { column }
            },
        )
        .collect()
}

fn by_page(rows: &[Vec<Option<String>>]) -> Vec<String> {
    let cells = |row: &Vec<Option<String>>| row.iter().map(|value| json!({ "v": value })).collect::<Vec<Json>>();
    let rows: Vec<Json> = rows.iter().map(|row| json!({ "f": cells(row) })).collect();
    let page = Page::parse(json!({ "rows": rows }).to_string().into_bytes()).unwrap();
    let mut seen = Vec::new();
    let flow = Lines::new(&columns()).read(&page, |entry| {
        super::check_places(entry);
        seen.push(entry.line().to_owned());
        ControlFlow::Continue(())
    });
    assert!(flow.unwrap().is_continue());
    seen
}

fn by_batch(batch: &arrow_array::RecordBatch, cells: &[Option<Cell>]) -> Vec<String> {
    let mut seen = Vec::new();
    let flow = Lines::new(&columns()).read_batch(batch, cells, |entry| {
        super::check_places(entry);
        seen.push(entry.line().to_owned());
        ControlFlow::Continue(())
    });
    assert!(flow.unwrap().is_continue());
    seen
}

fn batch_of_result(rows: &[Vec<Option<String>>], choices: &mut Choices) -> arrow_array::RecordBatch {
    let value = |name: &str, value: &Option<String>| match (name, value) {
        (_, None) => Value::Null,
        ("timestamp", Some(micros)) => Value::Integer(micros.parse().unwrap()),
        (_, Some(text)) => Value::Text(text.clone()),
    };
    let columns = NAMES.iter().enumerate().map(|(at, name)| {
        let of = if *name == "timestamp" { &Type::Timestamp } else { &Type::Text };
        (*name, of, rows.iter().map(|row| value(name, &row[at])).collect())
    });
    build::batch(columns.collect(), choices)
}

proptest! {
    #[test]
    fn the_same_rows_give_the_same_lines_by_every_way(
        (table, rows) in tables().prop_flat_map(|table| (Just(table.clone()), rows(&table))),
        choices in prop::collection::vec(any::<usize>(), 1..20),
    ) {
        let mut choices = Choices { all: &choices, next: 0 };
        let results: Vec<_> = rows.iter().map(|row| result(&table, row)).collect();
        let page = by_page(&results);
        let cells_of_result: Vec<_> = columns().iter().map(|out| Some(Cell::of_result(out))).collect();
        prop_assert_eq!(&by_batch(&batch_of_result(&results, &mut choices), &cells_of_result), &page);
        let columns = table.iter().enumerate();
        let columns = columns.map(|(at, (name, of))| (*name, of, rows.iter().map(|row| row[at].clone()).collect()));
        let straight = build::batch(columns.collect(), &mut choices);
        prop_assert_eq!(&by_batch(&straight, &cells()), &page);
    }
}
