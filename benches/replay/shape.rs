//! Which columns the table has, and which a query of lq may select.

use anyhow::{Context, Result, bail};

use crate::column::Column;
use crate::column::Kind::{Json, Number, Record, Texts, Time, Truth};
use crate::entry::{Entry, Payload};

pub const PROJECT: &str = "acme";
pub const DATASET: &str = "gke";
pub const TABLE: &str = "stdout";
pub const CLUSTER: &str = "prod-tokyo";
const LOG: &str = "projects/acme/logs/stdout";

/// The columns of a sink's table.
pub fn table() -> Vec<Column> {
    vec![
        Column::text("logName", |_| Some(LOG)),
        Column::new("resource", Record(resource(), |_| true)),
        Column::text("textPayload", |entry| entry.text.as_deref()),
        Column::new("jsonPayload", Record(payload(), is_structured)),
        Column::new("timestamp", Time(|entry| entry.time)),
        Column::new("receiveTimestamp", Time(|entry| entry.received)),
        Column::text("severity", |entry| Some(entry.severity)),
        Column::text("insertId", |entry| Some(&entry.insert_id)),
        Column::new("labels", Record(labels(), |_| true)),
    ]
}

/// The members of a LogEntry, as a sink writes it to Cloud Storage: labels as Kubernetes calls them. Where the cluster
/// lies nobody asks; without it a line has less than 900 bytes on the average.
/// <https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry>
pub fn log_entry() -> Vec<Column> {
    let labels = vec![Column::text("k8s-pod/app", |entry| Some(entry.pod.app))];
    let mut resource = resource();
    if let Some(Record(labels, _)) = resource.last_mut().map(|column| &mut column.kind) {
        labels.retain(|column| column.name != "location");
    }
    vec![
        Column::text("insertId", |entry| Some(&entry.insert_id)),
        Column::new("jsonPayload", Record(payload(), is_structured)),
        Column::new("labels", Record(labels, |_| true)),
        Column::text("logName", |_| Some(LOG)),
        Column::new("receiveTimestamp", Time(|entry| entry.received)),
        Column::new("resource", Record(resource, |_| true)),
        Column::text("severity", |entry| Some(entry.severity)),
        Column::text("textPayload", |entry| entry.text.as_deref()),
        Column::new("timestamp", Time(|entry| entry.time)),
    ]
}

/// The members of an entry, lq-entry(5).
pub fn entry() -> Vec<Column> {
    let names = ["timestamp", "severity", "cluster", "namespace", "pod", "container", "stream"];
    let mut columns: Vec<Column> = names.into_iter().filter_map(result).collect();
    columns.extend([
        Column::text("message", |entry| entry.text.as_deref().or(of(entry, |payload| payload.message.as_str()))),
        Column::new("payload", Record(payload(), is_structured)),
        Column::text("insertId", |entry| Some(&entry.insert_id)),
    ]);
    columns
}

/// A column of a result.
fn result(name: &str) -> Option<Column> {
    Some(match name {
        "timestamp" => Column::new("timestamp", Time(|entry| entry.time)),
        "severity" => Column::text("severity", |entry| Some(entry.severity)),
        "insertId" => Column::text("insertId", |entry| Some(&entry.insert_id)),
        "cluster" => Column::text("cluster", |_| Some(CLUSTER)),
        "namespace" => Column::text("namespace", |entry| Some(entry.pod.namespace)),
        "pod" => Column::text("pod", |entry| Some(&entry.pod.name)),
        "container" => Column::text("container", |entry| Some(entry.pod.container)),
        "stream" => Column::text("stream", |_| Some("stdout")),
        "textPayload" => Column::text("textPayload", |entry| entry.text.as_deref()),
        "jsonPayload" => Column::new("jsonPayload", Json(payload(), is_structured)),
        "labels" => Column::new("labels", Json(labels(), |_| true)),
        _ => return None,
    })
}

/// The columns that a query selects: the names at the end of the items behind its last SELECT. Fails where one
/// was not recorded.
pub fn selected(sql: &str) -> Result<Vec<Column>> {
    let behind = sql.rsplit_once("SELECT\n").context("a query without a SELECT of its own line")?.1;
    let items = behind.split_once("\nFROM ").context("a query without FROM")?.0;
    let mut names: Vec<&str> = Vec::new();
    for line in items.lines() {
        let name = line.trim_end_matches(',').rsplit(' ').next().unwrap_or_default();
        match line.strip_prefix("  ").is_some_and(|rest| !rest.starts_with(' ')) {
            true => names.push(name),
            // An item that goes on.
            false => names.last_mut().into_iter().for_each(|last| *last = name),
        }
    }
    names.iter().map(|name| result(name).with_context(|| format!("no column {name} was recorded"))).collect()
}

