//! The HTTP client, the addresses it is sent to, and what its errors mean.

use std::error::Error as _;
use std::io;
use std::net::IpAddr;
use std::time::Duration;

use reqwest::Url;
use reqwest::redirect::Policy;

use super::super::error::Error;
use super::super::mask;
use super::super::tls;

const CONNECT: Duration = Duration::from_secs(10);

/// A client for the server at `base`. It trusts what the system trusts (and `SSL_CERT_FILE`), like the
/// other two clients in the house: that of the credentials and that of gRPC.
pub(super) fn build(base: &Url, read: Duration) -> Result<reqwest::Client, Error> {
    tls::install();
    let mut builder = reqwest::Client::builder()
        // Google's servers compress for those that have "gzip" in both headers.
        // <https://cloud.google.com/bigquery/docs/api-performance#using-gzip>
        .user_agent(concat!("lq/", env!("CARGO_PKG_VERSION"), " (gzip)"))
        .gzip(true)
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

/// A token goes where nobody on the way can read it.
pub(super) fn may_see_token(url: &Url) -> bool {
    url.scheme() == "https" || is_loopback(url)
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
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

/// True for what no second attempt changes: a certificate that is not trusted, a proxy that wants to
/// know who we are.
fn is_lasting(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(inner) = cause {
        if matches!(inner.downcast_ref(), Some(rustls::Error::InvalidCertificate(_)))
            || inner.to_string().contains("proxy authorization required")
        {
            return true;
        }
        // The source of an I/O error is that of the error within it, not that error itself.
        cause = match inner.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(within) => Some(within),
            None => inner.source(),
        };
    }
    false
}

/// The causes, outermost first, without those that say nothing new.
fn causes(error: &reqwest::Error) -> String {
    let mut said: Vec<String> = Vec::new();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let text = inner.to_string();
        let is_name_of_a_layer = text.starts_with("client error (") && inner.source().is_some();
        if !is_name_of_a_layer && said.last().is_none_or(|last| !last.contains(&text)) {
            said.push(text);
        }
        cause = inner.source();
    }
    if said.is_empty() { error.to_string() } else { said.join(": ") }
}
