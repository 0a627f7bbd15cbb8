//! A BigQuery that means harm: the tools end, can be interrupted, and say so without obeying.

use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::scene::{LS, QUERY, Scene};
use crate::screen::on_terminal;
use crate::scripted::answer::error;
use crate::scripted::api::{Job, Table, column, dataset, datasets, dry_run, record, tables};
use crate::scripted::{Answer, Rule, Server, on};
use crate::support::{Run, eventually};
use crate::terminal::{HOSTILE, assert_harmless};

const LIST: &str = "GET projects/acme/datasets/gke/tables";
const ASKED: &str = "POST projects/acme/queries";
const RESULTS: &str = "GET projects/acme/queries/job_1";
const WINDOW: &str = "--source bq://acme/gke --at 2024-12-19T07:00:00Z";

/// A job whose rows have these columns, all of them texts but the first.
pub fn job(columns: &[&str]) -> Job {
    let kind = |name: &&str| if *name == "timestamp" { "TIMESTAMP" } else { "STRING" };
    let columns: Vec<(&str, &str)> = columns.iter().map(|name| (*name, kind(name))).collect();
    Job::new("job_1", &columns)
}

pub const COLUMNS: [&str; 9] =
    ["timestamp", "severity", "insertId", "cluster", "namespace", "pod", "container", "stream", "textPayload"];

pub fn row(text: &str) -> Vec<Value> {
    let mut row = vec![json!("1734591600000000")];
    // Other streams are not asked for.
    row.extend(COLUMNS[1..].iter().map(|name| if *name == "stream" { json!("stdout") } else { json!(text) }));
    row
}

/// A sink's dataset with one table, behind these rules.
fn server(rules: impl IntoIterator<Item = Rule>) -> Server {
    let sink = Table::sink("stdout_20241219");
    let own = [on(LIST, tables(&[sink.listed()], None)), on(&format!("{LIST}/*"), sink.resource())];
    let job = on("GET projects/acme/jobs/job_1", job(&COLUMNS).resource("DONE", 0));
    Server::start(rules.into_iter().chain(own).chain([job]))
}

fn ask(scene: &Scene, server: &Server, tool: &str, words: &str) -> Command {
    let mut command = scene.command(tool, words.split_whitespace());
    command.env("BIGQUERY_EMULATOR_HOST", server.url());
    command
}

#[test]
fn pages_without_end_come_to_one() {
    let one = || job(&COLUMNS).row(&row("again"));
    let mut page = one().page(0..1, Some("p2"));
    page.as_object_mut().unwrap().remove("totalRows");
    let same = server([on(ASKED, page.clone()), on(RESULTS, page.clone())]);
    let run = Run::of(&mut ask(&Scene::new(), &same, QUERY, WINDOW));
    let run = run.says("BigQuery sends the same page again and again");
    assert!(matches!(run.status, Some(2 | 3)), "{run:?}");

    let listed = server([on(LIST, tables(&[Table::sink("stdout_20241219").listed()], Some("p2")))]);
    for (tool, words) in [(QUERY, WINDOW), (LS, &format!("pods {WINDOW}")), (QUERY, "--doctor --source bq://acme/gke")]
    {
        let run = Run::of(&mut ask(&Scene::new(), &listed, tool, words)).ends(2);
        assert!(run.err.contains("the server repeats its pages"), "{}", run.err);
    }
}

