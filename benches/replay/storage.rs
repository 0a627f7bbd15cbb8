//! The gRPC side. <https://cloud.google.com/bigquery/docs/reference/storage/rpc/google.cloud.bigquery.storage.v1>

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::Ready;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context as Poller, Poll};

use anyhow::{Context, Result, bail};
use arrow_ipc::CompressionType;
use bytes::{BufMut, Bytes};
use futures_util::stream::{self, BoxStream, StreamExt};
use gcp_bigquery_client::google::cloud::bigquery::storage::v1 as wire;
use prost::Message;
use tokio::net::TcpListener;
use tonic::body::Body;
use tonic::codec::{Codec, EncodeBuf, Encoder};
use tonic::codegen::{Service, http};
use tonic::server::{Grpc, NamedService, ServerStreamingService, UnaryService};
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};
use tonic_prost::{ProstCodec, ProstDecoder};
use wire::arrow_serialization_options::CompressionCodec;
use wire::read_session::table_read_options::OutputFormatSerializationOptions;
use wire::{ReadRowsRequest, read_rows_response, read_session};

use crate::record::{BATCH, Batches, Record};
use crate::rest::RESULTS;
use crate::shape;

/// So many streams where the client does not say how many it wants at most.
const STREAMS: u64 = 4;

pub async fn serve(listener: TcpListener, record: Arc<Record>) -> Result<()> {
    let api = Api { record, sessions: Arc::default() };
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    let server = Server::builder().initial_stream_window_size(16 << 20).initial_connection_window_size(64 << 20);
    Ok({ server }.add_service(api).serve_with_incoming(incoming).await?)
}

#[derive(Clone)]
struct Api {
    record: Arc<Record>,
    sessions: Arc<Mutex<HashMap<String, Session>>>,
}

#[derive(Clone)]
struct Session {
    batches: Arc<Batches>,
    streams: u64,
}

impl Api {
    /// Makes a session of what is asked for. All rows are its answer, whatever the restriction says.
    fn session(&self, asked: wire::CreateReadSessionRequest) -> Result<wire::ReadSession> {
        let mut session = asked.read_session.unwrap_or_default();
        let options = session.read_options.clone().unwrap_or_default();
        let codec = match options.output_format_serialization_options {
            Some(OutputFormatSerializationOptions::ArrowSerializationOptions(options)) => options.buffer_compression(),
            Some(_) => bail!("Avro was not recorded"),
            None => CompressionCodec::CompressionUnspecified,
        };
        let codec = match codec {
            CompressionCodec::CompressionUnspecified => None,
            CompressionCodec::Lz4Frame => Some(CompressionType::LZ4_FRAME),
            CompressionCodec::Zstd => Some(CompressionType::ZSTD),
        };
        let parts: Vec<&str> = session.table.split('/').collect();
        let columns = match parts.as_slice() {
            ["projects", _, "datasets", RESULTS, "tables", job] => self.record.job(job)?,
            ["projects", _, "datasets", shape::DATASET, "tables", shape::TABLE] => {
                shape::projected(&options.selected_fields)?
            }
            _ => bail!("{} was not recorded", session.table),
        };
        let batches = self.record.batches(&columns, codec)?;
        let most = u64::try_from(asked.max_stream_count).unwrap_or_default();
        let streams = if most == 0 { STREAMS } else { most.min(STREAMS) }.min(batches.messages.len() as u64);
        session.name = format!("projects/{}/locations/l/sessions/s{}", shape::PROJECT, self.record.next());
        session.streams = (0..streams).map(|number| named(&session.name, number)).collect();
        session.schema =
            Some(read_session::Schema::ArrowSchema(wire::ArrowSchema { serialized_schema: batches.schema.clone() }));
        session.estimated_row_count = self.record.entries.count as i64;
        session.estimated_total_bytes_scanned = batches.bytes as i64;
        let known = Session { batches, streams };
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner).insert(session.name.clone(), known);
        Ok(session)
    }

    /// The messages of a stream from a row on: of the session's, every `streams`th batch.
    fn messages(&self, asked: &ReadRowsRequest) -> Result<BoxStream<'static, Result<Bytes, Status>>> {
        let (above, name) = asked.read_stream.rsplit_once("/streams/").context("no name of a stream")?;
        let session = match above.split('/').collect::<Vec<_>>().as_slice() {
            ["projects", _, "locations", _, "jobs", job] if name == "_default" => {
                let batches = self.record.batches(&self.record.job(job)?, Some(CompressionType::LZ4_FRAME))?;
                Session { batches, streams: 1 }
            }
            _ => self.sessions.lock().unwrap_or_else(PoisonError::into_inner).get(above).context("no session")?.clone(),
        };
        let Session { batches, streams } = session;
        let number: u64 = if name == "_default" { 0 } else { name.parse()? };
        let offset = u64::try_from(asked.offset)?;
        let mut rest =
            (number..batches.messages.len() as u64).step_by(streams as usize).skip((offset / BATCH) as usize);
        let mut first = Vec::new();
        // A batch of which some rows came already.
        if let (begun @ 1.., Some(batch)) = (offset % BATCH, if offset % BATCH > 0 { rest.next() } else { None }) {
            let row = batch * BATCH + begun;
            if row < self.record.entries.count {
                first.push(self.record.batch(&batches.columns, batches.codec, row)?.1);
            }
        }
        first.extend(rest.next().map(|batch| batches.messages[batch as usize].clone()));
        // The schema comes with the first message; a message is the sum of its parts.
        let schema = wire::ArrowSchema { serialized_schema: batches.schema.clone() };
        let schema = Some(read_rows_response::Schema::ArrowSchema(schema));
        let schema = wire::ReadRowsResponse { schema, ..wire::ReadRowsResponse::default() }.encode_to_vec();
        if let Some(message) = first.first_mut() {
            *message = [schema.as_slice(), message].concat().into();
        }
        let rest = rest.map(move |batch| batches.messages[batch as usize].clone());
        Ok(stream::iter(first).chain(stream::iter(rest)).map(Ok).boxed())
    }
}

