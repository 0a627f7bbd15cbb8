//! Queries about the tables themselves: a result of one row, read by its place.

use chrono::{DateTime, TimeDelta, Utc};

use super::columns::Source;
use super::writer::Writer;
use super::{Payload, Statement, Value, literal, origin};
use crate::select::Predicate;
use crate::source::Cut;
use crate::source::bigquery::address::Address;
use crate::source::bigquery::tables::Table;
use crate::when::Window;

/// Counts the rows of the window in `tables`, whatever they hold; `None` without tables. A table without a
/// column `timestamp` is counted whole.
pub(crate) fn count(tables: &[Table], address: &Address, window: Window) -> Option<Statement> {
    let rows = rows(tables, address, window, |_| "COUNT(*) AS n".to_owned())?;
    Some(statement(Writer { text: format!("SELECT SUM(n) AS n FROM (\n{}\n)", rows.text), ..rows }))
}

/// Of the window's rows: the time of the newest one in Unix microseconds, how many there are, and how many
/// milliseconds after they were written Cloud Logging received them, all together. `None` without tables.
pub(crate) fn newest(tables: &[Table], address: &Address, window: Window) -> Option<Statement> {
    let columns = |source: &Source| {
        let late = match source.column("receiveTimestamp") {
            Some((column, _)) => {
                format!("SUM(TIMESTAMP_DIFF({}, timestamp, MILLISECOND))", literal::identifier(&column.name))
            }
            None => "CAST(NULL AS INT64)".to_owned(),
        };
        format!("UNIX_MICROS(MAX(timestamp)) AS newest, COUNT(*) AS n, {late} AS late")
    };
    let rows = rows(tables, address, window, columns)?;
    let sums = "SELECT MAX(newest) AS newest, SUM(n) AS n, SUM(late) AS late";
    Some(statement(Writer { text: format!("{sums} FROM (\n{}\n)", rows.text), ..rows }))
}

/// The first and the last partition of `tables`: `20261121`, with more digits where partitions are hours.
/// <https://cloud.google.com/bigquery/docs/information-schema-partitions>
pub(crate) fn partitions(tables: &[Table], address: &Address) -> Statement {
    let [project, dataset] = [&address.project, &address.dataset].map(|name| literal::identifier(name));
    let names: Vec<String> = tables.iter().map(|table| literal::value(&Value::String(table.id.clone()))).collect();
    let mut writer = Writer::default();
    writer.line(0, "SELECT MIN(partition_id) AS first_id, MAX(partition_id) AS last_id");
    writer.line(0, &format!("FROM {project}.{dataset}.INFORMATION_SCHEMA.PARTITIONS"));
    // Not `__NULL__`, nor the streaming buffer.
    writer.line(0, &format!("WHERE table_name IN ({}) AND REGEXP_CONTAINS(partition_id, '^[0-9]')", names.join(", ")));
    statement(writer)
}

/// The partitions of `tables` that hold something of the window, of one row and one column: for each a line
/// `TABLE PARTITION ROWS BYTES CHANGED`, the last one in Unix microseconds.
pub(crate) fn partition_states(tables: &[&str], address: &Address, window: Window) -> Statement {
    let [project, dataset] = [&address.project, &address.dataset].map(|name| literal::identifier(name));
    let names: Vec<String> = tables.iter().map(|table| literal::value(&Value::String((*table).to_owned()))).collect();
    // Partitions are of hours, days, months or years: an id is as long as what it tells.
    let bound = |time: DateTime<Utc>| format!("SUBSTR('{}', 1, LENGTH(partition_id))", time.format("%Y%m%d%H"));
    let fields = ["table_name", "partition_id", "total_rows", "total_logical_bytes", "UNIX_MICROS(last_modified_time)"];
    let fields = fields.map(|field| format!("IFNULL(CAST({field} AS STRING), '?')"));
    let mut writer = Writer::default();
    writer.line(0, &format!("SELECT STRING_AGG(CONCAT({}), '\\n') AS states", fields.join(", ' ', ")));
    writer.line(0, &format!("FROM {project}.{dataset}.INFORMATION_SCHEMA.PARTITIONS"));
    writer.line(0, &format!("WHERE table_name IN ({}) AND REGEXP_CONTAINS(partition_id, '^[0-9]')", names.join(", ")));
    let (first, last) = (bound(window.since), bound(window.until - TimeDelta::nanoseconds(1)));
    writer.line(1, &format!("AND partition_id BETWEEN {first} AND {last}"));
    statement(writer)
}

/// A row for each table, with these `columns` of all its rows in the window.
fn rows(tables: &[Table], address: &Address, window: Window, columns: impl Fn(&Source) -> String) -> Option<Writer> {
    let mut writer = Writer::default();
    for table in tables {
        let source = Source { table };
        let union = if writer.text.is_empty() { "" } else { "UNION ALL " };
        writer.line(2, &format!("{union}SELECT {}", columns(&source)));
        let name = [&address.project, &address.dataset, &table.id].map(|name| literal::identifier(name));
        writer.line(2, &format!("FROM {}", name.join(".")));
        if source.column("timestamp").is_some() {
            writer.filter(2, &origin::window(&source, window));
        }
    }
    (!tables.is_empty()).then_some(writer)
}

fn statement(writer: Writer) -> Statement {
    Statement {
        text: writer.text,
        parameters: writer.parameters,
        columns: Vec::new(),
        local: Predicate::default(),
        cut: Cut::All,
        limit: None,
        payload: Payload::None,
        reads: Vec::new(),
    }
}
