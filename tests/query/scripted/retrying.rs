//! Errors that pass: tried again, and nothing is read twice.

use std::time::Duration;

use super::table::{Case, JOB, LIST, QUERY, RESULTS, Scene, at_once, billed, failing, job};
use crate::server::answer::{Answer, closed, empty, html};
use crate::server::on;

/// Two pages of a job that was not done at once.
fn paged(first: impl Into<Answer>, then: impl Into<Answer>) -> Vec<crate::server::Rule> {
    vec![
        on(QUERY, job(4).page(0..2, Some("p2"))),
        on(&format!("{RESULTS}?pageToken=p2"), first).then(then),
        billed(10 << 20),
    ]
}

#[test]
fn a_query_that_fails_for_a_moment_is_asked_again_as_the_same_request() {
    for (when, answer) in [
        ("503 with Retry-After", at_once(failing(503, "backendError", "try later"))),
        ("500", at_once(failing(500, "internalError", "oops"))),
        ("502 as HTML", at_once(html(502, "Bad Gateway"))),
        ("504 without a body", at_once(empty(504))),
        ("429", at_once(failing(429, "rateLimitExceeded", "slow down"))),
        ("403 rateLimitExceeded", at_once(failing(403, "rateLimitExceeded", "Exceeded rate limits"))),
        ("the connection is closed", closed()),
        ("the body is cut", Answer::from(job(2).done()).cut(40)),
        ("the compressed body is cut", Answer::from(job(2).done()).gzip().cut(40)),
    ] {
        let scene = Scene::new([on(QUERY, answer).then(job(2).done()), billed(0)]);
        let run = scene.query("").ends(0);
        assert_eq!(run.messages(), ["line 0", "line 1"], "{when}");
        let ids: Vec<_> = scene.queries().iter().map(|query| query["requestId"].clone()).collect();
        assert_eq!(ids.len(), 2, "{when}");
        assert!(ids[0].is_string() && ids[0] == ids[1], "{when}: {ids:?}");
    }
}

#[test]
fn a_page_that_does_not_come_whole_is_fetched_again() {
    let page = || Answer::from(job(4).page(2..4, None));
    for (when, answer) in [
        ("cut", page().cut(300)),
        ("cut, compressed", page().gzip().cut(60)),
        ("cut, in chunks", page().chunked().cut(300)),
        ("503", at_once(failing(503, "backendError", "try later"))),
        ("closed", closed()),
    ] {
        let scene = Scene::new(paged(answer, page()));
        let run = scene.query("").ends(0);
        assert_eq!(run.messages(), ["line 0", "line 1", "line 2", "line 3"], "{when}");
        assert_eq!(scene.jobs().iter().filter(|told| *told == RESULTS).count(), 2, "{when}");
    }
}

#[test]
fn a_listing_that_fails_for_a_moment_is_asked_again() {
    let scene = Scene::new([on(LIST, at_once(html(502, "Bad Gateway"))).then(crate::server::api::tables(&[], None))]);
    scene.query("").ends(2).says("bq://acme/gke");
    assert_eq!(scene.server.told(), [LIST, LIST]);
}

#[test]
fn a_job_that_bigquery_breaks_is_started_anew_under_another_name() {
    for reason in ["jobBackendError", "jobInternalError", "jobRateLimitExceeded"] {
        let scene = Scene::new([
            on(QUERY, job(3).running()).then(job(3).done()),
            on(RESULTS, failing(400, reason, "The job encountered an error; retry")),
            billed(0),
        ]);
        let run = scene.query("").ends(0).says("starting it anew");
        assert_eq!(run.messages().len(), 3, "{reason}");
        let ids: Vec<_> = scene.queries().iter().map(|query| query["requestId"].clone()).collect();
        assert!(ids.len() == 2 && ids[0] != ids[1], "{reason}: {ids:?}");
    }
}

#[test]
fn rows_that_came_before_a_job_broke_are_not_there_twice() {
    let scene = Scene::new([
        on(QUERY, job(4).page(0..2, Some("p2"))).then(job(4).done()),
        on(RESULTS, failing(400, "jobBackendError", "The job encountered an error")),
        billed(0),
    ]);
    let run = scene.query("").ends(0);
    assert_eq!(run.messages(), ["line 0", "line 1", "line 2", "line 3"]);
}

#[test]
fn a_job_that_breaks_again_and_again_is_given_up() {
    let scene = Scene::new([on(QUERY, at_once(failing(400, "jobBackendError", "The job encountered an error")))]);
    scene.query("").ends(2).says("The job encountered an error");
    assert_eq!(scene.queries().len(), 4);
}

#[test]
fn a_slow_job_is_waited_for() {
    Case {
        when: "the job is done at the third look",
        script: vec![
            on(QUERY, job(2).running()),
            on(RESULTS, job(2).running())
                .then(Answer::from(job(2).running()).after(Duration::from_millis(50)))
                .then(job(2).done()),
            billed(10 << 20),
        ],
        words: "",
        status: 0,
        entries: 2,
        says: &["2 entries of 1 Pod", "10 MiB, < $0.01 billed"],
        requests: &[QUERY, RESULTS, RESULTS, RESULTS, JOB],
    }
    .check();
}

#[test]
fn what_is_tried_again_and_again_is_told() {
    let unavailable = || failing(503, "backendError", "Visibility check was unavailable");
    let scene = Scene::new([on(QUERY, unavailable()).then(at_once(unavailable())).then(job(1).done()), billed(0)]);
    scene.query("").ends(0).says("Visibility check was unavailable; trying again in");
}
