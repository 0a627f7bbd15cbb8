//! What was recorded: pages and batches, made when they are first asked for.

use std::collections::HashMap;
use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use anyhow::{Context, Result, anyhow};
use arrow_array::RecordBatch;
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{IpcWriteOptions, StreamWriter};
use arrow_schema::Schema;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use gcp_bigquery_client::google::cloud::bigquery::storage::v1 as wire;
use prost::Message;
use serde_json::{Value, json};

use crate::column::{self, Column};
use crate::entries::Entries;
use crate::entry::Entry;
use crate::shape::PROJECT;

/// A page of a result has about so many bytes, decompressed.
/// <https://cloud.google.com/bigquery/docs/paging-results>
const PAGE: usize = 10 << 20;

/// Rows of a batch: 2 to 3 MB.
pub const BATCH: u64 = 4096;

pub struct Record {
    pub entries: Entries,
    /// By what they hold.
    pages: Mutex<HashMap<String, Arc<Pages>>>,
    batches: Mutex<HashMap<String, Arc<Batches>>>,
    /// The columns of the results of jobs.
    jobs: Mutex<HashMap<String, Vec<Column>>>,
    number: AtomicU64,
}

/// The bodies of the answers, compressed.
pub struct Pages(pub Vec<Bytes>);

/// The messages of ReadRows, without the schema, encoded; all but the last have [`BATCH`] rows.
pub struct Batches {
    pub columns: Vec<Column>,
    pub codec: Option<CompressionType>,
    /// As IPC has it.
    pub schema: Vec<u8>,
    pub messages: Vec<Bytes>,
    pub bytes: u64,
}

impl Record {
    pub fn new(entries: Entries) -> Self {
        let (pages, batches, jobs, number) = Default::default();
        Record { entries, pages, batches, jobs, number }
    }

    /// A number that was not given before.
    pub fn next(&self) -> u64 {
        self.number.fetch_add(1, Ordering::Relaxed)
    }

    pub fn add_job(&self, id: &str, columns: Vec<Column>) {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned(), columns);
    }

    /// The columns of a job's result.
    pub fn job(&self, id: &str) -> Result<Vec<Column>> {
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.get(id).cloned().with_context(|| format!("no job {id}"))
    }

    /// The pages of a result.
    pub fn pages(&self, columns: &[Column]) -> Result<Arc<Pages>> {
        let mut known = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        let key = key(columns);
        if let Some(pages) = known.get(&key) {
            return Ok(pages.clone());
        }
        let began = Instant::now();
        let pages = Arc::new(Pages(self.make_pages(columns)?));
        let bytes: usize = pages.0.iter().map(Bytes::len).sum();
        eprintln!("replay: {} pages, {} MB compressed, made in {:.1?}", pages.0.len(), bytes >> 20, began.elapsed());
        known.insert(key, pages.clone());
        Ok(pages)
    }

    /// The batches of a result or a table.
    pub fn batches(&self, columns: &[Column], codec: Option<CompressionType>) -> Result<Arc<Batches>> {
        let mut known = self.batches.lock().unwrap_or_else(PoisonError::into_inner);
        let key = format!("{codec:?} {}", key(columns));
        if let Some(batches) = known.get(&key) {
            return Ok(batches.clone());
        }
        let began = Instant::now();
        let made = in_parallel(self.entries.count.div_ceil(BATCH), |number| {
            let (_, batch, bytes) = self.batch(columns, codec, number * BATCH)?;
            Ok((batch, bytes))
        })?;
        let (schema, ..) = ipc(&RecordBatch::new_empty(schema(columns)), codec)?;
        let bytes = made.iter().map(|(_, bytes)| bytes).sum();
        let messages: Vec<Bytes> = made.into_iter().map(|(message, _)| message).collect();
        let size: usize = messages.iter().map(Bytes::len).sum();
        eprintln!("replay: {} batches, {} MB compressed, made in {:.1?}", messages.len(), size >> 20, began.elapsed());
        let batches = Arc::new(Batches { columns: columns.to_vec(), codec, schema, messages, bytes });
        known.insert(key, batches.clone());
        Ok(batches)
    }

    /// The message with the rows from `first` to the end of their batch: schema, message, bytes of the buffers.
    pub fn batch(
        &self,
        columns: &[Column],
        codec: Option<CompressionType>,
        first: u64,
    ) -> Result<(Vec<u8>, Bytes, u64)> {
        let end = (first / BATCH + 1) * BATCH;
        let entries: Vec<Entry> = (first..end.min(self.entries.count)).map(|row| self.entries.entry(row)).collect();
        let arrays = columns.iter().map(|column| column.array(&entries)).collect::<Result<Vec<_>>>()?;
        let batch = RecordBatch::try_new(schema(columns), arrays)?;
        let (schema, serialized_record_batch) = ipc(&batch, codec)?;
        let share = |row: u64| row as f64 / self.entries.count.max(1) as f64;
        let progress = wire::stream_stats::Progress { at_response_start: share(first), at_response_end: share(end) };
        #[expect(deprecated, reason = "the message has it still")]
        let rows = wire::ArrowRecordBatch { serialized_record_batch, row_count: 0 };
        let message = wire::ReadRowsResponse {
            row_count: entries.len() as i64,
            stats: Some(wire::StreamStats { progress: Some(progress) }),
            rows: Some(wire::read_rows_response::Rows::ArrowRecordBatch(rows)),
            ..wire::ReadRowsResponse::default()
        };
        Ok((schema, message.encode_to_vec().into(), batch.get_array_memory_size() as u64))
    }

    fn make_pages(&self, columns: &[Column]) -> Result<Vec<Bytes>> {
        // So that all pages have about the same size.
        let sample = self.entries.count.clamp(1, 1000);
        let mut out = Vec::new();
        self.push_rows(columns, 0..sample.min(self.entries.count), &mut out)?;
        let each = (PAGE as u64 * sample / (out.len() as u64).max(1)).max(1);
        let count = self.entries.count.div_ceil(each).max(1);
        in_parallel(count, |number| {
            let rows = number * each..((number + 1) * each).min(self.entries.count);
            let mut head = self.head(columns);
            head["kind"] = json!("bigquery#getQueryResultsResponse");
            head["jobReference"] = reference(&job_of(columns));
            if number + 1 < count {
                head["pageToken"] = json!((number + 1).to_string());
            }
            let mut body = head.to_string().into_bytes();
            body.pop();
            body.extend_from_slice(b",\"rows\":[");
            self.push_rows(columns, rows, &mut body)?;
            body.extend_from_slice(b"]}");
            let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
            packed.write_all(&body)?;
            Ok(packed.finish()?.into())
        })
    }

    /// What is said of a result beside its rows.
    pub fn head(&self, columns: &[Column]) -> Value {
        json!({
            "schema": {"fields": columns.iter().map(Column::schema).collect::<Vec<_>>()},
            "totalRows": self.entries.count.to_string(),
            "totalBytesProcessed": "0",
            "totalBytesBilled": "0",
            "jobComplete": true,
            "cacheHit": false,
        })
    }

    fn push_rows(&self, columns: &[Column], rows: std::ops::Range<u64>, out: &mut Vec<u8>) -> Result<()> {
        for row in rows.clone() {
            let entry = self.entries.entry(row);
            out.extend_from_slice(if row == rows.start { b"{\"f\":[" } else { b",{\"f\":[" });
            for (place, column) in columns.iter().enumerate() {
                out.extend_from_slice(if place == 0 { b"{\"v\":" } else { b",{\"v\":" });
                column.push_cell(&entry, out)?;
                out.push(b'}');
            }
            out.extend_from_slice(b"]}");
        }
        Ok(())
    }
}

