//! One canon: the same entries come out the same, byte for byte, whatever they are read from.

use serde_json::json;

use crate::emulator::{Dataset, emulator};
use crate::support::{Archive, Log, Run, lq_query};

/// Payloads of all shapes, their keys as a table would have them, in the order of its columns.
pub(super) fn logs() -> Vec<Log> {
    let payloads = [
        json!({"a_text": "x", "flag": true, "message": "m"}),
        json!({"message": "numbers", "n": 3.0, "o": 0.1, "p": 1e21, "q": 123_456_789_012_345_680_000.0, "r": -2.5e-7}),
        json!({"message": "nested", "user": {"name": "Ada", "tags": ["x", "y"]}}),
        json!({"message": "many", "rows": [{"k": "1", "v": 1.5}, {"k": "2", "v": 2.0}]}),
        json!({"message": "nothing", "user": {"tags": []}}),
        json!({"a_text": "", "message": ""}),
    ];
    let texts = ["plain", "trailing newline\n", "two\n\n", "", "日本 \u{1f389} \u{1} \\ \"", " blanks "];
    let mut logs = Vec::new();
    for (i, payload) in payloads.into_iter().enumerate() {
        logs.push(Log::at(format!("2026-11-20T10:00:{i:02}.000001Z")).id(format!("p{i}")).says(payload));
    }
    for (i, text) in texts.into_iter().enumerate() {
        let log = Log::at(format!("2026-11-20T10:01:{i:02}.999999Z")).id(format!("t{i}")).says(text);
        logs.push(log.stream("stderr").severity("ERROR"));
    }
    logs
}

fn query(source: &str, words: &str) -> Run {
    let home = tempfile::tempdir().unwrap();
    let mut command = lq_query();
    command.env("BIGQUERY_EMULATOR_HOST", emulator().url()).env("HOME", home.path());
    command.args(["--source", source, "--at", "2026-11-20", "-r", "day", "-q"]).args(words.split_whitespace());
    Run::of(&mut command).ends(0)
}

#[test]
fn entries_are_the_same_whatever_the_layout() {
    let logs = logs();
    let extracted: String = logs.iter().map(|log| format!("{}\n", log.table_row())).collect();
    let archive = Archive::new();
    archive.file("extracted.json", extracted);
    let sharded = Dataset::new("canon_sharded");
    sharded.sharded(&logs);
    let partitioned = Dataset::new("canon_partitioned");
    partitioned.partitioned(&logs);
    let analytics = Dataset::new("canon_analytics");
    analytics.analytics(&logs);
    for words in ["", "-o raw", "-o text", "--without payload", "--with labels,node,logName"] {
        let expected = query(&archive.path().display().to_string(), words).out;
        assert!(!expected.is_empty());
        for dataset in [&sharded, &partitioned] {
            assert_eq!(query(&dataset.source(), words).out, expected, "{words} {}", dataset.id);
        }
        // Labels are not mangled there.
        if !words.contains("labels") {
            assert_eq!(query(&analytics.source(), words).out, expected, "{words} {}", analytics.id);
        }
    }
}

#[test]
fn cuts_are_the_same_whatever_the_layout() {
    let logs: Vec<Log> = (0..200)
        .map(|i| {
            let pod = ["web-1", "web-2", "web-3"][i % 3];
            Log::at(format!("2026-11-20T10:{:02}:00Z", i / 4)).id(format!("{i:03}")).of("shop", pod, "web").says(i)
        })
        .map(|log| Log { says: log.says.to_string().into(), ..log })
        .collect();
    let archive = Archive::of(&logs);
    let sharded = Dataset::new("cuts_sharded");
    sharded.sharded(&logs);
    let analytics = Dataset::new("cuts_analytics");
    analytics.analytics(&logs);
    for words in ["--tail 5 -o raw", "--limit 17 -o raw", "--tail 1 -g [05]$ -o raw", "--limit 3 --pod web-2 -o raw"] {
        let expected = query(&archive.path().display().to_string(), words).out;
        for dataset in [&sharded, &analytics] {
            assert_eq!(query(&dataset.source(), words).out, expected, "{words} {}", dataset.id);
        }
    }
}

#[test]
fn a_condition_in_sql_narrows_further() {
    let dataset = Dataset::new("condition");
    dataset.sharded(&logs());
    let run = |condition: &str| {
        let home = tempfile::tempdir().unwrap();
        let mut command = lq_query();
        command.env("BIGQUERY_EMULATOR_HOST", emulator().url()).env("HOME", home.path());
        command.args(["--source", &dataset.source(), "--at", "2026-11-20", "-r", "day", "--where", condition]);
        Run::of(&mut command)
    };
    assert_eq!(run("severity = 'ERROR' OR TRUE -- all").ends(0).messages().len(), 12);
    assert_eq!(run("severity = 'ERROR'").ends(0).messages().len(), 6);
    run("FALSE) OR (TRUE").ends(2).says("--where");
}

