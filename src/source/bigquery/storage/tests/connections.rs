//! TLS and proxies: connections as they are made outside of tests. What is read from the environment is tried in
//! a process of its own: the test runs itself again, with variables.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};
use std::thread;

use super::{STDOUT, brief, read, scan, within};
use crate::source::bigquery::auth::{Auth, Environment};
use crate::source::bigquery::error::Error;
use crate::source::bigquery::scripted_storage::rows::numbers;
use crate::source::bigquery::scripted_storage::{Certificates, Server, Stream, Table};
use crate::source::bigquery::storage::Storage;

const VARIABLE: &str = "BIGQUERY_STORAGE_EMULATOR_HOST";

/// Set in the child.
const ROLE: &str = "LQ_TEST_CHILD";

/// Runs the test of this name again, as the child.
async fn child(test: &str, variables: &[(&str, &OsStr)]) -> Output {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "--nocapture", &format!("source::bigquery::storage::tests::connections::{test}")]);
    for inherited in
        ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"]
    {
        command.env_remove(inherited);
    }
    command.env(ROLE, "1").envs(variables.iter().copied());
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

fn is_child() -> bool {
    std::env::var(ROLE).is_ok()
}

#[track_caller]
fn assert_passed(child: &Output) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(child.status.success(), "{}{}", text(&child.stdout), text(&child.stderr));
}

/// As outside of tests.
fn of_process() -> Storage {
    Storage::new(&Environment::of_process(), Auth::nobody(), "acme", 0).unwrap().unwrap()
}

fn table() -> Table {
    Table::new(STDOUT).stream(Stream::of([numbers(0..3)])).stream(Stream::of([numbers(3..5)]))
}

#[tokio::test]
async fn rows_come_in_tls_from_a_server_that_ssl_cert_file_trusts() {
    if is_child() {
        assert_eq!(read(&of_process()).await, Ok((0..5).collect()));
        return;
    }
    let certificates = Certificates::new();
    let server = Server::start_tls([table()], &certificates);
    let (url, roots) = (server.url(), certificates.roots());
    let variables = [(VARIABLE, OsStr::new(&url)), ("SSL_CERT_FILE", roots.as_os_str())];
    assert_passed(&child("rows_come_in_tls_from_a_server_that_ssl_cert_file_trusts", &variables).await);
    assert_eq!(server.reads().len(), 2);
}

#[tokio::test]
async fn a_server_whose_root_nobody_trusts_is_an_error_at_once() {
    let server = Server::start_tls([table()], &Certificates::new());
    let error = within(brief(), &server.url(), Auth::nobody()).session(&scan(STDOUT)).await.unwrap_err();
    assert!(matches!(&error, Error::Unreachable(said) if said.contains("certificate")), "{error:?}");
    assert!(server.sessions().is_empty());
}

/// A proxy that opens tunnels to the server at `inner`, whatever it is asked for, to who knows the password.
/// Gives its address, and what it was asked for.
fn proxy(inner: std::net::SocketAddr, password: Option<&'static str>) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&asked);
    thread::spawn(move || {
        for outer in listener.incoming().map_while(Result::ok) {
            let heard = Arc::clone(&heard);
            thread::spawn(move || tunnel(outer, inner, password, &heard));
        }
    });
    (address, asked)
}

fn tunnel(mut outer: TcpStream, inner: std::net::SocketAddr, password: Option<&str>, asked: &Mutex<Vec<String>>) {
    let head: Vec<String> = BufReader::new(outer.try_clone().unwrap())
        .lines()
        .map_while(Result::ok)
        .take_while(|line| !line.is_empty())
        .collect();
    asked.lock().unwrap().push(head[0].clone());
    if password.is_some_and(|password| !head.iter().any(|line| line == &format!("Proxy-Authorization: {password}"))) {
        outer.write_all(b"HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n").unwrap();
        return;
    }
    let inside = TcpStream::connect(inner).unwrap();
    outer.write_all(b"HTTP/1.1 200 Go ahead\r\n\r\n").unwrap();
    let (mut from, mut to) = (outer.try_clone().unwrap(), inside.try_clone().unwrap());
    thread::spawn(move || std::io::copy(&mut from, &mut to));
    let _ = std::io::copy(&mut &inside, &mut outer);
}