fn named(session: &str, number: u64) -> wire::ReadStream {
    wire::ReadStream { name: format!("{session}/streams/{number}") }
}

fn refused(why: anyhow::Error) -> Status {
    eprintln!("replay: {why:#}");
    Status::invalid_argument(format!("{why:#}"))
}

impl NamedService for Api {
    const NAME: &'static str = "google.cloud.bigquery.storage.v1.BigQueryRead";
}

impl Service<http::Request<Body>> for Api {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Poller<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let api = self.clone();
        Box::pin(async move {
            Ok(match request.uri().path().rsplit('/').next() {
                Some("CreateReadSession") => Grpc::new(ProstCodec::default()).unary(api, request).await,
                Some("ReadRows") => Grpc::new(Prepared).server_streaming(api, request).await,
                _ => Status::unimplemented("not recorded").into_http(),
            })
        })
    }
}

impl UnaryService<wire::CreateReadSessionRequest> for Api {
    type Response = wire::ReadSession;
    type Future = Pin<Box<dyn Future<Output = Result<Response<wire::ReadSession>, Status>> + Send>>;

    fn call(&mut self, request: Request<wire::CreateReadSessionRequest>) -> Self::Future {
        let api = self.clone();
        Box::pin(async move {
            let made = tokio::task::spawn_blocking(move || api.session(request.into_inner())).await;
            made.map_err(anyhow::Error::from).flatten().map(Response::new).map_err(refused)
        })
    }
}

impl ServerStreamingService<ReadRowsRequest> for Api {
    type Response = Bytes;
    type ResponseStream = BoxStream<'static, Result<Bytes, Status>>;
    type Future = Ready<Result<Response<Self::ResponseStream>, Status>>;

    fn call(&mut self, request: Request<ReadRowsRequest>) -> Self::Future {
        std::future::ready(self.messages(request.get_ref()).map(Response::new).map_err(refused))
    }
}

/// Messages that are encoded already.
#[derive(Clone, Copy, Default)]
struct Prepared;

impl Codec for Prepared {
    type Encode = Bytes;
    type Decode = ReadRowsRequest;
    type Encoder = Prepared;
    type Decoder = ProstDecoder<ReadRowsRequest>;

    fn encoder(&mut self) -> Prepared {
        Prepared
    }

    fn decoder(&mut self) -> Self::Decoder {
        ProstCodec::<ReadRowsRequest, ReadRowsRequest>::default().decoder()
    }
}

impl Encoder for Prepared {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, message: Bytes, out: &mut EncodeBuf<'_>) -> Result<(), Status> {
        out.put(message);
        Ok(())
    }
}
