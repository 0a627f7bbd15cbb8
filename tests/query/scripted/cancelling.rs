//! Jobs that nobody wants any more are cancelled, and it is said so.

use std::process::{Child, Command};

use super::table::{CANCEL, QUERY, RESULTS, Scene, failing, job};
use crate::server::on;
use crate::support::{Run, eventually};

fn signal(child: &Child, name: &str) {
    assert!(Command::new("kill").args([name, &child.id().to_string()]).status().unwrap().success());
}

fn end(child: Child) -> Run {
    child.wait_with_output().unwrap().into()
}

#[test]
fn a_signal_before_the_job_has_a_name_waits_for_it_and_cancels() {
    let scene = Scene::new([
        on(QUERY, crate::server::Answer::from(job(0).running()).after(std::time::Duration::from_millis(800))),
        on(CANCEL, job(0).cancelled()),
    ]);
    let child = scene.start("");
    eventually("the query was sent", || scene.jobs().contains(&QUERY.to_owned()));
    signal(&child, "-INT");
    end(child).ends(130).says("cancelled job job_1");
    assert_eq!(scene.jobs(), [QUERY, CANCEL]);
    assert_eq!(scene.server.requests().last().unwrap().asks("location"), Some("EU"));
}

#[test]
fn a_job_that_cannot_be_cancelled_is_named_with_the_command_for_it() {
    let scene = Scene::new([
        on(QUERY, job(0).running()),
        on(RESULTS, crate::server::Answer::from(job(0).running()).after(std::time::Duration::from_millis(200))),
        on(CANCEL, failing(403, "accessDenied", "Access Denied")),
    ]);
    let child = scene.start("");
    eventually("the job runs", || scene.jobs().contains(&RESULTS.to_owned()));
    signal(&child, "-INT");
    end(child).ends(130).says("cannot cancel job job_1").says("bq cancel acme:EU.job_1");
}

#[test]
fn a_signal_while_the_tables_are_looked_for_ends_at_once() {
    use super::table::LIST;
    use crate::server::api::tables;
    let listing = crate::server::Answer::from(tables(&[], None)).stalled(0);
    let scene = Scene::new([on(LIST, listing)]);
    let child = scene.start("");
    eventually("the tables are asked for", || scene.server.told() == [LIST]);
    signal(&child, "-INT");
    end(child).ends(130);
}

#[test]
fn a_job_that_may_still_run_is_cancelled_where_nobody_may_look_at_it_any_more() {
    for (status, reason) in [(403, "accessDenied"), (403, "quotaExceeded"), (407, "proxy")] {
        let scene = Scene::new([
            on(QUERY, job(0).running()),
            on(RESULTS, failing(status, reason, "No")),
            on(CANCEL, job(0).cancelled()),
        ]);
        scene.query("").ends(2).says("lost touch, cancelled job job_1");
        assert_eq!(scene.jobs(), [QUERY, RESULTS, CANCEL], "{status} {reason}");
    }
}

#[test]
fn a_signal_cancels_the_query_of_the_doctor() {
    use serde_json::json;

    use crate::server::api::dataset;
    let today = chrono::Utc::now().format("stdout_%Y%m%d").to_string();
    let running = crate::server::Answer::from(job(0).running()).after(std::time::Duration::from_millis(200));
    let scene = Scene::of(
        &[crate::server::api::Table::sink(&today)],
        [
            on("POST projects/acme/jobs", json!({})),
            on("GET projects/acme/datasets/gke", dataset("gke")),
            on(QUERY, super::table::dry_run(1)).when(super::table::is_dry),
            on(QUERY, job(0).running()),
            on(RESULTS, running),
            on(CANCEL, job(0).cancelled()),
        ],
    );
    let child = scene.start("--doctor");
    eventually("the job runs", || scene.jobs().contains(&RESULTS.to_owned()));
    signal(&child, "-INT");
    let run = end(child).ends(130);
    assert_eq!(run.out, "");
    assert_eq!(scene.jobs().last().map(String::as_str), Some(CANCEL));
}
