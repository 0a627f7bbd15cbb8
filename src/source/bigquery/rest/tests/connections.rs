//! TLS and proxies: connections as they are made outside of tests. What is read from the environment is
//! tried in a process of its own: the test runs itself again, with variables.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use serde_json::json;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::{LIMITS, gives};
use crate::source::bigquery::auth::{Auth, Environment};
use crate::source::bigquery::error::Error;
use crate::source::bigquery::rest::Rest;
use crate::source::bigquery::scripted::answer::empty;
use crate::source::bigquery::scripted::{Server, on};
use crate::source::bigquery::tls;

/// A company's own certificate authority, and a server's certificate of it for `localhost`.
struct Company {
    folder: TempDir,
    server: rustls::ServerConfig,
}

impl Company {
    fn new() -> Self {
        tls::install();
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let root = params.self_signed(&key).unwrap();
        let issuer = Issuer::new(params, key);
        let key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::new(["localhost".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join("roots.pem"), root.pem()).unwrap();
        let key = rustls::pki_types::PrivatePkcs8KeyDer::from(key.serialize_der()).into();
        let server = rustls::ServerConfig::builder().with_no_client_auth();
        let server = server.with_single_cert(vec![leaf.der().clone()], key).unwrap();
        Company { folder, server }
    }

    /// The file for `SSL_CERT_FILE`.
    fn roots(&self) -> PathBuf {
        self.folder.path().join("roots.pem")
    }

    /// Listens on loopback, speaks TLS, and hands each connection to `then`. Gives the URL.
    async fn listen<F: Future<Output = ()> + Send + 'static>(
        &self,
        protocol: &str,
        then: impl Fn(TlsStream<TcpStream>) -> F + Send + 'static,
    ) -> String {
        let mut config = self.server.clone();
        config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                if let Ok(stream) = acceptor.accept(stream).await {
                    tokio::spawn(then(stream));
                }
            }
        });
        url
    }

    /// TLS in front of a scripted server.
    async fn front(&self, server: &Server) -> String {
        let host = server.host();
        self.listen("http/1.1", move |mut outer| {
            let host = host.clone();
            async move {
                let mut inner = TcpStream::connect(host).await.unwrap();
                let _ = copy_bidirectional(&mut outer, &mut inner).await;
            }
        })
        .await
    }
}

/// Tells the child which server to ask.
const ROLE: &str = "LQ_TEST_SERVER";

/// Runs the test of this name again, as the child.
async fn child(test: &str, server: &str, variables: &[(&str, &OsStr)]) -> Output {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "--nocapture", &format!("source::bigquery::rest::tests::connections::{test}")]);
    for inherited in
        ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"]
    {
        command.env_remove(inherited);
    }
    command.env(ROLE, server).envs(variables.iter().copied());
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

#[track_caller]
fn assert_passed(child: &Output) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(child.status.success(), "{}{}", text(&child.stdout), text(&child.stderr));
}

#[tokio::test]
async fn requests_and_credentials_trust_the_roots_of_ssl_cert_file() {
    if let Ok(server) = std::env::var(ROLE) {
        let auth = Auth::find(&Environment::of_process()).await.unwrap();
        Rest::new(Some(server), auth, 0).unwrap().get(&["projects", "acme", "datasets", "gke"], &[]).await.unwrap();
        return;
    }
    let company = Company::new();
    let server = Server::start([
        on("POST /login", json!({"access_token": "token-1", "expires_in": 3600, "token_type": "Bearer"})),
        on("GET projects/acme/datasets/gke", json!({})),
    ]);
    let front = company.front(&server).await;
    let login = json!({"type": "authorized_user", "client_id": "c", "client_secret": "s", "refresh_token": "r",
        "token_uri": format!("{front}/login")});
    let file = company.folder.path().join("login.json");
    std::fs::write(&file, login.to_string()).unwrap();
    let variables =
        [("SSL_CERT_FILE", company.roots().into_os_string()), ("GOOGLE_APPLICATION_CREDENTIALS", file.into())];
    let variables: Vec<(&str, &OsStr)> = variables.iter().map(|(name, value)| (*name, value.as_os_str())).collect();
    let test = "requests_and_credentials_trust_the_roots_of_ssl_cert_file";
    assert_passed(&child(test, &front, &variables).await);
    assert_eq!(server.told(), ["POST /login", "GET projects/acme/datasets/gke"]);
    assert_eq!(server.requests()[1].token(), Some("token-1"));
}

