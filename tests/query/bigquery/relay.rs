//! The emulator's gRPC side, with what it cannot done in between, so that real SQL reads real tables:
//! - It refuses nested `selected_fields`: it is asked for whole columns, and gives on what was asked for.
//! - In LIKE it takes a backslash for a letter, where BigQuery's escapes what follows it:
//!   <https://cloud.google.com/bigquery/docs/reference/standard-sql/operators#like_operator>
//! - It takes no notice of `offset`, and sends all rows in one message. The scripted server sends them in small
//!   ones from any row on, and cuts calls where it is told to.
//!
//! What it has none of stays with the scripted server alone: streams of jobs, results in tables, snapshots.

use std::collections::BTreeSet;
use std::io::Cursor;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch, StructArray};
use arrow_ipc::reader::StreamReader;
use arrow_schema::Field;
use gcp_bigquery_client::google::cloud::bigquery::storage::v1::big_query_read_client::BigQueryReadClient;
use gcp_bigquery_client::google::cloud::bigquery::storage::v1::read_rows_response::Rows;
use gcp_bigquery_client::google::cloud::bigquery::storage::v1::read_session::Schema;
use gcp_bigquery_client::google::cloud::bigquery::storage::v1::{CreateReadSessionRequest, ReadRowsRequest};
use regex::Regex;
use tonic::Status;
use tonic::transport::{Channel, Endpoint};

use crate::emulator::emulator;
use crate::reader::{Asked, Fault, Server, Stream, Table};

/// What the emulator ends a schema with, as if no rows came behind it.
/// <https://arrow.apache.org/docs/format/Columnar.html#ipc-streaming-format>
const END: [u8; 8] = [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0];

/// How many rows a message has.
const ROWS: usize = 3;

/// Between lq-query and the emulator. What happens to each stream of so many rows, one call after the other, is
/// for the caller to say.
pub fn relay(faults: impl Fn(u64) -> Vec<Fault> + Send + Sync + 'static) -> Server {
    let faults = Arc::new(faults);
    Server::making(move |asked| {
        let faults = Arc::clone(&faults);
        async move { table(asked, &*faults).await }
    })
}

async fn table(asked: Asked, faults: &(dyn Fn(u64) -> Vec<Fault> + Send + Sync)) -> Result<Table, Status> {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let session = COUNT.fetch_add(1, Ordering::Relaxed);
    let mut table = Table::new(asked.table());
    let (mut names, mut count) = (Vec::new(), 0);
    for (number, batches) in streams(&asked).await?.into_iter().enumerate() {
        names.push(format!("projects/acme/locations/US/sessions/{session}/streams/{number}"));
        let rows = batches.iter().map(|batch| batch.num_rows() as u64).sum();
        count += i64::try_from(rows).expect("a number of rows");
        table = table.stream(faults(rows).into_iter().fold(Stream::of(batches), Stream::fault));
    }
    Ok(table.named(&names.iter().map(String::as_str).collect::<Vec<_>>()).estimates(0, count))
}

/// All rows of all streams that the emulator makes of what was asked.
async fn streams(asked: &Asked) -> Result<Vec<Vec<RecordBatch>>, Status> {
    let there = Endpoint::from_shared(emulator().grpc_url()).expect("a URL").connect().await;
    let there = there.map_err(|error| Status::unavailable(error.to_string()))?;
    let mut there: BigQueryReadClient<Channel> = BigQueryReadClient::new(there);
    let session = there.create_read_session(understood(asked.request.clone())).await?.into_inner();
    let Some(Schema::ArrowSchema(schema)) = session.schema else { return Err(Status::internal("no schema")) };
    let schema = schema.serialized_schema;
    let paths: Vec<Vec<&str>> = asked.fields().iter().map(|field| field.split('.').collect()).collect();
    let mut streams = Vec::new();
    for stream in session.streams {
        let request = ReadRowsRequest { read_stream: stream.name, offset: 0 };
        let mut messages = there.read_rows(request).await?.into_inner();
        // Without rows, too, a session says its columns.
        let mut batches = vec![within(&RecordBatch::new_empty(arrow(&schema, &[]).schema()), &paths)];
        while let Some(message) = messages.message().await? {
            let Some(Rows::ArrowRecordBatch(rows)) = message.rows else { continue };
            let batch = arrow(&schema, &rows.serialized_record_batch).next().expect("rows");
            let batch = within(&batch.expect("whole rows"), &paths);
            let parts = (0..batch.num_rows()).step_by(ROWS);
            batches.extend(parts.map(|from| batch.slice(from, ROWS.min(batch.num_rows() - from))));
        }
        streams.push(batches);
    }
    Ok(streams)
}

/// The request as the emulator understands it.
fn understood(mut request: CreateReadSessionRequest) -> CreateReadSessionRequest {
    let options = request.read_session.as_mut().and_then(|session| session.read_options.as_mut());
    let options = options.expect("what to read");
    let columns = options.selected_fields.iter().map(|field| field.split('.').next().unwrap_or_default().to_owned());
    options.selected_fields = columns.collect::<BTreeSet<_>>().into_iter().collect();
    let like = Regex::new(r"LIKE '(?:[^'\\]|\\.)*'").expect("a regex");
    options.row_restriction = like.replace_all(&options.row_restriction, r"$0 ESCAPE '\\'").into_owned();
    request
}

/// Arrow's stream of a schema, and rows.
fn arrow(schema: &[u8], rows: &[u8]) -> StreamReader<Cursor<Vec<u8>>> {
    let stream = [schema.strip_suffix(&END).unwrap_or(schema), rows].concat();
    StreamReader::try_new(Cursor::new(stream), None).expect("Arrow, as the emulator writes it")
}

/// What these paths lead to.
fn within(batch: &RecordBatch, paths: &[Vec<&str>]) -> RecordBatch {
    let paths: Vec<&[&str]> = paths.iter().map(Vec::as_slice).collect();
    RecordBatch::from(kept(&StructArray::from(batch.clone()), &paths))
}

/// The members of a RECORD that paths lead to; all of it where one ends there.
fn kept(record: &StructArray, paths: &[&[&str]]) -> StructArray {
    let mut members: Vec<(Arc<Field>, ArrayRef)> = Vec::new();
    for (field, column) in record.fields().iter().zip(record.columns()) {
        let below: Vec<&[&str]> =
            paths.iter().filter(|path| path.first() == Some(&field.name().as_str())).map(|path| &path[1..]).collect();
        if below.is_empty() {
            continue;
        }
        let is_whole = below.iter().any(|path| path.is_empty());
        let column = match column.as_struct_opt().filter(|_| !is_whole) {
            Some(record) => Arc::new(kept(record, &below)) as ArrayRef,
            None => Arc::clone(column),
        };
        let field = field.as_ref().clone().with_data_type(column.data_type().clone());
        members.push((Arc::new(field), column));
    }
    let (fields, columns): (Vec<_>, Vec<_>) = members.into_iter().unzip();
    StructArray::try_new(fields.into(), columns, record.nulls().cloned()).expect("members that fit")
}
