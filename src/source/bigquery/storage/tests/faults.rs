//! What is tried again, and what is not.

use std::time::Duration;

use arrow_schema::DataType;
use serde_json::json;
use tonic::Code;

use super::{STDOUT, brief, patient, read, rest, scan, serving, storage, telling, within};
use crate::source::bigquery::auth::Auth;
use crate::source::bigquery::error::Error;
use crate::source::bigquery::retry;
use crate::source::bigquery::scripted_storage::rows::{batch, numbers};
use crate::source::bigquery::scripted_storage::{Codec, Fault, Server, Stream, Table, fault};
use crate::source::bigquery::storage::{Limits, Storage};

fn stream() -> Stream {
    Stream::of([numbers(0..3), numbers(3..5)])
}

#[tokio::test]
async fn a_stream_goes_on_after_what_may_pass() {
    let cases = [
        ("UNAVAILABLE", fault::status_behind(2, Code::Unavailable, "later")),
        ("ABORTED", fault::status_behind(2, Code::Aborted, "moved")),
        ("DEADLINE_EXCEEDED", fault::status_behind(2, Code::DeadlineExceeded, "slow")),
        ("INTERNAL of the network", fault::status_behind(2, Code::Internal, "Received RST_STREAM with error code 2")),
        ("INTERNAL, cut", fault::status_behind(2, Code::Internal, "Received unexpected EOS on DATA frame from server")),
        ("RESOURCE_EXHAUSTED", fault::status_behind(2, Code::ResourceExhausted, "too many")),
        ("RESOURCE_EXHAUSTED, and when again", fault::exhausted(Duration::from_millis(10))),
        ("a message that does not come", fault::stalled_behind(2)),
        ("half a message that does not come", fault::stalled_behind(2).within_a_message()),
        ("RST_STREAM", fault::reset_behind(2)),
        ("RST_STREAM in the middle of a message", fault::reset_behind(2).within_a_message()),
        ("a connection that is closed", fault::closed_behind(2)),
        ("a call without an end", fault::torn_off_behind(2)),
        ("a gateway that finds nobody", fault::page(502)),
    ];
    for (name, fault) in cases {
        let server = serving(stream().fault(fault));
        assert_eq!(read(&storage(&server)).await, Ok((0..5).collect()), "{name}");
        assert_eq!(server.reads().len(), 2, "{name}");
    }
}

/// By its length alone, it could take a minute.
#[tokio::test]
async fn a_long_message_whose_bytes_stop_coming_is_not_waited_for() {
    let long =
        batch(&[("n", DataType::Int64), ("text", DataType::Utf8)], &[json!({"n": 0, "text": "x".repeat(2 << 20)})]);
    let stalled = fault::stalled_behind(0).within_a_message();
    let server = serving(Stream::of([long]).codec(Codec::None).fault(stalled));
    let limits = Limits { message: Duration::from_secs(1), later: Duration::from_secs(20), ..brief() };
    assert_eq!(read(&within(limits, &server.url(), Auth::nobody())).await, Ok(vec![0]));
    assert_eq!(server.reads().len(), 2);
}

#[tokio::test]
async fn what_does_not_pass_is_an_error_at_once() {
    let cases = [
        ("INVALID_ARGUMENT", fault::status_behind(2, Code::InvalidArgument, "no such column"), 400),
        ("PERMISSION_DENIED", fault::status_behind(2, Code::PermissionDenied, "not you"), 403),
        ("NOT_FOUND", fault::status_behind(2, Code::NotFound, "nothing"), 404),
        ("FAILED_PRECONDITION", fault::status_behind(2, Code::FailedPrecondition, "session expired"), 400),
        ("OUT_OF_RANGE", fault::status_behind(2, Code::OutOfRange, "too far"), 400),
        ("UNIMPLEMENTED", fault::status_behind(2, Code::Unimplemented, "not here"), 501),
        ("INTERNAL", fault::status_behind(2, Code::Internal, "a bug"), 500),
        ("UNKNOWN", fault::status_behind(2, Code::Unknown, "what?"), 500),
        ("DATA_LOSS", fault::status_behind(2, Code::DataLoss, "gone"), 500),
    ];
    for (name, fault, code) in cases {
        let server = serving(stream().fault(fault));
        let error = read(&patient(&server)).await.unwrap_err();
        assert!(matches!(error, Error::Api { status, .. } if status == code), "{name}: {error:?}");
        assert_eq!(error.is_expired(), name == "FAILED_PRECONDITION", "{name}");
        assert_eq!(server.reads().len(), 1, "{name}");
    }
}

#[tokio::test]
async fn rows_before_an_error_are_handed_out_and_nothing_after_it() {
    let server = serving(stream().fault(fault::status_behind(3, Code::FailedPrecondition, "session expired")));
    let storage = patient(&server);
    let session = storage.session(&scan(STDOUT)).await.unwrap();
    let mut batches = storage.read(&[session]);
    assert_eq!(batches.next().await.unwrap().unwrap().rows.num_rows(), 3);
    assert!(batches.next().await.unwrap_err().is_expired());
    assert!(batches.next().await.unwrap().is_none());
}

#[tokio::test]
async fn a_session_is_begun_again_after_what_may_pass() {
    let cases = [
        ("UNAVAILABLE", fault::status(Code::Unavailable, "later")),
        ("DEADLINE_EXCEEDED", fault::status(Code::DeadlineExceeded, "slow")),
        ("RESOURCE_EXHAUSTED", fault::exhausted(Duration::from_millis(10))),
        ("an answer that does not come", fault::status(Code::Unavailable, "later")),
    ];
    for (name, fault) in cases {
        let server = Server::start([Table::new(STDOUT).stream(stream()).refused(fault)]);
        assert_eq!(read(&storage(&server)).await, Ok((0..5).collect()), "{name}");
        assert_eq!(server.sessions().len(), 2, "{name}");
    }
}

