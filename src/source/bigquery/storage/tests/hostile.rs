//! A server that means no good: no panic, no loop without end, no memory without bound.

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{DataType, Field, Schema};
use gcp_bigquery_client::google::cloud::bigquery::storage::v1::stream_stats::Progress;
use gcp_bigquery_client::google::cloud::bigquery::storage::v1::{ReadRowsResponse, StreamStats};
use proptest::prelude::*;

use super::{STDERR, STDOUT, brief, patient, read, scan, serving, storage, within};
use crate::source::bigquery::auth::Auth;
use crate::source::bigquery::error::Error;
use crate::source::bigquery::scripted_storage::rows::{batch_of, message, numbers, raw, serialized};
use crate::source::bigquery::scripted_storage::{Codec, Server, Stream, Table};
use crate::source::bigquery::storage::Limits;
use crate::source::bigquery::storage::decode::Decoder;

/// A good message, and its schema and rows.
fn good() -> (ReadRowsResponse, Vec<u8>, Vec<u8>) {
    let batch = numbers(0..3);
    let (schema, rows) = serialized(&batch, Codec::Lz4);
    (message(&batch, Codec::Lz4), schema, rows)
}

#[tokio::test]
async fn messages_that_make_no_sense_are_errors() {
    let (whole, schema, rows) = good();
    let other = serialized(
        &crate::source::bigquery::scripted_storage::rows::batch(&[("m", arrow_schema::DataType::Utf8)], &[]),
        Codec::None,
    )
    .0;
    let counting = |row_count| ReadRowsResponse { row_count, ..whole.clone() };
    let cases = [
        ("fewer rows than told", vec![counting(4)]),
        ("more rows than told", vec![counting(2)]),
        ("less than no rows", vec![counting(-1)]),
        ("as many as can be counted", vec![counting(i64::MAX)]),
        ("rows before their schema", vec![raw(None, Some(rows.clone()), 3)]),
        ("a schema of nonsense", vec![raw(Some(vec![7; 100]), None, 0)]),
        ("half a schema", vec![raw(Some(schema[..schema.len() / 2].to_vec()), None, 0)]),
        ("rows as the schema", vec![raw(Some(rows.clone()), None, 0)]),
        ("rows of nonsense", vec![raw(Some(schema.clone()), Some(vec![9; 100]), 3)]),
        ("half of the rows", vec![raw(Some(schema.clone()), Some(rows[..rows.len() / 2].to_vec()), 3)]),
        ("other columns later", vec![whole.clone(), raw(Some(other), None, 0)]),
        ("the schema among the rows", vec![raw(Some(schema.clone()), Some([schema.clone(), rows].concat()), 3)]),
    ];
    for (name, messages) in cases {
        let server = Server::start([Table::new(STDOUT).stream(Stream::raw(messages)).named(&["s"])]);
        let error = read(&patient(&server)).await.unwrap_err();
        assert!(matches!(error, Error::Strange(_)), "{name}: {error:?}");
        assert_eq!(server.reads().len(), 1, "{name}");
    }
}

#[test]
fn a_schema_that_is_said_again_must_have_the_same_columns_whatever_it_says_of_them() {
    let field = |name: &str, kind: DataType| Field::new(name, kind, true);
    let nested =
        |field: Field| DataType::List(Arc::new(Field::new("item", DataType::Struct(vec![field].into()), true)));
    let noted = |field: Field| field.with_metadata([("key".to_owned(), "value".to_owned())]);
    let text = || field("a", DataType::Utf8);
    let said = |column: Field| serialized(&batch_of(vec![column].into(), &[]), Codec::None).0;
    for (name, column, is_same) in [
        ("the same", field("l", nested(text())), true),
        ("metadata", noted(field("l", nested(text()))), true),
        ("metadata within", field("l", nested(noted(text()))), true),
        ("another name", field("m", nested(text())), false),
        ("another name within", field("l", nested(field("b", DataType::Utf8))), false),
        ("another type within", field("l", nested(field("a", DataType::Int64))), false),
        ("another type", field("l", DataType::Utf8), false),
        ("never NULL", field("l", nested(text())).with_nullable(false), false),
    ] {
        let mut decoder = Decoder::new(1 << 20);
        decoder.learn(&said(field("l", nested(text())))).unwrap();
        assert_eq!(decoder.learn(&said(column)).is_ok(), is_same, "{name}");
    }
    // What else the schema is told of, as a whole.
    let columns = || vec![text()];
    let whole = |schema: Schema| serialized(&RecordBatch::new_empty(Arc::new(schema)), Codec::None).0;
    let mut decoder = Decoder::new(1 << 20);
    decoder.learn(&whole(Schema::new(columns()))).unwrap();
    decoder.learn(&whole(Schema::new_with_metadata(columns(), [("key".to_owned(), "value".to_owned())]))).unwrap();
}

#[tokio::test]
async fn messages_without_end_and_without_rows_are_given_up() {
    let server = serving(Stream::raw([ReadRowsResponse::default()]).endless());
    let limits = Limits { later: std::time::Duration::from_millis(500), ..brief() };
    let error = read(&within(limits, &server.url(), Auth::nobody())).await.unwrap_err();
    assert!(matches!(error, Error::Transport(_)), "{error:?}");
}

/// A message without rows that tells of so much progress.
fn at(share: f64) -> ReadRowsResponse {
    let progress = Progress { at_response_start: 0.0, at_response_end: share };
    ReadRowsResponse { stats: Some(StreamStats { progress: Some(progress) }), ..ReadRowsResponse::default() }
}

