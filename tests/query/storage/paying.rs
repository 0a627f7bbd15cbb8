//! The price guard bounds both ways together.

use std::process::{Command, Stdio};

use serde_json::json;
use tonic::Code;

use super::scene::{Doors, GIB, STDOUT, native, scanned, ten, ten_by_query};
use crate::reader::{Stream, fault};
use crate::scripted::table::{QUERY, billed, dry_run, is_dry, job, settled};
use crate::server::api::{Job, Table};
use crate::server::on;
use crate::support::{Run, eventually};

#[test]
fn what_a_session_expects_is_bounded_before_the_first_row() {
    let tables = || {
        let [stdout, stderr] = ten();
        [stdout.estimates(6 << 30, 7), stderr.estimates(5 << 30, 3)]
    };
    let doors = Doors::new([], tables());
    let run = doors.query("--max-bytes 10GiB").ends(4);
    let run = run.says("refused: this would read ≤ 11 GiB, ≤ $0.01 straight from the tables, and --max-bytes allows");
    run.says("nothing was billed").says("--max-bytes 11GiB; by query it may be less: --via query");
    assert_eq!((doors.grpc.reads().len(), doors.queried()), (0, 0));
    let doors = Doors::new([], tables());
    assert_eq!(doors.query("--max-bytes 11GiB").ends(0).messages().len(), 10);
}

#[test]
fn a_dry_run_of_too_much_names_the_query_where_that_is_allowed_or_cheaper() {
    for (queried, says) in [
        (9 * GIB, Some("to run it, --max-bytes 11GiB; or ≤ 9.0 GiB, ≤ $0.05: --via query")),
        (GIB / 2, Some("to run it, --max-bytes 11GiB; or ≤ 512 MiB, < $0.01: --via query")),
        (12 * GIB, None),
    ] {
        let [stdout, stderr] = ten();
        let tables = [stdout.estimates(6 << 30, 7), stderr.estimates(5 << 30, 3)];
        let doors = Doors::new([on(QUERY, dry_run(queried)).when(is_dry)], tables);
        let run = doors.query("--dry-run --max-bytes 10GiB").ends(0);
        match says {
            Some(says) => run.says(says),
            None => run.says("to run it, --max-bytes 11GiB").says_nothing_of("--via query"),
        };
    }
}

#[test]
fn auto_asks_by_query_where_that_costs_less() {
    for (pricing, way) in [
        ("slots", "slice 1: by query: that costs nothing (pricing), and straight $1.10 for each TiB"),
        ("1", "slice 1: by query: that costs $1.00 for each TiB (pricing), and straight $1.10 for each TiB"),
        ("1.10", "slice 1: straight from the tables"),
    ] {
        let doors = Doors::new([on(QUERY, ten_by_query().done()), billed(GIB)], ten());
        let run = Run::of(doors.command("--no-cache -v").env("LQ_PRICING", pricing)).ends(0).says(way);
        let is_straight = way.ends_with("tables");
        assert_eq!((run.messages().len(), doors.queried()), (10, usize::from(!is_straight)), "{pricing}");
    }
}

/// Three rows a day after those of the other table.
fn next_day() -> Job {
    (86_400..86_403).fold(job(0), |job, second| job.row(&crate::scripted::table::row(second)))
}

#[test]
fn slices_of_both_ways_are_refused_together() {
    let other = "stdout_20241220";
    let first = settled(STDOUT).bytes(2 * GIB);
    let second = Table::sink(other).bytes(2 * GIB).member("streamingBuffer", json!({"oldestEntryTime": "0"}));
    let script = || {
        let rules = [on(QUERY, dry_run(6 * GIB)).when(is_dry), on(QUERY, next_day().done()), billed(6 * GIB)];
        let straight = scanned(STDOUT).stream(Stream::of([native(20..25)])).estimates(6 << 30, 5);
        Doors::of(&[first.clone(), second.clone()], rules, [straight])
    };
    let words = "--no-cache --since 2024-12-19T00:00:00Z --until 2024-12-21T00:00:00Z --max-bytes";
    let doors = script();
    doors.query(&format!("{words} 11GiB")).ends(4).says("≤ 12 GiB, ≤ $0.04 straight from the tables and by query");
    assert_eq!((doors.grpc.reads().len(), doors.queried()), (0, 0));
    let doors = script();
    let run = doors.query(&format!("{words} 13GiB")).ends(0);
    run.says("≤ 12 GiB, ≤ $0.04 billed, 1 of 2 slices straight from the tables for ≤ 6.0 GiB, < $0.01");
    assert_eq!(doors.queried(), 1);
}

#[test]
fn what_was_begun_to_be_read_counts_whether_or_not_a_row_came_of_it() {
    let table = |stream| [scanned(STDOUT).stream(stream).estimates(5 << 30, 0)];
    let broken = || fault::status_behind(0, Code::DataLoss, "it is gone");
    let queried = || [on(QUERY, ten_by_query().done()), billed(6 * GIB)];
    let doors = Doors::of(&[settled(STDOUT)], queried(), table(Stream::of([])));
    let run = doors.query("--no-cache --max-bytes 10GiB").ends(1);
    run.says("≤ 5.0 GiB, < $0.01 billed, straight from the tables");
    // The guard knows it, too.
    let doors = Doors::of(&[settled(STDOUT)], queried(), table(Stream::of([native(0..3)]).fault(broken())));
    doors.query("--no-cache --max-bytes 10GiB").ends(0).says("; ≤ 11 GiB, ≤ $0.04 billed");
    let most = (5 * GIB).to_string();
    assert_eq!(doors.rest.queries().last().unwrap()["maximumBytesBilled"], most.as_str());
}

#[test]
fn a_signal_while_a_table_is_read_tells_what_that_may_have_cost() {
    let stalled = Stream::of([native(0..3)]).fault(fault::stalled_behind(2));
    // More than are read at a time: the last one is asked for when another has ended.
    let table = (0..9).fold(scanned(STDOUT).stream(stalled), |table, _| table.stream(Stream::of([])));
    let doors = Doors::of(&[settled(STDOUT)], [], [table.estimates(3 << 30, 3)]);
    let mut command = doors.command("--no-cache");
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    eventually("all streams are asked for", || doors.grpc.reads().len() == 10);
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    Run::from(child.wait_with_output().unwrap()).ends(130).says("; ≤ 3.0 GiB, < $0.01 billed");
}