#[tokio::test]
async fn a_session_that_is_refused_is_an_error_at_once() {
    for code in [Code::PermissionDenied, Code::InvalidArgument, Code::NotFound, Code::Aborted, Code::Internal] {
        let refused = || fault::status(code, "no: RST_STREAM");
        let server = Server::start([Table::new(STDOUT).stream(stream()).refused(refused())]);
        let error = patient(&server).session(&scan(STDOUT)).await.unwrap_err();
        assert_eq!(error.to_string(), "no: RST_STREAM");
        assert_eq!(server.sessions().len(), 1, "{code:?}");
    }
}

#[tokio::test]
async fn a_stream_that_comes_no_further_is_given_up() {
    let stuck = |fault: fn() -> Fault| (0..200).fold(stream(), |stream, _| stream.fault(fault()));
    for fault in [(|| fault::cut_behind(2)) as fn() -> Fault, || fault::torn_off_behind(2), || fault::reset_behind(2)] {
        let server = serving(stuck(fault));
        let limits = Limits { message: Duration::from_secs(30), later: Duration::from_millis(700), ..brief() };
        let (storage, said) = telling(within(limits, &server.url(), Auth::nobody()));
        let error = read(&storage).await.unwrap_err();
        assert!(error.to_string().contains("gave up after"), "{error}");
        assert!(said.lock().unwrap().iter().all(|line| line.contains("trying again in")), "{said:?}");
        assert!(!said.lock().unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_server_that_comes_no_further_is_waited_for_a_minute_where_another_way_is_at_hand() {
    let later = |storage: Storage| storage.0.limits.later;
    let alone = || within(Limits::here(), "http://127.0.0.1:1", Auth::nobody());
    assert_eq!(later(alone()), retry::PATIENCE);
    let both = alone().giving_way(0);
    assert_eq!(later(both), Duration::from_secs(60));
}

#[tokio::test]
async fn a_quota_that_is_used_up_is_given_up_soon_unless_the_server_says_when_to_come_again() {
    let limits = Limits { used_up: Duration::from_millis(1), ..brief() };
    let used_up = || fault::status_behind(2, Code::ResourceExhausted, "Quota exceeded");
    let server = serving(stream().fault(used_up()).fault(used_up()).fault(used_up()));
    let error = read(&within(limits, &server.url(), Auth::nobody())).await.unwrap_err();
    assert!(
        matches!(&error, Error::Api { status: 429, message, .. } if message.contains("gave up after")),
        "{error:?}"
    );
    assert!(server.reads().len() <= 2, "{:?}", server.told());

    let server = serving(stream().fault(fault::exhausted(Duration::from_millis(10))));
    assert_eq!(read(&within(limits, &server.url(), Auth::nobody())).await, Ok((0..5).collect()));
}

#[tokio::test]
async fn what_answers_in_the_server_s_place_is_told_as_such() {
    for (status, said) in [(403, "403 Forbidden"), (404, "404 Not Found"), (200, "200 OK"), (302, "302 Found")] {
        let server = Server::start([Table::new(STDOUT).refused(fault::page(status))]);
        let error = patient(&server).session(&scan(STDOUT)).await.unwrap_err();
        assert!(matches!(&error, Error::Unreachable(_)), "{error:?}");
        assert_eq!(error.to_string(), format!("what answers for 127.0.0.1 does not speak gRPC: HTTP {said}"));
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_given_up_soon() {
    let limits = Limits { first: Duration::from_millis(1), ..brief() };
    let error = within(limits, "http://127.0.0.1:1", Auth::nobody()).session(&scan(STDOUT)).await.unwrap_err();
    assert!(matches!(&error, Error::Transport(said) if said.starts_with("cannot reach 127.0.0.1")), "{error:?}");
}

#[tokio::test]
async fn a_stream_that_ends_before_all_is_read_by_its_own_word_goes_on() {
    for row in 1..5 {
        let server = serving(stream().fault(fault::early_behind(row)).fault(fault::cut_behind(row)));
        assert_eq!(read(&patient(&server)).await, Ok((0..5).collect()), "{row}");
        let again = format!("stdout/0@{row}");
        assert_eq!(server.told(), ["stdout/0@0", &again, &again], "{row}");
    }
    let server = serving(stream());
    assert_eq!(read(&patient(&server)).await, Ok((0..5).collect()));
    assert_eq!(server.told(), ["stdout/0@0"], "all is read");
}

/// The last rows of a stream need not be among those that were asked for.
#[tokio::test]
async fn a_stream_that_ends_twice_at_the_same_row_ends_there() {
    for again in [fault::early_behind(2), fault::status_behind(2, Code::OutOfRange, "there is no row 2")] {
        let server = serving(stream().fault(fault::early_behind(2)).fault(again));
        assert_eq!(read(&patient(&server)).await, Ok(vec![0, 1]));
        assert_eq!(server.told(), ["stdout/0@0", "stdout/0@2"]);
    }
}

#[tokio::test]
async fn a_reader_that_takes_its_time_is_no_stalled_server() {
    let server = serving(Stream::of((0..40).map(|n| numbers(n..n + 1))));
    let storage = storage(&server);
    let session = storage.session(&scan(STDOUT)).await.unwrap();
    let mut batches = storage.read(&[session]);
    batches.next().await.unwrap();
    tokio::time::sleep(2 * brief().message).await;
    assert_eq!(rest(batches).await.unwrap().len(), 39);
    assert_eq!(server.reads().len(), 1);
}
