//! Whoever asks, whatever comes of it: no secret is in any output, message or file, with `-vv` neither.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use crate::scene::{LS, QUERY, Scene};
use crate::scripted::answer::{empty, error};
use crate::scripted::api::{Table, dataset, datasets, dry_run, tables};
use crate::scripted::{Answer, Rule, Server, on};
use crate::server::{COLUMNS, job, row};
use crate::support::Run;

/// Made for the tests; opens nothing.
const KEY: &str = include_str!("../support/bigquery/throwaway.pem");

const REFRESH: &str = "refresh-token-1f2e3d4c5b6a";
const CLIENT: &str = "client-secret-1f2e3d4c5b6a";
const SUBJECT: &str = "subject-token-1f2e3d4c5b6a";
const LOGIN: &str = "login-token-1f2e3d4c5b6a";
const STS: &str = "exchanged-token-1f2e3d4c5b6a";
const FINAL: &str = "final-token-1f2e3d4c5b6a";
const PROXY: &str = "proxy-password-1f2e3d4c5b6a";
const EMULATOR: &str = "emulator-password-1f2e3d4c5b6a";

const ACTING: &str = "v1/projects/-/serviceAccounts/lq@acme.iam.gserviceaccount.com:generateAccessToken";
const METADATA: &str = "GET /computeMetadata/v1/instance/service-accounts/default/token";
const LIST: &str = "GET projects/acme/datasets/gke/tables";
const ASKED: &str = "POST projects/acme/queries";

/// What must be nowhere.
fn secrets() -> Vec<String> {
    let words = [REFRESH, CLIENT, SUBJECT, LOGIN, STS, FINAL, PROXY, EMULATOR].map(str::to_owned);
    let lines = KEY.lines().filter(|line| !line.starts_with("-----")).map(str::to_owned);
    words.into_iter().chain(lines).collect()
}

/// All of them in one text, as a server may give them back.
fn echo() -> String {
    format!("you sent Authorization: Bearer {LOGIN} and {}\n{KEY}", secrets()[..6].join(" "))
}

/// What BigQuery has seen of them.
const SEEN: &str = "you sent Authorization: Bearer $TOKEN, $TOKEN";

/// What is wrong with the servers.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    Nothing,
    /// The server of tokens refuses, and says all that it knows.
    Token,
    /// It gives something that is no token.
    Nonsense,
    /// The one that lets act as another refuses so.
    Acting,
    /// BigQuery does not take the token.
    Unknown,
    /// BigQuery forbids to list, and says what it was sent.
    Listing,
    /// BigQuery refuses the query so, as text.
    Query,
}

use Fault::*;

fn server(fault: Fault) -> Server {
    let sink = Table::sink("stdout_20241219");
    let job = job(&COLUMNS).row(&row("m"));
    let refuses =
        || Answer::new(400, "application/json", json!({"error": "bad", "error_description": echo()}).to_string());
    let token = |token: &str| match fault {
        Token => refuses(),
        Nonsense => json!({"access_token": [token], "expires_in": token, "token_type": {token: token}}).into(),
        _ => json!({"access_token": token, "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
                "expires_in": 3600, "token_type": "Bearer"})
        .into(),
    };
    let acting = match fault {
        Acting => error(403, "forbidden", &echo()),
        Nonsense => json!({"accessToken": 1, "expireTime": FINAL}).into(),
        _ => json!({"accessToken": FINAL, "expireTime": "2099-01-01T00:00:00Z"}).into(),
    };
    let mut rules: Vec<Rule> = vec![
        on("POST /login", token(LOGIN)),
        on("POST /sts", token(STS)),
        on(METADATA, token(FINAL)),
        on(&format!("POST /{ACTING}"), acting),
    ];
    let everything = ["GET", "POST"].map(|method| {
        ["*", "*/*", "*/*/*", "*/*/*/*", "*/*/*/*/*", "*/*/*/*/*/*"].map(|path| format!("{method} {path}"))
    });
    if fault == Unknown {
        rules.extend(everything.as_flattened().iter().map(|request| on(request, error(401, "authError", SEEN))));
    }
    let refused = || Answer::new(403, "text/plain", SEEN);
    rules.extend((fault == Listing).then(|| on(LIST, error(403, "accessDenied", SEEN))));
    rules.extend((fault == Query).then(|| on(ASKED, refused())));
    rules.extend([
        on("POST projects/acme/jobs", json!({"user_email": "ann@acme.com"})),
        on("GET projects/acme/datasets", datasets(&["gke"])),
        on("GET projects/acme/datasets/gke", dataset("gke")),
        on(LIST, tables(&[sink.listed()], None)),
        on(&format!("{LIST}/*"), sink.resource()),
        on(ASKED, dry_run(1 << 20)).when(|request| request.json()["dryRun"] == true),
        on(ASKED, job.done()),
        on("GET projects/acme/jobs/job_1", job.resource("DONE", 0)),
        on("GET *", empty(404)),
    ]);
    Server::start(rules)
}