#[test]
fn rows_that_are_none_are_an_error() {
    let page = |rows: String| {
        let page = job(&COLUMNS).row(&row("m")).done().to_string();
        let (before, behind) = page.split_once("\"rows\":").unwrap();
        let end = behind.find("]}]").unwrap() + 3;
        Answer::new(200, "application/json", format!("{before}\"rows\":{rows}{}", &behind[end..]))
    };
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    for (what, rows) in [
        ("levels without end", deep.clone()),
        ("levels within a cell", format!(r#"[{{"f":[{{"v":{deep}}}]}}]"#)),
        ("a row that is none", "[1]".to_owned()),
        ("cells that are none", r#"[{"f":1}]"#.to_owned()),
        ("too few cells", r#"[{"f":[]}]"#.to_owned()),
        ("a time that is none", r#"[{"f":[{"v":"9e999"},{"v":1e999}]}]"#.to_owned()),
    ] {
        for (tool, words) in [(QUERY, WINDOW), (LS, &format!("pods {WINDOW}"))] {
            let server = server([on(ASKED, page(rows.clone()))]);
            let run = Run::of(&mut ask(&Scene::new(), &server, tool, words));
            assert!(matches!(run.status, Some(2 | 3)) && run.err.len() < 3_000, "{what}: {run:?}");
        }
    }
}

#[test]
fn an_answer_that_comes_byte_by_byte_can_be_interrupted() {
    for slow in [LIST, ASKED] {
        let body = Answer::from(tables(&[], None)).dripping(Duration::from_millis(50));
        let (scene, server) = (Scene::new(), server([on(slow, body)]));
        let mut command = ask(&scene, &server, QUERY, WINDOW);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        eventually("it was asked", || server.told().iter().any(|told| told == slow));
        let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        assert!(killed.success());
        Run::from(child.wait_with_output().unwrap()).ends(130).says("interrupted");
    }
}

/// A dataset in which everything that can be named is named so, and answers that say it again.
fn evil_dataset(text: &str) -> Vec<Rule> {
    let fields = [column(text, "STRING"), record(text, &[column(text, "STRING")])];
    let names =
        ["stdout_20241219", text, &format!("stdout_{text}"), &format!("{text}_20241219"), "export_errors_20241219"];
    let sink: Vec<Table> =
        names.iter().map(|name| Table::sink(name).payload(&fields).with(fields[1].clone())).collect();
    let listed: Vec<Value> = sink.iter().map(Table::listed).chain([Table::sink(text).view().listed()]).collect();
    let mut place = dataset("gke");
    place["location"] = json!(text);
    let who = json!({"user_email": text, "principal_subject": text, "jobReference": {"jobId": text, "location": text}});
    vec![
        on("POST projects/acme/jobs", who),
        on("GET projects/acme/datasets", datasets(&[text, "gke"])),
        on("GET projects/acme/datasets/gke", place),
        on(LIST, tables(&listed, None)),
        on(&format!("{LIST}/*"), sink[0].resource()),
    ]
}

#[test]
fn no_answer_drives_a_terminal() {
    let evil = HOSTILE.concat();
    let rows = || {
        let named: Vec<&str> = COLUMNS.to_vec();
        job(&named).row(&row(&evil)).row(&row("m"))
    };
    let failures = [
        error(403, &evil, &format!("Access Denied: {evil}")),
        error(404, "notFound", &format!("Not found: Dataset acme:gke {evil}")),
        error(400, "invalidQuery", &evil),
        Answer::new(502, "text/html", format!("<html><body>{evil}</body></html>")),
        Answer::new(200, "text/plain", evil.clone()),
        Answer::from(
            json!({"kind": evil.clone(), "jobReference": {"jobId": evil, "location": evil}, "jobComplete": false}),
        ),
    ];
    let mut cases: Vec<(String, Vec<Rule>)> = vec![(
        "rows".into(),
        vec![on(ASKED, dry_run(1 << 20)).when(|request| request.json()["dryRun"] == true), on(ASKED, rows().done())],
    )];
    for (number, failure) in failures.into_iter().enumerate() {
        // The last ones are asked again and again.
        let places = [ASKED, LIST, "GET projects/acme/datasets/gke", "POST projects/acme/jobs"];
        for at in &places[..if number < 3 { 4 } else { 1 }] {
            cases.push((format!("failure {number} of {at}"), vec![on(at, failure.clone().header("Retry-After", 0))]));
        }
    }
    for (what, rules) in cases {
        let server = Server::start(rules.into_iter().chain(evil_dataset(&evil)));
        let list = format!("pods {WINDOW}");
        let mut all = vec![(QUERY, "-vv"), (QUERY, "--doctor -vv"), (LS, "")];
        if what == "rows" {
            all.extend([
                (QUERY, "--print-sql"),
                (QUERY, "--dry-run"),
                (QUERY, "--field payload.x=1 --with labels"),
                (QUERY, "nobody"),
            ]);
        }
        for (tool, words) in all {
            let words = match (tool, words.starts_with("--doctor")) {
                (LS, _) => list.clone(),
                (_, true) => format!("{words} --source bq://acme/gke"),
                _ => format!("{WINDOW} {words}"),
            };
            let scene = Scene::new();
            let command = ask(&scene, &server, tool, &format!("{words} --max-bytes none"));
            let shown = on_terminal_for_a_while(command);
            assert!(!shown.is_empty() && !shown.contains("panicked"), "{what}: {words}: {shown}");
            assert_harmless(&shown, &format!("{what}: {words}"));
        }
    }
}

#[test]
fn no_query_that_is_printed_drives_a_terminal() {
    let evil = HOSTILE.concat().replace(['\0', '\r', '\\', ','], "");
    let (scene, server) = (Scene::new(), server([]));
    let condition = format!("textPayload = '''{evil}'''");
    for words in [
        ["--where", &condition],
        ["-F", &format!("--grep={evil}")],
        ["-n", &evil.replace(['[', '?'], "")],
        ["-l", &format!("app={evil}")],
    ] {
        let mut command = ask(&scene, &server, QUERY, WINDOW);
        command.arg("--print-sql").args(words);
        let (shown, status) = on_terminal(command, 200);
        assert!(status == 0 && shown.contains("evil"), "{words:?}: {shown}");
        assert_harmless(&shown, words[0]);
    }
}

/// What comes to a terminal; a run that tries again and again is not waited for.
fn on_terminal_for_a_while(command: Command) -> String {
    let mut patient = Command::new("timeout");
    patient.args(["-s", "KILL", "0.7"]).arg(command.get_program()).args(command.get_args()).env_clear();
    patient.current_dir(command.get_current_dir().unwrap());
    patient.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    on_terminal(patient, 200).0
}
