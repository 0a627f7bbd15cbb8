//! A scripted Storage Read API on loopback: real HTTP/2, in TLS where it is wanted, rows and faults by script,
//! every request recorded.
//!
//! A script is a list of tables and results; each has streams, each stream has batches. What goes wrong is said
//! beside the stream, or the table, that it happens to: one call after the other, then all is well.
//!
//! ```ignore
//! use storage::rows::numbers;
//! use storage::{Codec, Server, Stream, Table, fault};
//!
//! let server = Server::start([
//!     Table::new("projects/acme/datasets/gke/tables/stdout")
//!         .stream(Stream::of([numbers(0..3), numbers(3..5)]).fault(fault::cut_behind(4)).fault(fault::stalled_behind(4)))
//!         .stream(Stream::of([numbers(5..9)]).codec(Codec::Zstd))
//!         .refused(fault::status(Code::Unavailable, "later"))
//!         .estimates(1_000_000, 9),
//!     Table::result("projects/acme/locations/US/jobs/job_1", Stream::of([numbers(0..3)])),
//! ]);
//! // ... with BIGQUERY_STORAGE_EMULATOR_HOST = server.url() ...
//! assert_eq!(server.told(), ["stdout/0@0", "stdout/1@0", "stdout/0@4", "stdout/0@4"]);
//! assert_eq!(server.sessions()[0].restriction(), "n > 3");
//! ```
//!
//! The streams of a session are `projects/acme/locations/US/sessions/TABLE/streams/NUMBER`. Rows are sent as they
//! were given: neither fields nor restriction change them, tests look at what was asked for. Offsets are honoured,
//! inside of a batch too. A table that is not in the script is NOT_FOUND, or [made](Server::making).

#![allow(dead_code, reason = "each test file uses a part of it")]

pub mod fault;
pub mod rows;
mod wire;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use arrow_array::RecordBatch;
use gcp_bigquery_client::google::cloud::bigquery::storage::v1::{CreateReadSessionRequest, ReadRowsResponse};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tonic::Status;

pub use fault::Fault;
pub use rows::Codec;
pub use wire::Certificates;

/// A table, or the result of a job.
pub struct Table {
    name: String,
    streams: Vec<Stream>,
    refusals: VecDeque<Fault>,
    bytes: i64,
    rows: i64,
    names: Option<Vec<String>>,
}

impl Table {
    /// `projects/P/datasets/D/tables/T`
    pub fn new(name: &str) -> Self {
        let (streams, refusals) = Default::default();
        Table { name: name.to_owned(), streams, refusals, bytes: 0, rows: 0, names: None }
    }

    /// The result of `projects/P/locations/LOC/jobs/JOB`: read without a session.
    pub fn result(job: &str, stream: Stream) -> Self {
        Table { names: Some(vec![format!("{job}/streams/_default")]), ..Table::new(job) }.stream(stream)
    }

    pub fn stream(mut self, stream: Stream) -> Self {
        self.streams.push(stream);
        self
    }

    /// What the next session gets instead of streams.
    pub fn refused(mut self, fault: Fault) -> Self {
        self.refusals.push_back(fault);
        self
    }

    /// What a session says of itself.
    pub fn estimates(self, bytes: i64, rows: i64) -> Self {
        Table { bytes, rows, ..self }
    }

    /// The names that the session gives its streams, whatever they are.
    pub fn named(self, names: &[&str]) -> Self {
        Table { names: Some(names.iter().map(|&name| name.to_owned()).collect()), ..self }
    }

    fn stream_names(&self) -> Vec<String> {
        let short = self.name.rsplit('/').next().unwrap_or_default();
        let place = format!("projects/acme/locations/US/sessions/{short}/streams");
        let all = || (0..self.streams.len()).map(|number| format!("{place}/{number}")).collect();
        self.names.clone().unwrap_or_else(all)
    }
}

/// The rows of a stream, and how they are sent.
#[derive(Default)]
pub struct Stream {
    batches: Vec<RecordBatch>,
    /// Instead of batches.
    raw: Option<Vec<ReadRowsResponse>>,
    is_endless: bool,
    codec: Codec,
    says_schema: SaysSchema,
    says_dictionaries_once: bool,
    faults: VecDeque<Fault>,
    throttled: i32,
}

/// When a stream says its schema.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SaysSchema {
    #[default]
    First,
    Always,
    /// Only its session does.
    Never,
}

impl Stream {
    pub fn of(batches: impl IntoIterator<Item = RecordBatch>) -> Self {
        Stream { batches: batches.into_iter().collect(), ..Stream::default() }
    }

    /// Exactly these messages, whatever the offset.
    pub fn raw(messages: impl IntoIterator<Item = ReadRowsResponse>) -> Self {
        Stream { raw: Some(messages.into_iter().collect()), ..Stream::default() }
    }

    /// The last of the messages again and again.
    pub fn endless(self) -> Self {
        Stream { is_endless: true, ..self }
    }

