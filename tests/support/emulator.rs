//! The BigQuery emulator, one for each test binary, and datasets in it as Cloud Logging fills them.
//!
//! It is bqemulator 1.4.0 (`make emulator` installs it). What it cannot:
//! - `_PARTITIONTIME` is the present instant in every row, so a table by ingestion time shows its rows
//!   only for windows within a day of now: use entries of the last hours there.
//! - A view made by SQL has no JSON columns (they become STRING), and one made by tables.insert has only
//!   the columns that are said there; see [`Dataset::analytics`].
//! - JSON columns take a string of JSON, no object; a column that the table lacks is dropped in silence,
//!   where BigQuery refuses the row.
//! - tables.get tells no `location` and always 0 bytes; tables.list of a dataset that does not exist is
//!   empty, always one page, and never tells `timePartitioning`.
//! - A query that fails may be HTTP 200 with `errors`.
//! - Prices, quotas, permissions, cancelled jobs and retries are not enforced: a scripted server is for those.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Map, Value, json};

use crate::support::Log;

/// The project of all datasets.
pub const PROJECT: &str = "acme";

/// A running emulator.
pub struct Emulator {
    pub rest_port: u16,
    pub grpc_port: u16,
    /// It ends when its standard input is closed, and the system closes that however this process ends.
    _alive: Child,
}

/// The one of this process, started at the first call and ready when this returns.
pub fn emulator() -> &'static Emulator {
    static ONE: OnceLock<Emulator> = OnceLock::new();
    ONE.get_or_init(Emulator::start)
}

impl Emulator {
    fn start() -> Self {
        let mut command = python("emulator.py");
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ports: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("the emulator did not start: {line}"));
        let port = |name: &str| u16::try_from(ports[name].as_u64().unwrap()).unwrap();
        Emulator { rest_port: port("rest"), grpc_port: port("grpc"), _alive: child }
    }

    /// What BIGQUERY_EMULATOR_HOST must be.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.rest_port)
    }

    /// What BIGQUERY_STORAGE_EMULATOR_HOST must be. See tests/query/bigquery/relay.rs for what is wrong with it.
    pub fn grpc_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.grpc_port)
    }

    /// One request to the API, below `/bigquery/v2/projects/acme/`; the answer must be 2xx.
    #[track_caller]
    pub fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        let (status, answer) = self.request(method, path, body);
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
        answer
    }

    /// One request, and the status of the answer.
    pub fn request(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.rest_port)).unwrap();
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let length = body.len();
        write!(
            stream,
            "{method} /bigquery/v2/projects/{PROJECT}/{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, serde_json::from_str(body).unwrap_or(Value::Null))
    }

    /// The rows of a query, each an array of values as BigQuery writes them: strings, and `null`.
    #[track_caller]
    pub fn query(&self, sql: &str) -> Vec<Value> {
        let format = json!({"useInt64Timestamp": true});
        let answer =
            self.call("POST", "queries", &json!({"query": sql, "useLegacySql": false, "formatOptions": format}));
        assert!(answer.get("errors").is_none() && answer["jobComplete"] == true, "{sql}: {answer}");
        let rows = answer["rows"].as_array().cloned().unwrap_or_default();
        assert_eq!(answer["totalRows"], rows.len().to_string(), "one page is enough for tests");
        let values = |row: &Value| row["f"].as_array().unwrap().iter().map(|cell| cell["v"].clone()).collect();
        rows.iter().map(values).collect()
    }
}

/// The rows of a query as Google's own Python client reads them: an object a row, times in RFC 3339 with
/// six digits.
#[track_caller]
pub fn witnessed(sql: &str) -> Vec<Value> {
    let out = run(python("witness.py").arg(emulator().url()).arg(PROJECT), sql);
    out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Asserts that a parser of BigQuery's SQL that knows nothing of lq can read each of these.
#[track_caller]
pub fn parses(queries: &[&str]) {
    run(&mut python("parse.py"), &queries.join("\0"));
}

/// A script of tests/bigquery, to be run with what `make emulator` installed.
fn python(script: &str) -> Command {
    let house = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = house.join("target/tools/bigquery/venv/bin/python");
    assert!(python.exists(), "the BigQuery emulator is not installed: run `make emulator` first");
    let mut command = Command::new(python);
    command.arg(house.join("tests/bigquery").join(script)).env_clear();
    command
}

/// Standard output of a command that must end well, given this input.
#[track_caller]
fn run(command: &mut Command, input: &str) -> String {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "what it says stands above; it was given:\n{input}");
    String::from_utf8(output.stdout).unwrap()
}

