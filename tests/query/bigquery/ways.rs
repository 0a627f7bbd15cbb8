//! One canon, whichever way: rows that come straight from the tables are those of a query, byte for byte.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};
use tonic::Code;

use super::cases::CASES;
use super::relay::relay;
use super::selecting::{DAY, entries, is_of_a_sink, load, table_row};
use crate::emulator::{Dataset, columns, emulator};
use crate::reader::{Fault, Server, fault};
use crate::support::{Archive, Log, Run, lq_query};

/// A dataset, both doors of BigQuery, and a window.
struct Scene {
    dataset: Dataset,
    grpc: Server,
    window: [String; 2],
    home: tempfile::TempDir,
}

impl Scene {
    fn new(dataset: Dataset, window: [&str; 2]) -> Self {
        Scene::cut(dataset, window, |_| Vec::new())
    }

    /// Where this happens to each stream of so many rows.
    fn cut(dataset: Dataset, window: [&str; 2], faults: impl Fn(u64) -> Vec<Fault> + Send + Sync + 'static) -> Self {
        Scene { dataset, grpc: relay(faults), window: window.map(str::to_owned), home: tempfile::tempdir().unwrap() }
    }

    fn query(&self, way: &str, words: &str) -> Run {
        self.query_at(&self.grpc.url(), way, words)
    }

    fn query_at(&self, grpc: &str, way: &str, words: &str) -> Run {
        let mut command = lq_query();
        command.env("BIGQUERY_EMULATOR_HOST", emulator().url()).env("HOME", self.home.path());
        command.env("BIGQUERY_STORAGE_EMULATOR_HOST", grpc).args(["--via", way, "--no-cache", "--empty-ok"]);
        command.args(["--source", &self.dataset.source(), "--since", &self.window[0], "--until", &self.window[1]]);
        Run::of(command.args(shlex::split(words).unwrap())).ends(0)
    }

    /// Asserts that a way straight from the tables gives what a query gives, of all these selections.
    #[track_caller]
    fn agrees<'a>(&self, selections: impl IntoIterator<Item = &'a str>) {
        let (mut wrong, mut found) = (Vec::new(), 0);
        for words in selections {
            let before = self.grpc.sessions().len();
            let (straight, queried) = (self.query("storage", words), self.query("query", words));
            found += straight.out.lines().count();
            if straight.out != queried.out || self.grpc.sessions().len() == before {
                wrong.push(format!("`{words}`, straight:\n{}by query:\n{}{}", straight.out, queried.out, straight.err));
            }
        }
        assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
        assert!(found > 0, "nothing was ever selected");
    }
}

/// The flags of all cases, each once.
fn selections() -> BTreeSet<&'static str> {
    CASES.iter().filter(|(_, _, line, _)| is_of_a_sink(line)).map(|(_, flags, _, _)| *flags).collect()
}

/// The entries as `bq extract` writes the tables, which rows of tables give the same bytes as; numbers are FLOAT there.
fn extracted(entries: &[Value]) -> String {
    fn as_float(value: &mut Value) {
        match value {
            Value::Number(number) => {
                let number = number.as_f64().unwrap();
                *value = if number.fract() == 0.0 { json!(number as i64) } else { json!(number) };
            }
            Value::Array(items) => items.iter_mut().for_each(as_float),
            Value::Object(members) => members.values_mut().for_each(as_float),
            _ => {}
        }
    }
    let row = |entry: &Value| {
        let (_, mut row) = table_row(entry);
        let time: DateTime<Utc> = row["timestamp"].as_str().unwrap().parse().unwrap();
        row["timestamp"] = time.format("%Y-%m-%d %H:%M:%S%.6f UTC").to_string().into();
        as_float(&mut row);
        // An archive reads this column by Cloud Logging's own name for it.
        if let Some(payload) = row.as_object_mut().unwrap().remove("protopayload_auditlog") {
            row["protoPayload"] = payload;
        }
        format!("{row}\n")
    };
    entries.iter().map(row).collect()
}

