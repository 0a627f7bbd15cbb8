//! The way to a server: whether a token may go there, and what errors on it mean. The same for REST and gRPC.

use std::error::Error;
use std::io;
use std::net::IpAddr;

use reqwest::Url;

/// A token goes where nobody on the way can read it.
pub(crate) fn may_see_token(url: &Url) -> bool {
    url.scheme() == "https" || is_loopback(url)
}

/// True where nothing is on the way.
pub(crate) fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// True for what no second attempt changes: a certificate that is not trusted, a proxy that wants to
/// know who we are.
pub(crate) fn is_lasting(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
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
pub(crate) fn causes(error: &(dyn Error + 'static)) -> String {
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
