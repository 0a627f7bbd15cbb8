//! What is denied, cut off or out of reach goes on by query, with one notice and without losing or repeating a row.

use std::io::Write;
use std::net::{SocketAddr, TcpListener};

use tonic::Code;

use super::scene::{Doors, STDERR, STDOUT, native, native_of, scanned, ten, ten_by_query};
use crate::reader::{Stream, fault};
use crate::scripted::table::{QUERY, billed, settled};
use crate::server::on;
use crate::support::Run;

const NOTICE: &str = "cannot read straight from the tables";

#[test]
fn a_missing_permission_is_told_once_and_queries_do_the_rest() {
    let denied = || fault::denied("IAM_PERMISSION_DENIED", "Permission bigquery.readsessions.create denied");
    let tables = || [STDOUT, STDERR].map(|id| scanned(id).refused(denied()).refused(denied()));
    let doors = Doors::new([on(QUERY, ten_by_query().done()), billed(1 << 30)], tables());
    let run = doors.query("").ends(0).says("roles/bigquery.readSessionUser on project acme");
    assert_eq!((run.messages().len(), run.err.matches(NOTICE).count()), (10, 1));
    assert_eq!((doors.queried(), doors.grpc.reads().len()), (1, 0));
    let doors = Doors::new([], tables());
    let run = doors.query("--via storage").ends(2).says("readSessionUser");
    assert_eq!((run.messages().len(), doors.queried()), (0, 0));
}

#[test]
fn what_is_denied_midway_names_the_role_as_at_the_beginning() {
    let denied = || fault::status_behind(3, Code::PermissionDenied, "it is so");
    let begun = || scanned(STDOUT).stream(Stream::of([native(0..3), native(3..6)]).fault(denied()));
    let barred = || scanned(STDOUT).refused(fault::denied("IAM_PERMISSION_DENIED", "it is so"));
    for (table, words) in [(begun(), ""), (barred(), ""), (barred(), "--dry-run")] {
        let doors = Doors::of(&[settled(STDOUT)], [], [table]);
        let run = doors.query(&format!("--via storage --no-cache {words}")).ends(2);
        run.says("it is so").says("roles/bigquery.readSessionUser in project acme, and roles/bigquery.dataViewer on");
    }
}

#[test]
fn what_broke_off_is_told_with_its_price_though_a_query_did_it() {
    let broken = Stream::of([native(0..3), native(3..6)]).fault(fault::status_behind(3, Code::DataLoss, "it is so"));
    let stdout = scanned(STDOUT).stream(broken).estimates(6 << 30, 6);
    let doors = Doors::of(&[settled(STDOUT)], [on(QUERY, ten_by_query().done()), billed(1 << 30)], [stdout]);
    let run = doors.query("--no-cache").ends(0).says(NOTICE);
    run.says("≤ 7.0 GiB, ≤ $0.01 billed, of it ≤ 6.0 GiB, < $0.01 straight from the tables, in vain");
}

#[test]
fn a_session_that_keeps_its_streams_back_gives_way_to_a_query() {
    let tables = || [STDOUT, STDERR].map(|id| scanned(id).estimates(1 << 30, 5));
    let doors = Doors::new([on(QUERY, ten_by_query().done()), billed(1 << 30)], tables());
    let run = doors.query("").ends(0).says(NOTICE).says("of about 5 rows without streams");
    assert_eq!((run.messages().len(), doors.queried()), (10, 1));
    let doors = Doors::new([], tables());
    doors.query("--via storage").ends(2).says("of about 5 rows without streams");
}

#[test]
fn rows_that_came_before_it_broke_for_good_do_not_come_twice() {
    for code in [Code::PermissionDenied, Code::InvalidArgument, Code::NotFound, Code::OutOfRange, Code::DataLoss] {
        let broken = Stream::of([native(0..3), native(3..6)]).fault(fault::status_behind(3, code, "it is so"));
        let tables = [
            scanned(STDOUT).stream(broken).stream(Stream::of([native([7])])),
            scanned(STDERR).stream(Stream::of([native_of("stderr", [6, 8, 9])])),
        ];
        let doors = Doors::new([on(QUERY, ten_by_query().done()), billed(1 << 30)], tables);
        let run = doors.query("--no-cache --refresh").ends(0).says(NOTICE);
        assert_eq!((run.messages().len(), doors.queried()), (10, 1), "{code:?}: {run:?}");
    }
}

/// What answers every connection so, whatever it is asked; without words it hangs up.
fn stranger(words: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut caller in listener.incoming().map_while(Result::ok) {
            let _ = caller.write_all(words.as_bytes());
        }
    });
    address
}

#[test]
fn what_cannot_be_talked_to_is_told_once_and_by_its_name() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (address, why) in [
        (closed, "refused"),
        (stranger("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"), "127.0.0.1"),
        (stranger(""), "127.0.0.1"),
    ] {
        let doors = Doors::new([on(QUERY, ten_by_query().done()), billed(1 << 30)], []);
        let ask = |words: &str| {
            let url = format!("http://{address}");
            Run::of(doors.command(words).env("BIGQUERY_STORAGE_EMULATOR_HOST", url)).ends(0)
        };
        let run = ask("--no-cache").says(why).says_nothing_of("trying again").says_nothing_of("does not answer within");
        assert_eq!((run.messages().len(), run.err.matches(NOTICE).count()), (10, 1), "{run:?}");
        ask("--no-cache -v").says("; trying again in 1 s");
    }
}

#[test]
fn a_server_that_never_answers_is_told_once() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let doors = Doors::new([on(QUERY, ten_by_query().done()), billed(1 << 30)], []);
    let mut command = doors.command("");
    let url = format!("http://{}", silent.local_addr().unwrap());
    let run = Run::of(command.env("BIGQUERY_STORAGE_EMULATOR_HOST", url)).ends(0).says("does not answer");
    assert_eq!((run.messages().len(), run.err.matches(NOTICE).count()), (10, 1), "{run:?}");
}

#[test]
fn what_is_no_url_is_told_with_its_remedy() {
    let doors = Doors::new([], ten());
    let mut command = doors.command("");
    let run = Run::of(command.env("BIGQUERY_STORAGE_EMULATOR_HOST", "localhost:9060")).ends(2);
    run.says("BIGQUERY_STORAGE_EMULATOR_HOST=").says("write http://HOST:PORT");
}
