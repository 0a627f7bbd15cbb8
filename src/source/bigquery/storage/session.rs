//! A table is asked for: CreateReadSession.

use std::collections::HashSet;
use std::sync::Arc;

use gcp_bigquery_client::google::cloud::bigquery::storage::v1::arrow_serialization_options::CompressionCodec;
use gcp_bigquery_client::google::cloud::bigquery::storage::v1::read_session::table_read_options::OutputFormatSerializationOptions;
use gcp_bigquery_client::google::cloud::bigquery::storage::v1::read_session::{
    Schema, TableModifiers, TableReadOptions,
};
use gcp_bigquery_client::google::cloud::bigquery::storage::v1::{
    ArrowSerializationOptions, CreateReadSessionRequest, DataFormat, ReadSession,
};
use prost_types::Timestamp;

use super::super::error::Error;
use super::status::{Doing, Fault};
use super::tries::Tries;
use super::{Inner, Scan, Session};

/// Begins a session, again and again while that may help.
pub(super) async fn begin(inner: &Inner, scan: &Scan) -> Result<Session, Error> {
    let request = request(inner, scan);
    let mut tries = Tries::new(inner);
    loop {
        let route = ("read_session.table", &*scan.table);
        let answer = inner.call(Doing::Session, route, request.clone(), |mut client, request| async move {
            client.create_read_session(request).await
        });
        match answer.await.and_then(|(session, _)| read(session).map_err(Fault::lasting)) {
            Ok(session) => return Ok(session),
            Err(fault) => tries.wait(fault).await?,
        }
    }
}

fn request(inner: &Inner, scan: &Scan) -> CreateReadSessionRequest {
    let arrow = ArrowSerializationOptions { buffer_compression: CompressionCodec::Lz4Frame as i32 };
    let options = TableReadOptions {
        selected_fields: scan.fields.clone(),
        row_restriction: scan.restriction.clone(),
        output_format_serialization_options: Some(OutputFormatSerializationOptions::ArrowSerializationOptions(arrow)),
        ..TableReadOptions::default()
    };
    let snapshot = scan.snapshot.map(|time| TableModifiers {
        snapshot_time: Some(Timestamp {
            seconds: time.timestamp(),
            nanos: i32::try_from(time.timestamp_subsec_nanos()).unwrap_or_default(),
        }),
    });
    let session = ReadSession {
        data_format: DataFormat::Arrow as i32,
        table: scan.table.clone(),
        table_modifiers: snapshot,
        read_options: Some(options),
        ..ReadSession::default()
    };
    CreateReadSessionRequest {
        parent: format!("projects/{}", inner.project),
        read_session: Some(session),
        // More than are read at a time only wait.
        max_stream_count: i32::try_from(inner.limits.parallel).unwrap_or(i32::MAX),
        preferred_min_stream_count: 0,
    }
}

/// What the server's answer says. Two streams of one name would be the same rows twice.
fn read(answer: ReadSession) -> Result<Session, Error> {
    let strange = |what: &str| Error::Strange(format!("BigQuery began a read session {what}"));
    let streams: Vec<String> = answer.streams.into_iter().map(|stream| stream.name).collect();
    let names: HashSet<&str> = streams.iter().map(String::as_str).collect();
    if names.contains("") || names.len() < streams.len() {
        return Err(strange("with streams that cannot be told apart"));
    }
    let bytes = u64::try_from(answer.estimated_total_bytes_scanned);
    let bytes = bytes.map_err(|_| strange("that scans less than nothing"))?;
    let rows = u64::try_from(answer.estimated_row_count).ok().filter(|&rows| rows > 0);
    // At least one stream is made, says the reference, and that the list may be left empty some day. What it
    // estimates are the rows of its own streams.
    // <https://cloud.google.com/bigquery/docs/reference/storage/rpc/google.cloud.bigquery.storage.v1#readsession>
    if let Some(rows) = rows.filter(|_| streams.is_empty()) {
        return Err(strange(&format!("of about {rows} rows without streams")));
    }
    let schema: Option<Arc<[u8]>> = match answer.schema {
        Some(Schema::ArrowSchema(schema)) => Some(schema.serialized_schema.into()),
        Some(Schema::AvroSchema(_)) => return Err(strange("in Avro, not in Arrow")),
        None => None,
    };
    Ok(Session { streams, bytes, rows, schema })
}