/// Every kind of credentials, as a file; `None` is the account of the machine.
fn kinds(server: &Server, subject: &str) -> Vec<(&'static str, Option<Value>)> {
    let url = server.url();
    let login = json!({"type": "authorized_user", "client_id": "client-1", "client_secret": CLIENT,
        "refresh_token": REFRESH, "token_uri": format!("{url}/login")});
    let key = json!({"type": "service_account", "project_id": "acme", "private_key_id": "key-1", "private_key": KEY,
        "client_email": "lq@acme.iam.gserviceaccount.com", "client_id": "1",
        "token_uri": "https://oauth2.googleapis.com/token"});
    let elsewhere = json!({"type": "external_account", "audience": "//iam.googleapis.com/pools/p",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt", "token_url": format!("{url}/sts"),
        "client_id": "client-1", "client_secret": CLIENT, "credential_source": {"file": subject}});
    let acting = format!("{url}/{ACTING}");
    let mut elsewhere_acting = elsewhere.clone();
    elsewhere_acting["service_account_impersonation_url"] = json!(acting);
    let login_acting = json!({"type": "impersonated_service_account", "source_credentials": login, "delegates": [],
        "service_account_impersonation_url": acting});
    let broken = json!({"type": "service_account", "private_key": KEY.replace("MII", "MIX"), "client_secret": CLIENT});
    let half = json!({"type": "service_account", "private_key_id": {"a": REFRESH}, "private_key": [KEY], "client_email": SUBJECT});
    vec![
        ("a login", Some(login)),
        ("a key", Some(key)),
        ("a key that is none", Some(broken)),
        ("a file of the wrong types", Some(half)),
        ("another cloud", Some(elsewhere)),
        ("another cloud acting", Some(elsewhere_acting)),
        ("a login acting", Some(login_acting)),
        ("a machine", None),
    ]
}

/// Looks for secrets in what was said and in all files that the run left.
#[track_caller]
fn assert_kept(scene: &Scene, run: &Run, bearer: &[String], what: &str) {
    let mut told = vec![("stdout".to_owned(), run.out.clone()), ("stderr".to_owned(), run.err.clone())];
    for path in scene.all().into_iter().filter(|path| !path.starts_with("given") && scene.path(path).is_file()) {
        let bytes = fs::read(scene.path(&path)).unwrap();
        told.push((path.display().to_string(), String::from_utf8_lossy(&bytes).into_owned()));
    }
    for (place, text) in told {
        for secret in secrets().iter().chain(bearer) {
            assert!(!text.contains(secret.as_str()), "{what}: {secret} in {place}: {text}");
        }
    }
    assert!(!run.err.contains("panicked"), "{what}: {}", run.err);
}

