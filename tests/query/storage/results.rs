//! Large results: by the job's own stream, else by a session on their table, else page by page.

use serde_json::{Value, json};
use tonic::Code;

use super::scene::{Doors, result, result_but};
use crate::reader::{Fault, Stream, Table, fault};
use crate::scripted::table::{self, JOB, QUERY, RESULTS, job};
use crate::server::api::Job;
use crate::server::{Rule, on};

const ROWS: i64 = 10;
const STREAM: &str = "projects/acme/locations/EU/jobs/job_1";
const ANONYMOUS: &str = "projects/acme/datasets/_anon/tables/anon1";

/// A job of ten rows, one a page.
fn pages() -> Vec<Rule> {
    pages_of(job(ROWS))
}

fn pages_of(job: Job) -> Vec<Rule> {
    let token = |number: i64| format!("p{number}");
    let next = |number: i64| (number + 1 < ROWS).then(|| token(number + 1));
    let page = |number: i64| job.page(number as usize..number as usize + 1, next(number).as_deref());
    let mut done = job.resource("DONE", 0);
    done["configuration"]["query"]["destinationTable"] =
        json!({"projectId": "acme", "datasetId": "_anon", "tableId": "anon1"});
    let rest = (1..ROWS).map(|number| on(&format!("{RESULTS}?pageToken={}", token(number)), page(number)));
    [on(QUERY, page(0)), on(JOB, done)].into_iter().chain(rest).collect()
}

fn all() -> Stream {
    Stream::of([result(0..4), result(4..10)])
}

/// The stream of the job, which ends so each time it is asked for.
fn by_stream(fault: impl Fn() -> Option<Fault>) -> Table {
    let stream = (0..3).filter_map(|_| fault()).fold(all(), Stream::fault);
    Table::result(STREAM, stream)
}

/// How the result is read, and how often pages were asked for behind the first one.
fn read(tables: Vec<Table>, words: &str) -> (crate::support::Run, Vec<String>, usize) {
    let doors = Doors::new(pages(), tables);
    let run = doors.query(&format!("--via query --no-cache {words}"));
    let pages = doors.rest.jobs().iter().filter(|told| *told == RESULTS).count();
    (run, doors.grpc.told(), pages)
}

#[test]
fn a_large_result_comes_by_its_own_stream_with_the_same_bytes() {
    let (by_pages, _, pages) = read(vec![], "--limit 1000");
    assert_eq!((by_pages.messages().len(), pages), (10, 9), "a LIMIT keeps its order");
    let (run, reads, pages) = read(vec![by_stream(|| None)], "");
    assert_eq!((&run.out, reads, pages), (&by_pages.out, vec!["job_1/_default@0".to_owned()], 0));
    run.ends(0).says_nothing_of("gRPC");
}

#[test]
fn each_way_that_is_not_to_be_had_gives_place_to_the_next_and_no_row_is_lost_or_repeated() {
    let expected: Vec<String> = (0..ROWS).map(|second| format!("line {second}")).collect();
    let none = || None;
    let missing = || Some(fault::status(Code::NotFound, "no such stream"));
    let denied = || Some(fault::status(Code::PermissionDenied, "not for you"));
    let broken = || Some(fault::status_behind(4, Code::DataLoss, "it is gone"));
    let early = || Some(fault::early_behind(5));
    type Ending<'a> = &'a dyn Fn() -> Option<Fault>;
    for (what, stream, table, pages, said) in [
        ("not offered", &missing as Ending, &none as Ending, 0, ""),
        ("denied", &denied, &none, 0, ""),
        ("broken midway", &broken, &none, 0, ""),
        ("ended early", &early, &none, 0, ""),
        ("neither is offered", &missing, &missing, 9, ""),
        ("both are denied", &denied, &denied, 9, "cannot read the result by gRPC (not for you)"),
        ("both break midway", &broken, &broken, 9, "cannot read the result by gRPC"),
        ("both end early", &early, &early, 9, "announced 10 rows and sent 5"),
    ] {
        let session = (0..3).filter_map(|_| table()).fold(all(), Stream::fault);
        let (run, _, asked) = read(vec![by_stream(stream), Table::new(ANONYMOUS).stream(session)], "");
        let run = run.ends(0);
        assert_eq!((run.messages(), asked), (expected.clone(), pages), "{what}: {}", run.err);
        let run = run.says(said);
        let is_told = run.err.contains("by gRPC");
        assert_eq!(is_told, !said.is_empty(), "{what}: {}", run.err);
    }
}

#[test]
fn a_batch_that_breaks_off_in_its_middle_leaves_nothing_behind() {
    // Without an insertId no row is known to have come before.
    let bare = |second: i64| {
        let mut row = table::row(second);
        row[2] = Value::Null;
        row
    };
    let sent = || (0..ROWS).fold(job(0), |job, second| job.row(&bare(second)));
    for is_broken in [true, false] {
        let rows = || {
            Stream::of([result_but(0..ROWS, |second, row| {
                row.insert("insertId".to_owned(), Value::Null);
                if second == 5 && is_broken {
                    row.insert("timestamp".to_owned(), Value::Null);
                }
            })])
        };
        let doors = Doors::new(pages_of(sent()), [Table::result(STREAM, rows()), Table::new(ANONYMOUS).stream(rows())]);
        let run = doors.query("--via query --no-cache --seal").ends(0);
        let values = run.values();
        let seal = &values[values.len() - 1]["lq"];
        assert_eq!((seal["entries"].as_i64(), values.len()), (Some(ROWS), ROWS as usize + 1), "{}", run.err);
        assert_eq!(doors.grpc.told().len(), if is_broken { 2 } else { 1 }, "{:?}", doors.grpc.told());
    }
}

#[test]
fn a_result_of_few_pages_comes_page_by_page() {
    let first = job(4).page(0..1, Some("p"));
    let doors = Doors::new(
        [on(QUERY, first), on(RESULTS, job(4).page(1..4, None)), on(JOB, job(4).resource("DONE", 0))],
        [by_stream(|| None)],
    );
    assert_eq!(doors.query("--via query --no-cache").ends(0).messages().len(), 4);
    assert_eq!(doors.grpc.reads().len(), 0);
}

#[test]
fn a_result_that_lacks_a_column_comes_another_way() {
    let lame = || {
        let rows = result(0..ROWS);
        let columns: Vec<usize> =
            (0..rows.num_columns()).filter(|&at| rows.schema().field(at).name() != "pod").collect();
        Stream::of([rows.project(&columns).unwrap()])
    };
    let (run, _, pages) = read(vec![Table::result(STREAM, lame()), Table::new(ANONYMOUS).stream(lame())], "");
    let run = run.ends(0).says("the result lacks the column pod");
    let (by_pages, ..) = read(vec![], "--limit 1000");
    assert_eq!((run.out, pages), (by_pages.out, 9));
}
