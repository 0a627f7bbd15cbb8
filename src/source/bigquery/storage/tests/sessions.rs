//! What is asked for, and what is made of the answer.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::DateTime;
use gcp_bigquery_client::google::cloud::bigquery::storage::v1::DataFormat;
use gcp_bigquery_client::google::cloud::bigquery::storage::v1::arrow_serialization_options::CompressionCodec;
use gcp_bigquery_client::google::cloud::bigquery::storage::v1::read_session::table_read_options::OutputFormatSerializationOptions;
use serde_json::json;
use tonic::Code;

use super::{JOB, STDERR, STDOUT, brief, patient, read, rest, scan, serving, storage, telling, within};
use crate::source::bigquery::auth::{Auth, Environment};
use crate::source::bigquery::error::Error;
use crate::source::bigquery::rest::Trace;
use crate::source::bigquery::scripted;
use crate::source::bigquery::scripted_storage::rows::{batch, dictionary, numbers};
use crate::source::bigquery::scripted_storage::{Codec, SaysSchema, Server, Stream, Table, fault};
use crate::source::bigquery::storage::{Scan, Storage};

#[tokio::test]
async fn a_session_asks_for_columns_rows_and_a_time() {
    let server = Server::start([Table::new(STDOUT).stream(Stream::of([numbers(0..3)])).estimates(1_000, 3)]);
    let scan = Scan {
        table: STDOUT.into(),
        fields: vec!["n".into(), "resource.labels.pod_name".into()],
        restriction: "n > 1".into(),
        snapshot: Some(DateTime::from_timestamp(1_763_712_000, 123_000_000).unwrap()),
    };
    let session = storage(&server).session(&scan).await.unwrap();
    assert_eq!((session.streams.len(), session.bytes, session.rows), (1, 1_000, Some(3)));
    let asked = &server.sessions()[0];
    assert_eq!((asked.table(), asked.restriction()), (STDOUT, "n > 1"));
    assert_eq!(asked.fields(), ["n", "resource.labels.pod_name"]);
    assert_eq!(asked.snapshot(), Some((1_763_712_000, 123_000_000)));
    assert_eq!(asked.request.parent, "projects/acme");
    assert_eq!(asked.request.max_stream_count, 4);
    let session = asked.request.read_session.as_ref().unwrap();
    assert_eq!(session.data_format, DataFormat::Arrow as i32);
    let Some(OutputFormatSerializationOptions::ArrowSerializationOptions(arrow)) =
        session.read_options.as_ref().unwrap().output_format_serialization_options
    else {
        panic!("Arrow was not asked for");
    };
    assert_eq!(arrow.buffer_compression, CompressionCodec::Lz4Frame as i32);
}

#[tokio::test]
async fn google_s_front_servers_are_told_what_it_is_about() {
    let server = serving(Stream::of([numbers(0..3)]));
    read(&patient(&server)).await.unwrap();
    let header = server.sessions()[0].header("x-goog-request-params").unwrap().to_owned();
    assert_eq!(header, "read_session.table=projects%2Facme%2Fdatasets%2Fgke%2Ftables%2Fstdout");
    let read = &server.reads()[0];
    let header = read.header("x-goog-request-params").unwrap();
    assert_eq!(header, "read_stream=projects%2Facme%2Flocations%2FUS%2Fsessions%2Fstdout%2Fstreams%2F0");
    assert!(read.header("user-agent").unwrap().starts_with("lq/"));
}

