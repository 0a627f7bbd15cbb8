//! Which tables are found, and what is said beside them.

use std::cell::Cell;

use chrono::TimeDelta;
use serde_json::json;

use super::super::{Ask, Cache, Found, Layout, Wanted, find};
use super::dataset::{Dataset, address, analytics, partitioned, sink_table, view};
use super::{day, named, now, window, window_of};
use crate::select::Logs;
use crate::source::bigquery::error::Error;

/// The names of the tables to be read, in their order.
fn names(found: &Found) -> String {
    found.tables.iter().map(|table| &table.id[..]).collect::<Vec<_>>().join(" ")
}

fn layouts(found: &Found) -> Vec<(&str, Layout)> {
    found.tables.iter().map(|table| (&table.id[..], table.layout)).collect()
}

#[tokio::test]
async fn of_shards_those_of_the_windows_days_are_read_and_no_other_is_looked_at() {
    let dataset = Dataset::of(&[
        "stderr_20261119",
        "stderr_20261121",
        "events_20261120",
        "stdout_20261119",
        "stdout_20261120",
        "stdout_20261121",
        "stdout_20261399",
        "stdout_old_20261120",
    ]);
    for (since, until, expected) in [
        ("2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z", "stdout_20261120"),
        ("2026-11-20T23:00:00Z", "2026-11-21T01:00:00Z", "stdout_20261120 stderr_20261121 stdout_20261121"),
        ("2026-11-19T12:00:00Z", "2026-11-19T12:00:00.000000001Z", "stderr_20261119 stdout_20261119"),
    ] {
        let found = dataset.find(window(since, until)).await.unwrap();
        assert_eq!(names(&found), expected);
        assert_eq!(found.notes, [""; 0], "{expected}");
        let mut expected: Vec<_> = expected.split(' ').collect();
        expected.sort();
        assert_eq!(dataset.take_asked(), (1, expected.join(" ")));
    }
}

#[tokio::test]
async fn a_tables_partitions_tell_its_layout() {
    let by = |table| Dataset::new().with("stdout", table);
    for (table, layout) in [
        (partitioned(json!({"type": "DAY", "field": "timestamp"})), Layout::Partitioned),
        (partitioned(json!({"type": "HOUR", "field": "timestamp"})), Layout::Partitioned),
        (partitioned(json!({"type": "DAY", "field": "receiveTimestamp"})), Layout::Partitioned),
        (partitioned(json!({"type": "DAY"})), Layout::Ingestion),
        (partitioned(json!({})), Layout::Ingestion),
        (partitioned(json!({"type": "HOUR"})), Layout::Ingestion),
        // What arrived in a month can be of any of its days.
        (partitioned(json!({"type": "MONTH"})), Layout::Partitioned),
        (sink_table(), Layout::Partitioned),
    ] {
        let told = table.to_string();
        let found = by(table).find(window_of("2026-11-20", "2026-11-20")).await.unwrap();
        assert_eq!(layouts(&found), [("stdout", layout)], "{told}");
        assert_eq!(found.tables[0].log.as_deref(), Some("stdout"));
        assert_eq!(found.location.as_deref(), Some("asia-northeast1"));
    }
}

#[tokio::test]
async fn while_a_sink_was_changed_all_its_layouts_are_read() {
    let dataset = Dataset::of(&["stderr_20261120", "stdout_20261120", "stdout_20261119"])
        .with("stdout", partitioned(json!({"type": "DAY", "field": "timestamp"})))
        .with("stderr", partitioned(json!({"type": "DAY"})));
    let found = dataset.find(window_of("2026-11-20", "2026-11-21")).await.unwrap();
    let shard = Layout::Shard(day("2026-11-20"));
    let expected = [
        ("stderr", Layout::Ingestion),
        ("stdout", Layout::Partitioned),
        ("stderr_20261120", shard),
        ("stdout_20261120", shard),
    ];
    assert_eq!(layouts(&found), expected);
    assert_eq!(found.notes, [""; 0]);
}

