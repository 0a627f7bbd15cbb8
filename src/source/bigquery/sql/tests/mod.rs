//! The query: what the tests share, and what each layout and flag makes of it.

mod decided;
mod injected;
mod interpreted;
mod literals;
mod restricted;
mod rows;
mod snapshots;
mod translated;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use chrono::{DateTime, NaiveDate, Utc};
use clap::Parser;

use super::{Asked, Cut, Scanned, Statement, Unscannable, scan, statement};
use crate::entry::write::Columns;
use crate::select::{Lines, Predicate, SeverityOf, Which};
use crate::settings::Settings;
use crate::source::bigquery::address::Address;
use crate::source::bigquery::schema::{Column, Kind, Mode, Schema};
use crate::source::bigquery::tables::{Layout, Table};
use crate::when::Window;

#[derive(clap::Parser)]
pub(super) struct Flags {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    lines: Lines,
    #[arg(long)]
    r#where: Option<String>,
    #[arg(long)]
    tail: Option<u64>,
    #[arg(long)]
    limit: Option<u64>,
    #[arg(long, value_delimiter = ',')]
    with: Vec<String>,
    #[arg(long)]
    without: Option<String>,
}

pub(super) fn words(flags: &str) -> Vec<String> {
    shlex::split(flags).expect("flags are words")
}

pub(super) fn time(text: &str) -> DateTime<Utc> {
    text.parse().expect("a time")
}

/// From 07:00 to 08:00 (UTC).
pub(super) fn window() -> Window {
    Window { since: time("2026-11-21T07:00:00Z"), until: time("2026-11-21T08:00:00Z") }
}

pub(super) fn address() -> Address {
    Address::parse("bq://acme-logs/gke").expect("an address")
}

/// The query that `words` ask for, as typed behind `lq-query`, or with `lq-ls pods` in front.
/// True where the flags can be meant.
pub(super) fn is_meant(words: &[String]) -> bool {
    Flags::try_parse_from(["lq".to_owned()].iter().chain(words)).is_ok_and(|flags| {
        flags.which.build(&Settings::default()).is_ok() && flags.lines.build(SeverityOf::Record).is_ok()
    })
}

pub(super) fn asked(tables: &[Table], words: &[String], window: Window) -> Option<Statement> {
    meant(words, window, |asked| statement(&tables.iter().collect::<Vec<_>>(), asked))
}

/// The same without a query.
pub(super) fn scanned(tables: &[Table], words: &[String], window: Window) -> Result<Scanned, Unscannable> {
    meant(words, window, |asked| scan(&tables.iter().collect::<Vec<_>>(), asked))
}

fn meant<T>(words: &[String], window: Window, make: impl FnOnce(&Asked) -> T) -> T {
    let (is_list, words) = match words {
        [tool, _, words @ ..] if tool == "lq-ls" => (true, words),
        words => (false, words),
    };
    let flags =
        Flags::try_parse_from(["lq".to_owned()].iter().chain(words)).unwrap_or_else(|e| panic!("{words:?}: {e}"));
    let origin = flags.which.build(&Settings::default()).expect("flags are good");
    let content = flags.lines.build(SeverityOf::Record).expect("flags are good");
    let with =
        crate::entry::write::WITH.into_iter().filter(|name| flags.with.iter().any(|with| with == name)).collect();
    let cut = match (flags.limit, flags.tail) {
        (Some(first), _) => Cut::First(first),
        (None, Some(last)) => Cut::Last(last),
        (None, None) => Cut::All,
    };
    let columns = Columns { payload: flags.without.is_none(), with };
    make(&Asked {
        address: &address(),
        window,
        select: &Predicate { origin, content },
        columns: (!is_list).then_some(&columns),
        cut,
        condition: flags.r#where.as_deref(),
    })
}

pub(super) fn column(name: &str, kind: Kind) -> Column {
    Column { name: name.to_owned(), kind, mode: Mode::Nullable, fields: Vec::new() }
}

pub(super) fn record(name: &str, fields: Vec<Column>) -> Column {
    Column { fields, ..column(name, Kind::Record) }
}

fn texts(names: &[&str]) -> Vec<Column> {
    names.iter().map(|name| column(name, Kind::String)).collect()
}

