//! Google's own client reads the same rows.

use serde_json::{Value, json};

use crate::emulator::{Dataset, emulator, witnessed};
use crate::support::{Log, Run, lq_query};

/// Texts and payloads of all kinds, over three days.
fn logs() -> Vec<Log> {
    let mut logs = Vec::new();
    for number in 0..300_i64 {
        let time = format!("2026-11-{:02}T{:02}:00:00.{:06}Z", 18 + number % 3, number % 24, number * 37 % 1_000_000);
        let log = Log::at(time).id(format!("id{number}")).of("shop", &format!("web-{}", number % 5), "web");
        let log = if number % 2 == 0 { log } else { log.stream("stderr").severity("ERROR") };
        // Each table gets some of every kind.
        logs.push(match number / 6 % 6 {
            0 => log.says(format!("line {number} 東京 \u{1f389} \\ \" \t ' ` end ")),
            1 => log.says(json!({"message": format!("m{number}"), "ok": true, "count": number as f64 + 0.5})),
            2 => log.says(json!({"msg": "x", "big": 1e20, "small": 1e-7, "whole": 3.0, "epoch": 1_700_000_000.0})),
            3 => log.says(json!({"user": {"name": "Ada", "tags": ["a", "b"]}, "items": [{"sku": "1", "n": 2.0}]})),
            4 => log.says("multi\nline\n\nwith blank "),
            _ => log.says(json!({"message": "", "empty": "", "ratio": 0.1, "negative": -1.5})),
        });
    }
    logs
}

#[test]
fn it_reads_the_same_set_of_rows() {
    let dataset = Dataset::new("witness");
    dataset.sharded(&logs());
    let columns = "timestamp, severity, insertId, resource.labels.namespace_name AS namespace, \
                   resource.labels.pod_name AS pod, resource.labels.container_name AS container";
    let part = |log: &str, day: &str| {
        let table = dataset.quoted(&format!("{log}_202611{day}"));
        witnessed(&format!("SELECT {columns}, textPayload AS text, jsonPayload AS payload FROM {table}"))
    };
    let tables = ["stdout", "stderr"].iter().flat_map(|log| ["18", "19", "20"].map(|day| (*log, day)));
    let mut witnessed: Vec<Value> = tables.flat_map(|(log, day)| part(log, day)).map(kept).collect();

    let home = tempfile::tempdir().unwrap();
    let mut command = lq_query();
    command.env("BIGQUERY_EMULATOR_HOST", emulator().url()).env("HOME", home.path());
    command.args(["--source", &dataset.source(), "--since", "2026-11-18", "--until", "2026-11-21"]);
    let run = Run::of(&mut command).ends(0);
    let as_witnessed = |entry: Value| {
        let of = |key: &str| entry.get(key).cloned().unwrap_or_default();
        let is_text = entry.get("payload").is_none();
        json!({
            "timestamp": of("timestamp"), "severity": of("severity"), "insertId": of("insertId"),
            "namespace": of("namespace"), "pod": of("pod"), "container": of("container"),
            "text": if is_text { of("message") } else { Value::Null }, "payload": of("payload"),
        })
    };
    let mut read: Vec<Value> = run.values().into_iter().map(as_witnessed).collect();
    // Numbers by value: the witness prints 1e20 in its own way.
    let by_value = |value: &mut Value| numbers(value);
    witnessed.iter_mut().chain(read.iter_mut()).for_each(by_value);
    let id = |value: &Value| value["insertId"].as_str().unwrap().to_owned();
    witnessed.sort_by_key(id);
    read.sort_by_key(id);
    assert_eq!((read.len(), witnessed.len()), (300, 300));
    for (read, witnessed) in read.iter().zip(&witnessed) {
        assert_eq!(read, witnessed);
    }
}

/// Without what BigQuery cannot tell from nothing; members of rows themselves stay.
fn kept(mut row: Value) -> Value {
    let payload = &mut row["payload"];
    *payload = without_empty(payload);
    row
}

fn without_empty(value: &Value) -> Value {
    match value {
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| (name.clone(), without_empty(value)))
            .filter(|(_, value)| !matches!(value, Value::Null) && *value != json!([]) && *value != json!({}))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Value::Array(items) => items.iter().map(without_empty).collect(),
        value => value.clone(),
    }
}

fn numbers(value: &mut Value) {
    match value {
        Value::Number(number) => *value = format!("{:?}", number.as_f64().unwrap()).into(),
        Value::Array(items) => items.iter_mut().for_each(numbers),
        Value::Object(members) => members.values_mut().for_each(numbers),
        _ => {}
    }
}
