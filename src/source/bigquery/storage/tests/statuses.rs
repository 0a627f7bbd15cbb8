//! What each gRPC status means: pure functions.

use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use crate::source::bigquery::error::Error;
use crate::source::bigquery::storage::status::Doing::{Rows, Session};
use crate::source::bigquery::storage::status::Fault;

/// All codes: the name, the HTTP status that stands for it, whether a session may be begun again, and whether a
/// stream may go on.
const CODES: [(Code, &str, u16, bool, bool); 16] = [
    (Code::Cancelled, "CANCELLED", 499, false, false),
    (Code::Unknown, "UNKNOWN", 500, false, false),
    (Code::InvalidArgument, "INVALID_ARGUMENT", 400, false, false),
    (Code::DeadlineExceeded, "DEADLINE_EXCEEDED", 504, true, true),
    (Code::NotFound, "NOT_FOUND", 404, false, false),
    (Code::AlreadyExists, "ALREADY_EXISTS", 409, false, false),
    (Code::PermissionDenied, "PERMISSION_DENIED", 403, false, false),
    (Code::ResourceExhausted, "RESOURCE_EXHAUSTED", 429, true, true),
    (Code::FailedPrecondition, "FAILED_PRECONDITION", 400, false, false),
    (Code::Aborted, "ABORTED", 409, false, true),
    (Code::OutOfRange, "OUT_OF_RANGE", 400, false, false),
    (Code::Unimplemented, "UNIMPLEMENTED", 501, false, false),
    (Code::Internal, "INTERNAL", 500, false, false),
    (Code::Unavailable, "UNAVAILABLE", 503, true, true),
    (Code::DataLoss, "DATA_LOSS", 500, false, false),
    (Code::Unauthenticated, "UNAUTHENTICATED", 401, false, false),
];

#[test]
fn every_code_has_its_meaning() {
    for (code, name, http, session, rows) in CODES {
        for (doing, may_pass) in [(Session, session), (Rows, rows)] {
            let fault = Fault::of(&Status::new(code, "said"), doing, "host");
            assert_eq!((fault.may_pass, fault.is_answer), (may_pass, true), "{name}");
            let wanted =
                Error::Api { status: http, reason: Some(name.into()), message: "said".into(), retry_after: None };
            assert_eq!(fault.error, wanted);
        }
    }
}

#[test]
fn no_code_is_forgotten() {
    let listed = CODES.map(|(code, ..)| code as i32);
    assert!((1..=16).all(|code| listed.contains(&code)));
    assert_eq!(Code::from(17), Code::Unknown);
}

#[test]
fn an_internal_error_of_the_network_may_pass() {
    for (message, may_pass) in [
        ("Received unexpected EOS on DATA frame from server.", true),
        ("RST_STREAM closed stream. HTTP/2 error code: INTERNAL_ERROR", true),
        ("Rst Stream", true),
        ("Received EOS", true),
        ("HTTP/2 stream terminated by RST_STREAM", true),
        ("An internal error occurred", false),
    ] {
        assert_eq!(Fault::of(&Status::internal(message), Rows, "host").may_pass, may_pass, "{message}");
        assert!(!Fault::of(&Status::internal(message), Session, "host").may_pass, "{message}");
    }
}

#[test]
fn the_server_says_when_to_come_again_and_what_is_missing() {
    let details = ErrorDetails::with_retry_info(Some(Duration::from_secs(7)));
    let status = Status::with_error_details(Code::ResourceExhausted, "too many", details);
    assert_eq!(Fault::of(&status, Rows, "host").error.retry_after(), Some(Duration::from_secs(7)));

    let details =
        ErrorDetails::with_error_info("SERVICE_DISABLED", "googleapis.com", [("", ""); 0].map(|_| Default::default()));
    let status = Status::with_error_details(Code::PermissionDenied, "off", details);
    let Error::Api { reason, .. } = Fault::of(&status, Session, "host").error else { panic!("no answer") };
    assert_eq!(reason.as_deref(), Some("SERVICE_DISABLED"));
}

#[test]
fn details_that_make_no_sense_are_none() {
    let status = Status::with_details(Code::Unavailable, "later", vec![0xFF; 40].into());
    let fault = Fault::of(&status, Rows, "host");
    assert_eq!((fault.may_pass, fault.error.retry_after()), (true, None));
}

#[test]
fn a_status_without_words_says_its_name() {
    let fault = Fault::of(&Status::new(Code::NotFound, " "), Rows, "host");
    assert_eq!(fault.error.to_string(), "BigQuery says NOT_FOUND and nothing else");
}

#[test]
fn what_the_connection_is_like_is_not_the_server_s_word() {
    let broken = std::io::Error::new(std::io::ErrorKind::ConnectionReset, "connection reset");
    let fault = Fault::of(&Status::from_error(Box::new(broken)), Rows, "host");
    assert!(fault.may_pass && !fault.is_answer);
    assert_eq!(fault.error, Error::Transport("the answer of host broke off: connection reset".into()));

    let untrusted = rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
    let fault = Fault::of(&Status::from_error(Box::new(std::io::Error::other(untrusted))), Session, "host");
    assert!(!fault.may_pass, "{fault:?}");
    assert!(matches!(fault.error, Error::Unreachable(_)), "{fault:?}");
}
