//! gRPC, as far as the script needs it: HTTP/2 of hyper, and messages put into its frames by hand, so that any
//! of them can be torn.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use gcp_bigquery_client::google::cloud::bigquery::storage::v1::read_session::Schema;
use gcp_bigquery_client::google::cloud::bigquery::storage::v1::stream_stats::Progress;
use gcp_bigquery_client::google::cloud::bigquery::storage::v1::{
    ArrowSchema, CreateReadSessionRequest, ReadRowsRequest, ReadRowsResponse, ReadSession, ReadStream, StreamStats,
    ThrottleState,
};
use http::{HeaderMap, Request, Response};
use http_body::{Body, Frame};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use prost::Message;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::time::{Sleep, sleep};
use tokio_rustls::TlsAcceptor;
use tonic::codegen::Bytes;
use tonic::{Code, Status};

use super::fault::{self, End, Fault};
use super::{Asked, Read, SaysSchema, Shared, Stream, rows};

/// A certificate authority of its own, and a certificate of it for `localhost` and `storage.invalid`.
pub struct Certificates {
    folder: TempDir,
    server: rustls::ServerConfig,
}

impl Certificates {
    pub fn new() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut params = CertificateParams::new([]).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let root = params.self_signed(&key).expect("a certificate");
        let issuer = Issuer::new(params, key);
        let key = KeyPair::generate().expect("a key");
        let names = ["localhost".to_owned(), "storage.invalid".to_owned()];
        let leaf = CertificateParams::new(names).expect("names").signed_by(&key, &issuer).expect("a certificate");
        let folder = TempDir::new().expect("a folder");
        std::fs::write(folder.path().join("roots.pem"), root.pem()).expect("a file");
        let key = rustls::pki_types::PrivatePkcs8KeyDer::from(key.serialize_der()).into();
        let server = rustls::ServerConfig::builder().with_no_client_auth();
        let server = server.with_single_cert(vec![leaf.der().clone()], key).expect("a certificate");
        Certificates { folder, server }
    }

    /// The file for `SSL_CERT_FILE`.
    pub fn roots(&self) -> PathBuf {
        self.folder.path().join("roots.pem")
    }

    pub(super) fn acceptor(&self, protocol: &[u8]) -> TlsAcceptor {
        let mut config = self.server.clone();
        config.alpn_protocols = vec![protocol.to_vec()];
        TlsAcceptor::from(Arc::new(config))
    }
}

/// Serves connections for ever.
pub(super) async fn accept(listener: TcpListener, tls: Option<TlsAcceptor>, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        // Else each answer waits for the client's system to acknowledge the one before it.
        let _ = stream.set_nodelay(true);
        let (tls, shared) = (tls.clone(), Arc::clone(&shared));
        tokio::spawn(async move {
            match tls {
                Some(tls) => {
                    if let Ok(stream) = tls.accept(stream).await {
                        connection(stream, shared).await;
                    }
                }
                None => connection(stream, shared).await,
            }
        });
    }
}

async fn connection(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, shared: Arc<Shared>) {
    shared.seen.lock().expect("no test has panicked here").connections += 1;
    let closed = Arc::new(Notify::new());
    let close = Arc::clone(&closed);
    let service = service_fn(move |request| {
        let (shared, close) = (Arc::clone(&shared), Arc::clone(&close));
        async move { Ok::<_, Infallible>(answer(request, shared, close).await) }
    });
    let served = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
        .initial_stream_window_size(1 << 20)
        .serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        _ = served => {}
        () = closed.notified() => {}
    }
}

