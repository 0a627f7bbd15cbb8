//! Who asks, and what that account may do.

use chrono::Utc;
use serde_json::json;

use super::super::table::{DATASETS, LIST, QUERY, failing, is_dry};
use super::{Clinic, DATASET, JOBS};
use crate::server::answer::html;
use crate::server::api::datasets;
use crate::server::{Answer, on};
use crate::support::Run;

pub(super) fn denied(permission: &str, on: &str) -> Answer {
    failing(403, "accessDenied", &format!("Access Denied: {on}: Permission {permission} denied on {on}"))
}

#[test]
fn each_missing_permission_is_told_with_the_command_that_grants_it() {
    let grant = "bq query --project_id=acme --use_legacy_sql=false 'GRANT `roles/bigquery.dataViewer` ON SCHEMA \
                 `acme`.`gke` TO \"user:ann@acme.com\"'";
    let no_job = "Access Denied: Project acme: User does not have bigquery.jobs.create permission in project acme.";
    let no_data = "Access Denied: Table acme:gke.stdout: User does not have permission to query table";
    let get = || on(&format!("{LIST}/*"), denied("bigquery.tables.get", "table acme:gke.x"));
    for (rule, status, said, never) in [
        (
            on(JOBS, failing(403, "accessDenied", no_job)),
            2,
            &[
                "FAIL  permission bigquery.jobs.create in project acme: missing (Access Denied: ",
                "roles/bigquery.jobUser on project acme grants it:\n",
                "gcloud projects add-iam-policy-binding acme --member=user:YOU@EXAMPLE.COM --role=roles/bigquery.jobUser\n",
                "--billing-project PROJECT",
                "ok    permission bigquery.tables.list",
                "ok    layout: one table a day",
                "warn  not looked at for want of bigquery.jobs.create: bigquery.tables.getData, ",
            ][..],
            "lag:",
        ),
        (
            on(DATASET, denied("bigquery.datasets.get", "dataset acme:gke")),
            0,
            &["warn  permission bigquery.datasets.get on acme:gke: missing", grant, "ok    lag: "],
            "FAIL",
        ),
        (
            on(LIST, denied("bigquery.tables.list", "dataset acme:gke")),
            2,
            &["FAIL  permission bigquery.tables.list on acme:gke: missing (", grant, "ok    dataset bq://acme/gke"],
            "layout",
        ),
        (
            get(),
            2,
            &[
                "ok    permission bigquery.tables.list",
                "FAIL  permission bigquery.tables.get on acme:gke: missing (",
                grant,
            ],
            "ok    permission bigquery.tables.get ",
        ),
        (
            on(QUERY, failing(403, "accessDenied", no_data)).when(is_dry),
            2,
            &[
                "ok    permission bigquery.tables.get",
                "FAIL  permission bigquery.tables.getData on acme:gke: missing (",
                grant,
            ],
            "lag:",
        ),
    ] {
        let clinic = Clinic::new([on(DATASETS, datasets(&["gke"])), rule]);
        let run = clinic.examine("--source bq://acme/gke").ends(status).says_nothing_of(never);
        for said in said {
            assert!(run.err.contains(said), "`{said}` is missing in:\n{}", run.err);
        }
        assert_eq!(run.out.is_empty(), status == 2, "no profile where something fails: {}", run.out);
    }
}

#[test]
fn credentials_that_do_not_work_are_told_and_bigquery_is_looked_for_all_the_same() {
    let date = |ahead: i64| (Utc::now() - chrono::TimeDelta::seconds(ahead)).to_rfc2822().replace("+0000", "GMT");
    let projects = "GET projects";
    let refused =
        |ahead| failing(401, "authError", "Request is missing required authentication").header("Date", date(ahead));
    for (ahead, said) in [(0, "ok    clock: agrees with BigQuery's\n"), (7200, "FAIL  clock: 2h")] {
        let clinic = Clinic::new([on(projects, refused(ahead))]);
        let mut command = clinic.command("--source bq://acme/gke");
        let run = Run::of(command.env("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/key.json")).ends(2);
        let run =
            run.says("FAIL  credentials: GOOGLE_APPLICATION_CREDENTIALS=/nowhere/key.json: there is no such file\n");
        let run =
            run.says("gcloud auth application-default login").says("ok    network: BigQuery answers\n").says(said);
        assert_eq!(run.out, "");
        assert_eq!(clinic.server.told(), [projects]);
    }
}

#[test]
fn where_bigquery_does_not_answer_for_itself_nothing_else_is_asked() {
    for (answer, said, remedy) in [
        (html(503, "Busy").header("retry-after", "100"), "BigQuery answered 503", ""),
        (html(500, "Oops").header("retry-after", "100"), "BigQuery answered 500", ""),
        (html(403, "Blocked by ACME"), "BigQuery answered 403 Forbidden: Blocked", "a proxy's or VPN's login page?"),
        (html(302, "Moved"), "BigQuery answered 302", "a proxy's or VPN's login page?"),
    ] {
        let clinic = Clinic::new([on(JOBS, answer)]);
        let run = clinic.examine("--source bq://acme/gke").ends(2);
        let run = run.says(&format!("FAIL  network: {said}")).says(remedy).says_nothing_of("grants it");
        assert_eq!((run.out.as_str(), clinic.server.told()), ("", vec![JOBS.to_owned()]), "{}", run.err);
    }
}

#[test]
fn what_is_tried_again_is_told() {
    let busy = || html(503, "Busy");
    let clinic = Clinic::new([on(JOBS, busy()).then(busy()).then(json!({"user_email": "ann@acme.com"}))]);
    let run = clinic.examine("--source bq://acme/gke").ends(0);
    run.says("lq-query: BigQuery answered 503 Service Unavailable: Busy Busy; trying again in ");
}

#[test]
fn a_project_that_is_not_there_is_asked_for_by_its_name() {
    let clinic = Clinic::new([on(JOBS, failing(404, "notFound", "Not found: Project acme"))]);
    let run = clinic.examine("--source bq://acme/gke").ends(2).says_nothing_of("DATASET");
    run.says("FAIL  queries in project acme: Not found").says("is acme the project's id, not its name?");
}

#[test]
fn a_key_that_is_none_is_told_in_whole_words() {
    let clinic = Clinic::new([on("GET projects", failing(401, "authError", "who?"))]);
    let key = clinic.home.path().join("key.json");
    let parts = json!({"type": "service_account", "project_id": "acme", "private_key_id": "k", "private_key": "xx",
        "client_email": "a@acme.iam.gserviceaccount.com", "token_uri": "http://127.0.0.1:1/"});
    std::fs::write(&key, parts.to_string()).unwrap();
    let mut command = clinic.command("--source bq://acme/gke");
    let run = Run::of(command.env("GOOGLE_APPLICATION_CREDENTIALS", &key));
    run.ends(2).says("FAIL  credentials: ").says("point GOOGLE_APPLICATION_CREDENTIALS").says_nothing_of("[secret]");
}