#[tokio::test]
async fn of_log_analytics_views_the_widest_is_read() {
    let views = |names: &[&str]| names.iter().fold(Dataset::new(), |dataset, name| dataset.with(name, analytics()));
    for (dataset, expected) in [
        (views(&["_AllLogs", "_Default", "team_a"]), "_AllLogs"),
        (views(&["_Default", "team_a"]), "_Default"),
        (views(&["team_a", "team_b"]), "team_a team_b"),
        (views(&["team_a"]).with("sums", view(&[("day", "DATE"), ("n", "INTEGER")])), "team_a"),
    ] {
        let found = dataset.find(window_of("2026-11-20", "2026-11-20")).await.unwrap();
        assert_eq!((names(&found), &found.notes), (expected.to_owned(), &Vec::new()));
        for table in &found.tables {
            assert_eq!((table.layout, &table.log, table.day_bytes), (Layout::Analytics, &None, None), "{}", table.id);
        }
    }
}

#[tokio::test]
async fn a_view_beside_the_sinks_tables_is_not_read_but_said() {
    let dataset = Dataset::of(&["stdout_20261120"]).with("_AllLogs", analytics());
    let found = dataset.find(window_of("2026-11-20", "2026-11-20")).await.unwrap();
    assert_eq!(names(&found), "stdout_20261120");
    assert_eq!(found.notes, ["_AllLogs: not read: a view beside the sink's tables holds the same entries"]);
    assert_eq!(dataset.take_asked(), (1, "stdout_20261120".to_owned()));
}

#[tokio::test]
async fn a_view_is_read_where_no_table_reaches_into_the_window() {
    let dataset = Dataset::of(&["stdout_20261120"]).with("_AllLogs", analytics());
    let found = dataset.find(window_of("2026-11-18", "2026-11-19")).await.unwrap();
    assert_eq!((names(&found), found.notes), ("_AllLogs".to_owned(), Vec::new()));
}

#[tokio::test]
async fn a_users_own_view_does_no_harm() {
    let own = view(&[("timestamp", "TIMESTAMP"), ("logName", "STRING")]);
    let other = view(&[("name", "STRING"), ("timestamp", "STRING")]);
    let mut materialized = own.clone();
    materialized["type"] = "MATERIALIZED_VIEW".into();
    let day = || window_of("2026-11-20", "2026-11-20");

    // Beside a table.
    let dataset = Dataset::of(&["stderr_20261120"]).with("stdout", own.clone()).with("report", other.clone());
    assert_eq!(names(&dataset.find(day()).await.unwrap()), "stderr_20261120");
    // Alone, as where a team is given views of another project's tables.
    let dataset = Dataset::new().with("stdout", own.clone()).with("stderr", materialized).with("report", other.clone());
    let found = dataset.find(day()).await.unwrap();
    assert_eq!(layouts(&found), [("stderr", Layout::Partitioned), ("stdout", Layout::Partitioned)]);
    // Of other things.
    let error = Dataset::new().with("stdout", other).find(day()).await.unwrap_err().error.to_string();
    assert!(error.contains("stdout: is not read: it has no columns `timestamp` and `logName`"), "{error}");
}

#[tokio::test]
async fn a_named_log_is_found_by_the_name_of_its_tables() {
    let dataset = Dataset::of(&[
        "cloudaudit_googleapis_com_activity_20261120",
        "cloudaudit_googleapis_com_data_access_20261120",
        "events_20261120",
        "export_errors_20261120",
        "stdout_20261120",
    ]);
    for (logs, expected) in [
        (named(&["events"]), "events_20261120"),
        (named(&["cloudaudit.googleapis.com/activity"]), "cloudaudit_googleapis_com_activity_20261120"),
        (named(&["stdout", "events"]), "events_20261120 stdout_20261120"),
    ] {
        let found = dataset.find_logs(window_of("2026-11-20", "2026-11-20"), &logs).await.unwrap();
        assert_eq!(names(&found), expected);
    }
    let all = dataset.find_logs(window_of("2026-11-20", "2026-11-20"), &named(&["*"])).await.unwrap();
    assert_eq!(all.tables.len(), 4);
    assert_eq!(all.tables[0].log.as_deref(), Some("cloudaudit_googleapis_com_activity"));
}