/// What the paths select of the table; all of it where there are none.
pub fn projected(paths: &[String]) -> Result<Vec<Column>> {
    if paths.is_empty() {
        return Ok(table());
    }
    let columns = kept(table(), "", paths);
    let found: Vec<String> = columns.iter().flat_map(|column| leaves(column, "")).collect();
    for path in paths {
        if !found.iter().any(|leaf| leaf == path || leaf.starts_with(&format!("{path}."))) {
            bail!("no column {path} was recorded");
        }
    }
    Ok(columns)
}

fn kept(columns: Vec<Column>, above: &str, paths: &[String]) -> Vec<Column> {
    let kept = columns.into_iter().filter_map(|column| {
        let path = format!("{above}{}", column.name);
        if paths.contains(&path) {
            return Some(column);
        }
        match column.kind {
            Record(columns, has) => {
                let columns = kept(columns, &format!("{path}."), paths);
                (!columns.is_empty()).then(|| Column::new(column.name, Record(columns, has)))
            }
            _ => None,
        }
    });
    kept.collect()
}

fn leaves(column: &Column, above: &str) -> Vec<String> {
    let path = format!("{above}{}", column.name);
    match &column.kind {
        Record(columns, _) => columns.iter().flat_map(|column| leaves(column, &format!("{path}."))).collect(),
        _ => vec![path],
    }
}

fn resource() -> Vec<Column> {
    let labels = vec![
        Column::text("project_id", |_| Some(PROJECT)),
        Column::text("location", |_| Some("asia-northeast1")),
        Column::text("cluster_name", |_| Some(CLUSTER)),
        Column::text("namespace_name", |entry| Some(entry.pod.namespace)),
        Column::text("pod_name", |entry| Some(&entry.pod.name)),
        Column::text("container_name", |entry| Some(entry.pod.container)),
    ];
    vec![Column::text("type", |_| Some("k8s_container")), Column::new("labels", Record(labels, |_| true))]
}

fn labels() -> Vec<Column> {
    vec![
        Column::text("k8s_pod_app", |entry| Some(entry.pod.app)),
        Column::text("compute_googleapis_com_resource_name", |entry| Some(&entry.pod.node)),
    ]
}

fn is_structured(entry: &Entry) -> bool {
    entry.payload.is_some()
}

fn of<'a, T>(entry: &'a Entry, value: impl Fn(&'a Payload) -> T) -> Option<T> {
    entry.payload.as_ref().map(value)
}

fn payload() -> Vec<Column> {
    let http = vec![
        Column::text("method", |entry| of(entry, |payload| payload.http.method)),
        Column::text("path", |entry| of(entry, |payload| payload.http.path.as_str())),
        Column::new("status", Number(|entry| of(entry, |payload| payload.http.status))),
        Column::text("user_agent", |entry| of(entry, |payload| payload.http.agent)),
    ];
    vec![
        Column::text("level", |entry| of(entry, |payload| payload.level)),
        Column::text("message", |entry| of(entry, |payload| payload.message.as_str())),
        Column::text("logger", |entry| of(entry, |payload| payload.logger)),
        Column::text("thread", |entry| of(entry, |payload| payload.thread.as_str())),
        Column::text("user_id", |entry| entry.payload.as_ref()?.user.as_deref()),
        Column::text("request_id", |entry| of(entry, |payload| payload.request.as_str())),
        Column::text("trace_id", |entry| of(entry, |payload| payload.trace.as_str())),
        Column::text("host", |entry| of(entry, |payload| payload.host)),
        Column::text("remote_ip", |entry| of(entry, |payload| payload.address.as_str())),
        Column::new("latency_ms", Number(|entry| of(entry, |payload| payload.latency))),
        Column::new("bytes", Number(|entry| of(entry, |payload| payload.bytes))),
        Column::new("cached", Truth(|entry| of(entry, |payload| payload.is_cached))),
        Column::new("tags", Texts(|entry| of(entry, |payload| payload.tags).unwrap_or_default())),
        Column::new("http", Record(http, is_structured)),
    ]
}