#[tokio::test]
async fn grpc_trusts_the_roots_of_ssl_cert_file() {
    if let Ok(server) = std::env::var(ROLE) {
        tls::install();
        let roots = tonic::transport::ClientTlsConfig::new().with_native_roots();
        tonic::transport::Endpoint::from_shared(server).unwrap().tls_config(roots).unwrap().connect().await.unwrap();
        return;
    }
    let company = Company::new();
    let (said, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let url = company
        .listen("h2", move |mut stream| {
            let said = said.clone();
            async move {
                let mut start = [0; 24];
                let _ = stream.read_exact(&mut start).await;
                let _ = said.send(String::from_utf8_lossy(&start).into_owned());
            }
        })
        .await;
    let roots = company.roots();
    assert_passed(
        &child("grpc_trusts_the_roots_of_ssl_cert_file", &url, &[("SSL_CERT_FILE", roots.as_os_str())]).await,
    );
    // What every HTTP/2 connection begins with: it is TLS all the way, and gRPC may follow.
    assert_eq!(heard.recv().await.as_deref(), Some("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
}

#[tokio::test]
async fn a_server_whose_root_nobody_trusts_is_an_error_at_once() {
    let company = Company::new();
    let server = Server::start([on("GET projects/acme/datasets/gke", json!({}))]);
    let rest = Rest::within(LIMITS, Some(company.front(&server).await), Auth::nobody()).unwrap();
    let error = rest.get(&["projects", "acme", "datasets", "gke"], &[]).await.unwrap_err();
    assert!(matches!(&error, Error::Unreachable(said) if said.contains("certificate")), "{error:?}");
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn https_proxy_is_asked_for_a_tunnel() {
    if let Ok(server) = std::env::var(ROLE) {
        let rest = Rest::new(Some(server), Auth::nobody(), 0).unwrap();
        let error = rest.get(&["projects", "acme", "datasets", "gke"], &[]).await.unwrap_err();
        assert!(matches!(&error, Error::Unreachable(said) if said.contains("proxy")), "{error:?}");
        return;
    }
    let proxy = Server::start([on("CONNECT bigquery.invalid:443", empty(407))]);
    let url = proxy.url();
    let variables = [("HTTPS_PROXY", OsStr::new(&url))];
    assert_passed(&child("https_proxy_is_asked_for_a_tunnel", "https://bigquery.invalid", &variables).await);
    assert_eq!(proxy.told(), ["CONNECT bigquery.invalid:443"]);
}

#[tokio::test]
async fn no_proxy_and_loopback_go_around_the_proxy() {
    if let Ok(server) = std::env::var(ROLE) {
        Rest::new(Some(server), Auth::nobody(), 0)
            .unwrap()
            .get(&["projects", "acme", "datasets", "gke"], &[])
            .await
            .unwrap();
        return;
    }
    let (company, proxy) = (Company::new(), Server::start([]));
    let server = Server::start([on("GET projects/acme/datasets/gke", json!({}))]);
    let (front, url, roots) = (company.front(&server).await, proxy.url(), company.roots());
    let proxies = [("HTTPS_PROXY", OsStr::new(&url)), ("HTTP_PROXY", OsStr::new(&url))];
    let trusting = [proxies[0], proxies[1], ("SSL_CERT_FILE", roots.as_os_str())];
    let test = "no_proxy_and_loopback_go_around_the_proxy";
    assert_passed(&child(test, &front, &trusting).await);
    assert_passed(&child(test, &server.url(), &proxies).await);
    assert_eq!(server.requests().len(), 2);
    assert!(proxy.requests().is_empty());
}

#[tokio::test]
async fn a_server_in_the_clear_gets_no_token() {
    if let Ok(server) = std::env::var(ROLE) {
        let auth = Auth::find(&Environment::of_process()).await.unwrap();
        assert!(auth.token().await.unwrap().is_some());
        Rest::new(Some(server), auth, 0).unwrap().get(&["projects", "acme", "datasets", "gke"], &[]).await.unwrap();
        return;
    }
    let tokens = Server::start([gives("token-1")]);
    // Stands for the whole way between here and a server that is not on loopback.
    let way = Server::start([on("GET http://bigquery.invalid/bigquery/v2/projects/acme/datasets/gke", json!({}))]);
    let (url, host) = (way.url(), tokens.host());
    let variables = [("HTTP_PROXY", url.as_str()), ("NO_PROXY", "127.0.0.1"), ("GCE_METADATA_HOST", &host)];
    let variables = variables.map(|(name, value)| (name, OsStr::new(value)));
    assert_passed(&child("a_server_in_the_clear_gets_no_token", "http://bigquery.invalid", &variables).await);
    assert_eq!(way.requests().len(), 1);
    assert_eq!(way.requests()[0].token(), None);
    assert_eq!(tokens.requests().len(), 1);
}
