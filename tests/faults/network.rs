//! The network, cut at every stage of a conversation with BigQuery; and jobs that nobody wants any more.

use std::io::Read;
use std::net::TcpListener;
use std::process::Command;
use std::sync::mpsc::channel;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::promise::{Came, Job, Tool};
use crate::scene::{Live, Scene};
use crate::script::{self, CANCEL, JOB, LIST, QUERY, RESULTS, dry_run, is_dry, settled};
use crate::server::answer::closed;
use crate::server::api::{self, tables};
use crate::server::{Answer, Request, Rule, Server, on};
use crate::support::eventually;
use crate::table::{Fault, holds};

/// The dataset's one table.
const TABLE: &str = "GET projects/acme/datasets/gke/tables/stdout_20241219";
const SECOND: &str = "GET projects/acme/queries/job_1?pageToken=p2";
const TOKEN: &str = "GET /computeMetadata/v1/instance/service-accounts/default/token";

/// So many rows have the results.
const ROWS: usize = 4;

/// What each tool's query results in, in two pages.
fn job(tool: Tool) -> api::Job {
    if tool == Tool::Query {
        return script::job(ROWS as i64);
    }
    let columns = ["cluster", "namespace", "pod", "container", "timestamp", "last", "entries"];
    let kind = |name| if matches!(name, "timestamp" | "last") { "TIMESTAMP" } else { "STRING" };
    let job = api::Job::new("job_1", &columns.map(|name| (name, kind(name))));
    (0..ROWS).fold(job, |job, n| {
        let pod = format!("web-{n}");
        let [first, last] = ["1734591600000000", "1734591900000000"];
        job.row(&["east", "shop", &pod, "web", first, last, "5"].map(|cell| json!(cell)))
    })
}

/// What is asked for at a good end, each with its answer.
fn conversation(tool: Tool) -> Vec<(&'static str, Answer)> {
    let (job, table) = (job(tool), settled("stdout_20241219"));
    let token = json!({"access_token": "token", "expires_in": 3600, "token_type": "Bearer"});
    vec![
        (TOKEN, Answer::from(token).header("Metadata-Flavor", "Google")),
        (LIST, tables(&[table.listed()], None).into()),
        (TABLE, table.resource().into()),
        (QUERY, job.running().into()),
        (SECOND, job.page(2..ROWS, None).into()),
        (RESULTS, job.page(0..2, Some("p2")).into()),
        (JOB, job.resource("DONE", 0).into()),
        (CANCEL, job.cancelled().into()),
    ]
}

fn is_real(request: &Request) -> bool {
    !is_dry(request)
}

/// The same as rules; what `of` asks for gets `first`, and then as `then` says.
fn rules(tool: Tool, of: &str, first: Answer, then: impl Fn(Answer) -> Option<Answer>) -> Vec<Rule> {
    let said = conversation(tool).into_iter().map(|(request, answer)| {
        let rule = match request == of {
            true => match then(answer) {
                Some(next) => on(request, first.clone()).then(next),
                None => on(request, first.clone()),
            },
            false => on(request, answer),
        };
        if request == QUERY { rule.when(is_real) } else { rule }
    });
    said.chain([on(QUERY, dry_run(1 << 20)).when(is_dry)]).collect()
}

/// A tool that is to ask the server at `url`, behind another program where `before` has one.
fn command(scene: &Scene, before: &[&str], tool: Tool, url: &str) -> Command {
    let mut command = scene.command_behind(before, tool, &["bq://acme/gke"]);
    command.env("BIGQUERY_EMULATOR_HOST", url);
    command
}

fn start(scene: &Scene, tool: Tool, url: &str) -> Live {
    Live::start(&mut command(scene, &[], tool, url), ROWS)
}

/// A conversation without any fault in the network; `harm` is done while the job runs.
pub fn whole(scene: &Scene, before: &[&str], tool: Tool, harm: impl FnOnce()) -> Came {
    let server = Server::start(rules(tool, RESULTS, job(tool).running().into(), |page| {
        Some(page.after(Duration::from_millis(300)))
    }));
    let mut command = command(scene, before, tool, &server.url());
    let live = Live::start(command.env("GCE_METADATA_HOST", server.host()), ROWS);
    eventually("the job runs", || server.told().iter().any(|told| told == RESULTS));
    harm();
    let came = live.end(scene);
    assert_eq!(server.strangers(), [] as [&str; 0], "requests without a rule");
    assert!(server.told().iter().any(|told| told == TOKEN));
    came
}

/// The connection is cut once; the next attempt succeeds.
fn cut_once(fault: Fault, of: &'static str, cut: impl Fn(&api::Job) -> Answer + Sync) {
    holds(fault, |tool| {
        let scene = Scene::new();
        let server = Server::start(rules(tool, of, cut(&job(tool)), Some));
        let mut command = command(&scene, &[], tool, &server.url());
        if of == TOKEN {
            command.env("GCE_METADATA_HOST", server.host());
        }
        let came = Live::start(&mut command, ROWS).end(&scene);
        let path = of.split('?').next().unwrap();
        let asked = server.told().iter().filter(|told| *told == path).count();
        assert!(asked >= 2, "{}: asked {asked} times: {:?}\n{}", fault.words(), server.told(), came.err);
        assert_eq!(server.strangers(), [] as [&str; 0], "requests without a rule");
        vec![came]
    });
}

#[test]
fn cut_at_the_token() {
    cut_once(Fault::CutToken, TOKEN, |_| closed());
}

#[test]
fn cut_at_tables_list() {
    cut_once(Fault::CutList, LIST, |_| closed());
}

