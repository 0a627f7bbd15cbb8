//! The Storage Read API: rows as Arrow batches over gRPC, of tables and of the results of jobs.
//! <https://cloud.google.com/bigquery/docs/reference/storage>
//!
//! | part | what it is for |
//! |---|---|
//! | [`channel`] | the connection: where to, by which proxy, trusting whom |
//! | [`intake`] | what arrives: is it gRPC, has it stalled, is there room for it |
//! | [`status`] | what a gRPC status means, and whether it may pass |
//! | [`tries`] | a call, and again where that may help |
//! | [`session`] | a table is asked for |
//! | [`streams`] | all streams of sessions at a time |
//! | [`stream`] | one stream, resumed where it was cut |
//! | [`decode`], [`unpack`] | bytes -> batches, nothing of them trusted |
//! | [`share`] | how much of all is read |
//!
//! At most so much memory is taken at a time, whatever the server sends: [`WINDOW`] for each stream in the
//! connection's buffers, [`Limits::arriving`] twice (as it arrives, and unpacked from its message), and
//! [`Limits::waiting`] decoded. One message or batch that is larger than these is alone.

mod channel;
mod decode;
mod intake;
mod session;
mod share;
mod status;
mod stream;
mod streams;
#[cfg(test)]
mod tests;
mod tries;
mod unpack;

use std::fmt;
use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread::available_parallelism;
use std::time::Duration;

use arrow_array::RecordBatch;
use chrono::{DateTime, Utc};

use super::auth::{Auth, Environment};
use super::error::Error;
use super::rest::Trace;
use super::retry;
use channel::Connection;
use intake::Taken;
pub(crate) use streams::Batches;

/// How many bytes of a stream may be on the way: enough for 80 MB/s over 50 ms.
const WINDOW: u32 = 4 << 20;

/// How much time and memory reading may take.
#[derive(Clone, Copy, Debug)]
struct Limits {
    /// For a connection to be made.
    connect: Duration,
    /// For an answer to begin, and for each next byte of it. A message may take as long, and longer by its length,
    /// for the worst of lines.
    message: Duration,
    /// How long to try before the server has answered for the first time.
    first: Duration,
    /// How long to try once it has, without a step ahead.
    later: Duration,
    /// The same where a quota is used up, and the server does not say when to come again: Google's clients do not
    /// even try. <https://github.com/googleapis/java-bigquerystorage/pull/1257>
    used_up: Duration,
    /// The longest pause between two attempts, where the server does not ask for one.
    pause: Duration,
    /// The length of a message, in bytes. Google's are up to 128 MB long.
    /// <https://cloud.google.com/bigquery/docs/reference/storage/rpc/google.cloud.bigquery.storage.v1>
    longest: usize,
    /// The length of a batch, decompressed, in bytes.
    largest: usize,
    /// How many bytes of messages may arrive at a time.
    arriving: usize,
    /// How many bytes of batches there may be, those among them that were taken and not dropped yet.
    waiting: usize,
    /// How many streams are read at a time.
    parallel: usize,
}

impl Limits {
    /// Those of this machine. Two streams for each core keep it busy while others wait for the network; more
    /// than eight share a line that four fill already.
    fn here() -> Self {
        Limits {
            connect: Duration::from_secs(10),
            message: Duration::from_secs(60),
            first: Duration::from_secs(15),
            later: retry::PATIENCE,
            used_up: Duration::from_secs(30),
            pause: retry::LONGEST,
            longest: 144 << 20,
            largest: 192 << 20,
            arriving: 32 << 20,
            waiting: 48 << 20,
            parallel: (2 * available_parallelism().map_or(1, NonZero::get)).clamp(4, 8),
        }
    }

    /// The same where a query, or pages, can do it: a port may be blocked, and a server that has died need not be
    /// waited for. What was read of a slice by then is read again, and paid for again; that is better than a run
    /// that stands still for as long as one without another way may.
    fn giving_way(self) -> Self {
        let [connect, first] = [Duration::from_secs(5); 2];
        Limits { connect, first, later: Duration::from_secs(60), ..self }
    }
}

/// The API, as one user. Cheap to clone; the connection is shared, and made when it is first needed.
#[derive(Clone)]
pub(crate) struct Storage(Arc<Inner>);

struct Inner {
    connection: Connection,
    auth: Auth,
    /// The project that is billed.
    project: String,
    /// Who hears of every call.
    trace: Option<Trace>,
    /// Who hears of calls that are tried again, and of a server that slows us down.
    told: Option<Trace>,
    limits: Limits,
    has_answered: AtomicBool,
    /// Nobody hears of tries before somebody has answered.
    is_quiet: bool,
    is_throttled: AtomicBool,
}

