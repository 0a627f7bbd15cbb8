//! Each call as it stands on the wire.

use std::time::Duration;

use gcp_bigquery_client::model::query_request::QueryRequest;
use serde_json::json;

use super::{gives, nobody, somebody};
use crate::source::bigquery::auth::{Auth, Environment};
use crate::source::bigquery::rest::{LIMITS, Paging, Rest};
use crate::source::bigquery::scripted::{Answer, Server, on};

/// Answers everything.
fn any() -> Server {
    let rules = ["GET *", "POST *"]
        .into_iter()
        .flat_map(|start| (0..10).map(move |parts| on(&format!("{start}{}", "/*".repeat(parts)), json!({}))));
    Server::start(rules)
}

#[tokio::test]
async fn every_call_asks_for_what_the_reference_says() {
    let server = any();
    let rest = nobody(&server);
    let paging = Paging {
        page_token: Some("p 2"),
        start: Some(7),
        max_results: Some(0),
        wait: Some(Duration::from_millis(1500)),
    };
    rest.list_tables("acme", "gke", None).await.unwrap();
    rest.list_tables("acme", "gke", Some("a+b=&c")).await.unwrap();
    rest.list_tables("acme", "gke", Some("")).await.unwrap();
    rest.get_table("example.com:acme", "gke", "stdout_20261121").await.unwrap();
    rest.get(&["projects", "acme", "datasets", "gke"], &[]).await.unwrap();
    rest.query("acme", &QueryRequest::new("SELECT 1")).await.unwrap();
    rest.query_results("acme", "job_1", Some("EU"), paging).await.unwrap();
    rest.query_results("acme", "job_1", None, Paging::default()).await.unwrap();
    rest.job("acme", "job_1", Some("EU")).await.unwrap();
    rest.cancel("acme", "job_1", Some("EU")).await.unwrap();
    let told: Vec<String> = server
        .requests()
        .iter()
        .map(|request| {
            let query: Vec<String> = request.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
            format!("{} {}", request.told(), query.join(" "))
        })
        .collect();
    let expected = [
        "GET projects/acme/datasets/gke/tables maxResults=1000",
        "GET projects/acme/datasets/gke/tables maxResults=1000 pageToken=a+b=&c",
        "GET projects/acme/datasets/gke/tables maxResults=1000",
        "GET projects/example.com:acme/datasets/gke/tables/stdout_20261121 ",
        "GET projects/acme/datasets/gke ",
        "POST projects/acme/queries ",
        "GET projects/acme/queries/job_1 formatOptions.useInt64Timestamp=true location=EU pageToken=p 2 \
         startIndex=7 maxResults=0 timeoutMs=1500",
        "GET projects/acme/queries/job_1 formatOptions.useInt64Timestamp=true",
        "GET projects/acme/jobs/job_1 location=EU",
        "POST projects/acme/jobs/job_1/cancel location=EU",
    ];
    assert_eq!(told, expected);
    let body = server.requests()[5].json();
    let format = json!({"useInt64Timestamp": true});
    assert_eq!(body, json!({"query": "SELECT 1", "useLegacySql": false, "formatOptions": format}));
}

#[tokio::test]
async fn a_part_of_a_path_stays_one_part() {
    let server = any();
    nobody(&server).get_table("acme", "gke", "a/../b c?d#e%2F").await.unwrap();
    assert_eq!(server.requests()[0].path, "/bigquery/v2/projects/acme/datasets/gke/tables/a/../b c?d#e%2F");
    assert!(server.requests()[0].query.is_empty());
}

#[tokio::test]
async fn a_base_with_a_path_keeps_it() {
    let server = any();
    let rest = Rest::within(LIMITS, Some(format!("{}/behind/", server.url())), Auth::nobody()).unwrap();
    rest.get(&["projects", "acme", "datasets", "gke"], &[]).await.unwrap();
    assert_eq!(server.requests()[0].path, "/behind/bigquery/v2/projects/acme/datasets/gke");
}

#[test]
fn a_base_that_is_no_url_is_an_error_that_shows_a_good_one() {
    for base in ["localhost:9050", "127.0.0.1", "ftp://host", "http://"] {
        let error = Rest::new(Some(base.into()), Auth::nobody(), 0).unwrap_err().to_string();
        assert!(error.contains(base) && error.contains("http://HOST:PORT"), "{error}");
    }
}

#[tokio::test]
async fn a_request_says_who_sends_it_and_whose_quota_is_used() {
    let server = Server::start([gives("token-1"), on("GET projects/acme/datasets/gke", json!({}))]);
    let environment = Environment {
        metadata_host: Some(server.host()),
        quota_project: Some("acme-quota".into()),
        ..Environment::default()
    };
    let auth = Auth::find(&environment).await.unwrap();
    Rest::new(Some(server.url()), auth, 0).unwrap().get(&["projects", "acme", "datasets", "gke"], &[]).await.unwrap();
    let request = &server.requests()[1];
    assert_eq!(request.token(), Some("token-1"));
    assert_eq!(request.header("x-goog-user-project"), Some("acme-quota"));
    assert_eq!(request.header("user-agent"), Some(concat!("lq/", env!("CARGO_PKG_VERSION"), " (gzip)")));
    assert_eq!(request.header("accept-encoding"), Some("gzip"));
}

#[tokio::test]
async fn nobody_sends_no_token() {
    let server = any();
    nobody(&server).get(&["projects", "acme", "datasets", "gke"], &[]).await.unwrap();
    assert_eq!(server.requests()[0].header("authorization"), None);
    assert_eq!(server.requests()[0].header("x-goog-user-project"), None);
}

#[tokio::test]
async fn compressed_answers_are_read_and_connections_kept() {
    let body = json!({"tables": vec!["x"; 10_000]});
    let answers = [
        ("plain", Answer::from(body.clone())),
        ("gzip", Answer::from(body.clone()).gzip()),
        ("chunked", Answer::from(body.clone()).chunked()),
        ("gzip in chunks", Answer::from(body.clone()).gzip().chunked()),
    ];
    let server =
        Server::start(answers.clone().map(|(name, answer)| on(&format!("GET projects/*/datasets/{name}"), answer)));
    let rest = nobody(&server);
    for (name, _) in answers {
        let got = rest.get(&["projects", "acme", "datasets", name], &[]).await.unwrap();
        assert_eq!(serde_json::from_slice::<serde_json::Value>(&got).unwrap(), body, "{name}");
    }
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn tokens_are_made_once_for_many_requests() {
    let server = Server::start([gives("token-1"), on("GET projects/acme/datasets/gke", json!({}))]);
    let rest = somebody(&server).await;
    for _ in 0..3 {
        rest.get(&["projects", "acme", "datasets", "gke"], &[]).await.unwrap();
    }
    assert_eq!(server.requests().iter().filter(|request| request.path.ends_with("/token")).count(), 1);
}
