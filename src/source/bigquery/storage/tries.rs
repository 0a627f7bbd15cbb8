//! A call, and again where that may help.

use std::future::Future;
use std::sync::atomic::Ordering;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use reqwest::Url;
use tokio::time::{Instant, sleep, timeout};
use tonic::codegen::http::header::AUTHORIZATION;
use tonic::metadata::MetadataMap;
use tonic::{Request, Response, Status};

use super::super::auth::Token;
use super::super::error::Error;
use super::super::mask;
use super::super::retry;
use super::Inner;
use super::intake::Line;
use super::status::{Doing, Fault};

use gcp_bigquery_client::google::cloud::bigquery::storage::v1::big_query_read_client::BigQueryReadClient;

/// What calls the server.
pub(super) type Client = BigQueryReadClient<Line>;

/// The attempts at one thing since its last step ahead.
pub(super) struct Tries<'a> {
    inner: &'a Inner,
    failed: u32,
    since: Instant,
}

impl<'a> Tries<'a> {
    pub(super) fn new(inner: &'a Inner) -> Self {
        Tries { inner, failed: 0, since: Instant::now() }
    }

    /// A step ahead: whatever failed before it does not count any more.
    pub(super) fn has_moved(&mut self) {
        *self = Tries::new(self.inner);
    }

    /// Waits until another attempt may be made. `Err` where none helps, or patience is over. What has moved since
    /// the last failure is tried again at once, unless the server asks for a pause.
    pub(super) async fn wait(&mut self, fault: Fault) -> Result<(), Error> {
        let inner = self.inner;
        if fault.is_answer {
            inner.has_answered.store(true, Ordering::Relaxed);
        }
        if !fault.may_pass {
            return Err(fault.error);
        }
        self.failed += 1;
        let asked = fault.error.retry_after();
        let is_new = self.failed == 1 && inner.has_answered.load(Ordering::Relaxed);
        let pause = match asked {
            None if is_new => Duration::ZERO,
            None => retry::delay(self.failed, None, retry::chance()).min(inner.limits.pause),
            Some(_) => retry::delay(self.failed, asked, retry::chance()),
        };
        let has_answered = inner.has_answered.load(Ordering::Relaxed);
        let patience = match has_answered {
            true if asked.is_none() && fault.is_used_up() => inner.limits.used_up,
            true => inner.limits.later,
            false => inner.limits.first,
        };
        if self.since.elapsed() + pause > patience {
            return Err(fault.error.after(self.failed, self.since.elapsed()));
        }
        let is_told = self.failed > 1 && (has_answered || !inner.is_quiet);
        if let Some(told) = inner.told.as_ref().filter(|_| is_told) {
            told.say(&format!("{}; trying again in {} s", fault.error, pause.as_secs().max(1)));
        }
        sleep(pause).await;
        Ok(())
    }
}

impl Inner {
    /// One call, or two where the first one's token was refused. `message` is what is asked, `route` what Google's
    /// front servers must know of it. Gives the token too: a stream may begin well, and only then refuse it.
    pub(super) async fn call<M, A, F>(
        &self,
        doing: Doing,
        route: (&str, &str),
        message: M,
        send: impl Fn(Client, Request<M>) -> F,
    ) -> Result<(A, Option<Token>), Fault>
    where
        M: Clone,
        F: Future<Output = Result<Response<A>, Status>>,
    {
        let token = match self.connection.may_see_token() {
            true => self.auth.token().await.map_err(Fault::of_token)?,
            false => None,
        };
        let answer = self.once(doing, route, message.clone(), token.as_ref(), &send).await;
        match (answer, token) {
            (Err(fault), Some(refused)) if fault.is_refusal() => {
                let token = self.auth.renew(&refused).await.map_err(Fault::of_token)?;
                let answer = self.once(doing, route, message, token.as_ref(), &send).await?;
                Ok((answer, token))
            }
            (answer, token) => Ok((answer?, token)),
        }
    }

    async fn once<M, A, F>(
        &self,
        doing: Doing,
        route: (&str, &str),
        message: M,
        token: Option<&Token>,
        send: &impl Fn(Client, Request<M>) -> F,
    ) -> Result<A, Fault>
    where
        F: Future<Output = Result<Response<A>, Status>>,
    {
        let channel = self.connection.channel().await.map_err(Fault::lasting)?;
        let client = Client::new(Line(channel)).max_decoding_message_size(self.limits.longest);
        let mut request = Request::new(message);
        *request.metadata_mut() = MetadataMap::from_headers(self.headers(route, token).map_err(Fault::lasting)?);
        let start = Instant::now();
        let answer = match timeout(self.limits.message, send(client, request)).await {
            Ok(answer) => {
                answer.map(Response::into_inner).map_err(|status| Fault::of(&status, doing, self.connection.host()))
            }
            Err(_) => Err(Fault::silent(self.connection.host())),
        };
        let secret = token.map(Token::text).unwrap_or_default();
        let answer = answer.map_err(|fault| fault.without_secrets(secret));
        if let Some(trace) = &self.trace {
            let time = start.elapsed().as_secs_f64();
            let what = match doing {
                Doing::Session => "CreateReadSession",
                Doing::Rows => "ReadRows",
            };
            // The server has chosen the names of its streams.
            let of = mask::secrets(route.1, &[secret]);
            trace.say(&match &answer {
                Ok(_) => format!("{what} {of} {time:.3}s"),
                Err(fault) => format!("{what} {of} failed after {time:.3}s: {}", fault.error),
            });
        }
        if answer.as_ref().map_or_else(|fault| fault.is_answer, |_| true) {
            self.has_answered.store(true, Ordering::Relaxed);
        }
        answer
    }

    fn headers(&self, (key, value): (&str, &str), token: Option<&Token>) -> Result<HeaderMap, Error> {
        let mut headers = HeaderMap::new();
        // <https://google.aip.dev/client-libraries/4222>
        const ROUTE: HeaderName = HeaderName::from_static("x-goog-request-params");
        const QUOTA: HeaderName = HeaderName::from_static("x-goog-user-project");
        let value_of = |text: &str| {
            HeaderValue::from_str(text).map_err(|_| Error::Strange(format!("`{text}` cannot stand in a header")))
        };
        headers.insert(ROUTE, value_of(&escaped(key, value))?);
        if let Some(token) = token {
            headers.insert(AUTHORIZATION, token.header()?);
            if let Some(project) = self.auth.quota_project() {
                headers.insert(QUOTA, value_of(project)?);
            }
        }
        Ok(headers)
    }
}

/// `key=value`, the value escaped as in a query.
fn escaped(key: &str, value: &str) -> String {
    let url = Url::parse_with_params("http://route", [(key, value)]).ok();
    url.as_ref().and_then(Url::query).unwrap_or_default().to_owned()
}