/// The job of jobs.query: pages are made once, and name it.
pub fn job_of(columns: &[Column]) -> String {
    let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
    format!("job_of_{}", names.join("_"))
}

/// A reference to a job. <https://cloud.google.com/bigquery/docs/reference/rest/v2/JobReference>
pub fn reference(id: &str) -> Value {
    json!({"projectId": PROJECT, "jobId": id, "location": "asia-northeast1"})
}

fn key(columns: &[Column]) -> String {
    columns.iter().map(|column| column.schema().to_string()).collect()
}

fn schema(columns: &[Column]) -> Arc<Schema> {
    Arc::new(Schema::new(column::fields(columns)))
}

/// Schema and rows as two messages of Arrow's IPC.
fn ipc(batch: &RecordBatch, codec: Option<CompressionType>) -> Result<(Vec<u8>, Vec<u8>)> {
    let options = IpcWriteOptions::default().try_with_compression(codec)?;
    let mut writer = StreamWriter::try_new_with_options(Vec::new(), &batch.schema(), options)?;
    let schema = writer.get_ref().clone();
    writer.write(batch)?;
    Ok((schema.clone(), writer.get_ref()[schema.len()..].to_vec()))
}

/// Makes things from their numbers, on all cores, in order.
fn in_parallel<T: Send>(count: u64, make: impl Fn(u64) -> Result<T> + Sync) -> Result<Vec<T>> {
    let next = AtomicU64::new(0);
    let work = || -> Result<Vec<(u64, T)>> {
        let mut made = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                return Ok(made);
            }
            made.push((number, make(number)?));
        }
    };
    let all = std::thread::scope(|scope| {
        let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get());
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        let made = workers.into_iter().map(|worker| worker.join().map_err(|_| anyhow!("a thread broke down"))?);
        made.collect::<Result<Vec<Vec<(u64, T)>>>>()
    })?;
    let mut all: Vec<(u64, T)> = all.into_iter().flatten().collect();
    all.sort_by_key(|(number, _)| *number);
    Ok(all.into_iter().map(|(_, thing)| thing).collect())
}
