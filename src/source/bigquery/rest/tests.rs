//! Requests over a real socket: what is sent, what is tried again, what stays secret.

mod calls;
mod connections;
mod faults;
mod hostile;
mod secrets;

use std::time::Duration;

use serde_json::json;

use super::{LIMITS, Limits, Rest};
use crate::source::bigquery::auth::{Auth, Environment};
use crate::source::bigquery::scripted::{Answer, Rule, Server, on};

/// Gives up soon, and takes short answers only.
const SHORT: Limits = Limits { read: Duration::from_secs(2), longest: 100_000, longest_told: 100_000, ..LIMITS };

fn nobody(server: &Server) -> Rest {
    Rest::within(LIMITS, Some(server.url()), Auth::nobody()).unwrap()
}

/// A rule for a metadata server that gives this token.
fn gives(token: &str) -> Rule {
    on("GET /computeMetadata/v1/instance/service-accounts/default/token", token_answer(token))
}

fn token_answer(token: &str) -> Answer {
    json!({"access_token": token, "expires_in": 3600, "token_type": "Bearer"}).into()
}

/// A client that gets its tokens from the same server.
async fn somebody(server: &Server) -> Rest {
    let environment = Environment { metadata_host: Some(server.host()), ..Environment::default() };
    Rest::within(LIMITS, Some(server.url()), Auth::find(&environment).await.unwrap()).unwrap()
}