fn command(scene: &Scene, tool: &str, words: &str) -> Command {
    let mut command = scene.command(tool, words.split_whitespace());
    fs::create_dir_all(scene.path("tmp")).unwrap();
    command.env("TMPDIR", scene.path("tmp")).env("RUST_LOG", "trace").env("RUST_BACKTRACE", "full");
    for variable in ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "ALL_PROXY"] {
        command.env(variable, format!("http://ann:{PROXY}@127.0.0.1:1"));
    }
    command.env("NO_PROXY", "127.0.0.1");
    command
}

#[test]
fn no_secret_of_any_credentials_is_told_or_written_whatever_happens() {
    let window = "--source bq://acme/gke --at 2024-12-19T07:00:00Z";
    for fault in [Nothing, Token, Nonsense, Acting, Unknown, Listing, Query] {
        let server = server(fault);
        let scene = Scene::new();
        scene.write("given/subject", SUBJECT);
        for (kind, file) in kinds(&server, scene.path("given/subject").to_str().unwrap()) {
            // What needs no server is the same whatever it does.
            if kind.contains("none") && fault != Nothing {
                continue;
            }
            for (tool, words) in [
                (QUERY, format!("{window} -vv")),
                (QUERY, "--doctor -vv --source bq://acme/gke".to_owned()),
                (LS, format!("pods {window} --max-bytes none")),
            ] {
                let mut command = command(&scene, tool, &words);
                command.env("BIGQUERY_EMULATOR_HOST", server.url());
                match &file {
                    Some(json) => {
                        scene.write("given/credentials.json", json.to_string());
                        command.env("GOOGLE_APPLICATION_CREDENTIALS", scene.path("given/credentials.json"));
                    }
                    None => drop(command.env("GCE_METADATA_HOST", server.host())),
                }
                let run = Run::of(&mut command);
                let bearer: Vec<String> =
                    server.requests().iter().filter_map(|request| request.token().map(str::to_owned)).collect();
                let what = format!("{kind}, {fault:?}, {words}");
                assert_kept(&scene, &run, &bearer, &what);
                let gives_back = matches!(fault, Token | Unknown | Listing | Query)
                    && kind == "a login"
                    && !words.contains("--doctor");
                assert!(!gives_back || run.err.contains("[secret]"), "{what}: {}", run.err);
                let is_sound = !kind.contains("none") && !kind.contains("wrong");
                if fault == Nothing && is_sound && tool == QUERY && !words.contains("doctor") {
                    assert!(run.status == Some(0) && !bearer.is_empty(), "{what}: {run:?}");
                }
            }
        }
    }
}

#[test]
fn no_password_of_a_proxy_or_server_is_told() {
    let refusing = Server::start([on("CONNECT bigquery.invalid:443", Answer::new(407, "text/plain", echo()))]);
    let proxy = format!("http://ann:{PROXY}@{}", refusing.host());
    let sound = self::server(Nothing);
    for (proxy, server) in [
        (proxy.as_str(), "https://bigquery.invalid".to_owned()),
        (&format!("http://ann:{PROXY}@:port"), "https://bigquery.invalid".to_owned()),
        (&format!("socks9://ann:{PROXY}@x"), "https://bigquery.invalid".to_owned()),
        ("", format!("ftp://ann:{EMULATOR}@host")),
        ("", format!("http://ann:{EMULATOR}@:x")),
        ("", format!("http://ann:{EMULATOR}@127.0.0.1:1")),
        ("", format!("ann:{EMULATOR}@127.0.0.1:1")),
        ("", format!("http://ann:{EMULATOR}@{}", sound.host())),
    ] {
        for words in ["--source bq://acme/gke --since 1h -vv", "--doctor --source bq://acme/gke -vv", "--show-config"] {
            let scene = Scene::new();
            // Nobody waits for what is tried again and again.
            let mut command = command(&scene, "timeout", &format!("0.7 {QUERY} {words}"));
            for variable in ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "ALL_PROXY"] {
                command.env(variable, proxy);
            }
            let run = Run::of(command.env("BIGQUERY_EMULATOR_HOST", &server));
            assert_kept(&scene, &run, &[], &format!("{proxy} {server} {words}"));
        }
    }
}
