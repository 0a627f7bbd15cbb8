//! How much of what a server sends is in memory at a time.

use std::time::Duration;

use super::{STDOUT, brief, rest, scan, within};
use crate::source::bigquery::auth::Auth;
use crate::source::bigquery::scripted_storage::rows::batch;
use crate::source::bigquery::scripted_storage::{Codec, Server, Stream, Table, fault};
use crate::source::bigquery::storage::Limits;

/// So many rows with a number and a text of `length` bytes.
fn long(numbers: std::ops::Range<i64>, length: usize) -> arrow_array::RecordBatch {
    let text = "x".repeat(length);
    let rows: Vec<_> = numbers.map(|n| serde_json::json!({"n": n, "text": text})).collect();
    batch(&[("n", arrow_schema::DataType::Int64), ("text", arrow_schema::DataType::Utf8)], &rows)
}

fn limits() -> Limits {
    Limits { message: Duration::from_secs(60), ..brief() }
}

#[tokio::test]
async fn a_message_of_a_hundred_megabytes_passes() {
    let huge = || Stream::of([long(0..100, 1 << 20)]).codec(Codec::None);
    let server = Server::start([Table::new(STDOUT).stream(huge())]);
    let storage = within(limits(), &server.url(), Auth::nobody());
    let session = storage.session(&scan(STDOUT)).await.unwrap();
    assert_eq!(rest(storage.read(&[session])).await, Ok((0..100).collect()));
    // The buffer that it came in is not kept.
    assert_eq!(server.told(), ["stdout/0@0", "stdout/0@100"]);
}

#[tokio::test]
async fn large_messages_come_one_after_the_other() {
    let stream =
        |from: i64| Stream::of([long(from..from + 4, 1 << 20), long(from + 4..from + 8, 1 << 20)]).codec(Codec::None);
    let table = (0..4).fold(Table::new(STDOUT), |table, n| table.stream(stream(8 * n)));
    let server = Server::start([table]);
    // Room for one message at a time.
    let limits = Limits { arriving: 5 << 20, waiting: 5 << 20, ..limits() };
    let storage = within(limits, &server.url(), Auth::nobody());
    let session = storage.session(&scan(STDOUT)).await.unwrap();
    let mut batches = storage.read(&[session]);
    let first = batches.next().await.unwrap().unwrap();
    assert_eq!(first.rows.num_rows(), 4);
    // While it lives, no other one is decoded.
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(batches.ready(), 0);
    drop(first);
    assert_eq!(rest(batches).await.unwrap().len(), 28);
}

#[tokio::test]
async fn a_large_message_does_not_keep_small_ones_waiting_for_ever() {
    let small = |from: i64| Stream::of((from..from + 50).map(|n| long(n..n + 1, 1 << 10)));
    let large = Stream::of([long(0..3, 1 << 20), long(3..6, 1 << 20)]).codec(Codec::None).fault(fault::cut_behind(1));
    let server = Server::start([Table::new(STDOUT).stream(large).stream(small(6)).stream(small(56))]);
    let limits = Limits { arriving: 1 << 20, waiting: 1 << 20, ..limits() };
    let storage = within(limits, &server.url(), Auth::nobody());
    let session = storage.session(&scan(STDOUT)).await.unwrap();
    assert_eq!(rest(storage.read(&[session])).await, Ok((0..106).collect()));
}
