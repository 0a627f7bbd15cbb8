//! Proves what entry each dialect's record becomes, to the byte, and that entries stay what they are.

use proptest::prelude::*;
use proptest::sample::select;

use super::super::dialect::{self, Dialect};
use super::super::severity::Severity;
use super::super::write::Columns;
use super::super::{Control, log_id};
use super::{rewritten, seen, with_columns};

/// Name, record, dialect, entry.
type Case = (&'static str, &'static str, Dialect, &'static str);

const CASES: &[Case] = &[
    (
        "text of a LogEntry",
        r#"{"insertId":"i1","labels":{"k8s-pod/app":"web"},"logName":"projects/p/logs/stdout","receiveTimestamp":"2026-11-21T16:00:01.5Z","resource":{"labels":{"cluster_name":"c","container_name":"agent","location":"l","namespace_name":"n","pod_name":"agent-x","project_id":"p"},"type":"k8s_container"},"severity":"INFO","textPayload":"hello\n","timestamp":"2026-11-21T16:00:00.123456789Z"}"#,
        Dialect::LogEntry,
        r#"{"timestamp":"2026-11-21T16:00:00.123456789Z","severity":"INFO","cluster":"c","namespace":"n","pod":"agent-x","container":"agent","stream":"stdout","message":"hello","insertId":"i1"}"#,
    ),
    (
        "structured LogEntry with 64-bit ids, blanks and an offset",
        r#"{ "resource": {"labels": {"pod_name": "a"}}, "jsonPayload": {"message": "m\n", "id": 12345678901234567890, "f": 1.50}, "timestamp": "2026-11-21T16:00:00.10+09:00", "logName": "projects/p/logs/a%2Fb" }"#,
        Dialect::LogEntry,
        r#"{"timestamp":"2026-11-21T07:00:00.10Z","pod":"a","stream":"a/b","message":"m","payload":{"message":"m\n","id":12345678901234567890,"f":1.50}}"#,
    ),
    (
        "structured LogEntry without a text of its own",
        r#"{"resource":{},"insertId":"i","jsonPayload":{ "message": 5, "a": "\"" }}"#,
        Dialect::LogEntry,
        r#"{"message":"{\"message\":5,\"a\":\"\\\"\"}","payload":{"message":5,"a":"\""},"insertId":"i"}"#,
    ),
    (
        "audit LogEntry",
        r#"{"resource":{},"logName":"projects/p/logs/audit","protoPayload":{"@type":"t","msg":"m"}}"#,
        Dialect::LogEntry,
        r#"{"stream":"audit","message":"m","payload":{"@type":"t","msg":"m"}}"#,
    ),
    (
        "row of a sink's table: mangled names, BigQuery's time, nulls",
        r#"{"logName":"projects/p/logs/stderr","resource":{"type":"k8s_container","labels":{"pod_name":"a","namespace_name":"n","cluster_name":"c","container_name":"x"}},"textPayload":"t","jsonPayload":null,"timestamp":"2025-01-01 00:00:00.123456 UTC","severity":"ERROR","insertId":"i","labels":{"k8s_pod_app":"web","compute_googleapis_com_resource_name":"node-1"},"trace":null}"#,
        Dialect::LogEntry,
        r#"{"timestamp":"2025-01-01T00:00:00.123456Z","severity":"ERROR","cluster":"c","namespace":"n","pod":"a","container":"x","stream":"stderr","message":"t","insertId":"i"}"#,
    ),
    (
        "text of a Log Analytics row",
        r#"{"log_name":"projects/p/logs/stdout","resource":{"type":"k8s_container","labels":{"pod_name":"a"}},"text_payload":"t","json_payload":null,"timestamp":"2025-01-01 00:00:00","severity":"INFO","insert_id":"i"}"#,
        Dialect::LogAnalytics,
        r#"{"timestamp":"2025-01-01T00:00:00Z","severity":"INFO","pod":"a","stream":"stdout","message":"t","insertId":"i"}"#,
    ),
    (
        "structured Log Analytics row",
        r#"{"insert_id":"i","resource":{"labels":{"pod_name":"a"}},"json_payload":{"log":"l"}}"#,
        Dialect::LogAnalytics,
        r#"{"pod":"a","message":"l","payload":{"log":"l"},"insertId":"i"}"#,
    ),
    (
        "stern",
        r#"{"message":"hello","nodeName":"node-1","namespace":"n","podName":"p","containerName":"c","labels":{"app":"web"}}"#,
        Dialect::Stern,
        r#"{"namespace":"n","pod":"p","container":"c","message":"hello"}"#,
    ),
    (
        "object with message, level and time",
        r#"{"time":"2026-11-21T16:00:00Z","level":"warn","message":"m"}"#,
        Dialect::Object,
        r#"{"timestamp":"2026-11-21T16:00:00Z","severity":"WARNING","message":"m","payload":{"time":"2026-11-21T16:00:00Z","level":"warn","message":"m"}}"#,
    ),
    (
        "pino: numbers for level and time",
        r#"{"level":50,"time":1763740800000,"pid":1,"msg":"m"}"#,
        Dialect::Object,
        r#"{"severity":"ERROR","message":"m","payload":{"level":50,"time":1763740800000,"pid":1,"msg":"m"}}"#,
    ),
    (
        "docker's log",
        r#"{"log":"l\n","stream":"stdout"}"#,
        Dialect::Object,
        r#"{"message":"l","payload":{"log":"l\n","stream":"stdout"}}"#,
    ),
    (
        "object that says nothing we know",
        r#"{"a": [1, 2]}"#,
        Dialect::Object,
        r#"{"message":"{\"a\":[1,2]}","payload":{"a":[1,2]}}"#,
    ),
    ("empty object", "{}", Dialect::Object, r#"{"message":"{}","payload":{}}"#),
    ("plain line", "hello \"you\"\t\\", Dialect::Plain, r#"{"message":"hello \"you\"\t\\"}"#),
    ("empty line", "", Dialect::Plain, r#"{"message":""}"#),
    (
        "LogEntry of which only the text is left",
        r#"{"resource":{"labels":{}},"textPayload":"t","severity":"INFO"}"#,
        Dialect::LogEntry,
        r#"{"severity":"INFO","message":"t","lq":{}}"#,
    ),
    (
        "LogEntry whose text is none",
        r#"{"resource":{},"insertId":"i","textPayload":{"a": 1}}"#,
        Dialect::LogEntry,
        r#"{"message":"{\"a\":1}","insertId":"i"}"#,
    ),
    (
        "LogEntry whose payload is a string",
        r#"{"resource":{},"insertId":"i","jsonPayload":"just text\n"}"#,
        Dialect::LogEntry,
        r#"{"message":"just text","insertId":"i"}"#,
    ),
    (
        "LogEntry without any payload",
        r#"{"resource":{},"insertId":"i"}"#,
        Dialect::LogEntry,
        r#"{"message":"","insertId":"i"}"#,
    ),
    (
        "payload in which everything else stands too",
        r#"{"jsonPayload":{"message":"m","pod":"x","pod_name":"x","podName":"x","containerName":"x","logName":"x","resource":{"labels":{"pod_name":"x"}},"insertId":"x","textPayload":"x","payload":{"message":"x"}},"resource":{"labels":{"pod_name":"a"}},"logName":"projects/p/logs/stdout"}"#,
        Dialect::LogEntry,
        r#"{"pod":"a","stream":"stdout","message":"m","payload":{"message":"m","pod":"x","pod_name":"x","podName":"x","containerName":"x","logName":"x","resource":{"labels":{"pod_name":"x"}},"insertId":"x","textPayload":"x","payload":{"message":"x"}}}"#,
    ),
    (
        "structured log that looks like half a LogEntry",
        r#"{"msg":"m","resource":"/api","logName":"x","pod_name":"x"}"#,
        Dialect::Object,
        r#"{"message":"m","payload":{"msg":"m","resource":"/api","logName":"x","pod_name":"x"}}"#,
    ),
    (
        "structured log that looks like half of stern",
        r#"{"message":"m","podName":"x","namespace":"y"}"#,
        Dialect::Object,
        r#"{"message":"m","payload":{"message":"m","podName":"x","namespace":"y"}}"#,
    ),
    (
        "entry out of order, with unknown keys, nulls and escapes",
        r#"{"message":"m\n","zone":{ "a": 1 },"po\u0064":"a","payload":null,"st\u0072eam":"std\u006fut","trace":null,"timestamp":"2026-11-21T16:00:00.5+00:00"}"#,
        Dialect::Entry,
        r#"{"timestamp":"2026-11-21T16:00:00.5Z","pod":"a","stream":"stdout","message":"m\n","zone":{"a":1}}"#,
    ),
    (
        "entry whose keys come twice",
        r#"{"pod":"a","message":"m","pod":"b","x":1,"x":2}"#,
        Dialect::Entry,
        r#"{"pod":"b","message":"m","x":1,"x":2}"#,
    ),
    (
        "LogEntry whose resource comes twice",
        r#"{"logName":"l","resource":{"labels":{"pod_name":"a","container_name":"c"}},"resource":{"labels":{"pod_name":"b"}}}"#,
        Dialect::LogEntry,
        r#"{"pod":"b","stream":"l","message":""}"#,
    ),
];

#[test]
fn every_dialect_becomes_an_entry() {
    for (name, line, dialect, entry) in CASES {
        assert_eq!(seen(line, |entry| entry.dialect()), *dialect, "{name}");
        assert_eq!(rewritten(line), *entry, "{name}");
        assert_eq!(seen(entry, |entry| entry.dialect()), Dialect::Entry, "{name}");
        assert_eq!(rewritten(entry), *entry, "{name}: and stays one");
    }
}

#[test]
fn packed_columns_of_log_analytics_are_opened() {
    let row =
        |columns: &str| format!(r#"{{"insert_id":"i","resource":{{"type":"k8s_container","labels":{columns}}}}}"#);
    let cases = [
        (row(r#""{\"pod_name\":\"a\"}""#), Some(row(r#"{"pod_name":"a"}"#))),
        (row(r#""{\"pod_name\":\"a\"}","x":"{}""#), Some(row(r#"{"pod_name":"a"},"x":"{}""#))),
        (
            row(r#"{},"x":1},"json_payload":"{\"id\": 12345678901234567890}","y":{"#),
            Some(row(r#"{},"x":1},"json_payload":{"id": 12345678901234567890},"y":{"#)),
        ),
        (row(r#"{}},"labels":"{\"a\":\"\\ud800\"}","y":{"#), Some(row(r#"{}},"labels":{"a":"\ufffd"},"y":{"#))),
        (row(r#"{"pod_name":"a"}"#), None),
        (row(r#""no object""#), None),
        (row(r#""{\"cut\":""#), None),
        (row(r#""{} {}""#), None),
    ];
    for (line, unpacked) in cases {
        assert_eq!(dialect::unpack_analytics(&line), unpacked, "{line}");
    }
}

#[test]
fn further_columns_are_written_when_asked_for() {
    let with = |with: &[&'static str]| Columns { payload: true, with: with.to_vec() };
    let log_entry = r#"{"resource":{"labels":{"pod_name":"a"}},"logName":"projects/p/logs/stdout","textPayload":"t","trace":"t1","labels":{ "k8s-pod/app":"web","compute.googleapis.com/resource_name":"node-1"},"httpRequest":{"status": 200},"spanId":null,"insertId":"i"}"#;
    let cases = [
        (log_entry, with(&["node"]), r#"{"pod":"a","stream":"stdout","message":"t","node":"node-1","insertId":"i"}"#),
        (
            log_entry,
            with(&["trace", "spanId", "httpRequest"]),
            r#"{"pod":"a","stream":"stdout","message":"t","trace":"t1","httpRequest":{"status":200},"insertId":"i"}"#,
        ),
        (
            r#"{"resource":{},"insert_id":"i","text_payload":"t","http_request":{"a":1},"span_id":"s","trace_sampled":true}"#,
            with(&["spanId", "traceSampled", "httpRequest"]),
            r#"{"message":"t","spanId":"s","traceSampled":true,"httpRequest":{"a":1},"insertId":"i"}"#,
        ),
        (
            r#"{"message":"m","podName":"p","containerName":"c","nodeName":"node-1","labels":{"app":"web"}}"#,
            with(&["node", "labels"]),
            r#"{"pod":"p","container":"c","message":"m","node":"node-1","labels":{"app":"web"}}"#,
        ),
        (
            r#"{"pod":"p","message":"m","x":1,"node":"n"}"#,
            with(&["node", "trace"]),
            r#"{"pod":"p","message":"m","x":1,"node":"n"}"#,
        ),
        ("plain", with(&["node", "trace"]), r#"{"message":"plain"}"#),
        (r#"{"msg":"m","trace":"t"}"#, with(&["trace"]), r#"{"message":"m","payload":{"msg":"m","trace":"t"}}"#),
    ];
    for (line, columns, entry) in cases {
        assert_eq!(with_columns(line, &columns), entry, "{line}");
        assert_eq!(with_columns(entry, &columns), entry, "{line}: and stays");
    }
}

#[test]
fn the_expensive_column_can_be_left_out() {
    let without = Columns { payload: false, with: Vec::new() };
    let cases = [
        (r#"{"pod":"a","message":"m","payload":{"msg":"m"}}"#, r#"{"pod":"a","message":"m"}"#),
        (r#"{"message":"m","payload":{"msg":"m"},"x":1}"#, r#"{"message":"m","x":1,"lq":{}}"#),
        (r#"{"a":1}"#, r#"{"message":"{\"a\":1}"}"#),
    ];
    for (line, entry) in cases {
        assert_eq!(with_columns(line, &without), entry);
        assert_eq!(with_columns(entry, &without), entry);
        assert_eq!(rewritten(entry), entry);
    }
}

#[test]
fn labels_and_nodes_are_found_under_all_their_names() {
    let line = |labels: &str| format!(r#"{{"resource":{{}},"insertId":"i","labels":{labels}}}"#);
    let cases = [
        (line(r#"{"k8s-pod/app.kubernetes.io/name":"web"}"#), "app.kubernetes.io/name", Some("web")),
        (line(r#"{"k8s_pod_app_kubernetes_io_name":"web"}"#), "app.kubernetes.io/name", Some("web")),
        (line(r#"{"k8s-pod\/app":"web"}"#), "app", Some("web")),
        (line(r#"{"app":"web"}"#), "app", Some("web")),
        (line(r#"{"app":1}"#), "app", None),
        (line(r#"{"other":"web"}"#), "app", None),
        (line("[]"), "app", None),
        (line("null"), "app", None),
    ];
    for (line, name, value) in cases {
        let found = seen(&line, |entry| entry.label(name).map(|text| text.to_cow().into_owned()));
        assert_eq!(found.as_deref(), value, "{line}");
    }
}

#[test]
fn the_programs_own_severity_is_read() {
    let log_entry = |payload: &str| format!(r#"{{"resource":{{}},"severity":"ERROR","jsonPayload":{payload}}}"#);
    let cases = [
        (log_entry(r#"{"level":"info"}"#), Some(Severity::Info)),
        (log_entry(r#"{"severity":"WARN","level":"info"}"#), Some(Severity::Warning)),
        (log_entry(r#"{"severity":"odd","level":30}"#), Some(Severity::Info)),
        (log_entry(r#"{"level":null}"#), None),
        (log_entry(r#"{"level":{"a":1}}"#), None),
        (r#"{"pod":"a","message":"m","payload":{"level":"FATAL"}}"#.to_owned(), Some(Severity::Critical)),
        (r#"{"resource":{},"protoPayload":{"level":"debug"},"jsonPayload":"x"}"#.to_owned(), Some(Severity::Debug)),
        (r#"{"level":10}"#.to_owned(), Some(Severity::Debug)),
        ("plain".to_owned(), None),
    ];
    for (line, severity) in cases {
        assert_eq!(seen(&line, |entry| entry.own_severity()), severity, "{line}");
    }
}

#[test]
fn a_stream_says_how_it_ended() {
    let cases = [
        (r#"{"lq":{"failed":"no \"disk\"","complete_until":"…"}}"#, Some(Control::Failed("no \"disk\"".to_owned()))),
        (r#"{ "lq" : { "pods" : {}, "later" : 1, "entries" : 0, "end" : true } }"#, Some(Control::End)),
        (r#"{"lq":{"end":true,"entries":-1,"pods":{"a":"b"}}}"#, Some(Control::End)),
        (r#"{"lq":{"other":1}}"#, None),
        (r#"{"lq":{}}"#, None),
        (r#"{"lq":"failed"}"#, None),
        (r#"{"lq":{"failed":"x"},"message":"m"}"#, None),
        (r#"{"message":"m","payload":{"lq":{"end":true}}}"#, None),
    ];
    for (line, control) in cases {
        assert_eq!(seen(line, |entry| entry.control()), control, "{line}");
    }
}

#[test]
fn what_a_container_wrote_is_no_word_of_the_stream() {
    for line in [
        r#"{"lq":{"failed":5}}"#,
        r#"{"lq":{"failed":{"why":"x"}}}"#,
        r#"{"lq":{"end":"evil hidden"}}"#,
        r#"{"lq":{"end":true,"note":"rm -rf ran"}}"#,
        r#"{"lq":{"end":true,"entries":1}}"#,
        r#"{"lq":{"end":true,"pods":{}}}"#,
        r#"{"lq":{"entries":1,"pods":{}}}"#,
        r#"{"lq":{"end":"true","entries":1,"pods":{}}}"#,
        r#"{"lq":{"end":true,"entries":"1","pods":{}}}"#,
        r#"{"lq":{"end":true,"entries":1,"pods":[]}}"#,
        r#"{"lq":{"end":true,"entries":1,"pods":{}},"msg":"m"}"#,
        r#"{"lq":{"end":true,"entries":1,"pods":{}},"lq":{"end":true,"entries":1,"pods":{}}}"#,
    ] {
        assert_eq!(seen(line, |entry| entry.control()), None, "{line}");
        assert_eq!(seen(line, |entry| entry.dialect()), Dialect::Object, "{line}");
    }
}

#[test]
fn a_reason_is_shown_up_to_a_bound() {
    for (length, shown) in [(500, "é".repeat(500)), (501, "é".repeat(500) + "…"), (100_000, "é".repeat(500) + "…")]
    {
        let line = format!(r#"{{"lq":{{"failed":"{}"}}}}"#, "é".repeat(length));
        assert_eq!(seen(&line, |entry| entry.control()), Some(Control::Failed(shown)), "{length}");
    }
}

proptest! {
    #[test]
    fn the_id_of_a_log_stands_behind_the_first_logs(parts in prop::collection::vec(select(vec!["projects", "logs", "p", "-", "stdout", "", "a%2Fb"]), 0..7)) {
        let name = parts.join("/");
        let wanted = regex::Regex::new("^.*?/logs/").unwrap().replace(&name, "").into_owned();
        prop_assert_eq!(log_id(&name), wanted);
    }
}
