//! What is kept serves while the tables are as they were, and nothing else is kept.

use std::fs;

use serde_json::{Value, json};

use super::{GIB, cache, one_day, ran, scene, slices};
use crate::scripted::table::{LIST, QUERY, Scene, billed, failing, job, settled};
use crate::server::api::{Job, Table, column};
use crate::server::{Request, on};

#[test]
fn a_table_that_has_changed_is_asked_again() {
    let id = "stdout_20241219";
    let changes = [
        ("its rows", settled(id).member("numRows", json!("8"))),
        ("its bytes", settled(id).bytes(5)),
        ("the time of its last change", settled(id).member("lastModifiedTime", json!("1734652800001"))),
        ("its making", settled(id).member("creationTime", json!("1734566400001"))),
        ("its etag", settled(id).member("etag", json!("other"))),
    ];
    for (what, changed) in changes {
        let get = on(&format!("{LIST}/{id}"), settled(id).resource()).then(changed.resource());
        let scene = scene(&[settled(id)], [get, on(QUERY, job(1).done()).then(job(2).done()), billed(GIB)]);
        scene.query("").ends(0);
        assert_eq!(scene.query("").ends(0).messages().len(), 2, "{what}");
        scene.query("").ends(0).says("all from the cache");
        assert_eq!(ran(&scene), 2, "{what}");
    }
}

/// How often partitions were asked for.
pub(super) fn asked_for_states(scene: &Scene) -> usize {
    scene.queries().iter().filter(|query| query.to_string().contains("INFORMATION_SCHEMA.PARTITIONS")).count()
}

