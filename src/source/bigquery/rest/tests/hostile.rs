//! Servers that mean harm, or are none: whatever they send, the answer is an error, soon and in little memory.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use serde_json::json;

use super::{LIMITS, SHORT, nobody};
use crate::source::bigquery::auth::Auth;
use crate::source::bigquery::error::Error;
use crate::source::bigquery::rest::{Limits, Rest};
use crate::source::bigquery::scripted::{Answer, Server, on};

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";

/// What a server says that answers every request with `begin`, and then with `rest` until nobody listens.
async fn answer(begin: &str, rest: &str) -> Result<Vec<u8>, Error> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (begin, rest) = (begin.as_bytes().to_vec(), rest.repeat(1 + 10_000 / rest.len().max(1)).into_bytes());
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let (begin, rest) = (begin.clone(), rest.clone());
            thread::spawn(move || {
                let _ = stream.read(&mut [0; 4096]);
                let mut sent = stream.write_all(&begin);
                while sent.is_ok() && rest.len() > 10_000 {
                    sent = stream.write_all(&rest);
                }
            });
        }
    });
    let limits = Limits { first: Duration::ZERO, later: Duration::ZERO, ..SHORT };
    Rest::within(limits, Some(url), Auth::nobody()).unwrap().get(&["projects", "acme", "datasets", "gke"], &[]).await
}

#[tokio::test]
async fn what_has_no_end_is_given_up() {
    let cases = [
        ("a header without end", format!("{OK}x: "), "x"),
        ("headers without end", OK.to_owned(), "x: y\r\n"),
        ("a status without end", "HTTP/1.1 200 ".to_owned(), "x"),
        ("a body without end and without a length", format!("{OK}\r\n"), "{"),
        ("a body without end in chunks", format!("{OK}transfer-encoding: chunked\r\n\r\n"), "1\r\n{\r\n"),
        ("a chunk's length without end", format!("{OK}transfer-encoding: chunked\r\n\r\n"), "0"),
        ("a chunk's extension without end", format!("{OK}transfer-encoding: chunked\r\n\r\n1;"), "x"),
        ("trailers without end", format!("{OK}transfer-encoding: chunked\r\n\r\n0\r\n"), "x: y\r\n"),
        ("a length that nobody can hold", format!("{OK}content-length: 18446744073709551615\r\n\r\n"), "{"),
        ("a failure without end", "HTTP/1.1 500 No\r\n\r\n".to_owned(), "x"),
        ("answers that tell of an answer to come", String::new(), "HTTP/1.1 103 Early Hints\r\n\r\n"),
        ("answers that say to go on", String::new(), "HTTP/1.1 100 Continue\r\n\r\n"),
    ];
    let runs = cases.map(|(what, begin, rest)| {
        tokio::spawn(async move {
            let answer = tokio::time::timeout(Duration::from_secs(60), answer(&begin, rest)).await;
            let error = answer.unwrap_or_else(|_| panic!("{what}: goes on")).expect_err(what);
            assert!(error.to_string().len() < 2_000, "{what}: {error}");
        })
    });
    for run in runs {
        run.await.unwrap();
    }
}

#[tokio::test]
async fn what_makes_no_sense_is_asked_for_once() {
    let none = [("null", "null"), ("a list", "[]"), ("a text", "\"x\""), ("a number", "1e999"), ("half a list", "[[[")];
    let none = none.map(|(what, body)| (what, Answer::new(200, "application/json", body)));
    let long = Answer::from(json!({})).header("x-long", "x".repeat(2 << 20));
    let many = (0..500).fold(Answer::from(json!({})), |answer, n| answer.header(&format!("x-{n}"), n));
    for (what, answer) in none.into_iter().chain([("a long header", long), ("many headers", many)]) {
        let server = Server::start([on("GET projects/acme/datasets/gke", answer)]);
        let error = nobody(&server).get(&["projects", "acme", "datasets", "gke"], &[]).await.expect_err(what);
        assert!(matches!(&error, Error::Strange(said) if said.contains("makes no sense")), "{what}: {error:?}");
        assert_eq!(server.requests().len(), 1, "{what}");
    }
}

#[tokio::test]
async fn what_comes_byte_by_byte_is_given_up_and_asked_for_again() {
    let slow = Answer::from(json!({"kind": "slow".repeat(1000)})).dripping(Duration::from_millis(20));
    let server = Server::start([on("GET projects/acme/datasets/gke", slow).then(json!({}))]);
    let limits = Limits { slowest: Duration::from_millis(200), ..LIMITS };
    let rest = Rest::within(limits, Some(server.url()), Auth::nobody()).unwrap();
    assert_eq!(rest.get(&["projects", "acme", "datasets", "gke"], &[]).await.unwrap(), b"{}");
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn headers_that_come_bit_by_bit_are_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        // An answer before the question is another fault.
        assert!(stream.read(&mut [0; 4096]).unwrap() > 0);
        let mut sent = stream.write_all(OK.as_bytes());
        while sent.is_ok() {
            thread::sleep(Duration::from_millis(50));
            sent = stream.write_all(b"x: y\r\n");
        }
    });
    let limits = Limits { first: Duration::ZERO, read: Duration::from_millis(400), ..LIMITS };
    let rest = Rest::within(limits, Some(url), Auth::nobody()).unwrap();
    let error = rest.get(&["projects", "acme", "datasets", "gke"], &[]).await.unwrap_err();
    assert_eq!(error.to_string(), "127.0.0.1 does not answer any more (gave up after 0s and 1 try)");
}

#[tokio::test]
async fn what_is_no_answer_is_an_error() {
    let deep = "[".repeat(90_000);
    let cases = [
        ("two lengths", format!("{OK}content-length: 2\r\ncontent-length: 3\r\n\r\n{{}}")),
        ("a length below zero", format!("{OK}content-length: -2\r\n\r\n{{}}")),
        ("a length that is too short", format!("{OK}content-length: 1\r\n\r\n{{}}")),
        ("a length that is too long", format!("{OK}content-length: 9\r\n\r\n{{}}")),
        ("gzip that is none", format!("{OK}content-encoding: gzip\r\ncontent-length: 2\r\n\r\n{{}}")),
        ("another protocol", "SSH-2.0-OpenSSH_9.6\r\n".to_owned()),
        ("the bytes of TLS", "\u{16}\u{3}\u{1}\0\u{2}".to_owned()),
        ("nothing", String::new()),
        ("a status of nobody", "HTTP/1.1 999 Who\r\ncontent-length: 0\r\n\r\n".to_owned()),
        ("another protocol to go on with", "HTTP/1.1 101 Switching\r\nupgrade: x\r\n\r\n".to_owned()),
        ("levels without end as an error", format!("{OK}content-length: 90009\r\n\r\n{{\"error\":{deep}")),
        ("levels without end as a failure", format!("HTTP/1.1 400 Bad\r\ncontent-length: 90000\r\n\r\n{deep}")),
    ];
    for (what, begin) in cases {
        let error = answer(&begin, "").await.expect_err(what);
        assert!(error.to_string().len() < 2_000, "{what}: {error}");
    }
}
