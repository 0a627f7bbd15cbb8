//! The HTTP client, the addresses it is sent to, and what its errors mean.

use std::time::Duration;

use reqwest::Url;
use reqwest::redirect::Policy;

use super::super::error::Error;
use super::super::way::{causes, is_lasting, is_loopback};
use super::super::{mask, tls};

const CONNECT: Duration = Duration::from_secs(10);

/// A client for the server at `base`. It trusts what the system trusts (and `SSL_CERT_FILE`), like the
/// other two clients in the house: that of the credentials and that of gRPC.
pub(super) fn build(base: &Url, read: Duration) -> Result<reqwest::Client, Error> {
    tls::install();
    let mut builder = reqwest::Client::builder()
        // Google's servers compress for those that have "gzip" in both headers.
        // <https://cloud.google.com/bigquery/docs/api-performance#using-gzip>
        .user_agent(concat!("lq/", env!("CARGO_PKG_VERSION"), " (gzip)"))
        .http2_adaptive_window(true)
        .connect_timeout(CONNECT)
        .read_timeout(read)
        // The token is for one host only.
        .redirect(Policy::none());
    if is_loopback(base) {
        builder = builder.no_proxy();
    }
    builder.build().map_err(|error| Error::Unreachable(format!("cannot set up HTTPS: {}", causes(&error))))
}

/// The base URL that was typed.
pub(super) fn base(text: &str) -> Result<Url, Error> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    url.ok_or_else(|| {
        let shown = mask::address(text);
        Error::Unreachable(format!("BIGQUERY_EMULATOR_HOST={shown}: no URL; write http://HOST:PORT"))
    })
}

pub(super) fn url(base: &Url, path: &[&str], query: &[(&str, &str)]) -> Url {
    let mut url = base.clone();
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(["bigquery", "v2"]).extend(path);
    }
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    url
}

/// Why there was no answer, or not all of it. Headers without end, of which hyper reads some 400 KB, are no
/// answer that breaks off.
pub(super) fn say(url: &Url, error: reqwest::Error) -> Error {
    let host = url.host_str().unwrap_or_default();
    let error = error.without_url();
    let causes = causes(&error);
    if causes.contains("message head is too large") {
        return Error::Strange(format!("the answer of {host} makes no sense: {causes}"));
    }
    if is_lasting(&error) {
        return Error::Unreachable(format!("cannot reach {host}: {causes}"));
    }
    Error::Transport(if error.is_connect() {
        format!("cannot reach {host}: {causes}")
    } else if error.is_timeout() {
        format!("{host} does not answer any more")
    } else {
        format!("the answer of {host} broke off: {causes}")
    })
}
