//! Which way a slice goes, and what is told of it.

use serde_json::json;

use super::scene::{Doors, GIB, STDERR, STDOUT, native, scanned, ten, ten_by_query};
use crate::reader::Stream;
use crate::scripted::table::{LIST, QUERY, Scene, billed, dry_run, is_dry, settled};
use crate::server::api::Table;
use crate::server::on;

/// A table whose streaming buffer got its oldest row then, in Unix milliseconds.
fn buffered(id: &str, since: i64) -> Table {
    settled(id).member("streamingBuffer", json!({"oldestEntryTime": since.to_string(), "estimatedRows": "1"}))
}

/// 2024-12-20T08:00:00Z, a day behind the end of the window, in milliseconds.
const A_DAY_LATER: i64 = 1_734_681_600_000;

/// A table with structured logs, whose texts have a column of their own.
fn structured(id: &str) -> Table {
    let message = json!({"name": "message", "type": "STRING"});
    settled(id).with(json!({"name": "jsonPayload", "type": "RECORD", "fields": [message]}))
}

#[test]
fn a_slice_goes_by_query_where_only_that_is_sure_or_cheap() {
    let plain = || [STDOUT, STDERR].map(settled).to_vec();
    for (sink, words, way) in [
        (plain(), "", "slice 1: straight from the tables"),
        (vec![buffered(STDOUT, A_DAY_LATER), settled(STDERR)], "", "slice 1: straight from the tables"),
        (
            vec![buffered(STDOUT, A_DAY_LATER - 1), settled(STDERR)],
            "",
            "slice 1: by query: rows of stdout_20241219 may wait in its streaming buffer",
        ),
        (plain(), "--via query", "slice 1: by query: --via query asks for it"),
        (plain(), "--where true", "slice 1: by query: --where"),
        (plain(), "--limit 50", "slice 1: by query: BigQuery itself cuts for --limit and --tail"),
        (plain(), "--tail 50", "slice 1: by query: BigQuery itself cuts for --limit and --tail"),
        (plain(), "--grep line", "slice 1: straight from the tables"),
        (plain(), "--grep line --without payload", "slice 1: straight from the tables"),
        (vec![structured(STDOUT), settled(STDERR)], "--without payload", "slice 1: straight from the tables"),
        (vec![structured(STDOUT), settled(STDERR)], "--grep line", "slice 1: straight from the tables"),
        (
            vec![settled(STDOUT).bytes(3 * GIB), settled(STDERR)],
            "--grep line",
            "slice 1: by query: BigQuery itself searches the text of about 3.0 GiB",
        ),
        (vec![settled(STDOUT).bytes(3 * GIB), settled(STDERR)], "-n shop", "slice 1: straight from the tables"),
    ] {
        let doors = Doors::of(&sink, [on(QUERY, ten_by_query().done()), billed(GIB)], ten());
        let run = doors.query(&format!("--no-cache -v {words}")).ends(0).says(way);
        let is_straight = way.contains("straight");
        assert_eq!((run.messages().len(), doors.queried()), (10, usize::from(!is_straight)), "{words} {way}");
        assert_eq!(doors.grpc.sessions().is_empty(), !is_straight, "{words}");
    }
}

#[test]
fn storage_that_does_not_do_says_why_and_what_does() {
    let plain = || vec![settled(STDOUT)];
    for (sink, words, why, remedy) in [
        (vec![buffered(STDOUT, 0)], "", "rows of stdout_20241219 may wait", "ask for it a day later"),
        (plain(), "--where true", "--where speaks SQL", "--via auto"),
        (plain(), "--where true --print-sql", "--where speaks SQL", "--via auto"),
        (vec![structured(STDOUT)], "-e x --without payload", "a condition needs the whole payload", "--via auto"),
        (vec![buffered(STDOUT, 0)], "--dry-run", "rows of stdout_20241219 may wait", "--via auto"),
    ] {
        let doors = Doors::of(&sink, [], [scanned(STDOUT)]);
        let run = doors.query(&format!("--via storage {words}")).ends(2).says(why).says(remedy);
        assert_eq!((run.messages().len(), doors.rest.queries().len()), (0, 0));
    }
    let scene = Scene::of(&[settled(STDOUT)], []);
    scene.query("--via storage").ends(2).says("BIGQUERY_STORAGE_EMULATOR_HOST names no server");
}