#[test]
fn other_logs_are_read_by_name_and_named_where_there_is_nothing_else() {
    let dataset = Dataset::new("other_logs");
    let oom = Log::at("2026-11-20T10:00:00Z").id("e").stream("events").says(json!({"reason": "OOMKilling"}));
    dataset.sharded(&[oom]);
    let home = tempfile::tempdir().unwrap();
    let ask = |words: &str| {
        let mut command = lq_query();
        command.env("BIGQUERY_EMULATOR_HOST", emulator().url()).env("HOME", home.path());
        command.args(["--source", &dataset.source(), "--at", "2026-11-20", "-r", "day"]);
        Run::of(command.args(words.split_whitespace()))
    };
    ask("").ends(2).says("events").says("--log");
    let run = ask("--log events").ends(0);
    assert_eq!(run.all("stream"), ["events"]);
    assert_eq!(run.values()[0]["payload"]["reason"], "OOMKilling");
}

#[test]
fn sql_is_printed_ready_to_run() {
    let logs = logs();
    let dataset = Dataset::new("printed");
    dataset.sharded(&logs);
    let printed = query(&dataset.source(), "web -n shop -s error -g plain --print-sql").out;
    let rows = emulator().query(printed.trim().trim_end_matches(';'));
    assert_eq!(rows.len(), 1, "{printed}");
}

#[test]
fn what_bigquery_refused_is_warned_of_with_its_number() {
    let dataset = Dataset::new("refused");
    dataset.sharded(&logs());
    let columns = json!([
        {"name": "logEntry", "type": "STRING", "mode": "NULLABLE"},
        {"name": "schemaErrorDetail", "type": "STRING", "mode": "NULLABLE"},
        {"name": "timestamp", "type": "TIMESTAMP", "mode": "NULLABLE"},
    ]);
    dataset.table("export_errors_20261120", &columns, &serde_json::Value::Null);
    let rows = ["2026-11-20T10:00:00Z", "2026-11-20T11:00:00Z", "2026-11-20T23:00:00Z"];
    dataset.insert("export_errors_20261120", &rows.map(|time| json!({"logEntry": "{}", "timestamp": time})));
    let home = tempfile::tempdir().unwrap();
    let mut command = lq_query();
    command.env("BIGQUERY_EMULATOR_HOST", emulator().url()).env("HOME", home.path());
    command.args(["--source", &dataset.source(), "--since", "2026-11-20T09:00:00Z", "--until", "2026-11-20T12:00:00Z"]);
    Run::of(&mut command).ends(0).says("2 entries of the window were refused").says("export_errors_20261120");
}

#[test]
fn numbers_and_mangled_names_are_found_as_on_an_archive() {
    let numbers = [1e15, 3.0, 0.1, 1e-7, 1_234_567_890_123_456_800.0, 42.0];
    let logs: Vec<Log> = (0..12)
        .map(|i| {
            let log = Log::at(format!("2026-11-20T10:00:{i:02}.000000Z")).id(format!("n{i}"));
            match numbers.get(i) {
                Some(number) => log.says(json!({"message": "m", "User-Id": number, "Name": format!("n{i}")})),
                None if i == 6 => log.says(json!({"gone": null})),
                None => log.says(format!("text {i}e5")),
            }
        })
        .collect();
    let archive = Archive::new();
    let extracted: String = logs.iter().map(|log| format!("{}\n", crate::emulator::row(log))).collect();
    // Rows as `bq extract` writes them are told by their times.
    archive.file("extracted.json", extracted.replace("T10:", " 10:").replace("Z\"", " UTC\""));
    let dataset = Dataset::new("numbers");
    dataset.sharded(&logs);
    for words in [
        "-F -g :1000000000000000,",
        "-F -e :3,",
        "-g :3[,}]",
        r"-g \d{19}",
        "-g e-",
        "-g e5",
        "-g ^$",
        "-F -e {}",
        "--limit 2 -g 1",
        "--field payload.User-Id>1",
        "--field payload.User-Id~^1",
        "--field payload.Name=n1",
        "--field payload.Name>n3",
    ] {
        let of = |source: &str| {
            let home = tempfile::tempdir().unwrap();
            let mut command = lq_query();
            command.env("BIGQUERY_EMULATOR_HOST", emulator().url()).env("HOME", home.path());
            command.args(["--source", source, "--at", "2026-11-20", "-r", "day", "--empty-ok"]);
            Run::of(command.args(words.split_whitespace())).ends(0).all("insertId")
        };
        assert_eq!(of(&dataset.source()), of(&archive.path().display().to_string()), "{words}");
    }
}
