//! What `-vv` tells, and what nothing tells.

use std::sync::{Arc, Mutex};

use serde_json::json;

use super::{gives, nobody, somebody};
use crate::source::bigquery::rest::{Rest, client};
use crate::source::bigquery::scripted::answer::{closed, error, html};
use crate::source::bigquery::scripted::{Answer, Server, on};
use crate::source::bigquery::way::may_see_token;

/// Makes the client tell here.
fn listening(rest: Rest) -> (Rest, Arc<Mutex<Vec<String>>>) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let ear = Arc::clone(&told);
    (rest.with_trace(move |line| ear.lock().unwrap().push(line.to_owned())), told)
}

/// Digits of a duration are not the same in each run.
fn without_times(lines: &[String]) -> Vec<String> {
    let time = regex::Regex::new(r"\d+\.\d{3}s").unwrap();
    lines.iter().map(|line| time.replace_all(line, "TIME").into_owned()).collect()
}

#[tokio::test]
async fn every_request_is_told_with_its_status_and_the_body_of_a_failure() {
    let server = Server::start([
        on("GET projects/acme/datasets/a", closed()).then(json!({})),
        on("GET projects/acme/datasets/b", html(404, "Nothing")),
    ]);
    let (rest, told) = listening(nobody(&server));
    rest.get(&["projects", "acme", "datasets", "a"], &[]).await.unwrap();
    rest.get(&["projects", "acme", "datasets", "b"], &[]).await.unwrap_err();
    let told = without_times(&told.lock().unwrap());
    assert!(told[0].starts_with("GET /bigquery/v2/projects/acme/datasets/a failed after TIME: "), "{told:?}");
    assert_eq!(told[1], "GET /bigquery/v2/projects/acme/datasets/a 200 TIME 2 bytes");
    assert!(told[2].starts_with("GET /bigquery/v2/projects/acme/datasets/b 404 TIME <!DOCTYPE html>"), "{told:?}");
    assert!(told[2].contains("<h1>Nothing</h1>"), "{told:?}");
    assert_eq!(told.len(), 3);
}

#[tokio::test]
async fn a_token_is_told_by_nothing_even_where_the_server_gives_it_back() {
    const TOKEN: &str = "very-secret-token-1";
    let echo = format!("you sent Authorization: Bearer {TOKEN}");
    for answer in [error(403, "accessDenied", &echo), html(403, &echo), Answer::new(400, "text/plain", TOKEN)] {
        let server = Server::start([gives(TOKEN), on("GET projects/acme/datasets/gke", answer)]);
        let (rest, told) = listening(somebody(&server).await);
        let error = rest.get(&["projects", "acme", "datasets", "gke"], &[]).await.unwrap_err();
        assert_eq!(server.requests()[1].token(), Some(TOKEN));
        let token = rest.auth.token().await.unwrap();
        let all = format!("{error} {error:?} {rest:?} {token:?} {:?}", told.lock().unwrap());
        assert!(all.contains("[secret]"), "{all}");
        assert!(!all.contains(TOKEN), "{all}");
    }
}

#[tokio::test]
async fn a_token_is_in_no_answer_either_however_short_it_is() {
    const TOKEN: &str = "secret-1";
    let server = Server::start([
        gives(TOKEN),
        on("GET projects/acme/datasets/gke/tables", json!({"tables": ["$TOKEN"]})),
        on("GET projects/acme/datasets/gke", error(403, "accessDenied", "who is $TOKEN?")),
    ]);
    let rest = somebody(&server).await;
    let answer = rest.list_tables("acme", "gke", None).await.unwrap();
    assert_eq!(String::from_utf8_lossy(&answer), r#"{"tables":["[secret]"]}"#);
    assert_eq!(rest.get_dataset("acme", "gke").await.unwrap_err().to_string(), "who is [secret]?");
}

#[test]
fn a_token_goes_only_where_nobody_on_the_way_can_read_it() {
    let cases = [
        ("https://bigquery.googleapis.com", true),
        ("https://bigquery.example:8443", true),
        ("http://127.0.0.1:9050", true),
        ("http://127.8.9.1:9050", true),
        ("http://[::1]:9050", true),
        ("http://localhost:9050", true),
        ("http://bigquery.example", false),
        ("http://10.0.0.1:9050", false),
        ("http://localhost.example:9050", false),
        ("http://127.0.0.1.example", false),
        ("http://127.0.0.1@example.com", false),
    ];
    for (base, may) in cases {
        assert_eq!(may_see_token(&client::base(base).unwrap()), may, "{base}");
    }
}