/// A dataset of a test's own.
pub struct Dataset {
    pub id: String,
}

impl Dataset {
    /// Empty.
    pub fn new(name: &str) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let id = format!("{name}_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let reference = json!({"projectId": PROJECT, "datasetId": id});
        emulator().call("POST", "datasets", &json!({"datasetReference": reference, "location": "asia-northeast1"}));
        Dataset { id }
    }

    /// What `--source` must be.
    pub fn source(&self) -> String {
        format!("bq://{PROJECT}/{}", self.id)
    }

    /// A table's name as SQL wants it.
    pub fn quoted(&self, table: &str) -> String {
        format!("`{PROJECT}.{}.{table}`", self.id)
    }

    /// The date-sharded layout: each entry goes to the table of its stream and of its UTC day.
    pub fn sharded(&self, logs: &[Log]) {
        self.by_table(logs, |log| format!("{}_{}", log.stream, log.time[..10].replace('-', "")), &Value::Null);
    }

    /// One table for each stream, partitioned by `timestamp`.
    pub fn partitioned(&self, logs: &[Log]) {
        self.by_table(logs, |log| log.stream.clone(), &json!({"type": "DAY", "field": "timestamp"}));
    }

    /// One table for each stream, partitioned by the time at which rows arrive, which is now.
    pub fn ingested(&self, logs: &[Log]) {
        self.by_table(logs, |log| log.stream.clone(), &json!({"type": "DAY"}));
    }

    /// The view `_AllLogs` as a Log Analytics dataset has it. The rows lie in a table that is named like
    /// no log.
    pub fn analytics(&self, logs: &[Log]) {
        let rows: Vec<Value> = logs.iter().map(|log| without_nulls(log.analytics_row())).collect();
        self.table("analytics_rows", &analytics_columns(), &Value::Null);
        self.insert("analytics_rows", &rows);
        let view = json!({"query": format!("SELECT * FROM {}", self.quoted("analytics_rows")), "useLegacySql": false});
        self.create("_AllLogs", json!({"view": view, "schema": {"fields": analytics_columns()}}));
    }

    fn by_table(&self, logs: &[Log], name: impl Fn(&Log) -> String, partitions: &Value) {
        let mut tables: Vec<(String, Vec<Value>)> = Vec::new();
        for log in logs {
            let name = name(log);
            match tables.iter_mut().find(|(table, _)| *table == name) {
                Some((_, rows)) => rows.push(row(log)),
                None => tables.push((name, vec![row(log)])),
            }
        }
        for (name, rows) in tables {
            self.table(&name, &columns(&rows), partitions);
            self.insert(&name, &rows);
        }
    }

    /// Makes a table of these columns; `partitions` is its `timePartitioning`, or null.
    #[track_caller]
    pub fn table(&self, table: &str, columns: &Value, partitions: &Value) {
        let mut told = json!({"schema": {"fields": columns}});
        if !partitions.is_null() {
            told["timePartitioning"] = partitions.clone();
        }
        self.create(table, told);
    }

    /// Makes a table or a view of what tables.insert takes.
    #[track_caller]
    pub fn create(&self, table: &str, mut told: Value) {
        told["tableReference"] = json!({"projectId": PROJECT, "datasetId": self.id, "tableId": table});
        emulator().call("POST", &format!("datasets/{}/tables", self.id), &told);
    }

