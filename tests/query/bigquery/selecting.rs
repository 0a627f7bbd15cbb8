//! Every flag that selects means on each of BigQuery's layouts what it means on an archive: the same
//! table of cases.

use serde_json::{Map, Value, json};

use super::cases::CASES;
use crate::emulator::{Dataset, analytics_columns, columns, emulator};
use crate::support::{Run, lq_query};

/// What a sink's tables make of `9007199254740993`: numbers are FLOAT there. These cases end otherwise.
const ROUNDED: [&str; 5] = [
    "field: a number, unrounded",
    "field: its neighbour",
    "field: regex on a number",
    "field: greater, to the last digit",
    "grep: the payload is compact",
];

/// Cases about records that no sink writes.
pub(super) fn is_of_a_sink(line: &str) -> bool {
    line.contains("insertId")
}

/// The case's entry in Google's shape.
fn log_entry(line: &str) -> Value {
    let entry: Value = serde_json::from_str(line).unwrap();
    if entry.get("resource").is_some() {
        return entry;
    }
    let labels = json!({
        "cluster_name": entry["cluster"], "namespace_name": entry["namespace"],
        "pod_name": entry["pod"], "container_name": entry["container"],
    });
    let mut made = json!({
        "timestamp": entry["timestamp"], "severity": entry["severity"], "insertId": entry["insertId"],
        "logName": format!("projects/p/logs/{}", entry["stream"].as_str().unwrap()),
        "resource": {"type": "k8s_container", "labels": labels},
    });
    match entry.get("payload") {
        Some(payload) => made["jsonPayload"] = payload.clone(),
        None => made["textPayload"] = entry["message"].clone(),
    }
    made
}

/// The distinct entries of the cases.
pub(super) fn entries() -> Vec<Value> {
    let mut entries: Vec<Value> = Vec::new();
    for (_, _, line, _) in CASES.iter().filter(|(_, _, line, _)| is_of_a_sink(line)) {
        let entry = log_entry(line);
        if !entries.contains(&entry) {
            entries.push(entry);
        }
    }
    entries
}

/// Names of columns: what BigQuery does not allow becomes `_`.
fn mangled(value: &Value) -> Value {
    let name =
        |name: &str| -> String { name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect() };
    match value {
        Value::Object(object) => object
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (name(key), mangled(value)))
            .collect::<Map<_, _>>()
            .into(),
        value => value.clone(),
    }
}

/// As the sink writes it to a table, with the table's name.
pub(super) fn table_row(entry: &Value) -> (String, Value) {
    let log = entry["logName"].as_str().unwrap().rsplit("/logs/").next().unwrap();
    let table: String =
        log.replace("%2F", "/").chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let mut row = entry.clone();
    for nested in ["labels", "jsonPayload"] {
        if let Some(value) = row.get_mut(nested) {
            *value = mangled(value);
        }
    }
    if let Some(payload) = row.as_object_mut().unwrap().remove("protoPayload") {
        row["protopayload_auditlog"] = payload;
    }
    (table, row)
}

/// As a Log Analytics view has it; a label that came mangled gets its name back.
fn analytics_row(entry: &Value) -> Value {
    let mut row = json!({
        "timestamp": entry["timestamp"], "insert_id": entry["insertId"], "log_name": entry["logName"],
        "resource": {"type": entry["resource"]["type"], "labels": entry["resource"]["labels"].to_string()},
    });
    for (to, from) in [("severity", "severity"), ("text_payload", "textPayload")] {
        if let Some(value) = entry.get(from) {
            row[to] = value.clone();
        }
    }
    for (to, from) in [("json_payload", "jsonPayload"), ("labels", "labels"), ("http_request", "httpRequest")] {
        if let Some(value) = entry.get(from) {
            let json = value.to_string().replace("k8s_pod_app_kubernetes_io_name", "k8s-pod/app.kubernetes.io/name");
            row[to] = match to {
                "http_request" => json!({"status": value["status"], "response_size": value["responseSize"]}),
                _ => json.into(),
            };
        }
    }
    row
}

