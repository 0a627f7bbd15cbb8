//! What a gRPC status means, and whether it may pass: pure functions.

use std::error::Error as _;

use tonic::{Code, ConnectError, Status};
use tonic_types::StatusExt;

use super::super::error::{Error, short};
use super::super::retry;
use super::super::way::{causes, is_lasting};
use super::intake::{NotGrpc, Stalled};

/// What is being done. Google's servers use the same codes differently for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doing {
    /// Beginning a session.
    Session,
    /// Reading the rows of a stream.
    Rows,
}

/// What went wrong with one attempt.
#[derive(Debug)]
pub(super) struct Fault {
    pub error: Error,
    /// True where another attempt may help.
    pub may_pass: bool,
    /// True where the server itself has said it.
    pub is_answer: bool,
}

impl Fault {
    /// What no further attempt changes.
    pub(super) fn lasting(error: Error) -> Self {
        Fault { error, may_pass: false, is_answer: false }
    }

    /// No answer in time.
    pub(super) fn silent(host: &str) -> Self {
        Fault::passing(format!("{host} does not answer any more"))
    }

    /// No token.
    pub(super) fn of_token(error: Error) -> Self {
        let may_pass = retry::verdict(&error) == retry::Verdict::Again;
        Fault { error, may_pass, is_answer: false }
    }

    /// True where the token is not valid, or not any more.
    pub(super) fn is_refusal(&self) -> bool {
        matches!(self.error, Error::Api { status: 401, .. })
    }

    /// True where a quota is used up, or too much is asked for at a time.
    pub(super) fn is_used_up(&self) -> bool {
        matches!(self.error, Error::Api { status: 429, .. })
    }

    /// True where there is nothing at the offset that was asked for.
    pub(super) fn is_past_end(&self) -> bool {
        matches!(&self.error, Error::Api { reason: Some(reason), .. } if reason == "OUT_OF_RANGE")
    }

    pub(super) fn without_secrets(self, known: &str) -> Self {
        Fault { error: self.error.without_secrets(&[known]), ..self }
    }

    fn passing(message: String) -> Self {
        Fault { error: Error::Transport(message), may_pass: true, is_answer: false }
    }

    /// What the status of a call to `host` means. Those that were made here, of what the connection or the answer
    /// is like, are told from those that the server sent.
    pub(super) fn of(status: &Status, doing: Doing, host: &str) -> Self {
        match status.source() {
            Some(cause) => Fault::of_transport(cause, host),
            None => Fault::of_answer(status, host).unwrap_or_else(|| Fault::of_server(status, doing)),
        }
    }

    fn of_transport(cause: &(dyn std::error::Error + 'static), host: &str) -> Self {
        let mut next = Some(cause);
        let mut is_connecting = false;
        while let Some(cause) = next {
            if let Some(NotGrpc(status)) = cause.downcast_ref() {
                return Fault::of_stranger(*status, host);
            }
            if cause.is::<Stalled>() {
                return Fault::silent(host);
            }
            is_connecting |= cause.is::<ConnectError>();
            next = cause.source();
        }
        let why = causes(cause);
        // Proxies that look into TLS may speak HTTP/1.1 only.
        if is_lasting(cause) || why.contains("HTTP/2 was not negotiated") {
            return Fault::lasting(Error::Unreachable(format!("cannot reach {host}: {why}")));
        }
        Fault::passing(match is_connecting {
            true => format!("cannot reach {host}: {why}"),
            false => format!("the answer of {host} broke off: {why}"),
        })
    }

    /// Of what answers in the server's place: a proxy, a login page, a load balancer that finds nobody.
    fn of_stranger(status: http::StatusCode, host: &str) -> Self {
        let message = format!("what answers for {host} does not speak gRPC: HTTP {status}");
        match status.as_u16() {
            408 | 429 | 500 | 502 | 503 | 504 => Fault::passing(message),
            _ => Fault::lasting(Error::Unreachable(message)),
        }
    }

    /// Of statuses that stand for an answer that is broken; tonic has no other sign of them than these words.
    fn of_answer(status: &Status, host: &str) -> Option<Self> {
        const CUT: [&str; 2] = ["missing grpc-status trailer", "Unexpected EOF decoding stream"];
        const STRANGE: [&str; 6] = [
            "protocol error: received message with",
            "decoded message length too large",
            "Error decompressing",
            "failed to decode Protobuf message",
            "grpc-status header missing",
            "Missing response message",
        ];
        let said = status.message();
        let is = |words: &[&str]| words.iter().any(|words| said.contains(words));
        if is(&CUT) {
            return Some(Fault::passing(format!("the answer of {host} broke off")));
        }
        let strange = || Error::Strange(format!("the answer of {host} makes no sense: {}", short(said)));
        is(&STRANGE).then(|| Fault::lasting(strange()))
    }

    fn of_server(status: &Status, doing: Doing) -> Self {
        let code = status.code();
        let (http, name) = told(code);
        let may_pass = match code {
            Code::Unavailable | Code::DeadlineExceeded | Code::ResourceExhausted => true,
            Code::Aborted => doing == Doing::Rows,
            Code::Internal => doing == Doing::Rows && is_reset(status.message()),
            _ => false,
        };
        // What is missing or switched off, where Google says it. <https://google.aip.dev/193>
        let detail = status.get_details_error_info().map(|info| info.reason).filter(|reason| !reason.is_empty());
        let reason = detail.filter(|_| code == Code::PermissionDenied).unwrap_or_else(|| name.to_owned());
        let message = match status.message().trim() {
            "" => format!("BigQuery says {name} and nothing else"),
            said => short(said),
        };
        let retry_after = status.get_details_retry_info().and_then(|info| info.retry_delay);
        let error = Error::Api { status: http, reason: Some(reason), message, retry_after };
        Fault { error, may_pass, is_answer: true }
    }
}

/// True for an internal error that is one of the network between Google's own servers.
/// <https://github.com/googleapis/java-bigquerystorage/pull/1102>
fn is_reset(message: &str) -> bool {
    let message = message.to_lowercase();
    ["rst_stream", "rst stream", "unexpected eos", "received eos", "stream terminated by", "connection closed"]
        .iter()
        .any(|words| message.contains(words))
}

/// The HTTP status that stands for a code, and its name.
/// <https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto>
fn told(code: Code) -> (u16, &'static str) {
    match code {
        Code::Ok => (200, "OK"),
        Code::Cancelled => (499, "CANCELLED"),
        Code::Unknown => (500, "UNKNOWN"),
        Code::InvalidArgument => (400, "INVALID_ARGUMENT"),
        Code::DeadlineExceeded => (504, "DEADLINE_EXCEEDED"),
        Code::NotFound => (404, "NOT_FOUND"),
        Code::AlreadyExists => (409, "ALREADY_EXISTS"),
        Code::PermissionDenied => (403, "PERMISSION_DENIED"),
        Code::ResourceExhausted => (429, "RESOURCE_EXHAUSTED"),
        Code::FailedPrecondition => (400, "FAILED_PRECONDITION"),
        Code::Aborted => (409, "ABORTED"),
        Code::OutOfRange => (400, "OUT_OF_RANGE"),
        Code::Unimplemented => (501, "UNIMPLEMENTED"),
        Code::Internal => (500, "INTERNAL"),
        Code::Unavailable => (503, "UNAVAILABLE"),
        Code::DataLoss => (500, "DATA_LOSS"),
        Code::Unauthenticated => (401, "UNAUTHENTICATED"),
    }
}
