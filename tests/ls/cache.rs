//! `lq-ls cache`: the slices that lq-query keeps.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use crate::scene::Home;
use crate::server::api::{Job, Table, tables};
use crate::server::{Server, on};
use crate::support::{Run, lq_query};

const LIST: &str = "GET projects/acme/datasets/gke/tables";

/// The columns of a result without payloads.
const COLUMNS: [&str; 9] =
    ["timestamp", "severity", "insertId", "cluster", "namespace", "pod", "container", "stream", "textPayload"];

/// A home in which these words were asked for once, each.
fn home(asked: &[&str]) -> (Server, Home) {
    let table = Table::sink("stdout_20241219").member("creationTime", json!("1"));
    let table = table.member("lastModifiedTime", json!("2")).member("numRows", json!("3"));
    let columns: Vec<_> = COLUMNS.map(|name| (name, if name == "timestamp" { "TIMESTAMP" } else { "STRING" })).into();
    let row = ["1734591600000000", "INFO", "id", "east", "shop", "web-1", "web", "stdout", "hello"].map(Value::from);
    let job = Job::new("job_1", &columns).row(&row);
    let server = Server::start([
        on(LIST, tables(&[table.listed()], None)),
        on(&format!("{LIST}/stdout_20241219"), table.resource()),
        on("POST projects/acme/queries", job.done()),
        on("GET projects/acme/jobs/job_1", job.resource("DONE", 1 << 30)),
    ]);
    let home = Home::of(&[]);
    for words in asked {
        let mut command = lq_query();
        command.env("BIGQUERY_EMULATOR_HOST", server.url()).env("HOME", home.home.path());
        command.args(["--source", "bq://acme/gke", "--at", "2024-12-19T07:00:00Z"]).args(words.split_whitespace());
        Run::of(&mut command).ends(0);
    }
    (server, home)
}

#[test]
fn slices_are_listed_with_their_source_window_size_and_selection() {
    let (_server, home) = home(&["-g hello", "--where 1=1", "--tail 1", "--limit 1"]);
    let run = home.ls("cache").ends(0).says("4 slices, ").says(" of 10 GiB (cache-size), in ");
    let run = run.says("may be removed at any time: rm -r ").says(".cache/lq");
    let lines: Vec<Vec<&str>> = run.out.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0], ["SOURCE", "SINCE", "UNTIL", "ENTRIES", "BYTES", "USED", "SELECTION"]);
    let mut selections: Vec<String> = lines[1..].iter().map(|line| line[6..].join(" ")).collect();
    selections.sort();
    assert_eq!(selections, ["--grep \"hello\"", "--where 1=1", "first 1", "last 1 of each container"]);
    for line in &lines[1..] {
        assert_eq!(line[..4], ["bq://acme/gke", "2024-12-19T07:00:00Z", "2024-12-19T08:00:00Z", "1"]);
        assert!(line[4].parse::<u64>().unwrap() > 100, "{line:?}");
    }
}

#[test]
fn a_slice_as_json_tells_the_tables_too() {
    let (_server, home) = home(&[""]);
    let run = home.ls("cache -o json -q").ends(0);
    let mut line = run.values().remove(0);
    // The columns stand in it as a sum.
    let table = &mut line["tables"][0]["state"];
    *table = json!(table.as_str().unwrap().split(", columns ").next().unwrap());
    for key in ["bytes", "used"] {
        assert!(!line[key].is_null());
        line[key] = Value::Null;
    }
    let state = "created 1, modified 2, 3 rows, 1048576 bytes, etag \"\"";
    let expected = json!({
        "source": "bq://acme/gke",
        "since": "2024-12-19T07:00:00Z",
        "until": "2024-12-19T08:00:00Z",
        "entries": 1,
        "bytes": null,
        "used": null,
        "selection": "everything",
        "columns": "payload",
        "tables": [{"table": "stdout_20241219", "state": state, "rows": 3}],
    });
    assert_eq!((line, run.err.as_str()), (expected, ""));
}

#[test]
fn a_source_that_is_named_narrows_the_list() {
    let (_server, home) = home(&[""]);
    assert_eq!(home.ls("cache --source bq://acme/gke").ends(0).out.lines().count(), 2);
    let run = home.ls("cache --source bq://acme/gke/").ends(0).says("1 slice of bq://acme/gke, ");
    assert_eq!(run.out.lines().count(), 2);
    assert_eq!(
        home.ls("cache --source bq://acme/other").ends(1).says("no slice of bq://acme/other is kept in ").out,
        ""
    );
    home.ls("cache --source bq://acme").ends(2).says("--source bq://acme");
    home.ls("cache --source bq://acme/other --empty-ok").ends(0);
}

#[test]
fn an_empty_cache_is_said_to_be_empty() {
    let home = Home::of(&[]);
    let run = home.ls("cache").ends(1).says("no slice is kept in ");
    assert!(run.out.is_empty());
}

#[test]
fn a_folder_that_cannot_be_used_is_no_empty_one() {
    let (_server, home) = home(&[""]);
    let folder = home.home.path().join(".cache/lq");
    let mode = |mode| fs::set_permissions(&folder, fs::Permissions::from_mode(mode)).unwrap();
    mode(0o777);
    let run =
        home.ls("cache --empty-ok").ends(2).says("no slice is kept there nor read from there: others may write there");
    run.says("mv ").says(".cache/lq.old");
    mode(0o700);
    let away = home.home.path().join("away");
    fs::rename(&folder, &away).unwrap();
    std::os::unix::fs::symlink(&away, &folder).unwrap();
    home.ls("cache").ends(2).says("it is a link");
}

#[test]
fn listing_removes_nothing() {
    let (_server, home) = home(&["", "-g hello"]);
    let folder = home.home.path().join(".cache/lq");
    let files = || fs::read_dir(&folder).unwrap().count();
    let mut paths = fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path());
    let slice = paths.find(|path| path.to_str().unwrap().contains("/slice-")).unwrap();
    let mut bytes = fs::read(&slice).unwrap();
    *bytes.last_mut().unwrap() = b'2';
    fs::write(&slice, bytes).unwrap();
    let before = files();
    home.ls("cache").ends(0).says("1 slice, ");
    assert_eq!(files(), before, "it is of another version");
}

#[test]
fn a_narrow_terminal_is_told_the_source_once() {
    let (_server, home) = home(&[""]);
    let shown = |columns| crate::terminal::on_terminal(home.command("cache --utc"), columns).0;
    assert!(shown(120).contains("SOURCE") && !shown(120).contains("1 slice of"), "{}", shown(120));
    assert!(!shown(80).contains("SOURCE") && shown(80).contains("1 slice of bq://acme/gke, "), "{}", shown(80));
}

#[test]
fn what_selects_names_selects_no_slices() {
    let home = Home::of(&[]);
    for words in ["cache web", "cache -n shop", "cache --since 1d", "cache -l a=b"] {
        home.ls(words).ends(2).says("cache: lists slices, not names").says("lq-ls cache --source");
    }
}

#[test]
fn a_bound_that_is_set_is_told() {
    let (_server, home) = home(&[""]);
    let run: Run = home.command("cache").env("LQ_CACHE_SIZE", "1GiB").output().unwrap().into();
    run.ends(0).says(" of 1.0 GiB (cache-size)");
}