/// Loads the entries by table; `suffix` ends each table's name.
pub(super) fn load(dataset: &Dataset, entries: &[Value], suffix: &str, partitions: &Value) {
    let rows: Vec<(String, Value)> = entries.iter().map(table_row).collect();
    for log in ["stdout", "stderr", "cloudaudit_googleapis_com_activity"] {
        let of_log: Vec<Value> = rows.iter().filter(|(table, _)| table == log).map(|(_, row)| row.clone()).collect();
        let table = format!("{log}{suffix}");
        dataset.table(&table, &columns(&of_log), partitions);
        dataset.insert(&table, &of_log);
    }
}

/// Runs every case on the dataset, and tells all that end otherwise than on an archive.
fn check(dataset: &Dataset, window: [&str; 2], is_rounded: bool, but: impl Fn(&str) -> bool) {
    let mut wrong = Vec::new();
    let home = tempfile::tempdir().unwrap();
    for (name, flags, line, selected) in CASES.iter().filter(|(_, flags, line, _)| is_of_a_sink(line) && !but(flags)) {
        let selected = *selected != (is_rounded && ROUNDED.contains(name));
        let id = log_entry(line)["insertId"].as_str().unwrap().to_owned();
        let mut command = lq_query();
        command.env("BIGQUERY_EMULATOR_HOST", emulator().url()).env("HOME", home.path());
        command.args(["--source", &dataset.source(), "--empty-ok", "--since", window[0], "--until", window[1]]);
        let run = Run::of(command.args(shlex::split(flags).unwrap()));
        if run.status != Some(0) || run.all("insertId").contains(&id) != selected {
            wrong.push(format!("{name}: `{flags}` should have {selected}: {:?}\n{}{}", run.status, run.out, run.err));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), CASES.len(), wrong.join("\n"));
}

pub(super) const DAY: [&str; 2] = ["2026-11-21T06:00:00Z", "2026-11-21T09:00:00Z"];

#[test]
fn on_date_shards() {
    let dataset = Dataset::new("cases_sharded");
    load(&dataset, &entries(), "_20261121", &Value::Null);
    check(&dataset, DAY, true, |_| false);
}

#[test]
fn on_tables_partitioned_by_timestamp() {
    let dataset = Dataset::new("cases_partitioned");
    load(&dataset, &entries(), "", &json!({"type": "DAY", "field": "timestamp"}));
    check(&dataset, DAY, true, |_| false);
}

#[test]
fn on_tables_partitioned_by_arrival() {
    let dataset = Dataset::new("cases_ingested");
    // All rows of the emulator arrived just now.
    let now = chrono::Utc::now();
    let entries: Vec<Value> = entries()
        .into_iter()
        .map(|mut entry| {
            entry["timestamp"] = (now - chrono::TimeDelta::hours(1)).to_rfc3339().into();
            entry
        })
        .collect();
    load(&dataset, &entries, "", &json!({"type": "DAY"}));
    let [since, until] = [2, 0].map(|hours| (now - chrono::TimeDelta::hours(hours)).to_rfc3339());
    check(&dataset, [&since, &until], true, |flags| flags.contains("timestamp"));
}

#[test]
fn on_a_log_analytics_view() {
    let dataset = Dataset::new("cases_analytics");
    let mut columns = analytics_columns();
    let request = json!({"name": "http_request", "type": "RECORD", "mode": "NULLABLE", "fields": [
        {"name": "status", "type": "INTEGER", "mode": "NULLABLE"},
        {"name": "response_size", "type": "INTEGER", "mode": "NULLABLE"},
    ]});
    columns.as_array_mut().unwrap().push(request);
    let rows: Vec<Value> = entries().iter().map(analytics_row).collect();
    dataset.table("rows", &columns, &Value::Null);
    dataset.insert("rows", &rows);
    let view = json!({"query": format!("SELECT * FROM {}", dataset.quoted("rows")), "useLegacySql": false});
    dataset.create("_AllLogs", json!({"view": view, "schema": {"fields": columns}}));
    check(&dataset, DAY, false, |_| false);
}