#[tokio::test]
async fn what_the_sink_could_not_write_is_found_for_the_windows_days() {
    let errors = json!({"type": "TABLE", "schema": {"fields": [{"name": "logEntry", "type": "STRING"}]}});
    let dataset = Dataset::of(&["stdout_20261120"])
        .with("export_errors_20261119", errors.clone())
        .with("export_errors_20261120", errors.clone())
        .with("export_errors", partitioned(json!({"type": "DAY"})));
    let found = dataset.find(window_of("2026-11-20", "2026-11-20")).await.unwrap();
    let expected = [("export_errors_20261120", Layout::Shard(day("2026-11-20"))), ("export_errors", Layout::Ingestion)];
    let errors: Vec<_> = found.export_errors.iter().map(|table| (&table.id[..], table.layout)).collect();
    assert_eq!(errors, expected);
    assert_eq!(names(&found), "stdout_20261120");
}

#[tokio::test]
async fn days_that_are_not_there_are_told() {
    let dataset = Dataset::of(&["stdout_20261110", "stdout_20261112", "stderr_20261120"]);
    let has = "bq://acme/gke has container logs (stdout, stderr) of 2026-11-10 to 2026-11-20 (UTC days)";
    for (first, last, note) in [
        ("2026-11-08", "2026-11-09", Some(", and none of 2026-11-08 to 2026-11-09")),
        ("2026-11-21", "2026-11-21", Some(", and none of 2026-11-21")),
        ("2026-11-11", "2026-11-11", Some(", and none of 2026-11-11")),
        ("2026-11-09", "2026-11-10", Some("; the window is longer")),
        ("2026-11-20", "2026-11-22", Some("; the window is longer")),
        ("2026-11-10", "2026-11-20", None),
        ("2026-11-11", "2026-11-12", None),
    ] {
        let found = dataset.find(window_of(first, last)).await.unwrap();
        let note = note.map(|note| format!("{has}{note}"));
        assert_eq!(found.notes, note.into_iter().collect::<Vec<_>>(), "{first} {last}");
    }
}

#[tokio::test]
async fn partitions_that_are_gone_are_told() {
    // Now is noon of the 22nd: the partition of the 12th went at its midnight.
    let ten_days = json!({"type": "DAY", "field": "timestamp", "expirationMs": "864000000"});
    let dataset = Dataset::new().with("stdout", partitioned(ten_days));
    let gone = "stdout: keeps 10 days; what it had before 2026-11-13 (UTC) is gone";
    for (first, notes) in [("2026-11-12", &[gone][..]), ("2026-11-13", &[])] {
        let found = dataset.find(window_of(first, "2026-11-20")).await.unwrap();
        assert_eq!(found.notes, notes, "{first}");
        assert_eq!(names(&found), "stdout");
    }
}

#[tokio::test]
async fn a_day_has_its_share_of_the_bytes_of_the_table_and_of_its_streaming_buffer() {
    let buffer = json!({"estimatedBytes": "24", "estimatedRows": "3"});
    for (name, partitions, day_bytes) in [
        ("not partitioned: all of it", json!(null), Some(1024)),
        ("days", json!({"type": "DAY", "count": "4"}), Some(256)),
        ("hours", json!({"type": "HOUR", "count": "32"}), Some(768)),
        ("months", json!({"type": "MONTH", "count": "1"}), Some(34)),
        ("a number of days that is not told", json!({"type": "DAY"}), None),
    ] {
        let mut table = sink_table();
        table["streamingBuffer"] = buffer.clone();
        if !partitions.is_null() {
            table["timePartitioning"] = json!({"type": partitions["type"], "field": "timestamp"});
            table["numPartitions"] = partitions["count"].clone();
        }
        let found = Dataset::new().with("stdout", table).find(window_of("2026-11-20", "2026-11-20")).await.unwrap();
        assert_eq!(found.tables[0].day_bytes, day_bytes, "{name}");
    }
}

#[tokio::test]
async fn a_dataset_without_the_wanted_logs_is_an_error_that_tells_what_it_holds() {
    let dataset =
        Dataset::of(&["events_20260901", "events_20261121", "requests", "cloudaudit_googleapis_com_activity_20261101"])
            .with("mine", view(&[("n", "INTEGER")]));
    let failure = dataset.find(window_of("2026-11-20", "2026-11-20")).await.unwrap_err();
    assert_eq!(
        failure.error.to_string(),
        "bq://acme/gke holds no container logs (stdout, stderr); it holds cloudaudit_googleapis_com_activity \
         2026-11-01, events 2026-09-01 to 2026-11-21, mine (a view), requests"
    );
    assert_eq!(
        failure.hint.unwrap(),
        "--log 'cloudaudit?googleapis?com?activity' reads one of them; for container logs the sink's filter must let \
         resource.type=\"k8s_container\" through"
    );
    let failure = dataset.find_logs(window_of("2026-11-20", "2026-11-20"), &named(&["event", "x*"])).await.unwrap_err();
    assert!(failure.error.to_string().starts_with("bq://acme/gke holds no logs named event, x*; it holds "));
}