/// What to read of a table.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scan {
    /// `projects/P/datasets/D/tables/T`
    pub table: String,
    /// Paths of columns, `resource.labels.pod_name`; none for all.
    pub fields: Vec<String>,
    /// Which rows; empty for all.
    pub restriction: String,
    /// As the table was then; now, where nothing is said.
    pub snapshot: Option<DateTime<Utc>>,
}

/// A scan that the server is ready for, or the result of a job.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    /// All must be read; there may be none.
    pub streams: Vec<String>,
    /// About how many bytes reading all of it bills, at most.
    pub bytes: u64,
    /// How many rows there are, where the server says it: about, for a scan; exactly, for a job's result.
    pub rows: Option<u64>,
    /// Its columns, as Arrow serializes them, for streams that do not say it themselves.
    schema: Option<Arc<[u8]>>,
}

/// Rows of one of the sessions. It has room in memory that others wait for as long as it lives.
#[derive(Debug)]
pub(crate) struct Batch {
    pub rows: RecordBatch,
    /// Which of the sessions, in their order.
    pub session: usize,
    /// As they travelled, in bytes.
    pub bytes: u64,
    _room: Option<Taken>,
}

impl Storage {
    /// The API that the environment names; `None` where an emulator of REST stands in for BigQuery, and none
    /// of this. `project` is billed. With `verbose` of 2 and more, every call is told on standard error.
    pub(crate) fn new(
        environment: &Environment,
        auth: Auth,
        project: &str,
        verbose: u8,
    ) -> Result<Option<Self>, Error> {
        let Some(target) = channel::Target::find(environment)? else { return Ok(None) };
        let trace = (verbose >= 2).then(Trace::on_stderr);
        Ok(Some(Storage(Arc::new(Inner { trace, ..Inner::within(Limits::here(), target, auth, project) }))))
    }

    /// Tells `told` of calls that are tried again and again, and of a server that slows us down: a line each.
    pub(crate) fn telling(self, told: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.with(|inner| inner.told = Some(Trace::to(told)))
    }

    /// Gives way soon where another way leads to the same rows, and tells of tries only once somebody has answered,
    /// or with `verbose`: whoever takes the other way tells why.
    pub(crate) fn giving_way(self, verbose: u8) -> Self {
        self.with(|inner| {
            inner.limits = inner.limits.giving_way();
            inner.connection.limit(inner.limits);
            inner.is_quiet = verbose == 0;
        })
    }

    /// Changes what has not been used yet, and does nothing after.
    fn with(mut self, change: impl FnOnce(&mut Inner)) -> Self {
        if let Some(inner) = Arc::get_mut(&mut self.0) {
            change(inner);
        }
        self
    }

    /// The host of the API, for people.
    pub(crate) fn host(&self) -> &str {
        self.0.connection.host()
    }

    /// Begins a session: `Err` where it is refused, or nobody answers. Bills nothing.
    pub(crate) async fn session(&self, scan: &Scan) -> Result<Session, Error> {
        session::begin(&self.0, scan).await
    }

    /// The result of a job of the billed project, whose rows come in one stream, in their order. No call is made:
    /// that the server does not know it shows when it is read. Google's newest clients read results so, too.
    pub(crate) fn result(&self, location: &str, job: &str, rows: u64) -> Session {
        let name = format!("projects/{}/locations/{location}/jobs/{job}/streams/_default", self.0.project);
        Session { streams: vec![name], bytes: 0, rows: Some(rows), schema: None }
    }

    /// Begins to read all streams of the sessions. Dropping what is given ends it. Must be called within the
    /// runtime.
    ///
    /// A stream that ends well has given all of its rows, as far as anybody can know: sessions only estimate
    /// how many there are. Where its progress says otherwise, it is asked once more; where the number is known, the
    /// caller compares.
    pub(crate) fn read(&self, sessions: &[Session]) -> Batches {
        Batches::begin(&self.0, sessions)
    }
}

impl Inner {
    fn within(limits: Limits, target: channel::Target, auth: Auth, project: &str) -> Self {
        let connection = Connection::to(target, limits);
        let (has_answered, is_throttled) = Default::default();
        let project = project.to_owned();
        Inner {
            connection,
            auth,
            project,
            trace: None,
            told: None,
            limits,
            has_answered,
            is_quiet: false,
            is_throttled,
        }
    }
}

/// Nothing of the connection: it knows the passwords of proxies.
impl fmt::Debug for Storage {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "Storage({}, {:?})", self.host(), self.0.auth)
    }
}
