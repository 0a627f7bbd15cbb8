//! The Storage Read API: rows as Arrow batches over gRPC, of tables and of the results of jobs.
//! <https://cloud.google.com/bigquery/docs/reference/storage>

use arrow_array::RecordBatch;
use chrono::{DateTime, Utc};

use super::auth::Auth;
use super::error::Error;

/// The API, as one user. Cheap to clone; the connection is shared, and made when it is first needed.
#[derive(Clone, Debug)]
pub(crate) struct Storage {
    auth: Auth,
    /// The project that is billed.
    project: String,
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

/// A scan that the server is ready for.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    /// All must be read; there may be none.
    pub streams: Vec<String>,
    /// About how many bytes reading all of it bills, at most.
    pub bytes: u64,
    /// About how many rows there are, where the server says it.
    pub rows: Option<u64>,
}

/// Rows of one of the sessions.
#[derive(Debug)]
pub(crate) struct Batch {
    pub rows: RecordBatch,
    /// Which of the sessions, in their order.
    pub session: usize,
    /// As they travelled, in bytes.
    pub bytes: u64,
}

/// The rows of several sessions, in no order, each once.
#[derive(Debug)]
pub(crate) struct Batches {}

impl Storage {
    /// Begins a session. Bills nothing.
    pub(crate) async fn session(&self, scan: &Scan) -> Result<Session, Error> {
        Err(Error::Strange(format!("{} {}", scan.table, self.project)))
    }

    /// Begins to read all streams of the sessions. Dropping what is given ends it.
    pub(crate) fn read(&self, sessions: &[Session]) -> Batches {
        Batches {}
    }
}

impl Batches {
    /// The next rows, `None` at the end. After an error there is nothing more.
    pub(crate) async fn next(&mut self) -> Result<Option<Batch>, Error> {
        Ok(None)
    }

    /// How much of all is read, from 0 to 1.
    pub(crate) fn share(&self) -> f64 {
        0.0
    }
}
