//! One HTTP request to BigQuery's API, and again where that may help.
//!
//! All requests go through [`Rest::send`]: there are the token, the retries, and what `-vv` tells.

mod answer;
mod body;
mod calls;
mod client;
#[cfg(test)]
mod tests;
mod trace;

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::TimeDelta;
use reqwest::header::{ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE};
use reqwest::{Method, Url};
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use super::auth::{Auth, Token};
use super::error::Error;
use super::way::may_see_token;
use super::{mask, retry};
use answer::Answer;
pub(crate) use calls::Paging;
pub(crate) use trace::Trace;

/// Google's own server of the API.
const BASE: &str = "https://bigquery.googleapis.com";

/// How much time and memory a request may take.
#[derive(Clone, Copy, Debug)]
struct Limits {
    /// For the answer to begin, and for each further piece of it: jobs.query and getQueryResults may be
    /// asked to wait some 200 s.
    read: Duration,
    /// How long the body of an answer may come more slowly than on the worst of lines.
    slowest: Duration,
    /// The length of an answer with rows, decompressed, in bytes. A page of results has some 20 MB.
    longest: usize,
    /// The length of any other answer: those are parsed as a whole, and take some times as much memory.
    longest_told: usize,
    /// How long to try before the server has answered for the first time: nobody wants to wait ten
    /// minutes for a name that does not exist, or a network that is not there.
    first: Duration,
    /// How long to try once it has.
    later: Duration,
}

const LIMITS: Limits = Limits {
    read: Duration::from_secs(210),
    slowest: Duration::from_secs(60),
    longest: 256 << 20,
    longest_told: 16 << 20,
    first: Duration::from_secs(30),
    later: retry::PATIENCE,
};

/// For a check-up, whose user waits. Its jobs are waited for a few seconds at a time.
const BRIEF: Limits = Limits { read: LIMITS.first, later: LIMITS.first, ..LIMITS };

/// So many bodies are put by: pages are made into entries in threads, while others come.
const SPARE: usize = 4;

/// Longer ones, in bytes, are not: pages have some ten megabytes.
const LONGEST_SPARE: usize = 32 << 20;

