//! `--doctor`: each thing that may be missing is told by its name, with what helps.

mod access;

use std::process::Command;

use chrono::{Days, NaiveDate, Utc};
use serde_json::{Value, json};
use tempfile::TempDir;

use access::denied;

use super::table::{DATASETS, LIST, QUERY, bare, failing, is_dry};
use crate::server::api::{Job, Table, column, dataset, datasets, dry_run, tables};
use crate::server::{Answer, Request, Rule, Server, on};
use crate::support::{Run, lq_query};

const JOBS: &str = "POST projects/acme/jobs";
const DATASET: &str = "GET projects/acme/datasets/gke";
const GIB: u64 = 1 << 30;

/// A day before today (UTC).
fn day(back: u64) -> NaiveDate {
    Utc::now().date_naive() - Days::new(back)
}

fn id(log: &str, back: u64) -> String {
    format!("{log}_{}", day(back).format("%Y%m%d"))
}

/// The tables of a sink's last ten days, and an older one.
fn shards() -> Vec<Table> {
    let logs = ["stdout", "stderr"];
    let days = (0..10).chain([400]);
    let table =
        |log: &str, back| Table::sink(&id(log, back)).payload(&["message", "user"].map(|name| column(name, "STRING")));
    days.flat_map(|back| logs.map(|log| table(log, back))).collect()
}

/// The one row that tells of the newest entry: its age in seconds.
fn newest(age: i64) -> Job {
    let micros = Utc::now().timestamp_micros() - age * 1_000_000;
    let columns = [("newest", "INTEGER"), ("n", "INTEGER"), ("late", "INTEGER")];
    Job::new("job_1", &columns).row(&[json!(micros.to_string()), json!("1200"), json!("3600000")])
}

/// A healthy sink in a scripted BigQuery, but for what `rules` say, and a home without anything.
struct Clinic {
    server: Server,
    home: TempDir,
}

impl Clinic {
    fn new(rules: impl IntoIterator<Item = Rule>) -> Self {
        Clinic::of(&shards(), rules)
    }

    fn of(sink: &[Table], rules: impl IntoIterator<Item = Rule>) -> Self {
        let mut rules: Vec<Rule> = rules.into_iter().collect();
        let who =
            json!({"kind": "bigquery#job", "user_email": "ann@acme.com", "principal_subject": "user:ann@acme.com"});
        let mut gke = dataset("gke");
        gke["defaultTableExpirationMs"] = json!("34560000000");
        rules.extend([on(JOBS, who), on(DATASET, gke)]);
        let listed: Vec<Value> = sink.iter().map(Table::listed).collect();
        rules.push(on(LIST, tables(&listed, None)));
        for (table, listed) in sink.iter().zip(&listed) {
            let id = listed["tableReference"]["tableId"].as_str().unwrap();
            rules.push(on(&format!("{LIST}/{id}"), table.resource()));
        }
        rules.push(on(QUERY, dry_run(12 * GIB)).when(|request| is_dry(request) && reads_payload(request)));
        rules.push(on(QUERY, dry_run(GIB)).when(is_dry));
        rules.push(on(QUERY, newest(41).done()));
        rules.push(on("GET projects/acme/jobs/job_1", newest(41).resource("DONE", 10 << 20)));
        Clinic { server: Server::start(rules), home: tempfile::tempdir().unwrap() }
    }

    fn command(&self, words: &str) -> Command {
        let mut command = lq_query();
        command.env("BIGQUERY_EMULATOR_HOST", self.server.url()).env("HOME", self.home.path());
        command.arg("--doctor").args(words.split_whitespace());
        command
    }

    fn examine(&self, words: &str) -> Run {
        let run = Run::of(&mut self.command(words));
        assert_eq!(self.server.strangers(), [] as [&str; 0], "requests without a rule");
        run
    }
}

