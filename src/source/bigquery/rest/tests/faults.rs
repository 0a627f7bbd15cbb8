//! What is tried again, and what is not.

use std::time::Duration;

use serde_json::json;

use super::{LIMITS, SHORT, gives, nobody, somebody, token_answer};
use crate::source::bigquery::auth::Auth;
use crate::source::bigquery::error::Error;
use crate::source::bigquery::rest::{Limits, Rest};
use crate::source::bigquery::scripted::answer::{closed, empty, error, html};
use crate::source::bigquery::scripted::{Answer, Server, on};

/// An answer long enough to be cut.
fn long() -> Answer {
    json!({"tables": (0..2000).collect::<Vec<u32>>()}).into()
}

#[tokio::test]
async fn what_may_pass_is_asked_for_again() {
    let cases = [
        ("503 as BigQuery says it", error(503, "backendError", "try later")),
        ("500 as BigQuery says it", error(500, "internalError", "oops")),
        ("403 for haste", error(403, "rateLimitExceeded", "slow down")),
        ("429 without a word", empty(429)),
        ("502 as HTML", html(502, "Bad Gateway")),
        ("503 with Retry-After", html(503, "Busy").header("retry-after", "1")),
        ("504 without a body", empty(504)),
        ("a connection closed", closed()),
        ("a body cut", long().cut(300)),
        ("a body cut to nothing", long().cut(0)),
        ("chunks cut", long().chunked().cut(3000)),
        ("gzip cut", long().gzip().cut(100)),
        ("gzip of the promised length but not whole", long().gzip().short_of(20)),
        ("a body that comes no further", long().stalled(300)),
        ("a body that does not begin", long().stalled(0)),
        ("a login page", html(200, "Sign in to the WLAN")),
        ("no body", empty(200)),
        ("half an object", Answer::new(200, "application/json", r#"{"tables": [1, 2"#)),
    ];
    let runs = cases.map(|(name, fault)| {
        tokio::spawn(async move {
            let server = Server::start([on("GET projects/acme/datasets/gke", fault).then(long())]);
            // A busy machine must not look like a server that hangs, where none does.
            let limits =
                if name.contains("comes no further") || name.contains("does not begin") { SHORT } else { LIMITS };
            let rest = Rest::within(limits, Some(server.url()), Auth::nobody()).unwrap();
            let got = rest.get(&["projects", "acme", "datasets", "gke"], &[]).await;
            assert!(got.as_ref().is_ok_and(|body| body.ends_with(b"1999]}")), "{name}: {got:?}");
            assert_eq!(server.told(), ["GET projects/acme/datasets/gke"; 2], "{name}");
        })
    });
    for run in runs {
        run.await.unwrap();
    }
}

#[tokio::test]
async fn what_will_not_pass_is_asked_for_once() {
    let cases = [
        ("no permission", error(403, "accessDenied", "no"), "no"),
        ("no permission, without errors[]", json_403(), "denied"),
        ("not there", error(404, "notFound", "Not found: Dataset acme:gke"), "Not found: Dataset acme:gke"),
        ("a bad query", error(400, "invalidQuery", "Syntax error"), "Syntax error"),
        ("too dear", error(500, "bytesBilledLimitExceeded", "too much"), "too much"),
        ("no quota", error(403, "quotaExceeded", "used up"), "used up"),
        ("not made", html(501, "No"), "BigQuery answered 501 Not Implemented: No No"),
        ("a token refused, where there is none", error(401, "authError", "who?"), "who?"),
        (
            "unpacked on the way",
            Answer::from(json!({})).header("content-encoding", "gzip"),
            "BigQuery's answer makes no sense: it says that it is gzip, and is not",
        ),
    ];
    for (name, answer, said) in cases {
        let server = Server::start([on("POST projects/acme/jobs/job_1/cancel", answer)]);
        let error = nobody(&server).cancel("acme", "job_1", None).await.unwrap_err();
        assert_eq!(error.to_string(), said, "{name}");
        assert_eq!(server.requests().len(), 1, "{name}");
    }
}

fn json_403() -> Answer {
    let body = json!({"error": {"code": 403, "message": "denied", "status": "PERMISSION_DENIED"}});
    Answer::new(403, "application/json", body.to_string())
}

#[tokio::test]
async fn a_redirect_is_an_error_and_nobody_else_is_asked() {
    let other = Server::start([on("GET projects/acme/datasets/gke", json!({}))]);
    let target = format!("{}/bigquery/v2/projects/acme/datasets/gke", other.url());
    let answer = empty(307).header("location", target);
    let server = Server::start([gives("token-1"), on("GET projects/acme/datasets/gke", answer)]);
    let error = somebody(&server).await.get(&["projects", "acme", "datasets", "gke"], &[]).await.unwrap_err();
    assert!(matches!(error, Error::Api { status: 307, .. }), "{error:?}");
    assert!(other.requests().is_empty());
}

#[tokio::test]
async fn an_answer_that_would_fill_the_memory_is_not_read() {
    // Some hundred bytes that unpack to a million.
    let answer = Answer::new(200, "application/json", vec![b'{'; 1_000_000]).gzip();
    let server = Server::start([on("GET projects/acme/datasets/gke", answer)]);
    let rest = Rest::within(SHORT, Some(server.url()), Auth::nobody()).unwrap();
    let error = rest.get(&["projects", "acme", "datasets", "gke"], &[]).await.unwrap_err();
    assert!(error.to_string().starts_with("BigQuery's answer is too long"), "{error}");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_server_that_never_answered_is_given_up_soon() {
    // Nothing listens on port 1.
    let rest =
        Rest::within(Limits { first: Duration::ZERO, ..LIMITS }, Some("http://127.0.0.1:1".into()), Auth::nobody());
    let error = rest.unwrap().get(&["projects", "acme", "datasets", "gke"], &[]).await.unwrap_err();
    let said = error.to_string();
    assert!(matches!(error, Error::Transport(_)), "{error:?}");
    assert!(said.starts_with("cannot reach 127.0.0.1: tcp connect error: "), "{said}");
    assert!(said.ends_with(" (gave up after 0s and 1 try)"), "{said}");
}

#[tokio::test]
async fn a_refused_token_is_renewed_once() {
    let server = Server::start([
        gives("token-1").then(token_answer("token-2")),
        on("GET projects/acme/datasets/gke", error(401, "authError", "expired")).then(json!({})),
    ]);
    somebody(&server).await.get(&["projects", "acme", "datasets", "gke"], &[]).await.unwrap();
    let tokens: Vec<_> = server.requests().iter().filter_map(|request| request.token().map(str::to_owned)).collect();
    assert_eq!(tokens, ["token-1", "token-2"]);
}

#[tokio::test]
async fn a_renewed_token_that_is_refused_too_is_the_end() {
    let server = Server::start([
        gives("token-1").then(token_answer("token-2")),
        on("GET projects/acme/datasets/gke", error(401, "authError", "Invalid Credentials")),
    ]);
    let error = somebody(&server).await.get(&["projects", "acme", "datasets", "gke"], &[]).await.unwrap_err();
    assert_eq!(error.to_string(), "Invalid Credentials");
    let tokens: Vec<_> = server.requests().iter().filter_map(|request| request.token().map(str::to_owned)).collect();
    assert_eq!(tokens, ["token-1", "token-2"]);
}

#[tokio::test]
async fn many_requests_that_are_refused_at_a_time_renew_once() {
    let refused = on("GET projects/acme/datasets/*", error(401, "authError", "expired"))
        .when(|request| request.token() == Some("token-1"));
    let server = Server::start([
        gives("token-1").then(token_answer("token-2")),
        refused,
        on("GET projects/acme/datasets/*", json!({})),
    ]);
    let rest = somebody(&server).await;
    let runs: Vec<_> = (0..8)
        .map(|number| {
            let rest = rest.clone();
            tokio::spawn(async move { rest.get(&["projects", "acme", "datasets", &format!("d{number}")], &[]).await })
        })
        .collect();
    for run in runs {
        run.await.unwrap().unwrap();
    }
    let made = server.requests().iter().filter(|request| request.path.ends_with("/token")).count();
    assert_eq!(made, 2);
}

#[tokio::test]
async fn a_token_server_that_is_busy_is_asked_again() {
    let server = Server::start([
        on("GET /computeMetadata/v1/instance/service-accounts/default/token", html(503, "Busy"))
            .then(token_answer("token-1")),
        on("GET projects/acme/datasets/gke", json!({})),
    ]);
    somebody(&server).await.get(&["projects", "acme", "datasets", "gke"], &[]).await.unwrap();
}
