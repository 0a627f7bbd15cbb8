//! Pages and rows: each row once, none missing, however they come.

use serde_json::{Value, json};

use super::table::{JOB, LIST, QUERY, RESULTS, Scene, billed, job, row};
use crate::server::{Answer, Rule, on};

fn page(token: &str, answer: impl Into<Answer>) -> Rule {
    on(&format!("{RESULTS}?pageToken={token}"), answer)
}

#[test]
fn a_small_window_is_one_round_trip_and_one_look_at_its_price() {
    let scene = Scene::new([on(QUERY, job(3).done()), billed(10 << 20)]);
    let run = scene.query("").ends(0);
    assert_eq!(run.messages(), ["line 0", "line 1", "line 2"]);
    assert_eq!(scene.jobs(), [QUERY, JOB]);
}

#[test]
fn a_query_says_all_that_bigquery_should_know() {
    let scene = Scene::new([on(QUERY, job(1).done()), billed(0)]);
    scene.query("web --max-bytes 5GiB").ends(0);
    let query = scene.queries().remove(0);
    assert_eq!(query["useLegacySql"], false);
    assert_eq!(query["labels"], json!({"tool": "lq"}));
    assert_eq!(query["location"], "EU");
    assert_eq!(query["maximumBytesBilled"], (5u64 << 30).to_string());
    assert_eq!(query["parameterMode"], "NAMED");
    assert_eq!(query["formatOptions"]["useInt64Timestamp"], true);
    let wait = query["timeoutMs"].as_i64().unwrap();
    assert!((1000..=2000).contains(&wait), "{wait}");
    let values: Vec<&Value> =
        query["queryParameters"].as_array().unwrap().iter().map(|one| &one["parameterValue"]["value"]).collect();
    assert_eq!(values, [&json!("web")]);
}

#[test]
fn pages_follow_their_tokens_and_an_empty_token_is_the_end() {
    let mut last = job(5).page(4..5, None);
    last["pageToken"] = json!("");
    let scene = Scene::new([
        on(QUERY, job(5).page(0..2, Some("p2"))),
        page("p2", job(5).page(2..4, Some("p3"))),
        page("p3", last),
        billed(0),
    ]);
    let run = scene.query("").ends(0);
    assert_eq!(run.messages().len(), 5);
    let pages = scene.server.requests().into_iter().filter(|request| request.told() == RESULTS);
    let pages: Vec<_> = pages.collect();
    assert_eq!(pages.len(), 2, "none after the last one");
    for request in pages {
        assert_eq!(request.asks("location"), Some("EU"));
        assert_eq!(request.asks("formatOptions.useInt64Timestamp"), Some("true"));
    }
}

#[test]
fn a_page_without_rows_is_not_the_end() {
    let scene = Scene::new([
        on(QUERY, job(2).page(0..0, Some("p2"))),
        page("p2", job(2).page(0..1, Some("p3"))),
        page("p3", job(2).page(0..0, Some("p4"))),
        page("p4", job(2).page(1..2, None)),
        billed(0),
    ]);
    assert_eq!(scene.query("").ends(0).messages().len(), 2);
}

#[test]
fn pages_without_end_are_not_read_without_end() {
    let scene = Scene::new([
        on(QUERY, job(2).page(0..0, Some("even"))),
        page("even", job(2).page(0..0, Some("odd"))),
        page("odd", job(2).page(0..0, Some("even"))),
        billed(0),
    ]);
    scene.query("").ends(2).says("empty pages");
    let scene = Scene::new([
        on(QUERY, job(2).page(0..0, Some("more"))),
        page("more", job(2).page(0..0, Some("more"))),
        billed(0),
    ]);
    scene.query("").ends(2).says("the same page again and again");
}

#[test]
fn rows_that_bigquery_announced_and_did_not_send_are_missed() {
    let scene = Scene::new([on(QUERY, job(5).page(0..3, None)), billed(0)]);
    let run = scene.query("").ends(2).says("BigQuery announced 5 rows and sent 3");
    assert!(run.messages().is_empty(), "a slice comes whole or not at all");
}

#[test]
fn times_are_exact_in_every_form() {
    for (form, time) in [
        ("1734591600123456", "2024-12-19T07:00:00.123456Z"),
        ("1.734591600123456E9", "2024-12-19T07:00:00.123456Z"),
        ("1734591600.123456", "2024-12-19T07:00:00.123456Z"),
        ("1.7345916E9", "2024-12-19T07:00:00.000000Z"),
        ("1734591600", "2024-12-19T07:00:00.000000Z"),
    ] {
        // Whole microseconds are never so few.
        let form = if form == "1734591600" { "1734591600.0" } else { form };
        let mut values = row(0);
        values[0] = json!(form);
        let scene = Scene::new([on(QUERY, job(0).row(&values).done()), billed(0)]);
        assert_eq!(scene.query("").ends(0).all("timestamp"), [time], "{form}");
    }
}