/// The columns of a sink's table, its own payload left out.
pub(super) fn sink_columns(payload: Option<Vec<Column>>) -> Vec<Column> {
    let names = ["project_id", "location", "cluster_name", "namespace_name", "pod_name", "container_name"];
    let labels = ["k8s_pod_app", "k8s_pod_app_kubernetes_io_name", "compute_googleapis_com_resource_name"];
    let mut request = texts(&["requestMethod", "requestUrl"]);
    request.extend([column("status", Kind::Integer), column("latency", Kind::Float)]);
    let mut columns = vec![
        column("logName", Kind::String),
        record("resource", vec![column("type", Kind::String), record("labels", texts(&names))]),
        column("textPayload", Kind::String),
    ];
    columns.extend(payload.map(|fields| record("jsonPayload", fields)));
    columns.extend([
        column("timestamp", Kind::Timestamp),
        column("receiveTimestamp", Kind::Timestamp),
        column("severity", Kind::String),
        column("insertId", Kind::String),
        record("httpRequest", request),
        record("labels", texts(&labels)),
        record("operation", texts(&["id", "producer"])),
        column("trace", Kind::String),
        column("spanId", Kind::String),
        column("traceSampled", Kind::Boolean),
        record("sourceLocation", vec![column("file", Kind::String), column("line", Kind::Integer)]),
    ]);
    columns
}

/// What an app's structured logs made of a table.
pub(super) fn payload_columns() -> Vec<Column> {
    let tags = Column { mode: Mode::Repeated, ..column("tags", Kind::String) };
    vec![
        column("message", Kind::String),
        column("msg", Kind::String),
        column("user_id", Kind::Float),
        column("userid", Kind::String),
        column("ok", Kind::Boolean),
        record("user", vec![column("name", Kind::String), record("address", texts(&["city"]))]),
        tags,
    ]
}

pub(super) fn table(id: &str, log: &str, layout: Layout, columns: Vec<Column>) -> Table {
    Table { id: id.to_owned(), log: Some(log.to_owned()), layout, schema: Schema(columns), day_bytes: None }
}

pub(super) fn date(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, day).expect("a date")
}

pub(super) fn analytics() -> Table {
    let resource = vec![column("type", Kind::String), column("labels", Kind::Json)];
    let mut request = texts(&["request_method", "request_url"]);
    request.push(column("status", Kind::Integer));
    let mut columns = texts(&["log_name", "severity", "text_payload", "insert_id", "trace", "span_id"]);
    columns.extend([
        column("timestamp", Kind::Timestamp),
        column("receive_timestamp", Kind::Timestamp),
        record("resource", resource),
        column("json_payload", Kind::Json),
        column("proto_payload", Kind::Json),
        column("labels", Kind::Json),
        record("http_request", request),
        column("trace_sampled", Kind::Boolean),
        record("source_location", texts(&["file", "line"])),
        record("operation", texts(&["id", "producer"])),
    ]);
    Table { log: None, ..table("_AllLogs", "", Layout::Analytics, columns) }
}

/// The same logs in each way that a dataset may hold them.
pub(super) static LAYOUTS: LazyLock<Vec<(&str, Vec<Table>)>> = LazyLock::new(|| {
    let of = |layout: Layout, suffix: &str| {
        let [out, err] = [Some(payload_columns()), None].map(sink_columns);
        vec![
            table(&format!("stdout{suffix}"), "stdout", layout, out),
            table(&format!("stderr{suffix}"), "stderr", layout, err),
        ]
    };
    let mut shards = of(Layout::Shard(date(21)), "_20261121");
    shards.extend(of(Layout::Shard(date(22)), "_20261122"));
    vec![
        ("sharded", shards),
        ("partitioned", of(Layout::Partitioned, "")),
        ("ingestion", of(Layout::Ingestion, "")),
        ("analytics", vec![analytics()]),
    ]
});

pub(super) fn layout(name: &str) -> &'static [Table] {
    &LAYOUTS.iter().find(|(known, _)| *known == name).expect("a layout").1
}

/// What a script of tests/bigquery prints for this input, run by the Python that `make emulator` installs.
pub(super) fn python(script: &str, input: String) -> String {
    let house = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = house.join("target/tools/bigquery/venv/bin/python");
    assert!(python.exists(), "{} is missing: run `make emulator` first", python.display());
    let mut command = Command::new(python);
    command.arg(house.join("tests/bigquery").join(script)).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    writer.join().unwrap().unwrap();
    String::from_utf8(output.stdout).unwrap()
}
