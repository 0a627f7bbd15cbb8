//! What a request gets: a status, headers, a body, and what goes wrong with them.

use std::io::Write;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

/// An answer of the script. Made from a JSON value (200), or by [`error`], [`html`], [`closed`].
#[derive(Clone, Debug)]
pub struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    pub(super) end: End,
    pub(super) is_chunked: bool,
    pub(super) delay: Duration,
    /// Between two bytes of the body.
    pub(super) drip: Duration,
}

/// How far an answer gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Whole,
    /// So many bytes of the body, then the connection is closed.
    Cut(usize),
    /// So many bytes of the body, then nothing, until the client goes or the test ends.
    Stalled(usize),
    /// The connection is closed without a byte.
    Closed,
}

impl From<Value> for Answer {
    fn from(body: Value) -> Self {
        Answer::new(200, "application/json; charset=UTF-8", body.to_string())
    }
}

/// An error as BigQuery tells it: `{"error": {"code", "message", "errors": [{"reason"}], "status"}}`.
pub fn error(status: u16, reason: &str, message: &str) -> Answer {
    let item = json!({"message": message, "domain": "global", "reason": reason});
    let body = json!({"error": {"code": status, "message": message, "errors": [item]}});
    Answer { status, ..body.into() }
}

/// A page of whatever stands before BigQuery.
pub fn html(status: u16, text: &str) -> Answer {
    let body =
        format!("<!DOCTYPE html>\n<html><head><title>{text}</title></head><body><h1>{text}</h1></body></html>\n");
    Answer::new(status, "text/html; charset=UTF-8", body)
}

/// A status and nothing else.
pub fn empty(status: u16) -> Answer {
    Answer::new(status, "text/plain", "")
}

/// No answer: the connection is closed.
pub fn closed() -> Answer {
    Answer { end: End::Closed, ..empty(200) }
}

impl Answer {
    /// Any answer.
    pub fn new(status: u16, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        Answer {
            status,
            headers: vec![("content-type".to_owned(), kind.to_owned())],
            body: body.into(),
            end: End::Whole,
            is_chunked: false,
            delay: Duration::ZERO,
            drip: Duration::ZERO,
        }
    }

    pub fn header(mut self, name: &str, value: impl ToString) -> Self {
        self.headers.push((name.to_owned(), value.to_string()));
        self
    }

    /// `$TOKEN` in the body is the token that the request carried.
    pub(super) fn with_token(mut self, token: &str) -> Self {
        if let Ok(text) = str::from_utf8(&self.body)
            && text.contains("$TOKEN")
        {
            self.body = text.replace("$TOKEN", token).into_bytes();
        }
        self
    }

    /// The body compressed. `cut` and `stalled` then count compressed bytes.
    pub fn gzip(mut self) -> Self {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(&self.body).expect("memory takes it");
        self.body = encoder.finish().expect("memory takes it");
        self.header("content-encoding", "gzip")
    }

    /// The body without its last bytes: all that is promised arrives, and yet something is missing.
    pub fn short_of(mut self, bytes: usize) -> Self {
        self.body.truncate(self.body.len().saturating_sub(bytes));
        self
    }

    /// The body in chunks instead of with a length.
    pub fn chunked(self) -> Self {
        Answer { is_chunked: true, ..self }
    }

    /// The connection is closed after so many bytes of the body.
    pub fn cut(self, bytes: usize) -> Self {
        Answer { end: End::Cut(bytes), ..self }
    }

    /// Nothing comes after so many bytes of the body.
    pub fn stalled(self, bytes: usize) -> Self {
        Answer { end: End::Stalled(bytes), ..self }
    }

    /// The body comes byte by byte, with this time between two of them.
    pub fn dripping(self, drip: Duration) -> Self {
        Answer { drip, ..self }
    }

    /// The answer begins only after this time.
    pub fn after(self, delay: Duration) -> Self {
        Answer { delay, ..self }
    }
}
