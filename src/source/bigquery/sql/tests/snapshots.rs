//! The queries as `--print-sql` prints them, checked in below `tests/bigquery/sql`. They are renewed where
//! SNAPSHOTS=overwrite is set, and an independent parser of BigQuery's SQL reads each.

use std::path::{Path, PathBuf};

use super::super::print;
use super::{LAYOUTS, asked, python, sink_columns, table, time, window, words};
use crate::source::bigquery::tables::{Layout, Table};
use crate::when::Window;

/// A file's name, and the flags as typed in a shell. Each is asked of each layout.
const FLAGS: &[(&str, &str)] = &[
    ("everything", ""),
    ("container", "agent"),
    ("containers", "api 'w*' -c web"),
    ("workload", "deploy/web"),
    ("pod", "pod/web-0 --pod ^db- --exclude-pod canary"),
    ("namespace", "-n shop -n 'stage-*'"),
    ("cluster", "--cluster prod-tokyo"),
    ("selector", "-l app=web,'!canary' -l app.kubernetes.io/name!=agent"),
    ("stream", "--stream stderr"),
    ("severity", "-s warning"),
    ("grep", "-g 'timeout|refused' -g 'in \\d+ ms'"),
    ("grep-fixed", "-F -g 'a.b(' -e \"it's\""),
    ("grep-ignore-case", "-i -g café -F"),
    ("exclude", "-e healthz"),
    ("grep-loosely", r"-g '\bfoo\b' -e '\bbar\b' --tail 5"),
    ("field-payload", "--field payload.user_id=42 --field 'payload.user.name~^A' --field payload.userId=x"),
    ("field-number", "--field 'payload.user_id>=9007199254740993' --field payload.ok=true"),
    ("field-message", "--field 'message~^GET'"),
    ("field-columns", "--field 'httpRequest.status>=500' --field httpRequest.requestMethod=GET --field node=n1"),
    ("field-label", r#"--field 'labels."k8s-pod/app"=db'"#),
    ("field-time", "--field 'timestamp>2026-11-21T07:30:00.0000005Z' --field 'receiveTimestamp<2026-11-21T07:31:00Z'"),
    ("where", "--where \"severity = 'ERROR' -- only\nOR trace IS NOT NULL -- or\""),
    ("tail", "agent --tail 10"),
    ("tail-grep", "-g x --tail 10"),
    ("limit", "--limit 10"),
    (
        "with-all",
        "--with node,labels,trace,spanId,traceSampled,httpRequest,operation,sourceLocation,receiveTimestamp,logName,resource",
    ),
    ("with-node", "--with node"),
    ("without-payload", "--without payload"),
    ("without-payload-grep", "--without payload -g x"),
    ("list", "lq-ls pods"),
    ("list-selected", "lq-ls pods agent deploy/web -n shop --exclude-pod canary -l app=web --stream stdout"),
    ("list-loosely", r"lq-ls pods --pod '\bweb' --log 'é*' --log 'std*'"),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bigquery/sql")
}

fn check(name: &str, tables: &[Table], flags: &str, window: Window) {
    let made = match asked(tables, &words(flags), window) {
        Some(statement) => {
            let left = if statement.local.content == Default::default() {
                ""
            } else {
                "-- The rest is decided on each row.\n"
            };
            format!("-- {}\n{left}{}", flags.replace('\n', " "), print(&statement))
        }
        None => format!("-- {flags}\n-- No table can hold it.\nSELECT 1;\n"),
    };
    let path = folder().join(format!("{name}.sql"));
    if std::env::var("SNAPSHOTS").is_ok_and(|mode| mode == "overwrite") {
        std::fs::create_dir_all(folder()).unwrap();
        std::fs::write(&path, &made).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == made, "{} is not what is asked now; SNAPSHOTS=overwrite renews it:\n{made}", path.display());
}

#[test]
fn every_flag_asks_every_layout_as_its_snapshot_says() {
    for (layout, tables) in LAYOUTS.iter() {
        for (name, flags) in FLAGS {
            check(&format!("{layout}-{name}"), tables, flags, window());
        }
    }
}

#[test]
fn shards_of_the_windows_days_are_asked_one_by_one() {
    let days = Window { since: time("2026-11-21T23:59:59.9999995Z"), until: time("2026-11-22T00:00:00.000000001Z") };
    check("two-days", super::layout("sharded"), "", days);
}

#[test]
fn another_log_is_told_by_its_name_and_not_by_its_table() {
    let audit = "cloudaudit_googleapis_com_activity";
    let mut columns = sink_columns(None);
    columns.push(super::record("protopayload_auditlog", vec![super::column("methodName", super::Kind::String)]));
    let tables = [table(audit, audit, Layout::Partitioned, columns)];
    check("other-log", &tables, "--log cloudaudit.googleapis.com/activity --log 'events*'", window());
    check("other-log-field", &tables, "--log '*' --field payload.methodName=io.k8s.delete", window());
}

#[test]
fn an_independent_parser_reads_every_snapshot() {
    let paths: Vec<PathBuf> = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(paths.len() > FLAGS.len() * LAYOUTS.len());
    let queries: Vec<String> = paths.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
    python("parse.py", queries.join("\0"));
}