#[tokio::test]
async fn the_list_of_what_there_is_stays_short() {
    let names: Vec<String> = (0..50).map(|n| format!("log{n:02}_20261120")).collect();
    let dataset = Dataset::of(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let error = dataset.find(window_of("2026-11-20", "2026-11-20")).await.unwrap_err().error.to_string();
    assert!(error.ends_with("log18 2026-11-20, log19 2026-11-20, and 30 more"), "{error}");
}

#[tokio::test]
async fn an_empty_dataset_is_said_to_be_empty() {
    let failure =
        Dataset::new().find_logs(window_of("2026-11-20", "2026-11-20"), &Logs::OfContainers).await.unwrap_err();
    assert_eq!(failure.error.to_string(), "bq://acme/gke is empty: no sink has written to it yet");
    assert!(failure.hint.unwrap().contains("roles/bigquery.dataEditor"));
}

#[tokio::test]
async fn a_table_that_goes_between_list_and_get_is_told() {
    let mut dataset = Dataset::of(&["stdout_20261120"]);
    dataset.tables.push(("stderr_20261120".to_owned(), None));
    let found = dataset.find(window_of("2026-11-20", "2026-11-20")).await.unwrap();
    assert_eq!(
        (names(&found), found.notes),
        ("stdout_20261120".into(), vec!["stderr_20261120: was removed just now".into()])
    );
}

#[tokio::test]
async fn a_request_that_fails_is_the_failure() {
    let refused =
        || Error::Api { status: 403, reason: Some("accessDenied".into()), message: "no".into(), retry_after: None };
    let dataset = Dataset::of(&["stdout_20261120"]);
    let logs = Logs::OfContainers;
    let wanted = Wanted { window: window_of("2026-11-20", "2026-11-20"), logs: &logs };
    for refuses in [|ask: &Ask| matches!(ask, Ask::List { .. }), |ask: &Ask| matches!(ask, Ask::Get { .. })] {
        let ask = async |ask: Ask| if refuses(&ask) { Err(refused()) } else { dataset.answer(ask) };
        let cache = Cache::new(None, &address(), "");
        let failure = find(&ask, &address(), &wanted, now(), &cache, false).await.unwrap_err();
        let error = failure.error.downcast::<Error>().unwrap();
        assert!(matches!(error, Error::Api { status: 403, .. }), "{error:?}");
    }
}

#[tokio::test]
async fn at_most_sixteen_tables_are_asked_for_at_once() {
    let names: Vec<String> =
        (0..100).map(|n| format!("stdout_{}", (day("2026-08-01") + TimeDelta::days(n)).format("%Y%m%d"))).collect();
    let dataset = Dataset::of(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let (open, most) = (Cell::new(0), Cell::new(0));
    let ask = async |ask: Ask| {
        open.set(open.get() + 1);
        most.set(most.get().max(open.get()));
        tokio::task::yield_now().await;
        open.set(open.get() - 1);
        dataset.answer(ask)
    };
    let logs = Logs::OfContainers;
    let wanted = Wanted { window: window_of("2026-08-01", "2026-11-20"), logs: &logs };
    let found = find(&ask, &address(), &wanted, now(), &Cache::new(None, &address(), ""), false).await.unwrap();
    assert_eq!((found.tables.len(), most.get()), (100, 16));
    assert!(found.tables.is_sorted_by_key(|table| table.id.clone()));
}

/// The search can run in a task of a runtime of several threads.
#[tokio::test(flavor = "multi_thread")]
async fn a_search_can_be_spawned() {
    let search = async {
        let ask = async |_: Ask| Ok(br#"{"tables": []}"#.to_vec());
        let logs = Logs::OfContainers;
        let wanted = Wanted { window: window_of("2026-11-20", "2026-11-20"), logs: &logs };
        find(&ask, &address(), &wanted, now(), &Cache::new(None, &address(), ""), false).await
    };
    tokio::spawn(search).await.unwrap().unwrap_err();
}
