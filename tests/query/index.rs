//! Every run remembers the names that it saw, and nothing else.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::support::{Archive, Log, Run, lq_query};

/// A home with an archive of three Pods.
fn home() -> Archive {
    let home = Archive::new();
    let at = |time: &str, namespace: &str, pod: &str| {
        Log::at(format!("2024-12-19T{time}Z")).of(namespace, pod, "web").says("the secret of the log")
    };
    let logs = [
        at("07:00:00", "shop", "web-1"),
        at("07:00:01.5", "shop", "web-1"),
        at("08:00:00", "shop", "web-2"),
        at("09:00:00", "datadog", "agent-1"),
    ];
    home.file("archive/logs.json", crate::support::lines(&logs));
    home
}

fn command(home: &Archive, words: &str) -> Command {
    let mut command = lq_query();
    command.current_dir(home.path()).env("HOME", home.path()).args(["--source", "archive"]);
    if !words.contains("--at") {
        command.args(["--at", "2024-12-19", "-r", "day"]);
    }
    command.args(words.split_whitespace());
    command
}

/// The lines of the index below this folder, the first one without its path.
fn remembered(state: &Path) -> Vec<Value> {
    let Ok(files) = fs::read_dir(state.join("lq")) else { return Vec::new() };
    let names = files.map(|file| file.unwrap().path()).filter(|path| path.extension().is_some_and(|e| e == "jsonl"));
    let text: String = names.map(|path| fs::read_to_string(path).unwrap()).collect();
    assert!(!text.contains("secret"), "{text}");
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|line: &Value| line["index"].is_null())
        .collect()
}

fn state(home: &Archive) -> Vec<Value> {
    remembered(&home.join(".local/state"))
}

fn row(namespace: &str, pod: &str, first: &str, last: &str, entries: u64) -> Value {
    let [first, last] = [first, last].map(|time| format!("2024-12-19T{time}Z"));
    json!({
        "cluster": "east", "namespace": namespace, "pod": pod, "container": "web",
        "first": first, "last": last, "entries": entries,
    })
}

#[test]
fn names_first_and_last_times_and_counts_are_remembered_and_a_second_look_adds_nothing() {
    let home = home();
    let all = [
        row("datadog", "agent-1", "09:00:00", "09:00:00", 1),
        row("shop", "web-1", "07:00:00", "07:00:01.500", 2),
        row("shop", "web-2", "08:00:00", "08:00:00", 1),
    ];
    for _ in 0..2 {
        Run::of(&mut command(&home, "-q")).ends(0);
        assert_eq!(state(&home), all);
    }
}

#[test]
fn windows_that_lie_apart_add_up() {
    let home = home();
    for (window, entries) in [("--at 2024-12-19T07:00:00Z -r 1s", 1), ("--at 2024-12-19T07:00:01Z -r 1s", 2)] {
        Run::of(&mut command(&home, window)).ends(0);
        assert_eq!(state(&home)[0]["entries"], entries);
    }
}

#[test]
fn only_what_was_written_is_remembered() {
    for (words, status, pods) in [
        ("-n shop --limit 1", 0, "web-1"),
        ("--pod web --tail 1", 0, "web-1 web-2"),
        ("-g nothing", 1, ""),
        ("--dry-run", 0, ""),
    ] {
        let home = home();
        Run::of(&mut command(&home, words)).ends(status);
        let found: Vec<String> = state(&home).iter().map(|row| row["pod"].as_str().unwrap().to_owned()).collect();
        assert_eq!(found.join(" "), pods, "{words}");
    }
}

#[test]
fn a_source_is_the_same_by_whatever_path_it_is_called_and_standard_input_is_none() {
    let home = home();
    let absolute = home.join("archive");
    for source in ["archive", "./archive/", absolute.to_str().unwrap()] {
        let mut command = lq_query();
        command.current_dir(home.path()).env("HOME", home.path()).args(["--at", "2024-12-19", "-r", "day"]);
        Run::of(command.args(["--source", source])).ends(0);
    }
    assert_eq!(state(&home).len(), 3);
    let other = Archive::new();
    let mut command = lq_query();
    command.env("HOME", other.path()).args(["--source", "-", "--at", "2024-12-19", "-r", "day"]);
    Run::fed(&mut command, &fs::read(home.join("archive/logs.json")).unwrap()).ends(0);
    assert_eq!(state(&other), [Value::Null; 0]);
}

#[test]
fn the_folder_for_state_is_obeyed_and_a_run_does_without_one() {
    let home = home();
    let elsewhere = home.join("elsewhere");
    Run::of(command(&home, "").env("XDG_STATE_HOME", &elsewhere)).ends(0);
    assert_eq!(remembered(&elsewhere).len(), 3);
    assert_eq!(state(&home).len(), 0);
    for nowhere in ["/dev/null", "/proc/none"] {
        let run = Run::of(command(&home, "-q").env("XDG_STATE_HOME", nowhere)).ends(0);
        assert_eq!(run.err, "", "{nowhere}");
    }
}

#[test]
fn labels_of_pods_are_remembered_by_their_keys() {
    let home = home();
    Run::of(&mut command(&home, "")).ends(0);
    let file = fs::read_dir(home.join(".local/state/lq")).unwrap().map(|file| file.unwrap().path());
    let file = file.into_iter().find(|path| path.extension().is_some_and(|e| e == "jsonl")).unwrap();
    let text = fs::read_to_string(file).unwrap();
    let head: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_eq!(head["labels"], json!(["app"]));
}
