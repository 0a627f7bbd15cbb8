//! The connection: where to, by which proxy, trusting whom. HTTP/2 in TLS; in the clear only to a stand-in
//! that the environment names.

use std::fmt;
use std::time::Duration;

use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::Matcher;
use reqwest::Url;
use tokio::sync::OnceCell;
use tonic::transport::{Channel, ClientTlsConfig, Endpoint, Uri};

use super::super::auth::Environment;
use super::super::error::Error;
use super::super::way::{causes, is_loopback, may_see_token};
use super::super::{mask, tls};
use super::{Limits, WINDOW};

/// Google's own server of the API.
const BASE: &str = "https://bigquerystorage.googleapis.com";

/// What names another server.
const VARIABLE: &str = "BIGQUERY_STORAGE_EMULATOR_HOST";

/// How long the server may be silent before it is asked whether it is there, and how long it may take to say it.
/// Google's servers take more frequent questions for an attack.
/// <https://github.com/grpc/proposal/blob/master/A8-client-side-keepalive.md>
const PING: Duration = Duration::from_secs(30);
const PONG: Duration = Duration::from_secs(20);

/// Where the server is, and who is on the way.
pub(super) struct Target {
    pub url: Url,
    pub proxies: Option<Matcher>,
}

impl Target {
    /// What the environment names, `None` where it has BigQuery stood in for by something without gRPC. Proxies
    /// as for REST: none to this machine.
    pub(super) fn find(environment: &Environment) -> Result<Option<Self>, Error> {
        let base = match (&environment.storage_emulator, &environment.emulator) {
            (Some(base), _) => base,
            (None, Some(_)) => return Ok(None),
            (None, None) => BASE,
        };
        let url = Url::parse(base).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        let url = url.ok_or_else(|| {
            let shown = mask::address(base);
            Error::Unreachable(format!("{VARIABLE}={shown}: no URL; write http://HOST:PORT"))
        })?;
        let proxies = (!is_loopback(&url)).then(Matcher::from_system);
        Ok(Some(Target { url, proxies }))
    }
}

/// A connection that is made when it is first needed, and made again when it is lost.
pub(super) struct Connection {
    target: Target,
    limits: Limits,
    channel: OnceCell<Channel>,
}

impl Connection {
    pub(super) fn to(target: Target, limits: Limits) -> Self {
        Connection { target, limits, channel: OnceCell::new() }
    }

    /// Takes other limits, before it is used.
    pub(super) fn limit(&mut self, limits: Limits) {
        self.limits = limits;
    }

    pub(super) fn host(&self) -> &str {
        self.target.url.host_str().unwrap_or_default()
    }

    pub(super) fn may_see_token(&self) -> bool {
        may_see_token(&self.target.url)
    }

    /// The connection itself; whether anybody is there shows when it is used.
    pub(super) async fn channel(&self) -> Result<Channel, Error> {
        self.channel.get_or_try_init(|| async { self.build() }).await.cloned()
    }

    fn build(&self) -> Result<Channel, Error> {
        let host = self.host();
        let unfit = |why: &dyn fmt::Display| Error::Unreachable(format!("cannot set up gRPC to {host}: {why}"));
        let Target { url, proxies } = &self.target;
        let authority = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        let base = format!("{}://{authority}", url.scheme());
        let uri = base.parse::<Uri>().map_err(|error| unfit(&error))?;
        let streams = u32::try_from(self.limits.parallel).unwrap_or(u32::MAX);
        let mut endpoint = Endpoint::from(uri.clone())
            .user_agent(concat!("lq/", env!("CARGO_PKG_VERSION")))
            .map_err(|error| unfit(&causes(&error)))?
            .connect_timeout(self.limits.connect)
            .initial_stream_window_size(WINDOW)
            // One more than all streams together, so that those for which there is no room just now do not
            // keep the others from arriving.
            .initial_connection_window_size(WINDOW.saturating_mul(streams.saturating_add(1)))
            .http2_keep_alive_interval(PING)
            .keep_alive_timeout(PONG);
        if url.scheme() == "https" {
            tls::install();
            // What the system trusts, and SSL_CERT_FILE, as for REST.
            let trust = ClientTlsConfig::new().with_native_roots().timeout(self.limits.connect);
            endpoint = endpoint.tls_config(trust).map_err(|error| unfit(&causes(&error)))?;
        }
        let Some(proxy) = proxies.as_ref().and_then(|proxies| proxies.intercept(&uri)) else {
            return Ok(endpoint.connect_lazy());
        };
        if proxy.uri().scheme_str() != Some("http") {
            let kind = proxy.uri().scheme_str().unwrap_or_default();
            return Err(unfit(&format!("a proxy of the kind {kind}:// cannot be used, only one of http://")));
        }
        let mut connector = HttpConnector::new();
        connector.enforce_http(false);
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(self.limits.connect));
        let mut tunnel = Tunnel::new(proxy.uri().clone(), connector);
        if let Some(login) = proxy.basic_auth() {
            tunnel = tunnel.with_auth(login.clone());
        }
        Ok(endpoint.connect_with_connector_lazy(tunnel))
    }
}
