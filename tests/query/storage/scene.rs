//! A scripted BigQuery with both of its doors: REST for queries, gRPC for rows.

use std::process::Command;

use arrow_array::RecordBatch;
use arrow_schema::DataType;
use serde_json::{Value, json};

use crate::reader::rows::{batch, record, timestamp};
use crate::reader::{Server, Stream, Table as Scanned};
use crate::scripted::table::{self, QUERY, Scene, settled};
use crate::server::api::{Job, Table};
use crate::server::{Rule, on};
use crate::support::Run;

pub const GIB: u64 = 1 << 30;

/// The day that every scene has, and its tables.
pub const STDOUT: &str = "stdout_20241219";
pub const STDERR: &str = "stderr_20241219";

/// What is asked of policies, with the table at the end.
pub const POLICIES: &str = "GET projects/acme/datasets/gke/tables/*/rowAccessPolicies";

/// 2024-12-19T07:00:00Z, in microseconds.
const SEVEN: i64 = 1_734_591_600_000_000;

/// As the Storage Read API names a table.
pub fn scanned(table: &str) -> Scanned {
    Scanned::new(&format!("projects/acme/datasets/gke/tables/{table}"))
}

/// The table's own rows of these seconds behind seven: what [`table::row`] is to a query.
pub fn native(seconds: impl IntoIterator<Item = i64>) -> RecordBatch {
    native_of("stdout", seconds)
}

pub fn native_of(log: &str, seconds: impl IntoIterator<Item = i64>) -> RecordBatch {
    native_from("k8s_container", log, seconds)
}

/// From a resource of this type.
pub fn native_from(kind: &str, log: &str, seconds: impl IntoIterator<Item = i64>) -> RecordBatch {
    let labels = ["cluster_name", "namespace_name", "pod_name", "container_name"].map(|name| (name, DataType::Utf8));
    let columns = [
        ("logName", DataType::Utf8),
        ("resource", record(&[("type", DataType::Utf8), ("labels", record(&labels))])),
        ("textPayload", DataType::Utf8),
        // Of tables with structured logs; these rows are none.
        ("jsonPayload", record(&[("message", DataType::Utf8)])),
        ("timestamp", timestamp()),
        ("severity", DataType::Utf8),
        ("insertId", DataType::Utf8),
    ];
    let row = |second: i64| {
        json!({
            "logName": format!("projects/acme/logs/{log}"),
            "resource": {"type": kind, "labels": {"cluster_name": "east", "namespace_name": "shop",
                "pod_name": "web-1", "container_name": "web"}},
            "textPayload": format!("line {second}"),
            "timestamp": SEVEN + second * 1_000_000,
            "severity": "INFO",
            "insertId": format!("id{second}"),
        })
    };
    batch(&columns, &seconds.into_iter().map(row).collect::<Vec<_>>())
}

/// The result of a query as gRPC gives it: the columns and rows of [`table::job`].
pub fn result(seconds: impl IntoIterator<Item = i64>) -> RecordBatch {
    result_but(seconds, |_, _| {})
}

/// The same with rows that `change` has changed, each with its second.
pub fn result_but(
    seconds: impl IntoIterator<Item = i64>,
    change: impl Fn(i64, &mut serde_json::Map<String, Value>),
) -> RecordBatch {
    let names = ["severity", "insertId", "cluster", "namespace", "pod", "container", "stream", "textPayload"];
    let columns: Vec<(&str, DataType)> =
        [("timestamp", timestamp())].into_iter().chain(names.map(|name| (name, DataType::Utf8))).collect();
    let row = |second: i64| {
        let values = table::row(second);
        let row = names.iter().map(|name| (*name).to_owned()).zip(values[1..].iter().cloned());
        let mut row: serde_json::Map<String, Value> = row.collect();
        row.insert("timestamp".to_owned(), Value::from(SEVEN + second * 1_000_000));
        change(second, &mut row);
        Value::Object(row)
    };
    batch(&columns, &seconds.into_iter().map(row).collect::<Vec<_>>())
}

/// Both doors, and lq-query in front of them.
pub struct Doors {
    pub rest: Scene,
    pub grpc: Server,
}

impl Doors {
    /// A day's two tables, which nobody writes to any more. No policy hides anything of them.
    pub fn new(rules: impl IntoIterator<Item = Rule>, tables: impl IntoIterator<Item = Scanned>) -> Self {
        Doors::of(&[STDOUT, STDERR].map(settled), rules, tables)
    }

    /// With these tables, as REST knows them.
    pub fn of(
        sink: &[Table],
        rules: impl IntoIterator<Item = Rule>,
        tables: impl IntoIterator<Item = Scanned>,
    ) -> Self {
        let rules = rules.into_iter().chain([on(POLICIES, json!({}))]);
        Doors { rest: Scene::of(sink, rules), grpc: Server::start(tables) }
    }

    pub fn command(&self, words: &str) -> Command {
        let mut command = self.rest.command(words);
        command.env("BIGQUERY_STORAGE_EMULATOR_HOST", self.grpc.url());
        command
    }

    pub fn query(&self, words: &str) -> Run {
        Run::of(&mut self.command(words))
    }

    /// How many queries ran.
    pub fn queried(&self) -> usize {
        self.rest.jobs().iter().filter(|told| *told == QUERY).count() - self.dry_runs()
    }

    pub fn dry_runs(&self) -> usize {
        self.rest.queries().iter().filter(|query| query["dryRun"] == true).count()
    }
}

/// Two streams of the one table, one of the other: seconds 0 to 9.
pub fn ten() -> [Scanned; 2] {
    [
        scanned(STDOUT).stream(Stream::of([native(0..3), native([7])])).stream(Stream::of([native(3..6)])),
        scanned(STDERR).stream(Stream::of([native_of("stderr", [6, 8, 9])])),
    ]
}

/// The same rows by a query.
pub fn ten_by_query() -> Job {
    (0..10).fold(table::job(0), |job, second| {
        let mut row = table::row(second);
        if [6, 8, 9].contains(&second) {
            row[7] = Value::from("stderr");
        }
        job.row(&row)
    })
}