#[tokio::test]
async fn progress_without_rows_that_hardly_grows_is_given_up_and_other_progress_is_not() {
    // Whatever is no step ahead is too late.
    let limits = Limits { later: std::time::Duration::ZERO, ..brief() };
    for (name, step, is_read) in [("hardly", 1e-9, false), ("well", 0.002, true)] {
        let server = serving(Stream::raw((1..100).map(|n| at(f64::from(n) * step)).chain([at(1.0)])));
        let found = read(&within(limits, &server.url(), Auth::nobody())).await;
        assert_eq!(found.is_ok(), is_read, "{name}: {found:?}");
    }
}

#[tokio::test]
async fn streams_that_cannot_be_told_apart_are_an_error() {
    for names in [&["s", "s"][..], &["s", ""]] {
        let server = Server::start([Table::new(STDOUT).named(names)]);
        let error = storage(&server).session(&scan(STDOUT)).await.unwrap_err();
        assert!(matches!(error, Error::Strange(_)), "{error:?}");
    }
    let server = Server::start([Table::new(STDOUT).estimates(-1, 0)]);
    assert!(matches!(storage(&server).session(&scan(STDOUT)).await, Err(Error::Strange(_))));
}

#[tokio::test]
async fn a_session_without_streams_is_believed_only_where_it_expects_no_rows() {
    let server = Server::start([Table::new(STDOUT).estimates(1_000, 7), Table::new(STDERR).estimates(1_000, 0)]);
    let error = patient(&server).session(&scan(STDOUT)).await.unwrap_err();
    assert_eq!(error.to_string(), "BigQuery began a read session of about 7 rows without streams");
    assert!(patient(&server).session(&scan(STDERR)).await.unwrap().streams.is_empty());
}

#[tokio::test]
async fn a_stream_s_name_goes_nowhere_but_into_the_request() {
    let server = Server::start([Table::new(STDOUT)
        .named(&["a\r\nx-evil: 1&read_stream=b"])
        .stream(Stream::of([numbers(0..2)]))]);
    assert_eq!(read(&patient(&server)).await, Ok(vec![0, 1]));
    let header = server.reads()[0].header("x-goog-request-params").unwrap().to_owned();
    assert_eq!(header, "read_stream=a%0D%0Ax-evil%3A+1%26read_stream%3Db");
}

#[tokio::test]
async fn thousands_of_streams_are_read_a_few_at_a_time() {
    let table = (0..2_000).fold(Table::new(STDOUT), |table, n| table.stream(Stream::of([numbers(n..n + 1)])));
    let server = Server::start([table]);
    assert_eq!(read(&patient(&server)).await, Ok((0..2_000).collect()));
}

#[tokio::test]
async fn a_message_longer_than_any_is_an_error() {
    let server = serving(Stream::of([numbers(0..1_000)]).codec(Codec::None));
    let error = read(&within(Limits { longest: 4_000, ..brief() }, &server.url(), Auth::nobody())).await.unwrap_err();
    assert!(matches!(&error, Error::Strange(said) if said.contains("too large")), "{error:?}");
}

#[tokio::test]
async fn rows_that_swell_too_much_are_an_error() {
    // A buffer that says of itself that it has more bytes than there can be, and one that has them.
    let zeros = crate::source::bigquery::scripted_storage::rows::batch(
        &[("n", arrow_schema::DataType::Int64)],
        &vec![serde_json::json!({"n": 0}); 100_000],
    );
    for codec in [Codec::Lz4, Codec::Zstd] {
        let server = serving(Stream::of([zeros.clone()]).codec(codec));
        let error = read(&within(Limits { largest: 500_000, ..brief() }, &server.url(), Auth::nobody())).await;
        assert!(matches!(&error, Err(Error::Strange(said)) if said.contains("bytes")), "{error:?}");

        let (schema, rows) = serialized(&zeros, codec);
        let told = 800_000i64.to_le_bytes();
        let at = rows.windows(8).rposition(|bytes| bytes == told).unwrap();
        for lie in [i64::MAX, i64::MIN, -2, 1 << 40, 1, 0] {
            let mut rows = rows.clone();
            rows[at..at + 8].copy_from_slice(&lie.to_le_bytes());
            let server = serving(Stream::raw([raw(Some(schema.clone()), Some(rows), 100_000)]));
            let error = read(&patient(&server)).await;
            assert!(matches!(error, Err(Error::Strange(_))), "{lie}: {error:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]
    #[test]
    fn bytes_that_were_changed_are_an_error_or_rows_but_never_more(
        is_lz4 in any::<bool>(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        is_schema in any::<bool>(),
        cut in any::<prop::sample::Index>(),
        is_cut in any::<bool>(),
    ) {
        let rows: Vec<_> = (0..20).map(|n| serde_json::json!({"n": n, "t": "text", "l": [1, 2], "p": "web"})).collect();
        let columns = [
            ("n", arrow_schema::DataType::Int64),
            ("t", arrow_schema::DataType::Utf8),
            ("l", crate::source::bigquery::scripted_storage::rows::list(arrow_schema::DataType::Int64)),
            ("p", crate::source::bigquery::scripted_storage::rows::dictionary()),
        ];
        let batch = crate::source::bigquery::scripted_storage::rows::batch(&columns, &rows);
        let (mut schema, mut rows) = serialized(&batch, if is_lz4 { Codec::Lz4 } else { Codec::None });
        let target = if is_schema { &mut schema } else { &mut rows };
        for (at, byte) in changes {
            let at = at.index(target.len());
            target[at] = byte;
        }
        if is_cut {
            target.truncate(cut.index(target.len()));
        }
        let mut decoder = Decoder::new(1 << 20);
        if decoder.learn(&schema).is_ok() && decoder.size(&rows).is_ok_and(|size| size <= 1 << 20) {
            let found = decoder.decode(rows).unwrap_or_default();
            prop_assert!(found.iter().all(|rows| rows.num_rows() <= 8 << 20));
        }
    }
}
