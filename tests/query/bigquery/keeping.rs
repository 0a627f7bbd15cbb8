//! Slices that are kept serve a second look, row by row as the first one.

use std::process::Command;

use serde_json::{Value, json};

use crate::emulator::{Dataset, emulator};
use crate::support::{Log, Run, lq_query};

/// Entries with all that may go wrong on the way, some at the same time, some twice.
fn logs() -> Vec<Log> {
    let mut logs = Vec::new();
    for n in 0..200 {
        let time = format!("2026-11-20T{:02}:00:{:02}.{:06}Z", 9 + n % 3, n / 9, n % 2);
        let log = Log::at(time).of("shop", &format!("web-{}", n % 7), ["web", "proxy"][n % 2]);
        let log = if n % 5 == 0 { log } else { log.id(format!("id{}", n % 90)) };
        logs.push(match n % 4 {
            0 => log.says(format!("line {n}: 日本 \"quoted\" \\ \t\u{1}\u{1b}[31m")),
            1 => log.says(json!({"message": format!("structured {n}"), "user_id": n, "deep": {"x": [1.5, null]}})),
            2 => log.says("").severity("ERROR"),
            _ => log.says("x".repeat(n)),
        });
    }
    let twins = [logs[20].clone(), logs[21].clone(), logs[23].clone()];
    logs.extend(twins);
    logs
}

fn query(home: &tempfile::TempDir, dataset: &Dataset, words: &str) -> Run {
    let mut command: Command = lq_query();
    command.env("BIGQUERY_EMULATOR_HOST", emulator().url()).env("HOME", home.path());
    command.args(["-v", "--at", "2026-11-20", "-r", "day", "--source", &dataset.source()]);
    Run::of(command.args(shlex::split(words).unwrap())).ends(0)
}

#[test]
fn what_is_kept_is_what_bigquery_gives_whatever_is_asked() {
    let dataset = Dataset::new("kept");
    dataset.sharded(&logs());
    // The emulator counts the rows of tables that were made by SQL alone.
    let told = |sql: String| emulator().call("POST", "queries", &json!({"query": sql, "useLegacySql": false}));
    told(format!("CREATE TABLE {} AS SELECT * FROM {}", dataset.quoted("copy"), dataset.quoted("stdout_20261120")));
    told(format!("DROP TABLE {}", dataset.quoted("stdout_20261120")));
    told(format!("CREATE TABLE {} AS SELECT * FROM {}", dataset.quoted("stdout_20261120"), dataset.quoted("copy")));
    let rows = emulator().call("GET", &format!("datasets/{}/tables/stdout_20261120", dataset.id), &Value::Null);
    assert_eq!(rows["numRows"], logs().len().to_string());
    let home = tempfile::tempdir().unwrap();
    for words in [
        "",
        "web",
        "--with labels,node",
        "--without payload",
        "-g structured",
        "-g 'LINE|x{9}' -i",
        "-s error",
        "--field 'payload.user_id>100'",
        "--pod '[12]$' -e quoted",
        "--tail 2",
        "--memory 1MiB",
    ] {
        let asked = query(&home, &dataset, &format!("--no-cache {words}"));
        query(&home, &dataset, words);
        let kept = query(&home, &dataset, words).says("slice 1: from the cache");
        assert_eq!(kept.out, asked.out, "{words}");
        assert!(!kept.out.is_empty(), "{words}");
        let dropped = |run: &Run| {
            run.err
                .lines()
                .find(|line| line.contains("entries of"))
                .map(|line| line.split(", in ").next().unwrap().to_owned())
        };
        // More rows come from the disk than BigQuery would give, and twins among them.
        assert!(words.contains("--tail") || dropped(&kept) == dropped(&asked), "{words}: {} {}", kept.err, asked.err);
    }
    let narrow = "--since 2026-11-20T10:00:00Z --until 2026-11-20T10:00:15Z";
    for words in ["", "-g structured", "--limit 7"] {
        let of = |more: &str| {
            let mut command = lq_query();
            command.env("BIGQUERY_EMULATOR_HOST", emulator().url()).env("HOME", home.path());
            command.args(["-v", "--source", &dataset.source()]).args(narrow.split(' '));
            Run::of(command.args(words.split_whitespace()).args(more.split_whitespace())).ends(0)
        };
        assert_eq!(of("").says("from the cache").out, of("--no-cache").out, "{words}");
    }
}
