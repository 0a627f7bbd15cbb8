//! Which credentials, and what makes tokens of them.

use std::io;
use std::path::Path;
use std::time::Duration;

use google_cloud_auth::credentials::service_account::AccessSpecifier;
use google_cloud_auth::credentials::{
    AccessTokenCredentials, external_account, impersonated, mds, service_account, user_account,
};
use google_cloud_auth::errors::CredentialsError;
use reqwest::redirect::Policy;
use serde_json::Value;

use super::super::error::{Error, short};
use super::super::mask;
use super::Environment;

/// What a token may do. Every kind of credentials can have this scope: it is what gcloud asks for at
/// login, what most nodes have, and what the roles of a service account then narrow. BigQuery's own
/// `bigquery.readonly` would not do: it does not let a job be cancelled.
/// <https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs/cancel#authorization-scopes>
const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";

/// How long a metadata server may take to show that it is there: it is on the same machine.
const METADATA_PATIENCE: Duration = Duration::from_secs(3);

/// The members of a file of credentials that nobody else may see.
const SECRETS: [&str; 3] = ["private_key", "client_secret", "refresh_token"];

const LOGIN: &str = "gcloud auth application-default login";

/// Credentials, as found.
pub(super) struct Identity {
    /// Where they were found: a file, with the variable that names it, or a server.
    place: String,
    source: Source,
    pub quota_project: Option<String>,
    pub project: Option<String>,
}

enum Source {
    /// A file's JSON. Holds secrets.
    File(Value),
    /// The URL of a metadata server.
    Metadata(String),
}

impl Identity {
    /// The first of the places in which Application Default Credentials may be; `None` for an emulator.
    pub(super) async fn find(environment: &Environment) -> Result<Option<Self>, Error> {
        if let Some(path) = &environment.credentials {
            let place = format!("GOOGLE_APPLICATION_CREDENTIALS={}", path.display());
            return match read(path, &place)? {
                Some(json) => Identity::of_file(place, json, environment).map(Some),
                None => Err(bad(&place, "there is no such file")),
            };
        }
        let named = environment.metadata_host.as_ref();
        let named = named.map(|host| Identity::of_server(format!("http://{host}"), environment));
        // An emulator gets the token of nobody who did not ask for it.
        if environment.emulator.is_some() {
            return Ok(named);
        }
        if let Some(folder) = &environment.gcloud {
            let path = folder.join("application_default_credentials.json");
            let place = path.display().to_string();
            if let Some(json) = read(&path, &place)? {
                return Identity::of_file(place, json, environment).map(Some);
            }
        }
        if named.is_some() {
            return Ok(named);
        }
        if is_metadata_server(&environment.metadata).await {
            return Ok(Some(Identity::of_server(environment.metadata.clone(), environment)));
        }
        Err(Error::Auth {
            message: "no Google credentials found".to_owned(),
            hint: Some(format!("run `{LOGIN}`; or, with a key: `export GOOGLE_APPLICATION_CREDENTIALS=key.json`")),
        })
    }

    fn of_file(place: String, json: Value, environment: &Environment) -> Result<Self, Error> {
        let text = |key: &str| json[key].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        let quota_project = environment.quota_project.clone().or_else(|| text("quota_project_id"));
        let project = environment.project.clone().or_else(|| text("project_id")).or_else(|| quota_project.clone());
        Ok(Identity { place, source: Source::File(json), quota_project, project })
    }

    fn of_server(url: String, environment: &Environment) -> Self {
        let quota_project = environment.quota_project.clone();
        let project = environment.project.clone().or_else(|| quota_project.clone());
        Identity { place: format!("metadata server {url}"), source: Source::Metadata(url), quota_project, project }
    }

    /// As a file of credentials calls it.
    pub(super) fn kind(&self) -> &str {
        match &self.source {
            Source::File(json) => json["type"].as_str().unwrap_or("of no type"),
            Source::Metadata(_) => "service account of this machine",
        }
    }

    /// Whose they are: an address of mail, where the file has one.
    pub(super) fn account(&self) -> Option<&str> {
        let Source::File(json) = &self.source else { return None };
        let text = |key: &str| json[key].as_str().filter(|text| text.contains('@'));
        // The service account that is acted as stands in the address of who makes its tokens.
        let acted_as = || {
            let (_, account) = text("service_account_impersonation_url")?.rsplit_once("/serviceAccounts/")?;
            account.split(':').next()
        };
        text("client_email").or_else(acted_as).or_else(|| text("account"))
    }

    /// Where the credentials are from.
    pub(super) fn place(&self) -> &str {
        &self.place
    }