#[test]
fn compressed_pages_are_read_and_asked_for() {
    let scene = Scene::new([on(QUERY, Answer::from(job(3).done()).gzip()), billed(0)]);
    assert_eq!(scene.query("").ends(0).messages().len(), 3);
    let request = scene.server.requests().into_iter().find(|request| request.told() == QUERY).unwrap();
    assert!(request.header("accept-encoding").unwrap().contains("gzip"));
    assert!(request.header("user-agent").unwrap().starts_with("lq/"));
}

#[test]
fn rows_come_sorted_without_their_twins() {
    let scene = Scene::new([on(QUERY, job(0).row(&row(5)).row(&row(1)).row(&row(5)).row(&row(3)).done()), billed(0)]);
    let run = scene.query("").ends(0).says("1 twin dropped");
    assert_eq!(run.messages(), ["line 1", "line 3", "line 5"]);
}

#[test]
fn a_limit_that_twins_fill_is_asked_for_again_with_more_rows() {
    let twins = job(0).row(&row(0)).row(&row(0)).done();
    let more = job(0).row(&row(0)).row(&row(0)).row(&row(1)).row(&row(2)).done();
    let scene = Scene::new([on(QUERY, twins).then(more), billed(0)]);
    let run = scene.query("--limit 2").ends(0);
    assert_eq!(run.messages(), ["line 0", "line 1"]);
    let limits: Vec<_> =
        scene.queries().iter().map(|query| query["query"].as_str().unwrap().contains("LIMIT 2")).collect();
    assert_eq!(limits, [true, false]);
}

#[test]
fn many_tables_are_listed_page_by_page() {
    use crate::server::api::{Table, tables};
    let first = tables(&[Table::sink("stdout_20241218").listed()], Some("t2"));
    let second = tables(&[Table::sink("stdout_20241219").listed()], Some(""));
    let scene =
        Scene::new([on(&format!("{LIST}?pageToken=t2"), second), on(LIST, first), on(QUERY, job(1).done()), billed(0)]);
    assert_eq!(scene.query("").ends(0).messages().len(), 1);
}

#[test]
fn what_is_known_of_the_tables_is_not_asked_twice() {
    let scene = Scene::new([on(QUERY, job(1).done()), billed(0)]);
    let looks = || scene.server.told().iter().filter(|told| told.contains("/datasets/")).count();
    scene.query("").ends(0);
    assert_eq!(looks(), 3);
    scene.query("").ends(0);
    assert_eq!(looks(), 3, "remembered");
    scene.query("--refresh").ends(0);
    assert_eq!(looks(), 6);
}

#[test]
fn tables_that_have_changed_are_looked_at_again() {
    let scene = Scene::new([
        on(QUERY, job(1).done())
            .then(super::table::failing(400, "invalidQuery", "Unrecognized name: textPayload"))
            .then(job(2).done()),
        billed(0),
    ]);
    scene.query("").ends(0);
    assert_eq!(scene.query("").ends(0).messages().len(), 2);
}

#[test]
fn rows_that_came_before_a_table_was_gone_are_not_there_twice() {
    // Without insertIds nothing tells twins.
    let bare = || {
        (0..5).fold(job(0), |job, second| {
            let mut values = row(second);
            values[2] = Value::Null;
            job.row(&values)
        })
    };
    let gone = super::table::failing(404, "notFound", "Not found: Table acme:gke.stdout_20241219");
    let scene = Scene::new([
        on(QUERY, job(1).done()).then(bare().page(0..3, Some("p2"))).then(bare().done()),
        page("p2", gone),
        billed(0),
    ]);
    scene.query("").ends(0);
    assert_eq!(scene.query("").ends(0).messages().len(), 5);
}

#[test]
fn more_rows_than_announced_are_not_read_without_end() {
    let endless = |token: usize| page(&token.to_string(), job(2).page(0..2, Some(&(token + 1).to_string())));
    let scene = Scene::new([on(QUERY, job(2).page(0..2, Some("1"))), billed(0)].into_iter().chain((1..9).map(endless)));
    scene.query("").ends(2).says("BigQuery announced 2 rows and sent 4");
    let pages = scene.server.requests().iter().filter(|request| request.asks("pageToken").is_some()).count();
    assert!(pages < 5, "{pages}");
}

#[test]
fn a_row_that_says_no_time_is_missed() {
    let mut values = row(0);
    values[0] = Value::Null;
    let scene = Scene::new([on(QUERY, job(0).row(&values).done()), billed(0)]);
    scene.query("").ends(2).says("1 row without a time");
}

#[test]
fn columns_that_were_not_asked_for_are_refused() {
    let mut other = job(1).done();
    other["schema"]["fields"][1]["name"] = json!("insertId");
    other["schema"]["fields"][2]["name"] = json!("severity");
    let scene = Scene::new([on(QUERY, other), billed(0)]);
    scene.query("").ends(2).says("has the columns timestamp, insertId, severity");
}