/// True for a query that reads whole payloads.
fn reads_payload(request: &Request) -> bool {
    let sql = request.json()["query"].as_str().unwrap_or_default().to_owned();
    sql.contains("TO_JSON_STRING(") && !sql.contains("STRUCT(")
}

#[test]
fn all_is_well_and_the_profile_can_be_appended_and_used() {
    let clinic = Clinic::new([]);
    let run = clinic.examine("--source bq://acme/gke").ends(0);
    let (first, last) = (day(400), day(0));
    for said in [
        "ok    credentials: none needed, BIGQUERY_EMULATOR_HOST=",
        "ok    permission bigquery.jobs.create in project acme, as ann@acme.com\n",
        "ok    dataset bq://acme/gke in EU; tables are kept 400 days\n",
        "ok    permission bigquery.datasets.get on acme:gke\n",
        "ok    permission bigquery.tables.list on acme:gke\n",
        "ok    permission bigquery.tables.get on acme:gke\n",
        &format!(
            "ok    layout: one table a day; bq://acme/gke holds stderr {first} to {last}, stdout {first} to {last}\n"
        ),
        "ok    export errors: none in the last 7 days\n",
        "ok    permission bigquery.tables.getData on acme:gke\n",
        "ok    lag: the newest entry is ",
        "; 1,200 entries since ",
        ", 3.0 s from the container to Cloud Logging (10 MiB, < $0.01 billed)\n",
        "ok    a typical day: ≤ 12 GiB, ≤ $0.07; ≤ 1.0 GiB, < $0.01 --without payload (median of 7 days)\n",
        "lq-query: then: lq-query --profile gke ...",
    ] {
        assert!(run.err.contains(said), "`{said}` is missing in:\n{}", run.err);
    }
    assert!(!run.err.contains("FAIL") && !run.err.contains("warn"), "{}", run.err);
    let config = clinic.home.path().join("config.toml");
    let before = "[profile.other]\nsource = 'bq://acme/other'";
    std::fs::write(&config, format!("{before}{}", run.out)).unwrap();
    let shown = |words: &str| {
        let mut command = lq_query();
        command.arg("--config").arg(&config).args(words.split_whitespace()).arg("--show-config");
        Run::of(&mut command).ends(0).out.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let used = shown("--profile gke");
    assert!(used.contains("source = \"bq://acme/gke\""), "{used}");
    assert!(used.contains("max-bytes = \"85GiB\""), "{used}");
    // A second one has another name: two sections of one name spoil the file.
    let again = clinic.examine(&format!("--source bq://acme/gke --config {}", config.display())).ends(0);
    assert!(again.out.contains("\n[profile.gke-2]\n"), "{}", again.out);
    let mut command = clinic.command("");
    command.args(["--profile", "gke", "--config"]).arg(&config);
    Run::of(&mut command).ends(0).says("ok    layout");
}

#[test]
fn one_query_runs_and_it_reads_today_s_tables_alone() {
    let clinic = Clinic::new([]);
    clinic.examine("--source bq://acme/gke --max-bytes 50GiB").ends(0);
    let ran: Vec<Value> = clinic
        .server
        .requests()
        .iter()
        .map(Request::json)
        .filter(|body| body["query"].is_string() && body.get("dryRun").is_none())
        .collect();
    assert_eq!(ran.len(), 1);
    let sql = ran[0]["query"].as_str().unwrap();
    assert!(sql.contains(&id("stdout", 0)) && !sql.contains(&id("stdout", 2)) && !sql.contains("Payload"), "{sql}");
    assert_eq!(ran[0]["maximumBytesBilled"], (50 * GIB).to_string());
}

#[test]
fn what_stands_in_the_way_of_everything_is_told_alone() {
    let not_enabled = "BigQuery API has not been used in project acme before or it is disabled.";
    for (rules, said) in [
        (
            vec![on(JOBS, failing(403, "accessNotConfigured", not_enabled))],
            &["FAIL  queries in project acme: BigQuery API has not", "gcloud services enable bigquery.googleapis.com"]
                [..],
        ),
        (
            vec![
                on(DATASET, failing(404, "notFound", "Not found: Dataset acme:gke")),
                on(DATASETS, datasets(&["gke_logs", "x"])),
            ],
            &["FAIL  dataset bq://acme/gke: Not found: Dataset acme:gke\n      did you mean bq://acme/gke_logs?\n"],
        ),
        (
            vec![on(DATASET, failing(404, "notFound", "Not found: Dataset acme:gke")), on(DATASETS, datasets(&[]))],
            &["FAIL  dataset bq://acme/gke: Not found", "bq ls acme:"],
        ),
        (vec![on(LIST, tables(&[], None))], &["FAIL  layout: bq://acme/gke is empty", "roles/bigquery.dataEditor"]),
        (
            vec![on(LIST, tables(&[Table::sink("orders").listed()], None))],
            &["FAIL  layout: bq://acme/gke holds no container logs (stdout, stderr); it holds orders"],
        ),
        (vec![on(JOBS, bare(403, "The caller does not have permission"))], &["FAIL  permission bigquery.jobs.create"]),
    ] {
        let run = Clinic::new(rules).examine("--source bq://acme/gke").ends(2);
        for said in said {
            assert!(run.err.contains(said), "`{said}` is missing in:\n{}", run.err);
        }
        assert_eq!(run.out, "");
    }
}

#[test]
fn a_clock_that_is_off_is_told_with_what_it_breaks() {
    let who = |ahead: i64| {
        let date = Utc::now() - chrono::TimeDelta::seconds(ahead);
        Answer::from(json!({"user_email": "ann@acme.com"})).header("Date", date.format("%a, %d %b %Y %H:%M:%S GMT"))
    };
    for (ahead, status, said) in [
        (0, 0, "ok    clock: agrees"),
        (60, 0, "warn  clock: 1m"),
        (-60, 0, " behind BigQuery's\n      every window that is said relative to now"),
        (7200, 2, "FAIL  clock: 2h"),
    ] {
        let clinic = Clinic::new([on(JOBS, who(ahead))]);
        clinic.examine("--source bq://acme/gke").ends(status).says(said);
    }
}

#[test]
fn a_sink_that_is_late_or_has_stopped_is_told() {
    let old: Vec<Table> = (3..9).map(|back| Table::sink(&id("stdout", back))).collect();
    let run = Clinic::of(&old, []).examine("--source bq://acme/gke").ends(0);
    run.says(&format!("warn  lag: there is no table of today (UTC); the newest one is of {}\n", day(3)))
        .says("gcloud logging sinks list --project=acme")
        .says("ok    a typical day");
    let older: Vec<Table> = (30..33).map(|back| Table::sink(&id("stdout", back))).collect();
    let run = Clinic::of(&older, []).examine("--source bq://acme/gke").ends(0);
    let run = run.says("warn  layout: no table of the last days; bq://acme/gke holds stdout ").says("sinks list");
    let run =
        run.says("warn  permission bigquery.tables.getData on acme:gke: not known, without a table of the last days\n");
    assert!(run.out.contains("\nmax-bytes = \"100GiB\"\n"), "{}", run.out);
    let run = Clinic::new([on(QUERY, newest(7205).done()).when(|request| !is_dry(request))]);
    run.examine("--source bq://acme/gke").ends(0).says("warn  lag: the newest entry is 2h ").says("sinks list");
    let none = Job::new("job_1", &[("newest", "INTEGER")]).row(&[Value::Null, json!("0"), Value::Null]);
    let run = Clinic::new([on(QUERY, none.done()).when(|request| !is_dry(request))]);
    run.examine("--source bq://acme/gke").ends(0).says("warn  lag: no entry since ");
}

#[test]
fn export_errors_are_counted() {
    let error = |back, rows: &str| Table::sink(&id("export_errors", back)).member("numRows", json!(rows));
    let sink: Vec<Table> = shards().into_iter().chain([error(1, "1204"), error(2, "1"), error(30, "9")]).collect();
    let run = Clinic::of(&sink, []).examine("--source bq://acme/gke").ends(0);
    run.says("warn  export errors: 1,205 entries of the last 7 days, in 2 tables, never became rows\n")
        .says(&format!("bq head -n 10 acme:gke.{}\n", id("export_errors", 1)));
}

#[test]
fn days_that_are_dear_are_told_and_one_of_them_is_allowed() {
    let dear = || on(QUERY, dry_run(2048 * GIB)).when(|request| is_dry(request) && reads_payload(request));
    let run = Clinic::new([dear()]).examine("--source bq://acme/gke").ends(0);
    let run = run.says("warn  a typical day: ≤ 2.0 TiB, ≤ $12.50; ").says("--without payload, --stream stderr; ");
    assert!(run.out.contains(", $12.51 at most: 1 such day, or "), "{}", run.out);
    let slots = Clinic::new([dear()]);
    let run: Run = slots.command("--source bq://acme/gke").env("LQ_PRICING", "slots").output().unwrap().into();
    assert!(run.out.contains("7 such days") && !run.out.contains('$'), "{}", run.out);
    assert!(run.out.contains("\npricing = \"slots\"\n"), "{}", run.out);
    // What the question for the newest entry costs is bounded too.
    let refused = failing(
        400,
        "bytesBilledLimitExceeded",
        "Query exceeded limit for bytes billed: 1. 10737418240 or higher required.",
    );
    let bounded = Clinic::new([on(QUERY, refused).when(|request| !is_dry(request))]);
    bounded
        .examine("--source bq://acme/gke --max-bytes 1MiB")
        .ends(0)
        .says("warn  lag: not known: Query exceeded limit");
}

#[test]
fn what_was_typed_is_part_of_the_profile() {
    let who = on("POST projects/pays/jobs", json!({"user_email": "ann@acme.com"}));
    let dry = on("POST projects/pays/queries", dry_run(GIB)).when(is_dry);
    let row = on("POST projects/pays/queries", newest(1).done());
    let cost = on("GET projects/pays/jobs/job_1", newest(1).resource("DONE", 0));
    let clinic = Clinic::new([who, dry, row, cost]);
    let run = clinic.examine("--source bq://acme/gke --billing-project pays --location EU -q").ends(0);
    assert_eq!(run.err, "", "-q tells what fails, and nothing else");
    assert!(run.out.contains("\nbilling-project = \"pays\"\nlocation = \"EU\"\n"), "{}", run.out);
}

#[test]
fn every_setting_that_was_typed_is_part_of_the_profile() {
    let words = "--source bq://acme/gke --max-bytes 1GiB -n shop,web --cluster eu --tz Asia/Tokyo --memory 1GiB";
    let run = Clinic::new([]).examine(words).ends(0);
    for line in [
        "max-bytes = \"1GiB\"\n",
        "namespace = [\"shop\", \"web\"]\n",
        "cluster = [\"eu\"]\n",
        "tz = \"Asia/Tokyo\"\n",
        "memory = \"1GiB\"\n",
    ] {
        assert!(run.out.contains(line), "`{line}` is missing in:\n{}", run.out);
    }
    assert_eq!(run.out.matches("max-bytes").count(), 1, "{}", run.out);
}

#[test]
fn what_selects_entries_has_no_place_in_a_check_up() {
    for words in ["agent", "--since nonsense", "-g [", "--pod x", "--tail 3", "--stream stdout", "-d 3", "--where x=1"]
    {
        let run = Clinic::new([]).examine(&format!("--source bq://acme/gke {words}")).ends(2).says("--doctor");
        assert_eq!(run.out, "", "{words}");
    }
}

#[test]
fn without_a_source_the_project_s_datasets_are_looked_through() {
    let others = || {
        [
            on(DATASETS, datasets(&["audit", "gke", "old", "sales"])),
            on("GET projects/acme/datasets/audit/tables", tables(&[Table::sink(&id("cloudaudit", 0)).listed()], None)),
            on("GET projects/acme/datasets/old/tables", tables(&[Table::sink(&id("stdout", 90)).listed()], None)),
            on("GET projects/acme/datasets/sales/tables", denied("bigquery.tables.list", "dataset acme:sales")),
        ]
    };
    let ask = |clinic: &Clinic, variables: &[(&str, &str)]| -> Run {
        clinic.command("").envs(variables.iter().copied()).output().unwrap().into()
    };
    let clinic = Clinic::new(others());
    let run = ask(&clinic, &[("GOOGLE_CLOUD_PROJECT", "acme")]).ends(0);
    let run = run.says("ok    datasets of project acme: bq://acme/gke looks like a log sink's; also bq://acme/old\n");
    let run = run.says("ok    layout: one table a day; bq://acme/gke");
    assert!(run.out.contains("\n[profile.gke]\nsource = \"bq://acme/gke\"\n"), "{}", run.out);

    let nothing = Clinic::new([on(DATASETS, datasets(&[]))]);
    let run = ask(&nothing, &[("LQ_BILLING_PROJECT", "acme")]).ends(2);
    run.says("FAIL  datasets of project acme: none looks like a log sink's (0 datasets looked at)\n")
        .says("bq --location=LOCATION mk --dataset acme:k8s_logs\n")
        .says("gcloud logging sinks create k8s-logs bigquery.googleapis.com/projects/acme/datasets/k8s_logs")
        .says("--role=roles/bigquery.dataEditor --member=");

    let run = ask(&Clinic::new([]), &[]).ends(2).says("FAIL  project: none is named").says("gcloud projects list");
    assert_eq!(run.out, "");
}

#[test]
fn a_hostile_answer_does_not_reach_the_terminal() {
    let hostile = "\u{1b}[2J\u{202e}x\ny";
    let who = json!({"user_email": hostile, "principal_subject": hostile});
    let mut place = dataset("gke");
    place["location"] = json!(hostile);
    let clinic = Clinic::new([on(JOBS, who), on(DATASET, place), on(LIST, failing(403, "accessDenied", hostile))]);
    let run = clinic.examine("--source bq://acme/gke").ends(2);
    assert!(!run.err.contains(['\u{1b}', '\u{202e}']), "{}", run.err);
    assert!(run.err.lines().all(|line| !line.starts_with('y')), "{}", run.err);
}

#[test]
fn whether_tables_may_be_read_without_a_query_is_told_and_nothing_fails_for_it() {
    use crate::reader::{self, fault};
    let newest = |log: &str| reader::Table::new(&format!("projects/acme/datasets/gke/tables/{}", id(log, 0)));
    let denied = || fault::denied("IAM_PERMISSION_DENIED", "Permission bigquery.readsessions.create denied");
    for (what, is_denied, said) in [
        ("granted", false, "ok    permission bigquery.readsessions.create in project acme\n"),
        ("denied", true, "permission bigquery.readsessions.create in project acme: missing"),
    ] {
        let tables = ["stdout", "stderr"].map(newest);
        let tables = tables.map(|table| if is_denied { table.refused(denied()) } else { table });
        let grpc = reader::Server::start(tables);
        let clinic = Clinic::new([]);
        let mut command = clinic.command("--source bq://acme/gke");
        let run = Run::of(command.env("BIGQUERY_STORAGE_EMULATOR_HOST", grpc.url())).ends(0).says(said);
        assert_eq!(run.err.contains("--role=roles/bigquery.readSessionUser"), is_denied, "{what}: {}", run.err);
        assert_eq!((grpc.sessions().len(), grpc.reads().len()), (1, 0), "{what}");
    }
}
