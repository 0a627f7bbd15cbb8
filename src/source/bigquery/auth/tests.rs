//! Credentials of every kind, against token servers on loopback.

mod kinds;
mod places;

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Auth, Environment};
use crate::source::bigquery::error::Error;
use crate::source::bigquery::scripted::{Rule, Server, on};

/// A folder for files of credentials.
struct Scene(TempDir);

impl Scene {
    fn new() -> Self {
        Scene(TempDir::new().unwrap())
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    /// The environment that names a file with this content.
    fn named(&self, json: &Value) -> Environment {
        let path = self.file("credentials.json", json.to_string());
        Environment { credentials: Some(path), ..nowhere() }
    }
}

/// An environment that says nothing, on a machine without a metadata server.
fn nowhere() -> Environment {
    // Nothing listens on port 1.
    Environment { metadata: "http://127.0.0.1:1".into(), ..Environment::default() }
}

/// A login whose refresh token is exchanged there.
fn login(server: &Server) -> Value {
    json!({
        "type": "authorized_user",
        "client_id": "client-1",
        "client_secret": "client-secret-01",
        "refresh_token": "refresh-token-01",
        "token_uri": format!("{}/login", server.url()),
    })
}

fn login_gives(token: &str) -> Rule {
    on("POST /login", json!({"access_token": token, "expires_in": 3600, "token_type": "Bearer"}))
}

async fn token(environment: &Environment) -> Result<Option<String>, Error> {
    let token = Auth::find(environment).await?.token().await?;
    Ok(token.map(|token| token.text().to_owned()))
}