#[test]
fn cut_at_tables_get() {
    cut_once(Fault::CutTable, TABLE, |_| closed());
}

#[test]
fn cut_at_jobs_query() {
    cut_once(Fault::CutQuery, QUERY, |_| closed());
}

#[test]
fn cut_while_waiting() {
    cut_once(Fault::CutWait, RESULTS, |_| closed());
}

#[test]
fn cut_in_the_middle_of_a_page() {
    cut_once(Fault::CutPage, RESULTS, |job| Answer::from(job.page(0..2, Some("p2"))).cut(300));
}

#[test]
fn cut_between_pages() {
    cut_once(Fault::CutBetweenPages, SECOND, |_| closed());
}

/// Half a minute each; both in the same one.
#[test]
fn a_network_that_is_not_there_is_given_up() {
    std::thread::scope(|scope| {
        scope.spawn(nothing_answers);
        scope.spawn(cut_in_the_tls_handshake);
    });
}

fn nothing_answers() {
    holds(Fault::NoConnection, |tool| {
        let scene = Scene::new();
        // A port that was free a moment ago.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        vec![start(&scene, tool, &format!("http://127.0.0.1:{port}")).end(&scene)]
    });
}

fn cut_in_the_tls_handshake() {
    holds(Fault::CutTls, |tool| {
        let scene = Scene::new();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (tell, told) = channel();
        std::thread::spawn(move || {
            for mut connection in listener.incoming().map_while(Result::ok) {
                // What the client says first, and no more.
                let mut first = [0; 1];
                let _ = connection.read(&mut first);
                let _ = tell.send(first[0]);
            }
        });
        let came = start(&scene, tool, &format!("https://127.0.0.1:{port}")).end(&scene);
        const HANDSHAKE: u8 = 22; // <https://www.rfc-editor.org/rfc/rfc8446#section-5.1>
        assert_eq!(told.try_recv(), Ok(HANDSHAKE));
        vec![came]
    });
}

/// A server whose job never ends.
fn endless(tool: Tool, cancel: impl Into<Answer>) -> Server {
    let running = Answer::from(job(tool).running()).after(Duration::from_millis(200));
    let mut rules = rules(tool, RESULTS, running, |_| None);
    rules.insert(0, on(CANCEL, cancel));
    Server::start(rules)
}

/// What has become of the job, as the server sees it.
fn job_of(server: &Server) -> Option<Job> {
    let is_cancelled = server.told().iter().any(|told| told == CANCEL);
    Some(if is_cancelled { Job::Cancelled } else { Job::RunsOn })
}

/// A tool that waits for its job and gets signals: all but the last one of them are seen before the next.
pub fn signalled(scene: &Scene, tool: Tool, signals: &[Signal]) -> Came {
    let cancelled: Value = job(tool).cancelled();
    // Where there is a second signal, it comes while the first one's cancellation gets no answer.
    let answer = Answer::from(cancelled);
    let server = endless(tool, if signals.len() > 1 { answer.stalled(0) } else { answer });
    let before = ["env", "--default-signal=HUP"];
    let live = Live::start(&mut command(scene, &before, tool, &server.url()), ROWS);
    eventually("the job runs", || server.told().iter().any(|told| told == RESULTS));
    for (number, signal) in signals.iter().enumerate() {
        if number > 0 {
            eventually("the job is being cancelled", || job_of(&server) == Some(Job::Cancelled));
        }
        live.send(*signal);
    }
    let came = live.end(scene);
    let job = if signals.len() > 1 { Some(Job::RunsOn) } else { job_of(&server) };
    Came { job, ..came }
}

/// A tool that waits for its job when its reader goes.
pub fn unread(tool: Tool) -> Came {
    let scene = Scene::new();
    let server = endless(tool, job(tool).cancelled());
    let mut live = Live::unread(&mut command(&scene, &[], tool, &server.url()), ROWS);
    eventually("the job runs", || server.told().iter().any(|told| told == RESULTS));
    drop(live.stdout());
    let came = live.end(&scene);
    Came { job: job_of(&server), ..came }
}

#[test]
fn cut_at_the_cancellation() {
    holds(Fault::CutCancel, |tool| {
        let scene = Scene::new();
        let server = endless(tool, closed());
        let live = start(&scene, tool, &server.url());
        eventually("the job runs", || server.told().iter().any(|told| told == RESULTS));
        live.send(Signal::INT);
        vec![live.end(&scene)]
    });
}

#[test]
fn cut_at_the_bill() {
    holds(Fault::CutBill, |tool| {
        let scene = Scene::new();
        let server = Server::start(rules(tool, JOB, closed(), |_| None));
        vec![start(&scene, tool, &server.url()).end(&scene)]
    });
}

#[test]
fn silent() {
    holds(Fault::NetworkSilent, |tool| {
        let scene = Scene::new();
        let server = Server::start(rules(tool, RESULTS, Answer::from(json!({})).stalled(0), |_| None));
        let live = start(&scene, tool, &server.url());
        eventually("the job is asked for", || server.told().iter().any(|told| told == RESULTS));
        live.send(Signal::INT);
        let came = live.end(&scene);
        vec![Came { job: job_of(&server), ..came }]
    });
}

#[test]
fn gone_for_good() {
    holds(Fault::NetworkGone, |tool| {
        let scene = Scene::new();
        let mut rules = rules(tool, RESULTS, closed(), |_| None);
        rules.insert(0, on(CANCEL, closed()));
        let server = Server::start(rules);
        let live = start(&scene, tool, &server.url());
        live.said("trying again in");
        live.send(Signal::INT);
        vec![live.end(&scene)]
    });
}