#[tokio::test]
async fn rows_come_through_the_tunnel_of_https_proxy() {
    if is_child() {
        assert_eq!(read(&of_process()).await, Ok((0..5).collect()));
        return;
    }
    let certificates = Certificates::new();
    let server = Server::start_tls([table()], &certificates);
    let test = "rows_come_through_the_tunnel_of_https_proxy";
    let roots = certificates.roots();
    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"] {
        // "ann:pa55word"
        let (address, asked) = proxy(server.address(), Some("Basic YW5uOnBhNTV3b3Jk"));
        let proxy = format!("http://ann:pa55word@{address}");
        let variables = [
            (VARIABLE, OsStr::new("https://storage.invalid:8443")),
            ("SSL_CERT_FILE", roots.as_os_str()),
            (name, OsStr::new(&proxy)),
        ];
        assert_passed(&child(test, &variables).await);
        assert_eq!(*asked.lock().unwrap(), ["CONNECT storage.invalid:8443 HTTP/1.1"]);
    }
    assert_eq!(server.reads().len(), 6);
}

#[tokio::test]
async fn a_proxy_that_wants_to_know_who_we_are_is_an_error_at_once() {
    if is_child() {
        let error = of_process().session(&scan(STDOUT)).await.unwrap_err();
        assert!(matches!(&error, Error::Unreachable(said) if said.contains("proxy")), "{error:?}");
        return;
    }
    let (address, asked) = proxy(([127, 0, 0, 1], 1).into(), Some("nobody"));
    let proxy = format!("http://{address}");
    let variables = [(VARIABLE, OsStr::new("https://storage.invalid")), ("HTTPS_PROXY", OsStr::new(&proxy))];
    assert_passed(&child("a_proxy_that_wants_to_know_who_we_are_is_an_error_at_once", &variables).await);
    assert_eq!(*asked.lock().unwrap(), ["CONNECT storage.invalid:443 HTTP/1.1"]);
}

#[tokio::test]
async fn a_proxy_of_another_kind_is_an_error_at_once() {
    if is_child() {
        let error = of_process().session(&scan(STDOUT)).await.unwrap_err();
        assert!(matches!(&error, Error::Unreachable(said) if said.contains("a proxy of the kind")), "{error:?}");
        assert!(!error.to_string().contains("pa55word"), "{error}");
        return;
    }
    for proxy in ["socks5://ann:pa55word@127.0.0.1:1", "https://ann:pa55word@127.0.0.1:1"] {
        let variables = [(VARIABLE, OsStr::new("https://storage.invalid")), ("HTTPS_PROXY", OsStr::new(proxy))];
        assert_passed(&child("a_proxy_of_another_kind_is_an_error_at_once", &variables).await);
    }
}

#[tokio::test]
async fn no_proxy_and_loopback_go_around_the_proxy() {
    if is_child() {
        assert_eq!(read(&of_process()).await, Ok((0..5).collect()));
        return;
    }
    let server = Server::start([table()]);
    let (address, asked) = proxy(([127, 0, 0, 1], 1).into(), None);
    let (url, proxy) = (server.url(), format!("http://{address}"));
    let proxies = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"].map(|name| (name, OsStr::new(&proxy)));
    let variables = [&[(VARIABLE, OsStr::new(&url))][..], &proxies].concat();
    assert_passed(&child("no_proxy_and_loopback_go_around_the_proxy", &variables).await);
    assert!(asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn the_environment_says_where_it_is() {
    let host = |storage: Option<&str>, rest: Option<&str>| {
        let named = |name: Option<&str>| name.map(str::to_owned);
        let environment =
            Environment { storage_emulator: named(storage), emulator: named(rest), ..Environment::default() };
        Storage::new(&environment, Auth::nobody(), "acme", 0).map(|storage| Some(storage?.host().to_owned()))
    };
    assert_eq!(host(None, None), Ok(Some("bigquerystorage.googleapis.com".into())));
    assert_eq!(host(Some("http://127.0.0.1:9060"), Some("http://127.0.0.1:9050")), Ok(Some("127.0.0.1".into())));
    assert_eq!(host(None, Some("http://127.0.0.1:9050")), Ok(None));
    for bad in ["127.0.0.1:9060", "ftp://host", "http://", "ann:pa55@host"] {
        let said = host(Some(bad), None).unwrap_err().to_string();
        assert!(said.starts_with("BIGQUERY_STORAGE_EMULATOR_HOST=") && said.ends_with("http://HOST:PORT"), "{said}");
        assert!(!said.contains("pa55"), "{said}");
    }
}

#[tokio::test]
async fn a_server_in_the_clear_gets_no_token_but_on_loopback() {
    let sees = |url: &str| within(brief(), url, Auth::nobody()).0.connection.may_see_token();
    assert!(sees("https://bigquerystorage.googleapis.com") && sees("http://127.0.0.1:9060") && sees("http://[::1]:1"));
    assert!(!sees("http://storage.invalid:9060"));
}
