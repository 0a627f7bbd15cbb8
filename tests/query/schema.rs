//! Every line that lq-query writes is what docs/entry.schema.json says.

use serde_json::{Value, json};

use crate::support::{Archive, Log};

fn schema() -> Value {
    serde_json::from_str(include_str!("../../docs/entry.schema.json")).unwrap()
}

/// Records of every kind, in every dialect.
fn archive() -> Archive {
    let log = |second: u32| Log::at(format!("2024-12-19T07:00:{second:02}.123456Z")).id(format!("id{second}"));
    let logs = [
        log(0),
        log(1).says(""),
        log(2).says("日本語 \u{1b}[31m \"quoted\" \\ \u{0}").stream("stderr").severity("ERROR"),
        log(3).says(json!({"message": "m", "user_id": 9007199254740993u64, "deep": {"list": [1, null, {}]}})),
        log(4).says(json!({"msg": "m\n", "level": "warn"})),
        log(5).says(json!({"message": 5})),
        log(6).says(json!({})),
        log(7).severity("DEFAULT").stream("stdout"),
    ];
    let archive = Archive::new();
    let mut all = String::new();
    for (number, log) in logs.iter().enumerate() {
        for (dialect, value) in [log.sink(), log.table_row(), log.analytics_row(), log.entry()].iter_mut().enumerate() {
            for key in ["insertId", "insert_id"] {
                if value.get(key).is_some() {
                    value[key] = format!("{number}-{dialect}").into();
                }
            }
            all += &format!("{value}\n");
        }
    }
    for odd in [
        json!({"time": "2024-12-19T07:00:09Z", "level": "info", "msg": "a payload of its own"}),
        json!({"timestamp": "2024-12-19T09:00:10+02:00", "message": "no names", "lq": {}}),
        json!({"timestamp": "2024-12-19T07:00:11Z", "pod": "p", "container": null, "message": "nulls", "extra": {"a": [1]}}),
        json!({"timestamp": "2024-12-19 07:00:12.5 UTC", "insertId": "x", "resource": {"type": "k8s_container"}}),
        json!({"timestamp": "2024-12-19T07:00:13Z", "severity": "WARN", "insertId": "x", "protoPayload": {"@type": "t"},
            "resource": {"type": "k8s_container", "labels": {"pod_name": "p", "container_name": 5}}}),
        json!({"timestamp": "2024-12-19T07:00:14Z", "severity": 300, "logName": 5, "textPayload": 5, "insertId": 7,
            "resource": {"type": "k8s_container", "labels": null}}),
    ] {
        all += &format!("{odd}\n");
    }
    archive.file("logs.json", all);
    archive
}

#[test]
fn every_line_is_an_entry_as_the_schema_has_it() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let archive = archive();
    for words in
        ["", "--without payload", "--with node,labels,trace,spanId,httpRequest,logName,resource,receiveTimestamp"]
    {
        let run = archive.query(words).ends(0);
        let values = run.values();
        assert_eq!(values.len(), 8 * 4 + 6, "{words}: {}", run.err);
        for (value, line) in values.iter().zip(run.out.lines()) {
            let errors: Vec<String> = validator.iter_errors(value).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{line}\n{errors:#?}");
            assert_eq!(value.to_string(), line, "compact, and the keys once");
            let order = schema()["properties"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
            let known = |key: &&String| order[..10].contains(key) && *key != "insertId";
            let keys: Vec<&String> = value.as_object().unwrap().keys().filter(known).collect();
            assert!(keys.is_sorted_by_key(|key| order.iter().position(|known| known == *key)), "{line}");
        }
    }
}

#[test]
fn the_line_that_ends_a_broken_stream_is_in_the_schema() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let archive = archive();
    archive.file("cut.json.gz", &crate::support::gz("{}")[..12]);
    let run = archive.query("").ends(3);
    let last = run.values().pop().unwrap();
    assert!(last["lq"]["failed"].is_string() && validator.is_valid(&last), "{last}");
}

#[test]
fn the_seal_of_a_whole_stream_is_in_the_schema() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let last = archive().query("--seal").ends(0).values().pop().unwrap();
    assert!(last["lq"]["end"] == true && validator.is_valid(&last), "{last}");
    let named: Vec<String> = schema()["properties"]["lq"]["properties"].as_object().unwrap().keys().cloned().collect();
    assert!(last["lq"].as_object().unwrap().keys().all(|key| named.contains(key)), "{last}");
    for (key, value) in [("entries", json!(-1)), ("pods", json!({"a": "1"})), ("end", json!(false))] {
        let mut wrong = last.clone();
        wrong["lq"][key] = value;
        assert!(!validator.is_valid(&wrong), "{wrong}");
    }
}

#[test]
fn the_schema_refuses_what_is_no_entry() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let entry = Log::at("2024-12-19T07:00:00Z").id("x").entry();
    assert!(validator.is_valid(&entry));
    for (key, value) in [
        ("timestamp", json!("2024-12-19 07:00:00")),
        ("timestamp", json!("2024-12-19T07:00:00+09:00")),
        ("timestamp", json!(5)),
        ("severity", json!(null)),
        ("pod", json!(null)),
        ("message", json!({})),
        ("payload", json!("text")),
        ("insertId", json!(5)),
        ("extra", json!(null)),
    ] {
        let mut wrong = entry.clone();
        wrong[key] = value;
        assert!(!validator.is_valid(&wrong), "{wrong}");
    }
    let mut without = entry;
    without.as_object_mut().unwrap().remove("message");
    assert!(!validator.is_valid(&without));
}