#[tokio::test]
async fn all_streams_of_all_sessions_are_read() {
    let server = Server::start([
        Table::new(STDOUT).stream(Stream::of([numbers(0..3), numbers(3..5)])).stream(Stream::of([numbers(5..9)])),
        Table::new(STDERR).stream(Stream::of([numbers(9..12)])).stream(Stream::of([])),
    ]);
    let storage = patient(&server);
    let sessions = [storage.session(&scan(STDOUT)).await.unwrap(), storage.session(&scan(STDERR)).await.unwrap()];
    let mut batches = storage.read(&sessions);
    let mut found = Vec::new();
    while let Some(batch) = batches.next().await.unwrap() {
        assert!(batch.bytes > 0);
        found.push((batch.session, batch.rows.num_rows()));
    }
    found.sort_unstable();
    assert_eq!(found, [(0, 2), (0, 3), (0, 4), (1, 3)]);
    assert_eq!(batches.share(), 1.0);
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn sessions_and_streams_without_rows_end_at_once() {
    let server = Server::start([Table::new(STDOUT), Table::new(STDERR).stream(Stream::of([]))]);
    let storage = patient(&server);
    let sessions = [storage.session(&scan(STDOUT)).await.unwrap(), storage.session(&scan(STDERR)).await.unwrap()];
    assert_eq!(rest(storage.read(&sessions)).await, Ok(vec![]));
    assert_eq!(rest(storage.read(&sessions[..1])).await, Ok(vec![]));
    assert_eq!(storage.read(&[]).share(), 1.0);
}

#[tokio::test]
async fn the_result_of_a_job_is_read_without_a_session() {
    let server = Server::start([Table::result(JOB, Stream::of([numbers(0..3), numbers(3..5)]))]);
    let storage = patient(&server);
    assert_eq!(rest(storage.read(&[storage.result("US", "job_1", 5)])).await, Ok((0..5).collect()));
    assert_eq!(server.told(), ["job_1/_default@0"]);
    assert!(server.sessions().is_empty());
    let error = rest(storage.read(&[storage.result("EU", "job_1", 5)])).await.unwrap_err();
    assert!(matches!(error, Error::Api { status: 404, .. }), "{error:?}");
}

#[tokio::test]
async fn rows_come_whole_whatever_the_server_makes_of_them() {
    for codec in [Codec::None, Codec::Lz4, Codec::Zstd] {
        for says in [SaysSchema::First, SaysSchema::Always, SaysSchema::Never] {
            let stream = Stream::of([numbers(0..300), numbers(300..301)]).codec(codec).says_schema(says);
            let server = serving(stream.fault(fault::cut_behind(100)).fault(fault::cut_behind(300)));
            assert_eq!(read(&patient(&server)).await, Ok((0..301).collect()), "{codec:?}, {says:?}");
        }
    }
}

/// Nine rows in two batches, whose column `pod` has one dictionary.
fn pods() -> Stream {
    let rows: Vec<_> = (0..9).map(|n| json!({"n": n, "pod": format!("web-{}", n % 3)})).collect();
    let rows = batch(&[("n", arrow_schema::DataType::Int64), ("pod", dictionary())], &rows);
    Stream::of([rows.slice(0, 5), rows.slice(5, 4)])
}

#[tokio::test]
async fn columns_with_dictionaries_come_whole_across_a_cut() {
    let wanted: Vec<String> = (0..9).map(|n| format!("web-{}", n % 3)).collect();
    for (name, stream) in [("each time", pods()), ("in the first message only", pods().says_dictionaries_once())] {
        let server = serving(stream.fault(fault::cut_behind(3)).fault(fault::cut_behind(7)));
        let storage = patient(&server);
        let session = storage.session(&scan(STDOUT)).await.unwrap();
        let mut batches = storage.read(&[session]);
        let mut pods = Vec::new();
        while let Some(found) = batches.next().await.unwrap() {
            let column = found.rows.column_by_name("pod").unwrap();
            let texts = arrow_array::cast::as_dictionary_array::<arrow_array::types::Int32Type>(column);
            let texts = texts.downcast_dict::<arrow_array::StringArray>().unwrap();
            pods.extend(texts.into_iter().flatten().map(str::to_owned));
        }
        assert_eq!(pods, wanted, "{name}");
        assert_eq!(server.told(), ["stdout/0@0", "stdout/0@3", "stdout/0@7"], "{name}");
    }
}

#[tokio::test]
async fn progress_is_what_the_server_says_of_its_streams() {
    let stalled = || Stream::of([numbers(0..4)]).fault(fault::stalled_behind(2));
    let server = Server::start([Table::new(STDOUT).stream(stalled()).stream(Stream::of([]))]);
    let storage = patient(&server);
    let session = storage.session(&scan(STDOUT)).await.unwrap();
    let mut batches = storage.read(&[session]);
    assert_eq!(batches.next().await.unwrap().unwrap().rows.num_rows(), 2);
    while batches.share() < 0.75 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(batches.share(), 0.75);
}

#[tokio::test]
async fn throttling_is_told_once() {
    let server = serving(Stream::of([numbers(0..2), numbers(2..4)]).throttled(30));
    let (storage, said) = telling(patient(&server));
    read(&storage).await.unwrap();
    assert_eq!(*said.lock().unwrap(), ["BigQuery sends more slowly than it could, by 30 %: many read at a time"]);
}

#[tokio::test]
async fn dropping_the_batches_ends_their_calls() {
    let stalled = || Stream::of([numbers(0..4)]).fault(fault::stalled_behind(2));
    let server = Server::start([Table::new(STDOUT).stream(stalled()).stream(stalled())]);
    let storage = patient(&server);
    let session = storage.session(&scan(STDOUT)).await.unwrap();
    let mut batches = storage.read(&[session]);
    batches.next().await.unwrap();
    batches.next().await.unwrap();
    drop(batches);
    while server.open() > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(server.told().len(), 2);
}

/// A client that gets its tokens from the first server.
async fn somebody(tokens: &scripted::Server, server: &Server) -> Storage {
    let environment = Environment { metadata_host: Some(tokens.host()), ..Environment::default() };
    let environment = Environment { quota_project: Some("acme-quota".into()), ..environment };
    within(brief(), &server.url(), Auth::find(&environment).await.unwrap())
}

fn gives(token: &str) -> scripted::Answer {
    json!({"access_token": token, "expires_in": 3600, "token_type": "Bearer"}).into()
}

const TOKEN: &str = "GET /computeMetadata/v1/instance/service-accounts/default/token";

#[tokio::test]
async fn a_refused_token_is_renewed_once() {
    let tokens = scripted::Server::start([scripted::on(TOKEN, gives("token-1")).then(gives("token-2"))]);
    let refused = || fault::status(Code::Unauthenticated, "the token token-1 is not valid");
    let table = Table::new(STDOUT).stream(Stream::of([numbers(0..3)]).fault(refused()));
    let server = Server::start([table]);
    let storage = somebody(&tokens, &server).await;
    assert_eq!(read(&storage).await, Ok(vec![0, 1, 2]));
    let sent: Vec<_> = server.reads().iter().map(|read| read.header("authorization").unwrap().to_owned()).collect();
    assert_eq!(sent, ["Bearer token-1", "Bearer token-2"]);
    assert_eq!(server.sessions()[0].header("x-goog-user-project"), Some("acme-quota"));
}

#[tokio::test]
async fn no_error_tells_the_token() {
    let tokens = scripted::Server::start([scripted::on(TOKEN, gives("token-of-ann"))]);
    let told = || fault::status(Code::InvalidArgument, "you sent token-of-ann");
    let server = Server::start([Table::new(STDOUT).refused(told())]);
    let error = somebody(&tokens, &server).await.session(&scan(STDOUT)).await.unwrap_err();
    assert_eq!(error.to_string(), "you sent [secret]");
    let server = serving(Stream::of([numbers(0..3)]).fault(told()));
    let error = read(&somebody(&tokens, &server).await).await.unwrap_err();
    assert_eq!(error.to_string(), "you sent [secret]");
}

#[tokio::test]
async fn no_trace_tells_the_token_of_a_stream_s_name() {
    let tokens = scripted::Server::start([scripted::on(TOKEN, gives("token-of-ann"))]);
    let stream = Stream::of([numbers(0..3)]).fault(fault::cut_behind(0));
    let server = Server::start([Table::new(STDOUT).stream(stream).named(&["streams/token-of-ann"])]);
    let said = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&said);
    let trace = Trace::to(move |text| heard.lock().unwrap().push(text.to_owned()));
    let storage = somebody(&tokens, &server).await.with(|inner| inner.trace = Some(trace));
    assert_eq!(read(&storage).await, Ok(vec![0, 1, 2]));
    let said = said.lock().unwrap().join("\n");
    assert!(said.contains("ReadRows streams/[secret] ") && !said.contains("token-of-ann"), "{said}");
}