    /// A new maker of tokens, which has made none yet. To be called within a tokio runtime.
    pub(super) fn maker(&self) -> Result<AccessTokenCredentials, Error> {
        let json = match &self.source {
            Source::Metadata(url) => {
                let builder = mds::Builder::default().with_endpoint(url).with_scopes([SCOPE]);
                return builder.build_access_token_credentials().map_err(|error| self.bad(&error.to_string()));
            }
            Source::File(json) => json.clone(),
        };
        let kind = json["type"].as_str().unwrap_or_default().to_owned();
        let maker = match kind.as_str() {
            // What a person has allowed at login is what there is: to ask for more is refused.
            "authorized_user" => user_account::Builder::new(json).build_access_token_credentials(),
            "service_account" => service_account::Builder::new(json)
                .with_access_specifier(AccessSpecifier::from_scopes([SCOPE]))
                .build_access_token_credentials(),
            "external_account" => {
                external_account::Builder::new(json).with_scopes([SCOPE]).build_access_token_credentials()
            }
            "impersonated_service_account" => {
                impersonated::Builder::new(json).with_scopes([SCOPE]).build_access_token_credentials()
            }
            "" => return Err(self.bad("has no `type`; it is no file of credentials")),
            kind => return Err(self.bad(&format!("credentials of type `{kind}` are not supported"))),
        };
        maker.map_err(|error| self.bad(&error.to_string()))
    }

    /// Why there is no token.
    pub(super) fn say(&self, error: &CredentialsError) -> Error {
        let mut causes = "no token".to_owned();
        let mut cause: Option<&dyn std::error::Error> = Some(error);
        while let Some(inner) = cause {
            let text = inner.to_string();
            if !causes.contains(&text) {
                causes.push_str(": ");
                causes.push_str(&text);
            }
            cause = inner.source();
        }
        // Who acts as another has a token on the way that only the library sees.
        let causes = mask::opaque(&mask::secrets(&causes, &self.secrets()), &self.public());
        let message = format!("{}: {}", self.place, short(&causes));
        if error.is_transient() {
            return Error::Transport(message);
        }
        let is_login_over = message.contains("invalid_grant") || message.contains("invalid_rapt");
        let hint = match &self.source {
            Source::File(_) if is_login_over => Some(format!("the login has expired or was revoked: run `{LOGIN}`")),
            Source::File(_) => Some(another()),
            Source::Metadata(_) => Some("does this machine or Pod have a service account?".to_owned()),
        };
        Error::Auth { message, hint }
    }

    fn bad(&self, why: &str) -> Error {
        bad(&self.place, &mask::secrets(why, &self.secrets()))
    }

    /// What of the file must never be shown.
    fn secrets(&self) -> Vec<&str> {
        let Source::File(json) = &self.source else { return Vec::new() };
        // Impersonation holds the file of somebody else within.
        let files = [json, &json["source_credentials"]];
        files.into_iter().flat_map(|json| SECRETS.iter().filter_map(|key| json[key].as_str())).collect()
    }

    /// What of the file may be shown.
    fn public(&self) -> String {
        let Source::File(json) = &self.source else { return String::new() };
        let mut json = json.clone();
        if let Some(within) = json.get_mut("source_credentials").and_then(Value::as_object_mut) {
            within.retain(|key, _| !SECRETS.contains(&key.as_str()));
        }
        if let Some(members) = json.as_object_mut() {
            members.retain(|key, _| !SECRETS.contains(&key.as_str()));
        }
        json.to_string()
    }
}

fn bad(place: &str, why: &str) -> Error {
    Error::Auth { message: format!("{place}: {why}"), hint: Some(another()) }
}

/// Where to get credentials that work.
fn another() -> String {
    format!("point GOOGLE_APPLICATION_CREDENTIALS to a key's file, or unset it and run `{LOGIN}`")
}

/// The JSON of a file of credentials; `None` where there is no such file.
fn read(path: &Path, place: &str) -> Result<Option<Value>, Error> {
    match std::fs::read(path) {
        // What the parser found is not shown: it may be a part of a key.
        Ok(bytes) => match serde_json::from_slice::<Value>(&bytes) {
            Ok(json) if json.is_object() => Ok(Some(json)),
            Ok(_) => Err(bad(place, "is no JSON object")),
            Err(error) => Err(bad(place, &format!("is no JSON: line {}, column {}", error.line(), error.column()))),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(bad(place, &format!("cannot be read: {error}"))),
    }
}

/// True where a metadata server of Google's answers. Other clouds have one at the same address: the
/// header tells them apart.
async fn is_metadata_server(url: &str) -> bool {
    const FLAVOR: &str = "Metadata-Flavor";
    let client = reqwest::Client::builder().no_proxy().redirect(Policy::none()).timeout(METADATA_PATIENCE).build();
    let Ok(client) = client else { return false };
    let answer = client.get(url).header(FLAVOR, "Google").send().await;
    answer.is_ok_and(|answer| answer.headers().get(FLAVOR).is_some_and(|flavor| flavor == "Google"))
}
