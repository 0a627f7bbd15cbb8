//! A scripted BigQuery on loopback: real sockets, answers and faults by script, every request recorded.
//!
//! A script is a list of rules, read as a table: which request, and what it gets. The first rule that
//! fits a request answers it, so the narrower one stands first; a rule with several answers gives them in
//! turn and repeats the last one.
//!
//! ```ignore
//! use bigquery::answer::error;
//! use bigquery::api::{Job, Table, tables};
//! use bigquery::{Server, on};
//!
//! let sink = Table::sink("stdout_20261121");
//! let job = Job::new("job_1", &[("timestamp", "TIMESTAMP")]).row(&[json!("1763712000000000")]);
//! let server = Server::start([
//!     on("GET projects/acme/datasets/gke/tables?pageToken=p2", tables(&[], None)),
//!     on("GET projects/acme/datasets/gke/tables", tables(&[sink.listed()], Some("p2"))),
//!     on("POST projects/acme/queries", error(503, "backendError", "try later")).then(job.running()),
//!     on("GET projects/acme/queries/job_1", Answer::from(job.done()).gzip().cut(100)).then(job.done()),
//! ]);
//! // ... with BIGQUERY_EMULATOR_HOST = server.url() ...
//! assert_eq!(server.told(), ["GET projects/acme/datasets/gke/tables", ...]);
//! ```
//!
//! A request that no rule fits gets 501, which no client tries again, and is listed by
//! [`Server::strangers`]. HTTP/1.1 with kept connections, one thread for each.

#![allow(dead_code, reason = "each test file uses a part of it")]

pub mod answer;
pub mod api;
mod wire;

use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use serde_json::Value;

pub use answer::Answer;

/// A request, as it arrived.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    /// Percent-decoded: `/bigquery/v2/projects/acme/queries`.
    pub path: String,
    /// Percent-decoded names and values, in the order in which they came.
    pub query: Vec<(String, String)>,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A value of the query string.
    pub fn asks(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON; null where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The token that it carries.
    pub fn token(&self) -> Option<&str> {
        self.header("authorization")?.strip_prefix("Bearer ")
    }

    /// Method and path, without what all of BigQuery's paths begin with: `GET projects/acme/queries/job_1`.
    pub fn told(&self) -> String {
        format!("{} {}", self.method, short(&self.path))
    }
}

/// A path below `/bigquery/v2/` without that; any other one as it is.
fn short(path: &str) -> &str {
    path.strip_prefix("/bigquery/v2/").unwrap_or(path)
}

type Condition = Box<dyn Fn(&Request) -> bool + Send + Sync>;

/// Which request, and what it gets.
pub struct Rule {
    method: String,
    path: String,
    query: Vec<(String, String)>,
    condition: Option<Condition>,
    answers: Vec<Answer>,
    used: AtomicUsize,
}

/// A rule for requests such as `GET projects/acme/datasets/gke/tables/*?pageToken=p2`: a method, a path
/// below `/bigquery/v2/` (or a whole one with `/` in front) in which `*` stands for one part, and what
/// the query must have, among other things.
pub fn on(request: &str, answer: impl Into<Answer>) -> Rule {
    let (method, target) = request.split_once(' ').expect("`METHOD PATH`");
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    Rule {
        method: method.to_owned(),
        path: path.to_owned(),
        query: wire::pairs(query),
        condition: None,
        answers: vec![answer.into()],
        used: AtomicUsize::new(0),
    }
}

impl Rule {
    /// What the next request gets that this rule fits.
    pub fn then(mut self, answer: impl Into<Answer>) -> Self {
        self.answers.push(answer.into());
        self
    }

    /// Only where the request is so, too.
    pub fn when(mut self, condition: impl Fn(&Request) -> bool + Send + Sync + 'static) -> Self {
        self.condition = Some(Box::new(condition));
        self
    }

    fn fits(&self, request: &Request) -> bool {
        let path = short(&request.path);
        let mut parts = path.split('/');
        self.method == request.method
            && self.path.split('/').all(|wanted| parts.next().is_some_and(|part| wanted == "*" || wanted == part))
            && parts.next().is_none()
            && self.query.iter().all(|(name, value)| request.asks(name) == Some(value))
            && self.condition.as_ref().is_none_or(|condition| condition(request))
    }

    fn answer(&self) -> Answer {
        let turn = self.used.fetch_add(1, Ordering::SeqCst);
        self.answers[turn.min(self.answers.len() - 1)].clone()
    }
}

/// The server. Ends, with all its connections, when dropped.
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    listener: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    rules: Vec<Rule>,
    seen: Mutex<Seen>,
    is_over: AtomicBool,
}

#[derive(Default)]
struct Seen {
    requests: Vec<Request>,
    strangers: Vec<String>,
    connections: Vec<TcpStream>,
}

impl Server {
    pub fn start(rules: impl IntoIterator<Item = Rule>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port on loopback");
        let address = listener.local_addr().expect("its address");
        let shared = Arc::new(Shared { rules: rules.into_iter().collect(), ..Shared::default() });
        let inner = Arc::clone(&shared);
        let listener = thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if inner.is_over.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(other) = stream.try_clone() else { continue };
                inner.seen.lock().expect("no test has panicked here").connections.push(other);
                let shared = Arc::clone(&inner);
                thread::spawn(move || wire::serve(stream, |request| shared.answer(request)));
            }
        });
        Server { address, shared, listener: Some(listener) }
    }

    /// What to put into `BIGQUERY_EMULATOR_HOST`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Host and port, for `GCE_METADATA_HOST`.
    pub fn host(&self) -> String {
        self.address.to_string()
    }

    /// All requests so far, in the order in which they came.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.seen.lock().expect("no test has panicked here").requests.clone()
    }

    /// All requests so far in short: `GET projects/acme/queries/job_1`.
    pub fn told(&self) -> Vec<String> {
        self.requests().iter().map(Request::told).collect()
    }

    /// The requests that no rule fits. A test that passes has none.
    pub fn strangers(&self) -> Vec<String> {
        self.shared.seen.lock().expect("no test has panicked here").strangers.clone()
    }

    /// How many connections were opened.
    pub fn connections(&self) -> usize {
        self.shared.seen.lock().expect("no test has panicked here").connections.len()
    }
}

impl Shared {
    fn answer(&self, request: Request) -> Answer {
        let told = request.told();
        let token = request.token().unwrap_or_default().to_owned();
        let rule = self.rules.iter().find(|rule| rule.fits(&request));
        let mut seen = self.seen.lock().expect("no test has panicked here");
        seen.requests.push(request);
        match rule {
            Some(rule) => rule.answer().with_token(&token),
            None => {
                seen.strangers.push(told.clone());
                answer::error(501, "notImplemented", &format!("the script has no rule for {told}"))
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::SeqCst);
        // The listener wakes up, sees that it is over, and ends.
        let _ = TcpStream::connect(self.address);
        let _ = self.listener.take().map(JoinHandle::join);
        if let Ok(seen) = self.shared.seen.lock() {
            for connection in &seen.connections {
                let _ = connection.shutdown(Shutdown::Both);
            }
        }
    }
}
