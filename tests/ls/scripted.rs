//! On a BigQuery that goes by script: the price is told, bounded and billed once; jobs are cancelled.

use std::process::Command;

use serde_json::{Value, json};

use crate::scene::Home;
use crate::server::api::{Job, Table, dry_run, tables};
use crate::server::{Request, Rule, Server, answer, on};
use crate::support::Run;

const LIST: &str = "GET projects/acme/datasets/gke/tables";
const QUERY: &str = "POST projects/acme/queries";
const RESULTS: &str = "GET projects/acme/queries/job_1";
const JOB: &str = "GET projects/acme/jobs/job_1";

const GIB: u64 = 1 << 30;

/// Two days, each in a table of so many bytes.
struct Scene {
    server: Server,
    home: Home,
}

const WINDOW: &str = "--since 2024-12-19T07:00:00Z --until 2024-12-20T08:00:00Z";

impl Scene {
    fn of(bytes: u64, rules: impl IntoIterator<Item = Rule>) -> Self {
        let sink = ["stdout_20241219", "stdout_20241220"].map(|id| (id, Table::sink(id).bytes(bytes)));
        let mut rules: Vec<Rule> = rules.into_iter().collect();
        rules.push(on(LIST, tables(&sink.each_ref().map(|(_, table)| table.listed()), None)));
        rules.extend(sink.iter().map(|(id, table)| on(&format!("{LIST}/{id}"), table.resource())));
        Scene { server: Server::start(rules), home: Home::of(&[]) }
    }

    fn command(&self, words: &str) -> Command {
        let mut command = self.home.command(&format!("pods -o json {WINDOW} {words}"));
        command.env("BIGQUERY_EMULATOR_HOST", self.server.url()).args(["--source", "bq://acme/gke"]);
        command
    }

    fn ls(&self, words: &str) -> Run {
        Run::of(&mut self.command(words))
    }

    /// The bodies of the queries.
    fn queries(&self) -> Vec<Value> {
        assert_eq!(self.server.strangers(), [] as [&str; 0], "requests without a rule");
        let posted = self.server.requests().into_iter().filter(|request| request.told() == QUERY);
        posted.map(|request| request.json()).collect()
    }
}

fn is_dry(request: &Request) -> bool {
    request.json()["dryRun"] == true
}

fn would_read(bytes: u64) -> Rule {
    on(QUERY, dry_run(bytes)).when(is_dry)
}

/// Names in a result, each with its number of rows from 07:00 to 07:05.
fn job(names: &[(&str, &str, u64)]) -> Job {
    const COLUMNS: [(&str, &str); 7] = [
        ("cluster", "STRING"),
        ("namespace", "STRING"),
        ("pod", "STRING"),
        ("container", "STRING"),
        ("timestamp", "TIMESTAMP"),
        ("last", "TIMESTAMP"),
        ("entries", "STRING"),
    ];
    names.iter().fold(Job::new("job_1", &COLUMNS), |job, (pod, container, entries)| {
        let [first, last] = ["1734591600000000", "1734591900000000"];
        let cells = [json!("east"), json!("shop"), json!(pod), json!(container), json!(first), json!(last)];
        job.row(&[&cells[..], &[json!(entries.to_string())]].concat())
    })
}

fn billed(bytes: u64) -> Rule {
    on(JOB, job(&[]).resource("DONE", bytes))
}

