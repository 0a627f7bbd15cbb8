//! Who am I: Application Default Credentials.
//! <https://cloud.google.com/docs/authentication/application-default-credentials>
//!
//! google-cloud-auth makes the tokens. Which credentials they are made from is decided here, because
//! it does not know `CLOUDSDK_CONFIG`, and asks for a metadata server where there is none.

mod environment;
mod identity;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use gcp_bigquery_client::auth::Authenticator;
use gcp_bigquery_client::error::BQError;
use google_cloud_auth::credentials::AccessTokenCredentials;
use reqwest::header::HeaderValue;
use tokio::time::timeout;

use super::error::Error;
use super::tls;
pub(crate) use environment::Environment;
use identity::Identity;

/// How long a token may take to come. Its makers have no limit of their own.
const PATIENCE: Duration = Duration::from_secs(60);

/// Whoever sends the requests. Cheap to clone. Lives and dies with the tokio runtime that it was made
/// in: a task there renews the token before its time is over.
#[derive(Clone)]
pub(crate) struct Auth(Option<Arc<Inner>>);

struct Inner {
    identity: Identity,
    current: Mutex<Current>,
}

/// The maker of tokens, and how many there were before it.
struct Current {
    /// Made when a token is asked for: it asks the server at once, and keeps the answer, or the error.
    maker: Option<AccessTokenCredentials>,
    generation: u64,
}

/// An access token, and which maker it is from.
#[derive(Clone)]
pub(crate) struct Token {
    text: String,
    generation: u64,
}

impl Auth {
    /// No credentials: for an emulator.
    pub(crate) fn nobody() -> Self {
        Auth(None)
    }

    /// The credentials of the environment; the making of a token begins at once, and is not waited for.
    /// Takes up to three seconds where there are none: so long a metadata server may take to answer.
    pub(crate) async fn find(environment: &Environment) -> Result<Self, Error> {
        tls::install();
        match Identity::find(environment).await? {
            None => Ok(Auth::nobody()),
            Some(identity) => {
                let current = Mutex::new(Current { maker: Some(identity.maker()?), generation: 0 });
                Ok(Auth(Some(Arc::new(Inner { identity, current }))))
            }
        }
    }

    /// A token that is valid, as far as is known; `None` without credentials.
    pub(crate) async fn token(&self) -> Result<Option<Token>, Error> {
        let Some(inner) = &self.0 else { return Ok(None) };
        let (maker, generation) = inner.maker()?;
        let identity = &inner.identity;
        let made = match timeout(PATIENCE, maker.access_token()).await {
            Ok(made) => made.map_err(|error| (error.is_transient(), identity.say(&error))),
            Err(_) => {
                let message = format!("{}: no token within {} s", identity.place(), PATIENCE.as_secs());
                Err((true, Error::Transport(message)))
            }
        };
        match made {
            Ok(made) => Ok(Some(Token { text: made.token, generation })),
            Err((is_transient, error)) => {
                // A maker keeps its error for a while; the next attempt is to ask again.
                if is_transient {
                    inner.discard(generation);
                }
                Err(error)
            }
        }
    }

    /// Another token instead of one that was refused before its time was over.
    pub(crate) async fn renew(&self, refused: &Token) -> Result<Option<Token>, Error> {
        if let Some(inner) = &self.0 {
            inner.discard(refused.generation);
        }
        self.token().await
    }

    /// The credentials in words: their kind, whose they are as far as they say it, and where they were
    /// found. `None` without credentials.
    pub(crate) fn told(&self) -> Option<String> {
        let identity = &self.0.as_ref()?.identity;
        let account = identity.account().map_or(String::new(), |account| format!(" {account}"));
        Some(format!("{}{account}, {}", identity.kind(), identity.place()))
    }

    /// Whose the credentials are, as `--member` of gcloud wants it, where they say it.
    pub(crate) fn member(&self) -> Option<String> {
        let identity = &self.0.as_ref()?.identity;
        let account = identity.account()?;
        let kind = if account.ends_with(".gserviceaccount.com") { "serviceAccount" } else { "user" };
        Some(format!("{kind}:{account}"))
    }

    /// The project whose quota is used, for the header `x-goog-user-project`.
    pub(crate) fn quota_project(&self) -> Option<&str> {
        self.0.as_ref()?.identity.quota_project.as_deref()
    }

    /// The project that the environment or the credentials name.
    pub(crate) fn project(&self) -> Option<&str> {
        self.0.as_ref()?.identity.project.as_deref()
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, Current> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn maker(&self) -> Result<(AccessTokenCredentials, u64), Error> {
        let mut current = self.lock();
        let maker = match current.maker.take() {
            Some(maker) => maker,
            None => self.identity.maker()?,
        };
        current.maker = Some(maker.clone());
        Ok((maker, current.generation))
    }

    /// Wants another maker, unless one was made since `generation`.
    fn discard(&self, generation: u64) {
        let mut current = self.lock();
        if current.generation == generation {
            *current = Current { maker: None, generation: generation + 1 };
        }
    }
}

#[async_trait::async_trait]
impl Authenticator for Auth {
    async fn access_token(&self) -> Result<String, BQError> {
        match self.token().await {
            Ok(Some(token)) => Ok(token.text),
            Ok(None) => Err(BQError::NoToken),
            Err(error) => Err(BQError::InvalidApplicationDefaultCredentialsAuthenticator(io::Error::other(error))),
        }
    }
}

impl Token {
    /// The secret itself.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The value of the header `Authorization`.
    pub(crate) fn header(&self) -> Result<HeaderValue, Error> {
        let mut value = HeaderValue::try_from(format!("Bearer {}", self.text)).map_err(|_| Error::Auth {
            message: "the token that the credentials gave cannot stand in a header".to_owned(),
            hint: None,
        })?;
        value.set_sensitive(true);
        Ok(value)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "Token({})", self.generation)
    }
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "Auth({})", self.0.as_ref().map_or("nobody", |inner| inner.identity.place()))
    }
}