    /// Appends rows, as Cloud Logging does: by the streaming API.
    #[track_caller]
    pub fn insert(&self, table: &str, rows: &[Value]) {
        let rows: Vec<Value> = rows.iter().map(|row| json!({"json": row})).collect();
        let path = format!("datasets/{}/tables/{table}/insertAll", self.id);
        let answer = emulator().call("POST", &path, &json!({"rows": rows}));
        assert_eq!(answer["insertErrors"], json!([]), "{table}");
    }
}

/// The record as the sink writes it to a table: payload keys in lower case and mangled, what is empty
/// left out.
pub fn row(log: &Log) -> Value {
    let mut row = without_nulls(log.table_row());
    if let Some(payload) = row.get_mut("jsonPayload") {
        *payload = mangled(payload);
    }
    row
}

/// The columns that a sink's table has once these rows are in it: a few at least, and all that rows have.
pub fn columns(rows: &[Value]) -> Value {
    let text = |name: &str| column(name, "STRING");
    let labels = ["project_id", "location", "cluster_name", "namespace_name", "pod_name", "container_name"];
    let labels = record("labels", labels.map(text).to_vec());
    let mut columns = vec![
        text("logName"),
        record("resource", vec![text("type"), labels]),
        column("timestamp", "TIMESTAMP"),
        column("receiveTimestamp", "TIMESTAMP"),
        text("severity"),
        text("insertId"),
    ];
    for row in rows {
        grow(&mut columns, row);
    }
    columns.into()
}

/// The columns of a Log Analytics view.
/// <https://cloud.google.com/logging/docs/analyze/query-and-view>
pub fn analytics_columns() -> Value {
    let text = |name: &str| column(name, "STRING");
    json!([
        column("timestamp", "TIMESTAMP"),
        column("receive_timestamp", "TIMESTAMP"),
        text("log_name"),
        text("insert_id"),
        text("severity"),
        text("text_payload"),
        column("json_payload", "JSON"),
        record("resource", vec![text("type"), column("labels", "JSON")]),
        column("labels", "JSON"),
        text("trace"),
        text("span_id"),
        column("trace_sampled", "BOOLEAN"),
    ])
}

fn column(name: &str, kind: &str) -> Value {
    json!({"name": name, "type": kind, "mode": "NULLABLE"})
}

fn record(name: &str, fields: Vec<Value>) -> Value {
    json!({"name": name, "type": "RECORD", "mode": "NULLABLE", "fields": fields})
}

/// Adds the columns that an object has and the table lacks, as the sink does when such an entry comes.
fn grow(columns: &mut Vec<Value>, object: &Value) {
    for (name, value) in object.as_object().into_iter().flatten() {
        let (mode, first) = match value {
            Value::Array(items) => ("REPEATED", items.first().unwrap_or(&Value::Null)),
            value => ("NULLABLE", value),
        };
        let kind = match first {
            Value::Null => continue,
            Value::Bool(_) => "BOOLEAN",
            Value::Number(_) => "FLOAT",
            Value::Object(_) => "RECORD",
            Value::String(_) | Value::Array(_) => "STRING",
        };
        let at = columns.iter().position(|column| column["name"].as_str() == Some(name)).unwrap_or_else(|| {
            columns.push(json!({"name": name, "type": kind, "mode": mode}));
            columns.len() - 1
        });
        if kind == "RECORD" {
            let mut fields = columns[at]["fields"].as_array().cloned().unwrap_or_default();
            let objects: Vec<&Value> = value.as_array().map_or(vec![value], |items| items.iter().collect());
            objects.into_iter().for_each(|object| grow(&mut fields, object));
            columns[at]["fields"] = fields.into();
        }
    }
}

fn mangled(value: &Value) -> Value {
    let mangle = |name: &str| -> String {
        let kept = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
        name.chars().map(kept).collect()
    };
    match value {
        Value::Object(object) => object.iter().map(|(name, value)| (mangle(name), mangled(value))).collect(),
        Value::Array(items) => items.iter().map(mangled).collect(),
        value => value.clone(),
    }
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(object) => {
            let members = object.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(members.map(|(name, value)| (name, without_nulls(value))).collect::<Map<_, _>>())
        }
        value => value,
    }
}