#[test]
fn storage_tells_where_rows_that_came_just_now_may_be_missing() {
    const NOTICE: &str = "--via storage: rows that came just now may be missing";
    let sink = [settled("stdout").partitioned(Some("timestamp"))];
    let doors = Doors::of(&sink, [on(QUERY, dry_run(GIB)).when(is_dry)], [scanned("stdout")]);
    for (words, status) in [("-v", 1), ("-q", 1), ("--dry-run", 0)] {
        let run = doors.query(&format!("--via storage --no-cache --since 30m {words}")).ends(status);
        assert_eq!(run.err.matches(NOTICE).count(), 1, "{words}: {run:?}");
        run.says_nothing_of("no rows wait");
    }
    let run = doors.query("--via storage --no-cache --since 3h --until 2h -v").ends(1);
    run.says("no rows wait").says_nothing_of(NOTICE);
}

#[test]
fn a_column_that_only_a_query_reads_stands_in_the_way_as_long_as_the_table_has_it() {
    let odd = || settled(STDOUT).payload(&[json!({"name": "place", "type": "GEOGRAPHY"})]);
    let resource = format!("{LIST}/{STDOUT}");
    for (words, before) in [("--dry-run", 0), ("--dry-run --via storage", 2), ("-v --via storage", 2)] {
        let get = on(&resource, odd().resource()).then(odd().resource()).then(settled(STDOUT).resource());
        let stream = scanned(STDOUT).stream(Stream::of([native(0..3)]));
        let doors = Doors::of(&[settled(STDOUT)], [get, on(QUERY, dry_run(GIB)).when(is_dry)], [stream]);
        let words = format!("{words} --no-cache");
        for _ in 0..2 {
            doors.query(&words).ends(before).says("jsonPayload.place of type GEOGRAPHY that only a query reads");
        }
        doors.query(&words).ends(0).says("straight from the tables");
    }
}

#[test]
fn the_way_is_a_setting_too() {
    let doors = Doors::new([on(QUERY, ten_by_query().done()), billed(GIB)], ten());
    let ask = |via: &str, words: &str| {
        let run: crate::support::Run = doors.command(words).env("LQ_VIA", via).output().unwrap().into();
        run
    };
    ask("query", "--no-cache").ends(0).says_nothing_of("straight");
    ask("query", "--no-cache --via storage").ends(0).says("straight from the tables");
    ask("fast", "").ends(2).says("LQ_VIA: via: `fast` is no way; write auto, query or storage");
}

#[test]
fn a_dry_run_tells_both_ways_and_their_prices_and_bills_neither() {
    let [stdout, stderr] = ten();
    let doors = Doors::new(
        [on(QUERY, dry_run(40 * GIB)).when(is_dry)],
        [stdout.estimates(30 << 30, 7), stderr.estimates(10 << 30, 3)],
    );
    doors
        .query("--dry-run")
        .ends(0)
        .says("straight from the tables: ≤ 40 GiB, ≤ $0.04 (as a query: ≤ 40 GiB, ≤ $0.24)")
        .says("would read 1 slice of bq://acme/gke: ≤ 40 GiB, ≤ $0.04; nothing was billed");
    assert_eq!((doors.grpc.reads().len(), doors.queried()), (0, 0));
    doors.query("--dry-run --via query").ends(0).says("≤ 40 GiB, ≤ $0.24, by query: --via query asks for it");
}

#[test]
fn the_sql_is_printed_with_what_is_asked_of_the_tables_instead() {
    let doors = Doors::new([], ten());
    let run = doors.query("--print-sql -n shop").ends(0);
    let comments: Vec<&str> = run.out.lines().take_while(|line| line.starts_with("--")).collect();
    assert!(comments.iter().any(|line| line.starts_with("-- stdout_20241219: ") && line.contains("'shop'")), "{run:?}");
    assert!(run.out.contains("SELECT"), "{}", run.out);
    let queried = doors.query("--print-sql -n shop --via query").ends(0);
    assert_eq!(run.out.lines().skip(comments.len()).collect::<Vec<_>>(), queried.out.lines().collect::<Vec<_>>());
    assert_eq!((doors.grpc.sessions().len(), doors.queried()), (0, 0));
}