async fn answer(request: Request<Incoming>, shared: Arc<Shared>, close: Arc<Notify>) -> Response<Steps> {
    let headers = request.headers().iter();
    let headers = headers.map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into()));
    let headers: Vec<(String, String)> = headers.collect();
    let method = request.uri().path().rsplit('/').next().unwrap_or_default().to_owned();
    let mut body = request.into_body();
    let mut bytes = Vec::new();
    while let Some(Ok(frame)) = std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        bytes.extend(frame.into_data().unwrap_or_default());
    }
    let message = bytes.get(5..).unwrap_or_default();
    let told = match &*method {
        "CreateReadSession" => session(message, headers, &shared).await,
        "ReadRows" => read(message, headers, &shared),
        _ => Err(Fault { behind: 0, is_torn: false, end: ended(Code::Unimplemented, "no such method") }),
    };
    let (messages, fault) = match told {
        Ok((messages, fault)) => (messages, fault),
        Err(fault) => (VecDeque::new(), Some(fault)),
    };
    let is_page = match &fault {
        Some(Fault { end: End::Page(status), .. }) => Some(*status),
        _ => None,
    };
    let kind = if is_page.is_some() { "text/html" } else { "application/grpc" };
    shared.seen.lock().expect("no test has panicked here").open += 1;
    let steps =
        Steps { messages, fault, is_over: false, pause: Box::pin(sleep(Duration::from_millis(20))), close, shared };
    let response = Response::builder().status(is_page.unwrap_or(200)).header("content-type", kind);
    response.body(steps).expect("a response")
}

fn ended(code: Code, message: &str) -> End {
    End::Status(Box::new(Status::new(code, message)))
}

type Told = Result<(VecDeque<Piece>, Option<Fault>), Fault>;

async fn session(message: &[u8], headers: Vec<(String, String)>, shared: &Shared) -> Told {
    let request = CreateReadSessionRequest::decode(message).expect("a request for a session");
    let asked = Asked { request, headers };
    let name = asked.table().to_owned();
    shared.seen.lock().expect("no test has panicked here").sessions.push(asked.clone());
    let made = match &shared.maker {
        Some(make) => Some(make(asked).await.map_err(|status| fault::status(status.code(), status.message()))?),
        None => None,
    };
    let mut tables = shared.tables.lock().expect("no test has panicked here");
    tables.extend(made);
    let Some(table) = tables.iter_mut().rfind(|table| table.name == name) else {
        return Err(Fault {
            behind: 0,
            is_torn: false,
            end: ended(Code::NotFound, &format!("Not found: Table {name}")),
        });
    };
    if let Some(fault) = table.refusals.pop_front() {
        return Err(fault);
    }
    let schema =
        table.streams.iter().find_map(|stream| Some(rows::serialized(stream.batches.first()?, stream.codec).0));
    let session = ReadSession {
        name: "projects/acme/locations/US/sessions/1".into(),
        table: name,
        streams: table.stream_names().into_iter().map(|name| ReadStream { name }).collect(),
        estimated_total_bytes_scanned: table.bytes,
        estimated_row_count: table.rows,
        schema: schema.map(|serialized_schema| Schema::ArrowSchema(ArrowSchema { serialized_schema })),
        ..ReadSession::default()
    };
    Ok((VecDeque::from([Piece::Message(framed(&session))]), None))
}

fn read(message: &[u8], headers: Vec<(String, String)>, shared: &Shared) -> Told {
    let request = ReadRowsRequest::decode(message).expect("a request for rows");
    let (name, offset) = (request.read_stream, request.offset);
    shared.seen.lock().expect("no test has panicked here").reads.push(Read { stream: name.clone(), offset, headers });
    let mut tables = shared.tables.lock().expect("no test has panicked here");
    let found = tables.iter_mut().find_map(|table| {
        let number = table.stream_names().iter().position(|stream| *stream == name)?;
        table.streams.get_mut(number)
    });
    let Some(stream) = found else {
        return Err(Fault { behind: 0, is_torn: false, end: ended(Code::NotFound, "no such stream") });
    };
    let fault = stream.faults.pop_front();
    if let Some(raw) = &stream.raw {
        let mut messages: VecDeque<Piece> = raw.iter().map(|message| Piece::Message(framed(message))).collect();
        if let Some(Piece::Message(last)) = messages.back().cloned().filter(|_| stream.is_endless) {
            messages.push_back(Piece::Endless(last));
        }
        return Ok((messages, fault));
    }
    let offset = u64::try_from(offset).expect("an offset");
    Ok((messages(stream, offset, fault.as_ref()), fault))
}

