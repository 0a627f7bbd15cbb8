//! A scene: a script of requests and answers, a command line, and what must come of them.

use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::server::api::{self, Job, Table, tables};
use crate::server::{Answer, Request, Rule, Server, on};
use crate::support::{Run, lq_query};

/// The requests that find the tables, as [`Server::told`] tells them.
pub const LIST: &str = "GET projects/acme/datasets/gke/tables";
pub const DATASETS: &str = "GET projects/acme/datasets";
pub const QUERY: &str = "POST projects/acme/queries";
pub const RESULTS: &str = "GET projects/acme/queries/job_1";
pub const CANCEL: &str = "POST projects/acme/jobs/job_1/cancel";
/// What a job cost.
pub const JOB: &str = "GET projects/acme/jobs/job_1";

/// The hour that all scenes ask for.
const WINDOW: [&str; 2] = ["--at", "2024-12-19T07:00:00Z"];

/// The columns of a result without payloads.
const COLUMNS: [(&str, &str); 9] = [
    ("timestamp", "TIMESTAMP"),
    ("severity", "STRING"),
    ("insertId", "STRING"),
    ("cluster", "STRING"),
    ("namespace", "STRING"),
    ("pod", "STRING"),
    ("container", "STRING"),
    ("stream", "STRING"),
    ("textPayload", "STRING"),
];

/// 2024-12-19T07:00:00Z, in microseconds.
const SEVEN: i64 = 1_734_591_600_000_000;

/// A row at `second` of the hour that says its own number.
pub fn row(second: i64) -> [Value; 9] {
    let time = (SEVEN + second * 1_000_000).to_string();
    let id = format!("id{second}");
    let says = format!("line {second}");
    [
        json!(time),
        json!("INFO"),
        json!(id),
        json!("east"),
        json!("shop"),
        json!("web-1"),
        json!("web"),
        json!("stdout"),
        json!(says),
    ]
}

/// The job `job_1` with so many rows, a second apart.
pub fn job(rows: i64) -> Job {
    job_named("job_1", 0..rows)
}

/// A job with the rows of these seconds.
pub fn job_named(id: &str, seconds: std::ops::Range<i64>) -> Job {
    seconds.fold(Job::new(id, &COLUMNS), |job, second| job.row(&row(second)))
}

/// What the first page of a job says of its cost is not said by every server.
pub fn billed(bytes: u64) -> Rule {
    on(JOB, job(0).resource("DONE", bytes))
}

/// True for a dry run.
pub fn is_dry(request: &Request) -> bool {
    request.json()["dryRun"] == true
}

/// The same with the state that a table has which changes no more.
pub fn settled(id: &str) -> Table {
    let table = Table::sink(id).member("creationTime", json!("1734566400000"));
    table.member("lastModifiedTime", json!("1734652800000")).member("numRows", json!("7"))
}

/// A scripted BigQuery with a sink's tables of one day, and lq-query in front of it.
pub struct Scene {
    pub server: Server,
    pub home: TempDir,
}

impl Scene {
    /// `rules` come before those that tell of the tables.
    pub fn new(rules: impl IntoIterator<Item = Rule>) -> Self {
        Self::of(&[Table::sink("stdout_20241219"), Table::sink("stderr_20241219")], rules)
    }

    /// With these tables.
    pub fn of(sink: &[Table], rules: impl IntoIterator<Item = Rule>) -> Self {
        let mut rules: Vec<Rule> = rules.into_iter().collect();
        let listed: Vec<Value> = sink.iter().map(Table::listed).collect();
        rules.push(on(LIST, tables(&listed, None)));
        for table in sink {
            let id = table.listed()["tableReference"]["tableId"].as_str().unwrap().to_owned();
            rules.push(on(&format!("{LIST}/{id}"), table.resource()));
        }
        Scene { server: Server::start(rules), home: tempfile::tempdir().unwrap() }
    }

    /// lq-query on the scripted BigQuery, to be run.
    pub fn command(&self, words: &str) -> Command {
        let mut command = lq_query();
        command.env("BIGQUERY_EMULATOR_HOST", self.server.url()).env("HOME", self.home.path());
        command.args(["--source", "bq://acme/gke"]).args(words.split_whitespace());
        if !["--doctor", "--since", "--until", "--at", "--around"].iter().any(|flag| words.contains(flag)) {
            command.args(WINDOW);
        }
        command
    }

    pub fn query(&self, words: &str) -> Run {
        Run::of(&mut self.command(words))
    }

    /// lq-query at work, its output in pipes.
    pub fn start(&self, words: &str) -> Child {
        self.command(words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// The requests that are about jobs.
    pub fn jobs(&self) -> Vec<String> {
        assert_eq!(self.server.strangers(), [] as [&str; 0], "requests without a rule");
        self.server.told().into_iter().filter(|told| !told.contains("/datasets/")).collect()
    }

    /// The bodies of the queries that ran.
    pub fn queries(&self) -> Vec<Value> {
        let posted = self.server.requests().into_iter().filter(|request| request.told() == QUERY);
        posted.map(|request| request.json()).collect()
    }
}

/// What comes of a script.
pub struct Case {
    /// What happens, in a sentence.
    pub when: &'static str,
    pub script: Vec<Rule>,
    pub words: &'static str,
    pub status: i32,
    /// Entries on standard output.
    pub entries: usize,
    /// What standard error says.
    pub says: &'static [&'static str],
    /// The requests about jobs, in order.
    pub requests: &'static [&'static str],
}

impl Case {
    #[track_caller]
    pub fn check(self) {
        let scene = Scene::new(self.script);
        let run = scene.query(self.words);
        let when = self.when;
        assert_eq!(run.status, Some(self.status), "{when}: {run:#?}");
        assert_eq!(run.messages().len(), self.entries, "{when}: {run:#?}");
        for text in self.says {
            assert!(run.err.contains(text), "{when}: `{text}` is missing in:\n{}", run.err);
        }
        assert_eq!(scene.jobs(), self.requests, "{when}");
        let is_broken = matches!(self.status, 2..=4);
        let failed = run.values().iter().any(|value| value["lq"]["failed"].is_string());
        assert_eq!(failed, is_broken, "{when}: the failed line: {}", run.out);
    }
}

/// An answer that asks to be asked again at once.
pub fn at_once(answer: Answer) -> Answer {
    answer.header("Retry-After", 0)
}

/// An error of BigQuery's that a job ends with.
pub fn failing(status: u16, reason: &str, message: &str) -> Answer {
    crate::server::answer::error(status, reason, message)
}

/// Any error without `errors[]`.
pub fn bare(status: u16, message: &str) -> Answer {
    let body = json!({"error": {"code": status, "message": message, "status": "PERMISSION_DENIED"}}).to_string();
    Answer::new(status, "application/json", body)
}

pub use api::dry_run;
