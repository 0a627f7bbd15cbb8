//! From the bodies of answers to the entries that come of them.

mod arrow;
mod build;
mod model;
mod time;
mod ways;

use std::ops::ControlFlow;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Lines, Page};
use crate::entry::Entry;
use crate::entry::dialect::Dialect;
use crate::entry::scan::Spans;
use crate::entry::write::{self, Columns};
use crate::source::bigquery::error::Error;
use crate::source::bigquery::sql::{Out, OutKind};

fn out(name: &'static str) -> Out {
    let kind = match name {
        "timestamp" | "receiveTimestamp" => OutKind::Time,
        "jsonPayload" | "labels" | "resource" | "httpRequest" | "split" => OutKind::Json,
        _ => OutKind::Text,
    };
    Out { name, kind }
}

/// The entries in a body, as lq writes them with `columns`, and what their lines were.
fn read_with(body: &str, names: &[&'static str], columns: &Columns) -> Result<Vec<(String, String)>, Error> {
    let mut lines = Lines::new(&names.iter().map(|name| out(name)).collect::<Vec<_>>());
    let mut seen = Vec::new();
    let flow = lines.read(&Page::parse(body.as_bytes().to_vec())?, |entry| {
        assert_eq!(entry.dialect(), Dialect::LogEntry, "{}", entry.line());
        let mut written = Vec::new();
        write::entry(entry, columns, &mut written);
        check_places(entry);
        seen.push((String::from_utf8(written).unwrap(), entry.line().to_owned()));
        ControlFlow::Continue(())
    })?;
    assert!(flow.is_continue());
    Ok(seen)
}

/// The places of a line that were noted while it was written are those that the scanner finds.
fn check_places(entry: &Entry) {
    let mut spans = Spans::default();
    let scanned = Entry::parse(entry.line(), &mut spans).unwrap();
    let told = |entry: &Entry| {
        let mut written = Vec::new();
        write::entry(entry, &Columns { payload: true, with: write::WITH.to_vec() }, &mut written);
        let (kind, split) = (entry.resource_type().map(|kind| kind.to_cow().into_owned()), entry.piece().is_some());
        (entry.dialect(), String::from_utf8(written).unwrap(), entry.own_severity(), kind, split)
    };
    assert_eq!(told(entry), told(&scanned));
}

fn read(body: &str, names: &[&'static str]) -> Vec<String> {
    read_with(body, names, &Columns::default()).unwrap().into_iter().map(|(entry, _)| entry).collect()
}

/// A body with one row.
fn page(cells: &[Value]) -> Value {
    let cells: Vec<Value> = cells.iter().map(|cell| json!({"v": cell})).collect();
    json!({"kind": "bigquery#queryResponse", "jobComplete": true, "totalRows": "1", "rows": [{"f": cells}]})
}

const NAMES: [&str; 10] = [
    "timestamp",
    "severity",
    "cluster",
    "namespace",
    "pod",
    "container",
    "stream",
    "textPayload",
    "jsonPayload",
    "insertId",
];

#[test]
fn rows_become_the_entries_that_an_archive_gives() {
    let row = |text: Value, payload: Value| {
        page(&[
            json!("1733013960123456"),
            json!("INFO"),
            json!("east"),
            json!("shop"),
            json!("web-1"),
            json!("web"),
            json!("stdout"),
            text,
            payload,
            json!("id-1"),
        ])
    };
    let entry = |rest: &str| {
        format!(
            r#"{{"timestamp":"2024-12-01T00:46:00.123456Z","severity":"INFO","cluster":"east","namespace":"shop","pod":"web-1","container":"web","stream":"stdout",{rest},"insertId":"id-1"}}"#
        )
    };
    let null = Value::Null;
    for (text, payload, expected) in [
        (json!("hello\n"), null.clone(), r#""message":"hello""#),
        (json!("hello\n\n"), null.clone(), r#""message":"hello\n""#),
        (json!(""), null.clone(), r#""message":"""#),
        (null.clone(), null.clone(), r#""message":"""#),
        (json!("tab\t\"q\" \\ é😀 \u{1}"), null.clone(), r#""message":"tab\t\"q\" \\ é😀 \u0001""#),
        (null.clone(), json!(r#"{"message":"m\n","n":3.0}"#), r#""message":"m","payload":{"message":"m\n","n":3}"#),
        (null.clone(), json!(r#"{"a":null,"b":[]}"#), r#""message":"""#),
        (null.clone(), json!("null"), r#""message":"""#),
        (
            null.clone(),
            json!(r#" {"a": "\u00e9\n\"" } "#),
            r#""message":"{\"a\":\"é\\n\\\"\"}","payload":{"a":"é\n\""}"#,
        ),
        (null.clone(), json!(r#"{"a":"\ud83d"}"#), r#""message":"{\"a\":\"�\"}","payload":{"a":"�"}"#),
        (null.clone(), json!("no JSON"), r#""message":"no JSON""#),
        (null.clone(), json!(r#"{"cut":"#), r#""message":"{\"cut\":""#),
    ] {
        let body = row(text, payload);
        assert_eq!(read(&body.to_string(), &NAMES), [entry(expected)], "{body}");
        let pretty = serde_json::to_string_pretty(&body).unwrap();
        assert_eq!(read(&pretty, &NAMES), [entry(expected)], "{pretty}");
    }
}

#[test]
fn what_is_null_is_absent_and_what_is_empty_is_not() {
    for (names, cells, expected) in [
        (
            &["timestamp", "severity", "insertId"][..],
            &[Value::Null, json!(""), Value::Null][..],
            r#"{"severity":"","message":"","lq":{}}"#,
        ),
        (&["pod"], &[json!("p")], r#"{"pod":"p","message":""}"#),
        (&["stream", "textPayload"], &[json!("events"), json!("t")], r#"{"stream":"events","message":"t"}"#),
        (&["stream"], &[json!("a%2Fb")], r#"{"stream":"a/b","message":""}"#),
        (&["severity"], &[Value::Null], r#"{"message":""}"#),
    ] {
        assert_eq!(read(&page(cells).to_string(), names), [expected], "{names:?}");
    }
}

#[test]
fn columns_that_were_asked_for_displace_what_is_made_up() {
    let columns = Columns {
        payload: true,
        with: vec!["labels", "trace", "httpRequest", "receiveTimestamp", "logName", "resource"],
    };
    let names =
        ["logName", "resource", "pod", "stream", "labels", "trace", "httpRequest", "receiveTimestamp", "textPayload"];
    let body = page(&[
        json!("projects/p/logs/stderr"),
        json!(r#"{"type":"k8s_container","labels":{"pod_name":"real","zone":null}}"#),
        json!("other"),
        json!("stdout"),
        json!(r#"{"k8s-pod/app":"web","none":null}"#),
        json!("t"),
        json!(r#"{"status":200,"latency":0.5}"#),
        json!("1733013960000000"),
        json!("m"),
    ]);
    let seen = read_with(&body.to_string(), &names, &columns).unwrap();
    assert_eq!(
        seen[0].0,
        r#"{"pod":"real","stream":"stderr","message":"m","labels":{"k8s-pod/app":"web"},"trace":"t","httpRequest":{"status":200,"latency":0.5},"receiveTimestamp":"2024-12-01T00:46:00.000000Z","logName":"projects/p/logs/stderr","resource":{"type":"k8s_container","labels":{"pod_name":"real"}}}"#
    );
    let body = page(&[
        Value::Null,
        Value::Null,
        json!("p"),
        json!("stdout"),
        Value::Null,
        Value::Null,
        Value::Null,
        Value::Null,
        json!("m"),
    ]);
    let columns = Columns::default();
    assert_eq!(
        read_with(&body.to_string(), &names, &columns).unwrap()[0].0,
        r#"{"pod":"p","stream":"stdout","message":"m"}"#
    );
}

#[test]
fn a_resource_that_is_no_object_hides_no_names() {
    let names = ["resource", "pod", "stream", "textPayload"];
    for resource in [r#"{"type":"#, "5", "[{}]", "text", "{}", ""] {
        let body = page(&[json!(resource), json!("p"), json!("stdout"), json!("m")]).to_string();
        assert_eq!(read(&body, &names), [r#"{"pod":"p","stream":"stdout","message":"m"}"#], "{resource}");
    }
}

#[test]
fn texts_are_spelt_as_they_were_logged_however_the_server_escapes() {
    let body = r#"{"rows":[{"f":[{"v":"\u003ca\u003e \u0026\u0027\/ \u00e9 \ud83d\ude00 \b\u000A"}]}]}"#;
    let seen = read_with(body, &["textPayload"], &Columns::default()).unwrap();
    assert_eq!(seen[0].1, r#"{"textPayload":"<a> &'/ é 😀 \u0008\n","resource":{"type":"k8s_container","labels":{}}}"#);
}

#[test]
fn of_the_head_everything_may_be_missing() {
    let page = Page::parse(b"{}".to_vec()).unwrap().head;
    assert!(!page.job_complete && page.schema.is_none() && page.page_token.is_none() && page.errors.is_empty());
    let body = r#"{"jobComplete":true,"totalRows":"3","pageToken":"next","cacheHit":true,"totalBytesProcessed":"12345678901",
        "jobReference":{"projectId":"p","jobId":"j","location":"EU"},"unknown":{"a":[1]},
        "errors":[{"reason":"r","message":"m","debugInfo":""},{}],
        "schema":{"fields":[{"name":"a","type":"STRING"},{"name":"b","type":"RANGE","mode":"NULLABLE"}]}}"#;
    let page = Page::parse(body.as_bytes().to_vec()).unwrap().head;
    assert_eq!((page.total_rows, page.total_bytes_processed), (Some(3), Some(12_345_678_901)));
    assert_eq!((page.page_token.as_deref(), page.cache_hit, page.job_complete), (Some("next"), true, true));
    let job = page.job_reference.unwrap();
    assert_eq!((&*job.project_id, &*job.job_id, job.location.as_deref()), ("p", "j", Some("EU")));
    assert_eq!(page.errors[0].reason.as_deref(), Some("r"));
    assert_eq!(page.schema.unwrap().0.len(), 2);
    for none in [
        r#"{"pageToken":""}"#,
        r#"{"pageToken":null,"errors":null,"cacheHit":null,"schema":null,"rows":null,"totalRows":null}"#,
    ] {
        let page = Page::parse(none.as_bytes().to_vec()).unwrap().head;
        assert_eq!((page.page_token, page.total_rows), (None, None), "{none}");
    }
    assert_eq!(Page::parse(br#"{"totalRows":3}"#.to_vec()).unwrap().head.total_rows, Some(3));
}

#[test]
fn absent_rows_are_no_rows() {
    for body in ["{}", r#"{"rows":[]}"#, r#"{"rows":null}"#, r#"{"rows": [ ] }"#] {
        assert_eq!(read(body, &NAMES), [""; 0], "{body}");
    }
}

#[test]
fn a_body_that_is_no_page_is_an_error() {
    let whole = page(&[json!("x")]).to_string();
    let mut bodies: Vec<Vec<u8>> = (0..whole.len()).map(|end| whole.as_bytes()[..end].to_vec()).collect();
    bodies.push(b"<html>502</html>".to_vec());
    bodies.push(b"{\"pageToken\":\"\xff\"}".to_vec());
    for body in bodies {
        assert!(matches!(Page::parse(body.to_vec()), Err(Error::Strange(_))), "{}", String::from_utf8_lossy(&body));
    }
}

#[test]
fn rows_of_other_columns_are_refused() {
    for body in [
        r#"{"rows":[{"f":[{"v":"1"}]}]}"#,
        r#"{"rows":[{"f":[{"v":"1"},{"v":"2"},{"v":"3"}]}]}"#,
        r#"{"rows":[{"f":[]}]}"#,
        r#"{"rows":[{}]}"#,
        r#"{"rows":[{"f":[{"v":"1"},{}]}]}"#,
        r#"{"rows":[[]]}"#,
        r#"{"rows":[null]}"#,
        r#"{"rows":{"f":[]}}"#,
        r#"{"rows":5}"#,
        r#"{"schema":{"fields":[{"name":"a","type":"STRING"}]}}"#,
    ] {
        let read = read_with(body, &["textPayload", "severity"], &Columns::default());
        assert!(matches!(read, Err(Error::Api { status: 200, .. })), "{body}: {read:?}");
    }
}

#[test]
fn the_first_rows_are_seen_and_no_more_when_that_is_enough() {
    let body = r#"{"rows":[{"f":[{"v":"1"}]},{"f":[{"v":"2"}]},{"f":[{"v":"3"}]}]}"#;
    let mut seen = 0;
    let mut lines = Lines::new(&[out("textPayload")]);
    let flow = lines.read(&Page::parse(body.as_bytes().to_vec()).unwrap(), |_| {
        seen += 1;
        if seen == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert!(flow.unwrap().is_break());
    assert_eq!(seen, 2);
}

#[test]
fn a_time_that_is_none_stays_to_be_seen() {
    let seen =
        read_with(&page(&[json!("soon"), json!("m")]).to_string(), &["timestamp", "textPayload"], &Columns::default());
    assert!(seen.unwrap()[0].1.contains(r#""timestamp":"soon""#));
}

proptest! {
    #[test]
    fn any_text_goes_through(texts in prop::collection::vec((any::<String>(), any::<Option<String>>()), 0..6)) {
        let rows: Vec<Value> = texts.iter().map(|(text, id)| json!({"f": [{"v": text}, {"v": id}]})).collect();
        let entries = read(&json!({"rows": rows}).to_string(), &["textPayload", "insertId"]);
        prop_assert_eq!(entries.len(), texts.len());
        for (entry, (text, id)) in entries.iter().zip(&texts) {
            let entry: Value = serde_json::from_str(entry).unwrap();
            prop_assert_eq!(entry["message"].as_str(), Some(text.strip_suffix('\n').unwrap_or(text)));
            prop_assert_eq!(entry["insertId"].as_str(), id.as_deref());
        }
    }

    #[test]
    fn no_body_makes_it_fall(at in any::<prop::sample::Index>(), with in "[\\[\\]{}\",:0-9a-f\\\\]{0,3}", length in 0usize..4) {
        let mut body = page(&[json!("t"), json!(r#"{"a":[1.5,{"b":null}]}"#)]).to_string();
        let at = at.index(body.len());
        body.replace_range(at..(at + length).min(body.len()), &with);
        if let Ok(page) = Page::parse(body.as_bytes().to_vec()) {
            let _ = Lines::new(&[out("textPayload"), out("jsonPayload")]).read(&page, |_| ControlFlow::Continue(()));
        }
    }
}

fn entries_of(page: &Page) -> (Vec<String>, bool) {
    let mut seen = Vec::new();
    let read = Lines::new(&[out("textPayload"), out("jsonPayload")]).read(page, |entry| {
        seen.push(entry.line().to_owned());
        ControlFlow::Continue(())
    });
    (seen, read.is_ok())
}

#[test]
fn cells_of_pages_as_bigquery_writes_them_are_known() {
    let body = page(&[json!("t"), json!(null)]).to_string();
    assert!(Page::parse(body.clone().into_bytes()).unwrap().cells.is_some());
    assert!(Page::parse(body.replace(",", ", ").into_bytes()).unwrap().cells.is_none());
}

proptest! {
    #[test]
    fn known_cells_give_what_the_walk_over_rows_gives(
        cells in prop::collection::vec((cell(), cell()), 0..4), at in any::<prop::sample::Index>(), with in "[\\[\\]{}\",:0-9fv\\\\ ]{0,2}",
    ) {
        let rows: Vec<Value> = cells.iter().map(|(text, json)| json!({"f": [{"v": text}, {"v": json}]})).collect();
        let mut body = json!({"rows": rows}).to_string().replace('<', "\\u003c");
        let at = body.floor_char_boundary(at.index(body.len()));
        body.insert_str(at, &with);
        if let Ok(mut page) = Page::parse(body.into_bytes()) {
            let known = entries_of(&page);
            page.cells = None;
            prop_assert_eq!(known, entries_of(&page));
        }
    }
}

/// A value of a cell: mostly a text, which may be JSON.
fn cell() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<String>().prop_map(Value::from),
        Just(json!(null)),
        Just(json!(17)),
        Just(json!({"a": [1, "<b>"]})),
        Just(json!(r#"{"a": [1.50, "\u003cb\ud800"], "c": null}"#)),
    ]
}

/// Deeper than a line may be: an error or a text, and no stack that ends.
#[test]
fn payloads_with_levels_without_end_end_nothing() {
    let deep = format!("{}1{}", "{\"a\":[".repeat(50_000), "]}".repeat(50_000));
    let time = "1733013960123456";
    for cell in [json!(deep), json!([deep]), json!("[".repeat(100_000))] {
        let cells = [json!(time), cell.clone(), cell.clone(), json!("id-1")];
        let body = page(&cells).to_string();
        for names in
            [["timestamp", "jsonPayload", "labels", "insertId"], ["timestamp", "textPayload", "split", "insertId"]]
        {
            match read_with(&body, &names, &Columns::default()) {
                Ok(entries) => assert!(entries.len() <= 1, "{}", entries.len()),
                Err(error) => assert!(error.to_string().len() < 500, "{error}"),
            }
        }
    }
}