    /// What happens in the next call.
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.push_back(fault);
        self
    }

    pub fn codec(self, codec: Codec) -> Self {
        Stream { codec, ..self }
    }

    pub fn says_schema(self, says_schema: SaysSchema) -> Self {
        Stream { says_schema, ..self }
    }

    /// Dictionaries come with the very first rows only. The batches must have the same ones.
    pub fn says_dictionaries_once(self) -> Self {
        Stream { says_dictionaries_once: true, ..self }
    }

    /// Every message says that the stream is throttled by so many percent.
    pub fn throttled(self, percent: i32) -> Self {
        Stream { throttled: percent, ..self }
    }
}

/// A request for a session, as it arrived.
#[derive(Clone, Debug)]
pub struct Asked {
    pub request: CreateReadSessionRequest,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
}

impl Asked {
    pub fn table(&self) -> &str {
        self.request.read_session.as_ref().map_or("", |session| &session.table)
    }

    pub fn fields(&self) -> &[String] {
        let options = self.request.read_session.as_ref().and_then(|session| session.read_options.as_ref());
        options.map_or(&[], |options| &options.selected_fields)
    }

    pub fn restriction(&self) -> &str {
        let options = self.request.read_session.as_ref().and_then(|session| session.read_options.as_ref());
        options.map_or("", |options| &options.row_restriction)
    }

    /// Seconds and nanoseconds.
    pub fn snapshot(&self) -> Option<(i64, i32)> {
        let time = self.request.read_session.as_ref()?.table_modifiers?.snapshot_time?;
        Some((time.seconds, time.nanos))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }
}

/// A request for the rows of a stream.
#[derive(Clone, Debug)]
pub struct Read {
    pub stream: String,
    pub offset: i64,
    pub headers: Vec<(String, String)>,
}

impl Read {
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }
}

fn find<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// The server. Ends, with all its connections, when dropped.
pub struct Server {
    address: SocketAddr,
    scheme: &'static str,
    shared: Arc<Shared>,
    thread: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

#[derive(Default)]
struct Shared {
    tables: Mutex<Vec<Table>>,
    maker: Option<Maker>,
    seen: Mutex<Seen>,
}

/// Makes the table of a session.
type Maker = Box<dyn Fn(Asked) -> Pin<Box<dyn Future<Output = Result<Table, Status>> + Send>> + Send + Sync>;

#[derive(Default)]
struct Seen {
    sessions: Vec<Asked>,
    reads: Vec<Read>,
    connections: usize,
    /// Calls whose answers have not ended.
    open: usize,
}

impl Server {
    /// In the clear.
    pub fn start(tables: impl IntoIterator<Item = Table>) -> Self {
        Server::serve(tables, None, None)
    }

    /// In the clear, with a table made for each session; each needs [names](Table::named) of its own.
    pub fn making<F>(make: impl Fn(Asked) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<Table, Status>> + Send + 'static,
    {
        Server::serve([], Some(Box::new(move |asked| Box::pin(make(asked)))), None)
    }

    /// In TLS.
    pub fn start_tls(tables: impl IntoIterator<Item = Table>, certificates: &Certificates) -> Self {
        Server::serve(tables, None, Some(certificates.acceptor(b"h2")))
    }

    fn serve(
        tables: impl IntoIterator<Item = Table>,
        maker: Option<Maker>,
        tls: Option<tokio_rustls::TlsAcceptor>,
    ) -> Self {
        let scheme = if tls.is_some() { "https" } else { "http" };
        let tables = Mutex::new(tables.into_iter().collect());
        let shared = Arc::new(Shared { tables, maker, ..Shared::default() });
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port on loopback");
        let address = listener.local_addr().expect("its address");
        listener.set_nonblocking(true).expect("a socket");
        let (end, ended) = oneshot::channel();
        let inner = Arc::clone(&shared);
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async move {
                let listener = TcpListener::from_std(listener).expect("a socket");
                tokio::select! {
                    () = wire::accept(listener, tls, inner) => {}
                    _ = ended => {}
                }
            });
        });
        Server { address, scheme, shared, thread: Some((end, thread)) }
    }

    /// What to put into `BIGQUERY_STORAGE_EMULATOR_HOST`. The certificates are for `localhost`.
    pub fn url(&self) -> String {
        let host = if self.scheme == "https" { "localhost" } else { "127.0.0.1" };
        format!("{}://{host}:{}", self.scheme, self.address.port())
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The requests for sessions so far, in the order in which they came.
    pub fn sessions(&self) -> Vec<Asked> {
        self.seen().sessions.clone()
    }

    /// The requests for rows so far.
    pub fn reads(&self) -> Vec<Read> {
        self.seen().reads.clone()
    }

    /// The same in short: `stdout/0@3`, the table or job, the number of the stream, the offset.
    pub fn told(&self) -> Vec<String> {
        self.reads().iter().map(|read| format!("{}@{}", short(&read.stream), read.offset)).collect()
    }

    /// How many connections were opened.
    pub fn connections(&self) -> usize {
        self.seen().connections
    }

    /// How many calls have not ended.
    pub fn open(&self) -> usize {
        self.seen().open
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.shared.seen.lock().expect("no test has panicked here")
    }
}

fn short(stream: &str) -> String {
    let mut parts = stream.rsplit('/');
    let number = parts.next().unwrap_or_default();
    format!("{}/{number}", parts.nth(1).unwrap_or_default())
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some((end, thread)) = self.thread.take() {
            let _ = end.send(());
            let _ = thread.join();
        }
    }
}
