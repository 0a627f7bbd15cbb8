//! A client that only drains: it reads everything, decodes pages and batches, counts, and keeps nothing.

use std::io::{self, Read};
use std::ops::AddAssign;

use anyhow::{Context, Result};
use arrow_ipc::reader::StreamDecoder;
use clap::ValueEnum;
use flate2::read::GzDecoder;
use gcp_bigquery_client::google::cloud::bigquery::storage::v1 as wire;
use reqwest::Client;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};
use wire::big_query_read_client::BigQueryReadClient;
use wire::read_rows_response::{Rows, Schema};
use wire::read_session::table_read_options::OutputFormatSerializationOptions;
use wire::read_session::{TableReadOptions, TableReadOptions as Options};

use crate::shape::{DATASET, PROJECT, TABLE};

#[derive(Clone, Copy, ValueEnum)]
pub enum Way {
    /// The pages of a query's result
    Rest,
    /// A query's result, over gRPC: the job's own stream
    Result,
    /// The table, over gRPC
    Table,
}

#[derive(Default)]
struct Drained {
    rows: u64,
    /// Decompressed: of pages their bodies, of batches their buffers.
    bytes: u64,
}

impl AddAssign for Drained {
    fn add_assign(&mut self, other: Drained) {
        self.rows += other.rows;
        self.bytes += other.bytes;
    }
}

pub async fn run(way: Way, rest: &str, grpc: Option<&str>) -> Result<()> {
    let mut asked = String::new();
    io::stdin().read_to_string(&mut asked)?;
    let grpc = || grpc.context("say the gRPC URL");
    let drained = match way {
        Way::Rest => pages(rest, &asked).await?,
        Way::Result => {
            let job = job(rest, &asked).await?;
            let name = format!("projects/{PROJECT}/locations/l/jobs/{job}/streams/_default");
            streams(grpc()?, vec![name]).await?
        }
        Way::Table => {
            let fields = asked.split_whitespace().map(str::to_owned).collect();
            streams(grpc()?, session(grpc()?, fields).await?).await?
        }
    };
    println!("{} rows {} bytes", drained.rows, drained.bytes);
    Ok(())
}

fn client() -> Result<Client> {
    // A client wants to know who encrypts, though this one never does.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Ok(Client::builder().no_proxy().build()?)
}

#[derive(Deserialize)]
struct Page {
    rows: Vec<IgnoredAny>,
}

/// Decodes a page while the next one is fetched.
async fn pages(rest: &str, sql: &str) -> Result<Drained> {
    let client = client()?;
    let job = job(rest, sql).await?;
    let url = format!("{rest}/bigquery/v2/projects/{PROJECT}/queries/{job}");
    let fetch = |number: u64| {
        let request = client.get(format!("{url}?pageToken={number}")).header("accept-encoding", "gzip");
        tokio::spawn(async move { anyhow::Ok(gunzip(&request.send().await?.error_for_status()?.bytes().await?)?) })
    };
    let mut drained = Drained::default();
    let mut number = 0;
    let mut ahead = Some(fetch(number));
    while let Some(fetched) = ahead {
        let body = fetched.await??;
        number += 1;
        // Within a string the quotes would be escaped. The recorded tokens are numbers.
        ahead = memchr::memmem::find(&body, b"\"pageToken\"").map(|_| fetch(number));
        let page: Page = serde_json::from_slice(&body)?;
        drained += Drained { rows: page.rows.len() as u64, bytes: body.len() as u64 };
    }
    Ok(drained)
}

fn gunzip(packed: &[u8]) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    GzDecoder::new(packed).read_to_end(&mut body)?;
    Ok(body)
}

/// Starts a job; gives its id.
async fn job(rest: &str, sql: &str) -> Result<String> {
    let asked = json!({"configuration": {"query": {"query": sql}}}).to_string();
    let url = format!("{rest}/bigquery/v2/projects/{PROJECT}/jobs");
    let answer = client()?.post(url).body(asked).send().await?.error_for_status()?.bytes().await?;
    let job: Value = serde_json::from_slice(&answer)?;
    Ok(job["jobReference"]["jobId"].as_str().context("a job without an id")?.to_owned())
}

/// A session of the table; gives its streams.
async fn session(grpc: &str, selected_fields: Vec<String>) -> Result<Vec<String>> {
    let lz4 = wire::arrow_serialization_options::CompressionCodec::Lz4Frame.into();
    let arrow = wire::ArrowSerializationOptions { buffer_compression: lz4 };
    let arrow = Some(OutputFormatSerializationOptions::ArrowSerializationOptions(arrow));
    let options =
        TableReadOptions { selected_fields, output_format_serialization_options: arrow, ..Options::default() };
    let read_session = Some(wire::ReadSession {
        table: format!("projects/{PROJECT}/datasets/{DATASET}/tables/{TABLE}"),
        data_format: wire::DataFormat::Arrow.into(),
        read_options: Some(options),
        ..wire::ReadSession::default()
    });
    let parent = format!("projects/{PROJECT}");
    let asked = wire::CreateReadSessionRequest { parent, read_session, ..wire::CreateReadSessionRequest::default() };
    let mut client = BigQueryReadClient::connect(grpc.to_owned()).await?;
    let made = client.create_read_session(asked).await?.into_inner();
    Ok(made.streams.into_iter().map(|stream| stream.name).collect())
}

/// Reads all streams at the same time.
async fn streams(grpc: &str, names: Vec<String>) -> Result<Drained> {
    let endpoint = tonic::transport::Endpoint::new(grpc.to_owned())?.initial_stream_window_size(16 << 20);
    let channel = endpoint.initial_connection_window_size(64 << 20).connect().await?;
    let client = BigQueryReadClient::new(channel).max_decoding_message_size(129 << 20);
    let readers: Vec<_> = names.into_iter().map(|name| tokio::spawn(stream(client.clone(), name))).collect();
    let mut drained = Drained::default();
    for reader in readers {
        drained += reader.await??;
    }
    Ok(drained)
}

async fn stream(mut client: BigQueryReadClient<tonic::transport::Channel>, name: String) -> Result<Drained> {
    let asked = wire::ReadRowsRequest { read_stream: name, offset: 0 };
    let mut messages = client.read_rows(asked).await?.into_inner();
    let mut decoder = StreamDecoder::new();
    let mut drained = Drained::default();
    while let Some(message) = messages.message().await? {
        if let Some(Schema::ArrowSchema(schema)) = message.schema {
            decoder.decode(&mut schema.serialized_schema.into())?;
        }
        let Some(Rows::ArrowRecordBatch(rows)) = message.rows else { continue };
        let mut bytes = rows.serialized_record_batch.into();
        while let Some(batch) = decoder.decode(&mut bytes)? {
            drained += Drained { rows: batch.num_rows() as u64, bytes: batch.get_array_memory_size() as u64 };
        }
    }
    Ok(drained)
}
