//! Whatever a slice holds: what is kept of it gives the same bytes.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{ran, scene};
use crate::scripted::table::{QUERY, billed, settled};
use crate::server::api::{Job, column, record};
use crate::server::on;

/// The columns of a result with pieces of entries and structured logs.
const COLUMNS: [&str; 11] = [
    "timestamp",
    "severity",
    "insertId",
    "cluster",
    "namespace",
    "pod",
    "container",
    "stream",
    "textPayload",
    "jsonPayload",
    "split",
];

/// Text from anywhere, as it goes over the wire; half a surrogate pair too.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => any::<String>(),
        1 => Just("\u{1b}]0;title\u{7} ../../etc/passwd \0 \u{202e}".to_owned()),
        1 => Just("LONE-SURROGATE".to_owned()),
        1 => "[a-z]".prop_map(|letter| letter.repeat(20_000)),
    ]
}

/// A row: few times, ids and names, so that twins and pieces meet.
fn row() -> impl Strategy<Value = Vec<Value>> {
    let name = || prop_oneof![3 => "(web|api)-[0-9]", 1 => text(), 1 => Just("CON".to_owned())];
    let id = prop::option::of("id[0-9]");
    let split = prop::option::of((0..3u32, 1..4u32));
    let payload = prop::option::of("[a-z]{0,9}");
    let is_twice = any::<bool>();
    (0..40i64, id, name(), name(), text(), payload, split, is_twice).prop_map(
        |(second, id, pod, container, text, payload, split, is_stderr)| {
            let time = (1_734_591_600_000_000i64 + second / 4 * 1_000_000).to_string();
            let stream = if is_stderr { "stderr" } else { "stdout" };
            let split =
                split.map(|(index, total)| json!({"uid": "u", "index": index, "totalSplits": total}).to_string());
            let payload = payload.map(|message| json!({"message": message}).to_string());
            let text = if payload.is_none() { json!(text) } else { Value::Null };
            vec![
                json!(time),
                json!("INFO"),
                json!(id),
                json!("east"),
                json!("shop"),
                json!(pod),
                json!(container),
                json!(stream),
                text,
                json!(payload),
                json!(split),
            ]
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn what_is_kept_gives_the_same_bytes_and_the_same_words(rows in prop::collection::vec(row(), 1..400)) {
        let split = [column("uid", "STRING"), column("index", "INTEGER"), column("totalSplits", "INTEGER")];
        let table = settled("stdout_20241219").payload(&[column("message", "STRING")]).with(record("split", &split));
        let columns: Vec<(&str, &str)> =
            COLUMNS.iter().map(|name| (*name, if *name == "timestamp" { "TIMESTAMP" } else { "STRING" })).collect();
        let job = rows.iter().fold(Job::new("job_1", &columns), |job, row| job.row(row));
        let page = job.done().to_string().replace("LONE-SURROGATE", "half \\ud83d a pair");
        let answer = crate::server::Answer::new(200, "application/json", page);
        let table = table.member("numRows", json!(rows.len().to_string()));
        let scene = scene(&[table], [on(QUERY, answer), billed(0)]);
        for words in ["--memory 1MiB", "-o raw --memory 1MiB", "-g web"] {
            let asked = scene.query(&format!("--no-cache --empty-ok {words}")).ends(0);
            scene.query(&format!("--empty-ok {words}")).ends(0);
            let before = ran(&scene);
            let kept = scene.query(&format!("--empty-ok {words}")).ends(0);
            prop_assert_eq!(ran(&scene), before);
            prop_assert_eq!(&kept.out, &asked.out);
            // What was mended, dropped and could not be joined is told alike.
            let told = |err: &str| {
                let lines = err.lines().map(|line| line.split(", in ").next().unwrap_or(line).to_owned());
                lines.filter(|line| !line.contains(" in ")).collect::<Vec<_>>()
            };
            prop_assert_eq!(told(&kept.err), told(&asked.err));
        }
    }
}