#[test]
fn the_price_is_told_before_the_query_and_what_was_billed_behind_it() {
    let done = job(&[("web-1", "web", 5), ("web-1", "proxy", 2), ("web-2", "web", 1)]).done();
    let scene = Scene::of(2 * GIB, [would_read(3 * GIB), on(QUERY, done), billed(2 * GIB)]);
    let run = scene.ls("").ends(0);
    let told = [
        "lq-ls: will read ≤ 3.0 GiB, ≤ $0.02 of bq://acme/gke\n",
        "lq-ls: 8 entries of 2 Pods, 2024-12-19T07:00:00Z to 2024-12-19T07:05:00Z, in ",
        "; 2.0 GiB, $0.01 billed\n",
    ];
    let places: Vec<_> = told.iter().map(|text| run.err.find(text)).collect();
    assert!(places.is_sorted() && places[0].is_some(), "{places:?} {}", run.err);
    let pod = json!({"cluster": "east", "namespace": "shop", "pod": "web-1", "containers": ["proxy", "web"],
        "first": "2024-12-19T07:00:00Z", "last": "2024-12-19T07:05:00Z", "entries": 7});
    assert_eq!(run.values()[0], pod);
    let queries = scene.queries();
    assert_eq!(queries.len(), 2, "an estimate and one query for both days");
    let text = queries[1]["query"].as_str().unwrap();
    assert!(text.contains("GROUP BY cluster, namespace, pod, container") && !text.contains("textPayload"), "{text}");
}

#[test]
fn more_than_is_allowed_is_refused_and_nothing_billed() {
    let scene = Scene::of(GIB, [would_read(60 * GIB)]);
    let run = scene.ls("--max-bytes 1GiB").ends(4);
    let run =
        run.says("refused: this would read ≤ 60 GiB, ≤ $0.37, and --max-bytes allows 1.0 GiB; nothing was billed");
    let run = run.says("--max-bytes 61GiB").says_nothing_of("will read");
    assert!(run.values()[0]["lq"]["failed"].as_str().unwrap().starts_with("refused: "), "{}", run.out);
    assert!(scene.queries().iter().all(|query| query["dryRun"] == true));
    let scene = Scene::of(GIB, [would_read(60 * GIB), on(QUERY, job(&[("web-1", "web", 1)]).done()), billed(60 * GIB)]);
    scene.ls("--max-bytes 61GiB").ends(0).says("will read ≤ 60 GiB");
    assert_eq!(scene.queries()[1]["maximumBytesBilled"], (61 * GIB).to_string());
    scene.ls("--max-bytes none").ends(0).says("will read ≤ 60 GiB");
}

#[test]
fn a_dry_run_tells_tables_columns_and_price() {
    let scene = Scene::of(GIB, [would_read(3 * GIB)]);
    let run = scene.ls("--dry-run").ends(0).says("stdout_20241219, stdout_20241220, ≤ 3.0 GiB, ≤ $0.02");
    let run = run.says("columns: cluster, namespace, pod, container, timestamp\n");
    run.says("lq-ls: would read 1 slice of bq://acme/gke: ≤ 3.0 GiB, ≤ $0.02; nothing was billed");
    assert!(scene.queries().iter().all(|query| query["dryRun"] == true));
}

#[test]
fn names_that_came_are_listed_where_a_later_slice_fails() {
    let refused = answer::error(403, "quotaExceeded", "Quota exceeded");
    let done = job(&[("web-1", "web", 5)]).done();
    let scene = Scene::of(60 * GIB, [would_read(GIB), on(QUERY, done).then(refused), billed(GIB)]);
    let run = scene.ls("").ends(3).says("Quota exceeded").says("1.0 GiB, < $0.01 billed");
    assert_eq!(run.all("pod"), ["web-1"]);
    assert!(run.values()[1]["lq"]["failed"].as_str().unwrap().contains("Quota exceeded"), "{}", run.out);
    let known = scene.home.command("pods -o json --source bq://acme/gke").output().unwrap();
    assert_eq!(Run::from(known).ends(0).all("pod"), ["web-1"]);
}

#[test]
fn a_broken_job_is_started_anew_and_counted_once() {
    let pages = job(&[("web-1", "web", 5), ("web-2", "web", 6)]);
    let broken = answer::error(400, "jobBackendError", "Job broke");
    let scene = Scene::of(
        GIB,
        [
            would_read(GIB),
            on(QUERY, pages.page(0..1, Some("p2"))).then(pages.done()),
            on(&format!("{RESULTS}?pageToken=p2"), broken),
            billed(GIB),
        ],
    );
    let run = scene.ls("").ends(0).says("starting it anew").says("11 entries of 2 Pods");
    assert_eq!(run.all("pod").len(), 2);
}
