//! What the other tests stand on: the emulator holds each layout as BigQuery does.

use serde_json::{Value, json};

use crate::emulator::{Dataset, emulator, parses, witnessed};
use crate::support::Log;

/// A text with all that SQL or JSON might trip over, and a structured entry, a second apart.
fn two() -> [Log; 2] {
    let text = "it's \\ \"quoted\"\n\t\u{1} 日本 🎉 %s $1 @x -- `";
    let payload = json!({"message": "hi", "User-Id": 4.5, "Tags": ["a", "b"], "deep": [{"x": true}]});
    [
        Log::at("2026-11-20T10:00:00.123456Z").id("a").says(text),
        Log::at("2026-11-20T10:00:01.000001Z").id("b").says(payload).stream("stderr"),
    ]
}

/// Text and payload of both, by time, as a sink's tables have them.
fn read_back(dataset: &Dataset, tables: [&str; 2]) -> Vec<Value> {
    let part = |table: &str, says: &str| {
        format!(
            "SELECT timestamp, insertId, resource.labels.pod_name AS pod, {says} AS says FROM {}",
            dataset.quoted(table)
        )
    };
    let [text, payload] = [part(tables[0], "textPayload"), part(tables[1], "TO_JSON_STRING(jsonPayload)")];
    emulator().query(&format!("{text} UNION ALL {payload} ORDER BY timestamp"))
}

fn expected() -> Vec<Value> {
    let [text, _] = two();
    let payload = r#"{"message":"hi","user_id":4.5,"tags":["a","b"],"deep":[{"x":true}]}"#;
    vec![json!(["1795168800123456", "a", "web-1", text.says]), json!(["1795168801000001", "b", "web-1", payload])]
}

fn kind_and_partitions(dataset: &Dataset, table: &str) -> (Value, Value) {
    let told = emulator().call("GET", &format!("datasets/{}/tables/{table}", dataset.id), &Value::Null);
    (told["type"].clone(), told["timePartitioning"].clone())
}

#[test]
fn shards_hold_what_was_put_there() {
    let dataset = Dataset::new("sharded");
    dataset.sharded(&two());
    assert_eq!(read_back(&dataset, ["stdout_20261120", "stderr_20261120"]), expected());
    assert_eq!(kind_and_partitions(&dataset, "stdout_20261120"), (json!("TABLE"), Value::Null));
}

#[test]
fn a_table_partitioned_by_timestamp_says_so() {
    let dataset = Dataset::new("partitioned");
    dataset.partitioned(&two());
    assert_eq!(read_back(&dataset, ["stdout", "stderr"]), expected());
    let partitions = json!({"type": "DAY", "field": "timestamp"});
    assert_eq!(kind_and_partitions(&dataset, "stdout"), (json!("TABLE"), partitions));
}

#[test]
fn a_table_by_ingestion_time_can_be_asked_for_its_partition_time() {
    let dataset = Dataset::new("ingested");
    dataset.ingested(&two());
    assert_eq!(read_back(&dataset, ["stdout", "stderr"]), expected());
    assert_eq!(kind_and_partitions(&dataset, "stderr"), (json!("TABLE"), json!({"type": "DAY"})));
    let since = "_PARTITIONTIME > TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 1 DAY)";
    let count = format!("SELECT COUNT(*) AS n FROM {} WHERE {since}", dataset.quoted("stdout"));
    assert_eq!(emulator().query(&count), [json!(["1"])]);
}

#[test]
fn a_log_analytics_view_has_json_columns() {
    let dataset = Dataset::new("analytics");
    dataset.analytics(&two());
    let rows = emulator().query(&format!(
        "SELECT timestamp, insert_id, JSON_VALUE(resource.labels.pod_name) AS pod, \
         JSON_VALUE(labels, '$.\"k8s-pod/app\"') AS app, text_payload, TO_JSON_STRING(json_payload) AS payload \
         FROM {} ORDER BY timestamp",
        dataset.quoted("_AllLogs")
    ));
    let [text, structured] = two();
    let said = rows[1][5].as_str().map(|json| serde_json::from_str(json).unwrap());
    assert_eq!(said, Some(structured.says));
    assert_eq!(rows[0], json!(["1795168800123456", "a", "web-1", "web", text.says, null]));
    assert_eq!(kind_and_partitions(&dataset, "_AllLogs").0, "VIEW");
}

#[test]
fn googles_own_client_reads_the_same_rows() {
    let dataset = Dataset::new("witnessed");
    dataset.sharded(&two());
    let [text, structured] = two();
    let time = |log: &Log| log.time.clone();
    let payload = json!({"message": "hi", "user_id": 4.5, "tags": ["a", "b"], "deep": [{"x": true}]});
    assert_eq!(
        witnessed(&format!("SELECT timestamp, textPayload FROM {}", dataset.quoted("stdout_20261120"))),
        [json!({"timestamp": time(&text), "textPayload": text.says})]
    );
    assert_eq!(
        witnessed(&format!("SELECT timestamp, jsonPayload FROM {}", dataset.quoted("stderr_20261120"))),
        [json!({"timestamp": time(&structured), "jsonPayload": payload})]
    );
}

#[test]
fn the_other_parser_reads_good_sql() {
    parses(&["SELECT a.b AS c FROM `p.d.t` WHERE d = @d", "SELECT 1 AS x UNION ALL SELECT 2 AS x"]);
}

#[test]
#[should_panic = "SELECT FROM"]
fn the_other_parser_refuses_bad_sql() {
    parses(&["SELECT 1 AS x", "SELECT FROM WHERE )"]);
}