/// The messages of a call from `offset` on, up to where something goes wrong, and the half of one behind it.
fn messages(stream: &Stream, offset: u64, fault: Option<&Fault>) -> VecDeque<Piece> {
    let all: u64 = stream.batches.iter().map(|batch| batch.num_rows() as u64).sum();
    let end = fault.map_or(all, |fault| fault.behind.min(all));
    let (mut pieces, mut start) = (VecDeque::new(), 0);
    for batch in &stream.batches {
        let rows = batch.num_rows() as u64;
        let (from, to) = (offset.clamp(start, start + rows), end.clamp(start, start + rows));
        if from < to || (rows == 0 && (offset..end).contains(&start)) {
            let part = batch.slice((from - start) as usize, (to - from) as usize);
            let message = match stream.says_dictionaries_once && from > 0 {
                true => rows::message_again(&part, stream.codec),
                false => rows::message(&part, stream.codec),
            };
            let share = to as f64 / all.max(1) as f64;
            pieces.push_back(Piece::Message(framed(&told(stream, message, pieces.is_empty(), share))));
        }
        if fault.is_some_and(|fault| fault.is_torn) && (start..start + rows).contains(&end) {
            let rest = batch.slice((end - start) as usize, (start + rows - end) as usize);
            let bytes = framed(&told(stream, rows::message(&rest, stream.codec), pieces.is_empty(), 1.0));
            pieces.push_back(Piece::Message(bytes.slice(..bytes.len() / 2)));
            break;
        }
        start += rows;
    }
    pieces
}

fn told(stream: &Stream, mut message: ReadRowsResponse, is_first: bool, share: f64) -> ReadRowsResponse {
    let says_schema = match stream.says_schema {
        SaysSchema::First => is_first,
        SaysSchema::Always => true,
        SaysSchema::Never => false,
    };
    message.schema = message.schema.filter(|_| says_schema);
    let progress = Progress { at_response_start: 0.0, at_response_end: share };
    message.stats = Some(StreamStats { progress: Some(progress) });
    message.throttle_state = Some(ThrottleState { throttle_percent: stream.throttled });
    message
}

/// A message behind its length.
fn framed(message: &impl Message) -> Bytes {
    let mut bytes = vec![0; 5];
    message.encode(&mut bytes).expect("memory takes it");
    let length = u32::try_from(bytes.len() - 5).expect("a length");
    bytes[1..5].copy_from_slice(&length.to_be_bytes());
    bytes.into()
}

/// What is sent.
#[derive(Clone)]
enum Piece {
    Message(Bytes),
    /// The same for ever.
    Endless(Bytes),
}

/// The body of an answer.
struct Steps {
    messages: VecDeque<Piece>,
    fault: Option<Fault>,
    is_over: bool,
    /// Before what is not in order: what was sent has time to leave.
    pause: Pin<Box<Sleep>>,
    close: Arc<Notify>,
    shared: Arc<Shared>,
}

impl Body for Steps {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        match self.messages.pop_front() {
            Some(Piece::Message(bytes)) => return Poll::Ready(Some(Ok(Frame::data(bytes)))),
            Some(Piece::Endless(bytes)) => {
                self.messages.push_front(Piece::Endless(bytes.clone()));
                return Poll::Ready(Some(Ok(Frame::data(bytes))));
            }
            None => {}
        }
        if matches!(self.fault, Some(Fault { end: End::Reset | End::Closed, .. })) {
            std::task::ready!(self.pause.as_mut().poll(context));
        }
        if std::mem::replace(&mut self.is_over, true) {
            return match self.fault {
                Some(Fault { end: End::Stalled, .. }) => Poll::Pending,
                _ => Poll::Ready(None),
            };
        }
        let trailers = |status: &Status| {
            let mut headers = HeaderMap::new();
            status.add_header(&mut headers).expect("a status");
            Poll::Ready(Some(Ok(Frame::trailers(headers))))
        };
        match self.fault.as_ref().map(|fault| &fault.end) {
            None | Some(End::Early) => trailers(&Status::new(Code::Ok, "")),
            Some(End::Status(status)) => trailers(status),
            Some(End::Reset) => Poll::Ready(Some(Err(std::io::Error::other("reset by script")))),
            Some(End::Missing) => Poll::Ready(None),
            Some(End::Closed) => {
                self.close.notify_one();
                Poll::Pending
            }
            Some(End::Stalled) => Poll::Pending,
            Some(End::Page(_)) => Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b"<h1>Sign in</h1>"))))),
        }
    }
}

impl Drop for Steps {
    fn drop(&mut self) {
        if let Ok(mut seen) = self.shared.seen.lock() {
            seen.open -= 1;
        }
    }
}
