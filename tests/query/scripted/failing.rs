//! Errors that stay: told with their remedy, and never tried again.

use super::table::{Case, DATASETS, LIST, QUERY, RESULTS, Scene, bare, failing, job};
use crate::server::answer::html;
use crate::server::on;

/// A query that is refused at once.
fn refused(
    when: &'static str,
    answer: impl Into<crate::server::Answer>,
    status: i32,
    says: &'static [&'static str],
) -> Case {
    Case { when, script: vec![on(QUERY, answer)], words: "", status, entries: 0, says, requests: &[QUERY] }
}

#[test]
fn a_job_that_may_not_run_is_told_with_its_remedy_and_not_tried_again() {
    for case in [
        refused(
            "who may not run jobs",
            failing(
                403,
                "accessDenied",
                "Access Denied: Project acme: User does not have bigquery.jobs.create permission in project acme.",
            ),
            2,
            &["bigquery.jobs.create permission", "roles/bigquery.jobUser in project acme", "--billing-project"],
        ),
        refused(
            "who may not read the tables",
            failing(
                403,
                "accessDenied",
                "Access Denied: Table acme:gke.stdout_20241219: User does not have permission to query table",
            ),
            2,
            &["roles/bigquery.dataViewer on the dataset acme:gke"],
        ),
        refused("a 403 without errors[]", bare(403, "The caller does not have permission"), 2, &["roles/"]),
        refused(
            "the API is not enabled",
            failing(
                403,
                "accessNotConfigured",
                "BigQuery API has not been used in project acme before or it is disabled.",
            ),
            2,
            &["gcloud services enable bigquery.googleapis.com --project acme"],
        ),
        refused(
            "a quota is used up",
            failing(403, "quotaExceeded", "Quota exceeded: Your project exceeded quota for free query bytes scanned."),
            2,
            &["Quota exceeded", "--billing-project"],
        ),
        refused(
            "a query that needs too much",
            failing(400, "resourcesExceeded", "Resources exceeded during query execution"),
            2,
            &["a narrower window"],
        ),
        refused(
            "a result that is too large",
            failing(403, "responseTooLarge", "Response too large to return."),
            2,
            &["a narrower window"],
        ),
        refused(
            "a table that wants a filter",
            failing(
                400,
                "invalidQuery",
                "Cannot query over table 'gke.stdout' without a filter over column(s) 'timestamp' that can be used for partition elimination",
            ),
            2,
            &["partition column"],
        ),
        refused(
            "a wrong query",
            failing(400, "invalidQuery", "Syntax error: Unexpected end of script"),
            2,
            &["--where"],
        ),
        refused(
            "a dataset elsewhere",
            failing(404, "notFound", "Not found: Dataset acme:gke was not found in location US"),
            2,
            &["--location"],
        ),
        refused(
            "a project without billing",
            failing(403, "billingNotEnabled", "Billing has not been enabled for this project."),
            2,
            &["acme"],
        ),
        refused(
            "stopped by somebody",
            failing(400, "stopped", "Job execution was cancelled: User requested cancellation"),
            2,
            &["cancelled"],
        ),
        refused("a redirect", html(302, "Moved").header("Location", "http://127.0.0.1:1/login"), 2, &["302"]),
    ] {
        case.check();
    }
}

#[test]
fn a_dataset_that_cannot_be_listed_is_told_with_its_remedy() {
    for (when, answer, says) in [
        ("no such dataset", failing(404, "notFound", "Not found: Dataset acme:gke"), "bq ls acme:"),
        (
            "no permission",
            failing(
                403,
                "accessDenied",
                "Access Denied: Dataset acme:gke: Permission bigquery.tables.list denied on dataset acme:gke (or it may not exist).",
            ),
            "roles/bigquery.dataViewer on the dataset acme:gke",
        ),
        ("no such project", failing(404, "notFound", "Not found: Project acme"), "project's id"),
    ] {
        let scene = Scene::new([on(LIST, answer), on(DATASETS, failing(403, "accessDenied", "Access Denied"))]);
        let run = scene.query("").ends(2).says(says);
        assert!(run.values()[0]["lq"]["failed"].is_string(), "{when}");
        let asked = scene.server.told();
        assert!(asked[0] == LIST && asked[1..].iter().all(|told| told == DATASETS), "{when}: {asked:?}");
    }
}

#[test]
fn a_misspelt_dataset_is_told_with_the_nearest_ones() {
    let not_found = || failing(404, "notFound", "Not found: Dataset acme:gke");
    let not_said = || {
        let message = "Access Denied: Dataset acme:gke: Permission bigquery.tables.list denied on dataset acme:gke (or it may not exist).";
        failing(403, "accessDenied", message)
    };
    for (answer, listed, said) in [
        (not_found(), &["gke_logs", "sales"][..], "did you mean bq://acme/gke_logs?\n"),
        (
            not_said(),
            &["gke_logs", "sales"],
            "did you mean bq://acme/gke_logs?\nlq-query: you need roles/bigquery.dataViewer on the dataset acme:gke ",
        ),
        (not_found(), &["sales", "web"], "the datasets of acme that you may see: sales, web\n"),
        (not_found(), &[], "`bq ls acme:`"),
        // It is there: then it is the permission.
        (not_said(), &["gke", "gke_logs"], "lq-query --doctor shows the command that grants it\n"),
    ] {
        let scene = Scene::new([on(LIST, answer), on(DATASETS, crate::server::api::datasets(listed))]);
        scene.query("").ends(2).says(said);
        assert_eq!(scene.server.told(), [LIST, DATASETS], "{said}");
    }
}

#[test]
fn a_job_that_fails_after_a_while_leaves_nothing_running() {
    let script = vec![
        on(QUERY, job(0).running()),
        on(RESULTS, job(0).running()).then(failing(
            400,
            "resourcesExceeded",
            "Resources exceeded during query execution",
        )),
    ];
    Case {
        when: "the job runs, and fails",
        script,
        words: "",
        status: 2,
        entries: 0,
        says: &["Resources exceeded", "a narrower window"],
        requests: &[QUERY, RESULTS, RESULTS],
    }
    .check();
}

#[test]
fn raw_bodies_are_shown_with_vv_only() {
    let script = || [on(QUERY, failing(400, "invalidQuery", "Syntax error").header("x", "y"))];
    Scene::new(script()).query("").ends(2).says_nothing_of("\"reason\"");
    Scene::new(script()).query("-vv").ends(2).says("\"reason\":\"invalidQuery\"").says("POST");
}

#[cfg(target_os = "linux")]
#[test]
fn where_no_thread_can_be_started_that_is_an_error() {
    let scene = Scene::new([]);
    for (words, most) in [("", 1), ("", 2), ("", 4), ("--doctor", 2)] {
        let mut limited = crate::support::with_threads(most, &scene.command(words), scene.home.path());
        crate::support::Run::of(&mut limited)
            .ends(2)
            .says("cannot start a thread (`ulimit -u` shows")
            .says_nothing_of("panicked");
    }
}