#[test]
fn every_selection_gives_the_same_bytes_on_date_shards() {
    let entries = entries();
    let dataset = Dataset::new("ways_sharded");
    load(&dataset, &entries, "_20261121", &Value::Null);
    let scene = Scene::new(dataset, DAY);
    scene.agrees(["", "web -n 's*p'", "deploy/web deploy/api --pod 4z$", "-l app=db -l color", "-s notice --log '*'"]);
    let archive = Archive::new();
    archive.file("extracted.json", extracted(&entries));
    let mut wrong = Vec::new();
    for words in selections() {
        let straight = scene.query("storage", words);
        let mut expected = archive.command("--empty-ok");
        expected.args(["--since", DAY[0], "--until", DAY[1]]).args(shlex::split(words).unwrap());
        let expected = Run::of(&mut expected).ends(0);
        if straight.out != expected.out {
            wrong.push(format!("`{words}`, straight:\n{}expected:\n{}{}", straight.out, expected.out, straight.err));
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn payloads_of_all_shapes_are_the_same_bytes_with_any_columns() {
    let words = [
        "",
        "-o raw",
        "-o logentry",
        "--without payload",
        "--with labels,node,logName",
        "--with labels,node,httpRequest,trace,receiveTimestamp",
        "--field payload.user.name=Ada",
        "--without payload --field payload.n>1",
        "--tail 2 -o raw",
        "--limit 3 -o raw",
    ];
    let day = ["2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z"];
    let logs = super::rows::logs();
    for (name, fill) in
        [("shapes_sharded", Dataset::sharded as fn(&Dataset, &[Log])), ("shapes_partitioned", Dataset::partitioned)]
    {
        let dataset = Dataset::new(name);
        fill(&dataset, &logs);
        Scene::new(dataset, day).agrees(words);
    }
}

#[test]
fn tables_by_arrival_give_the_same_bytes() {
    // All rows of the emulator arrived just now.
    let ago = |hours| (Utc::now() - TimeDelta::hours(hours)).to_rfc3339_opts(SecondsFormat::Secs, true);
    let dataset = Dataset::new("ways_ingested");
    let log = |hours, id: &str| Log::at(ago(hours)).id(id).of("shop", id, "web");
    dataset.ingested(&[log(5, "early"), log(3, "first"), log(2, "second").stream("stderr"), log(0, "late")]);
    let scene = Scene::new(dataset, [&ago(4), &ago(1)]);
    scene.agrees(["", "pod/second", "--stream stdout -g hello"]);
    assert_eq!(scene.query("storage", "").all("insertId"), ["first", "second"]);
}

/// Four days that are long over.
const PAST: [&str; 2] = ["2024-12-16T00:00:00Z", "2024-12-20T00:00:00Z"];

fn past() -> Vec<Log> {
    (0..80)
        .map(|i| {
            let log =
                Log::at(format!("2024-12-{}T{:02}:00:{:02}.5Z", 16 + i % 4, i % 24, i % 60)).id(format!("{i:03}"));
            let log = log.of("shop", &format!("web-{}", i % 3), "web").stream(["stdout", "stderr"][i / 4 % 2]);
            if i % 5 == 0 {
                log.says(json!({"message": format!("m{i}"), "n": i}))
            } else {
                log.says(format!("line {i}"))
            }
        })
        .collect()
}

/// What an archive of the same logs gives.
fn by_archive(logs: &[Log]) -> Vec<String> {
    let archive = Archive::of(logs);
    let ids = archive.query(&format!("--since {} --until {}", PAST[0], PAST[1])).ends(0).all("insertId");
    assert_eq!(ids.len(), logs.len());
    ids
}

#[test]
fn by_itself_it_goes_straight_to_tables_that_nobody_writes_to_any_more() {
    let logs = past();
    for (name, fill) in
        [("auto_sharded", Dataset::sharded as fn(&Dataset, &[Log])), ("auto_partitioned", Dataset::partitioned)]
    {
        let dataset = Dataset::new(name);
        fill(&dataset, &logs);
        let scene = Scene::new(dataset, PAST);
        let queried = scene.query("query", "").says_nothing_of("straight");
        assert_eq!((queried.all("insertId"), scene.grpc.sessions().len()), (by_archive(&logs), 0), "{name}");
        assert_eq!(scene.query("auto", "").says("straight from the tables").out, queried.out, "{name}");
        let sessions = scene.grpc.sessions().len();
        assert!(sessions > 0, "{name}");
        // BigQuery cuts better itself.
        assert_eq!(scene.query("auto", "--limit 80").out, queried.out, "{name}");
        assert_eq!(scene.grpc.sessions().len(), sessions, "{name}");
    }
}

#[test]
fn where_calls_are_cut_the_bytes_stay_the_same() {
    let dataset = Dataset::new("cut");
    dataset.sharded(&past());
    let scene = Scene::cut(dataset, PAST, |rows| {
        let ways = [fault::cut_behind, fault::torn_off_behind, |row| fault::cut_behind(row).within_a_message()];
        (1..rows).map(|row| ways[row as usize % ways.len()](row)).collect()
    });
    for words in ["", "--pod web-1", "-g 7$"] {
        let queried = scene.query("query", words);
        let before = scene.grpc.reads().len();
        assert_eq!(scene.query("storage", words).out, queried.out, "{words}");
        let calls = scene.grpc.reads().split_off(before);
        assert!(calls.iter().filter(|call| call.offset > 0).count() > calls.len() / 2, "{words}: {calls:?}");
    }
}

#[test]
fn where_a_session_expires_the_bytes_stay_the_same() {
    let dataset = Dataset::new("expired");
    dataset.sharded(&past());
    let is_first = AtomicBool::new(true);
    let scene = Scene::cut(dataset, PAST, move |_| {
        let expired = || fault::status_behind(2, Code::FailedPrecondition, "the session has expired");
        if is_first.swap(false, Ordering::Relaxed) { vec![expired()] } else { vec![] }
    });
    let straight = scene.query("storage", "-v").says("the sessions have expired");
    assert_eq!(straight.out, scene.query("query", "").out);
}

#[test]
fn what_the_server_refuses_to_give_straight_comes_by_query_with_one_notice() {
    let logs = past();
    let dataset = Dataset::new("refusing");
    dataset.sharded(&logs);
    let scene = Scene::new(dataset, PAST);
    // The emulator itself refuses nested fields.
    let run = scene.query_at(&emulator().grpc_url(), "auto", "").says("Invalid column name");
    assert_eq!(run.all("insertId"), by_archive(&logs));
    assert_eq!(run.err.matches("cannot read straight from the tables").count(), 1, "{}", run.err);
}

#[test]
fn a_large_result_that_grpc_does_not_offer_comes_page_by_page() {
    // The emulator pages by 10,000 rows, and more than four pages are large.
    const ROWS: usize = 40_001;
    let dataset = Dataset::new("large");
    let columns = columns(&[json!({"textPayload": "x"})]);
    dataset.table("stdout_20241219", &columns, &Value::Null);
    let filled = format!(
        "INSERT INTO {} (logName, resource, timestamp, severity, insertId, textPayload) SELECT \
         'projects/acme/logs/stdout' AS logName, STRUCT('k8s_container' AS type, STRUCT('acme' AS project_id, \
         'x' AS location, 'east' AS cluster_name, 'shop' AS namespace_name, 'web-1' AS pod_name, \
         'web' AS container_name) AS labels) AS resource, \
         TIMESTAMP_ADD(TIMESTAMP '2024-12-19 00:00:00+00', INTERVAL n SECOND) AS timestamp, 'INFO' AS severity, \
         CAST(n AS STRING) AS insertId, CONCAT('line ', CAST(n AS STRING)) AS textPayload \
         FROM UNNEST(GENERATE_ARRAY(0, {})) AS n",
        dataset.quoted("stdout_20241219"),
        ROWS - 1
    );
    emulator().query(&filled);
    let scene = Scene::new(dataset, PAST);
    let run = scene.query_at(&emulator().grpc_url(), "query", "-v -o raw");
    let expected: String = (0..ROWS).map(|n| format!("line {n}\n")).collect();
    assert!(run.out == expected, "{} lines: {}", run.out.lines().count(), run.err);
    assert!(run.err.matches("by gRPC").count() <= 1, "{}", run.err);
    run.says("its result comes by no stream of its own");
}