/// A result with a column more.
fn of_ann() -> Value {
    let mut page = job(1).done();
    page["schema"]["fields"].as_array_mut().unwrap().push(column("jsonPayload", "STRING"));
    let cells = page["rows"][0]["f"].as_array_mut().unwrap();
    cells[8] = json!({"v": null});
    cells.push(json!({"v": r#"{"message":"hi","user":"ann"}"#}));
    page
}

#[test]
fn columns_that_came_since_they_were_remembered_are_read() {
    let id = "stdout_20241219";
    let later = settled(id).payload(&[column("message", "STRING"), column("user", "STRING")]);
    let has_payload = |request: &Request| request.json()["query"].as_str().unwrap_or_default().contains("jsonPayload");
    for words in ["", "--field payload.user=ann"] {
        let get = on(&format!("{LIST}/{id}"), settled(id).resource()).then(later.resource());
        let asked = on(QUERY, of_ann()).when(has_payload);
        let scene = scene(&[settled(id)], [get, asked, on(QUERY, job(2).done()), billed(GIB)]);
        assert_eq!(scene.query("").ends(0).messages(), ["line 0", "line 1"]);
        for (look, queries) in [(2, 2), (3, 2)] {
            let run = scene.query(words).ends(0);
            assert_eq!(
                (run.values()[0]["payload"]["user"].as_str(), ran(&scene)),
                (Some("ann"), queries),
                "{words} {look}"
            );
        }
    }
}

#[test]
fn rows_that_were_read_with_fewer_columns_serve_nobody_who_knows_more() {
    // The column came between the look and the query: its rows were read without it.
    let id = "stdout_20241219";
    let later = settled(id).payload(&[column("user", "STRING")]).resource();
    let get = on(&format!("{LIST}/{id}"), settled(id).resource()).then(later);
    let scene = scene(&[settled(id)], [get, on(QUERY, job(2).done()).then(of_ann()), billed(GIB)]);
    scene.query("").ends(0);
    scene.query("").ends(0).says("billed");
    assert_eq!(ran(&scene), 2);
    scene.query("").ends(0).says("all from the cache");
}

#[test]
fn a_table_that_changes_while_it_is_read_is_asked_again() {
    // The state is that from before the query: what the query saw may be more.
    let id = "stdout_20241219";
    let changed = settled(id).member("numRows", json!("8")).resource();
    let get = on(&format!("{LIST}/{id}"), settled(id).resource()).then(changed);
    let scene = scene(&[settled(id)], [get, on(QUERY, job(2).done()), billed(GIB)]);
    scene.query("").ends(0);
    scene.query("").ends(0).says("billed");
    assert_eq!(ran(&scene), 2);
}

#[test]
fn nothing_is_kept_of_tables_that_may_still_change_unseen() {
    let buffer = json!({"estimatedRows": "1", "estimatedBytes": "100", "oldestEntryTime": "1734652800000"});
    for (what, table) in [
        ("rows wait in the streaming buffer", settled("stdout_20241219").member("streamingBuffer", buffer.clone())),
        (
            "more rows come than it has, so some are on their way",
            settled("stdout_20241219").member("numRows", json!("1")),
        ),
        ("it has no rows yet", settled("stdout_20241219").member("numRows", json!("0"))),
        ("the server tells no state", Table::sink("stdout_20241219")),
        ("a view", settled("stdout_20241219").view()),
        (
            "partitions that are not worth to be asked for",
            settled("stdout").partitioned(Some("timestamp")).member("numPartitions", json!("9")),
        ),
        ("partitions by something else", settled("stdout").partitioned(Some("receiveTimestamp")).bytes(100 * GIB)),
    ] {
        let scene = scene(&[table], [on(QUERY, job(2).done()), billed(GIB)]);
        for queries in 1..=2 {
            scene.query("").ends(0).says("billed");
            assert_eq!(ran(&scene), queries, "{what}");
        }
        assert!(slices(&scene).is_empty(), "{what}");
    }
}

#[test]
fn a_table_that_is_gone_does_not_live_on_in_the_cache() {
    let [out, err] = ["stdout_20241219", "stderr_20241219"].map(settled);
    let list = |tables: &[&Table]| {
        crate::server::api::tables(&tables.iter().map(|table| table.listed()).collect::<Vec<_>>(), None)
    };
    let scene = scene(
        &[out.clone(), err.clone()],
        [on(LIST, list(&[&out, &err])).then(list(&[&out])), on(QUERY, job(2).done()).then(job(1).done()), billed(GIB)],
    );
    scene.query("").ends(0);
    // What is known of the tables is forgotten after ten minutes.
    for file in fs::read_dir(cache(&scene)).unwrap().map(|file| file.unwrap().path()) {
        if file.to_str().unwrap().contains("tables-") {
            fs::remove_file(file).unwrap();
        }
    }
    assert_eq!(scene.query("").ends(0).messages().len(), 1);
    assert_eq!(ran(&scene), 2);
}

#[test]
fn partitions_are_asked_for_their_states_where_that_is_worth_it() {
    let is_about = |request: &Request| {
        request.json()["query"].as_str().unwrap_or_default().contains("INFORMATION_SCHEMA.PARTITIONS")
    };
    let states = |lines: &str| Job::new("job_2", &[("states", "STRING")]).row(&[json!(lines)]).done();
    let day = "stdout 20241219 7 1000 1734652800000000";
    let other = "stdout 20241219 8 1000 1734652800000001";
    let rules = || {
        let asked = on(QUERY, states(day)).then(states(day)).then(states(other)).when(is_about);
        [
            asked,
            on(QUERY, job(2).done()),
            billed(GIB),
            on("GET projects/acme/jobs/job_2", job(0).resource("DONE", 10 << 20)),
        ]
    };
    // A partition as the sink makes it, a live table: rows of today wait in the buffer.
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
    let buffer = json!({"estimatedRows": "1", "estimatedBytes": "100", "oldestEntryTime": now.to_string()});
    for table in [settled("stdout").partitioned(Some("timestamp")), settled("stdout").partitioned(None)] {
        let table =
            table.bytes(100 * GIB).member("streamingBuffer", buffer.clone()).member("numPartitions", json!("9"));
        let scene = scene(&[table], rules());
        let entries = |scene: &Scene| ran(scene) - asked_for_states(scene);
        scene.query("").ends(0);
        let run = scene.query("").ends(0).says("10 MiB, < $0.01 billed, all from the cache");
        assert_eq!((run.messages().len(), entries(&scene)), (2, 1));
        scene.query("").ends(0).says_nothing_of("from the cache");
        assert_eq!(entries(&scene), 2, "the partition has changed");
        scene.query("--no-cache").ends(0);
        assert_eq!((ran(&scene), asked_for_states(&scene)), (6, 3), "without the cache nobody asks");
    }
}

#[test]
fn partitions_that_nobody_tells_of_are_no_reason_to_fail() {
    let is_about = |request: &Request| request.json()["query"].as_str().unwrap_or_default().contains("PARTITIONS");
    let table = settled("stdout").partitioned(Some("timestamp")).bytes(100 * GIB).member("numPartitions", json!("9"));
    let denied = failing(403, "accessDenied", "Access Denied: no INFORMATION_SCHEMA for you");
    let scene = scene(&[table], [on(QUERY, denied).when(is_about), on(QUERY, job(2).done()), billed(GIB)]);
    assert_eq!(scene.query("").ends(0).says_nothing_of("SCHEMA").messages().len(), 2);
    scene.query("-v").ends(0).says("neither kept nor taken from the cache: ").says("no INFORMATION_SCHEMA for you");
    assert!(slices(&scene).is_empty());
}

#[test]
fn nobody_is_asked_for_states_where_no_slice_may_be_kept() {
    let scene = one_day();
    let looks = || scene.server.told().iter().filter(|told| told.contains("/datasets/")).count();
    scene.query("--no-cache").ends(0);
    assert_eq!(looks(), 3);
    scene.query("--no-cache").ends(0);
    assert_eq!(looks(), 3);
    scene.query("").ends(0);
    assert_eq!(looks(), 5, "one look at each table");
}

#[test]
fn the_number_of_refused_entries_is_kept_too_and_told_each_time() {
    let errors = |rows: &str| settled("export_errors_20241219").member("numRows", json!(rows));
    let counts = |request: &Request| request.json()["query"].as_str().unwrap_or_default().contains("export_errors");
    let counted = |count: &str| Job::new("job_1", &[("n", "INTEGER")]).row(&[json!(count)]).done();
    let get = on(&format!("{LIST}/export_errors_20241219"), errors("5").resource());
    let get = get.then(errors("5").resource()).then(errors("6").resource());
    let count = on(QUERY, counted("5")).then(counted("6")).when(counts);
    let tables = [settled("stdout_20241219"), errors("5")];
    let scene = scene(&tables, [get, count, on(QUERY, job(2).done()), billed(GIB)]);
    for (refused, queries) in [("5 entries", 2), ("5 entries", 2), ("6 entries", 3), ("6 entries", 3)] {
        scene.query("").ends(0).says(&format!("{refused} of the window were refused"));
        assert_eq!(ran(&scene), queries, "{refused}");
    }
    scene.query("--refresh").ends(0).says("6 entries of the window were refused");
    assert_eq!(ran(&scene), 5);
}

#[test]
fn a_day_of_two_that_are_kept_is_served_while_its_own_partition_is_as_it_was() {
    let is_about = |request: &Request| request.json()["query"].as_str().unwrap_or_default().contains("PARTITIONS");
    let states = |changed: &str| {
        let lines = format!("stdout 20241219 7 1000 5\nstdout 20241220 7 1000 {changed}");
        Job::new("job_1", &[("states", "STRING")]).row(&[json!(lines)]).done()
    };
    let table = settled("stdout").partitioned(Some("timestamp")).bytes(9 << 28).member("numPartitions", json!("9"));
    let asked = on(QUERY, states("6")).then(states("7")).when(is_about);
    let scene = scene(&[table], [asked, on(QUERY, job(3).done()), billed(10 << 20)]);
    let entries = || ran(&scene) - asked_for_states(&scene);
    let day = |day: u32| format!("--since 2024-12-{day}T00:00:00Z --until 2024-12-{}T00:00:00Z", day + 1);
    scene.query("--since 2024-12-19T00:00:00Z --until 2024-12-21T00:00:00Z").ends(0);
    let run = scene.query(&day(19)).ends(0).says("all from the cache");
    assert_eq!((run.messages().len(), entries()), (3, 1));
    scene.query(&day(20)).says_nothing_of("from the cache");
    assert_eq!(entries(), 2, "this one has changed");
    scene.query("--since 2024-12-19T00:00:00Z --until 2024-12-21T00:00:00Z").ends(0);
    assert_eq!(entries(), 3, "and so have both together");
}