/// BigQuery's API, as one user. Cheap to clone; the connections are shared.
#[derive(Clone)]
pub(crate) struct Rest {
    client: reqwest::Client,
    base: Arc<Url>,
    auth: Auth,
    trace: Option<Trace>,
    /// Who hears of requests that are tried again.
    told: Option<Trace>,
    limits: Limits,
    has_answered: Arc<AtomicBool>,
    /// How far our clock is ahead of the server's, by its last answer.
    ahead: Arc<Mutex<Option<TimeDelta>>>,
    /// Bodies that [nobody needs](Self::reuse) any more.
    spare: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Rest {
    /// `base` is the URL of a server that stands in for Google's, as `BIGQUERY_EMULATOR_HOST` has it.
    /// With `verbose` of 2 and more, every request is told on standard error.
    pub(crate) fn new(base: Option<String>, auth: Auth, verbose: u8) -> Result<Self, Error> {
        let trace = (verbose >= 2).then(Trace::on_stderr);
        Ok(Rest { trace, ..Rest::within(LIMITS, base, auth)? })
    }

    /// The same for a check-up: gives up after half a minute.
    pub(crate) fn brief(base: Option<String>, auth: Auth, verbose: u8) -> Result<Self, Error> {
        let trace = (verbose >= 2).then(Trace::on_stderr);
        Ok(Rest { trace, ..Rest::within(BRIEF, base, auth)? })
    }

    fn within(limits: Limits, base: Option<String>, auth: Auth) -> Result<Self, Error> {
        let base = client::base(base.as_deref().filter(|base| !base.is_empty()).unwrap_or(BASE))?;
        let client = client::build(&base, limits.read)?;
        let (has_answered, ahead, spare) = Default::default();
        Ok(Rest { client, base: Arc::new(base), auth, trace: None, told: None, limits, has_answered, ahead, spare })
    }

    /// Tells `told` of requests that are tried again and again: a line each.
    pub(crate) fn telling(self, told: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Rest { told: Some(Trace::to(told)), ..self }
    }

    /// The URL of the server, without who logs in there.
    pub(crate) fn base(&self) -> String {
        mask::address(self.base.as_str())
    }

    /// Stands for who logs in there by the URL; too short to tell what it says.
    pub(crate) fn login(&self) -> String {
        Sha256::digest(self.base.as_str()).iter().take(4).map(|byte| format!("{byte:02x}")).collect()
    }

    /// How far our clock is ahead of the server's, as far as it was told, to a second or two.
    pub(crate) fn ahead(&self) -> Option<TimeDelta> {
        *self.ahead.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts the memory of a page's body by for the next page: to take it anew costs more than to fill it.
    pub(crate) fn reuse(&self, mut body: Vec<u8>) {
        body.clear();
        let mut spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        if spare.len() < SPARE && body.capacity() <= LONGEST_SPARE {
            spare.push(body);
        }
    }

    /// Tells every request to `told` instead of standard error: a line each, not yet made harmless for
    /// a terminal, but without secrets.
    #[cfg(test)]
    pub(crate) fn with_trace(self, told: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Rest { trace: Some(Trace::to(told)), ..self }
    }

    /// GET of `path` below `/bigquery/v2`. The parts of the path and of the query are escaped here.
    /// Gives the body, decompressed: one whole JSON object.
    pub(crate) async fn get(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Vec<u8>, Error> {
        self.send(Method::GET, path, query, None).await
    }

    /// POST of a JSON `body`, likewise. Only for what may be sent twice.
    pub(crate) async fn post(&self, path: &[&str], query: &[(&str, &str)], body: &[u8]) -> Result<Vec<u8>, Error> {
        self.send(Method::POST, path, query, Some(body)).await
    }

    async fn send(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Result<Vec<u8>, Error> {
        let url = client::url(&self.base, path, query);
        let patience = || if self.has_answered.load(Ordering::Relaxed) { self.limits.later } else { self.limits.first };
        let told = |error: &Error, pause: Duration| {
            if let Some(told) = &self.told {
                told.say(&format!("{error}; trying again in {} s", pause.as_secs().max(1)));
            }
        };
        let has_rows = path.contains(&"queries");
        let longest = if has_rows { self.limits.longest } else { self.limits.longest_told };
        retry::again(patience, retry::chance, told, || self.attempt(&method, &url, body, longest)).await
    }

    /// One attempt, or two where the first one's token was refused: a clock that stood still while a
    /// laptop slept, a session that was revoked.
    async fn attempt(&self, method: &Method, url: &Url, body: Option<&[u8]>, longest: usize) -> Result<Vec<u8>, Error> {
        let token = if may_see_token(url) { self.auth.token().await? } else { None };
        match (self.once(method, url, body, token.as_ref(), longest).await, token) {
            (Err(Error::Api { status: 401, .. }), Some(refused)) => {
                let token = self.auth.renew(&refused).await?;
                self.once(method, url, body, token.as_ref(), longest).await
            }
            (answer, _) => answer,
        }
    }

    /// Memory for the body of an answer that may be long.
    fn room(&self) -> Vec<u8> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    async fn once(
        &self,
        method: &Method,
        url: &Url,
        body: Option<&[u8]>,
        token: Option<&Token>,
        longest: usize,
    ) -> Result<Vec<u8>, Error> {
        let mut request = self.client.request(method.clone(), url.clone()).header(ACCEPT_ENCODING, "gzip");
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, "application/json").body(body.to_vec());
        }
        if let Some(token) = token {
            request = request.header(AUTHORIZATION, token.header()?);
            if let Some(project) = self.auth.quota_project() {
                request = request.header("x-goog-user-project", project);
            }
        }
        let start = Instant::now();
        let room = if longest == self.limits.longest { self.room() } else { Vec::new() };
        let answer = Answer::fetch(request, token, room, longest, self.limits.slowest).await;
        let answer = answer.map_err(|error| client::say(url, error));
        if let Some(trace) = &self.trace {
            trace.tell(method, url, &answer, start.elapsed());
        }
        let answer = answer?;
        if answer.ahead.is_some() {
            *self.ahead.lock().unwrap_or_else(PoisonError::into_inner) = answer.ahead;
        }
        let secret = token.map(Token::text).unwrap_or_default();
        let judged = answer.judge().map(|body| mask::answer(body, secret));
        let judged = judged.map_err(|error| error.without_secrets(&[secret]));
        // Whatever stands before BigQuery may answer, too, but not so.
        if !matches!(judged, Err(Error::Transport(_))) {
            self.has_answered.store(true, Ordering::Relaxed);
        }
        judged
    }
}

/// Nothing of the client: it knows the passwords of proxies.
impl fmt::Debug for Rest {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "Rest({}, {:?})", self.base.host_str().unwrap_or_default(), self.auth)
    }
}
